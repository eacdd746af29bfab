from typing import NamedTuple

from odoo import models


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
    """What was ordered by lines, and what became of it."""

    _inherit = "stock.move"

    def _get_totals(self):
        """Return what was ordered by these lines, which are all there are of their chain, and what became of it.

        *Ordered* is what the lines want, and never more than the order says: what a line wants besides, because
        somebody has raised it or something is exchanged, nobody has ordered. Where more has shipped than the lines
        wanted, it is what the order has been raised to since, as far as no other chain has it. The report has the same
        in SQL.

        :return: :class:`Totals`, in the products' units, without lines that only write something off
        """
        lines = self.filtered(lambda move: not move._is_scrap())
        by_line = lines.grouped(lambda move: (move.sale_line_id, move.product_id))
        totals = [moves._get_totals_of_line(line, product) for (line, product), moves in by_line.items()]
        return Totals(*map(sum, zip(*totals, strict=True))) if totals else Totals(0.0, 0.0, 0.0, 0.0)

    def _get_totals_of_line(self, line, product):
        """Return the totals of the moves of a product, and of one line of an order, where there is one."""
        wanted = ordered = sum(self.mapped("product_qty"))
        shipped = sum(move._get_shipped_qty() for move in self)
        still_open = sum(move._get_open_qty() for move in self)
        cancelled = sum(move._get_cancelled_qty() for move in self)
        moved = shipped + still_open + cancelled
        if line.product_id == product:  # a part of a kit is no line of the order
            unit = product.uom_id
            sold = line.product_uom_id._compute_quantity(line.product_uom_qty, unit, rounding_method="HALF-UP")
            ordered = min(wanted, sold + cancelled)
            if unit.compare(moved, wanted) > 0:
                elsewhere = self._get_ordered_elsewhere(line, product)
                ordered = max(ordered, min(moved, sold + cancelled - elsewhere))
        return Totals(ordered, shipped, still_open, cancelled)

    def _get_ordered_elsewhere(self, line, product):
        """Return how much of the *line* of the order others than these have, or had, less what was cancelled."""
        others = (line.move_ids - self).filtered(
            lambda move: (
                move.product_id == product and move.state != "draft" and move.location_dest_id._is_at_customers()
            )
        )
        return sum(move.product_qty - move._get_cancelled_qty() for move in others)
