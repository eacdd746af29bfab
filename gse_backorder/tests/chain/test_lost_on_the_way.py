from odoo.tests import tagged

from ...models.chain.links import get_links_sql
from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestLostOnTheWay(BackorderCase):
    """Goods are lost after they were picked: what is still to be picked belongs to their shipment as before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.delivery_steps = "pick_pack_ship"
        (cls.warehouse.pick_type_id | cls.warehouse.pack_type_id).create_backorder = "always"
        cls.packing, cls.output = cls.warehouse.wh_pack_stock_loc_id, cls.warehouse.wh_output_stock_loc_id

    def _lose(self, how, transfer, quantity):
        """Lose *quantity* of what *transfer* has reserved: by a count, by a scrap, or by a scrap in the transfer."""
        product, place = transfer.product_id, transfer.location_id
        if how == "count":
            quant = self.env["stock.quant"]._gather(product, place, strict=True)
            quant.with_context(inventory_mode=True).inventory_quantity = quant.quantity - quantity
            quant.action_apply_inventory()
            return
        scrap = {"product_id": product.id, "scrap_qty": quantity, "location_id": place.id}
        if how == "scrap of the transfer":
            scrap["picking_id"] = transfer.id
        self.assertIs(self.env["stock.scrap"].create(scrap).action_validate(), True)

    def _pick_six_of_ten(self, to):
        """Return an order of 10 of which 6 were brought to *to*, the pick of the rest, and what takes them on."""
        order = self._create_order((self._create_product("Beam", stock=6), 10))
        rest = self._ship(order.picking_ids)
        while (onward := order.picking_ids.filtered(lambda step: step.state == "assigned")).location_id != to:
            self._ship(onward)
        return order, rest, onward

    def _go_on(self, order):
        """Do all that can be done, one step after the other; return the deliveries."""
        while ready := order.picking_ids.filtered(lambda step: step.state == "assigned"):
            self._ship(ready[0])
            # Odoo's scheduler does so.
            order.picking_ids.move_ids.filtered(lambda move: move.state == "confirmed")._action_assign()
        self._invalidate()
        return self._get_deliveries(order)

    def _get_deliveries(self, order):
        return order.picking_ids.filtered(lambda step: step.location_dest_id == self.customers).sorted("id")

    def _assert_told(self, order, ordered, shipped, to_come):
        """Every delivery says the same of the whole, and so do the order's line, the page, the slip and the report."""
        self._invalidate()
        line = order.order_line
        deliveries = self._get_deliveries(order)
        self.assertEqual(line.qty_available_now + line.qty_short, to_come)
        for delivery in deliveries:
            totals = delivery._get_chain_totals()
            figures = [totals[name] for name in ("ordered", "shipped", "open", "cancelled")]
            self.assertEqual(figures, [ordered, shipped, to_come, 0], delivery.name)
        page = self.env["stock.customer.page"]._get_values(deliveries[0])
        [told] = page["lines"]
        self.assertEqual(
            (told["ordered"], told["shipped"], told["remaining"]), (str(ordered), str(shipped), str(to_come))
        )
        [row] = self.env["stock.backorder.report"].search([("sale_id", "=", order.id)])
        self.assertEqual((row.qty_ordered, row.qty_shipped, row.qty_open), (ordered, shipped, to_come))
        awaited = self.env["stock.customer.lines"]._judge(self.customer, deliveries.move_ids._filtered_open()[:1].ids)
        for line in awaited:
            figures = line.figures
            self.assertEqual((figures.ordered, figures.shipped, figures.remaining), (ordered, shipped, to_come))
        self._assert_installing_says_the_same(order.picking_ids)
        return page["summary"]["text"]

    def test_lost_at_the_door(self):
        """Scenario: 10 ordered, 6 are at the door, 2 of them are lost. Expected: 4 now, and 6 to come, of which 4 are
        still picked; once these 4 have shipped, 6."""
        for how in ("count", "scrap", "scrap of the transfer"):
            with self.subTest(how):
                order, rest, delivery = self._pick_six_of_ten(self.output)
                self._assert_told(order, 10, 0, 10)
                self._lose(how, delivery, 2)
                self._assert_told(order, 10, 0, 10)
                self.assertEqual(order.order_line.availability_text, "4 now, 6 without a date")
                text = delivery._get_slip_totals_text()
                self.assertEqual(text, "4 of 10 items shipped, this delivery included; 6 to come")
                lost = self._ship(delivery)
                self.assertEqual(self._assert_told(order, 10, 4, 6), "4 of 10 items shipped: 1 line in part")
                self.assertEqual(sum(delivery._get_quantities_to_come().values()), 6)

                lost.action_cancel()
                self._invalidate()
                self.assertEqual(delivery.fulfillment_state, "partially_picked", "Four are still to be picked.")
                self._assert_installing_says_the_same(order.picking_ids)
                self._add_stock(delivery.product_id, 4)
                rest.action_assign()
                [first, _lost, last] = self._go_on(order)
                self.assertEqual(last.backorder_root_id, delivery, "What is picked later is a part of the same chain.")
                self.assertEqual((first.fulfillment_state, last.fulfillment_state), ("closed_short", "done"))
                self._assert_installing_says_the_same(order.picking_ids)

    def test_rest_is_given_up(self):
        """Scenario: the same; all that was left at the door ships, and the rest of the pick is cancelled.
        Expected: closed short at once, not only after the next thing that happens to it."""
        order, rest, delivery = self._pick_six_of_ten(self.output)
        self._lose("count", delivery, 2)
        self._ship(delivery).action_cancel()
        self._invalidate()
        self.assertEqual(delivery.fulfillment_state, "partially_picked")
        rest.action_cancel()
        self._invalidate()
        self.assertEqual(delivery.fulfillment_state, "closed_short")
        totals = delivery._get_chain_totals()
        figures = [totals[name] for name in ("ordered", "shipped", "open", "cancelled")]
        self.assertEqual(figures, [10, 4, 0, 6])
        self._assert_installing_says_the_same(order.picking_ids)

    def test_lost_twice(self):
        """Scenario: what was picked later is lost at the door, too. Expected: it is to come, and counts once."""
        order, rest, delivery = self._pick_six_of_ten(self.output)
        self._lose("count", delivery, 6)
        self._add_stock(delivery.product_id, 4)
        rest.action_assign()
        self._ship(rest)
        pack = order.picking_ids.filtered(lambda step: step.state == "assigned")
        self._ship(pack)
        self._assert_told(order, 10, 0, 10)
        self._lose("count", delivery, 3)
        self._assert_told(order, 10, 0, 10)
        self.assertEqual(order.order_line.qty_available_now, 1)

    def test_lost_while_packing(self):
        """Scenario: the two are lost where the goods are packed. Expected: the same is said."""
        order, _rest, pack = self._pick_six_of_ten(self.packing)
        self._lose("count", pack, 2)
        self._ship(pack)
        self.assertEqual(self._assert_told(order, 10, 0, 10), "Nothing has shipped yet: 1 line to come")
        self._go_on(order)
        self._assert_told(order, 10, 4, 6)
        self._add_stock(pack.product_id, 4)
        order.picking_ids.move_ids.filtered(lambda move: move.state == "confirmed")._action_assign()
        self._go_on(order)
        self._assert_told(order, 10, 8, 2)

    def test_other_chain_of_the_line(self):
        """Scenario: a line that has shipped is raised; 1 of its first delivery's rest was lost. Expected: what is
        picked for the second chain is not counted with the first one."""
        order, rest, delivery = self._pick_six_of_ten(self.output)
        rest.action_cancel()
        self._lose("count", delivery, 1)
        order.order_line.product_uom_qty = 15
        self._invalidate()
        self._assert_links_are_the_same(order)

    def _assert_links_are_the_same(self, order):
        """Python finds the same links as SQL."""
        moves = order.order_line.move_ids
        self.env.flush_all()
        self.env.cr.execute(get_links_sql())
        links = {(before, after) for before, after in self.env.cr.fetchall() if after in moves.ids}
        self.assertEqual(links, {(before.id, after.id) for after in moves for before in after._get_bringers()})
        self.assertEqual(links, {(before.id, after.id) for before in moves for after in before._get_followers()})

    def test_python_is_sql(self):
        """Scenario: links that are cut at each place, in kits, too. Expected: Python and SQL find the same ones."""
        for place in (self.packing, self.output):
            order, _rest, onward = self._pick_six_of_ten(place)
            self._lose("count", onward, 2)
            self.assertFalse(onward.move_ids.move_orig_ids, "Odoo has cut it.")
            self.assertTrue(onward.move_ids._get_bringers())
            self._assert_links_are_the_same(order)
            self._go_on(order)
            self._assert_links_are_the_same(order)

    def test_returned(self):
        """Scenario: what has shipped comes back, and something is still to be picked. Expected: it has no steps."""
        order, _rest, delivery = self._pick_six_of_ten(self.output)
        self._ship(delivery)
        wizard = self.env["stock.return.picking"].with_context(active_id=delivery.id, active_model="stock.picking")
        wizard = wizard.create({"picking_id": delivery.id})
        wizard.product_return_moves.quantity = 2
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._ship(back)
        self._invalidate()
        self.assertFalse(back._get_steps_before())
        self.assertEqual(back.fulfillment_state, "done")
        self._assert_installing_says_the_same(order.picking_ids)
