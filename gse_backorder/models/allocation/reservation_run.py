"""What steers a reservation on its way through Odoo's methods: one object in the context, which no caller can make."""

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from psycopg2 import Error as DatabaseError

# Where the run travels. Only a ReservationRun counts there: what a request sends, text and numbers, is ignored.
CONTEXT_KEY = "reservation_run"
# Odoo's own reservations, which nobody has asked for: they follow the ranking.
AUTOMATIC_CAUSES = ("confirm", "remainder", "scheduler")


class Share(NamedTuple):
    """What free stock gives to a claim."""

    move_id: int
    quantity: float  # in the product's unit
    rank: int  # 1 is the first of those that wait; 0 where nothing is free and nobody was ranked


class ReservationBatch:
    """What a reservation of many moves has read of the stock, and what it has still to write.

    The quants that were read, by what was asked for; those that are locked, by what they hold; the values of the move
    lines to be made, whose quantities are reserved on the quants already. What is gathered is written by the next move
    line that is made in any other way, and at the latest when :meth:`StockMove._action_assign` ends.
    """

    def __init__(self):
        self.read = {}
        self.locked = {}
        self.lines = []
        self.is_gathering = False
        self.is_writing = False

    @contextmanager
    def gathering(self):
        """Keep back the move lines that are made meanwhile: their goods are reserved, and many are made in one go."""
        self.is_gathering = True
        try:
            yield
        finally:
            self.is_gathering = False

    def make_lines(self, move_lines):
        """Make what was gathered, without reserving it a second time.

        :param move_lines: the model
        """
        lines, self.lines = self.lines, []
        if not lines:
            return
        self.is_writing = True
        try:
            move_lines.create(lines)
        finally:
            self.is_writing = False

    @contextmanager
    def finishing(self, move_lines):
        """Leave nothing gathered behind, also where the reservation ends in an exception that somebody handles.

        Where the database has failed there is nothing to be written: all of it is rolled back.
        """
        try:
            yield
        except DatabaseError:
            self.forget()
            raise
        except BaseException:
            self.make_lines(move_lines)
            raise
        self.make_lines(move_lines)
        assert not self.lines, "Goods are reserved for lines that were not made."

    def forget(self):
        self.__init__()


@dataclass(frozen=True, eq=False)
class ReservationRun:
    """A reservation under way: why, by what limits, and what it has locked so far.

    It goes back and forth between Odoo's reservation and the handing out of stock:

    1. Odoo reserves (``stock.move._action_assign``). Nobody has decided yet who gets how much: :attr:`limits` is None.
       ``stock.allocation._prepare`` locks the stock and decides, by the run's :attr:`cause`.
    2. Odoo takes the quants, within the limits. From here on ``_action_assign`` asks nobody any more.
    3. ``stock.allocation._record`` logs who got what, and hands what is left to those who wait (``_restock``): that
       reserves again, from 2 on, with limits and a :attr:`batch` of its own.

    What is freed meanwhile is handed out when all is done, see ``freed_stock``.
    Frozen: a step that differs carries another run on its own records, and nothing has to be put back.
    """

    cause: str = "manual"  # a value of stock.backorder.allocation.cause; a person decides for himself
    joins: bool = False  # whoever joins the ranking is logged, even if he gets nothing
    limits: dict | None = None  # {move id: the most that it may take, in the product's unit}; others take all they need
    serving: int = 0  # id of the move whose goods are being chosen
    is_exact: bool = False  # whether these are chosen by the product's unit, and not rounded to the move's
    batch: ReservationBatch | None = None
    locked: frozenset = frozenset()  # pools that this transaction has locked: (product id, area id)

    @classmethod
    def of(cls, env):
        """Return the run that *env* is in; one that has only begun where there is none."""
        run = env.context.get(CONTEXT_KEY)
        return run if isinstance(run, cls) else IDLE

    @staticmethod
    def leave(env):
        """Return the context of *env* without the run that it is in."""
        return {name: value for name, value in env.context.items() if name != CONTEXT_KEY}

    def carry(self, records):
        """Return *records* with this run in their context."""
        return records.with_context(**{CONTEXT_KEY: self})

    @property
    def is_decided(self):
        """Whether it is decided who gets how much: Odoo reserves within the limits, and nobody is asked again."""
        return self.limits is not None

    @property
    def is_automatic(self):
        return self.cause in AUTOMATIC_CAUSES

    def get_limit(self, quantity):
        """Return how much of *quantity*, in the product's unit, may be taken for the move that is served."""
        return min(quantity, (self.limits or {}).get(self.serving, quantity))

    def gathering(self):
        return self.batch.gathering() if self.batch else nullcontext()

    def finishing(self, move_lines):
        return self.batch.finishing(move_lines) if self.batch else nullcontext()

    def caused_by(self, cause, joins=False):
        """Return the run for a reservation that *cause* has brought about; it keeps what is locked."""
        if (self.cause, self.joins, self.limits, self.batch) == (cause, joins, None, None):
            return self
        return _begin(cause, joins, self.locked)

    def deciding(self, limits, batch=None):
        return replace(self, limits=limits, batch=batch)

    def choosing_for(self, move, need, is_exact=False):
        """Return the run in which *need* (in the product's unit) of goods is chosen for *move*.

        It is the same run, unless a limit is reached: in an environment for each of thousands of lines Odoo would look
        for the right one for long.
        """
        is_limited = self.is_decided and self.limits.get(move.id, need) < need
        serving = move.id if is_limited else 0
        if (serving, is_exact) == (self.serving, self.is_exact):
            return self
        return replace(self, serving=serving, is_exact=is_exact)

    def locking(self, pools):
        return self if pools <= self.locked else replace(self, locked=self.locked | pools)


IDLE = ReservationRun()


@lru_cache(maxsize=32)
def _begin(cause, joins, locked):
    """Return the run that has only begun: one object for equal ones, as Odoo has one environment for equal contexts."""
    return ReservationRun(cause, joins, locked=locked)
