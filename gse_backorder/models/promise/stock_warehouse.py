from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, frozendict, ormcache

# By what of a warehouse is known by heart where else goods may be, and whether somebody keeps promises.
CACHED_FIELDS = {"active", "company_id", "keep_promises", "lot_stock_id"}


class StockWarehouse(models.Model):
    """Whether a warehouse keeps what it has promised, and where else goods may be."""

    _inherit = "stock.warehouse"

    keep_promises = fields.Boolean(
        default=True,
        groups="base.group_user",
        help="What an order was promised when it was confirmed is kept for it: no order that is confirmed later, no"
        " deadline and no other ranking takes it away. Who Comes First then decides among what is not promised yet."
        " What can still move a promise: supply that comes later or less, lost goods, the urgent star, and stock that"
        " somebody takes back; each is written in the log.",
    )

    def write(self, vals):
        """A change of it changes the ranking of every claim: it is logged, and what has a date now is kept soon."""
        changed = self.filtered(
            lambda warehouse: "keep_promises" in vals and warehouse.keep_promises != bool(vals["keep_promises"])
        )
        result = super().write(vals)
        if not CACHED_FIELDS.isdisjoint(vals):
            self.env.registry.clear_cache()
        changed._log_keeping()
        return result

    def _log_keeping(self):
        # The log is written by what happens, whoever makes it happen.
        self.env["stock.backorder.allocation"].sudo().create(
            [
                {
                    "cause": "ranking",
                    "company_id": warehouse.company_id.id,
                    "warehouse_id": warehouse.id,
                    "policy": warehouse.allocation_policy,
                    "note": self.env._("The warehouse keeps its promises from now on.")
                    if warehouse.keep_promises
                    else self.env._("The warehouse does not keep its promises any more."),
                }
                for warehouse in self
            ]
        )

    @api.model
    @ormcache()
    def _is_any_keeping(self):
        """Whether some warehouse keeps its promises: where none does, nothing is asked for it."""
        # The ranking is the same for everybody, whichever warehouses they may open.
        return bool(self.sudo().with_context(active_test=False).search_count([("keep_promises", "=", True)], limit=1))

    @api.model
    @ormcache()
    def _get_stocks(self):
        """Return ``{company id: ((warehouse id, id of its stock), …)}`` of all warehouses."""
        # Who may read a line may know that its company has other warehouses.
        houses = self.sudo().search(Domain.TRUE)
        return frozendict(
            (company.id, tuple((house.id, house.lot_stock_id.id) for house in own))
            for company, own in houses.grouped("company_id").items()
        )

    @api.model
    def _get_policy_columns(self):
        return {**super()._get_policy_columns(), "keeps": SQL("COALESCE(warehouse.keep_promises, FALSE)")}
