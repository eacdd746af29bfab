import json
import re
import string
from datetime import timedelta
from urllib.parse import quote

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ..chance import draw_from, slow
from .portal_common import PortalCase

FEW, MANY = 300, 2_000
PICTURE = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NOT_FOUND = "/my"


class PortalHttpCase(PortalCase, HttpCase):
    def _open(self, path, user=None, **arguments):
        """Open *path* as *user*, or as anybody; do not follow where it leads."""
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(path, allow_redirects=False, **arguments)

    def _read(self, path, user=None):
        """Return the page at *path*, which must be there, as a tree."""
        answer = self._open(path, user)
        self.assertEqual(answer.status_code, 200, f"{path} is there for {user and user.login}.")
        return html.fromstring(answer.text)

    def _page(self, delivery, user=None, token=None):
        return self._read(self._path(delivery, token), user)

    @staticmethod
    def _path(delivery, token=None):
        return f"/my/deliveries/{delivery.id}" + (f"?access_token={token}" if token else "")

    @staticmethod
    def _words(node):
        return " ".join(node.text_content().split())

    @staticmethod
    def _state(delivery):
        """Return the state of *delivery* in the words that staff read."""
        return dict(delivery._fields["fulfillment_state"]._description_selection(delivery.env))[
            delivery.fulfillment_state
        ]

    def _list(self, user, query=""):
        """Return the names in the list."""
        page = self._read(f"/my/deliveries{query}", user)
        return [link.text for link in page.xpath("//div[@class='o_gse_live']//td/a")]

    def _post(self, delivery, choice, user=None, token=None, csrf=True, **values):
        """Choose, with the token of a form that this visitor has open, all lines unless others are named."""
        if choice == "cancel":
            values.setdefault("line", "all")
        self.authenticate(user and user.login, user and user.login)
        if csrf:
            page = html.fromstring(self.url_open(self._path(delivery, token)).text)
            tokens = page.xpath("//input[@name='csrf_token']/@value")
            values["csrf_token"] = tokens[0] if tokens else self.csrf_token()
        path = f"/my/deliveries/{delivery.id}/{choice}" + (f"?access_token={token}" if token else "")
        return self.url_open(path, data=values, allow_redirects=False, method="POST")

    def _ship_two_of_five(self):
        """In two steps: return the product, its order, the pick that has still to come, and what has shipped."""
        self.warehouse.delivery_steps = "pick_ship"
        panel = self._create_product("Panel", stock=2)
        order = self._create_order((panel, 5), partner_id=self.customer.id)
        _pick, pick_backorder, delivery = self._pick(order)
        self._ship(delivery)
        return panel, order, pick_backorder, delivery

    def _put_off_receipt(self, days):
        for move in self.receipt.move_ids:
            move.date += timedelta(days=days)
        self._invalidate()

    def csrf_token(self):
        """One of a form that every visitor sees: Odoo's tokens hold for the session."""
        page = html.fromstring(self.url_open("/web/login").text)
        return page.xpath("//input[@name='csrf_token']/@value")[0]

    def _notice(self, delivery, user=None, token=None):
        self.env.invalidate_all()
        page = html.fromstring(self.url_open(self._path(delivery, token)).text)
        return self._words(page.get_element_by_id("notice"))


