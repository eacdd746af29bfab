from odoo import fields, models

from .. import arguments
from ..models.promise.stock_picking_held import HOLD_REASONS


class StockHold(models.TransientModel):
    """Deliveries that are put on hold: what they lend, and which cannot be held, is seen before."""

    _name = "stock.hold"
    _inherit = ["stock.bulk.decision"]
    _description = "Deliveries to Put on Hold"

    reason = fields.Selection(HOLD_REASONS)
    note = fields.Char(help="What staff should know. The customer reads only that it is on hold.")
    line_ids = fields.One2many("stock.hold.line", "wizard_id")
    refused_count = fields.Integer(compute="_compute_refused_count", help="How many of them cannot be put on hold.")

    def _compute_refused_count(self):
        for wizard in self:
            wizard.refused_count = len(wizard.line_ids.filtered("refusal"))

    def _get_title(self):
        return self.env._("Put on Hold")

    @arguments.public(single=True)
    def action_hold(self):
        """Put on hold those of the deliveries that can be.

        :raise AccessError: if the user may not decide it for one of them any more
        :raise UserError: if none of them can be, or no reason is given
        """
        deliveries = self._lock()
        deliveries._check_may_decide()
        refusals = {delivery: delivery._get_hold_refusal() for delivery in deliveries}
        held = deliveries.filtered(lambda delivery: not refusals[delivery])
        if not held:
            deliveries._check_decided(refusals)
        held.check_access("write")
        held._hold(self.reason, self.note)
        return {"type": "ir.actions.act_window_close"}
