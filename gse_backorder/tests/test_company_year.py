from collections import defaultdict

from odoo.tests import tagged

from ..demo.company_year import CompanyYear
from ..demo.year_catalogue import VENDORS
from .common import BackorderCase

# Enough for every figure, and quick; the demo's own has more of all. Two of these vendors are late.
DAYS = (100, 78, 60, 45, 33, 22, 13, 6, 1)
ASSORTMENT = VENDORS[1:4]
# What is stored, and has to be what working it out again says.
RECOMPUTED = {
    "purchase.order.line": ("qty_received",),
    "sale.order": ("delivery_status",),
    "sale.order.line": ("qty_delivered",),
    "stock.move": ("awaited_by_id",),
    "stock.picking": ("customer_id", "fulfillment_state", "has_open_remainder", "state"),
}


@tagged("post_install", "-at_install")
class TestCompanyYear(BackorderCase):
    """The demo's year of trade is what the real methods make, and every screen has something to say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = CompanyYear(cls.env, DAYS, orders_a_day=4, assortment=ASSORTMENT)
        cls.orders = cls.year.make()
        cls.transfers = cls.orders.picking_ids | cls.year.purchases.picking_ids
        cls.deliveries = cls.orders.picking_ids.filtered(lambda picking: picking.picking_type_code == "outgoing")

    def test_nothing_is_lost(self):
        """Scenario: each line that was sold. Expected: ordered = shipped + open + cancelled, over its chain."""
        for line in self.orders.filtered(lambda order: order.state == "sale").order_line:
            by_state = defaultdict(float)
            for move in line.move_ids.filtered(lambda move: move.location_dest_id.usage == "customer"):
                by_state[move.state if move.state in ("done", "cancel") else "open"] += (
                    move.quantity if move.state == "done" else move.product_uom_qty
                )
            self.assertAlmostEqual(line.product_uom_qty, sum(by_state.values()), msg=f"{line.display_name}: {by_state}")

    def test_nothing_is_promised_twice(self):
        """Scenario: what is on the shelves. Expected: reserved ≤ on hand, and as much as the lines have."""
        quants = self.env["stock.quant"].search(
            [("product_id", "in", self.year.products.ids), ("location_id.usage", "=", "internal")]
        )
        reserved = defaultdict(float)
        for move in self.transfers.move_ids.filtered(lambda move: move.state not in ("done", "cancel")):
            if move.location_id.usage == "internal":
                reserved[move.product_id, move.location_id] += move.quantity
        for (product, location), own in quants.grouped(lambda quant: (quant.product_id, quant.location_id)).items():
            self.assertTrue(all(0 <= quant.reserved_quantity <= quant.quantity for quant in own), product.name)
            self.assertAlmostEqual(sum(own.mapped("reserved_quantity")), reserved[product, location], msg=product.name)

    def test_working_it_out_again_says_the_same(self):
        """Scenario: all that is stored is worked out anew. Expected: nothing changes."""
        self._assert_installing_says_the_same(self.transfers)
        records = {
            "purchase.order.line": self.year.purchases.order_line,
            "sale.order": self.orders,
            "sale.order.line": self.orders.order_line,
            "stock.move": self.transfers.move_ids,
            "stock.picking": self.transfers,
        }
        for model, names in RECOMPUTED.items():
            for name in names:
                before = records[model].mapped(lambda record, name=name: record[name])
                self.env.add_to_compute(records[model]._fields[name], records[model])
                self.assertEqual(
                    records[model].mapped(lambda record, name=name: record[name]), before, f"{model}.{name}"
                )

    def test_time_has_passed(self):
        """Scenario: its dates. Expected: from the first of its days until yesterday; nothing was done in the future."""
        ages = {(self.year._in_days(0).date() - order.date_order.date()).days for order in self.orders}
        self.assertEqual((min(ages), max(ages)), (DAYS[-1], DAYS[0]))
        done = self.transfers.filtered("date_done")
        self.assertTrue(all(transfer.date_done >= transfer.create_date for transfer in done))
        self.assertLess(max(done.mapped("date_done")), self.year._in_days(0))

    def test_every_screen_has_something_to_say(self):
        """Scenario: lists, filters and figures. Expected: none is empty."""
        states = set(self.deliveries.mapped("fulfillment_state"))
        expected = {"waiting", "partial", "partially_picked", "done", "closed_short"}
        self.assertFalse(expected - states, "Deliveries of each state.")
        open_lines = self.deliveries.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        self.assertTrue(any(move.promise_slip_days > 0 for move in open_lines), "A promise has slipped.")
        self.assertTrue(any(open_lines.mapped("is_promise_lost")), "A promise was lost.")
        self.assertTrue(self.deliveries.filtered("accepted_promise_date"), "A customer has accepted the day.")
        self.assertEqual(self.deliveries.picking_type_id.warehouse_id, self.year.warehouses)
        self.assertTrue(self.deliveries.move_line_ids.lot_id, "Lots have shipped.")
        receipts = self.year.purchases.picking_ids
        self.assertTrue(any(receipts.mapped("is_late_supply")), "A receipt is late, and awaited.")
        self.assertTrue(
            self.env["stock.supply.need"].search([("product_id", "in", self.year.products.ids)], limit=1), "Needs."
        )
        allocated = self.env["stock.backorder.allocation"].search([("move_id", "in", self.deliveries.move_ids.ids)])
        self.assertGreater(len(set(allocated.mapped(lambda entry: entry.create_date.date()))), 3, "A log of many days.")
        health = self.env["stock.backorder.health"].get_health(days=90)
        self.assertTrue(all(age["lines"] for age in health["ages"]), "Open lines of each age.")
        self.assertGreater(len(health["weeks"]), 3)
        self.assertTrue(0 < health["rates"]["on_time"] < 100 and 0 < health["rates"]["first_fill"] < 100)
        self.assertTrue(health["vendors"])

    def test_the_story_is_first(self):
        """Scenario: a newcomer opens a list. Expected: the story is on top of it."""
        deliveries = self.env["stock.picking"].search([("picking_type_code", "=", "outgoing")])
        self.assertEqual(deliveries[0].sale_id, self.env.ref("gse_backorder.sale_order_story"))
        receipts = self.env["stock.picking"].search(
            [("picking_type_code", "=", "incoming"), ("state", "=", "assigned")]
        )
        self.assertEqual(receipts[0].purchase_id, self.env.ref("gse_backorder.purchase_order_story"))
        purchases = self.env["purchase.order"].search([], limit=3)
        self.assertIn(self.env.ref("gse_backorder.purchase_order_story"), purchases)
        needs = self.env["stock.supply.need"].search([("qty_to_order", ">", 0)], limit=1)
        self.assertNotIn(needs.product_id, self.year.products)
