from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import BackorderCase

# So much room the addon takes on the lines of an order, paddings included.
ROOM = 110
PADDING = 10


@tagged("post_install", "-at_install")
class TestOrderScreens(BackorderCase):
    """What orders and deliveries say at their head, and how much room it takes."""

    def _get_arch(self, model, kind="form", view=None):
        view_id = view and self.env.ref(view).id
        return etree.fromstring(self.env[model].get_view(view_id, kind)["arch"])

    # ---- when an order ships -------------------------------------------------

    def _tell(self, order):
        self._invalidate()
        return order.with_user(self.salesperson).shipping_text

    def test_order_says_when_it_ships(self):
        """Scenario: 850 ordered, 310 come in a week, some ship. Expected: a sentence, true at every step."""
        beam, shingle = self._create_product("Beam", stock=480), self._create_product("Shingle", stock=60)
        receipt = self._create_receipt((shingle, 310))
        order = self._create_order((beam, 480), (shingle, 370), confirm=False, user_id=self.salesperson.id)
        day = order._format_day(fields.Datetime.now() + timedelta(days=7))
        self.assertEqual(self._tell(order), f"If confirmed now: 310 of 850 wait until {day}")
        order.action_confirm()
        self.assertEqual(self._tell(order), f"310 of 850 wait until {day}")
        self._ship(order.picking_ids)
        self.assertEqual(self._tell(order), f"310 of 850 wait until {day}", "What has shipped was ordered, too.")
        self._ship(receipt)
        self.assertEqual(self._tell(order), "The remaining 310 can ship now")
        self._ship(order.picking_ids.filtered(lambda delivery: delivery.state == "assigned"))
        self.assertFalse(self._tell(order), "Nothing of it is open.")

    def test_order_without_a_date(self):
        """Scenario: nothing is expected of one, of another a part. Expected: no date is made up; all can ship, too."""
        beam, shingle = self._create_product("Beam"), self._create_product("Shingle", stock=1)
        plenty = self._create_product("Plenty", stock=9)
        self._create_receipt((shingle, 3))
        self.assertEqual(
            self._tell(self._create_order((plenty, 2), confirm=False)), "If confirmed now, all can ship at once"
        )
        self.assertEqual(self._tell(self._create_order((plenty, 2))), "All can ship now")
        self.assertEqual(self._tell(self._create_order((beam, 1))), "1 of 1 waits, without a date")
        together = self._create_order((shingle, 5), (plenty, 2), picking_policy="one")
        self.assertEqual(self._tell(together), "7 of 7 wait, without a date; all ships together")

    def test_what_was_given_up_is_not_all(self):
        """Scenario: of 10 a pick that makes no backorder takes 6; an order of what is not kept in stock. Expected: the
        rest can ship, and not all; all can."""
        self.warehouse.delivery_steps = "pick_ship"
        self.warehouse.pick_type_id.create_backorder = "never"
        beam, glue = self._create_product("Beam", stock=6), self._create_product("Glue", is_storable=False)
        order = self._create_order((beam, 10))
        self._ship(order.picking_ids, 6)
        self.assertEqual(self._tell(order), "The remaining 6 can ship now")
        self.assertEqual(self._tell(self._create_order((glue, 3))), "All can ship now")

    def test_order_explains_itself(self):
        """Scenario: one line waits, two wait, none. Expected: its "Why?"; a list of both; a clear no."""
        beam, shingle, plenty = (self._create_product(name, stock) for name, stock in (("A", 0), ("B", 1), ("C", 9)))
        one = self._create_order((beam, 2), (plenty, 1)).with_user(self.salesperson)
        self.assertEqual(one.action_explain()["res_id"], one.sudo().picking_ids.move_ids[0].id)
        for confirm in (True, False):
            several = self._create_order((beam, 2), (shingle, 2), (plenty, 1), confirm=confirm)
            action = several.with_user(self.salesperson).action_explain()
            lines = self.env["sale.order.line"].with_user(self.salesperson).search(action["domain"])
            self.assertEqual(lines.product_id, beam | shingle)
        with self.assertRaisesRegex(UserError, "Nothing of"):
            self._create_order((plenty, 1)).with_user(self.salesperson).action_explain()

    # ---- room ------------------------------------------------------------------

    def test_room_on_the_lines(self):
        """Scenario: the lines of orders are listed. Expected: ours leave room for the prices, and none is empty."""
        for model in ("sale.order", "purchase.order"):
            [lines] = self._get_arch(model).xpath("//field[@name='order_line']/list")
            ours = [
                node
                for node in lines.iterchildren("field")
                if set(self.env[f"{model}.line"]._fields[node.get("name")]._modules) == {"gse_backorder"}
                and node.get("optional") != "hide"
                and node.get("column_invisible") not in ("1", "True")
            ]
            room = sum(int(node.get("width").removesuffix("px")) + PADDING for node in ours)
            self.assertLessEqual(room, ROOM, model)
            # A button of ours stands beside one of Odoo's, in the same column.
            for button in lines.xpath("button[@name='action_view_pegged' or @name='action_explain']"):
                self.assertEqual(button.getprevious().tag, "button", model)

    # ---- the delivery's form -----------------------------------------------------

    def test_dates_that_differ(self):
        """Scenario: a delivery that is ready, late, shipped. Expected: no day is told twice."""
        product = self._create_product("Beam", stock=5)
        ready = self._create_delivery((product, 5))
        self.assertEqual(ready.shown_dates, "scheduled", "All of them are today.")
        self._create_receipt((product, 5))
        waiting = self._create_delivery((product, 5))
        self.assertEqual(waiting.shown_dates, "scheduled ships")
        waiting._write_facts({"first_promise_date": waiting.promise_date - timedelta(days=2)})
        waiting.date_deadline = waiting.promise_date + timedelta(days=3)
        self._invalidate()
        self.assertEqual(waiting.shown_dates, "scheduled ships deadline first")
        self._ship(ready)
        self.assertEqual(ready.shown_dates, "scheduled")

    def test_validate_comes_first(self):
        """Scenario: a part is reserved, so Odoo offers to check again. Expected: Validate is the first button."""
        header = self._get_arch("stock.picking").find("header")
        names = [
            button.get("name") for button in header.iter("button") if "oe_highlight" in (button.get("class") or "")
        ]
        self.assertLess(names.index("button_validate"), names.index("action_assign"))

    def test_all_where_something_is(self):
        """Scenario: there is something of one line, nothing of the other. Expected: All is offered for the first."""
        delivery = self._create_delivery((self._create_product("Beam", stock=4), 9), (self._create_product("Wool"), 2))
        delivery = delivery.with_user(self.picker)
        beam, wool = delivery.move_ids
        self.assertEqual((beam.can_be_filled, wool.can_be_filled, delivery.can_be_filled), (True, False, True))
        beam.qty_filled = 3
        self.assertTrue(beam.can_be_filled, "One more is there.")
        delivery.action_fill()
        self.assertEqual((beam.can_be_filled, delivery.can_be_filled), (False, False), "All that is there is filled.")
        for arch in (self._get_arch("stock.picking"), self._get_arch("stock.move", "kanban", "stock.view_move_kandan")):
            for button in arch.xpath("//*[@name='action_fill']"):
                self.assertIn("can_be_filled", button.get("invisible"))

    def test_lists_say_when_it_ships(self):
        """Scenario: chains, orders and open deliveries are listed. Expected: with the dates that people ask for."""
        for model, view, name, optional in (
            ("stock.picking", "gse_backorder.view_picking_chain_list", "promise_day", "show"),
            ("sale.order", "sale.view_order_tree", "promise_day", "show"),
            ("stock.picking", "gse_backorder.view_picking_workbench_list", "promise_day", "show"),
            ("stock.picking", "gse_backorder.view_picking_workbench_list", "scheduled_date", "hide"),
            ("stock.picking", "gse_backorder.view_picking_workbench_list", "date_deadline", "hide"),
        ):
            [column] = self._get_arch(model, "list", view).xpath(f"field[@name='{name}']")
            self.assertEqual(column.get("optional"), optional, f"{view}: {name}")
