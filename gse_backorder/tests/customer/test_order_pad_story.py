from freezegun import freeze_time

from odoo.tests import tagged

from .test_order_pad_page import PadHttpCase

GOODS = {"Roof batten": (200, 200), "Sheep wool": (150, 150), "Roof shingle": (250, 60), "Gypsum board": (250, 130)}
LINES_OF_IT = "/my/deliveries/lines?search=BM-0389"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestOrderPadStory(PadHttpCase):
    """From the customer's portal until he has all of it: each of those who have to do with it, with just his rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        goods = {name: cls._create_product(name, there, list_price=1.0) for name, (_ordered, there) in GOODS.items()}
        cls.supply = cls._create_receipt((goods["Roof shingle"], 190), (goods["Gypsum board"], 120), days=19)
        cls._invalidate(cls)

    def _look(self, path):
        """Return what a page says to the customer, in its main part."""
        self._invalidate()
        return " ".join(self._read(self.url_open(path)).xpath("string(//main)").split())

    def test_from_the_portal_until_all_is_delivered(self):
        """Scenario: four lines, 850 items, of which 540 are there, are pasted in the portal and ordered; the picker
        ships, the rest comes, the picker ships again. Expected: at each step customer and picker see what is so."""
        self._login(self.owner)

        # He is told line by line, before he orders, and orders
        paste = "\n".join(f"{name}\t{ordered}" for name, (ordered, _there) in GOODS.items())
        page = self._read(self._post("/my/order/change", paste=paste, do="save"))
        statuses = page.xpath("//td/span[@data-status]/@data-status")
        self.assertEqual(statuses, ["available", "available", "short", "short"])
        text = " ".join(page.xpath("string(//main)").split())
        self.assertIn("2 of 4 lines ship now, all by 9 Dec.", text)
        answer = self._post("/my/order/change", **{**self._form(page), "reference": "BM-0389"}, do="save")
        answer = self._post("/my/order/change", **self._form(self._read(answer)), do="send")
        order = self._find_orders()
        self.assertIn(f"/my/orders/{order.id}", answer.url)
        self.assertEqual((order.state, order.client_order_ref), ("sale", "BM-0389"))

        # The picker sees the same lines, in the same colours, and ships what is there
        root = order.picking_ids.with_user(self.picker)
        self.assertEqual(root.move_ids.mapped("availability_status"), statuses)
        self.assertEqual(root.items_ordered, 850)
        self._ship(root)
        backorder = root.backorder_ids
        self.assertEqual((backorder.name, backorder.items_open), (f"{root.name}-R1", 310))
        self.assertEqual(root.fulfillment_state, "partially_picked")

        # The customer sees what has shipped, and that the rest follows under its number
        told = self._look(f"/my/deliveries/{root.id}")
        for words in ("540 of 850 items shipped", "2 lines complete, 2 in part", backorder.name):
            self.assertIn(words, told)
        self.assertIn(backorder.name, self._look("/my/deliveries"))
        told = self._look(LINES_OF_IT)
        for words in ("2 lines", "Roof shingle", "Gypsum board", "BM-0389", backorder.name):
            self.assertIn(words, told)
        for name in ("Roof batten", "Sheep wool"):
            self.assertNotIn(name, told)

        # What comes is his at once, and ships
        self.supply.with_user(self.picker).button_validate()
        self._invalidate()
        self.assertEqual(backorder.fulfillment_state, "ready")
        self.assertFalse(self._ship(backorder), "Nothing remains.")

        # He has all of it, and so says each place
        self.assertIn("All 850 items shipped", self._look(f"/my/deliveries/{root.id}"))
        self.assertIn("No line matches “BM-0389”.", self._look(LINES_OF_IT))
        self.assertEqual((root | backorder).mapped("fulfillment_state"), ["done", "done"])
        self.assertEqual(order.delivery_status, "full")
        self.assertEqual(order.order_line.mapped("qty_delivered"), order.order_line.mapped("product_uom_qty"))
