import json

from odoo import api, models
from odoo.tools import SQL

from ..engine.stock_claim_parts import PartKind
from .taking import Taking

FLOAT = SQL("float")


class StockClaim(models.AbstractModel):
    """What was taken back for a line comes first; and what would be so if something more were."""

    _inherit = "stock.claim"

    @api.model
    def _get_stored_names(self):
        return [*super()._get_stored_names(), "taken_quantity", "taken_date"]

    @api.model
    def _get_part_kinds(self):
        """What was taken back for a line ranks right behind the urgent star, and before what is kept for others."""
        kinds = super()._get_part_kinds()
        if not Taking.of(self.env).taken and not self.env["stock.move"]._is_any_taken():
            return kinds
        taken = self._get_taken_quantity_sql(SQL("move"))
        may_split = SQL("taken_quantity > 0 AND %s", self._get_may_lack_sql())
        dates = Taking.of(self.env).taken_dates
        date = self._suppose_sql(dates, SQL("move"), SQL("move.taken_date"), SQL("timestamp"))
        return [PartKind("taken", taken, date, may_split), *kinds]

    @api.model
    def _get_may_split_sql(self):
        """What is only supposed to be taken back splits a line, too, and who is supposed to give it may lack again."""
        taking, may_split = Taking.of(self.env), super()._get_may_split_sql()
        supposed = [*taking.taken, *taking.lacking]
        return SQL("(%s OR id = ANY (%s))", may_split, supposed) if supposed else may_split

    @api.model
    def _get_may_lack_sql(self):
        """Who is only supposed to give something lacks it, although he has reserved all now."""
        givers = Taking.of(self.env).lacking
        may_lack = super()._get_may_lack_sql()
        return SQL("(%s OR id = ANY (%s))", may_lack, list(givers)) if givers else may_lack

    @api.model
    def _get_lacking_sql(self, move, size=None):
        """Of what is only supposed to be taken back, a line lacks what it would lack."""
        return self._suppose_sql(Taking.of(self.env).lacking, move, super()._get_lacking_sql(move, size))

    @api.model
    def _get_taken_quantity_sql(self, move):
        """Return how much of a *move*, from its first unit on, ranks as taken back for it, in the product's unit."""
        stored = SQL("COALESCE(%s.taken_quantity, 0)::float", move)
        return self._suppose_sql(Taking.of(self.env).taken, move, stored)

    @api.model
    def _suppose_sql(self, supposed, move, stored, kind=FLOAT):
        """Return what *supposed*, ``{move id: value}``, says of a *move*, as SQL of a *kind*, else what is *stored*."""
        if not supposed:
            return stored
        said = SQL("(%s::jsonb ->> %s.id::varchar)::%s", json.dumps(supposed), move, kind)
        return SQL("COALESCE(%s, %s)", said, stored)
