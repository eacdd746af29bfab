"""A partial validation costs at most six queries more than in Odoo without the addon."""

import os
import subprocess
import sys

import pytest

# The last one asks for the other members of the chain: as long as one of them is open, none is fulfilled.
MORE_QUERIES_AT_MOST = 6

COUNT = """
warehouse = env["stock.warehouse"].create({"name": "Counted", "code": "CNT"})
warehouse.out_type_id.create_backorder = "always"
places = {"location_id": warehouse.lot_stock_id.id, "location_dest_id": env.ref("stock.stock_location_customers").id}
product = env["product.product"].create({"name": "Counted", "type": "consu", "is_storable": True})
env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 100)

def cost():
    line = {"product_id": product.id, "product_uom_qty": 10, **places}
    delivery = env["stock.picking"].create(
        {"picking_type_id": warehouse.out_type_id.id, "move_ids": [(0, 0, line)], **places}
    )
    delivery.action_confirm()
    delivery.action_assign()
    delivery.move_ids.quantity = 4
    env.flush_all()
    env.invalidate_all()
    before = env.cr.sql_log_count
    assert delivery.button_validate() is True
    env.flush_all()
    assert delivery.backorder_ids.move_ids.product_uom_qty == 6
    return env.cr.sql_log_count - before

cost()  # warms the caches
print("queries:", cost())
"""


@pytest.fixture
def count_queries():
    """A function that counts the queries of a partial validation on a database, which it leaves as it was."""

    def count(database):
        command = (sys.executable, "-m", "odoo", "shell", "-d", database, "--no-http", "--log-level=error")
        result = subprocess.run(command, input=COUNT, capture_output=True, text=True, check=True)
        return int(result.stdout.split("queries:")[1])

    return count


def test_partial_validation(count_queries):
    """Scenario: 4 of 10 ship, with the addon and without. Expected: about as many queries."""
    prepared = os.environ["GSE_PREPARED_DATABASE"]
    ours, core = count_queries(prepared), count_queries(f"{prepared}_core")
    assert ours <= core + MORE_QUERIES_AT_MOST, f"{ours} queries with the addon, {core} without"
