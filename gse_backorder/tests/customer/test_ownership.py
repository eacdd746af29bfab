import itertools
import json
import random
from xmlrpc.client import Fault

from odoo.exceptions import AccessError, UserError
from odoo.modules.migration import load_script
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import file_path, mute_logger
from odoo.tools.sql import column_exists, create_column

from .test_portal import PortalHttpCase

RPC_LOGGERS = ("odoo.http", "odoo.sql_db", "odoo.addons.base.models.ir_rule", "odoo.models")


@tagged("post_install", "-at_install")
class OwnershipCase(PortalHttpCase):
    """A delivery that has shipped in part, and all who have no business with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Ordered by the customer, for the site of another company, where somebody has a login.
        cls.addressee_company = cls.env["res.partner"].create({"name": "Building Site Ltd", "is_company": True})
        cls.addressee = cls._create_portal_user("portal_addressee", cls.addressee_company)
        cls.root.partner_id = cls.addressee.partner_id
        cls.backorder = cls._ship_root()
        cls.employee = new_test_user(cls.env, "portal_employee", groups="base.group_user")
        cls.moved = cls._create_portal_user("portal_moved", cls.customer)
        cls.env["stock.picking"].with_user(cls.moved).search([])  # what he may see is known to the server
        cls.moved.partner_id.parent_id = cls.stranger_company
        cls.token = cls.backorder._portal_ensure_token()
        cls.strangers = {
            "another customer": cls.stranger,
            "vendor": cls.vendor_user,
            "addressee": cls.addressee,
            "employee without groups": cls.employee,
            "contact who has moved": cls.moved,
        }

    def _call(self, user, model, method, *args, **kwargs):
        """Call a method by JSON-RPC, as the web client does."""
        self.authenticate(user.login, user.login)
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.make_jsonrpc_request(f"/web/dataset/call_kw/{model}/{method}", params)

    def _call_xml(self, user, model, method, *args, **kwargs):
        """Call a method by XML-RPC, as a program of the customer's would."""
        return self.xmlrpc_object.execute_kw(self.env.cr.dbname, user.id, user.login, model, method, args, kwargs)

    def _assert_refused(self, user, model, method, *args, **kwargs):
        """Both ways in: with an error, whatever it is called."""
        with mute_logger(*RPC_LOGGERS):
            with self.assertRaises(JsonRpcException):
                self._call(user, model, method, *args, **kwargs)
            with self.assertRaises(Fault):
                self._call_xml(user, model, method, *args, **kwargs)

    def _post_json(self, route, params):
        answer = self.url_open(route, data=json.dumps({"params": params}), headers={"Content-Type": "application/json"})
        return answer.json()

    def _ask(self, delivery, body, **message):
        """Write on the page of the delivery, as its composer does."""
        message = {"body": body, "message_type": "comment", "subtype_xmlid": "mail.mt_comment", **message}
        return self._post_json(
            "/mail/message/post",
            {"thread_model": delivery._name, "thread_id": delivery.id, "post_data": message},
        )


