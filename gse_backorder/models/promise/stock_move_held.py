from odoo import fields, models


class StockMove(models.Model):
    """A line on hold says so: nothing is promised for it, whatever there is."""

    _inherit = "stock.move"

    is_held = fields.Boolean(
        string="On Hold",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="Its delivery is on hold: the line keeps its place, and lends its goods to others until it is released.",
    )

    def _get_held_transfer(self):
        """Return the transfer that is on hold for which the line, a step perhaps, is."""
        following = self.browse(self._rollup_move_dests()) - self
        return (self.picking_id | following.picking_id).filtered("is_held")[:1]

    def _get_missing_words(self):
        return super(StockMove, self - self.filtered("is_held"))._get_missing_words()

    def _get_basis(self, coverage):
        return *super()._get_basis(coverage), self.is_held and self._get_held_transfer()

    def _get_availability_text(self, coverage):
        return self._get_held_transfer()._get_hold_text() if self.is_held else super()._get_availability_text(coverage)
