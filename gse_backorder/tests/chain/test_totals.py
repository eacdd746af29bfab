from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from ..common import create_route_from_vendor
from ..customer.portal_common import PortalCase
from ..restock_common import RestockCase
from ..workbench.figures_common import compare_figures, keep_figures


@tagged("post_install", "-at_install")
class TestTotals(PortalCase, RestockCase):
    """What was ordered, and what became of it: one definition for page, papers, form and report."""

    def _assert_totals(self, delivery, ordered, shipped, still_open, cancelled):
        """Assert the figures of the chain of *delivery*, which has one line, wherever they are told."""
        self._invalidate()
        over = shipped + still_open + cancelled - ordered
        totals = delivery._get_chain_totals()
        expected = {
            "ordered": ordered,
            "shipped": shipped,
            "open": still_open,
            "cancelled": cancelled,
            "over_shipped": over,
        }
        self.assertEqual({name: round(totals[name], 2) for name in expected}, expected, "The papers.")
        chain = delivery._get_chain()
        self.assertAlmostEqual(sum(chain.mapped("items_ordered")), ordered, places=2, msg="The form's list.")
        rows = self.env["stock.backorder.report"].search([("root_id", "=", chain[0].id)])
        [row] = rows
        self.assertEqual(
            (row.qty_ordered, row.qty_shipped, row.qty_open, row.qty_cancelled, row.qty_over_shipped),
            (ordered, shipped, still_open, cancelled, over),
            "The report.",
        )
        page = self.env["stock.customer.page"]._get_values(chain[0])
        self.assertLessEqual(page["summary"]["percent"], 100)
        return page

    def _get_shown(self, page):
        [line] = page["lines"]
        return line["ordered"], line["shipped"], line["remaining"]

    def test_more_than_ordered(self):
        """Scenario: 10 are ordered, 12 ship. Expected: 10 were ordered, 2 more have shipped, and 100 %."""
        product = self._create_product("Beam", stock=20)
        delivery = self._create_order((product, 10)).picking_ids
        self._ship(delivery, 12)
        page = self._assert_totals(delivery, 10, 12, 0, 0)
        self.assertEqual(self._get_shown(page), ("10", "12", "0"))
        self.assertEqual(page["summary"], {"text": "12 items shipped, 10 ordered: 1 line complete", "percent": 100})

    def test_demand_raised_by_hand(self):
        """Scenario: the warehouse raises its line from 10 to 12. Expected: that is not ordered."""
        delivery = self._create_order((self._create_product("Beam", stock=20), 10)).picking_ids
        delivery.move_ids.product_uom_qty = 12
        self.assertEqual(self._get_shown(self._assert_totals(delivery, 10, 0, 12, 0)), ("10", "0", "12"))
        delivery.action_assign()
        self._ship(delivery)
        self._assert_totals(delivery, 10, 12, 0, 0)

    def test_order_raised(self):
        """Scenario: the customer orders two more. Expected: these are ordered."""
        order = self._create_order((self._create_product("Beam", stock=8), 10))
        self._ship(order.picking_ids)
        order.order_line.product_uom_qty = 12
        self._assert_totals(order.picking_ids[0], 12, 8, 4, 0)

    def test_raised_after_more_has_shipped(self):
        """Scenario: 10 are ordered, 12 ship; the order is raised to 12, and to 15. Expected: what the customer has was
        ordered, and what is delivered for the rest is ordered there.
        """
        order = self._create_order((self._create_product("Beam", stock=20), 10))
        delivery = order.picking_ids
        self._ship(delivery, 12)
        for ordered in (12, 15):
            order.order_line.product_uom_qty = ordered
            page = self._assert_totals(delivery, 12, 12, 0, 0)
        self.assertEqual(page["summary"]["text"], "All 12 items shipped")
        more = order.picking_ids - delivery
        self._assert_totals(more, 3, 0, 3, 0)
        more.action_cancel()
        self._assert_totals(delivery, 12, 12, 0, 0)

    def test_raised_in_dozens_after_more_has_shipped(self):
        """Scenario: of a dozen 18 pieces ship while another line waits; the dozen becomes two. Expected: the six that
        are to come are of the same chain, and all 24 of it were ordered.
        """
        egg = self._create_product("Egg", stock=40)
        order = self._create_order((egg, 1, self.dozen), (self._create_product("Wool"), 1))
        delivery = order.picking_ids
        self._ship(delivery, 18)
        order.order_line[0].product_uom_qty = 2
        self._invalidate()
        self.assertEqual(order.picking_ids, delivery._get_chain())
        totals = delivery._get_chain_totals()
        self.assertEqual((totals["ordered"], totals["shipped"], totals["open"]), (24 + 1, 18, 6 + 1))
        row = self.env["stock.backorder.report"].search([("root_id", "=", delivery.id), ("product_id", "=", egg.id)])
        self.assertEqual((row.qty_ordered, row.qty_over_shipped), (24, 0))

    def test_goods_that_nobody_ordered(self):
        """Scenario: the warehouse adds 4 of another product to an order's delivery, and 3 are there. Expected: nobody
        ordered them, which Odoo adds to the order once some have shipped: one line, of which one is to come."""
        beam, extra = self._create_product("Beam", stock=5), self._create_product("Extra", stock=3)
        order = self._create_order((beam, 5))
        delivery = order.picking_ids
        places = {"location_id": delivery.location_id.id, "location_dest_id": delivery.location_dest_id.id}
        line = {"product_id": extra.id, "product_uom_qty": 4, "picking_id": delivery.id, **places}
        self.env["stock.move"].create(line)
        delivery.action_confirm()
        delivery.action_assign()
        backorder = self._ship(delivery)
        self._invalidate()
        self.assertEqual(backorder.move_ids.sale_line_id, order.order_line[1])
        page = self.env["stock.customer.page"]._get_values(delivery)
        shown = [(line["product"], line["ordered"], line["shipped"], line["remaining"]) for line in page["lines"]]
        self.assertEqual(shown, [("Beam", "5", "5", "0"), ("Extra", "0", "3", "1")])
        row = self.env["stock.backorder.report"].search([("product_id", "=", extra.id)])
        self.assertEqual((row.qty_ordered, row.qty_shipped, row.qty_open, row.qty_over_shipped), (0, 3, 1, 4))
        self._add_stock(extra, 1)
        backorder.action_assign()
        self._ship(backorder)
        self.assertEqual(order.order_line[1:].mapped("qty_delivered"), [4], "One line of the order.")

    def test_without_an_order(self):
        """Scenario: a delivery of 10 without an order, 12 ship. Expected: 10 were wanted."""
        delivery = self._create_delivery((self._create_product("Beam", stock=20), 10))
        self._ship(delivery, 12)
        self._assert_totals(delivery, 10, 12, 0, 0)

    def test_in_dozens(self):
        """Scenario: two dozen are ordered, 30 pieces ship. Expected: 24 of the product's unit, 2 dozens on the page."""
        delivery = self._create_order((self._create_product("Egg", stock=40), 2, self.dozen)).picking_ids
        self._ship(delivery, 30)
        self.assertEqual(self._get_shown(self._assert_totals(delivery, 24, 30, 0, 0)), ("2", "2.50", "0"))

    def test_cancelled(self):
        """Scenario: 6 of 10 ship, the rest is cancelled, then the order is lowered. Expected: 10, 6 and 4."""
        order = self._create_order((self._create_product("Beam", stock=6), 10))
        delivery = order.picking_ids
        backorder = self._ship(delivery)
        backorder.action_cancel()
        page = self._assert_totals(delivery, 10, 6, 0, 4)
        self.assertEqual(
            page["summary"], {"text": "6 of 10 items shipped: 1 line in part; 4 cancelled", "percent": 100}
        )
        order.order_line.product_uom_qty = 6
        self._assert_totals(delivery, 10, 6, 0, 4)

    def test_exchange(self):
        """Scenario: 3 of 5 ship, one is exchanged: its replacement joins the backorder. Expected: 5 were ordered."""
        order = self._create_order((self._create_product("Beam", stock=3), 5))
        delivery = order.picking_ids
        backorder = self._ship(delivery)
        wizards = self.env["stock.return.picking"].with_user(self.picker)
        wizard = wizards.with_context(active_id=delivery.id, active_model="stock.picking").create({})
        wizard.product_return_moves.quantity = 1
        wizard.action_create_exchanges()
        self.assertEqual(backorder.move_ids.product_uom_qty, 3, "The replacement, too.")
        page = self._assert_totals(delivery, 5, 3, 3, 0)
        self.assertEqual(self._get_shown(page), ("5", "3", "3"))
        self.assertEqual(page["summary"], {"text": "3 items shipped, 5 ordered: 1 line in part", "percent": 50})
        self.assertEqual(delivery._get_chain_totals_text(), "3 items shipped, 5 ordered; 3 to come")

    def test_exchange_of_one(self):
        """Scenario: one of two ships and is exchanged for another. Expected: the singular."""
        delivery = self._create_order((self._create_product("Beam", stock=1), 2)).picking_ids
        self._ship(delivery)
        wizards = self.env["stock.return.picking"].with_context(active_id=delivery.id, active_model="stock.picking")
        wizard = wizards.create({})
        wizard.product_return_moves.quantity = 1
        wizard.action_create_exchanges()
        self._invalidate()
        self.assertEqual(delivery._get_chain_totals_text(), "1 item shipped, 2 ordered; 2 to come")

    # ---- steps -----------------------------------------------------------------

    def _assert_papers_and_report(self, delivery, *figures):
        """Assert what was ordered of the chain of *delivery*, has shipped, is open and was cancelled."""
        self._invalidate()
        totals = delivery._get_chain_totals()
        names = ("ordered", "shipped", "open", "cancelled")
        self.assertEqual(tuple(totals[name] for name in names), figures, "The papers.")
        rows = self.env["stock.backorder.report"].search([("root_id", "=", delivery.id)])
        self.assertEqual(tuple(sum(rows.mapped(f"qty_{name}")) for name in names), figures, "The report.")
        return rows

    def test_rest_is_still_to_be_picked(self):
        """Scenario: 6 of 10 are picked and ship, nothing of the other line. Expected: what is to be picked is open."""
        for steps in ("pick_ship", "pick_pack_ship"):
            self.warehouse.delivery_steps = steps
            beam, bolt = self._create_product("Beam", stock=6), self._create_product("Bolt")
            order = self._create_order((beam, 10), (bolt, 5))
            while transfer := order.picking_ids.filtered(lambda transfer: transfer.state == "assigned"):
                self._ship(transfer)
            delivery = order.picking_ids.filtered("is_bound_for_customer")
            rows = self._assert_papers_and_report(delivery, 15, 6, 9, 0)
            self.assertEqual(set(rows.mapped("state")), {"open"})
            self.assertEqual(delivery.fulfillment_state, "partially_picked", "As the states say.")
            self._assert_installing_says_the_same(delivery)
            self.assertEqual(rows.search([("root_id", "=", delivery.id), ("state", "=", "open")]), rows)
            order.picking_ids.filtered(lambda transfer: transfer.state == "confirmed").action_cancel()
            rows = self._assert_papers_and_report(delivery, 15, 6, 0, 9)
            self.assertEqual(rows.search([("root_id", "=", delivery.id), ("state", "=", "open")]), rows.browse())
            self.assertEqual(delivery.fulfillment_state, "closed_short")
            self._assert_installing_says_the_same(delivery)

    def test_given_up_counts_with_its_own_chain(self):
        """Scenario: a vendor sends one line, the rest of the other is not picked any more. Expected: that is short."""
        self.warehouse.delivery_steps = "pick_ship"
        route = create_route_from_vendor(self.delivery_type)
        shed = self._create_product("Shed", route_ids=[fields.Command.set(route.ids)])
        order = self._create_order((shed, 2), (self._create_product("Beam", stock=6), 10))
        sent = order.picking_ids.filtered("is_bound_for_customer")
        rest = self._ship(order.picking_ids - sent)
        picked = order.picking_ids.filtered("is_bound_for_customer") - sent
        rest.action_cancel()
        self._assert_papers_and_report(sent, 2, 0, 2, 0)
        self._assert_papers_and_report(picked, 10, 0, 6, 4)

    # ---- the summary in words ------------------------------------------------

    def _summarize(self, delivery):
        self._invalidate()
        return self.env["stock.customer.page"]._get_values(delivery)["summary"]["text"]

    def test_summary_of_the_story(self):
        """Scenario: before it ships, in part, all, and the rest cancelled. Expected: as a person would say it."""
        self.assertEqual(self._summarize(self.root), "Nothing has shipped yet: 4 lines to come")
        backorder = self._ship_root()
        self.assertEqual(self._summarize(self.root), "540 of 850 items shipped: 2 lines complete, 2 in part")
        self._validate(self.receipt)
        rest = self._ship(backorder)
        self.assertFalse(rest)
        self.assertEqual(self._summarize(self.root), "All 850 items shipped")

    def test_summary_of_what_is_cancelled(self):
        """Scenario: a whole order, and a line, are cancelled. Expected: nothing of it is called complete."""
        beam, bolt = self._create_product("Beam", stock=9), self._create_product("Bolt")
        delivery = self._create_order((beam, 4), (bolt, 5)).picking_ids
        backorder = self._ship(delivery)
        backorder.action_cancel()
        self.assertEqual(self._summarize(delivery), "4 of 9 items shipped: 1 line complete; 5 cancelled")
        self.root.action_cancel()
        self.assertEqual(self._summarize(self.root), "Cancelled")

    def test_summary_of_one(self):
        """Scenario: one item; two lines, of which one is in part. Expected: the singular."""
        one = self._create_order((self._create_product("Beam", stock=1), 1)).picking_ids
        self.assertEqual(self._summarize(one), "Nothing has shipped yet: 1 line to come")
        self._ship(one)
        self.assertEqual(self._summarize(one), "1 item shipped")
        [step] = self.env["stock.customer.page"]._get_values(one)["steps"]
        self.assertTrue(step["words"].startswith("1 item, "), step["words"])
        beam, bolt, nut = (self._create_product(name, stock) for name, stock in (("Beam", 2), ("Bolt", 1), ("Nut", 0)))
        two = self._create_order((beam, 2), (bolt, 2), (nut, 1)).picking_ids
        self._ship(two)
        self.assertEqual(self._summarize(two), "3 of 5 items shipped: 1 line complete, 1 in part, 1 to come")

    # ---- first-time fill rate --------------------------------------------------

    def test_nothing_at_first_is_a_miss(self):
        """Scenario: one of two lines ships, nothing of the other. Expected: 50 %, and the columns show why."""
        beam, bolt = self._create_product("Beam", stock=4), self._create_product("Bolt")
        delivery = self._create_order((beam, 4), (bolt, 5)).picking_ids
        self._ship(delivery)
        self._invalidate()
        rows = self.env["stock.backorder.report"].search([("root_id", "=", delivery.id)], order="id")
        self.assertEqual(rows.mapped("first_fill_rate"), [100, 0])
        self.assertEqual(rows.mapped("is_backordered"), [False, True])
        self.assertEqual(rows.mapped("qty_first"), [4, 0])
        self.assertEqual(set(rows.mapped("first_delivery_day")), {delivery._get_day(delivery.date_done)})
        found = rows.search([("root_id", "=", delivery.id), ("first_delivery_day", ">=", delivery._get_today())])
        self.assertEqual(found, rows, "By the column that says so.")
        waiting = self._create_order((self._create_product("Nut"), 5)).picking_ids
        [row] = rows.search([("root_id", "=", waiting.id)])
        self.assertEqual((row.first_fill_rate, row.first_delivery_day), (0, False), "Of it nothing is known yet.")
        average = self.env["stock.backorder.report"]._read_group(
            [("root_id", "in", (delivery | waiting).ids)], [], ["first_fill_rate:avg"]
        )
        self.assertEqual(average, [(50.0,)], "What has not shipped yet is no miss.")

    def _add_later(self, order, product, quantity):
        """Add a line to *order* the day after all that has become of it so far; return the new row of the analysis."""
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            order.order_line = [Command.create({"product_id": product.id, "product_uom_qty": quantity})]
        self._invalidate()
        [row] = self.env["stock.backorder.report"].search([("sale_id", "=", order.id), ("product_id", "=", product.id)])
        return row

    def test_added_later_is_judged_later(self):
        """Scenario: an order ships in full, then a line is added, of which a part ships. Expected: the added line could
        not be in the first delivery; it is judged by the next one, which does not judge the first order."""
        beam, bolt = self._create_product("Beam", stock=4), self._create_product("Bolt")
        order = self._create_order((beam, 4))
        root = order.picking_ids
        self._ship(root)
        row = self._add_later(order, bolt, 5)
        self.assertFalse(row.first_delivery_day or row.is_backordered, "Of it nothing is known yet.")
        self.assertEqual(self._read_first_rates(order), (100, 100))
        self._add_stock(bolt, 3)
        added = order.picking_ids - root
        added.action_assign()
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            self._ship(added)
            day = added._get_today()
        self._invalidate()
        self.assertEqual((row.qty_ordered_first, row.qty_first, row.first_delivery_day), (5, 3, day))
        self.assertEqual((row.first_fill_rate, row.is_backordered), (0, True))
        rates = {100 if added.backorder_root_id else 50}  # one chain, or two of one delivery each
        self.assertEqual(self._read_first_rates(order), (50, *rates), "A half; the first delivery stays full.")

    def _read_first_rates(self, order):
        [rates] = self.env["stock.backorder.report"]._read_group(
            [("sale_id", "=", order.id)], [], ["first_fill_rate:avg", "order_fill_rate:avg"]
        )
        return rates

    def test_added_to_what_is_open(self):
        """Scenario: 4 of 6 ship; a line is added to what is open, and both ship in full. Expected: the line of which 2
        waited is a miss; the added one shipped in full with the first delivery that it could be in."""
        beam, bolt = self._create_product("Beam", stock=4), self._create_product("Bolt", stock=5)
        order = self._create_order((beam, 6))
        backorder = self._ship(order.picking_ids)
        row = self._add_later(order, bolt, 5)
        self.assertEqual(order.order_line[1].move_ids.picking_id, backorder, "Odoo adds it to what is open.")
        self._add_stock(beam, 2)
        backorder.action_assign()
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            self._ship(backorder)
        self._invalidate()
        self.assertEqual((row.first_fill_rate, row.qty_first), (100, 5))
        self.assertEqual(self._read_first_rates(order), (50, 0))
        keep_figures(self.env)
        self.assertEqual(*compare_figures(self.env))

    def test_raised_later(self):
        """Scenario: 4 ordered, 4 shipped, the next day the line is raised to 9; another is raised before it ships.
        Expected: the first filled what was ordered then; the second is measured at all of it."""
        filled = self._create_order((self._create_product("Beam", stock=4), 4))
        self._ship(filled.picking_ids)
        missed = self._create_order((self._create_product("Bolt", stock=4), 4))
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            filled.order_line.product_uom_qty = 9
            missed.order_line.product_uom_qty = 9
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            missed.picking_ids.action_assign()
            self._ship(missed.picking_ids)
        self._invalidate()
        for order, expected in ((filled, (100, 100)), (missed, (0, 0))):
            self.assertEqual(self._read_first_rates(order), expected)

    def test_raised_while_another_line_waits(self):
        """Scenario: of two lines one ships in full; while the other waits, the first is raised, into that backorder.
        Expected: it was filled at first, as far as it was ordered then; the row says how much that was."""
        beam, bolt = self._create_product("Beam", stock=4), self._create_product("Bolt")
        order = self._create_order((beam, 4), (bolt, 5))
        backorder = self._ship(order.picking_ids)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            order.order_line[0].product_uom_qty = 9
        self._invalidate()
        self.assertEqual(backorder.move_ids.product_id, bolt | beam, "Odoo adds it to what is open.")
        row = self.env["stock.backorder.report"].search([("sale_id", "=", order.id), ("product_id", "=", beam.id)])
        self.assertEqual((row.qty_ordered, row.qty_ordered_first, row.qty_first, row.qty_open), (9, 4, 4, 5))
        self.assertEqual(self._read_first_rates(order), (50, 0), "The other line is the miss.")

    def test_added_while_it_is_picked(self):
        """Scenario: pick and ship; the order has shipped, a line is added and is being picked. Expected: no miss."""
        self.warehouse.delivery_steps = "pick_ship"
        beam, bolt = self._create_product("Beam", stock=4), self._create_product("Bolt", stock=5)
        order = self._create_order((beam, 4))
        self._ship(order.picking_ids)
        self._ship(order.picking_ids.filtered(lambda picking: picking.state == "assigned"))
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            order.order_line = [Command.create({"product_id": bolt.id, "product_uom_qty": 5})]
        self._invalidate()
        self.assertEqual(self._read_first_rates(order), (100, 100))
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            for _step in range(2):
                self._ship(order.picking_ids.filtered(lambda picking: picking.state == "assigned"))
        self._invalidate()
        self.assertEqual(self._read_first_rates(order), (100, 100))

    def test_keyed_before_it_was_ordered(self):
        """Scenario: what has shipped is dated back, before its order. Expected: it is measured as ever."""
        order = self._create_order((self._create_product("Beam", stock=4), 4), (self._create_product("Bolt"), 1))
        root = order.picking_ids
        self._ship(root)
        root.date_done -= timedelta(days=9)
        self._invalidate()
        self.assertEqual(self._read_first_rates(order), (50, 0))

    def test_what_was_taken_off_is_no_line(self):
        """Scenario: of two lines one is lowered to nothing before the delivery ships, in part. Expected: one line, a
        miss."""
        beam, bolt = self._create_product("Beam", stock=4), self._create_product("Bolt")
        order = self._create_order((beam, 5), (bolt, 5))
        order.order_line[1].product_uom_qty = 0
        self._ship(order.picking_ids)
        [row] = self.env["stock.backorder.report"].search([("sale_id", "=", order.id)])
        self.assertEqual((row.product_id, row.first_fill_rate, row.order_fill_rate), (beam, 0, 0))

    def test_what_was_split_off_ships_first(self):
        """Scenario: a delivery of two lines is split, and what was split off ships before the rest. Expected: that is
        the first delivery: its line has shipped in full at first, and the other one has not."""
        beam, bolt = self._create_product("Beam", stock=4), self._create_product("Bolt", stock=5)
        root = self._create_order((beam, 4), (bolt, 5)).picking_ids
        part = root.copy({"move_ids": False})
        root.move_ids[1].picking_id = part
        self.assertEqual(part.backorder_root_id, root)
        part.action_assign()
        self._ship(part)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self._ship(root)
        self._invalidate()
        rows = self.env["stock.backorder.report"].search([("root_id", "=", root.id)], order="id")
        self.assertEqual(rows.mapped("qty_first"), [0, 5])
        self.assertEqual(rows.mapped("first_fill_rate"), [0, 100])
        self.assertEqual(set(rows.mapped("first_delivery_day")), {part._get_day(part.date_done)})

    def test_shipped_in_another_unit(self):
        """Scenario: 998 pieces of a pallet of 1,000 are keyed and ship, and no backorder is wanted. Expected: the
        report says what page and papers say, also when that is corrected to 997: of a pallet it is all by a
        hundredth."""
        self.delivery_type.create_backorder = "never"
        self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        pallet = self.env["uom.uom"].create(
            {"name": "Pallet", "relative_uom_id": self.unit.id, "relative_factor": 1000}
        )
        order = self._create_order((self._create_product("Brick", stock=998), 1, pallet))
        delivery = order.picking_ids
        delivery.move_ids.move_line_ids.write({"product_uom_id": self.unit.id, "quantity": 998})
        self._ship(delivery)
        for shipped in (998, 997):
            delivery.move_ids.move_line_ids.quantity = shipped
            keep_figures(self.env)
            self._invalidate()
            [row] = self.env["stock.backorder.report"].search([("root_id", "=", delivery.id)])
            self.assertEqual((row.qty_shipped, row.qty_cancelled, row.state), (shipped, 1000 - shipped, "short"))
            self.assertEqual(delivery._get_chain_totals()["shipped"], shipped)

    # ---- documents -------------------------------------------------------------

    def test_documents_of_what_has_shipped(self):
        """Scenario: open, shipped and cancelled deliveries. Expected: a slip of what has shipped alone."""
        documents = self.env["stock.customer.page"]._get_documents
        self.assertEqual(documents(self.root), [])
        backorder = self._ship_root()
        self.assertEqual(documents(self.root), ["slip", "return", "confirmation"])
        self.assertEqual(documents(backorder), ["confirmation"])
        backorder.action_cancel()
        self.assertEqual((documents(self.root), documents(backorder)), (["slip", "return"], []))

    def test_shipment_that_was_none(self):
        """Scenario: a delivery that is done is corrected to nothing. Expected: no slip of it, no day, no items."""
        delivery = self._create_order((self._create_product("Beam", stock=4), 4)).picking_ids
        self._ship(delivery)
        delivery.with_user(self.manager).move_ids.quantity = 0
        page = self._assert_totals(delivery, 4, 0, 0, 4)
        self.assertEqual((page["documents"], page["shipped_text"]), ([], False))
        self.assertEqual([step["words"] for step in page["steps"]], [False])

    def test_names_of_files(self):
        """Scenario: each document is downloaded. Expected: under a name of its own."""
        names = {
            self.root.with_context(customer_document=document)._get_report_base_filename()
            for document in ("slip", "return", "confirmation", None, {})
        }
        self.assertEqual(
            names,
            {
                f"{kind} {self.root.name}"
                for kind in ("Delivery slip", "Return slip", "Backorder confirmation", "Delivery")
            },
        )

    # ---- age -------------------------------------------------------------------

    def test_age_is_one_figure(self):
        """Scenario: ordered 5 days ago, the order's date is changed. Expected: 5 days, everywhere; the form says so."""
        order = self.order
        ordered = self._days_ago(5)
        self.root.move_ids.ordered_date = ordered
        self.assertIn("keeps its place", self._read_note(order), "It differs.")
        order.date_order = self._days_ago(23)
        self._invalidate()
        self.assertEqual(self.root.age_days, 5, "The list.")
        rows = self.env["stock.backorder.report"].search([("root_id", "=", self.root.id)])
        self.assertEqual(set(rows.mapped("age_days")), {5})
        self.assertEqual(set(rows.mapped("age")), {"a"})
        day = self.root._format_day(ordered)
        page = self.env["stock.customer.page"]._get_values(self.root)
        self.assertEqual(page["ordered_text"], f"ordered {day}")
        self.assertIn(day, self._read_note(order))
        order.date_order = ordered
        self.assertFalse(self._read_note(order), "The same.")

    def test_what_comes_back_keeps_no_place(self):
        """Scenario: all has shipped, a part is to come back. Expected: nothing is said of what is open of the order."""
        order = self._create_order((self._create_product("Beam", stock=5), 5))
        self._ship(order.picking_ids)
        order.picking_ids.move_ids.write({"ordered_date": self._days_ago(3)})
        wizard = self.env["stock.return.picking"].create({"picking_id": order.picking_ids.id})
        wizard.product_return_moves.quantity = 2
        wizard.action_create_returns()
        self.assertFalse(self._read_note(order))

    def _read_note(self, order):
        self._invalidate()
        return order.with_user(self.salesperson).ranked_since_text

    @staticmethod
    def _days_ago(days):
        return fields.Datetime.subtract(fields.Datetime.now(), days=days, minutes=5)

    def test_one_is_no_plural(self):
        """Scenario: of two one ships, the other is cancelled. Expected: singular, where a language has one."""
        for code in ("fr_FR", "de_DE", "es_ES"):
            self.env["res.lang"]._activate_lang(code)
        beam = self._create_product("Beam", stock=1)
        delivery = self._create_delivery((beam, 2))
        waiting = self._create_delivery((beam, 2))
        self._ship(delivery).action_cancel()
        self._invalidate()
        for code, words, nothing in (
            ("en_US", "1 of 2 items shipped; 0 to come; 1 cancelled", "0 of 2 items shipped; 2 to come"),
            ("fr_FR", "1 article expédié sur 2 ; 0 à venir ; 1 annulé", "0 article expédié sur 2 ; 2 à venir"),
            (
                "de_DE",
                "1 von 2 Artikeln versandt; 0 ausstehend; 1 storniert",
                "0 von 2 Artikeln versandt; 2 ausstehend",
            ),
            (
                "es_ES",
                "1 de 2 artículos enviados; 0 por llegar; 1 cancelado",
                "0 de 2 artículos enviados; 2 por llegar",
            ),
        ):
            self.assertEqual(delivery.with_context(lang=code)._get_chain_totals_text(), words)
            self.assertEqual(waiting.with_context(lang=code)._get_chain_totals_text(), nothing)
            page = self.env["stock.customer.page"].with_context(lang=code)
            [line] = page._get_values(delivery.with_context(lang=code))["lines"]
            self.assertEqual(line["cancelled_text"], words.split("; ")[-1].strip())

    # ---- all together ----------------------------------------------------------

    def test_together_says_so(self):
        """Scenario: the customer wants one shipment. Expected: page, papers and mail: all when the last of it comes."""
        beam, bolt = self._create_product("Beam", stock=5), self._create_product("Bolt")
        receipt = self._create_receipt((bolt, 5), days=7)
        delivery = self._create_order((beam, 5), (bolt, 5), partner_id=self.owner.partner_id.id).picking_ids
        day = delivery._format_day(receipt.move_ids.date)
        self.assertEqual(self._read_lines(delivery), [("available", "5 now"), ("short", self._on_day(receipt, "5 on"))])
        self.env["stock.customer.choice"]._choose(delivery, "together", self.owner.partner_id)
        words = self._on_day(receipt, "together with all on")
        self.assertEqual(self._read_lines(delivery), [("short", words), ("short", words)])
        page = self.env["stock.customer.page"]._get_values(delivery)
        self.assertEqual({line["promise_text"] for line in page["lines"]}, {day})
        self.assertIn("together", page["together_text"])
        self.assertEqual({move._get_promise_text() for move in delivery.move_ids}, {day}, "The papers.")
        expected = {move._get_notice_expected() for move in delivery.move_ids}
        self.assertEqual(expected, {delivery._format_notice_date(receipt.move_ids.date)}, "The mail.")
        self.assertEqual(delivery.earliest_promise_day, delivery.promise_day, "The form.")
        self._assert_staff_read(delivery, [("short", words, 0, 5, delivery.promise_day)] * 2)
        self.assertEqual(delivery.sale_id.shipping_text, f"10 of 10 wait until {day}; all ships together")
        self.assertIn("ships all together: on <strong>", delivery.move_ids[0].allocation_explanation)
        self.assertEqual((delivery.items_available, set(delivery.move_ids.mapped("promise_slip_days"))), (0, {0}))
        self.assertEqual({line["quantity"] for line in delivery._get_still_to_come_lines()}, {5}, "None of it leaves.")
        self._validate(receipt)
        self.assertEqual(self._read_lines(delivery), [("available", "5 now")] * 2, "Now it is so.")
        self._assert_staff_read(delivery, [("available", "5 now", 5, 0, delivery._get_today())] * 2)
        self.assertFalse(self.env["stock.customer.page"]._get_values(delivery)["together_text"])

    def test_together_without_a_date(self):
        """Scenario: nothing comes of one line. Expected: no date for the other either."""
        beam, bolt = self._create_product("Beam", stock=5), self._create_product("Bolt")
        delivery = self._create_order((beam, 5), (bolt, 5), picking_policy="one").picking_ids
        words = "together with all, no date yet"
        self.assertEqual(self._read_lines(delivery), [("short", words), ("missing", words)])
        there, lacking = delivery.move_ids
        for line in (there, lacking):
            self.assertIn("ships all together, and not all of it has a date", line.allocation_explanation)
            self.assertNotIn("It can ship now", line.allocation_explanation)
        self.assertIn("No supply is known for", lacking.allocation_explanation)
        self.assertEqual((there.availability_text, there.qty_dateless, there.qty_uncovered), (words, 5, 0))
        self.assertEqual((lacking.availability_text, lacking.qty_uncovered), ("nothing in stock or on order", 5))

    def test_together_quoted(self):
        """Scenario: a quotation that is to ship in one; then a shipment in parts. Expected: said so, line by line."""
        beam, bolt = self._create_product("Beam", stock=5), self._create_product("Bolt")
        receipt = self._create_receipt((bolt, 5), days=7)
        order = self._create_order((beam, 5), (bolt, 5), picking_policy="one", confirm=False)
        words = self._on_day(receipt, "together with all on")
        self.assertEqual(order.order_line.mapped("availability_text"), [words] * 2)
        self.assertEqual(order.order_line.mapped("qty_available_now"), [0, 0])
        order.picking_policy = "direct"
        self.assertEqual(order.order_line.mapped("qty_available_now"), [5, 0])
        self.assertEqual(order.order_line[0].availability_text, "5 now")

    def test_together_was_promised_together(self):
        """Scenario: what ships together comes later than first promised. Expected: all of it has slipped, and alike."""
        beam, bolt = self._create_product("Beam", stock=5), self._create_product("Bolt")
        receipt = self._create_receipt((bolt, 5), days=7)
        delivery = self._create_order((beam, 5), (bolt, 5), picking_policy="one").picking_ids
        first = delivery.promise_day
        self.assertEqual(delivery.move_ids.mapped("first_promise_day"), [first] * 2)
        receipt.move_ids.date += timedelta(days=3)
        self._invalidate()
        self.assertEqual(delivery.move_ids.mapped("promise_slip_days"), [3, 3])
        self.assertEqual(delivery.move_ids.mapped("first_promise_day"), [first] * 2)

    def _assert_staff_read(self, delivery, lines):
        """The lines of the delivery and of its order say *lines*, to staff and by RPC."""
        self._invalidate()
        names = ("availability_status", "availability_text", "qty_available_now", "qty_short", "promise_day")
        for read in (delivery.move_ids, delivery.sale_id.order_line):
            self.assertEqual([tuple(line[name] for name in names) for line in read], lines, read._name)
        found = self.env["stock.move"].search(
            [("availability_status", "=", lines[0][0]), ("picking_id", "=", delivery.id)]
        )
        self.assertEqual(len(found), len(lines))

    def _read_lines(self, delivery):
        self._invalidate()
        lines = self.env["stock.customer.page"]._get_values(delivery)["lines"]
        return [(line["status"], line["words"]) for line in lines]

    @staticmethod
    def _on_day(receipt, words):
        return f"{words} {receipt.move_ids._format_day(receipt.move_ids.date)}"
