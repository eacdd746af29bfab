from odoo import models


class StockRule(models.Model):
    """What a rule brings about for a line remembers what was taken back for it."""

    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        return [*super()._get_custom_move_fields(), "taken_quantity", "taken_date"]
