from datetime import timedelta

from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_order_today_date(self):
        """Return when the product could come if it were ordered today; False for what nobody sells us.

        :return: a date: the first vendor's lead time and the days that the company takes to order, from today
        """
        self.ensure_one()
        # Who may see the line may know when it could come, whether or not he may open the vendors.
        product = self.sudo()
        today = fields.Date.context_today(self)
        sellers = product._prepare_sellers().filtered(
            lambda seller: (
                (not seller.date_start or seller.date_start <= today)
                and (not seller.date_end or seller.date_end >= today)
            )
        )
        if not sellers:
            return False
        return today + timedelta(days=sellers[0].delay + int(product.env.company.days_to_purchase))
