from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestOutcome(BackorderCase):
    """What the screen says when somebody has pressed Validate."""

    def _validate(self, transfers):
        """Return what is told to the picker who validates *transfers*."""
        transfers = transfers.with_user(self.picker)
        self.assertIs(transfers.button_validate(), True, "The button answers as it does in Odoo.")
        return transfers.get_outcome()

    def test_shipped_in_part(self):
        """Scenario: 540 of 850 ship, the rest comes in a week. Expected: both are told, the rest can be opened."""
        beam, shingle = self._create_product("Beam", stock=480), self._create_product("Shingle", stock=60)
        self._create_receipt((shingle, 310))
        delivery = self._create_delivery((beam, 480), (shingle, 370))
        outcome = self._validate(delivery)
        backorder = delivery.backorder_ids
        day = backorder._format_day(backorder.promise_date)
        self.assertEqual(outcome["message"], f"540 shipped, -R1 with 310 on {day}")
        self.assertEqual(outcome["link"], "Open -R1")
        self.assertEqual(outcome["action"]["res_id"], backorder.id)

    def test_without_a_date(self):
        """Scenario: nothing is expected; later the last of it ships. Expected: no date; then that nothing is left."""
        product = self._create_product("Beam", stock=2)
        delivery = self._create_delivery((product, 5))
        self.assertEqual(self._validate(delivery)["message"], "2 shipped, -R1 with 3, without a date")
        self._add_stock(product, 3)
        delivery.backorder_ids.action_assign()
        self.assertEqual(self._validate(delivery.backorder_ids), {"message": "3 shipped, nothing is left"})

    def test_given_up(self):
        """Scenario: the type makes no backorders. Expected: what was cancelled is told."""
        self.delivery_type.create_backorder = "never"
        delivery = self._create_delivery((self._create_product("Beam", stock=2), 5))
        self.assertEqual(self._validate(delivery), {"message": "2 shipped, 3 cancelled"})

    def test_asked_first(self):
        """Scenario: the type asks about the rest. Expected: nothing has happened yet, and nothing is told."""
        self.delivery_type.create_backorder = "ask"
        delivery = self._create_delivery((self._create_product("Beam", stock=2), 5)).with_user(self.picker)
        self.assertEqual(delivery.button_validate()["res_model"], "stock.backorder.confirmation")
        self.assertFalse(delivery.get_outcome())

    def test_received_late_in_part(self):
        """Scenario: 4 of 9 come, of a receipt in time and of one that is five days late. Expected: no day gone by."""
        self.warehouse.in_type_id.create_backorder = "always"
        for days, words in ((2, " on {day}"), (-5, ", without a date")):
            receipt = self._create_receipt((self._create_product("Beam"), 9), days=days)
            receipt.move_ids.quantity = 4
            told = words.format(day=receipt._format_day(receipt.scheduled_date))
            message = self._validate(receipt)["message"]
            self.assertEqual(message, f"4 received, {receipt.backorder_ids.name} with 5{told}")

    def test_received_and_moved(self):
        """Scenario: a receipt, and two deliveries at once. Expected: in their words, together."""
        product = self._create_product("Beam", stock=4)
        receipt = self._create_receipt((product, 9))
        self.assertEqual(self._validate(receipt), {"message": "9 received, nothing is left"})
        both = self._create_delivery((product, 20)) | self._create_delivery((self._create_product("Wool", 1), 2))
        outcome = self._validate(both)
        self.assertEqual(outcome["message"], "2 transfers: 14 shipped, 2 backorders with 8")
        self.assertEqual(self.env["stock.picking"].search(outcome["action"]["domain"]), both.backorder_ids)
