from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..restock_common import RestockCase

FIRST_CLAIMS = "odoo.addons.gse_backorder.models.engine.stock_pegging.FIRST_CLAIMS"


@tagged("post_install", "-at_install")
class TestEdges(RestockCase):
    """Claims and supplies that are out of the ordinary."""

    def _get_coverages(self, moves):
        self._invalidate()
        coverages = self.env["stock.pegging"]._get_coverage(moves)[0]
        return [coverages[move.id] for move in moves]

    def _create_place(self, name, parent):
        return self.env["stock.location"].create({"name": name, "usage": "internal", "location_id": parent.id})

    def test_debt(self):
        """Scenario: 3 too many have left, 5 come, 5 are wanted. Expected: two are for it; three are a need."""
        product = self._create_product("In debt", stock=-3)
        move = self._create_delivery((product, 5)).move_ids
        self._create_receipt((product, 5))
        [coverage] = self._get_coverages(move)
        self.assertEqual((coverage.now, coverage.expected, coverage.uncovered), (0, 2, 3))
        there = self.env["stock.supply"]._get_held_and_expected(product, self.stock)
        self.assertEqual(there, {(product.id, self.stock.id): (0, 5, 0)})
        need = self.env["stock.supply.need"].search([("product_id", "=", product.id)])
        self.assertEqual(need.qty_uncovered, 3, "The sums say the same.")

    def test_what_lies_below_a_shelf(self):
        """Scenario: a line takes from a shelf, the goods lie in its box. Expected: they can ship."""
        product = self._create_product("In a box")
        shelf = self._create_place("Shelf", self.stock)
        self._add_stock(product, 5, location=self._create_place("Box", shelf))
        move = self._create_delivery((product, 5), assign=False).move_ids
        move.location_id = shelf
        [coverage] = self._get_coverages(move)
        self.assertEqual(coverage.now, 5)

    def test_one_who_cannot_take_it(self):
        """Scenario: the first takes from an empty shelf, 5 lie elsewhere for the second, 2 come. Expected: the first
        gets these two."""
        product = self._create_product("Elsewhere", stock=5)
        moves = self._create_waiting((product, 5), (product, 5), assign=False)
        moves[0].location_id = self._create_place("Shelf", self.stock)
        self._create_receipt((product, 2))
        first, second = self._get_coverages(moves)
        self.assertEqual((first.now, first.expected, first.uncovered), (0, 2, 3))
        self.assertEqual(second.now, 5)

    def test_many_claims(self):
        """Scenario: more wait than are ranked at first, the last made has ordered first. Expected: all get theirs, and
        of less the first in the ranking."""
        product = self._create_product("For many")
        moves = self._create_waiting((product, 1), (product, 1), (product, 1))
        self._order_one_after_another(moves[::-1])
        with patch(FIRST_CLAIMS, 1):
            self._receive((product, 1))
            self._assert_reserved(moves, [0, 0, 1], "In ranking.")
            self._receive((product, 2))
            self._assert_reserved(moves, [1, 1, 1], "As far as it reaches.")

    def test_draft_of_the_same_second(self):
        """Scenario: 2 are there for a delivery that was made late in this second; a draft wants 2. Expected: it gets
        nothing, as it would be ordered behind it."""
        product, now = self._create_product("Within a second"), fields.Datetime.now()
        first = self._create_delivery((product, 2), confirm=False)
        self.env.cr.execute(
            "UPDATE stock_picking SET create_date = %s WHERE id = %s", [now + timedelta(milliseconds=900), first.id]
        )
        self._invalidate()
        first.action_confirm()
        self._add_stock(product, 2)
        draft = self._create_delivery((product, 2), confirm=False)
        with patch.object(fields.Datetime, "now", return_value=now):
            self.assertEqual(draft.move_ids.qty_available_now, 0)

    def test_draft_with_a_star(self):
        """Scenario: 12 are there for who waits; a draft wants a dozen, then with the star. Expected: with it, it would
        have them, and without it nothing."""
        product = self._create_product("Wanted")
        self._create_delivery((product, 12))
        self._add_stock(product, 12)
        draft = self._create_delivery((product, 1, self.dozen), confirm=False)
        self.assertEqual(draft.move_ids.qty_available_now, 0)
        draft.priority = "1"
        self._invalidate()
        self.assertEqual(draft.move_ids.qty_available_now, 1, "A dozen, of twelve.")
