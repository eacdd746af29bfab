from odoo import models


class ResPartner(models.Model):
    """The addresses of our warehouses say whose days are counted."""

    _inherit = "res.partner"

    def write(self, vals):
        """The days of who is the address of a warehouse or a company are those of its zone."""
        result = super().write(vals)
        if "tz" in vals and self._is_address_of_ours():
            self.env.registry.clear_cache()
        return result

    def _is_address_of_ours(self):
        """Whether one of them is the address of a warehouse or a company, whichever the user may open."""
        everything = self.sudo().with_context(active_test=False).env
        return any(
            everything[model].search_count([("partner_id", "in", self.ids)], limit=1)
            for model in ("stock.warehouse", "res.company")
        )
