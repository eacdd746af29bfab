from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import BackorderCase
from .rpc_common import REFUSALS, RefusedError, RpcCase

VISITORS = {
    "customer": "base.group_portal",  # of the very deliveries
    "stranger": "base.group_portal",
    "clerk": "base.group_user",
    "salesperson": "base.group_user,sales_team.group_sale_salesman",  # with own documents, of the very order
    "other salesperson": "base.group_user,sales_team.group_sale_salesman",
    "purchaser": "base.group_user,purchase.group_purchase_user",
    "picker": "base.group_user,stock.group_stock_user",
    "elsewhere": "base.group_user,stock.group_stock_user,purchase.group_purchase_user",  # in another company
    "salesperson elsewhere": "base.group_user,sales_team.group_sale_manager",
}
# Odoo's own, which the addon extends: Odoo checks who may call them.
EXTENDED = {
    "action_assign",
    "action_confirm",
    "button_validate",
    "copy",
    "copy_data",
    "create",
    "default_get",
    "get_empty_list_help",
    "message_post",
    "message_post_with_source",
    "onchange",
    "search_fetch",
    "search_panel_select_multi_range",
    "unlink",
    "web_search_read",
    "write",
}
SELLERS = {"salesperson", "other salesperson"}
STOCK = {"picker"}  # who may read, with Odoo's own rights, the orders that he ships and receives
DELIVERY_READERS = SELLERS | STOCK | {"purchaser"}
# Of each public method of the addon: why it is public, and to whom it answers on a record of the story.
PUBLIC = {
    # buttons of forms and lists
    ("stock.picking", "action_agree_date"): STOCK | {"salesperson"},
    ("stock.picking", "action_close_short"): set(),  # who manages stock: see decide/
    ("stock.picking", "action_hold"): set(),
    ("stock.picking", "action_release"): set(),
    ("stock.agreed.date", "action_agree"): STOCK,  # who has opened it
    ("stock.agreed.date.line", "action_leave_out"): STOCK,
    ("stock.close.short", "action_close"): set(),
    ("stock.close.short.line", "action_leave_out"): set(),
    ("stock.hold", "action_hold"): set(),
    ("stock.hold.line", "action_leave_out"): set(),
    ("purchase.order", "action_view_pegged"): STOCK | {"purchaser"},
    ("purchase.order", "action_what_if"): STOCK | {"purchaser"},
    ("purchase.order.line", "action_view_pegged"): STOCK | {"purchaser"},
    # of a customer who is nobody's, and of all companies: each opens the pad of his own
    ("res.partner", "action_open_order_pad"): SELLERS | {"salesperson elsewhere"},
    ("res.partner", "action_view_pad_orders"): SELLERS | {"salesperson elsewhere"},
    ("sale.order", "action_explain"): STOCK | {"salesperson"},
    ("sale.order", "action_order_again"): {"salesperson"},  # whose order it is
    ("sale.order", "action_view_backorders"): STOCK | {"salesperson"},
    ("sale.order.line", "action_explain"): STOCK | {"salesperson"},
    ("stock.backorder.allocation", "action_undo"): set(),  # who may take back: see test_take_back
    ("stock.backorder.check", "action_check"): set(),  # who manages stock: see test_stock_backorder_check
    ("stock.backorder.check", "action_open"): set(),
    ("stock.backorder.check", "action_repair"): set(),
    ("stock.backorder.report", "action_view_deliveries"): STOCK,
    ("stock.completion", "action_print_slips"): STOCK,
    ("stock.completion", "action_view_deliveries"): STOCK,
    ("stock.completion.preview", "action_complete"): STOCK,
    ("stock.move", "action_empty"): DELIVERY_READERS,
    ("stock.move", "action_explain"): DELIVERY_READERS,
    ("stock.move", "action_get_it"): SELLERS | STOCK,  # a plan of his own
    ("stock.move", "action_fill"): DELIVERY_READERS,
    ("stock.order.pad", "action_open"): SELLERS,
    ("stock.order.pad", "action_send_link"): SELLERS,
    ("stock.order.pad.opening", "action_open"): {"salesperson"},  # who has chosen the customer
    ("stock.picking", "action_complete"): STOCK,
    ("stock.picking", "action_fill"): DELIVERY_READERS,
    ("stock.picking", "action_preview_completion"): STOCK,
    ("stock.picking", "action_view_chain"): DELIVERY_READERS,
    ("stock.picking", "action_view_pegged"): DELIVERY_READERS,
    ("stock.picking", "action_view_allocated"): STOCK,
    ("stock.picking", "action_what_if"): STOCK | {"purchaser"},
    ("stock.picking.type", "action_view_queue"): DELIVERY_READERS,
    ("stock.supply.need", "action_order"): {"purchaser", "elsewhere"},  # who is told that he needs none of it
    ("stock.supply.need", "action_view_customers"): STOCK | {"purchaser"},
    ("stock.supply.need", "action_view_lines"): STOCK | {"purchaser"},
    ("stock.supply.order", "action_order"): {"purchaser"},
    ("stock.supply.order", "action_order_and_mail"): {"purchaser"},
    ("stock.supply.order", "action_send"): {"purchaser"},
    ("stock.take.back", "action_apply"): set(),  # who may take back
    ("stock.take.back", "action_ask"): {"salesperson"},  # his own plan
    ("stock.warehouse", "action_what_if"): STOCK | {"purchaser"},
    ("stock.what.if", "action_simulate"): STOCK,
    ("stock.what.if", "action_view_lines"): STOCK,
    ("stock.what.if.change", "action_apply"): STOCK,
    # the popover of a line, the message after Validate, the dashboard
    ("stock.picking", "get_outcome"): DELIVERY_READERS,
    ("stock.picking", "get_star_warning"): DELIVERY_READERS,
    ("sale.order.line", "get_quantities"): STOCK | {"salesperson"},
    ("stock.move", "get_quantities"): DELIVERY_READERS,
    ("stock.backorder.health", "get_health"): STOCK | {"elsewhere"},
    # the settings page
    ("res.config.settings", "get_values"): set(),
    ("res.config.settings", "set_values"): set(),
}


