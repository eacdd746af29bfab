from odoo import fields, models


class StockBackorderAllocation(models.Model):
    """The log tells which promises have moved, and by what."""

    _inherit = "stock.backorder.allocation"

    cause = fields.Selection(selection_add=[("slip", "Promise moved")], ondelete={"slip": "cascade"})
