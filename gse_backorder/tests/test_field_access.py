from functools import partial

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .customer.portal_common import PortalCase

# Who reads what, each on a record that is his own: C the customer (a login of the portal), E an employee without
# groups, S a salesperson with his own documents, P a picker, B a purchaser. A field is either meant for customers (C),
# or has groups. {model: {who: the names of its fields}}; nobody at all: "".
TABLE = {
    "mail.activity": {"ESPB": "shortage_company_id shortage_quantity"},
    "product.category": {"ESPB": "purchaser_id"},
    "product.product": {"ESPB": "order_minimum purchaser_id"},
    "product.template": {"ESPB": "order_minimum purchaser_id"},
    "purchase.order": {"PB": "pegged_count pegged_table"},
    "purchase.order.line": {"PB": "pegged_count pegged_table"},
    "res.company": {
        "ESPB": """
            allocation_log_days automatic_backorder close_short_days close_short_value customer_may_ask
            customer_may_cancel customer_may_group customer_may_keep customer_may_order customer_order_cap
            customer_order_categ_ids customer_order_products customer_order_shows customer_sees_estimate
            mail_backorder_closed mail_backorder_created mail_backorder_ready
            mail_delivery_shipped mail_pick_list_on_arrival mail_promise_moved promise_notice_days promise_vendor_delay
            purchaser_id
        """
    },
    "res.config.settings": {
        "": """
            allocation_guard_days allocation_log_days allocation_policy automatic_backorder backorder_suffix
            close_short_days close_short_value
            customer_may_ask customer_may_cancel customer_may_group customer_may_keep customer_may_order
            customer_order_cap customer_order_categ_ids customer_order_products customer_order_shows
            customer_sees_estimate keep_promises several_keepings
            mail_backorder_closed mail_backorder_created mail_backorder_ready mail_delivery_shipped
            mail_pick_list_on_arrival mail_promise_moved promise_notice_days promise_vendor_delay purchaser_id
            several_policies several_suffixes
        """
    },
    "res.partner": {"PB": "vendor_delay_days", "S": "pad_order_count"},
    "res.users": {"PB": "vendor_delay_days", "S": "pad_order_count"},
    "sale.order": {
        "CSP": "site_note",
        "SP": """
            availability_status backorder_count earliest_promise_date earliest_promise_day is_from_pad
            open_backorder_count pad_badge pad_change_text pad_id pad_user_id promise_date promise_day
            ranked_since_text shipping_text token_customer_id wished_date
        """,
    },
    "sale.order.line": {
        "SP": """
            availability_status availability_text earliest_promise_date order_today_date pad_date pad_price pad_status
            pad_text promise_date promise_day product_qty_dateless product_qty_now product_qty_short qty_available_now
            qty_dateless qty_short qty_uncovered
        """
    },
    "stock.location": {"ESPB": "stock_area_id"},
    "stock.move": {
        "SPB": """
            allocation_explanation availability_status availability_text awaited_by_id can_be_filled can_get_it
            customer_cancelled_date earliest_promise_date expected_from explanation_picture is_held
            first_promise_date first_promise_day first_promise_quantity is_promise_lost joined_date
            kept_date kept_day kept_quantity
            order_today_date ordered_date promise_date promise_day promise_slip_days qty_available_now
            qty_dateless qty_filled qty_short qty_uncovered ranked_as slip_day taken_date taken_quantity
        """,
        "P": "allocation_ids",
    },
    "stock.picking": {
        # What the page shows of a delivery; Odoo's own fields of a page are as they are everywhere.
        "CSPB": """
            accepted_promise_date accepted_promise_day access_url access_warning backorder_index backorder_note
            company_currency_id customer_id customer_move_type first_promise_date first_promise_day
            fulfillment_state is_held items_cancelled items_open items_ordered items_shipped promise_date site_note
        """,
        "SPB": """
            age_days availability_status backorder_id backorder_last_index backorder_own_note backorder_root_id
            can_be_filled chain_count chain_ids earliest_promise_date earliest_promise_day filled_text
            has_open_remainder held_by_id held_date hold_note hold_reason hold_text
            is_bound_for_customer is_late_supply is_promise_late is_receipt is_taken_from_stock items_available note
            promise_day promise_slip_days
            promise_slip_text return_id root_backorder_ids pegged_count pegged_table shown_dates told_no_promise
            told_promise_date
        """,
        "P": "allocation_ids customer_notice_ids is_old_remainder is_small_remainder open_value allocated_count",
        "": "access_token",
    },
    "stock.picking.type": {
        "ESPB": """
            backorder_note waiting_count backorder_suffix create_backorder_before in_stock_count partly_count
        """
    },
    "stock.warehouse": {"ESPB": "allocation_guard_days allocation_policy allocation_user_id keep_promises"},
    "vendor.delay.report": {"B": "purchase_line_id"},
}
# The same of what the models of the addon's own tell of values and prices, "": a manager only.
VALUES = {
    "stock.backorder.report": {"P": "open_value"},
    "stock.close.short": {"": "closing_value"},
    "stock.close.short.line": {"": "open_value"},
    "stock.supply.need": {"PB": "price value"},  # at cost, and the vendor's price: Odoo shows both to employees
    "stock.supply.order.line": {"B": "amount price"},
    "stock.take.back.line": {"P": "value"},
    "stock.what.if": {"P": "broken_value"},
    "stock.what.if.line": {"P": "broken_value value"},
}
# Odoo computes these for an employee only who may open transfers.
COUNTED = {("stock.picking.type", name): "SPB" for name in ("in_stock_count", "partly_count", "waiting_count")}
OWN_MODULE = "gse_backorder"


