"""The queue at busy stock: who waits where, who is sent back, and that nothing stays locked, with real transactions."""

import threading
import time
from contextlib import closing

import psycopg2
import pytest
import requests

from odoo import api
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gse_backorder.models.allocation import pool_door
from odoo.addons.gse_backorder.models.allocation.pool_door import NAMESPACE, PoolDoor, PoolsBusy

PATIENCE_SECONDS = 30


@pytest.fixture
def pool(open_transaction, create_product):
    """A pool that nobody uses: ``(product id, area id)``."""
    env = open_transaction()
    warehouse = env["stock.warehouse"].search([], limit=1)
    product = create_product(env, stock=5)
    env.cr.commit()
    return product.id, warehouse.lot_stock_id.id


def count_locks(env, is_granted=True):
    """How many locks of ours any connection holds, or waits for."""
    env.cr.rollback()
    env.cr.execute(
        "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted = %s"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (NAMESPACE, is_granted),
    )
    return env.cr.fetchone()[0]


def lock(env, pool):
    env["stock.backorder.pool"]._lock({pool})


def start(function):
    thread = threading.Thread(target=function)
    thread.start()
    return thread


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to it."
        time.sleep(0.01)


class TestAtTheDoor:
    def test_busy(self, open_transaction, pool):
        """Who finds the pool busy inside the door is sent back, and what he has locked besides is given back."""
        first, second, watcher = open_transaction(), open_transaction(), open_transaction()
        with PoolDoor.of(first.cr).opened(), PoolDoor.of(second.cr).opened():
            lock(first, pool)
            with pytest.raises(PoolsBusy):
                lock(second, pool)
            assert count_locks(watcher) == 1, "One holds it, the other holds nothing."
            second.cr.rollback()
            first.cr.commit()
        assert count_locks(watcher) == 0, "Both have given back what they had."

    def test_changed_since(self, open_transaction, pool):
        """Who has begun before another's turn ended is sent back, though the lock is free."""
        first, second = open_transaction(), open_transaction()
        second.cr.execute("SELECT 1")  # its snapshot
        with PoolDoor.of(first.cr).opened(), PoolDoor.of(second.cr).opened():
            lock(first, pool)
            first.cr.commit()
            with pytest.raises(PoolsBusy):
                lock(second, pool)
            second.cr.rollback()
            lock(second, pool)
            second.cr.rollback()

    def test_outside(self, open_transaction, pool):
        """Elsewhere (XML-RPC, crons, a shell) all is as without a queue: a serialization failure, and no lock kept."""
        first, second, watcher = open_transaction(), open_transaction(), open_transaction()
        second.cr.execute("SELECT 1")
        lock(first, pool)
        assert count_locks(watcher) == 0, "Outside a request no lock of a session is taken."
        first.cr.commit()
        with pytest.raises(psycopg2.errors.SerializationFailure):
            lock(second, pool)

    def test_savepoint(self, open_transaction, pool):
        """Within a savepoint, whose owner may handle any exception, nobody is sent back."""
        first, second = open_transaction(), open_transaction()
        second.cr.execute("SELECT 1")
        with PoolDoor.of(first.cr).opened(), PoolDoor.of(second.cr).opened():
            lock(first, pool)
            first.cr.commit()
            with pytest.raises(psycopg2.errors.SerializationFailure), second.cr.savepoint(flush=False):
                lock(second, pool)
            with second.cr.savepoint(flush=False):
                pass
            with pytest.raises(PoolsBusy):  # the savepoint has ended
                lock(second, pool)

    @pytest.mark.parametrize("ending", ["commit", "rollback"])
    def test_given_back_first(self, open_transaction, pool, ending):
        """After a commit and after a rollback nothing is held, though another hook fails."""
        env, watcher = open_transaction(), open_transaction()
        hooks = env.cr.postcommit if ending == "commit" else env.cr.postrollback

        def fail():
            raise ArithmeticError

        hooks.add(fail)
        with PoolDoor.of(env.cr).opened():
            lock(env, pool)
            hooks.add(fail)
            assert count_locks(watcher) == 1
            with pytest.raises(ArithmeticError):
                getattr(env.cr, ending)()
        assert count_locks(watcher) == 0
        env.cr.postcommit.clear()
        env.cr.postrollback.clear()

    def test_killed(self, registry, open_transaction, pool):
        """The locks of a process that is gone go with its connection."""
        env, watcher = open_transaction(), open_transaction()
        with pytest.raises(psycopg2.OperationalError), closing(registry.cursor()) as cr:
            with PoolDoor.of(cr).opened():
                lock(api.Environment(cr, env.uid, {}), pool)
                watcher.cr.execute("SELECT pg_terminate_backend(%s)", (cr._cnx.info.backend_pid,))
            wait_until(lambda: count_locks(watcher) == 0)

    def test_too_often(self, open_transaction, pool):
        """After a few times it is as without a queue: nobody is sent back for ever."""
        first, second = open_transaction(), open_transaction()
        door = PoolDoor.of(second.cr)
        with door.opened():
            for number in range(pool_door.MOST_TIMES):
                door._wanted = {number}
                door.queue(second)
            second.cr.rollback()
            second.cr.execute("SELECT 1")
            lock(first, pool)
            first.cr.commit()
            with pytest.raises(psycopg2.errors.SerializationFailure):
                lock(second, pool)

    def test_passing_by(self, open_transaction, pool):
        """Who takes no turn is in nobody's way who takes none either, and waits for him who has his turn."""
        first, second, third, watcher = (open_transaction() for _number in range(4))
        doors = [PoolDoor.of(env.cr) for env in (first, second, third)]
        with doors[0].opened(), doors[1].opened(), doors[2].opened():
            doors[0].pass_by({pool})
            doors[1].pass_by({pool})
            with pytest.raises(PoolsBusy):
                lock(third, pool)  # it would not see what they bring
            third.cr.rollback()
            first.cr.commit()
            second.cr.rollback()
            assert count_locks(watcher) == 0
            lock(third, pool)
            with pytest.raises(PoolsBusy):
                doors[0].pass_by({pool})
            first.cr.rollback()
            third.cr.commit()
        assert count_locks(watcher) == 0


