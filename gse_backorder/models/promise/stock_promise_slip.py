from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ... import without_jit
from ..engine.coverage import NOISE

# What is logged where there is no date any more: later than all days.
NO_DAY = date.max
# Up to which entry of the log the causes of slips were read.
READ_UP_TO = "gse_backorder.slips_read_up_to"
# What can move a promise that is kept, the likeliest first where several have happened.
MOVING_CAUSES = ("supply", "ranking", "unreserve", "manual")


class Slip(NamedTuple):
    """A promise that is kept, and comes later all the same."""

    move: Any
    date: Any  # when the last of it comes now; None for no date any more
    is_overdue: bool  # it waits for what should have come


class StockPromiseSlip(models.AbstractModel):
    """What was promised and kept, and comes later all the same: each is logged with what has moved it.

    Supply that comes later or less, goods that are lost, a star, what a person takes: many doors lead there. So the
    kept parts of all claims are looked at, every few minutes, in one query.
    """

    _name = "stock.promise.slip"
    _description = "Promises That Have Moved"

    @api.model
    def _cron_follow_promises(self):
        """Keep what has a date since the last time, and log which promises have moved meanwhile."""
        if not self.env["stock.warehouse"]._is_any_keeping():
            return
        self._keep_new()
        self._log_slips()

    @api.model
    def _keep_new(self):
        """Keep what has got a date by another door than a confirmation: a count, a cancelled order, a setting."""
        products = self.env["stock.claim"]._get_claimed_products(self._get_unkept_product_ids())
        self.env["stock.pegging"]._keep_waiting(products)

    @api.model
    def _get_unkept_product_ids(self):
        """Return the ids of the products of which a line waits for which nothing is kept."""
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT DISTINCT move.product_id
                  FROM stock_move AS move
                 WHERE move.state IN ('waiting', 'confirmed', 'partially_available')
                   AND move.kept_date IS NULL
                """
            ),
        )
        return [product_id for (product_id,) in rows]

    @api.model
    def _log_slips(self):
        """Log each promise that has moved since it was logged last, and forget that of those that are kept again."""
        moved = self._get_slips()
        self._forget_others(moved)
        causes = self._get_causes([slip.move for slip in moved])
        entries, by_day = [], defaultdict(self.env["stock.move"].browse)
        for slip in moved:
            day = slip.move._get_day(slip.date) if slip.date else NO_DAY
            if day != slip.move.slip_day:
                by_day[day] |= slip.move
                values = slip.move._prepare_allocation_values("slip")
                entries.append({**values, **self._describe(slip, causes.get(slip.move))})
        for day, moves in by_day.items():
            moves._write_facts({"slip_day": day})
        # The log is written by what happens, whoever makes it happen.
        self.env["stock.backorder.allocation"].sudo().create(entries)

    @api.model
    def _get_slips(self):
        """Return the kept parts of claims that come later than they were kept for, as a list of :class:`Slip`."""
        moves = self.env["stock.move"]
        rows = without_jit.execute_query(
            self.env, SQL("SELECT DISTINCT product_id FROM stock_move WHERE %s", self._get_kept_sql())
        )
        products = self.env["product.product"].browse(product_id for (product_id,) in rows).filtered("is_storable")
        if not products:
            return []
        pegging = self.env["stock.pegging"]
        pegging._flush_pegging()
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT part.id, part.expected - part.overdue, part.uncovered + part.overdue, part.expected_date,
                       part.overdue > %(noise)s
                  FROM (%(parts)s) AS part
                  JOIN stock_move AS move ON move.id = part.id
                 WHERE part.part = %(kept)s
                   AND (part.uncovered + part.overdue > %(noise)s OR part.expected_date > move.kept_date)
                """,
                parts=pegging._get_pegging_of_parts_sql(
                    products, SQL("id IN (SELECT id FROM stock_move WHERE %s)", self._get_kept_sql())
                ),
                kept=[kind.name for kind in self.env["stock.claim"]._get_part_kinds()].index("kept"),
                noise=NOISE,
            ),
        )
        found = moves.browse(move_id for move_id, *_part in rows)
        links = self._get_dated_links(found)
        slips = []
        for move, (_id, dated, dateless, last_date, is_overdue) in zip(found, rows, strict=True):
            if self._is_told(move, dateless):
                slips.append(Slip(move, None, is_overdue))
            elif self._is_told(move, self._count_late(move, dated, links.get(move.id, ()))):
                slips.append(Slip(move, last_date, False))
        return slips

    @api.model
    def _get_dated_links(self, moves):
        """Return ``{move id: what will serve it of what has a date, by that}``."""
        links = defaultdict(list)
        for link in self.env["stock.pegging"]._get_links(moves.product_id):
            if not link.is_late:
                links[link.claim_id].append(link)
        return {move_id: sorted(own, key=lambda link: link.date) for move_id, own in links.items()}

    @api.model
    def _count_late(self, move, dated, links):
        """Return how much of the kept part of *move*, the first *dated* units of *links*, comes on a later day."""
        late = 0.0
        for link in links:
            quantity = min(dated, link.quantity)
            dated -= quantity
            late += quantity * (move._count_days(move.kept_date, link.date) > 0)
        return late

    @api.model
    def _is_told(self, move, quantity):
        """Whether *quantity*, in the product's unit, is more than what Odoo loses where it rounds to the line's."""
        unit = move.product_uom
        late = move.product_id.uom_id._compute_quantity(quantity, unit, round=False)
        return unit.compare(late, unit.rounding) > 0

    @api.model
    def _get_kept_sql(self):
        """Return whether something is kept for an open line, as SQL over ``stock_move``; an index has the same."""
        return SQL("kept_date IS NOT NULL AND state IN ('waiting', 'confirmed', 'partially_available')")

    @api.model
    def _forget_others(self, slips):
        """Forget the slips of lines whose promise is kept again: another one is a new slip."""
        late = self.env["stock.move"].union(*(slip.move for slip in slips))
        kept = self.env["stock.move"].search([("slip_day", "!=", False), ("id", "not in", late.ids)])
        kept._write_facts({"slip_day": False})

    @api.model
    def _get_moving_causes(self):
        """Return the causes in the log that can move a promise that is kept, the likeliest first."""
        return list(MOVING_CAUSES)

    @api.model
    def _get_causes(self, moves):
        """Return ``{move: entry of the log}`` of what has happened to the stock of each since causes were read last."""
        log, settings = self.env["stock.backorder.allocation"].sudo(), self.env["ir.config_parameter"].sudo()
        moving = self._get_moving_causes()
        read_up_to = int(settings.get_param(READ_UP_TO, 0))
        products = self.env["product.product"].union(*(move.product_id for move in moves))
        entries = log.search([("id", ">", read_up_to), ("product_id", "in", products.ids), ("cause", "in", moving)])
        newest = log.search([], limit=1, order="id desc")
        settings.set_param(READ_UP_TO, newest.id or read_up_to)
        likeliest = entries.sorted(lambda entry: (moving.index(entry.cause), -entry.id))
        by_stock = likeliest.grouped(lambda entry: (entry.product_id, entry.location_id))
        return {
            move: entry
            for move in moves
            for entry in by_stock.get((move.product_id, move.location_id.stock_area_id), entries.browse())[:1]
        }

    @api.model
    def _describe(self, slip, entry):
        """Return the values of a log entry that say for when it was kept, when it comes now, and why."""
        move = slip.move
        kept = move._format_day(move.kept_date)
        if slip.date:
            words = self.env._("Kept for %(kept)s, comes on %(day)s.", kept=kept, day=move._format_day(slip.date))
        else:
            words = self.env._("Kept for %s, has no date any more.", kept)
        return {"note": f"{words} {self._tell_cause(slip, entry)}"}

    @api.model
    def _tell_cause(self, slip, entry):
        if slip.is_overdue:
            return self.env._("What is expected for it is late.")
        if not entry:
            return self.env._("There is less in stock than before.")
        words = [dict(entry._fields["cause"]._description_selection(self.env))[entry.cause]]
        # Out of a stock that several companies share another one's may have moved it: which one, and why, is not ours.
        if not entry.company_id or entry.company_id == slip.move.company_id:
            words = [entry.picking_id.name or "", *words, entry.note or ""]
        return self.env._("Moved by: %s", ", ".join(filter(None, words)))
