"""Lists, dashboard and analysis on a long history; and completing many deliveries: beside Odoo without the addon."""

from .measuring import evaluate_in_turn, faster, slower

CORE = "gse_bench_workbench_core"
ADDON = "gse_bench_workbench_addon"
ANALYSIS = "gse_backorder.action_stock_backorder_report"
# With this filter the analysis opens.
OPEN = [("state", "=", "open")]


def measure(bench):
    with bench.database_without_addon(CORE) as core:
        bench.evaluate(core, "workbench_work.fill", "Making 100,000 open lines and 1,000,000 shipped ones")
        with bench.copy(core, ADDON) as addon:
            bench.install_addon(addon)
            bench.evaluate(addon, "workbench_work.keep_figures", "Keeping the figures of the analysis")
            for database in (core, addon):
                bench.sql(database, "Tidying up, as PostgreSQL does by itself", "VACUUM ANALYZE")
            bench.evaluate(addon, "workbench_work.fill_completions", "Making 100 completions of 500 deliveries")
            return [
                *_measure_lists(bench, core, addon),
                *_measure_dashboard(bench, core, addon),
                *_measure_completions(bench, core, addon),
            ]


def _measure_lists(bench, core, addon):
    theirs = bench.evaluate(core, "workbench_work.read_core_list", "Odoo's list of 80 deliveries", times=5)
    rows = []
    for name, action, view_type, few, many, domain in (
        ("list of backorders", "gse_backorder.action_stock_picking_workbench", "list", 20, 80, []),
        ("backorders as cards", "gse_backorder.action_stock_picking_workbench", "kanban", 20, 40, []),
        ("analysis as a list", ANALYSIS, "list", 20, 80, OPEN),
        ("completions", "gse_backorder.action_stock_completion", "list", 20, 80, []),
    ):
        with_few, with_many = bench.evaluate(
            addon,
            "workbench_work.open_view",
            f"{name}: {few} and {many} rows",
            action=action,
            view_type=view_type,
            limits=[few, many],
            domain=domain,
            times=5,
        )
        rows += [
            faster(f"{name}: {many} rows, beside Odoo's list of 80", theirs, with_many, "≥ 1 ×"),
            (f"… queries for {few} rows and {many}", "", "", _count_queries(with_few, with_many), "constant"),
        ]
    panel = bench.evaluate(addon, "workbench_work.read_search_panel", "The panel beside the list", times=5)
    return [*rows, faster("panel beside the list, with its counters", theirs, panel, "≥ 1 ×")]


def _count_queries(few, many):
    return f"{few['queries']:,}, {many['queries']:,}"


def _measure_dashboard(bench, core, addon):
    core_overview, overview = evaluate_in_turn(
        bench,
        3,
        (core, "workbench_work.read_core_overview", "What Odoo counts on the overview", {"times": 5}),
        (addon, "workbench_work.read_overview", "What the addon counts on the overview", {"times": 5}),
    )
    theirs, month, quarter, year, pivot, whole = evaluate_in_turn(
        bench,
        3,
        (core, "workbench_work.read_core_list", "Odoo's list of 80 deliveries", {"times": 3}),
        (addon, "workbench_work.read_health", "The dashboard, 30 days", {"times": 3}),
        (addon, "workbench_work.read_health", "The dashboard, 90 days", {"times": 3, "days": 90}),
        (addon, "workbench_work.read_health", "The dashboard, a year", {"days": 365}),
        (addon, "workbench_work.open_pivot", "The analysis of what is open", {"times": 3, "domain": OPEN}),
        (addon, "workbench_work.open_pivot", "The analysis of everything", {}),
    )
    return [
        faster("counts on the overview, beside Odoo's own there", core_overview, overview, "≥ 1 ×"),
        faster("dashboard as it opens: 30 days, beside Odoo's list of 80", theirs, month, "≥ 1 ×"),
        slower("… 90 days: 125,000 shipped lines", theirs, quarter, "–"),
        slower("… a year: 500,000 shipped lines", theirs, year, "–"),
        faster("analysis as it opens: what is open, beside the same", theirs, pivot, "≥ 1 ×"),
        slower("… all 1,100,000 lines", theirs, whole, "–"),
    ]


def _measure_completions(bench, core, addon):
    one_by_one = bench.evaluate(
        core, "workbench_work.complete_one_by_one", "500 deliveries one by one", count=500, failing=5
    )
    in_one_go = bench.evaluate(
        addon, "workbench_work.complete_in_one_go", "500 deliveries in one go", once=True, count=500, failing=5
    )
    done = f"{in_one_go['done']} shipped, {in_one_go['failed']} failed"
    return [faster(f"500 deliveries completed ({done}), beside one by one", one_by_one, in_one_go, "≥ 1 ×")]
