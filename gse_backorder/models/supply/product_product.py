from odoo import models


class ProductProduct(models.Model):
    """When a product could come if it were ordered today."""

    _inherit = "product.product"

    def _select_vendor_price(self, vendor, quantity):
        """Return the price of *vendor* that Odoo would take; below all of his minimums that with the lowest one.

        :param quantity: in the product's unit
        :return: a ``product.supplierinfo``, empty where he sells none of it today
        """
        if not self or not vendor:
            return self.seller_ids.browse()
        self.ensure_one()
        price = self._select_seller(partner_id=vendor, quantity=quantity, uom_id=self.uom_id)
        return (
            price
            or self._get_filtered_sellers(partner_id=vendor, quantity=None).sorted(
                lambda offer: (
                    offer.product_uom_id._compute_quantity(offer.min_qty, self.uom_id, round=False),
                    offer.sequence,
                    offer.id,
                )
            )[:1]
        )

    def _get_order_today_date(self, today):
        """Return when the product could come if it were ordered today; False for what nobody sells us.

        :param today: the date of the day for who asks
        :return: a date: the first vendor's lead time and the days that the company takes to order, from today
        """
        self.ensure_one()
        # Who may see the line may know when it could come, whether or not he may open the vendors.
        return self.sudo()._get_filtered_sellers(quantity=None)[:1]._get_arrival_date(today)
