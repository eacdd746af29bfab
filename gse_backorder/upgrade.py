"""What upgrading puts right in databases that live: each function is called by the migration that brought it."""

from lxml import etree

from odoo import SUPERUSER_ID
from odoo.tools import SQL, file_open
from odoo.tools.convert import xml_import
from odoo.tools.sql import column_exists

from .models.chain.stock_day_mixin import MOST_DAYS


def repair_chains(cr):
    """Make true what the chains' constraints demand: an original is no backorder, and numbers begin with 1.

    There is hardly any such row: only those are read and written.
    """
    cr.execute("UPDATE stock_picking SET backorder_index = 0 WHERE backorder_root_id IS NULL AND backorder_index != 0")
    cr.execute(
        """
        SELECT backorder.id, backorder.company_id
          FROM stock_picking AS backorder
          JOIN stock_picking AS root ON root.id = backorder.backorder_root_id
         WHERE root.id = backorder.id
            OR root.backorder_root_id IS NOT NULL
            OR COALESCE(backorder.backorder_index, 0) <= 0
            OR root.company_id IS DISTINCT FROM backorder.company_id
      ORDER BY backorder.id
        """
    )
    companies = dict(cr.fetchall())
    roots = {picking_id: _find_root(cr, picking_id) for picking_id in companies}
    cr.execute(
        "UPDATE stock_picking SET backorder_root_id = NULL, backorder_index = 0 WHERE id = ANY (%s)", (list(roots),)
    )
    for picking_id, root_id in roots.items():
        _join_chain(cr, picking_id, root_id, companies[picking_id])


def _find_root(cr, picking_id):
    """Return the transfer at the top of those that *picking_id* is counted from; of a circle it is the eldest."""
    path = [picking_id]
    while True:
        cr.execute("SELECT backorder_root_id FROM stock_picking WHERE id = %s", (path[-1],))
        [(above,)] = cr.fetchall()
        if above is None:
            return path[-1]
        if above in path:
            return min(path[path.index(above) :])
        path.append(above)


def _join_chain(cr, picking_id, root_id, company_id):
    """Give the transfer the next number of the chain, if that is of its company and it is not the original itself."""
    if picking_id == root_id:
        return
    cr.execute(
        """
        UPDATE stock_picking AS root
           SET backorder_last_index = 1 + GREATEST(
                   root.backorder_last_index,
                   (SELECT max(backorder_index) FROM stock_picking WHERE backorder_root_id = root.id),
                   0
               )
         WHERE root.id = %s
           AND root.company_id IS NOT DISTINCT FROM %s
     RETURNING root.backorder_last_index
        """,
        (root_id, company_id),
    )
    for (index,) in cr.fetchall():
        cr.execute(
            "UPDATE stock_picking SET backorder_root_id = %s, backorder_index = %s WHERE id = %s",
            (root_id, index, picking_id),
        )


def forget_unedited_rules(cr):
    """Let the record rules that nobody has edited be made anew, as this version has them.

    From now on upgrades leave rules alone, so that what an administrator has edited stays: it stays this time, too.
    """
    cr.execute(
        """
        DELETE FROM ir_rule
              USING ir_model_data AS identifier
              WHERE identifier.module = 'gse_backorder'
                AND identifier.model = 'ir.rule'
                AND identifier.res_id = ir_rule.id
                AND COALESCE(ir_rule.write_uid, %(superuser)s) = %(superuser)s
        """,
        {"superuser": SUPERUSER_ID},
    )
    cr.execute(
        """
        DELETE FROM ir_model_data AS identifier
              WHERE module = 'gse_backorder'
                AND model = 'ir.rule'
                AND NOT EXISTS (SELECT 1 FROM ir_rule WHERE id = identifier.res_id)
        """
    )
    cr.execute("UPDATE ir_model_data SET noupdate = TRUE WHERE module = 'gse_backorder' AND model = 'ir.rule'")


