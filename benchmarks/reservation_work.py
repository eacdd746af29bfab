"""What the reservation benchmark does within Odoo, with the addon or without: make data, then work on it."""

from odoo.exceptions import UserError
from odoo.tools import SQL

from .measuring import repeat_in_turn

WIDE_PRODUCTS = 2_000
WIDE_CLAIMS = 100_000
WIDE_SUPPLIES = 10_000


def fill(env):
    """Make 20,000, 2,000 and 10 deliveries that wait for one product each, and 100,000 lines over 2,000 products."""
    _create_products(env, ["FEW", "MANY", "SERVED"])
    wide = _create_products(env, [f"WIDE{number:04}" for number in range(WIDE_PRODUCTS)])
    env.flush_all()
    env.cr.execute("SET LOCAL session_replication_role = replica")  # no foreign key is checked meanwhile
    for code, claims in (("FEW", 10), ("MANY", 20_000), ("SERVED", 2_000)):
        product = env["product.product"].search([("default_code", "=", code)])
        _insert_deliveries(env, code, product, claims, lines=1)
    _insert_deliveries(env, "WIDE", wide, WIDE_CLAIMS // 2, lines=2)
    _insert_receipts(env, wide)
    _insert_stock(env, wide)
    for table in ("stock_picking", "stock_move", "stock_quant", "product_product"):
        env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection


def gather_in_one(env):
    """Let all claims, supplies and stock of the 2,000 products be of the first of them."""
    first, *others = env["product.product"].search([("default_code", "=like", "WIDE%")], order="id").ids
    for table in ("stock_move", "stock_quant"):
        env.cr.execute(  # pylint: disable=sql-injection
            f"UPDATE {table} SET product_id = %s WHERE product_id = ANY (%s)", (first, others)
        )
        env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection


def validate_receipt(env, code, quantity, times=1):
    """A receipt of *quantity* of the product with that code is validated."""
    return _repeat(env, lambda: _prepare_receipt(env, code, quantity), times)


def compare_receipts(env, codes, quantity, times=1):
    """The same of several products, in turn."""
    return repeat_in_turn(env, [lambda code=code: _prepare_receipt(env, code, quantity) for code in codes], times)


def _prepare_receipt(env, code, quantity):
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

    return _repeat(env, work, times)


def read_supply_needs(env, limits, times=1):
    """The list of supply needs is opened with so many rows, in turn."""
    needs = env["stock.supply.need"]
    names = needs.get_view(view_type="list")["models"]["stock.supply.need"]
    shown = {name: {"fields": {"display_name": {}}} if needs._fields[name].relational else {} for name in names}
    works = [lambda limit=limit: lambda: needs.web_search_read([], shown, limit=limit) for limit in limits]
    return repeat_in_turn(env, works, times)


def read_core_list(env, times=1):
    """Odoo's own list of deliveries, 80 of them, with its availability."""

    def work():
        deliveries = _get_deliveries(env)
        return lambda: deliveries.read(["name", "partner_id", "state", "products_availability"])

    return _repeat(env, work, times)


def read_workbench(env, limits, times=1):
    """The list of what can ship and what waits is opened with so many rows, in turn."""
    deliveries = env["stock.picking"]
    view = env.ref("gse_backorder.view_picking_workbench_list")
    names = deliveries.get_view(view.id, "list")["models"]["stock.picking"]
    shown = {name: {"fields": {"display_name": {}}} if deliveries._fields[name].relational else {} for name in names}
    domain = [("picking_type_code", "=", "outgoing"), ("state", "not in", ("draft", "done", "cancel"))]
    works = [lambda limit=limit: lambda: deliveries.web_search_read(domain, shown, limit=limit) for limit in limits]
    return repeat_in_turn(env, works, times)


def read_health(env, times=1):
    """The dashboard is opened."""
    return _repeat(env, lambda: lambda: env["stock.backorder.health"].get_health(), times)


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

    return _repeat(env, lambda: work, 1)


def complete_in_one_go(env, count, failing):
    """The same by the addon, in its batches; say how many have shipped and failed, too."""
    from odoo.addons.gse_backorder.models.stock_completion import BATCH  # not there in Odoo without the addon

    run = env["stock.completion"]._start(_create_many(env, count, failing))
    summary = {}

    def work():
        for few in run.sudo().line_ids._split_into_batches(BATCH):
            few._complete()
            env.flush_all()
            env.invalidate_all()
        summary.update(done=run.done_count, failed=run.failed_count)

    return {**_repeat(env, lambda: work, 1), **summary}


def _create_many(env, count, failing):
    """Commit so many reserved deliveries of two lines; the *failing* last ones lack their goods."""
    warehouse, customers = _get_warehouse(env), env.ref("stock.stock_location_customers")
    *there, missing = _create_products(env, ["MANY-A", "MANY-B", "MANY-C"])
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


def read_core_availability(env, times=1):
    return _repeat(env, lambda: lambda: _get_deliveries(env).mapped("products_availability"), times)


def peg(env, code, times=1):
    """All claims on the products with that code are matched with all supplies."""
    products = env["product.product"].search([("default_code", "=like", f"{code}%")])
    query = env["stock.pegging"]._get_pegging_query(products, SQL("TRUE"))
    return _repeat(env, lambda: lambda: env.execute_query(query), times)


def ship_in_part(env, times=1):
    """A delivery of five lines, one of them short, is validated; the remainder becomes a backorder."""

    def work():
        delivery = create_delivery(env)
        return delivery.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate

    return _repeat(env, work, times)


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


def _repeat(env, prepare, times):
    """Do what *prepare* returns so many times, each undone; return the median of the seconds, and the queries."""
    [result] = repeat_in_turn(env, [prepare], times)
    return result


def create_receipt(env, product, quantity):
    """Return a receipt that is ready to be validated."""
    warehouse, suppliers = _get_warehouse(env), env.ref("stock.stock_location_suppliers")
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
    warehouse, customers = _get_warehouse(env), env.ref("stock.stock_location_customers")
    products = _create_products(env, [f"PART{number}" for number in range(5)])
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


def _get_warehouse(env):
    return env["stock.warehouse"].search([], limit=1, order="id")


def _create_products(env, codes):
    return env["product.product"].create(
        [{"name": code, "default_code": code, "type": "consu", "is_storable": True} for code in codes]
    )


def _insert_deliveries(env, origin, products, count, lines):
    """Insert confirmed deliveries of *lines* lines each, ordered and due in no particular order."""
    warehouse = _get_warehouse(env)
    env.cr.execute(
        """
        WITH delivery AS (
            INSERT INTO stock_picking (
                        name, origin, picking_type_id, company_id, location_id, location_dest_id, state, move_type,
                        priority, create_date, scheduled_date)
                 SELECT %(origin)s || '/' || n, %(origin)s, %(type)s, %(company)s, %(stock)s, %(customers)s,
                        'confirmed', 'direct', '0', now() - (n * 7919 %% 50000) * interval '1 minute', now()
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
            **_get_values(env, warehouse.out_type_id),
        },
    )


def _insert_receipts(env, products):
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
            "count": WIDE_SUPPLIES,
            **_get_values(env, _get_warehouse(env).in_type_id),
        },
    )


def _insert_stock(env, products):
    env.cr.execute(
        """
        INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date)
             SELECT unnest(%(products)s::int[]), %(stock)s, %(company)s, 7, 0, now()
        """,
        {"products": products.ids, **_get_values(env, _get_warehouse(env).in_type_id)},
    )


def _get_values(env, picking_type):
    warehouse = _get_warehouse(env)
    return {
        "type": picking_type.id,
        "warehouse": warehouse.id,
        "company": warehouse.company_id.id,
        "stock": warehouse.lot_stock_id.id,
        "customers": env.ref("stock.stock_location_customers").id,
        "suppliers": env.ref("stock.stock_location_suppliers").id,
        "uom": env.ref("uom.product_uom_unit").id,
    }
