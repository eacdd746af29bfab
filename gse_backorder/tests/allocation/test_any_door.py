import random

from odoo import Command
from odoo.tests import HttpCase, tagged

from ...models.allocation.freed_stock import Reason
from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestAnyDoor(RestockCase):
    """Stock that comes by any door is handed out, in ranking, and once."""

    def _correct(self, picking, quantity):
        """Correct the first line of *picking*, which is done, as a manager who has unlocked it does."""
        picking.with_user(self.manager).move_ids[:1].quantity = quantity

    def _before_commit(self):
        """Do what Odoo does before it commits."""
        self.cr.flush()

    def _create_yard(self):
        """Return a place beside the stock, whose goods nobody is served from."""
        return self.env["stock.location"].create(
            {"name": "Yard", "usage": "internal", "location_id": self.warehouse.view_location_id.id}
        )

    # ---- what is done is corrected -------------------------------------------------

    def test_receipt_corrected_up(self):
        """Scenario: a receipt of 10 was 12. Expected: the two go to who waits, at once."""
        product = self._create_product("Corrected")
        moves = self._create_waiting((product, 10), (product, 5))
        receipt = self._receive((product, 10))
        self._assert_reserved(moves, [10, 0], "What has come.")
        self._correct(receipt, 12)
        self._assert_reserved(moves, [10, 2], "What has come besides.")
        log = self._get_log(moves[1])
        self.assertEqual((log.cause, log.source_picking_id, log.quantity), ("receipt", receipt, 2))

    def test_line_added_to_a_done_receipt(self):
        """Scenario: three more are entered into a done receipt, as another line. Expected: handed out."""
        product = self._create_product("Entered later")
        moves = self._create_waiting((product, 10), (product, 5))
        receipt = self._receive((product, 10))
        move = receipt.move_ids
        values = {"move_id": move.id, "picking_id": receipt.id, "product_id": product.id, "quantity": 3}
        places = {"location_id": move.location_id.id, "location_dest_id": move.location_dest_id.id}
        self.env["stock.move.line"].with_user(self.manager).create({**values, **places})
        self._assert_reserved(moves, [10, 3], "What was forgotten has come.")
        self.assertEqual(self._get_log(moves[1]).cause, "receipt")

    def test_delivery_corrected_down(self):
        """Scenario: a delivery of 10 was 7. Expected: the three are there, and go to who waits."""
        product = self._create_product("Shipped less", stock=10)
        shipped, waiting = self._create_waiting((product, 10), (product, 5))
        self._validate(shipped.picking_id)
        self._correct(shipped.picking_id, 7)
        self._assert_reserved(waiting, [3], "They have never left.")
        log = self._get_log(waiting)
        self.assertEqual((log.cause, log.source_picking_id), ("correction", shipped.picking_id))

    def test_correction_in_the_unit_of_the_line(self):
        """Scenario: 2 dozens were received, and were 3. Expected: twelve pieces more are handed out."""
        product = self._create_product("By the dozen")
        moves = self._create_waiting((product, 24), (product, 20))
        receipt = self._create_receipt((product, 2, self.dozen))
        self._validate(receipt)
        self._correct(receipt, 3)
        self._assert_reserved(moves, [24, 12], "A dozen more.")

    def test_correction_that_brings_nothing(self):
        """Scenario: a receipt of 10 was 8. Expected: the last in the ranking loses two; nobody gets anything."""
        product = self._create_product("Came less")
        moves = self._create_waiting((product, 6), (product, 4), (product, 5))
        receipt = self._receive((product, 10))
        self._correct(receipt, 8)
        self._assert_reserved(moves, [6, 2, 0], "Two are not there.")
        self.assertEqual(self._get_free(product), 0)

    # ---- goods are moved -----------------------------------------------------------

    def test_relocated_into_the_stock(self):
        """Scenario: quants that lay outside of the stock are relocated into it. Expected: handed out."""
        yard = self._create_yard()
        product = self._create_product("Relocated")
        self._add_stock(product, 4, location=yard)
        moves = self._create_waiting((product, 3), (product, 3))
        quants = self.env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", yard.id)])
        quants.with_user(self.manager).move_quants(location_dest_id=self.stock)
        self._assert_reserved(moves, [3, 1], "They are in the stock now.")
        self.assertEqual(set(self._get_log(moves).mapped("cause")), {"transfer"})

    def test_place_becomes_a_part_of_the_stock(self):
        """Scenario: a yard beside the stock is made a part of it. Expected: what lies there is handed out."""
        yard = self._create_yard()
        product = self._create_product("In the yard")
        self._add_stock(product, 4, location=yard)
        moves = self._create_waiting((product, 3), (product, 3))
        yard.with_user(self.manager).location_id = self.stock
        self._before_commit()
        self._assert_reserved(moves, [3, 1], "It is in the stock now.")

    def test_shipped_by_one_warehouse_to_another(self):
        """Scenario: an outgoing operation brings goods into another warehouse. Expected: handed out there."""
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        product = self._create_product("Sent on", stock=5)
        waiting = self._create_delivery((product, 4), picking_type=other.out_type_id, confirm=False)
        waiting.location_id = other.lot_stock_id
        waiting.action_confirm()
        sent = self._create_delivery((product, 5), confirm=False)
        sent.location_dest_id = other.lot_stock_id
        sent.action_confirm()
        self._validate(sent)
        self._assert_reserved(waiting.move_ids, [4], "No receipt has brought them.")

    def test_quant_that_other_code_changes(self):
        """Scenario: another addon adds to the stock by Odoo's own method. Expected: handed out before the commit."""
        product = self._create_product("By other code")
        moves = self._create_waiting((product, 3))
        self.env["stock.quant"]._update_available_quantity(product, self.stock, 5)
        self._before_commit()
        self._assert_reserved(moves, [3], "Whoever has brought it.")

    def test_goods_that_become_anothers(self):
        """Scenario: what lies in the stock is written to an owner, what lies outside into it. Expected: who waits for
        it has it."""
        owner = self.env["res.partner"].create({"name": "Owner"})
        product, other = self._create_product("Beam"), self._create_product("Bolt")
        restricted = self._create_waiting((product, 3))
        restricted.restrict_partner_id = owner
        waiting = self._create_waiting((other, 2))
        yard = self.env["stock.location"].create({"name": "Yard", "location_id": self.warehouse.view_location_id.id})
        self._add_stock(product, 5)
        self._add_stock(other, 5, yard)
        quants = self.env["stock.quant"].search([("product_id", "in", (product | other).ids)])
        ours, outside = (quants.filtered(lambda quant, one=one: quant.product_id == one) for one in (product, other))
        ours.owner_id = owner
        outside.location_id = self.stock
        self._before_commit()
        self._assert_reserved(restricted | waiting, [3, 2], "It is where, and whose, they want it.")

    # ---- reservations --------------------------------------------------------------

    def test_reservation_lowered(self):
        """Scenario: a picker takes 4 of 10 out of a reservation. Expected: the next gets them, not the same again."""
        product = self._create_product("Lowered", stock=10)
        moves = self._create_waiting((product, 10), (product, 7))
        moves[0].with_user(self.picker).move_line_ids.quantity = 6
        self._before_commit()
        self._assert_reserved(moves, [6, 4], "Who waits behind him.")
        self.assertEqual(self._get_log(moves[1]).cause, "unreserve")

    def test_reservation_lowered_on_the_line(self):
        product = self._create_product("Lowered above", stock=10)
        moves = self._create_waiting((product, 10), (product, 7))
        moves[0].with_user(self.picker).quantity = 6
        self._before_commit()
        self._assert_reserved(moves, [6, 4], "It is the same, keyed elsewhere.")

    def test_reservation_deleted(self):
        product = self._create_product("Deleted", stock=10)
        moves = self._create_waiting((product, 10), (product, 7))
        moves[0].with_user(self.picker).move_line_ids.unlink()
        self._before_commit()
        self._assert_reserved(moves, [0, 7], "Who waits behind him.")

    def test_several_quants_of_one_place(self):
        """Scenario: goods came while Odoo could not wait for the row of their place, and lie on another one; lines
        that hold some of any are lowered, taken away and filled. Expected: what is reserved is what the lines hold."""
        product = self._create_product("Twice there", stock=10)
        quant = self.env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", self.stock.id)])
        place = {"product_id": product.id, "location_id": self.stock.id}
        quants = quant + quant.create([{**place, "quantity": quantity} for quantity in (7, 5)])
        moves = self._create_waiting((product, 9), (product, 8), (product, 5), (product, 6))
        draw = random.Random(12)
        for step in range(60):
            move = draw.choice(moves)
            reserved = sum(moves.mapped("quantity"))
            for part in quants:  # whichever row could be locked then
                part.reserved_quantity = held = draw.randint(0, int(reserved))
                reserved -= held
            quants[0].reserved_quantity += reserved
            if draw.random() < 0.4:
                move._do_unreserve()
            elif draw.random() < 0.5:
                move.quantity = draw.randint(0, int(move.product_uom_qty))
            else:
                move._action_assign()
            self.assertEqual(sum(quants.mapped("reserved_quantity")), sum(moves.mapped("quantity")), f"Step {step}.")

    def test_two_reservations_deleted_at_once(self):
        """Scenario: two lines are let go in one go. Expected: neither gets what was taken from it."""
        product = self._create_product("Two deleted", stock=10)
        moves = self._create_waiting((product, 5), (product, 5), (product, 4))
        moves[:2].move_line_ids.unlink()
        self._before_commit()
        self._assert_reserved(moves, [0, 0, 4], "The third alone has not been taken from.")

    def test_moved_from_one_line_to_another(self):
        """Scenario: a reservation is split into two lines, the first lowered first. Expected: nobody else gets it."""
        product = self._create_product("Split", stock=10)
        moves = self._create_waiting((product, 10), (product, 7))
        line = moves[0].move_line_ids
        line.quantity = 6
        line.copy({"quantity": 4})
        self._before_commit()
        self._assert_reserved(moves, [10, 0], "It was never free.")

    def test_lowered_and_shipped(self):
        """Scenario: 6 of 10 are keyed and shipped in one go. Expected: the remainder stands in its place."""
        product = self._create_product("Keyed", stock=10)
        moves = self._create_waiting((product, 10), (product, 7))
        backorder = self._ship(moves[0].picking_id, 6)
        self._before_commit()
        self._assert_reserved(backorder.move_ids | moves[1], [4, 0], "It has waited longer.")

    def test_another_lot(self):
        """Scenario: a line takes another lot. Expected: who wants the lot that it has left gets it."""
        product = self._create_product("With lots", tracking="lot")
        old, new = (self.env["stock.lot"].create({"name": name, "product_id": product.id}) for name in ("1", "2"))
        for lot in (old, new):
            self._add_stock(product, 5, lot_id=lot)
        first, second = self._create_waiting((product, 5), (product, 6))
        self._assert_reserved(first | second, [5, 5], "A lot each.")
        other = (old | new) - first.move_line_ids.lot_id
        self._add_stock(product, 5, lot_id=other)
        first.move_line_ids.lot_id = other
        self._before_commit()
        self._assert_reserved(first | second, [5, 6], "What was left is handed out.")

    def test_not_back_to_whom_it_was_taken_from(self):
        """Scenario: goods come that nobody waits for, later a line is unreserved. Expected: it gets nothing back."""
        product = self._create_product("Taken from")
        self._receive((product, 5))
        move = self._create_delivery((product, 5)).move_ids
        self._count(product, 5)
        move.picking_id.with_user(self.picker).do_unreserve()
        self._before_commit()
        self._assert_reserved(move, [0], "What came earlier explains nothing now.")

    # ---- once ----------------------------------------------------------------------

    def test_once(self):
        """Scenario: a receipt, and all that Odoo does before the commit. Expected: handed out, logged, told once."""
        product = self._create_product("Once")
        moves = self._create_waiting((product, 3), (product, 5))
        self._receive((product, 10))
        self._before_commit()
        self._assert_reserved(moves, [3, 5], "All.")
        self.assertEqual(len(self._get_log(moves)), 2, "Each once.")
        for picking in moves.picking_id:
            told = picking.message_ids.filtered(lambda message: "reserved from" in (message.body or ""))
            self.assertEqual(len(told), 1, "Each is told once.")

    def test_savepoint_amid_a_run(self):
        """Scenario: somebody takes a savepoint while a transfer is being done. Expected: its end hands out."""
        product = self._create_product("Savepoint")
        moves = self._create_waiting((product, 5))
        allocation = self.env["stock.allocation"]
        with allocation._handing_out(Reason("transfer", moves.browse())):
            self.env["stock.quant"]._update_available_quantity(product, self.stock, 5)
            with self.env.cr.savepoint():
                self._assert_reserved(moves, [0], "It is not finished yet.")
        self._assert_reserved(moves, [5], "Now it is.")

    def test_rolled_back(self):
        """Scenario: what has brought goods is rolled back. Expected: nothing is left to be handed out."""
        product = self._create_product("Rolled back")
        moves = self._create_waiting((product, 5))
        savepoint = self.env.cr.savepoint()
        self.env["stock.quant"]._update_available_quantity(product, self.stock, 5)
        savepoint.close(rollback=True)
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            self.env["stock.allocation"]._hand_out()
        self._assert_reserved(moves, [0], "Nothing has come.")

    def test_refused(self):
        """Scenario: a count fails amid its work. Expected: nothing is handed out of what is not there."""
        product = self._create_product("Refused")
        moves = self._create_waiting((product, 5))
        allocation = self.env["stock.allocation"]
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint(), allocation._handing_out():
            self.env["stock.quant"]._update_available_quantity(product, self.stock, 5)
            raise ZeroDivisionError
        self._before_commit()
        self._assert_reserved(moves, [0], "All is as it was.")

    def test_what_nobody_waits_for_costs_next_to_nothing(self):
        """Scenario: ten shipped and received that nobody waits for. Expected: one question, whoever brings how much."""
        products = [self._create_product(f"Unawaited {number}") for number in range(5)]
        for product in products:
            self.env["stock.quant"]._update_available_quantity(product, self.stock, 5)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["stock.allocation"]._hand_out()

    def test_cost_of_many_lines(self):
        """Scenario: a receipt serves 5 deliveries, another 25. Expected: as many queries, but for what is chunked."""
        counts = []
        for number in (5, 25):
            product = self._create_product(f"For {number}")
            self._create_waiting(*[(product, 1)] * number)
            receipt = self._create_receipt((product, number))
            self._invalidate()
            before = self.cr.sql_log_count
            self._validate(receipt)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 20, "Less than one more for each line more.")


