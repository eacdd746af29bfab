from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged
from odoo.tools import float_round

from ..chance import random_examples, some_of, undone
from ..common import BackorderCase

EXAMPLES = some_of(40)

# A step names what to do, with which delivery of the chain, and with how much of each line (in hundredths).
parts = st.tuples(*[st.integers(0, 100)] * 3)
steps = st.one_of(
    st.tuples(st.just("ship"), st.integers(0, 9), parts),
    st.tuples(st.just("split"), st.integers(0, 9), parts),
    st.tuples(st.just("ship_more"), st.integers(0, 9), parts),
    st.tuples(st.just("close"), st.integers(0, 9), parts),
    st.tuples(st.just("cancel"), st.integers(0, 9), parts),
    st.tuples(st.just("give_back"), st.integers(0, 9), parts),
    st.tuples(st.just("restock"), st.integers(0, 9), parts),
)


@tagged("post_install", "-at_install")
class TestQuantitiesProperty(BackorderCase):
    """Over any chain and any sequence of steps: ordered = shipped + open + cancelled, in the unit of the line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.in_type_id.create_backorder = "always"
        cls.beam, cls.nail, cls.paint = (cls._create_product(name, stock=30) for name in ("Beam", "Nail", "Paint"))

    @settings(random_examples, max_examples=EXAMPLES)
    @given(st.lists(steps, min_size=1, max_size=7))
    def test_nothing_is_lost(self, sequence):
        with undone(self.env):
            root = self._create_delivery((self.beam, 20), (self.nail, 3, self.dozen), (self.paint, 12.5))
            self.ordered = {move.product_id: move.product_qty for move in root.move_ids}
            self.shipped, self.cancelled, self.returned = Counter(), Counter(), Counter()
            for name, number, quantities in sequence:
                getattr(self, f"_step_{name}")(root, number, quantities)
                self._invalidate()
                self._check_quantities(root)
                self._check_numbers(root)
                self._check_states(root)

    # ---- steps -------------------------------------------------------------

    def _pick_one(self, root, number, *states):
        candidates = root.chain_ids.filtered(lambda picking: picking.state in states)
        return candidates[number % len(candidates)] if candidates else candidates

    def _key_quantities(self, picking, quantities):
        """Key a part of each line; return it as ``{product: quantity}``, in the products' units."""
        keyed = {}
        for move, hundredths in zip(picking.move_ids, quantities, strict=False):
            move.quantity = float_round(move.product_uom_qty * hundredths / 100, precision_digits=2)
            keyed[move.product_id] = self._in_units(move, move.quantity)
        return keyed if any(keyed.values()) else None

    @staticmethod
    def _in_units(move, quantity):
        return move.product_uom._compute_quantity(quantity, move.product_id.uom_id, round=False)

    def _step_ship(self, root, number, quantities):
        picking = self._pick_one(root, number, "confirmed", "assigned")
        keyed = picking and self._key_quantities(picking, quantities)
        if keyed:
            self._ship(picking)
            self.shipped.update(keyed)

    def _step_split(self, root, number, quantities):
        picking = self._pick_one(root, number, "confirmed", "assigned")
        keyed = picking and self._key_quantities(picking, quantities)
        if keyed and any(move.quantity < move.product_uom_qty for move in picking.move_ids):
            picking.action_split_transfer()

    def _step_ship_more(self, root, number, quantities):
        picking = self._pick_one(root, number, "confirmed", "assigned")
        if picking:
            for move in picking.move_ids:
                move.quantity = move.product_uom_qty
            picking.move_ids[0].quantity += 2
            self.ordered[picking.move_ids[0].product_id] += self._in_units(picking.move_ids[0], 2)
            self.shipped.update({move.product_id: self._in_units(move, move.quantity) for move in picking.move_ids})
            self._ship(picking)

    def _step_close(self, root, number, quantities):
        """Ship a part and cancel the rest, as *No Backorder* in Odoo's dialog does."""
        picking = self._pick_one(root, number, "confirmed", "assigned")
        keyed = picking and self._key_quantities(picking, quantities)
        if keyed:
            self.cancelled.update(
                {move.product_id: move.product_qty - keyed[move.product_id] for move in picking.move_ids}
            )
            self.shipped.update(keyed)
            self.delivery_type.create_backorder = "never"
            picking.button_validate()
            self.delivery_type.create_backorder = "always"

    def _step_cancel(self, root, number, quantities):
        picking = self._pick_one(root, number, "confirmed", "assigned")
        self.cancelled.update({move.product_id: move.product_qty for move in picking.move_ids})
        picking.action_cancel()

    def _step_give_back(self, root, number, quantities):
        picking = self._pick_one(root, number, "done")
        if picking:
            wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
            for line in wizard.product_return_moves:
                line.quantity = min(1, line.move_id.quantity)
            returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
            returned.button_validate()
            self.returned.update({move.product_id: self._in_units(move, move.quantity) for move in returned.move_ids})
            self.assertNotIn(returned, root.chain_ids, "A return is no part of the chain.")

    def _step_restock(self, root, number, quantities):
        self._add_stock(self.beam, 1 + number)
        for picking in root.chain_ids.filtered(lambda picking: picking.state in ("confirmed", "assigned")):
            picking.action_assign()

    # ---- what must hold ------------------------------------------------------

    def _check_quantities(self, root):
        """What the steps have done to each product is what the chain says, and what lies at the customer."""
        for product, ordered in self.ordered.items():
            moves = root.chain_ids.move_ids.filtered_domain([("product_id", "=", product.id)])
            shipped = sum(self._in_units(move, move.quantity) for move in moves if move.state == "done")
            still_open = sum(move.product_qty for move in moves if move.state not in ("done", "cancel"))
            cancelled = sum(move._get_cancelled_qty() for move in moves)
            at_customer = sum(
                self.env["stock.quant"]
                .search([("product_id", "=", product.id), ("location_id", "=", self.customers.id)])
                .mapped("quantity")
            )
            # A line in dozens is rounded to a hundredth of a dozen.
            for name, expected, actual in (
                ("shipped", self.shipped[product], shipped),
                ("cancelled", self.cancelled[product], cancelled),
                ("open", ordered - self.shipped[product] - self.cancelled[product], still_open),
                ("at the customer", self.shipped[product] - self.returned[product], at_customer),
            ):
                self.assertAlmostEqual(actual, expected, delta=0.13, msg=f"{product.name}: {name}")
            self.assertAlmostEqual(shipped + still_open + cancelled, ordered, delta=0.13, msg="Nothing is lost.")

    def _check_numbers(self, root):
        backorders = root.chain_ids - root
        self.assertEqual(
            [(picking.name, picking.backorder_root_id, picking.backorder_index) for picking in backorders],
            [(f"{root.name}-R{index}", root, index) for index in range(1, len(backorders) + 1)],
            "Without a gap, counted from the original.",
        )

    def _check_states(self, root):
        for picking in root.chain_ids.filtered(lambda picking: picking.state == "done"):
            remainders = picking._get_backorder_descendants()
            given_up = picking | remainders | picking.backorder_id.filtered(lambda original: original.state == "cancel")
            if any(member.state not in ("done", "cancel") for member in root.chain_ids):
                expected = "partially_picked"
            elif any(given_up.mapped("items_cancelled")):
                expected = "closed_short"
            else:
                expected = "done"
            self.assertEqual(picking.fulfillment_state, expected, f"{picking.name} knows what became of the whole.")
