"""What the contention benchmark does within Odoo, with the addon or without: make a busy day's work, then count goods.

The same database, copied, serves every version that is measured: the records are the same in all.
"""

from .reservation_work import create_products, get_warehouse

# Of each order, receipt and delivery.
QUANTITY = 2
CUSTOMERS = 40
# So many orders wait for each receipt, which can serve one.
WAITING = 1.25
ALONE = ("ALONE-CONFIRM", "ALONE-SHIP", "ALONE-RECEIVE")


def prepare(env, clients, confirmations, validations, receipts, single, alone, mixed, products):
    """Commit the work of all scenarios; return whom to log in as, and the ids of what each scenario presses.

    :param clients: how many users there are
    :param confirmations, validations, receipts: how many of each the crowd makes; receipts of what is waited for, and
        as many of what is not
    :param single: how many orders one client confirms
    :param alone: how many of each kind one user does while nobody else is there
    :param mixed: how many orders are confirmed, and deliveries validated, on *products* products
    """
    maker = Maker(env)
    mixed_codes = [f"MIX{number}" for number in range(products)]
    work = {
        "logins": maker.make_users(clients),
        "warm": [maker.make_quotations([f"WARM{number}"], 1)[0] for number in range(clients)],
        "confirm": maker.make_quotations(["CONFIRM"], confirmations),
        "single": maker.make_quotations(["SINGLE"], single),
        "receive": maker.make_receipts("RECEIVE", receipts, awaited=int(receipts * WAITING)),
        "stow": maker.make_receipts("STOW", receipts),
        "ship": maker.make_reserved_deliveries(["SHIP"], validations),
        "mixed_ship": maker.make_reserved_deliveries(mixed_codes, mixed),
        "mixed_confirm": maker.make_quotations(mixed_codes, mixed),
        "alone_confirm": maker.make_quotations(ALONE[:1], alone),
        "alone_ship": maker.make_reserved_deliveries(ALONE[1:2], alone),
        "alone_receive": maker.make_receipts(ALONE[2], alone, awaited=int(alone * WAITING)),
        "stock": maker.stocked,
    }
    env.flush_all()
    for table in ("sale_order", "sale_order_line", "stock_picking", "stock_move", "stock_move_line", "stock_quant"):
        env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection
    return work


