"""Which line brings what goes on in which, as ``stock.move._get_bringers`` has it, in SQL."""

from odoo.tools import SQL

# What makes a line of what another one has brought.
PUSHING_ACTIONS = ("push", "pull_push")


def get_links_sql(bringer_id=None):
    """Return a query of ``move_orig_id`` and ``move_dest_id``: Odoo's links, and those that it has cut.

    :param SQL bringer_id: of this line alone; else of all
    """
    return SQL(
        """
        SELECT move_orig_id, move_dest_id
          FROM stock_move_move_rel
         WHERE %(is_linked)s
     UNION ALL
        SELECT bringer.id, move.id
          FROM stock_move AS move
          JOIN stock_rule AS rule ON rule.id = move.rule_id AND rule.action IN %(pushing)s
          JOIN stock_location AS place ON place.id = rule.location_src_id
          JOIN stock_move AS bringer
            ON bringer.sale_line_id = move.sale_line_id
           AND bringer.product_id = move.product_id
           AND bringer.state = 'done'
          JOIN stock_location AS target
            ON target.id = bringer.location_dest_id
           AND target.parent_path LIKE place.parent_path || '%%'
     LEFT JOIN stock_picking AS picking ON picking.id = move.picking_id
         WHERE %(is_bringer)s
           AND move.state != 'cancel'
           AND move.origin_returned_move_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel WHERE move_dest_id = move.id)
           AND NOT EXISTS (
                   SELECT 1
                     FROM stock_move_move_rel AS link
                     JOIN stock_move AS follower ON follower.id = link.move_dest_id
                LEFT JOIN stock_picking AS other ON other.id = follower.picking_id
                    WHERE link.move_orig_id = bringer.id
                      AND COALESCE(other.backorder_root_id, other.id, 0)
                          != COALESCE(picking.backorder_root_id, picking.id, 0)
               )
        """,
        is_linked=SQL("move_orig_id = %s", bringer_id) if bringer_id else SQL("TRUE"),
        is_bringer=SQL("bringer.id = %s", bringer_id) if bringer_id else SQL("TRUE"),
        pushing=PUSHING_ACTIONS,
    )
