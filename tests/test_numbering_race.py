"""Two users who make a backorder of one original at the same time get two numbers, and no error."""

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import pytest

ROUNDS = 12
PATIENCE_SECONDS = 30


@pytest.fixture
def split_delivery(open_transaction, create_product, create_delivery):
    """A function that commits a delivery of ten units, split into six and four (-R1), and gives the ids of both."""

    def make():
        env = open_transaction()
        product = create_product(env, stock=10)
        root = create_delivery(env, product, quantity=10)
        root.action_confirm()
        root.action_assign()
        root.move_ids.quantity = 6
        root.action_split_transfer()
        backorder = root.backorder_ids
        backorder.action_assign()
        root.move_ids.quantity = 3
        backorder.move_ids.quantity = 2
        # Nothing stays free, else what one leaves would be handed to the other.
        env["stock.quant"]._update_available_quantity(product, root.location_id, -5)
        env.cr.commit()
        return root.id, backorder.id

    return make


def chain_numbers(env, root_id):
    root = env["stock.picking"].browse(root_id)
    chain = root.chain_ids
    return [(picking.name.removeprefix(root.name), picking.backorder_index) for picking in chain], sum(
        chain.mapped("items_ordered")
    )


EXPECTED = ([("", 0), ("-R1", 1), ("-R2", 2), ("-R3", 3)], 10)


def test_second_waits_for_the_first_and_is_retried(server, open_transaction, split_delivery):
    """Scenario: one transaction has drawn -R2 and not committed; a user makes another. Expected: he gets -R3."""
    root_id, backorder_id = split_delivery()
    first = open_transaction()
    first["stock.picking"].browse(root_id).button_validate()
    first.flush_all()
    with ThreadPoolExecutor() as pool:
        second = pool.submit(server.call, "picker", "stock.picking", "button_validate", [backorder_id])
        with pytest.raises(FutureTimeoutError):
            second.result(timeout=2)  # it waits: the original is locked
        first.cr.commit()
        assert second.result(timeout=PATIENCE_SECONDS) is True, "The user sees no error."
    assert chain_numbers(open_transaction(), root_id) == EXPECTED, "Two different numbers, no gap, nothing lost."


def test_rounds_of_two_users(server, open_transaction, split_delivery):
    """Scenario: two users press Validate at the same moment, twelve times. Expected: the same, each time.

    All rounds are under way at once, because Odoo lets whom it tries again sleep.
    """

    def validate_both(ids):
        start = threading.Barrier(2)

        def validate(picking_id):
            start.wait()
            return server.call("picker", "stock.picking", "button_validate", [picking_id])

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(validate, ids))

    rounds = [split_delivery() for _number in range(ROUNDS)]
    with ThreadPoolExecutor(ROUNDS) as pool:
        results = list(pool.map(validate_both, rounds))
    for number, (result, (root_id, _backorder_id)) in enumerate(zip(results, rounds, strict=True)):
        assert result == [True, True], f"Round {number}: no user sees an error."
        assert chain_numbers(open_transaction(), root_id) == EXPECTED, f"Round {number}: different numbers."
