from odoo import api, fields, models
from odoo.exceptions import UserError

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_quantity


class StockMove(models.Model):
    """How much of a line is filled: what the next validation ships, while the rest stays open.

    It is Odoo's own *picked*, in one figure. As long as nothing of a transfer is filled, Odoo ships all that is
    reserved.
    """

    _inherit = "stock.move"

    qty_filled = fields.Float(
        string="Filled",
        compute="_compute_qty_filled",
        inverse="_inverse_qty_filled",
        digits="Product Unit",
        groups="base.group_user",
        help="What Validate ships of the line, in its unit; the rest goes to the next backorder. As long as no line is"
        " filled, all that is reserved ships.",
    )
    can_be_filled = fields.Boolean(
        compute="_compute_can_be_filled",
        groups="base.group_user",
        help="There is something in stock for the line that is not filled yet.",
    )

    @api.depends("qty_filled", "quantity", "state", "availability_status", "qty_available_now")
    def _compute_can_be_filled(self):
        for line in self:
            # What is moved within one stock is not judged, and what waits for others to ship with is not told as
            # available: there is what is reserved for it.
            there = max(line.qty_available_now, line.quantity)
            line.can_be_filled = (
                line.state not in ("draft", *CLOSED_STATES)
                and bool(line.product_uom)
                and line.product_uom.compare(line.qty_filled, there) < 0
            )

    @api.depends("picked", "quantity", "move_line_ids.picked", "move_line_ids.quantity")
    def _compute_qty_filled(self):
        for line in self:
            line.qty_filled = line._get_filled()

    def _get_filled(self):
        self.ensure_one()
        return self._get_picked_quantity() if self.picked else 0.0

    def _get_picked_in_product_unit(self):
        """Return what is filled, in the product's unit: the line's quantity is rounded to its own."""
        if not self.picked or self.product_uom == self.product_id.uom_id:
            return self._get_filled()
        return sum(self.move_line_ids.filtered("picked").mapped("quantity_product_uom"))

    def _inverse_qty_filled(self):
        """Ship so much of the lines whose figure a person has changed: forms send it with every save.

        :raise UserError: see :meth:`_fill`
        """
        for line, filled in [(line, line.qty_filled) for line in self]:
            if line.product_uom.compare(filled, line._get_filled()) != 0:
                line._fill(filled)

    def _fill(self, filled):
        """Ship so much of the line, in its unit.

        :raise UserError: if the line is closed, or is to get more than is open of it, more than is in stock for it, or
            less than nothing
        """
        self.ensure_one()
        self._check_can_be_filled(filled)
        unit = self.product_uom
        if unit.compare(filled, self.quantity) > 0:
            self.picked = False  # what is picked is not reserved any further
            self._action_assign()
            self._check_is_there(filled)
        # A line of which nothing is to ship keeps what is reserved for it; what was scanned stays before what was not.
        if filled and unit.compare(filled, self.quantity) != 0:
            spared = unit.compare(filled, self._get_filled()) >= 0
            self.with_context(unreserve_unpicked_only=spared).quantity = filled
        self.picked = bool(filled)

    def _check_can_be_filled(self, filled):
        if not self._filtered_open():
            raise UserError(self.env._("What has shipped or is cancelled cannot be filled any more."))
        if self.product_uom.compare(filled, 0) < 0:
            raise UserError(self.env._("%s cannot be filled with less than nothing.", self.product_id.display_name))
        if self.product_uom.compare(filled, self.product_uom_qty) > 0:
            raise UserError(
                self.env._(
                    "%(product)s: %(quantity)s filled, but only %(open)s %(unit)s are to ship.",
                    product=self.product_id.display_name,
                    quantity=format_quantity(self.env, filled),
                    open=format_quantity(self.env, self.product_uom_qty),
                    unit=self.product_uom.name,
                )
            )

    def _check_is_there(self, filled):
        if self.product_uom.compare(filled, self.quantity) > 0:
            raise UserError(
                self.env._(
                    "%(product)s: %(quantity)s filled, but only %(there)s %(unit)s are in stock for this line. What"
                    " is reserved or kept for others is theirs; if there is more on the shelf, count it first.",
                    product=self.product_id.display_name,
                    quantity=format_quantity(self.env, filled),
                    there=format_quantity(self.env, self.quantity),
                    unit=self.product_uom.name,
                )
            )

    @arguments.public()
    def action_fill(self):
        """Fill these lines with all that is in stock for them, and reserve it first where it is not reserved yet.

        :raise UserError: if there is nothing of any of them, or they are drafts
        """
        self.check_access("write")
        lines = self._filtered_open()
        if "draft" in lines.mapped("state"):
            raise UserError(self.env._("Please confirm the transfer before you fill it."))
        lines.picked = False  # also what was filled in part is reserved further
        lines._action_assign()
        there = lines.filtered(lambda line: line.product_uom.compare(line.quantity, 0) > 0)
        if not there:
            products = ", ".join(lines.product_id.mapped("display_name")) or "–"
            raise UserError(self.env._("There is nothing in stock to fill: %s.", products))
        there.picked = True
        return True

    @arguments.public()
    def action_empty(self):
        """Ship nothing of these lines for now; what is reserved for them stays reserved."""
        self.check_access("write")
        self._filtered_open().picked = False
        return True

    def _check_ships_in_full(self):
        """:raise UserError: if something of these lines would not ship were they done now"""
        short = self._filtered_open().filtered(
            lambda move: move.product_id.uom_id.compare(move._get_picked_in_product_unit(), move.product_qty) < 0
        )
        if short:
            raise UserError(
                self.env._(
                    "What is missing of %s would be cancelled, as its settings say: please validate it by hand.",
                    ", ".join(short.picking_id.mapped("name")),
                )
            )

    def _action_done(self, cancel_backorder=False):
        """Where many are shipped in one go, nothing is given up.

        :raise UserError: if the rest would be cancelled, where the context wants it kept (``keep_remainder``)
        """
        if cancel_backorder and self.env.context.get("keep_remainder"):
            self._check_ships_in_full()
        return super()._action_done(cancel_backorder=cancel_backorder)
