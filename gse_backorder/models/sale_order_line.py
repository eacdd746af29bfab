from odoo import api, models

from .stock_pegging import Coverage, Demand


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "stock.availability.mixin"]

    @api.depends(
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "qty_delivered",
        "state",
        "warehouse_id",
        "move_ids.state",
        "move_ids.quantity",
    )
    def _compute_availability(self):
        super()._compute_availability()

    def _get_coverage(self):
        """Return ``{id: Coverage}``: of an ordered line from its open moves, of a quotation line as if confirmed."""
        ordered = self.filtered(lambda line: line.state == "sale" and line._is_judged())
        quoted = self.filtered(lambda line: line.state in ("draft", "sent") and line._is_judged())
        # A salesperson need not have rights on stock moves: only figures of his own lines come back.
        moves = ordered.sudo()._get_open_delivery_moves()
        coverages = self.env["stock.pegging"]._get_coverage(
            moves, [line._prepare_demand() for line in quoted if line.warehouse_id]
        )
        result = {
            line.id: line._join_coverage({move: coverages[move.id] for move in line_moves})
            for line, line_moves in moves.grouped("sale_line_id").items()
        }
        for line in quoted:
            if line.id in coverages:
                result[line.id] = coverages[line.id].convert(line.product_id.uom_id, line.product_uom_id)
        return result

    def _is_judged(self):
        """Whether the line sells goods out of stock at all."""
        return bool(
            self.product_id
            and self.product_id.type == "consu"
            and not self.display_type
            and not self.is_expense
            and self.product_uom_id
            and self.product_uom_id.compare(self.product_uom_qty, self.qty_delivered) > 0
        )

    def _get_open_delivery_moves(self):
        """Return the open moves that bring the goods to the customer: of a pick, pack and ship chain the last ones."""
        open_moves = self.move_ids.filtered(
            lambda move: move._is_claim() and move.state != "draft" and not move.origin_returned_move_id
        )
        return open_moves.filtered(lambda move: not move.move_dest_ids & open_moves)

    def _join_coverage(self, coverages):
        """Return the coverage of the line in its unit, from ``{move: Coverage}`` in the products' units.

        The moves of a kit are of other products: the scarcest component decides how many kits can ship.
        """
        uom = self.product_uom_id
        if all(move.product_id == self.product_id for move in coverages):
            return Coverage.join(
                coverage.convert(move.product_id.uom_id, uom) for move, coverage in coverages.items()
            )
        open_qty = self.product_uom_qty - self.qty_delivered
        scarcest = min(
            coverages.values(),
            key=lambda coverage: (coverage.now / coverage.total, -coverage.uncovered) if coverage.total else (1.0, 0.0),
        )
        coverage = scarcest.scale(open_qty / scarcest.total) if scarcest.total else Coverage(now=open_qty)
        return coverage.clean(self.env["decimal.precision"].precision_get("Product Unit"))

    def _prepare_demand(self):
        """Return what this quotation line would want if it were confirmed now."""
        return Demand(
            key=self.id,
            product=self.product_id,
            # The stock is read for the salesperson, who may not open the warehouse's locations.
            location=self.warehouse_id.sudo().lot_stock_id,
            quantity=self.product_uom_id._compute_quantity(
                self.product_uom_qty, self.product_id.uom_id, round=False
            ),
            deadline=self.order_id.commitment_date or self.order_id.expected_date,
        )

    def _prepare_procurement_values(self):
        """The goods are wanted since the order was confirmed."""
        return {**super()._prepare_procurement_values(), "ordered_date": self.order_id.date_order}

    def _search_availability_candidates(self):
        return [
            ("state", "in", ("draft", "sent", "sale")),
            ("product_id.type", "=", "consu"),
            ("order_id.delivery_status", "!=", "full"),
        ]
