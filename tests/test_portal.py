"""The customer's pages in real browsers, on a real server: they change by themselves, and everybody can use them."""

import json
import re
import time
from contextlib import contextmanager

import pytest
from conftest import SCRIPT_STARTED
from playwright.sync_api import TimeoutError, expect

from odoo import Command

from odoo.addons.gse_backorder.models.customer.stock_live import LIVE_EVENT

# From the picker's click until the customer sees it, at most.
LIVE_SECONDS = 2
TRIES = 20
MOST_TABS = 60
LINES = "/my/deliveries/lines"
WIDER_THAN_THE_PHONE = """() => [document.documentElement, ...document.querySelectorAll(".table-responsive")]
    .filter(element => element.scrollWidth > element.clientWidth).map(element => element.className)"""
# Links within a sentence are left out, as the guidelines do.
TOO_SMALL_FOR_A_FINGER = """() => [...document.querySelectorAll(".o_gse_live :is(button, a.btn, td a, li > a)")]
    .map(element => [element.textContent.trim(), element.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 44 || box.width < 44)).map(([text]) => text)"""


@pytest.fixture
def story(open_transaction):
    """A customer's order of which a part has shipped, and the receipt that brings the rest."""
    return Story(open_transaction())


class Story:
    def __init__(self, env):
        self.env = env
        warehouse = env["stock.warehouse"].search([], limit=1)
        self.product = self._create_product("Live Panel", warehouse, stock=6)
        self.missing = self._create_product("Live Missing", warehouse)
        company = env["res.partner"].create({"name": "Live Customer", "is_company": True})
        self.owner, self.colleague = (self._create_user(name, company) for name in ("owner", "colleague"))
        self.stranger = self._create_user("stranger", env["res.partner"].create({"name": "Other"}))
        env.company.write({"customer_may_cancel": True, "customer_may_group": True})
        self.receipt = self._create_receipt(warehouse)
        order = env["sale.order"].create(
            {
                "partner_id": self.owner.partner_id.id,
                "warehouse_id": warehouse.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "product_uom_qty": 10}),
                    Command.create({"product_id": self.missing.id, "product_uom_qty": 2}),
                ],
            }
        )
        order.action_confirm()
        self.root = order.picking_ids
        self.root.button_validate()
        self.backorder = self.root.backorder_ids
        self.path = f"/my/deliveries/{self.backorder.id}"
        self.signed_path = f"{self.path}?access_token={self.backorder._portal_ensure_token()}"
        env.cr.commit()
        env.registry.signal_changes()

    def _create_product(self, name, warehouse, stock=0):
        product = self.env["product.product"].create({"name": name, "type": "consu", "is_storable": True})
        if stock:
            self.env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, stock)
        return product

    def _create_user(self, name, company):
        login = f"{name}_{company.id}"
        partner = self.env["res.partner"].create(
            {"name": name.title(), "parent_id": company.id, "email": f"{login}@example.com"}
        )
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": login,
                    "password": login,
                    "partner_id": partner.id,
                    "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
                }
            )
        )
        # Two requests of Odoo's chatter, at the same moment, would each make them for a new user.
        self.env["res.users.settings"]._find_or_create_for_user(user)
        return user

    def _create_receipt(self, warehouse):
        suppliers = self.env.ref("stock.stock_location_suppliers")
        places = {"location_id": suppliers.id, "location_dest_id": warehouse.lot_stock_id.id}
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.in_type_id.id,
                "move_ids": [
                    Command.create({"product_id": product.id, "product_uom_qty": quantity, **places})
                    for product, quantity in ((self.product, 4), (self.missing, 2))
                ],
                **places,
            }
        )
        receipt.action_confirm()
        return receipt


def get_state_words(story, state):
    return dict(story.backorder._fields["fulfillment_state"]._description_selection(story.env))[state]


def live_part(page):
    return page.locator(".o_gse_live")


def listen(page, story):
    """Wait until the page listens to the bus, so that it cannot miss what comes: until it hears what we say."""
    channel = json.loads(page.locator(".o_gse_live_page").get_attribute("data-channels"))[0]
    for _try in range(TRIES):
        story.env["bus.bus"]._sendone(channel, LIVE_EVENT, {})
        story.env.cr.commit()
        try:
            page.wait_for_event("requestfinished", lambda request: request.url == page.url, timeout=1000)
        except TimeoutError:
            continue
        return
    pytest.fail("The page does not hear the bus.")


