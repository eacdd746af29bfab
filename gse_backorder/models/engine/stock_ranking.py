from odoo import api, fields, models
from odoo.tools import SQL, ormcache

POLICIES = [
    ("priority", "Urgent first, then by deadline"),
    ("first_ordered", "First ordered, first served"),
    ("deadline", "By deadline"),
    ("complete_orders", "Complete deliveries first"),
]
DEFAULT_POLICY = "priority"


class StockRanking(models.AbstractModel):
    """The order of claims on a product in one area of a warehouse: the one definition of who comes before whom.

    It decides what a line is promised, what colour it has, and who gets stock that arrives. It is never stored: a
    policy, a star or a deadline that changes, changes it at once.
    """

    _name = "stock.ranking"
    _description = "Order of Claims"

    @api.model
    def _get_order(self):
        """Return the ranking as SQL, the first served first, over the columns of :meth:`_get_columns`.

        The tie-break is another for each claim: a ranking is total.
        """
        return SQL("rank_class, rank_size, rank_deadline NULLS LAST, rank_date NULLS LAST, rank_place, rank_tie")

    @api.model
    def _get_columns(self, size, is_reservable, place, tie):
        """Return the columns that a ``claim`` is ranked by, as SQL.

        Whoever may not be reserved yet comes after all who may. Then it is the warehouse's policy that decides:
        ``priority``: the urgent star, the deadline, when the customer ordered. ``first_ordered``: when the customer
        ordered. ``deadline``: the deadline, when the customer ordered. ``complete_orders``: whose delivery lacks
        least, so that the most deliveries are completed; but whoever waits for longer than the guard comes first.

        :param SQL size: how much the claim's whole delivery lacks; evaluated under ``complete_orders`` only
        :param SQL is_reservable: whether the day has come to reserve it
        :param SQL place: who came first among those of one second, as a bigint; a remainder has that of the whole
        :param SQL tie: a number that no other claim has, as a bigint
        """
        return SQL(
            """
            CASE WHEN %(is_reservable)s THEN 0 ELSE 2 END
            + CASE WHEN claim.by_priority THEN (COALESCE(claim.priority, '0') = '0')::int
                   WHEN claim.by_size THEN (NOT %(is_overdue)s)::int
                   ELSE 0
              END AS rank_class,
            CASE WHEN claim.by_size AND NOT %(is_overdue)s THEN %(size)s ELSE 0 END AS rank_size,
            CASE WHEN claim.by_deadline THEN claim.date_deadline END AS rank_deadline,
            claim.ordered_date AS rank_date,
            %(place)s AS rank_place,
            %(tie)s AS rank_tie
            """,
            place=place,
            tie=tie,
            size=size,
            is_reservable=is_reservable,
            is_overdue=SQL("COALESCE(claim.ordered_date < claim.guard_date, FALSE)"),
        )

    @api.model
    def _get_policy_columns(self):
        """Return by what ``warehouse`` ranks, and its guard, as SQL columns of an area."""
        return SQL(
            """
            %(policy)s = 'priority' AS by_priority,
            %(policy)s IN ('priority', 'deadline') AS by_deadline,
            %(policy)s = 'complete_orders' AS by_size,
            %(now)s - COALESCE(warehouse.allocation_guard_days, 0) * interval '1 day' AS guard_date
            """,
            policy=SQL("COALESCE(warehouse.allocation_policy, %s)", DEFAULT_POLICY),
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_move_columns(self):
        """Return the columns that an open move is ranked by, over ``stock.pegging._get_open_moves_query``."""
        return self._get_columns(
            size=self._get_size(),
            is_reservable=self._get_reservable(),
            place=SQL("COALESCE(claim.ranked_as, claim.id)::bigint"),
            tie=SQL("claim.id::bigint"),
        )

    @api.model
    def _get_size(self):
        """Return how much the whole delivery of ``claim`` lacks, as SQL, its lines in their products' units."""
        if "complete_orders" not in self._get_policies().values():
            return SQL("0")  # nobody asks: spare the planner the thought of it
        return SQL(
            """
            COALESCE((
                SELECT SUM(%(lacking)s)
                  FROM stock_move AS line
                 WHERE line.picking_id = claim.picking_id
                   AND line.state NOT IN ('draft', 'done', 'cancel')
            ), claim.product_qty::float)
            """,
            lacking=self.env["stock.pegging"]._get_lacking(SQL("line")),
        )

    @api.model
    @ormcache()
    def _get_policies(self):
        """Return ``{warehouse id: policy}`` of all warehouses."""
        # The ranking is the same for everybody, whichever warehouses they may open.
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False)
        warehouses = warehouses.search_fetch([], ["allocation_policy"])
        return {warehouse.id: warehouse.allocation_policy for warehouse in warehouses}

    @api.model
    def _get_reservable(self):
        """Return whether the day has come to reserve ``claim``, as SQL."""
        return SQL(
            "COALESCE(claim.reservation_method = 'at_confirm' OR claim.reservation_date <= %s, FALSE)",
            fields.Date.today(),
        )

    @api.model
    def _get_positions(self, moves):
        """Return the ranking's Python face: ``{move id: place}``, the first served first, whatever they claim."""
        if not moves:
            return {}
        pegging = self.env["stock.pegging"]
        pegging._flush_pegging()
        rows = self.env.execute_query(
            SQL(
                """
                WITH area AS (%(area)s)
                SELECT id
                  FROM (SELECT claim.id, %(columns)s FROM (%(moves)s) AS claim) AS ranked
              ORDER BY %(order)s
                """,
                area=pegging._get_area_query(),
                columns=self._get_move_columns(),
                moves=pegging._get_open_moves_query(SQL("id = ANY (%s)", moves.ids)),
                order=self._get_order(),
            )
        )
        return {move_id: place for place, (move_id,) in enumerate(rows)}

    @api.model
    def _sort(self, moves):
        """Return *moves* in ranking; those that take nothing from stock come last."""
        positions = self._get_positions(moves)
        return moves.sorted(lambda move: (positions.get(move.id, len(positions)), move.id))
