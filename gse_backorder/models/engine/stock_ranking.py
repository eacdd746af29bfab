from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ... import without_jit
from .scenario import Scenario

# By these a part of a claim is ranked as the whole is, and by its date where the whole is by its deadline.
OF_ALL_PARTS = ("rank_date", "rank_place")
BY_ITS_DATE = "rank_deadline"
# So many classes are told apart within one kind of part, and no more over all kinds: claims are sorted by few columns.
CLASSES, ALL_CLASSES = 4, 1_000


class StockRanking(models.AbstractModel):
    """The order of claims on a product in one area of a warehouse: the one definition of who comes before whom.

    It decides what a line is promised, what colour it has, and who gets stock that arrives. It is never stored: a
    policy, a star or a deadline that changes, changes it at once.
    """

    _name = "stock.ranking"
    _description = "Order of Claims"

    @api.model
    def _get_criteria(self):
        """Return by what a ``claim`` is ranked, ``[(column, SQL)]``: the first decides, the lowest is served first.

        Where two are equal, the next criterion decides; what is NULL comes last. The last one is another for each
        claim: a ranking is total. They are the same for claims and for quotations, over the columns of
        ``stock.claim._get_open_moves_sql`` and ``_get_demands_sql``.

        Whoever may not be reserved yet comes after all who may. Then it is the warehouse's policy that decides:
        ``priority``: the urgent star, the deadline, when the customer ordered. ``first_ordered``: when the customer
        ordered. ``deadline``: the deadline, when the customer ordered. ``complete_orders``: whose delivery lacks
        least, so that the most deliveries are completed; but whoever waits for longer than the guard comes first.
        Parts of claims that rank before the rest come first of all: see :meth:`_get_criteria_of_parts`.
        """
        is_overdue = SQL("COALESCE(claim.ordered_date < claim.guard_date, FALSE)")
        return [
            (
                "rank_class",
                SQL(
                    """
                    CASE WHEN claim.is_reservable THEN 0 ELSE 2 END
                    + CASE WHEN claim.by_priority THEN (NOT claim.is_urgent)::int
                           WHEN claim.by_size THEN (NOT %s)::int
                           ELSE 0
                      END
                    """,
                    is_overdue,
                ),
            ),
            *self._get_criteria_by_size(is_overdue),
            ("rank_deadline", SQL("CASE WHEN claim.by_deadline THEN claim.date_deadline END")),
            ("rank_date", SQL("claim.ordered_date")),
            ("rank_place", SQL("claim.place")),
            ("rank_tie", SQL("claim.tie")),
        ]

    @api.model
    def _get_criteria_by_size(self, is_overdue):
        """Return the criterion of the policy ``complete_orders``; none where it is nobody's."""
        policies = {
            *self.env["stock.warehouse"]._get_policies().values(),
            *Scenario.of(self.env).get_given("allocation_policy"),
        }
        if "complete_orders" not in policies:
            return []
        size = SQL("CASE WHEN claim.by_size AND NOT %s THEN %s ELSE 0 END", is_overdue, self._get_size_sql())
        return [("rank_size", size)]

    @api.model
    def _get_criteria_of_parts(self):
        """Return the criteria where claims have parts (``stock.claim._get_part_kinds``); else those of the whole.

        The urgent star comes first, where the policy heeds it. Then come the parts, kind by kind: each by its date,
        whatever the policy says, and whether or not it may be reserved yet. Then comes the rest.

        The first criterion is a number below ALL_CLASSES.
        """
        kinds = len(self.env["stock.claim"]._get_part_kinds())
        if not kinds:
            return self._get_criteria()
        part_class = SQL(
            "CASE WHEN claim.is_urgent AND (claim.is_reservable OR claim.part < %s) THEN 0 ELSE 1 + claim.part END",
            kinds,
        )
        (first, whole_class), *criteria, (tie, tie_expression) = self._get_criteria()
        own_class = self._get_of_part_sql(first, whole_class, kinds)
        return [
            (first, SQL("%s * %s + COALESCE(%s, 0)", CLASSES, part_class, own_class)),
            *((name, self._get_of_part_sql(name, expression, kinds)) for name, expression in criteria),
            (tie, SQL("(%s * %s + claim.part) * 2 + claim.is_all::int", tie_expression, 1 + kinds)),
        ]

    @api.model
    def _get_of_part_sql(self, name, expression, kinds):
        """Return by what a part of a ``claim`` is ranked where the whole is by *expression*: a criterion of that name.

        :param kinds: how many kinds of parts there are
        """
        if name in OF_ALL_PARTS:
            return expression
        own = SQL("claim.part_date" if name == BY_ITS_DATE else "NULL")
        return SQL("CASE WHEN claim.is_urgent OR claim.part = %s THEN %s ELSE %s END", kinds, expression, own)

    @api.model
    def _get_columns_sql(self):
        """Return the columns that a ``claim`` is ranked by."""
        return SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name)) for name, expression in self._get_criteria_of_parts()
        )

    @api.model
    def _get_order_sql(self):
        """Return the ranking over these columns, the first served first."""
        return SQL(", ").join(SQL.identifier(name) for name, _expression in self._get_criteria_of_parts())

    @api.model
    def _get_size_sql(self):
        """Return how much the whole delivery of ``claim`` lacks, its lines in their products' units."""
        return SQL(
            """
            COALESCE((
                SELECT SUM(%(lacking)s)
                  FROM %(moves)s AS line
                 WHERE line.picking_id = claim.picking_id
                   AND line.state NOT IN ('draft', 'done', 'cancel')
            ), claim.size)
            """,
            moves=Scenario.of(self.env).get_moves_sql(),
            lacking=self.env["stock.claim"]._get_lacking_sql(SQL("line")),
        )

    @api.model
    def _get_claims_sql(self, products, more=(), condition=None, are_whole=False):
        """The claims on *products*, with what they are ranked by: see ``stock.claim._get_claims_sql``."""
        return self.env["stock.claim"]._get_claims_sql(products, self._get_columns_sql(), more, condition, are_whole)

    @api.model
    def _get_demands_sql(self, demands):
        """The *demands* as rows like those of the claims, with what they are ranked by."""
        return self.env["stock.claim"]._get_demands_sql(demands, self._get_columns_sql())

    @api.model
    def _get_positions(self, moves):
        """Return the ranking's Python face: ``{move id: place}``, the first served first, whatever they claim."""
        if not moves:
            return {}
        claims = self.env["stock.claim"]
        claims._flush()
        first_parts = claims._get_first_parts_sql(SQL("id = ANY (%s)", moves.ids))
        return {move_id: place for place, (move_id,) in enumerate(self._rank(first_parts, SQL("id")))}

    @api.model
    def _get_wanted_parts(self, moves):
        """Return all that *moves* want, reserved or not, in its parts: ``[(move id, quantity)]``, the first served
        first; the quantities are in the product's unit.
        """
        if not moves:
            return []
        claims = self.env["stock.claim"]
        claims._flush()
        parts = claims._get_wanted_parts_sql(SQL("id = ANY (%s)", moves.ids))
        return self._rank(parts, SQL("id, part_quantity"))

    @api.model
    def _get_parts_last_first(self, moves):
        """Return the parts of what *moves* want, reserved or not, the last one first.

        :return: a list of ``(move, quantity before the part)``, see :meth:`_get_wanted_parts`; a move begins with what
            was reserved first
        """
        starts, parts = defaultdict(float), []
        for move_id, quantity in self._get_wanted_parts(moves):
            parts.append((moves.browse(move_id), starts[move_id]))
            starts[move_id] += quantity
        unranked = [(move, 0.0) for move in moves if move.id not in starts]
        return [*unranked, *reversed(parts)]

    @api.model
    def _rank(self, claims, columns):
        """Return these *columns* of *claims*, both SQL, the first served first."""
        return without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH area AS (%(area)s)
                SELECT %(columns)s
                  FROM (SELECT claim.*, %(ranks)s FROM (%(claims)s) AS claim) AS ranked
              ORDER BY %(order)s
                """,
                area=self.env["stock.location"]._get_area_sql(),
                columns=columns,
                ranks=self._get_columns_sql(),
                claims=claims,
                order=self._get_order_sql(),
            ),
        )