@tagged("post_install", "-at_install")
class TestPortalPages(PortalHttpCase):
    """What a customer sees of his deliveries."""

    def test_list_has_a_new_backorder_at_once(self):
        """Scenario: 540 of 850 ship. Expected: the list has the delivery and its backorder, with what is to come."""
        self.assertEqual(self._list(self.owner), [self.root.name])
        backorder = self._ship_root()
        self.assertEqual(self._list(self.owner), [backorder.name, self.root.name], "The newest first.")
        rows = [self._words(row) for row in self._read("/my/deliveries", self.owner).xpath("//tbody/tr")]
        self.assertIn(f"{self._state(backorder)} 0 310", rows[0])
        self.assertIn(f"{self._state(self.root)} 540 0", rows[1])

    def test_filters(self):
        """Scenario: one waits, one is shipped. Expected: each filter finds its own, called as the state it finds; where
        there is none, the list says so."""
        backorder = self._ship_root()
        for name, found in (
            ("all", backorder | self.root),
            ("waiting", backorder),
            ("open", backorder),
            ("backorders", backorder),
            ("partial", backorder.browse()),
            ("preparation", backorder.browse()),
            ("shipped", self.root),
        ):
            self.assertEqual(set(self._list(self.owner, f"?filterby={name}")), set(found.mapped("name")), name)
        for query, words in (("filterby=preparation", "Nothing is ready"), ("search=nowhere", "“nowhere”")):
            [empty] = self._read(f"/my/deliveries?{query}", self.owner).xpath("//*[@name='empty']")
            self.assertIn(words, self._words(empty))
            self.assertEqual(empty.xpath("a/@href"), ["/my/deliveries"], "A way back to all.")
        self._ship(self.receipt)
        self.assertEqual(self._list(self.owner, "?filterby=preparation"), [backorder.name])
        filters = self.env["stock.customer.page"]._get_filters()
        self.assertEqual(filters["preparation"]["label"], self._state(backorder))

    def test_search_sort_and_group(self):
        """Scenario: looked for by number, order and product, sorted, grouped. Expected: found, and in order."""
        backorder = self._ship_root()
        other = self._create_order((self.products["Wool"], 1), partner_id=self.customer.id)
        for search_in, search, found in (
            ("name", "-R1", backorder),
            ("order", self.order.name, self.root | backorder),
            ("product", "Gypsum", self.root | backorder),
            ("all", other.name, other.picking_ids),
            ("name", "of somebody else", backorder.browse()),
        ):
            names = self._list(self.owner, f"?search_in={search_in}&search={quote(search)}")
            self.assertEqual(set(names), set(found.mapped("name")), f"{search} in {search_in}")
        self.assertEqual(
            self._list(self.owner, "?sortby=name"), sorted((self.root | backorder | other.picking_ids).mapped("name"))
        )
        page = self._read("/my/deliveries?groupby=order", self.owner)
        groups = [self._words(title) for title in page.xpath("//th[@scope='rowgroup']")]
        self.assertEqual(groups, [other.name, self.order.name])

    def test_pages_of_the_list(self):
        """Scenario: more deliveries than a page holds. Expected: pages, each delivery on one of them."""
        for _number in range(24):
            self._create_delivery((self.products["Beam"], 1), assign=False)
        names = [name for page in (1, 2) for name in self._list(self.owner, f"/page/{page}")]
        self.assertEqual(len(names), 25)
        self.assertEqual(len(set(names)), 25)

    def test_home(self):
        """Scenario: a backorder is open. Expected: the portal's home counts it, for the customer alone."""
        self._ship_root()
        for user, expected in ((self.owner, 1), (self.colleague, 1), (self.stranger, 0)):
            self.authenticate(user.login, user.login)
            answer = self.url_open(
                "/my/counters",
                data=json.dumps({"params": {"counters": ["backorder_count", "delivery_count"]}}),
                headers={"Content-Type": "application/json"},
            )
            self.assertEqual(answer.json()["result"], {"backorder_count": expected, "delivery_count": expected})

    def test_detail(self):
        """Scenario: the story after the first shipment. Expected: 2 lines complete, 540 of 850, 310 to come."""
        backorder = self._ship_root()
        page = self._page(self.root, self.owner)
        self.assertIn(
            "540 of 850 items shipped: 2 lines complete, 2 in part.",
            self._words(page.xpath("//*[@data-announce]")[0]),
        )
        lines = {
            self._words(row[0]).split()[0]: [self._words(cell) for cell in row[1:4]]
            for row in page.xpath("//section[@aria-labelledby='delivery_lines']//tbody/tr")
        }
        self.assertEqual(lines["Shingle"], ["250 Units", "60", "190"])
        self.assertEqual(lines["Beam"], ["200 Units", "200", "0"])
        steps = [self._words(step) for step in page.xpath("//section[@aria-labelledby='delivery_steps']//li")]
        self.assertIn(self.order.name, steps[0])
        self.assertIn(f"{self.root.name} {self._state(self.root)} 540 items", steps[1])
        self.assertIn(f"{backorder.name} {self._state(backorder)} 310 items", steps[2])
        self.assertIn(f"/my/deliveries/{backorder.id}", page.xpath("//@href"), "A link to the backorder.")
        page = self._page(backorder, self.owner)
        self.assertIn(f"/my/deliveries/{self.root.id}", page.xpath("//@href"), "And back.")

    def test_words_of_a_backorder(self):
        """Scenario: the standard note, and one of our own. Expected: a plain sentence; our own words beside it."""
        backorder = self._ship_root()
        words = self._words(self._page(backorder, self.owner))
        self.assertIn(f"This is the rest of {self.root.name}", words)
        self.assertNotIn(backorder.backorder_note, words, "These are for the warehouse, and for papers.")
        self.assertNotIn("This is the rest", self._words(self._page(self.root, self.owner)))
        backorder.backorder_note = "It comes by boat"
        words = self._words(self._page(backorder, self.owner))
        self.assertIn("This is the rest", words)
        self.assertIn("It comes by boat", words)

    def test_address(self):
        """Scenario: delivered to a site. Expected: its address, on every page of the chain."""
        site = self.env["res.partner"].create({"name": "Site", "street": "Gate 4", "parent_id": self.customer.id})
        self.root.partner_id = site
        for delivery in (self._ship_root(), self.root):
            [address] = self._page(delivery, self.owner).xpath("//address")
            lines = [line.strip() for line in address.itertext() if line.strip()]
            self.assertEqual(lines[:3], ["Delivery address", "Site", "Gate 4"])

    def test_pictures(self):
        """Scenario: one product has a picture. Expected: who has the page sees it, and who has not, does not."""
        self.products["Shingle"].image_1920 = PICTURE
        backorder, token = self._ship_root(), self.root._portal_ensure_token()
        for user, access in ((self.owner, None), (None, token)):
            lines = self._page(backorder, user, access).xpath("//section[@aria-labelledby='delivery_lines']//tbody/tr")
            [[picture], others] = [row.xpath(".//img/@src") for row in lines]
            self.assertFalse(others, "A line of a product that has none.")
            seen, unsigned = self._open(picture, user), self._open(picture.split("?")[0], user)
            self.assertEqual((seen.status_code, seen.headers["Content-Type"]), (200, "image/png"))
            self.assertNotEqual(unsigned.content, seen.content, "Not by its number alone.")

    def test_status_is_never_colour_alone(self):
        """Scenario: a line in stock, one short, one missing. Expected: an icon and words for each."""
        there, short, missing = (self._create_product(name, stock) for name, stock in (("A", 9), ("B", 1), ("C", 0)))
        order = self._create_order((there, 5), (short, 5), (missing, 5), partner_id=self.customer.id)
        page = self._page(order.picking_ids, self.owner)
        states = {
            node.get("data-status"): (self._words(node), bool(node.xpath("./i[contains(@class, 'fa-')]")))
            for node in page.xpath("//td[contains(@class, 'd-none')]//*[@data-status]")
        }
        self.assertEqual(set(states), {"available", "short", "missing"})
        self.assertTrue(all(words and icon for words, icon in states.values()), states)
        self.assertEqual(states["missing"][0], "nothing in stock or on order")

    def test_promise_that_has_moved(self):
        """Scenario: the receipt is put off by five days. Expected: the new date, and what was promised first."""
        backorder = self._ship_root()
        self._put_off_receipt(days=5)
        page = self._page(backorder, self.owner)
        promise = self._words(page.xpath("//*[@name='promise']")[0])
        for date in (backorder.promise_date, backorder.first_promise_date):
            self.assertIn(backorder._format_day(date), promise)
        self.assertIn("first promised", promise)

    def test_lines_in_dozens(self):
        """Scenario: two dozen are ordered, 18 pieces ship. Expected: 2 dozens, 1.5 shipped, 0.5 to come."""
        egg = self._create_product("Egg", stock=18)
        order = self._create_order((egg, 2, self.dozen), partner_id=self.customer.id)
        self._ship(order.picking_ids)
        page = self._page(order.picking_ids.sorted("backorder_index")[0], self.owner)
        [row] = page.xpath("//section[@aria-labelledby='delivery_lines']//tbody/tr")
        self.assertEqual([self._words(cell) for cell in row[1:4]], ["2 Dozens", "1.50", "0.50"])

    def test_order_page_shows_all_deliveries(self):
        """Scenario: an order shipped in five parts. Expected: its page lists all five, not three."""
        part = self._ship(self.root, 1, 1, 1, 1)
        for _number in range(3):
            part = self._ship(part, 1, 1, 1, 1)
        deliveries = self.order.picking_ids
        self.assertEqual(len(deliveries), 5)
        for user, token in ((self.owner, None), (None, self.order._portal_ensure_token())):
            page = self._read(f"/my/orders/{self.order.id}" + (f"?access_token={token}" if token else ""), user)
            links = page.xpath("//*[@name='customer_deliveries']//td/a")
            self.assertEqual({link.text for link in links}, set(deliveries.mapped("name")))
            for link in links:
                self.assertEqual(self._open(link.get("href"), user).status_code, 200, "And each link opens.")

    def test_documents(self):
        """Scenario: the customer downloads slip and confirmation. Expected: each of its own delivery."""
        backorder = self._ship_root()
        for document, words in (
            ("slip", "Still to come"),
            ("confirmation", "Backorder"),
            ("nonsense", "Still to come"),
        ):
            answer = self._open(f"{self._path(self.root)}?report_type=html&document={document}", self.owner)
            self.assertEqual(answer.status_code, 200)
            self.assertIn(backorder.name, answer.text)
            self.assertIn(words, answer.text)

    def test_no_slip_before_it_ships(self):
        """Scenario: slips of an open and a cancelled delivery are opened by their address. Expected: friendly words."""
        backorder = self._ship_root()
        order_token = self.order._portal_ensure_token()
        for cancelled, words in ((backorder.browse(), "of what has not shipped"), (backorder, "it was cancelled")):
            cancelled.action_cancel()
            for path, user in (
                *(
                    (f"{self._path(backorder)}?report_type=pdf&document={name}", self.owner)
                    for name in ("slip", "return")
                ),
                (f"{self._path(backorder)}?report_type=html", self.owner),
                (f"/my/picking/pdf/{backorder.id}", self.owner),
                (f"/my/picking/return/pdf/{backorder.id}", self.owner),
                (f"/my/picking/pdf/{backorder.id}?access_token={order_token}", None),
            ):
                with self.subTest(path, state=backorder.state):
                    self.authenticate(user and user.login, user and user.login)
                    page = html.fromstring(self.url_open(path).text)
                    self.assertIn(words, self._words(page))
                    self.assertIn(backorder.name, self._words(page), "The page of the delivery.")

    def test_pick_and_ship(self):
        """Scenario: two steps; 2 of 5 are picked, 3 wait for it. Expected: 5 ordered, 3 to come, as one line."""
        _panel, _order, pick_backorder, delivery = self._ship_two_of_five()
        page = self._page(delivery, self.owner)
        [row] = page.xpath("//section[@aria-labelledby='delivery_lines']//tbody/tr")
        self.assertEqual([self._words(cell) for cell in row[1:4]], ["5 Units", "2", "3"])
        self.assertIn("2 of 5 items shipped: 1 line in part.", self._words(page))
        self.assertNotIn(
            pick_backorder.name, self._words(page), "The warehouse's own transfers are no business of his."
        )

    def test_query_count(self):
        """Scenario: lists and pages of few and of many. Expected: no more queries."""

        def count(path):
            """The least of some: what is read once and remembered does not count."""
            return min(count_once(path) for _time in range(3))

        def count_once(path):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self._open(path, self.owner).status_code, 200)
            return self.env.cr.sql_log_count - before

        for _number in range(3):
            self._create_order((self.products["Beam"], 1), partner_id=self.customer.id)
        small = self._create_order(
            *((product, 99) for product in self._create_expected(4)), partner_id=self.customer.id
        )
        few = count("/my/deliveries"), count(self._path(small.picking_ids))
        for _number in range(25):
            self._create_order((self.products["Gypsum"], 1), partner_id=self.customer.id)
        large = self._create_order(
            *((product, 99) for product in self._create_expected(16)), partner_id=self.customer.id
        )
        many = count("/my/deliveries"), count(self._path(large.picking_ids))
        # What Odoo itself remembers only after a while may spare the later ones a query.
        for queries_of_many, queries_of_few in zip(many, few, strict=True):
            self.assertLessEqual(queries_of_many, queries_of_few)

    def _create_expected(self, count):
        products = [self._create_product("Expected", stock=5) for _number in range(count)]
        self._create_receipt(*((product, 200) for product in products))
        return products

    def test_nothing_else_leaks(self):
        """Scenario: a delivery with a note, a cost, and another customer ahead. Expected: no word of them."""
        ahead = self.env["res.partner"].create({"name": "Ahead Customer"})
        backorder = self._ship_root()
        self._create_delivery((self.products["Gypsum"], 500), partner_id=ahead.id, priority="1")
        backorder.note = "<p>internal-remark</p>"
        internal = "internal-message"
        backorder.message_post(body=internal, subtype_xmlid="mail.mt_note")
        for path in (self._path(backorder), self._path(self.root), "/my/deliveries"):
            text = self._open(path, self.owner).text
            for secret in ("Ahead Customer", "internal-remark", "internal-message", "77.77", "SECRET-", "Vendor SA"):
                self.assertNotIn(secret, text, f"{secret} on {path}")

    def test_names_are_escaped(self):
        """Scenario: a product and a note with markup. Expected: shown as text."""
        nasty = self._create_product("<script>alert(1)</script>")
        order = self._create_order((nasty, 1), partner_id=self.customer.id, client_order_ref="<b>x</b>")
        delivery = order.picking_ids
        delivery.write({"name": "<i>WH</i>"})
        text = self._open(self._path(delivery), self.owner).text
        self.assertNotIn("<script>alert(1)", text)
        self.assertNotIn("<i>WH</i>", text)
        self.assertNotIn(
            "<script>",
            self._open(f"/my/deliveries?search={quote('<script>')}", self.owner)
            .text.split("<body")[1]
            .split("</nav>")[0],
        )


