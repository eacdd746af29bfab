from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, float_round, ormcache

# A quantity below this is noise of floating point sums, whatever the precision of the unit.
NOISE = 1e-6
# Above the ids of all moves: those of requests, in the order in which they are given.
FIRST_REQUEST_ID = 2**31
# What an answer tells of a claim beside what of it is covered.
CLAIM_DATES = ("ordered_date", "date_deadline")
CLAIM_COLUMNS = ("product_id", "location_id", "target_id", "picking_id", *CLAIM_DATES)
# From so many products on, what is on its way is found by where it goes.
MANY_PRODUCTS = 200
# So many claims are ranked first when stock is handed out: ten times more each time when it reaches further.
FIRST_CLAIMS = 200


@dataclass(frozen=True)
class Demand:
    """What somebody would want who has not confirmed yet: it ranks behind all equal claims.

    ``quantity`` is in the product's unit. Demands of one ``group`` (an order, a transfer) would be confirmed together
    and compete with each other; those of another group may never be confirmed, and take nothing away.
    """

    group: Any
    product: Any
    location: Any
    quantity: float
    priority: str = "0"
    deadline: datetime | None = None


def split_in_unit(parts, from_unit, to_unit, whole=None):
    """Return quantities that are the *parts* of one whole in another unit, so that they add up there, too.

    A pallet of which 998 of 1,000 pieces are there is not a whole one: what comes first is rounded down, and the last
    part takes what is left of the whole.

    :param parts: a list of quantities in *from_unit*
    :param whole: what they are together in *to_unit*, where that is known; else it is rounded up
    :return: a list of quantities in *to_unit*, to its precision
    """
    if whole is None:
        whole = from_unit._compute_quantity(sum(parts), to_unit)
    rest, result, start = sum(parts), [], 0.0
    for part in parts:
        rest -= part
        end = whole
        if rest > NOISE:
            taken = from_unit._compute_quantity(sum(parts) - rest, to_unit, rounding_method="DOWN")
            end = min(whole, taken)
        result.append(to_unit.round(end - start))
        start = end
    return result


@dataclass(frozen=True)
class Coverage:
    """How a claim's open quantity is covered; all quantities in one unit.

    A supply whose expected day is over is still expected, and nothing is bought in its place; but it has no date, and
    serves after all supply that has one.
    """

    now: float = 0.0
    expected: float = 0.0
    uncovered: float = 0.0
    expected_date: datetime | None = None  # of the last of what has a date
    overdue: float = 0.0  # the part of what is expected that has no date
    judged: str | None = None  # the status in the product's unit, where the quantities were rounded to another one

    @property
    def total(self):
        return self.now + self.expected + self.uncovered

    @property
    def rate(self):
        """How well it is covered, to compare: the share that can ship now, that has a date, that is expected."""
        total = self.total
        return (self.now / total, self.dated / total, self.expected / total) if total else (1.0, 0.0, 0.0)

    @property
    def dated(self):
        """The part of what is expected that has a date."""
        return max(0.0, self.expected - self.overdue)

    @property
    def dateless(self):
        """What is neither there nor has a date, whether or not it is expected."""
        return self.overdue + self.uncovered

    @property
    def status(self):
        """``available``, ``short`` or ``missing``; nothing wanted is available."""
        if self.judged:
            return self.judged
        if not self.expected and not self.uncovered:
            return "available"
        return "short" if self.now or self.expected else "missing"

    @property
    def promise_date(self):
        """When the last unit is covered; None while a part has no date."""
        if self.uncovered or self.overdue:
            return None
        return self.expected_date if self.expected else fields.Datetime.now()

    @property
    def earliest_date(self):
        """When something of it can ship; None while nothing has a date."""
        if self.now:
            return fields.Datetime.now()
        return self.expected_date if self.has("dated") else None

    def has(self, part):
        return getattr(self, part) > NOISE

    def convert(self, from_unit, to_unit, whole=None):
        """Return the same coverage in another unit, judged as it was before it is rounded: see :func:`split_in_unit`.

        :param whole: what is wanted in *to_unit*, where that is known
        """
        if from_unit == to_unit:
            return self
        parts = (self.now, self.dated, self.overdue, self.uncovered)
        now, dated, overdue, uncovered = split_in_unit(parts, from_unit, to_unit, whole)
        return replace(
            self, now=now, expected=dated + overdue, uncovered=uncovered, overdue=overdue, judged=self.status
        )

    def slice(self, start, length):
        """Return the coverage of the part of *length* that begins at *start*; what is covered soonest comes first."""
        parts = []
        for available in (self.now, self.dated, self.overdue, self.uncovered):
            parts.append(max(0.0, min(available, start + length) - max(0.0, start)))
            start -= available
        now, dated, overdue, uncovered = parts
        return replace(self, now=now, expected=dated + overdue, uncovered=uncovered, overdue=overdue)

    def scale(self, factor):
        return replace(
            self,
            now=self.now * factor,
            expected=self.expected * factor,
            uncovered=self.uncovered * factor,
            overdue=self.overdue * factor,
        )

    def clean(self, digits):
        """Return the same coverage without the noise of floating point sums."""
        return replace(
            self,
            now=float_round(self.now, precision_digits=digits),
            expected=float_round(self.expected, precision_digits=digits),
            uncovered=float_round(self.uncovered, precision_digits=digits),
            overdue=float_round(self.overdue, precision_digits=digits),
        )

    @classmethod
    def join(cls, coverages):
        """Return the coverage of several claims of one product taken together."""
        coverages = list(coverages)
        return cls(
            now=sum(coverage.now for coverage in coverages),
            expected=sum(coverage.expected for coverage in coverages),
            uncovered=sum(coverage.uncovered for coverage in coverages),
            overdue=sum(coverage.overdue for coverage in coverages),
            expected_date=max((c.expected_date for c in coverages if c.expected_date), default=None),
        )


class Request(NamedTuple):
    """A supply that nobody has confirmed yet: what would it serve if somebody did?"""

    product: Any
    location: Any  # where it would arrive
    quantity: float  # in the product's unit
    date: datetime


class Link(NamedTuple):
    """A part of a claim that a supply will serve."""

    claim_id: int  # of stock.move
    supply_id: int  # of stock.move; see FIRST_REQUEST_ID
    quantity: float  # in the product's unit
    date: datetime  # when it is, or was, expected; as late as its vendor usually is, where that is counted
    is_late: bool  # that day is over


class Arrival(NamedTuple):
    """What an incoming move brings into a stock."""

    supply_id: int  # of stock.move
    quantity: float  # in the product's unit
    date: datetime  # when it is, or was, expected
    is_late: bool  # that day is over


@dataclass(frozen=True)
class Queue:
    """Where a claim stands among those who want the same stock; all quantities in the product's unit."""

    free: float  # in stock and not reserved
    place: int  # 1 is the first
    length: int
    quantity: float  # what the claim itself lacks
    ahead_quantity: float  # what those ahead lack
    ahead: tuple  # the first of those ahead, as (move id, quantity)
    behind: tuple  # the next after it, as (move id, quantity)


class PoolFigures(NamedTuple):
    """What there is of a product in one stock, and what open lines want of it; all quantities in the product's unit."""

    area_id: int  # of stock.location
    on_hand: float
    free: float  # on hand, not reserved and not expired
    incoming: float
    incoming_date: datetime | None  # when the first of it is expected, never in the past
    lacking: float  # by the claims: what they want and have not reserved


