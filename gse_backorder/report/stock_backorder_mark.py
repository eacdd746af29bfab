"""Which chains differ from what is kept of them in ``stock.backorder.figure``.

Whatever changes what the analysis reads leaves a mark in the same transaction: the database does it (triggers), so that
no way of writing passes it by, be it Odoo's ORM, SQL of another addon, or a foreign key that follows a deletion. Marks
are only ever added by who works, and removed by the cron that has read them: nobody waits for another, or fails.
"""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

PREFIX = "gse_backorder_mark"
EVERYTHING = "SELECT NULL::int, NULL::int, TRUE"


class Watch(NamedTuple):
    """What of a model the analysis reads, and which marks a row leaves that differs in it."""

    model: str
    fields: tuple  # by their names: the columns are called the same
    marks: str  # SELECT picking_id, sale_id, is_everything; {row} is the row as it was and as it is
    only: str = "TRUE"  # a change in which this holds; {old} and {new} are the row as it was and as it is
    events: str = "UPDATE"
    # What of the fields is read, where that is not simply all of them; {row} as above.
    reads: tuple = ()


MOVE_FIELDS = (
    "company_id", "first_promise_date", "first_promise_quantity", "location_dest_id", "location_final_id",
    "location_id", "ordered_date", "picking_id", "product_id", "product_qty", "product_uom", "sale_line_id",
)  # fmt: skip
PICKING_FIELDS = (
    "backorder_index", "backorder_root_id", "create_date", "customer_id", "date_done", "location_dest_id", "move_type",
    "picking_type_id", "sale_id",
)  # fmt: skip
WATCHES = {
    "stock_move": Watch(
        "stock.move",
        (*MOVE_FIELDS, "date", "quantity", "state"),
        "SELECT {row}.picking_id, NULL::int, FALSE WHERE {row}.picking_id IS NOT NULL",
        events="INSERT OR DELETE OR UPDATE",
        # What is reserved, and for when it is planned, is no matter: reserving leaves no mark.
        reads=(
            *(f"{{row}}.{name}" for name in MOVE_FIELDS),
            "CASE WHEN {row}.state IN ('draft', 'done', 'cancel') THEN {row}.state ELSE 'open' END",
            "CASE WHEN {row}.state = 'done' THEN {row}.quantity END",
            "CASE WHEN {row}.state = 'done' THEN {row}.date END",
        ),
    ),
    "stock_move_move_rel": Watch(
        "stock.move",
        (),
        "SELECT picking_id, NULL::int, FALSE FROM stock_move"
        " WHERE id IN ({row}.move_orig_id, {row}.move_dest_id) AND picking_id IS NOT NULL",
        events="INSERT OR DELETE OR UPDATE",
        reads=("{row}.move_orig_id", "{row}.move_dest_id"),
    ),
    # How much has moved where that is told in another unit; of what has moved a correction is all that changes.
    "stock_move_line": Watch(
        "stock.move.line",
        ("quantity_product_uom",),
        "SELECT {row}.picking_id, NULL::int, FALSE WHERE {row}.picking_id IS NOT NULL",
        only="{old}.state = 'done'",
    ),
    "stock_picking": Watch(
        "stock.picking",
        PICKING_FIELDS,
        "SELECT {row}.id, {row}.sale_id, FALSE WHERE {row}.id IS NOT NULL"
        " UNION SELECT {row}.backorder_root_id, NULL::int, FALSE WHERE {row}.backorder_root_id IS NOT NULL",
        events="DELETE OR UPDATE",
    ),
    "sale_order": Watch(
        "sale.order", ("currency_rate",), "SELECT NULL::int, {row}.id, FALSE WHERE {row}.id IS NOT NULL"
    ),
    "sale_order_line": Watch(
        "sale.order.line",
        ("order_id", "price_subtotal", "product_id", "product_uom_id", "product_uom_qty"),
        "SELECT NULL::int, {row}.order_id, FALSE WHERE {row}.order_id IS NOT NULL",
    ),
    # What hardly ever changes of what is in use, and then for no one knows how many.
    "uom_uom": Watch("uom.uom", ("factor",), EVERYTHING, only="{old}.factor IS NOT NULL"),
    "product_template": Watch(
        "product.template",
        ("uom_id",),
        f"{EVERYTHING} WHERE EXISTS (SELECT FROM stock_move AS move JOIN product_product AS product"
        " ON product.id = move.product_id WHERE product.product_tmpl_id = {row}.id)",
    ),
    "stock_picking_type": Watch(
        "stock.picking.type",
        ("warehouse_id",),
        f"{EVERYTHING} WHERE EXISTS (SELECT FROM stock_picking WHERE picking_type_id = {{row}}.id)",
    ),
    "stock_location": Watch(
        "stock.location",
        ("parent_path", "usage"),
        EVERYTHING,
        only="{old}.parent_path IS NOT NULL",  # else it has just been made
        reads=("{row}.usage", "CASE WHEN {row}.usage = 'transit' THEN {row}.parent_path END"),
    ),
    "decimal_precision": Watch("decimal.precision", ("digits",), EVERYTHING, only="{old}.name = 'Product Unit'"),
    # In whose time zone the days of a warehouse are: see stock.warehouse._get_zone.
    "stock_warehouse": Watch("stock.warehouse", ("company_id", "partner_id"), EVERYTHING),
    "res_company": Watch("res.company", ("partner_id",), EVERYTHING),
    "res_partner": Watch(
        "res.partner",
        ("tz",),
        f"{EVERYTHING} WHERE EXISTS (SELECT FROM stock_warehouse WHERE partner_id = {{row}}.id)"
        " OR EXISTS (SELECT FROM res_company WHERE partner_id = {row}.id)",
    ),
}