@contextmanager
def within(seconds, pages, another):
    """See that *pages* change within *seconds*; on a busy machine, before *another* could be loaded as often anew."""
    started = time.monotonic()
    yield
    taken = time.monotonic() - started
    if taken >= seconds:
        started = time.monotonic()
        for _page in pages:
            another.reload()
            another.locator(SCRIPT_STARTED).wait_for()
        assert taken < time.monotonic() - started, f"It took {taken:.1f} seconds."


def test_pages_change_while_they_are_looked_at(server, story, open_page):
    """The picker validates the receipt, then the backorder: each is seen within two seconds, without a reload."""
    pages = [
        open_page(story.path, story.owner.login),
        open_page(story.signed_path, on_phone=True),
        open_page("/my/deliveries", story.colleague.login),
    ]
    lines = open_page(LINES, story.owner.login)
    listen(lines, story)
    expect(live_part(lines)).to_contain_text("Live Panel")
    for page in pages:
        listen(page, story)
        expect(live_part(page)).to_contain_text(get_state_words(story, "waiting"))
        page.evaluate("window.notReloaded = true")
    read = pages[-1].get_by_role("link", name=story.backorder.name, exact=True)
    read.focus()
    for transfer, state in ((story.receipt, "ready"), (story.backorder, "done")):
        words = get_state_words(story, state)
        server.call("picker", "stock.picking", "button_validate", [transfer.id])
        with within(LIVE_SECONDS, pages, lines):
            for page in pages:
                expect(live_part(page).get_by_text(words, exact=True).first).to_be_attached()
    expect(read).to_be_focused()
    expect(live_part(lines)).to_contain_text("Nothing that you have ordered is still to come.")
    for page in pages:
        assert page.evaluate("window.notReloaded"), "The page was not loaded anew."
        assert page.locator(".o_gse_live_status").inner_text().strip(), "Said to screen readers."


def test_documents_are_downloaded(server, story, open_page):
    """The customer downloads each document, a stranger gets none of them."""
    owner, stranger = (open_page("/my", user.login) for user in (story.owner, story.stranger))
    for document, delivery in (("slip", story.root), ("confirmation", story.backorder)):
        path = f"{server.url}/my/deliveries/{delivery.id}?report_type=pdf&document={document}&download=true"
        answer = owner.request.get(path)
        assert answer.body().startswith(b"%PDF"), f"{document}: {answer.status}"
        assert re.sub(r"\W", "_", delivery.name) in answer.headers["content-disposition"]
        assert b"%PDF" not in stranger.request.get(path).body()


def test_dialog_stays_while_the_page_changes(server, story, open_page):
    """A dialog is open when the goods come: it is not taken away, and the page changes when it is closed."""
    page = open_page(story.path, story.owner.login)
    listen(page, story)
    page.click("#choose_together")
    expect(page.locator("#modal_together")).to_be_visible()
    server.call("picker", "stock.picking", "button_validate", [story.receipt.id])
    page.wait_for_timeout(LIVE_SECONDS * 1000)
    expect(page.locator("#modal_together")).to_be_visible()
    page.click("#modal_together .btn-close")
    expect(live_part(page)).to_contain_text(get_state_words(story, "ready"))


def test_choices_with_the_keyboard_alone(story, open_page):
    """Each choice is made with Tab and Enter, and answered on the page."""
    page = open_page(story.path, story.owner.login)
    for choice, answer in (
        ("together", "We ship when everything is there."),
        ("now", "We ship what is there"),
        ("keep", "You keep waiting"),
        ("cancel", "Cancelled: "),
    ):
        tab_to(page, f"#choose_{choice}")
        page.keyboard.press("Enter")
        dialog = page.locator(f"#modal_{choice}")
        expect(dialog).to_be_focused()  # it takes the focus when it has opened
        tab_to(page, f"#modal_{choice} button[type=submit]")
        page.keyboard.press("Enter")
        expect(page.locator("#notice")).to_contain_text(answer)
    story.env.invalidate_all()
    story.env.cr.rollback()
    assert story.backorder.state == "cancel"


