from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# What the list of a customer's lines is found by.
AWAITED_COLUMNS = ("id", "picking_id", "product_id", "sale_line_id", "ordered_date")
# What is told of a line by where it goes and comes from.
PLACE_FIELDS = ("parent_path", "usage", "warehouse_id")
# Named, as in the index: PostgreSQL does not know that what is in no other state is in one of these.
AWAITED_STATES = ("waiting", "confirmed", "partially_available", "assigned")


class StockMove(models.Model):
    """A line as one that a customer waits for, and sees among all his open lines."""

    _inherit = "stock.move"

    awaited_by_id = fields.Many2one(
        "res.partner",
        compute="_compute_awaited_by_id",
        store=True,
        groups="base.group_user",
        fact=True,
        help="The company that waits for the goods: whose delivery it is; of what is still to be picked or packed for"
        " an order, who has ordered. Its people see the line in the portal while it is open.",
    )

    # One customer's lines are few among what is open, and what is open is little of what there was. That some are
    # drafts is asked each time.
    _awaited_index = models.Index(
        "(awaited_by_id, state) WHERE awaited_by_id IS NOT NULL"
        " AND state IN ('draft', 'waiting', 'confirmed', 'partially_available', 'assigned')"
    )

    @api.depends(
        "location_dest_id.usage",
        "location_final_id.usage",
        "picking_id.customer_id",
        "picking_id.location_dest_id.usage",
        "sale_line_id.order_id.partner_id.commercial_partner_id",
    )
    def _compute_awaited_by_id(self):
        """The same in SQL is ``get_awaited_sql``, in ``hooks.py``."""
        for move in self:
            move.awaited_by_id = move._get_awaiting_customer()

    def _get_awaiting_customer(self):
        delivery, usage = self.picking_id, self.location_dest_id.usage
        if not delivery or usage == "inventory":  # what is written off, nobody gets
            return False
        if delivery.customer_id:
            return delivery.location_dest_id.usage == "customer" and delivery.customer_id
        is_prepared = usage != "customer" and self.location_final_id.usage == "customer"
        return is_prepared and self.sale_line_id.order_id.partner_id.commercial_partner_id

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
        customer = partner.commercial_partner_id
        query = self._search(
            Domain("awaited_by_id", "=", customer.id)
            & Domain("state", "in", AWAITED_STATES)
            & Domain("product_uom_qty", "!=", 0)  # see _wants_nothing
            & Domain("company_id", "in", companies.ids)
            & Domain.custom(to_sql=lambda model, alias, _query: model._get_shown_sql(customer, SQL.identifier(alias)))
            & domain
        )
        return query.select(*(SQL.identifier(self._table, name) for name in AWAITED_COLUMNS))

    @api.model
    def _get_shown_sql(self, customer, move):
        """Return whether *customer* is shown the open line *move*, which he waits for, as SQL.

        What comes out of a step is a line of the next one, and counted there; a delivery is a draft while it has a
        line that is one.
        """
        return SQL(
            """
            (
                %(move)s.location_dest_id IN (SELECT id FROM stock_location WHERE usage = 'customer')
                OR (
                    SELECT COUNT(*)
                      FROM stock_move_move_rel AS link
                      JOIN stock_move AS following ON following.id = link.move_dest_id
                     WHERE link.move_orig_id = %(move)s.id
                       AND following.awaited_by_id IS NOT NULL
                       AND following.state IN %(states)s
                ) = 0
            )
            AND %(move)s.picking_id NOT IN (
                SELECT delivery.id
                  FROM stock_move AS draft
                  JOIN stock_picking AS delivery ON delivery.id = draft.picking_id
                 WHERE draft.awaited_by_id = %(customer_id)s
                   AND draft.state = 'draft'
                   AND delivery.customer_id IS NOT NULL
            )
            """,
            move=move,
            states=AWAITED_STATES,
            customer_id=customer.id,
            to_flush=self._fields["move_dest_ids"],
        )

    # ---- which line it is of ------------------------------------------------

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
        is_confirmed = Domain("state", "!=", "draft")
        sale_lines = self._as_query(ordered=False).subselect(SQL.identifier(self._table, "sale_line_id"))
        moves = self.search_fetch(Domain("sale_line_id", "in", sale_lines) & is_confirmed, field_names)
        if loose := self - moves:
            loose.fetch(["picking_id", "product_id"])
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
        (moves.location_id | moves.location_dest_id | moves.location_final_id).fetch(PLACE_FIELDS)
        customer = partner.commercial_partner_id
        own = moves.filtered(
            lambda move: (
                (move.location_final_id or move.location_dest_id).usage == "customer"
                and move.picking_id.customer_id in (customer, customer.browse())
                and not (move.state == "done" and move._is_step())
            )
        )
        moves_by_line = own.grouped(lambda move: move._get_ordered_line()).values()
        # Before the only move of a line is none of its own.
        return own - own.browse().union(*(moves for moves in moves_by_line if len(moves) > 1)).move_orig_ids
