from odoo import models


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """A move that a claim has brought about wants its goods since the same day."""
        return [*super()._get_custom_move_fields(), "ordered_date"]
