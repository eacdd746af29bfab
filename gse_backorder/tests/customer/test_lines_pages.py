from odoo.tests import tagged

from .test_lines import LinesCase


@tagged("post_install", "-at_install")
class TestLinesPages(LinesCase):
    """A page of the open lines is a part of all of them, of whatever order and filter."""

    def test_pages_are_parts_of_the_whole(self):
        """Scenario: each order and filter, on pages of one, two and three lines, of orders and of a delivery without
        one; and pages behind the last. Expected: what a file of all has, in its order; behind the last is the last."""
        self._create_delivery((self._create_product("Loose"), 2))
        self._create_order((self._create_product("Late"), 2), partner_id=self.customer.id)
        self._invalidate()
        customer_lines = self.env["stock.customer.lines"]

        def find(**wishes):
            total, lines = customer_lines._find(self.customer, self.company, **wishes)
            return total, [line.open_moves.ids for line in lines]

        for sortby in customer_lines._get_sortings():
            for filterby in customer_lines._get_filters():
                wishes = {"sortby": sortby, "filterby": filterby}
                total, whole = find(limit=100, **wishes)
                self.assertEqual(total, len(whole))
                for limit in (1, 2, 3):
                    count = max(1, -(-total // limit))
                    pages = [find(limit=limit, page=page, **wishes) for page in range(1, count + 1)]
                    self.assertEqual([ids for _total, page in pages for ids in page], whole, wishes)
                    self.assertEqual({page_total for page_total, _page in pages}, {total}, wishes)
                    for behind in (count + 1, 2**31 - 1):
                        self.assertEqual(find(limit=limit, page=behind, **wishes), pages[-1], wishes)
