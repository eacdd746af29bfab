from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from .. import arguments

# From the best to the worst: a document is as good as its worst line.
STATUS_ORDER = ("available", "short", "missing")


def get_worst(statuses):
    """Return the worst of *statuses* of lines, of which some may have none; False if all have none."""
    return max(filter(None, statuses), key=STATUS_ORDER.index, default=False)


class StockAvailabilityMixin(models.AbstractModel):
    """The stock status of a line: what ships now, what waits and until when.

    Read from pegging and never stored: it changes with every other claim and every receipt.
    """

    _name = "stock.availability.mixin"
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
    promise_date = fields.Datetime(
        string="Promised",
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
    order_today_date = fields.Date(
        string="If Ordered Today",
        compute="_compute_order_today_date",
        groups="base.group_user",
        help="Where no supply is known for a part of the line: when the vendor could bring it if it were ordered today."
        " An estimate, and no promise.",
    )

    @api.depends(lambda self: self._get_availability_triggers())
    def _compute_availability(self):
        coverages = self._get_coverage()
        for line in self:
            coverage = coverages.get(line.id)
            line.availability_status = coverage and coverage.status
            line.availability_text = coverage and line._get_availability_text(coverage)
            line.qty_available_now = coverage.now if coverage else 0.0
            line.qty_short = coverage.expected + coverage.uncovered if coverage else 0.0
            line.qty_uncovered = coverage.uncovered if coverage else 0.0
            line.promise_date = coverage and coverage.promise_date
            line.earliest_promise_date = coverage and coverage.earliest_date

    @api.depends("qty_uncovered")
    def _compute_order_today_date(self):
        for line in self:
            product = line.product_id.with_company(line.company_id)
            line.order_today_date = line.qty_uncovered > 0 and product._get_order_today_date()

    @api.model
    def _get_availability_triggers(self):
        """Return the names of the line's own fields on which its status depends."""
        return []

    def _get_coverage(self):
        """Return ``{id: Coverage}`` for the lines of ``self`` that want stock, in the unit of each line.

        The ids are those of the records in ``self``, new ones included.
        """
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
        """Return the status in words: "60 now, 190 on 9 Dec"."""
        if coverage.status == "missing":
            return self.env._("nothing in stock or on order")
        parts = []
        if coverage.has("now"):
            parts.append(self.env._("%s now", self._format_availability_quantity(coverage.now)))
        if coverage.has("dated"):
            parts.append(
                self.env._(
                    "%(quantity)s on %(date)s",
                    quantity=self._format_availability_quantity(coverage.dated),
                    date=self._format_availability_date(coverage.expected_date),
                )
            )
        if coverage.has("dateless"):
            parts.append(self.env._("%s without a date", self._format_availability_quantity(coverage.dateless)))
        return ", ".join(parts)

    def _format_availability_quantity(self, quantity):
        """Return *quantity* in the reader's notation, without superfluous zeros."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        is_whole = round(quantity, digits) == round(quantity)
        return formatLang(self.env, quantity, digits=0 if is_whole else digits)

    def _format_availability_date(self, date):
        local_date = fields.Datetime.context_timestamp(self, date).date()
        is_this_year = local_date.year == fields.Date.context_today(self).year
        return format_date(self.env, local_date, date_format="d MMM" if is_this_year else "d MMM y")

    @api.model
    def _search_availability_status(self, operator, value):
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
