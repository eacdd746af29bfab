from datetime import timedelta

from odoo.tests import new_test_user, tagged

from .common import BackorderCase
from .tour_common import TourCase


@tagged("post_install", "-at_install")
class TestTours(BackorderCase, TourCase):
    """The screens, used in a browser by people with just the rights that they have."""

    def test_the_story_of_the_picker(self):
        """Scenario: the picker ships 540 of 850, receives, ships 310. Expected: as the tours say, without a dialog."""
        stocks = {"Beam": 200, "Insulation": 150, "Shingle": 60, "Gypsum": 130}
        products = {name: self._create_product(name, stock) for name, stock in stocks.items()}
        receipt = self._create_receipt((products["Shingle"], 190), (products["Gypsum"], 120))
        ordered = {"Beam": 200, "Insulation": 150, "Shingle": 250, "Gypsum": 250}
        order = self._create_order(*((products[name], quantity) for name, quantity in ordered.items()))
        root = order.picking_ids
        self.start_tour(f"/odoo/deliveries/{root.id}", "gse_backorder_picker_ships", login=self.picker.login)
        backorder = root.backorder_ids
        self.assertEqual((root.items_shipped, backorder.items_open), (540, 310), "850 = 540 + 310.")
        self.start_tour(f"/odoo/receipts/{receipt.id}", "gse_backorder_picker_receives", login=self.picker.login)
        self.start_tour(f"/odoo/deliveries/{backorder.id}", "gse_backorder_picker_closes", login=self.picker.login)
        self.assertEqual(backorder.items_shipped, 310, "850 = 540 + 310 shipped.")

    def _create_rivals(self):
        """Return an order that waits for a receipt behind an urgent delivery; another warehouse has some, too."""
        panel = self._create_product("Tour Panel")
        depot = self.env["stock.warehouse"].create({"name": "Tour Depot", "code": "TDP"})
        self._add_stock(panel, 7.5, depot.lot_stock_id)
        ahead = self.env["res.partner"].create({"name": "Ahead Customer"})
        order = self._create_order((panel, 4), user_id=self.salesperson.id)
        self._create_delivery((panel, 3), partner_id=ahead.id, priority="1")
        self._create_receipt((panel, 9))
        return order

    def test_why(self):
        """Scenario: two wait for a receipt, the urgent one first. Expected: the other's line tells so, and why."""
        delivery = self._create_rivals().picking_ids
        self.start_tour(f"/odoo/deliveries/{delivery.id}", "gse_backorder_why", login=self.picker.login)

    def test_quantities_of_an_order(self):
        """Scenario: the same, looked at from the order. Expected: in Odoo's own popover, also of a quotation."""
        order = self._create_rivals()
        quotation = order.copy()
        for record, tour in (
            (order, "gse_backorder_salesperson_quantities"),
            (quotation, "gse_backorder_salesperson_quotes_quantities"),
        ):
            self.start_tour(f"/odoo/orders/{record.id}", tour, login=self.salesperson.login)

    def test_the_manager_reads_the_log_and_chooses_the_policy(self):
        """Scenario: a receipt is handed out; the manager looks it up, changes the policy. Expected: both work."""
        manager = new_test_user(self.env, "backorder_manager", groups="base.group_user,stock.group_stock_manager")
        panel = self._create_product("Tour Panel")
        self._create_delivery((panel, 4))
        self._ship(self._create_receipt((panel, 9)))
        log = self.env.ref("gse_backorder.action_stock_backorder_allocation")
        self.start_tour(f"/odoo/action-{log.id}", "gse_backorder_manager_log", login=manager.login)
        warehouses = self.env.ref("stock.action_warehouse_form")
        self.start_tour(
            f"/odoo/action-{warehouses.id}/{self.warehouse.id}", "gse_backorder_manager_policy", login=manager.login
        )
        self.assertEqual(self.warehouse.allocation_policy, "complete_orders")
        self.assertEqual(self.warehouse.allocation_guard_days, 21)

    def test_salesperson(self):
        """Scenario: an order with a missing line, shipped in part. Expected: red, found by filter, backorder shown."""
        self.customer.name = "Tour Customer"
        scarce = self._create_product("Scarce", stock=2)
        plenty = self._create_product("Plenty", stock=8)
        order = self._create_order((scarce, 5), (plenty, 5))
        self._ship(order.picking_ids, 2, 2)
        self.start_tour("/odoo/orders", "gse_backorder_salesperson", login=self.salesperson.login)

    def test_workbench(self):
        """Scenario: one delivery can ship, one waits. Expected: in one list; the first is completed."""
        self.customer.name = "Tour Customer"
        delivery = self._create_delivery((self._create_product("Tour Panel", stock=4), 4))
        self._create_delivery((self._create_product("Tour None"), 4))
        self.start_tour("/odoo/backorders", "gse_backorder_picker_completes", login=self.picker.login)
        self.assertTrue(self.env["stock.completion.line"].search([("picking_id", "=", delivery.id)]))

    def test_health(self):
        """Scenario: the manager opens the dashboard. Expected: figures, and what they are made of."""
        manager = new_test_user(self.env, "backorder_manager", groups="base.group_user,stock.group_stock_manager")
        self._create_delivery((self._create_product("Tour Panel", stock=1), 4))
        self.start_tour("/odoo/backorder-health", "gse_backorder_manager_health", login=manager.login)

    def test_the_list_is_searched(self):
        """Scenario: one of each kind. Expected: filters and panel find each; cards and calendar show them."""
        self.customer.name = "Tour Customer"
        late, urgent = self.env["res.partner"].create([{"name": "Tour Late"}, {"name": "Tour Urgent"}])
        panel, short = self._create_product("Tour Panel", stock=99), self._create_product("Tour Short", stock=2)
        self._create_delivery((panel, 1), (short, 9))
        self._create_delivery((self._create_product("Tour None"), 4))
        self._ship(self._create_delivery((panel, 4)), 2)
        self._create_delivery((panel, 1), partner_id=urgent.id, priority="1")
        promised = self._create_delivery((panel, 1), partner_id=late.id)
        promised.first_promise_date -= timedelta(days=3)
        self.start_tour("/odoo/backorders", "gse_backorder_picker_searches", login=self.picker.login)

    def test_some_are_completed(self):
        """Scenario: of three one has no goods, and one is cancelled meanwhile. Expected: the reasons are read."""
        self.customer.name = "Tour Customer"
        shipped = self._create_delivery((self._create_product("Tour Panel", stock=4), 4), assign=False)
        cancelled = self._create_delivery((self._create_product("Tour Beam", stock=4), 4))
        waiting = self._create_delivery((self._create_product("Tour None"), 4))
        self.start_tour("/odoo/backorders", "gse_backorder_picker_completes_some", login=self.picker.login)
        run = self.env["stock.completion"].search([("line_ids.picking_id", "in", shipped.ids)])
        self.assertEqual(run.line_ids.picking_id, shipped | cancelled, "What ships nothing is left alone.")
        cancelled.action_cancel()
        run.line_ids._complete()
        self.assertEqual((shipped.state, waiting.state), ("done", "confirmed"))
        completions = self.env.ref("gse_backorder.action_stock_completion")
        self.start_tour(
            f"/odoo/action-{completions.id}", "gse_backorder_picker_reads_what_failed", login=self.picker.login
        )

    def test_filling(self):
        """Scenario: All on one line, 3 keyed on another. Expected: 13 ship, 6 are in -R1."""
        lines = [(self._create_product("Tour Beam", stock=10), 10), (self._create_product("Tour Panel", stock=7), 9)]
        delivery = self._create_delivery(*lines)
        self.start_tour(f"/odoo/deliveries/{delivery.id}", "gse_backorder_picker_fills", login=self.picker.login)
        self.assertEqual((delivery.items_shipped, delivery.backorder_ids.items_open), (13, 6))

    def test_queues(self):
        """Scenario: one can ship, one waits. Expected: counted on the overview, and opened from it."""
        self.customer.name = "Tour Customer"
        self._create_delivery((self._create_product("Tour Panel", stock=4), 4))
        self._create_delivery((self._create_product("Tour None"), 4))
        self.start_tour("/odoo/inventory", "gse_backorder_picker_queues", login=self.picker.login)

    def test_analysis(self):
        """Scenario: the manager opens the analysis. Expected: as pivot, chart and list."""
        manager = new_test_user(self.env, "backorder_manager", groups="base.group_user,stock.group_stock_manager")
        self._create_delivery((self._create_product("Tour Panel", stock=1), 4))
        report = self.env.ref("gse_backorder.action_stock_backorder_report")
        self.start_tour(f"/odoo/action-{report.id}", "gse_backorder_manager_analysis", login=manager.login)

    def test_onboarding(self):
        """Scenario: a new user follows the guided tour. Expected: a part has shipped, the rest is where it led."""
        delivery = self._create_delivery((self._create_product("Tour Panel", stock=1), 4), priority="1")  # the first
        self.start_tour("/odoo", "gse_backorder_tour", login=self.picker.login)
        self.assertEqual((delivery.items_shipped, delivery.backorder_ids.items_open), (1, 3))

    def test_administrator(self):
        """Scenario: the administrator switches automatic backorders off in Settings. Expected: deliveries ask."""
        self.start_tour("/odoo/settings#stock", "gse_backorder_administrator", login="admin")
        self.assertEqual(self.delivery_type.create_backorder, "ask", "The dialog is back.")


