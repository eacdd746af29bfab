from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import arguments, without_jit

AGES = [("a", "0-7 days"), ("b", "8-14 days"), ("c", "15-30 days"), ("d", "31-60 days"), ("e", "More than 60 days")]


class StockBackorderReport(models.Model):
    """What was ordered, and what became of it: a row for each line of an order, over the whole chain of its deliveries.

    All quantities are in the product's unit. The id of a row is that of the first move of the line.

    A row is read from what is kept of its line (``stock.backorder.figure``), unless its chain has changed since
    (``stock.backorder.mark``): then it is worked out, from the deliveries as they are in this very transaction.
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
    ordered_day = fields.Date(
        string="Ordered (Day)",
        readonly=True,
        help="The day since which the customer waits, by the calendar of the warehouse.",
    )
    promised_date = fields.Datetime(string="First Promised", readonly=True)
    promised_day = fields.Date(
        string="First Promised",
        readonly=True,
        help="The day that was promised first, by the calendar of the warehouse.",
    )
    first_date = fields.Datetime(string="First Shipped", readonly=True)
    first_delivery_day = fields.Date(
        string="First Delivery",
        readonly=True,
        help="The day on which the first delivery has shipped that this line could be in, the first of the order once"
        " the line was ordered: whether or not something of it was in it. By the calendar of the warehouse.",
    )
    last_date = fields.Datetime(string="Last Shipped", readonly=True)
    last_day = fields.Date(
        string="Last Shipped (Day)",
        readonly=True,
        help="The day on which the last of it so far has shipped, by the calendar of the warehouse.",
    )
    fulfilled_date = fields.Datetime(readonly=True, help="When the last of it has shipped; empty while some is open.")
    fulfilled_day = fields.Date(
        string="Fulfilled (Day)",
        readonly=True,
        help="The day on which the last of it has shipped, by the calendar of the warehouse; empty while some is open.",
    )
    state = fields.Selection(
        [("open", "Open"), ("fulfilled", "Fulfilled"), ("short", "Closed short"), ("cancel", "Cancelled")],
        readonly=True,
    )
    is_backordered = fields.Boolean(
        string="Backordered", readonly=True, help="It did not ship in full with the first delivery that it could be in."
    )
    age = fields.Selection(AGES, readonly=True, help="Of what is open: since when the customer has been waiting.")

    line_count = fields.Integer(string="Lines", readonly=True)
    qty_ordered = fields.Float(string="Ordered", digits="Product Unit", readonly=True)
    qty_shipped = fields.Float(string="Shipped", digits="Product Unit", readonly=True)
    qty_first = fields.Float(
        string="Shipped First",
        digits="Product Unit",
        readonly=True,
        help="What shipped with the first delivery that the line could be in.",
    )
    qty_ordered_first = fields.Float(
        string="Ordered at First",
        digits="Product Unit",
        readonly=True,
        help="What had been ordered when the first delivery shipped that the line could be in: Ordered, without what"
        " was added later.",
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
        " with the first delivery that they could be in (Shipped First is not less than Ordered at First). A line of"
        " which nothing shipped then counts as not filled. A line that was added to an order is judged by the first"
        " delivery after that; what a line was raised by later is not judged.",
    )
    order_fill_rate = fields.Float(
        string="First-Time Order Fill Rate (%)",
        aggregator="avg",
        readonly=True,
        help="Of the deliveries that have shipped, in full or in part: with how many all that had been ordered shipped"
        " with the first delivery. What was added to the order later is not counted.",
    )
    on_time_rate = fields.Float(
        string="On Time in Full (%)",
        aggregator="avg",
        readonly=True,
        help="Of the closed lines that were promised and shipped: how many did so in full by the day first promised.",
    )

    @property
    def _table_query(self):
        self.env["stock.backorder.mark"]._flush_watched()
        self.env["product.product"].flush_model(["product_tmpl_id", "standard_price"])
        self.env["product.template"].flush_model(["categ_id"])
        without_jit.turn_off(self.env.cr)
        return SQL(
            """
            SELECT line.id, line.root_id, line.sale_id, line.customer_id, line.product_id, template.categ_id,
                   line.warehouse_id, line.company_id, line.ordered_date, line.promised_date, line.first_date,
                   line.ordered_day, line.first_delivery_day, line.last_date, line.last_day, line.state,
                   line.qty_ordered, line.qty_shipped, line.qty_ordered_first, line.qty_first, line.qty_open,
                   line.qty_cancelled, line.days_to_fulfil, line.first_fill_rate, line.order_fill_rate,
                   line.on_time_rate,
                   1 AS line_count,
                   line.qty_shipped + line.qty_open + line.qty_cancelled - line.qty_ordered AS qty_over_shipped,
                   COALESCE(line.first_fill_rate = 0, FALSE) AS is_backordered,
                   CASE WHEN line.state IN ('fulfilled', 'short') THEN line.last_date END AS fulfilled_date,
                   CASE WHEN line.state IN ('fulfilled', 'short') THEN line.last_day END AS fulfilled_day,
                   %(promised_day)s AS promised_day,
                   CASE WHEN line.state = 'open'
                        THEN FLOOR(date_part('epoch', %(now)s - line.ordered_date) / 86400)
                    END AS age_days,
                   CASE WHEN line.state != 'open' THEN NULL
                        WHEN line.ordered_date > %(now)s - interval '8 days' THEN 'a'
                        WHEN line.ordered_date > %(now)s - interval '15 days' THEN 'b'
                        WHEN line.ordered_date > %(now)s - interval '31 days' THEN 'c'
                        WHEN line.ordered_date > %(now)s - interval '61 days' THEN 'd'
                        ELSE 'e'
                    END AS age,
                   CASE WHEN line.state != 'open' THEN 0
                        ELSE line.qty_open * COALESCE(
                            line.unit_price, (product.standard_price ->> line.company_id::varchar)::float, 0
                        )
                    END AS open_value
              FROM (%(lines)s) AS line
         LEFT JOIN product_product AS product ON product.id = line.product_id
         LEFT JOIN product_template AS template ON template.id = product.product_tmpl_id
            """,
            lines=self._get_lines_sql(),
            promised_day=self._get_day(SQL("line.promised_date")),
            now=SQL("%s::timestamp", fields.Datetime.now()),
        )

    @api.model
    def _get_lines_sql(self):
        """Return a query for the columns of ``stock.backorder.figure`` of all lines, true as of now."""
        marked = self.env["stock.backorder.mark"]._get_marked_roots()
        if marked is None:
            return self._get_live_sql()
        kept = SQL(
            "SELECT %s FROM stock_backorder_figure AS figure",
            SQL(", ").join(map(SQL.identifier, self.env["stock.backorder.figure"]._get_columns())),
        )
        if not marked:
            return kept
        return SQL(
            """
            %(kept)s
             WHERE NOT EXISTS (SELECT FROM unnest(%(marked)s::int[]) AS marked (id) WHERE marked.id = figure.root_id)
         UNION ALL
            (%(live)s)
            """,
            kept=kept,
            marked=marked,
            live=self._get_live_sql(marked),
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
