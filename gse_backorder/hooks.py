"""What installing does to a database that lives, in set-based SQL, and what uninstalling puts back."""

from odoo import fields
from odoo.tools import SQL

from .models.chain.stock_picking_type import DEFAULT_SUFFIX
from .uninstall import forget_activities, forget_favourites


def pre_init_hook(env):
    """Make and fill the stored columns, so that the ORM does not compute them transfer by transfer."""
    _link_old_chains(env.cr)
    fill_fulfillment_state(env)
    _fill_ordered_date(env.cr)
    fill_customer(env.cr)


def post_init_hook(env):
    """Number and make backorders by the addon's defaults for the operation types that exist already."""
    companies = env["res.company"].search([("automatic_backorder", "=", True)])
    companies._get_delivery_operation_types()._set_automatic_backorder(True)
    steps = env["stock.warehouse"].with_context(active_test=False).search([])
    (steps.pick_type_id | steps.pack_type_id).write({"backorder_suffix": DEFAULT_SUFFIX})
    fill_first_promise(env)
    env.ref("gse_backorder.ir_cron_reserve_idle")._trigger()


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


def fill_fulfillment_state(env):
    """Compute the state as ``stock.picking._get_fulfillment_state`` does, for all transfers at once.

    The bulk of an old database is done and closed: that is the columns' default while they are made, so that only the
    others have to be written.
    """
    cr = env.cr
    digits = env["decimal.precision"].precision_get("Product Unit")
    cr.execute(
        """
        ALTER TABLE stock_picking
            ADD COLUMN IF NOT EXISTS fulfillment_state varchar DEFAULT 'done',
            ADD COLUMN IF NOT EXISTS has_open_remainder boolean DEFAULT false
        """
    )
    cr.execute("ALTER TABLE stock_picking ALTER COLUMN fulfillment_state DROP DEFAULT")
    cr.execute(
        SQL(
            """
            WITH RECURSIVE line AS (
                SELECT move.picking_id,
                       bool_and(move.state IN ('assigned', 'done', 'cancel')) AS is_ready,
                       bool_or(
                           move.state NOT IN ('draft', 'done', 'cancel')
                           AND source.usage = 'supplier'
                           AND (
                               final.usage = 'customer'
                               OR (final.usage = 'transit' AND final.parent_path LIKE between.parent_path || '%%')
                           )
                       ) AS is_sent_by_vendor,
                       bool_or(
                           target.usage != 'inventory'
                           AND (
                               (move.state = 'cancel' AND move.product_uom_qty > %(half_unit)s)
                               OR (move.state = 'done' AND move.quantity < move.product_uom_qty - %(half_unit)s)
                           )
                       ) AS is_short
                  FROM stock_move AS move
                  JOIN stock_location AS target ON target.id = move.location_dest_id
                  JOIN stock_location AS source ON source.id = move.location_id
                  JOIN stock_location AS final ON final.id = COALESCE(move.location_final_id, move.location_dest_id)
             LEFT JOIN ir_model_data AS identifier
                    ON identifier.module = 'stock' AND identifier.name = 'stock_location_inter_company'
             LEFT JOIN stock_location AS between ON between.id = identifier.res_id
                 WHERE move.picking_id IS NOT NULL
              GROUP BY move.picking_id
            ),
            reference AS (
                SELECT DISTINCT move.picking_id, link.reference_id
                  FROM stock_reference_move_rel AS link
                  JOIN stock_move AS move ON move.id = link.move_id
                 WHERE move.picking_id IS NOT NULL
            ),
            step AS (  -- what was picked and packed for a shipment, over any number of steps
                SELECT move.picking_id, origin.picking_id AS step_id
                  FROM stock_move_move_rel AS link
                  JOIN stock_move AS move ON move.id = link.move_dest_id
                  JOIN stock_move AS origin ON origin.id = link.move_orig_id
                  JOIN stock_picking AS origin_picking ON origin_picking.id = origin.picking_id
                  JOIN stock_picking_type AS type ON type.id = origin_picking.picking_type_id AND type.code = 'internal'
                 UNION
                SELECT step.picking_id, origin.picking_id
                  FROM step
                  JOIN stock_move AS move ON move.picking_id = step.step_id
                  JOIN stock_move_move_rel AS link ON link.move_dest_id = move.id
                  JOIN stock_move AS origin ON origin.id = link.move_orig_id
                  JOIN stock_picking AS origin_picking ON origin_picking.id = origin.picking_id
                  JOIN stock_picking_type AS type ON type.id = origin_picking.picking_type_id AND type.code = 'internal'
            ),
            step_rest AS (  -- what is still to be picked or packed for a shipment, or was, for the same order
                SELECT DISTINCT step.picking_id, rest.id AS remainder_id
                  FROM step
                  JOIN stock_picking AS brought ON brought.id = step.step_id
                  JOIN stock_picking AS rest
                    ON rest.backorder_root_id = COALESCE(brought.backorder_root_id, brought.id)
                   AND rest.backorder_index > brought.backorder_index
                 WHERE EXISTS (
                           SELECT 1
                             FROM reference AS own
                             JOIN reference AS other ON other.reference_id = own.reference_id
                            WHERE own.picking_id = step.picking_id
                              AND other.picking_id = rest.id
                       )
                    OR NOT EXISTS (
                           SELECT 1 FROM reference WHERE reference.picking_id IN (step.picking_id, rest.id)
                       )
            ),
            remainder AS (
                SELECT backorder_id AS picking_id, id AS remainder_id FROM stock_picking WHERE backorder_id IS NOT NULL
                 UNION ALL
                SELECT picking_id, remainder_id FROM step_rest
            ),
            gone AS (  -- what was split off something that was cancelled then
                SELECT part.id AS picking_id, part.backorder_id AS remainder_id
                  FROM stock_picking AS part
                  JOIN stock_picking AS original ON original.id = part.backorder_id AND original.state = 'cancel'
            ),
            open_above AS (
                SELECT remainder.picking_id
                  FROM remainder
                  JOIN stock_picking AS picking ON picking.id = remainder.remainder_id
                 WHERE picking.state NOT IN ('done', 'cancel')
                 UNION
                SELECT member.id
                  FROM stock_picking AS other
                  JOIN stock_picking AS member
                    ON COALESCE(member.backorder_root_id, member.id) = COALESCE(other.backorder_root_id, other.id)
                   AND member.id != other.id
                 WHERE other.state NOT IN ('done', 'cancel')
                   AND (other.backorder_root_id IS NOT NULL OR other.backorder_last_index > 0)
                 UNION
                SELECT backorder.backorder_id
                  FROM open_above
                  JOIN stock_picking AS backorder ON backorder.id = open_above.picking_id
                 WHERE backorder.backorder_id IS NOT NULL
            ),
            given_up AS (  -- the shipments for whose orders a step before them has closed a line short
                SELECT step.picking_id
                  FROM step
                  JOIN line ON line.picking_id = step.step_id AND line.is_short
                  JOIN stock_move AS move ON move.picking_id = step.step_id
                  JOIN stock_location AS target ON target.id = move.location_dest_id AND target.usage != 'inventory'
                 WHERE (
                           (move.state = 'cancel' AND move.product_uom_qty > %(half_unit)s)
                           OR (move.state = 'done' AND move.quantity < move.product_uom_qty - %(half_unit)s)
                       )
                   AND (
                           EXISTS (
                               SELECT 1
                                 FROM stock_reference_move_rel AS link
                                 JOIN reference AS own ON own.reference_id = link.reference_id
                                WHERE link.move_id = move.id
                                  AND own.picking_id = step.picking_id
                           )
                           OR NOT (
                               EXISTS (SELECT 1 FROM reference WHERE reference.picking_id = step.picking_id)
                               OR EXISTS (SELECT 1 FROM stock_reference_move_rel AS link WHERE link.move_id = move.id)
                           )
                       )
            ),
            short_above AS (
                SELECT picking_id FROM line WHERE is_short
                 UNION
                SELECT picking_id FROM given_up
                 UNION
                SELECT remainder.picking_id
                  FROM short_above
                  JOIN (SELECT * FROM remainder UNION ALL SELECT * FROM gone) AS remainder
                    ON remainder.remainder_id = short_above.picking_id
            ),
            judged AS (
                SELECT picking.id, open_above.picking_id IS NOT NULL AS has_open_remainder,
                       CASE
                           WHEN picking.state IN ('draft', 'cancel') THEN picking.state
                           WHEN picking.state = 'done' AND open_above.picking_id IS NOT NULL THEN 'partially_picked'
                           WHEN picking.state = 'done' AND short_above.picking_id IS NOT NULL THEN 'closed_short'
                           WHEN picking.state = 'done' THEN 'done'
                           WHEN line.is_sent_by_vendor THEN 'waiting'
                           WHEN line.is_ready THEN 'ready'
                           WHEN picking.state = 'assigned' THEN 'partial'
                           ELSE 'waiting'
                       END AS fulfillment_state
                  FROM stock_picking AS picking
             LEFT JOIN line ON line.picking_id = picking.id
             LEFT JOIN open_above ON open_above.picking_id = picking.id
             LEFT JOIN short_above ON short_above.picking_id = picking.id
            )
            UPDATE stock_picking AS picking
               SET fulfillment_state = judged.fulfillment_state,
                   has_open_remainder = judged.has_open_remainder
              FROM judged
             WHERE judged.id = picking.id
               AND (
                   picking.fulfillment_state IS DISTINCT FROM judged.fulfillment_state
                   OR picking.has_open_remainder IS DISTINCT FROM judged.has_open_remainder
               )
            """,
            half_unit=0.5 * 10**-digits,
        )
    )


