"""The addon beside manufacturing, kits, dropships, expiry dates, batches, carriers and the *Sales* app, none of which
it depends on.

All of it on a database that has them; what a test makes is rolled back.
"""

import contextlib
from datetime import timedelta

import pytest
from freezegun import freeze_time
from hypothesis import given, settings

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tests import Form, new_test_user

from odoo.addons.gse_backorder.models.allocation.freed_stock import FreedStock
from odoo.addons.gse_backorder.models.customer.order_pad_text import Row
from odoo.addons.gse_backorder.tests.chance import RANDOM_SEED, random_examples
from odoo.addons.gse_backorder.tests.test_dead_ends import Walker, find_menu, get_readme_paths
from odoo.addons.gse_backorder.tests.truth_common import TODAY, Trade, assert_same, make_stories


@pytest.fixture(scope="module")
def new_house(manufacturing_registry):
    with contextlib.closing(manufacturing_registry.cursor()) as cursor:
        yield House(api.Environment(cursor, SUPERUSER_ID, {}))


@pytest.fixture
def house(new_house):
    """A house as it was built; what a test does in it is undone when it ends."""
    savepoint = new_house.env.cr.savepoint()
    yield new_house
    savepoint.close(rollback=True)
    new_house.env.transaction.clear()


class House:
    """A warehouse of the test's own, what can be done in it, and the people who do it with just their rights."""

    def __init__(self, env):
        self.env = env
        self.warehouse = env["stock.warehouse"].create({"name": "Factory Test", "code": "FCT"})
        self.stock = self.warehouse.lot_stock_id
        self.customers = env.ref("stock.stock_location_customers")
        self.suppliers = env.ref("stock.stock_location_suppliers")
        self.customer = env["res.partner"].create({"name": "Sample LLC"})
        self.picker = self._hire("factory_picker", "stock.group_stock_user")
        # Odoo's own way to split an order reads the books.
        self.producer = self._hire("factory_producer", "mrp.group_mrp_user,account.group_account_readonly")
        self.salesperson = self._hire("factory_seller", "sales_team.group_sale_salesman_all_leads")

    def _hire(self, login, groups):
        return new_test_user(self.env, login, groups=f"base.group_user,{groups}")

    # ---- what there is -------------------------------------------------------

    def make_product(self, name, stock=0, **values):
        product = self.env["product.product"].create({"name": name, "type": "consu", "is_storable": True, **values})
        if stock:
            self.put(product, stock)
        return product

    def put(self, product, quantity, **values):
        """Put *quantity* there without an adjustment, so that nothing is assigned by it."""
        self.env["stock.quant"]._update_available_quantity(product, self.stock, quantity, **values)
        FreedStock.of(self.env.cr).forget()

    def make_recipe(self, product, *components, kind="normal"):
        """Tell that one of *product* is made of *components*, ``(product, quantity)``."""
        return self.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "type": kind,
                "bom_line_ids": [
                    Command.create({"product_id": component.id, "product_qty": quantity})
                    for component, quantity in components
                ],
            }
        )

    def make_lot(self, product, name, expires_in):
        """Return a lot that is to be removed from the stock in *expires_in* days."""
        date = fields.Datetime.now() + timedelta(days=expires_in)
        return self.env["stock.lot"].create(
            {"name": name, "product_id": product.id, "expiration_date": date, "removal_date": date}
        )

    # ---- what is done with it ------------------------------------------------

    def deliver(self, product, quantity, days=0):
        """Return the line of a confirmed delivery that is due in *days* days."""
        places = {"location_id": self.stock.id, "location_dest_id": self.customers.id}
        delivery = self._make_transfer(self.warehouse.out_type_id, product, quantity, days, places)
        return delivery.move_ids

    def receive(self, product, quantity, days=0):
        """Return a confirmed receipt that is due in *days* days."""
        places = {"location_id": self.suppliers.id, "location_dest_id": self.stock.id}
        return self._make_transfer(self.warehouse.in_type_id, product, quantity, days, places)

    def _make_transfer(self, picking_type, product, quantity, days, places):
        date = fields.Datetime.now() + timedelta(days=days)
        line = {"product_id": product.id, "product_uom_qty": quantity, "date": date, **places}
        transfer = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": picking_type.id,
                "scheduled_date": date,
                "move_ids": [Command.create(line)],
                **places,
            }
        )
        transfer.with_user(self.picker).action_confirm()
        return transfer

    def validate(self, transfer):
        assert transfer.with_user(self.picker).button_validate() is True, f"{transfer.name} is done without a question."

    def sell(self, product, quantity):
        """Return a quotation."""
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "user_id": self.salesperson.id,
                "order_line": [Command.create({"product_id": product.id, "product_uom_qty": quantity})],
            }
        )

    def produce(self, product, quantity, days=0):
        """Return a confirmed manufacturing order that starts in *days* days."""
        production = (
            self.env["mrp.production"]
            .with_user(self.producer)
            .create(
                {
                    "product_id": product.id,
                    "product_qty": quantity,
                    "picking_type_id": self.warehouse.manu_type_id.id,
                    "date_start": fields.Datetime.now() + timedelta(days=days),
                }
            )
        )
        production.action_confirm()
        return production

    def finish(self, production, quantity=None):
        """Produce *quantity*, or all of it, as the producer does; the rest goes to an order of its own."""
        with Form(production) as form:
            form.qty_producing = quantity or production.product_qty
        rest = production.ids if quantity else []
        done = production.with_context(skip_backorder=True, mo_ids_to_backorder=rest, skip_redirection=True)
        assert done.button_mark_done() is True, f"{production.name} is done without a question."

    # ---- what came of it -----------------------------------------------------

    def show_page(self, delivery):
        """Return ``{product: (ordered, shipped, remaining)}`` of the lines on the customer's page."""
        lines = self.env["stock.customer.page"]._get_values(delivery)["lines"]
        return {line["product"]: (line["ordered"], line["shipped"], line["remaining"]) for line in lines}

    def show_lines(self):
        """Return ``{product: (ordered, shipped, to come)}`` of the customer's list of open lines."""
        customer_lines = self.env["stock.customer.lines"]
        _total, lines = customer_lines._find(self.customer, self.env.company, 100)
        values = map(customer_lines._get_plain_values, lines)
        return {line["product"]: (line["ordered"], line["shipped"], line["to_come"]) for line in values}

    def refresh(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def get_reserved(self, *moves):
        self.refresh()
        return [move.quantity for move in moves]

    def get_log(self, move):
        """Return ``[(cause, quantity)]`` of what was handed to *move*."""
        entries = self.env["stock.backorder.allocation"].search([("move_id", "=", move.id)], order="id")
        return [(entry.cause, entry.quantity) for entry in entries if entry.quantity]


def order_one_after_another(*moves):
    """The first was ordered first, whatever their ids."""
    for age, move in enumerate(reversed(moves), start=1):
        move._write_facts({"ordered_date": fields.Datetime.now() - timedelta(days=age)})


# ---- manufacturing -----------------------------------------------------------


def test_manufactured_goods_are_handed_out(house):
    """Scenario: 5 and 5 are wanted, 7 are manufactured. Expected: 5 and 2, at once, whoever may see the deliveries."""
    product = house.make_product("Bench")
    house.make_recipe(product, (house.make_product("Plank", stock=100), 2))
    first, second = house.deliver(product, 5), house.deliver(product, 5)
    order_one_after_another(second, first)
    production = house.produce(product, 7)
    assert house.get_reserved(second, first) == [0, 0], "Nothing is made yet."
    house.finish(production)
    assert house.get_reserved(second, first) == [5, 2], "In ranking, until it is spent."
    assert house.get_log(first) == [("manufacturing", 2)], "It says where it comes from."
    entry = house.env["stock.backorder.allocation"].search([("move_id", "=", first.id), ("quantity", ">", 0)])
    assert entry.source == production.name, "By which order."
    assert second.picking_id.fulfillment_state == "ready", "It can ship."


def test_part_of_an_order_is_handed_out(house):
    """Scenario: three of seven are made, then the rest. Expected: each time what is made is handed out."""
    product = house.make_product("Bench")
    house.make_recipe(product, (house.make_product("Plank", stock=100), 2))
    move = house.deliver(product, 6)
    production = house.produce(product, 7)
    house.finish(production, quantity=3)
    assert house.get_reserved(move) == [3], "What is made."
    rest = production.production_group_id.production_ids - production
    assert rest.product_qty == 4, "The rest has an order of its own."
    house.finish(rest)
    assert house.get_reserved(move) == [6], "What it wants."
    assert house.get_log(move) == [("manufacturing", 3), ("manufacturing", 3)], "Twice."


def test_manufacturing_order_is_promised(house):
    """Scenario: an order is to be made in nine days, then later. Expected: it is the promise, and it moves with it."""
    product = house.make_product("Bench")
    house.make_recipe(product, (house.make_product("Plank", stock=100), 2))
    move = house.deliver(product, 5)
    house.refresh()
    assert not move.promise_date, "Nothing is known."
    production = house.produce(product, 5, days=9)
    house.refresh()
    finished = production.move_finished_ids
    assert finished.date >= fields.Datetime.now() + timedelta(days=8), "It is made then."
    assert move.promise_date == finished.date, "And promised for then."
    first = move.first_promise_date
    assert first == finished.date, "That is remembered."
    production.date_start = fields.Datetime.now() + timedelta(days=12)
    house.refresh()
    assert move.promise_date == finished.date, "The promise follows."
    assert (move.first_promise_date, move.promise_slip_days) == (first, 3), "It has slipped by three days."
    [link] = house.env["stock.pegging"]._get_links(product)
    assert (link.claim_id, link.supply_id, link.quantity) == (move.id, finished.id, 5), "By this order."


def test_components_are_claims(house):
    """Scenario: an order needs ten planks, a delivery six; twelve come. Expected: who was first has all, both ways."""
    bench = house.make_product("Bench")
    plank = house.make_product("Plank")
    house.make_recipe(bench, (plank, 2))
    component = house.produce(bench, 5).move_raw_ids
    delivery = house.deliver(plank, 6)
    order_one_after_another(component, delivery)
    pegging = house.env["stock.pegging"]
    house.warehouse.allocation_policy = "first_ordered"
    assert [pegging._get_queue(move).place for move in (component, delivery)] == [1, 2], "One ranking."
    house.validate(house.receive(plank, 7))
    assert house.get_reserved(component, delivery) == [7, 0], "The order was first."
    order_one_after_another(delivery, component)
    house.validate(house.receive(plank, 7))
    assert house.get_reserved(component, delivery) == [8, 6], "Now the delivery is, and one is left for the order."
    assert house.get_log(component) == [("receipt", 7), ("receipt", 1)], "On record."
    component.with_user(house.producer).raw_material_production_id.action_cancel()
    last = house.deliver(plank, 100)
    assert house.get_reserved(last) == [8], "What the order had is free again."


def test_order_that_takes_less_than_it_had(house):
    """Scenario: ten planks are reserved for an order, seven are used. Expected: a delivery gets the three at once."""
    bench, plank = house.make_product("Bench"), house.make_product("Plank", stock=10)
    house.make_recipe(bench, (plank, 2)).consumption = "flexible"
    production = house.produce(bench, 5)
    delivery = house.deliver(plank, 6)
    order_one_after_another(production.move_raw_ids, delivery)
    assert house.get_reserved(production.move_raw_ids, delivery) == [10, 0], "The order has them."
    with Form(production) as form:
        form.qty_producing = 5
    production.move_raw_ids.quantity = 7
    assert production.with_context(skip_redirection=True).button_mark_done() is True
    assert (production.move_raw_ids.state, production.move_raw_ids.quantity) == ("done", 7)
    assert house.get_reserved(delivery) == [3], "What it has not used."


def test_order_that_takes_less_than_it_had_and_is_corrected(house):
    """Scenario: an order that is done has used two less than was said. Expected: they are there, and handed out."""
    bench, plank = house.make_product("Bench"), house.make_product("Plank", stock=10)
    house.make_recipe(bench, (plank, 2)).consumption = "flexible"
    production = house.produce(bench, 5)
    house.finish(production)
    delivery = house.deliver(plank, 6)
    production.move_raw_ids.sudo().quantity = 8
    assert house.get_reserved(delivery) == [2], "They have never left."
    assert house.get_log(delivery) == [("correction", 2)]


def test_what_is_taken_apart_is_handed_out(house):
    """Scenario: two tables are made of four planks and taken apart again. Expected: who waits for planks has them."""
    table, plank = house.make_product("Table"), house.make_product("Plank", 4)
    recipe = house.make_recipe(table, (plank, 2))
    made = house.produce(table, 2)
    house.finish(made)
    move = house.deliver(plank, 3)
    assert house.get_reserved(move) == [0]
    places = {"location_id": house.stock.id, "location_dest_id": house.stock.id}
    house.env["mrp.unbuild"].create(
        {"product_id": table.id, "bom_id": recipe.id, "product_qty": 2, "mo_id": made.id, **places}
    ).action_validate()
    house.env["stock.allocation"]._hand_out()
    assert house.get_reserved(move) == [3]
    assert house.get_log(move) == [("manufacturing", 3)], "It is no return of a customer."


def test_components_of_a_new_order_do_not_jump(house):
    """Scenario: ten planks lie there, an older delivery wants six. Expected: a new order gets four of them."""
    bench, plank = house.make_product("Bench"), house.make_product("Plank")
    house.make_recipe(bench, (plank, 2))
    older = house.deliver(plank, 6)
    order_one_after_another(older)
    house.put(plank, 10)
    house.warehouse.allocation_policy = "first_ordered"
    component = house.produce(bench, 5).move_raw_ids
    assert house.get_reserved(older, component) == [6, 4], "The older one comes first."
    assert house.get_log(component) == [("confirm", 4)], "By its confirmation."


def test_need_of_what_is_manufactured(house):
    """Scenario: 5 of 8 are short and made by us; a component is bought. Expected: an order to make, one to buy."""
    purchaser = house._hire("factory_purchaser", "purchase.group_purchase_user")
    vendor = house.env["res.partner"].create({"name": "Plank Vendor"})
    plank = house.make_product("Plank", seller_ids=[Command.create({"partner_id": vendor.id, "price": 2})])
    routes = house.env.ref("mrp.route_warehouse0_manufacture")
    product = house.make_product("Bench", stock=3, route_ids=[Command.set(routes.ids)])
    house.make_recipe(product, (plank, 2))
    house.deliver(product, 8)
    house.refresh()
    needs = house.env["stock.supply.need"].with_user(purchaser)
    [need] = needs.search([("product_id", "=", product.id)])
    assert (need.supply_method, need.qty_to_order) == ("manufacture", 5)
    wizard = house.env["stock.supply.order"].with_user(purchaser).browse(need.action_order()["res_id"])
    assert "manufactured" in wizard.line_ids.remark
    wizard.action_order()
    [production] = house.env["mrp.production"].search([("product_id", "=", product.id)])
    assert (production.product_qty, production.state) == (5, "confirmed"), "The order that Odoo would make."
    house.refresh()
    [need] = needs.search([("product_id", "in", (product | plank).ids)])
    assert (need.product_id, need.qty_to_order, need.supply_method) == (plank, 10, "buy"), "Its components are short."


def test_draft_of_manufacturing_counts(house):
    """Scenario: a manufacturing order for all of it is a draft. Expected: nothing is ordered a second time."""
    product = house.make_product("Bench")
    house.make_recipe(product, (house.make_product("Plank", stock=100), 2))
    house.deliver(product, 5)
    house.env["mrp.production"].create(
        {"product_id": product.id, "product_qty": 5, "picking_type_id": house.warehouse.manu_type_id.id}
    )
    house.refresh()
    [need] = house.env["stock.supply.need"].search([("product_id", "=", product.id)])
    assert (need.qty_uncovered, need.qty_draft, need.qty_to_order) == (5, 5, 0)


# ---- kits --------------------------------------------------------------------


def test_kit_is_quoted_ordered_allocated_shipped(house):
    """Scenario: kits of two tops and four legs are sold, for three there is enough. Expected: one answer all along."""
    kit, top, leg = house.make_product("Table"), house.make_product("Top", 6), house.make_product("Leg", 20)
    house.make_recipe(kit, (top, 2), (leg, 4), kind="phantom")
    order = house.sell(kit, 5).with_user(house.salesperson)
    line = order.order_line
    assert (line.qty_available_now, line.qty_short) == (3, 2), "Quoted: tops for three."
    order.action_confirm()
    house.refresh()
    assert (line.qty_available_now, line.qty_short) == (3, 2), "Ordered: the same."
    quantities = line.get_quantities(kit.id, warehouse_id=house.warehouse.id)
    assert (quantities["stocks"], quantities["queue"]) == ([], False), "A kit is nowhere: its parts are."
    assert quantities["is_explained"], "But Why? has an answer."
    delivery = order.sudo().picking_ids
    assert all(move.ordered_date == order.date_order for move in delivery.move_ids), "The parts wait since the order."
    reserved = {move.product_id: move.quantity for move in delivery.move_ids}
    assert reserved == {top: 6, leg: 20}, "Allocated: what there is."
    by_product = delivery.move_ids.grouped("product_id")
    by_product[leg].quantity = 12
    house.validate(delivery)
    house.refresh()
    assert line.qty_delivered == 3, "Shipped: three."
    backorder = delivery.backorder_ids
    assert {move.product_id: move.product_uom_qty for move in backorder.move_ids} == {top: 4, leg: 8}, "Two are open."
    assert (line.qty_available_now, line.qty_short) == (0, 2), "They wait for their tops."
    house.validate(house.receive(top, 10))
    house.refresh()
    assert (line.qty_available_now, line.qty_short) == (2, 0), "Now they do not."
    assert backorder.fulfillment_state == "ready", "The backorder can ship."
    house.validate(backorder)
    house.refresh()
    assert line.qty_delivered == 5, "All five."
    assert (delivery | backorder).mapped("fulfillment_state") == ["done", "done"], "The loop is closed."


def test_kits_compete_with_their_components(house):
    """Scenario: tops are sold in kits and by themselves. Expected: a receipt is handed out in one ranking."""
    kit, top = house.make_product("Table"), house.make_product("Top")
    house.make_recipe(kit, (top, 2), kind="phantom")
    order = house.sell(kit, 3)
    order.action_confirm()
    in_kit = order.picking_ids.move_ids
    alone = house.deliver(top, 5)
    house.warehouse.allocation_policy = "first_ordered"
    order_one_after_another(alone, in_kit)
    house.validate(house.receive(top, 8))
    assert house.get_reserved(alone, in_kit) == [5, 3], "Who was first."
    house.refresh()
    assert order.order_line.qty_available_now == 1, "Tops for one kit and a half: half a table is none."


def test_kits_are_whole(house):
    """Scenario: 10 screws, 3 a kit, 5 wanted. Expected: 3 now, 2 wait, quoted and ordered; with 2 more, 4."""
    kit, screw = house.make_product("Set"), house.make_product("Screw", 10)
    house.make_recipe(kit, (screw, 3), kind="phantom")
    order = house.sell(kit, 5)
    line = order.order_line
    assert (line.qty_available_now, line.qty_short, line.qty_uncovered) == (3, 2, 2), "Quoted."
    order.action_confirm()
    house.receive(screw, 3, days=5)
    house.refresh()
    assert (line.qty_available_now, line.qty_short, line.qty_uncovered) == (3, 2, 1), "Ordered: 13 screws make 4."
    house.put(screw, 2)
    house.refresh()
    assert (line.qty_available_now, line.qty_short, line.qty_uncovered) == (4, 1, 0), "Now 12, and 15 in all."


def test_part_that_is_in_a_kit_twice(house):
    """Scenario: 11 screws, 2 and 3 a kit, 3 wanted; they ship, 3 more come. Expected: as many kits as Odoo delivers."""
    kit, screw = house.make_product("Set"), house.make_product("Screw", 11)
    house.make_recipe(kit, (screw, 2), (screw, 3), kind="phantom")
    order = house.sell(kit, 3)
    line = order.order_line
    assert (line.qty_available_now, line.qty_uncovered) == (1, 2), (
        "Quoted: six for the twos of all, five for the threes."
    )
    order.action_confirm()
    house.refresh()
    assert (line.qty_available_now, line.qty_uncovered) == (1, 2), "Ordered."
    house.validate(order.picking_ids)
    house.refresh()
    assert (line.qty_delivered, line.qty_available_now, line.qty_short) == (1, 0, 2), "Nothing is there any more."
    house.put(screw, 1)
    house.refresh()
    assert (line.qty_available_now, line.qty_uncovered) == (1, 1), "Six of nine threes."


def test_kit_in_a_kit(house):
    """Scenario: sets of two tables and a leg; 18 legs, 5 tops. Expected: what ships is told as it is then counted."""
    outer, table = house.make_product("Set"), house.make_product("Table")
    leg, top = house.make_product("Leg", 18), house.make_product("Top", 5)
    house.make_recipe(table, (leg, 4), (top, 1), kind="phantom")
    house.make_recipe(outer, (table, 2), (leg, 1), kind="phantom")
    order = house.sell(outer, 2)
    line = order.order_line
    assert line.availability_text == "2 now", "Quoted: 18 legs, 4 tops."
    order.order_line.product_uom_qty = 3
    order.action_confirm()
    house.refresh()
    told = line.qty_available_now
    house.validate(order.picking_ids)
    house.refresh()
    assert line.qty_delivered == told
    assert (line.qty_available_now, line.qty_short) == (0, 3 - told)


def test_parts_that_shipped_unevenly(house):
    """Scenario: tops for 5 and legs for 3 kits ship, then legs come. Expected: two whole kits now."""
    kit, top, leg = house.make_product("Table"), house.make_product("Top", 10), house.make_product("Leg", 12)
    house.make_recipe(kit, (top, 2), (leg, 4), kind="phantom")
    order = house.sell(kit, 5)
    order.action_confirm()
    house.validate(order.picking_ids)
    house.refresh()
    line = order.order_line
    assert (line.qty_delivered, line.qty_available_now, line.qty_short) == (3, 0, 2), "Their legs are missing."
    house.put(leg, 4)
    house.refresh()
    assert (line.qty_available_now, line.qty_short, line.qty_uncovered) == (1, 1, 1), "Legs for one of them."
    house.put(leg, 4)
    house.refresh()
    assert (line.availability_status, line.qty_available_now) == ("available", 2)


def test_kits_in_dozens(house):
    """Scenario: five of a dozen kits ship, parts for three are there, then for all. Expected: whole kits, in pieces."""
    kit, top = house.make_product("Table"), house.make_product("Top", 17)
    house.make_recipe(kit, (top, 2), kind="phantom")
    order = house.sell(kit, 1)
    order.order_line.product_uom_id = house.env.ref("uom.product_uom_dozen")
    order.action_confirm()
    order.picking_ids.move_ids.quantity = 10
    house.validate(order.picking_ids)
    house.refresh()
    assert order.order_line.qty_available_now == 0.25, "3 of 12, not 2.96."
    assert order.shipping_text == "4 of 12 wait, without a date"
    house.put(top, 8)
    house.refresh()
    assert order.shipping_text == "The remaining 7 can ship now"


def test_kits_by_the_dozen(house):
    """Scenario: the recipe is for two dozen, parts for 50 of 60 kits ship. Expected: whole dozens, as Odoo counts."""
    kit, leg = house.make_product("Table"), house.make_product("Leg", 100)
    dozen = house.env.ref("uom.product_uom_dozen")
    house.make_recipe(kit, (leg, 48), kind="phantom").write({"product_qty": 2, "product_uom_id": dozen.id})
    order = house.sell(kit, 5)
    order.order_line.product_uom_id = dozen
    order.action_confirm()
    house.refresh()
    line = order.order_line
    assert line.availability_text == "4 now, 1 without a date"
    house.validate(order.picking_ids)
    house.refresh()
    assert (line.qty_delivered, line.qty_available_now, line.qty_short) == (4, 0, 1), "Two pieces are no dozen."


def test_kits_by_another_recipe_since(house):
    """Scenario: another recipe comes first since kits were ordered. Expected: theirs is that by which they were."""
    kit, leg = house.make_product("Table"), house.make_product("Leg", 12)
    house.make_recipe(kit, (leg, 4), kind="phantom").sequence = 2
    order = house.sell(kit, 5)
    order.action_confirm()
    house.make_recipe(kit, (leg, 12), kind="phantom").sequence = 1
    house.refresh()
    assert order.order_line.availability_text == "3 now, 2 without a date"
    assert house.sell(kit, 5).order_line.availability_status == "missing", "What is sold today is another matter."


def test_kit_with_a_part_twice_is_raised(house):
    """Scenario: 2 and 3 screws a kit, 3 wanted, then 5: Odoo adds them up. Expected: 25 screws are 5 kits."""
    kit, screw = house.make_product("Set"), house.make_product("Screw", 25)
    house.make_recipe(kit, (screw, 2), (screw, 3), kind="phantom")
    order = house.sell(kit, 3)
    order.action_confirm()
    order.order_line.product_uom_qty = 5
    house.refresh()
    assert (order.order_line.availability_text, order.shipping_text) == ("5 now", "All can ship now")


def test_nearly_a_whole_kit(house):
    """Scenario: 2,996 screws ship, 1,000 a kit, 3 wanted. Expected: one waits, though Odoo has counted three."""
    kit, screw = house.make_product("Set"), house.make_product("Screw", 2996)
    house.make_recipe(kit, (screw, 1000), kind="phantom")
    order = house.sell(kit, 3)
    order.action_confirm()
    house.validate(order.picking_ids)
    house.refresh()
    assert (order.order_line.availability_status, order.shipping_text) == ("missing", "1 of 3 waits, without a date")
    assert house.show_lines() == {"Set": (3, 2, 1)}, "The customer reads the same."
    house.put(screw, 4)
    house.refresh()
    assert order.shipping_text == "The remaining 1 can ship now"


def test_kits_that_came_back(house):
    """Scenario: 3 of 5 ship, one comes back. Expected: two are open as before, whether or not it is to be paid."""
    for is_refunded in (True, False):
        kit, leg = house.make_product("Table"), house.make_product("Leg", 12)
        house.make_recipe(kit, (leg, 4), kind="phantom")
        order = house.sell(kit, 5)
        order.action_confirm()
        delivery = order.picking_ids
        house.validate(delivery)
        returned = _return_all(house, delivery)
        returned.move_ids.write({"to_refund": is_refunded, "product_uom_qty": 4})
        returned.action_assign()
        house.validate(returned)
        house.refresh()
        line = order.order_line
        assert (line.qty_available_now, line.qty_short, line.qty_uncovered) == (1, 1, 1), "Two, of which one is back."
        assert sum(delivery.backorder_ids.move_ids.mapped("product_uom_qty")) == 8, "As the delivery has them."
    assert house.show_lines() == {"Table": (5, 3, 2)}, "As the customer has them: three have shipped."


def test_kits_that_are_exchanged(house):
    """Scenario: two of five kits are exchanged. Expected: they are open, beside all that was ordered."""
    kit, top, leg = house.make_product("Table"), house.make_product("Top", 5), house.make_product("Leg", 20)
    house.make_recipe(kit, (top, 1), (leg, 4), kind="phantom")
    order = house.sell(kit, 5)
    order.action_confirm()
    house.validate(order.picking_ids)
    wizard = _open_return(house, order.picking_ids)
    for line in wizard.product_return_moves:
        line.quantity = 2 if line.product_id == top else 8
    wizard.action_create_exchanges()
    house.refresh()
    line = order.order_line
    assert (line.availability_status, line.qty_available_now, line.qty_short) == ("short", 0, 2), (
        "They come back first."
    )


def test_part_beyond_the_kits(house):
    """Scenario: a fifth leg is added to a table that is ordered; four ship. Expected: no kit is to come any more."""
    kit, leg = house.make_product("Table"), house.make_product("Leg", 4)
    house.make_recipe(kit, (leg, 4), kind="phantom")
    order = house.sell(kit, 1)
    order.action_confirm()
    order.picking_ids.move_ids.product_uom_qty = 5
    house.validate(order.picking_ids)
    house.refresh()
    assert (order.order_line.availability_status, order.shipping_text) == (False, False), "A leg is no table."


def test_kits_of_which_a_vendor_ships_a_part(house):
    """Scenario: tops come from a vendor, who ships two of five; 16 legs ship. Expected: three kits are to come."""
    vendor = house.env["res.partner"].create({"name": "Vendor SA"})
    dropship = house.env.ref("stock_dropshipping.route_drop_shipping")
    top = house.make_product(
        "Top", route_ids=[Command.set(dropship.ids)], seller_ids=[Command.create({"partner_id": vendor.id})]
    )
    kit, leg = house.make_product("Table"), house.make_product("Leg", 20)
    house.make_recipe(kit, (top, 1), (leg, 4), kind="phantom")
    order = house.sell(kit, 5)
    order.action_confirm()
    line = order.order_line
    assert line.availability_status == "missing", "Nobody has ordered the tops yet."
    house.env["purchase.order.line"].search([("product_id", "=", top.id)]).order_id.button_confirm()
    by_product = {transfer.move_ids.product_id: transfer for transfer in order.picking_ids}
    by_product[top].picking_type_id.create_backorder = "always"
    by_product[top].move_ids.quantity = 2
    house.validate(by_product[top])
    house.refresh()
    assert (line.qty_available_now, line.qty_short) == (2, 3), "Their legs are there."
    by_product[leg].move_ids.quantity = 16
    house.validate(by_product[leg])
    house.refresh()
    assert (line.qty_available_now, line.qty_short) == (0, 3), "They have them, though Odoo counts none until the last."


def test_kits_that_go_out_again(house):
    """Scenario: two kits come back and go out again, the order is lowered to nothing. Expected: they are told of."""
    kit, top = house.make_product("Table"), house.make_product("Top", 4)
    house.make_recipe(kit, (top, 2), kind="phantom")
    order = house.sell(kit, 2)
    order.action_confirm()
    house.validate(order.picking_ids)
    returned = _return_all(house, order.picking_ids)
    house.validate(returned)
    again = _return_all(house, returned)
    again.action_assign()
    order.order_line.product_uom_qty = 0
    house.refresh()
    assert (again.move_ids.availability_text, order.order_line.availability_text) == ("4 now", "2 now")


def _return_all(house, transfer):
    return house.env["stock.picking"].browse(_open_return(house, transfer).action_create_returns_all()["res_id"])


def _open_return(house, transfer):
    wizards = house.env["stock.return.picking"].with_context(active_id=transfer.id, active_model="stock.picking")
    return wizards.create({})


def test_no_whole_kit(house):
    """Scenario: the tops of tables are there, their legs are not. Expected: nobody says that there is nothing."""
    kit, top, leg = house.make_product("Table"), house.make_product("Top", 6), house.make_product("Leg")
    house.make_recipe(kit, (top, 1), (leg, 4), kind="phantom")
    order = house.sell(kit, 5)
    for confirm in (False, True):
        if confirm:
            order.action_confirm()
        house.refresh()
        assert order.order_line.availability_text == "no whole kit for this line in stock or on order"
    assert order.picking_ids.move_ids[1].availability_text == "nothing in stock or on order", "Of the legs that is so."


def test_kit_on_the_customers_page(house):
    """Scenario: kits for three of five ship; one part is cancelled. Expected: parts shown, all of it cancelled."""
    kit, top, leg = house.make_product("Table"), house.make_product("Top", 6), house.make_product("Leg", 20)
    house.make_recipe(kit, (top, 2), (leg, 4), kind="phantom")
    order = house.sell(kit, 5)
    order.action_confirm()
    delivery = order.picking_ids
    delivery.move_ids.filtered(lambda move: move.product_id == leg).quantity = 12
    house.validate(delivery)
    house.refresh()
    assert house.show_page(delivery) == {"Top": ("10", "6", "4"), "Leg": ("20", "12", "8")}, "In the parts' own units."
    backorder = delivery.backorder_ids
    order.company_id.customer_may_cancel = True
    one_part = str(backorder.move_ids[0].id)
    house.env["stock.customer.choice"]._choose(backorder, "cancel", house.customer, one_part)
    assert backorder.mapped("move_ids.state") == ["cancel", "cancel"], "A kit is no kit without its parts."
    house.refresh()
    assert house.show_page(delivery) == {"Top": ("10", "6", "0"), "Leg": ("20", "12", "0")}


def test_kit_in_the_customers_lines(house):
    """Scenario: kits for three of five ship, parts for one more are there. Expected: whole kits, and their date."""
    kit, top, leg = house.make_product("Table"), house.make_product("Top", 6), house.make_product("Leg", 20)
    house.make_recipe(kit, (top, 2), (leg, 4), kind="phantom")
    order = house.sell(kit, 5)
    order.action_confirm()
    house.refresh()
    assert house.show_lines() == {"Table": (5, 0, 5)}, "One line, of what was ordered."
    delivery = order.picking_ids
    delivery.move_ids.filtered(lambda move: move.product_id == leg).quantity = 12
    house.validate(delivery)
    house.refresh()
    assert house.show_lines() == {"Table": (5, 3, 2)}
    find = house.env["stock.customer.lines"]._find
    assert find(house.customer, house.env.company, 9, filterby="dateless")[0] == 1, "For its last tops nothing comes."
    for search, count in (("Table", 1), ("Top", 0)):
        assert find(house.customer, house.env.company, 9, search=search)[0] == count, "By what the page shows."
    delivery.backorder_ids.action_cancel()
    house.refresh()
    assert not house.show_lines()


@pytest.mark.parametrize("policy", ["direct", "one"])
@pytest.mark.parametrize("kits", [2, 3, 5])
@pytest.mark.parametrize("days", [None, 4])
def test_kit_on_the_order_pad(house, days, kits, policy):
    """Scenario: of kits, parts for three are there, and perhaps the rest comes; a part is on the pad as well. Expected:
    what is shown is what the order is then told, and the day is that of the list of what is to come."""
    kit, top, leg = house.make_product("Table"), house.make_product("Top", 6), house.make_product("Leg", 30)
    kit.default_code, leg.default_code = "PAD-KIT", "PAD-LEG"
    house.make_recipe(kit, (top, 2), (leg, 4), kind="phantom")
    if days:
        house.receive(top, 10, days=days)
    company = house.env.company
    company.write({"customer_may_order": "order", "portal_confirmation_pay": False})
    house.env["ir.default"].set("sale.order", "warehouse_id", house.warehouse.id, company_id=company.id)
    buyer = new_test_user(house.env, "factory_buyer", "base.group_portal", email="buyer@example.com")
    buyer.partner_id.parent_id = house.customer
    house.refresh()
    pad = house.env["stock.order.pad"].with_user(buyer)._open_own(buyer, company)
    pad._add_rows([Row("PAD-KIT", kits), Row("PAD-LEG", 2)])
    pad._write_head({"policy": policy})
    shown = pad._judge()
    are_there = kits <= 3
    assert shown["rows"][0]["status"] == ("available" if are_there else "short")
    order = pad._send(buyer.partner_id, shown["seen"])
    house.refresh()
    lines = order.order_line
    told = lines._get_told(lines._get_coverage())
    assert [line._get_pad_shown() for line in lines] == [line._get_pad_now(told) for line in lines]
    _total, to_come = house.env["stock.customer.lines"]._find(house.customer, company, 100)
    days_told = {line.sale_line: line.open_moves[:1]._get_day(line.promise_date) for line in to_come}
    assert [line.pad_date for line in lines] == [days_told[line] for line in lines]
    assert bool(lines[0].pad_date) == bool(are_there or days)


# ---- dropships ---------------------------------------------------------------


def test_dropship_on_the_customers_page(house):
    """Scenario: the vendor sends 4 of 10 to the customer. Expected: his delivery, -R1, and no word of the vendor."""
    product = house.make_product(
        "Shed", route_ids=[Command.set(house.env.ref("stock_dropshipping.route_drop_shipping").ids)]
    )
    vendor = house.env["res.partner"].create({"name": "Secret Vendor"})
    product.seller_ids = [Command.create({"partner_id": vendor.id, "price": 7})]
    order = house.sell(product, 10)
    order.action_confirm()
    purchase = house.env["purchase.order.line"].search([("product_id", "=", product.id)]).order_id
    purchase.order_line.date_planned = fields.Datetime.now() + timedelta(days=5)
    purchase.button_confirm()
    dropship = purchase.picking_ids
    dropship.picking_type_id.create_backorder = "always"
    house.refresh()
    date = purchase.order_line.date_planned
    for record in (order.order_line, dropship.move_ids):
        assert (record.availability_status, record.qty_short, record.promise_date) == ("short", 10, date)
    assert (order.promise_date, dropship.promise_date) == (date, date)
    dropship.move_ids.quantity = 4
    house.validate(dropship)
    house.refresh()
    backorder = dropship.backorder_ids
    assert backorder.name == f"{dropship.name}-R1", "By default."
    assert (order.backorder_count, order.open_backorder_count) == (1, 1)
    found = house.env["stock.picking"].search(dropship._get_customer_domain(house.customer))
    assert found == dropship | backorder, "In his list."
    assert house.show_page(dropship) == {"Shed": ("10", "4", "6")}
    assert house.show_lines() == {"Shed": (10, 4, 6)}, "And in the list of what is to come."
    assert house.env["stock.customer.lines"]._find(vendor, house.env.company, 9) == (0, []), "The vendor has none."
    pages = [house.env["stock.customer.page"]._get_values(delivery) for delivery in found]
    assert "Secret Vendor" not in str(pages) and vendor.id not in found.customer_id.ids
    order.company_id.write({"customer_may_cancel": True, "customer_may_group": True})
    offered = house.env["stock.customer.choice"]._get_choices(backorder)
    assert "cancel" not in offered, "The vendor ships it."
    vendors = house.env["stock.picking"].search(dropship._get_customer_domain(vendor))
    assert not vendors, "The vendor is no customer."


# ---- expiry dates ------------------------------------------------------------


def test_lot_with_another_date_is_handed_out(house):
    """Scenario: a lot that has expired gets a later date. Expected: who waits has it, like goods that come."""
    milk = house.make_product("Milk", tracking="lot", use_expiration_date=True)
    lot = house.make_lot(milk, "L1", expires_in=-1)
    house.put(milk, 5, lot_id=lot)
    move = house.deliver(milk, 3)
    assert house.get_reserved(move) == [0], "It has expired."
    lot.expiration_date = lot.removal_date = fields.Datetime.now() + timedelta(days=9)
    house.env.cr.flush()  # as before a commit
    assert house.get_reserved(move) == [3]


def test_expired_lots_are_not_handed_out(house):
    """Scenario: of eight that are freed, five have expired. Expected: three are handed out, to who is first."""
    milk = house.make_product("Milk", tracking="lot", use_expiration_date=True)
    house.put(milk, 5, lot_id=house.make_lot(milk, "OLD", expires_in=-1))
    house.put(milk, 3, lot_id=house.make_lot(milk, "NEW", expires_in=60))
    first, second = house.deliver(milk, 5), house.deliver(milk, 5)
    order_one_after_another(first, second)
    first.picking_id.with_user(house.picker).do_unreserve()
    assert house.get_reserved(first, second) == [0, 3], "What is usable goes to the next."
    assert second.move_line_ids.lot_id.name == "NEW", "And nothing that has expired."


def test_lot_that_expires_before_it_is_due(house):
    """Scenario: a lot expires in ten days; who is first ships in thirty. Expected: the next, who ships now, gets it."""
    milk = house.make_product("Milk", tracking="lot", use_expiration_date=True)
    lot = house.make_lot(milk, "SOON", expires_in=10)
    house.put(milk, 5, lot_id=lot)
    holder = house.deliver(milk, 5)
    assert house.get_reserved(holder) == [5], "Nobody else wants it yet."
    late, now = house.deliver(milk, 5, days=30), house.deliver(milk, 4)
    order_one_after_another(late, now)
    holder.picking_id.with_user(house.picker).action_cancel()
    assert house.get_reserved(late, now) == [0, 4], "It is of no use to the first."
    skipped = house.env["stock.backorder.allocation"].search([("move_id", "=", late.id), ("cause", "=", "cancel")])
    assert (skipped.quantity, bool(skipped.note)) == (0, True), "Why it was passed over is on record."


def test_what_has_expired_is_promised_to_nobody(house):
    """Scenario: all that is there has expired. Expected: a line is not told that it can ship now."""
    milk = house.make_product("Milk", tracking="lot", use_expiration_date=True)
    house.put(milk, 5, lot_id=house.make_lot(milk, "OLD", expires_in=-1))
    move = house.deliver(milk, 5)
    house.refresh()
    assert (move.quantity, move.qty_available_now) == (0, 0), "Neither reserved nor promised."


# ---- take back ---------------------------------------------------------------


def take_back(house, move):
    """Take back all that *move* lacks, as a manager does; return whose goods it got."""
    house.refresh()
    manager = house._hire("factory_manager", "stock.group_stock_manager")
    plan = house.env["stock.take.back"].with_user(manager).browse(move.with_user(manager).action_get_it()["res_id"])
    plan.reason = "The site stands still"
    donors = plan.line_ids.filtered(lambda line: line.kind == "reserved").move_id
    plan.action_apply()
    return donors


def test_parts_of_a_kit_are_taken_back(house):
    """Scenario: a kit has four tops, another waits for two. Expected: it gets two of them, and the kit keeps two."""
    house.warehouse.out_type_id.auto_batch = False  # Odoo would begin with each delivery at once
    kit, top = house.make_product("Table"), house.make_product("Top", 4)
    house.make_recipe(kit, (top, 2), kind="phantom")
    orders = [house.sell(kit, quantity) for quantity in (2, 1)]
    for order in orders:
        order.action_confirm()
    first, second = (order.picking_ids.move_ids for order in orders)
    assert house.get_reserved(first, second) == [4, 0], "In ranking."
    assert take_back(house, second) == first
    assert house.get_reserved(first, second) == [2, 2], "Handed over."


def test_a_kit_on_hold_lends_its_parts(house):
    """Scenario: a kit has four tops, and is put on hold. Expected: who waits for tops gets them; released, the kit has
    what is left."""
    house.warehouse.out_type_id.auto_batch = False  # Odoo would begin with each delivery at once
    kit, top = house.make_product("Table"), house.make_product("Top", 4)
    house.make_recipe(kit, (top, 2), kind="phantom")
    order = house.sell(kit, 2)
    order.action_confirm()
    parts, waiting = order.picking_ids.move_ids, house.deliver(top, 3)
    order.picking_ids._hold("site")
    assert house.get_reserved(parts, waiting) == [0, 3], "Lent."
    assert order.order_line.qty_available_now == 0, "On hold, no kit is there."
    order.picking_ids._release()
    assert house.get_reserved(parts, waiting) == [1, 3], "What is left."


def test_a_date_is_agreed_for_a_whole_kit(house):
    """Scenario: the legs of a kit are there, its top is not. Expected: no date can be agreed; once the top is expected,
    all parts are kept for the day."""
    house.warehouse.keep_promises = True
    kit, top, leg = house.make_product("Table"), house.make_product("Top"), house.make_product("Leg", 4)
    house.make_recipe(kit, (top, 1), (leg, 4), kind="phantom")
    order = house.sell(kit, 1)
    order.action_confirm()
    delivery = order.picking_ids
    day = delivery._get_today() + timedelta(days=9)
    assert "no date" in delivery._get_agreed_refusal(day)
    house.put(top, 1)
    house.env.invalidate_all()
    delivery._agree_date(day, "By telephone")
    assert {move.kept_day for move in delivery.move_ids} == {day}
    assert [move.kept_quantity for move in delivery.move_ids.sorted("product_qty")] == [1, 4]


def test_what_a_batch_has_begun_with_is_not_taken_back(house):
    """Scenario: of two who have goods one is in a batch that has begun. Expected: the other one gives."""
    house.warehouse.out_type_id.auto_batch = False  # Odoo would begin with each delivery at once
    product = house.make_product("Beam", 10)
    first, second, taker = (house.deliver(product, 5) for _number in range(3))
    batch = house.env["stock.picking.batch"].create({"picking_ids": [Command.set(second.picking_id.ids)]})
    batch.action_confirm()
    assert take_back(house, taker) == first
    assert house.get_reserved(first, second, taker) == [0, 5, 5], "Not from the batch."


def test_a_lot_that_will_have_expired_is_not_taken_back(house):
    """Scenario: of two who have a lot one expires before the taker ships. Expected: the other one gives."""
    house.warehouse.out_type_id.auto_batch = False  # Odoo would begin with each delivery at once
    product = house.make_product("Glue", tracking="lot", use_expiration_date=True)
    for name, days in (("lasts", 90), ("expires", 5)):
        house.put(product, 5, lot_id=house.make_lot(product, name, days))
    soon, lasting = (house.deliver(product, 5, days=days) for days in (1, 1))
    by_lot = {move.move_line_ids.lot_id.name: move for move in (soon, lasting)}
    taker = house.deliver(product, 5, days=20)
    assert take_back(house, taker) == by_lot["lasts"]
    assert house.get_reserved(by_lot["expires"], taker) == [5, 5], "What it can use."


def test_a_production_gives_nothing(house):
    """Scenario: a manufacturing order has the tops that a delivery waits for. Expected: they are not taken."""
    table, top = house.make_product("Table"), house.make_product("Top", 4)
    house.make_recipe(table, (top, 2))
    production = house.produce(table, 2)
    production.action_assign()
    taker = house.deliver(top, 2)
    house.refresh()
    plan = house.env["stock.take.back"].browse(taker.action_get_it()["res_id"])
    assert not plan.reserved_quantity


# ---- batches -----------------------------------------------------------------


def test_batch_of_receipts(house):
    """Scenario: two receipts are validated as a batch. Expected: all that they bring is handed out, in ranking."""
    product = house.make_product("Bench")
    first, second = house.deliver(product, 5), house.deliver(product, 5)
    order_one_after_another(second, first)
    receipts = house.receive(product, 3) | house.receive(product, 4)
    _validate_batch(house, receipts)
    assert house.get_reserved(second, first) == [5, 2], "Of both."


def test_batch_of_deliveries(house):
    """Scenario: two deliveries with a part each are validated as a batch. Expected: numbered remainders in ranking."""
    product = house.make_product("Bench", stock=7)
    moves = [house.deliver(product, 5) for _number in range(2)]
    assert house.get_reserved(*moves) == [5, 2], "Seven are there."
    third = house.deliver(product, 1)
    order_one_after_another(*moves, third)
    _validate_batch(house, moves[0].picking_id | moves[1].picking_id)
    backorder = moves[1].picking_id.backorder_ids
    assert backorder.name == f"{moves[1].picking_id.name}-R1", "Numbered."
    assert backorder.items_open == 3, "Nothing is lost."
    house.validate(house.receive(product, 3))
    assert house.get_reserved(backorder.move_ids, third) == [3, 0], "It has kept its place."


def test_line_put_into_a_wave(house):
    """Scenario: a line and a part of one are put into a wave. Expected: -R1, and fulfilled when all has shipped."""
    lath, post = house.make_product("Lath", stock=5), house.make_product("Post", stock=5)
    delivery = house.deliver(lath, 5).picking_id
    places = {"location_id": house.stock.id, "location_dest_id": house.customers.id}
    delivery.move_ids = [Command.create({"product_id": post.id, "product_uom_qty": 5, **places})]
    delivery.action_assign()
    delivery.move_line_ids[1]._add_to_wave()
    part = delivery.backorder_ids
    assert (part.name, part.batch_id.is_wave) == (f"{delivery.name}-R1", True)
    house.validate(part)
    assert (part.fulfillment_state, delivery.fulfillment_state) == ("partially_picked", "ready")
    house.validate(delivery)
    assert (part.fulfillment_state, delivery.fulfillment_state) == ("done", "done")


def _validate_batch(house, pickings):
    batch = (
        house.env["stock.picking.batch"].with_user(house.picker).create({"picking_ids": [Command.set(pickings.ids)]})
    )
    batch.action_confirm()
    result = batch.action_done()
    assert set(pickings.mapped("state")) == {"done"}, f"All are done without a question: {result}"


def test_carriers(house):
    """Scenario: one of two deliveries has a carrier. Expected: the panel of the workbench lists it; it ships alone."""
    product = house.make_product("Bench", stock=7)
    ours, theirs = (house.deliver(product, 1).picking_id for _number in range(2))
    ours.carrier_id = house.env["delivery.carrier"].search(
        [("company_id", "in", (house.env.company.id, False))], limit=1
    )
    pickings = house.env["stock.picking"].with_user(house.picker)
    panel = house.env.ref("gse_backorder.view_picking_workbench_search")
    assert 'name="carrier_id"' in pickings.get_view(panel.id, "search")["arch"]
    found = pickings.search_panel_select_multi_range(
        "carrier_id", enable_counters=True, limit=200, search_domain=[("id", "in", (ours | theirs).ids)]
    )
    assert [(value["id"], value["__count"]) for value in found["values"]] == [(ours.carrier_id.id, 1)]
    run = house.env["stock.completion"].with_user(house.picker)._start(ours | theirs).sudo()
    assert [few.picking_id for few in run.line_ids._split_into_batches(20)] == [ours, theirs]


# ---- everything is true --------------------------------------------------------


def test_a_salesperson_follows_the_readme(house):
    """Scenario: who sells follows the READMEs into the *Sales* app. Expected: each path is there, and what it shows."""
    product = house.make_product("Followed")
    house.sell(product, 5).action_confirm()
    code = {"partner_id": house.customer.id, "product_id": product.id, "code": "Theirs"}
    house.env["stock.customer.code"].create(code)
    paths = {path for path in get_readme_paths() if path[0] == "Sales"}
    assert paths
    for path in sorted(paths):
        walker = Walker(house.env(user=house.salesperson))
        walker.active = house.env["res.users"]
        action = find_menu(walker.env, path)
        assert action, path
        values = action.with_env(walker.env).sudo()._get_action_dict()
        walker.click(" > ".join(path), action._name, walker.open_action, values)
        assert not walker.dead_ends


class Factory(Trade):
    """A trade with kits, and with goods that a vendor sends to customers by Odoo's own dropshipping."""

    def _create_goods(self):
        super()._create_goods()
        unit = self.env.ref("uom.product_uom_unit")
        self.kit, top, leg = self.env["product.product"].create(
            [{"name": f"Truth {name}", "is_storable": True} for name in ("Table", "Top", "Leg")]
        )
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": self.kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity})
                    for part, quantity in ((top, 1), (leg, 3))
                ],
            }
        )
        self.products[4].seller_ids = [Command.create({"partner_id": self.vendor.id, "price": 7, "delay": 5})]
        self.products |= self.kit | top | leg
        self.recipe = {top: 1, leg: 3}
        self.parts = [(top, [unit], 12), (leg, [unit], 36)]
        # Most of what is sold here are kits and dropships: all else is sold without manufacturing, too.
        self.goods = [(self.kit, [unit], 12), *self.goods[2:], (self.kit, [unit], 5)]

    def get_stocked_goods(self):
        return [*self.parts, *(goods for goods in self.goods if goods[0] != self.kit)]

    def _check_kit_line(self, line, what):
        """Only whole kits ship: as many are open as all that is open of their parts completes."""

        def count(get_quantity):
            parts = line.move_ids.grouped("product_id")
            return min(sum(map(get_quantity, parts[part])) // needed for part, needed in self.recipe.items())

        has = count(lambda move: move._get_kept_qty())
        will_have = count(lambda move: move._get_kept_qty() + move._is_bound_for_customer() * move._get_open_qty())
        still_to_come = will_have - has or line.product_uom_qty - has
        assert_same(f"{what}: open kits", line=line.qty_available_now + line.qty_short, parts=still_to_come)
        assert line.qty_available_now == int(line.qty_available_now), f"{what}: whole kits"

    def _create_route_from_vendor(self):
        dropship = self.env["stock.picking.type"].search([("code", "=", "dropship")])
        dropship.create_backorder = "always"
        return self.env.ref("stock_dropshipping.route_drop_shipping")

    def take(self, step, clock):
        """What is ordered from vendors is confirmed at once."""
        taken = super().take(step, clock)
        lines = self.env["purchase.order.line"].search(
            [("product_id", "in", self.products.ids), ("state", "=", "draft")]
        )
        lines.order_id.button_confirm()
        return taken


@pytest.fixture(scope="module")
def factory(new_house):
    savepoint = new_house.env.cr.savepoint()
    yield Factory(new_house.env)
    savepoint.close(rollback=True)
    new_house.env.transaction.clear()


@settings(random_examples, max_examples=30 if RANDOM_SEED else 5)
@given(make_stories(3, 6))
def test_everything_is_true_of_kits(factory, story):
    with freeze_time(TODAY) as clock:
        factory.tell(clock, *story)
