from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import BackorderCase


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
        single = self._create_delivery((self._create_product("Bolt", stock=5), 5))
        single.move_ids.with_user(self.picker).qty_filled = 3
        self.assertTrue(single.filled_text.startswith("A part is filled: "), single.filled_text)
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

    def test_goods_of_others(self):
        """Scenario: all there is is reserved for another delivery. Expected: it cannot be keyed here."""
        beam = self._create_product("Beam", stock=5)
        theirs, ours = self._create_delivery((beam, 5)), self._create_delivery((beam, 5)).with_user(self.picker)
        with self.assertRaisesRegex(UserError, "only 0 Units are in stock for this line"):
            ours.move_ids.qty_filled = 5
        self._invalidate()
        self.assertEqual((theirs.move_ids.quantity, ours.move_ids.quantity), (5, 0))

    def test_more_than_is_reserved_yet(self):
        """Scenario: nothing is reserved, 3 of 4 are keyed. Expected: these are reserved and filled, not more."""
        delivery = self._create_delivery((self._create_product("Beam", stock=9), 4), assign=False)
        delivery.with_user(self.picker).move_ids.qty_filled = 3
        self.assertEqual((delivery.move_ids.quantity, delivery.move_ids.qty_filled), (3, 3))

    def test_all_of_what_was_keyed(self):
        """Scenario: 7 of 10 were keyed, then All Lines. Expected: 10 are filled."""
        delivery = self._create_delivery((self._create_product("Beam", stock=100), 10)).with_user(self.picker)
        delivery.move_ids.qty_filled = 7
        delivery.action_fill()
        self.assertEqual(delivery.move_ids.qty_filled, 10)

    def test_drafts(self):
        """Scenario: a draft is filled. Expected: it is to be confirmed first."""
        delivery = self._create_delivery((self._create_product("Beam", stock=9), 4), confirm=False)
        with self.assertRaisesRegex(UserError, "confirm"):
            delivery.with_user(self.picker).action_fill()

    def test_scanned_serial_numbers(self):
        """Scenario: three serials are reserved, the last is scanned, 1 is keyed. Expected: the scanned one ships."""
        phone = self._create_product("Phone", tracking="serial")
        serials = self.env["stock.lot"].create([{"name": f"S{n}", "product_id": phone.id} for n in range(3)])
        for serial in serials:
            self._add_stock(phone, 1, lot_id=serial)
        delivery = self._create_delivery((phone, 3)).with_user(self.picker)
        scanned = delivery.move_line_ids.filtered(lambda line: line.lot_id == serials[2])
        scanned.picked = True
        delivery.move_ids.qty_filled = 2
        self.assertIn(serials[2], delivery.move_ids.lot_ids)
        delivery.move_ids.qty_filled = 1
        self._ship(delivery)
        self.assertEqual(delivery.move_ids.quantity, 1)

    def test_the_scanned_one_alone(self):
        """Scenario: the last of three serials is scanned, and 1 is keyed, or nothing. Expected: it ships, no other."""
        phone = self._create_product("Phone", tracking="serial")
        serials = self.env["stock.lot"].create([{"name": f"S{n}", "product_id": phone.id} for n in range(3)])
        for serial in serials:
            self._add_stock(phone, 1, lot_id=serial)
        delivery = self._create_delivery((phone, 3)).with_user(self.picker)
        delivery.move_line_ids.filtered(lambda line: line.lot_id == serials[2]).picked = True
        self.assertEqual(delivery.move_ids.qty_filled, 1)
        delivery.move_ids.qty_filled = 1
        self._ship(delivery)
        self.assertEqual(delivery.move_ids.lot_ids, serials[2])

    def test_odoos_own_figure(self):
        """Scenario: Filled and then Quantity are keyed, more than demanded; a receipt, too. Expected: as Odoo does."""
        beam = self._create_product("Beam", stock=10)
        delivery = self._create_delivery((beam, 5)).with_user(self.picker)
        with Form(delivery) as form, form.move_ids.edit(0) as line:
            line.qty_filled = 4
            line.quantity = 7
            self.assertEqual(line.qty_filled, 0, "What was keyed last counts, and it is seen.")
        self.assertEqual((delivery.move_ids.quantity, delivery.move_ids.qty_filled), (7, 0))
        receipt = self._create_receipt((beam, 5)).with_user(self.picker)
        receipt.move_ids.picked = True
        with Form(receipt) as form, form.move_ids.edit(0) as line:
            line.quantity = 7
        self.assertEqual(receipt.move_ids.quantity, 7)

    def test_corrected_afterwards(self):
        """Scenario: a shipped, unlocked delivery is corrected in the detailed operations. Expected: as Odoo does."""
        delivery = self._create_delivery((self._create_product("Beam", stock=10), 5))
        self._ship(delivery)
        delivery.action_toggle_is_locked()
        with (
            Form(delivery.move_ids, view="stock.view_stock_move_operations") as form,
            form.move_line_ids.edit(0) as line,
        ):
            line.quantity = 4
        self.assertEqual(delivery.move_ids.quantity, 4)

    def test_write_off(self):
        """Scenario: a new internal transfer to inventory loss is saved. Expected: as Odoo does."""
        beam = self._create_product("Beam", stock=10)
        loss = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "in", (self.company.id, False))], limit=1
        )
        transfer = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": loss.id,
            }
        )
        with Form(transfer) as form, form.move_ids.new() as line:
            line.product_id = beam
            line.product_uom_qty = 2
        self.assertEqual(transfer.move_ids.product_uom_qty, 2)

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
