import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..rpc_common import REFUSALS
from .test_ownership import RPC_LOGGERS, OwnershipCase

DELIVERY = "stock.picking"
# What the web's own routes answer besides.
NOT_FOUND = {"werkzeug.exceptions.Forbidden", "werkzeug.exceptions.NotFound"}
NAME = {"display_name": {}}
SECRET = "Zwiebelfisch"


@tagged("post_install", "-at_install")
class TestOtherDoors(OwnershipCase):
    """What the web client, imports, exports, mails and attachments ask by: a stranger learns and changes nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backorder.write({"note": SECRET, "origin": SECRET})
        cls.order.client_order_ref = SECRET
        cls.attachment = cls.env["ir.attachment"].create(
            {"name": f"{SECRET}.txt", "raw": SECRET.encode(), "res_model": DELIVERY, "res_id": cls.backorder.id}
        )
        post = {"body": SECRET, "message_type": "comment"}
        cls.messages = cls.backorder.message_post(subtype_xmlid="mail.mt_comment", **post)
        cls.messages |= cls.backorder.message_post(subtype_xmlid="mail.mt_note", **post)
        cls.activity = cls.backorder.activity_schedule(
            "mail.mail_activity_data_todo", summary=SECRET, user_id=cls.picker.id
        )
        cls.salesperson.with_context(tracking_disable=True).email = f"{SECRET}@example.com"
        cls.secrets = {SECRET, cls.backorder.name, cls.order.name, cls.token, cls.order._portal_ensure_token()}
        cls.env.flush_all()

    # ---- what is tried ----------------------------------------------------------------

    def _get_calls(self):
        """Return ``[(model, method, arguments)]`` by which the web client and programs read and write records."""
        ids, domain = self.backorder.ids, [("id", "in", self.backorder.ids)]
        linked = {"sale_id": {"fields": {"name": {}, "client_order_ref": {}}}, "message_ids": {"fields": {"body": {}}}}
        linked["move_ids"] = {"fields": {"reference": {}, "sale_line_id": {"fields": {"name": {}}}}}
        original = {"backorder_id": {"fields": NAME}, "backorder_root_id": {"fields": NAME}, "backorder_note": {}}
        values = {"backorder_id": self.backorder.id, "partner_id": self.owner.partner_id.id}
        return [
            (DELIVERY, "web_read", ids, linked),
            (DELIVERY, "web_search_read", domain, linked),
            (DELIVERY, "web_search_read", [], {"name": {}}, 0, 80, "customer_id desc"),
            (DELIVERY, "web_save", ids, {"origin": "Mine"}, linked),
            (DELIVERY, "web_save", [], values, original),
            (DELIVERY, "web_save_multi", ids, [{"origin": "Mine"}], NAME),
            (DELIVERY, "onchange", [], values, list(values), {**original, "access_url": {}}),
            (DELIVERY, "onchange", ids, {}, [], linked),
            (DELIVERY, "copy_data", ids),
            (DELIVERY, "load", [".id", "origin"], [[str(ids[0]), "Mine"]]),
            (DELIVERY, "load", ["name", "backorder_id/.id"], [["Mine", str(ids[0])]]),
            (DELIVERY, "export_data", ids, ["name", "move_ids/reference"]),
            (DELIVERY, "name_search", "", domain),
            (DELIVERY, "formatted_read_group", domain, ["customer_id"], ["__count"]),
            (DELIVERY, "formatted_read_grouping_sets", domain, [["customer_id"], ["name"]], ["__count"]),
            (DELIVERY, "web_read_group", domain, ["customer_id"], ["__count"]),
            (DELIVERY, "read_progress_bar", domain, "customer_id", {"field": "state", "colors": {}}),
            (DELIVERY, "search_panel_select_range", "customer_id"),
            (DELIVERY, "search_panel_select_multi_range", "customer_id"),
            (DELIVERY, "get_formview_action", ids),
            (DELIVERY, "message_mail_with_source", ids, "stock.mail_template_data_delivery_confirmation"),
            ("sale.order", "search_read", [("picking_ids.name", "=", self.backorder.name)], ["name"]),
            ("sale.order", "formatted_read_group", [("picking_ids", "in", ids)], ["partner_id"], ["__count"]),
            ("sale.order.line", "search_read", [("order_id.picking_ids", "in", ids)], ["name"]),
            ("stock.move", "web_search_read", [("picking_id", "in", ids)], {"reference": {}}),
            ("stock.move", "export_data", self.backorder.move_ids.ids, ["picking_id/name", "reference"]),
            *self._get_calls_of_conversation(),
        ]

    def _get_calls_of_conversation(self):
        on_it = [("res_model", "=", DELIVERY), ("res_id", "=", self.backorder.id)]
        ids, said = self.backorder.ids, self.messages.ids
        composed = {"model": DELIVERY, "res_ids": str(ids)}
        template_id = self.env.ref("stock.mail_template_data_delivery_confirmation").id
        rendered = {**composed, "composition_mode": "comment", "template_id": template_id}
        shared = {"res_model": DELIVERY, "res_id": ids[0]}
        return [
            ("mail.message", "export_data", said, ["body", "record_name"]),
            ("mail.message", "copy_data", said),
            ("mail.message", "formatted_read_group", [("id", "in", said)], ["record_name"], ["__count"]),
            ("mail.message", "search_read", [("id", "in", said), ("body", "ilike", "z")], ["body"]),
            ("mail.activity", "read", self.activity.ids, ["summary", "res_name"]),
            ("mail.activity", "action_feedback", self.activity.ids),
            ("mail.activity", "search_read", on_it, ["summary", "res_name"]),
            ("mail.followers", "search_read", on_it, ["partner_id"]),
            ("mail.followers", "create", [{**shared, "partner_id": self.stranger.partner_id.id}]),
            ("mail.compose.message", "create", [{**composed, "body": "Mine"}]),
            ("mail.compose.message", "onchange", [], composed, list(composed), {"subject": {}}),
            ("mail.compose.message", "onchange", [], rendered, list(rendered), {"subject": {}, "body": {}}),
            *(
                (
                    "mail.compose.message",
                    "onchange",
                    [],
                    {**rendered, "template_id": template.id},
                    list(rendered),
                    {name: {}},
                )
                for template in self.env["mail.template"].search([("model", "=", DELIVERY)])
                for name in ("subject", "email_from", "partner_ids", "lang", "body")
            ),
            ("mail.template", "send_mail", [template_id], ids[0]),
            ("portal.share", "create", [shared]),
            ("portal.share", "onchange", [], shared, list(shared), {"share_link": {}}),
            ("ir.attachment", "copy", self.attachment.ids, {"res_model": "res.partner"}),
            ("ir.attachment", "generate_access_token", self.attachment.ids),
            ("ir.attachment", "write", self.attachment.ids, {"res_model": False, "res_id": False}),
            ("ir.attachment", "search_read", on_it, ["name", "index_content"]),
            ("ir.attachment", "name_search", "Zwiebel"),
        ]

    def _get_routes(self):
        """Return ``[(route, arguments)]`` of the JSON that pages and chatters ask for."""
        thread = {"thread_model": DELIVERY, "thread_id": self.backorder.id}
        lists = ["activities", "attachments", "followers", "scheduledMessages", "suggestedRecipients"]
        context = {"active_model": DELIVERY, "active_id": self.backorder.id, "active_ids": self.backorder.ids}
        shown = {"action": "stock.action_picking_tree_all", "resId": self.backorder.id}
        return [
            ("/mail/thread/messages", thread),
            ("/portal/chatter_init", thread),
            ("/mail/data", {"fetch_params": [["mail.thread", {**thread, "request_list": lists}]]}),
            ("/mail/message/post", {**thread, "post_data": {"body": "Mine", "attachment_ids": self.attachment.ids}}),
            ("/mail/message/update_content", {"message_id": self.messages[0].id, "update_data": {"body": "Mine"}}),
            ("/mail/message/reaction", {"message_id": self.messages[0].id, "content": "+", "action": "add"}),
            ("/mail/attachment/delete", {"attachment_id": self.attachment.id}),
            ("/web/action/load", {"action_id": "stock.action_picking_tree_all", "context": context}),
            ("/web/action/load_breadcrumbs", {"actions": [shown]}),
        ]

    def _get_addresses(self):
        """Return what a browser is pointed at."""
        delivery, attachment = self.backorder.id, self.attachment.id
        return [
            f"/mail/view?model={DELIVERY}&res_id={delivery}",
            f"/mail/view?message_id={self.messages[0].id}",
            f"/mail/view?model=stock.move&res_id={self.backorder.move_ids[0].id}",
            f"/web/content/{attachment}?access_token=False",
            f"/web/content/ir.attachment/{attachment}/raw",
            f"/web/content/{DELIVERY}/{delivery}/note?filename_field=origin&download=1",
            f"/web/image/{DELIVERY}/{delivery}/signature?filename_field=origin",
            f"/mail/attachment/zip?file_ids={attachment}&zip_name=x",
            f"/report/html/stock.report_deliveryslip/{delivery}",
            f"/report/text/stock.report_picking/{delivery}?context=%7B%22uid%22%3A1%7D",
            f"/my/picking/pdf/{delivery}?access_token=x",
            f"/odoo/{DELIVERY}/{delivery}",
        ]

    # ---- what must not come of it -----------------------------------------------------

    def test_nothing_is_told(self):
        """Scenario: strangers try each of them. Expected: no word of the delivery, no crash, nothing changed."""
        before = self._get_state()
        for visitor in ("another customer", "addressee", "employee without groups"):
            user = self.strangers[visitor]
            self.authenticate(user.login, user.login)
            with mute_logger(*RPC_LOGGERS, "odoo"):
                for model, method, *args in self._get_calls():
                    params = {"model": model, "method": method, "args": args, "kwargs": {}}
                    with self.subTest(visitor, model=model, method=method, args=args):
                        self._assert_tells_nothing(*self._send("/web/dataset/call_kw", params))
                for route, params in self._get_routes():
                    with self.subTest(visitor, route=route):
                        self._assert_tells_nothing(*self._send(route, params))
                for address in self._get_addresses():
                    with self.subTest(visitor, address=address):
                        answer = self.url_open(address, allow_redirects=False)
                        self.assertLess(answer.status_code, 500)
                        self._assert_tells_nothing(address, answer.text + str(answer.headers))
            self.assertEqual(self._get_state(), before, visitor)

    def test_link(self):
        """Scenario: whoever has the link of a delivery asks for all that is in its chatter. Expected: what customers
        and staff have written to each other, and neither staff's notes and activities, nor files, nor followers."""
        said = "In the open"
        self.backorder.message_post(body=said, message_type="comment", subtype_xmlid="mail.mt_comment")
        self.backorder.message_subscribe(self.stranger.partner_id.ids)
        self.env.flush_all()
        self.authenticate(None, None)
        thread = {"thread_model": DELIVERY, "thread_id": self.backorder.id, "access_params": {"token": self.token}}
        for name in (
            "activities",
            "attachments",
            "contact_fields",
            "followers",
            "scheduledMessages",
            "suggestedRecipients",
        ):
            asked = {**thread, "request_list": [name]}
            _sent, answer = self._send("/mail/data", {"fetch_params": [["mail.thread", asked]]})
            for secret in (SECRET, "access_token", self.stranger.partner_id.name):
                self.assertNotIn(secret, answer, name)
        _sent, answer = self._send("/mail/chatter_fetch", {**thread, **thread["access_params"]})
        self.assertIn(said, answer)

    def test_notes_by_search(self):
        """Scenario: a customer searches his deliveries and orders by words of their messages. Expected: by those that
        he may read; whoever works with them finds all."""
        documents = (self.backorder, self.order)
        for document in documents:
            for kind, word in (("note", "Geheim"), ("comment", "Offen")):
                document.message_post(body=word, message_type="comment", subtype_xmlid=f"mail.mt_{kind}")
        for document in documents:
            for name in ("message_ids", "website_message_ids"):
                for user, word, is_found in (
                    (self.owner, "Geheim", False),
                    (self.owner, "Offen", True),
                    (self.salesperson, "Geheim", True),
                ):
                    domain = [("id", "=", document.id), (f"{name}.body", "ilike", word)]
                    with self.subTest(document._name, name=name, user=user.login, word=word):
                        self.assertEqual(document.with_user(user).search_count(domain), int(is_found))

    def _send(self, route, params):
        answer = self.opener.post(f"{self.base_url()}{route}", json={"params": params}, timeout=60)
        self.assertLess(answer.status_code, 500)
        if "error" in answer.text and answer.headers["Content-Type"].startswith("application/json"):
            error = answer.json().get("error")
            if error:
                self.assertIn(error["data"]["name"], REFUSALS | NOT_FOUND, error["data"]["message"])
        return json.dumps(params), answer.text

    def _assert_tells_nothing(self, sent, answer):
        self.assertFalse([secret for secret in self.secrets if secret in answer and secret not in sent], answer[:1500])

    def _get_state(self):
        self.env.invalidate_all()
        delivery, attachments = self.backorder, self.env["ir.attachment"]
        return [
            *delivery.read(["name", "origin", "note", "state", "partner_id", "message_ids", "message_partner_ids"]),
            *delivery.activity_ids.read(["summary", "active"]),
            *self.attachment.read(["name", "res_model", "res_id", "access_token"]),
            attachments.search_count([("res_model", "=", DELIVERY), ("res_id", "=", delivery.id)]),
            delivery.search_count([]),
        ]
