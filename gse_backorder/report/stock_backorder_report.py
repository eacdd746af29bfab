from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.picking_states import CUSTOMER_CODES

AGES = [("a", "0-7 days"), ("b", "8-14 days"), ("c", "15-30 days"), ("d", "31-60 days"), ("e", "More than 60 days")]


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
        help="Of the lines of which something has shipped: how many did so in full with the first delivery.",
    )
    order_fill_rate = fields.Float(
        string="First-Time Order Fill Rate (%)",
        aggregator="avg",
        readonly=True,
        help="Of the deliveries that have shipped: with how many all lines were full at once.",
    )
    on_time_rate = fields.Float(
        string="On Time in Full (%)",
        aggregator="avg",
        readonly=True,
        help="Of the closed lines that were promised and shipped: how many did so in full by the day first promised.",
    )

    @property
    def _table_query(self):
        self._flush_report()
        return SQL(
            """
            WITH item AS MATERIALIZED (%(items)s),
                 part AS MATERIALIZED (%(parts)s),
                 line AS MATERIALIZED (%(lines)s)
            SELECT line.*,
                   1 AS line_count,
                   item.categ_id,
                   CASE WHEN qty_open > 0 THEN 'open'
                        WHEN qty_shipped = 0 THEN 'cancel'
                        WHEN qty_cancelled > 0 THEN 'short'
                        ELSE 'fulfilled'
                    END AS state,
                   (first_date IS NOT NULL AND qty_first < qty_ordered) AS is_backordered,
                   CASE WHEN qty_open > 0 THEN %(age)s END AS age_days,
                   CASE WHEN qty_open = 0 THEN NULL
                        WHEN %(age)s <= 7 THEN 'a'
                        WHEN %(age)s <= 14 THEN 'b'
                        WHEN %(age)s <= 30 THEN 'c'
                        WHEN %(age)s <= 60 THEN 'd'
                        ELSE 'e'
                    END AS age,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 THEN last_date END AS fulfilled_date,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND ordered_date IS NOT NULL
                        THEN GREATEST(0, EXTRACT(EPOCH FROM last_date - ordered_date) / 86400)
                    END AS days_to_fulfil,
                   CASE WHEN first_date IS NOT NULL THEN (qty_first >= qty_ordered)::int * 100 END AS first_fill_rate,
                   CASE WHEN first_date IS NOT NULL
                         AND ROW_NUMBER() OVER (PARTITION BY line.root_id, first_date IS NULL ORDER BY line.id) = 1
                        THEN bool_and(qty_first >= qty_ordered) OVER (PARTITION BY line.root_id)::int * 100
                    END AS order_fill_rate,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND promised_date IS NOT NULL
                        THEN (qty_cancelled = 0 AND last_date::date <= promised_date::date)::int * 100
                    END AS on_time_rate,
                   qty_open * COALESCE(
                       sold.price_subtotal / NULLIF(sold.product_uom_qty * unit.factor / item.factor, 0)
                           / NULLIF(sale.currency_rate, 0),
                       (item.standard_price ->> line.company_id::varchar)::float, 0) AS open_value
              FROM line
              JOIN item ON item.id = line.product_id
         LEFT JOIN sale_order_line AS sold
                ON sold.id = line.sale_line_id AND sold.product_id = line.product_id AND line.qty_open > 0
         LEFT JOIN sale_order AS sale ON sale.id = sold.order_id
         LEFT JOIN uom_uom AS unit ON unit.id = sold.product_uom_id
            """,
            items=self._get_item_query(),
            parts=self._get_part_query(),
            lines=self._get_line_query(),
            age=SQL("FLOOR(EXTRACT(EPOCH FROM %s - ordered_date) / 86400)", fields.Datetime.now()),
        )

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
            SELECT product.id, product.standard_price, template.categ_id, unit.factor
              FROM product_product AS product
              JOIN product_template AS template ON template.id = product.product_tmpl_id
              JOIN uom_uom AS unit ON unit.id = template.uom_id
            """
        )

    @api.model
    def _get_part_query(self):
        """The moves of deliveries to customers, with what became of each.

        The operation types and locations are few, and named: the planner knows how many moves there are of them.
        """
        # Which moves are deliveries does not depend on who reads the figures; whose figures they are, the rules say.
        types = self.env["stock.picking.type"].sudo().with_context(active_test=False)
        types = types.search([("code", "in", CUSTOMER_CODES)])
        locations = self.env["stock.location"].sudo().with_context(active_test=False)
        return SQL(
            """
            SELECT move.id, COALESCE(picking.backorder_root_id, picking.id) AS root_id, picking.backorder_index,
                   picking.sale_id, picking.customer_id, move.product_id, type.warehouse_id, move.company_id,
                   COALESCE(move.sale_line_id, -move.product_id) AS line_key, move.sale_line_id,
                   COALESCE(move.ordered_date, picking.create_date) AS ordered_date, move.first_promise_date,
                   CASE WHEN move.state = 'done' THEN COALESCE(picking.date_done, move.date) END AS shipped_date,
                   CASE WHEN move.state = 'done'
                        THEN move.quantity * COALESCE(unit.factor / NULLIF(item.factor, 0), 1) ELSE 0
                    END AS shipped,
                   CASE WHEN move.state NOT IN ('done', 'cancel') THEN move.product_qty ELSE 0 END AS open,
                   move.product_qty AS wanted
              FROM (
                  SELECT id, picking_id, product_id, product_uom, product_qty, quantity, state, date, company_id,
                         sale_line_id, ordered_date, first_promise_date
                    FROM stock_move
                   WHERE picking_type_id = ANY (%(types)s)
                     AND location_dest_id = ANY (%(customers)s)
                     AND state != 'draft'
                  OFFSET 0
              ) AS move
              JOIN stock_picking AS picking ON picking.id = move.picking_id
              JOIN stock_picking_type AS type ON type.id = picking.picking_type_id
              JOIN item ON item.id = move.product_id
              JOIN uom_uom AS unit ON unit.id = move.product_uom
            """,
            types=types.ids,
            customers=locations.search([("usage", "=", "customer")]).ids,
        )

    @api.model
    def _get_line_query(self):
        """The moves of one line of an order taken together."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return SQL(
            """
            SELECT MIN(id) AS id, root_id, product_id, MIN(sale_line_id) AS sale_line_id,
                   MIN(sale_id) AS sale_id, MIN(customer_id) AS customer_id,
                   MIN(warehouse_id) AS warehouse_id, MIN(company_id) AS company_id,
                   MIN(ordered_date) AS ordered_date, MIN(first_promise_date) AS promised_date,
                   MIN(shipped_date) AS first_date, MAX(shipped_date) AS last_date,
                   ROUND(SUM(shipped)::numeric, %(digits)s)::float AS qty_shipped,
                   ROUND(COALESCE(SUM(shipped) FILTER (WHERE backorder_index = 0), 0)::numeric, %(digits)s)::float
                       AS qty_first,
                   ROUND(SUM(open)::numeric, %(digits)s)::float AS qty_open,
                   ROUND(SUM(GREATEST(0, wanted - shipped - open))::numeric, %(digits)s)::float AS qty_cancelled,
                   ROUND(SUM(GREATEST(wanted, shipped))::numeric, %(digits)s)::float AS qty_ordered
              FROM part
          GROUP BY root_id, product_id, line_key
            """,
            digits=digits,
        )

    def action_view_deliveries(self):
        """Open the chains of deliveries of the rows."""
        roots = self.root_id
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_chain")
        domain = Domain("id", "in", roots.ids) | Domain("backorder_root_id", "in", roots.ids)
        return {**action, "domain": list(domain)}
