"""The demo's first start: what its set-up leaves to Odoo's scheduler, which is due at once."""

from setup.demo import SCHEDULE

from odoo import Command


def test_the_scheduler_is_in_nobodys_way(open_transaction, create_product):
    """Scenario: a rule is out of date, the demo is set up, Odoo's scheduler starts. Expected: it does not fail.

    It works out the rule again in one transaction, orders in a second one, and the first is in the way of itself.
    """
    env = open_transaction()
    vendor = env["res.partner"].create({"name": "Punctual Vendor"})
    seller = Command.create({"partner_id": vendor.id, "price": 1})
    product = create_product(env, "Ordered in Time", stock=20, seller_ids=[seller])
    rule = env["stock.warehouse.orderpoint"].create(
        {"product_id": product.id, "product_min_qty": 5, "product_max_qty": 10}
    )
    env.flush_all()
    env.cr.execute("UPDATE stock_warehouse_orderpoint SET qty_to_order_computed = 10 WHERE id = %s", [rule.id])
    env.cr.commit()
    exec(SCHEDULE, {"env": env})
    env.cr.commit()
    env["stock.rule"].run_scheduler(use_new_cursor=True)
    assert not product.purchase_order_line_ids, "What is there need not be ordered."
