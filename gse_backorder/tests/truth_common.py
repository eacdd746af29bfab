"""A small trade of every kind, steps that people take in it, and what must hold after each of them.

Tests with and without manufacturing share it: it needs an environment, and no test class.
"""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st
from lxml import html

from odoo import Command, fields
from odoo.tests import new_test_user

from ..models.chain.picking_states import CLOSED_STATES, CUSTOMER_CODES, OPEN_STATES
from ..models.customer.stock_picking_notice import Notice
from .chance import undone
from .common import create_route_from_vendor
from .workbench.figures_common import compare_figures, keep_figures

TODAY = datetime(2026, 11, 20, 15)
ZONES = ("America/New_York", "Pacific/Auckland", "Europe/Paris", "Asia/Kolkata", False)
# A quantity has two digits: in another unit it may be one hundredth off.
CRUMB = 0.0101
SLIP, CONFIRMATION = "stock.action_report_delivery", "gse_backorder.action_report_backorder_confirmation"
# What the columns of the customer's page are called.
COLUMNS = {"shipped": "shipped", "open": "remaining"}
NO_DATE = ("no date yet", "no date at present", "together with all, no date yet")


class Step(NamedTuple):
    """What somebody does: with which of all that it can be done with, of which goods, and how much, in percent."""

    name: str
    which: int
    what: int
    share: int


# What happens most often stands there more often.
STEPS = (
    *("order",) * 3, *("expect",) * 2, *("process",) * 5, "give_back", "give_back", "exchange", "correct", "correct",
    "count", "cancel", "change", "close", "unreserve", "reserve", "star", "wait", "raise_demand", "lose", "lose",
    "change_unit", "scrap", "relocate", "give_away",
)  # fmt: skip


def make_steps(*names):
    return st.builds(
        Step,
        name=st.sampled_from(names),
        which=st.integers(0, 9),
        what=st.integers(0, 6),
        share=st.integers(1, 100),
    )


def make_stories(shortest, longest):
    """How it is arranged, what is there, and what happens then: arguments of :meth:`Trade.tell`."""
    arrangements = st.tuples(
        st.tuples(*[st.sampled_from(ZONES)] * 3),
        st.sampled_from(("priority", "first_ordered", "deadline", "complete_orders")),
        st.sampled_from(("ship_only", "pick_ship", "pick_pack_ship")),
        st.booleans(),
    )
    amounts = st.lists(st.sampled_from((0, 20, 50, 100)), min_size=6, max_size=6)
    orders = st.lists(make_steps("order"), min_size=1, max_size=2)
    then = st.lists(make_steps(*STEPS), min_size=shortest, max_size=longest)
    return st.tuples(arrangements, amounts, orders, then)


def near(one, other, off=CRUMB):
    return abs(one - other) <= off


def assert_same(what, **said):
    """Assert that all places say the same of *what*: ``{place: what it says}``; of numbers, but for a crumb."""
    first, *others = said.values()
    are_numbers = isinstance(first, int | float) and not isinstance(first, bool)
    is_same = all(near(first, other) if are_numbers else first == other for other in others)
    assert is_same, f"{what}: {said}"


def parse_number(text):
    return float(text.replace(",", ""))


def parse_day(text):
    """Return the day that a text names, None where it says that there is none; without a year it is this one's."""
    if text in NO_DATE:
        return None
    day_and_month, year = re.fullmatch(r"(\d+ \w+)(?: (\d{4}))?", text).groups()
    return datetime.strptime(f"{day_and_month} {year or TODAY.year}", "%d %b %Y").date()


def parse_words(words, still_open):
    """Return what the status of a line in words says: ``(now, dated, dateless, day)``, the day without its year.

    :param still_open: how much of the line is open: all of it ships with others, where it ships together
    """
    numbers, day = {"now": 0.0, "dated": 0.0, "dateless": 0.0}, None
    if words == "together with all, no date yet":
        return 0.0, 0.0, still_open, None
    if match := re.fullmatch(r"together with all on (\d+ \w+)(?: \d{4})?", words):
        return 0.0, still_open, 0.0, match[1]
    for part in words.split(", "):
        if match := re.fullmatch(r"([\d,.]+) now", part):
            numbers["now"] = parse_number(match[1])
        elif match := re.fullmatch(r"([\d,.]+) without a date", part):
            numbers["dateless"] = parse_number(match[1])
        elif match := re.fullmatch(r"([\d,.]+) on (\d+ \w+)(?: \d{4})?", part):
            numbers["dated"], day = parse_number(match[1]), match[2]
        else:
            raise AssertionError(f"No status: {words}")
    return *numbers.values(), day


