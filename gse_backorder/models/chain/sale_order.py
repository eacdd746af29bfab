from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ... import arguments
from .picking_states import CLOSED_STATES
from .stock_location import STOCK_USAGES

# Which orders are being confirmed: only a Confirming counts, which no caller can send.
CONFIRMING = "orders_confirming"


class Confirming(frozenset):
    """The ids of orders that are being confirmed."""


class SaleOrder(models.Model):
    """The backorders of an order."""

    _inherit = "sale.order"

    backorder_count = fields.Integer(compute="_compute_backorder_count", compute_sudo=True, groups="base.group_user")
    open_backorder_count = fields.Integer(
        compute="_compute_backorder_count", compute_sudo=True, groups="base.group_user"
    )

    @api.depends("picking_ids.backorder_root_id", "picking_ids.state")
    def _compute_backorder_count(self):
        """Cancelled backorders do not count: nobody waits for them."""
        states = defaultdict(list)
        for order, state, count in self.env["stock.picking"]._read_group(
            self._get_backorder_domain(), ["sale_id", "state"], ["__count"]
        ):
            states[order.id] += [state] * count
        for order in self:
            order_states = states[order._origin.id]
            order.backorder_count = len(order_states)
            order.open_backorder_count = sum(state not in CLOSED_STATES for state in order_states)

    def _get_backorder_domain(self):
        """Deliveries to the customer, and steps that are still to be done for one that is yet to be made."""
        delivered = Domain("is_bound_for_customer", "=", True) & Domain("state", "!=", "cancel")
        prepared = Domain("location_id.usage", "in", STOCK_USAGES) & Domain(
            "move_ids", "any", self.env["stock.move"]._get_bound_domain()
        )
        return (
            Domain("sale_id", "in", self._origin.ids)
            & Domain("backorder_root_id", "!=", False)
            & (delivered | prepared)
        )

    def _action_confirm(self):
        """What is procured by this is ordered by it; what is added to a line later is ordered when it is added."""
        confirming = self.with_context(**{CONFIRMING: Confirming(self.ids)})
        return super(SaleOrder, confirming)._action_confirm()

    @arguments.public(single=True)
    def action_view_backorders(self):
        """Open the backorders of the order."""
        self.ensure_one()
        self.check_access("read")
        backorders = self.env["stock.picking"].search(self._get_backorder_domain())
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_chain")
        action["display_name"] = self.env._("Backorders of %s", self.name)
        action["domain"] = [("id", "in", backorders.ids)]
        return action
