"""The warehouse's screens in real browsers, on a real server: what a receipt brings is seen on every open screen."""

import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

# How long is looked for what a receipt changes on every screen: nothing but the bus tells these screens of it.
LIVE_SECONDS = 60
TRIES = 120
HAS_FOCUS = """([selector, text]) => {
    const element = document.activeElement;
    return element.matches(selector) && (element.closest("tr") || element).innerText.includes(text);
}"""
SHOWS_FOCUS = """() => {
    const { boxShadow, outlineStyle } = getComputedStyle(document.activeElement);
    return boxShadow !== "none" || outlineStyle !== "none";
}"""
# More than the other customers of the test database have: the panel lists those with the most.
MANY = 30


@pytest.fixture
def waiting(open_transaction, create_product, create_delivery):
    """A delivery that waits for a receipt, and the receipt."""
    env = open_transaction()
    warehouse = env["stock.warehouse"].search([], limit=1)
    product = create_product(env, "Live Beam")
    delivery = create_delivery(env, product, quantity=4, priority="1")  # among the first of the list
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
    env["stock.arrival.notice"].search([]).unlink()  # what other tests have received is not told here
    env.cr.commit()
    return SimpleNamespace(env=env, delivery=delivery, receipt=receipt)


def test_a_receipt_moves_the_row_on_every_screen(open_page, server, waiting):
    """Scenario: list, phone and counts are open in two browsers; somebody receives. Expected: all change."""
    path = "/odoo/backorders"
    desk, phone = open_page(path, "picker"), open_page(path, "picker", on_phone=True)
    row = desk.locator(".o_data_row", has_text=waiting.delivery.name)
    card = phone.locator(".o_kanban_record", has_text=waiting.delivery.name)
    state = desk.locator(".o_search_panel_category_value", has_text="Waiting")
    count = state.locator(".o_search_panel_counter")
    expect(row).to_contain_text("Waiting")
    expect(card).to_contain_text("Waiting")
    before = count.inner_text()
    server.call("picker", "stock.picking", "button_validate", [waiting.receipt.id])
    deadline = time.monotonic() + LIVE_SECONDS

    def milliseconds_left():
        return 1000 * max(deadline - time.monotonic(), 0.001)

    expect(row).to_contain_text("Ready", timeout=milliseconds_left())
    expect(card).to_contain_text("Ready", timeout=milliseconds_left())
    expect(count).not_to_have_text(before, timeout=milliseconds_left())


def test_what_is_chosen_stays_chosen(open_page, server, waiting, create_product, create_delivery):
    """Scenario: a row is ticked and a customer chosen, then counts change, then he has none. Expected: both stay."""
    env = waiting.env
    customer = env["res.partner"].create({"name": "Warehouse Customer"})
    product = create_product(env, "Live Panel", stock=MANY)
    deliveries = [create_delivery(env, product, partner_id=customer.id) for _number in range(MANY)]
    deliveries = env["stock.picking"].union(*deliveries)
    deliveries.action_confirm()
    env.cr.commit()
    page = open_page("/odoo/backorders", "picker")
    chosen = page.locator(".o_search_panel_filter_value", has_text=customer.name)
    chosen.locator("input").check()
    rows = page.locator(".o_data_row")
    expect(page.locator(".o_data_row", has_text=customer.name)).to_have_count(MANY)
    expect(rows).to_have_count(MANY)
    rows.first.locator(".o_list_record_selector input").check()
    counts = page.locator(".o_search_panel_category_value", has_text="Ready").locator(".o_search_panel_counter")
    before = counts.inner_text()
    server.call("picker", "stock.picking", "button_validate", [waiting.receipt.id])
    deliveries[-1].action_cancel()
    env.cr.commit()
    expect(counts).not_to_have_text(before, timeout=LIVE_SECONDS * 1000)
    expect(rows.first.locator(".o_list_record_selector input")).to_be_checked()
    rows.first.locator(".o_list_record_selector input").uncheck()
    deliveries[:-1].action_cancel()
    env.cr.commit()
    expect(rows).to_have_count(0)
    expect(chosen.locator("input")).to_be_checked()


