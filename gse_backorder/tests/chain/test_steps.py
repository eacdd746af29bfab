from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...fulfillment import get_state_sql
from ..chance import draw_from
from ..common import create_route_from_vendor
from ..supply.supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestSteps(SupplyCase):
    """What stays in the warehouse is a step, whatever the operation is called; what leaves it is none."""

    def _call_steps(self, code, delivery_steps="pick_ship"):
        """Let the picks and packs of the warehouse be operations of the kind *code*."""
        self.warehouse.delivery_steps = delivery_steps
        for step_type in self.warehouse.pick_type_id | self.warehouse.pack_type_id:
            source, target = step_type.default_location_src_id, step_type.default_location_dest_id
            step_type.write({"code": code, "create_backorder": "always"})
            # Odoo takes it for another operation, between other places.
            step_type.write({"default_location_src_id": source.id, "default_location_dest_id": target.id})

    # ---- one answer --------------------------------------------------------

    def _draw_moves(self, number):
        """Return moves between places of every usage, in and out of warehouses, some of which go on to a customer."""
        chance = draw_from(41)
        between = self.env.ref("stock.stock_location_inter_company")
        between.active = True
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        house = self.warehouse
        dock = self.env["stock.location"].create(
            {"name": "Dock", "usage": "transit", "location_id": house.view_location_id.id}
        )
        usages = ("internal", "customer", "supplier", "transit", "inventory", "production")
        free = [self.env["stock.location"].create({"name": usage, "usage": usage}) for usage in usages]
        places = [house.lot_stock_id, house.wh_output_stock_loc_id, dock, other.lot_stock_id, between, *free]
        product = self._create_product("Beam")
        moves = self.env["stock.move"]
        for _number in range(number):
            source, target = chance.sample(places, 2)
            here = {"location_id": source.id, "location_dest_id": target.id}
            transfer = self._create_delivery(
                (product, 1),
                confirm=False,
                picking_type=chance.choice(
                    house.in_type_id | house.out_type_id | house.int_type_id | house.pick_type_id
                ),
                **here,
            )
            final = chance.choice((False, self.customers.id, other.lot_stock_id.id))
            transfer.move_ids.write({**here, "location_final_id": final})
            moves |= transfer.move_ids
        return moves

    def test_one_answer(self):
        """Scenario: moves of all kinds, from everywhere to everywhere, each before a delivery. Expected: installing
        takes the same ones for steps as Python does."""
        moves = self._draw_moves(150)
        shipment = self._create_delivery((moves.product_id, 1), confirm=False)
        shipment.move_ids.move_orig_ids = moves
        self._invalidate()
        steps = moves.filtered(lambda move: move._is_step())
        self.assertGreater(len(steps), 15)
        self.assertGreater(len(steps.picking_type_id), 3, "Whatever they are called.")
        self.assertEqual(shipment._get_steps_before(), steps.picking_id)
        query = self.env.cr.mogrify(get_state_sql(self.env).code, get_state_sql(self.env).params).decode()
        self.env.cr.execute(query.replace("SELECT * FROM judged", "SELECT picking_id, step_id FROM step"))
        in_sql = {step_id for picking_id, step_id in self.env.cr.fetchall() if picking_id == shipment.id}
        self.assertEqual(in_sql, set(steps.picking_id.ids))

    # ---- picks that are called deliveries ----------------------------------

    def test_picked_by_a_delivery(self):
        """Scenario: picks, and packs, are called deliveries, or receipts; 6 of 10 are there. Expected: what follows is
        what follows of any pick: numbers, states, counts, the order's status, the page, the analysis."""
        for code in ("outgoing", "incoming", "internal"):
            for delivery_steps in ("pick_ship", "pick_pack_ship"):
                with self.subTest(code=code, steps=delivery_steps):
                    self._call_steps(code, delivery_steps)
                    self._test_pick_and_ship()

    def _test_pick_and_ship(self):
        product = self._create_product("Beam", stock=6)
        order = self._create_order((product, 10))
        line, pick = order.order_line, order.picking_ids
        self.assertEqual(line.availability_text, "6 now, 4 without a date")
        self.assertFalse(pick.is_bound_for_customer)
        rest = self._ship(pick)
        self.assertEqual(pick.get_outcome()["message"].split(",")[0], "6 moved")
        self.assertEqual((pick.is_receipt, pick.is_taken_from_stock), (False, True))
        self._invalidate()
        self.assertEqual((order.backorder_count, order.open_backorder_count), (1, 1), "The rest of the pick.")
        while step := order.picking_ids.filtered(lambda one: one.state == "assigned"):
            shipment = step
            self._ship(step)
            self._invalidate()
        self.assertEqual((shipment.is_bound_for_customer, shipment.fulfillment_state), (True, "partially_picked"))
        self.assertEqual((line.qty_available_now, line.qty_short), (0, 4))
        page = self.env["stock.customer.page"]._get_values(shipment)
        self.assertTrue(page["summary"]["text"].startswith("6 of 10 items shipped"), page["summary"]["text"])
        [row] = self.env["stock.backorder.report"].search([("root_id", "=", shipment.id)])
        self.assertEqual((row.qty_ordered, row.qty_shipped, row.qty_open), (10, 6, 4))
        self._assert_installing_says_the_same(order.picking_ids)

        rest.action_cancel()
        self._invalidate()
        self.assertEqual(shipment.fulfillment_state, "closed_short")
        self.assertEqual(order.open_backorder_count, 0)
        self._assert_installing_says_the_same(order.picking_ids)

    def test_given_up_while_picking(self):
        """Scenario: picks are called deliveries, and what is not there is given up. Expected: closed short, 4 of 10."""
        for code in ("outgoing", "internal"):
            with self.subTest(code=code):
                self._call_steps(code)
                self.warehouse.pick_type_id.create_backorder = "never"
                order = self._create_order((self._create_product("Beam", stock=6), 10))
                pick = order.picking_ids
                self._ship(pick)
                shipment = order.picking_ids - pick
                self._ship(shipment)
                self._invalidate()
                self.assertEqual(shipment.fulfillment_state, "closed_short")
                [row] = self.env["stock.backorder.report"].search([("root_id", "=", shipment.id)])
                self.assertEqual((row.qty_ordered, row.qty_shipped, row.qty_open), (10, 6, 0))
                self._assert_installing_says_the_same(order.picking_ids)

    def test_completed_and_noted(self):
        """Scenario: picks are called deliveries; the order has a note for the site. Expected: the pick has it, follows
        its change, and may be completed; what goes back to a vendor, or comes in, may not."""
        self._call_steps("outgoing")
        order = self._create_order((self._create_product("Beam", stock=6), 10), confirm=False)
        order.site_note = "Ring twice"
        order.action_confirm()
        pick = order.picking_ids
        self.assertEqual(pick.site_note, "Ring twice")
        order.site_note = "Knock"
        self.assertEqual(pick.site_note, "Knock")
        self.env["stock.completion"]._check_can_start(pick)
        receipt = self._create_receipt((pick.product_id, 3))
        back = self._create_delivery((pick.product_id, 1), location_dest_id=self.suppliers.id)
        back.move_ids.location_dest_id = self.suppliers
        for wrong in (receipt, back):
            with self.assertRaisesRegex(UserError, "Only open deliveries"):
                self.env["stock.completion"]._check_can_start(wrong)

    # ---- what leads elsewhere than it is called ------------------------------

    def test_back_to_the_customer_by_a_receipt(self):
        """Scenario: goods go out to a customer by the type of receipts. Expected: screens, counts, hold and what if
        take it for the delivery that it is."""
        product = self._create_product("Beam", stock=2)
        self.warehouse.in_type_id.write({"create_backorder": "always", "backorder_suffix": "-R"})
        sent = self._create_delivery((product, 5), picking_type=self.warehouse.in_type_id)
        self.assertEqual((sent.picking_type_code, sent.is_receipt, sent.is_taken_from_stock), ("incoming", False, True))
        self.assertEqual(self.warehouse.in_type_id.partly_count, 1)
        self.assertFalse(sent._get_hold_refusal())
        action = sent.action_what_if()
        asked = self.env["stock.what.if"].browse(action["res_id"])
        self.assertEqual((asked.change_ids.kind, asked.change_ids.picking_ids), ("priority", sent))
        self._ship(sent)
        self.assertEqual(sent.get_outcome()["message"], "2 shipped, -R1 with 3, without a date")

    def test_received_by_a_delivery(self):
        """Scenario: goods come back from a customer by the type of deliveries, which names no other for returns.
        Expected: it is a receipt: there is nothing to ship, and nobody is told that it was."""
        product = self._create_product("Beam")
        places = {"location_id": self.customers.id, "location_dest_id": self.stock.id}
        back = self._create_delivery((product, 5), confirm=False, **places)
        back.move_ids.write(places)
        back.action_confirm()
        self.assertEqual((back.picking_type_code, back.is_receipt, back.is_taken_from_stock), ("outgoing", True, False))
        back.action_assign()
        self._ship(back)
        self.assertEqual(back.get_outcome()["message"], "5 received, nothing is left")

    def test_back_to_the_vendor_at_once(self):
        """Scenario: what a vendor has shipped goes back to him from the customer. Expected: nobody here has it."""
        places = {"location_id": self.customers.id, "location_dest_id": self.suppliers.id}
        back = self._create_delivery(
            (self._create_product("Beam"), 5), confirm=False, picking_type=self.warehouse.int_type_id, **places
        )
        back.move_ids.write(places)
        back.action_confirm()
        self._ship(back)
        self.assertEqual(back.get_outcome()["message"], "5 moved, nothing is left")

    def test_shipped_by_a_vendor(self):
        """Scenario: a vendor ships by the type of deliveries. Expected: it is not counted among what waits here."""
        places = {"location_id": self.suppliers.id, "location_dest_id": self.customers.id}
        sent = self._create_delivery((self._create_product("Beam"), 5), confirm=False, **places)
        sent.move_ids.write(places)
        sent.action_confirm()
        self.assertEqual((sent.is_bound_for_customer, sent.is_taken_from_stock), (True, False))
        self.assertEqual(self.delivery_type.waiting_count, 0, "The list behind it has none.")
        self.assertEqual(sent._get_hold_refusal(), "Its vendor ships it.")

    def test_quoted_from_a_vendor(self):
        """Scenario: a quotation of what a vendor sends to the customer, by a rule of ours that is called a delivery.
        Expected: as the confirmed line: nothing of it is taken from stock."""
        route = create_route_from_vendor(self.delivery_type)
        product = self._create_product("Beam", stock=10, route_ids=route)
        line = self._create_order((product, 4), confirm=False).order_line
        self.assertFalse(line._takes_from_stock())
        self.assertFalse(line.qty_available_now)
        line.order_id.action_confirm()
        self.assertFalse(line.qty_available_now)

    def test_draft_purchase_for_a_customer(self):
        """Scenario: a draft purchase by receipts that lead to customers. Expected: it brings the warehouse nothing."""
        product = self._create_bought("Beam")
        self._create_order((product, 5))
        self.assertEqual(self._get_needs(product).qty_uncovered, 5)
        sent_type = self.warehouse.in_type_id.copy({"default_location_dest_id": self.customers.id})
        lines = [Command.create({"product_id": product.id, "product_qty": 5, "price_unit": 1})]
        purchase = {"partner_id": self.vendor.id, "order_line": lines, "dest_address_id": self.customer.id}
        self.env["purchase.order"].create({**purchase, "picking_type_id": sent_type.id})
        self._invalidate()
        self.assertEqual(self._get_needs(product).qty_to_order, 5)

    def test_form_shows_what_it_is(self):
        """Scenario: the form and lists of transfers. Expected: none asks what the operation is called."""
        ours = self.env["ir.model.data"].search([("module", "=", "gse_backorder"), ("model", "=", "ir.ui.view")])
        views = self.env["ir.ui.view"].browse(ours.mapped("res_id"))
        asking = views.filtered(lambda view: "picking_type_code" in (view.arch_db or ""))
        self.assertFalse(asking.mapped("name"))
