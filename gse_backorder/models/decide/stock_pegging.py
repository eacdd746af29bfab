from collections import defaultdict
from datetime import datetime

from odoo import api, models
from odoo.tools import SQL

from ... import without_jit
from ..engine.coverage import Coverage
from .taking import Change

# So little that it moves nobody: where a claim would stand is asked by letting it lack as much.
TRACE = 1e-5


class StockPegging(models.AbstractModel):
    """Two runs of pegging on one snapshot, as it is and as something supposed would make it, and their difference."""

    _inherit = "stock.pegging"

    @api.model
    def _get_taking_changes(self, product, taking):
        """Return ``{move id: Change}`` of the claims on *product* that are covered otherwise if *taking* is done."""
        self._flush_pegging()
        parts = ("now", "expected", "uncovered", "overdue")
        columns = [f"{side}_{part}" for side in ("before", "after") for part in (*parts, "date")]
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT id, %(columns)s
                  FROM (%(before)s) AS before
             FULL JOIN (%(after)s) AS after USING (id)
                 WHERE (%(before_columns)s) IS DISTINCT FROM (%(after_columns)s)
                """,
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                before_columns=SQL(", ").join(map(SQL.identifier, columns[:5])),
                after_columns=SQL(", ").join(map(SQL.identifier, columns[5:])),
                before=self._get_answers_sql(product, columns[:5]),
                after=taking.carry(self)._get_answers_sql(product, columns[5:]),
            ),
        )
        return {
            move_id: Change(self._read_answer(answers[:5]), self._read_answer(answers[5:]))
            for move_id, *answers in rows
        }

    @api.model
    def _get_answers_sql(self, product, names):
        """Return how each claim on *product* is covered: SQL of the columns id, and those of the *names*."""
        return SQL(
            "SELECT id, now AS %s, expected AS %s, uncovered AS %s, overdue AS %s, expected_date AS %s"
            " FROM (%s) AS answer",
            *map(SQL.identifier, names),
            self._get_pegging_sql(product, SQL("TRUE")),
        )

    @api.model
    def _read_answer(self, columns):
        now, expected, uncovered, overdue, date = columns
        return Coverage(now or 0.0, expected or 0.0, uncovered or 0.0, date, overdue or 0.0)

    @api.model
    def _get_steps(self, product, covered):
        """Return ``{move id: [(date, quantity)]}`` of what claims lack: when each part of it is there.

        :param covered: ``{move id: Coverage}`` of these claims; what is there has the least date, what has none the
            greatest
        """
        steps = defaultdict(list)
        self._flush_pegging()
        for move_id, quantity, date in without_jit.execute_query(
            self.env,
            SQL(
                "SELECT claim_id, quantity, date FROM (%s) AS link (claim_id, supply_id, quantity, date, due)"
                " WHERE claim_id = ANY (%s)",
                self._get_link_sql(product, ()),
                list(covered),
            ),
        ):
            steps[move_id].append((date or datetime.max, quantity))
        for move_id, coverage in covered.items():
            steps[move_id] += [(datetime.min, coverage.now), (datetime.max, coverage.uncovered)]
        return steps

    @api.model
    def _get_standings(self, moves, taking):
        """Return ``{move id: quantity}`` of what all those lack who come before each of *moves*, of one product.

        :param taking: lets each of *moves* lack at least ``TRACE``
        """
        self._flush_pegging()
        asking = taking.carry(self)
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH %s
                SELECT id, MAX(cumulative_shortage)::float
                  FROM matched
                 WHERE id = ANY (%s)
              GROUP BY id
                """,
                asking._get_matched_parts_sql(
                    moves.product_id, asking.env["stock.ranking"]._get_claims_sql(moves.product_id)
                ),
                moves.ids,
            ),
        )
        return dict(rows)
