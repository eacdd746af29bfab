"""What is kept for the analysis, beside people who ship: nobody waits for the cron, and the analysis is always true."""

import psycopg2
import pytest

from odoo.addons.gse_backorder.tests.workbench.figures_common import compare_figures, keep_figures

STOCK = 10


@pytest.fixture
def make_delivery(open_transaction, create_product, create_delivery):
    """A function that commits a reserved delivery, with its figures kept, and gives its id."""

    def make():
        env = open_transaction()
        delivery = create_delivery(env, create_product(env, stock=STOCK), quantity=2)
        delivery.action_confirm()
        delivery.action_assign()
        keep_figures(env)
        env.cr.commit()
        return delivery.id

    return make


def ship(env, delivery_id):
    env.cr.execute("SET LOCAL lock_timeout = '5s'")
    assert env["stock.picking"].browse(delivery_id).button_validate() is True
    env.flush_all()


def is_exact(env, delivery_id, state):
    kept, live = compare_figures(env)
    [row] = [row for row in kept if row["root_id"] == delivery_id]
    return kept == live and row["state"] == state


def test_shipped_while_it_is_worked_off(open_transaction, make_delivery):
    """Scenario: the cron has read what is marked; somebody ships and commits, then the cron does; and the other way
    round. Expected: neither waits, and what has shipped is told as shipped, at once and after the next run."""
    for is_user_first in (True, False):
        delivery_id = make_delivery()
        marking = open_transaction()
        marking["stock.picking"].browse(delivery_id).move_ids.ordered_date = "2026-01-01"
        marking.cr.commit()
        cron, user = open_transaction(), open_transaction()
        assert cron["stock.backorder.mark"].search_count([]), "Its snapshot is taken."
        ship(user, delivery_id)
        if is_user_first:
            user.cr.commit()
        keep_figures(cron)
        cron.cr.commit()
        user.cr.commit()
        later = open_transaction()
        assert is_exact(later, delivery_id, "fulfilled")
        assert delivery_id in later["stock.backorder.mark"]._get_marked_roots(), "What the cron has not seen is marked."
        keep_figures(later)
        assert is_exact(later, delivery_id, "fulfilled")
        later.cr.commit()


def test_two_at_once(open_transaction, make_delivery):
    """Scenario: two work off the same marks. Expected: one does, the other tries again later; no line twice."""
    delivery_id = make_delivery()
    user = open_transaction()
    ship(user, delivery_id)
    user.cr.commit()
    first, second = open_transaction(), open_transaction()
    assert second["stock.backorder.mark"].search_count([])
    keep_figures(first)
    first.cr.commit()
    with pytest.raises(psycopg2.errors.SerializationFailure):
        keep_figures(second)
    second.cr.rollback()
    assert is_exact(second, delivery_id, "fulfilled")
