from odoo import api, models

GROUP = "gse_backorder.group_take_back"


class ResUsers(models.Model):
    """Who may take stock back from others."""

    _inherit = "res.users"

    def _may_take_back(self):
        return self.has_group(GROUP)

    @api.model
    def _get_takers(self, company):
        """Return who may take back stock of *company*."""
        group = self.env.ref(GROUP)
        return group.all_user_ids._filtered_working_for(company).filtered(lambda user: not user.share)
