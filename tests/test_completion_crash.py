"""Many deliveries are completed in one go while the server is killed: what was shipped stays, the rest follows."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

DELIVERIES = 120
PATIENCE_SECONDS = 120


@pytest.fixture
def make_deliveries(open_transaction, create_product, create_delivery):
    """A function that commits reserved deliveries of one unit each, of which the last three lack their goods."""

    def make():
        env = open_transaction()
        many, none = create_product(env, "Many", stock=DELIVERIES), create_product(env, "None")
        wanted = (many,) * (DELIVERIES - 3) + (none,) * 3
        deliveries = env["stock.picking"].union(*(create_delivery(env, product) for product in wanted))
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