def tab_to(page, selector):
    page.locator(SCRIPT_STARTED).wait_for()  # without it no dialog opens
    for _tab in range(MOST_TABS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Nobody comes to {selector} with the keyboard.")


def test_a_line_is_cancelled_on_a_phone_by_signed_link(story, open_page):
    page = open_page(story.signed_path, on_phone=True)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "Nothing is wider than the phone."
    page.get_by_role("button", name="Cancel Live Missing").click()
    page.get_by_role("button", name="Cancel the line").click()
    expect(page.locator("#notice")).to_contain_text("Live Missing")
    story.env.cr.rollback()
    story.env.invalidate_all()
    assert sorted(story.backorder.move_ids.mapped("state")) == ["cancel", "confirmed"]


def test_from_a_line_to_a_decision_with_the_keyboard_alone(story, open_page):
    """From the list of all lines to what may be decided about one, and it is decided, with Tab and Enter."""
    page = open_page("/my/deliveries", story.colleague.login)
    for selector, where in ((f"a[href='{LINES}']", LINES), (f"a[href='{story.path}#delivery_choices']", story.path)):
        tab_to(page, f":is(main, .o_gse_live_page) {selector}")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{where}*")
    tab_to(page, "#choose_together")
    page.keyboard.press("Enter")
    expect(page.locator("#modal_together")).to_be_focused()
    tab_to(page, "#modal_together button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("We ship when everything is there.")


def test_lines_without_script(story, open_page):
    """A browser that runs no script: found, filtered and sorted by a form, and downloaded."""
    page = open_page(LINES, story.owner.login, script=False)
    for name, value in (("search_in", "product"), ("filterby", "dateless"), ("sortby", "product")):
        page.locator(f"select[name={name}]").select_option(value)
    page.locator("form input[name=search]").last.fill("Live Missing")
    page.get_by_role("button", name="Show").click()
    assert "filterby=dateless" in page.url
    expect(page.locator("[name=empty]")).to_contain_text("“Live Missing”")
    page.locator("[name=empty] a").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "Live Missing" in download.value.path().read_text()


def test_a_question_is_asked(story, open_page):
    page = open_page(story.path, story.colleague.login)
    composer = page.locator("#discussion").get_by_placeholder("Write a message")
    composer.fill("When exactly?")
    page.locator("#discussion").get_by_role("button", name="Send").click()
    expect(page.locator("#discussion").get_by_text("When exactly?").first).to_be_visible()
    story.env.cr.rollback()
    story.env.invalidate_all()
    assert "When exactly?" in story.backorder.message_ids[0].body
    assert story.backorder.message_ids[0].author_id == story.colleague.partner_id


def test_from_home_to_the_chain(story, open_page):
    """A colleague follows the links from the portal's home; a stranger finds nothing, and is led away."""
    page = open_page("/my", story.colleague.login)
    page.get_by_text("Backorders on their way").click()
    page.get_by_role("link", name=story.backorder.name).click()
    page.get_by_role("link", name=story.root.name, exact=True).click()
    expect(page.locator("h1")).to_contain_text(story.root.name)
    expect(page.locator("[name=summary]")).to_contain_text("6 of 12 items shipped: 1 line in part, 1 to come")
    stranger = open_page(story.path, story.stranger.login)
    assert stranger.url.endswith("/my")
    stranger.goto("/my/deliveries")
    expect(live_part(stranger)).to_contain_text("There are no deliveries for you yet")


@pytest.mark.parametrize("on_phone", (False, True), ids=("desktop", "phone"))
def test_accessibility(story, open_page, assert_accessible, on_phone):
    """Contrast, headings, labels, roles: as the guidelines (WCAG 2.1 AA) want them; on a phone nothing is scrolled
    sideways, and a finger hits what it is to hit."""
    page = open_page(story.path, story.owner.login, on_phone)
    empty = "/my/deliveries?filterby=preparation"
    lines = (LINES, f"{LINES}?filterby=late")
    for path in ("/my/deliveries?groupby=order", empty, story.path, f"/my/deliveries/{story.root.id}", *lines):
        page.goto(path)
        if on_phone:
            assert not page.evaluate(WIDER_THAN_THE_PHONE), path
            assert not page.evaluate(TOO_SMALL_FOR_A_FINGER), path
        assert_accessible(page, ".o_gse_live_page", without=["#discussion"])  # the chatter is Odoo's