def fill_customer(cr):
    """Whose delivery each is, and of what is none, nobody's: see ``stock.picking.customer_id``."""
    cr.execute("ALTER TABLE stock_picking ADD COLUMN IF NOT EXISTS customer_id int4")
    cr.execute(
        """
        UPDATE stock_picking AS picking
           SET customer_id = own.customer_id
          FROM (
              SELECT same.id,
                     CASE WHEN type.code IN ('outgoing', 'dropship')
                           AND (
                               destination.usage = 'customer'
                               OR (destination.usage = 'transit'
                                   AND destination.parent_path LIKE between.parent_path || '%')
                           )
                          THEN partner.commercial_partner_id
                      END AS customer_id
                FROM stock_picking AS same
                JOIN stock_picking_type AS type ON type.id = same.picking_type_id
                JOIN stock_location AS destination ON destination.id = same.location_dest_id
           LEFT JOIN ir_model_data AS identifier
                  ON identifier.module = 'stock' AND identifier.name = 'stock_location_inter_company'
           LEFT JOIN stock_location AS between ON between.id = identifier.res_id
           LEFT JOIN sale_order AS sale ON sale.id = same.sale_id
           LEFT JOIN res_partner AS partner ON partner.id = COALESCE(sale.partner_id, same.partner_id)
          ) AS own
         WHERE own.id = picking.id
           AND picking.customer_id IS DISTINCT FROM own.customer_id
        """
    )


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
