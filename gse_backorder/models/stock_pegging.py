from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL, float_round

# A quantity below this is noise of floating point sums, whatever the precision of the unit.
NOISE = 1e-6


@dataclass(frozen=True)
class Demand:
    """What somebody would want who has not confirmed yet: it ranks behind all equal claims.

    ``quantity`` is in the product's unit; ``key`` is the caller's own, and comes back with the answer.
    """

    key: Any
    product: Any
    location: Any
    quantity: float
    priority: str = "0"
    deadline: datetime | None = None


@dataclass(frozen=True)
class Coverage:
    """How a claim's open quantity is covered; all quantities in one unit."""

    now: float = 0.0
    expected: float = 0.0
    uncovered: float = 0.0
    expected_date: datetime | None = None

    @property
    def total(self):
        return self.now + self.expected + self.uncovered

    @property
    def status(self):
        """``available``, ``short`` or ``missing``; nothing wanted is available."""
        if not self.expected and not self.uncovered:
            return "available"
        return "short" if self.now or self.expected else "missing"

    @property
    def promise_date(self):
        """When the last unit is covered; None while a part has no date."""
        if self.uncovered:
            return None
        return self.expected_date if self.expected else fields.Datetime.now()

    def has(self, part):
        return getattr(self, part) > 0

    def convert(self, from_unit, to_unit):
        """Return the same coverage in another unit."""

        def in_unit(quantity):
            return from_unit._compute_quantity(quantity, to_unit, rounding_method="HALF-UP")

        return replace(
            self, now=in_unit(self.now), expected=in_unit(self.expected), uncovered=in_unit(self.uncovered)
        )

    def scale(self, factor):
        return replace(
            self, now=self.now * factor, expected=self.expected * factor, uncovered=self.uncovered * factor
        )

    def clean(self, digits):
        """Return the same coverage without the noise of floating point sums."""
        return replace(
            self,
            now=float_round(self.now, precision_digits=digits),
            expected=float_round(self.expected, precision_digits=digits),
            uncovered=float_round(self.uncovered, precision_digits=digits),
        )

    @classmethod
    def join(cls, coverages):
        """Return the coverage of several claims of one product taken together."""
        coverages = list(coverages)
        return cls(
            now=sum(coverage.now for coverage in coverages),
            expected=sum(coverage.expected for coverage in coverages),
            uncovered=sum(coverage.uncovered for coverage in coverages),
            expected_date=max((c.expected_date for c in coverages if c.expected_date), default=None),
        )


