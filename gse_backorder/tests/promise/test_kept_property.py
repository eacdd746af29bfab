from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..chance import draw_from, slow, undone
from .kept_common import KeptCase

FIRST_DAY = datetime(2026, 11, 20, 8)
POLICIES = ("priority", "first_ordered", "deadline", "complete_orders")


@tagged("post_install", "-at_install")
class TestKeptProperty(KeptCase):
    """Whatever people do who come later, what was promised comes by the date for which it is kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time(FIRST_DAY))
        # Odoo dates what it creates by the time of the transaction: it has to follow the clock.
        cls.startClassPatcher(patch.object(cls.cr, "now", datetime.now))
        cls.shelf = cls.env["stock.location"].create({"name": "Shelf", "location_id": cls.stock.id})
        cls.pack = cls.env["uom.uom"].create(
            {"name": "Pack of 10", "relative_uom_id": cls.unit.id, "relative_factor": 10}
        )

    def test_nobody_takes_what_is_kept(self):
        self._live(seed="kept", lives=6, steps=25, changes=self._get_later_wishes())

    def test_each_slip_has_its_cause(self):
        self._live(seed="slips", lives=6, steps=25, changes=self._get_later_wishes() + self._get_blows())

    @slow
    def test_nobody_takes_what_is_kept_ten_thousand_times(self):
        self._live(seed="kept for long", lives=250, steps=40, changes=self._get_later_wishes())

    @slow
    def test_each_slip_has_its_cause_for_long(self):
        self._live(seed="slips for long", lives=60, steps=40, changes=self._get_later_wishes() + self._get_blows())

    # ---- lives -----------------------------------------------------------------

    def _live(self, seed, lives, steps, changes):
        self.random = draw_from(seed)
        self.may_slip = any(change in changes for change in self._get_blows())
        self.kept_count = self.slip_count = 0
        for life in range(lives):
            with undone(self.env):
                self._begin()
                self.history = [f"life {life}"]
                for _step in range(steps):
                    change = self.random.choice(changes)
                    self.history.append(change.__name__)
                    change()
                    self._check()
        self.assertGreater(self.kept_count, lives * steps)
        if self.may_slip:
            self.assertGreater(self.slip_count, lives)

    def _begin(self):
        self.clock.move_to(FIRST_DAY)
        self.warehouse.allocation_policy = self.random.choice(POLICIES)
        self.warehouse.delivery_steps = self.random.choice(("ship_only", "ship_only", "pick_ship"))
        self.products = [
            self._create_product(name, stock=self.random.randint(0, 12)) for name in ("Beam", "Board", "Nail")
        ]
        self.receipts, self.pickings = [], self.env["stock.picking"]
        for _number in range(6):
            self._expect()
        for _number in range(8):
            self._order_something()
        self._follow()

    def _check(self):
        """Nothing is later than it is kept for; or, where supply may change, each slip is logged with its cause."""
        self._follow()
        moves = self.env["stock.move"].search([("product_id", "in", [product.id for product in self.products])])
        open_moves = moves.filtered(lambda move: move.state not in ("draft", "done", "cancel"))
        kept = open_moves.filtered("kept_date")
        self.kept_count += len(kept)
        for move in kept:
            self.assertLessEqual(move.kept_quantity, move.product_qty + 1e-6, self.history)
        slips = self.env["stock.promise.slip"]._get_slips()
        late = [slip for slip in slips if slip.move in kept]
        self.slip_count += len(late)
        for slip in late:
            self.assertTrue(self.may_slip, self._tell(slip))
            entry = self._get_slips(slip.move)[-1:]
            self.assertTrue(entry.note, self.history)
        self._check_totals(open_moves)

    def _tell(self, slip):
        """Return what has happened, and all that wants or brings the product: what to begin with when this fails."""
        moves = self.env["stock.move"].search([("product_id", "=", slip.move.product_id.id), ("state", "!=", "draft")])
        lines = [
            f"{move.id} {move.state} {move.location_id.name}>{move.location_dest_id.name} {move.product_qty}"
            f" reserved {move.quantity} kept {move.kept_quantity} for {move.kept_date} due {move.date_deadline}"
            f" on {move.date} by {move.picking_id.name} {move.picking_id.move_type}"
            for move in moves
        ]
        free = self._get_free(slip.move.product_id)
        return "\n".join([", ".join(self.history), f"{slip} free {free}", *lines])

    def _check_totals(self, open_moves):
        """What was promised to each alone is what it is told: a line all of which is kept is covered by its day."""
        if self.may_slip:
            return
        whole = open_moves.filtered(lambda move: move.kept_date and move.kept_quantity >= move.product_qty - 1e-6)
        coverages = whole._get_product_coverage()
        for move in whole.filtered(lambda move: move.id in coverages):
            # What Odoo loses where it rounds to the unit of a line is not counted.
            is_late = self.env["stock.promise.slip"]._is_told(move, coverages[move.id].dateless)
            self.assertFalse(is_late, (self.history, move))

    # ---- what people do who come later ---------------------------------------

    def _get_later_wishes(self):
        return [
            self._order_something,
            self._order_something,
            self._edit_deadline,
            self._star_that_comes_and_goes,
            self._change_policy,
            self._change_reservation,
            self._cancel_something,
            self._check_availability,
            self._raise_or_lower,
            self._next_day,
            self._ship_something,
            self._expect,
        ]

    def _order_something(self):
        product, quantity = self.random.choice(self.products), self.random.randint(1, 9)
        # By the dozen Odoo rounds what it reserves, a little each time: what many lines lose together is no slip.
        unit = (self.dozen if self.may_slip else self.pack,) if self.random.random() < 0.1 else ()
        lines = [(product, quantity, *unit)]
        if self.random.random() < 0.3:
            lines.append((self.random.choice(self.products), self.random.randint(1, 5)))
        if self.warehouse.delivery_steps == "pick_ship":
            days = self.random.randint(0, 20)
            order = self._create_order(*[line[:2] for line in lines], commitment_date=self._in_days(days))
            self.pickings |= order.picking_ids
            return
        delivery = self._create_delivery(
            *lines, confirm=False, move_type=self.random.choice(("direct", "direct", "one"))
        )
        for move in delivery.move_ids:
            if self.random.random() < 0.7:
                move.date_deadline = self._in_days(self.random.randint(0, 25))
            if self.may_slip and self.random.random() < 0.1:
                move.location_id = (
                    self.shelf
                )  # what is expected may be put elsewhere: it is no supply of the shelf then
        delivery.action_confirm()
        self.pickings |= delivery

    def _pick_open(self):
        waiting = self.pickings.filtered(lambda picking: picking.state not in ("done", "cancel"))
        return self.random.choice(waiting) if waiting else waiting

    def _edit_deadline(self):
        for move in self._pick_open().move_ids:
            move.date_deadline = self._in_days(self.random.randint(-5, 25))

    def _star_that_comes_and_goes(self):
        picking = self._pick_open()
        picking.priority = "1"
        picking.priority = "0"

    def _change_policy(self):
        self.warehouse.allocation_policy = self.random.choice(POLICIES)

    def _change_reservation(self):
        self.delivery_type.reservation_method = self.random.choice(("at_confirm", "manual"))

    def _cancel_something(self):
        self._pick_open().action_cancel()

    def _check_availability(self):
        if picking := self._pick_open():
            picking.with_user(self.picker).action_assign()

    def _raise_or_lower(self):
        for move in self._pick_open().move_ids[:1]:
            move.product_uom_qty = max(1, move.product_uom_qty + self.random.randint(-3, 4))

    def _next_day(self):
        """A day later what is due has come: as it was expected."""
        self.clock.move_to(datetime.now() + timedelta(days=1))
        for receipt in list(self.receipts):
            if receipt.scheduled_date <= datetime.now() and receipt.state not in ("done", "cancel"):
                self._validate(receipt)
                self.receipts.remove(receipt)

    def _ship_something(self):
        picking = self._pick_open()
        if picking and any(picking.move_ids.mapped("quantity")):
            picking.with_user(self.picker).button_validate()
            self.pickings |= picking.backorder_ids | picking.move_ids.move_dest_ids.picking_id

    def _expect(self):
        receipt = self._create_receipt(
            (self.random.choice(self.products), self.random.randint(1, 15)), days=self.random.randint(1, 15)
        )
        self.receipts.append(receipt)

    # ---- what can move a promise -----------------------------------------------

    def _get_blows(self):
        return [self._delay_supply, self._lose_supply, self._lose_goods, self._star_that_stays, self._unreserve]

    def _pick_receipt(self):
        return self.random.choice(self.receipts) if self.receipts else self.env["stock.picking"]

    def _delay_supply(self):
        for move in self._pick_receipt().move_ids:
            move.date = self._in_days(self.random.randint(1, 30))

    def _lose_supply(self):
        receipt = self._pick_receipt()
        if receipt:
            self.receipts.remove(receipt)
            receipt.action_cancel()

    def _lose_goods(self):
        product = self.random.choice(self.products)
        self._count(product, self.random.randint(0, 2))

    def _star_that_stays(self):
        self._pick_open().priority = "1"

    def _unreserve(self):
        self._pick_open().do_unreserve()
