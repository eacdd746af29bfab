import json

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..chance import random_examples, some_of, undone
from .test_order_pad import PadCase

EXAMPLES = some_of(30)


@tagged("post_install", "-at_install")
class TestOrderPadSent(PadCase):
    """What is sent becomes an order, once, as its customer was shown it."""

    def _send(self, pad, seen=None):
        order = pad._send(self.owner.partner_id, seen)
        self._invalidate()
        return order

    # ---- the order -----------------------------------------------------------------

    def test_confirmed(self):
        """Scenario: customers order at once. Expected: a confirmed order with all that he has said, and what he was
        shown on its lines."""
        pad = self._write(("N-1", 4), ("B-1", 250))
        pad._write_head(
            {"reference": "PO-7", "wished_date": "2030-01-02", "policy": "one", "note": "Ring the bell", "shipping": ""}
        )
        rows = pad._judge()["rows"]
        order = self._send(pad)
        self.assertEqual(
            (order.state, order.partner_id, order.client_order_ref), ("sale", self.owner.partner_id, "PO-7")
        )
        self.assertEqual((order.picking_policy, order.site_note, order.pad_id), ("one", "Ring the bell", pad))
        self.assertEqual(order.wished_date, fields.Date.to_date("2030-01-02"))
        self.assertFalse(order.commitment_date, "A wish is no deadline: it moves nobody's place.")
        lines = order.order_line
        self.assertEqual(lines.mapped("pad_status"), ["short", "short"], "It ships in one: all when the last comes.")
        self.assertEqual(lines.mapped("pad_text"), [row["words"] for row in rows])
        self.assertEqual(lines.mapped("pad_price"), lines.mapped("price_reduce_taxexcl"))

    def test_until_all_is_delivered(self):
        """Scenario: 250 boards are ordered in the portal, of 60 there and 190 that come. Expected: the delivery
        ships 60, its remainder waits under its number, ships when the receipt is there, and all of it is fulfilled."""
        order = self._send(self._write(("B-1", 250)))
        root = order.picking_ids
        self.assertEqual(root.fulfillment_state, "partial")
        remainder = self._ship(root)
        self.assertEqual((remainder.name, root.fulfillment_state), (f"{root.name}-R1", "partially_picked"))
        self.boards_to_come.button_validate()
        self._invalidate()
        self.assertEqual(remainder.fulfillment_state, "ready")
        self._ship(remainder)
        self.assertEqual((root.fulfillment_state, order.delivery_status), ("done", "full"))
        self.assertEqual(order.order_line.qty_delivered, 250)

    def test_quotation(self):
        """Scenario: customers ask for quotations. Expected: one that nothing is reserved for, and that says so."""
        self.company.customer_may_order = "quotation"
        order = self._send(self._write(("N-1", 4)))
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.picking_ids)
        self.assertIn("Nothing is reserved", order._get_pad_notice())

    def test_payment_and_credit(self):
        """Scenario: Odoo asks for a payment, or the credit limit is reached. Expected: a quotation until then."""
        self.company.portal_confirmation_pay = True
        self.assertEqual(self._send(self._write(("N-1", 1))).state, "sent")
        self.company.write({"portal_confirmation_pay": False, "account_use_credit_limit": True})
        self.customer.write({"use_partner_credit_limit": True, "credit_limit": 1.0})
        self.assertEqual(self._send(self._write(("N-1", 5))).state, "sent")

    def test_no_number_is_burnt(self):
        """Scenario: a pad is written, judged and refused. Expected: no order, and the next number is what it was."""
        number = self.env["ir.sequence"].search([("code", "=", "sale.order")], limit=1)
        before = number.number_next_actual
        pad = self._write(("N-1", 4), ("NOWHERE", 1))
        pad._judge()
        with self.assertRaises(UserError):
            pad._send(self.owner.partner_id)
        self.assertEqual(number.number_next_actual, before)

    def test_told_once(self):
        """Scenario: it is sent. Expected: the salesperson has one message, and the customer one mail that says of each
        line when it ships."""
        self.customer.user_id = self.salesperson
        order = self._send(self._write(("N-1", 4), ("B-1", 250)))
        notified = order.message_ids.notification_ids.filtered(
            lambda notice: notice.res_partner_id == self.salesperson.partner_id
        )
        self.assertEqual(len(notified), 1)
        mails = order.message_ids.mail_ids | self.env["mail.mail"].search(
            [("mail_message_id", "in", order.message_ids.ids)]
        )
        mail = mails.filtered(lambda mail: self.owner.partner_id in mail.recipient_ids)
        self.assertEqual(len(mail), 1)
        for words in ("Nail", "ships now", "Board", "a part now, all by", "It is confirmed"):
            self.assertIn(words, mail.body_html)

    # ---- once ------------------------------------------------------------------------

    def test_sent_twice(self):
        """Scenario: it is clicked twice, and sent again under its key. Expected: one order; the next pad is empty."""
        pad = self._write(("N-1", 4))
        order = self._send(pad)
        self.assertEqual(self._send(pad), order)
        self.assertEqual(pad._get_sent(self.owner, pad.key), order)
        self.assertFalse(pad._get_sent(self.colleague, pad.key))
        self.assertFalse(self._open().line_ids)
        for work in (lambda: pad._add_rows([]), lambda: pad._write_head({}), lambda: pad._change_lines({})):
            with self.assertRaises(UserError):
                work()

    def test_placed_twice(self):
        """Scenario: a system places an order, gets no answer, and places it again. Expected: one order; under another
        key, or another's, another."""
        pads = self.env["stock.order.pad"]

        def place(user, key):
            lines = [{"code": "N-1", "quantity": 1}]
            return pads.with_user(user)._place(user, self.company, key, lines, {"reference": "PO"})

        first = place(self.owner, "K1")
        self.assertEqual(place(self.owner, "K1"), first)
        self.assertNotEqual(place(self.owner, "K2"), first)
        self.assertNotEqual(place(self.colleague, "K1"), first)
        for key in ("", None, "x" * 65, "é", ["K1"]):
            with self.assertRaises(UserError):
                place(self.owner, key)

    def test_order_is_given_away(self):
        """Scenario: what a system has asked for is another customer's by now; it asks again. Expected: it is told
        nothing of it, nor that it is there; sent again, nothing is ordered anew."""
        self.company.customer_may_order = "quotation"
        pads = self.env["stock.order.pad"].with_user(self.owner)
        lines = [{"code": "N-1", "quantity": 1}]
        order = pads._place(self.owner, self.company, "K1", lines, {})
        order.partner_id = self.stranger_company
        with self.assertRaisesRegex(UserError, "sent before"):
            pads._place(self.owner, self.company, "K1", lines, {})
        self.assertFalse(pads.sudo()._get_sent(self.owner, "K1"))
        self.assertEqual(self.env["sale.order"].search([("pad_id", "=", order.pad_id.id)]), order)

    # ---- as it was shown ----------------------------------------------------------------

    def test_last_unit(self):
        """Scenario: two customers look at the last ten; the first orders them. Expected: the second is told before he
        orders, nothing of his is ordered, and he can order what he is shown then."""
        first, second = self._write(("N-1", 10)), self._write(("N-1", 10), user=self.stranger)
        seen = second._judge()["seen"]
        self._send(first, first._judge()["seen"])
        with self.assertRaisesRegex(UserError, "Nail"):
            second._send(self.stranger.partner_id, seen)
        self.assertFalse(second.order_id)
        row = second._judge()["rows"][0]
        self.assertEqual(row["status"], "missing")
        order = second._send(self.stranger.partner_id, second._judge()["seen"])
        self.assertEqual(order.order_line.pad_status, "missing")

    def test_nothing_is_ordered_that_was_not_shown(self):
        """Scenario: what comes back as shown is another price, quantity, product, line, or no such thing at all.
        Expected: refused each time."""
        pad = self._write(("N-1", 4), ("B-1", 2))
        seen = json.loads(pad._judge()["seen"])
        first, second = seen
        for forged in (
            "", "x", "[]", "null", "1", '{"a": 1}', '{"1": 1}', "[" * 5000,
            json.dumps({first: seen[first]}),
            json.dumps({**seen, "7": seen[first]}),
            json.dumps({first: seen[second], second: seen[first]}),
            json.dumps({**seen, first: [*seen[first][:-1], "$ 0.01"]}),
            json.dumps({**seen, first: [seen[first][0], "400", *seen[first][2:]]}),
        ):  # fmt: skip
            with self.subTest(forged[:60]), self.assertRaises(UserError):
                pad._send(self.owner.partner_id, forged)
        self.assertFalse(pad.order_id)
        self.assertTrue(self._send(pad, json.dumps(seen)))

    def test_price_changed(self):
        """Scenario: a price is raised while he looks. Expected: he is told, and what he orders then has the new one."""
        pad = self._write(("N-1", 4))
        seen = pad._judge()["seen"]
        self.nail.list_price = 3.0
        with self.assertRaisesRegex(UserError, "3"):
            pad._send(self.owner.partner_id, seen)
        self.assertEqual(self._send(pad, pad._judge()["seen"]).order_line.pad_price, 3.0)

    def test_changed_until_confirmed(self):
        """Scenario: of a quotation another takes what was there, and a price changes. Expected: customer and staff are
        told what was shown and what is now; nothing, where nothing has changed."""
        self.company.customer_may_order = "quotation"
        order = self._send(self._write(("N-1", 10), ("B-1", 5)))
        self.assertEqual(order._get_pad_changes(), [])
        self.assertFalse(order.with_user(self.salesperson).pad_change_text)
        self._create_order((self.nail, 10))
        order.order_line[1].price_unit = 11
        self._invalidate()
        nail, board = order._get_pad_changes()
        self.assertEqual((nail["product"], nail["was"], nail["now"]), ("Nail", "In stock", "no date yet"))
        self.assertEqual(board["product"], "Board")
        self.assertIn("11", board["now"])
        self.assertIn("Nail: In stock before", order.with_user(self.salesperson).pad_change_text)
        order.action_confirm()
        self.assertEqual(order._get_pad_changes(), [])

    def test_snapshot_is_written_once(self):
        """Scenario: somebody changes what was shown, or makes an order that says it was. Expected: refused."""
        order = self._send(self._write(("N-1", 4)))
        seller = self.env(user=self.salesperson)
        order.user_id = self.salesperson
        for record, values in (
            (order, {"is_from_pad": False}),
            (order, {"pad_id": False}),
            (order.order_line, {"pad_price": 1.0}),
            (order.order_line, {"pad_text": "ships yesterday"}),
            (order.order_line, {"pad_status": "missing"}),
            (order.order_line, {"pad_date": "2020-01-01"}),
        ):
            with self.subTest(values), self.assertRaises(UserError):
                record.with_env(seller).write(values)
        with self.assertRaises(UserError):
            seller["sale.order"].create({"partner_id": self.customer.id, "is_from_pad": True})
        self.assertFalse(order.copy().is_from_pad)

    # ---- property ---------------------------------------------------------------------

    @settings(random_examples, max_examples=EXAMPLES)
    @given(
        st.lists(st.tuples(st.sampled_from(("N-1", "B-1", "S-1")), st.integers(1, 30)), min_size=1, max_size=5),
        st.lists(st.tuples(st.sampled_from((0, 1, 2)), st.integers(1, 40)), max_size=3),
        st.sampled_from(("direct", "one")),
    )
    def test_shown_is_promised(self, rows, rivals, policy):
        """Nothing else happens: what he was shown is what the confirmed order promises, product by product."""
        products = self.nail, self.board, self.slate
        with undone(self.env):
            for index, quantity in rivals:
                self._create_order((products[index], quantity))
            self._invalidate()
            pad = self._write(*rows)
            pad._write_head({"policy": policy})
            seen = pad._judge()["seen"]
            order = self._send(pad, seen)
            told = order.order_line._get_told(order.order_line._get_coverage())
            for line in order.order_line:
                self.assertEqual(line._get_pad_shown(), line._get_pad_now(told), line.product_id.name)