@tagged("post_install", "-at_install")
class TestOwnership(OwnershipCase):
    """Who is not the customer gets nothing of his delivery, by no way."""

    def test_link(self):
        """Scenario: everybody asks for the page's address. Expected: with its token for who may see it himself."""
        for visitor, user in self.strangers.items():
            with self.subTest(visitor):
                for delivery in (self.backorder, self.root):
                    self._assert_refused(user, "stock.picking", "get_portal_url", delivery.ids)
        for user in (self.owner, self.colleague, self.picker, self.salesperson):
            for call in (self._call, self._call_xml):
                self.assertIn(self.token, call(user, "stock.picking", "get_portal_url", self.backorder.ids))
        receipt = self._call(self.picker, "stock.picking", "get_portal_url", self.receipt.ids)
        self.assertTrue(receipt.endswith("access_token="), "What is no delivery has no link.")

    def test_rpc(self):
        """Scenario: strangers read, search, write and press on it. Expected: refused, or not found."""
        ids = self.backorder.ids
        calls = (
            ("read", [ids, ["name"]], {}),
            ("read", [ids, ["access_token", "open_value", "customer_id", "sale_id"]], {}),
            ("web_read", [ids], {"specification": {"name": {}}}),
            ("export_data", [ids, ["name"]], {}),
            ("write", [ids, {"name": "Mine"}], {}),
            ("copy", [ids], {}),
            ("unlink", [ids], {}),
            ("action_cancel", [ids], {}),
            ("action_view_chain", [ids], {}),
            ("message_post", [ids], {"body": "Hello", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}),
            ("message_subscribe", [ids], {"partner_ids": [self.owner.partner_id.id]}),
        )
        for (visitor, user), (method, args, kwargs) in itertools.product(self.strangers.items(), calls):
            with self.subTest(visitor, method=method):
                self._assert_refused(user, "stock.picking", method, *args, **kwargs)
        for visitor, user in self.strangers.items():
            with self.subTest(visitor):
                subscribed = self._call(user, "stock.picking", "message_subscribe", ids, user.partner_id.ids)
                self.assertFalse(subscribed, "Odoo says so without an error.")
                if user == self.employee:
                    continue  # he is refused the whole model
                for domain in (
                    [("id", "in", ids)],
                    [("name", "=", self.backorder.name)],
                    [("sale_id", "=", self.order.id)],
                    [("partner_id", "=", self.addressee.partner_id.id), ("id", "in", ids)],
                ):
                    self.assertEqual(self._call(user, "stock.picking", "search_count", domain), 0)
                by_chain = [("backorder_root_id", "=", self.root.id)]
                self._assert_refused(user, "stock.picking", "search_count", by_chain)
        self.assertEqual(self.backorder.state, "confirmed")
        self.assertFalse(
            self.backorder.message_partner_ids
            & self.env["res.partner"].union(*(user.partner_id for user in self.strangers.values()))
        )

    def test_conversation(self):
        """Scenario: the customer and we have talked. Expected: a stranger reads and writes none of it."""
        words = "Between us"
        message = self.backorder.message_post(body=words, message_type="comment", subtype_xmlid="mail.mt_comment")
        attachment = self.env["ir.attachment"].create(
            {"name": "plan.txt", "raw": b"secret", "res_model": "stock.picking", "res_id": self.backorder.id}
        )
        thread = {"thread_model": "stock.picking", "thread_id": self.backorder.id}
        for visitor, user in self.strangers.items():
            with self.subTest(visitor), mute_logger(*RPC_LOGGERS):
                self._assert_refused(user, "mail.message", "read", message.ids, ["body"])
                self._assert_refused(user, "ir.attachment", "read", attachment.ids, ["name"])
                found = self._call(user, "mail.message", "search_count", [("id", "=", message.id)])
                self.assertEqual(found, 0)
                self.assertFalse(self._fetch(user)["messages"])
                self.assertIn("error", self._ask(self.backorder, "Hello"))
                self.assertNotEqual(self.url_open(f"/web/content/{attachment.id}").content, b"secret")
                posted = self._post_json("/mail/thread/subscribe", {
                    "res_model": "stock.picking", "res_id": self.backorder.id, "partner_ids": user.partner_id.ids,
                })  # fmt: skip
                self.assertIn("error", posted)
        self.authenticate(self.owner.login, self.owner.login)
        self.assertNotIn("error", self._ask(self.backorder, "When?"))
        self.assertIn(message.id, self._fetch(self.owner)["messages"])
        self.assertTrue(thread)

    def _fetch(self, user):
        self.authenticate(user.login, user.login)
        answer = self._post_json(
            "/mail/chatter_fetch", {"thread_model": "stock.picking", "thread_id": self.backorder.id}
        )
        return answer.get("result", {"messages": []})

    def test_pages(self):
        """Scenario: strangers follow the links of mails, open Odoo's own papers. Expected: led away, told nothing."""
        paths = (
            f"/mail/view?model=stock.picking&res_id={self.backorder.id}",
            f"/my/picking/pdf/{self.backorder.id}",
            f"/my/picking/return/pdf/{self.backorder.id}",
            f"/report/html/stock.report_deliveryslip/{self.backorder.id}",
            f"/report/html/gse_backorder.report_backorder_confirmation/{self.backorder.id}",
            *(f"/my/deliveries/{self.backorder.id}{query}" for query in ("", "?report_type=html")),
        )
        for (visitor, user), path in itertools.product(self.strangers.items(), paths):
            with self.subTest(visitor, path=path), mute_logger(*RPC_LOGGERS):
                answer = self._open(path, user)
                self.assertNotIn(self.backorder.name, answer.text)
                self.assertNotIn(self.token, answer.text + answer.headers.get("Location", ""))
        # Where a link of a mail leads the customer there is the page.
        answer = self._open(paths[0], self.owner)
        self.assertIn(f"/my/deliveries/{self.backorder.id}", answer.headers["Location"])
        self.assertEqual(self._open(answer.headers["Location"], self.owner).status_code, 200)
        # Who orders may open Odoo's own papers, also by the link to his order.
        self.env["ir.config_parameter"].sudo().set_param("report.url", self.base_url())
        order_token = self.order._portal_ensure_token()
        slip = f"/my/picking/pdf/{self.root.id}"
        for path, user in ((slip, self.owner), (f"{slip}?access_token={order_token}", None)):
            self.assertEqual(self._open(path, user).status_code, 200)

    def test_number_of_what_was_given_away(self):
        """Scenario: the original is given to another customer, whose remainder stays the first one's. Expected: its
        number is told him by no way, as staff read it."""
        self.root.write({"partner_id": self.stranger_company.id, "sale_id": False})
        self.env.flush_all()
        self._invalidate()
        self.assertEqual((self.root.customer_id, self.backorder.customer_id), (self.stranger_company, self.customer))
        names, ids = ["backorder_id", "backorder_root_id", "return_id"], self.backorder.ids
        for name in names:
            with self.subTest(name):
                self._assert_refused(self.owner, "stock.picking", "read", ids, [name])
                self._assert_refused(self.owner, "stock.picking", "web_read", ids, {name: {"fields": {"id": {}}}})
                self._assert_refused(self.owner, "stock.picking", "formatted_read_group", [], [name], ["__count"])
                self._assert_refused(self.owner, "stock.picking", "search", [(f"{name}.name", "=", self.root.name)])
        self.assertTrue(set(names).isdisjoint(self._call(self.owner, "stock.picking", "fields_get")))
        page = self._open(self._path(self.backorder), self.owner)
        self.assertEqual(page.status_code, 200)
        [read] = self.backorder.with_user(self.picker).read(names)
        self.assertEqual((read["backorder_id"][0], read["backorder_root_id"][0]), (self.root.id, self.root.id))

    def test_steps_before_and_returns(self):
        """Scenario: picks for an order of somebody else, and what comes back, name the addressee's contact. Expected:
        he reads none of it, by no way; the buyer's colleague neither, as Odoo has it; staff do."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order(
            (self._create_product("Nail", 3), 3),
            partner_id=self.owner.partner_id.id,
            partner_shipping_id=self.addressee.partner_id.id,
            site_note="Ring twice",
        )
        pick, _rest, delivery = self._pick(order)
        self._ship(delivery)
        wizard = self.env["stock.return.picking"].create({"picking_id": delivery.id})
        wizard.product_return_moves.quantity = 1
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._invalidate()
        for transfer in (pick, returned):
            with self.subTest(transfer.name):
                self.assertEqual(transfer.partner_id, self.addressee.partner_id)
                for visitor in (self.addressee, self.stranger):
                    self._assert_refused(visitor, "stock.picking", "read", transfer.ids, ["name", "site_note"])
                    self.assertFalse(self._call(visitor, "stock.picking", "search", [("id", "=", transfer.id)]))
                self.assertTrue(transfer.with_user(self.picker).read(["name"]))

    def test_token_of_the_order(self):
        """Scenario: a holding's login, which Odoo lets read its daughter's orders, sends a token that is none on the
        order's page. Expected: no token of its deliveries; who has the order's own link gets theirs."""
        holding = self.env["res.partner"].create({"name": "Holding", "is_company": True})
        self.customer.parent_id = holding
        user = self._create_portal_user("portal_holding", holding)
        order_token = self.order._portal_ensure_token()
        for sent in ("x", "%C3%A9", order_token[:-1]):
            with self.subTest(sent):
                answer = self._open(f"/my/orders/{self.order.id}?access_token={sent}", user)
                self.assertIn(self.backorder.name, answer.text)
                self.assertNotIn(self.token, answer.text)
        answer = self._open(f"/my/orders/{self.order.id}?access_token={order_token}")
        self.assertIn(self.token, answer.text)

    def test_choices(self):
        """Scenario: strangers decide about it. Expected: nothing is cancelled."""
        for visitor, user in self.strangers.items():
            with self.subTest(visitor):
                self._post(self.backorder, "cancel", user, line="all")
                self.assertEqual(self.backorder.state, "confirmed")

    def test_vendor_keeps_his_receipts(self):
        """Scenario: a vendor with a login reads our receipt from him. Expected: as Odoo has it."""
        self.receipt.partner_id = self.vendor_user.partner_id
        self.assertEqual(self._call(self.vendor_user, "stock.picking", "search", []), self.receipt.ids)
        answer = self._open(f"/mail/view?model=stock.picking&res_id={self.receipt.id}", self.vendor_user)
        self.assertIn(answer.status_code, (302, 303))

    def test_archived(self):
        """Scenario: somebody has the page open, and his login is archived. Expected: it is closed to him."""
        user = self.colleague
        self.assertEqual(self._open(self._path(self.backorder), user).status_code, 200)
        user.active = False
        user.partner_id.active = False
        self.env.flush_all()
        self.assertNotEqual(self.url_open(self._path(self.backorder), allow_redirects=False).status_code, 200)
        with self.assertRaises(Fault), mute_logger(*RPC_LOGGERS):
            self._call_xml(user, "stock.picking", "search", [])

    def test_contact_who_moves_takes_his_new_companys_deliveries(self):
        """Scenario: he moves to the stranger's company. Expected: he sees its deliveries, at once."""
        foreign = self._create_foreign_delivery()
        self.assertEqual(self._call(self.moved, "stock.picking", "search", []), foreign.ids)

    def test_public_user_is_nobodys_customer(self):
        """Scenario: a delivery to the partner of all who have no login. Expected: they do not see it."""
        public = self.env.ref("base.public_user")
        delivery = self._create_delivery((self.products["Beam"], 1), partner_id=public.partner_id.id)
        self.assertFalse(delivery._is_visible_to(public))
        self.assertEqual(self._open(self._path(delivery)).status_code, 303)

    def test_page_search_and_rule_agree(self):
        """Scenario: deliveries of all kinds. Expected: predicate, domain and record rules say the same of each."""
        chance = random.Random(13)
        partners = [user.partner_id for user in (self.owner, self.colleague, self.stranger, self.vendor_user)]
        pickings = self.env["stock.picking"]
        for _number in range(25):
            partner = chance.choice(partners)
            kind = chance.choice(("order", "delivery", "draft", "vendor", "receipt"))
            if kind == "order":
                receiver = chance.choice(partners)
                order = self._create_order(
                    (self.products["Beam"], 1), partner_id=partner.id, partner_shipping_id=receiver.id
                )
                pickings |= order.picking_ids
            elif kind == "receipt":
                receipt = self._create_receipt((self.products["Beam"], 1))
                receipt.partner_id = partner
                pickings |= receipt
            else:
                values = {"location_dest_id": self.suppliers.id} if kind == "vendor" else {}
                pickings |= self._create_delivery(
                    (self.products["Beam"], 1), confirm=kind != "draft", partner_id=partner.id, **values
                )
        pickings |= self.root | self.backorder
        self._invalidate()
        for user in (self.owner, self.colleague, self.stranger, self.vendor_user, self.addressee, self.moved):
            with self.subTest(user.login):
                visible = pickings.filtered(lambda picking, user=user: picking._is_visible_to(user))
                domain = pickings._get_customer_domain(user.partner_id)
                self.assertEqual(visible, pickings.filtered_domain(domain))
                self.assertEqual(visible, pickings.search([*domain, ("id", "in", pickings.ids)], order="id") & pickings)
                own = pickings.with_user(user)._filtered_access("read").with_env(self.env)
                ours = own.filtered(lambda picking: picking.customer_id)
                self.assertEqual(
                    visible, ours.filtered(lambda picking: picking._is_customer_delivery()), "What rules let him read."
                )

    def test_followers(self):
        """Scenario: what he follows is given to somebody else. Expected: he hears nothing of it any more."""
        self._call(self.owner, "stock.picking", "message_subscribe", self.backorder.ids, self.owner.partner_id.ids)
        self.backorder.message_subscribe(self.addressee.partner_id.ids)
        forwarder = self.env["res.partner"].create({"name": "Forwarder", "email": "forwarder@example.com"})
        self.backorder.message_subscribe(forwarder.ids)

        def tell(**values):
            news = "News"
            message = self.backorder.message_post(
                body=news, message_type="comment", subtype_xmlid="mail.mt_comment", **values
            )
            return message.notified_partner_ids

        told = tell()
        self.assertIn(self.owner.partner_id, told)
        self.assertIn(forwarder, told, "Whom we have asked in, and who has no login.")
        self.assertNotIn(self.addressee.partner_id, told)
        self.assertIn(self.addressee.partner_id, tell(partner_ids=self.addressee.partner_id.ids), "Whom we choose.")
        self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        self.assertNotIn(self.owner.partner_id, tell())


