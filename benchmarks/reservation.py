"""Stock that arrives, stock status, pegging and partial shipments: beside Odoo without the addon, on the same data."""

from .measuring import evaluate_in_turn, faster, seconds, slower

CORE = "gse_bench_core"
ADDON = "gse_bench_addon"


def measure(bench):
    with bench.database_without_addon(CORE) as core:
        bench.evaluate(core, "reservation_work.fill", "Making 20,000 + 2,000 + 100,000 waiting lines")
        with bench.copy(core, ADDON) as addon:
            bench.install_addon(addon)
            return [
                *_measure_status(bench, core, addon),  # first what reads only: what is undone leaves its traces
                *_measure_supply_needs(bench, addon),
                *_measure_receipts(bench, core, addon),
                *_measure_pegging(bench, addon),
                *_measure_shipping(bench, core, addon),
            ]


def _measure_receipts(bench, core, addon):
    few, many = bench.evaluate(
        addon,
        "reservation_work.compare_receipts",
        "Receipts for 10, 10 and 20,000 lines wait",
        codes=["FEW", "MANY"],
        quantity=10,
        times=15,
    )
    core_few = bench.evaluate(
        core, "reservation_work.validate_receipt", "10 wait, without the addon", code="FEW", quantity=10, times=5
    )
    core_many = bench.evaluate(
        core, "reservation_work.validate_receipt", "20,000 wait, without the addon", code="MANY", quantity=10
    )
    served = bench.evaluate(
        addon, "reservation_work.validate_receipt", "Receipts for 2,000", code="SERVED", quantity=2000, times=3
    )
    core_served = bench.evaluate(
        core, "reservation_work.validate_receipt", "The same, without the addon", code="SERVED", quantity=2000
    )
    return [
        faster("receipt validated, 10 lines wait, all are served", core_few, few, "–"),
        faster("receipt validated, 20,000 lines wait, stock for 10", core_many, many, "≥ 100 ×"),
        slower("… beside the same receipt when only those 10 wait", few, many, "≤ 1.5 ×"),
        faster("receipt validated, 2,000 lines wait, all are served", core_served, served, "≥ 3 ×"),
    ]


def _measure_status(bench, core, addon):
    theirs, ours = evaluate_in_turn(
        bench,
        3,
        (core, "reservation_work.read_core_availability", "Odoo's availability of 80 deliveries", {"times": 2}),
        (addon, "reservation_work.read_status", "Stock status and promise of the same 80", {"times": 15}),
    )
    return [faster("status and promise of 80 deliveries, 100,000 open lines", theirs, ours, "≥ 20 ×")]


def _measure_supply_needs(bench, addon):
    few, many = bench.evaluate(
        addon,
        "reservation_work.read_supply_needs",
        "The list of supply needs, 20 and 80 rows",
        limits=[20, 80],
        times=5,
    )
    queries = f"{few['queries']} for 20 rows, {many['queries']} for 80"
    return [("supply needs opened, 80 rows, 122,000 open lines", "", seconds(many), queries, "constant")]


def _measure_pegging(bench, addon):
    whole = bench.evaluate(
        addon, "reservation_work.peg", "Pegging 100,000 claims, 10,000 supplies", code="WIDE", times=5
    )
    bench.evaluate(addon, "reservation_work.gather_in_one", "Putting them all on one product")
    one = bench.evaluate(addon, "reservation_work.peg", "Pegging them again", code="WIDE", times=5)
    return [
        ("pegging of 100,000 claims, 10,000 supplies, 2,000 products", "", *_own(whole), "< 0.5 s"),
        slower("… and all of them on one product", whole, one, "< 3 ×"),
    ]


def _own(result):
    return seconds(result), f"{result['queries']}"


def _measure_shipping(bench, core, addon):
    theirs, ours = evaluate_in_turn(
        bench,
        5,
        (core, "reservation_work.ship_in_part", "Partial shipments, without the addon", {"times": 15}),
        (addon, "reservation_work.ship_in_part", "Partial shipments, with the addon", {"times": 15}),
    )
    return [
        slower("partial shipment with a remainder", theirs, ours, "≤ 1.05 ×"),
        slower(
            "reservation of one line: the turn on its stock",
            *bench.evaluate(
                addon,
                "reservation_work.reserve_with_and_without_lock",
                "Reservations with and without the lock",
                times=60,
            ),
            "≤ 1.05 ×",
        ),
    ]
