"""Two users on the same goods, where one of them acts just before or just after the other locks or reads: not by luck.

A rival is put to work in the middle of an action, at a place where it locks, or reads what it decides on. The action
goes on when the rival's transaction is committed, or when he has to wait for it. What comes of both must be what comes
of them one after the other, in some order.
"""

import ast
import functools
import itertools
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from lxml import html
from test_reservation_races import Round, Stage, check
from werkzeug.test import Client

import odoo.http
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service import model as service

from odoo.addons.gse_backorder.models.customer.order_pad_text import Row

PATIENCE_SECONDS = 60
SCENES_AT_ONCE = 20
CUSTOMER = "rival_customer"
REFUSALS = ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError")
CRON = "gse_backorder.ir_cron_completion"
AGREED_IN = timedelta(days=20)
DECIDED = ("agreed", "hold", "release", "take_back", "undo")

# Where an action locks, or reads what it decides on.
PLACES = {
    "lock": ("stock.backorder.pool", "_lock"),
    "reserve": ("stock.allocation", "_prepare"),
    "read shares": ("stock.pegging", "_get_free_shares"),
    "take": ("stock.quant", "_update_reserved_quantity"),
    "log": ("stock.allocation", "_record"),
    "hand out": ("stock.allocation", "_restock"),
    "look who waits": ("stock.backorder.pool", "_filtered_awaited"),
    "look again": ("stock.allocation", "_look_again"),
    "look who has come": ("stock.backorder.pool", "_get_awaited_since"),
    "draw a number": ("stock.picking", "_draw_backorder_number"),
    "lock the chosen": ("stock.customer.choice", "_choose"),
    "read the chosen": ("stock.customer.choice", "_get_chosen_lines"),
    "order": ("stock.supply.order", "_order_lines"),
    "check the needs": ("stock.supply.order", "_check_still_needed"),
    "start": ("stock.completion", "_start"),
    "complete": ("stock.completion.line", "_complete"),
    "validate": ("stock.picking", "_action_done"),
    "count": ("stock.quant", "_apply_inventory"),
    "lock a quant": ("stock.quant", "_lock_in_batch"),
    "lock the decided": ("stock.bulk.decision", "_lock"),
    "take back": ("stock.take.back", "action_apply"),
    "lock the transfers": ("stock.taking", "_lock_transfers"),
    "undo": ("stock.backorder.allocation", "action_undo"),
    "lock the customer": ("stock.order.pad", "_lock_customer"),
    "send the pad": ("stock.order.pad", "_send"),
    "queue for the pad": ("stock.order.pad", "_queue_for_stock"),
    "queue to complete": ("stock.completion.line", "_queue_for_stock"),
}
# Every place of the product that locks: by which place above a rival comes there, or the test of another kind that
# does. One that is not here has no race.
ADDON = Path(__file__).parents[1] / "gse_backorder"
LOCKS = {
    "models/allocation/stock_allocation.py:_cron_reserve_idle": "gse_backorder/tests/test_hooks.py",
    "models/allocation/stock_allocation.py:_prepare": "reserve",
    "models/allocation/stock_allocation.py:_reserve_idle": "gse_backorder/tests/test_hooks.py",
    "models/allocation/stock_allocation.py:_restock": "hand out",
    "models/allocation/stock_backorder_pool.py:_with_locked": "lock",
    "models/allocation/stock_picking.py:_action_done": "validate",
    "models/allocation/stock_quant.py:_apply_inventory": "count",
    "models/allocation/stock_quant.py:_lock_in_batch": "lock a quant",
    "models/allocation/stock_quant.py:_reserve_in_batch": "lock a quant",
    "models/allocation/stock_quant.py:_update_reserved_quantity": "take",
    "models/customer/stock_customer_choice.py:_choose": "lock the chosen",
    "models/customer/stock_order_pad.py:_lock_customer": "lock the customer",
    "models/customer/stock_order_pad.py:_open_own": "lock the customer",
    "models/customer/stock_order_pad_sent.py:_queue_for_stock": "queue for the pad",
    "models/customer/stock_order_pad_sent.py:_send": "send the pad",
    "models/customer/stock_order_pad_served.py:_open_for": "lock the customer",
    "models/customer/stock_order_pad_served.py:_open_named": "lock the customer",
    "models/decide/stock_backorder_allocation.py:action_undo": "undo",
    "models/decide/stock_take_back.py:action_apply": "take back",
    "models/decide/stock_taking.py:_lock_transfers": "lock the transfers",
    "models/decide/stock_taking.py:_take": "lock the transfers",
    "models/workbench/stock_completion.py:_start": "start",
    "models/workbench/stock_completion_line.py:_queue_for_stock": "queue to complete",
    "wizard/stock_agreed_date.py:action_agree": "lock the decided",
    "wizard/stock_bulk_decision.py:_lock": "lock the decided",
    "wizard/stock_close_short.py:action_close": "lock the decided",
    "wizard/stock_hold.py:action_hold": "lock the decided",
    "wizard/stock_supply_order.py:_order_lines": "order",
}
# Whoever is the first passes one of them: by the others stock is not touched, or not before it is locked.
MUST_PASS = {"lock", "look again", "lock the decided", "lock the customer"}
# What they are called; and by what SQL they do it, in the files where the locks themselves are made.
LOCKING = {
    "_lock", "_lock_customer", "_lock_in_batch", "_lock_transfers", "_with_locked", "lock_for_update",
    "try_lock_for_update", "wait_for",
}  # fmt: skip
LOCKING_SQL = ("advisory_lock", "advisory_xact_lock", "for update", "for no key update", "for share", "lock table")
LOCKS_THEMSELVES = {"locking.py", "models/allocation/pool_door.py"}
WAITING_BACKENDS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


