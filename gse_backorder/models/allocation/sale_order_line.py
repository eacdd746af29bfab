from odoo import models


class SaleOrderLine(models.Model):
    """Which stock an order will want."""

    _inherit = "sale.order.line"

    def _get_wanted_pools(self):
        """Return the stocks that the lines would be reserved from, as a set of ``(product id, area id)``.

        What the parts of a kit or a route want besides is found when they are reserved.
        """
        # The stock is read for the salesperson, who may not open the warehouse's locations.
        lines = self.sudo().filtered(lambda line: line.product_id.is_storable and line.warehouse_id)
        return {(line.product_id.id, line.warehouse_id.lot_stock_id.stock_area_id.id) for line in lines}
