from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestRankingEdges(BackorderCase):
    """Who comes first where it hangs on a second, or where something is not known."""

    def _create_claim(self, product, quantity, ordered):
        claim = self._create_delivery((product, quantity), assign=False).move_ids
        claim.ordered_date = ordered
        return claim

    def _rank(self, *claims):
        """Return the *claims* as a list, the first served first."""
        self._invalidate()
        places = self.env["stock.ranking"]._get_positions(self.env["stock.move"].union(*claims))
        return sorted(claims, key=lambda claim: places[claim.id])

    def test_unknown_order_date_comes_last(self):
        """Scenario: a line of which nobody knows since when it waits, and a new one. Expected: the new one is first."""
        product = self._create_product("Beam")
        unknown, new = (self._create_claim(product, 1, date) for date in (False, fields.Datetime.now()))
        for policy in ("priority", "first_ordered", "deadline", "complete_orders"):
            self.warehouse.allocation_policy = policy
            self.assertEqual(self._rank(unknown, new), [new, unknown], policy)

    def test_guard_to_the_second(self):
        """Scenario: a big delivery was ordered 14 days ago, the guard; then a second before. Expected: it waits for
        longer than that only then."""
        self.warehouse.write({"allocation_policy": "complete_orders", "allocation_guard_days": 14})
        product = self._create_product("Beam")
        guard = fields.Datetime.now() - timedelta(days=14)
        big, small = self._create_claim(product, 9, guard), self._create_claim(product, 1, fields.Datetime.now())
        self.assertEqual(self._rank(big, small), [small, big])
        big.ordered_date = guard - timedelta(seconds=1)
        self.assertEqual(self._rank(big, small), [big, small])
