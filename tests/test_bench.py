"""Two versions of the addon are measured on the same work, in turn."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from setup.console import SetupError

from benchmarks import versions

ADDON = Path(__file__).resolve().parents[1] / "gse_backorder"
HERE, ELSEWHERE = "here", "elsewhere"


class FakeOdoo:
    """An Odoo that measures what it is told to, and writes down what it did."""

    def __init__(self, name, seconds, done):
        self.name, self.done = name, done
        self.seconds = iter(seconds)

    def measure(self, database, function):
        self.done.append((self.name, database, function))
        if function == "fill":
            return None
        results = [{"seconds": next(self.seconds), "queries": 7}, {"seconds": 1, "queries": 8}]
        return results[0] if function == "read" else results


@pytest.fixture
def bench(monkeypatch):
    """A bench whose databases and versions are but names, with what was done on them, in order."""
    done = []
    here, elsewhere = FakeOdoo(HERE, (9, 1, 3, 2, 8, 5), done), FakeOdoo(ELSEWHERE, (2, 4, 90, 1, 4, 5), done)
    monkeypatch.setattr(versions.Bench, "__init__", lambda bench, odoo, options: setattr(bench, "odoo", odoo))
    monkeypatch.setattr(versions, "find_addon", lambda odoo, folder: elsewhere)

    @contextmanager
    def copy(bench, source, name):
        done.append(("copy", source, name))
        yield name
        done.append(("drop", name))

    def install(bench, database, odoo=None):
        done.append(("install", (odoo or bench.odoo).name, database))

    monkeypatch.setattr(versions.Bench, "copy", copy)
    monkeypatch.setattr(versions.Bench, "install_addon", install)
    monkeypatch.setattr(
        versions.Bench,
        "_evaluate",
        staticmethod(lambda odoo, database, function, title, arguments: odoo.measure(database, function)),
    )
    with versions.VersionsBench(here, {"addon": "…"}) as bench:
        bench.done = done
        yield bench


def test_in_turn(bench):
    """Scenario: something is filled, then measured. Expected: filled once on both; measured five times in turn, and the
    medians are told; the other's database goes in the end."""
    bench.install_addon("big")
    twin = "big_elsewhere"
    assert bench.done == [("copy", "big", twin), ("install", HERE, "big"), ("install", ELSEWHERE, twin)]
    bench.done.clear()
    assert bench.evaluate("big", "fill", "Filling") is None
    assert bench.evaluate("big", "read", "Reading") == {"seconds": 3, "queries": 7}
    both = [(ELSEWHERE, twin), (HERE, "big")]
    assert bench.done == [(*one, function) for function in ("fill", *["read"] * 5) for one in both]
    assert bench.get_rows() == [("Reading", "4.00 s", "3.00 s: 0.75 ×", "7 → 7", "≤ 1.05 ×")]
    bench.__exit__(None, None, None)
    assert bench.done[-1] == ("drop", twin)


def test_parts_and_what_stays_done(bench):
    """Scenario: a work of two parts, once; another round of it. Expected: two rows; measured as often as was asked."""
    bench.install_addon("big")
    bench.done.clear()
    assert bench.evaluate("big", "compare", "Comparing", once=True)[0]["seconds"] == 9
    assert len(bench.done) == 2
    bench.evaluate("big", "compare", "Comparing", once=True)
    assert len(bench.done) == 4
    rows = bench.get_rows()
    assert [row[:3] for row in rows] == [
        ("Comparing (1)", "3.00 s", "5.00 s: 1.67 ×"),
        ("Comparing (2)", "1.00 s", "1.00 s: 1.00 ×"),
    ]


def test_without_the_addon(bench):
    """Scenario: Odoo without the addon is measured. Expected: once, and there are no versions of it."""
    assert bench.evaluate("core", "read", "Reading")["seconds"] == 9
    assert bench.done == [(HERE, "core", "read")]
    assert not bench.get_rows()


def test_folders_and_kept_databases(bench, monkeypatch):
    """Scenario: a folder that is no addon; a benchmark that keeps its databases. Expected: both are refused."""
    monkeypatch.undo()
    for folder in (ADDON.parent, ADDON.parent / "nowhere" / ADDON.name):
        with pytest.raises(SetupError):
            versions.find_addon(bench.odoo, folder)
    with pytest.raises(SetupError):
        bench.kept_database("big", None, ())
