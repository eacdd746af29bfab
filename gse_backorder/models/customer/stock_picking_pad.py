from odoo import models


class StockPicking(models.Model):
    """A delivery whose lines are ordered again."""

    _inherit = "stock.picking"

    def _is_orderable_again(self, user):
        """Whether it is a delivery of *user*'s own company, and he may order more of it."""
        is_own = self.sudo().customer_id == user.commercial_partner_id
        return is_own and self.env["stock.order.pad"]._may_order(user, self.sudo().company_id)
