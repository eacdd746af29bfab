from ast import literal_eval
from datetime import timedelta

from odoo import Command, fields
from odoo.fields import Domain
from odoo.tests import tagged

from ..supply.supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestBoundForCustomer(SupplyCase):
    """Only the last open move of those that bring goods to a customer is what he waits for, wherever it is asked."""

    def _create_resupplied(self, stock):
        """Return a product of which another warehouse, that resupplies the test's for each order, has *stock*."""
        source = self.env["stock.warehouse"].create({"name": "Source", "code": "SRC"})
        self.warehouse.resupply_wh_ids = source
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        routes = mto | self.warehouse.resupply_route_ids
        product = self._create_product("Beam", route_ids=[Command.set(routes.ids)])
        self._add_stock(product, stock, source.lot_stock_id)
        return product, source

    def _create_transfer(self, product, quantity, picking_type, destination, **values):
        """Return a confirmed transfer of *quantity* out of the stock of the test warehouse to *destination*."""
        places = {"location_id": self.stock.id, "location_dest_id": destination.id}
        transfer = self.env["stock.picking"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": picking_type.id,
                "move_ids": [Command.create({"product_id": product.id, "product_uom_qty": quantity, **places})],
                **places,
                **values,
            }
        )
        transfer.action_confirm()
        transfer.action_assign()
        return transfer

    def _assert_domain_agrees(self, moves):
        """Assert that the domain finds those of *moves* that Python says are bound for a customer, and transfers."""
        self._invalidate()
        found = self.env["stock.move"].search(
            self.env["stock.move"]._get_bound_domain() & Domain("id", "in", moves.ids)
        )
        self.assertEqual(found, moves.filtered(lambda move: move._is_bound_for_customer()).sorted())
        transfers = moves.picking_id
        for is_bound in (True, False):
            found = transfers.search([("is_bound_for_customer", "=", is_bound), ("id", "in", transfers.ids)])
            self.assertEqual(found, transfers.filtered(lambda t, b=is_bound: t.is_bound_for_customer == b).sorted())

    def test_resupplied_by_another_warehouse(self):
        """Scenario: 10 ordered, 6 there in the warehouse that resupplies. Expected: 6, 4; one backorder in the end."""
        product, source = self._create_resupplied(6)
        order = self._create_order((product, 10))
        line = order.order_line
        self._assert_domain_agrees(line.move_ids)
        self.assertEqual((line.qty_available_now, line.qty_short, line.qty_uncovered), (6, 4, 4))
        self.assertEqual(line.availability_text, "6 now, 4 without a date")
        needs = self.env["stock.supply.need"].search([("product_id", "=", product.id)])
        self.assertEqual(needs.mapped("qty_uncovered"), [4], "It is short where it is taken from.")
        self.assertEqual((needs.warehouse_id, needs.customer_ids), (source, self.customer))

        sent = order.picking_ids.filtered(lambda transfer: transfer.location_id == source.lot_stock_id)
        self._ship(sent)
        self._invalidate()
        self.assertEqual((order.backorder_count, order.open_backorder_count), (0, 0), "The customer has none.")
        transit = self.env["stock.picking"].search(
            [("location_dest_id", "=", self.stock.id), ("product_id", "=", product.id), ("state", "!=", "done")]
        )
        transit.picking_type_id.create_backorder = "always"
        self._ship(transit.filtered(lambda transfer: transfer.state == "assigned"))
        delivery = order.picking_ids.filtered("is_bound_for_customer")
        self._ship(delivery)
        self._invalidate()
        self.assertEqual((order.backorder_count, order.open_backorder_count), (1, 1), "The four that wait.")
        self.assertEqual((line.qty_available_now, line.qty_short, line.qty_uncovered), (0, 4, 4))

    def test_return_to_a_vendor(self):
        """Scenario: 10 go back to the vendor, 4 there. Expected: nothing to buy, nobody waits, and no delivery."""
        product = self._create_bought("Beam", stock=4)
        returned = self._create_transfer(product, 10, self.delivery_type, self.suppliers)
        self._assert_domain_agrees(returned.move_ids)
        self.assertFalse(self._get_needs(product), "Nobody waits for it.")
        self.assertFalse(returned.customer_id, "A vendor is no customer.")
        self.assertFalse(returned.is_bound_for_customer)
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_workbench")
        listed = self.env["stock.picking"].search(literal_eval(action["domain"]))
        self.assertNotIn(returned, listed, "Nothing to ship to anybody.")
        self.assertEqual(self.delivery_type.partly_count, 0)

    def test_vendor_and_customer_want_the_same(self):
        """Scenario: 10 go back to the vendor, then 5 are ordered; 4 there. Expected: to buy is what is ordered."""
        product = self._create_bought("Beam", stock=4)
        self._create_transfer(product, 10, self.delivery_type, self.suppliers)
        self._create_order((product, 5))
        need = self._get_needs(product)
        self.assertEqual((need.qty_uncovered, need.line_count, need.customer_ids), (5, 1, self.customer))
        self.assertEqual(need.action_view_lines()["domain"][0][2], self._get_lines_of(self.customer, product).ids)

    def _get_lines_of(self, customer, product):
        return self.env["stock.move"].search(
            [("product_id", "=", product.id), ("picking_id.partner_id", "=", customer.id)]
        )

    def test_bare_pool_of_both_kinds(self):
        """Scenario: nothing there; 10 back to the vendor, 5 ordered. Expected: 5 to buy, told by sums."""
        product = self._create_bought("Beam")
        self._create_transfer(product, 10, self.delivery_type, self.suppliers)
        self._create_order((product, 5))
        need = self._get_needs(product)
        self.assertEqual((need.qty_uncovered, need.line_count), (5, 1))

    def test_transfer_and_scrap(self):
        """Scenario: goods move to another warehouse, or are written off. Expected: no need, no customer waits."""
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        losses = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )
        for destination in (other.lot_stock_id, losses):
            product = self._create_bought("Beam", stock=4)
            transfer = self._create_transfer(product, 10, self.warehouse.int_type_id, destination)
            self._assert_domain_agrees(transfer.move_ids)
            self.assertFalse(self._get_needs(product), destination.usage)
            self.assertFalse(transfer.customer_id)

    def test_returned_return(self):
        """Scenario: what was returned is returned to the customer, 2 of 5 there. Expected: 2 now, 3 wait."""
        product = self._create_product("Beam", stock=5)
        order = self._create_order((product, 5))
        self._ship(order.picking_ids)
        back = self._return_all(order.picking_ids)
        self._ship(back)
        self._add_stock(product, -3)
        again = self._return_all(back)
        again.action_assign()
        self._assert_domain_agrees(again.move_ids)
        line = order.order_line
        self.assertEqual((line.qty_available_now, line.qty_short), (2, 3))
        self.assertEqual(line.availability_text, "2 now, 3 without a date")

    def _return_all(self, transfer):
        wizards = self.env["stock.return.picking"].with_context(active_id=transfer.id, active_model="stock.picking")
        return self.env["stock.picking"].browse(wizards.create({}).action_create_returns_all()["res_id"])

    def test_sent_by_the_vendor(self):
        """Scenario: a vendor sends 10 to the customer in 5 days. Expected: a status and that day, on the order, too."""
        product = self._create_product("Beam")
        order = self._create_order((product, 10))
        order.picking_ids.action_cancel()
        date = fields.Datetime.now() + timedelta(days=5)
        places = {"location_id": self.suppliers.id, "location_dest_id": self.customers.id}
        line = {
            "product_id": product.id,
            "product_uom_qty": 10,
            "sale_line_id": order.order_line.id,
            "date": date,
            **places,
        }
        sent = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": self.delivery_type.id,
                "sale_id": order.id,
                "move_ids": [Command.create(line)],
                **places,
            }
        )
        sent.action_confirm()
        sent.move_ids.date = date
        self._assert_domain_agrees(sent.move_ids)
        for record in (sent.move_ids, order.order_line):
            self.assertEqual(record.availability_status, "short")
            self.assertEqual((record.qty_available_now, record.qty_short, record.qty_uncovered), (0, 10, 0))
            self.assertEqual(record.promise_date, date)
        self.assertEqual((sent.promise_date, order.promise_date), (date, date))
        self.assertIn(sent.name, sent.move_ids.with_user(self.picker).allocation_explanation)
        self.assertIn(sent.name, sent.move_ids.expected_from)
        found = self.env["stock.move"].search([("availability_status", "=", "short"), ("id", "=", sent.move_ids.id)])
        self.assertEqual(found, sent.move_ids)
        backorder = self._ship(sent, 4)
        self._invalidate()
        self.assertEqual(backorder.name, f"{sent.name}-R1")
        self.assertEqual((order.backorder_count, order.open_backorder_count), (1, 1))

    def test_pick_and_ship(self):
        """Scenario: pick and ship. Expected: what is still to be picked is what the customer waits for, once."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=6)
        order = self._create_order((product, 10))
        self._assert_domain_agrees(order.order_line.move_ids)
        self._pick(order)
        self._assert_domain_agrees(order.order_line.move_ids)
        line = order.order_line
        self.assertEqual((line.qty_available_now, line.qty_short), (6, 4))
        self.assertEqual(order.open_backorder_count, 1, "The rest of the pick.")

    def test_between_companies(self):
        """Scenario: another company of ours orders. Expected: it is a customer like any other."""
        transit = self.env.ref("stock.stock_location_inter_company")
        transit.active = True
        self.customer.property_stock_customer = transit
        product = self._create_product("Beam", stock=6)
        order = self._create_order((product, 10))
        self._assert_domain_agrees(order.order_line.move_ids)
        self.assertEqual(order.order_line.availability_text, "6 now, 4 without a date")
        self.assertEqual(self._get_needs(product).customer_ids, self.customer)

    def test_quotation_that_was_set_back(self):
        """Scenario: 4 of 10 shipped, the order is cancelled, then a quotation of 7. Expected: it wants 3."""
        product = self._create_product("Beam", stock=4)
        order = self._create_order((product, 10))
        self._ship(order.picking_ids)
        order._action_cancel()
        order.action_draft()
        order.order_line.product_uom_qty = 7
        self._invalidate()
        line = order.order_line
        self.assertEqual((line.qty_available_now, line.qty_short), (0, 3), "Four have shipped.")
        self._add_stock(product, 2)
        self._invalidate()
        self.assertEqual(line.availability_text, "2 now, 1 without a date")
        self._add_stock(product, 1)
        self._invalidate()
        self.assertEqual(line.availability_status, "available")
