from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .engine_facts import as_facts, fact
from .links import PUSHING_ACTIONS
from .picking_states import CLOSED_STATES

# What says how much of its product a line wants.
DEMAND_FIELDS = {"product_uom", "product_uom_qty"}


class StockMove(models.Model):
    """What became of a line that was ordered, for whom it is, and since when somebody waits for it."""

    _name = "stock.move"
    _inherit = ["stock.move", "stock.engine.facts", "stock.day.mixin"]

    ordered_date = fields.Datetime(
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="When the customer ordered: the confirmation of the order, else the creation of the original transfer."
        " Backorders, split and chained moves inherit it.",
    )
    ranked_as = fields.Integer(
        copy=False,
        readonly=True,
        aggregator=None,
        groups="base.group_user",
        fact=True,
        help="Technical: the id by which the line stands among those that were ordered in the same second: that of the"
        " line it is the remainder of, or serves. Empty for its own.",
    )
    joined_date = fields.Datetime(
        string="Added To",
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="When units were added that were ordered later than the line: they have its place.",
    )

    def _get_day_warehouse(self):
        return self.picking_type_id.warehouse_id or self.location_id.warehouse_id or self.location_dest_id.warehouse_id

    @api.constrains("quantity")
    def _check_quantity_not_negative(self):
        """:raise ValidationError: for a negative quantity, which Odoo would take for a part of the line"""
        for move in self:
            if move.product_uom.compare(move.quantity, 0) < 0:
                raise ValidationError(
                    self.env._("The quantity of %s cannot be negative.", move.product_id.display_name)
                )

    # ---- for whom it is --------------------------------------------------

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

    def _is_step(self):
        """Whether goods are picked, packed or put away by it: they stay in a warehouse, or go on to a customer.

        It is where they go that says it, as of a delivery, and not of what kind the operation is called. What only
        brings them to another warehouse is a supply of that one. Installing has the same in SQL.
        """
        source, target = self.location_id, self.location_dest_id
        return source._stays_in_house(target) or (
            self._goes_to_customer() and source._holds_stock() and target._holds_stock()
        )

    def _get_bringers(self):
        """Return the lines that have brought, or bring, what goes on in these.

        Where goods are lost on the way Odoo cuts the line that they were reserved for from what has brought them, and
        lets it take from what lies there. By that nothing changes of what is still to be picked for the same shipment.
        The same in SQL: ``links.get_links_sql``.
        """
        cut = self._filtered_cut()
        others = cut.sale_line_id.move_ids
        return self.move_orig_ids | others.filtered(lambda other: any(line._was_cut_from(other) for line in cut))

    def _get_followers(self):
        """Return the lines in which goes on what these bring, see :meth:`_get_bringers`."""
        cut = self.sale_line_id.move_ids._filtered_cut()
        return self.move_dest_ids | cut.filtered(lambda line: any(line._was_cut_from(move) for move in self))

    def _filtered_cut(self):
        """Return those that may have been cut from what has brought their goods: see :meth:`_was_cut_from`."""
        return self.filtered(
            lambda move: (
                move.state != "cancel"  # it follows nobody any more
                and not move.move_orig_ids
                and not move.origin_returned_move_id
                and move.sale_line_id
                # A push rule makes a line of what was brought: it has, or had, somebody before it.
                and move.rule_id.action in PUSHING_ACTIONS
            )
        )

    def _was_cut_from(self, bringer):
        """Whether *bringer* has brought what this line was made of, as far as can be known once the link is cut.

        It is for the same line of the order, and nothing of another chain follows it.
        """
        followed_by = {move.picking_id.backorder_root_id or move.picking_id for move in bringer.move_dest_ids}
        return (
            bringer.state == "done"
            and bringer.sale_line_id == self.sale_line_id
            and bringer.product_id == self.product_id
            and bringer.location_dest_id._child_of(self.rule_id.location_src_id)
            and followed_by <= {self.picking_id.backorder_root_id or self.picking_id}
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

    def _is_dropship(self):
        """Whether the line is confirmed and open, and a vendor sends its goods to a customer: they pass no stock."""
        return bool(self.product_id) and self.location_id.usage == "supplier" and self._is_bound_for_customer()

    # ---- what became of it -----------------------------------------------

    def _get_shipped_qty(self):
        """Return what has moved, in the product's unit."""
        if self.state != "done":
            return 0.0
        return self._get_filled_in_product_unit()

    def _get_filled_in_product_unit(self):
        """Return what is reserved, or has moved, in the product's unit: the line's quantity is rounded to its own."""
        if not self.quantity or self.product_uom == self.product_id.uom_id:
            return self.quantity
        return sum(self.move_line_ids.mapped("quantity_product_uom"))

    def _get_exactly(self, quantity):
        """Return *quantity*, in the product's unit; what is not filled is told as it was before rounding."""
        unit = self.product_id.uom_id
        if self.product_uom == unit:
            return quantity
        rest = self.product_qty - self._get_filled_in_product_unit()
        grain = self.product_uom._compute_quantity(self.product_uom.rounding, unit, round=False)
        return rest if rest > 0 and abs(rest - quantity) < grain else quantity

    def _wants_nothing(self):
        """Whether the line is open and for nothing that was ordered: a picker has added it, for what ships beside."""
        return not self.product_uom_qty and self.state not in CLOSED_STATES

    @api.model
    def _changes_demand(self, vals):
        """Whether lines that get *vals* may want more of their product, or less.

        Where the product itself gets another unit, Odoo gives it to its lines, and all numbers stay as they are.
        """
        return not DEMAND_FIELDS.isdisjoint(vals) and not self.env.context.get("skip_uom_conversion")

    def _get_demand_after(self, vals):
        """Return how much the line wants once it has got *vals*, in the product's unit."""
        unit = self.env["uom.uom"].browse(vals.get("product_uom")) or self.product_uom
        quantity = vals.get("product_uom_qty", self.product_uom_qty)
        return unit._compute_quantity(quantity, self.product_id.uom_id, rounding_method="HALF-UP")

    def _is_raised_by(self, vals):
        """Whether *vals* are about to make the line want more than it does."""
        return self.product_id.uom_id.compare(self._get_demand_after(vals), self.product_qty) > 0

    def _get_open_qty(self):
        """Return what is still to move, in the product's unit."""
        return 0.0 if self.state in CLOSED_STATES else self.product_qty

    def _get_cancelled_qty(self):
        """Return what was wanted and will not move any more, in the product's unit."""
        if self.state not in ("done", "cancel"):
            return 0.0
        return max(0.0, self.product_qty - self._get_shipped_qty())

    def _is_closed_short(self):
        """Whether the line is closed and less than its demand has moved."""
        if self._is_scrap():
            return False
        return self.product_id.uom_id.compare(self._get_cancelled_qty(), 0) > 0

    def _is_scrap(self):
        """Whether the line only writes off what was in the transfer: nobody had ordered it."""
        return self.location_dest_id.usage == "inventory"

    def _filtered_open(self):
        """Return the lines whose goods have still to move; not what is only written off."""
        lines = self.filtered(lambda move: move.state not in CLOSED_STATES and not move._is_scrap())
        return lines.with_prefetch(self._prefetch_ids)  # all are read in one query: filtered() would lose that

    def _get_own_steps(self):
        """Return the open moves before these lines that serve nobody else: nobody needs to pick what is cancelled."""
        origins = self.browse(self._rollup_move_origs())
        return origins.filtered(
            lambda step: (
                step.state not in CLOSED_STATES
                and step.location_id.usage == "internal"
                and step.move_dest_ids <= (self | origins)
            )
        )

    def _are_being_picked(self):
        """Whether somebody in the warehouse has the goods of these lines in hand, or the papers to fetch them."""
        steps = self.browse(self._rollup_move_origs()).filtered(lambda step: step not in self and step._is_step())
        has_been_picked = any(step.state == "done" for step in steps) and any(line.quantity for line in self)
        open_steps = self | steps.filtered(lambda step: step.state not in CLOSED_STATES)
        return has_been_picked or any(step.picked or step.picking_id.printed for step in open_steps)

    def _get_open_value(self):
        """Return what the line is worth in the company's currency: at the order's price without taxes, else at cost."""
        sold = self.sale_line_id
        if sold.product_id != self.product_id or not sold.product_uom_qty:
            return self.product_qty * self.product_id.with_company(self.company_id).standard_price
        price = sold.price_subtotal / sold.product_uom_qty / (sold.order_id.currency_rate or 1)
        return self.product_uom._compute_quantity(self.product_uom_qty, sold.product_uom_id, round=False) * price

    @api.model
    def _get_open_values_sql(self, condition):
        """Return what transfers are still worth, the same as the sum of :meth:`_get_open_value` over what is open.

        :param SQL condition: which ones, over ``picking``
        :return: SQL of the columns picking_id, company_id and value
        """
        watched = {
            "stock.move": ["picking_id", "state", "product_qty", "product_uom", "product_uom_qty", "sale_line_id"],
            "sale.order.line": ["price_subtotal", "product_id", "product_uom_id", "product_uom_qty"],
            "sale.order": ["currency_rate"],
            "product.product": ["standard_price"],
        }
        for model, names in watched.items():
            self.env[model].flush_model(names)
        return SQL(
            """
            SELECT picking.id AS picking_id, picking.company_id,
                   COALESCE(SUM(
                       CASE WHEN sold.product_id = move.product_id AND sold.product_uom_qty != 0
                            THEN move.product_uom_qty::float * unit.factor::float / sold_unit.factor::float
                                 * (sold.price_subtotal::float / sold.product_uom_qty::float
                                    / COALESCE(NULLIF(sale.currency_rate, 0), 1)::float)
                            ELSE move.product_qty::float
                                 * COALESCE((product.standard_price ->> move.company_id::varchar)::float, 0)
                       END), 0) AS value
              FROM stock_picking AS picking
         LEFT JOIN (stock_move AS move
                    JOIN stock_location AS target ON target.id = move.location_dest_id AND target.usage != 'inventory'
                    JOIN product_product AS product ON product.id = move.product_id
                    JOIN uom_uom AS unit ON unit.id = move.product_uom)
                ON move.picking_id = picking.id AND move.state NOT IN ('done', 'cancel')
         LEFT JOIN sale_order_line AS sold ON sold.id = move.sale_line_id
         LEFT JOIN sale_order AS sale ON sale.id = sold.order_id
         LEFT JOIN uom_uom AS sold_unit ON sold_unit.id = sold.product_uom_id
             WHERE %s
          GROUP BY picking.id
            """,
            condition,
        )

    # ---- since when somebody waits ---------------------------------------

    def _get_first_ordered_date(self):
        """Return since when a customer waits for these lines: by it they are ranked, and it is their only age."""
        return min((date for date in self.mapped("ordered_date") if date), default=False)

    def _get_ordered_anew(self, still_open):
        """Return the cancelled ones of these moves of a line in whose place *still_open*, others of it, were ordered.

        Odoo orders what was cancelled once more where an order is confirmed anew, or its line is raised.
        """
        cancelled = self.filtered(lambda move: move.state == "cancel")
        if not cancelled:
            return cancelled
        since = still_open._get_first_ordered_date()
        return cancelled.filtered(lambda move: bool(since and move.ordered_date) and move.ordered_date < since)

    def _prepare_place(self):
        """Return the values by which another line stands in the ranking where this one does."""
        return as_facts({"ordered_date": self.ordered_date, "ranked_as": self.ranked_as or self.id})

    def copy_data(self, default=None):
        """A kit that becomes its parts, where manufacturing is installed: they have waited since it was ordered."""
        vals_list = super().copy_data(default)
        if (default or {}).get("bom_line_id"):
            for move, vals in zip(self, vals_list, strict=True):
                vals.update(move._prepare_place())
        return vals_list

    def _merge_moves_fields(self):
        """A line that others are merged into stands where the first of them did, and remembers what was added later."""
        first = min(self, key=lambda move: (move.ordered_date or move.create_date, move.ranked_as or move.id))
        dates = [date for move in self for date in (move.ordered_date, move.joined_date) if date]
        values = {**super()._merge_moves_fields(), **first._prepare_place()}
        if first.ordered_date and max(dates) > first.ordered_date:
            values["joined_date"] = fact(max(dates))
        return values

    def _prepare_procurement_values(self):
        return {**super()._prepare_procurement_values(), **self._prepare_place()}

    def _get_split_parts(self, qty):
        """Return how much stays of the line, and how much leaves it, when *qty* is split off; in the product's unit.

        :param qty: in the line's unit, or in the one that Odoo names in the context
        """
        unit = self.env["uom.uom"].browse(self.env.context.get("force_split_uom_id")) or self.product_uom
        leaves = unit._compute_quantity(qty, self.product_id.uom_id, rounding_method="HALF-UP")
        return self.product_qty - leaves, leaves

    def _prepare_move_split_vals(self, qty):
        """The remainder waits since the whole does."""
        return {**super()._prepare_move_split_vals(qty), **self._prepare_place()}

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """A claim remembers since when it waits, before it procures anything in its name.

        It is told to the second, as all that it is compared with: nobody is ordered later than now.
        """
        now = fields.Datetime.now()
        undated = self.filtered(lambda move: move.state == "draft" and not move.ordered_date)
        for date, moves in undated.grouped(lambda move: move.picking_id.create_date or now).items():
            moves._write_facts({"ordered_date": date.replace(microsecond=0)})
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

    # ---- parts -----------------------------------------------------------

    def write(self, vals):
        """A transfer that lines of another are put into is a part of that one."""
        split = self._get_moved_elsewhere(vals["picking_id"]) if vals.get("picking_id") else {}
        result = super().write(vals)
        for original, moves in split.items():
            moves[:1].picking_id._follow_split(original, moves)
        return result

    def _get_moved_elsewhere(self, picking_id):
        """Return ``{transfer: its open moves}`` of those that are about to be put into another one, *picking_id*."""
        moved = self._filtered_open().filtered(lambda move: move.picking_id and move.picking_id.id != picking_id)
        return moved.grouped("picking_id")

    def _get_new_picking_values(self):
        """What was picked later is the remainder of what was picked, and has shipped, before."""
        values = super()._get_new_picking_values()
        earlier_part = self._get_earlier_part()
        if earlier_part:
            values["backorder_id"] = earlier_part.id
        return values

    def _get_earlier_part(self):
        """Return the transfer that has brought on the earlier part of what comes out of a chain of picks or packs.

        It has shipped, or its papers are printed, so that nothing more is put into it. A pick may serve several
        orders: only a transfer for the same one counts.
        """
        backorders = self.move_orig_ids.picking_id.filtered("backorder_root_id")
        chain = backorders.browse().union(*(backorder._get_chain() for backorder in backorders))
        parts = chain.move_ids._get_followers().picking_id.filtered(
            lambda picking: (
                picking.picking_type_id == self.picking_type_id
                and (picking.state == "done" or picking.printed)
                and picking.reference_ids == self.reference_ids
            )
        )
        return parts.sorted(lambda picking: (picking.backorder_index, picking.id))[-1:]

    def _create_backorder(self):
        """What remains stays open to the last piece, also where the line's unit, by its hundredths, is full."""
        remainders = super()._create_backorder()
        parts = []
        for move in self.filtered(lambda move: move.product_uom != move.product_id.uom_id):
            rest = move.product_uom._compute_quantity(
                move.product_uom_qty - move._quantity_sml(), move.product_id.uom_id, rounding_method="HALF-UP"
            )
            if rest > 0:
                parts += move._split(rest)
        if parts:
            overlooked = self.create(parts)
            overlooked.with_context(bypass_entire_pack=True)._action_confirm(merge=False, create_proc=False)
            remainders |= overlooked
        return remainders

    def _split(self, qty, restrict_partner_id=False):
        """A line is split into parts that add up to it: those that its unit cannot tell are in the product's unit.

        Odoo rounds what is not filled to the line's unit: of a dozen of which five pieces are, 6.96 would remain.
        """
        own, unit = self.product_uom, self.product_id.uom_id
        if own == unit:
            return super()._split(qty, restrict_partner_id=restrict_partner_id)
        rest = self._get_exactly(qty)
        stays = self.product_qty - rest
        told = unit._compute_quantity(stays, own, rounding_method="HALF-UP")
        is_told = unit.compare(own._compute_quantity(told, unit, rounding_method="HALF-UP"), stays) == 0
        if own.factor > unit.factor and not is_told:
            # As Odoo itself has it for what is split off: nothing changes but how it is told.
            in_unit = {"product_uom": unit.id, "product_uom_qty": self.product_qty}
            self.with_context(do_not_unreserve=True).write(in_unit)
        is_unfilled = unit.compare(stays, self._get_filled_in_product_unit()) == 0
        whole, filled = self.product_uom_qty, self.quantity
        values = super()._split(rest, restrict_partner_id=restrict_partner_id)
        if values and own.factor < unit.factor and is_unfilled:  # what is keyed is as exact as can be
            values[0].update(product_uom=own.id, product_uom_qty=own.round(whole - filled))
            self.with_context(do_not_unreserve=True).product_uom_qty = filled
        return values

    def _action_done(self, cancel_backorder=False):
        """What is given up on the way is a cancelled line of its own."""
        if cancel_backorder:
            self._part_what_is_given_up()
        return super()._action_done(cancel_backorder=cancel_backorder)

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
                and move._is_step()
                and move._goes_to_customer()
                and not move.move_dest_ids
            )
        )
        parts = []
        for move in steps:
            rest = move.product_qty - move._get_filled_in_product_unit()
            if move.product_id.uom_id.compare(rest, 0) > 0:
                parts += move._split(rest)
        self.create(parts)._action_cancel()
