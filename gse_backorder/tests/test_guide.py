import re
from pathlib import Path

from docutils import nodes
from docutils.core import publish_doctree
from lxml import etree

from odoo.tests import TransactionCase, tagged

README = Path(__file__).parents[1] / "README.rst"
# For who works on it; only where the whole repository is there.
REPOSITORY = Path(__file__).parents[2]
# A method or field of a model, in a document: ``stock.ranking._get_order``.
SYMBOL = re.compile(r"``([a-z_.]+)\.([a-z_]+)``")
NAME = re.compile(r"\((\w+)\)")
QUIET = {"report_level": 5}


@tagged("post_install", "-at_install")
class TestGuide(TransactionCase):
    """The README guides who administers: it tells of all that there is to be set, as it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = publish_doctree(README.read_text(), settings_overrides=QUIET)

    def _get_rows(self, heading):
        """Return the texts of each row of the table below *heading*, without the row of its titles."""
        [section] = [part for part in self.document.findall(nodes.section) if part[0].astext() == heading]
        table = next(section.findall(nodes.tbody))
        return [[cell.astext() for cell in row] for row in table]

    def test_settings(self):
        """Scenario: an administrator looks up a setting. Expected: each is there, and nothing else, below its heading
        on the page, and with the default that a new company has."""
        arch = etree.fromstring(self.env.ref("gse_backorder.view_res_config_settings_form").arch)
        shown = arch.xpath("//setting//field[not(@invisible='1')]/@name")
        rows = {NAME.search(setting)[1]: (setting, default) for setting, default, _ in self._get_rows("Settings")}
        self.assertEqual(set(rows), set(shown))
        told = " ".join(setting for setting, _default in rows.values())
        self.assertFalse([heading for heading in arch.xpath("//setting[.//field]/@string") if heading not in told])
        company = self.env["res.company"].create({"name": "Fresh"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        for name, (_setting, default) in rows.items():
            with self.subTest(name):
                [record] = [record for record in (company, warehouse, warehouse.out_type_id) if name in record._fields]
                self.assertEqual(default, self._tell(record[name]))

    def _tell(self, value):
        if isinstance(value, bool):
            return "on" if value else "off"
        return str(value or "nobody")

    def test_scheduled_actions(self):
        """Scenario: an administrator looks up a scheduled action. Expected: each is there, by its name and interval."""
        ours = self.env["ir.model.data"].search([("module", "=", "gse_backorder"), ("model", "=", "ir.cron")])
        crons = self.env["ir.cron"].with_context(active_test=False).browse(ours.mapped("res_id"))
        told = {f"Backorders: {action}": every for action, every, _without in self._get_rows("Scheduled actions")}
        self.assertEqual(told, {cron.name: self._tell_interval(cron) for cron in crons})

    def _tell_interval(self, cron):
        if cron.interval_number == 1:
            return cron.interval_type.removesuffix("s")
        return f"{cron.interval_number} {cron.interval_type}"

    def test_symbols(self):
        """Scenario: somebody looks up what the decisions and the contributor's guide name. Expected: it is there."""
        written = [path for pattern in ("CONTRIBUTING.rst", "docs/**/*.rst") for path in REPOSITORY.glob(pattern)]
        named = {named for path in written for named in SYMBOL.findall(path.read_text()) if named[0] in self.env}
        self.assertEqual(bool(named), bool(written))
        self.assertFalse([(model, name) for model, name in named if not hasattr(self.env[model], name)])
