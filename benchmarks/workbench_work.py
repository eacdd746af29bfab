"""What the workbench benchmark does within Odoo, with the addon or without: make data, then look at it."""

from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo.exceptions import UserError

from .measuring import get_shown, repeat, repeat_in_turn
from .reservation_work import (
    WIDE_PRODUCTS,
    WIDE_SUPPLIES,
    analyze,
    create_products,
    get_delivery_values,
    get_warehouse,
    insert_receipts,
    insert_stock,
)

OPEN_DELIVERIES = 50_000
DONE_DELIVERIES = 500_000
HISTORY_DAYS = 730
CUSTOMERS = 1_000
LINES = 2
ORIGIN = "WORKBENCH"
# So far the web client has the records of a list counted.
CLIENT_COUNTS = 10_001

# The younger the delivery, the lower its number: the open ones, of the last 60 days, then those of the last two years.
# One in ten is the remainder of another one; two of five, with their remainders, were sold by an order.
DELIVERIES = """
    CREATE TEMP TABLE delivery ON COMMIT DROP AS
        SELECT *, root %% 5 < 2 AS is_sold, (%(partners)s::int[])[1 + root %% %(partner_count)s] AS customer_id,
               CASE WHEN is_open AND n = root THEN now() - (n * 7919::bigint %% 86400) * interval '1 minute'
                    WHEN root > %(open)s THEN now() - (root - %(open)s) * %(step)s - (1 + root %% 14) * interval '1 day'
                END AS ordered_date
          FROM (
              SELECT n, n <= %(open)s AS is_open, now() - (n - %(open)s) * %(step)s AS shipped_date,
                     CASE WHEN n %% 10 != 5 THEN n WHEN n <= %(open)s THEN n + %(open)s + 5 ELSE n + 1 END AS root
                FROM generate_series(1, %(open)s + %(done)s) AS n
          ) AS numbered
"""
ORDERS = """
    INSERT INTO sale_order (
                id, name, state, partner_id, partner_invoice_id, partner_shipping_id, company_id, warehouse_id,
                currency_id, picking_policy, date_order, create_date, delivery_status, invoice_status, currency_rate)
         SELECT %(last_order)s + root, %(origin)s || '/S' || root, 'sale', customer_id, customer_id, customer_id,
                %(company)s, %(warehouse)s, %(currency)s, 'direct', ordered_date, ordered_date,
                CASE WHEN is_open THEN 'pending' ELSE 'full' END, 'no', 1
           FROM delivery
          WHERE is_sold AND n = root
"""
ORDER_LINES = """
    INSERT INTO sale_order_line (
                id, order_id, name, state, product_id, product_uom_id, product_uom_qty, price_unit, price_subtotal,
                customer_lead, company_id, currency_id, order_partner_id, create_date)
         SELECT %(last_order_line)s + root * %(lines)s + line, %(last_order)s + root, %(origin)s, 'sale',
                (%(products)s::int[])[1 + (root * %(lines)s + line) %% %(product_count)s], %(uom)s, 2, 10, 20, 0,
                %(company)s, %(currency)s, customer_id, ordered_date
           FROM delivery, generate_series(1, %(lines)s) AS line
          WHERE is_sold AND n = root
"""
PICKINGS = """
    INSERT INTO stock_picking (
                id, name, origin, partner_id, sale_id, backorder_id, picking_type_id, company_id, location_id,
                location_dest_id, state, move_type, priority, create_date, scheduled_date, date_done)
         SELECT %(last_picking)s + n, %(origin)s || '/' || n, %(origin)s, customer_id,
                CASE WHEN is_sold THEN %(last_order)s + root END, CASE WHEN n != root THEN %(last_picking)s + root END,
                %(type)s, %(company)s, %(stock)s, %(customers)s,
                CASE WHEN is_open THEN 'confirmed' ELSE 'done' END, 'direct', '0', ordered_date,
                CASE WHEN is_open THEN now() ELSE shipped_date END, CASE WHEN NOT is_open THEN shipped_date END
           FROM delivery
"""
# What was promised first is in a column of the addon's. It is made before the addon is there: to fill it afterwards
# would write each line twice.
PROMISES = "ALTER TABLE stock_move ADD COLUMN first_promise_date timestamp"
MOVES = """
    INSERT INTO stock_move (
                picking_id, picking_type_id, warehouse_id, product_id, sale_line_id, product_uom, product_uom_qty,
                product_qty, quantity, company_id, location_id, location_dest_id, state, procure_method, priority,
                date, create_date, reservation_date, propagate_cancel, first_promise_date)
         SELECT %(last_picking)s + n, %(type)s, %(warehouse)s,
                (%(products)s::int[])[1 + (root * %(lines)s + line) %% %(product_count)s],
                CASE WHEN is_sold THEN %(last_order_line)s + root * %(lines)s + line END, %(uom)s, 1, 1,
                CASE WHEN is_open THEN 0 ELSE 1 END, %(company)s, %(stock)s, %(customers)s,
                CASE WHEN is_open THEN 'confirmed' ELSE 'done' END, 'make_to_stock', '0',
                CASE WHEN is_open THEN now() ELSE shipped_date END, ordered_date, now(), TRUE,
                CASE WHEN NOT is_open THEN ordered_date + interval '9 days' END
           FROM delivery, generate_series(1, %(lines)s) AS line
"""
TABLES = ("sale_order", "sale_order_line", "stock_picking", "stock_move", "stock_quant", "product_product")