class TestInTheQueue:
    def test_in_turn(self, registry, open_transaction, pool):
        """They come in the order in which they have queued, and each finds what those before it have left."""
        holder, watcher = open_transaction(), open_transaction()
        served = []

        def take(number):
            with closing(registry.cursor()) as cr:
                env, door = api.Environment(cr, holder.uid, {}), PoolDoor.of(cr)
                door.queue_for({pool}, env)
                served.append(number)
                lock(env, pool)
                cr.commit()

        PoolDoor.of(holder.cr).queue_for({pool}, holder)
        threads = []
        for number in range(4):
            threads.append(start(lambda number=number: take(number)))
            wait_until(lambda number=number: count_locks(watcher, is_granted=False) == number + 1)
        holder.cr.rollback()
        for thread in threads:
            thread.join()
        assert served == [0, 1, 2, 3], "First come, first served."
        assert count_locks(watcher) == 0

    def test_patience(self, open_transaction, pool, monkeypatch):
        """Who has waited too long is told so in his words, holds nothing, and sees the database as it is then."""
        monkeypatch.setattr(pool_door, "PATIENCE_SECONDS", 1)
        first, second, watcher = open_transaction(), open_transaction(), open_transaction()
        PoolDoor.of(first.cr).queue_for({pool}, first)
        with pytest.raises(UserError):
            PoolDoor.of(second.cr).queue_for({pool}, second)
        first.cr.rollback()
        assert count_locks(watcher) == 0
        second.cr.execute("SHOW lock_timeout")
        assert second.cr.fetchone()[0] == "0", "Nothing of it stays on the connection."


class TestNobodyWaits:
    def test_no_turn(self, open_transaction, pool):
        """What nobody waits for is brought without a lock."""
        env, watcher = open_transaction(), open_transaction()
        turns = SQL("SELECT lock_count FROM stock_backorder_pool WHERE product_id = %s", pool[0])
        before = env.execute_query(turns)
        with PoolDoor.of(env.cr).opened():
            make_receipt(env, pool).button_validate()
            assert not PoolDoor.of(env.cr).held
            assert env.execute_query(turns) == before
            env.cr.commit()
        assert count_locks(watcher) == 0

    def test_claimed_meanwhile(self, open_transaction, pool, create_delivery):
        """Who claims the goods while they are brought, and cannot see them, gets them after the commit."""
        receiving, claiming = open_transaction(), open_transaction()
        receipt = make_receipt(receiving, pool)
        receiving.cr.commit()
        product = claiming["product.product"].browse(pool[0])
        delivery = create_delivery(claiming, product, quantity=12)
        delivery.action_confirm()
        receipt.button_validate()
        committing = start(receiving.cr.commit)  # it waits for him who has his turn at this moment
        claiming.cr.commit()
        committing.join()
        claiming.invalidate_all()
        assert delivery.move_ids.quantity == 12, "5 were there, 10 have come."

    def test_claimed_later(self, open_transaction, pool, create_delivery):
        """Who has begun before the commit, and claims the goods after it, has to begin anew."""
        receiving, claiming = open_transaction(), open_transaction()
        receipt = make_receipt(receiving, pool)
        receiving.cr.commit()
        product = claiming["product.product"].browse(pool[0])
        delivery = create_delivery(claiming, product, quantity=12)
        receipt.button_validate()
        receiving.cr.commit()
        with pytest.raises(psycopg2.errors.SerializationFailure):
            delivery.action_confirm()


def make_receipt(env, pool, quantity=10):
    product = env["product.product"].browse(pool[0])
    warehouse = env["stock.warehouse"].search([], limit=1)
    suppliers = env.ref("stock.stock_location_suppliers")
    places = {"location_id": suppliers.id, "location_dest_id": warehouse.lot_stock_id.id}
    receipt = env["stock.picking"].create(
        {
            "picking_type_id": warehouse.in_type_id.id,
            "move_ids": [(0, 0, {"product_id": product.id, "product_uom_qty": quantity, **places})],
            **places,
        }
    )
    receipt.action_confirm()
    return receipt


