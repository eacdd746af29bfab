from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import arguments
from .stock_backorder_report import AGES

# So many products, customers and vendors are named.
NAMED = 8
PERIODS = (30, 90, 365)
# The columns of the analysis whose definition is told beside their figure.
DEFINED = ("first_fill_rate", "order_fill_rate", "on_time_rate", "days_to_fulfil")
# What the figures are made of: those of what is open, and those of what has shipped.
OPEN_COLUMNS = ("root_id", "customer_id", "product_id", "warehouse_id", "company_id", "age", "open_value")
HISTORY_COLUMNS = (
    "state",
    "first_delivery_day",
    "last_date",
    "is_backordered",
    "days_to_fulfil",
    "first_fill_rate",
    "order_fill_rate",
    "on_time_rate",
)


class StockBackorderHealth(models.AbstractModel):
    """The figures of the dashboard, from the same rows as the analysis: see ``stock.backorder.report``.

    They are read in two queries, of what is open and of what has shipped: each works out its rows once, and of the many
    that have shipped only what their figures need.
    """

    _name = "stock.backorder.health"
    _description = "Backorder Health"

    @arguments.public(warehouse_id=arguments.one_id_or_none)
    @api.model
    def get_health(self, days=None, warehouse_id=None):
        """Return the figures of the user's companies, in the currency of the current one.

        :param int days: of what has shipped within so many days; one of ``PERIODS``, the first of them by default
        :param int warehouse_id: of this warehouse only
        :return: a dictionary of plain values; each figure comes with the ``domain`` of its rows
        :raise AccessError: if the user may not read the analysis
        """
        report = self.env["stock.backorder.report"]
        report.check_access("read")
        days = days if days in PERIODS else PERIODS[0]
        since = fields.Datetime.now() - timedelta(days=days)
        base = Domain("warehouse_id", "=", warehouse_id) if warehouse_id else Domain.TRUE
        opened = base & Domain("state", "=", "open")
        shipped = base & Domain("first_delivery_day", ">=", since.date())
        closed = base & Domain("last_date", ">=", since) & Domain("state", "!=", "open")
        [(figures,)] = self.env.execute_query(self._get_open_query(report, opened))
        [(history,)] = self.env.execute_query(self._get_history_query(report, shipped | closed, since))
        return {
            # Also a history of which nothing is open, and nothing has shipped of late, is one.
            "is_empty": not figures["open"]["lines"]
            and not history["count"]
            and not report.search_count(base, limit=1),
            "days": days,
            "periods": list(PERIODS),
            "warehouse_id": warehouse_id or False,
            "warehouses": self.env["stock.warehouse"].search_read(
                [("company_id", "in", self.env.companies.ids)], ["name"]
            ),
            "currency_id": self.env.company.currency_id.id,
            "open": {**figures["open"], "domain": list(opened)},
            "ages": self._name_ages(figures["ages"], opened),
            "products": self._name_groups(figures["products"], "product_id", opened),
            "customers": self._name_groups(figures["customers"], "customer_id", opened),
            "warehouses_open": self._name_groups(figures["warehouses"], "warehouse_id", opened),
            "rates": {
                **history["rates"],
                "shipped_domain": list(shipped),
                "closed_domain": list(closed),
                "backordered_domain": list(shipped & Domain("is_backordered", "=", True)),
            },
            "weeks": [
                {**week, "domain": list(base & self._get_week_domain(week["week"]))} for week in history["weeks"] or ()
            ],
            "vendors": self._get_vendors(since),
            "definitions": {name: report._fields[name]._description_help(self.env) for name in DEFINED},
        }

    @api.model
    def _get_open_query(self, report, domain):
        return SQL(
            """
            WITH rate AS (%(rates)s),
                 own AS MATERIALIZED (
                     SELECT allowed.*, open_value * rate.rate AS value
                       FROM (%(allowed)s) AS allowed
                       JOIN rate ON rate.company_id = allowed.company_id
                 )
            SELECT json_build_object(
                'open', json_build_object(
                    'lines', COUNT(*),
                    'orders', (SELECT COUNT(*) FROM (SELECT DISTINCT root_id FROM own) AS by_root),
                    'customers', (SELECT COUNT(customer_id) FROM (SELECT DISTINCT customer_id FROM own) AS by_customer),
                    'value', COALESCE(SUM(value), 0)),
                'ages', (SELECT json_object_agg(age, figures) FROM (
                    SELECT age, json_build_object('lines', COUNT(*), 'value', SUM(value)) AS figures
                      FROM own GROUP BY age) AS by_age),
                'products', %(products)s,
                'customers', %(customers)s,
                'warehouses', %(warehouses)s
            )
              FROM own
            """,
            rates=self._get_rates(),
            allowed=self._get_allowed(report, domain, OPEN_COLUMNS),
            products=self._get_top("product_id"),
            customers=self._get_top("customer_id"),
            warehouses=self._get_top("warehouse_id"),
        )

    @api.model
    def _get_history_query(self, report, domain, since):
        return SQL(
            """
            WITH own AS MATERIALIZED (
                     SELECT date_trunc('week', first_delivery_day) AS week,
                            first_delivery_day >= %(since)s::date AS is_shipped,
                            last_date >= %(since)s AND state != 'open' AS is_closed, is_backordered,
                            days_to_fulfil, first_fill_rate, order_fill_rate, on_time_rate
                       FROM (%(allowed)s) AS allowed
                 )
            SELECT json_build_object(
                'count', COUNT(*),
                'rates', json_build_object(
                    'lines', COUNT(*) FILTER (WHERE is_shipped),
                    'first_fill', AVG(first_fill_rate) FILTER (WHERE is_shipped),
                    'order_fill', AVG(order_fill_rate) FILTER (WHERE is_shipped),
                    'on_time', AVG(on_time_rate) FILTER (WHERE is_closed),
                    'days_average', AVG(days_to_fulfil) FILTER (WHERE is_closed),
                    'days_p90',
                        percentile_cont(0.9) WITHIN GROUP (ORDER BY days_to_fulfil) FILTER (WHERE is_closed)),
                'weeks', (SELECT json_agg(by_week ORDER BY week) FROM (
                    SELECT to_char(week, 'YYYY-MM-DD') AS week, COUNT(*) AS lines,
                           COUNT(*) FILTER (WHERE is_backordered) AS backordered, AVG(first_fill_rate) AS first_fill
                      FROM own WHERE is_shipped GROUP BY own.week) AS by_week)
            )
              FROM own
            """,
            allowed=self._get_allowed(report, domain, HISTORY_COLUMNS),
            since=since,
        )

    @api.model
    def _get_allowed(self, report, domain, columns):
        """Return a query for the *columns* of the rows of a *domain* that the user may see, of his companies."""
        return report._search(domain & Domain("company_id", "in", self.env.companies.ids)).select(
            SQL(", ").join(SQL.identifier(report._table, column) for column in columns)
        )

    @api.model
    def _get_rates(self):
        """Return what one unit of each company's currency is worth in that of the current one, as SQL."""
        company, today = self.env.company, fields.Date.context_today(self)
        rates = {
            other.id: other.currency_id._get_conversion_rate(other.currency_id, company.currency_id, company, today)
            for other in self.env.companies
        }
        return SQL(
            "SELECT * FROM unnest(%s::int[], %s::float[]) AS rate (company_id, rate)",
            list(rates),
            list(rates.values()),
        )

    @api.model
    def _get_top(self, column):
        """Return of what or of whom the most is open, by value, as SQL."""
        return SQL(
            """
            (SELECT json_agg(top) FROM (
                SELECT %(column)s AS id, COUNT(*) AS lines, SUM(value) AS value
                  FROM own
                 WHERE %(column)s IS NOT NULL
              GROUP BY %(column)s
              ORDER BY SUM(value) DESC, COUNT(*) DESC, %(column)s
                 LIMIT %(named)s) AS top)
            """,
            column=SQL.identifier(column),
            named=NAMED,
        )

    @api.model
    def _name_ages(self, figures, domain):
        labels = dict(self.env["stock.backorder.report"]._fields["age"]._description_selection(self.env))
        return [
            {
                "label": labels[age],
                **((figures or {}).get(age) or {"lines": 0, "value": 0}),
                "domain": list(domain & Domain("age", "=", age)),
            }
            for age, _label in AGES
        ]

    @api.model
    def _name_groups(self, figures, column, domain):
        # Who may read the analysis may read the names in it.
        records = self.env["stock.backorder.report"][column].sudo().browse(row["id"] for row in figures or ())
        names = {record.id: record.display_name for record in records}
        return [
            {**row, "label": names[row["id"]], "domain": list(domain & Domain(column, "=", row["id"]))}
            for row in figures or ()
        ]

    @api.model
    def _get_week_domain(self, week):
        first = fields.Date.to_date(week)
        return Domain("first_delivery_day", ">=", first) & Domain("first_delivery_day", "<", first + timedelta(days=7))

    @api.model
    def _get_vendors(self, since):
        """Return the vendors with the lowest on-time rate, from Odoo's own report; none for who may not read that."""
        report = self.env["vendor.delay.report"]
        if not report.has_access("read"):
            return []
        # What is not due yet says nothing; what other companies receive, also from the same vendor, is their business.
        domain = [
            ("date", ">=", fields.Datetime.to_string(since)),
            ("date", "<=", fields.Datetime.to_string(fields.Datetime.now())),
            ("purchase_line_id.company_id", "in", self.env.companies.ids),
        ]
        groups = report._read_group(
            domain, ["partner_id"], ["on_time_rate:sum", "qty_total:sum"], limit=NAMED,
            order="on_time_rate:sum, partner_id",
        )  # fmt: skip
        return [
            {
                "label": partner.sudo().display_name,
                "rate": rate,
                "domain": [*domain, ("partner_id", "=", partner.id)],
            }
            for partner, rate, _quantity in groups
        ]
