from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL, consteq, hmac

from ... import arguments
from ..allocation.freed_stock import Reason
from ..allocation.reservation_run import ReservationRun
from ..allocation.stock_backorder_pool import get_pools
from ..promise.stock_availability_mixin import get_worst
from .engine_facts import as_facts
from .picking_states import CLOSED_STATES, CUSTOMER_CODES
from .stock_day_mixin import get_day, get_start_of_day

# What a customer's open page shows of a transfer itself; the rest is its lines'.
LIVE_FIELDS = {
    "accepted_promise_date",
    "backorder_own_note",
    "carrier_tracking_ref",
    "date_done",
    "move_type",
    "name",
    "sale_id",
    "site_note",
}
# What tokens are derived for: the same secret of the database gives others elsewhere.
TOKEN_SCOPE = "gse_backorder-delivery"


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = [
        "stock.picking",
        "stock.engine.facts",
        "stock.promise.mixin",
        "stock.delivery.document.mixin",
        "stock.delivery.notice.mixin",
        "stock.supply.mixin",
        "stock.group.totals.mixin",
        "stock.workbench.mixin",
        "stock.arrival.mixin",
        "stock.outcome.mixin",
        "stock.day.mixin",
        "portal.mixin",
    ]

    backorder_root_id = fields.Many2one(
        "stock.picking",
        string="Original Transfer",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The first transfer of the chain; empty on that transfer itself.",
    )
    backorder_index = fields.Integer(
        string="Backorder Number",
        default=0,
        copy=False,
        readonly=True,
        help="Which backorder of the original transfer this is, counted from 1; 0 on the original.",
    )
    backorder_last_index = fields.Integer(
        default=0,
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Technical, on an original: the last index drawn. Drawing one updates this row, so that two transactions"
        " never draw the same.",
    )
    root_backorder_ids = fields.One2many(
        "stock.picking", "backorder_root_id", string="All Backorders", groups="base.group_user"
    )
    chain_ids = fields.Many2many(
        "stock.picking",
        compute="_compute_chain_ids",
        groups="base.group_user",
        help="The original transfer and all its backorders, in the order in which they were made.",
    )
    chain_count = fields.Integer(compute="_compute_chain_ids", groups="base.group_user")
    backorder_note = fields.Char(
        compute="_compute_backorder_note",
        compute_sudo=True,  # customers read the note, not the operation type that it comes from
        inverse="_inverse_backorder_note",
        help="Explains the backorder on the screens and documents that the customer sees.",
    )
    backorder_own_note = fields.Char(
        copy=False,
        help="Technical: the note as edited on this backorder; empty for the standard note.",
        groups="base.group_user",
    )
    note = fields.Html(groups="base.group_user")  # staff's own: a customer could read it on his deliveries
    # Groups of a list are told it with the value, so it can be sought: it is no secret, orders and invoices name it.
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    # Sums of a transfer that its reader may see: customers may not open the lines themselves.
    items_ordered = fields.Float(
        compute="_compute_items_ordered",
        compute_sudo=True,
        digits="Product Unit",
        help="Sum over the lines, each in its product's unit: what was ordered, not what ships beyond that.",
    )
    items_shipped = fields.Float(compute="_compute_items", compute_sudo=True, digits="Product Unit")
    items_open = fields.Float(compute="_compute_items", compute_sudo=True, digits="Product Unit")
    items_cancelled = fields.Float(compute="_compute_items", compute_sudo=True, digits="Product Unit")
    has_open_remainder = fields.Boolean(
        compute="_compute_has_open_remainder",
        store=True,
        recursive=True,
        groups="base.group_user",
        help="Technical: another transfer of its chain, a backorder of any generation, or a step before it is still to"
        " be done.",
    )
    fulfillment_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting"),
            ("partial", "Partly ready"),
            ("ready", "Ready"),
            ("partially_picked", "Partially shipped"),
            ("done", "Fulfilled"),
            ("closed_short", "Closed short"),
            ("cancel", "Cancelled"),
        ],
        string="Fulfilment",
        compute="_compute_fulfillment_state",
        store=True,
        recursive=True,
        index=True,
        help="Waiting: nothing is reserved for it, or a vendor is to ship it.\n"
        "Partly ready: a part is reserved for it, and can ship now.\n"
        "Ready: everything is reserved for it, and can ship.\n"
        "Partially shipped: this part has shipped, and a remainder is still open.\n"
        "Fulfilled: shipped, and nothing of it is open.\n"
        "Closed short: shipped in part, and the remainder was cancelled.",
    )

    availability_status = fields.Selection(
        selection=lambda self: self.env["stock.move"]._fields["availability_status"].selection,
        string="Stock Status",
        compute="_compute_availability_status",
        compute_sudo=True,  # who may see the transfer may see how its lines are covered
        groups="base.group_user",
        help="The stock status of its worst open line, whether or not its goods are reserved.",
    )

    first_promise_date = fields.Datetime(
        string="First promised",
        copy=False,
        readonly=True,
        help="What was promised when all its lines had a date for the first time. It is never rewritten.",
    )
    first_promise_day = fields.Date(
        string="First promised",
        compute="_compute_first_promise_day",
        search="_search_first_promise_day",
        help="The day that was promised first, by the calendar of the warehouse.",
    )
    accepted_promise_day = fields.Date(
        string="Accepted by the Customer",
        compute="_compute_first_promise_day",
        help="The day that the customer has accepted on the page of the delivery, by the calendar of the warehouse.",
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

    is_late_supply = fields.Boolean(
        string="Late and Awaited",
        compute="_compute_is_late_supply",
        groups="base.group_user",
        help="A receipt whose day is over, and that deliveries wait for.",
    )

    is_bound_for_customer = fields.Boolean(
        string="Delivery to a Customer",
        compute="_compute_is_bound_for_customer",
        search="_search_is_bound_for_customer",
        groups="base.group_user",
        help="Its goods go to a customer: it is no return to a vendor, and no transfer to another warehouse.",
    )
    customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_customer_id",
        store=True,
        index="btree_not_null",
        help="Of a delivery: the company that has ordered it, else that receives it. Its people see it in the portal.",
    )
    # Derived and never stored: it follows the customer, however he changes, and nobody can copy, group or search by it.
    access_token = fields.Char(compute="_compute_access_token", store=False, groups=NO_ACCESS)
    customer_move_type = fields.Selection(
        selection=lambda self: self._fields["move_type"].selection,
        string="Shipping Policy Chosen",
        copy=False,
        readonly=True,
        help="What the customer has chosen in the portal: it holds for the rest of the delivery, too.",
    )
    accepted_promise_date = fields.Datetime(
        string="Accepted by the Customer",
        copy=False,
        readonly=True,
        help="The promise that the customer has accepted on the page of the delivery.",
    )

    allocation_ids = fields.One2many(
        "stock.backorder.allocation",
        "picking_id",
        string="Allocations",
        groups="stock.group_stock_user",
        help="What stock its lines have got, and from where.",
    )

    customer_notice_ids = fields.One2many(
        "stock.customer.notice",
        "picking_id",
        string="Notices to the Customer",
        groups="stock.group_stock_user",
        help="What the customer has still to be told.",
    )
    told_promise_date = fields.Datetime(
        string="Customer Was Told",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="The date that the customer was last told; empty while he was told none.",
    )
    told_no_promise = fields.Boolean(
        string="Customer Was Told: No Date",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Technical: the customer was last told that there is no date at present.",
    )

    _backorder_index_uniq = models.UniqueIndex(
        "(backorder_root_id, backorder_index) WHERE backorder_root_id IS NOT NULL",
        "Two backorders of one transfer cannot have the same number.",
    )
    _backorder_root_is_another = models.Constraint(
        "CHECK (backorder_root_id != id)", "A transfer cannot be the original of its own chain and a backorder in it."
    )
    _backorder_index_in_chain = models.Constraint(
        "CHECK (CASE WHEN backorder_root_id IS NULL THEN backorder_index IS NULL OR backorder_index = 0"
        " ELSE backorder_index IS NOT NULL AND backorder_index > 0 END)",
        "The backorders of a transfer are numbered from 1, and nothing else has such a number.",
    )

    # ---- who is sent here by an order --------------------------------------

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self.env["stock.lot"].has_access("read"))

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Salespeople and purchasers read transfers. The lots, which only the warehouse may open, are left out."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if not self.env["stock.lot"].has_access("read"):
            for node in arch.xpath("//field[@name='lot_ids']"):
                node.getparent().remove(node)
        return arch, view

    @arguments.public(help_message=arguments.text_or_none)
    @api.model
    def get_empty_list_help(self, help_message):
        """Where none can be made, an empty list says what that means, and not how to make one."""
        if help_message and self.env.context.get("create") is False:
            return help_message
        return super().get_empty_list_help(help_message)

    def _get_form_url(self):
        """Return where staff open the transfer in the web client."""
        self.ensure_one()
        return f"/odoo/{self._name}/{self.id}"

    # ---- chain -------------------------------------------------------------

    @api.depends("backorder_root_id", "root_backorder_ids")
    def _compute_chain_ids(self):
        for picking in self:
            chain = picking._get_chain()
            picking.chain_ids = chain
            picking.chain_count = len(chain)

    def _get_chain(self):
        """Return the original transfer and all its backorders, by index."""
        root = self.backorder_root_id or self
        return (root | root.root_backorder_ids).sorted("backorder_index")

    def _get_later_members(self):
        """Return the members of the chain that were made after this one."""
        return self._get_chain().filtered(lambda member: member.backorder_index > self.backorder_index)

    def _get_backorder_descendants(self):
        """Return all transfers that hold a remainder of ``self``, over any number of steps."""
        descendants = self.browse()
        generation = self.backorder_ids
        while generation:
            descendants |= generation
            generation = generation.backorder_ids - descendants
        return descendants

    @api.constrains("backorder_id")
    def _check_backorder_id(self):
        """:raise ValidationError: when a transfer would be a remainder of itself or of another company's transfer"""
        for picking in self:
            if picking.backorder_id and picking.backorder_id.company_id != picking.company_id:
                raise ValidationError(
                    self.env._(
                        "%(backorder)s cannot be a backorder of %(original)s, which belongs to another company.",
                        backorder=picking.name,
                        original=picking.backorder_id.name,
                    )
                )
            if picking.backorder_id and picking in picking.backorder_id | picking._get_backorder_descendants():
                raise ValidationError(
                    self.env._("%s cannot be a backorder of itself or of its own backorders.", picking.name)
                )

    @api.constrains("backorder_root_id", "picking_type_id")
    def _check_chain(self):
        """:raise ValidationError: when an original would be a backorder itself, or a chain be of two companies"""
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        for picking in self.sudo():
            root = picking.backorder_root_id
            counted = picking.root_backorder_ids if picking.backorder_last_index else picking.browse()
            if root and (root.backorder_root_id or counted):
                raise ValidationError(
                    self.env._(
                        "%(backorder)s cannot be counted from %(original)s: the original of a chain is no backorder.",
                        backorder=picking.name,
                        original=root.name,
                    )
                )
            if (picking | root | counted).company_id - picking.company_id:
                raise ValidationError(
                    self.env._("The transfers of one chain belong to one company: see %s.", picking.name)
                )

    @api.depends("move_ids.state", "move_ids.product_qty", "move_ids.quantity")
    def _compute_items(self):
        for picking in self:
            moves = picking.move_ids.filtered(lambda move: not move._is_scrap())
            picking.items_shipped = sum(move._get_shipped_qty() for move in moves)
            picking.items_open = sum(move._get_open_qty() for move in moves)
            picking.items_cancelled = sum(move._get_cancelled_qty() for move in moves)

    @api.model
    def _get_totalled_fields(self):
        items = ("items_ordered", "items_shipped", "items_open", "items_cancelled")
        return (*super()._get_totalled_fields(), *items, "items_available", "open_value")

    @api.depends("move_ids.state", "move_ids.product_qty", "move_ids.quantity", "backorder_root_id")
    def _compute_items_ordered(self):
        """What was ordered is a matter of the chain: each member has what those before it leave of it."""
        for picking in self:
            before = picking._get_own_chain() - picking - picking._get_later_members()
            ordered = (before | picking).move_ids._get_totals().ordered
            picking.items_ordered = ordered - before.move_ids._get_totals().ordered

    # ---- days --------------------------------------------------------------

    def _get_day_warehouse(self):
        return self.picking_type_id.warehouse_id

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
        "state",
        "scheduled_date",
        "date_done",
        "date_deadline",
        "promise_date",
        "earliest_promise_date",
        "first_promise_date",
        "accepted_promise_date",
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
        candidates = [
            ("scheduled", self.scheduled_date),
            ("done", self.state == "done" and self.date_done),
            ("ships", is_open_delivery and self.promise_date),
            ("deadline", self.state not in CLOSED_STATES and self.date_deadline),
            ("from", is_open_delivery and self.earliest_promise_date),
            ("first", self.is_bound_for_customer and self.first_promise_date),
            ("accepted", self.is_bound_for_customer and self.accepted_promise_date),
        ]
        shown = {}
        for name, date in candidates:
            if date:
                shown.setdefault(self._get_day(date), name)
        # That a promise has slipped is told beside what has become of it.
        has_slipped = is_open_delivery and self.promise_slip_text
        return [name for name, _date in candidates if name in shown.values() or (name == "ships" and has_slipped)]

    # ---- promise -----------------------------------------------------------

    @api.depends("first_promise_date", "accepted_promise_date")
    def _compute_first_promise_day(self):
        for picking in self:
            picking.first_promise_day = picking._get_day(picking.first_promise_date)
            picking.accepted_promise_day = picking._get_day(picking.accepted_promise_date)

    @api.model
    def _get_promise_triggers(self):
        return ["move_ids.quantity", "move_ids.state", "move_ids.product_uom_qty", "state"]

    def _get_promised_lines(self):
        return self.move_ids

    def _compute_promise_date(self):
        """What ships all together ships nothing before the last of it is there."""
        result = super()._compute_promise_date()
        for picking in self.filtered(lambda picking: picking.move_type == "one"):
            picking.earliest_promise_date = picking.promise_date
        return result

    def _get_promise_dates(self):
        """Return ``{transfer: promise_date}`` of those that have open lines.

        For lists, where each line's status in words would cost more than the date.
        """
        coverages = self.move_ids._get_coverage()
        promised = self.move_ids.filtered(lambda move: move.id in coverages)
        dates = {
            picking: [coverages[move.id].promise_date for move in moves]
            for picking, moves in promised.grouped("picking_id").items()
        }
        return {picking: max(promises) if all(promises) else False for picking, promises in dates.items()}

    @api.depends("promise_date", "first_promise_date", "move_ids.promise_slip_days", "move_ids.is_promise_lost")
    def _compute_promise_slip_days(self):
        for picking in self:
            days = max(picking.move_ids.mapped("promise_slip_days"), default=0)
            is_lost = any(picking.move_ids.mapped("is_promise_lost"))
            picking.promise_slip_days = days
            picking.promise_slip_text = picking._get_slip_text(days, is_lost)

    @api.model
    def _get_slip_text(self, days, is_lost):
        """Return in words what has become of the first promise; False while it is kept.

        :param days: by how many days it is later now
        :param is_lost: whether a part of what was promised has no date any more
        """
        if is_lost:
            return self.env._("no date any more")
        if days == 1:
            return self.env._("1 day later now")
        return days > 1 and self.env._("%s days later now", days)

    @api.depends("state", "first_promise_date", "promise_slip_days", "move_ids.is_promise_lost")
    def _compute_is_promise_late(self):
        late = self._filtered_promise_late()
        for picking in self:
            picking.is_promise_late = picking in late

    @api.model
    def _search_is_promise_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = Domain("state", "not in", ("draft", *CLOSED_STATES))
        promised = is_open & Domain("move_ids.first_promise_date", "!=", False)
        passed = promised & self._get_day_domain("<")
        late = Domain("id", "in", self.search(promised & ~passed)._filtered_promise_late().ids) | passed
        return Domain.OR(late if is_late else ~late for is_late in {bool(one) for one in value})

    def _filtered_promise_late(self):
        """Return the open transfers of which something was promised that is not kept."""
        waiting = self.filtered(lambda picking: picking.state not in ("draft", *CLOSED_STATES))
        promised = waiting.filtered("first_promise_date")
        passed = promised.filtered(lambda picking: picking._is_day_over(picking.first_promise_date))
        # Without the status in words, which costs more than the dates.
        coverages = (waiting - passed).move_ids._get_coverage()
        moves = (waiting - passed).move_ids.filtered(lambda move: move.id in coverages)
        return passed | moves.filtered(lambda move: move._is_promise_late(coverages[move.id])).picking_id

    def _get_first_promise_date(self):
        """Return what was first promised for all that is open of the transfer; False where that was not all of it."""
        is_raised = any(move._is_raised() for move in self.move_ids._filtered_open())
        return not is_raised and self.first_promise_date

    def _write_first_promise(self):
        """Remember the promise of transfers whose lines all have one now; it is never rewritten."""
        for picking in self.filtered(lambda picking: not picking.first_promise_date):
            if not any(picking.move_ids.mapped("first_promise_date")):
                continue  # which of them are judged need not be asked
            claims = picking.move_ids.filtered(lambda move: move._is_judged())
            dates = claims.mapped("first_promise_date")
            if dates and all(dates):
                first = {"first_promise_date": max(dates)}
                # It is what the customer is told first, unless he was told that there is no date.
                if not picking.told_promise_date and not picking.told_no_promise:
                    first["told_promise_date"] = first["first_promise_date"]
                picking._write_facts(first)

    def _create_backorder(self, backorder_moves=None):
        """A remainder takes its place among those who wait, and keeps what it was promised."""
        validated = ReservationRun.of(self.env).caused_by("remainder").carry(self)
        backorders = (
            super(StockPicking, validated)._create_backorder(backorder_moves=backorder_moves).with_env(self.env)
        )
        # The promise is kept in the transfer's name, whoever validates it.
        backorders.sudo()._write_first_promise()
        return backorders

    # ---- note --------------------------------------------------------------

    @api.depends("backorder_own_note", "backorder_root_id", "picking_type_id.backorder_note")
    @api.depends_context("lang")
    def _compute_backorder_note(self):
        for picking in self:
            note = picking.backorder_own_note
            if picking.backorder_root_id and not note:
                note = picking.picking_type_id._get_backorder_note()
            picking.backorder_note = note

    def _inverse_backorder_note(self):
        for picking in self:
            picking.backorder_own_note = picking.backorder_note

    # ---- state -------------------------------------------------------------

    @api.depends(
        "backorder_ids.state",
        "backorder_ids.has_open_remainder",
        "backorder_root_id.state",
        "backorder_root_id.root_backorder_ids.state",
        "root_backorder_ids.state",
        "move_ids.move_orig_ids.picking_id.has_open_remainder",
    )
    def _compute_has_open_remainder(self):
        for picking in self:
            remainders = picking.backorder_ids
            picking.has_open_remainder = (
                (remainders | picking._get_rest_of_steps_before())._has_open()
                or any(remainders.mapped("has_open_remainder"))
                # What was split off may be done before that which it was split off.
                or (picking._get_chain() - picking)._has_open()
            )

    def _has_open(self):
        return any(picking.state not in CLOSED_STATES for picking in self)

    @api.depends(
        "state",
        "has_open_remainder",
        "move_ids.state",
        "move_ids.quantity",
        "move_ids.product_uom_qty",
        "backorder_ids.fulfillment_state",
        "move_ids.move_orig_ids.picking_id.fulfillment_state",
    )
    def _compute_fulfillment_state(self):
        for picking in self:
            picking.fulfillment_state = picking._get_fulfillment_state()

    def _get_fulfillment_state(self):
        """Return the value of ``fulfillment_state``; installing computes the same in SQL (``hooks.py``)."""
        if self.state in ("draft", "cancel"):
            return self.state
        if self.state == "done":
            if self.has_open_remainder:
                return "partially_picked"
            remainders = self.backorder_ids | self._get_rest_of_steps_before()
            cancelled = (remainders | self.backorder_id).filtered(lambda remainder: remainder.state == "cancel")
            is_short = self._get_lines_given_up_before() or any(
                move._is_closed_short() for move in (self | cancelled).move_ids
            )
            return "closed_short" if is_short or "closed_short" in remainders.mapped("fulfillment_state") else "done"
        if any(move._is_dropship() for move in self.move_ids):
            return "waiting"  # to Odoo it is reserved, but nothing of it is ours to ship: its vendor does
        if all(move.state in ("assigned", *CLOSED_STATES) for move in self.move_ids):
            return "ready"
        return "partial" if self.state == "assigned" else "waiting"

    def _get_steps_before(self):
        """Return what was picked and packed for these shipments, over any number of steps."""
        steps, shipments = self.browse(), self
        while shipments:
            shipments = shipments.move_ids.move_orig_ids.picking_id - steps
            shipments = shipments.filtered(lambda step: step.picking_type_code == "internal")
            steps |= shipments
        return steps

    def _get_lines_given_up_before(self):
        """Return the lines of this shipment's orders that the steps before it have closed short: they never come."""
        lines = self._get_steps_before().move_ids.filtered(lambda move: move._is_closed_short())
        return self._filtered_own(lines)

    def _filtered_own(self, records):
        """Return those of *records*, transfers or lines, that are for the same orders: a pick may serve others, too."""
        references = self.reference_ids
        return records.filtered(lambda one: one.reference_ids & references if references else not one.reference_ids)

    def _get_rest_of_steps_before(self):
        """Return what is still to be picked or packed for this shipment, or was: later members of the steps' chains.

        Over any number of steps: what is not picked cannot be packed. A pick may serve several orders: only its
        backorders for the same one count.
        """
        steps = self._get_steps_before()
        rest = steps.browse().union(*(step._get_later_members() for step in steps))
        return self._filtered_own(rest)

    @api.depends("move_ids.availability_status")
    def _compute_availability_status(self):
        self.move_ids.mapped("availability_status")  # of all transfers at once
        for picking in self:
            picking.availability_status = get_worst(picking.move_ids.mapped("availability_status"))

    # ---- creation ----------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Number every transfer that is created as the remainder of another, whoever creates it."""
        default_id = self.env.context.get("default_backorder_id")
        return super().create([self._with_backorder_values(vals, default_id) for vals in vals_list])

    def write(self, vals):
        """Repair the chain when ``backorder_id`` is written by code that does not know of chains; tell who looks on."""
        events = []
        if "priority" in vals:  # the lines compute theirs from it
            events = self.move_ids._prepare_events({"priority": vals["priority"]})
        result = super().write(vals)
        if "backorder_id" in vals:
            self._repair_chain()
        if events:
            # The log is written by what happens, whoever makes it happen.
            self.env["stock.backorder.allocation"].sudo().create(events)
        if not LIVE_FIELDS.isdisjoint(vals):
            self.env["stock.customer.page"]._tell_changed(self)
        return result

    def copy_data(self, default=None):
        """What belongs to the parcel that left stays with it; the backorder starts without."""
        vals_list = super().copy_data(default)
        if default and default.get("backorder_id"):
            for vals in vals_list:
                for field_name in self._get_fields_left_with_shipment():
                    vals.pop(field_name, None)
        return vals_list

    def unlink(self):
        """Refuse to forget what a customer still waits for: lines are gone once the deletion has begun."""
        self._check_no_remainder_is_forgotten()
        return super().unlink()

    def _check_no_remainder_is_forgotten(self):
        """:raise UserError: when quantities that a customer has ordered would vanish without a trace"""
        for picking in self:
            is_wanted = any(move.product_uom.compare(move.product_uom_qty, 0) > 0 for move in picking.move_ids)
            if is_wanted and picking.backorder_root_id and picking.backorder_root_id not in self:
                raise UserError(
                    self.env._(
                        "You cannot delete the backorder %(backorder)s: what is left of %(root)s would be forgotten."
                        " Cancel it instead.",
                        backorder=picking.name,
                        root=picking.backorder_root_id.name,
                    )
                )

    @api.model
    def _get_fields_left_with_shipment(self):
        """Return the names of fields that do not travel from a shipment to its backorder."""
        return ("carrier_tracking_ref", "carrier_price", "printed", "signature", "user_id")

    @api.model
    def _with_backorder_values(self, vals, default_original_id):
        original_id = arguments.one_id_or_none(self, "backorder_id", vals.get("backorder_id", default_original_id))
        if not original_id and (original := self._get_split_original(vals)):
            original_id = original.id
            vals = {**vals, "backorder_id": original_id}
        return {**vals, **self._prepare_backorder_values(vals, original_id)} if original_id else vals

    @api.model
    def _get_split_original(self, vals):
        """Return the open transfer that the one created with *vals* takes lines, or parts of lines, out of.

        Whoever splits a transfer, for a wave or a truck, has its lines linked to the new one. Empty where it takes
        nothing, all of a transfer, or something of several.
        """
        moves = self._get_linked("stock.move", vals.get("move_ids"))
        lines = self._get_linked("stock.move.line", vals.get("move_line_ids"))
        return (moves.picking_id | lines.picking_id)._filtered_original(moves, vals.get("picking_type_id"))

    @api.model
    def _get_linked(self, model, commands):
        """Return the records of *model* that *commands* link to a new record."""
        linked = set()
        for command in commands or ():
            match command:
                case (Command.LINK, int(record_id), *_rest):
                    linked.add(record_id)
                case (Command.SET, _zero, list(record_ids)):
                    linked.update(record_id for record_id in record_ids if isinstance(record_id, int))
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        return self.env[model].sudo().browse(linked).exists()

    def _filtered_original(self, moves, picking_type_id):
        """Return the one of ``self`` that is split if *moves* leave it for a new transfer of the type; else nothing."""
        is_split = (
            len(self) == 1
            and self.state not in CLOSED_STATES
            and self.picking_type_id.id == picking_type_id
            and self.move_ids._filtered_open() - moves
        )
        return self if is_split else self.browse()

    def _follow_split(self, original, moves):
        """Link this transfer to *original* if it holds nothing but *moves*, which have just come out of that."""
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        part = self.sudo()
        is_new = not part.backorder_id and not part.root_backorder_ids and part.move_ids <= moves
        if is_new and original.sudo()._filtered_original(moves, part.picking_type_id.id):
            part.backorder_id = original

    @api.model
    def _prepare_backorder_values(self, vals, original_id):
        """Return the values that make the transfer created with *vals* the next backorder in the chain of another.

        A name that the caller has chosen is kept.
        """
        # The chain is a technical fact: who may create the remainder need not be able to read the original.
        original = self.sudo().browse(original_id)
        root = original.backorder_root_id or original
        picking_type = self.env["stock.picking.type"].sudo().browse(vals.get("picking_type_id"))
        suffix = (picking_type or original.picking_type_id).backorder_suffix
        index, name = root._draw_backorder_number(suffix)
        numbering = {
            **as_facts({"backorder_root_id": root.id, "backorder_index": index}),
        }
        if not self._is_for_another(vals, original):
            numbering.update(original._prepare_inherited_values(vals))
        if suffix and vals.get("name", "/") == "/":
            numbering["name"] = name
        return numbering

    @api.model
    def _is_for_another(self, vals, original):
        """Whether the transfer created with *vals* is for another customer: one's chain is nothing to the other."""
        receiver = self.env["res.partner"].sudo().browse(vals.get("partner_id"))
        buyer = self.env["sale.order"].sudo().browse(vals.get("sale_id")).partner_id
        return any(
            partner and partner.commercial_partner_id != known.commercial_partner_id
            for partner, known in ((receiver, original.partner_id), (buyer, original.sale_id.partner_id))
        )

    def _prepare_inherited_values(self, vals):
        """Return what the remainder created with *vals* takes over from this transfer, for the same customer."""
        return {
            # What the customer was told of the whole he was told of its remainder.
            **as_facts(
                {
                    "told_promise_date": self.told_promise_date,
                    "told_no_promise": self.told_no_promise,
                    "customer_move_type": self.customer_move_type,
                }
            ),
            # The remainder goes to the same site.
            "site_note": vals.get("site_note", self.site_note),
        }

    def _draw_backorder_number(self, suffix):
        """Take the next free index of this root.

        The update locks the root: another transaction that draws at the same time fails to serialize, and Odoo
        retries it. An index whose name somebody has already typed by hand is passed over.

        :param str suffix: what stands between the root's name and the index
        :return: the index, and the name that it gives
        """
        self.ensure_one()
        self.env["stock.picking"].flush_model(["name", "company_id", "backorder_last_index"])
        is_taken = True
        while is_taken:
            [(index, name, is_taken)] = self.env.execute_query(
                SQL(
                    """
                    UPDATE stock_picking AS root
                       SET backorder_last_index = COALESCE(backorder_last_index, 0) + 1
                     WHERE root.id = %(root_id)s
                 RETURNING root.backorder_last_index,
                           root.name || %(suffix)s || root.backorder_last_index,
                           EXISTS (
                               SELECT 1
                                 FROM stock_picking AS other
                                WHERE other.name = root.name || %(suffix)s || root.backorder_last_index
                                  AND other.company_id = root.company_id
                           )
                    """,
                    root_id=self.id,
                    suffix=suffix or "",
                )
            )
            is_taken = is_taken and bool(suffix)
        self.invalidate_recordset(["backorder_last_index"], flush=False)
        return index, name

    def _repair_chain(self):
        """Give each transfer of ``self``, and what hangs on it, the root and index that ``backorder_id`` implies."""
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        for picking in self.sudo():
            original = picking.backorder_id
            root = original.backorder_root_id or original
            if picking.backorder_root_id == root:
                continue
            followers = (picking._get_backorder_descendants() | picking.root_backorder_ids).sorted("backorder_index")
            if root:
                (picking | followers)._join_chain(root)
            else:
                picking._write_facts({"backorder_root_id": False, "backorder_index": 0})
                followers._join_chain(picking, rename=False)

    def _join_chain(self, root, rename=True):
        """Number ``self``, in its order, as backorders of *root*.

        :param rename: whether names follow, too; a name that was printed, shipped under or typed never changes
        """
        numbers = [root._draw_backorder_number(picking.picking_type_id.backorder_suffix) for picking in self]
        # The last one first: what was an original loses those who are counted from it before it is none any more.
        for picking, (index, name) in reversed(list(zip(self, numbers, strict=True))):
            suffix = picking.picking_type_id.backorder_suffix
            vals = as_facts({"backorder_root_id": root.id, "backorder_index": index})
            if rename and suffix and picking._has_disposable_name():
                vals["name"] = name
            picking.write(vals)

    def _has_disposable_name(self):
        """Whether nobody has chosen or seen the name: it was drawn from a sequence or from a chain."""
        if self.printed or self.state in CLOSED_STATES:
            return False
        if self.backorder_root_id:
            suffix = self.picking_type_id.backorder_suffix or ""
            return self.name == f"{self.backorder_root_id.name}{suffix}{self.backorder_index}"
        prefix, _suffix = self.picking_type_id.sequence_id._get_prefix_suffix()
        return self.name.startswith(prefix)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_root_of_chain(self):
        """:raise UserError: when backorders would lose the transfer that they are counted from"""
        for picking in self:
            left_behind = picking.root_backorder_ids - self
            if left_behind:
                raise UserError(
                    self.env._(
                        "You cannot delete %(transfer)s: its backorders %(backorders)s are counted from it."
                        " Cancel it instead, or delete the whole chain.",
                        transfer=picking.name,
                        backorders=", ".join(left_behind.mapped("name")),
                    )
                )

    def _creation_message(self):
        """Link a new backorder to what it is the remainder of, and to the original."""
        original, root = self.sudo().backorder_id, self.sudo().backorder_root_id
        if not original:
            return super()._creation_message()
        if original == root:
            return self.env._("This backorder is the remainder of %s.", original._get_html_link())
        return self.env._(
            "This backorder is the remainder of %(previous)s, originally %(root)s.",
            previous=original._get_html_link(),
            root=root._get_html_link(),
        )

    # ---- allocation --------------------------------------------------------

    @arguments.public()
    def button_validate(self):
        """Come for the stock before the work begins."""
        moves = self.move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        self.env["stock.backorder.pool"]._come_for(
            moves._get_touched_pools, lambda: get_pools(moves, "location_dest_id")
        )
        return super().button_validate()

    def _action_done(self):
        """Hand out at once what is reserved, not shipped, and not wanted any more.

        All stock that is concerned is locked at the beginning: who reserves meanwhile waits, instead of being in the
        way when all is done. What is brought and nobody waits for needs no turn.
        """
        moves = self.move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        self._read_chain()
        transfers = self.env["stock.backorder.pool"]._with_locked(self, moves._get_touched_pools())
        with transfers.env["stock.allocation"]._handing_out() as freed:
            result = super(StockPicking, transfers)._action_done()
            # What was given up is seen by what has become of it, whoever does it: a setting, another addon, a person.
            short = (self.move_ids & moves).filtered(lambda move: move._is_closed_short())
            freed.explain(short._get_claimed_pools(), Reason("cancel", short))
        self._notice_done()
        return result

    def _read_chain(self):
        """Read who else is in the chains before any line is done, and as long as it is known when all is scheduled.

        What depends on them is sought when a line is done. Transfers are read by their dates: these would be worked out
        amid it, when what is done has left the transfer and what remains has not.
        """
        self.mapped("backorder_ids")
        (self | self.backorder_root_id).mapped("root_backorder_ids")

    def _send_confirmation_email(self):
        """Tell of what has shipped where others let it be told."""
        result = super()._send_confirmation_email()
        self._notice_shipped()
        return result

    def _get_supply_moves(self):
        return self.sudo().move_ids.filtered(lambda move: move._is_supply())

    @api.depends("scheduled_date", "state")
    def _compute_is_late_supply(self):
        for picking in self:
            is_open = picking.picking_type_code == "incoming" and picking.state not in ("draft", *CLOSED_STATES)
            is_late = is_open and any(supply._get_days_late() for supply in picking._get_supply_moves())
            picking.is_late_supply = is_late and picking.served_count > 0

    # ---- actions -----------------------------------------------------------

    @arguments.public(single=True)
    def action_view_chain(self):
        """Open the list of the whole chain."""
        self.ensure_one()
        self._get_chain()[:1].check_access("read")
        root = self.backorder_root_id or self
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_chain")
        action["display_name"] = self.env._("Chain of %s", root.name)
        action["domain"] = ["|", ("id", "=", root.id), ("backorder_root_id", "=", root.id)]
        return action

    # ---- customer ----------------------------------------------------------

    def _brings_to_customer(self):
        """Whether the transfer itself brings goods to a customer. See ``stock.move._is_bound_for_customer``."""
        return self.picking_type_id.code in CUSTOMER_CODES and self.location_dest_id._is_at_customers()

    @api.depends("picking_type_id", "location_dest_id.usage")
    def _compute_is_bound_for_customer(self):
        for picking in self:
            picking.is_bound_for_customer = picking._brings_to_customer()

    @api.model
    def _search_is_bound_for_customer(self, operator, value):
        if operator != "in":
            return NotImplemented
        deliveries = Domain("picking_type_code", "in", CUSTOMER_CODES) & self.env[
            "stock.location"
        ]._get_customers_domain("location_dest_id")
        return Domain.OR(deliveries if wanted else ~deliveries for wanted in set(value))

    @api.depends(
        "picking_type_id",
        "location_dest_id.usage",
        "partner_id.commercial_partner_id",
        "sale_id.partner_id.commercial_partner_id",
    )
    def _compute_customer_id(self):
        for picking in self:
            picking.customer_id = picking._brings_to_customer() and picking._get_customer().commercial_partner_id

    def _get_customer(self):
        """Return the partner whom the delivery is for and who is told of it: who has ordered, else who receives."""
        self.ensure_one()
        return self.sale_id.partner_id or self.partner_id

    def _get_own_chain(self):
        """Return the members of the chain that are for the same customer: one of them can be given to another."""
        return self._get_chain().filtered(lambda member: member.customer_id == self.customer_id)

    def _is_customer_delivery(self):
        """Whether it brings goods to a customer, and is no draft: what its customer may see."""
        self.ensure_one()
        return self._brings_to_customer() and self.location_dest_id.usage == "customer" and self.state != "draft"

    def _compute_move_type(self):
        """What the customer has chosen holds, whatever else is added to the order."""
        result = super()._compute_move_type()
        for picking in self.filtered("customer_move_type"):
            picking.move_type = picking.customer_move_type
        return result

    def _get_responsible(self):
        """Return the user who is told what the customer wants: the salesperson, else who is at it in the warehouse."""
        self.ensure_one()
        return self.sale_id.user_id or self.user_id or self.picking_type_id.warehouse_id.allocation_user_id

    # ---- who may see it ----------------------------------------------------
    # Pages, links, mails, conversations and documents ask here. Record rules say the same in the database, to portal
    # users that come by any other way: they never see a delivery that is not their own company's.

    @api.model
    def _get_customer_domain(self, partner):
        """Return the domain of what the customer *partner* may see: its whole company's deliveries and dropships.

        Not what it brings us, nor what we move on its behalf: a vendor's receipts and returns are no deliveries.
        """
        return (
            Domain("customer_id", "=", partner.commercial_partner_id.id)
            & Domain("location_dest_id.usage", "=", "customer")
            & Domain("state", "!=", "draft")
        )

    def _is_visible_to(self, user):
        """Whether *user* may see this delivery as its customer does: one of the customer's people, or staff.

        Who receives a delivery that another has ordered is not its customer.
        """
        self.ensure_one()
        # Who asks need not be able to read what the answer is made of.
        delivery = self.sudo()
        is_own = delivery.customer_id == user.commercial_partner_id and not user._is_public()
        return (
            delivery._is_customer_delivery()
            and (is_own or not user.share)
            and delivery.with_user(user).has_access("read")
        )

    def _is_opened_by(self, token):
        """Whether *token*, which a visitor has sent, is that of a link to this delivery.

        It was made for a customer: given to another, the delivery has another one.
        """
        self.ensure_one()
        # The visitor of a link need have no rights at all.
        delivery = self.sudo()
        is_comparable = isinstance(token, str) and token.isascii()
        return bool(
            token and is_comparable and delivery._is_customer_delivery() and consteq(delivery.access_token or "", token)
        )

    @api.depends("backorder_root_id", "customer_id", "location_dest_id.usage")
    def _compute_access_token(self):
        """All deliveries of a chain that are for one customer have one token: a link to one opens the others, too."""
        for picking in self:
            root, customer = picking.backorder_root_id or picking._origin, picking.customer_id
            has_page = root and customer and picking.location_dest_id.usage == "customer"
            # The secret of the database is nobody's to read; what comes out of it does not tell it.
            token = has_page and hmac(self.env(su=True), TOKEN_SCOPE, f"{root.id}-{customer.id}")
            picking.access_token = token or False

    def _portal_ensure_token(self):
        """Return the token of the link by which everybody may see the delivery; empty where it has no customer.

        :raise AccessError: for who may not see the delivery himself
        """
        self.ensure_one()
        self.check_access("read")
        # Nobody can read the field: it is given away only here, to who needs no link.
        return self.sudo().access_token or ""

    def _get_share_url(self, redirect=False, signup_partner=False, pid=None, share_token=True):
        """:raise AccessError: for who may not see the delivery himself"""
        self.check_access("read")
        # Odoo looks at the token, which nobody can read. To sign others up remains an employee's matter.
        signup_partner = signup_partner and (self.env.su or self.env.user._is_internal())
        return super(StockPicking, self.sudo())._get_share_url(
            redirect=redirect, signup_partner=signup_partner, pid=pid, share_token=share_token
        )

    def _sign_token(self, pid):
        # Whoever writes a message may not read the token that its link is signed with.
        return super(StockPicking, self.sudo())._sign_token(pid)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for picking in self:
            picking.access_url = f"/my/deliveries/{picking.id}"
        return result

    def _get_report_base_filename(self):
        """Return after what a document that is downloaded is called: each of a delivery has a name of its own."""
        self.ensure_one()
        names = {
            "slip": self.env._("Delivery slip %s", self.name),
            "return": self.env._("Return slip %s", self.name),
            "confirmation": self.env._("Backorder confirmation %s", self.name),
        }
        # It names a file, and nothing else: whoever sends it gets no more than he asks for.
        document = self.env.context.get("customer_document")
        return names.get(document if isinstance(document, str) else None, self.env._("Delivery %s", self.name))

    # ---- conversation ------------------------------------------------------

    def _message_compute_subject(self):
        """What customers are written, and write, names their order, and not our delivery alone."""
        # Who writes need not be able to read the order.
        delivery = self.sudo()
        return delivery._get_subject() if delivery._is_customer_delivery() else super()._message_compute_subject()

    @arguments.public(single=True, partner_ids=arguments.many_ids)
    def message_post(self, **kwargs):
        """A customer's question reaches somebody, who need not follow the delivery."""
        is_asked = self.env.user.share and kwargs.get("message_type") == "comment" and self._is_asked_by_customer()
        if is_asked:
            # The customer need not be able to read who is responsible.
            responsible = self.sudo()._get_responsible()
            kwargs["partner_ids"] = [*(kwargs.get("partner_ids") or ()), *responsible.partner_id.ids]
        return super().message_post(**kwargs)

    @arguments.public(source_ref=arguments.template)
    def message_post_with_source(self, source_ref, **kwargs):
        """Odoo's own confirmation is not sent where the mail on the backorder is to tell what has shipped."""
        confirmations = self.company_id.stock_mail_confirmation_template_id
        is_confirmation = isinstance(source_ref, models.BaseModel) and source_ref == confirmations
        if self and is_confirmation and all(picking._is_told_with_backorder() for picking in self):
            return self.env["mail.message"]
        return super().message_post_with_source(source_ref, **kwargs)

    def _is_asked_by_customer(self):
        """Whether customers may write on this delivery."""
        # Who asks need not be able to read the settings of the company.
        delivery = self.sudo()
        return delivery._is_customer_delivery() and delivery.company_id.customer_may_ask

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", **kwargs):
        """Who sees a delivery's page, by his login or by a link, reads its messages, and may ask where he is let.

        Not more than by the page: by RPC Odoo lets him post neither here nor on his order.
        """
        if not self.env.user.share:
            return super()._get_thread_with_access(thread_id, mode=mode, **kwargs)
        # Whose it is decides, and not what of it the visitor can read.
        delivery = self.sudo().browse(thread_id).exists()
        if not delivery or not delivery._is_customer_delivery():
            return super()._get_thread_with_access(thread_id, mode=mode)  # no link opens it
        if mode != "read" and not delivery._is_asked_by_customer():
            return self.browse()
        if not delivery._is_opened_by(kwargs.get("token")):
            kwargs.pop("token", None)
        return super()._get_thread_with_access(thread_id, mode="read", **kwargs)

    def _mail_get_partners(self, introspect_fields=False):
        """The link that opens a delivery's page goes to who has ordered it, not to the address that it goes to."""
        partners = super()._mail_get_partners(introspect_fields=introspect_fields)
        for picking in self:
            # Whoever writes a message need not be able to read the order.
            if picking.sudo()._is_customer_delivery():
                partners[picking.id] = picking.sudo()._get_customer().with_env(self.env)
        return partners

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Who follows a delivery with a login of the portal hears of it as long as it is his company's."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        # Who writes a message need not be able to read the customer, or to whom it goes.
        customer = self.sudo().customer_id
        if not customer:
            return recipients
        chosen = (msg_vals or {}).get("partner_ids") or message.sudo().partner_ids.ids
        followers = {data["uid"] for data in recipients if data["uid"] and data["ushare"] and data["id"] not in chosen}
        users = self.env["res.users"].sudo().browse(followers)
        strangers = users.filtered(lambda user: user.commercial_partner_id != customer)
        return [data for data in recipients if data["uid"] not in strangers.ids]
