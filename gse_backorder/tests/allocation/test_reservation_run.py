from contextlib import suppress

from odoo.tests import HttpCase, tagged

from ...models.allocation.reservation_run import CONTEXT_KEY, IDLE, ReservationBatch, ReservationRun
from ..restock_common import RestockCase

# What requests could steer reservations with before there was one object, and what they may try now.
FORGED = {
    "allocation_shares": {},
    "allocation_cause": "receipt",
    "allocation_joins": True,
    "restock_later": True,
    "locked_pools": [],
    "reservation_batch": {},
}
FORGED_RUNS = (
    {"cause": "receipt", "limits": {}, "freed": [], "locked": []},
    "ReservationRun(cause='receipt', limits={})",
    ["receipt", False, {}],
    True,
    7,
    None,
)


@tagged("post_install", "-at_install")
class TestForgedRun(RestockCase, HttpCase):
    """Nothing that a request can send steers a reservation."""

    def _call(self, user, records, method, context):
        """Call a public method of *records* as the web client does; return what it says."""
        self.authenticate(user.login, user.login)
        params = {
            "model": records._name,
            "method": method,
            "args": [records.ids],
            "kwargs": {"context": context},
        }
        url = f"/web/dataset/call_kw/{records._name}/{method}"
        return self.url_open(url, json={"jsonrpc": "2.0", "method": "call", "params": params}).json()

    def _get_contexts(self):
        return [FORGED, *({**FORGED, CONTEXT_KEY: run} for run in FORGED_RUNS)]

    def test_new_order_does_not_jump_the_queue(self):
        """Scenario: one waits, 5 lie there unreserved, a picker confirms a second delivery with forged keys in the
        context. Expected: whoever waits gets the goods, the new one nothing."""
        for context in self._get_contexts():
            with self.subTest(context=context):
                product = self._create_product("Forged for")
                first = self._create_waiting((product, 5))
                self._add_stock(product, 5)
                second = self._create_delivery((product, 5), confirm=False)
                answer = self._call(self.picker, second, "action_confirm", context)
                self.assertNotIn("error", answer)
                self.assertEqual((first.quantity, second.move_ids.quantity), (5, 0), "The first one has waited longer.")

    def test_log_says_who_decided(self):
        """Scenario: a picker reserves by hand with forged keys. Expected: the log says so, and whom he passed over."""
        for context in self._get_contexts():
            with self.subTest(context=context):
                product = self._create_product("Logged")
                first, second = self._create_waiting((product, 5), (product, 5))
                self._add_stock(product, 5)
                answer = self._call(self.picker, second.picking_id, "action_assign", context)
                self.assertNotIn("error", answer)
                entry = second.allocation_ids[:1]
                self.assertEqual((entry.cause, entry.quantity), ("manual", 5))
                self.assertEqual(entry.passed_over_ids, first)

    def test_what_is_freed_goes_on(self):
        """Scenario: a picker unreserves with forged keys. Expected: the next in the ranking has the goods at once."""
        for context in self._get_contexts():
            with self.subTest(context=context):
                product = self._create_product("Freed", stock=5)
                first, second = self._create_waiting((product, 5), (product, 5))
                answer = self._call(self.picker, first.picking_id, "do_unreserve", context)
                self.assertNotIn("error", answer)
                self.assertEqual((first.quantity, second.quantity), (0, 5), "Nothing lies idle.")


