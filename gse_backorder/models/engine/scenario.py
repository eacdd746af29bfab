"""What if? Changes that nobody has made, as rows which the queries of the engine read beside what is stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from odoo.tools import SQL

# Where a scenario travels. Only a Scenario counts there: what a request sends, text and numbers, is ignored.
CONTEXT_KEY = "pegging_scenario"
COLUMN_TYPES = {
    "date": SQL("timestamp"),
    "deadline": SQL("timestamp"),
    "priority": SQL("varchar"),
    "quantity": SQL("float"),
    "reservation_date": SQL("date"),
}
# The columns of a move that a change gives another value.
CLAIM_COLUMNS = {
    "priority": SQL("COALESCE(new_priority, priority)"),
    "date_deadline": SQL("COALESCE(new_deadline, date_deadline)"),
    "reservation_date": SQL("COALESCE(new_reservation_date, reservation_date)"),
}
SUPPLY_COLUMNS = {
    "date": SQL("COALESCE(new_date, date)"),
    "product_qty": SQL("COALESCE(new_quantity, product_qty::float)"),
    "product_uom_qty": SQL("product_uom_qty::float * COALESCE(new_quantity / NULLIF(product_qty::float, 0), 1)"),
}


class ClaimChange(NamedTuple):
    """What is changed of a line that takes goods: what is None remains as it is."""

    priority: str | None = None
    deadline: datetime | None = None
    reservation_date: date | None = None  # from when on it may be reserved


class SupplyChange(NamedTuple):
    """What is changed of a line that brings goods: what is None remains as it is."""

    date: datetime | None = None
    quantity: float | None = None  # in the product's unit; 0 is never


@dataclass(frozen=True, eq=False)
class Scenario:
    """Changes to claims, supplies and warehouses, looked at as if they were made. Nothing is written.

    It travels in the context (:meth:`carry`); where there is none, the queries are those that they are without. What
    it changes are answers of the engine: figures that a record keeps in its cache must not be read under it.
    """

    claims: Mapping[int, ClaimChange] = field(default_factory=dict)  # by ids of moves
    supplies: Mapping[int, SupplyChange] = field(default_factory=dict)  # by ids of moves
    dropped: frozenset = frozenset()  # ids of moves that are as good as cancelled: what they have reserved is free
    warehouses: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)  # {id: {column: value}}
    requests: tuple = ()  # Requests, as if they were confirmed

    @classmethod
    def of(cls, env):
        """Return the scenario that *env* looks at; the one without changes where there is none."""
        scenario = env.context.get(CONTEXT_KEY)
        return scenario if isinstance(scenario, cls) else AS_IT_IS

    def carry(self, records):
        """Return *records*, or a model, in an environment that looks at this scenario."""
        return records.with_context(**{CONTEXT_KEY: self})

    # ---- its Python face -----------------------------------------------------

    def get_date(self, move_id, stored):
        """Return when an incoming move is expected of which *stored* is the date."""
        change = self.supplies.get(move_id)
        return change.date if change and change.date else stored

    def get_quantity(self, move_id, stored):
        """Return what an incoming move brings of which *stored* is the quantity, in the product's unit."""
        change = self.supplies.get(move_id)
        return stored if change is None or change.quantity is None else change.quantity

    def get_given(self, column):
        """Return the values that warehouses get in *column*, a set."""
        return {columns[column] for columns in self.warehouses.values() if column in columns}

    # ---- its rows ------------------------------------------------------------

    def get_moves_sql(self):
        """Return what to read instead of ``stock_move``, to be given an alias: all of it but what is dropped."""
        if not self.dropped:
            return SQL("stock_move")
        return SQL("(SELECT * FROM stock_move WHERE id != ALL (%s))", list(self.dropped))

    def get_claim_source_sql(self):
        """Return the moves of which :meth:`get_claim_column_sql` gives the columns."""
        return self._join_sql(self.claims)

    def get_claim_column_sql(self, name):
        """Return the column *name* of a move that takes goods, as it is ranked by."""
        return self._change_sql(name, CLAIM_COLUMNS) if self.claims else SQL.identifier(name)

    def get_supply_source_sql(self):
        """Return the moves of which :meth:`get_supply_column_sql` gives the columns."""
        return self._join_sql(self.supplies)

    def get_supply_column_sql(self, name):
        """Return the column *name* of a move that brings goods."""
        return self._change_sql(name, SUPPLY_COLUMNS) if self.supplies else SQL.identifier(name)

    @staticmethod
    def _change_sql(name, changed):
        """Return the column *name*; where it is one of *changed*, with what that says of it."""
        column = SQL.identifier(name)
        return SQL("%s AS %s", changed[name], column) if name in changed else column

    def _join_sql(self, changes):
        """Return the moves, each with its row of *changes*, ``{move id: change}``, where there is one."""
        moves = SQL("%s AS stock_move", self.get_moves_sql())
        if not changes:
            return moves
        names = next(iter(changes.values()))._fields
        arrays = [
            SQL("%s::%s[]", list(values), COLUMN_TYPES[name])
            for name, values in zip(names, zip(*changes.values(), strict=True), strict=True)
        ]
        return SQL(
            "%s LEFT JOIN unnest(%s::int[], %s) AS change (changed_id, %s) ON changed_id = stock_move.id",
            moves,
            list(changes),
            SQL(", ").join(arrays),
            SQL(", ").join(SQL.identifier(f"new_{name}") for name in names),
        )

    def get_warehouses_sql(self):
        """Return what to read instead of ``stock_warehouse``, to be given an alias."""
        if not self.warehouses:
            return SQL("stock_warehouse")
        return SQL(
            """
            (SELECT changed.*
               FROM stock_warehouse AS house
          LEFT JOIN jsonb_each(%s::jsonb) AS change ON change.key = house.id::varchar,
                    jsonb_populate_record(house, COALESCE(change.value, '{}')) AS changed)
            """,
            json.dumps({str(warehouse_id): dict(columns) for warehouse_id, columns in self.warehouses.items()}),
        )


AS_IT_IS = Scenario()
