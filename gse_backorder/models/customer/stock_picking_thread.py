from odoo import api, models

from ... import arguments

# What a customer writes to us, in the open: no notes, which are staff's own, and no notifications.
QUESTION = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


class StockPicking(models.Model):
    """The conversation on a delivery, between its customer and us."""

    _inherit = "stock.picking"

    def _message_compute_subject(self):
        """What customers are written, and write, names their order, and not our delivery alone."""
        # The composer asks it of whatever records it is told, and what is read here would be known to it from then on.
        self.check_access("read")
        # Who writes need not be able to read the order.
        delivery = self.sudo()
        return delivery._get_subject() if delivery._is_customer_delivery() else super()._message_compute_subject()

    @arguments.public(single=True, partner_ids=arguments.many_ids)
    def message_post(self, **kwargs):
        """A customer's question reaches somebody, who need not follow the delivery."""
        is_asked = self.env.user.share and kwargs.get("message_type") == "comment" and self._is_asked_by_customer()
        if is_asked:
            # The customer need not be able to read who is responsible.
            responsible = self.sudo()._get_responsible()
            kwargs["partner_ids"] = [*(kwargs.get("partner_ids") or ()), *responsible.partner_id.ids]
        with arguments.in_words():
            return super().message_post(**kwargs)

    @arguments.public(source_ref=arguments.template)
    def message_post_with_source(self, source_ref, **kwargs):
        """Odoo's own confirmation is not sent where the mail on the backorder is to tell what has shipped."""
        confirmations = self.company_id.stock_mail_confirmation_template_id
        is_confirmation = isinstance(source_ref, models.BaseModel) and source_ref == confirmations
        if self and is_confirmation and all(picking._is_told_with_backorder() for picking in self):
            return self.env["mail.message"]
        with arguments.in_words():
            return super().message_post_with_source(source_ref, **kwargs)

    def _is_asked_by_customer(self):
        """Whether customers may write on this delivery."""
        # Who asks need not be able to read the settings of the company.
        delivery = self.sudo()
        return delivery._is_customer_delivery() and delivery.company_id.customer_may_ask

    def _is_asked_by(self, user):
        """Whether *user* may write here: he sees the delivery as its customer does, and customers may."""
        return bool(self) and self._is_visible_to(user) and self._is_asked_by_customer()

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", **kwargs):
        """Who sees a delivery's page, by his login or by a link, reads its messages, and may ask where he is let.

        Not more than by the page: by RPC Odoo lets him post neither here nor on his order.
        """
        if not self.env.user.share:
            return super()._get_thread_with_access(thread_id, mode=mode, **kwargs)
        # Whose it is decides, and not what of it the visitor can read.
        delivery = self.sudo().browse(thread_id).exists()
        if not delivery or not delivery._is_customer_delivery():
            return super()._get_thread_with_access(thread_id, mode=mode)  # no link opens it
        if mode != "read" and not delivery._is_asked_by_customer():
            return self.browse()
        if not delivery._is_opened_by(kwargs.get("token")):
            kwargs.pop("token", None)
        return super()._get_thread_with_access(thread_id, mode="read", **kwargs)

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Who is no employee learns of the conversation what his page shows: neither activities, files, nor followers.

        Odoo gives them, read with all rights, to whoever has come by a link.

        :raise AccessError: for who has come by none, and may not read the transfer
        """
        if request_list and self.env.user.share:
            self.check_access("read")
            request_list = [name for name in request_list if name == "display_name"]
        return super()._thread_to_store(store, fields, request_list=request_list)

    def _mail_get_partners(self, introspect_fields=False):
        """The link that opens a delivery's page goes to who has ordered it, not to the address that it goes to."""
        partners = super()._mail_get_partners(introspect_fields=introspect_fields)
        for picking in self:
            # Whoever writes a message need not be able to read the order.
            if picking.sudo()._is_customer_delivery():
                partners[picking.id] = picking.sudo()._get_customer().with_env(self.env)
        return partners

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Who follows a delivery with a login of the portal hears of it as long as it is his company's."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        # Who writes a message need not be able to read the customer, or to whom it goes.
        customer = self.sudo().customer_id
        if not customer:
            return recipients
        chosen = (msg_vals or {}).get("partner_ids") or message.sudo().partner_ids.ids
        followers = {data["uid"] for data in recipients if data["uid"] and data["ushare"] and data["id"] not in chosen}
        users = self.env["res.users"].sudo().browse(followers)
        strangers = users.filtered(lambda user: user.commercial_partner_id != customer)
        return [data for data in recipients if data["uid"] not in strangers.ids]
