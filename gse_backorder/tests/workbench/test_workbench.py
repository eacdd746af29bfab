import io
import json
from ast import literal_eval
from datetime import timedelta
from unittest.mock import patch

from lxml import etree
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader
from odoo.tools.safe_eval import safe_eval

from ...models.chain import stock_group_totals_mixin
from ...models.workbench import stock_completion
from ..restock_common import RestockCase


@tagged("post_install", "-at_install")
class TestWorkbench(RestockCase):
    """What the list of open deliveries shows of each."""

    def test_figures(self):
        """Scenario: an order of two lines, 20 % off, one short, dozens. Expected: open, available, worth, age."""
        beam = self._create_product("Beam", stock=30, standard_price=4)
        wool = self._create_product("Wool", stock=2, standard_price=7)
        order = self._create_order((beam, 2, self.dozen), (wool, 5))
        order.order_line[0].write({"price_unit": 120, "discount": 20, "tax_ids": False})
        order.order_line[1].write({"price_unit": 10, "tax_ids": False})
        order.picking_ids.move_ids.ordered_date = fields.Datetime.now() - timedelta(days=9)
        self._invalidate()
        delivery = order.picking_ids.with_user(self.picker)
        self.assertEqual((delivery.items_open, delivery.items_available), (29, 26))
        self.assertEqual(delivery.open_value, 2 * 96 + 5 * 10)
        self.assertEqual(delivery.age_days, 9)
        backorder = self._ship(order.picking_ids)
        self._invalidate()
        self.assertEqual((backorder.items_open, backorder.items_available), (3, 0))
        self.assertEqual((backorder.open_value, backorder.age_days), (30, 9), "It has waited since the order.")

    def test_value_without_an_order(self):
        """Scenario: a delivery without an order. Expected: worth its cost."""
        beam = self._create_product("Beam", stock=30, standard_price=4)
        self.assertEqual(self._create_delivery((beam, 1, self.dozen)).open_value, 48)

    def test_cards_of_what_is_closed(self):
        """Scenario: nothing is there for a delivery; another has shipped. Expected: only the card of the open one says
        that there is no date yet: all who were served are shown, too."""
        beam, wool = self._create_product("Beam", stock=1), self._create_product("Wool")
        shipped, waiting = self._create_delivery((beam, 1)), self._create_delivery((wool, 1))
        self._ship(shipped)
        self._invalidate()
        deliveries = (shipped | waiting).with_user(self.picker)
        view = deliveries.get_view(self.env.ref("gse_backorder.view_picking_workbench_kanban").id, "kanban")
        [words] = etree.fromstring(view["arch"]).xpath("//div[normalize-space(.) = 'no date yet']")
        hidden = [
            bool(safe_eval(words.get("invisible"), {name: delivery[name] for name in ("promise_day", "items_open")}))
            for delivery in deliveries
        ]
        self.assertEqual(hidden, [True, False])

    def test_query_count(self):
        """Scenario: the list is opened with 4 deliveries, and 24, of a product each. Expected: as many queries."""
        deliveries = self.env["stock.picking"].with_user(self.picker)
        view = deliveries.get_view(self.env.ref("gse_backorder.view_picking_workbench_list").id, "list")
        shown = {name: {} for name in view["models"]["stock.picking"]}

        def count(records):
            self._invalidate()
            before = self.env.cr.sql_log_count
            deliveries.web_search_read([("id", "in", records.ids)], shown)
            return self.env.cr.sql_log_count - before

        orders = [self._create_order((self._create_product(f"Beam {number}"), 1)) for number in range(24)]
        many = deliveries.union(*(order.picking_ids for order in orders))
        count(many)
        self.assertEqual(count(many[:4]), count(many))

    def _find(self, action):
        """Return what the list of *action* shows: what it is about, and what its search bar is set to."""
        bar = etree.fromstring(self.env["stock.picking"].get_view(action["search_view_id"][0], "search")["arch"])
        domain = Domain(literal_eval(action["domain"]))
        for name, value in action["context"].items():
            if name.startswith("search_default_"):
                [node] = bar.xpath(f"//*[@name='{name.removeprefix('search_default_')}'][not(ancestor::searchpanel)]")
                domain &= Domain(
                    literal_eval(node.get("domain")) if node.tag == "filter" else [(node.get("name"), "=", value)]
                )
        return self.env["stock.picking"].search(domain)

    def test_queues_on_the_overview(self):
        """Scenario: one ready, one in part, two wait. Expected: counted on the operation type, and opened from it."""
        product = self._create_product("Beam", stock=3)
        ready, partly = self._create_delivery((product, 2)), self._create_delivery((product, 2))
        waiting = self._create_delivery((product, 1)) | self._create_delivery((product, 1))
        picking_type = self.delivery_type.with_user(self.picker)
        counts = (picking_type.in_stock_count, picking_type.partly_count, picking_type.waiting_count)
        self.assertEqual(counts, (1, 1, 2))
        for queue, deliveries in (("ready", ready), ("partial", partly), ("waiting", waiting)):
            action = picking_type.with_context(queue=queue).action_view_queue()
            self.assertEqual(self._find(action), deliveries)
        self.assertEqual(self.warehouse.in_type_id.in_stock_count, 0)

    def test_totals_of_groups(self):
        """Scenario: two customers' deliveries, grouped. Expected: each group has the sums of its rows."""
        beam = self._create_product("Beam", stock=10, standard_price=4)
        other = self.env["res.partner"].create({"name": "Other Customer"})
        deliveries = self._create_delivery((beam, 6)) | self._create_delivery((beam, 6))
        deliveries |= self._create_delivery((beam, 5), partner_id=other.id)
        figures = ("items_ordered", "items_open", "items_available", "open_value")
        picking = self.env["stock.picking"].with_user(self.picker)
        self.assertEqual({picking.fields_get([name])[name].get("aggregator") for name in figures}, {"sum"})
        groups = picking.formatted_read_group(
            [("id", "in", deliveries.ids)],
            ["customer_id"],
            [*(f"{name}:sum" for name in figures), "open_value:sum_currency", "company_currency_id:array_agg_distinct"],
        )
        for group in groups:
            rows = deliveries.filtered(lambda delivery, group=group: delivery.customer_id.id == group["customer_id"][0])
            for name in figures:
                self.assertEqual(group[f"{name}:sum"], sum(rows.mapped(name)), name)
            self.assertEqual(group["open_value:sum_currency"], group["open_value:sum"])
        self.assertEqual(sorted(group["items_available:sum"] for group in groups), [0, 10])
        with patch.object(stock_group_totals_mixin, "TOTALLED", 2):
            self.assertFalse(picking._read_group([("id", "in", deliveries.ids)], [], ["items_open:sum"])[0][0])

    def test_search_panel(self):
        """Scenario: three deliveries of two customers and products. Expected: those with the most come first."""
        beam, panel = self._create_product("Beam", stock=3), self._create_product("Panel")
        other = self.env["res.partner"].create({"name": "Other Customer"})
        deliveries = self._create_delivery((beam, 2)) | self._create_delivery((beam, 2), (panel, 1), (beam, 1))
        deliveries |= self._create_delivery((panel, 1), (beam, 1), partner_id=other.id)

        def read(name, **domains):
            picking = self.env["stock.picking"].with_user(self.picker)
            domains.setdefault("search_domain", [("id", "in", deliveries.ids)])
            values = picking.search_panel_select_multi_range(name, enable_counters=True, limit=200, **domains)
            return [(value["display_name"], value["__count"]) for value in values["values"]]

        self.assertEqual(read("customer_id"), [("Sample LLC", 2), ("Other Customer", 1)])
        self.assertEqual(read("product_id"), [("Beam", 3), ("Panel", 2)])
        waiting = [("fulfillment_state", "=", "waiting")]
        self.assertEqual(read("customer_id", category_domain=waiting), [("Other Customer", 1)])
        self.assertEqual(
            read("product_id", filter_domain=[("customer_id", "=", other.id)]), [("Beam", 1), ("Panel", 1)]
        )
        found = self.env["stock.picking"].search([("id", "in", deliveries.ids), ("product_id", "in", [panel.id])])
        self.assertEqual(found, deliveries[1:], "What is chosen in the panel narrows the list down.")
        self._create_delivery((panel, 1))  # not among those that are looked at
        deliveries[1].move_ids[1]._action_cancel()
        self.assertEqual(read("product_id"), [("Beam", 3), ("Panel", 2)], "As many as the list finds.")
        self.assertEqual(read("picking_type_id", group_by="warehouse_id", group_domain=None)[0][1], 3)

    def test_search_panel_of_many(self):
        """Scenario: more customers than the panel lists, and than Odoo would. Expected: as many as it lists."""
        product = self._create_product("Beam")
        customers = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(20)])
        deliveries = [self._create_delivery((product, 1), partner_id=customer.id).id for customer in customers]
        panel = self.env["stock.picking"].search_panel_select_multi_range(
            "customer_id", search_domain=[("id", "in", deliveries)], limit=10
        )
        self.assertEqual(len(panel["values"]), 15)

    def test_pick_lists_and_slips_in_one_document(self):
        """Scenario: two deliveries are printed in one go. Expected: a pick list and a slip of each, in one PDF."""
        beam = self._create_product("Beam", stock=9)
        deliveries = self._create_delivery((beam, 2)) | self._create_delivery((beam, 3))
        report = self.env["ir.actions.report"].with_user(self.picker).with_context(force_report_rendering=True)
        content, kind = report._render_qweb_pdf("gse_backorder.action_report_pick_list_and_slip", deliveries.ids)
        self.assertEqual(kind, "pdf")
        self.assertEqual(PdfFileReader(io.BytesIO(content)).getNumPages(), 4)
        page = (
            self.env["ir.actions.report"]
            ._render_qweb_html("gse_backorder.report_pick_list_and_slip", deliveries.ids)[0]
            .decode()
        )
        self.assertEqual(page.count('name="div_stock_picking"') + page.count("stock_move_table"), 2)

    def test_filters(self):
        """Scenario: one ready, one in part, one waits, a ready remainder. Expected: each filter finds its own."""
        full, short = self._create_product("Full", stock=9), self._create_product("Short", stock=3)
        ready = self._create_delivery((full, 2))
        partly = self._create_delivery((full, 1), (short, 9))
        waiting = self._create_delivery((self._create_product("None"), 1))
        remainder = self._ship(self._create_delivery((full, 4)), 2)
        view = self.env["stock.picking"].get_view(
            self.env.ref("gse_backorder.view_picking_workbench_search").id, "search"
        )
        self.assertIn("searchpanel", view["arch"])
        ours = [("id", "in", (ready | partly | waiting | remainder).ids)]
        for state, found in (("ready", ready | remainder), ("partial", partly), ("waiting", waiting)):
            deliveries = self.env["stock.picking"].search([*ours, ("fulfillment_state", "=", state)])
            self.assertEqual(deliveries, found, state)
        fulfillable = [("backorder_root_id", "!=", False), ("fulfillment_state", "=", "ready")]
        self.assertEqual(self.env["stock.picking"].search([*ours, *fulfillable]), remainder)


