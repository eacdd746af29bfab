from datetime import datetime

from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .test_ownership import OwnershipCase

PROMISED = datetime(2027, 1, 2, 12)


@tagged("post_install", "-at_install")
class TestOrderLink(OwnershipCase):
    """A link to an order opens deliveries to the customer for whom it was made, and to no other."""

    def setUp(self):
        super().setUp()
        self.link = self.order._portal_ensure_token()

    def _get_answers(self):
        """Return what Odoo answers to who has the link, by each of the order's doors to deliveries."""
        self.authenticate(None, None)
        return {
            (door, delivery): self.url_open(
                f"/my/picking/{door}/{delivery.id}?access_token={self.link}", allow_redirects=False
            )
            for door in ("pdf", "return/pdf")
            for delivery in (self.root, self.backorder)
        }

    def _assert_closed(self, change):
        """After *change* the order is another's: who has the link finds no delivery by it, and no way to one."""
        change()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.backorder.customer_id, self.stranger_company)
        tokens = self.order.picking_ids.mapped("access_token")
        page = self._open(f"/my/orders/{self.order.id}?access_token={self.link}")
        for words in (*tokens, self.backorder.name, "/my/deliveries"):
            self.assertNotIn(words, page.text)
        for door, answer in self._get_answers().items():
            with self.subTest(door):
                self.assertEqual((answer.status_code, answer.headers.get("Location")), (404, None))
        self._post(self.backorder, "cancel", token=self.link, line="all")
        self.assertEqual(self.backorder.state, "confirmed")

    def test_same_customer(self):
        """Scenario: a contact of the same company has ordered. Expected: the link opens what it has opened."""
        self.order.partner_id = self.colleague.partner_id
        token = self.backorder._portal_ensure_token()
        self.assertIn(token, self._open(f"/my/orders/{self.order.id}?access_token={self.link}").text)
        for (door, delivery), answer in self._get_answers().items():
            with self.subTest(door, delivery=delivery.name):
                if delivery == self.root:
                    self.assertEqual(answer.headers["Content-Type"], "application/pdf")
                else:
                    self.assertIn(token, answer.headers["Location"])

    def test_order_changes_its_customer(self):
        self._assert_closed(lambda: self.order.write({"partner_id": self.stranger_company.id}))

    def test_contact_moves(self):
        partner = self.owner.partner_id
        self._assert_closed(lambda: partner.write({"parent_id": self.stranger_company.id}))

    def test_asked_for_again(self):
        """Scenario: a link to the order is asked for when it is Beta's. Expected: it is the one of before, for Odoo has
        one for an order, and opens none of Beta's deliveries; who reads the order sees them."""

        def change():
            self.order.partner_id = self.stranger_company
            self.assertEqual(self.order._portal_ensure_token(), self.link)

        self._assert_closed(change)
        page = self._open(f"/my/orders/{self.order.id}?access_token={self.link}", self.stranger)
        self.assertIn(self.backorder.name, page.text)
        self.assertNotIn(self.backorder.access_token, page.text)

    def test_made_anew(self):
        """Scenario: the link of before is taken away, and one made when it is Beta's. Expected: Beta's opens them."""
        self.order.write({"partner_id": self.stranger_company.id, "access_token": False})
        self.assertFalse(self.order._is_opened_by(self.link))
        self.assertTrue(self.order._is_opened_by(self.order._portal_ensure_token()))

    def test_nonsense(self):
        """Scenario: other tokens of no kind. Expected: not found, and no error of the server."""
        self.authenticate(None, None)
        for sent in ("", "x", "%C3%A9", self.link[:-1]):
            answer = self.url_open(f"/my/picking/pdf/{self.root.id}?access_token={sent}", allow_redirects=False)
            self.assertEqual(answer.status_code, 404, sent)
        self.order.access_token = False
        answer = self.url_open(f"/my/picking/pdf/{self.root.id}?access_token=x", allow_redirects=False)
        self.assertEqual(answer.status_code, 404, "It has no link at all.")

    def test_links_of_older_databases(self):
        """Scenario: links of a version that did not know for whom they were. Expected: their present customers'; an
        order without a link is known for nobody."""
        without = self._create_foreign_delivery().sale_id
        without.access_token = False
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET token_customer_id = NULL")
        self.env.invalidate_all()
        self.assertFalse(self.order._is_opened_by(self.link))
        script = load_script(file_path("gse_backorder/migrations/19.0.1.16.0/post-migration.py"), "post-migration")
        script.migrate(self.env.cr, "19.0.1.15.0")
        self.env.invalidate_all()
        self.assertEqual(self.order.token_customer_id, self.customer)
        self.assertTrue(self.order._is_opened_by(self.link))
        self.assertFalse(without.token_customer_id)


