"""The addon beside others that change the same methods of Odoo: all are installed, and theirs works as they say.

``./dev/test --all`` alone downloads and installs them.
"""

import contextlib
import os
import subprocess
import sys

import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules import get_module_path

pytestmark = pytest.mark.slow

# What their own tests say must hold with ours, too.
TESTED = ("stock_picking_backorder_policy", "stock_picking_reservation_policy", "stock_split_picking")
LAST_CHARACTERS = 8_000


@pytest.fixture
def env(oca_registry):
    """What a test does in it is undone when it ends."""
    with contextlib.closing(oca_registry.cursor()) as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})


@pytest.mark.parametrize("addon", TESTED)
def test_their_own_tests(oca_database, addon):
    """Scenario: the tests of another addon, with ours installed. Expected: they pass."""
    command = (
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
        f"--odoo-database={oca_database}", "--odoo-extra=max-cron-threads=0", f"{get_module_path(addon)}/tests",
    )  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-LAST_CHARACTERS:] + result.stderr[-LAST_CHARACTERS:]


def test_all_are_installed(env):
    """Scenario: the addons that are locked. Expected: all of them are there, and ours."""
    installed = set(env["ir.module.module"].search([("state", "=", "installed")]).mapped("name"))
    assert {*TESTED, "gse_backorder", "stock_owner_restriction", "stock_restrict_lot"} <= installed


@pytest.mark.parametrize(
    ("on_type", "on_delivery", "stays"),
    [
        ("always", "never", True),  # the rest would be cancelled, though the type makes backorders
        ("never", False, True),
        ("never", "always", False),  # a backorder is made, though the type makes none
        ("always", False, False),
        ("ask", "always", False),
    ],
)
def test_complete_asks_what_validate_does(env, create_product, create_delivery, on_type, on_delivery, stays):
    """Scenario: 6 of 9 are there, one setting says what becomes of the rest, another overrides it. Expected: *Complete*
    ships where a backorder follows, and leaves alone what would lose its rest."""
    product = create_product(env, "Beam", stock=6)
    delivery = create_delivery(env, product, quantity=9, backorder_policy=on_delivery)
    delivery.picking_type_id.create_backorder = on_type
    delivery.action_confirm()
    delivery.action_assign()
    run = env["stock.completion"].browse(delivery.action_complete()["res_id"])
    run.line_ids._complete()
    if stays:
        assert (delivery.state, delivery.items_open, run.line_ids.state) == ("assigned", 9, "failed")
        assert delivery.name in run.line_ids.reason
    else:
        assert (delivery.state, delivery.backorder_ids.items_open, run.line_ids.state) == ("done", 3, "done")


def test_rest_given_up_goes_to_the_next(env, create_product, create_delivery):
    """Scenario: 6 of 9 are reserved, 2 ship, and the delivery's policy cancels the rest. Expected: the next gets 4."""
    product = create_product(env, "Beam", stock=6)
    delivery = create_delivery(env, product, quantity=9, backorder_policy="never")
    waiting = create_delivery(env, product, quantity=5)
    (delivery | waiting).action_confirm()
    delivery.action_assign()
    delivery.move_ids.quantity = 2
    waiting.do_unreserve()
    delivery.button_validate()
    assert (delivery.state, delivery.items_cancelled, waiting.move_ids.quantity) == ("done", 7, 4)
