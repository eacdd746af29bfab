import copy
from datetime import datetime, timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.chain.engine_facts import fact
from ..common import BackorderCase
from ..rpc_common import REFUSALS, RefusedError, RpcCase

ROLES = {
    "salesperson": "base.group_user,sales_team.group_sale_salesman",
    "picker": "base.group_user,stock.group_stock_user",
    "manager": "base.group_user,stock.group_stock_manager,base.group_partner_manager",
    "purchaser": "base.group_user,purchase.group_purchase_user",
    "customer": "base.group_portal",
}
PAST = "2020-01-02 03:04:05"
# What the engine alone writes: it is said on each field, and pinned here.
FACTS = {
    "stock.picking": {
        "accepted_promise_date",
        "backorder_index",
        "backorder_last_index",
        "backorder_root_id",
        "customer_id",
        "customer_move_type",
        "first_promise_date",
        "fulfillment_state",
        "has_open_remainder",
        "held_by_id",
        "held_date",
        "hold_note",
        "hold_reason",
        "is_held",
        "told_no_promise",
        "told_promise_date",
    },
    "stock.move": {
        "awaited_by_id",
        "customer_cancelled_date",
        "first_promise_date",
        "first_promise_quantity",
        "is_held",
        "joined_date",
        "kept_date",
        "kept_quantity",
        "ordered_date",
        "ranked_as",
        "slip_day",
        "taken_date",
        "taken_quantity",
    },
    "sale.order": {"is_from_pad", "pad_id", "pad_user_id", "token_customer_id"},
    "sale.order.line": {"pad_date", "pad_price", "pad_status", "pad_text"},
    "stock.picking.type": {"create_backorder_before"},
    "res.partner": {"vendor_delay_days"},
    "mail.activity": {"shortage_company_id", "shortage_quantity"},
}


