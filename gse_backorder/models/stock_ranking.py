from odoo import api, fields, models
from odoo.tools import SQL

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

        The id breaks every tie: a ranking is total.
        """
        return SQL(
            "is_later, rank_class, rank_size, rank_deadline NULLS LAST, ordered_date NULLS LAST, id NULLS LAST"
        )

    @api.model
    def _get_columns(self, priority, deadline, ordered_date, size, is_later):
        """Return the columns that a claim is ranked by, as SQL; ``area`` must be joined.

        Whoever may not be reserved yet comes after all who may. Then it is the warehouse's policy that decides:
        ``priority``: the urgent star, the deadline, when the customer ordered. ``first_ordered``: when the customer
        ordered. ``deadline``: the deadline, when the customer ordered. ``complete_orders``: whose delivery lacks
        least, so that the most deliveries are completed; but whoever waits for longer than the guard comes first.

        :param SQL size: how much the claim's whole delivery lacks; evaluated under ``complete_orders`` only
        """
        return SQL(
            """
            %(is_later)s AS is_later,
            CASE area.policy
                 WHEN 'priority' THEN (COALESCE(%(priority)s, '0') = '0')::int
                 WHEN 'complete_orders' THEN (COALESCE(%(ordered_date)s, %(now)s) >= area.guard_date)::int
                 ELSE 0
            END AS rank_class,
            CASE WHEN area.policy = 'complete_orders' AND COALESCE(%(ordered_date)s, %(now)s) >= area.guard_date
                 THEN %(size)s
                 ELSE 0
            END AS rank_size,
            CASE WHEN area.policy IN ('priority', 'deadline') THEN %(deadline)s END AS rank_deadline,
            %(ordered_date)s AS ordered_date
            """,
            priority=priority,
            deadline=deadline,
            ordered_date=ordered_date,
            size=size,
            is_later=is_later,
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_policy_columns(self):
        """Return the policy and the guard of ``warehouse`` as SQL columns of an area."""
        return SQL(
            """
            COALESCE(warehouse.allocation_policy, %(policy)s) AS policy,
            %(now)s - COALESCE(warehouse.allocation_guard_days, 0) * interval '1 day' AS guard_date
            """,
            policy=DEFAULT_POLICY,
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_move_columns(self):
        """Return the columns that an open ``move`` is ranked by; ``area`` and ``type`` (left) must be joined."""
        return self._get_columns(
            priority=SQL("move.priority"),
            deadline=SQL("move.date_deadline"),
            ordered_date=SQL("move.ordered_date"),
            size=SQL(
                """
                COALESCE((
                    SELECT SUM(line.product_qty * GREATEST(0, 1 - line.quantity / NULLIF(line.product_uom_qty, 0)))
                      FROM stock_move AS line
                     WHERE line.picking_id = move.picking_id
                       AND line.state NOT IN ('draft', 'done', 'cancel')
                ), move.product_qty)
                """
            ),
            is_later=SQL("(NOT %s)::int", self._get_reservable()),
        )

    @api.model
    def _get_reservable(self):
        """Return whether the day has come to reserve ``move``, whose ``type`` is joined, as SQL."""
        return SQL(
            "COALESCE(type.reservation_method = 'at_confirm' OR move.reservation_date <= %s, FALSE)",
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
                  FROM (
                      SELECT move.id, %(columns)s
                        FROM stock_move AS move
                        JOIN area ON area.location_id = move.location_id
                   LEFT JOIN stock_picking_type AS type ON type.id = move.picking_type_id
                       WHERE move.id = ANY (%(move_ids)s)
                  ) AS claim
              ORDER BY %(order)s
                """,
                area=pegging._get_area_query(),
                columns=self._get_move_columns(),
                move_ids=moves.ids,
                order=self._get_order(),
            )
        )
        return {move_id: place for place, (move_id,) in enumerate(rows)}

    @api.model
    def _sort(self, moves):
        """Return *moves* in ranking; those that take nothing from stock come last."""
        positions = self._get_positions(moves)
        return moves.sorted(lambda move: (positions.get(move.id, len(positions)), move.id))
