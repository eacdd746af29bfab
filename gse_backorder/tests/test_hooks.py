from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..fulfillment import fill_fulfillment_state
from ..hooks import (
    _fill_ordered_date,
    _link_old_chains,
    fill_awaited,
    fill_customer,
    fill_first_promise,
    uninstall_hook,
)
from ..models.allocation import stock_allocation as allocation
from .common import BackorderCase


@tagged("post_install", "-at_install")
class TestReserveIdle(BackorderCase):
    """What was free when the addon came goes to who waits for it, in the background."""

    def _create_idle(self, stock, *quantities):
        """Return lines of deliveries that have reserved nothing, and *stock* that is free for them."""
        product = self._create_product("Beam")
        moves = self.env["stock.move"]
        for quantity in quantities:
            moves |= self._create_delivery((product, quantity)).move_ids
        self._add_stock(product, stock)
        return moves

    def _reserve(self):
        """Run the cron as Odoo does."""
        with self.enter_registry_test_mode():
            self.env.ref("gse_backorder.ir_cron_reserve_idle").method_direct_trigger()
        self._invalidate()

    def test_free_stock_is_handed_out(self):
        """Scenario: 40 are wanted and 40 free. Expected: ready; a part where less is there; nobody jumps."""
        full, second = self._create_idle(40, 40, 40)
        part = self._create_idle(4, 10)
        self.assertEqual(full.picking_id.fulfillment_state, "waiting")
        self.patch(allocation, "IDLE_BATCH", 1)
        self._reserve()
        self.assertEqual((full | part | second).mapped("quantity"), [40, 4, 0])
        self.assertEqual(
            (full | part).picking_id.mapped("fulfillment_state"), ["ready", "partial"], "It is what is reserved."
        )
        self.assertFalse(self.env["ir.config_parameter"].sudo().get_param(allocation.RESERVED_UP_TO))

    def test_settings_are_honoured(self):
        """Scenario: reserved by hand; not due yet; the scheduler is off. Expected: nothing is reserved."""
        self.delivery_type.reservation_method = "manual"
        by_hand = self._create_idle(5, 5)
        self._reserve()
        self.assertEqual(by_hand.quantity, 0, "By hand.")
        self.delivery_type.reservation_method = "at_confirm"
        self.env.ref("stock.ir_cron_scheduler_action").active = False
        self._reserve()
        self.assertEqual(by_hand.quantity, 0, "Odoo's scheduler would not, either.")

    def test_takes_turns_with_the_scheduler(self):
        """Scenario: Odoo's scheduler is running. Expected: it is left to that, and nothing remains to be done here."""
        idle = self._create_idle(5, 5)
        scheduler = self.env.ref("stock.ir_cron_scheduler_action")
        self.patch(self.registry["ir.cron"], "try_lock_for_update", lambda crons, **_kind: crons - scheduler)
        self._reserve()
        self.assertEqual(idle.quantity, 0)
        progress = self.env["ir.cron.progress"].search(
            [("cron_id", "=", self.env.ref("gse_backorder.ir_cron_reserve_idle").id)], order="id desc", limit=1
        )
        self.assertFalse(progress.remaining, "Odoo does not call it again and again.")

    def test_resumed(self):
        """Scenario: a run has stopped in the middle. Expected: the next one goes on behind it."""
        first, second = self._create_idle(5, 5), self._create_idle(5, 5)
        self.env["ir.config_parameter"].sudo().set_param(allocation.RESERVED_UP_TO, first.id)
        self._reserve()
        self.assertEqual((first | second).mapped("quantity"), [0, 5])

    def test_chip_is_the_worst_line(self):
        """Scenario: reserved, then unreserved. Expected: it waits, and its lines, and it, are green all the same."""
        product = self._create_product("Beam", stock=5)
        delivery = self._create_delivery((product, 5))
        self.delivery_type.reservation_method = "manual"
        delivery.do_unreserve()
        self._invalidate()
        self.assertEqual((delivery.fulfillment_state, delivery.availability_status), ("waiting", "available"))
        delivery.move_ids = [
            Command.create(
                {
                    "product_id": self._create_product("Bolt").id,
                    "product_uom_qty": 1,
                    "location_id": self.stock.id,
                    "location_dest_id": self.customers.id,
                }
            )
        ]
        delivery.action_confirm()
        self._invalidate()
        self.assertEqual(delivery.availability_status, "missing", "As bad as its worst line.")


