"""What is asked of the engine, and what it answers: values, which read nothing by themselves."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from odoo.tools import float_round

# A quantity below this is noise of floating point sums, whatever the precision of the unit.
NOISE = 1e-6
# Above the ids of all records.
AFTER_ALL_IDS = 2**31
# Above the ids of all moves: those of requests, in the order in which they are given.
FIRST_REQUEST_ID = AFTER_ALL_IDS
# Above those: supplies of other kinds, which addons add, by their own ids from here on; all are below 2**32.
FIRST_OTHER_ID = AFTER_ALL_IDS + 2**30
# What an answer tells of a claim beside what of it is covered.
CLAIM_DATES = ("ordered_date", "date_deadline")
CLAIM_COLUMNS = ("product_id", "location_id", "target_id", "picking_id", *CLAIM_DATES)


@dataclass(frozen=True)
class Demand:
    """What somebody would want who has not confirmed yet: it ranks behind all equal claims.

    ``quantity`` is in the product's unit. Demands of one ``group`` (an order, a transfer) would be confirmed together
    and compete with each other; those of another group may never be confirmed, and take nothing away.
    """

    group: Any
    product: Any
    location: Any
    quantity: float
    priority: str = "0"
    deadline: datetime | None = None
    part: Any = None  # of a kit, for what of it: see ``stock.move._get_kit_part``


def convert_plainly(quantity, from_unit, to_unit, rounding_method="UP"):
    """Return *quantity* of *from_unit* in *to_unit* as a person would say it, rounded where it is no plain number.

    A unit has few decimals: 13 pieces are 1.08 dozens, and these are 13 pieces again, not 12.96.
    """
    exact = from_unit._compute_quantity(quantity, to_unit, round=False)
    doubt = from_unit._compute_quantity(from_unit.rounding / 2, to_unit, round=False)
    if doubt > to_unit.rounding and abs(round(exact) - exact) < doubt:
        return float(round(exact))
    return from_unit._compute_quantity(quantity, to_unit, rounding_method=rounding_method)


def split_in_unit(parts, from_unit, to_unit, whole=None):
    """Return quantities that are the *parts* of one whole in another unit, so that they add up there, too.

    A pallet of which 998 of 1,000 pieces are there is not a whole one: what comes first is rounded down, and the last
    part takes what is left of the whole.

    :param parts: a list of quantities in *from_unit*
    :param whole: what they are together in *to_unit*, where that is known; else it is rounded up
    :return: a list of quantities in *to_unit*, to its precision
    """
    if whole is None:
        whole = convert_plainly(sum(parts), from_unit, to_unit)
    result, start = [], 0.0
    for number in range(1, len(parts) + 1):
        end = whole
        if sum(parts[number:]) > NOISE:
            # Noise of the sums must not take a hundredth off: 0.36 pieces are 0.03 dozens.
            taken = from_unit.round(sum(parts[:number]))
            end = min(whole, convert_plainly(taken, from_unit, to_unit, rounding_method="DOWN"))
        result.append(to_unit.round(end - start))
        start = end
    return result


@dataclass(frozen=True)
class Coverage:
    """How a claim's open quantity is covered; all quantities in one unit.

    A supply whose expected day is over is still expected, and nothing is bought in its place; but it has no date, and
    serves after all supply that has one.
    """

    now: float = 0.0
    expected: float = 0.0
    uncovered: float = 0.0
    expected_date: datetime | None = None  # of the last of what has a date
    overdue: float = 0.0  # the part of what is expected that has no date
    exact: "Coverage | None" = None  # the same in the product's unit, where the quantities were rounded to another one
    is_together: bool = False  # it waits for what it ships together with

    @property
    def total(self):
        return self.now + self.expected + self.uncovered

    @property
    def rate(self):
        """How well it is covered, to compare: the share that can ship now, that has a date, that is expected."""
        total = self.total
        return (self.now / total, self.dated / total, self.expected / total) if total else (1.0, 0.0, 0.0)

    @property
    def dated(self):
        """The part of what is expected that has a date."""
        return max(0.0, self.expected - self.overdue)

    @property
    def dateless(self):
        """What is neither there nor has a date, whether or not it is expected."""
        return self.overdue + self.uncovered

    @property
    def status(self):
        """``available``, ``short`` or ``missing``; nothing wanted is available."""
        if self.exact:
            return self.exact.status
        if not self.expected and not self.uncovered:
            return "available"
        return "short" if self.now or self.expected else "missing"

    def get_promise_date(self, now):
        """Return when the last unit is covered, *now* at the earliest; None while a part has no date."""
        if self.uncovered or self.overdue:
            return None
        return self.expected_date if self.expected else now

    def get_earliest_date(self, now):
        """Return when something of it can ship, *now* at the earliest; None while nothing has a date."""
        if self.now:
            return now
        return self.expected_date if self.has("dated") else None

    def has(self, part):
        return getattr(self, part) > NOISE

    def convert(self, from_unit, to_unit, whole=None):
        """Return the same coverage in another unit, judged as it was before it is rounded: see :func:`split_in_unit`.

        :param whole: what is wanted in *to_unit*, where that is known
        """
        if from_unit == to_unit:
            return self
        parts = (self.now, self.dated, self.overdue, self.uncovered)
        now, dated, overdue, uncovered = split_in_unit(parts, from_unit, to_unit, whole)
        return replace(self, now=now, expected=dated + overdue, uncovered=uncovered, overdue=overdue, exact=self)

    def slice(self, start, length):
        """Return the coverage of the part of *length* that begins at *start*; what is covered soonest comes first."""
        parts = []
        for available in (self.now, self.dated, self.overdue, self.uncovered):
            parts.append(max(0.0, min(available, start + length) - max(0.0, start)))
            start -= available
        now, dated, overdue, uncovered = parts
        date = self.expected_date if dated else None
        return replace(
            self, now=now, expected=dated + overdue, uncovered=uncovered, expected_date=date, overdue=overdue
        )

    def on_hold(self):
        """Return the same coverage while it is on hold: what there is for it is lent to others, nothing has a date."""
        lent = self.now + self.expected
        return replace(self, now=0.0, expected=lent, overdue=lent, expected_date=None)

    def together(self, date):
        """Return the same coverage where all of it ships with others, when the last of them is there, whatever there is
        now.

        :param date: when that is; None for no date
        """
        waits = self.now + self.expected
        return replace(
            self,
            now=0.0,
            expected=waits,
            expected_date=date if waits else None,
            overdue=0.0 if date else waits,
            is_together=True,
        )

    def scale(self, factor):
        return replace(
            self,
            now=self.now * factor,
            expected=self.expected * factor,
            uncovered=self.uncovered * factor,
            overdue=self.overdue * factor,
        )

    def clean(self, digits):
        """Return the same coverage without the noise of floating point sums, of which whole numbers have none."""
        if not any(quantity % 1 for quantity in (self.now, self.expected, self.uncovered, self.overdue)):
            return self
        return replace(
            self,
            now=float_round(self.now, precision_digits=digits),
            expected=float_round(self.expected, precision_digits=digits),
            uncovered=float_round(self.uncovered, precision_digits=digits),
            overdue=float_round(self.overdue, precision_digits=digits),
        )

    @classmethod
    def join(cls, coverages):
        """Return the coverage of several claims of one product taken together."""
        coverages = list(coverages)
        return cls(
            now=sum(coverage.now for coverage in coverages),
            expected=sum(coverage.expected for coverage in coverages),
            uncovered=sum(coverage.uncovered for coverage in coverages),
            overdue=sum(coverage.overdue for coverage in coverages),
            expected_date=max((c.expected_date for c in coverages if c.expected_date), default=None),
            is_together=bool(coverages) and all(coverage.is_together for coverage in coverages),
        )


def ship_together(coverages, now):
    """Return ``{key: Coverage}`` of what ships all together: all of it comes when the last does."""
    if all(coverage.status == "available" for coverage in coverages.values()):
        return coverages
    dates = [coverage.get_promise_date(now) for coverage in coverages.values()]
    date = max(dates) if all(dates) else None
    return {key: coverage.together(date) for key, coverage in coverages.items()}


class Request(NamedTuple):
    """A supply that nobody has confirmed yet: what would it serve if somebody did?"""

    product: Any
    location: Any  # where it would arrive
    quantity: float  # in the product's unit
    date: datetime


class Link(NamedTuple):
    """A part of a claim that a supply will serve."""

    claim_id: int  # of stock.move
    supply_id: int  # of stock.move; see FIRST_REQUEST_ID and FIRST_OTHER_ID
    quantity: float  # in the product's unit
    date: datetime  # when it is, or was, expected; as late as its vendor usually is, where that is counted
    is_late: bool  # that day is over


class Arrival(NamedTuple):
    """What an incoming move brings into a stock."""

    supply_id: int  # of stock.move
    quantity: float  # in the product's unit
    date: datetime  # when it is, or was, expected
    is_late: bool  # that day is over


class FreeShare(NamedTuple):
    """What free stock gives to a claim, or to a part of it; the quantities are in the product's unit."""

    pool: tuple  # (product id, area id)
    move_id: int
    quantity: float
    lacking: float
    rank: int  # 1 is the first
    free: float  # in the whole pool
    is_part: bool  # of those kinds that rank before the rest
    is_withheld: bool  # it may not be reserved yet, and nobody else gets it meanwhile


@dataclass(frozen=True)
class Queue:
    """Where a claim stands among those who want the same stock; all quantities in the product's unit."""

    free: float  # in stock and not reserved
    place: int  # 1 is the first
    length: int
    quantity: float  # what the claim itself lacks
    ahead_quantity: float  # what those ahead lack
    ahead: tuple  # the first of those ahead, as (move id, quantity)
    behind: tuple  # the next after it, as (move id, quantity)


class Stocked(NamedTuple):
    """What there is of a product in a place, and comes into its stock, whomever it is for; in the product's unit."""

    held: float  # what can be shipped, or is reserved
    expected: float
    free: float  # the part of what is held that can be shipped and is not reserved


class PoolFigures(NamedTuple):
    """What there is of a product in one stock, and what open lines want of it; all quantities in the product's unit."""

    area_id: int  # of stock.location
    on_hand: float
    free: float  # on hand, not reserved and not expired
    incoming: float
    incoming_date: datetime | None  # when the first of it is expected, never in the past
    lacking: float  # by the claims: what they want and have not reserved
