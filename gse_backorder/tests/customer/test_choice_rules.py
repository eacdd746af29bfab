from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestChoiceRules(BackorderCase):
    """What of a backorder its customer can decide, and when: by the rules alone, whatever page asks them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"customer_may_keep": True, "customer_may_cancel": True, "customer_may_group": True})
        cls.choices = cls.env["stock.customer.choice"]
        cls.beam, cls.bolt = cls._create_product("Beam", stock=4), cls._create_product("Bolt")
        order = cls._create_order((cls.beam, 10), (cls.bolt, 5), user_id=cls.salesperson.id)
        cls.backorder = cls._ship(order.picking_ids)
        cls.beams, cls.bolts = cls.backorder.move_ids.sorted("id")
        cls._create_receipt((cls.beam, 6), (cls.bolt, 5))

    def _choose(self, name, **values):
        return self.choices._choose(self.backorder, name, self.customer, **values)

    def _assert_refused(self, name, words, **values):
        with self.assertRaisesRegex(UserError, words):
            self._choose(name, **values)

    def _get_offered(self):
        self._invalidate()
        return set(self.choices._get_choices(self.backorder))

    def test_another_quantity_than_was_seen(self):
        """Scenario: he cancels a line of 6, of which 9 are wanted meanwhile. Expected: he is told, nothing is done."""
        seen = self.choices._get_seen(self.backorder)["cancel"]
        self.beams.product_uom_qty = 9
        line = str(self.beams.id)
        self._assert_refused("cancel", "has changed meanwhile", line=line, seen=seen)
        self.assertNotEqual(self.beams.state, "cancel")
        self._choose("cancel", line=line, seen=self.choices._get_seen(self.backorder)["cancel"])
        self.assertEqual((self.beams.state, self.bolts.state), ("cancel", "confirmed"))

    def test_other_lines_than_were_seen(self):
        """Scenario: another line has changed since he saw the page. Expected: his line is cancelled all the same."""
        seen = self.choices._get_seen(self.backorder)["cancel"]
        self.bolts.product_uom_qty = 9
        self._choose("cancel", line=str(self.beams.id), seen=seen)
        self.assertEqual((self.beams.state, self.bolts.state), ("cancel", "confirmed"))

    def test_lines_of_one_order_line(self):
        """Scenario: two lines are parts of one order line. Expected: one is not cancelled without the other."""
        self.bolts.sale_line_id = self.beams.sale_line_id
        self._choose("cancel", line=str(self.bolts.id))
        self.assertEqual(set(self.backorder.move_ids.mapped("state")), {"cancel"})

    def test_lines_of_no_order(self):
        """Scenario: lines that nobody has sold. Expected: each is cancelled by itself."""
        self.backorder.move_ids.sale_line_id = False
        self._choose("cancel", line=str(self.bolts.id))
        self.assertEqual((self.beams.state, self.bolts.state), ("confirmed", "cancel"))

    def test_what_is_ready(self):
        """Scenario: all of it is there. Expected: there is nothing to wait for, nor to be put together."""
        self.assertLessEqual({"keep", "together"}, self._get_offered())
        for product, quantity in ((self.beam, 6), (self.bolt, 5)):
            self._add_stock(product, quantity)
        self.backorder.action_assign()
        self.assertEqual(self.backorder.fulfillment_state, "ready")
        self.assertEqual(self._get_offered(), {"cancel"})
        self._assert_refused("keep", "nothing to wait for")
        self._assert_refused("together", "there already")

    def test_what_is_in_somebodys_hands(self):
        """Scenario: its papers are printed. Expected: too late to cancel it, or to put it together."""
        self.backorder.printed = True
        self.assertEqual(self._get_offered(), {"keep"})
        self._assert_refused("cancel", "too late", line="all")
        self._assert_refused("together", "too late")
