from odoo import api, models

from .reservation_run import ReservationRun


class StockRule(models.Model):
    """Odoo's scheduler reserves in ranking."""

    _inherit = "stock.rule"

    @api.model
    def _run_scheduler_tasks(self, use_new_cursor=False, company_id=False):
        """What the scheduler reserves follows the ranking."""
        scheduler = ReservationRun.of(self.env).caused_by("scheduler").carry(self)
        return super(StockRule, scheduler)._run_scheduler_tasks(use_new_cursor=use_new_cursor, company_id=company_id)
