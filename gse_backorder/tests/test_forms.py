from contextlib import suppress
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import BackorderCase
from .test_other_company import ALL_RIGHTS

MODULE = "gse_backorder"
STATES = ({}, {"state": "confirmed"}, {"state": "sale"}, {"state": "done"})
# What a form says of what it names that is no company's secret: shared partners, currencies, and its own words.
NO_SECRETS = {
    "backorder_note": "of the operation type that the form names itself",
    "company_currency_id": "a currency",
    "company_id": "whose it is that is named",
    "currency_id": "a currency",
    "customer_id": "the partner that the form names itself",
    "fulfillment_state": "the state that the form names itself",
    "is_bound_for_customer": "the operation type that the form names itself",
    "is_receipt": "the operation type that the form names itself",
    "is_taken_from_stock": "the operation type that the form names itself",
    "method": "whether a vendor is named",
}
# In what ways a form can name a record, right and wrong: Odoo, or the database, takes some of the wrong ones.
ONE = (int, float, str, lambda one: {"id": one}, lambda one: (one, "It"), lambda one: [one])
MANY = (
    lambda one: Command.link(one),
    lambda one: [Command.LINK, float(one)],
    lambda one: [Command.LINK, str(one), 0, 0],
    lambda one: [Command.LINK, [one]],
    lambda one: [float(Command.LINK), one],
    lambda one: Command.set([one]),
    lambda one: [Command.SET, 0, [one], 0],
    lambda one: [Command.SET, 0, [float(one)]],
    lambda one: [Command.SET, 0, (one,)],
    lambda one: [Command.SET, 0, {str(one): 1}],
    lambda one: [Command.SET, 0, {one: 1}],
    lambda one: Command.update(one, {}),
    lambda one: [Command.UPDATE, one, {}, 0],
    lambda one: [Command.UPDATE, float(one), {}],
    lambda one: [Command.UPDATE, f" {one}", {}],
    int,
    float,
    str,
    lambda one: {"id": one},
)


