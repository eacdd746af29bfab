from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import BackorderCase


@tagged("post_install", "-at_install")
class TestFilling(BackorderCase):
    """Of a delivery is shipped what is filled: all of a line, all lines, or so much as was keyed."""

    def _create_short_delivery(self):
        """Return a delivery, as its picker sees it: 10 of 10 beams, 4 of 10 panels, no shingle of 5."""
        beam, panel = self._create_product("Beam", stock=10), self._create_product("Panel", stock=4)
        delivery = self._create_delivery((beam, 10), (panel, 10), (self._create_product("Shingle"), 5))
        return delivery.with_user(self.picker)

    def test_all_of_a_line(self):
        """Scenario: All on one of three lines. Expected: it alone ships; the rest stays, reserved as before."""
        delivery = self._create_short_delivery()
        beam, panel, shingle = delivery.move_ids
        panel.action_fill()
        self.assertEqual([line.qty_filled for line in (beam, panel, shingle)], [0, 4, 0])
        self.assertIn("1 of 3", delivery.filled_text)
        backorder = self._ship(delivery)
        self.assertEqual(delivery.items_shipped, 4)
        self.assertEqual(backorder.name, f"{delivery.name}-R1")
        open_lines = {line.product_id.name: (line.product_uom_qty, line.quantity) for line in backorder.move_ids}
        self.assertEqual(open_lines, {"Beam": (10, 10), "Panel": (6, 0), "Shingle": (5, 0)})

    def test_all_lines(self):
        """Scenario: All Lines. Expected: what is there is filled, the empty line is not; it ships."""
        delivery = self._create_short_delivery()
        delivery.action_fill()
        self.assertEqual(delivery.move_ids.mapped("qty_filled"), [10, 4, 0])
        self.assertEqual(self._ship(delivery).items_open, 11)

    def test_all_reserves_first(self):
        """Scenario: nothing is reserved yet. Expected: All reserves what is there, and fills it."""
        panel = self._create_product("Panel", stock=4)
        delivery = self._create_delivery((panel, 3), assign=False).with_user(self.picker)
        delivery.move_ids.action_fill()
        self.assertEqual((delivery.move_ids.quantity, delivery.move_ids.qty_filled), (3, 3))

    def test_keyed(self):
        """Scenario: 7 of 10 reserved are keyed in the form. Expected: 7 ship, 3 and the other lines are in -R1."""
        delivery = self._create_short_delivery()
        with Form(delivery) as form, form.move_ids.edit(0) as line:
            line.qty_filled = 7
        beam = delivery.move_ids[0]
        self.assertEqual((beam.quantity, beam.picked, beam.qty_filled), (7, True, 7))
        self.assertEqual(self._ship(delivery).items_open, 18)
        self.assertEqual(delivery.items_shipped, 7)

    def test_keyed_in_dozens(self):
        """Scenario: 3 dozen are wanted, 24 are there, one dozen is keyed. Expected: 12 leave the stock."""
        beam = self._create_product("Beam", stock=24)
        delivery = self._create_delivery((beam, 3, self.dozen)).with_user(self.picker)
        delivery.move_ids.action_fill()
        self.assertEqual(delivery.move_ids.qty_filled, 2)
        delivery.move_ids.qty_filled = 1
        self._ship(delivery)
        self.assertEqual((delivery.items_shipped, beam.with_context(location=self.stock.id).qty_available), (12, 12))

    def test_nothing_of_it(self):
        """Scenario: All, then None. Expected: still reserved; as nothing is filled, all that is reserved ships."""
        delivery = self._create_short_delivery()
        delivery.move_ids[0].action_fill()
        delivery.move_ids[0].action_empty()
        self.assertEqual((delivery.move_ids[0].quantity, delivery.move_ids[0].qty_filled), (10, 0))
        self.assertFalse(delivery.filled_text)
        self._ship(delivery)
        self.assertEqual(delivery.items_shipped, 14)

    def test_zero_keyed(self):
        """Scenario: 0 is keyed on a filled line. Expected: it keeps its goods and does not ship."""
        delivery = self._create_short_delivery()
        delivery.action_fill()
        delivery.move_ids[0].qty_filled = 0
        self.assertEqual((delivery.move_ids[0].quantity, delivery.move_ids[0].picked), (10, False))
        self._ship(delivery)
        self.assertEqual(delivery.items_shipped, 4)

    def test_refused(self):
        """Scenario: too much, less than nothing, nothing there, shipped. Expected: a clear no, nothing changed."""
        delivery = self._create_short_delivery()
        beam, _panel, shingle = delivery.move_ids
        for wrong, words in ((11, "only 10 Units are to ship"), (-1, "less than nothing")):
            with self.assertRaisesRegex(UserError, words):
                beam.qty_filled = wrong
            self._invalidate()
            self.assertEqual((beam.quantity, beam.picked), (10, False))
        with self.assertRaisesRegex(UserError, "nothing in stock to fill: Shingle"):
            shingle.action_fill()
        self._ship(delivery)
        with self.assertRaisesRegex(UserError, "cannot be filled any more"):
            beam.qty_filled = 3

    def test_rights(self):
        """Scenario: somebody without stock rights calls it. Expected: refused."""
        clerk = new_test_user(self.env, "backorder_clerk", groups="base.group_user")
        lines = self._create_short_delivery().move_ids
        for action in ("action_fill", "action_empty"):
            with self.assertRaises(AccessError):
                getattr(lines.with_user(clerk), action)()

    def test_pick_step(self):
        """Scenario: All on the pick of a pick and ship house. Expected: the delivery follows with as much."""
        self.warehouse.delivery_steps = "pick_ship"
        beam, panel = self._create_product("Beam", stock=10), self._create_product("Panel", stock=4)
        order = self._create_order((beam, 10), (panel, 4))
        pick = order.picking_ids.with_user(self.picker)
        pick.move_ids[1].action_fill()
        self._ship(pick)
        delivery = order.picking_ids.filtered(lambda picking: picking.picking_type_id == self.delivery_type)
        self.assertEqual(sum(delivery.move_ids.mapped("quantity")), 4)
