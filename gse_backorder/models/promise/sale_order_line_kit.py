import math
from collections import defaultdict

from odoo import api, models

from ..chain.quantity import get_digits
from ..engine.coverage import NOISE, Coverage


class SaleOrderLine(models.Model):
    """A line that sells a kit: nobody ships a part of one."""

    _inherit = "sale.order.line"

    def _join_coverage(self, parts, kits):
        """Return the coverage of the line in its unit.

        The moves of a kit are of other products: the scarcest component decides how many kits can ship.

        :param parts: a list of ``(part, Coverage)``, see ``stock.move._get_kit_part``, the coverages in the products'
            units
        :param kits: ``{product: kit}``
        """
        if {product for (product, _recipe), _coverage in parts} == {self.product_id}:
            coverage = Coverage.join(coverage for _part, coverage in parts)
            return self._tell_coverage(coverage)
        # A recipe that was written anew since has the same products in other lines.
        for get_component in (lambda part: part, lambda part: part[0]):
            components = self._join_by_component(parts, get_component)
            if whole := self._count_kits(components, kits, get_component):
                return self._tell_coverage(whole)
        # It is no kit, or was ordered by another recipe than that of today.
        components = list(components.values())
        ordered, delivered = self._get_product_quantities(kits)
        open_qty = ordered - delivered
        scarcest = min(components, key=lambda component: component.rate)
        coverage = scarcest.scale(open_qty / scarcest.total) if scarcest.total else Coverage(now=open_qty)
        return self._tell_coverage(coverage.clean(get_digits(self.env)))

    def _tell_coverage(self, coverage):
        """Return *coverage*, which is in the product's unit, in that of the line: its parts are what the line lacks."""
        unit, product_unit = self.product_uom_id, self.product_id.uom_id
        if unit == product_unit or not coverage.total:
            return coverage
        lacks = self._get_unshipped_qty()
        in_product_unit = unit._compute_quantity(lacks, product_unit, rounding_method="HALF-UP")
        is_all = product_unit.compare(in_product_unit, coverage.total) == 0
        return coverage.convert(product_unit, unit, whole=lacks if is_all else None)

    @api.model
    def _join_by_component(self, parts, get_component):
        """Return ``{component: Coverage}`` of *parts*, see :meth:`_join_coverage`."""
        by_component = defaultdict(list)
        for part, coverage in parts:
            by_component[get_component(part)].append(coverage)
        return {component: Coverage.join(coverages) for component, coverages in by_component.items()}

    def _count_kits(self, components, kits, get_component):
        """Return the coverage of whole kits, in the product's unit; None if the components are not those of its recipe.

        Nobody ships a part of a kit: what has shipped of each component, evenly or not, what is there and what is
        expected of it make so many whole ones.

        :param components: ``{component: Coverage}`` of what is open, in the products' units
        :param get_component: a function that tells which of them a part is, see ``stock.move._get_kit_part``
        """
        ordered, delivered = self._get_product_quantities(kits)
        exploded = ordered or 1.0  # of a line that was lowered to nothing, something may have to ship again
        needed = defaultdict(float)
        for part, quantity in self._explode_kit(kits, exploded):
            needed[get_component(part)] += quantity / exploded
        if not needed or not needed.keys() >= components.keys():
            return None
        shipped = self._get_shipped_components(get_component) if self.state == "sale" else {}

        def make(*kinds):
            counts = [
                (
                    shipped.get(component, delivered * per_kit)
                    + sum(getattr(components.get(component, Coverage()), kind) for kind in kinds)
                )
                / per_kit
                for component, per_kit in needed.items()
                if per_kit
            ]
            return min(counts, default=ordered) + NOISE

        ordered = ordered or math.floor(make("total"))

        def count(*kinds):
            made = make(*kinds)
            return ordered if made >= ordered else max(delivered, math.floor(made))

        now, dated, expected = count("now"), count("now", "dated"), count("now", "expected")
        return Coverage(
            now=max(0.0, now - delivered),
            expected=expected - now,
            uncovered=ordered - expected,
            expected_date=Coverage.join(components.values()).expected_date,
            overdue=expected - dated,
            is_together=Coverage.join(components.values()).is_together,
        )

    def _get_product_quantities(self, kits):
        """Return what is ordered of the line, and what of it has shipped, in the product's unit.

        Of a kit whole ones have shipped: in the unit of the line that is rounded.
        """
        ordered, delivered = (
            self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id, round=False)
            for quantity in (self.product_uom_qty, self.qty_delivered)
        )
        return ordered, round(delivered) if self.product_id in kits else delivered

    def _get_missing_words(self):
        """Of a kit some parts may be there, reserved for it even: it is whole ones that are not."""
        words, kits = super()._get_missing_words(), self.product_id._get_kits()
        nothing = self.env._("no whole kit for this line in stock or on order")
        return {**words, **{line.id: nothing for line in self if line.product_id in kits}}

    def _get_shipped_components(self, get_component):
        """Return ``{component: quantity}`` of what the customer has got for the line and kept, in products' units."""
        shipped = defaultdict(float)
        # A salesperson need not have rights on stock moves: only figures of his own lines come back.
        for move in self._origin.sudo().move_ids.filtered(lambda move: move.state == "done"):
            component = get_component(move._get_kit_part())
            if move.location_dest_id._is_at_customers():
                shipped[component] += move._get_shipped_qty()
            elif move.location_id._is_at_customers():
                shipped[component] -= move._get_shipped_qty()
        return shipped

    def _explode_kit(self, kits, quantity):
        """Return ``[(part, quantity)]`` for *quantity* of the line's product, each in its own product's unit."""
        bom = kits.get(self.product_id)
        if not bom:
            return []
        _boms, components = bom.explode(
            self.product_id, self.product_id.uom_id._compute_quantity(quantity, bom.product_uom_id) / bom.product_qty
        )
        return [
            (
                (line.product_id, line.id),
                line.product_uom_id._compute_quantity(values["qty"], line.product_id.uom_id, round=False),
            )
            for line, values in components
            if line.product_id.type == "consu"
        ]
