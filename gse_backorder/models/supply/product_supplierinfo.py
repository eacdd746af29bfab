from datetime import timedelta

from odoo import models


class ProductSupplierinfo(models.Model):
    """When a vendor would deliver."""

    _inherit = "product.supplierinfo"

    def _get_arrival_date(self, today):
        """Return the date on which it would come if the company of the environment ordered it today; False for none.

        Today, the vendor's lead time, and the days that the company takes to order.
        """
        if not self:
            return False
        days = self.delay + int(self.env.company.days_to_purchase)
        return today + timedelta(days=days)