def test_ticked_cards_stay_ticked(open_page, server, waiting):
    """Scenario: a card is ticked, and counts change. Expected: the counts are new, the card is ticked still."""
    page = open_page("/odoo/backorders", "picker")
    page.click("button.o_switch_view.o_kanban")
    card = page.locator(".o_kanban_record", has_text=waiting.delivery.name)
    card.click(modifiers=["Alt"])
    expect(card).to_have_class(re.compile("o_record_selected"))
    counts = page.locator(".o_search_panel_section").first
    before = counts.inner_text()
    server.call("picker", "stock.picking", "button_validate", [waiting.receipt.id])
    expect(counts).not_to_have_text(before, timeout=LIVE_SECONDS * 1000, use_inner_text=True)
    page.wait_for_timeout(2000)  # longer than any screen waits before it reads
    expect(card).to_have_class(re.compile("o_record_selected"))


def test_a_row_ticked_while_it_is_read_stays_ticked(open_page, server, waiting):
    """Scenario: a list reads itself anew, slowly, and a row is ticked meanwhile. Expected: it is ticked still."""
    page = open_page("/odoo/backorders", "picker")
    row = page.locator(".o_data_row", has_text=waiting.delivery.name)
    row.wait_for()
    held = []
    page.route("**/web_search_read", lambda route: held.append(route), times=1)
    with page.expect_request("**/web_search_read", timeout=LIVE_SECONDS * 1000):
        server.call("picker", "stock.picking", "button_validate", [waiting.receipt.id])
    row.locator(".o_list_record_selector input").check()
    held[0].continue_()
    expect(row).to_contain_text("Ready", timeout=LIVE_SECONDS * 1000)
    expect(row.locator(".o_list_record_selector input")).to_be_checked()


def test_papers_are_printed(open_page, waiting, create_product, create_delivery):
    """Scenario: a delivery is ticked, and its pick list and slip are printed. Expected: one PDF comes down."""
    env = waiting.env
    delivery = create_delivery(env, create_product(env, "Printed Beam", stock=1), priority="1")
    delivery.action_confirm()
    delivery.action_assign()
    env.cr.commit()
    page = open_page("/odoo/backorders", "picker")
    row = page.locator(".o_data_row", has_text=delivery.name)
    row.locator(".o_list_record_selector input").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Print Pick Lists and Slips").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_who_looks_at_something_else_is_told(open_page, server, waiting):
    """Scenario: the manager receives while the picker reads his receipts. Expected: he is told, and opens the list."""
    page = open_page("/odoo/receipts", "picker")
    wait_until_online(waiting.env, "picker")
    server.call("admin", "stock.picking", "button_validate", [waiting.receipt.id])
    waiting.env.cr.rollback()  # sees what the server has done
    waiting.env["stock.arrival.notice"]._cron_tell()  # the server of the tests runs no crons
    message = page.locator(".o_notification", has_text=waiting.receipt.name)
    expect(message).to_contain_text("1 ready", timeout=LIVE_SECONDS * 1000)
    message.get_by_role("button", name="Open the list").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text(f"Served by {waiting.receipt.name}")
    expect(page.locator(".o_data_row")).to_have_count(1)
    expect(page.locator(".o_data_row")).to_contain_text(waiting.delivery.name)
    page.reload()
    expect(page.locator(".o_data_row")).to_contain_text(waiting.delivery.name)


