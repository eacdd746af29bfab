"""``dev/test``: pytest on copies of a prepared database."""

import os
import signal
import subprocess

from . import browser, pdf
from .console import Terminated
from .databases import MANUFACTURING_MODULES, Databases, PreparedDatabase
from .machine import test_odoo
from .paths import ADDON, REPOSITORY
from .python_env import PYTHON

ADDON_TESTS = ADDON / "tests"
SERVER_TESTS = REPOSITORY / "tests"
RUN_DATABASE = "gse_test"
WORKERS = 2
STOPPED_BY_USER = 130


def run_tests(arguments):
    """Run pytest with *arguments*, and on all tests when they name none; give pytest's exit code."""
    with test_odoo("test", "browser") as odoo:
        browser.ensure()
        pdf.ensure()
        prepared = PreparedDatabase(odoo).ensure()
        # What tests/ is told: it copies these databases itself.
        named = {"GSE_PREPARED_DATABASE": prepared}
        if _runs(SERVER_TESTS, arguments):
            manufacturing = PreparedDatabase(odoo, MANUFACTURING_MODULES, "gse_manufacturing", browsed=False)
            named["GSE_MANUFACTURING_DATABASE"] = manufacturing.ensure()
        # Tests get a copy: whatever they commit, the prepared database stays as it is.
        with Databases(odoo).temporary_copy(prepared, RUN_DATABASE) as database:
            return _pytest(odoo, database, named, arguments)


def _pytest(odoo, database, named, arguments):
    command = (
        PYTHON, "-m", "pytest", "-p", "setup.pytest_browser",
        "-n", str(WORKERS), "--dist", "loadscope",
        f"--odoo-database={database}", "--odoo-http", "--odoo-extra=max-cron-threads=0",
        *arguments, *_default_paths(arguments),
    )  # fmt: skip
    environment = {**odoo.environment, **named}
    environment["PYTHONPATH"] = os.pathsep.join((environment["PYTHONPATH"], str(REPOSITORY / "dev")))
    process = subprocess.Popen(command, env=environment, cwd=REPOSITORY)
    try:
        return process.wait()
    except KeyboardInterrupt as interruption:
        # Ctrl-C in a terminal reaches pytest too. It drops its databases and says what it saw.
        if isinstance(interruption, Terminated):
            process.send_signal(signal.SIGINT)
        process.wait()
        return STOPPED_BY_USER


def _default_paths(arguments):
    if _named_paths(arguments):
        return ()
    return tuple(str(path.relative_to(REPOSITORY)) for path in (ADDON_TESTS, SERVER_TESTS) if path.is_dir())


def _runs(folder, arguments):
    """Tell whether pytest runs tests of *folder*: it is asked for all, for some of them, or for a folder above."""
    paths = _named_paths(arguments)
    return not paths or any(folder in (path, *path.parents) or path in folder.parents for path in paths)


def _named_paths(arguments):
    paths = ((REPOSITORY / argument.split("::")[0]).resolve() for argument in arguments)
    return [path for path in paths if path.exists()]