@tagged("post_install", "-at_install")
class TestAnyDoorOfTheServer(RestockCase, HttpCase):
    """By requests, as the web client sends them: each ends with its commit."""

    def _call(self, records, method, *args):
        self.authenticate(self.manager.login, self.manager.login)
        params = {"model": records._name, "method": method, "args": [records.ids, *args], "kwargs": {}}
        url = f"/web/dataset/call_kw/{records._name}/{method}"
        answer = self.url_open(url, json={"jsonrpc": "2.0", "method": "call", "params": params}).json()
        self.assertNotIn("error", answer)
        self._invalidate()

    def test_reservation_deleted(self):
        product = self._create_product("Deleted by request", stock=10)
        moves = self._create_waiting((product, 10), (product, 7))
        self._call(moves[0].move_line_ids, "unlink")
        self._assert_reserved(moves, [0, 7], "At the end of the request.")

    def test_reservation_lowered_in_the_form(self):
        product = self._create_product("Lowered by request", stock=10)
        moves = self._create_waiting((product, 10), (product, 7))
        line = moves[0].move_line_ids
        lowered = Command.update(moves[0].id, {"move_line_ids": [Command.update(line.id, {"quantity": 6})]})
        self._call(moves[0].picking_id, "web_save", {"move_ids": [lowered]}, {})
        self._assert_reserved(moves, [6, 4], "At the end of the request.")
