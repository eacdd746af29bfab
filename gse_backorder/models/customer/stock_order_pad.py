import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ... import locking
from .order_pad_text import LONGEST_TEXT, MOST_LINES, Row

# How many digits make a key that nobody guesses.
KEY_BYTES = 16
LONGEST_KEY = 64
# What a customer writes about the order as a whole, see _write_head.
LONGEST_REFERENCE = 64
LONGEST_NOTE = 1000


class StockOrderPad(models.Model):
    """What a customer is about to order: kept until he sends it, and no order yet.

    Each contact has his own. Customers have no rights on pads: all that they do with them passes through the methods
    here, which ask whose pad it is and what the company lets its customers do.
    """

    _name = "stock.order.pad"
    _description = "Order Pad"
    _inherit = ["stock.day.mixin"]
    _order = "id desc"
    _rec_name = "partner_id"

    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(KEY_BYTES),
        help="Technical: what is sent twice under one key makes one order.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade", help="The contact who orders."
    )
    commercial_partner_id = fields.Many2one(
        "res.partner",
        string="Customer's Company",
        compute="_compute_commercial_partner_id",
        store=True,
        precompute=True,
        index=True,
        help="The company for which it is written: the pad stays there when the contact leaves.",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    reference = fields.Char(string="Customer's Order Number", size=LONGEST_REFERENCE)
    wished_date = fields.Date(help="When the customer would like to have it. It is a wish, and moves no promise.")
    shipping_partner_id = fields.Many2one(
        "res.partner", string="Delivery Address", ondelete="set null", help="One of the customer's own addresses."
    )
    picking_policy = fields.Selection(
        [("direct", "As it comes"), ("one", "All together")], string="Ships", required=True, default="direct"
    )
    site_note = fields.Text(string="Site Notes")
    line_ids = fields.One2many("stock.order.pad.line", "pad_id")
    line_count = fields.Integer(string="Lines", compute="_compute_line_count")
    order_id = fields.Many2one("sale.order", readonly=True, copy=False, index="btree_not_null", ondelete="set null")
    sent_date = fields.Datetime(string="Sent", readonly=True, copy=False)

    _partner_key_uniq = models.UniqueIndex("(partner_id, commercial_partner_id, company_id, key)")

    @api.depends("partner_id")  # and not on whose contact he becomes afterwards
    def _compute_commercial_partner_id(self):
        for pad in self:
            pad.commercial_partner_id = pad.partner_id.commercial_partner_id

    @api.depends("line_ids")
    def _compute_line_count(self):
        counts = dict(
            self.env["stock.order.pad.line"]._read_group(Domain("pad_id", "in", self.ids), ["pad_id"], ["__count"])
        )
        for pad in self:
            pad.line_count = counts.get(pad, 0)

    # ---- whose it is -----------------------------------------------------------

    @api.model
    def _may_order(self, user, company):
        """Whether *user* is a customer's login that may order of *company* at all."""
        # Which of our settings it is about the customer need not be able to read.
        return (
            user._is_portal()
            and company in user.sudo().company_ids
            and company.sudo().customer_may_order != "no"
            and bool(user.partner_id.active)
        )

    @api.model
    def _check_may_order(self, user, company):
        """:raise AccessError: for who is no customer, or where customers order elsewhere"""
        if not self._may_order(user, company):
            self._refuse()

    @api.model
    def _refuse(self):
        """:raise AccessError: the same for who may not order, for what is not there, and for what is somebody else's"""
        raise AccessError(self.env._("You cannot order here. Please ask us."))

    @api.model
    def _get_own_domain(self, user, company):
        """Return the domain of the pads that *user* has, sent or not: nobody else's, of no other company of ours."""
        return self._get_domain_of(user.partner_id, company)

    @api.model
    def _get_domain_of(self, customer, company):
        """The same for the contact *customer*; what he has written for a company that he has left is none of his."""
        return (
            Domain("partner_id", "=", customer.id)
            & Domain("commercial_partner_id", "=", customer.sudo().commercial_partner_id.id)
            & Domain("company_id", "=", company.id)
        )

    @api.model
    def _get_own(self, user, company):
        """Return the pad that *user* writes on, with all rights; one that is not saved, while he has written nothing.

        :raise AccessError: see :meth:`_check_may_order`
        """
        self._check_may_order(user, company)
        # The customer has no rights on pads: it is his own by the domain, and by what is written on a new one.
        pads = self.sudo().with_company(company)
        open_domain = self._get_own_domain(user, company) & Domain("sent_date", "=", False)
        return pads.search(open_domain, limit=1) or pads.new(self._prepare_own(user, company))

    @api.model
    def _prepare_own(self, user, company):
        return {"partner_id": user.partner_id.id, "company_id": company.id}

    @api.model
    def _open_own(self, user, company, key=None):
        """The same, saved, and locked for this transaction: a customer with two windows has one pad.

        :param str key: of the pad, as another system has called it; one that was sent is returned, too
        """
        self._check_may_order(user, company)
        self.env["stock.order.pad.meter"].with_user(user)._count(requests=1)
        self._lock_customer(user.partner_id)
        if not key:
            pad = self._get_own(user, company)
            return pad if pad.id else pad._begin(self._prepare_own(user, company))
        if not isinstance(key, str) or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise UserError(self.env._("The key of an order is a text of at most %s signs.", LONGEST_KEY))
        pads = self.sudo().with_company(company)
        pad = pads.search(self._get_own_domain(user, company) & Domain("key", "=", key), limit=1)
        return pad or pads._begin({**self._prepare_own(user, company), "key": key})

    @api.model
    def _lock_customer(self, customer):
        """Let nobody else open or change a pad of the customer before this transaction ends."""
        locking.wait_for(customer, allow_referencing=True)

    @api.model
    def _begin(self, values):
        """Return a new pad; whoever waits to open one of the same customer at this moment will find it."""
        pad = self.create(values)
        locking.renew(pad.partner_id)
        return pad

    def _check_open(self):
        """:raise UserError: if the pad was sent, and is an order now; or if its contact has left the pad's company"""
        if self.sent_date:
            raise UserError(self.env._("This was sent before: please look at your order."))
        if self.commercial_partner_id != self.partner_id.commercial_partner_id:
            raise UserError(
                self.env._("%s works for another company now: please open a new pad.", self.partner_id.name)
            )

    def _get_order(self):
        """Return the order that the pad has become, as long as it is the order of the company that has sent it."""
        return self.order_id.filtered(
            lambda order: order.partner_id.commercial_partner_id == self.commercial_partner_id
        )

    def _get_day_warehouse(self):
        return self.env["stock.warehouse"].search([("company_id", "=", self.company_id.id)], limit=1)

    # ---- what is written on it -------------------------------------------------

    def _get_addresses(self):
        """Return the addresses of the customer's company to which it can be delivered."""
        company = self.partner_id.commercial_partner_id
        return self.env["res.partner"].search(
            Domain("id", "child_of", company.id) & Domain("type", "in", ("delivery", "other", "contact"))
            & (Domain("type", "!=", "contact") | Domain("id", "in", (company | self.partner_id).ids)),
            order="complete_name, id",
        )  # fmt: skip

    def _write_head(self, values):
        """Write what the customer says about the order as a whole, see :meth:`_prepare_head`."""
        self._check_open()
        self.write(self._prepare_head(values))

    def _prepare_head(self, values):
        """Return what the customer says about the order as a whole; what he does not name stays as it is.

        :param dict values: texts of ``reference``, ``wished_date`` (ISO), ``shipping`` (an id), ``policy``, ``note``
        :raise UserError: if one of them is none: also an address that is not his own
        """
        head = {}
        if "reference" in values:
            head["reference"] = values["reference"].strip()[:LONGEST_REFERENCE]
        if "note" in values:
            head["site_note"] = values["note"].strip()[:LONGEST_NOTE]
        if "wished_date" in values:
            head["wished_date"] = self._read_day(values["wished_date"])
        if values.get("policy"):
            if values["policy"] not in ("direct", "one"):
                raise UserError(self.env._("Goods ship as they come, or all together."))
            head["picking_policy"] = values["policy"]
        if values.get("shipping"):
            address = self._get_addresses().filtered(lambda partner: str(partner.id) == str(values["shipping"]))
            if not address:
                raise UserError(self.env._("Please choose one of your own addresses."))
            head["shipping_partner_id"] = address.id
        return head

    def _read_day(self, text):
        if not text:
            return False
        try:
            return fields.Date.to_date(text)
        except ValueError as error:
            raise UserError(self.env._("“%s” is no date.", text[:LONGEST_REFERENCE])) from error

    def _add_rows(self, rows):
        """Add lines, in the order in which they are given.

        :param rows: a list of :class:`~.order_pad_text.Row`
        :raise UserError: if the pad would have too many: then none is added
        """
        self._check_open()
        if rows and self._is_title(rows[0]):
            rows = rows[1:]
        if len(self.line_ids) + len(rows) > MOST_LINES:
            if len(rows) == 1:
                raise UserError(self.env._("A pad has %s lines at most. Nothing was added.", MOST_LINES))
            raise UserError(
                self.env._(
                    "%(new)s lines are too many: a pad has %(most)s at most, and yours has %(old)s. Nothing was added.",
                    new=len(rows) if len(rows) <= MOST_LINES else self.env._("More than %s", MOST_LINES),
                    most=MOST_LINES,
                    old=len(self.line_ids),
                )
            )
        found = self._count_texts([row.text for row in rows if not row.product_id], len(rows))
        last = max(self.line_ids.mapped("sequence"), default=0)
        self.env["stock.order.pad.line"].create(
            [
                {
                    "pad_id": self.id,
                    "sequence": last + number,
                    "found_product_id": row.product_id or self._get_sole_product(found[row.text]).id,
                    **self._prepare_row(row),
                }
                for number, row in enumerate(rows, start=1)
            ]
        )

    def _is_title(self, row):
        """Whether *row* reads as titles do, and there is no product of that name or code."""
        found = row.is_title and self._find_products([row.text])[row.text]
        return bool(found) and (found.reason == "unknown" or found.is_part)

    def _prepare_row(self, row):
        return {
            "text": row.text,
            "unit_text": row.unit,
            "product_id": row.product_id,
            **self.line_ids._prepare_quantity(row.quantity),
        }

    def _change_lines(self, changes):
        """Change the lines that are named: ``{line id: {"quantity", "unit", "product": text}}``; the rest stays.

        A line that is not the pad's own is none: nothing tells whose it is.
        """
        self._check_open()
        changed = {line: changes[line.id] for line in self.line_ids if line.id in changes}
        changed = {line: change for line, change in changed.items() if line._is_changed_by(change)}
        found = self._count_texts([change["text"] for change in changed.values() if "text" in change], len(changed))
        for line, change in changed.items():
            if "text" in change:
                line.found_product_id = self._get_sole_product(found[change["text"]])
            line._change(change)

    def _remove_lines(self, line_ids):
        self._check_open()
        self.line_ids.filtered(lambda line: line.id in line_ids).unlink()

    def _count_texts(self, texts, lines):
        """Count what the customer asks for by new lines, and what is offered to him for their texts.

        :return: what they stand for, see ``stock.order.catalogue._find``
        :raise TooMuchError: if it is more than anybody asks for who orders
        """
        by_text = self._find_products(texts)
        offered = sum(len(found.products) for found in by_text.values() if found.reason)
        self.env["stock.order.pad.meter"]._count(lines=lines, results=offered)
        return by_text

    @api.model
    def _get_sole_product(self, found):
        return found.products.browse() if found.reason else found.products

    # ---- order again -----------------------------------------------------------

    @api.model
    def _is_orderable_again(self, user, customer, company):
        """Whether *user* may order more of what his own company, the *customer*, has ordered of *company*."""
        is_own = customer.sudo().commercial_partner_id == user.commercial_partner_id
        return is_own and self._may_order(user, company.sudo())

    def _add_again(self, order_id=None, picking_id=None):
        """Add what an order, or a delivery, of the customer's company was about.

        :raise UserError: if it is not his, or there is none: nothing tells which
        """
        company = Domain("company_id", "=", self.company_id.id)
        order = self.env["sale.order"].search(
            company
            & Domain("id", "=", order_id or 0)
            & Domain("partner_id", "child_of", self.commercial_partner_id.id)
            & Domain("state", "in", ("sent", "sale"))
        )
        pickings = self.env["stock.picking"]
        domain = company & Domain("id", "=", picking_id or 0) & pickings._get_customer_domain(self.partner_id)
        delivery = pickings.search(domain)
        if order:
            self._add_order(order)
        elif delivery:
            self._add_delivery(delivery)
        else:
            raise UserError(self.env._("There is no such order of yours."))

    def _add_order(self, order):
        self._add_products(
            (line.product_id, line.product_uom_qty, line.product_uom_id)
            for line in order.order_line
            if line.product_id and not line.display_type
        )

    def _add_delivery(self, delivery):
        """Add what *delivery* brings, or has brought; whose delivery it is is asked before.

        Of a kit it is the kit that is ordered again, as often as the order says.
        """
        moves = delivery.move_ids.filtered(lambda move: move.state != "cancel")
        kits = moves.sale_line_id.filtered(lambda line: line.product_id not in moves.product_id)
        self._add_products(
            [
                *((line.product_id, line.product_uom_qty, line.product_uom_id) for line in kits),
                *(
                    (move.product_id, move.quantity if move.state == "done" else move.product_uom_qty, move.product_uom)
                    for move in moves
                    if move.sale_line_id not in kits
                ),
            ]
        )

    def _add_products(self, products):
        """:param products: ``(product, quantity, unit)`` of each line; what is nothing is no line"""
        self._add_rows(
            [
                Row(
                    product.with_context(display_default_code=False).display_name[:LONGEST_TEXT],
                    quantity,
                    unit.name,
                    product.id,
                )
                for product, quantity, unit in products
                if quantity > 0
            ]
        )
