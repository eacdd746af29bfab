from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...models.settings.stock_backorder_check import Kind
from ..common import BackorderCase
from ..workbench.figures_common import keep_figures


@tagged("post_install", "-at_install")
class TestCheck(BackorderCase):
    """What is broken past the ORM is found, named and repaired; where nothing is, nothing is found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "check_manager", groups="base.group_user,stock.group_stock_manager")
        cls.checks = cls.env["stock.backorder.check"]
        cls.beam, cls.wool = (cls._create_product(name, stock=6) for name in ("Beam", "Wool"))
        cls.order = cls._create_order((cls.beam, 10))
        cls.root = cls.order.picking_ids
        cls.remainder = cls._ship(cls.root)
        cls._create_receipt((cls.beam, 4))
        cls.reserved = cls._create_delivery((cls.wool, 5))
        cls.env.flush_all()

    def _break(self, statement, *values):
        self.env.flush_all()
        self.env.cr.execute(statement, values)
        self.env.invalidate_all()

    def _find(self, kind, record=None):
        """Return what the check finds of *kind* of our records."""
        self.checks._check({kind})
        domain = [("kind", "=", kind)]
        if record:
            domain += [("res_model", "=", record._name), ("res_id", "in", record.ids)]
        return self.checks.with_user(self.manager).search(domain)

    def _assert_repaired(self, kind, record, field_name="", stored=None, expected=None):
        """Assert that *record* is found with what is named, and repaired by who manages stock."""
        found = self._find(kind, record).filtered(lambda one: one.field_name == field_name)
        self.assertEqual(len(found), 1, "It is found.")
        self.assertEqual((found.stored_text, found.expected_text), (stored, expected))
        self.assertIn((record.picking_id if "picking_id" in record._fields else record).display_name, found.record_name)
        found.action_repair()
        self._invalidate()
        self.assertFalse(self._find(kind, record), "It is found no more.")

    def test_nothing_is_found_where_nothing_is_broken(self):
        """Scenario: the story of this class, beside all that the database has. Expected: no difference at all."""
        keep_figures(self.env)
        self.assertFalse(
            [(one.kind, one.record_name, one.stored_text) for one in self.checks.browse(self.checks._check())]
        )
        action = self.checks.with_user(self.manager).action_check()
        self.assertEqual(
            action["params"]["next"]["help"], "Nothing differs", "Words: the client shows tags as they are."
        )
        self.assertEqual(action["params"]["type"], "success")

    def test_what_people_do_is_no_difference(self):
        """Scenario: the line that had no promise is cancelled. Expected: it was a part of all, nothing is missing."""
        both = self._create_delivery((self.wool, 1), (self._create_product("Nail"), 1))
        self.assertEqual(both.move_ids.mapped(lambda move: bool(move.first_promise_date)), [True, False])
        both.move_ids[1]._action_cancel()
        self.assertFalse(self._find("fact"))

    def test_chain(self):
        """Scenario: a backorder has lost its original, or has another's. Expected: it is put back, and numbered."""
        name = self.remainder.name
        self._break(
            "UPDATE stock_picking SET backorder_root_id = NULL, backorder_index = 0 WHERE id = %s", self.remainder.id
        )
        self._assert_repaired("chain", self.remainder, "backorder_root_id", "–", self.root.name)
        self.assertEqual(self.remainder.backorder_root_id, self.root)
        self.assertEqual(self.remainder.name, name, "Names are printed on papers.")
        self.assertIn("Repaired", self.remainder.message_ids[0].body)
        self._break(
            "UPDATE stock_picking SET backorder_root_id = %s WHERE id = %s", self.reserved.id, self.remainder.id
        )
        self._assert_repaired("chain", self.remainder, "backorder_root_id", self.reserved.name, self.root.name)

    def test_original_that_is_none(self):
        """Scenario: a middle member was taken for the original. Expected: all are counted from the first again."""
        self._add_stock(self.beam, 1)
        self.remainder.action_assign()
        last = self._ship(self.remainder)
        self._break(
            "UPDATE stock_picking SET backorder_root_id = NULL, backorder_index = 0, backorder_last_index = 1"
            " WHERE id = %s",
            self.remainder.id,
        )
        self._break("UPDATE stock_picking SET backorder_root_id = %s WHERE id = %s", self.remainder.id, last.id)
        self._find("chain", self.remainder | last).action_repair()
        self._invalidate()
        self.assertEqual((self.remainder | last).mapped("backorder_root_id"), self.root)
        self.assertFalse(self._find("chain"))

    def test_circle(self):
        """Scenario: two transfers are backorders of each other. Expected: refused in words."""
        self._break("UPDATE stock_picking SET backorder_id = %s WHERE id = %s", self.remainder.id, self.root.id)
        found = self._find("chain", self.root | self.remainder)
        self.assertEqual(len(found), 2)
        with self.assertRaisesRegex(UserError, "backorder of itself"):
            found.action_repair()

    def test_numbers(self):
        """Scenario: numbers that the database would refuse, from before its constraints. Expected: new ones."""
        self._break("ALTER TABLE stock_picking DROP CONSTRAINT stock_picking_backorder_index_in_chain")
        self._break("UPDATE stock_picking SET backorder_index = 0 WHERE id = %s", self.remainder.id)
        self._assert_repaired("index", self.remainder, "backorder_index", "0", "2")
        self._break("UPDATE stock_picking SET backorder_last_index = 0 WHERE id = %s", self.root.id)
        self._assert_repaired("last_index", self.root, "backorder_last_index", "0", "2")
        self.assertEqual(self.root.backorder_last_index, 2)

    def test_states(self):
        """Scenario: a state, a remainder, a customer that do not follow. Expected: computed anew."""
        self._break("UPDATE stock_picking SET fulfillment_state = 'cancel' WHERE id = %s", self.remainder.id)
        self._assert_repaired("state", self.remainder, "fulfillment_state", "Cancelled", "Waiting")
        self._break("UPDATE stock_picking SET has_open_remainder = FALSE WHERE id = %s", self.root.id)
        self._assert_repaired("state", self.root, "has_open_remainder", "Not ticked", "Ticked")
        self._break("UPDATE stock_picking SET customer_id = %s WHERE id = %s", self.vendor.id, self.remainder.id)
        self._assert_repaired("customer", self.remainder, "customer_id", "Vendor SA", "Sample LLC")
        move = self.remainder.move_ids
        self._break("UPDATE stock_move SET awaited_by_id = NULL WHERE id = %s", move.id)
        self._assert_repaired("awaited", move, "awaited_by_id", "–", "Sample LLC")

    def test_facts(self):
        """Scenario: what was written down is lost, or contradicts itself. Expected: written again."""
        move = self.remainder.move_ids
        since, promise = move.ordered_date, self.remainder.first_promise_date
        self.assertTrue(since and promise)
        self._break("UPDATE stock_move SET ordered_date = NULL WHERE id = %s", move.id)
        [found] = self._find("fact", move)
        self.assertEqual(found.stored_text, "–")
        found.action_repair()
        self.assertEqual(move.ordered_date, since)
        self._break("UPDATE stock_picking SET first_promise_date = NULL WHERE id = %s", self.remainder.id)
        self._find("fact", self.remainder).action_repair()
        self.assertEqual(self.remainder.first_promise_date, promise.replace(microsecond=0))
        self._break("UPDATE stock_picking SET told_no_promise = TRUE WHERE id = %s", self.remainder.id)
        self._find("fact", self.remainder).action_repair()
        self.assertFalse(self.remainder.told_promise_date)
        self.assertFalse(self._find("fact"))

    def test_stored_tokens(self):
        """Scenario: a column of tokens was restored. Expected: it is dropped."""
        self._break("ALTER TABLE stock_picking ADD COLUMN access_token varchar")
        found = self._find("token")
        self.assertFalse(found.company_id)
        found.action_repair()
        self.assertFalse(self._find("token"))

    def test_lines(self):
        """Scenario: a line's demand, or what it holds, is not what it is made of. Expected: computed anew."""
        move = self.reserved.move_ids
        self._break("UPDATE stock_move SET product_qty = 99 WHERE id = %s", move.id)
        self._assert_repaired("line", move, "product_qty", "99", "5")
        self._break("UPDATE stock_move SET quantity = 1 WHERE id = %s", move.id)
        self._assert_repaired("line", move, "quantity", "1", "5")
        self.assertEqual((move.product_qty, move.quantity), (5, 5))

    def test_reserved(self):
        """Scenario: the stock says another reserved quantity than lines hold. Expected: what they hold."""
        quant = self.wool.stock_quant_ids.filtered(lambda one: one.location_id == self.stock)
        self._break("UPDATE stock_quant SET reserved_quantity = 2 WHERE id = %s", quant.id)
        self._assert_repaired("reserved", quant, "reserved_quantity", "2", "5")
        self.assertEqual(quant.reserved_quantity, 5)
        self._break("DELETE FROM stock_quant WHERE id = %s", quant.id)
        line = self.reserved.move_line_ids
        self._assert_repaired("reserved", line, "reserved_quantity", "0", "5")

    def test_more_reserved_than_there_is(self):
        """Scenario: 5 are held and 2 there. Expected: who comes last loses; what was picked, nobody."""
        later = self._create_delivery((self.wool, 1))
        quant = self.wool.stock_quant_ids.filtered(lambda one: one.location_id == self.stock)
        self._break("UPDATE stock_quant SET quantity = 5 WHERE id = %s", quant.id)
        self._assert_repaired("on_hand", quant, "reserved_quantity", "6", "5")
        self.assertEqual((self.reserved.move_ids.quantity, later.move_ids.quantity), (5, 0))
        self.assertEqual(later.state, "confirmed")
        self.assertIn("not reserved any more", later.message_ids[0].body)
        self._break("UPDATE stock_quant SET quantity = 2 WHERE id = %s", quant.id)
        self.reserved.move_ids.picked = True
        self.assertFalse(self._find("on_hand", quant))

    def test_ordered_and_in_no_delivery(self):
        """Scenario: the line of a remainder was deleted. Expected: named, and left to the administrator."""
        self._break("DELETE FROM stock_move WHERE id = %s", self.remainder.move_ids.id)
        found = self._find("ordered", self.order.order_line)
        self.assertEqual((found.stored_text, found.expected_text), ("6", "10"))
        self.assertIn(self.order.name, found.advice)
        with self.assertRaisesRegex(UserError, self.order.name):
            found.action_repair()

    def test_ordered_later_and_still_to_be_picked(self):
        """Scenario: a line is raised once all of it has been picked. Expected: its new pick has no delivery yet, and
        nothing is lost.
        """
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self._create_product("Sand", stock=10), 10))
        order.picking_ids.button_validate()
        order.order_line.product_uom_qty = 15
        pick = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel")).sorted("id")[-1]
        self.assertFalse(pick.move_ids.move_dest_ids)
        self.assertFalse(self._find("ordered", order.order_line))

        self._break("DELETE FROM stock_move WHERE id = %s", pick.move_ids.id)
        found = self._find("ordered", order.order_line)
        self.assertEqual((found.stored_text, found.expected_text), ("10", "15"))

    def test_figures(self):
        """Scenario: a kept figure says what is not so. Expected: worked out anew; what is marked is no difference."""
        keep_figures(self.env)
        self._break("UPDATE stock_backorder_figure SET qty_open = 99 WHERE root_id = %s", self.root.id)
        self._assert_repaired("figure", self.root, "", "Open Quantity 99", "Open Quantity 4")
        self._break("DELETE FROM stock_backorder_figure WHERE root_id = %s", self.root.id)
        self.assertTrue(self._find("figure", self.root))
        self._break("INSERT INTO stock_backorder_mark (picking_id) VALUES (%s)", self.root.id)
        self.assertFalse(self._find("figure", self.root))

    def test_since_when(self):
        """Scenario: found twice, then repaired by hand. Expected: it stays one, and goes by itself."""
        self._break("UPDATE stock_picking SET customer_id = NULL WHERE id = %s", self.remainder.id)
        first = self._find("customer")
        self._break("UPDATE stock_backorder_check SET create_date = '2026-01-01' WHERE id = %s", first.id)
        again = self._find("customer")
        self.assertEqual((again, again.create_date.year), (first, 2026))
        self._break("UPDATE stock_picking SET customer_id = %s WHERE id = %s", self.customer.id, self.remainder.id)
        self.assertFalse(self._find("customer"))

    def test_many_are_repaired_at_once(self):
        """Scenario: several kinds, one of which nobody but a person can repair. Expected: the others are."""
        self._break("UPDATE stock_picking SET customer_id = NULL WHERE id = %s", self.remainder.id)
        self._break("UPDATE stock_picking SET fulfillment_state = 'draft' WHERE id = %s", self.root.id)
        self._break("UPDATE sale_order_line SET product_uom_qty = 12 WHERE id = %s", self.order.order_line.id)
        self.checks._check()
        answer = self.checks.with_user(self.manager).search([]).action_repair()
        self.assertEqual(answer["params"]["type"], "warning")
        self.assertEqual(self.checks.search([]).mapped("kind"), ["ordered"])

    def test_manager_opens_the_record(self):
        """Scenario: a difference of a line is opened. Expected: its transfer."""
        self._break("UPDATE stock_move SET quantity = 1 WHERE id = %s", self.reserved.move_ids.id)
        action = self._find("line").action_open()
        self.assertEqual((action["res_model"], action["res_id"]), ("stock.picking", self.reserved.id))

    def test_whose_it_is(self):
        """Scenario: another company's delivery differs; a picker looks. Expected: neither sees nor repairs it."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self._create_delivery_of(elsewhere, self.wool, 3)
        manager = self._hire("check_elsewhere", elsewhere, groups="stock.group_stock_manager")
        self._break("UPDATE stock_picking SET customer_id = %s WHERE id = %s", self.vendor.id, theirs.id)
        found = self._find("customer")
        self.assertFalse(found)
        hidden = self.checks.search([("res_id", "=", theirs.id)])
        with self.assertRaises(AccessError):
            hidden.with_user(self.manager).action_repair()
        for method in ("action_check", "action_repair", "action_open"):
            with self.assertRaises(AccessError):
                getattr(hidden.with_user(self.picker), method)()
        own = hidden.with_user(manager)
        own.action_repair()
        self.assertFalse(own.exists())

    def test_who_looked(self):
        """Scenario: a manager has all checked; another company's delivery differs. Expected: he is not named there."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self._create_delivery_of(elsewhere, self.wool, 3)
        self._break("UPDATE stock_picking SET customer_id = %s WHERE id = %s", self.vendor.id, theirs.id)
        self.checks.with_user(self.manager).action_check()
        found = self.checks.search([("res_model", "=", "stock.picking"), ("res_id", "=", theirs.id)])
        self.assertEqual(found.create_uid | found.write_uid, self.env.ref("base.user_root"))

    def test_night(self):
        """Scenario: two nights, one difference. Expected: who manages stock in its company is told once."""
        other = self._hire(
            "check_other", self.env["res.company"].create({"name": "Elsewhere"}), "stock.group_stock_manager"
        )

        def told(user):
            return self.env["mail.message"].search_count([("partner_ids", "in", user.partner_id.ids)])

        self._break("UPDATE stock_picking SET customer_id = NULL WHERE id = %s", self.remainder.id)
        with self.enter_registry_test_mode():
            for _night in range(2):
                self.env.ref("gse_backorder.ir_cron_check").method_direct_trigger()
        self.assertEqual((told(self.manager), told(other), told(self.picker)), (1, 0, 0))

    def test_looking_locks_and_writes_nothing(self):
        """Scenario: all that is asked, in a transaction that may only read. Expected: the database lets it."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint()
        self.env.cr.execute("SET LOCAL transaction_read_only = on")
        for kind in self.checks._get_kinds().values():
            self.env.execute_query(kind.find())
        savepoint.close(rollback=True)

    def test_as_many_queries_for_many(self):
        """Scenario: one delivery differs, then ten. Expected: no query more to find them."""
        deliveries = self.reserved
        for _round in range(9):
            deliveries |= self._create_delivery((self.wool, 1))

        def count(broken):
            self._break("UPDATE stock_picking SET customer_id = %s WHERE id = ANY (%s)", self.vendor.id, broken.ids)
            self.checks._check()
            before = self.env.cr.sql_log_count
            self.checks._check()
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(deliveries[:1]), count(deliveries))

    def test_another_addon_adds_a_kind(self):
        """Scenario: a kind is added by super(). Expected: found, shown and repaired like ours."""
        found = SQL(
            "SELECT 'res.partner' AS res_model, %s AS res_id, NULL::int AS company_id, 'name' AS field_name,"
            " to_jsonb('a'::text) AS stored, to_jsonb('b'::text) AS expected",
            self.customer.id,
        )
        repaired = []
        kinds = type(self.checks)._get_kinds
        self.patch(
            type(self.checks),
            "_get_kinds",
            lambda records: {**kinds(records), "extra": Kind("Extra", lambda: found, repaired.extend)},
        )
        difference = self._find("extra")
        self.assertEqual((difference.field_label, difference.stored_text), ("Name", "a"))
        difference.action_repair()
        self.assertEqual([one.res_id for one in repaired], self.customer.ids)
