from odoo import models

from .stock_picking_type import DEFAULT_SUFFIX


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    def _get_picking_type_create_values(self, max_sequence):
        """Pick and pack steps of a new warehouse number and make backorders as its deliveries do."""
        values, next_sequence = super()._get_picking_type_create_values(max_sequence)
        for step in ("pick_type_id", "pack_type_id"):
            values[step]["backorder_suffix"] = DEFAULT_SUFFIX
            if self.company_id.automatic_backorder:
                values[step].update(create_backorder="always", create_backorder_before="ask")
        return values, next_sequence
