from odoo import models

from .picking_states import CLOSED_STATES
from .stock_supply_mixin import Service
from .stock_supply_need import DRAFT_PURCHASE_STATES


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "stock.supply.mixin"]

    def _get_supply_moves(self):
        return self.sudo().move_ids.filtered(lambda move: move.location_dest_id.stock_area_id)

    def _get_services(self):
        services = super()._get_services()
        requested = self.filtered(lambda line: line.order_id.state in DRAFT_PURCHASE_STATES and line.product_id)
        waiting = self.env["stock.supply.need"]._get_uncovered_claims(requested.product_id)
        for line in requested:
            services[line.id] = line._get_services_if_confirmed(waiting)
        return services

    def _get_services_if_confirmed(self, waiting):
        """Return what a requested line would serve.

        :param waiting: the lines that no supply covers, in ranking: a list of ``stock_supply_need.UncoveredClaim``,
            from which it takes what it serves
        """
        # See _get_services_of.
        line = self.sudo()
        date = line.date_planned
        own = line.move_dest_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        if own:
            return [Service(claim, own.browse(), claim.product_qty, date) for claim in own]
        left, services = line.product_uom_qty, []
        for place, claim in enumerate(waiting):
            is_own = (claim.product_id, claim.warehouse_id) == (
                line.product_id.id,
                line.order_id.picking_type_id.warehouse_id.id,
            )
            served = min(left, claim.quantity) if is_own else 0.0
            if served > 0:
                move = own.browse(claim.move_id)
                services.append(Service(move, own.browse(), served, date))
                waiting[place] = claim._replace(quantity=claim.quantity - served)
                left -= served
        return services

    def _update_move_date_deadline(self, new_date):
        """A vendor's new date is when the goods are expected, and not their deadline alone: promises follow it."""
        result = super()._update_move_date_deadline(new_date)
        moves = self.move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        moves.filtered(lambda move: move.date != new_date).date = new_date
        return result
