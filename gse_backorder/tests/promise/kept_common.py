from datetime import timedelta

from odoo import fields

from ..restock_common import RestockCase


class KeptCase(RestockCase):
    """A warehouse that keeps its promises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.keep_promises = True

    @staticmethod
    def _in_days(days):
        return fields.Datetime.now() + timedelta(days=days)

    def _order(self, product, quantity, deadline=None, **values):
        """Return the line of a delivery confirmed now, *deadline* in days."""
        delivery = self._create_delivery((product, quantity), confirm=False, **values)
        if deadline is not None:
            delivery.move_ids.date_deadline = self._in_days(deadline)
        delivery.action_confirm()
        return delivery.move_ids

    def _get_promised_days(self, *moves):
        """Return in how many days each line is promised now; None for no date."""
        self._invalidate()
        today = fields.Datetime.now()
        return [(move.promise_date.date() - today.date()).days if move.promise_date else None for move in moves]

    def _follow(self):
        self.env["stock.promise.slip"]._cron_follow_promises()
        self._invalidate()

    def _get_slips(self, moves):
        return self._get_entries(moves).filtered(lambda entry: entry.cause == "slip")
