from odoo import fields, models
from odoo.tools import SQL

from ..chain.stock_day_mixin import MOST_DAYS


class ResCompany(models.Model):
    """What customers may see and decide, and what they are told."""

    _inherit = "res.company"

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
    customer_may_order = fields.Selection(
        [("no", "No"), ("quotation", "As a quotation"), ("order", "As a confirmed order")],
        string="Customers Order on a Pad",
        required=True,
        default="no",
        groups="base.group_user",
        help="As a quotation: what customers order in the portal waits for a salesperson, and reserves nothing.\n"
        "As a confirmed order: it is confirmed at once, unless Odoo asks for a payment or the credit limit is reached.",
    )
    customer_order_shows = fields.Selection(
        [("status", "Status"), ("date", "Status and date"), ("quantity", "Quantities")],
        string="What They See of the Stock",
        required=True,
        default="date",
        groups="base.group_user",
        help="Status: in stock, short or missing.\n"
        "Status and date: also when a line ships.\n"
        "Quantities: also how much of a line ships when, up to a number.",
    )
    customer_order_cap = fields.Integer(
        string="Quantities Up To",
        default=100,
        groups="base.group_user",
        help="What is more than this is told as more than this.",
    )
    customer_order_products = fields.Selection(
        [("all", "All that are sold"), ("category", "Of some categories"), ("bought", "What they have bought before")],
        string="What They May Order",
        required=True,
        default="all",
        groups="base.group_user",
        help="Other products are unknown to customers who order on their pad.",
    )
    customer_order_categ_ids = fields.Many2many(
        "product.category",
        string="Categories to Order From",
        groups="base.group_user",
        help="Customers may order the products of these categories, and of those below them.",
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

    _customer_order_cap_not_negative = models.Constraint(
        "CHECK (customer_order_cap >= 0)", "The number up to which quantities are told cannot be negative."
    )

    def write(self, vals):
        """Who begins to tell of promises that move tells of those that move from now on."""
        telling = self.filtered(lambda company: vals.get("mail_promise_moved") and not company.mail_promise_moved)
        result = super().write(vals)
        telling._forget_told_promises()
        return result

    def _tells_customers(self, setting):
        """Whether customers are told of what *setting*, the name of its field, is for.

        That goods have shipped Odoo's own confirmation tells them, too, and where it does not, one of our mails does.
        """
        tells_shipments = setting == "mail_delivery_shipped" and self.stock_move_email_validation
        return self[setting] or tells_shipments

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
