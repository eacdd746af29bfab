from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestPromise(RestockCase):
    """What is promised, when it was promised first, and by how much it has slipped since."""

    def _get_promise(self, record):
        """Return ``(promised, first promised, slip)`` in days from 20 November; None where there is no date."""
        self._invalidate()
        return (
            self._count_days(record.promise_date),
            self._count_days(record.first_promise_date),
            record.promise_slip_days,
        )

    @staticmethod
    def _count_days(date):
        return (date - fields.Datetime.to_datetime("2026-11-20 08:00:00")).days if date else None

    # ---- what is promised ----------------------------------------------------

    def test_supply_is_known(self):
        """Scenario: a delivery is confirmed, a receipt is due in 7 days. Expected: promised, and remembered."""
        product = self._create_product("Beam")
        self._create_receipt((product, 5), days=7)
        delivery = self._create_delivery((product, 5))
        self.assertEqual(self._get_promise(delivery.move_ids), (7, 7, 0), "The line.")
        self.assertEqual(self._get_promise(delivery), (7, 7, 0), "The delivery.")
        self.assertEqual(delivery.earliest_promise_date, delivery.promise_date, "All of it on one day.")

    def test_in_stock(self):
        """Scenario: all is there. Expected: promised for now."""
        delivery = self._create_delivery((self._create_product("Beam", stock=5), 5))
        self.assertEqual(self._get_promise(delivery), (0, 0, 0), "Now.")

    def test_lines_together(self):
        """Scenario: lines for now, in 7 and in 12 days. Expected: the latest is the promise, the first the earliest."""
        now, soon, late = (self._create_product(name) for name in ("Now", "Soon", "Late"))
        self._add_stock(now, 1)
        self._create_receipt((soon, 1), days=7)
        self._create_receipt((late, 1), days=12)
        order = self._create_order((now, 1), (soon, 1), (late, 1))
        delivery = order.picking_ids
        self.assertEqual(self._get_promise(delivery), (12, 12, 0), "The delivery.")
        for document in (delivery, order):
            self.assertEqual(self._count_days(document.promise_date), 12, "When the last line can ship.")
            self.assertEqual(self._count_days(document.earliest_promise_date), 0, "When something can ship.")
        self._ship(delivery)
        backorder = delivery.backorder_ids
        for document in (backorder, order):
            self._invalidate()
            self.assertEqual(self._count_days(document.promise_date), 12, "When the last line can ship.")
            self.assertEqual(self._count_days(document.earliest_promise_date), 7, "What was there has shipped.")
        self.assertFalse(delivery.promise_date, "What has shipped promises nothing any more.")

    def test_part_without_a_date(self):
        """Scenario: one line has no supply. Expected: no promise as a whole, but the day when something can ship."""
        soon, never = self._create_product("Soon"), self._create_product("Never")
        self._create_receipt((soon, 1), days=7)
        order = self._create_order((soon, 1), (never, 1))
        delivery = order.picking_ids
        self.assertEqual(self._get_promise(delivery), (None, None, 0), "A promise for a part would be a lie.")
        self.assertFalse(order.promise_date, "Nor in Sales.")
        self.assertEqual(self._count_days(delivery.earliest_promise_date), 7, "Something can ship then.")
        self.assertEqual(self._count_days(order.earliest_promise_date), 7, "Sales says so, too.")
        self.assertEqual(
            [self._get_promise(move) for move in delivery.move_ids], [(7, 7, 0), (None, None, 0)], "Line by line."
        )

    def test_quotation(self):
        """Scenario: a quotation is asked before it is confirmed. Expected: the date that its order then gets."""
        product = self._create_product("Beam")
        self._create_receipt((product, 5), days=7)
        order = self._create_order((product, 5), confirm=False)
        quoted = order.promise_date
        self.assertEqual(self._count_days(quoted), 7, "If it were confirmed now.")
        order.action_confirm()
        self.assertEqual(order.picking_ids.first_promise_date, quoted, "It keeps its word.")

    # ---- the first promise ---------------------------------------------------

    def test_never_rewritten(self):
        """Scenario: the receipt comes later, then earlier. Expected: the promise follows, the first one stays."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5), days=7)
        delivery = self._create_delivery((product, 5))
        for days, slip in ((12, 5), (4, -3)):
            receipt.move_ids.date = fields.Datetime.now() + timedelta(days=days)
            self.assertEqual(self._get_promise(delivery.move_ids), (days, 7, slip), "The line.")
        delivery.move_ids._write_first_promise()
        self.assertEqual(self._get_promise(delivery.move_ids), (4, 7, -3), "Asked again, it is not written again.")

    def test_line_added_later(self):
        """Scenario: a line with a later date is added to a promised delivery. Expected: its first promise stays."""
        beam, bolt = self._create_product("Beam"), self._create_product("Bolt")
        self._create_receipt((beam, 5), days=7)
        self._create_receipt((bolt, 5), days=12)
        delivery = self._create_delivery((beam, 5))
        places = {"location_id": self.stock.id, "location_dest_id": self.customers.id}
        delivery.move_ids = [Command.create({"product_id": bolt.id, "product_uom_qty": 5, **places})]
        delivery.with_user(self.picker).action_confirm()
        self.assertEqual(self._get_promise(delivery)[:2], (12, 7), "What was said is said.")
        self.assertEqual(self._get_promise(delivery.move_ids[1]), (12, 12, 0), "The line has its own.")

    def test_slip_of_a_delivery(self):
        """Scenario: one line slips by five days, another by nine. Expected: the delivery by the worst."""
        beam, bolt = self._create_product("Beam"), self._create_product("Bolt")
        receipts = self._create_receipt((beam, 5), days=7), self._create_receipt((bolt, 5), days=7)
        delivery = self._create_delivery((beam, 5), (bolt, 5))
        for receipt, days in zip(receipts, (12, 16), strict=True):
            receipt.move_ids.date = fields.Datetime.now() + timedelta(days=days)
        self.assertEqual(self._get_promise(delivery), (16, 7, 9), "When all can ship.")

    def test_supply_confirmed_later(self):
        """Scenario: the order waits without a date, then goods are bought. Expected: that is its first promise."""
        product = self._create_product("Beam")
        order = self._create_order((product, 5), user_id=self.salesperson.id)
        delivery = order.picking_ids
        self.assertEqual(self._get_promise(delivery), (None, None, 0), "Nothing is known.")
        with freeze_time("2026-11-22 08:00:00"):
            self._create_receipt((product, 5), days=7)
            self.assertEqual(self._get_promise(delivery.move_ids), (9, 9, 0), "Two days later, in seven days.")
            self.assertEqual(self._get_promise(delivery), (9, 9, 0), "The delivery, too.")

    def test_supply_for_the_one_behind(self):
        """Scenario: goods for one of two who wait are bought. Expected: he is promised, the other not yet."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5))
        self._create_receipt((product, 7), days=7)
        self.assertEqual([self._get_promise(move)[1] for move in moves], [7, None], "Two for the other are no promise.")
        self._create_receipt((product, 7), days=9)
        self.assertEqual([self._get_promise(move)[1] for move in moves], [7, 9], "Now he is promised, too.")

    def test_bought_by_a_purchaser(self):
        """Scenario: a purchase is confirmed. Expected: it promises, too; the promise is the day of its receipt."""
        product = self._create_product("Beam")
        delivery = self._create_delivery((product, 5))
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": 5,
                            "price_unit": 1,
                            "date_planned": "2026-12-02 08:00:00",
                        }
                    )
                ],
            }
        )
        purchase.button_confirm()
        self.assertEqual(self._get_promise(delivery), (12, 12, 0), "2 December.")

    def test_promised_by_what_comes(self):
        """Scenario: a delivery waits without a date, a count finds its goods. Expected: promised for that day."""
        product = self._create_product("Beam")
        delivery = self._create_delivery((product, 5))
        with freeze_time("2026-11-24 08:00:00"):
            self._count(product, 5)
            self.assertEqual(self._get_promise(delivery), (4, 4, 0), "It is there.")

    def test_draft_is_not_promised(self):
        """Scenario: a delivery is a draft. Expected: it is asked as what-if, and nothing is remembered."""
        product = self._create_product("Beam")
        self._create_receipt((product, 5), days=7)
        delivery = self._create_delivery((product, 5), confirm=False)
        self.assertEqual(self._get_promise(delivery.move_ids), (7, None, 0), "Nobody was promised anything.")

    def test_receipts_are_not_promised(self):
        """Scenario: a receipt. Expected: it promises nothing to anybody."""
        receipt = self._create_receipt((self._create_product("Beam"), 5))
        self.assertEqual(self._get_promise(receipt), (None, None, 0), "It is supply.")

    # ---- what is left of it --------------------------------------------------

    def test_inherited_by_backorders(self):
        """Scenario: a part is shipped, the rest slips. Expected: the first promise goes with the rest."""
        product = self._create_product("Beam", stock=4)
        receipt = self._create_receipt((product, 6), days=7)
        root = self._create_delivery((product, 10))
        self.assertEqual(self._get_promise(root), (7, 7, 0), "All of it.")
        with freeze_time("2026-11-22 08:00:00"):
            receipt.move_ids.date = "2026-12-02 08:00:00"
            backorder = self._ship(root.with_user(self.picker))
            self.assertEqual(self._get_promise(backorder.move_ids), (12, 7, 5), "Of the line.")
            self.assertEqual(self._get_promise(backorder), (12, 7, 5), "Of the delivery.")
            last = self._ship_part(backorder, receipt)
            self.assertEqual(self._get_promise(last)[1], 7, "Over any number of them.")

    def _ship_part(self, backorder, receipt):
        """Receive two for *backorder*, ship them, and return what is left."""
        receipt.move_ids.quantity = 2
        self.warehouse.in_type_id.create_backorder = "always"
        self._validate(receipt)
        return self._ship(backorder.with_user(self.picker))

    def test_inherited_by_a_split(self):
        """Scenario: a picker splits a delivery. Expected: both parts were promised on the same day."""
        product = self._create_product("Beam", stock=4)
        self._create_receipt((product, 6), days=7)
        root = self._create_delivery((product, 10))
        root.with_user(self.picker).action_split_transfer()
        self.assertEqual(self._get_promise(root)[1:], (7, 0), "What is there now was promised with the rest.")
        self.assertEqual(self._get_promise(root.backorder_ids)[1:], (7, 0), "And so was the rest.")

    def test_split_off_what_has_no_date(self):
        """Scenario: a line without a date leaves a delivery, for another transfer. Expected: the rest is promised."""
        beam, bolt = self._create_product("Beam", stock=5), self._create_product("Bolt")
        delivery = self._create_delivery((beam, 5), (bolt, 5))
        self.assertEqual(self._get_promise(delivery)[1], None, "Not all of it has a date.")
        part = delivery.copy({"move_ids": [], "move_line_ids": []})
        delivery.move_ids[1].with_user(self.picker).picking_id = part
        self.assertEqual([self._get_promise(one)[1] for one in (delivery, part)], [0, None], "What is left of it has.")

    def test_inherited_by_steps(self):
        """Scenario: of 10 promised in 7 days, 4 are there; 4 are picked two days late, then 6, into one delivery.
        Expected: the delivery was promised with the pick, and is late."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=4)
        receipt = self._create_receipt((product, 6), days=7)
        order = self._create_order((product, 10))
        with freeze_time("2026-11-29 08:00:00"):
            _pick, rest, delivery = self._pick(order)
            self.assertEqual(self._get_promise(delivery.move_ids), (9, 7, 0), "The line.")
            self.assertEqual(self._get_promise(delivery), (9, 7, 0), "The delivery.")
            self.assertTrue(delivery.is_promise_late)
            self._validate(receipt)
            self._ship(rest)
            self.assertEqual(delivery.move_ids.product_uom_qty, 10, "One line.")
            self.assertEqual(self._get_promise(delivery.move_ids), (9, 7, 0))
            self.assertFalse(delivery.move_ids.first_promise_quantity, "All of it was promised.")
            self._ship(delivery)
        [row] = self.env["stock.backorder.report"].search([("root_id", "=", delivery.id)])
        self.assertEqual((row.promised_date, row.on_time_rate), (delivery.first_promise_date, 0))

    def test_added_on_the_way(self):
        """Scenario: 4 are promised and picked; 3 are ordered more, and picked into the same delivery without having
        been promised. Expected: 4 of 7 were promised."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=4)
        order = self._create_order((product, 4))
        _pick, _rest, delivery = self._pick(order)
        first = delivery.first_promise_date
        order.order_line.product_uom_qty = 7
        self._add_stock(product, 3)
        more = order.picking_ids.filtered(lambda transfer: transfer.state == "confirmed")
        self.assertFalse(more.first_promise_date)
        with freeze_time("2026-11-22 08:00:00"):
            more.action_assign()
            more.move_ids._write_facts({"first_promise_date": False})
            self._ship(more)
        [move] = delivery.move_ids
        self.assertEqual((move.first_promise_date, move.first_promise_quantity, move.product_qty), (first, 4, 7))

    def test_not_shipped_on_its_day(self):
        """Scenario: all is there; promised for today, and of another line nothing is known. Expected: tomorrow it is
        late on every list, which says why: nobody has shipped it."""
        product = self._create_product("Beam", stock=9)
        whole = self._create_delivery((product, 5))
        part = self._create_delivery((product, 4), (self._create_product("Bolt"), 1))
        for day, is_late in (("2026-11-20", False), ("2026-11-21", True)):
            with freeze_time(f"{day} 20:00:00"):
                for delivery in (whole, part):
                    self._invalidate()
                    [move] = delivery.move_ids.filtered(lambda move: move.product_id == product)
                    self.assertEqual((move.promise_slip_days, delivery.promise_slip_days), (0, 0), "No slip.")
                    self.assertEqual(delivery.promise_slip_text, "its day has passed" if is_late else False)
                    self.assertEqual(delivery.is_promise_late, is_late)
                    found = delivery.search([("id", "=", delivery.id), ("is_promise_late", "=", True)])
                    self.assertEqual(found, delivery if is_late else delivery.browse(), "The filter.")
                    lines = self.env["stock.customer.lines"]
                    _total, late = lines._find(self.customer, self.company, 10, filterby="late")
                    self.assertEqual(move in [line.moves for line in late], is_late, "The customer's.")

    def test_not_copied(self):
        """Scenario: a delivery is duplicated. Expected: the copy is promised when it is confirmed."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=7)
        delivery = self._create_delivery((product, 5))
        copy = delivery.copy()
        self.assertEqual(self._get_promise(copy)[1:], (None, 0), "A draft.")
        self.assertFalse(copy.move_ids.ordered_date, "It was not ordered yet, either.")

    def test_backorder_without_a_date(self):
        """Scenario: a part is shipped, the rest has no date. Expected: it is promised when its goods are bought."""
        product = self._create_product("Beam", stock=4)
        backorder = self._ship(self._create_delivery((product, 10)).with_user(self.picker))
        self.assertEqual(self._get_promise(backorder), (None, None, 0), "Nothing is known.")
        self._create_receipt((product, 6), days=7)
        self.assertEqual(self._get_promise(backorder), (7, 7, 0), "Now it is.")

    # ---- days that pass ------------------------------------------------------

    def test_late_receipt(self):
        """Scenario: the receipt does not come. Expected: on its day it is promised; after it there is no date."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5), days=7)
        move = self._create_delivery((product, 5)).move_ids
        [link] = self.env["stock.pegging"]._get_links(product)
        self.assertEqual(
            (link.claim_id, link.supply_id, link.quantity), (move.id, receipt.move_ids.id, 5), "Its supply."
        )
        self.assertEqual((link.date, link.is_late), (receipt.move_ids.date, False), "In time.")
        with freeze_time("2026-11-27 20:00:00"):
            self.assertEqual(self._get_promise(move), (7, 7, 0), "Its day is not over.")
            [link] = self.env["stock.pegging"]._get_links(product)
            self.assertEqual((link.date, link.is_late), (fields.Datetime.now(), False), "It may still come.")
        for today in ("2026-11-28", "2026-12-01"):
            with freeze_time(f"{today} 08:00:00"):
                self.assertEqual(self._get_promise(move), (None, 7, 0), "No promise, on no day.")
                [link] = self.env["stock.pegging"]._get_links(product)
                self.assertEqual((link.date, link.is_late), (receipt.move_ids.date, True), "Late.")

    def test_kept(self):
        """Scenario: the receipt comes when it was expected. Expected: the line is ready on the promised day."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5), days=7)
        delivery = self._create_delivery((product, 5))
        with freeze_time("2026-11-27 08:00:00"):
            self._validate(receipt)
            self.assertEqual(delivery.fulfillment_state, "ready", "It is there.")
            self.assertEqual(self._get_promise(delivery), (7, 7, 0), "As promised.")
        with freeze_time("2026-11-30 08:00:00"):
            self.assertEqual(self._get_promise(delivery)[1:], (7, 0), "That nobody ships it is no slip of the promise.")

    def test_core_dates_stay(self):
        """Scenario: promised, slipped, shipped in part. Expected: Odoo's own dates and deadlines are what they were."""
        product = self._create_product("Beam", stock=4)
        receipt = self._create_receipt((product, 6), days=7)
        order = self._create_order((product, 10), commitment_date="2026-11-25 08:00:00")
        delivery = order.picking_ids

        def get_dates(picking):
            self._invalidate()
            moves = picking.move_ids
            return (picking.scheduled_date, picking.date_deadline, moves.mapped("date"), moves.mapped("date_deadline"))

        before = get_dates(delivery)
        self.assertEqual(before[1], order.commitment_date, "The deadline is what was agreed.")
        receipt.move_ids.date = "2026-12-09 08:00:00"
        self.assertEqual(self._count_days(delivery.promise_date), 19, "The promise has moved.")
        self.assertEqual(get_dates(delivery), before, "And nothing else.")
        backorder = self._ship(delivery.with_user(self.picker))
        self.assertEqual(get_dates(backorder), before, "Nor does the backorder start with other dates.")
        self.assertEqual(order.commitment_date, fields.Datetime.to_datetime("2026-11-25 08:00:00"), "Nor the order.")
