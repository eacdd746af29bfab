"""What tests of a whole server use: a database of their own where commits are real, and Odoo running on it.

The tests here are plain pytest functions. ``dev/test`` names the database they get a copy of.
Within a run the tests of one worker share the copy: each makes the records it works on.
"""

import contextlib
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from passlib.context import CryptContext
from playwright import sync_api as playwright_api
from setup.processes import stop

import odoo
from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry

from odoo.addons.base.models import res_users

PROGRAM = Path(__file__).with_name("server_program.py")
# Two compute on two cores, and each tries again while others sleep.
SERVERS = 2
WORKERS = 6
STARTS_WITHIN_SECONDS = 120
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 400, "height": 850}
# How long a page may take on a slow machine; who waits for nothing waits no longer.
PATIENCE_MILLISECONDS = 30_000
BROWSER_STARTS_WITHIN_MILLISECONDS = 60_000
# The script of a page of the portal has started; the screens of Odoo are drawn by theirs.
SCRIPT_STARTED = "body:is([is-ready=true], .o_web_client)"
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
# What makes a page unusable for some; the parts that are Odoo's own are left out of it.
ACCESSIBILITY_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]},
    # Landmarks are the business of Odoo's layout.
    "rules": {
        rule: {"enabled": False}
        for rule in ("region", "landmark-unique", "landmark-main-is-top-level", "landmark-no-duplicate-main")
    },
}
# Odoo takes half a second to check a password, in each of its processes: here, as in Odoo's own tests, a moment.
ROUNDS = res_users.MIN_ROUNDS = 1
QUICK_HASH = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=ROUNDS)
# What Odoo's log says of a transaction that another was in the way of.
RETRIED = "tries left, try again in"

playwright_api.expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="session")
def database(request):
    """The name of a database with the addon and its demo data; it is dropped when the tests are over."""
    with _copy_of(os.environ["GSE_PREPARED_DATABASE"], "gse_real", request.config) as name:
        yield name


@contextlib.contextmanager
def _copy_of(prepared, prefix, config):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "single")
    name = f"{prefix}_{worker}"
    files = Path(odoo.tools.config["data_dir"], "filestore")
    copy = files / name
    _drop(name, copy)
    subprocess.run(("createdb", "-T", prepared, name), check=True)
    # Its own files, which cost nothing: files of a database are never changed, only made and deleted.
    prepared_here = prepared == os.environ["GSE_PREPARED_DATABASE"]
    original = files / (config.getoption("--odoo-database") if prepared_here else prepared)
    shutil.copytree(original, copy, copy_function=os.link)
    _hash_passwords(name)
    yield name
    odoo.sql_db.close_db(name)
    _drop(name, copy)


def _hash_passwords(database):
    """Let everybody's password be his login, hashed so that it is checked at once."""
    with contextlib.closing(odoo.sql_db.db_connect(database).cursor()) as cursor:
        cursor.execute("SELECT id, login FROM res_users WHERE password IS NOT NULL")
        for user_id, login in cursor.fetchall():
            hashed = QUICK_HASH.hash(login)
            cursor.execute("UPDATE res_users SET password = %s WHERE id = %s", [hashed, user_id])
        cursor.commit()
    odoo.sql_db.close_db(database)


@pytest.fixture(scope="session")
def registry(database):
    """Odoo's models on *database*, in this process."""
    yield Registry(database)
    Registry.delete(database)


@pytest.fixture
def open_transaction(registry):
    """A function that opens a real transaction and gives its environment, as often as it is called.

    What a test does not commit (``env.cr.commit()``) is rolled back when it ends.
    """
    with contextlib.ExitStack() as transactions:

        def open_one(user_id=SUPERUSER_ID):
            cursor = transactions.enter_context(contextlib.closing(registry.cursor()))
            return api.Environment(cursor, user_id, {})

        yield open_one


