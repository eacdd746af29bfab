from odoo import api, fields, models

STOCK_USAGES = ("internal", "transit")


class StockLocation(models.Model):
    _inherit = "stock.location"

    stock_area_id = fields.Many2one(
        "stock.location",
        compute="_compute_stock_area_id",
        compute_sudo=True,
        help="The topmost location that holds goods above this one: the stock that reservation can draw on. Empty for a"
        " location that holds no goods of ours (customers, vendors). Pegging has the same in SQL.",
    )

    @api.depends("parent_path", "usage")
    def _compute_stock_area_id(self):
        for location in self:
            ancestors = self.browse(int(location_id) for location_id in (location.parent_path or "").split("/")[:-1])
            holding = (ancestors | location).filtered(lambda ancestor: ancestor.usage in STOCK_USAGES)
            location.stock_area_id = holding[:1] if location.usage in STOCK_USAGES else False
