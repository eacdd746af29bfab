from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestGivenToAnother(BackorderCase):
    """A part of a chain becomes another customer's: the fulfilment of each is that of his own part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_customer = cls.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        cls.beam, cls.bolt = cls._create_product("Beam", 3), cls._create_product("Bolt", 5)

    def _assert_states(self, *expected):
        """Assert the states of deliveries, given as pairs, and whether something of each is still open elsewhere."""
        self._invalidate()
        transfers = self.env["stock.picking"].union(*(one for one, _state, _open in expected))
        found = [(one.fulfillment_state, one.has_open_remainder) for one, _state, _open in expected]
        self.assertEqual(found, [(state, is_open) for _one, state, is_open in expected])
        self._assert_installing_says_the_same(transfers)

    def _ship_in_part(self):
        """Return a delivery of which 3 of 10 have shipped, and what is left of it."""
        delivery = self._create_delivery((self.beam, 10))
        return delivery, self._ship(delivery)

    def test_all_that_is_left(self):
        """Scenario: all that is left is given to another, and comes back. Expected: nothing of the first one's is
        open meanwhile, and the other waits for his own."""
        delivery, rest = self._ship_in_part()
        self._assert_states((delivery, "partially_picked", True), (rest, "waiting", False))
        rest.partner_id = self.other_customer
        self._assert_states((delivery, "done", False), (rest, "waiting", False))
        rest.partner_id = self.customer
        self._assert_states((delivery, "partially_picked", True), (rest, "waiting", False))

    def test_given_up_by_the_other(self):
        """Scenario: the other one cancels what he was given. Expected: nothing of the first one's was given up."""
        delivery, rest = self._ship_in_part()
        rest.partner_id = self.other_customer
        rest.action_cancel()
        self._assert_states((delivery, "done", False), (rest, "cancel", False))

    def test_given_in_part(self):
        """Scenario: a remainder ships in part, and its own remainder is given away. Expected: each has his own."""
        delivery, rest = self._ship_in_part()
        self._add_stock(self.beam, 4)
        rest.action_assign()
        last = self._ship(rest)
        last.partner_id = self.other_customer
        self._assert_states((delivery, "done", False), (rest, "done", False), (last, "waiting", False))
        self._add_stock(self.beam, 1)
        last.action_assign()
        more = self._ship(last)
        self.assertEqual(more.customer_id, self.other_customer)
        self._assert_states(
            (delivery, "done", False), (rest, "done", False), (last, "partially_picked", True), (more, "waiting", False)
        )
        more.action_cancel()
        self._assert_states(
            (delivery, "done", False), (rest, "done", False), (last, "closed_short", False), (more, "cancel", False)
        )

    def test_original_is_given(self):
        """Scenario: what has shipped first is said to be another's. Expected: what is left is no remainder of his."""
        delivery, rest = self._ship_in_part()
        delivery.partner_id = self.other_customer
        self._assert_states((delivery, "done", False), (rest, "waiting", False))
