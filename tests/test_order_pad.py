"""The customer's order pad on a running server: by keyboard, on a phone, and of two customers at the last unit."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests
from conftest import SCRIPT_STARTED
from lxml import html
from playwright.sync_api import Error, expect

from odoo import SUPERUSER_ID, Command, api

LOGINS = ("pad_buyer", "pad_rival")
STOCK = 10
ROUNDS = 5
PATIENCE_SECONDS = 60
# So many lines are typed while a customer calls, in a minute.
CALLED = 20
# After so many milliseconds the page has read anew, if what it has heard made it.
LONGER_THAN_IT_PAUSES = 1000
# Count in the page what it hears.
HEAR = """odoo.__WOWL_DEBUG__.root.env.services.bus_service.subscribe("gse_backorder.changed", () => {
    window.heard = (window.heard || 0) + 1;
})"""
# What the server answers the page next, it is told when a test says so, and then has taken in before the test goes on.
HOLD_NEXT_ANSWER = """() => {
    const fetch = window.fetch;
    window.fetch = async (...asked) => {
        window.fetch = fetch;
        const answer = await fetch(...asked);
        const text = await answer.text();
        await new Promise((resolve) => {
            window.release = () => {
                resolve();
                return new Promise((done) => setTimeout(done));
            };
        });
        return { ok: answer.ok, url: answer.url, text: async () => text };
    };
}"""


@pytest.fixture(scope="module")
def customers(registry):
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        env.company.write({"customer_may_order": "order", "portal_confirmation_pay": False})
        group = env.ref("base.group_portal")
        for login in LOGINS:
            company = env["res.partner"].create({"name": f"Company of {login}", "is_company": True})
            user = env["res.users"].with_context(no_reset_password=True)
            user = user.create(
                {"name": login, "login": login, "password": login, "group_ids": [Command.set(group.ids)]}
            )
            user.partner_id.parent_id = company


@pytest.fixture(scope="module")
def seller(registry, customers):
    """A salesperson, of all customers."""
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        group = env.ref("sales_team.group_sale_salesman_all_leads")
        users = env["res.users"].with_context(no_reset_password=True)
        name = "pad_seller"
        users.create({"name": name, "login": name, "password": name, "group_ids": [Command.link(group.id)]})
        return name


@pytest.fixture
def served_url(open_transaction, seller):
    """The address of the pad of the first customer, emptied, as his salesperson opens it."""
    env = open_transaction()
    user = env["res.users"].search([("login", "=", seller)])
    buyer = env["res.users"].search([("login", "=", LOGINS[0])]).partner_id
    action = buyer.with_user(user).action_open_order_pad()
    env["stock.order.pad"].search([("partner_id", "=", buyer.id), ("sent_date", "=", False)]).line_ids.unlink()
    env.cr.commit()
    # Whoever opens a page is told what was said of late: of other tests, and of this.
    env["bus.bus"].search([]).unlink()
    env.cr.commit()
    return action["url"]


@pytest.fixture
def make_product(open_transaction, create_product):
    """A function that commits a product of which there are ten; it gives its name."""

    def make(name):
        env = open_transaction()
        create_product(env, name, stock=STOCK)
        env.cr.commit()
        return name

    return make


def type_line(page, name, quantity=1):
    """Type one more line where the cursor is, by the keyboard alone."""
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(str(quantity))
    page.keyboard.press("Enter")


def empty(page):
    """Leave nothing on the pad, and wait until the page that says so has its script."""
    if page.locator("#pad_clear").count():
        page.click("#pad_clear")
        page.locator("[name=empty]").wait_for()
        page.locator(SCRIPT_STARTED).wait_for()


def hear(page):
    """Let ``window.heard`` count from now on how often the page hears that something has changed."""
    page.wait_for_function("odoo.__WOWL_DEBUG__")
    page.evaluate(HEAR)


class Buyer:
    """A customer who is logged in, and orders by the forms of the page, without a script."""

    def __init__(self, url, login):
        self.url, self.session = url, requests.Session()
        self._post("/web/login", self.session.get(f"{url}/web/login"), login=login, password=login)

    def write(self, text, quantity):
        """Write one line on an empty pad, and return what its form would send."""
        page = self.session.get(f"{self.url}/my/order")
        page = self._post("/my/order/change", page, do="clear", new_text=text, new_quantity=str(quantity))
        form = html.fromstring(page.text).xpath("//form[@action='/my/order/change']")[0]
        return {name: value or "" for name, value in form.form_values()}

    def send(self, form):
        """Send a form that he has open; return where it leads him."""
        answer = self.session.post(f"{self.url}/my/order/change", data={**form, "do": "send"}, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.status_code
        return SimpleNamespace(
            path=answer.url.removeprefix(self.url).partition("?")[0].partition("#")[0], text=answer.text
        )

    def _post(self, path, page, **values):
        token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
        return self.session.post(f"{self.url}{path}", data={**values, "csrf_token": token}, timeout=PATIENCE_SECONDS)


def test_at_the_last_unit(server, customers, open_transaction, make_product):
    """Scenario: two customers are shown all ten, and order them at the same moment, five times. Expected: one has them,
    and the other is told before anything of his is ordered."""
    buyers = [Buyer(server.url, login) for login in LOGINS]
    for number in range(ROUNDS):
        name = make_product(f"Last unit {number}")
        forms = [buyer.write(name, STOCK) for buyer in buyers]
        start = threading.Barrier(2)

        def order(buyer, form, start=start):
            start.wait()
            return buyer.send(form)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(order, buyers, forms))
        paths = sorted(answer.path.rpartition("/")[0] for answer in answers)
        assert paths == ["/my", "/my/orders"], f"Round {number}: {paths}"
        assert "Something has changed" in next(answer.text for answer in answers if answer.path == "/my/order")
        lines = open_transaction()["sale.order.line"].search([("product_id.name", "=", name)])
        assert lines.mapped("pad_status") == ["available"], f"Round {number}"


def test_clicked_by_many_hands(server, customers, open_transaction, make_product):
    """Scenario: one form is sent four times at once. Expected: one order, and all four are led to it."""
    name = make_product("Clicked often")
    buyer = Buyer(server.url, LOGINS[0])
    form = buyer.write(name, 2)
    with ThreadPoolExecutor(4) as pool:
        paths = {answer.path for answer in pool.map(buyer.send, [form] * 4)}
    assert len(paths) == 1, paths
    [line] = open_transaction()["sale.order.line"].search([("product_id.name", "=", name)])
    assert paths == {f"/my/orders/{line.order_id.id}"}


def test_with_the_keyboard_alone(customers, make_product, open_page, assert_accessible):
    """Scenario: he types two lines, pastes five hundred less two, corrects one, and orders, without a mouse. Expected:
    the page follows without being loaded anew, and keeps his place; then he is at his order."""
    names = [make_product(f"Typed {number}") for number in range(2)]
    page = open_page("/my/order", LOGINS[0])
    empty(page)
    page.evaluate("window.notReloaded = true")
    page.focus("#new_text")
    for number, name in enumerate(names, start=1):
        type_line(page, name, 3)
        expect(page.locator(".o_gse_pad tbody tr")).to_have_count(number)
        expect(page.locator("#new_text")).to_be_focused()
    assert_accessible(page, ".o_gse_pad")
    quantity = page.locator(".o_gse_pad tbody input").first
    quantity.focus()
    quantity.fill("4")
    page.keyboard.press("Tab")
    expect(page.locator(".o_gse_pad_status")).to_contain_text("All lines ship now.")
    page.locator("#pad_paste summary").press("Enter")
    page.fill("#paste", "\n".join(f"{names[0]}\t1" for _line in range(498)))
    page.locator("#pad_add").press("Enter")
    expect(page.locator(".o_gse_pad tbody tr")).to_have_count(500)
    expect(page.locator("[name=summary]")).to_contain_text("1 of 500 lines ships now")
    assert page.evaluate("window.notReloaded"), "The page was not loaded anew."
    page.locator("#pad_send").press("Enter")
    page.wait_for_url("**/my/orders/*")


def test_without_a_script(customers, make_product, open_page):
    """Scenario: his browser runs no script; he types two lines, and then sends a file that he has not chosen. Expected:
    he goes on where he types, in sight of its label; then he is at what is told."""
    name = make_product("Without a script")
    page = open_page("/my/order", LOGINS[0], on_phone=True, script=False)
    if page.locator("#pad_clear").count():
        page.click("#pad_clear")
        expect(page.locator("#new_text")).to_be_focused()
    page.focus("#new_text")
    for number in (1, 2):
        type_line(page, name)
        expect(page.locator(".o_gse_pad tbody tr")).to_have_count(number)
        expect(page.locator("#new_text")).to_be_focused()
        expect(page.locator("label[for=new_text]")).to_be_in_viewport()
    page.click("[form=pad_file_form][type=submit]")
    expect(page.locator("#notice")).to_be_focused()


def test_before_the_script_has_come(seller, served_url, make_product, open_page):
    """Scenario: on a slow line, the salesperson types a line before the page's script is there, and one when it is.
    Expected: no difference to him, but that the page is loaded anew once."""
    name = make_product("Before the script")
    page = open_page("/my", seller)
    held = []
    page.route("**/web/assets/**.js", lambda route: held.append(route))
    page.goto(served_url, wait_until="commit")
    expect(page.locator("#new_text")).to_be_focused()
    type_line(page, name)
    expect(page.locator(".o_gse_pad tbody tr")).to_have_count(1)
    expect(page.locator("#new_text")).to_be_focused()
    page.unroute("**/web/assets/**.js")
    for route in held:
        with contextlib.suppress(Error):  # what the page before had asked for, nobody waits for
            route.continue_()
    page.locator(SCRIPT_STARTED).wait_for()
    expect(page.locator("#new_text")).to_be_focused()
    page.evaluate("window.notReloaded = true")
    type_line(page, name)
    expect(page.locator(".o_gse_pad tbody tr")).to_have_count(2)
    expect(page.locator("#new_text")).to_be_focused()
    assert page.evaluate("window.notReloaded"), "The page was not loaded anew."


def test_what_is_read_comes_late(seller, served_url, make_product, open_page):
    """Scenario: the customer writes a line; what his salesperson's page reads of it is held up, and he writes one
    meanwhile. Expected: what comes late takes nothing away."""
    name = make_product("Read late")
    page, customers_page = open_page(served_url, seller), open_page(served_url, LOGINS[0])
    page.evaluate(HOLD_NEXT_ANSWER)
    customers_page.focus("#new_text")
    type_line(customers_page, name)
    page.wait_for_function("Boolean(window.release)")
    type_line(page, name)
    expect(page.locator(".o_gse_pad tbody tr")).to_have_count(2)
    page.evaluate("window.release()")
    assert page.locator(".o_gse_pad tbody tr").count() == 2


def test_what_is_heard_while_saving(seller, served_url, make_product, open_page):
    """Scenario: he writes a line, and before the answer is there he hears that his customer has written one, too.
    Expected: he sees both."""
    name = make_product("Heard while saving")
    page, customers_page = open_page(served_url, seller), open_page(served_url, LOGINS[0])
    hear(page)
    page.evaluate(HOLD_NEXT_ANSWER)
    type_line(page, name)
    page.wait_for_function("Boolean(window.release)")
    page.wait_for_function("window.heard >= 1")  # of his own
    customers_page.focus("#new_text")
    type_line(customers_page, name)
    expect(customers_page.locator(".o_gse_pad tbody tr")).to_have_count(2)
    page.wait_for_function("window.heard >= 2")
    page.wait_for_timeout(LONGER_THAN_IT_PAUSES)
    page.evaluate("window.release()")
    expect(page.locator(".o_gse_pad tbody tr")).to_have_count(2)


def test_on_the_telephone(seller, served_url, make_product, open_page, open_transaction, assert_accessible):
    """Scenario: a customer calls, and has his pad open; the salesperson types twenty lines, by the keyboard alone, and
    sends them. Expected: within a minute; the customer sees them come, and is led to his order."""
    names = [make_product(f"By telephone {number}") for number in range(2)]
    customers_page = open_page(served_url, LOGINS[0])
    page = open_page(served_url, seller)
    expect(page.locator("#new_text")).to_be_focused()
    begin = time.monotonic()
    for number in range(1, CALLED + 1):
        type_line(page, names[number % 2])
        expect(page.locator(".o_gse_pad tbody tr")).to_have_count(number)
        expect(page.locator("#new_text")).to_be_focused()
    assert time.monotonic() - begin < PATIENCE_SECONDS
    assert_accessible(page, ".o_gse_pad")
    expect(customers_page.locator(".o_gse_pad tbody tr")).to_have_count(CALLED)
    expect(customers_page.locator(".o_gse_pad_changed")).to_be_visible()
    assert_accessible(customers_page, ".o_gse_pad")
    page.locator("#pad_send").press("Enter")
    page.wait_for_url("**/odoo/**")
    customers_page.wait_for_url("**/my/orders/*")
    order = open_transaction()["sale.order"].search([("pad_user_id.login", "=", seller)])
    assert order.user_id.login == seller and len(order.order_line) == CALLED


def test_stock_changes_while_it_is_open(served_url, make_product, open_page, open_transaction):
    """Scenario: he types, and another customer takes what is on his pad. Expected: the line is marked and says so, and
    what he is typing stays; what he writes himself is read once; then he orders by what he has read."""
    name = make_product("Taken meanwhile")
    page = open_page(served_url, LOGINS[0])
    hear(page)
    read_anew = []
    page.on("request", lambda request: request.url.endswith(served_url) and read_anew.append(request.resource_type))
    page.fill("#new_text", name)
    page.fill("#new_quantity", str(STOCK))
    page.press("#new_quantity", "Enter")
    expect(page.locator("[data-status=available]:visible")).to_have_count(1)
    page.fill("#new_text", "half a wo")
    page.wait_for_function("window.heard")  # of what it has written itself
    page.wait_for_timeout(LONGER_THAN_IT_PAUSES)
    assert len(read_anew) == 1, "It was answered, and not read once more."
    env = open_transaction()
    product = env["product.product"].search([("name", "=", name)])
    rival = env["res.users"].search([("login", "=", LOGINS[1])]).partner_id
    line = Command.create({"product_id": product.id, "product_uom_qty": 4})
    env["sale.order"].create({"partner_id": rival.id, "order_line": [line]}).action_confirm()
    env.cr.commit()
    expect(page.locator("tr.table-info [data-status=short]:visible")).to_have_count(1)
    expect(page.locator(".o_gse_pad_changed")).to_be_visible()
    assert page.input_value("#new_text") == "half a wo"


def test_on_a_phone(customers, make_product, open_page, assert_accessible):
    """Scenario: on a phone, a line that cannot be taken among others. Expected: nothing sticks out, all is accessible,
    and what a finger is to hit is large enough."""
    name = make_product("On a phone")
    page = open_page("/my/order", LOGINS[1], on_phone=True)
    empty(page)
    page.click("#pad_paste summary")
    page.fill("#paste", f"{name}\t3\nnothing of ours\t2\n{name}\tmany")
    page.click("#pad_add")
    expect(page.locator(".o_gse_pad tbody tr")).to_have_count(3)
    expect(page.locator("[name=refused]")).to_contain_text("2")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert_accessible(page, ".o_gse_pad")
    for button in page.locator(".o_gse_pad button:visible:not(.visually-hidden)").all():
        assert button.bounding_box()["height"] >= 44, button.inner_text()
