from contextlib import nullcontext
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import SQL

from .kept_common import KeptCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestKept(KeptCase):
    """What an order was promised stays its own: who orders later, or is due earlier, takes what nobody was promised."""

    # ---- who comes later -----------------------------------------------------

    def test_later_order_with_earlier_deadline(self):
        """Scenario: ten come on day 5 and ten on day 12. The first order is promised day 5; two later ones are due
        earlier. Expected: they get what comes on day 12; without keeping, the first one would have lost its day."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        self._create_receipt((product, 10), days=12)
        first = self._order(product, 10, deadline=4)
        later = self._order(product, 5, deadline=1), self._order(product, 5, deadline=2)
        self.assertEqual(self._get_promised_days(first, *later), [5, 12, 12])
        self.warehouse.keep_promises = False
        self.assertEqual(self._get_promised_days(first, *later), [12, 5, 5], "By deadline alone.")
        self.warehouse.keep_promises = True
        self.assertEqual(self._get_promised_days(first, *later), [5, 12, 12], "It holds again.")

    def test_what_arrives_follows(self):
        """Scenario: the same, and the goods arrive. Expected: whom they were promised to gets them."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 10), days=5)
        first = self._order(product, 10, deadline=4)
        later = self._order(product, 10, deadline=1)
        self._validate(receipt)
        self._assert_reserved(first | later, [10, 0], "What was promised is what is given.")

    def test_kept_for_the_deadline(self):
        """Scenario: the first order is due on day 20, and could ship on day 5; a later one is due on day 1, and gets a
        date of its own. Expected: that goes first, since what comes on day 12 is early enough for the other."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        self._create_receipt((product, 10), days=12)
        patient, later = self._order(product, 10, deadline=20), self._order(product, 10, deadline=1)
        self.assertEqual(patient.kept_date, self._in_days(20))
        self.assertEqual(self._get_promised_days(patient, later), [12, 5])

    def test_policies_and_deadlines(self):
        """Scenario: policies change, deadlines are edited. Expected: no kept date is passed."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        first = self._order(product, 10)
        second = self._order(product, 10)
        for policy in ("deadline", "complete_orders", "first_ordered", "priority"):
            self.warehouse.allocation_policy = policy
            second.date_deadline = self._in_days(1)
            self.assertEqual(self._get_promised_days(first, second), [5, None], policy)

    def test_quotation_stands_behind(self):
        """Expected: a quotation is told what is left when promises are kept."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        self._order(product, 8, deadline=30)
        order = self._create_order((product, 4), confirm=False, commitment_date=self._in_days(1))
        line = order.order_line
        self.assertEqual((line.qty_uncovered, line.availability_status), (2, "short"))

    # ---- what is kept --------------------------------------------------------

    def test_written_once(self):
        """Expected: the part that has a date, by the later of promise and deadline; never again, nor for more units."""
        product = self._create_product("Beam")
        self._create_receipt((product, 6), days=5)
        move = self._order(product, 10, deadline=9)
        self.assertEqual((move.kept_quantity, move.kept_date), (6, self._in_days(9)))
        self._create_receipt((product, 20), days=2)
        self.assertEqual((move.kept_quantity, move.kept_date), (6, self._in_days(9)), "Written once.")
        move.product_uom_qty = 15
        self.assertEqual(move.kept_quantity, 6, "What is added later is not kept.")
        move.product_uom_qty = 4
        self.assertEqual(move.kept_quantity, 4, "Never more than is open.")
        move.product_uom_qty = 15
        self.assertEqual(move.kept_quantity, 4, "And not again what was given up.")

    def test_rest_ranks_by_policy(self):
        """Scenario: 6 of 10 are kept. Expected: the other 4 wait by the policy, behind who is due earlier."""
        product = self._create_product("Beam")
        self._create_receipt((product, 6), days=5)
        first = self._order(product, 10, deadline=4)
        due = self._order(product, 5, deadline=1)
        self._create_receipt((product, 5), days=8)
        coverage = first._get_product_coverage()[first.id]
        self.assertEqual((coverage.dated, coverage.uncovered), (6, 4))
        self.assertEqual(self._get_promised_days(due), [8])
        queue = self.env["stock.pegging"]._get_queue(first)
        self.assertEqual((queue.place, queue.length, queue.ahead_quantity), (2, 2, 5), "A claim in two parts is one.")
        self.assertEqual(queue.quantity, 10)

    def test_only_what_is_in_parts_is_summed_up(self):
        """Scenario: lines that keep all that they want, or nothing; then one is raised. Expected: only then is it asked
        for parts; each line's coverage is told once, the same as where parts are always asked for."""
        product, other = self._create_product("Beam"), self._create_product("Bolt")
        self._create_receipt((product, 12), days=5)
        kept, _bare = self._order(product, 10, deadline=9), self._order(other, 5)
        claims, query = self.env["stock.claim"], self.env["stock.pegging"]._get_pegging_sql
        products, every = product | other, SQL("TRUE")
        self.assertFalse(claims._is_any_in_parts(products), "One keeps all, one nothing.")
        whole = sorted(self.env.execute_query(query(products, every)))
        with patch.object(type(claims), "_is_any_in_parts", lambda self, products: True):
            self.assertEqual(sorted(self.env.execute_query(query(products, every))), whole)
        kept.product_uom_qty = 25
        self.assertTrue(claims._is_any_in_parts(products))
        self.assertFalse(claims._is_any_in_parts(other), "Of the others, nobody is asked for parts.")
        rows = self.env.execute_query(query(products, every))
        self.assertEqual(len(rows), 2, "A row each.")
        [(_id, _index, now, expected, uncovered, date, overdue)] = [row for row in rows if row[0] == kept.id]
        self.assertEqual((now, expected, uncovered, date, overdue), (0, 12, 13, self._in_days(5), 0))

    def test_only_what_may_be_split_is_when_stock_is_handed_out(self):
        """Scenario: one line is kept whole, one not at all; then one is raised. Expected: what arrives is shared out as
        if each were asked for further parts, though only those are that may have some."""
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", True)  # what is free stays so
        product = self._create_product("Beam")
        self._create_receipt((product, 4), days=5)
        whole, later = self._order(product, 4), self._order(product, 6, deadline=1)
        claims, pegging = self.env["stock.claim"], self.env["stock.pegging"]
        self.env["stock.quant"]._update_available_quantity(product, self.stock, 7)
        pool = (product.id, self.stock.stock_area_id.id)

        def share_out(may_split=None):
            told = patch.object(type(claims), "_get_may_split_sql", lambda self: may_split)
            with told if may_split else nullcontext():
                shares = pegging._get_free_shares({pool}, SQL("TRUE"), reported=(whole.id, later.id))
            return [(share.move_id, share.quantity, share.lacking) for share in shares]

        self.assertEqual(share_out(), [(whole.id, 4, 4), (later.id, 3, 6)])
        self.assertEqual(share_out(SQL("FALSE")), share_out(), "There is nothing to split.")
        whole.product_uom_qty = 9
        self.assertEqual(share_out(SQL("TRUE")), share_out())
        self.assertEqual({share[0]: share[2] for share in share_out(SQL("FALSE"))}, {whole.id: 4, later.id: 6})
        lacking = sum(lacking for move_id, _quantity, lacking in share_out() if move_id == whole.id)
        self.assertEqual(lacking, 9, "What it was raised by is a part of its own.")

    def test_units(self):
        """Scenario: a line in dozens. Expected: what is kept is in the product's unit."""
        product = self._create_product("Nail")
        self._create_receipt((product, 30), days=5)
        delivery = self._create_delivery((product, 2, self.dozen), confirm=False)
        delivery.action_confirm()
        self.assertEqual(delivery.move_ids.kept_quantity, 24)

    def test_what_is_overdue(self):
        """Scenario: 4 of 10 are in stock, the other 6 should have come. Expected: 4 are kept: the 6 have no date."""
        product = self._create_product("Beam", stock=4)
        self._create_receipt((product, 6), days=-2)
        self.assertEqual(self._order(product, 10).kept_quantity, 4)

    def test_reserved_by_hand(self):
        """Scenario: before promises are kept, a picker reserves what is there for the second of two; the rest of both
        comes on day 5. Expected: kept for the first; not for the second, whom the ranking would not have given it."""
        product = self._create_product("Beam", stock=4)
        self.warehouse.keep_promises = False
        self.delivery_type.reservation_method = "manual"
        first, second = self._order(product, 6), self._order(product, 6)
        second.picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(first | second, [0, 4], "By hand.")
        self._create_receipt((product, 8), days=5)
        self.warehouse.keep_promises = True
        self._follow()
        self.assertEqual((first.kept_quantity, second.kept_quantity), (6, 0))

    def test_star_gives_nothing_to_keep(self):
        """Scenario: a line with the star is promised what others would have. Expected: it is not kept; and a star that
        came and went leaves nobody later."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        first = self._order(product, 10)
        urgent = self._order(product, 10, priority="1")
        self.assertFalse(urgent.kept_date)
        self.assertEqual(self._get_promised_days(first, urgent), [None, 5], "The star comes first.")
        urgent.picking_id.priority = "0"
        self.assertEqual(self._get_promised_days(first, urgent), [5, None], "It has gone.")

    def test_only_for_customers(self):
        """Expected: what goes to another warehouse or back to a vendor keeps nothing."""
        product = self._create_product("Beam", stock=10)
        delivery = self._create_delivery((product, 5), confirm=False)
        delivery.location_dest_id = delivery.move_ids.location_dest_id = self.suppliers
        delivery.action_confirm()
        self.assertFalse(delivery.move_ids.kept_date)

    # ---- reserving -----------------------------------------------------------

    def test_goods_kept_before_their_day(self):
        """Scenario: a delivery is reserved two days before it ships, in a month. Expected: its goods go to nobody else
        meanwhile: not to a later order, and not by *Check availability*; and to it when its day comes."""
        self.delivery_type.write({"reservation_method": "by_date", "reservation_days_before": 2})
        product = self._create_product("Beam", stock=10)
        planned = self._create_delivery((product, 8), confirm=False)
        planned.move_ids.date = planned.scheduled_date = self._in_days(30)
        planned.action_confirm()
        self.assertEqual((planned.move_ids.quantity, planned.move_ids.kept_quantity), (0, 8))
        self.delivery_type.reservation_method = "at_confirm"
        planned.move_ids.reservation_date = self._in_days(28).date()
        self.delivery_type.reservation_method = "by_date"
        other = self._create_delivery((product, 10), confirm=False)
        other.move_ids.date = other.scheduled_date = self._in_days(1)
        other.action_confirm()
        other.action_assign()
        self._assert_reserved(other.move_ids | planned.move_ids, [2, 0], "By Check availability only what is left.")
        self._add_stock(product, 1)
        self.env["stock.allocation"]._restock(
            other.move_ids._get_claimed_pools(), "adjustment", other.move_ids.browse()
        )
        self._assert_reserved(other.move_ids | planned.move_ids, [3, 0], "Of what comes, what is left.")
        planned.move_ids.reservation_date = fields.Date.today()
        planned.with_user(self.picker).action_assign()
        self._assert_reserved(planned.move_ids, [8], "Its day has come.")

    def test_check_availability_takes_what_is_not_kept(self):
        """Scenario: reservation by hand; 8 of 10 are kept for the first. Expected: another gets two."""
        self.delivery_type.reservation_method = "manual"
        product = self._create_product("Beam", stock=10)
        first = self._order(product, 8)
        self.assertEqual((first.quantity, first.kept_quantity), (0, 8))
        second = self._order(product, 5)
        second.picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(first | second, [0, 2], "Two are nobody's.")
        first.picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(first | second, [8, 2], "And the first gets its own.")

    def test_without_automatic_reservation(self):
        """Scenario: nothing is reserved by itself in this database. Expected: kept all the same."""
        self.delivery_type.reservation_method = "manual"
        self.env["ir.config_parameter"].set_param("stock.picking_no_auto_reserve", True)
        product = self._create_product("Beam", stock=10)
        first = self._order(product, 8)
        self.assertEqual((first.quantity, first.kept_quantity), (0, 8))
        second = self._order(product, 5)
        second.picking_id.with_user(self.picker).action_assign()
        self._assert_reserved(first | second, [0, 2], "Two are nobody's.")

    # ---- who inherits it -----------------------------------------------------

    def test_remainder_inherits(self):
        """Scenario: 10 are kept for day 5, 4 ship. Expected: 6 are kept for the remainder, by the same date."""
        product = self._create_product("Beam", stock=4)
        self._create_receipt((product, 6), days=5)
        first = self._order(product, 10, deadline=20)
        self.assertEqual(first.kept_quantity, 10)
        first.picking_id.action_assign()
        self._validate(first.picking_id)
        rest = first.picking_id.backorder_ids.move_ids
        self.assertEqual((first.kept_quantity, rest.kept_quantity), (4, 6))
        self.assertEqual(rest.kept_date, first.kept_date)
        due = self._order(product, 6, deadline=1)
        self.assertEqual(self._get_promised_days(rest, due), [5, None])

    def test_split_in_another_unit(self):
        """Scenario: two dozen are kept, 7 pieces are split off, which are no part of dozens. Expected: 7 of it."""
        product = self._create_product("Egg", stock=24)
        move = self._create_delivery((product, 2, self.dozen)).move_ids
        self.assertEqual(move.kept_quantity, 24)
        rest = self.env["stock.move"].create(move._split(7))
        self.assertEqual((move.kept_quantity, rest.kept_quantity), (move.product_qty, 7))

    def test_merged_lines(self):
        """Scenario: two lines become one; one was kept for now, the other for day 5. Expected: all is, for day 5."""
        product = self._create_product("Beam", stock=5)
        self._create_receipt((product, 5), days=5)
        first, second = self._order(product, 5), self._order(product, 5)
        second.picking_id = first.picking_id
        merged = (first | second)._merge_moves()
        self.assertEqual((merged.kept_quantity, merged.kept_date), (10, self._in_days(5)))

    def test_steps_inherit(self):
        """Scenario: pick, then ship. Expected: the pick keeps what the customer was promised, the delivery follows."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        order = self._create_order((product, 10), commitment_date=self._in_days(4))
        rival = self._create_order((product, 10), commitment_date=self._in_days(1))
        pick = order.picking_ids.move_ids.filtered("kept_date")
        self.assertEqual(set(pick.mapped("kept_quantity")), {10})
        self._receive((product, 10))
        first_pick = order.picking_ids.filtered(
            lambda transfer: transfer.picking_type_id == self.warehouse.pick_type_id
        )
        self.assertEqual(first_pick.move_ids.quantity, 10)
        self.assertFalse(sum(rival.picking_ids.move_ids.mapped("quantity")))
        self._validate(first_pick)
        ship = order.picking_ids.filtered(lambda transfer: transfer.picking_type_id == self.delivery_type).move_ids
        self.assertEqual((ship.kept_quantity, ship.kept_date), (10, pick[:1].kept_date))

    def test_ship_together(self):
        """Expected: all lines of what ships together are kept by the latest date, and none while one has no date."""
        beam, board = self._create_product("Beam"), self._create_product("Board")
        self._create_receipt((beam, 5), days=3)
        delivery = self._create_delivery((beam, 5), (board, 5), move_type="one", confirm=False)
        delivery.action_confirm()
        self.assertFalse(delivery.move_ids.filtered("kept_date"), "One has no date.")
        self._create_receipt((board, 5), days=9)
        self.assertEqual(delivery.move_ids.mapped("kept_date"), [self._in_days(9)] * 2)
        self.assertEqual(delivery.move_ids.mapped("kept_quantity"), [5, 5])

    def test_accepted_date_replaces(self):
        """Scenario: supply comes later, the customer accepts the new date. Expected: that one is kept."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 10), days=5)
        move = self._order(product, 10)
        receipt.move_ids.date = self._in_days(9)
        self._invalidate()
        self.env["stock.customer.choice"]._choose_keep(move.picking_id, self.customer, move)
        self.assertEqual((move.kept_date, move.kept_quantity), (self._in_days(9), 10))

    # ---- the log -------------------------------------------------------------

    def test_slips_are_logged_with_their_cause(self):
        """Expected: what moves a kept promise is logged once, with its cause, within the run of a cron."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 10), days=5)
        move = self._order(product, 10)
        self._follow()
        self.assertFalse(self._get_slips(move))
        receipt.move_ids.date = self._in_days(9)
        self._follow()
        self._follow()
        [slip] = self._get_slips(move)
        self.assertIn("25 Nov", slip.note)
        self.assertIn("29 Nov", slip.note)
        self.assertIn(receipt.name, slip.note)
        receipt.move_ids.date = self._in_days(5)
        self._follow()
        receipt.action_cancel()
        self._follow()
        self.assertIn("no date any more", self._get_slips(move)[-1].note)
        self.assertEqual(len(self._get_slips(move)), 2)

    def test_slip_by_star_loss_and_lateness(self):
        """Expected: a star, lost goods and a day that has passed are each told as what moved the promise."""
        product, other = self._create_product("Beam"), self._create_product("Board", stock=10)
        self._create_receipt((product, 10), days=5)
        move = self._order(product, 10)
        self._follow()
        urgent = self._order(product, 10)
        urgent.picking_id.priority = "1"
        self._follow()
        self.assertIn(urgent.picking_id.name, self._get_slips(move).note)
        self.delivery_type.reservation_method = "manual"
        lost = self._order(other, 10)
        self._follow()
        self._count(other, 4)
        self._follow()
        self.assertIn("less in stock", self._get_slips(lost).note)
        urgent.picking_id.priority = "0"
        self._follow()
        with freeze_time("2026-11-27 08:00:00"):
            self._follow()
            self.assertIn("late", self._get_slips(move)[-1].note)

    def test_cron_keeps_what_has_got_a_date(self):
        """Scenario: a warehouse begins to keep promises. Expected: what has a date then is kept soon."""
        self.warehouse.keep_promises = False
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        move = self._order(product, 10, deadline=20)
        self.assertFalse(move.kept_date)
        self.warehouse.keep_promises = True
        self._follow()
        self.assertEqual(move.kept_quantity, 10)

    # ---- words ---------------------------------------------------------------

    def test_why(self):
        """Expected: *Why?* tells what is kept."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        move = self._order(product, 10)
        self._invalidate()
        self.assertIn("promised and kept for", move.with_user(self.picker).allocation_explanation)

    def test_kit(self):
        """Expected: the lines that make a kit are kept together (of a sale line, other products than its own)."""
        beam, board = self._create_product("Beam"), self._create_product("Board")
        order = self._create_order((self._create_product("House"), 1))
        self._create_receipt((beam, 5), days=3)
        delivery = self._create_delivery((beam, 5), (board, 5), confirm=False)
        delivery.move_ids.sale_line_id = order.order_line
        delivery.action_confirm()
        self.assertFalse(delivery.move_ids.filtered("kept_date"))
        self._create_receipt((board, 5), days=9)
        self.assertEqual(delivery.move_ids.mapped("kept_date"), [self._in_days(9)] * 2)

    def test_two_companies(self):
        """Expected: a stock of another company's warehouse that does not keep promises is ranked by its policy."""
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTK", "keep_promises": False})
        product = self._create_product("Beam")
        places = {"location_id": other.lot_stock_id.id, "location_dest_id": self.customers.id}
        receipt = self._create_receipt((product, 10), days=5)
        receipt.location_dest_id = receipt.move_ids.location_dest_id = other.lot_stock_id
        moves = self.env["stock.move"]
        for days in (20, 1):
            line = {"product_id": product.id, "product_uom_qty": 10, **places}
            delivery = self.env["stock.picking"].create(
                {"picking_type_id": other.out_type_id.id, "move_ids": [Command.create(line)], **places}
            )
            delivery.move_ids.date_deadline = fields.Datetime.now() + timedelta(days=days)
            delivery.action_confirm()
            moves |= delivery.move_ids
        self.assertFalse(moves.filtered("kept_date"))
        self.assertEqual(self._get_promised_days(*moves), [None, 5])
