from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools.misc import limited_field_access_token

from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_cancelled
from ..engine.coverage import Coverage, convert_plainly, split_in_unit

# The field of a product with what the page shows of how it looks.
PICTURE = "image_128"


class Figures(NamedTuple):
    """What became of a line, in the unit in which it was ordered."""

    unit: Any
    ordered: float
    shipped: float
    cancelled: float
    remaining: float


class StockCustomerPage(models.AbstractModel):
    """What a customer sees of a line that he has ordered: how much of it, when it ships, and in words."""

    _inherit = "stock.customer.page"

    @api.model
    def _get_lines(self, deliveries):
        """Return the lines of deliveries that follow one another, each with what became of it over all of them."""
        moves_by_line = self._get_moves_by_line(deliveries)
        coverages = deliveries.move_ids.union(*moves_by_line)._get_shipping_coverage()  # of all lines at once
        missing = deliveries.move_ids.browse(move_id for move_id, own in coverages.items() if own.status == "missing")
        found = missing._get_found()
        pictures = self._get_pictures(deliveries.move_ids.union(*moves_by_line).product_id)
        return [
            {
                **self._get_line(moves, coverages, found),
                "picture": pictures.get(next(iter(moves)).product_id.id),
            }
            for moves in moves_by_line
        ]

    @api.model
    def _get_pictures(self, products):
        """Return ``{product id: address of its picture}`` of those that have one.

        Customers may not open products: the address is signed, and opens that picture alone, for some weeks.
        """
        return {
            product.id: f"/web/image/product.product/{product.id}/{PICTURE}?access_token="
            + limited_field_access_token(product, PICTURE, scope="binary")
            for product in products.with_context(bin_size=True)  # whether there is one, and not the whole of it
            if product[PICTURE]
        }

    @api.model
    def _get_moves_by_line(self, deliveries):
        """Return a list of the moves of each line that the customer has ordered, in the order of the first delivery.

        What is still to be picked or packed for them, and is in no delivery yet, counts with them.
        """
        moves = deliveries.move_ids | deliveries[0]._get_moves_in_preparation()
        moves = moves.filtered(
            lambda move: move.state != "draft" and not move._is_scrap() and not move._wants_nothing()
        )
        moves = moves.sorted(lambda move: (move.picking_id.backorder_index, move.sequence, move.id))
        return list(moves.grouped(lambda move: (move.sale_line_id or move.product_id, move.product_id)).values())

    @api.model
    def _get_line(self, moves, coverages, found):
        """Return what the page shows of one line, in the unit in which it was ordered.

        :param coverages: ``{move id: Coverage}`` in the products' units
        :param found: by the ids of the moves of whose product there is something, for others or elsewhere
        """
        first = next(iter(moves))  # unlike the item at 0, it is read together with all other lines
        open_moves, figures = self._filtered_open(moves), self._get_figures(moves)
        unit, shipped, remaining = figures.unit, figures.shipped, figures.remaining
        if open_moves:
            state = self._get_open_state(first, open_moves, remaining, coverages, found)
        else:
            status = "shipped" if shipped else "cancelled"
            state = {"status": status, "words": False, **self._get_promise(open_moves, False, False)}
        product = self._get_product_name(first.product_id)
        ordered = self._format(figures.ordered)
        became = self._get_quantities_text(shipped, remaining)
        return {
            "ids": open_moves.ids,
            "product": product,
            "unit": unit.name,
            "ordered": ordered,
            "shipped": self._format(shipped),
            "remaining": self._format(remaining),
            "quantities_text": self._get_line_text(f"{ordered} {unit.name}", became),
            "is_open": bool(open_moves),
            "cancelled_text": figures.cancelled and format_cancelled(self.env, figures.cancelled),
            "cancel_question": self.env._(
                "%(quantity)s %(unit)s of %(product)s will not be delivered any more.",
                quantity=self._format(remaining),
                unit=unit.name,
                product=product,
            ),
            **state,
        }

    @api.model
    def _get_product_name(self, product):
        """Return what the customer knows the product as, without our reference."""
        return self._with_customer_names(product).display_name

    @api.model
    def _with_customer_names(self, products):
        """Return *products* so that their names are those."""
        is_so = products.env.context.get("display_default_code") is False
        return products if is_so else products.with_context(display_default_code=False)

    @api.model
    def _filtered_open(self, moves):
        return moves.filtered(lambda move: move.state not in CLOSED_STATES)

    @api.model
    def _get_figures(self, moves):
        """Return the :class:`Figures` of the moves of one line."""
        first = next(iter(moves))  # unlike the item at 0, it is read together with all other lines
        unit, product_unit = self._get_unit(first), first.product_id.uom_id
        totals = moves._get_totals()
        ordered = self._get_ordered(first, totals, unit)
        whole = ordered if product_unit.compare(totals.over_shipped, 0) == 0 else None
        parts = split_in_unit((totals.shipped, totals.cancelled, totals.open), product_unit, unit, whole)
        return Figures(unit, ordered, *parts)

    @api.model
    def _get_ordered(self, move, totals, unit):
        """Return what was ordered, in the *unit* of the order: as the order's line says it, where it is all of that."""
        line, product_unit = move.sale_line_id, move.product_id.uom_id
        if unit != product_unit and line.product_id == move.product_id and line.product_uom_id == unit:
            in_product_unit = unit._compute_quantity(line.product_uom_qty, product_unit, rounding_method="HALF-UP")
            if product_unit.compare(in_product_unit, totals.ordered) == 0:
                return line.product_uom_qty
        return convert_plainly(totals.ordered, product_unit, unit)

    @api.model
    def _get_open_state(self, first, open_moves, remaining, coverages, found):
        """Return the status of a line that is still to come, in a word and in words, and what is promised for it.

        :param remaining: how much is to come, in the unit in which it was ordered; for the others see :meth:`_get_line`
        """
        coverage = self._get_line_coverage(first, open_moves, remaining, coverages)
        if not coverage:
            return {"status": False, "words": False, **self._get_promise(open_moves, False, False)}
        promise_date = self._get_line_promise_date(open_moves, coverage)
        if any(open_moves.mapped("is_held")):
            status, words = "short", self.env._("on hold")
        else:
            status = coverage.status
            words = self._get_words(first, coverage, is_found=not found.keys().isdisjoint(open_moves.ids))
        promise = self._get_promise(open_moves, promise_date, open_moves._get_first_shipping_date())
        return {"status": status, "words": words, **promise}

    @api.model
    def _get_line_coverage(self, first, open_moves, remaining, coverages):
        """Return how what is to come of a line is covered, in the unit in which it was ordered; None if it wants none.

        For the arguments see :meth:`_get_open_state`.
        """
        covered = open_moves.filtered(lambda move: move.id in coverages)
        coverage = Coverage.join(coverages[move.id] for move in covered)
        if not coverage.total:
            return None
        whole = remaining if covered == open_moves else None
        return coverage.convert(first.product_id.uom_id, self._get_unit(first), whole=whole)

    @api.model
    def _get_line_promise_date(self, open_moves, coverage):
        """Return when all that is to come of a line ships, with all that ships with it; False while it has no date."""
        is_held = any(open_moves.mapped("is_held"))
        return (not is_held and coverage.get_promise_date(fields.Datetime.now())) or False

    @api.model
    def _get_words(self, move, coverage, is_found):
        """Return the status in words, and when it could come where the company lets its customers know.

        :param is_found: whether there is something, for others or elsewhere: how much is none of his business
        """
        if coverage.is_together:  # also what there is nothing of
            words = move._get_together_text(coverage.expected_date)
        elif is_found and coverage.status == "missing":
            words = self.env._("no date yet")
        else:
            words = move._get_availability_text(coverage)
        company = move.company_id
        if not coverage.has("uncovered") or not company.customer_sees_estimate:
            return words
        date = move._get_order_today_date()
        estimate = date and self.env._("estimated: %s", move._format_date(date))
        return f"{words}; {estimate}" if estimate else words

    @api.model
    def _get_unit(self, move):
        """Return the unit in which the customer has ordered; of a part of a kit, its own."""
        line = move.sale_line_id
        return line.product_uom_id if line.product_id == move.product_id else move.product_uom