class FactsCase(BackorderCase):
    """A delivery with a remainder of a customer's, one of another's, and a user of each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"facts_{role}", password=f"facts_{role}", groups=groups)
            for role, groups in ROLES.items()
        }
        cls.product = cls._create_product("Beam", stock=6)
        cls.order = cls._create_order((cls.product, 10), user_id=cls.users["salesperson"].id)
        cls.users["customer"].partner_id.parent_id = cls.customer
        cls.root = cls.order.picking_ids
        cls.remainder = cls._ship(cls.root)
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger Ltd", "is_company": True})
        cls.foreign = cls._create_delivery((cls.product, 1), partner_id=cls.stranger.id)
        cls.pad = cls.env["stock.order.pad"].create({"partner_id": cls.customer.id})
        cls.activity = cls.product.activity_schedule("mail.mail_activity_data_todo", user_id=cls.env.uid)

    @classmethod
    def _get_foreign_values(cls):
        """Return ``{model: {fact: a value that is not what is there}}``."""
        return {
            "stock.picking": {
                "accepted_promise_date": PAST,
                "backorder_index": 7,
                "backorder_last_index": 7,
                "backorder_root_id": cls.foreign.id,
                "customer_id": cls.stranger.id,
                "customer_move_type": "one",
                "first_promise_date": PAST,
                "fulfillment_state": "done",
                "has_open_remainder": True,
                "held_by_id": cls.users["picker"].id,
                "held_date": PAST,
                "hold_note": "Because",
                "hold_reason": "credit",
                "is_held": True,
                "told_no_promise": True,
                "told_promise_date": PAST,
            },
            "stock.move": {
                "awaited_by_id": cls.stranger.id,
                "customer_cancelled_date": PAST,
                "first_promise_date": PAST,
                "first_promise_quantity": 3,
                "is_held": True,
                "joined_date": PAST,
                "kept_date": PAST,
                "kept_quantity": 7,
                "ordered_date": PAST,
                "ranked_as": 7,
                "slip_day": PAST,
                "taken_date": PAST,
                "taken_quantity": 3,
            },
            "sale.order": {
                "is_from_pad": True,
                "pad_id": cls.pad.id,
                "pad_user_id": cls.env.uid,
                "token_customer_id": cls.stranger.id,
            },
            "sale.order.line": {
                "pad_date": "2020-01-02",
                "pad_price": 3.0,
                "pad_status": "missing",
                "pad_text": "ships yesterday",
            },
            "stock.picking.type": {"create_backorder_before": "never"},
            "res.partner": {"vendor_delay_days": 7},
            "mail.activity": {"shortage_company_id": cls.company.id, "shortage_quantity": 7},
        }

    @classmethod
    def _get_targets(cls):
        """Return ``{model: (record, values that make another one, its parent and the field that has it)}``."""
        places = {"location_id": cls.stock.id, "location_dest_id": cls.customers.id}
        return {
            "stock.picking": (
                cls.remainder,
                {"picking_type_id": cls.delivery_type.id, **places},
                (cls.order, "picking_ids"),
            ),
            "stock.move": (
                cls.remainder.move_ids,
                {"product_id": cls.product.id, "product_uom_qty": 1, **places},
                (cls.remainder, "move_ids"),
            ),
            "sale.order": (cls.order, {"partner_id": cls.customer.id}, None),
            "sale.order.line": (
                cls.order.order_line,
                {"order_id": cls.order.id, "product_id": cls.product.id},
                (cls.order, "order_line"),
            ),
            "stock.picking.type": (
                cls.delivery_type,
                {"name": "Another", "code": "outgoing", "sequence_code": "ANOTHER", "warehouse_id": cls.warehouse.id},
                None,
            ),
            "res.partner": (cls.vendor, {"name": "Another", "parent_id": cls.customer.id}, None),
            "mail.activity": (
                cls.activity,
                {
                    "res_model_id": cls.env["ir.model"]._get_id("product.product"),
                    "res_id": cls.product.id,
                    "user_id": cls.env.uid,
                },
                (cls.product, "activity_ids"),
            ),
        }

    def _read_facts(self, model):
        """Return all facts of all records, as the database has them."""
        self.env.flush_all()
        self.env.invalidate_all()
        records = self.env[model].with_context(active_test=False).search([], order="id")
        return records.read(sorted(FACTS[model]), load=None)


class FactsRpcCase(FactsCase, RpcCase):
    def _try_all(self, call, roles, names=None):
        """Try to write each fact in all the ways of ``_get_ways``; count what was tried.

        :param call: a function of a user, that calls for him
        """
        tried = 0
        targets = self._get_targets()
        for model, values in self._get_foreign_values().items():
            before = self._read_facts(model)
            for role in roles:
                user = self.users[role]
                call_for_user = call(user)
                for name, value in values.items():
                    for way, attempt in self._get_ways(model, name, value, *targets[model]).items():
                        if names and way not in names:
                            continue
                        with self.subTest(model=model, fact=name, way=way, role=role):
                            may = self._may_try(user, way, *targets[model])
                            self._assert_refused(call_for_user, attempt, self.env[model].with_user(user), name, may)
                            tried += 1
                self.assertEqual(self._read_facts(model), before, f"{model}: nothing has changed by the {role}.")
        return tried

    def _get_ways(self, model, name, value, record, creation, parent):
        """Return ``{way: (model, method, arguments, keywords)}`` of the calls that write the fact *name*."""
        column = f"{name}/.id" if self.env[model]._fields[name].type == "many2one" else name
        ways = {
            "create": (model, "create", [[{**creation, name: value}]], {}),
            "write": (model, "write", [record.ids, {name: value}], {}),
            "save": (model, "web_save", [record.ids, {name: value}], {"specification": {}}),
            "save a new one": (model, "web_save", [[], {**creation, name: value}], {"specification": {}}),
            "copy": (model, "copy", [record.ids, {name: value}], {}),
            "import": (model, "load", [[".id", column], [[str(record.id), str(value)]]], {}),
            "default": (model, "create", [[creation]], {"context": {f"default_{name}": value}}),
        }
        if parent:
            document, lines = parent
            for way, command in {
                "line": Command.update(record.id, {name: value}),
                "new line": Command.create({**creation, name: value}),
            }.items():
                ways[way] = (document._name, "write", [document.ids, {lines: [command]}], {})
        return ways

    def _may_try(self, user, way, record, _creation, parent):
        """Whether the user could write other fields in this way, so that he has to be told why not this one."""
        target = parent[0] if way in ("line", "new line") else record
        operations = {"create", "save a new one", "copy", "default"}
        return target.with_user(user).has_access("create" if way in operations else "write")

    def _assert_refused(self, call, attempt, model, name, may):
        target, method, arguments, keywords = attempt
        try:
            answer = call(target, method, *arguments, **keywords)
        except RefusedError as refusal:
            self.assertIn(refusal.kind, REFUSALS, refusal.message)
            said = refusal.message
        else:
            self.assertEqual(method, "load", "Only an import answers without an error.")
            self.assertFalse(answer["ids"], "Nothing is imported.")
            said = " ".join(message["message"] for message in answer["messages"])
        if may:
            label = model._fields[name]._description_string(model.env)
            self.assertIn(label, said, "The sentence names the field, in the user's words.")


@tagged("post_install", "-at_install")
class TestFactsByRpc(FactsRpcCase):
    """Nobody but the engine writes a fact, by whatever way: writes x roles."""

    def test_every_fact_is_in_the_table(self):
        """Scenario: the list of facts. Expected: the table tries each; each is a stored field that exists."""
        self.assertEqual({model: set(names) for model, names in FACTS.items()}, self._names())
        guarded = {name for name, model in self.env.items() if "stock.engine.facts" in model._inherit_module}
        # What a purchaser orders needs facts to be one: its ways are tried where it is ordered.
        for model in guarded - {"stock.engine.facts", "stock.supply.order.line"}:
            self.assertEqual(set(self.env[model]._facts), FACTS[model], model)
        for model, names in FACTS.items():
            for name in names:
                self.assertTrue(self.env[model]._fields[name].store, f"{model}.{name}")

    def _names(self):
        return {model: set(values) for model, values in self._get_foreign_values().items()}

    def test_stored_fields_are_facts_or_a_persons(self):
        """Scenario: all stored fields that the addon adds and that no person writes. Expected: they are facts."""
        mine = {
            # whose words or wishes these are
            "sale.order": {"site_note", "wished_date"},
            "stock.picking": {"backorder_own_note", "site_note"},
        }
        for model in FACTS:
            added = {
                name
                for name, field in self.env[model]._fields.items()
                if field.store and field.column_type and set(field._modules) == {"gse_backorder"}
            }
            written = added - mine.get(model, set()) - {"access_token", "backorder_suffix", "backorder_note"}
            self.assertEqual(written, set(FACTS[model]), model)

    @mute_logger("odoo.http", "odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_by_jsonrpc(self):
        """Scenario: each role tries to write each fact, in each way. Expected: refused, and all as it was."""

        def call(user):
            self.authenticate(user.login, user.login)
            return self._call

        self.assertGreater(self._try_all(call, ROLES), 500)

    @mute_logger("odoo.http", "odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_by_xmlrpc(self):
        """Scenario: the same by XML-RPC, in the shortest ways. Expected: the same."""

        def call(user):
            return lambda *args, **kwargs: self._call_by_xmlrpc(user, *args, **kwargs)

        # XML-RPC says what kind of refusal it is by numbers of its own.
        numbers = {"2": "odoo.exceptions.UserError", "4": "odoo.exceptions.AccessError"}
        plain = self._call_by_xmlrpc

        def translate(user, *args, **kwargs):
            try:
                return plain(user, *args, **kwargs)
            except RefusedError as refusal:
                raise RefusedError(numbers.get(refusal.kind, refusal.kind), refusal.message) from refusal

        self._call_by_xmlrpc = translate
        self.assertGreater(self._try_all(call, ("salesperson", "picker"), {"create", "write", "default"}), 50)

    @mute_logger("odoo.http")
    def test_a_default_of_ones_own(self):
        """Scenario: a salesperson makes facts his own default, then a delivery. Expected: it has none of them."""
        user = self.users["salesperson"]
        self.authenticate(user.login, user.login)
        for model in ("stock.picking", "stock.move"):
            _record, creation, _parent = self._get_targets()[model]
            for name, value in self._get_foreign_values()[model].items():
                self._call("ir.default", "set", model, name, value, True)
            [created] = self._call(model, "create", [creation])
            [facts] = self.env[model].browse(created).read(sorted(FACTS[model]), load=None)
            facts.pop("fulfillment_state", None)  # a draft
            del facts["id"]
            self.assertFalse(any(facts.values()), facts)

    @mute_logger("odoo.http")
    def test_our_own_models(self):
        """Scenario: the log, notices, completions, by those who may read them. Expected: nobody writes them."""
        user = self.users["manager"]
        self.authenticate(user.login, user.login)
        for model in (
            "stock.backorder.allocation", "stock.customer.notice", "stock.arrival.notice", "stock.backorder.pool",
            "stock.completion", "stock.completion.line", "stock.completion.preview", "stock.completion.preview.line",
            "stock.supply.need", "stock.backorder.report", "stock.what.if.line",
        ):  # fmt: skip
            for method, arguments in (("create", [[{}]]), ("write", [[1], {}]), ("unlink", [[1]]), ("copy", [[1]])):
                with self.subTest(model=model, method=method), self.assertRaises(RefusedError) as refused:
                    self._call(model, method, *arguments)
                # to copy one has to find it first
                missing = {"odoo.exceptions.MissingError"} if method == "copy" else set()
                self.assertIn(refused.exception.kind, {"odoo.exceptions.AccessError"} | missing)

    @mute_logger("odoo.http")
    def test_nonsense(self):
        """Scenario: lists, dictionaries and long texts as facts. Expected: refused, and no error of the server."""
        user = self.users["picker"]
        self.authenticate(user.login, user.login)
        for value in ([1], {"a": 1}, {}, "x" * 10_000, 1e300, -1, True, [[6, 0, [1]]]):
            for model, values in self._get_foreign_values().items():
                record = self._get_targets()[model][0]
                if not self.env[model].with_user(user).has_access("write"):
                    continue
                for name in values:
                    with self.subTest(model=model, fact=name, value=value):
                        try:
                            self._call(model, "write", record.ids, {name: value})
                        except RefusedError as refusal:
                            self.assertIn(refusal.kind, REFUSALS, refusal.message)


@tagged("post_install", "-at_install")
class TestFacts(FactsCase):
    """What passes: the engine, in whoever's name, and what is no change."""

    def test_what_is_there_is_no_change(self):
        """Scenario: all facts are read, and sent back. Expected: it passes, fractions of seconds or not."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_picking SET told_promise_date = told_promise_date + interval '0.5 s' WHERE id = %s",
            (self.remainder.id,),
        )
        self.env.invalidate_all()
        for record in (self.remainder, self.remainder.move_ids):
            record = record.with_user(self.users["picker"])
            [facts] = record.sudo().read(sorted(FACTS[record._name]), load=None)
            del facts["id"]
            record.write({**facts, "origin": "Changed"})
            record.write({name: str(value) for name, value in facts.items() if isinstance(value, datetime)})
            self.assertEqual(record.origin, "Changed", "What else was written is written.")
        self.assertEqual((self.remainder.backorder_root_id, self.remainder.backorder_index), (self.root, 1))

    def test_one_of_several_differs(self):
        """Scenario: a value that one of two records has already. Expected: refused for both."""
        both = (self.root | self.remainder).with_user(self.users["picker"])
        with self.assertRaisesRegex(UserError, "Backorder Number"), self.cr.savepoint():
            both.write({"backorder_index": 1})

    def test_sudo_in_a_users_name(self):
        """Scenario: code with all rights, in a salesperson's name, is given facts. Expected: refused as from himself,
        defaults are passed over; the superuser may."""
        sudo = self.remainder.with_user(self.users["salesperson"]).sudo()
        with self.assertRaises(UserError), self.cr.savepoint():
            sudo.backorder_index = 7
        move = {**self._get_targets()["stock.move"][1], "ordered_date": PAST}
        created = sudo.with_context(default_first_promise_date=PAST).create(self._get_targets()["stock.picking"][1])
        self.assertFalse(created.first_promise_date)
        with self.assertRaises(UserError), self.cr.savepoint():
            sudo.with_context(default_move_ids=[Command.create(move)]).create(self._get_targets()["stock.picking"][1])
        self.remainder.first_promise_date = PAST
        self.assertEqual(str(self.remainder.first_promise_date), PAST)

    def test_onchange(self):
        """Scenario: a form sends facts to an onchange. Expected: nothing is written."""
        before = self._read_facts("stock.picking")
        delivery = self.remainder.with_user(self.users["picker"])
        values = {**self._get_foreign_values()["stock.picking"], "origin": "Typed"}
        delivery.onchange(values, ["origin"], {name: {} for name in values})
        self.assertEqual(self._read_facts("stock.picking"), before)

    def test_fact_values(self):
        """Scenario: values as the engine makes them. Expected: used like the values, and told apart from them."""
        moment = datetime(2026, 5, 6, 7, 8, 9)
        for value in (moment, 3, 2.5, "ask", True, False, None, 0, ""):
            made = fact(value)
            self.assertEqual((made.plain, bool(made)), (value, bool(value)))
            self.assertIs(type(made.plain), type(value), "What is stored is an ordinary value.")
            self.assertEqual(copy.deepcopy(made).plain, value)
        self.assertEqual(fact(moment) + timedelta(days=1), moment + timedelta(days=1))
        self.assertLess(fact(moment), datetime(2027, 1, 1))

    # ---- flows ---------------------------------------------------------------

    def _get_facts_of(self, delivery):
        move = delivery.sudo().move_ids
        return delivery.sudo().told_promise_date, move.ordered_date, move.first_promise_date

    def test_shipping_in_part(self):
        """Scenario: a picker ships a part, another splits. Expected: the remainders are numbered, and inherit."""
        for method in ("button_validate", "action_split_transfer"):
            product = self._create_product("Wool", stock=10)
            root = self._create_order((product, 10)).picking_ids
            expected = self._get_facts_of(root)
            self.assertTrue(all(expected), "There is something to inherit.")
            root.move_ids.quantity = 4
            getattr(root.with_user(self.picker), method)()
            backorder = root.backorder_ids
            self.assertEqual((backorder.backorder_root_id, backorder.backorder_index), (root, 1), method)
            self.assertEqual(self._get_facts_of(backorder), expected, method)

    def test_pick_pack_ship(self):
        """Scenario: three steps; ordered by a salesperson with own documents, shipped in parts by a picker. Expected:
        each step waits since the order, the second delivery is a backorder of the first."""
        self.warehouse.delivery_steps = "pick_pack_ship"
        product = self._create_product("Wool", stock=10)
        order = self._create_order((product, 10), confirm=False, user_id=self.users["salesperson"].id)
        order.with_user(self.users["salesperson"]).action_confirm()
        ordered = order.date_order
        steps = self.warehouse.pick_type_id, self.warehouse.pack_type_id, self.warehouse.out_type_id
        self._ship(order.picking_ids.with_user(self.picker), 4)
        for _shipment in range(5):  # the first part goes all the way before the rest is picked
            ready = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
            last = ready.sorted(lambda picking: steps.index(picking.picking_type_id))[-1:]
            self._ship(last.with_user(self.picker))
        moves = order.picking_ids.move_ids
        self.assertEqual(set(moves.mapped("ordered_date")), {ordered}, "All of them.")
        deliveries = order.picking_ids.filtered(lambda picking: picking.picking_type_id == self.delivery_type)
        self.assertEqual(sorted(deliveries.mapped("backorder_index")), [0, 1])

    def test_ordinary_import(self):
        """Scenario: a picker imports the source of a delivery, with its number beside it. Expected: imported."""
        delivery = self.remainder.with_user(self.users["picker"])
        answer = delivery.load([".id", "origin", "backorder_index"], [[str(delivery.id), "Imported", "1"]])
        self.assertEqual((answer["ids"], delivery.origin), ([delivery.id], "Imported"), answer["messages"])

    def test_copying(self):
        """Scenario: a delivery and an operation type are copied. Expected: no fact but the type's goes along."""
        copied = self.remainder.with_user(self.users["manager"]).copy()
        self.assertFalse(any((copied.backorder_root_id, copied.backorder_index, *self._get_facts_of(copied))))
        self.delivery_type.sudo()._write_facts({"create_backorder_before": "ask"})
        copied = self.delivery_type.with_user(self.users["manager"]).copy()
        self.assertEqual((copied.create_backorder_before, copied.create_backorder), ("ask", "always"))

    def test_switching_automatic_backorders(self):
        """Scenario: a manager makes a warehouse, and a type. Expected: they ask again when the setting is off."""
        env = self.env(user=self.users["manager"])
        warehouse = env["stock.warehouse"].create({"name": "Another", "code": "ANO"})
        self.assertEqual(warehouse.sudo().pick_type_id.create_backorder_before, "ask")
        self.company.automatic_backorder = False
        self.assertEqual(warehouse.sudo().out_type_id.create_backorder, "ask")
        self.company.automatic_backorder = True

    def test_merging_vendors(self):
        """Scenario: a late vendor is merged into one of whom nothing is known, and the other way round. Expected: the
        one that stays is as late as he was, else as the other."""
        for days in (0, 2):
            stays, goes = self.env["res.partner"].create([{"name": "Vendor"}, {"name": "Vendor again"}])
            stays._write_facts({"vendor_delay_days": days})
            goes._write_facts({"vendor_delay_days": 5})
            wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.users["manager"]).create({})
            wizard._update_values(goes.with_env(wizard.env), stays.with_env(wizard.env))
            self.assertEqual(stays.vendor_delay_days, days or 5)


