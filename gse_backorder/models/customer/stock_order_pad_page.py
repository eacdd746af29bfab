import json

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ... import arguments
from .order_pad_text import LONGEST_TEXT, MOST_LINES, Row, read_file, read_paste
from .stock_live import LIVE_EVENT


class StockOrderPad(models.Model):
    """What the page of a pad and other systems read of it, and send to it: plain values, by one code."""

    _inherit = "stock.order.pad"

    # ---- page ------------------------------------------------------------------

    def _get_values(self):
        """Return what the page of the pad shows."""
        pad = self.sudo()
        told = pad._judge()
        pictures = self.env["stock.customer.page"]._get_pictures(
            self.env["product.product"].sudo().browse({row["product_id"] for row in told["rows"] if row["product_id"]})
        )
        for row in told["rows"]:
            row["picture"] = pictures.get(row["product_id"])
        return {
            **told,
            "key": pad.key if pad.id else "",
            "reference": pad.reference or "",
            "wished_date": pad.wished_date and fields.Date.to_string(pad.wished_date),
            "policy": pad.picking_policy,
            "note": pad.site_note or "",
            "shipping_id": pad.shipping_partner_id.id or pad._get_default_address().id,
            "addresses": [
                {"id": address.id, "name": pad._get_address_text(address)} for address in pad._get_addresses()
            ],
            "is_order": pad.company_id.customer_may_order == "order",
            "served": pad._get_served(),
            "channels": pad._get_channels(told["rows"]),
            "most_lines": MOST_LINES,
        }

    def _get_served(self):
        """Return whom the pad is for, as an employee reads it who writes for him; False for the customer himself."""
        if not self._is_served():
            return False
        return {"name": self.partner_id.display_name, "url": f"/odoo/res.partner/{self.partner_id.id}"}

    def _get_channels(self, rows):
        """Return the bus channels that tell when its page has to be read anew: it was written on, or the stock is
        another of what stands on it."""
        live = self.env["stock.live"]
        if not self.id:
            return []
        products = self.env["product.product"].browse({row["product_id"] for row in rows if row["product_id"]})
        return [
            live._get_channel(kind, record)
            for kind, records in (("pad", self), ("product", products))
            for record in records
        ]

    def _tell_changed(self, page=""):
        """Tell who else has the page open that something is written on it.

        :param str page: what the page that wrote it calls itself: it was answered, and needs not be told
        """
        self.env["bus.bus"]._sendone(self.env["stock.live"]._get_channel("pad", self), LIVE_EVENT, {"page": page})

    def _get_default_address(self):
        """Return the address to which Odoo would deliver it."""
        addresses = self.partner_id.address_get(["delivery"])
        return self.partner_id.browse(addresses["delivery"])

    def _get_address_text(self, address):
        parts = (address.name or address.commercial_partner_id.name, address.street, address.zip, address.city)
        return ", ".join(part for part in parts if part)

    def _read_paste(self, text):
        """Return the rows of what the customer has pasted.

        :raise UserError: if it is too long
        """
        try:
            return read_paste(text)
        except ValueError as error:
            raise UserError(self.env._("What you have pasted is too long. Nothing was added.")) from error

    def _read_file(self, name, content):
        """Return the rows of a file that the customer has sent.

        :raise UserError: if it cannot be read
        """
        try:
            rows = read_file(name, content)
        except ValueError as error:
            raise UserError(
                self.env._("“%s” cannot be read: please send a list as CSV or XLSX, of 2 MB at most.", name)
            ) from error
        if not rows:
            raise UserError(self.env._("There is no line in “%s”.", name))
        return rows

    # ---- other systems -----------------------------------------------------------

    @api.model
    def _judge_rows(self, user, company, lines, head):
        """Return what the page would show of *lines*, which are not kept.

        :param lines: as a system sends them, see :meth:`_read_given`
        :param dict head: texts, see :meth:`_prepare_head`
        """
        self._check_may_order(user, company)
        rows = self._read_given(lines)
        self.env["stock.order.pad.meter"].with_user(user)._count(requests=1)
        # The customer has no rights on pads, and none is kept.
        pads = self.sudo().with_company(company)
        pad = pads.new(pads._prepare_own(user, company))
        pad._count_texts([row.text for row in rows], len(rows))
        pad = pads.new(
            {
                **pads._prepare_own(user, company),
                "line_ids": [Command.create(pad._prepare_row(row)) for row in rows],
            }
        )
        pad.update(pad._prepare_head(head))
        return pad._judge()

    @api.model
    def _place(self, user, company, key, lines, head, seen=None):
        """Order *lines* at once; asked a second time under the same key, the order that they have become.

        :param dict head: texts, see :meth:`_prepare_head`
        :raise UserError: also where something else was ordered under that key
        """
        if not key:
            raise UserError(self.env._("An order needs a key of its own, by which it is known when it is sent again."))
        pad, rows = self._open_own(user, company, key), self._read_given(lines)
        if not pad.sent_date:
            pad.line_ids.unlink()
            pad._add_rows(rows)
            pad._write_head(head)
        elif not pad._says(rows, head):
            raise UserError(self.env._("Something else was ordered under this key. Nothing was ordered now."))
        return pad._send(user.partner_id, seen, is_seen_by_place=True)

    def _says(self, rows, head):
        """Whether *rows*, and what is given of *head*, are what stands on the pad."""
        given = self.line_ids.browse().union(*(self.line_ids.new(self._prepare_row(row)) for row in rows))

        def read(lines):
            return [(line.text, line.quantity, line.quantity_text, line.unit_text or "") for line in lines]

        written = {name: self[name].id if name.endswith("_id") else self[name] for name in self._prepare_head(head)}
        return read(given) == read(self.line_ids) and written == self._prepare_head(head)

    @api.model
    def _read_given(self, lines):
        """Return the rows of what another system has sent: a list of ``{"code", "quantity", "unit"}``.

        :raise UserError: if it is something else
        """
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            raise UserError(self.env._("Lines are a list of codes and quantities."))
        if len(lines) > MOST_LINES:
            raise UserError(self.env._("An order has %s lines at most.", MOST_LINES))
        return [
            Row(
                self._read_word(line.get("code")),
                self._read_quantity(line.get("quantity", 1)),
                self._read_word(line.get("unit")),
            )
            for line in lines
        ]

    @api.model
    def _read_word(self, value):
        return arguments.text(str(value).strip(), LONGEST_TEXT) if isinstance(value, (int, str)) else ""

    @api.model
    def _read_quantity(self, value):
        if isinstance(value, (int, float)):
            return value
        # An empty text is none, unlike on the page, where nobody has to type a one.
        return arguments.text(value, LONGEST_TEXT).strip() or json.dumps(value)[:LONGEST_TEXT]
