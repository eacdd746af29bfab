from odoo import api, models


class StockAllocation(models.AbstractModel):
    """What has got stock is promised."""

    _inherit = "stock.allocation"

    @api.model
    def _after_handing_out(self, served, cause, sources):
        """What has got stock is promised."""
        self.env["stock.move"].union(*served)._write_first_promise()
        return super()._after_handing_out(served, cause, sources)
