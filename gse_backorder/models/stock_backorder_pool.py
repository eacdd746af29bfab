from odoo import api, fields, models
from odoo.tools import SQL


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
    turn = fields.Integer(readonly=True, help="How many transactions have locked the pool.")

    _product_location_uniq = models.UniqueIndex("(product_id, location_id)")

    @api.model
    def _lock(self, pools):
        """Take a turn on *pools*, a set of ``(product id, area id)``, always in the same order, until the commit.

        The context may name some that are locked already, see :meth:`_with_locked`.

        :raise psycopg2.errors.SerializationFailure: when another transaction has had its turn since this one began
        """
        pools = pools - self.env.context.get("locked_pools", frozenset())
        if not pools:
            return
        products, areas = zip(*sorted(pools), strict=True)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO stock_backorder_pool AS pool (product_id, location_id, turn)
                     SELECT product_id, location_id, 1
                       FROM unnest(%(products)s::int[], %(areas)s::int[]) AS wanted (product_id, location_id)
                   ORDER BY product_id, location_id
                ON CONFLICT (product_id, location_id) DO UPDATE SET turn = pool.turn + 1
                """,
                products=list(products),
                areas=list(areas),
            )
        )

    @api.model
    def _with_locked(self, records, pools):
        """Lock *pools* and return *records* with a context in which they are not locked again."""
        self._lock(pools)
        locked = self.env.context.get("locked_pools", frozenset()) | pools
        return records.with_context(locked_pools=locked)
