from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import arguments, without_jit
from ..models.chain.quantity import get_digits
from ..models.chain.stock_location import STOCK_USAGES

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
                   line.first_delivery_day, line.last_date, line.state, line.qty_ordered, line.qty_shipped,
                   line.qty_first, line.qty_open, line.qty_cancelled, line.days_to_fulfil, line.first_fill_rate,
                   line.order_fill_rate, line.on_time_rate,
                   1 AS line_count,
                   line.qty_shipped + line.qty_open + line.qty_cancelled - line.qty_ordered AS qty_over_shipped,
                   COALESCE(line.first_fill_rate = 0, FALSE) AS is_backordered,
                   CASE WHEN line.state IN ('fulfilled', 'short') THEN line.last_date END AS fulfilled_date,
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

    @api.model
    def _get_live_sql(self, root_ids=None):
        """Return a query that works out the columns of ``stock.backorder.figure`` from orders and deliveries.

        :param root_ids: of the chains of these original transfers; of all by default
        """
        return SQL(
            """
            WITH item AS NOT MATERIALIZED (%(items)s),
                 shipment AS NOT MATERIALIZED (%(shipments)s),
                 delivery AS MATERIALIZED (%(deliveries)s),
                 part AS (%(parts)s),
                 line AS (%(lines)s),
                 chained AS (
                     SELECT *,
                            MIN(id) FILTER (WHERE first_date IS NOT NULL) OVER chain AS first_shipped_id,
                            bool_and(qty_first >= qty_ordered) OVER chain AS is_full_at_once,
                            %(first_day)s AS first_delivery_day
                       FROM line
                     WINDOW chain AS (PARTITION BY root_id)
                 ),
                 judged AS (%(judged)s)
            SELECT %(columns)s FROM judged
            """,
            columns=SQL(", ").join(map(SQL.identifier, self.env["stock.backorder.figure"]._get_columns())),
            items=self._get_item_sql(),
            shipments=self._get_shipment_sql(),
            deliveries=self._get_delivery_sql(root_ids),
            parts=self._get_part_sql(),
            lines=self._get_line_sql(),
            first_day=self._get_day(SQL("MIN(first_date) OVER chain")),
            judged=self._get_judged_sql(),
        )

    @api.model
    def _get_judged_sql(self):
        """The lines, each with its state, its open value and its figures."""
        return SQL(
            """
            SELECT line.*,
                   CASE WHEN qty_open > 0 THEN 'open'
                        WHEN qty_shipped = 0 THEN 'cancel'
                        WHEN qty_cancelled > 0 THEN 'short'
                        ELSE 'fulfilled'
                    END::varchar AS state,
                   CASE WHEN qty_open > 0 THEN (%(price)s)::float END AS unit_price,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND ordered_date IS NOT NULL
                        THEN GREATEST(0, date_part('epoch', last_date - ordered_date) / 86400)
                    END AS days_to_fulfil,
                   CASE WHEN first_delivery_day IS NOT NULL
                        THEN (qty_first >= qty_ordered)::int * 100
                    END AS first_fill_rate,
                   CASE WHEN line.id = first_shipped_id THEN is_full_at_once::int * 100
                    END AS order_fill_rate,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND promised_date IS NOT NULL
                        THEN (qty_cancelled = 0 AND %(last_day)s <= %(promised_day)s)::int * 100
                    END AS on_time_rate
              FROM chained AS line
            """,
            price=self._get_price_sql(),
            last_day=self._get_day(SQL("last_date")),
            promised_day=self._get_day(SQL("promised_date")),
        )

    @api.model
    def _get_day(self, moment):
        """Return the day of *moment* of a ``line``, by the calendar of its warehouse, as SQL."""
        return self.env["stock.warehouse"]._get_day_sql(moment, SQL("line.warehouse_id"), SQL("line.company_id"))

    @api.model
    def _get_item_sql(self):
        """The products, with what their own units are."""
        return SQL(
            """
            SELECT product.id, template.uom_id, unit.factor
              FROM product_product AS product
              JOIN product_template AS template ON template.id = product.product_tmpl_id
              JOIN uom_uom AS unit ON unit.id = template.uom_id
            """
        )

    @api.model
    def _get_shipment_sql(self):
        """The transfers to customers, with the chain that each is in."""
        return SQL(
            """
            SELECT id, COALESCE(backorder_root_id, id) AS root_id, backorder_root_id, backorder_index, sale_id,
                   customer_id, create_date, date_done, picking_type_id, move_type
              FROM stock_picking
             WHERE location_dest_id = ANY (%s)
            """,
            self.env["stock.location"]._get_customers_ids(),
        )

    @api.model
    def _get_delivery_sql(self, root_ids):
        """Those of the chains that are worked out, found by index, and which of a chain has shipped first.

        That is not always the original: what was split off it may ship before it.
        """
        own = SQL("SELECT * FROM shipment")
        if root_ids is not None:
            own = SQL(
                """
                SELECT shipment.*
                  FROM unnest(%(roots)s::int[]) AS root (id)
                  JOIN shipment ON shipment.id = root.id AND shipment.backorder_root_id IS NULL
                 UNION ALL
                SELECT shipment.*
                  FROM unnest(%(roots)s::int[]) AS root (id)
                  JOIN shipment ON shipment.backorder_root_id = root.id
                """,
                roots=root_ids,
            )
        return SQL(
            """
            SELECT *, FIRST_VALUE(id) OVER (PARTITION BY root_id ORDER BY date_done, backorder_index) = id AS is_first
              FROM (%s) AS own
            """,
            own,
        )

    @api.model
    def _get_part_sql(self):
        """The moves of deliveries to customers, with what became of each, and what steps before them have still to do.

        The locations are few, and named: the planner knows how many moves there are of them. The order is the one in
        which they are taken together, first to lines and then to chains: they are sorted once.
        """
        return SQL(
            """
            SELECT move.id, delivery.root_id, delivery.is_first,
                   delivery.sale_id, delivery.customer_id, move.product_id, type.warehouse_id, move.company_id,
                   COALESCE(move.sale_line_id, -move.product_id) AS line_key, move.sale_line_id,
                   COALESCE(move.ordered_date, delivery.create_date) AS ordered_date,
                   %(promised_date)s AS promised_date,
                   CASE WHEN move.state = 'done' THEN COALESCE(delivery.date_done, move.date) END AS shipped_date,
                   CASE WHEN move.state != 'done' THEN 0
                        WHEN move.product_uom = item.uom_id THEN move.quantity
                        ELSE (SELECT COALESCE(SUM(quantity_product_uom), 0)
                                FROM stock_move_line
                               WHERE move_id = move.id)
                    END AS shipped,
                   CASE WHEN move.state NOT IN ('done', 'cancel') THEN move.product_qty ELSE 0 END AS open,
                   move.product_qty AS wanted, item.factor, item.uom_id
              FROM delivery
              JOIN stock_move AS move ON move.picking_id = delivery.id
              JOIN stock_picking_type AS type ON type.id = delivery.picking_type_id
              JOIN item ON item.id = move.product_id
             WHERE move.location_dest_id = ANY (%(customers)s)
               AND move.state != 'draft'
         UNION ALL
           (%(prepared)s)
          ORDER BY root_id, product_id, line_key
            """,
            customers=self.env["stock.location"]._get_customers_ids(),
            promised_date=self._get_promised_date_sql(),
            prepared=self._get_prepared_sql(),
        )

    @api.model
    def _get_promised_date_sql(self):
        """Return for when all of ``move`` was first promised to ship, of a ``delivery``, as SQL.

        It is the same as ``stock.move._get_first_shipping_date``: what ships all together was promised for when the
        last of it comes, and what was raised was not promised as a whole.
        """
        return SQL(
            """
            CASE WHEN delivery.move_type = 'one'
                 THEN (SELECT CASE WHEN bool_and(%(all_promised)s) THEN MAX(other.first_promise_date) END
                         FROM stock_move AS other
                         JOIN stock_location AS target ON target.id = other.location_dest_id
                        WHERE other.picking_id = delivery.id
                          AND other.state != 'cancel'
                          AND target.usage != 'inventory')
                 WHEN %(promised)s THEN move.first_promise_date
            END
            """,
            all_promised=self._get_is_promised_sql(SQL("other")),
            promised=self._get_is_promised_sql(SQL("move")),
        )

    @api.model
    def _get_is_promised_sql(self, move):
        """Return whether all of a *move* was promised, as SQL; see ``stock.move._is_raised``."""
        return SQL(
            """
            (%(move)s.first_promise_date IS NOT NULL
             AND NOT (COALESCE(%(move)s.first_promise_quantity, 0) > 0
                      AND %(move)s.product_qty > %(move)s.first_promise_quantity))
            """,
            move=move,
        )

    @api.model
    def _get_prepared_sql(self):
        """The columns of :meth:`_get_part_sql` of what is still picked or packed for a chain, and was given up there.

        It is in no delivery: it counts with the chain that the same steps have brought goods for before, as
        ``stock.picking._get_moves_in_preparation`` has it.
        """
        return SQL(
            """
            SELECT prepared.*
              FROM (
                  SELECT DISTINCT ON (move.id) move.id, shipment.root_id, FALSE, shipment.sale_id, shipment.customer_id,
                         move.product_id, type.warehouse_id, move.company_id,
                         COALESCE(move.sale_line_id, -move.product_id), move.sale_line_id,
                         COALESCE(move.ordered_date, shipment.create_date),
                         CASE WHEN %(promised)s THEN move.first_promise_date END, NULL::timestamp,
                         0, CASE WHEN move.state != 'cancel' THEN move.product_qty ELSE 0 END, move.product_qty,
                         item.factor, item.uom_id
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
                    JOIN shipment
                      ON shipment.id IN (next.picking_id, last.picking_id)
                     AND shipment.sale_id = step.sale_id
                    JOIN stock_picking_type AS type ON type.id = step.picking_type_id
                    JOIN item ON item.id = move.product_id
                    JOIN stock_location AS source ON source.id = move.location_id AND source.usage = ANY (%(stock)s)
                   WHERE step.sale_id IN (SELECT sale_id FROM delivery)
                     AND move.state NOT IN ('draft', 'done')
                     AND move.location_final_id = ANY (%(customers)s)
                     AND move.location_dest_id != ALL (%(customers)s)
                     AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel AS link WHERE link.move_orig_id = move.id)
                ORDER BY move.id, shipment.root_id
              ) AS prepared
             WHERE prepared.root_id IN (SELECT root_id FROM delivery)
            """,
            stock=list(STOCK_USAGES),
            promised=self._get_is_promised_sql(SQL("move")),
            customers=self.env["stock.location"]._get_customers_ids(),
        )

    @api.model
    def _get_line_sql(self):
        """The moves of one line of an order taken together."""
        digits = get_digits(self.env)
        return SQL(
            """
            SELECT line.*, %(ordered)s AS qty_ordered
              FROM (
                  SELECT MIN(id) AS id, root_id, product_id, MIN(sale_line_id) AS sale_line_id,
                         MIN(sale_id) AS sale_id, MIN(customer_id) AS customer_id,
                         MIN(warehouse_id) AS warehouse_id, MIN(company_id) AS company_id,
                         MIN(factor) AS factor, MIN(uom_id) AS uom_id,
                         MIN(ordered_date) AS ordered_date,
                         CASE WHEN bool_and(promised_date IS NOT NULL) THEN MAX(promised_date) END AS promised_date,
                         MIN(shipped_date) AS first_date, MAX(shipped_date) AS last_date,
                         ROUND(SUM(shipped), %(digits)s) AS qty_shipped,
                         ROUND(COALESCE(SUM(shipped) FILTER (WHERE is_first), 0), %(digits)s) AS qty_first,
                         ROUND(SUM(open), %(digits)s) AS qty_open,
                         ROUND(SUM(GREATEST(0, wanted - shipped - open)), %(digits)s) AS qty_cancelled,
                         ROUND(SUM(wanted), %(digits)s) AS qty_wanted
                    FROM part
                GROUP BY root_id, product_id, line_key
                  HAVING SUM(wanted) > 0 OR SUM(shipped) > 0  -- else it was taken off the order before it shipped
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
    def _get_price_sql(self):
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
