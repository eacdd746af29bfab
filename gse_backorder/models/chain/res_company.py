from odoo import api, fields, models
from odoo.fields import Domain


class ResCompany(models.Model):
    """Whether a company's deliveries make their backorders without asking."""

    _inherit = "res.company"

    automatic_backorder = fields.Boolean(
        string="Automatic Backorders",
        default=True,
        groups="base.group_user",
        help="Deliveries and their pick and pack steps put the remainder into a backorder without asking.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()  # whose days they have
        return companies

    def write(self, vals):
        """Switch the delivery operations of the company when the setting changes."""
        switched = self.filtered(
            lambda company: (
                "automatic_backorder" in vals and company.automatic_backorder != bool(vals["automatic_backorder"])
            )
        )
        result = super().write(vals)
        if "partner_id" in vals:
            self.env.registry.clear_cache()
        if switched:
            switched._get_delivery_operation_types()._set_automatic_backorder(vals["automatic_backorder"])
        return result

    def _are_users_own(self):
        """Whether the user works for all of these companies, as the superuser does for every one.

        Odoo asks it of all that is saved. What a form names, which is answered before, asks here.
        """
        user = self.env.user
        return user._is_superuser() or set(self.ids) <= set(user._get_company_ids())

    def _get_delivery_operation_types(self):
        """Return the operation types that bring goods to customers: deliveries, and the pick and pack steps."""
        # The setting belongs to the company: it reaches the types that its administrator may not open, too.
        company_types = self.env["stock.picking.type"].sudo().with_context(active_test=False)
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False)
        steps = warehouses.search([("company_id", "in", self.ids)])
        # What is dropshipped its vendor ships: nobody is asked for the rest of it here.
        own_deliveries = company_types._get_delivery_domain() & Domain("code", "!=", "dropship")
        return (
            company_types.search(own_deliveries & Domain("company_id", "in", self.ids))
            | steps.pick_type_id
            | steps.pack_type_id
        )
