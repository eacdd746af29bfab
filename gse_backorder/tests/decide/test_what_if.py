from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...models.engine.scenario import CONTEXT_KEY, Scenario
from ..common import BackorderCase


class WhatIfCase(BackorderCase):
    """What-ifs are asked by a manager, unless a test says whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "what_if_manager", groups="base.group_user,stock.group_stock_manager", company_id=cls.company.id
        )
        cls.warehouse.keep_promises = False
        cls.beam = cls._create_product("Beam", standard_price=10)

    def _ask(self, *changes, user=None):
        """Return the what-if of *changes*, dicts of values, looked at."""
        what_if = (
            self.env["stock.what.if"]
            .with_user(user or self.manager)
            .create({"change_ids": [Command.create(change) for change in changes]})
        )
        what_if.action_simulate()
        return what_if

    def _tell(self, what_if):
        """Return ``{move: days later}``, None for a date that is lost, False for one that is new."""
        return {
            line.move_id.sudo(): line.days
            if line.promise_before and line.promise_after
            else (False if line.promise_after else None)
            for line in what_if.line_ids
        }


@tagged("post_install", "-at_install")
class TestWhatIf(WhatIfCase):
    """What would become of the promises, if something were otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._create_delivery((cls.beam, 4))
        cls.second = cls._create_delivery((cls.beam, 4))
        cls.near = cls._create_receipt((cls.beam, 4), days=3)
        cls.far = cls._create_receipt((cls.beam, 4), days=10)
        cls.env.flush_all()

    def test_late(self):
        """Scenario: the near receipt comes 14 days later. Expected: the first takes the far one, the second waits."""
        what_if = self._ask({"kind": "late", "receipt_ids": self.near.ids, "days": 14})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: 7, self.second.move_ids: 7})
        self.assertEqual((what_if.gain_count, what_if.loss_count, what_if.break_count), (0, 2, 2))
        self.assertEqual(what_if.broken_value, 80)
        self.assertIn("2 promises break", what_if.summary)
        self.assertEqual(set(what_if.line_ids.mapped("breaks")), {"first"})

    def test_what_breaks(self):
        """Scenario: one is late for its deadline; one that had lost its first promise comes later still. Expected: the
        deadline breaks; what was broken before breaks no second time."""
        self.first.move_ids.date_deadline = fields.Datetime.now() + timedelta(days=30)
        self.second.move_ids.date_deadline = fields.Datetime.now() + timedelta(days=5)
        what_if = self._ask({"kind": "late", "receipt_ids": self.near.ids, "days": 14})
        self.assertEqual(
            {line.move_id.sudo(): line.breaks for line in what_if.line_ids},
            {self.second.move_ids: "deadline", self.first.move_ids: "none"},
        )

    def test_short_and_never(self):
        """Scenario: half of the near receipt comes; none of the far. Expected: what is behind has no date any more."""
        what_if = self._ask({"kind": "short", "receipt_ids": self.near.ids, "share": 50})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: 7, self.second.move_ids: None})
        self.assertEqual(what_if.line_ids.filtered(lambda line: not line.promise_after).dateless_after, 2)
        what_if = self._ask({"kind": "never", "receipt_ids": self.far.ids})
        self.assertEqual(self._tell(what_if), {self.second.move_ids: None})

    def test_vendor(self):
        """Scenario: all of a vendor comes never, by his company's name. Expected: nobody has a date any more."""
        what_if = self._ask({"kind": "never", "source": "vendor", "partner_id": self.vendor.id})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: None, self.second.move_ids: None})
        other = self._create_product("Nail")
        what_if = self._ask({"kind": "never", "source": "vendor", "partner_id": self.vendor.id, "product_id": other.id})
        self.assertFalse(what_if.line_ids, "None of his nails is expected.")
        self.assertIn("Nothing changes", what_if.summary)

    def test_star(self):
        """Scenario: the second gets the star. Expected: one gains seven days, the other loses them."""
        what_if = self._ask({"kind": "priority", "picking_ids": self.second.ids})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: 7, self.second.move_ids: -7})
        self.assertEqual(self.second.priority, "0")

    def test_deadline(self):
        """Scenario: the second is due tomorrow. Expected: it comes first."""
        deadline = fields.Datetime.now() + timedelta(days=1)
        what_if = self._ask({"kind": "deadline", "picking_ids": self.second.ids, "deadline": deadline})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: 7, self.second.move_ids: -7})

    def test_policy(self):
        """Scenario: the second has the star, and the policy counts none. Expected: who ordered first is first."""
        self.second.priority = "1"
        what_if = self._ask({"kind": "policy", "warehouse_id": self.warehouse.id, "policy": "first_ordered"})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: -7, self.second.move_ids: 7})

    def test_keep_promises(self):
        """Scenario: a third is due sooner than what was promised. Expected: kept promises come before it."""
        self.warehouse.keep_promises = True
        (self.first | self.second).move_ids._keep_promises()
        self.warehouse.keep_promises = False
        third = self._create_delivery((self.beam, 4), confirm=False)
        third.move_ids.date_deadline = fields.Datetime.now() + timedelta(days=1)
        third.action_confirm()
        what_if = self._ask({"kind": "keep", "warehouse_id": self.warehouse.id, "keeps": True})
        self.assertEqual(
            self._tell(what_if),
            {third.move_ids: None, self.first.move_ids: -7, self.second.move_ids: False},
        )

    def test_drop(self):
        """Scenario: the first, with goods reserved, is not wanted. Expected: they are the second's, now."""
        self._add_stock(self.beam, 4)
        self.first.action_assign()
        what_if = self._ask({"kind": "drop", "picking_ids": self.first.ids})
        self.assertEqual(self._tell(what_if), {self.second.move_ids: -3})
        self.assertEqual(what_if.line_ids.now_after, 4)
        self.assertEqual(self.first.state, "assigned")

    def test_add(self):
        """Scenario: four more tomorrow. Expected: both gain."""
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        change = {"product_id": self.beam.id, "warehouse_id": self.warehouse.id, "quantity": 4, "date": tomorrow}
        what_if = self._ask({"kind": "add", **change})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: -2, self.second.move_ids: -7})
        self.assertEqual(what_if.gain_count, 2)

    def test_together(self):
        """Scenario: the near is late, and there are four more. Expected: changes are looked at together."""
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        more = {"product_id": self.beam.id, "warehouse_id": self.warehouse.id, "quantity": 4, "date": tomorrow}
        what_if = self._ask({"kind": "late", "receipt_ids": self.near.ids, "days": 14}, {"kind": "add", **more})
        self.assertEqual(self._tell(what_if), {self.first.move_ids: -2})

    def test_whole_delivery(self):
        """Scenario: of two lines one is later. Expected: all of it ships on the later day of both."""
        nail = self._create_product("Nail", 1)
        whole = self._create_delivery((self.beam, 4), (nail, 1))
        self._create_receipt((self.beam, 4), days=12)
        what_if = self._ask({"kind": "late", "receipt_ids": self.far.ids, "days": 10})
        line = what_if.line_ids.filtered(lambda line: line.picking_id.sudo() == whole)
        self.assertEqual(line.day_before, whole.promise_day)
        self.assertEqual(line.delivery_before, whole.promise_day)
        self.assertEqual(line.delivery_after, line.day_after)
        nails = self._create_receipt((nail, 5), days=5)
        waiting = self._create_delivery((self.beam, 4), (nail, 1))
        what_if = self._ask({"kind": "late", "receipt_ids": nails.ids, "days": 1})
        line = what_if.line_ids.filtered(lambda line: line.picking_id.sudo() == waiting)
        self.assertTrue(line.promise_after)
        self.assertFalse(line.delivery_after, "Its beams have no date.")

    def test_steps(self):
        """Scenario: pick and ship; the receipt is late. Expected: the delivery is told of, not its pick."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self.beam, 3))
        out = order.picking_ids.move_ids.filtered(lambda move: move._is_bound_for_customer())
        if not out.move_orig_ids:
            out = order.picking_ids.move_ids
        what_if = self._ask({"kind": "late", "receipt_ids": self.near.ids, "days": 30})
        told = self._tell(what_if)
        self.assertIn(out, told)
        self.assertFalse(told.keys() & out.move_orig_ids, "Its pick is not.")

    def test_bought_for_one(self):
        """Scenario: what is for one delivery alone is late, brings less, never comes. Expected: that is told."""
        nail = self._create_product("Nail")
        delivery = self._create_delivery((nail, 3), confirm=False)
        receipt = self._create_receipt((nail, 3), days=4)
        delivery.move_ids.write(
            {"procure_method": "make_to_order", "move_orig_ids": [Command.set(receipt.move_ids.ids)]}
        )
        delivery.action_confirm()
        self.env.flush_all()
        self.assertEqual(delivery.move_ids.state, "waiting")
        for change, days in (({"kind": "late", "days": 5}, 5), ({"kind": "short"}, None), ({"kind": "never"}, None)):
            with self.subTest(change["kind"]):
                what_if = self._ask({**change, "receipt_ids": receipt.ids})
                self.assertEqual(self._tell(what_if), {delivery.move_ids: days})
        what_if = self._ask({"kind": "drop", "picking_ids": delivery.ids})
        self.assertFalse(what_if.line_ids, "What is dropped is not told of, and what was bought for it comes.")

    def test_sent_by_the_vendor(self):
        """Scenario: a vendor sends goods to the customer. Expected: he is late, and the delivery is told of."""
        nail = self._create_product("Nail")
        places = {"location_id": self.suppliers.id, "location_dest_id": self.customers.id}
        date = fields.Datetime.now() + timedelta(days=2)
        line = {"product_id": nail.id, "product_uom_qty": 3, "date": date, **places}
        sent = self.env["stock.picking"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.delivery_type.id,
                "scheduled_date": date,
                "move_ids": [Command.create(line)],
                **places,
            }
        )
        sent.action_confirm()
        what_if = self._ask({"kind": "late", "source": "vendor", "partner_id": self.vendor.id, "days": 3})
        self.assertEqual(self._tell(what_if)[sent.move_ids], 3)
        what_if = self._ask({"kind": "never", "source": "vendor", "partner_id": self.vendor.id})
        self.assertIsNone(self._tell(what_if)[sent.move_ids])

    def test_units(self):
        """Scenario: dozens wait for dozens, of which half comes. Expected: told in the product's unit."""
        nail = self._create_product("Nail")
        delivery = self._create_delivery((nail, 2, self.dozen))
        receipt = self._create_receipt((nail, 2, self.dozen), days=3)
        what_if = self._ask({"kind": "short", "receipt_ids": receipt.ids, "share": 50})
        self.assertEqual(self._tell(what_if), {delivery.move_ids: None})
        line = what_if.line_ids
        self.assertEqual((line.quantity, line.dateless_before, line.dateless_after), (24, 0, 12))

    def test_purchase(self):
        """Scenario: a purchase is late. Expected: as when its date is changed; then it is, as a step of its own."""
        purchase = self._purchase(self.beam, 4, days=1)
        change = {"kind": "late", "source": "purchase", "purchase_ids": purchase.ids, "days": 5}
        buyer = new_test_user(
            self.env, "what_if_buyer", groups="base.group_user,purchase.group_purchase_user,stock.group_stock_user"
        )
        what_if = self._ask(change, user=buyer)
        shown = {line.move_id.sudo(): line.promise_after for line in what_if.line_ids}
        self.assertTrue(shown)
        what_if.change_ids.action_apply()
        self._invalidate()
        self.assertTrue(what_if.change_ids.is_applied)
        self.assertFalse(what_if.line_ids, "What was shown is not so any more.")
        self.assertEqual({move: move.promise_date for move in shown}, shown)

    def _purchase(self, product, quantity, days):
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": quantity,
                            "date_planned": fields.Datetime.now() + timedelta(days=days),
                        }
                    )
                ],
            }
        )
        purchase.button_confirm()
        return purchase

    # ---- opened from a record, done from there -----------------------------------

    def test_one_day(self):
        """Expected: a day is no plural; what is said of one is said of several as well."""
        what_if = self._ask({"kind": "late", "receipt_ids": self.near.ids, "days": 1})
        self.assertEqual(what_if.change_ids.description, f"{self.near.name}: a day later")
        what_if.change_ids.write({"days": -1, "receipt_ids": [Command.link(self.far.id)]})
        self.assertEqual(what_if.change_ids.description, f"{self.near.name}, {self.far.name}: a day earlier")

    def test_opened(self):
        """Scenario: opened from receipts, deliveries, a warehouse, a purchase. Expected: it is filled in."""
        for records, told in (
            (self.near, "7 days later"),
            (self.first | self.second, "star"),
            (self.warehouse, "ranks"),
            (self._purchase(self.beam, 1, days=2), "7 days later"),
        ):
            user = self.manager
            if records._name == "purchase.order":
                user = new_test_user(self.env, "what_if_p", groups="base.group_user,purchase.group_purchase_user")
            action = records.with_user(user).action_what_if()
            what_if = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
            self.assertIn(told, what_if.change_ids.description)
            what_if.action_simulate()

    def test_applied(self):
        """Scenario: star, deadline, policy, a receipt's date are done from there. Expected: as shown, by the user."""
        due = fields.Datetime.now() + timedelta(days=1)
        for change in (
            {"kind": "priority", "picking_ids": self.second.ids},
            {"kind": "late", "receipt_ids": self.near.ids, "days": 14},
            {"kind": "deadline", "picking_ids": self.first.ids, "deadline": due},
            {"kind": "policy", "warehouse_id": self.warehouse.id, "policy": "first_ordered"},
            {"kind": "keep", "warehouse_id": self.warehouse.id, "keeps": True},
        ):
            with self.subTest(change["kind"]):
                what_if = self._ask(change)
                shown = {line.move_id.sudo(): line.promise_after for line in what_if.line_ids}
                what_if.change_ids.action_apply()
                self._invalidate()
                self.assertEqual({move: move.promise_date for move in shown}, shown)
                with self.assertRaises(UserError):
                    what_if.change_ids.action_apply()

    def test_applied_without_rights(self):
        """Scenario: a picker changes the policy from there. Expected: refused; he may give the star."""
        what_if = self._ask(
            {"kind": "policy", "warehouse_id": self.warehouse.id, "policy": "first_ordered"}, user=self.picker
        )
        with self.assertRaises(AccessError):
            what_if.change_ids.action_apply()
        self._ask({"kind": "priority", "picking_ids": self.second.ids}, user=self.picker).change_ids.action_apply()
        self.assertEqual(self.second.priority, "1")

    def test_no_plain_change(self):
        """Scenario: a supply that never comes is to be done from there. Expected: refused, in words."""
        what_if = self._ask({"kind": "never", "receipt_ids": self.near.ids})
        with self.assertRaises(UserError):
            what_if.change_ids.action_apply()

    # ---- nothing but its own rows ---------------------------------------------------

    def test_nothing_is_written(self):
        """Scenario: all kinds are looked at. Expected: no other table has changed; nothing is locked."""
        now = fields.Datetime.now()
        changes = [
            {"kind": "late", "receipt_ids": self.near.ids, "days": 14},
            {"kind": "never", "receipt_ids": self.far.ids},
            {"kind": "priority", "picking_ids": self.second.ids},
            {"kind": "deadline", "picking_ids": self.first.ids, "deadline": now},
            {"kind": "policy", "warehouse_id": self.warehouse.id, "policy": "complete_orders"},
            {"kind": "drop", "picking_ids": self.first.ids},
        ]
        self.env.flush_all()
        self.env.cr.execute("SELECT pg_stat_clear_snapshot()")
        before = self._count_changed_rows()
        locks = self._read_locks()
        self._ask(*changes)
        self.env.flush_all()
        after = self._count_changed_rows()
        own = {name for name, count in after.items() if count != before.get(name, 0)}
        self.assertTrue(own)
        self.assertFalse({name for name in own if not name.startswith("stock_what_if")})
        self.assertFalse({name for name in self._read_locks() - locks if not name.startswith("stock_what_if")})

    def _count_changed_rows(self):
        """Return how many rows of each table this transaction has made, changed or taken away."""
        self.env.cr.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(self.env.cr.fetchall())

    def _read_locks(self):
        """Return the tables that are locked for writing, or row by row."""
        self.env.cr.execute(
            """
            SELECT relation::regclass::varchar
              FROM pg_locks
             WHERE pid = pg_backend_pid() AND relation IS NOT NULL AND mode NOT IN ('AccessShareLock')
            """
        )
        return {name.removesuffix("_pkey") for (name,) in self.env.cr.fetchall() if "_pkey" in name or "_" in name}

    def test_nobody_is_told(self):
        """Scenario: promises would break. Expected: no mail, no note, no entry in the log."""
        models = ("mail.mail", "mail.message", "stock.customer.notice", "stock.backorder.allocation", "bus.bus")
        before = [self.env[model].search_count([]) for model in models]
        self._ask({"kind": "never", "source": "vendor", "partner_id": self.vendor.id})
        self.assertEqual([self.env[model].search_count([]) for model in models], before)

    def test_no_cost_without(self):
        """Scenario: no scenario, or what JSON can make of one. Expected: the queries are what they are without."""
        pegging = self.env["stock.pegging"]
        plain = pegging._get_pegging_sql(self.beam, SQL("TRUE"))
        for sent in ({"claims": {}}, "Scenario", 7, [1], True):
            other = pegging.with_context(**{CONTEXT_KEY: sent})._get_pegging_sql(self.beam, SQL("TRUE"))
            self.assertEqual(other.code, plain.code)
        self.assertNotIn("changed", plain.code)
        self.assertIs(Scenario.of(self.env), Scenario.of(self.env))

    def test_queries(self):
        """Scenario: 3 and 30 lines would ship otherwise. Expected: the same number of queries."""

        def make(count):
            nail = self._create_product("Nail")
            for _number in range(count):
                self._create_delivery((nail, 1), assign=False)
            self._create_receipt((nail, 30), days=20)
            return self._create_receipt((nail, 30), days=3)

        def ask(receipt):
            what_if = self.env["stock.what.if"].create(
                {"change_ids": [Command.create({"kind": "never", "receipt_ids": receipt.ids})]}
            )
            self._invalidate()
            before = self.cr.sql_log_count
            what_if.action_simulate()
            self.env.flush_all()
            return self.cr.sql_log_count - before, len(what_if.line_ids)

        receipts = [make(count) for count in (3, 3, 30)]
        _warm, few, many = map(ask, receipts)
        self.assertEqual((few[1], many[1]), (3, 30))
        self.assertEqual(few[0], many[0], "It costs the same, however many lines there are.")

    # ---- bad input --------------------------------------------------------------------

    def test_bad_input(self):
        """Scenario: something is missing, or cannot be. Expected: refused in words."""
        service = self.env["product.product"].create({"name": "Service", "type": "service"})
        add = {"kind": "add", "warehouse_id": self.warehouse.id, "date": fields.Datetime.now()}
        for change in (
            {"kind": "late"},
            {"kind": "late", "receipt_ids": self.near.ids, "days": 0},
            {"kind": "late", "receipt_ids": self.near.ids, "days": 10**9},
            {"kind": "late", "source": False, "receipt_ids": self.near.ids},
            {"kind": "late", "source": "vendor"},
            {"kind": "short", "receipt_ids": self.near.ids, "share": -1},
            {"kind": "short", "receipt_ids": self.near.ids, "share": 100},
            {"kind": "short", "receipt_ids": self.near.ids, "share": float("nan")},
            {"kind": "priority"},
            {"kind": "priority", "picking_ids": self.first.ids, "priority": False},
            {"kind": "deadline", "picking_ids": self.first.ids},
            {"kind": "drop"},
            {"kind": "policy", "warehouse_id": self.warehouse.id},
            {"kind": "keep"},
            {**add, "quantity": 1},
            {**add, "product_id": self.beam.id},
            {**add, "product_id": self.beam.id, "quantity": 1e12},
            {**add, "product_id": service.id, "quantity": 1},
        ):
            with self.subTest(change), self.assertRaises(UserError):
                self._ask(change)
        with self.assertRaises(UserError):
            self._ask()
        with self.assertRaises(UserError):
            (self.near | self.first).action_what_if()
        with self.assertRaises(UserError):
            self.near.browse().action_what_if()

    # ---- whose it is --------------------------------------------------------------------

    def test_other_company(self):
        """Scenario: a company's people name another's records. Expected: refused; nothing of it is told."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        delivery = self._create_delivery_of(other, self.beam, 3)
        delivery.action_confirm()
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        for change in (
            {"kind": "priority", "picking_ids": delivery.ids},
            {"kind": "policy", "warehouse_id": warehouse.id, "policy": "deadline"},
        ):
            with self.subTest(change["kind"]), self.assertRaises(AccessError):
                self._ask(change)
        both = self._hire("what_if_both", self.company | other, "stock.group_stock_manager")
        with self.assertRaises(UserError):
            self._ask({"kind": "priority", "picking_ids": delivery.ids}, user=both)

    def test_own(self):
        """Scenario: a colleague opens, changes, presses it. Expected: refused."""
        what_if = self._ask({"kind": "priority", "picking_ids": self.second.ids}).with_user(self.picker)
        for attempt in (
            lambda: what_if.read(["summary"]),
            lambda: what_if.line_ids.browse(what_if.sudo().line_ids.ids).read(["promise_after"]),
            what_if.action_simulate,
            what_if.action_view_lines,
            lambda: what_if.sudo().change_ids.with_user(self.picker).action_apply(),
            lambda: (
                self.env["stock.what.if.change"]
                .with_user(self.picker)
                .create({"what_if_id": what_if.id, "kind": "drop", "picking_ids": self.first.ids})
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_what_it_is_worth(self):
        """Scenario: a purchaser with no right on the stock asks what a late receipt breaks; opens its form and its
        lists. Expected: he is told what breaks, and nothing of prices; who sees the deliveries' values is."""
        buyer = new_test_user(self.env, "what_if_only_buys", groups="base.group_user,purchase.group_purchase_user")
        kinds = {"stock.what.if": ("form",), "stock.what.if.line": ("list", "pivot", "graph", "search")}
        for user, is_told in ((buyer, False), (self.picker, True)):
            what_if = self._ask({"kind": "late", "receipt_ids": self.near.ids, "days": 14}, user=user)
            with self.subTest(user.login):
                self.assertEqual(what_if.break_count, 2)
                self.assertIn("2 promises break", what_if.summary)
                self.assertEqual("worth" in what_if.summary, is_told)
                for records, name in ((what_if, "broken_value"), (what_if.line_ids, "value")):
                    views = records.get_views([(False, kind) for kind in kinds[records._name]])["views"]
                    if is_told:
                        self.assertTrue(all(records.mapped(name)))
                        continue
                    for view in views.values():
                        self.assertNotIn('value"', view["arch"])
                    for attempt in (
                        lambda records=records, name=name: records.read([name]),
                        lambda records=records, name=name: records.search([(name, ">", 1)]),
                        lambda records=records, name=name: records.web_read({name: {}}),
                    ):
                        with self.assertRaises(AccessError):
                            attempt()
        self.second.do_unreserve()
        self.second.action_cancel()
        what_if = self._ask({"kind": "late", "receipt_ids": self.near.ids, "days": 14}, user=buyer)
        self.assertTrue(what_if.summary.endswith("; 1 promise breaks"))

    def test_strangers(self):
        """Scenario: a customer, a clerk, a salesperson ask. Expected: refused."""
        clerk = new_test_user(self.env, "what_if_clerk", groups="base.group_user")
        customer = new_test_user(self.env, "what_if_customer", groups="base.group_portal")
        for user in (clerk, customer, self.salesperson):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._ask({"kind": "priority", "picking_ids": self.second.ids}, user=user)
