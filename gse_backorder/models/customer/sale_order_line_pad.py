from typing import NamedTuple

from odoo import fields, models
from odoo.tools import formatLang

from ..chain.wording import format_quantity
from ..engine.coverage import Coverage


class Told(NamedTuple):
    """What is told of a line of an order: that is the same for all lines of its product."""

    status: str | bool = False  # False where it wants no stock
    day: object = False  # when all of it ships; False for no date
    has_part: bool = False  # whether a part could ship now
    is_alone: bool = True  # whether there is no other line of its product
    is_together: bool = False  # whether it waits until all of the order ships together


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

    def _get_told(self, coverages, is_each_alone=False):
        """Return ``{line: Told}`` of these lines of one order, as they are now.

        Rows of one product are told the same, of all of them together: who splits what he wants into ones would else
        count what there is.

        :param coverages: those of the lines that want stock by their ids, see ``_get_coverage``
        :param is_each_alone: for who may count it: each is told by itself
        """
        now, told = fields.Datetime.now(), {}
        for lines in self if is_each_alone else self.grouped("product_id").values():
            wanted = [coverages[line.id] for line in lines if line.id in coverages]
            # Each is in the unit of its own line; what is exact is in that of the product.
            joined = bool(wanted) and Coverage.join(coverage.exact or coverage for coverage in wanted)
            one = Told(is_alone=len(lines) == 1)
            if joined:
                day = lines[:1]._get_day(joined.get_promise_date(now))
                one = one._replace(
                    status=joined.status, day=day, has_part=joined.has("now"), is_together=joined.is_together
                )
            told.update(dict.fromkeys(lines, one))
        return told

    def _get_pad_now(self, told):
        """Return the same of the line as it is now, see :meth:`_get_told`."""
        one = told[self]
        return one.status, one.day, self._round_pad_price(self.price_reduce_taxexcl)

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