def test_accessibility(open_page, waiting, assert_accessible):
    """Contrast, names, labels, roles of what is ours on Odoo's screens: as the guidelines (WCAG 2.1 AA) want them."""
    page = open_page("/odoo/backorders", "picker")
    row = page.locator(".o_data_row", has_text=waiting.delivery.name)
    row.locator(".o_list_record_selector input").check()
    assert_accessible(page, ".o_data_row td[name=fulfillment_state]")
    page.get_by_role("button", name="Complete").click()
    assert_accessible(page, ".modal-body", without=[".o_list_renderer"])  # Odoo's own list
    page = open_page(f"/odoo/deliveries/{waiting.delivery.id}", "picker")
    assert_accessible(page, ".o_stock_availability", ".o_data_row .fa-area-chart")
    page.locator(".fa-area-chart").first.click()
    assert_accessible(page, ".o_gse_quantities")
    page.get_by_role("button", name="Why?").click()
    assert_accessible(page, ".modal-body", without=[".o_list_renderer"])
    page = open_page("/odoo/backorder-health", "admin")
    assert_accessible(page, ".o_gse_health")


def test_keyboard(open_page, waiting, create_product, create_delivery):
    """Scenario: a picker without a mouse. Expected: he reaches and works each control of ours, and sees where he is."""
    env = waiting.env
    delivery = create_delivery(env, create_product(env, "Typed Beam", stock=1), quantity=3, priority="1")
    delivery.action_confirm()
    delivery.action_assign()
    env.cr.commit()
    page = open_page("/odoo/inventory", "picker")
    press = page.keyboard.press
    # From the overview into the queue
    page.locator(".o_kanban_record").first.wait_for()
    focus(page, "ArrowDown", ".o_kanban_record")
    focus(page, "Tab", "a[name=action_view_queue]", text="Partly ready")
    press("Enter")
    # What would ship, before it does
    row = page.locator(".o_data_row", has_text=delivery.name)
    row.wait_for()
    focus(page, "ArrowDown", ".o_data_row input", text=delivery.name)
    press("Space")
    page.get_by_role("button", name="Complete").wait_for()
    press("Alt+q")
    expect(page.locator(".modal")).to_contain_text(delivery.name)
    press("Escape")
    expect(page.locator(".modal")).to_have_count(0)
    # Who gets what, and back to where he was
    focus(page, "Tab", ".o_data_row input", text=delivery.name)
    press("Enter")
    page.locator(".o_form_view").wait_for()
    icon = focus(page, "Tab", ".o_widget_gse_move_quantities button")
    press("Enter")
    expect(page.locator(".o_popover button[name=explain]")).to_be_focused()
    press("Enter")
    expect(page.locator(".modal")).to_contain_text("Allocations")
    press("Escape")
    expect(icon).to_be_focused()
    # The rest, while the message tells of it
    press("Alt+v")
    expect(page.locator(".o_notification", has_text="-R1")).to_be_visible()
    for other in page.locator(".o_notification", has_not_text="-R1").all():
        other.locator(".o_notification_close").click()  # what others have received meanwhile
    expect(page.locator(".o_notification")).to_have_count(1)
    press("Alt+Shift+K")
    expect(page.locator(".o_breadcrumb")).to_contain_text(f"{delivery.name}-R1")


def focus(page, key, selector, text="", tries=60):
    """Press a key until one of *selector* has the focus, in a row with that *text*; it has to show that it has it."""
    for _try in range(tries):
        page.keyboard.press(key)
        if page.evaluate(HAS_FOCUS, [selector, text]):
            assert page.evaluate(SHOWS_FOCUS), f"{selector} does not show that it has the focus."
            return page.locator(f"{selector}:focus")
    pytest.fail(f"{selector} is not reached by {key}.")


def wait_until_online(env, login):
    """Wait until the server knows that somebody is there: from then on his screen hears the bus."""
    for _try in range(TRIES):
        env.cr.rollback()
        if env["mail.presence"].search([("user_id.login", "=", login), ("status", "!=", "offline")]):
            return
        time.sleep(0.5)
    pytest.fail(f"{login} does not come online.")
