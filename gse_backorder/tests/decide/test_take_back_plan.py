from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .take_back_common import TakeBackCase


@tagged("post_install", "-at_install")
class TestTakeBackPlan(TakeBackCase):
    """What can come from whom, and whom it hurts."""

    def _create_three(self, days=7, reserve=5):
        """Return two lines that have five each, a third that waits, and what comes for it in so many days."""
        product = self._create_product("Beam", stock=2 * reserve)
        moves = self._create_waiting((product, 5), (product, 5), (product, 5))
        self._create_receipt((product, 20), days=days)
        self._assert_reserved(moves, [5, 5, 0], "Two have it.")
        return moves

    def _promise(self, move, days):
        """Let *move* have been promised first for in so many days."""
        move.first_promise_date = fields.Datetime.now() + timedelta(days=days)
        self._invalidate()

    def test_the_last_in_the_ranking_gives(self):
        """Scenario: both would break their promises. Expected: the last in the ranking gives."""
        first, second, taker = self._create_three()
        for move in first + second:
            self._promise(move, 1)
        wizard = self._open(taker)
        self.assertEqual(self._get_gifts(wizard), {second: 5})
        self.assertEqual(wizard.line_ids.breaks, "first")
        self.assertFalse(wizard.promise_after > fields.Datetime.now(), "It ships now.")

    def test_who_loses_nothing_gives_first(self):
        """Scenario: the first has been promised for later than what comes. Expected: it gives, and breaks nothing."""
        first, second, taker = self._create_three()
        self._promise(first, 20)
        self._promise(second, 1)
        wizard = self._open(taker)
        self.assertEqual(self._get_gifts(wizard), {first: 5})
        self.assertEqual(wizard.line_ids.breaks, "nothing")

    def test_deadline(self):
        """Scenario: who was promised for later has a deadline before what comes. Expected: that is what breaks."""
        first, second, taker = self._create_three()
        for move in first + second:
            self._promise(move, 20)
            move.date_deadline = fields.Datetime.now() + timedelta(days=3)
        wizard = self._open(taker)
        self.assertEqual(wizard.line_ids.mapped("breaks"), ["deadline"])

    def test_what_was_missed_before(self):
        """Scenario: the deadline is over already, what was promised is kept; then that is over, too. Expected: the
        promise breaks; then nothing more."""
        first, second, taker = self._create_three()
        for move in first + second:
            self._promise(move, 1)
            move.date_deadline = fields.Datetime.now() - timedelta(days=3)
        self.assertEqual(self._open(taker).line_ids.breaks, "first")
        for move in first + second:
            self._promise(move, -2)
        self.assertEqual(self._open(taker).line_ids.breaks, "nothing")

    def test_accepted_date(self):
        """Scenario: the customer has accepted a day before what comes. Expected: that is what breaks."""
        first, second, taker = self._create_three()
        self._promise(second, 20)
        second.picking_id.accepted_promise_date = fields.Datetime.now() + timedelta(days=2)
        self._promise(first, 1)
        wizard = self._open(taker)
        self.assertEqual(self._get_gifts(wizard), {second: 5})
        self.assertEqual(wizard.line_ids.breaks, "accepted")

    def test_who_ships_together(self):
        """Scenario: the first ships together with a board of day 20, and what it gives comes again on day 7. Expected:
        it loses nothing, and gives; it ships on day 20 before and after. Without a date for the board, too."""
        product, board = self._create_product("Beam", stock=10), self._create_product("Board")
        boards = self._create_receipt((board, 1), days=20)
        together = self._create_delivery((product, 5), (board, 1), move_type="one").move_ids.sorted("id")
        other, taker = self._create_waiting((product, 5), (product, 5))
        self._create_receipt((product, 20), days=7)
        self._assert_reserved(together[0] + other + taker, [5, 5, 0], "Two have it.")
        self._promise(other, 1)
        wizard = self._open(taker)
        self.assertEqual(self._get_gifts(wizard), {together[0]: 5})
        line = wizard.line_ids
        self.assertEqual(line.breaks, "nothing")
        self.assertEqual({line.promise_before, line.promise_after}, {together[0].promise_date})
        boards.action_cancel()
        self._invalidate()
        line = self._open(taker).line_ids
        self.assertEqual((line.move_id, line.promise_before, line.promise_after), (together[0], False, False))

    def test_the_last_of_what_ships_together_gives(self):
        """Scenario: all of a delivery that ships together is there, and one line of it gives. Expected: all of it ships
        when that comes again, and so it is."""
        product, board = self._create_product("Beam", stock=5), self._create_product("Board", stock=1)
        together = self._create_delivery((product, 5), (board, 1), move_type="one").move_ids.sorted("id")
        taker = self._create_delivery((product, 5)).move_ids
        self._create_receipt((product, 5), days=7)
        line = self._open(taker).line_ids
        self.assertEqual(line.breaks, "first")
        day = together._get_day(line.promise_after)
        self._take(taker)
        self.assertEqual(together.mapped("promise_day"), [day, day])

    def test_never_more_than_needed(self):
        """Scenario: seven of ten reserved are wanted, then 2.5. Expected: so much, of as few as needed."""
        first, second, taker = self._create_three()
        taker.product_uom_qty = 7
        wizard = self._open(taker)
        self.assertEqual(self._get_gifts(wizard), {second: 5, first: 2})
        wizard = self._open(taker, quantity=2.5)
        self.assertEqual(self._get_gifts(wizard), {second: 2.5})
        wizard = self._open(taker, quantity=1000)
        self.assertEqual(sum(self._get_gifts(wizard).values()), 7, "No more than it lacks.")

    def test_untick(self):
        """Scenario: the second is unticked, then the first, too. Expected: the first gives; then nobody."""
        first, second, taker = self._create_three()
        wizard = self._open(taker)
        self._untick(wizard, second)
        self.assertEqual(self._get_gifts(wizard), {first: 5})
        self.assertIn(second, wizard.line_ids.move_id, "It can be ticked again.")
        self._untick(wizard, first)
        self.assertEqual(self._get_gifts(wizard), {})
        self.assertEqual((wizard.reserved_quantity, wizard.expected_quantity), (0, 0))
        self.assertEqual(
            wizard.line_ids.mapped("promise_text"), [False, False], "Nothing is told of who gives nothing."
        )

    def test_what_somebody_has_begun_with(self):
        """Scenario: picked, printed, packed, by turns. Expected: the other one gives."""
        for begin in (
            lambda move: move.move_line_ids.write({"picked": True}),
            lambda move: move.picking_id.write({"printed": True}),
            lambda move: move.move_line_ids.write({"result_package_id": self.env["stock.package"].create({}).id}),
        ):
            first, second, taker = self._create_three()
            begin(second)
            self.assertEqual(self._get_gifts(self._open(taker)), {first: 5})

    def test_batch(self):
        """Scenario: a batch that has begun, where batches are installed. Expected: the other one gives."""
        if "batch_id" not in self.env["stock.picking"]._fields:
            self.skipTest("stock_picking_batch is not installed")
        first, second, taker = self._create_three()
        batch = self.env["stock.picking.batch"].create({"picking_ids": [Command.set(second.picking_id.ids)]})
        self.assertEqual(self._get_gifts(self._open(taker)), {second: 5}, "It has not begun yet.")
        batch.action_confirm()
        self.assertEqual(self._get_gifts(self._open(taker)), {first: 5})

    def test_another_owner(self):
        """Scenario: what is reserved is another owner's. Expected: it is not taken; who is bound to him gets it."""
        product = self._create_product("Consigned")
        self._add_stock(product, 5, owner_id=self.vendor)
        donor = self._create_delivery((product, 5)).move_ids
        taker = self._create_delivery((product, 5)).move_ids
        self._assert_reserved(donor, [5], "It has the consigned goods.")
        self.assertEqual(self._get_gifts(self._open(taker)), {})
        taker.restrict_partner_id = self.vendor
        self.assertEqual(self._get_gifts(self._open(taker)), {donor: 5})

    def test_another_company(self):
        """Scenario: a stock that two companies share. Expected: what the other's delivery has is not taken."""
        donor, taker = self._create_two()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE stock_move_line SET company_id = %s WHERE move_id = %s", [other.id, donor.id])
        self._invalidate()
        self.assertEqual(self._get_gifts(self._open(taker)), {})

    def test_another_place(self):
        """Scenario: the taker may take from a shelf only. Expected: what is reserved elsewhere is not taken."""
        donor, taker = self._create_two()
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        taker.location_id = shelf
        self.assertEqual(self._get_gifts(self._open(taker)), {})
        self.assertTrue(donor)

    def test_lot(self):
        """Scenario: two have a lot each; one will have expired. Expected: where lots expire, the other gives."""
        product = self._create_product("Glue", tracking="lot")
        lots = self.env["stock.lot"].create([{"name": name, "product_id": product.id} for name in ("A", "B")])
        for lot in lots:
            self._add_stock(product, 5, lot_id=lot)
        first, second, taker = self._create_waiting((product, 5), (product, 5), (product, 5))
        if "removal_date" in lots._fields:
            product.use_expiration_date = True
            second.move_line_ids.lot_id.removal_date = fields.Datetime.now() - timedelta(days=1)
            self.assertEqual(self._get_gifts(self._open(taker)), {first: 5})
        else:
            self._take(taker)
            self._assert_reserved(first + second + taker, [5, 0, 5], "The lot goes with it.")

    def test_expected_supply(self):
        """Scenario: A expects ten on day 2, B ten on day 9, C waits behind for day 16. Expected: C can get A's and
        B's turns; it is said how much later each of them is, and then it is so."""
        product = self._create_product("Beam")
        first, second, taker = self._create_waiting((product, 10), (product, 10), (product, 10))
        for days in (2, 9, 16):
            self._create_receipt((product, 10), days=days)
        self._invalidate()
        dates = (first + second + taker).mapped("promise_day")
        self.assertEqual(dates, sorted(set(dates)), "One after another.")
        wizard = self._open(taker)
        self.assertEqual(self._get_gifts(wizard), {first: 10, second: 10})
        self.assertEqual(set(wizard.line_ids.mapped("kind")), {"expected"})
        self.assertEqual((wizard.reserved_quantity, wizard.expected_quantity), (0, 10))
        self._take(taker)
        self.assertEqual((taker + first + second).mapped("promise_day"), dates)
        self._receive((product, 10))
        self._assert_reserved(first + second + taker, [0, 0, 10], "It gets what comes first.")

    def test_expected_supply_of_the_last_first(self):
        """Scenario: twenty come on day 2 for A and B, ten on day 9 for C. Expected: the last of them gives."""
        product = self._create_product("Beam")
        first, second, taker = self._create_waiting((product, 10), (product, 10), (product, 10))
        self._create_receipt((product, 20), days=2)
        self._create_receipt((product, 10), days=9)
        self.assertEqual(self._get_gifts(self._open(taker)), {second: 10})
        self.assertEqual(self._get_gifts(self._open(taker, quantity=4)), {second: 4})
        wizard = self._open(taker)
        self._untick(wizard, second)
        self.assertEqual(self._get_gifts(wizard), {}, "Without it nobody's turn is free.")
        self.assertTrue(first)

    def test_expected_supply_that_was_taken_back(self):
        """Scenario: ten come; B has taken A's turn, C B's turn, then A wants it again. Expected: the last who took it
        gives it, with a warning that names it today; nobody who took before is moved for what another one has."""
        product = self._create_product("Beam")
        first, second, third = self._create_waiting((product, 10), (product, 10), (product, 10))
        self._create_receipt((product, 10), days=2)
        self._take(second)
        wizard = self._open(third, reason="The crane is here")
        self.assertEqual(self._get_gifts(wizard), {second: 10})
        self.assertIn(second.picking_id.name, wizard.warning)
        wizard.is_warned = True
        wizard.action_apply()
        self._invalidate()
        self.assertEqual((first + second + third).mapped(lambda move: bool(move.promise_day)), [False, False, True])
        wizard = self._open(first)
        self.assertEqual(self._get_gifts(wizard), {third: 10})
        self.assertIn(third.picking_id.name, wizard.warning)

    def test_undone_in_the_order_of_taking(self):
        """Scenario: B has taken A's turn, C B's; C's is undone, then B's. Expected: B has it again, then A."""
        product = self._create_product("Beam")
        first, second, third = self._create_waiting((product, 10), (product, 10), (product, 10))
        self._create_receipt((product, 10), days=2)
        entries = [self._take(second).allocation_id]
        wizard = self._open(third, reason="The crane is here")
        wizard.is_warned = True
        wizard.action_apply()
        entries.append(wizard.allocation_id)
        for entry, winner in zip(reversed(entries), (second, first), strict=True):
            entry.with_user(self.manager).action_undo()
            self._invalidate()
            self.assertEqual((first + second + third).filtered("promise_day"), winner)
            self.assertIn("has its turn again", str(winner.picking_id.message_ids.mapped("body")))
            self.assertEqual(self._get_entries(winner)[-1].cause, "undo", "The log of who gave way says it, too.")
        self.assertFalse(third.taken_date)

    def test_units(self):
        """Scenario: a line in dozens waits; others have pieces. Expected: what the line can say in its unit."""
        product = self._create_product("Egg", stock=20)
        donor = self._create_delivery((product, 20)).move_ids
        taker = self._create_delivery((product, 2, self.dozen)).move_ids
        wizard = self._open(taker)
        self.assertEqual(wizard.quantity, 24, "In the product's unit.")
        gifts = self._get_gifts(wizard)
        self.assertEqual(gifts, {donor: 18}, "1.5 dozen: twenty cannot be said.")
        self._take(taker)
        self._assert_reserved(donor + taker, [2, 1.5], "Handed over.")

    def test_units_of_the_donor(self):
        """Scenario: a line has a dozen, seven pieces are wanted. Expected: six, so that its rest can be said."""
        product = self._create_product("Egg", stock=12)
        donor = self._create_delivery((product, 1, self.dozen)).move_ids
        taker = self._create_delivery((product, 7)).move_ids
        self.assertEqual(self._get_gifts(self._open(taker)), {donor: 6})
        self._take(taker)
        self._assert_reserved(donor + taker, [0.5, 6], "Handed over.")

    def test_two_steps(self):
        """Scenario: pick and ship: the delivery waits for its pick. Expected: the pick gets what another pick has."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=5)
        donor, taker = (self._create_order((product, 5)).picking_ids for _order in range(2))
        self._assert_reserved(donor.move_ids + taker.move_ids, [5, 0], "The first pick has it.")
        self._take(taker.move_ids)
        self._assert_reserved(donor.move_ids + taker.move_ids, [0, 5], "The second pick has it.")
        self._validate(taker)
        delivery = taker.move_ids.move_dest_ids
        self.assertEqual(delivery.quantity, 5)

    def test_who_waits_for_nothing(self):
        """Scenario: a line that has all, one that is done, one of a customer. Expected: refused in words."""
        donor, taker = self._create_two()
        with self.assertRaises(UserError):
            donor.with_user(self.manager).action_get_it()
        self._ship(donor.picking_id)
        with self.assertRaises(UserError):
            donor.with_user(self.manager).action_get_it()
        taker.picking_id.action_cancel()
        with self.assertRaises(UserError):
            taker.with_user(self.manager).action_get_it()

    def test_nobody_reads_by_a_foreign_line(self):
        """Scenario: a user of another company asks for a line that he cannot read. Expected: refused."""
        _donor, taker = self._create_two()
        stranger = self._hire("take_back_stranger", self.env["res.company"].create({"name": "Elsewhere"}))
        with self.assertRaises(AccessError):
            taker.with_user(stranger).action_get_it()
        with self.assertRaises(AccessError):
            wizard = self.env["stock.take.back"].with_user(stranger).create({"move_id": taker.id, "quantity": 5})
            wizard.action_ask()

    def test_queries(self):
        """Scenario: three, then thirty have it, and ten who expect some. Expected: it takes as many queries."""

        def count(donors):
            product = self._create_product("Beam", stock=2 * donors)
            lines = self._create_waiting(*[(product, 2)] * (donors + 10), (product, 5))
            for days in (2, 5):
                self._create_receipt((product, 13), days=days)
            taker = lines[-1]
            plan = self.env["stock.taking"]._plan(taker, 5, taker.browse())  # what is known once is known
            self._invalidate()
            before = self.cr.sql_log_count
            plan = self.env["stock.taking"]._plan(taker, 5, taker.browse())
            self.assertEqual(len(plan.reserved), 3)
            return self.cr.sql_log_count - before

        self.assertEqual(count(3), count(30))
