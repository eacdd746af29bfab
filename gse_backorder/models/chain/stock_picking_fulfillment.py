from odoo import api, fields, models

from .picking_states import CLOSED_STATES


class StockPicking(models.Model):
    """What became of what was ordered by a transfer."""

    _inherit = "stock.picking"

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
        groups="base.group_user",
        fact=True,
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
        fact=True,
        help="Waiting: nothing is reserved for it that can ship by itself, or a vendor is to ship it.\n"
        "Partly ready: a part is reserved for it, and can ship now.\n"
        "Ready: everything is reserved for it, and can ship.\n"
        "Partially shipped: this part has shipped, and a remainder is still open.\n"
        "Fulfilled: shipped, and nothing of it is open.\n"
        "Closed short: shipped in part, and the remainder was cancelled.",
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
        return (*super()._get_totalled_fields(), *items)

    @api.depends("move_ids.state", "move_ids.product_qty", "move_ids.quantity", "backorder_root_id")
    def _compute_items_ordered(self):
        """What was ordered is a matter of the chain: each member has what those before it leave of it."""
        for picking in self:
            before = picking._get_own_chain() - picking - picking._get_later_members()
            ordered = (before | picking).move_ids._get_totals().ordered
            picking.items_ordered = ordered - before.move_ids._get_totals().ordered

    @api.depends(
        "backorder_ids",
        "customer_id",
        "root_backorder_ids.customer_id",
        "backorder_root_id.fulfillment_state",
        "root_backorder_ids.fulfillment_state",
        "move_ids.move_orig_ids.picking_id.fulfillment_state",
        "move_ids.sale_line_id.move_ids.state",
    )
    def _compute_has_open_remainder(self):
        """The state of the others is a part of their fulfilment, on which this one's depends in turn.

        Whenever a line is written Odoo goes all ways to what depends on it: one way through a chain is enough.
        """
        for picking in self:
            picking.has_open_remainder = picking._has_open_remainder()

    def _has_open_remainder(self):
        """Return the value of ``has_open_remainder``; installing computes the same in SQL (``hooks.py``)."""
        chain = self._get_own_chain()
        if (chain - self)._has_open():
            return True
        parts, latest = self, self
        while latest:  # its remainders, over any number of steps
            latest = chain.filtered(lambda member, before=latest: member.backorder_id in before) - parts
            parts |= latest
        # What was split off may be done before that which it was split off.
        is_left_behind = len(parts) > 1 and self._has_open()
        return is_left_behind or any(part._get_rest_of_steps_before()._has_open() for part in parts)

    def _has_open(self):
        return any(picking.state not in CLOSED_STATES for picking in self)

    @api.depends(
        "state",
        "has_open_remainder",
        "move_ids.state",
        "move_ids.quantity",
        "move_ids.product_uom_qty",
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
            own = self._get_own_chain()
            remainders = (self._get_remainders() & own) | self._get_rest_of_steps_before()
            cancelled = (remainders | self.backorder_id & own).filtered(lambda remainder: remainder.state == "cancel")
            is_short = self._get_lines_given_up_before() or any(
                move._is_closed_short() for move in (self | cancelled).move_ids
            )
            return "closed_short" if is_short or "closed_short" in remainders.mapped("fulfillment_state") else "done"
        if any(move._is_dropship() for move in self.move_ids):
            return "waiting"  # to Odoo it is reserved, but nothing of it is ours to ship: its vendor does
        if all(move.state in ("assigned", *CLOSED_STATES) for move in self.move_ids):
            return "ready"
        return "partial" if self.state == "assigned" else "waiting"

    def _action_done(self):
        """What is left of goods that nobody had ordered is of the line that Odoo adds to the order when some ship."""
        unordered = self.move_ids.filtered(lambda move: not move.sale_line_id)
        result = super()._action_done()
        for move in unordered.filtered("sale_line_id"):
            rest = move.picking_id._get_remainders().move_ids._filtered_open()
            rest.filtered(
                lambda left, product=move.product_id: left.product_id == product and not left.sale_line_id
            ).sale_line_id = move.sale_line_id
        return result

    # ---- whose it is -----------------------------------------------------------

    def _get_own_chain(self):
        """Return the members of the chain that are for the same customer: one of them can be given to another."""
        return self._get_chain().filtered(lambda member: member.customer_id == self.customer_id)

    def _get_own_originals(self):
        """Return what a backorder is the remainder of, the nearest first, as far as its customer may hear of it."""
        self.ensure_one()
        # Who may read a backorder may know what it is the remainder of.
        backorder = self.sudo()
        return (backorder.backorder_id | backorder.backorder_root_id) & backorder._get_own_chain()

    def _get_steps_before(self):
        """Return what was picked and packed for these shipments, over any number of steps."""
        steps, shipments = self.browse(), self
        while shipments:
            before = shipments.move_ids._get_bringers().filtered(lambda move: move._is_step())
            shipments = before.picking_id - steps
            steps |= shipments
        return steps

    def _get_lines_given_up_before(self):
        """Return the lines of this shipment's orders that the steps before it have closed short: they never come."""
        lines = self._get_steps_before().move_ids.filtered(lambda move: move._is_closed_short())
        return self._filtered_own(lines)

    def _filtered_own(self, records):
        """Return those of *records*, transfers or lines, that are for the same orders: a pick may serve others, too."""
        if not records:
            return records
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
