"""``dev/test``: pytest on copies of a prepared database."""

import os
import signal
import subprocess

from . import browser, pdf
from .console import Terminated
from .databases import Databases, PreparedDatabase
from .machine import test_odoo
from .paths import ADDON, REPOSITORY
from .python_env import PYTHON

DEFAULT_PATHS = (ADDON / "tests", REPOSITORY / "tests")
RUN_DATABASE = "gse_test"
WORKERS = 2
STOPPED_BY_USER = 130


def run_tests(arguments):
    """Run pytest with *arguments*, and on all tests when they name none; give pytest's exit code."""
    with test_odoo("test") as odoo:
        browser.ensure()
        pdf.ensure()
        prepared = PreparedDatabase(odoo).ensure()
        # Tests get a copy: whatever they commit, the prepared database stays as it is.
        with Databases(odoo).temporary_copy(prepared, RUN_DATABASE) as database:
            return _pytest(odoo, database, prepared, arguments)


def _pytest(odoo, database, prepared, arguments):
    command = (
        PYTHON, "-m", "pytest", "-p", "setup.pytest_browser",
        "-n", str(WORKERS), "--dist", "loadscope",
        f"--odoo-database={database}", "--odoo-http", "--odoo-extra=max-cron-threads=0",
        *arguments, *_default_paths(arguments),
    )  # fmt: skip
    environment = {**odoo.environment, "GSE_PREPARED_DATABASE": prepared}
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
    if any((REPOSITORY / argument.split("::")[0]).exists() for argument in arguments):
        return ()
    return tuple(str(path.relative_to(REPOSITORY)) for path in DEFAULT_PATHS if path.is_dir())
