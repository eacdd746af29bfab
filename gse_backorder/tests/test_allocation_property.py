from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import permutations
from typing import NamedTuple

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.tests import tagged

from .common import BackorderCase

TODAY = datetime(2026, 11, 20, 8)
POLICIES = ("priority", "first_ordered", "deadline", "complete_orders")
OPEN_STATES = ("waiting", "confirmed", "partially_available", "assigned")
# A quantity has two digits: less is nothing.
NOISE = 0.005
# A hundredth of a dozen is the least that a line in dozens can take: it leaves crumbs.
CRUMB = 0.12 + NOISE

random_examples = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


class Line(NamedTuple):
    product: int
    quantity: int
    in_dozens: bool


class Order(NamedTuple):
    house: int
    lines: list
    is_urgent: bool
    due_in: int | None  # days
    ordered_ago: int  # days
    reach: str  # of the stock: all, a shelf, an owner's


class Stock(NamedTuple):
    """So much of a product, where, of which lot, and whose."""

    house: int
    product: int
    place: int
    lot: int
    is_owned: bool
    quantity: int


class Arrival(NamedTuple):
    house: int
    lines: list
    day: int


class Choice(NamedTuple):
    """Which delivery, and how many tenths of each of its lines."""

    number: int
    tenths: tuple


# Most happens in the first house: there has to be something to compete for.
houses = st.sampled_from((0, 0, 0, 1))
numbers = st.integers(0, 9)