@tagged("post_install", "-at_install")
class TestPortalRights(PortalHttpCase):
    """Who gets what: every route, every visitor."""

    def test_matrix(self):
        """Scenario: each route is opened by each visitor. Expected: the customer's people see it, nobody else.

        Staff with rights on deliveries see the page, and decide nothing in the customer's name.
        """
        backorder = self._ship_root()
        token, foreign = backorder._portal_ensure_token(), self._create_foreign_delivery()
        foreign_token = foreign._portal_ensure_token()
        nobody = new_test_user(self.env, "portal_no_rights", groups="base.group_user")
        visitors = {
            "owner": (self.owner, None),
            "colleague": (self.colleague, None),
            "stranger": (self.stranger, None),
            "vendor": (self.vendor_user, None),
            "picker": (self.picker, None),
            "salesperson": (self.salesperson, None),
            "staff without rights": (nobody, None),
            "public": (None, None),
            "public with token": (None, token),
            "stranger with token": (self.stranger, token),
            "public with wrong token": (None, "wrong"),
            "public with another's token": (None, foreign_token),
            "owner with a wrong token": (self.owner, "wrong"),
        }
        deciding = {"owner", "colleague", "public with token", "stranger with token", "owner with a wrong token"}
        welcome = {*deciding, "picker", "salesperson"}
        pages = ({}, *({"report_type": "html", "document": name} for name in ("slip", "confirmation", "return")))
        customer_page = self.env["stock.customer.page"]
        offered = {delivery: customer_page._get_documents(delivery) for delivery in (backorder, self.root)}
        for name, (user, access_token) in visitors.items():
            query = {"access_token": access_token} if access_token else {}
            for delivery in (backorder, self.root):
                for page in pages:
                    with self.subTest(visitor=name, delivery=delivery.name, **page):
                        path = f"/my/deliveries/{delivery.id}"
                        answer = self._open(path, user, params={**query, **page})
                        document = page.get("document")
                        if name in welcome and document and document not in offered[delivery]:
                            self.assertEqual(answer.status_code, 303)
                            self.assertTrue(answer.headers["Location"].endswith("#notice"), "There is none yet.")
                        elif name in welcome:
                            self.assertEqual(answer.status_code, 200)
                            self.assertIn(delivery.name, answer.text)
                        else:
                            self.assertEqual(answer.status_code, 303)
                            self.assertTrue(answer.headers["Location"].endswith(NOT_FOUND))
                            self.assertNotIn(delivery.name, answer.text)
            with self.subTest(visitor=name, route="list"):
                answer = self._open("/my/deliveries", user)
                self.assertEqual(answer.status_code, 200 if user else 303)
                self.assertEqual(backorder.name in answer.text, user in (self.owner, self.colleague))
                self.assertEqual(foreign.name in answer.text, user == self.stranger)
            for choice, (before, after) in self._get_effects(backorder).items():
                with self.subTest(visitor=name, route=choice):
                    chosen = self.env.cr.savepoint()
                    backorder.write(before)
                    self._post(backorder, choice, user, access_token)
                    self.env.invalidate_all()
                    effect = {field: backorder[field] for field in after}
                    self.assertEqual(effect == after, name in deciding, effect)
                    chosen.close(rollback=True)
                    self.env.invalidate_all()

    @staticmethod
    def _get_effects(backorder):
        """Return ``{choice: (values before it, values after it)}``."""
        return {
            "keep": ({}, {"accepted_promise_date": backorder.promise_date}),
            "cancel": ({}, {"state": "cancel"}),
            "together": ({}, {"move_type": "one"}),
            "now": ({"move_type": "one"}, {"move_type": "direct"}),
        }

    def test_delivery_address_of_somebody_else(self):
        """Scenario: ordered by one, delivered to another company. Expected: that sees nothing, and decides nothing."""
        self.order.partner_shipping_id = self.stranger.partner_id
        self.root.partner_id = self.stranger.partner_id
        backorder = self._ship_root()
        self.assertFalse(backorder.with_user(self.stranger).has_access("read"), "Though Odoo's own rule lets him.")
        self.assertEqual(self._open(self._path(backorder), self.stranger).status_code, 303)
        self._post(backorder, "cancel", self.stranger)
        self.assertNotEqual(backorder.state, "cancel")
        self.assertEqual(self._open(self._path(backorder), self.owner).status_code, 200)
        self.assertEqual(
            backorder._mail_get_partners()[backorder.id], self.owner.partner_id, "Links go to the customer."
        )

    def test_delivery_given_to_somebody_else(self):
        """Scenario: a backorder is given to another customer. Expected: each sees his own, the old link is dead."""
        backorder = self._ship_root()
        token = backorder._portal_ensure_token()
        backorder.write({"partner_id": self.stranger_company.id, "sale_id": False})
        self.assertEqual(backorder.customer_id, self.stranger_company)
        self.assertNotIn(backorder.name, self._words(self._page(self.root, self.owner)))
        self.assertEqual(self._open(self._path(backorder, token)).status_code, 303)
        self.assertNotIn(self.root.name + " ", self._words(self._page(backorder, self.stranger)))

    def test_other_company(self):
        """Scenario: the customer buys from another company of ours, too. Expected: it is not in the list."""
        other = self.env["res.company"].create({"name": "Other Company"})
        delivery = self._create_delivery_of(other, self.products["Beam"], 1, partner_id=self.customer.id)
        delivery.action_confirm()
        self.assertEqual((delivery.company_id, delivery.customer_id), (other, self.customer))
        self.assertEqual(self._list(self.owner), [self.root.name])

    def test_staff_note_is_not_read_by_rpc(self):
        """Scenario: a customer asks for the internal note of his delivery. Expected: refused."""
        self.root.note = "<p>internal</p>"
        with self.assertRaises(AccessError):
            self.root.with_user(self.owner).read(["note"])

    def test_vendor_does_not_write_on_receipts(self):
        """Scenario: a vendor with a login posts on our receipt. Expected: refused, as Odoo does."""
        self.receipt.partner_id = self.vendor_user.partner_id
        with self.assertRaises(AccessError):
            greeting = "Hello"
            self.receipt.with_user(self.vendor_user).message_post(body=greeting, message_type="comment")

    def test_what_is_no_delivery(self):
        """Scenario: receipts, returns to vendors, internal transfers, drafts, for the customer. Expected: no."""
        receipt = self.receipt
        receipt.partner_id = self.owner.partner_id
        draft = self._create_delivery((self.products["Beam"], 1), confirm=False)
        for transfer in (receipt, self._create_vendor_return(), self._create_internal_transfer(), draft):
            token = transfer._portal_ensure_token()
            for user, access_token in ((self.owner, None), (None, token), (self.owner, token)):
                answer = self._open(self._path(transfer, access_token), user)
                self.assertEqual(answer.status_code, 303, transfer.name)
            self.assertNotIn(transfer.name, self._list(self.owner))

    def test_record_rule(self):
        """Scenario: portal users search deliveries. Expected: all of their company's, nobody else's, and no writing."""
        foreign = self._create_foreign_delivery()
        backorder = self._ship_root()
        for user in (self.owner, self.colleague):
            found = self.env["stock.picking"].with_user(user).search([])
            self.assertEqual(found.sudo(False).ids and set(found.ids), set((self.root | backorder).ids))
        self.assertEqual(self.env["stock.picking"].with_user(self.stranger).search([]).ids, foreign.ids)
        self.assertFalse(self.env["stock.picking"].with_user(self.owner).has_access("write"))

    def test_deleted_and_absurd(self):
        """Scenario: a deleted delivery, ids that cannot be. Expected: led away, no error of the server."""
        gone = self._create_delivery((self.products["Beam"], 1), confirm=False)
        gone_id = gone.id
        gone.unlink()
        for number in (gone_id, 0, 2**31 - 1, 2**31, 2**63, 10**40):
            for path in (f"/my/deliveries/{number}", f"/my/deliveries/{number}?access_token=x"):
                for user in (self.owner, None):
                    self.assertIn(self._open(path, user).status_code, (303, 404), path)
        for path in ("/my/deliveries/-1", "/my/deliveries/abc", "/my/deliveries/1e9", "/my/deliveries/page/0"):
            self.assertIn(self._open(path, self.owner).status_code, (200, 303, 404), path)

    def test_token_of_the_chain(self):
        """Scenario: the link to the root, then a backorder. Expected: it opens the backorder, not the order."""
        token = self.root._portal_ensure_token()
        backorder = self._ship_root()
        self.assertEqual(backorder.access_token, token)
        page = self._page(self.root, token=token)
        [link] = {href for href in page.xpath("//section//a/@href") if f"/{backorder.id}?" in href}
        self.assertEqual(self._open(link).status_code, 200)
        self.assertFalse(
            page.xpath(f"//a[contains(@href, '/my/orders/{self.order.id}')]"), "Not the order: its prices."
        )

    def test_live_channels_are_secret(self):
        """Scenario: pages of two customers. Expected: no channel in common but products', none that can be guessed."""
        foreign = self._create_foreign_delivery()
        own = json.loads(self._page(self.root, self.owner).xpath("//@data-channels")[0])
        others = json.loads(self._page(foreign, self.stranger).xpath("//@data-channels")[0])
        self.assertFalse({name for name in own if "-customer-" in name} & set(others))
        self.assertTrue(all(len(name.rsplit("-", 1)[1]) == 64 for name in own))

    def test_fuzz(self):
        """Scenario: requests with nonsense in every place. Expected: never an error of the server."""
        self._fuzz(FEW)

    @slow
    def test_fuzz_at_length(self):
        """Scenario: 2,000 of them. Expected: the same."""
        self._fuzz(MANY)

    def _fuzz(self, number_of_requests):
        backorder = self._ship_root()
        chance = draw_from(20260)
        token = backorder._portal_ensure_token()
        self.authenticate(self.owner.login, self.owner.login)
        names = (
            "sortby",
            "filterby",
            "groupby",
            "search",
            "search_in",
            "access_token",
            "report_type",
            "download",
            "page",
        )

        def nonsense():
            return chance.choice(
                (
                    lambda: "".join(chance.choices(string.printable, k=chance.randint(0, 30))),
                    lambda: str(chance.choice((-1, 0, 1, 2**31, 2**63, 10**30, 1.5, "1e5", "NaN"))),
                    lambda: chance.choice(
                        ("' OR 1=1 --", "%", "_", "\\", "<script>", "../../etc", "None", "html", "é\u0000")
                    ),
                    lambda: chance.choice((token, "waiting", "date", "order", "name", "all", "pdf"))[:60],
                )
            )()

        def place_in_path():
            # Odoo itself fails where it looks for a page, or leads to one, with these in its address.
            return quote(re.sub(r"[\0\r\n/]", "", nonsense()), safe="")

        for number in range(number_of_requests):
            place = chance.choice(("list", "page", "detail", "choice"))
            arguments = {chance.choice(names): nonsense() for _name in range(chance.randint(0, 4))}
            if arguments.get("report_type") == "pdf":
                arguments["report_type"] = "pfd"  # that it can be made is tested elsewhere
            target = chance.choice((backorder.id, self.root.id, self.receipt.id, place_in_path()))
            path = {
                "list": "/my/deliveries",
                "page": f"/my/deliveries/page/{place_in_path()}",
                "detail": f"/my/deliveries/{target}",
                "choice": f"/my/deliveries/{target}/{place_in_path() or 'keep'}",
            }[place]
            method = "POST" if place == "choice" else "GET"
            values = {"params": arguments} if method == "GET" else {"data": {**arguments, "csrf_token": nonsense()}}
            answer = self.url_open(path, method=method, allow_redirects=False, **values)
            self.assertLess(answer.status_code, 500, f"request {number}: {method} {path} {arguments}")


