from odoo import models


class StockMoveLine(models.Model):
    """What a slip calls ordered is what was ordered, also where more of it has shipped."""

    _inherit = "stock.move.line"

    def _get_aggregated_product_quantities(self, **kwargs):
        """Odoo takes what has shipped for what was ordered, where the delivery has no backorder; and what was written
        off from it for what has shipped.
        """
        written_off = self.filtered(
            lambda line: line.move_id._is_scrap() and line.move_id.picking_id._brings_to_customer()
        )
        lines = self - written_off
        aggregated = super(StockMoveLine, lines)._get_aggregated_product_quantities(**kwargs)
        if kwargs.get("strict"):  # what is in a package
            return aggregated
        shipped = lines.filtered(lambda line: line.state == "done" and line.move_id._goes_to_customer())
        by_key = shipped.grouped(lambda line: line._get_aggregated_properties(move_line=line)["line_key"])
        if not lines.picking_id.backorder_ids:
            for key in by_key.keys() & aggregated.keys():
                told, totals = aggregated[key], by_key[key].move_id._get_totals()
                told["qty_ordered"] += told["product"].uom_id._compute_quantity(
                    totals.ordered - totals.shipped, told["product_uom"], round=False
                )
        own = {key: aggregated[key] for key in by_key if key in aggregated}
        shipped._add_prepared(own, by_key)
        for told in own.values():
            told["packaging_qty_ordered"] = told["product_uom"]._compute_quantity(
                told["qty_ordered"], told["packaging_uom_id"] or told["product_uom"]
            )
        return aggregated

    def _add_prepared(self, aggregated, by_key):
        """Add to what was ordered what steps before have still to bring of it: Odoo knows of backorders alone."""
        # Who may print a delivery may know what was ordered: he need not have rights on the moves of the warehouse.
        deliveries = self.picking_id.sudo()
        prepared = deliveries.move_ids.browse().union(
            *(delivery._get_moves_in_preparation() for delivery in deliveries)
        )
        # What is wanted in another unit is another line of the slip, as it is where there is a backorder.
        waiting = prepared.grouped(lambda move: (move.product_id, move.sale_line_id, move.product_uom))
        for key, told in aggregated.items():
            moves = by_key[key].move_id.sudo()
            rest = waiting.pop((moves.product_id, moves.sale_line_id, told["product_uom"]), moves.browse())
            told["qty_ordered"] += sum(rest.mapped("product_uom_qty"))
