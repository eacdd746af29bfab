from unittest.mock import patch

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.customer.order_pad_text import Row
from .test_order_pad import PadCase

SELLER = "base.group_user,sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class TestOrderPadServed(PadCase, HttpCase):
    """A salesperson writes on the pad of his customer, on the telephone, and sends him its link."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller, cls.other_seller = (
            new_test_user(cls.env, login, groups=SELLER, email=f"{login}@example.com")
            for login in ("pad_seller", "pad_other_seller")
        )
        cls.head_of_sales = new_test_user(
            cls.env, "pad_head", groups="base.group_user,sales_team.group_sale_salesman_all_leads"
        )
        cls.buyer = cls.owner.partner_id
        (cls.buyer | cls.customer).user_id = cls.seller
        for user in (cls.owner, cls.colleague, cls.stranger, cls.seller, cls.other_seller, cls.picker):
            user.password = user.login

    def _serve(self, *rows, user=None, customer=None):
        """Return the pad as the salesperson has it open, with lines of ``(text, quantity)``."""
        user = user or self.seller
        pads = self.env["stock.order.pad"].with_user(user)
        pad = pads._open_for(user, customer or self.buyer, self.company)
        pad._add_rows([Row(*row) for row in rows])
        return pad

    def _post(self, user, path, **data):
        self.authenticate(user.login, user.login)
        token = html.fromstring(self.url_open("/my/security").text).xpath("//input[@name='csrf_token']/@value")[0]
        return self.url_open(path, data={"csrf_token": token, **data}, allow_redirects=False)

    # ---- whose it is ----------------------------------------------------------------

    def test_the_customers_own(self):
        """Scenario: the customer has written a line, the salesperson adds one. Expected: one pad, and both see both."""
        mine = self._write(("N-1", 4))
        pad = self._serve(("B-1", 1))
        self.assertEqual((pad, len(mine.line_ids)), (mine, 2))

    def test_whose_customer_it_is(self):
        """Scenario: who opens it for whom. Expected: as with orders: own documents, all documents, none."""
        pad = self._serve(("N-1", 4))
        pads = self.env["stock.order.pad"]
        for user, may in (
            (self.seller, True), (self.head_of_sales, True), (self.other_seller, False), (self.picker, False),
            (self.owner, True), (self.colleague, False), (self.stranger, False), (self.vendor_user, False),
        ):  # fmt: skip
            with self.subTest(user.login), mute_logger("odoo.addons.base.models.ir_rule"):
                if may:
                    self.assertEqual(pads._get_named(user, pad.id), pad)
                    continue
                for pad_id in (pad.id, pad.id + 1000, 10**30, 0):
                    with self.assertRaises(AccessError):
                        pads._get_named(user, pad_id)
                with self.assertRaises(AccessError):
                    self._serve(user=user)
        self.assertFalse(pads.with_user(self.other_seller).search([("id", "=", pad.id)]))
        self.assertFalse(pad.line_ids.with_user(self.other_seller).search([("pad_id", "=", pad.id)]))
        self.assertTrue(pads.with_user(self.head_of_sales).search([("id", "=", pad.id)]))

    def test_customer_of_nobody(self):
        """Scenario: he has no salesperson, or has ordered by one. Expected: anybody's, then that one's, too."""
        (self.buyer | self.customer).user_id = False
        self.assertTrue(self._serve(user=self.other_seller))
        (self.buyer | self.customer).user_id = self.seller
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self._serve(user=self.other_seller)

    def test_customer_of_another_company(self):
        """Scenario: a customer that only another company of ours has. Expected: refused in words."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self.env["res.partner"].create({"name": "Far", "company_id": elsewhere.id})
        self.head_of_sales.company_ids = [Command.link(elsewhere.id)]
        user = self.head_of_sales
        pads = (
            self.env["stock.order.pad"]
            .with_user(user)
            .with_context(allowed_company_ids=[self.company.id, elsewhere.id])
        )
        with self.assertRaises(UserError):
            pads._open_for(user, partner.with_env(pads.env), self.company)

    # ---- what is seen and written ------------------------------------------------------

    def test_he_sees_more_than_his_customer(self):
        """Scenario: customers see a colour alone. Expected: the salesperson sees quantities, the order says none."""
        self.company.write({"customer_order_shows": "status", "customer_order_cap": 1})
        self.env["res.lang"]._activate_lang("fr_FR")
        self.buyer.lang = "fr_FR"
        pad = self._serve(("B-1", 250))
        [row] = pad._judge()["rows"]
        self.assertIn("60 now, 190 on", row["words"])
        mine = pad.with_user(self.owner).sudo()
        self.assertEqual(mine._judge()["rows"][0]["words"], "")
        order = pad._send(self.seller.partner_id, pad._judge()["seen"])
        told = order.order_line.pad_text
        self.assertFalse(any(sign.isdigit() for sign in told), told)
        shown = self.env["sale.order.line"].with_context(lang="fr_FR")._fields["availability_status"]
        self.assertEqual(
            told, dict(shown._description_selection(shown and self.env(context={"lang": "fr_FR"})))["short"]
        )

    def test_he_is_told_what_a_quotation_tells(self):
        """Scenario: a product in two rows, one that others have all of, one that nobody expects; as they come, and all
        together. Expected: the salesperson reads of each what a quotation of them says; what is written is the
        customer's."""
        self._create_order((self.slate, 3))
        self._create_order((self.nail, 10))
        self._invalidate()
        pad = self._serve(("B-1", 40), ("B-1", 40), ("N-1", 1), ("S-1", 1))
        quotation = self._create_order(
            (self.board, 40), (self.board, 40), (self.nail, 1), (self.slate, 1), confirm=False
        )
        for policy in ("direct", "one"):
            with self.subTest(policy):
                quotation.picking_policy = policy
                pad._write_head({"policy": policy})
                self._invalidate()
                words = [row["words"] for row in pad._judge()["rows"]]
                expected = quotation.order_line.mapped("availability_text")
                if policy == "direct":
                    self.assertEqual(expected.pop(0), "40 now")
                    self.assertEqual(words.pop(0), "ships now")
                self.assertEqual(words, expected)
        pad._write_head({"policy": "direct"})
        order = pad._send(self.seller.partner_id, pad._judge()["seen"])
        day = self.order._format_date(order.order_line[0].pad_date)
        self.assertEqual(order.order_line.mapped("pad_text"), [f"a part now, all by {day}"] * 2 + ["no date yet"] * 2)

    def test_order(self):
        """Scenario: he sends it. Expected: an order of his, that says who has typed it; no message to himself, one mail
        to the customer."""
        (self.buyer | self.customer).user_id = False
        pad = self._serve(("N-1", 4), user=self.other_seller)
        order = pad._send(self.other_seller.partner_id, pad._judge()["seen"])
        self._invalidate()
        self.assertEqual((order.state, order.user_id, order.pad_user_id), ("sale", *[self.other_seller] * 2))
        self.assertEqual((order.partner_id, order.is_from_pad, order.pad_badge), (self.buyer, True, "Telephone"))
        notes = order.message_ids.filtered(lambda message: self.other_seller.name in (message.body or ""))
        self.assertTrue(notes, "It says who typed it.")
        self.assertNotIn(self.other_seller.partner_id, order.message_ids.notified_partner_ids)
        self.assertIn(self.buyer, order.message_ids.notified_partner_ids)
        self.assertEqual(self.buyer.with_user(self.other_seller).pad_order_count, 1)
        self.assertEqual(self.customer.with_user(self.other_seller).pad_order_count, 1)
        action = self.customer.with_user(self.other_seller).action_view_pad_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order)

    def test_by_the_customer(self):
        """Scenario: the customer sends it himself, though another has typed it. Expected: nobody is said to have."""
        pad = self._serve(("N-1", 4)).with_user(self.owner).sudo()
        order = pad._send(self.buyer, pad._judge()["seen"])
        self.assertEqual((order.pad_user_id.id, order.pad_badge, order.user_id), (False, "Order pad", self.seller))
        with self.assertRaises(UserError):
            order.with_user(self.seller).write({"pad_user_id": self.seller.id})

    # ---- the page -----------------------------------------------------------------------

    def test_page(self):
        """Scenario: he types, sends a file and the order on the page. Expected: the customer's page, then the order at
        his own desk; the other salesperson and the picker change nothing."""
        pad = self._serve()
        url = f"/my/order/{pad.id}"
        self._post(self.seller, f"{url}/change", do="save", new_text="N-1", new_quantity="4")
        page = html.fromstring(self.url_open(url).text)
        self.assertIn(self.buyer.display_name, page.xpath("//div[@name='served']")[0].text_content())
        form = page.xpath("//form[contains(@class, 'o_gse_pad_form')]")[0]
        self.assertEqual(form.get("action"), f"{url}/change")
        values = {name: value or "" for name, value in form.form_values() if name != "csrf_token"}
        for user in (self.other_seller, self.picker, self.colleague, self.stranger):
            with self.subTest(user.login), mute_logger("odoo.addons.base.models.ir_rule", "odoo.http"):
                self.assertTrue(
                    self._post(user, f"{url}/change", **values, do="send").headers["Location"].endswith("/my")
                )
                self.assertNotIn("N-1", self.url_open(url).text)
                self.assertNotIn("N-1", self.url_open(f"/my/order/{10**30}").text)
        self._invalidate()
        self.assertEqual((len(pad.line_ids), pad.order_id.id), (1, False))
        answer = self._post(self.seller, f"{url}/change", **values, do="send")
        self._invalidate()
        self.assertTrue(answer.headers["Location"].endswith(f"/odoo/action-sale.action_orders/{pad.order_id.id}"))
        again = self._post(self.seller, f"{url}/change", **values, do="send")
        self.assertEqual(again.headers["Location"], answer.headers["Location"], "One order, however often it is sent.")
        self.authenticate("portal_owner", "portal_owner")
        self.assertTrue(self.url_open(url).url.partition("?")[0].endswith(f"/my/orders/{pad.order_id.id}"))

    def test_menu(self):
        """Scenario: the dialog of the Sales menu. Expected: it leads to the customer's page."""
        form = Form(self.env["stock.order.pad.opening"].with_user(self.seller))
        form.partner_id = self.buyer
        action = form.save().action_open()
        self.assertEqual(action["url"], f"/my/order/{self._serve().id}")

    def test_order_again(self):
        """Scenario: the gear menu of an order, for its salesperson, another one, and of a quotation. Expected: what was
        ordered is on the customer's pad, below what he has written; else nothing is."""
        mine = self._write(("N-1", 4))
        order = self._create_order((self.board, 7), (self.slate, 2), partner_id=self.buyer.id, user_id=self.seller.id)
        action = self.env.ref("gse_backorder.action_order_again").with_user(self.seller)
        answer = action.with_context(active_model="sale.order", active_id=order.id, active_ids=order.ids).run()
        self.assertEqual(answer["url"], f"/my/order/{mine.id}")
        self.assertEqual(
            [(line.found_product_id, line.quantity) for line in mine.line_ids],
            [(self.nail, 4), (self.board, 7), (self.slate, 2)],
        )
        with self.assertRaises(AccessError):
            order.with_user(self.other_seller).action_order_again()
        quotation = self._create_order((self.nail, 1), partner_id=self.buyer.id, user_id=self.seller.id, confirm=False)
        with self.assertRaises(UserError):
            quotation.with_user(self.seller).action_order_again()
        self.assertEqual(len(mine.line_ids), 3)

    def test_cards_on_a_phone(self):
        """Scenario: the list of pads, as the web client asks for it. Expected: there are cards, with all they show."""
        pad = self._serve(("N-1", 4))
        action = self.env.ref("gse_backorder.action_stock_order_pad")
        self.assertIn((False, "kanban"), action.views, "A phone shows the first that is not a list.")
        pads = self.env["stock.order.pad"].with_user(self.seller)
        shown = pads.get_views([(False, "kanban")])["models"]["stock.order.pad"]["fields"]
        self.assertLessEqual({"partner_id", "line_count", "reference", "sent_date"}, set(shown))
        specification = {name: {} for name in ("partner_id", "line_count", "reference", "sent_date", "wished_date")}
        [row] = pads.web_search_read([("id", "=", pad.id)], specification)["records"]
        self.assertEqual((row["partner_id"], row["line_count"]), (self.buyer.id, 1))

    # ---- the link ------------------------------------------------------------------------

    def test_link(self):
        """Scenario: he sends the link. Expected: a mail to the customer with a link that opens for him alone."""
        pad = self._serve(("N-1", 4))
        action = pad.with_user(self.seller).action_send_link()
        composer = self.env["mail.compose.message"].with_user(self.seller).with_context(**action["context"])
        composer = composer.create({})
        composer.action_send_mail()
        message = self.buyer.message_ids[0]
        self.assertEqual(message.notified_partner_ids, self.buyer)
        self.assertIn(f"/my/order/{pad.id}", message.body)
        self.assertNotIn("token", message.body)
        for user, is_open in ((self.owner, True), (self.colleague, False), (self.stranger, False)):
            with self.subTest(user.login):
                self.authenticate(user.login, user.login)
                self.assertEqual(self.url_open(f"/my/order/{pad.id}").url.endswith(f"/my/order/{pad.id}"), is_open)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(f"/my/order/{pad.id}").url)

    def test_link_that_nobody_opens(self):
        """Scenario: the customer has no login; customers do not order; it was sent. Expected: he is told before."""
        pad = self._serve(("N-1", 1), customer=self.customer)
        with self.assertRaises(UserError):
            pad.with_user(self.seller).action_send_link()
        mine = self._serve(("N-1", 1))
        self.company.customer_may_order = "no"
        with self.assertRaises(UserError):
            mine.with_user(self.seller).action_send_link()
        order = mine._send(self.seller.partner_id)
        self.assertEqual(order.state, "sent", "Where customers do not order, it is a quotation.")
        self.company.customer_may_order = "order"
        with self.assertRaises(UserError):
            mine.with_user(self.seller).action_send_link()

    # ---- live ----------------------------------------------------------------------------

    def test_open_pages_are_told(self):
        """Scenario: somebody writes on it, and stock of what stands on it moves. Expected: its page is told each time;
        of what stands on no pad, and once it was sent, nobody is."""
        pad = self._serve()
        live, told = self.env["stock.live"], []

        def send(_self, channel, kind, message):
            told.append(channel)

        with patch.object(type(self.env["bus.bus"]), "_sendone", send):
            pad._add_rows([Row("S-1", 1)])
            pad._tell_changed()
            self.assertEqual(told, [live._get_channel("pad", pad)])
            channels = pad._get_values()["channels"]
            self.assertEqual(channels, [live._get_channel(*of) for of in (("pad", pad), ("product", self.slate))])
            told.clear()
            live._send(self.env["stock.picking"], {self.slate.id, self.nail.id})
            self.assertEqual([channel for channel in told if channel in channels], channels[1:])
            self.assertNotIn(live._get_channel("product", self.nail), told)
            pad._send(self.seller.partner_id)
            told.clear()
            live._send(self.env["stock.picking"], {self.nail.id})
            self.assertEqual(told, [])
