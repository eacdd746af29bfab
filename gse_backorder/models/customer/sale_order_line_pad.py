from odoo import api, fields, models
from odoo.tools import formatLang

from ..chain.wording import format_quantity
from ..engine.coverage import Coverage


class SaleOrderLine(models.Model):
    """What the customer was shown of the line when he ordered it on his pad."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "stock.engine.facts"]

    pad_status = fields.Selection(
        selection=lambda self: self._fields["availability_status"].selection,
        string="Status Shown",
        readonly=True,
        copy=False,
        groups="base.group_user",
        fact=True,
        help="The stock status that the customer was shown when he ordered.",
    )
    pad_date = fields.Date(
        string="Date Shown",
        readonly=True,
        copy=False,
        groups="base.group_user",
        fact=True,
        help="When all of the line ships, as the customer was shown it when he ordered; empty for no date.",
    )
    pad_price = fields.Float(
        string="Price Shown",
        digits="Product Price",
        readonly=True,
        copy=False,
        groups="base.group_user",
        fact=True,
        help="The price of a unit without taxes, as the customer was shown it when he ordered.",
    )
    pad_text = fields.Char(
        string="Shown When Ordered",
        readonly=True,
        copy=False,
        groups="base.group_user",
        fact=True,
        help="What the customer was told of the stock when he ordered, in his words.",
    )

    def _get_pad_shown(self):
        """Return what the customer was shown: status, day and price."""
        return self.pad_status, self.pad_date, self._round_pad_price(self.pad_price)

    @api.model
    def _join_told(self, coverages):
        """Return how lines of one product are covered together, in its unit; False where they want no stock.

        :param coverages: those of the lines, each in the unit of its own
        """
        return bool(coverages) and Coverage.join(coverage.exact or coverage for coverage in coverages)

    def _get_pad_now(self, line, coverages):
        """Return the same of *line* as it is now; ``self`` are all lines of its product, which are told as one.

        :param coverages: those of the order's lines by their ids, see ``_get_coverage``
        """
        together = self._join_told([coverages[one.id] for one in self if one.id in coverages])
        day = together and line._get_day(together.get_promise_date(fields.Datetime.now()))
        return together and together.status, day, self._round_pad_price(line.price_reduce_taxexcl)

    def _round_pad_price(self, price):
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return round(price, digits)

    def _tell_pad_change(self, was, now):
        """Return in words what the line was and is, of that which is another: no more than its customer sees."""
        before, after = [], []
        if was[0] != now[0] or (self.company_id.customer_order_shows != "status" and was[1] != now[1]):
            before.append(self._tell_pad_stock(*was[:2]))
            after.append(self._tell_pad_stock(*now[:2]))
        if was[2] != now[2]:
            before.append(formatLang(self.env, was[2], currency_obj=self.currency_id))
            after.append(formatLang(self.env, now[2], currency_obj=self.currency_id))
        return {"was": ", ".join(before), "now": ", ".join(after)}

    def _tell_pad_stock(self, status, day):
        labels = dict(self._fields["availability_status"]._description_selection(self.env))
        if self.company_id.customer_order_shows == "status" or status == "available" or not status:
            return labels.get(status, "")
        return self.env._("on %s", self._format_date(day)) if day else self.env._("no date yet")

    def _format_pad_quantity(self):
        return f"{format_quantity(self.env, self.product_uom_qty)} {self.product_uom_id.name}"
