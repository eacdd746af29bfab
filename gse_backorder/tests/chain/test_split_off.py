from odoo import Command
from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestSplitOff(BackorderCase):
    """Every part that is split off a delivery is in its chain, whoever splits it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.beam, cls.bolt = cls._create_product("Beam", stock=10), cls._create_product("Bolt", stock=10)

    def _put_into_wave(self, delivery, lines):
        """Split *lines* off *delivery* as Odoo does for a wave: a copy to which they are linked."""
        values = delivery.copy_data({"move_ids": [], "move_line_ids": []})[0]
        values["move_ids"] = [Command.link(move.id) for move in lines.move_id]
        values["move_line_ids"] = [Command.link(line.id) for line in lines]
        return delivery.with_user(self.picker).env["stock.picking"].create([values]).sudo()

    def test_line_put_into_a_wave(self):
        """Scenario: one of two lines is put into a wave and ships first. Expected: -R1, and not fulfilled yet."""
        delivery = self._create_delivery((self.beam, 5), (self.bolt, 5))
        part = self._put_into_wave(delivery, delivery.move_line_ids[1])
        self.assertEqual((part.name, part.backorder_id), (f"{delivery.name}-R1", delivery))
        self.assertEqual((part.backorder_root_id, part.backorder_index), (delivery, 1))
        self._ship(part)
        self.assertEqual((delivery | part).mapped("fulfillment_state"), ["ready", "partially_picked"])
        self._ship(delivery)
        self.assertEqual((delivery | part).mapped("fulfillment_state"), ["done", "done"], "The loop is closed.")

    def test_part_of_a_line(self):
        """Scenario: 2 of 5 of a line are put into a wave, which is a new line there. Expected: in the chain."""
        delivery = self._create_delivery((self.beam, 5))
        move = delivery.move_ids
        move.move_line_ids.quantity = 2
        values = delivery.copy_data({"move_ids": [], "move_line_ids": []})[0]
        [new_move] = move._split(2)
        new_move["move_line_ids"] = [Command.set(move.move_line_ids.ids)]
        values["move_ids"] = [Command.create(new_move)]
        values["move_line_ids"] = [Command.link(line.id) for line in move.move_line_ids]
        part = self.env["stock.picking"].create([values])
        self.assertEqual((part.name, part.backorder_id), (f"{delivery.name}-R1", delivery))
        self.assertEqual((delivery | part).move_ids.mapped("product_uom_qty"), [3, 2])

    def test_lines_moved_into_a_copy(self):
        """Scenario: another addon copies the delivery, and moves a line into the copy. Expected: in the chain."""
        delivery = self._create_delivery((self.beam, 5), (self.bolt, 5))
        copy = delivery.with_user(self.picker).copy({"move_ids": [], "move_line_ids": []})
        delivery.move_ids[1].with_user(self.picker).picking_id = copy
        self.assertEqual((copy.name, copy.backorder_id), (f"{delivery.name}-R1", delivery))

    def test_cancelled_after_a_part_has_shipped(self):
        """Scenario: the part has shipped, then the rest is cancelled. Expected: the part is closed short."""
        delivery = self._create_delivery((self.beam, 5), (self.bolt, 5))
        part = self._put_into_wave(delivery, delivery.move_line_ids[1])
        self._ship(part)
        delivery.action_cancel()
        self.assertEqual((delivery | part).mapped("fulfillment_state"), ["cancel", "closed_short"])

    def test_two_parts(self):
        """Scenario: two of three lines are split off, one after the other. Expected: open until all have shipped."""
        nail = self._create_product("Nail", stock=5)
        delivery = self._create_delivery((self.beam, 5), (self.bolt, 5), (nail, 5))
        first = self._put_into_wave(delivery, delivery.move_line_ids[2])
        second = self._put_into_wave(delivery, delivery.move_line_ids[1])
        self.assertEqual((first | second).mapped("name"), [f"{delivery.name}-R1", f"{delivery.name}-R2"])
        self._ship(delivery)
        self._ship(first)
        chain = delivery | first | second
        self.assertEqual(chain.mapped("fulfillment_state"), ["partially_picked", "partially_picked", "ready"])
        self._assert_installing_says_the_same(chain)
        self._ship(second)
        self.assertEqual(set(chain.mapped("fulfillment_state")), {"done"})

    def test_no_split(self):
        """Scenario: all lines leave, or those of two deliveries. Expected: no chain."""
        whole = self._create_delivery((self.beam, 2))
        copy = whole.copy({"move_ids": [], "move_line_ids": []})
        whole.move_ids.picking_id = copy
        self.assertFalse(copy.backorder_id, "It is another number of the same.")
        one, other = (self._create_delivery((self.beam, 1), (self.bolt, 1)) for _number in range(2))
        merged = one.copy({"move_ids": [], "move_line_ids": []})
        (one.move_ids[0] | other.move_ids[0]).picking_id = merged
        self.assertFalse(merged.backorder_id, "It is of both.")
