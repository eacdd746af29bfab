from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import Form, new_test_user, tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestArrival(RestockCase):
    """Stock that comes in by whatever way is handed to those who wait, in ranking, until it is spent."""

    def _create_shelf(self, name="Shelf"):
        return self.env["stock.location"].create({"name": name, "location_id": self.stock.id})

    def _buy(self, product, quantity):
        """Return the receipt of a confirmed purchase, which goes the way that the warehouse's routes tell."""
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [Command.create({"product_id": product.id, "product_qty": quantity, "price_unit": 1})],
            }
        )
        purchase.button_confirm()
        return purchase.picking_ids

    def test_receipt(self):
        """Scenario: 7 come, 5 and 5 and 1 are wanted. Expected: 5 and 2; the last one is not served before."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5), (product, 1))
        receipt = self._receive((product, 7))
        self._assert_reserved(moves, [5, 2, 0], "In ranking, until it is spent.")
        self.assertEqual(moves.mapped("state"), ["assigned", "partially_available", "confirmed"], "Odoo's own states.")
        log = self._get_log(moves)
        self.assertEqual(log.mapped("cause"), ["receipt", "receipt"], "What brought it.")
        self.assertEqual(log.source_picking_id, receipt, "And by which transfer.")
        self._receive((product, 100))
        self._assert_reserved(moves, [5, 5, 1], "The rest, and no more than is wanted.")
        self.assertEqual(self._get_free(product), 96, "Nothing is lost.")

    def test_receipt_of_several_products(self):
        """Scenario: one receipt of two products. Expected: each to those who wait for it."""
        beam, bolt, other = (self._create_product(name) for name in ("Beam", "Bolt", "Other"))
        moves = self._create_delivery((beam, 2), (bolt, 3), (other, 4)).move_ids
        self._receive((bolt, 2), (beam, 5))
        self._assert_reserved(moves, [2, 2, 0], "Product by product.")

    def test_receipt_put_away_in_a_child_location(self):
        """Scenario: a rule puts what is received onto a shelf. Expected: the delivery from the stock gets it."""
        product, shelf = self._create_product("Beam"), self._create_shelf()
        self.env["stock.putaway.rule"].create(
            {"product_id": product.id, "location_in_id": self.stock.id, "location_out_id": shelf.id}
        )
        moves = self._create_waiting((product, 5))
        receipt = self._receive((product, 5))
        self.assertEqual(receipt.move_line_ids.location_dest_id, shelf, "It was put away.")
        self._assert_reserved(moves, [5], "From the shelf.")
        self.assertEqual(moves.move_line_ids.location_id, shelf, "Where it lies.")

    def test_receipt_into_a_child_location(self):
        """Scenario: a receipt goes to a shelf. Expected: the delivery from the stock gets it, another shelf's not."""
        product, shelf, other_shelf = self._create_product("Beam"), self._create_shelf(), self._create_shelf("Other")
        moves = self._create_waiting((product, 3), (product, 3))
        moves[0].picking_id.location_id = other_shelf
        receipt = self._create_receipt((product, 5))
        receipt.location_dest_id = shelf
        self.assertEqual(receipt.move_ids.location_dest_id, shelf, "Odoo's own hook finds nobody at this place.")
        self._validate(receipt)
        self._assert_reserved(moves, [0, 3], "Who is out of reach is passed over, and nobody else.")

    def test_two_step_receipt(self):
        """Scenario: goods are received in the input, then stored. Expected: they are handed out when stored."""
        self.warehouse.reception_steps = "two_steps"
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        receipt = self._buy(product, 7)
        self._validate(receipt)
        self._assert_reserved(moves, [0, 0], "They are in the input, not in the stock.")
        store = receipt.move_ids.move_dest_ids.picking_id
        self.assertEqual(store.move_ids.quantity, 7, "What is to be stored is held for it.")
        self._validate(store)
        self._assert_reserved(moves, [5, 2], "Now they are there.")
        log = self._get_log(moves)
        self.assertEqual(log.mapped("cause"), ["transfer", "transfer"], "An internal transfer has brought them.")
        self.assertEqual(log.source_picking_id, store, "This one.")

    def test_three_step_receipt(self):
        """Scenario: input, quality control, stock. Expected: they are handed out at the last step only."""
        self.warehouse.reception_steps = "three_steps"
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        step = self._buy(product, 7)
        for _number in range(2):
            self._validate(step)
            self._assert_reserved(moves, [0, 0], "Not in the stock yet.")
            step = step.move_ids.move_dest_ids.picking_id
        self._validate(step)
        self._assert_reserved(moves, [5, 2], "In the stock.")

    def test_internal_transfer_from_another_warehouse(self):
        """Scenario: another warehouse sends goods. Expected: they are handed out where they arrive."""
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        product = self._create_product("Beam")
        self._add_stock(product, 8, location=other.lot_stock_id)
        moves = self._create_waiting((product, 5))
        transfer = self._create_delivery((product, 8), picking_type=other.int_type_id, confirm=False)
        transfer.write({"location_id": other.lot_stock_id.id, "location_dest_id": self.stock.id})
        transfer.action_confirm()
        self._assert_reserved(transfer.move_ids | moves, [8, 0], "On its way.")
        self._validate(transfer)
        self._assert_reserved(moves, [5], "Arrived.")
        self.assertEqual(self._get_log(moves).cause, "transfer", "By a transfer.")

    def test_inventory_adjustment(self):
        """Scenario: the count finds 8, then 10. Expected: each time what is new is handed out."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 7), (product, 5))
        for counted, expected in ((8, [7, 1]), (10, [7, 3])):
            self._count(product, counted)
            self._assert_reserved(moves, expected, f"{counted} were counted.")
        self.assertEqual(set(self._get_log(moves).mapped("cause")), {"adjustment"}, "By an adjustment.")

    def test_customer_return(self):
        """Scenario: a customer sends goods back. Expected: the next one gets them."""
        product = self._create_product("Beam", stock=5)
        shipped = self._create_delivery((product, 5))
        self._validate(shipped)
        moves = self._create_waiting((product, 4))
        returned = self._return(shipped)
        self._assert_reserved(moves, [0], "It is on its way.")
        self._validate(returned)
        self._assert_reserved(moves, [4], "It is back.")
        log = self._get_log(moves)
        self.assertEqual((log.cause, log.source_picking_id), ("return", returned), "By a return.")


@tagged("post_install", "-at_install")
class TestRelease(RestockCase):
    """Stock that a delivery gives up goes to the next at once."""

    def test_cancel(self):
        """Scenario: a delivery is cancelled. Expected: what it had goes to the next ones, in ranking."""
        product = self._create_product("Beam", stock=5)
        moves = self._create_waiting((product, 5), (product, 3), (product, 3))
        cancelled = moves[0].picking_id
        cancelled.with_user(self.picker).action_cancel()
        self._assert_reserved(moves[1:], [3, 2], "To those who wait longest.")
        log = self._get_log(moves[1:])
        self.assertEqual(log.mapped("cause"), ["cancel", "cancel"], "A cancellation has freed it.")
        self.assertEqual(log.source_picking_id, cancelled, "This one.")
        self.assertEqual(log.mapped("source"), [cancelled.name] * 2, "By name.")

    def test_cancel_what_was_picked(self):
        """Scenario: a delivery is cancelled that was picked already. Expected: what it had goes to the next, too."""
        product = self._create_product("Beam", stock=5)
        moves = self._create_waiting((product, 5), (product, 5))
        moves[0].with_user(self.picker).picked = True
        moves[0].picking_id.with_user(self.picker).action_cancel()
        self.assertEqual(moves[0].state, "cancel", "It is cancelled.")
        self._assert_reserved(moves[1], [5], "Its goods are back.")

    def test_cancel_an_order(self):
        """Scenario: an order is cancelled in Sales. Expected: the next customer's delivery gets its goods."""
        # Odoo's own way to cancel an order reads what was bought for it.
        seller = new_test_user(
            self.env, "trader", groups="sales_team.group_sale_salesman_all_leads,purchase.group_purchase_user"
        )
        product = self._create_product("Beam", stock=5)
        order, other = (self._create_order((product, 5)) for _number in range(2))
        self._assert_reserved(order.picking_ids.move_ids | other.picking_ids.move_ids, [5, 0], "First come.")
        order.with_user(seller)._action_cancel()
        self.assertEqual(order.state, "cancel", "It is cancelled.")
        self._assert_reserved(other.picking_ids.move_ids, [5], "At once.")

    def test_unreserve(self):
        """Scenario: the oldest is unreserved. Expected: the next gets the goods; they do not come back to the first."""
        product = self._create_product("Beam", stock=5)
        moves = self._create_waiting((product, 5), (product, 3))
        moves[0].picking_id.with_user(self.picker).do_unreserve()
        self._assert_reserved(moves, [0, 3], "Who pressed Unreserve has meant it.")
        self.assertEqual(self._get_free(product), 2, "Nobody else wants the rest.")
        log = self._get_log(moves[1])
        self.assertEqual((log.cause, log.source_picking_id), ("unreserve", moves[0].picking_id), "The reason.")

    def test_unreserve_several(self):
        """Scenario: two deliveries are unreserved together. Expected: neither gets the goods of the other."""
        product = self._create_product("Beam", stock=6)
        moves = self._create_waiting((product, 3), (product, 3), (product, 4))
        moves[:2].picking_id.with_user(self.picker).do_unreserve()
        self._assert_reserved(moves, [0, 0, 4], "All goes to the third.")

    def test_lower_a_delivery(self):
        """Scenario: a line of 10 is lowered to 6. Expected: it keeps six, the next gets four."""
        product = self._create_product("Beam", stock=10)
        moves = self._create_waiting((product, 10), (product, 5))
        moves[0].with_user(self.picker).product_uom_qty = 6
        self._assert_reserved(moves, [6, 4], "Only what it needs no more.")
        log = self._get_log(moves[1])
        self.assertEqual((log.cause, log.source_picking_id), ("lower", moves[0].picking_id), "The reason.")

    def test_lower_one_that_is_not_first(self):
        """Scenario: a newer line that has its goods is lowered. Expected: the older one, which waits, gets the rest."""
        product = self._create_product("Beam", stock=10)
        newer = self._create_delivery((product, 10)).move_ids
        older = self._create_delivery((product, 5)).move_ids
        self._order_one_after_another(older | newer)
        newer.with_user(self.picker).product_uom_qty = 6
        self.assertEqual(sum((older | newer).mapped("quantity")), 10, "Nothing lies idle.")
        self._assert_reserved(older | newer, [5, 5], "What was freed is handed out in ranking.")

    def test_lower_an_order(self):
        """Scenario: the salesperson lowers an order line. Expected: the next order gets what is left."""
        product = self._create_product("Beam", stock=10)
        order = self._create_order((product, 10), user_id=self.salesperson.id)
        other = self._create_order((product, 5))
        order.order_line.with_user(self.salesperson).product_uom_qty = 6
        self._assert_reserved(order.picking_ids.move_ids | other.picking_ids.move_ids, [6, 4], "At once.")

    def test_raise_a_delivery(self):
        """Scenario: a line is raised. Expected: it keeps what it has, and waits for the rest in its place."""
        product = self._create_product("Beam", stock=10)
        moves = self._create_waiting((product, 6), (product, 10))
        self._assert_reserved(moves, [6, 4], "Before.")
        moves[0].with_user(self.picker).product_uom_qty = 8
        self._assert_reserved(moves, [6, 4], "Nobody loses anything.")
        self._receive((product, 3))
        self._assert_reserved(moves, [8, 5], "The older one first.")

    def test_raise_what_is_there(self):
        """Scenario: 12 in stock, a line of 10 is raised to 15. Expected: it takes the two that lie free, before the
        commit; until then it is to Odoo's own callers as Odoo leaves it."""
        product = self._create_product("Beam", stock=12)
        [move] = self._create_waiting((product, 10))
        move.with_user(self.picker).product_uom_qty = 15
        self.assertEqual((move.quantity, move.state), (10, "partially_available"), "Not yet.")
        self.cr.flush()
        self._assert_reserved(move, [12], "Nothing lies idle.")
        self.assertEqual(self._get_log(move).mapped("cause")[-1], "demand", "The reason.")
        self.assertEqual(move.availability_text, "12 now, 3 without a date")

    def test_taken_from_elsewhere(self):
        """Scenario: a delivery that waits is to be taken from a hall that has some. Expected: it takes it."""
        product = self._create_product("Beam")
        hall = self.stock.create({"name": "Hall", "location_id": self.warehouse.view_location_id.id})
        self._add_stock(product, 4, hall)
        [move] = self._create_waiting((product, 10))
        move.picking_id.with_user(self.picker).location_id = hall
        self.cr.flush()
        self._assert_reserved(move, [4], "Nothing lies idle.")

    def test_raise_by_hand_only(self):
        """Scenario: the same where nothing is reserved by itself. Expected: the person who raises it decides."""
        self.delivery_type.reservation_method = "manual"
        product = self._create_product("Beam", stock=12)
        move = self._create_delivery((product, 10)).move_ids
        move.with_user(self.picker).product_uom_qty = 15
        self._assert_reserved(move, [10], "As it was.")

    def test_short_pick_without_backorder(self):
        """Scenario: six of ten are shipped and no backorder is wanted. Expected: the next gets the other four."""
        self.delivery_type.create_backorder = "never"
        product = self._create_product("Beam", stock=10)
        moves = self._create_waiting((product, 10), (product, 5))
        moves[0].with_user(self.picker).quantity = 6
        self._validate(moves[0].picking_id)
        self._assert_reserved(moves[1], [4], "What is there is for those who want it.")


