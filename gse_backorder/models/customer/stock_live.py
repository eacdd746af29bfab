from odoo import api, models
from odoo.tools import SQL, hmac

from ..chain.picking_states import CLOSED_STATES

# What the page's script listens to: it is told that something has changed, never what.
LIVE_EVENT = "gse_backorder.changed"


class StockLive(models.AbstractModel):
    """The pages that customers have open."""

    _inherit = "stock.live"

    @api.model
    def _send(self, transfers, product_ids):
        """Tell the pages that customers have open, once a channel, however many lines have changed."""
        deliveries = transfers.filtered(lambda transfer: transfer._is_customer_delivery())
        # Nobody has a page open that waits for any other product.
        products = self.env["product.product"].browse(self._get_waited_for(product_ids))
        for kind, records in (("customer", deliveries.customer_id), ("product", products)):
            for record in records:
                self.env["bus.bus"]._sendone(self._get_channel(kind, record), LIVE_EVENT, {})
        return super()._send(transfers, product_ids)

    @api.model
    def _get_waited_for(self, product_ids):
        """Return those of the products that some customer waits for, or has on his pad; the first who does is enough
        to know it."""
        self.env["stock.move"].flush_model(["picking_id", "product_id", "state"])
        self.env["stock.picking"].flush_model(["customer_id"])
        self.env["stock.order.pad.line"].flush_model(["found_product_id", "pad_id"])
        self.env["stock.order.pad"].flush_model(["sent_date"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT product_id
                  FROM unnest(%(product_ids)s::int[]) AS product (product_id)
                 WHERE EXISTS (
                           SELECT 1
                             FROM stock_move AS move
                             JOIN stock_picking AS picking ON picking.id = move.picking_id
                            WHERE move.product_id = product.product_id
                              AND move.state NOT IN ('draft', 'done', 'cancel')
                              AND picking.customer_id IS NOT NULL
                       )
                    OR EXISTS (
                           SELECT 1
                             FROM stock_order_pad_line AS line
                             JOIN stock_order_pad AS pad ON pad.id = line.pad_id
                            WHERE line.found_product_id = product.product_id
                              AND pad.sent_date IS NULL
                       )
                """,
                product_ids=sorted(product_ids),
            )
        )
        return [product_id for (product_id,) in rows]

    @api.model
    def _get_channels(self, delivery):
        """Return the bus channels that tell when the page of *delivery* has to be read anew.

        Nobody can guess a channel's name who was not given it, and nothing but "changed" is said on it.
        """
        waiting = delivery._get_own_chain().move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        return self._get_customer_channels(delivery.customer_id, waiting.product_id)

    @api.model
    def _get_customer_channels(self, partner, products=()):
        """Return the channels that tell of what is the customer's own, and of the *products* that he waits for."""
        channels = [self._get_channel("customer", partner.commercial_partner_id)]
        return channels + [self._get_channel("product", product) for product in products]

    @api.model
    def _get_channel(self, kind, record):
        secret = hmac(self.env(su=True), "gse_backorder-channel", f"{kind}-{record.id}")
        return f"gse_backorder-{kind}-{secret}"
