from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

from .pool_door import PoolDoor, PoolsBusy
from .reservation_run import ReservationRun


def get_pools(goods, location_field):
    """Return the stocks that the locations of *goods*, moves or move lines, belong to.

    :return: a set of ``(product id, area id)``
    """
    return {
        (product.id, area.id)
        for part in goods
        if (area := part[location_field].stock_area_id) and (product := part.product_id).is_storable
    }


class StockBackorderPool(models.Model):
    """A product in one area of a warehouse, to be locked by whoever reserves, brings or frees stock of it.

    Odoo passes over a locked quant and reserves on a second one: two transactions that meet reserve the same goods.
    Here each takes its turn on the pool's row first. Transactions see the database as it was when they began: one that
    comes second fails to update the row, and Odoo retries it on what the first has left.
    """

    _name = "stock.backorder.pool"
    _description = "Lock on a Product in a Stock"
    _log_access = False

    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade")
    location_id = fields.Many2one("stock.location", required=True, readonly=True, ondelete="cascade", index=True)
    lock_count = fields.Integer(readonly=True, help="How many transactions have locked the pool.")

    _product_location_uniq = models.UniqueIndex("(product_id, location_id)")

    @api.model
    def _lock(self, pools):
        """Take a turn on *pools*, a set of ``(product id, area id)``, always in the same order, until the commit.

        The run that the context carries may have locked some already, see :meth:`_with_locked`. A request that finds
        one busy, or changed since it began, is sent back to queue for it where that is possible, see ``pool_door``.

        :raise PoolsBusy: if the request has to begin anew; whoever handles exceptions lets it pass
        :raise psycopg2.errors.SerializationFailure: elsewhere, when another transaction has had its turn meanwhile
        """
        pools = pools - ReservationRun.of(self.env).locked
        if not pools:
            return
        door = PoolDoor.of(self.env.cr)
        if door is None:
            self._count_locks(pools)
            return
        door.enter(pools)
        try:
            self._count_locks(pools)
        except SerializationFailure:
            if not door.may_return:
                raise
            raise PoolsBusy(pools) from None

    @api.model
    def _count_locks(self, pools):
        # That another one was quicker is no fault to be logged.
        self.env.cr.execute(self._get_lock_counts_sql(pools), log_exceptions=False)

    @api.model
    def _get_lock_counts_sql(self, pools):
        products, areas = zip(*sorted(pools), strict=True)
        return SQL(
            """
            INSERT INTO stock_backorder_pool AS pool (product_id, location_id, lock_count)
                 SELECT product_id, location_id, 1
                   FROM unnest(%(products)s::int[], %(areas)s::int[]) AS wanted (product_id, location_id)
               ORDER BY product_id, location_id
            ON CONFLICT (product_id, location_id) DO UPDATE SET lock_count = pool.lock_count + 1
            """,
            products=list(products),
            areas=list(areas),
        )

    @api.model
    def _come_for(self, get_pools, get_brought=set):
        """Begin with the stock, before any work is done: if it is busy, the request queues for it at once.

        What a request has done before it finds a pool busy, it has done in vain. Nothing depends on this: whoever
        reserves locks what he really needs, see :meth:`_lock`.

        :param get_pools: a function that returns a set of ``(product id, area id)``
        :param get_brought: another one, of what something is brought to; it needs no turn where nobody waits for it
        :raise PoolsBusy: see :meth:`_lock`
        """
        door = PoolDoor.of(self.env.cr)
        if door is not None and door.is_open:
            pools = get_pools()
            door.enter(pools)
            door.pass_by(get_brought() - pools)

    @api.model
    def _queue(self, pools):
        """Wait for a turn on *pools* before the next transaction begins: for crons, after the commit of each batch.

        :raise UserError: after the time that anybody waits at most
        """
        door = PoolDoor.of(self.env.cr)
        if not pools or door is None:
            return
        self.env["ir.cron"]._commit_progress()  # nothing is pending; the snapshot in which the pools were read ends
        door.queue_for(pools, self.env)
        self.env.invalidate_all()

    @api.model
    def _with_locked(self, records, pools):
        """Lock *pools* and return *records* with a run in which they are not locked again."""
        self._lock(pools)
        return ReservationRun.of(self.env).locking(pools).carry(records)

    # ---- who waits -----------------------------------------------------------------

    @api.model
    def _filtered_awaited(self, pools):
        """Return those of *pools*, a set of ``(product id, area id)``, that some open line wants goods of.

        The first that does is enough to know it. What nobody waits for is brought without a turn.
        """
        if not pools:
            return set()
        self.env["stock.move"].flush_model(["location_id", "product_id", "state"])
        self.env["stock.location"].flush_model(["parent_path"])
        return set(self.env.execute_query(self._get_awaited_sql(pools)))

    @api.model
    def _get_awaited_sql(self, pools):
        products, areas = zip(*sorted(pools), strict=True)
        return SQL(
            """
            SELECT pool.product_id, pool.area_id
              FROM unnest(%(products)s::int[], %(areas)s::int[]) AS pool (product_id, area_id)
              JOIN stock_location AS area ON area.id = pool.area_id
             WHERE EXISTS (
                       SELECT 1
                         FROM stock_move AS move
                         JOIN stock_location AS location ON location.id = move.location_id
                        WHERE move.product_id = pool.product_id
                          AND move.state IN ('waiting', 'confirmed', 'partially_available')
                          AND location.parent_path LIKE area.parent_path || '%%'
                   )
            """,
            products=list(products),
            areas=list(areas),
        )

    @api.model
    def _get_awaited_since(self, pools):
        """Return those of *pools* that somebody wants by now who was not seen before the commit, and change them.

        Those who have their turn at this moment are waited for. Whoever comes later, with a snapshot that is older than
        the commit, has to begin anew, since the pool has changed.
        """
        with PoolDoor.of(self.env.cr).between_transactions() as cursor:
            # One that has waited for a row goes on with what has become of it.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            turns, awaited = self._get_lock_counts_sql(pools), self._get_awaited_sql(pools)
            cursor.execute(turns.code, turns.params)
            cursor.execute(awaited.code, awaited.params)
            found = set(cursor.fetchall())
            cursor.connection.commit()
        return found
