from odoo import models
from odoo.tools import format_date

from .stock_picking import CUSTOMER_CODES


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_new_picking_values(self):
        """A delivery, and the picks and packs before it, begin with the order's notes for the site.

        A backorder gets those of its original instead.
        """
        values = super()._get_new_picking_values()
        if "backorder_id" not in values and self.picking_type_id.code in ("internal", *CUSTOMER_CODES):
            # Who makes a transfer need not be able to read the order.
            notes = self.sudo().sale_line_id.order_id.filtered("site_note").mapped("site_note")
            values["site_note"] = "\n".join(dict.fromkeys(notes))
        return values

    def _get_printed_description(self):
        """Return what the papers say of the line below its product, nothing where it would only repeat it."""
        description = self.description_picking
        is_repeated = description in (self.product_id.name, self.product_id.display_name)
        return "" if is_repeated else description or ""

    def _get_promise_text(self):
        """Return the day on which the whole line is promised, in the reader's format."""
        return format_date(self.env, self.promise_date) if self.promise_date else self.env._("no date yet")

    def _get_promise_change_text(self):
        """Return how the promise has moved since the first one, if it has: "first promised 4 Dec, now 9 Dec"."""
        if not self.first_promise_date:
            return ""
        first = format_date(self.env, self.first_promise_date)
        if not self.promise_date:
            return self.env._("first promised %s, no date now", first)
        now = format_date(self.env, self.promise_date)
        return "" if first == now else self.env._("first promised %(first)s, now %(now)s", first=first, now=now)
