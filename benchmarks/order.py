"""The customer's order pad: judging what he has pasted, and one more line, among 100,000 open lines."""

from .measuring import seconds

DATABASE = "gse_bench_order"
TIMES = 9


def measure(bench):
    with bench.database_without_addon(DATABASE) as database:
        bench.install_addon(database)
        bench.evaluate(database, "portal_work.fill", "Making 100,000 orders and deliveries")
        bench.evaluate(database, "order_work.prepare", "Letting customers order")
        bench.sql(database, "Tidying up, as PostgreSQL does by itself", "VACUUM ANALYZE")
        few, many = bench.evaluate(database, "order_work.compare_judging", "Judging pasted lines", times=TIMES)
        typed = bench.evaluate(database, "order_work.type_line", "Typing one more line", times=TIMES)
    return [
        _tell("50 pasted lines judged and priced, 100,000 open lines", few, "as many queries"),
        _tell("500 pasted lines judged and priced, 100,000 open lines", many, "< 1 s"),
        _tell("one more line typed on a pad of 20, and its page", typed, "< 150 ms"),
    ]


def _tell(work, result, must):
    return work, "–", seconds(result), f"{result['queries']:,}", must
