from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..customer.test_customer_mails import CustomerMailCase
from .decide_common import DecideCase


@tagged("post_install", "-at_install")
class TestCloseShort(CustomerMailCase, DecideCase):
    """Remainders that are not worth shipping any more are closed in one go, each customer told once."""

    def _create_remainder(self, quantity, **values):
        """Return the backorder of a delivery of a product of its own, at 10, of which one more has shipped."""
        product = self._create_product("Beam", stock=1, standard_price=10)
        return self._ship(self._create_delivery((product, quantity + 1), **values))

    def _close(self, deliveries, reason="Not worth a parcel", user=None):
        wizard = self._open(deliveries, "action_close_short", user, reason=reason)
        wizard.action_close()
        self._invalidate()
        return wizard

    # ---- closed ------------------------------------------------------------------

    def test_closed(self):
        """Scenario: three remainders of two customers are closed. Expected: they are *Closed short*, the reason is in
        the chatter, and each customer gets one mail in his language."""
        self._switch("mail_backorder_closed")
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["gse_backorder"], ["fr_FR"])
        self.other_customer.lang = "fr_FR"
        remainders = self._create_remainder(2) | self._create_remainder(3)
        remainders |= self._create_remainder(4, partner_id=self.other_customer.id)
        wizard = self._open(remainders, "action_close_short", reason="Not worth a parcel")
        self.assertEqual((wizard.closing_count, wizard.customer_count, wizard.closing_value), (3, 2, 90))
        wizard.action_close()
        self._invalidate()
        self.assertEqual(set(remainders.backorder_root_id.mapped("fulfillment_state")), {"closed_short"})
        for remainder in remainders:
            self.assertIn("Not worth a parcel", self._get_messages(remainder))
        mails = self._run()
        self.assertEqual(len(mails), 2, "One mail a customer, not one a delivery.")
        self.assertEqual(mails.recipient_ids, self.customer | self.other_customer)
        told = {mail.recipient_ids: mail.body_html for mail in mails}
        self.assertNotEqual(told[self.customer][:300], told[self.other_customer][:300])

    def test_goods_go_to_the_next(self):
        """Scenario: two of a remainder are reserved, somebody waits. Expected: the preview says it; he gets them."""
        remainder = self._create_remainder(2)
        product = remainder.product_id
        self._add_stock(product, 2)
        remainder.action_assign()
        waiting = self._create_delivery((product, 2)).move_ids
        wizard = self._open(remainder, "action_close_short", reason="x")
        self.assertIn("reserved", wizard.line_ids.effect)
        wizard.action_close()
        self._assert_reserved(waiting, [2], "At once.")

    def test_left_out(self):
        """Expected: what is being picked, packed, done, cancelled or no remainder is left out, and said so; where
        nothing is left, the refusal names all."""
        names = ("picked", "printed", "packed", "shipped", "good")
        remainders = {name: self._create_remainder(2) for name in names}
        whole = self._create_delivery((self._create_product("Beam"), 2))
        for name in names[:-1]:
            self._add_stock(remainders[name].product_id, 2)
            remainders[name].action_assign()
        remainders["picked"].move_ids.picked = True
        remainders["printed"].printed = True
        remainders["packed"].action_put_in_pack()
        self._ship(remainders["shipped"])
        good = remainders.pop("good")
        wrong = whole.union(*remainders.values())
        wizard = self._open(wrong | good, "action_close_short", reason="x")
        self.assertEqual((wizard.closing_count, wizard.left_out_count), (1, 5))
        self.assertTrue(all(line.refusal for line in wizard.line_ids if line.picking_id != good))
        wizard.action_close()
        self.assertEqual(good.state, "cancel")
        self.assertNotIn("cancel", wrong.mapped("state"))
        again = self._open(wrong, "action_close_short", reason="x")
        with self.assertRaisesRegex(UserError, "no remainder"):
            again.action_close()

    def test_what_has_changed_is_shown_anew(self):
        """Scenario: after the preview a remainder is printed, another one raised. Expected: nothing is closed, it is
        shown as it is now; then it is closed. Twice pressed, it says so."""
        first, second = self._create_remainder(2), self._create_remainder(2)
        wizard = self._open(first | second, "action_close_short", reason="x")
        first.printed = True
        second.move_ids.product_uom_qty = 5
        self.assertEqual(wizard.action_close()["res_id"], wizard.id)
        self.assertTrue(wizard.has_changed)
        self.assertNotIn("cancel", (first | second).mapped("state"))
        wizard.action_close()
        self.assertEqual((first | second).mapped("state"), ["confirmed", "cancel"])
        wizard.action_close()
        with self.assertRaises(UserError):
            wizard.action_close()

    def test_reason_is_asked(self):
        """Expected: without a reason nothing is closed."""
        remainder = self._create_remainder(2)
        for reason in (False, "  "):
            with self.assertRaises(UserError):
                wizard = self._open(remainder, "action_close_short")
                wizard.reason = reason
                wizard.action_close()
        self.assertEqual(remainder.state, "confirmed")

    def test_steps_before(self):
        """Scenario: pick and ship; what was not picked is closed. Expected: the pick's remainder is cancelled, what was
        picked ships, and the whole is *Closed short*."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self._create_product("Beam", stock=2), 5))
        _pick, rest, shipment = self._pick(order, 2)
        self._close(rest)
        self.assertEqual((rest.state, shipment.state), ("cancel", "assigned"))
        self._ship(shipment)
        self.assertEqual(shipment.fulfillment_state, "closed_short")

    def test_effect_on_another_company(self):
        """Scenario: another company of ours is to send what a remainder is to ship. Expected: that it has less to send,
        and not by which transfer, to who works for the one company only."""
        other = self.env["res.company"].create({"name": "Other"})
        remainder = self._create_remainder(2)
        sent = self._create_delivery_of(other, remainder.move_ids.product_id, 2)
        sent.action_confirm()
        remainder.move_ids.move_orig_ids = sent.move_ids
        self._invalidate()
        effect = remainder.with_user(self.manager).sudo()._get_closing_effect()
        self.assertIn("another company", effect)
        self.assertNotIn(sent.name, effect)

    def test_dozens(self):
        """Expected: the preview tells the open quantity in the product's unit, and the value."""
        product = self._create_product("Beam", stock=12, standard_price=2)
        remainder = self._ship(self._create_delivery((product, 3, self.dozen)))
        line = self._open(remainder, "action_close_short", reason="x").line_ids
        self.assertEqual((line.items_open, line.open_value), (24, 48))

    # ---- found -------------------------------------------------------------------

    def test_filters(self):
        """Expected: the filters find open remainders below the company's value, and those that wait for longer than its
        days; neither finds what is no remainder, or closed."""
        self.company.write({"close_short_value": 50, "close_short_days": 30})
        small, big, closed = (self._create_remainder(quantity) for quantity in (4, 5, 1))
        whole = self._create_delivery((small.product_id, 1))
        closed.action_cancel()
        big.move_ids._write_facts({"ordered_date": fields.Datetime.now() - timedelta(days=31)})
        whole.move_ids._write_facts({"ordered_date": fields.Datetime.now() - timedelta(days=99)})
        own = [("id", "in", (small | big | whole | closed).ids)]
        pickings = self.env["stock.picking"].with_user(self.picker)
        for name, found in (("is_small_remainder", small), ("is_old_remainder", big)):
            with self.subTest(name):
                self._invalidate()
                self.assertEqual(pickings.search([*own, (name, "=", True)]), found)
                self.assertEqual(pickings.search_count([*own, (name, "=", False)]), 3)
                self.assertEqual((small | big | whole | closed).filtered(name), found)
        with self.assertRaises(AccessError):
            self.env["stock.picking"].with_user(self.salesperson).search([("is_small_remainder", "=", True)])

    # ---- who may -----------------------------------------------------------------

    def test_who_may(self):
        """Expected: only who manages the stock of the company; and nobody decides on what another has had shown."""
        remainder = self._create_remainder(2)
        wizard = self._open(remainder, "action_close_short", reason="x")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._hire("close_elsewhere", other, "stock.group_stock_manager")
        colleague = new_test_user(self.env, "close_colleague", groups="stock.group_stock_manager")
        for user in (self.picker, self.salesperson, stranger):
            with self.assertRaises(AccessError):
                remainder.with_user(user).action_close_short()
        for user in (self.picker, self.salesperson, stranger, colleague):
            with self.assertRaises(AccessError):
                wizard.with_user(user).action_close()
        with self.assertRaises(AccessError):
            wizard.line_ids.with_user(self.manager).write({"refusal": False})
        self.assertEqual(remainder.state, "confirmed")

    def test_two_companies(self):
        """Scenario: a manager of two companies has only the first one chosen when he presses. Expected: refused for
        what is the second's; with both chosen, each is closed."""
        remainder = self._create_remainder(2)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        both = self._hire("close_both", other | self.company, "stock.group_stock_manager")
        wizard = self._open(remainder, "action_close_short", both, reason="x")
        elsewhere = wizard.with_user(both).with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            elsewhere.action_close()
        self.assertEqual(remainder.state, "confirmed")
        wizard.with_context(allowed_company_ids=(other | self.company).ids).action_close()
        self.assertEqual(remainder.state, "cancel")
