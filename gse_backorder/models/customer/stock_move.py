from odoo import fields, models

from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_latest
from ..chain.wording import format_quantity


class StockMove(models.Model):
    """What the customer reads of a line, in papers, pages and mails."""

    _inherit = "stock.move"

    customer_cancelled_date = fields.Datetime(
        string="Cancelled by the Customer",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="When the customer has cancelled the line on the page of its delivery.",
    )

    # ---- what he is told ---------------------------------------------------

    def _get_commitments(self):
        """What the customer has accepted is what he counts on, and not what was promised first; so is a step for it."""
        last, commitments = self, super()._get_commitments()
        while following := last.move_dest_ids.filtered(lambda move: move.state not in CLOSED_STATES):
            last = following
        accepted = get_latest(last.picking_id.mapped("accepted_promise_date"))
        return {**commitments, "accepted": accepted, **({"first": False} if accepted else {})}

    def _get_printed_description(self):
        """Return what the papers say of the line below its product, nothing where it would only repeat it."""
        description = self.description_picking
        is_repeated = description in (self.product_id.name, self.product_id.display_name)
        return "" if is_repeated else description or ""

    def _get_promise_text(self):
        """Return the day on which the whole line is promised, in the reader's format."""
        if date := self.promise_date:
            return self._format_day(date)
        return self.env._("on hold") if self.is_held else self.env._("no date yet")

    def _get_promise_change_text(self):
        """Return how the promise has moved since the first one, if it has: "first promised 4 Dec, now 9 Dec".

        What is on hold is promised nothing, and says so.
        """
        if self.is_held:
            return ""
        first, date = self._format_day(self._get_first_shipping_date()), self.promise_date
        if not first:
            return ""
        if not date:
            return self.env._("first promised %s, no date now", first)
        now = self._format_day(date)
        return "" if first == now else self.env._("first promised %(first)s, now %(now)s", first=first, now=now)

    def _get_notice_shipped(self):
        """Return what of the line has shipped, in words; nothing if none has."""
        if self.state != "done" or self._is_scrap() or self.product_uom.compare(self.quantity, 0) <= 0:
            return ""
        return self._format_quantity_with_unit(self.quantity)

    def _get_notice_open(self):
        return self._format_quantity_with_unit(self.product_uom_qty)

    def _get_notice_cancelled(self):
        shipped = self.quantity if self.state == "done" else 0.0
        return self._format_quantity_with_unit(self.product_uom_qty - shipped)

    def _get_notice_expected(self):
        return self.picking_id._get_promise_text(self)

    def _format_quantity_with_unit(self, quantity):
        """Return *quantity*, in the line's unit, in the reader's notation: "1.50 Dozens"."""
        return f"{format_quantity(self.env, quantity)} {self.product_uom.name}"

    def _get_new_picking_values(self):
        """A delivery, and the picks and packs before it, begin with the order's notes for the site.

        A backorder gets those of its original instead.
        """
        values = super()._get_new_picking_values()
        if not values.get("backorder_id") and (self[:1]._is_step() or self[:1]._goes_to_customer()):
            # Who makes a transfer need not be able to read the order.
            notes = self.sudo().sale_line_id.order_id.filtered("site_note").mapped("site_note")
            values["site_note"] = "\n".join(dict.fromkeys(notes))
        return values

    # ---- what customers are told -------------------------------------------

    def _action_assign(self, force_qty=False):
        """Customers who wait are told when all is there."""
        waiting = self.picking_id._filtered_waited_for()
        result = super()._action_assign(force_qty=force_qty)
        if waiting:
            waiting._notice_ready()
        return result

    def _action_cancel(self):
        """Customers are told of the rest that they do not get."""
        transfers = self.filtered(lambda move: move.state not in CLOSED_STATES).picking_id
        result = super()._action_cancel()
        transfers._notice_cancelled()
        return result
