"""The queue at stock that many want at the same moment: first come, first served, before a transaction's snapshot.

A transaction sees the database as it was when it began. One that waits for a lock amid its work wakes up with an old
snapshot, fails, and Odoo tries it again at random, up to five times. So here nobody waits amid his work:

1. Who wants a pool (:meth:`StockBackorderPool._lock`) tries its lock, and goes on if it is free.
2. Else the whole request is rolled back, up to the door (``ir.http._dispatch``, which stands around all business code
   and within Odoo's own retrying): nothing of it has happened.
3. There it waits, holding no snapshot, for all that it has wanted so far. PostgreSQL queues fairly.
4. It is dispatched again, on what the others have left, and finds the locks its own.

The locks are PostgreSQL's advisory locks of the session: they outlive the rollback, and end with the connection.
"""

from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from odoo.exceptions import ConcurrencyError, UserError
from odoo.sql_db import Cursor
from odoo.tools import SQL

# Our own numbers among the advisory locks of the database: the first of each lock's two numbers.
NAMESPACE = 0x67736562
# Pools share so many locks: PostgreSQL has room for a limited number of them.
BUCKETS = 509
# So often a request queues, if it wants more each time; after that it is as without a queue.
MOST_TIMES = 3
# So often a request that has only passed by tries again at once when another was in its way.
MOST_TIMES_PASSED_BY = 2
PATIENCE_SECONDS = 45
ATTRIBUTE = "gse_backorder_pool_door"


class PoolsBusy(ConcurrencyError):
    """Others work with these pools just now, or have since this transaction began."""

    def __init__(self, pools):
        super().__init__(f"Others work with the stock of {sorted(pools)}")


class PoolDoor:
    """Which locks of pools a database cursor holds, and what its request has wanted so far.

    While it is open, as long as a request is dispatched, who finds a pool busy is sent back to it.
    """

    def __init__(self, cr):
        self.cr = cr
        self.is_open = False
        self.held = set()
        self._shared = set()
        self._wanted = set()
        self._times_queued = 0
        self._times_passed_by = 0
        self._savepoints = []

    @classmethod
    def of(cls, cr):
        """Return the door of the cursor; None for a cursor of tests, whose transaction is never its own."""
        if not isinstance(cr, Cursor):
            return None
        # Not in the cursor's cache, which ends with each transaction.
        return vars(cr).setdefault(ATTRIBUTE, cls(cr))

    # ---- inside --------------------------------------------------------------------

    @contextmanager
    def opened(self):
        """Let who finds a pool busy return here; not from a savepoint, where others may handle what he raises."""
        make_savepoint = self.cr.savepoint

        def savepoint(flush=True):
            made = make_savepoint(flush)
            self._savepoints = [*self._get_open_savepoints(), made]
            return made

        self.is_open = True
        self.cr.savepoint = savepoint
        try:
            yield self
        finally:
            del self.cr.savepoint
            self.is_open = False
            self._savepoints.clear()

    @property
    def may_queue(self):
        """Whether the request has wanted pools, and has not come back too often."""
        return bool(self._wanted) and self._times_queued < MOST_TIMES

    @property
    def may_return(self):
        """Whether a busy pool is a reason to start the request anew."""
        return self.is_open and not self._get_open_savepoints() and self._times_queued < MOST_TIMES

    def _get_open_savepoints(self):
        return [savepoint for savepoint in self._savepoints if not savepoint.closed]

    def enter(self, pools):
        """Take the locks of *pools* that are free.

        :param pools: a set of ``(product id, area id)``
        :raise PoolsBusy: if one is not, and the request can be started anew
        """
        self._try(pools, self.held, self.held, SQL("pg_try_advisory_lock(%s, bucket)", NAMESPACE))

    def pass_by(self, pools):
        """Take no turn on *pools*, and let others do as much; but not beside one who has his turn there.

        Two that pass by at the same moment may be in each other's way: see :meth:`tries_at_once`.

        :raise PoolsBusy: if one is not free, and the request can be started anew
        """
        enough = self.held | self._shared
        self._try(pools, enough, self._shared, SQL("pg_try_advisory_lock_shared(%s, bucket)", NAMESPACE))

    def _try(self, pools, enough, held, lock):
        """Try *lock*, SQL over ``bucket``, on what is not in *enough* yet; what is taken is put into *held*."""
        buckets = _get_buckets(pools)
        self._wanted |= buckets
        missing = buckets - enough
        if not missing or not self.is_open:
            return
        query = SQL("SELECT bucket FROM unnest(%s) AS bucket WHERE %s", sorted(missing), lock)
        self.cr.execute(query)
        taken = {bucket for (bucket,) in self.cr.fetchall()}
        self._hold(taken, held)
        if taken != missing and self.may_return:
            raise PoolsBusy(pools)

    def tries_at_once(self):
        """Whether the request, which has found a row changed, begins anew without queueing.

        So it does if it has taken no turn, and only passed by, a few times: who queues holds up all who pass by.
        """
        if self.held or not self._shared or self._times_passed_by >= MOST_TIMES_PASSED_BY:
            return False
        self._times_passed_by += 1
        return True

    # ---- outside -------------------------------------------------------------------

    @property
    def is_between_transactions(self):
        """Whether a transaction has ended and no other has begun: in tests, hooks run without a commit."""
        return self.cr._cnx.info.transaction_status == TRANSACTION_STATUS_IDLE

    def queue(self, env):
        """Wait for all that was wanted so far; the transaction has been rolled back, and holds nothing.

        :raise UserError: after ``PATIENCE_SECONDS``
        """
        self._times_queued += 1
        wanted = sorted(self._wanted)  # always in the same order: two that queue never wait for each other
        try:
            with self.between_transactions() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", (f"{PATIENCE_SECONDS}s",))
                cursor.execute("SELECT pg_advisory_lock(%s, bucket) FROM unnest(%s) AS bucket", (NAMESPACE, wanted))
        except psycopg2.errors.LockNotAvailable:
            self._give_back()
            raise UserError(
                env._("Many people work with these products at this moment. Nothing was changed: please try again.")
            ) from None
        self._hold(set(wanted), self.held)

    def queue_for(self, pools, env):
        """Wait for *pools* at the beginning of a transaction: what was done before is committed by now."""
        self._wanted = _get_buckets(pools)
        self._times_queued = 0
        self.queue(env)

    def _hold(self, buckets, held):
        if buckets and not self.held and not self._shared:
            # Before whatever else follows the transaction, which may fail: nobody waits for what nobody needs.
            for hooks in (self.cr.postcommit, self.cr.postrollback):
                hooks._funcs.appendleft(self._give_back)
        held |= buckets

    def _give_back(self):
        self.held.clear()
        self._shared.clear()
        try:
            with self.between_transactions() as cursor:
                cursor.execute(
                    """
                    SELECT CASE mode WHEN 'ShareLock' THEN pg_advisory_unlock_shared(%(namespace)s, objid::int)
                                     ELSE pg_advisory_unlock(%(namespace)s, objid::int)
                           END
                      FROM pg_locks
                     WHERE locktype = 'advisory' AND classid = %(namespace)s AND pid = pg_backend_pid()
                    """,
                    {"namespace": NAMESPACE},
                )
        except psycopg2.Error:
            self.cr._cnx.close()  # they end with it

    @contextmanager
    def between_transactions(self):
        """Give a plain cursor for what is no part of a transaction, after one has ended; it leaves no snapshot."""
        connection = self.cr._cnx
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            if not connection.closed:
                connection.rollback()


def _get_buckets(pools):
    return {(product_id * 31 + area_id) % BUCKETS for product_id, area_id in pools}
