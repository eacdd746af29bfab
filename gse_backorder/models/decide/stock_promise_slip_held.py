from odoo import api, models


class StockPromiseSlip(models.AbstractModel):
    """Who is released takes his place again: a promise that was made on what he had lent may move by it."""

    _inherit = "stock.promise.slip"

    @api.model
    def _get_moving_causes(self):
        return [*super()._get_moving_causes(), "release"]
