"""Two purchasers who order the same goods at the same moment, or one who clicks twice: they are ordered once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from xmlrpc.client import Fault

import pytest

from odoo import Command

ROUNDS = 5
PATIENCE_SECONDS = 60
WANTED = 10


@pytest.fixture
def make_shortage(open_transaction, create_product, create_delivery):
    """A function that commits a product that ten are wanted of and a vendor sells; it gives its id."""

    def make():
        env = open_transaction()
        vendor = env["res.partner"].create({"name": "Raced Vendor"})
        product = create_product(env, seller_ids=[Command.create({"partner_id": vendor.id, "price": 3})])
        create_delivery(env, product, quantity=WANTED).action_confirm()
        env.cr.commit()
        return product.id

    return make


def open_wizard(server, product_id):
    [need_id] = server.call("purchaser", "stock.supply.need", "search", [("product_id", "=", product_id)])
    return server.call("purchaser", "stock.supply.need", "action_order", [need_id])["res_id"]


def order_at_once(server, *wizard_ids):
    """Press the button of each wizard at the same moment; return what each user sees."""
    start = threading.Barrier(len(wizard_ids))

    def order(wizard_id):
        start.wait()
        try:
            return server.call("purchaser", "stock.supply.order", "action_order", [wizard_id])
        except Fault as fault:
            return fault.faultString

    with ThreadPoolExecutor(len(wizard_ids)) as pool:
        return [work.result(PATIENCE_SECONDS) for work in [pool.submit(order, number) for number in wizard_ids]]


def count_ordered(env, product_id):
    return sum(env["purchase.order.line"].search([("product_id", "=", product_id)]).mapped("product_qty"))


def test_two_purchasers(server, open_transaction, make_shortage):
    """Scenario: two wizards on the same need, at the same moment. Expected: ordered once, and the other is told."""
    for number in range(ROUNDS):
        product_id = make_shortage()
        wizards = [open_wizard(server, product_id) for _purchaser in range(2)]
        results = order_at_once(server, *wizards)
        assert count_ordered(open_transaction(), product_id) == WANTED, f"Round {number}: {results}"
        refusals = [result for result in results if isinstance(result, str)]
        assert len(refusals) == 1 and "Meanwhile less is to be ordered" in refusals[0], f"Round {number}: {results}"


def test_double_click(server, open_transaction, make_shortage):
    """Scenario: one wizard, its button pressed twice at the same moment. Expected: ordered once, shown twice."""
    for number in range(ROUNDS):
        product_id = make_shortage()
        wizard = open_wizard(server, product_id)
        first, second = order_at_once(server, wizard, wizard)
        assert count_ordered(open_transaction(), product_id) == WANTED, f"Round {number}"
        assert first["res_id"] == second["res_id"], f"Round {number}: no user sees an error."
