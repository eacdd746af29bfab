from odoo import fields, models

from .engine_facts import fact
from .sale_order import CONFIRMING, Confirming


class SaleOrderLine(models.Model):
    """Since when what is procured for an order's line is wanted."""

    _inherit = "sale.order.line"

    def _prepare_procurement_values(self):
        """The goods are wanted since the order was confirmed; what is added to it later, since it is."""
        confirming = self.env.context.get(CONFIRMING)
        is_confirmed_now = isinstance(confirming, Confirming) and self.order_id.id in confirming
        ordered = self.order_id.date_order if is_confirmed_now else fields.Datetime.now()
        return {**super()._prepare_procurement_values(), "ordered_date": fact(ordered)}
