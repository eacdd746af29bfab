from odoo import Command
from odoo.tests import Form, tagged

from ..common import BackorderCase

NOT_FROM_STOCK = "nothing on order for it, and it is not taken from stock"


@tagged("post_install", "-at_install")
class TestBroughtForIt(BackorderCase):
    """What moves before a line were to bring it takes from there alone: Odoo reserves nothing else for it, and nothing
    else is promised to it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.in_type_id.create_backorder = "always"

    def _statuses(self, *lines):
        self._invalidate()
        return [(line.availability_status, line.availability_text) for line in lines]

    def _create_bought_to_order(self, quantity):
        """Return an order of a product that is bought for it, and its purchase, confirmed."""
        to_order = self.env.ref("stock.route_warehouse0_mto")
        to_order.active = True
        product = self._create_product(
            "Special",
            route_ids=[Command.set((to_order | self.warehouse.buy_pull_id.route_id).ids)],
            seller_ids=[Command.create({"partner_id": self.vendor.id, "price": 1})],
        )
        order = self._create_order((product, quantity))
        purchase = self.env["purchase.order.line"].search([("product_id", "=", product.id)]).order_id
        purchase.button_confirm()
        return order, purchase

    def _chain(self, delivery, step):
        """Let *delivery* wait for what *step* brings."""
        origins = [Command.set(step.move_ids.ids)]
        delivery.move_ids.write({"procure_method": "make_to_order", "move_orig_ids": origins})

    def _assert_ships(self, delivery, quantity):
        """What is said to ship now does, if the delivery is validated."""
        delivery.action_assign()
        self.assertEqual(delivery.move_ids.mapped("quantity"), [quantity], "Odoo reserves no more than that.")
        self._ship(delivery)
        done = delivery.move_ids.filtered(lambda move: move.state == "done")
        self.assertEqual(sum(done.mapped("quantity")), quantity)

    def test_rest_of_its_receipt_is_cancelled(self):
        """Scenario: 12 are bought for an order, 5 come, the other 7 are cancelled; 20 lie free. Expected: 5 now, and
        the 7 have no date, nor are they bought for the stock; what is left says why, and what comes is not for it."""
        order, purchase = self._create_bought_to_order(12)
        receipt = purchase.picking_ids
        rest = self._ship(receipt, 5)
        rest.action_cancel()
        product, delivery = order.order_line.product_id, order.picking_ids
        self._add_stock(product, 20)
        self._create_receipt((product, 30))
        lines = [order.order_line, delivery.move_ids]
        self.assertEqual(self._statuses(*lines), [("short", "5 now, 7 without a date")] * 2)
        self.assertEqual([line.qty_uncovered for line in lines], [7, 7])
        [line] = self.env["stock.customer.page"]._get_values(delivery)["lines"]
        self.assertEqual(line["words"], "5 now, 7 without a date", "The customer reads the same.")
        found = self.env["stock.move"].search(
            [("availability_status", "=", "short"), ("id", "=", delivery.move_ids.id)]
        )
        self.assertEqual(found, delivery.move_ids, "The filter finds it.")
        needs = self.env["stock.supply.need"].search([("product_id", "=", product.id)])
        self.assertFalse(needs, "What would be bought for the stock would not be for it.")
        [why] = delivery.move_ids.with_user(self.picker).mapped("allocation_explanation")
        told = "Nothing is on order for <strong>7</strong>, and it is not taken from stock: there is no date for it."
        self.assertIn(told, why, "Nor does Why? say that what is expected does not reach.")
        self._assert_ships(delivery, 5)
        backorder = delivery.backorder_ids
        self.assertEqual(self._statuses(order.order_line, backorder.move_ids), [("missing", NOT_FROM_STOCK)] * 2)

    def test_others_get_what_it_may_not_take(self):
        """Scenario: the same, and a younger order wants 20 of the stock. Expected: all 20 are its own."""
        order, purchase = self._create_bought_to_order(12)
        self._ship(purchase.picking_ids, 5).action_cancel()
        product = order.order_line.product_id
        other = self._create_delivery((product, 20), assign=False)
        self._add_stock(product, 20)
        self.assertEqual(
            self._statuses(other.move_ids, order.picking_ids.move_ids),
            [("available", "20 now"), ("short", "5 now, 7 without a date")],
        )
        self._assert_ships(other, 20)

    def test_origins_closed_without_being_cancelled_on(self):
        """Scenario: the remainder of a receipt is cancelled afterwards, and Odoo sets the line to take from stock,
        still behind what was done. Expected: it is no claim on the stock, in lines and in sums."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 10))
        receipt.move_ids.propagate_cancel = False
        delivery = self._create_delivery((product, 10), confirm=False)
        self._chain(delivery, receipt)
        delivery.action_confirm()
        rest = self._ship(receipt, 4)
        self._ship(delivery)
        rest.action_cancel()
        left = delivery.backorder_ids.move_ids
        self.assertEqual((left.procure_method, left.state), ("make_to_stock", "confirmed"), "Odoo's own doing.")
        self._add_stock(product, 20)
        self.assertEqual(self._statuses(left), [("missing", NOT_FROM_STOCK)])
        self.assertFalse(self.env["stock.supply.need"].search([("product_id", "=", product.id)]))
        left.picking_id.action_assign()
        self.assertEqual(left.quantity, 0, "Odoo reserves nothing of the twenty.")

    def _send_back(self, transfer, quantity):
        """Return the transfer that sends *quantity* of what *transfer* brought back."""
        wizards = self.env["stock.return.picking"].with_context(active_id=transfer.id, active_model="stock.picking")
        wizard = Form(wizards).save()
        wizard.product_return_moves.quantity = quantity
        return self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])

    def test_others_have_what_is_sent_back(self):
        """Scenario: of 10 received 4 are to go back to the vendor, and others have all of them; 3 of 5 that came back
        go out to the customer again, and others have those; 20 more lie elsewhere. Expected: nothing says that it is
        not taken from stock, nor when more could come: that would be of no use."""
        beam, bolt = self._create_product("Beam"), self._create_product("Bolt", stock=5)
        (beam | bolt).seller_ids = [Command.create({"partner_id": self.vendor.id, "delay": 4})]
        receipt = self._create_receipt((beam, 10))
        self._ship(receipt)
        order = self._create_order((bolt, 5))
        self._ship(order.picking_ids)
        came_back = self._send_back(order.picking_ids, 5)
        self._ship(came_back)
        self._create_delivery((beam, 10), (bolt, 5))
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        for product in beam | bolt:
            self._add_stock(product, 20, location=shelf)
        to_vendor, to_customer = self._send_back(receipt, 4).move_ids, self._send_back(came_back, 3).move_ids
        told = ("missing", "nothing of what is to be sent back is free")
        self.assertEqual(self._statuses(to_vendor, to_customer, order.order_line), [told] * 3)
        for line, quantity in ((to_vendor, 4), (to_customer, 3)):
            why = line.with_user(self.picker).allocation_explanation
            self.assertIn(f"Nothing of what is to be sent back is free for <strong>{quantity}</strong>", why)
            self.assertNotIn("If it were ordered today", why)

    def test_returned_to_the_vendor(self):
        """Scenario: 10 received are to go back, 6 of them are sold; 20 others are on another shelf. Expected: 4 now."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 10))
        self._ship(receipt)
        self._ship(self._create_delivery((product, 6)))
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self._add_stock(product, 20, location=shelf)
        back = self._send_back(receipt, 10)
        self.assertEqual(self._statuses(back.move_ids), [("short", "4 now, 6 without a date")])
        self._assert_ships(back, 4)

    def test_rest_of_its_pick_is_cancelled(self):
        """Scenario: a ship of 10 was made together with its pick; 6 are picked, the pick's rest is cancelled; others
        lie at the door. Expected: 6 now."""
        product = self._create_product("Beam", stock=6)
        output = self.warehouse.wh_output_stock_loc_id
        pick = self._create_delivery((product, 10), confirm=False, picking_type=self.warehouse.pick_type_id)
        pick.move_ids.location_dest_id = output
        ship = self._create_delivery((product, 10), confirm=False, location_id=output.id)
        ship.move_ids.location_id = output
        self._chain(ship, pick)
        (pick | ship).action_confirm()
        pick.action_assign()
        self._ship(pick).action_cancel()
        self._add_stock(product, 9, location=output)
        self.assertEqual(self._statuses(ship.move_ids), [("short", "6 now, 4 without a date")])
        self._assert_ships(ship, 6)

    def test_unreserved(self):
        """Scenario: all that was brought for it was unreserved by hand; part of it is lost. Expected: it may take what
        is left of it, and nothing of another lot."""
        product = self._create_product("Paint", tracking="lot")
        lots = self.env["stock.lot"].create([{"name": name, "product_id": product.id} for name in "AB"])
        receipt = self._create_receipt((product, 10))
        delivery = self._create_delivery((product, 10), confirm=False)
        self._chain(delivery, receipt)
        delivery.action_confirm()
        receipt.move_ids.move_line_ids.write({"lot_id": lots[0].id, "quantity": 10})
        self._ship(receipt)
        delivery.do_unreserve()
        self.assertEqual(self._statuses(delivery.move_ids), [("available", "10 now")])
        self._add_stock(product, -3, lot_id=lots[0])
        self._add_stock(product, 50, lot_id=lots[1])
        self.assertEqual(self._statuses(delivery.move_ids), [("short", "7 now, 3 without a date")])
        self._assert_ships(delivery, 7)

    def test_part_is_still_to_come(self):
        """Scenario: 4 of 10 were brought for it and unreserved by hand, 6 are expected; 20 others lie elsewhere.
        Expected: 4 now, 6 expected, and the 4 are promised to nobody else; what is lost of them has no date."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 10), days=5)
        delivery = self._create_delivery((product, 10), confirm=False)
        self._chain(delivery, receipt)
        delivery.action_confirm()
        rest = self._ship(receipt, 4)
        self.assertEqual(delivery.move_ids.quantity, 4)
        day = delivery.move_ids._format_day(rest.move_ids.date)
        told = f"4 now, 6 on {day}"
        self.assertEqual(self._statuses(delivery.move_ids), [("short", told)])
        delivery.do_unreserve()
        self.assertEqual(delivery.move_ids.state, "waiting")
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self._add_stock(product, 20, location=shelf)
        self.assertEqual(self._statuses(delivery.move_ids), [("short", told)], "It is there as before.")
        other = self._create_delivery((product, 24), assign=False)
        self.assertEqual(self._statuses(other.move_ids), [("short", "20 now, 4 without a date")])
        self._add_stock(product, -3)
        self.assertEqual(self._statuses(delivery.move_ids), [("short", f"1 now, 6 on {day}, 3 without a date")])
        self.assertEqual(self._statuses(other.move_ids), [("short", "20 now, 4 without a date")])
        self._assert_ships(delivery, 1)
