from odoo.tools import sql

from odoo.addons.gse_backorder.upgrade import rename_in_views

RENAMED = {
    "action_view_served": "action_view_pegged",
    "action_view_supplied": "action_view_allocated",
    "backorder_queue_count": "waiting_count",
    "served_count": "pegged_count",
    "served_table": "pegged_table",
    "supplied_count": "allocated_count",
}


def migrate(cr, version):
    """Fields and methods have the field's names, and what counts the locks of a pool is called so."""
    rename_in_views(cr, RENAMED)
    if sql.column_exists(cr, "stock_backorder_pool", "turn"):
        sql.rename_column(cr, "stock_backorder_pool", "turn", "lock_count")
