from collections import defaultdict
from contextlib import nullcontext
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ... import arguments
from ..allocation.freed_stock import Reason
from ..allocation.reservation_run import ReservationRun
from ..allocation.stock_backorder_pool import get_pools
from ..engine.stock_location import STOCK_USAGES
from ..engine.stock_pegging import Demand
from ..supply.stock_supply_mixin import Service
from .engine_facts import as_facts, fact
from .picking_states import CLOSED_STATES

# What changes who gets how much and when: pages that customers have open are told of it.
LIVE_FIELDS = {"date", "date_deadline", "picked", "priority", "product_uom_qty", "quantity", "state"}


class Totals(NamedTuple):
    """What became of lines that were ordered, all quantities in one unit."""

    ordered: float
    shipped: float
    open: float
    cancelled: float

    @property
    def over_shipped(self):
        """What has shipped, or will, beyond what was ordered: too much of it, or for what came back."""
        return self.shipped + self.open + self.cancelled - self.ordered


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = [
        "stock.move",
        "stock.engine.facts",
        "stock.availability.mixin",
        "stock.filling.mixin",
        "stock.day.mixin",
    ]

    ordered_date = fields.Datetime(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="When the customer ordered: the confirmation of the order, else the creation of the original transfer."
        " Backorders, split and chained moves inherit it.",
    )

    ranked_as = fields.Integer(
        copy=False,
        readonly=True,
        aggregator=None,
        groups="base.group_user",
        help="Technical: the id by which the line stands among those that were ordered in the same second: that of the"
        " line it is the remainder of, or serves. Empty for its own.",
    )
    joined_date = fields.Datetime(
        string="Added To",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="When units were added that were ordered later than the line: they have its place.",
    )
    customer_cancelled_date = fields.Datetime(
        string="Cancelled by the Customer",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="When the customer has cancelled the line on the page of its delivery.",
    )

    first_promise_date = fields.Datetime(
        string="First promised",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="What was promised when all of the line had a date for the first time. It is never rewritten, and what is"
        " split off the line inherits it.",
    )
    first_promise_quantity = fields.Float(
        digits="Product Unit",
        copy=False,
        readonly=True,
        groups="base.group_user",
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
    allocation_ids = fields.One2many(
        "stock.backorder.allocation", "move_id", string="Allocations", groups="stock.group_stock_user"
    )
    expected_from = fields.Char(
        compute="_compute_expected_from",
        groups="base.group_user",
        help="Which purchases, receipts and manufacturing orders will serve the line, how much of it, and when.",
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

    # Of all products, what is short is told by sums. Claims that are not plain (see stock.pegging), and what is on its
    # way into our stock, are few among what is open, and found without reading it.
    _other_claims_index = models.Index(
        "(product_id) WHERE state IN ('waiting', 'partially_available')"
        " OR state = 'confirmed' AND procure_method IS DISTINCT FROM 'make_to_stock'"
    )
    _on_its_way_index = models.Index(
        "(location_dest_id, location_final_id)"
        " WHERE state IN ('waiting', 'confirmed', 'partially_available', 'assigned')"
    )

    def _get_day_warehouse(self):
        return self.picking_type_id.warehouse_id or self.location_id.warehouse_id or self.location_dest_id.warehouse_id

    # ---- availability ------------------------------------------------------

    @api.model
    def _get_availability_triggers(self):
        return ["product_id", "product_uom", "product_uom_qty", "quantity", "state", "location_id", "location_dest_id"]

    def _get_coverage(self):
        """Return ``{id: Coverage}`` of the lines that want stock, quantities in the line's unit."""
        coverages = self._get_product_coverage()
        return {
            move.id: coverages[move.id].convert(move.product_id.uom_id, move.product_uom, whole=move.product_uom_qty)
            for move in self
            if move.id in coverages
        }

    def _get_product_coverage(self):
        """Return ``{id: Coverage}`` of the lines that want stock, quantities in the product's unit.

        What is added up or judged together is taken from here: in the unit of a line it is rounded.
        """
        claims = self.filtered(lambda move: move._is_judged())
        # A confirmed line that is being edited is judged as it is saved: nobody else knows of the edit yet.
        confirmed = claims.filtered(lambda move: move.state != "draft")._origin
        drafts = claims.filtered(lambda move: move.state == "draft" and move._is_claim())
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

    def _is_claim(self):
        """Whether the line is open and takes goods out of the stock that they are in."""
        if not self.product_id or self.state in ("done", "cancel") or self.picking_type_id.code == "incoming":
            return False
        area, destination = self.location_id.stock_area_id, self.location_dest_id
        return bool(area) and (destination.usage not in STOCK_USAGES or area != destination.stock_area_id)

    def _is_judged(self):
        """Whether it can be told how the line is covered: it takes goods out of stock, or a vendor sends them."""
        return self._is_claim() or self._is_dropship()

    def _is_dropship(self):
        """Whether the line is confirmed and open, and a vendor sends its goods to a customer: they pass no stock."""
        return bool(self.product_id) and self.location_id.usage == "supplier" and self._is_bound_for_customer()

    def _prepare_demand(self):
        """Return what this draft line would want if it were confirmed now, together with its transfer."""
        return Demand(
            group=self.picking_id.id or (self._name, self.id),  # without a transfer it is confirmed by itself
            product=self.product_id,
            location=self.location_id,
            quantity=self.product_uom._compute_quantity(self.product_uom_qty, self.product_id.uom_id, round=False),
            priority=self.priority or "0",
            deadline=self.date_deadline,
        )

    # ---- promise -----------------------------------------------------------

    @api.depends("first_promise_date")
    def _compute_first_promise_day(self):
        for move in self:
            move.first_promise_day = move._get_day(move.first_promise_date)

    @api.depends("promise_date", "first_promise_date", "first_promise_quantity", "product_qty", "qty_short")
    def _compute_promise_slip_days(self):
        for move in self:
            first = move.qty_short and move._get_first_promise_date()
            move.promise_slip_days = first and move.promise_date and move._count_days(first, move.promise_date)
            move.is_promise_lost = bool(first and not move.promise_date)

    def _get_first_promise_date(self):
        """Return what was first promised for all of these lines together; False where not all of it was.

        What a line was raised by afterwards was not promised: that it comes later is no slip.
        """
        dates = [not move._is_raised() and move.first_promise_date for move in self]
        return max(dates) if dates and all(dates) else False

    def _is_raised(self):
        """Whether the line wants more than its first promise was for."""
        promised = self.first_promise_quantity
        return bool(promised) and self.product_id.uom_id.compare(self.product_qty, promised) > 0

    def _is_promise_late(self, coverage):
        """Whether the line waits, and what was first promised for it comes later now, or has no date any more."""
        first = self._get_first_promise_date()
        if not first or coverage.status == "available":
            return False
        return not coverage.promise_date or self._count_days(first, coverage.promise_date) > 0

    def _write_first_promise(self):
        """Remember what claims without a first promise are promised now, if all of each has a date."""
        unpromised = self.filtered(lambda move: not move.first_promise_date and move._is_judged())
        if not unpromised:
            return
        ready = unpromised.filtered(lambda move: move.state == "assigned" and move._is_claim())
        dates = {move: fields.Datetime.now() for move in ready}
        coverages = (unpromised - ready)._filtered_supplied()._get_coverage()
        dates.update({move: coverages[move.id].promise_date for move in unpromised if move.id in coverages})
        for date, moves in unpromised.grouped(dates.get).items():
            if date:
                moves._write_facts({"first_promise_date": date})
        unpromised.picking_id._write_first_promise()

    def _filtered_supplied(self):
        """Return the moves of products of which something is expected at all: the others have no date."""
        chained = self.filtered(lambda move: move.move_orig_ids or move._is_dropship())
        supplied = self.env["stock.move"]._read_group(
            [
                ("product_id", "in", (self - chained).product_id.ids),
                ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                ("location_dest_id.usage", "in", STOCK_USAGES),
            ],
            aggregates=["product_id:recordset"],
        )[0][0]
        return chained | self.filtered(lambda move: move.product_id in supplied)

    def _promise_waiting(self):
        """Remember what those are promised who had no promise yet, and for whom these supplies are meant."""
        supplies = self.filtered(lambda move: move._is_supply())
        promised = self.env["stock.pegging"]._promise_waiting(supplies.product_id)
        promised.picking_id._write_first_promise()
        # What follows a promised pick is promised with it.
        promised.move_dest_ids._write_first_promise()

    @api.depends("state", "quantity", "product_uom_qty", "location_id")
    def _compute_allocation_explanation(self):
        for move in self:
            move.allocation_explanation = self.env["stock.allocation.explanation"]._explain(move)

    @api.depends("state", "quantity", "product_uom_qty", "location_id")
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

    def _get_availability_unit(self):
        return self.product_uom

    def _get_supply_place(self):
        if self.move_orig_ids:  # its goods come over several steps out of the stock
            return self._get_day_warehouse().lot_stock_id or self.location_id
        return self.location_id

    def _get_explained_claim(self):
        return self._origin.filtered(lambda move: move.state != "draft" and move._is_judged())

    def _search_availability_candidates(self):
        """Return a domain of all that :meth:`_is_judged` can be true of; what it does not say, that says."""
        # Which operations bring goods in does not depend on who asks, nor on which of them he may open.
        receipts = self.env["stock.picking.type"].sudo().with_context(active_test=False)
        return (
            Domain("state", "not in", CLOSED_STATES)
            & Domain("location_id.usage", "in", (*STOCK_USAGES, "supplier"))
            & Domain("picking_type_id", "not in", receipts.search([("code", "=", "incoming")]).ids)
        )

    @api.constrains("quantity")
    def _check_quantity_not_negative(self):
        """:raise ValidationError: for a negative quantity, which Odoo would take for a part of the line"""
        for move in self:
            if move.product_uom.compare(move.quantity, 0) < 0:
                raise ValidationError(
                    self.env._("The quantity of %s cannot be negative.", move.product_id.display_name)
                )

    # ---- supply --------------------------------------------------------------

    def _compute_expected_from(self):
        """Supplies in the order of their dates: "50 from P00012 on 9 Dec"."""
        parts = defaultdict(list)
        # Who may see the line may see what it waits for, whether or not he may open that document.
        waiting = self.sudo().filtered(lambda move: move._is_judged() and move.state != "draft")._origin
        own = set(waiting.ids)
        links = self.env["stock.pegging"].sudo()._get_links(waiting.product_id)
        links = [link for link in links if link.claim_id in own]
        supplies = {supply.id: supply for supply in self.sudo().browse({link.supply_id for link in links})}
        for link in links:
            parts[link.claim_id].append(self._tell_expected(supplies[link.supply_id], link.quantity, link.date))
        for move in waiting.filtered(lambda move: move.move_orig_ids or move._is_dropship()):
            for supply in move._get_supplies_in_chain():
                quantity = min(supply.product_qty, move.product_qty)
                parts[move.id].append(self._tell_expected(supply, quantity, supply._get_expected_date()))
        for move in self:
            move.expected_from = ", ".join(parts[move._origin.id])

    @api.model
    def _tell_expected(self, supply, quantity, date):
        sentence = self.env._(
            "%(quantity)s from %(document)s on %(date)s",
            quantity=self._format_availability_quantity(quantity),
            document=supply._get_supply_name(),
            date=self._format_day(date),
        )
        remark = supply._get_supply_remark()
        return f"{sentence} ({remark})" if remark else sentence

    def _get_supply_name(self):
        """Return the document that brings the goods: the purchase order, else the transfer or manufacturing order."""
        self.ensure_one()
        return self.purchase_line_id.order_id.name or self.picking_id.name or self.reference

    def _get_supplies_in_chain(self):
        """Return the open moves that bring goods from outside for this line alone, over any number of steps.

        A dropship brings its goods itself.
        """
        upstream = self.browse(self._rollup_move_origs()) | self
        return upstream.filtered(
            lambda move: move.state not in ("draft", *CLOSED_STATES) and not move.location_id.stock_area_id
        )

    def _get_services_in_chain(self):
        """Return what this incoming move was meant for from the beginning: see ``stock.supply.mixin``."""
        self.ensure_one()
        downstream = self.browse(self._rollup_move_dests()) - self
        claims = downstream.filtered(lambda move: move.state not in ("draft", *CLOSED_STATES) and move._is_claim())
        date = self._get_expected_date()
        return [
            Service(claim, self, min(self.product_qty, claim.product_qty), date)
            for claim in claims.filtered(lambda move: not move.move_dest_ids & claims)
        ]

    # ---- allocation --------------------------------------------------------

    def _get_claimed_pools(self):
        return get_pools(self, "location_id")

    def _takes_free_stock(self):
        """Whether the line would be reserved from what is free, and not from what moves before it bring."""
        return bool(
            self.procure_method == "make_to_stock"
            and self.product_id.is_storable
            and self.location_id.stock_area_id
            and not self.move_orig_ids
        )

    def _get_touched_pools(self):
        """Return the stocks that change when these lines are done: what they take, and bring to somebody who waits."""
        brought = get_pools(self, "location_dest_id")
        awaited = self.env["stock.backorder.pool"]._filtered_awaited(brought)
        return self._get_reserved_pools() | self._get_claimed_pools() | awaited

    def _lacks_goods(self):
        """Whether the line is open and not all of it is reserved."""
        return (
            self.state in ("confirmed", "partially_available", "waiting")
            and self.product_uom.compare(self.quantity, self.product_uom_qty) < 0
        )

    def _get_reserved_pools(self):
        """Return the stocks that reserved goods would fall back to, were they freed."""
        # Who frees goods need not be able to read in which locations they are.
        lines = self.sudo().filtered(lambda move: move.state not in ("done", "cancel")).move_line_ids
        return get_pools(lines.filtered("quantity"), "location_id")

    def _action_assign(self, force_qty=False):
        """Reserve in turn with all who want the same stock, in ranking where Odoo does it by itself, and log it."""
        waiting = self.picking_id._filtered_waited_for()
        reservation = self.env["stock.allocation"]._prepare(self)
        with ReservationRun.of(reservation.moves.env).finishing(reservation.moves.move_line_ids.browse()):
            result = super(StockMove, reservation.moves)._action_assign(force_qty=force_qty)
        self.env["stock.allocation"]._record(reservation)
        waiting._notice_ready()
        return result

    def _update_reserved_quantity(self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True):
        """Tell the quants whom they serve, so that he gets his share, and of an owner's goods only what he may have."""
        run = ReservationRun.of(self.env)
        chosen = run.choosing_for(self, need)
        served = self if chosen is run else chosen.carry(self)
        if not strict and not owner_id:
            owner_id = self.restrict_partner_id
        with run.gathering():
            return super(StockMove, served)._update_reserved_quantity(
                need, location_id, lot_id=lot_id, package_id=package_id, owner_id=owner_id, strict=strict
            )

    def _trigger_assign(self):
        """Hand what these moves have brought to those who wait for it, in ranking, until it is spent.

        It replaces Odoo's own, which reads every waiting line of the products, in another order, and finds only those
        who wait at the very location where the goods were put.
        """
        with self.env["stock.allocation"]._handing_out() as freed:
            self._explain_brought(freed)

    def _explain_brought(self, freed):
        """Say of these moves, which are done, by what they have brought what has become free."""
        for cause, moves in self.grouped(lambda move: move._get_restock_cause()).items():
            freed.explain(get_pools(moves.move_line_ids, "location_dest_id"), Reason(cause, moves))

    def _explain_corrected(self, freed):
        """Say of moves that were done, and differ now, by what has become free: they brought more, or took less."""
        self._explain_brought(freed)
        freed.explain(get_pools(self.move_line_ids, "location_id"), Reason("correction", self))

    def _get_restock_cause(self):
        """Return by what the move has brought stock, a value of ``stock.backorder.allocation.cause``."""
        if self.is_inventory and not self.location_id.stock_area_id:
            return "adjustment"
        if self.origin_returned_move_id or self.location_id.usage == "customer":
            return "return"
        if self.location_id.usage == "production":
            return "manufacturing"
        return "receipt" if self.picking_type_id.code == "incoming" else "transfer"

    def _action_done(self, cancel_backorder=False):
        """What was brought for certain deliveries alone Odoo reserves for these: that is logged and told, too.

        :raise UserError: if the rest would be cancelled, where the context wants it kept (``keep_remainder``)
        """
        if cancel_backorder and self.env.context.get("keep_remainder"):
            self._check_ships_in_full()
        if cancel_backorder:
            self._part_what_is_given_up()
        allocation = self.env["stock.allocation"]
        served = self._get_chained_claims()
        before = allocation._get_reserved(served)
        with allocation._handing_out() as freed:
            done = super()._action_done(cancel_backorder=cancel_backorder)
            done._explain_brought(freed)
            allocation._record_chained(served, before, done)
        return done

    def _part_what_is_given_up(self):
        """Let what a step leaves behind, and nobody will pick any more, be a cancelled line of its own.

        What it has picked goes on to the next step, and with it, in Odoo, all that is known of what was ordered. Who
        follows with a line that is there already still wants all of it.
        """
        steps = self.filtered(
            lambda move: (
                move.state not in ("draft", *CLOSED_STATES)
                and move.picked
                and move.quantity > 0
                and move.picking_type_id.code == "internal"
                and move._goes_to_customer()
                and not move.move_dest_ids
            )
        )
        parts = []
        for move in steps:
            rest = move.product_qty - move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id, round=False
            )
            if move.product_id.uom_id.compare(rest, 0) > 0:
                parts += move._split(rest)
        self.create(parts)._action_cancel()

    def _check_ships_in_full(self):
        """:raise UserError: if something of these lines would not ship were they done now"""
        short = self._filtered_open().filtered(
            lambda move: move.product_uom.compare(move._get_filled(), move.product_uom_qty) < 0
        )
        if short:
            raise UserError(
                self.env._(
                    "What is missing of %s would be cancelled, as its settings say: please validate it by hand.",
                    ", ".join(short.picking_id.mapped("name")),
                )
            )

    def _get_chained_claims(self):
        """Return the lines of deliveries and their steps for which these moves were meant from the beginning.

        What is picked for a delivery is no arrival.
        """
        chained = self.sudo().filtered("move_dest_ids")
        if not chained:
            return chained
        types = chained.company_id._get_delivery_operation_types()
        following = chained.filtered(lambda move: move.picking_type_id not in types).move_dest_ids
        return following.filtered(lambda move: move.state not in CLOSED_STATES and move.picking_type_id in types)

    def _get_upstream_documents_and_responsibles(self, visited):
        # Who cancels an order need not be able to open what was purchased for it: Odoo tells those who have.
        return super(StockMove, self.sudo())._get_upstream_documents_and_responsibles(visited)

    def _action_cancel(self):
        """What a cancelled line had reserved goes to the next at once."""
        transfers = self.filtered(lambda move: move.state not in CLOSED_STATES).picking_id
        with self.env["stock.allocation"]._handing_out(Reason("cancel", self)):
            result = super()._action_cancel()
        transfers._notice_cancelled()
        return result

    def _do_unreserve(self):
        """What was reserved goes to the next at once, and not back to the one that it was taken from."""
        with self.env["stock.allocation"]._handing_out(Reason("unreserve", self, self._ids)):
            return super()._do_unreserve()

    def write(self, vals):
        """What a lowered line needs no more goes to the next; what changes the ranking or the supply is logged."""
        lowered = self._get_lowered(vals)
        promised = self._get_raised(vals).grouped("product_qty")
        events = self._prepare_events(vals)
        split = self._get_moved_elsewhere(vals)
        with self.env["stock.allocation"]._handing_out(Reason("lower", lowered)) if lowered else nullcontext():
            result = super().write(vals)
        for quantity, moves in promised.items():
            moves._write_facts({"first_promise_quantity": quantity})
        if events:
            # The log is written by what happens, whoever makes it happen.
            self.env["stock.backorder.allocation"].sudo().create(events)
        for original, moves in split.items():
            moves[:1].picking_id._follow_split(original, moves)
        if not LIVE_FIELDS.isdisjoint(vals):
            self.env["stock.customer.page"]._tell_changed(self.picking_id, self.product_id)
        return result

    def _get_moved_elsewhere(self, vals):
        """Return ``{transfer: its open moves}`` of those that are about to be put into another transfer."""
        if not vals.get("picking_id"):
            return {}
        moved = self._filtered_open().filtered(
            lambda move: move.picking_id and move.picking_id.id != vals["picking_id"]
        )
        return moved.grouped("picking_id")

    def _get_lowered(self, vals):
        """Return the moves that have reserved more than the demand they are about to get."""
        if "product_uom_qty" not in vals or "do_not_unreserve" in self.env.context:
            return self.browse()
        return self.filtered(
            lambda move: (
                move.state in ("partially_available", "assigned")
                and move.product_uom.compare(move.quantity, vals["product_uom_qty"]) > 0
            )
        )

    def _get_raised(self, vals):
        """Return the promised moves that are about to want more than they were promised, for the first time."""
        if "product_uom_qty" not in vals:
            return self.browse()
        return self.filtered(
            lambda move: (
                move.state not in CLOSED_STATES
                and move.first_promise_date
                and not move.first_promise_quantity
                and move.product_uom.compare(vals["product_uom_qty"], move.product_uom_qty) > 0
            )
        )

    def _prepare_events(self, vals):
        """Return log entries for what will change the place of claims, or the date or quantity of supplies."""
        if vals.get("state") == "done":
            return []
        return [
            move._prepare_event(cause, name, vals[name])
            for cause, names, concerns in (
                ("ranking", ("date_deadline", "priority"), StockMove._is_claim),
                ("supply", ("date", "product_uom_qty", "state"), StockMove._is_supply),
            )
            for name in names
            if name in vals and (name != "state" or vals[name] == "cancel")
            for move in self
            if move.state != "draft" and concerns(move) and move._differs(name, vals[name])
        ]

    def _is_supply(self):
        """Whether the line is open and brings goods into a stock."""
        area = self.location_dest_id.stock_area_id
        return bool(
            self.product_id.is_storable
            and self.state not in ("done", "cancel")
            and area
            and area != self.location_id.stock_area_id
        )

    def _get_due_date(self):
        """Return when this incoming line is, or was, expected, as late as its vendor usually is where that counts."""
        return self.date + timedelta(days=self._get_vendor_delay())

    def _get_days_late(self):
        """Return for how many days this incoming line has been overdue: it has no date while it is.

        It is expected until its day is over; pegging has the same in SQL.
        """
        return max(0, self._count_days(self._get_due_date(), fields.Datetime.now()))

    def _get_expected_date(self):
        """Return when this incoming line is expected, and, if it is overdue, when it was."""
        due = self._get_due_date()
        return due if self._get_days_late() else max(due, fields.Datetime.now())

    def _get_vendor_delay(self):
        """Return by how many days the vendor is usually late, where the company counts it."""
        if self.company_id.id not in self.env["stock.pegging"]._get_companies_counting_delays():
            return 0
        # What is promised does not depend on who reads it.
        return self.sudo().purchase_line_id.partner_id.with_company(self.company_id).vendor_delay_days

    def _get_supply_remark(self):
        """Return in words what makes the date of this incoming line less sure; empty if nothing does."""
        remarks = []
        if days := self._get_days_late():
            remarks.append(self.env._("1 day late") if days == 1 else self.env._("%s days late", days))
        days = self._get_vendor_delay()
        if days == 1:
            remarks.append(self.env._("the vendor is usually 1 day late"))
        elif days:
            remarks.append(self.env._("the vendor is usually %s days late", days))
        return ", ".join(remarks)

    def _differs(self, name, value):
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)

    def _prepare_event(self, cause, name, value):
        """Return the values of a log entry on a field that is about to get another value."""
        return {
            **self._prepare_allocation_values(cause),
            "note": self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=self._fields[name]._description_string(self.env),
                old=self._tell_value(name, self[name]),
                new=self._tell_value(name, value),
            ),
        }

    def _tell_value(self, name, value):
        """Return a value of the field *name* in words; a moment in the time of the warehouse: it is written down."""
        field = self._fields[name]
        if field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value, value)
        if field.type == "datetime" and value:
            value = self._format_moment(fields.Datetime.to_datetime(value))
        return value or "–"

    def _prepare_allocation_values(self, cause):
        """Return the values of a log entry on this move that say where and when it stands, and what it lacks."""
        area = self.location_id.stock_area_id or self.location_dest_id.stock_area_id
        reserved = self.product_uom._compute_quantity(self.quantity, self.product_id.uom_id, round=False)
        return {
            "cause": cause,
            "company_id": self.company_id.id,
            "warehouse_id": area.warehouse_id.id,
            "location_id": area.id,
            "policy": self.env["stock.ranking"]._get_policies().get(area.warehouse_id.id),
            "product_id": self.product_id.id,
            "move_id": self.id,
            "picking_id": self.picking_id.id,
            "missing_quantity": max(0.0, self.product_qty - reserved),
        }

    # ---- who is sent here by an order --------------------------------------
    # Salespeople and purchasers read deliveries and receipts, see ``stock.picking._get_view``.

    def _compute_description_picking(self):
        """Who may read the line may read what it is called, whether or not he may open what it comes from."""
        return super(StockMove, self.sudo())._compute_description_picking()

    # ---- chain -------------------------------------------------------------

    def _goes_to_customer(self):
        """Whether the goods go to a customer, at once or by what Odoo pushes them on to."""
        return (self.location_final_id or self.location_dest_id)._is_at_customers()

    def _is_bound_for_customer(self):
        """Whether it is the last open move of those that bring goods to a customer.

        What goes back to a vendor, to another warehouse or is written off is not, and of several steps only the last:
        each unit that a customer waits for is in one such move. The same as a domain: :meth:`_get_bound_domain`.
        """
        return self._is_open_for_customer() and not any(
            following._is_open_for_customer() for following in self.move_dest_ids
        )

    def _is_open_for_customer(self):
        return self.state not in ("draft", *CLOSED_STATES) and self._goes_to_customer()

    @api.model
    def _get_bound_domain(self):
        """Return :meth:`_is_bound_for_customer` as a domain."""
        places = self.env["stock.location"]
        open_for_customer = Domain("state", "not in", ("draft", *CLOSED_STATES)) & (
            places._get_customers_domain("location_final_id")
            | (Domain("location_final_id", "=", False) & places._get_customers_domain("location_dest_id"))
        )
        return open_for_customer & ~Domain("move_dest_ids", "any", open_for_customer)

    def _get_shipped_qty(self):
        """Return what has moved, in the product's unit."""
        if self.state != "done":
            return 0.0
        return self._get_filled_in_product_unit()

    def _get_filled_in_product_unit(self):
        """Return what is reserved, or has moved, in the product's unit: the line's quantity is rounded to its own."""
        if self.product_uom == self.product_id.uom_id or not self.quantity:
            return self.quantity
        return sum(self.move_line_ids.mapped("quantity_product_uom"))

    def _get_open_qty(self):
        """Return what is still to move, in the product's unit."""
        return 0.0 if self.state in CLOSED_STATES else self.product_qty

    def _get_cancelled_qty(self):
        """Return what was wanted and will not move any more, in the product's unit."""
        if self.state not in ("done", "cancel"):
            return 0.0
        return max(0.0, self.product_qty - self._get_shipped_qty())

    def _get_first_ordered_date(self):
        """Return since when a customer waits for these lines: by it they are ranked, and it is their only age."""
        return min((date for date in self.mapped("ordered_date") if date), default=False)

    def _get_totals(self):
        """Return what was ordered by these lines, which are all there are of their chain, and what became of it.

        *Ordered* is what the lines want, and never more than the order says: what a line wants besides, because
        somebody has raised it or something is exchanged, nobody has ordered. The report has the same in SQL.

        :return: :class:`Totals`, in the products' units, without lines that only write something off
        """
        lines = self.filtered(lambda move: not move._is_scrap())
        by_line = lines.grouped(lambda move: (move.sale_line_id, move.product_id))
        totals = [moves._get_totals_of_line(line, product) for (line, product), moves in by_line.items()]
        return Totals(*map(sum, zip(*totals, strict=True))) if totals else Totals(0.0, 0.0, 0.0, 0.0)

    def _get_totals_of_line(self, line, product):
        """Return the totals of the moves of a product, and of one line of an order, where there is one."""
        ordered = sum(self.mapped("product_qty"))
        cancelled = sum(move._get_cancelled_qty() for move in self)
        if line.product_id == product:  # a part of a kit is no line of the order
            sold = line.product_uom_id._compute_quantity(
                line.product_uom_qty, product.uom_id, rounding_method="HALF-UP"
            )
            ordered = min(ordered, sold + cancelled)
        return Totals(
            ordered,
            sum(move._get_shipped_qty() for move in self),
            sum(move._get_open_qty() for move in self),
            cancelled,
        )

    def _is_closed_short(self):
        """Whether the line is closed and less than its demand has moved."""
        if self._is_scrap():
            return False
        if self.state == "cancel":
            return self.product_uom.compare(self.product_uom_qty, 0) > 0
        return self.state == "done" and self.product_uom.compare(self.quantity, self.product_uom_qty) < 0

    def _filtered_open(self):
        """Return the lines whose goods have still to move; not what is only written off."""
        lines = self.filtered(lambda move: move.state not in CLOSED_STATES and not move._is_scrap())
        return lines.with_prefetch(self._prefetch_ids)  # filtered() forgets with whom they are read

    def _get_open_value(self):
        """Return what the line is worth in the company's currency: at the order's price without taxes, else at cost."""
        sold = self.sale_line_id
        if sold.product_id != self.product_id or not sold.product_uom_qty:
            return self.product_qty * self.product_id.with_company(self.company_id).standard_price
        price = sold.price_subtotal / sold.product_uom_qty / (sold.order_id.currency_rate or 1)
        return self.product_uom._compute_quantity(self.product_uom_qty, sold.product_uom_id, round=False) * price

    def _is_scrap(self):
        """Whether the line only writes off what was in the transfer: nobody had ordered it."""
        return self.location_dest_id.usage == "inventory"

    def copy_data(self, default=None):
        """A kit that becomes its parts, where manufacturing is installed: they have waited since it was ordered."""
        vals_list = super().copy_data(default)
        if (default or {}).get("bom_line_id"):
            for move, vals in zip(self, vals_list, strict=True):
                vals.update(move._prepare_place())
        return vals_list

    def _prepare_place(self):
        """Return the values by which another line stands in the ranking where this one does."""
        return as_facts({"ordered_date": self.ordered_date, "ranked_as": self.ranked_as or self.id})

    def _merge_moves_fields(self):
        """A line that others are merged into stands where the first of them did, and remembers what was added later."""
        first = min(self, key=lambda move: (move.ordered_date or move.create_date, move.ranked_as or move.id))
        dates = [date for move in self for date in (move.ordered_date, move.joined_date) if date]
        values = {**super()._merge_moves_fields(), **first._prepare_place()}
        if first.ordered_date and max(dates) > first.ordered_date:
            values["joined_date"] = fact(max(dates))
        return values

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """A claim remembers since when it waits, before it procures anything in its name."""
        now = fields.Datetime.now()
        undated = self.filtered(lambda move: move.state == "draft" and not move.ordered_date)
        for date, moves in undated.grouped(lambda move: move.picking_id.create_date or now).items():
            moves._write_facts({"ordered_date": date})
        run = ReservationRun.of(self.env)
        confirming = run.caused_by(run.cause if run.is_automatic else "confirm", joins=True).carry(self)
        moves = super(StockMove, confirming)._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )
        moves = moves.with_env(self.env)
        # A promise is made in the delivery's name, whoever confirms it or brings its goods.
        promised = moves.sudo()
        if run.cause != "remainder":  # which has the promise of the whole, or waits for one as the whole did
            promised._write_first_promise()
        promised._promise_waiting()
        return moves

    def _create_backorder(self):
        """A remainder takes its place among those who wait, it does not jump them."""
        remainder = ReservationRun.of(self.env).caused_by("remainder").carry(self)
        return super(StockMove, remainder)._create_backorder().with_env(self.env)

    def _prepare_procurement_values(self):
        return {**super()._prepare_procurement_values(), **self._prepare_place()}

    def _prepare_move_split_vals(self, qty):
        """The remainder waits since the whole does, and was promised when the whole was."""
        return {
            **super()._prepare_move_split_vals(qty),
            **self._prepare_place(),
            **as_facts(self._prepare_promise_of_rest(qty)),
        }

    def _prepare_promise_of_rest(self, qty):
        """Return what was promised of the part that is split off: what stays gets its own of the promise first.

        :param qty: of that part, in the line's unit, or in the one that Odoo names in the context
        """
        if not self.first_promise_quantity:
            return {"first_promise_date": self.first_promise_date}
        unit = self.env["uom.uom"].browse(self.env.context.get("force_split_uom_id")) or self.product_uom
        stays = self.product_qty - unit._compute_quantity(qty, self.product_id.uom_id, rounding_method="HALF-UP")
        promised = max(0.0, self.first_promise_quantity - stays)
        return {"first_promise_date": promised and self.first_promise_date, "first_promise_quantity": promised}

    def _get_new_picking_values(self):
        """What was picked later is the remainder of what was picked, and has shipped, before.

        A delivery, and the picks and packs before it, begin with the order's notes for the site; a backorder gets those
        of its original instead.
        """
        values = super()._get_new_picking_values()
        earlier_part = self._get_earlier_part()
        if earlier_part:
            values["backorder_id"] = earlier_part.id
        elif self.picking_type_id.code == "internal" or self[:1]._goes_to_customer():
            # Who makes a transfer need not be able to read the order.
            notes = self.sudo().sale_line_id.order_id.filtered("site_note").mapped("site_note")
            values["site_note"] = "\n".join(dict.fromkeys(notes))
        return values

    def _get_earlier_part(self):
        """Return the transfer that has brought on the earlier part of what comes out of a chain of picks or packs.

        It has shipped, or its papers are printed, so that nothing more is put into it. A pick may serve several
        orders: only a transfer for the same one counts.
        """
        backorders = self.move_orig_ids.picking_id.filtered("backorder_root_id")
        chain = backorders.browse().union(*(backorder._get_chain() for backorder in backorders))
        parts = chain.move_ids.move_dest_ids.picking_id.filtered(
            lambda picking: (
                picking.picking_type_id == self.picking_type_id
                and (picking.state == "done" or (picking.printed and picking.state != "cancel"))
                and picking.reference_ids == self.reference_ids
            )
        )
        return parts.sorted(lambda picking: (picking.backorder_index, picking.id))[-1:]

    # ---- customer ----------------------------------------------------------

    def _get_printed_description(self):
        """Return what the papers say of the line below its product, nothing where it would only repeat it."""
        description = self.description_picking
        is_repeated = description in (self.product_id.name, self.product_id.display_name)
        return "" if is_repeated else description or ""

    def _get_promise_text(self):
        """Return the day on which the whole line is promised, in the reader's format."""
        date = self._get_shipping_date()
        return self._format_day(date) if date else self.env._("no date yet")

    def _get_shipping_together(self):
        """Return the open lines with which this one ships: all of its transfer, where that ships all together."""
        return self.picking_id.move_ids._filtered_open() | self if self.picking_id.move_type == "one" else self

    def _get_shipping_date(self):
        """Return when the whole line ships: when the last is there of what ships together; False for no date yet."""
        dates = self._get_shipping_together().mapped("promise_date")
        return max(dates) if all(dates) else False

    def _get_promise_change_text(self):
        """Return how the promise has moved since the first one, if it has: "first promised 4 Dec, now 9 Dec"."""
        first, date = self._format_day(self._get_first_promise_date()), self._get_shipping_date()
        if not first:
            return ""
        if not date:
            return self.env._("first promised %s, no date now", first)
        now = self._format_day(date)
        return "" if first == now else self.env._("first promised %(first)s, now %(now)s", first=first, now=now)

    def _get_notice_shipped(self):
        """Return what of the line has shipped, in words; nothing if none has."""
        if self.state != "done" or self._is_scrap() or self.product_uom.compare(self.quantity, 0) <= 0:
            return ""
        return self._format_quantity_with_unit(self.quantity)

    def _get_notice_open(self):
        return self._format_quantity_with_unit(self.product_uom_qty)

    def _get_notice_cancelled(self):
        shipped = self.quantity if self.state == "done" else 0.0
        return self._format_quantity_with_unit(self.product_uom_qty - shipped)

    def _get_notice_expected(self):
        return self.picking_id._get_promise_text(self._get_shipping_together())

    def _format_quantity_with_unit(self, quantity):
        """Return *quantity*, in the line's unit, in the reader's notation: "1.50 Dozens"."""
        return f"{self._format_availability_quantity(quantity)} {self.product_uom.name}"
