from odoo import api, models


class StockAllocationExplanation(models.AbstractModel):
    """The answer to "Why do I not have it, and when do I get it?", in words, computed from what is stored."""

    _name = "stock.allocation.explanation"
    _description = "Explanation of an Allocation"

    @api.model
    def _explain(self, move):
        """Return as HTML what is free, who is ahead of *move*, what is expected for it, and when its turn comes.

        For staff only: it names other customers' deliveries.
        """
        if move.state == "draft" or not move._is_claim() or not self.env.user._is_internal():
            return False
        # Who may see the line may see why it waits, whichever deliveries are in its way.
        explained = self.sudo().with_context(self.env.context)
        return explained.env["ir.qweb"]._render(
            "gse_backorder.allocation_explanation", explained._get_values(move._origin.sudo())
        )

    @api.model
    def _get_values(self, move):
        """Return what the template needs; all quantities are in the product's unit, ready to be read."""
        pegging = self.env["stock.pegging"]
        moves = self.env["stock.move"]
        steps_before = moves.browse(pegging._get_open_origins(move).get(move.id, ()))
        queue = None if steps_before else pegging._get_queue(move)
        links = [link for link in pegging._get_links(move.product_id) if link.claim_id == move.id] if queue else []
        warehouse = move.location_id.stock_area_id.warehouse_id
        policies = dict(warehouse._fields["allocation_policy"]._description_selection(self.env))
        coverage = move._get_coverage()[move.id].convert(move.product_uom, move.product_id.uom_id)
        return {
            "move": move,
            "area": move.location_id.stock_area_id,
            "steps_before": steps_before.picking_id,
            "coverage": coverage,
            "reserved": min(move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id), move.product_qty),
            "queue": queue,
            "ahead": [(moves.browse(move_id), quantity) for move_id, quantity in queue.ahead] if queue else [],
            "supplies": [(moves.browse(link.supply_id), link) for link in links],
            "policy": policies.get(warehouse.allocation_policy, ""),
            "format_quantity": move._format_availability_quantity,
            "format_date": move._format_availability_date,
        }
