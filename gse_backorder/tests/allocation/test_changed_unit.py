from odoo.tests import tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestChangedUnit(RestockCase):
    """A line that gets another unit wants more of its product, or less, as one that gets another quantity does."""

    def test_raised(self):
        """Scenario: 100 pieces in stock, 10 reserved; the line is to be 10 dozens. Expected: short, before the commit
        it takes what lies free, the rest is needed, and only ten were promised."""
        product = self._create_product("Egg", stock=100)
        [move] = self._create_waiting((product, 10))
        self._write_promise(move)
        move.product_uom = self.dozen
        self.assertEqual((move.state, move.picking_id.fulfillment_state), ("partially_available", "partial"))
        self.cr.flush()
        self._invalidate()
        self.assertEqual(move._get_filled_in_product_unit(), 100)
        self.assertEqual((move.state, move.availability_status), ("partially_available", "short"))
        need = self.env["stock.supply.need"].search([("product_id", "=", product.id)])
        self.assertEqual(need.qty_uncovered, 20)
        self.assertEqual(move.first_promise_quantity, 10)

    def _write_promise(self, move):
        move._write_facts({"first_promise_date": "2026-11-20 12:00:00", "kept_quantity": 10})

    def test_lowered(self):
        """Scenario: 120 pieces are reserved for 10 dozens, which are to be pieces. Expected: it keeps 10, and no more
        is kept for it; who waits gets the others at once, for that reason."""
        product = self._create_product("Egg", stock=120)
        [move] = self._create_waiting((product, 10, self.dozen))
        [waiting] = self._create_waiting((product, 50))
        move._write_facts({"kept_quantity": 100})
        move.product_uom = self.unit
        self._assert_reserved(move | waiting, [10, 50], "It is handed out.")
        self.assertEqual(self._get_log(waiting).mapped("cause")[-1], "lower")
        self.assertEqual((move.state, move.kept_quantity), ("assigned", 10))

    def test_the_same_in_another_unit(self):
        """Scenario: a dozen instead of 12 pieces that are reserved. Expected: they stay reserved, and are all."""
        product = self._create_product("Egg", stock=12)
        [move] = self._create_waiting((product, 12))
        [waiting] = self._create_waiting((product, 5))
        move.write({"product_uom": self.dozen.id, "product_uom_qty": 1})
        self.cr.flush()
        self._invalidate()
        self.assertEqual((move.state, move._get_filled_in_product_unit(), waiting.quantity), ("assigned", 12, 0))
        self.assertEqual((move.availability_status, move.availability_text), ("available", "1 now"))

    def test_product_gets_another_unit(self):
        """Scenario: what was counted in pieces were dozens all along. Expected: the same numbers."""
        product = self._create_product("Egg", stock=8)
        [move] = self._create_waiting((product, 10))
        self._write_promise(move)
        product.uom_id = self.dozen
        self.cr.flush()
        self._invalidate()
        self.assertEqual((move.product_uom, move.product_qty, move.quantity), (self.dozen, 10, 8))
        self.assertEqual((move.state, move.availability_text), ("partially_available", "8 now, 2 without a date"))
        self.assertEqual((move.first_promise_quantity, move.kept_quantity), (0, 10))

    def test_supply(self):
        """Scenario: a receipt of 10 pieces is to bring dozens. Expected: 120 are expected, for who waits."""
        product = self._create_product("Egg")
        [move] = self._create_waiting((product, 100))
        receipt = self._create_receipt((product, 10))
        receipt.move_ids.product_uom = self.dozen
        self._invalidate()
        self.assertEqual((receipt.move_ids.product_qty, move.qty_uncovered), (120, 0))
