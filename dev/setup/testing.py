"""``dev/test``: pytest on copies of a prepared database."""

import os
import secrets
import signal
import subprocess

from . import browser, oca, pdf
from .console import Terminated, say
from .databases import CORE_MODULES, Databases, PreparedDatabase, ensure_with_manufacturing
from .machine import test_odoo
from .paths import ADDON, REPOSITORY
from .python_env import PYTHON

ADDON_TESTS = ADDON / "tests"
SERVER_TESTS = REPOSITORY / "tests"
# These work on databases of their own.
MANUFACTURING_TESTS = SERVER_TESTS / "test_with_manufacturing.py"
OCA_TESTS = SERVER_TESTS / "test_beside_other_addons.py"
RUN_DATABASE = "gse_test"
WORKERS = 2
STOPPED_BY_USER = 130
# What tells tests that draw what they try to try more of it.
ALL_EXAMPLES = {"GSE_ALL_EXAMPLES": "1"}
# What pytest is told where it is to tell what no test has run.
COVERAGE = ("--cov", "--cov-report=term-missing:skip-covered")


def run_tests(arguments, slow=False, anew=False, seed=None):
    """Run pytest with *arguments*, and on all tests when they name none; give pytest's exit code.

    :param bool slow: run those, too, that are marked as slow
    :param bool anew: let tests that draw what they try draw anew, and say the seed
    :param str seed: let them draw what they drew from this seed
    """
    chance = _draw_seed(seed) if anew or seed else {}
    with test_odoo("test", "browser") as odoo:
        browser.ensure()
        pdf.ensure()
        # What tests/ is told: it copies these databases itself.
        named = {**chance, **(ALL_EXAMPLES if slow else {})}
        if _runs(MANUFACTURING_TESTS, arguments):
            prepared, named["GSE_MANUFACTURING_DATABASE"] = ensure_with_manufacturing(odoo)
        else:
            prepared = PreparedDatabase(odoo).ensure()
        named["GSE_PREPARED_DATABASE"] = prepared
        if slow and _runs(OCA_TESTS, arguments):
            named["GSE_OCA_DATABASE"] = _ensure_oca(odoo)
        # Tests get a copy: whatever they commit, the prepared database stays as it is.
        with Databases(odoo).temporary_copy(prepared, RUN_DATABASE) as database:
            return _pytest(odoo, database, named, arguments if slow else ["-m", "not slow", *arguments])


def _draw_seed(seed):
    """Return what tells the tests from which seed to draw, and say how to draw the same again."""
    seed = seed or str(secrets.randbelow(10**9))
    say(f"  Drawn anew; the same again: ./dev/test --seed {seed}")
    return {"GSE_RANDOM_SEED": seed}


def _ensure_oca(odoo):
    """Return the name of a database with the addon beside those of others that change what it changes."""
    odoo.add_addons(oca.ensure())
    modules = (*CORE_MODULES, *oca.modules())
    return PreparedDatabase(odoo, modules, "gse_oca", browsed=False, locks=("odoo", oca.LOCK)).ensure()


def _pytest(odoo, database, named, arguments):
    command = (
        PYTHON, "-m", "pytest", "-p", "setup.pytest_browser",
        "-p", "setup.pytest_order", "-n", str(WORKERS), "--dist", "loadscope", "--no-loadscope-reorder",
        f"--odoo-database={database}", "--odoo-http", "--odoo-extra=max-cron-threads=0",
        *_seeded(named), *arguments, *_default_paths(arguments),
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


def _seeded(named):
    """Hypothesis takes its seed from pytest, other tests from the environment."""
    return (f"--hypothesis-seed={named['GSE_RANDOM_SEED']}",) if "GSE_RANDOM_SEED" in named else ()


def _default_paths(arguments):
    if _named_paths(arguments):
        return ()
    return tuple(str(path.relative_to(REPOSITORY)) for path in (ADDON_TESTS, SERVER_TESTS) if path.is_dir())


def _runs(tests, arguments):
    """Tell whether pytest runs the file *tests*: it is asked for all, for it, or for a folder above."""
    paths = _named_paths(arguments)
    return not paths or any(path in (tests, *tests.parents) for path in paths)


def _named_paths(arguments):
    paths = ((REPOSITORY / argument.split("::")[0]).resolve() for argument in arguments)
    return [path for path in paths if path.exists()]
