from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestChain(BackorderCase):
    """The chain is traceable: from every member to every other, on the screen and in the chatter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_product("Beam", stock=100)

    def _make_chain(self):
        root = self._create_delivery((self.product, 10))
        first = self._ship(root, 4)
        return root, first, self._ship(first, 3)

    def test_chain_is_the_same_from_everywhere(self):
        """Scenario: a chain of three. Expected: each member shows all three, in the order of their making."""
        chain = self._make_chain()
        for member in chain:
            self.assertEqual(list(member.chain_ids), list(chain), f"The chain seen from {member.name}.")
            self.assertEqual(member.chain_count, 3, "The smart button counts them.")
        action = chain[1].with_user(self.picker).action_view_chain()
        self.assertEqual(
            self.env["stock.picking"].search(action["domain"]).sorted("backorder_index"),
            chain[0] | chain[1] | chain[2],
            "The smart button opens the whole chain.",
        )

    def test_lone_delivery(self):
        """Scenario: a delivery without backorders. Expected: a chain of itself, which no button shows."""
        delivery = self._create_delivery((self.product, 1))
        self.assertEqual((delivery.chain_ids, delivery.chain_count), (delivery, 1), "It is its own chain.")

    def test_chatter_links_both_ways(self):
        """Scenario: a chain of three. Expected: messages link forward, back, and to the original."""
        root, first, second = self._make_chain()

        def links(picking):
            bodies = " ".join(str(message.body) for message in picking.message_ids)
            return {other for other in (root, first, second) if f'data-oe-id="{other.id}"' in bodies}

        self.assertIn(first, links(root), "The original names its backorder.")
        self.assertEqual(links(first), {root, second}, "The backorder names what is before and behind it.")
        self.assertEqual(links(second), {first, root}, "A second backorder names the original, too.")

    def test_note(self):
        """Scenario: the note is read, edited and translated. Expected: standard until edited, in the reader's words."""
        root, first, second = self._make_chain()
        self.assertFalse(root.backorder_note, "An original needs no explanation.")
        self.assertEqual(first.backorder_note, "Picking backorder — remainder to ship", "The standard note.")
        self.env["res.lang"]._activate_lang("fr_FR")
        self.delivery_type.backorder_note = "What we still owe you"
        self.delivery_type.with_context(lang="fr_FR").backorder_note = "Ce que nous vous devons encore"
        self.assertEqual(first.backorder_note, "What we still owe you", "The note of the operation type.")
        self.assertEqual(
            first.with_context(lang="fr_FR").backorder_note, "Ce que nous vous devons encore", "In French as well."
        )
        first.with_user(self.picker).backorder_note = "Leaves with the next truck"
        self.assertEqual(first.backorder_note, "Leaves with the next truck", "What a person writes stands.")
        self.assertEqual(second.backorder_note, "What we still owe you", "And only where he wrote it.")

    def test_note_is_printed(self):
        """Scenario: the delivery slip and the picking operations of a backorder. Expected: note and origin on both."""
        root, first, _second = self._make_chain()
        for report in ("stock.action_report_delivery", "stock.action_report_picking"):
            html = self.env["ir.actions.report"]._render_qweb_html(report, first.ids)[0].decode()
            self.assertIn("Picking backorder — remainder to ship", html, f"{report} explains the backorder.")
            self.assertIn(f"Backorder of <span>{root.name}</span>", html, f"{report} names the original.")
            html = self.env["ir.actions.report"]._render_qweb_html(report, root.ids)[0].decode()
            self.assertNotIn("Backorder of", html, f"{report} of an original has no such note.")

    def test_items(self):
        """Scenario: dozens and units in one chain. Expected: items in the products' units add up over the chain."""
        root = self._create_delivery((self.product, 2, self.dozen), (self._create_product("Nail", stock=3), 10))
        backorder = self._ship(root, 1, 3)
        self.assertEqual((root.items_ordered, root.items_shipped, root.items_open), (15, 15, 0), "12 + 3 shipped.")
        self.assertEqual(
            (backorder.items_ordered, backorder.items_shipped, backorder.items_open), (19, 0, 19), "12 + 7 remain."
        )
        backorder.action_cancel()
        self.assertEqual((backorder.items_open, backorder.items_cancelled), (0, 19), "Cancelled, not lost.")

    def test_pick_pack_ship(self):
        """Scenario: three steps, a part is picked. Expected: each step has its own chain, the rest follows alone."""
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._create_order((self.product, 10))
        pick = order.picking_ids
        pick_backorder = self._ship(pick, 6)
        self.assertEqual(pick_backorder.name, f"{pick.name}-R1", "The pick step is numbered as deliveries are.")
        pack = order.picking_ids - pick - pick_backorder
        self.assertEqual(sum(pack.move_ids.mapped("product_uom_qty")), 6, "What was picked goes on.")
        pack_backorder = self._ship(pack, 5)
        self.assertEqual(pack_backorder.name, f"{pack.name}-R1", "So is the pack step.")
        ship = (order.picking_ids - pick - pick_backorder - pack - pack_backorder).filtered(
            lambda picking: picking.picking_type_id == self.delivery_type
        )
        self.assertEqual(sum(ship.move_ids.mapped("product_uom_qty")), 5, "What was packed goes on.")
        self.assertEqual(
            sum(order.picking_ids.filtered(lambda p: p.state != "done").mapped("items_open")),
            10,
            "One waits to be packed, four to be picked, five to be shipped.",
        )

    def test_lots(self):
        """Scenario: two lots, one and a half of them ship. Expected: the remainder holds the rest."""
        product = self._create_product("Paint", tracking="lot")
        for name in ("A", "B"):
            lot = self.env["stock.lot"].create({"name": name, "product_id": product.id})
            self._add_stock(product, 5, lot_id=lot)
        root = self._create_delivery((product, 10))
        root.move_ids.move_line_ids.filtered(lambda line: line.lot_id.name == "B").quantity = 2
        backorder = self._ship(root)
        self.assertEqual(backorder.move_ids.product_uom_qty, 3, "Three of lot B remain.")
        self.assertEqual(backorder.move_ids.move_line_ids.lot_id.name, "B", "And are reserved from it.")

    def test_serials(self):
        """Scenario: three serial numbers are ordered, one is picked. Expected: two go to the backorder."""
        product = self._create_product("Pump", tracking="serial")
        for name in ("S1", "S2", "S3"):
            self._add_stock(product, 1, lot_id=self.env["stock.lot"].create({"name": name, "product_id": product.id}))
        root = self._create_delivery((product, 3))
        root.move_ids.move_line_ids[0].picked = True
        backorder = self._ship(root)
        self.assertEqual((root.move_ids.quantity, backorder.move_ids.product_uom_qty), (1, 2), "One and two.")

    def test_package(self):
        """Scenario: what ships is put in a package. Expected: the backorder has the rest and no package."""
        root = self._create_delivery((self.product, 10))
        root.move_ids.quantity = 4
        root.action_put_in_pack()
        backorder = self._ship(root)
        self.assertTrue(root.move_ids.move_line_ids.result_package_id, "What ships is in the package.")
        self.assertEqual(backorder.move_ids.product_uom_qty, 6, "The rest is in the backorder.")
        self.assertFalse(backorder.move_ids.move_line_ids.result_package_id, "Which has no package yet.")

    def test_unit_of_the_line(self):
        """Scenario: 2 dozens are ordered, 1 ships. Expected: the remainder is 1 dozen, not 12 units."""
        root = self._create_delivery((self.product, 2, self.dozen))
        backorder = self._ship(root, 1)
        self.assertEqual(
            (backorder.move_ids.product_uom_qty, backorder.move_ids.product_uom), (1, self.dozen), "In dozens."
        )

    def test_complete_line_does_not_travel(self):
        """Scenario: one line complete, one short. Expected: only the short one is in the backorder."""
        nail = self._create_product("Nail", stock=3)
        root = self._create_delivery((self.product, 5), (nail, 10))
        backorder = self._ship(root)
        self.assertEqual(backorder.move_ids.product_id, nail, "Only what is missing.")
        self.assertEqual(backorder.move_ids.product_uom_qty, 7, "And as much as is missing.")