# ---- what is raced for -------------------------------------------------------


@dataclass
class Scene:
    """A product, and two of all that can be done with it; ten of each root are ordered, four of them have shipped."""

    product: object
    roots: tuple
    waiting: tuple  # deliveries of twelve, which lack all; none where nobody waits
    receipts: tuple  # of five
    quotations: tuple  # of four
    shelves: tuple  # quants, where nothing is
    forms: dict = field(default_factory=dict)  # that managers have open

    def get_backorder(self, number):
        return self.roots[number].backorder_ids

    def get_sold(self):
        """Return the lines of orders that were made of it meanwhile."""
        lines = self.product.env["sale.order.line"].search([("product_id", "=", self.product.id)], order="id")
        return lines.filtered(lambda line: line.order_id not in self.quotations)

    def look(self):
        """Return what has become of all of it, as the database shows it now."""
        env = self.product.env
        env.cr.rollback()
        env.invalidate_all()
        quants = env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id.usage", "=", "internal")]
        )
        bought = env["purchase.order.line"].search([("product_id", "=", self.product.id)])
        return {
            "in stock, reserved": (sum(quants.mapped("quantity")), sum(quants.mapped("reserved_quantity"))),
            "chains": [self._show(root.chain_ids) for root in self.roots],
            "waiting": [self._show(delivery) for delivery in self.waiting],
            "receipts": [self._show(receipt) for receipt in self.receipts],
            "orders": [(order.state, self._show(order.picking_ids)) for order in self.quotations],
            "bought": sum(bought.mapped("product_qty")),
            "sold": [
                (line.state, line.product_uom_qty, self._show(line.order_id.picking_ids)) for line in self.get_sold()
            ],
            "on pads": self._show_pads(),
            "decided": self._count_decisions(),
        }

    def _count_decisions(self):
        """Return how often it is written down what somebody has decided."""
        entries = self.product.env["stock.backorder.allocation"].search([("product_id", "=", self.product.id)])
        return Counter(entries.mapped("cause")) & Counter(dict.fromkeys(DECIDED, len(entries)))

    def _show_pads(self):
        """Return what stands on each pad that is open: there is one of a customer, whoever opens it."""
        lines = self.product.env["stock.order.pad.line"].search([("product_id", "=", self.product.id)])
        pads = lines.filtered(lambda line: not line.pad_id.sent_date).grouped("pad_id")
        return sorted(sorted(some.mapped("quantity")) for some in pads.values())

    @staticmethod
    def _is_agreed(move):
        """Whether it is kept for the day that was agreed, and not for the one that it was promised."""
        return bool(move.kept_date) and move.kept_date > fields.Datetime.now() + AGREED_IN / 2

    @staticmethod
    def _show(transfers):
        return [
            (
                transfer.backorder_index,
                transfer.state,
                transfer.is_held,
                sorted(
                    (move.state, move.product_uom_qty, move.quantity, move.taken_quantity, Scene._is_agreed(move))
                    for move in transfer.move_ids
                ),
            )
            for transfer in transfers
        ]


