import json

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, frozendict, ormcache

from ..chain.engine_facts import fact
from ..chain.stock_picking_type import DEFAULT_SUFFIX
from ..settings.res_company import MOST_DAYS
from .stock_ranking import DEFAULT_POLICY, POLICIES


class StockWarehouse(models.Model):
    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "stock.day.mixin"]

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
    allocation_user_id = fields.Many2one(
        "res.users",
        string="Told of Stock",
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="Who is told, once for each receipt, what has become ready by it; where nobody is named, it is the"
        " responsible of the receipt. And who is told of deliveries that other stock has made ready, where these have"
        " no responsible of their own.",
    )

    _check_allocation_guard_days = models.Constraint(
        f"CHECK (allocation_guard_days BETWEEN 0 AND {MOST_DAYS})",
        "The waiting guard cannot be a negative number of days, nor more than a century.",
    )

    # ---- days --------------------------------------------------------------

    def _get_day_warehouse(self):
        return self

    def _get_zone(self, company=None):
        """Return the name of the time zone in which days are counted: its address's, else its company's, else UTC.

        :param company: whose zone it is where there is no warehouse
        """
        # Everybody's days are the same, whether or not he may open the warehouse and its address.
        warehouse = self.sudo()
        company = warehouse.company_id or company or self.env["res.company"]
        return warehouse.partner_id.tz or company.sudo().partner_id.tz or "UTC"

    @api.model
    def _get_day_sql(self, moment, warehouse_id, company_id):
        """Return the day of *moment*, a naive timestamp in UTC, in the zone of :meth:`_get_zone`, as SQL.

        :param SQL warehouse_id: of whose days it speaks; where it is NULL, it is the company's
        """
        by_warehouse, by_company = self._get_zones()
        zones = {*by_warehouse.values(), *by_company.values()}
        zone = (
            SQL("%s", *zones)
            if len(zones) == 1
            else SQL(
                "COALESCE(%s::jsonb ->> %s::varchar, %s::jsonb ->> %s::varchar, 'UTC')",
                json.dumps(by_warehouse),
                warehouse_id,
                json.dumps(by_company),
                company_id,
            )
        )
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    @api.model
    @ormcache()
    def _get_zones(self):
        """Return ``{warehouse id: zone}`` and ``{company id: zone}`` of all there are, see :meth:`_get_zone`.

        They are forgotten when a warehouse, a company or an address of one changes.
        """
        # It is everybody's day, whichever warehouses he may open.
        warehouses, companies = (
            records.sudo().with_context(active_test=False).search(Domain.TRUE)
            for records in (self, self.env["res.company"])
        )
        return (
            frozendict((warehouse.id, warehouse._get_zone()) for warehouse in warehouses),
            frozendict((company.id, self.browse()._get_zone(company)) for company in companies),
        )

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        self.env.registry.clear_cache()  # which policies are in use, and whose days they have
        return warehouses

    def write(self, vals):
        """A change of policy changes the ranking of every claim: it is logged."""
        names = [name for name in ("allocation_policy", "allocation_guard_days") if name in vals]
        old = {warehouse: [warehouse[name] for name in names] for warehouse in self}
        result = super().write(vals)
        if names or not {"partner_id", "company_id"}.isdisjoint(vals):
            self.env.registry.clear_cache()
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

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _get_picking_type_create_values(self, max_sequence):
        """Pick and pack steps of a new warehouse number and make backorders as its deliveries do."""
        values, next_sequence = super()._get_picking_type_create_values(max_sequence)
        for step in ("pick_type_id", "pack_type_id"):
            values[step]["backorder_suffix"] = DEFAULT_SUFFIX
            if self.company_id.automatic_backorder:
                values[step].update(create_backorder="always", create_backorder_before=fact("ask"))
        return values, next_sequence
