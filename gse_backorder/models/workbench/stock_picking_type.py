from odoo import fields, models

from ... import arguments
from ..chain.picking_states import OPEN_STATES

# The filter by which the list of open deliveries shows what is in each open state.
QUEUE_FILTERS = {"ready": "in_stock", "partial": "partly", "waiting": "waiting"}


class StockPickingType(models.Model):
    """How many deliveries of a type are ready, partly ready, waiting: for the overview."""

    _inherit = "stock.picking.type"

    in_stock_count = fields.Integer(
        compute="_compute_queue_counts",
        groups="base.group_user",
        help="Deliveries of which everything is reserved, and can ship.",
    )
    partly_count = fields.Integer(
        compute="_compute_queue_counts",
        groups="base.group_user",
        help="Deliveries of which a part is reserved, and can ship.",
    )
    waiting_count = fields.Integer(
        compute="_compute_queue_counts",
        help="Deliveries that wait: nothing of them can ship.",
        groups="base.group_user",
    )

    def _compute_queue_counts(self):
        # What is dropshipped its vendor ships: nothing of it is ever ready here.
        groups = self.env["stock.picking"]._read_group(
            [
                ("picking_type_id", "in", self.ids),
                ("is_bound_for_customer", "=", True),
                ("location_id.usage", "!=", "supplier"),
                ("fulfillment_state", "in", OPEN_STATES),
            ],
            ["picking_type_id", "fulfillment_state"],
            ["__count"],
        )
        counts = {(picking_type.id, state): count for picking_type, state, count in groups}
        for picking_type in self:
            picking_type.in_stock_count = counts.get((picking_type.id, "ready"), 0)
            picking_type.partly_count = counts.get((picking_type.id, "partial"), 0)
            picking_type.waiting_count = counts.get((picking_type.id, "waiting"), 0)

    @arguments.public(single=True)
    def action_view_queue(self):
        """Open the list of open deliveries, with the filters of the type and of the open state in the context.

        The state is called ``queue`` there. What is filtered is seen in the list, and can be taken away.
        """
        self.ensure_one()
        self.check_access("read")
        self.env["stock.picking"].check_access("read")
        queue = self.env.context.get("queue")
        shown = QUEUE_FILTERS[queue if queue in OPEN_STATES else "ready"]
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_workbench")
        filters = {"search_default_picking_type_id": self.id, f"search_default_{shown}": 1}
        return {**action, "context": {"create": False, **filters}}
