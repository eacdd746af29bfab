from odoo import api, fields, models
from odoo.tools import SQL

from ..chain.engine_facts import as_facts
from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_latest


class StockMove(models.Model):
    """What of a line was promised and is kept for it: it ranks by that before all that is not promised.

    Written once, when a part of the line has a date for the first time, and only where the ranking has given it: not a
    star, nor *Check availability*. What is split off, follows it or remains of it inherits its part.
    """

    _inherit = "stock.move"

    kept_quantity = fields.Float(
        string="Kept",
        digits="Product Unit",
        copy=False,
        readonly=True,
        aggregator=None,
        groups="base.group_user",
        fact=True,
        help="How much of the line is kept for it by the date that it was promised, in the product's unit.",
    )
    kept_date = fields.Datetime(
        string="Kept For",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="The later of what the line was promised and its deadline then, or the date that was agreed with the"
        " customer since. What is kept comes by it, unless supply comes later or less, goods are lost, or somebody"
        " takes them for an urgent order.",
    )
    slip_day = fields.Date(
        copy=False,
        readonly=True,
        index="btree_not_null",
        groups="base.group_user",
        fact=True,
        help="Technical: for which day it was logged last that what is kept comes later.",
    )
    kept_day = fields.Date(
        string="Kept Until",
        compute="_compute_kept_day",
        groups="base.group_user",
        help="The day by which what is kept comes, by the calendar of the warehouse.",
    )

    # All that is kept is followed every few minutes.
    _kept_index = models.Index(
        "(product_id) WHERE kept_date IS NOT NULL AND state IN ('waiting', 'confirmed', 'partially_available')"
    )
    # Most lines are kept as a whole: whether there is another is asked at each match.
    _kept_in_part_index = models.Index(
        "(product_id) WHERE kept_quantity > 0 AND kept_quantity < product_qty"
        " AND state IN ('waiting', 'confirmed', 'partially_available')"
    )

    @api.depends("kept_date")
    def _compute_kept_day(self):
        for move in self:
            move.kept_day = move._get_day(move.kept_date)

    # ---- what is kept ----------------------------------------------------

    def _keep_promises(self, coverages=None):
        """Write down what of these lines has a date now, where nothing is kept for them yet.

        :param coverages: ``{id: Coverage}`` of those of which it is known already, in the products' units
        """
        lines = self._filtered_to_keep()
        groups = {line: line._get_promised_together() for line in lines}
        others = lines.union(*groups.values()) - lines  # each of these may have waited for the last one to get a date
        groups.update({other: other._get_promised_together() for other in others._filtered_to_keep()})
        if not groups:
            return
        known = dict(coverages or {})
        unknown = lines.union(*groups, *groups.values()).filtered(lambda move: move.id not in known)
        known.update(unknown._get_product_coverage())
        parts = {line: line._get_kept_part(known, line | together) for line, together in groups.items()}
        self._write_kept({line: part for line, part in parts.items() if part})

    def _filtered_to_keep(self):
        """Return the lines for which nothing is kept yet and something may be: they take goods out of a stock where
        promises are kept, for a customer in the end, and the ranking decides on them, not a star.
        """
        if not self.env["stock.warehouse"]._is_any_keeping():
            return self.browse()
        # Whether promises are kept does not depend on who confirms, nor on which warehouses he may open.
        lines = self.sudo()._origin.filtered(
            lambda move: (
                not move.kept_date
                and move.state not in ("draft", *CLOSED_STATES)
                and not move.is_held
                and move._is_claim()
                and move._get_claimed_warehouse().keep_promises
                and not move._is_urgent()
                and move._serves_customer()
            )
        )
        return lines - lines._filtered_reserved_by_hand()

    def _filtered_reserved_by_hand(self):
        """Return the lines that hold what somebody has reserved for them, and not the ranking."""
        reserved = self.filtered("quantity")
        if not reserved:
            return reserved
        manual = [("move_id", "in", reserved.ids), ("cause", "=", "manual"), ("quantity", ">", 0)]
        return reserved & self.env["stock.backorder.allocation"].search(manual).move_id

    def _get_claimed_warehouse(self):
        """Return the warehouse whose goods the line takes, and by whose policy it is ranked."""
        return self.location_id.stock_area_id.warehouse_id

    def _is_urgent(self):
        """Whether the star counts for the line; the ranking has the same in SQL."""
        return self._get_claimed_warehouse().allocation_policy == "priority" and self.priority == "1"

    def _serves_customer(self):
        """Whether a customer waits for the goods, at the end of any number of steps."""
        return self._goes_to_customer() or any(
            step._is_open_for_customer() for step in self.browse(self._rollup_move_dests())
        )

    def _get_promised_together(self):
        """Return the other open lines with which this one ships, or makes a kit."""
        together = self.picking_id.move_ids if self.picking_id.move_type == "one" else self.browse()
        sold = self.sale_line_id
        if sold and sold.product_id != self.product_id:
            parts = sold.move_ids.filtered(lambda move: move.product_id != sold.product_id)
            together |= parts.filtered(lambda move: move.location_id == self.location_id)
        return together._filtered_open() - self

    def _get_kept_part(self, coverages, together):
        """Return ``(quantity, date)`` of what is kept for the line: what has a date, by that, or by its deadline if it
        is later; None where nothing has. Of what comes together, it is all by the latest date, or nothing.

        :param coverages: ``{id: Coverage}`` of the lines *together*, in the products' units
        :param together: the line, and those with which it ships or makes a kit
        """
        now = fields.Datetime.now()
        own = coverages.get(self.id)
        if not own:
            return None
        quantity, date = own.now + own.dated, (own.has("dated") and own.expected_date) or now
        if len(together) > 1 or self.picking_id.move_type == "one":
            date = get_latest([coverages[part.id].get_promise_date(now) for part in together if part.id in coverages])
        if not date or self.product_id.uom_id.compare(quantity, 0) <= 0:
            return None
        return quantity, max(date, self.date_deadline or date)

    def _write_kept(self, parts):
        """Write what is kept in one query, ``{move: (quantity, date)}``: where an order is promised, it is many."""
        if not parts:
            return
        moves = self.browse().union(*parts)
        moves.flush_recordset(["kept_date", "kept_quantity"])
        quantities, dates = zip(*parts.values(), strict=True)
        self.env.execute_query(
            SQL(
                """
                UPDATE stock_move
                   SET kept_quantity = kept.quantity, kept_date = kept.date
                  FROM unnest(%s::int[], %s::float[], %s::timestamp[]) AS kept (id, quantity, date)
                 WHERE kept.id = stock_move.id
             RETURNING stock_move.id
                """,
                [move.id for move in parts],
                list(quantities),
                list(dates),
            )
        )
        moves.invalidate_recordset(["kept_date", "kept_quantity"], flush=False)

    def _keep_agreed(self, date):
        """Keep all of these lines that has a date by *date*, which was agreed with the customer, and no earlier one.

        So it is for the steps before them. What a step fetches for others, too, is kept for no later day than it was.
        """
        lines = self.sudo()._filtered_open().filtered(lambda move: move._is_claim() and move._serves_customer())
        steps = lines.browse(lines._rollup_move_origs())._filtered_open().filtered(lambda move: move._is_claim())
        own = lines | lines._get_own_steps()
        coverages = (lines | steps)._get_product_coverage()
        parts = {
            line: (
                max(line._get_dated_by(date, coverages[line.id]), line.kept_quantity),
                date if line in own else min(date, line.kept_date or date),
            )
            for line in lines | steps
            if line.id in coverages
        }
        self._write_kept({line: part for line, part in parts.items() if line.product_id.uom_id.compare(part[0], 0) > 0})

    def _get_dated_by(self, date, coverage):
        """Return how much of the line can ship by *date*, in the product's unit, of its *coverage*."""
        is_in_time = coverage.has("dated") and coverage.expected_date <= date
        return coverage.now + (coverage.dated if is_in_time else 0.0)

    # ---- who inherits it -------------------------------------------------

    def _prepare_kept(self, quantity, after=0.0):
        """Return as facts what of the line's part another one of *quantity* takes with it.

        :param after: how much of the line, in the product's unit too, comes before it
        """
        kept = max(0.0, min(quantity, self.kept_quantity - after))
        return as_facts({"kept_quantity": kept, "kept_date": self.kept_date if kept else False})

    def _prepare_move_split_vals(self, qty):
        """What stays has its part first; what is split off has the rest of it."""
        stays, leaves = self._get_split_parts(qty)
        return {**super()._prepare_move_split_vals(qty), **self._prepare_kept(leaves, after=stays)}

    def _merge_moves_fields(self):
        """Lines that become one keep what was kept for each, by the latest date."""
        values, kept = super()._merge_moves_fields(), self.filtered("kept_date")
        if kept:
            latest = max(kept.mapped("kept_date"))
            values.update(as_facts({"kept_quantity": sum(kept.mapped("kept_quantity")), "kept_date": latest}))
        return values

    def write(self, vals):
        """A line never keeps more than it wants, and what it is raised by afterwards is not kept."""
        result = super().write(vals)
        if self._changes_demand(vals):
            lowered = self.filtered(lambda move: move.kept_quantity > move.product_qty)
            for quantity, moves in lowered.grouped("product_qty").items():
                moves._write_facts({"kept_quantity": quantity})
        return result
