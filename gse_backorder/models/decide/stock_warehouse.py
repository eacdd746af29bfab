from odoo import models

from ... import arguments


class StockWarehouse(models.Model):
    """What if a warehouse ranked otherwise?"""

    _inherit = "stock.warehouse"

    @arguments.public(single=True)
    def action_what_if(self):
        """Ask what would be, with another policy of the warehouse."""
        self.ensure_one()
        self.check_access("read")
        change = {"kind": "policy", "warehouse_id": self.id, "policy": self.allocation_policy}
        return self.env["stock.what.if"]._open(self.company_id, change)
