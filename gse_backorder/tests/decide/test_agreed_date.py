from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .decide_common import DecideCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestAgreedDate(DecideCase):
    """A date that was agreed by telephone is kept instead of what was promised."""

    def test_later_date_lets_others_go_first(self):
        """Scenario: ten come on day 5 and ten on day 12; two orders are promised these. The first one agrees
        to day 20. Expected: it goes behind, and is kept for day 20; a later order takes neither's."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        self._create_receipt((product, 10), days=12)
        first, second = self._order(product, 10), self._order(product, 10)
        self._agree(first.picking_id, 20, note="Mrs Ito, the site opens later")
        self.assertEqual(first.kept_day, self._in_days(20).date())
        self.assertEqual(first.kept_quantity, 10)
        self.assertEqual(self._get_promised_days(first, second), [12, 5])
        third = self._order(product, 10, deadline=1)
        self.assertEqual(self._get_promised_days(first, second, third), [12, 5, None])
        entry = self._get_entries(first).filtered(lambda entry: entry.cause == "agreed")
        self.assertEqual(entry.create_uid, self.picker)
        self.assertIn("Mrs Ito", entry.note)
        self.assertIn("Mrs Ito", self._get_messages(first.picking_id))

    def test_earlier_date_that_can_be_promised(self):
        """Scenario: an order is kept for its deadline, on day 20, and could ship on day 5. Expected: day 5 can be
        agreed, to the day, and is kept before those who are kept for later; day 4 is refused, and names it."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        move = self._order(product, 10, deadline=20)
        with self.assertRaisesRegex(UserError, f"{move.picking_id.name}: It cannot ship before 25 Nov"):
            self._agree(move.picking_id, 4)
        self.assertEqual(move.kept_date, self._in_days(20), "Nothing was changed.")
        self._agree(move.picking_id, 5)
        self.assertEqual(move.kept_day, self._in_days(5).date())
        late = self._order(product, 10, deadline=1)
        self.assertEqual(self._get_promised_days(move, late), [5, None])

    def test_preview(self):
        """Expected: of each delivery what is promised, what is kept, and whether the chosen date can be kept."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        good, none = self._order(product, 10), self._order(product, 10)
        wizard = self._open(
            (good | none).picking_id, "action_agree_date", self.picker, date=self._in_days(3).date(), note="x"
        )
        lines = {line.picking_id: line for line in wizard.line_ids}
        self.assertEqual(lines[good.picking_id].promise_day, self._in_days(5).date())
        self.assertEqual(lines[good.picking_id].kept_day, self._in_days(5).date())
        self.assertIn("25 Nov", lines[good.picking_id].refusal)
        self.assertIn("no date", lines[none.picking_id].refusal)
        wizard.date = self._in_days(6).date()
        self.assertEqual(wizard.line_ids.filtered("refusal").picking_id, none.picking_id)
        with self.assertRaisesRegex(UserError, none.picking_id.name):
            wizard.action_agree()
        self.assertEqual(good.kept_day, self._in_days(5).date(), "Nothing was changed for the other, either.")
        lines[none.picking_id].action_leave_out()
        wizard.action_agree()
        self.assertEqual(good.kept_day, self._in_days(6).date())

    def test_clicked_twice(self):
        """Scenario: the button is clicked twice; then the same day is agreed anew. Expected: it is kept, written down
        and told once for each time that it was agreed."""
        product = self._create_product("Beam")
        self._create_receipt((product, 10), days=5)
        move = self._order(product, 10)
        for times in (1, 2):
            wizard = self._open(
                move.picking_id, "action_agree_date", self.picker, date=self._in_days(9).date(), note="Mrs Ito"
            )
            wizard.action_agree()
            wizard.action_agree()
            entries = self._get_entries(move).filtered(lambda entry: entry.cause == "agreed")
            self.assertEqual(len(entries), times)
            self.assertEqual(self._get_messages(move.picking_id).count("Mrs Ito"), times)

    def test_left_out_before_all_is_said(self):
        """Scenario: who sees what cannot be decided leaves it out at once. Expected: the form of each decision can be
        saved without a reason, as its buttons do; to decide asks for it."""
        delivery = self._create_delivery((self._create_product("Beam", stock=5), 5))
        for method, decide in (
            ("action_agree_date", "action_agree"),
            ("action_hold", "action_hold"),
            ("action_close_short", "action_close"),
        ):
            wizard = self._open(delivery, method)
            Form(wizard).save()
            with self.assertRaises(UserError):
                getattr(wizard, decide)()
            wizard.line_ids.action_leave_out()
            self.assertFalse(wizard.line_ids)

    def test_refused(self):
        """Expected: what is closed, on hold, no delivery, of a warehouse that keeps nothing, or in the past is refused
        in words; so is an agreement without a date or a reason."""
        product = self._create_product("Beam", stock=20)
        shipped, held, move = (self._order(product, 2) for _number in range(3))
        self._ship(shipped.picking_id)
        self._hold(held.picking_id)
        receipt = self._create_receipt((product, 2))
        for delivery in (shipped.picking_id, held.picking_id, receipt):
            with self.assertRaisesRegex(UserError, delivery.name):
                self._agree(delivery, 9)
        with self.assertRaisesRegex(UserError, "has passed"):
            self._agree(move.picking_id, -1)
        wizard = self._open(move.picking_id, "action_agree_date", self.picker)
        for values in ({"note": "x"}, {"date": self._in_days(2).date(), "note": " "}):
            wizard.write(values)
            with self.assertRaises(UserError):
                wizard.action_agree()
        self.warehouse.keep_promises = False
        with self.assertRaisesRegex(UserError, "does not keep"):
            self._agree(move.picking_id, 2)
        self.assertFalse(self._get_entries(move).filtered(lambda entry: entry.cause == "agreed"))

    def test_what_the_customer_accepted_stays(self):
        """Expected: the date that the customer has accepted himself is another fact."""
        product = self._create_product("Beam")
        self._create_receipt((product, 2), days=5)
        delivery = self._order(product, 2).picking_id
        delivery._write_facts({"accepted_promise_date": self._in_days(5)})
        self._agree(delivery, 9)
        self.assertEqual(delivery.accepted_promise_date, self._in_days(5))

    def test_dozens(self):
        """Expected: what is kept is in the product's unit."""
        product = self._create_product("Beam", stock=30)
        delivery = self._create_delivery((product, 2, self.dozen))
        self._agree(delivery, 3)
        self.assertEqual(delivery.move_ids.kept_quantity, 24)

    def test_lots(self):
        """Scenario: half of a line has its lot. Expected: all of it is kept for the day, whatever lot it will be."""
        product = self._create_product("Glue", tracking="lot")
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": product.id})
        self.env["stock.quant"]._update_available_quantity(product, self.stock, 5, lot_id=lot)
        self._create_receipt((product, 5), days=2)
        move = self._order(product, 10)
        self._agree(move.picking_id, 4)
        self.assertEqual((move.kept_quantity, move.kept_day), (10, self._in_days(4).date()))

    def test_two_companies(self):
        """Scenario: a picker of two companies has only the other one chosen. Expected: he agrees nothing here."""
        delivery = self._order(self._create_product("Beam", stock=2), 2).picking_id
        other = self.env["res.company"].create({"name": "Elsewhere"})
        picker = self._hire("agree_in_two", other)
        picker.company_ids += self.company
        there = delivery.with_user(picker)
        with self.assertRaises(AccessError):
            there.with_context(allowed_company_ids=other.ids).action_agree_date()
        both = there.with_context(allowed_company_ids=(other | self.company).ids)
        wizard = self.env["stock.agreed.date"].with_env(both.env).browse(both.action_agree_date()["res_id"])
        wizard.write({"date": self._in_days(6).date(), "note": "x"})
        with self.assertRaises(AccessError):
            wizard.with_context(allowed_company_ids=other.ids).action_agree()
        wizard.action_agree()
        self.assertEqual(delivery.move_ids.kept_day, self._in_days(6).date())

    def test_several_steps(self):
        """Scenario: pick and ship; the pick is agreed, and picked. Expected: the shipment is kept for the same day."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam", stock=5)
        pick = self._create_order((product, 5)).picking_ids
        self._agree(pick, 8)
        self.assertEqual((pick.move_ids.kept_quantity, pick.move_ids.kept_day), (5, self._in_days(8).date()))
        self._validate(pick)
        shipment = pick.move_ids.move_dest_ids
        self.assertEqual(shipment.kept_day, self._in_days(8).date())

    def test_shared_step_is_not_delayed(self):
        """Scenario: a pick fetches goods for two deliveries; one agrees to a later day. Expected: the pick is kept for
        the day that it was, since the other waits for it, too."""
        product = self._create_product("Beam", stock=10)
        output = self.warehouse.wh_output_stock_loc_id
        places = {"location_id": self.stock.id, "location_dest_id": output.id}
        step = self.env["stock.move"].create({"product_id": product.id, "product_uom_qty": 4, **places})
        first, second = (self._create_delivery((product, 2), confirm=False).move_ids for _number in range(2))
        (first | second).write(
            {"location_id": output.id, "procure_method": "make_to_order", "move_orig_ids": [(6, 0, step.ids)]}
        )
        (first | second).picking_id.action_confirm()
        step._action_confirm()
        step._write_facts({"kept_date": self._in_days(2), "kept_quantity": 4})
        self._agree(first.picking_id, 9)
        self.assertEqual((first.kept_day, step.kept_date), (self._in_days(9).date(), self._in_days(2)))

    def test_who_may(self):
        """Expected: the warehouse, and who has the order; no other salesperson, clerk or company."""
        product = self._create_product("Beam", stock=9)
        seller, other = (
            new_test_user(self.env, f"agree_{name}", groups="base.group_user,sales_team.group_sale_salesman")
            for name in ("seller", "other")
        )
        clerk = new_test_user(self.env, "agree_clerk", groups="base.group_user")
        stranger = self._hire("agree_elsewhere", self.env["res.company"].create({"name": "Elsewhere"}))
        order = self._create_order((product, 2), user_id=seller.id)
        delivery = order.picking_ids
        self._agree(delivery, 4, seller)
        self.assertEqual(delivery.move_ids.kept_day, self._in_days(4).date())
        for user in (other, clerk, stranger):
            with self.assertRaises(AccessError):
                delivery.with_user(user).action_agree_date()
        wizard = self._open(delivery, "action_agree_date", seller, date=self._in_days(6).date(), note="x")
        for user in (other, clerk, stranger, self.picker):
            with self.assertRaises(AccessError):
                wizard.with_user(user).action_agree()
        order.user_id = other
        with self.assertRaises(AccessError):
            wizard.action_agree()
        self.assertEqual(delivery.move_ids.kept_day, self._in_days(4).date())
