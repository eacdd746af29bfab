"""``dev/bench``: run the scripts of ``benchmarks/`` on big databases, and print what they measured as one table."""

import importlib
import json
import sys
import time
from contextlib import contextmanager

from .console import SetupError, say, step
from .databases import CORE_MODULES, Databases, PreparedDatabase, digest_of, digest_of_addon, digest_of_core
from .machine import test_odoo
from .paths import ADDON, REPOSITORY

FOLDER = REPOSITORY / "benchmarks"
COLUMNS = ("work", "Odoo", "with the addon", "queries", "must")
# Helpers of the benchmarks, which measure nothing themselves.
HELPERS = (
    "__init__", "contention_work", "growth_work", "measuring", "order_work", "portal_work", "reservation_work",
    "versions", "web", "whatif_work", "workbench_work",
)  # fmt: skip
RESULT = "RESULT "


class Bench:
    """What a benchmark works with: Odoo on the server of the tests, copies of its databases, and :attr:`options`."""

    def __init__(self, odoo, options):
        self.odoo = odoo
        self.options = options
        self.databases = Databases(odoo)
        self.prepared = PreparedDatabase(odoo)

    @contextmanager
    def database_without_addon(self, name):
        """A copy of a database with the core modules, for the time of the block."""
        self.prepared.ensure()
        with self.databases.temporary_copy(self.prepared.core, name) as database:
            yield database

    @contextmanager
    def copy(self, source, name):
        with step("Copying the database"):
            self.databases.copy(source, name)
        try:
            yield name
        finally:
            self.databases.drop(name)

    @contextmanager
    def kept_database(self, name, fill, sources):
        """A copy, for the time of the block, of a database that is filled and gets the addon once, and is kept.

        It is remade when the modules in ``benchmarks/`` that fill it, *sources*, change; the addon is installed anew
        when that changes.

        :param fill: called with the name of a database without the addon
        """
        filled = f"{name}_filled"
        basis = digest_of(
            digest_of_core(self.odoo.home, CORE_MODULES).encode(),
            *((FOLDER / f"{source}.py").read_bytes() for source in sources),
        )
        digest = f"{basis} {digest_of_addon()}"
        if not self.databases.is_current(name, digest):
            if not self.databases.is_current(filled, basis):
                self.prepared.ensure()
                self.databases.copy(self.prepared.core, filled)
                fill(filled)
                self.databases.mark_current(filled, basis)
            self.databases.copy(filled, name)
            self.install_addon(name)
            self.evaluate(name, "workbench_work.keep_figures", "Keeping the figures of the analysis")
            self.sql(name, "Tidying up, as PostgreSQL does by itself", "VACUUM ANALYZE")
            self.databases.mark_current(name, digest)
        with self.copy(name, f"{name}_copy") as database:
            yield database

    def install_addon(self, database, odoo=None):
        """Install the addon, or the one that another *odoo* finds."""
        with step("Installing the addon"):
            (odoo or self.odoo).install(database, ADDON.name, demo=False)

    def evaluate(self, database, function, title, once=False, **arguments):
        """Call *function* (``module.name`` in ``benchmarks/``) within Odoo, with ``env`` on *database*, and commit.

        :param once: what it does stays done: it cannot be measured again
        :return: what it returns, as JSON can tell it
        """
        return self._evaluate(self.odoo, database, function, title, arguments)

    @staticmethod
    def _evaluate(odoo, database, function, title, arguments):
        module, name = function.split(".")
        with step(title):
            output = odoo.execute(
                database,
                f"import json, sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
                f"from benchmarks.{module} import {name} as work\n"
                f"print({RESULT!r} + json.dumps(work(env, **{arguments!r})))",
            )
        [result] = [line for line in output.splitlines() if line.startswith(RESULT)]
        return json.loads(result.removeprefix(RESULT))

    def sql(self, database, title, statements):
        with step(title):
            self.odoo.server.query(statements, database)

    @staticmethod
    def seconds(function):
        """Return how long *function* takes."""
        started = time.monotonic()
        function()
        return time.monotonic() - started


def available_benchmarks():
    return [path.stem for path in sorted(FOLDER.glob("*.py")) if path.stem not in HELPERS]


def run_benchmarks(names, **options):
    """Run the benchmarks *names*, or all; print their rows; give the exit code.

    :param options: what some of them can be told, by its name on the command line
    """
    unknown = set(names) - set(available_benchmarks())
    if unknown:
        raise SetupError(
            f"There is no benchmark {', '.join(sorted(unknown))}: the names are {', '.join(available_benchmarks())}."
        )
    sys.path.insert(0, str(REPOSITORY))
    tables = {}  # by their columns: most benchmarks share one
    with test_odoo("test") as odoo:
        for name in names or available_benchmarks():
            say(f"\n── {name}")
            benchmark = importlib.import_module(f"benchmarks.{name}")
            columns = getattr(benchmark, "COLUMNS", COLUMNS)
            if not options.get("addon") or getattr(benchmark, "MEASURES_VERSIONS", False):
                tables.setdefault(columns, []).extend(benchmark.measure(Bench(odoo, options)))
                continue
            versions = importlib.import_module("benchmarks.versions")
            with versions.VersionsBench(odoo, options) as bench:
                tables.setdefault(columns, []).extend(benchmark.measure(bench))
                tables.setdefault(versions.COLUMNS, []).extend(bench.get_rows())
    for columns, rows in tables.items():
        say()
        _print_table([columns, *rows])
    return 0


def _print_table(rows):
    """Print *rows* as a table of reStructuredText, ready for the README."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    line = "  ".join("=" * width for width in widths)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    say("\n".join((line, lines[0], line, *lines[1:], line)))
