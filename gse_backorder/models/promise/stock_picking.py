from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_day, get_latest, get_start_of_day
from .stock_availability_mixin import get_worst


class StockPicking(models.Model):
    """What a transfer promises, what it promised first, and which of its dates are shown."""

    _name = "stock.picking"
    # Python wants the more general one last, wherever it came from first.
    _inherit = ["stock.picking", "stock.promise.mixin", "stock.day.mixin"]

    availability_status = fields.Selection(
        selection=lambda self: self.env["stock.move"]._fields["availability_status"].selection,
        string="Stock Status",
        compute="_compute_availability_status",
        compute_sudo=True,  # who may see the transfer may see how its lines are covered
        groups="base.group_user",
        help="The stock status of its worst open line, whether or not its goods are reserved.",
    )
    first_promise_date = fields.Datetime(
        string="First promised (Moment)",
        copy=False,
        readonly=True,
        fact=True,
        help="What was promised when all its lines had a date for the first time. It is never rewritten.",
    )
    first_promise_day = fields.Date(
        string="First promised",
        compute="_compute_first_promise_day",
        search="_search_first_promise_day",
        help="The day that was promised first, by the calendar of the warehouse.",
    )
    promise_slip_days = fields.Integer(
        string="Slip",
        compute="_compute_promise_slip_days",
        groups="base.group_user",
        help="By how many days the promise is later than the first one; negative when it is earlier.",
    )
    promise_slip_text = fields.Char(
        string="Slip in Words", compute="_compute_promise_slip_days", groups="base.group_user"
    )
    shown_dates = fields.Char(
        compute="_compute_shown_dates",
        groups="base.group_user",
        help="Technical: which of its dates the form shows, those that tell another day.",
    )
    is_promise_late = fields.Boolean(
        string="Late Promise",
        compute="_compute_is_promise_late",
        search="_search_is_promise_late",
        groups="base.group_user",
        help="What was first promised is not kept: it can ship later only, it has no date any more, or the day has"
        " passed.",
    )

    @api.depends("move_ids.availability_status")
    def _compute_availability_status(self):
        self.move_ids.mapped("availability_status")  # of all transfers at once
        for picking in self:
            picking.availability_status = get_worst(picking.move_ids.mapped("availability_status"))

    # ---- promise ---------------------------------------------------------

    @api.model
    def _get_promise_triggers(self):
        return ["move_ids.quantity", "move_ids.state", "move_ids.product_uom_qty", "state"]

    def _get_promised_lines(self):
        return self.move_ids

    def _get_promise_dates(self):
        """Return ``{transfer: promise_date}`` of those that have open lines.

        For lists, where each line's status in words would cost more than the date.
        """
        coverages, now = self.move_ids._get_coverage(), fields.Datetime.now()
        promised = self.move_ids.filtered(lambda move: move.id in coverages)
        dates = {
            picking: [coverages[move.id].get_promise_date(now) for move in moves]
            for picking, moves in promised.grouped("picking_id").items()
        }
        return {picking: get_latest(promises) for picking, promises in dates.items()}

    @api.depends("state", "first_promise_date", "promise_slip_days", "move_ids.is_promise_lost")
    def _compute_is_promise_late(self):
        late = self._filtered_promise_late()
        for picking in self:
            picking.is_promise_late = picking in late

    @api.model
    def _search_is_promise_late(self, operator, value):
        # Odoo leaves it to the search of a field to keep it from who may not read it.
        self._check_field_access(self._fields["is_promise_late"], "read")
        if operator != "in":
            return NotImplemented
        is_open = Domain("state", "not in", ("draft", *CLOSED_STATES)) & Domain("is_held", "!=", True)
        promised = is_open & Domain("move_ids.first_promise_date", "!=", False)
        passed = promised & self._get_day_domain("<")
        late = Domain("id", "in", self.search(promised & ~passed)._filtered_promise_late().ids) | passed
        return Domain.OR(late if is_late else ~late for is_late in {bool(one) for one in value})

    def _filtered_promise_late(self):
        """Return the open transfers of which something was promised that is not kept; what is on hold is not late."""
        waiting = self.filtered(lambda picking: picking.state not in ("draft", *CLOSED_STATES) and not picking.is_held)
        promised = waiting.filtered("first_promise_date")
        passed = promised.filtered(lambda picking: picking._is_day_over(picking.first_promise_date))
        # Without the status in words, which costs more than the dates.
        coverages = (waiting - passed).move_ids._get_coverage()
        moves = (waiting - passed).move_ids.filtered(lambda move: move.id in coverages)
        return passed | moves.filtered(lambda move: move._is_promise_late(coverages[move.id])).picking_id

    # ---- the first one, and what has become of it ------------------------

    def _write_first_promise(self):
        """Remember the promise of transfers whose lines all have one now; it is never rewritten."""
        for picking in self.filtered(lambda picking: not picking.first_promise_date):
            if not any(picking.move_ids.mapped("first_promise_date")):
                continue  # which of them are judged need not be asked
            claims = picking.move_ids.filtered(lambda move: move._has_open_goods())
            if date := get_latest(claims.mapped("first_promise_date")):
                picking._write_facts(picking._prepare_first_promise(date))

    def _prepare_first_promise(self, date):
        """Return the facts to write when *date* is promised for all of the transfer, for the first time."""
        return {"first_promise_date": date}

    def _create_backorder(self, backorder_moves=None):
        """A remainder keeps what it was promised."""
        backorders = super()._create_backorder(backorder_moves=backorder_moves)
        # The promise is kept in the transfer's name, whoever validates it.
        backorders.sudo()._write_first_promise()
        return backorders

    def _follow_split(self, original, moves):
        """What holds only lines that were promised, once others are apart from them, was promised, too."""
        result = super()._follow_split(original, moves)
        # The promise is kept in the transfer's name, whoever splits it.
        (self | original).sudo()._write_first_promise()
        return result

    def _get_first_promise_date(self):
        """Return what was first promised for all that is open of the transfer; False where that was not all of it."""
        is_raised = any(move._is_raised() for move in self.move_ids._filtered_open())
        return not is_raised and self.first_promise_date

    @api.depends("first_promise_date")
    def _compute_first_promise_day(self):
        for picking in self:
            picking.first_promise_day = picking._get_day(picking.first_promise_date)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Lists are sorted, and grouped into weeks and months, by the day first promised as it is told."""
        if field_expr != "first_promise_day":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        return self.env["stock.warehouse"]._get_day_sql(
            super()._field_to_sql(alias, "first_promise_date", query),
            SQL(
                "(SELECT warehouse_id FROM stock_picking_type WHERE id = %s)",
                super()._field_to_sql(alias, "picking_type_id", query),
            ),
            super()._field_to_sql(alias, "company_id", query),
        )

    @api.model
    def _search_first_promise_day(self, operator, value):
        if operator == "in":
            days = [
                self._get_day_domain(">=", day) & self._get_day_domain("<=", day)
                for day in map(fields.Date.to_date, value)
                if day
            ]
            return Domain.OR([*days, *(Domain("first_promise_date", "=", False) for day in value if not day)])
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        return self._get_day_domain(operator, fields.Date.to_date(value))

    @api.model
    def _get_day_domain(self, operator, day=None):
        """Return the domain of transfers of which the day first promised compares so with *day*, a date.

        :param operator: ``<``, ``<=``, ``>`` or ``>=``
        :param day: none for today, which is another one in each zone
        """
        # Which operations a warehouse has does not depend on who asks, nor on which of them he may open.
        types = self.env["stock.picking.type"].sudo().with_context(active_test=False).search(Domain.TRUE)
        now, next_day = fields.Datetime.now(), timedelta(days=operator in ("<=", ">"))
        return Domain.OR(
            Domain("picking_type_id", "in", own.ids)
            & Domain(
                "first_promise_date",
                "<" if operator in ("<", "<=") else ">=",
                get_start_of_day((day or get_day(now, zone)) + next_day, zone),
            )
            for zone, own in types.grouped(lambda kind: kind.warehouse_id._get_zone(kind.company_id)).items()
        )

    @api.depends(
        "promise_date", "first_promise_date", "hold_text", "move_ids.promise_slip_days", "move_ids.is_promise_lost"
    )
    def _compute_promise_slip_days(self):
        for picking in self:
            days = max(picking.move_ids.mapped("promise_slip_days"), default=0)
            is_lost = any(picking.move_ids.mapped("is_promise_lost"))
            picking.promise_slip_days = days
            picking.promise_slip_text = picking.hold_text or picking._get_slip_text(days, is_lost)

    def _get_slip_text(self, days, is_lost):
        """Return in words what has become of the first promise; False while it is kept.

        :param days: by how many days it is later now
        :param is_lost: whether a part of what was promised has no date any more
        """
        if is_lost:
            return self.env._("no date any more")
        if days == 1:
            return self.env._("1 day later now")
        if days > 1:
            return self.env._("%s days later now", days)
        return self._has_missed_its_day() and self.env._("its day has passed")

    def _has_missed_its_day(self):
        """Whether the day that was first promised for it, or for a line of it, is over, and it has not shipped."""
        if self.state in ("draft", *CLOSED_STATES):
            return False
        lines = self.move_ids._filtered_open()
        first = [self.first_promise_date, *(line._get_first_shipping_date() for line in lines)]
        return any(date and self._is_day_over(date) for date in first)

    # ---- dates on the form -----------------------------------------------

    @api.depends(
        "state",
        "scheduled_date",
        "date_done",
        "date_deadline",
        "promise_date",
        "earliest_promise_date",
        "first_promise_date",
        "promise_slip_text",
        "is_bound_for_customer",
    )
    def _compute_shown_dates(self):
        for picking in self:
            picking.shown_dates = " ".join(picking._get_shown_dates()) or "none"

    def _get_shown_dates(self):
        """Return the names by which the form knows the dates that it shows, the most important first.

        A date is shown where it tells another day than those before it.
        """
        is_open = self.state not in ("draft", *CLOSED_STATES)
        is_open_delivery = is_open and self.is_bound_for_customer
        candidates = self._get_date_candidates(is_open_delivery)
        shown = {}
        for name, date in candidates:
            if date:
                shown.setdefault(self._get_day(date), name)
        # That a promise has slipped is told beside what has become of it.
        has_slipped = is_open_delivery and self.promise_slip_text
        return [name for name, _date in candidates if name in shown.values() or (name == "ships" and has_slipped)]

    def _get_date_candidates(self, is_open_delivery):
        """Return the dates that the form may show, as ``[(name, date)]``, the most important first."""
        return [
            ("scheduled", self.scheduled_date),
            ("done", self.state == "done" and self.date_done),
            ("ships", is_open_delivery and self.promise_date),
            ("deadline", self.state not in CLOSED_STATES and self.date_deadline),
            ("from", is_open_delivery and self.earliest_promise_date),
            ("first", self.is_bound_for_customer and self.first_promise_date),
        ]
