import io
import json

from lxml import html
from openpyxl import Workbook

from odoo.tests import HttpCase, tagged

from .test_order_pad import PadCase

NOTHING = ("0", "-1", "1000000000", "1e-9", "NaN", "1.234,5", "", "<b>", "\0", "٣", "9" * 400)


class PadHttpCase(PadCase, HttpCase):
    """Customers who order in a browser without a script, and their systems."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.owner, cls.colleague, cls.stranger, cls.vendor_user, cls.salesperson):
            user.password = user.login

    def _login(self, user):
        if user:
            self.authenticate(user.login, user.login)
        else:
            self.authenticate(None, None)

    def _post(self, path, files=None, **data):
        # Every page with a form has the token of its session: that of who is not logged in, too.
        page = html.fromstring(self.url_open("/my/security" if self.session.uid else "/web/login").text)
        token = page.xpath("//input[@name='csrf_token']/@value")[0]
        return self.url_open(path, data={"csrf_token": token, **data}, files=files)

    def _read(self, answer):
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def _form(self, page):
        form = page.xpath("//form[@action='/my/order/change']")[0]
        values = {name: value or "" for name, value in form.form_values()}
        values.pop("csrf_token")
        return values

    def _judge_by_rpc(self, lines):
        return self.make_jsonrpc_request("/my/order/judge", {"lines": lines})

    def _call(self, path, body, key=None):
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        return self.url_open(path, data=json.dumps(body), headers=headers)


@tagged("post_install", "-at_install")
class TestOrderPadPage(PadHttpCase):
    """The pad in the browser, without a script, and for other systems."""

    def test_buyer_without_a_script(self):
        """Scenario: he types a line, pastes three, chooses, corrects, removes, and orders. Expected: an order of what
        the page has shown him."""
        self._create_product("Nail puller")
        self._login(self.owner)
        page = self._read(self._post("/my/order/change", do="save", new_text="N-1", new_quantity="4"))
        self.assertIn("ships now", page.text_content())
        page = self._read(
            self._post("/my/order/change", **{**self._form(page), "paste": "B-1\t250\nnai\t2\nNOWHERE\t1"})
        )
        text = page.text_content()
        for words in ("a part now, all by", "Several products match", "We know no product", "1 of 2 lines ships now"):
            self.assertIn(words, text)
        form = self._form(page)
        [choice] = page.xpath("//select[starts-with(@name, 'product_')]")
        [unknown] = page.xpath("//tr[@data-reason='unknown']//button/@value")
        form[choice.get("name")] = next(o for o in choice.value_options if o)
        page = self._read(self._post("/my/order/change", **form, remove=unknown))
        self.assertFalse(page.xpath("//tr[@data-reason]"))
        form = {**self._form(page), "reference": "PO-7"}
        answer = self._post("/my/order/change", **form, do="save")
        form = self._form(self._read(answer))
        answer = self._post("/my/order/change", **form, do="send")
        order = self._find_orders()
        self.assertIn(f"/my/orders/{order.id}", answer.url)
        self.assertEqual((order.client_order_ref, len(order.order_line), order.state), ("PO-7", 3, "sale"))
        again = self._post("/my/order/change", **form, do="send")
        self.assertIn(f"/my/orders/{order.id}", again.url)
        self.assertEqual(len(self._find_orders()), 1)

    def test_what_was_changed_with_the_click_is_not_ordered(self):
        """Scenario: he types another quantity and orders at once. Expected: he is shown it first."""
        self._login(self.owner)
        page = self._read(self._post("/my/order/change", do="save", new_text="N-1", new_quantity="4"))
        form = self._form(page)
        [name] = [name for name in form if name.startswith("quantity_")]
        page = self._read(self._post("/my/order/change", **{**form, name: "11"}, do="send"))
        self.assertIn("Something has changed", page.text_content())
        self.assertFalse(self._find_orders())

    def test_files(self):
        """Scenario: CSV as spreadsheets write it, XLSX, broken ones, none. Expected: lines, or words."""
        book = Workbook()
        book.active.append(["Code", "Quantity"])
        book.active.append(["N-1", 3])
        book.active.append(["B-1", 2.5])
        packed = io.BytesIO()
        book.save(packed)
        self._login(self.owner)
        for name, content, count in (
            ("list.csv", b'Code;Quantity\r\nN-1;3\r\n"B-1";2,5\r\n', 2),
            ("list.csv", "\ufeffN-1,3\nB-1,2".encode(), 2),
            ("list.txt", "N-1\t3\nTür\t1".encode("cp1252"), 2),
            ("list.xlsx", packed.getvalue(), 2),
            ("list.xlsx", packed.getvalue()[:900], 0),
            ("list.csv", b"\0\1\2", 0),
            ("list.csv", b"", 0),
            ("<script>alert(1)</script>.csv", b"\0", 0),
            ("list.csv", b"N-1;1\n" * 600, 0),
            ("list.csv", b"x" * (3 * 2**20), 0),
        ):
            with self.subTest(name, size=len(content)):
                answer = self._post("/my/order/file", files={"file": (name, content)})
                page = self._read(answer)
                self.assertEqual(len(page.xpath("//button[@name='remove']")), count)
                self.assertEqual(bool(page.xpath("//div[@id='notice']")), not count)
                self.assertNotIn("<script>alert(1)", answer.text)
                self._post("/my/order/change", do="clear")

    def test_matrix(self):
        """Scenario: who is no customer, and who is another. Expected: nobody reads or changes what is not his."""
        pad = self._write(("N-1", 4))
        line = pad.line_ids
        for user in (None, self.salesperson, self.colleague, self.stranger, self.vendor_user):
            with self.subTest(user and user.login):
                self._login(user)
                self.assertFalse("N-1" in self.url_open("/my/order").text)
                self._post("/my/order/change", key=pad.key, remove=line.id)
                self._post("/my/order/change", **{f"quantity_{line.id}": "9", f"product_{line.id}": self.board.id})
                self._post("/my/order/change", key=pad.key, do="send", seen=pad._judge()["seen"])
                self._post("/my/order/again", order=self.order.id) if user != self.colleague else None
                self._invalidate()
                self.assertEqual((line.exists(), line.quantity, pad.order_id.id), (line, 4, False))
        for path in ("change", "file", "again"):
            self._login(self.owner)
            self.assertEqual(self.url_open(f"/my/order/{path}").status_code, 405)
            self.assertEqual(self.url_open(f"/my/order/{path}", data={"do": "clear"}).status_code, 400, "No token.")
        self.assertTrue(line.exists())

    def test_nonsense(self):
        """Scenario: what no form sends, in each field. Expected: a page, and nothing ordered."""
        line = self._write(("N-1", 4)).line_ids
        self._login(self.owner)
        for value in NOTHING:
            for name in (
                f"quantity_{line.id}", f"unit_{line.id}", f"text_{line.id}", f"product_{line.id}", "remove", "shipping",
                "wished_date", "policy", "paste", "new_text", "key", "quantity_x", f"quantity_{value}",
            ):  # fmt: skip
                self.env["stock.order.pad.meter"].sudo().search([]).unlink()
                with self.subTest(name, value=value[:9]):
                    answer = self._post("/my/order/change", **{name: value, "do": "save"})
                    self.assertEqual(answer.status_code, 200)
        self.assertFalse(self._find_orders())

    def test_hidden(self):
        """Scenario: the company's customers do not order. Expected: no page, no card, no button."""
        self.company.customer_may_order = "no"
        self._login(self.owner)
        self.assertNotIn('/my/order"', self.url_open("/my").text)
        self.assertTrue(self.url_open("/my/order").url.endswith("/my"))
        self.assertNotIn("/my/order/again", self.url_open(f"/my/orders/{self.order.id}").text)
        self.company.customer_may_order = "order"
        self.assertIn('/my/order"', self.url_open("/my").text)
        for path in (f"/my/orders/{self.order.id}", f"/my/deliveries/{self.root.id}"):
            self.assertIn("/my/order/again", self.url_open(path).text)

    def test_no_secret_is_told(self):
        """Scenario: the page, and the answer to other systems. Expected: no cost, reference, vendor, other customer."""
        self.nail.write({"standard_price": 77.77, "default_code": "SECRET-NAIL"})
        self._write(("Nail", 4), ("Beam", 5))
        self._login(self.owner)
        answer = self.url_open("/my/order").text + json.dumps(self._judge_by_rpc([{"code": "Nail", "quantity": 1}]))
        for secret in ("77.77", "SECRET", "Vendor SA", "Stranger", "BKT"):
            self.assertNotIn(secret, answer)

    # ---- other systems -------------------------------------------------------------

    def test_judge(self):
        """Scenario: the same lines by the page's route and by a system's. Expected: one answer, and nothing is kept."""
        lines = [{"code": "N-1", "quantity": 4}, {"code": "NOWHERE", "quantity": "x"}]
        self._login(self.owner)
        told = self._judge_by_rpc(lines)
        self.assertEqual([row["reason"] for row in told["rows"]], [False, "unknown"])
        self.logout()
        self.assertEqual(self._call("/my/order/api/judge", {"lines": lines}, self._get_key(self.owner)).json(), told)
        self.assertFalse(self.env["stock.order.pad"].search([("partner_id", "=", self.owner.partner_id.id)]))

    def test_place(self):
        """Scenario: a system places an order, twice. Expected: one order, the same answer."""
        key = self._get_key(self.owner)
        body = {
            "key": "PO-9",
            "reference": "PO-9",
            "lines": [{"code": "N-1", "quantity": 4}, {"code": "B-1", "quantity": 1}],
        }
        first = self._call("/my/order/api/place", body, key)
        self.assertEqual(first.status_code, 200, first.text)
        self.assertEqual(first.json(), self._call("/my/order/api/place", body, key).json())
        order = self._find_orders()
        self.assertEqual((first.json()["order"], first.json()["state"]), (order.name, "confirmed"))
        self.assertEqual(order.client_order_ref, "PO-9")

    def test_placed_as_judged(self):
        """Scenario: a system judges lines, all together too, and places what it was shown; then something else, under
        the same key, and under another one when the stock has changed. Expected: one order; told, none is ordered."""
        site = self.env["res.partner"].create({"name": "Site", "type": "delivery", "parent_id": self.customer.id})
        body = {"lines": [{"code": "N-1", "quantity": 4}, {"code": "B-1", "quantity": 100}]}
        key = self._get_key(self.owner)
        for number, head in enumerate(({}, {"policy": "one", "shipping": site.id, "wished_date": "2030-01-15"})):
            told = self._call("/my/order/api/judge", {**body, **head}, key).json()
            placed = {**body, **head, "key": f"PO-{number}", "reference": "PO", "seen": told["seen"]}
            first = self._call("/my/order/api/place", placed, key)
            self.assertEqual(first.status_code, 200, first.text)
            self.assertEqual([line["words"] for line in first.json()["lines"]], [row["words"] for row in told["rows"]])
            self.assertEqual(self._call("/my/order/api/place", placed, key).json(), first.json())
            self.assertEqual(self._call("/my/order/api/place", {**placed, "key": "other"}, key).status_code, 422)
            for other in (
                {"lines": body["lines"][:1]}, {"lines": body["lines"][::-1]}, {"reference": "PO-8"}, {"note": "Ring"},
                {"lines": [body["lines"][0], {"code": "B-1", "quantity": 101}]}, {"wished_date": "2030-02-15"},
                {"lines": [{**body["lines"][0], "unit": "Dozens"}, body["lines"][1]]}, {"lines": []},
            ):  # fmt: skip
                with self.subTest(other):
                    self.env["stock.order.pad.meter"].search([]).unlink()
                    answer = self._call("/my/order/api/place", {**placed, **other}, key)
                    self.assertEqual(answer.status_code, 422)
                    self.assertIn("Something else was ordered under this key", answer.json()["message"])
        self.assertEqual(len(self._find_orders()), 2)

    def test_nothing_is_no_quantity_of_a_system(self):
        """Scenario: a system names a quantity, and it is empty. Expected: it is none, and not one."""
        key = self._get_key(self.owner)
        for value in ("", " ", "\0", None, [], {}):
            lines = [{"code": "N-1", "quantity": value}]
            [row] = self._call("/my/order/api/judge", {"lines": lines}, key).json()["rows"]
            self.assertEqual(row["reason"], "number", value)
            self.assertEqual(self._call("/my/order/api/place", {"key": "a", "lines": lines}, key).status_code, 422)

    def test_systems_are_refused(self):
        """Scenario: no key, an employee's, nonsense. Expected: refused in words, never a crash, and nothing ordered."""
        lines = [{"code": "N-1", "quantity": 1}]
        self.assertEqual(self._call("/my/order/api/judge", {"lines": lines}).status_code, 401)
        self.assertEqual(self._call("/my/order/api/judge", {"lines": lines}, "x" * 40).status_code, 401)
        key = self._get_key(self.owner)
        for body in (
            {}, {"key": "a"}, {"key": "a", "lines": "N-1"}, {"key": "a", "lines": [1]}, {"key": ["a"], "lines": lines},
            {"key": "a", "lines": [{}]}, {"key": "a", "lines": [{"code": {}, "quantity": []}]},
            {"key": "a", "lines": lines * 501}, {"key": "a", "lines": [{"code": "N-1", "quantity": 1e400}]},
            {"key": "a", "lines": [{"code": "N-1", "quantity": True}]}, {"key": "a", "lines": lines, "seen": "{}"},
            {"key": "a", "lines": lines, "shipping": self.stranger_company.id}, {"lines": lines},
            {"key": "a", "lines": lines, "wished_date": "soon"}, {"key": "a", "lines": lines, "policy": "never"},
            {"key": "a", "lines": lines, "seen": {"1": 1}}, [1], "x", {"key": "\ud800", "lines": lines},
            {"key": "a", "lines": [{"code": "\ud800", "quantity": "\ud800", "unit": "\ud800"}]},
            {"key": "a", "lines": lines, "wished_date": "x\ud800"}, {"key": "a", "lines": lines, "shipping": "x\ud800"},
        ):  # fmt: skip
            with self.subTest(body):
                self.env["stock.order.pad.meter"].sudo().search([]).unlink()
                answer = self._call("/my/order/api/place", body, key)
                self.assertIn(answer.status_code, (422, 400), answer.text[:200])
        self.assertFalse(self._find_orders())

    def test_what_no_database_stores(self):
        """Scenario: signs of nothing, and halves of signs, in each text of an order. Expected: they are left out."""
        lines = [{"code": "N\0-1\ud800", "quantity": "1\0", "unit": "\udfff"}]
        body = {"key": "a", "lines": lines, "reference": "P\0O\ud800", "note": "Left\0 door\udfff", "seen": None}
        answer = self._call("/my/order/api/place", body, self._get_key(self.owner))
        self.assertEqual(answer.status_code, 200, answer.text[:200])
        order = self._find_orders()
        self.assertEqual((order.client_order_ref, order.site_note), ("PO", "Left door"))

    def test_refused_is_counted(self):
        """Scenario: who guesses sends a line at once with his form, or places it, so that all of it is refused, and
        taken back. Expected: what he asked for is counted as if it stood there."""

        def count():
            meter = self.env["stock.order.pad.meter"].search([("user_id", "=", self.owner.id)])
            meter.invalidate_recordset()
            return meter.requests, meter.lines, meter.results

        self._create_product("Nail puller")
        key = self._get_key(self.owner)
        body = {"key": "a", "seen": "{}", "lines": [{"code": "nai", "quantity": 1}, {"code": "N-1", "quantity": 1}]}
        self.assertEqual(self._call("/my/order/api/place", body, key).status_code, 422)
        self.assertEqual(count(), (1, 2, 2))
        self._login(self.owner)
        answer = self._post("/my/order/change", do="send", paste="nai\t1\nN-1\t1", seen="{}")
        self.assertIn("Nothing was ordered", answer.text)
        self.assertEqual(count(), (2, 4, 4))
        self.assertFalse(self.env["stock.order.pad"].search([("partner_id", "=", self.owner.partner_id.id)]).line_ids)
