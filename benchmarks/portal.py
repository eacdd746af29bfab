"""The customer's lists, of deliveries and of open lines, beside Odoo's list of his orders."""

from .measuring import slower

DATABASE = "gse_bench_portal"


def measure(bench):
    with bench.database_without_addon(DATABASE) as database:
        bench.install_addon(database)
        bench.evaluate(database, "portal_work.fill", "Making 100,000 orders and deliveries")
        orders, deliveries = bench.evaluate(
            database, "portal_work.compare_lists", "Reading the lists of a customer", times=15
        )
        other_orders, lines, found, by_date, file = bench.evaluate(
            database, "portal_work.compare_lines", "Reading the lists of one with 5,000 lines", times=15
        )
        bench.evaluate(database, "portal_work.expect_supply", "Expecting something of each product")
        supplied_orders, supplied = bench.evaluate(
            database, "portal_work.compare_first_page", "Reading the list of open lines again", times=15
        )
    return [
        slower("a customer's deliveries in the portal, 100,000 in all; beside his orders", orders, deliveries, "≤ 1 ×"),
        slower("a customer's 5,000 open lines in the portal; beside his orders", other_orders, lines, "≤ 1 ×"),
        slower("… where something of all of them is on its way", supplied_orders, supplied, "–"),
        slower("… those of some products", other_orders, found, "–"),
        slower("… by the day on which they ship: all are worked out", other_orders, by_date, "–"),
        slower("… all of them in a file", other_orders, file, "–"),
    ]
