from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestSettings(BackorderCase):
    """Numbering and ranking are set once for the company, and can differ by operation type and warehouse."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Settings Company"})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.warehouses = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)])
        cls.warehouses |= cls.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        cls.types = cls.company.with_env(cls.env)._get_delivery_operation_types()

    def _set(self, **values):
        with Form(self.env["res.config.settings"]) as form:
            for name, value in values.items():
                form[name] = value
        form.record.execute()

    def test_keep_promises(self):
        """Scenario: kept in one of two warehouses. Expected: it is shown so, and what is changed holds for both."""
        self.warehouses[0].keep_promises = False
        settings = self.env["res.config.settings"].create({})
        self.assertEqual((settings.keep_promises, settings.several_keepings), (True, True))
        self._set(backorder_suffix="/K")
        self.assertEqual(self.warehouses.mapped("keep_promises"), [False, True], "Nothing was chosen.")
        self._set(keep_promises=False)
        self.assertEqual(set(self.warehouses.mapped("keep_promises")), {False})

    def _read(self):
        settings = self.env["res.config.settings"].create({})
        return settings.backorder_suffix, settings.allocation_policy, settings.allocation_guard_days

    def test_for_all(self):
        """Scenario: suffix, policy and guard are changed. Expected: all types and warehouses of the company have it."""
        self.assertEqual(self._read(), ("-R", "priority", 14))
        self._set(backorder_suffix="/B", allocation_policy="complete_orders", allocation_guard_days=21)
        self.assertEqual(set(self.types.mapped("backorder_suffix")), {"/B"})
        self.assertEqual(set(self.warehouses.mapped("allocation_policy")), {"complete_orders"})
        self.assertEqual(set(self.warehouses.mapped("allocation_guard_days")), {21})
        self.assertEqual(self._read(), ("/B", "complete_orders", 21))
        self.assertEqual(self.delivery_type.backorder_suffix, "-R", "Another company's are left alone.")
        self.assertEqual(self.warehouse.allocation_policy, "priority")

    def test_they_differ(self):
        """Scenario: they differ, something else is saved. Expected: it is said, and nothing is levelled."""
        self.types[0].backorder_suffix = "-X"
        self.warehouses[0].allocation_policy = "deadline"
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.several_suffixes and settings.several_policies)
        self.assertEqual(self._read(), (False, False, 14))
        self._set(allocation_log_days=30)
        self.assertEqual(self.types[0].backorder_suffix, "-X")
        self.assertEqual(set(self.warehouses.mapped("allocation_policy")), {"deadline", "priority"})
        self._set(backorder_suffix="-B")
        self.assertEqual(set(self.types.mapped("backorder_suffix")), {"-B"})

    def test_guards_differ(self):
        """Scenario: same policy, guards of 30 and 20; the policy is changed. Expected: each keeps its guard."""
        for warehouse, days in zip(self.warehouses, (30, 20), strict=True):
            warehouse.allocation_guard_days = days
        self.assertEqual(self._read(), ("-R", "priority", 14))
        self._set(allocation_policy="complete_orders")
        self.assertEqual(set(self.warehouses.mapped("allocation_policy")), {"complete_orders"})
        self.assertEqual(self.warehouses.mapped("allocation_guard_days"), [30, 20])

    def test_no_suffix(self):
        """Scenario: the suffix is removed. Expected: Odoo's own numbering for all."""
        self._set(backorder_suffix=False)
        self.assertFalse(any(self.types.mapped("backorder_suffix")))

    def test_refused(self):
        """Scenario: a suffix that numbers cannot have. Expected: refused as on the operation type."""
        with self.assertRaises(UserError):
            self._set(backorder_suffix="-R1")
