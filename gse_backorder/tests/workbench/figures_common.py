"""What is kept for the analysis, beside what it would work out."""

from odoo.tools import SQL


def keep_figures(env):
    """Work off all marks, as the cron does."""
    env["stock.backorder.mark"]._flush_watched()
    env["stock.backorder.mark"]._spread()
    while env["stock.backorder.figure"]._renew_some():
        pass


def compare_figures(env):
    """Return the lines of the analysis, and the same worked out from orders and deliveries alone."""
    env["stock.backorder.mark"]._flush_watched()
    report = env["stock.backorder.report"]
    return _read(env, report._get_lines_sql()), _read(env, report._get_live_sql())


def _read(env, lines):
    columns = SQL(", ").join(map(SQL.identifier, env["stock.backorder.figure"]._get_columns()))
    query = SQL("SELECT to_jsonb(line) FROM (SELECT %s FROM (%s) AS line ORDER BY id) AS line", columns, lines)
    rows = [row for (row,) in env.execute_query(query)]
    for row in rows:  # a price is kept as a number, and not to the last of its digits
        row["unit_price"] = row["unit_price"] and round(row["unit_price"], 6)
        row["days_to_fulfil"] = row["days_to_fulfil"] and round(row["days_to_fulfil"], 6)
    return rows
