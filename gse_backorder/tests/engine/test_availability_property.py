from typing import NamedTuple

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..chance import random_examples, some_of
from ..common import BackorderCase

STATUSES = ("available", "short", "missing", False)
# Where a line takes goods and brings them, and of which operation it is: what wants stock, and what does not.
WAYS = {
    "delivery": ("stock", "customers", "out_type_id"),
    "pick": ("stock", "output", "int_type_id"),
    "to another house": ("stock", "other house", "int_type_id"),
    "from transit": ("transit", "stock", "int_type_id"),
    "receipt": ("suppliers", "stock", "in_type_id"),
    "receipt within the house": ("output", "stock", "in_type_id"),
    "return": ("customers", "stock", "in_type_id"),
    "to a vendor": ("stock", "suppliers", "out_type_id"),
    "without a transfer": ("stock", "customers", None),
    "of no operation": ("stock", "output", None),
}


class Line(NamedTuple):
    way: str
    product: int
    quantity: int
    with_next: bool  # in one transfer with the line before, where that goes the same way
    end: str  # how far it has come


lines = st.builds(
    Line,
    way=st.sampled_from(sorted(WAYS)),
    product=st.integers(0, 3),
    quantity=st.integers(1, 9),
    with_next=st.booleans(),
    end=st.sampled_from(("draft", "confirmed", "confirmed", "reserved", "done", "cancelled")),
)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestAvailabilityProperty(BackorderCase):
    """What a filter finds is what the column shows, of whatever kind a line or an order is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other_house = cls.env["stock.warehouse"].create({"name": "Other House", "code": "OTH"})
        cls.places = {
            "stock": cls.stock,
            "output": cls.warehouse.wh_output_stock_loc_id,
            "other house": other_house.lot_stock_id,
            "transit": cls.env["stock.location"].create({"name": "On the Road", "usage": "transit"}),
            "customers": cls.customers,
            "suppliers": cls.suppliers,
        }
        cls.products = (
            cls._create_product("Bolt", stock=9)
            | cls._create_product("Nail", stock=2)
            | cls._create_product("Beam")
            | cls._create_product("Tape", is_storable=False)
        )
        cls._create_receipt((cls.products[2], 4))

    def _create_move(self, line, picking):
        source, destination, operation = WAYS[line.way]
        picking_type = self.warehouse[operation] if operation else self.env["stock.picking.type"]
        places = {"location_id": self.places[source].id, "location_dest_id": self.places[destination].id}
        if operation and not picking:
            picking = self.env["stock.picking"].create({"picking_type_id": picking_type.id, **places})
        return self.env["stock.move"].create(
            {
                "product_id": self.products[line.product].id,
                "product_uom_qty": line.quantity,
                "picking_id": picking.id,
                "picking_type_id": picking_type.id,
                **places,
            }
        )

    def _bring_on(self, move, end):
        if end != "draft":
            move._action_confirm(merge=False)
        if end in ("reserved", "done"):
            move._action_assign()
        if end == "done" and move.quantity:
            move.picked = True
            move._action_done(cancel_backorder=True)
        if end == "cancelled":
            move._action_cancel()

    def _assert_found_as_shown(self, records, everyone):
        for value in (*STATUSES, "not missing", "set"):
            domain = {
                "not missing": [("availability_status", "!=", "missing")],
                "set": [("availability_status", "!=", False)],
            }.get(value, [("availability_status", "=", value)])
            shown = {
                "not missing": lambda record: record.availability_status != "missing",
                "set": lambda record: record.availability_status,
            }.get(value, lambda record, value=value: record.availability_status == value)
            found = records.search([*domain, ("id", "in", everyone.ids)], order="id")
            self.assertEqual(found, everyone.filtered(shown).sorted("id"), value)
        several = records.search([("availability_status", "in", ["short", False]), ("id", "in", everyone.ids)])
        self.assertEqual(several, everyone.filtered(lambda r: r.availability_status in ("short", False)) & several)
        self.assertEqual(len(several), sum(r.availability_status in ("short", False) for r in everyone))

    @settings(random_examples, max_examples=some_of(40))
    @given(st.lists(lines, min_size=1, max_size=8))
    def test_lines_of_transfers(self, drawn):
        savepoint = self.cr.savepoint()
        moves, before = self.env["stock.move"], None
        for line in drawn:
            joins = line.with_next and before and before[0].way == line.way and before[1].state == "draft"
            move = self._create_move(line, before[1].picking_id if joins else self.env["stock.picking"])
            moves, before = moves | move, (line, move)
        for move, line in zip(moves, drawn, strict=True):
            self._bring_on(move, line.end)
        self._invalidate()
        self._assert_found_as_shown(self.env["stock.move"].with_user(self.picker), moves.with_user(self.picker))
        savepoint.close(rollback=True)
        self.env.invalidate_all()

    @settings(random_examples, max_examples=some_of(25))
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(("draft", "sent", "expired", "sale", "shipped", "cancelled")),
                st.lists(st.tuples(st.integers(0, 4), st.integers(1, 9)), min_size=1, max_size=3),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_orders(self, drawn):
        savepoint = self.cr.savepoint()
        service = self.env["product.product"].create({"name": "Advice", "type": "service"})
        products = [*self.products, service]
        orders = self.env["sale.order"]
        for state, items in drawn:
            order = self._create_order(*((products[product], quantity) for product, quantity in items), confirm=False)
            if state in ("sale", "shipped"):
                order.action_confirm()
            if state == "shipped":
                ready = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
                ready.button_validate()
            order.write(
                {
                    "sent": {"state": "sent"},
                    "expired": {"validity_date": "2026-11-19"},
                    "cancelled": {"state": "cancel"},
                }.get(state, {})
            )
            orders |= order
        self._invalidate()
        orders = orders.with_user(self.salesperson)
        self._assert_found_as_shown(orders.browse(), orders)
        self._assert_found_as_shown(orders.order_line.browse(), orders.order_line)
        savepoint.close(rollback=True)
        self.env.invalidate_all()
