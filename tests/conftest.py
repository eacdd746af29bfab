"""What tests of a whole server use: a database of their own where commits are real, and Odoo running on it.

The tests here are plain pytest functions. ``dev/test`` names the database they get a copy of.
Within a run the tests of one worker share the copy: each makes the records it works on.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xmlrpc.client
from pathlib import Path

import pytest

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

STARTS_WITHIN_SECONDS = 120
STOPS_WITHIN_SECONDS = 20


@pytest.fixture(scope="session")
def database(request):
    """The name of a database with the addon and its demo data; it is dropped when the tests are over."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "single")
    name = f"gse_real_{worker}"
    files = Path(odoo.tools.config["data_dir"], "filestore")
    link = files / name
    _drop(name, link)
    subprocess.run(("createdb", "-T", os.environ["GSE_PREPARED_DATABASE"], name), check=True)
    # The files are shared with the other tests, as pytest-odoo shares them among its workers.
    link.symlink_to(files / request.config.getoption("--odoo-database"))
    yield name
    odoo.sql_db.close_db(name)
    _drop(name, link)


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
def server(database, tmp_path_factory):
    """Odoo as a process of its own on *database*: see :class:`RunningOdoo`."""
    log = tmp_path_factory.mktemp("server") / "odoo.log"
    port = _free_port()
    command = (
        sys.executable, "-m", "odoo", "server", "-d", database, f"--db-filter=^{database}$",
        f"--http-port={port}", "--max-cron-threads=0", "--log-level=warn", f"--logfile={log}",
    )  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        running = RunningOdoo(f"http://127.0.0.1:{port}", database, log)
        _wait_until_ready(running, process)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class RunningOdoo:
    """A running server: :attr:`url`, :attr:`database`, :attr:`log` (a file), and :meth:`call` to work with it."""

    def __init__(self, url, database, log):
        self.url = url
        self.database = database
        self.log = log

    def call(self, login, model, method, *arguments, **keywords):
        """Call a model's public method as a demo user, whose password is his login; each call is a transaction."""
        common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common", allow_none=True)
        user_id = common.authenticate(self.database, login, login, {})
        objects = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object", allow_none=True)
        return objects.execute_kw(self.database, user_id, login, model, method, arguments, keywords)

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/web/login", timeout=STARTS_WITHIN_SECONDS):
                return True
        except urllib.error.URLError:
            return False


def _wait_until_ready(running, process):
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not running.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"Odoo did not start: {running.log.read_text() if running.log.exists() else 'no log'}")
        time.sleep(0.2)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _drop(database, link):
    subprocess.run(("dropdb", "--if-exists", "--force", database), check=True, capture_output=True)
    link.unlink(missing_ok=True)
