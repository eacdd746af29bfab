"""The lists of the warehouse in real browsers, on a real server: a receipt moves the rows on every open screen."""

import time

import pytest
from playwright.sync_api import expect

# From the commit until every screen shows it, at most.
LIVE_SECONDS = 2


@pytest.fixture
def waiting(open_transaction, create_product, create_delivery):
    """A delivery that waits for a receipt, and the receipt."""
    env = open_transaction()
    warehouse = env["stock.warehouse"].search([], limit=1)
    product = create_product(env, "Live Beam")
    delivery = create_delivery(env, product, quantity=4)
    delivery.action_confirm()
    places = {
        "location_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": warehouse.lot_stock_id.id,
    }
    line = {"product_id": product.id, "product_uom_qty": 4, **places}
    receipt = env["stock.picking"].create(
        {"picking_type_id": warehouse.in_type_id.id, "move_ids": [(0, 0, line)], **places}
    )
    receipt.action_confirm()
    env.cr.commit()
    return delivery, receipt


def test_a_receipt_moves_the_row_on_every_screen(open_page, server, waiting):
    """Scenario: list, phone and counts are open in two browsers; somebody receives. Expected: all change within 2 s."""
    delivery, receipt = waiting
    path = "/odoo/backorders"
    desk, phone = open_page(path, "picker"), open_page(path, "picker", on_phone=True)
    row = desk.locator(".o_data_row", has_text=delivery.name)
    card = phone.locator(".o_kanban_record", has_text=delivery.name)
    count = desk.locator(".o_search_panel_category_value", has_text="Waiting for stock").locator(
        ".o_search_panel_counter"
    )
    expect(row).to_contain_text("Waiting for stock")
    expect(card).to_contain_text("Waiting for stock")
    waiting_before = int(count.inner_text())
    server.call("picker", "stock.picking", "button_validate", [receipt.id])
    deadline = time.monotonic() + LIVE_SECONDS
    for place, words in ((row, "Ready"), (card, "Ready"), (count, str(waiting_before - 1))):
        expect(place).to_contain_text(words, timeout=1000 * (deadline - time.monotonic()))
