from odoo import api, models

from .reservation_run import ReservationRun


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """A move that a claim has brought about wants its goods since the same day, and stands where it does."""
        return [*super()._get_custom_move_fields(), "ordered_date", "ranked_as"]

    def _push_prepare_move_copy_values(self, move_to_copy, new_date):
        return {
            **super()._push_prepare_move_copy_values(move_to_copy, new_date),
            **move_to_copy._prepare_place(),
        }

    @api.model
    def _run_scheduler_tasks(self, use_new_cursor=False, company_id=False):
        """What the scheduler reserves follows the ranking."""
        scheduler = ReservationRun.of(self.env).caused_by("scheduler").carry(self)
        return super(StockRule, scheduler)._run_scheduler_tasks(use_new_cursor=use_new_cursor, company_id=company_id)
