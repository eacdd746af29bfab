import json
import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.customer.stock_order_pad_meter import LIMITS
from .test_order_pad_page import PadHttpCase

THERE, EXPECTED = 6173, 19733


@tagged("post_install", "-at_install")
class TestOrderPadShows(PadHttpCase):
    """Of the stock a customer sees what the company's setting says, and no more, by whatever way he looks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.customer_may_order = "quotation"
        cls.tile = cls._create_product("Tile", THERE, default_code="T-1", list_price=0.5)
        cls.tiles_to_come = cls._create_receipt((cls.tile, EXPECTED), days=5)
        cls._invalidate(cls)

    def _get_days(self):
        """Return how the day on which the tiles come may be written."""
        date = fields.Datetime.now() + timedelta(days=5)
        return {str(date.date()), self.order._format_day(date), self.order._format_date(date.date())}

    def _ask_everywhere(self):
        """Return what the customer is told of more tiles than there are: ``{where: text}``."""
        self.env["stock.order.pad.meter"].search([]).unlink()
        wanted = THERE + EXPECTED
        lines, key = [{"code": "T-1", "quantity": wanted}], self._get_key(self.owner)
        self._login(self.owner)
        told = {"judged": json.dumps(self._judge_by_rpc(lines))}
        page = self._post("/my/order/change", do="save", new_text="T-1", new_quantity=str(wanted))
        told["page"] = page.text
        form = self._form(self._read(page))
        told["changed"] = self._post("/my/order/change", **{**form, "seen": "{}"}, do="send").text
        order_page = self._post("/my/order/change", **form, do="send")
        self.assertIn("/my/orders/", order_page.url)
        told["order"] = order_page.text
        order = self.env["sale.order"].search([("is_from_pad", "=", True)], order="id desc", limit=1)
        mails = self.env["mail.mail"].search([("mail_message_id", "in", order.message_ids.ids)])
        told["mail"] = "".join(map(str, mails.mapped("body_html")))
        self.tiles_to_come.move_ids.date += timedelta(days=9)
        self._invalidate()
        told["later"] = self.url_open(f"/my/orders/{order.id}").text
        self.tiles_to_come.move_ids.date -= timedelta(days=9)
        self._invalidate()
        told["list"] = self.url_open("/my/orders").text + self.url_open("/my/deliveries/lines").text
        self.logout()
        told["system"] = self._call("/my/order/api/judge", {"lines": lines}, key).text
        told["placed"] = self._call("/my/order/api/place", {"key": str(order.id), "lines": lines}, key).text
        refused = {"key": f"{order.id} again", "lines": lines, "seen": "{}"}
        told["refused"] = self._call("/my/order/api/place", refused, key).json()["message"]
        return told

    def _look_for(self, text, days):
        """Return what of days and quantities is in *text*."""
        found = {"day" for day in days if day in text}
        for name, quantity in (("there", THERE), ("expected", EXPECTED)):
            # With a comma, a point or a blank among its digits, and as a part of no other number.
            digits = str(quantity)
            if re.search(rf"(?<![0-9a-f]){digits[:-3]}[,. ]?{digits[-3:]}(?![0-9a-f])", text):
                found.add(name)
        return found

    def test_every_way(self):
        """Scenario: he orders all that is there, and all that comes, by each setting and each way. Expected: day and
        quantities only where he is to see them, and there by every way that tells of a line."""
        days = self._get_days()
        nothing_told = {"list"}
        for shows, cap, expected in (
            ("status", 100_000, set()),
            ("date", 100_000, {"day"}),
            ("quantity", 100_000, {"day", "there", "expected"}),
            ("quantity", 10_000, {"day", "there"}),
            ("quantity", 100, set()),
        ):
            self.company.write({"customer_order_shows": shows, "customer_order_cap": cap})
            for way, text in self._ask_everywhere().items():
                with self.subTest(way, shows=shows, cap=cap):
                    found = self._look_for(text, days)
                    self.assertLessEqual(found - {"day"}, expected)
                    if shows == "status" or way in nothing_told:
                        self.assertEqual(found, set())
                    elif way in ("judged", "page", "system"):
                        self.assertGreaterEqual(found, expected)

    def test_a_later_day_is_no_news_where_he_sees_none(self):
        """Scenario: a receipt is late after he has asked for a quotation; he sees colours, or days. Expected: by
        colours nothing has changed; by days he is told."""
        pad = self._write(("T-1", THERE + EXPECTED))
        order = pad._send(self.owner.partner_id)
        self.tiles_to_come.move_ids.date += timedelta(days=9)
        self._invalidate()
        self.assertEqual(len(order._get_pad_changes()), 1)
        self.company.customer_order_shows = "status"
        self.assertEqual(order._get_pad_changes(), [])
        self.assertFalse(order.pad_change_text)

    def test_every_limit(self):
        """Scenario: as much as anybody may ask for in a minute, then one more; then the next minute. Expected: refused
        just then, in each kind, by each way, whoever else asks."""
        meter = self.env["stock.order.pad.meter"].with_user(self.owner)
        for kind, most in LIMITS.items():
            with self.subTest(kind):
                meter.sudo().search([]).unlink()
                meter._count(**{kind: most})
                with self.assertRaises(UserError):
                    meter._count(**{kind: 1})
                meter.with_user(self.colleague)._count(**{kind: 1})
                row = meter.sudo().search([("user_id", "=", self.owner.id)])
                row.minute -= timedelta(minutes=1)
                row.flush_recordset()
                meter._count(**{kind: 1})

    def test_limits_hold_by_every_way(self):
        """Scenario: who has asked for too much in this minute goes on, by page, paste, file and system. Expected: he is
        told to wait, and nothing else."""
        key = self._get_key(self.owner)
        self._login(self.owner)
        self.env["stock.order.pad.meter"].with_user(self.owner)._count(lines=LIMITS["lines"])
        lines = [{"code": "T-1", "quantity": 1}]
        answers = [
            self._post("/my/order/change", new_text="T-1", do="save").text,
            self._post("/my/order/change", paste="T-1\t4", do="save").text,
            self._post("/my/order/change", new_text="T-1", do="send", seen="{}").text,
            self._post("/my/order/file", files={"file": ("list.csv", b"T-1;1")}).text,
            self._post("/my/order/again", order=self.order.id).text,
        ]
        self.logout()
        for path in ("judge", "place"):
            answer = self._call(f"/my/order/api/{path}", {"key": "a", "lines": lines}, key)
            self.assertEqual(answer.status_code, 429, answer.text)
            answers.append(answer.text)
        for number, answer in enumerate(answers):
            with self.subTest(number):
                self.assertIn("more than we can answer in a minute", answer)
                self.assertNotIn("Tile", answer)
