"""Attacks on what every visitor can reach: pages, links, papers, files, what pages listen to.

Each ``_try_…`` makes one attempt that is drawn by chance, and returns what it was; each ``_hole_…`` is a context in
which one check is missing, so that the attempts must find out.
"""

import json
from contextlib import contextmanager
from unittest.mock import patch

from markupsafe import Markup

from odoo import api
from odoo.fields import Domain
from odoo.tools import hmac

from ..controllers.portal import DOCUMENTS, LIST_URL, DeliveryPortal
from ..controllers.portal_lines import LINES_URL
from ..models.customer.stock_live import LIVE_EVENT
from ..models.customer.stock_picking import StockPicking
from ..models.promise.stock_live import STAFF_EVENT
from .attack_common import CHOICES, OUTSIDERS, AttackCase

GUESSED = ("zqproduct", "zqreference", "zqdelivery", "zqordername", "zqclientref", "zqvictimname", "zqnailreference")
MARKUP = "<img src=zqmark>"
NOWHERE = 2**31 - 5
CUSTOMERS = ("customer", "vendor", "addressee", "moved")


class PageAttacks(AttackCase):
    def _path_of(self, delivery, *parts):
        return "/".join((LIST_URL, str(delivery.id), *parts))

    # ---- portal parameters trusted ---------------------------------------------

    def _try_parameters(self, chance):
        visitor = chance.choice(CUSTOMERS)
        foreign = self._draw_foreign(chance, visitor)
        values = (
            foreign.id, f"{self.own.id},{foreign.id}", "access_token", "partner_id.name", "customer_id.name desc", "%",
            "[(1, '=', 1)]", '[["id", ">", 0]]', "1=1", "all", "name", "product", "order", self.other_company.id,
            self.victim_company.id, self._draw_part(chance, chance.choice(GUESSED)),
        )  # fmt: skip
        names = (
            "search", "search", "search_in", "sortby", "groupby", "filterby", "domain", "partner_id", "customer_id",
            "order", "limit", "company_id", "allowed_company_ids", "cids", "page", "picking_id", "user_id",
            "author_id", "ids",
        )  # fmt: skip
        params = {chance.choice(names): chance.choice(values) for _name in range(chance.randint(1, 4))}
        if chance.random() < 0.2:
            path = self._path_of(foreign, chance.choice(list(CHOICES)))
            self._ask(visitor, path, "POST", csrf=True, data={**params, "line": "all"})
        else:
            lines = chance.choice((LINES_URL, f"{LINES_URL}/page/{chance.randint(0, 3)}", f"{LINES_URL}/export/csv"))
            paths = (LIST_URL, lines, f"{LIST_URL}/page/{chance.randint(0, 3)}", self._path_of(self.own))
            self._ask(visitor, chance.choice(paths), params=params)
        return params

    def _hole_parameters(self):
        return patch.object(DeliveryPortal, "_get_own_domain", staticmethod(lambda: Domain.TRUE))

    # ---- yes/no oracle -----------------------------------------------------------

    def _try_oracle(self, chance):
        return chance.choice((self._guess_in_list, self._guess_in_list, self._guess_ids, self._guess_by_rpc))(chance)

    def _guess_in_list(self, chance):
        """What he looks for is in others' deliveries, or hidden in his own: as if it were nowhere."""
        visitor, word, path = chance.choice(CUSTOMERS), chance.choice(GUESSED), chance.choice((LIST_URL, LINES_URL))
        search_in = chance.choice(("all", "name", "order", "product", "reference"))
        part = self._draw_part(chance, word)
        nothing = "qx" + "".join(chance.choice("jkvwx") for _letter in part[2:])
        answers = [
            self._words(self._ask(visitor, path, params={"search": term, "search_in": search_in}), term)
            for term in (part, nothing)
        ]
        self._compare(f"{visitor}: search {part} in {search_in} of {path}", *answers)
        return part

    def _guess_ids(self, chance):
        """A foreign delivery answers like one that does not exist, whatever is asked of it."""
        visitor = chance.choice((*CUSTOMERS, "stranger", "clerk"))
        foreign = self._draw_foreign(chance, visitor)
        query = chance.choice(("", "?report_type=html", "?access_token=x", f"?access_token={self.old_token[:-1]}x"))
        choice = chance.choice((None, *CHOICES))
        if choice:
            sent = {"verb": "POST", "csrf": True, "data": {"line": "all"}}
            paths = [f"{LIST_URL}/{record_id}/{choice}{query}" for record_id in (foreign.id, NOWHERE)]
        else:
            sent = {}
            paths = [f"{LIST_URL}/{record_id}{query}" for record_id in (foreign.id, NOWHERE)]
        self._compare(f"{visitor}: {paths}", *(self._words(self._ask(visitor, path, **sent)) for path in paths))
        return paths

    def _guess_by_rpc(self, chance):
        """By no field of a delivery, or of what hangs on it, can he tell that it is there."""
        visitor = chance.choice((*CUSTOMERS, "clerk", "salesperson"))
        field = chance.choice(
            (
                "name", "origin", "customer_id.name", "partner_id.name", "sale_id.name", "sale_id.client_order_ref",
                "note", "site_note", "backorder_root_id.name", "move_ids.product_id.name",
                "move_ids.product_id.default_code", "message_ids.body",
                "message_partner_ids.name", "picking_type_id.name", "chain_ids.name",
            )
        )  # fmt: skip
        ours = (*GUESSED, "zqsitenote", "zqstaffnote")
        abroad = ("zqelsewherename", "zqelsewhereorigin", "zqelsewherenote")
        word = chance.choice(abroad if visitor == "salesperson" else ours)
        part = self._draw_part(chance, word)
        if len(part) < 12 and visitor == "salesperson":
            part = word[:12]  # what is shorter is the beginning of what is his to see
        method = chance.choice(("search_count", "search", "search_read"))
        args = ([("id", "in", self.elsewhere.ids)] if visitor == "salesperson" else [],)
        answers = [
            self._rpc(visitor, "stock.picking", method, [*args[0], (field, "=ilike", f"{term}%")], absurd=True)
            for term in (part, "qx" + part[2:])
        ]
        self._compare(f"{visitor}: {field} like {part}", *answers)
        return field, part

    @contextmanager
    def _hole_oracle(self):
        pages = self.registry["stock.customer.page"]
        search = pages._get_search_domain

        def by_reference(page, search_in, text):
            return search(page, search_in, text) | Domain("move_ids.product_id.default_code", "ilike", text)

        with patch.object(pages, "_get_search_domain", by_reference):
            yield

    # ---- report engine -----------------------------------------------------------

    def _try_reports(self, chance):
        visitor = chance.choice((*CUSTOMERS, "stranger", "clerk", "picker", "elsewhere"))
        foreign = self._draw_foreign(chance, visitor)
        ids = chance.choice((f"{foreign.id}", f"{self.own.id},{foreign.id}", f"{foreign.id},{self.own.id}"))
        reports = self.env["ir.actions.report"].search([("model", "=", "stock.picking")]).mapped("report_name")
        report = chance.choice(reports)
        context = json.dumps(
            chance.choice(
                (
                    {},
                    {"active_ids": foreign.ids},
                    {"allowed_company_ids": [self.other_company.id]},
                    {"uid": 1},
                    {"su": 1},
                )
            )
        )
        kind = chance.choice(("html", "pdf", "text"))
        token = chance.choice(("", self.old_token, "x"))
        path, params = chance.choice(
            (
                (f"/report/{kind}/{report}/{ids}", {"context": context}),
                (f"/report/{kind}/{report}", {"options": json.dumps({"ids": foreign.ids}), "context": context}),
                (f"/my/picking/pdf/{foreign.id}", {"access_token": token}),
                (f"/my/picking/return/pdf/{foreign.id}", {"access_token": token}),
                *(
                    (
                        self._path_of(foreign),
                        {"report_type": kind, "document": document, "access_token": token, "ids": ids},
                    )
                    for document in (*DOCUMENTS, report)
                ),
            )
        )
        self._ask(visitor, path, params=params)
        return path, params

    def _hole_reports(self):
        return patch.object(self.registry["stock.picking"], "_is_visible_to", lambda delivery, user: True)

    # ---- attachments ---------------------------------------------------------------

    def _try_attachments(self, chance):
        visitor = chance.choice((*CUSTOMERS, "stranger", "clerk", "elsewhere"))
        file_id, own_id = self.attachment.id, self.own_attachment.id
        attempts = (
            lambda: self._ask(visitor, f"/web/content/{file_id}", params={"access_token": chance.choice(("", "x"))}),
            lambda: self._ask(visitor, f"/web/image/{file_id}"),
            lambda: self._ask(
                visitor, "/web/content", params={"model": "ir.attachment", "id": file_id, "field": "raw"}
            ),
            lambda: self._ask_json(visitor, "/mail/attachment/delete", attachment_id=file_id),
            lambda: self._ask_json(
                visitor,
                "/mail/chatter_fetch",
                thread_model="stock.picking",
                thread_id=self.remainder.id,
                token=chance.choice(("", "x", self.old_token)),
            ),
            lambda: self._ask_json(
                visitor,
                "/mail/message/post",
                thread_model="stock.picking",
                thread_id=chance.choice((self.own.id, self.remainder.id)),
                post_data={
                    "body": "Look",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                    "attachment_ids": chance.choice(([file_id], [own_id, file_id])),
                    "attachment_tokens": chance.choice(([], ["x"], ["x", "x"])),
                },
            ),
        )
        calls = (
            ("read", [file_id], ["name", "datas", "raw"]),
            ("read", [own_id, file_id], ["name"]),
            ("search_read", [("res_model", "=", "stock.picking")], ["name", "datas"]),
            ("write", [file_id], {"res_id": self.own.id}),
            ("copy", [file_id]),
            ("unlink", [file_id]),
            ("create", {"name": "x", "raw": "x", "res_model": "stock.picking", "res_id": self.remainder.id}),
            ("generate_access_token", [file_id]),
        )
        if visitor != "stranger" and chance.random() < 0.5:
            call = chance.choice(calls)
            self._rpc(visitor, "ir.attachment", *call, absurd=True)
            return visitor, call
        number = chance.randrange(len(attempts))
        attempts[number]()
        return visitor, number

    def _hole_attachments(self):
        """Everybody takes part in every conversation."""
        return patch.object(
            self.registry["stock.picking"],
            "_get_thread_with_access",
            api.model(lambda deliveries, thread_id, **kwargs: deliveries.sudo().browse(thread_id)),
        )

    # ---- channels --------------------------------------------------------------------

    def _try_channels(self, chance):
        """Something is said to those who look on; he listens to whatever he can name."""
        visitor = chance.choice((*CUSTOMERS, "stranger", "clerk", "purchaser"))
        kind, record = chance.choice(
            (("customer", self.victim_company), ("product", self.beam), ("customer", self.env["res.partner"].browse(1)))
        )
        channels = [
            chance.choice(
                (
                    f"gse_backorder-{kind}-{record.id}", f"gse_backorder-{kind}", f"gse_backorder-{kind}-",
                    f"gse_backorder-{kind}-%", f"{record._name}_{record.id}", f"{record._name},{record.id}",
                    f"stock.picking_{self.remainder.id}", f"res.groups_{self.env.ref('stock.group_stock_user').id}",
                    f"gse_backorder-{kind}-{hmac(self.env(su=True), 'x', str(record.id))}", LIVE_EVENT, STAFF_EVENT,
                )
            )
            for _channel in range(chance.randint(1, 4))
        ]  # fmt: skip
        self._ask_json(visitor, "/websocket/peek_notifications", channels=[], last=0, is_first_poll=True)
        last = self.env["bus.bus"].sudo()._bus_last_id()
        self.env["stock.live"]._tell_changed(self.remainder, self.beam)
        self.env.cr.precommit.run()
        self.env.flush_all()
        heard = self._ask_json(visitor, "/websocket/peek_notifications", channels=channels, last=last)
        said = {note["message"].get("type") for note in heard["notifications"]} if isinstance(heard, dict) else set()
        if said & {LIVE_EVENT, STAFF_EVENT}:
            self._found("heard", f"{visitor}: {channels}")
        return visitor, channels

    def _hole_channels(self):
        return patch.object(
            self.registry["stock.live"],
            "_get_channel",
            lambda page, kind, record: f"gse_backorder-{kind}-{record.id}",
        )

    # ---- crafted link ------------------------------------------------------------------

    def _try_crafted_links(self, chance):
        """Who may decide follows a link that somebody else has made: nothing is decided by it."""
        visitor = chance.choice(("victim", "colleague", "picker", "guest"))
        token = self.remainder.sudo().access_token if visitor == "guest" else ""
        verb = chance.choice(("GET", "HEAD", "OPTIONS", "POST", "POST", "PUT", "PATCH", "DELETE"))
        values = {"line": chance.choice(("all", str(self.remainder.move_ids[0].id)))}
        if token:
            values["access_token"] = token
        if chance.random() < 0.5:
            values["csrf_token"] = chance.choice(("x", "", "0" * 40 + "o9999999999"))
        choice = chance.choice((*CHOICES, "cancel"))
        sent = {"params": values}
        if verb in ("POST", "PUT", "PATCH"):
            sent["data"] = values
        headers = {"Origin": "https://evil.example.com", "Referer": "https://evil.example.com/"}
        path = chance.choice((self._path_of(self.remainder, choice), self._path_of(self.remainder), LIST_URL))
        self._ask(visitor, path, verb, headers=headers, **sent)
        return visitor, verb, path, values

    @contextmanager
    def _hole_crafted_links(self):
        """Forms need no token of the session."""
        with patch.dict(DeliveryPortal.portal_delivery_choice.original_routing, csrf=False):
            self.registry.clear_cache("routing")
            yield

    # ---- deactivated account --------------------------------------------------------------

    def _try_leavers(self, chance):
        visitor = chance.choice(("moved", "archived", "customer", "stranger"))
        delivery = (
            self.given
            if visitor in ("customer", "stranger")
            else chance.choice((self.root, self.remainder, self.given))
        )
        token = self.old_token if delivery == self.given else ""
        params = {"access_token": token} if token else {}
        attempts = (
            lambda: self._ask(visitor, self._path_of(delivery), params=params),
            lambda: self._ask(visitor, self._path_of(delivery), params={**params, "report_type": "html"}),
            lambda: self._ask(
                visitor, self._path_of(delivery, chance.choice(list(CHOICES))), "POST", csrf=True, params=params,
                data={"line": "all"},
            ),
            lambda: self._ask(visitor, LIST_URL),
            lambda: self._ask(visitor, f"/mail/view?model=stock.picking&res_id={delivery.id}", params=params),
            lambda: self._ask_json(
                visitor, "/mail/chatter_fetch", thread_model="stock.picking", thread_id=delivery.id, token=token
            ),
            lambda: self._rpc_of_leaver(chance, visitor, delivery),
        )  # fmt: skip
        number = chance.randrange(len(attempts))
        attempts[number]()
        return visitor, delivery.name, number

    def _rpc_of_leaver(self, chance, visitor, delivery):
        method, args = chance.choice(
            (("read", (delivery.ids, ["name"])), ("search_read", ([], ["name"])), ("get_portal_url", (delivery.ids,)))
        )
        return self._rpc(visitor, "stock.picking", method, *args)

    @contextmanager
    def _hole_leavers(self):
        """A token is the chain's, and knows no customer."""

        def compute(deliveries):
            for delivery in deliveries:
                root = delivery.backorder_root_id or delivery
                delivery.access_token = hmac(self.env(su=True), "x", str(root.id))

        old_token = hmac(self.env(su=True), "x", str(self.given.backorder_root_id.id))
        with (
            patch.object(self.registry["stock.picking"], "_compute_access_token", compute),
            patch.object(self, "old_token", old_token),
        ):
            yield

    # ---- reflected XSS ----------------------------------------------------------------------

    def _try_markup(self, chance):
        """What a person has typed, wherever it is shown, is text."""
        visitor = chance.choice(("customer", "stranger", "victim", "picker"))
        typed = chance.choice((MARKUP, f"'>{MARKUP}", f'">{MARKUP}', f"</script>{MARKUP}", f"</title>{MARKUP}"))
        name = chance.choice(("search", "access_token", "filterby", "sortby", "groupby", "search_in", "line", "x"))
        attempts = (
            lambda: self._ask(visitor, LIST_URL, params={name: typed}),
            lambda: self._ask(visitor, self._path_of(self.own), params={name: typed, "pid": typed, "hash": typed}),
            lambda: self._ask(visitor, f"{LIST_URL}/{typed}"),
            lambda: self._ask("customer", self._path_of(self.own, "cancel"), "POST", csrf=True, data={"line": typed}),
            lambda: self._ask("customer", self._path_of(self.own, typed.replace("/", "")), "POST", csrf=True),
            lambda: self._show_typed(chance, typed),
            lambda: self._show_typed(chance, typed),
        )
        number = chance.randrange(len(attempts))
        answer = attempts[number]()
        if MARKUP in getattr(answer, "text", answer):
            self._found("markup", (visitor, name, typed, number))
        return visitor, name, typed, number

    def _show_typed(self, chance, typed):
        """Let names and notes be *typed* so; return a page, a paper, a mail or *Why?* that shows them."""
        delivery = self.own
        self.nail.name = typed
        self.users["customer"].partner_id.name = typed
        delivery.write({"backorder_note": typed, "site_note": typed})
        self.own_order.client_order_ref = typed
        shown = chance.choice(("page", "slip", "confirmation", "why", "mail", "list"))
        if shown == "mail":
            template = chance.choice(self._find_templates())
            rendered = template._render_field("body_html", delivery.ids, options={"post_process": False})
            return rendered[delivery.id]
        if shown == "why":
            return delivery.move_ids[0].allocation_explanation or ""
        if shown == "list":
            return self._ask("customer", LIST_URL).text
        # Papers name our reference of a product, as Odoo's own do; the page does not.
        params = {"access_token": delivery.sudo().access_token}
        if shown in DOCUMENTS:
            params.update(report_type="html", document=shown)
        return self._ask("guest", self._path_of(delivery), params=params).text

    def _find_templates(self):
        templates = self.env["mail.template"].search([("model", "=", "stock.picking")])
        return templates.filtered(
            lambda template: (template.get_external_id()[template.id]).startswith("gse_backorder.")
        )

    @contextmanager
    def _hole_markup(self):
        pages = self.registry["stock.customer.page"]
        get_line = pages._get_line

        def with_markup(page, *args):
            line = get_line(page, *args)
            return {**line, "product": Markup(line["product"])}

        with patch.object(pages, "_get_line", with_markup):
            yield

    # ---- ids and carts --------------------------------------------------------------------------

    def _try_tokens(self, chance):
        """A link, or a part of one, opens what it was made for, and nothing beside it."""
        visitor = chance.choice(OUTSIDERS)
        delivery = chance.choice((self.given, self.remainder, self.root))
        real = (self.old_token, self.own.sudo().access_token, self.own_order.sudo()._portal_ensure_token())
        foreign = self.given if delivery != self.given else self.remainder
        stolen = chance.choice((*real, foreign.sudo().access_token))
        token = chance.choice((stolen, stolen[:-1], stolen[::-1], "", "é" + stolen, f"{stolen}\x00", stolen.upper()))
        params = {"access_token": token}
        attempts = (
            lambda: self._ask(visitor, self._path_of(delivery), params=params),
            lambda: self._ask(visitor, self._path_of(delivery), params={**params, "report_type": "html"}),
            lambda: self._ask(
                visitor, self._path_of(delivery, chance.choice(list(CHOICES))), "POST", csrf=True, params=params,
                data={"line": "all"},
            ),
            lambda: self._ask_json(
                visitor, "/mail/chatter_fetch", thread_model="stock.picking", thread_id=delivery.id, token=token,
                pid=self.users["customer"].partner_id.id, hash=stolen,
            ),
            lambda: self._ask_json(
                visitor, "/mail/message/post", thread_model="stock.picking", thread_id=delivery.id, token=token,
                post_data={"body": "Hello", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"},
            ),
            lambda: self._ask(visitor, f"/mail/view?model=stock.picking&res_id={delivery.id}", params=params),
            lambda: self._ask(visitor, f"/my/picking/pdf/{delivery.id}", params=params),
        )  # fmt: skip
        number = chance.randrange(len(attempts))
        attempts[number]()
        return visitor, delivery.name, number, token

    def _hole_tokens(self):
        """A link opens the whole chain, to whomever its members were given."""

        def opens(delivery, token):
            chain = delivery.sudo()._get_chain()
            return StockPicking._is_opened_by(delivery, token) or token in chain.mapped("access_token")

        return patch.object(self.registry["stock.picking"], "_is_opened_by", opens)
