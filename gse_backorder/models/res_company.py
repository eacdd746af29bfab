from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    automatic_backorder = fields.Boolean(
        string="Automatic Backorders",
        default=True,
        help="Deliveries and their pick and pack steps put the remainder into a backorder without asking.",
    )

    allocation_log_days = fields.Integer(
        string="Keep the Allocation Log",
        default=365,
        help="For how many days it is kept who got which stock and why; 0 keeps it for ever.",
    )

    customer_may_keep = fields.Boolean(
        string="Accept the New Date",
        default=True,
        help="Customers may accept the date of what is still to come, on the page of the delivery.",
    )
    customer_may_cancel = fields.Boolean(
        string="Cancel the Remainder",
        help="Customers may cancel a backorder or lines of it, as long as nothing of it is being picked.",
    )
    customer_may_group = fields.Boolean(
        string="Ship Together or Now",
        default=True,
        help="Customers may decide whether a delivery waits until all of it is there, or ships what is there.",
    )
    customer_may_ask = fields.Boolean(
        string="Ask a Question",
        default=True,
        help="Customers may write a message on the page of the delivery.",
    )

    def write(self, vals):
        """Switch the delivery operations of the company when the setting changes."""
        switched = self.filtered(
            lambda company: (
                "automatic_backorder" in vals and company.automatic_backorder != bool(vals["automatic_backorder"])
            )
        )
        result = super().write(vals)
        if switched:
            switched._get_delivery_operation_types()._set_automatic_backorder(vals["automatic_backorder"])
        return result

    def _get_delivery_operation_types(self):
        """Return the operation types that bring goods to customers: deliveries, and the pick and pack steps."""
        # The setting belongs to the company: it reaches the types that its administrator may not open, too.
        company_types = self.env["stock.picking.type"].sudo().with_context(active_test=False)
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False)
        steps = warehouses.search([("company_id", "in", self.ids)])
        return (
            company_types.search([("company_id", "in", self.ids), ("code", "=", "outgoing")])
            | steps.pick_type_id
            | steps.pack_type_id
        )
