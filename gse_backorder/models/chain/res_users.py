from odoo import models


class ResUsers(models.Model):
    """Who still works for a company."""

    _inherit = "res.users"

    def _filtered_working_for(self, company):
        """Return those who have not left and may open *company*: nobody else is told of its business, or named for it.

        (The address of somebody whose login is archived stays as it is in Odoo, and gets mails.)
        """
        return self.filtered(lambda user: user.active and company in user.company_ids)
