from odoo import api, fields, models
from odoo.tools import SQL, float_round

from ... import without_jit
from ..chain.quantity import get_digits
from ..chain.stock_location import STOCK_USAGES
from .coverage import FIRST_REQUEST_ID, NOISE, Arrival, Stocked
from .scenario import AS_IT_IS, Scenario

# From so many products on, what is on its way is found by where it goes: more than an order has, or a list.
MANY_PRODUCTS = 1_000


class StockSupply(models.AbstractModel):
    """What there is in a stock, and what comes into it: its free stock, then its incoming moves by date."""

    _name = "stock.supply"
    _description = "Supply of Stocks"

    @api.model
    def _flush(self):
        """Write what the queries read of supplies."""
        names = ["company_id", "date", "location_dest_id", "location_final_id", "location_id", "move_orig_ids"]
        names += ["product_id", "product_qty", "product_uom_qty", "quantity", "state"]
        self.env["stock.move"].flush_model(names)
        quants = self.env["stock.quant"]
        names = ["location_id", "lot_id", "owner_id", "product_id", "quantity", "removal_date", "reserved_quantity"]
        quants.flush_model([name for name in names if name in quants._fields])
        self.env["stock.location"].flush_model(["parent_path", "usage", "warehouse_id"])
        names = ["location_id", "lot_id", "move_id", "owner_id", "product_id", "quantity_product_uom"]
        self.env["stock.move.line"].flush_model(names)

    @api.model
    def _get_arrivals(self, product, area):
        """Return what comes of *product* into the stock *area*, by date, as a list of :class:`Arrival`."""
        self._flush()
        digits = get_digits(self.env)
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH area AS MATERIALIZED (%(area)s)
                SELECT id, quantity, COALESCE(date, due), date IS NULL
                  FROM (%(incoming)s) AS incoming
                 WHERE area_id = %(area_id)s
              ORDER BY date NULLS LAST, due, id
                """,
                area=self.env["stock.location"]._get_area_sql(),
                incoming=self._get_incoming_sql(product),
                area_id=area.id,
            ),
        )
        return [
            Arrival(supply_id, float_round(quantity, precision_digits=digits), date, is_late)
            for supply_id, quantity, date, is_late in rows
        ]

    @api.model
    def _get_held_and_expected(self, products, places):
        """Return what there is of *products* in *places*, and comes into their stocks, whomever it is for. One query.

        :param places: locations, each with those below it
        :return: ``{(product id, location id): Stocked}``
        """
        products = products.filtered("is_storable")
        if not products or not places:
            return {}
        self._flush()
        rows = without_jit.execute_query(self.env, self._get_held_and_expected_sql(products, places))
        return {(product_id, place_id): Stocked(*figures) for product_id, place_id, *figures in rows}

    @api.model
    def _get_held_and_expected_sql(self, products, places):
        """Return the query behind :meth:`_get_held_and_expected`."""
        return SQL(
            """
            WITH area AS MATERIALIZED (%(area)s),
                 place AS (
                     SELECT location_id, area_id, parent_path FROM area WHERE location_id = ANY (%(place_ids)s)
                 ),
                 stock AS (
                     SELECT stock.product_id, stock.lot_id, stock.is_tracked, stock.quantity,
                            place.location_id AS area_id
                       FROM (%(stock)s) AS stock
                       JOIN place ON stock.parent_path LIKE place.parent_path || '%%'
                 ),
                 free AS (%(free)s)
            SELECT product_id, location_id, SUM(free + reserved)::float, SUM(expected)::float, SUM(free)::float
              FROM (
                  SELECT product_id, area_id AS location_id, GREATEST(0, quantity) AS free, 0 AS reserved, 0 AS expected
                    FROM free
                   UNION ALL
                  SELECT quant.product_id, place.location_id, 0, quant.reserved_quantity, 0
                    FROM stock_quant AS quant
                    JOIN area ON area.location_id = quant.location_id
                    JOIN place ON area.parent_path LIKE place.parent_path || '%%'
                   WHERE quant.product_id = ANY (%(product_ids)s)
                   UNION ALL
                  SELECT incoming.product_id, place.location_id, 0, 0, incoming.quantity
                    FROM (%(incoming)s) AS incoming
                    JOIN place USING (area_id)
              ) AS there
          GROUP BY product_id, location_id
            """,
            area=self.env["stock.location"]._get_area_sql(),
            stock=self._get_stock_sql(products),
            free=self._get_free_sql(),
            incoming=self._get_incoming_sql(products),
            place_ids=places.ids,
            product_ids=products.ids,
        )

    @api.model
    def _get_pools_with_stock(self, pools):
        """Return those of *pools*, a set of ``(product id, area id)``, in which something may be free.

        A quick look at the quants, which spares most reservations the ranking: there is nothing to be had.
        """
        if not pools:
            return pools
        self.env["stock.quant"].flush_model(["location_id", "product_id", "quantity", "reserved_quantity"])
        self.env["stock.location"].flush_model(["parent_path"])
        product_ids, area_ids = (list(ids) for ids in zip(*pools, strict=True))
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT quant.product_id, area.id
                  FROM stock_quant AS quant
                  JOIN stock_location AS location ON location.id = quant.location_id
                  JOIN stock_location AS area ON location.parent_path LIKE area.parent_path || '%%'
                 WHERE quant.product_id = ANY (%(product_ids)s)
                   AND area.id = ANY (%(area_ids)s)
                   AND quant.quantity > COALESCE(quant.reserved_quantity, 0)
                """,
                product_ids=product_ids,
                area_ids=area_ids,
            ),
        )
        return set(rows) & set(pools)

    @api.model
    def _filtered_supplied(self, products):
        """Return those of *products* of which there may be something, or something is on its way.

        A quick look at quants and moves: of the others nobody gets anything, whatever the ranking. Where something is
        only supposed, or is no move, it is not looked for.
        """
        if Scenario.of(self.env) is not AS_IT_IS or len(self._get_kinds_sql(products)) > 1:
            return products
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT product.id
                  FROM unnest(%(product_ids)s) AS product (id)
                 WHERE COALESCE(
                           (SELECT TRUE
                              FROM stock_quant AS quant
                             WHERE quant.product_id = product.id
                               AND quant.quantity > COALESCE(quant.reserved_quantity, 0)
                               AND quant.location_id %(is_stock)s
                             LIMIT 1),
                           (SELECT TRUE
                              FROM stock_move AS move
                             WHERE move.product_id = product.id
                               AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                               AND (move.location_dest_id %(is_stock)s OR move.location_final_id %(is_stock)s)
                             LIMIT 1),
                           FALSE)
                """,
                product_ids=products.ids,
                is_stock=SQL("IN (SELECT id FROM stock_location WHERE usage IN %s)", STOCK_USAGES),
            ),
        )
        return products.browse(product_id for (product_id,) in rows)

    @api.model
    def _get_stock_sql(self, products):
        """The free stock of each location, owner and lot."""
        return SQL(
            """
            SELECT quant.product_id, quant.location_id, quant.owner_id, quant.lot_id, area.area_id, area.parent_path,
                   template.tracking != 'none' AS is_tracked,
                   SUM(quant.quantity - quant.reserved_quantity) AS quantity
              FROM (%(quants)s OFFSET 0) AS quant
              JOIN area ON area.location_id = quant.location_id
              JOIN product_product AS product ON product.id = quant.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
             WHERE %(is_usable)s
          GROUP BY quant.product_id, quant.location_id, quant.owner_id, quant.lot_id, area.area_id, area.parent_path,
                   template.tracking
            """,
            quants=self._get_quants_sql(products),
            is_usable=self._get_usable_sql(),
        )

    @api.model
    def _get_quants_sql(self, products):
        """What lies in stock, and how much of it is reserved; what is dropped has reserved nothing any more."""
        quants = SQL("SELECT * FROM stock_quant WHERE product_id = ANY (%s)", products.ids)
        dropped = Scenario.of(self.env).dropped
        if not dropped:
            return quants
        has_expiry = "removal_date" in self.env["stock.quant"]._fields
        return SQL(
            """
            SELECT product_id, location_id, owner_id, lot_id, quantity, reserved_quantity %(removal_date)s
              FROM (%(quants)s) AS quant
         UNION ALL
            SELECT line.product_id, line.location_id, line.owner_id, line.lot_id, line.quantity_product_uom, 0
                   %(lot_removal_date)s
              FROM stock_move_line AS line
         LEFT JOIN stock_lot AS lot ON lot.id = line.lot_id
             WHERE line.move_id = ANY (%(dropped)s)
               AND line.product_id = ANY (%(product_ids)s)
            """,
            quants=quants,
            removal_date=SQL(", removal_date" if has_expiry else ""),
            lot_removal_date=SQL(", lot.removal_date" if has_expiry else ""),
            dropped=list(dropped),
            product_ids=products.ids,
        )

    @api.model
    def _get_usable_sql(self):
        """Return whether ``quant`` of ``template`` may still be reserved, as SQL: what has expired serves nobody."""
        if "removal_date" not in self.env["stock.quant"]._fields:  # of product_expiry, where it is installed
            return SQL("TRUE")
        return SQL(
            "(NOT COALESCE(template.use_expiration_date, FALSE) OR COALESCE(quant.removal_date >= %s, TRUE))",
            fields.Datetime.now(),
        )

    @api.model
    def _get_free_sql(self):
        """The free stock of each pool. As in reservation, a lot that is short is not made up for by another lot."""
        return SQL(
            """
            SELECT product_id, area_id, SUM(quantity)::float AS quantity
              FROM (
                  SELECT product_id, area_id,
                         CASE WHEN is_tracked THEN GREATEST(0, SUM(quantity)) ELSE SUM(quantity) END AS quantity
                    FROM stock
                GROUP BY product_id, area_id, lot_id, is_tracked
              ) AS lot
          GROUP BY product_id, area_id
            """
        )

    @api.model
    def _get_supply_sql(self, products, requests=()):
        """Where each incoming move ends on the line of its pool: what all supply up to and with it gives.

        It first fills what the stock lacks.
        """
        return SQL(
            """
            SELECT incoming.id AS supply_id, incoming.product_id, incoming.area_id, incoming.date, incoming.due,
                   incoming.quantity,
                   ROW_NUMBER() OVER by_date AS supply_index,
                   LEAST(0, COALESCE(free.quantity, 0)) + SUM(incoming.quantity) OVER by_date AS cumulative_supply
              FROM (%(incoming)s) AS incoming
         LEFT JOIN free USING (product_id, area_id)
            WINDOW by_date AS (
                       PARTITION BY incoming.product_id, incoming.area_id
                       ORDER BY incoming.date NULLS LAST, incoming.due, incoming.id ROWS UNBOUNDED PRECEDING)
            """,
            incoming=self._get_incoming_sql(products, requests),
        )

    @api.model
    def _get_incoming_sql(self, products, requests=()):
        """What is on its way, and each request, brings into which pool, and when.

        :param requests: a list of :class:`~.coverage.Request`
        :return: SQL of the columns id, product_id, area_id, due (when it is, or was, expected), quantity (in the
            product's unit), date (the same as due, or now; NULL where that day is over)
        """
        own_day = SQL("incoming.warehouse_id"), SQL("incoming.company_id")
        days = self.env["stock.warehouse"]
        now = SQL("%s::timestamp", fields.Datetime.now())
        kinds = self._get_kinds_sql(products)
        requests = (*requests, *Scenario.of(self.env).requests)
        if requests:
            kinds.append(self._get_requests_sql(requests))
        return SQL(
            """
            SELECT id, product_id, area_id, due, quantity,
                   CASE WHEN %(due_day)s >= %(today)s THEN GREATEST(due, %(now)s) END AS date
              FROM (%(kinds)s) AS incoming
             WHERE quantity > %(noise)s
            """,
            kinds=SQL(" UNION ALL ").join(kinds),
            due_day=days._get_day_sql(SQL("due"), *own_day),
            today=days._get_day_sql(now, *own_day),
            now=now,
            noise=NOISE,
        )

    @api.model
    def _get_kinds_sql(self, products):
        """Return the kinds of supply that are on their way, a list of SQL, each over ``area`` and with the columns:

        id (of ``stock.move``; of others from ``FIRST_OTHER_ID`` on), product_id, area_id, warehouse_id and company_id
        (whose days they are), due (when it is, or was, expected), quantity (in the product's unit)
        """
        return [self._get_moves_sql(products)]

    @api.model
    def _get_moves_sql(self, products):
        """What each incoming move brings.

        A receipt into the input of a warehouse is meant for its stock. Goods that are moved within an area are in it
        again when they have arrived. What was brought for one claim alone is nobody else's supply.
        """
        scenario = Scenario.of(self.env)
        # The moves are looked through once, each with its target: the planner would do it for each location of an area.
        return SQL(
            """
            (
            WITH moving AS MATERIALIZED (
                  SELECT id, product_id, %(date)s, location_id, location_dest_id, location_final_id, %(product_qty)s,
                         %(product_uom_qty)s, quantity, purchase_line_id, company_id
                    FROM %(source)s
                   WHERE product_id = ANY (%(product_ids)s)
                     AND state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                     AND (location_dest_id %(is_ours)s OR location_final_id %(is_ours)s)
                 )
            SELECT * FROM (
                  SELECT move.id, move.product_id, target.area_id, target.area_warehouse_id AS warehouse_id,
                         move.company_id, %(due)s AS due,
                         CASE WHEN source.area_id = target.area_id
                              THEN move.product_qty::float - %(lacking)s
                              ELSE move.product_qty::float - COALESCE(taken.quantity, 0)
                          END AS quantity
                    FROM moving AS move
               LEFT JOIN stock_warehouse AS house ON %(is_for_stock)s
               LEFT JOIN area AS target ON target.location_id = %(target_id)s
               LEFT JOIN area AS source ON source.location_id = move.location_id
               LEFT JOIN (%(taken)s) AS taken ON taken.move_orig_id = move.id AND taken.area_id = target.area_id
                   WHERE NOT %(is_counted_before)s
                  OFFSET 0
              ) AS brought
             WHERE area_id IS NOT NULL
            )
            """,
            date=scenario.get_supply_column_sql("date"),
            product_qty=scenario.get_supply_column_sql("product_qty"),
            product_uom_qty=scenario.get_supply_column_sql("product_uom_qty"),
            source=scenario.get_supply_source_sql(),
            due=self._get_due_sql(),
            lacking=self.env["stock.claim"]._get_lacking_sql(SQL("move")),
            product_ids=products.ids,
            is_ours=self._get_ours_sql(products),
            is_for_stock=self._get_for_stock_sql(SQL("move")),
            target_id=SQL("COALESCE(move.location_final_id, house.lot_stock_id, move.location_dest_id)"),
            taken=self._get_taken_sql(products),
            is_counted_before=self._get_counted_before_sql(),
        )

    @api.model
    def _get_taken_sql(self, products):
        """What open moves take of what the moves before them bring, by these and by area."""
        return SQL(
            """
            SELECT link.move_orig_id, area.area_id, SUM(%(lacking)s) AS quantity
              FROM %(moves)s AS taker
              JOIN area ON area.location_id = taker.location_id
              JOIN stock_move_move_rel AS link ON link.move_dest_id = taker.id
             WHERE taker.product_id = ANY (%(product_ids)s)
               AND taker.state NOT IN ('done', 'cancel')
          GROUP BY link.move_orig_id, area.area_id
            """,
            moves=Scenario.of(self.env).get_moves_sql(),
            lacking=self.env["stock.claim"]._get_lacking_sql(SQL("taker")),
            product_ids=products.ids,
        )

    @api.model
    def _get_counted_before_sql(self):
        """Return whether what ``move`` brings into its ``target`` is counted where its chain begins."""
        return SQL(
            """
            EXISTS (
                SELECT 1
                  FROM stock_move_move_rel AS link
                  JOIN %s AS origin ON origin.id = link.move_orig_id
             LEFT JOIN stock_warehouse AS house ON %s
                 WHERE link.move_dest_id = move.id
                   AND origin.state NOT IN ('done', 'cancel')
                   AND target.area_id = (
                           SELECT area_id
                             FROM area
                            WHERE location_id = COALESCE(
                                      origin.location_final_id, house.lot_stock_id, origin.location_dest_id)
                       )
            )
            """,
            Scenario.of(self.env).get_moves_sql(),
            self._get_for_stock_sql(SQL("origin")),
        )

    @api.model
    def _get_for_stock_sql(self, move):
        """Return whether a *move* into the input of a ``house`` is for its stock: see ``stock.move._get_target``."""
        return SQL(
            """
            %(move)s.location_final_id IS NULL
            AND house.reception_steps != 'one_step'
            AND %(move)s.location_dest_id IN (house.wh_input_stock_loc_id, house.wh_qc_stock_loc_id)
            """,
            move=move,
        )

    @api.model
    def _get_ours_sql(self, products):
        """Return what follows a location to say that it is in an ``area``.

        Of a few products, their moves are looked through. Of many, moves are found by where they go: the locations are
        named, so that the planner knows how few there are.
        """
        if len(products) < MANY_PRODUCTS:
            return SQL("IN (SELECT location_id FROM area)")
        return SQL("= ANY (%s)", self.env["stock.location"]._get_stock_ids())

    @api.model
    def _get_requests_sql(self, requests):
        """The requests as rows like those of the other kinds."""
        return SQL(
            """
            SELECT %(first)s + request.index, request.product_id, area.area_id, area.area_warehouse_id, NULL,
                   request.date, request.quantity
              FROM unnest(%(indexes)s::bigint[], %(products)s::int[], %(locations)s::int[], %(quantities)s::float[],
                          %(dates)s::timestamp[]) AS request (index, product_id, location_id, quantity, date)
              JOIN area ON area.location_id = request.location_id
            """,
            first=FIRST_REQUEST_ID,
            indexes=list(range(len(requests))),
            products=[request.product.id for request in requests],
            locations=[request.location.id for request in requests],
            quantities=[request.quantity for request in requests],
            dates=[request.date for request in requests],
        )

    @api.model
    def _get_due_sql(self):
        """Return when ``move`` is, or was, expected."""
        return SQL("move.date")
