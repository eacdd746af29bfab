from ast import literal_eval

from odoo import Command
from odoo.fields import Domain
from odoo.tests import tagged

from ...hooks import get_customer_sql, number_as_deliveries
from ..chance import draw_from
from ..supply.supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestWhateverLeadsToCustomers(SupplyCase):
    """Where goods go says for whom they are, not what the operation is called: of a move and of its transfer alike."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.van = cls._create_type("Van", "internal", default_location_dest_id=cls.customers.id)

    @classmethod
    def _create_type(cls, name, code, **values):
        return cls.env["stock.picking.type"].create(
            {
                "name": name,
                "code": code,
                "sequence_code": name.upper(),
                "warehouse_id": cls.warehouse.id,
                "default_location_src_id": cls.stock.id,
                **values,
            }
        )

    def _route_by_van(self):
        """Let what is sold out of the test warehouse be brought by the van."""
        rules = self.warehouse.delivery_route_id.rule_ids
        rules.filtered(lambda rule: rule.location_dest_id == self.customers).picking_type_id = self.van

    # ---- one answer --------------------------------------------------------

    def _create_places(self):
        """Return places of every usage: ours, of customers and vendors, on the road, between companies, lost."""
        between = self.env.ref("stock.stock_location_inter_company")
        between.active = True
        usages = {
            usage: self.env["stock.location"].create({"name": usage, "usage": usage})
            for usage in ("internal", "customer", "supplier", "transit", "inventory", "production")
        }
        shop = self.env["stock.location"].create(
            {"name": "Shop", "usage": "customer", "location_id": self.customers.id, "company_id": self.company.id}
        )
        ship = self.env["stock.location"].create(
            {"name": "Ship", "usage": "transit", "location_id": between.id, "company_id": False}
        )
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        return (
            self.stock | other.lot_stock_id | between | ship | shop | self.customers | self.suppliers
            | self.env["stock.location"].union(*usages.values())
        )  # fmt: skip

    def _create_types(self):
        """Return operation types of every kind that transfers are made of."""
        codes = [
            code for code, _name in self.env["stock.picking.type"]._fields["code"]._description_selection(self.env)
        ]
        made = [self._create_type(f"of{number}", code) for number, code in enumerate(codes)]
        house = self.warehouse
        return self.van.union(
            house.in_type_id, house.out_type_id, house.int_type_id, house.pick_type_id, house.store_type_id, *made
        )

    def _draw_transfers(self, products):
        """Return transfers of each operation type to each place, from places drawn at random, and brought on so."""
        chance, places, transfers = draw_from(14), self._create_places(), self.env["stock.picking"]
        for picking_type in self._create_types():
            for destination in places:
                source = chance.choice(places - destination)
                here = {"location_id": source.id, "location_dest_id": destination.id}
                transfer = self._create_delivery(
                    *((product, chance.choice((1, 3))) for product in products),
                    picking_type=picking_type,
                    confirm=False,
                    **here,
                )
                transfer.move_ids.write(here)
                if chance.randrange(6):
                    transfer.action_confirm()
                if not chance.randrange(6):
                    transfer.action_cancel()
                transfers |= transfer
        return transfers

    def test_one_answer(self):
        """Scenario: transfers of every kind of operation to places of every usage. Expected: moves, transfers, domains,
        installing and the analysis say of the same ones that they are for a customer."""
        products = self._create_product("Beam") | self._create_product("Bolt")
        transfers = self._draw_transfers(products)
        self._invalidate()
        led = transfers.filtered(lambda transfer: transfer.location_dest_id._is_at_customers())
        self.assertGreater(len(led), 30)
        self.assertGreater(len(led.picking_type_id), 8, "Of all kinds.")
        self.assertEqual(transfers.filtered("is_bound_for_customer"), led)
        in_test = Domain("id", "in", transfers.ids)
        self.assertEqual(transfers.search(in_test & Domain("is_bound_for_customer", "=", True), order="id"), led)
        unbound = transfers.search(in_test & Domain("is_bound_for_customer", "=", False), order="id")
        self.assertEqual(unbound, transfers - led)
        self.assertEqual(transfers.filtered("customer_id"), led)
        rows = self.env.execute_query(get_customer_sql())
        in_sql = {transfer_id for transfer_id, customer_id in rows if customer_id} & set(transfers.ids)
        self.assertEqual(in_sql, set(led.ids))

        is_open = led.filtered(lambda transfer: transfer.state not in ("draft", "cancel"))
        bound = transfers.move_ids.filtered(lambda move: move._is_bound_for_customer())
        self.assertEqual(bound.picking_id, is_open)
        self.assertEqual(bound, is_open.move_ids)
        found = bound.search(bound._get_bound_domain() & Domain("picking_id", "in", transfers.ids), order="id")
        self.assertEqual(found, bound.sorted("id"))
        rows = self.env["stock.backorder.report"].search([("root_id", "in", transfers.ids)])
        confirmed = led.filtered(lambda transfer: transfer.state != "draft")
        self.assertEqual(rows.root_id.sorted("id"), confirmed)

    # ---- what follows of it ------------------------------------------------

    def test_numbered_as_deliveries(self):
        """Scenario: operation types of all kinds, made by hand. Expected: those that lead to customers are numbered and
        make their backorders as deliveries do, also if they begin to lead there; what was chosen stands."""
        self.assertEqual((self.van.backorder_suffix, self.van.create_backorder), ("-R", "always"))
        self.assertIn(self.van, self.company._get_delivery_operation_types())
        cart = self._create_type("Cart", "internal")
        self.assertEqual((cart.backorder_suffix, cart.create_backorder), (False, "ask"))
        self.assertNotIn(cart, self.company._get_delivery_operation_types())
        cart.default_location_dest_id = self.customers
        self.assertEqual(cart.backorder_suffix, "-R")
        cart.backorder_suffix = False
        shop = self.customers.create({"name": "Shop", "usage": "customer", "location_id": self.customers.id})
        cart.default_location_dest_id = shop
        self.assertFalse(cart.backorder_suffix, "An administrator has emptied it.")
        back = self._create_type("Back", "incoming", default_location_dest_id=self.customers.id)
        self.assertFalse(back.backorder_suffix, "Receipts are numbered by Odoo.")

    def test_types_of_before(self):
        """Scenario: the addon comes to a database that has such a type. Expected: it is numbered, no other is."""
        self.van.backorder_suffix = self.delivery_type.backorder_suffix = False
        number_as_deliveries(self.env)
        self.assertEqual((self.van.backorder_suffix, self.delivery_type.backorder_suffix), ("-R", False))
        self.assertFalse(self.warehouse.int_type_id.backorder_suffix)

    def test_order_by_van(self):
        """Scenario: 10 are ordered, the van brings 4. Expected: what follows of a delivery follows: state, number,
        count, page, list, analysis, and what was given up."""
        self._route_by_van()
        product = self._create_product("Beam", stock=4)
        order = self._create_order((product, 10))
        root = order.picking_ids
        self.assertEqual((root.picking_type_id, root.picking_type_code), (self.van, "internal"))
        self.assertEqual((root.is_bound_for_customer, root.customer_id), (True, self.customer))
        self.assertEqual(order.order_line.availability_text, "4 now, 6 without a date")
        backorder = self._ship(root)
        self._invalidate()
        self.assertEqual(backorder.name, f"{root.name}-R1")
        self.assertEqual((root.fulfillment_state, backorder.fulfillment_state), ("partially_picked", "waiting"))
        self.assertEqual((order.backorder_count, order.open_backorder_count), (1, 1))
        self.assertEqual(root.get_outcome()["message"].split(",")[0], "4 shipped")
        self._assert_is_delivery(root, backorder)

        self._add_stock(product, 6)
        backorder.action_assign()
        self.assertIn(backorder, self._get_listed())
        self.assertEqual(self.van.in_stock_count, 1)
        backorder.action_cancel()
        self._invalidate()
        self.assertEqual(root.fulfillment_state, "closed_short")
        self.assertEqual((root.items_ordered, root.items_shipped, backorder.items_cancelled), (4, 4, 6))
        [row] = self.env["stock.backorder.report"].search([("root_id", "=", root.id)])
        self.assertEqual((row.qty_ordered, row.qty_shipped, row.qty_open), (10, 4, 0))
        self._assert_installing_says_the_same(root | backorder)

    def _assert_is_delivery(self, root, backorder):
        """Assert that the customer, the warehouse and the analysis have the chain among deliveries."""
        buyer = self._hire("van_buyer", self.company, "base.group_portal")
        buyer.partner_id.parent_id = self.customer
        transfers = (root | backorder).with_user(buyer)
        self.assertEqual(transfers.search([("id", "in", transfers.ids)], order="id"), transfers)
        self.assertTrue(all(transfer._is_visible_to(buyer) for transfer in root | backorder))
        [line] = root.with_user(buyer)._get_backordered_lines()
        self.assertEqual((line["delivery"], line["quantity"]), (backorder.name, 6))
        self.assertIn(backorder, self._get_listed())
        [row] = self.env["stock.backorder.report"].search([("root_id", "=", root.id)])
        self.assertEqual((row.qty_shipped, row.qty_open, row.customer_id), (4, 6, self.customer))

    def _get_listed(self):
        """Return the transfers in the list of open deliveries."""
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_workbench")
        return self.env["stock.picking"].search(Domain(literal_eval(action["domain"])))

    def test_given_up_by_van(self):
        """Scenario: what the van does not bring is given up. Expected: closed short; no step has given up anything."""
        self._route_by_van()
        self.van.create_backorder = "never"
        order = self._create_order((self._create_product("Beam", stock=4), 10))
        root = order.picking_ids
        self._ship(root)
        self._invalidate()
        self.assertEqual(root.fulfillment_state, "closed_short")
        self.assertEqual((root.items_ordered, root.items_shipped, root.items_cancelled), (10, 4, 6))
        [row] = self.env["stock.backorder.report"].search([("root_id", "=", root.id)])
        self.assertEqual((row.qty_ordered, row.qty_shipped, row.qty_open), (10, 4, 0))

    def test_back_to_the_customer_by_a_receipt(self):
        """Scenario: what came back is returned once more, by the type of receipts, which names no other for returns.
        Expected: it leads to the customer, who waits for it."""
        receipts = self.warehouse.in_type_id
        self.delivery_type.return_picking_type_id, receipts.return_picking_type_id = receipts, False
        order = self._create_order((self._create_product("Beam", stock=5), 5))
        self._ship(order.picking_ids)
        back = self._return_all(order.picking_ids)
        self._ship(back)
        again = self._return_all(back)
        self.assertEqual((back.picking_type_id, again.picking_type_id), (receipts, receipts))
        self.assertEqual((back.is_bound_for_customer, again.is_bound_for_customer), (False, True))
        self.assertEqual((back.customer_id, again.customer_id), (back.customer_id.browse(), self.customer))
        self.assertTrue(again.move_ids._is_bound_for_customer())

    def _return_all(self, transfer):
        wizards = self.env["stock.return.picking"].with_context(active_id=transfer.id, active_model="stock.picking")
        return self.env["stock.picking"].browse(wizards.create({}).action_create_returns_all()["res_id"])

    # ---- whose it is -------------------------------------------------------

    def _buy_for(self, addressee, sent_type):
        """Return what a vendor sends to *addressee* by a purchase order that serves no sale."""
        product = self._create_bought("Beam")
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": sent_type.id,
                "dest_address_id": addressee and addressee.id,
                "order_line": [Command.create({"product_id": product.id, "product_qty": 3, "price_unit": 1})],
            }
        )
        return self._confirm(purchase)

    def test_vendor_is_no_customer(self):
        """Scenario: purchases that vendors send to customers. Expected: whose they are says the address, and vendors,
        who are the contact, are nobody's customers: they see none of it."""
        seller = self._hire("van_seller", self.company, "base.group_portal")
        seller.partner_id.parent_id = self.vendor
        places = {"default_location_src_id": self.suppliers.id, "default_location_dest_id": self.customers.id}
        sent_type = self._create_type("Sent", "incoming", **places)
        site = self.env["res.partner"].create({"name": "Site", "parent_id": self.customer.id, "type": "delivery"})
        for addressee, customer in ((site, self.customer), (site.browse(), site.browse())):
            sent = self._buy_for(addressee, sent_type)
            self.assertEqual(sent.partner_id, self.vendor)
            self.assertEqual((sent.is_bound_for_customer, sent.customer_id), (True, customer))
            self.assertEqual(sent._get_receiver(), addressee)
            self.assertFalse(sent._is_visible_to(seller))
            self.assertFalse(sent.with_user(seller).search([("id", "=", sent.id)]))
            [stored] = [row[1] for row in self.env.execute_query(get_customer_sql()) if row[0] == sent.id]
            self.assertEqual(stored or False, customer.id)
