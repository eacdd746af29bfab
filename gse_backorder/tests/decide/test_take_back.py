from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .take_back_common import TakeBackCase


@tagged("post_install", "-at_install")
class TestTakeBack(TakeBackCase):
    """What was reserved for one delivery is reserved for another: seen first, then done, and undone."""

    def test_reserved_goods_are_handed_over(self):
        """Scenario: A has all, B waits; it is taken back for B. Expected: B has it, A waits, both know from whom."""
        donor, taker = self._create_two()
        wizard = self._open(taker)
        self.assertEqual(wizard.quantity, 5, "All that it lacks.")
        self.assertEqual(wizard.line_ids.mapped(lambda line: (line.move_id, line.quantity)), [(donor, 5)])
        self._take(taker)
        self._assert_reserved(donor | taker, [0, 5], "Handed over.")
        self.assertEqual(donor.picking_id.state, "confirmed")
        self.assertEqual(taker.picking_id.state, "assigned")
        self.assertIn(donor.picking_id.name, "".join(taker.picking_id.message_ids.mapped("body")))
        self.assertIn(taker.picking_id.name, "".join(donor.picking_id.message_ids.mapped("body")))

    def test_log(self):
        """Scenario: it was taken back. Expected: the log says who, why, how much, and names each the other."""
        donor, taker = self._create_two()
        entry = self._take(taker).allocation_id
        self.assertEqual((entry.cause, entry.quantity, entry.move_id), ("take_back", 5, taker))
        self.assertEqual((entry.note, entry.create_uid), ("The site stands still", self.manager))
        self.assertEqual(entry.source_picking_id, donor.picking_id)
        gift = entry.give_way_ids
        self.assertEqual((gift.cause, gift.given_quantity, gift.move_id), ("give_way", 5, donor))
        self.assertEqual(gift.source_picking_id, taker.picking_id)
        self.assertEqual((entry.missing_quantity, gift.missing_quantity), (0, 5), "What they lack after it.")
        self.assertIn("The site stands still", gift.note)

    def test_the_donor_gets_what_comes_next(self):
        """Scenario: after it, five come. Expected: the donor, first in the ranking, gets them, and not a later one."""
        donor, taker = self._create_two()
        later = self._create_delivery((donor.product_id, 5)).move_ids
        self._take(taker)
        self._receive((donor.product_id, 5))
        self._assert_reserved(donor | taker | later, [5, 5, 0], "In its place.")

    def test_what_is_remembered(self):
        """Scenario: three of five are taken back; the line is unreserved, and a lot more comes. Expected: these three
        come before all others, and the other two where the line stands."""
        donor, taker = self._create_two()
        self._take(taker, quantity=3)
        self._assert_reserved(donor | taker, [2, 3], "Three.")
        self.assertEqual(taker.taken_quantity, 3)
        taker.picking_id.do_unreserve()
        self._assert_reserved(donor | taker, [5, 0], "What is freed is not given back to whom it was taken from.")
        self._receive((donor.product_id, 3))
        self._assert_reserved(donor | taker, [5, 3], "First come its three.")

    def test_why(self):
        """Scenario: a turn was taken back. Expected: *Why?* of the line says so."""
        product = self._create_product("Beam")
        _first, taker = self._create_waiting((product, 10), (product, 10))
        for days in (2, 9):
            self._create_receipt((product, 10), days=days)
        self._take(taker, quantity=8)
        self.assertIn("taken back", taker.with_user(self.picker).allocation_explanation)

    def test_a_remainder_inherits_it(self):
        """Scenario: of what was taken back, and expected, a part ships. Expected: the remainder has the rest of it."""
        product = self._create_product("Beam")
        first, taker = self._create_waiting((product, 10), (product, 10))
        receipts = [self._create_receipt((product, 10), days=days) for days in (2, 9)]
        self._take(taker, quantity=8)
        self.assertEqual(taker.taken_quantity, 8)
        self._add_stock(product, 4)
        taker.picking_id.action_assign()
        remainder = self._ship(taker.picking_id).move_ids
        self.assertEqual((remainder.product_qty, remainder.taken_quantity), (6, 4))
        self._validate(receipts[0])
        self._assert_reserved(first | remainder, [6, 4], "Its four come first, then who is first.")

    def test_undo(self):
        """Scenario: it is undone, twice. Expected: A has it again, B waits where it did."""
        donor, taker = self._create_two()
        entry = self._take(taker).allocation_id
        for _click in range(2):
            entry.with_user(self.manager).action_undo()
            self._assert_reserved(donor | taker, [5, 0], "Given back.")
        self.assertFalse(taker.taken_quantity)
        self.assertFalse(entry.can_undo)
        self.assertEqual(len(entry.give_way_ids.filtered(lambda line: line.cause == "undo" and line.quantity)), 1)

    def test_what_is_picked_is_not_undone(self):
        """Scenario: what was taken back is picked, or has shipped. Expected: refused in words, nothing changes."""
        donor, taker = self._create_two()
        entry = self._take(taker).allocation_id
        taker.move_line_ids.picked = True
        with self.assertRaises(UserError):
            entry.with_user(self.manager).action_undo()
        self._ship(taker.picking_id)
        with self.assertRaises(UserError):
            entry.with_user(self.manager).action_undo()
        with self.assertRaises(UserError):  # what gave way is no take back
            entry.give_way_ids.with_user(self.manager).action_undo()
        self.assertEqual(donor.quantity, 0)

    def test_undo_after_the_donor_got_others(self):
        """Scenario: the donor has got all from a receipt since. Expected: what was taken goes to the next."""
        donor, taker = self._create_two()
        later = self._create_delivery((donor.product_id, 2)).move_ids
        entry = self._take(taker).allocation_id
        self._receive((donor.product_id, 5))
        self._assert_reserved(donor | taker | later, [5, 5, 0], "The donor has all.")
        entry.with_user(self.manager).action_undo()
        self._assert_reserved(donor | taker | later, [5, 0, 2], "The next gets it.")

    def test_nothing_is_done_that_was_not_shown(self):
        """Scenario: meanwhile the donor's paper was printed, and another one has got goods. Expected: nothing is done;
        the new plan is shown, and is done when it is confirmed."""
        donor, taker = self._create_two()
        wizard = self._open(taker, reason="The site stands still")
        donor.picking_id.printed = True
        self._add_stock(donor.product_id, 5)
        other = self._create_delivery((donor.product_id, 5)).move_ids
        self._assert_reserved(donor | taker | other, [5, 5, 0], "In ranking.")
        taker.picking_id.do_unreserve()
        self._assert_reserved(donor | taker | other, [5, 0, 5], "The other one has it.")
        self.assertEqual(wizard.action_apply()["res_id"], wizard.id, "It is shown anew.")
        self.assertTrue(wizard.has_changed)
        self._assert_reserved(donor | taker | other, [5, 0, 5], "Nothing was done.")
        self.assertEqual(self._get_gifts(wizard), {other: 5})
        wizard.action_apply()
        self._assert_reserved(donor | taker | other, [5, 5, 0], "What was shown.")

    def test_done_once(self):
        """Scenario: the button is clicked twice. Expected: one take back."""
        donor, taker = self._create_two()
        wizard = self._take(taker, quantity=2)
        self.assertEqual(wizard.action_apply()["type"], "ir.actions.act_window_close")
        self._assert_reserved(donor | taker, [3, 2], "Once.")
        entries = self._get_entries(taker).filtered(lambda entry: entry.cause == "take_back")
        self.assertEqual(len(entries), 1)

    def test_a_reason_is_asked(self):
        """Scenario: no reason, or a blank. Expected: refused in words."""
        donor, taker = self._create_two()
        for reason in (False, "", "  "):
            wizard = self._open(taker)
            wizard.reason = reason
            with self.assertRaises(UserError):
                wizard.action_apply()
        self._assert_reserved(donor | taker, [5, 0], "Nothing was done.")

    def test_nothing_to_take(self):
        """Scenario: nobody has any, or nothing is wanted. Expected: the plan is empty, and refused in words."""
        product = self._create_product("Beam")
        lonely = self._create_delivery((product, 5)).move_ids
        wizard = self._open(lonely, reason="Please")
        self.assertFalse(wizard.line_ids)
        with self.assertRaises(UserError):
            wizard.action_apply()
        _donor, taker = self._create_two()
        for quantity in (0, -3):
            wizard = self._open(taker, reason="Please", quantity=quantity)
            self.assertFalse(wizard.line_ids)
            with self.assertRaises(UserError):
                wizard.action_apply()

    def test_ping_pong(self):
        """Scenario: what B has taken from A is to be taken for A again. Expected: only with a tick at a sentence that
        names B; not by RPC without it; the day after without."""
        donor, taker = self._create_two()
        self._take(taker)
        wizard = self._open(donor, reason="Back again")
        self.assertIn(taker.picking_id.name, wizard.warning)
        self.assertIn("The site stands still", wizard.warning)
        with self.assertRaises(UserError):
            wizard.action_apply()
        self._assert_reserved(donor | taker, [0, 5], "Nothing was done.")
        wizard.is_warned = True
        wizard.action_apply()
        self._assert_reserved(donor | taker, [5, 0], "All the same.")
        entry = wizard.allocation_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_backorder_allocation SET create_date = create_date - interval '2 days' WHERE id = %s",
            [entry.id],
        )
        self._invalidate()
        self.assertFalse(self._open(taker).warning)

    def test_who_has_just_taken_gives_last(self):
        """Scenario: of two donors one has taken back today. Expected: the other one gives."""
        donor, taker = self._create_two()
        self._add_stock(donor.product_id, 5)
        donor.picking_id.action_assign()
        third = self._create_delivery((donor.product_id, 5)).move_ids
        self._assert_reserved(donor | taker | third, [5, 5, 0], "Both have five.")
        wizard = self._take(third)
        self.assertEqual(self._get_gifts(wizard), {taker: 5}, "The last in the ranking.")
        wizard = self._open(taker)
        self.assertEqual(self._get_gifts(wizard), {donor: 5}, "Not the one that has just taken it.")
        self.assertFalse(wizard.warning)

    def test_the_promise_of_the_taker_is_not_kept_by_it(self):
        """Scenario: promises are kept; something is taken back for a line that had none. Expected: it is no promise
        that others would have to give way to when it is undone."""
        self.warehouse.keep_promises = True
        donor, taker = self._create_two()
        entry = self._take(taker).allocation_id
        self.assertFalse(taker.kept_date)
        entry.with_user(self.manager).action_undo()
        self._receive((donor.product_id, 1))
        self._assert_reserved(donor | taker, [5, 1], "It stands where it did.")

    def test_it_ranks_before_what_is_kept(self):
        """Scenario: A is kept for day 2; its turn is taken back for B. Expected: B is served first, then A."""
        self.warehouse.keep_promises = True
        product = self._create_product("Beam")
        receipts = [self._create_receipt((product, 10), days=days) for days in (2, 9)]
        kept, taker = (self._create_delivery((product, 10)).move_ids for _delivery in range(2))
        self.assertTrue(kept.kept_date and taker.kept_date)
        wizard = self._take(taker)
        self.assertEqual(wizard.line_ids.breaks, "first")
        self._validate(receipts[0])
        self._assert_reserved(kept | taker, [0, 10], "What was taken back comes first.")
        self._validate(receipts[1])
        self._assert_reserved(kept | taker, [10, 10], "Then what is kept.")

    def test_the_customer_is_told_once(self):
        """Scenario: the donor's customer was told a day. Expected: the ordinary notice tells him the new one, once."""
        self.company.mail_promise_moved = True
        self.customer.email = "customer@example.com"
        product = self._create_product("Beam", stock=5)
        donor, taker = (self._create_order((product, 5)).picking_ids.move_ids for _order in range(2))
        self._create_receipt((product, 10), days=30)
        notices = self.env["stock.customer.notice"]
        self.assertTrue(donor.picking_id.told_promise_date)
        self._take(taker)
        for _run in range(2):
            donor.picking_id._notice_moved_promises()
        moved = notices.search([("picking_id", "=", donor.picking_id.id), ("event", "=", "moved")])
        self.assertEqual(len(moved), 1)

    def test_the_slip_of_a_kept_promise_names_it(self):
        """Scenario: what is kept for A is taken back. Expected: the log says that its promise moves, and by what."""
        self.warehouse.keep_promises = True
        donor, taker = self._create_two()
        self._create_receipt((donor.product_id, 10), days=9)
        slips = self.env["stock.promise.slip"]
        slips._cron_follow_promises()
        self._take(taker)
        slips._cron_follow_promises()
        notes = self._get_entries(donor).mapped("note")
        self.assertTrue(any("Taken back" in (note or "") and taker.picking_id.name in note for note in notes), notes)

    # ---- who may -------------------------------------------------------------

    def test_a_group_of_its_own(self):
        """Scenario: a manager of stock, a picker, a picker with the group. Expected: the first and last may."""
        self.assertTrue(self.manager._may_take_back())
        self.assertFalse(self.picker._may_take_back())
        self.assertFalse(self.salesperson._may_take_back())
        self.picker.group_ids |= self.env.ref("gse_backorder.group_take_back")
        self.assertTrue(self.picker._may_take_back())

    def test_others_may_not(self):
        """Scenario: a picker and a salesperson press what the form does not offer them. Expected: refused in words."""
        donor, taker = self._create_two()
        for user in (self.picker, self.salesperson):
            wizard = self._open(taker, user, reason="For my customer")
            with self.assertRaises(AccessError):
                wizard.action_apply()
        self._assert_reserved(donor | taker, [5, 0], "Nothing was done.")
        entry = self._take(taker).allocation_id
        for user in (self.picker, self.salesperson):
            with self.assertRaises(AccessError):
                entry.with_user(user).action_undo()
        self._assert_reserved(donor | taker, [0, 5], "Nothing was undone.")

    def test_one_does_not_press_anothers(self):
        """Scenario: a manager's wizard is read, written and pressed by another one. Expected: refused."""
        donor, taker = self._create_two()
        wizard = self._open(taker, reason="Mine")
        other = new_test_user(self.env, "other_manager", groups="stock.group_stock_manager")
        for attack in (
            lambda: wizard.with_user(other).read(["reason"]),
            lambda: wizard.with_user(other).write({"quantity": 1}),
            lambda: wizard.with_user(other).action_apply(),
            lambda: wizard.line_ids.with_user(other).write({"is_taken": False}),
            lambda: wizard.line_ids.with_user(other).create({"take_back_id": wizard.id, "move_id": donor.id}),
        ):
            with self.assertRaises(AccessError):
                attack()

    def test_ask_for_it(self):
        """Scenario: a salesperson asks, twice. Expected: who may has one activity with the plan, in it who gives way
        and the reason; he finds it on the delivery."""
        donor, taker = self._create_two()
        taker.picking_id.user_id = self.manager
        wizard = self._open(taker, self.salesperson, reason="The crane is ordered")
        for _click in range(2):
            wizard.action_ask()
        activity = self.env["mail.activity"].search(
            [("res_model", "=", "stock.picking"), ("user_id", "=", self.manager.id)]
        )
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.res_id, taker.picking_id.id)
        for words in (donor.picking_id.name, "The crane is ordered", wizard.promise_text):
            self.assertIn(words, activity.note)
        self._assert_reserved(donor | taker, [5, 0], "Nothing was done.")
        self._take(taker)
        self.assertFalse(activity.exists().active, "It is done.")

    def test_ask_without_a_responsible(self):
        """Scenario: nobody is responsible who may. Expected: all who may in the company are asked, nobody else."""
        _donor, taker = self._create_two()
        self.warehouse.allocation_user_id = self.picker
        elsewhere = self._hire(
            "take_back_elsewhere",
            self.env["res.company"].create({"name": "Elsewhere"}),
            groups="stock.group_stock_manager",
        )
        self._open(taker, self.picker).action_ask()
        asked = taker.picking_id.activity_ids.user_id
        self.assertIn(self.manager, asked)
        self.assertNotIn(elsewhere, asked)
        self.assertNotIn(self.picker, asked)

    def test_the_place_of_an_old_take_back(self):
        """Scenario: two are taken back one after another; the first is undone. Expected: the second stays."""
        donor, taker = self._create_two()
        first = self._take(taker, quantity=2).allocation_id
        second = self._take(taker, quantity=1).allocation_id
        self.assertEqual(taker.taken_quantity, 3)
        first.with_user(self.manager).action_undo()
        self._assert_reserved(donor | taker, [4, 1], "Two went back.")
        self.assertEqual(taker.taken_quantity, 1)
        second.with_user(self.manager).action_undo()
        self._assert_reserved(donor | taker, [5, 0], "All went back.")
        self.assertFalse(taker.taken_quantity)

    def test_merged_and_lowered(self):
        """Scenario: a line with something taken back is lowered. Expected: no more than it wants."""
        _donor, taker = self._create_two()
        self._take(taker)
        taker.product_uom_qty = 2
        self.assertEqual(taker.taken_quantity, 2)
        taker.product_uom_qty = 9
        self.assertEqual(taker.taken_quantity, 2)
        self.assertLessEqual(fields.Datetime.now() - taker.taken_date, timedelta(minutes=1))
        with Form(taker.picking_id):
            pass
