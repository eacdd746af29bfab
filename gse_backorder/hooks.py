"""What installing does to a database that lives, in set-based SQL, and what uninstalling puts back."""

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from .fulfillment import fill_fulfillment_state
from .models.chain.picking_states import CUSTOMER_CODES
from .uninstall import forget_activities, forget_favourites


def pre_init_hook(env):
    """Make and fill the stored columns, so that the ORM does not compute them transfer by transfer."""
    _link_old_chains(env.cr)
    fill_customer(env.cr)
    fill_fulfillment_state(env)
    _fill_ordered_date(env.cr)
    fill_awaited(env.cr)
    fill_token_customer(env.cr)


def post_init_hook(env):
    """Number and make backorders by the addon's defaults for the operation types that exist already."""
    companies = env["res.company"].search([("automatic_backorder", "=", True)])
    companies._get_delivery_operation_types()._set_automatic_backorder(True)
    steps = env["stock.warehouse"].with_context(active_test=False).search([])
    (steps.pick_type_id | steps.pack_type_id)._number_as_deliveries()
    number_as_deliveries(env)
    fill_first_promise(env)
    env.ref("gse_backorder.ir_cron_reserve_idle")._trigger()


def number_as_deliveries(env):
    """Number the backorders of what leads to customers, though it is called otherwise, as deliveries number theirs."""
    types = env["stock.picking.type"].with_context(active_test=False)
    called_otherwise = types._get_delivery_domain() & Domain("code", "not in", CUSTOMER_CODES)
    types.search(called_otherwise)._number_as_deliveries()


def uninstall_hook(env):
    """Ask again where the addon had switched the dialog off, and leave nothing that names what goes."""
    forget_activities(env)
    forget_favourites(env)
    env["stock.backorder.mark"]._drop_triggers()
    env["stock.picking.type"].with_context(active_test=False).search([])._set_automatic_backorder(False)


def _link_old_chains(cr):
    """Give every old backorder its root and index. Names stay: they are printed on papers."""
    cr.execute(
        """
        ALTER TABLE stock_picking
            ADD COLUMN IF NOT EXISTS backorder_root_id int4,
            ADD COLUMN IF NOT EXISTS backorder_index int4 DEFAULT 0,
            ADD COLUMN IF NOT EXISTS backorder_last_index int4 DEFAULT 0
        """
    )
    cr.execute(
        """
        ALTER TABLE stock_picking
            ALTER COLUMN backorder_index DROP DEFAULT,
            ALTER COLUMN backorder_last_index DROP DEFAULT
        """
    )
    cr.execute(
        """
        WITH RECURSIVE chain AS (
            SELECT backorder.id, backorder.backorder_id AS root_id
              FROM stock_picking AS backorder
              JOIN stock_picking AS original ON original.id = backorder.backorder_id
             WHERE original.backorder_id IS NULL
               AND original.company_id IS NOT DISTINCT FROM backorder.company_id
             UNION
            SELECT backorder.id, chain.root_id
              FROM chain
              JOIN stock_picking AS original ON original.id = chain.id
              JOIN stock_picking AS backorder ON backorder.backorder_id = chain.id
               AND original.company_id IS NOT DISTINCT FROM backorder.company_id
        ),
        numbered AS (
            SELECT id, root_id, row_number() OVER (PARTITION BY root_id ORDER BY id) AS index
              FROM chain
        ),
        linked AS (
            UPDATE stock_picking AS backorder
               SET backorder_root_id = numbered.root_id,
                   backorder_index = numbered.index
              FROM numbered
             WHERE numbered.id = backorder.id
        )
        UPDATE stock_picking AS root
           SET backorder_last_index = counted.last_index
          FROM (SELECT root_id, max(index) AS last_index FROM numbered GROUP BY root_id) AS counted
         WHERE counted.root_id = root.id
        """
    )


def fill_customer(cr):
    """Whose delivery each is, and of what is none, nobody's: see ``stock.picking.customer_id``."""
    _fill_partner(cr, "stock_picking", "customer_id", get_customer_sql())


def _fill_partner(cr, table, column, query):
    """Write in a *column* of partners, which is made where it is not there yet, what a *query* of id and it says."""
    table, column = SQL.identifier(table), SQL.identifier(column)
    cr.execute(SQL("ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s int4", table, column))
    cr.execute(
        SQL(
            """
            UPDATE %(table)s AS record
               SET %(column)s = own.%(column)s
              FROM (%(query)s) AS own
             WHERE own.id = record.id
               AND record.%(column)s IS DISTINCT FROM own.%(column)s
            """,
            table=table,
            column=column,
            query=query,
        )
    )


