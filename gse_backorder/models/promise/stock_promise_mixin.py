from odoo import api, fields, models

from ..chain.stock_day_mixin import get_latest


class StockPromiseMixin(models.AbstractModel):
    """What a document promises as a whole: its lines' promises, taken together. Read from pegging, never stored."""

    _name = "stock.promise.mixin"
    _inherit = ["stock.day.mixin"]
    _description = "Promise of a Document"

    promise_date = fields.Datetime(
        string="Ships on",
        compute="_compute_promise_date",
        compute_sudo=True,  # customers read what they are promised, not the lines and stocks that it comes from
        help="When the last open line can ship in full; empty while a part of it has no date.",
    )
    earliest_promise_date = fields.Datetime(
        string="Can Ship From",
        compute="_compute_promise_date",
        compute_sudo=True,
        groups="base.group_user",
        help="When the first of the open lines can ship.",
    )
    promise_day = fields.Date(
        string="Ships on",
        compute="_compute_promise_day",
        groups="base.group_user",
        help="The day on which the last open line can ship in full, by the calendar of the warehouse; empty while a"
        " part of it has no date.",
    )
    earliest_promise_day = fields.Date(
        string="Can Ship From",
        compute="_compute_promise_day",
        groups="base.group_user",
        help="The day on which the first of the open lines can ship, by the calendar of the warehouse.",
    )

    @api.depends(lambda self: self._get_promise_triggers())
    def _compute_promise_date(self):
        self._get_promised_lines().mapped("availability_status")  # of all documents at once
        for document in self:
            lines = [line for line in document._get_promised_lines() if line.availability_status]
            document.promise_date = get_latest([line.promise_date for line in lines])
            document.earliest_promise_date = min(
                filter(None, (line.earliest_promise_date for line in lines)), default=False
            )

    @api.depends("promise_date", "earliest_promise_date")
    def _compute_promise_day(self):
        for document in self:
            document.promise_day = document._get_day(document.promise_date)
            document.earliest_promise_day = document._get_day(document.earliest_promise_date)

    @api.model
    def _get_promise_triggers(self):
        """Return the names of the stored fields on which the promise depends."""
        return []

    def _get_promised_lines(self):
        """Return the lines of ``self``; they inherit ``stock.availability.mixin``. Those with a status promise."""
        raise NotImplementedError