class Client:
    """Somebody at the web client: his calls are requests of their own, and queue."""

    def __init__(self, server, login):
        self.url = server.url
        self.session = requests.Session()
        answer = self._post("/web/session/authenticate", {"db": server.database, "login": login, "password": login})
        assert answer["uid"]

    def call(self, model, method, *arguments, **keywords):
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": arguments, "kwargs": keywords},
        )

    def _post(self, path, params):
        answer = self.session.post(self.url + path, json={"jsonrpc": "2.0", "method": "call", "params": params})
        answer = answer.json()
        assert "error" not in answer, answer["error"]["data"]["message"]
        return answer["result"]


class TestOverHttp:
    def test_more_is_wanted_on_the_way(self, server, open_transaction, create_product, create_delivery):
        """A request that finds a second product busy after it has queued for the first queues for both."""
        env, other, watcher = open_transaction(), open_transaction(), open_transaction()
        warehouse = env["stock.warehouse"].search([], limit=1)
        products = [create_product(env, stock=5) for _number in range(2)]
        deliveries = [create_delivery(env, product, quantity=3) for product in products]
        env.cr.commit()
        first, second = ((product.id, warehouse.lot_stock_id.id) for product in products)
        client, retries = Client(server, "admin"), server.count_retries()
        PoolDoor.of(env.cr).queue_for({first}, env)
        PoolDoor.of(other.cr).queue_for({second}, other)
        ids = [delivery.id for delivery in deliveries]
        calling = start(lambda: client.call("stock.picking", "action_confirm", ids))
        wait_until(lambda: count_locks(watcher, is_granted=False) == 1)
        env.cr.rollback()
        wait_until(lambda: count_locks(watcher, is_granted=False) == 1)
        other.cr.rollback()
        calling.join()
        wait_until(lambda: count_locks(watcher) == 0)
        env.invalidate_all()
        assert [delivery.state for delivery in deliveries] == ["assigned", "assigned"]
        assert server.count_retries() == retries, "Nobody has waited at random."

    def test_dispatched_again(self, server, open_transaction, pool, create_delivery):
        """A request that finds the stock busy waits for it, and then does its work once, without a retry."""
        env, watcher = open_transaction(), open_transaction()
        delivery = create_delivery(env, env["product.product"].browse(pool[0]), quantity=3)
        env.cr.commit()
        client, retries = Client(server, "admin"), server.count_retries()
        PoolDoor.of(env.cr).queue_for({pool}, env)
        calling = start(lambda: client.call("stock.picking", "action_confirm", delivery.ids))
        wait_until(lambda: count_locks(watcher, is_granted=False) == 1)
        env.cr.rollback()
        calling.join()
        wait_until(lambda: count_locks(watcher) == 0)
        env.invalidate_all()
        assert delivery.state == "assigned"
        assert server.count_retries() == retries, "Nobody has waited at random."

    def test_arguments_come_again(self, server, open_transaction, pool, create_delivery):
        """What the work has done to its arguments is undone: the lines that are written are those that were sent."""
        env, watcher = open_transaction(), open_transaction()
        delivery = create_delivery(env, env["product.product"].browse(pool[0]), quantity=3)
        delivery.action_confirm()
        env.cr.commit()
        client = Client(server, "admin")
        PoolDoor.of(env.cr).queue_for({pool}, env)
        places = {"location_id": delivery.location_id.id, "location_dest_id": delivery.location_dest_id.id}
        lines = [
            [1, delivery.move_ids.id, {"product_uom_qty": 2}],
            [0, 0, {"product_id": pool[0], "product_uom_qty": 1, **places}],
        ]
        calling = start(
            lambda: client.call("stock.picking", "web_save", delivery.ids, {"move_ids": lines}, specification={})
        )
        wait_until(lambda: count_locks(watcher, is_granted=False) == 1)
        env.cr.rollback()
        calling.join()
        env.invalidate_all()
        assert sorted(delivery.move_ids.mapped("product_uom_qty")) == [1, 2]

    def test_nothing_stays(self, server, open_transaction, pool, create_delivery):
        """A refused request, an onchange and a read leave no lock behind."""
        env, watcher = open_transaction(), open_transaction()
        delivery = create_delivery(env, env["product.product"].browse(pool[0]), quantity=3)
        delivery.action_confirm()
        env.cr.commit()
        client = Client(server, "admin")
        with pytest.raises(AssertionError, match="cannot be negative"):
            lines = [[1, delivery.move_ids.id, {"quantity": -1}]]
            client.call("stock.picking", "web_save", delivery.ids, {"move_ids": lines}, specification={})
        shown = {"quantity": {}, "picked": {}}
        client.call("stock.move", "onchange", delivery.move_ids.ids, {"quantity": 2}, ["quantity"], shown)
        client.call("stock.picking", "read", delivery.ids, ["promise_date"])
        assert count_locks(watcher) == 0
