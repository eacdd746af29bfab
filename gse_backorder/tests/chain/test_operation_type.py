from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestOperationType(BackorderCase):
    """Which operations number and make backorders by themselves, and how the administrator turns it back."""

    def test_defaults_of_a_new_warehouse(self):
        """Scenario: a new warehouse. Expected: deliveries, picks and packs are automatic, nothing else is."""
        self.assertEqual(
            {
                name: (self.warehouse[name].backorder_suffix, self.warehouse[name].create_backorder)
                for name in (
                    "out_type_id",
                    "pick_type_id",
                    "pack_type_id",
                    "in_type_id",
                    "int_type_id",
                    "store_type_id",
                )
            },
            {
                "out_type_id": ("-R", "always"),
                "pick_type_id": ("-R", "always"),
                "pack_type_id": ("-R", "always"),
                "in_type_id": (False, "ask"),
                "int_type_id": (False, "ask"),
                "store_type_id": (False, "ask"),
            },
            "Suffix and dialog by operation type.",
        )

    def test_new_delivery_type(self):
        """Scenario: a delivery type is made by hand. Expected: it is like those of the warehouse."""
        picking_type = self.env["stock.picking.type"].create(
            {"name": "Counter", "code": "outgoing", "sequence_code": "CNT", "warehouse_id": self.warehouse.id}
        )
        self.assertEqual((picking_type.backorder_suffix, picking_type.create_backorder), ("-R", "always"), "As others.")
        asking = self.env["stock.picking.type"].create(
            {"name": "Asking", "code": "outgoing", "sequence_code": "ASK", "create_backorder": "ask"}
        )
        self.assertEqual(asking.create_backorder, "ask", "What its creator has chosen stands.")

    def test_switch_off_and_on(self):
        """Scenario: the setting is switched off in Settings, and on again. Expected: the dialog is back, then gone."""
        never, chosen, copied = self.env["stock.picking.type"].create(
            [
                {"name": name, "code": "outgoing", "sequence_code": name, "warehouse_id": self.warehouse.id, **values}
                for name, values in (
                    ("Never", {"create_backorder": "never"}),
                    ("Chosen", {"create_backorder": "always"}),
                    ("Copied", {}),
                )
            ]
        )
        copied = copied.copy()
        settings = self.env["res.config.settings"].create({"automatic_backorder": False})
        settings.execute()
        self.assertEqual(
            (self.delivery_type | self.warehouse.pick_type_id).mapped("create_backorder"), ["ask", "ask"], "They ask."
        )
        self.assertEqual(copied.create_backorder, "ask", "A copy of an automatic type asks as well.")
        self.assertEqual(
            (never.create_backorder, chosen.create_backorder),
            ("never", "always"),
            "What an administrator has chosen himself stays.",
        )
        product = self._create_product("Beam", stock=4)
        delivery = self._create_delivery((product, 10))
        wizard = delivery.button_validate()
        self.assertEqual(wizard["res_model"], "stock.backorder.confirmation", "Odoo's dialog works as ever.")
        Form.from_action(self.env, wizard).save().process()
        self.assertEqual(delivery.backorder_ids.name, f"{delivery.name}-R1", "And its backorder is numbered.")
        self.env["res.config.settings"].create({"automatic_backorder": True}).execute()
        self.assertEqual(self.delivery_type.create_backorder, "always", "No dialog again.")

    def test_no_backorder_in_the_dialog(self):
        """Scenario: the dialog is on, and its No Backorder is pressed. Expected: the rest is cancelled, not lost."""
        self.company.automatic_backorder = False
        delivery = self._create_delivery((self._create_product("Beam", stock=4), 10))
        wizard = Form.from_action(self.env, delivery.button_validate()).save()
        wizard.process_cancel_backorder()
        self.assertFalse(delivery.backorder_ids, "None was wanted.")
        self.assertEqual((delivery.items_shipped, delivery.items_cancelled), (4, 6), "4 + 6 = 10.")
        self.assertEqual(delivery.fulfillment_state, "closed_short", "And the delivery says so.")

    def test_other_company_is_left_alone(self):
        """Scenario: one of two companies switches it off. Expected: the other goes on without a dialog."""
        other = self.env["res.company"].create({"name": "Other"})
        other_type = self.env["stock.warehouse"].search([("company_id", "=", other.id)]).out_type_id
        self.company.automatic_backorder = False
        self.assertEqual((self.delivery_type.create_backorder, other_type.create_backorder), ("ask", "always"), "Each.")
        other.automatic_backorder = False
        later = self.env["stock.warehouse"].create({"name": "Later", "code": "LTR", "company_id": other.id})
        self.assertEqual(
            (later.out_type_id | later.pick_type_id).mapped("create_backorder"),
            ["ask", "ask"],
            "A new warehouse follows its company's setting.",
        )

    def test_impossible_suffixes(self):
        """Scenario: suffixes that would run into the numbers. Expected: a clear refusal."""
        for suffix in ("1", "-R1", "2-", " -R", "-R "):
            with self.subTest(suffix=suffix), self.assertRaises(ValidationError):
                self.delivery_type.backorder_suffix = suffix
        self.delivery_type.backorder_suffix = "/rest."
        product = self._create_product("Beam", stock=4)
        delivery = self._create_delivery((product, 10))
        self.assertEqual(self._ship(delivery).name, f"{delivery.name}/rest.1", "Any other suffix is fine.")
