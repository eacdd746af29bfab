from odoo import models

from .stock_picking import CLOSED_STATES


class StockMove(models.Model):
    """A line of a mail to the customer: quantities in the line's own unit and in the reader's notation."""

    _inherit = "stock.move"

    def _action_cancel(self):
        pickings = self.filtered(lambda move: move.state not in CLOSED_STATES).picking_id
        result = super()._action_cancel()
        pickings._notice_cancelled()
        return result

    def _get_notice_shipped(self):
        """Return what of the line has shipped, in words; nothing if none has."""
        if self.state != "done" or self._is_scrap() or self.product_uom.compare(self.quantity, 0) <= 0:
            return ""
        return self._format_notice_quantity(self.quantity)

    def _get_notice_open(self):
        return self._format_notice_quantity(self.product_uom_qty)

    def _get_notice_cancelled(self):
        shipped = self.quantity if self.state == "done" else 0.0
        return self._format_notice_quantity(self.product_uom_qty - shipped)

    def _get_notice_expected(self):
        return self.picking_id._get_promise_text(self)

    def _format_notice_quantity(self, quantity):
        return f"{self._format_availability_quantity(quantity)} {self.product_uom.name}"
