import inspect
import io
import json
import re
from itertools import cycle, islice, product
from unittest.mock import patch
from urllib.parse import quote

from odoo import api
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .. import arguments, controllers
from .chance import draw_from, slow
from .customer.test_portal import PortalHttpCase

PACKAGE = __name__.partition(".tests")[0]
# What these take is said by Odoo: it calls them with whole records' values, and checks these itself.
ODOOS_OWN = {
    "copy", "copy_data", "create", "default_get", "get_values", "onchange", "search_fetch", "set_values", "unlink",
    "web_search_read", "write",
}  # fmt: skip
FEW, MANY = 300, 3_000
NOTHING = object()
# Where customers' own systems ask, by a key of one of their logins, in JSON; the first one is the page's own.
SYSTEM_ROUTES = ("/my/order/judge", "/my/order/api/judge", "/my/order/api/place", "/my/deliveries/lines/json")
# What Odoo says to who has not said who he is, or has said nothing that is JSON.
ODOOS_ANSWERS = {
    "odoo.http.SessionExpiredException",
    "werkzeug.exceptions.Unauthorized",
    "werkzeug.exceptions.BadRequest",
}
ROLES = {
    "clerk": "base.group_user",
    "salesperson": "base.group_user,sales_team.group_sale_salesman_all_leads",
    "purchaser": "base.group_user,purchase.group_purchase_user",
    "manager": "stock.group_stock_manager,sales_team.group_sale_manager,purchase.group_purchase_manager",
}
# What Odoo lets be called of each model, whether or not it has records.
ORM_METHODS = {
    "copy": [[1]],
    "create": [{}],
    "default_get": [["name"]],
    "export_data": [[1], ["display_name"]],  # External IDs of what has no table Odoo refuses in its own way
    "fields_get": [],
    "formatted_read_group": [[], [], ["__count"]],
    "get_views": [[[False, "form"]]],
    "name_search": ["x"],
    "read": [[1], ["display_name"]],
    "search": [[]],
    "search_count": [[]],
    "search_read": [[], ["display_name"]],
    "unlink": [[1]],
    "web_read": [[1], {"display_name": {}}],
    "web_search_read": [[], {"display_name": {}}],
    "write": [[1], {}],
}


def find_public_methods(env):
    """Return ``[(model, name, function)]`` of all that the addon lets be called, own or extended, inherited or not."""
    found = []
    for model in sorted(env.registry):
        for name, function in inspect.getmembers(env.registry[model], inspect.isfunction):
            own = next(
                (
                    vars(base)[name]
                    for base in env.registry[model].__mro__
                    if name in vars(base) and base.__module__.startswith(PACKAGE)
                ),
                None,
            )
            if own and not name.startswith("_") and not getattr(function, "_api_private", False):
                found.append((model, name, own))
    return found


def find_routes():
    """Return the paths of the addon's pages, as they are written at its controllers."""
    pages = (
        method
        for _name, module in inspect.getmembers(controllers, inspect.ismodule)
        for _class, controller in inspect.getmembers(module, inspect.isclass)
        if controller.__module__.startswith(PACKAGE)
        for _method, method in inspect.getmembers(controller, inspect.isfunction)
        if method.__module__.startswith(PACKAGE)
    )
    return sorted({path for page in pages for path in getattr(page, "original_routing", {}).get("routes", ())})


