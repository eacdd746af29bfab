from odoo import api, models


class StockPicking(models.Model):
    """Salespeople and purchasers read transfers."""

    _inherit = "stock.picking"

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self.env["stock.lot"].has_access("read"))

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Salespeople and purchasers read transfers. The lots, which only the warehouse may open, are left out."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if not self.env["stock.lot"].has_access("read"):
            for node in arch.xpath("//field[@name='lot_ids']"):
                node.getparent().remove(node)
        return arch, view
