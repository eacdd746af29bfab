from odoo.tests import tagged

from .test_customer_mails import CustomerMailCase
from .test_portal import PortalHttpCase

CONFIRMATION = "gse_backorder.action_report_backorder_confirmation"
REPORTS = ("stock.action_report_delivery", "stock.action_report_picking", CONFIRMATION)


@tagged("post_install", "-at_install")
class TestGivenAway(PortalHttpCase):
    """A part of a chain is given to another customer: neither reads anything of what is the other's by now."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.beam, cls.bolt = cls._create_product("Alphas Beam", 3), cls._create_product("Betas Bolt", 1)
        cls.first = cls._ship(cls._create_delivery((cls.beam, 10), (cls.bolt, 5), partner_id=cls.customer.id))
        cls.original = cls.first.backorder_root_id
        cls.given = cls._give_away(cls.first, cls.bolt)

    @classmethod
    def _give_away(cls, delivery, product):
        """Split the line of *product* off for the stranger's company; return its delivery."""
        given = delivery.copy(
            {"move_ids": [], "backorder_id": delivery.id, "partner_id": cls.stranger_company.id, "name": "GIVEN"}
        )
        delivery.move_ids.filtered(lambda move: move.product_id == product).picking_id = given
        cls.env.flush_all()
        cls.env.invalidate_all()
        return given

    def _print(self, report, delivery):
        self._invalidate()
        return self.env["ir.actions.report"]._render_qweb_html(report, delivery.ids)[0].decode()

    def test_confirmation(self):
        """Scenario: each opens the confirmation of his delivery, by his login and by its link.
        Expected: his own line is there, and nothing of the other's."""
        self.assertEqual((self.first.customer_id, self.given.customer_id), (self.customer, self.stranger_company))
        for user, delivery, own, foreign in (
            (self.stranger, self.given, "Betas Bolt", ("Alphas Beam", self.first.name, self.original.name)),
            (self.owner, self.first, "Alphas Beam", (self.given.name,)),
        ):
            path = f"/my/deliveries/{delivery.id}?report_type=html&document=confirmation"
            token = delivery._portal_ensure_token()
            for login, link in ((user.login, path), (None, f"{path}&access_token={token}")):
                with self.subTest(delivery=delivery.name, login=login):
                    self.authenticate(login, login)
                    page = self.url_open(link).text
                    self.assertIn(own, page)
                    for word in foreign:
                        self.assertNotIn(word, page)

    def test_papers(self):
        """Scenario: the papers of a delivery that was given away. Expected: no transfer of its first customer is named;
        those of what he keeps name his own original."""
        for report in REPORTS:
            with self.subTest(report):
                paper = self._print(report, self.given)
                self.assertIn(self.given.name, paper)
                self.assertNotIn(self.original.name, paper)
                paper = self._print(report, self.first)
                self.assertIn(self.original.name, paper)
                self.assertNotIn(self.given.name, paper)

    def test_rest_of_what_was_given(self):
        """Scenario: what was given ships in part. Expected: it is what the rest is a remainder of, and nothing else."""
        self._add_stock(self.bolt, 1)
        self.given.action_assign()
        rest = self._ship(self.given)
        self.assertEqual((rest.backorder_id, rest.backorder_root_id), (self.given, self.original))
        for report in REPORTS:
            paper = self._print(report, rest)
            self.assertIn("GIVEN", paper)
            self.assertNotIn(self.original.name, paper.replace(rest.name, ""), report)

    def test_each_has_his_confirmation(self):
        """Scenario: those of both customers are printed at once. Expected: one of each."""
        self.assertEqual((self.first | self.given)._get_backorder_confirmations(), self.first | self.given)


@tagged("post_install", "-at_install")
class TestMailsOnWhatWasGivenAway(CustomerMailCase):
    """A part of a chain is given to another customer: each is told of his own."""

    def _give_away(self):
        """Ship a part of two lines, and give the rest of one of them away; return what is kept and what is given."""
        self.beam, self.bolt = self._create_product("Beam", 3), self._create_product("Bolt", 1)
        first = self._ship(self._create_delivery((self.beam, 10), (self.bolt, 5)))
        given = first.copy({"move_ids": [], "backorder_id": first.id, "partner_id": self.other_customer.id})
        first.move_ids.filtered(lambda move: move.product_id == self.bolt).picking_id = given
        self._invalidate()
        return first, given

    def test_created(self):
        """Scenario: a part of a remainder is given to another until its mail goes. Expected: the mail names nothing of
        what he has, and nobody has told him anything."""
        self._switch("mail_backorder_created")
        first, given = self._give_away()
        self._create_receipt((self.bolt, 10), days=4)
        given.move_ids.product_uom_qty = 6431
        given._write_told({given: None})
        given.told_no_promise = False
        mail = self._run()
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn(first.name, mail.body_html)
        for word in ("6,431", given.name):
            self.assertNotIn(word, mail.body_html)
        self.assertFalse(given.told_promise_date or given.told_no_promise, "Nobody has told the other one.")

    def test_all_that_is_left_is_anothers(self):
        """Scenario: all that is left is given to another. Expected: the first is told that it has shipped, not that
        more comes."""
        self._switch("mail_backorder_created", "mail_delivery_shipped")
        delivery = self._create_delivery((self._create_product("Beam", 3), 10))
        self._ship(delivery).partner_id = self.other_customer
        mail = self._run()
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("has shipped", mail.subject)
        self.assertNotIn("the rest follows", mail.subject)
        self.assertNotIn("The rest of it follows", mail.body_html)

    def test_sent_by_hand(self):
        """Scenario: the mail on backorders is sent by hand of what was given away. Expected: nothing of what its
        original has shipped to another."""
        given = self._ship(self._create_delivery((self._create_product("Beam", 3), 10)))
        given.partner_id = self.other_customer
        (chain,) = given._get_noticed_chains()
        self.assertFalse(chain["shipped"])
        self.assertEqual(chain["open"], given.move_ids)

    def test_cancelled(self):
        """Scenario: what was given away is cancelled. Expected: nothing has shipped to whom it was given, so that no
        rest is closed; and nothing is told to the first one."""
        self._switch("mail_backorder_closed")
        _first, given = self._give_away()
        given.action_cancel()
        self.assertFalse(self._get_pending())
