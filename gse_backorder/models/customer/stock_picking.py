from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import hmac

from ..chain.engine_facts import as_facts
from .link_token import is_token

# What a customer's open page shows of a transfer itself; the rest is its lines'.
LIVE_FIELDS = {
    "accepted_promise_date",
    "backorder_own_note",
    "carrier_tracking_ref",
    "date_done",
    "move_type",
    "name",
    "sale_id",
    "site_note",
}
# What tokens are derived for: the same secret of the database gives others elsewhere.
TOKEN_SCOPE = "gse_backorder-delivery"


class StockPicking(models.Model):
    """Whose delivery it is: who may see it, by his login or by a link, and what he has decided and was told."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "portal.mixin"]

    note = fields.Html(groups="base.group_user")  # staff's own: a customer could read it on his deliveries
    # Odoo tells the number of what they name to whoever may read them: of a chain, a part can be another customer's.
    backorder_id = fields.Many2one(groups="base.group_user")
    return_id = fields.Many2one(groups="base.group_user")
    accepted_promise_day = fields.Date(
        string="Accepted by the Customer",
        compute="_compute_accepted_promise_day",
        help="The day that the customer has accepted on the page of the delivery, by the calendar of the warehouse.",
    )

    # Derived and never stored: it follows the customer, however he changes, and nobody can copy, group or search by it.
    access_token = fields.Char(compute="_compute_access_token", store=False, groups=NO_ACCESS)
    customer_move_type = fields.Selection(
        selection=lambda self: self._fields["move_type"].selection,
        string="Shipping Policy Chosen",
        copy=False,
        readonly=True,
        fact=True,
        help="What the customer has chosen in the portal: it holds for the rest of the delivery, too.",
    )
    accepted_promise_date = fields.Datetime(
        string="Accepted by the Customer",
        copy=False,
        readonly=True,
        fact=True,
        help="The promise that the customer has accepted on the page of the delivery.",
    )
    customer_notice_ids = fields.One2many(
        "stock.customer.notice",
        "picking_id",
        string="Notices to the Customer",
        groups="stock.group_stock_user",
        help="What the customer has still to be told.",
    )
    told_promise_date = fields.Datetime(
        string="Customer Was Told",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="The date that the customer was last told; empty while he was told none.",
    )
    told_no_promise = fields.Boolean(
        string="Customer Was Told: No Date",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="Technical: the customer was last told that there is no date at present.",
    )

    @api.depends("accepted_promise_date")
    def _compute_accepted_promise_day(self):
        for picking in self:
            picking.accepted_promise_day = picking._get_day(picking.accepted_promise_date)

    @api.depends("accepted_promise_date")
    def _compute_shown_dates(self):
        return super()._compute_shown_dates()

    def _is_customer_delivery(self):
        """Whether it brings goods to a customer, and is no draft: what its customer may see."""
        self.ensure_one()
        return self._brings_to_customer() and self.location_dest_id.usage == "customer" and self.state != "draft"

    def _compute_move_type(self):
        """What the customer has chosen holds, whatever else is added to the order."""
        result = super()._compute_move_type()
        for picking in self.filtered("customer_move_type"):
            picking.move_type = picking.customer_move_type
        return result

    def _get_salesperson(self):
        """Return whom the customer is named as his contact: the order's salesperson, as long as he works here."""
        return self.sale_id.user_id._filtered_working_for(self.company_id)

    def _get_responsible(self):
        """Return the user who is told what the customer wants: the salesperson, else who is at it in the warehouse.

        Who has left, or may not open the company any more, is passed over.
        """
        self.ensure_one()
        return self._get_salesperson() or self._get_warehouse_user()

    # ---- who may see it ----------------------------------------------------
    # Pages, links, mails, conversations and documents ask here. Record rules say the same in the database, to portal
    # users that come by any other way: they never see a delivery that is not their own company's.

    @api.model
    def _get_customer_domain(self, partner):
        """Return the domain of what the customer *partner* may see: its whole company's deliveries and dropships.

        Not what it brings us, nor what we move on its behalf: a vendor's receipts and returns are no deliveries.
        """
        return (
            Domain("customer_id", "=", partner.commercial_partner_id.id)
            & Domain("location_dest_id.usage", "=", "customer")
            & Domain("state", "!=", "draft")
        )

    def _is_visible_to(self, user):
        """Whether *user* may see this delivery as its customer does: one of the customer's people, or staff.

        Who receives a delivery that another has ordered is not its customer.
        """
        self.ensure_one()
        # Who asks need not be able to read what the answer is made of.
        delivery = self.sudo()
        is_own = delivery.customer_id == user.commercial_partner_id and not user._is_public()
        return (
            delivery._is_customer_delivery()
            and (is_own or not user.share)
            and delivery.with_user(user).has_access("read")
        )

    def _is_opened_by(self, token):
        """Whether *token*, which a visitor has sent, is that of a link to this delivery.

        It was made for a customer: given to another, the delivery has another one.
        """
        self.ensure_one()
        # The visitor of a link need have no rights at all.
        delivery = self.sudo()
        return delivery._is_customer_delivery() and is_token(delivery.access_token, token)

    @api.depends("backorder_root_id", "customer_id", "location_dest_id.usage")
    def _compute_access_token(self):
        """All deliveries of a chain that are for one customer have one token: a link to one opens the others, too."""
        for picking in self:
            root, customer = picking.backorder_root_id or picking._origin, picking.customer_id
            has_page = root and customer and picking.location_dest_id.usage == "customer"
            # The secret of the database is nobody's to read; what comes out of it does not tell it.
            token = has_page and hmac(self.env(su=True), TOKEN_SCOPE, f"{root.id}-{customer.id}")
            picking.access_token = token or False

    def _portal_ensure_token(self):
        """Return the token of the link by which everybody may see the delivery; empty where it has no customer.

        :raise AccessError: for who may not see the delivery himself
        """
        self.ensure_one()
        self.check_access("read")
        # Nobody can read the field: it is given away only here, to who needs no link.
        return self.sudo().access_token or ""

    def _get_share_url(self, redirect=False, signup_partner=False, pid=None, share_token=True):
        """:raise AccessError: for who may not see the delivery himself"""
        self.check_access("read")
        # Odoo looks at the token, which nobody can read. To sign others up remains an employee's matter.
        signup_partner = signup_partner and (self.env.su or self.env.user._is_internal())
        return super(StockPicking, self.sudo())._get_share_url(
            redirect=redirect, signup_partner=signup_partner, pid=pid, share_token=share_token
        )

    def _sign_token(self, pid):
        # Whoever writes a message may not read the token that its link is signed with.
        return super(StockPicking, self.sudo())._sign_token(pid)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for picking in self:
            picking.access_url = f"/my/deliveries/{picking.id}"
        return result

    def _get_report_base_filename(self):
        """Return after what a document that is downloaded is called: each of a delivery has a name of its own."""
        self.ensure_one()
        names = {
            "slip": self.env._("Delivery slip %s", self.name),
            "return": self.env._("Return slip %s", self.name),
            "confirmation": self.env._("Backorder confirmation %s", self.name),
        }
        # It names a file, and nothing else: whoever sends it gets no more than he asks for.
        document = self.env.context.get("customer_document")
        return names.get(document if isinstance(document, str) else None, self.env._("Delivery %s", self.name))

    # ---- what follows from below ---------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if not LIVE_FIELDS.isdisjoint(vals):
            self.env["stock.live"]._tell_changed(self)
        return result

    def _prepare_inherited_values(self, vals):
        """What the customer was told of the whole he was told of its remainder, which goes to the same site."""
        return {
            **super()._prepare_inherited_values(vals),
            **as_facts(
                {
                    "told_promise_date": self.told_promise_date,
                    "told_no_promise": self.told_no_promise,
                    "customer_move_type": self.customer_move_type,
                }
            ),
            "site_note": vals.get("site_note", self.site_note),
        }

    def _prepare_first_promise(self, date):
        """It is what the customer is told first, unless he was told that there is no date."""
        first = super()._prepare_first_promise(date)
        if not self.told_promise_date and not self.told_no_promise:
            first["told_promise_date"] = date
        return first

    def _get_date_candidates(self, is_open_delivery):
        accepted = self.is_bound_for_customer and self.accepted_promise_date
        return [*super()._get_date_candidates(is_open_delivery), ("accepted", accepted)]

    def _action_done(self):
        """Customers are told what a validation has made of their deliveries."""
        result = super()._action_done()
        self._notice_done()
        return result

    def _send_confirmation_email(self):
        """Tell of what has shipped where others let it be told."""
        result = super()._send_confirmation_email()
        self._notice_shipped()
        return result
