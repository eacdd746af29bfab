from odoo import api, models
from odoo.tools import SQL

from ..engine.stock_ranking import ALL_CLASSES


class StockRanking(models.AbstractModel):
    """Who is on hold comes after all who are not, in the order in which they were: a star is none meanwhile."""

    _inherit = "stock.ranking"

    @api.model
    def _get_criteria_of_parts(self):
        (first, its_class), *others = super()._get_criteria_of_parts()
        return [(first, SQL("%s + %s * (claim.is_held IS TRUE)::int", its_class, ALL_CLASSES)), *others]
