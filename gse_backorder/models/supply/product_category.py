from odoo import fields, models


class ProductCategory(models.Model):
    """Who buys the products of a category."""

    _inherit = "product.category"

    purchaser_id = fields.Many2one(
        "res.users",
        company_dependent=True,
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="Who is told of shortages of its products that no supply covers, where a product has no purchaser of its"
        " own. A category without one has that of the category above.",
    )

    def _get_purchasers(self):
        """Return the purchasers of the category and of those above, the nearest first: a list of users."""
        purchasers = []
        category = self
        while category:
            purchasers.append(category.purchaser_id)
            category = category.parent_id
        return purchasers
