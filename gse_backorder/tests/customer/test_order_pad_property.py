from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import tagged

from ..chance import random_examples, some_of, undone
from .test_order_pad import PadCase

EXAMPLES = some_of(60)
CODES = ("N-1", "B-1", "S-1")
product = st.integers(0, len(CODES) - 1)
quantity = st.integers(1, 40)
here_or_there = st.booleans()


@tagged("post_install", "-at_install")
class TestOrderPadProperty(PadCase):
    """What a customer is shown is what he is then promised, whatever there is, and whoever waits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dozen.active = True
        cls.goods = cls.nail | cls.board | cls.slate
        cls.goods.uom_ids = cls.dozen
        cls.other_warehouse = cls.env["stock.warehouse"].create({"name": "Elsewhere", "code": "ELS"})
        cls.other_company = cls.env["res.company"].create({"name": "Another of ours"})

    def _tell_story(self, stocks, receipts, rivals):
        """Let there be stock, supply, and others who wait, here and where it is of no use to this customer."""
        for index, number, is_here in stocks:
            self._add_stock(self.goods[index], number, self.stock if is_here else self.other_warehouse.lot_stock_id)
        for index, number, days, is_here in receipts:
            receipt = self._create_receipt((self.goods[index], number), days=max(days, 1))
            receipt.move_ids.date = fields.Datetime.now() + timedelta(days=days)
            if not is_here:
                receipt.move_ids.location_dest_id = self.other_warehouse.lot_stock_id
        for index, number, is_here, is_urgent, is_held in rivals:
            warehouse = self.warehouse if is_here else self.other_warehouse
            order = self._create_order((self.goods[index], number), warehouse_id=warehouse.id)
            order.picking_ids.priority = "1" if is_urgent else "0"
            if is_held:
                order.picking_ids.move_ids._hold()
        self._create_delivery_of(self.other_company, self.nail, 5).action_confirm()
        self._invalidate()

    def _get_promised(self, order):
        """Return the day of each line as the list of open lines has it: the promise of what was confirmed."""
        _total, lines = self.env["stock.customer.lines"]._find(self.customer, self.company, 500)
        return {line.sale_line: line.open_moves[:1]._get_day(line.promise_date) for line in lines}

    @settings(random_examples, max_examples=EXAMPLES)
    @given(
        rows=st.lists(st.tuples(product, quantity, st.sampled_from(("", "Dozens"))), min_size=1, max_size=5),
        stocks=st.lists(st.tuples(product, quantity, here_or_there), max_size=3),
        receipts=st.lists(st.tuples(product, quantity, st.integers(-3, 15), here_or_there), max_size=4),
        rivals=st.lists(st.tuples(product, quantity, here_or_there, st.booleans(), st.booleans()), max_size=3),
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
            pad = self._write(*((CODES[index], number, unit) for index, number, unit in rows))
            pad._write_head({"policy": policy})
            order = pad._send(self.owner.partner_id, pad._judge()["seen"])
            self._invalidate()
            lines = order.order_line
            self.assertEqual(len(lines), len(rows))
            told, promised = lines._get_told(lines._get_coverage()), self._get_promised(order)
            for line in lines:
                self.assertEqual(line._get_pad_shown(), line._get_pad_now(told), line.product_id.name)
            for own in lines.grouped("product_id").values():
                days = own.mapped(promised.get)
                self.assertEqual(own[0].pad_date, all(days) and max(days), own.product_id.name)
