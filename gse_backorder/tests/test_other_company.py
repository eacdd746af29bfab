from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .promise.kept_common import KeptCase
from .rpc_common import REFUSALS, RefusedError, RpcCase

ALL_RIGHTS = ",".join(
    (
        "base.group_user",
        "gse_backorder.group_take_back",
        "purchase.group_purchase_manager",
        "sales_team.group_sale_manager",
        "stock.group_stock_manager",
    )
)
NAME = {"fields": {"display_name": {}}}


@tagged("post_install", "-at_install")
class TestOtherCompany(KeptCase, RpcCase):
    """Who has all rights in another company only neither reads nor changes ours, by whatever decision or what-if."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.rival = new_test_user(
            cls.env, "rival", password="rival", groups=ALL_RIGHTS, company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )  # fmt: skip
        cls.product = cls._create_product("Beam", 3)  # of both companies
        cls.receipt = cls._create_receipt((cls.product, 4), days=5)
        cls._create_delivery((cls.product, 2))  # who has something that could be taken
        cls.order = cls._create_order((cls.product, 10))
        cls.partner = cls.env["res.partner"].create({"name": "Known here", "company_id": cls.company.id})
        cls.delivery = cls.order.picking_ids
        cls.line = cls.delivery.move_ids
        cls.own = cls._create_delivery_of(cls.other, cls.product, 1)
        cls.own.action_confirm()
        cls._take_up()
        cls.env.flush_all()

    @classmethod
    def _take_up(cls):
        """Let the manager open each decision and what-if on the delivery."""
        managed = cls.delivery.with_user(cls.manager)
        cls.take_back = cls.line.with_user(cls.manager).action_get_it()["res_id"]
        cls.what_if = cls.env["stock.what.if"].browse(managed.action_what_if()["res_id"])
        cls.agreed, cls.held = (getattr(managed, name)()["res_id"] for name in ("action_agree_date", "action_hold"))
        cls.closed = managed.action_close_short()["res_id"]
        slip = {"cause": "slip", "note": "Kept for our customer", "company_id": cls.company.id}
        cls.entry = cls.env["stock.backorder.allocation"].create(
            {**slip, "product_id": cls.product.id, "move_id": cls.line.id, "picking_id": cls.delivery.id}
        )

    def _get_attempts(self):
        """Return ``[(model, method, arguments)]`` of what the rival tries, by RPC, on records that are ours."""
        ids, line_ids, change_ids = self.delivery.ids, self.line.ids, self.what_if.change_ids.ids
        own = self.env["stock.what.if"].with_user(self.rival).create({})
        change = {"what_if_id": own.id}
        order = {"move_id": self.line.id, "quantity": 7}
        warehouse_ids, entry_ids = self.warehouse.ids, self.entry.ids
        return [
            # what if
            ("stock.picking", "action_what_if", ids),
            ("stock.warehouse", "action_what_if", warehouse_ids),
            ("stock.what.if", "create", {"company_id": self.company.id}),
            ("stock.what.if", "read", self.what_if.ids, ["summary"]),
            ("stock.what.if", "action_simulate", self.what_if.ids),
            ("stock.what.if.change", "create", {**change, "kind": "priority", "picking_ids": [Command.link(ids[0])]}),
            ("stock.what.if.change", "create", {**change, "kind": "policy", "warehouse_id": self.warehouse.id}),
            ("stock.what.if.change", "create", {**change, "kind": "late", "receipt_ids": [(4, self.receipt.id)]}),
            ("stock.what.if.change", "create", {"what_if_id": self.what_if.id, "kind": "keep"}),
            ("stock.what.if.change", "action_apply", change_ids),
            ("stock.what.if.change", "write", change_ids, {"priority": "0"}),
            ("stock.what.if.change", "onchange", [], {"kind": "policy", "policy": "deadline",
             "warehouse_id": self.warehouse.id}, ["warehouse_id"], {"description": {}}),
            # what is ordered of a vendor, and for a customer
            ("stock.supply.order", "create", {"line_ids": [Command.create(
                {"product_id": self.product.id, "warehouse_id": self.warehouse.id})]}),
            ("stock.order.pad.opening", "create", {"partner_id": self.partner.id}),
            # take back
            ("stock.move", "action_get_it", line_ids),
            ("stock.take.back", "create", order),
            ("stock.take.back", "onchange", [], order, ["move_id"], {"lacking_quantity": {}}),
            ("stock.take.back", "onchange", [], order, [], {"lacking_quantity": {}, "line_ids": {}}),
            ("stock.take.back", "onchange", [], order, ["quantity"], {"line_ids": {}, "promise_text": {}}),
            ("stock.take.back", "action_apply", [self.take_back]),
            ("stock.take.back", "action_ask", [self.take_back]),
            ("stock.backorder.allocation", "action_undo", entry_ids),
            # hold, an agreed date, close short
            ("stock.picking", "action_hold", ids),
            ("stock.picking", "action_release", ids),
            ("stock.picking", "action_agree_date", ids),
            ("stock.picking", "action_close_short", ids),
            ("stock.hold", "action_hold", [self.held]),
            ("stock.agreed.date", "action_agree", [self.agreed]),
            ("stock.close.short", "action_close", [self.closed]),
            ("stock.hold", "create", {"line_ids": [Command.create({"picking_id": ids[0]})]}),
            ("stock.agreed.date.line", "onchange", [], {"picking_id": ids[0]}, ["picking_id"], {"refusal": {}}),
            # the star, and what keeps promises
            ("stock.picking", "get_star_warning", ids),
            ("stock.picking", "write", ids, {"priority": "1"}),
            ("stock.warehouse", "write", warehouse_ids, {"keep_promises": False}),
            ("stock.warehouse", "write", warehouse_ids, {"allocation_policy": "deadline"}),
            ("stock.move", "read", line_ids, ["kept_date", "kept_quantity"]),
            ("res.company", "write", self.company.ids, {"close_short_value": 9999}),
            # the log of what has slipped
            ("stock.backorder.allocation", "read", entry_ids, ["note"]),
            ("stock.backorder.allocation", "export_data", entry_ids, ["note"]),
            # by what is put in the context
            ("stock.picking", "action_hold", ids, {"context": {"allowed_company_ids": self.company.ids}}),
            ("stock.picking", "create", {"picking_type_id": self.own.picking_type_id.id, "backorder_id": ids[0]}),
        ]  # fmt: skip

    def _get_state(self):
        """Return all that the attempts are about."""
        self.env.invalidate_all()
        return (
            self.delivery.read(["is_held", "priority", "state", "message_ids", "activity_ids"]),
            self.line.read(["kept_date", "quantity", "taken_quantity", "date_deadline", "state"]),
            self.warehouse.read(["keep_promises", "allocation_policy"]),
            self.company.read(["close_short_value"]),
            self.env["stock.backorder.allocation"].search([]).ids,
            self.env["stock.picking"].search([]).ids,
        )

    @mute_logger("odoo.http", "odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_attempts(self):
        """Scenario: each attempt, over the network. Expected: refused, in words that name nothing of ours; and nothing
        has changed."""
        before, attempts = self._get_state(), self._get_attempts()
        secrets = (self.delivery.name, self.order.name, self.receipt.name, self.order.partner_id.name)
        self.authenticate("rival", "rival")
        for model, method, *arguments in attempts:
            with self.subTest(model=model, method=method, arguments=arguments):
                keywords = arguments.pop() if isinstance(arguments[-1], dict) and "context" in arguments[-1] else {}
                with self.assertRaises(RefusedError) as refused:
                    self._call(model, method, *arguments, **keywords)
                self.assertIn(refused.exception.kind, REFUSALS, refused.exception.message)
                for secret in secrets:
                    self.assertNotIn(secret, refused.exception.message)
        self.assertEqual(self._get_state(), before)

    def test_nothing_is_found(self):
        """Scenario: the rival searches, counts and groups what is ours. Expected: he finds nothing."""
        self.authenticate("rival", "rival")
        for model, domain in (
            ("stock.backorder.allocation", [("note", "ilike", "our customer")]),
            ("stock.backorder.allocation", [("move_id", "=", self.line.id)]),
            ("stock.what.if", [("id", "=", self.what_if.id)]),
            ("stock.what.if.change", [("what_if_id", "=", self.what_if.id)]),
            ("stock.take.back", [("id", "=", self.take_back)]),
            ("stock.take.back.line", [("take_back_id", "=", self.take_back)]),
            ("stock.hold.line", [("picking_id", "=", self.delivery.id)]),
            ("stock.agreed.date.line", [("picking_id", "=", self.delivery.id)]),
            ("stock.close.short.line", [("picking_id", "=", self.delivery.id)]),
            ("stock.picking", [("is_small_remainder", "=", False), ("id", "=", self.delivery.id)]),
            ("stock.move", [("kept_date", "!=", False), ("id", "=", self.line.id)]),
        ):
            with self.subTest(model=model, domain=domain):
                self.assertTrue(self.env[model].search_count(domain), "It is there.")
                self.assertEqual(self._call(model, "search_count", domain), 0)
                self.assertEqual(self._call(model, "formatted_read_group", domain, ["create_uid"], ["__count"]), [])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_value_of_a_line(self):
        """Scenario: the form of a plan that is not saved names a line, ours and the rival's own. Expected: what it is
        worth is told of his own alone; ours is refused."""
        self.own.move_ids.price_unit = 5
        self.product.with_company(self.other).standard_price = 5
        self.env.flush_all()
        self.authenticate("rival", "rival")

        def ask(move):
            form = {"move_id": move.id, "quantity": move.product_qty}
            return self._call("stock.take.back.line", "onchange", [], form, list(form), {"value": {}})["value"]

        self.assertEqual(ask(self.own.move_ids)["value"], 5)
        with self.assertRaisesRegex(RefusedError, "another company"), mute_logger("odoo.http"):
            ask(self.line)


@tagged("post_install", "-at_install")
class TestSharedStock(KeptCase):
    """In a stock that several companies share, what is another one's is counted, and not named."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.shelf = cls.env["stock.location"].create({"name": "Shelf", "usage": "internal", "company_id": False})
        cls.product = cls._create_product("Beam")
        cls.reader = cls._hire("shelf_own", cls.company)
        cls.both = cls._hire("shelf_both", cls.company | cls.other)

    def _deliver(self, company, quantity, **values):
        """Return a delivery of *company* out of the shelf, confirmed."""
        places = {"location_id": self.shelf.id, "location_dest_id": self.customers.id}
        delivery = self._create_delivery_of(company, self.product, quantity, **places, **values)
        delivery.move_ids.location_id = self.shelf
        delivery.action_confirm()
        return delivery

    def _receive_theirs(self, quantity, days):
        """Return a receipt of the other company onto the shelf, confirmed."""
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.other.id)], limit=1)
        places = {"location_id": self.suppliers.id, "location_dest_id": self.shelf.id}
        line = {"product_id": self.product.id, "product_uom_qty": quantity, "company_id": self.other.id, **places}
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.in_type_id.id,
                "move_ids": [Command.create({**line, "date": self._in_days(days)})],
                **places,
            }
        )
        receipt.move_ids.location_dest_id = self.shelf
        receipt.action_confirm()
        return receipt

    def test_supply(self):
        """Scenario: what another company expects serves our line. Expected: how much and when is told, and by what
        only to who works for both: in the list and by Why?."""
        own = self._deliver(self.company, 5).move_ids
        receipt = self._receive_theirs(8, days=5)
        self._invalidate()
        for user, is_named in ((self.reader, False), (self.both, True), (self.reader, False)):
            line = own.with_user(user)
            for answer in (line.expected_from, line.allocation_explanation):
                with self.subTest(user.login, answer=answer):
                    self.assertEqual(receipt.name in answer, is_named)
                    self.assertEqual("another company" in answer, not is_named)
                    self.assertIn(line._format_day(receipt.move_ids.date), answer)

    def test_star(self):
        """Scenario: the star moves another company's promise. Expected: that it does is told, and no date of it."""
        theirs = self._deliver(self.other, 5)
        own = self._deliver(self.company, 5)
        self._receive_theirs(5, days=5)
        self._invalidate()
        told = own.with_user(self.reader).get_star_warning()
        self.assertEqual(told.split("\n"), ["1 promise moves:", "another company"])
        self.assertRegex(own.with_user(self.both).get_star_warning(), f"\n{theirs.name}.*: from .* to no date$")

    def test_need(self):
        """Scenario: lines of both companies are short. Expected: how much is told; for whom, and that he is found, only
        of ours, but to who works for both."""
        secret = self.env["res.partner"].create({"name": "Secret Customer"})
        self._deliver(self.company, 5, partner_id=self.customer.id)
        self._deliver(self.other, 4, partner_id=secret.id)
        self._invalidate()
        for user, customers in ((self.reader, self.customer), (self.both, self.customer | secret)):
            needs = self.env["stock.supply.need"].with_user(user)
            need = needs.search([("product_id", "=", self.product.id)])
            with self.subTest(user.login):
                self.assertEqual(need.qty_uncovered, 9)
                self.assertEqual(need.customer_ids, customers)
                self.assertEqual(need.action_view_customers()["domain"], [("id", "in", customers.ids)])
                self.assertEqual(
                    needs.search([("customer_ids", "in", secret.ids)]), need if secret in customers else needs
                )

    def test_log(self):
        """Scenario: a receipt of another company serves both. Expected: our log does not name it, theirs does."""
        own, theirs = self._deliver(self.company, 5), self._deliver(self.other, 5)
        receipt = self._receive_theirs(10, days=0)
        self._ship(receipt)
        entries = (own | theirs).move_ids.allocation_ids.filtered(lambda entry: entry.cause == "receipt")
        self.assertEqual(
            {entry.picking_id: (entry.source, entry.source_picking_id) for entry in entries},
            {own: ("another company", receipt.browse()), theirs: (receipt.name, receipt)},
        )

    def test_who_did_it(self):
        """Scenario: who works for another company receives onto the shelf, and counts there. Expected: our delivery,
        its log and what our colleague is told do not name him; those of his own company do."""
        rival = self._hire("shelf_theirs", self.other, "stock.group_stock_manager")
        own, theirs = self._deliver(self.company, 5), self._deliver(self.other, 5)
        own.user_id, theirs.user_id = self.reader, self._hire("shelf_colleague", self.other)
        self.env.cr.precommit.run()  # what is tracked up to here
        receipt = self._receive_theirs(6, days=0)
        self._validate(receipt, rival)
        self.env["stock.quant"].with_user(rival).with_context(inventory_mode=True).create(
            {"product_id": self.product.id, "location_id": self.shelf.id, "inventory_quantity": 10}
        ).action_apply_inventory()
        self.env.cr.precommit.run()
        self.assertEqual((own.state, theirs.state), ("assigned", "assigned"))
        for delivery, is_named in ((own, False), (theirs, True)):
            told = self.env["mail.message"].search([("partner_ids", "in", delivery.user_id.partner_id.ids)])
            entries = delivery.move_ids.allocation_ids
            for records in (delivery.message_ids, told, entries):
                with self.subTest(delivery.company_id.name, records=records):
                    self.assertEqual(rival in records.create_uid, is_named)
                    if "author_id" in records._fields:
                        self.assertEqual(rival.partner_id in records.author_id, is_named)
        self.assertNotIn(rival, own.move_ids.write_uid | own.move_line_ids.create_uid | own.move_line_ids.write_uid)

    def test_lost(self):
        """Scenario: less is counted on the shelf than both companies hold, by who works for one of them.
        Expected: whoever comes last in the ranking loses, whose ever he is; nobody is named to the other."""
        rival = self._hire("shelf_theirs", self.other, "stock.group_stock_manager")
        counter = self._hire("shelf_counter", self.company, "stock.group_stock_manager")
        self._add_stock(self.product, 10, location=self.shelf)
        own, theirs = self._deliver(self.company, 5), self._deliver(self.other, 5)
        moves = own.move_ids | theirs.move_ids
        moves._action_assign()
        self.assertEqual(moves.mapped("quantity"), [5, 5])
        quant = self.env["stock.quant"]._gather(self.product, self.shelf)
        for user, there, left in ((counter, 6, [5, 1]), (rival, 3, [3, 0])):
            with self.subTest(user.login):
                counted = quant.with_user(user).with_context(inventory_mode=True)
                counted.inventory_quantity = there
                counted.action_apply_inventory()
                self._invalidate()
                self.assertEqual(moves.mapped("quantity"), left)
                self.assertEqual(quant.reserved_quantity, sum(left))
        self.assertNotIn(rival, own.move_ids.write_uid | own.move_line_ids.write_uid)
        self.assertNotIn(counter, theirs.move_ids.write_uid)

    def test_slip(self):
        """Scenario: what happened to a stock that two companies share has moved a promise; it was another one's deed,
        or ours. Expected: our log names the delivery and the reason of ours alone."""
        receipt = self._create_receipt((self.product, 5), days=5)
        own, theirs = self._order(self.product, 5).picking_id, self._deliver(self.other, 5)
        self.assertTrue(own.move_ids.kept_date)
        for days, culprit, is_named in ((9, theirs, False), (12, own, True)):
            with self.subTest(culprit.company_id.name):
                receipt.move_ids.date = self._in_days(days)
                values = culprit.move_ids._prepare_allocation_values("supply")
                values |= {"location_id": self.stock.id, "note": "Their credit is gone"}
                self.env["stock.backorder.allocation"].create(values)
                self._follow()
                note = self._get_slips(own.move_ids).sorted("id")[-1].note
                self.assertRegex(note, "Moved by: .*Supply changed")
                self.assertEqual("Their credit is gone" in note, is_named)
                self.assertEqual(culprit.name in note, is_named)
