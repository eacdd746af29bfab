from odoo import fields, models
from odoo.fields import Domain

from ... import arguments


class ResPartner(models.Model):
    """A customer for whom a salesperson writes on his order pad, and the orders that came from it.

    A contact who moves to another company takes along what he has ordered, but not what was noted for the first one.
    """

    _inherit = "res.partner"

    pad_order_count = fields.Integer(
        string="Orders from the Pad",
        compute="_compute_pad_order_count",
        groups="sales_team.group_sale_salesman",
        help="How many orders of the customer, and of his contacts, came from an order pad.",
    )

    def _compute_commercial_partner(self):
        """Whoever moves, and by whatever way: his orders are another customer's."""
        before = {partner: partner.commercial_partner_id for partner in self if partner.id}
        result = super()._compute_commercial_partner()
        moved = [partner.id for partner, customer in before.items() if customer - partner.commercial_partner_id]
        if moved:
            # Who moves a contact need be able neither to read his orders nor to change them.
            self.env["sale.order"].sudo().search([("partner_id", "in", moved)])._forget_customer()
        return result

    def _compute_pad_order_count(self):
        counts = self.env["sale.order"]._read_group(self._get_pad_order_domain(), ["partner_id"], ["__count"])
        self.pad_order_count = 0
        for customer, count in counts:
            while customer:
                if customer in self:
                    customer.pad_order_count += count
                customer = customer.parent_id

    def _get_pad_order_domain(self):
        return Domain("partner_id", "child_of", self.ids) & Domain("is_from_pad", "=", True)

    @arguments.public(single=True)
    def action_open_order_pad(self):
        """Open the pad of the customer, for an employee who may write his orders."""
        self.ensure_one()
        self.check_access("read")
        pad = self.env["stock.order.pad"]._open_for(self.env.user, self, self.env.company)
        return pad.with_env(self.env).action_open()

    @arguments.public(single=True)
    def action_view_pad_orders(self):
        """Open the orders of the customer that came from an order pad."""
        self.ensure_one()
        self.check_access("read")
        self.env["sale.order"].check_access("create")
        action = self.env["ir.actions.actions"]._for_xml_id("sale.action_orders")
        action["display_name"] = self.env._("Orders from the Pad of %s", self.display_name)
        action["domain"] = list(self._get_pad_order_domain())
        action["context"] = {"create": False}
        return action
