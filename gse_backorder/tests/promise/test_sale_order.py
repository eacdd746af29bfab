from freezegun import freeze_time

from odoo.tests import Form, tagged

from ..common import BackorderCase


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
        self._create_order((product, 7)).picking_ids.do_unreserve()
        order = self._create_order((product, 5), (product, 5), confirm=False)
        self.assertEqual(
            self._words(order),
            ["3 now, 2 without a date", "all 10 in stock are for others"],
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

    def test_quotations_do_not_compete(self):
        """Scenario: two quotations of 10, 10 in stock. Expected: each is judged as if it were confirmed alone."""
        product = self._create_product("A", stock=10)
        orders = self._create_order((product, 10), confirm=False) | self._create_order((product, 10), confirm=False)
        self.assertEqual(self._words(orders), ["10 now", "10 now"], "Neither may ever be confirmed.")
        delivery = self._create_delivery((product, 4), assign=False)
        self.assertEqual(delivery.move_ids.availability_status, "available", "And neither takes from a claim.")

    def test_orders_and_quotations_in_one_list(self):
        """Scenario: a quotation line and a move have the same id. Expected: each has its own status."""
        missing, plenty = self._create_product("A"), self._create_product("B", stock=5)
        order = self._create_order((missing, 5))
        quotation = self._create_order((plenty, 5), confirm=False)
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT setval('sale_order_line_id_seq', GREATEST((SELECT max(id) FROM sale_order_line),"
            " (SELECT max(id) FROM stock_move)) + 1)"
        )
        self.env.cr.execute("SELECT setval('stock_move_id_seq', (SELECT last_value FROM sale_order_line_id_seq) + 10)")
        orders = order | quotation
        while max(quotation.order_line.ids) < max(order.order_line.move_ids.ids):
            quotation = self._create_order((plenty, 5), confirm=False)
            order = self._create_order((missing, 5))
            orders |= order | quotation
            if len(orders) > 40:
                break
        self._invalidate()
        for checked in orders:
            expected = "missing" if checked.order_line.product_id == missing else "available"
            self.assertEqual(checked.availability_status, expected, "Whatever else is in the list.")

    def test_second_line_while_typing(self):
        """Scenario: two lines of a quotation on the same goods are typed. Expected: they compete before saving."""
        product = self._create_product("A", stock=10)
        with Form(self.env["sale.order"].with_user(self.salesperson)) as form:
            form.partner_id = self.customer
            form.warehouse_id = self.warehouse
            for quantity in (8, 8):
                with form.order_line.new() as line:
                    line.product_id = product
                    line.product_uom_qty = quantity
            words = [line.availability_text for line in form.save().order_line]
        self.assertEqual(words, ["8 now", "2 now, 6 without a date"], "Both are of one order.")

    def test_editing_a_confirmed_order(self):
        """Scenario: a confirmed order is edited. Expected: its lines keep their status, its button its count."""
        product = self._create_product("A", stock=4)
        order = self._create_order((product, 10))
        self._ship(order.picking_ids)
        with Form(order) as form, form.order_line.edit(0) as line:
            line.product_uom_qty = 11
            self.assertEqual(line.availability_status, "missing", "As it is saved.")
        self.assertEqual(order.new(origin=order).open_backorder_count, 1, "Also while it is edited.")

    def test_bought_for_the_order(self):
        """Scenario: quotation lines that would be bought, or dropshipped, for the order. Expected: no status."""
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        product = self._create_product("A", stock=5, route_ids=[(6, 0, mto.ids)])
        order = self._create_order((product, 5), confirm=False)
        self.assertEqual(self._words(order), [False], "It does not come out of stock.")

    def test_expired_quotation(self):
        """Scenario: a quotation has expired. Expected: no filter returns it."""
        order = self._create_order((self._create_product("A"), 5), confirm=False, validity_date="2026-11-01")
        found = self.env["sale.order"].search([("availability_status", "=", "missing"), ("id", "=", order.id)])
        self.assertFalse(found, "It wants nothing any more.")
        self.assertFalse(order.availability_status, "And no column says that it does.")
        order.validity_date = "2026-12-24"
        self.assertEqual(order.availability_status, "missing", "It can be accepted again.")

    def test_expired_for_everybody_at_once(self):
        """Scenario: valid until today, in UTC; the reader's day is another. Expected: what Odoo says of it, to all."""
        order = self._create_order((self._create_product("A"), 5), confirm=False, validity_date="2026-11-20")
        lines = order.order_line.with_user(self.salesperson)
        for moment, zone in (("2026-11-20 20:00:00", "Pacific/Auckland"), ("2026-11-21 02:00:00", "America/New_York")):
            self.salesperson.tz = zone
            with freeze_time(moment):
                self._invalidate()
                lines = lines.with_context(tz=zone)
                self.assertEqual(bool(lines.availability_status), not order.is_expired, zone)
                found = lines.search([("id", "in", lines.ids), ("availability_status", "!=", False)])
                self.assertEqual(bool(found), not order.is_expired, zone)

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
