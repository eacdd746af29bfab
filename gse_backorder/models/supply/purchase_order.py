from odoo import models


class PurchaseOrder(models.Model):
    """Who waits for a purchase."""

    _name = "purchase.order"
    _inherit = ["purchase.order", "stock.supply.mixin"]

    def _get_pegged_demand(self):
        """Return what the lines of each order will serve; of a request for quotation: would, if it were confirmed."""
        by_line = self.order_line._get_pegged_demand()
        return {order.id: [demand for line in order.order_line for demand in by_line[line.id]] for order in self}
