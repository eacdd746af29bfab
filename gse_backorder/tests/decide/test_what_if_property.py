import logging
from datetime import timedelta

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.tests import TransactionCase, tagged

from ...models.chain.picking_states import CLOSED_STATES
from ...models.engine.stock_warehouse import POLICIES
from ..chance import RANDOM_SEED, random_examples, slow, undone
from ..truth_common import STEPS, TODAY, Step, Trade, make_steps, make_stories

_logger = logging.getLogger(__name__)

EXAMPLES = 60 if RANDOM_SEED else 14
KINDS = ("late", "short", "never", "add", "priority", "deadline", "drop", "policy", "keep")


def make_shortages(longest):
    """A story in which there is something to compete for: orders of few goods, little in stock, some of it to come."""
    arrangements = make_stories(0, 0).map(lambda story: story[0])
    amounts = st.lists(st.sampled_from((0, 0, 20)), min_size=6, max_size=6)

    def make(name, fewest, most):
        which, what = st.integers(0, 9), st.sampled_from((0, 0, 0, 1, 3))
        return st.lists(
            st.builds(Step, name=st.just(name), which=which, what=what, share=st.integers(10, 100)),
            min_size=fewest,
            max_size=most,
        )

    bought_and_sold = st.tuples(make("order", 3, 5), make("expect", 2, 4)).map(lambda parts: [*parts[0], *parts[1]])
    return st.tuples(arrangements, amounts, bought_and_sold, st.lists(make_steps(*STEPS), max_size=longest))


def make_trade_abroad():
    """What another company orders and expects of the same goods: of which, whether it is sold, how much, and when."""
    one = st.tuples(st.integers(0, 4), st.booleans(), st.integers(10, 100), st.integers(0, 9))
    return st.lists(one, max_size=4)


def make_changes():
    """What is looked at: of what kind, of which records, how much and when."""
    change = st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(-3, 30), st.booleans())
    return st.lists(change, min_size=1, max_size=3, unique_by=lambda change: change[0])


