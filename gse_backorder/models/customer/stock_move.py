from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_latest
from ..chain.wording import format_quantity

# What the list of a customer's lines is found by.
AWAITED_COLUMNS = ("id", "picking_id", "product_id", "sale_line_id", "ordered_date")


class StockMove(models.Model):
    """What the customer reads of a line, in papers, pages and mails."""

    _inherit = "stock.move"

    customer_cancelled_date = fields.Datetime(
        string="Cancelled by the Customer",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="When the customer has cancelled the line on the page of its delivery.",
    )

    # ---- who may see it ----------------------------------------------------

    @api.model
    def _get_awaited_sql(self, partner, companies, domain):
        """Return a query of the open moves that bring what the company of *partner* waits for.

        They are those of the deliveries that it may see, see ``stock.picking._get_customer_domain``, and what is still
        to be picked for its orders, and is in no delivery yet: each unit is in one of them.

        :param companies: of which companies of ours
        :param domain: that the moves meet besides
        :return: SQL of the columns id, picking_id, product_id, sale_line_id, ordered_date
        """
        is_open = Domain("state", "not in", ("draft", *CLOSED_STATES)) & Domain("company_id", "in", companies.ids)
        deliveries = self.env["stock.picking"]._get_customer_domain(partner) & Domain("state", "not in", CLOSED_STATES)
        prepared = self.search(is_open & domain & self._get_prepared_domain(partner))
        prepared = prepared.filtered(lambda move: move._is_bound_for_customer())
        written_off = (
            self.env["stock.location"].sudo().with_context(active_test=False)._search([("usage", "=", "inventory")])
        )
        shipping = Domain("picking_id", "any", deliveries) & Domain("location_dest_id", "not in", written_off)
        queries = [
            self._search(is_open & domain & shipping),
            *(own._as_query(ordered=False) for own in prepared and [prepared]),
        ]
        return SQL(" UNION ALL ").join(
            query.select(*(SQL.identifier(self._table, name) for name in AWAITED_COLUMNS)) for query in queries
        )

    @api.model
    def _get_prepared_domain(self, partner):
        """Return the domain of moves within our warehouses for what the company of *partner* has ordered."""
        return (
            Domain("sale_line_id.order_id.partner_id.commercial_partner_id", "=", partner.commercial_partner_id.id)
            & Domain("location_dest_id.usage", "!=", "customer")
            & Domain("location_final_id.usage", "=", "customer")
            & Domain("picking_id.customer_id", "=", False)
        )

    def _get_ordered_line(self):
        """Return by what the moves of one line are known: the order's line, else the chain and the product."""
        if self.sale_line_id:
            return self.sale_line_id
        return (self.picking_id.backorder_root_id or self.picking_id, self.product_id)

    def _get_all_of_lines(self, partner, field_names, picking_field_names):
        """Return all moves of the lines of these: what of them has shipped, what is to come, and what was given up.

        What has come out of a step is a line of the next one, and counted there.

        :param field_names: what is to be read of them
        :param picking_field_names: and of their transfers
        """
        self.fetch(["picking_id", "product_id", "sale_line_id"])
        is_confirmed = Domain("state", "!=", "draft")
        moves = self.search_fetch(Domain("sale_line_id", "in", self.sale_line_id.ids) & is_confirmed, field_names)
        if loose := self.filtered(lambda move: not move.sale_line_id):
            roots = loose.picking_id.backorder_root_id | loose.picking_id.filtered(
                lambda one: not one.backorder_root_id
            )
            chains = Domain("id", "in", roots.ids) | Domain("backorder_root_id", "in", roots.ids)
            moves |= self.search_fetch(
                Domain("picking_id", "any", chains)
                & Domain("sale_line_id", "=", False)
                & Domain("product_id", "in", loose.product_id.ids)
                & is_confirmed,
                field_names,
            )
        moves.picking_id.fetch(picking_field_names)
        customer = partner.commercial_partner_id
        own = moves.filtered(
            lambda move: (
                (move.location_final_id or move.location_dest_id).usage == "customer"
                and move.picking_id.customer_id in (customer, customer.browse())
            )
        )
        return own - own.move_orig_ids

    # ---- what he is told ---------------------------------------------------

    def _get_commitments(self):
        """What the customer has accepted is what he counts on, and not what was promised first; so is a step for it."""
        last, commitments = self, super()._get_commitments()
        while following := last.move_dest_ids.filtered(lambda move: move.state not in CLOSED_STATES):
            last = following
        accepted = get_latest(last.picking_id.mapped("accepted_promise_date"))
        return {**commitments, "accepted": accepted, **({"first": False} if accepted else {})}

    def _get_printed_description(self):
        """Return what the papers say of the line below its product, nothing where it would only repeat it."""
        description = self.description_picking
        is_repeated = description in (self.product_id.name, self.product_id.display_name)
        return "" if is_repeated else description or ""

    def _get_promise_text(self):
        """Return the day on which the whole line is promised, in the reader's format."""
        if date := self.promise_date:
            return self._format_day(date)
        return self.env._("on hold") if self.is_held else self.env._("no date yet")

    def _get_promise_change_text(self):
        """Return how the promise has moved since the first one, if it has: "first promised 4 Dec, now 9 Dec"."""
        first, date = self._format_day(self._get_first_shipping_date()), self.promise_date
        if not first:
            return ""
        if not date:
            return self.env._("first promised %s, no date now", first)
        now = self._format_day(date)
        return "" if first == now else self.env._("first promised %(first)s, now %(now)s", first=first, now=now)

    def _get_notice_shipped(self):
        """Return what of the line has shipped, in words; nothing if none has."""
        if self.state != "done" or self._is_scrap() or self.product_uom.compare(self.quantity, 0) <= 0:
            return ""
        return self._format_quantity_with_unit(self.quantity)

    def _get_notice_open(self):
        return self._format_quantity_with_unit(self.product_uom_qty)

    def _get_notice_cancelled(self):
        shipped = self.quantity if self.state == "done" else 0.0
        return self._format_quantity_with_unit(self.product_uom_qty - shipped)

    def _get_notice_expected(self):
        return self.picking_id._get_promise_text(self)

    def _format_quantity_with_unit(self, quantity):
        """Return *quantity*, in the line's unit, in the reader's notation: "1.50 Dozens"."""
        return f"{format_quantity(self.env, quantity)} {self.product_uom.name}"

    def _get_new_picking_values(self):
        """A delivery, and the picks and packs before it, begin with the order's notes for the site.

        A backorder gets those of its original instead.
        """
        values = super()._get_new_picking_values()
        if not values.get("backorder_id") and (self.picking_type_id.code == "internal" or self[:1]._goes_to_customer()):
            # Who makes a transfer need not be able to read the order.
            notes = self.sudo().sale_line_id.order_id.filtered("site_note").mapped("site_note")
            values["site_note"] = "\n".join(dict.fromkeys(notes))
        return values

    # ---- what customers are told -------------------------------------------

    def _action_assign(self, force_qty=False):
        """Customers who wait are told when all is there."""
        waiting = self.picking_id._filtered_waited_for()
        result = super()._action_assign(force_qty=force_qty)
        waiting._notice_ready()
        return result

    def _action_cancel(self):
        """Customers are told of the rest that they do not get."""
        transfers = self.filtered(lambda move: move.state not in CLOSED_STATES).picking_id
        result = super()._action_cancel()
        transfers._notice_cancelled()
        return result
