from lxml import etree

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import BackorderCase

# Whom an order, a mail or an activity leads to a transfer that he does not work on.
READERS = {
    "seller of his own": "base.group_user,sales_team.group_sale_salesman",
    "salesperson": "base.group_user,sales_team.group_sale_salesman_all_leads",
    "purchaser": "base.group_user,purchase.group_purchase_user",
}
VIEWS_OF_LINES = ("kanban", "list")


def get_specification(model, node):
    """Return what the web client asks for to show the part *node* of a form, as ``web_read`` takes it."""
    specification = {}
    for child in node.iterchildren(tag=etree.Element):
        if child.tag == "field":
            specification[child.get("name")] = _get_field_specification(model, child)
        else:
            specification.update(get_specification(model, child))
    return specification


def _get_field_specification(model, node):
    field = model._fields[node.get("name")]
    if not field.relational:
        return {}
    lines = [child for child in node.iterchildren(tag=etree.Element) if child.tag in VIEWS_OF_LINES]
    if field.type == "many2one" or not lines:
        return {"fields": {"display_name": {}}}
    shown = {}
    for view in lines:
        shown.update(get_specification(model.env[field.comodel_name], view))
    return {"fields": shown}


@tagged("post_install", "-at_install")
class TestReadable(BackorderCase):
    """Whom we send to a transfer can read it: what is not for him is left out, and not thrown at him."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.readers = {
            role: new_test_user(cls.env, f"reader_{number}", groups=groups)
            for number, (role, groups) in enumerate(READERS.items())
        }
        product = cls._create_product("Read", stock=4)
        seller = cls.readers["seller of his own"]
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "warehouse_id": cls.warehouse.id,
                "user_id": seller.id,
                "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 10})],
            }
        )
        cls.order.action_confirm()
        cls.delivery = cls.order.picking_ids
        cls.purchase = cls.env["purchase.order"].create(
            {
                "partner_id": cls.vendor.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "order_line": [Command.create({"product_id": product.id, "product_qty": 5, "price_unit": 1})],
            }
        )
        cls.purchase.button_confirm()
        cls.delivery.button_validate()

    def _open(self, user, record):
        """Return what the form of *record* shows to *user*."""
        self._invalidate()
        record = record.with_user(user)
        arch = etree.fromstring(record.get_view(view_type="form")["arch"])
        return record.web_read(get_specification(record, arch))[0]

    def test_transfers(self):
        """Scenario: each opens the delivery, its backorder and the receipt. Expected: the form, with its lines."""
        backorder = self.delivery.backorder_ids
        for role, user in self.readers.items():
            for transfer in (self.delivery, backorder, self.purchase.picking_ids):
                with self.subTest(role=role, transfer=transfer.name):
                    shown = self._open(user, transfer)
                    self.assertEqual(shown["name"], transfer.name)
                    self.assertEqual(len(shown["move_ids"]), 1, "With what it is about.")

    def test_lots_are_left_out(self):
        """Scenario: what is shipped has lots. Expected: who may open them sees them, the others see the rest."""
        product = self._create_product("With a lot", tracking="lot")
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": product.id})
        self._add_stock(product, 5, lot_id=lot)
        delivery = self._create_delivery((product, 5))
        for role, user in self.readers.items():
            with self.subTest(role=role):
                shown = self._open(user, delivery)
                self.assertNotIn("lot_ids", shown["move_ids"][0])
                self.assertEqual(shown["move_ids"][0]["quantity"], 5)
        self.picker.group_ids += self.env.ref("stock.group_production_lot")
        shown = self._open(self.picker, delivery)
        self.assertEqual([part["id"] for part in shown["move_ids"][0]["lot_ids"]], lot.ids, "The picker does.")
