"""What is short, as values; and what the list of needs passes on in the context, which no caller can send."""

from datetime import datetime
from typing import NamedTuple

# Of which products rows are asked for: only a NarrowedTo counts, which no caller can send.
NARROWED = "supply_need_narrowed_to"
# What is short, worked out once while a page is read; only a ToldOnce counts.
TOLD = "supply_need_told"
# Of which rows the dates are only bounds while the first ones of the list are sought; only an Undated counts.
UNDATED = "supply_need_undated"


class NarrowedTo(NamedTuple):
    product_ids: frozenset


class ToldOnce(dict):
    """``{ids of the products, None for all: [Shortage]}``; no caller can send one."""


class Undated(NamedTuple):
    row_ids: frozenset


class Shortage(NamedTuple):
    """A product of which something is uncovered in a warehouse; quantities in the product's unit."""

    id: int  # of the first line on it
    product_id: int
    warehouse_id: int | None
    company_id: int | None
    qty_uncovered: float
    qty_elsewhere: float
    oldest_date: datetime | None  # of all lines on the stocks of which nothing is covered
    deadline: datetime | None
    earliest_date: datetime | None  # of all lines on the stocks of which something is uncovered: no date is before it
    earliest_deadline: datetime | None
    is_pegged: bool  # only pegging tells which lines wait for it
    area_ids: list  # else: the stocks in which something is uncovered, as ids of stock.location…
    covered: list  # … and how much of what lines lack is covered there

    @property
    def is_ranked(self):
        """Whether sums tell only how early its dates can be: of the lines on its stocks, some are covered."""
        return not self.is_pegged and any(self.covered)

    @property
    def place(self):
        """Where it can be in the list at the earliest, by ``_order``: what has no date comes last."""
        deadline, date = self.earliest_deadline, self.earliest_date
        return deadline is None, deadline or datetime.max, date is None, date or datetime.max, self.id

    def with_earliest_dates(self):
        return self._replace(oldest_date=self.earliest_date, deadline=self.earliest_deadline)


class UncoveredClaim(NamedTuple):
    """A line of which no supply covers a part."""

    move_id: int
    product_id: int
    warehouse_id: int | None
    customer_id: int | None  # the company that has ordered, else that receives it
    quantity: float  # what is uncovered, in the product's unit
