from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from .test_allocation_property import (
    OPEN_STATES,
    AllocationCase,
    arrivals,
    make_orders,
    make_stocks,
    orders_of_all_kinds,
    policies,
    random_examples,
)


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

    @settings(random_examples, max_examples=60)
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

    @settings(random_examples, max_examples=40)
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