@tagged("post_install", "-at_install")
class TestNothingComesAlong(OwnershipCase):
    """What a delivery has of its customer does not come along to another one."""

    def setUp(self):
        super().setUp()
        self.line = self.backorder.move_ids[0]
        self.backorder.site_note = "Ring at gate 7"
        self.backorder._write_facts(
            {
                "accepted_promise_date": PROMISED,
                "customer_move_type": "one",
                "told_no_promise": True,
                "told_promise_date": PROMISED,
            }
        )
        self.backorder.move_type = "one"
        self.line._write_facts({"customer_cancelled_date": PROMISED})
        self.authenticate(self.owner.login, self.owner.login)
        self._ask(self.backorder, "When do you come to gate 7?")
        self.question = self.backorder.message_ids.filtered(lambda message: "gate 7" in (message.body or ""))
        self.assertEqual(self.question.author_id, self.owner.partner_id)
        self.env.flush_all()

    def _get_what_is_his(self):
        self.env.flush_all()
        self.env.invalidate_all()
        delivery = self.backorder
        return [
            delivery.site_note,
            delivery.accepted_promise_date,
            delivery.customer_move_type,
            delivery.told_no_promise,
            delivery.told_promise_date,
            self.line.customer_cancelled_date,
        ]

    def _read_conversation(self):
        """Return what the page of the delivery shows to who has its link now."""
        self.authenticate(None, None)
        access = {"thread_model": "stock.picking", "thread_id": self.backorder.id}
        token = self.backorder._portal_ensure_token()
        return str(self._post_json("/mail/chatter_fetch", {**access, "token": token}))

    def _assert_forgotten(self, change):
        self.assertIn("gate 7", self._read_conversation())
        change()
        self.assertFalse(any(self._get_what_is_his()), self._get_what_is_his())
        self.assertEqual(self.backorder.move_type, "direct")
        self.assertEqual(self.backorder.customer_id, self.stranger_company)
        self.assertNotIn("gate 7", self._read_conversation())
        self.assertNotIn("gate 7", self._open(self._path(self.backorder), self.stranger).text)
        self.assertIn(self.question, self.backorder.with_user(self.picker).message_ids, "It stays for staff.")
        answer = {"body": "We come on Monday", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        self.backorder.message_post(**answer)
        self.assertIn("We come on Monday", self._read_conversation(), "The new one begins.")

    def test_given_away(self):
        self._assert_forgotten(lambda: self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False}))

    def test_given_away_by_way_of_nobody(self):
        """Scenario: it is nobody's for a while. Expected: nothing is left for the next."""

        def change():
            self.backorder.write({"partner_id": False, "sale_id": False})
            self.env.flush_all()
            self.backorder.partner_id = self.stranger_company

        self._assert_forgotten(change)

    def test_order_changes_its_customer(self):
        self._assert_forgotten(lambda: self.order.write({"partner_id": self.stranger_company.id}))

    def test_contact_moves(self):
        partner = self.owner.partner_id
        self._assert_forgotten(lambda: partner.write({"parent_id": self.stranger_company.id}))

    def test_same_customer(self):
        """Scenario: another contact of the company has ordered; another address; a form is only looked at. Expected:
        all of it stays."""
        before = self._get_what_is_his()
        self.assertTrue(all(before))
        self.order.partner_id = self.colleague.partner_id
        self.backorder.partner_id = self.stranger_company
        self.assertEqual(self._get_what_is_his(), before)
        values = {"partner_id": self.stranger_company.id, "sale_id": False}
        self.backorder.onchange(values, ["partner_id"], {"partner_id": {}, "sale_id": {}, "customer_id": {}})
        self.assertEqual(self._get_what_is_his(), before)
        self.assertFalse(self.question.is_internal)

    def test_others_keep_theirs(self):
        """Scenario: the remainder is given away. Expected: what has shipped keeps its notes and its conversation."""
        self.root.site_note = "Ring at gate 8"
        answer = {"body": "We came on Monday", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        message = self.root.message_post(**answer)
        self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        self.env.flush_all()
        self.assertEqual((self.root.site_note, message.is_internal), ("Ring at gate 8", False))

    def test_noted_for_the_next_one(self):
        """Scenario: a delivery, and an order, change their customer, and in one go get a note for him. Expected: it
        stays."""
        self.backorder.site_note = "Ring at gate 8"
        self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False, "site_note": "Side door"})
        self.env.flush_all()
        self.assertEqual(self.backorder.site_note, "Side door")
        order = self._create_order((self.products["Beam"], 3))
        order.write({"partner_id": self.stranger_company.id, "site_note": "Back door"})
        self.env.flush_all()
        self.assertEqual(order.picking_ids.customer_id, self.stranger_company)
        self.assertEqual(order.picking_ids.site_note, "Back door")

    def _create_noted(self, **values):
        """Return a quotation and an order of a customer's contact, which nothing has shipped of, with site notes."""
        values = {"partner_id": self.owner.partner_id.id, "site_note": "Ring at gate 9", **values}
        return self._create_order((self.products["Beam"], 3), confirm=False, **values) | self._create_order(
            (self.products["Beam"], 3), **values
        )

    def test_orders_own_notes(self):
        """Scenario: a quotation and an order become another customer's, by each way; or their contact's colleague's.
        Expected: the notes for the first one's site go, on the orders and their deliveries; else they stay."""
        partner = self.owner.partner_id
        ways = {
            "another customer": (lambda orders: orders.write({"partner_id": self.stranger_company.id}), False),
            "the contact moves": (lambda orders: partner.write({"parent_id": self.stranger_company.id}), False),
            "a colleague": (
                lambda orders: orders.write({"partner_id": self.colleague.partner_id.id}),
                "Ring at gate 9",
            ),
            "noted for the next": (
                lambda orders: orders.write({"partner_id": self.stranger_company.id, "site_note": "Back door"}),
                "Back door",
            ),
        }
        for way, (change, note) in ways.items():
            with self.subTest(way):
                partner.parent_id = self.customer
                orders = self._create_noted()
                self.env.flush_all()
                self.assertEqual(set(orders.mapped("site_note")), {"Ring at gate 9"})
                change(orders)
                self.env.flush_all()
                self._invalidate()
                self.assertEqual(orders.mapped("site_note"), [note, note])
                self.assertEqual(orders.picking_ids.site_note, note)

    def test_copies_of_orders(self):
        """Scenario: an order with notes is duplicated, for the same customer and for another. Expected: the other one
        begins without."""
        order = self._create_noted()[0]
        self.assertEqual(order.copy().site_note, "Ring at gate 9")
        self.assertEqual(order.copy({"partner_id": self.colleague.partner_id.id}).site_note, "Ring at gate 9")
        self.assertFalse(order.copy({"partner_id": self.stranger_company.id}).site_note)

    def test_made_for_anothers_address(self):
        """Scenario: an order with notes, that goes to another company's address, and its remainder. Expected: they
        begin with what is the customer's, although they know of him only by their lines."""
        order = self._create_order(
            (self.products["Beam"], 3),
            confirm=False,
            partner_id=self.customer.id,
            partner_shipping_id=self.addressee.partner_id.id,
            site_note="Ring at gate 9",
        )
        self._add_stock(self.products["Beam"], 3)
        order.action_confirm()
        delivery = order.picking_ids
        self.env.flush_all()
        self.assertEqual(delivery.site_note, "Ring at gate 9")
        self.assertEqual(delivery.customer_id, self.customer)
        delivery._write_facts({"told_promise_date": PROMISED, "customer_move_type": "direct"})
        remainder = self._ship(delivery, 1)
        self.env.flush_all()
        self.assertEqual(
            (remainder.site_note, remainder.told_promise_date, remainder.customer_move_type),
            ("Ring at gate 9", PROMISED, "direct"),
        )
