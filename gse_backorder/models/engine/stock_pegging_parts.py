from odoo import api, models
from odoo.tools import SQL


class StockPegging(models.AbstractModel):
    """The parts of the queries: claims in ranking, and what free stock gives to each."""

    _inherit = "stock.pegging"

    @api.model
    def _get_matched_parts_sql(self, products, claims, demands=(), condition=None):
        """Return the parts of a query up to ``matched``: what each claim gets from free stock, in ranking.

        :param SQL condition: which of the claims are asked for, over the columns of ``ranked``; else all are
        """
        return SQL(
            """
            area AS MATERIALIZED (%(area)s),
            stock AS (%(stock)s),
            free AS (%(free)s),
            claim AS (%(claim)s),
            reachable AS (%(reachable)s),
            restricted AS (%(restricted)s),
            ranked AS (%(ranked)s),
            matched AS (%(matched)s)
            """,
            area=self.env["stock.location"]._get_area_sql(),
            stock=self.env["stock.supply"]._get_stock_sql(products),
            free=self.env["stock.supply"]._get_free_sql(),
            claim=SQL("%s UNION ALL %s", claims, self.env["stock.ranking"]._get_demands_sql(demands))
            if demands
            else claims,
            reachable=self._get_reachable_sql(),
            restricted=self._get_restricted_sql(demands),
            ranked=self._get_ranked_sql(demands),
            matched=self._get_matched_sql(demands, condition or SQL("TRUE")),
        )

    @api.model
    def _get_running_sum_sql(self, quantity, pool, order, demands):
        """Return what all claims of a *pool*, up to and with this one in ranking, sum up to.

        A demand stands behind the claims that come before it and the demands of its own group, and moves nobody.
        """
        if not demands:
            return SQL("SUM(%s) OVER (PARTITION BY %s ORDER BY %s ROWS UNBOUNDED PRECEDING)", quantity, pool, order)
        return SQL(
            """
            COALESCE(SUM(%(quantity)s) FILTER (WHERE demand_index IS NULL) OVER (
                PARTITION BY %(pool)s ORDER BY %(order)s ROWS UNBOUNDED PRECEDING), 0)
            + COALESCE(SUM(%(quantity)s) FILTER (WHERE demand_index IS NOT NULL) OVER (
                PARTITION BY %(pool)s, demand_group ORDER BY %(order)s ROWS UNBOUNDED PRECEDING), 0)
            """,
            quantity=quantity,
            pool=pool,
            order=order,
        )

    @api.model
    def _get_reachable_sql(self):
        """The free stock that a claim on a part of an area, or on one owner's goods, can take."""
        return SQL(
            """
            SELECT product_id, location_id, owner_id, SUM(quantity) AS quantity
              FROM (
                  SELECT wanted.product_id, wanted.location_id, wanted.owner_id,
                         CASE WHEN stock.is_tracked
                              THEN GREATEST(0, SUM(stock.quantity))
                              ELSE COALESCE(SUM(stock.quantity), 0)
                          END AS quantity
                    FROM (
                        SELECT DISTINCT product_id, location_id, owner_id
                          FROM claim
                         WHERE location_id != area_id OR owner_id IS NOT NULL
                    ) AS wanted
                    JOIN area ON area.location_id = wanted.location_id
               LEFT JOIN stock ON stock.product_id = wanted.product_id
                              AND stock.parent_path LIKE area.parent_path || '%%'
                              AND (wanted.owner_id IS NULL OR stock.owner_id = wanted.owner_id)
                GROUP BY wanted.product_id, wanted.location_id, wanted.owner_id, stock.lot_id, stock.is_tracked
              ) AS lot
          GROUP BY product_id, location_id, owner_id
            """
        )

    @api.model
    def _get_restricted_sql(self, demands):
        """How much of the stock a claim that is bound to a place or an owner can take at most: others get the rest."""
        return SQL(
            """
            SELECT rank_tie, LEAST(quantity, GREATEST(0, reachable - demand_there + quantity)) AS max_take
              FROM (
                  SELECT rank_tie, claim.quantity, reachable.quantity AS reachable, %(demand_there)s AS demand_there
                    FROM claim
                    JOIN reachable ON reachable.product_id = claim.product_id
                              AND reachable.location_id = claim.location_id
                              AND reachable.owner_id IS NOT DISTINCT FROM claim.owner_id
              ) AS place
            """,
            demand_there=self._get_running_sum_sql(
                SQL("claim.quantity"),
                SQL("claim.product_id, claim.location_id, claim.owner_id"),
                self.env["stock.ranking"]._get_order_sql(),
                demands,
            ),
        )

    @api.model
    def _get_ranked_sql(self, demands):
        """Number the claims of each pool, the first served first, and sum up what they want and can take.

        One sort does it all: it is what the whole query costs most for.
        """
        pool, order = SQL("product_id, area_id"), self.env["stock.ranking"]._get_order_sql()
        max_take = SQL("COALESCE(max_take, quantity)")
        return SQL(
            """
            SELECT id, demand_index, demand_group, product_id, area_id, rank_tie, quantity, %(max_take)s AS max_take,
                   ROW_NUMBER() OVER (PARTITION BY %(pool)s ORDER BY %(order)s ROWS UNBOUNDED PRECEDING) AS rank,
                   %(cumulative_demand)s AS cumulative_demand,
                   %(cumulative_take)s AS cumulative_take
              FROM claim
         LEFT JOIN restricted USING (rank_tie)
            """,
            max_take=max_take,
            pool=pool,
            order=order,
            cumulative_demand=self._get_running_sum_sql(SQL("quantity"), pool, order, demands),
            cumulative_take=self._get_running_sum_sql(max_take, pool, order, demands),
        )

    @api.model
    def _get_matched_sql(self, demands, condition):
        """What of each claim the free stock does not serve, and what it does not serve of all up to this one.

        :param SQL condition: which of them are told, over the columns of ``ranked``
        """
        pool = SQL("product_id, area_id")
        return SQL(
            """
            SELECT served.*, %(cumulative_shortage)s AS cumulative_shortage
              FROM (
                  SELECT reaching.*, quantity - LEAST(max_take, GREATEST(0, free - cumulative_take + max_take)) AS rest
                    FROM (
                        SELECT ranked.*, GREATEST(0, free.quantity) AS free
                          FROM ranked
                     LEFT JOIN free USING (product_id, area_id)
                         WHERE %(condition)s
                        OFFSET 0
                    ) AS reaching
                  OFFSET 0
              ) AS served
            """,
            # Claims get all that they can take while there is any; demands take nothing from one another.
            cumulative_shortage=self._get_running_sum_sql(SQL("rest"), pool, SQL("rank"), demands)
            if demands
            else SQL("cumulative_demand - LEAST(cumulative_take, free)"),
            condition=condition,
        )
