from collections import Counter, defaultdict
from datetime import timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from ...models.engine import stock_supply
from ...models.engine.coverage import NOISE
from ..allocation.test_allocation_property import (
    OPEN_STATES,
    TODAY,
    AllocationCase,
    arrivals,
    make_orders,
    make_stocks,
    orders_of_all_kinds,
    policies,
)
from ..chance import random_examples, some_of


@tagged("post_install", "-at_install")
class TestSupplyProperty(AllocationCase):
    """Whatever is wanted, in stock and on its way: needs and what is covered are what is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number, product in enumerate(cls.products):
            product.seller_ids = [
                Command.create({"partner_id": cls.vendor.id, "price": 1, "min_qty": number * 5, "delay": number})
            ]

    @settings(random_examples, max_examples=some_of(60))
    @given(
        policies,
        st.lists(make_stocks(), max_size=4),
        st.lists(orders_of_all_kinds, min_size=1, max_size=5),
        st.lists(arrivals, max_size=3),
    )
    def test_needs_and_covered_are_open(self, policy, stocks, orders, incoming):
        """needs + covered = open, for every product and warehouse."""
        with self._undone():
            self._build(policy, stocks, orders, incoming)
            open_quantities, covered = Counter(), Counter()
            claims = self._get_claims()
            coverages, _demands = self.env["stock.pegging"]._get_coverage(claims)
            for move in claims:
                pool = move.product_id, move.location_id.warehouse_id
                open_quantities[pool] += move.product_qty
                covered[pool] += coverages[move.id].now + coverages[move.id].expected
            needs = self._read_needs()
            for pool, quantity in open_quantities.items():
                self.assertAlmostEqual(needs[pool] + covered[pool], quantity, places=1, msg=f"{pool}")
            self.assertLessEqual(set(needs), set(open_quantities), "Nothing is needed that nobody wants.")

    @settings(random_examples, max_examples=some_of(40))
    @given(
        policies,
        st.lists(make_stocks(), max_size=4),
        st.lists(make_orders(), min_size=1, max_size=5),
        st.lists(arrivals, max_size=3),
    )
    def test_needs_are_what_is_missing(self, policy, stocks, orders, incoming):
        """What is needed is what is wanted, less what is in stock, less what is on its way; ordered, nothing is."""
        with self._undone():
            self._build(policy, stocks, orders, incoming)
            missing = Counter()
            for move in self._get_claims():
                missing[move.product_id, move.location_id.warehouse_id] += move.product_qty
            for quant in self.env["stock.quant"].search([("product_id", "in", self.products.ids)]):
                if quant.location_id.warehouse_id:
                    missing[quant.product_id, quant.location_id.warehouse_id] -= quant.quantity
            for move in self._get_incoming():
                missing[move.product_id, move.location_dest_id.warehouse_id] -= move.product_qty
            needs = self._read_needs()
            for pool, quantity in missing.items():
                self.assertAlmostEqual(needs[pool], max(0, quantity), places=1, msg=f"{pool}")
            self._order_everything()
            self.assertFalse(self._read_needs(), "Ordered and confirmed.")

    @settings(random_examples, max_examples=some_of(150))
    @given(
        policies,
        st.sampled_from(("flat", "flat", "steps", "hall")),
        st.lists(make_stocks(), max_size=4),
        st.lists(orders_of_all_kinds, min_size=1, max_size=6),
        st.lists(arrivals, max_size=3),
        st.lists(make_stocks(), max_size=4),
        st.booleans(),
        st.sampled_from((None, None, 2, 3)),
    )
    def test_sums_are_pegging(self, policy, layout, stocks, orders, incoming, late_stocks, is_late, returned):
        """The rows, of which most are told by sums alone, are what all claims, pegged one by one, add up to."""
        with self._undone():
            self._arrange(layout)
            self._build(policy, stocks, orders, incoming)
            for stock in late_stocks:  # nobody is told of it: it is free, and lines wait
                self._put(stock)
            if is_late:
                self._get_incoming().date = TODAY - timedelta(days=2)
            if returned:  # so many of them go back to a vendor: nothing is bought for these
                vendors = self.env.ref("stock.stock_location_suppliers").id
                self._get_claims()[::returned].write({"location_dest_id": vendors, "location_final_id": vendors})
            expected = self._peg_all()
            found = {need.id: self._describe(need) for need in self._get_needs()}
            self.assertEqual(found, expected)
            with patch.object(stock_supply, "MANY_PRODUCTS", 1):  # what is on its way is found by where it goes
                found_by_place = {need.id: self._describe(need) for need in self._get_needs()}
            self.assertEqual(found_by_place, expected)
            everything = self.env["stock.supply.need"].search([])
            for start in range(0, len(everything), max(1, len(everything) // 3)):
                page = everything.search_fetch([], ["deadline"], offset=start, limit=2)
                self.assertEqual(page.ids, everything.ids[start : start + 2], "The first rows are those of all.")
            for need_id in found:
                need = self.env["stock.supply.need"].browse(need_id)
                need.invalidate_recordset()
                self.assertEqual(self._describe(need), expected[need_id], "A row alone is what it is in the list.")

    def _arrange(self, layout):
        """The other house ships in one step or two, or its stock is a part of a hall, whose rest is not its stock."""
        house = self.houses[1]
        if layout == "steps":
            house.delivery_steps = "pick_ship"
        elif layout == "hall":
            hall = self.env["stock.location"].create(
                {"name": "Hall", "usage": "internal", "location_id": house.view_location_id.id}
            )
            (self.places[house][0] | self.places[house][2]).location_id = hall

    def _peg_all(self):
        """Return ``{id: what a row says}``, of all lines pegged."""
        self._invalidate()
        needs, groups = self.env["stock.supply.need"], defaultdict(list)
        needs._flush_needs()
        claimed = needs._get_claimed_sql(self.products)
        for claim in self.env.execute_query_dict(claimed):
            groups[claim["product_id"], claim["warehouse_id"] or False].append(claim)
        rows = {}
        for (product_id, warehouse_id), claims in groups.items():
            waiting = [claim for claim in claims if claim["uncovered"] > NOISE]
            quantity = round(sum(claim["uncovered"] for claim in claims), 2)
            if quantity:
                rows[min(claim["id"] for claim in claims)] = (
                    product_id,
                    warehouse_id,
                    quantity,
                    round(sum(claim["uncovered"] for claim in claims if not claim["is_in_stock"]), 2),
                    len(waiting),
                    len({claim["sale_id"] for claim in waiting} - {None}),
                    len({claim["customer_id"] for claim in waiting} - {None}),
                    min((claim["ordered_date"] for claim in waiting if claim["ordered_date"]), default=False),
                    min((claim["date_deadline"] for claim in waiting if claim["date_deadline"]), default=False),
                )
        return rows

    @staticmethod
    def _describe(need):
        return (
            need.product_id.id,
            need.warehouse_id.id,
            round(need.qty_uncovered, 2),
            round(need.qty_elsewhere, 2),
            need.line_count,
            need.order_count,
            need.customer_count,
            need.oldest_date,
            need.deadline,
        )

    def _build(self, policy, stocks, orders, incoming):
        self.houses.allocation_policy = policy
        for stock in stocks:
            self._put(stock)
        for order in orders:
            self._place(order)
        for arrival in incoming:
            self._expect(arrival)
        self._invalidate()

    def _get_incoming(self):
        return self.env["stock.move"].search(
            [("picking_type_id", "in", self.houses.in_type_id.ids), ("state", "in", OPEN_STATES)]
        )

    def _get_needs(self):
        self._invalidate()
        return self.env["stock.supply.need"].search([("product_id", "in", self.products.ids)])

    def _read_needs(self):
        """Return ``{(product, warehouse): quantity}``."""
        return Counter({(need.product_id, need.warehouse_id): need.qty_uncovered for need in self._get_needs()})

    def _order_everything(self):
        """Order all needs from their vendors, twice, and confirm the orders."""
        needs = self._get_needs()
        if not needs:
            return
        action = needs.action_order()
        wizard = self.env["stock.supply.order"].browse(action["res_id"])
        for _click in range(2):
            wizard.action_order()
        self.assertFalse(any(self._get_needs().mapped("qty_to_order")), "All of it is on draft.")
        wizard.purchase_ids.button_confirm()
