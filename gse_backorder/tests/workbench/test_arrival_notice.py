from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ...models.workbench.stock_arrival_notice import ARRIVAL_EVENT, StockArrivalNotice
from ...models.workbench.stock_picking_arrival import NAMED
from ..restock_common import RestockCase

CRON = "gse_backorder.ir_cron_arrival_notice"


@tagged("post_install", "-at_install")
class TestArrivalNotice(RestockCase):
    """What a receipt has made ready, told to the warehouse: once a receipt, and only what is true."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.email = "manager@example.com"
        cls.warehouse.allocation_user_id = cls.manager
        cls.beam = cls._create_product("Beam")

    def _tell(self):
        """Run the cron, and return the mails that it puts into the queue, and ``[(partner, message)]`` it shows."""
        last_mail = self.env["mail.mail"].search([], order="id desc", limit=1).id
        shown = []

        def send(bus, target, event, message):
            if event == ARRIVAL_EVENT:
                shown.append((target, message))

        self._invalidate()
        with self.enter_registry_test_mode(), patch.object(type(self.env["bus.bus"]), "_sendone", send):
            self.env.ref(CRON).method_direct_trigger()
        self._invalidate()
        return self.env["mail.mail"].search([("id", ">", last_mail)], order="id"), shown

    def _get_activities(self, *arrivals):
        domain = [("res_model", "=", "stock.picking"), ("res_id", "in", [arrival.id for arrival in arrivals])]
        return self.env["mail.activity"].search(domain, order="id")

    def _get_pending(self):
        return self.env["stock.arrival.notice"].search([("company_id", "!=", False)])

    def _be_there(self, *users, status="online"):
        self.env["mail.presence"].create([{"user_id": user.id, "status": status} for user in users])

    # ---- once a receipt ----------------------------------------------------------

    def test_one_activity_a_receipt(self):
        """Scenario: a receipt of two products serves three, one in part. Expected: one activity: who got what."""
        bolt = self._create_product("Bolt")
        first = self._create_delivery((self.beam, 5), (bolt, 7))
        second, third = self._create_waiting((self.beam, 3), (self.beam, 9)).picking_id
        second.move_ids.ordered_date = fields.Datetime.now() + timedelta(minutes=1)
        third.move_ids.ordered_date = fields.Datetime.now() + timedelta(minutes=2)
        receipt = self._receive((self.beam, 10), (bolt, 7))
        self.assertFalse(self._get_activities(receipt), "Not while the picker waits.")
        mails, _shown = self._tell()
        [activity] = self._get_activities(receipt)
        self.assertEqual(activity.user_id, self.manager, "Whom the warehouse names.")
        self.assertEqual(activity.summary, "2 ready, 1 partly ready")
        for delivery in first | second | third:
            self.assertIn(f"/odoo/stock.picking/{delivery.id}", activity.note, "A link to each.")
            self.assertEqual(activity.note.count(f">{delivery.name}<"), 1, "Each once.")
        for text in ("5 Units of Beam", "7 Units of Bolt", "3 Units of Beam", "2 Units of Beam", self.customer.name):
            self.assertIn(text, activity.note, "What each got.")
        self.assertIn(f"/odoo/stock.picking/{receipt.id}/served-transfers", activity.note, "And the list of them.")
        self.assertFalse(mails, "No mail unless the company wants it.")
        self.assertFalse(self._get_pending(), "All is told.")
        self._tell()
        self.assertEqual(self._get_activities(receipt), activity, "Once.")

    def test_many(self):
        """Scenario: more are served than a note can name. Expected: the first are named, the others counted."""
        deliveries = self._create_waiting(*((self.beam, 1) for _number in range(NAMED + 2))).picking_id
        receipt = self._receive((self.beam, NAMED + 2))
        self._tell()
        activity = self._get_activities(receipt)
        self.assertEqual(activity.summary, f"{NAMED + 2} ready", "All count.")
        named = [delivery for delivery in deliveries if f">{delivery.name}<" in activity.note]
        self.assertEqual(len(named), NAMED)
        self.assertIn("and 2 more", activity.note)

    def test_return(self):
        """Scenario: a customer sends back what another waits for. Expected: told as a receipt is."""
        self._add_stock(self.beam, 5)
        shipped = self._create_delivery((self.beam, 5))
        self._ship(shipped)
        waiting = self._create_delivery((self.beam, 5))
        returned = self._return(shipped)
        self._validate(returned)
        self._tell()
        self.assertIn(waiting.name, self._get_activities(returned).note)

    def test_no_second_message(self):
        """Scenario: whom the warehouse names is responsible of a delivery, too. Expected: the activity, no message."""
        delivery = self._create_delivery((self.beam, 5), user_id=self.manager.id)
        before = self.env["mail.notification"].search([], order="id desc", limit=1).id
        self._receive((self.beam, 5))
        self._tell()
        self.assertEqual(delivery.fulfillment_state, "ready")
        told = self.env["mail.notification"].search([("id", ">", before)])
        self.assertFalse(told, "One notification: the activity.")

    def test_responsible_of_the_receipt(self):
        """Scenario: the warehouse names nobody. Expected: who is responsible of the receipt is told, else nobody."""
        self.warehouse.allocation_user_id = False
        self._create_waiting((self.beam, 5), (self.beam, 5))
        own, nobodys = (self._create_receipt((self.beam, 5)) for _number in range(2))
        own.user_id, nobodys.user_id = self.picker, False
        self._validate(own)
        self._validate(nobodys)
        self._tell()
        self.assertEqual(self._get_activities(own).user_id, self.picker)
        self.assertFalse(self._get_activities(nobodys))
        self.assertFalse(self._get_pending(), "It is told to nobody.")

    def test_receipts_validated_together(self):
        """Scenario: two receipts of one product, validated in one go. Expected: one notice each, what each brought."""
        first, second = self._create_waiting((self.beam, 6), (self.beam, 4)).picking_id
        receipts = self._create_receipt((self.beam, 5)) | self._create_receipt((self.beam, 5))
        self._validate(receipts)
        self._tell()
        notes = [self._get_activities(receipt).mapped("note") for receipt in receipts]
        self.assertEqual([len(note) for note in notes], [1, 1], "One each.")
        self.assertIn("5 Units of Beam", notes[0][0])
        self.assertNotIn(second.name, notes[0][0], "The first has served the first alone.")
        self.assertIn("1 Units of Beam", notes[1][0], "The second the rest of it,")
        self.assertIn("4 Units of Beam", notes[1][0], "and the second.")
        log = self._get_log((first | second).move_ids)
        self.assertEqual(sorted(log.mapped("quantity")), [1, 4, 5], "Nothing is counted twice.")

    def test_put_away(self):
        """Scenario: a transfer from elsewhere brings what is waited for. Expected: told as a receipt is."""
        delivery = self._create_delivery((self.beam, 5))
        outside = self.env["stock.location"].create({"name": "Dock", "usage": "transit"})
        self._add_stock(self.beam, 5, outside)
        places = {"location_id": outside.id, "location_dest_id": self.stock.id}
        put_away = self._create_delivery(picking_type=self.warehouse.int_type_id, confirm=False, **places)
        put_away.move_ids = [(0, 0, {"product_id": self.beam.id, "product_uom_qty": 5, **places})]
        put_away.action_confirm()
        put_away.action_assign()
        self._validate(put_away)
        self._tell()
        self.assertIn(delivery.name, self._get_activities(put_away).note)

    def test_pick_of_two_steps(self):
        """Scenario: goods are picked, then shipped. Expected: what became ready is the pick."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self.beam, 5))
        pick = order.picking_ids.filtered(lambda picking: picking.picking_type_id == self.warehouse.pick_type_id)
        receipt = self._receive((self.beam, 5))
        self._tell()
        self.assertIn(pick.name, self._get_activities(receipt).note)

    # ---- nothing to tell -----------------------------------------------------------

    def test_bought_to_order(self):
        """Scenario: two orders of goods that are bought for each alone; 8 of 20 come. Expected: logged and told."""
        self.env.ref("stock.route_warehouse0_mto").active = True
        routes = self.env.ref("purchase_stock.route_warehouse0_buy") | self.env.ref("stock.route_warehouse0_mto")
        bought = self._create_product(
            "Bought", route_ids=[Command.set(routes.ids)], seller_ids=[Command.create({"partner_id": self.vendor.id})]
        )
        order = self._create_order((bought, 20))
        purchase = self.env["purchase.order"].search([("order_line.product_id", "=", bought.id)])
        purchase.button_confirm()
        receipt = purchase.picking_ids
        receipt.picking_type_id.create_backorder = "always"
        rest = self._ship(receipt, 8)
        self._tell()
        self.assertEqual(self._get_activities(receipt).summary, "1 partly ready")
        self.assertIn("8 Units of Bought", self._get_activities(receipt).note)
        self._ship(rest)
        self._tell()
        self.assertEqual(self._get_activities(rest).summary, "1 ready")
        entries = order.picking_ids.allocation_ids.filtered(lambda entry: entry.cause == "receipt")
        self.assertEqual(entries.sorted("id").mapped("quantity"), [8, 12])
        self.assertEqual(entries.source_picking_id, receipt | rest)

    def test_pick_is_no_arrival(self):
        """Scenario: pick and ship; the pick of what is there is validated. Expected: its delivery is no news."""
        self.warehouse.delivery_steps = "pick_ship"
        self._add_stock(self.beam, 5)
        pick = self._create_order((self.beam, 5)).picking_ids
        self._ship(pick)
        self.assertFalse(self._get_pending())

    def test_nobody_served(self):
        """Scenario: nobody waits; or who waits is served by a count or a cancellation. Expected: nothing is told."""
        receipt = self._receive((self.beam, 5))
        self.assertFalse(self._get_pending(), "Nobody waited.")
        ready = self._create_delivery((self.beam, 5))
        waiting = self._create_waiting((self.beam, 5), (self.beam, 5))
        ready.with_user(self.picker).action_cancel()
        self._count(self.beam, 10)
        self.assertEqual(set(waiting.mapped("state")), {"assigned"}, "They are served,")
        self.assertFalse(self._get_pending(), "but by no arrival.")
        _mails, shown = self._tell()
        self.assertFalse(self._get_activities(receipt, ready) or shown)

    def test_shipped_meanwhile(self):
        """Scenario: what became ready ships before it is told. Expected: nothing is told, it would be no news."""
        delivery = self._create_delivery((self.beam, 5))
        receipt = self._receive((self.beam, 5))
        self._ship(delivery)
        self._be_there(self.manager)
        _mails, shown = self._tell()
        self.assertFalse(self._get_activities(receipt) or shown)

    def test_unreserved_meanwhile(self):
        """Scenario: what was served is unreserved before it is told. Expected: nothing is told, it cannot be picked."""
        delivery = self._create_delivery((self.beam, 5))
        receipt = self._receive((self.beam, 5))
        delivery.with_user(self.picker).do_unreserve()
        self._tell()
        self.assertFalse(self._get_activities(receipt))

    # ---- screens -----------------------------------------------------------------------

    def test_who_sees_it(self):
        """Scenario: people of this warehouse, another, another company, at home. Expected: who is there."""
        elsewhere = self.env["stock.warehouse"].create({"name": "Elsewhere", "code": "ELS"})
        other = self.env["res.company"].create({"name": "Other"})
        here, there, home = (self._hire(login, self.company) for login in ("here", "there", "home"))
        here.property_warehouse_id, there.property_warehouse_id = self.warehouse, elsewhere
        stranger = self._hire("stranger", other)
        seller = self.salesperson
        self._be_there(self.picker, here, there, stranger, seller)
        self._be_there(home, status="offline")
        self._create_waiting((self.beam, 5), (self.beam, 5))
        receipt = self._receive((self.beam, 7))
        _mails, shown = self._tell()
        told = {partner for partner, _message in shown}
        self.assertIn(here.partner_id, told, "Of this warehouse.")
        self.assertIn(self.picker.partner_id, told, "Of no certain one.")
        for user in (there, home, stranger, seller):
            self.assertNotIn(user.partner_id, told, user.login)
        self.assertEqual(len(shown), len(told), "Once each.")
        message = shown[0][1]
        self.assertEqual((message["picking_id"], message["company_id"]), (receipt.id, self.company.id))
        self.assertIn(receipt.name, message["title"])
        self.assertIn("1 ready, 1 partly ready", message["message"])

    def test_list(self):
        """Scenario: the picker opens what the message offers. Expected: those who got stock from it, no others."""
        served = self._create_waiting((self.beam, 5), (self.beam, 5), (self.beam, 5)).picking_id
        receipt = self._receive((self.beam, 7))
        own = receipt.with_user(self.picker)
        self.assertEqual(own.allocated_count, 2, "In full, and in part.")
        action = own.action_view_allocated()
        self.assertIn(receipt.name, action["display_name"])
        domain = self._evaluate(action)
        self.assertEqual(own.search(domain), own.search([("id", "in", served[:2].ids)]))
        later = self._receive((self.beam, 3))
        self.assertEqual(
            own.search(domain).ids, own.search([("id", "in", served[:2].ids)]).ids, "What this one brought."
        )
        self.assertEqual(later.with_user(self.picker).allocated_count, 1)
        self.assertEqual(self._create_receipt((self.beam, 1)).with_user(self.picker).allocated_count, 0)

    def _evaluate(self, action):
        """Return the domain of *action* as the web client reads it."""
        return safe_eval(action["domain"], {"context": action["context"]})

    # ---- mail ----------------------------------------------------------------------------

    def test_mail(self):
        """Scenario: the company wants mails; two receipts serve three. Expected: one mail each with all pick lists."""
        self.company.mail_pick_list_on_arrival = True
        first, second, third = self._create_waiting((self.beam, 5), (self.beam, 5), (self.beam, 5)).picking_id
        receipts = [self._receive((self.beam, 10)), self._receive((self.beam, 5))]
        mails, _shown = self._tell()
        self.assertEqual(len(mails), 2, "One a receipt.")
        self.assertEqual(mails.recipient_ids, self.manager.partner_id)
        self.assertEqual(set(mails.mapped("state")), {"outgoing"}, "In Odoo's queue.")
        self.assertEqual(mails.mapped("subject"), [f"{receipts[0].name}: 2 ready", f"{receipts[1].name}: 1 ready"])
        self.assertIn(f"/odoo/stock.picking/{receipts[0].id}/served-transfers", mails[0].body_html)
        [attachment] = mails[0].attachment_ids
        pages = attachment.raw.decode()  # tests get pages instead of a PDF
        self.assertEqual([name in pages for name in (first.name, second.name, third.name)], [True, True, False])
        self.assertFalse(self._tell()[0], "Once.")

    def test_no_address(self):
        """Scenario: who is told has no address. Expected: the activity, no mail."""
        self.company.mail_pick_list_on_arrival = True
        self.manager.email = False
        self._create_delivery((self.beam, 5))
        receipt = self._receive((self.beam, 5))
        mails, _shown = self._tell()
        self.assertTrue(self._get_activities(receipt))
        self.assertFalse(mails)

    def test_language(self):
        """Scenario: who is told reads French. Expected: the activity, the mail and its pick list are French."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.manager.lang = "fr_FR"
        self.company.mail_pick_list_on_arrival = True
        self.unit.with_context(lang="fr_FR").name = "Pièces"
        template = self.env.ref("gse_backorder.mail_template_arrival")
        template.with_context(lang="fr_FR").subject = "Arrivé : {{ object.name }}"
        self._create_delivery((self.beam, 5))
        receipt = self._receive((self.beam, 5))
        mail, _shown = self._tell()
        self.assertIn("5 Pièces", self._get_activities(receipt).note)
        self.assertEqual(mail.subject, f"Arrivé : {receipt.name}")
        self.assertIn("5 Pièces", mail.body_html)
        self.assertIn('lang="fr-FR"', mail.attachment_ids.raw.decode())

    def test_given_away(self):
        """Scenario: who got stock is given to another customer before the warehouse is told. Expected: it is told of
        him, and the first one is named nowhere; no customer is told by it."""
        self.company.mail_pick_list_on_arrival = True
        delivery = self._create_delivery((self.beam, 5))
        receipt = self._receive((self.beam, 5))
        rival = self.env["res.partner"].create({"name": "Rival Ltd", "email": "rival@example.com"})
        delivery.partner_id = rival
        mail, _shown = self._tell()
        told = " ".join((self._get_activities(receipt).note, mail.body_html, mail.attachment_ids.raw.decode()))
        self.assertIn("Rival Ltd", told)
        self.assertNotIn(self.customer.name, told)
        self.assertEqual(
            (mail.recipient_ids | self._get_activities(receipt).user_id.partner_id), self.manager.partner_id
        )

    # ---- robust --------------------------------------------------------------------------

    @mute_logger("odoo.addons.gse_backorder.models.workbench.stock_arrival_notice")
    def test_one_fails(self):
        """Scenario: telling of one receipt fails. Expected: the other is told; the first is tried again, once told."""
        self._create_waiting((self.beam, 5), (self.beam, 5))
        failing, other = self._receive((self.beam, 5)), self._receive((self.beam, 5))
        with self._failing_for(failing, "_show"):
            self._tell()
        self.assertTrue(self._get_activities(other))
        self.assertFalse(self._get_activities(failing), "What has failed has left nothing.")
        self.assertEqual(self._get_pending().failure, "No paper", "Why, for who looks it up.")
        with self._failing_for(failing, "_show", IntegrityError("Key (name)=(Secret) already exists.")):
            self._tell()
        self.assertNotIn("Secret", self._get_pending().failure, "What nobody has foreseen is for the log alone.")
        self.assertIn("unexpected", self._get_pending().failure)
        self._tell()
        self.assertEqual(len(self._get_activities(failing)), 1)
        self.assertFalse(self._get_pending())

    @mute_logger("odoo.addons.gse_backorder.models.workbench.stock_arrival_notice")
    def test_mail_fails(self):
        """Scenario: the pick list of one receipt cannot be made. Expected: all is shown once; its mail comes later."""
        self.company.mail_pick_list_on_arrival = True
        self._be_there(self.picker)
        self._create_waiting((self.beam, 5), (self.beam, 5))
        failing, other = self._receive((self.beam, 5)), self._receive((self.beam, 5))
        with self._failing_for(failing, "_mail"):
            mails, shown = self._tell()
        self.assertEqual(mails.mapped("subject"), [f"{other.name}: 1 ready"])
        self.assertEqual([message["picking_id"] for _partner, message in shown], [failing.id, other.id])
        mails, shown = self._tell()
        self.assertEqual(mails.mapped("subject"), [f"{failing.name}: 1 ready"])
        self.assertFalse(shown, "Once.")
        self.assertEqual(len(self._get_activities(failing)), 1)
        self.assertFalse(self._get_pending())

    def _failing_for(self, failing, name, error=None):
        """Let a step fail for one receipt, after it was taken."""
        step = getattr(StockArrivalNotice, name)

        def fail(notices, *arguments):
            arrival = arguments[0] if arguments else notices.picking_id
            step(notices, *arguments)
            if arrival == failing:
                raise error or UserError("No paper")

        return patch.object(StockArrivalNotice, name, fail)

    def test_closed_by_itself(self):
        """Scenario: of two served, one ships, one is cancelled. Expected: the activity goes with the second."""
        first, second = self._create_waiting((self.beam, 5), (self.beam, 5)).picking_id
        receipt = self._receive((self.beam, 10))
        self._tell()
        self._ship(first)
        self._tell()
        self.assertTrue(self._get_activities(receipt), "One is still to go.")
        second.action_cancel()
        self._tell()
        self.assertFalse(self._get_activities(receipt), "Nothing stale.")

    def test_other_activities_stay(self):
        """Scenario: somebody has put an activity of his own on the receipt. Expected: it stays."""
        delivery = self._create_delivery((self.beam, 5))
        receipt = self._receive((self.beam, 5))
        own = receipt.activity_schedule("mail.mail_activity_data_todo", user_id=self.manager.id)
        self._ship(delivery)
        self._tell()
        self.assertEqual(self._get_activities(receipt), own)

    # ---- whose business ------------------------------------------------------------------

    def test_who_may_not_open_it(self):
        """Scenario: whom the warehouse names has left, works elsewhere, has no right. Expected: not told."""
        self.company.mail_pick_list_on_arrival = True
        other = self.env["res.company"].create({"name": "Other"})
        gone = self._hire("gone", self.company)
        gone.active = False
        clerk = new_test_user(self.env, "clerk", groups="base.group_user", email="clerk@example.com")
        for user in (gone, clerk, self._hire("stranger", other)):
            self.warehouse.allocation_user_id = user
            self._be_there(user)
            self._create_delivery((self.beam, 5))
            receipt = self._receive((self.beam, 5))
            mails, shown = self._tell()
            self.assertFalse(mails or self._get_activities(receipt), user.login)
            self.assertNotIn(user.partner_id, [partner for partner, _message in shown], user.login)

    def test_shared_stock(self):
        """Scenario: a receipt into a stock that several companies share serves another company's delivery and ours.
        Expected: whom we tell is told of ours alone."""
        other = self.env["res.company"].create({"name": "Other"})
        store = self.env["stock.location"].create({"name": "Store", "usage": "internal", "company_id": False})
        theirs = self._create_delivery_of(other, self.beam, 5)
        own = self._create_delivery((self.beam, 4), confirm=False)
        for delivery in theirs | own:
            delivery.move_ids.location_id = delivery.location_id = store
            delivery.action_confirm()
        receipt = self._create_receipt((self.beam, 9))
        receipt.move_ids.location_dest_id = receipt.location_dest_id = store
        self._ship(receipt)
        self.assertEqual((theirs | own).mapped("state"), ["assigned", "assigned"])
        served, _more = receipt._get_served()
        self.assertEqual([one.name for one in served], [own.name])
        self.assertEqual(receipt._get_pick_list(), own)

    def test_two_companies(self):
        """Scenario: a receipt of another company, validated by its own picker. Expected: its own people are told."""
        other = self.env["res.company"].create({"name": "Other"})
        own, theirs = self._hire("own", self.company), self._hire("theirs", other)
        self._be_there(own, theirs)
        delivery = self._create_delivery_of(other, self.beam, 5)
        delivery.action_confirm()
        warehouse = delivery.picking_type_id.warehouse_id
        warehouse.allocation_user_id = theirs
        places = {"location_id": self.suppliers.id, "location_dest_id": warehouse.lot_stock_id.id}
        line = {"product_id": self.beam.id, "product_uom_qty": 5, "company_id": other.id, **places}
        receipt = self.env["stock.picking"].create(
            {"picking_type_id": warehouse.in_type_id.id, "move_ids": [(0, 0, line)], **places}
        )
        receipt.action_confirm()
        self._validate(receipt, theirs)
        notice = self._get_pending()
        self.assertEqual(notice.company_id, other)
        self.assertEqual(notice.with_user(theirs).picking_id, receipt)
        with self.assertRaises(AccessError):
            notice.with_user(own).read(["failure"])
        _mails, shown = self._tell()
        self.assertEqual([partner for partner, _message in shown], [theirs.partner_id])
        self.assertEqual(self._get_activities(receipt).user_id, theirs)

    # ---- cost ----------------------------------------------------------------------------

    def _count_queries(self, served):
        self._create_waiting(*((self.beam, 1) for _number in range(served)))
        receipt = self._create_receipt((self.beam, served))
        self._invalidate()
        before = self.cr.sql_log_count
        self._validate(receipt)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_cost_of_validation(self):
        """Scenario: a receipt that serves 2 and 20, with and without the notice. Expected: a few queries, no more."""
        self._count_queries(2)
        for served in (2, 20):
            cost = self._count_queries(served)
            with patch.object(StockArrivalNotice, "_queue", lambda notices, arrivals: None):
                without = self._count_queries(served)
            self.assertLessEqual(cost - without, 4, f"Of {served}: the notice, the cron and its trigger.")
