"""What the portal benchmark does within Odoo: make customers with many deliveries, then read their pages."""

from werkzeug.test import Client

from odoo.http import root

from .measuring import repeat_in_turn

DELIVERIES = 100_000
CUSTOMERS = 100
PRODUCTS = 2_000
LINES_OF_AN_ORDER = 5  # of a second one who can log in: 5,000 in all
LOGIN = "bench_customer"
LOGIN_WITH_LINES = "bench_customer_with_lines"


def fill(env):
    """Make 100,000 orders with a delivery each, of 100 customers, two of whom can log in."""
    customers = env["res.partner"].create([{"name": f"Customer {number}"} for number in range(CUSTOMERS)])
    create_portal_user(env, customers[0], LOGIN)
    create_portal_user(env, customers[1], LOGIN_WITH_LINES)
    products = env["product.product"].create(
        [{"name": f"Bench {number}", "type": "consu", "is_storable": True} for number in range(PRODUCTS)]
    )
    warehouse = env["stock.warehouse"].search([], limit=1, order="id")
    company = warehouse.company_id
    env.flush_all()
    env.cr.execute("SET LOCAL session_replication_role = replica")  # no foreign key is checked meanwhile
    env.cr.execute(
        """
        WITH new_order AS (
            INSERT INTO sale_order (
                        name, state, partner_id, partner_invoice_id, partner_shipping_id, company_id, warehouse_id,
                        currency_id, pricelist_id, picking_policy, date_order, create_date, access_token,
                        amount_total, delivery_status, invoice_status, currency_rate)
                 SELECT 'BENCH' || n, 'sale', partner, partner, partner, %(company)s, %(warehouse)s, %(currency)s, NULL,
                        'direct', now() - n * interval '1 minute', now() - n * interval '1 minute',
                        gen_random_uuid()::varchar, 100, 'pending', 'no', 1
                   FROM (SELECT n, (%(customers)s::int[])[1 + n %% %(count)s] AS partner
                           FROM generate_series(1, %(deliveries)s) AS n) AS customer
              RETURNING id, name, partner_id, create_date
        ), delivery AS (
            INSERT INTO stock_picking (
                        name, origin, partner_id, customer_id, sale_id, picking_type_id, company_id, location_id,
                        location_dest_id, state, fulfillment_state, move_type, priority, backorder_index, create_date,
                        scheduled_date)
                 SELECT 'BENCH/OUT/' || id, name, partner_id, partner_id, id, %(type)s, %(company)s, %(stock)s,
                        %(customers_id)s, 'confirmed', 'waiting', 'direct', '0', 0, create_date, now()
                   FROM new_order
              RETURNING id, customer_id, create_date
        )
        INSERT INTO stock_move (
                    picking_id, picking_type_id, warehouse_id, product_id, product_uom, product_uom_qty, product_qty,
                    quantity, company_id, location_id, location_dest_id, state, procure_method, priority, date,
                    create_date, ordered_date, reservation_date, propagate_cancel, awaited_by_id)
             SELECT id, %(type)s, %(warehouse)s, (%(products)s::int[])[1 + id %% %(product_count)s], %(uom)s, 1, 1, 0,
                    %(company)s, %(stock)s, %(customers_id)s, 'confirmed', 'make_to_stock', '0', now(), create_date,
                    create_date, now(), TRUE, customer_id
               FROM delivery
        """,
        {
            "customers": customers.ids,
            "count": CUSTOMERS,
            "deliveries": DELIVERIES,
            "company": company.id,
            "currency": company.currency_id.id,
            "warehouse": warehouse.id,
            "type": warehouse.out_type_id.id,
            "stock": warehouse.lot_stock_id.id,
            "customers_id": env.ref("stock.stock_location_customers").id,
            "products": products.ids,
            "product_count": PRODUCTS,
            "uom": products.uom_id.id,
        },
    )
    add_lines(env, customers[1], products)
    for table in ("sale_order", "sale_order_line", "stock_picking", "stock_move", "res_partner"):
        env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection


def add_lines(env, customer, products):
    """Let each order of *customer* have lines, each with its move in the delivery, instead of one move alone."""
    env.cr.execute(
        """
        WITH delivery AS (
            SELECT * FROM stock_picking WHERE customer_id = %(customer)s
        ), line AS (
            INSERT INTO sale_order_line (
                        order_id, company_id, currency_id, order_partner_id, product_id, product_uom_id, name, sequence,
                        state, product_uom_qty, qty_delivered, price_unit, customer_lead)
                 SELECT sale.id, sale.company_id, sale.currency_id, sale.partner_id,
                        (%(products)s::int[])[1 + (sale.id / %(customers)s * %(lines)s + n) %% %(count)s],
                        %(uom)s, 'Bench', n, 'sale', 2, 0, 10, 0
                   FROM delivery
                   JOIN sale_order AS sale ON sale.id = delivery.sale_id
             CROSS JOIN generate_series(1, %(lines)s) AS n
              RETURNING id, order_id, product_id, product_uom_id, product_uom_qty
        )
        INSERT INTO stock_move (
                    picking_id, sale_line_id, product_id, product_uom, product_uom_qty, product_qty, quantity,
                    picking_type_id, warehouse_id, company_id, location_id, location_dest_id, state, procure_method,
                    priority, date, create_date, ordered_date, reservation_date, propagate_cancel, awaited_by_id)
             SELECT delivery.id, line.id, line.product_id, line.product_uom_id, line.product_uom_qty,
                    line.product_uom_qty, 0, first.picking_type_id, first.warehouse_id, first.company_id,
                    first.location_id, first.location_dest_id, first.state, first.procure_method, first.priority,
                    first.date, first.create_date, first.ordered_date, first.reservation_date, first.propagate_cancel,
                    first.awaited_by_id
               FROM line
               JOIN delivery ON delivery.sale_id = line.order_id
               JOIN stock_move AS first ON first.picking_id = delivery.id
        """,
        {
            "customer": customer.id,
            "products": products.ids,
            "count": len(products),
            "customers": CUSTOMERS,
            "lines": LINES_OF_AN_ORDER,
            "uom": products.uom_id.id,
        },
    )
    env.cr.execute(
        """
        DELETE FROM stock_move AS move
              USING stock_picking AS delivery
              WHERE delivery.id = move.picking_id AND delivery.customer_id = %s AND move.sale_line_id IS NULL
        """,
        [customer.id],
    )


def expect_supply(env):
    """Let something of each product come, so that it has to be told who gets it."""
    env.cr.execute(
        """
        INSERT INTO stock_move (
                    product_id, product_uom, product_uom_qty, product_qty, quantity, picking_type_id, warehouse_id,
                    company_id, location_id, location_dest_id, state, procure_method, priority, date, create_date,
                    propagate_cancel)
             SELECT wanted.product_id, wanted.product_uom, 20, 20, 0, warehouse.in_type_id, wanted.warehouse_id,
                    wanted.company_id, vendors.id, wanted.location_id, 'assigned', 'make_to_stock', '0',
                    now() + wanted.product_id %% 30 * interval '1 day', now(), TRUE
               FROM (
                   SELECT DISTINCT ON (product_id) * FROM stock_move
                    WHERE state = 'confirmed' AND location_dest_id = %s
               ) AS wanted
               JOIN stock_warehouse AS warehouse ON warehouse.id = wanted.warehouse_id
         CROSS JOIN (SELECT id FROM stock_location WHERE usage = 'supplier' LIMIT 1) AS vendors
        """,
        [env.ref("stock.stock_location_customers").id],
    )
    env.cr.execute("ANALYZE stock_move")


def create_portal_user(env, customer, login):
    """Let a customer log in; the password is the *login*."""
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "login": login,
            "password": login,
            "partner_id": customer.id,
            "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
        }
    )


def compare_lists(env, times=1):
    """The customer reads the list of his orders, and that of his deliveries, in turn."""
    return compare_pages(env, LOGIN, ("/my/orders", "/my/deliveries"), times)


def compare_lines(env, times=1):
    """The one with many lines reads the list of his orders, and those of his open lines, in turn."""
    lines = "/my/deliveries/lines"
    paths = ("/my/orders", lines, f"{lines}?search=Bench%2017", f"{lines}?sortby=date", f"{lines}/export/csv")
    return compare_pages(env, LOGIN_WITH_LINES, paths, times)


def compare_first_page(env, times=1):
    """The same, the first pages alone."""
    return compare_pages(env, LOGIN_WITH_LINES, ("/my/orders", "/my/deliveries/lines"), times)


def compare_pages(env, login, paths, times):
    client = log_in(login)

    def read(path):
        assert "BENCH" in read_page(client, path), f"{path} shows nothing"

    return repeat_in_turn(env, [lambda path=path: lambda: read(path) for path in paths], times)


def log_in(login):
    """Return a browser in which the customer with that *login* has logged in."""
    client = Client(root)
    page = client.get("/web/login").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post(
        "/web/login",
        data={"login": login, "password": login, "csrf_token": token},
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    )
    return client


def read_page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status}"
    return answer.get_data(as_text=True)
