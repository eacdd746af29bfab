import codecs
import csv
import io
import json
from datetime import timedelta
from urllib.parse import quote

import openpyxl
from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..chance import draw_from
from .test_portal import PortalHttpCase

LINES = "/my/deliveries/lines"
JSON_ROUTE = f"{LINES}/json"
COLUMNS = ("product", "order", "reference", "ordered", "shipped", "to_come", "ships_on", "first_promised", "deliveries")
FUZZED = 150


class LinesCase(PortalHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order.client_order_ref = "PO-4711"

    def _find(self, partner=None, **wishes):
        """Return what a program reads of the open lines, by product."""
        customer_lines = self.env["stock.customer.lines"]
        total, lines = customer_lines._find(partner or self.customer, self.company, 100, **wishes)
        self.assertEqual(total, len(lines))
        return {values["product"]: values for values in map(customer_lines._get_plain_values, lines)}

    def _rows(self, user, query=""):
        """Return the rows of the page: the texts of their cells, by column."""
        page = self._read(f"{LINES}{query}", user)
        rows = []
        for row in page.xpath("//div[@class='o_gse_live']//tbody/tr"):
            cells = [self._words(cell) for cell in row.xpath("td")]
            rows.append(dict(zip(COLUMNS, [row.xpath("string(td[1]/span)"), *cells[1:]], strict=True)))
        return rows

    def _products(self, query="", user=None):
        return [row["product"] for row in self._rows(user or self.owner, query)]

    def _create_key(self, user):
        """Return a key for programs, of *user*."""
        self.env["ir.config_parameter"].sudo().set_param("portal.allow_api_keys", "1")
        keys = self.env["res.users.apikeys"].with_user(user)
        return keys._generate(None, "Own system", fields.Datetime.add(fields.Datetime.now(), days=1))

    def _ask(self, key, **params):
        self.authenticate(None, None)
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        return self.url_open(JSON_ROUTE, data=json.dumps({"params": params}), headers=headers)


@tagged("post_install", "-at_install")
class TestLines(LinesCase):
    """All that a customer still waits for, line by line, over all orders."""

    def _assert_like_pages(self):
        """Assert that each line says what the page of the original delivery says of it; return their number."""
        count, pages = 0, self.env["stock.customer.page"]
        _total, lines = self.env["stock.customer.lines"]._find(self.customer, self.company, 100)
        for line in lines:
            values = self.env["stock.customer.lines"]._get_page_rows([line], self.env["sale.order"])[0]
            root = line.open_moves.picking_id.backorder_root_id or line.open_moves.picking_id
            [shown] = [one for one in pages._get_values(root)["lines"] if set(one["ids"]) == set(line.open_moves.ids)]
            self.assertEqual(
                [values[name] for name in ("product", "quantities_text", "shipped", "to_come", "promise_text")],
                [shown[name] for name in ("product", "quantities_text", "shipped", "remaining", "promise_text")],
            )
            self.assertEqual(values["first_promise_text"], shown["first_promise_text"])
            count += 1
        return count

    def test_line_is_what_its_delivery_says(self):
        """Scenario: shipped in part, put off, in dozens, all together, on hold. Expected: the page's own figures."""
        self.assertEqual(self._assert_like_pages(), 4)
        self._ship_root()
        self._put_off_receipt(days=5)
        self.assertEqual(self._assert_like_pages(), 2, "What has shipped in full is no open line.")
        egg = self._create_product("Egg", stock=18)
        dozens = self._create_order((egg, 2, self.dozen), partner_id=self.customer.id)
        self._ship(dozens.picking_ids)
        there, short = (self._create_product(name, stock) for name, stock in (("There", 9), ("Short", 1)))
        self._create_receipt((short, 9), days=3)
        together = self._create_order((there, 5), (short, 5), partner_id=self.customer.id).picking_ids
        together.move_type = "one"
        self._create_order((there, 4), partner_id=self.customer.id).picking_ids.move_ids._hold()
        self._create_delivery((there, 2))
        self._invalidate()
        self.assertEqual(self._assert_like_pages(), 2 + 1 + 2 + 1 + 1)
        found = self._find()
        self.assertEqual([found["Egg"][name] for name in ("ordered", "shipped", "to_come")], [2, 1.5, 0.5])
        self.assertEqual(found["Egg"]["unit"], "Dozens")

    def test_ordered_anew(self):
        """Scenario: 4 of 10 ship, the order is cancelled, confirmed again and raised to 11; another is cancelled before
        it ships, and confirmed again. Expected: what was cancelled and ordered anew was ordered once."""
        product, other = self._create_product("Again", stock=4), self._create_product("Later")
        order, unshipped = (self._create_order((one, 10), partner_id=self.customer.id) for one in (product, other))
        self._ship(order.picking_ids)
        for one in (order, unshipped):
            one._action_cancel()
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            for one in (order, unshipped):
                one.action_draft()
                one.action_confirm()
            order.order_line.product_uom_qty = 11
        found = self._find()
        for name, figures in (("Again", [11, 4, 7]), ("Later", [10, 0, 10])):
            self.assertEqual([found[name][figure] for figure in ("ordered", "shipped", "to_come")], figures)

    def test_cancelled_beside_what_is_open(self):
        """Scenario: 4 of 10 ship, 2 of the rest are cancelled. Expected: 10 were ordered."""
        product = self._create_product("Again", stock=4)
        order = self._create_order((product, 10), partner_id=self.customer.id)
        rest = self._ship(order.picking_ids).move_ids
        self.env["stock.move"].create(rest._split(2))._action_cancel()
        self.assertEqual([self._find()["Again"][name] for name in ("ordered", "shipped", "to_come")], [10, 4, 4])

    def test_page(self):
        """Scenario: the story after the first shipment. Expected: a row says it all, and leads on."""
        backorder = self._ship_root()
        self._put_off_receipt(days=5)
        [row] = [row for row in self._rows(self.owner) if row["product"] == "Shingle"]
        move = backorder.move_ids[0]
        self.assertEqual(
            row,
            {
                "product": "Shingle",
                "order": self.order.name,
                "reference": "PO-4711",
                "ordered": "250 Units",
                "shipped": "60",
                "to_come": "190",
                "ships_on": f"{move._format_day(move.promise_date)} late "
                f"first promised {move._format_day(move.first_promise_date)}",
                "first_promised": move._format_day(move.first_promise_date),
                "deliveries": f"{backorder.name} Decide {backorder.name}",
            },
        )
        links = self._read(LINES, self.owner).xpath("//div[@class='o_gse_live']//td//a/@href")
        for link in (backorder.access_url, f"{backorder.access_url}#delivery_choices", f"/my/orders/{self.order.id}"):
            self.assertIn(link, links)
        self.company.write(dict.fromkeys(self.env["stock.customer.choice"]._get_settings().values(), False))
        links = self._read(LINES, self.owner).xpath("//div[@class='o_gse_live']//td//a/@href")
        self.assertIn(backorder.access_url, links)
        self.assertNotIn(f"{backorder.access_url}#delivery_choices", links, "Nothing is left to him.")

    def test_what_is_open_alone(self):
        """Scenario: a quotation, a draft, what is cancelled, shipped or sent back. Expected: none of it."""
        self.root.action_cancel()
        beam = self.products["Beam"]
        self._create_order((beam, 1), partner_id=self.customer.id, confirm=False)
        self._create_delivery((beam, 1), confirm=False)
        self._create_vendor_return()
        self._create_internal_transfer()
        self._ship(self._create_order((beam, 2), partner_id=self.customer.id).picking_ids)
        self.assertFalse(self._find())
        [empty] = self._read(LINES, self.owner).xpath("//*[@name='empty']")
        self.assertIn("Nothing that you have ordered is still to come.", self._words(empty))

    def test_line_raised_after_it_has_shipped(self):
        """Scenario: ten ship, then the line is raised by five. Expected: one line: 15, 10, 5."""
        wood = self._create_product("Wood", stock=10)
        order = self._create_order((wood, 10), partner_id=self.customer.id)
        self._ship(order.picking_ids)
        order.order_line.product_uom_qty = 15
        self._invalidate()
        self.assertEqual([self._find()["Wood"][name] for name in ("ordered", "shipped", "to_come")], [15, 10, 5])

    def test_still_to_be_picked(self):
        """Scenario: two steps; nothing is picked; then 2 of 5 ship, and 3 wait to be picked. Expected: from the first
        moment, once, and no word of the warehouse's own transfers."""
        self.warehouse.delivery_steps = "pick_ship"
        panel = self._create_product("Panel", stock=2)
        order = self._create_order((panel, 5), partner_id=self.owner.partner_id.id)
        pick = order.picking_ids
        row = self._find()["Panel"]
        self.assertEqual([row[name] for name in ("ordered", "shipped", "to_come", "deliveries")], [5, 0, 5, []])
        self.assertEqual(self._find(self.stranger_company), {})
        self.assertNotIn(pick.name, self._words(self._read(LINES, self.owner)))
        _pick, pick_backorder, delivery = self._pick(order)
        row = self._find()["Panel"]
        self.assertEqual([row[name] for name in ("ordered", "to_come", "deliveries")], [5, 5, [delivery.name]])
        self._ship(delivery)
        row = self._find()["Panel"]
        self.assertEqual([row[name] for name in ("ordered", "shipped", "to_come", "deliveries")], [5, 2, 3, []])
        self.assertEqual(self.env["stock.customer.page"]._get_values(delivery)["lines"][0]["remaining"], "3")
        pick_backorder.action_cancel()
        self.assertNotIn("Panel", self._find())

    def test_other_company(self):
        """Scenario: the customer buys from another company of ours, too. Expected: what he deals with is listed."""
        other = self.env["res.company"].create({"name": "Other Company"})
        elsewhere = self._create_product("Elsewhere")
        self._create_delivery_of(other, elsewhere, 1, partner_id=self.customer.id).action_confirm()
        self.assertNotIn("Elsewhere", self._products())
        customer_lines = self.env["stock.customer.lines"]
        total, _lines = customer_lines._find(self.customer, self.company | other, 100)
        self.assertEqual(total, 5)

    def test_filters(self):
        """Scenario: one is late, one on hold, one has no date, one is there. Expected: each filter has its own."""
        backorder = self._ship_root()
        self._create_order((self._create_product("Nowhere"), 1), partner_id=self.customer.id)
        self._create_order((self._create_product("There", stock=1), 1), partner_id=self.customer.id)
        held = self._create_order((self._create_product("Held", stock=5), 1), partner_id=self.customer.id)
        held.picking_ids.move_ids._hold()
        shingle = backorder.move_ids[0]
        self.receipt.move_ids.filtered(lambda move: move.product_id == shingle.product_id).date += timedelta(days=5)
        self._invalidate()
        for name, found in (
            ("all", {"Shingle", "Gypsum", "Nowhere", "There", "Held"}),
            ("late", {"Shingle"}),
            ("dateless", {"Nowhere", "Held"}),
        ):
            self.assertEqual(set(self._products(f"?filterby={name}")), found, name)
        self.receipt.action_cancel()
        self._invalidate()
        self.assertEqual(set(self._products("?filterby=late")), {"Shingle", "Gypsum"}, "It has no date any more.")
        for query, words in (("search=nothing%20like%20it", "“nothing like it”"),):
            [empty] = self._read(f"{LINES}?{query}", self.owner).xpath("//*[@name='empty']")
            self.assertIn(words, self._words(empty))
            self.assertEqual(empty.xpath("a/@href"), [LINES], "A way back to all.")

    def test_search_and_sort(self):
        """Scenario: looked for by product, order and his number; sorted. Expected: found, and in order."""
        self._ship_root()
        late = self._create_product("Aardvark")
        self._create_receipt((late, 1), days=1)
        other = self._create_order((late, 1), partner_id=self.customer.id, client_order_ref="PO-0815")
        for search_in, search, found in (
            ("product", "gyps", ["Gypsum"]),
            ("order", other.name, ["Aardvark"]),
            ("reference", "4711", ["Shingle", "Gypsum"]),
            ("all", "0815", ["Aardvark"]),
            ("product", "PO-4711", []),
            ("all", "SECRET-", []),
            ("all", "Vendor", []),
        ):
            self.assertEqual(
                self._products(f"?search_in={search_in}&search={quote(search)}"), found, f"{search} in {search_in}"
            )
        for sortby, order in (
            ("newest", ["Aardvark", "Shingle", "Gypsum"]),
            ("date", ["Aardvark", "Shingle", "Gypsum"]),
            ("order", ["Shingle", "Gypsum", "Aardvark"]),
            ("product", ["Aardvark", "Gypsum", "Shingle"]),
        ):
            if sortby == "newest":
                other.picking_ids.move_ids._write_facts(
                    {"ordered_date": fields.Datetime.add(fields.Datetime.now(), days=1)}
                )
            products = self._products(f"?sortby={sortby}")
            self.assertEqual(products, order, sortby)

    def test_pages(self):
        """Scenario: more lines than a page holds. Expected: pages, each line on one of them; no page after the last."""
        for number in range(20):
            self._create_order((self._create_product(f"Small {number}"), 1), partner_id=self.customer.id)
        for query in ("", "?sortby=date", "?filterby=dateless"):
            pages = [self._products(f"/page/{page}{query}") for page in (1, 2)]
            products = [product for page in pages for product in page]
            self.assertEqual(len(products), len(set(products)))
            self.assertEqual(len(products), 20 if "dateless" in query else 24)
            self.assertEqual(self._products(f"/page/99{query}"), pages[1])

    def test_home(self):
        """Scenario: he waits for something. Expected: the portal's home, and his deliveries, lead to it."""
        for user, expected in ((self.owner, 1), (self.colleague, 1), (self.stranger, 0)):
            self.authenticate(user.login, user.login)
            answer = self.url_open(
                "/my/counters",
                data=json.dumps({"params": {"counters": ["open_line_count"]}}),
                headers={"Content-Type": "application/json"},
            )
            self.assertEqual(answer.json()["result"], {"open_line_count": expected})
        for path in ("/my", "/my/deliveries"):
            self.assertIn(LINES, self._read(path, self.owner).xpath("//a/@href"))

    def test_live_channels(self):
        """Expected: the page hears of what is the customer's, and of what he waits for; strangers have none of it."""
        channels = json.loads(self._read(LINES, self.owner).xpath("//@data-channels")[0])
        self.assertEqual(channels[0], self.env["stock.live"]._get_customer_channels(self.owner.partner_id)[0])
        self.assertEqual(len(channels), 1 + 4)
        foreign = json.loads(self._read(LINES, self.stranger).xpath("//@data-channels")[0])
        self.assertFalse(set(channels) & set(foreign))

    def test_query_count(self):
        """Scenario: few lines and many, on the page, in a filter, in a file. Expected: no more queries."""
        paths = (LINES, f"{LINES}?filterby=late", f"{LINES}?sortby=date", f"{LINES}/export/csv")

        def count():
            return [min(count_once(path) for _time in range(3)) for path in paths]

        def count_once(path):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self._open(path, self.owner).status_code, 200)
            return self.env.cr.sql_log_count - before

        def ship_in_part(orders):
            for _number in range(orders):
                products = self._create_expected(6)
                order = self._create_order(*((product, 99) for product in products), partner_id=self.customer.id)
                self._ship(order.picking_ids, 1, 2, 3)

        ship_in_part(1)
        few = count()
        ship_in_part(6)
        for queries_of_many, queries_of_few, path in zip(count(), few, paths, strict=True):
            self.assertLessEqual(queries_of_many, queries_of_few, path)

    def _create_expected(self, count):
        products = [self._create_product("Expected", stock=5) for _number in range(count)]
        self._create_receipt(*((product, 200) for product in products))
        return products


