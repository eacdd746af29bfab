from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ... import arguments
from ..chain.engine_facts import as_facts


class StockMove(models.Model):
    """What was taken back for a line: it remembers it, and what is split off it or brought about by it does, too."""

    _inherit = "stock.move"

    taken_quantity = fields.Float(
        string="Taken Back",
        digits="Product Unit",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="How much of the line, from its first unit on, comes before all others but the urgent ones, because it was"
        " taken back for it; in the product's unit.",
    )
    taken_date = fields.Datetime(
        string="Taken Back On",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="Since when the line ranks as one for which something was taken back: the earlier, the sooner it gets what"
        " comes.",
    )
    # Whether there is anything to be asked for, of millions of lines.
    _taken_index = models.Index("(product_id) WHERE taken_quantity > 0")

    can_get_it = fields.Boolean(
        compute="_compute_can_get_it",
        groups="base.group_user",
        help="The line waits for goods that others have, or are promised: some of it can be taken back for it.",
    )

    @api.depends("is_held", "state", "qty_short")
    def _compute_can_get_it(self):
        waiting = self.filtered(lambda move: move.state in ("waiting", "confirmed", "partially_available"))
        for move in self:
            move.can_get_it = move in waiting and move.qty_short > 0 and not move.is_held

    @arguments.public(single=True)
    def action_get_it(self):
        """Open what can be taken back for the line, from whom, and whom it hurts.

        :raise UserError: if the line lacks nothing that could be taken back
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["stock.take.back"]._open(self)

    def _get_take_back_text(self, before, after):
        """Return in words when the line ships before, and after, something is taken back."""
        old, new = (self._format_day(date) or self.env._("without a date") for date in (before, after))
        return old if old == new else f"{old} → {new}"

    @api.model
    @ormcache()
    def _is_any_taken(self):
        """Whether something was ever taken back for a line: where it was not, nothing is asked for it."""
        self.flush_model(["taken_quantity"])
        [(is_any,)] = self.env.execute_query(SQL("SELECT EXISTS (SELECT FROM stock_move WHERE taken_quantity > 0)"))
        return is_any

    def _write_taken(self, quantity, date):
        """Remember that so much of the line (in the product's unit, from its first unit on) is taken back for it."""
        was_any_taken = self._is_any_taken()
        self._write_facts({"taken_quantity": quantity, "taken_date": date})
        if quantity and not was_any_taken:
            self.env.registry.clear_cache()

    def _filtered_reserved_by_hand(self):
        """What was taken back was given by a person, and not by the ranking: it is no promise of ours to be kept."""
        taken = self.filtered(lambda move: move.taken_quantity and move.quantity)
        return super()._filtered_reserved_by_hand() | taken

    # ---- what it remembers -------------------------------------------------

    def _prepare_place(self):
        """What a line brings about is as much for what was taken back as the line is."""
        return {**super()._prepare_place(), **self._prepare_taken(self.taken_quantity)}

    @api.model
    def _prepare_taken(self, quantity):
        return as_facts({"taken_quantity": quantity, "taken_date": bool(quantity) and self.taken_date})

    def _prepare_move_split_vals(self, qty):
        """What stays gets its own of what was taken back first."""
        stays, _leaves = self._get_split_parts(qty)
        rest = max(0.0, self.taken_quantity - stays)
        return {**super()._prepare_move_split_vals(qty), **self._prepare_taken(rest)}

    def _merge_moves_fields(self):
        """A line that others are merged into has all that was taken back for them, and never more than they want."""
        taken = sum(min(move.taken_quantity, move.product_qty) for move in self)
        dates = [move.taken_date for move in self if move.taken_date]
        return {
            **super()._merge_moves_fields(),
            **as_facts({"taken_quantity": taken, "taken_date": bool(taken) and min(dates, default=False)}),
        }

    def write(self, vals):
        """Nothing is taken back for more than the line wants, and what it is raised by afterwards was not."""
        result = super().write(vals)
        if self._changes_demand(vals):
            lowered = self.filtered(lambda move: move.taken_quantity > move.product_qty)
            for quantity, moves in lowered.grouped("product_qty").items():
                moves._write_facts({"taken_quantity": quantity})
        return result
