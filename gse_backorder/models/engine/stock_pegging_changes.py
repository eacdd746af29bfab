from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ... import without_jit
from ..chain.quantity import get_digits
from .coverage import NOISE, Coverage

# What is compared of a claim in both matches; beside these, the date of what is expected.
QUANTITIES = ("now", "expected", "uncovered", "overdue")


class StockPegging(models.AbstractModel):
    """What a scenario changes: two matches of one snapshot, and where they differ."""

    _inherit = "stock.pegging"

    @api.model
    def _get_changes(self, scenario, products):
        """Return how the claims are covered that are covered otherwise under *scenario*, before and after.

        Of several steps it is told of the last one, for which the others are. What is dropped is not told of.

        :param products: those of which something may change
        :return: ``{move id: (Coverage, Coverage)}``, in the products' units, with what is reserved
        """
        pegged = self._compare(scenario, products.filtered("is_storable"))
        shown = self._get_affected(scenario, pegged, products)
        plain = shown.filtered(lambda move: move.id in pegged)
        plain.fetch(["product_qty"])
        result = {move.id: self._add_reserved(move, pegged[move.id]) for move in plain}
        chained = shown - plain
        before, after = (
            model._get_coverage(chained.with_env(model.env))[0] if chained else {}
            for model in (self, scenario.carry(self))
        )
        now = fields.Datetime.now()
        for move in chained:
            if self._is_other(before[move.id], after[move.id], now):
                result[move.id] = before[move.id], after[move.id]
        return result

    @api.model
    def _add_reserved(self, move, values):
        """Return the coverages, before and after, of what *move* lacks and of what it has reserved, which is its own.

        :param values: see :meth:`_compare`
        """
        digits, size = get_digits(self.env), len(values) // 2
        coverages = self._read_coverage(*values[:size]), self._read_coverage(*values[size:])
        reserved = max(0.0, move.product_qty - coverages[0].total)
        return tuple(replace(coverage, now=coverage.now + reserved).clean(digits) for coverage in coverages)

    @api.model
    def _read_coverage(self, expected_date, *quantities):
        quantities = (quantity or 0.0 for quantity in quantities)
        return Coverage(expected_date=expected_date, **dict(zip(QUANTITIES, quantities, strict=True)))

    @api.model
    def _is_other(self, before, after, now):
        """Whether two coverages of a claim differ; *now* is after both: what is expected today comes now, for both."""
        dates = [coverage.get_promise_date(now) for coverage in (before, after)]
        if dates[0] != dates[1] and not (all(dates) and max(dates) <= now):
            return True
        parts = ("now", "expected", "overdue", "uncovered")
        return any(abs(getattr(before, part) - getattr(after, part)) > NOISE for part in parts)

    @api.model
    def _compare(self, scenario, products):
        """Match claims with supply as it is and under *scenario*, in one query.

        :return: ``{move id: values}`` of what those claims lack that are covered otherwise: the date and the quantities
            of what covers them before, then those after; None for no date and for nothing
        """
        if not products:
            return {}
        scenario.carry(self)._flush_pegging()
        rows = without_jit.execute_query(self.env, self._get_comparison_sql(scenario, products))
        return {row[0]: row[1:] for row in rows}

    @api.model
    def _get_comparison_sql(self, scenario, products):
        """Return the query behind :meth:`_compare`: only what differs comes back.

        What is expected today comes now, and the second match is made a moment after the first: what is past is now
        for both. What is dropped is a claim of the first one only. Most quantities are nothing, which is fetched as
        NULL: that costs the least, and there may be as many rows as claims.
        """
        before, after = (
            model._get_pegging_sql(products, SQL("id != ALL (%s)", list(scenario.dropped)))
            for model in (self, scenario.carry(self))
        )
        return SQL(
            """
            SELECT before.id, %(columns)s
              FROM (%(before)s) AS before
              JOIN (%(after)s) AS after ON after.id = before.id
             WHERE ABS(after.expected - before.expected) > %(noise)s
                OR ABS(after.uncovered - before.uncovered) > %(noise)s
                OR ABS(after.overdue - before.overdue) > %(noise)s
                OR GREATEST(after.expected_date, %(now)s) != GREATEST(before.expected_date, %(now)s)
            """,
            before=before,
            after=after,
            columns=SQL(", ").join(
                SQL("%s, %s", SQL.identifier(side, "expected_date"), self._get_quantities_sql(side))
                for side in ("before", "after")
            ),
            now=fields.Datetime.now(),
            noise=NOISE,
        )

    @api.model
    def _get_quantities_sql(self, side):
        return SQL(", ").join(SQL("NULLIF(%s, 0)", SQL.identifier(side, name)) for name in QUANTITIES)

    @api.model
    def _get_affected(self, scenario, pegged, products):
        """Return the open moves of which there is something to be told, where claims are covered otherwise.

        These are the last ones for which the claims are; and what no match tells of: what waits for a changed move
        alone, and those who share with others what comes before them.

        :param pegged: ids of the claims that are covered otherwise
        """
        rows = without_jit.execute_query(self.env, self._get_affected_sql(scenario, pegged, products))
        moves = self.env["stock.move"].browse(move_id for move_id, is_followed in rows if not is_followed)
        followed = moves.browse(move_id for move_id, is_followed in rows if is_followed)
        # What is affected does not depend on who asks: who may be told of it, higher rooms know.
        last = followed.sudo().filtered(lambda move: move._is_bound_for_customer()).sudo(False)
        others = moves.filtered(lambda move: move.id not in pegged).sudo()
        idle = others.filtered(lambda move: not move._has_open_goods()).sudo(False)
        return (moves - idle) | last

    @api.model
    def _get_affected_sql(self, scenario, pegged, products):
        """Return the query of what is affected: SQL of the columns id and is_followed, by an open move."""
        return SQL(
            """
            WITH RECURSIVE affected AS (
                SELECT id
                  FROM unnest(%(move_ids)s::int[]) AS changed (id)
                 UNION
                SELECT rival.move_dest_id
                  FROM (%(rivals)s) AS changed
                  JOIN stock_move_move_rel AS link ON link.move_dest_id = changed.id
                  JOIN stock_move_move_rel AS rival ON rival.move_orig_id = link.move_orig_id
                 UNION
                SELECT link.move_dest_id
                  FROM affected
                  JOIN stock_move_move_rel AS link ON link.move_orig_id = affected.id
            )
            SELECT affected.id, EXISTS (
                       SELECT 1
                         FROM stock_move_move_rel AS link
                         JOIN %(moves)s AS following ON following.id = link.move_dest_id
                        WHERE link.move_orig_id = affected.id
                          AND following.state NOT IN ('draft', 'done', 'cancel'))
              FROM affected
              JOIN %(moves)s AS move ON move.id = affected.id
             WHERE move.state NOT IN ('draft', 'done', 'cancel')
          ORDER BY affected.id
            """,
            moves=scenario.get_moves_sql(),
            move_ids=[*pegged, *scenario.supplies],
            rivals=self._get_rivals_sql(scenario, products),
        )

    @api.model
    def _get_rivals_sql(self, scenario, products):
        """The moves that may have another place among those who share with them what comes before."""
        changed = SQL("SELECT id FROM unnest(%s::int[]) AS changed (id)", [*scenario.claims, *scenario.dropped])
        if not scenario.warehouses:
            return changed
        return SQL(
            """
            %s UNION ALL
            SELECT id
              FROM stock_move
             WHERE product_id = ANY (%s)
               AND (state IN ('waiting', 'partially_available')
                    OR state = 'confirmed' AND procure_method IS DISTINCT FROM 'make_to_stock')
            """,
            changed,
            products.ids,
        )
