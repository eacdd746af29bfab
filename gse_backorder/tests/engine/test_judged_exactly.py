from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import float_compare

from ...models.engine.coverage import Coverage, split_in_unit
from ..customer.portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestJudgedExactly(PortalCase):
    """What is judged is judged in the product's unit, before it is rounded to the line's; and the parts add up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kilogram, cls.ton = cls.env.ref("uom.product_uom_kgm"), cls.env.ref("uom.product_uom_ton")
        cls.pallet, cls.box = cls.env["uom.uom"].create(
            [
                {"name": f"Pack of {pieces}", "relative_uom_id": cls.unit.id, "relative_factor": pieces}
                for pieces in (1000, 200)
            ]
        )

    def _create_cases(self):
        """Return ``[(product, quantity, unit, what of it is there in the product's unit, words)]``."""
        sand = self._create_product("Sand", stock=2496, uom_id=self.kilogram.id)
        return [
            (self._create_product("Brick", stock=998), 1, self.pallet, 998, "0.99 now, 0.01 without a date"),
            (sand, 2.5, self.ton, 2496, "2.49 now, 0.01 without a date"),
            (self._create_product("Nail", stock=199), 1, self.box, 199, "0.99 now, 0.01 without a date"),
        ]

    def _assert_short(self, line, open_quantity, words):
        self._invalidate()
        self.assertEqual((line.availability_status, line.availability_text), ("short", words), line.product_id.name)
        self.assertEqual(float_compare(line.qty_available_now + line.qty_short, open_quantity, precision_digits=2), 0)
        self.assertFalse(line.promise_date, "A part has no date.")

    def test_order(self):
        """Scenario: a little less than all is there. Expected: short, as a quotation, an order and a delivery."""
        for product, quantity, unit, _there, words in self._create_cases():
            order = self._create_order((product, quantity, unit), confirm=False)
            for confirm in (False, True):
                if confirm:
                    order.action_confirm()
                self._assert_short(order.order_line, quantity, words)
                self.assertEqual(order.availability_status, "short")

    def test_order_in_words(self):
        """Scenario: 20 of two dozen eggs are there, then all. Expected: pieces are added up before they are rounded."""
        product = self._create_product("Egg", stock=20)
        order = self._create_order((product, 2, self.dozen), confirm=False)
        self.assertEqual(order.shipping_text, "If confirmed now: 4 of 24 wait, without a date")
        order.action_confirm()
        self._assert_short(order.order_line, 2, "1.66 now, 0.34 without a date")
        self.assertEqual(order.shipping_text, "4 of 24 wait, without a date")
        self._ship(order.picking_ids)
        self._invalidate()
        self.assertEqual(order.shipping_text, "4 of 24 wait, without a date")
        self._add_stock(product, 4)
        self._invalidate()
        self.assertEqual(order.shipping_text, "The remaining 4 can ship now")

    def test_what_has_shipped_adds_up(self):
        """Scenario: 5 of a dozen eggs ship, 3 are there. Expected: 0.42 shipped and 0.58 to come are a dozen."""
        product = self._create_product("Egg", stock=8)
        order = self._create_order((product, 1, self.dozen))
        self._ship(order.picking_ids, 5)
        line = order.order_line
        self._invalidate()
        self.assertEqual((line.qty_delivered, line.availability_text), (0.42, "0.25 now, 0.33 without a date"))

    def test_line_in_the_unit_of_the_order(self):
        """Scenario: deliveries in the units of the orders. Expected: what is reserved is not rounded up to all."""
        self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        for product, quantity, unit, there, words in self._create_cases():
            order = self._create_order((product, quantity, unit))
            self._assert_short(order.picking_ids.move_ids, quantity, words)
            self._assert_short(order.order_line, quantity, words)
            self.assertEqual(order.picking_ids.items_available, there)

    def test_keyed_in_pieces(self):
        """Scenario: of a pallet 998 pieces are keyed, a whole one by a hundredth. Expected: what ships is not all, on
        the form and in *Complete*, which does not give up what is missing."""
        self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        [(product, quantity, unit, there, _words), *_rest] = self._create_cases()
        delivery = self._create_order((product, quantity, unit)).picking_ids
        delivery.move_ids.move_line_ids.write({"product_uom_id": self.unit.id, "quantity": there})
        for is_filled in (False, True):
            delivery.move_ids.picked = is_filled
            self.assertEqual(delivery._get_shipping_short(), delivery.move_ids)
            shipment = delivery._get_shipment()
            self.assertEqual((shipment.shipping_items, shipment.staying_items), (998, 2))
        self.assertIn("A part is filled", delivery.filled_text)
        self.delivery_type.create_backorder = "never"
        self.assertIn("would be cancelled", delivery._get_shipment().refusal)
        with self.assertRaisesRegex(UserError, "would be cancelled"):
            delivery.move_ids.with_context(keep_remainder=True)._action_done(cancel_backorder=True)

    def test_search(self):
        """Scenario: those lines are sought by their status. Expected: among the short ones."""
        orders = self.env["sale.order"].union(
            *(self._create_order((product, quantity, unit)) for product, quantity, unit, *_rest in self._create_cases())
        )
        for records in (orders, orders.order_line):
            found = records.search([("id", "in", records.ids), ("availability_status", "=", "short")])
            self.assertEqual(found, records)

    def test_page_after_a_part(self):
        """Scenario: what is there has shipped. Expected: the page and the order know what is still to come."""
        for product, quantity, unit, there, words in self._create_cases():
            order = self._create_order((product, quantity, unit), partner_id=self.owner.partner_id.id)
            before = self._get_page_line(order.picking_ids)
            self.assertEqual(
                (before["ordered"], before["shipped"], before["words"]),
                ("2.50" if quantity == 2.5 else "1", "0", words),
            )
            backorder = self._ship(order.picking_ids)
            self.assertEqual(
                backorder.items_open, product.uom_id.round(unit._compute_quantity(quantity, product.uom_id) - there)
            )
            line = self._get_page_line(backorder.backorder_id)
            self.assertEqual(line["remaining"], "0.01")
            self.assertEqual(line["shipped"], words.split()[0])
            self.assertEqual(line["ordered"], before["ordered"])
            self.assertEqual(line["status"], "missing")
            self._invalidate()
            self.assertEqual(order.order_line.availability_status, "missing", "Odoo says that all is delivered.")

    def _get_page_line(self, delivery):
        [line] = self.env["stock.customer.page"]._get_values(delivery)["lines"]
        return line

    def test_popover(self):
        """Scenario: 998 pieces, a pallet is wanted. Expected: less than one is free, and something lacks."""
        product, *_rest = self._create_cases()[0]
        move = self._create_order((product, 1, self.pallet)).picking_ids.move_ids
        quantities = move.with_user(self.picker).get_quantities(
            product.id, uom_id=self.pallet.id, location_id=self.stock.id
        )
        [stock] = quantities["stocks"]
        self.assertEqual((stock["on_hand"], stock["lacking"]), ("0.99", "0.01"))

    def test_parts_add_up(self):
        """Scenario: any parts of a pallet, a box, a dozen. Expected: they add up, and nothing is more than it is."""
        for unit in (self.pallet, self.box, self.dozen):
            whole = unit._compute_quantity(1, self.unit)
            for now in range(0, int(whole) + 1, 7):
                for expected in range(0, int(whole) - now + 1, 31):
                    coverage = Coverage(now, expected, whole - now - expected)
                    told = coverage.convert(self.unit, unit)
                    self.assertEqual(unit.compare(told.total, 1), 0, coverage)
                    self.assertEqual(told.status, coverage.status)
                    self.assertEqual(bool(told.uncovered), bool(coverage.uncovered))
                    self.assertTrue(
                        told.now <= now / whole + 1e-9 and min(told.now, told.expected, told.uncovered) >= 0
                    )

    def test_last_part_is_told(self):
        """Scenario: three parts, the last one next to nothing. Expected: it is told; what is nothing is not."""
        self.assertEqual(split_in_unit((500, 499, 1), self.unit, self.pallet), [0.5, 0.49, 0.01])
        self.assertEqual(split_in_unit((500, 500, 0), self.unit, self.pallet), [0.5, 0.5, 0.0])
        self.assertEqual(split_in_unit((0, 0, 2), self.unit, self.pallet), [0.0, 0.0, 0.01])
        self.assertEqual(split_in_unit((10, 0, 0), self.unit, self.dozen, whole=0.83), [0.83, 0.0, 0.0])

    def test_no_noise_is_told(self):
        """Scenario: all pairs of hundredths of a dozen, in pieces. Expected: they are these hundredths again."""
        for whole in range(2, 130):
            for first in range(1, whole):
                parts = [self.unit.round(part * 0.12) for part in (first, whole - first)]
                told = split_in_unit(parts, self.unit, self.dozen)
                self.assertEqual(told, [self.dozen.round(part / 100) for part in (first, whole - first)], parts)

    # ---- what is stocked in the greater unit ---------------------------------------

    def _create_coarse_cases(self):
        """Return ``[(product, quantity, unit, what of it is there, words)]`` of goods stocked in a greater unit."""
        ash = self._create_product("Ash", stock=0.5, uom_id=self.ton.id)
        return [
            (self._create_product("Egg", stock=1, uom_id=self.dozen.id), 13, self.unit, 12, "12 now, 1 without a date"),
            (self._create_product("Pea", stock=2, uom_id=self.dozen.id), 31, self.unit, 24, "24 now, 7 without a date"),
            (ash, 750, self.kilogram, 500, "500 now, 250 without a date"),
        ]

    def test_ordered_in_the_smaller_unit(self):
        """Scenario: pieces of what is stocked by the dozen, kilograms of what is by the ton, with two decimals; a part
        is there. Expected: quotation, order, page and rest say pieces that add up to what was ordered."""
        for propagate in ("0", "1"):
            self.env["ir.config_parameter"].set_param("stock.propagate_uom", propagate)
            for product, quantity, unit, there, words in self._create_coarse_cases():
                order = self._create_order((product, quantity, unit), confirm=False)
                self._assert_short(order.order_line, quantity, words)
                order.action_confirm()
                self._assert_short(order.order_line, quantity, words)
                root = order.picking_ids
                [line] = self.env["stock.customer.page"]._get_values(root)["lines"]
                self.assertEqual((line["ordered"], line["shipped"]), (str(quantity), "0"), product.name)
                self._ship(root)
                self._invalidate()
                self.assertEqual(
                    (order.order_line.qty_available_now, order.order_line.qty_short), (0, quantity - there)
                )
                [line] = self.env["stock.customer.page"]._get_values(root)["lines"]
                shown = [line[name] for name in ("ordered", "shipped", "remaining")]
                self.assertEqual(shown, [str(quantity), str(there), str(quantity - there)], product.name)

    def test_less_than_the_unit_can_tell(self):
        """Scenario: 503 kg of what is stocked by the ton, half a ton is there: with two decimals that is all. Expected:
        green, of all that was ordered; it ships in full, and nothing was given up."""
        for propagate in ("0", "1"):
            self.env["ir.config_parameter"].set_param("stock.propagate_uom", propagate)
            product = self._create_product("Sand", stock=0.5, uom_id=self.ton.id)
            order = self._create_order((product, 503, self.kilogram))
            self.assertEqual(
                (order.order_line.availability_status, order.order_line.qty_available_now), ("available", 503)
            )
            self.assertFalse(self._ship(order.picking_ids))
            self._invalidate()
            self.assertEqual(order.picking_ids.fulfillment_state, "done")
            self._assert_installing_says_the_same(order.picking_ids)

    def test_given_up_in_the_smaller_unit(self):
        """Scenario: 999 of a crate of 1,000 ship, the last one is given up. Expected: closed short, whatever the crate
        says."""
        self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        self.delivery_type.create_backorder = "never"
        box = self.env["uom.uom"].create({"name": "Crate", "relative_uom_id": self.unit.id, "relative_factor": 1000})
        order = self._create_order((self._create_product("Nail", stock=999), 1, box))
        delivery = order.picking_ids
        delivery.move_ids.move_line_ids.write({"product_uom_id": self.unit.id, "quantity": 999})
        self._ship(delivery)
        self._invalidate()
        self.assertEqual(delivery.fulfillment_state, "closed_short")
        self._assert_installing_says_the_same(delivery)