@tagged("post_install", "-at_install")
class TestChainConstraints(FactsCase):
    """A chain is one company's, and its original is none of its backorders; whoever writes it."""

    def _assert_impossible(self, vals, error):
        with self.assertRaises(error), self.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.remainder.write(vals)
            self.env.flush_all()

    def test_original(self):
        """Scenario: a chain's original is itself, or a backorder; a number without an original, and the other way
        round. Expected: refused, also for the superuser."""
        self._assert_impossible({"backorder_root_id": self.remainder.id}, ValidationError)
        second = self.remainder.copy({"backorder_id": self.remainder.id, "name": "/"})
        self.assertEqual((second.backorder_root_id, second.backorder_index), (self.root, 2))
        with self.assertRaises(ValidationError), self.cr.savepoint():
            second.backorder_root_id = self.remainder
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.root.write({"backorder_root_id": self.foreign.id, "backorder_index": 1})
        self._assert_impossible({"backorder_index": 0}, IntegrityError)
        self._assert_impossible({"backorder_index": -1}, IntegrityError)
        self._assert_impossible({"backorder_root_id": False}, IntegrityError)

    def test_company(self):
        """Scenario: a member of a chain moves to another company's operation type. Expected: refused."""
        root = self._create_delivery((self.product, 1), confirm=False)
        backorder = root.copy({"backorder_id": root.id, "name": "/"})
        other = self.env["res.company"].create({"name": "Other"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        for member in (root, backorder):
            with self.assertRaisesRegex(ValidationError, "belong to one company"), self.cr.savepoint():
                member.picking_type_id = warehouse.out_type_id
                self.env.flush_all()

    def test_relinking(self):
        """Scenario: a user writes ``backorder_id`` of a chain's original. Expected: repaired, numbers go on."""
        second = self.remainder.copy({"backorder_id": self.remainder.id, "name": "/"})
        self.root.with_user(self.users["picker"]).backorder_id = self.foreign
        chain = self.root | self.remainder | second
        self.assertEqual(chain.backorder_root_id, self.foreign)
        self.assertEqual(chain.mapped("backorder_index"), [1, 2, 3])
        self.root.with_user(self.users["picker"]).backorder_id = False
        self.assertEqual(chain.mapped("backorder_root_id"), self.root)
        self.assertEqual(self.root.backorder_index, 0)

    def test_another_customers_chain(self):
        """Scenario: a salesperson makes a stranger's delivery a backorder of a customer's. Expected: it is numbered,
        and learns nothing of what that customer was told, has chosen or has noted for his site."""
        self.remainder._write_facts({"customer_move_type": "one", "told_promise_date": datetime(2027, 1, 2)})
        self.remainder.site_note = "Ring at gate 7"
        salesperson = self.env["stock.picking"].with_user(self.users["salesperson"])
        creation = {**self._get_targets()["stock.picking"][1], "backorder_id": self.remainder.id}
        own = salesperson.create({**creation, "partner_id": self.customer.id})
        self.assertEqual((own.customer_move_type, own.site_note), ("one", "Ring at gate 7"), "The same customer's.")
        foreign = salesperson.create({**creation, "partner_id": self.stranger.id})
        self.assertEqual(foreign.backorder_root_id, self.root)
        self.assertFalse(any((foreign.customer_move_type, foreign.told_promise_date, foreign.site_note)))
