from odoo import models

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_cancelled, format_quantity


class StockPicking(models.Model):
    """What has become of transfers that somebody has just validated, in a sentence: "540 shipped, -R1 with 310".

    The screen asks for it when the work is done: validating itself does nothing for it.
    """

    _inherit = "stock.picking"

    @arguments.public()
    def get_outcome(self):
        """Return what the screen tells who has validated these transfers; False where a question is asked first.

        It is not read from a replica, which may not know of it yet.

        :return: a dict of ``message`` (quantities are sums over the lines, each in its product's unit), and of ``link``
            and ``action`` where something is left: to open it
        :raise AccessError: if the user may not validate them
        """
        self.check_access("write")  # as to validate them
        done = self.filtered(lambda transfer: transfer.state == "done")
        if not done:
            return False
        rests = done.backorder_ids.filtered(lambda rest: rest.state not in CLOSED_STATES)
        outcome = {"message": done._get_outcome_text(rests)}
        if rests:
            outcome.update(rests._prepare_outcome_link())
        return outcome

    def _get_outcome_text(self, rests):
        """Return what has moved, what is left of it, and what was given up.

        :param rests: the open transfers that hold what is left
        """
        parts = [self._get_moved_text()]
        given_up = self | self.backorder_ids.filtered(lambda rest: rest.state == "cancel")
        if cancelled := sum(given_up.mapped("items_cancelled")):
            parts.append(format_cancelled(self.env, cancelled))
        if rests:
            parts.append(rests._get_rest_text())
        elif all(transfer.fulfillment_state == "done" for transfer in self):
            parts.append(self.env._("nothing is left"))
        text = ", ".join(parts)
        return self.env._("%(count)s transfers: %(text)s", count=len(self), text=text) if len(self) > 1 else text

    def _get_moved_text(self):
        moved = format_quantity(self.env, sum(self.mapped("items_shipped")))
        if all(transfer._is_receipt() and transfer.location_dest_id._holds_stock() for transfer in self):
            return self.env._("%s received", moved)
        if all(transfer._leaves() for transfer in self):
            return self.env._("%s shipped", moved)
        return self.env._("%s moved", moved)

    def _leaves(self):
        """Whether the goods leave the warehouse: to a customer, or by what is called a delivery, and is no pick."""
        return self._brings_to_customer() or (self.picking_type_code == "outgoing" and not self._has_steps())

    def _get_rest_text(self):
        """Return where the rest is: "-R1 with 310 on 9 Dec"; of several how many there are."""
        quantity = format_quantity(self.env, sum(self.mapped("items_open")))
        if len(self) > 1:
            return self.env._("%(count)s backorders with %(quantity)s", count=len(self), quantity=quantity)
        values = {"backorder": self._get_short_name(), "quantity": quantity}
        if date := self._get_rest_date():
            date = self._format_day(date)
            return self.env._("%(backorder)s with %(quantity)s on %(date)s", **values, date=date)
        return self.env._("%(backorder)s with %(quantity)s, without a date", **values)

    def _get_short_name(self):
        """Return by what the number differs from that of the original: "-R1"; all of it where it does not follow it."""
        self.ensure_one()
        name = self.name.removeprefix(self.backorder_root_id.name or self.name)
        return name or self.name

    def _get_rest_date(self):
        """Return when the rest is promised, or, of what is to be received, expected; False for no date.

        What is overdue has none, until somebody gives one.
        """
        self.ensure_one()
        if not self._is_receipt():
            return self.promise_date
        is_late = any(move._get_days_late() for move in self.move_ids._filtered_open())
        return not is_late and self.scheduled_date

    def _prepare_outcome_link(self):
        """Return the words and the action that open the rest."""
        if len(self) == 1:
            action = {
                "type": "ir.actions.act_window",
                "res_model": self._name,
                "res_id": self.id,
                "views": [(False, "form")],
            }
            return {"link": self.env._("Open %s", self._get_short_name()), "action": action}
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_chain")
        action.update(display_name=self.env._("Backorders"), domain=[("id", "in", self.ids)])
        return {"link": self.env._("Open the backorders"), "action": action}
