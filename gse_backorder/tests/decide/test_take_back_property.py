from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..chance import draw_from, some_of, undone, usually
from .take_back_common import TakeBackCase

POLICIES = ("priority", "first_ordered", "deadline", "complete_orders")


@tagged("post_install", "-at_install")
class TestTakeBackProperty(TakeBackCase):
    """Random stocks, orders, supplies and policies: what a plan shows is what then is, and undone it is as it was."""

    def test_what_is_shown_is_what_then_is(self):
        """Scenario: random lines are got, with random lines unticked. Expected: every promise is the one that was
        shown, nobody else's is later, no more is taken than was wanted, totals are whole; undone, all is as before."""
        taken = moved = undone_count = 0
        for number in range(some_of(75)):
            self.random = draw_from(f"take back {number}")
            with undone(self.env), self.subTest(number):
                lines = self._make_story()
                self._check_totals(lines)
                taker = self._choose_taker(lines)
                if not taker:
                    continue
                wizard = self._draw_plan(taker)
                before = self._read(lines)
                if not wizard.reserved_quantity and not wizard.expected_quantity:
                    continue
                taken += 1
                moved += bool(wizard.expected_quantity)
                self._check_done(wizard, taker, lines, before)
                undone_count += self._check_undone(wizard, lines, before)
        self.assertGreater(taken, usually(15), "Something was taken back.")
        self.assertGreater(moved, usually(3), "Of what others expect, too.")
        self.assertGreater(undone_count, usually(10), "And undone.")

    # ---- a story -------------------------------------------------------------

    def _make_story(self):
        """Return the lines of one product that have its stock, or wait for it."""
        draw = self.random
        self.warehouse.write({"allocation_policy": draw.choice(POLICIES), "keep_promises": draw.random() < 0.5})
        product = self._create_product("Beam", stock=draw.choice((0, 0, 6, 12)))
        board = self._create_product("Board", stock=draw.choice((0, 1)))  # some lines ship together with one of these
        self._create_receipt((board, 1), days=draw.choice((2, 12)))
        for _receipt in range(draw.randint(0, 4)):
            self._create_receipt((product, draw.randint(1, 15)), days=draw.choice((-3, 1, 4, 9, 20)))
        lines = self.env["stock.move"]
        for age in range(draw.randint(3, 9)):
            unit = (self.dozen,) if draw.random() < 0.1 else ()
            quantity = 1 if unit else draw.randint(1, 9)
            companion = [(board, 1)] if draw.random() < 0.2 else []
            move = self._create_delivery(
                (product, quantity, *unit),
                *companion,
                assign=draw.random() < 0.9,
                priority=draw.choice("00001"),
                move_type="one" if companion else "direct",
            ).move_ids.filtered(lambda line: line.product_id == product)
            move.ordered_date = fields.Datetime.now() - timedelta(days=10 - age)
            if draw.random() < 0.5:
                move.date_deadline = fields.Datetime.now() + timedelta(days=draw.randint(0, 25))
            if draw.random() < 0.15:
                move.picking_id.printed = True
            if draw.random() < 0.1:
                move.move_line_ids.picked = True
            lines |= move
        if draw.random() < 0.5 and product.qty_available:
            self.env["stock.allocation"]._hand_out()
        self._invalidate()
        return lines

    def _choose_taker(self, lines):
        waiting = lines.filtered(lambda move: move.can_get_it and not move.picked)
        return self.random.choice(list(waiting)) if waiting else None

    def _draw_plan(self, taker):
        quantity = self.random.choice((1, 3, 1000))
        wizard = self._open(taker, quantity=quantity)
        given = [line.move_id for line in wizard.line_ids if line.is_taken]
        if given and self.random.random() < 0.3:
            spared = self.random.choice(given)
            self._untick(wizard, spared)
            self.assertNotIn(spared, self._get_gifts(wizard), "Who is unticked gives nothing.")
        self.assertLessEqual(
            wizard.reserved_quantity + wizard.expected_quantity, min(quantity, wizard.lacking_quantity)
        )
        return wizard

    def _read(self, lines):
        """Return ``{move: (reserved, day of the promise)}``."""
        self._invalidate()
        return {move: (move.quantity, move.promise_day) for move in lines}

    # ---- what must be true -----------------------------------------------------

    def _check_done(self, wizard, taker, lines, before):
        shown = {line.move_id: line for line in wizard.line_ids if line.is_taken}
        reserved = wizard.reserved_quantity
        untouched = {
            move: move.quantity for move in lines if move.picking_id.printed or any(move.move_line_ids.mapped("picked"))
        }
        wizard.reason = "The site stands still"
        self.assertEqual(wizard.action_apply()["type"], "ir.actions.act_window_close", "Nothing has changed meanwhile.")
        after = self._read(lines)
        self._check_totals(lines)
        for move, quantity in untouched.items():
            self.assertGreaterEqual(move.quantity, quantity if move != taker else 0, "What was begun with stays.")
        unit = taker.product_id.uom_id
        given = taker.product_uom._compute_quantity(after[taker][0] - before[taker][0], unit, round=False)
        self.assertAlmostEqual(given, reserved, places=2, msg="Exactly what was shown.")
        self.assertEqual(taker._get_day(wizard.promise_after), after[taker][1])
        for move, (_quantity, day) in after.items():
            if move in shown:
                self.assertEqual(day, move._get_day(shown[move].promise_after), "As it was shown.")
            elif move != taker:
                old_day = before[move][1]
                self.assertTrue((day and (not old_day or day <= old_day)) or not old_day, "Whom it hurts is shown.")

    def _check_undone(self, wizard, lines, before):
        """Undo it where nothing was picked; return whether it was."""
        if wizard.move_id.picking_id.printed or any(wizard.move_id.move_line_ids.mapped("picked")):
            return False
        wizard.allocation_id.action_undo()
        self.assertEqual(self._read(lines), before, "As it was.")
        self._check_totals(lines)
        return True

    def _check_totals(self, lines):
        quants = self.env["stock.quant"].search(
            [("product_id", "=", lines.product_id.id), ("location_id", "child_of", self.stock.id)]
        )
        on_lines = sum(lines.move_line_ids.mapped("quantity_product_uom"))
        self.assertAlmostEqual(sum(quants.mapped("reserved_quantity")), on_lines, places=2)
        self.assertLessEqual(on_lines, sum(quants.mapped("quantity")) + 0.01)
