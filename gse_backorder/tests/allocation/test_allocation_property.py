from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple
from unittest.mock import patch

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.allocation.reservation_run import ReservationRun
from ...models.engine import stock_pegging
from ..chance import random_examples, some_of, undone
from ..common import BackorderCase

TODAY = datetime(2026, 11, 20, 8)
POLICIES = ("priority", "first_ordered", "deadline", "complete_orders")
OPEN_STATES = ("waiting", "confirmed", "partially_available", "assigned")
# A quantity has two digits: less is nothing.
NOISE = 0.005
# A hundredth of a dozen is the least that a line in dozens can take: it leaves crumbs.
CRUMB = 0.12 + NOISE


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
arrivals = st.builds(Arrival, house=houses, lines=make_lines(step=3), day=st.integers(1, 6))
choices = st.builds(Choice, number=numbers, tenths=st.tuples(*[st.integers(0, 10)] * 3))
orders_of_all_kinds = make_orders(reaches=("all", "all", "all", "shelf", "owner"))
steps = st.one_of(
    st.tuples(st.just("order"), orders_of_all_kinds),
    st.tuples(st.sampled_from(("receive", "count")), make_stocks()),
    st.tuples(st.sampled_from(("cancel", "unreserve", "lower", "pick", "ship", "check", "star", "schedule")), choices),
)


