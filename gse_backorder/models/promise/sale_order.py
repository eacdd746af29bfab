from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from .stock_availability_mixin import get_worst

# Which orders are being confirmed: only a Confirming counts, which no caller can send.
CONFIRMING = "orders_confirming"


class Confirming(frozenset):
    """The ids of orders that are being confirmed."""


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "stock.promise.mixin"]

    backorder_count = fields.Integer(compute="_compute_backorder_count", compute_sudo=True, groups="base.group_user")
    open_backorder_count = fields.Integer(
        compute="_compute_backorder_count", compute_sudo=True, groups="base.group_user"
    )
    availability_status = fields.Selection(
        selection=lambda self: self.env["sale.order.line"]._fields["availability_status"].selection,
        string="Stock Status",
        compute="_compute_availability_status",
        search="_search_availability_status",
        groups="base.group_user",
        help="The stock status of the worst line of the order.",
    )

    promise_date = fields.Datetime(groups="base.group_user")  # of a quotation it would tell what we have in stock
    ranked_since_text = fields.Char(
        compute="_compute_ranked_since_text",
        groups="base.group_user",
        help="Since when the order's deliveries are ranked, where its date was changed afterwards.",
    )
    shipping_text = fields.Char(
        string="Ships",
        compute="_compute_shipping_text",
        groups="base.group_user",
        help="When what is open of the order ships, or would ship if the quotation were confirmed now: in one"
        " sentence.",
    )
    site_note = fields.Text(
        string="Site Notes",
        help="Delivery instructions for the customer's receiving site. They are printed on the documents of the order's"
        " deliveries and backorders, and the customer reads them. Changing them changes the deliveries that are still"
        " open and have no notes of their own.",
    )

    @api.depends("date_order", "order_line.move_ids.ordered_date", "order_line.move_ids.state")
    def _compute_ranked_since_text(self):
        for order in self:
            # A salesperson need not have rights on stock moves: what is told of them are words.
            ordered = order.sudo().order_line.move_ids._filtered_open()._get_first_ordered_date()
            order.ranked_since_text = (
                ordered
                and ordered != order.date_order
                and self.env._(
                    "What is open keeps its place: it was ordered on %s. Another date here moves nobody.",
                    order._format_day(ordered),
                )
            )

    @api.depends("picking_ids.backorder_root_id", "picking_ids.state")
    def _compute_backorder_count(self):
        """Cancelled backorders do not count: nobody waits for them."""
        states = defaultdict(list)
        for order, state, count in self.env["stock.picking"]._read_group(
            self._get_backorder_domain(), ["sale_id", "state"], ["__count"]
        ):
            states[order.id] += [state] * count
        for order in self:
            order_states = states[order._origin.id]
            order.backorder_count = len(order_states)
            order.open_backorder_count = sum(state not in CLOSED_STATES for state in order_states)

    def _get_backorder_domain(self):
        """Deliveries to the customer, and steps that are still to be done for one that is yet to be made."""
        delivered = Domain("is_bound_for_customer", "=", True) & Domain("state", "!=", "cancel")
        prepared = Domain("picking_type_code", "=", "internal") & Domain(
            "move_ids", "any", self.env["stock.move"]._get_bound_domain()
        )
        return (
            Domain("sale_id", "in", self._origin.ids)
            & Domain("backorder_root_id", "!=", False)
            & (delivered | prepared)
        )

    @api.depends("order_line.availability_status")
    def _compute_availability_status(self):
        for order in self:
            order.availability_status = get_worst(order.order_line.mapped("availability_status"))

    @api.model
    def _search_availability_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        lines = self.env["sale.order.line"]
        candidates = lines.search(lines._search_availability_candidates())
        worst = {}
        coverages = candidates._get_coverage()
        for line in candidates.filtered(lambda line: line.id in coverages):
            order_id, status = line.order_id.id, coverages[line.id].status
            worst[order_id] = get_worst((worst.get(order_id), status))
        domain = Domain("id", "in", [order_id for order_id, status in worst.items() if status in value])
        if False in value:
            domain |= Domain("id", "not in", list(worst))
        return domain

    @api.depends(
        "order_line.qty_available_now", "order_line.qty_short", "order_line.qty_dateless", "picking_policy", "state"
    )
    def _compute_shipping_text(self):
        for order in self:
            order.shipping_text = order._get_shipping_text()

    def _get_shipping_text(self):
        """Return when the order ships, in one sentence: "60 of 850 wait until 9 Dec"; False if nothing of it is open.

        The figures are sums over the lines, each in its product's unit.
        """
        self.ensure_one()
        lines = self.order_line.filtered("availability_status")
        short = lines.filtered(lambda line: line.availability_status != "available")
        is_quoted = self.state in ("draft", "sent")
        if not short:
            return bool(lines) and self._get_ready_text(lines, is_quoted)
        text = self._get_waiting_text(short)
        if self.picking_policy == "one":
            text = self.env._("%s; all ships together", text)
        return self.env._("If confirmed now: %s", text) if is_quoted else text

    def _get_ready_text(self, lines, is_quoted):
        """Return that all of *lines* can ship now, which are what is open of the order."""
        if is_quoted:
            return self.env._("If confirmed now, all can ship at once")
        if self.order_line._sum_in_product_units("qty_delivered"):
            rest = lines._format_availability_quantity(lines._sum_in_product_units("qty_available_now"))
            return self.env._("The remaining %s can ship now", rest)
        return self.env._("All can ship now")

    def _get_waiting_text(self, short):
        """Return how much of the order waits, and until when the last of it does.

        :param short: the lines of which something waits
        """
        waiting = short._format_availability_quantity(short._sum_in_product_units("qty_short"))
        quantities = {
            "waiting": waiting,
            "total": short._format_availability_quantity(self.order_line._sum_in_product_units("product_uom_qty")),
        }
        is_one = waiting == "1"
        dates = short.mapped("promise_date")
        if all(dates):
            date = self._format_day(max(dates))
            if is_one:
                return self.env._("%(waiting)s of %(total)s waits until %(date)s", **quantities, date=date)
            return self.env._("%(waiting)s of %(total)s wait until %(date)s", **quantities, date=date)
        dateless = short._format_availability_quantity(short._sum_in_product_units("qty_dateless"))
        if dateless == waiting and is_one:
            return self.env._("%(waiting)s of %(total)s waits, without a date", **quantities)
        if dateless == waiting:
            return self.env._("%(waiting)s of %(total)s wait, without a date", **quantities)
        return self.env._(
            "%(waiting)s of %(total)s wait, %(dateless)s of them without a date", **quantities, dateless=dateless
        )

    def _get_day_warehouse(self):
        return self.warehouse_id

    @api.model
    def _get_promise_triggers(self):
        return ["order_line.product_uom_qty", "order_line.qty_delivered", "order_line.product_id", "state"]

    def _get_promised_lines(self):
        return self.order_line

    @arguments.public()
    def action_confirm(self):
        """Come for the stock before the work begins."""
        self.env["stock.backorder.pool"]._come_for(self.order_line._get_wanted_pools)
        return super().action_confirm()

    def _action_confirm(self):
        """What is procured by this is ordered by it; what is added to a line later is ordered when it is added."""
        confirming = self.with_context(**{CONFIRMING: Confirming(self.ids)})
        return super(SaleOrder, confirming)._action_confirm()

    @arguments.public(single=True)
    def action_explain(self):
        """Open the answer to "Why?": of the line that waits, or the list of those that do, each with its own.

        :raise UserError: when nothing of the order waits
        """
        self.ensure_one()
        self.check_access("read")
        waiting = self.order_line.filtered(lambda line: line.availability_status in ("short", "missing"))
        if not waiting:
            raise UserError(self.env._("Nothing of %s waits.", self.name))
        if len(waiting) == 1 and waiting._get_explained_claim():
            return waiting.action_explain()
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_sale_order_line_waiting")
        action["display_name"] = self.env._("Why? %s", self.name)
        action["domain"] = [("id", "in", waiting.ids)]
        return action

    @arguments.public(single=True)
    def action_view_backorders(self):
        """Open the backorders of the order."""
        self.ensure_one()
        self.check_access("read")
        backorders = self.env["stock.picking"].search(self._get_backorder_domain())
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_chain")
        action["display_name"] = self.env._("Backorders of %s", self.name)
        action["domain"] = [("id", "in", backorders.ids)]
        return action

    def _get_customer_deliveries(self, with_token=False):
        """Return what the order's page in the portal shows of its deliveries, the eldest first.

        :param with_token: whether the visitor sees the order by its token, and has to see the deliveries by theirs
        """
        deliveries = self.sudo().picking_ids.filtered(lambda picking: picking._is_customer_delivery())
        deliveries = deliveries.sorted(
            lambda picking: ((picking.backorder_root_id or picking).id, picking.backorder_index)
        )
        rows = self.env["stock.customer.page"]._get_rows(deliveries)
        for row, delivery in zip(rows, deliveries, strict=True):
            row["url"] = delivery.get_portal_url() if with_token else delivery.access_url
        return rows

    def write(self, vals):
        """Open deliveries follow the order's notes for the site, unless somebody has written other ones on them."""
        if "site_note" not in vals:
            return super().write(vals)
        followers = self._get_site_note_followers()
        result = super().write(vals)
        followers.write({"site_note": vals["site_note"]})
        return result

    def _get_site_note_followers(self):
        """Return the open transfers whose notes for the site are the order's own, or empty."""
        # Who may change the order says what its deliveries tell the site, also on steps that he may not open.
        return self.sudo().picking_ids.filtered(
            lambda picking: (
                picking.state not in CLOSED_STATES
                and (picking.picking_type_code == "internal" or picking._brings_to_customer())
                and (not picking.site_note or picking.site_note == picking.sale_id.site_note)
            )
        )

    def _get_backorder_confirmations(self):
        """Return the deliveries to print confirmations of: one for each chain of which a backorder is to come."""
        self.ensure_one()
        deliveries = self.picking_ids.filtered("is_bound_for_customer")
        confirmations = deliveries._get_backorder_confirmations()
        return confirmations.filtered(lambda delivery: delivery._get_backordered_lines())
