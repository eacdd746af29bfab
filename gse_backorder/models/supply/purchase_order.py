from odoo import models


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["purchase.order", "stock.supply.mixin"]

    def _get_services(self):
        """Return what the lines of each order will serve; of a request for quotation: would, if it were confirmed."""
        by_line = self.order_line._get_services()
        return {order.id: [service for line in order.order_line for service in by_line[line.id]] for order in self}
