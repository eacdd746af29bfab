"""What an administrator asks of a database that lives: does what is stored still say what it must?

Whatever writes past the ORM (an import, a script, another addon, a restored table) can leave a chain without its
original, or stock that is reserved for nobody. Here it is found, named and, where a machine can know the truth, put
right. What is checked is said by kinds: other rooms and other addons add theirs, see :meth:`_get_kinds`.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL, format_datetime

from ... import arguments, without_jit
from ..chain.progress import commit_each
from ..chain.wording import format_quantity

_logger = logging.getLogger(__name__)

LIST = "/odoo/action-gse_backorder.action_stock_backorder_check"


class Kind(NamedTuple):
    """Something that must hold of what is stored."""

    label: str  # in the user's language
    # Returns SQL of all that differs, one row for each field of a record: res_model, res_id, company_id, field_name
    # (empty where it is no field), stored and expected (jsonb). It reads only, and in one go.
    find: Callable
    # Puts right the differences of this kind that it is given, and says in the chatter what it has done; None where
    # :attr:`refuse` says of each what to do.
    repair: Callable | None = None
    # Returns why a difference cannot be put right by a machine, and what to do; nothing where it can.
    refuse: Callable = lambda difference: ""


class StockBackorderCheck(models.Model):
    """A difference between what is stored and what it should be, as the last check has found it.

    Rows are facts: the check writes them, and nobody else. One that is found again stays, with the day on which it was
    found first; one that is found no more goes.
    """

    _name = "stock.backorder.check"
    _description = "Difference in Stored Data"
    _order = "kind, id"

    kind = fields.Selection(
        selection=lambda self: [(kind, about.label) for kind, about in self._get_kinds().items()],
        string="What Is Checked",
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="cascade")
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record Id", model_field="res_model", required=True, readonly=True)
    field_name = fields.Char(required=True, readonly=True)
    stored = fields.Json(string="Stored Value", readonly=True)
    expected = fields.Json(string="Expected Value", readonly=True)
    create_date = fields.Datetime(string="Found", readonly=True)
    record_name = fields.Char(string="Record", compute="_compute_record_name")
    field_label = fields.Char(string="What Differs", compute="_compute_texts")
    stored_text = fields.Char(string="Stored", compute="_compute_texts")
    expected_text = fields.Char(string="Should Be", compute="_compute_texts")
    advice = fields.Text(
        string="What to Do", compute="_compute_advice", help="Empty where Repair puts it right by itself."
    )

    _difference_uniq = models.UniqueIndex("(kind, res_model, res_id, field_name)")

    # ---- what is checked ---------------------------------------------------

    @api.model
    def _get_kinds(self):
        """Return ``{kind: Kind}`` of all that is checked, in the order in which it is repaired."""
        return {}

    # ---- shown -------------------------------------------------------------

    def _get_records(self):
        """Return ``{difference: record}``, where there still is one; whose it is, the rules of differences say."""
        found = {}
        for model, differences in self.filtered(lambda one: one.res_model in self.env).grouped("res_model").items():
            existing = self.env[model].sudo().browse(differences.mapped("res_id")).exists()
            by_id = {record.id: record for record in existing}
            found.update({one: by_id[one.res_id] for one in differences if one.res_id in by_id})
        return found

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        records = self._get_records()
        for difference in self:
            record = records.get(difference)
            difference.record_name = (
                self._name_record(record)
                if record
                else self.env._("%s, which is not there any more", difference.res_id)
            )

    @api.model
    def _name_record(self, record):
        """Return how people call *record*: a line by its transfer and product, stock by its place and product."""
        if record._name not in ("stock.move", "stock.move.line", "stock.quant"):
            return record.display_name
        place = record.picking_id.name if "picking_id" in record._fields else record.display_name
        return ", ".join(filter(None, (place, record.product_id.display_name)))

    @api.depends("field_name", "stored", "expected")
    @api.depends_context("lang", "tz")
    def _compute_texts(self):
        for difference in self:
            model = self.env.get(difference.res_model, self.browse())
            field = model._fields.get(difference.field_name)
            difference.field_label = (
                field._description_string(self.env)
                if field is not None
                else dict(self._fields["kind"]._description_selection(self.env)).get(difference.kind)
            )
            difference.stored_text = difference._format(field, difference.stored)
            difference.expected_text = difference._format(field, difference.expected)

    def _format(self, field, value):
        """Return *value* as people read it.

        :param field: whose value it is; None for a number of no field, or for values by the fields of the analysis
        """
        if isinstance(value, dict):
            columns = self.env["stock.backorder.report"]._fields
            return ", ".join(
                f"{columns[name]._description_string(self.env)} {self._format(columns[name], part)}"
                for name, part in value.items()
                if name in columns
            )
        if value is True or (field is not None and field.type == "boolean"):
            return self.env._("Ticked") if value else self.env._("Not ticked")
        if value is None or value is False:
            return "–"
        if field is not None and field.type == "many2one":
            return self.env[field.comodel_name].sudo().browse(value).exists().display_name or str(value)
        if field is not None and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field is not None and field.type in ("date", "datetime"):
            return format_datetime(self.env, value.replace("T", " ").partition(".")[0])
        if field is None or field.type == "float":
            return format_quantity(self.env, value)
        return str(value)

    @api.depends("kind", "res_model", "res_id")
    @api.depends_context("lang")
    def _compute_advice(self):
        kinds = self._get_kinds()
        for difference in self:
            difference.advice = difference.kind in kinds and kinds[difference.kind].refuse(difference.sudo())

    # ---- check -------------------------------------------------------------

    @api.model
    def _check(self, kinds=None):
        """Check what is stored, of all companies; return the ids of the differences that were not known before.

        Nothing is locked and nothing written but the differences themselves: one query for each kind.

        :param kinds: these only; all by default
        """
        self.env.flush_all()
        known = self._get_kinds()
        new = [
            difference_id
            for kind, about in known.items()
            if kinds is None or kind in kinds
            for difference_id in self._note_differences(kind, about.find())
        ]
        self._forget_kinds_but(known)
        self.invalidate_model(flush=False)
        return new

    @api.model
    def _note_differences(self, kind, found):
        """Keep what was *found*, a query, and forget what is found no more; return the ids of what is new."""
        rows = without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH found AS MATERIALIZED (
                         SELECT DISTINCT ON (res_model, res_id, field_name) * FROM (%(found)s) AS every
                       ORDER BY res_model, res_id, field_name
                     ),
                     gone AS (
                         DELETE FROM stock_backorder_check AS known
                               WHERE kind = %(kind)s
                                 AND NOT EXISTS (
                                         SELECT FROM found
                                          WHERE found.res_model = known.res_model
                                            AND found.res_id = known.res_id
                                            AND found.field_name = known.field_name
                                     )
                     )
                INSERT INTO stock_backorder_check AS known
                            (kind, res_model, res_id, field_name, company_id, stored, expected,
                             create_uid, write_uid, create_date, write_date)
                     SELECT %(kind)s, res_model, res_id, field_name, company_id, stored, expected,
                            %(user)s, %(user)s, %(now)s, %(now)s
                       FROM found
                ON CONFLICT (kind, res_model, res_id, field_name)
                  DO UPDATE SET company_id = EXCLUDED.company_id, stored = EXCLUDED.stored, expected = EXCLUDED.expected
                  RETURNING known.id, known.xmax = 0
                """,
                found=found,
                kind=kind,
                user=self.env.uid,
                now=fields.Datetime.now(),
            ),
        )
        return [difference_id for difference_id, is_new in rows if is_new]

    @api.model
    def _forget_kinds_but(self, kinds):
        """Forget what was found by kinds that an addon had brought which is gone."""
        self.env.cr.execute(SQL("DELETE FROM stock_backorder_check WHERE kind != ALL (%s)", list(kinds)))

    @api.model
    def _cron_check(self):
        """Check each night, kind by kind: one that fails stops no other. Who manages stock is told of what is new."""
        new = []
        for kind in commit_each(self.env, list(self._get_kinds())):
            try:
                with self.env.cr.savepoint():
                    new += self._check({kind})
            except ConcurrencyError:
                raise
            except Exception:
                _logger.exception("The stored data of backorders cannot be checked: %s", kind)
        self.browse(new).exists()._tell_managers()

    def _tell_managers(self):
        """Write to everybody who manages stock what was found in his companies: one message each."""
        managers = self.env.ref("stock.group_stock_manager").all_user_ids if self else self.env["res.users"]
        for user in managers.filtered(lambda user: user.active and not user.share):
            own = self.filtered(lambda difference, user=user: difference.company_id <= user.company_ids)
            if own:
                own.with_context(lang=user.lang)._tell_user(user)

    def _tell_user(self, user):
        counts = self.grouped("kind")
        labels = dict(self._fields["kind"]._description_selection(self.env))
        items = Markup("").join(Markup("<li>%s: %s</li>") % (labels[kind], len(own)) for kind, own in counts.items())
        body = Markup('<p>%s</p><ul>%s</ul><p><a href="%s">%s</a></p>') % (
            self.env._("The nightly check has found stored data that is not as it should be."),
            items,
            LIST,
            self.env._("See what differs, and repair it"),
        )
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=self.env._("Differences in the stored data of backorders: %s", len(self)),
            body=body,
        )

    # ---- actions -----------------------------------------------------------

    @arguments.public()
    def action_check(self):
        """Check now, and open the list of what differs in the user's companies."""
        self.check_access("read")
        # What is wrong does not depend on who looks; what he is shown of it does.
        self.with_user(SUPERUSER_ID)._check()
        count = self.search_count([])
        message = self.env._("Differences found: %s", count) if count else self.env._("Nothing differs")
        return self._show("warning" if count else "success", message)

    @arguments.public()
    def action_repair(self):
        """Put these right, as far as a machine can know what is right.

        :raise UserError: if it can with none of them: what to do instead
        """
        self.check_access("read")
        # Whoever manages stock repairs what he sees, also facts that nobody may enter.
        chosen = self.sudo()
        kinds = set(chosen.mapped("kind"))
        chosen._check(kinds)
        differing = chosen.exists()
        manual = differing.filtered("advice")
        if manual and manual == differing:
            raise UserError("\n".join(dict.fromkeys(manual.mapped("advice"))))
        by_kind = (differing - manual).grouped("kind")
        for kind, about in self._get_kinds().items():
            if kind in by_kind:
                about.repair(by_kind[kind])
        chosen._check(kinds)
        left = len(chosen.exists())
        done = len(self) - left
        _logger.info("%s has repaired %s differences in stored data, %s are left", self.env.user.login, done, left)
        if left:
            message = self.env._("Repaired: %(done)s, left: %(left)s. See what to do.", done=done, left=left)
            return self._show("warning", message)
        return self._show("success", self.env._("Repaired: %s", done))

    @api.model
    def _show(self, kind, message):
        """Return the action that says *message*, and shows what differs now."""
        listed = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_backorder_check")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            # What follows a message the client takes as it is: to it, the help of an empty list is no HTML.
            "params": {
                "type": kind,
                "message": message,
                "next": {**listed, "target": "main", "help": self.env._("Nothing differs")},
            },
        }

    @arguments.public(single=True)
    def action_open(self):
        """Open the record that differs.

        :raise UserError: if it is not there any more
        """
        self.check_access("read")
        record = self._get_records().get(self)
        if not record:
            raise UserError(self.env._("The record is not there any more."))
        # Of a line, its transfer is opened.
        record = record.picking_id or record if "picking_id" in record._fields else record
        record.with_env(self.env).check_access("read")
        has_form = record._name != "stock.quant"
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name,
            "res_model": record._name,
            "views": [[False, "form" if has_form else "list"]],
            **({"res_id": record.id} if has_form else {"domain": [("id", "=", record.id)]}),
        }

    # ---- for those who repair ----------------------------------------------

    def _find_again(self, find):
        """Return ``{res_id: expected}`` of these differences, of one kind and field, as they are now."""
        rows = without_jit.execute_query(
            self.env,
            SQL(
                "SELECT res_id, expected FROM (%s) AS found WHERE res_id = ANY (%s) AND field_name = ANY (%s)",
                find,
                self.mapped("res_id"),
                list(set(self.mapped("field_name"))),
            ),
        )
        return dict(rows)

    def _log_repair(self, thread):
        """Say in the chatter of *thread* that these were put right: what was stored, and what it is now."""
        for difference in self:
            thread._message_log(
                body=self.env._(
                    "Repaired by the check: %(what)s was %(stored)s, and should have been %(expected)s.",
                    what=difference.field_label,
                    stored=difference.stored_text,
                    expected=difference.expected_text,
                )
            )
