"""A year of a company's life, for who looks at the addon: ``./dev/demo`` makes it, installing does not.

All of it is made by the methods that people's buttons call, on days that the clock is set to. So every number, promise,
allocation and state is what the addon makes of such a year.
"""

import random
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.sql_db import Cursor
from odoo.tools.gc import disabling_gc

from .year_catalogue import CANCELLED, CUSTOMERS, KIT, NEGLECTED, VENDORS

# So many days ago something happens: seldom at first, often of late.
DAYS = (*range(360, 90, -45), *range(90, 0, -6), 1)
ORDERS_A_DAY = 5
# Since then NEGLECTED is ordered no more; and then what is CANCELLED was.
NEGLECTED_SINCE = 95
CANCELLED_AT = 33
SEED = 19
# In packs: the most that is there at the beginning, what is too little, and up to how much is ordered. Never enough.
OPENING_PACKS, MINIMUM_PACKS, ORDERED_PACKS = 5, 2, 9
MAIN_SHARE = 0.75  # of what is sold, from the first warehouse
STORY_STARS = ("sale_order_story", "sale_order_behind")
STORY_PURCHASES = ("purchase_order_draft", "purchase_order_gutter", "purchase_order_story")


class CompanyYear:
    """The year, in *env* (the superuser's) of a database with the addon's demo data."""

    def __init__(self, env, days=DAYS, orders_a_day=ORDERS_A_DAY, assortment=VENDORS):
        # Nobody is told by mail of what has long been done, nor reads who changed what of it.
        self.env = env(context={**env.context, "mail_auto_subscribe_no_notify": True, "tracking_disable": True})
        self.days = days
        self.orders_a_day = orders_a_day
        self.assortment = assortment
        self.random = random.Random(SEED)
        self.orders = self.env["sale.order"]
        self.purchases = self.env["purchase.order"]
        self.due = {}  # of each purchase, how many days ago it comes; below 0 it is still to come
        self.lots = 0
        self.days_ago = None  # today, in the year

    def make(self):
        """Make the year; return its sale orders."""
        today = datetime.now().replace(hour=6, minute=0, second=0, microsecond=0)
        beginning = today - timedelta(days=self.days[0] + 1)
        with disabling_gc(), freeze_time(beginning) as clock, self._dated_by_the_clock():
            self._found()
            for days_ago in self.days:
                self.days_ago = days_ago
                clock.move_to(today - timedelta(days=days_ago))
                for work in (self._receive, self._postpone, self._buy, self._sell, self._ship, self._give_up):
                    clock.tick(timedelta(minutes=self.random.randint(40, 120)))
                    work()
                self.env.invalidate_all()  # what is remembered of all that went before makes each step slower
            self._decide()
            self._let_two_wait()
            self.env.flush_all()
        self._put_story_first()
        return self.orders

    @staticmethod
    @contextmanager
    def _dated_by_the_clock():
        """Let the dates of creation follow the clock, which PostgreSQL does not know."""
        with patch.object(Cursor, "now", lambda _cursor: datetime.now()):
            yield

    def _in_days(self, days):
        return fields.Datetime.now() + timedelta(days=days)

    # ---- the company -----------------------------------------------------------

    def _found(self):
        env = self.env
        main = env.ref("stock.warehouse0")
        second = env["stock.warehouse"].create(
            {"name": "Antwerp Port", "code": "PORT", "company_id": main.company_id.id}
        )
        self.warehouses = main | second
        self.salesperson = env.ref("gse_backorder.user_salesperson")
        self.purchaser = env.ref("gse_backorder.user_purchaser")
        self.customers = env["res.partner"].create([self._prepare_company(*customer) for customer in CUSTOMERS])
        self.vendors, self.packs, products = {}, {}, env["product.product"]
        for vendor in self.assortment:
            partner = env["res.partner"].create(self._prepare_company(vendor.name, vendor.city, vendor.country))
            category = env["product.category"].create({"name": vendor.category})
            own = products.create([self._prepare_product(vendor, partner, category, one) for one in vendor.products])
            self.vendors.update(dict.fromkeys(own, (partner, vendor)))
            self.packs.update(zip(own, (one.pack for one in vendor.products), strict=True))
            products |= own
        self.products = products
        self.by_name = {product.name: product for product in products}
        self.sold = [*products, *self._make_kit()]
        self._fill_shelves()

    @staticmethod
    def _get_login(name):
        return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())

    def _prepare_company(self, name, city, country):
        return {
            "name": name,
            "is_company": True,
            "city": city,
            "country_id": self.env.ref(f"base.{'uk' if country == 'GB' else country.lower()}").id,
            "email": f"{self._get_login(name)}@example.com",
        }

    def _prepare_product(self, vendor, partner, category, product):
        cost = round(0.65 * product.price, 2)
        return {
            "name": product.name,
            "type": "consu",
            "is_storable": True,
            "tracking": product.tracking,
            "categ_id": category.id,
            "list_price": product.price,
            "standard_price": cost,
            "invoice_policy": "delivery",
            "purchase_method": "receive",
            "purchaser_id": self.purchaser.id,
            "seller_ids": [
                Command.create(
                    {"partner_id": partner.id, "price": cost, "min_qty": product.pack, "delay": vendor.delay}
                )
            ],
        }

    def _make_kit(self):
        """Return the kit, where manufacturing is there."""
        if "mrp.bom" not in self.env or not all(component in self.by_name for component in KIT[2]):
            return self.env["product.product"]
        name, price, components = KIT
        kit = self.env["product.product"].create({"name": name, "type": "consu", "list_price": price})
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": self.by_name[component].id, "product_qty": quantity})
                    for component, quantity in components.items()
                ],
            }
        )
        self.packs[kit] = 3
        return kit

    def _fill_shelves(self):
        """Count what is there at the beginning."""
        tracked = self.products.filtered(lambda product: product.tracking != "none")
        lots = {
            lot.product_id: lot
            for lot in self.env["stock.lot"].create(
                [{"product_id": product.id, "name": self._draw_lot()} for product in tracked]
            )
        }
        self.env["stock.quant"].create(
            [
                {
                    "product_id": product.id,
                    "lot_id": lots[product].id if product in lots else False,
                    "location_id": warehouse.lot_stock_id.id,
                    "inventory_quantity": self.packs[product] * self.random.randint(1, OPENING_PACKS),
                }
                for warehouse in self.warehouses
                for product in self.products
            ]
        ).action_apply_inventory()

    def _draw_lot(self):
        self.lots += 1
        return f"L{self.lots:05}"

    # ---- buying ----------------------------------------------------------------

    def _buy(self):
        """Order from each vendor what runs low in a warehouse, as long as somebody looks after it."""
        drafts = {}
        for warehouse in self.warehouses:
            for product in self.products.with_context(warehouse_id=warehouse.id):
                pack = self.packs[product]
                is_neglected = product.name in NEGLECTED
                minimum, ordered = (1, MINIMUM_PACKS) if is_neglected else (MINIMUM_PACKS, ORDERED_PACKS)
                is_low = product.virtual_available < minimum * pack
                if is_low and not (is_neglected and self.days_ago < NEGLECTED_SINCE):
                    quantity = pack * -(-(ordered * pack - product.virtual_available) // pack)
                    partner, vendor = self.vendors[product]
                    lines = drafts.setdefault((warehouse, partner), (vendor, []))[1]
                    lines.append((product, quantity))
        purchases = self.purchases.create(
            [
                self._prepare_purchase(warehouse, partner, vendor, lines)
                for (warehouse, partner), (vendor, lines) in drafts.items()
            ]
        )
        purchases.button_confirm()
        for purchase, (vendor, _lines) in zip(purchases, drafts.values(), strict=True):
            late = vendor.late and self.random.randint(vendor.late - 4, vendor.late + 8)
            self.due[purchase] = self.days_ago - vendor.delay - late
        self.purchases |= purchases

    def _prepare_purchase(self, warehouse, partner, vendor, lines):
        return {
            "partner_id": partner.id,
            "user_id": self.purchaser.id,
            "picking_type_id": warehouse.in_type_id.id,
            "order_line": [
                Command.create(
                    {
                        "product_id": product.id,
                        "product_qty": quantity,
                        "price_unit": product.standard_price,
                        "date_planned": self._in_days(vendor.delay),
                    }
                )
                for product, quantity in lines
            ],
        }

    def _postpone(self):
        """Vendors who are late say so half of the time, and cancel what they do not make any more."""
        if self.days_ago == min(self.days, key=lambda day: abs(day - CANCELLED_AT)):
            cancelled = self._get_expected().order_line.filtered(lambda line: line.product_id.name in CANCELLED)
            cancelled.move_ids.filtered(lambda move: move.state != "done")._action_cancel()
        for purchase in self._get_expected():
            planned = purchase.date_planned - fields.Datetime.now()
            comes_in = self.days_ago - self.due[purchase]
            if 0 <= planned.days <= 5 < comes_in - planned.days and self.random.random() < 0.5:
                purchase.order_line.date_planned = self._in_days(comes_in)

    def _get_expected(self):
        return self.purchases.filtered(
            lambda purchase: any(receipt.state not in ("done", "cancel") for receipt in purchase.picking_ids)
        )

    def _receive(self):
        """Receive what has come; once in a while a part of it follows."""
        come = self._get_expected().filtered(lambda purchase: self.due[purchase] >= self.days_ago)
        receipts = come.picking_ids.filtered(lambda receipt: receipt.state == "assigned")
        for line in receipts.move_line_ids.filtered(lambda line: line.product_id.tracking != "none"):
            line.lot_name = self._draw_lot()
        for receipt in receipts.filtered(lambda receipt: not receipt.backorder_id):
            if self.random.random() < 0.12:
                move = receipt.move_ids.sorted("product_uom_qty")[-1]
                move.quantity = self.packs[move.product_id] * (
                    move.product_uom_qty // (2 * self.packs[move.product_id]) or 1
                )
        receipts.with_context(skip_backorder=True).button_validate()

    # ---- selling ---------------------------------------------------------------

    def _sell(self):
        """Sell; who buys what nobody orders any more does not need it before next month."""
        orders = self.orders.create([self._prepare_order() for _order in range(self.orders_a_day)])
        open_quotations = self.random.randrange(3) == 0
        (orders[1:] if open_quotations else orders).action_confirm()
        self.orders |= orders

    def _prepare_order(self):
        products = self.random.sample(self.sold, self.random.choice((1, 2, 2, 3, 3, 4, 5)))
        wanted = [product for product in self.products if product.name in NEGLECTED and product not in products]
        if self.random.random() < 0.3:
            products.append(self.random.choice(wanted))
        days = self.random.choice((0, 3, 7, 14))
        if any(product.name in (*NEGLECTED, *CANCELLED) for product in products):
            days = max(days, self.days_ago + self.random.randint(3, 30))
        sample = self.random.random() < 0.02 and self.days_ago > 120
        customer = self.env.ref("gse_backorder.partner_sample") if sample else self.random.choice(self.customers)
        return {
            "partner_id": customer.id,
            "user_id": self.salesperson.id,
            "warehouse_id": self.warehouses[self.random.random() > MAIN_SHARE].id,
            "commitment_date": self._in_days(days) if days else False,
            "order_line": [
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": self.packs[product] * self.random.choice((1, 1, 2, 2, 3, 4, 6)),
                    }
                )
                for product in products
            ],
        }

    def _ship(self):
        """Ship most of what can ship; of what can in part, about a half; of late not all."""
        is_late = self.days_ago <= 8
        deliveries = self.orders.picking_ids.filtered(lambda delivery: delivery.state == "assigned")
        shipped = deliveries.filtered(
            lambda delivery: (
                self.random.random()
                < {"ready": 0.4 if is_late else 0.9, "partial": 0.2 if is_late else 0.5}[delivery.fulfillment_state]
            )
        )
        shipped.button_validate()

    def _give_up(self):
        """Now and then a customer takes no more of what he waits for, or sends something back."""
        if self.days.index(self.days_ago) % 3 == 2:
            waiting = self.orders.picking_ids.filtered(
                lambda delivery: delivery.backorder_index and delivery.fulfillment_state == "waiting"
            )
            waiting[-1:].action_cancel()
        if self.random.random() < 0.1:
            self._take_back()

    def _take_back(self):
        shipped = self.orders.picking_ids.filtered(lambda delivery: delivery.fulfillment_state == "done")[-1:]
        if shipped:
            wizard = self.env["stock.return.picking"].create({"picking_id": shipped.id})
            line = wizard.product_return_moves[:1]
            line.quantity = line.move_quantity
            returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
            returned.button_validate()

    def _decide(self):
        """Some customers have said on their page that they wait for the day that they were told."""
        choices = self.env["stock.customer.choice"]
        waiting = self.orders.picking_ids.filtered(lambda delivery: delivery.promise_date and delivery.backorder_index)
        for delivery in waiting[:3]:
            if "keep" in choices._get_choices(delivery):
                choices._choose(delivery, "keep", delivery.partner_id)

    def _let_two_wait(self):
        """All that comes was promised to one; another one needs it sooner: somebody has to decide."""
        promised, urgent = self.env["res.partner"].create(
            [self._prepare_company(name, "Rotterdam", "NL") for name in ("Delta Dikes BV", "Harbour Works BV")]
        )
        mixer = self.env["product.product"].create(
            {
                "name": "Concrete mixer 140 l",
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "delivery",
                "list_price": 420,
                "standard_price": 270,
            }
        )
        vendor = self.vendors[self.products[0]][0]
        line = {"product_id": mixer.id, "product_qty": 12, "price_unit": 270, "date_planned": self._in_days(6)}
        self.env["purchase.order"].create(
            {"partner_id": vendor.id, "order_line": [Command.create(line)]}
        ).button_confirm()
        for customer, quantity, days in ((promised, 12, 8), (urgent, 8, 2)):
            line = {"product_id": mixer.id, "product_uom_qty": quantity}
            order = self.env["sale.order"].create(
                {
                    "partner_id": customer.id,
                    "commitment_date": self._in_days(days),
                    "user_id": self.salesperson.id,
                    "order_line": [Command.create(line)],
                }
            )
            order.action_confirm()
            self.orders |= order

    # ---- the story ---------------------------------------------------------------

    def _put_story_first(self):
        """Urgent is on top of every list of transfers and purchases; of orders the newest are."""
        ref = self.env.ref
        for name in STORY_STARS:
            deliveries = ref(f"gse_backorder.{name}").picking_ids
            deliveries.filtered(lambda delivery: delivery.state not in ("done", "cancel")).priority = "1"
        for name in STORY_PURCHASES:
            ref(f"gse_backorder.{name}").priority = "1"
        ref("gse_backorder.purchase_order_story").picking_ids.priority = "1"
