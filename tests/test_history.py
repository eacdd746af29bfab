"""A generated day: eight people reserve, ship, cancel, receive and order the same goods at once, and workers die.

Whatever order it came in: no stock is promised twice, lost or forgotten, and nobody has seen an error that is not his.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

import pytest
import requests
from test_contention import kill_workers
from test_reservation_races import Round, Stage, check
from test_same_request import CLIENTS, Client

EACH = 6  # of all that there is, for each product
PRODUCTS = 2
ORDERED, RECEIVED, SOLD = 10, 8, 6
# What somebody does, and to what.
DEEDS = {
    "reserve": ("picker", "deliveries", "action_assign"),
    "ship": ("picker", "deliveries", "button_validate"),
    "give back": ("picker", "deliveries", "do_unreserve"),
    "cancel": ("picker", "deliveries", "action_cancel"),
    "receive": ("picker", "receipts", "button_validate"),
    "order": ("salesperson", "quotations", "action_confirm"),
}


class Day:
    """What there is in the morning, and what people do, drawn by a seed."""

    def __init__(self, stage, seed):
        self.stage = stage
        self.random = random.Random(seed)
        self.products = stage.make_products(PRODUCTS)
        many = self.products.browse(self.products.ids * EACH)
        stage.put_stock(self.products, 2 * ORDERED)
        self.deliveries = stage.make_deliveries(many, ORDERED)
        for delivery in self.deliveries.filtered(lambda delivery: delivery.state == "assigned")[::2]:
            delivery.move_ids.quantity = self.random.randint(1, ORDERED - 1)
        self.receipts = stage.make_receipts(many, RECEIVED)
        self.quotations = stage.make_quotations(many, SOLD)

    def draw(self, count):
        """Return so many deeds, each ``(login, record, method)``."""
        drawn = [DEEDS[self.random.choice(list(DEEDS))] for _number in range(count)]
        return [(login, self.random.choice(getattr(self, records)), method) for login, records, method in drawn]

    def check(self):
        """Fail if stock is promised twice, lost or forgotten, or an order is served twice."""
        self.stage.env.cr.rollback()
        self.stage.env.invalidate_all()
        confirmed = self.quotations.filtered(lambda order: order.state == "sale")
        assert all(len(order.picking_ids.filtered(lambda one: not one.backorder_id)) == 1 for order in confirmed)
        for product in self.products:
            received = self.receipts.filtered(
                lambda receipt, product=product: receipt.product_id == product and receipt.state == "done"
            )
            sold = confirmed.filtered(lambda order, product=product: order.order_line.product_id == product)
            one = Round(
                product,
                (),
                ordered=ORDERED * EACH + SOLD * len(sold),
                brought=2 * ORDERED + RECEIVED * len(received),
            )
            self.hand_out(product)
            check(self.stage, [one])
        for root in self.deliveries:
            chain = root.chain_ids
            accounted = sum(chain.mapped("items_shipped")) + sum(chain.mapped("items_open"))
            assert accounted + sum(chain.mapped("items_cancelled")) == ORDERED, root.name

    def hand_out(self, product):
        """Who has given back what he had waits behind the others, and takes what is left when the scheduler comes."""
        moves = self.stage.env["stock.move"].search(
            [
                ("product_id", "=", product.id),
                ("location_id", "=", self.stage.stock.id),
                ("state", "in", ("confirmed", "partially_available")),
            ]
        )
        moves._action_assign()


@pytest.mark.parametrize("length", [96, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_day(prefork_server, open_transaction, seed, length):
    env = open_transaction()
    day = Day(Stage(env), seed)
    env.cr.commit()
    env.registry.signal_changes()
    clients = [{login: Client(prefork_server, login) for login in ("picker", "salesperson")} for _ in range(CLIENTS)]
    answered, lock, killed_at = [], Lock(), {length // 3, 2 * length // 3}

    def act(client, deeds):
        for login, record, method in deeds:
            is_answered = False
            while not is_answered:  # he does not know whether it was done, and tries again
                with suppress(requests.ConnectionError):
                    client[login].call(record, method)
                    is_answered = True
            with lock:
                answered.append(record)
                if len(answered) in killed_at:
                    kill_workers(prefork_server)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(act, clients, [day.draw(length // CLIENTS) for _client in clients]))
    assert len(answered) == length // CLIENTS * CLIENTS
    day.check()
