"""What people decide, in a real browser: by who works without a mouse, or does not see well, and on a phone."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from test_workbench_live import focus

from odoo import Command

# By which button each dialog opens, and on which delivery.
DIALOGS = {
    "take back": ("waiting", "action_get_it"),
    "hold": ("ready", "action_hold"),
    "agreed date": ("ready", "action_agree_date"),
    "close short": ("remainder", "Close Remainders Short"),
}
# What Odoo draws within ours: its lists, labels, and fields to write in.
ODOO = (".o_list_renderer", "input[type=text]", ".o_select_menu", ".o_form_label")


@pytest.fixture
def deliveries(open_transaction, create_product, create_delivery):
    """One that is ready, a remainder, and one that waits for what the first one has."""
    env = open_transaction()
    partner = env["res.partner"].create({"name": "Site without a Mouse"})
    product, rest = (create_product(env, f"Decided {partner.id} {name}", stock=5) for name in "AB")
    ready, waiting = (create_delivery(env, product, quantity=5, partner_id=partner.id) for _number in range(2))
    shipped = create_delivery(env, rest, quantity=8, partner_id=partner.id)
    shipped.picking_type_id.create_backorder = "always"
    for delivery in (ready, waiting, shipped):
        delivery.action_confirm()
    shipped.button_validate()
    env.cr.commit()
    return SimpleNamespace(env=env, ready=ready, waiting=waiting, remainder=shipped.backorder_ids)


def reach(page, key, selector, tries=60):
    """Press a key until what Odoo draws, one of *selector*, has the focus: how it shows that is its own business."""
    for _try in range(tries):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached by {key}.")


def open_dialog(page, button, on_phone=False):
    if " " in button:
        page.locator(".o_cp_action_menus button").first.click()
        page.locator(".o-dropdown-item", has_text=button).click()
    else:
        if on_phone and button != "action_get_it":
            page.locator(".o_statusbar_buttons button.dropdown-toggle").click()
        page.locator(f"[name={button}]:visible").first.click()
    page.locator(".modal-body").wait_for()


def read(deliveries):
    deliveries.env.cr.rollback()
    deliveries.env.invalidate_all()


@pytest.mark.parametrize("on_phone", [False, True])
@pytest.mark.parametrize("dialog", DIALOGS)
def test_accessibility(open_page, deliveries, assert_accessible, dialog, on_phone):
    """Contrast, names, labels, roles of what is ours, at the desk and on a phone, where all of it has room."""
    which, button = DIALOGS[dialog]
    page = open_page(f"/odoo/deliveries/{getattr(deliveries, which).id}", "admin", on_phone=on_phone)
    page.locator(".o_form_view [name=fulfillment_state]").first.wait_for()
    open_dialog(page, button, on_phone)
    assert_accessible(page, ".modal-body", ".modal-footer", without=(*ODOO, ".o_kanban_renderer"))
    if on_phone:
        assert_accessible(page, ".modal-body .o_kanban_record > *")
    assert page.locator(".modal-body").evaluate("body => body.scrollWidth <= body.clientWidth"), "Nothing is cut off."


def test_hold_and_release_without_a_mouse(open_page, deliveries):
    """Scenario: a delivery is put on hold and released. Expected: by keys alone; the form says that it is on hold."""
    page = open_page(f"/odoo/deliveries/{deliveries.ready.id}", "admin")
    page.locator("button[name=action_hold]").wait_for()
    focus(page, "Tab", "button[name=action_hold]")
    page.keyboard.press("Enter")
    page.locator(".modal [name=reason] input").wait_for()
    reach(page, "Tab", ".modal [name=reason] input")
    page.keyboard.type("Site")
    page.locator(".o_select_menu_item", has_text="Site not ready").wait_for()
    page.keyboard.press("Enter")
    reach(page, "Tab", ".modal [name=note] input")
    page.keyboard.type("The roof is not on yet")
    page.keyboard.press("Alt+q")
    expect(page.locator(".alert", has_text="on hold: site not ready")).to_be_visible()
    focus(page, "Tab", "button[name=action_release]")
    page.keyboard.press("Enter")
    page.locator("button[name=action_hold]").wait_for()
    read(deliveries)
    assert not deliveries.ready.is_held and deliveries.ready.hold_note == "The roof is not on yet"


def test_agree_a_date_without_a_mouse(open_page, deliveries):
    """Scenario: a date is agreed by telephone. Expected: it is written down, by keys alone."""
    page = open_page(f"/odoo/deliveries/{deliveries.ready.id}", "admin")
    page.locator("button[name=action_agree_date]").wait_for()
    focus(page, "Tab", "button[name=action_agree_date]")
    page.keyboard.press("Enter")
    page.locator(".modal [name=date] input").wait_for()
    expect(page.locator(".modal [name=date] input")).to_be_focused()
    page.keyboard.type("+9d")
    reach(page, "Tab", ".modal [name=note] input, .modal [name=note] textarea")
    page.keyboard.type("With Mrs Ito")
    page.keyboard.press("Alt+q")
    expect(page.locator(".modal")).to_have_count(0)
    read(deliveries)
    assert deliveries.ready.move_ids.kept_date


def test_close_short_without_a_mouse(open_page, deliveries):
    """Scenario: a remainder is closed short. Expected: by keys alone."""
    page = open_page(f"/odoo/deliveries/{deliveries.remainder.id}", "admin")
    page.locator(".o_form_view [name=fulfillment_state]").first.wait_for()
    reach(page, "Shift+Tab", ".o_cp_action_menus button")
    page.keyboard.press("Enter")
    item = page.locator(".o-dropdown-item", has_text="Close Remainders Short")
    item.wait_for()
    for _step in range(30):
        if item.evaluate("item => item.matches(':focus, .focus')"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".modal [name=reason] input").wait_for()
    reach(page, "Tab", ".modal [name=reason] input")
    page.keyboard.type("Not worth a parcel")
    page.keyboard.press("Alt+q")
    expect(page.locator(".modal")).to_have_count(0)
    read(deliveries)
    assert deliveries.remainder.state == "cancel"


def test_take_back_without_a_mouse(open_page, deliveries):
    """Scenario: what another has is taken back. Expected: by keys alone."""
    page = open_page(f"/odoo/deliveries/{deliveries.waiting.id}", "admin")
    page.locator("button[name=action_get_it]").wait_for()
    focus(page, "Tab", "button[name=action_get_it]")
    page.keyboard.press("Enter")
    page.locator(".modal .o_data_row", has_text=deliveries.ready.name).wait_for()
    reach(page, "Tab", ".modal [name=reason] input")
    page.keyboard.type("The site stands still")
    page.keyboard.press("Alt+q")
    expect(page.locator(".modal")).to_have_count(0)
    read(deliveries)
    assert deliveries.waiting.move_ids.quantity == 5


def test_what_if_without_a_mouse(open_page, deliveries, assert_accessible):
    """Scenario: what if the delivery that has all were cancelled? Expected: entered and answered by keys alone."""
    action = deliveries.ready.with_user(deliveries.env.ref("base.user_admin")).action_what_if()
    what_if = deliveries.env["stock.what.if"].browse(action["res_id"])
    what_if.change_ids.kind = "drop"
    deliveries.env.cr.commit()
    page = open_page(f"/odoo/stock.what.if/{what_if.id}", "admin")
    page.locator("button[name=action_simulate]").wait_for()
    focus(page, "Tab", "button[name=action_simulate]")
    page.keyboard.press("Enter")
    expect(page.locator(".alert:visible")).to_contain_text("1 line gains")
    assert_accessible(page, ".o_form_statusbar", ".o_form_sheet", without=ODOO)
    reach(page, "Tab", ".o_field_x2many_list_row_add a, .o_field_x2many_list_row_add button")
    page.keyboard.press("Enter")
    page.locator(".modal [name=kind]").wait_for()
    assert_accessible(page, ".modal-body", without=ODOO)
    page.keyboard.press("Escape")
    expect(page.locator(".modal")).to_have_count(0)


def test_the_star_without_a_mouse(open_page, deliveries, assert_accessible):
    """Scenario: the star would take what another is promised. Expected: the warning is read and left by keys alone."""
    env = deliveries.env
    product = deliveries.ready.product_id
    warehouse = deliveries.ready.picking_type_id.warehouse_id
    places = {
        "location_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": warehouse.lot_stock_id.id,
    }
    line = {"product_id": product.id, "product_uom_qty": 5, **places}
    receipt = env["stock.picking"].create(
        {"picking_type_id": warehouse.in_type_id.id, "move_ids": [Command.create(line)], **places}
    )
    receipt.action_confirm()
    last = deliveries.waiting.copy()
    last.action_confirm()
    env.cr.commit()
    page = open_page(f"/odoo/deliveries/{last.id}", "admin")
    page.locator(".o_priority_star").first.wait_for()
    reach(page, "Tab", ".o_priority_star")
    page.keyboard.press("Enter")
    expect(page.locator(".modal")).to_contain_text(deliveries.waiting.name)
    assert_accessible(page, ".modal-body")
    page.keyboard.press("Escape")
    expect(page.locator(".modal")).to_have_count(0)
    read(deliveries)
    assert last.priority == "0"
