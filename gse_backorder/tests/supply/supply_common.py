from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user

from ..common import BackorderCase


class SupplyCase(BackorderCase):
    """Products of vendors, customers who wait for them, and a purchaser with no right on the stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.purchaser = new_test_user(
            cls.env,
            "backorder_purchaser",
            groups="base.group_user,purchase.group_purchase_user",
            company_id=cls.company.id,
            email="purchaser@example.com",
        )
        cls.vendor.email = "vendor@example.com"
        cls.other_vendor = cls.env["res.partner"].create({"name": "Other Vendor", "email": "other@example.com"})
        cls.company.write({"days_to_purchase": 0, "purchaser_id": False})

    @classmethod
    def _create_bought(cls, name, *sellers, stock=0, **values):
        """Return a product with the prices *sellers* (values of each); of the vendor at 10, in 5 days, if none."""
        sellers = sellers or ({},)
        prices = [{"partner_id": cls.vendor.id, "price": 10, "delay": 5, **seller} for seller in sellers]
        return cls._create_product(
            name, stock, standard_price=8, seller_ids=[Command.create(price) for price in prices], **values
        )

    def _get_needs(self, *products, user=None):
        """Return the supply needs of *products* in the test warehouse, as the purchaser sees them now."""
        self._invalidate()
        domain = [("product_id", "in", [product.id for product in products]), ("warehouse_id", "=", self.warehouse.id)]
        return self.env["stock.supply.need"].with_user(user or self.purchaser).search(domain)

    def _open_wizard(self, needs, **values):
        action = needs.action_order()
        wizard = self.env[action["res_model"]].with_user(self.purchaser).browse(action["res_id"])
        wizard.write(values)
        return wizard

    def _order(self, *products, **values):
        """Order all that is needed of *products*; return the requests for quotation."""
        wizard = self._open_wizard(self._get_needs(*products), **values)
        wizard.action_order()
        return wizard.purchase_ids

    def _confirm(self, purchase):
        purchase.with_user(self.purchaser).button_confirm()
        self._invalidate()
        return purchase.picking_ids

    def _receive_all(self, receipt, *quantities):
        receipt.sudo().picking_type_id.create_backorder = "always"
        self._ship(receipt.with_user(self.picker), *quantities)
        self._invalidate()

    @staticmethod
    def _in_days(days):
        return fields.Datetime.now() + timedelta(days=days)
