from odoo import api, models
from odoo.tools import SQL


class StockRanking(models.AbstractModel):
    """Who is on hold comes after all who are not, in the order in which they were: a star is none meanwhile."""

    _inherit = "stock.ranking"

    @api.model
    def _get_criteria_of_parts(self):
        return [("rank_held", SQL("(claim.is_held IS TRUE)::int")), *super()._get_criteria_of_parts()]
