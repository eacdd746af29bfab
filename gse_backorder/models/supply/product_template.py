from odoo import fields, models


class ProductTemplate(models.Model):
    """Who buys a product."""

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
        """Return who is told that the product is short in the company of the environment: see ``purchaser_id``.

        Who has left, or may not open that company, is passed over.
        """
        self.ensure_one()
        company = self.env.company
        purchasers = self.purchaser_id.union(*self.categ_id._get_purchasers(), company.purchaser_id)
        return purchasers._filtered_working_for(company)[:1]
