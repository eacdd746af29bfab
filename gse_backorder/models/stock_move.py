from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .stock_pegging import Demand


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "stock.availability.mixin"]

    ordered_date = fields.Datetime(
        readonly=True,
        help="When the customer ordered: the confirmation of the order, else the creation of the original transfer."
        " Backorders, split and chained moves inherit it.",
    )

    # ---- availability ------------------------------------------------------

    @api.depends("product_id", "product_uom", "product_uom_qty", "quantity", "state", "location_id", "location_dest_id")
    def _compute_availability(self):
        super()._compute_availability()

    def _get_coverage(self):
        """Return ``{id: Coverage}`` of the lines that want stock, quantities in the line's unit."""
        open_moves = self.filtered(lambda move: move._is_claim())
        coverages = self.env["stock.pegging"]._get_coverage(
            open_moves.filtered(lambda move: move.state != "draft"),
            [move._prepare_demand() for move in open_moves if move.state == "draft"],
        )
        return {
            move.id: coverages[move.id].convert(move.product_id.uom_id, move.product_uom)
            for move in open_moves
            if move.id in coverages
        }

    def _is_claim(self):
        """Whether the line is open and takes goods out of stock."""
        return bool(
            self.product_id
            and self.state not in ("done", "cancel")
            and self.location_id.usage in ("internal", "transit")
            and self.picking_type_id.code != "incoming"
        )

    def _prepare_demand(self):
        """Return what this draft line would want if it were confirmed now."""
        return Demand(
            key=self.id,
            product=self.product_id,
            location=self.location_id,
            quantity=self.product_uom._compute_quantity(self.product_uom_qty, self.product_id.uom_id, round=False),
            priority=self.priority or "0",
            deadline=self.date_deadline,
        )

    def _search_availability_candidates(self):
        return [
            ("state", "not in", ("done", "cancel")),
            ("location_id.usage", "in", ("internal", "transit")),
            ("picking_type_id.code", "=", "outgoing"),
        ]

    @api.constrains("quantity")
    def _check_quantity_not_negative(self):
        """:raise ValidationError: for a negative quantity, which Odoo would take for a part of the line"""
        for move in self:
            if move.product_uom.compare(move.quantity, 0) < 0:
                raise ValidationError(
                    self.env._("The quantity of %s cannot be negative.", move.product_id.display_name)
                )

    # ---- chain -------------------------------------------------------------

    def _get_shipped_qty(self):
        """Return what has moved, in the product's unit."""
        if self.state != "done":
            return 0.0
        return self.product_uom._compute_quantity(self.quantity, self.product_id.uom_id, rounding_method="HALF-UP")

    def _get_cancelled_qty(self):
        """Return what was wanted and will not move any more, in the product's unit."""
        if self.state not in ("done", "cancel"):
            return 0.0
        return max(0.0, self.product_qty - self._get_shipped_qty())

    def _is_closed_short(self):
        """Whether the line is closed and less than its demand has moved."""
        return self.product_id.uom_id.compare(self._get_cancelled_qty(), 0) > 0

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """A claim remembers since when it waits, before it procures anything in its name."""
        for move in self:
            if move.state == "draft" and not move.ordered_date:
                move.ordered_date = move.picking_id.create_date or fields.Datetime.now()
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

    def _prepare_procurement_values(self):
        return {**super()._prepare_procurement_values(), "ordered_date": self.ordered_date}