class StockPegging(models.AbstractModel):
    """The match of claims with supply, in ranking.

    A *claim* is an open move that takes stock out of a pool. A *pool* is a product in one area of a warehouse: the
    topmost location under the warehouse's view, with all its children, since that is what reservation draws on. The
    *supply* of a pool is its free stock, then its incoming moves by date. One query for any number of claims: the
    claims and the supplies of a pool are laid along one line, so that who is served by what is a matter of position.
    """

    _name = "stock.pegging"
    _description = "Match of Claims with Supply"

    # ---- what others ask -----------------------------------------------------

    @api.model
    def _get_coverage(self, moves, demands=()):
        """Return how the claims and demands are covered.

        :param moves: open moves, also chained ones that wait for a move before them
        :param demands: :class:`Demand` objects of what is not confirmed yet
        :return: ``{move.id or demand.key: Coverage}``, in the product's unit; a move that takes nothing from stock
            and waits for nothing (from a vendor, of a product that is not stored) is left out or wholly available
        """
        moves = moves.with_prefetch(moves._prefetch_ids)
        origins = self._get_open_origins(moves)
        origin_moves = moves.browse({origin for ids in origins.values() for origin in ids})
        products = (moves | origin_moves).product_id | moves.env["product.product"].union(
            *(demand.product for demand in demands)
        )
        storable = products.filtered("is_storable")
        pegged = self._peg(storable.ids, [demand for demand in demands if demand.product.is_storable])
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        coverages = {
            demand.key: Coverage(now=demand.quantity) for demand in demands if not demand.product.is_storable
        }
        coverages.update((demand.key, pegged[demand.key]) for demand in demands if demand.key in pegged)
        for move in moves:
            if move.id in origins:
                supply = Coverage.join(
                    self._get_origin_coverage(origin, pegged) for origin in moves.browse(origins[move.id])
                )
                coverages[move.id] = self._get_chained_coverage(move, supply)
            else:
                coverages[move.id] = self._get_claim_coverage(move, pegged)
        return {key: coverage.clean(digits) for key, coverage in coverages.items()}

    # ---- from pegging to a move ------------------------------------------------

    @api.model
    def _get_claim_coverage(self, move, pegged):
        """Return the coverage of *move*: what it has reserved, and what pegging gives for the rest."""
        reserved, missing = self._split_demand(move)
        if not move.product_id.is_storable:
            return Coverage(now=reserved + missing)
        rest = pegged.get(move.id, Coverage(uncovered=missing))
        return replace(rest, now=rest.now + reserved)

    @api.model
    def _get_origin_coverage(self, move, pegged):
        """Return what an open move before a chained claim brings: goods already in house, or an expected supply."""
        if move.location_id.usage in ("internal", "transit"):
            return self._get_claim_coverage(move, pegged)
        return Coverage(expected=move.product_qty, expected_date=max(move.date, fields.Datetime.now()))

    @api.model
    def _get_chained_coverage(self, move, supply):
        """Return the coverage of a move that waits for others, which bring *supply*."""
        reserved, missing = self._split_demand(move)
        now = min(missing, supply.now)
        expected = min(missing - now, supply.expected)
        return Coverage(
            now=reserved + now,
            expected=expected,
            uncovered=missing - now - expected,
            expected_date=supply.expected_date,
        )

    @api.model
    def _split_demand(self, move):
        """Return the reserved and the missing part of a move's demand, in the product's unit."""
        reserved = move.product_uom._compute_quantity(
            min(move.quantity, move.product_uom_qty), move.product_id.uom_id, round=False
        )
        return reserved, max(0.0, move.product_qty - reserved)

    @api.model
    def _get_open_origins(self, moves):
        """Return ``{move id: ids of the open moves at the start of its chain}`` for the moves that wait for others."""
        waiting = moves.filtered(lambda move: move.state == "waiting" or move.procure_method == "make_to_order")
        if not waiting:
            return {}
        self.env["stock.move"].flush_model(["move_orig_ids", "state"])
        origins = defaultdict(list)
        for move_id, origin_id in self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE upstream AS (
                    SELECT move.id AS claim_id, move.id AS move_id
                      FROM stock_move AS move
                     WHERE move.id IN %(move_ids)s
                     UNION
                    SELECT upstream.claim_id, origin.id
                      FROM upstream
                      JOIN stock_move_move_rel AS link ON link.move_dest_id = upstream.move_id
                      JOIN stock_move AS origin ON origin.id = link.move_orig_id
                     WHERE origin.state NOT IN ('done', 'cancel')
                )
                SELECT upstream.claim_id, upstream.move_id
                  FROM upstream
                 WHERE upstream.claim_id != upstream.move_id
                   AND NOT EXISTS (
                       SELECT 1
                         FROM stock_move_move_rel AS link
                         JOIN stock_move AS origin ON origin.id = link.move_orig_id
                        WHERE link.move_dest_id = upstream.move_id
                          AND origin.state NOT IN ('done', 'cancel')
                   )
                """,
                move_ids=tuple(waiting.ids),
            )
        ):
            origins[move_id].append(origin_id)
        return origins

    # ---- ranking -----------------------------------------------------------------

    @api.model
    def _get_ranking(self, claim):
        """Return the order of claims as SQL, the first served first: the one definition of who comes before whom.

        Urgent before normal, then by promised deadline, then by when the customer ordered; the id makes it total.

        :param SQL claim: the name of a table with the columns of ``stock_move``
        """
        return SQL(
            "COALESCE(%(claim)s.priority, '0') DESC, %(claim)s.date_deadline NULLS LAST,"
            " %(claim)s.ordered_date NULLS LAST, %(claim)s.id NULLS LAST",
            claim=claim,
        )

    # ---- pegging -----------------------------------------------------------------

    @api.model
    def _peg(self, product_ids, demands=()):
        """Match the claims on the products, and the demands, with the supply.

        :return: ``{move id or demand key: Coverage}`` of what each still lacks, in the product's unit. What a claim
            has reserved is its own and no part of it.
        """
        if not product_ids:
            return {}
        self._flush_pegging()
        keys = [demand.key for demand in demands]
        return {
            move_id or keys[demand_index]: Coverage(now, expected, uncovered, expected_date)
            for move_id, demand_index, now, expected, uncovered, expected_date in self.env.execute_query(
                self._get_pegging_query(product_ids, demands)
            )
        }

    @api.model
    def _flush_pegging(self):
        self.env["stock.move"].flush_model(
            [
                "date",
                "date_deadline",
                "location_dest_id",
                "location_final_id",
                "location_id",
                "move_orig_ids",
                "ordered_date",
                "priority",
                "procure_method",
                "product_id",
                "product_qty",
                "product_uom_qty",
                "quantity",
                "state",
            ]
        )
        self.env["stock.quant"].flush_model(["location_id", "product_id", "quantity", "reserved_quantity"])
        self.env["stock.location"].flush_model(["parent_path", "usage"])

    @api.model
    def _get_pegging_query(self, product_ids, demands):
        """Return the query behind :meth:`_peg`."""
        return SQL(
            """
            WITH area AS (  -- which stock a location belongs to: that of its topmost ancestor that holds goods
                SELECT DISTINCT ON (location.id) location.id AS location_id, ancestor.id AS area_id
                  FROM stock_location AS location
                  JOIN stock_location AS ancestor
                    ON ancestor.id = ANY (string_to_array(trim(TRAILING '/' FROM location.parent_path), '/')::int[])
                 WHERE location.usage IN ('internal', 'transit')
                   AND ancestor.usage IN ('internal', 'transit')
              ORDER BY location.id, length(ancestor.parent_path)
            ),
            stock AS (  -- free stock of each location
                SELECT quant.product_id, quant.location_id, area.area_id,
                       SUM(quant.quantity - quant.reserved_quantity) AS quantity
                  FROM stock_quant AS quant
                  JOIN area ON area.location_id = quant.location_id
                 WHERE quant.product_id = ANY (%(product_ids)s)
              GROUP BY quant.product_id, quant.location_id, area.area_id
            ),
            free AS (
                SELECT product_id, area_id, SUM(quantity) AS quantity FROM stock GROUP BY product_id, area_id
            ),
            claim AS (
                SELECT move.id, NULL::int AS demand_index, move.product_id, move.location_id, source.area_id,
                       move.product_qty * GREATEST(0, 1 - move.quantity / NULLIF(move.product_uom_qty, 0)) AS quantity,
                       move.priority, move.date_deadline, move.ordered_date
                  FROM stock_move AS move
                  JOIN area AS source ON source.location_id = move.location_id
             LEFT JOIN area AS target ON target.location_id = move.location_dest_id
                 WHERE move.product_id = ANY (%(product_ids)s)
                   AND move.state IN ('waiting', 'confirmed', 'partially_available')
                   AND move.procure_method = 'make_to_stock'
                   AND target.area_id IS DISTINCT FROM source.area_id
                   AND NOT EXISTS (%(open_origin)s)
             UNION ALL
                SELECT NULL, demand.index, demand.product_id, demand.location_id, source.area_id, demand.quantity,
                       demand.priority, demand.deadline, %(now)s
                  FROM unnest(%(indexes)s::int[], %(products)s::int[], %(locations)s::int[], %(quantities)s::float[],
                              %(priorities)s::varchar[], %(deadlines)s::timestamp[])
                       AS demand (index, product_id, location_id, quantity, priority, deadline)
                  JOIN area AS source ON source.location_id = demand.location_id
            ),
            ranked AS (  -- each claim, and what all claims up to and with it want together
                SELECT claim.*,
                       SUM(claim.quantity) OVER (
                           PARTITION BY claim.product_id, claim.area_id
                               ORDER BY %(ranking)s, claim.demand_index
                                   ROWS UNBOUNDED PRECEDING
                       ) AS upto
                  FROM claim
                 WHERE claim.quantity > %(noise)s
            ),
            supply AS (  -- each incoming move, and what the stock and all supply up to and with it give together
                SELECT move.product_id, target.area_id,
                       GREATEST(move.date, %(now)s) AS date,
                       COALESCE(free.quantity, 0) + SUM(move.product_qty) OVER (
                           PARTITION BY move.product_id, target.area_id
                               ORDER BY GREATEST(move.date, %(now)s), move.id
                                   ROWS UNBOUNDED PRECEDING
                       ) AS upto
                  FROM stock_move AS move
                  JOIN area AS target ON target.location_id = COALESCE(move.location_final_id, move.location_dest_id)
             LEFT JOIN area AS source ON source.location_id = move.location_id
             LEFT JOIN free ON free.product_id = move.product_id AND free.area_id = target.area_id
                 WHERE move.product_id = ANY (%(product_ids)s)
                   AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                   AND source.area_id IS DISTINCT FROM target.area_id
                   AND NOT EXISTS (  -- counted where its chain begins
                       SELECT 1
                         FROM stock_move_move_rel AS link
                         JOIN stock_move AS origin ON origin.id = link.move_orig_id
                         JOIN area AS origin_target
                           ON origin_target.location_id = COALESCE(origin.location_final_id, origin.location_dest_id)
                        WHERE link.move_dest_id = move.id
                          AND origin.state NOT IN ('done', 'cancel')
                          AND origin_target.area_id = target.area_id
                   )
                   AND NOT EXISTS (  -- brought for one claim alone
                       SELECT 1
                         FROM stock_move_move_rel AS link
                         JOIN stock_move AS destination ON destination.id = link.move_dest_id
                         JOIN area AS destination_source ON destination_source.location_id = destination.location_id
                        WHERE link.move_orig_id = move.id
                          AND destination.state NOT IN ('done', 'cancel')
                          AND destination_source.area_id = target.area_id
                   )
            ),
            line AS (  -- claims and supplies at their positions along the line of one pool
                SELECT id, demand_index, product_id, location_id, area_id, quantity, upto, NULL::timestamp AS date
                  FROM ranked
             UNION ALL
                SELECT NULL, NULL, product_id, NULL, area_id, NULL, upto + %(noise)s, date FROM supply
            ),
            pegged AS (  -- the first supply at or behind the end of each claim, and the last supply of all
                SELECT line.*,
                       MIN(date) OVER (PARTITION BY product_id, area_id ORDER BY upto DESC) AS covering_date,
                       MAX(date) OVER (PARTITION BY product_id, area_id) AS last_date,
                       MAX(upto) FILTER (WHERE quantity IS NULL) OVER (PARTITION BY product_id, area_id) AS supplied
                  FROM line
            ),
            covered AS (
                SELECT pegged.id, pegged.demand_index, pegged.quantity,
                       COALESCE(pegged.covering_date, pegged.last_date) AS expected_date,
                       -- what of it lies within the free stock, and within all supply
                       LEAST(pegged.quantity, GREATEST(
                           0, COALESCE(free.quantity, 0) - pegged.upto + pegged.quantity)) AS from_stock,
                       LEAST(pegged.quantity, GREATEST(
                           0, COALESCE(pegged.supplied, free.quantity, 0) - pegged.upto + pegged.quantity)) AS from_all,
                       CASE  -- a claim on a part of the area cannot take what lies elsewhere
                           WHEN pegged.location_id = pegged.area_id THEN pegged.quantity
                           ELSE (
                               SELECT COALESCE(SUM(stock.quantity), 0)
                                 FROM stock
                                 JOIN stock_location AS part ON part.id = stock.location_id
                                 JOIN stock_location AS whole ON whole.id = pegged.location_id
                                WHERE stock.product_id = pegged.product_id
                                  AND part.parent_path LIKE whole.parent_path || '%%'
                           )
                       END AS within_reach
                  FROM pegged
             LEFT JOIN free ON free.product_id = pegged.product_id AND free.area_id = pegged.area_id
                 WHERE pegged.quantity IS NOT NULL
            )
            SELECT id, demand_index,
                   LEAST(from_stock, GREATEST(0, within_reach)),
                   from_all - from_stock,
                   quantity - (from_all - from_stock) - LEAST(from_stock, GREATEST(0, within_reach)),
                   expected_date
              FROM covered
            """,
            product_ids=list(product_ids),
            open_origin=SQL(
                """
                SELECT 1
                  FROM stock_move_move_rel AS link
                  JOIN stock_move AS origin ON origin.id = link.move_orig_id
                 WHERE link.move_dest_id = move.id
                   AND origin.state NOT IN ('done', 'cancel')
                """
            ),
            ranking=self._get_ranking(SQL("claim")),
            noise=NOISE,
            now=fields.Datetime.now(),
            indexes=list(range(len(demands))),
            products=[demand.product.id for demand in demands],
            locations=[demand.location.id for demand in demands],
            quantities=[demand.quantity for demand in demands],
            priorities=[demand.priority for demand in demands],
            deadlines=[demand.deadline or None for demand in demands],
        )
