from odoo import api, models
from odoo.exceptions import AccessError

from .stock_picking_thread import QUESTION


class MailMessage(models.Model):
    """What visitors with a login of the portal write on transfers, by whatever way."""

    _inherit = "mail.message"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        """Who is no employee finds documents by those of their messages that he may read.

        Odoo lets who may read a document search by all that was written on it: staff's notes could be found out, guess
        by guess.
        """
        bypass_access = bypass_access and not self.env.user.share
        return super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)

    def _get_forbidden_access(self, operation):
        """Who sees a delivery's page asks on it as he does there; nobody else from outside writes on it.

        To Odoo, who was once notified of a message may answer it, and change it, whatever it is on.
        """
        forbidden = super()._get_forbidden_access(operation)
        if not self.env.user.share:
            return forbidden
        on_transfers = (self - forbidden)._filtered_on_transfers()
        if operation == "create":
            forbidden += on_transfers.filtered(lambda message: not message._is_let_by_transfer())
        elif operation == "write":
            forbidden += on_transfers  # what was sent stays; his own words he corrects on the page
        return forbidden

    def _make_access_error(self, operation):
        """Who may ask on a delivery is told so; everybody else what Odoo tells him."""
        if self.env.user.share and any(message._get_transfer()._is_asked_by(self.env.user) for message in self):
            return AccessError(self.env._("On a delivery you can write messages, and nothing else."))
        return super()._make_access_error(operation)

    @api.model
    def _get_with_access(self, message_id, mode="read", **kwargs):
        """Who sees a delivery's page sees no notes of staff, and has nothing to do with them."""
        message = super()._get_with_access(message_id, mode=mode, **kwargs)
        is_hidden = self.env.user.share and message._filtered_on_transfers()._filtered_notes()
        return self.browse() if is_hidden else message

    def _filtered_on_transfers(self):
        # Who writes a message need not be able to read what is asked of it.
        return self.filtered(lambda message: message.sudo().model == "stock.picking" and message.sudo().res_id)

    def _filtered_notes(self):
        """Return what of it is for staff alone: what Odoo keeps from everybody else."""
        return self - self.sudo().filtered_domain(self._get_search_domain_share()).with_env(self.env)

    def _is_let_by_transfer(self):
        """Whether the user may write this: a question on a delivery; on another transfer, what Odoo lets who reads it.

        Nothing is written on a transfer that is not there yet.
        """
        transfer = self._get_transfer()
        if transfer and transfer.sudo()._is_customer_delivery():
            return self._is_question() and transfer._is_asked_by(self.env.user)
        return bool(transfer) and transfer.has_access("read")

    def _get_transfer(self):
        """Return the transfer that this is on, if any."""
        message = self.sudo()
        return self.env["stock.picking"].browse(message.res_id if message._filtered_on_transfers() else ()).exists()

    def _is_question(self):
        """Whether this is what the page of a delivery sends."""
        message = self.sudo()
        subtype = self.env.ref(QUESTION["subtype_xmlid"])
        is_kind = message.message_type == QUESTION["message_type"] and message.subtype_id == subtype
        return is_kind and not message.is_internal
