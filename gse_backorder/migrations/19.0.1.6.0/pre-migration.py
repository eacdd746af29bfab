def migrate(cr, version):
    drop_stored_tokens(cr)


def drop_stored_tokens(cr):
    """Forget the tokens of links that were kept in the database, and could be read there: they are derived now."""
    cr.execute("ALTER TABLE stock_picking DROP COLUMN IF EXISTS access_token")
