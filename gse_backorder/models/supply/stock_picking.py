from odoo import api, fields, models

from ..chain.picking_states import CLOSED_STATES


class StockPicking(models.Model):
    """Who waits for a receipt."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "stock.supply.mixin"]

    is_late_supply = fields.Boolean(
        string="Late and Awaited",
        compute="_compute_is_late_supply",
        groups="base.group_user",
        help="A receipt whose day is over, and that deliveries wait for.",
    )

    def _get_supply_moves(self):
        return self.sudo().move_ids.filtered(lambda move: move._is_supply())

    @api.depends("scheduled_date", "state")
    def _compute_is_late_supply(self):
        for picking in self:
            is_open = picking._is_receipt() and picking.state not in ("draft", *CLOSED_STATES)
            is_late = is_open and any(supply._get_days_late() for supply in picking._get_supply_moves())
            picking.is_late_supply = is_late and picking.pegged_count > 0
