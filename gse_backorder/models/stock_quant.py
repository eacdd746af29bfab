from odoo import api, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _update_reserved_quantity(
        self, product_id, location_id, quantity, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        """Take a turn on the stock before anything of it is reserved, by whatever way."""
        area = location_id.stock_area_id
        if quantity > 0 and area and "allocation_shares" not in self.env.context:
            self.env["stock.backorder.pool"]._lock({(product_id.id, area.id)})
        return super()._update_reserved_quantity(
            product_id, location_id, quantity, lot_id=lot_id, package_id=package_id, owner_id=owner_id, strict=strict
        )
