import re
from pathlib import Path
from types import SimpleNamespace

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import BackorderCase
from .test_readable import get_specification
from .test_roles import ROLES

# What a newcomer reads; the first only where the whole repository is there.
READMES = [Path(__file__).parents[2] / "README.rst", Path(__file__).parents[1] / "README.rst"]
PATH = re.compile(r"\*([A-Z][^*>]*(?:\s>\s[^*>]+)+)\*")
# Menus of whom each path begins with; others are the customer's page, and what is beside a form.
APPS = {"Inventory": "manager", "Purchase": "purchaser"}
# So many rows of a list are looked at, and so many clicks from where somebody begins.
ROWS, CLICKS = 2, 2
# What is there on some days only; Odoo's own operations of a transfer of which nothing is reserved.
MAY_BE_EMPTY = {"stock.completion", "stock.move.line"}


def get_readme_paths():
    """Return the paths of menus that the READMEs name, each a tuple of names."""
    paths = {path for readme in READMES if readme.exists() for path in PATH.findall(readme.read_text())}
    return {tuple(re.split(r"\s+>\s+", path)) for path in paths}


def find_menu(env, path):
    """Return the action at the end of a *path* of menus, as the user sees them; of a block of settings the settings'.

    :return: None if there is no such menu
    """
    menus = env["ir.ui.menu"].load_menus(False)
    found = menus["root"]
    for name in path[: path.index("Settings") + 1] if "Settings" in path else path:
        below = [menus[child] for child in found["children"]]
        headings = [menu for menu in below if not menu["action_id"]]  # of a column of entries: nobody clicks them
        below += [menus[child] for heading in headings for child in heading["children"]]
        found = next((menu for menu in below if menu["name"] == name), None)
        if not found:
            return None
    return env["ir.ui.menu"].browse(found["id"]).action


class Walker:
    """One user in front of the web client: what views show him he opens, and what they offer he presses."""

    def __init__(self, env):
        self.env = env
        self.path = []
        self.dead_ends = set()
        self.pressed = set()

    def click(self, what, model, work, *arguments):
        """Do *work*, undo it, and note where it is refused to who was offered it."""
        self.path.append(what)
        try:
            with self.env.cr.savepoint() as savepoint:
                work(*arguments)
                savepoint.rollback()
        except AccessError as error:
            self.dead_ends.add(f"{' > '.join(self.path)} ({model}): {str(error).splitlines()[0]}")
        except UserError as explained:
            assert str(explained), self.path
        finally:
            self.env.invalidate_all()
            self.path.pop()

    # ---- actions -------------------------------------------------------------

    def open_action(self, action):
        """Open *action*, a dictionary as the web client gets it, or nothing."""
        if not isinstance(action, dict) or action.get("type") != "ir.actions.act_window":
            return
        context = action.get("context") or {}
        if isinstance(context, str):
            context = safe_eval(context, {"uid": self.env.uid, "active_id": self.active.id, "allowed_company_ids": []})
        model = self.env[action["res_model"]].with_context(**context)
        views = action.get("views") or [(False, kind) for kind in action["view_mode"].split(",")]
        view_ids = {kind: view_id for view_id, kind in views}
        if action.get("res_id"):
            self.open_form(model.browse(action["res_id"]), view_ids.get("form", False))
        elif model._transient:
            arch = etree.fromstring(model.get_view(view_ids.get("form", False), "form")["arch"])
            model.onchange({}, [], get_specification(model, arch))
        elif "list" in view_ids:
            self.open_list(model, view_ids["list"], action.get("domain") or [])

    def open_list(self, model, view_id, domain):
        arch = etree.fromstring(model.get_view(view_id, "list")["arch"])
        if isinstance(domain, str):
            domain = safe_eval(domain, {"uid": self.env.uid, "active_id": self.active.id})
        rows = model.web_search_read(domain, get_specification(model, arch), limit=ROWS)["records"]
        if not rows and model._name not in MAY_BE_EMPTY:
            self.dead_ends.add(f"{' > '.join(self.path)} ({model._name}): an empty screen")
        if arch.get("action"):
            for row in rows[:1]:
                self.press(model.browse(row["id"]), arch.get("action"), arch.get("type"))
        for row in rows:
            self.press_buttons(model.browse(row["id"]), arch, row, None)

    # ---- forms ---------------------------------------------------------------

    def open_form(self, record, view_id=False):
        arch = etree.fromstring(record.get_view(view_id, "form")["arch"])
        shown = record.web_read(get_specification(record, arch))[0]
        self.press_buttons(record, arch, shown, None)

    def press_buttons(self, record, node, shown, parent, hidden=False):
        """Press each button below *node* that *shown*, the values of *record*, does not hide."""
        for child in node.iterchildren(tag=etree.Element):
            hides = hidden or self._is_true(child, "invisible", shown, parent)
            hides = hides or self._is_true(child, "column_invisible", shown, parent)
            if child.tag == "field" and isinstance(shown.get(child.get("name")), list):
                self._press_in_rows(record, child, shown, hides)
            elif child.tag == "button" and not hides:
                self.press(record, child.get("name"), child.get("type"))
            else:
                self.press_buttons(record, child, shown, parent, hides)

    def _press_in_rows(self, record, node, shown, hides):
        rows = [row for row in shown[node.get("name")] if isinstance(row, dict)]
        for view in node.iterchildren("list"):
            for row in rows[:1]:
                line = record[node.get("name")].browse(row["id"])
                self.press_buttons(line, view, row, SimpleNamespace(**shown), hides)

    def _is_true(self, node, attribute, shown, parent):
        expression = node.get(attribute) or "False"
        values = {name: value.get("id") if isinstance(value, dict) else value for name, value in shown.items()}
        return bool(safe_eval(expression, {**values, "parent": parent, "context": {}, "uid": self.env.uid}))

    def press(self, record, name, kind):
        key = (record._name, record.id, name)
        if key in self.pressed or kind not in ("object", "action") or len(self.path) > CLICKS:
            return
        self.pressed.add(key)
        self.active = record
        work = self._call if kind == "object" else self._load
        self.click(f"{record.display_name}: {name}", record._name, lambda: self.open_action(work(record, name)))

    def _call(self, record, name):
        return get_public_method(record, name)(record)

    def _load(self, record, action_id):
        action = self.env["ir.actions.actions"].sudo().browse(int(action_id))
        allowed = self.env[action.type].sudo().browse(action.id)
        if "group_ids" in allowed and allowed.group_ids and not allowed.group_ids & self.env.user.all_group_ids:
            raise AccessError(allowed.name)
        context = {"active_id": record.id, "active_ids": record.ids, "active_model": record._name}
        return {**allowed._get_action_dict(), "context": context}


