"""A benchmark on two versions of the addon, in turn, in one run: ``./dev/bench reservation --addon FOLDER``.

Whatever a benchmark does on a database that has the addon is done on a twin of it as well, which has the addon of
another checkout. What it measures is measured several times, there and here in turn, so that a slow minute of the
machine is shared.
"""

from contextlib import ExitStack
from pathlib import Path

from setup.benchmarks import Bench
from setup.console import SetupError
from setup.paths import ADDON

from .measuring import get_median, slower

COLUMNS = ("measured", "the addon elsewhere", "the addon here", "queries", "must")
ROUNDS = 5
MUST = "≤ 1.05 ×"


def find_addon(odoo, folder):
    """Return the *odoo* that has the addon in *folder*, of another checkout, instead of this one's."""
    folder = Path(folder).resolve()
    if folder.name != ADDON.name or not (folder / "__manifest__.py").exists():
        raise SetupError(f"{folder} is not the folder of another {ADDON.name}.")
    return odoo.with_addons_of(folder.parent)


class VersionsBench(Bench):
    """A bench that does all on two versions where the addon is; :meth:`get_rows` tells how they compare."""

    def __init__(self, odoo, options):
        super().__init__(odoo, options)
        self.elsewhere = find_addon(odoo, options["addon"])
        self._twins = {}
        self._measured = {}  # by what is measured: (seconds and queries elsewhere, and here) of each round
        self._stack = ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def kept_database(self, name, fill, sources):
        raise SetupError("What keeps its databases measures one version: --addon is nothing for it.")

    def install_addon(self, database, odoo=None):
        twin = f"{database}_elsewhere"
        self._stack.enter_context(self.copy(database, twin))
        super().install_addon(database, odoo)
        super().install_addon(twin, self.elsewhere)
        self._twins[database] = twin

    def sql(self, database, title, statements):
        super().sql(database, title, statements)
        if twin := self._twins.get(database):
            super().sql(twin, f"{title}, elsewhere", statements)

    def evaluate(self, database, function, title, once=False, **arguments):
        if database not in self._twins:
            return super().evaluate(database, function, title, once, **arguments)
        results = self._evaluate_both(database, function, title, arguments)
        if not _get_measured(results[1]):
            return results[1]
        rounds = self._measured.setdefault(title, [])
        rounds.append(results)
        while len(rounds) < ROUNDS and not once:
            rounds.append(self._evaluate_both(database, function, title, arguments))
        return _get_middle([here for _elsewhere, here in rounds])

    def _evaluate_both(self, database, function, title, arguments):
        return (
            self._evaluate(self.elsewhere, self._twins[database], function, f"{title}, elsewhere", arguments),
            self._evaluate(self.odoo, database, function, title, arguments),
        )

    def get_rows(self):
        """Return a row for each thing that was measured: the medians of the rounds, elsewhere and here."""
        rows = []
        for title, rounds in self._measured.items():
            versions = [_get_measured(_get_middle(results)) for results in zip(*rounds, strict=True)]
            several = len(versions[0]) > 1
            for number, (elsewhere, here) in enumerate(zip(*versions, strict=True), start=1):
                rows.append(slower(f"{title} ({number})" if several else title, elsewhere, here, MUST))
        return rows


def _get_measured(result):
    """Return what is measured of *result*: itself, or its parts, as a list; nothing where it is something else."""
    parts = result if isinstance(result, list) else [result]
    return [part for part in parts if isinstance(part, dict) and {"seconds", "queries"} <= part.keys()]


def _get_middle(results):
    """Return the median of several rounds, of each part where each round has several."""
    if isinstance(results[0], list):
        return [get_median(parts) for parts in zip(*results, strict=True)]
    return get_median(results)
