from datetime import timedelta

from odoo import models
from odoo.exceptions import AccessError, UserError

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_latest, get_start_of_day


class StockPicking(models.Model):
    """A date that staff have agreed with the customer by telephone is kept instead of the one that was promised."""

    _inherit = "stock.picking"

    @arguments.public()
    def action_agree_date(self):
        """Ask for the date that was agreed with the customers of these deliveries, and show whether it can be kept.

        :raise AccessError: for who neither works in the warehouse nor sells what is delivered
        """
        self.check_access("read")
        self._check_may_agree()
        return self.env["stock.agreed.date"]._open(self)

    def _check_may_agree(self):
        """:raise AccessError: for who neither works in the warehouse nor has the orders of the deliveries"""
        if self.company_id - self.env.companies:
            raise AccessError(self.env._("You can only decide for the companies that you have chosen."))
        if self.env.user.has_group("stock.group_stock_user"):
            return
        # Which order it is need not be readable: whether he may change it decides.
        orders = self.sudo().sale_id.sudo(False)
        if not all(picking.sudo().sale_id for picking in self) or not orders.has_access("write"):
            raise AccessError(self.env._("Only the warehouse and the order's salesperson can agree a date."))

    def _get_kept_day(self):
        """Return the last day for which something of the delivery is kept; False where nothing is."""
        dates = [line.kept_date for line in self.sudo().move_ids._filtered_open() if line.kept_date]
        return self._get_day(get_latest(dates))

    def _get_agreed_refusal(self, day):
        """Return why *day* cannot be agreed for the delivery, in words; "" where it can.

        It is never earlier than what can be promised, nor in the past: what is agreed is kept.
        """
        if refusal := self._get_no_agreement():
            return refusal
        promise = self.promise_day
        if not promise:
            return self.env._("A part of it has no date: nothing can be agreed yet.")
        if day and day < self._get_today():
            return self.env._("%s has passed.", self._format_date(day))
        if day and day < promise:
            return self.env._("It cannot ship before %s.", self._format_date(promise))
        return ""

    def _get_no_agreement(self):
        """Return why no day at all can be agreed for the delivery, in words; "" where one can."""
        lines = self.sudo().move_ids._filtered_open()
        if self.state in ("draft", *CLOSED_STATES) or not lines:
            return self.env._("It is not open.")
        claims = lines.filtered(lambda line: line._is_claim() and line._serves_customer())
        if not claims:
            return self.env._("It is no delivery to a customer.")
        if self.is_held:
            return self.env._("It is %s: release it first.", self._get_hold_text())
        if not all(line._get_claimed_warehouse().keep_promises for line in claims):
            return self.env._("Its warehouse does not keep promises.")
        return ""

    def _agree_date(self, day, note):
        """Keep these deliveries for *day*, which was agreed with the customer; what he has accepted himself stays.

        :param day: a date, of the warehouse's calendar
        :raise UserError: if it cannot be kept for one of them
        """
        if not day or not (note or "").strip():
            raise UserError(self.env._("Please say which date was agreed, and with whom or why."))
        self._check_decided({picking: picking._get_agreed_refusal(day) for picking in self})
        for picking in self:
            end = get_start_of_day(day + timedelta(days=1), picking._get_zone()) - timedelta(seconds=1)
            lines = picking.sudo().move_ids._filtered_open()
            lines._keep_agreed(end)
            words = self.env._(
                "%(day)s was agreed with the customer: %(note)s", day=picking._format_date(day), note=note
            )
            lines._log_decision("agreed", words)
            # Who sells need not be able to write transfers: that he may agree was checked.
            picking.sudo()._message_log(body=words)
