from datetime import datetime, timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..chance import draw_from, slow, usually
from ..common import BackorderCase

FIRST_DAY = datetime(2026, 11, 20, 8)
DAYS = 60
NEVER = datetime.max


class Promise(NamedTuple):
    """What a line was promised in the morning of a day, and what was known then."""

    read: datetime
    date: datetime  # or NEVER
    log_id: int  # the last entry of the log
    receipts: Any  # those that were expected


class Entry(NamedTuple):
    """What a simulation needs to know of an entry in the log."""

    id: int
    product: Any
    concerned: Any  # the products whose lines may have changed places
    move: Any
    cause: str
    receipt: Any


@tagged("post_install", "-at_install")
class TestPromiseSimulation(BackorderCase):
    """Sixty days of a warehouse: orders, receipts on time, in part, later or never, picks, changes of mind.

    Each morning all promises are read. Where nothing has happened since but what was expected, each is kept to the
    day; and none ever becomes worse without an entry in the log that says why.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time(FIRST_DAY))
        # Odoo dates what it creates by the time of the transaction: it has to follow the clock.
        cls.startClassPatcher(patch.object(cls.cr, "now", datetime.now))
        cls.warehouse.in_type_id.create_backorder = "always"
        # Who has waited for as long as the guard allows passes others by the calendar alone: that is a test of its own.
        cls.warehouse.allocation_guard_days = 2 * DAYS
        cls.products = cls.env["product.product"].union(
            *(cls._create_product(name, stock=8) for name in ("Beam", "Board", "Nail", "Paint", "Tile"))
        )

    def test_priority(self):
        self._simulate("priority")

    @slow
    def test_first_ordered(self):
        self._simulate("first_ordered")

    @slow
    def test_deadline(self):
        self._simulate("deadline")

    def test_complete_orders(self):
        self._simulate("complete_orders")

    # ---- the days ----------------------------------------------------------

    def _simulate(self, policy):
        self.random = draw_from(f"promises under {policy}")
        self.warehouse.allocation_policy = policy
        self.deliveries = self.receipts = self.env["stock.picking"]
        self.log = []
        self.withdrawn = []  # (when, product) of wishes that were taken back
        self.promises = {}  # {move: [Promise]} that are neither kept nor broken yet
        self.kept, self.broken, self.overtaken = [], [], []
        self.slips, self.unexplained = [], []
        promised = {}
        for day in range(DAYS):
            self.clock.move_to(FIRST_DAY + timedelta(days=day))
            promised = self._read_promises(promised)
            self._receive()
            self._change_receipts()
            self._expect()
            self._order()
            self._change_minds()
            self._settle_promises()
            self._ship()
        self.assertFalse(self.broken, "Each promise is kept to the day, unless something else has happened.")
        self.assertFalse(self.unexplained, "No promise becomes worse without an entry in the log.")
        # There was something to keep, to overtake, and to explain.
        self.assertGreater(len(self.kept), usually(15), "Promises that were kept.")
        self.assertGreater(len(self.overtaken), usually(15), "Promises that something else has overtaken.")
        self.assertGreater(len(self.slips), usually(3), "Promises that have become worse.")

    def _happens(self, probability):
        return self.random.random() < probability

    def _choose(self, records, probability):
        return records.filtered(lambda record: self._happens(probability))

    def _get_open(self, pickings):
        return pickings.filtered(lambda picking: picking.state not in ("done", "cancel"))

    def _get_day(self, first, last):
        """Return a day from so many to so many days from now."""
        return fields.Datetime.now() + timedelta(days=self.random.randint(first, last))

    def _get_lines(self, least, most):
        products = self.random.sample(list(self.products), self.random.choice((1, 1, 2)))
        return [(product, self.random.randint(least, most)) for product in products]

    # ---- what happens ------------------------------------------------------

    def _order(self):
        """Customers order: through Sales or straight from the warehouse, some with a star, some with a deadline."""
        drafts = self.env["stock.picking"]
        for _number in range(self.random.choice((0, 1, 1, 2))):
            if self._happens(0.1):
                order = self._create_order(*self._get_lines(1, 8), commitment_date=self._get_day(2, 20))
                self.deliveries |= order.picking_ids
                continue
            priority = "1" if self._happens(0.2) else "0"
            delivery = self._create_delivery(*self._get_lines(1, 8), confirm=False, priority=priority)
            if self._happens(0.6):
                delivery.move_ids.date_deadline = self._get_day(2, 20)
            drafts |= delivery
        drafts.action_confirm()
        self.deliveries |= drafts

    def _expect(self):
        """Goods are bought."""
        if self._happens(0.6):
            self.receipts |= self._create_receipt(*self._get_lines(4, 14), days=self.random.randint(2, 9))

    def _change_receipts(self):
        """Vendors call before the day: some receipts will be late, some will not come at all."""
        for receipt in self._get_open(self.receipts):
            if self._happens(0.03):
                self._postpone(receipt)
            elif self._happens(0.02):
                receipt.action_cancel()

    def _postpone(self, receipt):
        later = timedelta(days=self.random.randint(1, 6))
        receipt.scheduled_date = max(receipt.scheduled_date, fields.Datetime.now()) + later

    def _receive(self):
        """What is due comes; of some only a part, and the rest later."""
        due = self._get_open(self.receipts).filtered(lambda receipt: receipt.scheduled_date <= fields.Datetime.now())
        for move in self._choose(due, 0.2).move_ids:
            move.quantity = self.random.randint(1, int(move.product_uom_qty))
        for receipt in due:  # one by one: the log names one receipt for what several bring at once
            self.assertIs(receipt.button_validate(), True, "Nothing is asked.")
        for rest in due.backorder_ids:
            self.receipts |= rest
            self._postpone(rest)

    def _change_minds(self):
        """Customers cancel, press, or get another deadline."""
        for delivery in self._choose(self._get_open(self.deliveries), 0.02):
            change = self.random.choice(("cancel", "star", "deadline"))
            if change == "cancel":
                # Who takes back a wish that nothing is reserved for makes others better off, and leaves no entry.
                self.withdrawn += [(fields.Datetime.now(), move.product_id) for move in delivery.move_ids]
                delivery.action_cancel()
            elif change == "star":
                delivery.priority = "0" if delivery.priority == "1" else "1"
            else:
                delivery.move_ids.date_deadline = self._get_day(1, 20)

    def _ship(self):
        """Pickers ship most of what is ready, and a part of some that is not."""
        self._invalidate()
        waiting = self._get_open(self.deliveries)
        shipped = self._choose(waiting.filtered(lambda delivery: delivery.fulfillment_state == "ready"), 0.7)
        shipped |= self._choose(waiting.filtered(lambda delivery: delivery.fulfillment_state == "partial"), 0.1)
        if shipped:
            self.assertIs(shipped.button_validate(), True, "Nothing is asked.")
            self.deliveries |= shipped.backorder_ids

    # ---- what is promised --------------------------------------------------

    def _read_log(self):
        """Read on in the log, and return the id of its last entry."""
        last_id = self.log[-1].id if self.log else 0
        entries = self.env["stock.backorder.allocation"].search(
            [("id", ">", last_id), ("warehouse_id", "=", self.warehouse.id)], order="id"
        )
        self.log += [
            Entry(
                entry.id,
                entry.product_id,
                self._get_concerned(entry),
                entry.move_id,
                entry.cause,
                entry.source_picking_id,
            )
            for entry in entries
        ]
        return self.log[-1].id if self.log else 0

    def _get_concerned(self, entry):
        """Under ``complete_orders``, what a line has got changes the places of the other lines of its delivery."""
        if self.warehouse.allocation_policy == "complete_orders":
            return entry.product_id | entry.picking_id.move_ids.product_id
        return entry.product_id

    def _get_events(self, move, since, upto):
        """Return the entries after one and up to another that may have changed what *move* is promised."""
        return [entry for entry in self.log if since < entry.id <= upto and move.product_id in entry.concerned]

    def _read_promises(self, before):
        """Read what all lines that lack something are promised, and compare it with the day *before*.

        :param before: what was returned the day before
        :return: ``{move: Promise}``
        """
        now = fields.Datetime.now()
        log_id, receipts = self._read_log(), self._get_open(self.receipts)
        self._invalidate()
        waiting = self.deliveries.move_ids.filtered(lambda move: move.state in ("confirmed", "partially_available"))
        promised = {move: Promise(now, move.promise_date or NEVER, log_id, receipts) for move in waiting}
        for move, promise in promised.items():
            if promise.date != NEVER:
                self.promises.setdefault(move, []).append(promise)
            if move in before and before[move].date < promise.date:
                slip = move, before[move].date, promise.date
                self.slips.append(slip)
                # That somebody got of a receipt what he was promised of it makes it worse for nobody.
                if not any(
                    entry.cause != "receipt" or entry.product != move.product_id
                    for entry in self._get_events(move, before[move].log_id, log_id)
                ):
                    self.unexplained.append(slip)
        return promised

    def _settle_promises(self):
        """Find out which promises were kept today, and which should have been."""
        self._invalidate()
        now = fields.Datetime.now()
        last_log_id = self._read_log()
        for move, promises in list(self.promises.items()):
            if move.state == "assigned":
                got_it = max((entry.id for entry in self.log if entry.move == move), default=last_log_id)
                for promise in self.promises.pop(move):
                    self._judge(move, promise, got_it, is_kept=promise.date == now)
            elif move.state in ("done", "cancel"):  # it was shipped in part, or nobody wants it any more
                del self.promises[move]
            else:
                for promise in promises:
                    if promise.date <= now:
                        self._judge(move, promise, last_log_id, is_kept=False)
                self.promises[move] = [promise for promise in promises if promise.date > now]

    def _judge(self, move, promise, upto, is_kept):
        """Note what became of a promise until an entry of the log."""
        is_as_expected = all(
            entry.cause == "receipt" and entry.receipt in promise.receipts and entry.product == move.product_id
            for entry in self._get_events(move, promise.log_id, upto)
        ) and not any(when >= promise.read and product == move.product_id for when, product in self.withdrawn)
        if not is_as_expected:
            self.overtaken.append(promise)
        elif is_kept:
            self.kept.append(promise)
        else:
            self.broken.append((move, promise.date, fields.Datetime.now()))
