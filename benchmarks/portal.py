"""The customer's list of deliveries, beside Odoo's list of his orders."""

from .measuring import slower

DATABASE = "gse_bench_portal"


def measure(bench):
    with bench.database_without_addon(DATABASE) as database:
        bench.install_addon(database)
        bench.evaluate(database, "portal_work.fill", "Making 100,000 orders and deliveries")
        orders, deliveries = bench.evaluate(
            database, "portal_work.compare_lists", "Reading the lists of a customer", times=15
        )
    return [
        slower("a customer's deliveries in the portal, 100,000 in all; beside his orders", orders, deliveries, "≤ 1 ×")
    ]
