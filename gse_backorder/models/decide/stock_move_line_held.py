from odoo import api, models


class StockMoveLine(models.Model):
    """An operation that somebody enters by hand reserves its goods: for a line on hold nobody does."""

    _inherit = "stock.move.line"

    @api.constrains("move_id", "quantity")
    def _check_held_takes_nothing(self):
        """:raise ValidationError: if goods are entered for a line that is on hold"""
        self.move_id._check_held_takes_nothing()