class StockPegging(models.AbstractModel):
    """The match of claims with supply, in ranking.

    A *claim* is an open move that takes goods out of a pool. A *pool* is a product in one area of a warehouse: the
    topmost location under the warehouse's view, with all its children, since that is what reservation draws on. The
    *supply* of a pool is its free stock, then its incoming moves by date. One query for any number of claims: the
    claims and the supplies of a pool are laid along one line, so that who is served by what is a matter of position.
    """

    _name = "stock.pegging"
    _description = "Match of Claims with Supply"

    # ---- what others ask -----------------------------------------------------

    @api.model
    def _get_coverage(self, moves, demands=()):
        """Return how claims, and demands that are not confirmed yet, are covered.

        :param moves: saved, open moves that take goods out of stock, also those that wait for a move before them
        :param demands: a list of :class:`Demand`
        :return: ``{move.id: Coverage}`` and a list with a Coverage for each demand, all in the products' units; what
            is not stored is always available
        """
        # Who may see a line may see how it is covered, by whatever is before it in its chain: only figures come back.
        moves = moves.sudo()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        origins = self._get_open_origins(moves)
        all_moves = moves | moves.browse(origins).exists()
        products = all_moves.product_id.union(*(demand.product for demand in demands))
        by_move, by_demand = self._peg(
            products.filtered("is_storable"), all_moves, [d for d in demands if d.product.is_storable]
        )
        coverages = _ChainCoverage(self, origins, by_move)
        stored = iter(by_demand)
        return (
            {move.id: coverages.of(move).clean(digits) for move in moves},
            [
                (next(stored) if demand.product.is_storable else Coverage(now=demand.quantity)).clean(digits)
                for demand in demands
            ],
        )

    @api.model
    def _get_open_origins(self, moves):
        """Return the open moves before *moves*, over any number of steps.

        :return: ``{move id: set of ids of the open moves just before it}``, for *moves* that wait for others, for all
            moves upstream of them, and for the other moves that wait for those
        """
        waiting = moves.filtered(lambda move: move.state == "waiting" or move.procure_method == "make_to_order")
        if not waiting:
            return {}
        self.env["stock.move"].flush_model(["move_orig_ids", "state"])
        origins = defaultdict(set)
        for move_id, origin_id in self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE upstream AS (
                    SELECT link.move_orig_id AS id
                      FROM stock_move_move_rel AS link
                     WHERE link.move_dest_id IN %(move_ids)s
                     UNION
                    SELECT link.move_orig_id
                      FROM upstream
                      JOIN stock_move AS move ON move.id = upstream.id AND move.state NOT IN ('done', 'cancel')
                      JOIN stock_move_move_rel AS link ON link.move_dest_id = upstream.id
                )
                SELECT destination.id, origin.id
                  FROM upstream
                  JOIN stock_move AS origin ON origin.id = upstream.id
                  JOIN stock_move_move_rel AS link ON link.move_orig_id = origin.id
                  JOIN stock_move AS destination ON destination.id = link.move_dest_id
                 WHERE origin.state NOT IN ('done', 'cancel')
                   AND destination.state NOT IN ('done', 'cancel')
                """,
                move_ids=tuple(waiting.ids),
            )
        ):
            origins[move_id].add(origin_id)
            origins.setdefault(origin_id, set())
        return origins

    # ---- pegging -----------------------------------------------------------------

    @api.model
    def _get_links(self, products, requests=()):
        """Return which supply serves which claim, in ranking, as a list of :class:`Link`.

        :param requests: a list of :class:`Request`, as if they were confirmed; the first one's id in the links is
            FIRST_REQUEST_ID, that of the next one higher
        """
        products = products.filtered("is_storable")
        if not products:
            return []
        self._flush_pegging()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        rows = self.env.execute_query(self._get_link_query(products, requests))
        return [
            Link(claim_id, supply_id, float_round(quantity, precision_digits=digits), date or due, date is None)
            for claim_id, supply_id, quantity, date, due in rows
        ]

    @api.model
    def _get_arrivals(self, product, area):
        """Return what comes of *product* into the stock *area*, by date, as a list of :class:`Arrival`."""
        self._flush_pegging()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        rows = self.env.execute_query(
            SQL(
                """
                WITH area AS MATERIALIZED (%(area)s)
                SELECT id, quantity, COALESCE(date, due), date IS NULL
                  FROM (%(incoming)s) AS incoming
                 WHERE area_id = %(area_id)s
              ORDER BY date NULLS LAST, due, id
                """,
                area=self._get_area_query(),
                incoming=self._get_incoming_query(product),
                area_id=area.id,
            )
        )
        return [
            Arrival(supply_id, float_round(quantity, precision_digits=digits), date, is_late)
            for supply_id, quantity, date, is_late in rows
        ]

    @api.model
    def _get_claimed_products(self, product_ids=None):
        """Return the stored products that open lines want, of those with the ids, or of all."""
        self.env["stock.move"].flush_model(["product_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT product.id
                  FROM product_product AS product
                  JOIN product_template AS template ON template.id = product.product_tmpl_id
                 WHERE template.is_storable
                   AND EXISTS (
                       SELECT 1
                         FROM stock_move AS move
                        WHERE move.product_id = product.id
                          AND move.state IN ('waiting', 'confirmed', 'partially_available')
                   )
                   AND %s
                """,
                SQL("TRUE") if product_ids is None else SQL("product.id = ANY (%s)", list(product_ids)),
            )
        )
        return self.env["product.product"].browse(product_id for (product_id,) in rows)

    @api.model
    def _peg(self, products, moves, demands=()):
        """Match all claims on the products, and the demands, with the supply.

        :return: ``{move id: Coverage}`` of what those of *moves* still lack that lack something, and a list with a
            Coverage for each demand, in the products' units. What a claim has reserved is its own, and no part of it.
        """
        if not products:
            return {}, []
        self._flush_pegging()
        by_move, by_demand = {}, [Coverage(uncovered=demand.quantity) for demand in demands]
        for move_id, demand_index, now, expected, uncovered, expected_date, overdue in self.env.execute_query(
            self._get_pegging_query(products, SQL("id = ANY (%s)", moves.ids), demands)
        ):
            coverage = Coverage(now, expected, uncovered, expected_date, overdue)
            if move_id:
                by_move[move_id] = coverage
            else:
                by_demand[demand_index] = coverage
        return by_move, by_demand

    @api.model
    def _promise_waiting(self, products):
        """Write the first promise of all claims on *products* that have none yet and are covered now.

        :return: these moves
        """
        products = products.filtered("is_storable")
        moves = self.env["stock.move"]
        if not products:
            return moves
        self._flush_pegging()
        moves.flush_model(["first_promise_date"])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE stock_move
                   SET first_promise_date = COALESCE(covered.expected_date, %(now)s)
                  FROM (%(pegging)s) AS covered
                 WHERE covered.id = stock_move.id
                   AND covered.uncovered < %(noise)s
                   AND covered.overdue < %(noise)s
             RETURNING stock_move.id
                """,
                pegging=self._get_pegging_query(
                    products,
                    SQL(
                        """
                        id IN (
                            SELECT id
                              FROM stock_move
                             WHERE product_id = ANY (%s)
                               AND state IN ('waiting', 'confirmed', 'partially_available')
                               AND first_promise_date IS NULL
                        )
                        """,
                        products.ids,
                    ),
                ),
                now=fields.Datetime.now(),
                noise=NOISE,
            )
        )
        promised = moves.browse(move_id for (move_id,) in rows)
        promised.invalidate_recordset(["first_promise_date"], flush=False)
        return promised

    @api.model
    def _get_queue(self, move, named=10, named_behind=0):
        """Return the :class:`Queue` in which *move* waits; None if it does not.

        :param move: a saved, open move that takes goods out of stock
        :param named: how many of those ahead are named, the first ones
        :param named_behind: how many of those behind are named, the next ones
        """
        self._flush_pegging()
        rows = self.env.execute_query(
            SQL(
                """
                WITH %(stocked)s,
                     queue AS (
                         SELECT stocked.*, COUNT(*) OVER () AS length, upto - quantity AS ahead_quantity
                           FROM stocked
                          WHERE area_id = %(area_id)s
                     )
                SELECT queue.id, queue.quantity, queue.rank, queue.length, queue.ahead_quantity, free.quantity
                  FROM queue
                  JOIN queue AS own ON own.id = %(move_id)s
             LEFT JOIN free ON free.product_id = own.product_id AND free.area_id = own.area_id
                 WHERE queue.id = own.id
                    OR (queue.rank < own.rank AND queue.rank <= %(named)s)
                    OR queue.rank BETWEEN own.rank + 1 AND own.rank + %(named_behind)s
              ORDER BY queue.rank
                """,
                stocked=self._get_stocked_parts(move.product_id, self._get_claim_query(move.product_id)),
                area_id=move.location_id.stock_area_id.id,
                move_id=move.id,
                named=named,
                named_behind=named_behind,
            )
        )
        if not rows:
            return None
        _id, quantity, place, length, ahead_quantity, free = next(row for row in rows if row[0] == move.id)
        return Queue(
            free=max(0.0, free or 0.0),
            place=place,
            length=length,
            quantity=quantity,
            ahead_quantity=ahead_quantity,
            ahead=tuple((move_id, lacking) for move_id, lacking, rank, *_rest in rows if rank < place),
            behind=tuple((move_id, lacking) for move_id, lacking, rank, *_rest in rows if rank > place),
        )

    @api.model
    def _get_pool_figures(self, product, locations):
        """Return ``{location id: PoolFigures}`` of *product* in the stocks that the locations belong to.

        A location that holds no goods of ours is in none. One query, however many locations there are.
        """
        if not product.is_storable:
            return {}
        self._flush_pegging()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        rows = self.env.execute_query(self._get_pool_figures_query(product, locations))
        return {
            location_id: PoolFigures(
                area_id,
                incoming_date=date,
                **{
                    name: float_round(quantity, precision_digits=digits)
                    for name, quantity in zip(("on_hand", "free", "incoming", "lacking"), quantities, strict=True)
                },
            )
            for location_id, area_id, date, *quantities in rows
        }

    @api.model
    def _get_held_and_expected(self, products):
        """Return what there is and comes of *products*, whomever it is for. One query, however many products there are.

        :return: ``{(product id, area id): (held, expected)}``, in the products' units; held is what can be shipped, or
            is reserved
        """
        products = products.filtered("is_storable")
        if not products:
            return {}
        self._flush_pegging()
        rows = self.env.execute_query(
            SQL(
                """
                WITH area AS MATERIALIZED (%(area)s),
                     stock AS (%(stock)s),
                     free AS (%(free)s)
                SELECT product_id, area_id, SUM(held)::float, SUM(expected)::float
                  FROM (
                      SELECT product_id, area_id, GREATEST(0, quantity) AS held, 0 AS expected
                        FROM free
                       UNION ALL
                      SELECT quant.product_id, area.area_id, quant.reserved_quantity, 0
                        FROM stock_quant AS quant
                        JOIN area ON area.location_id = quant.location_id
                       WHERE quant.product_id = ANY (%(product_ids)s)
                       UNION ALL
                      SELECT product_id, area_id, 0, quantity
                        FROM (%(incoming)s) AS incoming
                  ) AS there
              GROUP BY product_id, area_id
                """,
                area=self._get_area_query(),
                stock=self._get_stock_query(products),
                free=self._get_free_query(),
                incoming=self._get_incoming_query(products),
                product_ids=products.ids,
            )
        )
        return {(product_id, area_id): (held, expected) for product_id, area_id, held, expected in rows}

    @api.model
    def _get_free_shares(self, pools, condition, reported=(), everyone=False):
        """Return what the free stock of *pools* gives to each claim that may be reserved now, in ranking.

        Without *reported*, only so many claims are ranked as the stock may be enough for.

        :param pools: a set of ``(product id, area id)``
        :param SQL condition: which claims count, over ``claim``
        :param reported: ids of claims to be listed although they get nothing, or may not be reserved yet
        :param everyone: list the first claims with all that they lack, whatever they get
        :return: a list of ``(move id, quantity, place)``, the quantities in the products' units
        """
        self._flush_pegging()
        named = None if reported else FIRST_CLAIMS
        while True:
            rows = self.env.execute_query(self._get_free_shares_query(pools, condition, reported, named))
            if everyone or named is None or not any(is_cut_off for *_share, is_cut_off in rows):
                break
            named *= 10
        return [
            (move_id, lacking if everyone else quantity, rank)
            for product_id, area_id, move_id, quantity, lacking, rank, _is_cut_off in rows
            if (product_id, area_id) in pools and (everyone or quantity > NOISE or move_id in reported)
        ]

    @api.model
    def _get_pools_with_stock(self, pools):
        """Return those of *pools*, a set of ``(product id, area id)``, in which something may be free.

        A quick look at the quants, which spares most reservations the ranking: there is nothing to be had.
        """
        if not pools:
            return pools
        self.env["stock.quant"].flush_model(["location_id", "product_id", "quantity", "reserved_quantity"])
        self.env["stock.location"].flush_model(["parent_path"])
        product_ids, area_ids = (list(ids) for ids in zip(*pools, strict=True))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT quant.product_id, area.id
                  FROM stock_quant AS quant
                  JOIN stock_location AS location ON location.id = quant.location_id
                  JOIN stock_location AS area ON location.parent_path LIKE area.parent_path || '%%'
                 WHERE quant.product_id = ANY (%(product_ids)s)
                   AND area.id = ANY (%(area_ids)s)
                   AND quant.quantity > COALESCE(quant.reserved_quantity, 0)
                """,
                product_ids=product_ids,
                area_ids=area_ids,
            )
        )
        return set(rows) & set(pools)

    @api.model
    def _get_products(self, pools):
        return self.env["product.product"].browse({product_id for product_id, _area_id in pools})

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
                "picking_id",
                "picked",
                "picking_type_id",
                "priority",
                "procure_method",
                "product_id",
                "product_qty",
                "product_uom_qty",
                "purchase_line_id",
                "quantity",
                "ranked_as",
                "reservation_date",
                "restrict_partner_id",
                "state",
            ]
        )
        quants = self.env["stock.quant"]
        names = ["location_id", "lot_id", "owner_id", "product_id", "quantity", "removal_date", "reserved_quantity"]
        quants.flush_model([name for name in names if name in quants._fields])
        self.env["stock.location"].flush_model(["parent_path", "usage", "warehouse_id"])
        self.env["stock.warehouse"].flush_model(["allocation_guard_days", "allocation_policy"])
        if self._get_companies_counting_delays():
            self.env["purchase.order.line"].flush_model(["partner_id"])
            self.env["res.partner"].flush_model(["vendor_delay_days"])
        self.env["stock.picking.type"].flush_model(["reservation_method"])

    @api.model
    def _get_pegging_query(self, products, condition, demands=()):
        """Return the query behind :meth:`_peg`, put together from its parts.

        The supplies of a pool are an array of where each ends, in which a claim's own end is looked up.

        :param SQL condition: which claims are asked for, over the columns of ``stocked``; demands always are
        """
        return SQL(
            """
            WITH %(stocked)s,
                 supply AS (%(supply)s),
                 calendar AS (
                     SELECT product_id, area_id, MAX(upto) AS supplied,
                            MAX(upto) FILTER (WHERE date IS NOT NULL) AS dated,
                            ARRAY_AGG(upto ORDER BY supply_index) AS ends,
                            ARRAY_AGG(date ORDER BY supply_index) AS dates
                       FROM supply
                   GROUP BY product_id, area_id
                 )
            SELECT id, demand_index, now, expected, rest - expected AS uncovered,
                   CASE WHEN expected_by_date > 0
                        THEN dates[LEAST(
                            CARDINALITY(ends), 1 + WIDTH_BUCKET(LEAST(rest_upto, dated) - %(noise)s, ends))]
                   END AS expected_date,
                   expected - expected_by_date AS overdue
              FROM (
                  SELECT stocked.id, demand_index, ends, dates, dated, rest, rest_upto, quantity - rest AS now,
                         LEAST(rest, GREATEST(0, COALESCE(supplied, 0) - rest_upto + rest)) AS expected,
                         LEAST(rest, GREATEST(0, COALESCE(dated, 0) - rest_upto + rest)) AS expected_by_date
                    FROM stocked
               LEFT JOIN calendar USING (product_id, area_id)
                   WHERE %(condition)s
                  OFFSET 0
              ) AS answer
            """,
            stocked=self._get_stocked_parts(products, self._get_claim_query(products), demands),
            supply=self._get_supply_query(products),
            # Without an OR, ids that a query gives are joined: else each claim would look through all of them.
            condition=SQL("(%s OR demand_index IS NOT NULL)", condition) if demands else condition,
            noise=NOISE,
        )

    @api.model
    def _get_link_query(self, products, requests):
        """Return the query behind :meth:`_get_links`.

        Rests of claims and supplies are laid along one line. Each stretch between two ends belongs to one claim and to
        one supply: the first that end at or behind it. (Place and id are packed into one number: the least of those
        is that of the first.)
        """
        return SQL(
            """
            WITH %(stocked)s,
                 supply AS (%(supply)s),
                 line AS (
                     SELECT product_id, area_id, (rank << 32) + id AS claim, NULL::bigint AS supply,
                            rest_upto AS upto
                       FROM stocked
                  UNION ALL
                     SELECT product_id, area_id, NULL, (supply_index << 32) + supply_id, upto
                       FROM supply
                 ),
                 stretch AS (
                     SELECT product_id, area_id, upto,
                            upto - GREATEST(0, LEAD(upto) OVER following) AS quantity,
                            MIN(claim) OVER following AS claim,
                            MIN(supply) OVER following AS supply
                       FROM line
                     WINDOW following AS (PARTITION BY product_id, area_id ORDER BY upto DESC)
                 )
            SELECT (stretch.claim & %(id_bits)s)::int, supply.supply_id, stretch.quantity, supply.date, supply.due
              FROM stretch
              JOIN supply ON supply.supply_id = stretch.supply & %(id_bits)s
             WHERE stretch.quantity > %(noise)s AND stretch.claim IS NOT NULL
          ORDER BY stretch.product_id, stretch.area_id, stretch.upto
            """,
            stocked=self._get_stocked_parts(products, self._get_claim_query(products)),
            supply=self._get_supply_query(products, requests),
            id_bits=2**32 - 1,
            noise=NOISE,
        )

    @api.model
    def _get_pool_figures_query(self, product, locations):
        """Return the query behind :meth:`_get_pool_figures`."""
        return SQL(
            """
            WITH %(stocked)s,
                 supply AS (%(supply)s)
            SELECT place.location_id, place.area_id, incoming.date, COALESCE(held.quantity, 0),
                   GREATEST(0, free.quantity), COALESCE(incoming.quantity, 0), COALESCE(wanted.quantity, 0)
              FROM area AS place
         LEFT JOIN (
                  SELECT area.area_id, SUM(quant.quantity)::float AS quantity
                    FROM stock_quant AS quant
                    JOIN area ON area.location_id = quant.location_id
                   WHERE quant.product_id = %(product_id)s
                GROUP BY area.area_id
                   ) AS held ON held.area_id = place.area_id
         LEFT JOIN free ON free.area_id = place.area_id
         LEFT JOIN (SELECT area_id, MIN(date) AS date, SUM(quantity) AS quantity FROM supply GROUP BY area_id)
                AS incoming ON incoming.area_id = place.area_id
         LEFT JOIN (SELECT area_id, SUM(quantity) AS quantity FROM claim GROUP BY area_id)
                AS wanted ON wanted.area_id = place.area_id
             WHERE place.location_id = ANY (%(location_ids)s)
            """,
            stocked=self._get_stocked_parts(product, self._get_claim_query(product)),
            supply=self._get_supply_query(product),
            product_id=product.id,
            location_ids=locations.ids,
        )

    @api.model
    def _get_free_shares_query(self, pools, condition, reported, named):
        """Return the query behind :meth:`_get_free_shares`, with the first *named* claims of each pool.

        A last column tells whether more of them would get something.
        """
        products = self._get_products(pools)
        claims = SQL(
            """
            %(claims)s
            AND claim.area_id = ANY (%(area_ids)s)
            AND claim.state IN ('confirmed', 'partially_available')
            AND claim.procure_method = 'make_to_stock'
            AND NOT COALESCE(claim.picked, FALSE)
            AND (%(may_be_reserved)s OR claim.id = ANY (%(reported)s))
            AND %(condition)s
            """,
            claims=self._get_claim_query(products),
            area_ids=list({area_id for _product_id, area_id in pools}),
            may_be_reserved=self.env["stock.ranking"]._get_reservable(),
            reported=list(reported),
            condition=condition,
        )
        if named and len(pools) == 1:
            claims = SQL("%s ORDER BY %s LIMIT %s", claims, self.env["stock.ranking"]._get_order(), named)
        return SQL(
            """
            WITH %(stocked)s
            SELECT product_id, area_id, id, quantity - rest, quantity, rank,
                   COUNT(*) OVER pool >= %(named)s AND SUM(quantity - rest) OVER pool < MAX(free) OVER pool - %(noise)s
              FROM stocked
            WINDOW pool AS (PARTITION BY product_id, area_id)
          ORDER BY rank, product_id, area_id
            """,
            stocked=self._get_stocked_parts(products, claims),
            named=named,
            noise=NOISE,
        )

    @api.model
    def _get_stocked_parts(self, products, claims, demands=()):
        """Return the parts of a query up to ``stocked``: what each claim gets from free stock, in ranking."""
        return SQL(
            """
            area AS MATERIALIZED (%(area)s),
            stock AS (%(stock)s),
            free AS (%(free)s),
            claim AS (%(claim)s),
            reach AS (%(reach)s),
            narrow AS (%(narrow)s),
            ranked AS (%(ranked)s),
            stocked AS (%(stocked)s)
            """,
            area=self._get_area_query(),
            stock=self._get_stock_query(products),
            free=self._get_free_query(),
            claim=SQL("%s UNION ALL %s", claims, self._get_demand_query(demands)) if demands else claims,
            reach=self._get_reach_query(),
            narrow=self._get_narrow_query(demands),
            ranked=self._get_ranked_query(demands),
            stocked=self._get_stocked_query(demands),
        )

    @api.model
    def _get_sums_query(self, products):
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
                 reach AS (%(reach)s),
                 place AS (%(place)s)
            SELECT product_id, area_id, location_id, first_id, first_ordered, first_deadline, quantity, wanted,
                   pool_quantity, takes >= pool_quantity AS is_whole,
                   rest - LEAST(rest, GREATEST(0, LEAST(0, free) + coming)) AS pool_uncovered
              FROM (
                  SELECT *, pool_quantity - LEAST(takes, GREATEST(0, free)) AS rest
                    FROM (%(pool)s) AS pool
              ) AS served
             WHERE location_id IS NOT NULL
            """,
            area=self._get_area_query(),
            stock=self._get_stock_query(products),
            free=self._get_free_query(),
            claims=self._get_claim_sums_query(products),
            reach=self._get_reach_query(),
            place=self._get_place_query(),
            pool=self._get_pool_query(products),
        )

    @api.model
    def _get_claim_sums_query(self, products):
        """The claims summed up by where and whose the goods are that they want.

        Nearly all are plain: no move is before them. These are summed up first, and then looked at by their locations.
        Nearly all of these lack all that they want: that is added as it is stored, which spares a conversion of each.
        """
        is_plain = SQL("(state = 'confirmed' AND procure_method = 'make_to_stock')")
        # The same as an index on stock.move has it.
        is_other = SQL(
            "(state IN ('waiting', 'partially_available')"
            " OR state = 'confirmed' AND procure_method IS DISTINCT FROM 'make_to_stock')"
        )
        targets = self._get_target_ids()
        return SQL(
            """
            SELECT product_id, area_id, location_id, owner_id, MIN(first_id) FILTER (WHERE is_wanted) AS first_id,
                   MIN(first_ordered) FILTER (WHERE is_wanted) AS first_ordered,
                   MIN(first_deadline) FILTER (WHERE is_wanted) AS first_deadline,
                   SUM(quantity) AS quantity, COALESCE(SUM(quantity) FILTER (WHERE is_wanted), 0) AS wanted
              FROM (
                  SELECT plain.product_id, area.area_id, plain.location_id, plain.owner_id, plain.first_id,
                         plain.first_ordered, plain.first_deadline, plain.quantity,
                         CASE WHEN plain.followed_id IS NULL THEN TRUE ELSE %(is_followed)s END AS is_wanted
                    FROM (
                        SELECT product_id, location_id, location_dest_id, restrict_partner_id AS owner_id,
                               CASE WHEN COALESCE(location_final_id, location_dest_id) != ALL (%(targets)s)
                                    THEN id
                                END AS followed_id,
                               MIN(id) AS first_id, MIN(ordered_date) AS first_ordered,
                               MIN(date_deadline) AS first_deadline, SUM(%(lacking)s)::float AS quantity
                          FROM stock_move AS move
                         WHERE product_id = ANY (%(product_ids)s)
                           AND %(is_plain)s
                           AND %(lacking)s > %(noise)s
                      GROUP BY product_id, location_id, location_dest_id, restrict_partner_id, followed_id
                    ) AS plain
                    JOIN area ON area.location_id = plain.location_id
               LEFT JOIN area AS destination ON destination.location_id = plain.location_dest_id
                   WHERE destination.area_id IS DISTINCT FROM area.area_id
               UNION ALL
                  SELECT product_id, area_id, location_id, owner_id, id, ordered_date, date_deadline, quantity,
                         %(other_is_wanted)s
                    FROM (%(others)s) AS other
              ) AS claim
          GROUP BY product_id, area_id, location_id, owner_id
            """,
            lacking=SQL("CASE WHEN quantity > 0 THEN %s::numeric ELSE product_qty END", self._get_lacking(SQL("move"))),
            product_ids=products.ids,
            is_plain=is_plain,
            targets=targets,
            is_followed=self._get_followed(SQL("plain.followed_id"), targets),
            other_is_wanted=self._get_wanted(SQL("other.id"), SQL("target_id"), targets),
            others=self._get_claim_query(products, ("target_id", *CLAIM_DATES), condition=is_other),
            noise=NOISE,
        )

    @api.model
    def _get_wanted(self, move_id, target_id, target_ids):
        """Return whether somebody waits for a move, as SQL: a customer, in the end, or a production.

        Nobody waits for what goes back to a vendor, is written off, or is moved to another warehouse for no customer's
        sake: it takes its turn, but nothing is bought for it.

        :param SQL move_id: the id of the move
        :param SQL target_id: where its goods go, at once or by what Odoo pushes them on to
        :param target_ids: see :meth:`_get_target_ids`
        """
        return SQL(
            "CASE WHEN %s = ANY (%s) THEN TRUE ELSE %s END",
            target_id,
            target_ids,
            self._get_followed(move_id, target_ids),
        )

    @api.model
    def _get_target_ids(self):
        """Return the ids of the locations where somebody waits: those of customers, and productions."""
        productions = self.env["stock.location"].sudo().with_context(active_test=False)
        return [
            *self.env["stock.location"]._get_customers_ids(),
            *productions.search([("usage", "=", "production")]).ids,
        ]

    @api.model
    def _get_followed(self, move_id, target_ids):
        """Return whether a move after this one, over any number of steps, goes to where somebody waits, as SQL."""
        return SQL(
            """
            EXISTS (
                WITH RECURSIVE downstream AS (
                    SELECT link.move_dest_id AS id
                      FROM stock_move_move_rel AS link
                     WHERE link.move_orig_id = %(move_id)s
                     UNION
                    SELECT link.move_dest_id
                      FROM downstream
                      JOIN stock_move_move_rel AS link ON link.move_orig_id = downstream.id
                )
                SELECT 1
                  FROM downstream
                  JOIN stock_move AS following ON following.id = downstream.id
                 WHERE following.state NOT IN ('done', 'cancel')
                   AND COALESCE(following.location_final_id, following.location_dest_id) = ANY (%(target_ids)s)
            )
            """,
            move_id=move_id,
            target_ids=target_ids,
        )

    @api.model
    def _get_place_query(self):
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
                    END AS takes
              FROM (
                  SELECT product_id, area_id, location_id, owner_id, first_id, first_ordered, first_deadline, quantity,
                         wanted, NULL::float AS reachable
                    FROM claim
               UNION ALL
                  SELECT product_id, NULL, location_id, owner_id, NULL, NULL, NULL, NULL, NULL, quantity
                    FROM reach
              ) AS bound
          GROUP BY product_id, location_id, owner_id
            """
        )

    @api.model
    def _get_pool_query(self, products):
        """The places, and what there is in, comes to and is wanted of their whole pools."""
        return SQL(
            """
            SELECT product_id, area_id, location_id, first_id, first_ordered, first_deadline, quantity, wanted,
                   SUM(quantity) OVER pool AS pool_quantity,
                   COALESCE(SUM(takes) OVER pool, 0) AS takes,
                   COALESCE(SUM(free) OVER pool, 0) AS free,
                   COALESCE(SUM(coming) OVER pool, 0) AS coming
              FROM (
                  SELECT product_id, area_id, location_id, first_id, first_ordered, first_deadline, quantity, wanted,
                         takes, NULL::float AS free, NULL::float AS coming
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
            incoming=self._get_incoming_query(products),
        )

    @api.model
    def _get_running_sum(self, quantity, pool, order, demands):
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
    def _get_area_query(self):
        """To which stock each location belongs, the same as ``stock.location.stock_area_id``, and who ranks it how."""
        return SQL(
            """
            SELECT DISTINCT ON (location.id) location.id AS location_id, ancestor.id AS area_id, location.parent_path,
                   ancestor.warehouse_id AS area_warehouse_id, %(policy)s
              FROM stock_location AS location
              JOIN stock_location AS ancestor
                ON ancestor.id = ANY (string_to_array(trim(TRAILING '/' FROM location.parent_path), '/')::int[])
         LEFT JOIN stock_warehouse AS warehouse ON warehouse.id = ancestor.warehouse_id
             WHERE location.usage IN ('internal', 'transit')
               AND ancestor.usage IN ('internal', 'transit')
          ORDER BY location.id, length(ancestor.parent_path)
            """,
            policy=self.env["stock.ranking"]._get_policy_columns(),
        )

    @api.model
    def _get_stock_query(self, products):
        """The free stock of each location, owner and lot."""
        return SQL(
            """
            SELECT quant.product_id, quant.location_id, quant.owner_id, quant.lot_id, area.area_id, area.parent_path,
                   template.tracking != 'none' AS is_tracked,
                   SUM(quant.quantity - quant.reserved_quantity) AS quantity
              FROM (SELECT * FROM stock_quant WHERE product_id = ANY (%(product_ids)s) OFFSET 0) AS quant
              JOIN area ON area.location_id = quant.location_id
              JOIN product_product AS product ON product.id = quant.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
             WHERE %(is_usable)s
          GROUP BY quant.product_id, quant.location_id, quant.owner_id, quant.lot_id, area.area_id, area.parent_path,
                   template.tracking
            """,
            product_ids=products.ids,
            is_usable=self._get_usable(),
        )

    @api.model
    def _get_usable(self):
        """Return whether ``quant`` of ``template`` may still be reserved, as SQL: what has expired serves nobody."""
        if "removal_date" not in self.env["stock.quant"]._fields:  # of product_expiry, where it is installed
            return SQL("TRUE")
        return SQL(
            "(NOT COALESCE(template.use_expiration_date, FALSE) OR COALESCE(quant.removal_date >= %s, TRUE))",
            fields.Datetime.now(),
        )

    @api.model
    def _get_free_query(self):
        """The free stock of each pool. As in reservation, a lot that is short is not made up for by another lot."""
        return SQL(
            """
            SELECT product_id, area_id, SUM(quantity) AS quantity
              FROM (
                  SELECT product_id, area_id,
                         CASE WHEN is_tracked THEN GREATEST(0, SUM(quantity)) ELSE SUM(quantity) END AS quantity
                    FROM stock
                GROUP BY product_id, area_id, lot_id, is_tracked
              ) AS lot
          GROUP BY product_id, area_id
            """
        )

    @api.model
    def _get_claim_query(self, products, more=(), condition=None):
        """The open moves that take goods out of an area and lack some of them, with *more* of their columns.

        Not those that still wait for a move before them: they are served by it. (Odoo's state *confirmed* says that
        there is none.)
        """
        return SQL(
            """
            SELECT claim.id, NULL::int AS demand_index, NULL::int AS demand_group,
                   claim.product_id, claim.location_id, claim.area_id, claim.restrict_partner_id AS owner_id,
                   claim.lacking AS quantity, %(rank_columns)s %(more)s
              FROM (%(open_moves)s) AS claim
             WHERE claim.dest_area_id IS DISTINCT FROM claim.area_id
               AND claim.lacking > %(noise)s
               AND CASE WHEN claim.state = 'confirmed' AND claim.procure_method = 'make_to_stock'
                        THEN TRUE
                        ELSE COALESCE(
                            (SELECT bool_and(origin.state IN ('done', 'cancel'))
                               FROM stock_move_move_rel AS link
                               JOIN stock_move AS origin ON origin.id = link.move_orig_id
                              WHERE link.move_dest_id = claim.id),
                            claim.procure_method = 'make_to_stock')
                    END
            """,
            noise=NOISE,
            rank_columns=self.env["stock.ranking"]._get_move_columns(),
            more=SQL().join(SQL(", claim.%s", SQL.identifier(name)) for name in more),
            open_moves=self._get_open_moves_query(
                SQL(
                    "product_id = ANY (%s) AND state IN ('waiting', 'confirmed', 'partially_available') AND %s",
                    products.ids,
                    condition or SQL("TRUE"),
                )
            ),
        )

    @api.model
    def _get_uncovered_query(self, covered):
        """The claims on whole pools, each with what of it is ``uncovered``, of which there is something.

        :param covered: ``{(product id, area id): quantity}``, how much of what the claims lack is covered: the sums
            tell it, and who comes first gets it; where it is nothing, nobody is ranked
        """
        bare = {pool: quantity for pool, quantity in covered.items() if not quantity}
        ranked = {pool: quantity for pool, quantity in covered.items() if quantity}
        running = SQL(
            "SUM(claim.quantity) OVER (PARTITION BY product_id, area_id ORDER BY %s ROWS UNBOUNDED PRECEDING)",
            self.env["stock.ranking"]._get_order(),
        )
        return SQL(
            """
            WITH area AS MATERIALIZED (%(area)s)
            SELECT %(columns)s, LEAST(quantity, upto - covered) AS uncovered
              FROM (%(bare)s UNION ALL %(ranked)s) AS claim
             WHERE upto > covered
            """,
            area=self._get_area_query(),
            columns=SQL(", ").join(map(SQL.identifier, ("id", *CLAIM_COLUMNS))),
            bare=self._get_pooled_claim_query(bare, SQL("claim.quantity")),
            ranked=self._get_pooled_claim_query(ranked, running),
        )

    @api.model
    def _get_pooled_claim_query(self, covered, upto):
        """The claims on pools, ``{(product id, area id): covered quantity}``; *upto* is SQL over ``claim``.

        The pools are joined last: they come in the order in which the claims were ranked. Their area is asked for in a
        way that the planner cannot judge: it believes that product and area hardly ever meet, and would then look up
        each of many claims by itself.
        """
        product_ids, area_ids = map(list, zip(*covered, strict=True)) if covered else ([], [])
        return SQL(
            """
            SELECT %(columns)s, pool.covered, ranked.upto
              FROM (SELECT claim.*, %(upto)s AS upto FROM (%(claims)s) AS claim) AS ranked
              JOIN unnest(%(product_ids)s::int[], %(area_ids)s::int[], %(covered)s::float[])
                AS pool (product_id, area_id, covered)
                ON pool.product_id = ranked.product_id
               AND CASE WHEN pool.area_id = ranked.area_id THEN TRUE ELSE FALSE END
            """,
            columns=SQL(", ").join(SQL.identifier("ranked", name) for name in ("id", *CLAIM_COLUMNS, "quantity")),
            upto=upto,
            claims=self._get_claim_query(
                self.env["product.product"].browse(set(product_ids)), ("picking_id", "target_id", *CLAIM_DATES)
            ),
            product_ids=product_ids,
            area_ids=area_ids,
            covered=list(covered.values()),
        )

    @api.model
    def _get_lacking(self, move):
        """Return what a move has not reserved of its demand, as SQL, in the product's unit."""
        return SQL(
            """
            CASE WHEN %(move)s.quantity > 0
                 THEN %(move)s.product_qty::float
                      * GREATEST(0, 1 - %(move)s.quantity::float / NULLIF(%(move)s.product_uom_qty::float, 0))
                 ELSE %(move)s.product_qty::float
            END
            """,
            move=move,
        )

    @api.model
    def _get_open_moves_query(self, condition):
        """The moves that meet the *condition*, with the areas of both ends, what they lack and are ranked by.

        The offsets are fences: the planner knows how many moves there are, and joins the small tables to them.
        """
        return SQL(
            """
            SELECT move.*, %(lacking)s AS lacking, area.area_id, area.by_priority, area.by_deadline,
                   area.by_size, area.guard_date, destination.area_id AS dest_area_id, type.reservation_method
              FROM (
                  SELECT id, product_id, location_id, location_dest_id,
                         COALESCE(location_final_id, location_dest_id) AS target_id, picking_id, picking_type_id,
                         restrict_partner_id, product_qty, product_uom_qty, quantity, state, procure_method, picked,
                         priority, date_deadline, ordered_date, ranked_as, reservation_date
                    FROM stock_move
                   WHERE %(condition)s
                  OFFSET 0
              ) AS move
              JOIN area ON area.location_id = move.location_id
         LEFT JOIN area AS destination ON destination.location_id = move.location_dest_id
         LEFT JOIN stock_picking_type AS type ON type.id = move.picking_type_id
            OFFSET 0
            """,
            lacking=self._get_lacking(SQL("move")),
            condition=condition,
        )

    @api.model
    def _get_demand_query(self, demands):
        """The demands as rows like those of the claims, as if they were confirmed now."""
        groups = {demand.group: index for index, demand in enumerate(demands)}
        group_sizes = defaultdict(float)
        for demand in demands:
            group_sizes[demand.group] += demand.quantity
        return SQL(
            """
            SELECT NULL, claim.index, claim.group_index, claim.product_id, claim.location_id, claim.area_id,
                   NULL::int, claim.quantity, %(rank_columns)s
              FROM (
                  SELECT demand.*, area.area_id, area.by_priority, area.by_deadline, area.by_size, area.guard_date,
                         %(now)s AS ordered_date
                    FROM unnest(%(indexes)s::int[], %(groups)s::int[], %(products)s::int[], %(locations)s::int[],
                                %(quantities)s::float[], %(sizes)s::float[], %(priorities)s::varchar[],
                                %(deadlines)s::timestamp[])
                         AS demand (index, group_index, product_id, location_id, quantity, size, priority,
                                    date_deadline)
                    JOIN area ON area.location_id = demand.location_id
              ) AS claim
             WHERE claim.quantity > %(noise)s
            """,
            noise=NOISE,
            rank_columns=self.env["stock.ranking"]._get_columns(
                size=SQL("claim.size"),
                is_reservable=SQL("TRUE"),
                place=SQL("%s + claim.index", 2**31),
                tie=SQL("%s + claim.index", 2**31),
            ),
            now=fields.Datetime.now(),
            sizes=[group_sizes[demand.group] for demand in demands],
            indexes=list(range(len(demands))),
            groups=[groups[demand.group] for demand in demands],
            products=[demand.product.id for demand in demands],
            locations=[demand.location.id for demand in demands],
            quantities=[demand.quantity for demand in demands],
            priorities=[demand.priority for demand in demands],
            deadlines=[demand.deadline or None for demand in demands],
        )

    @api.model
    def _get_reach_query(self):
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
    def _get_narrow_query(self, demands):
        """How much of the stock a claim of narrow reach can take at most: it leaves the rest to others."""
        return SQL(
            """
            SELECT rank_tie, LEAST(quantity, GREATEST(0, reachable - upto_in_reach + quantity)) AS takes
              FROM (
                  SELECT rank_tie, claim.quantity, reach.quantity AS reachable, %(upto_in_reach)s AS upto_in_reach
                    FROM claim
                    JOIN reach ON reach.product_id = claim.product_id
                              AND reach.location_id = claim.location_id
                              AND reach.owner_id IS NOT DISTINCT FROM claim.owner_id
              ) AS place
            """,
            upto_in_reach=self._get_running_sum(
                SQL("claim.quantity"),
                SQL("claim.product_id, claim.location_id, claim.owner_id"),
                self.env["stock.ranking"]._get_order(),
                demands,
            ),
        )

    @api.model
    def _get_ranked_query(self, demands):
        """Number the claims of each pool, the first served first, and sum up what they want and can take.

        One sort does it all: it is what the whole query costs most for.
        """
        pool, order = SQL("product_id, area_id"), self.env["stock.ranking"]._get_order()
        takes = SQL("COALESCE(takes, quantity)")
        return SQL(
            """
            SELECT id, demand_index, demand_group, product_id, area_id, quantity, %(takes)s AS takes,
                   ROW_NUMBER() OVER (PARTITION BY %(pool)s ORDER BY %(order)s ROWS UNBOUNDED PRECEDING) AS rank,
                   %(upto)s AS upto,
                   %(taken_upto)s AS taken_upto
              FROM claim
         LEFT JOIN narrow USING (rank_tie)
            """,
            takes=takes,
            pool=pool,
            order=order,
            upto=self._get_running_sum(SQL("quantity"), pool, order, demands),
            taken_upto=self._get_running_sum(takes, pool, order, demands),
        )

    @api.model
    def _get_stocked_query(self, demands):
        """What of each claim the free stock does not serve, and what it does not serve of all up to this one."""
        pool = SQL("product_id, area_id")
        return SQL(
            """
            SELECT served.*, %(rest_upto)s AS rest_upto
              FROM (
                  SELECT reaching.*, quantity - LEAST(takes, GREATEST(0, free - taken_upto + takes)) AS rest
                    FROM (
                        SELECT ranked.*, GREATEST(0, free.quantity) AS free
                          FROM ranked
                     LEFT JOIN free USING (product_id, area_id)
                        OFFSET 0
                    ) AS reaching
                  OFFSET 0
              ) AS served
            """,
            # Claims get all that they can take while there is any; demands take nothing from one another.
            rest_upto=self._get_running_sum(SQL("rest"), pool, SQL("rank"), demands)
            if demands
            else SQL("upto - LEAST(taken_upto, free)"),
        )

    @api.model
    def _get_supply_query(self, products, requests=()):
        """Where each incoming move ends on the line of its pool: what all supply up to and with it gives.

        It first fills what the stock lacks.
        """
        return SQL(
            """
            SELECT incoming.id AS supply_id, incoming.product_id, incoming.area_id, incoming.date, incoming.due,
                   incoming.quantity,
                   ROW_NUMBER() OVER by_date AS supply_index,
                   LEAST(0, COALESCE(free.quantity, 0)) + SUM(incoming.quantity) OVER by_date AS upto
              FROM (%(incoming)s) AS incoming
         LEFT JOIN free USING (product_id, area_id)
            WINDOW by_date AS (
                       PARTITION BY incoming.product_id, incoming.area_id
                       ORDER BY incoming.date NULLS LAST, incoming.due, incoming.id ROWS UNBOUNDED PRECEDING)
            """,
            incoming=self._get_incoming_query(products, requests),
        )

    @api.model
    def _get_incoming_query(self, products, requests=()):
        """What each incoming move, and each request, brings into which pool, and when.

        A receipt into the input of a warehouse is meant for its stock. Goods that are moved within an area are in it
        again when they have arrived. What was brought for one claim alone is nobody else's supply.

        ``due`` is when it is, or was, expected; where that day is over there is no ``date``.
        """
        own_day = SQL("incoming.warehouse_id"), SQL("incoming.company_id")
        days = self.env["stock.warehouse"]
        now = SQL("%s::timestamp", fields.Datetime.now())
        return SQL(
            """
            SELECT id, product_id, area_id, due, quantity,
                   CASE WHEN %(due_day)s >= %(today)s THEN GREATEST(due, %(now)s) END AS date
              FROM (
                  SELECT move.id, move.product_id, target.area_id, target.area_warehouse_id AS warehouse_id,
                         move.company_id, %(due)s AS due,
                         CASE WHEN source.area_id = target.area_id
                              THEN move.product_qty::float - %(lacking)s
                              ELSE move.product_qty::float - COALESCE(taken.quantity, 0)
                          END AS quantity
                    FROM (
                        SELECT id, product_id, date, location_id, location_dest_id, location_final_id, product_qty,
                               product_uom_qty, quantity, purchase_line_id, company_id
                          FROM stock_move
                         WHERE product_id = ANY (%(product_ids)s)
                           AND state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                           AND (location_dest_id %(is_ours)s OR location_final_id %(is_ours)s)
                        OFFSET 0
                    ) AS move
               LEFT JOIN stock_warehouse AS house
                      ON move.location_final_id IS NULL
                     AND house.reception_steps != 'one_step'
                     AND move.location_dest_id IN (house.wh_input_stock_loc_id, house.wh_qc_stock_loc_id)
                    JOIN area AS target
                      ON target.location_id = COALESCE(
                          move.location_final_id, house.lot_stock_id, move.location_dest_id)
               LEFT JOIN area AS source ON source.location_id = move.location_id
               LEFT JOIN (
                        SELECT link.move_orig_id, area.area_id, SUM(%(taker_lacking)s) AS quantity
                          FROM stock_move AS taker
                          JOIN area ON area.location_id = taker.location_id
                          JOIN stock_move_move_rel AS link ON link.move_dest_id = taker.id
                         WHERE taker.product_id = ANY (%(product_ids)s)
                           AND taker.state NOT IN ('done', 'cancel')
                      GROUP BY link.move_orig_id, area.area_id
                         ) AS taken ON taken.move_orig_id = move.id AND taken.area_id = target.area_id
                   WHERE NOT EXISTS (  -- counted where its chain begins
                         SELECT 1
                           FROM stock_move_move_rel AS link
                           JOIN stock_move AS origin ON origin.id = link.move_orig_id
                           JOIN area AS origin_target
                             ON origin_target.location_id = COALESCE(origin.location_final_id, origin.location_dest_id)
                          WHERE link.move_dest_id = move.id
                            AND origin.state NOT IN ('done', 'cancel')
                            AND origin_target.area_id = target.area_id
                     )
                   %(requests)s
              ) AS incoming
             WHERE quantity > %(noise)s
            """,
            is_ours=self._get_ours(products),
            requests=self._get_request_query(requests),
            due=self._get_due_date(),
            due_day=days._get_day_sql(SQL("due"), *own_day),
            today=days._get_day_sql(now, *own_day),
            lacking=self._get_lacking(SQL("move")),
            taker_lacking=self._get_lacking(SQL("taker")),
            now=now,
            product_ids=products.ids,
            noise=NOISE,
        )

    @api.model
    def _get_ours(self, products):
        """Return what follows a location to say that it is in an ``area``, as SQL.

        Of a few products, their moves are looked through. Of many, moves are found by where they go: the locations are
        named, so that the planner knows how few there are.
        """
        if len(products) < MANY_PRODUCTS:
            return SQL("IN (SELECT location_id FROM area)")
        return SQL("= ANY (%s)", self.env["stock.location"]._get_stock_ids())

    @api.model
    def _get_request_query(self, requests):
        """The requests as rows like those of the incoming moves."""
        if not requests:
            return SQL()
        return SQL(
            """
            UNION ALL
            SELECT %(first)s + request.index, request.product_id, area.area_id, area.area_warehouse_id, NULL,
                   request.date, request.quantity
              FROM unnest(%(indexes)s::bigint[], %(products)s::int[], %(locations)s::int[], %(quantities)s::float[],
                          %(dates)s::timestamp[]) AS request (index, product_id, location_id, quantity, date)
              JOIN area ON area.location_id = request.location_id
            """,
            first=FIRST_REQUEST_ID,
            indexes=list(range(len(requests))),
            products=[request.product.id for request in requests],
            locations=[request.location.id for request in requests],
            quantities=[request.quantity for request in requests],
            dates=[request.date for request in requests],
        )

    @api.model
    def _get_due_date(self):
        """Return when ``move`` is, or was, expected, as SQL.

        Where the company counts it, that is as late as its vendor usually is.
        """
        companies = self._get_companies_counting_delays()
        if not companies:
            return SQL("move.date")  # nobody asks: spare the planner the thought of it
        return SQL(
            """
            move.date + COALESCE((
                SELECT (vendor.vendor_delay_days ->> move.company_id::varchar)::int
                  FROM purchase_order_line AS line
                  JOIN res_partner AS vendor ON vendor.id = line.partner_id
                 WHERE line.id = move.purchase_line_id
                   AND move.company_id = ANY (%s)
            ), 0) * interval '1 day'
            """,
            list(companies),
        )

    @api.model
    @ormcache()
    def _get_companies_counting_delays(self):
        """Return the ids of the companies whose promises carry their vendors' records."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return tuple(companies.search([("promise_vendor_delay", "=", True)]).ids)


class _ChainCoverage:
    """The coverage of moves in a chain of steps: each has what it reserved, and gets what the moves before it bring."""

    def __init__(self, pegging, origins, pegged):
        self.moves = pegging.env["stock.move"].sudo()
        self.origins = origins
        self.pegged = pegged
        self.takers = defaultdict(set)
        for move_id, origin_ids in origins.items():
            for origin_id in origin_ids:
                self.takers[origin_id].add(move_id)
        self.positions = pegging.env["stock.ranking"]._get_positions(self.moves.browse(origins))
        self.known = {}

    def of(self, move):
        """Return the coverage of *move*, in the product's unit."""
        if move.id not in self.known:
            self.known[move.id] = self._judge(move)
        return self.known[move.id]

    def _judge(self, move):
        if not move.product_id.is_storable and move.location_id.stock_area_id:
            return Coverage(now=move.product_qty)
        reserved, missing = self._split_demand(move)
        if self.origins.get(move.id):
            rest = self._get_share(move, missing)
        elif move.location_id.stock_area_id:
            rest = self.pegged.get(move.id, Coverage(uncovered=missing))
        else:  # from a vendor, a customer or production: goods that are on their way
            quantity = reserved + missing
            if move._get_days_late():
                return Coverage(expected=quantity, overdue=quantity)
            return Coverage(expected=quantity, expected_date=move._get_expected_date())
        return replace(rest, now=rest.now + reserved)

    def _get_share(self, move, missing):
        """Return what the moves before *move* bring it: each serves the moves that wait for it in ranking."""
        shares = []
        for origin in self.moves.browse(self.origins[move.id]):
            takers = self.moves.browse(sorted(self.takers[origin.id], key=self._get_place))
            ahead = sum(self._split_demand(taker)[1] for taker in takers[: list(takers).index(move)])
            shares.append(self.of(origin).slice(ahead, missing))
        share = Coverage.join(shares).slice(0, missing)
        return replace(share, uncovered=missing - share.now - share.expected)

    def _get_place(self, move_id):
        return self.positions.get(move_id, len(self.positions)), move_id

    @staticmethod
    def _split_demand(move):
        """Return the reserved and the missing part of a move's demand, in the product's unit."""
        reserved = min(move._get_filled_in_product_unit(), move.product_qty)
        return reserved, move.product_qty - reserved
