from odoo import models


class IrRule(models.Model):
    """A customer's login reads what is his company's now."""

    _inherit = "ir.rule"

    def _compute_domain_context_values(self):
        """Judge a contact with a login by the company that he belongs to now.

        Odoo remembers a user's rules with the values that they had when they were evaluated: who has moved to another
        company would go on to read what his old one may.
        """
        yield from super()._compute_domain_context_values()
        if self.env.user.share:
            yield self.env.user.commercial_partner_id.id