@tagged("post_install", "-at_install")
class TestAutomaticReservation(RestockCase):
    """What Odoo reserves by itself follows the ranking; a person decides for himself."""

    def _create_older_claim(self, product, quantity):
        """Return a line that waits since yesterday and has nothing."""
        move = self._create_delivery((product, quantity), assign=False).move_ids
        self._order_one_after_another(move)
        return move

    def _confirm_delivery(self, product, quantity, **values):
        """Return the line of a delivery that a picker has confirmed, nothing more."""
        delivery = self._create_delivery((product, quantity), confirm=False, **values)
        delivery.with_user(self.picker).action_confirm()
        return delivery.move_ids

    def test_newcomer(self):
        """Scenario: ten lie there, an older line wants six of them. Expected: who is confirmed now gets four."""
        product = self._create_product("Beam", stock=10)
        older = self._create_older_claim(product, 6)
        newcomer = self._confirm_delivery(product, 10)
        self._assert_reserved(older | newcomer, [6, 4], "It does not jump the older one, and nothing lies idle.")

    def test_newcomer_by_an_order(self):
        """Scenario: the same, by a sale order. Expected: the same."""
        product = self._create_product("Beam", stock=10)
        older = self._create_order((product, 6)).picking_ids
        older.with_user(self.picker).do_unreserve()
        self._order_one_after_another(older.move_ids)
        order = self._create_order((product, 10), confirm=False, user_id=self.salesperson.id)
        order.with_user(self.salesperson).action_confirm()
        newcomer = order.picking_ids.move_ids
        newcomer.date_deadline = older.move_ids.date_deadline
        self._assert_reserved(older.move_ids | newcomer, [6, 4], "It does not jump the older one.")

    def test_urgent_newcomer(self):
        """Scenario: who is confirmed now is urgent. Expected: it is before the older one, as the ranking says."""
        product = self._create_product("Beam", stock=10)
        self._create_older_claim(product, 6)
        newcomer = self._confirm_delivery(product, 10, priority="1")
        self._assert_reserved(newcomer, [10], "All it wants.")

    def test_newcomer_among_those_who_may_not_be_reserved(self):
        """Scenario: the older line is of a type that is reserved by hand. Expected: it holds nothing back."""
        product = self._create_product("Beam", stock=10)
        older = self._create_older_claim(product, 6)
        self.delivery_type.reservation_method = "manual"
        older.picking_id.picking_type_id = self.delivery_type.copy({"name": "By hand", "sequence_code": "HAND"})
        self.delivery_type.reservation_method = "at_confirm"
        self.assertEqual(older.picking_type_id.reservation_method, "manual", "By hand.")
        newcomer = self._confirm_delivery(product, 10)
        self._assert_reserved(newcomer, [10], "All there is.")

    def test_remainder(self):
        """Scenario: a delivery of ten ships four, six lie there, an older line wants five. Expected: it gets them."""
        product = self._create_product("Beam", stock=4)
        root = self._create_delivery((product, 10))
        older = self._create_older_claim(product, 5)
        self._add_stock(product, 6)
        backorder = self._ship(root.with_user(self.picker)).move_ids
        self._assert_reserved(older | backorder, [5, 1], "It gets what nobody else waits for.")

    def test_remainder_of_the_oldest(self):
        """Scenario: the same, but the delivery is the older one. Expected: its remainder is before the other."""
        product = self._create_product("Beam", stock=4)
        root = self._create_delivery((product, 10))
        self._order_one_after_another(root.move_ids)
        newer = self._create_delivery((product, 5)).move_ids
        self._add_stock(product, 7)
        backorder = self._ship(root.with_user(self.picker)).move_ids
        self._assert_reserved(backorder | newer, [6, 1], "It waits since the customer ordered.")

    def test_short_pick(self):
        """Scenario: a picker ships six of the ten he has; an older line waits. Expected: it gets the four."""
        product = self._create_product("Beam", stock=10)
        root = self._create_delivery((product, 10))
        older = self._create_delivery((product, 3)).move_ids
        self._order_one_after_another(older)
        root.move_ids.with_user(self.picker).quantity = 6
        backorder = self._ship(root.with_user(self.picker)).move_ids
        self._assert_reserved(older | backorder, [3, 1], "In ranking, and nothing lies idle.")

    def test_scheduler(self):
        """Scenario: stock lies there, Odoo's scheduler runs. Expected: in ranking, not in its own order."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5), (product, 5))
        moves[2].picking_id.priority = "1"
        # Odoo's own order is by these.
        for days, move in enumerate(reversed(moves)):
            move.date = fields.Datetime.add(fields.Datetime.now(), days=days)
        self._add_stock(product, 7)
        self.env["stock.rule"].run_scheduler(company_id=self.company.id)
        self._assert_reserved(moves, [2, 0, 5], "Urgent first, then by when it was ordered.")
        self.assertEqual(set(self._get_log(moves).mapped("cause")), {"scheduler"}, "The scheduler's doing.")

    def test_no_automatic_reservation(self):
        """Scenario: the system parameter forbids it. Expected: whatever comes is handed to nobody, until one asks."""
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", "1")
        product = self._create_product("Beam", stock=5)
        moves = self._create_waiting((product, 5), (product, 5), (product, 5))
        moves[0].picking_id.with_user(self.picker).action_cancel()
        self._receive((product, 5))
        self._assert_reserved(moves[1:], [0, 0], "Neither what was freed nor what came.")
        self.assertFalse(self._get_log(moves[1:]), "So there is nothing to tell.")
        moves[2].picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(moves[1:], [0, 5], "A person decides.")

    def test_reservation_by_hand(self):
        """Scenario: deliveries are reserved by hand. Expected: a receipt reserves none; who asks gets what is there."""
        self.delivery_type.reservation_method = "manual"
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5), assign=False)
        self._receive((product, 7))
        self._assert_reserved(moves, [0, 0], "Nobody has asked.")
        moves[1].picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(moves, [0, 5], "Somebody has.")
        self.assertEqual(self._get_log(moves[1]).cause, "manual", "And it is on record.")

    @freeze_time("2026-11-20 08:00:00")
    def test_reservation_by_date(self):
        """Scenario: deliveries are reserved two days ahead. Expected: a receipt serves who is due, whoever is older."""
        self.delivery_type.write({"reservation_method": "by_date", "reservation_days_before": 2})
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5), assign=False)
        for move, days in zip(moves, (9, 1), strict=True):
            move.date = fields.Datetime.add(fields.Datetime.now(), days=days)
        self._receive((product, 12))
        self._assert_reserved(moves, [0, 5], "Due tomorrow, and due in nine days.")
        with freeze_time("2026-11-27 08:00:00"):
            self._receive((product, 1))
            self._assert_reserved(moves, [5, 5], "Its day has come.")

    def test_check_availability(self):
        """Scenario: a picker presses Check Availability on the newer one. Expected: what is free is his."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        self._add_stock(product, 7)
        moves[1].picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(moves, [0, 5], "All he wants.")
        log = self._get_log(moves)
        self.assertEqual((log.cause, log.passed_over_ids), ("manual", moves[0]), "It says so, and who was passed over.")

    def test_running_twice_changes_nothing(self):
        """Scenario: the same hook runs again. Expected: no line moves, no log is written."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        receipt = self._receive((product, 7))
        before = self._get_log(moves)
        receipt.move_ids._trigger_assign()
        self._assert_reserved(moves, [5, 2], "All is spent.")
        self.assertEqual(self._get_log(moves), before, "Nothing has happened.")


@tagged("post_install", "-at_install")
class TestGoods(RestockCase):
    """Who gets how much is the ranking's business; which lot, package, place and owner are Odoo's."""

    def _receive_lots(self, product, *lots, field="lot_name"):
        """Validate a receipt of ``(quantity, name)``, the name put into *field* of the operations."""
        receipt = self._create_receipt((product, sum(quantity for quantity, _name in lots)))
        receipt.move_line_ids.unlink()
        receipt.move_ids.move_line_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "quantity": quantity,
                    field: name,
                    "location_id": self.suppliers.id,
                    "location_dest_id": self.stock.id,
                    "picking_id": receipt.id,
                }
            )
            for quantity, name in lots
        ]
        self._validate(receipt)
        return receipt

    def _get_parts(self, move, field):
        """Return ``[(quantity, name)]`` of what *move* has reserved, by *field* of its operations."""
        return sorted((line.quantity, line[field].name) for line in move.move_line_ids)

    def test_lots(self):
        """Scenario: two lots come. Expected: each line gets whole units of them, none twice."""
        product = self._create_product("Paint", tracking="lot")
        moves = self._create_waiting((product, 3), (product, 4))
        self._receive_lots(product, (5, "A"), (1, "B"))
        self._assert_reserved(moves, [3, 3], "Six in all.")
        self.assertEqual(self._get_parts(moves[0], "lot_id"), [(3, "A")], "The first of the first lot.")
        self.assertEqual(self._get_parts(moves[1], "lot_id"), [(1, "B"), (2, "A")], "The rest of both.")

    def test_serial_numbers(self):
        """Scenario: three numbered pieces come, two and two are wanted. Expected: two and one."""
        product = self._create_product("Engine", tracking="serial")
        moves = self._create_waiting((product, 2), (product, 2))
        self._receive_lots(product, (1, "S1"), (1, "S2"), (1, "S3"))
        self._assert_reserved(moves, [2, 1], "In ranking.")
        self.assertEqual(
            [self._get_parts(move, "lot_id") for move in moves], [[(1, "S1"), (1, "S2")], [(1, "S3")]], "Each once."
        )

    def test_lot_that_is_short(self):
        """Scenario: one lot is short of what was shipped of it, five of another come. Expected: five, not more."""
        product = self._create_product("Paint", tracking="lot")
        short = self.env["stock.lot"].create({"name": "A", "product_id": product.id})
        self._add_stock(product, -3, lot_id=short)
        moves = self._create_waiting((product, 4), (product, 4))
        self._receive_lots(product, (5, "B"))
        self._assert_reserved(moves, [4, 1], "No lot makes up for another.")

    def test_package(self):
        """Scenario: goods come in a package. Expected: they are reserved in it."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 4), (product, 4))
        receipt = self._create_receipt((product, 6))
        receipt.move_line_ids.result_package_id = self.env["stock.package"].create({"name": "PACK1"})
        self._validate(receipt)
        self._assert_reserved(moves, [4, 2], "In ranking.")
        self.assertEqual(
            [self._get_parts(move, "package_id") for move in moves], [[(4, "PACK1")], [(2, "PACK1")]], "Out of it."
        )

    def test_whole_packs_only(self):
        """Scenario: the first line may take whole dozens only, eight come. Expected: the next gets what it wants."""
        category = self.env["product.category"].create({"name": "In packs", "packaging_reserve_method": "full"})
        product = self._create_product("Bolt", categ_id=category.id, uom_ids=[Command.set(self.dozen.ids)])
        moves = self._create_waiting((product, 1, self.dozen), (product, 5))
        self._receive((product, 8))
        self._assert_reserved(moves, [0, 5], "What one cannot use is for the next.")
        skipped = self._get_entries(moves[0]).filtered(lambda entry: entry.cause == "receipt")
        self.assertEqual((skipped.quantity, bool(skipped.note)), (0, True), "Why the first got nothing is on record.")
        self._receive((product, 9))
        self._assert_reserved(moves, [1, 5], "Three were left, nine came: a dozen.")

    def test_owner(self):
        """Scenario: a line wants one owner's goods only. Expected: it gets these, and not ours."""
        owner = self.env["res.partner"].create({"name": "Owner"})
        product = self._create_product("Beam")
        restricted, other = self._create_waiting((product, 5), (product, 5))
        restricted.restrict_partner_id = owner
        self._receive((product, 3))
        self._assert_reserved(restricted | other, [0, 3], "Ours go to who takes any.")
        receipt = self._create_receipt((product, 4))
        receipt.owner_id = owner
        self._validate(receipt)
        self._assert_reserved(restricted | other, [4, 3], "The owner's go to who is first.")
        self.assertEqual(restricted.move_line_ids.owner_id, owner, "They are still his.")

    def test_owner_among_others(self):
        """Scenario: ours and an owner's goods are freed at once. Expected: who wants the owner's gets these."""
        owner = self.env["res.partner"].create({"name": "Owner"})
        product = self._create_product("Beam", stock=5)
        self._add_stock(product, 5, owner_id=owner)
        holder, restricted, other = self._create_waiting((product, 10), (product, 5), (product, 5))
        restricted.restrict_partner_id = owner
        holder.picking_id.with_user(self.picker).action_cancel()
        self._assert_reserved(restricted | other, [5, 5], "Each has all.")
        self.assertEqual(restricted.move_line_ids.owner_id, owner, "The owner's for who wants them.")
        self.assertFalse(other.move_line_ids.owner_id, "Ours for the other.")

    def test_removal_strategy(self):
        """Scenario: ten on each of three shelves are freed. Expected: each strategy takes them where Odoo does."""
        shelves = self.env["stock.location"].create(
            [{"name": name, "location_id": self.stock.id} for name in ("Shelf 1", "Shelf 2", "Shelf 3")]
        )
        category = self.env["product.category"].create({"name": "Removed by strategy"})
        for strategy, shelf in (("fifo", shelves[1]), ("lifo", shelves[2]), ("closest", shelves[0])):
            category.removal_strategy_id = self.env.ref(f"stock.removal_{strategy}")
            product = self._create_product("Beam", categ_id=category.id)
            for place, date in zip(shelves, ("2026-02-01", "2026-01-01", "2026-03-01"), strict=True):
                self._add_stock(product, 10, location=place, in_date=fields.Datetime.to_datetime(date))
            holder, waiting = self._create_waiting((product, 30), (product, 10))
            holder.picking_id.with_user(self.picker).action_cancel()
            self._assert_reserved(waiting, [10], strategy)
            self.assertEqual(waiting.move_line_ids.location_id, shelf, f"{strategy}: from there.")

    def test_dozens_and_units(self):
        """Scenario: lines in dozens and in units. Expected: each gets its own in its unit."""
        product = self._create_product("Bolt")
        moves = self._create_waiting((product, 2, self.dozen), (product, 10), (product, 1, self.dozen))
        self._receive((product, 18))
        self._assert_reserved(moves, [1.5, 0, 0], "A dozen and a half.")
        self._receive((product, 22))
        self._assert_reserved(moves, [2, 10, 0.5], "6, 10 and 6 units.")
        log = self._get_log(moves)
        self.assertEqual(log.mapped("quantity"), [18, 6, 10, 6], "The log is in the product's unit.")
        self.assertEqual(log.mapped("missing_quantity"), [6, 0, 0, 6], "What is missing, too.")

    def test_receipt_in_dozens(self):
        """Scenario: two dozens come. Expected: 24 units are handed out."""
        product = self._create_product("Bolt")
        moves = self._create_waiting((product, 20), (product, 20))
        places = {"location_id": self.suppliers.id, "location_dest_id": self.stock.id}
        line = {"product_id": product.id, "product_uom": self.dozen.id, "product_uom_qty": 2, **places}
        receipt = self.env["stock.picking"].create(
            {"picking_type_id": self.warehouse.in_type_id.id, "move_ids": [Command.create(line)], **places}
        )
        receipt.with_user(self.picker).action_confirm()
        self._validate(receipt)
        self._assert_reserved(moves, [20, 4], "24 in all.")


