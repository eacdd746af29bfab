"""What ``tests/addons/gse_backorder_example`` adds to *Backorders* works: to extend it takes no more than it shows."""

import contextlib
import os
import re
import subprocess
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import _copy_of, _odoo_on

import odoo
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry

FOLDER = Path(__file__).parent / "addons"
EXAMPLE = "gse_backorder_example"
ADDONS = "--addons-path=" + ",".join((*odoo.tools.config["addons_path"], str(FOLDER)))


@pytest.fixture(scope="module")
def extended(request):
    """The name of a database with the example."""
    with _copy_of(os.environ["GSE_PREPARED_DATABASE"], "gse_extended", request.config) as name:
        command = (sys.executable, "-m", "odoo", ADDONS, "-d", name, "-i", EXAMPLE, "--stop-after-init", "--no-http")
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stderr
        assert not re.search(r" (ERROR|CRITICAL) ", process.stderr), process.stderr
        yield name


@pytest.fixture(scope="module")
def registry(extended):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(odoo.addons, "__path__", [*odoo.addons.__path__, str(FOLDER)])
        patch.setitem(odoo.tools.config, "test_enable", False)  # loading the models would run their tests, too
        loaded = Registry(extended)
    yield loaded
    Registry.delete(extended)


@pytest.fixture
def env(registry):
    """What a test does in it is undone when it ends."""
    with contextlib.closing(registry.cursor()) as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})


@pytest.fixture
def order(env):
    """A function that confirms an order of so much of a product."""

    def confirm(product, quantity):
        customer = env["res.partner"].create({"name": "Site Ltd", "is_company": True, "email": "site@example.com"})
        line = Command.create({"product_id": product.id, "product_uom_qty": quantity})
        order = env["sale.order"].create({"partner_id": customer.id, "order_line": [line]})
        order.action_confirm()
        return order

    return confirm


def test_the_policy_ranks(env, create_product, order):
    """Scenario: a big line, then a small one; the policy says that small ones come first; two units come. Expected:
    the small one gets them; a quotation of one would come before both."""
    product = create_product(env, is_storable=True)
    big, small = (order(product, quantity).order_line.move_ids for quantity in (5, 2))
    warehouse = big.warehouse_id or big.picking_type_id.warehouse_id
    assert list(env["stock.ranking"]._get_positions(big | small)) == [big.id, small.id]
    warehouse.allocation_policy = "smallest"
    assert list(env["stock.ranking"]._get_positions(big | small)) == [small.id, big.id]
    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 2)
    env["stock.allocation"]._hand_out()
    assert (big.quantity, small.quantity) == (0, 2)


def test_the_supply_is_pegged(env, create_product, order):
    """Scenario: five are announced for next week, without a receipt. Expected: the line has their date, names them, and
    nothing is left to buy."""
    product = create_product(env, is_storable=True)
    line = order(product, 5).order_line
    assert line.availability_status == "missing"
    date = fields.Datetime.now() + timedelta(days=7)
    place = line.move_ids.location_id
    values = {"product_id": product.id, "location_id": place.id, "quantity": 5, "date": date}
    env["example.announcement"].create({"name": "A-17", **values})
    env.invalidate_all()
    assert (line.availability_status, line.promise_date) == ("short", date.replace(microsecond=0))
    assert "A-17" in line.move_ids.expected_from
    assert "A-17" in line.move_ids.allocation_explanation
    assert not env["stock.supply.need"].search([("product_id", "=", product.id)])


def test_the_notice_is_sent(env, create_product, order):
    """Scenario: the papers of a delivery are printed. Expected: one mail to its customer."""
    delivery = order(create_product(env, stock=5), 5).picking_ids
    delivery.company_id.mail_backorder_ready = True
    delivery.printed = True
    [notice] = delivery.customer_notice_ids.filtered(lambda notice: notice.event == "printed")
    notice._send_safely()
    assert not notice.exists()
    [mail] = env["mail.mail"].search([("model", "=", "stock.picking"), ("res_id", "=", delivery.id)], order="id desc")
    assert mail.subject == f"{delivery.name} is being picked"


def test_the_effect_follows(env, create_product, order):
    """Scenario: goods come for who waits. Expected: what the example does about it is done."""
    product = create_product(env, is_storable=True)
    delivery = order(product, 5).picking_ids
    env["stock.quant"]._update_available_quantity(product, delivery.location_id, 5)
    env["stock.allocation"]._hand_out()
    assert any("something has come by" in str(body) for body in delivery.message_ids.mapped("body"))


def test_the_choice_is_on_the_page(extended, registry, tmp_path, create_product):
    """Scenario: a customer opens his delivery by its link. Expected: the button is there, and what it means."""
    with contextlib.closing(registry.cursor()) as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        delivery = env["stock.picking"].search([("fulfillment_state", "=", "partial"), ("customer_id", "!=", False)])[0]
        url = delivery.get_portal_url()
        question = f"We call you about {delivery.name}."
    with _odoo_on(extended, tmp_path / "odoo.log", more=(ADDONS,)) as running:
        page = urllib.request.urlopen(f"{running.url}{url}").read().decode()
    assert "Call me" in page
    assert question in page