class StockBackorderMark(models.Model):
    """A delivery, or all of an order, or everything there is, that differs from its figures since they were kept.

    It names what was touched, and not which chain that is in: this is asked when the mark is read, since others may
    have changed it meanwhile.
    """

    _name = "stock.backorder.mark"
    _description = "What the Backorder Analysis Has to Work Out Anew"
    _log_access = False

    picking_id = fields.Integer(readonly=True)  # no keys of others: what is deleted leaves a mark, too
    sale_id = fields.Integer(readonly=True)
    is_everything = fields.Boolean(readonly=True)

    # ---- made by the database ----------------------------------------------

    @api.private
    def init(self):
        """Let the database leave marks; what another version of the addon has kept is worked out anew."""
        self._drop_triggers()
        for table, watch in WATCHES.items():
            self._create_triggers(table, watch)
        self.env.cr.execute("INSERT INTO stock_backorder_mark (is_everything) VALUES (TRUE)")

    @api.model
    def _create_triggers(self, table, watch):
        function = SQL.identifier(f"{PREFIX}_{table}")
        rows = {watch.marks.format(row=row) for row in ("OLD", "NEW")}
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $body$
                BEGIN
                    INSERT INTO stock_backorder_mark (picking_id, sale_id, is_everything) %s;
                    RETURN NULL;
                END
                $body$
                """,
                function,
                SQL(" UNION ").join(SQL(select) for select in sorted(rows)),
            )
        )
        reads = watch.reads or tuple(f"{{row}}.{name}" for name in watch.fields)
        old, new = (", ".join(reads).format(row=row) for row in ("OLD", "NEW"))
        only = watch.only.format(old="OLD", new="NEW")
        for event in watch.events.split(" OR "):
            condition = f"WHEN (ROW({old}) IS DISTINCT FROM ROW({new}) AND {only})" if event == "UPDATE" else ""
            self.env.cr.execute(
                SQL(
                    "CREATE TRIGGER %s AFTER %s ON %s FOR EACH ROW %s EXECUTE FUNCTION %s()",
                    SQL.identifier(f"{PREFIX}_{event.lower()}"),
                    SQL(event),
                    SQL.identifier(table),
                    SQL(condition),
                    function,
                )
            )

    @api.model
    def _drop_triggers(self):
        """Let the database leave no marks any more."""
        for table in WATCHES:
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(f"{PREFIX}_{table}")))

    # ---- read --------------------------------------------------------------

    @api.model
    def _flush_watched(self):
        """Write to the database what the analysis reads, and with it the marks."""
        for watch in WATCHES.values():
            self.env[watch.model].flush_model(watch.fields)

    @api.model
    def _get_marked_roots(self, mark_ids=None):
        """Return the ids of the original transfers of all chains that are marked; None for everything.

        :param mark_ids: by these marks alone
        """
        mark = (
            SQL("stock_backorder_mark")
            if mark_ids is None
            else SQL("(SELECT * FROM stock_backorder_mark WHERE id = ANY (%s))", mark_ids)
        )
        [(is_everything,)] = self.env.execute_query(
            SQL("SELECT EXISTS (SELECT FROM %s AS mark WHERE is_everything)", mark)
        )
        if is_everything:
            return None
        rows = self.env.execute_query(
            SQL(
                """
                WITH touched AS (SELECT DISTINCT picking_id AS id FROM %(mark)s AS mark WHERE picking_id IS NOT NULL),
                     transfer AS (
                         SELECT id, COALESCE(backorder_root_id, id) AS root_id, sale_id
                           FROM stock_picking
                          WHERE id IN (SELECT id FROM touched)
                     ),
                     sold AS (SELECT DISTINCT sale_id AS id FROM %(mark)s AS mark WHERE sale_id IS NOT NULL)
                SELECT id FROM touched
                 UNION
                SELECT root_id FROM transfer
                 UNION  -- one delivery of an order tells of the steps before another
                SELECT COALESCE(backorder_root_id, id)
                  FROM stock_picking
                 WHERE sale_id IN (
                           SELECT sale_id FROM transfer WHERE sale_id IS NOT NULL UNION SELECT id FROM sold
                       )
                 UNION
                SELECT COALESCE(picking.backorder_root_id, picking.id)
                  FROM sale_order_line AS line
                  JOIN stock_move AS move ON move.sale_line_id = line.id
                  JOIN stock_picking AS picking ON picking.id = move.picking_id
                 WHERE line.order_id IN (SELECT id FROM sold)
                """,
                mark=mark,
            )
        )
        return [root_id for (root_id,) in rows]

    @api.model
    def _spread(self):
        """Mark the chains one by one, where everything is marked: they are worked out a few at a time."""
        marks = [
            mark_id
            for (mark_id,) in self.env.execute_query(SQL("SELECT id FROM stock_backorder_mark WHERE is_everything"))
        ]
        if not marks:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO stock_backorder_mark (picking_id)
                     SELECT COALESCE(backorder_root_id, id)
                       FROM stock_picking
                      WHERE location_dest_id = ANY (%s)
                      UNION
                     SELECT root_id FROM stock_backorder_figure
                   ORDER BY 1
                """,
                self.env["stock.location"]._get_customers_ids(),
            )
        )
        self._forget(marks)

    @api.model
    def _forget(self, mark_ids):
        """Remove these marks, which have been read; others may have been made since."""
        self.env.cr.execute(SQL("DELETE FROM stock_backorder_mark WHERE id = ANY (%s)", list(mark_ids)))
