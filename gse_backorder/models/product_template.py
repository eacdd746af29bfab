from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    purchaser_id = fields.Many2one(
        "res.users",
        company_dependent=True,
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="Who is told of shortages that no supply covers. Without one it is the purchaser of the category, else"
        " that of the company.",
    )

    def _get_purchaser(self):
        """Return who is told that the product is short in the company of the environment: see ``purchaser_id``."""
        self.ensure_one()
        return self.purchaser_id or self.categ_id._get_purchaser() or self.env.company.purchaser_id
