"""The fulfilment of all transfers at once, in SQL: the other face of ``stock.picking._get_fulfillment_state``."""

from odoo.tools import SQL

from .models.chain.links import get_links_sql
from .models.chain.quantity import get_digits


def fill_fulfillment_state(env):
    """Compute the state of all transfers, as ``stock.picking._get_fulfillment_state`` does, and whether a rest is open.

    The bulk of an old database is done and closed: that is the columns' default while they are made, so that only the
    others have to be written.
    """
    cr = env.cr
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
            UPDATE stock_picking AS picking
               SET fulfillment_state = judged.fulfillment_state,
                   has_open_remainder = judged.has_open_remainder
              FROM (%s) AS judged
             WHERE judged.id = picking.id
               AND (
                   picking.fulfillment_state IS DISTINCT FROM judged.fulfillment_state
                   OR picking.has_open_remainder IS DISTINCT FROM judged.has_open_remainder
               )
            """,
            get_state_sql(env),
        )
    )


def get_state_sql(env):
    """Return a query of ``id``, ``has_open_remainder``, ``fulfillment_state`` of all transfers, as they should be."""
    parts = SQL(", ").join(
        SQL("%s AS (%s)", SQL.identifier(name), part) for name, part in _get_parts(get_digits(env)).items()
    )
    return SQL("WITH RECURSIVE %s SELECT * FROM judged", parts)


def _get_parts(digits):
    """Return the parts of the query by name, each of which may use those before it.

    :param digits: the number of decimal places of quantities
    """
    half_unit = 0.5 * 10**-digits
    return {
        "at_customers": _get_at_customers_sql(),
        "line": _get_line_sql(half_unit),
        "reference": _get_reference_sql(),
        "brought_on": _get_link_sql(),
        "step": _get_step_sql(),
        "step_rest": _get_step_rest_sql(),
        "remainder": _get_remainder_sql(),
        "gone": _get_gone_sql(),
        "open_above": _get_open_above_sql(),
        "given_up": _get_given_up_sql(half_unit),
        "short_above": _get_short_above_sql(),
        "judged": _get_judged_sql(),
    }


def _get_at_customers_sql():
    """The places of customers, as ``stock.location._is_at_customers`` has them."""
    return SQL(
        """
           SELECT location.id
             FROM stock_location AS location
        LEFT JOIN ir_model_data AS identifier
               ON identifier.module = 'stock' AND identifier.name = 'stock_location_inter_company'
        LEFT JOIN stock_location AS between ON between.id = identifier.res_id
            WHERE location.usage = 'customer'
               OR (location.usage = 'transit' AND location.parent_path LIKE between.parent_path || '%%')
        """
    )


def _get_is_short_sql(half_unit):
    """Whether less of a closed line has moved than it wanted, as ``stock.move._is_closed_short`` has it."""
    return SQL(
        """
        (
            (move.state = 'cancel' AND move.product_qty > %(half_unit)s)
            OR (
                move.state = 'done'
                AND move.product_qty - %(half_unit)s > CASE
                        WHEN move.product_qty = move.product_uom_qty THEN move.quantity
                        ELSE (
                            SELECT COALESCE(SUM(part.quantity_product_uom), 0)
                              FROM stock_move_line AS part
                             WHERE part.move_id = move.id
                        )
                    END
            )
        )
        """,
        half_unit=half_unit,
    )


def _get_line_sql(half_unit):
    """Of the lines of each transfer: whether all are ready, a vendor sends some, some are closed short."""
    return SQL(
        """
           SELECT move.picking_id,
                  bool_and(move.state IN ('assigned', 'done', 'cancel')) AS is_ready,
                  bool_or(
                      move.state NOT IN ('draft', 'done', 'cancel')
                      AND source.usage = 'supplier'
                      AND COALESCE(move.location_final_id, move.location_dest_id) IN (SELECT id FROM at_customers)
                  ) AS is_sent_by_vendor,
                  bool_or(
                      target.usage != 'inventory'
                      AND %(is_short)s
                  ) AS is_short
             FROM stock_move AS move
             JOIN stock_location AS target ON target.id = move.location_dest_id
             JOIN stock_location AS source ON source.id = move.location_id
            WHERE move.picking_id IS NOT NULL
         GROUP BY move.picking_id
        """,
        is_short=_get_is_short_sql(half_unit),
    )


def _get_reference_sql():
    """For which orders each transfer is."""
    return SQL(
        """
        SELECT DISTINCT move.picking_id, link.reference_id
          FROM stock_reference_move_rel AS link
          JOIN stock_move AS move ON move.id = link.move_id
         WHERE move.picking_id IS NOT NULL
        """
    )


def _get_link_sql():
    """Which step brought what goes on in which transfer, as ``stock.move._is_step`` has it."""
    return SQL(
        """
        SELECT move.picking_id, origin.picking_id AS step_id
          FROM (%(links)s) AS link
          JOIN stock_move AS move ON move.id = link.move_dest_id
          JOIN stock_move AS origin ON origin.id = link.move_orig_id
          JOIN stock_location AS source ON source.id = origin.location_id
          JOIN stock_location AS target ON target.id = origin.location_dest_id
         WHERE origin.picking_id IS NOT NULL
           AND source.usage IN ('internal', 'transit')
           AND target.usage IN ('internal', 'transit')
           AND source.id NOT IN (SELECT id FROM at_customers)
           AND target.id NOT IN (SELECT id FROM at_customers)
           AND (
                   COALESCE(origin.location_final_id, origin.location_dest_id) IN (SELECT id FROM at_customers)
                   OR (
                       COALESCE(source.warehouse_id = target.warehouse_id, TRUE)
                       AND (source.usage = 'internal' OR source.warehouse_id IS NOT NULL)
                       AND (target.usage = 'internal' OR target.warehouse_id IS NOT NULL)
                   )
               )
        """,
        links=get_links_sql(),
    )


def _get_step_sql():
    """What was picked and packed for a shipment, over any number of steps."""
    return SQL(
        """
        SELECT picking_id, step_id FROM brought_on
         UNION
        SELECT step.picking_id, brought_on.step_id
          FROM step
          JOIN brought_on ON brought_on.picking_id = step.step_id
        """
    )


def _get_step_rest_sql():
    """What is still to be picked or packed for a shipment, or was, for the same order."""
    return SQL(
        """
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
        """
    )


def _get_remainder_sql():
    """What holds, or held, a rest of a transfer, for the same customer."""
    return SQL(
        """
        SELECT rest.backorder_id AS picking_id, rest.id AS remainder_id
          FROM stock_picking AS rest
          JOIN stock_picking AS original
            ON original.id = rest.backorder_id
           AND original.customer_id IS NOT DISTINCT FROM rest.customer_id
         UNION ALL
        SELECT picking_id, remainder_id FROM step_rest
        """
    )


def _get_gone_sql():
    """What was split off something of the same customer that was cancelled then."""
    return SQL(
        """
        SELECT part.id AS picking_id, part.backorder_id AS remainder_id
          FROM stock_picking AS part
          JOIN stock_picking AS original
            ON original.id = part.backorder_id
           AND original.state = 'cancel'
           AND original.customer_id IS NOT DISTINCT FROM part.customer_id
        """
    )


def _get_open_above_sql():
    """The transfers of which something is still to be done elsewhere, for the same customer."""
    return SQL(
        """
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
           AND member.customer_id IS NOT DISTINCT FROM other.customer_id
         WHERE other.state NOT IN ('done', 'cancel')
           AND (other.backorder_root_id IS NOT NULL OR other.backorder_last_index > 0)
         UNION
        SELECT backorder.backorder_id
          FROM open_above
          JOIN stock_picking AS backorder ON backorder.id = open_above.picking_id
          JOIN stock_picking AS original
            ON original.id = backorder.backorder_id
           AND original.customer_id IS NOT DISTINCT FROM backorder.customer_id
        """
    )


def _get_given_up_sql(half_unit):
    """The shipments for whose orders a step before them has closed a line short."""
    return SQL(
        """
        SELECT step.picking_id
          FROM step
          JOIN line ON line.picking_id = step.step_id AND line.is_short
          JOIN stock_move AS move ON move.picking_id = step.step_id
          JOIN stock_location AS target ON target.id = move.location_dest_id AND target.usage != 'inventory'
         WHERE %(is_short)s
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
        """,
        is_short=_get_is_short_sql(half_unit),
    )


def _get_short_above_sql():
    """The transfers of which something was given up, by themselves or by a rest."""
    return SQL(
        """
        SELECT picking_id FROM line WHERE is_short
         UNION
        SELECT picking_id FROM given_up
         UNION
        SELECT remainder.picking_id
          FROM short_above
          JOIN (SELECT * FROM remainder UNION ALL SELECT * FROM gone) AS remainder
            ON remainder.remainder_id = short_above.picking_id
        """
    )


def _get_judged_sql():
    """The state of each transfer."""
    return SQL(
        """
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
        """
    )
