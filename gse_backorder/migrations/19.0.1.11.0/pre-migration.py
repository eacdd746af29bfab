def migrate(cr, version):
    """Promises are not kept in warehouses that have worked without: it would change who gets what overnight."""
    cr.execute("ALTER TABLE stock_warehouse ADD COLUMN IF NOT EXISTS keep_promises bool")
    cr.execute("UPDATE stock_warehouse SET keep_promises = FALSE WHERE keep_promises IS NULL")
