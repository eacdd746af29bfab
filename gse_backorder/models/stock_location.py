from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _get_stock_area(self):
        """Return the topmost location that holds goods above this one: the stock that reservation can draw on.

        Empty for a location that holds no goods of ours (customers, vendors). Pegging has the same in SQL.
        """
        if self.usage not in ("internal", "transit"):
            return self.browse()
        area = self
        for ancestor in reversed(self._get_ancestors()):
            if ancestor.usage in ("internal", "transit"):
                area = ancestor
        return area

    def _get_ancestors(self):
        """Return the locations above this one, the topmost first."""
        return self.browse(int(location_id) for location_id in self.parent_path.split("/")[:-2])
