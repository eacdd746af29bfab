from odoo import models


class StockMoveLine(models.Model):
    """What a slip calls ordered is what was ordered, also where more of it has shipped."""

    _inherit = "stock.move.line"

    def _get_aggregated_product_quantities(self, **kwargs):
        """Odoo takes what has shipped for what was ordered, where the delivery has no backorder."""
        aggregated = super()._get_aggregated_product_quantities(**kwargs)
        if kwargs.get("strict"):  # what is in a package
            return aggregated
        shipped = self.filtered(lambda line: line.state == "done" and line.move_id._goes_to_customer())
        by_key = shipped.grouped(lambda line: line._get_aggregated_properties(move_line=line)["line_key"])
        for key, lines in by_key.items():
            told = aggregated.get(key)
            if told and told["qty_ordered"] == told["quantity"]:
                excess = lines.move_id._get_totals().over_shipped
                told["qty_ordered"] -= told["product"].uom_id._compute_quantity(
                    max(0.0, excess), told["product_uom"], round=False
                )
        return aggregated
