from odoo import models


class ProductProduct(models.Model):
    """Kits, where manufacturing is installed."""

    _inherit = "product.product"

    def _get_kits(self, company=None):
        """Return ``{product: kit}`` for the products that are sold as kits, where manufacturing is installed.

        :param company: whose recipes count; else the user's
        """
        if "mrp.bom" not in self.env:
            return {}
        # A kit is an internal matter: who sells it need not have rights on bills of materials.
        boms = self.env["mrp.bom"].sudo()
        return {
            product: bom
            for product, bom in boms._bom_find(self, company_id=company and company.id, bom_type="phantom").items()
            if bom.type == "phantom"
        }
