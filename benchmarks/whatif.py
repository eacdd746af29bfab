"""What if: both matches of claims with supply, and how they differ, beside one; and the page that shows it."""

from .measuring import seconds

DATABASE = "gse_bench_whatif"
COLUMNS = ("work", "time", "beside one pegging", "lines", "queries", "must")
TIMES = 5
# What is changed, as it is entered, and how it is told.
CHANGES = {
    "star": "100 deliveries get the star",
    "late": "all of a vendor, 10,000 supplies, comes 7 days later",
    "policy": "the warehouse has another policy",
}


def measure(bench):
    with bench.database_without_addon(DATABASE) as database:
        bench.evaluate(database, "reservation_work.fill", "Making 100,000 open lines")
        bench.install_addon(database)
        bench.evaluate(database, "whatif_work.prepare", "Giving all that comes a vendor")
        bench.sql(database, "Tidying up, as PostgreSQL does by itself", "VACUUM ANALYZE")
        rows = _measure_what_if(bench, database)
        bench.evaluate(database, "whatif_work.keep_all", "Keeping what all were promised")
        bench.sql(database, "Tidying up again", "VACUUM ANALYZE")
        return [*rows, *_measure_keeping(bench, database), *_measure_taking_back(bench, database)]


def _measure_what_if(bench, database):
    """Both matches and their difference, of all claims; then all that is done until the page is there."""
    rows = []
    for kind, told in CHANGES.items():
        once, twice = bench.evaluate(database, "whatif_work.compare", f"What if {told}?", kind=kind, times=TIMES)
        rows.append(_tell(f"what if {told}: both, and what differs", once, twice, "< 1.5 s, ≤ 2.2 ×"))
        page = bench.evaluate(database, "whatif_work.simulate", "… and the page", kind=kind)
        rows.append(_tell("… written down, and the page with the first 40", once, page, "–"))
    return rows


def _measure_keeping(bench, database):
    """The same work where promises are kept, beside where they are not."""
    rows = []
    for work, told in (
        ("peg", "pegging 100,000 claims, all of which keep what they were promised"),
        ("receive", "receipt validated, 20,000 lines wait and keep, stock for 10"),
    ):
        off, kept = bench.evaluate(database, "whatif_work.keep", told.capitalize(), work=work, times=9)
        ratio = f"{kept['seconds'] / off['seconds']:.2f} × {seconds(off)} without"
        rows.append((told, seconds(kept), ratio, "–", f"{kept['queries']:,}", "≤ 1.1 ×"))
    return rows


def _measure_taking_back(bench, database):
    plan = bench.evaluate(database, "whatif_work.plan_take_back", "What can be taken back", times=TIMES)
    told = "plan of a take back, product with 20,000 claims"
    return [(told, seconds(plan), "–", "–", f"{plan['queries']:,}", "< 0.5 s")]


def _tell(work, once, result, must):
    ratio = f"{result['seconds'] / once['seconds']:.2f} × {seconds(once)}"
    return work, seconds(result), ratio, f"{result['lines']:,}", f"{result['queries']:,}", must
