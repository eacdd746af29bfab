"""The customer cancels what the picker ships, at the same moment: one of them is first, the other is told."""

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from xmlrpc.client import Fault

import pytest
import requests
from lxml import html

from odoo import SUPERUSER_ID, Command, api

LOGIN = "racing_customer"
ROUNDS = 8
PATIENCE_SECONDS = 30


class Visitor:
    """A customer who is logged in to the portal, and has the page of a delivery open."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self._post("/web/login", self.session.get(f"{url}/web/login"), login=LOGIN, password=LOGIN)

    def cancel(self, delivery_id):
        """Cancel what is to come of the delivery; return what the page says then."""
        path = f"/my/deliveries/{delivery_id}"
        answer = self._post(f"{path}/cancel", self.session.get(f"{self.url}{path}"), line="all")
        assert answer.status_code == 200, answer.status_code
        return html.fromstring(answer.text).get_element_by_id("notice").text_content().strip()

    def _post(self, path, page, **values):
        token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
        return self.session.post(f"{self.url}{path}", data={**values, "csrf_token": token}, timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def customer_id(registry):
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        company = env["res.partner"].create({"name": "Racing Customer", "is_company": True})
        group = env.ref("base.group_portal")
        user = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create({"name": "Racing Buyer", "login": LOGIN, "password": LOGIN, "group_ids": [Command.set(group.ids)]})
        )
        user.partner_id.parent_id = company
        env.company.customer_may_cancel = True
        return company.id


@pytest.fixture
def visitor(server, customer_id):
    return Visitor(server.url)


@pytest.fixture
def make_backorder(open_transaction, create_product, create_delivery, customer_id):
    """A function that commits a delivery of ten units, four of which have shipped; it gives the id of -R1, ready."""

    def make():
        env = open_transaction()
        root = create_delivery(env, create_product(env, stock=10), quantity=10, partner_id=customer_id)
        root.action_confirm()
        root.action_assign()
        root.move_ids.quantity = 4
        root.button_validate()
        backorder = root.backorder_ids
        backorder.action_assign()
        assert backorder.fulfillment_state == "ready"
        env.cr.commit()
        return backorder.id

    return make


def test_customer_waits_for_the_picker(open_transaction, make_backorder, visitor):
    """Scenario: shipped and not committed; the customer cancels. Expected: he waits, and hears that it is too late."""
    backorder_id = make_backorder()
    picker = open_transaction()
    picker["stock.picking"].browse(backorder_id).button_validate()
    picker.flush_all()
    with ThreadPoolExecutor() as pool:
        cancelling = pool.submit(visitor.cancel, backorder_id)
        with pytest.raises(FutureTimeoutError):
            cancelling.result(timeout=2)
        picker.cr.commit()
        assert "is not open any more" in cancelling.result(timeout=PATIENCE_SECONDS)
    _assert_shipped(open_transaction(), backorder_id)


def test_picker_waits_for_the_customer(server, open_transaction, make_backorder, customer_id):
    """Scenario: cancelled and not committed; the picker validates. Expected: he waits, and ships nothing."""
    backorder_id = make_backorder()
    customer = open_transaction()
    delivery = customer["stock.picking"].browse(backorder_id)
    customer["stock.customer.choice"]._choose(delivery, "cancel", delivery.partner_id, "all")
    customer.flush_all()
    with ThreadPoolExecutor() as pool:
        shipping = pool.submit(_validate, server, backorder_id)
        with pytest.raises(FutureTimeoutError):
            shipping.result(timeout=2)
        customer.cr.commit()
        shipping.result(timeout=PATIENCE_SECONDS)
    _assert_cancelled(open_transaction(), backorder_id)


def test_rounds_of_both(server, open_transaction, make_backorder, customer_id):
    """Scenario: both at the same moment, eight times. Expected: shipped or cancelled, whole, and each is told.

    All rounds are under way at once, because Odoo lets whom it tries again sleep.
    """

    def do_both(backorder_id):
        visitor, start = Visitor(server.url), threading.Barrier(2)

        def cancel():
            start.wait()
            return visitor.cancel(backorder_id)

        def ship():
            start.wait()
            return _validate(server, backorder_id)

        with ThreadPoolExecutor(2) as pool:
            notice, _shipped = (work.result(PATIENCE_SECONDS) for work in (pool.submit(cancel), pool.submit(ship)))
        return notice

    backorder_ids = [make_backorder() for _number in range(ROUNDS)]
    with ThreadPoolExecutor(ROUNDS) as pool:
        notices = list(pool.map(do_both, backorder_ids))
    for number, (notice, backorder_id) in enumerate(zip(notices, backorder_ids, strict=True)):
        was_cancelled = "Cancelled" in notice
        assert was_cancelled or "is not open any more" in notice, f"Round {number}: {notice}"
        (_assert_cancelled if was_cancelled else _assert_shipped)(open_transaction(), backorder_id)


def _validate(server, backorder_id):
    """Validate as the picker does; return the error that he sees, if one."""
    try:
        return server.call("picker", "stock.picking", "button_validate", [backorder_id])
    except Fault as fault:
        return fault.faultString


def _assert_shipped(env, backorder_id):
    backorder = env["stock.picking"].browse(backorder_id)
    assert (backorder.state, backorder.items_shipped, backorder.items_cancelled) == ("done", 6, 0)
    assert backorder.backorder_root_id.fulfillment_state == "done"
    assert _left_in_stock(backorder) == (0, 0)


def _assert_cancelled(env, backorder_id):
    backorder = env["stock.picking"].browse(backorder_id)
    assert (backorder.state, backorder.items_shipped, backorder.items_cancelled) == ("cancel", 0, 6)
    assert backorder.backorder_root_id.fulfillment_state == "closed_short"
    assert _left_in_stock(backorder) == (6, 0)


def _left_in_stock(backorder):
    quants = backorder.env["stock.quant"]._gather(backorder.move_ids.product_id, backorder.location_id)
    return sum(quants.mapped("quantity")), sum(quants.mapped("reserved_quantity"))