@tagged("post_install", "-at_install")
class TestToken(OwnershipCase):
    """A token belongs to the customer for whom it was made."""

    def _assert_follows(self, delivery, change):
        """After *change* the delivery is another's: the old link is dead, and the new one is not the old one."""
        old, customer = delivery._portal_ensure_token(), delivery.customer_id
        change()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(delivery.customer_id)
        self.assertNotEqual(delivery.customer_id, customer)
        self.assertNotEqual(delivery._portal_ensure_token(), old)
        for path in ("", "/keep"):
            answer = self.url_open(f"/my/deliveries/{delivery.id}{path}?access_token={old}", allow_redirects=False)
            self.assertNotEqual(answer.status_code, 200)
        self.assertEqual(self._open(self._path(delivery, delivery._portal_ensure_token())).status_code, 200)

    def test_given_away(self):
        self._assert_follows(
            self.backorder, lambda: self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        )

    def test_given_away_and_shipped_in_part(self):
        """Scenario: R1 is given to Beta and ships in part. Expected: Alpha's link does not open R2."""
        self._ship(self.receipt)
        self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        remainder = self._ship(self.backorder, 10, 10)
        self.assertEqual(
            (remainder.backorder_root_id, remainder.customer_id), (self.root, self.stranger_company), "It is Beta's."
        )
        self.assertEqual(self._open(self._path(remainder, self.token)).status_code, 303)
        self.assertEqual(self._open(self._path(self.root, self.token)).status_code, 200, "What is Alpha's it opens.")
        self.assertEqual(self._open(self._path(remainder, self.backorder._portal_ensure_token())).status_code, 200)

    def test_backorder_of_another_customers(self):
        """Scenario: a transfer of another is put into the chain. Expected: the chain's link does not open it."""
        foreign = self._create_foreign_delivery()
        foreign.backorder_id = self.root
        self.assertEqual(foreign.backorder_root_id, self.root)
        self.assertEqual(self._open(self._path(foreign, self.token)).status_code, 303)

    def test_order_changes_its_customer(self):
        self._assert_follows(self.backorder, lambda: self.order.write({"partner_id": self.stranger_company.id}))

    def test_contact_moves(self):
        partner = self.owner.partner_id
        self._assert_follows(self.backorder, lambda: partner.write({"parent_id": self.stranger_company.id}))

    def test_company_is_taken_over(self):
        """Scenario: the customer becomes a contact of another company. Expected: the link is dead."""
        self._assert_follows(
            self.backorder,
            lambda: self.customer.write({"is_company": False, "parent_id": self.stranger_company.id}),
        )

    def test_same_customer(self):
        """Scenario: another contact of the same company. Expected: the link goes on to open it."""
        self.order.partner_id = self.colleague.partner_id
        self.assertEqual(self._open(self._path(self.backorder, self.token)).status_code, 200)
        self.assertEqual(self.root._portal_ensure_token(), self.token, "One for the whole chain.")

    def test_conversation_by_old_link(self):
        """Scenario: the old link reads messages. Expected: refused, by token and by the hash of a mail."""
        partner = self.owner.partner_id
        access = {"token": self.token}, {"hash": self.backorder._sign_token(partner.id), "pid": partner.id}
        threads = self.env["stock.picking"].with_user(self.env.ref("base.public_user"))
        for way in access:
            for mode in ("read", "write"):
                self.assertTrue(threads._get_thread_with_access(self.backorder.id, mode=mode, **way))
        self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        for way in (*access, {"token": "é"}, {"token": ""}, {"token": None}):
            for mode in ("read", "write"):
                self.assertFalse(threads._get_thread_with_access(self.backorder.id, mode=mode, **way))

    def test_nobody_reads_it(self):
        """Scenario: customer, picker and administrator ask for the token in every way. Expected: refused."""
        admin = new_test_user(self.env, "token_admin", groups="base.group_system,stock.group_stock_manager")
        for user in (self.owner, self.picker, admin):
            for method, args, kwargs in (
                ("read", [self.backorder.ids, ["access_token"]], {}),
                ("search", [[("access_token", "=like", f"{self.token[:3]}%")]], {}),
                ("search", [[]], {"order": "access_token"}),
                ("formatted_read_group", [[], ["access_token"], ["__count"]], {}),
                ("export_data", [self.backorder.ids, ["access_token"]], {}),
                ("write", [self.backorder.ids, {"access_token": "mine"}], {}),
            ):
                with self.subTest(user.login, method=method):
                    self._assert_refused(user, "stock.picking", method, *args, **kwargs)
            self.assertNotIn("access_token", self._call(user, "stock.picking", "fields_get"))
        self.assertEqual(self.backorder._portal_ensure_token(), self.token)

    def test_nothing_is_stored(self):
        """Scenario: links were made, and a copy. Expected: no column has a token; the copy has one of its own."""
        self.assertFalse(column_exists(self.env.cr, "stock_picking", "access_token"))
        create_column(self.env.cr, "stock_picking", "access_token", "varchar")  # as older versions have it
        script = load_script(file_path("gse_backorder/migrations/19.0.1.6.0/pre-migration.py"), "pre-migration")
        script.drop_stored_tokens(self.env.cr)
        self.assertFalse(column_exists(self.env.cr, "stock_picking", "access_token"))
        copy = self.backorder.copy()
        copy.action_confirm()
        self.assertNotIn(copy._portal_ensure_token(), (False, "", self.token))