@tagged("post_install", "-at_install")
class TestReservationRun(RestockCase):
    def test_only_the_object_counts(self):
        for run in FORGED_RUNS:
            self.assertIs(ReservationRun.of(self.env(context={CONTEXT_KEY: run})), IDLE)
        run = ReservationRun(cause="scheduler")
        self.assertIs(ReservationRun.of(run.carry(self.env["stock.move"]).env), run)

    def test_equal_ones_have_one_environment(self):
        """Scenario: the same is begun twice with the same locked. Expected: one environment, as for equal contexts."""
        locked = ReservationRun().locking(frozenset({(1, 2)}))
        self.assertIs(locked.locking({(1, 2)}), locked, "Nothing new is locked.")
        first, second, other = (
            run.caused_by("remainder").carry(self.env["stock.move"]) for run in (locked, locked, ReservationRun())
        )
        self.assertIs(first.env, second.env)
        self.assertIsNot(first.env, other.env)
        self.assertEqual(ReservationRun.of(first.env).locked, {(1, 2)})

    def test_share_where_quants_are_chosen(self):
        """Whoever extends the reservation sees the real need; the quants give no more than the share."""
        product = self._create_product("Shared", stock=50)
        move = self._create_delivery((product, 10), assign=False).move_ids
        run = ReservationRun().deciding({move.id: 4.0}).choosing_for(move, 10.0)
        quants = run.carry(self.env["stock.quant"])
        given = quants._get_reserve_quantity(product, self.stock, 10.0, uom_id=product.uom_id)
        self.assertEqual(sum(quantity for _quant, quantity in given), 4)
        other = self._create_delivery((product, 10), assign=False).move_ids
        quants = run.choosing_for(other, 10.0).carry(self.env["stock.quant"])
        given = quants._get_reserve_quantity(product, self.stock, 10.0, uom_id=product.uom_id)
        self.assertEqual(sum(quantity for _quant, quantity in given), 10, "For others there is no limit.")

    def test_share_in_units_of_the_product(self):
        """Scenario: 30 are free, lines of 2 dozens and of 12 wait. Expected: each gets its share, in its unit."""
        product = self._create_product("Counted in dozens")
        dozens, units = self._create_waiting((product, 2, self.dozen), (product, 12))
        self._receive((product, 30))
        self.assertEqual((dozens.quantity, units.quantity), (2, 6))

    def test_line_that_lacks_nothing(self):
        """Scenario: a line with all its goods goes into another transfer, as wave and split do; others wait for the
        product. Expected: the new transfer is ready at once, as Odoo alone has it."""
        product, other = self._create_product("Moved", stock=5), self._create_product("Left", stock=5)
        delivery = self._create_delivery((product, 5), (other, 5))
        self._create_waiting((product, 5))
        move = delivery.move_ids.filtered(lambda line: line.product_id == product)
        split = delivery.copy({"move_ids": [], "move_line_ids": []})
        move.picking_id = split
        move.move_line_ids.picking_id = split
        move.state = "confirmed"
        split.move_ids._action_confirm(merge=False)
        self.assertEqual((move.state, move.quantity, split.state), ("assigned", 5, "assigned"))
        self.assertEqual(split.fulfillment_state, "ready")

    def test_batch_leaves_nothing_behind(self):
        """Scenario: a reservation of many ends in an exception that somebody handles. Expected: what was reserved on
        the quants has its lines, and the batch works on."""
        product = self._create_product("Interrupted", stock=10)
        moves = self._create_delivery((product, 4), assign=False).move_ids
        batch = ReservationBatch()
        run = ReservationRun().deciding({moves.id: 4.0}, batch)
        moves = run.carry(moves)
        lines = moves.move_line_ids.browse()
        with suppress(ArithmeticError), run.finishing(lines):
            moves._update_reserved_quantity(4.0, self.stock, strict=False)
            self.assertEqual(len(batch.lines), 1, "It is gathered.")
            raise ArithmeticError
        self.assertFalse(batch.lines)
        self.assertEqual((moves.quantity, sum(product.stock_quant_ids.mapped("reserved_quantity"))), (4, 4))
        self.assertFalse(batch.is_writing or batch.is_gathering)

    def test_batch_with_lines_of_both_kinds(self):
        """Scenario: stock for many, of a product with lots and of one without. Expected: as many as were shared."""
        plain, tracked = self._create_product("Plain"), self._create_product("Lots", tracking="lot")
        moves = self._create_waiting(*[(plain, 2)] * 3, *[(tracked, 2)] * 3)
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": tracked.id})
        self._add_stock(plain, 5)
        self._add_stock(tracked, 5, lot_id=lot)
        pools = moves._get_claimed_pools()
        self.env["stock.allocation"]._restock(pools, "adjustment", moves.browse())
        self.assertEqual(moves.mapped("quantity"), [2, 2, 1, 2, 2, 1])
        self.assertEqual(moves.move_line_ids.lot_id, lot)
        for product in (plain, tracked):
            self.assertEqual(sum(product.stock_quant_ids.mapped("reserved_quantity")), 5)

    def test_nobody_waits(self):
        """What nobody waits for is brought without touching the pool."""
        product = self._create_product("Unawaited")
        self._receive((product, 5))
        self.assertFalse(self.env["stock.backorder.pool"].search([("product_id", "=", product.id)]))
        self.assertEqual(product.with_context(warehouse_id=self.warehouse.id).free_qty, 5)
