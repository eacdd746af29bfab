from odoo import api, fields, models


class ResCompany(models.Model):
    """Who buys for a company, and whether it counts how late its vendors are."""

    _inherit = "res.company"

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

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()  # whose promises carry their vendors' delays
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "promise_vendor_delay" in vals:
            self.env.registry.clear_cache()
        return result
