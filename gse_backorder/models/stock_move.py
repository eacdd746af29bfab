from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .stock_pegging import Demand


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "stock.availability.mixin"]

    ordered_date = fields.Datetime(
        copy=False,
        readonly=True,
        help="When the customer ordered: the confirmation of the order, else the creation of the original transfer."
        " Backorders, split and chained moves inherit it.",
    )

    # ---- availability ------------------------------------------------------

    @api.model
    def _get_availability_triggers(self):
        return ["product_id", "product_uom", "product_uom_qty", "quantity", "state", "location_id", "location_dest_id"]

    def _get_coverage(self):
        """Return ``{id: Coverage}`` of the lines that want stock, quantities in the line's unit."""
        claims = self.filtered(lambda move: move._is_claim())
        # A confirmed line that is being edited is judged as it is saved: nobody else knows of the edit yet.
        confirmed = claims.filtered(lambda move: move.state != "draft")._origin
        drafts = claims.filtered(lambda move: move.state == "draft")
        rivals = (drafts | drafts.picking_id.move_ids).filtered(lambda move: move.state == "draft" and move._is_claim())
        by_move, by_demand = self.env["stock.pegging"]._get_coverage(
            confirmed, [move._prepare_demand() for move in rivals]
        )
        by_draft = dict(zip((move.id for move in rivals), by_demand, strict=True))
        result = {}
        for move in claims:
            coverage = by_draft.get(move.id) if move.state == "draft" else by_move.get(move._origin.id)
            if coverage:
                result[move.id] = coverage.convert(move.product_id.uom_id, move.product_uom)
        return result

    def _is_claim(self):
        """Whether the line is open and takes goods out of the stock that they are in."""
        area = self.location_id.stock_area_id
        return bool(
            self.product_id
            and self.state not in ("done", "cancel")
            and self.picking_type_id.code != "incoming"
            and area
            and area != self.location_dest_id.stock_area_id
        )

    def _prepare_demand(self):
        """Return what this draft line would want if it were confirmed now, together with its transfer."""
        return Demand(
            group=self.picking_id.id,
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
        if self._is_scrap():
            return False
        if self.state == "cancel":
            return self.product_uom.compare(self.product_uom_qty, 0) > 0
        return self.state == "done" and self.product_uom.compare(self.quantity, self.product_uom_qty) < 0

    def _is_scrap(self):
        """Whether the line only writes off what was in the transfer: nobody had ordered it."""
        return self.location_dest_usage == "inventory"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """A claim remembers since when it waits, before it procures anything in its name."""
        now = fields.Datetime.now()
        undated = self.filtered(lambda move: move.state == "draft" and not move.ordered_date)
        for date, moves in undated.grouped(lambda move: move.picking_id.create_date or now).items():
            moves.ordered_date = date
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

    def _prepare_procurement_values(self):
        return {**super()._prepare_procurement_values(), "ordered_date": self.ordered_date}

    def _prepare_move_split_vals(self, qty):
        """The remainder waits since the whole does."""
        return {**super()._prepare_move_split_vals(qty), "ordered_date": self.ordered_date}

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
        parts = chain.move_ids.move_dest_ids.picking_id.filtered(
            lambda picking: (
                picking.picking_type_id == self.picking_type_id
                and (picking.state == "done" or (picking.printed and picking.state != "cancel"))
                and picking.reference_ids == self.reference_ids
            )
        )
        return parts.sorted(lambda picking: (picking.backorder_index, picking.id))[-1:]
