from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestGivenUp(BackorderCase):
    """What a pick or a pack closes short is closed short for the customer, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.delivery_steps = "pick_pack_ship"
        (cls.warehouse.pick_type_id | cls.warehouse.pack_type_id).create_backorder = "never"
        cls.product = cls._create_product("Beam", stock=6)

    def _ship_steps(self, order, *quantities):
        """Do what can be done of one step after the other, at most *quantities*; return the delivery."""
        for quantity in quantities:
            step = order.picking_ids.filtered(lambda transfer: transfer.state not in ("done", "cancel"))
            self.assertFalse(self._ship(step, *([quantity] if quantity else [])), "Nothing is left to be done.")
        self._invalidate()
        return order.picking_ids.filtered("is_bound_for_customer")

    def _assert_told(self, delivery, ordered, shipped, cancelled):
        self.assertEqual(delivery.fulfillment_state, "closed_short")
        totals = delivery._get_chain_totals()
        self.assertEqual(
            [totals[name] for name in ("ordered", "shipped", "open", "cancelled")], [ordered, shipped, 0, cancelled]
        )
        page = self.env["stock.customer.page"]._get_values(delivery)
        [line] = page["lines"]
        self.assertEqual((line["ordered"], line["shipped"], line["remaining"]), (str(ordered), str(shipped), "0"))
        self.assertEqual(line["cancelled_text"], f"{cancelled} cancelled")
        row = self.env["stock.backorder.report"].search([("sale_id", "=", delivery.sale_id.id)])
        self.assertEqual(
            (row.qty_ordered, row.qty_shipped, row.qty_open, row.qty_cancelled), (ordered, shipped, 0, cancelled)
        )
        self.assertEqual((row.state, row.first_fill_rate, row.order_fill_rate), ("short", 0, 0))

    def test_pick_that_makes_no_backorder(self):
        """Scenario: 10 ordered, 6 picked, no backorder. Expected: closed short, 4 cancelled, not filled."""
        delivery = self._ship_steps(self._create_order((self.product, 10)), None, None, None)
        self._assert_told(delivery, 10, 6, 4)

    def test_pick_and_pack(self):
        """Scenario: 6 of 10 picked, 5 of these packed. Expected: 5 cancelled."""
        delivery = self._ship_steps(self._create_order((self.product, 10)), None, 5, None)
        self._assert_told(delivery, 10, 5, 5)

    def test_in_dozens(self):
        """Scenario: a dozen ordered, 6 pieces there. Expected: half of it is cancelled."""
        delivery = self._ship_steps(self._create_order((self.product, 1, self.dozen)), None, None, None)
        self.assertEqual(delivery.fulfillment_state, "closed_short")
        totals = delivery._get_chain_totals()
        self.assertEqual((totals["ordered"], totals["shipped"], totals["cancelled"]), (12, 6, 6))

    def test_line_of_which_nothing_was_picked(self):
        """Scenario: two lines, nothing there of the second. Expected: it is cancelled, and the delivery short."""
        order = self._create_order((self.product, 6), (self._create_product("Bolt"), 3))
        delivery = self._ship_steps(order, None, None, None)
        self.assertEqual(delivery.fulfillment_state, "closed_short")
        totals = delivery._get_chain_totals()
        self.assertEqual((totals["ordered"], totals["shipped"], totals["cancelled"]), (9, 6, 3))

    def test_all_picked(self):
        """Scenario: all is picked. Expected: fulfilled."""
        delivery = self._ship_steps(self._create_order((self.product, 6)), None, None, None)
        self.assertEqual(delivery.fulfillment_state, "done")
        self.assertEqual(delivery._get_chain_totals()["cancelled"], 0)

    def test_customer_is_told(self):
        """Scenario: he is told of what is cancelled. Expected: when it ships, with the four that never come."""
        self.company.mail_backorder_closed = True
        delivery = self._ship_steps(self._create_order((self.product, 10)), None, None, None)
        notice = self.env["stock.customer.notice"].search([("picking_id", "=", delivery.id)])
        self.assertIn("closed", notice.mapped("event"))
        self.assertEqual(sum(delivery._get_lines_not_delivered().mapped("product_qty")), 4)

    def test_other_orders_of_the_pick(self):
        """Scenario: one pick for two orders, one is short. Expected: the other one is fulfilled."""
        full, short = self._create_order((self.product, 6)), self._create_order((self.product, 4))
        picks = (full | short).picking_ids
        picks[1].move_ids.picking_id = picks[0]
        picks[1].unlink()
        self._ship(picks[0])
        packs = self.env["stock.move"].search([("move_orig_ids", "in", picks[0].move_ids.ids)]).picking_id
        for pack in packs:
            self._ship(pack)
        delivery = full.picking_ids.filtered("is_bound_for_customer")
        self._ship(delivery)
        self._invalidate()
        self.assertEqual(delivery.fulfillment_state, "done")

    def test_install_says_the_same(self):
        """Scenario: such a history is there when the addon is installed. Expected: the same states."""
        deliveries = self._ship_steps(self._create_order((self.product, 10)), None, None, None)
        steps = deliveries._get_steps_before()
        self._assert_installing_says_the_same(deliveries | steps)
