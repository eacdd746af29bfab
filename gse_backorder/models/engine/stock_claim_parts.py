from itertools import pairwise
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .coverage import NOISE


class PartKind(NamedTuple):
    """A part of a claim that ranks before all that has none: what was promised to it, say, and is kept."""

    name: str
    end: SQL  # up to where on the whole line it reaches, in the product's unit, over move and area; may be NULL
    date: SQL  # by which the parts of this kind are ranked among each other, over move


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
    def _get_in_parts_sql(self, open_moves):
        """The moves of :meth:`_get_open_moves_sql`, a row for each part of what they lack.

        :return: SQL of their columns, and of part (its kind, from 0 on; the rest is behind all kinds), part_quantity
            (in the product's unit) and part_date
        """
        last = len(self._get_part_kinds())
        ends = [SQL("0"), *(SQL.identifier(f"end_{index}") for index in range(last)), SQL("lacking")]
        lengths = [SQL("%s - %s", end, start) for start, end in pairwise(ends)]
        return SQL(
            """
            SELECT line.*, part.part, %(quantity)s AS part_quantity, %(date)s AS part_date
              FROM (%(lines)s) AS line
              JOIN (VALUES %(parts)s) AS part (part) ON %(quantity)s > %(noise)s
            """,
            lines=self._get_ends_sql(open_moves),
            parts=SQL(", ").join(SQL("(%s)", index) for index in range(last + 1)),
            quantity=self._choose_by_part(lengths),
            date=self._choose_by_part([*(SQL.identifier(f"date_{index}") for index in range(last)), SQL("NULL")]),
            noise=NOISE,
        )

    @api.model
    def _get_first_parts_sql(self, open_moves):
        """The moves of :meth:`_get_open_moves_sql`, with the columns part and part_date of what they lack first."""
        last = len(self._get_part_kinds())
        if not last:
            return open_moves
        return SQL(
            """
            SELECT first.*, %(date)s AS part_date
              FROM (SELECT line.*, CASE %(first)s ELSE %(last)s END AS part FROM (%(lines)s) AS line) AS first
            """,
            lines=self._get_ends_sql(open_moves),
            first=SQL(" ").join(
                SQL("WHEN %s > %s THEN %s", SQL.identifier(f"end_{index}"), NOISE, index) for index in range(last)
            ),
            last=last,
            date=self._choose_by_part([*(SQL.identifier(f"date_{index}") for index in range(last)), SQL("NULL")]),
        )

    @api.model
    def _get_ends_sql(self, open_moves):
        """The moves of :meth:`_get_open_moves_sql`, with where each part ends on what they lack, from end_0 on."""
        raw_ends = [SQL.identifier(f"raw_end_{index}") for index in range(len(self._get_part_kinds()))]
        return SQL(
            """
            SELECT *, %s
              FROM (%s) AS line
            OFFSET 0
            """,
            SQL(", ").join(
                SQL(
                    "LEAST(lacking, GREATEST(0, GREATEST(%s) - size + lacking)) AS %s",
                    SQL(", ").join(raw_ends[: index + 1]),
                    SQL.identifier(f"end_{index}"),
                )
                for index in range(len(raw_ends))
            ),
            open_moves,
        )

    @api.model
    def _choose_by_part(self, values):
        """Return SQL of that one of *values*, SQL too, that belongs to the ``part``: the last one to the rest."""
        *kinds, rest = values
        whens = SQL(" ").join(SQL("WHEN %s THEN %s", index, value) for index, value in enumerate(kinds))
        return SQL("CASE part %s ELSE %s END", whens, rest)

    @api.model
    def _get_part_columns_sql(self):
        """Return what :meth:`_get_ends_sql` needs to know of ``move``, to be added to other columns; without kinds, the
        rest is all that there is.
        """
        if not self._get_part_kinds():
            return SQL(", 0 AS part")
        return SQL().join(
            SQL(
                ", (%s)::float AS %s, %s AS %s",
                self._get_end_sql(kind),
                SQL.identifier(f"raw_end_{index}"),
                kind.date,
                SQL.identifier(f"date_{index}"),
            )
            for index, kind in enumerate(self._get_part_kinds())
        )