class Theatre(Stage):
    """Makes scenes, many in one go."""

    def __init__(self, env, customer):
        super().__init__(env)
        self.customer = customer
        self.scenes = {True: [], False: []}

    def take(self, is_awaited=True):
        """Return a scene that nobody has used."""
        if not self.scenes[is_awaited]:
            self.scenes[is_awaited] = self._make_scenes(SCENES_AT_ONCE, is_awaited)
        return self.scenes[is_awaited].pop()

    def _make_scenes(self, count, is_awaited):
        products = self.make_products(count)
        for product in products:  # a request of its own: nobody is in the way of another by chance
            product.default_code = f"RIVAL-{product.id}"
            vendor = self.env["res.partner"].create({"name": "Rivals' Vendor"})
            product.seller_ids = [Command.create({"partner_id": vendor.id, "price": 3})]
        self.put_stock(products, 20)
        roots = [self._make_roots(products) for _number in range(2)]
        waiting = [self.make_deliveries(products, 12) if is_awaited else () for _number in range(2)]
        others = (
            [make(products, *quantity) for _number in range(2)]
            for make, *quantity in (
                (self.make_receipts, 5),
                (self.make_quotations, 4),
                (self.make_shelves,),
            )
        )
        parts = [list(zip(*pair, strict=True)) or [()] * count for pair in (roots, waiting, *others)]
        self.env.cr.commit()
        return [Scene(*some) for some in zip(products, *parts, strict=True)]

    def _make_roots(self, products):
        roots = self.make_deliveries(products, 10, confirm=False)
        roots.partner_id = self.customer
        roots.action_confirm()
        roots.move_ids.quantity = 4
        roots.button_validate()
        return roots

    def open_order(self, product):
        """Return the purchaser's wizard on what is to be bought of the product."""
        env = self.env(user=self.env["res.users"].search([("login", "=", "purchaser")]))
        action = env["stock.supply.need"].search([("product_id", "=", product.id)]).action_order()
        return env[action["res_model"]].browse(action["res_id"])

    def as_admin(self, records):
        """Return *records* as the administrator has them, who may decide everything."""
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_user(self.env.ref("base.user_admin"))

    def open(self, action, values):
        """Return the form that a manager's *action* opens, with *values* written on it."""
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.write(values)
        return wizard

    def clear_pads(self, customer):
        """The customer has no pad open, nor has anybody been counted."""
        pads = self.env["stock.order.pad"].search([("partner_id", "child_of", customer.id)])
        pads.filtered(lambda pad: not pad.sent_date).unlink()
        self.env["stock.order.pad.meter"].search([]).unlink()

    def write_pad(self, code):
        """Return the customer's pad, with four of the product with that code on it."""
        self.clear_pads(self.customer)
        user = self.env["res.users"].search([("login", "=", CUSTOMER)])
        pad = self.env["stock.order.pad"].with_user(user)._open_own(user, self.env.company)
        pad._add_rows([Row(code, 4)])
        return pad

    def run_cron(self):
        """Complete what waits to be completed, if nobody is about it."""
        with self.env.registry.cursor() as cr:
            cron = api.Environment(cr, SUPERUSER_ID, {}).ref(CRON)
            with suppress(UserError):
                cron.method_direct_trigger()

    def commit(self):
        self.env.cr.commit()
        self.env.registry.signal_changes()


# ---- who does it -------------------------------------------------------------


