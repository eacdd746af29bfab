from odoo import api, models


class StockPromiseSlip(models.AbstractModel):
    """What somebody takes back moves promises that are kept: it is the likeliest cause where it was done."""

    _inherit = "stock.promise.slip"

    @api.model
    def _get_moving_causes(self):
        return ["take_back", *super()._get_moving_causes()]
