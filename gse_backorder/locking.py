"""Rows for which one waits: who comes second sees what the first has done, or begins anew when Odoo tries again.

Odoo's ``lock_for_update()`` refuses at once where this waits.
"""

from odoo.tools import SQL


def wait_for(records, allow_referencing=False):
    """Lock the rows of *records*, all of one model, until the transaction ends; whoever has one is waited for.

    Everybody takes them in the order of their ids, so that no two wait for each other.

    :param bool allow_referencing: whether others may meanwhile make records that refer to these
    """
    if records.ids:
        kind = SQL("FOR NO KEY UPDATE" if allow_referencing else "FOR UPDATE")
        table = SQL.identifier(records._table)
        records.env.execute_query(SQL("SELECT id FROM %s WHERE id = ANY (%s) ORDER BY id %s", table, records.ids, kind))


def renew(records):
    """Write the rows of *records*, all of one model, as they are: whoever waits for one of them has to begin anew.

    One who has waited for a row that was only locked goes on with what he saw before, and not with what was made since.
    """
    table = SQL.identifier(records._table)
    records.env.cr.execute(SQL("UPDATE %s SET write_date = write_date WHERE id = ANY (%s)", table, records.ids))
