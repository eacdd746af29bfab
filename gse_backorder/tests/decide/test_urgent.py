from freezegun import freeze_time

from odoo.tests import tagged

from ..promise.kept_common import KeptCase
from ..tour_common import TourCase


@tagged("post_install", "-at_install")
class TestUrgent(KeptCase):
    """The star says first whom it hurts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-11-20 08:00:00"))
        cls.product = cls._create_product("Beam")
        cls._create_receipt((cls.product, 10), days=5)
        cls._create_receipt((cls.product, 10), days=12)

    def test_promises_that_move(self):
        """Scenario: three wait for what comes on day 5 and 12; the last one gets the star. Expected: it is told who
        ships later, from when to when, and who has no date any more; nothing is written."""
        first, second = self._order(self.product, 10), self._order(self.product, 10)
        last = self._order(self.product, 10)
        lines = last.picking_id.with_user(self.picker).get_star_warning().split("\n")
        self.assertEqual(
            lines,
            [
                "2 promises move:",
                f"{first.picking_id.name}, Sample LLC: from 25 Nov to 2 Dec",
                f"{second.picking_id.name}, Sample LLC: from 2 Dec to no date",
            ],
        )
        self.assertEqual(self._get_promised_days(first, second, last), [5, 12, None])
        last.picking_id.priority = "1"
        self.assertEqual(self._get_promised_days(first, second, last), [12, None, 5], "And so it is.")
        self.assertFalse(last.picking_id.get_star_warning(), "It has it.")

    def test_nobody(self):
        """Expected: no warning where nobody waits behind it, where it has no line, nor for several of one product."""
        first, second = self._order(self.product, 10), self._order(self.product, 10)
        self.assertFalse(first.picking_id.get_star_warning())
        self.assertFalse((first | second).picking_id.get_star_warning())
        self.assertFalse(self._create_delivery((self.product, 1), confirm=False).get_star_warning())

    def test_ships_together(self):
        """Scenario: what the star takes is for a delivery that ships all together. Expected: it is told once; nothing,
        where the delivery waits for something else anyway."""
        board = self._create_product("Board", stock=1)
        together = self._create_delivery((self.product, 10), (board, 1), move_type="one")
        last = self._order(self.product, 10)
        words = f"1 promise moves:\n{together.name}, Sample LLC: from 25 Nov to 2 Dec"
        self.assertEqual(last.picking_id.get_star_warning(), words)
        self.env["stock.quant"]._update_available_quantity(board, self.stock, -1)
        together.do_unreserve()
        self._create_receipt((board, 1), days=20)
        self.assertEqual(self._get_promised_days(*together.move_ids), [20, 20])
        self.assertFalse(last.picking_id.get_star_warning(), "Its board comes last.")

    def test_by_policy(self):
        """Expected: no warning where the warehouse does not heed the star."""
        self.warehouse.allocation_policy = "first_ordered"
        self._order(self.product, 10)
        self.assertFalse(self._order(self.product, 10).picking_id.get_star_warning())

    def test_many_are_counted(self):
        """Expected: the first five are named, the others counted."""
        for _number in range(7):
            self._order(self.product, 1)
        self.warehouse.keep_promises = False
        lines = self._order(self.product, 20).picking_id.get_star_warning().split("\n")
        self.assertEqual((lines[0], len(lines), lines[-1]), ("7 promises move:", 7, "and 2 more"))


@tagged("post_install", "-at_install")
class TestUrgentOnScreen(KeptCase, TourCase):
    """The star, clicked in list, kanban and form."""

    def test_star(self):
        """Scenario: a picker clicks the star where it hurts. Expected: he is asked; it is given only if he says so."""
        product = self._create_product("Star Beam")
        self._create_receipt((product, 10), days=5)
        self._order(product, 10)
        customer = self.env["res.partner"].create({"name": "Star Customer"})
        last = self._order(product, 10, partner_id=customer.id).picking_id
        for address, tour in (
            (f"/odoo/deliveries/{last.id}", "gse_backorder_star"),
            ("/odoo/deliveries", "gse_backorder_star_in_list"),
        ):
            last.priority = "0"
            self.start_tour(address, tour, login=self.picker.login)
            self.assertEqual(last.priority, "1", tour)
