from odoo import fields, models


class ProductTemplate(models.Model):
    """How much of a product customers order at least."""

    _inherit = "product.template"

    order_minimum = fields.Float(
        string="Smallest Order",
        digits="Product Unit",
        groups="base.group_user",
        help="Customers who order on their pad order at least this quantity, in the product's unit. 0: any.",
    )
