from odoo import api, fields, models
from odoo.tools import SQL

from .. import without_jit

# So many marks are worked off at a time: a second or two.
BATCH = 10_000


class StockBackorderFigure(models.Model):
    """What ``stock.backorder.report`` knows of a line of a chain whatever the day and the cost: kept, to be read fast.

    It is what the analysis works out of orders and deliveries, and nothing else: true of all chains without a mark, see
    ``stock.backorder.mark``. The id of a row is that of the analysis's.
    """

    _name = "stock.backorder.figure"
    _description = "Kept Figures of the Backorder Analysis"
    _log_access = False

    # Plain numbers, and no keys: a row holds nothing back that is to be deleted, and leads nobody to it.
    root_id = fields.Integer(index=True, readonly=True)
    sale_id = fields.Integer(readonly=True)
    customer_id = fields.Integer(readonly=True)
    product_id = fields.Integer(readonly=True)
    warehouse_id = fields.Integer(readonly=True)
    company_id = fields.Integer(readonly=True)
    ordered_date = fields.Datetime(readonly=True)
    ordered_day = fields.Date(readonly=True)
    promised_date = fields.Datetime(readonly=True)
    first_date = fields.Datetime(readonly=True)
    first_delivery_day = fields.Date(index=True, readonly=True)
    last_date = fields.Datetime(readonly=True)
    last_day = fields.Date(index=True, readonly=True)
    state = fields.Char(readonly=True)
    qty_ordered = fields.Float(digits="Product Unit", readonly=True)
    qty_shipped = fields.Float(digits="Product Unit", readonly=True)
    qty_ordered_first = fields.Float(digits="Product Unit", readonly=True)
    qty_first = fields.Float(digits="Product Unit", readonly=True)
    qty_open = fields.Float(digits="Product Unit", readonly=True)
    qty_cancelled = fields.Float(digits="Product Unit", readonly=True)
    unit_price = fields.Float(readonly=True)
    days_to_fulfil = fields.Float(readonly=True)
    first_fill_rate = fields.Integer(readonly=True)
    order_fill_rate = fields.Integer(readonly=True)
    on_time_rate = fields.Integer(readonly=True)

    # Along it the chains are counted of which something is open.
    _open_index = models.Index("(root_id, company_id, warehouse_id) WHERE state = 'open'")

    @api.model
    def _get_columns(self):
        """Return the names of the columns, in their order."""
        return [name for name, field in self._fields.items() if field.store and field.column_type]

    @api.model
    def _cron_renew(self):
        """Work out the marked chains anew, some at a time."""
        marks, crons = self.env["stock.backorder.mark"], self.env["ir.cron"]
        marks._spread()
        crons._commit_progress(remaining=marks.search_count([]))
        while done := self._renew_some():
            if not crons._commit_progress(done):
                return

    @api.model
    def _renew_some(self):
        """Work out the chains of the oldest marks; return how many marks these were.

        Whoever marks a chain meanwhile is not seen by this transaction, and his mark stays. Where two do this at the
        same time, the second fails to serialize, and its marks stay, too.
        """
        marks = self.env["stock.backorder.mark"]
        marks._flush_watched()
        mark_ids = [
            mark_id
            for (mark_id,) in self.env.execute_query(
                SQL("SELECT id FROM stock_backorder_mark ORDER BY id LIMIT %s", BATCH)
            )
        ]
        if mark_ids:
            self._renew(marks._get_marked_roots(mark_ids))
            marks._forget(mark_ids)
        return len(mark_ids)

    @api.model
    def _renew(self, root_ids):
        """Keep the figures of these chains as they are now."""
        columns = self._get_columns()
        without_jit.turn_off(self.env.cr)
        self.env.cr.execute(SQL("DELETE FROM stock_backorder_figure WHERE root_id = ANY (%s)", root_ids))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO stock_backorder_figure (%(columns)s)
                     %(live)s
                ON CONFLICT (id)  -- a line that was in another chain, the old mark of which is worked off later
                  DO UPDATE SET %(kept)s
                """,
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                live=self.env["stock.backorder.report"]._get_live_sql(root_ids),
                kept=SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name)) for name in columns
                ),
            )
        )
        self.invalidate_model(flush=False)
