"""How a benchmark's result is told: the columns of the table."""

from statistics import median


def get_median(results):
    """Return the result of several rounds: the median of their seconds, the queries of the last."""
    return {**results[-1], "seconds": median(result["seconds"] for result in results)}


def seconds(result):
    value = result["seconds"]
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def faster(work, before, after, must):
    """A row that tells how many times faster *after* is."""
    return _row(work, before, after, f"{before['seconds'] / after['seconds']:.1f} × faster", must)


def slower(work, before, after, must):
    """A row that tells how many times longer *after* takes."""
    return _row(work, before, after, f"{after['seconds'] / before['seconds']:.2f} ×", must)


def _row(work, before, after, ratio, must):
    queries = f"{before['queries']:,} → {after['queries']:,}"
    return work, seconds(before), f"{seconds(after)}: {ratio}", queries, must
