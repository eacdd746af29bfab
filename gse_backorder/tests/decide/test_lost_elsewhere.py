from odoo.tests import tagged

from ..chance import draw_from, some_of, undone, usually
from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestLostElsewhere(RestockCase):
    """Goods lie on several shelves: the last in the ranking loses, on whichever of them too little is found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shelf, cls.other_shelf = cls.env["stock.location"].create(
            [{"name": name, "location_id": cls.stock.id} for name in ("Shelf X", "Shelf Y")]
        )

    def _create_holders(self, *quantities, shelves=(3, 3), **values):
        """Return the product, and lines that hold so much of it in their ranking, from the first shelf on."""
        product = self._create_product("Beam", **values)
        for shelf, quantity in zip((self.shelf, self.other_shelf), shelves, strict=True):
            if quantity:
                self._add_stock(product, quantity, location=shelf)
        return product, self._create_waiting(*((product, quantity) for quantity in quantities))

    def test_counted_less(self):
        """Scenario: the first holds 3 on X, the second 3 on Y; X is counted empty. Expected: the second loses, and the
        first gets what it held; both are told, and the log says from whom and why."""
        product, moves = self._create_holders(3, 3)
        self.assertEqual(moves[0].move_line_ids.location_id, self.shelf)
        self._count(product, 0, self.shelf)
        self._assert_reserved(moves, [3, 0], "The last in the ranking loses.")
        self.assertEqual(moves[0].move_line_ids.location_id, self.other_shelf)
        got, gave = self._get_entries(moves)[-2:]
        self.assertEqual((got.move_id, got.cause, got.quantity), (moves[0], "adjustment", 3))
        self.assertEqual((got.source, got.source_picking_id), (moves[1].picking_id.name, moves[1].picking_id))
        self.assertEqual((gave.move_id, gave.cause, gave.given_quantity), (moves[1], "give_way", 3))
        self.assertEqual(gave.note, "What was reserved for it was not there.")
        told, told_other = (move.picking_id.message_ids[0].body for move in moves)
        self.assertIn("3 × Beam reserved from", told)
        self.assertIn(moves[1].picking_id.name, told)
        self.assertIn("Given way: 3 × Beam for", told_other)
        self.assertIn(moves[0].picking_id.name, told_other)

    def test_last_holds_what_is_not_there(self):
        """Scenario: who ranks last holds what is not there. Expected: it loses, and nobody gives anything for it."""
        product, moves = self._create_holders(3, 3)
        self._count(product, 1, self.other_shelf)
        self._assert_reserved(moves, [3, 1], "It is the last.")

    def test_each_loses_its_part(self):
        """Scenario: X holds 5 of three lines, and 2 are left. Expected: as much is lost, from behind."""
        product, moves = self._create_holders(2, 3, 2, shelves=(5, 2))
        self._count(product, 2, self.shelf)
        self._assert_reserved(moves, [2, 2, 0], "3 of 7 are not there.")

    def test_free_goods_are_taken_first(self):
        """Scenario: 1 is free on Y. Expected: it is used, and only the rest is lost."""
        product, moves = self._create_holders(3, 3, shelves=(3, 4))
        self._count(product, 1, self.shelf)
        self._assert_reserved(moves, [3, 2], "1 was nobody's.")

    def test_scrapped_and_forced_out(self):
        """Scenario: of X, 1 is scrapped, and 1 taken by another delivery. Expected: as where it is counted."""
        product, moves = self._create_holders(3, 3)
        self.env["stock.scrap"].create(
            {"product_id": product.id, "scrap_qty": 1, "location_id": self.shelf.id}
        ).do_scrap()
        self._assert_reserved(moves, [3, 2], "Scrapped.")
        forced = self._create_delivery((product, 1))
        forced.move_ids.move_line_ids = [
            (0, 0, {"product_id": product.id, "quantity": 1, "location_id": self.shelf.id, "picking_id": forced.id})
        ]
        self._validate(forced)
        self._assert_reserved(moves, [3, 1], "Forced out.")

    def test_who_has_begun_keeps_its_goods(self):
        """Scenario: the last one is printed. Expected: the first loses, since nobody else can give."""
        product, moves = self._create_holders(3, 3)
        moves[1].picking_id.printed = True
        self._count(product, 1, self.shelf)
        self._assert_reserved(moves, [1, 3], "Its goods are in somebody's hands.")

    def test_who_may_not_take_from_there(self):
        """Scenario: the first takes from X only. Expected: it loses, and the second keeps its goods."""
        product, moves = self._create_holders(3, 3)
        moves[0].location_id = self.shelf
        self._count(product, 1, self.shelf)
        self._assert_reserved(moves, [1, 3], "What lies on Y is of no use for it.")

    def test_in_dozens(self):
        """Scenario: who ranks first holds a dozen on X, another 12 pieces on Y; 4 of X are gone. Expected: the first
        gets 4, but for the crumb that hundredths of a dozen cannot say, and the other one keeps 8."""
        product, pieces = self._create_holders(12, shelves=(12, 12))
        dozen = self._create_delivery((product, 1, self.dozen)).move_ids
        self._order_one_after_another(dozen | pieces)
        self._count(product, 8, dozen.move_line_ids.location_id)
        self.assertAlmostEqual(dozen.quantity, 1, delta=0.0101)
        self.assertAlmostEqual(pieces.quantity, 8, delta=0.1201)

    def test_another_lot(self):
        """Scenario: the first holds one lot, the second another; the first one's is counted less. Expected: the second
        loses, as Odoo itself lets the first have any lot that is free."""
        product = self._create_product("Tile", tracking="lot")
        lots = self.env["stock.lot"].create([{"name": name, "product_id": product.id} for name in ("L1", "L2")])
        for lot in lots:
            self._add_stock(product, 3, lot_id=lot)
        moves = self._create_waiting((product, 3), (product, 3))
        lot = moves[0].move_line_ids.lot_id
        quant = self.env["stock.quant"].search([("lot_id", "=", lot.id), ("location_id", "=", self.stock.id)])
        quant.with_user(self.manager).with_context(inventory_mode=True).write({"inventory_quantity": 1})
        quant.with_user(self.manager).action_apply_inventory()
        self._assert_reserved(moves, [3, 1], "2 are not there.")
        self.assertEqual(moves[0].move_line_ids.lot_id, lots)

    def test_as_if_they_lay_on_one_shelf(self):
        """Property: of several shelves each line loses what it would lose if all lay on one."""
        chance, moved = draw_from(8), 0
        for _number in range(some_of(20)):
            with undone(self.env):
                moved += self._lose_on_several_and_on_one(chance)
        self.assertGreater(moved, usually(2), "Somebody got goods from another shelf.")

    def _lose_on_several_and_on_one(self, chance):
        """Return whether somebody has got goods from another shelf, when the same is lost of both."""
        wanted = [chance.randint(1, 5) for _number in range(chance.randint(2, 5))]
        stars = [str(int(chance.random() < 0.2)) for _quantity in wanted]
        shelves = [chance.randint(1, 8), chance.randint(1, 8)]
        lost = chance.randint(1, shelves[0])
        apart, moves = self._create_holders(*wanted, shelves=shelves)
        together, others = self._create_holders(*wanted, shelves=(sum(shelves), 0))
        for line, star in (*zip(moves, stars, strict=True), *zip(others, stars, strict=True)):
            line.picking_id.priority = star
        self._count(apart, shelves[0] - lost, self.shelf)
        self._count(together, sum(shelves) - lost, self.shelf)
        self._assert_reserved(moves, others.mapped("quantity"), f"{wanted} {stars} {shelves}, {lost} lost")
        return "give_way" in self._get_entries(moves).mapped("cause")
