from odoo import fields, models

from ..chain.stock_day_mixin import MOST_DAYS


class ResCompany(models.Model):
    """Which remainders are found as small, and as old."""

    _inherit = "res.company"

    close_short_value = fields.Integer(
        string="Small Remainders",
        default=50,
        groups="base.group_user",
        help="The filter Small Remainders finds those whose open value is below it, in the company's currency.",
    )
    close_short_days = fields.Integer(
        string="Old Remainders",
        default=90,
        groups="base.group_user",
        help="The filter Old Remainders finds those for which the customer has waited for more days.",
    )

    _close_short_days_in_bounds = models.Constraint(
        f"CHECK (close_short_days BETWEEN 0 AND {MOST_DAYS})",
        "The number of days after which a remainder is old cannot be negative, nor more than a century.",
    )

    _close_short_value_not_negative = models.Constraint(
        "CHECK (close_short_value >= 0)", "The value below which a remainder is small cannot be negative."
    )
