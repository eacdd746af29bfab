from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.supply.shortage import NARROWED, TOLD, UNDATED
from .supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestSupplyNeeds(SupplyCase):
    """What pegging cannot cover, by product and warehouse."""

    def test_row(self):
        """Scenario: 25 and 10 wanted of two customers, 10 in stock, 5 on their way. Expected: 20, and all about it."""
        beam = self._create_bought("Beam", stock=10)
        other = self.env["res.partner"].create({"name": "Other"})
        first = self._create_order((beam, 25), commitment_date=self._in_days(4))
        self._create_order((beam, 10), partner_id=other.id, commitment_date=self._in_days(6))
        self._create_receipt((beam, 5))
        need = self._get_needs(beam)
        self.assertEqual((need.qty_uncovered, need.qty_to_order, need.uom_id), (20, 20, self.unit))
        self.assertEqual((need.line_count, need.order_count, need.customer_count), (2, 2, 2))
        self.assertEqual(need.customer_ids, self.customer | other)
        self.assertEqual(need.deadline.date(), first.picking_ids.date_deadline.date())
        self.assertEqual(need.value, 160, "At the product's cost.")
        self.assertEqual((need.partner_id, need.price, need.lead_days), (self.vendor, 10, 5))
        self.assertEqual(need.arrival_date, fields.Date.today() + timedelta(days=5))
        self.assertEqual((need.qty_free, need.qty_incoming), (0, 5))
        self.assertEqual(need.company_id, self.company)

    def test_never_stale(self):
        """Scenario: short, more ordered, a receipt, a cancellation. Expected: the row follows at once."""
        beam = self._create_bought("Beam")
        order = self._create_order((beam, 10))
        self.assertEqual(self._get_needs(beam).qty_uncovered, 10)
        self._create_order((beam, 3))
        self.assertEqual(self._get_needs(beam).qty_uncovered, 13)
        receipt = self._create_receipt((beam, 4))
        self.assertEqual(self._get_needs(beam).qty_uncovered, 9)
        receipt.action_cancel()
        self.assertEqual(self._get_needs(beam).qty_uncovered, 13)
        order._action_cancel()
        self.assertEqual(self._get_needs(beam).qty_uncovered, 3)
        self._add_stock(beam, 3)
        self.assertFalse(self._get_needs(beam), "Covered: no row.")

    def test_outside_of_warehouses(self):
        """Scenario: wanted from a location of no warehouse. Expected: listed all the same."""
        shelf = self.env["stock.location"].create({"name": "Lone Shelf", "usage": "internal", "location_id": False})
        beam = self._create_bought("Beam")
        delivery = self._create_delivery((beam, 4), confirm=False)
        delivery.move_ids.location_id = shelf
        delivery.action_confirm()
        self._invalidate()
        need = self.env["stock.supply.need"].with_user(self.purchaser).search([("product_id", "=", beam.id)])
        self.assertEqual((need.qty_uncovered, need.qty_to_order, need.warehouse_id.id), (4, 0, False))
        self.assertEqual(need.customer_ids, self.customer)
        self.assertIn("outside", self._open_wizard(need).line_ids.remark)
        self.assertEqual(self.env["stock.move"].search(need.action_view_lines()["domain"]), delivery.move_ids)

    def test_units(self):
        """Scenario: two dozen are wanted, the vendor sells dozens. Expected: the need in units, the price of one."""
        egg = self._create_bought("Egg", {"product_uom_id": self.dozen.id, "price": 24})
        self._create_order((egg, 2, self.dozen))
        need = self._get_needs(egg)
        self.assertEqual((need.qty_uncovered, need.price), (24, 2))

    def test_two_warehouses(self):
        """Scenario: short in one warehouse, plenty in another. Expected: a row for the first, filtered by it."""
        beam = self._create_bought("Beam")
        other = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        self._add_stock(beam, 50, location=other.lot_stock_id)
        self._create_order((beam, 10))
        self._create_order((beam, 60), warehouse_id=other.id)
        needs = self.env["stock.supply.need"].with_user(self.purchaser).search([("product_id", "=", beam.id)])
        self.assertEqual({need.warehouse_id: need.qty_uncovered for need in needs}, {self.warehouse: 10, other: 10})

    def test_two_steps(self):
        """Scenario: pick and ship, nothing there. Expected: wanted once, though two transfers will move it."""
        self.warehouse.delivery_steps = "pick_ship"
        beam = self._create_bought("Beam")
        self._create_order((beam, 10))
        need = self._get_needs(beam)
        self.assertEqual((need.qty_uncovered, need.line_count, need.customer_count), (10, 1, 1))

    def test_bought_to_order(self):
        """Scenario: bought to order, its request for quotation is a draft. Expected: no need: it is on its way."""
        self.env.ref("stock.route_warehouse0_mto").active = True
        routes = self.env.ref("purchase_stock.route_warehouse0_buy") | self.env.ref("stock.route_warehouse0_mto")
        beam = self._create_bought("Beam", route_ids=[Command.set(routes.ids)])
        self._create_order((beam, 10))
        self.assertFalse(self._get_needs(beam))
        other = self._create_delivery((beam, 4))
        need = self._get_needs(beam)
        self.assertEqual((need.qty_uncovered, need.qty_draft, need.qty_to_order), (4, 0, 4), "That is for the order.")
        self.assertEqual(need._get_uncovered_claims(beam)[0].move_id, other.move_ids.id)

    def test_bought_to_order_and_cancelled(self):
        """Scenario: bought to order, then only the order is cancelled. Expected: its draft is for others now."""
        self.env.ref("stock.route_warehouse0_mto").active = True
        routes = self.env.ref("purchase_stock.route_warehouse0_buy") | self.env.ref("stock.route_warehouse0_mto")
        beam = self._create_bought("Beam", route_ids=[Command.set(routes.ids)])
        order = self._create_order((beam, 10))
        self._create_delivery((beam, 4))
        order._action_cancel()
        need = self._get_needs(beam)
        self.assertEqual((need.qty_uncovered, need.qty_draft, need.qty_to_order), (4, 10, 0))

    def test_reordering_rule(self):
        """Scenario: an automatic rule will order tonight. Expected: shown, and not to be ordered again."""
        self.env["ir.config_parameter"].set_param("stock.no_auto_scheduler", "True")
        beam = self._create_bought("Beam", route_ids=[self.env.ref("purchase_stock.route_warehouse0_buy").id])
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": beam.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock.id,
                "product_min_qty": 5,
                "product_max_qty": 20,
                "trigger": "auto",
            }
        )
        self._create_order((beam, 10))
        rule.invalidate_recordset()
        need = self._get_needs(beam)
        self.assertEqual((need.qty_uncovered, need.qty_orderpoint, need.qty_to_order), (10, 30, 0))
        rule.trigger = "manual"
        self.assertEqual(self._get_needs(beam).qty_to_order, 10, "A manual one orders nothing by itself.")
        rule.trigger = "auto"
        self.env["stock.rule"].run_scheduler()
        need = self._get_needs(beam)
        self.assertEqual((need.qty_draft, need.qty_orderpoint, need.qty_to_order), (30, 0, 0), "It has ordered.")

    def test_reordering_rule_by_hand(self):
        """Scenario: a rule wants 30, somebody has typed 7, and it becomes automatic; then it is archived. Expected: it
        orders 7 by itself, then nothing."""
        self.env["ir.config_parameter"].set_param("stock.no_auto_scheduler", "True")
        beam = self._create_bought("Beam", route_ids=[self.env.ref("purchase_stock.route_warehouse0_buy").id])
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": beam.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock.id,
                "product_min_qty": 5,
                "product_max_qty": 20,
                "trigger": "manual",
            }
        )
        self._create_order((beam, 10))
        rule.invalidate_recordset()
        rule.qty_to_order = 7
        rule.trigger = "auto"
        need = self._get_needs(beam)
        self.assertEqual((need.qty_orderpoint, need.qty_to_order), (7, 3))
        rule.active = False
        need = self._get_needs(beam)
        self.assertEqual((need.qty_orderpoint, need.qty_to_order), (0, 10), "It orders nothing any more.")

    def test_vendor_of_the_day(self):
        """Scenario: prices of the past and of the future, an archived vendor. Expected: who sells today."""
        gone = self.env["res.partner"].create({"name": "Gone", "active": False})
        today = fields.Date.today()
        beam = self._create_bought(
            "Beam",
            {"partner_id": gone.id, "sequence": 1},
            {"partner_id": self.other_vendor.id, "sequence": 2, "date_end": today - timedelta(days=1)},
            {"sequence": 3, "date_start": today + timedelta(days=1), "price": 5},
            {"sequence": 4, "price": 11},
        )
        self._create_order((beam, 10))
        need = self._get_needs(beam)
        self.assertEqual((need.partner_id, need.price), (self.vendor, 11))

    def test_vendor_for_the_quantity(self):
        """Scenario: the first vendor sells from 100 only. Expected: for 10 the second, for 120 the first."""
        beam = self._create_bought(
            "Beam", {"partner_id": self.other_vendor.id, "sequence": 1, "min_qty": 100, "price": 7}, {"sequence": 2}
        )
        self._create_order((beam, 10))
        self.assertEqual(self._get_needs(beam).partner_id, self.vendor)
        self._create_order((beam, 110))
        need = self._get_needs(beam)
        self.assertEqual((need.partner_id, need.price), (self.other_vendor, 7))

    def test_offer_for_a_variant(self):
        """Scenario: the vendor is cheaper for the other variant. Expected: not for this one."""
        attribute = self.env["product.attribute"].create(
            {"name": "Colour", "value_ids": [Command.create({"name": name}) for name in ("Red", "Blue")]}
        )
        line = {"attribute_id": attribute.id, "value_ids": [Command.set(attribute.value_ids.ids)]}
        template = self.env["product.template"].create(
            {"name": "Beam", "is_storable": True, "attribute_line_ids": [Command.create(line)]}
        )
        red, blue = template.product_variant_ids
        for product, price, delay in ((blue, 5, 9), (red.browse(), 10, 5)):
            self.env["product.supplierinfo"].create(
                {
                    "partner_id": self.vendor.id,
                    "product_tmpl_id": template.id,
                    "product_id": product.id,
                    "price": price,
                    "delay": delay,
                }
            )
        self._create_order((red, 6), (blue, 6))
        days = {need.product_id: need.lead_days for need in self._get_needs(red, blue)}
        self.assertEqual(days, {red: 5, blue: 9})

    def test_days_to_purchase(self):
        """Scenario: the company takes two days to order. Expected: they come before the vendor's five."""
        self.company.days_to_purchase = 2
        beam = self._create_bought("Beam")
        self._create_order((beam, 10))
        need = self._get_needs(beam)
        self.assertEqual((need.lead_days, need.arrival_date), (7, fields.Date.today() + timedelta(days=7)))

    def test_no_vendor(self):
        """Scenario: nobody sells it. Expected: listed all the same, and says so."""
        beam = self._create_product("Beam")
        self._create_order((beam, 10))
        need = self._get_needs(beam)
        self.assertEqual((need.supply_method, need.partner_id.ids, need.arrival_date), ("none", [], False))

    def test_search(self):
        """Scenario: searched by vendor, category, customer, late. Expected: found by each."""
        category = self.env["product.category"].create({"name": "Timber"})
        beam = self._create_bought("Beam", categ_id=category.id)
        wool = self._create_bought("Wool", {"partner_id": self.other_vendor.id})
        other = self.env["res.partner"].create({"name": "Other Customer Ltd"})
        self._create_order((beam, 10), commitment_date=self._in_days(5))
        late = self._create_order((wool, 10), partner_id=other.id)
        late.picking_ids.move_ids.date_deadline = self._in_days(-1)
        self._invalidate()
        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        for domain, product in (
            ([("partner_id", "=", self.vendor.id)], beam),
            ([("categ_id", "child_of", category.id)], beam),
            ([("customer_ids", "in", self.customer.ids)], beam),
            ([("customer_ids", "ilike", "Other Customer")], wool),
            ([("is_late", "=", True)], wool),
            ([("is_late", "=", False)], beam),
        ):
            found = needs.search([("product_id", "in", (beam | wool).ids), *domain])
            self.assertEqual(found.product_id, product, domain)

    def test_late_when_the_day_is_over(self):
        """Scenario: due at 17:00 in New York, read there at 21:00 and past midnight. Expected: late the next day."""
        self.warehouse.partner_id = self.env["res.partner"].create({"name": "House", "tz": "America/New_York"})
        product = self._create_bought("Beam")
        self._create_order((product, 10)).picking_ids.move_ids.date_deadline = "2026-12-04 22:00:00"
        for moment, is_late in (
            ("2026-12-04 21:00:00", False),
            ("2026-12-05 02:00:00", False),
            ("2026-12-05 05:30:00", True),
        ):
            with freeze_time(moment):
                need = self._get_needs(product)
                self.assertEqual(need.is_late, is_late, moment)
                self.assertEqual(need.search([("id", "in", need.ids), ("is_late", "=", is_late)]), need)

    def test_search_by_customers(self):
        """Scenario: all ways to search by customers, turned round, too. Expected: the rows of those and no others."""
        beam, wool, nail = (self._create_bought(name) for name in ("Beam", "Wool", "Nail"))
        other = self.env["res.partner"].create({"name": "Other Customer Ltd", "city": "Ulm"})
        self._create_order((beam, 10))
        self._create_order((wool, 10), partner_id=other.id)
        self._create_delivery((nail, 1), partner_id=False)
        self._invalidate()
        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        every = [("product_id", "in", (beam | wool | nail).ids)]
        for condition, products in (
            (("customer_ids", "any", [("city", "=", "Ulm")]), wool),
            (("customer_ids.city", "=", "Ulm"), wool),
            (("customer_ids", "not any", [("city", "=", "Ulm")]), beam | nail),
            (("customer_ids", "=", other.id), wool),
            (("customer_ids", "!=", other.id), beam | nail),
            (("customer_ids", "not in", other.ids), beam | nail),
            (("customer_ids", "=", False), nail),
            (("customer_ids", "!=", False), beam | wool),
            (("customer_ids", "in", [False, other.id]), wool | nail),
            (("customer_ids", "not ilike", "Other Customer"), beam | nail),
            (("customer_ids", "=", "Other Customer Ltd"), wool),
        ):
            with self.subTest(condition=condition):
                self.assertEqual(needs.search([*every, condition]).product_id, products)
                self.assertEqual(needs.sudo().search([*every, condition]).product_id, products, "With all rights.")

    def test_search_tells_nothing_of_hidden_customers(self):
        """Scenario: a customer of whom a rule hides all from the purchaser, and figures that only accountants read; he
        searches by these. Expected: what he cannot search himself finds nothing, or is refused."""
        beam = self._create_bought("Beam")
        secret = self.env["res.partner"].create({"name": "Secret Ltd", "ref": "K7"})
        self._create_order((beam, 10), partner_id=secret.id)
        self.env["ir.rule"].create(
            {
                "name": "Hidden",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {secret.id})]",
            }
        )
        self._invalidate()
        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        for condition in (
            ("customer_ids.ref", "=like", "K%"),
            ("customer_ids", "any", [("ref", "=", "K7")]),
            ("customer_ids", "ilike", "Secret"),
            ("customer_ids", "in", secret.ids),
        ):
            self.assertFalse(needs.search([("product_id", "=", beam.id), condition]), condition)
        self.patch(self.env.registry["res.partner"]._fields["ref"], "groups", "base.group_system")
        with self.assertRaises(AccessError):
            needs.search([("customer_ids.ref", "=like", "K%")])

    def test_groups_and_sums(self):
        """Scenario: the pivot by vendor. Expected: sums of what is needed."""
        beam, wool = self._create_bought("Beam"), self._create_bought("Wool")
        self._create_order((beam, 10), (wool, 5))
        self._invalidate()
        [(vendor, quantity, value)] = (
            self.env["stock.supply.need"]
            .with_user(self.purchaser)
            ._read_group([("product_id", "in", (beam | wool).ids)], ["partner_id"], ["qty_to_order:sum", "value:sum"])
        )
        self.assertEqual((vendor, quantity, value), (self.vendor, 15, 120))

    def test_drill_down(self):
        """Scenario: the purchaser opens the lines and the customers of a row. Expected: those who wait, no error."""
        beam = self._create_bought("Beam", stock=4)
        self._create_order((beam, 4))
        order = self._create_order((beam, 10), user_id=self.salesperson.id)
        need = self._get_needs(beam)
        action = need.action_view_lines()
        lines = self.env["stock.move"].with_user(self.purchaser).search(action["domain"])
        self.assertEqual(lines, order.picking_ids.move_ids)
        view = self.env.ref("gse_backorder.view_stock_move_waiting_list")
        fields_shown = self.env["stock.move"].with_user(self.purchaser).get_view(view.id)["models"]["stock.move"]
        lines.read([name for name in fields_shown if name in lines._fields])
        customers = self.env["res.partner"].search(need.action_view_customers()["domain"])
        self.assertEqual(customers, self.customer)

    def test_row_that_is_gone(self):
        """Scenario: a row is covered while the list is open. Expected: a clear sentence, and no traceback."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 10))
        need = self._get_needs(beam)
        self._create_receipt((beam, 10))
        self._invalidate()
        with self.assertRaisesRegex(UserError, "covered by now"):
            need.action_order()
        self.assertFalse(self.env["stock.move"].search(need.action_view_lines()["domain"]))

    def test_companies(self):
        """Scenario: another company of ours is short, too. Expected: each sees its own rows."""
        other = self.env["res.company"].create({"name": "Other Company"})
        beam = self._create_bought("Beam", {"company_id": self.company.id}, {"company_id": other.id, "price": 3})
        self._create_order((beam, 10))
        self._create_delivery_of(other, beam, 7).action_confirm()
        self._invalidate()
        domain = [("product_id", "=", beam.id)]
        own = self.env["stock.supply.need"].with_user(self.purchaser).search(domain)
        self.assertEqual(own.mapped("qty_uncovered"), [10])
        both = self._hire("backorder_purchaser_both", other | self.company, "purchase.group_purchase_user")
        needs = self.env["stock.supply.need"].with_user(both)
        self.assertEqual(needs.with_context(allowed_company_ids=other.ids).search(domain).mapped("price"), [3])
        both_needs = needs.with_context(allowed_company_ids=(self.company | other).ids).search(domain)
        self.assertEqual(sorted(both_needs.mapped("qty_uncovered")), [7, 10])

    def test_rights(self):
        """Scenario: a picker, a purchaser, a salesperson. Expected: the first two read, nobody writes."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 10))
        for user in (self.picker, self.purchaser):
            need = self._get_needs(beam, user=user)
            shown = self.env["stock.supply.need"].with_user(user).get_view(view_type="list")["models"]
            self.assertTrue(need.read(shown["stock.supply.need"]))
            self.assertTrue(need.action_view_lines())
        self.assertNotIn("action_order", self._get_list(self.picker), "No button for what he may not do.")
        self.assertIn("action_order", self._get_list(self.purchaser))
        with self.assertRaises(AccessError):
            self._get_needs(beam, user=self.picker).action_order()
        with self.assertRaises(AccessError):
            self._get_needs(beam, user=self.salesperson)

    def _get_list(self, user):
        return self.env["stock.supply.need"].with_user(user).get_view(view_type="list")["arch"]

    def test_told_by_sums(self):
        """Scenario: nothing there, all there, a part, a part of an owner's. Expected: ranked where it must be."""
        bare, plenty, part = (self._create_bought(name, stock=stock) for name, stock in (("A", 0), ("B", 9), ("C", 0)))
        owned = self._create_bought("D")
        self._create_order((bare, 4), (plenty, 4), (part, 4), (owned, 4))
        self._create_order((bare, 2), (plenty, 2), (part, 2), (owned, 2))
        for product in (part, owned):
            self._create_receipt((product, 3))
        bound = self._create_delivery((owned, 5), confirm=False)
        bound.move_ids.restrict_partner_id = self.customer
        bound.action_confirm()
        self.env["stock.supply.need"]._flush_needs()
        shortages = self.env["stock.supply.need"]._get_shortages(bare | plenty | part | owned)
        told = {short.product_id: (short.is_pegged, short.covered) for short in shortages}
        self.assertEqual(told, {bare.id: (False, [0]), part.id: (False, [3]), owned.id: (True, [3])})
        self.assertEqual(self._get_needs(part).line_count, 2, "The first gets 3 of 4.")

    def test_page(self):
        """Scenario: pages of two rows. Expected: together they are the list; each row says what it says alone."""
        products = self._create_bought("A") | self._create_bought("B") | self._create_bought("C")
        for product, price in zip(products, (3, 1, 2), strict=True):
            product.standard_price = price
        self._create_order(*((product, 5) for product in products))
        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        domain, shown = [("product_id", "in", products.ids)], {"value": {}, "customer_count": {}, "line_count": {}}
        for order in (None, "value desc", "product_id"):
            whole = needs.web_search_read(domain, shown, order=order)
            pages = [needs.web_search_read(domain, shown, order=order, offset=start, limit=2) for start in (0, 2)]
            self.assertEqual([page["length"] for page in pages], [3, 3])
            self.assertEqual([row for page in pages for row in page["records"]], whole["records"], order)

    def test_told_once(self):
        """Scenario: a page of all rows. Expected: what is short is summed up once; a row says what it does alone."""
        self._create_order((self._create_bought("Beam"), 5), (self._create_bought("Wool"), 3))
        model, count = self.registry["stock.supply.need"], Counter()
        sum_up = model._get_shortages

        def count_and_sum_up(needs, products):
            count["sums"] += 1
            return sum_up(needs, products)

        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        shown = {"qty_uncovered": {}, "line_count": {}, "oldest_date": {}}
        with patch.object(model, "_get_shortages", count_and_sum_up):
            page = needs.web_search_read([("warehouse_id", "=", self.warehouse.id)], shown, limit=1)
        self.assertEqual(count["sums"], 1)
        self._invalidate()
        [row] = page["records"]
        self.assertEqual(needs.browse(row["id"]).web_read(shown), [row])

    def test_first_by_dates(self):
        """Scenario: pages of what is wanted, and partly there. Expected: the rows of the whole list, in its order."""
        part = self._create_bought("Part")
        self._create_receipt((part, 5))
        for day in (3, 9):
            self._create_order((part, 5), commitment_date=self._in_days(day))
        for day in (2, 4, 6):
            self._create_order((self._create_bought(f"Bare {day}"), 5), commitment_date=self._in_days(day))
        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        ours = [("warehouse_id", "=", self.warehouse.id)]
        for domain in (
            ours,
            [*ours, ("deadline", ">", self._in_days(5))],
            [*ours, ("deadline", ">", self._in_days(7))],
            [*ours, ("deadline", "<=", self._in_days(3))],
            [*ours, ("oldest_date", "!=", False)],
            [*ours, ("qty_uncovered", "=", 5)],
        ):
            whole = needs.search(domain)
            for start, limit in ((0, 1), (0, 2), (1, 2), (2, 3)):
                first = needs.search_fetch(domain, ["deadline"], offset=start, limit=limit)
                self.assertEqual(first.ids, whole.ids[start : start + limit], (domain, start, limit))

    def test_narrowed_search(self):
        """Scenario: sought by product, row, either, both. Expected: the rows of these, as in the list of all."""
        beam, wool = self._create_bought("Beam"), self._create_bought("Wool")
        self._create_order((beam, 5), (wool, 3))
        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        everything = needs.search([])
        rows = {need.product_id: need for need in everything if need.product_id in beam | wool}
        for domain, found in (
            ([("product_id", "=", beam.id)], rows[beam]),
            ([("id", "=", rows[wool].id)], rows[wool]),
            (["|", ("id", "=", rows[wool].id), ("product_id", "in", beam.ids)], rows[beam] | rows[wool]),
            ([("id", "=", rows[wool].id), ("product_id", "in", beam.ids)], needs),
            (["|", ("qty_uncovered", "=", 3), ("product_id", "in", beam.ids)], None),
            ([("product_id", "not in", beam.ids)], everything - rows[beam]),
            (["!", ("id", "=", rows[wool].id)], everything - rows[wool]),
            ([("product_id", "=", False)], needs),
        ):
            if found is None:
                found = everything.filtered_domain(domain)
            self.assertEqual(set(needs.search(domain)._ids), set(found._ids), domain)

    def test_nobody_narrows_it(self):
        """Scenario: a caller sends what narrows the rows, of all kinds. Expected: the rows, all the same."""
        beam = self._create_bought("Beam")
        self._create_order((beam, 5))
        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        everything = needs.search([])
        for sent in ([], [0], [[0]], {"product_ids": []}, {None: []}, "none", 7):
            self._invalidate()
            for key in (NARROWED, TOLD, UNDATED):
                self.assertEqual(needs.with_context(**{key: sent}).search([]), everything, (key, sent))

    def test_query_count(self):
        """Scenario: 5 products short, then 25. Expected: as many queries."""

        def count():
            self._invalidate()
            before = self.env.cr.sql_log_count
            needs.web_search_read([("warehouse_id", "=", self.warehouse.id)], shown, limit=80)
            return self.env.cr.sql_log_count - before

        needs = self.env["stock.supply.need"].with_user(self.purchaser)
        fields_shown = needs.get_view(view_type="list")["models"]["stock.supply.need"]
        shown = {
            name: {"fields": {"display_name": {}}} if needs._fields[name].relational else {} for name in fields_shown
        }
        self._create_order(*((self._create_bought(f"Few {number}"), 5) for number in range(5)))
        count()
        few = count()
        self._create_order(*((self._create_bought(f"Many {number}"), 5) for number in range(20)))
        count()
        self.assertEqual(count(), few)
