from odoo import fields, models


class StockBackorderAllocation(models.Model):
    """The log tells what people have decided for a line, and why."""

    _inherit = "stock.backorder.allocation"

    cause = fields.Selection(
        selection_add=[("hold", "Put on hold"), ("release", "Released"), ("agreed", "Date agreed")],
        ondelete={"hold": "cascade", "release": "cascade", "agreed": "cascade"},
    )
