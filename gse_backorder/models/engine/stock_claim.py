from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ... import without_jit
from .coverage import AFTER_ALL_IDS, CLAIM_DATES, NOISE
from .scenario import Scenario


class StockClaim(models.AbstractModel):
    """Who wants goods out of a stock, and how much of them he lacks.

    A *claim* is an open move that takes goods out of a pool. A *pool* is a product in one area of a warehouse: the
    topmost location under the warehouse's view, with all its children, since that is what reservation draws on. A
    *demand* is what a quotation would claim.
    """

    _name = "stock.claim"
    _description = "Claims on Stock"

    @api.model
    def _flush(self):
        """Write what the queries read of claims, and of what ranks them."""
        others = ("location_final_id", "move_orig_ids")
        self.env["stock.move"].flush_model([*self._get_stored_names(), *others])
        self.env["stock.location"].flush_model(["parent_path", "usage", "warehouse_id"])
        self.env["stock.warehouse"].flush_model(["allocation_guard_days", "allocation_policy"])
        self.env["stock.picking.type"].flush_model(["reservation_method"])

    @api.model
    def _get_open_origins(self, moves):
        """Return the open moves before *moves*, over any number of steps.

        :return: ``{move id: set of ids of the open moves just before it}``, for *moves* that wait for others, for all
            moves upstream of them, and for the other moves that wait for those
        """
        waiting = moves.filtered(lambda move: move.state == "waiting" or move.procure_method == "make_to_order")
        if not waiting:
            return {}
        self.env["stock.move"].flush_model(["move_orig_ids", "state"])
        origins = defaultdict(set)
        for move_id, origin_id in without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH RECURSIVE upstream AS (
                    SELECT link.move_orig_id AS id
                      FROM stock_move_move_rel AS link
                     WHERE link.move_dest_id IN %(move_ids)s
                     UNION
                    SELECT link.move_orig_id
                      FROM upstream
                      JOIN %(moves)s AS move ON move.id = upstream.id AND move.state NOT IN ('done', 'cancel')
                      JOIN stock_move_move_rel AS link ON link.move_dest_id = upstream.id
                )
                SELECT destination.id, origin.id
                  FROM upstream
                  JOIN %(moves)s AS origin ON origin.id = upstream.id
                  JOIN stock_move_move_rel AS link ON link.move_orig_id = origin.id
                  JOIN %(moves)s AS destination ON destination.id = link.move_dest_id
                 WHERE origin.state NOT IN ('done', 'cancel')
                   AND destination.state NOT IN ('done', 'cancel')
                """,
                move_ids=tuple(waiting.ids),
                moves=Scenario.of(self.env).get_moves_sql(),
            ),
        ):
            origins[move_id].add(origin_id)
            origins.setdefault(origin_id, set())
        return origins

    @api.model
    def _get_claimed_products(self, product_ids=None):
        """Return the stored products that open lines want, of those with the ids, or of all."""
        self.env["stock.move"].flush_model(["product_id", "state"])
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT product.id
                  FROM product_product AS product
                  JOIN product_template AS template ON template.id = product.product_tmpl_id
                 WHERE template.is_storable
                   AND EXISTS (
                       SELECT 1
                         FROM stock_move AS move
                        WHERE move.product_id = product.id
                          AND move.state IN ('waiting', 'confirmed', 'partially_available')
                   )
                   AND %s
                """,
                SQL("TRUE") if product_ids is None else SQL("product.id = ANY (%s)", list(product_ids)),
            ),
        )
        return self.env["product.product"].browse(product_id for (product_id,) in rows)

    @api.model
    def _get_sums_sql(self, products):
        """The claims summed up by where and whose the goods are that they want.

        Nearly all are plain: no move is before them. These are summed up first, and then looked at by their locations.

        :return: SQL of the columns product_id, area_id, location_id, owner_id, quantity; and, of those that somebody
            waits for (see :meth:`_get_wanted_sql`), first_id, first_ordered, first_deadline, and the quantity wanted
        """
        # The same as an index on stock.move has it.
        is_other = SQL(
            "(state IN ('waiting', 'partially_available')"
            " OR state = 'confirmed' AND procure_method IS DISTINCT FROM 'make_to_stock')"
        )
        targets = self._get_target_ids()
        return SQL(
            """
            SELECT product_id, area_id, location_id, owner_id, MIN(first_id) FILTER (WHERE is_wanted) AS first_id,
                   MIN(first_ordered) FILTER (WHERE is_wanted) AS first_ordered,
                   MIN(first_deadline) FILTER (WHERE is_wanted) AS first_deadline,
                   SUM(quantity) AS quantity, COALESCE(SUM(quantity) FILTER (WHERE is_wanted), 0) AS wanted
              FROM (
                  SELECT plain.product_id, area.area_id, plain.location_id, plain.owner_id, plain.first_id,
                         plain.first_ordered, plain.first_deadline, plain.quantity,
                         CASE WHEN plain.followed_id IS NULL THEN TRUE ELSE %(is_followed)s END AS is_wanted
                    FROM (%(plain)s) AS plain
                    JOIN area ON area.location_id = plain.location_id
               LEFT JOIN area AS destination ON destination.location_id = plain.location_dest_id
                   WHERE destination.area_id IS DISTINCT FROM area.area_id
               UNION ALL
                  SELECT product_id, area_id, location_id, owner_id, id, ordered_date, date_deadline, quantity,
                         %(other_is_wanted)s
                    FROM (%(others)s) AS other
              ) AS claim
          GROUP BY product_id, area_id, location_id, owner_id
            """,
            plain=self._get_plain_sums_sql(products, targets),
            is_followed=self._get_followed_sql(SQL("plain.followed_id"), targets),
            other_is_wanted=self._get_wanted_sql(SQL("other.id"), SQL("target_id"), targets),
            others=self._get_claims_sql(products, more=("target_id", *CLAIM_DATES), condition=is_other),
        )

    @api.model
    def _get_plain_sums_sql(self, products, targets):
        """The claims that no move is before, summed up by where their goods come from and go to.

        Nearly all of these lack all that they want: that is added as it is stored, which spares a conversion of each.
        """
        moves = Scenario.of(self.env).get_moves_sql()
        condition = SQL(
            "product_id = ANY (%s) AND state = 'confirmed' AND procure_method = 'make_to_stock'", products.ids
        )
        return SQL(
            """
            SELECT product_id, location_id, location_dest_id, owner_id, followed_id, MIN(id) AS first_id,
                   MIN(ordered_date) AS first_ordered, MIN(date_deadline) AS first_deadline,
                   SUM(lacking)::float AS quantity
              FROM (
                  SELECT id, product_id, location_id, location_dest_id, restrict_partner_id AS owner_id, ordered_date,
                         date_deadline, LEAST(%(lacking)s, %(reach)s::numeric) AS lacking,
                         CASE WHEN COALESCE(location_final_id, location_dest_id) != ALL (%(targets)s) THEN id END
                             AS followed_id
                    FROM %(moves)s AS move
                   WHERE %(condition)s
                  OFFSET 0
              ) AS plain
             WHERE lacking > %(noise)s
          GROUP BY product_id, location_id, location_dest_id, owner_id, followed_id
            """,
            lacking=SQL(
                "CASE WHEN quantity > 0 THEN %s::numeric ELSE product_qty END", self._get_lacking_sql(SQL("move"))
            ),
            reach=self._get_reach_sql(SQL("move"), SQL("SELECT id FROM %s AS move WHERE %s", moves, condition)),
            moves=moves,
            condition=condition,
            targets=targets,
            noise=NOISE,
        )

    @api.model
    def _get_wanted_sql(self, move_id, target_id, target_ids):
        """Return whether somebody waits for a move, as SQL: a customer, in the end, or a production.

        Nobody waits for what goes back to a vendor, is written off, or is moved to another warehouse for no customer's
        sake: it takes its turn, but nothing is bought for it.

        :param SQL move_id: the id of the move
        :param SQL target_id: where its goods go, at once or by what Odoo pushes them on to
        :param target_ids: see :meth:`_get_target_ids`
        """
        return SQL(
            "CASE WHEN %s = ANY (%s) THEN TRUE ELSE %s END",
            target_id,
            target_ids,
            self._get_followed_sql(move_id, target_ids),
        )

    @api.model
    def _get_target_ids(self):
        """Return the ids of the locations where somebody waits: those of customers, and productions."""
        # Where somebody waits does not depend on who asks.
        productions = self.env["stock.location"].sudo().with_context(active_test=False)
        return [
            *self.env["stock.location"]._get_customers_ids(),
            *productions.search([("usage", "=", "production")]).ids,
        ]

    @api.model
    def _get_followed_sql(self, move_id, target_ids):
        """Return whether a move after this one, over any number of steps, goes to where somebody waits, as SQL."""
        return SQL(
            """
            EXISTS (
                WITH RECURSIVE downstream AS (
                    SELECT link.move_dest_id AS id
                      FROM stock_move_move_rel AS link
                     WHERE link.move_orig_id = %(move_id)s
                     UNION
                    SELECT link.move_dest_id
                      FROM downstream
                      JOIN stock_move_move_rel AS link ON link.move_orig_id = downstream.id
                )
                SELECT 1
                  FROM downstream
                  JOIN %(moves)s AS following ON following.id = downstream.id
                 WHERE following.state NOT IN ('done', 'cancel')
                   AND COALESCE(following.location_final_id, following.location_dest_id) = ANY (%(target_ids)s)
            )
            """,
            moves=Scenario.of(self.env).get_moves_sql(),
            move_id=move_id,
            target_ids=target_ids,
        )

    @api.model
    def _get_claims_sql(self, products, columns=None, more=(), condition=None, are_whole=False):
        """The open moves that take goods out of an area and lack some of them.

        Those that moves before them serve are claims on what these have brought alone, see :meth:`_get_reach_sql`:
        for the rest they wait. (Odoo's state *confirmed* says that none of these is open.)

        :param products: on which they are
        :param SQL columns: of ``claim``, to be added; those that rank it: then it is told in its parts, a row each
        :param more: names of columns of ``claim``, to be added behind
        :param SQL condition: over ``stock_move``
        :param are_whole: whether each of them is known to be in one part
        :return: SQL of the columns id, demand_index and demand_group (NULL), product_id, location_id, area_id,
            owner_id, quantity (what is lacking, in the product's unit), and those that are added
        """
        is_open = SQL(
            "product_id = ANY (%s) AND %s AND %s", products.ids, self._get_may_lack_sql(), condition or SQL("TRUE")
        )
        is_in_parts = bool(columns) and bool(self._get_part_kinds()) and not are_whole
        if is_in_parts:
            open_moves = self._get_in_parts_sql(is_open)
        else:
            open_moves = (self._get_first_parts_sql if columns else self._get_open_moves_sql)(is_open)
        return SQL(
            """
            SELECT claim.id, NULL::int AS demand_index, NULL::int AS demand_group,
                   claim.product_id, claim.location_id, claim.area_id, claim.restrict_partner_id AS owner_id,
                   %(quantity)s AS quantity %(added)s
              FROM (%(open_moves)s) AS claim
             WHERE claim.dest_area_id IS DISTINCT FROM claim.area_id
               AND claim.lacking > %(noise)s
               AND (claim.procure_method = 'make_to_stock' OR claim.reach IS NOT NULL)
            """,
            noise=NOISE,
            added=SQL().join(
                SQL(", %s", column)
                for column in (*filter(None, (columns,)), *(SQL.identifier("claim", name) for name in more))
            ),
            quantity=SQL("claim.part_quantity") if is_in_parts else SQL("claim.lacking"),
            open_moves=open_moves,
        )

    @api.model
    def _get_may_lack_sql(self):
        """Return whether a row of ``stock_move`` may lack something, by its state alone, as SQL."""
        return SQL("state IN ('waiting', 'confirmed', 'partially_available')")

    @api.model
    def _get_lacking_sql(self, move, size=None):
        """Return what a move has not reserved of its demand, as SQL, in the product's unit.

        What is reserved is read from its lines: the move's own figure is rounded to its unit, which may be a pallet of
        a thousand. Where that is the product's unit, as nearly always, it is spared; see
        ``stock.move._get_filled_in_product_unit``.

        :param SQL size: its demand in that unit as a float, where that is at hand: to convert it takes its time
        """
        return SQL(
            """
            CASE WHEN %(move)s.quantity > 0
                 THEN GREATEST(0, %(size)s - CASE
                          WHEN %(move)s.product_qty = %(move)s.product_uom_qty THEN %(move)s.quantity::float
                          ELSE (SELECT COALESCE(SUM(part.quantity_product_uom), 0)::float
                                  FROM stock_move_line AS part
                                 WHERE part.move_id = %(move)s.id)
                      END)
                 ELSE %(size)s
            END
            """,
            move=move,
            size=size or SQL("%s.product_qty::float", move),
        )

    @api.model
    def _get_open_moves_sql(self, condition, are_empty=False):
        """The moves that meet the *condition*, with the areas of both ends, what they lack, and what ranks them.

        The offsets are fences: the planner knows how many moves there are, and joins the small tables to them.

        :param are_empty: whether they are looked at as if nothing were reserved for them
        """
        scenario = Scenario.of(self.env)
        source, lacking = scenario.get_claim_source_sql(), SQL("move.size")
        if not are_empty:
            lacking = SQL("LEAST(%s, move.reach)", self._get_lacking_sql(SQL("move"), lacking))
        return SQL(
            """
            SELECT move.*, %(lacking)s AS lacking, area.area_id, %(policy)s, %(is_urgent)s AS is_urgent,
                   destination.area_id AS dest_area_id, %(is_reservable)s AS is_reservable,
                   COALESCE(move.ranked_as, move.id)::bigint AS place, move.id::bigint AS tie%(part_columns)s
              FROM (
                  SELECT %(stored)s, COALESCE(location_final_id, location_dest_id) AS target_id,
                         product_qty::float AS size, %(reach)s AS reach
                    FROM %(source)s
                   WHERE %(condition)s
                  OFFSET 0
              ) AS move
              JOIN area ON area.location_id = move.location_id
         LEFT JOIN area AS destination ON destination.location_id = move.location_dest_id
         LEFT JOIN stock_picking_type AS type ON type.id = move.picking_type_id
            OFFSET 0
            """,
            source=source,
            reach=self._get_reach_sql(SQL("stock_move"), SQL("SELECT id FROM %s WHERE %s", source, condition)),
            lacking=lacking,
            policy=self._get_policy_sql(),
            is_urgent=self._get_urgent_sql(SQL("move.priority")),
            is_reservable=self._get_reservable_sql(),
            part_columns=self._get_part_columns_sql(lacking),
            stored=SQL(", ").join(map(scenario.get_claim_column_sql, ("id", *self._get_stored_names()))),
            condition=condition,
        )

    @api.model
    def _get_stored_names(self):
        """Return the names of the fields of a move that its claim is told from."""
        return [
            "product_id",
            "location_id",
            "location_dest_id",
            "picking_id",
            "picking_type_id",
            "restrict_partner_id",
            "product_qty",
            "product_uom_qty",
            "quantity",
            "state",
            "procure_method",
            "picked",
            "priority",
            "date_deadline",
            "ordered_date",
            "ranked_as",
            "reservation_date",
        ]

    @api.model
    def _get_policy_sql(self):
        """Return the columns of ``area`` that say by what its warehouse ranks."""
        names = self.env["stock.warehouse"]._get_policy_columns()
        return SQL(", ").join(SQL.identifier("area", name) for name in names)

    @api.model
    def _get_urgent_sql(self, priority):
        """Return whether a *priority* is the urgent star where the warehouse of ``area`` heeds it, as SQL."""
        return SQL("(area.by_priority AND COALESCE(%s, '0') != '0')", priority)

    @api.model
    def _get_reservable_sql(self):
        """Return whether the day has come to reserve ``move``, of an operation ``type``."""
        return SQL(
            "COALESCE(type.reservation_method = 'at_confirm' OR move.reservation_date <= %s, FALSE)",
            fields.Date.today(),
        )

    @api.model
    def _get_demands_sql(self, demands, columns):
        """The demands as rows like those of the claims, as if they were confirmed now.

        :param demands: a list of :class:`~.coverage.Demand`
        :param SQL columns: of ``claim``, to be added
        """
        groups = {demand.group: index for index, demand in enumerate(demands)}
        group_sizes = defaultdict(float)
        for demand in demands:
            group_sizes[demand.group] += demand.quantity
        return SQL(
            """
            SELECT NULL, claim.index, claim.group_index, claim.product_id, claim.location_id, claim.area_id,
                   NULL::int, claim.quantity, %(columns)s
              FROM (
                  SELECT demand.*, area.area_id, %(policy)s, %(is_urgent)s AS is_urgent, %(now)s AS ordered_date,
                         NULL::int AS picking_id, TRUE AS is_reservable, %(first)s + index AS place,
                         %(first)s + index AS tie, %(rest)s AS part, NULL::timestamp AS part_date,
                         TRUE AS is_all%(more)s
                    FROM unnest(%(indexes)s::int[], %(groups)s::int[], %(products)s::int[], %(locations)s::int[],
                                %(quantities)s::float[], %(sizes)s::float[], %(priorities)s::varchar[],
                                %(deadlines)s::timestamp[])
                         AS demand (index, group_index, product_id, location_id, quantity, size, priority,
                                    date_deadline)
                    JOIN area ON area.location_id = demand.location_id
              ) AS claim
             WHERE claim.quantity > %(noise)s
            """,
            noise=NOISE,
            columns=columns,
            policy=self._get_policy_sql(),
            is_urgent=self._get_urgent_sql(SQL("demand.priority")),
            first=AFTER_ALL_IDS,
            rest=len(self._get_part_kinds()),
            more=self._get_demand_columns_sql(),
            now=fields.Datetime.now(),
            sizes=[group_sizes[demand.group] for demand in demands],
            indexes=list(range(len(demands))),
            groups=[groups[demand.group] for demand in demands],
            products=[demand.product.id for demand in demands],
            locations=[demand.location.id for demand in demands],
            quantities=[demand.quantity for demand in demands],
            priorities=[demand.priority for demand in demands],
            deadlines=[demand.deadline or None for demand in demands],
        )

    @api.model
    def _get_demand_columns_sql(self):
        """Return what a demand has in the columns that others add to a claim, and rank by: ``, value AS name``."""
        return SQL()
