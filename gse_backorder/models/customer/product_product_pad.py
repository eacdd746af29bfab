from odoo import api, models
from odoo.tools import SQL


class ProductProduct(models.Model):
    """A product is found by its reference however somebody writes it: Ab-1 is AB-1."""

    _inherit = "product.product"

    _lower_code_index = models.Index("(LOWER(default_code)) WHERE default_code IS NOT NULL")

    @api.model
    def _get_coded_sql(self, codes):
        """Return a query for the ids of the products with one of these *codes*, in capitals or not."""
        self.flush_model(["default_code"])
        return SQL(
            """
            (SELECT id FROM product_product WHERE LOWER(default_code) = ANY (%s)
              UNION  -- a database may know the capitals of English alone
             SELECT id FROM product_product WHERE default_code = ANY (%s))
            """,
            sorted({code.lower() for code in codes}),
            list(codes),
        )
