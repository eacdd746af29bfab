"""How a benchmark measures, and how its result is told: the columns of the table."""

import time
from statistics import median


def get_median(results):
    """Return the result of several rounds: the median of their seconds, the queries of the last."""
    return {**results[-1], "seconds": median(result["seconds"] for result in results)}


def repeat_in_turn(env, prepares, times):
    """Do what each of *prepares* returns so many times, each undone, in turn, so that a slow moment is shared.

    :return: for each, the median of the seconds, and the queries
    """
    rounds = [[_measure(env, prepare) for prepare in prepares] for _time in range(times)]
    return [get_median(results) for results in zip(*rounds, strict=True)]


def _measure(env, prepare):
    work = prepare()
    forget(env)
    queries = env.cr.sql_log_count
    started = time.perf_counter()
    work()
    env.flush_all()
    result = {"seconds": time.perf_counter() - started, "queries": env.cr.sql_log_count - queries}
    env.cr.rollback()
    return result


def forget(env):
    env.flush_all()
    env.invalidate_all()


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
