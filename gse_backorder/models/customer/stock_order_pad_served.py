from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ... import arguments

PAD_URL = "/my/order"
# What the customer is sent to open his pad by.
LINK_TEMPLATE = "gse_backorder.mail_template_order_pad_link"


class Sight(NamedTuple):
    """How much of the stock somebody is told."""

    shows: str  # one of ``res.company.customer_order_shows``
    cap: float  # quantities are told up to it


class StockOrderPad(models.Model):
    """A salesperson opens the pad of his customer, on the telephone: one page and one code for both.

    It is the customer's pad. What is written for him, or sent to him, tells no more than he would see himself.
    """

    _inherit = "stock.order.pad"

    # ---- whose it is -----------------------------------------------------------

    def _is_served(self):
        """Whether it is an employee who is at work here, for the customer."""
        return self.env.user._is_internal() and self.env.user.partner_id != self.partner_id

    def _check_may_serve(self, user):
        """:raise AccessError: if *user* may not write orders for the customer of the pad"""
        self.env["sale.order"].with_user(user).check_access("create")
        self.partner_id.with_user(user).check_access("read")
        self.with_user(user).check_access("read")

    @api.model
    def _get_named(self, user, pad_id):
        """Return the pad of that id, sent or not, with all rights: the user's own, or his customer's.

        :raise AccessError: if it is neither, or there is none
        """
        pad = self.sudo().browse(pad_id if arguments.is_id(pad_id) else 0).exists()
        if not pad:
            self._refuse()
        if user._is_internal():
            pad._check_may_serve(user)
        elif not pad.filtered_domain(self._get_own_domain(user, pad.company_id)):
            self._refuse()
        else:
            self._check_may_order(user, pad.company_id)
        return pad.with_company(pad.company_id)

    @api.model
    def _open_named(self, user, pad_id):
        """The same, locked for this transaction, and counted."""
        pad = self._get_named(user, pad_id)
        self.env["stock.order.pad.meter"].with_user(user)._count(requests=1)
        pad._lock_customer(pad.partner_id)
        return pad

    @api.model
    def _open_for(self, user, customer, company):
        """Return the pad that *customer* writes on, saved, with all rights, for *user* to write on it, too.

        :raise AccessError: if he may not write orders for that customer
        """
        customer.with_user(user).check_access("read")
        self.env["sale.order"].with_user(user).check_access("create")
        if customer.sudo().company_id not in (company, company.browse()):
            raise UserError(self.env._("This customer is one of another company of ours."))
        self._lock_customer(customer)
        # Nobody writes pads but by these methods; whose customer it is is asked of what was found, or made.
        pads = self.sudo().with_company(company)
        is_open = self._get_domain_of(customer, company) & Domain("sent_date", "=", False)
        pad = pads.search(is_open, limit=1) or pads._begin({"partner_id": customer.id, "company_id": company.id})
        pad._check_may_serve(user)
        return pad

    # ---- what is told ------------------------------------------------------------

    def _get_sight(self):
        """Return the :class:`Sight` of who looks at it."""
        return Sight("quantity", float("inf")) if self._is_served() else self._get_customer_sight()

    def _get_customer_sight(self):
        return Sight(self.company_id.customer_order_shows, self.company_id.customer_order_cap)

    def _get_told_in(self):
        """Return the language of what is written for the customer: his own, where another writes it."""
        return self.partner_id.lang if self._is_served() else self.env.lang

    # ---- the link ----------------------------------------------------------------

    def _get_url(self):
        return f"{PAD_URL}/{self.id}"

    def _get_link(self):
        """Return what the customer opens his pad by: it gives no right, he logs in as himself."""
        self.ensure_one()
        return self.get_base_url() + self._get_url()

    @arguments.public(single=True)
    def action_open(self):
        """Open the page of the pad, or what has become of it."""
        self.ensure_one()
        self.check_access("read")
        self._check_may_serve(self.env.user)
        return {"type": "ir.actions.act_url", "url": self._get_url(), "target": "self"}

    @arguments.public(single=True)
    def action_send_link(self):
        """Write a mail to the customer with the link of the pad.

        :raise UserError: if he could not open it
        """
        self.ensure_one()
        self.check_access("read")
        self._check_may_serve(self.env.user)
        self._check_open()
        self._check_customer_can_open()
        # His language and his company's words are the template's affair; who writes sees it before it goes.
        template = self.env.ref(LINK_TEMPLATE).sudo()
        mail = template._generate_template(self.ids, ["subject", "body_html"])[self.id]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the Link"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": "res.partner",
                "default_res_ids": self.partner_id.ids,
                "default_composition_mode": "comment",
                "default_partner_ids": self.partner_id.ids,
                "default_subject": mail["subject"],
                "default_body": mail["body_html"],
                "default_email_layout_xmlid": "mail.mail_notification_light",
            },
        }

    def _check_customer_can_open(self):
        """:raise UserError: if the customer has no login by which he could order of the company"""
        # Whether somebody has a login is no secret of his salesperson's.
        users = self.sudo().partner_id.user_ids
        if not any(self._may_order(user, self.company_id) for user in users):
            raise UserError(
                self.env._(
                    "%s could not open it: either he has no login for the portal, or the settings do not let customers"
                    " order on a pad.",
                    self.partner_id.display_name,
                )
            )
