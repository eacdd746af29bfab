from datetime import timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user

from ..fulfillment import fill_fulfillment_state
from ..models.allocation.freed_stock import FreedStock


def create_route_from_vendor(operation_type, **rule):
    """Return a route by which a vendor sends goods to the customer: as dropshipping does, where it is installed.

    :param rule: more values of its only rule
    """
    env = operation_type.env
    values = {
        "name": "Vendor to customer",
        "action": "pull",
        "procure_method": "make_to_stock",
        "location_src_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": env.ref("stock.stock_location_customers").id,
        "picking_type_id": operation_type.id,
        **rule,
    }
    return env["stock.route"].create({"name": "Vendor to customer", "rule_ids": [Command.create(values)]})


class BackorderCase(TransactionCase):
    """A warehouse, a customer, a vendor and users of the tests' own: nothing depends on demo data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.warehouse = cls.env["stock.warehouse"].create(
            # What is kept for whom is tried by tests of its own: all others see the policy alone.
            {"name": "Backorder Test", "code": "BKT", "keep_promises": False}
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.delivery_type = cls.warehouse.out_type_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customer = cls.env["res.partner"].create({"name": "Sample LLC", "is_company": True})
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor SA", "is_company": True})
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.picker = new_test_user(
            cls.env, "backorder_picker", groups="base.group_user,stock.group_stock_user", company_id=cls.company.id
        )
        cls.salesperson = new_test_user(
            cls.env, "backorder_seller", groups="base.group_user,sales_team.group_sale_salesman_all_leads"
        )

    @classmethod
    def _create_product(cls, name, stock=0.0, **values):
        """Return a stored product, with *stock* units of it in the test warehouse."""
        product = cls.env["product.product"].create(
            {"name": name, "type": "consu", "is_storable": True, "invoice_policy": "delivery", **values}
        )
        if stock:
            cls._add_stock(product, stock)
        return product

    @classmethod
    def _add_stock(cls, product, quantity, location=None, **values):
        """Put *quantity* there without an adjustment, so that nothing is assigned by it."""
        cls.env["stock.quant"]._update_available_quantity(product, location or cls.stock, quantity, **values)
        FreedStock.of(cls.env.cr).forget()

    @classmethod
    def _create_delivery(cls, *lines, confirm=True, assign=True, picking_type=None, **values):
        """Return a delivery with *lines* of ``(product, quantity)`` or ``(product, quantity, uom)``.

        :param assign: reserve what is there, as Odoo does; else nothing is reserved
        """
        picking_type = picking_type or cls.delivery_type
        delivery = cls.env["stock.picking"].create(
            {
                "partner_id": cls.customer.id,
                "picking_type_id": picking_type.id,
                "location_id": cls.stock.id,
                "location_dest_id": cls.customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "product_uom": (uom[0] if uom else product.uom_id).id,
                            "location_id": cls.stock.id,
                            "location_dest_id": cls.customers.id,
                        }
                    )
                    for product, quantity, *uom in lines
                ],
                **values,
            }
        )
        if confirm:
            delivery.action_confirm()
            if assign:
                delivery.action_assign()
            else:
                delivery.do_unreserve()
        return delivery

    @classmethod
    def _create_receipt(cls, *lines, days=7):
        """Return a confirmed receipt, expected in *days* days, of *lines* as :meth:`_create_delivery` has them."""
        date = fields.Datetime.now() + timedelta(days=days)
        receipt = cls.env["stock.picking"].create(
            {
                "partner_id": cls.vendor.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "location_id": cls.suppliers.id,
                "location_dest_id": cls.stock.id,
                "scheduled_date": date,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "product_uom": (uom[0] if uom else product.uom_id).id,
                            "location_id": cls.suppliers.id,
                            "location_dest_id": cls.stock.id,
                            "date": date,
                        }
                    )
                    for product, quantity, *uom in lines
                ],
            }
        )
        receipt.action_confirm()
        return receipt

    @classmethod
    def _create_delivery_of(cls, company, product, quantity, **values):
        """Return a delivery of another company of ours, a draft, from its own warehouse."""
        warehouse = cls.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        places = {"location_id": warehouse.lot_stock_id.id, "location_dest_id": cls.customers.id}
        line = {"product_id": product.id, "product_uom_qty": quantity, "company_id": company.id, **places}
        return cls.env["stock.picking"].create(
            {"picking_type_id": warehouse.out_type_id.id, "move_ids": [Command.create(line)], **places, **values}
        )

    @classmethod
    def _hire(cls, login, companies, groups="stock.group_stock_user"):
        """Return a user of *companies* and no other, who works for the first of them."""
        return new_test_user(
            cls.env, login, groups=groups, company_id=companies[0].id, company_ids=[Command.set(companies.ids)]
        )

    @classmethod
    def _create_order(cls, *lines, confirm=True, **values):
        """Return a sale order from the test warehouse with *lines* of ``(product, quantity)``."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            **({"product_uom_id": uom[0].id} if uom else {}),
                        }
                    )
                    for product, quantity, *uom in lines
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _pick(cls, order, *quantities):
        """Pick what an order of a pick and ship warehouse can get, or *quantities* of it.

        :return: the pick, its backorder, and the delivery that follows
        """
        pick = order.picking_ids
        pick_backorder = cls._ship(pick, *quantities)
        return pick, pick_backorder, order.picking_ids - pick - pick_backorder

    @classmethod
    def _ship(cls, delivery, *quantities):
        """Validate *delivery*, with *quantities* for its lines where given, and return its new backorder."""
        before = delivery.backorder_ids
        for move, quantity in zip(delivery.move_ids, quantities, strict=False):
            move.quantity = quantity
        result = delivery.button_validate()
        assert result is True, f"validating {delivery.name} asked something: {result}"
        return delivery.backorder_ids - before

    def _invalidate(self):
        """Read what other claims and supplies have changed since."""
        self.env.flush_all()
        self.env.invalidate_all()

    def _assert_installing_says_the_same(self, transfers):
        """Assert that installing would fill the states of *transfers* with what they are."""

        def read():
            return transfers.mapped(lambda transfer: (transfer.fulfillment_state, transfer.has_open_remainder))

        before = read()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_picking SET fulfillment_state = 'done', has_open_remainder = FALSE WHERE id = ANY (%s)",
            [transfers.ids],
        )
        fill_fulfillment_state(self.env)
        self._invalidate()
        self.assertEqual(read(), before, "Installing says the same.")
