from odoo import models


class StockMoveLine(models.Model):
    """What is not there where it should lie is made good from elsewhere in the stock."""

    _inherit = "stock.move.line"

    def _free_reservation(
        self, product_id, location_id, quantity, lot_id=None, package_id=None, owner_id=None, ml_ids_to_ignore=None
    ):
        """Let those lose it who come last in the ranking of the whole stock; Odoo looks at the place alone."""
        place = {"lot_id": lot_id, "package_id": package_id, "owner_id": owner_id}
        spared = self.browse(ml_ids_to_ignore).move_id | self.move_id
        holders = self._get_holders(product_id, location_id, place).move_id - spared
        with self.env["stock.taking"]._making_good(holders, spared):
            return super()._free_reservation(
                product_id, location_id, quantity, **place, ml_ids_to_ignore=ml_ids_to_ignore
            )
