from odoo import api, models
from odoo.tools import SQL, ormcache


class StockSupply(models.AbstractModel):
    """What is expected is as late as its vendor usually is, where the company counts that."""

    _inherit = "stock.supply"

    @api.model
    def _flush(self):
        result = super()._flush()
        if self._get_companies_counting_delays():
            self.env["stock.move"].flush_model(["purchase_line_id"])
            self.env["purchase.order.line"].flush_model(["partner_id"])
            self.env["res.partner"].flush_model(["vendor_delay_days"])
        return result

    @api.model
    def _get_due_sql(self):
        """Where the company counts it, what is expected is as late as its vendor usually is."""
        due, companies = super()._get_due_sql(), self._get_companies_counting_delays()
        if not companies:
            return due  # it is no company's setting: the query is planned without it
        return SQL(
            """
            %s + COALESCE((
                SELECT (vendor.vendor_delay_days ->> move.company_id::varchar)::int
                  FROM purchase_order_line AS line
                  JOIN res_partner AS vendor ON vendor.id = line.partner_id
                 WHERE line.id = move.purchase_line_id
                   AND move.company_id = ANY (%s)
            ), 0) * interval '1 day'
            """,
            due,
            list(companies),
        )

    @api.model
    @ormcache()
    def _get_companies_counting_delays(self):
        """Return the ids of the companies whose promises carry their vendors' records."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return tuple(companies.search([("promise_vendor_delay", "=", True)]).ids)