def fill(env):
    """Make 100,000 open lines and 1,000,000 shipped ones, of 2,000 products, with receipts and stock for a part."""
    products = create_products(env, [f"WIDE{number:04}" for number in range(WIDE_PRODUCTS)])
    insert_history(env, products, OPEN_DELIVERIES, DONE_DELIVERIES, HISTORY_DAYS, CUSTOMERS)
    insert_receipts(env, products, WIDE_SUPPLIES)
    insert_stock(env, products, 7)
    analyze(env, TABLES)


def keep_figures(env):
    """Keep the figures of the analysis, as Odoo's cron does by itself."""
    env["stock.backorder.figure"]._cron_renew()


def insert_history(env, products, open_deliveries, done_deliveries, days, customers):
    """Insert open deliveries and those that have shipped within so many days, of two lines each; some were sold."""
    partners = env["res.partner"].create([{"name": f"Customer {number}"} for number in range(customers)])
    env.flush_all()
    env.cr.execute("SET LOCAL session_replication_role = replica")  # no foreign key is checked meanwhile
    values = {
        **get_delivery_values(env, get_warehouse(env).out_type_id),
        "currency": env.company.currency_id.id,
        "partners": partners.ids,
        "partner_count": customers,
        "products": products.ids,
        "product_count": len(products),
        "open": open_deliveries,
        "done": done_deliveries,
        "step": timedelta(days=days) / done_deliveries,
        "lines": LINES,
        "origin": ORIGIN,
        "last_order": _get_last_id(env, "sale_order"),
        "last_order_line": _get_last_id(env, "sale_order_line"),
        "last_picking": _get_last_id(env, "stock_picking"),
    }
    for statement in (DELIVERIES, ORDERS, ORDER_LINES, PICKINGS, PROMISES, MOVES):
        env.cr.execute(statement, values)
    for table in ("sale_order", "sale_order_line", "stock_picking"):
        env.cr.execute(f"SELECT setval('{table}_id_seq', MAX(id)) FROM {table}")  # pylint: disable=sql-injection


def read_core_list(env, times=1):
    """Odoo's own list of deliveries, 80 of them, with its availability."""
    deliveries = act_as_manager(env)["stock.picking"].search(
        [("origin", "=", ORIGIN), ("state", "=", "confirmed")], limit=80
    )
    return repeat(env, lambda: lambda: deliveries.read(["name", "partner_id", "state", "products_availability"]), times)


def read_core_overview(env, times=1):
    """What Odoo's own cards of the overview count."""
    names = ["count_picking_ready", "count_picking_waiting", "count_picking_late", "count_picking_backorders"]
    return _read_overview(env, names, times)


def read_overview(env, times=1):
    """What the addon adds to the cards of the overview."""
    return _read_overview(env, ["in_stock_count", "partly_count", "waiting_count"], times)


def _read_overview(env, names, times):
    types = act_as_manager(env)["stock.picking.type"].search([])
    return repeat(env, lambda: lambda: types.read(names), times)


def open_view(env, action, view_type, limits, domain=(), times=1):
    """A view of the action is opened with so many rows, in turn, as the web client does it."""
    model, asked = get_opening(act_as_manager(env), action, view_type, domain)
    works = [lambda limit=limit: lambda: model.web_search_read(limit=limit, **asked) for limit in limits]
    return repeat_in_turn(env, works, times)


def get_opening(env, action, view_type, domain=()):
    """Return the model of an action, and what the web client asks it for when the view is opened."""
    action = env["ir.actions.actions"]._for_xml_id(action)
    model = env[action["res_model"]]
    view = model.get_view(next(view_id for view_id, mode in action["views"] if mode == view_type), view_type)
    return model, {
        "domain": [*literal_eval(action["domain"] or "[]"), *domain],
        "specification": get_shown(model, view),
        "order": etree.fromstring(view["arch"]).get("default_order"),
        "count_limit": CLIENT_COUNTS,
    }


