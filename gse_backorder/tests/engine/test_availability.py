from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import Form, tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestAvailability(BackorderCase):
    """Green, orange and red: free stock and known supply, handed to the claims in their ranking."""

    def _statuses(self, *moves):
        self._invalidate()
        return [(move.availability_status, move.availability_text) for move in moves]

    def _quantities(self, move):
        self._invalidate()
        return move.qty_available_now, move.qty_short, move.qty_uncovered

    def test_available(self):
        """Scenario: enough is free. Expected: green, all of it now, promised today."""
        move = self._create_delivery((self._create_product("Beam", stock=10), 10), assign=False).move_ids
        self.assertEqual(self._statuses(move), [("available", "10 now")], "All of it.")
        self.assertEqual(self._quantities(move), (10, 0, 0), "Nothing waits.")
        self.assertEqual(move.promise_date, fields.Datetime.now(), "Now.")

    def test_reserved_is_available(self):
        """Scenario: the delivery has reserved all there is. Expected: it stays green; the next one is red."""
        product = self._create_product("Beam", stock=10)
        first = self._create_delivery((product, 10)).move_ids
        second = self._create_delivery((product, 10)).move_ids
        self.assertEqual(
            self._statuses(first, second),
            [("available", "10 now"), ("missing", "all 10 in stock are for others")],
            "What is reserved is the claim's own.",
        )

    def test_short_with_a_date(self):
        """Scenario: a part is there, the rest is on order. Expected: orange, with the day."""
        product = self._create_product("Beam", stock=60)
        self._create_receipt((product, 190), days=19)
        move = self._create_delivery((product, 250)).move_ids
        self.assertEqual(self._statuses(move), [("short", "60 now, 190 on 9 Dec")], "As the design words it.")
        self.assertEqual(self._quantities(move), (60, 190, 0), "190 wait, all of them covered.")
        self.assertEqual(move.promise_date, fields.Datetime.now() + timedelta(days=19), "When the receipt comes.")

    def test_short_without_a_date(self):
        """Scenario: a part is there, nothing is on order. Expected: orange, without a date, and no promise."""
        move = self._create_delivery((self._create_product("Beam", stock=60), 250)).move_ids
        self.assertEqual(self._statuses(move), [("short", "60 now, 190 without a date")], "As the design words it.")
        self.assertEqual(self._quantities(move), (60, 190, 190), "190 are uncovered.")
        self.assertFalse(move.promise_date, "A promise for a part only would be a lie.")

    def test_partly_expected(self):
        """Scenario: a part is there, a part is on order, a part is nowhere. Expected: all three are told."""
        product = self._create_product("Beam", stock=60)
        self._create_receipt((product, 90), days=19)
        move = self._create_delivery((product, 250)).move_ids
        self.assertEqual(
            self._statuses(move), [("short", "60 now, 90 on 9 Dec, 100 without a date")], "Three parts, three words."
        )

    def test_missing(self):
        """Scenario: nothing in stock, nothing on order. Expected: red."""
        move = self._create_delivery((self._create_product("Beam"), 5)).move_ids
        self.assertEqual(self._statuses(move), [("missing", "nothing in stock or on order")], "Red, in words.")

    def test_spoken_for(self):
        """Scenario: what comes, what is there, and both are for those ahead. Expected: said so; never "nothing"."""
        product = self._create_product("Beam")
        self._create_receipt((product, 120))
        self._create_delivery((product, 120))
        second = self._create_delivery((product, 5)).move_ids
        self.assertEqual(self._statuses(second), [("missing", "all 120 expected are for others")], "On order.")
        [explanation] = second.with_user(self.picker).mapped("allocation_explanation")
        self.assertIn("What is expected does not reach for", explanation)
        page = self.env["stock.customer.page"]._get_values(second.picking_id)
        self.assertEqual(page["lines"][0]["words"], "no date yet", "How much there is, is not his business.")
        self._add_stock(product, 24)
        self._create_delivery((product, 24), priority="1")
        dozen = self._create_delivery((product, 1, self.dozen)).move_ids
        self.assertEqual(
            self._statuses(second, dozen),
            [
                ("missing", "all 24 in stock and 120 expected are for others"),
                ("missing", "all 2 in stock and 10 expected are for others"),
            ],
            "In the unit of each line.",
        )
        # What was ordered is ordered before what is not yet, also where its date would put it first.
        self.warehouse.allocation_policy = "first_ordered"
        claims = second.search([("product_id", "=", product.id), ("location_dest_id", "=", self.customers.id)])
        claims.ordered_date = fields.Datetime.now() - timedelta(days=1)
        quotation = self._create_order((product, 3), confirm=False).order_line.with_user(self.salesperson)
        self.assertEqual(quotation.availability_text, "all 24 in stock and 120 expected are for others")

    def test_elsewhere(self):
        """Scenario: there is some in another warehouse. Expected: not spoken for, and not this line's: nothing."""
        product = self._create_product("Beam")
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        self._add_stock(product, 7, location=other.lot_stock_id)
        move = self._create_delivery((product, 5)).move_ids
        self.assertEqual(self._statuses(move), [("missing", "nothing in stock or on order here; Other has 7 free")])

    def test_two_claims_on_the_same_ten(self):
        """Scenario: two lines of 10 compete for 10 free units. Expected: the older is green, the other is not."""
        product = self._create_product("Beam")
        first = self._create_delivery((product, 10)).move_ids
        second = self._create_delivery((product, 10)).move_ids
        self._add_stock(product, 10)
        self.assertEqual([s for s, _words in self._statuses(first, second)], ["available", "missing"], "One each.")
        second.picking_id.priority = "1"
        self.assertEqual([s for s, _words in self._statuses(first, second)], ["missing", "available"], "Urgent first.")

    def test_deadline_ranks_before_order_date(self):
        """Scenario: the later order has a deadline. Expected: it comes before the one without."""
        product = self._create_product("Beam")
        first = self._create_delivery((product, 10)).move_ids
        second = self._create_delivery((product, 10)).move_ids
        second.date_deadline = fields.Datetime.now() + timedelta(days=3)
        self._add_stock(product, 10)
        self.assertEqual(
            [s for s, _words in self._statuses(first, second)], ["missing", "available"], "Promised first."
        )

    def test_backorder_keeps_its_place(self):
        """Scenario: a remainder, and a newer order, wait for 6. Expected: the remainder is served first."""
        product = self._create_product("Beam", stock=4)
        root = self._create_delivery((product, 10))
        newer = self._create_delivery((product, 6)).move_ids
        newer.ordered_date = root.move_ids.ordered_date + timedelta(hours=1)
        backorder = self._ship(root).move_ids
        self.assertEqual(backorder.ordered_date, root.move_ids.ordered_date, "It waits since the customer ordered.")
        self._add_stock(product, 6)
        self.assertEqual(
            [s for s, _words in self._statuses(backorder, newer)], ["available", "missing"], "Older first."
        )

    def test_supplies_are_handed_out_by_date(self):
        """Scenario: two receipts, three claims. Expected: each claim has the date of the receipt it ends in."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=20)
        self._create_receipt((product, 10), days=10)
        claims = [self._create_delivery((product, quantity)).move_ids for quantity in (5, 10, 8)]
        self.assertEqual(
            self._statuses(*claims),
            [
                ("short", "5 on 30 Nov"),
                ("short", "10 on 10 Dec"),
                ("short", "5 on 10 Dec, 3 without a date"),
            ],
            "5 + 5 from the first receipt, 5 + 5 from the second, 3 from none.",
        )

    def test_overdue_receipt_has_no_date(self):
        """Scenario: the receipt should have come last week. Expected: it is expected, and has no date."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=-7)
        move = self._create_delivery((product, 10)).move_ids
        self.assertEqual(self._statuses(move), [("short", "10 without a date")], "Nor is today a promise.")
        self.assertEqual(self._quantities(move), (0, 10, 0), "There is nothing to buy.")

    def test_unit_of_the_line(self):
        """Scenario: a line in dozens, stock and receipt in units. Expected: all figures in dozens."""
        product = self._create_product("Beam", stock=30)
        self._create_receipt((product, 12), days=19)
        move = self._create_delivery((product, 4, self.dozen)).move_ids
        self.assertEqual(self._quantities(move), (2.5, 1.5, 0.5), "30, 12 and 6 units in dozens.")
        self.assertEqual(
            self._statuses(move), [("short", "2.50 now, 1 on 9 Dec, 0.50 without a date")], "The words as well."
        )

    def test_draft_line_is_asked_as_what_if(self):
        """Scenario: a delivery is still a draft. Expected: it is judged behind the claims that are confirmed."""
        product = self._create_product("Beam", stock=10)
        confirmed = self._create_delivery((product, 6), assign=False).move_ids
        confirmed.ordered_date = fields.Datetime.now() - timedelta(days=1)
        draft = self._create_delivery((product, 10), confirm=False).move_ids
        self.assertEqual(self._statuses(draft), [("short", "4 now, 6 without a date")], "Four are left for it.")

    def test_child_location(self):
        """Scenario: stock on a shelf. Expected: the warehouse can use it; another shelf's claim cannot."""
        shelves = self.env["stock.location"].create(
            [{"name": name, "location_id": self.stock.id} for name in ("Shelf 1", "Shelf 2")]
        )
        product = self._create_product("Beam")
        self._add_stock(product, 10, location=shelves[0])
        from_stock = self._create_delivery((product, 4), assign=False).move_ids
        from_other_shelf = self._create_delivery((product, 4), assign=False)
        from_other_shelf.location_id = shelves[1]
        self.assertEqual(
            [s for s, _words in self._statuses(from_stock, from_other_shelf.move_ids)],
            ["available", "missing"],
            "Nobody is promised what lies out of reach.",
        )

    def test_two_claims_on_one_shelf(self):
        """Scenario: two deliveries from a shelf with ten, ten more on another. Expected: not both are green."""
        shelves = self.env["stock.location"].create(
            [{"name": name, "location_id": self.stock.id} for name in ("Shelf 1", "Shelf 2")]
        )
        product = self._create_product("Beam")
        deliveries = self.env["stock.picking"].browse()
        for _number in range(2):
            deliveries |= self._create_delivery((product, 10), assign=False)
        deliveries.location_id = shelves[0]
        for shelf in shelves:
            self._add_stock(product, 10, location=shelf)
        self.assertEqual(
            [s for s, _words in self._statuses(*deliveries.move_ids)], ["available", "missing"], "One shelf, ten units."
        )

    def test_unreserved_ship_step(self):
        """Scenario: what was picked stands at the door and is not reserved. Expected: green, it can ship."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=10)
        order = self._create_order((product, 10))
        _pick, _pick_backorder, ship = self._pick(order)
        ship.do_unreserve()
        self.assertEqual(self._statuses(ship.move_ids), [("available", "10 now")], "It is there.")
        self.assertEqual(self._statuses(order.order_line), [("available", "10 now")], "Sales says so, too.")

    def test_moving_within_the_stock(self):
        """Scenario: goods are moved from shelf to shelf. Expected: no status; they stay supply for the deliveries."""
        shelves = self.env["stock.location"].create(
            [{"name": name, "location_id": self.stock.id} for name in ("Shelf 1", "Shelf 2")]
        )
        product = self._create_product("Beam")
        self._add_stock(product, 10, location=shelves[0])
        delivery = self._create_delivery((product, 10), assign=False)
        transfer = self._create_delivery(
            (product, 10), picking_type=self.warehouse.int_type_id, location_id=shelves[0].id, confirm=False
        )
        transfer.write({"location_id": shelves[0].id, "location_dest_id": shelves[1].id})
        transfer.action_confirm()
        transfer.action_assign()
        self.assertEqual(transfer.state, "assigned", "The transfer holds the goods.")
        self.assertEqual(
            [s for s, _words in self._statuses(transfer.move_ids, delivery.move_ids)],
            [False, "short"],
            "They are expected where they arrive.",
        )

    def test_three_steps_pulled(self):
        """Scenario: a chain of pick and ship made ahead, one pick serves two ships. Expected: each its own share."""
        product = self._create_product("Beam", stock=10)
        output = self.warehouse.wh_output_stock_loc_id
        places = {"product_id": product.id, "product_uom": self.unit.id, "warehouse_id": self.warehouse.id}
        ships = self.env["stock.move"].create(
            [
                {
                    **places,
                    "product_uom_qty": 10,
                    "location_id": output.id,
                    "location_dest_id": self.customers.id,
                    "picking_type_id": self.delivery_type.id,
                    "procure_method": "make_to_order",
                }
                for _number in range(2)
            ]
        )
        pick = self.env["stock.move"].create(
            {
                **places,
                "product_uom_qty": 20,
                "location_id": self.stock.id,
                "location_dest_id": output.id,
                "picking_type_id": self.warehouse.pick_type_id.id,
                "move_dest_ids": [(6, 0, ships.ids)],
            }
        )
        (ships | pick)._action_confirm(merge=False)
        pick._action_assign()
        self.assertEqual(
            self._statuses(pick, *ships),
            [
                ("short", "10 now, 10 without a date"),
                ("available", "10 now"),
                ("missing", "all 10 in stock are for others"),
            ],
            "The pick's goods are promised once.",
        )

    def test_lots_do_not_make_up_for_each_other(self):
        """Scenario: one lot has ten, another is six short. Expected: the ten can ship."""
        product = self._create_product("Paint", tracking="lot")
        for name, quantity in (("A", 10), ("B", -6)):
            lot = self.env["stock.lot"].create({"name": name, "product_id": product.id})
            self._add_stock(product, quantity, lot_id=lot)
        move = self._create_delivery((product, 10), assign=False).move_ids
        self.assertEqual(self._statuses(move), [("available", "10 now")], "As reservation will find.")

    def test_goods_of_an_owner(self):
        """Scenario: the line wants one owner's goods, another owner has more. Expected: only the first's count."""
        owners = self.env["res.partner"].create([{"name": "Owner"}, {"name": "Other owner"}])
        product = self._create_product("Beam")
        for owner, quantity in zip(owners, (3, 50), strict=True):
            self._add_stock(product, quantity, owner_id=owner)
        move = self._create_delivery((product, 10), assign=False).move_ids
        move.restrict_partner_id = owners[0]
        self.assertEqual(self._statuses(move), [("short", "3 now, 7 without a date")], "Three are hers.")

    def test_claim_out_of_reach_hides_nothing(self):
        """Scenario: claims on an empty shelf and on an absent owner's goods come first. Expected: others ship."""
        shelves = self.env["stock.location"].create(
            [{"name": name, "location_id": self.stock.id} for name in ("Shelf 1", "Shelf 2")]
        )
        owner = self.env["res.partner"].create({"name": "Owner"})
        product = self._create_product("Beam")
        from_empty_shelf = self._create_delivery((product, 100), assign=False)
        from_empty_shelf.location_id = shelves[0]
        owners = self._create_delivery((product, 100), assign=False).move_ids
        owners.restrict_partner_id = owner
        behind = self._create_delivery((product, 10), assign=False).move_ids
        self._add_stock(product, 50, location=shelves[1])
        self._create_receipt((product, 205), days=19)
        self.assertEqual(
            self._statuses(from_empty_shelf.move_ids, owners, behind),
            [("short", "100 on 9 Dec"), ("short", "100 on 9 Dec"), ("available", "10 now")],
            "What the first cannot reach is there for the last.",
        )

    def test_untracked_debt_of_a_tracked_product(self):
        """Scenario: a lot has ten, five are missing without a lot. Expected: the ten can ship, as Odoo reserves."""
        product = self._create_product("Paint", tracking="lot")
        lot = self.env["stock.lot"].create({"name": "A", "product_id": product.id})
        move = self._create_delivery((product, 10), assign=False).move_ids
        self._add_stock(product, 10, lot_id=lot)
        self._add_stock(product, -5)
        self.assertEqual(self._statuses(move), [("available", "10 now")], "As reservation will find.")

    def test_receipt_into_the_input(self):
        """Scenario: a receipt typed by hand into the input of a two-step warehouse. Expected: it is on its way."""
        self.warehouse.reception_steps = "two_steps"
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 10), days=19)
        receipt.location_dest_id = self.warehouse.wh_input_stock_loc_id
        move = self._create_delivery((product, 10)).move_ids
        self.assertEqual(self._statuses(move), [("short", "10 on 9 Dec")], "As from a purchase order.")

    def test_editing_a_delivery(self):
        """Scenario: the picker keys 4 of 10 reserved. Expected: the line stays green while he types and after."""
        delivery = self._create_delivery((self._create_product("Beam", stock=20), 10))
        with Form(delivery.with_user(self.picker)) as form, form.move_ids.edit(0) as line:
            line.quantity = 4
            self.assertEqual(line.availability_status, "available", "While he types.")
        self.assertEqual(self._statuses(delivery.move_ids), [("available", "10 now")], "And after.")

    def test_other_warehouse_does_not_count(self):
        """Scenario: the goods are in another warehouse. Expected: red here."""
        other = self.env["stock.warehouse"].create({"name": "Far", "code": "FAR"})
        product = self._create_product("Beam")
        self._add_stock(product, 10, location=other.lot_stock_id)
        move = self._create_delivery((product, 5)).move_ids
        self.assertEqual([s for s, _words in self._statuses(move)], ["missing"], "Stock is counted by warehouse.")

    def test_two_step_receipt(self):
        """Scenario: goods are received into Input first. Expected: expected all the way, available when stored."""
        self.warehouse.reception_steps = "two_steps"
        product = self._create_product("Beam")
        move = self._create_delivery((product, 10)).move_ids
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [(0, 0, {"product_id": product.id, "product_qty": 10, "price_unit": 1})],
            }
        )
        order.button_confirm()
        receipt = order.picking_ids
        self.assertEqual([s for s, _words in self._statuses(move)], ["short"], "On order.")
        receipt.button_validate()
        self.assertEqual([s for s, _words in self._statuses(move)], ["short"], "In the house, not yet on the shelf.")
        storing = receipt.move_ids.move_dest_ids.picking_id
        storing.button_validate()
        self.assertEqual([s for s, _words in self._statuses(move)], ["available"], "On the shelf.")

    def test_two_step_delivery(self):
        """Scenario: pick, then ship. Expected: the pick line is judged, and what is picked stays green."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=6)
        order = self._create_order((product, 10))
        pick = order.picking_ids
        self.assertEqual(self._statuses(pick.move_ids), [("short", "6 now, 4 without a date")], "As in one step.")
        _pick, pick_backorder, ship = self._pick(order, 6)
        self.assertEqual(
            self._statuses(ship.move_ids, pick_backorder.move_ids),
            [("available", "6 now"), ("missing", "nothing in stock or on order")],
            "Six are ready at the door, four are nowhere.",
        )
        self.assertEqual(
            self._statuses(order.order_line), [("short", "6 now, 4 without a date")], "The order line sums them up."
        )

    def test_make_to_order(self):
        """Scenario: the line is bought for the order. Expected: its own receipt covers it, nobody else's claim does."""
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        buy = self.warehouse.buy_pull_id.route_id
        product = self._create_product(
            "Special",
            route_ids=[(6, 0, (mto | buy).ids)],
            seller_ids=[(0, 0, {"partner_id": self.vendor.id, "price": 1, "delay": 5})],
        )
        order = self._create_order((product, 10))
        purchase = self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)])
        purchase.button_confirm()
        stranger = self._create_delivery((product, 10)).move_ids
        own = order.picking_ids.move_ids
        self.assertEqual(
            [s for s, _words in self._statuses(own, stranger)],
            ["short", "missing"],
            "The receipt is for the order that it was bought for.",
        )

    def test_closed_and_incoming_lines_have_none(self):
        """Scenario: shipped, cancelled and received lines. Expected: no status, they want nothing from stock."""
        product = self._create_product("Beam", stock=10)
        shipped = self._create_delivery((product, 1))
        self._ship(shipped)
        cancelled = self._create_delivery((product, 1))
        cancelled.action_cancel()
        receipt = self._create_receipt((product, 1))
        self.assertEqual(
            self._statuses(shipped.move_ids, cancelled.move_ids, receipt.move_ids), [(False, False)] * 3, "None."
        )

    def test_not_stored_product(self):
        """Scenario: a consumable that is not tracked in stock. Expected: always green."""
        move = self._create_delivery((self._create_product("Tape", is_storable=False), 3)).move_ids
        self.assertEqual(self._statuses(move), [("available", "3 now")], "It needs no stock.")

    def test_search(self):
        """Scenario: one line of each colour. Expected: each is found by its status."""
        available = self._create_delivery((self._create_product("A", stock=5), 5), assign=False).move_ids
        short = self._create_delivery((self._create_product("B", stock=2), 5), assign=False).move_ids
        missing = self._create_delivery((self._create_product("C"), 5)).move_ids
        mine = available | short | missing
        for move in mine:
            found = self.env["stock.move"].search(
                [("availability_status", "=", move.availability_status), ("id", "in", mine.ids)]
            )
            self.assertEqual(found, move, f"Only the line that is {move.availability_status}.")
        found = self.env["stock.move"].search([("availability_status", "!=", "missing"), ("id", "in", mine.ids)])
        self.assertEqual(found, available | short, "And by what it is not.")
