from odoo.tests import tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestLosers(RestockCase):
    """Who loses what he had reserved, when less is there than was thought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_product("Beam", stock=9)

    def _create_holders(self, **values):
        """Return three lines that hold 3 each, the first ordered first; Odoo would take it from the one due last."""
        first, second, third = (self._create_delivery((self.product, 3), **values).move_ids for _number in range(3))
        moves = first | second | third
        self._order_one_after_another(moves)
        first.picking_id.scheduled_date = "2027-06-01"  # Odoo lets it lose first
        return moves

    def test_counted_less(self):
        """Scenario: 5 of 9 are counted. Expected: the last ones in the ranking lose, the last one first."""
        moves = self._create_holders()
        self._count(self.product, 5)
        self._assert_reserved(moves, [3, 2, 0], "The third loses all, the second a part.")

    def test_star_keeps_its_goods(self):
        """Scenario: the last one has the star. Expected: the one before it loses."""
        moves = self._create_holders()
        moves[2].picking_id.priority = "1"
        self._count(self.product, 6)
        self._assert_reserved(moves, [3, 0, 3], "The star comes first.")

    def test_scrapped(self):
        """Scenario: 4 are scrapped. Expected: as where they are counted."""
        moves = self._create_holders()
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.product.id, "scrap_qty": 4, "location_id": self.stock.id}
        )
        scrap.do_scrap()
        self._assert_reserved(moves, [3, 2, 0], "The third loses all, the second a part.")

    def test_forced_out(self):
        """Scenario: a delivery with another line of the product takes 4 that others hold. Expected: the last lose."""
        moves = self._create_holders()
        forced = self._create_delivery((self.product, 4))
        forced.move_ids.quantity = 4
        forced.with_user(self.picker).button_validate()
        self._assert_reserved(moves, [3, 2, 0], "Whoever comes last.")

    def test_printed_and_packed_lose_last(self):
        """Scenario: the last one's papers are printed, the one before it is packed. Expected: the first loses."""
        moves = self._create_holders()
        moves[2].picking_id.printed = True
        moves[1].move_line_ids.result_package_id = self.env["stock.package"].create({"name": "Parcel"})
        self._count(self.product, 6)
        self._assert_reserved(moves, [0, 3, 3], "Their goods are in somebody's hands.")
        self._count(self.product, 2)
        self._assert_reserved(moves, [0, 2, 0], "Among these the ranking counts.")

    def test_picked_is_never_lost(self):
        """Scenario: the last one is picked. Expected: the others lose."""
        moves = self._create_holders()
        moves[2].picked = True
        self._count(self.product, 5)
        self._assert_reserved(moves, [2, 0, 3], "It is not on the shelf any more.")

    def test_in_dozens(self):
        """Scenario: the last one holds a dozen, 21 there; 15 are counted. Expected: it keeps half of it."""
        self._add_stock(self.product, 12)
        moves = self._create_holders()
        dozen = self._create_delivery((self.product, 1, self.dozen)).move_ids
        dozen.ordered_date = moves[2].ordered_date
        self._count(self.product, 15)
        self._assert_reserved(moves, [3, 3, 3], "They were ordered before.")
        self.assertEqual(dozen.quantity, 0.5)

    def test_what_is_kept_is_lost_last(self):
        """Scenario: promises are kept; the first is raised from 3 to 6 after it was promised, and holds 6; a later one
        holds 3 that are kept for it. Expected: what the first was not promised goes first, then what ranks last."""
        self.warehouse.keep_promises = True
        first, second = self._create_delivery((self.product, 3)), self._create_delivery((self.product, 3))
        moves = first.move_ids | second.move_ids
        self._order_one_after_another(moves)
        first.move_ids.product_uom_qty = 6
        first.action_assign()
        self._assert_reserved(moves, [6, 3], "All is there.")
        self.assertEqual(moves.mapped("kept_quantity"), [3, 3])
        self._count(self.product, 7)
        self._assert_reserved(moves, [4, 3], "Of 6 only 3 were promised.")
        self._count(self.product, 4)
        self._assert_reserved(moves, [3, 1], "Of what is kept, the last in the ranking.")

    def test_what_is_kept_comes_before_a_deadline(self):
        """Scenario: what is kept for one without a deadline; another, which nothing is kept for, has one. Expected: the
        ranking's last loses, which it is."""
        self.warehouse.keep_promises = True
        kept, other = self._create_delivery((self.product, 3)), self._create_delivery((self.product, 3))
        moves = kept.move_ids | other.move_ids
        other.move_ids._write_facts({"kept_date": False, "kept_quantity": 0})
        other.move_ids.date_deadline = "2026-01-01"
        self._count(self.product, 4)
        self._assert_reserved(moves, [3, 1], "It was promised.")
