from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_order_pad import PadCase


@tagged("post_install", "-at_install")
class TestCustomerCodes(PadCase):
    """Two companies sell to one customer: what he calls the products of one is nothing to the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        companies = cls.company, cls.elsewhere
        cls.sellers = [
            new_test_user(
                cls.env, f"seller{number}", groups="sales_team.group_sale_manager", company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            for number, company in enumerate(companies)
        ]  # fmt: skip
        cls.own, cls.other = (
            cls._create_product(f"Rail of {company.name}", company_id=company.id) for company in companies
        )
        cls.shared = cls._create_product("Rail of both")

    def _note(self, seller, product, code="X-1"):
        """Note as that seller what the customer calls a product."""
        values = {"partner_id": self.customer.id, "code": code, "product_id": product.id}
        return self.env["stock.customer.code"].with_user(seller).create(values)

    def _refuse(self, seller, product, code="X-1"):
        # By RPC Odoo puts it into the words of the index.
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._note(seller, product, code)

    def test_of_each_company(self):
        """Scenario: both companies' sellers note the same code, each of a product of his own. Expected: each reads his
        own alone, and is refused a second one."""
        products = self.own, self.other
        codes = [self._note(seller, product) for seller, product in zip(self.sellers, products, strict=True)]
        for seller, code in zip(self.sellers, codes, strict=True):
            self.assertEqual(code.with_user(seller).search([("code", "=", "X-1")]), code)
            self._refuse(seller, code.product_id, "x-1")

    def test_of_a_shared_product(self):
        """Scenario: the other company's seller notes a code of a product of both, which is one of ours, too. Expected:
        he is refused nothing; of products of both there is one, whoever notes it."""
        self._note(self.sellers[0], self.own)
        self._note(self.sellers[1], self.shared)
        self._refuse(self.sellers[0], self.shared)

    def test_of_anothers_customer(self):
        """Scenario: codes of customers of the other company, and of a colleague, for a product of both. Expected:
        whoever may not read the customer neither reads nor changes them; a colleague who sees all documents does."""
        theirs = self.env["res.partner"].create({"name": "Theirs", "company_id": self.elsewhere.id})
        colleagues = self.env["res.partner"].create({"name": "A colleague's", "user_id": self.sellers[0].id})
        codes = self.env["stock.customer.code"].create(
            [
                {"partner_id": partner.id, "code": "X-9", "product_id": self.shared.id}
                for partner in (theirs, colleagues, self.customer)
            ]
        )
        personal = new_test_user(self.env, "personal", groups="sales_team.group_sale_salesman")
        for user, own in ((self.sellers[0], codes[1:]), (self.sellers[1], codes), (personal, codes[2:])):
            self.assertEqual(codes.search([("code", "=", "X-9")]), codes)
            self.assertEqual(codes.with_user(user).search([("code", "=", "X-9")]).sudo(), own, user.login)
            for code in (codes - own).with_user(user):
                with self.assertRaises(AccessError):
                    code.product_id = self.own
                with self.assertRaises(AccessError):
                    code.unlink()

    def test_renamed(self):
        """Scenario: another code becomes one of the other company's. Expected: nobody is refused it."""
        self._note(self.sellers[0], self.own)
        code = self._note(self.sellers[1], self.other, "X-2")
        code.code = "X-1"
        code.flush_recordset()
        self.assertEqual(code.code_key, "x-1")

    def test_ordered_by_it(self):
        """Scenario: the customer orders by a code of each. Expected: ours; else that of both, never the other's."""
        self._note(self.sellers[1], self.other)
        self.assertEqual(self._judge(("X-1", 1))[0]["reason"], "unknown")
        self._note(self.sellers[1], self.shared)
        self.assertEqual(self._find("X-1"), self.shared)
        self._note(self.sellers[0], self.own)
        self.assertEqual(self._find("X-1"), self.own)
        self.own.active = False
        self.assertEqual(self._find("X-1"), self.shared, "What is archived hides nothing that is sold.")

    def test_whichever_was_first(self):
        """Scenario: ours was noted before that of both. Expected: it is ours all the same."""
        self._note(self.sellers[0], self.own)
        self._note(self.sellers[1], self.shared)
        self.assertEqual(self._find("X-1"), self.own)

    def test_of_both_from_now_on(self):
        """Scenario: our product becomes one of both companies. Expected: so does its code."""
        code = self._note(self.sellers[0], self.own)
        self.own.company_id = False
        self.assertFalse(code.company_id)
        self.assertTrue(code.with_user(self.sellers[1]).has_access("read"))

    def _find(self, code):
        catalogue = self.env["stock.order.catalogue"].with_user(self.owner)
        return catalogue._find([code], self.owner.partner_id, self.company)[code].products
