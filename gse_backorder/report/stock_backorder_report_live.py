from odoo import api, models
from odoo.tools import SQL

from ..models.chain.links import get_links_sql
from ..models.chain.quantity import get_digits
from ..models.chain.stock_location import STOCK_USAGES


class StockBackorderReport(models.Model):
    """How a row of the analysis is worked out, from orders and deliveries as they are in this very transaction."""

    _inherit = "stock.backorder.report"

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
                            MIN(id) FILTER (WHERE is_in_first AND first_date IS NOT NULL) OVER chain
                                AS first_shipped_id,
                            bool_and(qty_first >= qty_ordered_first) FILTER (WHERE is_in_first) OVER chain
                                AS is_full_at_once
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
            judged=self._get_judged_sql(),
        )

    @api.model
    def _get_judged_sql(self):
        """The lines, each with its state, its open value and its figures."""
        return SQL(
            """
            SELECT line.*, %(ordered_day)s AS ordered_day, %(first_delivery_day)s AS first_delivery_day,
                   %(last_day)s AS last_day,
                   CASE WHEN qty_open > 0 THEN 'open'
                        WHEN qty_shipped = 0 THEN 'cancel'
                        WHEN qty_cancelled > 0 THEN 'short'
                        ELSE 'fulfilled'
                    END::varchar AS state,
                   CASE WHEN qty_open > 0 THEN (%(price)s)::float END AS unit_price,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND ordered_date IS NOT NULL
                        THEN GREATEST(0, date_part('epoch', last_date - ordered_date) / 86400)
                    END AS days_to_fulfil,
                   CASE WHEN first_chance_date IS NOT NULL
                        THEN (qty_first >= qty_ordered_first)::int * 100
                    END AS first_fill_rate,
                   CASE WHEN line.id = first_shipped_id THEN is_full_at_once::int * 100
                    END AS order_fill_rate,
                   CASE WHEN qty_open = 0 AND qty_shipped > 0 AND promised_date IS NOT NULL
                        THEN (qty_cancelled = 0 AND %(last_day)s <= %(promised_day)s)::int * 100
                    END AS on_time_rate
              FROM chained AS line
            """,
            price=self._get_price_sql(),
            ordered_day=self._get_day(SQL("ordered_date")),
            first_delivery_day=self._get_day(SQL("first_chance_date")),
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
        """Those of the chains that are worked out, found by index, and when each of its chain has shipped.

        The first that ships is not always the original: what was split off it may do so before it.
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
            SELECT *, ROW_NUMBER() OVER chain AS number,
                   array_agg(date_done) OVER (chain ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                       AS shipped_dates  -- by their numbers; of what has not shipped it is NULL
              FROM (%s) AS own
            WINDOW chain AS (PARTITION BY root_id ORDER BY date_done, backorder_index)
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
            SELECT move.id, delivery.root_id, delivery.sale_id, delivery.customer_id, move.product_id,
                   type.warehouse_id, move.company_id,
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
                   move.product_qty AS wanted, item.factor, item.uom_id, delivery.number, delivery.shipped_dates
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
            SELECT prepared.*, NULL::bigint, chain.shipped_dates
              FROM (
                  SELECT DISTINCT ON (move.id) move.id, shipment.root_id, shipment.sale_id, shipment.customer_id,
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
                    JOIN LATERAL (%(links)s) AS link ON TRUE
                    JOIN stock_move AS next ON next.id = link.move_dest_id
               LEFT JOIN LATERAL (%(links_onward)s) AS onward ON TRUE
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
              JOIN delivery AS chain ON chain.root_id = prepared.root_id AND chain.number = 1
            """,
            links=get_links_sql(SQL("brought.id")),
            links_onward=get_links_sql(SQL("next.id")),
            stock=list(STOCK_USAGES),
            promised=self._get_is_promised_sql(SQL("move")),
            customers=self.env["stock.location"]._get_customers_ids(),
        )

    @api.model
    def _get_line_sql(self):
        """The lines of orders, each with how much of it was ordered, in all and until it could first ship."""
        digits = get_digits(self.env)
        return SQL(
            """
            SELECT line.*, LEAST(qty_ordered, qty_wanted_first) AS qty_ordered_first
              FROM (SELECT line.*, %(ordered)s AS qty_ordered FROM (%(moved)s) AS line) AS line
            """,
            ordered=self._get_ordered(digits),
            moved=self._get_moved_sql(digits),
        )

    @api.model
    def _get_moved_sql(self, digits):
        """The moves of one line of an order taken together.

        The first delivery that a line can be in is the first of its chain that ships once it is ordered:
        ``first_chance_date`` is when that was. What was added later was ordered after it.
        """
        return SQL(
            """
            SELECT MIN(id) AS id, root_id, product_id, MIN(sale_line_id) AS sale_line_id,
                   MIN(sale_id) AS sale_id, MIN(customer_id) AS customer_id,
                   MIN(warehouse_id) AS warehouse_id, MIN(company_id) AS company_id,
                   MIN(factor) AS factor, MIN(uom_id) AS uom_id,
                   MIN(ordered_date) AS ordered_date,
                   CASE WHEN bool_and(promised_date IS NOT NULL) THEN MAX(promised_date) END AS promised_date,
                   MIN(shipped_date) AS first_date, MAX(shipped_date) AS last_date,
                   ROUND(SUM(shipped), %(digits)s) AS qty_shipped,
                   MIN(first_chance_date) AS first_chance_date,
                   COALESCE(MIN(first_chance) = 1, FALSE) AS is_in_first,
                   ROUND(COALESCE(SUM(shipped) FILTER (WHERE number = first_chance), 0), %(digits)s) AS qty_first,
                   ROUND(SUM(wanted) FILTER (WHERE since < first_chance_date), %(digits)s) AS qty_wanted_first,
                   ROUND(SUM(open), %(digits)s) AS qty_open,
                   ROUND(SUM(GREATEST(0, wanted - shipped - open)), %(digits)s) AS qty_cancelled,
                   ROUND(SUM(wanted), %(digits)s) AS qty_wanted
              FROM (%(chances)s) AS part
          GROUP BY root_id, product_id, line_key
            HAVING SUM(wanted) > 0 OR SUM(shipped) > 0  -- else it was taken off the order before it shipped
            """,
            chances=self._get_chance_sql(),
            digits=digits,
        )

    @api.model
    def _get_chance_sql(self):
        """The moves, each with the first delivery that its line could be in, by its number in the chain.

        What was ordered at first could be in any, and what is in one was ordered by then, whenever somebody says that
        it has shipped. Else it was ordered before it shipped, to the second.
        """
        return SQL(
            """
            SELECT *, shipped_dates[first_chance] AS first_chance_date
              FROM (
                  SELECT *,
                         CASE WHEN line_since < shipped_dates[1] THEN 1
                              ELSE (SELECT MIN(number)
                                      FROM unnest(shipped_dates) WITH ORDINALITY AS shipment (date, number)
                                     WHERE date > line_since)
                          END AS first_chance
                    FROM (
                        SELECT *, MIN(since) FILTER (WHERE wanted > 0 OR shipped > 0)
                                      OVER (PARTITION BY root_id, product_id, line_key) AS line_since
                          FROM (
                              SELECT *, CASE WHEN ordered_date = MIN(ordered_date) OVER (PARTITION BY root_id)
                                             THEN '-infinity'
                                             ELSE LEAST(ordered_date, shipped_date - interval '1 second')
                                         END AS since
                                FROM part
                          ) AS part
                    ) AS part
              ) AS part
            """
        )

    @api.model
    def _get_ordered(self, digits):
        """Return how much of a ``line`` was ordered, as ``stock.move._get_totals`` says it, as SQL."""
        return SQL(
            """
            COALESCE(
                (
                    SELECT CASE WHEN moved > qty_wanted
                                THEN GREATEST(LEAST(qty_wanted, sold), LEAST(moved, sold - %(elsewhere)s))
                                ELSE LEAST(qty_wanted, sold)
                            END
                      FROM (
                          SELECT ROUND(sold.product_uom_qty * %(factor)s, %(digits)s) + qty_cancelled AS sold,
                                 qty_shipped + qty_open + qty_cancelled AS moved
                            FROM sale_order_line AS sold
                           WHERE sold.id = line.sale_line_id
                             AND sold.product_id = line.product_id
                      ) AS sold
                ),
                qty_wanted
            )
            """,
            factor=self._get_sold_factor(),
            digits=digits,
            elsewhere=self._get_elsewhere(digits),
        )

    @api.model
    def _get_elsewhere(self, digits):
        """Return how much other chains have, or had, of the ``line`` of the order, less what was cancelled, as SQL."""
        return SQL(
            """
            (
                SELECT COALESCE(ROUND(SUM(CASE WHEN other.state != 'done' THEN other.product_qty
                                               ELSE LEAST(other.product_qty, (
                                                   SELECT SUM(quantity_product_uom)
                                                     FROM stock_move_line
                                                    WHERE move_id = other.id))
                                           END), %(digits)s), 0)
                  FROM stock_move AS other
                  JOIN stock_picking AS picking ON picking.id = other.picking_id
                 WHERE other.sale_line_id = line.sale_line_id
                   AND other.product_id = line.product_id
                   AND other.state NOT IN ('draft', 'cancel')
                   AND other.location_dest_id = ANY (%(customers)s)
                   AND COALESCE(picking.backorder_root_id, picking.id) != line.root_id
            )
            """,
            digits=digits,
            customers=self.env["stock.location"]._get_customers_ids(),
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
