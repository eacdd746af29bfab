from odoo import fields, models

from .stock_picking import CLOSED_STATES, CUSTOMER_CODES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    site_note = fields.Text(
        string="Site Notes",
        help="Delivery instructions for the customer's receiving site. They are printed on the documents of the order's"
        " deliveries and backorders, and the customer reads them. Changing them changes the deliveries that are still"
        " open and have no notes of their own.",
    )

    def write(self, vals):
        """Open deliveries follow the order's notes for the site, unless somebody has written other ones on them."""
        if "site_note" not in vals:
            return super().write(vals)
        followers = self._get_site_note_followers()
        result = super().write(vals)
        followers.write({"site_note": vals["site_note"]})
        return result

    def _get_site_note_followers(self):
        """Return the open transfers whose notes for the site are the order's own, or empty."""
        # Who may change the order says what its deliveries tell the site, also on steps that he may not open.
        return self.sudo().picking_ids.filtered(
            lambda picking: (
                picking.state not in CLOSED_STATES
                and picking.picking_type_code in ("internal", *CUSTOMER_CODES)
                and (not picking.site_note or picking.site_note == picking.sale_id.site_note)
            )
        )

    def _get_backorder_confirmations(self):
        """Return the deliveries to print confirmations of: one for each chain of which a backorder is to come."""
        self.ensure_one()
        deliveries = self.picking_ids.filtered(lambda picking: picking.picking_type_code in CUSTOMER_CODES)
        confirmations = deliveries._get_backorder_confirmations()
        return confirmations.filtered(lambda delivery: delivery._get_backordered_lines())
