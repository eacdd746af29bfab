from odoo import models


class StockMove(models.Model):
    """What salespeople and purchasers, who read transfers, see of a line."""

    _inherit = "stock.move"

    # ---- who is sent here by an order --------------------------------------
    # Salespeople and purchasers read deliveries and receipts, see ``stock.picking._get_view``.

    def _compute_description_picking(self):
        """Who may read the line may read what it is called, whether or not he may open what it comes from."""
        return super(StockMove, self.sudo())._compute_description_picking()
