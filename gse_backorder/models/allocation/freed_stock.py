"""What has become free in a transaction, by whatever door it came: collected in the quants, handed out once.

Many ways lead into a stock: a receipt and its correction, a count, a relocation, a production that takes less than was
reserved, a reservation that is cancelled, lowered or deleted. All of them change quants. So the quants note what has
become free (:meth:`FreedStock.note`); the run that is under way hands it out at its end, and what no run did is handed
out before the commit (``stock.allocation._handing_out``). What is freed and taken again meanwhile is nothing new.
"""

from collections import defaultdict
from contextlib import contextmanager
from typing import Any, NamedTuple

from odoo.tools import float_compare

from .pool_door import PoolDoor

ATTRIBUTE = "gse_backorder_freed_stock"
# Among the data of the cursor's precommit hooks, while one is there that hands out.
HOOKED = "gse_backorder.freed_stock"
# What is less is no goods, but the noise of floating point.
NOISE_DIGITS = 6


class Reason(NamedTuple):
    """By what stock has become free."""

    cause: str  # a value of stock.backorder.allocation.cause
    sources: Any  # the moves that brought or freed it
    excluded: tuple = ()  # ids of moves that get nothing of it: it was taken from them

    def joined(self, earlier):
        """Return this reason together with an *earlier* one of the same kind, if there is one."""
        if earlier is None:
            return self
        return self._replace(sources=earlier.sources | self.sources, excluded=(*earlier.excluded, *self.excluded))


class FreedStock:
    """What has become free in the transaction of a cursor, and was not handed out yet."""

    def __init__(self, cr):
        self._cr = cr
        self._runs = 0  # how many are under way, one within the other
        self._fresh = set()  # the pools in which something has become free since the outermost has begun
        self._reason = None  # that of the outermost run which has one
        self._gained = defaultdict(lambda: defaultdict(float))  # {pool: {place: quantity in the product's unit}}
        self._reasons = defaultdict(list)  # {pool: [Reason]}
        self._supposed = {}  # {pool: Reason}, where nobody tells one

    @classmethod
    def of(cls, cr):
        """Return what was collected for the cursor *cr*, but for what was rolled back."""
        freed = vars(cr).get(ATTRIBUTE)
        if freed is None:
            freed = vars(cr)[ATTRIBUTE] = cls(cr)
        if not freed._is_awaited():
            freed.forget()
        return freed

    def _is_awaited(self):
        """Whether somebody is going to hand it out: the hook before the commit, which a rollback removes, or a run.

        A hook that a savepoint has run amid a run, or amid a request, has left it to these.
        """
        return HOOKED in self._cr.precommit.data or self.is_run_under_way or self.is_request_under_way

    @property
    def is_run_under_way(self):
        return bool(self._runs)

    @property
    def is_request_under_way(self):
        """Whether what no run hands out is handed out at the end of a request, where it can queue for its turn."""
        door = PoolDoor.of(self._cr)
        return door is not None and door.is_open

    @contextmanager
    def running(self, reason=None):
        """Begin a run, or a part of one.

        :param reason: the :class:`Reason` of what becomes free meanwhile, unless whoever has begun gives one
        :return: the pools in which something becomes free meanwhile, which whoever has begun hands out at the end;
            None where he is another one
        """
        is_outermost, outer_reason = not self._runs, self._reason
        if is_outermost:
            self._fresh = set()
        self._reason = outer_reason or reason
        self._runs += 1
        try:
            yield self._fresh if is_outermost else None
        finally:
            self._runs -= 1
            self._reason = outer_reason

    def note(self, pool, place, change):
        """Note that what is free at *place*, a part of *pool*, changes by *change* in the product's unit.

        Only what is freed and stays free is gained: what others take meanwhile they take from it.
        """
        if change <= 0 and pool not in self._gained:
            return
        gained = self._gained[pool]
        gained[place] += change
        if float_compare(gained[place], 0, precision_digits=NOISE_DIGITS) <= 0:
            del gained[place]
        if not gained:  # all of it was taken again: nothing of it is left to be explained
            self.forget({pool})
        elif change > 0:
            self._fresh.add(pool)
            if self._reason:
                self._reasons[pool].append(self._reason)

    def explain(self, pools, reason):
        """Say by what *pools* have become free, if they have; a run that has a reason of its own has said it."""
        for pool in pools & self.pools:
            self._reasons[pool].append(self._reason or reason)

    def suppose(self, pools, reason):
        """Say by what *pools* have become free, if they have, unless somebody knows better."""
        for pool in pools & self.pools:
            self._supposed[pool] = reason.joined(self._supposed.get(pool))

    @property
    def pools(self):
        return set(self._gained)

    def take(self, pools, otherwise):
        """Return ``{Reason: pools}`` of those of *pools* in which something is free that was not, and forget it.

        :param otherwise: the :class:`Reason` where nobody has told one
        """
        taken = defaultdict(set)
        for pool in pools & self.pools:
            for reason in self._reasons.get(pool) or [self._supposed.get(pool, otherwise)]:
                taken[reason].add(pool)
        self.forget(pools)
        return taken

    def forget(self, pools=None):
        """Forget what has become free in *pools*, by default in all."""
        for noted in (self._gained, self._reasons, self._supposed):
            for pool in set(noted) if pools is None else pools:
                noted.pop(pool, None)
