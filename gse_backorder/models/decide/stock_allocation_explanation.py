from markupsafe import Markup

from odoo import api, models

from ..chain.wording import format_quantity, is_one
from ..engine.coverage import NOISE


class StockAllocationExplanation(models.AbstractModel):
    """*Why?* tells that something was taken back for the line: it has another place than the policy says."""

    _inherit = "stock.allocation.explanation"

    @api.model
    def _get_parts(self, move):
        parts = super()._get_parts(move)
        taken = min(move.taken_quantity, move.product_qty)
        if taken > self._get_reserved(move) + NOISE and "place" in parts:
            parts["place"] = Markup("%s %s") % (parts["place"], self._tell_taken(move, taken))
        return parts

    @api.model
    def _tell_taken(self, move, taken):
        quantity = self._stress(format_quantity(move.env, taken))
        day = self._stress(move._format_day(move.taken_date))
        if is_one(move.env, taken):
            return self.env._(
                "%(one)s was taken back for it on %(day)s, and comes before all but the urgent ones.",
                one=quantity,
                day=day,
            )
        return self.env._(
            "%(quantity)s were taken back for it on %(day)s, and come before all but the urgent ones.",
            quantity=quantity,
            day=day,
        )
