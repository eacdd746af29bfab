from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestSupplyOrderFacts(SupplyCase):
    """What is needed is told by the engine: a purchaser chooses the vendor and how much, by whatever way he writes."""

    def setUp(self):
        super().setUp()
        self.beam = self._create_bought("Beam")
        self._create_order((self.beam, 10))
        self.wizard = self._open_wizard(self._get_needs(self.beam))

    def _resupply(self, product):
        """Let the test warehouse be sent the product from another one, by Odoo's own rule."""
        other = self.env["stock.warehouse"].create({"name": "Central", "code": "CEN"})
        self.warehouse.resupply_wh_ids = other
        product.route_ids = [Command.set(self.warehouse.resupply_route_ids.ids)]
        self._invalidate()

    def test_line_of_no_need(self):
        """Scenario: by RPC a purchaser makes a line of what nobody wants, in a wizard of his own, in the engine's, by
        copy and by default; or lets the engine's line be of it. Expected: refused, and nothing is ordered or sent."""
        wool = self._create_product("Wool")
        self._resupply(wool)
        lines = self.wizard.line_ids
        values = {"product_id": wool.id, "warehouse_id": self.warehouse.id, "quantity": 500}
        attempts = {
            "a wizard": lambda: self.wizard.create({"line_ids": [Command.create(values)]}),
            "a line": lambda: lines.create({**values, "wizard_id": self.wizard.id, "qty_needed": 0}),
            "a line of the wizard": lambda: self.wizard.write({"line_ids": [Command.create(values)]}),
            "by default": lambda: lines.with_context(
                default_product_id=wool.id, default_warehouse_id=self.warehouse.id
            ).create({"wizard_id": self.wizard.id, "quantity": 500}),
            "a copy": lambda: lines.copy({"product_id": wool.id}),
            "another product": lambda: lines.write({"product_id": wool.id}),
            "another need": lambda: lines.write({"qty_needed": 0}),
            "in the wizard": lambda: self.wizard.write(
                {"line_ids": [Command.update(lines.id, {"product_id": wool.id, "qty_needed": 0})]}
            ),
        }
        for way, attempt in attempts.items():
            with self.subTest(way), self.assertRaises(UserError):
                attempt()
        self.assertEqual((lines.product_id, lines.qty_needed), (self.beam, 10))
        self.assertFalse(self.env["stock.move"].search([("product_id", "=", wool.id)]))

    def test_need_is_over(self):
        """Scenario: a line of what is on draft already, of which more is wanted; then nobody wants it any more.
        Expected: more of it is ordered while somebody does, and nothing when nobody does."""
        self.wizard.action_order()
        more, idle = (self._open_wizard(self._get_needs(self.beam)) for _number in range(2))
        self.assertEqual((more.line_ids.qty_needed, idle.line_ids.qty_needed), (0, 0))
        more.line_ids.quantity = idle.line_ids.quantity = 5
        more.action_order()
        self.assertEqual(self.wizard.purchase_ids.order_line.product_qty, 15, "A purchaser may choose to order more.")
        self.env["sale.order"].search([("order_line.product_id", "=", self.beam.id)])._action_cancel()
        self._invalidate()
        with self.assertRaisesRegex(UserError, "Beam"):
            idle.action_order()
        self.assertEqual(self.wizard.purchase_ids.order_line.product_qty, 15)

    def test_need_of_a_rule_is_over(self):
        """Scenario: 10 are to be sent from another warehouse; the order is cancelled while the wizard is open and its
        line needs nothing. Expected: told, and no transfer is made."""
        wool = self._create_product("Wool")
        self._resupply(wool)
        order = self._create_order((wool, 10))
        wizard = self._open_wizard(self._get_needs(wool))
        wizard.line_ids._write_facts({"qty_needed": 0})
        wizard.line_ids.quantity = 500
        order._action_cancel()
        self._invalidate()
        with self.assertRaisesRegex(UserError, "Wool"):
            wizard.action_order()
        self.assertEqual(self.env["stock.move"].search([("product_id", "=", wool.id)]).picking_id, order.picking_ids)

    def test_sizes(self):
        """Scenario: nonsense instead of a quantity. Expected: refused in words; any real one is the purchaser's."""
        line = self.wizard.line_ids
        for size in (-1, float("nan"), float("inf"), float("-inf"), 1e40):
            with self.subTest(size), self.assertRaises(UserError):
                line.quantity = size
                self.wizard.action_order()
            self._invalidate()
        for quantity in (0, 3, 25):
            line.quantity = quantity
        self.wizard.action_order()
        self.assertEqual(self.wizard.purchase_ids.order_line.product_qty, 25)

    def test_what_was_read_is_sent_back(self):
        """Scenario: a client sends back all that it has read of a line, and another quantity. Expected: it is taken."""
        line = self.wizard.line_ids
        names = ["product_id", "warehouse_id", "deadline", "qty_uncovered", "qty_needed", "qty_draft"]
        [values] = line.read(names, load=None)
        values.pop("id")
        self.wizard.write({"line_ids": [Command.update(line.id, {**values, "quantity": 4})]})
        with Form(self.wizard) as form, form.line_ids.edit(0) as edited:
            edited.quantity = 5
        self.wizard.action_order()
        self.assertEqual(self.wizard.purchase_ids.order_line.product_qty, 5)
