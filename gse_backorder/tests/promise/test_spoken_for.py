from odoo import Command
from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestSpokenFor(BackorderCase):
    """That there is nothing is said where there is nothing; else that what there is, and comes, is for others."""

    def _assert_words(self, lines, words):
        self._invalidate()
        for line in lines:
            self.assertEqual((line.availability_status, line.availability_text), ("missing", words), line)

    def test_one(self):
        """Scenario: one is there, one comes, each for another. Expected: nobody says "all 1"."""
        for stock, expected, words in (
            (1, 0, "all that is in stock is for others"),
            (0, 1, "all that is expected is for others"),
            (1.5, 0, "all that is in stock is for others"),
            (1, 120, "all that is in stock and expected is for others"),
        ):
            product = self._create_product("Beam", stock=stock)
            if expected:
                self._create_receipt((product, expected))
            self._create_delivery((product, stock + expected))
            self._assert_words([self._create_delivery((product, 1)).move_ids], words)

    def test_bought_for_the_order(self):
        """Scenario: 20 are there, free, but the line is bought for its order. Expected: not that others have them."""
        to_order = self.env.ref("stock.route_warehouse0_mto")
        to_order.active = True
        buys = self.warehouse.buy_pull_id.route_id
        product = self._create_product(
            "Beam",
            stock=20,
            route_ids=[Command.set((to_order | buys).ids)],
            seller_ids=[Command.create({"partner_id": self.vendor.id, "price": 7})],
        )
        line = self._create_order((product, 6)).order_line
        words = "nothing on order for it, and it is not taken from stock"
        self._assert_words([line, line.move_ids], words)
        self.env["purchase.order.line"].search([("product_id", "=", product.id)]).order_id.button_confirm()
        self._invalidate()
        self.assertEqual(line.availability_status, "short", "It is, now.")

    def test_less_than_can_be_told(self):
        """Scenario: three bricks, by the pallet of 1,000. Expected: not "all 0 expected"."""
        pallet = self.env["uom.uom"].create(
            {"name": "Pallet", "relative_uom_id": self.unit.id, "relative_factor": 1000}
        )
        product = self._create_product("Brick", stock=3)
        self._create_delivery((product, 3))
        line = self._create_order((product, 1, pallet)).order_line
        self._assert_words([line], "all that is in stock is for others")

    def test_on_a_shelf(self):
        """Scenario: a delivery from one shelf; what is there is for another, or lies on another shelf."""
        shelf, other = self.env["stock.location"].create(
            [{"name": name, "location_id": self.stock.id} for name in ("Shelf A", "Shelf B")]
        )
        product = self._create_product("Beam")
        self._add_stock(product, 5, location=shelf)
        self._create_delivery((product, 5))
        for place, words in ((shelf, "all 5 in stock are for others"), (other, "nothing in stock or on order")):
            delivery = self._create_delivery((product, 5), confirm=False)
            delivery.location_id = delivery.move_ids.location_id = place
            delivery.action_confirm()
            self._assert_words([delivery.move_ids], words)

    def test_in_another_warehouse(self):
        """Scenario: nothing here; another warehouse has 20, a third one less; or some are on order there; or another
        company has them. Expected: the one with most of it free is named; else that there is nothing is said of here
        alone; other companies' stock is no matter."""
        north, south = self.env["stock.warehouse"].create(
            [{"name": name, "code": name[:3].upper()} for name in ("North", "South")]
        )
        other = self.env["res.company"].create({"name": "Other Company"})
        theirs = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        here = "nothing in stock or on order here"
        for words, *stocks in (
            (f"{here}; South has 20 free", (north, 3), (south, 20)),
            (f"{here}; North has 1 free", (north, 1)),
            ("nothing in stock or on order", (theirs, 9)),
        ):
            product = self._create_product("Beam")
            for house, quantity in stocks:
                self._add_stock(product, quantity, location=house.lot_stock_id)
            quotation = self._create_order((product, 2), confirm=False).order_line
            order = self._create_order((product, 5)).order_line
            self._assert_words([order, order.move_ids, quotation], words)
        product = self._create_product("Bolt")
        ours = self._create_receipt((product, 5))
        comes = ours.copy({"picking_type_id": south.in_type_id.id, "location_dest_id": south.lot_stock_id.id})
        comes.move_ids.location_dest_id = south.lot_stock_id
        ours.action_cancel()
        comes.action_confirm()
        self._assert_words([self._create_order((product, 2)).order_line], here)

    def test_elsewhere_as_it_is_told(self):
        """Scenario: 18 are free in another warehouse, 6 of them reserved there; sold here by the dozen. Expected: in
        the unit of the line, rounded down; the customer reads that there is no date yet; a warehouse that is archived
        has nothing to say."""
        south = self.env["stock.warehouse"].create({"name": "South", "code": "SOU"})
        product = self._create_product("Egg")
        self._add_stock(product, 24, location=south.lot_stock_id)
        self._create_order((product, 6), warehouse_id=south.id)
        order = self._create_order((product, 1, self.dozen))
        words = "nothing in stock or on order here; South has 1.50 free"
        self._assert_words([order.order_line], words)
        [line] = self.env["stock.customer.page"]._get_values(order.picking_ids)["lines"]
        self.assertEqual(line["words"], "no date yet")
        self._create_order((product, 18), warehouse_id=south.id)
        self._assert_words([order.order_line], "nothing in stock or on order here")
        [line] = self.env["stock.customer.page"]._get_values(order.picking_ids)["lines"]
        self.assertEqual(line["words"], "no date yet")

    def test_elsewhere_costs_nothing(self):
        """Scenario: 2 and 12 lines of which there is nothing, and another warehouse. Expected: as many queries."""
        self.env["stock.warehouse"].create({"name": "South", "code": "SOU"})
        counts = []
        for number in (2, 12, 12):
            products = [self._create_product(f"Beam {index}") for index in range(number)]
            move_ids = self._create_delivery(*((product, 1) for product in products)).move_ids.ids
            self._invalidate()
            moves, before = self.env["stock.move"].browse(move_ids), self.env.cr.sql_log_count
            self.assertEqual(set(moves.mapped("availability_text")), {"nothing in stock or on order"})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertLessEqual(counts[1], counts[0])

    def test_over_several_steps(self):
        """Scenario: another warehouse resupplies ours, and all six there are for others. Expected: all say so."""
        source = self.env["stock.warehouse"].create({"name": "Source", "code": "SRC"})
        self.warehouse.write({"resupply_wh_ids": [Command.set(source.ids)], "delivery_steps": "pick_pack_ship"})
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        routes = mto | self.warehouse.resupply_route_ids
        product = self._create_product("Beam", route_ids=[Command.set(routes.ids)])
        self._add_stock(product, 6, location=source.lot_stock_id)
        self._create_order((product, 6))
        order = self._create_order((product, 4))
        self.assertGreater(len(order.picking_ids), 1, "It comes over several steps.")
        lines = [*order.order_line, *order.picking_ids.move_ids]
        self._assert_words(lines, "all 6 in stock are for others")

    def test_one_is_reserved(self):
        """Scenario: one of two is reserved. Expected: Why? says so in the singular."""
        move = self._create_delivery((self._create_product("Beam", stock=1), 2)).move_ids
        [explanation] = move.with_user(self.picker).mapped("allocation_explanation")
        self.assertIn("is reserved for this line", explanation)
