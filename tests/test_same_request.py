"""The same request again and again: by impatient people, broken lines, dying servers. It is done once, and told once.

Who sends it again gets the same answer, or is told clearly that it is done already.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests
from lxml import html
from test_contention import WAITING_BACKENDS, kill_workers
from test_reservation_races import Stage

from odoo import SUPERUSER_ID, Command, api, fields

from odoo.addons.gse_backorder.models.customer.order_pad_text import Row

CLIENTS = 8
CUSTOMER, BUYER = "repeating_customer", "repeating_buyer"
PATIENCE_SECONDS = 120
REFUSALS = ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError")


class Client:
    """Somebody who is logged in to the web client or the portal."""

    def __init__(self, server, login):
        self.url = server.url
        self.session = requests.Session()
        self._ask("/web/session/authenticate", db=server.database, login=login, password=login)

    def call(self, record, method):
        """Call a method; return its result, or what the user is told."""
        answer = self._ask("/web/dataset/call_kw", model=record._name, method=method, args=[record.ids], kwargs={})
        if error := answer.get("error"):
            assert error["data"]["name"] in REFUSALS, error["data"]["debug"]
            return error["data"]["message"]
        return answer.get("result")

    def open_choice(self, delivery, choice):
        """Return what the form of a choice sends, on the page of a delivery; nothing if it cannot be chosen."""
        page = html.fromstring(self.session.get(f"{self.url}/my/deliveries/{delivery.id}").text)
        inputs = page.xpath(f"//div[@id='modal_{choice}']//input[@type='hidden']")
        return {field.get("name"): field.get("value") for field in inputs}

    def choose(self, delivery, choice, form):
        """Send the form of a choice; return what the page says then."""
        path = f"/my/deliveries/{delivery.id}/{choice}"
        answer = self.session.post(f"{self.url}{path}", data=form, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return html.fromstring(answer.text).get_element_by_id("notice").text_content().strip()

    def open_pad(self):
        """Return what the form of the order pad would send, the button *Order* clicked."""
        page = html.fromstring(self.session.get(f"{self.url}/my/order").text)
        [form] = page.xpath("//form[@action='/my/order/change']")
        return {**{name: value or "" for name, value in form.form_values()}, "do": "send"}

    def send_pad(self, form):
        """Send the form of a pad; return where that leads."""
        answer = self.session.post(f"{self.url}/my/order/change", data=form, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.url.removeprefix(self.url).partition("?")[0]

    def place_order(self, key, body):
        """Place an order as the customer's own system does, with a key of his login; return what that is told."""
        headers = {"Authorization": f"Bearer {key}"}
        path = f"{self.url}/my/order/api/place"
        answer = requests.post(path, json=body, headers=headers, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _ask(self, path, **parameters):
        answer = self.session.post(f"{self.url}{path}", json={"params": parameters}, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()


# ---- what is asked for -------------------------------------------------------


class Deed:
    """Something that a user asks for, with what is made for it."""

    login = "picker"
    late_table = "mail_message"  # something that is written when half of it is done
    again = None  # what those are told who come after it was done, if it is not the same
    most = 1000  # requests, of which a minute takes so many

    def __init__(self, stage, customer):
        self.stage = stage
        self.env = stage.env
        self.customer = customer
        self.product = stage.make_products(1)
        self.make()
        self.env.cr.commit()
        self.env.registry.signal_changes()

    def make(self):
        raise NotImplementedError

    def prepare(self, client):
        """Return what this client sends: what he has seen."""

    def send(self, client, seen):
        raise NotImplementedError

    def look(self):
        """Return what is to be there once, as the database shows it now."""
        self.env.cr.rollback()
        self.env.invalidate_all()
        return self.count()

    def count(self):
        """Return how often it was done, and how often it was told."""
        raise NotImplementedError

    def count_notices(self, delivery):
        notices = self.env["stock.customer.notice"].search([("picking_id", "=", delivery.id)])
        return sorted(notices.mapped("event"))

    def make_backorder(self, stock):
        """Return a delivery of ten, and its backorder of six after four have shipped, with so much in stock of it."""
        self.stage.put_stock(self.product, 4 + stock)
        root = self.stage.make_deliveries(self.product, 10, confirm=False)
        root.partner_id = self.customer
        root.action_confirm()
        root.move_ids.quantity = 4
        root.button_validate()
        self.env["stock.customer.notice"].search([("picking_id", "=", root.id)]).unlink()
        return root, root.backorder_ids


class Choose(Deed):
    """The customer chooses, on the page of a backorder that waits for a receipt."""

    login = CUSTOMER
    choice = ""

    def make(self):
        _root, self.backorder = self.make_backorder(0)
        self.receipt = self.stage.make_receipts(self.product, 6)
        self.receipt.move_ids.date = fields.Datetime.add(fields.Datetime.now(), days=5)

    def prepare(self, client):
        return client.open_choice(self.backorder, self.choice)

    def send(self, client, seen):
        return client.choose(self.backorder, self.choice, seen)

    def count_notes(self):
        authors = self.customer.child_ids
        return len(self.backorder.message_ids.filtered(lambda message: message.author_id in authors))


class Keep(Choose):
    choice = "keep"
    again = "You keep waiting for this delivery."

    def count(self):
        return bool(self.backorder.accepted_promise_date), self.count_notes()

    once = (True, 1)


class CancelRest(Choose):
    choice = "cancel"
    again = "This was cancelled."

    def count(self):
        return self.backorder.state, self.count_notes(), self.count_notices(self.backorder)

    once = ("cancel", 1, ["closed"])


class Together(Choose):
    choice = "together"
    again = "This delivery ships when everything is there."

    def count(self):
        return self.backorder.move_type, self.count_notes()

    once = ("one", 1)


class Complete(Deed):
    """The picker completes a delivery in the background."""

    late_table = "stock_completion_line"
    again = "being completed already"

    def make(self):
        _root, self.backorder = self.make_backorder(6)

    def send(self, client, seen):
        return client.call(self.backorder, "action_complete")

    def count(self):
        return self.env["stock.completion.line"].search_count([("picking_id", "=", self.backorder.id)])

    once = 1


class ConfirmOrder(Deed):
    login = "salesperson"
    late_table = "stock_picking"
    again = "not in a state requiring confirmation"

    def make(self):
        self.stage.put_stock(self.product, 10)
        self.order = self.stage.make_quotations(self.product, 4)

    def send(self, client, seen):
        return client.call(self.order, "action_confirm")

    def count(self):
        return self.order.state, [move.quantity for move in self.order.picking_ids.move_ids]

    once = ("sale", [4])


class Validate(Deed):
    """The picker ships four of six."""

    def make(self):
        self.root, self.backorder = self.make_backorder(6)
        self.backorder.move_ids.quantity = 4

    def send(self, client, seen):
        return client.call(self.backorder, "button_validate")

    def count(self):
        rest = self.root.chain_ids - self.root - self.backorder
        shipped = self.backorder.move_ids.quantity
        return self.backorder.state, shipped, rest.mapped("items_open"), self.count_notices(self.backorder)

    once = ("done", 4, [2], ["created", "shipped"])


class OrderSupply(Deed):
    """The purchaser orders what is missing."""

    login = "purchaser"
    late_table = "purchase_order_line"
    method = "action_order"

    def make(self):
        vendor = self.env["res.partner"].create({"name": "Vendor asked again", "email": "vendor@example.com"})
        self.product.seller_ids = [Command.create({"partner_id": vendor.id, "price": 3})]
        self.stage.make_deliveries(self.product, 10)
        self.wizard = self.open_wizard()

    def open_wizard(self):
        purchaser = self.env["res.users"].search([("login", "=", self.login)])
        needs = self.env["stock.supply.need"].with_user(purchaser).search([("product_id", "=", self.product.id)])
        return self.env["stock.supply.order"].browse(needs.action_order()["res_id"])

    def send(self, client, seen):
        return client.call(self.wizard, self.method)

    def count(self):
        lines = self.env["purchase.order.line"].search([("product_id", "=", self.product.id)])
        return lines.mapped("product_qty")

    once = [10]


class SendSupplyOrder(OrderSupply):
    """The purchaser sends to the vendor what was ordered."""

    late_table = "mail_mail"
    method = "action_send"

    def prepare(self, client):
        client.call(self.wizard, "action_order")

    def count(self):
        purchase = self.wizard.purchase_ids
        vendor = purchase.partner_id
        return purchase.state, len(purchase.message_ids.filtered(lambda message: vendor in message.partner_ids))

    once = ("sent", 1)


class OrderOnPad(Deed):
    """The customer orders what is on his pad."""

    login = BUYER
    late_table = "mail_mail"
    most = 96

    def make(self):
        self.product.default_code = f"PAD-{self.product.id}"
        self.stage.put_stock(self.product, 10)
        self.buyer = self.env["res.users"].search([("login", "=", BUYER)])
        self.env["stock.order.pad.meter"].search([]).unlink()
        pad = self.env["stock.order.pad"].with_user(self.buyer)._open_own(self.buyer, self.env.company)
        pad._remove_lines(pad.line_ids.ids)
        pad._add_rows([Row(self.product.default_code, 4)])

    def prepare(self, client):
        return client.open_pad()

    def send(self, client, seen):
        return client.send_pad(seen)

    def count(self):
        lines = self.env["sale.order.line"].search([("product_id", "=", self.product.id)])
        mails = self.env["mail.mail"].search([("mail_message_id", "in", lines.order_id.message_ids.ids)])
        to_buyer = mails.filtered(lambda mail: self.buyer.partner_id in mail.recipient_ids)
        return [(line.state, line.product_uom_qty) for line in lines], len(to_buyer)

    once = ([("sale", 4)], 1)


class PlaceOrder(OrderOnPad):
    """The customer's own system places an order, and does not know whether it has got there."""

    def make(self):
        super().make()
        self.env["ir.config_parameter"].set_param("portal.allow_api_keys", "1")
        keys = self.env(user=self.buyer)["res.users.apikeys"]
        tomorrow = fields.Datetime.add(fields.Datetime.now(), days=1)
        self.key = keys._generate(None, "Own system", tomorrow)

    def prepare(self, client):
        code = self.product.default_code
        return {"key": f"Order {code}", "lines": [{"code": code, "quantity": 4}], "reference": "PO-1"}

    def send(self, client, seen):
        return client.place_order(self.key, seen)


DEEDS = (
    Keep, CancelRest, Together, Complete, ConfirmOrder, Validate, OrderSupply, SendSupplyOrder, OrderOnPad, PlaceOrder,
)  # fmt: skip


# ---- again and again ---------------------------------------------------------


@pytest.fixture(scope="module")
def customer_id(registry):
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        company = env["res.partner"].create({"name": "Repeating Customer", "is_company": True})
        for login in (CUSTOMER, BUYER):
            values = {"name": login, "login": login, "password": login, "email": f"{login}@example.com"}
            values["group_ids"] = [Command.set(env.ref("base.group_portal").ids)]
            env["res.users"].with_context(no_reset_password=True).create(values).partner_id.parent_id = company
        env.company.write(
            {
                **dict.fromkeys(("customer_may_keep", "customer_may_cancel", "customer_may_group"), True),
                **dict.fromkeys(("mail_backorder_created", "mail_delivery_shipped", "mail_backorder_closed"), True),
                "customer_may_order": "order",
                "portal_confirmation_pay": False,
            }
        )
        return company.id


@pytest.fixture
def make_deed(open_transaction, customer_id):
    """A function that makes what a deed is about."""
    env = open_transaction()
    return lambda deed: deed(Stage(env), env["res.partner"].browse(customer_id))


@pytest.fixture(scope="module")
def clients(prefork_server):
    """For each login, several clients: a function."""
    known = {}

    def get(login, count=CLIENTS):
        if login not in known:
            known[login] = [Client(prefork_server, login) for _number in range(CLIENTS)]
        return known[login][:count]

    return get


@pytest.mark.parametrize("count", [48, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_again_and_again(make_deed, clients, deed, count):
    """Scenario: eight clients have seen the same, and send the same request at once, again and again. Expected: it is
    done once and told once; each has the same answer, or is told that it is done."""
    deed = make_deed(deed)
    senders = clients(deed.login)
    seen = [deed.prepare(client) for client in senders]
    start = Barrier(CLIENTS)

    def send(client, form):
        start.wait()
        return [deed.send(client, form) for _time in range(min(count, deed.most) // CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for some in pool.map(send, senders, seen) for answer in some]
    assert deed.look() == deed.once
    check_answers(deed, answers)


def check_answers(deed, answers):
    """One is told that it is done; the others the same, or that it was done before."""
    first = [answer for answer in answers if not (deed.again and deed.again in str(answer))]
    assert first, f"Nobody has done it: {set(map(str, answers))}"
    assert len({str(answer) for answer in first}) == 1, f"Different answers: {set(map(str, first))}"
    if deed.again:
        assert len(first) == 1, f"It is told {len(first)} times that it was done: {first[0]}"


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_killed_half_way(make_deed, clients, prefork_server, open_transaction, deed):
    """Scenario: the server is killed when half of it is done, and the request is sent again. Expected: nothing of it
    has stayed, and it is done once and told once."""
    deed = make_deed(deed)
    [client] = clients(deed.login, 1)
    seen, untouched, blocker, watcher = deed.prepare(client), deed.look(), open_transaction(), open_transaction()
    blocker.cr.execute(f'LOCK TABLE "{deed.late_table}" IN SHARE MODE')
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(deed.send, client, seen)
        wait_until(lambda: count_waiting(watcher) or sending.done())
        kill_workers(prefork_server)
        with pytest.raises(requests.ConnectionError):
            sending.result(PATIENCE_SECONDS)
    blocker.cr.rollback()
    wait_until(lambda: not count_waiting(watcher))
    assert deed.look() == untouched, "Half of it is nothing."
    answer = deed.send(client, seen)
    assert not (deed.again and deed.again in str(answer)), answer
    assert deed.look() == deed.once
    check_answers(deed, [answer, deed.send(client, seen)])
    assert deed.look() == deed.once


# ---- changed since he saw it -------------------------------------------------


def postpone(deed):
    deed.receipt.move_ids.date = fields.Datetime.add(deed.receipt.move_ids.date, days=9)


def raise_demand(deed):
    deed.backorder.move_ids.product_uom_qty = 8


def add_line(deed):
    line = deed.backorder.move_ids
    line.copy({"product_uom_qty": 1, "product_id": deed.stage.make_products(1).id})._action_confirm(merge=False)


def buy_elsewhere(deed):
    other = deed.open_wizard()
    deed.env.invalidate_all()
    other.with_user(other.create_uid).action_order()


def cancel_delivery(deed):
    deed.backorder.action_cancel()


def cancel_order(deed):
    deed.order.action_cancel()


@pytest.mark.parametrize(
    ("deed", "change", "told"),
    [
        (Keep, postpone, "has changed meanwhile"),
        (CancelRest, raise_demand, "has changed meanwhile"),
        (CancelRest, add_line, "has changed meanwhile"),
        (Complete, cancel_delivery, "Only open deliveries can be completed"),
        (ConfirmOrder, cancel_order, "not in a state requiring confirmation"),
        (OrderSupply, buy_elsewhere, "Meanwhile less is to be ordered"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_changed_since(make_deed, clients, deed, change, told):
    """Scenario: what somebody decides on has changed since he saw it. Expected: he is told, and nothing else is done;
    when he has looked again, the customer may decide."""
    deed = make_deed(deed)
    [client] = clients(deed.login, 1)
    seen = deed.prepare(client)
    change(deed)
    deed.env.cr.commit()
    changed = deed.look()
    assert told in str(deed.send(client, seen))
    assert deed.look() == changed, "Nothing was done."
    if deed.login == CUSTOMER:
        deed.send(client, deed.prepare(client))
        assert deed.look() == deed.once


def count_waiting(env):
    env.cr.rollback()
    env.cr.execute(WAITING_BACKENDS)
    return env.cr.fetchone()[0]


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to it."
        time.sleep(0.01)
