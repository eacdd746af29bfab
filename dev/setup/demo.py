"""``dev/demo``: a running Odoo with the addon and its demo data."""

import http.client
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

from . import pdf
from .console import SetupError, say, step
from .databases import PREPARE, Databases, digest_of_addon
from .lock import alone
from .machine import running_odoo
from .paths import ADDON, CACHE, prepare_cache
from .processes import stop

DATABASE = "gse_demo"
# What those who try it need besides, and the addon does not: the Sales menu is there with it.
APPS = ("sale_management",)
KIND = "-".join(("demo", "company", *APPS))
# The company of the story, without Odoo's own demo data: that takes its time, and its furniture would stand above all.
COMPANY = """
from odoo.modules.loading import load_data
from odoo.modules.module_graph import ModuleGraph
env.company.write({"name": "Northsea Building Supplies", "city": "Antwerp", "country_id": env.ref("base.be").id})
env.ref("stock.warehouse0").name = "Northsea"
env["account.chart.template"].try_loading("generic_coa", env.company)
env.ref("base.group_user").implied_ids += env.ref("stock.group_production_lot")
addon = env.ref("base.module_gse_backorder")
modules = ModuleGraph(env.cr, mode="load")
modules.extend(env["ir.module.module"].search([("state", "=", "installed")]).mapped("name"))
load_data(env, {}, "init", "demo", modules[addon.name])
addon.demo = True  # an update is to keep it
"""
# Who installs the addon with demo data gets the story only; here it is a company that has lived.
YEAR = """
from odoo.addons.gse_backorder.demo.company_year import CompanyYear
CompanyYear(env).make()
"""
# An import has written past Odoo: the check of what is stored has something to find.
IMPORTED = """
env.flush_all()
env.cr.execute('''
    UPDATE stock_picking SET customer_id = NULL
     WHERE id IN (SELECT id FROM stock_picking WHERE fulfillment_state = 'done' AND customer_id > 0 ORDER BY id LIMIT 3)
''')
"""
# Odoo's scheduler is due on the first start, and would fail on reordering rules that are out of date by then, as Odoo's
# own demo data leaves them: it works out what to order in one transaction and orders it in another, and each writes the
# same rules (odoo#268616). Here it does both in one, and leaves nothing out of date.
SCHEDULE = """
env["stock.rule"].run_scheduler()
"""
LOG = CACHE / "demo.log"
# The users come with the addon's demo data, the administrator with Odoo; the password is the login.
LOGINS = (
    ("admin", "administrator"),
    ("picker", "works in the warehouse"),
    ("salesperson", "sells"),
    ("purchaser", "buys"),
    ("customer", "buys from you, on the customer portal"),
    ("buyer", "orders there, on a pad, at Rheinbau"),
)
ANSWERS_WITHIN_SECONDS = 120
LAST_LOG_LINES = 15
LAST_PORT = 65535


def run_demo(port, interface, reset):
    """Run the demo until it is stopped by Ctrl-C or a signal; give the exit code."""
    _check_port(interface, port)
    prepare_cache()
    refusal = "Another dev/demo is running from this folder: stop it first."
    with alone("demo", refusal=refusal), running_odoo("demo") as odoo:
        _offer_pdf()
        _ensure_database(odoo, reset)
        _tell_address(odoo, interface, port)
        with _server(odoo, interface, port) as server:
            _wait_for_answer(server, interface, port)
            _tell(interface, port)
            return _wait_for_end(server)


# ---- before ------------------------------------------------------------------


def _check_port(interface, port):
    if port not in range(1, LAST_PORT + 1):
        raise SetupError(f"{port} is no port: choose one from 1 to {LAST_PORT}, like 8069.")
    with socket.socket() as probe:
        # As Odoo does: a port that a stopped server has just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except PermissionError:
            raise SetupError(f"Port {port} may be used by root only: choose one above 1023 with --port.") from None
        except OSError as error:
            raise SetupError(
                f"Port {port} on {interface} cannot be used ({error.strerror.lower()}):"
                f" stop what uses it (another dev/demo?), or choose another one: ./dev/demo --port {port + 1}"
            ) from None


def _offer_pdf():
    try:
        pdf.ensure()
    except SetupError as error:
        say(f"  ! {error} Without them all but PDF documents works.")


def _ensure_database(odoo, reset):
    databases = Databases(odoo)
    digest = f"{KIND} {digest_of_addon()}"
    if not reset and databases.is_current(DATABASE, digest):
        return
    if not reset and databases.is_made_of(DATABASE, KIND):
        with step("The addon has changed: updating it"):
            odoo.update(DATABASE, ADDON.name)
    else:
        with step("Installing the addon"):
            databases.drop(DATABASE)
            odoo.install(DATABASE, *APPS, ADDON.name, demo=False)
        with step("Making a year of trade, and the web pages"):
            odoo.execute(DATABASE, COMPANY + YEAR + SCHEDULE + IMPORTED + PREPARE)
    databases.mark_current(DATABASE, digest)


def _tell_address(odoo, interface, port):
    """PDF documents fetch their styles from Odoo, and mails link to it: at the address where it runs this time."""
    address = f"http://{_reachable(interface)}:{port}"
    odoo.server.query(f"UPDATE ir_config_parameter SET value = '{address}' WHERE key = 'web.base.url'", DATABASE)


# ---- the server --------------------------------------------------------------


@contextmanager
def _server(odoo, interface, port):
    command = odoo.command(
        "server", "-d", DATABASE, f"--db-filter=^{DATABASE}$",
        f"--http-interface={interface}", f"--http-port={port}", "--workers=0", f"--logfile={LOG}",
    )  # fmt: skip
    LOG.unlink(missing_ok=True)
    # A session of its own: Ctrl-C reaches this process only, which then stops all in order.
    process = subprocess.Popen(
        command, env=odoo.environment, cwd=CACHE, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        # A second Ctrl-C or signal must not leave anything behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stop(process)


def _wait_for_answer(server, interface, port):
    with step("Starting Odoo"):
        deadline = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while not _answers(interface, port):
            if server.poll() is not None:
                raise SetupError(f"Odoo stopped while starting; the end of {LOG}:\n{_last_log_lines()}")
            if time.monotonic() > deadline:
                raise SetupError(f"Odoo does not answer after {ANSWERS_WITHIN_SECONDS} s: see {LOG}.")
            time.sleep(0.3)


def _answers(interface, port):
    connection = http.client.HTTPConnection(_reachable(interface), port, timeout=ANSWERS_WITHIN_SECONDS)
    try:
        connection.request("GET", "/web/login")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _reachable(interface):
    return "127.0.0.1" if interface == "0.0.0.0" else interface


def _wait_for_end(server):
    try:
        server.wait()
    except KeyboardInterrupt:
        say("\nStopping Odoo and its database…")
        return 0
    raise SetupError(f"Odoo stopped by itself; the end of {LOG}:\n{_last_log_lines()}")


def _last_log_lines():
    return "\n".join(LOG.read_text().splitlines()[-LAST_LOG_LINES:]) if LOG.exists() else ""


def _tell(interface, port):
    say(f"\nOdoo runs at http://{_reachable(interface)}:{port}/odoo\n")
    width = max(len(login) for login, _who in LOGINS)
    for login, who in LOGINS:
        say(f"  {login:<{width}} / {login:<{width}}  {who}")
    say(f"\nIts log is {LOG}. Ctrl-C stops it; ./dev/demo --reset starts over.")
