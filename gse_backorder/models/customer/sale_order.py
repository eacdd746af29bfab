from odoo import fields, models

from ..chain.picking_states import CLOSED_STATES
from .link_token import is_token


class SaleOrder(models.Model):
    """What the customer sees of his order's deliveries, and the notes for his site."""

    _name = "sale.order"
    _inherit = ["sale.order", "stock.engine.facts"]

    token_customer_id = fields.Many2one(
        "res.partner",
        string="Link Made For",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="Technical: the company that had ordered it when the order's link was made. To others it opens no"
        " deliveries.",
    )
    site_note = fields.Text(
        string="Site Notes",
        help="Delivery instructions for the customer's receiving site. They are printed on the documents of the order's"
        " deliveries and backorders, and the customer reads them. Changing them changes the deliveries that are still"
        " open and have no notes of their own.",
    )

    def _get_customer_deliveries(self, visitor, access_token=None):
        """Return what the order's page in the portal shows of its deliveries, the eldest first.

        :param visitor: the user who looks at it; whom Odoo shows the order by the token of a customer before sees none
        :param access_token: what the visitor has sent; who sees the order by its token sees the deliveries by theirs
        """
        is_guest = self._is_opened_by(access_token)
        if not is_guest and not self.with_user(visitor).has_access("read"):
            return []
        deliveries = self.sudo().picking_ids.filtered(lambda picking: picking._is_customer_delivery())
        deliveries = deliveries.sorted(
            lambda picking: ((picking.backorder_root_id or picking).id, picking.backorder_index)
        )
        rows = self.env["stock.customer.page"]._get_rows(deliveries)
        for row, delivery in zip(rows, deliveries, strict=True):
            row["url"] = delivery.get_portal_url() if is_guest else delivery.access_url
        return rows

    def _is_opened_by(self, token):
        """Whether *token*, which a visitor has sent, is that of a link to this order, made for its present customer.

        Odoo keeps an order's token for ever: given to another, the order has still the one of before.
        """
        # The visitor of a link need have no rights at all.
        order = self.sudo()
        is_own = order.token_customer_id == order.partner_id.commercial_partner_id
        return is_own and is_token(order.access_token, token)

    def _portal_ensure_token(self):
        """Remember for whom a token is made, when it is."""
        is_new = not self.access_token
        token = super()._portal_ensure_token()
        if is_new:
            # Who asks for a link need not be able to change the order, nor to read its customer.
            order = self.sudo()
            order._write_facts({"token_customer_id": order.partner_id.commercial_partner_id.id})
        return token

    def write(self, vals):
        """Open deliveries follow the order's notes for the site, unless somebody has written other ones on them.

        What was noted together with another customer is meant for him.
        """
        if "site_note" not in vals:
            before = {order: order.partner_id.commercial_partner_id for order in self} if "partner_id" in vals else {}
            result = super().write(vals)
            changed = [order.id for order, of in before.items() if of - order.partner_id.commercial_partner_id]
            self.browse(changed)._forget_customer()
            return result
        followers = self._get_site_note_followers()
        result = super().write(vals)
        followers.write({"site_note": vals["site_note"]})
        return result

    def copy_data(self, default=None):
        """A copy for another customer has none of the first one's notes for the site."""
        vals_list = super().copy_data(default)
        for order, vals in zip(self, vals_list, strict=True):
            customer = self.env["res.partner"].browse(vals.get("partner_id")).commercial_partner_id
            if "site_note" not in (default or {}) and customer != order.partner_id.commercial_partner_id:
                vals.pop("site_note", None)
        return vals_list

    def _forget_customer(self):
        """Leave nothing on these orders that their customer before has had noted, as on his deliveries."""
        self.filtered("site_note").write({"site_note": False})

    def _get_site_note_followers(self):
        """Return the open transfers whose notes for the site are the order's own, or empty."""
        # Who may change the order says what its deliveries tell the site, also on steps that he may not open.
        return self.sudo().picking_ids.filtered(
            lambda picking: (
                picking.state not in CLOSED_STATES
                and (picking._has_steps() or picking._brings_to_customer())
                and (not picking.site_note or picking.site_note == picking.sale_id.site_note)
            )
        )

    def _get_backorder_confirmations(self):
        """Return the deliveries to print confirmations of: one for each chain of which a backorder is to come."""
        self.ensure_one()
        deliveries = self.picking_ids.filtered("is_bound_for_customer")
        confirmations = deliveries._get_backorder_confirmations()
        return confirmations.filtered(lambda delivery: delivery._get_backordered_lines())
