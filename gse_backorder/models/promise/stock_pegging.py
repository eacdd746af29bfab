from odoo import api, fields, models
from odoo.tools import SQL

from ... import without_jit
from ..chain.picking_states import CLOSED_STATES
from ..engine.coverage import NOISE, ship_together


class StockPegging(models.AbstractModel):
    """First promises of all who wait, in one query; what is on hold is promised nothing, and what ships all together is
    promised for when the last of it comes.
    """

    _inherit = "stock.pegging"

    @api.model
    def _get_coverage(self, moves, demands=()):
        by_move, by_demand = super()._get_coverage(moves, demands)
        # Who may see a line may know that it is on hold.
        held = moves.sudo().filtered("is_held")
        return {**by_move, **{move.id: by_move[move.id].on_hold() for move in held}}, by_demand

    @api.model
    def _get_changes(self, scenario, products):
        """Of what ships all together it is told when it ships: before and after with the last of its lines."""
        found = super()._get_changes(scenario, products)
        # Whom it moves does not depend on who asks: who may be told of it, higher rooms know.
        together = [("move_type", "=", "one"), ("state", "not in", CLOSED_STATES), ("move_ids", "in", list(found))]
        transfers = self.env["stock.picking"].sudo().search(together) if found else ()
        if not transfers:
            return found
        lines = transfers.move_ids._filtered_open().filtered(lambda line: line.id not in scenario.dropped)
        others = lines.filtered(lambda line: line.id not in found)._get_product_coverage()
        pairs = {**{line_id: (coverage, coverage) for line_id, coverage in others.items()}, **found}
        now = fields.Datetime.now()
        for parts in lines.filtered(lambda line: line.id in pairs).grouped("picking_id").values():
            before, after = (ship_together({part.id: pairs[part.id][side] for part in parts}, now) for side in (0, 1))
            for part in parts:
                found.pop(part.id, None)
                if self._is_other(before[part.id], after[part.id], now):
                    found[part.id] = before[part.id], after[part.id]
        return found

    @api.model
    def _promise_waiting(self, products):
        """Write the first promise of all claims on *products* that have none yet and are covered now.

        :return: these moves
        """
        products = products.filtered("is_storable")
        moves = self.env["stock.move"]
        if not products:
            return moves
        self._flush_pegging()
        moves.flush_model(["first_promise_date"])
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                UPDATE stock_move
                   SET first_promise_date = COALESCE(covered.expected_date, %(now)s)
                  FROM (%(pegging)s) AS covered
                 WHERE covered.id = stock_move.id
                   AND stock_move.is_held IS NOT TRUE
                   AND covered.uncovered < %(noise)s
                   AND covered.overdue < %(noise)s
             RETURNING stock_move.id
                """,
                pegging=self._get_pegging_sql(
                    products,
                    SQL(
                        """
                        id IN (
                            SELECT id
                              FROM stock_move
                             WHERE product_id = ANY (%s)
                               AND state IN ('waiting', 'confirmed', 'partially_available')
                               AND first_promise_date IS NULL
                        )
                        """,
                        products.ids,
                    ),
                ),
                now=fields.Datetime.now(),
                noise=NOISE,
            ),
        )
        promised = moves.browse(move_id for (move_id,) in rows)
        promised.invalidate_recordset(["first_promise_date"], flush=False)
        return promised

    @api.model
    def _keep_waiting(self, products):
        """Keep what claims on *products* are promised now, of those for which nothing is kept yet.

        Only those of which something has a date are read: what waits for longer may be many.
        """
        products = products.filtered("is_storable")
        if not products or not self.env["stock.warehouse"]._is_any_keeping():
            return
        self._flush_pegging()
        unkept = SQL(
            """
            id IN (
                SELECT id
                  FROM stock_move
                 WHERE product_id = ANY (%s)
                   AND state IN ('waiting', 'confirmed', 'partially_available')
                   AND kept_date IS NULL
            )
            """,
            products.ids,
        )
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                SELECT move.id
                  FROM (%(pegging)s) AS claim
                  JOIN stock_move AS move ON move.id = claim.id
                 WHERE claim.now + claim.expected - claim.overdue > %(noise)s
                   AND %(is_for_customer)s
                """,
                pegging=self._get_pegging_sql(products, unkept),
                noise=NOISE,
                is_for_customer=self.env["stock.claim"]._get_wanted_sql(
                    SQL("move.id"),
                    SQL("COALESCE(move.location_final_id, move.location_dest_id)"),
                    self.env["stock.location"]._get_customers_ids(),
                ),
            ),
        )
        self.env["stock.move"].browse(move_id for (move_id,) in rows)._keep_promises()
