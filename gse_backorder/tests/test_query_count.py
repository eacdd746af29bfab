from odoo.tests import tagged

from .common import BackorderCase


@tagged("post_install", "-at_install")
class TestQueryCount(BackorderCase):
    """What a screen or a click costs is pinned in queries: constant, whatever the number of lines."""

    def _count_queries(self, function):
        self._invalidate()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def _create_deliveries(self, count):
        products = [self._create_product(f"Product {number}", stock=number % 3) for number in range(10)]
        deliveries = self.env["stock.picking"].browse()
        for number in range(count):
            deliveries |= self._create_delivery(
                *((products[(number + shift) % 10], 2) for shift in range(3)), assign=False
            )
        return deliveries

    def test_status_of_a_list(self):
        """Scenario: the lines of 8 and of 80 deliveries. Expected: the same number of queries."""
        deliveries = self._create_deliveries(80)
        few, many = deliveries[:8].move_ids, deliveries.move_ids

        def read(moves):
            return lambda: moves.browse(moves.ids).mapped("availability_status")

        self._count_queries(read(few))
        costs = [self._count_queries(read(moves)) for moves in (few, many)]
        self.assertEqual(costs[0], costs[1], "The status of lines costs the same, however many there are.")
        self.assertLess(costs[0], 15, "And it is a handful of queries.")

    def test_status_of_orders(self):
        """Scenario: the list of 4 and of 40 orders, and of quotations. Expected: the same number of queries."""
        products = [self._create_product(f"Product {number}", stock=number % 3) for number in range(10)]

        def make(count, confirm):
            return self.env["sale.order"].union(
                *(
                    self._create_order((products[n % 10], 2), (products[(n + 1) % 10], 1), confirm=confirm)
                    for n in range(count)
                )
            )

        def read(records):
            return lambda: records.browse(records.ids).mapped("availability_status")

        for confirm in (True, False):
            orders = make(40, confirm)
            self._count_queries(read(orders[:4]))
            costs = [self._count_queries(read(records)) for records in (orders[:4], orders)]
            self.assertEqual(costs[0], costs[1], "The status of orders costs the same, however many there are.")
