from odoo.fields import Domain
from odoo.tests import Form, tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestAddedBeside(BackorderCase):
    """A picker adds to a delivery what was not ordered: it wants nothing, and is not said to be in stock or late."""

    def test_line_of_zero(self):
        """Scenario: two are added, with a demand of zero, to a delivery of three others. Expected: the added line has
        no status and no words, and no filter finds it by one; the customer sees what he has ordered, until it ships."""
        ordered, added = self._create_product("Bolt", stock=5), self._create_product("Beam", stock=5)
        order = self._create_order((ordered, 3))
        delivery = order.picking_ids
        with Form(delivery) as form, form.move_ids.new() as line:
            line.product_id = added
            line.product_uom_qty = 0
            line.quantity = 2
        move = delivery.move_ids.filtered(lambda move: move.product_id == added)
        self._invalidate()
        self.assertEqual(move.product_uom_qty, 0, "It is there.")
        self.assertEqual((move.availability_status, move.availability_text), (False, False))
        self.assertFalse(move.promise_date, "Nothing is promised of it.")
        found = move.search([("availability_status", "!=", False), ("picking_id", "=", delivery.id)])
        self.assertEqual(found, delivery.move_ids - move)
        self.assertEqual(delivery.availability_status, "available", "That is what was ordered.")
        lines = self.env["stock.customer.page"]._get_values(delivery)["lines"]
        self.assertEqual([line["product"] for line in lines], ["Bolt"])
        awaited = move._get_awaited_sql(self.customer, self.company, Domain("picking_id", "=", delivery.id))
        awaited_ids = {row[0] for row in self.env.execute_query(awaited)}
        self.assertEqual(awaited_ids, set((delivery.move_ids - move).ids))
        self.assertEqual(delivery._get_open_chain_moves(), delivery.move_ids - move)
        self._ship(delivery)
        lines = self.env["stock.customer.page"]._get_values(delivery)["lines"]
        self.assertEqual([(line["product"], line["shipped"]) for line in lines], [("Bolt", "3"), ("Beam", "2")])
