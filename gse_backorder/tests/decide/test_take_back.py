from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

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

    def test_undo(self):
        """Scenario: it is undone, twice. Expected: A has it again, B waits where it did."""
        donor, taker = self._create_two()
        entry = self._take(taker).allocation_id
        for _click in range(2):
            entry.with_user(self.manager).action_undo()
            self._assert_reserved(donor | taker, [5, 0], "Given back.")
        self.assertFalse(taker.taken_quantity)
        self.assertFalse(entry.can_undo)
