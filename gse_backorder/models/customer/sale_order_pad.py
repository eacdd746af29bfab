from markupsafe import Markup

from odoo import api, fields, models

from ... import arguments
from .product_pricelist import RULES

# What its customer is sent when an order has come from his pad.
TEMPLATE = "gse_backorder.mail_template_order_pad_sent"


class SaleOrder(models.Model):
    """What a customer has ordered on his pad, and what he was shown when he did."""

    _inherit = "sale.order"

    pad_id = fields.Many2one(
        "stock.order.pad",
        string="Order Pad",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
        fact=True,
        help="The pad on which the customer has ordered.",
    )
    is_from_pad = fields.Boolean(
        string="From the Order Pad",
        readonly=True,
        copy=False,
        groups="base.group_user",
        fact=True,
        help="It was ordered on an order pad, and what the customer was shown is written on its lines.",
    )
    pad_user_id = fields.Many2one(
        "res.users",
        string="Typed By",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
        fact=True,
        help="The employee who has typed it for the customer, on the telephone; empty where the customer has.",
    )
    pad_badge = fields.Char(
        string="Came From",
        compute="_compute_pad_badge",
        groups="base.group_user",
        help="The order pad, where it was ordered on one; the telephone, where an employee has typed it.",
    )
    wished_date = fields.Date(
        copy=False,
        groups="base.group_user",
        help="When the customer would like to have it. It is a wish: it moves no promise and nobody's place.",
    )
    pad_change_text = fields.Text(
        string="Changed Since Ordered",
        compute="_compute_pad_change_text",
        groups="base.group_user",
        help="What is not any more as the customer was shown it when he ordered.",
    )

    @api.depends("is_from_pad", "state", "order_line.availability_status", "order_line.price_unit")
    def _compute_pad_change_text(self):
        for order in self:
            order.pad_change_text = "\n".join(
                order.env._("%(product)s: %(was)s before, %(now)s now", **change) for change in order._get_pad_changes()
            )

    @api.depends("is_from_pad", "pad_user_id")
    def _compute_pad_badge(self):
        for order in self:
            order.pad_badge = order.is_from_pad and (
                order.env._("Telephone") if order.pad_user_id else order.env._("Order pad")
            )

    @arguments.public(single=True)
    def action_order_again(self):
        """Put what was ordered on the customer's pad, and open that, for an employee who may write his orders.

        :raise UserError: if it is no order that could be repeated
        """
        self.ensure_one()
        self.check_access("read")
        pad = self.env["stock.order.pad"]._open_for(self.env.user, self.partner_id, self.company_id)
        pad._add_again(self.id)
        pad._tell_changed()
        return pad.with_env(self.env).action_open()

    def _with_rules_of(self, products):
        """Return the order with the rules of its price list in its context that may apply to *products*."""
        return self.with_context(**{RULES: self.pricelist_id._read_rules(products, self.date_order)})

    # ---- what has changed -------------------------------------------------------

    def _get_pad_changes(self):
        """Return what of a quotation is not any more as its customer was shown it: a list of dicts of words.

        He is told before he confirms it, and whoever confirms it for him.
        """
        self.ensure_one()
        # What is told of it is what the customer was told before, and no more.
        order = self.sudo()
        if not order.is_from_pad or order.state not in ("draft", "sent"):
            return []
        lines, changes = order.order_line.filtered("product_id"), []
        told = lines._get_told(lines._get_coverage())
        # What was added since was never shown; but it is told together with what was.
        for product, group in lines.filtered(lambda line: line.pad_text is not False).grouped("product_id").items():
            for line in group:
                change = line._tell_pad_change(line._get_pad_shown(), line._get_pad_now(told))
                if any(change.values()):
                    name = product.with_context(display_default_code=False).display_name
                    changes.append({"product": name, **change})
        return changes

    def _get_pad_notice(self):
        """Return what the page of an order from the pad says of its state; False where it is confirmed, or over."""
        self.ensure_one()
        if not self.sudo().is_from_pad or self.state not in ("draft", "sent"):
            return False
        return self.env._("Thank you. Nothing is reserved for this quotation before it is confirmed.")

    def _is_held_back(self):
        """Whether Odoo asks for more than the customer's word before it is confirmed: a payment, or credit."""
        self.ensure_one()
        return bool(self._has_to_be_paid() or self.partner_credit_warning)

    # ---- who is told ------------------------------------------------------------

    def _tell_of_pad(self, author):
        """Tell the salesperson once, and the customer by a mail that says of each line when it ships."""
        typed_by = self.sudo().pad_user_id
        if typed_by:
            sentence = self.env._("Typed on the customer's order pad by %s.", typed_by.name)
        elif self.state == "sale":
            sentence = self.env._("Ordered on the order pad.")
        elif self.company_id.customer_may_order == "order":
            sentence = self.env._("Ordered on the order pad; it waits for a payment, or for credit.")
        else:
            sentence = self.env._("A quotation is asked for on the order pad: please confirm it.")
        subject = f"{self.name}: {sentence.rstrip('.')}"
        self.message_post(
            subject=subject,
            body=Markup("<p>%s</p>") % sentence,
            author_id=author.id,
            partner_ids=(self.user_id._filtered_working_for(self.company_id).partner_id - author).ids,
            subtype_xmlid="mail.mt_note",
        )
        template = self.env.ref(TEMPLATE, raise_if_not_found=False)
        if template:
            # It is ours, whoever has ordered; and who orders gets it, though it is he who is at work here.
            sender = self.user_id.partner_id or self.company_id.partner_id
            self.with_context(mail_post_autofollow=False, mail_notify_author=True).message_post_with_source(
                template,
                author_id=sender.id,
                subtype_xmlid="mail.mt_note",
                notify_skip_followers=True,
                force_send=False,
            )

    def _get_pad_rows(self):
        """Return what the mail says of each line: its product, how much of it, and when it ships."""
        self.ensure_one()
        return [
            {
                "product": line.product_id.with_context(display_default_code=False).display_name,
                "quantity": line._format_pad_quantity(),
                "words": line.pad_text or "",
            }
            for line in self.order_line
            if line.product_id and not line.display_type
        ]

    def _get_pad_receipt(self):
        """Return what another system is told of the order that it has placed, as plain values."""
        self.ensure_one()
        return {
            "order": self.name,
            "reference": self.client_order_ref or "",
            "state": "confirmed" if self.state == "sale" else "quotation",
            "lines": self._get_pad_rows(),
            "url": self.get_base_url() + self.get_portal_url(),
        }
