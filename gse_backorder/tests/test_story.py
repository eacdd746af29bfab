from freezegun import freeze_time

from odoo.tests import tagged

from .common import BackorderCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestStory(BackorderCase):
    """The product's own story: 850 items are ordered, 540 ship, 310 follow as -R1, the loop closes."""

    def test_story(self):
        """Scenario: as the title says, in two companies' worth of plain users. Expected: right at each step."""
        lines = {"Beam": (200, 200), "Insulation": (150, 150), "Shingle": (250, 60), "Gypsum": (250, 130)}
        products = {name: self._create_product(name, stock) for name, (_ordered, stock) in lines.items()}
        receipt = self._create_receipt((products["Shingle"], 190), (products["Gypsum"], 120), days=19)
        order = self._create_order(
            *((products[name], ordered) for name, (ordered, _stock) in lines.items()), user_id=self.salesperson.id
        )
        root = order.picking_ids.with_user(self.picker)

        # Before anything is picked
        self.assertEqual((root.items_ordered, root.fulfillment_state), (850, "partial"), "850 items, a part can ship.")
        self.assertEqual(
            root.move_ids.mapped("availability_text"),
            ["200 now", "150 now", "60 now, 190 on 9 Dec", "130 now, 120 on 9 Dec"],
            "Two lines complete, two short, each with its day.",
        )
        self.assertEqual(
            order.order_line.mapped("availability_status"),
            ["available", "available", "short", "short"],
            "In Sales too.",
        )

        # The picker ships what is there
        backorder = self._ship(root)
        self.assertEqual((backorder.name, backorder.backorder_index), (f"{root.name}-R1", 1), "The remainder's number.")
        self.assertEqual(backorder.backorder_root_id, root, "Counted from the original.")
        self.assertEqual((root.items_shipped, backorder.items_open), (540, 310), "850 = 540 + 310.")
        self.assertEqual(
            (root | backorder).mapped("fulfillment_state"), ["partially_picked", "waiting"], "Shipped in part."
        )
        self.assertEqual(order.open_backorder_count, 1, "Sales sees one open backorder.")
        self.assertEqual(
            backorder.move_ids.mapped("availability_text"), ["190 on 9 Dec", "120 on 9 Dec"], "Nothing to ship yet."
        )

        # The receipt is validated: the backorder gets it at once
        receipt.with_user(self.picker).button_validate()
        self._invalidate()
        self.assertEqual((backorder.state, backorder.fulfillment_state), ("assigned", "ready"), "By itself.")
        self.assertEqual(backorder.move_ids.mapped("availability_status"), ["available"] * 2, "Both lines are green.")

        # The remainder ships, the loop is closed
        self.assertFalse(self._ship(backorder), "Nothing remains.")
        self.assertEqual((root.items_shipped, backorder.items_shipped), (540, 310), "850 = 540 + 310 shipped.")
        self.assertEqual((root | backorder).mapped("fulfillment_state"), ["done", "done"], "The whole chain is done.")
        self._invalidate()
        self.assertEqual((order.delivery_status, order.open_backorder_count), ("full", 0), "Delivered 100 %.")
        self.assertEqual(
            [line.qty_delivered for line in order.order_line], [200, 150, 250, 250], "Every line, in full."
        )