@tagged("post_install", "-at_install")
class TestFieldAccess(PortalCase):
    """Which added field is whose to read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visitors = {
            "C": cls.owner,
            "E": new_test_user(cls.env, "field_employee", groups="base.group_user"),
            "S": new_test_user(cls.env, "field_seller", groups="base.group_user,sales_team.group_sale_salesman"),
            "P": cls.picker,
            "B": new_test_user(cls.env, "field_buyer", groups="base.group_user,purchase.group_purchase_user"),
        }
        cls.order.user_id = cls.visitors["S"]
        purchase = cls.env["purchase.order"].create(
            {
                "partner_id": cls.vendor.id,
                "user_id": cls.visitors["B"].id,
                "order_line": [Command.create({"product_id": cls.products["Gypsum"].id, "product_qty": 3})],
            }
        )
        purchase.button_confirm()
        cls.backorder = cls._ship_root()
        beam = cls.products["Beam"]
        cls.records = {
            "product.category": cls.env["product.category"].create({"name": "Building"}),
            "product.product": beam,
            "product.template": beam.product_tmpl_id,
            "purchase.order": purchase,
            "purchase.order.line": purchase.order_line,
            "res.company": cls.company,
            "res.config.settings": cls.env["res.config.settings"].create({}),
            "sale.order": cls.order,
            "sale.order.line": cls.order.order_line[0],
            "stock.location": cls.stock,
            "stock.move": cls.backorder.move_ids[0],
            "stock.picking": cls.backorder,
            "stock.picking.type": cls.delivery_type,
            "stock.warehouse": cls.warehouse,
            "vendor.delay.report": cls.env["vendor.delay.report"].browse(purchase.order_line.id),
        }

    def _get_record(self, model, user):
        """Return a record of the model that is this visitor's own, where there are such."""
        own = {
            "res.partner": user.partner_id,
            "res.users": user,
            "mail.activity": self.env["mail.activity"].search([("user_id", "=", user.id)], limit=1),
        }
        if model == "mail.activity" and not own[model] and user._is_internal():
            own[model] = self.backorder.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)
        elif model == "mail.activity" and not own[model]:
            own[model] = self.backorder.activity_schedule("mail.mail_activity_data_todo", user_id=self.picker.id)
        return own.get(model) or self.records[model]

    def _get_added(self):
        """Return ``{(model, name)}`` of all fields that the addon adds to models that are not its own."""
        shared = {name for name in self.env["portal.mixin"]._fields if name.startswith("access_")}
        return {
            (model, field.name)
            for model, records in self.env.items()
            if not records._abstract and records._original_module != OWN_MODULE
            for field in records._fields.values()
            if OWN_MODULE in (field._modules or ()) or (model == "stock.picking" and field.name in shared)
        }

    @staticmethod
    def _get_rows():
        """Return ``{(model, name): who}``."""
        rows = {
            (model, name): who
            for model, columns in TABLE.items()
            for who, names in columns.items()
            for name in names.split()
        }
        return {**rows, **COUNTED}

    def test_table_is_whole(self):
        """Scenario: the fields that are there. Expected: each has its line in the table, and each line its field."""
        self.assertEqual(set(self._get_rows()), self._get_added())

    def test_groups(self):
        """Scenario: fields that are not for customers. Expected: each has groups, whosever its model is."""
        for (model, name), who in self._get_rows().items():
            field = self.env[model]._fields[name]
            if "C" not in who and model != "res.config.settings":  # these are an administrator's, all of them
                self.assertTrue(field.groups, f"{model}.{name}")
            if "C" in who:
                self.assertFalse(field.groups, f"{model}.{name}")

    def test_reading(self):
        """Scenario: each visitor reads each field of a record of his. Expected: as the table says."""
        for (model, name), who in self._get_rows().items():
            readers = ""
            for letter, user in self.visitors.items():
                record = self._get_record(model, user)
                self._invalidate()
                try:
                    record.with_user(user).read([name])
                except AccessError:
                    continue
                readers += letter
            with self.subTest(model, field=name):
                self.assertEqual(readers, who)

    def test_own_models(self):
        """Scenario: what the addon keeps for itself. Expected: customers and plain employees read none of it."""
        for model, records in self.env.items():
            if not records._abstract and records._original_module == OWN_MODULE:
                for letter in "CE":
                    self.assertFalse(records.with_user(self.visitors[letter]).has_access("read"), f"{model}, {letter}")

    def test_values_of_own_models(self):
        """Scenario: what an order's lines are worth, in all that the addon works out. Expected: it is told to whom the
        deliveries tell it, by whatever model."""
        rows = {
            (model, name): who
            for model, columns in VALUES.items()
            for who, names in columns.items()
            for name in names.split()
        }
        told = {
            (model, field.name): "".join(
                letter
                for letter, user in self.visitors.items()
                if (own := records.with_user(user)).has_access("read") and own._has_field_access(field, "read")
            )
            for model, records in self.env.items()
            if not records._abstract and records._original_module == OWN_MODULE
            for field in records._fields.values()
            if field.type == "monetary"
        }
        self.assertEqual(told, rows)

    def test_nobody_finds_by_what_he_may_not_read(self):
        """Scenario: a customer filters, sorts, groups and counts by fields that are not his. Expected: refused."""
        deliveries = self.env["stock.picking"].with_user(self.owner)
        rows = self._get_rows()
        hidden = [name for (model, name), who in rows.items() if model == "stock.picking" and "C" not in who]
        for name in hidden:
            for number, attack in enumerate(
                (
                    lambda name=name: deliveries.search_count([(name, "!=", False)]),
                    lambda name=name: deliveries.search([], order=name),
                    lambda name=name: deliveries.formatted_read_group([], [name], ["__count"]),
                    lambda name=name: deliveries.search_read([], [name]),
                    lambda name=name: deliveries.search([]).mapped(name),
                )
            ):
                with self.subTest(name, attack=number):
                    self.assertTrue(self._is_refused(attack))
        self.assertFalse(set(hidden) & set(deliveries.fields_get()), "Nor is he told that they are there.")

    def test_nobody_finds_by_a_value_that_is_not_his(self):
        """Scenario: each visitor guesses at the value of each field that is not his. Expected: refused; a field that is
        searched in its own way, or stands in another model, is asked there."""
        guesses = {"boolean": True, "char": "x", "date": "2026-01-01", "datetime": "2026-01-01 12:00:00"}
        for (model, name), who in self._get_rows().items():
            field = self.env[model]._fields[name]
            guess = field.get_values(self.env)[0] if field.type == "selection" else guesses.get(field.type, 3)
            for letter in set(self.visitors) - set(who):
                records = self.env[model].with_user(self.visitors[letter])
                with self.subTest(model, field=name, visitor=letter):
                    self.assertTrue(self._is_refused(partial(records.search_count, [(name, "=", guess)])))

    def test_a_search_of_its_own_asks_for_the_field(self):
        """Scenario: other addons let customers and plain employees read products, orders, transfers; they search by
        each field that is not theirs and is searched in its own way. Expected: it is the field that is refused."""
        searched = [
            (model, field)
            for model, name in self._get_added()
            if (field := self.env[model]._fields[name]).search and field.groups and not field.related
        ]
        self.assertGreater(len(searched), 6)
        names = {model for model, _field in searched}
        names |= {"product.product", "product.template", "stock.location", "stock.warehouse", "uom.uom"}
        for model in self.env["ir.model"].search([("model", "in", list(names))]):
            for group in ("base.group_portal", "base.group_user"):
                self.env["ir.model.access"].create(
                    {"name": "x", "model_id": model.id, "group_id": self.env.ref(group).id, "perm_read": True}
                )
        refused = 0
        for model, field in searched:
            for letter in "CE":
                records = self.env[model].with_user(self.visitors[letter])
                if records._has_field_access(field, "read"):
                    continue
                values = [True, False] if field.type == "boolean" else [*field.get_values(self.env), False]
                for operator in ("in", "not in"):
                    for value in values:
                        with self.subTest(model, field=field.name, visitor=letter, value=value):
                            with self.assertRaisesRegex(AccessError, field.name):
                                records.search_count([(field.name, operator, [value])])
                            refused += 1
        self.assertGreater(refused, 20)

    def test_nobody_finds_by_what_he_may_not_read_of_followers(self):
        """Scenario: an employee looks for documents by fields of those who follow them that are not his, in each way
        that leads there; a purchaser, and who has all rights, do the same. Expected: he is refused, they find."""
        follower = self.vendor.copy()
        follower._write_facts({"vendor_delay_days": 7})
        followed = self.env["res.partner"].create({"name": "Followed"})
        followed.message_subscribe(follower.ids)
        by_delay = ("vendor_delay_days", ">", 6)
        ways = (
            [("message_partner_ids.vendor_delay_days", ">", 6)],
            [("message_partner_ids", "any", [by_delay])],
            ["!", ("message_partner_ids", "not any", [by_delay])],
            [("message_partner_ids", "any", ["|", ("name", "=", "x"), by_delay])],
            [("message_partner_ids.commercial_partner_id.vendor_delay_days", ">", 6)],
            [("commercial_partner_id.message_partner_ids.vendor_delay_days", ">", 6)],
            [("message_follower_ids.partner_id.vendor_delay_days", ">", 6)],
        )
        partners = self.env["res.partner"]
        for way in ways:
            with self.subTest(way):
                for letter in "ES":
                    own = partners.with_user(self.visitors[letter])
                    self.assertTrue(self._is_refused(partial(own.search_count, way)))
                for own in (partners.with_user(self.visitors["B"]), partners.with_user(self.visitors["E"]).sudo()):
                    self.assertIn(followed, own.search(way).with_env(self.env))
        employee = partners.with_user(self.visitors["E"])
        for way in (
            [("message_partner_ids.name", "=", follower.name)],
            [("message_partner_ids", "in", follower.ids)],
            [("message_partner_ids", "ilike", follower.name)],
        ):
            self.assertEqual(employee.search(way).with_env(self.env), followed, "By what he may read.")
        self.backorder.message_subscribe(follower.ids)
        deliveries = self.env["stock.picking"].with_user(self.owner)
        self.assertFalse(deliveries.search([("message_partner_ids.name", "=", follower.name)]), "He knows no vendors.")
        by_himself = deliveries.search([("message_partner_ids.name", "=", self.owner.name)])
        self.assertEqual(by_himself, by_himself.filtered_domain([("partner_id", "child_of", self.customer.id)]))

    def _is_refused(self, attack):
        """Whether the server refuses: by the reader's rights, or because nobody can search by such a field."""
        try:
            attack()
        except (AccessError, ValueError):
            return True
        return False

    def test_views(self):
        """Scenario: each employee opens the views of what he may read. Expected: they load, with what he may read."""
        opened = 0
        for model, record in self.records.items():
            for letter in "ESPB":
                user = self.visitors[letter]
                own = record.with_user(user)
                if model == "res.config.settings" or not own.has_access("read"):
                    continue
                self._invalidate()
                views = own.get_views([(False, "form"), (False, "list"), (False, "search")])["views"]
                for kind in ("form", "list"):
                    arch = etree.fromstring(views[kind]["arch"])
                    names = {
                        node.get("name")
                        for node in arch.iter("field")
                        if not any(above.tag == "field" for above in node.iterancestors())
                    }
                    with self.subTest(model, visitor=letter, view=kind):
                        # Odoo's own fields of other addons may ask for more than their reader has.
                        added = [name for name in names if (model, name) in self._get_rows()]
                        self.assertTrue(own.web_read({name: {} for name in added}))
                        opened += 1
        self.assertGreater(opened, 40)

    def test_workbench_views(self):
        """Scenario: a picker opens each view of the addon on transfers and lines. Expected: they load."""
        for model in ("stock.picking", "stock.move", "sale.order", "stock.supply.need"):
            views = self.env["ir.ui.view"].search([("model", "=", model), ("mode", "=", "primary")])
            for view in views.filtered(lambda view: view.xml_id.startswith(OWN_MODULE)):
                with self.subTest(view.xml_id):
                    self.assertTrue(self.env[model].with_user(self.picker).get_view(view.id, view.type)["arch"])
