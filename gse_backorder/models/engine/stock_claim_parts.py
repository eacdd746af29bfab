from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .coverage import NOISE


class PartKind(NamedTuple):
    """A part of a claim that ranks before all that has none: what was promised to it, say, and is kept."""

    name: str
    end: SQL  # up to where on the whole line it reaches, in the product's unit, over move and area; may be NULL
    date: SQL  # by which the parts of this kind are ranked among each other, over move
    may_split: SQL  # whether a line may be in this part and in others, over stock_move; an index has the same


class StockClaim(models.AbstractModel):
    """A claim in parts, some of which rank before all that has none."""

    _inherit = "stock.claim"

    @api.model
    def _get_part_kinds(self):
        """Return by which parts claims are ranked, a list of :class:`PartKind`, those first that rank first.

        A line is laid out from its first unit: what is reserved uses up the first ones. A part of a kind reaches from
        where the one before it ends up to its own end; what is behind all of them is the rest, which ranks as all
        claims do that have no part. None here; where there are none, nothing is asked for them.
        """
        return []

    @api.model
    def _get_end_sql(self, kind):
        """Return where the part of a *kind* ends on ``move``, as SQL; see :class:`PartKind`."""
        return kind.end

    @api.model
    def _get_is_part_sql(self):
        """Return whether ``claim`` is a part that ranks before the rest, as SQL."""
        return SQL("claim.part < %s", len(self._get_part_kinds()))

    @api.model
    def _get_may_split_sql(self):
        """Return whether a row of ``stock_move`` may be in several parts, as SQL: indexes have the same."""
        return SQL("(%s)", SQL(" OR ").join(kind.may_split for kind in self._get_part_kinds()))

    @api.model
    def _is_any_in_parts(self, products):
        """Whether a claim on *products* may be in several parts. Most are in one: then there is nothing to split, and
        nothing to sum up again.
        """
        if not self._get_part_kinds():
            return False
        self._flush()
        may_split = self._get_may_split_sql()
        exists = SQL("EXISTS (SELECT FROM stock_move WHERE product_id = ANY (%s) AND %s)", products.ids, may_split)
        [(is_any,)] = self.env.execute_query(SQL("SELECT %s", exists))
        return is_any

    @api.model
    def _get_in_parts_sql(self, condition):
        """The moves of :meth:`_get_open_moves_sql`, a row for each part of what they lack.

        Most are in one part: what is behind the first one is asked only of those that may have more.

        :return: SQL of their columns, and of part (its kind, from 0 on; the rest is behind all kinds), part_quantity
            (in the product's unit), part_date, and whether the part is_all that they lack
        """
        last = len(self._get_part_kinds())
        return SQL(
            """
            SELECT *, %(quantity)s AS part_quantity, %(date)s AS part_date, part = %(last_part)s AS is_all
              FROM (SELECT *, %(first_part)s AS part FROM (%(lines)s) AS line) AS first
         UNION ALL
            SELECT *, %(quantity)s, %(date)s, FALSE
              FROM (
                  SELECT line.*, further.part
                    FROM (%(split_lines)s) AS line
                    JOIN (VALUES %(further)s) AS further (part) ON further.part > %(first_part)s
              ) AS further
             WHERE %(quantity)s > %(noise)s
            """,
            lines=self._get_open_moves_sql(condition),
            split_lines=self._get_open_moves_sql(SQL("%s AND %s", condition, self._get_may_split_sql())),
            first_part=self._find_part_sql(range(last), last),
            last_part=self._find_part_sql(range(last, 0, -1), 0),
            further=SQL(", ").join(SQL("(%s)", part) for part in range(1, last + 1)),
            quantity=self._choose_by_part([self._get_length_sql(part) for part in range(last + 1)]),
            date=self._get_part_date_sql(),
            noise=NOISE,
        )

    @api.model
    def _get_first_parts_sql(self, condition):
        """The moves of :meth:`_get_open_moves_sql`, with the columns part and part_date of what they lack first."""
        last, open_moves = len(self._get_part_kinds()), self._get_open_moves_sql(condition)
        if not last:
            return open_moves
        return SQL(
            """
            SELECT *, %(date)s AS part_date, TRUE AS is_all
              FROM (SELECT *, %(first)s AS part FROM (%(lines)s) AS line) AS first
            """,
            lines=open_moves,
            first=self._find_part_sql(range(last), last),
            date=self._get_part_date_sql(),
        )

    @api.model
    def _get_wanted_parts_sql(self, condition):
        """The moves of :meth:`_get_open_moves_sql`, a row for each part of all that they want, reserved or not.

        :return: SQL of the columns of :meth:`_get_in_parts_sql`
        """
        kinds, lines = len(self._get_part_kinds()), self._get_open_moves_sql(condition, are_empty=True)
        if not kinds:
            return SQL(
                "SELECT *, lacking AS part_quantity, NULL::timestamp AS part_date, TRUE AS is_all FROM (%s) AS line",
                lines,
            )
        return SQL(
            """
            SELECT *, %(quantity)s AS part_quantity, %(date)s AS part_date, FALSE AS is_all
              FROM (
                  SELECT line.*, kind.part FROM (%(lines)s) AS line CROSS JOIN (VALUES %(parts)s) AS kind (part)
              ) AS part
             WHERE %(quantity)s > %(noise)s
            """,
            lines=lines,
            parts=SQL(", ").join(SQL("(%s)", part) for part in range(1 + kinds)),
            quantity=self._choose_by_part([self._get_length_sql(part) for part in range(1 + kinds)]),
            date=self._get_part_date_sql(),
            noise=NOISE,
        )

    @api.model
    def _get_length_sql(self, part):
        """Return how much of what a move lacks is in a *part* of it, over its columns from end_0 on, as SQL."""
        last = len(self._get_part_kinds())
        end = SQL.identifier(f"end_{part}") if part < last else SQL("lacking")
        return SQL("%s - %s", end, SQL.identifier(f"end_{part - 1}")) if part else end

    @api.model
    def _find_part_sql(self, parts, else_part):
        """Return the first one of *parts* of a move in which there is something; where there is none, *else_part*."""
        whens = (SQL("WHEN %s > %s THEN %s", self._get_length_sql(part), NOISE, part) for part in parts)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(whens), else_part)

    @api.model
    def _get_part_date_sql(self):
        """Return by which date the ``part`` of a move is ranked among those of its kind, as SQL."""
        dates = (SQL.identifier(f"date_{index}") for index in range(len(self._get_part_kinds())))
        return self._choose_by_part([*dates, SQL("NULL")])

    @api.model
    def _choose_by_part(self, values):
        """Return SQL of that one of *values*, SQL too, that belongs to the ``part``: the last one to the rest."""
        *kinds, rest = values
        whens = SQL(" ").join(SQL("WHEN %s THEN %s", index, value) for index, value in enumerate(kinds))
        return SQL("CASE part %s ELSE %s END", whens, rest)

    @api.model
    def _get_part_columns_sql(self, lacking):
        """Return where each part of ``move`` ends on what it lacks, from end_0 on, and the dates of the parts, to be
        added to other columns; without kinds, the rest is all that there is.
        """
        kinds = self._get_part_kinds()
        if not kinds:
            return SQL(", 0 AS part")
        ends = [self._get_end_sql(kind) for kind in kinds]
        return SQL().join(
            SQL(
                ", GREATEST(0, %(lacking)s - GREATEST(0, move.size - GREATEST(0, %(ends)s))) AS %(end)s"
                ", %(date)s AS %(named_date)s",
                lacking=lacking,
                ends=SQL(", ").join(ends[: index + 1]),
                end=SQL.identifier(f"end_{index}"),
                date=kind.date,
                named_date=SQL.identifier(f"date_{index}"),
            )
            for index, kind in enumerate(kinds)
        )
