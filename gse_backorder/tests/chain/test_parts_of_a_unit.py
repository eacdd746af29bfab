from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestPartsOfAUnit(BackorderCase):
    """A line by the dozen, or by the pallet, of which pieces ship: no piece is lost, and none is told twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        cls.pallet = cls.env["uom.uom"].create(
            {"name": "Pallet", "relative_uom_id": cls.unit.id, "relative_factor": 1000}
        )

    def _ship_pieces(self, quantity, unit, pieces):
        """Return an order, all of which is there, of which so many *pieces* have shipped."""
        whole = unit._compute_quantity(quantity, self.unit)
        order = self._create_order((self._create_product("Brick", stock=whole), quantity, unit))
        self.assertEqual(order.picking_ids.move_ids.product_uom, unit)
        order.picking_ids.move_ids.move_line_ids.write({"product_uom_id": self.unit.id, "quantity": pieces})
        self._ship(order.picking_ids)
        self._invalidate()
        return order

    def _assert_all_shipped(self, order, whole):
        self.assertEqual(sum(order.picking_ids.mapped("items_shipped")), whole)
        self.assertEqual(set(order.picking_ids.mapped("fulfillment_state")), {"done"}, "Nothing was given up.")
        self._assert_installing_says_the_same(order.picking_ids)
        totals = order.picking_ids[0]._get_chain_totals()
        self.assertEqual((totals["ordered"], totals["cancelled"], totals["over_shipped"]), (whole, 0, 0))

    def test_the_rest_is_whole_pieces(self):
        """Scenario: 5 pieces of a dozen ship, 1,234 of two pallets. Expected: 7 and 766 wait, all that is open and has
        shipped is what was ordered; when they have shipped, all has."""
        for quantity, unit, pieces, rest in ((1, self.dozen, 5, 7), (2, self.pallet, 1234, 766)):
            order = self._ship_pieces(quantity, unit, pieces)
            backorder = order.picking_ids.filtered("backorder_root_id")
            self.assertEqual(order.picking_ids.sorted("id").mapped("items_shipped"), [pieces, 0])
            self.assertEqual((backorder.move_ids.product_qty, backorder.items_open), (rest, rest))
            self.assertEqual(backorder.move_ids.availability_status, "available")
            totals = backorder._get_chain_totals()
            self.assertEqual((totals["ordered"], totals["cancelled"]), (pieces + rest, 0))
            self._ship(backorder)
            self._invalidate()
            self._assert_all_shipped(order, pieces + rest)

    def test_next_to_all(self):
        """Scenario: 998 pieces of a pallet ship, which to a hundredth are all of it. Expected: two pieces wait."""
        order = self._ship_pieces(1, self.pallet, 998)
        backorder = order.picking_ids.filtered("backorder_root_id")
        self.assertEqual(backorder.items_open, 2)
        self.assertEqual(order.order_line.availability_text, "0.01 now")
        self._ship(backorder)
        self._invalidate()
        self._assert_all_shipped(order, 1000)

    def test_stocked_by_the_dozen(self):
        """Scenario: 8 of 48 pieces of what is stocked by the dozen ship. Expected: 40 remain, not 39.96."""
        order = self._create_order((self._create_product("Pea", stock=4, uom_id=self.dozen.id), 48, self.unit))
        backorder = self._ship(order.picking_ids, 8)
        self._invalidate()
        demands = (backorder.backorder_id | backorder).move_ids.mapped("product_uom_qty")
        self.assertEqual((demands, backorder.move_ids.product_uom), ([8, 40], self.unit))
        self.assertEqual(order.order_line.availability_text, "40 now")

    def test_reserved_further(self):
        """Scenario: one piece of two dozens is held, or 704 of two pallets; the others are there. Expected: green, and
        just the others are reserved."""
        for unit, held in ((self.dozen, 1), (self.pallet, 704), (self.dozen, 8), (self.pallet, 377)):
            whole = unit._compute_quantity(2, self.unit)
            move = self._create_order((self._create_product("Brick", stock=whole), 2, unit)).picking_ids.move_ids
            move.move_line_ids.write({"product_uom_id": self.unit.id, "quantity": held})
            move.picking_id.action_assign()
            self._invalidate()
            self.assertEqual(move._get_filled_in_product_unit(), whole)
            self.assertEqual((move.state, move.availability_status), ("assigned", "available"))
            self.assertFalse(self._ship(move.picking_id))
            self.assertEqual((move._get_shipped_qty(), move.quantity), (whole, 2))

    def test_hundredths(self):
        """Scenario: 0.42 dozens are keyed, as the unit has it. Expected: the rest is in dozens, as Odoo leaves it."""
        order = self._create_order((self._create_product("Egg", stock=12), 1, self.dozen))
        backorder = self._ship(order.picking_ids, 0.42)
        self.assertEqual((backorder.move_ids.product_uom, backorder.move_ids.product_uom_qty), (self.dozen, 0.58))