def name_shortage_companies(cr):
    """Say of each activity on a shortage in which company it is: the one that its purchaser works for."""
    cr.execute(
        """
        UPDATE mail_activity AS activity
           SET shortage_company_id = purchaser.company_id
          FROM res_users AS purchaser, ir_model_data AS identifier
         WHERE purchaser.id = activity.user_id
           AND identifier.module = 'gse_backorder'
           AND identifier.name = 'mail_activity_type_shortage'
           AND identifier.res_id = activity.activity_type_id
           AND activity.shortage_company_id IS NULL
        """
    )


def drop_stored_tokens(cr):
    """Forget the tokens of links that were kept in the database, and could be read there: they are derived now."""
    cr.execute("ALTER TABLE stock_picking DROP COLUMN IF EXISTS access_token")


def keep_days_in_range(cr):
    """What was negative counted as no days; what leads beyond all calendars counts as a century."""
    for table, column in (
        ("res_company", "allocation_log_days"),
        ("res_company", "promise_notice_days"),
        ("stock_warehouse", "allocation_guard_days"),
    ):
        if not column_exists(cr, table, column):  # it comes with this upgrade, from a version that did not have it yet
            continue
        cr.execute(
            SQL(
                "UPDATE %(table)s SET %(days)s = LEAST(GREATEST(%(days)s, 0), %(most)s)"
                " WHERE %(days)s NOT BETWEEN 0 AND %(most)s",
                table=SQL.identifier(table),
                days=SQL.identifier(column),
                most=MOST_DAYS,
            )
        )


def follow_renamed_anchor(cr):
    """Let the view of supply find the column before which it puts its own, which shows the day instead of the moment.

    Odoo loads the form first, and checks it with its extensions as they were.
    """
    cr.execute(
        """
        UPDATE ir_ui_view
           SET arch_db = replace(arch_db::text, 'first_promise_date', 'first_promise_day')::jsonb
         WHERE id IN (
                   SELECT res_id
                     FROM ir_model_data
                    WHERE module = 'gse_backorder'
                      AND model = 'ir.ui.view'
                      AND name = 'view_picking_supply_form'
               )
        """
    )


def rename_in_views(cr, names):
    """Let all views of what the addon extends say the new *names*, ``{old: new}``, of its fields and methods.

    Odoo checks each view that it loads with its extensions as they were; those that people have made follow as well.
    """
    for old, new in names.items():
        cr.execute(
            SQL(
                """
                UPDATE ir_ui_view
                   SET arch_db = regexp_replace(arch_db::text, %(old)s, %(new)s, 'g')::jsonb
                 WHERE arch_db::text ~ %(old)s
                   AND (model LIKE 'stock.%%' OR model LIKE 'purchase.%%')
                """,
                old=rf"\m{old}\M",
                new=new,
            )
        )


def renew_unedited_templates(env):
    """Let the mails that nobody has edited say what this version's say; their translations follow with the upgrade."""
    for name in ("customer/mail_template_data.xml", "workbench/mail_template_arrival_data.xml"):
        with file_open(f"gse_backorder/data/{name}", "rb") as file:
            root = etree.parse(file).getroot()
        renewed = env["mail.template"]
        for record in root.findall("record"):
            template = env.ref(f"gse_backorder.{record.get('id')}", raise_if_not_found=False)
            if template and template._name == renewed._name and template.write_uid.id == SUPERUSER_ID:
                renewed |= template
            else:
                root.remove(record)
        _forget_translations(renewed)
        xml_import(env, "gse_backorder", {}, "init", noupdate=True, xml_filename=name).parse(root)


def _forget_translations(templates):
    """Keep of the *templates* only what the source says, so that translations of what it said before do not stay."""
    templates.flush_recordset()
    templates.env.cr.execute(
        """
        UPDATE mail_template
           SET subject = jsonb_build_object('en_US', subject -> 'en_US'),
               body_html = jsonb_build_object('en_US', body_html -> 'en_US')
         WHERE id = ANY (%s)
        """,
        (templates.ids,),
    )
    templates.invalidate_recordset()
