from odoo import api, models
from odoo.tools import SQL

# A line on hold, and none other: most have never been asked whether they are.
IS_HELD = SQL("(move.is_held IS TRUE)")


class StockClaim(models.AbstractModel):
    """A line on hold lends its goods: it has no part that ranks first, and may not be reserved."""

    _inherit = "stock.claim"

    @api.model
    def _get_stored_names(self):
        return [*super()._get_stored_names(), "is_held"]

    @api.model
    def _get_end_sql(self, kind):
        return SQL("CASE WHEN NOT %s THEN %s END", IS_HELD, super()._get_end_sql(kind))

    @api.model
    def _get_reservable_sql(self):
        return SQL("(NOT %s AND %s)", IS_HELD, super()._get_reservable_sql())

    @api.model
    def _get_demand_columns_sql(self):
        return SQL("%s, FALSE AS is_held", super()._get_demand_columns_sql())
