import logging

from psycopg2 import OperationalError

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain

from ... import arguments, locking
from ..allocation.stock_backorder_allocation import GARBAGE_BATCH
from ..chain.picking_states import CLOSED_STATES
from ..chain.progress import commit_each

_logger = logging.getLogger(__name__)
# So many deliveries are validated together: each transaction is short, and what they have in common is done once.
BATCH = 20
CRON = "gse_backorder.ir_cron_completion"


class StockCompletion(models.Model):
    """Shipping many deliveries in one go: what is there ships, the rest becomes backorders.

    A cron does it, a few at a time, and commits after each few: who has started it need not wait, one that fails leaves
    the others alone, and after a crash it goes on where it was.
    """

    _name = "stock.completion"
    _description = "Completion of Deliveries"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    user_id = fields.Many2one("res.users", string="Started by", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    line_ids = fields.One2many("stock.completion.line", "completion_id", readonly=True)
    total_count = fields.Integer(string="Deliveries", compute="_compute_counts")
    done_count = fields.Integer(string="Shipped", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="In percent.")
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")], default="running", required=True, readonly=True
    )

    @api.depends("create_date", "user_id")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Completion %s", run.id)

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = self.env["stock.completion.line"]._read_group(
            [("completion_id", "in", self.ids)], ["completion_id", "state"], ["__count"]
        )
        by_state = {(run.id, state): count for run, state, count in counts}
        for run in self:
            waiting, done, failed = (by_state.get((run.id, state), 0) for state in ("waiting", "done", "failed"))
            run.total_count, run.done_count, run.failed_count = waiting + done + failed, done, failed
            run.progress = 100 * (done + failed) / run.total_count if run.total_count else 100

    @api.model
    def _start(self, deliveries):
        """Remember what is to be shipped, and wake the cron.

        :raise UserError: see :meth:`_check_can_start`
        """
        self._check_can_start(deliveries)
        # What has shipped since this was looked at is looked at anew: Odoo tries again, and it is refused.
        locking.wait_for(deliveries, allow_referencing=True)
        # Nobody writes runs but this method: what they ship is shipped in the name of who has started them.
        run = self.sudo().create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "line_ids": [Command.create({"picking_id": delivery.id}) for delivery in deliveries],
            }
        )
        self.env.ref(CRON).sudo()._trigger()
        return run.sudo(False)

    @api.model
    def _check_can_start(self, deliveries):
        """:raise UserError: if one of *deliveries* is nothing that can be shipped, or is being completed already"""
        wrong = deliveries.filtered(
            lambda delivery: (
                delivery.state in ("draft", *CLOSED_STATES)
                # deliveries, and what is picked for them; what is dropshipped the vendor ships
                or not delivery._takes_from_stock()
                or not (delivery._brings_to_customer() or delivery._has_steps())
            )
        )
        if wrong or not deliveries:
            raise UserError(
                self.env._("Only open deliveries can be completed: %s.", ", ".join(wrong.mapped("name")) or "–")
            )
        if not self.env.user.has_group("stock.group_stock_user"):
            raise AccessError(self.env._("Only the warehouse can complete deliveries."))
        deliveries.check_access("write")
        running = self.sudo().line_ids.search([("picking_id", "in", deliveries.ids), ("state", "=", "waiting")])
        if running:
            raise UserError(
                self.env._("These are being completed already: %s.", ", ".join(running.picking_id.mapped("name")))
            )

    @api.model
    def _cron_complete(self):
        """Ship what waits, the oldest run first, a few deliveries at a time."""
        lines = self.env["stock.completion.line"].search([("state", "=", "waiting")], order="completion_id, id")
        for few in commit_each(self.env, list(lines._split_into_batches(BATCH)), count=len):
            try:
                few.exists()._queue_for_stock()
                few.exists()._complete()
            except (OperationalError, ConcurrencyError, UserError):
                # Somebody is working on these just now, or on their stock: they are tried again.
                _logger.info("Completion of deliveries %s is postponed", few.ids, exc_info=True)
                self.env.cr.rollback()
                self.env.ref(CRON)._trigger()
            self._finish_runs()
        self._finish_runs()

    @api.model
    def _finish_runs(self):
        """Tell who has started them of the runs of which nothing waits any more."""
        waiting = self.env["stock.completion.line"]._search([("state", "=", "waiting")])
        for run in self.search([("state", "=", "running"), "!", ("line_ids", "in", waiting)]):
            run._finish()

    def _finish(self):
        self.state = "done"
        told = self.with_context(lang=self.user_id.lang)
        bus = self.env["bus.bus"]
        bus._sendone(
            self.user_id.partner_id,
            "simple_notification",
            {
                "type": "warning" if self.failed_count else "success",
                "title": told.env._("Deliveries completed"),
                "message": told.env._(
                    "%(done)s shipped, %(failed)s failed.", done=self.done_count, failed=self.failed_count
                ),
            },
        )
        self.env["stock.live"]._send_to_staff()

    @api.autovacuum
    def _gc_completions(self):
        """Forget finished runs after as many days as each company keeps the log of allocations, a batch at a time."""
        outdated = self.env["res.company"]._get_outdated_domain() & Domain("state", "=", "done")
        old = self.search(outdated, limit=GARBAGE_BATCH, order="id")
        done = len(old)
        old.unlink()
        return done, int(done == GARBAGE_BATCH)

    @arguments.public()
    def action_view_deliveries(self):
        """Open the deliveries of the run."""
        deliveries = self.line_ids.picking_id._filtered_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_workbench")
        return {**action, "domain": [("id", "in", deliveries.ids)], "context": {}}

    @arguments.public()
    def action_print_slips(self):
        """Print the delivery slips of all that has shipped, as one PDF.

        :raise UserError: if nothing has
        """
        shipped = self.line_ids.filtered(lambda line: line.state == "done").picking_id._filtered_access("read")
        if not shipped:
            raise UserError(self.env._("Nothing has shipped yet."))
        return self.env.ref("stock.action_report_delivery").report_action(shipped)
