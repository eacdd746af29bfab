"""What installing does to a database that lives, in set-based SQL, and what uninstalling puts back."""

from odoo.tools import SQL

from .models.stock_picking_type import DEFAULT_SUFFIX


def pre_init_hook(env):
    """Make and fill the stored columns, so that the ORM does not compute them transfer by transfer."""
    _link_old_chains(env.cr)
    _fill_fulfillment_state(env)
    _fill_ordered_date(env.cr)


def post_init_hook(env):
    """Number and make backorders by the addon's defaults for the operation types that exist already."""
    companies = env["res.company"].search([("automatic_backorder", "=", True)])
    companies._get_delivery_operation_types()._set_automatic_backorder(True)
    steps = env["stock.warehouse"].with_context(active_test=False).search([])
    (steps.pick_type_id | steps.pack_type_id).write({"backorder_suffix": DEFAULT_SUFFIX})


def uninstall_hook(env):
    """Ask again where the addon had switched the dialog off."""
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
             UNION
            SELECT backorder.id, chain.root_id
              FROM chain
              JOIN stock_picking AS backorder ON backorder.backorder_id = chain.id
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


def _fill_fulfillment_state(env):
    """Compute the state as ``stock.picking._get_fulfillment_state`` does, for all transfers at once.

    The bulk of an old database is done and closed: that is the column's default while it is made, so that only the
    others have to be written.
    """
    cr = env.cr
    digits = env["decimal.precision"].precision_get("Product Unit")
    cr.execute("ALTER TABLE stock_picking ADD COLUMN IF NOT EXISTS fulfillment_state varchar DEFAULT 'done'")
    cr.execute("ALTER TABLE stock_picking ALTER COLUMN fulfillment_state DROP DEFAULT")
    cr.execute(
        SQL(
            """
            WITH member AS (
                SELECT id, COALESCE(backorder_root_id, id) AS root_id, state FROM stock_picking
            ),
            line AS (
                SELECT picking_id,
                       bool_and(state IN ('assigned', 'done', 'cancel')) AS is_ready,
                       bool_or(
                           (state = 'cancel' AND product_uom_qty > %(half_unit)s)
                           OR (state = 'done' AND quantity < product_uom_qty - %(half_unit)s)
                       ) AS is_short
                  FROM stock_move
                 WHERE picking_id IS NOT NULL
              GROUP BY picking_id
            ),
            chain AS (
                SELECT member.root_id,
                       bool_or(member.state NOT IN ('done', 'cancel')) AS is_open,
                       bool_or(line.is_short) AS is_short
                  FROM member
             LEFT JOIN line ON line.picking_id = member.id
              GROUP BY member.root_id
            ),
            judged AS (
                SELECT member.id,
                       CASE
                           WHEN member.state IN ('draft', 'cancel') THEN member.state
                           WHEN member.state = 'done' AND chain.is_open THEN 'partially_picked'
                           WHEN member.state = 'done' AND chain.is_short THEN 'closed_short'
                           WHEN member.state = 'done' THEN 'done'
                           WHEN line.is_ready THEN 'ready'
                           WHEN member.state = 'assigned' THEN 'partial'
                           ELSE 'waiting'
                       END AS fulfillment_state
                  FROM member
                  JOIN chain ON chain.root_id = member.root_id
             LEFT JOIN line ON line.picking_id = member.id
            )
            UPDATE stock_picking AS picking
               SET fulfillment_state = judged.fulfillment_state
              FROM judged
             WHERE judged.id = picking.id
               AND picking.fulfillment_state IS DISTINCT FROM judged.fulfillment_state
            """,
            half_unit=0.5 * 10**-digits,
        )
    )


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