@tagged("post_install", "-at_install")
class TestForms(BackorderCase):
    """A form is answered before it is saved: it names whatever it likes, and is told nothing of another company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.rival = new_test_user(
            cls.env, "rival", groups=ALL_RIGHTS, company_id=cls.other.id, company_ids=[Command.set(cls.other.ids)]
        )
        cls.house = cls.env["stock.warehouse"].search([("company_id", "=", cls.other.id)], limit=1)
        cls.product = cls._create_product("Beam", 30, standard_price=7)  # of both companies
        cls.order = cls._create_order((cls.product, 40))
        cls.remainder = cls._ship(cls.order.picking_ids)
        cls._add_stock(cls.product, 25)
        cls.remainder.action_assign()
        cls.receipt = cls._create_receipt((cls.product, 4), days=5)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _get_forms(self):
        """Return ``{model: what a form of it says that names nothing but the rival's own}``."""
        goods = {"product_id": self.product.id, "product_uom_qty": 7}
        customers = self.env.ref("stock.stock_location_customers")
        places = {"location_id": self.house.lot_stock_id.id, "location_dest_id": customers.id}
        unit = self.product.uom_id.id
        return {
            "purchase.order.line": {"product_id": self.product.id, "product_qty": 7, "product_uom_id": unit},
            "sale.order": {"company_id": self.other.id, "order_line": [(0, "a", goods)], "warehouse_id": self.house.id},
            "sale.order.line": {**goods, "product_uom_id": unit},
            "stock.move": {**goods, **places, "product_uom": unit},
            "stock.picking": {"move_ids": [(0, "a", {**goods, "product_uom": unit})]},
            "stock.supply.order": {
                "line_ids": [(0, "a", {"product_id": self.product.id, "warehouse_id": self.house.id, "qty_needed": 7})]
            },
            "stock.supply.order.line": {"product_id": self.product.id, "warehouse_id": self.house.id, "qty_needed": 7},
            "stock.take.back": {},
            "stock.take.back.line": {"quantity": 1},
            "stock.what.if.change": {"kind": "add", "product_id": self.product.id, "quantity": 7},
        }

    def _get_ours(self):
        """Return ``{model: record}`` of what is none of the rival's business."""
        records = (
            self.order,
            self.order.order_line,
            self.remainder,
            self.remainder.move_ids,
            self.remainder.move_line_ids,
            self.remainder.picking_type_id,
            self.warehouse,
            self.warehouse.lot_stock_id,
            self.receipt,
            self.receipt.move_ids,
        )
        return {
            model: [record for record in records if record._name == model]
            for model in {record._name for record in records}
        }

    def _get_spec(self, model):
        """Return of which fields a form of the *model* asks: those that the addon has added, and the user may read."""
        records = self.env[model].with_user(self.rival)
        return {
            name: {}
            for name, field in records._fields.items()
            if field.compute and MODULE in (field._modules or ()) and records._has_field_access(field, "read")
        }

    def _ask(self, model, form):
        """Return what the form is told, by the names of the fields; None where it is refused whatever it asks for."""
        fields = self.env[model]._fields
        lines = [name for name in form if fields[name].type in ("one2many", "many2many")]
        nested = {name: self._get_spec(fields[name].comodel_name) for name in lines}
        own = self._get_spec(model)
        told = self._answer(model, form, {**own, **{name: {"fields": spec} for name, spec in nested.items()}})
        if told is not None:
            return told
        # One field may be refused, and hide what another one tells.
        bare = {name: {} for name in lines}
        alone = [{**bare, name: {}} for name in own]
        alone += [{**bare, name: {"fields": {one: {}}}} for name, spec in nested.items() for one in spec]
        answers = [self._answer(model, form, spec) for spec in alone]
        known = [answer for answer in answers if answer is not None]
        return {name: value for answer in known for name, value in answer.items()} if known else None

    def _answer(self, model, form, spec):
        try:
            answer = self.env[model].with_user(self.rival).onchange(dict(form), list(form), spec)
        except (AccessError, MissingError, UserError):
            return None
        finally:
            self.env.invalidate_all()
        return self._flatten(answer.get("value", {}))

    def _flatten(self, values):
        told = {}
        for name, value in values.items():
            if isinstance(value, list) and all(isinstance(command, (list, tuple)) for command in value):
                for command in value:
                    told.update(self._flatten(command[2]) if len(command) == 3 and isinstance(command[2], dict) else {})
            elif value and name not in NO_SECRETS:
                told[name] = value
        return told

    def _find_other_models(self):
        """Return the models whose forms can name lines or transfers, and ask for what of these is told."""
        return [
            model
            for model, records in sorted(self.env.items())
            if not records._abstract
            and any(
                field.type in ("one2many", "many2many") and field.comodel_name in ("stock.move", "stock.picking")
                for field in records._fields.values()
            )
            and records.with_user(self.rival).has_access("create")
        ]

    def _find_told(self, forms, states=STATES, ways=(ONE[:1], MANY[:1])):
        """Return what forms are told that name something of ours, and are not told that name nothing of ours.

        :param ways: in what ways they name it, those of one record, and of many
        """
        found, asked = [], 0
        for model, form in forms.items():
            for state in (state for state in states if not state or (form and "state" in self.env[model]._fields)):
                if state and state["state"] not in self.env[model]._fields["state"].get_values(self.env):
                    continue
                known = self._ask(model, {**form, **state})
                if not form:
                    known = known or {}
                self.assertIsNotNone(known, (model, state))
                for name, field in self.env[model]._fields.items():
                    for record in self._get_ours().get(field.comodel_name, ()) if field.relational else ():
                        for way in ways[field.type != "many2one"]:
                            value = way(record.id) if field.type == "many2one" else [way(record.id)]
                            told = self._ask(model, {**form, **state, name: value})
                            asked += 1
                            if news := {key: value for key, value in (told or {}).items() if known.get(key) != value}:
                                found.append((model, name, value, state, news))
        self.assertGreater(asked, 20)
        return found

    @mute_logger("odoo.models.unlink")
    def test_nothing_is_told(self):
        """Scenario: all forms of another company's manager, each field naming what is ours. Expected: nothing new."""
        others = {model: {} for model in self._find_other_models()}
        self.assertFalse(self._find_told({**others, **self._get_forms()}))

    @mute_logger("odoo.sql_db")
    def test_whatever_way_it_is_named(self):
        """Scenario: the same in all ways that JSON has, right or wrong. Expected: refused, or nothing new."""
        names = ("sale.order", "stock.move", "stock.picking", "stock.take.back.line")
        forms = {model: form for model, form in self._get_forms().items() if model in names}
        self.assertFalse(self._find_told(forms, states=({},), ways=(ONE, MANY)))

    def test_line_of_the_form(self):
        """Scenario: forms with a line that is not stored yet, which the web client names by a word; with lines that are
        stored; and without. Expected: they are answered."""
        line = (0, "virtual_1", {"product_id": self.product.id, "product_uom_qty": 7})
        own = self._create_delivery_of(self.other, self.product, 1).with_user(self.rival)
        for move_ids in ([line], [(4, own.move_ids.id, 0), line], [(1, own.move_ids.id, {"product_uom_qty": 2})], []):
            told = own.onchange({"move_ids": move_ids}, ["move_ids"], {"items_open": {}, "move_ids": {}})
            self.assertIn("value", told, move_ids)

    def test_planted_hole(self):
        """Scenario: a form's own word counts for whose stock it is. Expected: what is told then is found, of figures,
        of what is in stock, and of whose it is."""
        forms = {model: form for model, form in self._get_forms().items() if model in ("sale.order", "stock.picking")}
        with patch.object(self.registry["res.company"], "_are_users_own", lambda companies: True):
            found = {name for *_form, news in self._find_told(forms, states=({},)) for name in news}
        self.assertLessEqual({"items_open", "open_value", "has_open_remainder", "shipping_text"}, found)

    def test_own(self):
        """Scenario: forms that name our stock, of who works for us. Expected: they are told, as before."""
        user = new_test_user(self.env, "ours", groups=ALL_RIGHTS)
        lines = [(0, "a", {"product_id": self.product.id, "product_uom_qty": 7})]
        form = {"partner_id": self.customer.id, "warehouse_id": self.warehouse.id, "order_line": lines}
        spec = {"shipping_text": {}, "order_line": {"fields": {"availability_status": {}}}, "warehouse_id": {}}
        told = self.env["sale.order"].with_user(user).onchange(form, list(form), spec)["value"]
        self.assertTrue(told["shipping_text"])

    def test_empty_forms(self):
        """Scenario: each form without a word, and with what cannot be. Expected: answered, or refused in words."""
        manager = new_test_user(self.env, "ours", groups=ALL_RIGHTS)
        for model in sorted(self.env.registry):
            records = self.env[model].with_user(manager)
            own = [
                name for name, field in records._fields.items() if MODULE in (field._modules or ()) and field.compute
            ]
            if records._abstract or not own or not records.has_access("create"):
                continue
            spec = {name: {} for name in own}
            product = {"product_id": self.product.id} if "product_id" in records._fields else {}
            for form in ({}, dict.fromkeys(own, False), product, {**product, "state": "confirmed"}, {"kind": False}):
                form = {name: value for name, value in form.items() if self._is_value(records, name, value)}
                with self.subTest(model=model, form=form):
                    with suppress(AccessError, UserError):
                        records.onchange(form, list(form), spec)
                    self.env.invalidate_all()

    def _is_value(self, records, name, value):
        """Whether Odoo takes *value* for the field, which it asks itself."""
        field = records._fields.get(name)
        return field and (field.type != "selection" or not value or value in field.get_values(self.env))
