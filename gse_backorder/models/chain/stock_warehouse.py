import json

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, frozendict, ormcache

from .engine_facts import fact
from .stock_picking_type import DEFAULT_SUFFIX


class StockWarehouse(models.Model):
    """The days of a warehouse, and the operation types of a new one."""

    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "stock.day.mixin"]

    def _get_day_warehouse(self):
        return self

    def _get_zone(self, company=None):
        """Return the name of the time zone in which days are counted: its address's, else its company's, else UTC.

        :param company: whose zone it is where there is no warehouse
        """
        by_warehouse, by_company = self._get_zones()
        return by_warehouse.get(self._origin.id) or by_company.get(company._origin.id if company else None) or "UTC"

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
        # Everybody's days are the same, whether or not he may open the warehouse and its address.
        warehouses, companies = (
            records.sudo().with_context(active_test=False).search(Domain.TRUE)
            for records in (self, self.env["res.company"])
        )
        by_company = {company.id: company.partner_id.tz or "UTC" for company in companies}
        return (
            frozendict((house.id, house.partner_id.tz or by_company[house.company_id.id]) for house in warehouses),
            frozendict(by_company),
        )

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        self.env.registry.clear_cache()  # whose days they have
        return warehouses

    def write(self, vals):
        result = super().write(vals)
        if not {"partner_id", "company_id"}.isdisjoint(vals):
            self.env.registry.clear_cache()
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