class NonsenseCase(PortalHttpCase):
    """Whatever is sent: it is refused in words, or answered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: new_test_user(cls.env, f"nonsense_{role}", groups=groups) for role, groups in ROLES.items()}
        cls.users.update(customer=cls.owner, picker=cls.picker)
        cls.backorder = cls._ship_root()
        cls.run_id = cls.backorder.with_user(cls.picker).action_complete()["res_id"]
        cls.product_names = cls.root.move_ids.product_id.mapped("name")
        cls.company.write({"customer_may_order": "order", "portal_confirmation_pay": False})
        cls.keys = {user.login: cls._get_key(user) for user in (cls.owner, cls.stranger, cls.picker)}
        cls.keys["nobody"] = None

    def _call(self, model, method, args, kwargs):
        """Call a public method as the web client does; return the class of the error that came back, if one did."""
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}),
            headers={"Content-Type": "application/json"},
        )
        error = answer.json().get("error")
        return error and error["data"]["name"]

    def _assert_understood(self, error, what):
        self.assertTrue(error is None or error.startswith("odoo.exceptions."), f"{error}: {what}")

    # ---- nonsense ----------------------------------------------------------------

    def _draw_value(self, chance, depth=0):
        """Return something that JSON can say."""
        kinds = [
            lambda: chance.choice((None, True, False, 0, 1, -1, 2**31 - 1, 2**31, 2**70, -(2**63), 10**400)),
            lambda: chance.choice((1.5, 1e308, float("nan"), float("inf"), -float("inf"))),
            lambda: chance.choice(
                ("", "x", "1", "%", "\0", "é\u202e", "\ud800", "'; --", "9" * 4_400, "y" * 10_000, "[]")
            ),
            lambda: chance.choice((self.backorder.id, self.root.id, self.order.id, self.warehouse.id, self.run_id)),
        ]
        if depth < 3:
            kinds += [
                lambda: [self._draw_value(chance, depth + 1) for _item in range(chance.randint(0, 3))],
                lambda: {name: self._draw_value(chance, depth + 1) for name in chance.choice(("", "a", "ab"))},
            ]
        return chance.choice(kinds)()

    def _draw_ids(self, chance, model):
        """Return ids for a call; what is no list Odoo itself fails to read."""
        existing = self.env[model].search([], limit=3).ids if not self.env[model]._abstract else []
        drawn = [self._draw_value(chance) for _item in range(chance.randint(0, 3))]
        return chance.choice((existing, existing[:1], drawn, [*existing, *drawn]))

    def _draw_context(self, chance):
        names = ("queue", "notice", "keep_remainder", "default_backorder_id")
        return {name: self._draw_value(chance) for name in names if chance.random() < 0.3}

    def _draw_call(self, chance, model, name, function):
        """Return the positional and the named arguments of a call."""
        parameters = list(inspect.signature(function).parameters.values())[1:]
        named = {
            parameter.name: self._draw_value(chance)
            for parameter in parameters
            if parameter.kind is not parameter.VAR_KEYWORD and chance.random() < 0.8
        }
        if chance.random() < 0.1:
            named["nobody"] = self._draw_value(chance)
        if name == "search_panel_select_multi_range":
            names = ("customer_id", "product_id", "picking_type_id", self._draw_value(chance))
            named["field_name"] = chance.choice(names)
            domains = ("search_domain", "category_domain", "filter_domain", "group_domain")
            named.update({domain: self._draw_value(chance) for domain in domains if chance.random() < 0.5})
        surplus = [self._draw_value(chance) for _item in range(chance.randint(0, 2))] if chance.random() < 0.2 else []
        ids = [] if getattr(function, "_api_model", False) else [self._draw_ids(chance, model)]
        return [*ids, *surplus], {**named, "context": self._draw_context(chance)}

    # ---- requests ----------------------------------------------------------------

    def _try_calls(self, chance, number):
        """Call public methods with nonsense, each of them as often, and every visitor as well."""
        methods = cycle(found for found in find_public_methods(self.env) if found[1] not in ODOOS_OWN)
        for user in self.users.values():
            self.authenticate(user.login, user.login)
            for model, name, function in islice(methods, number // len(self.users)):
                args, kwargs = self._draw_call(chance, model, name, function)
                error = self._call(model, name, args, kwargs)
                self._assert_understood(error, f"{user.login}: {model}.{name} {args} {kwargs}"[:2_000])

    def _try_pages(self, chance, number):
        """Open pages with nonsense, files and all verbs."""
        token = self.backorder._portal_ensure_token()
        names = (
            "access_token", "delivery", "document", "download", "error", "filterby", "groupby", "hash", "line",
            "line[]", "no_breadcrumbs", "object", "page", "page_name", "picking_id", "pid", "report_type", "search",
            "search_in", "session_history", "sortby", "values",
        )  # fmt: skip
        words = (token, "x", "9" * 4_400, "²", "٣", "é\u202e", "'; --", "-1", "1e9", "waiting", "html", "all", "1,2,x")

        ids = (self.backorder.id, self.root.id, self.receipt.id, 2**31, 10**40)

        def draw_part(_match):
            return quote(str(chance.choice((*ids, "9" * 4_400, "keep", "cancel", "²"))), safe="")

        def draw_values(most):
            return {chance.choice(names): chance.choice(words) for _name in range(chance.randint(0, most))}

        routes = find_routes()
        for user in (None, self.owner, self.stranger, self.picker):
            self.authenticate(user and user.login, user and user.login)
            csrf = self.csrf_token()
            for _index in range(number // 4):
                path = re.sub(r"<[^>]+>", draw_part, chance.choice(routes))
                verb = chance.choice(("GET", "GET", "HEAD", "OPTIONS", "POST", "POST", "PUT", "PATCH", "DELETE"))
                sent = {"params": {name: value for name, value in draw_values(3).items() if name != "report_type"}}
                if verb not in ("GET", "HEAD", "OPTIONS"):
                    sent["data"] = {**draw_values(3), **({"csrf_token": csrf} if chance.random() < 0.9 else {})}
                    sent["files"] = {
                        chance.choice(names): ("f.txt", io.BytesIO(b"text")) for _file in range(chance.randint(0, 2))
                    } or None
                answer = self.url_open(path, method=verb, allow_redirects=False, timeout=60, **sent)
                self.assertLess(answer.status_code, 500, f"{user and user.login}: {verb} {path} {sent}"[:2_000])

    def _try_systems(self, chance, number):
        """Let the customers' own systems, and others, say whatever JSON can say, with a key and without."""
        names = {
            "code", "context", "filterby", "key", "line", "lines", "note", "page", "pad_id", "policy", "quantity",
            "reference", "search", "search_in", "seen", "shipping", "sortby", "unit", "user_id", "wished_date",
        }  # fmt: skip
        self.authenticate(self.owner.login, self.owner.login)
        for _index in range(number):
            self.env["stock.order.pad.meter"].search([]).unlink()  # as if each had a minute of its own
            visitor, key = chance.choice(list(self.keys.items()))
            path = chance.choice(SYSTEM_ROUTES)
            body = {name: self._draw_value(chance) for name in chance.sample(sorted(names), chance.randint(0, 4))}
            if chance.random() < 0.8:
                words = ("N-1", self.product_names[0], *self.product_names)
                body["lines"] = [
                    {
                        "code": chance.choice(words),
                        chance.choice(("quantity", "unit", "code")): self._draw_value(chance),
                    }
                    for _line in range(chance.randint(0, 3))
                ]
            if chance.random() < 0.5:
                body["key"] = chance.choice(("K1", "K2", str(chance.random())))
            sent = body if "/api/" in path else {"params": body}
            sent = chance.choice((sent, sent, sent, sent, self._draw_value(chance)))
            answer = self.url_open(
                path,
                data=json.dumps(sent),
                headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
                timeout=60,
            )
            what = f"{visitor}: {path} {json.dumps(sent)}"[:2_000]
            self.assertLess(answer.status_code, 500, what)
            error = answer.json().get("error") if "json" in answer.headers.get("Content-Type", "") else None
            if error and error["data"]["name"] not in ODOOS_ANSWERS:
                self._assert_understood(error["data"]["name"], what)

    def _try(self, calls, pages):
        with self.assertNoLogs("odoo", "ERROR"):
            self._try_calls(draw_from("calls"), calls)
            self._try_pages(draw_from("pages"), pages)
            self._try_systems(draw_from("systems"), pages)