@tagged("post_install", "-at_install")
class TestPublicMethods(BackorderCase, RpcCase):
    """Whatever can be called over the network checks what it shows: public methods x visitors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.users = {}
        for visitor, groups in VISITORS.items():
            company = other if "elsewhere" in visitor else cls.company
            login = f"public_{visitor.replace(' ', '_')}"
            cls.users[visitor] = new_test_user(
                cls.env, login, password=login, groups=groups, company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )  # fmt: skip
        cls.users["customer"].partner_id.parent_id = cls.customer
        cls._tell_story()

    @classmethod
    def _tell_story(cls):
        price = {"partner_id": cls.vendor.id, "price": 10, "delay": 5}
        beam, wool = (
            cls._create_product(name, stock, seller_ids=[Command.create(price)])
            for name, stock in (("Beam", 6), ("Wool", 0))
        )
        cls.order = cls._create_order((beam, 10), (wool, 5), user_id=cls.users["salesperson"].id)
        cls.root = cls.order.picking_ids
        cls.remainder = cls._ship(cls.root)
        cls.purchase = cls.env["purchase.order"].create(
            {
                "partner_id": cls.vendor.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "order_line": [Command.create({"product_id": beam.id, "product_qty": 2})],
            }
        )
        cls.purchase.button_confirm()
        cls.vendor.email = "vendor@example.com"
        cls.shipped = cls._create_delivery((cls._create_product("Nail", 1), 1))
        run = cls.env["stock.completion"].with_user(cls.picker)._start(cls.shipped)
        run.sudo().line_ids._complete()
        cls.env.flush_all()
        cls.env.invalidate_all()
        cls.need = cls.env["stock.supply.need"].search([("product_id", "=", wool.id)])
        wizard = cls.env["stock.supply.order"].with_user(cls.users["purchaser"])
        line = cls.remainder.move_ids[0]
        preview = cls.remainder.with_user(cls.users["picker"]).action_preview_completion()
        what_if = cls.remainder.with_user(cls.users["picker"]).action_what_if()
        what_if = cls.env["stock.what.if"].browse(what_if["res_id"])
        agreed = cls.env["stock.agreed.date"].with_user(cls.users["picker"])
        agreed = agreed.browse(agreed._open(cls.remainder)["res_id"])
        closed, held = (
            cls.env[model].browse(cls.env[model]._open(cls.remainder)["res_id"])
            for model in ("stock.close.short", "stock.hold")
        )
        cls.records = {
            "stock.agreed.date": agreed,
            "stock.agreed.date.line": agreed.line_ids,
            "stock.close.short": closed,
            "stock.close.short.line": closed.line_ids,
            "stock.hold": held,
            "stock.hold.line": held.line_ids,
            "purchase.order": cls.purchase,
            "purchase.order.line": cls.purchase.order_line,
            "sale.order": cls.order,
            "sale.order.line": cls.order.order_line[0],
            "stock.backorder.check": cls.env["stock.backorder.check"].create(
                {"kind": "state", "res_model": "stock.picking", "res_id": cls.root.id, "field_name": "customer_id"}
            ),
            "stock.backorder.report": cls.env["stock.backorder.report"].browse(line.id),
            "stock.completion": run,
            "stock.completion.preview": cls.env["stock.completion.preview"].browse(preview["res_id"]),
            "stock.move": line,
            "res.partner": cls.customer,
            "stock.order.pad": cls.env["stock.order.pad"]._open_for(
                cls.users["salesperson"], cls.customer, cls.company
            ),
            "stock.order.pad.opening": cls.env["stock.order.pad.opening"]
            .with_user(cls.users["salesperson"])
            .create({"partner_id": cls.customer.id}),
            "stock.picking": cls.remainder,
            "stock.picking.type": cls.delivery_type,
            "stock.supply.need": cls.need,
            "stock.backorder.allocation": cls.env["stock.backorder.allocation"].search([], limit=1),
            "stock.take.back": cls.env["stock.take.back"].browse(
                line.with_user(cls.users["salesperson"]).action_get_it()["res_id"]
            ),
            "stock.supply.order": wizard._create_for(cls.need._get_pools()),
            "stock.warehouse": cls.warehouse,
            "stock.what.if": what_if,
            "stock.what.if.change": what_if.change_ids,
        }
        cls.beam = beam

    def _find_public_methods(self):
        """Return ``{(model, method)}`` of all that our classes define and that Odoo lets anybody call."""
        found = set()
        for name, model in self.registry.items():
            for part in model.__mro__:
                if part.__module__.startswith("odoo.addons.gse_backorder."):
                    found |= {
                        (name, attribute)
                        for attribute, value in vars(part).items()
                        if not attribute.startswith("_")
                        and callable(value)
                        and not getattr(value, "_api_private", False)  # Odoo lets nobody call it
                        and attribute not in EXTENDED
                    }
        return found

    def test_every_method_is_in_the_table(self):
        """Scenario: the classes of the addon. Expected: the table has all that can be called, and nothing else."""
        concrete = {key for key in self._find_public_methods() if not self.env[key[0]]._abstract or key in PUBLIC}
        self.assertEqual(concrete, set(PUBLIC))

    def _get_arguments(self, model, method):
        if model in ("res.config.settings", "stock.backorder.health"):
            return [] if method.startswith("get") else [[]]
        record = self.records[model]
        if (model, method) == ("stock.picking", "action_view_pegged"):
            record = self.purchase.picking_ids
        if (model, method) == ("stock.picking", "get_outcome"):
            record = self.root  # which was validated
        return [record.ids, self.beam.id] if method == "get_quantities" else [record.ids]

    @mute_logger("odoo.http", "odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_methods_and_visitors(self):
        """Scenario: each visitor calls each method on a record of another's story. Expected: an answer for whom the
        table names, with nothing in it that he may not read; a refusal for all others."""
        for visitor, user in self.users.items():
            self.authenticate(user.login, user.login)
            for (model, method), welcome in PUBLIC.items():
                with self.subTest(visitor=visitor, model=model, method=method):
                    try:
                        answer = self._call(model, method, *self._get_arguments(model, method))
                    except RefusedError as refusal:
                        self.assertIn(refusal.kind, REFUSALS, refusal.message)
                        is_answered = refusal.kind == "odoo.exceptions.UserError"  # he may, it cannot be done
                    else:
                        is_answered = not self._is_empty(answer)
                        self._assert_readable(answer, user)
                    self.assertEqual(is_answered, visitor in welcome)

    @staticmethod
    def _is_empty(answer):
        """Whether it is a list of nothing."""
        domain = answer.get("domain") if isinstance(answer, dict) else None
        terms = [term for term in domain or () if isinstance(term, list)]
        return bool(terms) and all(term[2] == [] or term == [0, "=", 1] for term in terms)

    def _assert_readable(self, answer, user):
        if not isinstance(answer, dict) or not answer.get("res_model"):
            return
        listed = self.env[answer["res_model"]].with_user(user)
        ids = [
            record_id
            for term in answer.get("domain") or []
            if isinstance(term, list) and term[0] == "id"
            for record_id in (term[2] if isinstance(term[2], list) else [term[2]])
        ]
        if answer.get("res_id"):
            ids.append(answer["res_id"])
        self.assertEqual(listed.browse(ids)._filtered_access("read").ids, ids, "He may read all that is listed.")

    @mute_logger("odoo.http", "odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_abstract_models(self):
        """Scenario: the methods are called on the models that only lend them. Expected: refused."""
        lent = {key for key in self._find_public_methods() if self.env[key[0]]._abstract} - set(PUBLIC)
        self.assertTrue(lent)
        user = self.users["picker"]
        self.authenticate(user.login, user.login)
        for model, method in sorted(lent):
            with self.subTest(model=model, method=method), self.assertRaises(RefusedError) as refused:
                self._call(model, method, [1], *([self.beam.id] if method == "get_quantities" else []))
            self.assertIn(refused.exception.kind, REFUSALS, refused.exception.message)
