from collections import defaultdict
from contextlib import contextmanager

from odoo import api, models
from odoo.tools import OrderedSet

from ..chain.picking_states import CLOSED_STATES
from .freed_stock import FreedStock, Reason
from .reservation_run import ReservationRun
from .stock_backorder_pool import get_pools

# What says how much is held, and where.
PLACE_FIELDS = {
    "location_dest_id",
    "location_id",
    "lot_id",
    "owner_id",
    "package_id",
    "product_uom_id",
    "quant_id",
    "quantity",
    "result_package_id",
}


class StockMoveLine(models.Model):
    """What is reserved in detail: what is taken away or deleted here is free for the next."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """While stock is handed out to many claims, gather their lines, and make them in one go.

        Odoo reserves claim by claim, and makes a line for each. Lines that are made in any other way come after those
        that were gathered: the order stays Odoo's.
        """
        batch = ReservationRun.of(self.env).batch
        if batch is not None and not batch.is_writing:
            if batch.is_gathering:
                quants = self.env["stock.quant"]
                vals_list = [vals for vals in vals_list if not quants._reserve_in_batch(vals)]
            else:
                batch.make_lines(self)
        if not self._are_of_done(vals_list):
            return super().create(vals_list)
        with self.env["stock.allocation"]._handing_out() as freed:
            lines = super().create(vals_list)
            lines.move_id._explain_corrected(freed)
        return lines

    @api.model
    def _are_of_done(self, vals_list):
        """Return whether lines with these values are to be added to what is done already."""
        if not vals_list:
            return False
        moves = self.move_id.browse({vals["move_id"] for vals in vals_list if vals.get("move_id")})
        transfers = self.picking_id.browse({vals["picking_id"] for vals in vals_list if vals.get("picking_id")})
        return "done" in {*moves.mapped("state"), *transfers.mapped("state")}

    def write(self, vals):
        """What these lines let go is handed out before the commit; what corrects a done one, at once."""
        if PLACE_FIELDS.isdisjoint(vals):
            return super().write(vals)
        done = self.move_id.filtered(lambda move: move.state == "done")
        if not done:
            with self._letting_go():
                return super().write(vals)
        with self.env["stock.allocation"]._handing_out() as freed, self._letting_go():
            result = super().write(vals)
            (self & done.move_line_ids)._free_what_is_missing()
            done._explain_corrected(freed)
        return result

    def _free_what_is_missing(self):
        """Let those lose their reservation, last in the ranking first, for whom these lines have brought too little.

        They are done and were corrected. Odoo does so where goods are taken from, and not where they are brought to.
        """
        quants = self.env["stock.quant"]
        for line in self:
            place = {"lot_id": line.lot_id, "package_id": line.result_package_id, "owner_id": line.owner_id}
            product, location = line.product_id, line.location_dest_id
            if not product.is_storable or not location.stock_area_id:
                continue
            left = quants._get_available_quantity(product, location, **place, strict=True, allow_negative=True)
            if product.uom_id.compare(left, 0) < 0:
                line._free_reservation(product, location, -left, **place)

    def unlink(self):
        with self._letting_go():
            return super().unlink()

    @contextmanager
    def _letting_go(self):
        """Say that what becomes free meanwhile these lines have held: somebody has taken it from their moves."""
        held = self.filtered(lambda line: line.state not in CLOSED_STATES and line.quantity)
        pools, moves = get_pools(held.sudo(), "location_id"), held.move_id
        yield
        if pools:
            FreedStock.of(self.env.cr).suppose(pools, Reason("unreserve", moves, moves._ids))

    def _free_reservation(
        self, product_id, location_id, quantity, lot_id=None, package_id=None, owner_id=None, ml_ids_to_ignore=None
    ):
        """Let those lose what is not there any more, *quantity* in the product's unit, who come last in the ranking.

        Odoo takes it from the transfer that is done and from those that are scheduled last. Here each loser is left to
        Odoo alone: the others are named as such that it leaves in peace.
        """
        place = {"lot_id": lot_id, "package_id": package_id, "owner_id": owner_id}
        spared = {*self.ids, *(ml_ids_to_ignore or ())}
        # Who comes last may be another company's, where the stock is shared: the user may not see him, nor is he named.
        holders = self.sudo()._get_holders(product_id, location_id, place)
        holders = holders.filtered(lambda line: line.id not in spared)
        for loser, lost in holders._get_losses(quantity).items():
            actor = self.env.user._get_actor_in(loser.company_id)
            super(StockMoveLine, self.with_user(actor).sudo())._free_reservation(
                product_id,
                location_id,
                lost,
                **place,
                ml_ids_to_ignore=OrderedSet([*spared, *(holders - loser).ids]),
            )
            if actor != self.env.user:
                loser.move_id.with_user(actor).sudo().flush_recordset()  # else it is written in the user's name
        return None  # as Odoo does

    @api.model
    def _get_holders(self, product, location, place):
        """Return the lines that hold goods of *product* at *location* and that nobody has picked yet.

        :param place: their lot, package and owner, each may be empty
        """
        return self.search(
            [
                ("state", "not in", CLOSED_STATES),
                ("product_id", "=", product.id),
                ("location_id", "=", location.id),
                *((name, "=", record.id if record else False) for name, record in place.items()),
                ("quantity_product_uom", ">", 0.0),
                ("picked", "=", False),
            ]
        )

    def _get_losses(self, quantity):
        """Return ``{line: how much it loses}`` of *quantity* that is not there; both in the product's unit.

        Units are lost as they rank, the last first: what of a line was promised and is kept for it goes after what of
        others is not. What is packed, or on a paper that somebody has in his hands, is let go last of all.
        """
        losses, unit = defaultdict(float), self.product_id.uom_id
        by_move = self.sorted("id", reverse=True).grouped("move_id")
        held = {move: move._get_filled_in_product_unit() for move in by_move}
        for is_handled in (False, True):
            for move, start in self.env["stock.ranking"]._get_parts_last_first(self.move_id):
                for line in by_move[move]:
                    lost = min(quantity, held[move] - start, line.quantity_product_uom - losses.get(line, 0.0))
                    if line._is_handled() == is_handled and unit.compare(lost, 0) > 0:
                        losses[line] += lost
                        held[move] -= lost
                        quantity -= lost
        return losses

    def _is_handled(self):
        return bool(self.picking_id.printed or self.result_package_id)
