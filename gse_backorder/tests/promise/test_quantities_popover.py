from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestQuantitiesPopover(RestockCase):
    """From a sale or delivery line: stock and incoming of each warehouse, and who else waits."""

    def _ask(self, line, user=None, **shown):
        """Return what the popover of *line* tells *user* (who sells, or picks), with what the form has *shown*."""
        self._invalidate()
        if line._name == "sale.order.line":
            user = user or self.salesperson
            place = {"uom_id": line.product_uom_id.id, "warehouse_id": line.warehouse_id.id}
        else:
            user = user or self.picker
            place = {"uom_id": line.product_uom.id, "location_id": line.location_id.id}
        values = {"product_id": line.product_id.id, **place, **shown}
        self.env.invalidate_all()
        return line.with_user(user).get_quantities(**values)

    def _tell_stocks(self, answer):
        """Return the table of stocks: ``[(name, on hand, free, incoming, lacking)]``."""
        names = ("name", "on_hand", "free", "incoming", "lacking")
        return [tuple(stock[name] for name in names) for stock in answer["stocks"]]

    def _create_warehouse(self, name, **values):
        return self.env["stock.warehouse"].create({"name": name, "code": name[:5], **values})

    # ---- stocks --------------------------------------------------------------

    def test_each_warehouse(self):
        """Scenario: goods here, elsewhere, and on their way. Expected: a row for each, the line's own first."""
        product = self._create_product("Beam", stock=10)
        depot, _empty = self._create_warehouse("Depot"), self._create_warehouse("Empty")
        self._add_stock(product, 7.5, depot.lot_stock_id)
        receipt = self._create_receipt((product, 5), days=7)
        self._create_receipt((product, 6), days=9)
        self._create_delivery((product, 4))
        order = self._create_order((product, 14), user_id=self.salesperson.id)
        answer = self._ask(order.order_line)
        self.assertEqual(
            self._tell_stocks(answer),
            [("Backorder Test", "10", "0", "11", "8"), ("Depot", "7.50", "7.50", "0", "0")],
            "4 + 6 of 10 are reserved, 14 - 6 are lacking; and no row for a warehouse that has nothing.",
        )
        self.assertEqual([stock["is_own"] for stock in answer["stocks"]], [True, False], "The own one comes first.")
        self.assertEqual(answer["unit"], "Units", "No quantity without its unit.")
        first = receipt.move_ids._format_day(receipt.move_ids.date)
        self.assertEqual([stock["incoming_date"] for stock in answer["stocks"]], [first, None], "The first receipt.")
        self.assertEqual(
            self._tell_stocks(self._ask(order.picking_ids.move_ids)),
            self._tell_stocks(answer),
            "The delivery line tells who picks the same.",
        )

    def test_nothing_anywhere(self):
        """Scenario: no stock at all. Expected: the line's own warehouse is shown nevertheless."""
        order = self._create_order((self._create_product("Beam"), 3))
        self.assertEqual(self._tell_stocks(self._ask(order.order_line)), [("Backorder Test", "0", "0", "0", "3")])

    def test_unit_of_the_line(self):
        """Scenario: dozens of what is counted in units. Expected: all is told in dozens."""
        product = self._create_product("Beam", stock=6)
        self._create_receipt((product, 30))
        order = self._create_order((product, 2, self.dozen))
        delivery = self._create_delivery((product, 1, self.dozen))
        for line in (order.order_line, delivery.move_ids):
            answer = self._ask(line)
            self.assertEqual(answer["unit"], self.dozen.name)
            self.assertEqual(self._tell_stocks(answer), [("Backorder Test", "0.50", "0", "2.50", "2.50")])
            self.assertEqual(
                [claim["quantity"] for claim in answer["queue"]["claims"]], ["1.50", "1"], "18 and 12 units."
            )
            in_units = self._ask(line, uom_id=False)
            self.assertEqual(in_units["unit"], self.unit.name, "Else in the product's.")
            self.assertEqual(self._tell_stocks(in_units), [("Backorder Test", "6", "0", "30", "30")])

    def test_own_stock_is_where_the_line_takes_from(self):
        """Scenario: lines take from a shelf, and from a stock beside. Expected: the shelf's stock; the one beside."""
        product = self._create_product("Beam", stock=10)
        locations = self.env["stock.location"]
        shelf = locations.create({"name": "Shelf", "location_id": self.stock.id})
        shop = locations.create({"name": "Shop", "location_id": self.warehouse.view_location_id.id})
        self._add_stock(product, 2, shop)
        move = self._create_delivery((product, 1), confirm=False).move_ids
        answer = self._ask(move, location_id=shelf.id)
        self.assertEqual(self._tell_stocks(answer), [("Backorder Test", "10", "10", "0", "0")], "The whole stock.")
        answer = self._ask(move, location_id=shop.id)
        self.assertEqual(
            self._tell_stocks(answer),
            [(shop.display_name, "2", "2", "0", "0"), ("Backorder Test", "10", "10", "0", "0")],
            "Goods beside the stock are another stock.",
        )
        self.assertEqual([stock["is_own"] for stock in answer["stocks"]], [True, False])

    def test_not_stored(self):
        """Scenario: a service, and goods that are not counted. Expected: Odoo's own popover, and nothing more."""
        order = self._create_order(
            (self._create_product("Advice", type="service", is_storable=False), 1),
            (self._create_product("Nails", is_storable=False), 1),
        )
        for line in order.order_line:
            answer = self._ask(line)
            self.assertEqual((answer["stocks"], answer["queue"]), ([], False), line.product_id.name)

    def test_line_that_is_not_saved(self):
        """Scenario: a new line, and another product on a saved one. Expected: its stock; nobody's queue."""
        beam, panel = self._create_product("Beam", stock=10), self._create_product("Panel", stock=3)
        order = self._create_order((beam, 20))
        delivery = self._create_delivery((beam, 20))
        for line in (order.order_line, delivery.move_ids):
            where = {"warehouse_id": self.warehouse.id} if line == order.order_line else {"location_id": self.stock.id}
            for asked in (line.browse(), line):
                answer = self._ask(asked, product_id=panel.id, **{"uom_id": self.unit.id, **where})
                self.assertEqual(self._tell_stocks(answer), [("Backorder Test", "3", "3", "0", "0")], line._name)
                self.assertEqual((answer["queue"], answer["is_explained"]), (False, False), "It waits for nothing.")
        answer = self._ask(order.order_line.browse(), product_id=panel.id)
        self.assertFalse(any(stock["is_own"] for stock in answer["stocks"]), "Nobody knows yet where it ships from.")

    # ---- queue ---------------------------------------------------------------

    def test_who_waits(self):
        """Scenario: seven are ahead, five behind. Expected: the first and the next by name, the others counted."""
        product = self._create_product("Beam")
        urgent = self.env["res.partner"].create({"name": "Urgent Customer"})
        moves = self._create_waiting(*[(product, quantity) for quantity in range(1, 13)])
        moves |= self._create_delivery((product, 50), partner_id=urgent.id, priority="1").move_ids
        ranked = moves[-1] | moves[:-1]
        receipt = self._create_receipt((product, 51))
        queue = self._ask(ranked[7])["queue"]
        self.assertEqual((queue["length"], queue["more_ahead"], queue["more_behind"]), (13, 2, 2), "Counted.")
        named = ranked[:5] | ranked[7:11]
        self.assertEqual([claim["id"] for claim in queue["claims"]], named.ids, "In ranking.")
        self.assertEqual([claim["place"] for claim in queue["claims"]], [1, 2, 3, 4, 5, 8, 9, 10, 11])
        self.assertEqual([claim["is_own"] for claim in queue["claims"]], [False] * 5 + [True] + [False] * 3)
        self.assertEqual([claim["transfer"] for claim in queue["claims"]], named.picking_id.mapped("name"))
        self.assertEqual(
            [claim["quantity"] for claim in queue["claims"]], ["50", "1", "2", "3", "4", "7", "8", "9", "10"]
        )
        self.assertEqual(
            [claim["customer"] for claim in queue["claims"][:2]], ["Urgent Customer", "Sample LLC"], "Who it is."
        )
        promise = receipt.move_ids._format_day(receipt.move_ids.date)
        self.assertEqual([claim["promise"] for claim in queue["claims"]], [promise] * 2 + [False] * 7, "50 + 1 = 51.")

    def test_the_same_as_why(self):
        """Scenario: asked by popover and by Why?. Expected: the same are ahead, for who sells and who picks."""
        product = self._create_product("Beam")
        ahead = self._create_waiting((product, 5), (product, 4), priority="1")
        order = self._create_order((product, 6), user_id=self.salesperson.id)
        for line in (order.order_line, order.picking_ids.move_ids):
            answer = self._ask(line)
            named = [claim["transfer"] for claim in answer["queue"]["claims"] if not claim["is_own"]]
            self.assertEqual(named, ahead.picking_id.mapped("name"), "Who is ahead.")
            self.assertTrue(answer["is_explained"], "And Why? has an answer.")
            explanation = order.picking_ids.move_ids.with_user(self.salesperson).allocation_explanation
            for name in named:
                self.assertIn(name, explanation, "Why? names him, too.")

    def test_deliveries_of_others(self):
        """Scenario: nobody may open others' deliveries. Expected: the queue is told nevertheless, as Why? tells it."""
        product = self._create_product("Beam")
        ahead = self._create_waiting((product, 5), priority="1")
        order = self._create_order((product, 6), user_id=self.salesperson.id)
        self.env["ir.rule"].create(
            {
                "name": "Own deliveries only",
                "model_id": self.env.ref("stock.model_stock_picking").id,
                "domain_force": "[('user_id', '=', user.id)]",
            }
        )
        queue = self._ask(order.order_line)["queue"]
        self.assertEqual(
            [claim["transfer"] for claim in queue["claims"]], (ahead.picking_id | order.picking_ids).mapped("name")
        )
        with self.assertRaises(AccessError, msg="But they stay closed."):
            ahead.picking_id.with_user(self.salesperson).check_access("read")

    def test_no_queue(self):
        """Scenario: a reserved, a draft, a done line. Expected: none is in a queue; the reserved one can be asked."""
        product = self._create_product("Beam", stock=9)
        reserved = self._create_delivery((product, 5)).move_ids
        draft = self._create_delivery((product, 1), confirm=False).move_ids
        done = self._create_delivery((product, 4))
        self._validate(done)
        for move, is_explained in ((reserved, True), (draft, False), (done.move_ids, False)):
            answer = self._ask(move)
            self.assertEqual((answer["queue"], answer["is_explained"]), (False, is_explained), move.state)

    def test_chain_of_steps(self):
        """Scenario: goods are picked, then shipped. Expected: the delivery shows the queue in which its pick stands."""
        self.warehouse.delivery_steps = "pick_ship"
        product = self._create_product("Beam")
        ahead = self._create_order((product, 3)).picking_ids
        pick = self._create_order((product, 5)).picking_ids
        ship = self._create_delivery((product, 5), confirm=False)
        ship.move_ids.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(pick.move_ids.ids)]})
        ship.action_confirm()
        queue = self._ask(ship.move_ids)["queue"]
        self.assertEqual([claim["transfer"] for claim in queue["claims"]], [ahead.name, pick.name])
        self.assertEqual([claim["is_own"] for claim in queue["claims"]], [False, True], "It is this line's pick.")

    def test_bought_for_the_order(self):
        """Scenario: a delivery waits for a receipt that was made for it. Expected: it stands in no queue."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5))
        ship = self._create_delivery((product, 5), confirm=False)
        ship.move_ids.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(receipt.move_ids.ids)]})
        ship.action_confirm()
        self.assertFalse(self._ask(ship.move_ids)["queue"])

    # ---- who may ask ---------------------------------------------------------

    def test_two_companies(self):
        """Scenario: the same product in two companies. Expected: the line's company alone, whoever asks."""
        other = self.env["res.company"].create({"name": "Other Company"})
        house = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        product = self._create_product("Beam", stock=2)
        self._add_stock(product, 9, house.lot_stock_id)
        both = self._hire("backorder_both", self.company | other)
        mine, theirs = self._create_delivery((product, 5)), self._create_delivery_of(other, product, 5)
        theirs.action_confirm()
        self.assertEqual(self._tell_stocks(self._ask(mine.move_ids, both)), [("Backorder Test", "2", "0", "0", "3")])
        self.assertEqual(self._tell_stocks(self._ask(theirs.move_ids, both)), [(house.name, "9", "4", "0", "0")])
        queue = self._ask(mine.move_ids, both)["queue"]
        self.assertEqual([claim["id"] for claim in queue["claims"]], mine.move_ids.ids, "Nobody of the other company.")
        line = self._create_order((product, 1)).order_line
        secret = self._create_product("Secret", stock=3, company_id=other.id)
        for asked, shown, what in (
            (theirs.move_ids, {}, "line"),
            (mine.move_ids, {"product_id": secret.id}, "product"),
            (mine.move_ids.browse(), {"product_id": secret.id}, "product, on a new line"),
            (mine.move_ids, {"location_id": house.lot_stock_id.id}, "stock"),
            (line, {"warehouse_id": house.id}, "warehouse"),
        ):
            user = self._hire(f"backorder_{what}", self.company, "stock.group_stock_user,sales_team.group_sale_manager")
            with self.assertRaises(AccessError, msg=f"The other company's {what} is none of his business."):
                self._ask(asked, user, **shown)

    def test_who_may_ask(self):
        """Scenario: who may not read the line, and a customer, ask. Expected: they are refused."""
        product = self._create_product("Beam", stock=2)
        order = self._create_order((product, 5), user_id=self.salesperson.id)
        own_only = new_test_user(self.env, "backorder_own_only", groups="sales_team.group_sale_salesman")
        portal = new_test_user(
            self.env, "backorder_portal", groups="base.group_portal", partner_id=self.customer.id, email="c@example.com"
        )
        for user in (own_only, portal):
            with self.assertRaises(AccessError, msg=user.login):
                self._ask(order.order_line, user)
        for line in (order.order_line.browse(), order.picking_ids.move_ids.browse()):
            with self.assertRaises(AccessError, msg="Nor on a line that is not saved."):
                self._ask(line, portal, product_id=product.id)
        with self.assertRaises(AccessError, msg="Nor by a page that reads without rights."):
            order.order_line.with_user(portal).sudo().get_quantities(product.id)

    # ---- cost ----------------------------------------------------------------

    def test_number_of_queries(self):
        """Scenario: one warehouse and two lines, nine and thirty. Expected: the same number of queries."""
        product = self._create_product("Beam", stock=1)

        def count(line, user):
            self._ask(line, user)
            self._invalidate()
            before = self.cr.sql_log_count
            values = {"product_id": product.id, "uom_id": self.unit.id, "warehouse_id": self.warehouse.id}
            line.with_user(user).get_quantities(**values)
            return self.cr.sql_log_count - before

        order = self._create_order((product, 5), user_id=self.salesperson.id)
        asked = ((order.order_line, self.salesperson), (order.picking_ids.move_ids, self.picker))

        def grow(customers):
            for customer in customers:
                self._create_delivery((product, 1), partner_id=customer.id, priority="1")

        partners = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(30)])
        grow(partners[:2])
        self._create_receipt((product, 1))  # days are told from the first on
        few = [count(line, user) for line, user in asked]
        grow(partners[2:])
        for number in range(8):
            self._add_stock(product, 1, self._create_warehouse(f"House {number}", code=f"H{number}").lot_stock_id)
        self._create_receipt((product, 1))
        many = [count(line, user) for line, user in asked]
        self.assertEqual(few, many, "What it costs does not depend on how many wait, nor on how many warehouses.")
        self.assertLess(max(many), 45, "And it is not much.")
