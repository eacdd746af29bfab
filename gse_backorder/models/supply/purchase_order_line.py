from odoo import fields, models

from ..chain.picking_states import CLOSED_STATES
from ..engine.coverage import FIRST_REQUEST_ID, Request
from .stock_supply_mixin import PeggedDemand
from .stock_supply_need_vendor import DRAFT_PURCHASE_STATES


class PurchaseOrderLine(models.Model):
    """Who waits for what a line buys, or would if the request were confirmed."""

    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "stock.supply.mixin"]

    def _get_supply_moves(self):
        return self.sudo().move_ids.filtered(lambda move: move.location_dest_id.stock_area_id)

    def _get_pegged_demand(self):
        # Who may open the order may know what it is for.
        requested = self.sudo().filtered(
            lambda line: line._origin and line.order_id.state in DRAFT_PURCHASE_STATES and line.product_id.is_storable
        )
        return {**super()._get_pegged_demand(), **requested._get_pegged_demand_if_confirmed()}

    def _get_pegged_demand_if_confirmed(self):
        """Return ``{id: [PeggedDemand]}``: what these requested lines would serve if they were all confirmed."""
        pegged = {line.id: line._get_pegged_demand_in_chain() for line in self}
        free = [line for line in self if not pegged[line.id]]
        moves = self.env["stock.move"]
        requests = [line._prepare_request() for line in free]
        links = self.env["stock.pegging"]._get_links(self.product_id, requests)
        links = [link for link in links if link.supply_id >= FIRST_REQUEST_ID]
        claims = {claim.id: claim for claim in moves.browse({link.claim_id for link in links})}
        for link in links:
            line = free[link.supply_id - FIRST_REQUEST_ID]
            pegged[line.id].append(PeggedDemand(claims[link.claim_id], moves, link.quantity, link.date))
        return pegged

    def _get_pegged_demand_in_chain(self):
        """Return what the line was requested for from the beginning, where it was."""
        claims = self.move_dest_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        date = self._get_requested_date()
        return [PeggedDemand(claim, claims.browse(), claim.product_qty, date) for claim in claims]

    def _prepare_request(self):
        place = self.order_id._get_final_location_record()
        return Request(self.product_id, place, self.product_uom_qty, self._get_requested_date())

    def _get_requested_date(self):
        """Return when the goods would come, never in the past; a date that is being edited may be empty."""
        now = fields.Datetime.now()
        return max(self.date_planned or now, now)

    def _update_move_date_deadline(self, new_date):
        """A vendor's new date is when the goods are expected, and not their deadline alone: promises follow it."""
        result = super()._update_move_date_deadline(new_date)
        moves = self.move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        moves.filtered(lambda move: move.date != new_date).date = new_date
        return result
