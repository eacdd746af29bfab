from odoo.tests import tagged

from .common import BackorderCase


@tagged("post_install", "-at_install")
class TestFulfillmentState(BackorderCase):
    """What a delivery, with its chain, has come to; stored, so that lists can filter and group by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_product("Beam", stock=10)

    def test_before_shipping(self):
        """Scenario: nothing, a part and all of it in stock. Expected: waiting, partial, ready; draft before all."""
        nothing = self._create_product("Nail")
        self.assertEqual(self._create_delivery((nothing, 1), confirm=False).fulfillment_state, "draft", "Not asked yet.")
        self.assertEqual(self._create_delivery((nothing, 1)).fulfillment_state, "waiting", "Nothing can ship.")
        self.assertEqual(
            self._create_delivery((self.product, 2), (nothing, 1)).fulfillment_state, "partial", "Something can ship."
        )
        self.assertEqual(self._create_delivery((self.product, 2)).fulfillment_state, "ready", "All can ship.")

    def test_ship_together_waits_for_all(self):
        """Scenario: all at once is wanted, a part is there. Expected: waiting, for nothing can ship."""
        delivery = self._create_delivery((self.product, 12), move_type="one")
        self.assertEqual(delivery.fulfillment_state, "waiting", "A part may not ship alone.")

    def test_the_loop_closes(self):
        """Scenario: a chain of three ships one after the other. Expected: partially shipped until the last, then done."""
        root = self._create_delivery((self.product, 10))
        first = self._ship(root, 4)
        self.assertEqual((root | first).mapped("fulfillment_state"), ["partially_picked", "ready"], "One part shipped.")
        second = self._ship(first, 3)
        chain = root | first | second
        self.assertEqual(
            chain.mapped("fulfillment_state"), ["partially_picked", "partially_picked", "ready"], "Two parts shipped."
        )
        self._ship(second)
        self.assertEqual(chain.mapped("fulfillment_state"), ["done"] * 3, "The loop is closed for all of them.")

    def test_cancelled_remainder(self):
        """Scenario: the remainder is cancelled. Expected: what shipped is closed short, not done."""
        root = self._create_delivery((self.product, 10))
        backorder = self._ship(root, 4)
        backorder.action_cancel()
        self.assertEqual((root | backorder).mapped("fulfillment_state"), ["closed_short", "cancel"], "Six never came.")

    def test_stock_goes_and_comes(self):
        """Scenario: a delivery is unreserved and reserved again. Expected: the state follows."""
        delivery = self._create_delivery((self.product, 10))
        delivery.do_unreserve()
        self.assertEqual(delivery.fulfillment_state, "waiting", "Nothing is set aside.")
        delivery.action_assign()
        self.assertEqual(delivery.fulfillment_state, "ready", "All of it is again.")

    def test_search_and_group(self):
        """Scenario: deliveries in three states. Expected: they are found and grouped by it."""
        waiting = self._create_delivery((self._create_product("Nail"), 1))
        root = self._create_delivery((self.product, 10))
        backorder = self._ship(root, 4)
        mine = [("picking_type_id", "=", self.delivery_type.id)]
        Picking = self.env["stock.picking"].with_user(self.picker)
        self.assertEqual(Picking.search([*mine, ("fulfillment_state", "=", "waiting")]), waiting, "Searched.")
        self.assertEqual(
            dict(Picking._read_group(mine, ["fulfillment_state"], ["id:recordset"])),
            {"waiting": waiting, "partially_picked": root, "ready": backorder},
            "Grouped.",
        )
