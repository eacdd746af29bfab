from odoo import fields, models

from ..chain.stock_day_mixin import get_latest
from ..engine.coverage import ship_together


class StockMove(models.Model):
    """What ships all together: whatever of it is there now, all of it comes when the last does."""

    _inherit = "stock.move"

    def _get_shipping_coverage(self):
        """Return ``{id: Coverage}`` of the lines that want stock as they ship, quantities in the product's unit.

        What is added up or judged together is taken from here: in the unit of a line it is rounded.
        """
        transfers = self._get_transfers_shipping_together()
        coverages = (self | transfers.move_ids)._get_product_coverage()
        for transfer in transfers:
            own = {line.id: coverages[line.id] for line in transfer.move_ids if line.id in coverages}
            coverages.update(ship_together(own, fields.Datetime.now()))
        return {line.id: coverages[line.id] for line in self if line.id in coverages}

    def _get_transfers_shipping_together(self):
        """Return the transfers of these lines that ship all together."""
        # Who may see a line may know when it ships, whatever it waits for: only figures come of the others.
        transfers = self.sudo().picking_id
        transfers.fetch(["move_type"])
        return transfers.filtered(lambda transfer: transfer.move_type == "one")

    def _get_shipping_together(self):
        """Return the open lines with which this one ships: all of its transfer, where that ships all together."""
        return self.picking_id.move_ids._filtered_open() | self if self.picking_id.move_type == "one" else self

    def _get_first_shipping_date(self):
        """Return when these lines were first promised to ship, with all that ships with them; False where not all was.

        That a line was there earlier than the last one of its delivery promised nothing.
        """
        return self.union(*(move._get_shipping_together() for move in self))._get_first_promise_date()

    def _get_first_promise_of_all(self):
        """The same, where some of it was raised afterwards, too."""
        return get_latest(self._get_shipping_together().mapped("first_promise_date"))
