from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import arguments, without_jit
from ..models.chain.stock_day_mixin import get_day, get_start_of_day
from .stock_backorder_report import AGES

# So many products, customers and vendors are named.
NAMED = 8
PERIODS = (30, 90, 365)
# The columns of the analysis whose definition is told beside their figure.
DEFINED = ("first_fill_rate", "order_fill_rate", "on_time_rate", "days_to_fulfil")
# What the figures are made of: those of what is open, of what has shipped, and of what was closed.
OPEN_COLUMNS = ("customer_id", "product_id", "warehouse_id", "company_id", "age", "open_value")
SHIPPED_COLUMNS = ("first_delivery_day", "first_fill_rate", "order_fill_rate")
CLOSED_COLUMNS = ("last_day", "days_to_fulfil", "on_time_rate")
# The rates of a period, none where nothing has shipped or was closed in it.
NO_RATES = dict.fromkeys(("first_fill", "order_fill", "on_time", "days_average", "days_p90"), None)


class StockBackorderHealth(models.AbstractModel):
    """The figures of the dashboard, from the same rows as the analysis: see ``stock.backorder.report``.

    They are read in three queries, of what is open, has shipped and was closed: what is many is added up where it is
    read, by few values, as several processes of the database can do at once.
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
        # A period begins with a day of the warehouse that was chosen, else of the company, wherever the reader is.
        zone = self.env["stock.warehouse"].browse(warehouse_id)._get_zone(self.env.company)
        since = get_day(fields.Datetime.now(), zone) - timedelta(days=days)
        before = since - timedelta(days=days)
        base = Domain("warehouse_id", "=", warehouse_id) if warehouse_id else Domain.TRUE
        opened = base & Domain("state", "=", "open")
        shipped, compared_shipped = (base & Domain("first_delivery_day", ">=", day) for day in (since, before))
        closed, compared_closed = (
            base & Domain("last_day", ">=", day) & Domain("state", "!=", "open") for day in (since, before)
        )
        [(figures,)] = without_jit.execute_query(self.env, self._get_open_sql(report, opened))
        [(history,)] = without_jit.execute_query(self.env, self._get_shipped_sql(report, compared_shipped, since))
        [(closings,)] = without_jit.execute_query(self.env, self._get_closed_sql(report, compared_closed, since))
        rates, rates_before = (
            {"lines": 0, **NO_RATES, **(history["periods"] or {}).get(ago, {}), **(closings or {}).get(ago, {})}
            for ago in ("0", "1")
        )
        return {
            # Also a history of which nothing is open, and nothing has shipped of late, is one.
            "is_empty": not figures["open"]["lines"] and not rates["lines"] and not report.search_count(base, limit=1),
            **self._prepare_choices(days, warehouse_id),
            "open": {**figures["open"], "domain": list(opened)},
            "ready": self._get_ready(warehouse_id),
            "ages": self._name_ages(figures["ages"], opened),
            "products": self._name_groups(figures["products"], "product_id", opened),
            "customers": self._name_groups(figures["customers"], "customer_id", opened),
            "warehouses_open": self._name_groups(figures["warehouses"], "warehouse_id", opened),
            "rates": {
                **rates,
                "shipped_domain": list(shipped),
                "closed_domain": list(closed),
                "backordered_domain": list(shipped & Domain("is_backordered", "=", True)),
            },
            "before": rates_before,
            "weeks": [self._name_week(week, base, since) for week in history["weeks"] or ()],
            "vendors": self._get_vendors(get_start_of_day(since, zone)),
            "definitions": {name: report._fields[name]._description_help(self.env) for name in DEFINED},
        }

    @api.model
    def _prepare_choices(self, days, warehouse_id):
        """Return what the reader has chosen, and between what he can."""
        houses = self.env["stock.warehouse"].search_read([("company_id", "in", self.env.companies.ids)], ["name"])
        return {
            "days": days,
            "periods": list(PERIODS),
            "warehouse_id": warehouse_id or False,
            "warehouses": houses,
            "currency_id": self.env.company.currency_id.id,
        }

    @api.model
    def _get_open_sql(self, report, domain):
        """What is open: in all, and by what it is told; the chains are counted by themselves, along their index."""
        allowed = self._get_allowed(report, domain)
        return SQL(
            """
            WITH own AS NOT MATERIALIZED (
                     SELECT *, open_value * %(rate)s AS value FROM (%(allowed)s) AS allowed
                 ),
                 aged AS MATERIALIZED (
                     SELECT MIN(age) AS age, COUNT(*) AS lines, SUM(value) AS value
                       FROM own
                   GROUP BY %(ages)s
                 ),
                 grouped AS MATERIALIZED (  -- all in one pass
                     SELECT product_id, customer_id, warehouse_id, COUNT(*) AS lines, SUM(value) AS value,
                            GROUPING(product_id) = 0 AND product_id IS NOT NULL AS is_by_product,
                            GROUPING(customer_id) = 0 AND customer_id IS NOT NULL AS is_by_customer,
                            GROUPING(warehouse_id) = 0 AND warehouse_id IS NOT NULL AS is_by_warehouse
                       FROM own
                   GROUP BY GROUPING SETS ((product_id), (customer_id), (warehouse_id))
                 )
            SELECT json_build_object(
                'open', (SELECT json_build_object(
                    'lines', COALESCE(SUM(lines), 0),
                    'orders', (SELECT COUNT(*) FROM (SELECT DISTINCT root_id FROM (%(roots)s) AS every) AS by_root),
                    'customers', (SELECT COUNT(*) FROM grouped WHERE is_by_customer),
                    'value', COALESCE(SUM(value), 0)) FROM aged),
                'ages', (SELECT json_object_agg(age, json_build_object('lines', lines, 'value', value)) FROM aged),
                'products', %(products)s,
                'customers', %(customers)s,
                'warehouses', %(warehouses)s
            )
            """,
            rate=self._get_rate(SQL("company_id")),
            # By truths, of which the planner knows that there are two each: of an age it would expect many.
            ages=SQL(", ").join(SQL("age = %s", age) for age, _label in AGES),
            allowed=allowed(OPEN_COLUMNS),
            roots=allowed(("root_id",)),
            products=self._get_top("product"),
            customers=self._get_top("customer"),
            warehouses=self._get_top("warehouse"),
        )

    @api.model
    def _get_shipped_sql(self, report, domain, since):
        """What has shipped in the period (``ago`` 0) and in the one before (1), and in each week of the first."""
        return SQL(
            """
            WITH day AS MATERIALIZED (  -- few, made in one pass of the many
                     SELECT first_delivery_day, COUNT(*) AS lines, SUM(first_fill_rate) AS first_fill,
                            SUM(order_fill_rate) AS order_fill, COUNT(order_fill_rate) AS orders
                       FROM (%(allowed)s) AS allowed
                   GROUP BY first_delivery_day
                 ),
                 period AS (
                     SELECT (first_delivery_day < %(since)s)::int AS ago, SUM(lines) AS lines,
                            SUM(first_fill)::float / SUM(lines) AS first_fill,
                            SUM(order_fill)::float / NULLIF(SUM(orders), 0) AS order_fill
                       FROM day
                   GROUP BY ago
                 ),
                 week AS (
                     SELECT date_trunc('week', first_delivery_day)::date AS first, SUM(lines) AS lines,
                            SUM(first_fill)::float / SUM(lines) AS first_fill
                       FROM day
                      WHERE first_delivery_day >= %(since)s
                   GROUP BY first
                 )
            SELECT json_build_object(
                'periods', (SELECT json_object_agg(ago, to_json(period)) FROM period),
                'weeks', (SELECT json_agg(week ORDER BY first) FROM week)
            )
            """,
            allowed=self._get_allowed(report, domain)(SHIPPED_COLUMNS),
            since=since,
        )

    @api.model
    def _get_closed_sql(self, report, domain, since):
        """What was closed in the period (``ago`` 0) and in the one before (1).

        A percentile is told in whole days: within so many nine of ten lines were fulfilled.
        """
        return SQL(
            """
            WITH day AS MATERIALIZED (  -- few, made in one pass of the many
                     SELECT last_day < %(since)s AS is_before, CEIL(days_to_fulfil)::int AS days,
                            SUM(on_time_rate) AS on_time, COUNT(on_time_rate) AS promised,
                            SUM(days_to_fulfil) AS days_sum, COUNT(days_to_fulfil) AS lines
                       FROM (%(allowed)s) AS allowed
                   GROUP BY 1, 2
                 ),
                 counted AS (
                     SELECT *, SUM(lines) OVER (PARTITION BY is_before ORDER BY days) AS within,
                            SUM(lines) OVER (PARTITION BY is_before) AS fulfilled
                       FROM day
                 ),
                 period AS (
                     SELECT is_before::int AS ago, SUM(on_time)::float / NULLIF(SUM(promised), 0) AS on_time,
                            SUM(days_sum) / NULLIF(SUM(lines), 0) AS days_average,
                            MIN(days) FILTER (WHERE within >= 0.9 * fulfilled) AS days_p90
                       FROM counted
                   GROUP BY is_before
                 )
            SELECT json_object_agg(ago, to_json(period)) FROM period
            """,
            allowed=self._get_allowed(report, domain)(CLOSED_COLUMNS),
            since=since,
        )

    @api.model
    def _get_allowed(self, report, domain):
        """Return a function of columns: a query for them of the rows of a *domain* that the user may see, of his
        companies."""
        query = report._search(domain & Domain("company_id", "in", self.env.companies.ids))
        return lambda columns: query.select(*(SQL.identifier(report._table, column) for column in columns))

    @api.model
    def _get_rate(self, company_id):
        """Return what one unit of the currency of *company_id* is worth in that of the current company, as SQL."""
        company, today = self.env.company, fields.Date.context_today(self)
        rates = (
            SQL(
                "WHEN %s THEN %s::float",
                other.id,
                other.currency_id._get_conversion_rate(other.currency_id, company.currency_id, company, today),
            )
            for other in self.env.companies
        )
        return SQL("CASE %s %s END", company_id, SQL(" ").join(rates))

    @api.model
    def _get_top(self, kind):
        """Return of which products, customers or warehouses (*kind*) the most is open, by value, as SQL."""
        return SQL(
            """
            (SELECT json_agg(top) FROM (
                SELECT %(column)s AS id, lines, value
                  FROM grouped
                 WHERE %(is_by)s
              ORDER BY value DESC, lines DESC, %(column)s
                 LIMIT %(named)s) AS top)
            """,
            column=SQL.identifier(f"{kind}_id"),
            is_by=SQL.identifier(f"is_by_{kind}"),
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
    def _name_week(self, week, domain, since):
        """Call a week by its first day, and say which rows are in it."""
        first = fields.Date.to_date(week["first"])
        own = Domain("first_delivery_day", ">=", max(first, since)) & Domain(
            "first_delivery_day", "<", first + timedelta(days=7)
        )
        return {
            **week,
            "label": self.env["stock.warehouse"]._format_date(first),
            "domain": list(domain & own),
        }

    @api.model
    def _get_ready(self, warehouse_id):
        """Return what can ship to customers now: its value, at the order's price, else at cost, and its deliveries."""
        domain = (
            Domain("is_bound_for_customer", "=", True)
            & Domain("location_id.usage", "!=", "supplier")  # what a vendor ships is not here
            & Domain("fulfillment_state", "in", ("partial", "ready"))
            & Domain("company_id", "in", self.env.companies.ids)
        )
        if warehouse_id:
            domain &= Domain("picking_type_id.warehouse_id", "=", warehouse_id)
        self.env["stock.move"].flush_model(["picking_id", "quantity", "state"])
        report = self.env["stock.backorder.report"]
        query = SQL(
            """
            SELECT COALESCE(SUM(%(rate)s * line.quantity * COALESCE((%(price)s), line.cost, 0)), 0)
              FROM (
                  SELECT move.company_id, move.sale_line_id, move.product_id, item.uom_id, item.factor,
                         move.quantity * COALESCE(unit.factor / NULLIF(item.factor, 0), 1) AS quantity,
                         (product.standard_price ->> move.company_id::varchar)::float AS cost
                    FROM stock_move AS move
                    JOIN (%(items)s) AS item ON item.id = move.product_id
                    JOIN product_product AS product ON product.id = move.product_id
                    JOIN uom_uom AS unit ON unit.id = move.product_uom
                   WHERE move.picking_id IN (%(deliveries)s)
                     AND move.state IN ('partially_available', 'assigned')
                     AND move.quantity > 0
              ) AS line
            """,
            rate=self._get_rate(SQL("line.company_id")),
            price=report._get_price_sql(),
            items=report._get_item_sql(),
            deliveries=self.env["stock.picking"]._search(domain).subselect(),
        )
        [(value,)] = without_jit.execute_query(self.env, query)
        return {"value": value, "domain": list(domain)}

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
