from odoo import fields, models

from .. import arguments


class StockBulkDecisionLine(models.AbstractModel):
    """A delivery that is decided on, with what is seen of it; whoever inherits it has ``wizard_id``."""

    _name = "stock.bulk.decision.line"
    _description = "Delivery of a Decision on Many"

    picking_id = fields.Many2one("stock.picking", string="Delivery", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="picking_id.partner_id", string="Customer")

    @arguments.public(single=True)
    def action_leave_out(self):
        """Leave the delivery out of what is decided, and show the others."""
        self.check_access("unlink")
        wizard = self.wizard_id
        self.unlink()
        return wizard._get_action()