@tagged("post_install", "-at_install")
class TestTransfers(RestockCase):
    """Steps, chains, policies and people."""

    def test_two_step_delivery(self):
        """Scenario: two orders wait to be picked, seven come. Expected: picks in ranking, ships get what was picked."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam")
        orders = [self._create_order((product, 5)) for _number in range(2)]
        picks = self.env["stock.move"].union(*(order.picking_ids.move_ids for order in orders))
        self._order_one_after_another(picks)
        self._receive((product, 7))
        self._assert_reserved(picks, [5, 2], "The picks.")
        for pick in picks.picking_id:
            self._validate(pick)
        ships = self.env["stock.move"].union(
            *(
                order.picking_ids.filtered(lambda picking: picking.picking_type_code == "outgoing").move_ids
                for order in orders
            )
        )
        self._assert_reserved(ships, [5, 2], "The ships: each what was picked for it.")

    def test_three_step_delivery(self):
        """Scenario: pick, pack, ship. Expected: goods on their way for one order never go to an older other one."""
        self.warehouse.delivery_steps = "pick_pack_ship"
        product = self._create_product("Beam", stock=5)
        order = self._create_order((product, 5))
        older = self._create_order((product, 5))
        self._order_one_after_another(older.picking_ids.move_ids)
        step = order.picking_ids
        for _number in range(2):
            self._validate(step)
            step = step.move_ids.move_dest_ids.picking_id
            self._assert_reserved(step.move_ids | older.picking_ids.move_ids, [5, 0], "They are for this order.")
        self._receive((product, 5))
        self._assert_reserved(step.move_ids | older.picking_ids.move_ids, [5, 5], "New goods are for the older one.")

    def test_make_to_order(self):
        """Scenario: goods are bought for one order, and two more. Expected: his are his, the rest goes by ranking."""
        route = self.warehouse.mto_pull_id.route_id
        route.active = True
        product = self._create_product(
            "Made to order",
            route_ids=[Command.set((route | self.warehouse.buy_pull_id.route_id).ids)],
            seller_ids=[Command.create({"partner_id": self.vendor.id, "price": 1})],
        )
        older = self._create_waiting((product, 5))
        self._receive((product, 1))
        self._assert_reserved(older, [1], "It waits for four more.")
        delivery = self._create_order((product, 5)).picking_ids
        purchase = self.env["purchase.order"].search([("order_line.product_id", "=", product.id)])
        purchase.order_line.product_qty = 7
        purchase.button_confirm()
        self._assert_reserved(delivery.move_ids, [0], "Bought, not here yet.")
        self._validate(purchase.picking_ids)
        self._assert_reserved(delivery.move_ids | older, [5, 3], "Five for whom they were bought, two for the other.")

    def test_chained_move_gets_nothing_else(self):
        """Scenario: a line waits for a transfer before it, goods come from elsewhere. Expected: it goes on waiting."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5))
        chained = self._create_delivery((product, 5), confirm=False).move_ids
        chained.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(receipt.move_ids.ids)]})
        chained.picking_id.action_confirm()
        self._receive((product, 5))
        self._assert_reserved(chained, [0], "Its goods come by the receipt that it is chained to.")
        self._validate(receipt)
        self._assert_reserved(chained, [5], "Here they are.")

    def test_picked_lines_are_never_touched(self):
        """Scenario: a picker has picked three of five, more comes. Expected: the line stays as he has left it."""
        product = self._create_product("Beam", stock=3)
        moves = self._create_waiting((product, 5), (product, 5))
        moves[0].with_user(self.picker).picked = True
        self._receive((product, 7))
        self._assert_reserved(moves, [3, 5], "The other is served.")
        self.assertNotIn("receipt", self._get_entries(moves[0]).mapped("cause"), "It was not even asked.")
        self.assertEqual(self._get_free(product), 2, "The rest stays free.")
        moves[1].picking_id.with_user(self.picker).action_cancel()
        self._assert_reserved(moves[0], [3], "Nor by a cancellation.")
        backorder = self._ship(moves[0].picking_id.with_user(self.picker)).move_ids
        self._assert_reserved(backorder, [2], "What is left of it is a claim again.")

    def test_ship_all_at_once(self):
        """Scenario: a delivery ships all at once, a part comes. Expected: it is held; ready when all is there."""
        beam, bolt = self._create_product("Beam"), self._create_product("Bolt")
        delivery = self._create_delivery((beam, 5), (bolt, 5), move_type="one")
        self._receive((beam, 5), (bolt, 2))
        self._assert_reserved(delivery.move_ids, [5, 2], "What came is held.")
        self.assertEqual((delivery.state, delivery.fulfillment_state), ("confirmed", "waiting"), "Nothing ships yet.")
        self._receive((bolt, 3))
        self.assertEqual((delivery.state, delivery.fulfillment_state), ("assigned", "ready"), "All is there.")

    def test_user_without_right_to_see_deliveries(self):
        """Scenario: who receives may see receipts only. Expected: he validates, and the delivery gets the goods."""
        group = self.env["res.groups"].create({"name": "Sees receipts only"})
        for model, path in (
            ("stock.picking", "picking_type_id"),
            ("stock.move", "picking_type_id"),
            ("stock.move.line", "picking_id.picking_type_id"),
        ):
            self.env["ir.rule"].create(
                {
                    "name": f"{model}: receipts only",
                    "model_id": self.env["ir.model"]._get_id(model),
                    "groups": [Command.set(group.ids)],
                    "domain_force": [(f"{path}.code", "=", "incoming")],
                }
            )
        receiver = new_test_user(self.env, "receiver", groups="base.group_user,stock.group_stock_user")
        receiver.group_ids += group
        product = self._create_product("Beam", stock=5)
        moves = self._create_waiting((product, 5), (product, 5))
        visible = self.env["stock.picking"].with_user(receiver).search([("id", "in", moves.picking_id.ids)])
        self.assertFalse(visible, "He sees no delivery.")
        receipt = self._create_receipt((product, 3))
        self._validate(receipt, receiver)
        self._assert_reserved(moves, [5, 3], "Whoever is next has it.")
        self.assertEqual(self._get_log(moves[1]).cause, "receipt", "And it is logged.")

    def test_companies(self):
        """Scenario: two companies wait for a product they share. Expected: each is served by its own receipts only."""
        company = self.env["res.company"].create({"name": "Other Company"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        colleague = self._hire("other_picker", company)
        product = self._create_product("Beam")
        own = self._create_waiting((product, 5))
        other = self._create_delivery_of(company, product, 5)
        other.with_user(colleague).action_confirm()
        other.move_ids.ordered_date = "2020-01-01"
        self._receive((product, 9))
        self._assert_reserved(own | other.move_ids, [5, 0], "Four are left, and they are not the other company's.")
        with Form(
            self.env["stock.picking"]
            .with_user(colleague)
            .with_context(default_picking_type_id=warehouse.in_type_id.id, restricted_picking_type_code="incoming")
        ) as form:
            form.partner_id = self.vendor
            with form.move_ids.new() as line:
                line.product_id = product
                line.product_uom_qty = 3
        self._validate(form.record, colleague)
        self._assert_reserved(own | other.move_ids, [5, 3], "By its own.")
        self.assertEqual(self._get_log(other.move_ids).company_id, company, "And in its own log.")
