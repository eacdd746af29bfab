from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.chain.stock_day_mixin import MOST_DAYS
from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestBadInput(BackorderCase):
    """A clear error or the right result; never a lost quantity."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_product("Beam", stock=10)

    def _assert_refused(self, delivery, action):
        before = (delivery.state, delivery.items_ordered, delivery.items_open, delivery.backorder_ids)
        with self.assertRaises(UserError) as error, self.cr.savepoint():
            action()
        self.assertTrue(str(error.exception).strip(), "The error says something.")
        self._invalidate()
        self.assertEqual(
            (delivery.state, delivery.items_ordered, delivery.items_open, delivery.backorder_ids), before, "As it was."
        )

    def test_validating_nothing(self):
        """Scenario: nothing is in stock, Validate is pressed. Expected: a clear refusal."""
        delivery = self._create_delivery((self._create_product("Nail"), 5))
        self._assert_refused(delivery, delivery.button_validate)

    def test_absurd_days(self):
        """Scenario: days that are negative, or lead beyond all calendars. Expected: refused; a century works."""
        for record, name in (
            (self.company, "allocation_log_days"),
            (self.company, "promise_notice_days"),
            (self.warehouse, "allocation_guard_days"),
        ):
            for days in (-1, MOST_DAYS + 1, 2**31 - 1):
                with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.cr.savepoint():
                    record.write({name: days})
                    self.env.flush_all()
                record.invalidate_recordset()
            record.write({name: MOST_DAYS})
        self.warehouse.allocation_policy = "complete_orders"
        delivery = self._create_delivery((self.product, 5))
        self.assertEqual(delivery.state, "assigned", "It can still be ranked by how long it has waited.")
        self.assertEqual(self.env["stock.completion"]._gc_completions(), (0, 0), "And nothing is so old.")

    def test_zero_quantity(self):
        """Scenario: the only line is set to zero. Expected: a clear refusal."""
        delivery = self._create_delivery((self.product, 5))
        delivery.move_ids.quantity = 0
        self._assert_refused(delivery, delivery.button_validate)

    def test_zero_on_one_of_two_lines(self):
        """Scenario: one line ships in full, the other is set to zero. Expected: the other is the backorder."""
        other = self._create_product("Nail", stock=5)
        delivery = self._create_delivery((self.product, 5), (other, 5))
        backorder = self._ship(delivery, 5, 0)
        self.assertEqual(backorder.move_ids.mapped("product_uom_qty"), [5], "All five of it.")
        self.assertEqual(backorder.move_ids.product_id, other, "And nothing else.")

    def test_negative_quantity(self):
        """Scenario: a negative quantity is keyed. Expected: a clear refusal, or nothing ships and nothing is lost."""
        delivery = self._create_delivery((self.product, 5))

        def ship_negative():
            delivery.move_ids.quantity = -3
            delivery.button_validate()

        self._assert_refused(delivery, ship_negative)

    def test_more_than_ordered(self):
        """Scenario: 7 of 5 ordered are shipped. Expected: all 7 ship, no backorder, the chain is done."""
        delivery = self._create_delivery((self.product, 5))
        self.assertFalse(self._ship(delivery, 7), "Nothing remains.")
        self.assertEqual((delivery.items_shipped, delivery.fulfillment_state), (7, "done"), "Seven have left.")

    def test_more_than_ordered_on_one_line_less_on_another(self):
        """Scenario: one line over, one line under. Expected: the backorder holds only what is under."""
        other = self._create_product("Nail", stock=5)
        backorder = self._ship(self._create_delivery((self.product, 5), (other, 5)), 7, 3)
        self.assertEqual(
            [(move.product_id, move.product_uom_qty) for move in backorder.move_ids], [(other, 2)], "Two nails."
        )

    def test_cancelling_the_root(self):
        """Scenario: a split original is cancelled. Expected: its backorder stays open, with all its quantity."""
        root = self._create_delivery((self.product, 10))
        root.move_ids.quantity = 6
        root.action_split_transfer()
        backorder = root.backorder_ids
        root.action_cancel()
        self.assertEqual((root.fulfillment_state, backorder.state), ("cancel", "assigned"), "Only what was asked.")
        self.assertEqual((root.items_cancelled, backorder.items_open), (6, 4), "10 = 6 cancelled + 4 open.")
        self._ship(backorder)
        self.assertEqual(backorder.fulfillment_state, "closed_short", "6 of the 10 that were ordered never come.")

    def test_deleting_the_root(self):
        """Scenario: a cancelled original is deleted. Expected: refused while backorders are counted from it."""
        root = self._create_delivery((self.product, 10))
        root.move_ids.quantity = 6
        root.action_split_transfer()
        backorder = root.backorder_ids
        root.action_cancel()
        with self.assertRaisesRegex(UserError, f"{root.name}.*{backorder.name}"), self.cr.savepoint():
            root.unlink()
        self.assertEqual((backorder.exists(), backorder.backorder_root_id), (backorder, root), "Nothing is lost.")
        (root | backorder).unlink()
        self.assertFalse((root | backorder).exists(), "Together they may go.")

    def test_deleting_a_backorder(self):
        """Scenario: a backorder is deleted, open or cancelled. Expected: refused, the rest would be forgotten."""
        root = self._create_delivery((self.product, 10))
        backorder = self._ship(root, 6)
        for _state in ("open", "cancelled"):
            with self.assertRaisesRegex(UserError, backorder.name), self.cr.savepoint():
                backorder.unlink()
            backorder.action_cancel()
        self.assertEqual((root.fulfillment_state, backorder.items_cancelled), ("closed_short", 4), "Nothing is lost.")

    def test_deleting_an_empty_backorder(self):
        """Scenario: a backorder without lines is deleted. Expected: it may go; its number is not given again."""
        root = self._create_delivery((self.product, 10))
        root.copy({"name": "/", "backorder_id": root.id, "move_ids": []}).unlink()
        self.assertEqual(self._ship(root, 6).backorder_index, 2, "A number that was once on paper stays unique.")

    def test_backorder_of_itself(self):
        """Scenario: code links a chain into a circle. Expected: a clear refusal."""
        root = self._create_delivery((self.product, 10))
        first = self._ship(root, 4)
        second = self._ship(first, 3)
        for original in (root, first, second):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                root.backorder_id = original
        self.assertFalse(root.backorder_id, "As it was.")

    def test_default_backorder_id(self):
        """Scenario: the client sends default_backorder_id. Expected: the same as writing it."""
        root = self._create_delivery((self.product, 10))
        created = root.with_context(default_backorder_id=root.id).create({"picking_type_id": self.delivery_type.id})
        self.assertEqual((created.name, created.backorder_root_id), (f"{root.name}-R1", root), "It is numbered.")

    def test_backorder_of_another_company(self):
        """Scenario: code links transfers of two companies. Expected: a clear refusal."""
        other_company = self.env["res.company"].create({"name": "Other"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other_company.id)])
        root = self._create_delivery((self.product, 10))
        with self.assertRaises(UserError), self.cr.savepoint():
            self.env["stock.picking"].create(
                {
                    "backorder_id": root.id,
                    "picking_type_id": warehouse.out_type_id.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "location_dest_id": self.customers.id,
                }
            )
