from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .supply_common import SupplyCase


@tagged("post_install", "-at_install")
class TestSupplyAlerts(SupplyCase):
    """Shortages, told to those who purchase."""

    def _alert(self):
        self._invalidate()
        with self.enter_registry_test_mode():
            self.env.ref("gse_backorder.ir_cron_supply_alert").method_direct_trigger()
        self._invalidate()

    def _get_activities(self, product, active=True):
        activities = self.env["mail.activity"].with_context(active_test=False)
        return activities.search(
            [("res_model", "=", "product.product"), ("res_id", "=", product.id), ("active", "=", active)]
        )

    def test_one_is_not_covered(self):
        """Scenario: one of a product is short. Expected: the singular."""
        beam = self._create_bought("Beam", purchaser_id=self.purchaser.id)
        self._create_order((beam, 1))
        self._alert()
        [activity] = self._get_activities(beam)
        self.assertIn("1 is not covered", activity.summary)
        self.assertIn("Orders that wait: 1. Lines that wait: 1.", activity.note)

    def test_one_activity_a_product(self):
        """Scenario: three orders short of one product. Expected: one activity; it follows, and closes by itself."""
        beam = self._create_bought("Beam", purchaser_id=self.purchaser.id)
        for quantity in (5, 3, 2):
            self._create_order((beam, quantity))
        for _run in range(2):
            self._alert()
        [activity] = self._get_activities(beam)
        self.assertEqual(activity.user_id, self.purchaser)
        self.assertIn("10 are not covered", activity.summary)
        self.assertIn("Orders that wait: 3. Lines that wait: 3.", activity.note)
        self._create_order((beam, 1))
        self._alert()
        self.assertIn("11 are not covered", activity.summary, "It says what is short now.")
        receipt = self._create_receipt((beam, 11))
        self._alert()
        self.assertFalse(self._get_activities(beam), "Closed by itself.")
        receipt.action_cancel()
        self._alert()
        self.assertTrue(self._get_activities(beam), "Short again, of the same lines: told again.")

    def test_whose_business(self):
        """Scenario: a purchaser of the product, the category above, the company, nobody. Expected: in this order."""
        users = {
            name: new_test_user(self.env, f"purchaser_{name}", groups="purchase.group_purchase_user")
            for name in ("product", "category", "company")
        }
        above = self.env["product.category"].create({"name": "Above", "purchaser_id": users["category"].id})
        category = self.env["product.category"].create({"name": "Below", "parent_id": above.id})
        own = self._create_bought("Own", purchaser_id=users["product"].id, categ_id=category.id)
        inherited = self._create_bought("Inherited", categ_id=category.id)
        other = self._create_bought("Other")
        self._create_order(*((product, 1) for product in (own, inherited, other)))
        self._alert()
        self.assertFalse(self._get_activities(other), "Nobody is told if nobody is named.")
        self.company.purchaser_id = users["company"]
        self._alert()
        found = [self._get_activities(product).user_id for product in (own, inherited, other)]
        self.assertEqual(found, [users["product"], users["category"], users["company"]])

    def _create_shared_shortage(self):
        """Return a shared product that is short here and elsewhere; the other company, its purchaser, its delivery."""
        other = self.env["res.company"].create({"name": "Other Company"})
        theirs = self._hire("purchaser_theirs", other, "purchase.group_purchase_user")
        beam = self._create_bought("Beam", purchaser_id=self.purchaser.id)
        beam.with_company(other).purchaser_id = theirs
        self._create_order((beam, 5))
        delivery = self._create_delivery_of(other, beam, 7)
        delivery.action_confirm()
        return beam, other, theirs, delivery

    def test_two_companies(self):
        """Scenario: a shared product is short in two companies; then in one, then in none. Expected: each purchaser is
        told of his own, and each activity ends by itself."""
        beam, other, theirs, delivery = self._create_shared_shortage()
        self._alert()

        def get_told():
            return {
                (activity.shortage_company_id, activity.user_id, activity.shortage_quantity)
                for activity in self._get_activities(beam)
            }

        ours_told, theirs_told = (self.company, self.purchaser, 5), (other, theirs, 7)
        self.assertEqual(get_told(), {ours_told, theirs_told})
        delivery.action_cancel()
        self._alert()
        self.assertEqual(get_told(), {ours_told}, "Theirs is over, and ours is not.")
        delivery.copy().action_confirm()
        self._create_receipt((beam, 5))
        self._alert()
        self.assertEqual(get_told(), {theirs_told}, "Ours is over, and theirs is not.")

    def test_not_told_elsewhere(self):
        """Scenario: a shared product is short here; who works elsewhere looks at its activities. Expected: he reads
        nothing of ours, nor in the conversation when it is done; our own people do."""
        beam, _other, theirs, delivery = self._create_shared_shortage()
        delivery.action_cancel()
        self._alert()
        [activity] = self._get_activities(beam)
        clerk = self._hire("clerk_here", self.company, "base.group_user")
        for user, is_told in ((theirs, False), (clerk, True), (self.purchaser, True)):
            self.assertEqual(activity.with_user(user).has_access("read"), is_told, user.login)
        self.assertFalse(activity.with_user(theirs).search([("id", "=", activity.id)]))
        activity.with_user(self.purchaser).action_done()
        said = "".join(beam.with_user(theirs).message_ids.mapped("body"))
        self.assertIn("Shortage", said, "That it is done is told to all who read the product.")
        self.assertNotIn("not covered", said)
        self.assertNotIn("1 orders", said)

    def test_one_purchaser_for_two_companies(self):
        """Scenario: he works for both companies, and marks one activity as done. Expected: one for each, which says of
        which company it is; the other one stays."""
        beam, other, _theirs, _delivery = self._create_shared_shortage()
        self.purchaser.company_ids |= other
        beam.with_company(other).purchaser_id = self.purchaser
        self._alert()
        activities = self._get_activities(beam)
        self.assertEqual(
            {activity.shortage_company_id: activity.shortage_quantity for activity in activities},
            {self.company: 5, other: 7},
        )
        for activity in activities:
            self.assertIn(activity.shortage_company_id.name, activity.note)
        activities.filtered(lambda activity: activity.shortage_company_id == other).action_done()
        self._alert()
        self.assertEqual(self._get_activities(beam).shortage_company_id, self.company)

    def test_purchaser_without_access(self):
        """Scenario: the product's purchaser may not open the company, that of the category has left. Expected: the
        company's is told; if he may not open it either, nobody."""
        beam, other, theirs, _delivery = self._create_shared_shortage()
        gone = self._hire("purchaser_gone", other, "purchase.group_purchase_user")
        beam.with_company(other).purchaser_id = self.purchaser
        beam.categ_id.with_company(other).purchaser_id = gone
        gone.active = False
        other.purchaser_id = theirs
        self._alert()
        self.assertEqual(self._get_activities(beam).user_id, theirs | self.purchaser)
        other.purchaser_id = self.purchaser
        self._alert()
        [activity] = self._get_activities(beam)
        self.assertEqual((activity.user_id, activity.shortage_company_id), (self.purchaser, self.company))

    def test_on_draft(self):
        """Scenario: all of it is on a draft, which is then cancelled. Expected: not raised before, raised then."""
        beam = self._create_bought("Beam", purchaser_id=self.purchaser.id)
        self._create_order((beam, 5))
        draft = self._order(beam)
        self._alert()
        self.assertFalse(self._get_activities(beam))
        draft.button_cancel()
        self._alert()
        self.assertTrue(self._get_activities(beam))

    def test_done_by_hand(self):
        """Scenario: marked as done, the shortage stays, grows, goes, comes back. Expected: asked when it is news."""
        beam = self._create_bought("Beam", purchaser_id=self.purchaser.id)
        self._create_order((beam, 5))
        self._alert()
        self._get_activities(beam).with_user(self.purchaser).action_done()
        self._alert()
        self.assertFalse(self._get_activities(beam), "No nagging.")
        self._create_order((beam, 2))
        self._alert()
        activity = self._get_activities(beam)
        self.assertIn("7 are not covered", activity.summary, "More is short than he was told.")
        activity.with_user(self.purchaser).action_done()
        receipt = self._create_receipt((beam, 7))
        self._alert()
        receipt.action_cancel()
        self._alert()
        self.assertTrue(self._get_activities(beam), "It was covered in between.")

    def test_handed_on(self):
        """Scenario: the activity is handed on to a colleague. Expected: it stays his, and is kept up to date."""
        colleague = new_test_user(self.env, "purchaser_colleague", groups="purchase.group_purchase_user")
        beam = self._create_bought("Beam", purchaser_id=self.purchaser.id)
        self._create_order((beam, 5))
        self._alert()
        self._get_activities(beam).user_id = colleague
        self._create_order((beam, 1))
        self._alert()
        [activity] = self._get_activities(beam)
        self.assertEqual(activity.user_id, colleague)
        self.assertIn("6 are not covered", activity.summary)

    def test_one_that_fails(self):
        """Scenario: one of two products cannot be told. Expected: the other is."""
        beam, wool = (self._create_bought(name, purchaser_id=self.purchaser.id) for name in ("Beam", "Wool"))
        self._create_order((beam, 5), (wool, 5))
        schedule = type(beam).activity_schedule

        def fail(product, *args, **kwargs):
            if product == beam:
                raise ValueError("no")
            return schedule(product, *args, **kwargs)

        self.patch(type(beam), "activity_schedule", fail)
        with mute_logger("odoo.addons.gse_backorder.models.supply.stock_supply_alert"):
            self._alert()
        self.assertFalse(self._get_activities(beam))
        self.assertTrue(self._get_activities(wool))
