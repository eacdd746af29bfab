from odoo import api, models

from .engine_facts import fact
from .reservation_run import ReservationRun


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """A move that a claim has brought about wants its goods since the same day."""
        return [*super()._get_custom_move_fields(), "ordered_date"]

    def _push_prepare_move_copy_values(self, move_to_copy, new_date):
        return {
            **super()._push_prepare_move_copy_values(move_to_copy, new_date),
            "ordered_date": fact(move_to_copy.ordered_date),
        }

    @api.model
    def _run_scheduler_tasks(self, use_new_cursor=False, company_id=False):
        """What the scheduler reserves follows the ranking."""
        scheduler = ReservationRun.of(self.env).caused_by("scheduler").carry(self)
        return super(StockRule, scheduler)._run_scheduler_tasks(use_new_cursor=use_new_cursor, company_id=company_id)
