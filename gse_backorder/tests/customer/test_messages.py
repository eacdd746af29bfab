import itertools

from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .test_ownership import RPC_LOGGERS, OwnershipCase

QUESTION = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


@tagged("post_install", "-at_install")
class TestWhoIsNotified(OwnershipCase):
    """To Odoo, who was once notified of a message may answer it, and change it. On a delivery, its customer may ask."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.askers = cls.owner | cls.colleague
        cls.others = cls.addressee | cls.stranger | cls.vendor_user | cls.moved
        cls.everybody = cls.askers | cls.others
        cls.backorder.message_subscribe(cls.everybody.partner_id.ids)
        cls.message = cls._write_to(cls.backorder, cls.everybody)
        cls.comment = cls.env.ref("mail.mt_comment")
        cls.note = cls.env.ref("mail.mt_note")

    @classmethod
    def _write_to(cls, record, users):
        words = "We write to you"
        return record.message_post(body=words, partner_ids=users.partner_id.ids, **QUESTION)

    def _try(self, user, model, method, *args, **kwargs):
        """Return what was answered, or None where it was refused."""
        try:
            with mute_logger(*RPC_LOGGERS):
                return self._call(user, model, method, *args, **kwargs) or True
        except JsonRpcException:
            return None
        finally:
            self.env.invalidate_all()

    def _try_route(self, user, route, **params):
        """Return whether the page's own request is answered."""
        self.authenticate(user.login, user.login)
        with mute_logger(*RPC_LOGGERS):
            return "error" not in self._post_json(route, params)

    def _answer(self, **values):
        """Return an answer to our message, as it is created; *values* say what is odd about it."""
        return {
            "model": "stock.picking",
            "res_id": self.backorder.id,
            "parent_id": self.message.id,
            "body": "Hello",
            "message_type": "comment",
            "subtype_id": self.comment.id,
            **values,
        }

    def test_create(self):
        """Scenario: who was notified, and follows, creates an answer by RPC. Expected: a question of its customer's."""
        for user in self.everybody:
            for odd in (
                {},
                {"subtype_id": False},
                {"subtype_id": self.note.id},
                {"is_internal": True},
                {"message_type": "notification"},
                {"message_type": "user_notification"},
                {"message_type": "email"},
            ):
                with self.subTest(user.login, **odd):
                    before = self._get_messages(self.backorder)
                    created = self._try(user, "mail.message", "create", [self._answer(**odd)])
                    is_let = user in self.askers and not odd
                    self.assertEqual(bool(created), is_let)
                    self.assertEqual(len(self._get_messages(self.backorder) - before), int(is_let))

    def _get_messages(self, record):
        """Return all that hangs on *record*, also what its conversation does not show."""
        return self.env["mail.message"].search([("model", "=", record._name), ("res_id", "=", record.id)])

    def test_defaults(self):
        """Scenario: the delivery is named by the context, or among others of one call. Expected: the same."""
        answer = self._answer()
        context = {f"default_{name}": answer.pop(name) for name in ("model", "res_id", "parent_id")}
        self.assertIsNone(self._try(self.stranger, "mail.message", "create", [answer], context=context))
        private = {"body": "To myself", "message_type": "comment", "subtype_id": self.comment.id}
        self.assertIsNone(self._try(self.stranger, "mail.message", "create", [private, self._answer()]))
        self.assertTrue(self._try(self.stranger, "mail.message", "create", [private]))

    def test_words(self):
        """Scenario: its customer writes a note, by both methods. Expected: told what he can write."""
        words = "Hello"
        for call in (
            lambda message: message.env["mail.message"].create(self._answer(subtype_id=self.note.id)),
            lambda message: self.backorder.with_env(message.env).message_post(body=words, message_type="comment"),
            lambda message: message.write({"body": "Hello"}),
        ):
            with self.assertRaisesRegex(AccessError, "you can write messages, and nothing else"):
                call(self.message.with_user(self.owner))

    def test_questions_are_switched_off(self):
        """Scenario: customers may not ask. Expected: they do not by RPC either."""
        self.company.customer_may_ask = False
        self.assertIsNone(self._try(self.owner, "mail.message", "create", [self._answer()]))
        self.assertIsNone(self._try(self.owner, "stock.picking", "message_post", self.backorder.ids, **QUESTION))

    def test_other_transfers(self):
        """Scenario: our receipt, a draft, and a transfer that is not there yet. Expected: refused but for who reads it.

        Odoo lets a vendor with a login answer on his receipts.
        """
        self.receipt.partner_id = self.vendor_user.partner_id
        draft = self._create_delivery((self.products["Beam"], 1), confirm=False)
        mine = self._write_to(self.stranger.partner_id, self.stranger)
        for transfer_id, users in (
            (self.receipt.id, self.stranger | self.owner),
            (draft.id, self.stranger | self.owner),
            (self.backorder.id + 100_000, self.stranger),
        ):
            transfer = self.env["stock.picking"].browse(transfer_id)
            parent = self._write_to(transfer, users) if transfer.exists() else mine
            for user, kind in itertools.product(users, ("comment", "user_notification")):
                answer = self._answer(res_id=transfer_id, parent_id=parent.id, message_type=kind)
                with self.subTest(user.login, transfer=transfer_id, kind=kind):
                    self.assertIsNone(self._try(user, "mail.message", "create", [answer]))
        parent = self._write_to(self.receipt, self.vendor_user)
        answer = self._answer(res_id=self.receipt.id, parent_id=parent.id)
        self.assertTrue(self._try(self.vendor_user, "mail.message", "create", [answer]))

    def test_write(self):
        """Scenario: what we wrote, and he himself, is changed by RPC, or moved. Expected: refused; it stays."""
        attachment = self.env["ir.attachment"].create({"name": "plan", "raw": b"x", "public": True})
        elsewhere = self._write_to(self.order, self.everybody)
        changes = (
            {"body": "Something else"},
            {"parent_id": elsewhere.id},
            {"subtype_id": self.note.id},
            {"message_type": "notification"},
            {"is_internal": True},
            {"attachment_ids": [(4, attachment.id)]},
            {"model": "sale.order", "res_id": self.order.id},
        )
        for user in self.everybody:
            own = self._ask_by_page(user) or self.message
            for message, change in itertools.product(own | self.message, changes):
                with self.subTest(user.login, is_own=message != self.message, **change):
                    before = message.read([*change])
                    self.assertIsNone(self._try(user, "mail.message", "write", message.ids, change))
                    self.assertEqual(message.read([*change]), before)
            move = {"model": "stock.picking", "res_id": self.backorder.id}
            self.assertIsNone(self._try(user, "mail.message", "write", elsewhere.ids, move))
            self.assertIsNone(self._try(user, "mail.message", "unlink", self.message.ids))
        self.assertTrue(elsewhere.with_user(self.stranger).write({"body": "Odoo lets him"}), "It is on no transfer.")

    def _ask_by_page(self, user):
        """Write on the page; return the message, none where it is refused."""
        before = self.backorder.message_ids
        self.authenticate(user.login, user.login)
        self._ask(self.backorder, "When?")
        self.env.invalidate_all()
        return self.backorder.message_ids - before

    def test_correct(self):
        """Scenario: what somebody wrote is corrected on the page. Expected: its author, as long as he sees it."""
        update = {"body": "Tomorrow?"}
        question = self._ask_by_page(self.owner)
        route = "/mail/message/update_content"
        for user in self.everybody:
            with self.subTest(user.login):
                self.assertFalse(self._try_route(user, route, message_id=self.message.id, update_data=update))
                is_own = user == self.owner
                answered = self._try_route(user, route, message_id=question.id, update_data=update)
                self.assertEqual(answered, is_own)
        self.env.invalidate_all()
        self.assertIn("Tomorrow?", question.body)
        self.assertEqual((question.message_type, question.subtype_id), ("comment", self.comment))
        self.backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        self.assertFalse(self._try_route(self.owner, route, message_id=question.id, update_data=update))

    def test_react(self):
        """Scenario: reactions to what we wrote, and to a note. Expected: its customer's, and none to a note."""
        words = "Among us"
        note = self.backorder.message_post(body=words, subtype_xmlid="mail.mt_note")
        for user in self.everybody:
            with self.subTest(user.login):
                for message, is_let in ((self.message, user in self.askers), (note, False)):
                    react = {"message_id": message.id, "content": "👍", "action": "add"}
                    self.assertEqual(self._try_route(user, "/mail/message/reaction", **react), is_let)
                values = {"message_id": self.message.id, "content": "👎", "partner_id": user.partner_id.id}
                self.assertIsNone(self._try(user, "mail.message.reaction", "create", [values]))
        self.env.invalidate_all()
        self.assertEqual(self.message.sudo().reaction_ids.partner_id, self.askers.partner_id)

    def test_attach(self):
        """Scenario: a file is sent to the delivery, and hung on our message, by RPC. Expected: on the page alone."""
        for user in self.everybody:
            with self.subTest(user.login):
                for model, record_id in (("stock.picking", self.backorder.id), ("mail.message", self.message.id)):
                    values = {"name": "plan", "raw": "eA==", "res_model": model, "res_id": record_id}
                    self.assertIsNone(self._try(user, "ir.attachment", "create", [values]))
                self.authenticate(user.login, user.login)
                with mute_logger(*RPC_LOGGERS):
                    answer = self.url_open(
                        "/mail/attachment/upload",
                        data={
                            "thread_model": "stock.picking",
                            "thread_id": self.backorder.id,
                            "is_pending": True,
                            "csrf_token": self.csrf_token(),
                        },
                        files={"ufile": ("plan.txt", b"x", "text/plain")},
                    )
                self.assertEqual(answer.status_code, 200 if user in self.askers else 404)

    def test_staff(self):
        """Scenario: a picker writes, and an employee without groups. Expected: as Odoo lets them."""
        for kind in (self.comment, self.note):
            created = self._try(self.picker, "mail.message", "create", [self._answer(subtype_id=kind.id)])
            self.assertTrue(created)
            plain = self._answer(subtype_id=kind.id, parent_id=False)
            self.assertIsNone(self._try(self.employee, "mail.message", "create", [plain]))
