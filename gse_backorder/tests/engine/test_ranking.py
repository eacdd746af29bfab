import random
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestRanking(RestockCase):
    """Who comes before whom: one total order of the claims on a product, which the warehouse's policy decides."""

    def _create_claim(self, product, quantity=1, ordered=0, deadline=None, urgent=False):
        """Return a line that waits; *ordered* and *deadline* are days from now."""
        move = self._create_delivery((product, quantity), priority="1" if urgent else "0").move_ids
        move.ordered_date = fields.Datetime.now() + timedelta(days=ordered)
        move.date_deadline = deadline is not None and fields.Datetime.now() + timedelta(days=deadline)
        return move

    def _create_rivals(self, product):
        """Return lines that differ by star, deadline and day of order; two are equal but for their ids."""
        return {
            "old": self._create_claim(product, ordered=-5),
            "due late": self._create_claim(product, ordered=-1, deadline=9),
            "urgent": self._create_claim(product, ordered=-1, urgent=True),
            "urgent, due": self._create_claim(product, ordered=-1, deadline=20, urgent=True),
            "due soon": self._create_claim(product, deadline=3),
            "old too": self._create_claim(product, ordered=-5),
        }

    def _get_queue(self, moves):
        """Return *moves* as a list in the order in which pegging has them wait, in SQL.

        (A list: Odoo takes recordsets that differ only in their order for equal.)
        """
        places = {move: self.env["stock.pegging"]._get_queue(move).place for move in moves}
        self.assertEqual(sorted(places.values()), list(range(1, len(moves) + 1)), "A ranking is total.")
        return sorted(moves, key=places.get)

    def _sort(self, moves):
        """Return *moves* as a list in the order that the Python face gives, whatever order they come in."""
        positions = self.env["stock.ranking"]._get_positions(moves)
        return sorted(moves, key=lambda move: (positions.get(move.id, len(positions)), move.id))

    def _assert_ranking(self, claims, names):
        """Assert the order of *claims* by name: in the queue, in Python, and in who gets units that come one by one."""
        moves = self.env["stock.move"].union(*claims.values())
        named = {move: name for name, move in claims.items()}
        self.assertEqual([named[move] for move in self._get_queue(moves)], names, "The queue.")
        self.assertEqual([named[move] for move in self._sort(moves)], names, "In Python.")
        served = []
        for _number in names:
            waiting = moves.filtered(lambda move: not move.quantity)
            self._receive((moves.product_id, 1))
            self._invalidate()
            served += [named[move] for move in waiting if move.quantity]
        self.assertEqual(served, names, "And so they are served.")

    # ---- policies ------------------------------------------------------------

    def test_priority(self):
        """Policy: the urgent star, then the deadline (none is the latest), then when it was ordered, then the id."""
        self.assertEqual(self.warehouse.allocation_policy, "priority", "It is the default.")
        self._assert_ranking(
            self._create_rivals(self._create_product("Beam")),
            ["urgent, due", "urgent", "due soon", "due late", "old", "old too"],
        )

    def test_first_ordered(self):
        """Policy: when it was ordered, then the id; neither star nor deadline count."""
        self.warehouse.allocation_policy = "first_ordered"
        self._assert_ranking(
            self._create_rivals(self._create_product("Beam")),
            ["old", "old too", "due late", "urgent", "urgent, due", "due soon"],
        )

    def test_deadline(self):
        """Policy: the deadline (none is the latest), then when it was ordered, then the id; no star counts."""
        self.warehouse.allocation_policy = "deadline"
        self._assert_ranking(
            self._create_rivals(self._create_product("Beam")),
            ["due soon", "due late", "urgent, due", "old", "old too", "urgent"],
        )

    def test_complete_orders(self):
        """Policy: whose delivery lacks least, all its lines counted; who waits for too long comes before all."""
        self.warehouse.write({"allocation_policy": "complete_orders", "allocation_guard_days": 14})
        product, other = self._create_product("Beam"), self._create_product("Bolt")
        with_more = self._create_delivery((product, 1), (other, 6)).move_ids[0]
        with_more.ordered_date = fields.Datetime.now() - timedelta(days=13)
        claims = {
            "lacks 7": with_more,
            "lacks 3": self._create_claim(product, 3, ordered=-2),
            "lacks 1, new": self._create_claim(product, ordered=-1, urgent=True),
            "lacks 1, old": self._create_claim(product, ordered=-3),
            "lacks 1, old too": self._create_claim(product, ordered=-3),
            "waits 15 days": self._create_claim(product, ordered=-15),
            "waits 20 days": self._create_claim(product, 9, ordered=-20),
        }
        moves = self.env["stock.move"].union(*claims.values())
        expected = [
            *("waits 20 days", "waits 15 days"),  # beyond the guard: by when they were ordered, whatever they lack
            *("lacks 1, old", "lacks 1, old too", "lacks 1, new", "lacks 3", "lacks 7"),
        ]
        named = {move: name for name, move in claims.items()}
        self.assertEqual([named[move] for move in self._get_queue(moves)], expected, "The queue.")
        self.assertEqual([named[move] for move in self._sort(moves)], expected, "In Python.")
        self._receive((product, 9 + 1 + 3))
        self._assert_reserved(moves.browse(claims[name].id for name in expected), [9, 1, 1, 1, 1, 0, 0], "And served.")

    def test_complete_orders_counts_what_is_reserved(self):
        """Scenario: the bigger delivery has nearly all it needs. Expected: it is completed before the smaller one."""
        self.warehouse.allocation_policy = "complete_orders"
        product, other = self._create_product("Beam"), self._create_product("Bolt", stock=9)
        big = self._create_delivery((product, 1), (other, 10)).move_ids[0]
        small = self._create_claim(product, 3)
        self.assertEqual(self._sort(big | small), [big, small], "It lacks 2 of 11, the other 3 of 3.")
        big.picking_id.do_unreserve()
        self.assertEqual(self._sort(big | small), [small, big], "Now it lacks all 11.")

    def test_guard_days(self):
        """Scenario: a big delivery waits for six days. Expected: the guard of the warehouse decides if that is long."""
        self.warehouse.write({"allocation_policy": "complete_orders", "allocation_guard_days": 7})
        product = self._create_product("Beam")
        big, small = self._create_claim(product, 10, ordered=-6), self._create_claim(product)
        self.assertEqual(self._get_queue(big | small), [small, big], "Six days are within the guard.")
        self.warehouse.allocation_guard_days = 5
        self.assertEqual(self._get_queue(big | small), [big, small], "Six days are too long.")
        self.warehouse.allocation_guard_days = 7
        with freeze_time("2026-11-21 09:00:00"):
            self.assertEqual(self._get_queue(big | small), [big, small], "Time passes: nobody waits for ever.")

    def test_whom_an_order_of_today_jumps(self):
        """Scenario: orders confirmed today, under each policy. Expected: they jump whom the README says, no others."""
        product = self._create_product("Beam")
        waiting = {
            "plain": self._create_claim(product, 3, ordered=-5),
            "due late": self._create_claim(product, 3, ordered=-5, deadline=9),
            "urgent": self._create_claim(product, 3, ordered=-5, urgent=True),
            "big": self._create_claim(product, 9, ordered=-5),
            "big and old": self._create_claim(product, 9, ordered=-40),
        }
        today = {
            "plain": self._create_claim(product),
            "due soon": self._create_claim(product, deadline=3),
            "urgent": self._create_claim(product, urgent=True),
        }
        nobody, all_but_urgent = set(), waiting.keys() - {"urgent"}
        within_the_guard = waiting.keys() - {"big and old"}
        for policy, plain, due_soon, urgent in (
            ("first_ordered", nobody, nobody, nobody),
            ("priority", nobody, all_but_urgent, all_but_urgent),
            ("deadline", nobody, set(waiting), nobody),
            ("complete_orders", within_the_guard, within_the_guard, within_the_guard),
        ):
            self.warehouse.allocation_policy = policy
            for kind, expected in (("plain", plain), ("due soon", due_soon), ("urgent", urgent)):
                queue = self._sort(today[kind].union(*waiting.values()))
                jumped = queue[queue.index(today[kind]) + 1 :]
                named = {name for name, move in waiting.items() if move in jumped}
                self.assertEqual(named, expected, f"{policy}: {kind}")

    # ---- changes -------------------------------------------------------------

    def _get_versions(self, moves):
        """Return which versions of the rows of *moves* the database holds: every update of a row makes a new one."""
        self.env.flush_all()
        self.env.cr.execute("SELECT id, ctid::text FROM stock_move WHERE id = ANY (%s)", [moves.ids])
        return dict(self.env.cr.fetchall())

    def test_changes_count_at_once(self):
        """Scenario: policy, star, deadline change. Expected: the ranking follows, and no other claim is written."""
        product = self._create_product("Beam")
        old, due = self._create_claim(product, ordered=-5), self._create_claim(product, ordered=-1, deadline=9)
        moves = old | due
        before = self._get_versions(moves)
        self.assertEqual(self._get_queue(moves), [due, old], "By deadline.")
        self.warehouse.allocation_policy = "first_ordered"
        self.assertEqual(self._get_queue(moves), [old, due], "By when it was ordered.")
        self.warehouse.allocation_policy = "priority"
        self.assertEqual(self._get_queue(moves), [due, old], "By deadline again.")
        self.assertEqual(self._get_versions(moves), before, "A policy writes no claim.")
        old.picking_id.priority = "1"
        self.assertEqual(self._get_queue(moves), [old, due], "Urgent.")
        old.picking_id.priority = "0"
        old.date_deadline = fields.Datetime.now() + timedelta(days=2)
        self.assertEqual(self._get_queue(moves), [old, due], "Due earlier.")
        self.assertEqual(self._get_versions(due), {due.id: before[due.id]}, "And the other is never written.")

    def test_change_decides_the_next_receipt(self):
        """Scenario: a star is set after the promises were made. Expected: promise and receipt follow it."""
        product = self._create_product("Beam")
        first, second = self._create_claim(product, 5, ordered=-2), self._create_claim(product, 5, ordered=-1)
        receipt = self._create_receipt((product, 5))
        self._invalidate()
        self.assertEqual([bool(move.promise_date) for move in (first, second)], [True, False], "The older one.")
        second.picking_id.with_user(self.picker).priority = "1"
        self._invalidate()
        self.assertEqual([bool(move.promise_date) for move in (first, second)], [False, True], "The urgent one.")
        self._validate(receipt)
        self._assert_reserved(first | second, [0, 5], "It gets what it was promised.")

    # ---- when the customer ordered -------------------------------------------

    def test_ordered_date_of_an_order(self):
        """Scenario: an order through pick and ship. Expected: each step waits since the order's confirmation."""
        self.warehouse.delivery_steps = "pick_pack_ship"
        product = self._create_product("Beam", stock=4)
        order = self._create_order((product, 10))
        with freeze_time("2026-11-25 08:00:00"):
            pick, pick_backorder, pack = self._pick(order, 4)
            self._ship(pack)
            chain = order.picking_ids
        self.assertEqual(len(chain), 4, "A pick, its backorder, a pack and a ship.")
        self.assertEqual(set(chain.move_ids.mapped("ordered_date")), {order.date_order}, "The same day on each.")
        self.assertEqual(pick.move_ids.ordered_date, fields.Datetime.now(), "It is the day of the confirmation.")
        self.assertEqual(pick_backorder.backorder_id, pick, "The remainder, five days later, too.")

    def test_ordered_date_of_a_raised_line(self):
        """Scenario: an order has shipped, days later its line is raised. Expected: what is added is ordered then."""
        product = self._create_product("Beam", stock=10)
        order = self._create_order((product, 10))
        shipped = order.picking_ids
        self._validate(shipped)
        with freeze_time("2026-11-25 08:00:00"):
            order.order_line.product_uom_qty = 12
            added = order.picking_ids - shipped
            self.assertEqual(added.move_ids.ordered_date, fields.Datetime.now(), "Nobody has waited for it yet.")
        self.assertFalse(added.move_ids.joined_date, "It is a line of its own.")

    def test_units_added_to_a_line(self):
        """Scenario: 10 are ordered, days later 5 more, and another line. Expected: Why? tells whose place they have."""
        product, other = self._create_product("Beam"), self._create_product("Bolt")
        order = self._create_order((product, 10))
        line = order.order_line
        with freeze_time("2026-11-25 08:00:00"):
            line.product_uom_qty = 15
            order.order_line = [Command.create({"product_id": other.id, "product_uom_qty": 1})]
            merged, new = order.picking_ids.move_ids
            self.assertEqual((merged.product_uom_qty, merged.ordered_date), (15, order.date_order), "It is one line.")
            self.assertEqual(merged.joined_date, fields.Datetime.now())
            self.assertIn("25 Nov", merged.with_user(self.picker).allocation_explanation)
            self.assertEqual(new.ordered_date, fields.Datetime.now(), "A line that is added is ordered then.")
            line.product_uom_qty = 12
            self.assertEqual((merged.product_uom_qty, merged.ordered_date), (12, order.date_order), "Lowered again.")
        order.date_order = "2026-11-01 08:00:00"
        line.product_uom_qty = 13
        self.assertGreater(merged.ordered_date, order.date_order, "Another date of the order moves nobody.")

    # ---- ties ----------------------------------------------------------------

    def test_remainder_keeps_its_place_in_a_tie(self):
        """Scenario: three orders of one second, B ships in part; 3 more come. Expected: B's rest 2, C 1."""
        product = self._create_product("Beam", stock=5)
        a, b, c = (self._create_order((product, quantity)) for quantity in (2, 5, 3))
        self._ship(a.picking_ids)
        rest = self._ship(b.picking_ids)
        self.assertEqual(rest.move_ids.product_uom_qty, 2)
        self._validate(self._create_receipt((product, 3)))
        self._assert_reserved(rest.move_ids | c.picking_ids.move_ids, [2, 1], "B stood before C.")
        self.assertEqual(self._sort(rest.move_ids | c.picking_ids.move_ids), [rest.move_ids, c.picking_ids.move_ids])

    def test_remainders_of_remainders_and_picks(self):
        """Scenario: pick and ship, B's pick is done in three parts. Expected: each rest stands before C."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=2)
        b, c = (self._create_order((product, 5)) for _number in range(2))
        rest = self._ship(b.picking_ids)
        self._validate(self._create_receipt((product, 1)))
        last = self._ship(rest)
        claims = last.move_ids | c.picking_ids.move_ids
        self.assertEqual(self._sort(claims), [last.move_ids, c.picking_ids.move_ids])
        self._validate(self._create_receipt((product, 3)))
        self._assert_reserved(claims, [2, 1], "B stood before C.")

    def test_split_keeps_its_place_in_a_tie(self):
        """Scenario: a picker splits the first of two deliveries of one second. Expected: both parts come first."""
        product = self._create_product("Beam", stock=2)
        first, second = (self._create_delivery((product, 5)) for _number in range(2))
        first.with_user(self.picker).action_split_transfer()
        part = first.backorder_ids
        self.assertEqual(
            self._sort(second.move_ids | part.move_ids | first.move_ids),
            [first.move_ids, part.move_ids, second.move_ids],
        )

    def test_ordered_date_is_pulled(self):
        """Scenario: an old delivery pulls its goods by a step of its own. Expected: the step is as old."""
        output = self.warehouse.wh_output_stock_loc_id
        output.active = True
        self.env["stock.route"].create(
            {
                "name": "Pulled",
                "warehouse_selectable": True,
                "warehouse_ids": [Command.set(self.warehouse.ids)],
                "rule_ids": [
                    Command.create(
                        {
                            "name": "Stock → Output",
                            "action": "pull",
                            "picking_type_id": self.warehouse.int_type_id.id,
                            "location_src_id": self.stock.id,
                            "location_dest_id": output.id,
                        }
                    )
                ],
            }
        )
        delivery = self._create_delivery((self._create_product("Beam"), 10), confirm=False)
        ordered = fields.Datetime.to_datetime("2026-11-01 08:00:00")
        delivery.move_ids.write({"location_id": output.id, "procure_method": "make_to_order", "ordered_date": ordered})
        delivery.with_user(self.picker).action_confirm()
        self.assertEqual(delivery.move_ids.move_orig_ids.ordered_date, ordered, "It is wanted since then.")

    def test_ordered_date_is_inherited(self):
        """Scenario: a delivery is shipped in three parts, days apart. Expected: all wait since the first was made."""
        product = self._create_product("Beam", stock=3)
        root = self._create_delivery((product, 10))
        ordered = root.move_ids.ordered_date
        created = root.create_date.replace(microsecond=0)
        self.assertEqual(ordered, created, "Without an order, it is the creation of the transfer, to the second.")
        with freeze_time("2026-11-25 08:00:00"):
            backorder = self._ship(root)
            self._add_stock(product, 4)
            backorder.action_assign()
        with freeze_time("2026-11-28 08:00:00"):
            last = self._ship(backorder)
        self.assertEqual((backorder | last).move_ids.mapped("ordered_date"), [ordered, ordered], "All the same.")

    def test_ordered_date_of_a_split(self):
        """Scenario: a picker splits a delivery. Expected: the part that is split off keeps its place."""
        product = self._create_product("Beam", stock=10)
        root = self._create_delivery((product, 10))
        root.move_ids.ordered_date = "2026-11-01 08:00:00"
        root.move_ids.quantity = 6
        root.with_user(self.picker).action_split_transfer()
        self.assertEqual(
            root.backorder_ids.move_ids.mapped("ordered_date"),
            root.move_ids.mapped("ordered_date"),
            "It waits since the whole does.",
        )

    def test_ordered_date_of_added_line(self):
        """Scenario: a line is added to a delivery later. Expected: it waits since the delivery was made."""
        product, added = self._create_product("Beam"), self._create_product("Bolt")
        delivery = self._create_delivery((product, 10))
        places = {"location_id": self.stock.id, "location_dest_id": self.customers.id}
        with freeze_time("2026-11-25 08:00:00"):
            delivery.write({"move_ids": [Command.create({"product_id": added.id, "product_uom_qty": 1, **places})]})
            delivery.action_confirm()
        self.assertEqual(len(delivery.move_ids), 2, "Two lines.")
        created = delivery.create_date.replace(microsecond=0)
        self.assertEqual(set(delivery.move_ids.mapped("ordered_date")), {created}, "One day.")

    # ---- who may not be reserved yet -----------------------------------------

    def test_who_may_not_be_reserved_comes_last(self):
        """Scenario: lines that nobody may reserve yet, urgent and old. Expected: last under every policy."""
        product = self._create_product("Beam")
        now = self._create_claim(product, 5)
        others = self.delivery_type.copy({"name": "Later", "sequence_code": "LATER", "reservation_method": "manual"})
        manual = self._create_delivery((product, 1), picking_type=others, priority="1", assign=False).move_ids
        others = others.copy({"reservation_method": "by_date", "reservation_days_before_priority": 2})
        by_date = self._create_delivery(
            (product, 1),
            picking_type=others,
            priority="1",
            assign=False,
            scheduled_date=fields.Datetime.now() + timedelta(days=5),
        ).move_ids
        (manual | by_date).ordered_date = fields.Datetime.now() - timedelta(days=30)
        moves = now | manual | by_date
        self.assertEqual(str(by_date.reservation_date), "2026-11-23", "Two days before it is due.")
        for policy, _name in self.warehouse._fields["allocation_policy"].selection:
            self.warehouse.allocation_policy = policy
            self.assertEqual(self._get_queue(moves)[0], now, f"{policy}: first who may be reserved.")
            self.assertEqual(self._sort(moves), self._get_queue(moves), f"{policy}: in Python as in SQL.")
        self._receive((product, 7))
        self._assert_reserved(moves, [5, 0, 0], "And they get nothing, although two are left.")
        with freeze_time("2026-11-23 08:00:00"):
            self.assertEqual(self._get_queue(manual | by_date), [by_date, manual], "Its day has come.")
            self._receive((product, 1))
            self._assert_reserved(moves, [5, 0, 1], "And it gets what it needs, the other waits for a person.")

    # ---- one definition ------------------------------------------------------

    def test_python_is_sql(self):
        """Scenario: claims at random, with many ties. Expected: Python, SQL and the rule as it is written agree."""
        product = self._create_product("Beam")
        chance = random.Random(1)
        claims = [
            self._create_claim(
                product,
                quantity=chance.choice((1, 2)),
                ordered=chance.choice((-20, -2, -1)),
                deadline=chance.choice((None, 1, 2)),
                urgent=chance.choice((True, False)),
            )
            for _number in range(24)
        ]
        moves = self.env["stock.move"].union(*claims)
        guard = fields.Datetime.now() - timedelta(days=14)
        endless = fields.Datetime.now() + timedelta(days=9999)
        rules = {
            "priority": lambda m: (m.priority != "1", m.date_deadline or endless, m.ordered_date, m.id),
            "first_ordered": lambda m: (m.ordered_date, m.id),
            "deadline": lambda m: (m.date_deadline or endless, m.ordered_date, m.id),
            "complete_orders": lambda m: (
                m.ordered_date >= guard,
                m.product_qty if m.ordered_date >= guard else 0,
                m.ordered_date,
                m.id,
            ),
        }
        for policy, rule in rules.items():
            self.warehouse.allocation_policy = policy
            expected = sorted(moves, key=rule)
            self.assertEqual(self._get_queue(moves), expected, f"{policy}: in SQL.")
            self.assertEqual(self._sort(moves), expected, f"{policy}: in Python.")

    def test_what_takes_nothing_comes_last(self):
        """Scenario: a receipt's line among claims. Expected: it is no claim, and comes behind them."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 1)).move_ids
        claim = self._create_claim(product)
        self.assertEqual(self._sort(receipt | claim), [claim, receipt], "Behind, although its id is smaller.")
        self.assertFalse(self.env["stock.ranking"]._get_positions(claim.browse()), "Nothing of nothing.")
