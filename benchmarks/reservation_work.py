"""What the reservation benchmark does within Odoo, with the addon or without: make data, then work on it."""

from odoo.tools import SQL

from .measuring import get_shown, repeat, repeat_in_turn

WIDE_PRODUCTS = 2_000
WIDE_CLAIMS = 100_000
WIDE_SUPPLIES = 10_000


def fill(env):
    """Make 20,000, 2,000 and 10 deliveries that wait for one product each, and 100,000 lines over 2,000 products."""
    create_products(env, ["FEW", "MANY", "SERVED"])
    wide = create_products(env, [f"WIDE{number:04}" for number in range(WIDE_PRODUCTS)])
    env.flush_all()
    env.cr.execute("SET LOCAL session_replication_role = replica")  # no foreign key is checked meanwhile
    for code, claims in (("FEW", 10), ("MANY", 20_000), ("SERVED", 2_000)):
        product = env["product.product"].search([("default_code", "=", code)])
        insert_deliveries(env, code, product, claims, lines=1)
    insert_deliveries(env, "WIDE", wide, WIDE_CLAIMS // 2, lines=2)
    insert_receipts(env, wide, WIDE_SUPPLIES)
    insert_stock(env, wide, 7)
    analyze(env, ("stock_picking", "stock_move", "stock_quant", "product_product"))


def gather_in_one(env):
    """Let all claims, supplies and stock of the 2,000 products be of the first of them."""
    first, *others = env["product.product"].search([("default_code", "=like", "WIDE%")], order="id").ids
    for table in ("stock_move", "stock_quant"):
        env.cr.execute(  # pylint: disable=sql-injection
            f"UPDATE {table} SET product_id = %s WHERE product_id = ANY (%s)", (first, others)
        )
        analyze(env, [table])


def validate_receipt(env, code, quantity, times=1):
    """A receipt of *quantity* of the product with that code is validated."""
    return repeat(env, lambda: prepare_receipt(env, code, quantity), times)


def compare_receipts(env, codes, quantity, times=1):
    """The same of several products, in turn."""
    return repeat_in_turn(env, [lambda code=code: prepare_receipt(env, code, quantity) for code in codes], times)


def prepare_receipt(env, code, quantity):
    product = env["product.product"].search([("default_code", "=", code)])
    return create_receipt(env, product, quantity).button_validate


def read_status(env, times=1):
    """What a list of 80 deliveries shows of the addon: each line's status, each delivery's promise."""

    def work():
        deliveries = _get_deliveries(env)

        def read():
            deliveries.mapped("promise_date")
            deliveries.move_ids.mapped("availability_text")

        return read

    return repeat(env, work, times)


def read_supply_needs(env, limits, times=1):
    """The list of supply needs is opened with so many rows, in turn."""
    needs = env["stock.supply.need"]
    shown = get_shown(needs, needs.get_view(view_type="list"))
    works = [lambda limit=limit: lambda: needs.web_search_read([], shown, limit=limit) for limit in limits]
    return repeat_in_turn(env, works, times)


def read_core_availability(env, times=1):
    return repeat(env, lambda: lambda: _get_deliveries(env).mapped("products_availability"), times)


def peg(env, code, times=1):
    """All claims on the products with that code are matched with all supplies."""
    products = env["product.product"].search([("default_code", "=like", f"{code}%")])
    query = env["stock.pegging"]._get_pegging_sql(products, SQL("TRUE"))
    return repeat(env, lambda: lambda: env.execute_query(query), times)


def ship_in_part(env, times=1):
    """A delivery of five lines, one of them short, is validated; the remainder becomes a backorder."""

    def work():
        delivery = create_delivery(env)
        return delivery.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate

    return repeat(env, work, times)


def reserve_with_and_without_lock(env, times=1):
    pool = type(env["stock.backorder.pool"])
    lock = pool._lock

    def work(lock):
        pool._lock = lock
        delivery = create_delivery(env)
        delivery.do_unreserve()
        return delivery.action_assign

    try:
        return repeat_in_turn(env, [lambda: work(lambda self, pools: None), lambda: work(lock)], times)
    finally:
        pool._lock = lock


def _get_deliveries(env):
    return env["stock.picking"].search([("origin", "=", "WIDE")], limit=80, order="id")


def create_receipt(env, product, quantity):
    """Return a receipt that is ready to be validated."""
    warehouse, suppliers = get_warehouse(env), env.ref("stock.stock_location_suppliers")
    receipt = env["stock.picking"].create(
        {
            "picking_type_id": warehouse.in_type_id.id,
            "location_id": suppliers.id,
            "location_dest_id": warehouse.lot_stock_id.id,
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": product.id,
                        "product_uom_qty": quantity,
                        "location_id": suppliers.id,
                        "location_dest_id": warehouse.lot_stock_id.id,
                    },
                )
            ],
        }
    )
    receipt.action_confirm()
    return receipt


