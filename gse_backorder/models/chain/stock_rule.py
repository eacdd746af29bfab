from odoo import models


class StockRule(models.Model):
    """What a rule brings about for a line stands in the ranking where that line does."""

    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """A move that a claim has brought about wants its goods since the same day, and stands where it does."""
        return [*super()._get_custom_move_fields(), "ordered_date", "ranked_as"]

    def _push_prepare_move_copy_values(self, move_to_copy, new_date):
        return {
            **super()._push_prepare_move_copy_values(move_to_copy, new_date),
            **move_to_copy._prepare_place(),
        }
