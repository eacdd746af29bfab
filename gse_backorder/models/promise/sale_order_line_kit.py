import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from odoo import api, models

from ..chain.quantity import get_digits
from ..engine.coverage import NOISE, Coverage

# How a part of a kit is known: by the line of its recipe, or by its product alone.
WAYS_TO_KNOW_A_PART = (lambda part: part, lambda part: part[0])


@dataclass(frozen=True)
class WholeKits:
    """How many whole kits so much of each component makes: nobody ships a part of one.

    All quantities are ``{component: quantity}``, in the products' units.
    """

    get_component: Any  # a function that tells which of the components a part is, see ``stock.move._get_kit_part``
    needed: dict  # how much of each a kit needs
    shipped: dict  # how much of each the customer has
    ordered: float  # so many kits, which need not be a whole number
    step: float  # a kit is counted by so many, as its recipe is written: by the dozen

    def count(self, more=None):
        """Return how many kits are whole with what has shipped, and *more* than that."""
        more = more or {}
        made = NOISE + min(
            (self.shipped[component] + more.get(component, 0.0)) / needed for component, needed in self.needed.items()
        )
        whole = math.floor(made / self.step) * self.step
        return self.ordered if whole < self.ordered <= made else whole


class SaleOrderLine(models.Model):
    """A line that sells a kit: nobody ships a part of one."""

    _inherit = "sale.order.line"

    def _get_kits(self):
        """Return ``{line: recipe}`` of those that sell a kit: that by which its parts were ordered, else today's."""
        if "mrp.bom" not in self.env:
            return {}
        kits = {}
        for company, lines in self.grouped("company_id").items():
            todays = lines.product_id._get_kits(company)
            for line in lines:
                if recipe := line._get_ordered_recipe() or todays.get(line.product_id):
                    kits[line] = recipe
        return kits

    def _get_ordered_recipe(self):
        """Return the recipe by which the parts of the line were ordered; empty where they were not, or by none."""
        # A kit is an internal matter, as what is moved: only figures of his own lines come back to a salesperson.
        moves = self._origin.sudo().move_ids if self.state == "sale" else self.env["stock.move"]
        recipes = moves.filtered(lambda move: move.state != "cancel").bom_line_id.bom_id
        return recipes.filtered(
            lambda recipe: (
                recipe.type == "phantom"
                and recipe.product_tmpl_id == self.product_id.product_tmpl_id
                and recipe.product_id in (self.product_id.browse(), self.product_id)
            )
        )[:1]

    def _join_coverage(self, parts, kits):
        """Return the coverage of the line in its unit.

        The moves of a kit are of other products: the scarcest component decides how many kits can ship.

        :param parts: a list of ``(part, Coverage)``, see ``stock.move._get_kit_part``, the coverages in the products'
            units
        :param kits: see :meth:`_get_kits`
        """
        if {product for (product, _recipe), _coverage in parts} == {self.product_id}:
            coverage = Coverage.join(coverage for _part, coverage in parts)
            return self._tell_coverage(coverage)
        kit = self._get_whole_kits(kits)
        get_component = kit.get_component if kit else WAYS_TO_KNOW_A_PART[0]
        components = self._join_by_component(parts, get_component)
        if kit and kit.needed.keys() >= components.keys():
            return self._tell_coverage(self._count_kits(components, kit))
        # It is no kit, or was ordered by another recipe than that of today.
        ordered, delivered = self._get_product_quantities(kits)
        open_qty = ordered - delivered
        scarcest = min(components.values(), key=lambda component: component.rate)
        coverage = scarcest.scale(open_qty / scarcest.total) if scarcest.total else Coverage(now=open_qty)
        return self._tell_coverage(coverage.clean(get_digits(self.env)))

    def _tell_coverage(self, coverage):
        """Return *coverage*, which is in the product's unit, in that of the line: its parts are what the line lacks.

        What has shipped is rounded in that unit: the same to a digit is the same.
        """
        unit, product_unit = self.product_uom_id, self.product_id.uom_id
        if unit == product_unit or not coverage.total:
            return coverage
        lacks, total = self._get_unshipped_qty(), coverage.total
        in_product_unit = unit._compute_quantity(lacks, product_unit, rounding_method="HALF-UP")
        in_unit = product_unit._compute_quantity(total, unit, round=False)
        is_all = product_unit.compare(in_product_unit, total) == 0 or (
            lacks > 0 and abs(in_unit - lacks) < unit.rounding
        )
        return coverage.convert(product_unit, unit, whole=lacks if is_all else None)

    @api.model
    def _join_by_component(self, parts, get_component):
        """Return ``{component: Coverage}`` of *parts*, see :meth:`_join_coverage`."""
        by_component = defaultdict(list)
        for part, coverage in parts:
            by_component[get_component(part)].append(coverage)
        return {component: Coverage.join(coverages) for component, coverages in by_component.items()}

    @api.model
    def _count_kits(self, components, kit):
        """Return the coverage of whole kits, in the product's unit.

        What has shipped of each component, evenly or not, what is there and what is expected of it make so many whole
        ones. And so does all that is open: what came back nobody has to ship once more, and what is exchanged goes out
        beside what was ordered.

        :param components: ``{component: Coverage}`` of what is open, in the products' units
        :param kit: its :class:`WholeKits`
        """

        def count(*kinds):
            return kit.count(
                {
                    component: sum(getattr(coverage, kind) for kind in kinds)
                    for component, coverage in components.items()
                }
            )

        delivered, now, dated, expected = count(), count("now"), count("now", "dated"), count("now", "expected")
        whole, joined = count("total"), Coverage.join(components.values())
        if whole == delivered:  # parts of which no kit becomes whole are no reason to call the line complete
            whole = max(whole, kit.ordered)
        return Coverage(
            now=now - delivered,
            expected=expected - now,
            uncovered=whole - expected,
            expected_date=joined.expected_date,
            overdue=expected - dated,
            is_together=joined.is_together,
        )

    def _get_whole_kits(self, kits, get_shipped=lambda move: move._get_kept_qty()):
        """Return the :class:`WholeKits` of the line; None if it sells no kit, or its parts are not those of the recipe.

        A product may be in a recipe twice, and each part of a kit is counted by itself, as Odoo does. But where Odoo
        has thrown such parts together, as when an order is raised, or the recipe was written anew, the products count.

        :param kits: see :meth:`_get_kits`
        :param get_shipped: a function that tells how much more the customer has by a line
        """
        if self not in kits:
            return None
        ordered, delivered = self._get_quantities_in_product_unit()
        exploded = ordered or 1.0  # of a line that was lowered to nothing, something may have to ship again
        parts = [(part, quantity / exploded) for part, quantity in self._explode_kit(kits, exploded) if quantity]
        # A salesperson need not have rights on stock moves: only figures of his own lines come back.
        line = self._origin.sudo() if self.state == "sale" else self.browse()
        moved = line.move_ids.filtered(lambda move: not move._is_scrap())
        still_open = line._get_open_delivery_moves()
        step = kits[self].product_uom_id._compute_quantity(1, self.product_id.uom_id, round=False)
        ways = []
        for get_component in WAYS_TO_KNOW_A_PART:
            needed = defaultdict(float)
            for part, quantity in parts:
                needed[get_component(part)] += quantity
            shipped = moved._sum_parts(get_component, get_shipped)
            if needed and shipped.keys() <= needed.keys():
                # What nothing was moved of yet, or was added to the recipe since, has shipped with what Odoo counts.
                shipped = {one: shipped.get(one, round(delivered) * quantity) for one, quantity in needed.items()}
                kit = WholeKits(get_component, needed, shipped, ordered, step)
                ways.append((kit.count(still_open._sum_parts(get_component, lambda move: move._get_open_qty())), kit))
        return max(ways, key=lambda way: way[0], default=(0, None))[1]

    def _get_product_quantities(self, kits):
        """Return what is ordered of the line, and what of it has shipped, in the product's unit.

        Of an ordered kit so many have shipped as what has shipped of its parts makes: Odoo rounds before it counts, so
        that 2,996 screws would be three kits of 1,000, and counts none where a vendor has still to ship one.

        :param kits: see :meth:`_get_kits`
        """
        ordered, delivered = self._get_quantities_in_product_unit()
        if self.state == "sale" and (kit := self._get_whole_kits(kits)):
            return ordered, kit.count()
        return ordered, round(delivered) if self in kits else delivered

    def _get_shipped_kits(self):
        """Return how many kits have shipped, whether or not they came back, in the product's unit."""
        kits = self._get_kits()
        kit = self._get_whole_kits(kits, lambda move: max(0.0, move._get_kept_qty()))
        return kit.count() if kit else self._get_product_quantities(kits)[1]

    def _get_quantities_in_product_unit(self):
        """Return what is ordered of the line, and what Odoo says has shipped of it, in the product's unit."""
        return tuple(
            self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id, round=False)
            for quantity in (self.product_uom_qty, self.qty_delivered)
        )

    def _get_missing_words(self):
        """Of a kit some parts may be there, reserved for it even: it is whole ones that are not."""
        words, kits = super()._get_missing_words(), self._get_kits()
        nothing = self.env._("no whole kit for this line in stock or on order")
        return {**words, **{line.id: nothing for line in self if line in kits}}

    def _explode_kit(self, kits, quantity):
        """Return ``[(part, quantity)]`` for *quantity* of the line's product, each in its own product's unit."""
        bom = kits.get(self)
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