def create_delivery(env):
    """Return a reserved delivery of five lines, of which the last is short."""
    warehouse, customers = get_warehouse(env), env.ref("stock.stock_location_customers")
    products = create_products(env, [f"PART{number}" for number in range(5)])
    warehouse.out_type_id.create_backorder = "always"
    for product in products:
        env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 10)
    delivery = env["stock.picking"].create(
        {
            "picking_type_id": warehouse.out_type_id.id,
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": customers.id,
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": product.id,
                        "product_uom_qty": 5 if product != products[-1] else 25,
                        "location_id": warehouse.lot_stock_id.id,
                        "location_dest_id": customers.id,
                    },
                )
                for product in products
            ],
        }
    )
    delivery.action_confirm()
    delivery.action_assign()
    return delivery


def get_warehouse(env):
    return env["stock.warehouse"].search([], limit=1, order="id")


def create_products(env, codes):
    return env["product.product"].create(
        [{"name": code, "default_code": code, "type": "consu", "is_storable": True} for code in codes]
    )


def insert_deliveries(env, origin, products, count, lines):
    """Insert confirmed deliveries of *lines* lines each, ordered and due in no particular order."""
    warehouse = get_warehouse(env)
    env.cr.execute(
        """
        WITH delivery AS (
            INSERT INTO stock_picking (
                        name, origin, picking_type_id, company_id, location_id, location_dest_id, state, move_type,
                        priority, create_date, scheduled_date)
                 SELECT %(origin)s || '/' || n, %(origin)s, %(type)s, %(company)s, %(stock)s, %(customers)s,
                        'confirmed', 'direct', '0', now() - (n * 7919::bigint %% 50000) * interval '1 minute', now()
                   FROM generate_series(1, %(count)s) AS n
              RETURNING id, name, create_date
        )
        INSERT INTO stock_move (
                    picking_id, picking_type_id, warehouse_id, product_id, product_uom, product_uom_qty, product_qty,
                    quantity, company_id, location_id, location_dest_id, state, procure_method, priority, date,
                    create_date, date_deadline, reservation_date, propagate_cancel)
             SELECT delivery.id, %(type)s, %(warehouse)s,
                    (%(products)s::int[])[1 + (delivery.id * %(lines)s + line) %% %(product_count)s],
                    %(uom)s, 1, 1, 0, %(company)s, %(stock)s, %(customers)s, 'confirmed', 'make_to_stock', '0', now(),
                    delivery.create_date,
                    CASE WHEN delivery.id %% 3 = 0 THEN delivery.create_date + interval '40 days' END, now(), TRUE
               FROM delivery, generate_series(1, %(lines)s) AS line
        """,
        {
            "products": products.ids,
            "product_count": len(products),
            "origin": origin,
            "count": count,
            "lines": lines,
            **get_delivery_values(env, warehouse.out_type_id),
        },
    )


def insert_receipts(env, products, count):
    """Insert *count* incoming moves of six, over the coming three months."""
    env.cr.execute(
        """
        INSERT INTO stock_move (
                    picking_type_id, warehouse_id, product_id, product_uom, product_uom_qty, product_qty, quantity,
                    company_id, location_id, location_dest_id, state, procure_method, priority, date, create_date,
                    reservation_date, propagate_cancel)
             SELECT %(type)s, %(warehouse)s, (%(products)s::int[])[1 + n %% %(product_count)s], %(uom)s, 6, 6, 6,
                    %(company)s, %(suppliers)s, %(stock)s, 'assigned', 'make_to_stock', '0',
                    now() + (n %% 90 + 1) * interval '1 day', now(), now(), TRUE
               FROM generate_series(1, %(count)s) AS n
        """,
        {
            "products": products.ids,
            "product_count": len(products),
            "count": count,
            **get_delivery_values(env, get_warehouse(env).in_type_id),
        },
    )


def insert_stock(env, products, quantity):
    """Insert so much of each product into the stock."""
    env.cr.execute(
        """
        INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date)
             SELECT unnest(%(products)s::int[]), %(stock)s, %(company)s, %(quantity)s, 0, now()
        """,
        {
            "products": products.ids,
            "quantity": quantity,
            **get_delivery_values(env, get_warehouse(env).in_type_id),
        },
    )


def get_delivery_values(env, picking_type):
    warehouse = get_warehouse(env)
    return {
        "type": picking_type.id,
        "warehouse": warehouse.id,
        "company": warehouse.company_id.id,
        "stock": warehouse.lot_stock_id.id,
        "customers": env.ref("stock.stock_location_customers").id,
        "suppliers": env.ref("stock.stock_location_suppliers").id,
        "uom": env.ref("uom.product_uom_unit").id,
    }


def analyze(env, tables):
    """Let PostgreSQL know how much the tables hold, as it finds out by itself in time."""
    for table in tables:
        env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection
