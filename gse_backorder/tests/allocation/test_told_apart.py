from odoo import Command
from odoo.tests import tagged

from ...models.allocation.reservation_run import ReservationRun
from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestToldApart(RestockCase):
    """What two of a kind have to be told apart by: two sources, two units, two places, two who are in the way."""

    def _get_told(self, moves):
        """Return ``[(quantity, transfer)]`` of what is logged of receipts on *moves*, the oldest first."""
        entries = self._get_entries(moves).filtered(lambda entry: entry.cause == "receipt")
        return [(entry.quantity, entry.source_picking_id) for entry in entries]

    def _assert_quants_agree(self, product):
        """Assert that each quant of *product* has reserved what the lines on it hold."""
        self._invalidate()
        lines = self.env["stock.move.line"].search([("product_id", "=", product.id), ("state", "!=", "done")])
        held = lines.grouped(lambda line: (line.location_id, line.lot_id, line.package_id))
        for quant in product.stock_quant_ids.filtered(lambda quant: quant.location_id.usage == "internal"):
            own = held.get((quant.location_id, quant.lot_id, quant.package_id), lines.browse())
            self.assertEqual(quant.reserved_quantity, sum(own.mapped("quantity_product_uom")), quant.display_name)

    # ---- sources -------------------------------------------------------------------

    def test_two_receipts_at_once(self):
        """Scenario: 6 and 4 come together, 6, 3 and 3 wait. Expected: the log says who has what by which of them."""
        product = self._create_product("Of two receipts")
        first, second, third = self._create_waiting((product, 6), (product, 3), (product, 3))
        receipts = self._create_receipt((product, 6)) | self._create_receipt((product, 4))
        self._validate(receipts)
        self.assertEqual(self._get_told(first), [(6, receipts[0])], "All that it has brought, and of no other.")
        self.assertEqual(self._get_told(second), [(3, receipts[1])])
        self.assertEqual(self._get_told(third), [(1, receipts[1])])

    def test_one_line_by_two_receipts(self):
        """Scenario: 2 and 4 come together, one lacks 5, 3 more lie idle. Expected: the rest counts for the last."""
        product = self._create_product("By two receipts")
        moves = self._create_waiting((product, 5), (product, 4))
        receipts = self._create_receipt((product, 2)) | self._create_receipt((product, 4))
        self._add_stock(product, 3)
        self._validate(receipts)
        self.assertEqual(self._get_told(moves[0]), [(2, receipts[0]), (3, receipts[1])])
        self.assertEqual(self._get_told(moves[1]), [(4, receipts[1])], "What was there before has come with it.")

    def test_bought_for_two(self):
        """Scenario: 5 of 10 come that were bought for two. Expected: only who gets them is told, and by what."""
        product = self._create_product("Bought for two")
        receipt = self._create_receipt((product, 10))
        moves = self._create_waiting((product, 5), (product, 5), confirm=False)
        moves.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(receipt.move_ids.ids)]})
        moves.picking_id.action_confirm()
        self.warehouse.in_type_id.create_backorder = "always"
        receipt.move_ids.quantity = 5
        self._validate(receipt)
        self.assertEqual(sum(moves.mapped("quantity")), 5)
        self.assertEqual(self._get_told(moves), [(5, receipt)], "The other one has got nothing.")

    def test_what_is_picked_is_no_arrival(self):
        """Scenario: a pick is done, and a receipt goes on into the stock. Expected: neither is handed out to a step."""
        self.warehouse.write({"delivery_steps": "pick_ship", "reception_steps": "two_steps"})
        product = self._create_product("In steps", stock=5)
        order = self._create_order((product, 5))
        _pick, _rest, delivery = self._pick(order)
        self.assertEqual(delivery.move_ids.quantity, 5)
        self.assertFalse(self._get_log(delivery.move_ids), "It was its own all the time.")

    def test_given_up(self):
        """Scenario: 6 of 10 are shipped and the rest is given up. Expected: the next has it by the cancellation."""
        self.delivery_type.create_backorder = "never"
        product = self._create_product("Given up", stock=10)
        moves = self._create_waiting((product, 10), (product, 5))
        moves[0].with_user(self.picker).quantity = 6
        self._validate(moves[0].picking_id)
        log = self._get_log(moves[1])[-1:]
        self.assertEqual((log.quantity, log.source_picking_id), (4, moves[0].picking_id))

    def test_line_entered_by_its_transfer_or_its_line(self):
        """Scenario: more is entered into a done receipt by a line that names it, or its line alone. Expected: a
        receipt, handed out at once."""
        for name in ("move_id", "picking_id"):
            with self.subTest(named=name):
                product = self._create_product(f"Entered by {name}")
                moves = self._create_waiting((product, 10), (product, 5))
                move = self._receive((product, 10)).move_ids
                values = {
                    "product_id": product.id,
                    "quantity": 3,
                    name: move[name].id if name != "move_id" else move.id,
                }
                places = {"location_id": move.location_id.id, "location_dest_id": move.location_dest_id.id}
                self.env["stock.move.line"].with_user(self.manager).create({**values, **places})
                self._assert_reserved(moves, [10, 3], "It is there.")
                self.assertEqual(self._get_log(moves[1]).cause, "receipt")

    # ---- who lets go, who is in the way ----------------------------------------------

    def test_partly_reserved_is_lowered(self):
        """Scenario: a line has 4 of 10 and is lowered to 2. Expected: it keeps them, the next gets the others."""
        product = self._create_product("Lowered", stock=4)
        moves = self._create_waiting((product, 10), (product, 5))
        moves[0].with_user(self.picker).product_uom_qty = 2
        self._assert_reserved(moves, [2, 2], "What it needs no more.")

    def test_deleted_one_after_another(self):
        """Scenario: two lose their lines in one transaction, one after the other. Expected: neither has them back."""
        product = self._create_product("Deleted", stock=6)
        moves = self._create_waiting((product, 3), (product, 3), (product, 6))
        for move in moves[:2]:
            move.move_line_ids.with_user(self.picker).unlink()
        self.cr.flush()
        self._assert_reserved(moves, [0, 0, 6], "All goes to the third.")

    def test_passed_over_by_product(self):
        """Scenario: of two products others are ahead; a third takes both by hand, from two warehouses. Expected: the
        log names for each line those whose goods it has taken."""
        beam, bolt = self._create_product("Beam"), self._create_product("Bolt")
        for_beam, for_bolt = self._create_waiting((beam, 5), (bolt, 5))
        taken = self._create_delivery((beam, 5), (bolt, 5))
        taken.move_ids.ordered_date = for_bolt.ordered_date
        for product in beam, bolt:
            self._add_stock(product, 5)
        taken.with_user(self.picker).action_assign()
        passed_over = [self._get_log(move).passed_over_ids for move in taken.move_ids]
        self.assertEqual(passed_over, [for_beam, for_bolt])

    def test_one_in_the_way_of_one_product(self):
        """Scenario: who comes first may take whole dozens only, another product is fine. Expected: nothing is idle."""
        category = self.env["product.category"].create({"name": "In packs", "packaging_reserve_method": "full"})
        bolt = self._create_product("Bolt", categ_id=category.id, uom_ids=[Command.set(self.dozen.ids)])
        beam = self._create_product("Beam")
        dozen, units, beams = self._create_waiting((bolt, 1, self.dozen), (bolt, 5), (beam, 3))
        self._receive((bolt, 8), (beam, 3))
        self._assert_reserved(dozen | units | beams, [0, 5, 3], "What one cannot use is for the next.")

    def test_scheduler_reserves_who_cannot_use_it(self):
        """Scenario: the scheduler reserves the first of two, who may take whole dozens only. Expected: the other gets
        what he cannot use."""
        category = self.env["product.category"].create({"name": "In packs", "packaging_reserve_method": "full"})
        bolt = self._create_product("Bolt", categ_id=category.id, uom_ids=[Command.set(self.dozen.ids)])
        dozen, units = self._create_waiting((bolt, 1, self.dozen), (bolt, 5))
        self._add_stock(bolt, 8)
        ReservationRun().caused_by("scheduler").carry(dozen)._action_assign()
        self._assert_reserved(dozen | units, [0, 5], "Nothing lies idle.")

    # ---- units and places --------------------------------------------------------------

    def test_quants_of_dozens(self):
        """Scenario: 30 come, two wait for a dozen each, one for units. Expected: the quant has reserved all of it."""
        product = self._create_product("In dozens")
        moves = self._create_waiting((product, 1, self.dozen), (product, 1, self.dozen), (product, 12))
        self._receive((product, 30))
        self._assert_reserved(moves, [1, 1, 6], "In the unit of each.")
        self._assert_quants_agree(product)

    def test_quants_in_and_out_of_a_package(self):
        """Scenario: 3 in a package and 3 loose are handed out. Expected: each is reserved where it is."""
        product = self._create_product("In and out")
        self._add_stock(product, 3, package_id=self.env["stock.package"].create({"name": "Crate"}))
        self._add_stock(product, 3)
        moves = self._create_waiting((product, 3), (product, 3), assign=False)
        self.env["stock.allocation"]._restock(moves._get_claimed_pools(), "adjustment", moves.browse())
        self._assert_reserved(moves, [3, 3], "All of it.")
        self._assert_quants_agree(product)

    def test_package_that_came_with_less(self):
        """Scenario: a receipt into a package was less than a delivery has reserved of it. Expected: it loses that."""
        product = self._create_product("Packed")
        move = self._create_waiting((product, 5))
        receipt = self._create_receipt((product, 5))
        receipt.move_line_ids.result_package_id = self.env["stock.package"].create({"name": "Crate"})
        self._validate(receipt)
        self._assert_reserved(move, [5], "As it has come.")
        receipt.with_user(self.manager).move_line_ids.quantity = 2
        self._assert_reserved(move, [2], "What is not there nobody has.")
        self._assert_quants_agree(product)

    def test_loser_elsewhere(self):
        """Scenario: 3 lie on one shelf and 3 on another, all are reserved; the first is found empty. Expected: who has
        the other goods keeps them, though he comes last."""
        product = self._create_product("On two shelves")
        shelves = self.env["stock.location"].create(
            [{"name": name, "usage": "internal", "location_id": self.stock.id} for name in ("One", "Two")]
        )
        for shelf in shelves:
            self._add_stock(product, 3, location=shelf)
        moves = self._create_waiting((product, 3), (product, 3), assign=False)
        for move, shelf in zip(moves, shelves, strict=True):
            move.location_id = shelf
            move.picking_id.action_assign()
        self._assert_reserved(moves, [3, 3], "Each from its shelf.")
        scrap = {"product_id": product.id, "scrap_qty": 3, "location_id": shelves[0].id}
        self.env["stock.scrap"].create(scrap).do_scrap()
        self._assert_reserved(moves, [0, 3], "Those on the other shelf are not missing.")

    def test_who_waits_at_a_shelf(self):
        """Scenario: a delivery waits for goods of one shelf, they are put there. Expected: it gets them."""
        product = self._create_product("On a shelf")
        shelf = self.env["stock.location"].create({"name": "Shelf", "usage": "internal", "location_id": self.stock.id})
        move = self._create_waiting((product, 5), location_id=shelf.id)
        move.location_id = shelf
        receipt = self._create_receipt((product, 5))
        receipt.move_line_ids.location_dest_id = shelf
        self._validate(receipt)
        self._assert_reserved(move, [5], "It has waited for these.")

    def test_hall_that_becomes_a_stock(self):
        """Scenario: a delivery takes from a hall that is only a view; the hall becomes a stock of its own. Expected:
        it gets what lies on the hall's shelf."""
        hall, product = self.env["stock.location"], self._create_product("In the hall")
        hall = hall.create({"name": "Hall", "usage": "view", "location_id": self.warehouse.view_location_id.id})
        shelf = hall.create({"name": "Shelf", "usage": "internal", "location_id": hall.id})
        move = self._create_waiting((product, 5), assign=False, location_id=hall.id)
        move.location_id = hall
        self._add_stock(product, 5, location=shelf)
        self.assertEqual(shelf.stock_area_id, shelf, "It is read before.")
        hall.usage = "internal"
        self.assertEqual(shelf.stock_area_id, hall)
        self.cr.flush()
        self._assert_reserved(move, [5], "It is in its stock now.")

    # ---- log and chatter ----------------------------------------------------------------

    def test_partly_ready_is_told(self):
        """Scenario: 3 of 5 come, then the others. Expected: the delivery says partly ready, then ready."""
        product = self._create_product("Told")
        picking = self._create_waiting((product, 5)).picking_id
        told = []
        for quantity in (3, 2):
            before = picking.message_ids
            self._receive((product, quantity))
            told.append(" ".join((picking.message_ids - before).mapped("body")))
        self.assertIn("Partly ready", told[0])
        self.assertIn("Ready to ship", told[1])

    def test_events_of_what_is_concerned(self):
        """Scenario: a deadline is written on a claim, on a draft and on a receipt, and a date on the receipt. Expected:
        one entry on the claim, one on the supply, each in its stock; what is held beyond a demand lacks nothing."""
        product = self._create_product("Of events", stock=12)
        claim = self._create_delivery((product, 10)).move_ids
        claim.quantity = 12
        draft = self._create_delivery((product, 10), confirm=False).move_ids
        supply = self._create_receipt((product, 10)).move_ids
        moves = claim | draft | supply
        before = self._get_entries(moves)
        moves.date_deadline = "2031-01-01 12:00:00"
        (draft | supply).date = "2031-01-01 12:00:00"
        entries = self._get_entries(moves) - before
        self.assertEqual([(entry.move_id, entry.cause) for entry in entries], [(claim, "ranking"), (supply, "supply")])
        self.assertEqual(entries.location_id, self.stock)
        self.assertEqual(entries[0].missing_quantity, 0)

    def test_who_gets_nothing_by_hand(self):
        """Scenario: somebody checks the availability of what is not there. Expected: the log says nothing of it."""
        product = self._create_product("Nothing there")
        first, second = self._create_waiting((product, 5), (product, 5))
        self._add_stock(product, 3)
        first.picking_id.action_assign()
        before = self._get_entries(second)
        second.picking_id.with_user(self.picker).action_assign()
        self.assertEqual(self._get_entries(second), before)
