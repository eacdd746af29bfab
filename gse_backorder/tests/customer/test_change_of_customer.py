from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .test_ownership import OwnershipCase


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
