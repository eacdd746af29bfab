from odoo.tests import tagged

from ..tour_common import TourCase
from .decide_common import DecideCase


@tagged("post_install", "-at_install")
class TestDecideTour(DecideCase, TourCase):
    """Decisions on selected deliveries, used in a browser by the manager of the stock."""

    def setUp(self):
        super().setUp()
        self.customer.name = "Tour Customer"

    def test_hold_and_release(self):
        """Scenario: a delivery of which all is reserved. Expected: it is on hold, in words, and takes part again."""
        move = self._order(self._create_product("Tour Panel", stock=4), 4)
        self.start_tour("/odoo/backorders", "gse_backorder_manager_holds", login=self.manager.login)
        self._assert_reserved(move, [4], "Released.")
        self.assertEqual(self._get_entries(move).mapped("cause")[-3:], ["hold", "release", "scheduler"])

    def test_close_short(self):
        """Scenario: a small remainder, and a great one. Expected: the filter finds the small one, and it is closed."""
        product = self._create_product("Tour Panel", stock=1, standard_price=2)
        remainder = self._ship(self._create_delivery((product, 3)))
        dear = self._create_product("Dear Tour Panel", stock=1, standard_price=200_000)
        self._ship(self._create_delivery((dear, 3), partner_id=self.env["res.partner"].create({"name": "Great"}).id))
        self.start_tour("/odoo/backorders", "gse_backorder_manager_closes_short", login=self.manager.login)
        self.assertEqual(remainder.backorder_root_id.fulfillment_state, "closed_short")
