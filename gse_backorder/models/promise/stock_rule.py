from odoo import models


class StockRule(models.Model):
    """What was promised follows the goods from step to step."""

    _inherit = "stock.rule"

    def _push_prepare_move_copy_values(self, move_to_copy, new_date):
        """What was promised and kept when the goods were fetched is so when they are shipped."""
        return {
            **super()._push_prepare_move_copy_values(move_to_copy, new_date),
            **move_to_copy._prepare_first_promise(),
            **move_to_copy._prepare_kept(move_to_copy.product_qty),
        }
