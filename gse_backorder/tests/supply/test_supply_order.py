from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.chain.engine_facts import as_facts, fact
from .supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestSupplyOrder(SupplyCase):
    """From what is needed to requests for quotation, as a purchaser with no right on the stock."""

    def test_story(self):
        """Scenario: short, ordered, confirmed, received. Expected: on draft, on its way, ready; then no need."""
        beam = self._create_bought("Beam", stock=4)
        order = self._create_order((beam, 10))
        purchase = self._order(beam)
        line = purchase.order_line
        self.assertEqual((purchase.partner_id, purchase.state), (self.vendor, "draft"))
        self.assertEqual((line.product_id, line.product_qty, line.price_unit), (beam, 6, 10))
        self.assertEqual(purchase.picking_type_id, self.warehouse.in_type_id)
        self.assertEqual(line.date_planned.date(), fields.Date.today() + timedelta(days=5), "The vendor's lead time.")
        need = self._get_needs(beam)
        self.assertEqual((need.qty_uncovered, need.qty_draft, need.qty_to_order), (6, 6, 0))
        receipt = self._confirm(purchase)
        self.assertFalse(self._get_needs(beam))
        self.assertEqual(order.picking_ids.promise_date.date(), line.date_planned.date())
        self._receive_all(receipt)
        self.assertEqual(order.picking_ids.fulfillment_state, "ready")

    def test_all_needs(self):
        """Scenario: twelve products of three vendors, all ordered and confirmed. Expected: no need is left."""
        third = self.env["res.partner"].create({"name": "Third"})
        vendors = (self.vendor, self.other_vendor, third)
        products = [
            self._create_bought(f"P{number}", {"partner_id": vendors[number % 3].id, "min_qty": number % 4 * 5})
            for number in range(12)
        ]
        self._create_order(*((product, 3 + number) for number, product in enumerate(products)))
        purchases = self._order(*products)
        self.assertEqual(purchases.partner_id, third | self.vendor | self.other_vendor)
        self.assertEqual(len(purchases), 3, "One a vendor.")
        needs = self._get_needs(*products)
        self.assertEqual((len(needs), any(needs.mapped("qty_to_order"))), (12, False))
        self._confirm(purchases)
        self.assertFalse(self._get_needs(*products))

    def test_minimum_packaging_and_unit(self):
        """Scenario: 13 eggs needed, sold in dozens; 3 nails, not under 100; 7 rolls in sixes. Expected: 2, 100, 12."""
        six = self.env.ref("uom.product_uom_pack_6")
        (six | self.dozen).active = True
        egg = self._create_bought("Egg", {"product_uom_id": self.dozen.id, "price": 24}, uom_ids=[self.dozen.id])
        nail = self._create_bought("Nail", {"min_qty": 100})
        roll = self._create_bought("Roll", {"product_uom_id": six.id, "min_qty": 2}, uom_ids=[six.id])
        self._create_order((egg, 13), (nail, 3), (roll, 7))
        lines = self._order(egg, nail, roll).order_line
        ordered = {line.product_id: (line.product_qty, line.product_uom_id) for line in lines}
        self.assertEqual(ordered, {egg: (2, self.dozen), nail: (100, self.unit), roll: (2, six)})
        self.assertEqual(lines.filtered(lambda line: line.product_id == egg).price_unit, 24)
        self.assertFalse(any(self._get_needs(egg, nail, roll).mapped("qty_to_order")))

    def test_packaging_is_whole(self):
        """Scenario: a unit that is no packaging, then one that is. Expected: divided, then whole."""
        self.dozen.active = True
        grain = self._create_bought("Grain", {"product_uom_id": self.dozen.id})
        self._create_order((grain, 13))
        [line] = self._open_wizard(self._get_needs(grain)).line_ids
        self.assertEqual(line.quantity, 1.09)
        grain.uom_ids = self.dozen
        [line] = self._open_wizard(self._get_needs(grain)).line_ids
        self.assertEqual(line.quantity, 2)

    def test_wizard_tells_before(self):
        """Scenario: one of a vendor, one raised to his minimum, one of nobody. Expected: it is said before."""
        beam, nail = self._create_bought("Beam"), self._create_bought("Nail", {"min_qty": 100, "price": 2})
        nobody = self._create_product("Nobody's")
        self._create_order((beam, 5), (nail, 3), (nobody, 1))
        wizard = self._open_wizard(self._get_needs(beam, nail, nobody))
        lines = wizard.line_ids.grouped("product_id")
        self.assertEqual((lines[beam].quantity, lines[beam].amount, lines[beam].remark), (5, 50, False))
        self.assertEqual(lines[beam].arrival_date, fields.Date.today() + timedelta(days=5))
        self.assertEqual((lines[nail].quantity, lines[nail].amount), (100, 200))
        self.assertIn("minimum", lines[nail].remark)
        self.assertEqual(lines[nobody].method, "none")
        self.assertIn("No vendor", lines[nobody].remark)
        self.assertEqual(wizard.request_count, 1)
        self.assertIn("Not ordered: 1.", wizard.summary)
        wizard.action_order()
        self.assertEqual(wizard.purchase_ids.order_line.product_id, beam | nail)
        self.assertEqual(self._get_needs(nobody).qty_to_order, 1, "Listed, not dropped.")

    def test_choose_another_vendor(self):
        """Scenario: two vendors, the second is chosen; a product of nobody gets one. Expected: at their prices."""
        beam = self._create_bought(
            "Beam", {"sequence": 1}, {"partner_id": self.other_vendor.id, "sequence": 2, "price": 12, "min_qty": 8}
        )
        nobody = self._create_product("Nobody's", standard_price=3)
        self._create_order((beam, 5), (nobody, 2))
        wizard = self._open_wizard(self._get_needs(beam, nobody))
        with Form(wizard) as form:
            for number in range(2):
                with form.line_ids.edit(number) as line:
                    line.partner_id = self.other_vendor
        wizard.action_order()
        [purchase] = wizard.purchase_ids
        self.assertEqual(purchase.partner_id, self.other_vendor)
        ordered = {line.product_id: (line.product_qty, line.price_unit) for line in purchase.order_line}
        self.assertEqual(ordered, {beam: (8, 12), nobody: (2, 3)}, "Without a price: at cost, to be asked.")

    def test_below_every_minimum(self):
        """Scenario: prices from 10 and from 100, 5 are needed; another vendor sells from 1000. Expected: 10."""
        beam = self._create_bought(
            "Beam",
            {"partner_id": self.other_vendor.id, "min_qty": 1000, "price": 1},
            {"min_qty": 100, "price": 8},
            {"min_qty": 10, "price": 10},
        )
        self._create_order((beam, 5))
        [need] = self._get_needs(beam)
        self.assertEqual((need.partner_id, need.price), (self.vendor, 10))
        line = self._order(beam).order_line
        self.assertEqual((line.product_qty, line.price_unit), (10, 10))

    def test_price_without_an_offer(self):
        """Scenario: no vendor has a price, it costs 30; the draft has one at 27. Expected: shown as it is requested."""
        product = self._create_product("Nobody's", standard_price=30)
        self._create_order((product, 33))
        wizard = self._open_wizard(self._get_needs(product))
        line = wizard.line_ids
        self.assertEqual(line.price, 0, "Of nobody.")
        line.write({"partner_id": self.vendor.id, "quantity": 10})
        self.assertEqual((line.price, line.amount), (30, 300), "At cost.")
        self.assertIn("23 of 33 stay open.", line.remark)
        wizard.action_order()
        self.assertEqual(wizard.purchase_ids.order_line.price_unit, 30)
        wizard.purchase_ids.order_line.price_unit = 27
        wizard = self._open_wizard(self._get_needs(product))
        wizard.line_ids.partner_id = self.vendor
        self.assertEqual(
            (wizard.line_ids.purchase_id.state, wizard.line_ids.price), ("draft", 27), "As the draft says."
        )

    def test_what_is_not_ordered_is_said(self):
        """Scenario: 5 are needed; 5, 2 and none are ordered. Expected: how many stay open."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 5))
        line = self._open_wizard(self._get_needs(beam)).line_ids
        for quantity, remark in (
            (5, False),
            (2, "3 of 5 stay open."),
            (4, "1 of 5 stays open."),
            (0, "5 of 5 stay open."),
        ):
            line.quantity = quantity
            self.assertEqual(line.remark, remark)

    def test_price_of_what_is_ordered(self):
        """Scenario: 5 are needed, the purchaser orders 100, which are cheaper. Expected: shown at that price before."""
        beam = self._create_bought("Beam", {"price": 10}, {"min_qty": 100, "price": 8})
        self._create_order((beam, 5))
        wizard = self._open_wizard(self._get_needs(beam))
        self.assertEqual(wizard.line_ids.amount, 50)
        wizard.line_ids.quantity = 100
        self.assertEqual(wizard.line_ids.amount, 800)
        wizard.action_order()
        self.assertEqual(wizard.purchase_ids.amount_untaxed, 800)

    def test_vendor_for_what_is_left(self):
        """Scenario: 95 of 100 are on draft; the first vendor sells from 50. Expected: the 5 from the second one."""
        beam = self._create_bought(
            "Beam", {"partner_id": self.other_vendor.id, "min_qty": 50, "sequence": 1}, {"sequence": 2}
        )
        self._create_order((beam, 95))
        self._order(beam)
        self._create_order((beam, 5))
        [need] = self._get_needs(beam)
        self.assertEqual((need.qty_to_order, need.partner_id), (5, self.vendor))

    def test_wanted_elsewhere(self):
        """Scenario: a line wants it from the output, where no receipt brings it. Expected: listed, not ordered."""
        self.warehouse.delivery_steps = "pick_ship"
        beam = self._create_bought("Beam")
        self._create_delivery((beam, 5), location_id=self.warehouse.wh_output_stock_loc_id.id, confirm=False)
        delivery = self.env["stock.picking"].search([("move_ids.product_id", "=", beam.id)])
        delivery.move_ids.location_id = self.warehouse.wh_output_stock_loc_id
        delivery.action_confirm()
        [need] = self._get_needs(beam)
        self.assertEqual((need.qty_uncovered, need.qty_elsewhere, need.qty_to_order), (5, 5, 0))
        wizard = self._open_wizard(need)
        self.assertIn("move it there", wizard.line_ids.remark)

    def test_reordering_rule_sees_the_request(self):
        """Scenario: goods come in two steps; needed and requested; then a rule looks. Expected: nothing more."""
        self.env["ir.config_parameter"].set_param("stock.no_auto_scheduler", "True")
        self.warehouse.reception_steps = "two_steps"
        beam = self._create_bought("Beam", route_ids=[self.env.ref("purchase_stock.route_warehouse0_buy").id])
        self._create_order((beam, 10))
        self._order(beam)
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": beam.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock.id,
                "trigger": "auto",
            }
        )
        self.assertEqual(rule.qty_to_order, 0)

    def test_reordering_rule_without_vendor(self):
        """Scenario: an automatic rule for what nobody sells. Expected: still to be ordered: the rule cannot."""
        self.env["ir.config_parameter"].set_param("stock.no_auto_scheduler", "True")
        beam = self._create_product("Beam")
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": beam.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock.id,
                "trigger": "auto",
            }
        )
        self._create_order((beam, 10))
        self.assertEqual(self._get_needs(beam).qty_to_order, 10)

    def test_currency(self):
        """Scenario: the vendor sells in another currency. Expected: requested in it, at his price."""
        euro = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", "CHF"), ("id", "!=", self.company.currency_id.id)])
        )
        euro.active = True
        beam = self._create_bought("Beam", {"currency_id": euro.id, "price": 33})
        self._create_order((beam, 5))
        [need] = self._get_needs(beam)
        self.assertEqual((need.price, need.price_currency_id), (33, euro))
        purchase = self._order(beam)
        self.assertEqual((purchase.currency_id, purchase.order_line.price_unit), (euro, 33))

    def test_price_list_dates(self):
        """Scenario: the price goes up tomorrow, and was lower yesterday. Expected: today's."""
        today = fields.Date.today()
        beam = self._create_bought(
            "Beam",
            {"price": 5, "date_end": today - timedelta(days=1)},
            {"price": 10, "date_start": today, "date_end": today},
            {"price": 20, "date_start": today + timedelta(days=1)},
        )
        self._create_order((beam, 5))
        self.assertEqual(self._order(beam).order_line.price_unit, 10)

    def test_draft_is_added_to(self):
        """Scenario: a draft of the vendor with a line on it. Expected: more of the line; a new one if so wanted."""
        beam, wool = self._create_bought("Beam"), self._create_bought("Wool")
        self._create_order((beam, 5))
        draft = self._order(beam)
        self._create_order((beam, 2), (wool, 3))
        self.assertEqual(self._get_needs(beam).qty_to_order, 2)
        wizard = self._open_wizard(self._get_needs(beam, wool))
        self.assertEqual(wizard.line_ids.purchase_id, draft, "It says so.")
        wizard.action_order()
        ordered = {line.product_id: line.product_qty for line in draft.order_line}
        self.assertEqual(ordered, {beam: 7, wool: 3})
        self._create_order((wool, 1))
        other = self._order(wool, use_drafts=False)
        self.assertEqual((len(other), other == draft, other.order_line.product_qty), (1, False, 1))

    def test_sent_is_not_added_to(self):
        """Scenario: the vendor has got the request already. Expected: it counts, and stays as he has got it."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 5))
        sent = self._order(beam)
        sent.state = "sent"
        self._create_order((beam, 2))
        other = self._order(beam)
        self.assertEqual((sent.order_line.product_qty, other.order_line.product_qty), (5, 2))

    def test_archived_product(self):
        """Scenario: the product was archived while customers wait. Expected: listed with what to do, not ordered."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 5))
        beam.active = False
        wizard = self._open_wizard(self._get_needs(beam))
        self.assertIn("archived", wizard.line_ids.remark)
        with self.assertRaisesRegex(UserError, "nothing to order"):
            wizard.action_order()

    def test_clicked_twice(self):
        """Scenario: clicked twice, in one wizard and in two. Expected: ordered once; the second is told."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 5))
        first, second = (self._open_wizard(self._get_needs(beam)) for _number in range(2))
        actions = [first.action_order() for _click in range(2)]
        self.assertEqual(actions[0]["res_id"], actions[1]["res_id"])
        with self.assertRaisesRegex(UserError, "Meanwhile less is to be ordered of Beam"):
            second.action_order()
        self.assertEqual(self._get_needs(beam).qty_draft, 5)
        third = self._open_wizard(self._get_needs(beam))
        self.assertEqual((third.line_ids.quantity, third.line_ids.method), (0, "buy"))
        self.assertIn("on draft", third.line_ids.remark)

    def test_cancelled_and_partly_received(self):
        """Scenario: a part comes and the rest is cancelled; a whole order is cancelled. Expected: needed again."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 10))
        receipt = self._confirm(self._order(beam))
        self._receive_all(receipt, 4)
        self.assertFalse(self._get_needs(beam), "The rest is on its way.")
        receipt.backorder_ids.action_cancel()
        self.assertEqual(self._get_needs(beam).qty_uncovered, 6)
        purchase = self._order(beam)
        self._confirm(purchase)
        self.assertFalse(self._get_needs(beam))
        purchase.button_cancel()
        self.assertEqual(self._get_needs(beam).qty_to_order, 6)

    def test_more_than_ordered_is_received(self):
        """Scenario: 8 of 5 come, and 10 were wanted. Expected: 2 are needed."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 5))
        receipt = self._confirm(self._order(beam))
        self._create_order((beam, 5))
        self._receive_all(receipt, 8)
        self.assertEqual(self._get_needs(beam).qty_uncovered, 2)

    def test_two_companies(self):
        """Scenario: needs of two companies are ordered together. Expected: a request in each, at its own price."""
        other = self.env["res.company"].create({"name": "Other Company"})
        beam = self._create_bought("Beam", {"company_id": self.company.id}, {"company_id": other.id, "price": 3})
        self._create_order((beam, 10))
        self._create_delivery_of(other, beam, 7).action_confirm()
        self._invalidate()
        both = self._hire("backorder_purchaser_both", self.company | other, "purchase.group_purchase_user")
        needs = self.env["stock.supply.need"].with_user(both)
        needs = needs.with_context(allowed_company_ids=(self.company | other).ids)
        action = needs.search([("product_id", "=", beam.id)]).action_order()
        wizard = self.env["stock.supply.order"].with_env(needs.env).browse(action["res_id"])
        wizard.action_order()
        made = {
            purchase.company_id: (purchase.order_line.product_qty, purchase.order_line.price_unit)
            for purchase in wizard.purchase_ids
        }
        self.assertEqual(made, {self.company: (10, 10), other: (7, 3)})

    def test_another_companys_warehouse(self):
        """Scenario: a line names what is another company's: its warehouse, product, vendor. Expected: refused before
        anything is told of it, whoever names it; so it is to order for a company that is not chosen."""
        other = self.env["res.company"].create({"name": "Other Company"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        beam = self._create_bought("Beam")
        choice = {"quantity": 5, "partner_id": self.vendor.id}
        line = {**as_facts({"product_id": beam.id, "warehouse_id": warehouse.id}), **choice}
        wizards = self.env["stock.supply.order"].with_user(self.purchaser)
        line_of_own = {**line, "warehouse_id": fact(self.warehouse.id)}
        own = wizards.create({"line_ids": [Command.create(line_of_own)]})
        foreign = {
            "warehouse_id": fact(warehouse.id),
            "product_id": fact(self._create_product("Foreign", company_id=other.id).id),
            "partner_id": self.env["res.partner"].create({"name": "Theirs", "company_id": other.id}).id,
        }
        self._invalidate()
        for name, record_id in foreign.items():
            with self.subTest(name), self.assertRaises(AccessError):
                own.line_ids.write({name: record_id})
            with self.subTest(name), self.assertRaises(AccessError):
                wizards.create({"line_ids": [Command.create({**line_of_own, name: record_id})]})
            self._invalidate()
        self.purchaser.company_ids |= other
        both = wizards.with_context(allowed_company_ids=[self.company.id, other.id])
        for values in (line, {**line, "partner_id": False}):  # bought, and by a rule
            wizard = both.create({"line_ids": [Command.create(values)]})
            with self.assertRaises(AccessError):
                wizard.with_context(allowed_company_ids=self.company.ids).action_order()

    def test_no_rule(self):
        """Scenario: nothing brings a product, which has no vendor. Expected: it is said, and nothing else."""
        beam = self._create_product("Beam")
        self._create_delivery((beam, 5))
        line = self._open_wizard(self._get_needs(beam)).line_ids
        self.env["stock.rule"].search([]).active = False
        self._invalidate()
        self.assertIs(line.rule_action, False)
        self.assertEqual(line.method, "none")

    def test_nothing_is_named_yet(self):
        """Scenario: the form of a line without a product, as any client can ask for it. Expected: it is not ordered."""
        line = self.env["stock.supply.order.line"].with_user(self.purchaser).new({})
        self.assertEqual(line.method, "none")

    def test_two_warehouses(self):
        """Scenario: one product short in two warehouses. Expected: a request for each, into its own receipts."""
        beam = self._create_bought("Beam")
        other = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        self._create_order((beam, 10))
        self._create_order((beam, 6), warehouse_id=other.id)
        self._invalidate()
        needs = self.env["stock.supply.need"].with_user(self.purchaser).search([("product_id", "=", beam.id)])
        wizard = self._open_wizard(needs)
        wizard.action_order()
        made = {purchase.picking_type_id: purchase.order_line.product_qty for purchase in wizard.purchase_ids}
        self.assertEqual(made, {self.warehouse.in_type_id: 10, other.in_type_id: 6})

    def test_order_and_mail(self):
        """Scenario: ordered and mailed, twice. Expected: Odoo's mail to the vendor, once; the request is sent."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 5))
        wizard = self._open_wizard(self._get_needs(beam))
        before = self.env["mail.mail"].search([], order="id desc", limit=1).id
        for _click in range(2):
            action = wizard.action_order_and_mail()
            actions = self.env["ir.actions.server"].with_user(self.purchaser).browse(action["id"])
            actions.with_context(**action["context"]).run()
        [purchase] = wizard.purchase_ids
        self.assertEqual(purchase.state, "sent")
        messages = purchase.message_ids.filtered(lambda message: self.vendor in message.notified_partner_ids)
        self.assertEqual(len(messages), 1)
        self.assertIn(purchase.name, messages.subject + messages.body)
        self.assertTrue(messages.attachment_ids, "The request itself.")
        self.assertTrue(self.env["mail.mail"].search([("id", ">", before)]) or messages.notification_ids)

    def test_mail_without_address(self):
        """Scenario: one of two vendors has no address. Expected: told which, and nothing is ordered."""
        self.other_vendor.email = False
        beam, wool = self._create_bought("Beam"), self._create_bought("Wool", {"partner_id": self.other_vendor.id})
        self._create_order((beam, 5), (wool, 3))
        wizard = self._open_wizard(self._get_needs(beam, wool))
        with self.assertRaisesRegex(UserError, "Other Vendor"):
            wizard.action_order_and_mail()
        self.assertFalse(wizard.purchase_ids)
        self.assertFalse(any(self._get_needs(beam, wool).mapped("qty_draft")))

    def test_from_another_warehouse(self):
        """Scenario: the warehouse is resupplied from another one. Expected: it says so, and makes the transfer."""
        other = self.env["stock.warehouse"].create({"name": "Central", "code": "CEN"})
        self.warehouse.resupply_wh_ids = other
        beam = self._create_product("Beam", route_ids=[Command.set(self.warehouse.resupply_route_ids.ids)])
        self._add_stock(beam, 50, location=other.lot_stock_id)
        self._create_order((beam, 5))
        wizard = self._open_wizard(self._get_needs(beam))
        self.assertEqual(wizard.line_ids.method, "rule")
        self.assertIn("another warehouse", wizard.line_ids.remark)
        wizard.action_order()
        self.assertFalse(wizard.purchase_ids)
        self.assertFalse(self._get_needs(beam), "It is on its way.")
