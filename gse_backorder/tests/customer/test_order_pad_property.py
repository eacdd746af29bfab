from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.tests import tagged

from ...models.customer.order_pad_text import Row
from ..chance import random_examples, some_of, undone
from .test_order_pad import PadCase

EXAMPLES = some_of(60)
CODES = ("N-1", "B-1", "S-1")
product = st.integers(0, len(CODES) - 1)
quantity = st.integers(1, 40)
# The customer's warehouse, another one of the company, that of another company of ours.
place = st.integers(0, 2)
written = st.lists(st.tuples(product, quantity, st.sampled_from(("", "Dozens"))), min_size=1, max_size=5)


@tagged("post_install", "-at_install")
class TestOrderPadProperty(PadCase):
    """What a customer is shown is what he is then promised, whatever there is, and whoever waits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dozen.active = True
        cls.goods = cls.nail | cls.board | cls.slate
        cls.goods.uom_ids = cls.dozen
        cls.other_company = cls.env["res.company"].create({"name": "Another of ours"})
        cls.other_company.write({"customer_may_order": "order", "portal_confirmation_pay": False})
        elsewhere = cls.env["stock.warehouse"].create({"name": "Elsewhere", "code": "ELS"})
        theirs = cls.env["stock.warehouse"].search([("company_id", "=", cls.other_company.id)])
        cls.warehouses = cls.warehouse | elsewhere | theirs
        # Two people of one customer, and one of another: who may order of both companies.
        cls.buyers = cls.owner | cls.colleague | cls.stranger
        cls.buyers.company_ids = [Command.link(cls.other_company.id)]

    def _tell_story(self, stocks, receipts, rivals):
        """Let there be stock, supply, and others who wait, here and where it is of no use to the customer."""
        for index, number, where in stocks:
            self._add_stock(self.goods[index], number, self.warehouses[where].lot_stock_id)
        for index, number, days, where in receipts:
            self._create_receipt_at(self.warehouses[where], self.goods[index], number, days)
        for index, number, where, is_urgent, is_held in rivals:
            warehouse = self.warehouses[where]
            order = self._create_order(
                (self.goods[index], number), warehouse_id=warehouse.id, company_id=warehouse.company_id.id
            )
            order.picking_ids.priority = "1" if is_urgent else "0"
            if is_held:
                order.picking_ids.move_ids._hold()
        self._create_delivery_of(self.other_company, self.nail, 5).action_confirm()
        self._invalidate()

    def _create_receipt_at(self, warehouse, product, number, days):
        places = {"location_id": self.suppliers.id, "location_dest_id": warehouse.lot_stock_id.id}
        line = {"product_id": product.id, "product_uom_qty": number, "company_id": warehouse.company_id.id, **places}
        receipt = self.env["stock.picking"].create(
            {"picking_type_id": warehouse.in_type_id.id, "move_ids": [Command.create(line)], **places}
        )
        receipt.action_confirm()
        receipt.move_ids.date = fields.Datetime.now() + timedelta(days=days)

    def _write_pad(self, user, company, rows, policy):
        """Return the pad of *user*, as he has it of that *company* of ours."""
        pad = self.env["stock.order.pad"].with_user(user)._open_own(user, company)
        pad._add_rows([Row(CODES[index], number, unit) for index, number, unit in rows])
        pad._write_head({"policy": policy})
        return pad

    def _send(self, user, pad, rows):
        """Send what *user* has written, and assert that what he was shown is what holds now."""
        order = pad._send(user.partner_id, pad._judge()["seen"])
        self._invalidate()
        self.assertEqual(order.company_id, pad.company_id)
        lines = order.order_line
        self.assertEqual(len(lines), len(rows))
        told, promised = lines._get_told(lines._get_coverage()), self._get_promised(order)
        for line in lines:
            self.assertEqual(line._get_pad_shown(), line._get_pad_now(told), line.product_id.name)
        for own in lines.grouped("product_id").values():
            days = own.mapped(promised.get)
            self.assertEqual(own[0].pad_date, all(days) and max(days), own.product_id.name)

    def _get_promised(self, order):
        """Return the day of each line as the list of open lines has it: the promise of what was confirmed."""
        _total, lines = self.env["stock.customer.lines"]._find(order.partner_id, order.company_id, 500)
        return {line.sale_line: line.open_moves[:1]._get_day(line.promise_date) for line in lines}

    @settings(random_examples, max_examples=EXAMPLES)
    @given(
        rows=written,
        stocks=st.lists(st.tuples(product, quantity, place), max_size=3),
        receipts=st.lists(st.tuples(product, quantity, st.integers(-3, 15), place), max_size=4),
        rivals=st.lists(st.tuples(product, quantity, place, st.booleans(), st.booleans()), max_size=3),
        policy=st.sampled_from(("direct", "one")),
        allocation=st.sampled_from(("priority", "first_ordered", "deadline", "complete_orders")),
        keeps=st.booleans(),
    )
    def test_shown_is_promised(self, rows, stocks, receipts, rivals, policy, allocation, keeps):
        """Nothing else happens: status, day and price that he was shown are those of the confirmed order; so is the day
        in the list of his open lines, product by product."""
        with undone(self.env):
            self.warehouse.write({"allocation_policy": allocation, "keep_promises": keeps})
            self._tell_story(stocks, receipts, rivals)
            self._send(self.owner, self._write_pad(self.owner, self.company, rows, policy), rows)

    @settings(random_examples, max_examples=EXAMPLES)
    @given(
        pads=st.lists(
            st.tuples(st.integers(0, 2), st.booleans(), written, st.sampled_from(("direct", "one"))),
            min_size=2,
            max_size=4,
            unique_by=lambda pad: pad[:2],
        ),
        stocks=st.lists(st.tuples(product, quantity, place), max_size=4),
        receipts=st.lists(st.tuples(product, quantity, st.integers(-3, 15), place), max_size=4),
        keeps=st.booleans(),
    )
    def test_pads_of_two_companies(self, pads, stocks, receipts, keeps):
        """Scenario: several people have each a pad open, of one company of ours or of the other, and send one after
        another. Expected: each gets what he is shown when he sends: of his company's stock, behind who was first."""
        with undone(self.env):
            self.warehouses.keep_promises = keeps
            self._tell_story(stocks, receipts, [])
            opened = [
                (user, self._write_pad(user, company, rows, policy), rows)
                for number, is_other, rows, policy in pads
                for user, company in [(self.buyers[number], self.other_company if is_other else self.company)]
            ]
            self.assertEqual(len({pad for _user, pad, _rows in opened}), len(pads), "Each has his own.")
            for user, pad, rows in opened:
                self._send(user, pad, rows)
