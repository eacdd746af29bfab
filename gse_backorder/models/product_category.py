from odoo import fields, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    purchaser_id = fields.Many2one(
        "res.users",
        company_dependent=True,
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="Who is told of shortages of its products that no supply covers, where a product has no purchaser of its"
        " own. A category without one has that of the category above.",
    )

    def _get_purchaser(self):
        """Return the purchaser of the category, or of the first one above that has one."""
        category = self
        while category and not category.purchaser_id:
            category = category.parent_id
        return category.purchaser_id
