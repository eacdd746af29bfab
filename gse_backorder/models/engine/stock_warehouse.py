from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ..chain.stock_day_mixin import MOST_DAYS

POLICIES = [
    ("priority", "Urgent first, then by deadline"),
    ("first_ordered", "First ordered, first served"),
    ("deadline", "By deadline"),
    ("complete_orders", "Complete deliveries first"),
]
DEFAULT_POLICY = "priority"


class StockWarehouse(models.Model):
    """By which policy a warehouse ranks."""

    _inherit = "stock.warehouse"

    allocation_policy = fields.Selection(
        POLICIES,
        required=True,
        default=DEFAULT_POLICY,
        groups="base.group_user",
        help="Who comes first when stock is short. It decides who gets goods that arrive, and what date each line is"
        " promised.\n"
        "Urgent first, then by deadline: transfers with the star, then by deadline, then by when the customer"
        " ordered.\n"
        "First ordered, first served: by when the customer ordered.\n"
        "By deadline: by deadline, then by when the customer ordered.\n"
        "Complete deliveries first: the delivery that lacks least, so that the most are completed; but nobody waits"
        " longer than the guard.",
    )
    allocation_guard_days = fields.Integer(
        string="Waiting Guard",
        default=14,
        groups="base.group_user",
        help="With Complete deliveries first: a line that the customer ordered more than this number of days ago comes"
        " before all others, so that nobody waits for ever.",
    )

    _check_allocation_guard_days = models.Constraint(
        f"CHECK (allocation_guard_days BETWEEN 0 AND {MOST_DAYS})",
        "The waiting guard cannot be a negative number of days, nor more than a century.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        self.env.registry.clear_cache()  # which policies are in use
        return warehouses

    def write(self, vals):
        result = super().write(vals)
        if not {"allocation_policy", "allocation_guard_days"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    @api.model
    @ormcache()
    def _get_policies(self):
        """Return ``{warehouse id: policy}`` of all warehouses."""
        # The ranking is the same for everybody, whichever warehouses they may open.
        warehouses = self.sudo().with_context(active_test=False)
        warehouses = warehouses.search_fetch([], ["allocation_policy"])
        return {warehouse.id: warehouse.allocation_policy for warehouse in warehouses}

    @api.model
    def _get_policy_columns(self):
        """Return by what ``warehouse`` ranks, and its guard: ``{name: SQL}`` of the columns that an area has of it."""
        policy = SQL("COALESCE(warehouse.allocation_policy, %s)", DEFAULT_POLICY)
        return {
            "by_priority": SQL("%s = 'priority'", policy),
            "by_deadline": SQL("%s IN ('priority', 'deadline')", policy),
            "by_size": SQL("%s = 'complete_orders'", policy),
            "guard_date": SQL(
                "%s - COALESCE(warehouse.allocation_guard_days, 0) * interval '1 day'", fields.Datetime.now()
            ),
        }

    @api.model
    def _get_policy_names(self):
        """Return the policies that there are, also those of other addons, as ``[(value, label)]``."""
        return self._fields["allocation_policy"]._description_selection(self.env)