class AllocationCase(BackorderCase):
    """Two warehouses with shelves, three products (one in lots), an owner whose goods lie with ours, a clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time(TODAY))
        # A handful of lines is to go the way of thousands: a few are ranked first, then more.
        cls.startClassPatcher(patch.object(stock_pegging, "FIRST_CLAIMS", 1))
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
        try:
            with undone(self.env):
                yield
        finally:
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
                "scheduled_date": date,
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
        pools = {
            (product.id, house.lot_stock_id.stock_area_id.id) for product in self.products for house in self.houses
        }
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

    @settings(random_examples, max_examples=some_of(70))
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
        if any(delivery.move_ids.mapped("quantity")):
            self._ship(delivery)
        else:
            self._set_free(delivery.move_ids)
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
        ReservationRun(cause="scheduler").carry(self._get_claims())._action_assign()

    # ---- what must hold ----------------------------------------------------

    def _check_stock(self, reserved):
        """Nothing is allocated that is not there, by product, location, lot and owner; return what is free."""
        allocated, picked, on_hand, in_books = Counter(), Counter(), Counter(), Counter()
        for move, places in reserved.items():
            for place, quantity in places.items():
                (picked if move.picked else allocated)[(move.product_id, *place)] += quantity
        for quant in self.env["stock.quant"].search(
            [("product_id", "in", self.products.ids), ("location_id.usage", "=", "internal")]
        ):
            key = quant.product_id, quant.location_id, quant.lot_id, quant.owner_id
            on_hand[key] += quant.quantity
            in_books[key] += quant.reserved_quantity
        free = defaultdict(Counter)
        for key in allocated.keys() | picked.keys() | on_hand.keys():
            # What somebody holds in his hands is there, whatever has been counted. Odoo rounds to the hundredth of a
            # dozen what it takes from a line when a count finds less.
            there = max(0, on_hand[key] - picked[key])
            self.assertLessEqual(allocated[key], there + CRUMB, f"{key}: no more than there is.")
            taken = allocated[key] + picked[key]
            self.assertAlmostEqual(taken, in_books[key], places=2, msg=f"{key}: lines and quants agree.")
            free[key[0]][key[1:]] = on_hand[key] - taken
        return free

    def _check_claims(self, reserved):
        for move, places in reserved.items():
            self.assertTrue(all(quantity > 0 for quantity in places.values()), "Nothing is less than nothing.")
            if not move.picked:  # a person may pick more
                self.assertLessEqual(places.total(), move.product_qty + NOISE, "Nobody has more than he wants.")

    def _check_no_overtaking(self, before, after, free, decided):
        """Who was given something stands before all who could have used it and lack more than what is left."""
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
        ReservationRun(cause="scheduler").carry(moves)._action_assign()

    @settings(random_examples, max_examples=some_of(40))
    @given(
        policies,
        # In quarters of a dozen: crumbs, which only units can take, go to whoever comes when they lie there.
        st.lists(make_orders(step=3), min_size=2, max_size=5),
        st.lists(make_stocks(step=3), min_size=1, max_size=5),
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

    @settings(random_examples, max_examples=some_of(40))
    @given(
        st.sampled_from(POLICIES[:3]),
        st.lists(make_orders(step=3), min_size=2, max_size=5),
        st.lists(make_stocks(step=3), max_size=3),
        st.lists(arrivals, max_size=2),
        make_stocks(step=3),
        arrivals,
    )
    def test_more_stock(self, policy, orders, stocks, expected, more_stock, more_expected):
        """More goods, in stock or expected, are worse for nobody, in what is promised and in what is handed out."""
        with self._undone():
            for arrival in expected:
                self._expect(arrival)
            self._prepare_demand(policy, orders, stocks)
            promised, handed_out = self._read_promises(), self._read_handed_out()
            for tell in (lambda: self._put(more_stock), lambda: self._expect(more_expected)):
                with self._undone():
                    tell()
                    for move, (now, uncovered, date) in self._read_promises().items():
                        old_now, old_uncovered, old_date = promised[move]
                        self.assertGreaterEqual(now + NOISE, old_now, "No less of it ships now.")
                        self.assertLessEqual(uncovered, old_uncovered + NOISE, "No more of it has no date.")
                        self.assertLessEqual(date, old_date, "And none is later.")
                    for move, quantity in self._read_handed_out().items():
                        self.assertGreaterEqual(quantity + NOISE, handed_out[move], "Nobody gets less.")

    def _read_promises(self):
        """Return ``{move: (ships now, without a date, promised date or the end of time)}``."""
        self._invalidate()
        return {
            move: (move.qty_available_now, move.qty_uncovered, move.promise_date or datetime.max)
            for move in self._get_claims()
        }

    def _read_handed_out(self):
        """Return ``{move: quantity}`` of what would be reserved if all that is free were handed out."""
        with self._undone():
            self._restock()
            return self._read_totals()


@tagged("post_install", "-at_install")
class TestPromiseProperty(AllocationCase):
    """What is promised is what allocation then does, when nothing else happens."""

    @settings(random_examples, max_examples=some_of(40))
    @given(
        # A delivery's place under complete_orders depends on what its other lines have got meanwhile: one line each.
        policies.flatmap(
            lambda policy: st.tuples(
                st.just(policy),
                st.lists(
                    make_orders(step=3, max_lines=1 if policy == "complete_orders" else 3), min_size=2, max_size=6
                ),
            )
        ),
        st.lists(make_stocks(step=3), max_size=3),
        st.lists(arrivals, min_size=1, max_size=4),
    )
    def test_promise_is_kept(self, policy_and_orders, stocks, expected):
        policy, orders = policy_and_orders
        with self._undone():
            self.houses.allocation_policy = policy
            for stock in stocks:
                self._put(stock)
            for order in orders:
                self._place(order)
            receipts = self.env["stock.picking"].union(*(self._expect(arrival) for arrival in expected))
            reserved = self._read_totals()
            dates = {move: move.promise_date for move in reserved}
            links = self.env["stock.pegging"]._get_links(self.products)
            for date, due in sorted(receipts.grouped("scheduled_date").items()):
                self.clock.move_to(date)
                for receipt in due.sorted("id"):
                    self._validate(receipt)
                for move, quantity in self._read_totals().items():
                    pegged = sum(link.quantity for link in links if link.claim_id == move.id and link.date <= date)
                    self.assertAlmostEqual(quantity, reserved[move] + pegged, places=1, msg="As much as was pegged.")
                    self.assertEqual(
                        move.state == "assigned",
                        bool(dates[move]) and dates[move] <= date,
                        f"{move.picking_id.name} was promised for {dates[move]}, and now it is {date}.",
                    )


@tagged("post_install", "-at_install")
class TestAllocationRules(AllocationCase):
    """What else always holds, by example."""

    def _wait(self, quantity, **values):
        """Return the line of a delivery that wants bolts."""
        order = Order(0, [Line(0, quantity, False)], values.get("is_urgent", False), None, values.get("ago", 0), "all")
        return self._place(order).move_ids

    def _receive(self, quantity):
        receipt = self._expect(Arrival(0, [Line(0, quantity, False)], 0))
        self._validate(receipt)
        return receipt

    def _get_log(self, move):
        return self.env["stock.backorder.allocation"].search([("move_id", "=", move.id)], order="id")

    def _get_reserved(self, moves):
        self._invalidate()
        return moves.mapped("quantity")

    # ---- what lies idle has a reason ----------------------------------------

    def test_rest_that_nobody_wants(self):
        """Scenario: 12 come, nine are wanted. Expected: three are left because nobody lacks anything."""
        moves = self._wait(5) | self._wait(4)
        self._receive(12)
        self.assertEqual(self._get_reserved(moves), [5, 4], "Whoever wants something has it.")

    def test_rest_that_nobody_may_have(self):
        """Scenario: who waits is reserved by hand only. Expected: the goods stay, and nothing is said to be given."""
        self.delivery_type.reservation_method = "manual"
        move = self._wait(5)
        self._receive(12)
        self.assertEqual(self._get_reserved(move), [0], "Not by itself.")
        self.assertFalse(self._get_log(move), "And no entry: it has no turn.")
        move.picking_id.action_assign()
        self.assertEqual(self._get_reserved(move), [5], "But by hand.")

    def test_rest_that_nobody_can_use(self):
        """Scenario: half a numbered piece is left, two wait. Expected: each has an entry that says why it did not."""
        self.products[0].tracking = "serial"
        moves = self._wait(1) | self._wait(1)
        self._add_stock(
            self.products[0], 0.5, lot_id=self.lots.create({"name": "1", "product_id": self.products[0].id})
        )
        self._restock()
        self.assertEqual(self._get_reserved(moves), [0, 0], "Nobody can take half of it.")
        for move in moves:
            entry = self._get_log(move)[-1:]
            self.assertEqual((entry.quantity, bool(entry.note)), (0, True), "There is a reason on record.")

    # ---- nobody waits for ever -------------------------------------------------

    def _live(self, days):
        """Let one piece come each day, and one be ordered by somebody new; yield each day."""
        for day in range(1, days + 1):
            self.clock.move_to(TODAY + timedelta(days=day))
            newcomer = self._wait(1)
            newcomer.ordered_date = fields.Datetime.now()
            self._receive(1)
            yield day

    def test_guard_ends_waiting(self):
        """Scenario: who wants ten is passed over by all who want one. Expected: no longer than the guard allows."""
        self.addCleanup(self.clock.move_to, TODAY)
        self.warehouse.write({"allocation_policy": "complete_orders", "allocation_guard_days": 3})
        patient = self._wait(10)
        got = [self._get_reserved(patient)[0] for _day in self._live(13)]
        self.assertEqual(got, [0, 0, 0, *range(1, 11)], "After three days all that comes is for it.")

    def test_newcomers_stay_behind(self):
        """Scenario: each day somebody else of the same class comes. Expected: who is ahead only ever gets less."""
        self.addCleanup(self.clock.move_to, TODAY)
        for policy in POLICIES[:3]:
            with self.subTest(policy), self._undone():
                self.warehouse.allocation_policy = policy
                self._wait(4, ago=2)
                patient = self._wait(3, ago=1)
                pegging = self.env["stock.pegging"]
                ahead = [pegging._get_queue(patient).ahead_quantity]
                for _day in self._live(6):
                    queue = pegging._get_queue(patient)
                    ahead.append(queue.ahead_quantity)
                self.assertEqual(ahead, [4, 3, 2, 1, 0, 0, 0], "Four were ahead, and nobody else ever is.")
                for _day in self._live(1):
                    self.assertEqual(self._get_reserved(patient), [3], "After seven it has its three.")

    # ---- what is picked, what is done -----------------------------------------------

    def test_picked_and_done_never_worsen(self):
        """Scenario: three are shipped, three of five picked, then all that can happen. Expected: they stay."""
        self._receive(6)
        done = self._wait(3, ago=5)
        done.picking_id.button_validate()
        picked = self._wait(5)
        picked.picked = True
        urgent = self._wait(8, is_urgent=True, ago=9)
        other = self._wait(2, ago=8)

        def count():
            self.env["stock.quant"].with_context(inventory_mode=True).create(
                {"product_id": self.products[0].id, "location_id": self.stock.id, "inventory_quantity": 3}
            ).action_apply_inventory()

        for happens in (
            self._restock,
            lambda: self._receive(1),
            urgent.picking_id.action_assign,
            lambda: urgent.write({"product_uom_qty": 1}),
            lambda: ReservationRun(cause="scheduler").carry(self._get_claims())._action_assign(),
            other.picking_id.do_unreserve,
            other.picking_id.action_cancel,
            count,
            lambda: setattr(self.warehouse, "allocation_policy", "deadline"),
        ):
            happens()
            self.assertEqual(self._get_reserved(done | picked), [3, 3], "What somebody has in his hands stays there.")
            self.assertEqual((done.state, picked.picked), ("done", True), "And is what it was.")

    # ---- explanations follow from what is stored ------------------------------------------

    def _explain(self, move):
        self._invalidate()
        return str(move.allocation_explanation)

    def _count_changes(self):
        """Return how many rows this transaction has written, of all tables."""
        self.env.flush_all()
        [(changes,)] = self.env.execute_query(
            SQL("SELECT SUM(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        )
        return changes

    def test_explanation_follows(self):
        """Scenario: who is ahead, and what is expected, change. Expected: the words change, and only they."""
        ahead, behind = self._wait(7, ago=2), self._wait(9, ago=1)
        receipt = self._expect(Arrival(0, [Line(0, 20, False)], 4))
        changes = self._count_changes()
        words = self._explain(behind)
        self.assertRegex(words, rf"(?s){ahead.picking_id.name}.*\b7\b", "Who is ahead, with how much.")
        self.assertRegex(words, rf"(?s){receipt.name}.*24 Nov", "The supply, and its day.")
        self.assertEqual(self._explain(behind), words, "Asked twice, told the same.")
        self.assertEqual(self._count_changes(), changes, "Nothing was written.")
        ahead.product_uom_qty = 6
        receipt.move_ids.date = TODAY + timedelta(days=5)
        words = self._explain(behind)
        self.assertRegex(words, rf"(?s){ahead.picking_id.name}.*\b6\b", "What is stored now.")
        self.assertRegex(words, rf"(?s){receipt.name}.*25 Nov", "And here.")
        behind.picking_id.priority = "1"
        self.assertNotIn(ahead.picking_id.name, self._explain(behind), "Nobody is ahead any more.")
        self.assertIn(behind.picking_id.name, self._explain(ahead), "It is the other way round.")
        receipt.action_cancel()
        self.assertNotIn(receipt.name, self._explain(behind), "Nothing is expected any more.")
