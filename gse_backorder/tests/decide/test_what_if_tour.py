from odoo.tests import tagged

from ..tour_common import TourCase
from .test_what_if import WhatIfCase


@tagged("post_install", "-at_install")
class TestWhatIfTour(WhatIfCase, TourCase):
    """The screen of a what-if, used in a browser by the manager of the warehouse."""

    def setUp(self):
        super().setUp()
        self.customer.name = "Tour Customer"
        self.panel = self._create_product("Tour Panel", list_price=12)

    def test_from_a_receipt(self):
        """Scenario: two wait for a receipt. Expected: what a week's delay does to them, in words, chart and table."""
        for _number in range(2):
            self._create_delivery((self.panel, 4))
        receipt = self._create_receipt((self.panel, 8))
        self.start_tour(f"/odoo/receipts/{receipt.id}", "gse_backorder_manager_asks_what_if", login=self.manager.login)

    def test_from_the_menu(self):
        """Scenario: the second has the star. Expected: another policy is looked at, then chosen."""
        self._create_delivery((self.panel, 4))
        self._create_delivery((self.panel, 4), priority="1")
        self._create_receipt((self.panel, 4))
        self.start_tour("/odoo/what-if/new", "gse_backorder_manager_looks_and_does", login=self.manager.login)
        self.assertEqual(self.warehouse.allocation_policy, "first_ordered")
