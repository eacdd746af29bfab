from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..chain.stock_day_mixin import MOST_DAYS


class ResCompany(models.Model):
    """For how long a company keeps the log of allocations."""

    _inherit = "res.company"

    allocation_log_days = fields.Integer(
        string="Keep the Allocation Log",
        default=365,
        groups="base.group_user",
        help="For how many days it is kept who got which stock and why; 0 keeps it for ever.",
    )

    _allocation_log_days_range = models.Constraint(
        f"CHECK (allocation_log_days BETWEEN 0 AND {MOST_DAYS})",
        "The allocation log cannot be kept for a negative number of days, nor for more than a century (0: for ever).",
    )

    @api.model
    def _get_outdated_domain(self):
        """Return the domain of what is older than its company keeps the log of allocations."""
        now = fields.Datetime.now()
        by_days = self.search([("allocation_log_days", ">", 0)]).grouped("allocation_log_days")
        return Domain.OR(
            Domain("company_id", "in", companies.ids) & Domain("create_date", "<", now - timedelta(days=days))
            for days, companies in by_days.items()
        )
