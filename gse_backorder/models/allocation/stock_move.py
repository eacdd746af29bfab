from contextlib import nullcontext

from odoo import fields, models
from odoo.fields import Domain

from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_move import DEMAND_FIELDS
from .freed_stock import FreedStock, Reason
from .reservation_run import ReservationRun
from .stock_backorder_pool import get_pools

# What says how much a line wants, and from where, what place it has, and what it brings and when.
CLAIM_FIELDS = DEMAND_FIELDS | {"date", "date_deadline", "location_id", "priority", "state"}


class StockMove(models.Model):
    """Odoo's reservation of a line, in turn and in ranking; what it frees is handed out at once, and all is logged."""

    _inherit = "stock.move"

    allocation_ids = fields.One2many(
        "stock.backorder.allocation", "move_id", string="Allocations", groups="stock.group_stock_user"
    )

    # ---- its stocks ------------------------------------------------------

    def _get_claimed_pools(self):
        return get_pools(self, "location_id")

    def _get_touched_pools(self):
        """Return the stocks that change when these lines are done: what they take, and bring to somebody who waits."""
        brought = get_pools(self, "location_dest_id")
        awaited = self.env["stock.backorder.pool"]._filtered_awaited(brought)
        return self._get_reserved_pools() | self._get_claimed_pools() | awaited

    def _get_reserved_pools(self):
        """Return the stocks that reserved goods would fall back to, were they freed."""
        # Who frees goods need not be able to read in which locations they are.
        lines = self.sudo().filtered(lambda move: move.state not in ("done", "cancel")).move_line_ids
        return get_pools(lines.filtered("quantity"), "location_id")

    # ---- Odoo's reservation ----------------------------------------------

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """What is reserved by it is reserved for a line that is new: it takes its turn.

        Odoo confirms no line at all, and reserves none, several times whenever a transfer is validated: that goes no
        further.
        """
        if not self and not merge_into:
            return self
        run = ReservationRun.of(self.env)
        confirming = run.caused_by(run.cause if run.is_automatic else "confirm", joins=True).carry(self)
        moves = super(StockMove, confirming)._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )
        return moves.with_env(self.env)

    def _create_backorder(self):
        """A remainder takes its place among those who wait, it does not jump them."""
        remainder = ReservationRun.of(self.env).caused_by("remainder").carry(self)
        with self.env["stock.backorder.allocation"]._postponing(self.picking_id):
            return super(StockMove, remainder)._create_backorder().with_env(self.env)

    def _action_assign(self, force_qty=False):
        """Reserve in turn with all who want the same stock, in ranking where Odoo does it by itself, and log it."""
        if not self:  # see _action_confirm
            return None
        result, reservation = None, self.env["stock.allocation"]._prepare(self)
        if moves := reservation.moves:
            with ReservationRun.of(moves.env).finishing(moves.move_line_ids.browse()):
                result = super(StockMove, moves)._action_assign(force_qty=force_qty)
            # Odoo compares what was taken with what it had rounded to the line's unit.
            moves.filtered(lambda move: move.product_uom != move.product_id.uom_id)._recompute_state()
        self.env["stock.allocation"]._record(reservation)
        return result

    def _update_reserved_quantity(self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True):
        """Tell the quants whom they serve, so that he gets his share, and of an owner's goods only what he may have.

        A line that holds pieces, which its unit cannot tell, takes just the pieces that it lacks.
        """
        run, rounded = ReservationRun.of(self.env), need
        need = self._get_exactly(rounded)
        chosen = run.choosing_for(self, need, is_exact=need != rounded)
        served = self if chosen is run else chosen.carry(self)
        if not strict and not owner_id:
            owner_id = self.restrict_partner_id
        with run.gathering():
            return super(StockMove, served)._update_reserved_quantity(
                need, location_id, lot_id=lot_id, package_id=package_id, owner_id=owner_id, strict=strict
            )

    # ---- what becomes free, or comes -------------------------------------

    def _trigger_assign(self):
        """Hand what these moves have brought to those who wait for it, in ranking, until it is spent.

        It replaces Odoo's own, which reads every waiting line of the products, in another order, and finds only those
        who wait at the very location where the goods were put.
        """
        with self.env["stock.allocation"]._handing_out() as freed:
            self._explain_brought(freed)

    def _explain_brought(self, freed):
        """Say of these moves, which are done, by what they have brought what has become free."""
        if not freed.pools:
            return
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
        if self.location_id.usage == "production":  # also what is taken apart, which Odoo writes down as a return
            return "manufacturing"
        if self.origin_returned_move_id or self.location_id.usage == "customer":
            return "return"
        is_received = self.location_id.usage == "supplier" or self.picking_type_id.code == "incoming"
        return "receipt" if is_received else "transfer"

    def _action_done(self, cancel_backorder=False):
        """What was brought for certain deliveries alone Odoo reserves for these: that is logged and told, too."""
        allocation = self.env["stock.allocation"]
        served = self._get_chained_claims()
        before = allocation._get_reserved(served)
        with allocation._handing_out() as freed:
            done = super()._action_done(cancel_backorder=cancel_backorder)
            done._explain_brought(freed)
            allocation._record_chained(served, before, done)
        return done

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

    def _action_cancel(self):
        """What a cancelled line had reserved goes to the next at once."""
        with self.env["stock.allocation"]._handing_out(Reason("cancel", self)):
            return super()._action_cancel()

    def _do_unreserve(self):
        """What was reserved goes to the next at once, and not back to the one that it was taken from."""
        with self.env["stock.allocation"]._handing_out(Reason("unreserve", self, self._ids)):
            return super()._do_unreserve()

    def write(self, vals):
        """What a lowered line needs no more goes to the next; what lies free goes to those that come to want it.

        What changes the ranking or the supply is logged.
        """
        if not self or CLAIM_FIELDS.isdisjoint(vals):  # Odoo writes on no line at all, and often
            return super().write(vals)
        lowered, wanting = self._get_lowered(vals), self._get_wanting(vals)
        events = self._prepare_events(vals)
        with self.env["stock.allocation"]._handing_out(Reason("lower", lowered)) if lowered else nullcontext():
            result = super().write(vals)
            if "product_uom" in vals and self._changes_demand(vals):
                self._follow_unit()
        wanting.filtered(lambda move: move._takes_free_stock())._want_free_stock()
        if events:
            # The log is written by what happens, whoever makes it happen.
            self.env["stock.backorder.allocation"].sudo().create(events)
        return result

    def _follow_unit(self):
        """Have Odoo look at what is reserved for lines that have got another unit: it does where a quantity changes."""
        reserved = self.filtered(lambda move: move.state in ("partially_available", "assigned"))
        for quantity, moves in reserved.grouped("product_uom_qty").items():
            moves.write({"product_uom_qty": quantity})

    def _get_lowered(self, vals):
        """Return the moves that Odoo is about to find to have reserved more than they want.

        It compares what it writes with what is reserved in the unit that the line has had until then.
        """
        if "product_uom_qty" not in vals or "do_not_unreserve" in self.env.context:
            return self.browse()
        return self.filtered(
            lambda move: (
                move.state in ("partially_available", "assigned")
                and move.product_uom.compare(move.quantity, vals["product_uom_qty"]) > 0
            )
        )

    def _get_wanting(self, vals):
        """Return the moves that are about to want more than they do, or the same from elsewhere.

        What Odoo adds to a line while it confirms others, it reserves afterwards.
        """
        is_raised = self._changes_demand(vals)
        if not (is_raised or "location_id" in vals) or ReservationRun.of(self.env).is_automatic:
            return self.browse()
        return self.filtered(
            lambda move: (
                move.state in ("confirmed", "partially_available", "assigned")
                and (
                    (is_raised and move._is_raised_by(vals))
                    or vals.get("location_id", move.location_id.id) != move.location_id.id
                )
            )
        )

    def _want_free_stock(self):
        """Have what lies free in the stocks of these lines handed out before the commit, in ranking.

        Not at once: to Odoo a line that is raised waits until somebody reserves it, and it may be about to.
        """
        pools = self._get_claimed_pools()
        if not pools:
            return
        product_ids, area_ids = map(list, zip(*pools, strict=True))
        self.env["stock.quant"]._note_all_freed(
            Domain("product_id", "in", product_ids) & Domain("location_id", "child_of", area_ids)
        )
        FreedStock.of(self.env.cr).suppose(pools, Reason("demand", self.browse()))

    # ---- log -------------------------------------------------------------

    def _prepare_events(self, vals):
        """Return log entries for what will change the place of claims, or the date or quantity of supplies."""
        if vals.get("state") == "done":
            return []
        return [
            move._prepare_event(cause, name, vals[name])
            for cause, names, concerns in (
                ("ranking", ("date_deadline", "priority"), lambda move: move._is_claim()),
                ("supply", ("date", "product_uom_qty", "state"), lambda move: move._is_supply()),
            )
            for name in names
            if name in vals and (name != "state" or vals[name] == "cancel")
            for move in self
            if move.state != "draft" and concerns(move) and move._differs(name, vals[name])
        ]

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

    def _differs(self, name, value):
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)

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
        return {
            "cause": cause,
            "company_id": self.company_id.id,
            "warehouse_id": area.warehouse_id.id,
            "location_id": area.id,
            "policy": self.env["stock.warehouse"]._get_policies().get(area.warehouse_id.id),
            "product_id": self.product_id.id,
            "move_id": self.id,
            "picking_id": self.picking_id.id,
            "missing_quantity": max(0.0, self.product_qty - self._get_filled_in_product_unit()),
        }