@tagged("post_install", "-at_install")
class TestToursOnAPhone(BackorderCase, TourCase):
    """The same on a narrow screen that is touched."""

    browser_size = "400x850"
    touch_enabled = True

    def test_picker(self):
        """Scenario: a delivery in part, on the phone. Expected: found, filled, explained."""
        self.customer.name = "Tour Customer"
        lines = [(self._create_product("Tour Beam", stock=10), 10), (self._create_product("Tour Panel", stock=3), 9)]
        delivery = self._create_delivery(*lines)
        self.start_tour("/odoo/backorders", "gse_backorder_picker_ships_on_a_phone", login=self.picker.login)
        self.assertEqual(delivery.move_ids.mapped("qty_filled"), [10, 3])

    def test_manager(self):
        """Scenario: the dashboard on the phone. Expected: tiles, charts, and what they are made of."""
        manager = new_test_user(self.env, "backorder_manager", groups="base.group_user,stock.group_stock_manager")
        self._create_delivery((self._create_product("Tour Panel", stock=1), 4))
        self.start_tour("/odoo/backorder-health", "gse_backorder_manager_health_on_a_phone", login=manager.login)

    def test_salesperson(self):
        """Scenario: an order with something missing, on the phone. Expected: the line says so."""
        self.customer.name = "Tour Customer"
        order = self._create_order((self._create_product("Tour Scarce", stock=2), 5))
        self._ship(order.picking_ids)
        self.start_tour("/odoo/orders", "gse_backorder_salesperson_on_a_phone", login=self.salesperson.login)
