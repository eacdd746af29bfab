from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user

from ..common import BackorderCase


class PortalCase(BackorderCase):
    """The story of a customer with two people, and of those who have no business on his pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls._create_portal_user("portal_owner", cls.customer)
        cls.colleague = cls._create_portal_user("portal_colleague", cls.customer)
        cls.stranger_company = cls.env["res.partner"].create({"name": "Stranger Ltd", "is_company": True})
        cls.stranger = cls._create_portal_user("portal_stranger", cls.stranger_company)
        cls.vendor_user = cls._create_portal_user("portal_vendor", cls.vendor)
        cls.products = {
            name: cls._create_product(name, stock, default_code=f"SECRET-{name}", standard_price=77.77)
            for name, stock in (("Beam", 200), ("Wool", 150), ("Shingle", 60), ("Gypsum", 130))
        }
        cls.receipt = cls._create_receipt((cls.products["Shingle"], 190), (cls.products["Gypsum"], 120))
        cls.order = cls._create_order(
            *((cls.products[name], quantity) for name, quantity in cls._ordered()),
            user_id=cls.salesperson.id,
            partner_id=cls.owner.partner_id.id,
        )
        cls.root = cls.order.picking_ids
        cls.company.write({"customer_may_cancel": True, "customer_may_group": True})

    @staticmethod
    def _ordered():
        return (("Beam", 200), ("Wool", 150), ("Shingle", 250), ("Gypsum", 250))

    @classmethod
    def _create_portal_user(cls, login, company):
        user = new_test_user(cls.env, login, groups="base.group_portal", email=f"{login}@example.com")
        user.partner_id.parent_id = company
        return user

    @classmethod
    def _get_key(cls, user):
        """Return a key by which the user's own system asks in his name."""
        cls.env["ir.config_parameter"].sudo().set_param("portal.allow_api_keys", "True")
        keys = cls.env(user=user)["res.users.apikeys"]
        return keys._generate(None, "test", fields.Datetime.now() + timedelta(hours=12))

    @classmethod
    def _ship_root(cls):
        """Ship what is there of the story; return the backorder."""
        return cls._ship(cls.root)

    @classmethod
    def _create_foreign_delivery(cls):
        """Return a delivery of the stranger's company."""
        order = cls._create_order((cls.products["Beam"], 3), partner_id=cls.stranger_company.id)
        return order.picking_ids

    @classmethod
    def _create_vendor_return(cls):
        """Return goods that go back to the vendor: outgoing, and no customer's delivery."""
        return cls._create_delivery(
            (cls.products["Beam"], 1), partner_id=cls.customer.id, location_dest_id=cls.suppliers.id
        )

    @classmethod
    def _create_internal_transfer(cls):
        shelf = cls.env["stock.location"].create({"name": "Shelf", "location_id": cls.stock.id})
        transfer = cls.env["stock.picking"].create(
            {
                "partner_id": cls.customer.id,
                "picking_type_id": cls.warehouse.int_type_id.id,
                "location_id": cls.stock.id,
                "location_dest_id": shelf.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": cls.products["Beam"].id,
                            "product_uom_qty": 1,
                            "location_id": cls.stock.id,
                            "location_dest_id": shelf.id,
                        }
                    )
                ],
            }
        )
        transfer.action_confirm()
        return transfer
