import codecs
import csv
import io
from urllib.parse import urlencode

from odoo.http import content_disposition, request, route

from odoo.addons.portal.controllers.portal import pager
from odoo.addons.web.controllers.export import ExportXlsxWriter

from .. import arguments
from .portal import LIST_URL, DeliveryPortal, number_in_path

LINES_URL = f"{LIST_URL}/lines"
LINES_PAGE_URL = f"{LINES_URL}/page/{number_in_path('page')}"
# As on the page of a list of deliveries: each row's promise is worked out while the customer waits for it.
ROWS_OF_A_PAGE = 15
# A program that asks gets more at once.
ROWS_OF_AN_ANSWER = 500
# And a file the most: who has more lines than that searches or filters first.
ROWS_OF_A_FILE = 10_000
CONTENT_TYPES = {
    "csv": "text/csv;charset=utf8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# With what spreadsheets let a formula begin, also behind what they take away.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


class LinesXlsxWriter(ExportXlsxWriter):
    """Odoo's own writer, but for text that looks like a formula or a link: it is text."""

    def __init__(self, *args):
        super().__init__(*args)
        self.worksheet.strings_to_formulas = False
        self.worksheet.strings_to_urls = False


class DeliveryLinesPortal(DeliveryPortal):
    """All lines that the customer's company still waits for, over all its orders: as a page, a file, and JSON.

    There is no link by which others may see it: it is for who has a login there.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "open_line_count" in counters:
            customer_lines, partner = request.env["stock.customer.lines"], request.env.user.partner_id
            values["open_line_count"] = customer_lines._has_any(partner, request.env.companies)
        return values

    # ---- page --------------------------------------------------------------------

    @route([LINES_URL, LINES_PAGE_URL], type="http", auth="user", website=True, readonly=True)
    def portal_my_delivery_lines(self, page=1, sortby=None, filterby=None, search=None, search_in=None, **kwargs):
        """The open lines of the customer's company."""
        return request.render(
            "gse_backorder.portal_my_delivery_lines",
            self._prepare_lines_values(page, self._read_wishes(sortby, filterby, search, search_in)),
        )

    def _prepare_lines_values(self, page, wishes):
        customer_lines, partner = request.env["stock.customer.lines"], request.env.user.partner_id
        total, lines = self._find_lines(wishes, limit=ROWS_OF_A_PAGE, page=page)
        orders = request.env["sale.order"].union(*(line.order.sudo(False) for line in lines))
        readable = orders.with_user(request.env.user)._filtered_access("read")
        products = request.env["product.product"].union(*(line.open_moves.product_id.sudo(False) for line in lines))
        return {
            **self._prepare_portal_layout_values(),
            **wishes,
            "lines": customer_lines._get_page_rows(lines, readable),
            "total_text": customer_lines._get_total_text(total),
            "file_text": total > ROWS_OF_A_FILE and customer_lines._get_file_text(ROWS_OF_A_FILE),
            "file_query": urlencode(wishes),
            "empty_text": customer_lines._get_empty_text(wishes["filterby"], wishes["search"]),
            "channels": request.env["stock.live"]._get_customer_channels(partner, products),
            "page_name": "delivery_lines",
            "pager": pager(
                url=LINES_URL, total=total, page=self._read_page(page), step=ROWS_OF_A_PAGE, url_args=wishes
            ),
            "default_url": LINES_URL,
            "searchbar_sortings": customer_lines._get_sortings(),
            "searchbar_filters": customer_lines._get_filters(),
            "searchbar_inputs": customer_lines._get_searches(),
        }

    @staticmethod
    def _read_page(page):
        return arguments.number(page, default=1)

    @staticmethod
    def _read_wishes(sortby, filterby, search, search_in):
        """Return what the visitor wants to see, of what there is; whatever else he has sent is passed over."""
        customer_lines = request.env["stock.customer.lines"]

        def choose(sent, known, default):
            sent = arguments.text(sent)
            return sent if sent in known else default

        return {
            "sortby": choose(sortby, customer_lines._get_sortings(), "newest"),
            "filterby": choose(filterby, customer_lines._get_filters(), "all"),
            "search": arguments.text(search, longest=arguments.LONGEST_TEXT),
            "search_in": choose(search_in, customer_lines._get_searches(), "all"),
        }

    def _find_lines(self, wishes, limit, page=1):
        """Return how many lines there are, and those of a page: see ``stock.customer.lines._find``."""
        return request.env["stock.customer.lines"]._find(
            request.env.user.partner_id, request.env.companies, limit, self._read_page(page), **wishes
        )

    # ---- files ---------------------------------------------------------------------

    @route(f"{LINES_URL}/export/<string:kind>", type="http", auth="user", website=True, readonly=True)
    def portal_my_delivery_lines_file(self, kind, sortby=None, filterby=None, search=None, search_in=None, **kwargs):
        """What the page shows on all its pages, as a file for a spreadsheet."""
        if kind not in CONTENT_TYPES:
            return request.redirect(LINES_URL)
        _total, lines = self._find_lines(self._read_wishes(sortby, filterby, search, search_in), limit=ROWS_OF_A_FILE)
        customer_lines = request.env["stock.customer.lines"]
        titles, rows = list(customer_lines._get_columns().values()), customer_lines._get_file_rows(lines)
        content = self._write_csv(titles, rows) if kind == "csv" else self._write_xlsx(titles, rows)
        name = f"{request.env._('Lines to come')}.{kind}"
        headers = [("Content-Type", CONTENT_TYPES[kind]), ("Content-Disposition", content_disposition(name))]
        return request.make_response(content, headers)

    @classmethod
    def _write_csv(cls, titles, rows):
        output = io.StringIO()
        writer = csv.writer(output, quoting=csv.QUOTE_ALL)
        writer.writerow(titles)
        writer.writerows([cls._write_csv_cell(value) for value in row] for row in rows)
        # Excel takes what does not begin so for the machine's old encoding: customers' names are full of accents.
        return codecs.BOM_UTF8 + output.getvalue().encode()

    @staticmethod
    def _write_csv_cell(value):
        """Return *value* as it stands in a CSV: what looks like a formula, spreadsheets are told is text."""
        if isinstance(value, float):
            return f"{value:.15g}"
        value = "" if value is None else str(value)
        return f"'{value}" if value.lstrip(" ").startswith(FORMULA_SIGNS) else value

    @staticmethod
    def _write_xlsx(titles, rows):
        columns = [{"type": "float"} for _title in titles]  # how Odoo writes a number
        with LinesXlsxWriter(columns, titles, len(rows)) as writer:
            for number, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    writer.write_cell(number, column, value)
        return writer.value

    # ---- for programs -----------------------------------------------------------------

    @route(f"{LINES_URL}/json", type="jsonrpc", auth="bearer", readonly=True)
    def portal_my_delivery_lines_json(self, page=1, sortby=None, filterby=None, search=None, search_in=None, **kwargs):
        """The same lines for a customer's own system, with a key of his login.

        :return: ``{"total": …, "page": …, "pages": …, "lines": […]}``, see ``stock.customer.lines``
        """
        wishes, customer_lines = (
            self._read_wishes(sortby, filterby, search, search_in),
            request.env["stock.customer.lines"],
        )
        total, lines = self._find_lines(wishes, limit=ROWS_OF_AN_ANSWER, page=page)
        pages = max(1, -(-total // ROWS_OF_AN_ANSWER))
        return {
            "total": total,
            "page": min(self._read_page(page), pages),
            "pages": pages,
            "lines": [customer_lines._get_plain_values(line) for line in lines],
        }
