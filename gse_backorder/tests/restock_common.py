from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from .common import BackorderCase


class RestockCase(BackorderCase):
    """Lines that wait, and stock that comes to them by the hands of people with just the rights they have."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "backorder_manager", groups="base.group_user,stock.group_stock_manager", company_id=cls.company.id
        )

    @classmethod
    def _create_waiting(cls, *lines, **values):
        """Return the lines of one delivery for each of ``(product, quantity)`` or ``(product, quantity, uom)``.

        They were ordered one day after another, the first one first: who is older does not depend on ids.
        """
        moves = cls.env["stock.move"].browse()
        for line in lines:
            moves |= cls._create_delivery(line, **values).move_ids
        cls._order_one_after_another(moves)
        return moves

    @classmethod
    def _order_one_after_another(cls, moves):
        for age, move in enumerate(reversed(moves), start=1):
            move.ordered_date = fields.Datetime.now() - timedelta(days=age)

    @classmethod
    def _receive(cls, *lines, user=None):
        """Return a receipt of *lines* of ``(product, quantity)``, validated by *user* (a picker)."""
        receipt = cls._create_receipt(*lines)
        cls._validate(receipt, user)
        return receipt

    @classmethod
    def _validate(cls, picking, user=None):
        """Validate all of *picking* as *user* (a picker) does."""
        result = picking.with_user(user or cls.picker).button_validate()
        assert result is True, f"validating {picking.name} asked something: {result}"

    @classmethod
    def _count(cls, product, quantity, location=None):
        """Adjust what of *product* lies in the stock to what the manager has counted."""
        quants = cls.env["stock.quant"].with_user(cls.manager).with_context(inventory_mode=True)
        quants.create(
            {"product_id": product.id, "location_id": (location or cls.stock).id, "inventory_quantity": quantity}
        ).action_apply_inventory()

    @classmethod
    def _return(cls, delivery):
        """Return the receipt of all that the customer of *delivery* sends back."""
        wizards = cls.env["stock.return.picking"].with_user(cls.picker)
        wizard = wizards.with_context(active_id=delivery.id, active_model="stock.picking").create({})
        return cls.env["stock.picking"].browse(wizard.action_create_returns_all()["res_id"])

    def _assert_reserved(self, moves, quantities, message):
        """Assert what each of *moves* has reserved, in its own unit, in its lines and in its state."""
        self._invalidate()
        self.assertEqual(moves.mapped("quantity"), list(quantities), message)
        for move in moves:
            reserved = sum(move.move_line_ids.mapped("quantity_product_uom"))
            self.assertAlmostEqual(
                move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id, round=False),
                reserved,
                places=2,
                msg="The line's quantity is what its operations hold.",
            )

    def _get_log(self, moves):
        """Return the log of what was handed to *moves*, the oldest first."""
        return self._get_entries(moves).filtered("quantity")

    def _get_entries(self, moves):
        """Return all log entries on *moves*, also those of events, the oldest first."""
        return self.env["stock.backorder.allocation"].search([("move_id", "in", moves.ids)], order="id")

    def _get_free(self, product):
        """Return what of *product* lies unreserved in the test warehouse."""
        self._invalidate()
        return product.with_context(warehouse_id=self.warehouse.id).free_qty
