"""A server that is killed amid a big receipt leaves all of it or nothing, and the next one can validate it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from odoo import Command

PRODUCTS = 60
LINES_OF_A_DELIVERY = 3
DELIVERIES_OF_A_PRODUCT = 5
WANTED = 2  # by each claim
CLAIMS = PRODUCTS * DELIVERIES_OF_A_PRODUCT

# How much of its work the server has done when it is killed, from the first that it writes until it answers. Work takes
# longer at some times than at others: not every kill must come amid it, and where too few have, there are more.
KILLED_AT = (1.1, 0.95, 0.8, 0.6, 0.4, 0.2)
KILLED_THEN_AT = (0.3, 0.1, 0.5, 0.2, 0.05)
INTERRUPTED_AT_LEAST = 3
PATIENCE_SECONDS = 120

DONE = {
    "receipt": "done",
    "deliveries": [("assigned", "ready")],
    "claims": [("assigned", WANTED)],
    "reserved on lines": CLAIMS * WANTED,
    "in stock, reserved": (CLAIMS * WANTED, CLAIMS * WANTED),
    "log entries, quantity": (CLAIMS, CLAIMS * WANTED),
}


class BigReceipt:
    """A receipt that waits to be validated, and the deliveries that wait for its goods."""

    def __init__(self, env):
        self.env = env
        self.warehouse = env["stock.warehouse"].search([], limit=1)
        self.stock = self.warehouse.lot_stock_id
        values = {"name": "Awaited", "type": "consu", "is_storable": True}
        self.products = env["product.product"].create([values] * PRODUCTS)
        self.deliveries = self._make_deliveries()
        self.receipt = self._make_receipt()
        env.cr.commit()
        self.untouched = self.look()

    def _make_deliveries(self):
        customers = self.env.ref("stock.stock_location_customers")
        deliveries = self.env["stock.picking"].create(
            [
                self._prepare(self.warehouse.out_type_id, products, WANTED, self.stock, customers)
                for start in range(0, PRODUCTS, LINES_OF_A_DELIVERY)
                if (products := self.products[start : start + LINES_OF_A_DELIVERY])
                for _number in range(DELIVERIES_OF_A_PRODUCT)
            ]
        )
        deliveries.action_confirm()
        return deliveries

    def _make_receipt(self):
        suppliers, quantity = self.env.ref("stock.stock_location_suppliers"), WANTED * DELIVERIES_OF_A_PRODUCT
        receipt = self.env["stock.picking"].create(
            self._prepare(self.warehouse.in_type_id, self.products, quantity, suppliers, self.stock)
        )
        receipt.action_confirm()
        return receipt

    def _prepare(self, picking_type, products, quantity, source, destination):
        places = {"location_id": source.id, "location_dest_id": destination.id}
        lines = [{"product_id": product.id, "product_uom_qty": quantity, **places} for product in products]
        return {"picking_type_id": picking_type.id, "move_ids": [Command.create(line) for line in lines], **places}

    def look(self):
        """Return how what a validation writes looks in the database now."""
        self.env.cr.rollback()
        self.env.invalidate_all()
        claims = self.deliveries.move_ids
        of_products = ("product_id", "in", self.products.ids)
        quants = self.env["stock.quant"].search([of_products, ("location_id", "=", self.stock.id)])
        log = self.env["stock.backorder.allocation"].search([of_products])
        return {
            "receipt": self.receipt.state,
            "deliveries": sorted({(delivery.state, delivery.fulfillment_state) for delivery in self.deliveries}),
            "claims": sorted({(claim.state, claim.quantity) for claim in claims}),
            "reserved on lines": sum(claims.move_line_ids.mapped("quantity")),
            "in stock, reserved": (sum(quants.mapped("quantity")), sum(quants.mapped("reserved_quantity"))),
            "log entries, quantity": (len(log.filtered("quantity")), sum(log.mapped("quantity"))),
        }

    def validate(self, server):
        return server.call("picker", "stock.picking", "button_validate", self.receipt.ids)


@pytest.fixture
def make_big_receipt(open_transaction):
    env = open_transaction()
    return lambda: BigReceipt(env)


class Watch:
    """What the database shows of a server's work."""

    def __init__(self, env, server):
        self.cr = env.cr
        self.name = f"odoo-{server.process.pid}"  # as Odoo names its connections

    def is_connected(self):
        return self._is_there("TRUE")

    def is_writing(self):
        return self._is_there("backend_xid IS NOT NULL")

    def _is_there(self, condition):
        self.cr.rollback()  # within a transaction the picture stands still
        self.cr.execute(f"SELECT FROM pg_stat_activity WHERE application_name = %s AND {condition}", [self.name])
        return bool(self.cr.rowcount)


@pytest.fixture
def begin(open_transaction):
    """A function that has a server begin to validate, and gives the running call and the watch on it."""
    env = open_transaction()
    with ThreadPoolExecutor() as pool:

        def begin_one(server, big):
            server.call("picker", "stock.picking", "read", big.receipt.ids, ["state"])  # it loads what it needs
            watch = Watch(env, server)
            running = pool.submit(big.validate, server)
            wait_until(lambda: watch.is_writing() or running.done())
            return running, watch

        yield begin_one


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def kill_amid(begin):
    """A function that kills a server so many seconds after it has begun to write, and says whether it was at work."""

    def kill(server, big, seconds):
        running, watch = begin(server, big)
        time.sleep(seconds)
        was_writing = watch.is_writing()
        server.process.kill()
        server.process.wait()
        assert running.exception() or running.result() is True
        wait_until(lambda: not watch.is_connected())  # the database has noticed
        return was_writing

    return kill


def test_kill_amid_a_big_receipt(start_server, make_big_receipt, begin, kill_amid):
    """Scenario: 300 claims wait for a receipt; the server that validates it is killed, early or late. Expected: all of
    it is done or nothing, and then another server validates it."""
    big = make_big_receipt()
    running, _watch = begin(start_server(), big)
    start = time.monotonic()
    assert running.result() is True
    takes = time.monotonic() - start
    assert big.look() == DONE

    big, interrupted = make_big_receipt(), 0
    for number, part in enumerate((*KILLED_AT, *KILLED_THEN_AT)):
        if number >= len(KILLED_AT) and interrupted >= INTERRUPTED_AT_LEAST:
            break
        was_writing = kill_amid(start_server(), big, part * takes)
        seen = big.look()
        assert seen in (big.untouched, DONE), f"Killed after {part} of {takes:.1f} s: {seen}"
        if seen == DONE:
            big = make_big_receipt()
        elif was_writing:
            interrupted += 1
    assert interrupted >= INTERRUPTED_AT_LEAST, "The kills came amid the work, else they prove nothing."

    assert big.validate(start_server()) is True
    assert big.look() == DONE
