from odoo import api, models
from odoo.tools import SQL

from .scenario import Scenario


class StockClaim(models.AbstractModel):
    """What a claim may take of a stock where moves before it were to bring its goods."""

    _inherit = "stock.claim"

    @api.model
    def _flush(self):
        names = ("location_dest_id", "location_id", "lot_id", "move_id", "owner_id", "package_id")
        self.env["stock.move.line"].flush_model([*names, "quantity_product_uom", "result_package_id"])
        self.env["stock.quant"].flush_model(["package_id"])
        return super()._flush()

    @api.model
    def _get_reach_sql(self, move, moves):
        """Return how much more a *move* may take of a stock, as SQL, in the product's unit; NULL for all that it lacks.

        Where moves are before it, Odoo reserves for it only what these have brought (see
        ``_get_available_move_lines`` of ``stock.move``), less what it and the others that they served have taken of
        that: of the same place, lot, package and owner. What is not there any more it cannot take, whatever else lies
        free; and what was never brought does not come any more, unless one of those moves is open.

        :param SQL moves: the ids of all that are asked for: which of them have moves before them is looked up once for
            all, and not move by move, which the planner would do where it knows little of the links
        """
        return SQL(
            """
            CASE WHEN %(move)s.id IN (SELECT move_dest_id FROM stock_move_move_rel WHERE move_dest_id IN (%(moves)s))
                 THEN (%(left)s)
            END
            """,
            moves=moves,
            left=self._get_left_of_brought_sql(move),
            move=move,
        )

    @api.model
    def _get_left_of_brought_sql(self, move):
        """What is left where it was put of what was brought for a *move*, and is reserved for nobody."""
        return SQL(
            """
            SELECT COALESCE(SUM(GREATEST(0, LEAST(brought.quantity, (%(free)s)))), 0)
              FROM (
                  SELECT location_id, lot_id, package_id, owner_id, SUM(quantity)::float AS quantity
                    FROM (%(lines)s) AS line
                GROUP BY location_id, lot_id, package_id, owner_id
              ) AS brought
            """,
            lines=self._get_lines_of_brought_sql(move),
            free=SQL(
                """
                SELECT SUM(quant.quantity - COALESCE(quant.reserved_quantity, 0))::float
                  FROM stock_quant AS quant
                 WHERE quant.product_id = %s.product_id
                   AND quant.location_id = brought.location_id
                   AND quant.lot_id IS NOT DISTINCT FROM brought.lot_id
                   AND quant.package_id IS NOT DISTINCT FROM brought.package_id
                   AND quant.owner_id IS NOT DISTINCT FROM brought.owner_id
                """,
                move,
            ),
        )

    @api.model
    def _get_lines_of_brought_sql(self, move):
        """What was brought for a *move* and for those that share with it, and, below zero, what they have taken."""
        return SQL(
            """
            SELECT line.location_dest_id AS location_id, line.lot_id, line.result_package_id AS package_id,
                   line.owner_id, line.quantity_product_uom AS quantity
              FROM %(moves)s AS bringing
              JOIN stock_move_line AS line ON line.move_id = bringing.id
             WHERE bringing.state = 'done'
               AND bringing.id IN (
                       SELECT brings.move_orig_id
                         FROM stock_move_move_rel AS own
                         JOIN stock_move_move_rel AS shares ON shares.move_orig_id = own.move_orig_id
                         JOIN stock_move_move_rel AS brings ON brings.move_dest_id = shares.move_dest_id
                        WHERE own.move_dest_id = %(move)s.id)
         UNION ALL
            SELECT line.location_id, line.lot_id, line.package_id, line.owner_id, -line.quantity_product_uom
              FROM %(moves)s AS taking
              JOIN stock_move_line AS line ON line.move_id = taking.id
             WHERE taking.state IN ('done', 'partially_available', 'assigned')
               AND taking.id IN (
                       SELECT shares.move_dest_id
                         FROM stock_move_move_rel AS own
                         JOIN stock_move_move_rel AS shares ON shares.move_orig_id = own.move_orig_id
                        WHERE own.move_dest_id = %(move)s.id)
            """,
            moves=Scenario.of(self.env).get_moves_sql(),
            move=move,
        )