def get_customer_sql():
    """Return a query of ``id`` and ``customer_id`` of all transfers, as they should be."""
    return SQL(
        """
        SELECT same.id,
               CASE WHEN destination.usage = 'customer'
                      OR (destination.usage = 'transit'
                          AND destination.parent_path LIKE between.parent_path || '%%')
                    THEN partner.commercial_partner_id
                END AS customer_id
          FROM stock_picking AS same
          JOIN stock_location AS destination ON destination.id = same.location_dest_id
     LEFT JOIN ir_model_data AS identifier
            ON identifier.module = 'stock' AND identifier.name = 'stock_location_inter_company'
     LEFT JOIN stock_location AS between ON between.id = identifier.res_id
     LEFT JOIN sale_order AS sale ON sale.id = same.sale_id
     LEFT JOIN (
                   SELECT DISTINCT ON (move.picking_id) move.picking_id, purchase.dest_address_id
                     FROM stock_move AS move
                     JOIN purchase_order_line AS line ON line.id = move.purchase_line_id
                     JOIN purchase_order AS purchase ON purchase.id = line.order_id
                     JOIN stock_location AS place
                       ON place.id = move.location_dest_id AND place.usage IN ('customer', 'transit')
                    ORDER BY move.picking_id, move.sequence, move.id
               ) AS purchased ON purchased.picking_id = same.id
     LEFT JOIN res_partner AS partner
            ON partner.id = CASE WHEN sale.id IS NOT NULL THEN sale.partner_id
                                 WHEN purchased.picking_id IS NOT NULL THEN purchased.dest_address_id
                                 ELSE same.partner_id
                             END
        """
    )


def fill_awaited(cr):
    """Who waits for each line that is not closed: see ``stock.move.awaited_by_id``."""
    _fill_partner(cr, "stock_move", "awaited_by_id", get_awaited_sql())


def get_awaited_sql():
    """Return a query of ``id`` and ``awaited_by_id`` of all lines that are not closed, as they should be."""
    return SQL(
        """
        SELECT same.id,
               CASE WHEN target.usage = 'inventory' THEN NULL
                    WHEN picking.customer_id IS NOT NULL
                    THEN CASE WHEN destination.usage = 'customer' THEN picking.customer_id END
                    WHEN target.usage != 'customer' AND final.usage = 'customer' THEN partner.commercial_partner_id
                END AS awaited_by_id
          FROM stock_move AS same
          JOIN stock_location AS target ON target.id = same.location_dest_id
          JOIN stock_picking AS picking ON picking.id = same.picking_id
          JOIN stock_location AS destination ON destination.id = picking.location_dest_id
     LEFT JOIN stock_location AS final ON final.id = same.location_final_id
     LEFT JOIN sale_order_line AS line ON line.id = same.sale_line_id
     LEFT JOIN sale_order AS sale ON sale.id = line.order_id
     LEFT JOIN res_partner AS partner ON partner.id = sale.partner_id
         WHERE same.state NOT IN ('done', 'cancel')
        """
    )


def fill_token_customer(cr):
    """For whom the links to orders that there are were made: nobody knows better than that it is who has them now."""
    query = SQL(
        """
        SELECT sale.id, partner.commercial_partner_id AS token_customer_id
          FROM sale_order AS sale
          JOIN res_partner AS partner ON partner.id = sale.partner_id
         WHERE sale.access_token IS NOT NULL
        """
    )
    _fill_partner(cr, "sale_order", "token_customer_id", query)


def fill_first_promise(env):
    """What is promised on the day of the installation is the first promise of all who wait then."""
    env.flush_all()
    products = env["product.product"].with_context(active_test=False).search([("is_storable", "=", True)])
    env["stock.pegging"]._promise_waiting(products)
    env.cr.execute(
        """
        UPDATE stock_move AS move
           SET first_promise_date = %s
          FROM stock_location AS source
         WHERE source.id = move.location_id
           AND source.usage IN ('internal', 'transit')
           AND move.state = 'assigned'
           AND move.first_promise_date IS NULL
        """,
        (fields.Datetime.now(),),
    )
    env.cr.execute(
        """
        UPDATE stock_picking AS picking
           SET first_promise_date = promised.date
          FROM (
              SELECT move.picking_id, MAX(move.first_promise_date) AS date
                FROM stock_move AS move
                JOIN stock_location AS source ON source.id = move.location_id
               WHERE source.usage IN ('internal', 'transit')
                 AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
            GROUP BY move.picking_id
              HAVING bool_and(move.first_promise_date IS NOT NULL)
          ) AS promised
         WHERE promised.picking_id = picking.id
           AND picking.first_promise_date IS NULL
        """
    )
    env.invalidate_all()


def _fill_ordered_date(cr):
    """Since when each open claim waits: the confirmation of its order, else the creation of its original transfer."""
    cr.execute("ALTER TABLE stock_move ADD COLUMN IF NOT EXISTS ordered_date timestamp")
    cr.execute(
        """
        UPDATE stock_move AS move
           SET ordered_date = COALESCE(
                   (
                       SELECT sale.date_order
                         FROM sale_order_line AS line
                         JOIN sale_order AS sale ON sale.id = line.order_id
                        WHERE line.id = move.sale_line_id
                   ),
                   (
                       SELECT root.create_date
                         FROM stock_picking AS picking
                         JOIN stock_picking AS root ON root.id = COALESCE(picking.backorder_root_id, picking.id)
                        WHERE picking.id = move.picking_id
                   ),
                   move.create_date
               )
         WHERE move.state NOT IN ('draft', 'done', 'cancel')
        """
    )
