"""Databases of every version that has ever landed, with what people have done in them, are upgraded to this one.

What was written down stays; what is worked out is what this version works out; all else is as if it had been installed
today: tables, constraints, views, rules, mails.
"""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from ast import literal_eval
from pathlib import Path

import pytest
import upgrade_trade
from conftest import _copy_of
from test_uninstall import run_odoo, work_on

import odoo

from odoo.addons.gse_backorder.fulfillment import fill_fulfillment_state
from odoo.addons.gse_backorder.hooks import fill_customer
from odoo.addons.gse_backorder.tests.workbench.figures_common import compare_figures

REPOSITORY = Path(__file__).resolve().parents[1]
ADDON = "gse_backorder"
MANIFEST = f"{ADDON}/__manifest__.py"
# Worked out anew by this version, for all transfers at once, and by the ORM one by one.
STATES = ("fulfillment_state", "has_open_remainder", "customer_id")
# What Odoo says of views and labels when an addon is installed, too: it is nothing that an upgrade has done.
REMARKS = ("have the same label", "Access Rights Inconsistency", "must have title")
# The last commit of this version has something half done in it, and nobody can install it: this is the last whole one.
WHOLE = {"19.0.1.10.0": "48060c4ea84b439e1ca0165b6b78606fb936d0cc"}
# What an upgrade must leave as installing makes it, of the whole database.
SCHEMA = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
    "data": "SELECT model, name, noupdate FROM ir_model_data WHERE module = 'gse_backorder'",
    # A button's action is named by its number.
    "views": r"SELECT data.name, regexp_replace(view.arch_db ->> 'en_US', 'name=\"\d+\"', '', 'g'), view.active"
    " FROM ir_ui_view AS view"
    " JOIN ir_model_data AS data ON data.res_id = view.id AND data.model = 'ir.ui.view'"
    " WHERE data.module = 'gse_backorder'",
    "rules": "SELECT data.name, rule.domain_force, rule.active FROM ir_rule AS rule"
    " JOIN ir_model_data AS data ON data.res_id = rule.id AND data.model = 'ir.rule'"
    " WHERE data.module = 'gse_backorder'",
    "mails": "SELECT data.name, mail.subject ->> 'en_US', mail.body_html ->> 'en_US' FROM mail_template AS mail"
    " JOIN ir_model_data AS data ON data.res_id = mail.id AND data.model = 'mail.template'"
    " WHERE data.module = 'gse_backorder'",
    "crons": "SELECT data.name, cron.interval_number, cron.interval_type, cron.active FROM ir_cron AS cron"
    " JOIN ir_model_data AS data ON data.res_id = cron.id AND data.model = 'ir.cron'"
    " WHERE data.module = 'gse_backorder'",
}


def run_git(*arguments):
    return subprocess.run(("git", "-C", REPOSITORY, *arguments), capture_output=True, check=True).stdout


