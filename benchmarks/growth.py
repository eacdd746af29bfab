"""What people wait for, with 10,000, 100,000 and 1,000,000 open lines: what grows with them, and what does not."""

from functools import partial

from .measuring import seconds

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 5
# What makes the data, and is made anew when it changes.
SOURCES = ("growth_work", "workbench_work", "reservation_work")
COLUMNS = ("work", *(f"{size:,} open lines" for size in SIZES), "queries", "ten times more", "must")
# What the figures must be at the sizes.
BOUNDS = {
    "supply needs, as they open": "< 1 s at 100,000, < 4 s at 1,000,000",
    "dashboard over a year, of as many shipped lines": "< 1.5 s at 1,000,000",
}


def measure(bench):
    results = [_measure_size(bench, size) for size in SIZES]
    return [_tell(name, [result[name] for result in results]) for name in results[0]]


def _measure_size(bench, size):
    fill = partial(bench.evaluate, function="growth_work.fill", title=f"Making {size:,} open lines", lines=size)
    with bench.kept_database(f"gse_growth_{size}", fill, SOURCES) as database:
        return bench.evaluate(database, "growth_work.measure_all", f"Working beside {size:,} open lines", times=ROUNDS)


def _tell(name, results):
    """A row: the seconds and queries of a work at each size, and how much longer the largest takes."""
    return (
        name,
        *map(seconds, results),
        " → ".join(f"{result['queries']:,}" for result in results),
        f"{results[-1]['seconds'] / results[-2]['seconds']:.1f} ×",
        BOUNDS.get(name, "–"),
    )
