from markupsafe import Markup

from odoo import api, models

from ..allocation.stock_backorder_allocation import ARRIVAL_CAUSES
from ..chain.wording import name_first


class StockAllocation(models.AbstractModel):
    """Who is responsible hears of what has become ready."""

    _inherit = "stock.allocation"

    @api.model
    def _after_handing_out(self, served, cause, sources):
        """Tell who is responsible for them what became ready, once per event, and whom an arrival concerns."""
        result = super()._after_handing_out(served, cause, sources)
        ready = self._get_served_transfers(served).filtered(lambda picking: picking.fulfillment_state == "ready")
        arrivals = self._get_arrivals(served, cause, sources)
        # Who acts knows it; who is told of an arrival as a whole needs no second message.
        told_anyhow = self.env.user.union(*(arrival._get_arrival_user() for arrival in arrivals))
        self._notify(ready, sources.picking_id, told_anyhow)
        self.env["stock.arrival.notice"]._queue(arrivals)
        return result

    @api.model
    def _get_arrivals(self, served, cause, sources):
        """Return the transfers that have brought what was handed out, if it was brought by any."""
        if cause not in ARRIVAL_CAUSES:
            return sources.picking_id.browse()
        products = {move.product_id for move in served}
        return sources.filtered(lambda move: move.product_id in products).picking_id

    @api.model
    def _get_ready_subject(self, origin, pickings):
        """Return which deliveries a message on what has become ready is about, and what has brought their goods."""
        names = name_first(pickings.mapped("name"), named=3)
        if not origin:
            return self.env._("Ready to ship: %s", names)
        return self.env._("Ready to ship: %(deliveries)s, from %(origin)s", deliveries=names, origin=origin.name)

    @api.model
    def _notify(self, ready, origins, told_anyhow):
        """Send each responsible one message with the deliveries that have become ready.

        :param origins: the transfers that have brought or freed the stock; he is told of one of his own companies
        """
        for user, pickings in ready.grouped(lambda picking: picking._get_warehouse_user()).items():
            if not user or user in told_anyhow:
                continue
            told = self.with_context(lang=user.lang)
            origin = origins.filtered(lambda transfer, user=user: transfer.company_id in user.company_ids)[:1]
            items = Markup("").join(
                Markup("<li>%s</li>") % picking._get_html_link() for picking in pickings.sorted("name")
            )
            actor = self.env.user._get_actor_in(pickings.company_id)
            (origin or self.env["mail.thread"]).with_user(actor).sudo().message_notify(
                partner_ids=user.partner_id.ids,
                subject=told._get_ready_subject(origin, pickings.sorted("name")),
                body=Markup("<p>%s</p><ul>%s</ul>")
                % (
                    told.env._("Stock from %s has made these deliveries ready to ship:", origin.name)
                    if origin
                    else told.env._("New stock has made these deliveries ready to ship:"),
                    items,
                ),
            )