def find_landed():
    """Return ``{version: the last whole commit that had it}`` of all versions before this one, the oldest first."""
    if not shutil.which("git"):
        return {}
    landed = {}
    with contextlib.suppress(subprocess.CalledProcessError):
        commits = run_git("rev-list", "--first-parent", "HEAD", "--", MANIFEST).decode().split()
        bumps = {read_version(run_git("show", f"{commit}:{MANIFEST}")): commit for commit in commits}
        # Each of these began a version, and the one before it had the last of another.
        for commit in bumps.values():
            with contextlib.suppress(subprocess.CalledProcessError):
                last = run_git("rev-parse", "--verify", "--quiet", f"{commit}^").decode().strip()
                version = read_version(run_git("show", f"{last}:{MANIFEST}"))
                landed[version] = WHOLE.get(version, last)
    landed.pop(read_version((REPOSITORY / MANIFEST).read_bytes()), None)
    return dict(sorted(landed.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


def read_version(manifest):
    return literal_eval(manifest.decode())["version"]


LANDED = find_landed()


def read_schema(database):
    with contextlib.closing(odoo.sql_db.db_connect(database).cursor()) as cursor:
        found = {}
        for name, query in SCHEMA.items():
            cursor.execute(query)
            found[name] = set(cursor.fetchall())
    return found


@pytest.fixture(scope="module")
def installed_today(request):
    """What a database has in which this version was installed."""
    with _copy_of(os.environ["GSE_PREPARED_DATABASE"], "gse_today", request.config) as name:
        yield read_schema(name)


@pytest.fixture
def database(request):
    """The name of a database without the addon."""
    with _copy_of(f"{os.environ['GSE_PREPARED_DATABASE']}_core", "gse_upgraded", request.config) as name:
        yield name


class Program:
    """Odoo's command line with the addon in *folder*."""

    def __init__(self, database, folder):
        others = [path for path in odoo.tools.config["addons_path"] if not Path(path, ADDON).is_dir()]
        self.database = database
        self.options = (f"--addons-path={','.join((*others, str(folder)))}", "-d", database, "--max-cron-threads=0")

    def load(self, option):
        """Install (``-i``) or upgrade (``-u``) the addon, and fail if Odoo logs that anything is wrong with it."""
        process = self._run("server", *self.options, option, ADDON, "--stop-after-init", "--no-http")
        lines = [line for line in process.stderr.splitlines() if re.search(r" (WARNING|ERROR|CRITICAL) ", line)]
        wrong = [line for line in lines if not any(remark in line for remark in REMARKS)]
        assert not wrong, "\n".join(wrong)

    def execute(self, code):
        """Run *code* with ``env`` and the trade, commit, and return what it has printed."""
        start = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import upgrade_trade\n"
        program = f"{start}{code}\nenv.cr.commit()\n"
        return self._run("shell", *self.options, "--no-http", "--log-level=error", input=program).stdout

    @staticmethod
    def _run(*arguments, **options):
        command = (sys.executable, "-m", "odoo", *arguments)
        process = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **options)
        assert process.returncode == 0 and "Traceback" not in process.stderr, process.stderr[-5000:]
        return process


def export(version, folder):
    """Write the addon as it was in *version* into *folder*."""
    with tarfile.open(fileobj=io.BytesIO(run_git("archive", LANDED[version], ADDON))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def check_kept(before, after):
    """Fail if something of what was written down *before* is not there *after*."""
    for model in upgrade_trade.KEPT:
        for record_id, values in before[model].items():
            now = after[model][record_id]
            known = {name: value for name, value in values.items() if value != "None"}  # what was not may be filled
            assert known == {name: now[name] for name in known}, f"{model} {record_id}"
    assert before["rules"] == after["rules"], "The rule that an administrator has edited is his."
    assert before["mails"] == after["mails"], "And so is the mail."


def check_facts(env):
    """Fail if what is kept of transfers, and worked out of others, is not what this version works out."""
    transfers = env["stock.picking"].search([])
    stored = {name: transfers.mapped(lambda transfer, name=name: transfer[name]) for name in STATES}
    for name in STATES:
        env.add_to_compute(transfers._fields[name], transfers)
    assert {name: transfers.mapped(lambda transfer, name=name: transfer[name]) for name in STATES} == stored
    env.flush_all()
    fill_customer(env.cr)
    fill_fulfillment_state(env)
    env.invalidate_all()
    assert {name: transfers.mapped(lambda transfer, name=name: transfer[name]) for name in STATES} == stored
    transfers._check_chain()
    backorders = transfers.filtered("backorder_id")
    assert backorders and all(backorder.backorder_index for backorder in backorders), backorders
    waiting = env["stock.move"].search([("state", "in", ("waiting", "confirmed", "partially_available", "assigned"))])
    assert all(move.ordered_date for move in waiting if move._is_claim())
    rows, live = compare_figures(env)
    assert rows == live


def check_opens(env):
    """Fail if a view is not valid, a list or form of the addon cannot be read, or a delivery has no link."""
    upgrade_trade.find(env, "ir.ui.view")._check_xml()
    for action in upgrade_trade.find(env, "ir.actions.act_window"):
        records = env[action.res_model].search([], limit=3)
        for kind in action.view_mode.split(","):
            view = records.get_views([(False, kind)])["models"][action.res_model]["fields"]
            records.read([name for name in view if name in records._fields])
    sold = env["sale.order"].search([("partner_id.name", "=", upgrade_trade.CUSTOMER)]).picking_ids
    pages = sold.filtered(lambda transfer: transfer._is_customer_delivery())
    assert len(pages) > 5 and all(page._is_opened_by(page._portal_ensure_token()) for page in pages)


def check_as_installed(database, installed_today, edited):
    """Fail if the database differs from one in which this version was installed, but for what was *edited*."""
    found = read_schema(database)
    for name, rows in installed_today.items():
        theirs = {row for row in found[name] - rows if row[0] in edited}
        differs = (found[name] - theirs) ^ {row for row in rows if row[0] not in {one[0] for one in theirs}}
        assert not differs, f"{name}: {sorted(map(str, differs))}"


def upgrade(version, database, folder):
    """Install *version*, let people trade, upgrade it; return what was written down before, and what is after."""
    old = Program(database, export(version, folder))
    old.load("-i")
    before = old.execute("upgrade_trade.live(env)\nupgrade_trade.tell(env)")
    new = Program(database, REPOSITORY)
    new.load("-u")
    after = new.execute("upgrade_trade.tell(env)")
    return [json.loads(re.search(r"REMEMBERED (.*)", told)[1]) for told in (before, after)]


@pytest.mark.slow
@pytest.mark.parametrize("version", LANDED or [None])
def test_upgrade(version, database, installed_today, tmp_path):
    """Scenario: a version is installed, people trade, it is upgraded. Expected: nothing is logged that is wrong; what
    was written down is there; chains, states, figures, views, tables are this version's."""
    skip_without_history()
    before, after = upgrade(version, database, tmp_path)
    check_kept(before, after)
    check_as_installed(database, installed_today, {*before["rules"], *before["mails"]})
    work_on(database, check_facts)
    work_on(database, check_opens)


@pytest.mark.slow
def test_installed_again(database, installed_today, tmp_path):
    """Scenario: the first version is upgraded, uninstalled and installed again. Expected: as if it was the first time,
    and the chains that were there are known."""
    skip_without_history()
    upgrade(next(iter(LANDED)), database, tmp_path)
    run_odoo("module", "uninstall", "-d", database, ADDON)
    Program(database, REPOSITORY).load("-i")
    check_as_installed(database, installed_today, ())
    work_on(database, check_facts)
    work_on(database, check_opens)


def skip_without_history():
    if not LANDED:
        pytest.skip("The history of the repository is not here: older versions cannot be installed.")
