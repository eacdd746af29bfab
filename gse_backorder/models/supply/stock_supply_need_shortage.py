from odoo import api, models
from odoo.tools import SQL

from ... import without_jit
from ..chain.quantity import get_digits
from ..engine.coverage import CLAIM_COLUMNS, NOISE
from .shortage import NARROWED, TOLD, NarrowedTo, Shortage, ToldOnce, UncoveredClaim


class StockSupplyNeed(models.Model):
    """What is short of which product in which warehouse: by sums where these tell it, else by pegging."""

    _inherit = "stock.supply.need"

    @api.model
    def _get_sought_shortages(self):
        """Return the :class:`Shortage` s of the products that are sought."""
        narrowed, told = self.env.context.get(NARROWED), self.env.context.get(TOLD)
        product_ids = narrowed.product_ids if isinstance(narrowed, NarrowedTo) else None
        told = told if isinstance(told, ToldOnce) else ToldOnce()
        if product_ids is not None and None in told:
            return [shortage for shortage in told[None] if shortage.product_id in product_ids]
        if product_ids not in told:
            told[product_ids] = self._get_shortages(self.env["stock.claim"]._get_claimed_products(product_ids))
        return told[product_ids]

    @api.model
    def _get_shortages(self, products):
        """Return the :class:`Shortage` s of *products*: by sums, which spares most of them the ranking."""
        if not products:
            return []
        rows = [Shortage(*row) for row in without_jit.execute_query(self.env, self._get_shortage_sql(products))]
        unsure = products.browse({row.product_id for row in rows if row.qty_uncovered is None})
        rows = [row for row in rows if row.product_id not in unsure._ids]
        if unsure:
            rows += [
                Shortage(*row) for row in without_jit.execute_query(self.env, self._get_pegged_shortage_sql(unsure))
            ]
        return rows

    @api.model
    def _get_shortage_sql(self, products):
        """The columns of :class:`Shortage`, by sums alone; quantities are NULL where only pegging tells them.

        That is where some lines on one stock are covered, others are not, and these are not all in one warehouse, or
        not all in its stock, or nobody waits for some of them.
        """
        return SQL(
            """
            WITH place AS (%(places)s),
                 share AS (
                     SELECT *, CASE WHEN pool_covered = 0 THEN wanted ELSE pool_uncovered END AS uncovered,
                            kinds > 1 OR is_mixed AS is_shared,
                            pool_uncovered > %(noise)s AS is_short,
                            pool_uncovered > %(noise)s AND pool_covered = 0 AS is_bare,
                            pool_uncovered > %(noise)s AND pool_covered > 0 AS is_ranked
                       FROM place
                 )
            SELECT MIN(first_id), product_id, warehouse_id, MIN(company_id),
                   CASE WHEN NOT bool_or(is_ranked AND is_shared)
                        THEN ROUND(SUM(uncovered)::numeric, %(digits)s)::float
                    END,
                   ROUND(COALESCE(SUM(uncovered) FILTER (WHERE NOT is_in_stock), 0)::numeric, %(digits)s)::float,
                   MIN(first_ordered) FILTER (WHERE is_bare), MIN(first_deadline) FILTER (WHERE is_bare),
                   MIN(first_ordered) FILTER (WHERE is_short), MIN(first_deadline) FILTER (WHERE is_short),
                   bool_or(is_ranked AND NOT is_whole),
                   COALESCE(ARRAY_AGG(area_id) FILTER (WHERE is_short), '{}'),
                   COALESCE(ARRAY_AGG(pool_covered) FILTER (WHERE is_short), '{}')
              FROM share
          GROUP BY product_id, warehouse_id
            HAVING ROUND(SUM(uncovered)::numeric, %(digits)s) > 0
            """,
            places=self._get_place_sql(products),
            digits=get_digits(self.env),
            noise=NOISE,
        )

    @api.model
    def _get_place_sql(self, products):
        """The sums of claims, by stock and warehouse, in its stock or elsewhere."""
        return SQL(
            """
            SELECT claim.product_id, claim.area_id, location.warehouse_id,
                   COALESCE(warehouse.company_id, location.company_id) AS company_id,
                   %(is_in_stock)s AS is_in_stock,
                   MIN(claim.first_id) AS first_id, MIN(claim.first_ordered) AS first_ordered,
                   MIN(claim.first_deadline) AS first_deadline, SUM(claim.wanted) AS wanted,
                   SUM(claim.quantity - claim.wanted) > %(noise)s AS is_mixed,
                   MAX(claim.pool_uncovered) AS pool_uncovered,
                   MAX(claim.pool_quantity) - MAX(claim.pool_uncovered) AS pool_covered,
                   bool_and(claim.is_whole) AS is_whole,
                   COUNT(*) OVER (PARTITION BY claim.product_id, claim.area_id) AS kinds
              FROM (%(sums)s) AS claim
              JOIN stock_location AS location ON location.id = claim.location_id
         LEFT JOIN stock_warehouse AS warehouse ON warehouse.id = location.warehouse_id
         LEFT JOIN stock_location AS stock ON stock.id = warehouse.lot_stock_id
          GROUP BY 1, 2, 3, 4, 5
            """,
            sums=self.env["stock.pegging"]._get_sums_sql(products),
            is_in_stock=self._get_is_in_stock_sql(),
            noise=NOISE,
        )

    @api.model
    def _get_is_in_stock_sql(self):
        """Return whether ``location`` is in ``stock``, that of its warehouse, as SQL."""
        return SQL("COALESCE(location.parent_path LIKE stock.parent_path || '%%', FALSE)")

    @api.model
    def _get_pegged_shortage_sql(self, products):
        """The columns of :class:`Shortage`, by pegging."""
        return SQL(
            """
            SELECT MIN(id), product_id, warehouse_id, MIN(company_id),
                   ROUND(SUM(uncovered)::numeric, %(digits)s)::float,
                   ROUND(COALESCE(SUM(uncovered) FILTER (WHERE NOT is_in_stock), 0)::numeric, %(digits)s)::float,
                   NULL, NULL, NULL, NULL, TRUE, '{}'::int[], '{}'::float[]
              FROM (%(claimed)s) AS claimed
          GROUP BY product_id, warehouse_id
            HAVING ROUND(SUM(uncovered)::numeric, %(digits)s) > 0
            """,
            claimed=self._get_claimed_sql(products),
            digits=get_digits(self.env),
        )

    @api.model
    def _get_short_sql(self, shortages):
        """The shortages as rows; ``house`` is the warehouse, and 0 outside of all of them."""
        columns = list(zip(*shortages, strict=True)) or [()] * len(Shortage._fields)
        return SQL(
            """
            SELECT *, COALESCE(warehouse_id, 0) AS house
              FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::float[], %s::float[], %s::timestamp[],
                          %s::timestamp[])
                AS short (id, product_id, warehouse_id, company_id, qty_uncovered, qty_elsewhere, oldest_date, deadline)
            """,
            *(list(column) for column in columns[:8]),
        )

    @api.model
    def _get_waiting_sql(self, shortages):
        """How many lines, orders and customers wait for what is short: by product and ``house``."""
        return SQL(
            """
            SELECT product_id, COALESCE(warehouse_id, 0) AS house, COUNT(*) AS line_count,
                   COUNT(DISTINCT sale_id) AS order_count, COUNT(DISTINCT customer_id) AS customer_count
              FROM (%(claimed)s) AS claimed
             WHERE uncovered > %(noise)s
          GROUP BY product_id, COALESCE(warehouse_id, 0)
            """,
            claimed=self._get_described_sql(self._get_uncovered_sql(shortages)),
            noise=NOISE,
        )

    @api.model
    def _get_dates_sql(self, shortages):
        """Since and until when is waited for what is short, where a part of it is covered: by product and ``house``.

        Where nothing is, the sums have told it. Apart from what else is told of those who wait, since rows are sorted
        by it: all lines are read for it, and taken together by their locations first.
        """
        return SQL(
            """
            SELECT place.product_id, COALESCE(location.warehouse_id, 0) AS house,
                   MIN(place.oldest_date) AS oldest_date, MIN(place.deadline) AS deadline
              FROM (
                  SELECT product_id, location_id, MIN(ordered_date) AS oldest_date, MIN(date_deadline) AS deadline
                    FROM (%(uncovered)s) AS claim
                   WHERE uncovered > %(noise)s
                     AND %(is_wanted)s
                GROUP BY product_id, location_id
              ) AS place
              JOIN stock_location AS location ON location.id = place.location_id
          GROUP BY place.product_id, COALESCE(location.warehouse_id, 0)
            """,
            uncovered=self._get_uncovered_sql(shortages, ranked=True),
            is_wanted=self._get_is_wanted_sql(),
            noise=NOISE,
        )

    @api.model
    def _get_uncovered_sql(self, shortages, ranked=False):
        """The lines that want what is short: their ``CLAIM_COLUMNS``, and what of each is ``uncovered``.

        :param ranked: only where a part of it is covered
        """
        pegged = self.env["product.product"].browse({short.product_id for short in shortages if short.is_pegged})
        covered = {
            (short.product_id, area_id): quantity
            for short in shortages
            if short.product_id not in pegged._ids
            for area_id, quantity in zip(short.area_ids, short.covered, strict=True)
            if quantity or not ranked
        }
        by_sums = self.env["stock.pegging"]._get_uncovered_sql(covered)
        return SQL("%s UNION ALL %s", by_sums, self._get_pegged_sql(pegged)) if pegged else by_sums

    @api.model
    def _get_claimed_sql(self, products):
        """The open lines that want the products, with what no supply covers of each, and for whom."""
        return self._get_described_sql(self._get_pegged_sql(products))

    @api.model
    def _get_pegged_sql(self, products):
        """The open lines that want the products: their ``CLAIM_COLUMNS``, and what no supply covers of each."""
        return SQL(
            """
            SELECT %(columns)s, pegged.uncovered
              FROM (%(pegging)s) AS pegged
              JOIN stock_move AS move ON move.id = pegged.id
            """,
            columns=SQL(", ").join(
                SQL("COALESCE(move.location_final_id, move.location_dest_id) AS target_id")
                if name == "target_id"
                else SQL.identifier("move", name)
                for name in ("id", *CLAIM_COLUMNS)
            ),
            pegging=self.env["stock.pegging"]._get_pegging_sql(products, SQL("TRUE")),
        )

    @api.model
    def _get_is_wanted_sql(self):
        """Return whether somebody waits for the ``claim``, as SQL over its ``CLAIM_COLUMNS``."""
        claims = self.env["stock.claim"]
        return claims._get_wanted_sql(SQL("claim.id"), SQL("claim.target_id"), claims._get_target_ids())

    @api.model
    def _get_described_sql(self, claims):
        """Return a query for whom claims are, and where: those that somebody waits for.

        :param SQL claims: a query for their ``CLAIM_COLUMNS``, and what of them is ``uncovered``
        """
        return SQL(
            """
            SELECT claim.id, claim.product_id, location.warehouse_id, claim.uncovered, claim.ordered_date,
                   claim.date_deadline, picking.sale_id, picking.company_id AS owner_company_id,
                   COALESCE(warehouse.company_id, location.company_id) AS company_id,
                   %(is_in_stock)s AS is_in_stock, %(customer)s AS customer_id
              FROM (%(claims)s) AS claim
              JOIN stock_location AS location ON location.id = claim.location_id
         LEFT JOIN stock_warehouse AS warehouse ON warehouse.id = location.warehouse_id
         LEFT JOIN stock_location AS stock ON stock.id = warehouse.lot_stock_id
         LEFT JOIN stock_picking AS picking ON picking.id = claim.picking_id
             WHERE %(is_wanted)s
            """,
            claims=claims,
            customer=self._get_customer_sql(),
            is_in_stock=self._get_is_in_stock_sql(),
            is_wanted=self._get_is_wanted_sql(),
        )

    @api.model
    def _get_customer_sql(self):
        """Return the company that a ``claim`` of a ``picking`` is for, as SQL.

        A delivery knows it. For steps before one it is looked up: who has ordered, else who receives.
        """
        return SQL(
            """
            COALESCE(
                picking.customer_id,
                (
                    SELECT buyer.commercial_partner_id
                      FROM sale_order AS sale
                      JOIN res_partner AS buyer ON buyer.id = sale.partner_id
                     WHERE sale.id = picking.sale_id
                ),
                CASE WHEN claim.target_id = ANY (%s)
                     THEN (SELECT commercial_partner_id FROM res_partner WHERE id = picking.partner_id)
                END
            )
            """,
            self.env["stock.location"]._get_customers_ids(),
        )

    @api.model
    def _get_is_named_sql(self):
        """Return whether the user may be told whose a claim is, as SQL over its ``owner_company_id``.

        ``stock.move._is_named`` has the same: out of a stock that several companies share, another one's is counted.
        """
        return SQL("(owner_company_id IS NULL OR owner_company_id = ANY (%s))", self.env.user.company_ids.ids)

    @api.model
    def _get_uncovered_claims(self, products):
        """Return the lines on *products* of which something is uncovered, in ranking: :class:`UncoveredClaim`.

        Their customers are named as far as the user may be told them.
        """
        if not products:
            return []
        self._flush_needs()
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH claimed AS (%(claimed)s)
                SELECT id, product_id, warehouse_id, CASE WHEN %(is_named)s THEN customer_id END, uncovered
                  FROM claimed
                 WHERE uncovered > %(noise)s
                """,
                claimed=self._get_claimed_sql(products),
                is_named=self._get_is_named_sql(),
                noise=NOISE,
            ),
        )
        claims = [UncoveredClaim(*row) for row in rows]
        # They are only put in order: which of them are told, and to whom, whoever asks knows.
        moves = self.env["stock.move"].sudo().browse(claim.move_id for claim in claims)
        places = self.env["stock.ranking"]._get_positions(moves)
        return sorted(claims, key=lambda claim: places[claim.move_id])
