"""What people do before an upgrade, and what they have then: it runs on every version of the addon.

``odoo shell`` runs it with the models of either: it knows nothing of the addon but names that were there from the
beginning, and fields that it looks for.
"""

import json

from odoo import Command
from odoo.tools import SQL

CUSTOMER = "Upgraded LLC"
TEMPLATE = "mail_template_delivery_shipped"
EDITED_DOMAIN, EDITED_SUBJECT = "[('id', '!=', 0), ('id', '!=', -16)]", "As we have always said it"
# What is written down once, and stays whatever version comes.
KEPT = {
    "stock.picking": (
        "state", "backorder_id", "backorder_root_id", "backorder_index", "first_promise_date", "site_note",
        "backorder_own_note",
    ),
    "stock.move": ("state", "product_qty", "quantity", "ordered_date", "first_promise_date"),
    "sale.order": ("access_token", "state", "site_note"),
    "stock.warehouse": ("allocation_policy", "allocation_guard_days"),
    "stock.picking.type": ("backorder_suffix", "create_backorder"),
}  # fmt: skip


def live(env):
    """Sell, ship in part, cancel, return, receive; edit what an administrator edits."""
    env = env(user=env.ref("base.user_admin").id)
    env.company.iap_enrich_auto_done = True
    trade = Trade(env)
    trade.ship_in_parts()
    trade.wait()
    trade.pick_in_parts()
    trade.edit()


class Trade:
    def __init__(self, env):
        self.env = env
        self.customer = env["res.partner"].create(
            {"name": "Upgraded LLC", "is_company": True, "email": "a@example.com"}
        )
        self.house = env["stock.warehouse"].create({"name": "Upgraded", "code": "UPG"})
        types = self.house.out_type_id | self.house.pick_type_id | self.house.in_type_id
        types.create_backorder = "always"
        product = {"name": "Beam", "type": "consu", "is_storable": True, "list_price": 7}
        self.beam, self.bolt = env["product.product"].create([product, {**product, "name": "Bolt"}])

    def put(self, product, quantity):
        self.env["stock.quant"]._update_available_quantity(product, self.house.lot_stock_id, quantity)

    def order(self, product, quantity):
        line = {"product_id": product.id, "product_uom_qty": quantity}
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "warehouse_id": self.house.id, "order_line": [Command.create(line)]}
        )
        order.action_confirm()
        order._portal_ensure_token()
        return order

    def ship(self, transfer, quantity):
        transfer.action_assign()
        transfer.move_ids.quantity = quantity
        transfer.move_ids.picked = True
        transfer.with_context(skip_backorder=True).button_validate()
        assert transfer.state == "done", (transfer.name, transfer.state)

    def ship_in_parts(self):
        """An order in three parts, one whose rest is cancelled, one that comes back."""
        self.put(self.beam, 30)
        in_parts, short, back = (self.order(self.beam, 10) for _number in range(3))
        for quantity in (4, 3):
            self.ship(in_parts.picking_ids.filtered(lambda transfer: transfer.state != "done"), quantity)
        self.ship(short.picking_ids, 6)
        short.picking_ids.filtered(lambda transfer: transfer.state != "done").action_cancel()
        self.ship(back.picking_ids, 10)
        wizards = self.env["stock.return.picking"].with_context(
            active_id=back.picking_ids.id, active_model="stock.picking"
        )
        wizards.create({}).action_create_returns_all()

    def wait(self):
        """Two orders that wait for what is expected, and one that is cancelled."""
        suppliers = self.env.ref("stock.stock_location_suppliers")
        places = {"location_id": suppliers.id, "location_dest_id": self.house.lot_stock_id.id}
        line = {"product_id": self.bolt.id, "product_uom_qty": 15, **places}
        receipt = self.env["stock.picking"].create(
            {"picking_type_id": self.house.in_type_id.id, "move_ids": [Command.create(line)], **places}
        )
        receipt.action_confirm()
        for _number in range(2):
            self.order(self.bolt, 10)
        self.order(self.bolt, 1).picking_ids.action_cancel()

    def pick_in_parts(self):
        """A warehouse that picks before it ships, in the middle of an order."""
        self.house.delivery_steps = "pick_ship"
        self.put(self.beam, 5)
        order = self.order(self.beam, 9)
        pick = order.picking_ids.filtered(lambda transfer: transfer.picking_type_id == self.house.pick_type_id)
        self.ship(pick, 3)

    def edit(self):
        """What an administrator makes his own."""
        env = self.env
        self.house.out_type_id.backorder_suffix = "-B"
        if "allocation_policy" in self.house._fields:
            self.house.allocation_policy = "deadline"
        for rule in find(env, "ir.rule")[:1]:
            rule.domain_force = EDITED_DOMAIN
        template = env.ref(f"gse_backorder.{TEMPLATE}", raise_if_not_found=False)
        if template:
            template.subject = EDITED_SUBJECT


def find(env, model):
    """Return what the addon has brought of *model*."""
    data = env["ir.model.data"].search([("module", "=", "gse_backorder"), ("model", "=", model)], order="name")
    return env[model].with_context(active_test=False).browse(data.mapped("res_id")).exists()


def remember(env):
    """Return what is written down, ``{model: {id: {field: value}}}``, as JSON knows it."""
    env.flush_all()
    kept = {}
    for model, names in KEPT.items():
        stored = [name for name in names if name in env[model]._fields and env[model]._fields[name].store]
        columns = SQL(", ").join(map(SQL.identifier, ("id", *stored)))
        rows = env.execute_query(SQL("SELECT %s FROM %s", columns, SQL.identifier(env[model]._table)))
        kept[model] = {str(row[0]): dict(zip(stored, map(str, row[1:]), strict=True)) for row in rows}
    for key, model, name, value in (
        ("rules", "ir.rule", "domain_force", EDITED_DOMAIN),
        ("mails", "mail.template", "subject", EDITED_SUBJECT),
    ):
        edited = find(env, model).filtered(lambda record, name=name, value=value: record[name] == value)
        kept[key] = [xml_id.split(".")[1] for xml_id in edited.get_external_id().values()]
    return kept


def tell(env):
    """Print what is remembered, for who has started the shell."""
    print("REMEMBERED", json.dumps(remember(env)))
