from odoo import api, models
from odoo.tools import SQL

from .coverage import CLAIM_COLUMNS, CLAIM_DATES


class StockPegging(models.AbstractModel):
    """What is short of all products, by sums: where nobody has to be ranked."""

    _inherit = "stock.pegging"

    @api.model
    def _get_sums_sql(self, products):
        """What is wanted of each pool, and what no supply covers of it, by sums alone: nobody is ranked.

        Who comes before whom changes nothing of that: the free stock gives as much as all claims together can take,
        and what is on its way covers as much of the rest. A row for each location in a pool, and owner of goods, that
        claims are bound to: the ``quantity`` that they lack; of those that somebody waits for (see :meth:`_get_wanted`)
        the first id, order date and deadline, and the quantity ``wanted``; and, of the whole pool, ``pool_quantity``,
        ``pool_uncovered``, and whether it ``is_whole``: each claim may take of all the stock.
        """
        return SQL(
            """
            WITH area AS MATERIALIZED (%(area)s),
                 stock AS (%(stock)s),
                 free AS (%(free)s),
                 claim AS MATERIALIZED (%(claims)s),
                 reachable AS (%(reachable)s),
                 place AS (%(place)s)
            SELECT product_id, area_id, location_id, first_id, first_ordered, first_deadline, quantity, wanted,
                   pool_quantity, max_take >= pool_quantity AS is_whole,
                   rest - LEAST(rest, GREATEST(0, LEAST(0, free) + coming)) AS pool_uncovered
              FROM (
                  SELECT *, pool_quantity - LEAST(max_take, GREATEST(0, free)) AS rest
                    FROM (%(pool)s) AS pool
              ) AS served
             WHERE location_id IS NOT NULL
            """,
            area=self.env["stock.location"]._get_area_sql(),
            stock=self.env["stock.supply"]._get_stock_sql(products),
            free=self.env["stock.supply"]._get_free_sql(),
            claims=self.env["stock.claim"]._get_sums_sql(products),
            reachable=self._get_reachable_sql(),
            place=self._get_place_sql(),
            pool=self._get_pool_sql(products),
        )

    @api.model
    def _get_place_sql(self):
        """How much of the stock the claims of each location and owner can take at most, all together.

        (Here as in the next query, rows are put below each other, not joined: the planner cannot know how few there are
        of one product in one place.)
        """
        return SQL(
            """
            SELECT product_id, MAX(area_id) AS area_id, location_id, MIN(first_id) AS first_id,
                   MIN(first_ordered) AS first_ordered, MIN(first_deadline) AS first_deadline,
                   SUM(quantity) AS quantity, SUM(wanted) AS wanted,
                   CASE WHEN COUNT(reachable) = 0 THEN SUM(quantity)
                        ELSE LEAST(SUM(quantity), GREATEST(0, SUM(reachable)))
                    END AS max_take
              FROM (
                  SELECT product_id, area_id, location_id, owner_id, first_id, first_ordered, first_deadline, quantity,
                         wanted, NULL::float AS reachable
                    FROM claim
               UNION ALL
                  SELECT product_id, NULL, location_id, owner_id, NULL, NULL, NULL, NULL, NULL, quantity
                    FROM reachable
              ) AS bound
          GROUP BY product_id, location_id, owner_id
            """
        )

    @api.model
    def _get_pool_sql(self, products):
        """The places, and what there is in, comes to and is wanted of their whole pools."""
        return SQL(
            """
            SELECT product_id, area_id, location_id, first_id, first_ordered, first_deadline, quantity, wanted,
                   SUM(quantity) OVER pool AS pool_quantity,
                   COALESCE(SUM(max_take) OVER pool, 0) AS max_take,
                   COALESCE(SUM(free) OVER pool, 0) AS free,
                   COALESCE(SUM(coming) OVER pool, 0) AS coming
              FROM (
                  SELECT product_id, area_id, location_id, first_id, first_ordered, first_deadline, quantity, wanted,
                         max_take, NULL::float AS free, NULL::float AS coming
                    FROM place
               UNION ALL
                  SELECT product_id, area_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, quantity, NULL
                    FROM free
               UNION ALL
                  SELECT product_id, area_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, quantity
                    FROM (%(incoming)s) AS incoming
              ) AS part
            WINDOW pool AS (PARTITION BY product_id, area_id)
            """,
            incoming=self.env["stock.supply"]._get_incoming_sql(products),
        )

    @api.model
    def _get_uncovered_sql(self, covered):
        """The claims on whole pools, each with what of it is ``uncovered``, of which there is something.

        :param covered: ``{(product id, area id): quantity}``, how much of what the claims lack is covered: the sums
            tell it, and who comes first gets it; where it is nothing, nobody is ranked
        """
        bare = {pool: quantity for pool, quantity in covered.items() if not quantity}
        ranked = {pool: quantity for pool, quantity in covered.items() if quantity}
        running = SQL(
            "SUM(claim.quantity) OVER (PARTITION BY product_id, area_id ORDER BY %s ROWS UNBOUNDED PRECEDING)",
            self.env["stock.ranking"]._get_order_sql(),
        )
        return SQL(
            """
            WITH area AS MATERIALIZED (%(area)s)
            SELECT %(columns)s, LEAST(quantity, cumulative_demand - covered) AS uncovered
              FROM (%(bare)s UNION ALL %(ranked)s) AS claim
             WHERE cumulative_demand > covered
            """,
            area=self.env["stock.location"]._get_area_sql(),
            columns=SQL(", ").join(map(SQL.identifier, ("id", *CLAIM_COLUMNS))),
            bare=self._get_pooled_claim_sql(bare, SQL("claim.quantity")),
            ranked=self._get_pooled_claim_sql(ranked, running),
        )

    @api.model
    def _get_pooled_claim_sql(self, covered, cumulative_demand):
        """The claims on pools, ``{(product id, area id): covered quantity}``; *cumulative_demand* is over ``claim``.

        The pools are joined last: they come in the order in which the claims were ranked. Their area is asked for in a
        way that the planner cannot judge: it believes that product and area hardly ever meet, and would then look up
        each of many claims by itself.
        """
        product_ids, area_ids = map(list, zip(*covered, strict=True)) if covered else ([], [])
        return SQL(
            """
            SELECT %(columns)s, pool.covered, ranked.cumulative_demand
              FROM (SELECT claim.*, %(cumulative_demand)s AS cumulative_demand FROM (%(claims)s) AS claim) AS ranked
              JOIN unnest(%(product_ids)s::int[], %(area_ids)s::int[], %(covered)s::float[])
                AS pool (product_id, area_id, covered)
                ON pool.product_id = ranked.product_id
               AND CASE WHEN pool.area_id = ranked.area_id THEN TRUE ELSE FALSE END
            """,
            columns=SQL(", ").join(SQL.identifier("ranked", name) for name in ("id", *CLAIM_COLUMNS, "quantity")),
            cumulative_demand=cumulative_demand,
            claims=self.env["stock.ranking"]._get_claims_sql(
                self.env["product.product"].browse(set(product_ids)), ("picking_id", "target_id", *CLAIM_DATES)
            ),
            product_ids=product_ids,
            area_ids=area_ids,
            covered=list(covered.values()),
        )