@tagged("post_install", "-at_install")
class TestCompletion(RestockCase):
    """Shipping many deliveries in one go."""

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref("gse_backorder.ir_cron_completion").method_direct_trigger()
        self._invalidate()

    def _start(self, deliveries, user=None):
        action = deliveries.with_user(user or self.picker).action_complete()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_all_that_can(self):
        """Scenario: 45 deliveries; one has nothing, one in part. Expected: 44 shipped, one explained, one remainder."""
        beam, wool = self._create_product("Beam", stock=100), self._create_product("Wool", stock=2)
        deliveries = self.env["stock.picking"].union(*(self._create_delivery((beam, 1)) for _number in range(43)))
        partly = self._create_delivery((wool, 5))
        nothing = self._create_delivery((self._create_product("None"), 1))
        run = self._start(deliveries | partly | nothing)
        self.assertEqual((run.total_count, run.progress, run.state), (45, 0, "running"))
        self._run()
        self.assertEqual((run.done_count, run.failed_count, run.progress, run.state), (44, 1, 100, "done"))
        self.assertEqual(set(deliveries.mapped("state")), {"done"})
        self.assertEqual((partly.state, partly.backorder_ids.items_open), ("done", 3))
        failed = run.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.picking_id, nothing)
        self.assertTrue(failed.reason)
        self.assertEqual(nothing.state, "confirmed", "As it was.")
        self.assertEqual(deliveries[0].move_ids.write_uid, self.picker, "In the name of who has started it.")

    def test_preview_is_ones_own(self):
        """Scenario: a picker of another company, and a colleague, take up what somebody has had shown. Expected: they
        read and press nothing of it."""
        preview = self._preview(self._create_delivery((self._create_product("Beam", 1), 1)))
        other = self.env["res.company"].create({"name": "Other"})
        self._invalidate()
        for user in (self._hire("preview_elsewhere", other), self._hire("preview_mate", self.company)):
            for records in (preview, preview.line_ids):
                own = records.with_user(user)
                self.assertFalse(own.search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    own.read()
            with self.assertRaises(AccessError):
                preview.with_user(user).action_complete()

    def _preview(self, *deliveries):
        picker = self.env["stock.picking"].union(*deliveries).with_user(self.picker)
        action = picker.action_preview_completion()
        return self.env[action["res_model"]].with_user(self.picker).browse(action["res_id"])

    def _count_runs(self, deliveries):
        return self.env["stock.completion.line"].search_count([("picking_id", "in", deliveries.ids)])

    def test_seen_before_it_ships(self):
        """Scenario: one ships in full, one in part, one not at all. Expected: told before; the last is left alone."""
        beam, wool = self._create_product("Beam", stock=30), self._create_product("Wool", stock=2)
        none = self._create_product("None")
        full, partly = self._create_delivery((beam, 1, self.dozen), (beam, 3)), self._create_delivery((wool, 5))
        nothing = self._create_delivery((none, 4))
        preview = self._preview(full, partly, nothing)
        deliveries = full | partly | nothing
        self.assertFalse(self._count_runs(deliveries), "Nothing is begun.")
        self.assertEqual((preview.shipping_count, preview.partly_count, preview.staying_count), (2, 1, 1))
        self.assertEqual((preview.shipping_lines, preview.shipping_items), (3, 17), "In the products' units.")
        self.assertEqual((preview.staying_lines, preview.staying_items), (2, 7))
        outcomes = {line.picking_id: (line.outcome, bool(line.reason)) for line in preview.line_ids}
        self.assertEqual(outcomes, {full: ("full", False), partly: ("part", False), nothing: ("none", True)})
        action = preview.action_complete()
        run = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(run.line_ids.picking_id, full | partly, "As was shown.")
        self._run()
        self.assertEqual((run.done_count, run.failed_count), (2, 0))
        shipped = sum(deliveries.mapped("items_shipped")), sum(partly.backorder_ids.mapped("items_open"))
        self.assertEqual(shipped, (17, 3), "What was shown is what has happened.")

    def test_filled_is_what_is_seen(self):
        """Scenario: only three of one of two lines are filled. Expected: these ship, and the rest stays."""
        beam, wool = self._create_product("Beam", stock=9), self._create_product("Wool", stock=9)
        delivery = self._create_delivery((beam, 5), (wool, 4))
        delivery.move_ids[0].with_user(self.picker).qty_filled = 3
        line = self._preview(delivery).line_ids
        self.assertEqual((line.outcome, line.shipping_lines, line.shipping_items), ("part", 1, 3))
        self.assertEqual((line.staying_lines, line.staying_items), (2, 6))

    def test_what_was_seen_has_changed(self):
        """Scenario: goods go, one ships and one is cancelled meanwhile. Expected: told anew, nothing ships unseen."""
        beam = self._create_product("Beam", stock=9)
        first, second, third = (self._create_delivery((beam, 3)) for _number in range(3))
        preview = self._preview(first, second, third)
        third.action_cancel()
        self._validate(second)
        first.do_unreserve()
        self._invalidate()
        self.assertEqual(preview.action_complete()["res_id"], preview.id, "It is shown again.")
        self.assertTrue(preview.has_changed)
        self.assertFalse(self._count_runs(first | second | third))
        lines = {line.picking_id: (line.outcome, line.reason) for line in preview.line_ids}
        self.assertEqual({outcome for outcome, _reason in lines.values()}, {"none"})
        self.assertEqual(len({reason for _outcome, reason in lines.values()}), 3, "Each has its own reason.")
        first.action_assign()
        self._invalidate()
        preview.action_complete()
        self.assertFalse(self._count_runs(first), "Nor what has come back.")
        preview.action_complete()
        self.assertEqual(self._count_runs(first | second | third), 1)

    def test_what_ships_nothing_is_told(self):
        """Scenario: one ships together, one never leaves a backorder, one is a draft. Expected: told; refused."""
        self.delivery_type.create_backorder = "never"
        beam, none = self._create_product("Beam", stock=9), self._create_product("None")
        together = self._create_delivery((beam, 2), (none, 1), move_type="one")
        never = self._create_delivery((beam, 2), (none, 1))
        preview = self._preview(together, never)
        self.assertEqual((preview.shipping_count, preview.shipping_items, preview.staying_items), (0, 0, 6))
        reasons = preview.line_ids.mapped("reason")
        self.assertTrue(any("together" in reason for reason in reasons))
        self.assertTrue(any("would be cancelled" in reason for reason in reasons))
        with self.assertRaises(UserError):
            self._preview(self._create_delivery((beam, 1), confirm=False))

    def test_preview_query_count(self):
        """Scenario: 4 deliveries are looked at, and 24. Expected: the judging takes as many queries."""
        beam = self._create_product("Beam", stock=99)
        deliveries = self.env["stock.picking"].union(*(self._create_delivery((beam, 2)) for _number in range(24)))

        def count(records):
            self._invalidate()
            before = self.env.cr.sql_log_count
            self.env["stock.completion.preview.line"]._prepare_all(records)
            return self.env.cr.sql_log_count - before

        count(deliveries)
        self.assertEqual(count(deliveries[:4]), count(deliveries))

    def test_no_pick_list_of_nothing(self):
        """Scenario: of two one has nothing to pick. Expected: a pick list of the other; of none, it is said."""
        ready = self._create_delivery((self._create_product("Beam", stock=2), 2))
        waiting = self._create_delivery((self._create_product("None"), 1))
        report = self.env["ir.actions.report"].with_user(self.picker).with_context(force_report_rendering=True)
        name = "gse_backorder.action_report_pick_list_and_slip"
        content, _kind = report._render_qweb_pdf(name, (ready | waiting).ids)
        self.assertEqual(PdfFileReader(io.BytesIO(content)).getNumPages(), 2, "His pick list and slip.")
        page = report._render_qweb_html("gse_backorder.report_pick_list_and_slip", (ready | waiting).ids)[0].decode()
        self.assertNotIn(waiting.name, page)
        with self.assertRaisesRegex(UserError, "nothing to pick"):
            report._render_qweb_pdf(name, waiting.ids)

    def test_together_or_not_at_all(self):
        """Scenario: one of two lines is there, and the delivery ships together. Expected: it stays, and why is told."""
        beam, none = self._create_product("Beam", stock=9), self._create_product("None")
        together = self._create_delivery((beam, 2), (none, 1), move_type="one")
        run = self._start(together)
        self._run()
        self.assertIn("together", run.line_ids.reason)
        self.assertEqual((together.state, together.items_shipped), ("confirmed", 0))

    def test_no_remainder_is_cancelled(self):
        """Scenario: a type that never makes backorders. Expected: what is short stays, what is there ships."""
        self.delivery_type.create_backorder = "never"
        beam = self._create_product("Beam", stock=6)
        full, short = self._create_delivery((beam, 2)), self._create_delivery((beam, 9))
        run = self._start(full | short)
        self._run()
        self.assertEqual((full.state, short.state, short.items_open), ("done", "assigned", 9))
        self.assertIn("would be cancelled", run.line_ids.filtered("reason").reason)

    def test_old_runs_are_forgotten(self):
        """Scenario: finished runs of 40 days ago and of today, the log is kept for 30. Expected: the old one goes."""
        beam = self._create_product("Beam", stock=9)
        old, new = (self._start(self._create_delivery((beam, 1))) for _time in range(2))
        self._run()
        self.env.cr.execute(
            "UPDATE stock_completion SET create_date = create_date - interval '40 days' WHERE id = %s", (old.id,)
        )
        self.company.allocation_log_days = 30
        self.env["stock.completion"]._gc_completions()
        self.assertEqual((old | new).exists(), new)

    def test_old_runs_are_forgotten_in_batches(self):
        """Scenario: one run more than a batch is too old. Expected: the vacuum is told that there is more to do."""
        beam = self._create_product("Beam", stock=9)
        self.env["stock.completion"].search([]).unlink()
        for _time in range(3):
            self._start(self._create_delivery((beam, 1)))
        self._run()
        self.env.cr.execute("UPDATE stock_completion SET create_date = create_date - interval '400 days'")
        with patch.object(stock_completion, "GARBAGE_BATCH", 2):
            self.assertEqual(self.env["stock.completion"]._gc_completions(), (2, 1), "A batch, and more is left.")
            self.assertEqual(self.env["stock.completion"]._gc_completions(), (1, 0), "The rest.")

    def test_rest_that_would_be_cancelled_is_kept_before_anything_happens(self):
        """Scenario: Odoo is told to ship 6 of 9 and to give up the rest, amid a completion. Expected: refused; and who
        ships by hand may."""
        short = self._create_delivery((self._create_product("Beam", stock=6), 9))
        short.move_ids.picked = True
        with self.assertRaisesRegex(UserError, short.name):
            short.move_ids.with_context(keep_remainder=True)._action_done(cancel_backorder=True)
        self.assertEqual(short.state, "assigned")
        short.with_context(cancel_backorder=True)._action_done()
        self.assertEqual((short.items_shipped, short.items_cancelled), (6, 3))

    def test_it_goes_on(self):
        """Scenario: the server dies after the first few. Expected: the next run ships the rest, nothing twice."""
        beam = self._create_product("Beam", stock=100)
        deliveries = self.env["stock.picking"].union(*(self._create_delivery((beam, 1)) for _number in range(5)))
        run = self._start(deliveries)
        run.line_ids[:2]._complete()
        self.assertEqual((run.done_count, run.state), (2, "running"))
        for _time in range(2):
            self._run()
        self.assertEqual((run.done_count, run.failed_count, run.state), (5, 0, "done"))
        self.assertEqual(sum(deliveries.move_ids.mapped("quantity")), 5)

    def test_refused_kinds(self):
        """Scenario: a receipt is to be completed. Expected: refused; a pick for a delivery is not."""
        receipt = self._create_receipt((self._create_product("Beam"), 2))
        with self.assertRaisesRegex(UserError, receipt.name):
            self._start(receipt)
        self.warehouse.delivery_steps = "pick_ship"
        pick = self._create_order((self._create_product("Panel", stock=2), 2)).picking_ids
        self._start(pick)
        self._run()
        self.assertEqual(pick.state, "done")

    def test_refused(self):
        """Scenario: something that is done; something that runs already; a salesperson. Expected: told why."""
        beam = self._create_product("Beam", stock=100)
        done, other = self._create_delivery((beam, 1)), self._create_delivery((beam, 1))
        self._ship(done)
        with self.assertRaisesRegex(UserError, done.name):
            self._start(done | other)
        self._start(other)
        with self.assertRaisesRegex(UserError, "already"):
            self._start(other)
        with self.assertRaises(AccessError):
            self._start(self._create_delivery((beam, 1)), self.salesperson)

    def test_question(self):
        """Scenario: the type asks for a backorder. Expected: that one fails and says so, another ships."""
        self.delivery_type.create_backorder = "ask"
        beam = self._create_product("Beam", stock=4)
        full, short = self._create_delivery((beam, 1)), self._create_delivery((beam, 9))
        run = self._start(full | short)
        self._run()
        self.assertEqual((full.state, short.state), ("done", "assigned"))
        self.assertIn("by hand", run.line_ids.filtered(lambda line: line.state == "failed").reason)

    @mute_logger("odoo.addons.gse_backorder.models.workbench.stock_completion_line")
    def test_unexpected_error(self):
        """Scenario: one of two fails, by what nobody has foreseen, then by a refusal. Expected: the other ships; who
        has started it reads that it is in the log, and what it is about where it was meant to be read."""
        beam = self._create_product("Beam", stock=9)
        for error, told in ((IntegrityError("Key (name)=(Secret)"), "unexpected"), (UserError("No paper"), "No paper")):
            failing, other = self._create_delivery((beam, 1)), self._create_delivery((beam, 1))
            validate = type(failing).button_validate

            def fail(deliveries, failing=failing, error=error, validate=validate):
                if failing in deliveries.sudo():
                    raise error
                return validate(deliveries)

            run = self._start(failing | other)
            with patch.object(type(failing), "button_validate", fail):
                self._run()
            reason = run.line_ids.filtered(lambda line: line.state == "failed").reason
            self.assertEqual((failing.state, other.state), ("assigned", "done"))
            self.assertIn(told, reason)
            self.assertNotIn("Secret", reason)

    def test_nobody_ships_in_the_name_of_others(self):
        """Scenario: a picker writes a run of his own making by RPC. Expected: refused."""
        delivery = self._create_delivery((self._create_product("Beam", stock=4), 1))
        runs = self.env["stock.completion"].with_user(self.picker)
        lines = [Command.create({"picking_id": delivery.id})]
        with self.assertRaises(AccessError):
            runs.create({"user_id": self.env.ref("base.user_root").id, "company_id": 1, "line_ids": lines})
        run = self._start(delivery)
        with self.assertRaises(AccessError):
            run.with_user(self.picker).user_id = self.env.ref("base.user_root")
        with self.assertRaises(AccessError):
            run.line_ids.with_user(self.picker).create({"completion_id": run.id, "picking_id": delivery.id})

    def test_companies_together(self):
        """Scenario: deliveries of two companies of ours are selected together. Expected: both ship."""
        other = self.env["res.company"].create({"name": "Other"})
        self.picker.company_ids |= other
        beam = self._create_product("Beam", stock=4)
        foreign = self._create_delivery_of(other, beam, 2)
        self._add_stock(beam, 4, location=foreign.location_id)
        foreign.action_confirm()
        foreign.action_assign()
        deliveries = self._create_delivery((beam, 1)) | foreign
        picker = deliveries.with_user(self.picker).with_context(allowed_company_ids=(self.company | other).ids)
        picker.action_complete()
        self._run()
        self.assertEqual(deliveries.mapped("state"), ["done", "done"])

    def test_cancelled_or_deleted_meanwhile(self):
        """Scenario: of three, one is cancelled, one deleted before their turn. Expected: the third ships, all ends."""
        beam = self._create_product("Beam", stock=9)
        first, second, third = (self._create_delivery((beam, 1)) for _number in range(3))
        run = self._start(first | second | third)
        first.action_cancel()
        second.action_cancel()
        second.unlink()
        self._run()
        self.assertEqual((third.state, run.state, run.done_count, run.failed_count), ("done", "done", 1, 1))
        self.assertIn("cancelled", run.line_ids.filtered(lambda line: line.state == "failed").reason)

    def test_slips(self):
        """Scenario: the slips of a run are printed. Expected: of what has shipped; nothing before."""
        delivery = self._create_delivery((self._create_product("Beam", stock=4), 1))
        run = self._start(delivery)
        with self.assertRaisesRegex(UserError, "Nothing has shipped"):
            run.action_print_slips()
        self._run()
        self.assertEqual(run.with_user(self.picker).action_print_slips()["context"]["active_ids"], delivery.ids)

    def test_companies(self):
        """Scenario: somebody of another company looks. Expected: he sees no run of ours."""
        run = self._start(self._create_delivery((self._create_product("Beam", stock=4), 1)))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._hire("workbench_stranger", other)
        self.assertFalse(self.env["stock.completion"].with_user(stranger).search([("id", "=", run.id)]))
        self.assertFalse(self.env["stock.completion.line"].with_user(stranger).search([]))


@tagged("post_install", "-at_install")
class TestBackorderReport(RestockCase):
    """The figures, beside what is worked out by hand from the moves."""

    def _get_rows(self, orders, user=None):
        self._invalidate()
        rows = self.env["stock.backorder.report"].with_user(user or self.picker)
        return rows.search([("sale_id", "in", orders.ids)], order="id")

    def _read(self, orders, *aggregates):
        self._invalidate()
        rows = self.env["stock.backorder.report"].with_user(self.picker)
        return rows._read_group([("sale_id", "in", orders.ids)], [], aggregates)[0]

    @staticmethod
    def _set_shipped(delivery, days_ago):
        delivery.date_done = fields.Datetime.now() - timedelta(days=days_ago)

    def _ordered(self, order, days_ago):
        date = fields.Datetime.now() - timedelta(days=days_ago, hours=1)
        order.date_order = date
        order.picking_ids.move_ids.ordered_date = date

    def test_history_of_one_order(self):
        """Scenario: 10 of one, 2 dozen of another; 4 and all ship at once, 3 later, 3 are cancelled. Expected: so."""
        beam, egg = self._create_product("Beam", stock=4), self._create_product("Egg", stock=24)
        order = self._create_order((beam, 10), (egg, 2, self.dozen))
        self._ordered(order, 20)
        root = order.picking_ids
        backorder = self._ship(root)
        self._set_shipped(root, 18)
        self._add_stock(beam, 3)
        backorder.action_assign()
        rest = self._ship(backorder)
        self._set_shipped(backorder, 10)
        beams, eggs = self._get_rows(order)
        self.assertEqual((beams.qty_ordered, beams.qty_shipped, beams.qty_open), (10, 7, 3))
        self.assertEqual((beams.state, beams.age, beams.age_days, beams.is_backordered), ("open", "c", 20, True))
        self.assertEqual((eggs.qty_ordered, eggs.qty_shipped, eggs.qty_open), (24, 24, 0))
        self.assertEqual((eggs.state, eggs.is_backordered, eggs.first_fill_rate), ("fulfilled", False, 100))
        self.assertAlmostEqual(eggs.days_to_fulfil, 2, places=0)
        self.assertEqual(self._read(order, "first_fill_rate:avg", "order_fill_rate:avg"), (50, 0))
        rest.action_cancel()
        beams, eggs = self._get_rows(order)
        self.assertEqual((beams.qty_shipped, beams.qty_open, beams.qty_cancelled, beams.state), (7, 0, 3, "short"))
        self.assertAlmostEqual(beams.days_to_fulfil, 10, places=0)

    def test_rates(self):
        """Scenario: four orders: two full at once, one late, one in two parts. Expected: rates by hand."""
        beam = self._create_product("Beam", stock=8)
        orders = self.env["sale.order"].union(*(self._create_order((beam, 2)) for _number in range(3)))
        parted = self._create_order((beam, 4))
        for order in orders | parted:
            self._ordered(order, 9)
            order.picking_ids.move_ids.first_promise_date = fields.Datetime.now() - timedelta(days=3)
        backorder = self._ship(parted.picking_ids)
        self._set_shipped(parted.picking_ids - backorder, 5)
        self._add_stock(beam, 2)
        backorder.action_assign()
        self._ship(backorder)
        self._set_shipped(backorder, 4)
        for order, days_ago in zip(orders, (8, 4, 1), strict=True):
            self._ship(order.picking_ids)
            self._set_shipped(order.picking_ids, days_ago)
        first, whole, on_time, lines = self._read(
            orders | parted, "first_fill_rate:avg", "order_fill_rate:avg", "on_time_rate:avg", "line_count:sum"
        )
        self.assertEqual((first, whole, on_time, lines), (75, 75, 75, 4), "3 of 4 each; one shipped 2 days late.")

    def test_value_and_ages(self):
        """Scenario: open lines of four ages. Expected: in their classes, at the order's price."""
        beam = self._create_product("Beam")
        orders = self.env["sale.order"]
        for days_ago in (3, 10, 40, 100):
            order = self._create_order((beam, 2))
            order.order_line.write({"price_unit": 15, "tax_ids": False})
            self._ordered(order, days_ago)
            orders |= order
        self.assertEqual(self._get_rows(orders).mapped("age"), ["a", "b", "d", "e"])
        self.assertEqual(self._read(orders, "open_value:sum", "qty_open:sum"), (120, 8))

    def test_companies_and_rights(self):
        """Scenario: another company's user, a salesperson. Expected: no row of ours, no right."""
        order = self._create_order((self._create_product("Beam"), 2))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._hire("report_stranger", other)
        self.assertTrue(self._get_rows(order))
        self.assertFalse(self._get_rows(order, stranger))
        with self.assertRaises(AccessError):
            self._get_rows(order, self.salesperson)

    def test_drill_down(self):
        """Scenario: a row is opened. Expected: all deliveries of its chain."""
        beam = self._create_product("Beam", stock=4)
        order = self._create_order((beam, 10))
        self._ship(order.picking_ids)
        action = self._get_rows(order).action_view_deliveries()
        self.assertEqual(self.env["stock.picking"].search(action["domain"]), order.picking_ids)

    def test_health(self):
        """Scenario: an order shipped in part, one in full and late, a third one waits. Expected: as by hand."""
        beam, wool = self._create_product("Beam", stock=4), self._create_product("Wool", stock=5)
        parted = self._create_order((beam, 10))
        parted.order_line.write({"price_unit": 15, "tax_ids": False})
        self._ordered(parted, 20)
        backorder = self._ship(parted.picking_ids)
        self._set_shipped(parted.picking_ids - backorder, 18)
        late = self._create_order((wool, 5))
        self._ordered(late, 12)
        late.picking_ids.move_ids.first_promise_date = fields.Datetime.now() - timedelta(days=9)
        self._ship(late.picking_ids)
        self._set_shipped(late.picking_ids, 6)
        waiting = self._create_order((beam, 1))
        self._ordered(waiting, 3)
        waiting.order_line.write({"price_unit": 7, "tax_ids": False})
        self._invalidate()
        health = self.env["stock.backorder.health"].with_user(self.picker).get_health(90, self.warehouse.id)
        self.assertEqual(
            {name: health["open"][name] for name in ("lines", "orders", "customers", "value")},
            {"lines": 2, "orders": 2, "customers": 1, "value": 97},
        )
        self.assertEqual([age["lines"] for age in health["ages"]], [1, 0, 1, 0, 0])
        rates = health["rates"]
        self.assertEqual((rates["first_fill"], rates["order_fill"], rates["on_time"]), (50, 50, 0))
        self.assertAlmostEqual(rates["days_average"], 6, places=0)
        self.assertEqual(rates["days_p90"], 7, "6 days and an hour: within 7.")
        self.assertEqual([(row["label"], row["lines"]) for row in health["products"]], [(beam.display_name, 2)])
        self.assertEqual([row["value"] for row in health["products"]], [97])
        self.assertEqual(sum(week["lines"] for week in health["weeks"]), 2)
        rows = self.env["stock.backorder.report"].with_user(self.picker)
        for figure, count in (
            (health["open"]["domain"], 2),
            (health["ages"][2]["domain"], 1),
            (health["products"][0]["domain"], 2),
            (rates["backordered_domain"], 1),
            (rates["closed_domain"], 1),
        ):
            self.assertEqual(rows.search_count(figure), count, figure)
        for week in health["weeks"]:
            self.assertEqual(rows.search_count(week["domain"]), week["lines"], "A week opens its own lines.")
        self.assertEqual(
            set(health["definitions"]), {"first_fill_rate", "order_fill_rate", "on_time_rate", "days_to_fulfil"}
        )
        self.assertTrue(all(health["definitions"].values()), "Each rate is told with its definition.")
        short = self.env["stock.backorder.health"].with_user(self.picker).get_health(30, self.warehouse.id)
        self.assertEqual(short["rates"]["lines"], 2)

    def test_most_open_value(self):
        """Scenario: many lines of what is cheap, one of what is dear. Expected: the dear one first, by its value."""
        cheap, dear = (
            self._create_product("Nail", standard_price=1),
            self._create_product("Machine", standard_price=900),
        )
        for _number in range(3):
            self._create_delivery((cheap, 2))
        self._create_delivery((dear, 1), partner_id=self.vendor.id)
        self._invalidate()
        health = self.env["stock.backorder.health"].with_user(self.picker).get_health(90, self.warehouse.id)
        self.assertEqual(
            [(row["label"], row["lines"], row["value"]) for row in health["products"]],
            [(dear.display_name, 1, 900), (cheap.display_name, 3, 6)],
        )
        self.assertEqual(
            [(row["label"], row["value"]) for row in health["customers"]],
            [(self.vendor.display_name, 900), (self.customer.display_name, 6)],
        )

    def test_health_against_the_period_before(self):
        """Scenario: shipped in full 10 days ago, in part 40 days ago; 2 of 5 reserved. Expected: both periods, whole
        days, and what can ship now in money, with its deliveries."""
        beam, wool = self._create_product("Beam", stock=5), self._create_product("Wool", stock=4)
        for product, ordered, shipped in ((beam, 17, 10), (wool, 44, 40)):
            order = self._create_order((product, 5))
            self._ordered(order, ordered)
            root = order.picking_ids
            self._ship(root)
            self._set_shipped(root, shipped)
        bolt = self._create_product("Bolt", stock=2)
        waiting = self._create_order((bolt, 5))
        waiting.order_line.write({"price_unit": 15, "tax_ids": False})
        self._invalidate()
        health = self.env["stock.backorder.health"].with_user(self.picker).get_health(30, self.warehouse.id)
        self.assertEqual((health["rates"]["first_fill"], health["before"]["first_fill"]), (100, 0))
        self.assertEqual((health["rates"]["lines"], health["before"]["lines"]), (1, 1))
        self.assertEqual(health["rates"]["days_p90"], 8, "7 days and an hour: within 8.")
        self.assertIsNone(health["before"]["days_p90"], "Of it something is open.")
        self.assertEqual(health["ready"]["value"], 30)
        deliveries = self.env["stock.picking"].with_user(self.picker)
        self.assertEqual(deliveries.search(health["ready"]["domain"]), waiting.picking_ids)
        [week] = health["weeks"]
        self.assertRegex(week["label"], r"^\d{1,2} [A-Z][a-z]{2}( \d{4})?$", "As a person says it.")

    def test_narrowed_rows(self):
        """Scenario: open, shipped long ago, of late, in parts, cancelled. Expected: the same rows however sought.

        What a domain cannot find is not worked out: that must not change what it finds.
        """
        beam = self._create_product("Beam", stock=30)
        orders = self.env["sale.order"].union(*(self._create_order((beam, 5)) for _number in range(6)))
        opened, old, late, parted, cancelled, remainder = orders
        for order, days_ago in ((old, 200), (late, 5), (parted, 100), (remainder, 100)):
            root = order.picking_ids
            backorder = self._ship(root, 5 if order in (old, late) else 2)
            self._set_shipped(root, days_ago)
            if order == parted:
                self._ship(backorder, 1)
                self._set_shipped(backorder, 3)
        cancelled.picking_ids.action_cancel()
        self._invalidate()
        report = self.env["stock.backorder.report"].with_user(self.picker)
        ours = [("sale_id", "in", orders.ids)]
        rows = {row["id"]: row for row in report.search_read(ours)}
        everything = report.browse(rows)
        self.assertEqual(everything.sale_id, orders)
        since = fields.Datetime.now() - timedelta(days=30)
        is_open, is_recent = [("state", "=", "open")], [("last_date", ">=", since)]
        for domain, found in (
            (is_open, opened | parted | remainder),
            (is_recent, late | parted),
            ([("first_date", ">", since)], late),
            ([("fulfilled_date", ">=", fields.Datetime.to_string(since))], late),
            ([*is_open, *is_recent], parted),
            (["|", *is_open, *is_recent], opened | late | parted | remainder),
            (["|", *is_open, ("state", "=", "cancel")], opened | parted | remainder | cancelled),
            (["!", *is_open], old | late | cancelled),
            ([("state", "in", ["open", "fulfilled"])], orders - cancelled),
        ):
            narrowed = report.search_read([*ours, *domain])
            self.assertEqual(sorted(row["sale_id"][0] for row in narrowed), sorted(found.ids), domain)
            for row in narrowed:
                self.assertEqual(row, rows[row["id"]], domain)

    def test_line_shipped_alone(self):
        """Scenario: one of two lines is done, its delivery is open. Expected: it has shipped, however it is sought."""
        beam, wool = self._create_product("Beam", stock=5), self._create_product("Wool")
        order = self._create_order((beam, 5), (wool, 5))
        delivery, moves = order.picking_ids, order.picking_ids.move_ids
        line = moves.filtered(lambda move: move.product_id == beam)
        line.picked = True
        line._action_done()
        (moves - line).picking_id = delivery  # Odoo has put it into a backorder; an addon may leave it where it was
        self.assertNotIn(delivery.state, ("done", "cancel"))
        self._invalidate()
        report = self.env["stock.backorder.report"].with_user(self.picker)
        ours, since = [("sale_id", "=", order.id)], fields.Datetime.now() - timedelta(days=30)
        [row] = [row for row in report.search_read(ours) if row["product_id"][0] == beam.id]
        for column in ("first_date", "last_date", "fulfilled_date"):
            self.assertEqual(report.search_read([*ours, (column, ">=", since)]), [row], column)

    def test_quiet_period(self):
        """Scenario: nothing is open, the last shipment was long ago. Expected: no figures, but a history."""
        order = self._create_order((self._create_product("Beam", stock=5), 5))
        self._ship(order.picking_ids)
        self._set_shipped(order.picking_ids, 200)
        self._invalidate()
        health = self.env["stock.backorder.health"].with_user(self.picker).get_health(30, self.warehouse.id)
        self.assertFalse(health["is_empty"])
        self.assertEqual((health["open"]["lines"], health["rates"]["lines"]), (0, 0))

    def test_query_count(self):
        """Scenario: 9 orders and 29, of a product each. Expected: dashboard and analysis cost as many queries."""

        def count():
            self._invalidate()
            report = self.env["stock.backorder.report"].with_user(self.picker)
            before = self.env.cr.sql_log_count
            report.env["stock.backorder.health"].get_health(30, self.warehouse.id)
            ours = [("warehouse_id", "=", self.warehouse.id), ("state", "=", "open")]
            report.web_search_read(ours, {name: {} for name in ("product_id", "customer_id", "qty_open", "open_value")})
            report.formatted_read_group(ours, ["product_id", "age"], ["open_value:sum"])
            return self.env.cr.sql_log_count - before

        def create(numbers):
            for number in numbers:
                self._ship(self._create_order((self._create_product(f"Beam {number}", stock=3), 5)).picking_ids)

        def measure():
            count()  # what Odoo has still to compute of new orders is not ours
            return count()

        create(range(9))
        few = measure()
        create(range(9, 29))
        self.assertEqual(few, measure())

    def test_health_of_another_company(self):
        """Scenario: a user of a company without deliveries. Expected: empty, and friendly."""
        self._create_order((self._create_product("Beam"), 2))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._hire("health_stranger", other)
        self._invalidate()
        health = self.env["stock.backorder.health"].with_user(stranger).get_health()
        self.assertTrue(health["is_empty"])
        self.assertEqual((health["open"]["lines"], health["weeks"], health["products"]), (0, [], []))
        with self.assertRaises(AccessError):
            self.env["stock.backorder.health"].with_user(self.salesperson).get_health()

    def test_health_vendors(self):
        """Scenario: two companies receive from one vendor, who is shared; one late, one in time. Expected: each company
        sees what it has received, and both together what both have."""
        other = self.env["res.company"].create({"name": "Other"})
        buyer = self._hire("health_buyer", self.company | other, "stock.group_stock_user,purchase.group_purchase_user")
        product = self._create_product("Beam")
        for company, days in ((self.company, 5), (other, -5)):
            warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
            planned = fields.Datetime.now() + timedelta(days=days)
            line = {"product_id": product.id, "product_qty": 2, "date_planned": planned}
            purchase = (
                self.env["purchase.order"]
                .with_company(company)
                .create(
                    {
                        "partner_id": self.vendor.id,
                        "company_id": company.id,
                        "picking_type_id": warehouse.in_type_id.id,
                        "order_line": [Command.create(line)],
                    }
                )
            )
            purchase.button_confirm()
            purchase.order_line.date_planned = planned
            self._ship(purchase.picking_ids)
        self._invalidate()
        health = self.env["stock.backorder.health"].with_user(buyer)
        for companies, rate in ((self.company, 100), (other, 0), (self.company | other, 50)):
            with self.subTest(companies=companies.mapped("name")):
                chosen = health.with_context(allowed_company_ids=companies.ids)
                rows = {row["label"]: row for row in chosen._get_vendors(self._days_ago(30))}
                self.assertEqual(rows["Vendor SA"]["rate"], rate)
                listed = chosen.env["vendor.delay.report"].search(json.loads(json.dumps(rows["Vendor SA"]["domain"])))
                self.assertEqual(len(listed), len(companies), "What opens by a click is the same.")

    @staticmethod
    def _days_ago(days):
        return fields.Datetime.now() - timedelta(days=days)

    def test_health_currencies(self):
        """Scenario: two companies, two currencies. Expected: values in that of the current company."""
        self._create_order((self._create_product("Beam", standard_price=1), 10)).order_line.write(
            {"price_unit": 10, "tax_ids": False}
        )
        foreign = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        foreign.active = True
        foreign.rate_ids = [Command.clear(), Command.create({"name": "2020-01-01", "rate": 4})]
        other = self.env["res.company"].create({"name": "Other", "currency_id": foreign.id})
        self.picker.company_ids |= other
        self._invalidate()
        health = self.env["stock.backorder.health"].with_user(self.picker)
        own = health.with_context(allowed_company_ids=self.company.ids).get_health(90, self.warehouse.id)
        self.assertEqual(own["open"]["value"], 100)
        both = health.with_context(allowed_company_ids=(other | self.company).ids).get_health(90, self.warehouse.id)
        rate = self.company.currency_id._get_conversion_rate(
            self.company.currency_id, foreign, other, fields.Date.today()
        )
        self.assertAlmostEqual(both["open"]["value"], 100 * rate, places=2)
