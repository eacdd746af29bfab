from odoo import Command
from odoo.tests import tagged

from ... import hooks
from ..common import BackorderCase


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
        self.assertEqual(
            self._create_delivery((nothing, 1), confirm=False).fulfillment_state, "draft", "Not asked yet."
        )
        self.assertEqual(self._create_delivery((nothing, 1)).fulfillment_state, "waiting", "Nothing can ship.")
        self.assertEqual(
            self._create_delivery((self.product, 2), (nothing, 1)).fulfillment_state, "partial", "Something can ship."
        )
        self.assertEqual(self._create_delivery((self.product, 2)).fulfillment_state, "ready", "All can ship.")

    def test_cancelled_line(self):
        """Scenario: of two lines, the one of which nothing is there is cancelled. Expected: all that is left can ship,
        as of the installation, too."""
        delivery = self._create_delivery((self.product, 2), (self._create_product("Nail"), 1))
        self.assertEqual(delivery.fulfillment_state, "partial")
        delivery.move_ids[1].with_user(self.picker)._action_cancel()
        self.assertEqual(delivery.fulfillment_state, "ready")
        self._assert_installing_says_the_same(delivery)

    def test_ship_together_waits_for_all(self):
        """Scenario: all at once is wanted, a part is there. Expected: waiting, for nothing can ship."""
        delivery = self._create_delivery((self.product, 12), move_type="one")
        self.assertEqual(delivery.fulfillment_state, "waiting", "A part may not ship alone.")

    def test_sent_by_a_vendor(self):
        """Scenario: a vendor sends it to the customer. Expected: nothing is ready here, as of the installation, too."""
        self.company.mail_backorder_ready = True
        places = {"location_id": self.suppliers.id, "location_dest_id": self.customers.id}
        sent = self._create_delivery((self.product, 5), confirm=False, **places)
        sent.move_ids.write(places)
        sent.action_confirm()
        sent.action_assign()
        self.assertEqual((sent.state, sent.fulfillment_state), ("assigned", "waiting"))
        self.assertEqual(sent.availability_status, "short")
        self.assertFalse(sent.customer_notice_ids, "No customer is told that it is ready.")
        self.env.flush_all()
        self.env.cr.execute("UPDATE stock_picking SET fulfillment_state = 'ready' WHERE id = %s", [sent.id])
        hooks.fill_fulfillment_state(self.env)
        self._invalidate()
        self.assertEqual(sent.fulfillment_state, "waiting")
        rest = self._ship(sent, 2)
        self.assertEqual((sent | rest).mapped("fulfillment_state"), ["partially_picked", "waiting"])
        self._ship(rest)
        self.assertEqual((sent | rest).mapped("fulfillment_state"), ["done", "done"])

    def test_sent_by_a_vendor_in_part(self):
        """Scenario: a vendor sends two lines, one of them is cancelled. Expected: what is left is still to be sent."""
        places = {"location_id": self.suppliers.id, "location_dest_id": self.customers.id}
        nail = self._create_product("Nail")
        sent = self._create_delivery((self.product, 5), (nail, 2), confirm=False, **places)
        sent.move_ids.write(places)
        sent.action_confirm()
        sent.move_ids[1]._action_cancel()
        self.assertEqual((sent.state, sent.fulfillment_state), ("assigned", "waiting"))
        self._assert_installing_says_the_same(sent)

    def test_bought_for_what_nobody_wants_any_more(self):
        """Scenario: of ten bought for a delivery six have come and shipped, the rest of the delivery is cancelled, that
        of the receipt comes later. Expected: closed short: what a vendor brings is no step of the delivery."""
        product = self._create_product("Plank")
        receipt = self._create_receipt((product, 10))
        delivery = self._create_delivery((product, 10), confirm=False)
        delivery.move_ids.write(
            {"procure_method": "make_to_order", "move_orig_ids": [Command.link(receipt.move_ids.id)]}
        )
        delivery.action_confirm()
        receipt.picking_type_id.create_backorder = "always"
        still_expected = self._ship(receipt, 6)
        self._ship(delivery).action_cancel()
        self.assertNotIn(still_expected.state, ("done", "cancel"))
        self.assertEqual(delivery.fulfillment_state, "closed_short")
        self._assert_installing_says_the_same(delivery)

    def _create_pick_for(self, delivery, quantity):
        """Return a pick of *quantity* for the line of *delivery*, both made by hand."""
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        product = delivery.move_ids.product_id
        self._add_stock(product, quantity, shelf)
        line = {"product_id": product.id, "product_uom_qty": quantity, "move_dest_ids": delivery.move_ids.ids}
        places = {"location_id": shelf.id, "location_dest_id": self.stock.id}
        pick = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "move_ids": [Command.create({**line, **places})],
                **places,
            }
        )
        pick.picking_type_id.create_backorder = "always"
        pick.action_confirm()
        pick.action_assign()
        return pick

    def test_rest_of_a_remainders_pick(self):
        """Scenario: a remainder alone is picked; three of four are, and it ships; one is still to be picked for it.
        Expected: neither it nor its original is fulfilled, until the last one is picked."""
        product = self._create_product("Plank", stock=6)
        root = self._create_delivery((product, 10))
        remainder = self._ship(root)
        pick = self._create_pick_for(remainder, 4)
        rest = self._ship(pick, 3)
        rest.move_ids.move_dest_ids = False
        remainder.move_ids.product_uom_qty = 3
        remainder.action_assign()
        self._ship(remainder)
        chain = root | remainder
        self.assertEqual(chain.mapped("fulfillment_state"), ["partially_picked"] * 2)
        self._assert_installing_says_the_same(chain)
        self._ship(rest)
        self.assertEqual(chain.mapped("fulfillment_state"), ["done"] * 2)
        self._assert_installing_says_the_same(chain)

    def test_pick_for_an_order_and_for_none(self):
        """Scenario: a pick serves a delivery of no order; what is left of it is picked for an order alone. Expected:
        the delivery is fulfilled: that is nothing to it."""
        product = self._create_product("Plank")
        delivery = self._create_delivery((product, 4))
        pick = self._create_pick_for(delivery, 4)
        rest = self._ship(pick, 3)
        rest.move_ids.move_dest_ids = False
        rest.move_ids.reference_ids = self.env["stock.reference"].create({"name": "S00001"})
        delivery.move_ids.product_uom_qty = 3
        delivery.action_assign()
        self._ship(delivery)
        self.assertEqual(delivery.fulfillment_state, "done")
        self._assert_installing_says_the_same(delivery)

    def test_scrap_that_was_given_up(self):
        """Scenario: something was to be written off in a delivery, and was not. Expected: fulfilled all the same."""
        losses = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )
        delivery = self._create_delivery((self.product, 4), (self.product, 1), confirm=False)
        delivery.move_ids[1].location_dest_id = losses
        delivery.action_confirm()
        delivery.action_assign()
        delivery.move_ids[1]._action_cancel()
        self._ship(delivery)
        self.assertEqual(delivery.fulfillment_state, "done")
        self._assert_installing_says_the_same(delivery)

    def test_the_loop_closes(self):
        """Scenario: a chain of three ships one by one. Expected: partially shipped until the last, then done."""
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

    def test_correcting_a_closed_backorder(self):
        """Scenario: a remainder was closed short, then its done quantity is corrected. Expected: the chain follows."""
        root = self._create_delivery((self.product, 10))
        backorder = self._ship(root, 4)
        self.delivery_type.create_backorder = "never"
        self._ship(backorder, 5)
        self.assertEqual((root | backorder).mapped("fulfillment_state"), ["closed_short"] * 2, "One is missing.")
        backorder.is_locked = False
        backorder.move_ids.quantity = 6
        self.assertEqual((root | backorder).mapped("fulfillment_state"), ["done"] * 2, "It was there after all.")

    def test_open_remainder_behind_a_cancelled_one(self):
        """Scenario: a backorder is split, and its first part cancelled. Expected: the original still waits."""
        root = self._create_delivery((self.product, 10))
        first = self._ship(root, 4)
        first.move_ids.quantity = 3
        first.action_split_transfer()
        second = first.backorder_ids
        first.action_cancel()
        self.assertEqual(
            (root | first | second).mapped("fulfillment_state"), ["partially_picked", "cancel", "ready"], "Three wait."
        )
        self._ship(second)
        self.assertEqual(root.fulfillment_state, "closed_short", "Three shipped, three never will.")

    def test_lowered_order(self):
        """Scenario: six of ten shipped, the order is lowered to six. Expected: fulfilled, nobody lacks anything."""
        order = self._create_order((self.product, 10))
        root = order.picking_ids
        backorder = self._ship(root, 6)
        order.order_line.product_uom_qty = 6
        self.assertEqual((backorder.state, backorder.items_cancelled), ("cancel", 0), "Nothing is left of it.")
        self.assertEqual(root.fulfillment_state, "done", "Nothing was closed short.")

    def test_scrap_is_nobodys_order(self):
        """Scenario: two units are scrapped out of a delivery. Expected: neither ordered nor shipped."""
        delivery = self._create_delivery((self.product, 5))
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.product.id, "scrap_qty": 2, "picking_id": delivery.id, "location_id": self.stock.id}
        )
        scrap.do_scrap()
        self._invalidate()
        self.assertEqual((delivery.items_ordered, delivery.items_shipped), (5, 0), "Only the five.")

    def test_picked_later_is_the_remainder_of_what_shipped(self):
        """Scenario: pick and ship, six of ten are picked and shipped. Expected: open until the other four have left."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Nail", stock=6)
        order = self._create_order((product, 10))
        pick, pick_backorder, ship = self._pick(order)
        self._ship(ship)
        self.assertEqual(ship.fulfillment_state, "partially_picked", "Four have still to be picked.")
        self.assertEqual(order.open_backorder_count, 1, "The order waits for them, too.")
        self._add_stock(product, 4)
        pick_backorder.action_assign()
        self._ship(pick_backorder)
        rest = order.picking_ids - pick - pick_backorder - ship
        self.assertEqual(
            (rest.name, rest.backorder_id, rest.backorder_index),
            (f"{ship.name}-R1", ship, 1),
            "What leaves later is the remainder of what has left.",
        )
        self._ship(rest)
        self.assertEqual(order.picking_ids.mapped("fulfillment_state"), ["done"] * 4, "The loop is closed.")
        self.assertEqual((order.backorder_count, order.open_backorder_count), (1, 0), "One delivery followed.")

    def test_picked_later_when_the_first_is_printed(self):
        """Scenario: the first delivery is printed, not shipped, when the rest is picked. Expected: the rest is -R1."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self.product, 10))
        pick, pick_backorder, ship = self._pick(order, 4)
        ship.printed = True
        self._ship(pick_backorder)
        rest = order.picking_ids - pick - pick_backorder - ship
        self.assertEqual((rest.name, rest.backorder_id), (f"{ship.name}-R1", ship), "Papers that are printed stay.")
        self._ship(ship)
        self.assertEqual(ship.fulfillment_state, "partially_picked", "Six have still to leave.")

    def test_picked_later_when_the_first_is_cancelled(self):
        """Scenario: the first delivery is printed, then cancelled; the rest is picked. Expected: a delivery of its own:
        of the first one nothing has left."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self.product, 10))
        pick, pick_backorder, ship = self._pick(order, 4)
        ship.printed = True
        ship.with_user(self.picker).action_cancel()
        self._ship(pick_backorder)
        rest = order.picking_ids - pick - pick_backorder - ship
        self.assertEqual((len(rest), rest.backorder_id), (1, ship.browse()))

    def test_picked_in_three_parts(self):
        """Scenario: picked and shipped in three parts. Expected: each is the remainder of the one before."""
        self.warehouse.delivery_steps = "pick_ship"
        order, parts = self._create_order((self.product, 10)), []
        for quantity in (4, 3, 3):
            self._ship(order.picking_ids.filtered(lambda transfer: transfer.state == "assigned"), quantity)
            parts.append(order.picking_ids.filtered(lambda one: one.is_bound_for_customer and one.state != "done"))
            self._ship(parts[-1])
        first, second, third = parts
        self.assertEqual((second.backorder_id, third.backorder_id), (first, second))
        self.assertEqual(set(order.picking_ids.mapped("fulfillment_state")), {"done"})

    def test_pick_for_two_orders(self):
        """Scenario: one pick serves two orders, one of them is picked. Expected: the chains do not mix."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Nail", stock=20)
        orders = self._create_order((product, 10)) | self._create_order((product, 10))
        first, second = orders
        pick = first.picking_ids
        second.picking_ids.move_ids.picking_id = pick
        for move in pick.move_ids:
            move.quantity = 10 if move.sale_line_id.order_id == first else 0
        pick_backorder = self._ship(pick)
        ship = pick.move_ids.move_dest_ids.picking_id
        self._ship(ship)
        self.assertEqual(ship.fulfillment_state, "done", "The first order lacks nothing.")
        self._ship(pick_backorder)
        other_ship = pick_backorder.move_ids.move_dest_ids.picking_id
        self.assertFalse(other_ship.backorder_id, "The second order's delivery is no remainder of the first's.")

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