@tagged("post_install", "-at_install")
class TestMessages(OwnershipCase):
    """What Odoo refuses on a customer's own order is refused on his delivery."""

    def test_rpc(self):
        """Scenario: a customer posts by RPC on his order and his delivery, in all ways. Expected: the same answer."""
        foreign = self.env["ir.attachment"].create({"name": "foreign", "raw": b"x"})
        kinds = (
            {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"},
            {"message_type": "comment", "subtype_xmlid": "mail.mt_note"},
            {"message_type": "notification", "subtype_xmlid": "mail.mt_note"},
            {"message_type": "notification", "subtype_xmlid": "mail.mt_comment"},
            {"message_type": "auto_comment", "subtype_xmlid": "mail.mt_comment"},
            {"message_type": "email", "subtype_xmlid": "mail.mt_comment"},
            {"message_type": "user_notification"},
            {},
        )
        extras = (
            {},
            {"attachment_ids": foreign.ids},
            {"partner_ids": self.stranger.partner_id.ids},
            {"author_id": self.salesperson.partner_id.id},
            {"email_from": "boss@example.com"},
            {"parent_id": self.backorder.message_ids[:1].id},
            {"is_internal": True},
        )
        for kind, extra in itertools.product(kinds, extras):
            with self.subTest(**kind, **extra):
                answers = [self._try_to_post(record, **kind, **extra) for record in (self.order, self.backorder)]
                self.assertEqual(*answers)
                self.assertEqual(answers, ["refused", "refused"])

    def test_who_follows_does_not_write(self):
        """Scenario: the contact at the site, and a stranger, follow the delivery, were written to, and post in it by
        RPC; so does its own customer, anything but a question. Expected: refused."""
        question = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        words = "We write to you"
        for user in (self.addressee, self.stranger, self.owner):
            self.backorder.message_subscribe(user.partner_id.ids)
            self.backorder.message_post(body=words, partner_ids=user.partner_id.ids, **question)
            for kind in ({}, {"message_type": "comment"}, {"subtype_xmlid": "mail.mt_note"}, question):
                if (user, kind) != (self.owner, question):
                    with self.subTest(user.login, **kind):
                        self.assertEqual(self._try_to_post(self.backorder, user, **kind), "refused")

    def _try_to_post(self, record, user=None, **values):
        before = record.message_ids
        try:
            with mute_logger(*RPC_LOGGERS):
                self._call(user or self.owner, record._name, "message_post", record.ids, body="Hello", **values)
        except JsonRpcException:
            self.env.invalidate_all()
            self.assertEqual(record.message_ids, before)
            return "refused"
        return "posted"

    def test_other_methods(self):
        """Scenario: what else writes messages, by RPC. Expected: refused."""
        ids = self.backorder.ids
        values = {"model": "stock.picking", "res_id": self.backorder.id, "body": "Hello", "message_type": "comment"}
        note = self.env.ref("mail.mt_note").id
        self._assert_refused(self.owner, "stock.picking", "message_notify", ids, body="Hello", partner_ids=[1])
        for vals in (values, {**values, "message_type": "notification", "subtype_id": note}):
            self._assert_refused(self.owner, "mail.message", "create", [vals])
        activity = {"activity_type_id": self.env.ref("mail.mail_activity_data_todo").id}
        self._assert_refused(self.owner, "stock.picking", "activity_schedule", ids, **activity)

    def test_page(self):
        """Scenario: the page's composer posts notes and notifications. Expected: refused; a question is not."""
        for user, access in ((self.owner, {}), (None, {"token": self.token})):
            self.authenticate(user and user.login, user and user.login)
            for message, is_right in (
                ({}, True),
                ({"subtype_xmlid": "mail.mt_comment"}, True),
                ({"subtype_xmlid": "mail.mt_note"}, False),
                ({"message_type": "notification"}, False),
                ({"message_type": "auto_comment", "subtype_xmlid": "mail.mt_comment"}, False),
            ):
                post_data = {"body": "Hello", **message}
                params = {"thread_model": "stock.picking", "thread_id": self.backorder.id, "post_data": post_data}
                with self.subTest(user=user and user.login, **message), mute_logger(*RPC_LOGGERS):
                    before = self.backorder.message_ids
                    if is_right:
                        self.make_jsonrpc_request("/mail/message/post", {**params, **access})
                    else:
                        with self.assertRaises(JsonRpcException):
                            self.make_jsonrpc_request("/mail/message/post", {**params, **access})
                    self.env.invalidate_all()
                    new = self.backorder.message_ids - before
                    self.assertEqual(len(new), int(is_right))
                    self.assertFalse(new.subtype_id.internal or new.is_internal)


@tagged("post_install", "-at_install")
class TestNothingFollowsFromSilence(OwnershipCase):
    """A choice is made by a form of the page, which says all that it is about."""

    def test_verbs(self):
        """Scenario: a choice by every other verb. Expected: refused, nothing has changed."""
        self.authenticate(self.owner.login, self.owner.login)
        for method in ("OPTIONS", "HEAD", "GET", "PUT", "DELETE", "PATCH", "TRACE"):
            for choice in ("cancel", "keep", "together"):
                path = f"{self._path(self.backorder)}/{choice}?line=all"
                with self.subTest(method, choice=choice), mute_logger("odoo.http"):
                    answer = self.url_open(path, method=method, allow_redirects=False)
                    self.assertIn(answer.status_code, (400, 405))
        self.env.invalidate_all()
        self.assertEqual((self.backorder.state, self.backorder.move_type), ("confirmed", "direct"))
        self.assertFalse(self.backorder.accepted_promise_date)

    def test_lines(self):
        """Scenario: cancelled without a line, by odd names and values. Expected: refused; all has to be said."""
        line = str(self.backorder.move_ids[0].id)
        for values in (
            {"line": None},  # not sent at all
            {"line": ""},
            {"line": None, "line[]": line},
            {"line": None, "lines": line},
            {"line": "ALL"},
            {"line": f"all,{line}"},
            {"line": f"{line},"},
            {"line": f" {line}"},
            {"line": f"0{line}"},
            {"line": "-1"},
            {"line": "None"},
        ):
            with self.subTest(**values):
                self._post(self.backorder, "cancel", self.owner, **values)
                self.assertIn("This cannot be chosen.", self._notice(self.backorder, self.owner))
                self.assertEqual(set(self.backorder.move_ids.mapped("state")), {"confirmed"})
        author = self.owner.partner_id
        for odd in (None, False, True, 7, [line], {"line": line}, b"all"):
            with self.subTest(odd), self.assertRaises(UserError):
                self.env["stock.customer.choice"]._choose(self.backorder, "cancel", author, odd)
        self._post(self.backorder, "cancel", self.owner, line=line)
        self.assertEqual(set(self.backorder.move_ids.mapped("state")), {"cancel", "confirmed"})
        self._post(self.backorder, "cancel", self.owner, line="all")
        self.assertEqual(self.backorder.state, "cancel")

    def test_page_says_all(self):
        """Scenario: the form of *Cancel the rest*, and those of the lines. Expected: each says what it is about."""
        page = self._page(self.backorder, self.owner)
        said = page.xpath("//form[contains(@action, '/cancel')]//input[@name='line']/@value")
        self.assertEqual(sorted(said), sorted(["all", *(str(move.id) for move in self.backorder.move_ids)]))

    def test_keep_waiting_for_what_is_late(self):
        """Scenario: the receipt is overdue. Expected: there is no date, and he is not asked to accept one."""
        self._put_off_receipt(days=-30)
        page = self._page(self.backorder, self.owner)
        self.assertFalse(page.xpath("//*[@id='choose_keep']"), "Nobody knows the day.")
        self._post(self.backorder, "keep", self.owner)
        self.assertIn("There is no date yet", self._notice(self.backorder, self.owner))
        self.assertFalse(self.backorder.accepted_promise_date)


@tagged("post_install", "-at_install")
class TestSearch(OwnershipCase):
    """The page finds by what it shows."""

    def test_product(self):
        """Scenario: by our reference, by the barcode, by the name, in French. Expected: only by the name he reads."""
        product = self.products["Gypsum"]
        product.barcode = "4006381333931"
        self.env["res.lang"]._activate_lang("fr_FR")
        product.with_context(lang="fr_FR").name = "Plâtre"
        for search in ("SECRET-Gypsum", "SECRET", "4006381333931", "400638", "Plâtre"):
            for search_in in ("product", "all"):
                with self.subTest(search):
                    self.assertFalse(self._list(self.owner, f"?search_in={search_in}&search={search}"))
        self.assertTrue(self._list(self.owner, "?search_in=product&search=gyps"))
        french = self.env["stock.customer.page"].with_context(lang="fr_FR")
        deliveries = self.env["stock.picking"].with_context(lang="fr_FR")
        for search, is_found in (("plâtre", True), ("gyps", False), ("SECRET-Gypsum", False)):
            found = deliveries.search(french._get_search_domain("product", search))
            self.assertEqual(self.backorder in found, is_found, search)

    def test_rights_are_the_model_s(self):
        """Scenario: the predicate is switched to nobody. Expected: page, link and conversation are closed with it."""
        self.patch(type(self.env["stock.picking"]), "_is_customer_delivery", lambda delivery: False)
        self.assertEqual(self._open(self._path(self.backorder), self.owner).status_code, 303)
        self.assertEqual(self._open(self._path(self.backorder, self.token)).status_code, 303)
        with self.assertRaises(AccessError):
            self.backorder.with_user(self.stranger)._portal_ensure_token()
