from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import BackorderCase

# Who may do what: the table of the addon's README. Rights beyond are Odoo's own.
ROLES = {
    "clerk": "base.group_user",
    "customer": "base.group_portal",
    "salesperson": "base.group_user,sales_team.group_sale_salesman_all_leads",
    "purchaser": "base.group_user,purchase.group_purchase_user",
    "picker": "base.group_user,stock.group_stock_user",
    "manager": "base.group_user,stock.group_stock_manager",
}
MENUS = {
    "gse_backorder.menu_backorders": {"picker", "manager"},
    "gse_backorder.menu_completions": {"picker", "manager"},
    "gse_backorder.menu_stock_backorder_allocation": {"manager"},
    "gse_backorder.menu_stock_backorder_check": {"manager"},
    "gse_backorder.menu_stock_backorder_health": {"manager"},
    "gse_backorder.menu_stock_backorder_report": {"manager"},
    "gse_backorder.menu_stock_supply_need_stock": {"picker", "manager"},
    "gse_backorder.menu_stock_supply_need_purchase": {"purchaser"},
    "gse_backorder.menu_stock_customer_code": set(),  # of the Sales app, which is there with sale_management
    "gse_backorder.menu_stock_order_pad": set(),
    "gse_backorder.menu_stock_order_pad_opening": set(),
    "gse_backorder.menu_what_if": {"picker", "manager"},
    "gse_backorder.menu_what_if_purchase": {"purchaser"},
}
READABLE = {
    "stock.backorder.allocation": {"picker", "manager"},
    "stock.backorder.check": {"manager"},
    "stock.backorder.report": {"picker", "manager"},
    "stock.completion": {"picker", "manager"},
    "stock.completion.line": {"picker", "manager"},
    "stock.completion.preview": {"picker", "manager"},
    "stock.completion.preview.line": {"picker", "manager"},
    "stock.customer.notice": {"picker", "manager"},
    "stock.arrival.notice": {"picker", "manager"},
    "stock.backorder.pool": {"manager"},
    "stock.customer.code": {"salesperson"},
    "stock.order.pad": {"salesperson"},
    "stock.order.pad.line": {"salesperson"},
    "stock.order.pad.meter": set(),
    "stock.order.pad.opening": {"salesperson"},
    "stock.backorder.figure": set(),
    "stock.backorder.mark": set(),
    "stock.agreed.date": {"picker", "manager", "salesperson"},
    "stock.agreed.date.line": {"picker", "manager", "salesperson"},
    "stock.close.short": {"manager"},
    "stock.close.short.line": {"manager"},
    "stock.hold": {"manager"},
    "stock.hold.line": {"manager"},
    "stock.supply.need": {"picker", "manager", "purchaser"},
    "stock.take.back": {"salesperson", "picker", "manager"},
    "stock.take.back.line": {"salesperson", "picker", "manager"},
    "stock.supply.order": {"purchaser"},
    "stock.supply.order.line": {"purchaser"},
    "stock.what.if": {"picker", "manager", "purchaser"},
    "stock.what.if.change": {"picker", "manager", "purchaser"},
    "stock.what.if.line": {"picker", "manager", "purchaser"},
}
TAKERS = {"salesperson", "picker", "manager"}  # plans of their own; who may do what they say is another question
WRITABLE = {
    "stock.order.pad.opening": {"salesperson"},
    "stock.customer.code": {"salesperson"},
    "stock.agreed.date": {"picker", "manager", "salesperson"},
    "stock.close.short": {"manager"},
    "stock.hold": {"manager"},
    "stock.supply.order": {"purchaser"},
    "stock.supply.order.line": {"purchaser"},
    "stock.take.back": TAKERS,
    "stock.take.back.line": TAKERS,
    "stock.what.if": {"picker", "manager", "purchaser"},
    "stock.what.if.change": {"picker", "manager", "purchaser"},
}
ERASABLE = {
    "stock.customer.code": {"salesperson"},
    "stock.agreed.date.line": {"picker", "manager", "salesperson"},
    "stock.close.short.line": {"manager"},
    "stock.hold.line": {"manager"},
    "stock.take.back.line": TAKERS,
    "stock.what.if.change": {"picker", "manager", "purchaser"},
}
CONFIGURABLE = {"stock.warehouse": {"manager"}, "stock.picking.type": {"manager"}}


@tagged("post_install", "-at_install")
class TestRoles(BackorderCase):
    """What each role sees and may do, as it is written down."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: new_test_user(cls.env, f"role_{role}", groups=groups) for role, groups in ROLES.items()}

    def _filter_roles(self, test):
        return {role for role, user in self.users.items() if test(self.env(user=user))}

    def test_menus(self):
        """Scenario: each role opens the web client. Expected: it has its own menus and no others."""
        for menu, roles in MENUS.items():
            with self.subTest(menu):
                menu_id = self.env.ref(menu).id
                visible = self._filter_roles(
                    lambda env, menu_id=menu_id: (
                        env.user._is_internal() and menu_id in env["ir.ui.menu"].load_menus(False)
                    )
                )
                self.assertEqual(visible, roles)

    def test_models(self):
        """Scenario: each role reads and writes each model. Expected: only what the table says."""
        for operation, expected in (
            ("read", READABLE),
            ("write", WRITABLE),
            ("create", WRITABLE),
            ("unlink", ERASABLE),
        ):
            for model in READABLE:
                with self.subTest(model, operation=operation):
                    self.assertEqual(
                        self._filter_roles(lambda env, model=model, kind=operation: env[model].has_access(kind)),
                        expected.get(model, set()),
                    )
        for model, roles in CONFIGURABLE.items():
            with self.subTest(model):
                self.assertEqual(self._filter_roles(lambda env, model=model: env[model].has_access("write")), roles)

    def test_every_model_is_in_the_table(self):
        """Scenario: all models of the addon. Expected: the table names each that is kept in the database."""
        models = self.env["ir.model"].search([("model", "like", "stock.")])
        ours = {
            model.model for model in models if model.modules == "gse_backorder" and not self.env[model.model]._abstract
        }
        self.assertEqual(ours, set(READABLE))

    def test_every_model_has_a_record_rule(self):
        """Scenario: what somebody may read, model by model. Expected: which records of it he may read is said, too."""
        rules = self.env["ir.rule"].search([("model_id.model", "in", list(READABLE))])
        self.assertEqual(set(rules.model_id.mapped("model")), {name for name, roles in READABLE.items() if roles})

    def test_actions(self):
        """Scenario: each role fills, completes, asks why, reads the figures. Expected: as the table says."""
        product = self._create_product("Beam", stock=100)

        def may(work):
            def test(env):
                order = self._create_order((product, 2))
                self._invalidate()
                try:
                    work(env, order)
                except AccessError:
                    return False
                return True

            return self._filter_roles(test)

        staff = {"picker", "manager"}
        self.assertEqual(may(lambda env, order: order.picking_ids.with_env(env).action_complete()), staff)
        self.assertEqual(may(lambda env, order: env["stock.backorder.health"].get_health()), staff)
        self.assertEqual(
            may(lambda env, order: order.picking_ids.with_env(env).action_fill()), staff | {"salesperson", "purchaser"}
        )
        self.assertEqual(may(lambda env, order: self._ask_why(env, order.order_line)), staff | {"salesperson"})
        self.assertEqual(
            may(lambda env, order: self._ask_why(env, order.picking_ids.move_ids)), staff | {"salesperson", "purchaser"}
        )

    @staticmethod
    def _ask_why(env, line):
        action = line.with_env(env).action_explain()
        return env[action["res_model"]].browse(action["res_id"]).read(["allocation_explanation"])
