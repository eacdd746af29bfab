from collections import defaultdict
from itertools import chain
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import float_round

from ... import arguments
from ..chain.quantity import get_digits
from ..chain.wording import format_quantity
from ..engine.coverage import NOISE, Stocked

# From the best to the worst: a document is as good as its worst line.
STATUS_ORDER = ("available", "short", "missing")


NOTHING = Stocked(0.0, 0.0, 0.0)


class Found(NamedTuple):
    """What there is of a line that gets nothing of it, in its unit."""

    held: float  # in the stock that it ships from, for others; not rounded
    expected: float
    warehouse: str  # the name of the other one that has most of it free; empty where none has
    free: float  # there


def get_worst(statuses):
    """Return the worst of *statuses* of lines, of which some may have none; False if all have none."""
    return max(filter(None, statuses), key=STATUS_ORDER.index, default=False)


class StockAvailabilityMixin(models.AbstractModel):
    """The stock status of a line: what ships now, what waits and until when.

    Read from pegging and never stored: it changes with every other claim and every receipt.
    """

    _name = "stock.availability.mixin"
    _inherit = ["stock.day.mixin"]
    _description = "Stock Status of a Line"

    availability_status = fields.Selection(
        [("available", "In stock"), ("short", "Short"), ("missing", "Missing")],
        string="Stock Status",
        compute="_compute_availability",
        search="_search_availability_status",
        groups="base.group_user",
        help="In stock: can ship now in full.\n"
        "Short: a part can ship now, or stock is expected; a backorder is to be anticipated.\n"
        "Missing: nothing of it is in stock for this line, and nothing is expected.",
    )
    availability_text = fields.Char(string="Stock in Words", compute="_compute_availability", groups="base.group_user")
    qty_available_now = fields.Float(
        string="Ships Now",
        compute="_compute_availability",
        digits="Product Unit",
        groups="base.group_user",
        help="How much of the open quantity can ship now, in the unit of the line.",
    )
    qty_short = fields.Float(
        string="Waits",
        compute="_compute_availability",
        digits="Product Unit",
        groups="base.group_user",
        help="How much of the open quantity cannot ship now, in the unit of the line.",
    )
    qty_uncovered = fields.Float(
        string="Uncovered",
        compute="_compute_availability",
        digits="Product Unit",
        groups="base.group_user",
        help="How much of the open quantity no known supply covers, in the unit of the line.",
    )
    qty_dateless = fields.Float(
        string="Without a Date",
        compute="_compute_availability",
        digits="Product Unit",
        groups="base.group_user",
        help="How much of the open quantity is neither there nor has a date, whether or not it is expected, in the unit"
        " of the line.",
    )
    promise_date = fields.Datetime(
        string="Ships on",
        compute="_compute_availability",
        groups="base.group_user",
        help="When the last unit of the line can ship; empty while a part of it has no date.",
    )
    earliest_promise_date = fields.Datetime(
        string="Can Ship From",
        compute="_compute_availability",
        groups="base.group_user",
        help="When something of the line can ship.",
    )
    promise_day = fields.Date(
        string="Ships on",
        compute="_compute_promise_day",
        groups="base.group_user",
        help="The day on which the last unit of the line can ship, by the calendar of the warehouse; empty while a"
        " part of it has no date.",
    )
    order_today_date = fields.Date(
        string="If Ordered Today",
        compute="_compute_order_today_date",
        groups="base.group_user",
        help="Where no supply is known for a part of the line: when the vendor could bring it if it were ordered today."
        " An estimate, and no promise.",
    )

    @api.depends(lambda self: self._get_availability_triggers())
    def _compute_availability(self):
        coverages, now = self._get_coverage(), fields.Datetime.now()
        words, values = self._get_words(coverages), defaultdict(lambda: defaultdict(list))
        for line_id, line in zip(self._ids, self, strict=True):
            coverage = coverages.get(line_id)
            figures = line._prepare_figures(coverage)
            figures["availability_text"] = words.get(line_id, False)
            figures["promise_date"] = coverage and coverage.get_promise_date(now)
            figures["earliest_promise_date"] = coverage and coverage.get_earliest_date(now)
            for name, value in figures.items():
                values[name][value].append(line_id)
        for name, by_value in values.items():  # what is the same of many lines is set at once
            for value, line_ids in by_value.items():
                self.browse(line_ids)[name] = value

    def _prepare_figures(self, coverage):
        """Return the status and the quantities of *coverage*, in the unit of the line; None where it wants no stock."""
        return {
            "availability_status": coverage and coverage.status,
            "qty_available_now": coverage.now if coverage else 0.0,
            "qty_short": coverage.expected + coverage.uncovered if coverage else 0.0,
            "qty_uncovered": coverage.uncovered if coverage else 0.0,
            "qty_dateless": coverage.dateless if coverage else 0.0,
        }

    @api.depends("qty_uncovered")
    def _compute_order_today_date(self):
        for line in self:
            line.order_today_date = line.qty_uncovered > 0 and line._get_order_today_date()

    @api.depends("promise_date")
    def _compute_promise_day(self):
        for line in self:
            line.promise_day = line._get_day(line.promise_date)

    def _get_order_today_date(self):
        """Return when the product of the line could come if it were ordered today; False for what nobody sells us."""
        return self.product_id.with_company(self.company_id)._get_order_today_date(self._get_today())

    @api.model
    def _get_availability_triggers(self):
        """Return the names of the line's own fields on which its status depends."""
        return []

    def _get_coverage(self):
        """Return ``{id: Coverage}`` for the lines of ``self`` that want stock, in the unit of each line.

        The ids are those of the records in ``self``, new ones included.
        """
        raise NotImplementedError

    def _filtered_own_stock(self):
        """Return the lines of which the user may be told: of those that are not saved, out of his own companies' stock.

        What is saved Odoo has checked to be of one company, and lets nobody read who does not work there. A form is
        answered before, whatever it names.
        """
        # Whose stock it is has to be known to keep it from who may not know more of it.
        return self.filtered(lambda line: line.id or line.sudo()._get_stock_companies()._are_users_own())

    def _get_stock_companies(self):
        """Return the companies out of whose stock the line is to be taken."""
        raise NotImplementedError

    def _get_supply_places(self):
        """Return ``{line: location}`` out of which the goods of each are taken first, over any number of steps."""
        raise NotImplementedError

    def _get_words(self, coverages):
        """Return ``{id: words}`` of the lines of ``self`` that want stock; what is the same of many is said once."""
        covered = self.filtered(lambda line: line.id in coverages)
        words = covered.filtered(lambda line: coverages[line.id].status == "missing")._get_missing_words()
        others = covered.filtered(lambda line: line.id not in words)
        for coverage, covered_alike in others.grouped(lambda line: coverages[line.id]).items():
            for lines in covered_alike._split_by_words(coverage):
                words.update(dict.fromkeys(lines._ids, lines[:1]._get_availability_text(coverage)))
        return words

    def _split_by_words(self, coverage):
        """Return the lines of ``self``, which have the same *coverage*, by what else the words depend on."""
        return self.grouped(lambda line: line._get_basis(coverage)).values() if len(self) > 1 else [self]

    def _get_basis(self, coverage):
        """Return on what, beside their *coverage*, it depends how lines are told: they are a tuple."""
        return (coverage.expected_date and self._get_zone(),)

    def _get_missing_words(self):
        """Return ``{id: words}`` of the lines of ``self``, which get nothing, where it is not that there is nothing."""
        awaiting = self._filtered_procured_for()
        found = (self - awaiting)._get_found()
        words = {one: self._get_found_text(one) for one in set(found.values())}
        not_ordered = self.env._("nothing on order for it, and it is not taken from stock")
        not_free = self.env._("nothing of what is to be sent back is free")
        return (
            {line_id: words[one] for line_id, one in found.items()}
            | dict.fromkeys(awaiting._ids, not_ordered)
            | dict.fromkeys(awaiting._filtered_returning()._ids, not_free)
        )

    def _filtered_procured_for(self):
        """Return the lines whose goods are brought for them alone, and not taken from whatever is in stock."""
        return self.browse()

    def _filtered_returning(self):
        """Return those of these lines that send back what was brought before: nothing else, and nothing is bought."""
        return self.browse()

    def _get_found(self):
        """Return what there is, and comes, of the lines of ``self``, which get nothing of it. One query.

        In the stock that they ship from all of it is for others; in another warehouse of the company nobody has asked
        for it in their name.

        :return: ``{id: Found}`` of those lines of which there is something
        """
        # Who may see the line may know that others come before it, whoever they are.
        places = self.sudo()._get_supply_places()
        elsewhere = {place: place._get_stocks_elsewhere() for place in set(places.values())}
        stocks = self.env["stock.location"].union(*elsewhere, *chain.from_iterable(elsewhere.values()))
        figures = self.env["stock.supply"]._get_held_and_expected(self.product_id, stocks)
        result = {}
        for line, place in places.items():
            own, *others = (
                figures.get((line.product_id.id, stock.id), NOTHING) for stock in (place, *elsewhere[place])
            )
            if any(max(stocked) > NOISE for stocked in (own, *others)):
                houses = elsewhere[place].values()
                result[line.id] = line._prepare_found(own, dict(zip(houses, others, strict=True)))
        return result

    def _prepare_found(self, own, others):
        """Return a :class:`Found` of the line.

        :param own: what of it is in its own stock, a ``Stocked``
        :param others: ``{warehouse: Stocked}`` of the others
        """
        product_unit, unit = self.product_id.uom_id, self._get_availability_unit()
        held, expected = (product_unit._compute_quantity(one, unit, round=False) for one in own[:2])
        house, most = max(others.items(), key=lambda other: other[1].free, default=(None, NOTHING))
        free = product_unit._compute_quantity(most.free, unit, rounding_method="DOWN")
        return Found(held, expected, house.name if free > NOISE else "", free)

    @api.model
    def _get_found_text(self, found):
        """Return in words where there is something, of a line that gets nothing of it."""
        if found.held > NOISE or found.expected > NOISE:
            return self._get_taken_text(found.held, found.expected)
        if found.warehouse:
            return self.env._(
                "nothing in stock or on order here; %(warehouse)s has %(quantity)s free",
                warehouse=found.warehouse,
                quantity=format_quantity(self.env, found.free),
            )
        return self.env._("nothing in stock or on order here")

    def _get_availability_unit(self):
        """Return the unit in which the quantities of the line are told."""
        raise NotImplementedError

    def _get_explained_claim(self):
        """Return the open ``stock.move`` for which "Why?" answers; empty where nothing of the line waits."""
        raise NotImplementedError

    @arguments.public(
        single=True,
        unsaved=True,
        product_id=arguments.one_id_or_none,
        uom_id=arguments.one_id_or_none,
        warehouse_id=arguments.one_id_or_none,
        location_id=arguments.one_id_or_none,
    )
    @api.readonly
    def get_quantities(self, product_id, uom_id=False, warehouse_id=False, location_id=False):
        """Return what the popover of the line shows: see :meth:`stock.quantities._prepare`.

        ``self`` is the line, and empty while it is not saved. The arguments are what the form shows, which may not be
        saved either.

        :param uom_id: the unit of the line, and of all quantities in the answer; else the product's
        :param warehouse_id: from which warehouse it ships
        :param location_id: from which location it ships, where that is known better
        :raise AccessError: for who is no employee, or may not read the line, the product or the warehouse
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Quantities in stock are shown to employees only."))
        product, unit, warehouse, location = (
            self.env[model].browse(record_id or ())
            for model, record_id in (
                ("product.product", product_id),
                ("uom.uom", uom_id),
                ("stock.warehouse", warehouse_id),
                ("stock.location", location_id),
            )
        )
        for records in (self, product, unit, warehouse, location):
            records.check_access("read")
        return self.env["stock.quantities"]._prepare(
            self, product, unit or product.uom_id, location or warehouse.lot_stock_id
        )

    def _get_availability_text(self, coverage):
        """Return the status in words: "60 now, 190 on 9 Dec"; see also :meth:`_get_missing_words`."""
        if coverage.status == "missing":
            return self.env._("nothing in stock or on order")
        if coverage.is_together:
            return self._get_together_text(coverage.expected_date)
        parts = []
        if coverage.has("now"):
            parts.append(self.env._("%s now", format_quantity(self.env, coverage.now)))
        if coverage.has("dated"):
            parts.append(
                self.env._(
                    "%(quantity)s on %(date)s",
                    quantity=format_quantity(self.env, coverage.dated),
                    date=self._format_day(coverage.expected_date),
                )
            )
        if coverage.has("dateless"):
            parts.append(self.env._("%s without a date", format_quantity(self.env, coverage.dateless)))
        return ", ".join(parts)

    def _get_together_text(self, date):
        """Return in words that the line ships with all the others, whatever of it is there now."""
        if not date:
            return self.env._("together with all, no date yet")
        return self.env._("together with all on %s", self._format_day(date))

    @api.model
    def _get_taken_text(self, held, expected):
        """Return in words that what there is, and comes, is all for others: "all 120 expected are for others".

        One is not counted, nor less than two, nor what is too little to be told in the unit of the line.
        """
        told = [
            float_round(quantity, precision_digits=get_digits(self.env), rounding_method="DOWN")
            for quantity in (held, expected)
        ]
        is_counted = all(count >= 2 for count, quantity in zip(told, (held, expected), strict=True) if quantity > NOISE)
        held_text, expected_text = (format_quantity(self.env, quantity) for quantity in told)
        if held > NOISE and expected > NOISE:
            if not is_counted:
                return self.env._("all that is in stock and expected is for others")
            return self.env._(
                "all %(held)s in stock and %(expected)s expected are for others", held=held_text, expected=expected_text
            )
        if held > NOISE:
            if not is_counted:
                return self.env._("all that is in stock is for others")
            return self.env._("all %s in stock are for others", held_text)
        if not is_counted:
            return self.env._("all that is expected is for others")
        return self.env._("all %s expected are for others", expected_text)

    @api.model
    def _search_availability_status(self, operator, value):
        # Odoo leaves it to the search of a field to keep it from who may not read it.
        self._check_field_access(self._fields["availability_status"], "read")
        if operator != "in":
            return NotImplemented
        coverages = self.search(self._search_availability_candidates())._get_coverage()
        domain = Domain("id", "in", [key for key, coverage in coverages.items() if coverage.status in value])
        if False in value:  # also a candidate may turn out to want nothing
            domain |= Domain("id", "not in", list(coverages))
        return domain

    @api.model
    def _search_availability_candidates(self):
        """Return a domain of the records that can have a stock status at all: no other has one."""
        raise NotImplementedError
