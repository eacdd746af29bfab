"""What the check asks of chains: that they hang together, and what is stored of their members is what follows."""

from odoo import api, models
from odoo.tools import SQL

from ...fulfillment import get_state_sql
from ...hooks import get_awaited_sql, get_customer_sql
from ...upgrade import drop_stored_tokens
from .stock_backorder_check import Kind


class StockBackorderCheck(models.Model):
    _inherit = "stock.backorder.check"

    @api.model
    def _get_kinds(self):
        return {
            **super()._get_kinds(),
            "chain": Kind(
                self.env._("Chain of backorders"), self._find_chains_sql, self._repair_chains, self._refuse_chain
            ),
            "index": Kind(self.env._("Number in the chain"), self._find_indexes_sql, self._repair_indexes),
            "last_index": Kind(self.env._("Last number drawn"), self._find_last_indexes_sql, self._repair_last_indexes),
            "customer": Kind(self.env._("Customer of a delivery"), self._find_customers_sql, self._recompute),
            "awaited": Kind(self.env._("Customer of a line"), self._find_awaited_sql, self._recompute),
            "state": Kind(self.env._("Fulfilment of a delivery"), self._find_states_sql, self._recompute),
            "fact": Kind(self.env._("Ordered, promised, told"), self._find_facts_sql, self._repair_facts),
            "token": Kind(self.env._("Stored tokens"), self._find_tokens_sql, self._repair_tokens),
        }

    # ---- chain -------------------------------------------------------------

    @api.model
    def _find_chains_sql(self):
        """Transfers whose original is not the one that ``backorder_id`` leads to, or is no original, or elsewhere.

        A member whose predecessor was deleted keeps its original. The chain of what is a backorder of another company's
        transfer, from before the addon, begins with itself, as installing has it. Of a circle nobody knows the first.
        """
        return SQL(
            """
            WITH RECURSIVE chain AS (
                SELECT top.id,
                       CASE WHEN root.id IS NULL OR root.id = top.id OR original.id IS NOT NULL
                              OR root.company_id IS DISTINCT FROM top.company_id
                            THEN top.id
                            ELSE COALESCE(root.backorder_root_id, root.id)
                        END AS root_id
                  FROM stock_picking AS top
             LEFT JOIN stock_picking AS original ON original.id = top.backorder_id
             LEFT JOIN stock_picking AS root ON root.id = top.backorder_root_id
                 WHERE original.id IS NULL
                    OR original.company_id IS DISTINCT FROM top.company_id
                 UNION
                SELECT backorder.id, chain.root_id
                  FROM chain
                  JOIN stock_picking AS original ON original.id = chain.id
                  JOIN stock_picking AS backorder ON backorder.backorder_id = original.id
                   AND backorder.company_id IS NOT DISTINCT FROM original.company_id
            )
            SELECT 'stock.picking' AS res_model, picking.id AS res_id, picking.company_id,
                   'backorder_root_id' AS field_name, to_jsonb(picking.backorder_root_id) AS stored,
                   to_jsonb(NULLIF(chain.root_id, picking.id)) AS expected
              FROM stock_picking AS picking
         LEFT JOIN chain ON chain.id = picking.id
             WHERE chain.id IS NULL
                OR picking.backorder_root_id IS DISTINCT FROM NULLIF(chain.root_id, picking.id)
            """
        )

    @api.model
    def _refuse_chain(self, difference):
        transfer, path = difference._get_records().get(difference), []
        while transfer and transfer not in path:
            path.append(transfer)
            transfer = transfer.backorder_id.filtered(lambda one, part=transfer: one.company_id == part.company_id)
        if not transfer:
            return ""
        return self.env._(
            "%s is a backorder of itself, over others, and nobody but you can know which of them was the first: cancel"
            " what is open of them, and order the rest anew.",
            transfer.name,
        )

    @api.model
    def _repair_chains(self, differences):
        """Give each its original, and the next number of that; names stay: they are printed on papers."""
        roots = differences._find_again(self._find_chains_sql())
        transfers = self.env["stock.picking"].browse(sorted(roots))
        # What was taken for an original loses those who are counted from it before it is none any more.
        transfers._write_facts({"backorder_root_id": False, "backorder_index": 0})
        for transfer in transfers:
            if roots[transfer.id]:
                root = transfer.browse(roots[transfer.id])
                transfer._write_facts({"backorder_root_id": root.id, "backorder_index": self._draw_index(root)})
        for difference, transfer in differences._get_records().items():
            difference._log_repair(transfer)

    @api.model
    def _find_indexes_sql(self):
        """Originals that have a number, backorders that have none, and of several with the same all but the first.

        The number that is to be is the next of the chain; where several need one, each gets its own.
        """
        return SQL(
            """
            WITH wrong AS (
                SELECT id, company_id, backorder_root_id AS root_id, backorder_index AS index
                  FROM (
                      SELECT id, company_id, backorder_root_id, backorder_index,
                             backorder_root_id IS NOT NULL AND row_number() OVER (
                                 PARTITION BY backorder_root_id, backorder_index ORDER BY id
                             ) > 1 AS is_second
                        FROM stock_picking
                       WHERE backorder_root_id IS NOT NULL
                          OR backorder_index != 0
                  ) AS numbered
                 WHERE is_second
                    OR backorder_root_id IS NULL
                    OR COALESCE(backorder_index, 0) <= 0
            )
            SELECT 'stock.picking' AS res_model, wrong.id AS res_id, wrong.company_id,
                   'backorder_index' AS field_name, to_jsonb(wrong.index) AS stored,
                   to_jsonb(
                       CASE WHEN root.id IS NULL
                            THEN 0
                            ELSE GREATEST(
                                     root.backorder_last_index,
                                     (SELECT MAX(backorder_index) FROM stock_picking WHERE backorder_root_id = root.id),
                                     0
                                 ) + row_number() OVER (PARTITION BY root.id ORDER BY wrong.id)
                        END
                   ) AS expected
              FROM wrong
         LEFT JOIN stock_picking AS root ON root.id = wrong.root_id
            """
        )

    @api.model
    def _repair_indexes(self, differences):
        for difference, transfer in differences.sorted("res_id")._get_records().items():
            transfer._write_facts({"backorder_index": self._draw_index(transfer.backorder_root_id)})
            difference._log_repair(transfer)

    @api.model
    def _draw_index(self, root):
        """Return the next number of *root* that no backorder has; 0 for none."""
        self._raise_last_index(root)
        return root._draw_backorder_number("")[0] if root else 0

    @api.model
    def _find_last_indexes_sql(self):
        """Originals whose next number would be one that a backorder has already."""
        return SQL(
            """
            SELECT 'stock.picking' AS res_model, root.id AS res_id, root.company_id,
                   'backorder_last_index' AS field_name, to_jsonb(root.backorder_last_index) AS stored,
                   to_jsonb(MAX(backorder.backorder_index)) AS expected
              FROM stock_picking AS backorder
              JOIN stock_picking AS root ON root.id = backorder.backorder_root_id
          GROUP BY root.id
            HAVING COALESCE(root.backorder_last_index, 0) < MAX(backorder.backorder_index)
            """
        )

    @api.model
    def _repair_last_indexes(self, differences):
        for difference, root in differences._get_records().items():
            self._raise_last_index(root)
            difference._log_repair(root)

    @api.model
    def _raise_last_index(self, root):
        """Let the next number of *root* be one that no backorder has."""
        last = max(root.root_backorder_ids.mapped("backorder_index"), default=0)
        if root.backorder_last_index < last:
            root._write_facts({"backorder_last_index": last})

    # ---- what follows ------------------------------------------------------

    @api.model
    def _find_customers_sql(self):
        return self._find_other_values_sql("stock.picking", "customer_id", get_customer_sql())

    @api.model
    def _find_awaited_sql(self):
        return self._find_other_values_sql("stock.move", "awaited_by_id", get_awaited_sql())

    @api.model
    def _find_other_values_sql(self, model_name, field_name, query):
        """The records of a model whose field is not what a *query* of id and that field says."""
        return SQL(
            """
            SELECT %(model_name)s AS res_model, record.id AS res_id, record.company_id,
                   %(field_name)s AS field_name, to_jsonb(record.%(column)s) AS stored,
                   to_jsonb(own.%(column)s) AS expected
              FROM %(table)s AS record
              JOIN (%(query)s) AS own ON own.id = record.id
             WHERE own.%(column)s IS DISTINCT FROM record.%(column)s
            """,
            model_name=model_name,
            field_name=field_name,
            column=SQL.identifier(field_name),
            table=SQL.identifier(self.env[model_name]._table),
            query=query,
        )

    @api.model
    def _find_states_sql(self):
        return SQL(
            """
            SELECT 'stock.picking' AS res_model, picking.id AS res_id, picking.company_id, field.name AS field_name,
                   field.stored, field.expected
              FROM stock_picking AS picking
              JOIN (%s) AS judged ON judged.id = picking.id
        CROSS JOIN LATERAL (
                       VALUES ('fulfillment_state', to_jsonb(picking.fulfillment_state),
                               to_jsonb(judged.fulfillment_state)),
                              ('has_open_remainder', to_jsonb(COALESCE(picking.has_open_remainder, FALSE)),
                               to_jsonb(judged.has_open_remainder))
                   ) AS field (name, stored, expected)
             WHERE field.stored IS DISTINCT FROM field.expected
            """,
            get_state_sql(self.env),
        )

    @api.model
    def _recompute(self, differences):
        """Let Odoo compute the fields anew, and all that follows from them."""
        for (model, name), own in differences.grouped(lambda one: (one.res_model, one.field_name)).items():
            records = self.env[model].browse(own.mapped("res_id"))
            self.env.add_to_compute(records._fields[name], records)
        self.env.flush_all()
        for difference, record in differences._get_records().items():
            thread = record if "message_ids" in record._fields else record.picking_id
            if thread:
                difference._log_repair(thread)

    # ---- facts -------------------------------------------------------------

    @api.model
    def _find_facts_sql(self):
        """Claims of which nobody knows since when they wait, promises that were not kept in mind, and what was told
        both with a date and without."""
        return SQL(
            """
            SELECT 'stock.move' AS res_model, move.id AS res_id, move.company_id, 'ordered_date' AS field_name,
                   'null'::jsonb AS stored, to_jsonb(COALESCE(sale.date_order, root.create_date, move.create_date))
                   AS expected
              FROM stock_move AS move
              JOIN stock_location AS source ON source.id = move.location_id
         LEFT JOIN sale_order_line AS line ON line.id = move.sale_line_id
         LEFT JOIN sale_order AS sale ON sale.id = line.order_id
         LEFT JOIN stock_picking AS picking ON picking.id = move.picking_id
         LEFT JOIN stock_picking AS root ON root.id = COALESCE(picking.backorder_root_id, picking.id)
             WHERE move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
               AND move.ordered_date IS NULL
               AND source.usage IN ('internal', 'transit')
             UNION ALL
            SELECT 'stock.picking', picking.id, picking.company_id, 'first_promise_date', 'null'::jsonb,
                   to_jsonb(MAX(move.first_promise_date) FILTER (WHERE move.state != 'cancel'))
              FROM stock_picking AS picking
              JOIN stock_move AS move ON move.picking_id = picking.id
              JOIN stock_location AS target ON target.id = move.location_dest_id
             WHERE picking.state IN ('waiting', 'confirmed', 'assigned')
               AND picking.first_promise_date IS NULL
               AND move.state NOT IN ('draft', 'done')  -- a promise of all was none without what was cancelled
               AND target.usage != 'inventory'
          GROUP BY picking.id
            HAVING bool_and(move.first_promise_date IS NOT NULL)
               AND bool_or(move.state != 'cancel')
             UNION ALL
            SELECT 'stock.picking', id, company_id, 'told_promise_date', to_jsonb(told_promise_date), 'null'::jsonb
              FROM stock_picking
             WHERE told_no_promise
               AND told_promise_date IS NOT NULL
            """
        )

    @api.model
    def _repair_facts(self, differences):
        """Write down what is missing; who was told a date and none is told again: that is better than not at all."""
        dates = differences._find_again(self._find_facts_sql())
        for difference, record in differences._get_records().items():
            if difference.res_id in dates:
                value = dates[difference.res_id]
                record._write_facts({difference.field_name: value and value.replace("T", " ").partition(".")[0]})
                difference._log_repair(record.picking_id if record._name == "stock.move" else record)

    # ---- tokens ------------------------------------------------------------

    @api.model
    def _find_tokens_sql(self):
        """A column of tokens: they are derived from the secret of the database, and whoever reads it could use them."""
        return SQL(
            """
            SELECT 'ir.model.fields' AS res_model, field.id AS res_id, NULL::int AS company_id, '' AS field_name,
                   to_jsonb(TRUE) AS stored, to_jsonb(FALSE) AS expected
              FROM ir_model_fields AS field
              JOIN information_schema.columns AS kept
                ON kept.table_schema = current_schema
               AND kept.table_name = 'stock_picking'
               AND kept.column_name = field.name
             WHERE field.model = 'stock.picking'
               AND field.name = 'access_token'
               AND NOT COALESCE(field.store, FALSE)
            """
        )

    @api.model
    def _repair_tokens(self, differences):
        drop_stored_tokens(self.env.cr)
