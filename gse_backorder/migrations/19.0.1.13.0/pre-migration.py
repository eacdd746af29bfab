def migrate(cr, version):
    """Make the column of who waits for a line, so that the ORM does not compute it line by line: it is filled at the
    end, when it is known whose each delivery is.
    """
    cr.execute("ALTER TABLE stock_move ADD COLUMN IF NOT EXISTS awaited_by_id int4")
