from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# A date that is further away than a century cannot be counted with.
MOST_DAYS = 36_500


class ResCompany(models.Model):
    _inherit = "res.company"

    automatic_backorder = fields.Boolean(
        string="Automatic Backorders",
        default=True,
        groups="base.group_user",
        help="Deliveries and their pick and pack steps put the remainder into a backorder without asking.",
    )

    allocation_log_days = fields.Integer(
        string="Keep the Allocation Log",
        default=365,
        groups="base.group_user",
        help="For how many days it is kept who got which stock and why; 0 keeps it for ever.",
    )

    mail_pick_list_on_arrival = fields.Boolean(
        string="Mail the Pick List",
        groups="base.group_user",
        help="Who is told of stock that has come gets the pick lists of what it has made ready by e-mail, too: one mail"
        " a receipt.",
    )

    purchaser_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="Who is told of shortages that no supply covers, where neither the product nor its category has a"
        " purchaser.",
    )
    promise_vendor_delay = fields.Boolean(
        string="Count Vendors' Delays",
        groups="base.group_user",
        help="What is promised from a purchase is as late as its vendor usually is.",
    )
    customer_sees_estimate = fields.Boolean(
        string="Show Estimates",
        groups="base.group_user",
        help="Where no supply is known, customers see when the goods could come if they were ordered today.",
    )

    customer_may_keep = fields.Boolean(
        string="Accept the New Date",
        default=True,
        groups="base.group_user",
        help="Customers may accept the date of what is still to come, on the page of the delivery.",
    )
    customer_may_cancel = fields.Boolean(
        string="Cancel the Remainder",
        groups="base.group_user",
        help="Customers may cancel a backorder or lines of it, as long as nothing of it is being picked.",
    )
    customer_may_group = fields.Boolean(
        string="Ship Together or Now",
        default=True,
        groups="base.group_user",
        help="Customers may decide whether a delivery waits until all of it is there, or ships what is there.",
    )
    customer_may_ask = fields.Boolean(
        string="Ask a Question",
        default=True,
        groups="base.group_user",
        help="Customers may write a message on the page of the delivery.",
    )

    mail_backorder_created = fields.Boolean(
        string="Backorder Created",
        groups="base.group_user",
        help="When a part has shipped, the customer is told what shipped, what is still to come, and when.",
    )
    mail_promise_moved = fields.Boolean(
        string="Promise Moved",
        groups="base.group_user",
        help="The customer is told the old and the new date when goods that he waits for come earlier or later.",
    )
    promise_notice_days = fields.Integer(
        string="Days Moved",
        default=2,
        groups="base.group_user",
        help="Customers are told of a promise that has moved by more than this number of days.",
    )
    mail_backorder_ready = fields.Boolean(
        string="Goods Ready",
        groups="base.group_user",
        help="The customer is told when stock has come for all of a delivery that was waiting for it.",
    )
    mail_delivery_shipped = fields.Boolean(
        string="Delivery Shipped",
        groups="base.group_user",
        help="The customer gets the delivery slip when a delivery ships. Where Odoo's own shipping confirmation is on,"
        " that one is sent, and no second mail; where a part ships and the customer is told of its backorder, that"
        " mail tells both.",
    )
    mail_backorder_closed = fields.Boolean(
        string="Remainder Cancelled",
        groups="base.group_user",
        help="The customer is told when what was left of a delivery that has shipped in part was cancelled.",
    )

    _promise_notice_days_not_negative = models.Constraint(
        f"CHECK (promise_notice_days BETWEEN 0 AND {MOST_DAYS})",
        "The number of days by which a promise has moved cannot be negative, nor more than a century.",
    )
    _allocation_log_days_range = models.Constraint(
        f"CHECK (allocation_log_days BETWEEN 0 AND {MOST_DAYS})",
        "The allocation log cannot be kept for a negative number of days, nor for more than a century (0: for ever).",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()  # whose promises carry their vendors' delays, and whose days they have
        return companies

    def write(self, vals):
        """Switch the delivery operations of the company when the setting changes."""
        switched = self.filtered(
            lambda company: (
                "automatic_backorder" in vals and company.automatic_backorder != bool(vals["automatic_backorder"])
            )
        )
        telling = self.filtered(lambda company: vals.get("mail_promise_moved") and not company.mail_promise_moved)
        result = super().write(vals)
        telling._forget_told_promises()
        if not {"promise_vendor_delay", "partner_id"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        if switched:
            switched._get_delivery_operation_types()._set_automatic_backorder(vals["automatic_backorder"])
        return result

    def _tells_customers(self, setting):
        """Whether customers are told of what *setting*, the name of its field, is for.

        That goods have shipped Odoo's own confirmation tells them, too, and where it does not, one of our mails does.
        """
        tells_shipments = setting == "mail_delivery_shipped" and self.stock_move_email_validation
        return self[setting] or tells_shipments

    @api.model
    def _get_outdated_domain(self):
        """Return the domain of what is older than its company keeps the log of allocations."""
        now = fields.Datetime.now()
        by_days = self.search([("allocation_log_days", ">", 0)]).grouped("allocation_log_days")
        return Domain.OR(
            Domain("company_id", "in", companies.ids) & Domain("create_date", "<", now - timedelta(days=days))
            for days, companies in by_days.items()
        )

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

    # ---- mails to customers ----------------------------------------------------

    def _forget_told_promises(self):
        """Tell of promises that move from now on, and not of all that has moved while customers were not told."""
        if not self:
            return
        pickings = self.env["stock.picking"]
        pickings.flush_model(["company_id", "state", "told_promise_date", "told_no_promise"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE stock_picking
                   SET told_promise_date = NULL, told_no_promise = FALSE
                 WHERE company_id = ANY (%s)
                   AND state NOT IN ('done', 'cancel')
                   AND (told_promise_date IS NOT NULL OR told_no_promise)
                """,
                self.ids,
            )
        )
        pickings.invalidate_model(["told_promise_date", "told_no_promise"])
