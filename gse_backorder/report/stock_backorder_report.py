from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainCondition, DomainOr
from odoo.tools import SQL

from .. import arguments
from ..models.picking_states import CUSTOMER_CODES

# A row in which one of these is later than a date has shipped since.
SHIPPED_COLUMNS = ("first_date", "first_delivery_day", "last_date", "fulfilled_date")
READ_DELIVERIES = "backorder_report_read_deliveries"  # its value counts only if it is a ReadDeliveries
AGES = [("a", "0-7 days"), ("b", "8-14 days"), ("c", "15-30 days"), ("d", "31-60 days"), ("e", "More than 60 days")]


class ReadDeliveries(NamedTuple):
    """Which deliveries, with their chains, tell all about the rows that are sought. No caller can send one."""

    since: datetime  # those that have shipped since; ``datetime.max`` for none, ``datetime.min`` for all there are
    with_open: bool  # and those of which something is open, else only the open ones of which something has shipped


EVERYTHING = ReadDeliveries(datetime.min, True)


class StockBackorderReport(models.Model):
    """What was ordered, and what became of it: a row for each line of an order, over the whole chain of its deliveries.

    All quantities are in the product's unit. The id of a row is that of the first move of the line.
    """

    _name = "stock.backorder.report"
    _description = "Backorder Analysis"
    _auto = False
    _order = "ordered_date desc, id desc"
    _rec_name = "product_id"

    root_id = fields.Many2one("stock.picking", string="Original Delivery", readonly=True)
    sale_id = fields.Many2one("sale.order", string="Order", readonly=True)
    customer_id = fields.Many2one("res.partner", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")

    ordered_date = fields.Datetime(readonly=True)
    promised_date = fields.Datetime(string="First Promised", readonly=True)
    first_date = fields.Datetime(string="First Shipped", readonly=True)
    first_delivery_day = fields.Date(
        string="First Delivery",
        readonly=True,
        help="The day on which the first part of the whole delivery has shipped, whether or not something of this line"
        " was in it; by the calendar of the warehouse.",
    )
    last_date = fields.Datetime(string="Last Shipped", readonly=True)
    fulfilled_date = fields.Datetime(readonly=True, help="When the last of it has shipped; empty while some is open.")
    state = fields.Selection(
        [("open", "Open"), ("fulfilled", "Fulfilled"), ("short", "Closed short"), ("cancel", "Cancelled")],
        readonly=True,
    )
    is_backordered = fields.Boolean(
        string="Backordered", readonly=True, help="It did not ship in full with the first delivery."
    )
    age = fields.Selection(AGES, readonly=True, help="Of what is open: since when the customer has been waiting.")

    line_count = fields.Integer(string="Lines", readonly=True)
    qty_ordered = fields.Float(string="Ordered", digits="Product Unit", readonly=True)
    qty_shipped = fields.Float(string="Shipped", digits="Product Unit", readonly=True)
    qty_first = fields.Float(
        string="Shipped First", digits="Product Unit", readonly=True, help="What shipped with the first delivery."
    )
    qty_over_shipped = fields.Float(
        string="Beyond the Order",
        digits="Product Unit",
        readonly=True,
        help="What has shipped, or will, beyond what was ordered: too much of it, or in exchange for what came back."
        " Ordered and this are together what has shipped, is open or was cancelled.",
    )
    qty_open = fields.Float(string="Open Quantity", digits="Product Unit", readonly=True)
    qty_cancelled = fields.Float(string="Cancelled Quantity", digits="Product Unit", readonly=True)
    open_value = fields.Monetary(readonly=True, help="What is open, at the price of the order, else at cost.")
    age_days = fields.Float(string="Days Open", aggregator="avg", readonly=True)
    days_to_fulfil = fields.Float(
        string="Days to Fulfil",
        aggregator="avg",
        readonly=True,
        help="From the order until the last of it has shipped.",
    )
    first_fill_rate = fields.Float(
        string="First-Time Line Fill Rate (%)",
        aggregator="avg",
        readonly=True,
        help="Of the lines of deliveries that have shipped, in full or in part: how many shipped all that was ordered"
        " with the first delivery (Shipped First is not less than Ordered). A line of which nothing shipped then counts"
        " as not filled.",
    )
    order_fill_rate = fields.Float(
        string="First-Time Order Fill Rate (%)",
        aggregator="avg",
        readonly=True,
        help="Of the deliveries that have shipped, in full or in part: with how many all lines shipped in full with the"
        " first delivery.",
    )
    on_time_rate = fields.Float(
        string="On Time in Full (%)",
        aggregator="avg",
        readonly=True,
        help="Of the closed lines that were promised and shipped: how many did so in full by the day first promised.",
    )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Only what the domain can find is worked out: most of a company's history has long been closed."""
        domain = Domain(domain).optimize_full(self)
        narrowed = self.with_context(**{READ_DELIVERIES: self._get_read_deliveries(domain)})
        return super(StockBackorderReport, narrowed)._search(domain, *args, **kwargs)

    @api.model
    def _get_read_deliveries(self, domain):
        """Return which deliveries tell all about the rows of an optimized *domain*: :class:`ReadDeliveries`."""
        if isinstance(domain, DomainAnd):
            # Those of any part do: the fewest are those that have shipped the latest.
            return max(map(self._get_read_deliveries, domain.children), key=lambda read: read.since)
        if isinstance(domain, DomainOr):
            parts = [self._get_read_deliveries(part) for part in domain.children]
            return ReadDeliveries(min(part.since for part in parts), any(part.with_open for part in parts))
        if isinstance(domain, DomainCondition):
            column, operator, value = domain.field_expr, domain.operator, domain.value
            if column == "state" and operator == "in" and set(value) == {"open"}:
                return ReadDeliveries(datetime.max, True)
            if column in SHIPPED_COLUMNS and operator in (">", ">=") and isinstance(value, date):
                return ReadDeliveries(self._get_earliest(value), False)
        return EVERYTHING

    @api.model
    def _get_earliest(self, value):
        """Return the moment at which *value*, a moment or a day, begins, wherever the warehouse is."""
        return value if isinstance(value, datetime) else datetime.combine(value, time.min) - timedelta(days=1)

    @property
    def _table_query(self):
        self._flush_report()
        return SQL(
            """
            WITH item AS MATERIALIZED (%(items)s),
                 %(deliveries)s,
                 part AS (%(parts)s),
                 line AS (%(lines)s),
                 chained AS (
                     SELECT *,
                            MIN(id) FILTER (WHERE first_date IS NOT NULL) OVER chain AS first_shipped_id,
                            bool_and(qty_first >= qty_ordered) OVER chain AS is_full_at_once,
                            %(first_day)s AS first_delivery_day
                       FROM line
                     WINDOW chain AS (PARTITION BY root_id)
                 )
            SELECT line.*,
                   1 AS line_count,
                   qty_shipped + qty_open + qty_cancelled - qty_ordered AS qty_over_shipped,
                   CASE WHEN qty_open > 0 THEN 'open'
                        WHEN qty_shipped = 0 THEN 'cancel'
                        WHEN qty_cancelled > 0 THEN 'short'
                        ELSE 'fulfilled'
                    END AS state,
                   (first_delivery_day IS NOT NULL AND qty_first < qty_ordered) AS is_backordered,
                   CASE WHEN qty_open > 0
                        THEN FLOOR(date_part('epoch', %(now)s - ordered_date) / 86400)
                    END AS age_days,
                   CASE WHEN qty_open = 0 THEN NULL
                        WHEN ordered_date > %(now)s - interval '8 days' THEN 'a'
                        WHEN ordered_date > %(now)s - interval '15 days' THEN 'b'
                        WHEN ordered_date > %(now)s - interval '31 days' THEN 'c'
                        WHEN ordered_date > %(now)s - interval '61 days' THEN 'd'
                        ELSE 'e'
                    END AS age,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 THEN last_date END AS fulfilled_date,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND ordered_date IS NOT NULL
                        THEN GREATEST(0, date_part('epoch', last_date - ordered_date) / 86400)
                    END AS days_to_fulfil,
                   CASE WHEN first_delivery_day IS NOT NULL
                        THEN (qty_first >= qty_ordered)::int * 100
                    END AS first_fill_rate,
                   CASE WHEN line.id = first_shipped_id THEN is_full_at_once::int * 100 END AS order_fill_rate,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND promised_date IS NOT NULL
                        THEN (qty_cancelled = 0 AND %(last_day)s <= %(promised_day)s)::int * 100
                    END AS on_time_rate,
                   CASE WHEN qty_open = 0 THEN 0
                        ELSE qty_open * COALESCE(CASE WHEN sale_line_id IS NOT NULL THEN (%(price)s) END, cost, 0)
                    END AS open_value
              FROM chained AS line
            """,
            items=self._get_item_query(),
            deliveries=self._get_delivery_queries(),
            parts=self._get_part_query(),
            lines=self._get_line_query(),
            price=self._get_price_query(),
            first_day=self._get_day(SQL("MIN(first_date) OVER chain")),
            last_day=self._get_day(SQL("last_date")),
            promised_day=self._get_day(SQL("promised_date")),
            now=SQL("%s::timestamp", fields.Datetime.now()),
        )

    @api.model
    def _get_day(self, moment):
        """Return the day of *moment* of a ``line``, by the calendar of its warehouse, as SQL."""
        return self.env["stock.warehouse"]._get_day_sql(moment, SQL("line.warehouse_id"), SQL("line.company_id"))

    @api.model
    def _flush_report(self):
        self.env["stock.move"].flush_model()
        self.env["stock.picking"].flush_model()
        self.env["sale.order.line"].flush_model(["price_subtotal", "product_uom_id", "product_uom_qty"])
        self.env["sale.order"].flush_model(["currency_rate"])
        self.env["product.product"].flush_model(["product_tmpl_id", "standard_price"])
        self.env["product.template"].flush_model(["categ_id", "uom_id"])

    @api.model
    def _get_item_query(self):
        """The products, with what their own units are."""
        return SQL(
            """
            SELECT product.id, product.standard_price, template.categ_id, template.uom_id, unit.factor
              FROM product_product AS product
              JOIN product_template AS template ON template.id = product.product_tmpl_id
              JOIN uom_uom AS unit ON unit.id = template.uom_id
            """
        )

    @api.model
    def _get_delivery_queries(self):
        """The deliveries to customers: where not all are needed, those that are, found by index, and their chains."""
        read = self.env.context.get(READ_DELIVERIES)
        since, with_open = read if isinstance(read, ReadDeliveries) else EVERYTHING
        types = self._get_delivery_types().ids
        deliveries = SQL(
            """
            SELECT id, COALESCE(backorder_root_id, id) AS root_id, backorder_index, backorder_last_index, sale_id,
                   customer_id, create_date, date_done, picking_type_id
              FROM stock_picking
            """
        )
        if since == datetime.min:
            return SQL("delivery AS (%s WHERE picking_type_id = ANY (%s))", deliveries, types)
        return SQL(
            """
            found AS MATERIALIZED (%(deliveries)s WHERE %(is_found)s),
            delivery AS (
                SELECT * FROM found
                 UNION ALL
                %(deliveries)s
                 WHERE id IN (SELECT root_id FROM found WHERE backorder_index > 0)
                   AND (%(is_found)s) IS NOT TRUE
                 UNION ALL
                %(deliveries)s
                 WHERE backorder_root_id IN (
                           SELECT root_id FROM found WHERE backorder_index > 0 OR backorder_last_index > 0
                       )
                   AND (%(is_found)s) IS NOT TRUE
            )
            """,
            deliveries=deliveries,
            is_found=SQL(
                """
                picking_type_id = ANY (%s)
                AND (
                    state IN ('draft', 'waiting', 'confirmed', 'assigned') AND %s
                    OR state = 'done' AND (date_done >= %s OR date_done IS NULL)
                    OR %s
                )
                """,
                types,
                SQL("TRUE") if with_open else self._get_partly_shipped(),
                since,
                # What is still to be picked is in no delivery, and told of one that has shipped.
                SQL("has_open_remainder") if with_open else SQL("FALSE"),
            ),
        )

    @api.model
    def _get_partly_shipped(self):
        """Return whether something of an open ``stock_picking`` has shipped, as SQL: Odoo ships lines alone, too."""
        return SQL(
            """
            COALESCE((
                SELECT TRUE  -- sought by index, delivery by delivery: there are far more lines that are done
                  FROM stock_move AS part
                 WHERE part.picking_id = stock_picking.id
                   AND part.state = 'done'
                 LIMIT 1
            ), FALSE)
            """
        )

    @api.model
    def _get_delivery_types(self):
        # Which moves are deliveries does not depend on who reads the figures; whose figures they are, the rules say.
        types = self.env["stock.picking.type"].sudo().with_context(active_test=False)
        return types.search([("code", "in", CUSTOMER_CODES)])

    @api.model
    def _get_part_query(self):
        """The moves of deliveries to customers, with what became of each, and what steps before them have still to do.

        The locations are few, and named: the planner knows how many moves there are of them. The order is the one in
        which they are taken together, first to lines and then to chains: they are sorted once.
        """
        return SQL(
            """
            SELECT move.id, delivery.root_id, delivery.backorder_index,
                   delivery.sale_id, delivery.customer_id, move.product_id, type.warehouse_id, move.company_id,
                   COALESCE(move.sale_line_id, -move.product_id) AS line_key, move.sale_line_id,
                   COALESCE(move.ordered_date, delivery.create_date) AS ordered_date, move.first_promise_date,
                   CASE WHEN move.state = 'done' THEN COALESCE(delivery.date_done, move.date) END AS shipped_date,
                   CASE WHEN move.state != 'done' THEN 0
                        WHEN move.product_uom = item.uom_id THEN move.quantity
                        ELSE move.quantity * COALESCE(unit.factor / NULLIF(item.factor, 0), 1)
                    END AS shipped,
                   CASE WHEN move.state NOT IN ('done', 'cancel') THEN move.product_qty ELSE 0 END AS open,
                   move.product_qty AS wanted, item.factor, item.uom_id, item.categ_id,
                   CASE WHEN move.state NOT IN ('done', 'cancel')
                        THEN (item.standard_price ->> move.company_id::varchar)::float
                    END AS cost
              FROM delivery
              JOIN stock_move AS move ON move.picking_id = delivery.id
              JOIN stock_picking_type AS type ON type.id = delivery.picking_type_id
              JOIN item ON item.id = move.product_id
              JOIN uom_uom AS unit ON unit.id = move.product_uom
             WHERE move.location_dest_id = ANY (%(customers)s)
               AND move.state != 'draft'
         UNION ALL
           (%(prepared)s)
          ORDER BY root_id, product_id, line_key
            """,
            customers=self.env["stock.location"]._get_customers_ids(),
            prepared=self._get_prepared_query(),
        )

    @api.model
    def _get_prepared_query(self):
        """The columns of :meth:`_get_part_query` of what is still picked or packed for a chain, and was given up there.

        It is in no delivery: it counts with the chain that the same steps have brought goods for before, as
        ``stock.picking._get_moves_in_preparation`` has it.
        """
        steps = self.env["stock.picking.type"].sudo().with_context(active_test=False)
        return SQL(
            """
            SELECT DISTINCT ON (move.id) move.id, delivery.root_id, 1, delivery.sale_id, delivery.customer_id,
                   move.product_id, type.warehouse_id, move.company_id,
                   COALESCE(move.sale_line_id, -move.product_id), move.sale_line_id,
                   COALESCE(move.ordered_date, delivery.create_date), move.first_promise_date, NULL::timestamp, 0,
                   CASE WHEN move.state != 'cancel' THEN move.product_qty ELSE 0 END, move.product_qty,
                   item.factor, item.uom_id, item.categ_id,
                   CASE WHEN move.state != 'cancel'
                        THEN (item.standard_price ->> move.company_id::varchar)::float
                    END
              FROM stock_picking AS step
              JOIN stock_move AS move ON move.picking_id = step.id
              JOIN stock_picking AS before
                ON before.sale_id = step.sale_id
               AND COALESCE(before.backorder_root_id, before.id) = COALESCE(step.backorder_root_id, step.id)
              JOIN stock_move AS brought ON brought.picking_id = before.id
              JOIN stock_move_move_rel AS link ON link.move_orig_id = brought.id
              JOIN stock_move AS next ON next.id = link.move_dest_id
         LEFT JOIN stock_move_move_rel AS onward ON onward.move_orig_id = next.id
         LEFT JOIN stock_move AS last ON last.id = onward.move_dest_id
              JOIN delivery ON delivery.id IN (next.picking_id, last.picking_id) AND delivery.sale_id = step.sale_id
              JOIN stock_picking_type AS type ON type.id = step.picking_type_id
              JOIN item ON item.id = move.product_id
             WHERE step.picking_type_id = ANY (%(types)s)
               AND move.state NOT IN ('draft', 'done')
               AND move.location_final_id = ANY (%(customers)s)
               AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel AS link WHERE link.move_orig_id = move.id)
          ORDER BY move.id, delivery.root_id
            """,
            types=steps.search([("code", "=", "internal")]).ids,
            customers=self.env["stock.location"]._get_customers_ids(),
        )

    @api.model
    def _get_line_query(self):
        """The moves of one line of an order taken together."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return SQL(
            """
            SELECT line.*, %(ordered)s AS qty_ordered
              FROM (
                  SELECT MIN(id) AS id, root_id, product_id, MIN(sale_line_id) AS sale_line_id,
                         MIN(sale_id) AS sale_id, MIN(customer_id) AS customer_id,
                         MIN(warehouse_id) AS warehouse_id, MIN(company_id) AS company_id, MIN(categ_id) AS categ_id,
                         MIN(factor) AS factor, MIN(uom_id) AS uom_id, MIN(cost) AS cost,
                         MIN(ordered_date) AS ordered_date, MIN(first_promise_date) AS promised_date,
                         MIN(shipped_date) AS first_date, MAX(shipped_date) AS last_date,
                         ROUND(SUM(shipped), %(digits)s) AS qty_shipped,
                         ROUND(COALESCE(SUM(shipped) FILTER (WHERE backorder_index = 0), 0), %(digits)s) AS qty_first,
                         ROUND(SUM(open), %(digits)s) AS qty_open,
                         ROUND(SUM(GREATEST(0, wanted - shipped - open)), %(digits)s) AS qty_cancelled,
                         ROUND(SUM(wanted), %(digits)s) AS qty_wanted
                    FROM part
                GROUP BY root_id, product_id, line_key
              ) AS line
            """,
            digits=digits,
            ordered=self._get_ordered(digits),
        )

    @api.model
    def _get_ordered(self, digits):
        """Return how much of a ``line`` was ordered, as ``stock.move._get_totals`` says it, as SQL."""
        return SQL(
            """
            LEAST(
                qty_wanted,
                (
                    SELECT ROUND(sold.product_uom_qty * %(factor)s, %(digits)s) + qty_cancelled
                      FROM sale_order_line AS sold
                     WHERE sold.id = line.sale_line_id
                       AND sold.product_id = line.product_id
                )
            )
            """,
            factor=self._get_sold_factor(),
            digits=digits,
        )

    @api.model
    def _get_sold_factor(self):
        """Return how many of the product's unit one of the unit is in which a ``line`` was ``sold``, as SQL."""
        return SQL(
            """
            CASE WHEN sold.product_uom_id = line.uom_id
                 THEN 1
                 ELSE (SELECT factor FROM uom_uom WHERE id = sold.product_uom_id) / line.factor
            END
            """
        )

    @api.model
    def _get_price_query(self):
        """The price of a unit of the product by the order, looked up where something is open: those are few."""
        return SQL(
            """
            SELECT sold.price_subtotal
                   / NULLIF(sold.product_uom_qty * %s, 0)
                   / NULLIF(sale.currency_rate, 0)
              FROM sale_order_line AS sold
              JOIN sale_order AS sale ON sale.id = sold.order_id
             WHERE sold.id = line.sale_line_id
               AND sold.product_id = line.product_id
            """,
            self._get_sold_factor(),
        )

    @arguments.public()
    def action_view_deliveries(self):
        """Open the chains of deliveries of the rows."""
        # The id of a row is that of a line of the chain: the row itself need not be worked out again.
        self.browse().check_access("read")
        deliveries = self.env["stock.move"].browse(self.ids)._filtered_access("read").picking_id
        roots = deliveries.filtered(lambda delivery: not delivery.backorder_root_id) | deliveries.backorder_root_id
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_chain")
        domain = Domain("id", "in", roots.ids) | Domain("backorder_root_id", "in", roots.ids)
        return {**action, "domain": list(domain)}
