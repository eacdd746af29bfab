from odoo import api, models
from odoo.fields import Domain


class MailThread(models.AbstractModel):
    """What may be asked of those who follow a document, by who searches for it."""

    _inherit = "mail.thread"

    @api.model
    def _search_message_partner_ids(self, operator, operand):
        """Find documents by their followers, by what of these the user may read.

        Odoo looks for followers with all rights, and by any field of theirs with them: whoever may open a document
        could find out, guess by guess, what groups keep from him, such as how late a vendor usually is.
        """
        if isinstance(operand, Domain):
            operand = self.env["res.partner"]._search(operand, active_test=False)
        return super()._search_message_partner_ids(operator, operand)
