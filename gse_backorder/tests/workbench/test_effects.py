from odoo import Command
from odoo.tests import new_test_user, tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestEffects(RestockCase):
    """What happens around a delivery that gets its goods: its state, its chatter, who is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.responsible = new_test_user(
            cls.env, "backorder_responsible", groups="base.group_user,stock.group_stock_user"
        )

    def _create_deliveries(self, count, products, user=None):
        """Return *count* deliveries with a line of one of each of *products*."""
        deliveries = self.env["stock.picking"].browse()
        for _number in range(count):
            deliveries |= self._create_delivery(
                *((product, 1) for product in products), user_id=user and user.id, assign=True
            )
        return deliveries

    def _get_last_message_id(self):
        return self.env["mail.message"].search([], order="id desc", limit=1).id

    def _get_messages(self, user, after):
        """Return what *user* was notified of after the message of id *after*."""
        self.env.flush_all()
        return (
            self.env["mail.notification"]
            .search([("res_partner_id", "=", user.partner_id.id), ("mail_message_id", ">", after)])
            .mail_message_id
        )

    def _get_notes(self, picking, after):
        """Return the texts of the notes in the chatter of *picking* after the message of id *after*."""
        messages = self.env["mail.message"].search(
            [("model", "=", "stock.picking"), ("res_id", "=", picking.id), ("id", ">", after)], order="id"
        )
        return [message.body for message in messages if message.body]

    # ---- on the delivery -----------------------------------------------------

    def test_becomes_ready(self):
        """Scenario: a delivery waits, a part comes, then the rest. Expected: waiting, partly in stock, ready."""
        product = self._create_product("Beam")
        delivery = self._create_delivery((product, 5))
        states = [delivery.fulfillment_state]
        for quantity in (2, 3):
            self._receive((product, quantity))
            states.append(delivery.fulfillment_state)
        self.assertEqual(states, ["waiting", "partial", "ready"], "Step by step.")
        ready = self.env["stock.picking"].search([("fulfillment_state", "=", "ready"), ("id", "=", delivery.id)])
        self.assertEqual(ready, delivery, "And it is found by it.")

    def test_one_note_for_a_receipt(self):
        """Scenario: a receipt serves three lines of a delivery. Expected: one note, with all three and the receipt."""
        products = [self._create_product(name) for name in ("Beam", "Bolt", "Nut")]
        delivery = self._create_delivery(*((product, 5) for product in products))
        before = self._get_last_message_id()
        receipt = self._receive(*((product, 5) for product in products))
        [note] = self._get_notes(delivery, before)
        for word in ("Beam", "Bolt", "Nut", receipt.name, f'data-oe-id="{receipt.id}"'):
            self.assertIn(word, note, "What came from where, with a link.")

    def test_note_of_a_part(self):
        """Scenario: a receipt serves two deliveries, one in part. Expected: a note on each, with its own quantity."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5), (product, 5))
        before = self._get_last_message_id()
        self._receive((product, 7))
        self.assertEqual([len(self._get_notes(move.picking_id, before)) for move in moves], [1, 1, 0], "Who got some.")
        notes = [self._get_notes(move.picking_id, before)[0] for move in moves[:2]]
        self.assertIn("5 × Beam", notes[0], "Five.")
        self.assertIn("2 × Beam", notes[1], "Two.")
        self.assertNotEqual(*(note.split(":")[0] for note in notes), "One is ready, the other is not.")

    def test_note_in_the_unit_of_the_line(self):
        """Scenario: a line in dozens gets 18 units. Expected: the note does not say 18 of something else."""
        product = self._create_product("Bolt")
        delivery = self._create_delivery((product, 2, self.dozen))
        before = self._get_last_message_id()
        self._receive((product, 18))
        [note] = self._get_notes(delivery, before)
        self.assertIn("18 × Bolt", note, "In the product's own unit.")

    def test_note_tells_an_adjustment(self):
        """Scenario: a count finds the goods. Expected: the note names the count; there is no transfer to link to."""
        product = self._create_product("Beam")
        delivery = self._create_delivery((product, 5))
        before = self._get_last_message_id()
        self._count(product, 5)
        count = self.env["stock.move"].search([("product_id", "=", product.id), ("is_inventory", "=", True)])
        [note] = self._get_notes(delivery, before)
        self.assertIn(count.reference, note, "By its reference.")

    def test_note_tells_a_cancellation(self):
        """Scenario: a delivery is cancelled for another. Expected: the other's note names it."""
        product = self._create_product("Beam", stock=5)
        moves = self._create_waiting((product, 5), (product, 5))
        before = self._get_last_message_id()
        moves[0].picking_id.with_user(self.picker).action_cancel()
        [note] = self._get_notes(moves[1].picking_id, before)
        self.assertIn(moves[0].picking_id.name, note, "Where it comes from.")

    def test_names_are_no_markup(self):
        """Scenario: a product is named like markup. Expected: it is shown as it is written."""
        product = self._create_product("<b>Beam</b>")
        delivery = self._create_delivery((product, 5))
        before = self._get_last_message_id()
        self._receive((product, 5))
        [note] = self._get_notes(delivery, before)
        self.assertIn("&lt;b&gt;Beam", note, "Escaped.")

    # ---- who is told ---------------------------------------------------------

    def test_responsible_is_told_once(self):
        """Scenario: a receipt makes five deliveries of three lines ready. Expected: one message that names all five."""
        products = [self._create_product(name) for name in ("Beam", "Bolt", "Nut")]
        deliveries = self._create_deliveries(5, products, self.responsible)
        before = self._get_last_message_id()
        receipt = self._receive(*((product, 5) for product in products))
        self.assertEqual(set(deliveries.mapped("fulfillment_state")), {"ready"}, "All five.")
        [message] = self._get_messages(self.responsible, before)
        self.assertEqual((message.model, message.res_id), ("stock.picking", receipt.id), "On the receipt.")
        for delivery in deliveries:
            self.assertEqual(message.body.count(f">{delivery.name}<"), 1, "Each once.")
        self.assertIn(receipt.name, message.body, "Where it comes from.")
        self.assertFalse(self._get_messages(self.picker, before), "Who has done it knows it.")

    def test_only_who_is_ready(self):
        """Scenario: of three deliveries, one becomes ready, one in part, one not. Expected: the message names one."""
        product = self._create_product("Beam")
        moves = self._create_waiting((product, 5), (product, 5), (product, 5), user_id=self.responsible.id)
        before = self._get_last_message_id()
        self._receive((product, 7))
        [message] = self._get_messages(self.responsible, before)
        names = moves.picking_id.mapped("name")
        self.assertEqual([name in message.body for name in names], [True, False, False], "The one that can ship.")
        before = self._get_last_message_id()
        self._receive((product, 1))
        self.assertFalse(self._get_messages(self.responsible, before), "Nothing became ready.")

    def test_each_responsible_his_own(self):
        """Scenario: deliveries of two people become ready. Expected: each is told of his own."""
        other = new_test_user(self.env, "backorder_other", groups="base.group_user,stock.group_stock_user")
        product = self._create_product("Beam")
        own, others = (self._create_deliveries(1, [product], user) for user in (self.responsible, other))
        before = self._get_last_message_id()
        self._receive((product, 2))
        for user, named, unnamed in ((self.responsible, own, others), (other, others, own)):
            [message] = self._get_messages(user, before)
            self.assertIn(named.name, message.body, "His.")
            self.assertNotIn(unnamed.name, message.body, "Not his.")

    def test_user_of_the_warehouse(self):
        """Scenario: nobody is responsible. Expected: whom the warehouse has chosen is told, or nobody.

        Of a receipt he is told as a whole, see ``test_arrival_notice.py``.
        """
        product = self._create_product("Beam")
        delivery = self._create_deliveries(1, [product])
        before = self._get_last_message_id()
        self._count(product, 1)
        told = self.env["mail.notification"].search([("mail_message_id", ">", before)])
        self.assertEqual(delivery.fulfillment_state, "ready", "It is ready.")
        self.assertFalse(told, "And nobody is there to be told.")
        other = new_test_user(self.env, "backorder_other", groups="base.group_user,stock.group_stock_user")
        self.warehouse.allocation_user_id = other
        deliveries = self._create_deliveries(2, [product])
        mine = self._create_deliveries(1, [product], self.responsible)
        before = self._get_last_message_id()
        self._count(product, 4)
        [message] = self._get_messages(other, before)
        self.assertEqual(
            [delivery.name in message.body for delivery in deliveries | mine], [True, True, False], "Those without one."
        )
        names = ", ".join(deliveries.sorted("name").mapped("name"))
        self.assertEqual(message.subject, f"Ready to ship: {names}", "The subject says which.")
        self.assertEqual(len(self._get_messages(self.responsible, before)), 1, "Who is responsible is told himself.")

    def test_who_has_left_is_not_told(self):
        """Scenario: the responsible has left, or may not open the company any more. Expected: whom the warehouse names
        is told instead."""
        product = self._create_product("Beam")
        keeper = self._hire("backorder_keeper", self.company)
        self.warehouse.allocation_user_id = keeper
        other = self.env["res.company"].create({"name": "Other"})
        moves_away = {"active": True, "company_id": other.id, "company_ids": [Command.set(other.ids)]}
        for counted, values in enumerate(({"active": False}, moves_away), start=1):
            self._create_deliveries(1, [product], self.responsible)
            self.responsible.write(values)
            before = self._get_last_message_id()
            self._count(product, counted)
            self.assertFalse(self._get_messages(self.responsible, before), values)
            self.assertEqual(len(self._get_messages(keeper, before)), 1)

    def test_who_acts_is_not_told(self):
        """Scenario: the responsible validates the receipt himself. Expected: he is not told what he sees."""
        product = self._create_product("Beam")
        delivery = self._create_deliveries(1, [product], self.responsible)
        before = self._get_last_message_id()
        self._receive((product, 1), user=self.responsible)
        self.assertEqual(delivery.fulfillment_state, "ready", "It is ready.")
        self.assertFalse(self._get_messages(self.responsible, before), "He knows.")

    def test_told_of_a_cancellation(self):
        """Scenario: a cancelled delivery makes another one ready. Expected: its responsible is told."""
        product = self._create_product("Beam", stock=1)
        first = self._create_deliveries(1, [product])
        second = self._create_deliveries(1, [product], self.responsible)
        before = self._get_last_message_id()
        first.with_user(self.picker).action_cancel()
        [message] = self._get_messages(self.responsible, before)
        self.assertIn(second.name, message.body, "It can ship.")

    def test_confirmation_tells_nobody(self):
        """Scenario: a delivery is confirmed and all is there. Expected: no note, no message: it never waited."""
        product = self._create_product("Beam", stock=1)
        delivery = self._create_delivery((product, 1), confirm=False, user_id=self.responsible.id)
        before = self._get_last_message_id()
        delivery.with_user(self.picker).action_confirm()
        self.assertEqual(delivery.fulfillment_state, "ready", "At once.")
        self.assertFalse(self._get_messages(self.responsible, before), "No news.")
        self.assertFalse([note for note in self._get_notes(delivery, before) if "Beam" in note], "Nor in the chatter.")

    def test_order_becomes_available(self):
        """Scenario: an order waits, its goods come. Expected: the salesperson sees it turn green."""
        product = self._create_product("Beam")
        order = self._create_order((product, 5), user_id=self.salesperson.id)
        self._invalidate()
        self.assertEqual(order.with_user(self.salesperson).availability_status, "missing", "Waits.")
        self._receive((product, 5))
        self._invalidate()
        self.assertEqual(order.with_user(self.salesperson).availability_status, "available", "Can ship.")

    def test_told_in_his_language(self):
        """Scenario: one responsible reads French, the other English. Expected: the same news in two languages."""
        self.env["res.lang"]._activate_lang("fr_FR")
        other = new_test_user(self.env, "backorder_other", groups="base.group_user,stock.group_stock_user")
        other.lang = "fr_FR"
        product = self._create_product("Beam")
        for user in (self.responsible, other):
            self._create_deliveries(1, [product], user)
        before = self._get_last_message_id()
        self._receive((product, 2))
        [english], [french] = (self._get_messages(user, before) for user in (self.responsible, other))
        self.assertNotEqual(english.subject, french.subject, "Whoever has received the goods.")

    def test_message_is_from_who_acts(self):
        """Scenario: a picker receives the goods. Expected: the message is his, and the responsible can read it."""
        product = self._create_product("Beam")
        self._create_deliveries(1, [product], self.responsible)
        before = self._get_last_message_id()
        self._receive((product, 1))
        [message] = self._get_messages(self.responsible, before)
        self.assertEqual(message.author_id, self.picker.partner_id, "Who has received it.")
        self.assertEqual(message.with_user(self.responsible).read(["body"])[0]["body"], message.body, "He can read it.")

    def test_followers_get_no_mail(self):
        """Scenario: customers follow their delivery. Expected: the note is internal, they get nothing by it."""
        product = self._create_product("Beam")
        delivery = self._create_delivery((product, 5))
        delivery.message_follower_ids = [Command.create({"res_model": "stock.picking", "partner_id": self.customer.id})]
        self.assertIn(self.customer, delivery.message_partner_ids, "He follows.")
        before = self._get_last_message_id()
        self._receive((product, 5))
        told = self.env["mail.notification"].search(
            [("mail_message_id", ">", before), ("res_partner_id", "=", self.customer.id)]
        )
        self.assertFalse(told, "Which receipt it came from is not his business.")
        notes = self.env["mail.message"].search(
            [("model", "=", "stock.picking"), ("res_id", "=", delivery.id), ("id", ">", before), ("body", "!=", "")]
        )
        self.assertTrue(all(notes.mapped("is_internal")) and notes, "Nor does he see it in the portal.")
