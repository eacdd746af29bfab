from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.engine.coverage import Demand, Request
from ..models.engine.scenario import Scenario
from .common import BackorderCase


@tagged("post_install", "-at_install")
class TestWithoutJit(BackorderCase):
    """Whatever is asked of all that is open, PostgreSQL does not compile: it would take several times as long."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there, cls.coming = cls._create_product("There"), cls._create_product("Coming")
        cls._add_stock(cls.there, 5)
        cls._create_receipt((cls.coming, 3))
        cls.delivery = cls._create_delivery((cls.there, 9), (cls.coming, 9))
        cls.order = cls._create_order((cls.coming, 2), confirm=False)
        cls.move = cls.delivery.move_ids[1]
        cls.env.flush_all()

    def _get_questions(self):
        """Return ``{what is asked: a function that asks it}``."""
        pegging, products, move = self.env["stock.pegging"], self.there | self.coming, self.move
        request = Request(self.coming, self.stock, 9, fields.Datetime.now() + timedelta(days=2))
        taken = Scenario(dropped=frozenset(self.delivery.move_ids[0].ids))
        pool = (self.there.id, self.stock.id)
        needs = self.env["stock.supply.need"]
        return {
            "the status of a line": lambda: self.assertEqual(move.availability_status, "short"),
            "that of a quotation": lambda: pegging._get_coverage(
                move.browse(), [Demand("order", self.coming, self.stock, 2)]
            ),
            "what a request serves": lambda: pegging._get_links(products, [request]),
            "its place in the queue": lambda: pegging._get_queue(move),
            "the figures of a stock": lambda: pegging._get_pool_figures(self.there, self.stock),
            "who gets what is free": lambda: pegging._get_free_shares({pool}, SQL("TRUE")),
            "whose place is which": lambda: self.env["stock.ranking"]._get_positions(self.delivery.move_ids),
            "what comes": lambda: self.env["stock.supply"]._get_arrivals(self.coming, self.stock),
            "what is for others": lambda: self.env["stock.supply"]._get_held_and_expected(products, self.stock),
            "what would be otherwise": lambda: pegging._get_changes(taken, products),
            "what is promised now": lambda: pegging._promise_waiting(products),
            "what is to be bought": lambda: needs.search_count([]),
            "what somebody waits for": lambda: needs.search_count([("customer_ids", "in", self.customer.ids)]),
            "who waits for it": lambda: needs._get_uncovered_claims(products),
            "the analysis": lambda: self.env["stock.backorder.report"].search_count([]),
            "the dashboard": lambda: self.env["stock.backorder.health"].get_health(30),
            "a customer's lines": lambda: self.env["stock.customer.lines"]._find(self.customer, self.env.company, 15),
        }

    def test_nothing_is_compiled(self):
        """Scenario: each is asked in a transaction that compiles. Expected: it is not while this is asked."""
        for question, ask in self._get_questions().items():
            with self.subTest(question):
                self.env.invalidate_all()
                self.env.cr.execute("SET LOCAL jit = on")
                ask()
                self.env.cr.execute("SHOW jit")
                self.assertEqual(self.env.cr.fetchone(), ("off",))
