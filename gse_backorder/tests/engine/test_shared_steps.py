from odoo import Command
from odoo.tests import tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestSharedSteps(RestockCase):
    """Lines that wait for several moves before them, and share these with others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_product("Bought")
        cls.soon, cls.late = (cls._create_receipt((cls.product, 6 - 2 * n), days=3 + 6 * n).move_ids for n in range(2))

    def _bring_to(self, moves):
        """Let *moves* wait for both receipts, of 6 in three days and of 4 in nine."""
        both = self.soon | self.late
        moves.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(both.ids)]})
        self._invalidate()

    def _get_told(self, moves):
        coverages = self.env["stock.pegging"]._get_coverage(moves)[0]
        return [(coverages[move.id].expected, coverages[move.id].expected_date) for move in moves]

    def test_two_of_two(self):
        """Scenario: two lines of 5 wait for both. Expected: the first has 5 of the first, the other the rest."""
        moves = self._create_waiting((self.product, 5), (self.product, 5), assign=False)
        self._bring_to(moves)
        self.assertEqual(self._get_told(moves), [(5, self.soon.date), (5, self.late.date)])

    def test_more_than_there_is(self):
        """Scenario: lines of 7 and 5 wait for both. Expected: three are left for the second, and two are missing."""
        moves = self._create_waiting((self.product, 7), (self.product, 5), assign=False)
        self._bring_to(moves)
        self.assertEqual(self._get_told(moves), [(7, self.late.date), (3, self.late.date)])
        coverages = self.env["stock.pegging"]._get_coverage(moves)[0]
        self.assertEqual(coverages[moves[1].id].uncovered, 2)

    def test_one_needs_the_first_only(self):
        """Scenario: one line of 5 waits for both. Expected: promised with the first: nothing of the other is its."""
        moves = self._create_waiting((self.product, 5), assign=False)
        self._bring_to(moves)
        self.assertEqual(self._get_told(moves), [(5, self.soon.date)])

    def test_late_one_comes_last(self):
        """Scenario: the first is overdue. Expected: what has a date serves first."""
        self.soon.date = "2020-01-01"
        moves = self._create_waiting((self.product, 4), assign=False)
        self._bring_to(moves)
        self.assertEqual(self._get_told(moves), [(4, self.late.date)])

    def test_cancelled_one_takes_nothing(self):
        """Scenario: of two lines of 5 the first is cancelled. Expected: the second comes first."""
        moves = self._create_waiting((self.product, 5), (self.product, 5), assign=False)
        self._bring_to(moves)
        moves[0]._action_cancel()
        self._invalidate()
        self.assertEqual(self._get_told(moves[1]), [(5, self.soon.date)])

    def test_one_of_two_has_come(self):
        """Scenario: a line of 10 waits for both, the first has come. Expected: the rest comes with the other, and the
        line stands in no queue: others may not have its goods, nor it theirs."""
        move = self._create_waiting((self.product, 10), assign=False)
        self._bring_to(move)
        self._validate(self.soon.picking_id)
        self._invalidate()
        [coverage] = self.env["stock.pegging"]._get_coverage(move)[0].values()
        self.assertEqual((coverage.now, coverage.expected, coverage.expected_date), (6, 4, self.late.date))
        self.assertIsNone(self.env["stock.pegging"]._get_queue(move))
