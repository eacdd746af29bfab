from odoo import api, fields, models
from odoo.fields import Domain

STOCK_USAGES = ("internal", "transit")
# What says in which stock a location is.
AREA_FIELDS = {"location_id", "usage"}


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

    def write(self, vals):
        """What lies in a place that becomes a part of another stock comes into it."""
        result = super().write(vals)
        if not AREA_FIELDS.isdisjoint(vals):
            # Who arranges the stock need not be able to see what lies there.
            self.env["stock.quant"].sudo().search([("location_id", "child_of", self.ids)])._note_freed({})
        return result

    @api.model
    def _get_stock_ids(self):
        """Return the ids of the locations that hold goods of ours: those with a ``stock_area_id``."""
        # Where stock is does not depend on who asks.
        return self.sudo().with_context(active_test=False).search([("usage", "in", STOCK_USAGES)]).ids

    # ---- bound for a customer ----------------------------------------------
    # Where customers are is Odoo's answer: the locations of customers, and the transit to another company of ours. A
    # vendor, a warehouse of ours, a loss are not. Moves, transfers, domains and SQL have it from here.

    def _is_at_customers(self):
        """Whether what is brought here is at a customer's; Odoo is asked only where that takes a look."""
        return self.usage == "customer" or (self.usage == "transit" and self._is_outgoing())

    @api.model
    def _get_customers_domain(self, path="id"):
        """Return :meth:`_is_at_customers` as a domain.

        :param str path: the field that leads to the location
        """
        usage = "usage" if path == "id" else f"{path}.usage"
        domain = Domain(usage, "=", "customer")
        between_companies = self.env.ref("stock.stock_location_inter_company", raise_if_not_found=False)
        if not between_companies:
            return domain
        return domain | (Domain(usage, "=", "transit") & Domain(path, "child_of", between_companies.id))

    @api.model
    def _get_customers_ids(self):
        """Return the ids of the locations for which :meth:`_is_at_customers` holds, for SQL: there are few."""
        # Where customers are does not depend on who asks.
        return self.sudo().with_context(active_test=False).search(self._get_customers_domain()).ids

    def _get_path_ids(self):
        """Return the ids of the locations above this one, the topmost first, and its own."""
        return [int(location_id) for location_id in (self.parent_path or "").split("/")[:-1]]
