"""Taking back in a real browser, on a real server: by the warehouse manager, a salesperson, and on a phone."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from odoo import fields


@pytest.fixture
def rivals(open_transaction, create_product, create_delivery):
    """Two customers' deliveries that have the stock, a third that waits, and a receipt."""
    env = open_transaction()
    warehouse = env["stock.warehouse"].search([], limit=1)
    product = create_product(env, "Crane Beam", stock=10)
    partners = env["res.partner"].create([{"name": name} for name in ("First Site", "Second Site", "Waiting Site")])
    deliveries = [create_delivery(env, product, quantity=5, partner_id=partner.id) for partner in partners]
    first, second, waiting = env["stock.picking"].union(*deliveries)
    for delivery in (first, second, waiting):
        delivery.action_confirm()
    places = {
        "location_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": warehouse.lot_stock_id.id,
    }
    line, date = {"product_id": product.id, "product_uom_qty": 20, **places}, fields.Datetime.now() + timedelta(days=40)
    receipt = env["stock.picking"].create(
        {"picking_type_id": warehouse.in_type_id.id, "move_ids": [(0, 0, line)], **places}
    )
    receipt.action_confirm()
    receipt.scheduled_date = date
    env.cr.commit()
    assert (first + second + waiting).move_ids.mapped("quantity") == [5, 5, 0]
    return SimpleNamespace(env=env, first=first, second=second, waiting=waiting, day=first._format_day(date))


def get_row(page, delivery):
    return page.locator(".modal .o_data_row", has_text=delivery.name)


def test_a_manager_takes_back_and_undoes_it(open_page, rivals, assert_accessible):
    """Scenario: a manager opens *Get it*, unticks one, takes from the other, sees it in the log, and undoes it."""
    page = open_page(f"/odoo/deliveries/{rivals.waiting.id}", "admin")
    page.locator("button[name=action_get_it]").first.click()
    expect(get_row(page, rivals.second)).to_contain_text("Second Site")
    expect(get_row(page, rivals.second)).to_contain_text("First promise")
    expect(page.locator(".modal")).to_contain_text(f"→ {rivals.day}")
    assert_accessible(page, ".modal-body", without=[".o_list_renderer"])  # Odoo's own list
    get_row(page, rivals.second).locator("[name=is_taken] input").click()
    expect(get_row(page, rivals.first)).to_contain_text("First Site")
    get_row(page, rivals.second).locator("[name=is_taken] input").click()
    expect(get_row(page, rivals.first)).to_have_count(0)
    page.locator(".modal button[name=action_apply]").click()
    expect(page.locator(".modal", has_text="say why")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).last.click()
    page.locator(".modal [name=reason] input").fill("The crane is ordered for tomorrow")
    page.locator(".modal button[name=action_apply]").click()
    expect(page.locator(".o_arrow_button_current")).to_contain_text("Ready")
    expect(page.locator(".o-mail-Chatter")).to_contain_text("The crane is ordered for tomorrow")
    expect(page.locator(".o-mail-Chatter")).to_contain_text(rivals.second.name)
    action = rivals.env.ref("gse_backorder.action_stock_backorder_allocation")
    page.goto(f"/odoo/action-{action.id}")
    entry = page.locator(".o_data_row", has_text=rivals.waiting.name).filter(has_text="Taken back")
    entry.locator("td[name=product_id]").click()
    page.locator(".o_form_view button[name=action_undo]").click()
    page.get_by_role("button", name=re.compile("^Ok", re.I)).click()
    expect(page.locator(".o_form_view button[name=action_undo]")).to_have_count(0)
    rivals.env.cr.rollback()
    rivals.env.invalidate_all()
    moves = (rivals.first + rivals.second + rivals.waiting).move_ids
    assert moves.mapped("quantity") == [5, 5, 0], "It was given back."


@pytest.mark.parametrize("on_phone", [False, True])
def test_who_may_not_asks_for_it(open_page, rivals, on_phone):
    """Scenario: a picker wants it, at the desk and on a phone. Expected: he asks, and the manager has it to do."""
    page = open_page(f"/odoo/deliveries/{rivals.waiting.id}", "picker", on_phone=on_phone)
    page.locator("[name=action_get_it]").first.click()
    expect(page.locator(".modal")).to_contain_text(rivals.second.name)
    expect(page.locator(".modal button[name=action_apply]")).to_have_count(0)
    page.locator(".modal [name=reason] input").fill("For my customer")
    page.locator(".modal button[name=action_ask]").click()
    expect(page.locator(".o_notification", has_text="Asked")).to_be_visible()
    rivals.env.cr.rollback()
    rivals.env.invalidate_all()
    [note] = {activity.note for activity in rivals.waiting.activity_ids}
    assert rivals.second.name in note
    assert rivals.waiting.move_ids.quantity == 0, "Nothing is taken."


def test_a_salesperson_comes_by_why(open_page, rivals):
    """Scenario: a salesperson opens the delivery and its plan. Expected: he sees whom it hurts, and may ask."""
    page = open_page(f"/odoo/deliveries/{rivals.waiting.id}", "salesperson")
    page.locator("button[name=action_get_it]").first.click()
    expect(get_row(page, rivals.second)).to_contain_text("Second Site")
    expect(page.locator(".modal button[name=action_ask]")).to_be_visible()
