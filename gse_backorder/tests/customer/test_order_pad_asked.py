from lxml import html

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..rpc_common import REFUSALS, RefusedError, RpcCase
from .test_order_pad import PadCase

SELLER = "base.group_user,sales_team.group_sale_salesman"
MANAGER = "base.group_user,sales_team.group_sale_manager"


@tagged("post_install", "-at_install")
class TestOrderPadAsked(PadCase, RpcCase):
    """What a salesperson does with his customer's pad and orders, nobody else does by calling it over the network."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.seller, cls.other_seller, cls.clerk = (
            new_test_user(cls.env, login, groups=groups)
            for login, groups in (("own_seller", SELLER), ("other_seller", SELLER), ("clerk", "base.group_user"))
        )
        cls.far_manager = new_test_user(
            cls.env, "far_manager", groups=MANAGER, company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )  # fmt: skip
        cls.buyer = cls.owner.partner_id
        (cls.buyer | cls.customer).user_id = cls.seller
        cls.order = cls._create_order((cls.board, 7), partner_id=cls.buyer.id, user_id=cls.seller.id)
        cls.pad = cls._write(("N-1", 4))
        cls.opening = cls.env["stock.order.pad.opening"].with_user(cls.seller).create({"partner_id": cls.buyer.id})
        # A customer's own login, his colleague, another customer, a vendor; and people of ours who do not sell to him.
        cls.others = (
            cls.owner, cls.colleague, cls.stranger, cls.vendor_user, cls.clerk, cls.picker, cls.other_seller,
            cls.far_manager,
        )  # fmt: skip
        for user in (*cls.others, cls.seller):
            user.password = user.login
        cls.env.flush_all()

    def _get_attempts(self):
        return [
            ("sale.order", "action_order_again", self.order.ids),
            ("res.partner", "action_open_order_pad", self.buyer.ids),
            ("stock.order.pad", "action_open", self.pad.ids),
            ("stock.order.pad", "action_send_link", self.pad.ids),
            ("stock.order.pad.opening", "action_open", self.opening.ids),
        ]

    def _look(self):
        """Return what stands on the pads of our company, and whether the order was touched."""
        self.env.invalidate_all()
        pads = self.env["stock.order.pad"].search([("company_id", "=", self.company.id)], order="id")
        return [(pad.id, pad.line_ids.mapped("quantity")) for pad in pads], self.order.message_ids.ids

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.models")
    def test_who_calls_it(self):
        """Scenario: everybody else calls what the salesperson calls, by JSON and XML, in his own companies and in ours.
        Expected: refused, and nothing is done; of his own company a manager opens a pad of his own."""
        before = self._look()
        ours = {"allowed_company_ids": self.company.ids}
        for user in self.others:
            self.authenticate(user.login, user.login)
            for model, method, ids in self._get_attempts():
                for context in ({}, ours):
                    with self.subTest(user.login, method=method, context=context):
                        if user == self.far_manager and model == "res.partner" and not context:
                            continue  # see below
                        with self.assertRaises(RefusedError) as refused:
                            self._call(model, method, ids, context=context)
                        self.assertIn(refused.exception.kind, REFUSALS, refused.exception.message)
                        with self.assertRaises(RefusedError) as refused:
                            self._call_by_xmlrpc(user, model, method, ids, context=context)
                        self.assertNotIn("Traceback", refused.exception.message)
            self.assertEqual(self._look(), before, user.login)
        self.authenticate(self.far_manager.login, self.far_manager.login)
        (self.buyer | self.customer).user_id = False
        self._call("res.partner", "action_open_order_pad", self.buyer.ids)
        self.assertEqual(self._look(), before, "The buyer is a customer of both companies: it is another pad.")

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_who_opens_its_page(self):
        """Scenario: everybody but the customer opens the page of the pad, writes on it, sends a file and the order.
        Expected: he is led away, as from a pad that there is not, and nothing is done."""
        before = self._look()
        for user in self.others[1:]:
            self.authenticate(user.login, user.login)
            token = html.fromstring(self.url_open("/my/security").text).xpath("//input[@name='csrf_token']/@value")[0]
            for pad_id in (self.pad.id, 10**8):
                url = f"/my/order/{pad_id}"
                answers = [
                    self.url_open(url, allow_redirects=False),
                    self.url_open(
                        f"{url}/change",
                        data={"csrf_token": token, "new_text": "N-1", "new_quantity": "9", "do": "send"},
                        allow_redirects=False,
                    ),
                    self.url_open(
                        f"{url}/file",
                        data={"csrf_token": token},
                        files={"file": ("codes.csv", b"N-1;9")},
                        allow_redirects=False,
                    ),
                ]
                for answer in answers:
                    with self.subTest(user.login, url=answer.url):
                        self.assertEqual(answer.status_code, 303)
                        self.assertTrue(answer.headers["Location"].endswith("/my"), answer.headers["Location"])
            self.assertEqual(self._look(), before, user.login)

    @mute_logger("odoo.http")
    def test_what_it_is_called_on(self):
        """Scenario: he calls it on nothing, on two, on what is none, with more than it takes. Expected: words."""
        other = self.order.copy()
        for model, method, ids in self._get_attempts():
            for wrong in ([], [*ids, other.id], [10**9], [{"id": 1}], ["1"], [[True]]):
                self._refuse(model, method, wrong)
            self._refuse(model, method, ids, 7)
            self._refuse(model, method, ids, partner_id=self.stranger.partner_id.id)

    def _refuse(self, model, method, *args, **kwargs):
        self.authenticate(self.seller.login, self.seller.login)
        with self.subTest(method=method, args=args, kwargs=kwargs):
            with self.assertRaises(RefusedError) as refused:
                self._call(model, method, *args, **kwargs)
            self.assertIn(refused.exception.kind, REFUSALS, refused.exception.message)

    def test_his_own(self):
        """Scenario: the salesperson calls it, twice. Expected: it is done, on one pad, each time."""
        self.authenticate(self.seller.login, self.seller.login)
        for _time in range(2):
            answer = self._call("sale.order", "action_order_again", self.order.ids)
            self.assertEqual(answer["url"], f"/my/order/{self.pad.id}")
        self.assertEqual(self.pad.line_ids.mapped("quantity"), [4, 7, 7])
