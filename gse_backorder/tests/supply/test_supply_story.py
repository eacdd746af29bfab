from datetime import timedelta

from odoo.tests import new_test_user, tagged

from ..tour_common import TourCase
from .supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestSupplyStory(SupplyCase, TourCase):
    """From the shortage to the ready backorder, in the browser, by people with just the rights that they have."""

    def test_story(self):
        """Scenario: short, alert, ordered and mailed, a week later, received. Expected: each sees it at once."""
        self.customer.email = "sample@example.com"
        self.company.write({"mail_promise_moved": True, "promise_notice_days": 2})
        buyer = new_test_user(self.env, "portal_buyer", groups="base.group_portal")
        buyer.partner_id.parent_id = self.customer
        beam = self._create_bought("Tour Beam", stock=4, purchaser_id=self.purchaser.id)
        delivery = self._create_order((beam, 10)).picking_ids
        self._ship(delivery)
        backorder = delivery.backorder_ids
        self.env["res.users.settings"]._find_or_create_for_user(self.purchaser)
        self._run_cron("ir_cron_supply_alert")
        login = self.purchaser.login
        self.start_tour(f"/odoo/product.product/{beam.id}", "gse_backorder_purchaser_is_told", login=login)
        needs = self.env.ref("gse_backorder.action_stock_supply_need")
        self.start_tour(f"/odoo/action-{needs.id}", "gse_backorder_purchaser_orders", login=login)
        purchase = self.env["purchase.order"].search([("order_line.product_id", "=", beam.id)])
        self.assertEqual((purchase.state, purchase.order_line.product_qty), ("purchase", 6))
        self._run_cron("ir_cron_supply_alert")
        self.assertFalse(beam.activity_ids, "Covered: the activity is closed.")
        self._invalidate()
        self.start_tour(
            f"/odoo/deliveries/{backorder.id}", "gse_backorder_picker_sees_where_it_comes_from", login=self.picker.login
        )
        self._assert_date_moves(purchase, backorder, buyer)
        receipt = purchase.picking_ids
        self.start_tour(
            f"/odoo/receipts/{receipt.id}", "gse_backorder_picker_sees_whom_it_serves", login=self.picker.login
        )
        self._invalidate()
        self.assertEqual(backorder.fulfillment_state, "ready")

    def _assert_date_moves(self, purchase, backorder, buyer):
        """The vendor says a week later: promise, portal and mail follow, the mail once."""
        self._run_cron("ir_cron_notice_moves")  # what is promised now is what counts
        later = purchase.order_line.date_planned + timedelta(days=7)
        purchase.with_user(self.purchaser).order_line.date_planned = later
        self._invalidate()
        self.assertEqual(backorder.promise_date, later)
        self.authenticate(buyer.login, buyer.login)
        page = self.url_open(f"/my/deliveries/{backorder.id}").text
        self.assertIn(backorder._format_day(later), page)
        for _run in range(2):
            self._run_cron("ir_cron_notice_moves")
        notices = self.env["stock.customer.notice"].search([("picking_id", "=", backorder.id)])
        self.assertEqual(notices.mapped("event"), ["moved"], "One mail.")

    def _run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"gse_backorder.{name}").method_direct_trigger()
        self._invalidate()