def make_lines(step=1, max_size=3):
    """Lines of different products, in multiples of *step*: three units are a round part of a dozen."""
    return st.lists(
        st.builds(
            Line,
            product=st.integers(0, 2),
            quantity=st.integers(1, 12 // step).map(lambda number: number * step),
            in_dozens=st.sampled_from((False, False, True)),
        ),
        min_size=1,
        max_size=max_size,
        unique_by=lambda line: line.product,
    )


def make_orders(step=1, max_lines=3, reaches=("all",)):
    return st.builds(
        Order,
        house=houses,
        lines=make_lines(step, max_lines),
        is_urgent=st.booleans(),
        due_in=st.none() | st.integers(1, 3),
        ordered_ago=st.sampled_from((0, 1, 2, 20)),
        reach=st.sampled_from(reaches),
    )


def make_stocks(step=1):
    return st.builds(
        Stock,
        house=houses,
        product=st.integers(0, 2),
        place=st.integers(0, 2),
        lot=st.integers(0, 1),
        is_owned=st.sampled_from((False, False, True)),
        quantity=st.integers(1, 24 // step).map(lambda number: number * step),
    )


policies = st.sampled_from(POLICIES)
choices = st.builds(Choice, number=numbers, tenths=st.tuples(*[st.integers(0, 10)] * 3))
orders_of_all_kinds = make_orders(reaches=("all", "all", "all", "shelf", "owner"))
steps = st.one_of(
    st.tuples(st.just("order"), orders_of_all_kinds),
    st.tuples(st.sampled_from(("receive", "count")), make_stocks()),
    st.tuples(
        st.sampled_from(("cancel", "unreserve", "lower", "pick", "ship", "check", "star", "schedule")), choices
    ),
)


class AllocationCase(BackorderCase):
    """Two warehouses with shelves, three products (one in lots), an owner whose goods lie with ours, a clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time(TODAY))
        cls.houses = cls.warehouse | cls.env["stock.warehouse"].create({"name": "Other House", "code": "OTH"})
        cls.houses.in_type_id.create_backorder = "always"
        cls.places = {
            house: house.lot_stock_id
            | cls.env["stock.location"].create(
                [{"name": name, "location_id": house.lot_stock_id.id} for name in ("Shelf A", "Shelf B")]
            )
            for house in cls.houses
        }
        cls.owner = cls.env["res.partner"].create({"name": "Owner SA"})
        cls.paint = cls._create_product("Paint", tracking="lot")
        cls.products = cls._create_product("Bolt") | cls._create_product("Nail") | cls.paint
        cls.lots = cls.env["stock.lot"].create(
            [{"name": name, "product_id": cls.paint.id} for name in ("Monday", "Tuesday")]
        )

    @contextmanager
    def _undone(self):
        savepoint = self.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.env.registry.clear_cache()
            self.clock.move_to(TODAY)

    # ---- doing -------------------------------------------------------------

    def _place(self, order):
        """Confirm a delivery, ordered on its day."""
        house = self.houses[order.house]
        source = self.places[house][1] if order.reach == "shelf" else house.lot_stock_id
        delivery = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": house.out_type_id.id,
                "location_id": source.id,
                "location_dest_id": self.customers.id,
                "priority": "1" if order.is_urgent else "0",
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.products[line.product].id,
                            "product_uom_qty": line.quantity / (12 if line.in_dozens else 1),
                            "product_uom": (self.dozen if line.in_dozens else self.unit).id,
                            "location_id": source.id,
                            "location_dest_id": self.customers.id,
                            "ordered_date": TODAY - timedelta(days=order.ordered_ago),
                            "date_deadline": order.due_in and TODAY + timedelta(days=order.due_in),
                            "restrict_partner_id": order.reach == "owner" and self.owner.id,
                        }
                    )
                    for line in order.lines
                ],
            }
        )
        delivery.action_confirm()
        return delivery

    def _expect(self, arrival):
        """Confirm a receipt that is due in some days."""
        house = self.houses[arrival.house]
        date = TODAY + timedelta(days=arrival.day)
        receipt = self.env["stock.picking"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": house.in_type_id.id,
                "location_id": self.suppliers.id,
                "location_dest_id": house.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.products[line.product].id,
                            "product_uom_qty": line.quantity,
                            "location_id": self.suppliers.id,
                            "location_dest_id": house.lot_stock_id.id,
                            "date": date,
                        }
                    )
                    for line in arrival.lines
                ],
            }
        )
        receipt.action_confirm()
        return receipt

    def _validate(self, receipt, lot=None):
        for line in receipt.move_line_ids.filtered(lambda line: line.product_id == self.paint):
            line.lot_id = lot or self.lots[0]
        self.assertIs(receipt.button_validate(), True, "Nothing is asked.")

    def _get_stock_values(self, stock):
        product = self.products[stock.product]
        return {
            "product_id": product.id,
            "location_id": self.places[self.houses[stock.house]][stock.place].id,
            "lot_id": product == self.paint and self.lots[stock.lot].id,
            "owner_id": stock.is_owned and self.owner.id,
        }

    def _put(self, stock):
        """Put stock in its place, and tell nobody: it waits to be handed out."""
        product = self.products[stock.product]
        self._add_stock(
            product,
            stock.quantity,
            location=self.places[self.houses[stock.house]][stock.place],
            lot_id=self.lots[stock.lot] if product == self.paint else None,
            owner_id=self.owner if stock.is_owned else None,
        )

    def _restock(self):
        """Hand out whatever is free, of all products, in both houses."""
        pools = {(product.id, house.lot_stock_id.stock_area_id.id) for product in self.products for house in self.houses}
        self.env["stock.allocation"]._restock(pools, "adjustment", self.env["stock.move"])

    def _get_deliveries(self):
        return self.env["stock.picking"].search(
            [("picking_type_id", "in", self.houses.out_type_id.ids), ("state", "in", OPEN_STATES)], order="id"
        )

    # ---- reading -----------------------------------------------------------

    def _get_claims(self):
        return self._get_deliveries().move_ids.filtered(lambda move: move.state in OPEN_STATES)

    def _read_reserved(self):
        """Return ``{move: {(location, lot, owner): quantity}}`` of all open delivery lines, in products' units."""
        self._invalidate()
        reserved = {}
        for move in self._get_claims():
            reserved[move] = Counter()
            for line in move.move_line_ids:
                reserved[move][line.location_id, line.lot_id, line.owner_id] += line.quantity_product_uom
        return reserved

    def _read_totals(self):
        """Return ``{move: quantity}`` of what is reserved, in products' units."""
        return {move: round(places.total(), 2) for move, places in self._read_reserved().items()}

    def _get_rank(self, move, reserved):
        """Return where *move* stands by the words of the design, among claims that hold what they have *reserved*."""
        house = move.location_id.warehouse_id
        deadline = move.date_deadline or datetime.max
        if house.allocation_policy == "priority":
            return move.priority != "1", deadline, move.ordered_date, move.id
        if house.allocation_policy == "first_ordered":
            return move.ordered_date, move.id
        if house.allocation_policy == "deadline":
            return deadline, move.ordered_date, move.id
        if move.ordered_date < fields.Datetime.now() - timedelta(days=house.allocation_guard_days):
            return False, 0, move.ordered_date, move.id
        lacks = sum(
            max(0, line.product_qty - reserved.get(line, Counter()).total())
            for line in move.picking_id.move_ids
            if line.state in OPEN_STATES
        )
        return True, round(lacks, 2), move.ordered_date, move.id

    @staticmethod
    def _is_eligible(move):
        """Whether allocation may give something to *move* that lacks something."""
        return move.state in ("confirmed", "partially_available") and not move.picked

    @staticmethod
    def _get_grain(move):
        """Return less than what *move* can reserve something of: a hundredth of its unit, in the product's."""
        return move.product_uom._compute_quantity(0.01, move.product_id.uom_id, round=False) + NOISE

    @staticmethod
    def _get_usable(move, places):
        """Return how much of ``{(location, lot, owner): quantity}`` is within the reach of *move*."""
        return sum(
            quantity
            for (location, _lot, owner), quantity in places.items()
            if location._child_of(move.location_id) and move.restrict_partner_id in (owner, owner.browse())
        )


@tagged("post_install", "-at_install")
class TestAllocationSequence(AllocationCase):
    """Whatever people do, one after another: nothing twice, nothing too much, nobody overtaken, nothing idle."""

    @settings(random_examples, max_examples=70)
    @given(
        policies,
        st.lists(make_stocks(), max_size=3),
        st.lists(orders_of_all_kinds, min_size=2, max_size=4),
        st.lists(steps, min_size=2, max_size=7),
    )
    def test_sequence(self, policy, stocks, orders, sequence):
        with self._undone():
            self.houses.allocation_policy = policy
            # Goods that a person has taken from a line without giving them to another: he knows why they lie there.
            self.set_free = set()
            before, picked = {}, {}
            for name, detail in [*(("receive", stock) for stock in stocks), *(("order", order) for order in orders)]:
                getattr(self, f"_step_{name}")(detail)
            for name, detail in sequence:
                before = self._read_reserved()
                picked = {move: move.quantity for move in before if move.picked}
                decided = getattr(self, f"_step_{name}")(detail) or self.env["stock.picking"]
                after = self._read_reserved()
                free = self._check_stock(after)
                self._check_claims(after)
                self._check_no_overtaking(before, after, free, decided)
                self._check_picked(picked, decided)
                self._check_nothing_idle(after, free)

    # ---- steps: each returns the delivery that a person has decided about himself ----

    def _choose(self, choice):
        deliveries = self._get_deliveries()
        return deliveries[choice.number % len(deliveries)] if deliveries else deliveries

    def _set_free(self, moves):
        self.set_free |= {(move.product_id, move.location_id.warehouse_id) for move in moves}

    def _step_order(self, order):
        self._place(order)

    def _step_receive(self, stock):
        values = self._get_stock_values(stock)
        receipt = self._expect(Arrival(stock.house, [Line(stock.product, stock.quantity, False)], 0))
        receipt.owner_id = values["owner_id"]
        receipt.move_line_ids.location_dest_id = values["location_id"]
        self._validate(receipt, self.lots[stock.lot])

    def _step_count(self, stock):
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants.create(
            {**self._get_stock_values(stock), "inventory_quantity": stock.quantity - 1}
        ).action_apply_inventory()

    def _step_cancel(self, choice):
        self._choose(choice).action_cancel()

    def _step_unreserve(self, choice):
        delivery = self._choose(choice)
        delivery.do_unreserve()
        self._set_free(delivery.move_ids)
        return delivery

    def _step_lower(self, choice):
        delivery = self._choose(choice)
        for move, tenths in zip(delivery.move_ids, choice.tenths, strict=False):
            move.product_uom_qty = move.product_uom.round(move.product_uom_qty * max(1, tenths) / 10)
        return delivery

    def _step_pick(self, choice):
        """Take what is reserved off the shelf, and do not ship it yet."""
        delivery = self._choose(choice)
        delivery.move_ids.filtered("quantity").picked = True
        return delivery

    def _step_ship(self, choice):
        """Ship a part of what is reserved."""
        delivery = self._choose(choice)
        for move, tenths in zip(delivery.move_ids, choice.tenths, strict=False):
            if tenths < 10 and move.quantity:
                move.quantity = move.quantity * tenths // 10
                self._set_free(move)
        if any(delivery.move_ids.mapped("quantity")):
            self._ship(delivery)
        return delivery

    def _step_check(self, choice):
        """Check availability: what is free is his who asks."""
        delivery = self._choose(choice)
        if delivery:
            delivery.action_assign()
        return delivery

    def _step_star(self, choice):
        delivery = self._choose(choice)
        delivery.priority = "0" if delivery.priority == "1" else "1"

    def _step_schedule(self, choice):
        self._get_claims().with_context(allocation_cause="scheduler")._action_assign()

    # ---- what must hold ----------------------------------------------------

    def _check_stock(self, reserved):
        """Nothing is allocated that is not there, by product, location, lot and owner; return what is free."""
        allocated, on_hand, in_books = Counter(), Counter(), Counter()
        for move, places in reserved.items():
            for place, quantity in places.items():
                allocated[move.product_id, *place] += quantity
        for quant in self.env["stock.quant"].search(
            [("product_id", "in", self.products.ids), ("location_id.usage", "=", "internal")]
        ):
            key = quant.product_id, quant.location_id, quant.lot_id, quant.owner_id
            on_hand[key] += quant.quantity
            in_books[key] += quant.reserved_quantity
        free = defaultdict(Counter)
        for key in allocated.keys() | on_hand.keys():
            # Odoo rounds to the hundredth of a dozen what it takes from a line when a count finds less.
            self.assertLessEqual(allocated[key], max(0, on_hand[key]) + CRUMB, f"{key}: no more than there is.")
            self.assertAlmostEqual(allocated[key], in_books[key], places=2, msg=f"{key}: lines and quants agree.")
            free[key[0]][key[1:]] = on_hand[key] - allocated[key]
        return free

    def _check_claims(self, reserved):
        for move, places in reserved.items():
            self.assertTrue(all(quantity > 0 for quantity in places.values()), "Nothing is less than nothing.")
            if not move.picked:  # a person may pick more
                self.assertLessEqual(places.total(), move.product_qty + NOISE, "Nobody has more than he wants.")

    def _check_no_overtaking(self, before, after, free, decided):
        """Who was given something stands before all who could have used it, and lack more than what is left for them."""
        for winner, places in after.items():
            gained = places - before.get(winner, Counter())
            if not gained or winner.picking_id in decided:
                continue
            for rival, rival_places in after.items():
                left = self._get_usable(rival, free[rival.product_id])
                lacks = rival.product_qty - rival_places.total() - left
                if (
                    rival != winner
                    and rival.product_id == winner.product_id
                    and self._is_eligible(rival)
                    and rival.picking_id not in decided
                    and min(lacks, self._get_usable(rival, gained)) > self._get_grain(rival)
                ):
                    self.assertLess(
                        self._get_rank(winner, before),
                        self._get_rank(rival, before),
                        f"{winner.picking_id.name} got {gained}, and {rival.picking_id.name} lacks {lacks}.",
                    )

    def _check_picked(self, picked, decided):
        """What is on the cart stays there, whatever becomes of others."""
        for move, quantity in picked.items():
            if move.exists() and move.picking_id not in decided and move.state in OPEN_STATES:
                self.assertEqual((move.picked, move.quantity), (True, quantity), "Nobody touches what is picked.")

    def _check_nothing_idle(self, reserved, free):
        """Nothing lies free that somebody waits for."""
        for move, places in reserved.items():
            if (move.product_id, move.location_id.warehouse_id) in self.set_free or not self._is_eligible(move):
                continue
            self.assertLessEqual(
                min(move.product_qty - places.total(), self._get_usable(move, free[move.product_id])),
                CRUMB,
                f"{move.picking_id.name} lacks something that is free.",
            )


@tagged("post_install", "-at_install")
class TestAllocationOutcome(AllocationCase):
    """What is handed out depends on who waits for what, and on nothing else."""

    def _prepare_demand(self, policy, orders, stocks):
        """Let *orders* wait, then lay goods there that nobody has heard of yet; return ``{move: quantity}``."""
        self.houses.allocation_policy = policy
        for order in orders:
            self._place(order)
        for stock in stocks:
            self._put(stock)
        return self._read_totals()

    def _assign(self, moves):
        """Reserve as Odoo's scheduler does, in the order of *moves*, which is not the ranking's."""
        moves.with_context(allocation_cause="scheduler")._action_assign()

    @settings(random_examples, max_examples=40)
    @given(
        policies,
        st.lists(make_orders(reaches=("all", "all", "shelf")), min_size=2, max_size=5),
        st.lists(make_stocks(), min_size=1, max_size=5),
        st.randoms(use_true_random=False),
    )
    def test_order_of_input(self, policy, orders, stocks, random):
        """Running allocation twice changes nothing; the order in which the claims are given changes nothing."""
        with self._undone():
            before = self._prepare_demand(policy, orders, stocks)
            with self._undone():
                self._restock()
                once = self._read_reserved()
                self._restock()
                self.assertEqual(self._read_reserved(), once, "The second time changes nothing.")
                self._assign(self._get_claims())
                self.assertEqual(self._read_reserved(), once, "Nor does the scheduler.")
            expected = {move: round(places.total(), 2) for move, places in once.items()}
            moves = list(before)
            random.shuffle(moves)
            with self._undone():
                self._assign(self.env["stock.move"].union(*moves))
                self.assertEqual(self._read_totals(), expected, "All at once, in any order.")
            # With complete_orders it matters what a delivery has already got: one by one is another question.
            if policy != "complete_orders":
                with self._undone():
                    for move in moves:
                        self._assign(move)
                    self.assertEqual(self._read_totals(), expected, "One by one, in any order.")
