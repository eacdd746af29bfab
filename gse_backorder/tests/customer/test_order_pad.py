from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.customer.order_pad_text import MOST_LINES, Row
from .portal_common import PortalCase


class PadCase(PortalCase):
    """A customer who orders on his pad, of what there is in part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What is counted by the minute is not to hang on when a test runs.
        minute = fields.Datetime.now().replace(second=0)
        cls.classPatch(cls.registry["stock.order.pad.meter"], "_get_minute", lambda _meter: minute)
        cls.company.write({"customer_may_order": "order", "portal_confirmation_pay": False})
        cls.env["ir.default"].set("sale.order", "warehouse_id", cls.warehouse.id, company_id=cls.company.id)
        cls.nail = cls._create_product("Nail", 10, default_code="N-1", list_price=2.0, barcode="4006381333931")
        cls.board = cls._create_product("Board", 60, default_code="B-1", list_price=10.0)
        cls.slate = cls._create_product("Slate", 0, default_code="S-1", list_price=5.0)
        cls.boards_to_come = cls._create_receipt((cls.board, 190), days=5)
        cls._invalidate(cls)
        # Those of the demo's story.
        cls.orders_before = cls.env["sale.order"].search([("is_from_pad", "=", True)])

    @classmethod
    def _find_orders(cls):
        """Return the orders that came from a pad in the test."""
        return cls.env["sale.order"].search([("is_from_pad", "=", True)]) - cls.orders_before

    @classmethod
    def _open(cls, user=None, key=None):
        user = user or cls.owner
        return cls.env["stock.order.pad"].with_user(user)._open_own(user, cls.company, key)

    @classmethod
    def _write(cls, *rows, user=None):
        """Return a pad of the user with lines of ``(text, quantity)``."""
        pad = cls._open(user)
        pad._add_rows([Row(*row) for row in rows])
        return pad

    def _judge(self, *rows):
        pad = self._write(*rows)
        return pad._judge()["rows"]


@tagged("post_install", "-at_install")
class TestOrderPad(PadCase):
    """What the customer is told of the lines that he writes."""

    # ---- found ------------------------------------------------------------------

    def test_found_by(self):
        """Scenario: one product by our code, in other capitals, its barcode, name, a part of it, and the customer's own
        code. Expected: it is found each time."""
        self.env["stock.customer.code"].create(
            {"partner_id": self.owner.partner_id.id, "code": "My  nail", "product_id": self.nail.id}
        )
        for row in self._judge(("N-1", 1), ("n-1", 1), ("4006381333931", 1), ("nail", 1), ("Nai", 1), ("MY NAIL", 1)):
            with self.subTest(row["text"]):
                self.assertEqual((row["product_id"], row["reason"]), (self.nail.id, False))

    def test_capitals_make_no_difference(self):
        """Scenario: our codes, the customer's, a barcode of letters in mixed capitals, typed in others. Expected:
        found; of two that differ by their capitals alone he chooses."""
        mixed = self._create_product("Hinge", 9, default_code="Ab-1", barcode="PkgX7")
        self.env["stock.customer.code"].create(
            {"partner_id": self.customer.id, "code": "Mine-Q", "product_id": self.board.id}
        )
        typed = ("AB-1", "ab-1", "aB-1", " aB-1 ", "PkgX7", "MINE-q")
        expected = [(mixed.id, False)] * 5 + [(self.board.id, False)]
        rows = self._judge(*((text, 1) for text in typed))
        self.assertEqual([(row["product_id"], row["reason"]) for row in rows], expected)
        other = self._create_product("Other hinge", 9, default_code="AB-1")
        row = self._judge(("aB-1", 1))[-1]
        self.assertEqual(row["reason"], "several")
        self.assertEqual({one["id"] for one in row["offered"]}, {mixed.id, other.id})

    def test_own_code_is_the_customers_own(self):
        """Scenario: another customer orders by it. Expected: nobody knows it."""
        self.env["stock.customer.code"].create(
            {"partner_id": self.stranger_company.id, "code": "ZZ-9", "product_id": self.nail.id}
        )
        self.assertEqual(self._judge(("ZZ-9", 1))[0]["reason"], "unknown")

    def test_own_code_comes_first(self):
        """Scenario: the customer calls one product what we call another. Expected: his word counts."""
        self.env["stock.customer.code"].create(
            {"partner_id": self.customer.id, "code": "N-1", "product_id": self.board.id}
        )
        self.assertEqual(self._judge(("N-1", 1))[0]["product_id"], self.board.id)

    def test_codes_are_imported(self):
        """Scenario: a salesperson imports a table, of a contact. Expected: they are those of his company, once each."""
        codes = self.env["stock.customer.code"].with_user(self.salesperson)
        names = ["partner_id/.id", "code", "product_id/.id"]
        result = codes.load(names, [[str(self.owner.partner_id.id), "A 1", str(self.nail.id)]])
        self.assertEqual(codes.browse(result["ids"]).partner_id, self.customer)
        result = codes.load(names, [[str(self.customer.id), "a  1", str(self.board.id)]])
        self.assertFalse(result["ids"], "This customer has that code already.")

    def test_packaging(self):
        """Scenario: a dozen is sold; by its own barcode, its name, and a unit that is not. Expected: dozens."""
        self.dozen.active = True
        self.nail.uom_ids = self.dozen
        self.env["product.uom"].create(
            {"product_id": self.nail.id, "uom_id": self.dozen.id, "barcode": "DOZEN-OF-NAILS"}
        )
        by_barcode, by_name, other = self._judge(
            ("DOZEN-OF-NAILS", 2), ("N-1", 2, self.dozen.name.upper()), ("N-1", 1, "Barrels")
        )
        self.assertEqual((by_name["unit"], by_name["reason_text"]), (self.dozen.name, None))
        self.assertEqual((by_barcode["unit"], by_barcode["subtotal"]), (self.dozen.name, by_name["subtotal"]))
        self.assertEqual((other["reason"], other["unit"]), ("unit", "Barrels"), "It is no other one that is not sold.")
        self.assertIn("“Barrels”", other["reason_text"])

    def test_several_match(self):
        """Scenario: a word of two names; one is chosen, then one that was not offered. Expected: both are offered, the
        first is taken, the other refused."""
        other = self._create_product("Nail puller")
        pad = self._write(("nai", 1))
        [row] = pad._judge()["rows"]
        self.assertEqual(row["reason"], "several")
        self.assertEqual({offer["id"] for offer in row["offered"]}, {self.nail.id, other.id})
        with self.assertRaises(UserError):
            pad._change_lines({pad.line_ids.id: {"product": str(self.slate.id)}})
        pad._change_lines({pad.line_ids.id: {"product": str(other.id)}})
        self.assertEqual(pad._judge()["rows"][0]["product_id"], other.id)

    def test_each_part_of_a_name_is_looked_for(self):
        """Scenario: a word of many names, then one of a single name; with signs that mean any, and two blanks.
        Expected: what one finds leaves no room for nobody."""
        self.env["product.product"].create([{"name": f"Aaa bolt {number:03}"} for number in range(100)])
        sole = self._create_product("Zinc 100% sheet_2")
        many, *rows = self._judge(("aa bolt", 1), ("100% sh", 1), ("heet_", 1), ("c  100%", 1))
        self.assertEqual((many["reason"], len(many["offered"])), ("several", 8))
        self.assertEqual([row["product_id"] for row in rows], [sole.id] * 3)
        self.assertEqual(self._judge(("z%t", 1))[-1]["reason"], "unknown")

    # ---- not taken ----------------------------------------------------------------

    def test_reasons(self):
        """Scenario: rows that cannot be taken. Expected: all stay, each with its reason."""
        old, part = self._create_product("Old", default_code="OLD"), self._create_product("Part", default_code="PART")
        self._create_order((old, 1), (part, 1), partner_id=self.owner.partner_id.id)
        old.active = part.sale_ok = False
        self._create_product("Never", default_code="NEVER").active = False
        self._create_product("Plan", default_code="PLAN", barcode="PLAN-7", sale_ok=False)
        self.board.order_minimum = 5
        expected = {
            ("NOWHERE", 1): "unknown",
            ("", 1): "unknown",
            # What he has never bought, and may not: no more is told of it than of nothing.
            ("NEVER", 1): "unknown",
            ("PLAN", 1): "unknown",
            ("plan-7", 1): "unknown",
            ("Plan", 1): "unknown",
            ("OLD", 1): "archived",
            ("PART", 1): "unsold",
            ("N-1", "many"): "number",
            ("N-1", "NaN"): "number",
            ("N-1", "inf"): "number",
            ("N-1", "1e3"): "number",
            ("N-1", 0): "nothing",
            ("N-1", "-1"): "nothing",
            ("N-1", 1e-9): "nothing",
            ("N-1", "1000000000"): "much",
            ("N-1", float("inf")): "number",
            ("B-1", 4): "minimum",
        }
        told = self._judge(*expected)
        self.assertEqual([row["reason"] for row in told], list(expected.values()))
        self.assertTrue(all(row["reason_text"] and not row["price"] and not row["words"] for row in told))

    def test_numbers_of_a_language(self):
        """Scenario: a German and an English reader write quantities. Expected: each in his own notation."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.owner.lang = "de_DE"
        pad = self.env["stock.order.pad"].with_context(lang="de_DE")
        pad = pad.with_user(self.owner)._open_own(self.owner, self.company)
        pad._add_rows([Row("N-1", "1.234,5"), Row("N-1", "1,5"), Row("N-1", "1.5"), Row("N-1", "1,234.5")])
        quantities = [(line.quantity, bool(line.quantity_text)) for line in pad.line_ids]
        self.assertEqual(quantities, [(1234.5, False), (1.5, False), (0, True), (0, True)])
        self.assertEqual(pad._judge()["rows"][0]["quantity"], "1.234,50")

    def test_nobody_sends_what_cannot_be_taken(self):
        """Scenario: a pad with a good and a bad row, and an empty one. Expected: refused, and no order is made."""
        pad = self._write(("N-1", 1), ("NOWHERE", 1))
        for _case in ("a bad row", "no row"):
            with self.assertRaises(UserError):
                pad._send(self.owner.partner_id)
            pad._remove_lines(pad.line_ids.ids)
        self.assertFalse(self._find_orders())

    def test_titles_are_no_line(self):
        """Scenario: titles above as many lines as a pad has; the same where a product is called so; where it is a part
        of a name. Expected: no line; a line, and told of; no line."""
        titles = Row("Nail", "How many", is_title=True)
        pad = self._open()
        pad._add_rows([Row("Article", "How many", is_title=True), *[Row("N-1", 1)] * MOST_LINES])
        self.assertEqual(set(pad.line_ids.mapped("text")), {"N-1"})
        pad._remove_lines(pad.line_ids.ids)
        pad._add_rows([titles, Row("N-1", 1)])
        self.assertEqual([row["reason"] for row in pad._judge()["rows"]], ["number", False])
        self.nail.name = "Nails"
        pad._add_rows([titles, Row("N-1", 1)])
        self.assertEqual(len(pad.line_ids), 3)

    def test_too_many_lines(self):
        """Scenario: more lines than a pad has. Expected: refused in words, and none is added."""
        pad = self._open()
        with self.assertRaises(UserError):
            pad._add_rows([Row("N-1", 1)] * (MOST_LINES + 1))
        self.assertFalse(pad.line_ids)

    # ---- what it costs, and when it ships ------------------------------------------

    def test_judged_behind_those_who_wait(self):
        """Scenario: 250 of 60 there and 190 expected, while another waits for 20. Expected: as a quotation."""
        [row] = self._judge(("B-1", 250))
        self.assertEqual((row["status"], row["words"][:11]), ("short", "a part now,"))
        self._create_order((self.board, 20))
        self._invalidate()
        [row] = self._open()._judge()["rows"]
        self.assertEqual(row["words"], "a part now, the rest without a date")

    def test_the_whole_in_words(self):
        """Scenario: one line and several: all, some, none of them there, with dates, some and none of them without; as
        they come, all together, and by colour alone. Expected: what a person would say."""
        self.company.customer_order_shows = "date"
        day = self.order._format_date((fields.Datetime.now() + timedelta(days=5)).date())
        there, comes, never = ("N-1", 1), ("B-1", 100), ("S-1", 1)
        for rows, as_it_comes, together in (
            ([there], "It ships now.", "It ships now."),
            ([there, there], "All lines ship now.", "All lines ship now."),
            ([comes], f"All by {day}.", f"All together on {day}."),
            ([comes, comes], f"All by {day}.", f"All together on {day}."),
            ([never], "No date yet.", "All together, with no date yet."),
            ([never, comes], "1 line has no date yet.", "All together, with no date yet."),
            ([never, never, comes], "2 lines have no date yet.", "All together, with no date yet."),
            ([there, comes], f"1 of 2 lines ships now, all by {day}.", f"All together on {day}."),
            (
                [there, there, never],
                "2 of 3 lines ship now, 1 line has no date yet.",
                "All together, with no date yet.",
            ),
        ):
            pad = self._open()
            pad._remove_lines(pad.line_ids.ids)
            pad._add_rows([Row(*row) for row in rows])
            for policy, words in (("direct", as_it_comes), ("one", together)):
                with self.subTest(rows=rows, policy=policy):
                    pad._write_head({"policy": policy})
                    self.assertEqual(pad._judge()["summary"], words)
        self.company.customer_order_shows = "status"
        self.assertEqual(pad._judge()["summary"], "No line ships in full now.")

    def test_missing(self):
        """Scenario: none of it, and none of it left, for others have all. Expected: nothing is said that is not so."""
        self._create_order((self.board, 250))
        self._invalidate()
        self.assertEqual([row["words"] for row in self._judge(("S-1", 1), ("B-1", 1))], ["no date yet"] * 2)

    def test_lines_compete(self):
        """Scenario: two lines of one product, of which only one can be served. Expected: neither is green."""
        rows = self._judge(("N-1", 6), ("Nail", 6), ("S-1", 1))
        self.assertEqual([row["status"] for row in rows], ["short", "short", "missing"])

    def test_all_together(self):
        """Scenario: what is there, what comes, and what nobody expects, all together. Expected: what is there waits for
        the rest, on the day of the last; none has a day while one has none; all is green where all is there."""
        day = self.order._format_date((fields.Datetime.now() + timedelta(days=5)).date())
        pad = self._write(("N-1", 4), ("B-1", 100))
        pad._write_head({"policy": "one"})
        self.assertEqual(
            [(row["status"], row["words"]) for row in pad._judge()["rows"]],
            [("short", f"together with all on {day}")] * 2,
        )
        pad._add_rows([Row("S-1", 1)])
        self.assertEqual(
            [(row["status"], row["words"]) for row in pad._judge()["rows"]],
            [("short", "together with all, no date yet")] * 2 + [("missing", "no date yet")],
        )
        pad._remove_lines(pad.line_ids[1:].ids)
        self.assertEqual(pad._judge()["rows"][0]["words"], "ships now")

    def test_price_is_the_orders(self):
        """Scenario: a price list with a rule by quantity, and taxes. Expected: prices and totals are those of the order
        that it becomes."""
        self.env.user.group_ids += self.env.ref("product.group_product_pricelist")
        rule = {"compute_price": "percentage", "percent_price": 10, "applied_on": "3_global"}
        cheaper = {**rule, "percent_price": 50, "min_quantity": 5}
        self.customer.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Friends", "item_ids": [Command.create(rule), Command.create(cheaper)]}
        )
        self.board.taxes_id = self.env["account.tax"].create(
            {"name": "Seven", "amount": 7, "company_id": self.company.id}
        )
        self._invalidate()
        pad = self._write(("N-1", 3), ("B-1", 7), ("S-1", 5.5))
        judgement = pad._look()
        order = pad._send(self.owner.partner_id)
        lines = order.order_line
        self.assertEqual(lines.mapped("price_unit"), [1.8, 5.0, 2.5])
        self.assertEqual([judged["subtotal"] for judged in judgement.judged.values()], lines.mapped("price_subtotal"))
        self.assertEqual(
            judgement.totals, {"untaxed": order.amount_untaxed, "tax": order.amount_tax, "total": order.amount_total}
        )

    def test_queries_are_constant(self):
        """Scenario: pads of 5 and of 100 lines. Expected: judging them takes as many queries."""
        products = self.env["product.product"].create(
            [{"name": f"Piece {i}", "default_code": f"PC-{i}", "is_storable": True} for i in range(100)]
        )
        counts = []
        for count in (5, len(products)):
            pad = self._write(*((f"PC-{i}", 1 + i) for i in range(count)))
            pad._judge()
            self._invalidate()
            before = self.cr.sql_log_count
            pad._judge()
            counts.append(self.cr.sql_log_count - before)
            pad._remove_lines(pad.line_ids.ids)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 70)

    # ---- how much he sees -------------------------------------------------------------

    def test_how_much_he_sees(self):
        """Scenario: 250 of 60 there and 190 expected, by each setting. Expected: no more than it says."""
        day = self.order._format_day(fields.Datetime.now() + timedelta(days=5))
        pad = self._write(("B-1", 250))
        for shows, cap, words in (
            ("status", 100, ""),
            ("date", 100, f"a part now, all by {day}"),
            ("quantity", 1000, f"60 now, 190 on {day}"),
            ("quantity", 100, f"60 now, more than 100 on {day}"),
            ("quantity", 50, f"more than 50 now, the rest on {day}"),
        ):
            with self.subTest(shows, cap=cap):
                self.company.write({"customer_order_shows": shows, "customer_order_cap": cap})
                [row] = pad._judge()["rows"]
                self.assertEqual((row["words"], row["status"]), (words, "short"))
                self.assertEqual(bool(row["date"]), shows != "status")

    def test_nobody_counts_by_splitting(self):
        """Scenario: 12 lines of one each, of 10 that are there. Expected: all are told the same, with no quantity."""
        self.company.customer_order_shows = "quantity"
        rows = self._judge(*(("N-1", 1) for _line in range(12)))
        self.assertEqual(
            {(row["status"], row["words"]) for row in rows}, {("short", "a part now, the rest without a date")}
        )

    def test_what_he_may_order(self):
        """Scenario: a category only, or what he has bought before. Expected: all else is unknown, by whatever name."""
        category = self.env["product.category"].create({"name": "Hardware"})
        self.nail.categ_id = self.env["product.category"].create({"name": "Nails", "parent_id": category.id})
        pad = self._write(("N-1", 1), ("S-1", 1), ("Slate", 1), ("Beam", 1))
        self._create_product("Old slate", default_code="OLD", active=False)
        for products, reasons in (
            ("all", [False] * 4),
            ("category", [False, "unknown", "unknown", "unknown"]),
            ("bought", ["unknown", "unknown", "unknown", False]),
        ):
            with self.subTest(products):
                self.company.write(
                    {"customer_order_products": products, "customer_order_categ_ids": [Command.set(category.ids)]}
                )
                self.assertEqual([row["reason"] for row in pad._judge()["rows"]], reasons)

    def test_other_companys_product(self):
        """Scenario: a product of another company of ours. Expected: it is unknown here."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._create_product("Foreign", default_code="F-1", company_id=other.id)
        self.assertEqual(self._judge(("F-1", 1))[0]["reason"], "unknown")

    # ---- whose it is -------------------------------------------------------------------

    def test_each_has_his_own(self):
        """Scenario: two people of one company. Expected: neither sees nor changes the other's."""
        own = self._write(("N-1", 1))
        other = self._write(("B-1", 2), user=self.colleague)
        self.assertNotEqual(own, other)
        other._change_lines({own.line_ids.id: {"quantity": "7"}})
        other._remove_lines(own.line_ids.ids)
        self.assertEqual(own.line_ids.quantity, 1)

    def test_setting(self):
        """Scenario: customers may not order; employees and the public. Expected: refused."""
        public = self.env.ref("base.public_user")
        for user in (self.salesperson, public):
            with self.assertRaises(AccessError):
                self._open(user)
        self.company.customer_may_order = "no"
        with self.assertRaises(AccessError):
            self._open(self.owner)

    def test_moved_to_another_company(self):
        """Scenario: a contact with a pad moves to another company. Expected: he takes no pad with him, and begins a new
        one, by the same key, too; nobody writes on the old one, or sends it."""
        left = self._open(key="K")
        left._add_rows([Row("N-1", 1)])
        self.owner.partner_id.parent_id = self.stranger_company
        pad = self._open()
        self.assertEqual((pad.commercial_partner_id, len(pad.line_ids)), (self.stranger_company, 0))
        self.assertNotIn(left, pad | self._open(key="K"))
        self.assertEqual(left.commercial_partner_id, self.customer)
        with self.assertRaises(AccessError):
            pad._get_named(self.owner, left.id)
        self.assertEqual(pad._get_named(self.salesperson, left.id), left, "His salesperson looks at it.")
        for work in (lambda: left._add_rows([]), lambda: left._send(self.salesperson.partner_id)):
            with self.assertRaises(UserError):
                work()

    def test_address_is_his_own(self):
        """Scenario: an address of his company, and one of another. Expected: the second is refused."""
        site, foreign = self.env["res.partner"].create(
            [
                {"name": "Site", "type": "delivery", "parent_id": self.customer.id},
                {"name": "Not his", "type": "delivery", "parent_id": self.stranger_company.id},
            ]
        )
        pad = self._write(("N-1", 1))
        pad._write_head({"shipping": str(site.id)})
        with self.assertRaises(UserError):
            pad._write_head({"shipping": str(foreign.id)})
        self.assertEqual(pad._send(self.owner.partner_id).partner_shipping_id, site)

    def test_again(self):
        """Scenario: an order, a delivery, and those of another are ordered again. Expected: the lines; a refusal."""
        pad = self._open()
        pad._add_again(order_id=self.order.id)
        self.assertEqual(pad.line_ids.mapped("quantity"), [200, 150, 250, 250])
        pad._remove_lines(pad.line_ids.ids)
        pad._add_again(picking_id=self.root.id)
        self.assertEqual(pad.line_ids.product_id, self.root.move_ids.product_id)
        foreign = self._create_foreign_delivery()
        for again in (
            {"order_id": foreign.sale_id.id},
            {"picking_id": foreign.id},
            {"picking_id": self.receipt.id},
            {},
        ):
            with self.assertRaises(UserError):
                pad._add_again(**again)

    def test_guessing_is_bounded(self):
        """Scenario: more requests, and more lines, than anybody sends in a minute. Expected: refused; a salesperson's
        work is not counted."""
        pad = self._open()
        pad._add_rows([Row("N-1", 1)])
        meter = self.env["stock.order.pad.meter"]
        with self.assertRaises(UserError):
            meter.with_user(self.owner)._count(lines=3000)
        with self.assertRaises(UserError):
            meter.with_user(self.owner)._count(requests=120)
        meter.with_user(self.colleague)._count(requests=120)
        meter.with_user(self.salesperson)._count(requests=1000)
