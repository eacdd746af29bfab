from odoo import models


class StockLocation(models.Model):
    """Where else there may be what a stock lacks."""

    _inherit = "stock.location"

    def _get_stocks_elsewhere(self):
        """Return ``{stock: warehouse}`` of the other warehouses of the location's company."""
        houses = self.env["stock.warehouse"]
        stocks = houses._get_stocks().get(self.company_id.id, ())
        return {
            self.browse(stock_id): houses.browse(house_id)
            for house_id, stock_id in stocks
            if house_id != self.warehouse_id.id
        }
