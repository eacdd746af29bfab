"""How a benchmark measures, and how its result is told: the columns of the table."""

import gc
import time
from statistics import median


def get_median(results):
    """Return the result of several rounds: the median of their seconds, the queries of the last."""
    return {**results[-1], "seconds": median(result["seconds"] for result in results)}


def get_fastest(results):
    """Return the fastest round: what the work takes where nothing else is in its way."""
    return min(results, key=lambda result: result["seconds"])


def repeat_in_turn(env, prepares, times, choose=get_median):
    """Do what each of *prepares* returns so many times, each undone, in turn, so that a slow moment is shared.

    :return: for each, what *choose* makes of the rounds: by default the median of the seconds, and the queries
    """
    rounds = [[_measure(env, prepare) for prepare in prepares] for _time in range(times)]
    return [choose(results) for results in zip(*rounds, strict=True)]


def repeat(env, prepare, times, choose=get_median):
    """The same of one work."""
    [result] = repeat_in_turn(env, [prepare], times, choose)
    return result


def _measure(env, prepare):
    from odoo import sql_db  # where the table is put together there is no Odoo

    work = prepare()
    forget(env)
    queries = sql_db.sql_counter  # of all cursors: a page has one of its own
    started = time.perf_counter()
    work()
    env.flush_all()
    result = {"seconds": time.perf_counter() - started, "queries": sql_db.sql_counter - queries}
    env.cr.rollback()
    return result


def evaluate_in_turn(bench, rounds, *works):
    """Evaluate each of *works* in turn, so that a slow minute of the machine is shared; return their results."""
    results = [
        [bench.evaluate(database, function, title, **arguments) for database, function, title, arguments in works]
        for _round in range(rounds)
    ]
    return [get_median(rounds) for rounds in zip(*results, strict=True)]


def get_shown(model, view):
    """Return the fields of a view, which ``get_view`` has returned, as the web client asks for them."""
    names = view["models"][model._name]
    return {name: {"fields": {"display_name": {}}} if model._fields[name].relational else {} for name in names}


def forget(env):
    """Begin as a request does: with nothing read, and without the environments that an earlier round has left.

    What the preparation leaves to be done before a commit is done as well: it is no part of what is measured.
    """
    env.cr.flush()
    env.invalidate_all()
    gc.collect()


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
