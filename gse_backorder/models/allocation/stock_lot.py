from odoo import models

# Of lots that expire, where product_expiry is installed: until when they may be reserved, and what that follows from.
EXPIRY_FIELDS = {"expiration_date", "removal_date"}


class StockLot(models.Model):
    """A lot that had expired and gets another date serves who waits, like goods that come."""

    _inherit = "stock.lot"

    def write(self, vals):
        result = super().write(vals)
        if not EXPIRY_FIELDS.isdisjoint(vals):
            self.env["stock.quant"]._note_all_freed([("lot_id", "in", self.ids)])
        return result
