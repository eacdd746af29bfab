"""Installing the addon on a company's database: a million transfers, one in ten of them a backorder."""

TRANSFERS = 1_000_000
BOUND_SECONDS = 60

# In each hundred a chain of ten, each backorder the remainder of the one before; its last, and another, are open.
FILL = f"""
    SET session_replication_role = replica;  -- no foreign key is checked while the table is filled
    CREATE TEMP TABLE sample AS
        SELECT type.id AS type_id, type.company_id, warehouse.lot_stock_id AS source_id,
               (SELECT id FROM stock_location WHERE usage = 'customer' LIMIT 1) AS target_id,
               (SELECT id FROM product_product LIMIT 1) AS product_id,
               (SELECT uom_id FROM product_template LIMIT 1) AS uom_id,
               (SELECT COALESCE(max(id), 0) FROM stock_picking) AS last_id
          FROM stock_picking_type AS type
          JOIN stock_warehouse AS warehouse ON warehouse.out_type_id = type.id
         LIMIT 1;
    INSERT INTO stock_picking (
               id, name, picking_type_id, company_id, location_id, location_dest_id, state, move_type, priority,
               backorder_id, create_date, scheduled_date)
        SELECT last_id + n, 'BENCH/' || n, type_id, company_id, source_id, target_id,
               CASE WHEN n % 100 IN (9, 50) THEN 'confirmed' ELSE 'done' END, 'direct', '0',
               CASE WHEN n % 100 BETWEEN 1 AND 9 THEN last_id + n - 1 END,
               now() - n * interval '1 minute', now()
          FROM sample, generate_series(100, {TRANSFERS} + 99) AS n;
    INSERT INTO stock_move (
               picking_id, product_id, product_uom, product_uom_qty, product_qty, quantity, company_id, location_id,
               location_dest_id, state, procure_method, priority, date, create_date)
        SELECT last_id + n, product_id, uom_id, 10, 10,
               CASE WHEN n % 100 IN (9, 50) THEN 0 ELSE 10 END, company_id, source_id, target_id,
               CASE WHEN n % 100 IN (9, 50) THEN 'confirmed' ELSE 'done' END, 'make_to_stock', '0', now(), now()
          FROM sample, generate_series(100, {TRANSFERS} + 99) AS n;
    ANALYZE stock_picking;
    ANALYZE stock_move;
"""


def measure(bench):
    def install(database):
        return bench.seconds(lambda: bench.odoo.install(database, "gse_backorder", demo=False))

    with bench.database_without_addon("gse_bench_small") as database:
        small = install(database)
    with bench.database_without_addon("gse_bench_install") as database:
        bench.sql(database, f"Making {TRANSFERS:,} transfers", FILL)
        big = install(database)
        linked = bench.odoo.server.query(
            "SELECT count(*) FROM stock_picking WHERE backorder_root_id IS NOT NULL", database
        )
    return [
        ("install on Odoo's demo database", "", f"{small:.1f} s", "", ""),
        (
            f"install with {TRANSFERS:,} transfers, {int(linked):,} of them backorders",
            "",
            f"{big:.1f} s",
            "",
            f"≤ {BOUND_SECONDS} s",
        ),
    ]
