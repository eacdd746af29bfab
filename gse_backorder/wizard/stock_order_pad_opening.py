from odoo import api, fields, models

from .. import arguments


class StockOrderPadOpening(models.TransientModel):
    """For whom a salesperson opens an order pad."""

    _name = "stock.order.pad.opening"
    _inherit = ["stock.readable.mixin"]
    _description = "Order Pad to Open"

    partner_id = fields.Many2one("res.partner", string="Customer", required=True)

    @api.model
    def _get_named_fields(self):
        return ["partner_id"]

    @arguments.public(single=True)
    def action_open(self):
        """Open the customer's pad."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.action_open_order_pad()
