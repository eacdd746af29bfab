from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..restock_common import RestockCase
from .figures_common import compare_figures, keep_figures


@tagged("post_install", "-at_install")
class TestFigures(RestockCase):
    """What is kept for the analysis is what would be worked out: whatever changes is marked, in the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.figures, cls.marks = cls.env["stock.backorder.figure"], cls.env["stock.backorder.mark"]
        cls.report = cls.env["stock.backorder.report"]

    def setUp(self):
        super().setUp()
        self.beam = self._create_product("Beam", stock=6)
        self.order = self._create_order((self.beam, 10))
        self.delivery = self.order.picking_ids
        keep_figures(self.env)

    def _is_marked(self, delivery=None):
        self._invalidate()
        self.marks._flush_watched()
        marked = self.marks._get_marked_roots()
        return marked is None or bool({*(delivery or self.delivery).ids} & {*marked})

    def _assert_exact(self):
        self._invalidate()
        self.assertEqual(*compare_figures(self.env))

    def test_reserving_leaves_no_mark(self):
        """Scenario: reserved, freed, planned for another day. Expected: nothing that is kept depends on it."""
        self.delivery.do_unreserve()
        self.delivery.action_assign()
        self.delivery.scheduled_date = fields.Datetime.now() + timedelta(days=3)
        self.assertFalse(self._is_marked())

    def test_whatever_changes_is_marked(self):
        """Scenario: all that the analysis reads is changed, also by SQL. Expected: told at once, then kept."""

        def by_sql(statement, *values):
            self.env.flush_all()
            self.env.cr.execute(statement, values)
            self.env.invalidate_all()

        line, move, dozens = self.order.order_line, self.delivery.move_ids, self.dozen
        other = self.env["res.partner"].create({"name": "Other"})
        changes = {
            "the order's quantity": lambda: line.write({"product_uom_qty": 8}),
            "the price": lambda: line.write({"price_unit": 77}),
            "the price, by SQL": lambda: by_sql(
                "UPDATE sale_order_line SET price_subtotal = 99 WHERE id = %s", line.id
            ),
            "the rate": lambda: by_sql("UPDATE sale_order SET currency_rate = 2 WHERE id = %s", self.order.id),
            "since when": lambda: move.write({"ordered_date": fields.Datetime.now() - timedelta(days=9)}),
            "the promise": lambda: move.write({"first_promise_date": fields.Datetime.now() - timedelta(days=1)}),
            "the customer": lambda: by_sql(
                "UPDATE stock_picking SET customer_id = %s WHERE id = %s", other.id, self.delivery.id
            ),
            "the zone": lambda: self.warehouse.partner_id.write({"tz": "Pacific/Auckland"}),
            "a unit": lambda: by_sql("UPDATE uom_uom SET factor = 13 WHERE id = %s", dozens.id),
            "shipping": lambda: self._ship(self.delivery),
            "the day": lambda: self.delivery.write({"date_done": fields.Datetime.now() - timedelta(days=2)}),
            "cancelling": lambda: self.order.picking_ids.filtered(lambda one: one.state != "done").action_cancel(),
            "deleting the order's line": lambda: by_sql("DELETE FROM sale_order_line WHERE id = %s", line.id),
        }
        for what, change in changes.items():
            with self.subTest(what):
                change()
                self.assertTrue(self._is_marked())
                self._assert_exact()
                keep_figures(self.env)
                self.assertFalse(self._is_marked())
                self._assert_exact()

    def test_chains(self):
        """Scenario: a backorder, split off, put into another chain, deleted. Expected: each chain has its own."""
        backorder = self._ship(self.delivery)
        self._assert_exact()
        keep_figures(self.env)
        other = self._create_delivery((self.beam, 3))
        keep_figures(self.env)
        backorder.backorder_id = other
        self.assertTrue(self._is_marked(other))
        self.assertTrue(self._is_marked(self.delivery))
        self._assert_exact()
        # The old chain's mark is worked off after the new one's: the line is in one of them alone.
        self.figures._renew(other.ids)
        self._assert_exact()
        keep_figures(self.env)
        self._assert_exact()
        draft = self._create_delivery((self.beam, 3))
        keep_figures(self.env)
        draft.action_cancel()
        draft.unlink()
        self._assert_exact()
        keep_figures(self.env)
        self.assertFalse(self.figures.search_count([("root_id", "=", draft.id)]))

    def test_steps(self):
        """Scenario: a part is picked and ships, the rest is given up. Expected: the delivery's chain is marked."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self._create_product("Bolt", stock=6), 10))
        _pick, rest, delivery = self._pick(order)
        self._ship(delivery)
        keep_figures(self.env)
        self.assertFalse(self._is_marked(delivery))
        rest.action_cancel()
        self.assertTrue(self._is_marked(delivery))
        self._assert_exact()
        keep_figures(self.env)
        self._assert_exact()

    def test_cost_and_category_are_asked_each_time(self):
        """Scenario: a product gets another cost and category. Expected: told at once, and no mark."""
        delivery = self._create_delivery((self.beam, 2), assign=False)
        keep_figures(self.env)
        self.beam.standard_price = 7
        self.beam.categ_id = self.env["product.category"].create({"name": "Wood"})
        self.assertFalse(self._is_marked(delivery))
        row = self.report.search([("root_id", "=", delivery.id)])
        self.assertEqual((row.open_value, row.categ_id), (14, self.beam.categ_id))

    def test_kept_by_nobody_else(self):
        """Scenario: an administrator reads and writes them by RPC. Expected: nobody may."""
        for model in (self.figures, self.marks):
            for operation in ("read", "write", "create", "unlink"):
                with self.assertRaises(AccessError):
                    model.with_user(self.env.ref("base.user_admin")).check_access(operation)

    def test_uninstalling(self):
        """Scenario: the addon is uninstalled. Expected: the database leaves no marks any more."""
        self.marks._drop_triggers()
        self.env.cr.execute(
            "SELECT tgname FROM pg_trigger WHERE starts_with(tgname, 'gse_backorder')"
            " UNION SELECT proname FROM pg_proc WHERE starts_with(proname, 'gse_backorder')"
        )
        self.assertEqual(self.env.cr.fetchall(), [])
        self.delivery.move_ids.first_promise_date = fields.Datetime.now()
        self.assertFalse(self._is_marked())