class Maker:
    """Makes records by Odoo's own methods, as many in one go as they can take."""

    def __init__(self, env):
        self.env = env
        self.warehouse = get_warehouse(env)
        self.stock = self.warehouse.lot_stock_id
        self.customers = env["res.partner"].create([{"name": f"Customer {number}"} for number in range(CUSTOMERS)])
        self.products, self.stocked = {}, {}  # both by the products' codes
        # A delivery would ask whether to send a text message.
        env["res.company"].search([]).write(
            {name: False for name in ("stock_move_sms_validation",) if name in env["res.company"]}
        )

    def make_users(self, count):
        groups = [
            self.env.ref(name).id
            for name in ("base.group_user", "sales_team.group_sale_salesman_all_leads", "stock.group_stock_user")
        ]
        logins = [f"bench_{number}" for number in range(count)]
        self.env["res.users"].with_context(no_reset_password=True).create(
            [{"name": login, "login": login, "password": login, "group_ids": [(6, 0, groups)]} for login in logins]
        )
        return logins

    def make_quotations(self, codes, count):
        """Return quotations, a product each in turn, and put half of the stock there that they want."""
        quotations = self._create_quotations(codes, count)
        for code in codes:
            self._put_stock(code, QUANTITY * count // 2 // len(codes))
        return quotations.ids

    def make_reserved_deliveries(self, codes, count):
        """Return deliveries of confirmed orders, a product each in turn, all of them reserved."""
        for code in codes:
            self._put_stock(code, QUANTITY * -(-count // len(codes)))
        orders = self._create_quotations(codes, count)
        orders.action_confirm()
        deliveries = orders.picking_ids
        assert set(deliveries.mapped("state")) == {"assigned"}, "Each has got its goods."
        return deliveries.ids

    def make_receipts(self, code, count, awaited=0):
        """Return receipts of a product that so many orders wait for."""
        self._create_quotations([code], awaited).action_confirm()
        suppliers = self.env.ref("stock.stock_location_suppliers")
        places = {"location_id": suppliers.id, "location_dest_id": self.stock.id}
        line = {"product_id": self._get_product(code).id, "product_uom_qty": QUANTITY, **places}
        receipts = self.env["stock.picking"].create(
            [
                {"picking_type_id": self.warehouse.in_type_id.id, "move_ids": [(0, 0, dict(line))], **places}
                for _number in range(count)
            ]
        )
        receipts.action_confirm()
        return receipts.ids

    def _create_quotations(self, codes, count):
        products = [self._get_product(code) for code in codes]
        return self.env["sale.order"].create(
            [
                {
                    "partner_id": self.customers[number % CUSTOMERS].id,
                    "warehouse_id": self.warehouse.id,
                    "order_line": [
                        (0, 0, {"product_id": products[number % len(codes)].id, "product_uom_qty": QUANTITY})
                    ],
                }
                for number in range(count)
            ]
        )

    def _get_product(self, code):
        if code not in self.products:
            self.products[code] = create_products(self.env, [code])
            self.stocked[code] = 0
        return self.products[code]

    def _put_stock(self, code, quantity):
        self.env["stock.quant"]._update_available_quantity(self._get_product(code), self.stock, quantity)
        self.stocked[code] += quantity


def find_faults(env, stock):
    """Return what is wrong with the products afterwards: for each product's code, sentences.

    :param stock: how much of each product was there at the beginning, by its code
    """
    products = env["product.product"].search([("default_code", "in", list(stock))])
    return {
        product.default_code: list(Count(env, product).find_faults(stock[product.default_code])) for product in products
    }


class Count:
    """What there is of a product, and what is said of it: all in its unit."""

    def __init__(self, env, product):
        self.places = self._sum_by_place(env["stock.quant"], product, "quantity")
        self.reserved = self._sum_by_place(env["stock.quant"], product, "reserved_quantity")
        moves = env["stock.move"].search([("product_id", "=", product.id), ("state", "!=", "cancel")])
        self.on_lines = sum(
            moves.filtered(lambda move: move.state != "done" and self._goes_out(move)).mapped("quantity")
        )
        out = moves.filtered(self._goes_out)
        done = moves.filtered(lambda move: move.state == "done")
        self.shipped = sum((done & out).mapped("quantity"))
        self.received = sum((done - out).mapped("quantity"))
        self.open = sum((out - done).mapped("product_qty"))
        lines = env["sale.order.line"].search([("product_id", "=", product.id), ("state", "=", "sale")])
        self.ordered = sum(lines.mapped("product_uom_qty"))

    @staticmethod
    def _goes_out(move):
        return move.location_dest_id.usage == "customer"

    @staticmethod
    def _sum_by_place(quants, product, field):
        domain = [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        return dict(quants._read_group(domain, ["location_id"], [f"{field}:sum"]))

    def find_faults(self, stock):
        on_hand, reserved = sum(self.places.values()), sum(self.reserved.values())
        for place, quantity in self.places.items():
            if self.reserved[place] > quantity:
                yield f"of {quantity:g} there {self.reserved[place]:g} are reserved"
        if reserved != self.on_lines:
            yield f"{reserved:g} are reserved in stock, {self.on_lines:g} on lines"
        if on_hand != stock + self.received - self.shipped:
            yield f"{on_hand:g} of {stock:g} + {self.received:g} - {self.shipped:g} are there"
        if self.ordered != self.shipped + self.open:
            yield f"of {self.ordered:g} ordered {self.shipped:g} are shipped and {self.open:g} open"
        if on_hand > reserved and self.open > self.on_lines:
            yield f"{on_hand - reserved:g} lie idle, {self.open - self.on_lines:g} are waited for"
