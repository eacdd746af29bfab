from odoo import fields, models

from .. import arguments


class StockOrderPadOpening(models.TransientModel):
    """For whom a salesperson opens an order pad."""

    _name = "stock.order.pad.opening"
    _description = "Order Pad to Open"

    partner_id = fields.Many2one("res.partner", string="Customer", required=True)

    @arguments.public(single=True)
    def action_open(self):
        """Open the customer's pad."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.action_open_order_pad()
