import json
from functools import lru_cache

from odoo import api, fields, models
from odoo.tools import SQL

from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_day, get_latest

# What is read of the moves, all at once.
MOVE_FIELDS = [
    "company_id",
    "date_deadline",
    "first_promise_date",
    "first_promise_quantity",
    "kept_date",
    "location_dest_id",
    "location_final_id",
    "location_id",
    "picking_id",
    "picking_type_id",
    "product_id",
    "product_qty",
    "product_uom",
    "product_uom_qty",
    "sale_line_id",
    "state",
    "warehouse_id",
]
# What may break, the weightiest first.
COMMITMENTS = ("kept", "deadline", "first")


class StockWhatIfLine(models.TransientModel):
    """A line that would ship otherwise: when before, when after, and which promise that breaks."""

    _name = "stock.what.if.line"
    _inherit = ["stock.day.mixin"]
    _description = "Line That Would Ship Otherwise"
    _order = "is_broken desc, is_loss desc, days desc, id"
    _rec_name = "move_id"

    what_if_id = fields.Many2one(
        "stock.what.if", string="What if?", required=True, index=True, readonly=True, ondelete="cascade"
    )
    move_id = fields.Many2one("stock.move", string="Line", required=True, readonly=True, ondelete="cascade")
    picking_id = fields.Many2one("stock.picking", string="Delivery", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", readonly=True, ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    uom_id = fields.Many2one(related="product_id.uom_id")
    quantity = fields.Float(
        string="Open", digits="Product Unit", readonly=True, help="What is open of the line, in the product's unit."
    )
    promise_before = fields.Datetime(
        string="Ships on", readonly=True, help="When the last unit can ship, as it is; empty while a part has no date."
    )
    promise_after = fields.Datetime(
        string="Would Ship on", readonly=True, help="When it could, if what was entered were so."
    )
    day_before = fields.Date(string="Ships on (Day)", readonly=True, help="By the calendar of the warehouse.")
    day_after = fields.Date(string="Would Ship on (Day)", readonly=True, help="By the calendar of the warehouse.")
    days = fields.Integer(
        string="Days Later",
        readonly=True,
        aggregator="avg",
        help="Negative for earlier; 0 where there is no date before or after. Of several lines it is the average.",
    )
    delivery_before = fields.Date(
        string="All of It Ships on", readonly=True, help="When the last line of the delivery can ship, as it is."
    )
    delivery_after = fields.Date(
        string="All of It Would Ship on", readonly=True, help="When it could, if what was entered were so."
    )
    now_before = fields.Float(string="Now", digits="Product Unit", readonly=True, help="What can ship now, as it is.")
    now_after = fields.Float(
        string="Would Ship Now", digits="Product Unit", readonly=True, help="What could, if what was entered were so."
    )
    dateless_before = fields.Float(
        string="Without a Date",
        digits="Product Unit",
        readonly=True,
        help="What is not there and has no date, as it is.",
    )
    dateless_after = fields.Float(
        string="Would Be without a Date",
        digits="Product Unit",
        readonly=True,
        help="What would not be there nor have a date, if what was entered were so.",
    )
    outcome = fields.Selection([("gain", "Gains"), ("loss", "Loses")], readonly=True)
    breaks = fields.Selection(
        [("none", "Nothing"), ("kept", "Date kept"), ("deadline", "Deadline"), ("first", "First promise")],
        default="none",
        readonly=True,
        help="What was in time, and would not be any more: the date that is kept for the line or was agreed with the"
        " customer, else the deadline, else what was promised first.",
    )
    is_gain = fields.Integer(string="Gain", readonly=True, help="1 for a line that ships earlier, or more.")
    is_loss = fields.Integer(string="Lose", readonly=True, help="1 for a line that ships later, or less.")
    is_broken = fields.Integer(string="Promises that break", readonly=True, help="1 for a line that was in time.")
    value = fields.Monetary(
        readonly=True, groups="stock.group_stock_user", help="What is open, at the price of the order, else at cost."
    )
    broken_value = fields.Monetary(
        string="Value that breaks",
        readonly=True,
        groups="stock.group_stock_user",
        help="Of lines whose promise breaks.",
    )

    def _get_day_warehouse(self):
        return self.warehouse_id

    @api.model
    def _write_down(self, what_if, scenario, found):
        """Write down what would ship otherwise, as far as the user of *what_if* may read it.

        :param found: what ``stock.pegging._get_changes`` has given
        """
        moves = self.env["stock.move"].browse(found)._filtered_access("read")
        # Who may read the line may know what it is worth, and whose it is: both stand on his own rows.
        moves = moves.sudo().with_prefetch(moves.ids)
        moves.fetch(MOVE_FIELDS)
        moves = moves.filtered(lambda move: move.company_id == what_if.company_id)
        wholes = self._get_wholes(moves.picking_id, scenario, found)
        days = lru_cache(maxsize=None)(get_day)  # most supplies serve many
        self._insert(what_if, [self._prepare(move, *found[move.id], wholes, days) for move in moves])

    @api.model
    def _insert(self, what_if, rows):
        """Insert *rows*, dicts of the columns, in one query: of a policy it is a large part of all that is open.

        Nobody else writes them: what is shown is what was worked out.
        """
        if not rows:
            return
        what_if.flush_recordset()
        columns = SQL(", ").join(map(SQL.identifier, rows[0]))
        now = fields.Datetime.now()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO stock_what_if_line (what_if_id, create_uid, create_date, write_uid, write_date, %(columns)s)
                     SELECT %(what_if_id)s, %(user_id)s, %(now)s, %(user_id)s, %(now)s, %(columns)s
                       FROM jsonb_populate_recordset(NULL::stock_what_if_line, %(rows)s)
                  RETURNING id
                """,
                columns=columns,
                what_if_id=what_if.id,
                user_id=self.env.uid,
                now=now,
                rows=json.dumps(rows, default=str),
            )
        )
        what_if.invalidate_recordset(["line_ids"], flush=False)

    @api.model
    def _get_wholes(self, pickings, scenario, found):
        """Return ``{picking: (promise before, after)}``: when all that is open of each can ship, False for no date."""
        pickings.fetch(["customer_id", "move_type", "partner_id", "state"])
        lines = pickings.move_ids
        lines.fetch(MOVE_FIELDS)
        lines = lines.filtered(
            lambda move: move.state not in ("draft", *CLOSED_STATES) and move.id not in scenario.dropped
        )
        others = lines.filtered(lambda move: move.id not in found and move._has_open_goods())
        # They are lines of transfers of which he may read others: only a day comes out of it.
        coverages = self.env["stock.pegging"].sudo()._get_coverage(others)[0] if others else {}
        known = {**found, **{move_id: (coverage, coverage) for move_id, coverage in coverages.items()}}
        now = fields.Datetime.now()
        wholes = {}
        for picking, parts in lines.grouped("picking_id").items():
            pairs = [known[part.id] for part in parts if part.id in known]
            wholes[picking] = tuple(
                get_latest([coverage.get_promise_date(now) for coverage in side]) for side in zip(*pairs, strict=True)
            )
        return wholes

    @api.model
    def _prepare(self, move, before, after, wholes, days):
        """Return the columns that tell how *move* is covered *before* and *after*, each a Coverage.

        :param wholes: see :meth:`_get_wholes`
        :param days: the function that gives the day of a moment in a zone
        """
        now, zone, transfer = fields.Datetime.now(), move._get_zone(), move.picking_id
        moments = {
            "before": before.get_promise_date(now),
            "after": after.get_promise_date(now),
            **dict(zip(("whole_before", "whole_after"), wholes.get(transfer, ()), strict=False)),
            **self._get_commitments(move),
        }
        day = {name: days(moment, zone) for name, moment in moments.items() if moment}
        is_gain = self._is_better(before, after, moments["before"], moments["after"], day)
        breaks = self._get_broken(day)
        value = move._get_open_value()
        return {
            "move_id": move.id,
            "picking_id": transfer.id or None,
            "partner_id": (transfer.customer_id or transfer.partner_id).id or None,
            "product_id": move.product_id.id,
            "warehouse_id": move._get_day_warehouse().id or None,
            "company_id": move.company_id.id,
            "quantity": move.product_qty,
            "promise_before": moments["before"] or None,
            "promise_after": moments["after"] or None,
            "day_before": day.get("before"),
            "day_after": day.get("after"),
            "days": (day["after"] - day["before"]).days if {"before", "after"} <= day.keys() else 0,
            "delivery_before": day.get("whole_before"),
            "delivery_after": day.get("whole_after"),
            "now_before": before.now,
            "now_after": after.now,
            "dateless_before": before.dateless,
            "dateless_after": after.dateless,
            "outcome": "gain" if is_gain else "loss",
            "breaks": breaks,
            "is_gain": int(is_gain),
            "is_loss": int(not is_gain),
            "is_broken": int(breaks != "none"),
            "value": value,
            "broken_value": value if breaks != "none" else 0.0,
        }

    @api.model
    def _is_better(self, before, after, date_before, date_after, day):
        """Whether a line gains: its last unit has an earlier day, or of the rest more comes sooner."""
        if bool(date_before) != bool(date_after):
            return bool(date_after)
        if date_before and day["before"] != day["after"]:
            return date_after < date_before
        return after.rate > before.rate or (after.rate == before.rate and bool(date_after and date_after < date_before))

    @api.model
    def _get_broken(self, day):
        """Return which promise breaks, a value of ``breaks``: one that was kept, and is not after.

        :param day: ``{name: date}``: before, after, and by which day somebody counts on it
        """
        for kind in COMMITMENTS:
            was_kept = {kind, "before"} <= day.keys() and day["before"] <= day[kind]
            if was_kept and not ("after" in day and day["after"] <= day[kind]):
                return kind
        return "none"

    @api.model
    def _get_commitments(self, move):
        """Return by when somebody counts on *move*, ``{value of breaks: moment}``."""
        return {
            "kept": move.kept_date,
            "deadline": move.date_deadline,
            "first": move._get_first_shipping_date(),
        }
