from odoo.tools import sql


def migrate(cr, version):
    """What counts the locks of a pool is called so."""
    if sql.column_exists(cr, "stock_backorder_pool", "turn"):
        sql.rename_column(cr, "stock_backorder_pool", "turn", "lock_count")