@tagged("post_install", "-at_install")
class TestDeadEnds(BackorderCase):
    """What a role is shown it may press: no access error, no empty screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"walker_{role}", groups=groups)
            for role, groups in ROLES.items()
            if role not in ("clerk", "customer")
        }
        cls.product = cls._create_product("Walked", stock=4, purchaser_id=cls.users["purchaser"].id)
        uncovered = cls._create_product("Uncovered", purchaser_id=cls.users["purchaser"].id)
        cls.order = cls._create_order((cls.product, 10), (uncovered, 5), user_id=cls.users["salesperson"].id)
        cls.delivery = cls.order.picking_ids
        cls.backorder = cls._ship(cls.delivery)
        cls.ready = cls._create_order((cls._create_product("There", stock=9), 5)).picking_ids
        cls.purchase = cls.env["purchase.order"].create(
            {
                "partner_id": cls.vendor.id,
                "user_id": cls.users["purchaser"].id,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "order_line": [
                    Command.create({"product_id": cls.product.id, "product_qty": 5, "price_unit": 1}),
                ],
            }
        )
        cls.purchase.button_confirm()
        cls.receipt = cls.purchase.picking_ids
        cls.env.flush_all()
        cls.env.cr.execute("UPDATE stock_picking SET customer_id = partner_id WHERE id = %s", [cls.receipt.id])
        cls.env.invalidate_all()
        cls.env["stock.backorder.check"]._check()  # so that there is something to repair

    def _walk(self, role, *records):
        walker = Walker(self.env(user=self.users[role]))
        for record in records:
            own = record.with_env(walker.env)
            walker.active = own
            walker.click(record.display_name, record._name, walker.open_form, own)
        self._invalidate()
        return walker

    def test_transfers(self):
        """Scenario: each opens transfers, and presses what he sees. Expected: nothing is refused to him."""
        for role in self.users:
            with self.subTest(role):
                walker = self._walk(role, self.delivery, self.backorder, self.ready, self.receipt)
                self.assertFalse(walker.dead_ends, "\n".join(sorted(walker.dead_ends)))
                self.assertTrue(walker.pressed)

    def test_orders(self):
        """Scenario: the salesperson's order, the purchaser's. Expected: each button leads somewhere."""
        for role, order in (("salesperson", self.order), ("purchaser", self.purchase)):
            with self.subTest(role):
                walker = self._walk(role, order)
                self.assertFalse(walker.dead_ends, "\n".join(sorted(walker.dead_ends)))
                self.assertTrue(walker.pressed)

    def test_menus(self):
        """Scenario: each opens the addon's menus, and what their rows open. Expected: he may, and it says something."""
        ours = self.env["ir.model.data"].search([("module", "=", "gse_backorder"), ("model", "=", "ir.ui.menu")])
        for role, user in self.users.items():
            walker = Walker(self.env(user=user))
            walker.active = self.env["res.users"]
            menus = self.env(user=user)["ir.ui.menu"].load_menus(False)
            for menu in self.env["ir.ui.menu"].browse(ours.mapped("res_id")).filtered("action"):
                if menu.id in menus:
                    action = menu.action.with_env(walker.env).sudo()._get_action_dict()
                    walker.click(menu.name, menu.action._name, walker.open_action, action)
            with self.subTest(role):
                self.assertFalse(walker.dead_ends, "\n".join(sorted(walker.dead_ends)))

    def test_opened_by_its_address(self):
        """Scenario: each list of ours is opened by its address alone, from nowhere. Expected: it opens: what its action
        says of the record that it was opened from is said of none."""
        actions = self.env["ir.actions.act_window"].search([("binding_model_id", "=", False)])
        own = actions.filtered(lambda action: action.get_external_id()[action.id].startswith("gse_backorder."))
        self.assertIn("served-transfers", own.mapped("path"))
        for action in own:
            known = action._get_eval_context()
            # As the web client has it: what the user is, and nothing of a record.
            context = {**known, "context": dict(self.env.context), "allowed_company_ids": self.env.companies.ids}
            with self.subTest(action=action.xml_id):
                self.assertIsInstance(safe_eval(action.context or "{}", context), dict)
                self.env[action.res_model].search(safe_eval(action.domain or "[]", context), limit=1)

    def test_the_clock(self):
        """Scenario: the purchaser is told of shortages. Expected: the clock opens the needs that it counts."""
        # Where it is tomorrow in the warehouse, it would be work for tomorrow to who works elsewhere.
        self.users["purchaser"].tz = self.warehouse._get_zone(self.company)
        with self.enter_registry_test_mode():
            self.env.ref("gse_backorder.ir_cron_supply_alert").method_direct_trigger()
        self._invalidate()
        purchaser = self.env(user=self.users["purchaser"])
        groups = {group["model"]: group for group in purchaser["res.users"]._get_activity_groups()}
        needs = purchaser["stock.supply.need"].search([("product_id.activity_user_id", "=", purchaser.uid)])
        self.assertEqual(len(needs), 2)
        self.assertEqual(groups["stock.supply.need"]["total_count"], len(needs), "Nothing is counted and not shown.")
        self.assertNotIn("product.product", groups, "And nothing twice.")
        self.product.activity_schedule("mail.mail_activity_data_todo", user_id=purchaser.uid)
        groups = {group["model"]: group for group in purchaser["res.users"]._get_activity_groups()}
        counts = {model: groups[model]["total_count"] + groups[model]["planned_count"] for model in groups}
        self.assertEqual((counts["product.product"], counts["stock.supply.need"]), (1, 1), "Other work on it stays.")
        # Odoo counts so many of the latest: what it does not count is not taken away from it.
        self.env["ir.config_parameter"].set_param("mail.activity.systray.limit", 1)
        groups = {group["model"]: group for group in purchaser["res.users"]._get_activity_groups()}
        counts = {model: groups[model]["total_count"] + groups[model]["planned_count"] for model in groups}
        self.assertEqual(counts, {"product.product": 1}, "Only the work that was added last.")

    def test_readme_paths(self):
        """Scenario: who follows the READMEs. Expected: each path of menus is there, for whom it is meant, and opens."""
        walked = {path for path in get_readme_paths() if path[0] in APPS}
        self.assertTrue(walked)
        for path in sorted(walked):
            with self.subTest(" > ".join(path)):
                walker = Walker(self.env(user=self._hire_for(path)))
                action = find_menu(walker.env, path)
                self.assertTrue(action, "There is no such menu.")
                walker.active = self.env["res.users"]
                values = action.with_env(walker.env).sudo()._get_action_dict()
                walker.click(" > ".join(path), action._name, walker.open_action, values)
                self.assertFalse(walker.dead_ends, "\n".join(sorted(walker.dead_ends)))

    def _hire_for(self, path):
        """Return who is meant: settings are an administrator's."""
        return self.env.ref("base.user_admin") if "Settings" in path else self.users[APPS[path[0]]]
