from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..supply.supply_common import SupplyCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestOverdue(SupplyCase):
    """A supply whose day is over is still expected, but promises nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.partner_id = cls.env["res.partner"].create({"name": "Yard", "tz": "UTC"})

    def _get_answer(self, record):
        self._invalidate()
        return (
            record.availability_text,
            record.qty_available_now,
            record.qty_short,
            record.qty_uncovered,
            record.promise_date,
        )

    def test_one_answer_everywhere(self):
        """Scenario: the receipt is 5 days late. Expected: line, order, transfer, page, paper, mail: no date."""
        product = self._create_bought("Beam", stock=2)
        order = self._create_order((product, 10))
        receipt = self._create_receipt((product, 8), days=-5)
        line, delivery = order.order_line, order.picking_ids
        for record in (line, delivery.move_ids):
            self.assertEqual(self._get_answer(record), ("2 now, 8 without a date", 2, 8, 0, False))
            self.assertEqual(record.availability_status, "short")
        self.assertEqual((order.promise_date, delivery.promise_date), (False, False))
        self.assertFalse(self._get_needs(product), "It is expected: there is nothing to buy.")
        page = self.env["stock.customer.page"]._get_values(delivery)
        self.assertEqual(page["promise_text"], "no date yet")
        self.assertEqual(page["lines"][0]["promise_text"], "no date yet")
        self.assertFalse(self.env["stock.customer.choice"]._get_promise_date(delivery), "No date to accept.")
        promise = delivery._get_tellable_promises()[delivery]
        self.assertEqual((promise.date, promise.is_late), (None, True), "What a mail tells.")
        [paper] = delivery._get_still_to_come_lines()
        self.assertEqual(paper["promise_text"], "no date yet")
        self.assertFalse(delivery.move_ids.first_promise_date, "Nothing was promised.")
        # staff see by how much
        self.assertIn("5 days late", delivery.move_ids.expected_from)
        self.assertIn("5 days late", receipt.pegged_table)
        self.assertIn("5 days late", delivery.move_ids.with_user(self.picker).allocation_explanation)
        self.assertTrue(receipt.is_late_supply)

    def test_expected_until_its_day_is_over(self):
        """Scenario: it is due at nine; it is evening, then the next day. Expected: today; then no date."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5), days=0)
        receipt.move_ids.date = "2026-11-20 09:00:00"
        move = self._create_delivery((product, 5)).move_ids
        with freeze_time("2026-11-20 20:00:00"):
            self.assertEqual(self._get_answer(move)[0], "5 on 20 Nov")
            self.assertEqual(move.promise_date, datetime(2026, 11, 20, 20), "Never in the past.")
            self.assertFalse(receipt.is_late_supply)
            self.assertNotIn("late", move.expected_from)
        with freeze_time("2026-11-21 00:30:00"):
            self.assertEqual(self._get_answer(move), ("5 without a date", 0, 5, 0, False))
            self.assertIn("1 day late", move.expected_from)

    def test_day_of_the_warehouse(self):
        """Scenario: the warehouse is in Auckland, where the day is over sooner. Expected: overdue by its calendar."""
        self.warehouse.partner_id.tz = "Pacific/Auckland"
        product = self._create_product("Beam")
        self._create_receipt((product, 5), days=0)  # 21 Nov, 21:00 in Auckland
        move = self._create_delivery((product, 5)).move_ids
        with freeze_time("2026-11-20 10:30:00"):
            self.assertTrue(self._get_answer(move)[4], "It is the same evening there.")
        with freeze_time("2026-11-20 11:30:00"):
            self.assertFalse(self._get_answer(move)[4], "Past midnight there, noon in UTC.")

    def test_behind_supply_with_a_date(self):
        """Scenario: 4 are overdue, 6 come in a week; two lines of 5. Expected: the first 5 have the date."""
        product = self._create_product("Beam")
        late = self._create_receipt((product, 4), days=-2)
        sure = self._create_receipt((product, 6), days=7)
        first, second = (self._create_delivery((product, 5)).move_ids for _number in range(2))
        self._invalidate()
        self.assertEqual(first.availability_text, "5 on 27 Nov")
        self.assertEqual(second.availability_text, "1 on 27 Nov, 4 without a date")
        self.assertEqual((second.qty_short, second.qty_uncovered, second.promise_date), (5, 0, False))
        self.assertEqual(second.earliest_promise_date, sure.move_ids.date)
        links = self.env["stock.pegging"]._get_links(product)
        self.assertEqual(
            [(link.claim_id, link.supply_id, link.quantity, link.is_late) for link in links],
            [
                (first.id, sure.move_ids.id, 5, False),
                (second.id, sure.move_ids.id, 1, False),
                (second.id, late.move_ids.id, 4, True),
            ],
        )

    def test_overdue_and_uncovered(self):
        """Scenario: 10 wanted, 4 overdue. Expected: 6 are to buy, none has a date."""
        product = self._create_bought("Beam")
        self._create_receipt((product, 4), days=-2)
        line = self._create_order((product, 10)).order_line
        self.assertEqual(self._get_answer(line), ("10 without a date", 0, 10, 6, False))
        self.assertEqual(self._get_needs(product).qty_uncovered, 6)

    def test_vendors_usual_delay_counts(self):
        """Scenario: due yesterday, but the vendor is usually 3 days late. Expected: the day with his delay."""
        self.company.promise_vendor_delay = True
        self.vendor._write_facts({"vendor_delay_days": 3})
        product = self._create_bought("Beam")
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [Command.create({"product_id": product.id, "product_qty": 5})],
            }
        )
        purchase.button_confirm()
        purchase.picking_ids.move_ids.date = datetime.now() - timedelta(days=1)
        move = self._create_delivery((product, 5)).move_ids
        self.assertEqual(self._get_answer(move)[0], "5 on 22 Nov")
        with freeze_time("2026-11-24 08:00:00"):
            self.assertEqual(self._get_answer(move)[0], "5 without a date")
            self.assertIn("2 days late", move.expected_from)

    def test_chained_supply(self):
        """Scenario: what was bought for the line alone is overdue. Expected: no date for it, either."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5), days=-3)
        delivery = self._create_delivery((product, 5), confirm=False)
        delivery.move_ids.write(
            {"procure_method": "make_to_order", "move_orig_ids": [Command.set(receipt.move_ids.ids)]}
        )
        delivery.action_confirm()
        self.assertEqual(self._get_answer(delivery.move_ids), ("5 without a date", 0, 5, 0, False))
        self.assertIn("3 days late", delivery.move_ids.expected_from)

    def test_dozens(self):
        """Scenario: 2 dozens wanted, 12 pieces overdue. Expected: 1 of 2 to buy."""
        product = self._create_bought("Beam")
        self._create_receipt((product, 12), days=-3)
        move = self._create_delivery((product, 2, self.dozen)).move_ids
        self.assertEqual(self._get_answer(move), ("2 without a date", 0, 2, 1, False))
