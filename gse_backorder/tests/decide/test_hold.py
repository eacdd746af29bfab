import random

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .decide_common import DecideCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestHold(DecideCase):
    """A delivery on hold keeps its place, and lends its goods until it is released."""

    # ---- goods -----------------------------------------------------------------

    def test_goods_go_to_the_next_at_once(self):
        """Scenario: eight are reserved for the first, the second waits for six. The first is put on hold, and another
        ten come. Expected: the second gets six at once, the first nothing of what comes; it is logged who, and why."""
        product = self._create_product("Beam", stock=8)
        first, second = self._order(product, 8), self._order(product, 6)
        facts = first.ordered_date, first.kept_quantity, first.kept_date
        self._hold(first.picking_id, note="The roof is not on")
        self._assert_reserved(first | second, [0, 6], "Lent.")
        self._receive((product, 1))
        self._assert_reserved(first | second, [0, 6], "What is left lies idle: only the first could have it.")
        self.assertEqual((first.ordered_date, first.kept_quantity, first.kept_date), facts, "Its place is kept.")
        entry = self._get_entries(first).filtered(lambda entry: entry.cause == "hold")
        self.assertEqual(entry.create_uid, self.manager)
        self.assertIn("The roof is not on", entry.note)
        self.assertIn("The roof is not on", self._get_messages(first.picking_id))
        self.assertEqual(first.picking_id.held_by_id, self.manager)

    def test_release(self):
        """Scenario: it is released when three are free and ten more come. Expected: three are reserved for it at once,
        and what comes is first for it, as before; what others have got remains theirs."""
        product = self._create_product("Beam", stock=8)
        first, second = self._order(product, 8), self._order(product, 6)
        third = self._order(product, 4)
        self._hold(first.picking_id)
        self._assert_reserved(first | second | third, [0, 6, 2], "Lent.")
        self._add_stock(product, 3)
        self._release(first.picking_id)
        self._assert_reserved(first | second | third, [3, 6, 2], "It takes part at once.")
        self._receive((product, 5))
        self._assert_reserved(first | second | third, [8, 6, 2], "In its old place.")
        self.assertEqual(self._get_entries(first).filtered(lambda entry: entry.cause == "release").move_id, first)

    def test_nobody_is_kept_from_what_is_lent(self):
        """Scenario: goods are kept for an order that may not be reserved yet; it is put on hold. Expected: others get
        them, by hand too; after the release it is kept again what is left."""
        product = self._create_product("Beam", stock=5)
        self.delivery_type.reservation_method = "manual"
        first = self._order(product, 5)
        self.delivery_type.reservation_method = "at_confirm"
        self.assertEqual((first.quantity, first.kept_quantity), (0, 5))
        second = self._order(product, 3)
        second.picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(second, [0], "It is kept for the first.")
        self._hold(first.picking_id)
        second.picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(second, [3], "It is lent.")

    def test_said_apart_from_what_is_late(self):
        """Scenario: read in one go: five that are on hold, and lent; five that a late receipt is to bring. Expected: no
        date for either, and of the first alone that it is on hold, on the line and on its order's."""
        late, lent = self._create_product("Board"), self._create_product("Beam", stock=5)
        self._create_receipt((late, 5), days=-3)
        first, second = (self._create_order((product, 5)).picking_ids for product in (late, lent))
        self._hold(second)
        self._invalidate()
        moves = (first | second).move_ids
        for lines in (moves, moves.sale_line_id):
            told, on_hold = lines.mapped("availability_text")
            self.assertEqual(told, "5 without a date")
            self.assertIn("on hold", on_hold)

    def test_papers_say_what_the_page_says(self):
        """Scenario: promised for a day, put on hold; released, the promise is lost. Expected: on hold, and no day; then
        no date, and what was promised first, on the page, in the list of lines and on papers."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5))
        move = self._order(product, 5)
        first = f"first promised {move._format_day(move.first_promise_date)}"
        self._hold(move.picking_id)
        self._assert_said(move, "on hold", False, "on hold")
        move.picking_id._release()
        receipt.action_cancel()
        self._assert_said(move, "no date yet", first, f"{first}, no date now")

    def _assert_said(self, move, promise, first, printed):
        self._invalidate()
        page = self.env["stock.customer.page"]._get_values(move.picking_id)
        for values in (page, *page["lines"]):
            self.assertEqual((values["promise_text"], values["first_promise_text"]), (promise, first))
        lines = self.env["stock.customer.lines"]
        [line] = lines._find(self.customer, self.company, 10)[1]
        [row] = lines._get_page_rows([line], self.env["sale.order"])
        self.assertEqual((row["promise_text"], row["first_text"]), (promise, first))
        self.assertEqual(move._get_promise_change_text() or move._get_promise_text(), printed)

    def test_star_counts_for_nothing(self):
        """Expected: neither a star nor *Check Availability* nor the scheduler reserves for what is on hold."""
        product = self._create_product("Beam", stock=5)
        move = self._order(product, 5)
        self._hold(move.picking_id)
        move.picking_id.priority = "1"
        with self.assertRaisesRegex(UserError, move.picking_id.name):
            move.picking_id.with_user(self.picker).action_assign()
        self.env["stock.rule"].run_scheduler()
        self._assert_reserved(move, [0], "On hold.")
        other = self._order(product, 5)
        self._assert_reserved(other, [5], "Who is not on hold comes first.")

    def test_nothing_is_taken_back_for_it(self):
        """Expected: for what is on hold nothing is taken back from others."""
        product = self._create_product("Beam", stock=5)
        move = self._order(product, 5)
        self._hold(move.picking_id)
        self._order(product, 5)
        self._invalidate()
        self.assertFalse(move.can_get_it)
        with self.assertRaisesRegex(UserError, "on hold"):
            move.with_user(self.manager).action_get_it()

    def test_selection_is_reserved_without_it(self):
        """Scenario: *Check Availability* of two, one of them on hold. Expected: the other is reserved."""
        product = self._create_product("Beam", stock=5)
        moves = self._order(product, 2), self._order(product, 2)
        self._hold(moves[0].picking_id)
        (moves[0] | moves[1]).picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(moves[0] | moves[1], [0, 2], "Who is not on hold.")

    def test_it_does_not_ship(self):
        """Expected: on hold, nobody reserves by hand, fills, validates or completes it; after the release, all do."""
        product = self._create_product("Beam", stock=5)
        move = self._order(product, 5)
        delivery = move.picking_id.with_user(self.picker)
        self._hold(move.picking_id)
        operation = {"product_id": product.id, "location_id": self.stock.id, "quantity": 2}
        for attempt in (
            lambda: move.with_user(self.picker).write({"quantity": 2}),
            lambda: move.with_user(self.picker).write({"move_line_ids": [Command.create(operation)]}),
            lambda: (
                self.env["stock.move.line"]
                .with_user(self.picker)
                .create({**operation, "move_id": move.id, "picking_id": delivery.id})
            ),
            delivery.button_validate,
            delivery.action_fill,
        ):
            with self.assertRaises(UserError):
                attempt()
        self.assertIn("on hold", delivery._get_shipment().refusal)
        self._release(move.picking_id)
        self.assertTrue(delivery.button_validate())
        self.assertEqual(delivery.state, "done")

    # ---- what is said ------------------------------------------------------------

    def test_nothing_is_promised(self):
        """Expected: no date while it is on hold, said in words on the line, the order, *Why?* and the list; its
        customer reads that it is on hold, and not why; afterwards it is promised as before."""
        product = self._create_product("Beam", stock=8)
        order = self._create_order((product, 8))
        delivery = order.picking_ids
        self._hold(delivery, reason="credit", note="Invoice 12")
        move = delivery.move_ids
        self.assertEqual(
            (move.promise_date, move.availability_status, move.qty_available_now, move.qty_uncovered),
            (False, "short", 0, 0),
        )
        self.assertEqual(move.availability_text, "on hold: credit (Invoice 12)")
        self.assertEqual(order.order_line.with_user(self.salesperson).availability_text, move.availability_text)
        self.assertFalse(order.promise_date or delivery.promise_date)
        self.assertFalse(delivery.is_promise_late or delivery.promise_slip_days, "It is on hold, and not late.")
        self.assertEqual(delivery.promise_slip_text, "on hold: credit (Invoice 12)", "Where its slip would be told.")
        self.assertFalse(delivery.search([("id", "=", delivery.id), ("is_promise_late", "=", True)]))
        self.assertIn("lends its goods", move.allocation_explanation)
        self.assertEqual(delivery.with_user(self.picker).hold_text, "on hold: credit (Invoice 12)")
        page = self.env["stock.customer.page"]
        told = f"{page._get_rows(delivery)} {page._get_lines(delivery.sudo())} {move._get_promise_text()}"
        self.assertIn("on hold", told)
        self.assertNotIn("credit", told)
        self._release(delivery)
        self.assertTrue(move.promise_date)
        self.assertFalse(delivery.hold_text)

    def test_missing_says_on_hold(self):
        """Scenario: nothing is there, all that comes is for others. Expected: it is on hold, not *for others*."""
        product = self._create_product("Beam", stock=4)
        first, second = self._order(product, 4), self._order(product, 4)
        self._hold(second.picking_id)
        self.assertEqual(second.availability_text, "on hold: site not ready")
        self.assertEqual(first.availability_status, "available")

    def test_no_mail(self):
        """Expected: who is on hold is not told that his date is gone; nor is a slip logged."""
        self.company.write({"mail_promise_moved": True})
        self.customer.email = "sample@example.com"
        product = self._create_product("Beam")
        self._create_receipt((product, 4), days=5)
        move = self._order(product, 4)
        self.assertTrue(move.picking_id.told_promise_date)
        self._hold(move.picking_id)
        move.picking_id._notice_moved_promises()
        self.assertFalse(move.picking_id.customer_notice_ids)
        self._follow()
        self.assertFalse(self._get_slips(move))

    def test_new_promises_are_made_on_what_is_lent(self):
        """Scenario: a second order is promised what the first lends; the first is released. Expected: the first has its
        day again, the second a later one, and the log says by what."""
        product = self._create_product("Beam")
        self._create_receipt((product, 4), days=5)
        self._create_receipt((product, 4), days=9)
        first = self._order(product, 4)
        self._hold(first.picking_id)
        second = self._order(product, 4)
        self.assertEqual(self._get_promised_days(first, second), [None, 5])
        self.assertEqual(second.kept_day, self._in_days(5).date())
        self._follow()
        self._release(first.picking_id)
        self.assertEqual(self._get_promised_days(first, second), [5, 9])
        self._follow()
        self.assertIn("Released", self._get_slips(second).note)

    # ---- who follows -------------------------------------------------------------

    def test_parts_and_additions_follow(self):
        """Expected: what is added to a delivery on hold is on hold, and so is what is split off it."""
        product = self._create_product("Beam", stock=20)
        order = self._create_order((product, 4))
        delivery = order.picking_ids
        self._hold(delivery)
        order.order_line.product_uom_qty = 6
        order.order_line = [Command.create({"product_id": self._create_product("Wool", stock=3).id})]
        self.assertEqual(order.picking_ids, delivery)
        self.assertEqual(delivery.move_ids.mapped("is_held"), [True, True])
        self._assert_reserved(delivery.move_ids, [0, 0], "Nothing is reserved for any.")
        beam, wool = delivery.move_ids
        part = delivery.copy({"move_ids": [], "backorder_id": delivery.id})
        wool.picking_id = part
        self.assertEqual((part.is_held, wool.is_held, part.hold_reason), (True, True, "site"))
        rest = self.env["stock.move"].create(beam._split(2))
        self.assertTrue(rest.is_held)
        self._release(delivery)
        self.assertEqual((beam | rest | wool).mapped("is_held"), [False, False, True])

    def test_line_that_leaves(self):
        """Scenario: a line is put into a delivery that is not on hold, or into none. Expected: it takes part again."""
        product = self._create_product("Beam", stock=4)
        free = self._order(self._create_product("Wool"), 2).picking_id
        for target in (free, free.browse()):
            held = self._order(product, 2)
            self._hold(held.picking_id)
            held.picking_id = target
            self.assertFalse(held.is_held)

    def test_dozens(self):
        """Scenario: two dozens are reserved, and put on hold; somebody waits for twelve. Expected: he has them, and
        what is freed is told in the product's unit; the release reserves what is left."""
        product = self._create_product("Beam", stock=24)
        held, waiting = self._create_delivery((product, 2, self.dozen)).move_ids, self._order(product, 12)
        line = self._open(held.picking_id, "action_hold").line_ids
        self.assertEqual((line.items_open, line.items_lent), (24, 24))
        self._hold(held.picking_id)
        self._assert_reserved(held | waiting, [0, 12], "Lent.")
        self._release(held.picking_id)
        self._assert_reserved(held | waiting, [1, 12], "A dozen is left.")

    def test_lots(self):
        """Scenario: a lot is reserved for a delivery that is put on hold. Expected: it goes to the next, as it is."""
        product = self._create_product("Glue", tracking="lot")
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": product.id})
        self.env["stock.quant"]._update_available_quantity(product, self.stock, 5, lot_id=lot)
        held, waiting = self._order(product, 5), self._order(product, 5)
        self.assertEqual(held.move_line_ids.lot_id, lot)
        self._hold(held.picking_id)
        self._assert_reserved(held | waiting, [0, 5], "Lent.")
        self.assertEqual(waiting.move_line_ids.lot_id, lot)

    def test_two_companies(self):
        """Scenario: a manager of two companies has only the other one chosen. Expected: he holds and releases nothing
        here; with both chosen, he does."""
        move = self._order(self._create_product("Beam", stock=2), 2)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        manager = self._hire("hold_in_two", other, "stock.group_stock_manager")
        manager.company_ids += self.company
        there = move.picking_id.with_user(manager)
        for method in ("action_hold", "action_release"):
            with self.assertRaises(AccessError):
                getattr(there.with_context(allowed_company_ids=other.ids), method)()
        both = there.with_context(allowed_company_ids=(other | self.company).ids)
        wizard = self.env["stock.hold"].with_env(both.env).browse(both.action_hold()["res_id"])
        wizard.reason = "site"
        with self.assertRaises(AccessError):
            wizard.with_context(allowed_company_ids=other.ids).action_hold()
        wizard.action_hold()
        self.assertTrue(move.is_held)

    def test_steps_before(self):
        """Scenario: pick and ship, by orders of their own; the delivery is put on hold before it is picked. Expected:
        its pick is on hold, too, and lends; the release gives both their places."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=4)
        first, second = (self._create_order((product, 4)).picking_ids for _number in range(2))
        self.assertEqual(first.picking_type_id, self.warehouse.pick_type_id)
        self._hold(first)
        self._assert_reserved((first | second).move_ids, [0, 4], "Lent.")
        self._release(first)
        self._validate(second)
        shipment = second.move_ids.move_dest_ids.picking_id
        with self.assertRaisesRegex(UserError, "put on hold|being picked"):
            self._hold(shipment)

    def test_chained_pick_follows(self):
        """Scenario: a delivery that waits for its own pick, and shares another with somebody. Expected: its own pick is
        on hold with it, the shared one is not."""
        product = self._create_product("Beam", stock=10)
        output = self.warehouse.wh_output_stock_loc_id
        own, shared = (
            self.env["stock.move"].create(
                {
                    "product_id": product.id,
                    "product_uom_qty": 2,
                    "location_id": self.stock.id,
                    "location_dest_id": output.id,
                    "picking_type_id": self.warehouse.pick_type_id.id,
                }
            )
            for _number in range(2)
        )
        first, second = (
            self._create_delivery((product, 2), location_id=output.id, confirm=False) for _number in range(2)
        )
        (first | second).move_ids.write({"location_id": output.id, "procure_method": "make_to_order"})
        first.move_ids.move_orig_ids = own | shared
        second.move_ids.move_orig_ids = shared
        (own | shared)._action_confirm(merge=False)
        (first | second).action_confirm()
        self._hold(first)
        self.assertEqual((first.move_ids | own | shared).mapped("is_held"), [True, True, False])
        self.assertEqual(own.availability_text, "on hold: site not ready")
        self._release(first)
        self.assertFalse(any((first.move_ids | own).mapped("is_held")))

    def _create_chained(self, product):
        """Return a delivery of two that waits for a pick of its own, and the line of the pick."""
        output = self.warehouse.wh_output_stock_loc_id
        pick = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": 2,
                "location_id": self.stock.id,
                "location_dest_id": output.id,
                "picking_type_id": self.warehouse.pick_type_id.id,
            }
        )
        delivery = self._create_delivery((product, 2), location_id=output.id, confirm=False)
        delivery.move_ids.write({"procure_method": "make_to_order", "move_orig_ids": pick.ids})
        pick._action_confirm(merge=False)
        delivery.action_confirm()
        return delivery, pick

    def test_chained_pick_is_freed(self):
        """Scenario: its pick is on hold with a delivery, whose line is put into another one, or which is cancelled.
        Expected: the pick takes part again; nobody could release it any more."""
        self.warehouse.delivery_steps = "pick_ship"
        free = self._order(self._create_product("Wool"), 2).picking_id
        for leave in (lambda line: line.write({"picking_id": free.id}), lambda line: line.picking_id.action_cancel()):
            delivery, pick = self._create_chained(self._create_product("Beam", stock=2))
            self._hold(delivery)
            self._assert_reserved(pick, [0], "On hold.")
            leave(delivery.move_ids)
            self._invalidate()
            self.assertFalse(pick.is_held)
            self._assert_reserved(pick, [2], "In its old place.")

    def test_line_that_is_on_hold_alone(self):
        """Scenario: a pick on hold is cut from its delivery. Expected: *Why?* names the pick."""
        self.warehouse.delivery_steps = "pick_ship"
        delivery, pick = self._create_chained(self._create_product("Beam", stock=2))
        self._hold(delivery)
        pick.move_dest_ids = False
        self._invalidate()
        self.assertIn(f"<strong>{pick.picking_id.name}</strong> is on hold", pick.allocation_explanation)

    # ---- ranking -----------------------------------------------------------------

    def test_python_is_sql(self):
        """Scenario: claims at random, with promises kept or not; some are put on hold. Expected: Python and SQL agree:
        those come last, all others in the order in which they were, as before when they are released."""
        product = self._create_product("Beam")
        self._create_receipt((product, 9), days=3)
        chance = random.Random(7)
        for keeps in (True, False):
            self.warehouse.keep_promises = keeps
            moves = self.env["stock.move"].union(
                *(
                    self._order(product, chance.choice((1, 2)), chance.choice((None, 1, 2)), priority=star)
                    for star in "0100101001"
                )
            )
            for policy in ("priority", "first_ordered", "deadline", "complete_orders"):
                with self.subTest(keeps=keeps, policy=policy):
                    self.warehouse.allocation_policy = policy
                    before = self._get_order(moves)
                    held = moves.filtered(lambda _move: chance.random() < 0.4)
                    self._hold(held.picking_id)
                    after = self._get_order(moves)
                    places = self.env["stock.ranking"]._get_positions(moves)
                    free = [move for move in before if move not in held]
                    self.assertEqual(after[: len(free)], free, "Who is not on hold keeps the order.")
                    self.assertEqual(set(after[len(free) :]), set(held), "The others come last.")
                    self.assertEqual({move.id for move in moves if places[move.id] >= len(free)}, set(held.ids))
                    self.assertFalse(any(self.env["stock.claim"]._get_part_kinds() and held.mapped("promise_date")))
                    self._release(held.picking_id)
                    self.assertEqual(self._get_order(moves), before, "Its place was kept.")

    def _get_order(self, moves):
        """Return *moves* as a list in the order in which they are in pegging, by where each has its last part."""
        self._invalidate()
        places = {move: self.env["stock.pegging"]._get_queue(move).place for move in moves}
        return sorted(moves, key=places.get)

    def test_quotation_comes_before(self):
        """Expected: a quotation is told that it would get what is lent."""
        product = self._create_product("Beam", stock=4)
        move = self._order(product, 4)
        order = self._create_order((product, 4), confirm=False)
        self.assertEqual(order.order_line.availability_status, "missing")
        self._hold(move.picking_id)
        self.assertEqual(order.order_line.availability_status, "available")

    def test_nothing_lies_idle(self):
        """Scenario: deliveries are ordered, put on hold, released, shipped at random, and goods come. Expected: at any
        time what is on hold has nothing, nothing is free while another waits for it, nothing is reserved twice."""
        chance = random.Random(11)
        for keeps in (True, False):
            self.warehouse.keep_promises = keeps
            product = self._create_product("Beam", stock=10)
            moves = self._order(product, 6) | self._order(product, 6)
            came = 10
            for _step in range(25):
                waiting = moves.filtered(lambda move: move.state not in ("done", "cancel"))
                held = waiting.filtered("is_held")
                match chance.choice(("order", "hold", "release", "come", "ship")):
                    case "order":
                        moves |= self._order(product, chance.randint(1, 6), chance.choice((None, 1, 9)))
                    case "hold" if free := waiting - held:
                        self._hold(chance.choice(free).picking_id)
                    case "release" if held:
                        self._release(chance.choice(held).picking_id)
                    case "come":
                        came += 4
                        self._receive((product, 4))
                    case "ship" if whole := waiting.filtered(lambda move: move.state == "assigned"):
                        self._ship(chance.choice(whole).picking_id)
                self._invalidate()
                self.assertFalse(sum(moves.filtered(lambda m: m.is_held and m.state != "done").mapped("quantity")))
                idle = self._get_free(product)
                lacking = moves.filtered(lambda move: not move.is_held and move._lacks_goods())
                self.assertFalse(idle and lacking, f"{idle} lie idle.")
                self.assertEqual(sum(moves.mapped("quantity")) + idle, came, "No more is given than there is.")

    # ---- refusals ----------------------------------------------------------------

    def test_refused(self):
        """Expected: what is picked, printed, packed, done, a draft, a receipt or on hold is left out, with a reason in
        the preview; where nothing is left, the refusal names all, and nothing is changed."""
        product = self._create_product("Beam", stock=50)
        lines = {
            name: self._order(product, 2)
            for name in ("picked", "printed", "packed", "shipped", "cancelled", "on hold", "free")
        }
        lines["picked"].picked = True
        lines["printed"].picking_id.printed = True
        lines["packed"].picking_id.with_user(self.picker).action_put_in_pack()
        self._ship(lines["shipped"].picking_id)
        lines["cancelled"].picking_id.action_cancel()
        self._hold(lines["on hold"].picking_id)
        draft = self._create_delivery((product, 2), confirm=False)
        receipt = self._create_receipt((product, 2))
        free = lines.pop("free")
        wrong = self.env["stock.move"].union(*lines.values()).picking_id | draft | receipt
        wizard = self._open(wrong | free.picking_id, "action_hold", reason="site")
        self.assertEqual(len(wizard.line_ids.filtered("refusal")), len(wrong))
        wizard.action_hold()
        self.assertTrue(free.picking_id.is_held)
        self.assertFalse(any((wrong - lines["on hold"].picking_id).mapped("is_held")))
        again = self._open(wrong, "action_hold", reason="site")
        with self.assertRaisesRegex(UserError, "It is packed"):
            again.action_hold()
        with self.assertRaises(UserError):
            wrong[0].with_user(self.manager).action_release()

    def test_reason_is_asked(self):
        """Expected: without a reason nothing is put on hold."""
        move = self._order(self._create_product("Beam", stock=2), 2)
        wizard = self._open(move.picking_id, "action_hold")
        with self.assertRaises(UserError):
            wizard.action_hold()
        self.assertFalse(move.is_held or move.picking_id.is_held)

    def test_who_may(self):
        """Expected: only who manages the stock of the company; and nobody decides on what another has had shown."""
        move = self._order(self._create_product("Beam", stock=2), 2)
        wizard = self._open(move.picking_id, "action_hold", reason="site")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._hire("hold_elsewhere", other, "stock.group_stock_manager")
        colleague = new_test_user(self.env, "hold_colleague", groups="stock.group_stock_manager")
        for user in (self.picker, self.salesperson, stranger):
            for method in ("action_hold", "action_release"):
                with self.assertRaises(AccessError):
                    getattr(move.picking_id.with_user(user), method)()
        for user in (self.picker, self.salesperson, stranger, colleague):
            with self.assertRaises(AccessError):
                wizard.with_user(user).action_hold()
        with self.assertRaises(AccessError):
            wizard.line_ids.with_user(self.manager).write({"picking_id": move.picking_id.id})
        self.assertFalse(move.is_held)

    def test_filters(self):
        """Expected: a filter finds what is on hold, and groups tell why."""
        product = self._create_product("Beam", stock=4)
        held, free = self._order(product, 2).picking_id, self._order(product, 2).picking_id
        self._hold(held, reason="credit")
        own = [("id", "in", (held | free).ids)]
        pickings = self.env["stock.picking"].with_user(self.picker)
        self.assertEqual(pickings.search([*own, ("is_held", "=", True)]), held)
        groups = pickings.formatted_read_group(own, ["hold_reason"], ["__count"])
        self.assertEqual({group["hold_reason"]: group["__count"] for group in groups}, {"credit": 1, False: 1})