@tagged("post_install", "-at_install")
class TestPortalChoices(PortalHttpCase):
    """The customer's say."""

    def setUp(self):
        super().setUp()
        self.backorder = self._ship_root()

    def _get_notes(self):
        self.env.invalidate_all()
        return self.backorder.message_ids.filtered(lambda message: "customer" in (message.body or ""))

    def test_keep_waiting(self):
        """Scenario: accepted, and again. Expected: written once, in the customer's name; the salesperson is told."""
        for _click in range(2):
            self._post(self.backorder, "keep", self.owner)
            self.assertIn("You keep waiting", self._notice(self.backorder, self.owner))
        self.assertEqual(self.backorder.accepted_promise_date, self.backorder.promise_date)
        [note] = self._get_notes()
        self.assertEqual(note.author_id, self.owner.partner_id)
        for words in (self.order.name, self.backorder.name, "accepts"):
            self.assertIn(words, note.subject)
        self.assertIn(self.salesperson.partner_id, note.notified_partner_ids)
        self.assertTrue(note.subtype_id.internal, "Not shown on the page.")

    def test_answer_is_shown_once(self):
        """Scenario: chosen; pages that read themselves anew and another delivery's page are faster than the one that
        the customer is led to. Expected: the answer waits for that one, and is gone then."""
        self._post(self.backorder, "keep", self.owner)
        anew = self.url_open(self._path(self.backorder), headers={"X-Requested-With": "XMLHttpRequest"})
        others = self.url_open(self._path(self.root))
        for answer, is_shown in (
            (anew, False), (others, False), (self.url_open(self._path(self.backorder)), True),
            (self.url_open(self._path(self.backorder)), False),
        ):  # fmt: skip
            self.assertEqual("You keep waiting" in answer.text, is_shown)

    def _read_section(self):
        """Return what the customer reads of his say: what he has decided, and what he can decide, each in words."""
        page = self._page(self.backorder, self.owner)
        decided = [self._words(item) for item in page.xpath("//*[@name='decided']/li")]
        buttons = page.xpath("//section[@aria-labelledby='delivery_choices']//button[starts-with(@id, 'choose_')]")
        choices = {
            button.get("id").removeprefix("choose_"): self._words(
                page.get_element_by_id(button.get("aria-describedby"))
            )
            for button in buttons
        }
        return decided, choices

    def test_decision_is_explained_and_stays(self):
        """Scenario: he reads, decides, and comes back. Expected: told before what it does, and after what he chose."""
        decided, choices = self._read_section()
        self.assertFalse(decided)
        for name, words in (
            ("keep", "nothing else changes"),
            ("together", "in one shipment"),
            ("cancel", "190 Units Shingle, 120 Units Gypsum"),
        ):
            self.assertIn(words, choices[name])
        today = self.backorder._format_day(fields.Datetime.now())
        shingle = self.backorder.move_ids[0]
        for choice, values, told in (
            ("keep", {}, "You have accepted"),
            ("together", {}, "You have chosen one shipment"),
            ("now", {}, "You have chosen to get what is there"),
            ("cancel", {"line": str(shingle.id)}, f"You have cancelled on {today}: 190 Units Shingle."),
        ):
            self._post(self.backorder, choice, self.owner, **values)
            self._notice(self.backorder, self.owner)  # which is shown once
            decided, choices = self._read_section()
            self.assertIn(told, " ".join(decided))
            self.assertNotIn(choice, {*choices} - {"cancel"}, "Not offered again.")
        self.assertNotIn("one shipment", " ".join(decided), "What was chosen last.")

    def test_what_we_cancel_is_not_his_decision(self):
        """Scenario: staff cancel the rest. Expected: nothing is called the customer's decision."""
        self.backorder.action_cancel()
        self.assertEqual(self._read_section(), ([], {}))

    def test_date_that_moves_after_it_was_accepted(self):
        """Scenario: accepted, then the receipt is put off. Expected: said so, and it can be accepted anew."""
        self._post(self.backorder, "keep", self.owner)
        self._put_off_receipt(days=9)
        self.assertIn("the date has changed since", " ".join(self._read_section()[0]))
        self._post(self.backorder, "keep", self.owner)
        self.assertEqual(len(self._get_notes()), 2)
        self.assertEqual(self.backorder.accepted_promise_date, self.backorder.promise_date)

    def test_cancel_a_line(self):
        """Scenario: one of two lines is cancelled, and again. Expected: that line alone, told once."""
        shingle, gypsum = self.backorder.move_ids
        for _click in range(2):
            self._post(self.backorder, "cancel", self.owner, line=str(shingle.id))
        self.assertEqual((shingle.state, gypsum.state), ("cancel", "confirmed"))
        [note] = self._get_notes()
        self.assertIn("190", note.body)

    def test_cancel_the_rest(self):
        """Scenario: the whole backorder is cancelled, and again. Expected: cancelled, the first closed short."""
        for _click in range(2):
            self._post(self.backorder, "cancel", self.owner)
        self.assertEqual(self.backorder.state, "cancel")
        self.assertEqual(self.root.fulfillment_state, "closed_short")
        self.assertEqual(len(self._get_notes()), 1)

    def test_cancelled_goods_go_to_the_next(self):
        """Scenario: ready, another waits, it is cancelled. Expected: the other gets the goods."""
        self._ship(self.receipt)
        other = self._create_delivery((self.products["Gypsum"], 100))
        self.assertEqual(other.state, "confirmed")
        self._post(self.backorder, "cancel", self.owner)
        self.assertEqual(other.state, "assigned")

    def test_too_late(self):
        """Scenario: being picked, printed, shipped. Expected: refused with the reason, and nothing has changed."""
        self._ship(self.receipt)
        for values, reason in (({"printed": True}, "is being picked"), ({"printed": False}, "is being picked")):
            self.backorder.write(values)
            self.backorder.move_ids[0].picked = not values["printed"]
            for choice in ("cancel", "together"):
                self._post(self.backorder, choice, self.owner)
                self.assertIn(reason, self._notice(self.backorder, self.owner))
        self.assertEqual(self.backorder.state, "assigned")
        self._ship(self.backorder)
        for choice in ("cancel", "together", "now", "keep"):
            self._post(self.backorder, choice, self.owner)
            self.assertIn("is not open any more", self._notice(self.backorder, self.owner))
        self.assertEqual(self.backorder.state, "done")
        self.assertFalse(self._get_notes())

    def test_first_delivery_is_not_cancelled(self):
        """Scenario: nothing has shipped, the customer cancels. Expected: refused: he asks us."""
        order = self._create_order((self.products["Gypsum"], 9), partner_id=self.customer.id)
        self._post(order.picking_ids, "cancel", self.owner)
        self.assertIn("Only the remainder", self._notice(order.picking_ids, self.owner))
        self.assertNotEqual(order.picking_ids.state, "cancel")

    def test_together_and_now(self):
        """Scenario: hold until all is there, then ship what is there. Expected: Odoo's shipping policy, each told."""
        self._post(self.backorder, "together", self.owner)
        self.assertEqual(self.backorder.move_type, "one")
        self._add_stock(self.products["Gypsum"], 20)
        self.backorder.action_assign()
        self.assertEqual(self.backorder.state, "confirmed", "It waits for the rest.")
        for _click in range(2):
            self._post(self.backorder, "now", self.owner)
        self.assertEqual(self.backorder.move_type, "direct")
        self.assertEqual(self.backorder.state, "assigned", "What is there can ship.")
        self.assertEqual(len(self._get_notes()), 2)

    def test_switched_off(self):
        """Scenario: the company allows none of it. Expected: no button, and refused."""
        self.company.write(
            {
                "customer_may_keep": False,
                "customer_may_cancel": False,
                "customer_may_group": False,
                "customer_may_ask": False,
            }
        )
        page = self._page(self.backorder, self.owner)
        self.assertFalse(page.xpath("//*[@aria-labelledby='delivery_choices']"))
        self.assertEqual(page.get_element_by_id("discussion").get("data-allow_composer"), "0")
        for choice in ("keep", "cancel", "together", "now", "delete", "write"):
            self._post(self.backorder, choice, self.owner)
            self.assertIn("This cannot be chosen.", self._notice(self.backorder, self.owner))
        self.assertFalse(self._get_notes())

    def test_by_signed_link(self):
        """Scenario: a visitor with the link accepts. Expected: done, in the customer's name."""
        token = self.backorder._portal_ensure_token()
        self._post(self.backorder, "keep", token=token)
        [note] = self._get_notes()
        self.assertEqual(note.author_id, self.owner.partner_id)

    def test_forged(self):
        """Scenario: a form of another site posts, a link is opened. Expected: refused, nothing has changed."""
        self.authenticate(self.owner.login, self.owner.login)
        answer = self._post(self.backorder, "cancel", self.owner, csrf=False)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._open(f"{self._path(self.backorder)}/cancel", self.owner).status_code, 405)
        self.assertNotEqual(self.backorder.state, "cancel")

    def test_lines_of_others(self):
        """Scenario: another customer's line, or nonsense, is posted. Expected: refused, nothing is cancelled."""
        foreign = self._create_foreign_delivery()
        for line in (str(foreign.move_ids.id), "abc", "", "12 ,x", f"{self.backorder.move_ids[0].id},0"):
            self._post(self.backorder, "cancel", self.owner, line=line)
            self.assertIn("This cannot be chosen.", self._notice(self.backorder, self.owner))
        self.assertNotEqual(foreign.state, "cancel")
        self.assertNotIn("cancel", self.backorder.move_ids.mapped("state"))

    def test_what_follows_is_not_in_his_name(self):
        """Scenario: what he cancels makes another's delivery ready. Expected: its message is not by him."""
        self._ship(self.receipt)
        other = self._create_delivery((self.products["Gypsum"], 100))
        self._post(self.backorder, "cancel", self.owner)
        self.assertEqual(other.state, "assigned")
        self.assertNotIn(self.owner.partner_id, other.message_ids.author_id)

    def test_together_holds(self):
        """Scenario: all together, then the order is raised. Expected: it waits for all, and so does its rest."""
        self._post(self.backorder, "together", self.owner)
        self.order.order_line[3].product_uom_qty += 5
        self.env.flush_all()
        self.assertEqual(self.backorder.move_type, "one")
        self._ship(self.receipt)
        self._add_stock(self.products["Gypsum"], 5)
        self.backorder.action_assign()
        rest = self._ship(self.backorder, 190, 1)
        self.assertEqual(rest.move_type, "one")

    def test_bought_for_the_order(self):
        """Scenario: bought to order, a part has come and shipped. Expected: the rest can be cancelled."""
        buy = self.env.ref("purchase_stock.route_warehouse0_buy")
        to_order = self.env.ref("stock.route_warehouse0_mto")
        to_order.active = True
        bought = self._create_product(
            "Bought", route_ids=[(6, 0, (buy | to_order).ids)], seller_ids=[(0, 0, {"partner_id": self.vendor.id})]
        )
        order = self._create_order((bought, 20), partner_id=self.customer.id)
        purchase = self.env["purchase.order"].search([("order_line.product_id", "=", bought.id)])
        purchase.button_confirm()
        receipt = purchase.picking_ids
        receipt.picking_type_id.create_backorder = "always"
        self._ship(receipt, 8)
        backorder = self._ship(order.picking_ids)
        self.assertIn("done", backorder.move_ids.move_orig_ids.mapped("state"))
        self._post(backorder, "cancel", self.owner)
        self.assertEqual(backorder.state, "cancel")

    def test_pick_and_ship(self):
        """Scenario: two steps, the rest is picked and lies in the output. Expected: too late to cancel it."""
        panel, order, pick_backorder, _delivery = self._ship_two_of_five()
        self._add_stock(panel, 3)
        pick_backorder.action_assign()
        self._ship(pick_backorder)
        backorder = order.picking_ids.filtered(
            lambda picking: picking.picking_type_code == "outgoing" and picking.state == "assigned"
        )
        self.assertEqual(backorder.backorder_index, 1)
        self._post(backorder, "cancel", self.owner)
        self.assertIn("is being picked", self._notice(backorder, self.owner))
        self.assertEqual(backorder.state, "assigned")

    def test_rest_that_is_not_picked_yet(self):
        """Scenario: two steps, 2 of 5 ship, 3 wait to be picked. Expected: accepted, and cancelled, on what shipped."""
        panel, _order, pick_backorder, delivery = self._ship_two_of_five()
        self._create_receipt((panel, 9))
        self._post(delivery, "keep", self.owner)
        self.assertTrue(delivery.accepted_promise_date)
        page = self._page(delivery, self.owner)
        self.assertTrue(page.xpath("//*[@id='choose_cancel']"))
        for _click in range(2):
            self._post(delivery, "cancel", self.owner)
        self.assertEqual(pick_backorder.state, "cancel")
        self.assertEqual(delivery.fulfillment_state, "closed_short")

    def _ask(self, body, **access):
        message = {"body": body, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        thread = {"thread_model": "stock.picking", "thread_id": self.backorder.id, "post_data": message}
        return self.url_open(
            "/mail/message/post",
            data=json.dumps({"params": {**thread, **access}}),
            headers={"Content-Type": "application/json"},
        )

    def test_question_by_link(self):
        """Scenario: a visitor with the link asks, before and after that was switched off. Expected: then refused."""
        token = self.backorder._portal_ensure_token()
        self.authenticate(None, None)
        self.assertNotIn("error", self._ask("When exactly?", token=token).json())
        self.company.customer_may_ask = False
        self.assertIn("error", self._ask("And now?", token=token).json())
        self.authenticate(self.owner.login, self.owner.login)
        self.assertIn("error", self._ask("And with a login?").json())
        messages = self.backorder.message_ids.mapped("body")
        self.assertTrue(any("When exactly?" in body for body in messages))
        self.assertFalse(any("And" in body for body in messages))

    def test_question(self):
        """Scenario: the customer writes a message on the page. Expected: it is on the delivery, for staff to read."""
        self.authenticate(self.owner.login, self.owner.login)
        answer = self._ask("When exactly?")
        self.assertNotIn("error", answer.json(), answer.text[:300])
        self.assertIn("When exactly?", self.backorder.message_ids[0].body)
        self.assertIn(self.salesperson.partner_id, self.backorder.message_ids[0].notified_partner_ids)
        self.assertEqual(self.backorder.message_ids[0].author_id, self.owner.partner_id)
        self.assertLess(self.backorder.message_ids[0].date - fields.Datetime.now(), timedelta(minutes=1))
