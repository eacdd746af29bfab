from contextlib import suppress
from datetime import timedelta

from freezegun import freeze_time
from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...models.allocation.stock_backorder_allocation import GARBAGE_BATCH
from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestAllocationLog(RestockCase):
    """What stock was handed to whom, from what, when, and under which rule: rows are only ever added."""

    def _get_facts(self, moves, cause):
        """Return ``[(quantity, still missing, place, source)]`` of the log entries of *cause* on *moves*."""
        entries = self._get_entries(moves).filtered(lambda entry: entry.cause == cause)
        return [(entry.quantity, entry.missing_quantity, entry.rank, entry.source) for entry in entries]

    # ---- stock that is handed out ----------------------------------------------

    def test_receipt(self):
        """Scenario: seven come for five and five. Expected: two entries that hold all that there is to know."""
        self.warehouse.allocation_policy = "first_ordered"
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        receipt = self._receive((product, 7))
        log = self._get_log(moves)
        self.assertEqual(self._get_facts(moves, "receipt"), [(5, 0, 1, receipt.name), (2, 3, 2, receipt.name)], "Who.")
        # Lists: Odoo takes recordsets that differ only in their order for equal.
        self.assertEqual([entry.move_id for entry in log], list(moves), "Each to its line.")
        self.assertEqual([entry.picking_id for entry in log], list(moves.picking_id), "Each to its delivery.")
        self.assertEqual(log.source_picking_id, receipt, "The source.")
        self.assertEqual(set(log.mapped("policy")), {"first_ordered"}, "The policy of that moment.")
        self.assertEqual(
            (log.company_id, log.warehouse_id, log.location_id, log.product_id, log.partner_id, log.uom_id),
            (self.company, self.warehouse, self.stock.stock_area_id, product, self.customer, self.unit),
            "Where, what and for whom.",
        )
        self.assertFalse(
            any(log.mapped("note")) or any(log.mapped("passed_over_count")), "Nothing out of the ordinary."
        )
        self.warehouse.allocation_policy = "deadline"
        other = self._receive((product, 9))
        self.assertEqual(self._get_facts(moves, "receipt")[2:], [(3, 0, 1, other.name)], "Now it was the first.")
        self.assertEqual(self._get_log(moves).mapped("policy"), ["first_ordered"] * 2 + ["deadline"], "History stays.")

    def test_transfer_and_return(self):
        """Scenario: goods come from another warehouse, and back from a customer. Expected: each by its name."""
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        product = self._create_product("Beam", stock=4)
        self._add_stock(product, 3, location=other.lot_stock_id)
        shipped = self._create_delivery((product, 4))
        self._validate(shipped)
        moves = self._create_waiting((product, 9))
        transfer = self._create_delivery((product, 3), picking_type=other.int_type_id, confirm=False)
        transfer.write({"location_id": other.lot_stock_id.id, "location_dest_id": self.stock.id})
        transfer.action_confirm()
        self._validate(transfer)
        self.assertEqual(self._get_facts(moves, "transfer"), [(3, 6, 1, transfer.name)], "From the other warehouse.")
        returned = self._return(shipped)
        self._validate(returned)
        self.assertEqual(self._get_facts(moves, "return"), [(4, 2, 1, returned.name)], "From the customer.")

    def test_adjustment(self):
        """Scenario: a count finds three. Expected: the source is the reference of the count."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5))
        self._count(product, 3)
        count = self.env["stock.move"].search([("product_id", "=", product.id), ("is_inventory", "=", True)])
        self.assertEqual(self._get_facts(moves, "adjustment"), [(3, 2, 1, count.reference)], "The count.")

    def test_release(self):
        """Scenario: a delivery is lowered, unreserved, cancelled. Expected: each time the next has it from there."""
        product = self._create_product("Beam", stock=9)
        moves = self._create_waiting((product, 9), (product, 4), (product, 9))
        first, second, third = moves
        first.with_user(self.picker).product_uom_qty = 7
        self.assertEqual(self._get_facts(second, "lower"), [(2, 2, 2, first.picking_id.name)], "Lowered.")
        self.assertFalse(self._get_facts(first, "lower"), "What it keeps is handed out to nobody.")
        self.assertFalse(
            first.picking_id.message_ids.filtered(lambda message: "reserved from" in (message.body or "")),
            "Nor is it told so.",
        )
        first.picking_id.with_user(self.picker).do_unreserve()
        self.assertEqual(self._get_facts(second, "unreserve"), [(2, 0, 1, first.picking_id.name)], "Unreserved.")
        self.assertEqual(self._get_facts(third, "unreserve"), [(5, 4, 2, first.picking_id.name)], "The rest.")
        second.picking_id.with_user(self.picker).action_cancel()
        self.assertEqual(self._get_facts(first, "cancel"), [(4, 3, 1, second.picking_id.name)], "Cancelled.")

    def test_confirmation(self):
        """Scenario: three are confirmed, four are there. Expected: who joins is logged, even with nothing."""
        product = self._create_product("Beam", stock=4)
        moves = self.env["stock.move"]
        for _number in range(3):
            delivery = self._create_delivery((product, 3), confirm=False)
            delivery.with_user(self.picker).action_confirm()
            moves |= delivery.move_ids
        self.assertEqual(self._get_facts(moves[:2], "confirm"), [(3, 0, 1, ""), (1, 2, 1, "")], "In turn.")
        [(quantity, missing, *_rest)] = self._get_facts(moves[2], "confirm")
        self.assertEqual((quantity, missing), (0, 3), "And the last one, from whom nothing was left.")

    def test_remainder_and_scheduler(self):
        """Scenario: a remainder finds two, the scheduler finds three more. Expected: each under its own name."""
        product = self._create_product("Beam", stock=4)
        root = self._create_delivery((product, 10))
        self._add_stock(product, 2)
        backorder = self._ship(root.with_user(self.picker)).move_ids
        self.assertEqual(
            [facts[:3] for facts in self._get_facts(backorder, "remainder")], [(2, 4, 1)], "Its own share."
        )
        self._add_stock(product, 3)
        self.env["stock.rule"].run_scheduler(company_id=self.company.id)
        self.assertEqual([facts[:3] for facts in self._get_facts(backorder, "scheduler")], [(3, 1, 1)], "By night.")

    def test_a_remainder_has_got_its_own(self):
        """Scenario: of 10 that are reserved 6 ship, and of a second line none; 1 of the remainder. Expected: what was
        handed out again is the remainder's, what was handed out before stays where it was."""
        product, other = self._create_product("Beam", stock=10), self._create_product("Bolt", stock=5)
        root = self._create_delivery((product, 10), (other, 5))
        remainder = self._ship(root.with_user(self.picker), 6, 0)
        self._ship(
            remainder.with_user(self.picker), *(1 if move.product_id == product else 0 for move in remainder.move_ids)
        )
        last = root.chain_ids - root - remainder
        log = self.env["stock.backorder.allocation"].search([("product_id", "in", (product | other).ids)], order="id")
        told = [(entry.picking_id, entry.quantity, entry.cause) for entry in log if entry.product_id == product]
        self.assertEqual(told, [(root, 10, "confirm"), (remainder, 4, "remainder"), (last, 3, "remainder")])
        self.assertIn((root, 5, "confirm"), [(entry.picking_id, entry.quantity, entry.cause) for entry in log])

    def test_a_remainder_that_gets_no_transfer(self):
        """Scenario: a line is split and stays where it is; another one is split, and undone. Expected: what the first
        has got is written at the end of the transaction, and nothing of the other."""
        product = self._create_product("Beam", stock=10)
        moves = self._create_delivery((product, 10)).move_ids
        moves.quantity = 6
        log = self.env["stock.backorder.allocation"]
        last = log.search([], order="id desc", limit=1).id
        rest = moves._create_backorder()
        self.env.flush_all()
        with suppress(InterruptedError), self.env.cr.savepoint():
            other = self._create_delivery((product, 2)).move_ids
            other.quantity = 1
            other._create_backorder()
            raise InterruptedError
        self.env.cr.precommit.run()
        entries = log.search([("id", ">", last), ("cause", "=", "remainder")])
        self.assertEqual((entries.move_id, entries.picking_id), (rest, moves.picking_id))

    # ---- what a person decides -------------------------------------------------

    def test_manual(self):
        """Scenario: a picker takes seven for the third line; two are ahead. Expected: it says so, and who they are."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5), (product, 7), (product, 1))
        self._add_stock(product, 8)
        moves[2].picking_id.with_user(self.picker).action_assign()
        log = self._get_log(moves)
        self.assertEqual((log.cause, log.quantity, log.rank), ("manual", 7, 3), "He has decided.")
        self.assertEqual((log.passed_over_count, log.passed_over_ids), (2, moves[:2]), "They would have had it.")
        self.assertEqual(log.create_uid, self.picker, "Who it was.")

    def test_manual_in_turn(self):
        """Scenario: a picker presses Check Availability on who is first. Expected: nobody was passed over."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        self._add_stock(product, 7)
        for move in moves:
            move.picking_id.with_user(self.picker).action_assign()
        log = self._get_log(moves)
        self.assertEqual(log.mapped("cause"), ["manual", "manual"], "A person has done it.")
        self.assertEqual((log.mapped("quantity"), log.mapped("passed_over_count")), ([5, 2], [0, 0]), "In turn.")

    def test_manual_with_enough_for_all(self):
        """Scenario: there is enough for both, a picker serves the newer one. Expected: he takes it from nobody."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        self._add_stock(product, 10)
        moves[1].picking_id.with_user(self.picker).action_assign()
        log = self._get_log(moves)
        self.assertEqual((log.quantity, log.passed_over_count), (5, 0), "It is his own share.")

    def test_manual_passes_over_many(self):
        """Scenario: 21 are passed over. Expected: all are counted, the first twenty are named."""
        product = self._create_product("Beam")
        moves = self._create_waiting(*[(product, 1)] * 22)
        self._add_stock(product, 21)
        moves[21].picking_id.with_user(self.picker).action_assign()
        moves[21].picking_id.with_user(self.picker).action_assign()
        log = self._get_log(moves)
        self.assertEqual((log.passed_over_count, log.passed_over_ids), (21, moves[:20]), "The log is kept lean.")

    def test_steps_are_not_manual(self):
        """Scenario: an order goes through pick and ship. Expected: nobody has decided anything by hand."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=5)
        order = self._create_order((product, 8))
        pick, _backorder, ship = self._pick(order)
        self._validate(ship)
        entries = self._get_entries(order.picking_ids.move_ids)
        self.assertIn("confirm", self._get_log(pick.move_ids).mapped("cause"), "The pick had it at confirmation.")
        self.assertNotIn("manual", entries.mapped("cause"), "Goods that go their way are no decision.")

    # ---- what moves a promise ----------------------------------------------------

    def _get_events(self, records, cause):
        """Return the entries of *cause* on *records* that hand nothing out."""
        entries = self.env["stock.backorder.allocation"].search([("cause", "=", cause)], order="id")
        return entries.filtered(lambda entry: entry.move_id in records if records else not entry.move_id)

    def test_ranking_events(self):
        """Scenario: a star, a deadline, the policy change. Expected: each is logged once, with old and new."""
        product = self._create_product("Beam")
        move = self._create_waiting((product, 5))
        move.picking_id.with_user(self.picker).priority = "1"
        events = self._get_events(move, "ranking")
        self.assertEqual((len(events), events.quantity, events.missing_quantity), (1, 0, 5), "The star.")
        self.assertEqual(events.create_uid, self.picker, "Who it was.")
        move.picking_id.with_user(self.picker).priority = "1"
        self.assertEqual(self._get_events(move, "ranking"), events, "The same star changes nothing.")
        move.date_deadline = "2030-05-07 08:00:00"
        deadline = self._get_events(move, "ranking") - events
        self.assertIn("7 May 2030", deadline.note, "The deadline, with its value.")
        before = self._get_events(move.browse(), "ranking")
        self.warehouse.with_user(self.manager).allocation_policy = "deadline"
        policy = self._get_events(move.browse(), "ranking") - before
        self.assertEqual((policy.warehouse_id, policy.policy), (self.warehouse, "deadline"), "The policy.")
        self.warehouse.with_user(self.manager).write({"allocation_policy": "deadline", "name": "Renamed"})
        self.assertEqual(
            self._get_events(move.browse(), "ranking"), before | policy, "The same policy changes nothing."
        )

    def test_supply_events(self):
        """Scenario: a receipt comes later, brings less, is cancelled. Expected: each is logged on the receipt."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5))
        line = receipt.move_ids
        line.with_user(self.picker).date = "2030-05-07 08:00:00"
        event = self._get_events(line, "supply")
        self.assertEqual((event.picking_id, event.quantity), (receipt, 0), "On the receipt.")
        self.assertIn("7 May 2030", event.note, "When it comes now.")
        line.with_user(self.picker).product_uom_qty = 3
        self.assertEqual(len(self._get_events(line, "supply")), 2, "How much comes.")
        receipt.with_user(self.picker).action_cancel()
        self.assertEqual(len(self._get_events(line, "supply")), 3, "That nothing comes.")
        arrived = self._receive((product, 5))
        self.assertFalse(self._get_events(arrived.move_ids, "supply"), "What comes as expected is no event.")

    # ---- who may read it -----------------------------------------------------------

    def test_rights(self):
        """Expected: who works in the warehouse reads, nobody writes; who sells, and customers, have no access."""
        product = self._create_product("Beam")
        move = self._create_waiting((product, 5))
        self._receive((product, 5))
        log = self._get_log(move)
        self.assertEqual(log.with_user(self.picker).read(["quantity"])[0]["quantity"], 5, "He reads it.")
        self.assertEqual(move.with_user(self.picker).allocation_ids, self._get_entries(move), "And on the line.")
        for user in (self.picker, self.manager):
            own = log.with_user(user)
            with self.assertRaises(AccessError, msg="No writing."):
                own.quantity = 7
            with self.assertRaises(AccessError, msg="No deleting."):
                own.unlink()
            with self.assertRaises(AccessError, msg="No adding."):
                own.create({"cause": "manual", "company_id": self.company.id})
        portal = new_test_user(self.env, "backorder_portal", groups="base.group_portal")
        for user in (self.salesperson, portal):
            with self.assertRaises(AccessError, msg="Not his."):
                log.with_user(user).read(["quantity"])
            with self.assertRaises(AccessError, msg="Not by the line, either."):
                move.with_user(user).read(["allocation_ids"])

    def test_company_rule(self):
        """Scenario: a colleague of another company opens the log. Expected: he does not see ours."""
        company = self.env["res.company"].create({"name": "Other Company"})
        colleague = self._hire("other_picker", company)
        product = self._create_product("Beam", stock=5)
        log = self._get_log(self._create_waiting((product, 5)))
        self.assertTrue(log, "There is something to see.")
        entries = self.env["stock.backorder.allocation"]
        self.assertEqual(entries.with_user(self.picker).search([("id", "in", log.ids)]), log, "We see it.")
        self.assertFalse(entries.with_user(colleague).search([("id", "in", log.ids)]), "He does not.")
        with self.assertRaises(AccessError, msg="Nor by its number."):
            log.with_user(colleague).read(["quantity"])

    # ---- how long it is kept -----------------------------------------------------

    def _age(self, entries, days):
        """Make *entries* older; the ORM would not."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_backorder_allocation SET create_date = %s WHERE id = ANY (%s)",
            [fields.Datetime.now() - timedelta(days=days), entries.ids],
        )
        entries.invalidate_recordset()

    def test_garbage(self):
        """Scenario: entries of 29 and 31 days. Expected: each company keeps its own as it says; 0 is for ever."""
        keeper = self.env["res.company"].create({"name": "Keeper", "allocation_log_days": 0})
        self.assertEqual(self.company.allocation_log_days, 365, "A year, if nobody says otherwise.")
        self.company.allocation_log_days = 30
        entries = self.env["stock.backorder.allocation"].create(
            [{"cause": "receipt", "company_id": company.id} for company in (self.company, self.company, keeper)]
        )
        self._age(entries[0], 29)
        self._age(entries[1:], 31)
        self.env["stock.backorder.allocation"]._gc_allocations()
        self.assertEqual(entries.exists(), entries[0] | entries[2], "Only what is too old where it matters.")
        self.company.allocation_log_days = 0
        self._age(entries[0], 9999)
        self.env["stock.backorder.allocation"]._gc_allocations()
        self.assertEqual(entries.exists(), entries[0] | entries[2], "For ever.")

    def test_garbage_in_batches(self):
        """Scenario: one entry more than a batch is too old. Expected: the vacuum says that there is more to do."""
        self.company.allocation_log_days = 30
        entries = self.env["stock.backorder.allocation"]
        entries.search([]).unlink()
        self.env.cr.execute(
            """
            INSERT INTO stock_backorder_allocation (cause, company_id, create_date)
                 SELECT 'receipt', %s, '2020-01-01'
                   FROM generate_series(1, %s)
            """,
            [self.company.id, GARBAGE_BATCH + 1],
        )
        self.assertEqual(entries._gc_allocations(), (GARBAGE_BATCH, 1), "A batch, and more is left.")
        self.assertEqual(entries._gc_allocations(), (1, 0), "The rest.")

    def test_setting(self):
        """Scenario: the administrator changes the setting. Expected: it is his company's."""
        settings = self.env["res.config.settings"].create({"allocation_log_days": 90})
        settings.execute()
        self.assertEqual(self.company.allocation_log_days, 90, "Kept for 90 days.")


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestExplanation(RestockCase):
    """Why? in words, from what is stored: what is free, who is ahead, what is expected, when the turn comes."""

    def _explain(self, move, user=None):
        """Return the parts of the answer by name, as texts without superfluous blanks."""
        self._invalidate()
        answer = html.fromstring(f"<div>{move.with_user(user or self.picker).allocation_explanation}</div>")
        return {part.get("name"): " ".join(part.text_content().split()) for part in answer.iterfind(".//*[@name]")}

    def test_who_is_ahead(self):
        """Scenario: two are ahead, a receipt serves the last one in part. Expected: all of it is told by name."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 4), (product, 6))
        self._add_stock(product, 2)
        receipt = self._create_receipt((product, 11), days=19)
        answer = self._explain(moves[2])
        self.assertEqual(
            set(answer), {"reserved", "free", "place", "ahead", "supplies", "turn"}, "All there is to say."
        )
        self.assertIn("6", answer["reserved"], "What it wants.")
        self.assertIn("2", answer["free"], "What is free.")
        self.assertRegex(answer["place"], r"3\b.*3\b.*9\b", "The third of three, and nine are wanted before.")
        for move, quantity in zip(moves[:2], ("5", "4"), strict=True):
            self.assertRegex(
                answer["ahead"], rf"{move.picking_id.name} lacks {quantity} \(Sample LLC, ", "Who is ahead."
            )
        self.assertRegex(answer["supplies"], rf"4.*{receipt.name}.*9 Dec", "2 + 11 - 9 = 4 are for it.")
        self.assertEqual(answer["supplies"].count(receipt.name), 1, "What is for the others is not told.")
        self.assertIn("2", answer["turn"], "And two have no date.")
        self.assertNotIn("ahead", self._explain(moves[0]), "Nobody is ahead of the first.")

    def test_sections(self):
        """Scenario: a line waits behind another. Expected: the answer first, a heading a section."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 4))
        self._create_receipt((product, 11), days=19)
        answer = html.fromstring(f"<div>{moves[1].with_user(self.picker).allocation_explanation}</div>")
        under, heading = {}, None
        for part in answer.iter("h3", "p", "ul"):
            heading = part.text_content() if part.tag == "h3" else heading
            under.setdefault(heading, []).append(part.get("name"))
        self.assertEqual(
            list(under.values()),
            [[None, "turn"], [None, "reserved", "free"], [None, "place", "ahead"], [None, "supplies"]],
        )

    def test_nobody_else_waits(self):
        """Scenario: one waits, then two. Expected: nobody is called the first of one."""
        product = self._create_product("Beam")
        move = self._create_waiting((product, 5))
        self.assertRegex(self._explain(move)["place"], "^Nobody else waits")
        second = self._create_waiting((product, 5))
        self.assertRegex(self._explain(move)["place"], "first of 2")
        second.ordered_date -= timedelta(days=9)
        self.assertRegex(self._explain(move)["place"], "number 2 of 2 that wait; the one ahead lacks 5")
        self.assertRegex(self._explain(move)["free"], "^Nothing is free")

    def test_shared_stock(self):
        """Scenario: a stock of several companies; another company's delivery waits for the same goods. Expected: how
        much it lacks is told, and not whose it is: by Why?, its picture, the popover; who works for both reads it."""
        other = self.env["res.company"].create({"name": "Other"})
        store = self.env["stock.location"].create({"name": "Store", "usage": "internal", "company_id": False})
        product = self._create_product("Beam")
        secret = self.env["res.partner"].create({"name": "Secret Customer"})
        places = {"location_id": store.id, "location_dest_id": self.customers.id}
        theirs, own = (
            self._create_delivery_of(company, product, 5, partner_id=partner.id, **places)
            for company, partner in ((other, secret), (self.company, self.customer))
        )
        (theirs | own).move_ids.location_id = store
        theirs.action_confirm()
        own.action_confirm()
        self._invalidate()
        both = self._hire("store_both", self.company | other)
        for user, is_named in ((self._hire("store_own", self.company), False), (both, True)):
            line = own.move_ids.with_user(user)
            answers = (
                line.allocation_explanation,
                line.env["stock.allocation.picture"]._name_taker(theirs.move_ids.with_user(user).sudo(), line),
                str(line.get_quantities(product.id, location_id=store.id)),
            )
            for answer in answers:
                with self.subTest(user.login, answer=answer):
                    self.assertEqual("Secret Customer" in answer, is_named)
                    self.assertEqual(theirs.name in answer, is_named)
            self.assertRegex(line.allocation_explanation, "lack")

    def test_brought_by_another_company(self):
        """Scenario: into a stock of several companies another one's receipt brings what our delivery waits for, then
        our own. Expected: our delivery's conversation, and who is told that it is ready, know ours by name alone."""
        other = self.env["res.company"].create({"name": "Other"})
        store = self.env["stock.location"].create({"name": "Store", "usage": "internal", "company_id": False})
        self.warehouse.allocation_user_id = self._hire("store_keeper", self.company)
        product = self._create_product("Beam")
        for company, is_named in ((other, False), (self.company, True)):
            own = self._create_delivery((product, 5), confirm=False)
            own.move_ids.location_id = own.location_id = store
            own.action_confirm()
            receipt = self._create_delivery_of(
                company, product, 5, location_id=self.suppliers.id, location_dest_id=store.id
            )
            receipt.picking_type_id = receipt.picking_type_id.warehouse_id.in_type_id
            receipt.move_ids.write({"location_id": self.suppliers.id, "location_dest_id": store.id})
            receipt.action_confirm()
            self._invalidate()
            last = self.env["mail.message"].search([], order="id desc", limit=1)
            self._ship(receipt)
            self.assertEqual(own.state, "assigned")
            told = self.env["mail.message"].search([("id", ">", last.id)])
            read = told & own.message_ids
            heard = told.filtered(lambda message: self.warehouse.allocation_user_id.partner_id in message.partner_ids)
            self.assertTrue(any("eam" in message.body for message in read), "What it has got.")
            self.assertTrue(heard)
            for message in read | heard:
                about = "" if message in read else message.record_name
                with self.subTest(company.name, body=message.body):
                    if "eam" in message.body or message in heard:
                        self.assertEqual(receipt.name in f"{message.subject} {message.body} {about}", is_named)

    def test_links_to_those_ahead(self):
        """Scenario: two are ahead; the reader may open one of them. Expected: a link to that one, both are named."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 4), (product, 6))
        hidden, seen, _own = moves.picking_id
        self.env["ir.rule"].create(
            {
                "name": "Not that one",
                "model_id": self.env["ir.model"]._get_id("stock.picking"),
                "domain_force": [("id", "!=", hidden.id)],
            }
        )
        answer = html.fromstring(f"<div>{moves[2].with_user(self.picker).allocation_explanation}</div>")
        links = {link.text_content(): link.get("href") for link in answer.iterfind(".//*[@name='ahead']//a")}
        self.assertEqual(links, {seen.name: f"/odoo/stock.picking/{seen.id}"})
        self.assertIn(hidden.name, answer.text_content())

    def _draw(self, move, user=None):
        """Return the names of the bars, and ``{taker: quantities}``."""
        self._invalidate()
        picture = move.with_user(user or self.picker).explanation_picture
        return picture and (picture["bars"], {taker["name"]: taker["quantities"] for taker in picture["takers"]})

    def test_picture(self):
        """Scenario: two are ahead, something is there and more comes. Expected: who gets what of which day."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 4), (product, 6))
        self._add_stock(product, 2)
        self._create_receipt((product, 11), days=19)
        self._create_receipt((product, 7), days=30)
        first, second = (f"{move.picking_id.name}, Sample LLC" for move in moves[:2])
        bars, takers = self._draw(moves[2])
        self.assertEqual(bars, ["Now", "9 Dec", "20 Dec"])
        self.assertEqual(
            takers, {"This line": [0, 4, 2], first: [2, 3, 0], second: [0, 4, 0], "Free": [0, 0, 5]}, "All of it."
        )
        self.assertEqual(self._draw(moves[2], self.salesperson), (bars, takers), "Who may ask may look.")
        wanted = self._create_product("Wanted")
        many = self._create_waiting(*[(wanted, 1)] * 9)
        self._create_receipt((wanted, 9), days=19)
        _bars, takers = self._draw(many[0])
        self.assertEqual((len(takers), takers["Others"]), (6, [0, 4]), "Many are drawn together.")

    def test_picture_of_what_is_there(self):
        """Scenario: it has all; then what was expected is late. Expected: what it has; a bar for what is late."""
        product = self._create_product("Beam", stock=9)
        move = self._create_waiting((product, 5))
        self.assertEqual(self._draw(move), (["Now"], {"This line": [5], "Free": [4]}))
        late = self._create_product("Late")
        move = self._create_waiting((late, 5))
        self._create_receipt((late, 5), days=3).move_ids.date = "2026-11-18 08:00:00"
        self.assertEqual(self._draw(move), (["Now", "late"], {"This line": [0, 5]}))

    def test_nothing_to_draw(self):
        """Scenario: nothing is there or comes; a draft; a customer looks. Expected: no picture."""
        product = self._create_product("Beam")
        move = self._create_waiting((product, 5))
        self.assertFalse(self._draw(move))
        self.assertFalse(self._draw(self._create_delivery((product, 1), confirm=False).move_ids))
        self._add_stock(product, 2)
        customer = new_test_user(self.env, "backorder_portal", groups="base.group_portal")
        self._invalidate()
        self.assertFalse(move.with_user(customer).sudo().explanation_picture, "By a page.")

    def test_when_the_turn_comes(self):
        """Scenario: all of it is expected. Expected: the day is told; a late receipt is told to be late."""
        product = self._create_product("Beam")
        move = self._create_waiting((product, 5))
        receipt = self._create_receipt((product, 5), days=19)
        self.assertIn("9 Dec", self._explain(move)["turn"], "The day of the receipt.")
        receipt.move_ids.date = "2026-11-18 08:00:00"
        answer = self._explain(move)
        self.assertRegex(answer["turn"], r"5.*is late: there is no date", "It should have come.")
        self.assertRegex(answer["supplies"], r"18 Nov.*2 days late", "The day before yesterday.")

    def test_ready(self):
        """Scenario: all of it is reserved. Expected: there is no queue to speak of."""
        product = self._create_product("Beam", stock=5)
        move = self._create_waiting((product, 5))
        self.assertEqual(set(self._explain(move)), {"reserved", "turn"}, "It is there.")

    def test_step_before(self):
        """Scenario: the ship step waits for its pack. Expected: it points there; the pack points to its pick."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam")
        pick = self._create_order((product, 5)).picking_ids
        ship = self._create_delivery((product, 5), confirm=False)
        ship.move_ids.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(pick.move_ids.ids)]})
        ship.action_confirm()
        answer = self._explain(ship.move_ids)
        self.assertIn(pick.name, answer["steps_before"], "Ask there.")
        self.assertNotIn("place", answer, "It stands in no queue of its own.")

    def test_step_of_another_company(self):
        """Scenario: the line waits for what another company of ours sends, whose transfer is on hold, or for a later
        step of it. Expected: that it does, and not for which transfer, to who works for the one company only."""
        other = self.env["res.company"].create({"name": "Other"})
        product = self._create_product("Beam")
        step = self._create_delivery_of(other, product, 5)
        step.action_confirm()
        ship = self._create_delivery((product, 5), confirm=False)
        ship.move_ids.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(step.move_ids.ids)]})
        ship.action_confirm()
        self.assertNotIn(step.name, self._explain(ship.move_ids)["steps_before"])
        self.assertIn("another company", self._explain(ship.move_ids)["steps_before"])
        first = self._create_waiting((product, 5))
        first.move_dest_ids = step.move_ids
        step._write_facts({"is_held": True})
        (first | step.move_ids)._write_facts({"is_held": True})
        self.assertNotIn(step.name, self._explain(first)["turn"])
        self.picker.company_ids |= other
        self.assertIn(step.name, self._explain(ship.move_ids)["steps_before"])
        self.assertIn(step.name, self._explain(first)["turn"])

    def test_who_may_ask(self):
        """Scenario: staff and a customer ask. Expected: staff is told; a customer never learns of other customers."""
        product = self._create_product("Beam")
        first = self._create_order((product, 5), user_id=self.salesperson.id)
        order = self._create_order((product, 5), user_id=self.salesperson.id)
        action = order.order_line.with_user(self.salesperson).action_explain()
        move = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(move, order.picking_ids.move_ids, "The line that waits.")
        self.assertIn(first.picking_ids.name, self._explain(move, self.salesperson)["ahead"], "Who sells may ask.")
        self.assertEqual(move.with_user(self.picker).action_explain()["res_id"], move.id, "Who picks, too.")
        customer = new_test_user(self.env, "backorder_portal", groups="base.group_portal")
        with self.assertRaises(AccessError, msg="Not by a direct read."):
            move.with_user(customer).read(["allocation_explanation"])
        # A page of the portal reads what it shows without rights; it must not be able to tell by accident.
        self._invalidate()
        self.assertFalse(move.with_user(customer).sudo().allocation_explanation, "Nor by a page.")

    def test_nothing_to_explain(self):
        """Scenario: a draft, a done line, a receipt. Expected: no answer."""
        product = self._create_product("Beam", stock=5)
        draft = self._create_delivery((product, 1), confirm=False)
        done = self._create_delivery((product, 5))
        self._validate(done)
        receipt = self._create_receipt((product, 1))
        answers = (draft | done | receipt).move_ids.with_user(self.picker).mapped("allocation_explanation")
        self.assertFalse(any(answers), "They claim nothing.")