@pytest.fixture(scope="session")
def create_delivery():
    """A function that creates a draft delivery of so much of each product, out of the first warehouse."""

    def create(env, *products, quantity=1, **values):
        warehouse = env["stock.warehouse"].search([], limit=1)
        places = {
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": env.ref("stock.stock_location_customers").id,
        }
        lines = [{"product_id": product.id, "product_uom_qty": quantity, **places} for product in products]
        return env["stock.picking"].create(
            {
                "picking_type_id": warehouse.out_type_id.id,
                "move_ids": [Command.create(line) for line in lines],
                **places,
                **values,
            }
        )

    return create


@pytest.fixture(scope="session")
def create_product():
    """A function that creates a stored product with a name, and so many of it in stock."""

    def create(env, name="Raced for", stock=0, **values):
        product = env["product.product"].create({"name": name, "type": "consu", "is_storable": True, **values})
        if stock:
            warehouse = env["stock.warehouse"].search([], limit=1)
            env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, stock)
        return product

    return create


@pytest.fixture(scope="session")
def manufacturing_registry(request):
    """Odoo's models, in this process, on a database with manufacturing, kits, expiry, batches, carriers as well."""
    with _copy_of(os.environ["GSE_MANUFACTURING_DATABASE"], "gse_made", request.config) as name:
        yield Registry(name)
        Registry.delete(name)


@pytest.fixture(scope="session")
def oca_database(request):
    """The name of a database with the addon beside those of the Odoo Community Association; for slow tests."""
    with _copy_of(os.environ["GSE_OCA_DATABASE"], "gse_beside", request.config) as name:
        yield name


@pytest.fixture(scope="session")
def oca_registry(oca_database):
    """Odoo's models on :func:`oca_database`, in this process."""
    # Tests may run already: it is not to load Odoo's.
    enabled, odoo.tools.config["test_enable"] = odoo.tools.config["test_enable"], False
    loaded = Registry(oca_database)
    odoo.tools.config["test_enable"] = enabled
    yield loaded
    Registry.delete(oca_database)


@pytest.fixture(scope="module")
def server(database, tmp_path_factory):
    """Odoo as a process of its own on *database*: see :class:`RunningOdoo`.

    Not for longer than a module: Odoo's own test cases, which may run in between, end the processes that they find.
    """
    with _odoo_on(database, tmp_path_factory.mktemp("server") / "odoo.log") as running:
        yield running


@pytest.fixture(scope="module")
def servers(server, database, tmp_path_factory):
    """Two of them on the same database, as behind a load balancer. One alone computes on a single core."""
    with contextlib.ExitStack() as started, ThreadPoolExecutor() as pool:

        def start(_number):
            return started.enter_context(_odoo_on(database, tmp_path_factory.mktemp("server") / "odoo.log"))

        others = list(pool.map(start, range(SERVERS - 1)))
        yield server, *others
        for running in others:  # they take their time
            running.process.terminate()


@pytest.fixture(scope="module")
def prefork_server(database, tmp_path_factory):
    """Odoo with worker processes: several requests at the same time, as where many people work."""
    with _odoo_on(database, tmp_path_factory.mktemp("server") / "odoo.log", WORKERS) as running:
        yield running


@pytest.fixture
def start_server(database, tmp_path):
    """A function that starts one more, as often as it is called, for a test that kills it."""
    with contextlib.ExitStack() as started:
        yield lambda: started.enter_context(_odoo_on(database, tmp_path / "odoo.log"))


