from datetime import timedelta

from odoo.tests import tagged

from .test_what_if import WhatIfCase


@tagged("post_install", "-at_install")
class TestWhatIfTogether(WhatIfCase):
    """What ships all together is told of as all other screens tell of it: it ships when the last of it comes."""

    def test_ships_together(self):
        """Scenario: two lines ship together, one of them is there, and what comes for the other is late. Expected: both
        ship later, as their delivery says; where one has no date, what comes for the other changes nothing."""
        nail = self._create_product("Nail", 1)
        whole = self._create_delivery((self.beam, 4), (nail, 1), move_type="one")
        beams, nails = whole.move_ids
        receipt = self._create_receipt((self.beam, 4), days=10)
        what_if = self._ask({"kind": "late", "receipt_ids": receipt.ids, "days": 10})
        lines = {line.move_id.sudo(): line for line in what_if.line_ids}
        self.assertEqual({lines[beams].day_before, lines[nails].day_before}, {whole.promise_day})
        self.assertEqual(lines[nails].day_after, lines[beams].day_after)
        self.assertEqual(lines[nails].outcome, "loss")
        self.assertEqual(lines[nails].breaks, lines[beams].breaks, "It was promised for the same day.")
        receipt.move_ids.date += timedelta(days=10)
        self._invalidate()
        self.assertEqual((whole.promise_day, nails.promise_day), (lines[beams].day_after, lines[nails].day_after))
        dateless = self._create_delivery((self.beam, 40), (nail, 1), move_type="one")
        more_nails = self._create_receipt((nail, 5), days=5)
        what_if = self._ask({"kind": "late", "receipt_ids": more_nails.ids, "days": 1})
        self.assertNotIn(dateless, what_if.line_ids.picking_id.sudo(), "Its beams have no date.")
