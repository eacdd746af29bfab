from odoo import SUPERUSER_ID, models


class ResUsers(models.Model):
    """Who works for a company, and is known there."""

    _inherit = "res.users"

    def _filtered_working_for(self, company):
        """Return those who have not left and may open *company*: nobody else is told of its business, or named for it.

        (The address of somebody whose login is archived stays as it is in Odoo, and gets mails.)
        """
        return self.filtered(lambda user: user.active and company in user.company_ids)

    def _get_actor_in(self, companies):
        """Return as whom the engine does, in the records of *companies*, what follows from what this user does.

        In a stock that several companies share it goes on in those that he does not work for: there he is not named, as
        author or otherwise, and Odoo does it by itself. Customers work for none.
        """
        return self if self.share or companies <= self.company_ids else self.browse(SUPERUSER_ID)
