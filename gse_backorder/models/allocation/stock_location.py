from odoo import models

from ..engine.stock_location import AREA_FIELDS


class StockLocation(models.Model):
    """A location that becomes a part of another stock brings what lies in it."""

    _inherit = "stock.location"

    def write(self, vals):
        """What lies in a place that becomes a part of another stock comes into it."""
        result = super().write(vals)
        if not AREA_FIELDS.isdisjoint(vals):
            # The places below it change their stock with it, though nothing is written on them.
            self.invalidate_model(["stock_area_id"], flush=False)
            self.env["stock.quant"]._note_all_freed([("location_id", "child_of", self.ids)])
        return result
