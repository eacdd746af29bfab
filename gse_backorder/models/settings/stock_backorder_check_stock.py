"""What the check asks of quantities: that what is reserved is there, and what was ordered is in a delivery."""

from odoo import api, models
from odoo.tools import SQL

from ... import without_jit
from ..chain.quantity import get_digits
from ..chain.wording import format_quantity, is_one
from .stock_backorder_check import Kind

PLACE = ("product_id", "location_id", "lot_id", "package_id", "owner_id")


class StockBackorderCheck(models.Model):
    _inherit = "stock.backorder.check"

    @api.model
    def _get_kinds(self):
        return {
            **super()._get_kinds(),
            "line": Kind(self.env._("Quantity of a line"), self._find_lines_sql, self._recompute),
            "reserved": Kind(self.env._("Reserved stock"), self._find_reserved_sql, self._repair_reserved),
            "on_hand": Kind(
                self.env._("More reserved than there is"),
                self._find_beyond_stock_sql,
                self._repair_beyond_stock,
            ),
            "ordered": Kind(self.env._("Ordered, and in no delivery"), self._find_lost_sql, refuse=self._refuse_lost),
            "figure": Kind(self.env._("Kept figures of the analysis"), self._find_figures_sql, self._repair_figures),
        }

    @api.model
    def _get_crumb(self):
        """Return by how much a quantity may differ that was rounded once."""
        return 1.01 * 10 ** -get_digits(self.env)

    # ---- lines -------------------------------------------------------------

    @api.model
    def _find_lines_sql(self):
        """Lines whose demand in the product's unit is not their demand, or whose quantity is not that of its details.

        Of such quantities it is made what has shipped, is open and was cancelled.
        """
        return SQL(
            """
            SELECT 'stock.move' AS res_model, move.id AS res_id, move.company_id, field.name AS field_name,
                   to_jsonb(field.stored) AS stored, to_jsonb(field.expected) AS expected
              FROM stock_move AS move
              JOIN uom_uom AS unit ON unit.id = move.product_uom
              JOIN product_product AS product ON product.id = move.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
              JOIN uom_uom AS own_unit ON own_unit.id = template.uom_id
         LEFT JOIN (
                       SELECT detail.move_id,
                              SUM(CASE WHEN detail.product_uom_id = part.product_uom
                                       THEN detail.quantity
                                       ELSE detail.quantity * detail_unit.factor / part_unit.factor
                                   END) AS quantity
                         FROM stock_move_line AS detail
                         JOIN stock_move AS part ON part.id = detail.move_id
                         JOIN uom_uom AS part_unit ON part_unit.id = part.product_uom
                         JOIN uom_uom AS detail_unit ON detail_unit.id = detail.product_uom_id
                     GROUP BY detail.move_id
                   ) AS details ON details.move_id = move.id
        CROSS JOIN LATERAL (
                       VALUES ('product_qty', move.product_qty::float,
                               (move.product_uom_qty * CASE WHEN unit.id = own_unit.id THEN 1
                                                            ELSE unit.factor / own_unit.factor END)::float),
                              ('quantity', move.quantity::float, COALESCE(details.quantity, 0)::float)
                   ) AS field (name, stored, expected)
             WHERE move.picking_id IS NOT NULL
               AND ABS(COALESCE(field.stored, 0) - field.expected) > %s
            """,
            self._get_crumb(),
        )

    # ---- reserved ----------------------------------------------------------

    @api.model
    def _get_reserved_sql(self):
        """Return a query of each place (product, location, lot, package, owner), in the products' units.

        Its columns are the place's, ``company_id``, ``quant_id`` and ``detail_id`` (the first of each that is there),
        ``quantity`` and ``reserved`` as the quants have them, ``held`` by the details of open lines, and how much of
        that is ``picked``.
        """
        return SQL(
            """
            SELECT stored.product_id, stored.location_id, stored.lot_id, stored.package_id, stored.owner_id,
                   MIN(stored.company_id) AS company_id, MIN(quant_id) AS quant_id, MIN(detail_id) AS detail_id,
                   SUM(quantity) AS quantity, SUM(reserved) AS reserved, SUM(held) AS held, SUM(picked) AS picked
              FROM (
                  SELECT product_id, location_id, lot_id, package_id, owner_id, company_id, id AS quant_id,
                         NULL::int AS detail_id, quantity::float, reserved_quantity::float AS reserved, 0 AS held,
                         0 AS picked
                    FROM stock_quant
                   UNION ALL
                  SELECT product_id, location_id, lot_id, package_id, owner_id, company_id, NULL, id, 0, 0,
                         quantity_product_uom::float, CASE WHEN picked THEN quantity_product_uom::float ELSE 0 END
                    FROM stock_move_line
                   WHERE state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                     AND quantity_product_uom != 0
              ) AS stored
              JOIN stock_location AS location
                ON location.id = stored.location_id AND location.usage IN ('internal', 'transit')
              JOIN product_product AS product ON product.id = stored.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id AND template.is_storable
          GROUP BY stored.product_id, stored.location_id, stored.lot_id, stored.package_id, stored.owner_id
            """
        )

    @api.model
    def _find_reserved_sql(self):
        """Places where the stock says that another quantity is reserved than the open lines hold."""
        return SQL(
            """
            SELECT CASE WHEN quant_id IS NULL THEN 'stock.move.line' ELSE 'stock.quant' END AS res_model,
                   COALESCE(quant_id, detail_id) AS res_id, company_id, 'reserved_quantity' AS field_name,
                   to_jsonb(reserved) AS stored, to_jsonb(held) AS expected
              FROM (%s) AS place
             WHERE ABS(reserved - held) > %s
            """,
            self._get_reserved_sql(),
            self._get_crumb(),
        )

    @api.model
    def _repair_reserved(self, differences):
        """Say of the stock that reserved is what lines hold, by Odoo's own method, as its nightly scheduler does."""
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT COALESCE(quant_id, detail_id), held - reserved, product_id, location_id, lot_id, package_id,
                       owner_id
                  FROM (%s) AS place
                 WHERE COALESCE(quant_id, detail_id) = ANY (%s)
                   AND ABS(reserved - held) > %s
                """,
                self._get_reserved_sql(),
                differences.mapped("res_id"),
                self._get_crumb(),
            ),
        )
        quants = self.env["stock.quant"]
        for _record_id, change, *place in rows:
            product, location, lot, package, owner = (
                self.env[quants._fields[name].comodel_name].browse(record_id or ())
                for name, record_id in zip(PLACE, place, strict=True)
            )
            quants._update_reserved_quantity(
                product, location, change, lot_id=lot, package_id=package, owner_id=owner, strict=True
            )

    @api.model
    def _find_beyond_stock_sql(self):
        """Places where more is held for lines that nobody has picked than there is.

        What is held of a lot may lie there without one. What somebody has picked is there, whatever the stock says.
        """
        return SQL(
            """
            SELECT 'stock.quant' AS res_model, quant_id AS res_id, company_id, 'reserved_quantity' AS field_name,
                   to_jsonb(held) AS stored, to_jsonb(GREATEST(quantity, 0)) AS expected
              FROM (
                  SELECT *, SUM(beyond) FILTER (WHERE lot_id IS NOT NULL) OVER whole AS lots_beyond,
                         SUM(GREATEST(0, quantity - held)) FILTER (WHERE lot_id IS NULL) OVER whole AS lotless
                    FROM (
                        SELECT *, LEAST(GREATEST(0, held - GREATEST(quantity, 0)), held - picked) AS beyond
                          FROM (%s) AS every
                    ) AS judged
                  WINDOW whole AS (PARTITION BY product_id, location_id, package_id, owner_id)
              ) AS place
             WHERE beyond > %s
               AND quant_id IS NOT NULL
               AND (lot_id IS NULL OR lots_beyond > COALESCE(lotless, 0))
            """,
            self._get_reserved_sql(),
            self._get_crumb(),
        )

    @api.model
    def _repair_beyond_stock(self, differences):
        """Let those lose what is not there who come last in the ranking, as when a count finds less."""
        lines = self.env["stock.move.line"]
        for difference, quant in differences._get_records().items():
            excess = difference.stored - difference.expected
            place = {"lot_id": quant.lot_id, "package_id": quant.package_id, "owner_id": quant.owner_id}
            holders = lines._get_holders(quant.product_id, quant.location_id, place)
            with self.env["stock.taking"]._making_good(holders.move_id, self.env["stock.move"]):
                for loser, lost in holders._get_losses(excess).items():
                    self._let_lose(loser, lost)

    @api.model
    def _let_lose(self, line, lost):
        """Take *lost*, in the product's unit, from what *line* holds, and say so in the chatter of its transfer."""
        transfer, product, unit = line.picking_id, line.product_id, line.product_id.uom_id
        if unit.compare(lost, line.quantity_product_uom) >= 0:
            line.unlink()
        else:
            line.quantity -= unit._compute_quantity(lost, line.product_uom_id, rounding_method="HALF-UP")
        if transfer:
            transfer._message_log(body=self._tell_not_in_stock(product, lost))

    @api.model
    def _tell_not_in_stock(self, product, lost):
        if is_one(self.env, lost):
            return self.env._("1 of %s is not reserved any more: it is not in stock.", product.display_name)
        return self.env._(
            "%(quantity)s of %(product)s are not reserved any more: they are not in stock.",
            quantity=format_quantity(self.env, lost),
            product=product.display_name,
        )

    # ---- ordered -----------------------------------------------------------

    @api.model
    def _find_lost_sql(self):
        """Lines of orders of which less is in deliveries than was sold: shipped, open and cancelled taken together.

        Of lines that have a delivery at all: what is dropshipped or still to be bought has none yet. Nor has what is
        still to be picked, and was ordered later: Odoo makes a delivery of it when it is picked.
        """
        return SQL(
            """
            SELECT 'sale.order.line' AS res_model, sold.id AS res_id, sold.company_id, 'product_uom_qty' AS field_name,
                   to_jsonb(
                       (SUM(told.qty_shipped + told.qty_open + told.qty_cancelled)
                        * MIN(own_unit.factor / unit.factor))::float
                   ) AS stored,
                   to_jsonb(sold.product_uom_qty::float) AS expected
              FROM (%(rows)s) AS told
              JOIN stock_move AS move ON move.id = told.id
              JOIN sale_order_line AS sold ON sold.id = move.sale_line_id AND sold.product_id = told.product_id
              JOIN uom_uom AS unit ON unit.id = sold.product_uom_id
              JOIN product_product AS product ON product.id = sold.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
              JOIN uom_uom AS own_unit ON own_unit.id = template.uom_id
             WHERE sold.state = 'sale'
          GROUP BY sold.id
            HAVING SUM(told.qty_shipped + told.qty_open + told.qty_cancelled)
                   < MIN(sold.product_uom_qty * unit.factor / own_unit.factor) - %(crumb)s * (1 + COUNT(*))
                   - COALESCE((
                         SELECT SUM(step.product_qty)
                           FROM stock_move AS step
                           JOIN stock_picking AS picking ON picking.id = step.picking_id
                          WHERE step.sale_line_id = sold.id
                            AND step.product_id = sold.product_id
                            AND step.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                            AND step.location_final_id = ANY (%(customers)s)
                            AND step.location_dest_id != ALL (%(customers)s)
                            AND picking.backorder_root_id IS NULL -- what it is a rest of has gone on to a delivery
                            AND NOT EXISTS (SELECT FROM stock_move_move_rel WHERE move_orig_id = step.id)
                     ), 0)
            """,
            customers=self.env["stock.location"]._get_customers_ids(),
            rows=self._get_rows(),
            crumb=self._get_crumb(),
        )

    @api.model
    def _get_rows(self):
        """Return the query of the lines of the analysis, true as of now."""
        self.env["stock.backorder.mark"]._flush_watched()
        return self.env["stock.backorder.report"]._get_lines_sql()

    @api.model
    def _refuse_lost(self, difference):
        line = difference._get_records().get(difference)
        return self.env._(
            "Nobody but you can know whether the customer still wants it: lower the quantity of %(order)s to what is in"
            " its deliveries, or raise the demand of an open delivery.",
            order=line.order_id.name if line else difference.res_id,
        )

    # ---- figures -----------------------------------------------------------

    @api.model
    def _find_figures_sql(self):
        """Chains of which another figure is kept than follows from their deliveries, and that nobody has marked.

        One line of each is named. A price and a number of days are kept to some digits.
        """
        marks, figures = self.env["stock.backorder.mark"], self.env["stock.backorder.figure"]
        marks._flush_watched()
        marked = marks._get_marked_roots()
        names = figures._get_columns()
        return SQL(
            """
            SELECT DISTINCT ON (root_id)
                   'stock.picking' AS res_model, root_id AS res_id, company_id, '' AS field_name, stored, expected
              FROM (
                  SELECT COALESCE(kept.root_id, live.root_id) AS root_id,
                         COALESCE(kept.company_id, live.company_id) AS company_id,
                         COALESCE(kept.id, live.id) AS id, differing.*
                    FROM (SELECT %(columns)s FROM stock_backorder_figure) AS kept
               FULL JOIN (SELECT %(columns)s FROM (%(live)s) AS line) AS live ON live.id = kept.id
              CROSS JOIN LATERAL (
                             SELECT jsonb_object_agg(name, to_jsonb(kept) -> name)
                                    FILTER (WHERE kept.id IS NOT NULL) AS stored,
                                    jsonb_object_agg(name, to_jsonb(live) -> name)
                                    FILTER (WHERE live.id IS NOT NULL) AS expected
                               FROM unnest(%(names)s) AS name
                              WHERE to_jsonb(kept) -> name IS DISTINCT FROM to_jsonb(live) -> name
                                AND (kept.id = live.id OR name LIKE 'qty_%%')
                         ) AS differing
                   WHERE (%(kept_row)s) IS DISTINCT FROM (%(live_row)s)
                     AND %(is_known)s
              ) AS line
             WHERE NOT EXISTS (SELECT FROM unnest(%(marked)s::int[]) AS marked (id) WHERE marked.id = root_id)
          ORDER BY root_id, id
            """,
            columns=SQL(", ").join(map(self._get_figure, names)),
            names=names,
            kept_row=SQL(", ").join(SQL.identifier("kept", name) for name in names),
            live_row=SQL(", ").join(SQL.identifier("live", name) for name in names),
            live=self.env["stock.backorder.report"]._get_live_sql(None if marked is not None else []),
            is_known=marked is not None,
            marked=marked or [],
        )

    @api.model
    def _get_figure(self, name):
        """Return a column of the analysis, as SQL; a price and a number of days are kept to some digits."""
        column = SQL.identifier(name)
        is_rough = name in ("unit_price", "days_to_fulfil")
        return SQL("ROUND(%s::numeric, 4) AS %s", column, column) if is_rough else column

    @api.model
    def _repair_figures(self, differences):
        """Work the chains out anew, as the cron does with what is marked."""
        self.env["stock.backorder.figure"]._renew(differences.mapped("res_id"))
