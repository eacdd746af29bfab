from odoo import api, models
from odoo.fields import Domain

# Where goods lie that are ours.
STOCK_USAGES = ("internal", "transit")


class StockLocation(models.Model):
    """Which locations are a customer's."""

    _inherit = "stock.location"

    # ---- bound for a customer ----------------------------------------------
    # Where customers are is Odoo's answer: the locations of customers, and the transit to another company of ours. A
    # vendor, a warehouse of ours, a loss are not. Moves, transfers, domains and SQL have it from here.

    def _is_at_customers(self):
        """Whether what is brought here is at a customer's; Odoo is asked only where that takes a look."""
        return self.usage == "customer" or (self.usage == "transit" and self._is_outgoing())

    def _holds_stock(self):
        """Whether goods here are our stock, in a warehouse or on the road, and not at another company of ours yet."""
        return self.usage in STOCK_USAGES and not self._is_at_customers()

    def _stays_in_house(self, target):
        """Whether goods that go from here to *target* stay in a warehouse of ours."""
        places = self | target
        return len(places.warehouse_id) < 2 and all(
            place._holds_stock() and (place.usage == "internal" or place.warehouse_id) for place in places
        )

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
