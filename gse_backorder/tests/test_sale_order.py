from freezegun import freeze_time

from odoo.tests import Form, tagged

from .common import BackorderCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestSaleOrder(BackorderCase):
    """The salesperson sees line by line what ships now and what waits, before and after confirming."""

    def _words(self, order):
        self._invalidate()
        return order.order_line.mapped("availability_text")

    def test_quotation_is_judged_before_confirming(self):
        """Scenario: a quotation of three lines. Expected: green, orange and red as if it were confirmed now."""
        enough, some, none = (self._create_product(name, stock) for name, stock in (("A", 5), ("B", 2), ("C", 0)))
        order = self._create_order((enough, 5), (some, 5), (none, 5), confirm=False)
        expected = ["5 now", "2 now, 3 without a date", "nothing in stock or on order"]
        self.assertEqual(self._words(order), expected, "Before confirming.")
        self.assertEqual(order.availability_status, "missing", "The order is as good as its worst line.")
        order.action_confirm()
        self.assertEqual(self._words(order), expected, "Confirming changes nothing of it.")

    def test_quotation_ranks_behind_orders(self):
        """Scenario: an order already claims the stock. Expected: the quotation gets what is left."""
        product = self._create_product("A", stock=10)
        self._create_delivery((product, 7), assign=False)
        order = self._create_order((product, 5), (product, 5), confirm=False)
        self.assertEqual(
            self._words(order),
            ["3 now, 2 without a date", "nothing in stock or on order"],
            "And its own lines do not share the same units.",
        )

    def test_typing_a_quotation(self):
        """Scenario: the salesperson types a line. Expected: the status is there before he saves."""
        product = self._create_product("A", stock=3)
        with Form(self.env["sale.order"].with_user(self.salesperson)) as form:
            form.partner_id = self.customer
            form.warehouse_id = self.warehouse
            with form.order_line.new() as line:
                line.product_id = product
                line.product_uom_qty = 5
                self.assertEqual(line.availability_status, "short", "While it is typed.")
                line.product_uom_qty = 2
                self.assertEqual(line.availability_status, "available", "And corrected.")

    def test_line_over_its_life(self):
        """Scenario: 10 ordered, 4 in stock, shipped in two parts. Expected: the line tells what is still open."""
        product = self._create_product("A", stock=4)
        order = self._create_order((product, 10))
        line = order.order_line
        delivery = order.picking_ids
        backorder = self._ship(delivery)
        self._invalidate()
        self.assertEqual((line.qty_available_now, line.qty_short, line.qty_uncovered), (0, 6, 6), "Six are open.")
        self._add_stock(product, 6)
        self.assertEqual(self._words(order), ["6 now"], "Six came in.")
        backorder.action_assign()
        self._ship(backorder)
        self._invalidate()
        self.assertFalse(line.availability_status, "Nothing is open any more.")

    def test_unit_of_the_line(self):
        """Scenario: two dozens ordered, 18 units there. Expected: figures in dozens."""
        product = self._create_product("A", stock=18)
        order = self._create_order((product, 2, self.dozen), confirm=False)
        self.assertEqual(self._words(order), ["1.50 now, 0.50 without a date"], "Quoted, in dozens.")
        order.action_confirm()
        self.assertEqual(self._words(order), ["1.50 now, 0.50 without a date"], "Ordered, in dozens.")

    def test_service_has_no_status(self):
        """Scenario: a service line. Expected: no stock status."""
        service = self.env["product.product"].create({"name": "Advice", "type": "service"})
        order = self._create_order((service, 1), confirm=False)
        self.assertEqual((self._words(order), order.availability_status), ([False], False), "Services need no stock.")

    def test_return_does_not_count_as_open(self):
        """Scenario: a part of what shipped comes back for a refund. Expected: the returned move is no claim."""
        product = self._create_product("A", stock=10)
        order = self._create_order((product, 10))
        delivery = order.picking_ids
        self._ship(delivery)
        wizard = self.env["stock.return.picking"].create({"picking_id": delivery.id})
        wizard.product_return_moves.quantity = 2
        wizard.action_create_returns()
        self._invalidate()
        self.assertFalse(order.order_line.availability_status, "Nothing is to be shipped.")

    def test_backorders_of_the_order(self):
        """Scenario: an order with a backorder. Expected: count and button, for a salesperson without stock rights."""
        product = self._create_product("A", stock=4)
        order = self._create_order((product, 10)).with_user(self.salesperson)
        self.assertEqual((order.backorder_count, order.open_backorder_count), (0, 0), "None yet.")
        backorder = self._ship(order.sudo().picking_ids)
        self._invalidate()
        self.assertEqual((order.backorder_count, order.open_backorder_count), (1, 1), "One, and it is open.")
        action = order.action_view_backorders()
        found = self.env["stock.picking"].with_user(self.salesperson).search(action["domain"])
        self.assertEqual(found.sudo(), backorder, "The button opens it.")
        self.assertEqual(found.fulfillment_state, "waiting", "And the salesperson may read its state.")
        self.assertEqual(order.order_line.availability_status, "missing", "As well as the line's status.")
        backorder.action_cancel()
        self._invalidate()
        self.assertEqual((order.backorder_count, order.open_backorder_count), (0, 0), "Cancelled ones do not count.")

    def test_search_orders(self):
        """Scenario: an order of each colour and a shipped one. Expected: the filters find them."""
        available = self._create_order((self._create_product("A", stock=5), 5))
        short = self._create_order((self._create_product("B", stock=2), 5))
        missing = self._create_order((self._create_product("C"), 5), (self._create_product("D", stock=5), 5))
        shipped = self._create_order((self._create_product("E", stock=5), 5))
        self._ship(shipped.picking_ids)
        mine = available | short | missing | shipped
        Order = self.env["sale.order"].with_user(self.salesperson)
        for order, status in ((available, "available"), (short, "short"), (missing, "missing"), (shipped, False)):
            found = Order.search([("availability_status", "=", status), ("id", "in", mine.ids)])
            self.assertEqual(found.sudo(), order, f"The order that is {status}.")
