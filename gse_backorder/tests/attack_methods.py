"""Attacks on what everybody with a login can call, on wizards, mails and logins: see ``attack_pages`` for how."""

import json
from contextlib import contextmanager
from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.modules import Manifest
from odoo.tools import convert_file, file_open

from ..models.customer.stock_picking_thread import StockPicking
from .attack_common import CHOICES, OUTSIDERS, AttackCase
from .test_nonsense import ODOOS_OWN, find_public_methods

MODULE = "gse_backorder"
COLLEAGUES = ("customer", "vendor", "addressee", "moved", "clerk")
WIZARD_METHODS = {
    "stock.supply.order": ("action_order", "action_order_and_mail", "action_send"),
    "stock.take.back": ("action_apply", "action_ask"),
    "stock.what.if": ("action_simulate", "action_view_lines"),
    "stock.what.if.change": ("action_apply",),
}
TOLD = {"body": "Hello", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


class MethodAttacks(AttackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.methods = [
            (model, name)
            for model, name, function in find_public_methods(cls.env)
            if name not in ODOOS_OWN and not cls.env[model]._abstract and not getattr(function, "_api_model", False)
        ]

    # ---- wizard records --------------------------------------------------------

    def _try_wizards(self, chance):
        """Another's order of supply needs, plan of a take back or what-if, and what the other company has completed."""
        visitor = chance.choice((*COLLEAGUES, "salesperson", "picker", "rival", "elsewhere"))
        model, ids = chance.choice(
            (
                ("stock.supply.order", self.wizard.ids),
                ("stock.supply.order.line", self.wizard.line_ids.ids),
                ("stock.take.back", self.take_back.ids),
                ("stock.take.back.line", self.take_back.line_ids.ids),
                ("stock.what.if", self.what_if.ids),
                ("stock.what.if.change", self.what_if.change_ids.ids),
                ("stock.what.if.line", self.what_if.line_ids.ids),
            )
        )
        calls = [
            ("read", ids, []),
            ("web_read", ids, {"id": {}}),
            ("search_read", [], []),
            ("search_count", [("id", "in", ids)]),
            ("export_data", ids, ["id", "quantity" if model.endswith("line") else "summary"]),
            ("write", ids, chance.choice(({"use_drafts": False}, {"line_ids": [(5, 0, 0)]}, {"quantity": 5}))),
            ("copy", ids),
            ("unlink", ids),
            ("formatted_read_group", [], ["create_uid"], ["__count"]),
            ("onchange", ids, {}, ["use_drafts"], {"use_drafts": {}, "line_ids": {"fields": {"qty_needed": {}}}}),
        ]
        calls += [(name, ids) for name in WIZARD_METHODS.get(model, ())]
        call = chance.choice(calls)
        answer = self._rpc(visitor, model, *call, absurd=True, by_xml=chance.random() < 0.1)
        if call[0] == "search_count" and isinstance(answer, int) and answer:
            self._found("counted", f"{visitor}: {call}")
        return visitor, model, call

    @contextmanager
    def _hole_wizards(self):
        for name in ("stock_supply_order_own_rule", "stock_supply_order_line_own_rule"):
            self.env.ref(f"{MODULE}.{name}").active = False
        yield

    # ---- methods by RPC ----------------------------------------------------------

    def _try_methods(self, chance):
        visitor = chance.choice((*COLLEAGUES, "salesperson", "picker", "purchaser", "elsewhere"))
        foreign = self._draw_foreign(chance, visitor)
        inherited = (
            "get_portal_url", "action_share", "get_base_url", "read_progress_bar", "do_print_picking", "action_cancel",
            "button_validate", "do_unreserve",
        )  # fmt: skip
        model, name = chance.choice([*self.methods, *(("stock.picking", name) for name in inherited)])
        ids = self._get_ids(model, foreign, visitor)
        args = [self.beam.id] if name == "get_quantities" else []
        by_xml = chance.random() < 0.1
        if chance.random() < 0.3 and model == "stock.picking":
            model, name = "stock.picking", "get_portal_url"
        answer = self._rpc(visitor, model, name, ids, *args, absurd=name in inherited, by_xml=by_xml)
        self._look_at_list(visitor, answer)
        return visitor, model, name, ids

    def _get_ids(self, model, foreign, visitor):
        """Return ids of what belongs to the delivery *foreign*, of any model."""
        order = self.order if visitor not in ("picker", "purchaser") else foreign.sale_id
        lines = foreign.move_ids
        return {
            "stock.picking": foreign.ids,
            "stock.move": lines.ids,
            "stock.backorder.report": lines.ids,
            "stock.supply.need": lines.ids,
            "sale.order": order.ids,
            "sale.order.line": order.order_line.ids,
            "stock.picking.type": foreign.picking_type_id.ids,
            "stock.supply.order": self.wizard.ids if visitor != "purchaser" else [],
        }.get(model, [1])

    def _look_at_list(self, visitor, answer):
        """Read what a method lets him open, as the web client would."""
        if isinstance(answer, dict) and answer.get("res_model") and isinstance(answer.get("domain"), list):
            self._rpc(visitor, answer["res_model"], "search_read", answer["domain"], ["display_name"], absurd=True)

    def _hole_methods(self):
        return patch.object(
            self.registry["stock.picking"], "_portal_ensure_token", lambda delivery: delivery.sudo().access_token
        )

    # ---- followers -----------------------------------------------------------------

    def _try_followers(self, chance):
        """He subscribes himself or others; now and then staff say something to those who follow."""
        visitor = chance.choice((*COLLEAGUES, "elsewhere"))
        foreign = self._draw_foreign(chance, visitor)
        partner_ids = chance.choice((self.users[visitor].partner_id, self.users["customer"].partner_id, self.site)).ids
        follower = {"res_model": "stock.picking", "res_id": foreign.id, "partner_id": partner_ids[0]}
        attempts = (
            lambda: self._rpc(visitor, "stock.picking", "message_subscribe", foreign.ids, partner_ids),
            lambda: self._rpc(
                visitor, "stock.picking", "message_subscribe", [*self.own.ids, *foreign.ids], partner_ids
            ),
            lambda: self._rpc(visitor, "stock.picking", "message_unsubscribe", foreign.ids, self.users["victim"].ids),
            lambda: self._rpc(visitor, "stock.picking", "write", foreign.ids, {"message_partner_ids": partner_ids}),
            lambda: self._rpc(visitor, "mail.followers", "create", [follower]),
            lambda: self._rpc(visitor, "stock.picking", "message_post", foreign.ids, partner_ids=partner_ids, **TOLD),
            lambda: self._ask_json(
                visitor, "/mail/thread/subscribe", res_model="stock.picking", res_id=foreign.id, partner_ids=partner_ids
            ),
            lambda: self._tell_followers(),
            lambda: self._tell_followers(),
        )
        number = chance.randrange(len(attempts))
        attempts[number]()
        return visitor, foreign.name, number

    def _tell_followers(self):
        self.expected = {"mail_message", "mail_followers"}  # who says something follows it
        message = self.remainder.with_user(self.picker).message_post(**TOLD)
        heard = [
            visitor for visitor in OUTSIDERS if self.users[visitor].partner_id & message.sudo().notified_partner_ids
        ]
        if heard:
            self._found("heard", heard)

    def _hole_followers(self):
        """Who follows hears all, whosever it is by now."""

        def notify(delivery, message, msg_vals=False, **kwargs):
            return super(StockPicking, delivery)._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)

        return patch.object(self.registry["stock.picking"], "_notify_get_recipients", notify)

    # ---- other's object in own request ------------------------------------------------

    def _try_mixed_requests(self, chance):
        """Something of his own, and beside it something of another's."""
        own_line = self.own.move_ids[:1].id
        foreign = self._draw_foreign(chance, "customer")
        foreign_lines = [str(line.id) for line in foreign.move_ids]
        lines = ",".join(
            chance.choice((foreign_lines, [*foreign_lines, str(own_line)], [str(own_line), *foreign_lines]))
        )
        token = self.own.sudo().access_token
        attempts = (
            lambda: self._ask(
                "customer", f"/my/deliveries/{self.own.id}/cancel", "POST", csrf=True, data={"line": lines}
            ),
            lambda: self._ask(
                "stranger", f"/my/deliveries/{self.own.id}/cancel", "POST", csrf=True, data={"line": lines},
                params={"access_token": token, "picking_id": foreign.id},
            ),
            lambda: self._ask(
                "customer", f"/my/deliveries/{foreign.id}/{chance.choice(list(CHOICES))}", "POST", csrf=True,
                data={"line": own_line, "access_token": token},
            ),
            lambda: self._ask_json(
                "customer", "/mail/message/post", thread_model="stock.picking", thread_id=self.own.id,
                post_data={**TOLD, "parent_id": self.message.id, "partner_ids": self.users["victim"].partner_id.ids},
            ),
            lambda: self._rpc("picker", "stock.picking", "action_complete", [*self.own.ids, *self.elsewhere.ids]),
            lambda: self._rpc("picker", "stock.picking", "action_fill", [*self.own.ids, *self.elsewhere.ids]),
            lambda: self._rpc("picker", "stock.picking", "write", self.own.ids, {"backorder_id": self.elsewhere.id}),
            lambda: self._rpc(
                "salesperson", "sale.order.line", "get_quantities", self.order.order_line.ids, self.beam.id
            ),
            lambda: self._rpc(
                "salesperson", "sale.order", "action_view_backorders", [*self.own_order.ids, *self.order.ids]
            ),
        )  # fmt: skip
        number = chance.randrange(len(attempts))
        attempts[number]()
        return foreign.name, lines, number

    def _hole_mixed_requests(self):
        """A choice cancels the lines that are named, whosever they are."""
        return patch.object(
            self.registry["stock.customer.choice"],
            "_get_chosen_lines",
            lambda choices, delivery, line: delivery.move_ids.browse(map(int, line.split(","))),
        )

    # ---- secret field readable -----------------------------------------------------------

    def _try_secret_fields(self, chance):
        """Who may see a delivery reads its token, or what is staff's own, by another way than its link."""
        visitor = chance.choice(("victim", "colleague", "picker", "salesperson", "purchaser", "clerk", "customer"))
        field = chance.choice(
            ("access_token", "access_token", "access_token")
            if visitor in ("picker", "salesperson", "purchaser")
            else ("access_token", "access_token", "note", "open_value", "told_promise_date", "message_ids", "chain_ids")
        )
        delivery = chance.choice((self.remainder, self.root))
        token = delivery.sudo().access_token
        ids = delivery.ids
        calls = (
            ("read", ids, [field]),
            ("web_read", ids, {field: {}}),
            ("search_read", [("id", "in", ids)], [field]),
            ("web_search_read", [("id", "in", ids)], {field: {}}),
            ("export_data", ids, [field]),
            ("formatted_read_group", [("id", "in", ids)], [field], ["__count"]),
            ("search_count", [(field, "=like", f"{token[: chance.randint(1, 20)]}%")]),
            ("search", [("id", "in", ids)], 0, 1, f"{field} desc"),
            ("copy_data", ids),
            ("fields_get", [field]),
            ("onchange", ids, {}, [], {field: {}}),
            ("get_metadata", ids),
            ("name_search", token),
        )
        if chance.random() < 0.2:
            path = f"/web/{chance.choice(('content', 'image'))}/stock.picking/{delivery.id}/{field}"
            answer = self._ask(visitor, path).text
            call = path
        else:
            call = chance.choice(calls)
            answer = self._rpc(visitor, "stock.picking", *call, absurd=True, by_xml=chance.random() < 0.1)
        if token in json.dumps(answer, default=str) and call[0] != "name_search":
            self._found("token told", f"{visitor}: {call}")
        if call[0] == "search_count" and isinstance(answer, int) and field == "access_token":
            self._found("token guessed", f"{visitor}: {call}")
        return visitor, call

    def _hole_secret_fields(self):
        return patch.object(self.registry["stock.picking"]._fields["access_token"], "groups", None)

    # ---- mail gateway ------------------------------------------------------------------------

    def _try_mails(self, chance):
        """An answer to a notice is a message, and nothing else; nobody is answered with what is not his."""
        visitor = chance.choice(("customer", "addressee", "moved", "victim", "picker", "stranger"))
        sender = self.users[visitor].email or "stranger@example.com"
        words = ("cancel", "line=all", "state: done", "{{ object.access_token }}", "<t t-out='object.note'/>", "STOP")
        headers = {
            "From": sender,
            "To": chance.choice(("catchall@example.com", "info@example.com", f"{self.remainder.name}@example.com")),
            "Subject": chance.choice((f"Re: {self.remainder.name}", "Re: cancel", "done", "Out of office")),
            "Message-Id": f"<{chance.random()}@example.com>",
            "In-Reply-To": self.message.message_id,
            "References": chance.choice((self.message.message_id, f"<x@y> {self.message.message_id}")),
            **chance.choice(({}, {"X-Odoo-Objects": f"stock.picking-{self.elsewhere.id}"}, {"Auto-Submitted": "no"})),
            "Content-Type": chance.choice(("text/plain", "text/html")),
        }
        raw = "\n".join(f"{name}: {value}" for name, value in headers.items()) + "\n\n" + chance.choice(words)
        last = self.env["mail.mail"].sudo().search([], order="id desc", limit=1).id or 0
        self.expected = {"mail_message", "mail_followers"}
        thread_id = self.env["mail.thread"].message_process(
            chance.choice((None, "stock.picking")), raw, custom_values={"state": "cancel"}
        )
        if thread_id and thread_id != self.remainder.id:
            self._found("made", f"{raw}: {thread_id}")
        for mail in self.env["mail.mail"].sudo().search([("id", ">", last)]):
            if sender in (mail.email_to or "") or sender in mail.recipient_ids.mapped("email"):
                self._judge(visitor, f"{mail.body_html}", raw)
        return raw

    def _hole_mails(self):
        """A mail does what it says."""

        def update(delivery, msg_dict, update_vals=None):
            if "cancel" in f"{msg_dict['subject']} {msg_dict['body']}":
                delivery.sudo().action_cancel()
            return True

        return patch.object(self.registry["stock.picking"], "message_update", update)

    # ---- demo data -------------------------------------------------------------------------------

    def _try_demo_logins(self, chance):
        """No login that everybody knows comes with what is installed without demo data."""
        known = [
            (login, password)
            for name in Manifest.for_addon(MODULE)["demo"]
            for login, password in self._find_logins(f"{MODULE}/{name}")
        ]
        if not self.is_without_demo:
            self._install_without_demo([login for login, _password in known])
            self.is_without_demo = True
        login, password = chance.choice(known)
        password = chance.choice((password, password, login, "demo", "admin", "1234", ""))
        if self.xmlrpc_common.authenticate(self.env.cr.dbname, login, password, {}):
            self._found("logged in", (login, password))
        return login, password

    @staticmethod
    def _find_logins(path):
        """Return ``[(login, password)]`` of the users in a data file."""
        with file_open(path, "rb") as file:
            users = etree.parse(file).xpath("//record[@model='res.users']")
        return [
            tuple(user.findtext(f"field[@name='{name}']") or "" for name in ("login", "password")) for user in users
        ]

    def _install_without_demo(self, logins):
        """Take the logins of demo data away, and load once more the data files that have to do with users."""
        # A database that has no demo data has none of these.
        for number, user in enumerate(self.env["res.users"].search([("login", "in", logins)])):
            user.login = f"renamed_{number}"
        self.env["ir.config_parameter"].sudo().set_param("base.login_cooldown_after", 0)
        for name in Manifest.for_addon(MODULE)["data"]:
            if name.endswith(".xml") and self._find_logins(f"{MODULE}/{name}"):
                convert_file(self.env, MODULE, name, {}, mode="init")

    def _hole_demo_logins(self):
        manifest = Manifest.for_addon(MODULE)
        with_users = [*manifest["data"], "demo/res_users_demo.xml"]
        values = manifest._Manifest__manifest_cached
        return patch.dict(values, data=with_users)

    # ---- wizard with elevated rights ------------------------------------------------------------------

    def _try_elevation(self, chance):
        """The weakest who may open a wizard, or who may not, lets it do what he could not do himself."""
        visitor = chance.choice((*COLLEAGUES, "salesperson", "picker", "purchaser"))
        abroad = self.env["stock.warehouse"].search([("company_id", "=", self.other_company.id)], limit=1)
        shipped = {"picking_id": self.elsewhere.id}
        settings = {chance.choice(("customer_may_cancel", "customer_may_ask", "automatic_backorder")): False}
        attempts = (
            lambda: self._rpc(visitor, "stock.picking", "action_complete", self.elsewhere.ids),
            lambda: self._rpc(visitor, "stock.picking", "action_complete", [*self.elsewhere.ids, *self.own.ids]),
            lambda: self._rpc(visitor, "stock.completion", "create", [{"line_ids": [Command.create(shipped)]}]),
            lambda: self._rpc(visitor, "stock.completion.line", "create", [shipped]),
            lambda: self._order_abroad(chance, visitor, abroad),
            lambda: self._order_abroad(chance, visitor, abroad),
            lambda: self._rpc(visitor, "res.company", "write", self.company.ids, settings),
            lambda: self._change_settings(visitor, settings),
            lambda: self._rpc(visitor, "stock.warehouse", "write", abroad.ids, {"allocation_policy": "deadline"}),
            lambda: self._rpc(
                visitor, "stock.picking.type", "write", abroad.out_type_id.ids, {"backorder_suffix": "-X"}
            ),
            lambda: self._rpc(visitor, "stock.backorder.pool", "create", [{"product_id": self.beam.id}]),
            lambda: self._look_abroad(chance, visitor, abroad),
            lambda: self._look_abroad(chance, visitor, abroad),
        )  # fmt: skip
        number = chance.randrange(len(attempts))
        attempts[number]()
        return visitor, number

    def _order_abroad(self, chance, visitor, warehouse):
        """What the other company needs is ordered: the wizard is opened by its needs, or made by hand."""
        context = chance.choice(({}, {"allowed_company_ids": [self.other_company.id]}))
        needs = self.env["stock.supply.need"].search([("warehouse_id", "=", warehouse.id)])
        opened = self._rpc(visitor, "stock.supply.need", "action_order", needs.ids, context=context)
        made = [opened["res_id"]] if isinstance(opened, dict) else []
        if not made:
            line = {"quantity": 3, "partner_id": chance.choice((False, self.vendor.id))}
            line |= chance.choice(({}, {"product_id": self.beam.id, "warehouse_id": warehouse.id, "qty_needed": 3}))
            made = self._rpc(visitor, "stock.supply.order", "create", [{"line_ids": [Command.create(line)]}])
        if isinstance(made, list):
            name = chance.choice(("action_order", "action_order_and_mail"))
            self._rpc(visitor, "stock.supply.order", name, made, context=context)

    def _look_abroad(self, chance, visitor, warehouse):
        """What if the other company's warehouse, or its delivery, were another? And then it is done."""
        picking_ids = self.elsewhere.ids
        change = chance.choice(
            (
                {"kind": "policy", "warehouse_id": warehouse.id, "policy": "deadline"},
                {"kind": "keep", "warehouse_id": warehouse.id, "keeps": chance.random() < 0.5},
                {"kind": "priority", "picking_ids": picking_ids, "priority": "1"},
                {"kind": "deadline", "picking_ids": picking_ids, "deadline": "2030-01-01 12:00:00"},
                {"kind": "drop", "picking_ids": picking_ids},
                {"kind": "late", "source": "vendor", "partner_id": self.vendor.id, "days": 7},
            )
        )
        of = {"context": chance.choice(({}, {"allowed_company_ids": [self.other_company.id]}))}
        made = self._rpc(visitor, "stock.what.if", "create", [{"change_ids": [Command.create(change)]}], **of)
        if isinstance(made, list):
            self._rpc(visitor, "stock.what.if", "action_simulate", made, **of)
            mine = [("what_if_id", "in", made)]
            self._rpc(visitor, "stock.what.if.line", "search_read", mine, [], **of)
            changes = self._rpc(visitor, "stock.what.if.change", "search", mine, **of)
            if isinstance(changes, list):
                self._rpc(visitor, "stock.what.if.change", "action_apply", changes, **of)

    def _change_settings(self, visitor, settings):
        made = self._rpc(visitor, "res.config.settings", "create", [settings])
        ids = made if isinstance(made, list) else [1]
        self._rpc(visitor, "res.config.settings", "execute", ids, absurd=True)
        self._rpc(visitor, "res.config.settings", "set_values", ids, absurd=True)

    def _hole_elevation(self):
        """A completion is begun with all rights, not only written with them."""
        deliveries = self.registry["stock.picking"]
        complete = deliveries.action_complete
        return patch.object(deliveries, "action_complete", lambda chosen: complete(chosen.sudo()))

    # ---- sudo in a feature --------------------------------------------------------------------------------

    def _try_sudo(self, chance):
        """What is worked out with all rights is told to who may read it, and to nobody else."""
        visitor = chance.choice((*COLLEAGUES, "salesperson", "picker", "purchaser", "elsewhere"))
        foreign = self._draw_foreign(chance, visitor)
        added = [
            name
            for name, field in self.env["stock.picking"]._fields.items()
            if MODULE in (field._modules or ()) and name != "access_token"
        ]
        names = chance.sample(added, 3)
        context = {"active_model": "stock.picking", "active_id": foreign.id, "active_ids": foreign.ids}
        templates = self.env["mail.template"].search([("model", "=", "stock.picking")])
        template = chance.choice(templates)
        source = template.get_external_id()[template.id]
        composed = {"model": "stock.picking", "res_ids": str(foreign.ids), "template_id": template.id}
        share = {
            "res_model": "stock.picking",
            "res_id": foreign.id,
            "partner_ids": self.users["customer"].partner_id.ids,
        }
        attempts = (
            lambda: self._rpc(visitor, "stock.picking", "read", foreign.ids, names),
            lambda: self._rpc(visitor, "stock.picking", "web_read", foreign.ids, {name: {} for name in names}),
            lambda: self._rpc(visitor, "stock.picking", "export_data", foreign.ids, names, absurd=True),
            lambda: self._rpc(visitor, "stock.move", "read", foreign.move_ids.ids, ["allocation_explanation"]),
            lambda: self._rpc(visitor, "portal.share", "default_get", ["share_link"], context=context, absurd=True),
            lambda: self._share(visitor, share, context),
            lambda: self._rpc(visitor, "mail.template", "send_mail", template.ids, foreign.id, absurd=True),
            lambda: self._compose(visitor, composed),
            lambda: self._rpc(visitor, "stock.picking", "message_mail_with_source", foreign.ids, source, absurd=True),
            lambda: self._ask(visitor, "/mail/view", params={"model": "stock.picking", "res_id": foreign.id}),
            lambda: self._guess_by_needs(chance),
            lambda: self._guess_by_needs(chance),
        )
        number = chance.randrange(len(attempts))
        attempts[number]()
        return visitor, foreign.name, number

    def _share(self, visitor, values, context):
        made = self._rpc(visitor, "portal.share", "create", [values], context=context, absurd=True)
        if isinstance(made, list):
            self._rpc(visitor, "portal.share", "read", made, ["share_link"], absurd=True)

    def _compose(self, visitor, values):
        made = self._rpc(visitor, "mail.compose.message", "create", [values], absurd=True)
        if isinstance(made, list):
            self._rpc(visitor, "mail.compose.message", "read", made, ["body", "subject"], absurd=True)

    def _guess_by_needs(self, chance):
        """Who waits for goods is found by what the purchaser may know of him."""
        visitor = chance.choice(("purchaser", "picker"))
        field, value, nothing = chance.choice(
            (
                ("signup_type", "reset", "nothing"),
                ("user_ids.password", "x", "nothing"),
                ("property_payment_term_id.name", "zq", "qx"),
            )
        )
        path = chance.choice((f"customer_ids.{field}", "customer_ids"))
        answers = [
            self._rpc(
                visitor,
                "stock.supply.need",
                "search_count",
                [(path, "=", term) if "." in path else (path, "any", [(field, "=", term)])],
                absurd=True,
            )
            for term in (value, nothing)
        ]
        self._compare(f"{visitor}: needs by {path} {field}", *answers)

    @contextmanager
    def _hole_sudo(self):
        """Customers are looked for with all rights."""
        needs = self.registry["stock.supply.need"]
        search = needs._get_waited_for_domain
        with patch.object(needs, "_get_waited_for_domain", lambda need, domain: search(need.sudo(), domain)):
            yield
