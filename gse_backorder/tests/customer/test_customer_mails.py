from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.allocation.freed_stock import FreedStock
from ..restock_common import RestockCase

SETTINGS = (
    "mail_backorder_created",
    "mail_promise_moved",
    "mail_backorder_ready",
    "mail_delivery_shipped",
    "mail_backorder_closed",
)
TEMPLATES = {
    "created": "mail_template_backorder_created",
    "moved": "mail_template_promise_moved",
    "ready": "mail_template_backorder_ready",
    "shipped": "mail_template_delivery_shipped",
    "closed": "mail_template_backorder_closed",
}


class CustomerMailCase(RestockCase):
    """Customers with addresses, mails that are all off, and the crons that send them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._switch(*SETTINGS, on=False)
        cls.company.promise_notice_days = 2
        cls.company.stock_move_email_validation = False
        cls.customer.email = "sample@example.com"
        cls.other_customer = cls.env["res.partner"].create({"name": "Other Ltd", "email": "other@example.com"})

    @classmethod
    def _switch(cls, *settings, on=True):
        cls.company.write(dict.fromkeys(settings, on))

    def _run(self, name="ir_cron_customer_notice"):
        """Run a cron as Odoo does, and return the mails to customers that it puts into the queue."""
        before = self.env["mail.mail"].search([], order="id desc", limit=1).id
        with self.enter_registry_test_mode():
            self.env.ref(f"gse_backorder.{name}").method_direct_trigger()
        self._invalidate()
        return self.env["mail.mail"].search([("id", ">", before)], order="id")

    def _get_pending(self, event=None):
        domain = [("event", "=", event)] if event else []
        return self.env["stock.customer.notice"].search(domain)

    def _notice_moves(self):
        """Compare all promises with what customers were told, and return the mails on those that have moved."""
        self._run("ir_cron_notice_moves")
        return self._run()

    def _postpone(self, receipt, days):
        receipt.move_ids.with_user(self.manager).date += timedelta(days=days)

    def _get_staff_notes(self, delivery):
        """Return the internal notes in the chatter of *delivery*, as one text."""
        messages = delivery.message_ids.filtered("is_internal")
        return " ".join(str(message.body) for message in messages)


@tagged("post_install", "-at_install")
class TestCustomerMails(CustomerMailCase):
    """One mail an event and customer, in the customer's language, through Odoo's queue; none unasked."""

    # ---- a part has shipped ----------------------------------------------------

    def test_backorder_created(self):
        """Scenario: 4 of 10 ship, the rest comes with a receipt. Expected: one mail: what, when, where to look."""
        self._switch("mail_backorder_created")
        beam = self._create_product("Beam", stock=4)
        receipt = self._create_receipt((beam, 100), days=9)
        order = self._create_order((beam, 10), user_id=self.salesperson.id, client_order_ref="PO-77")
        self.salesperson.email = "seller@example.com"
        delivery = order.picking_ids
        delivery.with_user(self.picker).button_validate()
        backorder = delivery.backorder_ids
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("gse_backorder.ir_cron_customer_notice").id)]
        )
        self.assertTrue(triggers, "The cron is woken, it does not wait for its hour.")
        mail = self._run()
        self.assertEqual(len(mail), 1, "Exactly one mail.")
        self.assertEqual(mail.recipient_ids, self.customer, "To the customer.")
        self.assertEqual(mail.state, "outgoing", "In Odoo's queue.")
        self.assertIn("seller@example.com", mail.email_from, "From the salesperson.")
        about = f"{order.name} / PO-77: a part has shipped, the rest follows ({backorder.name})"
        self.assertEqual(mail.subject, about, "Order, customer's reference, what happened, and the backorder.")
        when = backorder._format_notice_date(receipt.move_ids.date)
        for text in ("Beam", "4 Units", "6 Units", when, order.name, "PO-77", f"/my/deliveries/{backorder.id}"):
            self.assertIn(text, mail.body_html, "What shipped, what comes, when, and the link.")
        self.assertIn("access_token=", mail.body_html, "The link works without a login.")
        self.assertFalse(self._get_pending(), "Nothing more to tell.")

    def test_chatter_shows_what_was_sent(self):
        """Scenario: a backorder's customer is told. Expected: the mail is in its chatter, and nobody follows by it."""
        self._switch("mail_backorder_created")
        delivery = self._create_delivery((self._create_product("Beam", stock=4), 10))
        backorder = self._ship(delivery)
        followers = backorder.message_partner_ids
        self._run()
        [message] = backorder.message_ids.filtered(lambda message: self.customer in message.notified_partner_ids)
        self.assertIn("4 Units", message.body, "What the customer reads.")
        self.assertIn(f'data-oe-id="{backorder.id}"', self._get_staff_notes(delivery), "The original refers to it.")
        self.assertEqual(backorder.message_partner_ids, followers, "He does not follow by being told.")

    def test_follower_gets_no_second_mail(self):
        """Scenario: the customer and a colleague follow the delivery. Expected: one mail, to the customer."""
        self._switch("mail_backorder_created")
        backorder = self._ship(self._create_delivery((self._create_product("Beam", stock=4), 10)))
        colleague = self.env["res.partner"].create({"name": "Colleague", "email": "colleague@example.com"})
        backorder.message_subscribe((self.customer | colleague).ids)
        mail = self._run()
        self.assertEqual((len(mail), mail.recipient_ids), (1, self.customer), "One.")

    def test_several_backorders_of_a_customer(self):
        """Scenario: three deliveries of one customer and one of another ship in part. Expected: two mails."""
        self._switch("mail_backorder_created")
        product = self._create_product("Beam", stock=100)
        backorders = self.env["stock.picking"].union(
            *(self._ship(self._create_delivery((product, 10)), 4) for _number in range(3))
        )
        other = self._ship(self._create_delivery((product, 10), partner_id=self.other_customer.id), 4)
        mails = self._run()
        self.assertEqual(mails.mapped("recipient_ids.name"), ["Sample LLC", "Other Ltd"], "One for each customer.")
        for backorder in backorders:
            self.assertIn(backorder.name, mails[0].body_html, "All of his own.")
        self.assertNotIn(other.name, mails[0].body_html, "Nothing of another's.")

    def test_remainder_that_shipped_meanwhile(self):
        """Scenario: the backorder ships before the mail. Expected: nothing is announced that has come already."""
        self._switch("mail_backorder_created")
        delivery = self._create_delivery((self._create_product("Beam", stock=10), 10))
        self._ship(self._ship(delivery, 4))
        self.assertFalse(self._run(), "No mail.")
        self.assertFalse(self._get_pending(), "And none to come.")

    def test_second_backorder_before_the_mail(self):
        """Scenario: a part, then a part of the rest ships. Expected: one mail with all that shipped and is left."""
        self._switch("mail_backorder_created")
        first = self._ship(self._create_delivery((self._create_product("Beam", stock=100), 10)), 4)
        second = self._ship(first, 5)
        mail = self._run()
        self.assertEqual(len(mail), 1, "One mail for the chain.")
        for text in ("4 Units", "5 Units", "1 Units", second.name):
            self.assertIn(text, mail.body_html, "All of it.")

    def test_quantities_in_the_unit_of_the_line(self):
        """Scenario: 3 dozens, one and a half ship. Expected: told in dozens, in the reader's notation."""
        self._switch("mail_backorder_created")
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        delivery = self._create_delivery((self._create_product("Bolt", stock=100), 3, self.dozen))
        self._ship(delivery, 1.5)
        mail = self._run()
        self.assertIn("1,50 ", mail.body_html, "With a comma.")

    def test_pick_and_ship(self):
        """Scenario: 6 of 10 are picked and shipped, a pick is still open. Expected: told what is to come."""
        self._switch("mail_backorder_created")
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self._create_product("Beam", stock=10), 10))
        _pick, _rest, delivery = self._pick(order, 6)
        self._ship(delivery)
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        for text in ("6 Units", "4 Units", f"/my/deliveries/{delivery.id}"):
            self.assertIn(text, mail.body_html, "Shipped and to come; the rest has no delivery of its own yet.")

    def test_pick_and_ship_cancelled(self):
        """Scenario: 6 of 10 are picked and shipped, the pick of the rest is cancelled. Expected: told of the 4."""
        self._switch("mail_backorder_closed")
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self._create_product("Beam", stock=10), 10))
        _pick, rest, delivery = self._pick(order, 6)
        self._ship(delivery)
        rest.with_user(self.picker).action_cancel()
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        self.assertIn("4 Units", mail.body_html, "What does not come.")

    # ---- the other events --------------------------------------------------------

    def test_many_lines_of_a_receipt(self):
        """Scenario: a receipt makes four deliveries with forty lines ready. Expected: one mail with all four."""
        self._switch("mail_backorder_ready")
        products = [self._create_product(f"Product {number}") for number in range(10)]
        lines = [(product, 1) for product in products]
        deliveries = self.env["stock.picking"].union(*(self._create_delivery(*lines) for _number in range(4)))
        self._receive(*((product, 4) for product in products))
        mail = self._run()
        self.assertEqual(len(mail), 1, "A receipt is one mail.")
        for name in deliveries.mapped("name"):
            self.assertIn(name, mail.body_html, "With all deliveries.")

    def test_ready_by_parts(self):
        """Scenario: a part of the goods comes, then the rest. Expected: told when all is there, not before."""
        self._switch("mail_backorder_ready")
        product = self._create_product("Beam")
        self._create_delivery((product, 5))
        self._receive((product, 2))
        self.assertFalse(self._run(), "Not yet.")
        self._receive((product, 3))
        self.assertEqual(len(self._run()), 1, "Now.")

    def test_ready_by_hand(self):
        """Scenario: stock that was only put there; a picker reserves it. Expected: told, once."""
        self._switch("mail_backorder_ready")
        _receipt, delivery = self._create_promised()
        self._add_stock(delivery.product_id, 10)
        for _click in range(2):
            delivery.with_user(self.picker).action_assign()
        self.assertEqual(delivery.fulfillment_state, "ready")
        self.assertEqual(len(self._get_pending("ready")), 1)
        self.assertIn(delivery.name, self._run().body_html)

    def test_ready_after_the_pick(self):
        """Scenario: two steps; 2 of 5 ship, the rest comes and is picked. Expected: told when that can ship."""
        self.warehouse.delivery_steps = "pick_ship"
        panel = self._create_product("Panel", stock=2)
        order = self._create_order((panel, 5))
        _pick, pick_backorder, delivery = self._pick(order)
        self._ship(delivery)
        self._switch("mail_backorder_ready")
        self._receive((panel, 3))
        self.assertFalse(self._get_pending(), "A pick is no delivery.")
        pick_backorder.with_user(self.picker).button_validate()
        backorder = order.picking_ids.filtered(lambda picking: picking.picking_type_code == "outgoing") - delivery
        self.assertEqual(self._get_pending("ready").picking_id, backorder)
        self.assertIn(backorder.name, self._run().body_html)

    def test_new_remainder_is_no_news_of_its_own(self):
        """Scenario: a part is shipped though all is there. Expected: told of the backorder, not that it is ready."""
        self._switch("mail_backorder_ready", "mail_backorder_created")
        delivery = self._create_delivery((self._create_product("Beam", stock=5), 5))
        backorder = self._ship(delivery, 2)
        self.assertEqual(backorder.fulfillment_state, "ready")
        self.assertEqual(self._get_pending().mapped("event"), ["created"])

    def test_ready_and_taken_away(self):
        """Scenario: ready earlier than told, then the goods go to somebody else. Expected: told it takes longer."""
        self._switch("mail_backorder_ready", "mail_promise_moved")
        receipt, delivery = self._create_promised()
        self._receive((delivery.product_id, 10))
        self.assertEqual(len(self._run()), 1, "Told that it is ready.")
        self.assertFalse(self._notice_moves(), "Which is no move besides.")
        with FreedStock.of(self.cr).running():
            delivery.move_ids._do_unreserve()
            self.env["stock.quant"]._update_available_quantity(delivery.product_id, self.stock, -10)
        mail = self._notice_moves()
        self.assertIn(delivery._format_notice_date(receipt.move_ids.date), mail.body_html, "It waits again.")

    def test_in_stock_at_once(self):
        """Scenario: a delivery is confirmed, and its goods are there. Expected: no news."""
        self._switch(*SETTINGS)
        self._create_delivery((self._create_product("Beam", stock=10), 5))
        self.assertFalse(self._get_pending(), "Nothing to tell.")

    def test_shipped_with_slip(self):
        """Scenario: two deliveries of a customer ship. Expected: one mail with both delivery slips."""
        self._switch("mail_delivery_shipped")
        product = self._create_product("Beam", stock=10)
        deliveries = self._create_delivery((product, 2)) | self._create_delivery((product, 3))
        for delivery in deliveries:
            self._validate(delivery)
        mail = self._run()
        self.assertEqual(len(mail), 1, "One mail.")
        self.assertEqual(len(mail.attachment_ids), 2, "Both slips.")
        for text in ("2 Units", "3 Units", *deliveries.mapped("name")):
            self.assertIn(text, mail.body_html, "Both deliveries.")

    def test_one_mail_for_one_shipment(self):
        """Scenario: a part ships, and the customer is told of both. Expected: one mail, with the slip."""
        self._switch("mail_delivery_shipped", "mail_backorder_created")
        product = self._create_product("Beam", stock=4)
        backorder = self._ship(self._create_delivery((product, 10)))
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        self.assertIn(backorder.name, mail.subject, "It tells of the backorder.")
        self.assertIn("4 Units", mail.body_html, "And of what has shipped.")
        self.assertEqual(len(mail.attachment_ids), 1, "With the slip.")
        self._add_stock(product, 6)
        backorder.action_assign()
        self._ship(backorder)
        self.assertIn(backorder.name, self._run().body_html, "The rest is told when it ships.")

    def test_odoos_own_confirmation(self):
        """Scenario: Odoo's shipping confirmation is on as well. Expected: that one alone."""
        self._switch("mail_delivery_shipped")
        self.company.stock_move_email_validation = True
        self._validate(self._create_delivery((self._create_product("Beam", stock=10), 2)))
        self.assertFalse(self._get_pending(), "No second mail.")

    def test_odoos_own_confirmation_of_a_part(self):
        """Scenario: that is on, and the mail on backorders. Expected: of a part one mail, of the rest Odoo's."""
        self._switch("mail_backorder_created")
        self.company.stock_move_email_validation = True
        product = self._create_product("Beam", stock=4)
        delivery = self._create_delivery((product, 10))
        backorder = self._ship(delivery)
        self.assertFalse(self._get_confirmations(delivery), "The mail on the backorder tells it.")
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        self.assertIn("4 Units", mail.body_html, "What has shipped.")
        self.assertEqual(len(mail.attachment_ids), 1, "With the slip.")
        self._add_stock(product, 6)
        backorder.action_assign()
        self._ship(backorder)
        self.assertEqual(len(self._get_confirmations(backorder)), 1, "Odoo's.")
        self.assertFalse(self._get_pending(), "No second mail.")

    def test_told_of_the_part_anyhow(self):
        """Scenario: the same, and the backorder is cancelled before the mail. Expected: he is told what shipped."""
        self._switch("mail_backorder_created")
        self.company.stock_move_email_validation = True
        self._ship(self._create_delivery((self._create_product("Beam", stock=4), 10))).action_cancel()
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        self.assertIn("4 Units", mail.body_html)

    def _get_confirmations(self, delivery):
        """Return what Odoo's own confirmation has said on the delivery."""
        return delivery.message_ids.filtered(lambda message: message.subtype_id == self.env.ref("mail.mt_comment"))

    def test_closed(self):
        """Scenario: a backorder is cancelled. Expected: the customer is told what he will not get."""
        self._switch("mail_backorder_closed")
        backorder = self._ship(self._create_delivery((self._create_product("Beam", stock=4), 10)))
        backorder.with_user(self.picker).action_cancel()
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        self.assertIn("6 Units", mail.body_html, "What was cancelled.")

    def test_closed_without_backorder(self):
        """Scenario: a part ships, no backorder is wanted. Expected: told once that the rest does not come."""
        self._switch("mail_backorder_closed", "mail_backorder_created")
        delivery = self._create_delivery((self._create_product("Beam", stock=4), 10))
        delivery.with_user(self.picker).with_context(
            skip_backorder=True, picking_ids_not_to_backorder=delivery.ids
        ).button_validate()
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        self.assertIn("6 Units", mail.body_html, "What was cancelled.")

    def test_cancelled_before_anything_shipped(self):
        """Scenario: a delivery is cancelled that nothing has shipped of. Expected: no remainder, no mail."""
        self._switch(*SETTINGS)
        self._create_delivery((self._create_product("Beam", stock=4), 10)).action_cancel()
        self.assertFalse(self._get_pending(), "Nothing.")

    def test_created_and_cancelled(self):
        """Scenario: a backorder is made and cancelled before the mail. Expected: the cancellation alone is told."""
        self._switch("mail_backorder_closed", "mail_backorder_created")
        self._ship(self._create_delivery((self._create_product("Beam", stock=4), 10))).action_cancel()
        mail = self._run()
        self.assertEqual(len(mail), 1, "One.")
        self.assertIn("cancelled", mail.subject, "What is true now.")

    def test_only_deliveries_to_customers(self):
        """Scenario: a receipt comes in part, an internal transfer moves. Expected: no customer, no mail."""
        self._switch(*SETTINGS)
        product = self._create_product("Beam", stock=10)
        receipt = self._create_receipt((product, 10))
        receipt.move_ids.quantity = 4
        receipt.with_context(skip_backorder=True).button_validate()
        self.vendor.email = "vendor@example.com"
        self.assertFalse(self._get_pending(), "Vendors and staff are not told.")

    # ---- promises -------------------------------------------------------------------

    def _create_promised(self, days=9, **values):
        """Return a receipt and a delivery that waits for it."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 100), days=days)
        return receipt, self._create_delivery((product, 10), **values)

    def test_promise_moved(self):
        """Scenario: the receipt is put off by 5 days, then by 1. Expected: one mail, with the old and the new date."""
        self._switch("mail_promise_moved")
        receipt, delivery = self._create_promised()
        self.assertFalse(self._notice_moves(), "Nothing has moved yet.")
        old = delivery._format_notice_date(delivery.promise_date)
        self._postpone(receipt, 5)
        mail = self._notice_moves()
        self.assertEqual((len(mail), mail.recipient_ids), (1, self.customer), "One mail.")
        for text in (old, delivery._format_notice_date(delivery.promise_date), delivery.name):
            self.assertIn(text, mail.body_html, "Both dates.")
        day = delivery._format_day(delivery.promise_date)
        about = f"{self.company.name}: new date {day} ({delivery.name})"
        self.assertEqual(mail.subject, about, "It was made without an order.")
        self.assertFalse(self._notice_moves(), "Once for the move.")
        self._postpone(receipt, 1)
        self.assertFalse(self._notice_moves(), "A day is not worth a mail.")
        self._postpone(receipt, 2)
        self.assertEqual(len(self._notice_moves()), 1, "Three since he was told are.")

    def test_promise_earlier(self):
        """Scenario: the receipt comes 4 days earlier. Expected: told as well."""
        self._switch("mail_promise_moved")
        receipt, _delivery = self._create_promised()
        self._postpone(receipt, -4)
        self.assertEqual(len(self._notice_moves()), 1, "Good news is news.")

    def test_promise_lost_and_found(self):
        """Scenario: the receipt is cancelled, later another one comes. Expected: one mail each."""
        self._switch("mail_promise_moved")
        receipt, delivery = self._create_promised()
        receipt.action_cancel()
        self.assertIn("no date at present", self._notice_moves().body_html, "Lost.")
        self.assertFalse(self._notice_moves(), "Once.")
        self._create_receipt((delivery.product_id, 100), days=20)
        self.assertIn(
            delivery._format_notice_date(delivery.promise_date), self._notice_moves().body_html, "There is one again."
        )

    def test_promise_back_before_the_mail(self):
        """Scenario: the receipt is put off, and back again before the mail. Expected: no mail."""
        self._switch("mail_promise_moved")
        receipt, _delivery = self._create_promised()
        self._postpone(receipt, 5)
        self._run("ir_cron_notice_moves")
        self._postpone(receipt, -5)
        self.assertFalse(self._run(), "Nothing has moved.")
        self.assertFalse(self._notice_moves(), "Nor later.")

    def test_days_that_are_no_news(self):
        """Scenario: two days are no news here. One is put off, one is overdue, one is in stock before its day: each by
        two days, then by three. Expected: nobody hears of two days, all of three."""
        self._switch("mail_promise_moved")
        now = fields.Datetime.now()
        for days, is_told in ((2, False), (3, True)):
            receipt, put_off = self._create_promised()
            self._run("ir_cron_notice_moves")
            self._postpone(receipt, days)
            receipt, overdue = self._create_promised()
            overdue.told_promise_date = receipt.move_ids.date = now - timedelta(days=days)
            early = self._create_delivery((self._create_product("Bolt", stock=10), 10))
            early.told_promise_date = now + timedelta(days=days)
            self._run("ir_cron_notice_moves")
            told = put_off | overdue | early if is_told else early.browse()
            self.assertEqual(self._get_pending("moved").picking_id, told, days)

    def test_moved_twice_before_the_mail(self):
        """Scenario: put off by 5 days, noticed, and by 6 more, noticed or not. Expected: one mail, from what he was
        told to what is true now."""
        self._switch("mail_promise_moved")
        for is_noticed in (True, False):
            receipt, delivery = self._create_promised()
            self._run("ir_cron_notice_moves")
            dates = delivery.promise_date, delivery.promise_date + timedelta(days=11)
            self._postpone(receipt, 5)
            self._run("ir_cron_notice_moves")
            self._postpone(receipt, 6)
            if is_noticed:
                self._run("ir_cron_notice_moves")
            mail = self._run()
            self.assertEqual(len(mail), 1, "One.")
            for date in dates:
                self.assertIn(delivery._format_notice_date(date), mail.body_html)
            self.assertFalse(self._notice_moves(), "He knows.")

    def test_moved_and_cancelled_before_the_mail(self):
        """Scenario: a promise has moved, and the delivery is cancelled before the mail. Expected: no mail, and nothing
        that is left to be told."""
        self._switch("mail_promise_moved")
        receipt, delivery = self._create_promised()
        self._run("ir_cron_notice_moves")
        self._postpone(receipt, 5)
        self._run("ir_cron_notice_moves")
        self.assertTrue(self._get_pending("moved"))
        delivery.with_user(self.picker).action_cancel()
        self.assertFalse(self._run(), "No mail.")
        self.assertFalse(self._get_pending(), "And none to come.")

    def test_moved_to_several_dates(self):
        """Scenario: two deliveries of a customer move, to two dates. Expected: the subject names none of them."""
        self._switch("mail_promise_moved")
        promised = [self._create_promised() for _number in range(2)]
        self._run("ir_cron_notice_moves")
        for days, (receipt, _delivery) in zip((5, 8), promised, strict=True):
            self._postpone(receipt, days)
        self.assertIn("new dates", self._notice_moves().subject)

    def test_there_after_no_date(self):
        """Scenario: told that there is no date; then all is there, and no mail tells that it is ready. Expected: told
        the date, and what he was told before."""
        self._switch("mail_promise_moved")
        receipt, delivery = self._create_promised()
        receipt.action_cancel()
        self.assertTrue(self._notice_moves(), "Lost.")
        self._receive((delivery.product_id, 10))
        self.assertEqual(delivery.fulfillment_state, "ready")
        mail = self._notice_moves()
        for text in ("no date at present", delivery._format_notice_date(fields.Datetime.now())):
            self.assertIn(text, mail.body_html)

    def test_backorder_put_off_before_its_mail(self):
        """Scenario: a part ships, and the rest is put off before the mail. Expected: one mail, on the backorder: its
        date is told there for the first time."""
        self._switch("mail_backorder_created", "mail_promise_moved")
        product = self._create_product("Beam", stock=4)
        receipt = self._create_receipt((product, 6), days=9)
        backorder = self._ship(self._create_delivery((product, 10)))
        self._run("ir_cron_notice_moves")
        self._postpone(receipt, 5)
        self._run("ir_cron_notice_moves")
        self.assertEqual(self._get_pending().mapped("event"), ["created"])
        self.assertIn(backorder._format_notice_date(receipt.move_ids.date), self._run().body_html)
        self.assertFalse(self._notice_moves(), "He knows.")

    def test_waiting_in_stock_is_no_move(self):
        """Scenario: goods lie ready, but nobody ships them for a week. Expected: no mail: the promise has not moved."""
        self._switch("mail_promise_moved")
        delivery = self._create_delivery((self._create_product("Beam", stock=10), 10))
        delivery.told_promise_date = fields.Datetime.now() - timedelta(days=7)
        self.assertFalse(self._notice_moves(), "No mail.")

    def test_late_supply(self):
        """Scenario: the vendor is a week late and says nothing. Expected: told once that there is no date."""
        self._switch("mail_promise_moved")
        receipt, delivery = self._create_promised()
        delivery.told_promise_date = receipt.move_ids.date = fields.Datetime.now() - timedelta(days=7)
        self.assertIn("no date at present", self._notice_moves().body_html, "Nobody knows.")
        self.assertFalse(self._notice_moves(), "Once, and not every day anew.")

    def test_promises_of_many_deliveries(self):
        """Scenario: twelve deliveries of two customers wait for a receipt. Expected: two mails, constant queries."""
        self._switch("mail_promise_moved")
        receipt, delivery = self._create_promised()
        for number in range(11):
            self._create_delivery(
                (delivery.product_id, 2), partner_id=(self.customer, self.other_customer)[number % 2].id
            )
        self._postpone(receipt, 5)
        self.assertEqual(len(self._notice_moves()), 2, "One for each customer.")

    def test_cost_of_comparing_promises(self):
        """Scenario: the promises of 5 and of 30 deliveries move. Expected: the same number of queries."""
        self._switch("mail_promise_moved")
        receipt, delivery = self._create_promised()
        deliveries = delivery.union(*(self._create_delivery((delivery.product_id, 1)) for _number in range(29)))
        costs = []
        for batch in (deliveries[:5], deliveries[:5], deliveries):
            self._postpone(receipt, 5)
            self._invalidate()
            before = self.cr.sql_log_count
            batch._notice_moved_promises()
            self.env.flush_all()
            costs.append(self.cr.sql_log_count - before)
        self.assertEqual(len(self._get_pending("moved")), 40, "All are noticed.")
        self.assertEqual(costs[1], costs[2], "However many there are.")

    def test_switched_on_late(self):
        """Scenario: promises have moved while nobody was told; it is switched on. Expected: no mail on the past."""
        receipt, _delivery = self._create_promised()
        self._postpone(receipt, 20)
        self._switch("mail_promise_moved")
        self.assertFalse(self._notice_moves(), "What was, was.")
        self._postpone(receipt, 5)
        self.assertEqual(len(self._notice_moves()), 1, "From now on.")

    def test_date_of_a_backorder(self):
        """Scenario: a backorder without a date is told, then gets one. Expected: two mails, then with the date."""
        self._switch("mail_promise_moved", "mail_backorder_created")
        product = self._create_product("Beam", stock=4)
        backorder = self._ship(self._create_delivery((product, 10)))
        self._run("ir_cron_notice_moves")
        self.assertIn("no date at present", self._run().body_html, "Not known yet.")
        self._create_receipt((product, 100), days=9)
        mail = self._notice_moves()
        self.assertIn(backorder._format_notice_date(backorder.promise_date), mail.body_html, "Now it is.")

    # ---- who is told, and how often ------------------------------------------------

    def test_switched_off(self):
        """Scenario: all happens, and all is switched off, as it is after installing. Expected: nothing is queued."""
        for setting in SETTINGS:
            self.assertFalse(self.env["res.company"].default_get([setting]).get(setting), "Off by default.")
        product = self._create_product("Beam")
        delivery = self._create_delivery((product, 10))
        self._receive((product, 10))
        self._ship(delivery, 4).action_cancel()
        self.assertFalse(self._get_pending(), "Nothing.")
        self.assertFalse(self._notice_moves(), "No mail.")

    def test_each_switch_alone(self):
        """Scenario: each event alone is on. Expected: the mail of that event alone."""
        for setting, event in zip(SETTINGS, ("created", "moved", "ready", "shipped", "closed"), strict=True):
            self._switch(*SETTINGS, on=False)
            self._switch(setting)
            product = self._create_product("Beam")
            receipt = self._create_receipt((product, 10), days=9)
            delivery = self._create_delivery((product, 10))
            self._run("ir_cron_notice_moves")
            self._postpone(receipt, 5)
            self._run("ir_cron_notice_moves")
            self._validate(receipt)
            self._ship(delivery, 4).action_cancel()
            self.assertEqual(set(self._get_pending().mapped("event")), {event}, f"Of {setting}.")
            self._get_pending().unlink()

    def test_french_customer(self):
        """Scenario: one customer reads French, the other English. Expected: each in his language, whoever ships."""
        self._switch("mail_backorder_created")
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("gse_backorder.mail_template_backorder_created")
        template.with_context(lang="fr_FR").subject = "Une partie est partie"
        template.with_context(lang="fr_FR").body_html = "<p>Bonjour</p>"
        self.customer.lang = "fr_FR"
        product = self._create_product("Beam", stock=100)
        for customer in (self.customer, self.other_customer):
            self._ship(self._create_delivery((product, 10), partner_id=customer.id), 4)
        french, english = self._run()
        self.assertEqual(french.subject, "Une partie est partie", "French.")
        self.assertIn("Bonjour", french.body_html, "French.")
        self.assertIn("Hello", english.body_html, "English.")

    def test_no_address(self):
        """Scenario: a customer has no e-mail address. Expected: no mail, one note to staff, and the others are told."""
        self._switch("mail_backorder_created")
        self.customer.email = False
        product = self._create_product("Beam", stock=100)
        delivery = self._create_delivery((product, 10))
        self._ship(delivery, 4)
        self._ship(self._create_delivery((product, 10), partner_id=self.other_customer.id), 4)
        self.assertEqual(self._run().recipient_ids, self.other_customer, "The other one is told.")
        self._run()
        self.assertEqual(self._get_staff_notes(delivery).count("no e-mail address"), 1, "Staff know, once.")

    def test_contact_who_has_left(self):
        """Scenario: who had ordered has left his company, and is archived. Expected: the company is told."""
        contact = self.env["res.partner"].create(
            {"name": "Gone", "email": "gone@example.com", "parent_id": self.customer.id}
        )
        delivery = self._create_delivery((self._create_product("Beam", 1), 1), partner_id=contact.id)
        self.assertEqual(delivery._get_notice_recipients(), contact)
        contact.active = False
        self.assertEqual(delivery._get_notice_recipients(), self.customer)

    def test_salesperson_who_has_left(self):
        """Scenario: the order's salesperson has left, or works elsewhere by now. Expected: he hears nothing of what the
        customer wants, is no sender and no contact; who is at it in the warehouse hears it instead."""
        other = self.env["res.company"].create({"name": "Other"})
        keeper = self._hire("keeper", self.company)
        self.warehouse.allocation_user_id = keeper
        delivery = self._create_order((self._create_product("Beam", 1), 1), user_id=self.salesperson.id).picking_ids
        page = self.env["stock.customer.page"]
        self.assertEqual(delivery._get_responsible(), self.salesperson)
        self.assertEqual(page._get_contact(delivery)["name"], self.salesperson.name)
        moves_away = {"active": True, "company_id": other.id, "company_ids": [Command.set(other.ids)]}
        for values in ({"active": False}, moves_away):
            self.salesperson.write(values)
            with self.subTest(values):
                self.assertEqual(delivery._get_responsible(), keeper)
                self.assertFalse(page._get_contact(delivery))
                self.assertEqual(delivery._get_notice_sender(), self.company.email_formatted)
        keeper.active = False
        self.assertFalse(delivery._get_responsible())

    def test_address_of_the_company(self):
        """Scenario: the contact who ordered has no address, his company has. Expected: the company is told."""
        self._switch("mail_backorder_created")
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id, "email": False})
        self._ship(self._create_delivery((self._create_product("Beam", stock=9), 10), partner_id=contact.id))
        self.assertEqual(self._run().recipient_ids, self.customer, "Somebody there is told.")

    def test_given_to_another_customer(self):
        """Scenario: a delivery is given to another customer before the mail. Expected: the first hears nothing."""
        self._switch("mail_backorder_ready")
        product = self._create_product("Beam")
        delivery, given = self._create_delivery((product, 1)), self._create_delivery((product, 1))
        self._receive((product, 2))
        given.partner_id = self.other_customer
        mail = self._run()
        self.assertEqual(mail.recipient_ids, self.customer, "He hears of his own.")
        self.assertIn(delivery.name, mail.body_html, "That one is his.")
        self.assertNotIn(given.name, mail.body_html, "This one is not.")

    def test_contact_who_moves(self):
        """Scenario: the contact who ordered moves to another company after the promise has moved, and before the mail;
        then the delivery is ready. Expected: of what the first company was told he hears nothing; as the customer of
        now he is told the next."""
        self._switch("mail_promise_moved", "mail_backorder_ready")
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id, "email": "buyer@example.com"}
        )
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 1), days=3)
        delivery = self._create_delivery((product, 1), partner_id=contact.id)
        self._notice_moves()
        self._postpone(receipt, 30)
        self._run("ir_cron_notice_moves")
        self.assertEqual(self._get_pending().picking_id, delivery)
        contact.parent_id = self.other_customer
        self.env.flush_all()
        self._invalidate()
        self.assertFalse(self._get_pending())
        self.assertFalse(self._run())
        self._receive((product, 1))
        self.assertEqual(self._run().recipient_ids, contact)

    def test_given_to_a_colleague(self):
        """Scenario: of two orders of one buyer one goes to a colleague of his, before the mails. Expected: nothing is
        kept from the company, and each hears of his own, in one mail."""
        self._switch("mail_backorder_ready")
        buyer, colleague = self.env["res.partner"].create(
            [{"name": name, "parent_id": self.customer.id, "email": f"{name}@example.com"} for name in ("a", "b")]
        )
        product = self._create_product("Beam")
        kept, given, his = (
            self._create_order((product, 1), partner_id=partner.id) for partner in (buyer, buyer, colleague)
        )
        self._receive((product, 3))
        self.env.flush_all()
        given.partner_id = colleague
        mails = {mail.recipient_ids: mail.body_html for mail in self._run()}
        told = {
            partner: [order for order in (kept, given, his) if order.picking_ids.name in body]
            for partner, body in mails.items()
        }
        self.assertEqual(told, {buyer: [kept], colleague: [given, his]})
        self.assertFalse(self._get_pending())

    def test_noticed_together_with_the_change(self):
        """Scenario: a delivery is given away, and is noticed of before that was written. Expected: it is told."""
        self._switch("mail_backorder_ready")
        delivery = self._create_delivery((self._create_product("Beam", stock=1), 1))
        self.env.flush_all()
        delivery.partner_id = self.other_customer
        self.env["stock.customer.notice"]._queue(delivery, "ready")
        self.env.flush_all()
        self.assertEqual(self._run().recipient_ids, self.other_customer)

    def test_not_twice(self):
        """Scenario: the cron runs twice. Expected: one mail."""
        self._switch("mail_backorder_created")
        self._ship(self._create_delivery((self._create_product("Beam", stock=4), 10)))
        self.assertEqual(len(self._run()), 1, "Told.")
        self.assertFalse(self._run(), "Not again.")

    def test_one_fails(self):
        """Scenario: the mail of one customer cannot be made. Expected: the other gets his, staff are told once."""
        self._switch("mail_backorder_created")
        template = self.env.ref("gse_backorder.mail_template_backorder_created")
        body = template.body_html
        product = self._create_product("Beam", stock=100)
        delivery = self._create_delivery((product, 10))
        self._ship(delivery, 4)
        self._ship(self._create_delivery((product, 10), partner_id=self.other_customer.id), 4)
        template.body_html = (
            f"""<t t-if="'{self.customer.name}' == object._get_customer().name" t-out="1 / 0"/>{body}"""
        )
        with mute_logger(
            "odoo.addons.gse_backorder.models.customer.stock_customer_notice",
            "odoo.addons.mail.models.mail_render_mixin",
        ):
            self.assertEqual(self._run().recipient_ids, self.other_customer, "The other one is told.")
            self._run()
        notes = self._get_staff_notes(delivery)
        self.assertEqual(notes.count("tried again"), 1, "Staff know, once.")
        self.assertNotIn("Traceback", notes, "What the server's paths are they need not know.")
        self.assertNotIn("division", notes)
        template.body_html = body
        self.assertEqual(self._run().recipient_ids, self.customer, "It is not lost.")

    def test_unknown_event(self):
        """Scenario: a notice of an event that nothing here knows. Expected: it is kept, and staff are told why."""
        self._switch("mail_backorder_ready")
        delivery = self._create_delivery((self._create_product("Beam", stock=1), 1))
        self.env["stock.customer.notice"]._queue(delivery, "ready")
        notice = self._get_pending()
        self.env.cr.execute("UPDATE stock_customer_notice SET event = 'news' WHERE id = %s", (notice.id,))
        notice.invalidate_recordset()
        with mute_logger("odoo.addons.gse_backorder.models.customer.stock_customer_notice"):
            self.assertFalse(self._run())
        self.assertTrue(notice.exists(), "It was not told, and so it is still to be told.")
        self.assertTrue(notice.failure)

    def test_crash_between_two_customers(self):
        """Scenario: the server stops after the first customer's mail. Expected: each has one mail in the end."""
        self._switch("mail_backorder_created")
        product = self._create_product("Beam", stock=100)
        for customer in (self.customer, self.other_customer):
            self._ship(self._create_delivery((product, 10), partner_id=customer.id), 4)
        first, second = self._get_pending()
        first._send()
        self.assertEqual(self._get_pending(), second, "The mail and the end of its notice are one.")
        self.assertEqual(self._run().recipient_ids, self.other_customer, "Only what was left.")

    def test_rollback(self):
        """Scenario: a validation fails at the end. Expected: nothing is queued."""
        self._switch("mail_backorder_created")
        delivery = self._create_delivery((self._create_product("Beam", stock=4), 10))
        savepoint = self.cr.savepoint()
        self._ship(delivery)
        self.assertTrue(self._get_pending(), "It would have been told.")
        savepoint.close(rollback=True)
        self.assertFalse(self._get_pending(), "Nothing has happened.")

    def test_other_company(self):
        """Scenario: two companies, one tells its customers. Expected: only of that one's deliveries."""
        self._switch("mail_backorder_created")
        other = self.env["res.company"].create({"name": "Silent"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        stock = warehouse.lot_stock_id
        product = self._create_product("Beam", stock=10)
        self._add_stock(product, 10, location=stock)
        silent = self._create_delivery(
            (product, 10), confirm=False, picking_type=warehouse.out_type_id, location_id=stock.id, company_id=other.id
        )
        silent.move_ids.write({"location_id": stock.id, "company_id": other.id})
        silent.action_confirm()
        self._ship(silent, 4)
        backorder = self._ship(self._create_delivery((product, 10)), 4)
        self.assertEqual(self._get_pending().picking_id, backorder.backorder_id, "Its own setting counts.")
        stranger = self._hire("backorder_stranger", other)
        self.assertFalse(self.env["stock.customer.notice"].with_user(stranger).search([]), "Nobody else sees it.")

    def test_rights(self):
        """Scenario: users of all kinds. Expected: pickers read the queue, nobody else; nobody writes it."""
        self._switch("mail_backorder_created")
        self._ship(self._create_delivery((self._create_product("Beam", stock=4), 10)))
        notice = self._get_pending()
        self.assertEqual(notice.with_user(self.picker).event, "created", "A picker sees what is queued.")
        with self.assertRaises(AccessError):
            notice.with_user(self.picker).unlink()
        with self.assertRaises(AccessError):
            notice.with_user(self.salesperson).read(["event"])

    def test_negative_days(self):
        """Scenario: a negative number of days is set. Expected: refused."""
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.company.promise_notice_days = -1
            self.env.flush_all()

    def test_sent_by_hand(self):
        """Scenario: a picker sends each mail for one delivery. Expected: it can be rendered, and is complete."""
        product = self._create_product("Beam", stock=4)
        order = self._create_order((product, 10))
        delivery = order.picking_ids
        backorder = self._ship(delivery)
        for name in TEMPLATES.values():
            template = self.env.ref(f"gse_backorder.{name}").with_user(self.picker)
            for picking in delivery | backorder:
                mail = self.env["mail.mail"].browse(template.sudo(False).send_mail(picking.id)).sudo()
                self.assertIn(picking.get_portal_url().split("?")[0].rsplit("/", 1)[0], mail.body_html, name)
                self.assertIn(order.name, mail.body_html, name)

    # ---- cost ----------------------------------------------------------------------

    def test_cost_of_validating(self):
        """Scenario: a part ships, with the mails off and on. Expected: a handful of queries more when they are on."""
        product = self._create_product("Beam", stock=100)

        def validate():
            delivery = self._create_delivery((product, 10)).with_user(self.picker)
            delivery.move_ids.quantity = 4
            self._invalidate()
            before = self.cr.sql_log_count
            delivery.button_validate()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        def least():
            """What is read once and remembered does not count."""
            return min(validate() for _time in range(3))

        off = least()
        self._switch("mail_backorder_created")
        self.assertLessEqual(least(), off + 4, "Writing the queue is cheap.")
