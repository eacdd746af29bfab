from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# What one login may ask for in a minute: a person, or a system, that orders needs no more, and who guesses does.
LIMITS = {"requests": 120, "lines": 3000, "results": 300}


class TooMuchError(UserError):
    """Somebody asks for more than anybody who orders."""

    http_status = 429


class StockOrderPadMeter(models.Model):
    """How much each login has asked for in the present minute, so that nobody finds out by guessing what there is."""

    _name = "stock.order.pad.meter"
    _description = "Use of Order Pads"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    minute = fields.Datetime(required=True, readonly=True)
    requests = fields.Integer(readonly=True)
    lines = fields.Integer(readonly=True)
    results = fields.Integer(readonly=True)

    _user_uniq = models.UniqueIndex("(user_id)")

    @api.model
    def _count(self, requests=0, lines=0, results=0):
        """Count what the user has asked for; employees order for others, and are not counted.

        :raise TooMuchError: if it is more than anybody may ask for in a minute
        """
        if not self.env.user.share:
            return
        # In one statement, and of all requests in turn: two that count at once count both.
        [counts] = self.env.execute_query(
            SQL(
                """
                INSERT INTO stock_order_pad_meter AS meter (user_id, minute, requests, lines, results)
                     VALUES (%(user_id)s, %(minute)s, %(requests)s, %(lines)s, %(results)s)
                ON CONFLICT (user_id) DO UPDATE
                        SET minute = EXCLUDED.minute,
                            requests = EXCLUDED.requests + meter.requests * (meter.minute = EXCLUDED.minute)::int,
                            lines = EXCLUDED.lines + meter.lines * (meter.minute = EXCLUDED.minute)::int,
                            results = EXCLUDED.results + meter.results * (meter.minute = EXCLUDED.minute)::int
                  RETURNING requests, lines, results
                """,
                user_id=self.env.uid,
                minute=self._get_minute(),
                requests=requests,
                lines=lines,
                results=results,
            )
        )
        if any(count > most for count, most in zip(counts, LIMITS.values(), strict=True)):
            raise TooMuchError(self.env._("This is more than we can answer in a minute. Please wait for a minute."))

    @api.model
    def _get_minute(self):
        return fields.Datetime.now().replace(second=0)

    @contextmanager
    def _undoing_refused(self):
        """Undo the work within where it is refused, but not what was counted: who guesses asks for what is refused."""
        counted = []
        try:
            with self.env.cr.savepoint():
                try:
                    yield
                except UserError:
                    counted = self.env.execute_query(
                        SQL(
                            "SELECT user_id, minute, requests, lines, results"
                            "  FROM stock_order_pad_meter WHERE user_id = %s",
                            self.env.uid,
                        )
                    )
                    raise
        finally:
            for row in counted:
                self._count_again(*row)

    @api.model
    def _count_again(self, *row):
        """Write what had been counted before it was undone."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO stock_order_pad_meter (user_id, minute, requests, lines, results)
                     VALUES %s
                ON CONFLICT (user_id) DO UPDATE
                        SET minute = EXCLUDED.minute, requests = EXCLUDED.requests, lines = EXCLUDED.lines,
                            results = EXCLUDED.results
                """,
                row,
            )
        )
