from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """The settings of the addon, on Odoo's pages of settings."""

    _inherit = "res.config.settings"

    automatic_backorder = fields.Boolean(related="company_id.automatic_backorder", readonly=False)
    allocation_log_days = fields.Integer(related="company_id.allocation_log_days", readonly=False)
    mail_pick_list_on_arrival = fields.Boolean(related="company_id.mail_pick_list_on_arrival", readonly=False)
    purchaser_id = fields.Many2one(related="company_id.purchaser_id", readonly=False)
    promise_vendor_delay = fields.Boolean(related="company_id.promise_vendor_delay", readonly=False)
    close_short_value = fields.Integer(related="company_id.close_short_value", readonly=False)
    close_short_days = fields.Integer(related="company_id.close_short_days", readonly=False)
    customer_sees_estimate = fields.Boolean(related="company_id.customer_sees_estimate", readonly=False)
    customer_may_keep = fields.Boolean(related="company_id.customer_may_keep", readonly=False)
    customer_may_cancel = fields.Boolean(related="company_id.customer_may_cancel", readonly=False)
    customer_may_group = fields.Boolean(related="company_id.customer_may_group", readonly=False)
    customer_may_ask = fields.Boolean(related="company_id.customer_may_ask", readonly=False)
    customer_may_order = fields.Selection(related="company_id.customer_may_order", readonly=False)
    customer_order_shows = fields.Selection(related="company_id.customer_order_shows", readonly=False)
    customer_order_cap = fields.Integer(related="company_id.customer_order_cap", readonly=False)
    customer_order_products = fields.Selection(related="company_id.customer_order_products", readonly=False)
    customer_order_categ_ids = fields.Many2many(related="company_id.customer_order_categ_ids", readonly=False)
    mail_backorder_created = fields.Boolean(related="company_id.mail_backorder_created", readonly=False)
    mail_promise_moved = fields.Boolean(related="company_id.mail_promise_moved", readonly=False)
    promise_notice_days = fields.Integer(related="company_id.promise_notice_days", readonly=False)
    mail_backorder_ready = fields.Boolean(related="company_id.mail_backorder_ready", readonly=False)
    mail_delivery_shipped = fields.Boolean(related="company_id.mail_delivery_shipped", readonly=False)
    mail_backorder_closed = fields.Boolean(related="company_id.mail_backorder_closed", readonly=False)

    # These belong to the operation types and warehouses: the settings show what all of them have in common.
    backorder_suffix = fields.Char(
        help="Put between the number of the original and the index of the backorder: with -R, the backorders of"
        " WH/OUT/00389 are WH/OUT/00389-R1, WH/OUT/00389-R2… Empty for Odoo's own numbering."
    )
    allocation_policy = fields.Selection(
        lambda self: self.env["stock.warehouse"]._get_policy_names(), help="Who comes first when stock is short."
    )
    allocation_guard_days = fields.Integer(
        string="Waiting Guard",
        help="With Complete deliveries first: who ordered more than this number of days ago comes before all others.",
    )
    keep_promises = fields.Boolean(
        help="What an order was promised is kept for it, whoever orders later. See the warehouse for what can move it.",
    )
    several_suffixes = fields.Boolean(help="The operation types number their backorders in several ways.")
    several_policies = fields.Boolean(help="The warehouses have several policies.")
    several_keepings = fields.Boolean(help="Some warehouses keep promises, and some do not.")

    @api.model
    def get_values(self):
        """:raise AccessError: for who may not open the settings"""
        self.browse().check_access("read")
        return {**super().get_values(), **self._get_common_values()}

    @api.model
    def _get_common_values(self):
        """Return the suffix of all delivery steps, and the policy and guard of all warehouses; empty if they differ."""
        types, warehouses = self.env.company._get_delivery_operation_types(), self._get_warehouses()
        suffixes = {picking_type.backorder_suffix or False for picking_type in types}
        policies, guards = set(warehouses.mapped("allocation_policy")), set(warehouses.mapped("allocation_guard_days"))
        keeps = set(warehouses.mapped("keep_promises"))
        default_guard = self.env["stock.warehouse"].default_get(["allocation_guard_days"])["allocation_guard_days"]
        return {
            "backorder_suffix": suffixes.pop() if len(suffixes) == 1 else False,
            "several_suffixes": len(suffixes) > 1,
            "allocation_policy": policies.pop() if len(policies) == 1 else False,
            "several_policies": len(policies) > 1,
            "keep_promises": True in keeps,
            "several_keepings": len(keeps) > 1,
            "allocation_guard_days": guards.pop() if len(guards) == 1 else default_guard,
        }

    def set_values(self):
        """Give all operation types and warehouses what was changed here, and leave them alone where nothing was.

        :raise AccessError: for who may not change the settings: types are written whose company he may not open
        """
        self.check_access("write")
        self.ensure_one()
        result = super().set_values()
        shown = self._get_common_values()
        if (self.backorder_suffix or False) != shown["backorder_suffix"]:
            self.env.company._get_delivery_operation_types().backorder_suffix = self.backorder_suffix
        ranking = {"allocation_guard_days": self.allocation_guard_days, "keep_promises": self.keep_promises}
        if self.allocation_policy:  # else the warehouses differ, and nothing was chosen
            ranking["allocation_policy"] = self.allocation_policy
        if changed := {name: value for name, value in ranking.items() if value != shown[name]}:
            self._get_warehouses().write(changed)
        return result

    @api.model
    def _get_warehouses(self):
        return self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)])
