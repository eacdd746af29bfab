from datetime import date, datetime

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..restock_common import RestockCase

SHOWN_DAYS = {
    "accepted_promise_day", "deadline_day", "earliest_promise_day", "first_delivery_day", "first_promise_day",
    "fulfilled_day", "oldest_day", "order_today_date", "ordered_day", "promise_day", "promised_day",
}  # fmt: skip
NEW_YORK, AUCKLAND, PARIS = "America/New_York", "Pacific/Auckland", "Europe/Paris"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 15:00:00")
class TestPromisedDay(RestockCase):
    """A promised day is a day of the warehouse, whoever reads it and wherever he is; it is never cut in UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.address = cls.env["res.partner"].create({"name": "Warehouse", "tz": NEW_YORK})
        cls.warehouse.partner_id = cls.address
        cls.picker.tz = PARIS

    def _create_promised(self, moment):
        """Return a delivery whose goods are expected at *moment*, in UTC, and their receipt."""
        product = self._create_product("Beam")
        receipt = self._create_receipt((product, 5))
        self._expect(receipt, moment)
        return self._create_delivery((product, 5)), receipt

    def _expect(self, receipt, moment):
        receipt.move_ids.date = moment
        self._invalidate()

    # ---- which day it is -----------------------------------------------------

    def test_whose_zone(self):
        """Scenario: the address, its company, and neither have a zone. Expected: in this order, else UTC."""
        self.company.partner_id.tz = AUCKLAND
        self.assertEqual(self.warehouse._get_zone(), NEW_YORK)
        self.address.tz = False
        self.assertEqual(self.warehouse._get_zone(), AUCKLAND)
        self.assertEqual(self.warehouse.browse()._get_zone(self.company), AUCKLAND, "Where there is no warehouse.")
        self.company.partner_id.tz = False
        self.assertEqual(self.warehouse._get_zone(), "UTC")

    def test_lines_of_two_zones(self):
        """Scenario: one moment, for warehouses in New York and Auckland, read in one go. Expected: each its own day."""
        house = self.env["stock.warehouse"].create(
            {"name": "South", "code": "STH", "partner_id": self.address.copy({"tz": AUCKLAND}).id}
        )
        delivery, receipt = self._create_promised("2026-12-04 22:00:00")
        southern = receipt.copy({"picking_type_id": house.in_type_id.id, "location_dest_id": house.lot_stock_id.id})
        southern.move_ids.location_dest_id = house.lot_stock_id
        southern.action_confirm()
        self._expect(southern, "2026-12-04 22:00:00")
        other = self._create_order((delivery.product_id, 5), warehouse_id=house.id).picking_ids
        self._invalidate()
        words = (delivery | other).move_ids.mapped("availability_text")
        self.assertEqual(words, ["5 on 4 Dec", "5 on 5 Dec"])

    def test_slip_within_a_day(self):
        """Scenario: in New York, 17:00 becomes 21:00, another day in UTC. Expected: no slip; past midnight one."""
        delivery, receipt = self._create_promised("2026-12-04 22:00:00")
        for moment, slip, is_late in (
            ("2026-12-05 02:00:00", 0, False),
            ("2026-12-05 06:00:00", 1, True),  # 01:00 of the next day, the same one in UTC
            ("2026-12-04 04:30:00", -1, False),
        ):
            with self.subTest(moment):
                self._expect(receipt, moment)
                self.assertEqual(delivery.move_ids.promise_slip_days, slip)
                self.assertEqual(delivery.promise_slip_text, "1 day later now" if is_late else False)
                self.assertEqual(delivery.is_promise_late, is_late)
                self.assertEqual(self._find_late(delivery), delivery if is_late else delivery.browse())

    def _find_late(self, deliveries, is_late=True):
        """Return those of *deliveries* that the filter of late promises finds, to a picker in Paris."""
        pickings = self.env["stock.picking"].with_user(self.picker)
        return pickings.search([("id", "in", deliveries.ids), ("is_promise_late", "=", is_late)]).with_env(self.env)

    def test_everybody_reads_the_same_day(self):
        """Scenario: readers in UTC, Paris and Auckland. Expected: every place says 4 December, as in New York."""
        delivery, _receipt = self._create_promised("2026-12-05 02:00:00")
        delivery.accepted_promise_date = delivery.first_promise_date
        for zone in ("UTC", PARIS, AUCKLAND, NEW_YORK):
            with self.subTest(zone):
                self._invalidate()
                own = delivery.with_user(self.picker).with_context(tz=zone)
                days = (own.promise_day, own.first_promise_day, own.accepted_promise_day, own.move_ids.promise_day)
                self.assertEqual(set(days), {date(2026, 12, 4)})
                self.assertEqual(own.move_ids.availability_text, "5 on 4 Dec")
                self.assertIn("4 Dec", own.move_ids.allocation_explanation)
                self.assertIn("4 Dec", own.move_ids.expected_from)
                [stock] = own.move_ids.get_quantities(own.product_id.id, location_id=self.stock.id)["stocks"][:1]
                self.assertEqual(stock["incoming_date"], "4 Dec")
                page = own.env["stock.customer.page"]._get_values(own)
                self.assertEqual(page["promise_text"], "4 Dec")
                self.assertEqual(page["lines"][0]["promise_text"], "4 Dec")
                self.assertFalse(page["first_promise_text"])
                self.assertEqual(own._get_promise_text(own.move_ids), "4 Dec", "The mail.")
                self.assertEqual(own.move_ids._get_promise_text(), "4 Dec", "The papers.")
                self.assertEqual(own.env["stock.customer.choice"]._get_seen(own)["keep"], "4 Dec")

    def test_one_form_of_day(self):
        """Scenario: days of this year and of another, told in each language. Expected: the language's own short form,
        with the month's name, and a year where it is another."""
        delivery, _receipt = self._create_promised("2026-12-05 02:00:00")
        for language, this_year, another in (
            ("en_US", "4 Dec", "4 Dec 2027"),
            ("en_GB", "4 Dec", "4 Dec 2027"),
            ("fr_FR", "4 déc.", "4 déc. 2027"),
            ("de_DE", "4. Dez.", "4. Dez. 2027"),
            ("es_ES", "4 dic", "4 dic 2027"),
            ("ja_JP", "12月4日", "2027年12月4日"),
        ):
            self.env["res.lang"]._activate_lang(language)
            told = delivery.with_context(lang=language)
            self.assertEqual(told._format_day(delivery.promise_date), this_year)
            self.assertEqual(told._format_date(date(2027, 12, 4)), another)
        self.assertEqual(delivery._format_day(False), "")
        self.assertEqual(delivery._format_moment(delivery.promise_date), "4 Dec 21:00", "The warehouse's time.")

    def test_one_form_on_screens(self):
        """Scenario: our lists, forms and cards. Expected: each shows our days by the widget that has the same form."""
        own = self.env["ir.model.data"].search([("module", "=", "gse_backorder"), ("model", "=", "ir.ui.view")])
        views = (
            self.env["ir.ui.view"]
            .browse(own.mapped("res_id"))
            .filtered(lambda view: view.type in ("list", "form", "kanban"))
        )
        days = [
            (view.xml_id, node.get("name"), node.get("widget"))
            for view in views
            for node in etree.fromstring(view.arch_db).iter("field")
            if node.get("name") in SHOWN_DAYS
        ]
        self.assertTrue(days)
        self.assertFalse([day for day in days if day[2] != "gse_day"])

    def test_order_and_quotation(self):
        """Scenario: sold from the warehouse. Expected: order and line say its day to a salesperson in Auckland."""
        product = self._create_product("Beam")
        self._expect(self._create_receipt((product, 5)), "2026-12-05 02:00:00")
        self.salesperson.tz = AUCKLAND
        order = self._create_order((product, 5), confirm=False, user_id=self.salesperson.id)
        for confirm in (False, True):
            if confirm:
                order.action_confirm()
            self._invalidate()
            own = order.with_user(self.salesperson)
            self.assertEqual((own.promise_day, own.order_line.promise_day), (date(2026, 12, 4),) * 2)
            self.assertEqual(own.order_line.availability_text, "5 on 4 Dec")

    def test_two_companies(self):
        """Scenario: one document of each of two companies. Expected: each says the day of its own warehouse."""
        other = self.env["res.company"].create({"name": "Other Company"})
        other.partner_id.tz = AUCKLAND
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        warehouse.partner_id = other.partner_id
        own = self._create_delivery((self._create_product("Beam"), 1))
        theirs = self._create_delivery_of(other, self._create_product("Beam"), 1)
        theirs.action_confirm()
        moment = datetime(2026, 12, 4, 22)
        (own | theirs)._write_facts({"first_promise_date": moment})
        self.assertEqual(own.first_promise_day, date(2026, 12, 4), "17:00 in New York.")
        self.assertEqual(theirs.first_promise_day, date(2026, 12, 5), "11:00 in Auckland.")
        found = [
            (operator, day)
            for operator in ("<", "<=", ">", ">=", "=")
            for day in ("2026-12-03", "2026-12-04", "2026-12-05", "2026-12-06")
            for picking in self.env["stock.picking"].search(
                [("id", "in", (own | theirs).ids), ("first_promise_day", operator, day)]
            )
            if self._compares(picking.first_promise_day, operator, fields.Date.to_date(day))
        ]
        expected = [
            (operator, day)
            for operator in ("<", "<=", ">", ">=", "=")
            for day in ("2026-12-03", "2026-12-04", "2026-12-05", "2026-12-06")
            for picking in (own | theirs)
            if self._compares(picking.first_promise_day, operator, fields.Date.to_date(day))
        ]
        self.assertEqual(found, expected, "Searched as it is read.")

    @staticmethod
    def _compares(day, operator, other):
        return {
            "<": day < other,
            "<=": day <= other,
            ">": day > other,
            ">=": day >= other,
            "=": day == other,
        }[operator]

    def test_sql_says_the_same(self):
        """Scenario: moments around midnight in several zones, summer and winter. Expected: SQL and Python agree."""
        warehouses = self.warehouse
        for number, zone in enumerate((PARIS, AUCKLAND, "Asia/Kolkata", False)):
            address = self.env["res.partner"].create({"name": str(zone), "tz": zone})
            warehouses |= warehouses.create({"name": str(zone), "code": f"Z{number}", "partner_id": address.id})
        self.env.flush_all()
        for moment in (datetime(2026, month, 4, hour, 29) for month in (1, 7) for hour in range(0, 24, 3)):
            for warehouse in warehouses:
                query = warehouses._get_day_sql(
                    SQL("%s::timestamp", moment), SQL("%s::int", warehouse.id), SQL("%s", self.company.id)
                )
                [(day,)] = self.env.execute_query(SQL("SELECT %s", query))
                self.assertEqual(day, warehouse._get_day(moment), f"{warehouse.name} {moment}")

    # ---- late ------------------------------------------------------------------

    def test_late_when_the_day_is_over(self):
        """Scenario: promised for today, an hour ago. Expected: not late before midnight in New York."""
        delivery = self._create_delivery((self._create_product("Beam", stock=5), 5))
        ready_day, others = delivery, delivery.browse()
        for moment, late in (
            ("2026-11-20 16:00:00", others),
            ("2026-11-21 04:30:00", others),
            ("2026-11-21 05:30:00", ready_day),
        ):
            with self.subTest(moment), freeze_time(moment):
                self._invalidate()
                self.assertEqual(delivery.is_promise_late, bool(late))
                self.assertEqual(self._find_late(delivery), late)
                self.assertEqual(self._find_late(delivery, is_late=False), delivery - late)

    def test_lost(self):
        """Scenario: what was promised goes to an urgent order. Expected: lost, and in the filter; no zero slip."""
        delivery, _receipt = self._create_promised("2026-12-04 22:00:00")
        self._create_delivery((delivery.product_id, 5), priority="1")
        self._invalidate()
        self.assertFalse(delivery.promise_date)
        self.assertTrue(delivery.move_ids.is_promise_lost)
        self.assertEqual(delivery.promise_slip_text, "no date any more")
        self.assertTrue(delivery.is_promise_late)
        self.assertEqual(self._find_late(delivery), delivery)

    def test_raised(self):
        """Scenario: 5 are promised, the customer raises to 8, the rest comes later. Expected: no slip."""
        product = self._create_product("Beam")
        self._expect(self._create_receipt((product, 5)), "2026-12-04 22:00:00")
        order = self._create_order((product, 5))
        later = self._create_receipt((product, 9))
        self._expect(later, "2026-12-20 22:00:00")
        delivery = order.picking_ids
        order.order_line.product_uom_qty = 8
        self._invalidate()
        [move] = delivery.move_ids
        self.assertEqual((move.product_uom_qty, move.first_promise_quantity), (8, 5), "Odoo adds it to the line.")
        self.assertEqual(move.promise_day, date(2026, 12, 20))
        self.assertFalse(move.promise_slip_days or delivery.promise_slip_text or delivery.is_promise_late)
        self.assertFalse(self._find_late(delivery))
        page = self.env["stock.customer.page"]._get_values(delivery)
        self.assertFalse(page["first_promise_text"] or page["lines"][0]["first_promise_text"])
        self.assertFalse(move._get_promise_change_text())
        order.order_line.product_uom_qty = 5
        self._expect(later, "2026-12-01 22:00:00")
        self.assertEqual(move.promise_slip_days, -3, "As ordered at first, its promise counts.")

    def test_rest_of_a_raised_line(self):
        """Scenario: raised from 5 to 8, then 6 ship, or 4. Expected: 2 were never promised; of 4 one was."""
        for shipped, promised in ((6, 0), (4, 1)):
            product = self._create_product("Beam", stock=shipped)
            order = self._create_order((product, 5))
            order.picking_ids.move_ids._write_facts({"first_promise_date": datetime(2026, 12, 4, 22)})
            order.order_line.product_uom_qty = 8
            order.picking_ids.action_assign()
            rest = self._ship(order.picking_ids).move_ids
            self.assertEqual((rest.first_promise_quantity, bool(rest.first_promise_date)), (promised, bool(promised)))

    def test_split_of_a_raised_line_in_another_unit(self):
        """Scenario: a dozen is promised, raised to two; 7 pieces are split off. Expected: these were not promised."""
        move = self._create_delivery((self._create_product("Egg", stock=24), 1, self.dozen)).move_ids
        move.product_uom_qty = 2
        rest = self.env["stock.move"].create(move._split(7))
        self.assertEqual((rest.product_qty, rest.first_promise_quantity, rest.first_promise_date), (7, 0, False))

    def test_raised_twice_and_lowered(self):
        """Scenario: 5 are promised, raised to 8 and to 10; of others, 5 are lowered to 3. Expected: 5 were promised
        of the first; all that is left of the others."""
        product = self._create_product("Beam", stock=10)
        raised, lowered = (self._create_delivery((product, 5)).move_ids for _number in range(2))
        for quantity in (8, 10):
            raised.product_uom_qty = quantity
            self.assertEqual(raised.first_promise_quantity, 5)
        lowered.product_uom_qty = 3
        self.assertEqual((lowered.first_promise_quantity, bool(lowered.first_promise_date)), (0, True))

    def test_never_promised_is_not_late(self):
        """Scenario: no date was ever told. Expected: nothing is late, nothing lost."""
        delivery = self._create_delivery((self._create_product("Beam"), 5))
        self.assertFalse(delivery.is_promise_late or delivery.move_ids.is_promise_lost or delivery.promise_slip_text)
        self.assertFalse(self._find_late(delivery))

    # ---- in time ---------------------------------------------------------------

    def test_shipped_on_the_day(self):
        """Scenario: promised for 17:00, shipped at 21:00 in New York; or past midnight. Expected: in time, or late."""
        for shipped, rate in (("2026-12-05 02:00:00", 100), ("2026-12-05 06:00:00", 0)):
            delivery = self._create_delivery((self._create_product("Beam", stock=5), 5))
            delivery.move_ids._write_facts({"first_promise_date": datetime(2026, 12, 4, 22)})
            with freeze_time(shipped):
                self._ship(delivery)
            [row] = self.env["stock.backorder.report"].search([("root_id", "=", delivery.id)])
            self.assertEqual(row.on_time_rate, rate, shipped)
            self.assertEqual(
                row.with_user(self.picker).promised_day, date(2026, 12, 4), "Also to who reads it in Paris."
            )

    def test_shipped_together_on_the_day(self):
        """Scenario: all ships together; one line was there, the other came on the promised day, when all has shipped.
        Expected: both were promised for that day, and in time."""
        there, comes = self._create_product("Beam", stock=5), self._create_product("Bolt")
        receipt = self._create_receipt((comes, 5))
        self._expect(receipt, "2026-12-04 22:00:00")
        delivery = self._create_order((there, 5), (comes, 5), picking_policy="one").picking_ids
        rows = self.env["stock.backorder.report"].search([("root_id", "=", delivery.id)])
        self.assertEqual(rows.mapped("promised_day"), [date(2026, 12, 4)] * 2, "As the page says.")
        with freeze_time("2026-12-05 02:00:00"):
            self._validate(receipt)
            self._ship(delivery)
        self._invalidate()
        self.assertEqual(rows.mapped("on_time_rate"), [100, 100])

    def test_shipped_after_it_was_raised(self):
        """Scenario: 5 are promised, the order is raised to 8, and all ships weeks later. Expected: all of it was never
        promised for a day that it could miss."""
        order = self._create_order((self._create_product("Beam", stock=5), 5))
        self._add_stock(order.order_line.product_id, 3)
        with freeze_time("2026-12-20 15:00:00"):
            order.order_line.product_uom_qty = 8
            order.picking_ids.action_assign()
            self._ship(order.picking_ids)
        rows = self.env["stock.backorder.report"]
        [(average, lines)] = rows._read_group([("sale_id", "=", order.id)], [], ["on_time_rate:avg", "line_count:sum"])
        self.assertEqual(lines, 1)
        self.assertIs(average, False, "It is not counted; that would be 0.")

    def test_usual_delay_of_a_vendor(self):
        """Scenario: planned for 17:00, received at 21:00 in New York; or past midnight. Expected: 0 days; 1 day."""
        for received, delay in (("2026-11-18 02:00:00", 0), ("2026-11-18 06:00:00", 1)):
            vendor = self.vendor.copy()
            purchase = self.env["purchase.order"].create(
                {
                    "partner_id": vendor.id,
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "order_line": [fields.Command.create({"product_id": self._create_product("Beam").id})],
                }
            )
            purchase.button_confirm()
            self._ship(purchase.picking_ids)
            purchase.order_line.date_planned = "2026-11-17 22:00:00"
            purchase.picking_ids.move_ids.date = received
            vendor._cron_vendor_delay()
            self.assertEqual(vendor.vendor_delay_days, delay, received)

    # ---- grouped and filtered --------------------------------------------------

    def _read_months(self, records, field, domain):
        """Return ``{zone of the reader: {first day of the month: [ids]}}`` of the groups by *field*, each opened."""
        months = {}
        for zone in ("UTC", PARIS, AUCKLAND, NEW_YORK):
            own = records.with_user(self.picker).with_context(tz=zone)
            groups = own.formatted_read_group(domain, [f"{field}:month"], ["__count"])
            opened = [own.search([*domain, *group["__extra_domain"]]) for group in groups]
            self.assertEqual([group["__count"] for group in groups], [len(found) for found in opened], zone)
            months[zone] = {
                group[f"{field}:month"] and group[f"{field}:month"][0]: found.ids
                for group, found in zip(groups, opened, strict=True)
            }
        return months

    def _assert_months(self, records, field, domain, expected):
        for zone, months in self._read_months(records, field, domain).items():
            self.assertEqual(months, expected, f"{field}, as read in {zone}")

    def test_groups_by_the_day_first_promised(self):
        """Scenario: promised for 21:00 of the last of November in New York, December in UTC; another for the next day;
        one without a day. Expected: November, December and none, whoever reads; sorted by that day, too."""
        november, december, undated = (self._create_delivery((self._create_product("Beam"), 1)) for _number in range(3))
        november._write_facts({"first_promise_date": datetime(2026, 12, 1, 2)})
        december._write_facts({"first_promise_date": datetime(2026, 12, 1, 6)})
        ours = november | december | undated
        self._assert_months(
            self.env["stock.picking"],
            "first_promise_day",
            [("id", "in", ours.ids)],
            {"2026-11-01": november.ids, "2026-12-01": december.ids, False: undated.ids},
        )
        pickings = self.env["stock.picking"].with_user(self.picker)
        ordered = pickings.search([("id", "in", ours.ids)], order="first_promise_day desc, id").with_env(self.env)
        self.assertEqual(ordered, undated | december | november)
        arch = self.env.ref("gse_backorder.view_picking_workbench_search").arch_db
        self.assertNotIn("first_promise_date", arch, "Nothing there is cut in the reader's zone.")

    def test_groups_of_the_analysis(self):
        """Scenario: ordered and shipped at 21:00 of the last of November in New York. Expected: in November, to all;
        the dashboard of 30 days counts it for as long as it is no 31 days ago in New York."""
        with freeze_time("2026-12-01 02:00:00"):
            delivery = self._create_delivery((self._create_product("Beam", stock=5), 5))
            delivery.move_ids._write_facts({"ordered_date": datetime(2026, 12, 1, 1, 30)})
            self._ship(delivery)
        report, domain = self.env["stock.backorder.report"], [("root_id", "=", delivery.id)]
        [row] = report.search(domain)
        self.assertEqual({row.ordered_day, row.last_day, row.fulfilled_day}, {date(2026, 11, 30)})
        for field in ("ordered_day", "fulfilled_day", "last_day", "first_delivery_day"):
            self._assert_months(report, field, domain, {"2026-11-01": row.ids})
        for view in ("search", "graph", "list", "pivot"):
            arch = self.env.ref(f"gse_backorder.view_stock_backorder_report_{view}").arch_db
            self.assertNotRegex(arch, 'date="[a-z]+_date"|_date:|<field name="[a-z]+_date"', view)
        for now, is_counted in (("2026-12-31 04:30:00", True), ("2026-12-31 05:30:00", False)):  # 23:30; the 31st
            for zone in (PARIS, AUCKLAND, NEW_YORK):
                with self.subTest(now, zone=zone), freeze_time(now):
                    health = self.env["stock.backorder.health"].with_user(self.picker).with_context(tz=zone)
                    told = health.get_health(30, self.warehouse.id)
                    self.assertEqual(told["rates"]["lines"], is_counted)
                    self.assertEqual(told["rates"]["days_p90"], 1 if is_counted else None)
                    for name in ("shipped_domain", "closed_domain"):
                        self.assertEqual(report.search_count([*told["rates"][name], *domain]), is_counted, name)
                    for week in told["weeks"]:
                        self.assertEqual(report.search_count(week["domain"]), week["lines"], "A week opens its own.")

    def test_days_of_a_need(self):
        """Scenario: ordered at 21:00 in New York, for 23:00 of the next day. Expected: these days, whoever reads."""
        order = self._create_order((self._create_product("Beam"), 5))
        order.picking_ids.move_ids._write_facts({"ordered_date": datetime(2026, 11, 20, 2)})
        order.picking_ids.move_ids.date_deadline = datetime(2026, 11, 21, 4)
        manager = new_test_user(
            self.env, "day_buyer", groups="stock.group_stock_manager,purchase.group_purchase_user", tz=AUCKLAND
        )
        needs = self.env["stock.supply.need"].with_user(manager)
        need = needs.search([("product_id", "=", order.order_line.product_id.id)])
        self.assertEqual((need.oldest_day, need.deadline_day), (date(2026, 11, 19), date(2026, 11, 20)))
        self.assertFalse(need.is_late, "It is the 20th there.")

    # ---- told ------------------------------------------------------------------

    def test_moved_by_days(self):
        """Scenario: the customer is told of every day. Expected: of the next day, not of hours of the same one."""
        self.company.promise_notice_days = 0
        delivery, receipt = self._create_promised("2026-12-04 22:00:00")
        for moment, is_moved in (("2026-12-05 02:00:00", False), ("2026-12-05 06:00:00", True)):
            self._expect(receipt, moment)
            [promise] = delivery._get_tellable_promises().values()
            self.assertEqual(delivery._is_moved(promise, delivery.first_promise_date), is_moved)

    def test_accepted_for_the_day(self):
        """Scenario: the customer has accepted 4 December, it is 21:00 now. Expected: still what he has accepted."""
        delivery, receipt = self._create_promised("2026-12-04 22:00:00")
        delivery._write_facts({"accepted_promise_date": delivery.promise_date})
        choices = self.env["stock.customer.choice"]
        for moment, is_accepted in (("2026-12-05 02:00:00", True), ("2026-12-05 06:00:00", False)):
            self._expect(receipt, moment)
            self.assertEqual(choices._is_accepted(delivery, delivery.promise_date), is_accepted)

    def test_ordered_today(self):
        """Scenario: nothing comes, the vendor takes 5 days; it is tomorrow in Auckland. Expected: from our day."""
        product = self._create_product(
            "Beam", seller_ids=[fields.Command.create({"partner_id": self.vendor.id, "delay": 5})]
        )
        self.company.days_to_purchase = 0
        move = self._create_delivery((product, 1)).move_ids
        manager = new_test_user(
            self.env, "day_manager", groups="stock.group_stock_manager,purchase.group_purchase_user", tz=AUCKLAND
        )
        need = self.env["stock.supply.need"].with_user(manager).search([("product_id", "=", product.id)])
        self.assertEqual(move.with_user(manager).order_today_date, date(2026, 11, 25))
        self.assertEqual(need.arrival_date, date(2026, 11, 25), "The need, too.")

    def test_written_down(self):
        """Scenario: a receipt is put off from 17:00 to 21:00. Expected: the log says so, and not UTC's times."""
        _delivery, receipt = self._create_promised("2026-12-04 22:00:00")
        receipt.move_ids.with_user(self.picker).date = "2026-12-05 02:00:00"
        note = self._get_entries(receipt.move_ids)[-1:].note
        self.assertIn("4 Dec 17:00", note)
        self.assertIn("4 Dec 21:00", note)