class Truth:
    """What every place says must be so, and the same everywhere. It needs ``env``, ``picker``, ``owners``, ``houses``.

    Each customer has an owner, who is one of his people; the picker reads what staff reads.
    """

    def check(self):
        """Check all that is open or has shipped in the houses, as it is when it is committed."""
        self.env.cr.flush()
        self.env.invalidate_all()
        deliveries, lines = self.get_deliveries(), self.get_order_lines()
        for records in (deliveries.move_ids, lines):  # of all at once
            records.mapped("availability_status")
        pages = {delivery: self.env["stock.customer.page"]._get_values(delivery) for delivery in deliveries}
        rows = self.env["stock.backorder.report"].search([("product_id", "in", self.products.ids)])
        rows_by_root, told = rows.grouped("root_id"), deliveries._get_tellable_promises()
        for line in lines:
            self._check_order_line(line)
        for root in deliveries.filtered(lambda delivery: not delivery.backorder_root_id):
            self._check_chain(root, pages[root], rows_by_root.get(root, rows.browse()))
        for delivery in deliveries:
            self._check_delivery(delivery, pages[delivery], told.get(delivery))
        self._check_customers_have_it(deliveries)
        self._check_nothing_idle()
        self._check_figures()

    def _check_figures(self):
        """What the analysis has kept, and works out where it is marked, is what it would work out of everything."""
        for keep in (bool, keep_figures):
            keep(self.env)
            rows, live = compare_figures(self.env)
            assert rows == live, [pair for pair in zip(rows, live, strict=False) if pair[0] != pair[1]]

    def check_stored(self):
        """Check that an administrator's check finds no difference in what is stored."""
        checks = self.env["stock.backorder.check"]
        found = checks.browse(checks._check())
        assert not found, [(one.kind, one.record_name, one.field_label, one.stored, one.expected) for one in found]

    def get_deliveries(self):
        """Return all deliveries to customers, no drafts."""
        return self.env["stock.picking"].search(
            [
                ("is_bound_for_customer", "=", True),
                ("state", "!=", "draft"),
                ("move_ids.product_id", "in", self.products.ids),
            ],
            order="id",
        )

    def get_order_lines(self):
        return self.env["sale.order.line"].search(
            [("order_id.warehouse_id", "in", self.houses.ids), ("state", "=", "sale")], order="id"
        )

    # ---- (a) now + expected + uncovered = open -------------------------------

    def _check_order_line(self, line):
        bound = line.move_ids.filtered(lambda move: move._is_bound_for_customer())
        coverages = bound._get_shipping_coverage()
        what = f"{line.order_id.name} {line.product_id.name}"
        assert set(coverages) == set(bound.ids), f"{what}: each claim is judged."
        told = line.with_user(self.picker).sudo()
        for move in bound:
            coverage = coverages[move.id]
            assert min(coverage.now, coverage.expected, coverage.uncovered, coverage.overdue) >= 0, (what, coverage)
            assert_same(f"{what}: open of a claim", covered=coverage.total, open=move.product_qty)
        if not bound:
            assert_same(f"{what}: nothing is open", status=told.availability_status, says=False)
            return
        if set(bound.product_id) != {line.product_id}:
            self._check_kit_line(line, what)
            return
        unit, own_unit = line.product_uom_id, line.product_id.uom_id

        def convert(quantity):
            return own_unit._compute_quantity(quantity, unit, round=False)

        sums = {
            part: sum(getattr(coverage, part) for coverage in coverages.values())
            for part in ("now", "expected", "uncovered", "dated")
        }
        still_open = convert(sum(bound.mapped("product_qty")))
        assert_same(f"{what}: open", line=told.qty_available_now + told.qty_short, claims=still_open)
        assert_same(f"{what}: now", line=told.qty_available_now, claims=convert(sums["now"]))
        assert_same(f"{what}: uncovered", line=told.qty_uncovered, claims=convert(sums["uncovered"]))
        assert told.qty_uncovered <= told.qty_short + CRUMB, what
        status = "available"
        if sums["expected"] + sums["uncovered"] > 0:
            status = "short" if sums["now"] + sums["expected"] > 0 else "missing"
        assert_same(f"{what}: status", line=told.availability_status, claims=status)
        days = [move._get_day(coverages[move.id].get_promise_date(fields.Datetime.now())) for move in bound]
        assert_same(f"{what}: day", line=told.promise_day, claims=max(days) if all(days) else False)
        self._check_words(told, what)

    def _check_kit_line(self, line, what):
        """Where there are kits, their line is checked against its parts."""
        raise NotImplementedError

    def _check_words(self, line, what):
        """The status in words says what the figures say."""
        if line.availability_status == "missing":
            assert not line.qty_available_now and not re.search(r"\d (now|on)\b", line.availability_text), what
            return
        now, dated, dateless, day = parse_words(line.availability_text, line.qty_short)
        assert_same(f"{what}: now in words", words=now, figure=line.qty_available_now)
        assert_same(f"{what}: waits in words", words=dated + dateless, figure=line.qty_short)
        assert dateless >= line.qty_uncovered - CRUMB, what
        if day and not dateless:
            assert_same(f"{what}: day in words", words=day, figure=f"{line.promise_day:%-d %b}")
        assert_same(f"{what}: has a day", words=not dateless, figure=bool(line.promise_day))

    # ---- (b) every place says the same of a delivery and a line -----------------

    def _check_delivery(self, delivery, page, told):
        """Form, page, list, papers, mail and what the customer reads by RPC."""
        what = delivery.name
        form = delivery.with_user(self.picker)
        [row] = self.env["stock.customer.page"]._get_rows(delivery)
        [read] = delivery.with_user(self.owners[delivery.customer_id]).read(
            ["name", "fulfillment_state", "promise_date", "first_promise_day", "items_shipped", "items_open"]
        )
        is_open = delivery.state not in CLOSED_STATES
        assert_same(
            f"{what}: state",
            form=form.fulfillment_state,
            page=page["state"],
            list=row["state"],
            rpc=read["fulfillment_state"],
        )
        assert_same(f"{what}: state in words", page=page["state_label"], list=row["state_label"])
        assert_same(
            f"{what}: is open", form=form.fulfillment_state in OPEN_STATES, page=page["has_open"], state=is_open
        )
        for quantity in ("shipped", "open"):
            assert_same(
                f"{what}: {quantity}",
                form=form[f"items_{quantity}"],
                page=parse_number(page[quantity]),
                list=parse_number(row[quantity]),
                rpc=read[f"items_{quantity}"],
            )
        if not is_open:
            return
        own = delivery.move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        if form.fulfillment_state == "ready":
            assert_same(f"{what}: ready", state=form.availability_status, lines="available")
        assert_same(
            f"{what}: day",
            form=form.promise_day or None,
            page=parse_day(page["promise_text"]),
            list=parse_day(row["promise_text"]),
            rpc=delivery._get_day(read["promise_date"]) or None,
            mail=self._read_mailed_day(delivery, delivery._get_promise_text(own)),
            notice=delivery._get_day(told.date) or None,
        )
        self._check_open_lines(delivery, own)

    def _read_mailed_day(self, delivery, text):
        return delivery._get_today() if text == "in stock" else parse_day(text)

    def _check_open_lines(self, delivery, moves):
        papers = {line["move_id"]: line for line in delivery._prepare_open_lines({m: m.product_uom_qty for m in moves})}
        for move in moves:
            what, form = f"{delivery.name} {move.product_id.name}", move.with_user(self.picker)
            assert_same(
                f"{what}: open in words",
                form=(form.product_uom_qty, form.product_uom.name),
                paper=self._read_quantity(papers[move.id]["quantity_text"]),
                mail=self._read_quantity(move._get_notice_open()),
            )
            assert_same(f"{what}: open", form=form.qty_available_now + form.qty_short, demand=form.product_uom_qty)
            assert_same(
                f"{what}: day",
                form=form.promise_day or None,
                paper=parse_day(papers[move.id]["promise_text"]),
                mail=self._read_mailed_day(delivery, move._get_notice_expected()),
            )
            self._check_words(form, what)

    @staticmethod
    def _read_quantity(text):
        number, unit = text.split(" ", 1)
        return parse_number(number), unit

    def _check_page_lines(self, root, page):
        """The lines of the page are what the form says of their moves, as far as one move is all that is open of it."""
        for line in page["lines"]:
            what = f"{root.name} {line['product']}"
            for name in ("ordered", "shipped", "remaining"):
                assert parse_number(line[name]) >= 0, f"{what}: {name} {line[name]}"
            if len(line["ids"]) != 1:
                continue
            move = self.env["stock.move"].browse(line["ids"])
            form = move.with_user(self.picker)
            assert_same(f"{what}: status", page=line["status"], form=form.availability_status)
            day = parse_day(line["promise_text"])
            assert_same(f"{what}: day", page=day, form=form.promise_day or None)
            if form.availability_status != "missing" and line["unit"] == move.product_uom.name:
                assert_same(f"{what}: words", page=line["words"], form=form.availability_text)

    # ---- (d) ordered + over-shipped = shipped + open + cancelled ------------------

    def _check_chain(self, root, page, rows):
        chain = root._get_own_chain()
        papers = root._get_chain_totals()
        prepared = root._get_moves_in_preparation()
        what = f"Chain of {root.name}"
        assert_same(
            f"{what}: ordered + over-shipped = shipped + open + cancelled",
            ordered=papers["ordered"] + papers["over_shipped"],
            became=papers["shipped"] + papers["open"] + papers["cancelled"],
        )
        assert min(papers.values()) > -CRUMB, f"{what}: {papers}"
        for row in rows:
            assert min(row.qty_ordered, row.qty_shipped, row.qty_open, row.qty_cancelled) >= 0, what
            assert row.qty_over_shipped > -CRUMB, f"{what}: {row.product_id.name} {row.qty_over_shipped}"
        names = ("shipped", "open", "cancelled", "ordered")
        for name in names:
            said = {"papers": papers[name], "report": sum(rows.mapped(f"qty_{name}"))}
            if name in COLUMNS:
                said["page"] = self._sum_page(page, COLUMNS[name], chain | prepared.picking_id)
            if not prepared:
                said["form"] = sum(chain.mapped(f"items_{name}"))
            self._assert_same_sum(f"{what}: {name}", rows, said)
        percent = page["summary"]["percent"]
        assert 0 <= percent <= 100, percent
        assert (percent == 100) == (papers["shipped"] > 0 and papers["open"] < CRUMB) or percent == 99, (what, percent)
        self._check_states(chain, papers, rows, what)
        self._check_page_lines(root, page)

    def _assert_same_sum(self, what, rows, said):
        """Figures of pallets and tons that are rounded to a hundredth on the page are off by so much of them."""
        exact = {place: value for place, value in said.items() if place != "page"}
        assert_same(what, **exact)
        if "page" in said:
            value, off = said["page"]
            assert_same(f"{what}: page", is_near=near(value, exact["papers"], off), yes=True)

    def _sum_page(self, page, name, deliveries):
        """Return the sum of a column of the page in the products' units, and by how much it may be off."""
        products = {
            move.product_id.with_context(display_default_code=False).display_name: move.product_id
            for move in deliveries.move_ids
        }
        total, off = 0.0, CRUMB
        for line in page["lines"]:
            product = products[line["product"]]
            units = {unit.name: unit for _product, own_units, _most in self.goods for unit in own_units}
            factor = units[line["unit"]]._compute_quantity(1, product.uom_id, round=False)
            total += parse_number(line[name]) * factor
            off += CRUMB * factor
        return total, off

    def _check_states(self, chain, totals, rows, what):
        """What the states of the deliveries say of the chain is what its figures say."""
        shipped = chain.filtered(lambda member: member.state == "done")
        states = set(shipped.mapped("fulfillment_state"))
        if totals["open"] > CRUMB:
            assert states <= {"partially_picked"}, f"{what}: something is open, and shipped is {states}"
        else:
            assert "partially_picked" not in states, f"{what}: nothing is open, and shipped is {states}"
        if shipped and totals["open"] < CRUMB:
            is_short = totals["cancelled"] > CRUMB
            assert is_short == ("closed_short" in states), f"{what}: {totals} and {states}"
        assert_same(
            f"{what}: the report knows what is open",
            report="open" in rows.mapped("state"),
            papers=totals["open"] > 0,
        )

    def _check_customers_have_it(self, deliveries):
        """What has shipped, less what came back, is what lies at the customers'."""
        has = Counter()
        for move in self.env["stock.move"].search([("product_id", "in", self.products.ids), ("state", "=", "done")]):
            has[move.product_id] += move._get_shipped_qty() * (
                move.location_dest_id._is_at_customers() - move.location_id._is_at_customers()
            )
        quants = self.env["stock.quant"]._read_group(
            [("product_id", "in", self.products.ids), ("location_id.usage", "=", "customer")],
            ["product_id"],
            ["quantity:sum"],
        )
        lies = Counter(dict(quants))
        for product in self.products:
            assert_same(f"{product.name} at the customers'", moves=has[product], quants=lies[product])

    # ---- (c) nothing lies idle ------------------------------------------------

    def _check_nothing_idle(self):
        """Nothing lies free that somebody waits for and may take, but what a person has set free."""
        claims = self.env["stock.move"].search(
            [("product_id", "in", self.products.ids), ("state", "in", ("confirmed", "partially_available"))]
        )
        for move in claims.filtered(lambda move: move._takes_free_stock() and move._is_claim() and not move.picked):
            area = move.location_id.stock_area_id
            if (move.product_id, area) in self.set_free:
                continue
            quants = self.env["stock.quant"]._gather(move.product_id, move.location_id)
            free = sum(quants.mapped("quantity")) - sum(quants.mapped("reserved_quantity"))
            lacks = move.product_qty - move._get_filled_in_product_unit()
            grain = move.product_uom._compute_quantity(0.01, move.product_id.uom_id, round=False) + CRUMB
            assert min(free, lacks) <= grain, f"{move.reference} {move.product_id.name}: {free} free, {lacks} lacking"

    # ---- (e) green ships in full -----------------------------------------------

    def check_green(self, step=None):
        """What is green of a delivery ships in full if it is validated now, with what is to be picked for it.

        :param step: of one delivery, that which the step names; else of all
        """
        self.env.invalidate_all()
        deliveries = self._get_open_deliveries()
        for delivery in self._choose(deliveries, step) if step else deliveries:
            green = delivery.move_ids.filtered(
                lambda move: move.state not in CLOSED_STATES and move.availability_status == "available"
            )
            if not green:
                continue
            wanted = {move: move.product_qty for move in green}
            with undone(self.env):
                self._validate_with_steps(delivery)
                self.env.invalidate_all()
                for move, quantity in wanted.items():
                    assert_same(
                        f"{delivery.name} {move.product_id.name} was green, and has shipped",
                        green=quantity,
                        shipped=move._get_shipped_qty(),
                    )

    def _validate_with_steps(self, delivery):
        """Validate all that brings goods of ours for *delivery*, step by step, and then itself."""
        steps = self.env["stock.move"].browse(delivery.move_ids._rollup_move_origs()).picking_id - delivery
        for transfer in [*steps.sorted("id", reverse=True), *steps.sorted("id"), delivery]:
            is_ours = transfer.picking_type_code != "incoming" or transfer.location_id.usage == "transit"
            if transfer.state in CLOSED_STATES or not is_ours:
                continue
            transfer.action_assign()
            if any(transfer.move_ids.mapped("quantity")):
                assert transfer.button_validate() is True, f"{transfer.name} asks something."

    # ---- what a person sees ------------------------------------------------------

    def check_rendered(self):
        """What stands on the pages, papers and in mails, as they are rendered, is what the forms say."""
        self.env.flush_all()
        self.env.invalidate_all()
        deliveries = self.get_deliveries()
        for delivery in deliveries:
            self._check_rendered_page(delivery)
        for delivery in deliveries:
            if not delivery.backorder_root_id:
                self._check_rendered_paper(CONFIRMATION, delivery, delivery._get_backordered_lines())
            if delivery.state == "done":
                self._check_rendered_paper(SLIP, delivery, delivery._get_still_to_come_lines())
        for delivery in deliveries:
            self._check_rendered_mails(delivery)

    def _check_rendered_page(self, delivery):
        owner = self.owners[delivery.customer_id]
        values = self.env["stock.customer.page"].with_user(owner)._get_values(delivery.with_user(owner))
        page = self._render("gse_backorder.portal_delivery_lines", {"delivery": {**values, "choices": {}}})
        rows = [self._read_cells(row) for row in page.xpath("//tbody/tr")]
        for line, cells in zip(values["lines"], rows, strict=True):
            assert cells[1:4] == [f"{line['ordered']} {line['unit']}", line["shipped"], line["remaining"]], cells
            assert (line["words"] or "") in cells[4], cells

    def _check_rendered_paper(self, report, delivery, lines):
        """A paper lists what is still to come with the quantities and days of the forms."""
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(report, delivery.ids)
        paper = html.fromstring(content)
        rows = [self._read_cells(row) for row in paper.xpath("//table[@name='open_lines_table']/tbody/tr")]
        assert len(rows) == len(lines), delivery.name
        for line, (_product, quantity, _delivery, promise) in zip(lines, rows, strict=True):
            move = self.env["stock.move"].browse(line["move_id"])
            assert_same(f"{delivery.name}: printed", paper=self._read_quantity(quantity)[0], form=move.product_uom_qty)
            day = promise.rsplit("now ", 1)[-1].replace("no date now", "no date yet")
            day = "no date yet" if day.endswith("no date yet") else day
            ships = move.promise_day
            assert_same(f"{delivery.name}: printed day", paper=parse_day(day), form=ships or None)

    def _check_rendered_mails(self, delivery):
        """The mail on a backorder, on what has shipped, and on what was cancelled."""
        if delivery.state == "done" and delivery.has_open_remainder:
            shipped, still_open = self._read_mail("created", delivery)
            self._assert_mailed(delivery, shipped, delivery.move_ids.filtered("quantity"), "quantity")
            lines = delivery._get_lines_to_come()
            self._assert_mailed(delivery, still_open, lines, "product_uom_qty")
        if delivery.state == "done":
            [shipped] = self._read_mail("shipped", delivery)
            self._assert_mailed(delivery, shipped, delivery.move_ids.filtered("quantity"), "quantity")

    def _assert_mailed(self, delivery, rows, moves, quantity):
        moves = moves.filtered(lambda move: not move._is_scrap() and move[quantity])
        assert_same(
            f"{delivery.name}: in the mail",
            mail=[self._read_quantity(cells[1]) for cells in rows],
            form=[(move[quantity], move.product_uom.name) for move in moves],
        )

    def _read_mail(self, event, delivery):
        """Return the cells of the tables of a mail."""
        _setting, name = self.env["stock.customer.notice"]._get_events()[event]
        template = self.env.ref(name).with_context(notice=Notice(delivery.ids, {}))
        body = template._render_field("body_html", delivery.ids)[delivery.id]
        tables = html.fromstring(str(body)).xpath("//table")
        return [[self._read_cells(row) for row in table.xpath(".//tr[td]")] for table in tables]

    def _render(self, template, values):
        return html.fromstring(str(self.env["ir.qweb"]._render(template, values)))

    @staticmethod
    def _read_cells(row):
        return [" ".join(cell.text_content().split()) for cell in row.xpath("./td")]


