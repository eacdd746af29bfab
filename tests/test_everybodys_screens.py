"""What is ours on Odoo's screens, for who works without a mouse and for who does not see well: on a real server."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from test_workbench_live import focus

from odoo import Command

EXPLAIN = "button[name=action_explain]"
STATUS = ".o_data_row .o_stock_availability"
# What Odoo draws within ours: fields to write in, and the explanation of a setting.
ODOO = ("input[type=text]", "select", ".o_setting_right_pane > .text-muted")
# Who looks at it, where, and what is ours there.
SCREENS = {
    "order": ("salesperson", "sale.order/{order}", "[name=shipping]", STATUS),
    "quotation": ("salesperson", "sale.order/{quotation}", "[name=shipping]", STATUS),
    "lines that wait": ("salesperson", "action-gse_backorder.action_sale_order_line_waiting", STATUS, EXPLAIN),
    "delivery": ("salesperson", "stock.picking/{delivery}", STATUS, ".o_data_row .fa-area-chart"),
    "supply needs": (
        "purchaser",
        "action-gse_backorder.action_stock_supply_need",
        ".o_data_row button[name=action_view_customers]",
    ),
    "log": ("picker", "action-gse_backorder.action_stock_backorder_allocation", ".o_data_row td[name=cause]"),
    "chains": ("picker", "action-gse_backorder.action_stock_picking_chain", ".o_data_row td[name=name]"),
    "settings": ("admin", "settings#stock", "#keep_promises", "#close_short", "#backorder_suffix"),
}


@pytest.fixture
def order(open_transaction, create_product):
    """An order of a line that is there, one that is there in part, and one that is not; and a quotation like it."""
    env = open_transaction()
    customer = env["res.partner"].create({"name": "Screen Customer"})
    there, partly, missing = (
        create_product(env, f"Screen {name} {customer.id}", stock=stock)
        for name, stock in (("A", 9), ("B", 2), ("C", 0))
    )
    lines = [Command.create({"product_id": one.id, "product_uom_qty": 4}) for one in (there, partly, missing)]
    values = {
        "partner_id": customer.id,
        "user_id": env["res.users"].search([("login", "=", "salesperson")]).id,
        "order_line": lines,
    }
    vendor = env["res.partner"].create({"name": "Screen Vendor"})
    env["product.supplierinfo"].create({"partner_id": vendor.id, "product_tmpl_id": missing.product_tmpl_id.id})
    order, quotation = env["sale.order"].create([values, values])
    order.action_confirm()
    env.cr.commit()
    return SimpleNamespace(
        order=order.id,
        quotation=quotation.id,
        delivery=order.picking_ids.id,
        name=order.picking_ids.name,
        missing=missing.name,
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_accessibility(open_page, order, assert_accessible, screen):
    """Contrast, names, labels, roles of what is ours: as the guidelines (WCAG 2.1 AA) want them."""
    login, path, *parts = SCREENS[screen]
    page = open_page("/odoo/" + path.format(**vars(order)), login)
    assert_accessible(page, *parts, without=ODOO)


def test_a_salesperson_without_a_mouse(open_page, order):
    """Scenario: an order of which two lines wait. Expected: why, for each, and from there to who is ahead."""
    page = open_page(f"/odoo/sale.order/{order.order}", "salesperson")
    page.locator("[name=shipping]").wait_for()
    icon = focus(page, "Tab", ".o_data_row .fa-area-chart", text=order.missing)
    page.keyboard.press("Enter")
    expect(page.locator(".o_gse_quantities")).to_contain_text(order.name)
    page.keyboard.press("Escape")
    expect(icon).to_be_focused()
    focus(page, "Shift+Tab", f"[name=shipping] {EXPLAIN}")
    page.keyboard.press("Enter")
    expect(page.locator(".o_breadcrumb")).to_contain_text("Why?")
    page.locator(".o_data_row", has_text=order.missing).wait_for()
    focus(page, "ArrowDown", ".o_data_row input", text=order.missing)
    focus(page, "Tab", EXPLAIN, text=order.missing)
    page.keyboard.press("Enter")
    expect(page.locator(".modal")).to_contain_text(order.missing)


def test_a_purchaser_without_a_mouse(open_page, order):
    """Scenario: a need. Expected: who waits for it is reached, and so is the dialog that orders it."""
    path = "/odoo/action-gse_backorder.action_stock_supply_need"
    page = open_page(path, "purchaser")
    page.locator(".o_data_row", has_text=order.missing).wait_for()
    focus(page, "ArrowDown", ".o_data_row input", text=order.missing)
    focus(page, "Tab", "button[name=action_view_customers]", text=order.missing)
    page.keyboard.press("Enter")
    expect(page.locator(".o_data_row td[name=complete_name]")).to_have_text("Screen Customer")
    page = open_page(path, "purchaser")
    page.locator(".o_data_row", has_text=order.missing).wait_for()
    focus(page, "ArrowDown", ".o_data_row input", text=order.missing)
    page.keyboard.press("Space")
    page.locator("button[name=action_order]").wait_for()
    page.keyboard.press("Alt+q")
    expect(page.locator(".modal")).to_contain_text("Screen Vendor")


def test_a_manager_without_a_mouse(open_page, order):
    """Scenario: the dashboard. Expected: its figures, and the bars of its charts, open what they count."""
    page = open_page("/odoo/backorder-health", "admin")
    page.locator(".o_gse_tile").first.wait_for()
    focus(page, "Tab", ".o_gse_tile")
    page.keyboard.press("Enter")
    page.locator(".o_data_row, .o_pivot, .o_group_header").first.wait_for()
    page.go_back()
    page.locator(".o_gse_tile").first.wait_for()
    focus(page, "Tab", ".o_gse_health li button", tries=80)
    page.keyboard.press("Enter")
    page.locator(".o_data_row, .o_pivot, .o_group_header").first.wait_for()


def test_bars_draw_what_their_title_says(open_page, order):
    """Scenario: the charts of the dashboard. Expected: those of the open value draw money, the others lines."""
    page = open_page("/odoo/backorder-health", "admin")
    page.locator(".o_gse_tile").first.wait_for()
    charts = page.evaluate(
        """() => [...document.querySelectorAll(".o_gse_health section:has(canvas)")].map((chart) => ({
            title: chart.querySelector("h2, h3, h4, h5").textContent.trim(),
            drawn: Chart.getChart(chart.querySelector("canvas"))?.data.datasets[0].data ?? [],
            told: [...chart.querySelectorAll("li button")].map((button) => button.textContent.split(": ").pop()),
        }))"""
    )
    by_title = {chart["title"]: chart for chart in charts}
    for title in ("Products with the most open value", "Customers with the most open value"):
        drawn, told = by_title[title]["drawn"], by_title[title]["told"]
        assert drawn == sorted(drawn, reverse=True)
        assert drawn and [parse_number(words) for words in told] == [round(value, 2) for value in drawn], title
    lines = by_title["Open lines by warehouse"]
    assert [parse_number(words) for words in lines["told"]] == lines["drawn"]


def parse_number(words):
    return float("".join(sign for sign in words if sign.isdigit() or sign == "."))