def serve(environ, start_response):
    """Answer a request in this process, as Odoo's server does."""
    return odoo.http.root({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)


class Door:
    """Somebody at the web client: his requests queue, see ``pool_door``. The server is this process."""

    def __init__(self, database, login):
        self.http = Client(serve)
        answer = self._ask("/web/session/authenticate", db=database, login=login, password=login)
        assert answer.get("result"), answer

    def call(self, record, method, *arguments, **keywords):
        """Call a method; return what the user is told if he is refused."""
        arguments = [record.ids, *arguments]
        answer = self._ask("/web/dataset/call_kw", model=record._name, method=method, args=arguments, kwargs=keywords)
        if error := answer.get("error"):
            assert error["data"]["name"] in REFUSALS, error["data"]["debug"]
            return error["data"]["message"]
        return ""

    def open_cancellation(self, delivery):
        """Return what the form sends by which the customer cancels; nothing if he cannot."""
        page = html.fromstring(self.http.get(f"/my/deliveries/{delivery.id}").text)
        inputs = page.xpath("//div[@id='modal_cancel']//input[@type='hidden']")
        return {field.get("name"): field.get("value") for field in inputs}

    def cancel(self, delivery, form):
        """Send that form; return what the page says if it was not done."""
        if not form:
            return "It cannot be chosen."
        answer = self.http.post(f"/my/deliveries/{delivery.id}/cancel", data=form, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        notice = html.fromstring(answer.text).get_element_by_id("notice")
        return notice.text_content().strip() if "alert-warning" in notice.get("class") else ""

    def open_pad(self, pad, is_own):
        """Return what the form of a pad sends; nothing if it is not there any more."""
        answer = self.http.get("/my/order" if is_own else f"/my/order/{pad.id}")
        forms = html.fromstring(answer.text or "<p/>").xpath("//form[contains(@action, '/change')]")
        return {name: value or "" for form in forms for name, value in form.form_values()}

    def send_pad(self, pad, is_own, form):
        """Send that form; return what the page tells then, if anything."""
        if "csrf_token" not in form:
            return "It was sent before."
        path = "/my/order/change" if is_own else f"/my/order/{pad.id}/change"
        answer = self.http.post(path, data=form)
        assert answer.status_code == 303, answer.text
        return answer.location if answer.location.endswith("#notice") else ""

    def _ask(self, path, **parameters):
        answer = self.http.post(path, json={"params": parameters})
        assert answer.status_code == 200, answer.text
        return answer.get_json()


class Outside(Door):
    """Somebody who calls by XML-RPC: a transaction that cannot be serialized is retried, as by Odoo alone."""

    def __init__(self, database, login):
        super().__init__(database, login)
        self.registry = Registry(database)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.user_id = env["res.users"].search([("login", "=", login)]).id

    def call(self, record, method, *arguments, **keywords):
        try:
            with self.registry.cursor() as cr:
                service.execute_cr(cr, self.user_id, record._name, method, [record.ids, *arguments], keywords)
        except UserError as error:
            return str(error)
        self.registry.signal_changes()
        return ""


# ---- what they do ------------------------------------------------------------


class Action:
    """Something that a user does with the scene's objects of a *number*, in one transaction or several."""

    login = "picker"

    def __init__(self, theatre):
        self.theatre = theatre

    def prepare(self, scene, number):
        """Do what has to be there before it."""

    def get_steps(self, scene, number):
        """Return what is done, a function of a user for each transaction; all of it is read before."""
        raise NotImplementedError


class Confirm(Action):
    login = "salesperson"

    def get_steps(self, scene, number):
        order = scene.quotations[number]
        return [lambda user: user.call(order, "action_confirm")]


class CheckAvailability(Action):
    def prepare(self, scene, number):
        scene.waiting[number].action_confirm()
        self.theatre.put_stock(scene.product, 3)  # nobody is told of it

    def get_steps(self, scene, number):
        delivery = scene.waiting[number]
        return [lambda user: user.call(delivery, "action_assign")]


class OnBackorder(Action):
    """Something done with a backorder of six, which are reserved."""

    method = ()

    def get_steps(self, scene, number):
        backorder = scene.get_backorder(number)
        return [lambda user: user.call(backorder, *self.method)]


class ValidateInPart(OnBackorder):
    method = ("button_validate",)

    def prepare(self, scene, number):
        scene.get_backorder(number).move_ids.quantity = 4


class Ship(OnBackorder):
    """All that is reserved: nothing of what is on hold."""

    method = ("button_validate",)


class Cancel(OnBackorder):
    method = ("action_cancel",)


class Unreserve(OnBackorder):
    method = ("do_unreserve",)


class Lower(OnBackorder):
    def get_steps(self, scene, number):
        line = scene.get_backorder(number).move_ids
        return [lambda user: user.call(line, "write", {"product_uom_qty": 2})]


class CancelAsCustomer(OnBackorder):
    login = CUSTOMER

    def get_steps(self, scene, number):
        backorder, form = scene.get_backorder(number), {}
        return [
            lambda user: form.update(user.open_cancellation(backorder)),
            lambda user: user.cancel(backorder, form),
        ]


class Complete(OnBackorder):
    def get_steps(self, scene, number):
        backorder = scene.get_backorder(number)
        return [lambda user: user.call(backorder, "action_complete"), lambda _user: self.theatre.run_cron()]


class Receive(Action):
    def get_steps(self, scene, number):
        receipt = scene.receipts[number]
        return [lambda user: user.call(receipt, "button_validate")]


class Count(Action):
    login = "admin"

    def get_steps(self, scene, number):
        quant = scene.shelves[number]
        values = {"inventory_quantity_auto_apply": 5}
        return [lambda user: user.call(quant, "write", values, context={"inventory_mode": True})]


class Miss(Action):
    """Nothing is found on a shelf where a backorder has its six: who ranks behind it has six elsewhere."""

    login = "admin"

    def prepare(self, scene, number):
        shelf, line = scene.shelves[number].location_id, scene.get_backorder(number).move_ids
        with line.env["stock.allocation"]._handing_out():  # at its end nothing is free
            line._do_unreserve()
            for place, quantity in ((self.theatre.stock, -6), (shelf, 6)):
                line.env["stock.quant"]._update_available_quantity(scene.product, place, quantity)
            line._update_reserved_quantity(6, shelf)
            line._recompute_state()

    def get_steps(self, scene, number):
        values = {"inventory_quantity_auto_apply": 0}
        return [lambda user: user.call(scene.shelves[number], "write", values, context={"inventory_mode": True})]


class Order(Action):
    login = "purchaser"

    def get_steps(self, scene, number):
        wizard = self.theatre.open_order(scene.product)
        return [lambda user: user.call(wizard, "action_order")]


class Decide(OnBackorder):
    """A manager has been shown what a decision would do to a backorder; who clicks twice has the same form open."""

    login = "admin"
    opens, method, values = "", "", {}

    def get_steps(self, scene, number):
        if (self.opens, number) not in scene.forms:
            action = getattr(self.theatre.as_admin(self.get_decided(scene, number)), self.opens)()
            scene.forms[self.opens, number] = self.theatre.open(action, self.values)
        wizard = scene.forms[self.opens, number]
        return [lambda user: user.call(wizard, self.method)]

    def get_decided(self, scene, number):
        return scene.get_backorder(number)


class CloseShort(Decide):
    opens, method, values = "action_close_short", "action_close", {"reason": "A race"}


class AgreeDate(Decide):
    opens, method = "action_agree_date", "action_agree"
    values = {"date": fields.Date.today() + AGREED_IN, "note": "A race"}


class Hold(Decide):
    opens, method, values = "action_hold", "action_hold", {"reason": "site"}


class TakeBack(Decide):
    """Twelve are taken back from two backorders, which have six each."""

    opens, method, values = "action_get_it", "action_apply", {"reason": "A race"}

    def get_decided(self, scene, number):
        return scene.waiting[number].move_ids


class Undo(TakeBack):
    """So it was done, and is undone."""

    def get_steps(self, scene, number):
        if "undo" not in scene.forms:
            super().get_steps(scene, number)
            plan = scene.forms[self.opens, number]
            self.theatre.as_admin(plan).action_apply()
            scene.forms["undo"] = plan.allocation_id
        entry = scene.forms["undo"]
        return [lambda user: user.call(entry, "action_undo")]


class Release(OnBackorder):
    login, method = "admin", ("action_release",)

    def prepare(self, scene, number):
        if not scene.get_backorder(number).is_held:
            scene.get_backorder(number)._hold("site")


class SendPad(Action):
    """The customer orders what is on his pad: there is one of him, whatever the number."""

    login, is_own = CUSTOMER, True

    def prepare(self, scene, number):
        if "pad" not in scene.forms:
            scene.forms["pad"] = self.theatre.write_pad(scene.product.default_code)

    def get_steps(self, scene, number):
        pad, form = scene.forms.get("pad"), {}
        return [
            lambda user: form.update(user.open_pad(pad, self.is_own), **self.get_said(scene)),
            lambda user: user.send_pad(pad, self.is_own, form),
        ]

    def get_said(self, scene):
        """Return what is said besides what was on the form."""
        return {"do": "send"}


class WritePad(SendPad):
    """He writes four more on it, in another window."""

    def get_said(self, scene):
        return {"new_text": scene.product.default_code, "new_quantity": "4"}


class BeginPad(WritePad):
    """The same, and he had none: it is opened by what he writes."""

    def prepare(self, scene, number):
        self.theatre.clear_pads(self.theatre.customer)


class SendPadForHim(SendPad):
    """A salesperson does, on the same pad."""

    login, is_own = "salesperson", False


class WritePadForHim(WritePad):
    login, is_own = "salesperson", False


class OrderAgain(Action):
    """A salesperson puts an order on its customer's pad."""

    login = "salesperson"

    def prepare(self, scene, number):
        self.theatre.clear_pads(scene.quotations[number].partner_id)
        scene.quotations[number].filtered(lambda order: order.state == "draft").action_quotation_sent()

    def get_steps(self, scene, number):
        order = scene.quotations[number]
        return [lambda user: user.call(order, "action_order_again")]


ACTIONS = {
    action.__name__: action
    for action in (
        Confirm,
        CheckAvailability,
        ValidateInPart,
        Receive,
        Cancel,
        Unreserve,
        Lower,
        Count,
        CancelAsCustomer,
        Complete,
        Order,
    )
}
# What people decide among themselves, and what customers order: not each beside each, but where they lock.
DECISIONS = {
    action.__name__: action
    for action in (
        Ship,
        Miss,
        CloseShort,
        AgreeDate,
        Hold,
        Release,
        TakeBack,
        Undo,
        SendPad,
        SendPadForHim,
        WritePad,
        WritePadForHim,
        BeginPad,
        OrderAgain,
    )
}


# ---- how they meet -----------------------------------------------------------


class Meeting:
    """A rival who acts when his time has come: he is let work until he is done, or waits for the one who has called."""

    def __init__(self, registry, act):
        self.registry = registry
        self.act = act
        self.pool = ThreadPoolExecutor(1)
        self.acting = None

    def begin(self):
        if self.acting:
            return
        self.acting = self.pool.submit(self.act)
        deadline = time.monotonic() + PATIENCE_SECONDS
        with closing(self.registry.cursor()) as cr:
            while not self.acting.done():
                cr.execute(WAITING_BACKENDS)
                if cr.fetchone()[0]:
                    return
                cr.rollback()  # within a transaction the picture stands still
                assert time.monotonic() < deadline, "The rival is neither done nor does he wait."
                time.sleep(0.002)

    def end(self):
        """Return what the rival was told."""
        assert self.acting, "The action has come by the place."
        with self.pool:
            return self.acting.result(PATIENCE_SECONDS)


@contextmanager
def calling_at(registry, places, act):
    """Call *act* with a place and ``before`` or ``after`` when the thread that is here comes to one of *places*."""
    here = threading.get_ident()

    def watch(place, original):
        @functools.wraps(original)
        def method(*arguments, **keywords):
            if threading.get_ident() != here:
                return original(*arguments, **keywords)
            act(place, "before")
            result = original(*arguments, **keywords)
            act(place, "after")
            return result

        return method

    with ExitStack() as patches:
        for place in places:
            model, name = PLACES[place]
            patches.enter_context(patch.object(registry[model], name, watch(place, getattr(registry[model], name))))
        yield


class Rivalry:
    """Two actions on the goods of one scene, by two users."""

    def __init__(self, theatre, users, names, numbers, is_awaited=True):
        self.theatre = theatre
        self.users = users  # {(login, way): user}, for each of the two
        self.actions = [(ACTIONS | DECISIONS)[name](theatre) for name in names]
        self.numbers = numbers
        self.is_awaited = is_awaited

    def prepare(self, ways):
        """Return a new scene and, for each of the two, what he does, step by step: functions of nothing."""
        scene = self.theatre.take(self.is_awaited)
        for action, number in zip(self.actions, self.numbers, strict=True):
            action.prepare(scene, number)
        steps = []
        for action, number, users, way in zip(self.actions, self.numbers, self.users, ways, strict=True):
            user = users[action.login, way]
            steps.append([functools.partial(step, user) for step in action.get_steps(scene, number)])
        self.theatre.commit()
        return scene, steps

    def look(self, scene, told):
        """Return what has come of it, and which of the two were refused something; fail if stock is wrong."""
        if any(isinstance(action, Complete) for action in self.actions):
            self.theatre.run_cron()
        result = {"refused": [any(some) for some in told], **scene.look()}
        brought = 20 + 3 * sum(isinstance(action, CheckAvailability) for action in self.actions)
        brought += sum(5 for receipt in scene.receipts if receipt.state == "done")
        # What was counted on the shelves: some of it may have shipped since.
        for quant in scene.shelves:
            counted = quant.env["stock.move"].search(
                [("product_id", "=", quant.product_id.id), ("is_inventory", "=", True), ("state", "=", "done")]
            )
            brought += sum(move.product_qty for move in counted if move.location_dest_id == quant.location_id)
            brought -= sum(move.product_qty for move in counted if move.location_id == quant.location_id)
        check(self.theatre, [Round(scene.product, (), ordered=self._get_ordered(scene), brought=brought)])
        return result

    def _get_ordered(self, scene):
        chains = [root.chain_ids.move_ids for root in scene.roots]
        ordered = [sum(self._get_wanted(line) for line in chain) for chain in chains]
        may_be = {10, 6} if any(isinstance(action, Lower) for action in self.actions) else {10}
        assert set(ordered) <= may_be, f"What was ordered is shipped, open or cancelled: {ordered}"
        others = [delivery.move_ids for delivery in scene.waiting]
        others += [order.picking_ids.move_ids for order in (*scene.quotations, *scene.get_sold().order_id)]
        return sum(ordered) + sum(line.product_uom_qty for lines in others for line in lines)

    @staticmethod
    def _get_wanted(line):
        return line.quantity if line.state == "done" else line.product_uom_qty

    def race(self, place, moment, ways):
        """Let the second act when the first comes to a place; return what has come of it."""
        scene, (steps, rivals) = self.prepare(ways)
        registry = self.theatre.env.registry
        meeting = Meeting(registry, lambda: [step() for step in rivals])
        with calling_at(registry, [place], lambda _place, now: meeting.begin() if now == moment else None):
            told = [step() for step in steps]
        return self.look(scene, (told, meeting.end()))

    def do_in_turn(self):
        """Do both one after the other, in each order of their transactions.

        :return: what has come of it each time, and the places that the first one comes by when he is the first
        """
        prepared, places, results = self.prepare(("door", "door")), {}, []
        registry = self.theatre.env.registry
        whose = [who for who, steps in enumerate(prepared[1]) for _step in steps]

        def note(place, _moment):
            places[place] = True  # in the order in which they are passed

        for order in sorted(set(itertools.permutations(whose))):
            scene, steps = prepared or self.prepare(("door", "door"))
            told, prepared = ([], []), None
            for who in order:
                with calling_at(registry, PLACES if who == 0 and not results else (), note):
                    told[who].append(steps[who].pop(0)())
            results.append(self.look(scene, told))
        return results, list(places)


# ---- the races ---------------------------------------------------------------


@pytest.fixture(scope="module")
def door(database):
    """Let this process serve the database of these tests."""
    config = odoo.tools.config
    before = config["dbfilter"]
    config["dbfilter"] = f"^{database}$"
    yield
    config["dbfilter"] = before


@pytest.fixture(scope="module")
def theatre(registry):
    with closing(registry.cursor()) as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        company = env["res.partner"].create({"name": "Rivals' Customer", "is_company": True})
        values = {"name": "Rival", "login": CUSTOMER, "password": CUSTOMER}
        values["group_ids"] = [Command.set(env.ref("base.group_portal").ids)]
        env["res.users"].with_context(no_reset_password=True).create(values).partner_id.parent_id = company
        env.company.write(
            {"customer_may_cancel": True, "customer_may_order": "order", "portal_confirmation_pay": False}
        )
        theatre = Theatre(env, company)
        default = ("sale.order", "warehouse_id")
        env["ir.default"].set(*default, theatre.warehouse.id, company_id=env.company.id)
        theatre.commit()
        yield theatre
        cr.rollback()
        env["ir.default"].search([("field_id.model", "=", default[0]), ("field_id.name", "=", default[1])]).unlink()
        theatre.commit()


@pytest.fixture(scope="module")
def users(door, database, theatre):
    """For each of the two rivals, his users: ``{(login, way): user}``."""
    logins = sorted({action.login for action in (ACTIONS | DECISIONS).values()})
    ways = {"door": Door, "outside": Outside}
    return [
        {(login, way): visitor(database, login) for login in logins for way, visitor in ways.items()} for _who in (0, 1)
    ]


@pytest.fixture(autouse=True)
def without_sleep(monkeypatch):
    """Whom Odoo tries again is tried at once: nobody gets out of the way by sleeping."""
    monkeypatch.setattr(service, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def meet(theatre, users):
    """A function that lets two actions meet, and fails if anything is wrong then; *choose* says which of all the ways
    in which they can meet are tried."""

    def run(names, numbers, choose=lambda meetings: meetings, is_awaited=True):
        rivalry = Rivalry(theatre, users, names, numbers, is_awaited)
        possible, places = rivalry.do_in_turn()
        assert MUST_PASS & set(places), f"{places}: nobody acts on stock that others want without a lock"
        ways_in = itertools.product(("door", "outside"), repeat=2)
        for place, moment, ways in choose(list(itertools.product(places, ("before", "after"), ways_in))):
            result = rivalry.race(place, moment, ways)
            assert result in possible, (
                f"{names} on {numbers}, {ways}, {moment} {place!r}: {result} is none of {possible}"
            )

    return run


PAIRS = list(itertools.product(ACTIONS, repeat=2))
# Those of which both can concern the same.
SAME_PAIRS = [
    (first, second)
    for first, second in PAIRS
    if first == second or (issubclass(ACTIONS[first], OnBackorder) and issubclass(ACTIONS[second], OnBackorder))
]
# What brings stock that nobody waits for, and what wants some at this moment, or brings more.
UNAWAITED_PAIRS = list(
    itertools.product(("Receive", "Count"), ("Confirm", "ValidateInPart", "Receive", "Count", "Cancel", "Complete"))
)


def one_of(pairs):
    """Return parameters for a few of *pairs*, each with a number that says in which way they meet: all ways occur."""
    return [pytest.param(pair, 7 * number, id="-".join(pair)) for number, pair in enumerate(pairs)]


@pytest.mark.parametrize(("names", "number"), one_of(PAIRS[::8]))
def test_two(meet, names, number):
    meet(names, (0, 1), lambda meetings: [meetings[number % len(meetings)]])


@pytest.mark.parametrize(("names", "number"), one_of(SAME_PAIRS[::8]))
def test_two_on_the_same(meet, names, number):
    meet(names, (0, 0), lambda meetings: [meetings[number % len(meetings)]])


@pytest.mark.parametrize(("names", "number"), one_of(UNAWAITED_PAIRS[::5]))
def test_two_where_nobody_waits(meet, names, number):
    meet(names, (0, 1), lambda meetings: [meetings[number % len(meetings)]], is_awaited=False)


HALF_DONE = [
    (("CheckAvailability", "CheckAvailability"), (0, 1), "take"),
    (("Confirm", "CheckAvailability"), (0, 1), "take"),
    (("Order", "Order"), (0, 1), "order"),
    (("Complete", "Complete"), (0, 0), "start"),
]


@pytest.mark.parametrize(("names", "numbers", "place"), HALF_DONE)
def test_nothing_but_the_lock(meet, names, numbers, place):
    """Half of it is done and not committed, and Odoo alone would let the other one do the same again."""
    meet(
        names,
        numbers,
        lambda meetings: [
            (where, moment, ways) for where, moment, ways in meetings if (where, moment) == (place, "after")
        ],
    )


SHIPS, SAME, OTHER = "ValidateInPart", (0, 0), (0, 1)
# Where somebody decides or orders while another ships, or does the same: each lock has its meeting here or above.
MEETINGS = [
    (("CloseShort", SHIPS), SAME, "lock the decided"),
    ((SHIPS, "CloseShort"), SAME, "draw a number"),
    (("CloseShort", "CloseShort"), SAME, "lock the decided"),
    (("AgreeDate", SHIPS), SAME, "lock the decided"),
    ((SHIPS, "AgreeDate"), SAME, "draw a number"),
    (("AgreeDate", "AgreeDate"), SAME, "lock the decided"),
    (("Hold", SHIPS), SAME, "lock the decided"),
    ((SHIPS, "Hold"), SAME, "validate"),
    (("Hold", "Hold"), SAME, "lock the decided"),
    (("Release", "Ship"), SAME, "reserve"),
    (("Release", "Release"), SAME, "reserve"),
    (("Release", "Hold"), OTHER, "lock"),
    (("TakeBack", SHIPS), SAME, "lock the transfers"),
    ((SHIPS, "TakeBack"), SAME, "validate"),
    (("TakeBack", "TakeBack"), SAME, "take back"),
    (("TakeBack", "TakeBack"), OTHER, "lock the transfers"),
    (("Undo", "Undo"), SAME, "undo"),
    (("SendPad", "SendPadForHim"), SAME, "send the pad"),
    (("SendPadForHim", "SendPad"), SAME, "lock the customer"),
    (("BeginPad", "BeginPad"), SAME, "lock the customer"),
    (("SendPad", "WritePadForHim"), SAME, "send the pad"),
    (("WritePadForHim", "SendPad"), SAME, "lock the customer"),
    (("WritePadForHim", "WritePad"), SAME, "lock the customer"),
    (("SendPad", "Confirm"), SAME, "queue for the pad"),
    (("OrderAgain", "OrderAgain"), SAME, "lock the customer"),
    (("Receive", SHIPS), OTHER, "lock a quant"),
    (("Receive", "Receive"), OTHER, "hand out"),
    (("Count", "Count"), SAME, "count"),
    (("Count", "Count"), SAME, "hand out"),
    (("CancelAsCustomer", SHIPS), SAME, "lock the chosen"),
    (("Complete", SHIPS), SAME, "queue to complete"),
    (("Complete", "Complete"), SAME, "start"),
    (("Miss", SHIPS), OTHER, "lock"),
    (("Miss", "Ship"), SAME, "take"),
    ((SHIPS, "Miss"), (1, 0), "validate"),
    (("Miss", "Miss"), OTHER, "hand out"),
]


@pytest.mark.parametrize(
    ("names", "numbers", "place", "number"),
    [
        pytest.param(*meeting, number, id="-".join((*meeting[0], meeting[2].replace(" ", "_"))))
        for number, meeting in enumerate(MEETINGS)
    ],
)
def test_where_it_locks(meet, names, numbers, place, number):
    """Just before the lock, and just after; each by another way in."""
    meet(
        names,
        numbers,
        lambda meetings: [
            some[(number + turn) % len(some)]
            for turn, now in enumerate(("before", "after"))
            if (some := [one for one in meetings if one[:2] == (place, now)])
        ],
    )


def find_locks():
    """Return every method of the product that locks, or lets somebody lock, as :data:`LOCKS` has them."""
    found = set()
    for path in sorted(ADDON.rglob("*.py")):
        name = path.relative_to(ADDON).as_posix()
        if name.startswith(("tests/", "demo/", "migrations/")) or name in LOCKS_THEMSELVES:
            continue
        for method in ast.walk(ast.parse(path.read_text())):
            if isinstance(method, ast.FunctionDef) and any(map(_is_lock, ast.walk(method))):
                found.add(f"{name}:{method.name}")
    return found


def _is_lock(node):
    match node:
        case ast.Call(func=ast.Attribute(attr="_queue", value=value)):
            return "stock.backorder.pool" in ast.unparse(value)  # there is one of notices, too
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in LOCKING
        case ast.Constant(value=str(text)):
            return any(sql in text.lower() for sql in LOCKING_SQL)
    return False


def test_every_lock_has_its_race():
    """Where the product locks, a rival comes just before and just after; or the test that is named looks at it."""
    assert find_locks() == set(LOCKS)
    raced = {place for _names, _numbers, place in (*MEETINGS, *HALF_DONE)}
    for lock, place in LOCKS.items():
        if place.endswith(".py"):
            method = lock.rpartition(":")[2]
            assert method in (ADDON.parent / place).read_text(), f"{lock}: {place} knows nothing of it"
        else:
            assert place in PLACES and place in raced, f"{lock}: nobody comes by {place!r}"


@pytest.mark.slow
@pytest.mark.parametrize("names", PAIRS, ids="-".join)
def test_two_in_all_ways(meet, names):
    meet(names, (0, 1))


@pytest.mark.slow
@pytest.mark.parametrize("names", SAME_PAIRS, ids="-".join)
def test_two_on_the_same_in_all_ways(meet, names):
    meet(names, (0, 0))


@pytest.mark.slow
@pytest.mark.parametrize("names", UNAWAITED_PAIRS, ids="-".join)
def test_two_where_nobody_waits_in_all_ways(meet, names):
    meet(names, (0, 1), is_awaited=False)
