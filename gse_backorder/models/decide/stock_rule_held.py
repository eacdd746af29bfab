from odoo import models


class StockRule(models.Model):
    """What a rule brings about for a line on hold is on hold with it."""

    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        return [*super()._get_custom_move_fields(), "is_held"]

    def _push_prepare_move_copy_values(self, move_to_copy, new_date):
        return {**super()._push_prepare_move_copy_values(move_to_copy, new_date), **move_to_copy._prepare_hold()}