@contextlib.contextmanager
def _without_memory_limit():
    """Odoo limits the address space of its processes; a browser takes more, and uses little of it."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limits[1], limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.fixture(scope="module")
def chromium():
    with _without_memory_limit(), playwright_api.sync_playwright() as playwright:
        browser = _launch(playwright.chromium)
        yield browser
        browser.close()


def _launch(chromium):
    """Start the browser; now and then one does not come up, and the next does at once."""
    for last_try in (False, False, True):
        try:
            return chromium.launch(
                executable_path=shutil.which("google-chrome"),
                args=BROWSER_ARGUMENTS,
                timeout=BROWSER_STARTS_WITHIN_MILLISECONDS,
            )
        except playwright_api.TimeoutError:
            if last_try:
                raise


@pytest.fixture
def open_page(chromium, server):
    """A function that gives a browser window of somebody, with its script started, if it runs any; at the end, none may
    have had an error."""
    errors, contexts = [], []

    def open_one(path, login=None, on_phone=False, script=True):
        context = chromium.new_context(
            viewport=PHONE if on_phone else DESKTOP, has_touch=on_phone, base_url=server.url, java_script_enabled=script
        )
        contexts.append(context)
        if login and not script:  # Odoo's form to log in needs one
            context.add_cookies(open_one("/my", login).context.cookies())
            login = None
        page = context.new_page()
        if slower := os.environ.get("ODOO_BROWSER_CPU_THROTTLING"):  # as for Odoo's own tours
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": int(slower)})
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        if login:
            page.goto("/web/login")
            page.fill("input[name=login]", login)
            page.fill("input[name=password]", login)
            page.click("button[type=submit]")
            page.wait_for_url(re.compile("/(my|odoo)"))
        page.goto(path)
        if script:
            page.locator(SCRIPT_STARTED).wait_for()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not errors, "No error in the browser's console."


@pytest.fixture
def assert_accessible():
    """A function that looks for violations of the guidelines (WCAG 2.1 AA) in parts of a page, given by selectors."""

    def assert_one(page, *parts, without=()):
        for part in parts:
            page.locator(part).first.wait_for()
        # What is faded in is fainter at first.
        page.evaluate("Promise.allSettled(document.getAnimations().map(animation => animation.finished))")
        context = {"include": [[part] for part in parts], "exclude": [[part] for part in without]}
        found = Axe().run(page, context=context, options=ACCESSIBILITY_RULES)
        assert not found.response["violations"], f"{page.url}: {found.generate_report()}"

    return assert_one


@contextlib.contextmanager
def _odoo_on(database, log, workers=0, more=()):
    """Run Odoo until the end of the ``with``, in one process or with workers; it tells in *log* whom it retries.

    :param more: options of Odoo's command
    """
    port = _free_port()
    command = (
        sys.executable, str(PROGRAM), "-d", database, f"--db-filter=^{database}$",
        f"--http-port={port}", f"--gevent-port={_free_port()}", f"--workers={workers}",
        "--max-cron-threads=0", "--limit-memory-soft=0", "--limit-memory-hard=0", "--limit-time-real=600",
        "--log-level=warn", f"--logfile={log}",
        "--log-handler=odoo.service.model:INFO", *more,
    )  # fmt: skip
    if workers:  # each has connections of its own
        command += ("--db_maxconn=8",)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        running = RunningOdoo(f"http://127.0.0.1:{port}", database, log, process)
        _wait_until_ready(running)
        yield running
    finally:
        stop(process)


class RunningOdoo:
    """A running server: :attr:`url`, :attr:`database`, :attr:`log` (a file), :attr:`process`, and :meth:`call` to work
    with it."""

    def __init__(self, url, database, log, process):
        self.url = url
        self.database = database
        self.log = log
        self.process = process
        self._user_ids = {}

    def call(self, login, model, method, *arguments, **keywords):
        """Call a model's public method as a demo user, whose password is his login; each call is a transaction."""
        if login not in self._user_ids:  # Odoo takes its time to check a password
            common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common", allow_none=True)
            self._user_ids[login] = common.authenticate(self.database, login, login, {})
        objects = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object", allow_none=True)
        return objects.execute_kw(self.database, self._user_ids[login], login, model, method, arguments, keywords)

    def count_retries(self):
        """Return how many transactions have failed to serialize so far, and were tried again."""
        return self.log.read_text().count(RETRIED) if self.log.exists() else 0

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/web/login", timeout=STARTS_WITHIN_SECONDS):
                return True
        except urllib.error.URLError:
            return False


def _wait_until_ready(running):
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not running.answers():
        if running.process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"Odoo did not start: {running.log.read_text() if running.log.exists() else 'no log'}")
        time.sleep(0.2)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _drop(database, copy):
    subprocess.run(("dropdb", "--if-exists", "--force", database), check=True, capture_output=True)
    if copy.is_symlink():
        copy.unlink()
    shutil.rmtree(copy, ignore_errors=True)
