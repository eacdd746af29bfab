from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestSupplyLinks(SupplyCase):
    """Whom a purchase serves, what a backorder waits for, and how dates follow."""

    def _get_served(self, document):
        """Return ``[(transfer, quantity)]`` of what a document serves, as the purchaser sees it."""
        self._invalidate()
        document = document.with_user(self.purchaser)
        return [(service.claim.picking_id, service.quantity) for service in document._get_pegged_demand()[document.id]]

    def _purchase(self, product, quantity, confirm=True):
        self._invalidate()
        purchase = (
            self.env["purchase.order"]
            .with_user(self.purchaser)
            .create(
                {
                    "partner_id": self.vendor.id,
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "order_line": [Command.create({"product_id": product.id, "product_qty": quantity})],
                }
            )
        )
        if confirm:
            purchase.button_confirm()
        return purchase

    def test_shared_stock(self):
        """Scenario: our receipt into a stock of several companies will serve another one's delivery. Expected: how much
        of it is told, and not for whom; who works for both reads that."""
        other = self.env["res.company"].create({"name": "Other"})
        store = self.env["stock.location"].create({"name": "Store", "usage": "internal", "company_id": False})
        beam = self._create_product("Beam")
        theirs = self._create_delivery_of(other, beam, 5, partner_id=self.customer.id)
        theirs.move_ids.location_id = theirs.location_id = store
        theirs.action_confirm()
        receipt = self._create_receipt((beam, 5))
        receipt.move_ids.location_dest_id = receipt.location_dest_id = store
        self._invalidate()
        both = self._hire("store_both", self.company | other)
        for user, is_named in ((self._hire("store_own", self.company), False), (both, True)):
            table = receipt.with_user(user).pegged_table
            self.assertIn("5 Units", table)
            for name in (theirs.name, self.customer.name):
                self.assertEqual(name in table, is_named, user.login)

    def test_both_ways(self):
        """Scenario: 10 and 5 wanted, 12 bought. Expected: order, line and receipt serve 10 and 2; each line says so."""
        beam = self._create_bought("Beam")
        first, second = (self._create_order((beam, quantity)).picking_ids for quantity in (10, 5))
        purchase = self._purchase(beam, 12)
        for document in (purchase, purchase.order_line, purchase.picking_ids):
            self.assertEqual(self._get_served(document), [(first, 10), (second, 2)], document._name)
            self.assertEqual(document.with_user(self.purchaser).pegged_count, 2)
            self.assertIn(first.name, document.with_user(self.purchaser).pegged_table)
            lines = self.env["stock.move"].search(document.action_view_pegged()["domain"])
            self.assertEqual(lines, (first | second).move_ids)
        date = first.move_ids._format_day(purchase.order_line.date_planned)
        expected = first.move_ids.with_user(self.picker).expected_from
        self.assertEqual(expected, f"10 from {purchase.name} on {date}")
        self.assertEqual(second.move_ids.expected_from, f"2 from {purchase.name} on {date}")
        self.assertIn(purchase.name, first.move_ids.with_user(self.picker).allocation_explanation, "And in Why?")

    def test_request_would_serve(self):
        """Scenario: a draft for 12, of two lines; 10 and 5 wait. Expected: whom it would serve, nobody twice."""
        beam = self._create_bought("Beam")
        first, second = (self._create_order((beam, quantity)).picking_ids for quantity in (10, 5))
        draft = self._purchase(beam, 8, confirm=False)
        draft.write({"order_line": [Command.create({"product_id": beam.id, "product_qty": 4, "price_unit": 1})]})
        self.assertEqual(self._get_served(draft), [(first, 8), (first, 2), (second, 2)])
        self.assertFalse(first.move_ids.expected_from, "It is no supply yet.")
        draft.button_confirm()
        self.assertEqual(sum(quantity for _delivery, quantity in self._get_served(draft)), 12, "As it was said.")

    def test_request_that_comes_before_others(self):
        """Scenario: 10 are served by a later purchase, 5 by nobody; a draft of 5 would come first. Expected: the 10."""
        beam = self._create_bought("Beam")
        first, second = (self._create_order((beam, quantity)).picking_ids for quantity in (10, 5))
        self._purchase(beam, 10).order_line.date_planned = self._in_days(30)
        draft = self._purchase(beam, 5, confirm=False)
        said = self._get_served(draft)
        self.assertEqual(said, [(first, 5)], "Those who were first get what comes first.")
        draft.button_confirm()
        self.assertEqual(self._get_served(draft), said, "And so it is.")
        self.assertTrue(second.promise_date, "The others get the later one.")

    def test_links_follow(self):
        """Scenario: the urgent star, a lower quantity, a second purchase. Expected: the links follow at once."""
        beam = self._create_bought("Beam")
        first, second = (self._create_order((beam, quantity)).picking_ids for quantity in (10, 5))
        purchase = self._purchase(beam, 12)
        second.priority = "1"
        self.assertEqual(self._get_served(purchase), [(second, 5), (first, 7)])
        purchase.order_line.product_qty = 6
        self.assertEqual(self._get_served(purchase), [(second, 5), (first, 1)])
        earlier = self._purchase(beam, 5)
        earlier.order_line.date_planned = self._in_days(1)
        self.assertEqual(self._get_served(earlier), [(second, 5)])
        self.assertEqual(self._get_served(purchase), [(first, 6)])

    def test_bought_to_order(self):
        """Scenario: bought for one order; somebody else waits, too. Expected: it serves that order alone."""
        self.env.ref("stock.route_warehouse0_mto").active = True
        routes = self.env.ref("purchase_stock.route_warehouse0_buy") | self.env.ref("stock.route_warehouse0_mto")
        beam = self._create_bought("Beam", route_ids=[Command.set(routes.ids)])
        delivery = self._create_order((beam, 10)).picking_ids
        self._create_delivery((beam, 3))
        purchase = self.env["purchase.order"].search([("order_line.product_id", "=", beam.id)])
        self.assertEqual(self._get_served(purchase), [(delivery, 10)], "While it is requested.")
        purchase.with_user(self.purchaser).button_confirm()
        self.assertEqual(self._get_served(purchase), [(delivery, 10)])
        self.assertEqual(self._get_served(purchase.picking_ids), [(delivery, 10)])
        self.assertIn(purchase.name, delivery.move_ids.expected_from)

    def test_three_steps_in(self):
        """Scenario: goods come in three steps. Expected: the receipt serves those who wait in the stock."""
        self.warehouse.reception_steps = "three_steps"
        beam = self._create_bought("Beam")
        delivery = self._create_order((beam, 10)).picking_ids
        purchase = self._purchase(beam, 10)
        self.assertEqual(self._get_served(purchase), [(delivery, 10)])
        self.assertEqual(self._get_served(purchase.picking_ids), [(delivery, 10)])

    def test_request_that_is_written(self):
        """Scenario: a line is added to a draft, its date changed before it is saved. Expected: no error."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 10))
        draft = self._purchase(beam, 4, confirm=False)
        with Form(draft.with_user(self.purchaser)) as form, form.order_line.new() as line:
            line.product_id = beam
            line.date_planned = self._in_days(3)
            line.product_qty = 2
        self.assertEqual(sum(quantity for _delivery, quantity in self._get_served(draft)), 6)

    def test_query_count(self):
        """Scenario: a receipt serves 4 deliveries, then 24. Expected: as many queries, also of the deliveries."""

        def count(document, *names):
            self._invalidate()
            before = self.env.cr.sql_log_count
            document.browse(document.ids).with_user(self.purchaser).read(names)
            return self.env.cr.sql_log_count - before

        def count_all():
            return (
                count(purchase, "pegged_count", "pegged_table"),
                count(purchase.picking_ids, "pegged_count", "pegged_table"),
                count(deliveries.move_ids, "expected_from"),
            )

        beam = self._create_bought("Beam")
        deliveries = self.env["stock.picking"].union(*(self._create_delivery((beam, 1)) for _number in range(4)))
        purchase = self._purchase(beam, 30)
        count_all()
        few = count_all()
        deliveries |= self.env["stock.picking"].union(*(self._create_delivery((beam, 1)) for _number in range(20)))
        self.assertEqual(purchase.pegged_count, 24)
        self.assertEqual(count_all(), few)

    def test_query_count_of_lines(self):
        """Scenario: receipts of 3 products, and of 12. Expected: as many queries."""

        def count(purchase):
            self._invalidate()
            receipt = purchase.picking_ids
            before = self.env.cr.sql_log_count
            receipt.browse(receipt.ids).with_user(self.picker).read(["pegged_count", "pegged_table"])
            return self.env.cr.sql_log_count - before

        def buy(number):
            products = [self._create_bought(f"Beam {index}") for index in range(number)]
            self._create_order(*((product, 2) for product in products))
            purchase = self._order(*products)
            self._confirm(purchase)
            return purchase

        few, many = buy(3), buy(12)
        count(many)
        self.assertEqual(many.picking_ids.pegged_count, 1)
        self.assertEqual(count(few), count(many))

    def test_what_serves_nobody(self):
        """Scenario: nobody waits; a delivery; a vendor's return. Expected: nothing, and no error."""
        purchase = self._purchase(self._create_bought("Beam"), 5)
        delivery = self._create_delivery((self._create_product("Wool"), 1))
        for document in (purchase, purchase.picking_ids, delivery):
            self.assertFalse(document.pegged_count)
            self.assertFalse(document.pegged_table)

    def test_date_that_moves(self):
        """Scenario: the vendor says a week later, then the receipt is put off. Expected: promises follow at once."""
        beam = self._create_bought("Beam")
        delivery = self._create_order((beam, 10)).picking_ids
        purchase = self._purchase(beam, 10)
        first = delivery.promise_date
        later = purchase.order_line.date_planned + timedelta(days=7)
        purchase.order_line.date_planned = later
        self._invalidate()
        self.assertEqual(purchase.picking_ids.scheduled_date, later)
        self.assertEqual((delivery.promise_date, delivery.first_promise_date), (later, first))
        purchase.picking_ids.with_user(self.picker).scheduled_date = later + timedelta(days=2)
        self._invalidate()
        self.assertEqual(delivery.promise_date, later + timedelta(days=2))

    def test_late_receipt(self):
        """Scenario: a receipt should have come yesterday. Expected: it says so, and so does who waits for it."""
        beam = self._create_bought("Beam")
        delivery = self._create_order((beam, 10)).picking_ids
        purchase = self._purchase(beam, 10)
        self.assertFalse(purchase.picking_ids.is_late_supply)
        purchase.order_line.date_planned = self._in_days(-1)
        self._invalidate()
        self.assertTrue(purchase.picking_ids.is_late_supply)
        self.assertIn("late", purchase.pegged_table)
        self.assertIn("(1 day late)", delivery.move_ids.expected_from)
        self.assertIn("1 day late", delivery.move_ids.with_user(self.picker).allocation_explanation)

    def test_vendors_record(self):
        """Scenario: a vendor was 2 and 4 days late, and once on time. Expected: 2 on average, counted if wanted."""
        beam = self._create_bought("Beam")
        for late in (2, 4, 0):
            purchase = self._purchase(beam, 10)
            self._receive_all(purchase.picking_ids)
            purchase.picking_ids.move_ids.date = purchase.order_line.date_planned = self._in_days(-30)
            purchase.picking_ids.move_ids.date += timedelta(days=late)
        early = self._purchase(beam, 1)
        early.order_line.date_planned = self._in_days(3)
        self._receive_all(early.picking_ids)
        self.env["stock.quant"]._update_available_quantity(beam, self.stock, -31)
        self.env["res.partner"]._cron_vendor_delay()
        self.assertEqual(self.vendor.vendor_delay_days, 2)
        delivery = self._create_order((beam, 10)).picking_ids
        purchase = self._purchase(beam, 10)
        self._invalidate()
        planned = purchase.order_line.date_planned
        self.assertEqual(delivery.promise_date, planned, "Not unless the company wants it.")
        self.company.promise_vendor_delay = True
        self._invalidate()
        self.assertEqual(delivery.promise_date, planned + timedelta(days=2))
        self.assertIn("usually 2 days late", delivery.move_ids.expected_from)
        self.assertIn("usually 2 days late", purchase.pegged_table)
        self.assertIn("usually 2 days late", delivery.move_ids.with_user(self.picker).allocation_explanation)

    def test_record_of_a_year(self):
        """Scenario: a vendor was 4 days late an hour within the last year, 40 an hour before it. Expected: 4."""
        beam = self._create_bought("Beam")
        for hours, late in ((1, 4), (-1, 40)):
            purchase = self._purchase(beam, 10)
            self._receive_all(purchase.picking_ids)
            received = fields.Datetime.now() - timedelta(days=365) + timedelta(hours=hours)
            purchase.picking_ids.move_ids.date = received
            purchase.order_line.date_planned = received - timedelta(days=late)
        self.env["res.partner"]._cron_vendor_delay()
        self.assertEqual(self.vendor.vendor_delay_days, 4)

    def test_if_ordered_today(self):
        """Scenario: nothing is on its way. Expected: staff see when it could come; customers if the company says so."""
        beam = self._create_bought("Beam", {"delay": 12})
        delivery = self._create_order((beam, 10)).picking_ids
        date = fields.Date.today() + timedelta(days=12)
        self.assertEqual(delivery.move_ids.with_user(self.picker).order_today_date, date)
        self.assertEqual(delivery.sale_id.order_line.with_user(self.salesperson).order_today_date, date)
        self.assertIn("If it were ordered today", delivery.move_ids.with_user(self.picker).allocation_explanation)
        quotation = self._create_order((beam, 1), confirm=False)
        self.assertEqual(quotation.order_line.order_today_date, date)
        pages = self.env["stock.customer.page"]
        words = pages._get_values(delivery)["lines"][0]["words"]
        self.assertEqual(words, "nothing in stock or on order")
        self.company.customer_sees_estimate = True
        words = pages._get_values(delivery)["lines"][0]["words"]
        self.assertIn("estimated", words)
        self.assertIn(delivery._format_date(date), words)
        self._purchase(beam, 10)
        self._invalidate()
        self.assertFalse(delivery.move_ids.order_today_date, "There is a promise now.")

    def test_customers_see_nothing_of_it(self):
        """Scenario: a customer reads his delivery and order's line, a vendor the purchase. Expected: not whom it
        serves, nor what it waits for, or when it could come; who ships does."""
        beam = self._create_bought("Beam")
        customer, vendor = (
            new_test_user(self.env, f"portal_{partner.id}", groups="base.group_portal")
            for partner in (self.customer, self.vendor)
        )
        customer.partner_id.parent_id, vendor.partner_id.parent_id = self.customer, self.vendor
        order = self._create_order((beam, 10), partner_id=customer.partner_id.id)
        purchase = self._purchase(beam, 10)
        purchase.sudo().message_subscribe(vendor.partner_id.ids)
        self._invalidate()
        for record, reader, names in (
            (order.picking_ids, customer, ["pegged_table"]),
            (order.order_line, customer, ["order_today_date"]),
            (purchase, vendor, ["pegged_table"]),
        ):
            record.with_user(reader).read(["display_name"])
            for name in names:
                with self.assertRaises(AccessError, msg=f"{record._name}.{name}"):
                    record.with_user(reader).read([name])
        moves = order.picking_ids.move_ids
        self.assertTrue(moves.with_user(self.picker).expected_from)
        with self.assertRaises(AccessError, msg="Lines of deliveries are staff's, all of them."):
            moves.with_user(customer).read(["expected_from", "order_today_date"])