def read_search_panel(env, times=1):
    """The panel is opened."""
    env = act_as_manager(env)
    return repeat(env, lambda: lambda: read_panel(env), times)


def read_panel(env):
    """What is on the left of the list of backorders, with its counters."""
    action = env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_workbench")
    deliveries, asked = env[action["res_model"]], {"search_domain": literal_eval(action["domain"])}
    deliveries.search_panel_select_range("fulfillment_state", enable_counters=True, **asked)
    deliveries.search_panel_select_multi_range("picking_type_id", enable_counters=True, **asked)


def read_health(env, times=1, **period):
    """The dashboard is opened."""
    health = act_as_manager(env)["stock.backorder.health"]
    return repeat(env, lambda: lambda: health.get_health(**period), times)


def open_pivot(env, domain=(), times=1):
    """The pivot of the analysis is opened: products, by age."""
    report = act_as_manager(env)["stock.backorder.report"]
    sets, sums = [[], ["age"], ["product_id"], ["product_id", "age"]], ["line_count", "qty_open", "open_value"]
    aggregates = ["__count", *(f"{name}:sum" for name in sums)]
    return repeat(env, lambda: lambda: report.formatted_read_grouping_sets([*domain], sets, aggregates), times)


def fill_completions(env):
    """Make 100 runs of 500 deliveries each."""
    env.cr.execute(
        """
        WITH run AS (
            INSERT INTO stock_completion (user_id, company_id, state, create_date)
                 SELECT %(user)s, %(company)s, 'done', now() FROM generate_series(1, 100)
              RETURNING id
        )
        INSERT INTO stock_completion_line (completion_id, picking_id, state)
             SELECT run.id, delivery.id, CASE WHEN delivery.id %% 50 = 0 THEN 'failed' ELSE 'done' END
               FROM run
               JOIN stock_picking AS delivery
                 ON delivery.origin = %(origin)s AND delivery.state = 'done' AND delivery.id %% 1000 = run.id %% 1000
        """,
        {"user": env.uid, "company": env.company.id, "origin": ORIGIN},
    )


def act_as_manager(env):
    """Access rights and rules are part of what an opening costs."""
    return env(user=env.ref("base.user_admin"))


def complete_one_by_one(env, count, failing):
    """So many deliveries are validated one after another, each in a transaction of its own, as a person would."""
    deliveries = _create_many(env, count, failing)

    def work():
        for delivery in deliveries:
            try:
                with env.cr.savepoint():
                    delivery.button_validate()
            except UserError:
                continue
            finally:
                env.flush_all()
                env.invalidate_all()

    return repeat(env, lambda: work, 1)


def complete_in_one_go(env, count, failing):
    """The same by the addon, in its batches; say how many have shipped and failed, too."""
    from odoo.addons.gse_backorder.models.workbench.stock_completion import BATCH  # not there in Odoo without the addon

    run = env["stock.completion"]._start(_create_many(env, count, failing))
    summary = {}

    def work():
        for few in run.sudo().line_ids._split_into_batches(BATCH):
            few._complete()
            env.flush_all()
            env.invalidate_all()
        summary.update(done=run.done_count, failed=run.failed_count)

    return {**repeat(env, lambda: work, 1), **summary}


def _create_many(env, count, failing):
    """Commit so many reserved deliveries of two lines; the *failing* last ones lack their goods."""
    warehouse, customers = get_warehouse(env), env.ref("stock.stock_location_customers")
    *there, missing = create_products(env, ["MANY-A", "MANY-B", "MANY-C"])
    warehouse.out_type_id.create_backorder = "always"
    env.company.sudo().write({name: False for name in ("stock_move_sms_validation",) if name in env.company})
    for product in there:
        env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, count)
    places = {"location_id": warehouse.lot_stock_id.id, "location_dest_id": customers.id}
    deliveries = env["stock.picking"].create(
        [
            {
                "picking_type_id": warehouse.out_type_id.id,
                "move_ids": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": 1, **places})
                    for product in (there if number < count - failing else [missing])
                ],
                **places,
            }
            for number in range(count)
        ]
    )
    deliveries.action_confirm()
    deliveries.action_assign()
    env.cr.commit()
    return deliveries


def _get_last_id(env, table):
    env.cr.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # pylint: disable=sql-injection
    return env.cr.fetchone()[0]
