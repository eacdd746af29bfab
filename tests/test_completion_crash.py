"""Many deliveries are completed in one go while the server is killed: what was shipped stays, the rest follows."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from odoo import Command

DELIVERIES = 120
PATIENCE_SECONDS = 120


@pytest.fixture
def make_deliveries(open_transaction):
    """A function that commits reserved deliveries of one unit each, of which the last three lack their goods."""

    def make():
        env = open_transaction()
        warehouse = env["stock.warehouse"].search([], limit=1)
        products = env["product.product"].create([{"name": name, "is_storable": True} for name in ("Many", "None")])
        env["stock.quant"]._update_available_quantity(products[0], warehouse.lot_stock_id, DELIVERIES)
        places = {
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": env.ref("stock.stock_location_customers").id,
        }
        deliveries = env["stock.picking"].create(
            [
                {
                    "picking_type_id": warehouse.out_type_id.id,
                    "move_ids": [Command.create({"product_id": product.id, "product_uom_qty": 1, **places})],
                    **places,
                }
                for product in (products[0],) * (DELIVERIES - 3) + (products[1],) * 3
            ]
        )
        deliveries.action_confirm()
        deliveries.action_assign()
        env.cr.commit()
        return deliveries.ids, env.ref("gse_backorder.ir_cron_completion").id

    return make


def count(env, run_id, state):
    env.cr.rollback()  # within a transaction the picture stands still
    return env["stock.completion.line"].search_count([("completion_id", "=", run_id), ("state", "=", state)])


def test_kill_amid_a_completion(server, start_server, open_transaction, make_deliveries):
    """Scenario: the server is killed amid 120 deliveries, three of which must fail. Expected: the next one goes on."""
    delivery_ids, cron_id = make_deliveries()
    run_id = server.call("picker", "stock.picking", "action_complete", delivery_ids)["res_id"]
    env, doomed = open_transaction(), start_server()
    with ThreadPoolExecutor() as pool:
        working = pool.submit(doomed.call, "admin", "ir.cron", "method_direct_trigger", [cron_id])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not count(env, run_id, "done") and time.monotonic() < deadline:
            time.sleep(0.01)
        doomed.process.kill()
        doomed.process.wait()
        assert working.exception(), "It was killed amid its work."
    shipped = count(env, run_id, "done")
    assert 0 < shipped < DELIVERIES - 3, "A part is done, and stays so."
    server.call("admin", "ir.cron", "method_direct_trigger", [cron_id])
    assert (count(env, run_id, "done"), count(env, run_id, "failed")) == (DELIVERIES - 3, 3)
    deliveries = env["stock.picking"].browse(delivery_ids)
    assert sum(deliveries.move_ids.filtered(lambda move: move.state == "done").mapped("quantity")) == DELIVERIES - 3
    assert not deliveries.backorder_ids, "Nothing twice."
    failed = env["stock.completion.line"].search([("completion_id", "=", run_id), ("state", "=", "failed")])
    assert all(failed.mapped("reason")) and set(failed.picking_id.mapped("state")) == {"confirmed"}
