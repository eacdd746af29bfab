from odoo import fields, models


class StockWarehouse(models.Model):
    """Whom a warehouse tells of stock that has come, and what a change of its policy leaves in the log."""

    _inherit = "stock.warehouse"

    allocation_user_id = fields.Many2one(
        "res.users",
        string="Told of Stock",
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="Who is told, once for each receipt, what has become ready by it; where nobody is named, it is the"
        " responsible of the receipt. And who is told of deliveries that other stock has made ready, where these have"
        " no responsible of their own.",
    )

    def write(self, vals):
        """A change of policy changes the ranking of every claim: it is logged."""
        names = [name for name in ("allocation_policy", "allocation_guard_days") if name in vals]
        old = {warehouse: [warehouse[name] for name in names] for warehouse in self}
        result = super().write(vals)
        changed = self.filtered(lambda warehouse: [warehouse[name] for name in names] != old[warehouse])
        # The log is written by what happens, whoever makes it happen.
        self.env["stock.backorder.allocation"].sudo().create(
            [
                {
                    "cause": "ranking",
                    "company_id": warehouse.company_id.id,
                    "warehouse_id": warehouse.id,
                    "policy": warehouse.allocation_policy,
                    "note": self.env._("The policy of the warehouse has changed."),
                }
                for warehouse in changed
            ]
        )
        return result
