from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import BackorderCase

FIRST_DAY = datetime(2026, 11, 20, 8)
DAYS = 60
OPEN_STATES = ("waiting", "confirmed", "partially_available", "assigned")


class Promise(NamedTuple):
    """What a line was promised in the morning of a day, and what was known then."""

    day: int
    date: datetime
    log_id: int  # the last entry of the log
    receipts: object  # that were expected


@tagged("post_install", "-at_install")
class TestPromiseSimulation(BackorderCase):
    """Sixty days of a warehouse: orders, receipts on time, in part, later or never, picks, changes of mind.

    Every morning all promises are read. Where nothing has happened in between but what was expected, each is kept to
    the day; and no promise ever becomes worse without an entry in the log that says why.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time(FIRST_DAY))
        # Odoo dates what it creates by the transaction's own time: it has to follow the clock.
        cls.startClassPatcher(patch.object(cls.cr, "now", datetime.now))
        cls.warehouse.in_type_id.create_backorder = "always"
        cls.products = cls.env["product.product"].union(
            *(cls._create_product(name, stock=10) for name in ("Beam", "Nail", "Paint"))
        )

    def test_priority(self):
        self._simulate("priority")

    def test_first_ordered(self):
        self._simulate("first_ordered")

    def test_deadline(self):
        self._simulate("deadline")

    def test_complete_orders(self):
        self._simulate("complete_orders")

    # ---- the days ----------------------------------------------------------

    def _simulate(self, policy):
        self.random = Random(f"promises under {policy}")
        self.warehouse.allocation_policy = policy
        self.deliveries = self.receipts = self.env["stock.picking"]
        self.promises = {}  # {move: [Promise]} that are neither kept nor overtaken by events yet
        self.outcomes = Counter()
        last = {}
        for day in range(DAYS):
            self.clock.move_to(self._get_date(day))
            promised = self._read_promises(day)
            self._check_slips(last, promised)
            self._receive(day)
            self._change_receipts(day)
            self._expect(day)
            self._order(day)
            self._change_minds()
            self._check_promises(day)
            self._ship()
            last = promised
        print(policy, self.outcomes)

    @staticmethod
    def _get_date(day):
        return FIRST_DAY + timedelta(days=day)

    def _happens(self, probability):
        return self.random.random() < probability

    def _choose(self, records, probability):
        return records.filtered(lambda record: self._happens(probability))

    def _get_open(self, pickings):
        return pickings.filtered(lambda picking: picking.state not in ("done", "cancel"))

    # ---- what happens ------------------------------------------------------

    def _order(self, day):
        """Customers order: some through Sales, some straight from the warehouse, some in a hurry."""
        deliveries = self.env["stock.picking"]
        for _number in range(self.random.choice((0, 1, 1, 2))):
            lines = [
                (product, self.random.randint(1, 8))
                for product in self.random.sample(list(self.products), self.random.choice((1, 1, 2)))
            ]
            if self._happens(0.2):
                deliveries |= self._create_order(
                    *lines, commitment_date=self._get_date(day + self.random.randint(2, 20))
                ).picking_ids
            else:
                delivery = self._create_delivery(*lines, confirm=False, priority=str(int(self._happens(0.2))))
                if self._happens(0.6):
                    delivery.move_ids.date_deadline = self._get_date(day + self.random.randint(2, 20))
                deliveries |= delivery
        deliveries.filtered(lambda delivery: delivery.state == "draft").action_confirm()
        self.deliveries |= deliveries

    def _expect(self, day):
        """Goods are bought."""
        if self._happens(0.6):
            self.receipts |= self._create_receipt(
                *(
                    (product, self.random.randint(4, 14))
                    for product in self.random.sample(list(self.products), self.random.choice((1, 1, 2)))
                ),
                days=self.random.randint(2, 9),
            )

    def _change_receipts(self, day):
        """Vendors call: some receipts will be late, some will not come at all. They call before the day."""
        for receipt in self._get_open(self.receipts):
            if self._happens(0.04):
                self._postpone(receipt)
            elif self._happens(0.02):
                receipt.action_cancel()

    def _postpone(self, receipt):
        receipt.scheduled_date = max(receipt.scheduled_date, fields.Datetime.now()) + timedelta(
            days=self.random.randint(1, 6)
        )

    def _receive(self, day):
        """What is due comes; of some only a part, and the rest later."""
        due = self._get_open(self.receipts).filtered(lambda receipt: receipt.scheduled_date <= self._get_date(day))
        for receipt in self._choose(due, 0.2):
            for move in receipt.move_ids:
                move.quantity = self.random.randint(1, int(move.product_uom_qty))
        if due:
            self.assertIs(due.button_validate(), True, "Nothing is asked.")
        for rest in due.backorder_ids:
            self.receipts |= rest
            self._postpone(rest)

    def _ship(self):
        """Pickers ship most of what is ready, and a part of some that waits."""
        self._invalidate()
        waiting = self._get_open(self.deliveries)
        shipped = self._choose(waiting.filtered(lambda delivery: delivery.fulfillment_state == "ready"), 0.7)
        shipped |= self._choose(waiting.filtered(lambda delivery: delivery.fulfillment_state == "partial"), 0.1)
        if shipped:
            self.assertIs(shipped.button_validate(), True, "Nothing is asked.")
            self.deliveries |= shipped.backorder_ids

    def _change_minds(self):
        """Customers cancel, press, or get a new deadline."""
        for delivery in self._choose(self._get_open(self.deliveries), 0.02):
            change = self.random.choice(("cancel", "star", "deadline"))
            if change == "cancel":
                delivery.action_cancel()
            elif change == "star":
                delivery.priority = "0" if delivery.priority == "1" else "1"
            else:
                delivery.move_ids.date_deadline = fields.Datetime.now() + timedelta(days=self.random.randint(1, 20))

    # ---- what is promised --------------------------------------------------

    def _get_waiting(self):
        """Return the lines that lack something."""
        self._invalidate()
        return self.deliveries.move_ids.filtered(lambda move: move.state in ("confirmed", "partially_available"))

    def _get_last_log_id(self):
        return self.env["stock.backorder.allocation"].search([], limit=1).id or 0

    def _get_log(self, move, since, upto):
        """Return what has happened to the product in the warehouse after an entry, up to and with another."""
        return self.env["stock.backorder.allocation"].search(
            [
                ("id", ">", since),
                ("id", "<=", upto),
                ("warehouse_id", "=", self.warehouse.id),
                ("product_id", "=", move.product_id.id),
            ]
        )

    def _read_promises(self, day):
        log_id, receipts = self._get_last_log_id(), self._get_open(self.receipts)
        promised = {
            move: Promise(day, move.promise_date or datetime.max, log_id, receipts) for move in self._get_waiting()
        }
        for move, promise in promised.items():
            if promise.date != datetime.max:
                self.promises.setdefault(move, []).append(promise)
        return promised

    def _check_slips(self, last, promised):
        """A promise that is worse than the day before has an event in the log."""
        for move, promise in promised.items():
            if move in last and promise.date.date() > last[move].date.date():
                self.outcomes["slips"] += 1
                causes = self._get_log(move, last[move].log_id, promise.log_id).mapped("cause")
                if not (set(causes) - {"receipt"}):
                    self.outcomes["SLIPS WITHOUT"] += 1
                    print("SLIP", promise.day, move, last[move].date, promise.date, causes)

    def _check_promises(self, day):
        """What is due by today was kept today, unless something else has happened since it was promised."""
        waiting = self._get_waiting()
        allocations = self.env["stock.backorder.allocation"]
        for move, promises in list(self.promises.items()):
            is_full = move.exists() and move.state == "assigned"
            if is_full or move not in waiting or any(promise.date <= self._get_date(day) for promise in promises):
                end = (
                    allocations.search([("move_id", "=", move.id)], limit=1).id if is_full else self._get_last_log_id()
                )
                for promise in promises:
                    if not is_full and promise.date > self._get_date(day) and move in waiting:
                        continue
                    promises.remove(promise) if 0 else None
                    log = self._get_log(move, promise.log_id, end)
                    if set(log.mapped("cause")) <= {"receipt"} and log.source_picking_id <= promise.receipts:
                        kept = is_full and promise.date.date() == self._get_date(day).date()
                        self.outcomes["kept" if kept else "BROKEN"] += 1
                        if not kept:
                            print("BROKEN", day, move, move.state, promise, log.mapped("cause"))
                    else:
                        self.outcomes["overtaken by events"] += 1
                self.promises[move] = [
                    p for p in promises if not is_full and move in waiting and p.date > self._get_date(day)
                ]
