from odoo import models
from odoo.tools import formatLang


class StockOrderPad(models.Model):
    """What the lines of a pad cost: what Odoo says of the order that they would make."""

    _inherit = "stock.order.pad"

    def _price(self, order):
        """Return ``{line of the order: its price without taxes}`` and the totals of *order*, as amounts by their names.

        The fields of the order say the same, see its test: line by line they work out each tax twice, and of 500 lines
        somebody waits for it.
        """
        taxes, company = self.env["account.tax"], order.company_id
        lines = order.order_line
        base_lines = [line._prepare_base_line_for_taxes_computation() for line in lines]
        subtotals = {}
        for line, base_line in zip(lines, base_lines, strict=True):
            taxes._add_tax_details_in_base_line(base_line, company)
            taxes._round_base_lines_tax_details([base_line], company)
            subtotals[line] = base_line["tax_details"]["total_excluded_currency"]
        if early := order._add_base_lines_for_early_payment_discount():
            taxes._add_tax_details_in_base_lines(early, company)
        base_lines += early
        taxes._round_base_lines_tax_details(base_lines, company)
        totals = taxes._get_tax_totals_summary(base_lines, order.currency_id, company)
        return subtotals, {
            "untaxed": totals["base_amount_currency"],
            "tax": totals["tax_amount_currency"],
            "total": totals["total_amount_currency"],
        }

    def _tell_amount(self, amount, currency):
        return formatLang(self.env, amount, currency_obj=currency)
