from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..chain.picking_states import CLOSED_STATES
from ..chain.quantity import MOST_UNITS, EnteredNumber
from ..chain.stock_day_mixin import MOST_DAYS
from ..chain.wording import format_quantity, name_first
from ..engine.coverage import Request

KINDS = [
    ("late", "A supply comes on another day"),
    ("short", "A supply brings less"),
    ("never", "A supply never comes"),
    ("add", "Something more comes"),
    ("priority", "A delivery gets the star, or loses it"),
    ("deadline", "A delivery has another deadline"),
    ("drop", "A delivery is not wanted any more"),
    ("policy", "A warehouse has another policy"),
    ("keep", "A warehouse keeps its promises, or does not"),
]
SUPPLY_KINDS = ("late", "short", "never")
DELIVERY_KINDS = ("priority", "deadline", "drop")
# So many records are named in a change's own words.
NAMED = 3


class StockWhatIfChange(models.TransientModel):
    """One thing that would be otherwise: of a supply, of deliveries, of a warehouse."""

    _name = "stock.what.if.change"
    _inherit = ["stock.readable.mixin", "stock.day.mixin"]
    _description = "Change to Look At"
    _order = "id"
    _rec_name = "description"

    what_if_id = fields.Many2one("stock.what.if", string="What if?", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="what_if_id.company_id", store=True)
    kind = fields.Selection(KINDS, string="What if", required=True, default="late")
    description = fields.Char(string="Change", compute="_compute_description")
    is_applied = fields.Boolean(string="Done", readonly=True, help="It was really done, and is so by now.")
    source = fields.Selection(
        [("receipt", "Receipts"), ("purchase", "Purchase orders"), ("vendor", "All of a vendor")],
        string="Which Supply",
        default="receipt",
    )
    receipt_ids = fields.Many2many(
        "stock.picking",
        "stock_what_if_change_receipt_rel",
        string="Receipts",
        domain="[('picking_type_code', '=', 'incoming'), ('is_bound_for_customer', '=', False),"
        " ('state', 'not in', ('draft', 'done', 'cancel')), ('company_id', '=', company_id)]",
    )
    purchase_ids = fields.Many2many(
        "purchase.order",
        string="Purchase Orders",
        domain="[('state', '=', 'purchase'), ('company_id', '=', company_id)]",
    )
    partner_id = fields.Many2one("res.partner", string="Vendor", ondelete="cascade")
    days = fields.Integer(string="Days Later", default=7, help="Negative for earlier.")
    date = fields.Datetime(string="Or On", help="On which day; without one it is so many days later.")
    share = EnteredNumber(string="Comes", default=50.0, help="How much of it comes, in percent.")
    product_id = fields.Many2one(
        "product.product",
        domain="[('is_storable', '=', True), ('company_id', 'in', (False, company_id))]",
        ondelete="cascade",
        help="Which product comes; of a supply only this one, or all of it where none is chosen.",
    )
    quantity = EnteredNumber(digits="Product Unit", help="In the product's own unit.")
    uom_id = fields.Many2one(related="product_id.uom_id")
    warehouse_id = fields.Many2one("stock.warehouse", domain="[('company_id', '=', company_id)]", ondelete="cascade")
    policy = fields.Selection(lambda self: self.env["stock.warehouse"]._get_policy_names())
    keeps = fields.Boolean(string="Keeps Promises", default=True)
    picking_ids = fields.Many2many(
        "stock.picking",
        "stock_what_if_change_picking_rel",
        string="Deliveries",
        domain="[('location_id.usage', 'in', ('internal', 'transit')), ('company_id', '=', company_id),"
        " ('state', 'not in', ('draft', 'done', 'cancel'))]",
    )
    priority = fields.Selection([("1", "Urgent"), ("0", "Normal")], default="1")
    deadline = fields.Datetime()

    # ---- facts of the form -----------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        changes.what_if_id._forget()
        return changes

    def write(self, vals):
        result = super().write(vals)
        self.what_if_id._forget()
        return result

    def unlink(self):
        asked = self.what_if_id
        result = super().unlink()
        asked._forget()
        return result

    def _check_readable(self):
        self.what_if_id.check_access("write")
        return super()._check_readable()

    @api.model
    def _get_named_fields(self):
        return ["receipt_ids", "purchase_ids", "partner_id", "product_id", "warehouse_id", "picking_ids"]

    def _get_day_warehouse(self):
        return self.warehouse_id

    @api.depends(
        "kind", "source", "receipt_ids", "purchase_ids", "partner_id", "days", "date", "share", "product_id",
        "quantity", "warehouse_id", "policy", "keeps", "picking_ids", "priority", "deadline",
    )  # fmt: skip
    def _compute_description(self):
        for change in self:
            change.description = change.kind and (change._get_missing() or getattr(change, f"_tell_{change.kind}")())

    def _tell_late(self):
        if self.date:
            return self.env._("%(supply)s: on %(date)s", supply=self._name_supply(), date=self._format_day(self.date))
        supply, days = self._name_supply(), abs(self.days)
        if self.days < 0:
            if days == 1:
                return self.env._("%s: a day earlier", supply)
            return self.env._("%(supply)s: %(days)s days earlier", supply=supply, days=days)
        if days == 1:
            return self.env._("%s: a day later", supply)
        return self.env._("%(supply)s: %(days)s days later", supply=supply, days=days)

    def _tell_short(self):
        share = format_quantity(self.env, self.share)
        return self.env._("%(supply)s: %(share)s %% only", supply=self._name_supply(), share=share)

    def _tell_never(self):
        return self.env._("%s: nothing comes", self._name_supply())

    def _tell_add(self):
        return self.env._(
            "%(quantity)s of %(product)s more on %(date)s in %(warehouse)s",
            quantity=format_quantity(self.env, self.quantity),
            product=self.product_id.display_name,
            date=self._format_day(self.date),
            warehouse=self.warehouse_id.display_name,
        )

    def _tell_priority(self):
        if self.priority == "1":
            return self.env._("%s: with the star", self._name_first(self.picking_ids))
        return self.env._("%s: without the star", self._name_first(self.picking_ids))

    def _tell_deadline(self):
        return self.env._(
            "%(deliveries)s: due on %(date)s",
            deliveries=self._name_first(self.picking_ids),
            date=self._format_day(self.deadline),
        )

    def _tell_drop(self):
        return self.env._("%s: not wanted any more", self._name_first(self.picking_ids))

    def _tell_policy(self):
        policy = dict(self.env["stock.warehouse"]._get_policy_names())[self.policy]
        return self.env._("%(warehouse)s ranks %(policy)s", warehouse=self.warehouse_id.display_name, policy=policy)

    def _tell_keep(self):
        if self.keeps:
            return self.env._("%s keeps its promises", self.warehouse_id.display_name)
        return self.env._("%s does not keep its promises", self.warehouse_id.display_name)

    def _name_supply(self):
        sources = {"receipt": self.receipt_ids, "purchase": self.purchase_ids, "vendor": self.partner_id}
        name = self._name_first(sources[self.source])
        return f"{name} ({self.product_id.display_name})" if self.product_id else name

    @api.model
    def _name_first(self, records):
        return name_first(records.mapped("display_name"), NAMED)

    # ---- what is missing, and what is nonsense ---------------------------------

    def _check_complete(self):
        """:raise UserError: for what cannot be looked at, in the words of who has entered it"""
        self.ensure_one()
        problem = self._get_missing() or self._get_nonsense()
        if problem:
            raise UserError(problem)

    def _get_missing(self):
        """Return what is still to be said of the change; False where all is."""
        if self.kind in DELIVERY_KINDS and not self.picking_ids:
            return self.env._("Please say which deliveries.")
        if self.kind in SUPPLY_KINDS and not self._get_sources():
            return self.env._("Please say which supply.")
        if self.kind == "deadline" and not self.deadline:
            return self.env._("Please say by when the deliveries are to be there.")
        if self.kind == "priority" and not self.priority:
            return self.env._("Please say whether the deliveries get the star or lose it.")
        if self.kind == "policy" and not (self.warehouse_id and self.policy):
            return self.env._("Please say which warehouse, and which policy.")
        if self.kind == "keep" and not self.warehouse_id:
            return self.env._("Please say which warehouse.")
        if self.kind == "add" and not (self.product_id and self.warehouse_id and self.date):
            return self.env._("Please say which product comes, into which warehouse, and when.")
        return False

    def _get_nonsense(self):
        """Return why what was said cannot be; False where it can."""
        if self.kind == "late" and not self.date and not 0 < abs(self.days) <= MOST_DAYS:
            return self.env._("A supply comes by some days later or earlier, and by no more than a century.")
        if self.kind == "short" and not 0 <= self.share < 100:
            return self.env._("A supply that brings less brings 0 to 99 percent.")
        if self.kind == "add" and not 0 < self.quantity <= MOST_UNITS:
            return self.env._("Please say how much comes, in the unit of the product.")
        if self.kind == "add" and not self.product_id.is_storable:
            return self.env._("%s is not kept in stock.", self.product_id.display_name)
        if self._get_foreign():
            return self.env._("All that is changed has to be of the company %s.", self.company_id.name)
        return False

    def _get_foreign(self):
        """Return whether something that is changed is another company's."""
        owned = (self.receipt_ids | self.picking_ids, self.purchase_ids, self.warehouse_id)
        products = self.product_id.company_id
        return any(records.company_id - self.company_id for records in owned) or bool(products - self.company_id)

    def _get_sources(self):
        return {"receipt": self.receipt_ids, "purchase": self.purchase_ids, "vendor": self.partner_id}.get(self.source)

    # ---- what it changes -------------------------------------------------------

    def _add_to(self, draft):
        """Add the change to *draft*, a :class:`~.scenario_draft.ScenarioDraft`."""
        getattr(self, f"_add_{self.kind}_to")(draft)

    def _add_late_to(self, draft):
        dates = self._get_new_dates()
        for move, date in dates.items():
            draft.supplies[move.id]["date"] = date
        if self._dates_purchases():  # what was bought for a line alone moves its deadline with it, as Odoo does
            purchased = [(move, date) for move, date in dates.items() if move.purchase_line_id]
            for move, deadline in self.env["stock.move"]._get_propagated_deadlines(purchased).items():
                draft.claims[move.id]["deadline"] = deadline

    def _add_short_to(self, draft):
        for move in self._get_supply_moves():
            draft.supplies[move.id]["quantity"] = move.product_qty * self.share / 100

    def _add_never_to(self, draft):
        for move in self._get_supply_moves():
            draft.supplies[move.id]["quantity"] = 0.0

    def _add_add_to(self, draft):
        place = self.warehouse_id.sudo().lot_stock_id  # who may read the warehouse need not open its locations
        draft.requests.append(Request(self.product_id, place, self.quantity, self.date))

    def _add_priority_to(self, draft):
        for move in self._get_delivery_moves():
            draft.claims[move.id].update(
                priority=self.priority, reservation_date=move._get_reservation_date_at(self.priority)
            )

    def _add_deadline_to(self, draft):
        given = [(self._get_delivery_moves(), self.deadline)]
        for move, deadline in self.env["stock.move"]._get_propagated_deadlines(given).items():
            draft.claims[move.id]["deadline"] = deadline

    def _add_drop_to(self, draft):
        draft.dropped.update(self._get_delivery_moves()._get_dropped_with().ids)

    def _add_policy_to(self, draft):
        draft.warehouses[self.warehouse_id.id]["allocation_policy"] = self.policy

    def _add_keep_to(self, draft):
        draft.warehouses[self.warehouse_id.id]["keep_promises"] = self.keeps

    def _get_delivery_moves(self):
        # Who may read a delivery may suppose something of its lines; what is really written, his rights decide.
        return self.picking_ids.sudo().move_ids.filtered(lambda move: move.state not in ("draft", *CLOSED_STATES))

    def _get_new_dates(self):
        """Return ``{move: when it comes}`` of the supplies.

        What is still to come of a line of a purchase has one date, the line's: it is counted from the last of it.
        """
        later = timedelta(days=self.days)
        moves = self._get_supply_moves()
        together = moves.grouped(lambda move: (self._dates_purchases() and move.purchase_line_id.id) or -move.id)
        return {move: self.date or max(parts.mapped("date")) + later for parts in together.values() for move in parts}

    def _dates_purchases(self):
        """Whether it is the lines of purchases that get another date, and not the moves of a receipt alone."""
        return self.source != "receipt"

    def _get_supply_moves(self):
        """Return the open moves that bring the goods in from outside, or to the customer straight away.

        Who may read the order or the receipt may know what it brings.
        """
        moves = {
            "receipt": lambda: self.receipt_ids.sudo().move_ids,
            "purchase": lambda: self.purchase_ids.sudo().order_line.move_ids,
            "vendor": self._find_moves_of_vendor,
        }[self.source]()
        return moves.filtered(
            lambda move: (
                move.state not in ("draft", *CLOSED_STATES)
                and (not move.location_id.stock_area_id or move._is_supply())
                and self.product_id in (move.product_id, self.product_id.browse())
            )
        )

    def _find_moves_of_vendor(self):
        vendor = self.partner_id.commercial_partner_id
        of_vendor = Domain("purchase_line_id.partner_id", "child_of", vendor.id) | Domain(
            "picking_id.partner_id", "child_of", vendor.id
        )
        is_open = Domain("state", "not in", ("draft", *CLOSED_STATES)) & Domain("location_id.usage", "=", "supplier")
        return self.env["stock.move"].search(of_vendor & is_open & Domain("company_id", "=", self.company_id.id)).sudo()
