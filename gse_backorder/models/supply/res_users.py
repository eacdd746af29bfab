from odoo import models

from .stock_supply_alert import ACTIVITY_TYPE

NEED = "stock.supply.need"
STATES = ("overdue", "today", "planned")


class ResUsers(models.Model):
    """Shortages are a group of their own in a purchaser's activities."""

    _inherit = "res.users"

    def _get_activity_groups(self):
        """Shortages are no work on a product: under the clock they stand by themselves, and open the supply needs."""
        groups = super()._get_activity_groups()
        products = next((group for group in groups if group["model"] == "product.product"), None)
        counts = self._count_shortages() if products and self.env[NEED].has_access("read") else {}
        if not counts:
            return groups
        totals = {f"{state}_count": counts.get(state, 0) for state in STATES}
        totals["total_count"] = totals["overdue_count"] + totals["today_count"]  # as Odoo does
        products.update({name: products[name] - count for name, count in totals.items()})
        shortages = {
            **products,
            **totals,
            "id": self.env["ir.model"]._get(NEED).id,
            "name": self.env._("Supply Needs"),
            "model": NEED,
            "domain": [],
        }
        if not any(products[f"{state}_count"] for state in STATES):
            groups.remove(products)
        return [*groups, shortages]

    def _count_shortages(self):
        """Return ``{state: count}`` of the products for which shortages are all that the user has to do.

        Odoo has counted the latest of all his activities: of the same ones.
        """
        limit = int(self.env["ir.config_parameter"].sudo().get_param("mail.activity.systray.limit", 1000))
        latest = self.env["mail.activity"].search([("user_id", "=", self.env.uid)], order="id desc", limit=limit)
        own = latest.filtered(lambda activity: activity.res_model == "product.product")
        shortage = self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY_TYPE)
        readable = self.env["product.product"].browse(own.mapped("res_id")).exists()._filtered_access("read")
        counts = {}
        for product_id, activities in own.grouped("res_id").items():
            if product_id in readable.ids and all(one.activity_type_id.id == shortage for one in activities):
                state = next(state for state in STATES if state in activities.mapped("state"))
                counts[state] = counts.get(state, 0) + 1
        return counts
