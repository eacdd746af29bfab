"""Nothing is taken back or put on hold twice, nor what is picked, when others pick, ship or receive at that moment.

Who comes second finds what the first has left: a plan that has changed is shown and not done, and who is being picked
is not put on hold, which is no fault.
"""

import threading
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_reservation_races import FEW, MANY, ROUNDS_AT_ONCE, Stage, check, make_rounds, validate

DONE = "ir.actions.act_window_close"


@pytest.fixture(params=[FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def stage(open_transaction, request):
    return Stage(open_transaction(), request.param)


@pytest.fixture
def race(servers, stage):
    """A function that runs rounds on the two servers, and returns the answers to both calls of each."""

    def run(rounds):
        stage.env.cr.commit()
        stage.env.registry.signal_changes()
        with ThreadPoolExecutor(ROUNDS_AT_ONCE) as pool:
            answers = list(pool.map(run_one, rounds, range(len(rounds))))
        stage.env.cr.rollback()  # only a new transaction sees what the servers have done
        stage.env.invalidate_all()
        check(stage, rounds)
        return answers

    def run_one(one, number):
        start = threading.Barrier(2)

        def run_call(call, server):
            start.wait()
            try:
                return call(server)
            except xmlrpc.client.Fault as fault:
                # Refused in words; a traceback is a fault of ours.
                assert "Traceback" not in fault.faultString, fault.faultString
                return fault.faultString

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(run_call, one.calls, (servers[(number + turn) % len(servers)] for turn in (0, 1))))

    return run


# ---- calls -------------------------------------------------------------------


def plan(stage, deliveries):
    """Return a plan of the administrator's for each of *deliveries*, which wait."""
    admin = stage.env.ref("base.user_admin")
    stage.env.flush_all()
    stage.env.invalidate_all()
    actions = [delivery.move_ids.with_user(admin).action_get_it() for delivery in deliveries]
    plans = stage.env["stock.take.back"].browse(action["res_id"] for action in actions)
    plans.reason = "A race"
    return plans


def take_back(one):
    return lambda server: server.call("admin", one._name, "action_apply", one.ids)


def pick(delivery):
    move = delivery.move_ids
    return lambda server: server.call("picker", move._name, "write", move.ids, {"picked": True})


def hold(stage, deliveries):
    """Return a call for each of *deliveries* that puts it on hold: the administrator has seen what that does."""
    admin = stage.env.ref("base.user_admin")
    holds = stage.env["stock.hold"].with_user(admin)
    stage.env.flush_all()
    wizards = [holds.browse(holds._open(delivery.with_user(admin))["res_id"]) for delivery in deliveries]
    holds.browse(wizard.id for wizard in wizards).reason = "site"
    return [lambda server, one=one: server.call("admin", one._name, "action_hold", one.ids) for one in wizards]


def is_done(answer):
    return isinstance(answer, dict) and answer["type"] == DONE


def make_two(stage, count):
    """Return products of which the first delivery has all, and deliveries that have it and that wait for it."""
    products = stage.make_products(count)
    stage.put_stock(products, 10)
    return products, stage.make_deliveries(products, 10), stage.make_deliveries(products, 10)


# ---- the rounds --------------------------------------------------------------


def test_take_back_and_pick(stage, race):
    """Scenario: 10 are taken back while their picker says that he has picked them. Expected: either."""
    products, donors, takers = make_two(stage, stage.rounds)
    calls = [take_back(one) for one in plan(stage, takers)], [pick(donor) for donor in donors]
    answers = race(make_rounds(products, *calls, ordered=20, brought=10))
    for donor, taker, (taken, _picked) in zip(donors, takers, answers, strict=True):
        assert taker.move_ids.quantity == (10 if is_done(taken) else 0), "What it says is what it has done."
        assert donor.move_ids.quantity + taker.move_ids.quantity == 10, "Nothing twice, nothing lost."
        assert not sum(donor.move_line_ids.filtered("picked").mapped("quantity")) or not is_done(taken)


def test_take_back_and_ship(stage, race):
    """Scenario: 10 are taken back while they ship. Expected: either; what has shipped is taken from nobody."""
    products, donors, takers = make_two(stage, stage.rounds)
    calls = [take_back(one) for one in plan(stage, takers)], [validate(donor) for donor in donors]
    answers = race(make_rounds(products, *calls, ordered=20, brought=10))
    for donor, taker, (taken, shipped) in zip(donors, takers, answers, strict=True):
        assert taker.move_ids.quantity == (10 if is_done(taken) else 0)
        assert (donor.state == "done") != is_done(taken), f"{taken}, {shipped}"


def test_take_back_and_receipt(stage, race):
    """Scenario: 10 are taken back while 10 come. Expected: both have 10, whoever was first."""
    products, _donors, takers = make_two(stage, stage.rounds)
    receipts = [validate(receipt) for receipt in stage.make_receipts(products, 10)]
    calls = [take_back(one) for one in plan(stage, takers)], receipts
    race(make_rounds(products, *calls, ordered=20, brought=20, reserved=(10, 10)))


def test_take_back_and_take_back(stage, race):
    """Scenario: two take the same 10 back for two deliveries. Expected: one of them gets them."""
    products, donors, first = make_two(stage, stage.rounds)
    second = stage.make_deliveries(products, 10)
    calls = [[take_back(one) for one in plan(stage, takers)] for takers in (first, second)]
    answers = race(make_rounds(products, *calls, ordered=30, brought=10))
    for donor, *takers, both in zip(donors, first, second, answers, strict=True):
        assert sorted(taker.move_ids.quantity for taker in takers) == [0, 10], both
        assert donor.move_ids.quantity == 0
        assert sorted(map(is_done, both)) == [False, True], both


def test_the_same_twice(stage, race):
    """Scenario: the button is pressed on two servers at once, then Undo. Expected: it is done once, and undone once."""
    products, donors, takers = make_two(stage, stage.rounds)
    plans = plan(stage, takers)
    calls = [take_back(one) for one in plans]
    answers = race(make_rounds(products, calls, calls, ordered=20, brought=10, reserved=(0, 10)))
    assert all(is_done(answer) for both in answers for answer in both)
    log = stage.env["stock.backorder.allocation"]
    entries = log.search([("move_id", "in", takers.move_ids.ids), ("cause", "=", "take_back")], order="move_id")
    assert len(entries) == len(takers), "Once."
    undo = [
        lambda server, entry=entry: server.call("admin", entry._name, "action_undo", entry.ids) for entry in entries
    ]
    race(make_rounds(products, undo, undo, ordered=20, brought=10, reserved=(10, 0)))
    assert all(donor.move_ids.quantity == 10 for donor in donors)


def check_held(held, next_one, answer):
    """Who is on hold has lent all to who comes next; who is not has kept it."""
    assert held.is_held == held.move_ids.is_held == is_done(answer), answer
    assert held.move_ids.quantity == (0 if held.is_held else 10), "On hold, nothing is reserved for it."
    assert next_one.move_ids.quantity == (10 if held.is_held else 0), "Lent to who comes next, or to nobody."


def test_hold_and_pick(stage, race):
    """Scenario: a delivery is put on hold while its picker says that he has picked it. Expected: either."""
    products, deliveries, others = make_two(stage, stage.rounds)
    calls = hold(stage, deliveries), [pick(delivery) for delivery in deliveries]
    answers = race(make_rounds(products, *calls, ordered=20, brought=10))
    for delivery, other, (held, _picked) in zip(deliveries, others, answers, strict=True):
        check_held(delivery, other, held)
        assert not sum(delivery.move_line_ids.filtered("picked").mapped("quantity")) or not is_done(held)


def test_hold_and_ship(stage, race):
    """Scenario: a delivery is put on hold while it ships. Expected: either; nothing ships that is on hold."""
    products, deliveries, others = make_two(stage, stage.rounds)
    calls = hold(stage, deliveries), [validate(delivery) for delivery in deliveries]
    answers = race(make_rounds(products, *calls, ordered=20, brought=10))
    for delivery, other, (held, shipped) in zip(deliveries, others, answers, strict=True):
        assert (delivery.state == "done") != is_done(held), f"{held}, {shipped}"
        check_held(delivery, other, held)


def test_hold_and_receipt(stage, race):
    """Scenario: a delivery is put on hold while 10 come, and two others wait. Expected: these have 10 each, whoever was
    first."""
    products, deliveries, _others = make_two(stage, stage.rounds)
    stage.make_deliveries(products, 10)
    receipts = [validate(receipt) for receipt in stage.make_receipts(products, 10)]
    calls = hold(stage, deliveries), receipts
    answers = race(make_rounds(products, *calls, ordered=30, brought=20, reserved=(0, 10, 10)))
    assert all(is_done(held) for held, _received in answers)
    assert all(delivery.is_held for delivery in deliveries)


def test_hold_and_take_back(stage, race):
    """Scenario: a delivery is put on hold while its 10 are taken back for another. Expected: that has them, whichever
    was first."""
    products, deliveries, takers = make_two(stage, stage.rounds)
    calls = [take_back(one) for one in plan(stage, takers)], hold(stage, deliveries)
    answers = race(make_rounds(products, *calls, ordered=20, brought=10, reserved=(0, 10)))
    assert all(is_done(held) for _taken, held in answers)
    assert all(delivery.is_held for delivery in deliveries)


def test_hold_and_release(stage, race):
    """Scenario: a delivery on hold is released while what it has lent is put on hold, too. Expected: it has its goods
    again, or waits for the other to be on hold: nothing lies idle."""
    products, deliveries, others = make_two(stage, stage.rounds)
    for delivery in deliveries:
        delivery._hold("site")
    releases = [
        lambda server, one=delivery: server.call("admin", one._name, "action_release", one.ids)
        for delivery in deliveries
    ]
    race(make_rounds(products, releases, hold(stage, others), ordered=20, brought=10, reserved=(10, 0)))
