from . import reservation_work as w


def fill(env, scale):
    products = w.create_products(env, [f"WIDE{n:04}" for n in range(w.WIDE_PRODUCTS // scale)])
    env.flush_all()
    env.cr.execute("SET LOCAL session_replication_role = replica")
    w.insert_deliveries(env, "WIDE", products, w.WIDE_CLAIMS // 2 // scale, lines=2)
    w.insert_receipts(env, products, w.WIDE_SUPPLIES // scale)
    w.insert_stock(env, products, 7)
    w.analyze(env, ("stock_picking", "stock_move", "stock_quant", "product_product"))
