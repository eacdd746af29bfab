from odoo import models
from odoo.exceptions import UserError

from ... import arguments


class PurchaseOrder(models.Model):
    """What if purchases were late?"""

    _inherit = "purchase.order"

    @arguments.public()
    def action_what_if(self):
        """Ask what would be, with these orders late, to begin with.

        :raise UserError: for none, for what is not confirmed, for orders of several companies
        """
        self.check_access("read")
        if not self or any(order.state != "purchase" for order in self):
            raise UserError(self.env._("Please select confirmed purchase orders: of others nothing is on its way."))
        if len(self.company_id) > 1:
            raise UserError(self.env._("Please select orders of one company."))
        change = {"kind": "late", "source": "purchase", "purchase_ids": self.ids}
        return self.env["stock.what.if"]._open(self.company_id, change)
