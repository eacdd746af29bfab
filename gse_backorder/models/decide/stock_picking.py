from odoo import models
from odoo.exceptions import UserError

from ... import arguments


class StockPicking(models.Model):
    """What if receipts were late, or deliveries had another place?"""

    _inherit = "stock.picking"

    @arguments.public()
    def action_what_if(self):
        """Ask what would be, with these receipts late, or these deliveries with the star, to begin with.

        :raise UserError: for none, for receipts and deliveries together, for those of several companies
        """
        self.check_access("read")
        receipts = self.filtered(lambda picking: picking._is_receipt())
        if not self or (receipts and receipts != self):
            raise UserError(self.env._("Please select either receipts or deliveries."))
        if len(self.company_id) > 1:
            raise UserError(self.env._("Please select transfers of one company."))
        change = (
            {"kind": "late", "source": "receipt", "receipt_ids": self.ids}
            if receipts
            else {"kind": "priority", "picking_ids": self.ids}
        )
        return self.env["stock.what.if"]._open(self.company_id, change)
