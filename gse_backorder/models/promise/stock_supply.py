from typing import NamedTuple

from odoo import api, models


class SupplyWords(NamedTuple):
    """What is said of a supply beside how much of it comes when."""

    documents: tuple  # the names of what it comes by: the purchase order, the transfer
    remark: str  # what makes its date less sure; empty if nothing does


class StockSupply(models.AbstractModel):
    """How supplies are named, of whatever kind they are."""

    _inherit = "stock.supply"

    @api.model
    def _describe(self, supply_ids):
        """Return ``{id: SupplyWords}`` of the supplies that links and arrivals name, as the user may be told them."""
        moves = self.env["stock.move"].browse(supply_ids).exists()
        return {move.id: self._describe_move(move) for move in moves}

    @api.model
    def _describe_move(self, move):
        """Return the :class:`SupplyWords` of *move*; what another company brings is its business."""
        if not move._is_named():
            return SupplyWords((move._get_named_transfer(),), "")
        names = (move._get_supply_name(), move.picking_id.name or move.reference)
        return SupplyWords(tuple(dict.fromkeys(names)), move._get_supply_remark())
