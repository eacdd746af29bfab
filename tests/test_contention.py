"""Many users at one product, over HTTP, on a server with worker processes: nobody is turned away, nothing is lost.

How long they wait is measured by a benchmark; here it does not matter.
"""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import psutil
import pytest
import requests
from test_reservation_races import Round, Stage, check

CLIENTS = 12
EACH = 2  # requests of a client
COUNT = CLIENTS * EACH
PATIENCE_SECONDS = 300
TRIES = 300
ADVISORY_LOCKS = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
     WHERE locktype = 'advisory' AND datname = current_database()
"""
WAITING_BACKENDS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Client:
    """A user who is logged in, and presses buttons as the web client does."""

    def __init__(self, server, login):
        self.url = server.url
        self.session = requests.Session()
        self._ask("/web/session/authenticate", db=server.database, login=login, password=login)

    def press(self, button):
        """Press a button, ``(record, method)``; return what the user is told if it was not done."""
        record, method = button
        answer = self._ask("/web/dataset/call_kw", model=record._name, method=method, args=[record.ids], kwargs={})
        if error := answer.get("error"):
            return f"{record}: {error['data']['message']}"
        return "" if answer["result"] is True else f"{record}: {answer['result']}"

    def press_and_again(self, button):
        """The same, by somebody who tries again when the connection breaks."""
        try:
            return self.press(button)
        except requests.ConnectionError:
            return self.press(button)

    def _ask(self, path, **parameters):
        answer = self.session.post(f"{self.url}{path}", json={"params": parameters}, timeout=PATIENCE_SECONDS)
        assert answer.status_code == requests.codes.ok, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def sellers(prefork_server):
    return [Client(prefork_server, "salesperson") for _number in range(CLIENTS)]


@pytest.fixture(scope="module")
def pickers(prefork_server):
    return [Client(prefork_server, "picker") for _number in range(CLIENTS)]


@pytest.fixture
def stage(open_transaction):
    return Stage(open_transaction())


@pytest.fixture
def press_all(stage, registry):
    """A function that lets clients press their buttons at once, and fails if one is told that it was not done."""

    def press(*queues):
        commit(stage)
        start = Barrier(len(queues))

        def work(client, buttons):
            start.wait()
            return [client.press(button) for button in buttons]

        with ThreadPoolExecutor(len(queues)) as pool:
            told = pool.map(work, *zip(*queues, strict=True))
            problems = [problem for answers in told for problem in answers if problem]
        assert not problems, f"{len(problems)} requests failed for the user: {problems}"
        assert count_advisory_locks(registry) == 0, "Nobody's turn outlives his request."

    return press


def commit(stage):
    stage.env.cr.commit()
    stage.env.registry.signal_changes()  # the server forgets what it knows of the warehouse


def look(stage):
    """Only a new transaction sees what the server has done."""
    stage.env.cr.rollback()
    stage.env.invalidate_all()


def count_advisory_locks(registry):
    return _select_number(registry, ADVISORY_LOCKS)


def _select_number(registry, query):
    with closing(registry.cursor()) as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def share_out(clients, records, method):
    """Give each client an equal part of the records."""
    return [
        (client, [(record, method) for record in records[turn :: len(clients)]]) for turn, client in enumerate(clients)
    ]


def make_many(stage, make, product, quantity):
    """Call a method of the stage for the same product, many times."""
    return make(product.browse(product.ids * COUNT), quantity)


def test_confirmations(stage, sellers, press_all):
    """Scenario: 24 orders of 2 are confirmed at once, 24 are in stock. Expected: 24 are reserved, nobody fails."""
    product = stage.make_products(1)
    stage.put_stock(product, COUNT)
    quotations = make_many(stage, stage.make_quotations, product, 2)
    press_all(*share_out(sellers, quotations, "action_confirm"))
    look(stage)
    assert set(quotations.mapped("state")) == {"sale"}
    check(stage, [Round(product, (), ordered=2 * COUNT, brought=COUNT)])


def test_receipts(stage, pickers, press_all):
    """Scenario: 24 receipts of 2 are validated at once, 30 deliveries of 2 wait. Expected: the 24 that come first in
    ranking are reserved."""
    product = stage.make_products(1)
    waiting = stage.make_deliveries(product.browse(product.ids * 30), 2)
    receipts = make_many(stage, stage.make_receipts, product, 2)
    press_all(*share_out(pickers, receipts, "button_validate"))
    look(stage)
    assert set(receipts.mapped("state")) == {"done"}
    served = [2] * COUNT + [0] * (len(waiting) - COUNT)
    check(stage, [Round(product, (), ordered=2 * len(waiting), brought=2 * COUNT, reserved=tuple(served))])


def test_validations(stage, pickers, press_all):
    """Scenario: 24 deliveries of 2, all reserved, are validated at once. Expected: all ship."""
    product = stage.make_products(1)
    stage.put_stock(product, 2 * COUNT)
    deliveries = make_many(stage, stage.make_deliveries, product, 2)
    press_all(*share_out(pickers, deliveries, "button_validate"))
    look(stage)
    assert set(deliveries.mapped("state")) == {"done"}
    check(stage, [Round(product, (), ordered=2 * COUNT, brought=2 * COUNT)])


def test_pickers_beside_sellers(stage, pickers, sellers, press_all):
    """Scenario: deliveries are validated while orders of the same products are confirmed, half of which can be served.
    Expected: nobody fails, and what was reserved ships."""
    products = stage.make_products(4)
    stage.put_stock(products, 3 * COUNT // len(products))
    many = products.browse(products.ids * (COUNT // len(products)))
    deliveries, quotations = stage.make_deliveries(many, 2), stage.make_quotations(many, 2)
    press_all(
        *share_out(pickers[::2], deliveries, "button_validate"), *share_out(sellers[::2], quotations, "action_confirm")
    )
    look(stage)
    assert set(deliveries.mapped("state")) == {"done"}
    each = COUNT // len(products)
    check(stage, [Round(product, (), ordered=4 * each, brought=3 * each) for product in products])


def test_killed_workers_leave_nothing_behind(stage, prefork_server, pickers, registry):
    """Scenario: a validation is under way and others wait behind it, then all worker processes are killed.
    Expected: who tries again is served, nothing stays locked, and nothing has shipped twice."""
    product = stage.make_products(1)
    stage.put_stock(product, 2 * CLIENTS)
    deliveries = stage.make_deliveries(product.browse(product.ids * CLIENTS), 2)
    commit(stage)
    stage.env.cr.execute("UPDATE stock_quant SET write_date = write_date WHERE product_id = %s", product.ids)
    with ThreadPoolExecutor(CLIENTS) as pool:
        buttons = [(delivery, "button_validate") for delivery in deliveries]
        answers = [pool.submit(client.press_and_again, button) for client, button in zip(pickers, buttons, strict=True)]
        wait_until(lambda: _select_number(registry, WAITING_BACKENDS) > 1, "Two at least wait for somebody.")
        kill_workers(prefork_server)
        stage.env.cr.rollback()
        told = [answer.result(PATIENCE_SECONDS) for answer in answers]
    assert not any(told), told
    wait_until(lambda: count_advisory_locks(registry) == 0, "The connections of the dead have ended, and their locks.")
    look(stage)
    assert set(deliveries.mapped("state")) == {"done"}
    check(stage, [Round(product, (), ordered=2 * CLIENTS, brought=2 * CLIENTS)])


def kill_workers(server):
    """Kill the processes that serve requests; the server starts others."""
    master = psutil.Process(server.process.pid)
    workers = [child for child in master.children() if child.cmdline() == master.cmdline()]  # the bus has another
    assert workers, "They are found."
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)


def wait_until(is_so, what):
    for _try in range(TRIES):
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail(f"Not yet: {what}")