@tagged("post_install", "-at_install")
class TestNonsense(NonsenseCase):
    def test_numbers_that_are_none(self):
        """Scenario: what a person enters as a number in a form or a list of ours is none. Expected: he is told."""
        entered = [
            field
            for model in self.env.registry.models.values()
            if model._original_module == "gse_backorder" and not model._abstract
            for field in model._fields.values()
            if field.type == "float" and field.store and not field.readonly
        ]
        self.assertGreaterEqual(len(entered), 4)
        for field, size in product(entered, (float("nan"), float("inf"), -float("inf"), 10**400, "many", {"a": 1})):
            with self.subTest(field=str(field), size=str(size)[:5]), self.assertRaises(UserError):
                self.env[field.model_name].new({field.name: size})
            with self.subTest(field=str(field), size=str(size)[:5]), self.assertRaises(UserError):
                field.convert_to_column(size, self.env[field.model_name])

    def test_every_public_method_says_what_it_takes(self):
        """Scenario: all that the addon lets be called. Expected: each refuses what it cannot mean."""
        found = find_public_methods(self.env)
        silent = {
            f"{model}.{name}"
            for model, name, function in found
            if name not in ODOOS_OWN and not getattr(function, "refuses_nonsense", False)
        }
        self.assertFalse(silent)
        self.assertIn(("stock.move", "action_fill"), {(model, name) for model, name, _function in found})

    def test_random_requests(self):
        """Scenario: 300 calls and pages with nonsense. Expected: refused in words, or answered; nothing in the log."""
        self._try(FEW * 2 // 3, FEW // 3)

    @slow
    def test_many_random_requests(self):
        """Scenario: ten times as many. Expected: the same."""
        self._try(MANY * 2 // 3, MANY // 3)

    def test_planted_holes(self):
        """Scenario: one check after the other is taken out. Expected: the random requests find out."""
        for name, hole in (
            ("_check_records", lambda records, single, unsaved: None),
            ("one_id", lambda record, name, value: value),
        ):
            with (
                self.subTest(name),
                patch.object(arguments, name, hole),
                mute_logger("odoo"),
                self.assertRaises(AssertionError),
            ):
                self._try_until_found()

    def test_planted_hole_of_systems(self):
        """Scenario: what no database stores is let through. Expected: what systems send by chance finds out."""
        with (
            patch.object(arguments, "text", lambda value, longest=None: str(value)[:longest]),
            mute_logger("odoo"),
            self.assertRaises(AssertionError),
        ):
            self._try_systems(draw_from("holes"), MANY)

    def _try_until_found(self):
        """Draw calls until one is not refused, at most as many as :meth:`test_many_random_requests` draws."""
        chance = draw_from("holes")
        with self.assertNoLogs("odoo", "ERROR"):
            for _round in range(MANY // FEW):
                self._try_calls(chance, FEW)

    def test_models_without_records(self):
        """Scenario: Odoo's own methods, called on models that keep no records. Expected: refused in words."""
        ours = [
            model
            for model in sorted(self.env.registry)
            if self.env[model]._abstract
            and any(
                base.__module__.startswith(PACKAGE) and base.__name__ != "Base"  # which is of all models
                for base in self.env.registry[model].__mro__
            )
        ]
        self.assertIn("stock.customer.page", ours)
        with self.assertNoLogs("odoo", "ERROR"):
            for user in (self.users["manager"], self.owner, self.env.ref("base.user_admin")):
                self.authenticate(user.login, user.login)
                for model in ours:
                    for method, args in ORM_METHODS.items():
                        with self.subTest(user=user.login, model=model, method=method):
                            self._assert_understood(self._call(model, method, args, {}), method)

    def test_absurd_arguments_one_by_one(self):
        """Scenario: each public method on each kind of id that cannot be. Expected: refused in words."""
        self.authenticate(self.picker.login, self.picker.login)
        with self.assertNoLogs("odoo", "ERROR"):
            for model, name, function in find_public_methods(self.env):
                if name in ODOOS_OWN or getattr(function, "_api_model", False):
                    continue
                for record_id in ({"a": 1}, "x", 2**31, 1.5, True, [1], None, -1, 0):
                    with self.subTest(model=model, method=name, record_id=record_id):
                        error = self._call(model, name, [[record_id]], {})
                        self.assertTrue(error and error.startswith("odoo.exceptions."), error)

    def test_figures(self):
        """Scenario: the dashboard of what is no warehouse, of what is no period. Expected: refused; the first."""
        health = self.env["stock.backorder.health"].with_user(self.picker)
        for warehouse_id in ({"a": 1}, [1], "1", True, 2**40, 1.0, float("nan")):
            with self.assertRaises(UserError):
                health.get_health(30, warehouse_id)
        for days in ({}, "30", None, float("nan"), 2**80, [90]):
            self.assertEqual(health.get_health(days)["days"], 30)

    def test_context(self):
        """Scenario: text where our own code puts a date, a mail, a state. Expected: as if it were not there."""
        for foreign in ("x", {"picking_ids": self.root.ids}, self.root.ids):
            told = self.backorder.with_context(
                notice=foreign, notice_picking_ids=self.root.ids, notice_dates={str(self.backorder.id): [1, 2]}
            )
            self.assertEqual(told._get_noticed(), self.backorder, "A mail tells of what it is sent on.")
            self.assertEqual(told._get_notice_dates(), self.backorder._get_notice_dates())
        for queue in ("x", {}, ["ready"], "done"):
            action = self.delivery_type.with_context(queue=queue).action_view_queue()
            self.assertEqual(
                [name for name in action["context"] if name.endswith("in_stock")], ["search_default_in_stock"]
            )
        with self.assertRaises(UserError):
            self.env["stock.picking"].with_context(default_backorder_id="x").create(
                {"picking_type_id": self.delivery_type.id}
            )

    def test_page_of_an_absurd_choice(self):
        """Scenario: lines of 4,400 digits, a file, words. Expected: refused on the page, and nothing has changed."""
        for line in ("9" * 4_400, "²", "x", "-1", "1.0", ",", "9" * 200_000):
            with self.subTest(line[:9]):
                self._post(self.backorder, "cancel", self.owner, line=line)
                self.assertIn("This cannot be chosen.", self._notice(self.backorder))
        self.assertNotIn("cancel", self.backorder.move_ids.mapped("state"))
        csrf = self.csrf_token()
        self.url_open(
            f"/my/deliveries/{self.backorder.id}/cancel",
            data={"csrf_token": csrf},
            files={"line": ("line.txt", io.BytesIO(str(self.backorder.move_ids[0].id).encode()))},
        )
        self.assertNotIn("cancel", self.backorder.move_ids.mapped("state"), "A file names no line.")

    def test_values_of_the_page_win(self):
        """Scenario: an address names what the page shows. Expected: the page shows the delivery all the same."""
        page = self._read(f"/my/deliveries/{self.backorder.id}?delivery=x&values=x&object=x&page_name=x", self.owner)
        self.assertIn(self.backorder.name, self._words(page.xpath("//main")[0]))

    def test_long_search(self):
        """Scenario: 2 MB are searched for. Expected: answered, and no more of it is looked for than a person types."""
        self.authenticate(self.owner.login, self.owner.login)
        text = "x" * 2_000_000
        answer = self.url_open("/my/deliveries", data={"search": text, "csrf_token": self.csrf_token()}, timeout=60)
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn("x" * (arguments.LONGEST_TEXT + 1), answer.text)

    def test_arguments(self):
        """Scenario: an own public method. Expected: its arguments come as their kinds, by place or by name."""
        record = self.env["stock.picking"].browse(7)

        @arguments.public(single=True, record_id=arguments.one_id, others=arguments.many_ids)
        @api.readonly
        def method(self, record_id, others=None, **kwargs):
            return record_id, others, kwargs

        self.assertTrue(method._readonly, "What Odoo knows of the method stays known.")
        self.assertEqual(method(record, 5, {6}, x=1), (5, [6], {"x": 1}))
        self.assertEqual(method(record, others=None, record_id=5), (5, [], {}))
        for wrong in ((), (5, 6, 7), (True,), ("5",), (5, "6"), (5, [True])):
            with self.assertRaises(UserError):
                method(record, *wrong)
        with self.assertRaises(UserError):
            method(record, 5, **{"self": 1})  # pylint: disable=redundant-keyword-arg
        with self.assertRaisesRegex(UserError, "one record"):
            method(record.browse((7, 8)), 5)