@tagged("post_install", "-at_install")
class TestLinesFiles(LinesCase):
    """What the page shows, for a spreadsheet or a program."""

    def _read_csv(self, query="", user=None):
        answer = self._open(f"{LINES}/export/csv{query}", user or self.owner)
        self.assertEqual(answer.headers["Content-Type"], "text/csv;charset=utf8")
        self.assertTrue(answer.content.startswith(codecs.BOM_UTF8), "Excel would spoil every accent.")
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    def _read_xlsx(self, query=""):
        answer = self._open(f"{LINES}/export/xlsx{query}", self.owner)
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        return [[cell.value for cell in row] for row in sheet.iter_rows()], sheet

    def test_files_have_what_the_page_shows(self):
        """Scenario: all, filtered, looked for. Expected: the same lines in both files, and the same figures."""
        backorder = self._ship_root()
        for query in ("", "?sortby=product", "?search=Gypsum", "?filterby=dateless"):
            titles, *rows = self._read_csv(query)
            self.assertEqual([row[0] for row in rows], self._products(query), query)
            (sheet_titles, *sheet_rows), _sheet = self._read_xlsx(query)
            self.assertEqual(sheet_titles, titles)
            self.assertEqual([row[0] for row in sheet_rows], [row[0] for row in rows])
        move = backorder.move_ids[0]
        day, first = (move._get_day(date).isoformat() for date in (move.promise_date, move.first_promise_date))
        expected = [self.order.name, "PO-4711", "Units", "250", "60", "190", day, first, backorder.name]
        self.assertIn(["Shingle", *expected], self._read_csv())
        rows, _sheet = self._read_xlsx()
        [row] = [row for row in rows if row[0] == "Shingle"]
        self.assertEqual(row[4:7], [250, 60, 190], "Numbers.")
        self.assertEqual(row[7].date().isoformat(), day, "A day.")

    def test_formulas_are_text(self):
        """Scenario: names and numbers that spreadsheets take for formulas. Expected: they are text in both files."""
        nasty = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "https://example.com")
        for name in nasty:
            self._create_order(
                (self._create_product(name), 1), partner_id=self.customer.id, client_order_ref=f"=HYPERLINK({name!r})"
            )
        for row in self._read_csv()[1:]:
            for cell in row[:3]:
                self.assertFalse(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t")), cell)
        rows, sheet = self._read_xlsx()
        self.assertIn("=1+1", [row[0] for row in rows])
        for row in sheet.iter_rows():
            for cell in row:
                self.assertNotEqual(cell.data_type, "f", f"{cell.value} is no formula.")
                self.assertFalse(cell.hyperlink)

    def test_json_says_what_the_page_says(self):
        """Scenario: a customer's own system asks with a key. Expected: the lines of the page, as numbers and days."""
        backorder = self._ship_root()
        key = self._create_key(self.owner)
        for wishes in ({}, {"sortby": "product"}, {"search": "Gypsum", "search_in": "product"}):
            result = self._ask(key, **wishes).json()["result"]
            query = "?" + "&".join(f"{name}={value}" for name, value in wishes.items())
            self.assertEqual([line["product"] for line in result["lines"]], self._products(query))
            self.assertEqual((result["total"], result["page"], result["pages"]), (len(result["lines"]), 1, 1))
        move = backorder.move_ids.filtered(lambda move: move.product_id == self.products["Gypsum"])
        self.assertEqual(
            result["lines"],
            [
                {
                    "product": "Gypsum",
                    "order": self.order.name,
                    "reference": "PO-4711",
                    "unit": "Units",
                    "ordered": 250,
                    "shipped": 130,
                    "to_come": 120,
                    "ships_on": move._get_day(move.promise_date).isoformat(),
                    "first_promised": move._get_day(move.first_promise_date).isoformat(),
                    "is_late": False,
                    "is_on_hold": False,
                    "deliveries": [backorder.name],
                }
            ],
        )

    def test_json_takes_nothing_for_granted(self):
        """Scenario: nonsense of every kind. Expected: it is passed over, as on the page."""
        key = self._create_key(self.owner)
        for nonsense in ({}, [], {"a": 1}, ["all"], None, True, -1, 1.5, 10**30, "x" * 100_000, "\0", "' OR 1=1 --"):
            for name in ("page", "sortby", "filterby", "search", "search_in", "partner_id", "domain", "limit"):
                answer = self._ask(key, **{name: nonsense})
                self.assertEqual(answer.status_code, 200)
                self.assertNotIn("error", answer.json(), f"{name}={nonsense!r:.50}")
                self.assertLessEqual(answer.json()["result"]["total"], 4)


@tagged("post_install", "-at_install")
class TestLinesRights(LinesCase):
    """Who gets what: every way, every visitor."""

    def test_matrix(self):
        """Scenario: page, files and JSON are asked for by each visitor. Expected: his company's lines, or none."""
        self._ship_root()
        foreign = self._create_foreign_delivery()
        self._create_delivery_of(
            self.env["res.company"].create({"name": "Other"}), self.products["Wool"], 1, partner_id=self.customer.id
        ).action_confirm()
        nobody = new_test_user(self.env, "lines_no_rights", groups="base.group_user")
        own = {"Shingle", "Gypsum"}
        for user, expected in (
            (self.owner, own), (self.colleague, own), (self.stranger, {"Beam"}), (self.vendor_user, set()),
            (self.picker, set()), (self.salesperson, set()), (nobody, set()), (None, None),
        ):  # fmt: skip
            with self.subTest(user and user.login):
                if not user:
                    for path in (LINES, f"{LINES}/export/csv", f"{LINES}/export/xlsx", f"{LINES}/page/1"):
                        answer = self._open(f"{path}?access_token={self.root._portal_ensure_token()}")
                        self.assertEqual(answer.status_code, 303)
                        self.assertIn("/web/login", answer.headers["Location"], "No link opens it.")
                    continue
                self.assertEqual(set(self._products(user=user)), expected)
                rows = csv.reader(io.StringIO(self._open(f"{LINES}/export/csv", user).content.decode("utf-8-sig")))
                self.assertEqual({row[0] for row in rows} - {"Product"}, expected)
                result = self._ask(self._create_key(user)).json()["result"]
                self.assertEqual({line["product"] for line in result["lines"]}, expected)
        self.assertTrue(foreign)

    def test_json_without_a_key(self):
        """Scenario: no key, a wrong one, the session of a browser. Expected: refused."""
        self.authenticate(self.owner.login, self.owner.login)
        by_session = self.url_open(JSON_ROUTE, data="{}", headers={"Content-Type": "application/json"})
        for answer in (by_session, self._ask(None), self._ask("wrong"), self._ask("")):
            self.assertNotIn("Shingle", answer.text)
            self.assertTrue(answer.status_code == 401 or "error" in answer.json(), answer.text[:200])

    def test_receiver_of_what_another_has_ordered(self):
        """Scenario: ordered by one, delivered to another company. Expected: it is the first one's line."""
        self.order.partner_shipping_id = self.stranger.partner_id
        self.root.partner_id = self.stranger.partner_id
        self.assertFalse(self._products(user=self.stranger))
        self.assertEqual(len(self._products()), 4)

    def test_delivery_given_to_somebody_else(self):
        """Scenario: a backorder is given to another customer. Expected: it is his line, and not the first one's."""
        backorder = self._ship_root()
        backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        backorder.move_ids.sale_line_id = False
        self._invalidate()
        self.assertFalse(self._products())
        self.assertEqual(set(self._products(user=self.stranger)), {"Shingle", "Gypsum"})
        self.assertNotIn("60", [row["shipped"] for row in self._rows(self.stranger)], "What the other one has got.")

    def test_nothing_else_leaks(self):
        """Scenario: costs, references, a vendor, another customer ahead. Expected: no word of them, by any way."""
        ahead = self.env["res.partner"].create({"name": "Ahead Customer"})
        self._ship_root()
        self._create_delivery((self.products["Gypsum"], 500), partner_id=ahead.id, priority="1")
        key = self._create_key(self.owner)
        for text in (
            self._open(LINES, self.owner).text,
            self._open(f"{LINES}/export/csv", self.owner).text,
            self._ask(key).text,
        ):
            for secret in ("Ahead Customer", "77.77", "SECRET-", "Vendor SA"):
                self.assertNotIn(secret, text)

    def test_names_are_escaped(self):
        """Scenario: a product and a number with markup. Expected: shown as text."""
        nasty = self._create_product("<script>alert(1)</script>")
        self._create_order((nasty, 1), partner_id=self.customer.id, client_order_ref="<b>x</b>")
        for query in ("", f"?search={quote('<script>alert(1)')}"):
            text = self._open(f"{LINES}{query}", self.owner).text
            self.assertNotIn("<script>alert(1)", text)
            self.assertNotIn("<b>x</b>", text)

    def test_nonsense(self):
        """Scenario: requests with nonsense in every place, by every verb. Expected: never an error of the server."""
        chance = draw_from(1804)
        self.authenticate(self.owner.login, self.owner.login)
        names = ("page", "sortby", "filterby", "search", "search_in", "lines", "total", "partner_id", "access_token")
        values = (
            "-1", "0", "x", "2147483648", "9" * 400, "1e9", "NaN", "é\u0000", "%", "_", "\\", "' OR 1=1 --", "all",
            "late", "date", "<script>", "{}", "[]", "y" * 5000,
        )  # fmt: skip
        for number in range(FUZZED):
            params = {chance.choice(names): chance.choice(values) for _name in range(chance.randint(0, 4))}
            part = quote(chance.choice(values[:-1]).replace("\0", ""), safe="")
            path = chance.choice((LINES, f"{LINES}/page/{part}", f"{LINES}/export/{part}", f"{LINES}/export/csv"))
            verb = chance.choice(("GET", "GET", "GET", "HEAD", "OPTIONS"))
            answer = self.url_open(path, params=params, method=verb, allow_redirects=False)
            self.assertLess(answer.status_code, 500, f"request {number}: {verb} {path} {params}")
        self.assertEqual(self._open(f"{LINES}/export/exe", self.owner).status_code, 303)
