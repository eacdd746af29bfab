from odoo import api, models


class StockAllocation(models.AbstractModel):
    """Customers hear of goods that have come for them."""

    _inherit = "stock.allocation"

    @api.model
    def _after_handing_out(self, served, cause, sources):
        """Customers who wait are told when all is there."""
        result = super()._after_handing_out(served, cause, sources)
        self._get_served_transfers(served)._notice_ready()
        return result