@tagged("post_install", "-at_install")
class TestWhatIfProperty(TransactionCase):
    """What is simulated is what then happens: in two companies, in all units, over any number of steps.

    Whatever has happened before, some changes are looked at, and then made. All lines that were told of are as they
    were told, and all others are as they were.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time(TODAY))
        cls.trade = Trade(cls.env)
        abroad = cls.env["res.company"].create({"name": "Truth Abroad"})
        cls.env.user.company_ids += abroad
        cls.house_abroad = cls.env["stock.warehouse"].search([("company_id", "=", abroad.id)], limit=1)
        cls.asking = cls.trade.company  # whose changes are looked at
        cls.told = cls.looked = 0

    @classmethod
    def tearDownClass(cls):
        _logger.info("%s what-ifs told of %s lines, and all came so.", cls.looked, cls.told)
        super().tearDownClass()

    @settings(random_examples, max_examples=EXAMPLES)
    @given(make_shortages(2), st.booleans(), make_changes())
    def test_what_is_simulated_happens(self, story, keeps, changes):
        self._try(story, keeps, changes)

    @slow
    @settings(random_examples, max_examples=150)
    @given(make_shortages(8), st.booleans(), make_changes())
    def test_what_is_simulated_always_happens(self, story, keeps, changes):
        self._try(story, keeps, changes)

    @settings(random_examples, max_examples=EXAMPLES)
    @given(make_shortages(1), st.booleans(), make_changes(), make_trade_abroad(), st.booleans())
    def test_what_is_simulated_happens_in_its_company(self, story, keeps, changes, abroad, is_asked_abroad):
        """Scenario: another company trades in the same goods; either asks. Expected: nothing of the other's changes."""
        self._try(story, keeps, changes, abroad, is_asked_abroad)

    # ---- one of them -----------------------------------------------------------------

    def _try(self, story, keeps, changes, abroad=(), is_asked_abroad=False):
        arrangement, amounts, orders, steps = story
        self.clock.move_to(TODAY)
        type(self).asking = self.house_abroad.company_id if is_asked_abroad else self.trade.company
        with undone(self.env):
            self.trade.arrange(*arrangement)
            (self.trade.houses | self.house_abroad).keep_promises = keeps
            self.trade.stock_up(amounts)
            for step in [*orders, *steps]:
                self.trade.take(step, self.clock)
            for what, is_sold, share, days in abroad:
                self._trade_abroad(what, is_sold, share, days)
            self._settle()
            entered = [values for change in changes if (values := getattr(self, f"_enter_{change[0]}")(*change[1:]))]
            if entered:
                self._compare(entered)

    def _trade_abroad(self, what, is_sold, share, days):
        product, (unit, *_bigger), most = self.trade.goods[what]
        house, trade = self.house_abroad, self.trade
        ends = (house.lot_stock_id, trade.customers) if is_sold else (trade.suppliers, house.lot_stock_id)
        places = dict(zip(("location_id", "location_dest_id"), (end.id for end in ends), strict=True))
        moment = fields.Datetime.now() + timedelta(days=days)
        quantity = {"product_uom": unit.id, "product_uom_qty": max(1, round(most * share / 100))}
        self.env["stock.picking"].with_company(house.company_id).create(
            {
                "picking_type_id": (house.out_type_id if is_sold else house.in_type_id).id,
                "scheduled_date": moment,
                "move_ids": [Command.create({"product_id": product.id, "date": moment, **quantity, **places})],
                **places,
            }
        ).action_confirm()

    def _settle(self):
        """Let be done what is done at the end of a transaction."""
        self.env.cr.flush()
        self.env.invalidate_all()

    def _compare(self, entered):
        changes = [Command.create(values) for values in entered]
        what_if = self.env["stock.what.if"].create({"company_id": self.asking.id, "change_ids": changes})
        before = self._read_promises()
        what_if.action_simulate()
        told = {line.move_id: (line.promise_before, line.promise_after) for line in what_if.line_ids}
        gone = self._get_dropped(what_if)
        self.assertEqual(self._read_promises(), before, "Nothing has changed.")
        for change in what_if.change_ids:
            getattr(self, f"_make_{change.kind}")(change)
        self._settle()
        after = self._read_promises()
        for move, promise in before.items():
            if move in gone:
                self.assertNotIn(move, told)
                continue
            was, would = told.get(move, (promise, promise))
            self.assertEqual(was, promise, f"{move.picking_id.name} {move.product_id.name}: before {entered}")
            self.assertEqual(would, after.get(move), f"{move.picking_id.name} {move.product_id.name}: after {entered}")
        type(self).told += len(told)
        type(self).looked += 1

    def _read_promises(self):
        """Return what each open line to a customer is promised."""
        moves = self.env["stock.move"].search(
            [("product_id", "in", self.trade.products.ids), ("state", "not in", ("draft", *CLOSED_STATES))]
        )
        bound = moves.filtered(lambda move: move._is_bound_for_customer() and move._has_open_goods())
        coverages = bound._get_shipping_coverage()
        now = fields.Datetime.now()
        return {move: coverages[move.id].get_promise_date(now) or False for move in bound}

    def _get_dropped(self, what_if):
        scenario = what_if._get_scenario(what_if.change_ids)
        return self.env["stock.move"].browse(scenario.dropped)

    # ---- what is entered ----------------------------------------------------------------

    def _choose(self, records, which):
        """Return one of those of *records* that are of the company that asks."""
        own = records.filtered(lambda record: record.company_id == self.asking)
        return own[which % len(own)] if own else own

    def _get_houses(self):
        return self.trade.houses | self.house_abroad

    def _get_receipts(self):
        """Return receipts of what is bought for stock: of others there is more than one way not to come."""
        receipts = self.trade._get_transfers("assigned", "confirmed").filtered(
            lambda transfer: transfer.picking_type_code == "incoming" and transfer.location_id.usage == "supplier"
        )
        return receipts.filtered(lambda receipt: not receipt.move_ids.move_dest_ids)

    def _get_deliveries(self):
        return self.trade._get_open_deliveries()

    def _enter_supply(self, kind, which, **values):
        receipt = self._choose(self._get_receipts(), which)
        return receipt and {"kind": kind, "receipt_ids": receipt.ids, **values}

    def _enter_late(self, which, days, is_dated):
        if is_dated:
            return self._enter_supply("late", which, date=fields.Datetime.now() + timedelta(days=days))
        return self._enter_supply("late", which, days=days or 1)

    def _enter_short(self, which, days, _is_none):
        return self._enter_supply("short", which, share=(50, 25)[days % 2])

    def _enter_never(self, which, _days, _is_none):
        return self._enter_supply("never", which)

    def _enter_add(self, which, days, is_much):
        product, _units, most = self.trade.get_stocked_goods()[which % 5]
        is_own = self.asking == self.trade.company
        warehouse = self.trade._get_stock(product).warehouse_id if is_own else self.house_abroad
        return {
            "kind": "add",
            "product_id": product.id,
            "warehouse_id": warehouse.id,
            "quantity": most if is_much else 1,
            "date": fields.Datetime.now() + timedelta(days=abs(days)),
        }

    def _enter_priority(self, which, _days, is_urgent):
        delivery = self._choose(self._get_deliveries(), which)
        return delivery and {"kind": "priority", "picking_ids": delivery.ids, "priority": str(int(is_urgent))}

    def _enter_deadline(self, which, days, _is_none):
        delivery = self._choose(self._get_deliveries(), which)
        deadline = fields.Datetime.now() + timedelta(days=days)
        return delivery and {"kind": "deadline", "picking_ids": delivery.ids, "deadline": deadline}

    def _enter_drop(self, which, _days, _is_none):
        delivery = self._choose(self._get_deliveries(), which)
        return delivery and {"kind": "drop", "picking_ids": delivery.ids}

    def _enter_policy(self, which, _days, _is_none):
        policy, _label = POLICIES[which % len(POLICIES)]
        return {"kind": "policy", "warehouse_id": self._choose(self._get_houses(), which).id, "policy": policy}

    def _enter_keep(self, which, _days, keeps):
        return {"kind": "keep", "warehouse_id": self._choose(self._get_houses(), which).id, "keeps": keeps}

    # ---- what then happens ---------------------------------------------------------------

    def _apply(self, change):
        change.action_apply()

    _make_late = _make_priority = _make_deadline = _make_policy = _make_keep = _apply

    def _make_short(self, change):
        """The vendor brings less: the receipt is for less by now, in the unit of each line."""
        for move in change.receipt_ids.move_ids._filtered_open():
            move.product_uom_qty = move.product_uom_qty * change.share / 100

    def _make_never(self, change):
        change.receipt_ids.action_cancel()

    def _make_add(self, change):
        stock = change.warehouse_id.lot_stock_id
        places = {"location_id": self.trade.suppliers.id, "location_dest_id": stock.id}
        line = {"product_id": change.product_id.id, "product_uom_qty": change.quantity, "date": change.date, **places}
        self.env["stock.picking"].with_company(change.company_id).create(
            {
                "picking_type_id": change.warehouse_id.in_type_id.id,
                "scheduled_date": change.date,
                "move_ids": [Command.create(line)],
                **places,
            }
        ).action_confirm()

    def _make_drop(self, change):
        """Whoever does not want it any more has all its steps cancelled."""
        change._get_delivery_moves()._get_dropped_with()._action_cancel()
