"""What the growth benchmark does within Odoo: make so many open lines, then do what people wait for."""

from functools import partial

from .measuring import get_fastest, get_shown, repeat
from .portal_work import create_portal_user, log_in, read_page
from .reservation_work import (
    WIDE_PRODUCTS,
    analyze,
    create_products,
    create_receipt,
    insert_deliveries,
    insert_receipts,
    insert_stock,
)
from .workbench_work import TABLES, act_as_manager, get_opening, insert_history, read_panel

LOGIN = "growth_customer"
HOT = "HOT"
LINES = 2
DAYS = 365


def fill(env, lines):
    """Make so many open lines, and as many that have shipped within a year, of 2,000 products.

    Of a third of the products all is there, of a third nothing is, and nothing comes; of the others a part comes. One
    line in fifty more waits for one product, of which there is nothing.
    """
    products = create_products(env, [f"WIDE{number:04}" for number in range(WIDE_PRODUCTS)])
    hot = create_products(env, [HOT])
    insert_history(env, products, lines // LINES, lines // LINES, DAYS, customers=max(10, lines // 100))
    insert_deliveries(env, HOT, hot, lines // 50, lines=1)
    wanted = lines // WIDE_PRODUCTS  # of each product
    third = WIDE_PRODUCTS // 3
    insert_stock(env, products[:third], 2 * wanted)
    insert_stock(env, products[third : 2 * third], max(1, wanted // 7))
    insert_receipts(env, products[third : 2 * third], max(1, wanted // 10) * third)
    analyze(env, (*TABLES, "res_partner"))


def measure_all(env, times):
    """Do each of the works so many times; return ``{name: result}``, the fastest of each."""
    # The pages first: what is undone leaves its traces.
    return {name: repeat(env, partial(prepare, env), times, get_fastest) for name, prepare in WORKS.items()}


def _receive_ten(env):
    product = env["product.product"].search([("default_code", "=", HOT)])
    return create_receipt(env, product, 10).button_validate


def _list_deliveries(env):
    return partial(_open_view, act_as_manager(env), "gse_backorder.action_stock_picking_workbench", "list", limit=80)


def _list_needs(env):
    domain = [("qty_to_order", ">", 0)]  # the filter that is on when it opens
    return partial(_open_view, act_as_manager(env), "gse_backorder.action_stock_supply_need", "list", domain, limit=80)


def _open_view(env, action, view_type, domain=(), **options):
    model, asked = get_opening(env, action, view_type, domain)
    return model.web_search_read(**asked, **options)


def _read_panel(env):
    return partial(read_panel, act_as_manager(env))


def _read_order(env):
    order = _get_sold_delivery(env).sale_id.with_user(env.ref("base.user_admin"))
    view = order.get_view(view_type="form")
    shown = get_shown(order, view)
    lines = order.order_line
    shown["order_line"] = {"fields": get_shown(lines, view)}
    return partial(order.web_read, shown)


def _judge_quotation(env):
    sold = _get_sold_delivery(env)
    products = env["product.product"].search([("default_code", "like", "WIDE")], limit=5, offset=WIDE_PRODUCTS // 2)
    quotation = env["sale.order"].create(
        {
            "partner_id": sold.partner_id.id,
            "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 3}) for product in products],
        }
    )
    quotation = quotation.with_user(env.ref("base.user_admin"))

    def read():
        quotation.read(["availability_status", "promise_date"])
        quotation.order_line.read(["availability_status", "availability_text", "promise_date"])

    return read


def _get_sold_delivery(env):
    return env["stock.picking"].search([("sale_id", "!=", False), ("state", "=", "confirmed")], limit=1, order="id")


def _read_customer_page(env):
    if not env["res.users"].search_count([("login", "=", LOGIN)]):
        create_portal_user(env, _get_sold_delivery(env).partner_id, LOGIN)
        env.cr.commit()  # a page sees what is there for all
    client = log_in(LOGIN)
    return partial(read_page, client, "/my/deliveries")


def _read_year(env):
    return partial(act_as_manager(env)["stock.backorder.health"].get_health, 365)


WORKS = {
    "receipt of 10, of a product for which one in 50 waits": _receive_ten,
    "list of 80 backorders": _list_deliveries,
    "panel beside it, with its counters": _read_panel,
    "page of an order": _read_order,
    "status of a quotation of five lines": _judge_quotation,
    "a customer's deliveries in the portal": _read_customer_page,
    "supply needs, as they open": _list_needs,
    "dashboard over a year, of as many shipped lines": _read_year,
}
