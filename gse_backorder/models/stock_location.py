from odoo import api, fields, models

STOCK_USAGES = ("internal", "transit")


class StockLocation(models.Model):
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
        paths = {location: location._get_path_ids() for location in self}
        everyone = self.browse({location_id for path in paths.values() for location_id in path})
        for location, path in paths.items():
            holding = (
                everyone.browse(path).with_prefetch(everyone.ids).filtered(lambda part: part.usage in STOCK_USAGES)
            )
            location.stock_area_id = holding[:1] if location.usage in STOCK_USAGES else False

    def _get_path_ids(self):
        """Return the ids of the locations above this one, the topmost first, and its own."""
        return [int(location_id) for location_id in (self.parent_path or "").split("/")[:-1]]