class Trade(Truth):
    """Two warehouses, of which one resupplies the other, goods in units of all sizes, and what people do with them."""

    def __init__(self, env):
        self.env = env
        self.company = env.company
        self.house, self.source = env["stock.warehouse"].create(
            [{"name": "Truth House", "code": "TRU"}, {"name": "Truth Source", "code": "TRS"}]
        )
        self.houses = self.house | self.source
        self.customers = env.ref("stock.stock_location_customers")
        self.suppliers = env.ref("stock.stock_location_suppliers")
        self.vendor = env["res.partner"].create({"name": "Truth Vendor"})
        self.shelf, self.yard = env["stock.location"].create(
            [
                {"name": "Truth Shelf", "location_id": self.house.lot_stock_id.id},
                {"name": "Truth Yard", "location_id": self.house.view_location_id.id},
            ]
        )
        self.picker = new_test_user(
            env, "truth_picker", groups="base.group_user,stock.group_stock_user", company_id=self.company.id
        )
        self.owners = {}
        for name in ("Truth LLC", "Truth GmbH"):
            customer = env["res.partner"].create({"name": name, "is_company": True})
            self.owners[customer] = new_test_user(env, f"{name} owner", groups="base.group_portal")
            self.owners[customer].partner_id.parent_id = customer
        self.set_free = set()
        self._create_goods()
        for house in self.houses:
            types = house.in_type_id | house.out_type_id | house.int_type_id | house.pick_type_id | house.pack_type_id
            types.create_backorder = "always"

    def _create_goods(self):
        """Each of the goods has units in which it is ordered, and how much of it an order wants at most."""
        units = {name: self.env.ref(f"uom.product_uom_{name}") for name in ("unit", "dozen", "kgm", "ton")}
        units["pallet"] = self.env["uom.uom"].create(
            {"name": "Pallet of 1000", "relative_uom_id": units["unit"].id, "relative_factor": 1000}
        )
        self.house.resupply_wh_ids = self.source
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        resupplied = [Command.set((mto | self.house.resupply_route_ids).ids)]
        goods = [
            ("Bolt", ("unit", "dozen"), 30, {}),
            ("Brick", ("unit", "pallet"), 2200, {}),
            ("Sand", ("kgm", "ton"), 2600, {"uom_id": units["kgm"].id}),
            ("Beam", ("unit", "dozen"), 15, {"route_ids": resupplied}),
            ("Shed", ("unit",), 9, {}),
        ]
        self.products = self.env["product.product"].create(
            [{"name": f"Truth {name}", "is_storable": True, **values} for name, *_rest, values in goods]
        )
        self.goods = [
            (product, [units[unit] for unit in of], most)
            for product, (_name, of, most, _values) in zip(self.products, goods, strict=True)
        ]
        self.resupplied, dropshipped = self.products[3], self.products[4]
        dropshipped.route_ids = create_route_from_vendor(self.house.out_type_id, delay=5)

    # ---- how it is ---------------------------------------------------------------

    def arrange(self, zones, policy, delivery_steps, is_uom_kept):
        """Say in which zones the warehouse, the company and the readers are, and how it works."""
        house_zone, company_zone, reader_zone = zones
        self.house.partner_id = self.env["res.partner"].create({"name": "Truth House", "tz": house_zone})
        self.company.partner_id.tz = company_zone
        self.picker.union(*self.owners.values()).tz = reader_zone
        self.houses.allocation_policy = policy
        if delivery_steps != "ship_only":
            self.house.delivery_steps = delivery_steps
        if is_uom_kept:
            self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        self.set_free = set()

    def stock_up(self, amounts):
        """Put so much of each of the goods into the stocks, in percent of what an order wants at most."""
        for (product, _units, most), share in zip(self.get_stocked_goods(), amounts, strict=False):
            if share:
                self.env["stock.quant"]._update_available_quantity(
                    product, self._get_stock(product), round(most * share / 50)
                )

    def _get_stock(self, product):
        """Return where goods of the product lie before they are sold."""
        return (self.source if product == self.resupplied else self.house).lot_stock_id

    # ---- what is done ------------------------------------------------------------

    def tell(self, clock, arrangement, amounts, orders, steps):
        """Let it all happen, check all after each step, and undo it; return how many steps were taken."""
        clock.move_to(TODAY)
        taken = 0
        with undone(self.env):
            self.arrange(*arrangement)
            self.stock_up(amounts)
            for step in [*orders, *steps]:
                if self.take(step, clock):
                    taken += 1
                    self.check()
                    self.check_green(step)
            self.check_green()
            self.check_rendered()
            self.check_stored()
        return taken

    def take(self, step, clock):
        """Do what *step* says, if there is something to do it with; return whether there was."""
        if step.name == "wait":
            clock.tick(timedelta(hours=1 + step.share))
            return True
        return getattr(self, f"_{step.name}")(step) is not False

    def _choose(self, records, step):
        return records[step.which % len(records)] if records else records

    def get_stocked_goods(self):
        """Return what lies in the stock of what is sold, as the goods."""
        return self.goods

    def _get_goods(self, goods, step, offset=0):
        """Return the product, unit and quantity, in the unit, that an order or a receipt wants."""
        product, units, most = goods[(step.what + offset) % len(goods)]
        unit = units[(step.which + offset) % len(units)]
        wanted = max(1, round(most * step.share / 100))
        if unit == product.uom_id:
            return product, unit, wanted
        quarters = max(1, round(4 * product.uom_id._compute_quantity(wanted, unit, round=False)))
        return product, unit, quarters / 4

    def _order(self, step):
        lines = [self._get_goods(self.goods, step, offset) for offset in range(1 + step.which % 2)]
        order = self.env["sale.order"].create(
            {
                "partner_id": next(iter(self.owners)).id,
                "warehouse_id": self.house.id,
                "picking_policy": "one" if step.which == 7 else "direct",
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_id": unit.id, "product_uom_qty": quantity})
                    for product, unit, quantity in lines
                ],
            }
        )
        order.action_confirm()

    def _expect(self, step):
        """A receipt that is due in some days, or was."""
        product, unit, quantity = self._get_goods(self.get_stocked_goods(), step)
        stock = self._get_stock(product)
        places = {"location_id": self.suppliers.id, "location_dest_id": stock.id}
        moment = fields.Datetime.now() + timedelta(days=step.which - 2)
        line = {"product_id": product.id, "product_uom": unit.id, "product_uom_qty": quantity, "date": moment}
        receipt = self.env["stock.picking"].create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": stock.warehouse_id.in_type_id.id,
                "scheduled_date": moment,
                "move_ids": [Command.create({**line, **places})],
                **places,
            }
        )
        receipt.action_confirm()

    def _get_transfers(self, *states):
        return self.env["stock.picking"].search(
            [("state", "in", states), ("move_ids.product_id", "in", self.products.ids)], order="id"
        )

    def _process(self, step):
        """Validate a transfer, of whatever kind, in full or in part, or with more than is wanted."""
        transfer = self._choose(self._get_transfers("assigned"), step)
        return bool(transfer) and self._fill(transfer, step) and self._validate(transfer)

    def _fill(self, transfer, step):
        """Key the share of what is reserved of each line; return whether there is anything."""
        if step.share < 80:
            for move in transfer.move_ids._filtered_open().filtered("quantity"):
                parts = 100 if move.quantity < 3 else 1  # of a dozen, of a pallet
                move.quantity = int(move.quantity * step.share / 100 * parts) / parts
        elif step.share > 97:
            move = transfer.move_ids._filtered_open()[:1]
            move.quantity = move.product_uom_qty + 1
        if any(transfer.move_ids.mapped("quantity")):
            return True
        self._set_free(transfer)
        return False

    def _set_free(self, transfer):
        """Remember that a person has taken goods from a transfer without giving them to another."""
        self.set_free |= {(move.product_id, move.location_id.stock_area_id) for move in transfer.move_ids}

    def _validate(self, transfer):
        assert transfer.button_validate() is True, f"{transfer.name} asks something."
        return True

    def _close(self, step):
        """Ship a part of a delivery, or of what is picked for it, and give up the rest."""
        transfers = self._get_transfers("assigned").filtered(
            lambda transfer: transfer.picking_type_code in ("outgoing", "internal")
        )
        transfer = self._choose(transfers, step)
        if not transfer or not self._fill(transfer, step):
            return False
        transfer.picking_type_id.create_backorder = "never"
        self._validate(transfer)
        transfer.picking_type_id.create_backorder = "always"
        return True

    def _give_back(self, step, method="action_create_returns"):
        """Something of a delivery comes back, or something that came back goes out again."""
        done = self._get_transfers("done").filtered(
            lambda transfer: transfer.location_dest_id.usage == "customer" or transfer.location_id.usage == "customer"
        )
        transfer = self._choose(done, step)
        if not transfer:
            return False
        wizards = self.env["stock.return.picking"].with_context(active_id=transfer.id, active_model="stock.picking")
        wizard = wizards.create({})
        for line in wizard.product_return_moves:
            line.quantity = min(line.move_id.quantity, max(1, int(line.move_id.quantity * step.share / 100)))
        if not any(wizard.product_return_moves.mapped("quantity")):
            return False
        returned = self.env["stock.picking"].browse(getattr(wizard, method)()["res_id"])
        if step.share % 2:
            returned.action_assign()
            if any(returned.move_ids.mapped("quantity")):
                self._validate(returned)
        return True

    def _exchange(self, step):
        return self._give_back(step, method="action_create_exchanges")

    def _correct(self, step):
        """What was received or has shipped turns out to be more, or less."""
        done = self._get_transfers("done").filtered(
            lambda transfer: transfer.picking_type_code in ("incoming", *CUSTOMER_CODES)
        )
        line = self._choose(self._choose(done, step).move_line_ids, step)
        if not line:
            return False
        if line.picking_id.picking_type_code == "incoming" and step.share > 50:
            line.quantity += 2
        else:
            line.quantity = max(0, line.quantity - 1 - step.share // 20)
        return True

    def _count(self, step):
        product, _units, most = self._choose(self.get_stocked_goods(), step)
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants.create(
            {
                "product_id": product.id,
                "location_id": self._get_stock(product).id,
                "inventory_quantity": round(most * step.share / 50),
            }
        ).action_apply_inventory()

    def _lose(self, step):
        """A count finds less of what was brought to where it is packed, or to the door."""
        places = self.house.wh_pack_stock_loc_id | self.house.wh_output_stock_loc_id
        quant = self._choose(self._get_quants(places), step)
        if not quant:
            return False
        quant.with_context(inventory_mode=True).inventory_quantity = int(quant.quantity * step.share / 100)
        quant.action_apply_inventory()
        return True

    def _get_quants(self, places):
        """Return what of the goods lies in these places."""
        return self.env["stock.quant"].search(
            [
                ("product_id", "in", self.products.ids),
                ("location_id", "child_of", places.ids),
                ("quantity", ">", 0),
            ],
            order="id",
        )

    def _scrap(self, step):
        """Something in the stock, or on the way, turns out to be broken, whoever has it reserved."""
        quant = self._choose(self._get_quants(self.houses.view_location_id), step)
        broken = int(quant.quantity * step.share / 100)
        if not broken:
            return False
        scrap = self.env["stock.scrap"].create(
            {"product_id": quant.product_id.id, "location_id": quant.location_id.id, "scrap_qty": broken}
        )
        return scrap.action_validate()

    def _relocate(self, step):
        """Goods are put on a shelf of the stock, or somewhere else, and back."""
        places = self.house.lot_stock_id | self.shelf | self.yard
        quant = self._choose(self._get_quants(places), step)
        if not quant:
            return False
        target = self._choose(places - quant.location_id, step)
        wizard = self.env["stock.quant.relocate"].create({"quant_ids": quant.ids, "dest_location_id": target.id})
        wizard.action_relocate_quants()
        return True

    def _get_open_deliveries(self):
        return self.get_deliveries().filtered(lambda delivery: delivery.state not in CLOSED_STATES)

    def _cancel(self, step):
        transfers = self._get_open_deliveries() | self._get_transfers("assigned", "confirmed").filtered(
            lambda transfer: transfer.picking_type_code == "internal"
        )
        transfer = self._choose(transfers, step)
        return bool(transfer) and transfer.action_cancel()

    def _change(self, step):
        """The customer wants more or less, but not less than he has got."""
        line = self._choose(self.get_order_lines(), step)
        if not line:
            return False
        wanted = line.product_uom_qty * (0.5 + step.share / 100)
        line.product_uom_qty = max(line.qty_delivered, round(4 * wanted) / 4 or 1)
        return True

    def _raise_demand(self, step):
        """The warehouse wants more than was ordered."""
        move = self._choose(self._get_open_deliveries().move_ids._filtered_open(), step)
        if not move:
            return False
        move.product_uom_qty += 1
        return True

    def _change_unit(self, step):
        """The warehouse wants as many of another unit, or as much in another unit; less would be lost to the order."""
        move = self._choose(self._get_open_deliveries().move_ids._filtered_open(), step)
        units = {unit for product, own, _most in self.goods if product == move.product_id for unit in own}
        unit = self._choose(sorted(units - {move.product_uom}, key=lambda unit: unit.id), step)
        if not unit:
            return False
        quantity = move.product_uom._compute_quantity(move.product_uom_qty, unit)
        if step.share <= 50:
            quantity = max(quantity, move.product_uom_qty)
        move.write({"product_uom": unit.id, "product_uom_qty": quantity})
        return True

    def _give_away(self, step):
        """An order with all of its deliveries becomes another customer's."""
        order = self._choose(self.get_order_lines().order_id, step)
        if not order:
            return False
        [order.partner_id] = [customer for customer in self.owners if customer != order.partner_id]
        return True

    def _unreserve(self, step):
        delivery = self._choose(self._get_open_deliveries(), step)
        self._set_free(delivery)
        return bool(delivery) and delivery.do_unreserve()

    def _reserve(self, step):
        delivery = self._choose(self._get_open_deliveries(), step)
        return bool(delivery) and delivery.action_assign()

    def _star(self, step):
        delivery = self._choose(self._get_open_deliveries(), step)
        if not delivery:
            return False
        delivery.priority = "0" if delivery.priority == "1" else "1"
        return True
