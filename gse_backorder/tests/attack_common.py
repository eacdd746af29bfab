"""What attacks share: two companies with secrets in them, who has no business with these, and how a leak is seen."""

import json
import re
from contextlib import contextmanager
from typing import NamedTuple

from lxml import html

from odoo import Command, fields
from odoo.tests import new_test_user
from odoo.tools import SQL

from ..models.chain.engine_facts import as_facts
from ..models.customer.order_pad_text import Row
from .chance import undone
from .common import BackorderCase
from .rpc_common import REFUSALS, RefusedError, RpcCase

CHOICES = ("keep", "cancel", "together", "now")
OUTSIDERS = ("stranger", "customer", "vendor", "addressee", "moved", "archived")
INSIDERS = ("colleague", "victim")
PORTAL = OUTSIDERS + INSIDERS
STAFF = ("salesperson", "picker", "purchaser", "rival")
OURS = (*PORTAL, "clerk", *STAFF)
EVERYBODY = (*OURS, "elsewhere")
GROUPS = {
    "customer": "base.group_portal",  # of another company
    "vendor": "base.group_portal",
    "addressee": "base.group_portal",  # where the goods of the victim go
    "moved": "base.group_portal",  # was the victim's colleague, and works for the customer's company now
    "archived": "base.group_portal",  # was the victim's colleague
    "colleague": "base.group_portal",
    "victim": "base.group_portal",
    "clerk": "base.group_user",
    "salesperson": "base.group_user,sales_team.group_sale_salesman",  # with own documents
    "picker": "base.group_user,stock.group_stock_user",
    "purchaser": "base.group_user,purchase.group_purchase_user",
    "rival": "base.group_user,purchase.group_purchase_user",
    "elsewhere": "base.group_user,stock.group_stock_user,purchase.group_purchase_user",  # in the other company
}
# What refuses a request before our code has been asked, and what Odoo itself says of what is no field of a search.
ODOOS_REFUSALS = REFUSALS | {
    "odoo.exceptions.AccessDenied",
    "odoo.http.SessionExpiredException",
    "werkzeug.exceptions.BadRequest",
    "werkzeug.exceptions.Forbidden",
    "werkzeug.exceptions.NotFound",
    "2", "3", "4",  # of XML-RPC: a warning, a login that is refused, a right that is missing
}  # fmt: skip
ABSURD = {"builtins.ValueError", "builtins.KeyError", "builtins.TypeError", "1"}
ODOOS_PAGES = ("/report/", "/my/picking/", "/mail/view")
# Rows that no attack may change: by table, the condition that finds them.
WATCHED = {
    "stock_picking": "id = ANY(%(pickings)s)",
    "stock_move": "picking_id = ANY(%(pickings)s)",
    "stock_move_line": "picking_id = ANY(%(pickings)s)",
    "stock_completion_line": "picking_id = ANY(%(pickings)s)",
    "mail_message": "model = 'stock.picking' AND res_id = ANY(%(pickings)s)",
    "mail_followers": "res_model = 'stock.picking' AND res_id = ANY(%(pickings)s)",
    "ir_attachment": "id = ANY(%(attachments)s) OR res_model = 'stock.picking' AND res_id = ANY(%(pickings)s)",
    "sale_order": "id = ANY(%(orders)s)",
    "sale_order_line": "order_id = ANY(%(orders)s)",
    "purchase_order": "TRUE",
    "purchase_order_line": "TRUE",
    "stock_supply_order": "id = ANY(%(wizards)s)",
    "stock_supply_order_line": "wizard_id = ANY(%(wizards)s)",
    "stock_take_back": "id = ANY(%(take_backs)s)",
    "stock_take_back_line": "take_back_id = ANY(%(take_backs)s)",
    "stock_what_if": "id = ANY(%(what_ifs)s)",
    "stock_what_if_change": "what_if_id = ANY(%(what_ifs)s)",
    "stock_what_if_line": "what_if_id = ANY(%(what_ifs)s)",
    "stock_order_pad": "id = ANY(%(pads)s)",
    "stock_order_pad_line": "pad_id = ANY(%(pads)s)",
    "stock_customer_code": "TRUE",
    "stock_warehouse": "TRUE",
    "res_company": "TRUE",
}


