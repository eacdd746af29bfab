from odoo import api, models

# The warehouse's own screens listen to it, wherever they are open.
STAFF_EVENT = "gse_backorder.staff_changed"
# Among the data of the cursor's precommit hooks, while one is there that tells.
CHANGED = "gse_backorder.changed"


class StockLive(models.AbstractModel):
    """What tells the screens that are open that what they show has changed: once a transaction, when all is done."""

    _name = "stock.live"
    _description = "Open Screens"

    @api.model
    def _tell_changed(self, transfers, products=()):
        """See to it that the screens are told that these transfers, or what waits for these products, have changed."""
        precommit = self.env.cr.precommit
        if CHANGED not in precommit.data:
            precommit.data[CHANGED] = (set(), set())
            precommit.add(self._send_changed)
        transfer_ids, product_ids = precommit.data[CHANGED]
        transfer_ids.update(transfers.ids)
        product_ids.update(products and products.ids)

    @api.model
    def _send_changed(self):
        transfer_ids, product_ids = self.env.cr.precommit.data.pop(CHANGED)
        # Who moves goods need not be able to read what is told of them.
        self.sudo()._send(self.env["stock.picking"].sudo().browse(transfer_ids).exists(), product_ids)

    @api.model
    def _send(self, transfers, product_ids):
        """Tell all who look on; nothing but that something has changed is said.

        :param product_ids: a set of ids of products
        """
        if transfers:
            self._send_to_staff()

    @api.model
    def _send_to_staff(self):
        self.env["bus.bus"]._sendone(self.env.ref("stock.group_stock_user"), STAFF_EVENT, {})
