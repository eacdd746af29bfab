from odoo import models

from ... import arguments


class SaleOrder(models.Model):
    """Confirming an order takes its turn at the stock."""

    _inherit = "sale.order"

    @arguments.public()
    def action_confirm(self):
        """Come for the stock before the work begins."""
        self.env["stock.backorder.pool"]._come_for(self.order_line._get_wanted_pools)
        return super().action_confirm()
