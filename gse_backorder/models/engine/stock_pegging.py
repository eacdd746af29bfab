from odoo import api, models
from odoo.tools import SQL, float_round

from ... import without_jit
from ..chain.quantity import get_digits
from .chain_coverage import ChainCoverage
from .coverage import NOISE, Coverage, FreeShare, Link, PoolFigures, Queue

# So many claims are ranked first when stock is handed out: ten times more each time when it reaches further.
FIRST_CLAIMS = 200


class StockPegging(models.AbstractModel):
    """The match of claims (``stock.claim``) with supply (``stock.supply``), in ranking (``stock.ranking``).

    One query for any number of claims: the claims and the supplies of a pool are laid along one line, so that who is
    served by what is a matter of position.
    """

    _name = "stock.pegging"
    _description = "Match of Claims with Supply"

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
        digits = get_digits(self.env)
        origins = self.env["stock.claim"]._get_open_origins(moves)
        all_moves = moves | moves.browse(origins).exists()
        products = all_moves.product_id.union(*(demand.product for demand in demands))
        # A list of deliveries shows nothing of their products: no more is read of them than they are judged by.
        products.fetch(["product_tmpl_id"])
        products.product_tmpl_id.fetch(["is_storable", "uom_id"])
        by_move, by_demand = self._peg(
            products.filtered("is_storable"), all_moves, [d for d in demands if d.product.is_storable]
        )
        coverages = ChainCoverage(self, origins, by_move)
        stored = iter(by_demand)
        return (
            {move.id: coverages.of(move).clean(digits) for move in moves},
            [
                (next(stored) if demand.product.is_storable else Coverage(now=demand.quantity)).clean(digits)
                for demand in demands
            ],
        )

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
        digits = get_digits(self.env)
        links = {}
        for claim_id, supply_id, quantity, date, due in without_jit.execute_query(
            self.env, self._get_link_sql(products, requests)
        ):
            # Several parts of a claim may be served by one supply.
            earlier = links.get((claim_id, supply_id))
            quantity = float_round(quantity + (earlier.quantity if earlier else 0.0), precision_digits=digits)
            links[claim_id, supply_id] = Link(claim_id, supply_id, quantity, date or due, date is None)
        return list(links.values())

    @api.model
    def _peg(self, products, moves, demands=()):
        """Match all claims on the products, and the demands, with the supply.

        :return: ``{move id: Coverage}`` of what those of *moves* still lack that lack something, and a list with a
            Coverage for each demand, in the products' units. What a claim has reserved is its own, and no part of it.
        """
        by_move, by_demand = {}, [Coverage(uncovered=demand.quantity) for demand in demands]
        if products:
            self._flush_pegging()
            products = self.env["stock.supply"]._filtered_supplied(products)
        if not products:
            return by_move, by_demand
        for move_id, demand_index, now, expected, uncovered, expected_date, overdue in without_jit.execute_query(
            self.env, self._get_pegging_sql(products, SQL("id = ANY (%s)", moves.ids), demands)
        ):
            coverage = Coverage(now, expected, uncovered, expected_date, overdue)
            if move_id:
                by_move[move_id] = coverage
            else:
                by_demand[demand_index] = coverage
        return by_move, by_demand

    @api.model
    def _get_queue(self, move, named=10, named_behind=0):
        """Return the :class:`Queue` in which *move* waits; None if it does not.

        :param move: a saved, open move that max_take goods out of stock
        :param named: how many of those ahead are named, the first ones
        :param named_behind: how many of those behind are named, the next ones
        """
        self._flush_pegging()
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH %(matched)s,
                     queue AS (%(queue)s)
                SELECT queue.id, queue.quantity, queue.place, queue.length, queue.ahead_quantity, free.quantity
                  FROM queue
                  JOIN queue AS own ON own.id = %(move_id)s
             LEFT JOIN free ON free.area_id = %(area_id)s
                 WHERE queue.id = own.id
                    OR (queue.place < own.place AND queue.place <= %(named)s)
                    OR queue.place BETWEEN own.place + 1 AND own.place + %(named_behind)s
              ORDER BY queue.place
                """,
                matched=self._get_matched_parts_sql(
                    move.product_id, self.env["stock.ranking"]._get_claims_sql(move.product_id)
                ),
                queue=self._get_queue_sql(move),
                area_id=move.location_id.stock_area_id.id,
                move_id=move.id,
                named=named,
                named_behind=named_behind,
            ),
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
    def _get_queue_sql(self, move):
        """The claims in the stock of *move*, as it sees them: who has a part ahead of its own last one is ahead of it.

        :return: SQL of the columns id, place, length, quantity (of those ahead what is ahead of it, of the others what
            they lack), ahead_quantity (of all ahead)
        """
        return SQL(
            """
            SELECT id, quantity, ROW_NUMBER() OVER (ORDER BY rank) AS place, COUNT(*) OVER () AS length,
                   COALESCE(SUM(quantity) FILTER (WHERE rank < last_rank) OVER (), 0) AS ahead_quantity
              FROM (
                  SELECT line.id, own.last_rank,
                         CASE WHEN line.id = %(move_id)s THEN own.last_rank ELSE MIN(line.rank) END AS rank,
                         CASE WHEN line.id != %(move_id)s AND MIN(line.rank) < own.last_rank
                              THEN SUM(line.quantity) FILTER (WHERE line.rank < own.last_rank)
                              ELSE SUM(line.quantity)
                          END AS quantity
                    FROM matched AS line
                    JOIN (SELECT MAX(rank) AS last_rank FROM matched WHERE id = %(move_id)s) AS own ON TRUE
                   WHERE line.area_id = %(area_id)s
                GROUP BY line.id, own.last_rank
              ) AS claim
            """,
            move_id=move.id,
            area_id=move.location_id.stock_area_id.id,
        )

    @api.model
    def _get_pool_figures(self, product, locations):
        """Return ``{location id: PoolFigures}`` of *product* in the stocks that the locations belong to.

        A location that holds no goods of ours is in none. One query, however many locations there are.
        """
        if not product.is_storable:
            return {}
        self._flush_pegging()
        digits = get_digits(self.env)
        rows = without_jit.execute_query(self.env, self._get_pool_figures_sql(product, locations))
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
    def _get_free_shares(self, pools, condition, reported=(), ignore_shares=False):
        """Return what the free stock of *pools* gives to each claim that may be reserved now, in ranking.

        Without *reported*, only so many claims are ranked as the stock may be enough for. Parts of claims keep their
        share although it may not be reserved yet: it is withheld from the others.

        :param pools: a set of ``(product id, area id)``
        :param SQL condition: which claims count, over ``claim``
        :param reported: ids of claims to be listed although they get nothing, or may not be reserved yet
        :param ignore_shares: list the first claims with all that they lack, whatever they get
        :return: a list of :class:`FreeShare`, those withheld among them
        """
        self._flush_pegging()
        named = None if reported else FIRST_CLAIMS
        while True:
            rows = without_jit.execute_query(self.env, self._get_free_shares_sql(pools, condition, reported, named))
            if ignore_shares or named is None or not any(is_cut_off for *_share, is_cut_off in rows):
                break
            named *= 10
        shares = [FreeShare((product_id, area_id), *share) for product_id, area_id, *share, _is_cut_off in rows]
        return [
            share
            for share in shares
            if share.pool in pools and (ignore_shares or share.quantity > NOISE or share.move_id in reported)
        ]

    @api.model
    def _get_products(self, pools):
        return self.env["product.product"].browse({product_id for product_id, _area_id in pools})

    @api.model
    def _flush_pegging(self):
        """Write what the queries read."""
        self.env["stock.claim"]._flush()
        self.env["stock.supply"]._flush()

    @api.model
    def _get_pegging_sql(self, products, condition, demands=()):
        """Return the query behind :meth:`_peg`, put together from its parts.

        The supplies of a pool are an array of where each ends, in which a claim's own end is looked up.

        :param SQL condition: which claims are asked for, over the columns of ``ranked``; demands always are
        :return: SQL of the columns id, demand_index, now, expected, uncovered, expected_date, overdue; a row a claim
        """
        are_whole = not self.env["stock.claim"]._is_any_in_parts(products)
        parts = self._get_pegging_of_parts_sql(products, condition, demands, are_whole)
        if are_whole:
            return SQL(
                "SELECT id, demand_index, now, expected, uncovered, expected_date, overdue FROM (%s) AS part", parts
            )
        # Few are in several parts: to sum up all would take longer than to keep the parts until they are read twice.
        return SQL(
            """
            WITH part AS MATERIALIZED (%s)
            SELECT id, demand_index, now, expected, uncovered, expected_date, overdue
              FROM part
             WHERE is_all
         UNION ALL
            SELECT id, NULL, SUM(now), SUM(expected), SUM(uncovered), MAX(expected_date), SUM(overdue)
              FROM part
             WHERE NOT is_all
          GROUP BY id
            """,
            parts,
        )

    @api.model
    def _get_pegging_of_parts_sql(self, products, condition, demands=(), are_whole=False):
        """The same as :meth:`_get_pegging_sql`, a row for each part of a claim, with its kind in the column part, and
        whether it is_all that the claim lacks.

        :param are_whole: whether each claim is known to be in one part
        """
        return SQL(
            """
            WITH %(matched)s,
                 supply AS (%(supply)s),
                 calendar AS (
                     SELECT product_id, area_id, MAX(cumulative_supply) AS supplied,
                            MAX(cumulative_supply) FILTER (WHERE date IS NOT NULL) AS dated,
                            ARRAY_AGG(cumulative_supply ORDER BY supply_index) AS ends,
                            ARRAY_AGG(date ORDER BY supply_index) AS dates
                       FROM supply
                   GROUP BY product_id, area_id
                 )
            SELECT id, part, is_all, demand_index, now, expected, rest - expected AS uncovered,
                   CASE WHEN expected_by_date > 0
                        THEN dates[LEAST(
                            CARDINALITY(ends), 1 + WIDTH_BUCKET(LEAST(cumulative_shortage, dated) - %(noise)s, ends))]
                   END AS expected_date,
                   expected - expected_by_date AS overdue
              FROM (
                  SELECT matched.id, rank_tie / 2 %% %(kinds)s AS part, rank_tie %% 2 = 1 AS is_all, demand_index,
                         ends, dates, dated, rest, cumulative_shortage, quantity - rest AS now,
                         LEAST(rest, GREATEST(0, COALESCE(supplied, 0) - cumulative_shortage + rest)) AS expected,
                         LEAST(rest, GREATEST(0, COALESCE(dated, 0) - cumulative_shortage + rest)) AS expected_by_date
                    FROM matched
               LEFT JOIN calendar USING (product_id, area_id)
                   WHERE %(condition)s
                  OFFSET 0
              ) AS answer
            """,
            matched=self._get_matched_parts_sql(
                products,
                self.env["stock.ranking"]._get_claims_sql(products, are_whole=are_whole),
                demands,
                condition=None if demands else condition,
            ),
            supply=self.env["stock.supply"]._get_supply_sql(products),
            kinds=len(self.env["stock.claim"]._get_part_kinds()) + 1,
            # What a demand waits for is summed up over all claims: those nobody asks for are left out after that.
            condition=SQL("(%s OR demand_index IS NOT NULL)", condition) if demands else SQL("TRUE"),
            noise=NOISE,
        )

    @api.model
    def _get_link_sql(self, products, requests):
        """Return the query behind :meth:`_get_links`.

        Rests of claims and supplies are laid along one line. Each stretch between two ends belongs to one claim and to
        one supply: the first that end at or behind it. (Place and id are packed into one number: the least of those
        is that of the first.)
        """
        return SQL(
            """
            WITH %(matched)s,
                 supply AS (%(supply)s),
                 line AS (
                     SELECT product_id, area_id, (rank << 32) + id AS claim, NULL::bigint AS supply,
                            cumulative_shortage AS place
                       FROM matched
                  UNION ALL
                     SELECT product_id, area_id, NULL, (supply_index << 32) + supply_id, cumulative_supply
                       FROM supply
                 ),
                 stretch AS (
                     SELECT product_id, area_id, place,
                            place - GREATEST(0, LEAD(place) OVER following) AS quantity,
                            MIN(claim) OVER following AS claim,
                            MIN(supply) OVER following AS supply
                       FROM line
                     WINDOW following AS (PARTITION BY product_id, area_id ORDER BY place DESC)
                 )
            SELECT (stretch.claim & %(id_bits)s)::int, supply.supply_id, stretch.quantity, supply.date, supply.due
              FROM stretch
              JOIN supply ON supply.supply_id = stretch.supply & %(id_bits)s
             WHERE stretch.quantity > %(noise)s AND stretch.claim IS NOT NULL
          ORDER BY stretch.product_id, stretch.area_id, stretch.place
            """,
            matched=self._get_matched_parts_sql(products, self.env["stock.ranking"]._get_claims_sql(products)),
            supply=self.env["stock.supply"]._get_supply_sql(products, requests),
            id_bits=2**32 - 1,
            noise=NOISE,
        )

    @api.model
    def _get_pool_figures_sql(self, product, locations):
        """Return the query behind :meth:`_get_pool_figures`."""
        return SQL(
            """
            WITH %(matched)s,
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
            matched=self._get_matched_parts_sql(product, self.env["stock.ranking"]._get_claims_sql(product)),
            supply=self.env["stock.supply"]._get_supply_sql(product),
            product_id=product.id,
            location_ids=locations.ids,
        )

    @api.model
    def _get_free_shares_sql(self, pools, condition, reported, named):
        """Return the query behind :meth:`_get_free_shares`, with the first *named* claims of each pool.

        A last column tells whether more of them would get something.
        """
        products, is_part = self._get_products(pools), self.env["stock.claim"]._get_is_part_sql()
        may_be_reserved = SQL("(claim.is_reservable OR claim.id = ANY (%s))", list(reported))
        claims = SQL(
            """
            %(claims)s
            AND claim.area_id = ANY (%(area_ids)s)
            AND claim.state IN ('confirmed', 'partially_available')
            AND claim.procure_method = 'make_to_stock'
            AND NOT COALESCE(claim.picked, FALSE)
            AND (%(may_be_reserved)s OR %(is_part)s)
            AND %(condition)s
            """,
            claims=self.env["stock.ranking"]._get_claims_sql(products, ("is_reservable", "part")),
            area_ids=list({area_id for _product_id, area_id in pools}),
            may_be_reserved=may_be_reserved,
            is_part=is_part,
            condition=condition,
        )
        if named and len(pools) == 1:
            claims = SQL("%s ORDER BY %s LIMIT %s", claims, self.env["stock.ranking"]._get_order_sql(), named)
        return SQL(
            """
            WITH %(matched)s
            SELECT matched.product_id, matched.area_id, matched.id, matched.quantity - rest, matched.quantity, rank,
                   free, %(is_part)s, NOT %(may_be_reserved)s,
                   COUNT(*) OVER pool >= %(named)s
                   AND SUM(matched.quantity - rest) OVER pool < MAX(free) OVER pool - %(noise)s
              FROM matched
              JOIN claim USING (rank_tie)
            WINDOW pool AS (PARTITION BY matched.product_id, matched.area_id)
          ORDER BY rank, matched.product_id, matched.area_id
            """,
            matched=self._get_matched_parts_sql(products, claims),
            is_part=is_part,
            may_be_reserved=may_be_reserved,
            named=named,
            noise=NOISE,
        )
