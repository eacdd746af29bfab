from odoo import api, fields, models
from odoo.tools import SQL

# Older receipts say little of how a vendor is now; it is as long as Odoo looks back for its own on-time rate.
RECORD_DAYS = 365


class ResPartner(models.Model):
    """How late a vendor usually is."""

    _name = "res.partner"
    _inherit = ["res.partner", "stock.engine.facts"]

    vendor_delay_days = fields.Integer(
        string="Usual Delay",
        company_dependent=True,
        readonly=True,
        copy=False,
        groups="purchase.group_purchase_user,stock.group_stock_user",
        fact=True,
        help="By how many days the vendor was late on average over the last year, weighted by quantity; what came"
        " early counts as on time. It is worked out each night from the Vendor Delay Report.",
    )

    @api.model
    def _cron_vendor_delay(self):
        """Write down for each company how late each vendor usually is."""
        self.env["stock.move"].flush_model()
        self.env["purchase.order.line"].flush_model()
        companies = self.env["res.company"].search([("active", "=", True)])
        for root, branches in companies.grouped("root_id").items():
            delays = self._get_vendor_delays(root)
            for company in branches:
                self.with_company(company)._write_vendor_delays(delays)

    @api.model
    def _write_vendor_delays(self, delays):
        known = self.search([("vendor_delay_days", "!=", 0)]) | self.browse(delays)
        changed = known.filtered(lambda vendor: vendor.vendor_delay_days != delays.get(vendor.id, 0))
        for days, vendors in changed.grouped(lambda vendor: delays.get(vendor.id, 0)).items():
            vendors._write_facts({"vendor_delay_days": days})

    @api.model
    def _get_vendor_delays(self, company):
        """Return ``{vendor id: whole days}`` from the Vendor Delay Report, of what was received in full.

        Days are those of the warehouse that receives.

        :param company: it, and its branches
        """
        days, where = self.env["stock.warehouse"], (SQL("type.warehouse_id"), SQL("line.company_id"))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT report.partner_id,
                       ROUND(SUM(report.qty_total * GREATEST(0, %(came)s - %(planned)s))
                             / SUM(report.qty_total))::int
                  FROM vendor_delay_report AS report
                  JOIN purchase_order_line AS line ON line.id = report.id
                  JOIN purchase_order AS purchase ON purchase.id = line.order_id
                  JOIN stock_picking_type AS type ON type.id = purchase.picking_type_id
                 WHERE line.company_id = ANY (%(companies)s)
                   AND line.qty_received >= line.product_qty
                   AND report.qty_total > 0
                   AND report.date > %(since)s
              GROUP BY report.partner_id
                """,
                companies=self.env["res.company"].search([("id", "child_of", company.id)]).ids,
                came=days._get_day_sql(SQL("report.date"), *where),
                planned=days._get_day_sql(SQL("line.date_planned"), *where),
                since=fields.Datetime.subtract(fields.Datetime.now(), days=RECORD_DAYS),
            )
        )
        return dict(rows)