@tagged("post_install", "-at_install")
class TestHooks(BackorderCase):
    """Installing on a database that lives gives what living with the addon would have given."""

    def _forget(self, pickings):
        """Make *pickings* look as they did before the addon was installed."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_picking SET backorder_root_id = NULL, backorder_index = 0, backorder_last_index = 0,"
            " fulfillment_state = 'done', has_open_remainder = FALSE WHERE id IN %s",
            (tuple(pickings.ids),),
        )
        self.env.cr.execute("UPDATE stock_move SET ordered_date = NULL WHERE picking_id IN %s", (tuple(pickings.ids),))
        self.env.invalidate_all()

    def _facts(self, pickings):
        return [
            (
                p.name,
                p.backorder_root_id,
                p.backorder_index,
                p.backorder_last_index,
                p.has_open_remainder,
                p.fulfillment_state,
            )
            for p in pickings
        ]

    def test_old_database(self):
        """Scenario: chains, a cancelled remainder and open deliveries of before. Expected: linked as if made today."""
        product = self._create_product("Beam", stock=100)
        root = self._create_delivery((product, 20))
        first = self._ship(root, 4)
        second = self._ship(first, 3)
        short = self._create_delivery((product, 10))
        self._ship(short, 4).action_cancel()
        lone = self._create_delivery((product, 1))
        self._ship(lone)
        waiting = self._create_delivery((self._create_product("Nail"), 1))
        partial = self._create_delivery((product, 500))
        draft = self._create_delivery((product, 1), confirm=False)
        all_pickings = root | first | second | short | short.backorder_ids | lone | waiting | partial | draft
        expected = self._facts(all_pickings)
        self.assertEqual(
            all_pickings.mapped("fulfillment_state"),
            [
                "partially_picked",
                "partially_picked",
                "ready",
                "closed_short",
                "cancel",
                "done",
                "waiting",
                "partial",
                "draft",
            ],
            "Every state is there.",
        )
        self._forget(all_pickings)
        _link_old_chains(self.env.cr)
        fill_fulfillment_state(self.env)
        self.env.invalidate_all()
        self.assertEqual(self._facts(all_pickings), expected, "The hook gives what the fields had computed.")
        third = self._ship(second, 3)
        self.assertEqual(
            (third.name, third.backorder_index), (f"{root.name}-R3", 3), "The next remainder goes on counting."
        )

    def test_old_database_with_steps(self):
        """Scenario: pick and ship, a part is picked and shipped; an order lowered later. Expected: as if made today."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=6)
        order = self._create_order((product, 10))
        _pick, _pick_backorder, ship = self._pick(order)
        self._ship(ship)
        self.warehouse.delivery_steps = "ship_only"
        self._add_stock(product, 6)
        lowered = self._create_order((product, 10))
        self._ship(lowered.picking_ids, 6)
        lowered.order_line.product_uom_qty = 6
        all_pickings = order.picking_ids | lowered.picking_ids
        expected = self._facts(all_pickings)
        self.assertEqual(ship.fulfillment_state, "partially_picked", "Four have still to be picked.")
        self._forget(all_pickings)
        _link_old_chains(self.env.cr)
        fill_fulfillment_state(self.env)
        self.env.invalidate_all()
        self.assertEqual(self._facts(all_pickings), expected, "The hook gives what the fields had computed.")

    def test_old_names_stay(self):
        """Scenario: an old backorder has a number of Odoo's. Expected: it keeps it, and its next is -R2 of the root."""
        self.delivery_type.backorder_suffix = False
        product = self._create_product("Beam", stock=100)
        root = self._create_delivery((product, 20))
        first = self._ship(root, 4)
        name = first.name
        self.delivery_type.backorder_suffix = "-R"
        self._forget(root | first)
        _link_old_chains(self.env.cr)
        self.env.invalidate_all()
        self.assertEqual((first.name, first.backorder_index), (name, 1), "The paper trail stays.")
        self.assertEqual(self._ship(first, 3).name, f"{root.name}-R2", "The chain goes on.")

    def test_ordered_date(self):
        """Scenario: an order, its backorder and a manual delivery of before. Expected: since when each waits."""
        product = self._create_product("Beam", stock=4)
        order = self._create_order((product, 10))
        root = order.picking_ids
        backorder = self._ship(root)
        manual = self._create_delivery((product, 1))
        self._forget(root | backorder | manual)
        _fill_ordered_date(self.env.cr)
        self.env.invalidate_all()
        self.assertEqual(backorder.move_ids.ordered_date, order.date_order, "Since the order was confirmed.")
        self.assertEqual(manual.move_ids.ordered_date, manual.create_date, "Since it was made.")

    def test_customer(self):
        """Scenario: deliveries of all kinds of before. Expected: whose each is, as the field computes it."""
        product = self._create_product("Beam", stock=100)
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id})
        site = self.env["res.partner"].create({"name": "Builder Ltd", "is_company": True})
        ordered = self._create_order((product, 1), partner_id=contact.id, partner_shipping_id=site.id).picking_ids
        deliveries = (
            ordered
            | self._create_delivery((product, 1), partner_id=contact.id)
            | self._create_delivery((product, 1), partner_id=False)
            | self._create_delivery((product, 1), picking_type=self.warehouse.int_type_id)
            | self._create_delivery((product, 1), location_dest_id=self.suppliers.id)
            | self._create_receipt((product, 1))
        )
        expected = deliveries.mapped(lambda delivery: delivery.customer_id.id)
        self.assertEqual(
            expected, [self.customer.id, self.customer.id, False, self.customer.id, False, False], "Each kind is there."
        )
        self.env.cr.execute("UPDATE stock_picking SET customer_id = NULL WHERE id IN %s", (tuple(deliveries.ids),))
        fill_customer(self.env.cr)
        self.env.invalidate_all()
        self.assertEqual(deliveries.mapped(lambda delivery: delivery.customer_id.id), expected)

    def test_awaited(self):
        """Scenario: lines of all kinds of before. Expected: who waits for each open one, as the field computes it."""
        product = self._create_product("Beam", stock=100)
        shipped = self._create_delivery((product, 1))
        self._ship(shipped)
        self.warehouse.delivery_steps = "pick_ship"
        moves = (
            self._create_order((product, 1)).picking_ids
            | self._create_delivery((product, 1), confirm=False)
            | self._create_delivery((product, 1), location_dest_id=self.suppliers.id)
            | shipped
        ).move_ids
        expected = moves.mapped(lambda move: move.awaited_by_id.id)
        self.assertEqual(expected, [self.customer.id, self.customer.id, False, self.customer.id], "Each kind is there.")
        self.env.flush_all()
        self.env.cr.execute("UPDATE stock_move SET awaited_by_id = NULL WHERE id IN %s", (tuple(moves.ids),))
        fill_awaited(self.env.cr)
        self.env.invalidate_all()
        self.assertEqual(moves.mapped(lambda move: move.awaited_by_id.id), [*expected[:3], False])

    @freeze_time("2026-11-20 08:00:00")
    def test_first_promise(self):
        """Scenario: deliveries of all kinds of before. Expected: each is promised what living with the addon gives."""
        self.warehouse.delivery_steps = "pick_ship"
        bolt, nail, beam = (self._create_product(name, stock=stock) for name, stock in (("B", 9), ("N", 2), ("M", 0)))
        tape = self._create_product("Tape", is_storable=False)
        self._create_receipt((nail, 3), (beam, 2), days=5)
        steps = self._create_order((nail, 4), (bolt, 1))
        pick, _rest, ship = self._pick(steps, 1, 1)
        pickings = (
            steps.picking_ids
            | self._create_delivery((bolt, 3))
            | self._create_delivery((bolt, 3), (nail, 2))
            | self._create_delivery((nail, 9), (tape, 1))
            | self._create_delivery((beam, 2), assign=False)
            | self._create_delivery((beam, 9))
            | self._create_delivery((bolt, 1), confirm=False)
            | self._create_receipt((bolt, 1))
        )
        self.assertEqual((pick.state, ship.state), ("done", "assigned"), "What was picked is ready to ship.")
        self._forget_promises(pickings)
        pickings.filtered(lambda picking: picking.state != "draft").move_ids._write_first_promise()
        expected = self._read_promises(pickings)
        dates = {date for _name, date, _lines in expected}
        self.assertEqual(len(dates), 3, f"Now, later and never: {dates}")
        self._forget_promises(pickings)
        fill_first_promise(self.env)
        self.assertEqual(self._read_promises(pickings), expected)

    def _forget_promises(self, pickings):
        self.env.flush_all()
        for query in (
            "UPDATE stock_move SET first_promise_date = NULL WHERE picking_id IN %s",
            "UPDATE stock_picking SET first_promise_date = NULL, told_promise_date = NULL WHERE id IN %s",
        ):
            self.env.cr.execute(query, (tuple(pickings.ids),))
        self.env.invalidate_all()

    def _read_promises(self, pickings):
        self._invalidate()
        return [
            (
                picking.name,
                picking.first_promise_date,
                [(move.product_id.name, move.state, move.first_promise_date) for move in picking.move_ids.sorted("id")],
            )
            for picking in pickings
        ]

    def test_uninstall_asks_again(self):
        """Scenario: the addon goes. Expected: types that asked before ask again."""
        self.assertEqual(self.delivery_type.create_backorder, "always", "It is automatic now.")
        uninstall_hook(self.env)
        self.assertEqual(self.delivery_type.create_backorder, "ask", "As before.")
