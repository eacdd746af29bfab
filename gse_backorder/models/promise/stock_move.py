from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ... import arguments
from ..allocation.reservation_run import ReservationRun
from ..chain.engine_facts import as_facts
from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_latest
from ..chain.stock_location import STOCK_USAGES
from ..chain.stock_move import DEMAND_FIELDS
from ..engine.coverage import Coverage

# What changes who gets how much and when: pages that customers have open are told of it.
LIVE_FIELDS = DEMAND_FIELDS | {"date", "date_deadline", "picked", "priority", "quantity", "state"}


class StockMove(models.Model):
    """What is said of a line: its status, its promise, and what has become of its first one."""

    _name = "stock.move"
    # Python wants the more general one last, wherever it came from first.
    _inherit = ["stock.move", "stock.availability.mixin", "stock.day.mixin"]

    first_promise_date = fields.Datetime(
        string="First promised (Moment)",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="What was promised when all of the line had a date for the first time. It is never rewritten, and what is"
        " split off the line inherits it.",
    )
    first_promise_quantity = fields.Float(
        digits="Product Unit",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="How much the first promise was for, in the product's unit, where the line was raised afterwards; 0 where"
        " it was for all of it.",
    )
    first_promise_day = fields.Date(
        string="First promised",
        compute="_compute_first_promise_day",
        groups="base.group_user",
        help="The day that was promised first, by the calendar of the warehouse.",
    )
    promise_slip_days = fields.Integer(
        string="Slip",
        compute="_compute_promise_slip_days",
        groups="base.group_user",
        help="By how many days the promise of a line that waits is later than the first one; negative when it is"
        " earlier.",
    )
    is_promise_lost = fields.Boolean(
        string="Promise Lost",
        compute="_compute_promise_slip_days",
        groups="base.group_user",
        help="The line was promised, and a part of it has no date any more: others have got the supply, or it is not"
        " expected any more.",
    )
    allocation_explanation = fields.Html(
        string="Why?",
        compute="_compute_allocation_explanation",
        groups="base.group_user",
        help="What is free, who is ahead, which supply is expected for the line, and when its turn comes.",
    )
    explanation_picture = fields.Json(
        string="Who Gets It",
        compute="_compute_explanation_picture",
        groups="base.group_user",
        help="What is in stock now and what comes, day by day, and who gets how much of it.",
    )

    # ---- availability ----------------------------------------------------

    @api.model
    def _get_availability_triggers(self):
        return [
            "product_id",
            "product_uom",
            "product_uom_qty",
            "quantity",
            "state",
            "location_id",
            "location_dest_id",
            "picking_id.move_type",
        ]

    def _get_coverage(self):
        """Return ``{id: Coverage}`` of the lines that want stock, quantities in the line's unit.

        What a picker has added beside what was ordered wants nothing, and there is nothing to be told of it.
        """
        coverages = self._get_shipping_coverage()
        return {
            move_id: coverages[move_id].convert(move.product_id.uom_id, move.product_uom, whole=move.product_uom_qty)
            for move_id, move in zip(self._ids, self, strict=True)
            if move_id in coverages and not move._wants_nothing()
        }

    def _get_product_coverage(self):
        """Return ``{id: Coverage}`` of the lines that want stock, quantities in the product's unit: each for itself.

        When it ships is :meth:`_get_shipping_coverage`.
        """
        claims = self._filtered_own_stock().filtered(lambda move: move._has_open_goods())
        # A confirmed line that is being edited is judged as it is saved: nobody else knows of the edit yet.
        drafts = claims.filtered(lambda move: move.state == "draft")
        confirmed = (claims - drafts)._origin
        rivals = (drafts | drafts.picking_id.move_ids).filtered(lambda move: move.state == "draft" and move._is_claim())
        by_move, by_demand = self.env["stock.pegging"]._get_coverage(
            confirmed, [move._prepare_demand() for move in rivals]
        )
        by_draft = dict(zip((move.id for move in rivals), by_demand, strict=True))
        result = {}
        for move in claims:
            coverage = by_draft.get(move.id) if move.state == "draft" else by_move.get(move._origin.id)
            if coverage:
                result[move.id] = coverage
        return result

    def _get_availability_unit(self):
        return self.product_uom

    def _get_stock_companies(self):
        return self.location_id.company_id | self.company_id

    def _get_supply_places(self):
        return {move: first.location_id for move, first in self._get_first_steps().items()}

    def _filtered_procured_for(self):
        firsts = self._get_first_steps()
        return self.filtered(lambda move: firsts[move].procure_method == "make_to_order" or firsts[move].move_orig_ids)

    def _filtered_returning(self):
        return self.filtered("origin_returned_move_id")

    def _get_first_steps(self):
        """Return ``{move: the open move that takes its goods out of the stock}``: itself, or the first of several."""
        origins = self.env["stock.claim"]._get_open_origins(self._origin.filtered(lambda move: move.state != "draft"))
        first_ids = {}
        for move in self:
            first_ids[move] = move._origin.id
            while step_ids := origins.get(first_ids[move]):
                first_ids[move] = min(step_ids)
        steps = self.browse(first_id for first_id in first_ids.values() if first_id)
        return {
            move: self.browse(first_id).with_prefetch(steps.ids) if first_id in origins else move
            for move, first_id in first_ids.items()
        }

    def _get_kit_part(self):
        """Return for what of a kit the line is, as ``(product, id of the line of its recipe)``.

        A product may be in a recipe twice, and the kit is whole when there is enough for both. What is no part of a kit
        has no recipe.
        """
        recipe = "bom_line_id" in self._fields and self.bom_line_id
        return self.product_id, recipe.id if recipe else False

    def _sum_parts(self, get_component, get_quantity):
        """Return ``{component: quantity}`` of what these lines are for of a kit.

        :param get_component: a function that tells which of them a part is, see :meth:`_get_kit_part`
        :param get_quantity: a function that tells how much a line counts
        """
        quantities = defaultdict(float)
        for move in self:
            quantities[get_component(move._get_kit_part())] += get_quantity(move)
        return dict(quantities)

    def _get_kept_qty(self):
        """Return how much more the customer has by the line, less what came back by it, in the product's unit."""
        has_it, had_it = self.location_dest_id._is_at_customers(), self.location_id._is_at_customers()
        return self._get_shipped_qty() * (has_it - had_it)

    def _get_explained_claim(self):
        return self._origin.filtered(lambda move: move.state != "draft" and move._has_open_goods())

    def _search_availability_candidates(self):
        """Return a domain of all that :meth:`_has_open_goods` can be true of; what it does not say, that says."""
        return Domain("state", "not in", CLOSED_STATES) & Domain("location_id.usage", "in", (*STOCK_USAGES, "supplier"))

    @api.depends("first_promise_date", "picking_id.move_type")
    def _compute_first_promise_day(self):
        for move in self:
            move.first_promise_day = move._get_day(move._get_first_promise_of_all())

    @api.depends("promise_date", "first_promise_date", "first_promise_quantity", "is_held", "product_qty", "qty_short")
    def _compute_promise_slip_days(self):
        for move in self:
            first = move.qty_short and not move.is_held and move._get_first_shipping_date()
            move.promise_slip_days = first and move.promise_date and move._count_days(first, move.promise_date)
            move.is_promise_lost = bool(first and not move.promise_date)

    def _get_first_promise_date(self):
        """Return what was first promised for all of these lines together; False where not all of it was.

        What a line was raised by afterwards was not promised: that it comes later is no slip.
        """
        dates = [not move._is_raised() and move.first_promise_date for move in self]
        return get_latest(dates)

    def _get_commitments(self):
        """Return ``{kind: date}`` of the days on which somebody counts for the line, each may be empty."""
        return {"first": self.kept_date or self._get_first_shipping_date(), "deadline": self.date_deadline}

    def _is_raised(self):
        """Whether the line wants more than its first promise was for."""
        promised = self.first_promise_quantity
        return bool(promised) and self.product_id.uom_id.compare(self.product_qty, promised) > 0

    def _is_promise_late(self, coverage):
        """Whether what was first promised for the line ships later now, or has no date any more."""
        first = self._get_first_shipping_date()
        if not first:
            return False
        date = coverage.get_promise_date(fields.Datetime.now())
        return not date or self._count_days(first, date) > 0

    def _write_first_promise(self):
        """Remember what claims without a first promise are promised now, if all of each has a date."""
        unpromised = self.filtered(lambda move: not move.first_promise_date and move._has_open_goods())
        if not unpromised:
            self.picking_id._write_first_promise()  # of what is pushed on from a promised step
            return
        ready = unpromised.filtered(lambda move: move.state == "assigned" and move._is_claim())
        now = fields.Datetime.now()
        dates = dict.fromkeys(ready, now)
        coverages = (unpromised - ready)._filtered_supplied()._get_product_coverage()
        dates.update({move: coverages[move.id].get_promise_date(now) for move in unpromised if move.id in coverages})
        coverages.update({move.id: Coverage(now=move.product_qty) for move in ready})
        for date, moves in unpromised.grouped(dates.get).items():
            if date:
                moves._write_facts({"first_promise_date": date})
        self.picking_id._write_first_promise()
        unpromised._keep_promises(coverages)

    def _filtered_supplied(self):
        """Return the moves of products of which something is free or expected at all: the others have no date."""
        chained = self.filtered(lambda move: move.move_orig_ids or move._is_dropship())
        supplied = self.env["stock.move"]._read_group(
            [
                ("product_id", "in", (self - chained).product_id.ids),
                ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                ("location_dest_id.usage", "in", STOCK_USAGES),
            ],
            aggregates=["product_id:recordset"],
        )[0][0]
        stocked = self.env["stock.supply"]._get_pools_with_stock((self - chained)._get_claimed_pools())
        return chained | self.filtered(
            lambda move: move.product_id in supplied or not stocked.isdisjoint(move._get_claimed_pools())
        )

    def _promise_waiting(self):
        """Remember what those are promised who had no promise yet, and for whom these supplies are meant."""
        supplies = self.filtered(lambda move: move._is_supply())
        if not supplies:
            return
        promised = self.env["stock.pegging"]._promise_waiting(supplies.product_id)
        promised.picking_id._write_first_promise()
        self.env["stock.pegging"]._keep_waiting(supplies.product_id)
        # What follows a promised pick is promised with it.
        promised.move_dest_ids._write_first_promise()

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """What is confirmed is promised, and so is what waits for what it brings."""
        moves = super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)
        if not moves:
            return moves
        # A promise is made in the delivery's name, whoever confirms it or brings its goods.
        promised = moves.sudo()
        # A remainder has the promise of the whole, or waits for one as the whole did.
        if ReservationRun.of(self.env).cause != "remainder":
            promised._write_first_promise()
        promised._promise_waiting()
        return moves

    def _prepare_move_split_vals(self, qty):
        """What is split off was promised when the whole was."""
        return {**super()._prepare_move_split_vals(qty), **as_facts(self._prepare_promise_of_rest(qty))}

    def _prepare_promise_of_rest(self, qty):
        """Return what was promised of the part that is split off: what stays gets its own of the promise first.

        :param qty: of that part, in the line's unit, or in the one that Odoo names in the context
        """
        if not self.first_promise_quantity:
            return {"first_promise_date": self.first_promise_date}
        stays, _leaves = self._get_split_parts(qty)
        promised = max(0.0, self.first_promise_quantity - stays)
        return {"first_promise_date": promised and self.first_promise_date, "first_promise_quantity": promised}

    def _prepare_first_promise(self):
        """Return as facts what was first promised for these lines, for one that is all of them."""
        promised = self.filtered("first_promise_date")
        quantity = sum(move._get_promised_quantity() for move in promised)
        is_part = self[:1].product_id.uom_id.compare(quantity, sum(self.mapped("product_qty"))) < 0
        return as_facts(
            {
                "first_promise_date": max(promised.mapped("first_promise_date"), default=False),
                "first_promise_quantity": quantity if is_part else 0.0,
            }
        )

    def _get_promised_quantity(self):
        """Return how much of the line its first promise is for, in the product's unit."""
        return min(self.first_promise_quantity or self.product_qty, self.product_qty)

    def _merge_moves_fields(self):
        """Lines that become one were promised by the latest date of those that were, and no more than that."""
        return {**super()._merge_moves_fields(), **self._prepare_first_promise()}

    def write(self, vals):
        """What a promised line is raised by was not promised; who looks on sees that it changes."""
        raised = self._get_raised(vals) if self._changes_demand(vals) else {}
        result = super().write(vals)
        for quantity, moves in raised.items():
            moves._write_facts({"first_promise_quantity": quantity})
        if self and not LIVE_FIELDS.isdisjoint(vals):  # Odoo writes on no line at all, and often
            self.env["stock.live"]._tell_changed(self.picking_id, self.product_id)
        return result

    def _get_raised(self, vals):
        """Return ``{what they want now: moves}`` of those that are about to want more than they were promised.

        For the first time, and in the product's unit. Of lines that become one it is said with it what was promised.
        """
        if "first_promise_quantity" in vals:
            return {}
        raised = self.filtered(
            lambda move: (
                move.state not in CLOSED_STATES
                and move.first_promise_date
                and not move.first_promise_quantity
                and move._is_raised_by(vals)
            )
        )
        return raised.grouped("product_qty")

    # ---- Why? ------------------------------------------------------------

    def _is_named(self):
        """Whether the user may be told whose line it is: in a stock that several companies share, of his own ones."""
        return not self.company_id or self.company_id in self.env.user.company_ids

    def _get_named_transfer(self):
        """Return the name of the line's transfer, as the user may be told it."""
        return self.picking_id.name or self.reference if self._is_named() else self.env._("another company")

    def _get_named_transfers(self):
        """Return the names of the lines' transfers, each once, as the user may be told them: a list."""
        return list(dict.fromkeys(line._get_named_transfer() for line in self))

    @api.depends("state", "quantity", "product_uom_qty", "location_id")
    @api.depends_context("uid")
    def _compute_allocation_explanation(self):
        for move in self:
            move.allocation_explanation = self.env["stock.allocation.explanation"]._explain(move)

    @api.depends("state", "quantity", "product_uom_qty", "location_id")
    @api.depends_context("uid")
    def _compute_explanation_picture(self):
        for move in self:
            move.explanation_picture = self.env["stock.allocation.picture"]._draw(move)

    @arguments.public(single=True)
    def action_explain(self):
        """Open the answer to "Why?"."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_move_explanation")
        action["name"] = self.env._("Why? %s", self.product_id.display_name)
        action["res_id"] = self.id
        return action

    def _get_supply_name(self):
        """Return the document that brings the goods: the purchase order, else the transfer or manufacturing order."""
        self.ensure_one()
        return self.purchase_line_id.order_id.name or self.picking_id.name or self.reference

    def _get_supply_remark(self):
        """Return in words what makes the date of this incoming line less sure; empty if nothing does."""
        return ", ".join(self._get_supply_remarks())

    def _get_supply_remarks(self):
        """Return the parts of :meth:`_get_supply_remark`."""
        days = self._get_days_late()
        if not days:
            return []
        return [self.env._("1 day late") if days == 1 else self.env._("%s days late", days)]
