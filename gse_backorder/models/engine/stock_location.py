from odoo import api, fields, models
from odoo.tools import SQL

from ..chain.stock_location import STOCK_USAGES
from .scenario import Scenario

# What says in which stock a location is.
AREA_FIELDS = {"location_id", "usage"}


class StockLocation(models.Model):
    """The stock that a location belongs to."""

    _inherit = "stock.location"

    stock_area_id = fields.Many2one(
        "stock.location",
        compute="_compute_stock_area_id",
        compute_sudo=True,
        groups="base.group_user",
        help="The topmost location that holds goods above this one: the stock that reservation can draw on. Empty for a"
        " location that holds no goods of ours (customers, vendors). Pegging has the same in SQL.",
    )

    @api.depends("parent_path", "usage")
    def _compute_stock_area_id(self):
        places = self.filtered(lambda location: location.usage in STOCK_USAGES)
        (self - places).stock_area_id = False  # what is above these need not be read
        paths = {place: place._get_path_ids() for place in places}
        everyone = self.browse({location_id for path in paths.values() for location_id in path})
        for place, path in paths.items():
            holding = (
                everyone.browse(path).with_prefetch(everyone.ids).filtered(lambda part: part.usage in STOCK_USAGES)
            )
            place.stock_area_id = holding[:1]

    @api.model
    def _get_stock_ids(self):
        """Return the ids of the locations that hold goods of ours: those with a ``stock_area_id``."""
        # Where stock is does not depend on who asks.
        return self.sudo().with_context(active_test=False).search([("usage", "in", STOCK_USAGES)]).ids

    @api.model
    def _get_area_sql(self):
        """To which stock each location belongs, the same as :attr:`stock_area_id`, and by what that is ranked.

        :return: SQL of the columns location_id, area_id, parent_path (of the location), area_warehouse_id, and those of
            ``stock.warehouse._get_policy_columns``
        """
        policy = self.env["stock.warehouse"]._get_policy_columns()
        return SQL(
            """
            SELECT DISTINCT ON (location.id) location.id AS location_id, ancestor.id AS area_id, location.parent_path,
                   ancestor.warehouse_id AS area_warehouse_id, %(policy)s
              FROM stock_location AS location
              JOIN stock_location AS ancestor
                ON ancestor.id = ANY (string_to_array(trim(TRAILING '/' FROM location.parent_path), '/')::int[])
         LEFT JOIN %(warehouses)s AS warehouse ON warehouse.id = ancestor.warehouse_id
             WHERE location.usage IN ('internal', 'transit')
               AND ancestor.usage IN ('internal', 'transit')
          ORDER BY location.id, length(ancestor.parent_path)
            """,
            warehouses=Scenario.of(self.env).get_warehouses_sql(),
            policy=SQL(", ").join(SQL("%s AS %s", value, SQL.identifier(name)) for name, value in policy.items()),
        )
