from odoo import api, models
from odoo.tools import SQL

from ..engine.scenario import Scenario
from ..engine.stock_claim_parts import PartKind

# The same as an index on stock.move has it.
IS_KEPT_IN_PART = SQL(
    "kept_quantity > 0 AND kept_quantity < product_qty AND state IN ('waiting', 'confirmed', 'partially_available')"
)


class StockClaim(models.AbstractModel):
    """What a claim was promised is a part of it, which ranks before all that is not promised."""

    _inherit = "stock.claim"

    @api.model
    def _flush(self):
        self.env["stock.warehouse"].flush_model(["keep_promises"])
        return super()._flush()

    @api.model
    def _get_stored_names(self):
        return [*super()._get_stored_names(), "kept_quantity", "kept_date"]

    @api.model
    def _get_part_kinds(self):
        kinds = super()._get_part_kinds()
        is_supposed = True in Scenario.of(self.env).get_given("keep_promises")
        if not is_supposed and not self.env["stock.warehouse"]._is_any_keeping():
            return kinds
        # Most lines are kept as a whole: to compare what is stored takes less time than to convert it.
        kept = SQL(
            "CASE WHEN area.keeps THEN"
            " CASE WHEN move.kept_quantity >= move.product_qty THEN move.size ELSE move.kept_quantity::float END END"
        )
        return [*kinds, PartKind("kept", kept, SQL("move.kept_date"), IS_KEPT_IN_PART)]