class Secret(NamedTuple):
    """Something that stands in a record, and who must never be told it."""

    text: str
    hidden_from: frozenset


class AttackCase(BackorderCase, RpcCase):
    """Visitors draw requests by chance; whatever they are told that is not theirs, or change, is a leak."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls._create_goods()
        cls._tell_victims_story()
        cls._tell_customers_story()
        cls._tell_story_elsewhere()
        cls._prepare_purchases()
        cls._write_pads()
        cls.old_token = cls._give_away()
        cls.entered, cls.csrf_tokens = {}, {}
        cls.secrets = cls._list_secrets()

    def setUp(self):
        super().setUp()
        for visitor in ("moved", "archived"):  # while they still work there
            self._enter(visitor)
            self.opener.get(f"{self.base_url()}/my")
        self.users["moved"].partner_id.parent_id = self.other_customer
        self.users["archived"].active = False
        self.leaks = []

    # ---- the story -----------------------------------------------------------

    @classmethod
    def _create_users(cls):
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        partners = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("zqvictimname", "Other Customer", "Building Site")]
        )
        cls.victim_company, cls.other_customer, cls.site = partners
        employers = {
            "customer": cls.other_customer,
            "vendor": cls.vendor,
            "addressee": cls.site,
            **dict.fromkeys(("moved", "archived", *INSIDERS), cls.victim_company),
        }
        # Neither has a login; a guest has been given a link.
        cls.users = dict.fromkeys(("stranger", "guest"), cls.env["res.users"])
        for visitor, groups in GROUPS.items():
            company = cls.other_company if visitor == "elsewhere" else cls.company
            login = f"attack_{visitor}"
            cls.users[visitor] = new_test_user(
                cls.env, login, password=login, groups=groups, email=f"{login}@example.com", company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )  # fmt: skip
            if visitor in employers:
                cls.users[visitor].partner_id.parent_id = employers[visitor]
        # A secret that Odoo keeps from all but administrators.
        cls.victim_company.signup_type = "reset"

    @classmethod
    def _create_goods(cls):
        prices = [Command.create({"partner_id": cls.vendor.id, "price": 10, "delay": 5})]
        cls.company.write({"customer_may_cancel": True, "customer_may_group": True, "portal_confirmation_pay": False})
        # Who orders knows of what his company has bought, and of nothing else.
        cls.company.write({"customer_may_order": "order", "customer_order_products": "bought"})
        cls.beam = cls._create_product(
            "zqproduct", 6, default_code="zqreference", standard_price=77123.45, seller_ids=prices
        )
        cls.nail = cls._create_product("Nail", 4, default_code="zqnailreference", standard_price=66123.45)

    @classmethod
    def _order_for(cls, visitor, *lines, **values):
        return cls._create_order(*lines, partner_id=cls.users[visitor].partner_id.id, **values)

    @classmethod
    def _tell_victims_story(cls):
        cls.order = cls._order_for(
            "victim",
            (cls.beam, 10),
            confirm=False,
            partner_shipping_id=cls.users["addressee"].partner_id.id,
            client_order_ref="zqclientref",
            name="zqordername",
            user_id=cls.salesperson.id,
        )
        cls.order.order_line.price_unit = 98765.43
        cls.order.action_confirm()
        cls.root = cls.order.picking_ids
        cls.root.write({"name": "zqdelivery", "note": "zqstaffnote", "site_note": "zqsitenote"})
        cls.remainder = cls._ship(cls.root)
        cls.remainder.note = "zqstaffnote"
        followers = cls.users["victim"].partner_id | cls.users["addressee"].partner_id
        cls.remainder.message_subscribe(followers.ids)
        # Where files are kept does not matter here, and tests that run at the same time share a folder.
        cls.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        cls.attachment = cls.env["ir.attachment"].create(
            {"name": "zqfile.txt", "raw": b"zqattachment", "res_model": "stock.picking", "res_id": cls.remainder.id}
        )
        cls.message = cls.remainder.message_post(
            body="zqmessage",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachment_ids=cls.attachment.ids,
        )
        cls.remainder.message_post(body="zqinternal", subtype_xmlid="mail.mt_note")
        # He follows it, too. What he had been told before he left he would have: Odoo lets him read that on.
        cls.remainder.message_subscribe(cls.users["moved"].partner_id.ids)

    @classmethod
    def _tell_customers_story(cls):
        cls.own_order = cls._order_for("customer", (cls.nail, 5), user_id=cls.users["salesperson"].id)
        cls.own_root = cls.own_order.picking_ids
        cls.own = cls._ship(cls.own_root)
        cls.own_attachment = cls.env["ir.attachment"].create(
            {"name": "own.txt", "raw": b"own", "res_model": "stock.picking", "res_id": cls.own.id}
        )

    @classmethod
    def _tell_story_elsewhere(cls):
        partner = cls.env["res.partner"].create({"name": "zqelsewherename", "is_company": True})
        cls.elsewhere = cls._create_delivery_of(
            cls.other_company, cls.beam, 7, partner_id=partner.id, origin="zqelsewhereorigin", note="zqelsewherenote"
        )
        cls.elsewhere.name = "zqelsewhere"
        cls.elsewhere.action_confirm()

    @classmethod
    def _prepare_purchases(cls):
        wizards = cls.env["stock.supply.order"].with_user(cls.users["purchaser"])
        line = {"product_id": cls.beam.id, "warehouse_id": cls.warehouse.id, "qty_needed": 43211.5}
        cls.wizard = wizards.create({"line_ids": [Command.create(as_facts(line))]})
        # A plan of somebody else's: how to get what the victim waits for.
        action = cls.remainder.move_ids.action_get_it()
        cls.take_back = cls.env["stock.take.back"].browse(action["res_id"])
        # What somebody else has looked at: who would ship otherwise, if what the victim waits for came.
        change = {"kind": "add", "product_id": cls.beam.id, "warehouse_id": cls.warehouse.id, "quantity": 50}
        change["date"] = fields.Datetime.now()
        cls.what_if = cls.env["stock.what.if"].create({"change_ids": [Command.create(change)]})
        cls.what_if.action_simulate()
        cls.purchase = cls.env["purchase.order"].create(
            {"partner_id": cls.vendor.id, "order_line": [Command.create({"product_id": cls.beam.id, "product_qty": 1})]}
        )

    @classmethod
    def _write_pads(cls):
        """Let the victim be about to order, by a code of its own."""
        codes = cls.env["stock.customer.code"]
        cls.code = codes.create({"partner_id": cls.victim_company.id, "code": "zqowncode", "product_id": cls.beam.id})
        pads = cls.env["stock.order.pad"].with_user(cls.users["victim"])
        cls.pad = pads._open_own(cls.users["victim"], cls.company)
        cls.pad._add_rows([Row("zqowncode", 3), Row("zqpadtext", 1)])
        cls.pad._write_head({"reference": "zqpadreference", "note": "zqpadnote"})

    @classmethod
    def _give_away(cls):
        """Give a remainder of the customer's to the victim; return the link's token that the customer still has."""
        cls.screw = cls._create_product("Screw", 1)
        order = cls._order_for("customer", (cls.screw, 3))
        cls.given = cls._ship(order.picking_ids)
        token = cls.given._portal_ensure_token()
        cls.given.write({"partner_id": cls.victim_company.id, "sale_id": False, "note": "zqstaffnote"})
        cls.given.name = "zqgiven"
        return token

    @classmethod
    def _list_secrets(cls):
        cls.env.flush_all()
        cls.env.invalidate_all()
        outsiders = frozenset(OUTSIDERS)
        not_the_clerk = outsiders | {"clerk", "elsewhere"}
        secrets = {
            outsiders | {"elsewhere"}: ("98765.4", "98,765.4"),
            outsiders: ("zqvictimname", "zqproduct"),
            not_the_clerk: (
                "zqordername", "zqclientref", "zqdelivery", "zqgiven", "zqsitenote", "zqmessage", "zqfile",
                "zqattachment", *(record._portal_ensure_token() for record in (cls.remainder, cls.given, cls.order)),
            ),
            not_the_clerk | frozenset(INSIDERS): ("zqstaffnote", "zqinternal"),
            outsiders | {"clerk", "picker", "elsewhere"}: ("zqowncode",),
            frozenset(EVERYBODY) - {"victim", "salesperson"}: ("zqpadtext", "zqpadreference", "zqpadnote"),
            frozenset(PORTAL): ("zqreference", "zqnailreference", "77123.4", "77,123.4", "66123.4", "66,123.4"),
            frozenset(EVERYBODY) - {"purchaser"}: ("43211.5",),
            frozenset(OURS): ("zqelsewhere\"", "zqelsewhereorigin", "zqelsewherenote"),
        }  # fmt: skip
        return [Secret(text, hidden_from) for hidden_from, texts in secrets.items() for text in texts]

    def _draw_foreign(self, chance, visitor):
        """Return a delivery that *visitor* has no business with."""
        if visitor in STAFF:
            return self.elsewhere
        foreign = (self.root, self.remainder, self.given)
        return chance.choice(foreign if visitor == "elsewhere" else (*foreign, self.elsewhere))

    @staticmethod
    def _draw_part(chance, text):
        """Return the beginning of a secret that somebody guesses at."""
        return text[: chance.randint(3, len(text) - 1)]

    # ---- requests --------------------------------------------------------------

    def _enter(self, visitor):
        """Go on as *visitor*, in the session that he has begun."""
        if visitor not in self.entered:
            self.session = None  # else that of the one before would be ended
            login = self.users[visitor].login
            self.authenticate(login or None, login or None)
            self.entered[visitor] = (self.opener, self.session)
        opener, self.session = self.entered[visitor]
        opener.test_case, opener.cr = self, self.cr
        self.opener = opener

    def _get_csrf_token(self, visitor):
        """Return one of a form that he sees: Odoo's tokens hold for the session."""
        self._enter(visitor)
        session = frozenset(cookie.value for cookie in self.opener.cookies)
        if session not in self.csrf_tokens:
            page = html.fromstring(self.url_open("/web/login").text)
            self.csrf_tokens[session] = page.xpath("//input[@name='csrf_token']/@value")[0]
        return self.csrf_tokens[session]

    def _ask(self, visitor, path, verb="GET", csrf=False, **sent):
        """Open a page; return the answer, of which *visitor* must not be able to learn anything."""
        if csrf:
            sent["data"] = {**sent.get("data", {}), "csrf_token": self._get_csrf_token(visitor)}
        self._enter(visitor)
        answer = self.url_open(path, method=verb, allow_redirects=False, timeout=60, **sent)
        what = f"{visitor}: {verb} {path} {sent}"
        # Odoo's own pages say also by an error that a right is missing, or a link is wrong.
        if answer.status_code >= 500 and not path.startswith(ODOOS_PAGES):
            self._found("crash", what)
        self._judge(visitor, f"{answer.text} {answer.headers}", what)
        return answer

    def _ask_json(self, visitor, path, **params):
        """Call a route that speaks JSON; return the result, or the name of the error."""
        answer = self._ask(visitor, path, "POST", json={"jsonrpc": "2.0", "params": params}).json()
        if "error" not in answer:
            return answer.get("result")
        name = answer["error"]["data"]["name"]
        if name not in ODOOS_REFUSALS:
            self._found("crash", f"{visitor}: {path} {params}: {name}")
        return name

    def _rpc(self, visitor, model, method, *args, absurd=False, by_xml=False, **kwargs):
        """Call a method; return the result, or the class of the refusal.

        :param absurd: whether Odoo itself may fail on it, in its own words: on what is no field of a search
        """
        what = f"{visitor}: {model}.{method} {args} {kwargs}"
        self._enter(visitor)
        try:
            if by_xml:
                answer = self._call_by_xmlrpc(self.users[visitor], model, method, *args, **kwargs)
            else:
                answer = self._call(model, method, *args, **kwargs)
        except RefusedError as refusal:
            if refusal.kind not in (ODOOS_REFUSALS | ABSURD if absurd else ODOOS_REFUSALS):
                self._found("crash", f"{what}: {refusal}")
            self._judge(visitor, refusal.message, what)
            return refusal.kind
        self._judge(visitor, json.dumps(answer, default=str), what)
        return answer

    # ---- leaks -----------------------------------------------------------------

    def _found(self, kind, what):
        self.leaks.append(f"{kind}: {what}"[:600])

    def _judge(self, visitor, text, what):
        """A leak is a secret in *text* that he has not said himself."""
        for secret in self.secrets:
            if visitor in secret.hidden_from and secret.text in text and secret.text.strip('"') not in what:
                self._found(f"{secret.text} told", what)

    def _compare(self, what, one, other):
        """A leak is when there is a difference between what is foreign and what is not there."""
        if one != other:
            self._found(f"{one!r:.200} instead of {other!r:.200}", what)

    @staticmethod
    def _words(answer, *without):
        """Return what a page says in its main part, without what has been asked."""
        if answer.status_code != 200:
            return answer.status_code, re.sub(r"\d+", "0", answer.headers.get("Location", ""))
        [main] = html.fromstring(answer.text).xpath("//main")
        words = " ".join([*main.text_content().split(), *main.xpath(".//@href"), *main.xpath(".//@value")])
        for word in without:
            words = words.replace(word, "")
        return words

    def _take_fingerprint(self):
        """Return, by table, what is in the rows that no attack may change."""
        self.env.flush_all()
        ids = {
            "pads": self.pad.ids,
            "pickings": (self.root | self.remainder | self.given | self.elsewhere).ids,
            "orders": self.order.ids,
            "attachments": self.attachment.ids,
            "wizards": self.wizard.ids,
            "take_backs": self.take_back.ids,
            "what_ifs": self.what_if.ids,
        }
        parts = [
            SQL(
                "SELECT %s AS name, md5(COALESCE(string_agg(t::text, '|' ORDER BY id), '')) FROM %s AS t WHERE %s",
                table, SQL.identifier(table), SQL(condition, **ids),
            )
            for table, condition in WATCHED.items()
        ]  # fmt: skip
        return dict(self.env.execute_query(SQL(" UNION ALL ").join(parts)))

    # ---- attacks ---------------------------------------------------------------

    def _attack(self, attempt, chance, number, stop=False):
        """Make *number* attempts; return the leaks that they have found.

        :param stop: whether the first leak is enough
        """
        before = self._take_fingerprint()
        for _attempt in range(number):
            known = len(self.leaks)
            self.expected = set()
            last = attempt(chance)
            after = self._take_fingerprint()
            changed = [table for table, rows in after.items() if rows != before[table] and table not in self.expected]
            if changed:
                self._found(f"changed {changed}", last or attempt.__name__)
            before = after
            if stop and len(self.leaks) > known:
                break
        return self.leaks

    @contextmanager
    def _taken_back(self):
        """What is done within is undone."""
        self.leaks = []
        self.is_without_demo = False
        self.env.flush_all()
        try:
            with undone(self.env):
                yield
        finally:
            self.registry.clear_all_caches()
