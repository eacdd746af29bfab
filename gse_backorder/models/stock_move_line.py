from odoo import api, models
from odoo.tools import OrderedSet

from .picking_states import CLOSED_STATES
from .reservation_run import ReservationRun


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """While stock is handed out to many claims, gather their lines, and make them in one go.

        Odoo reserves claim by claim, and makes a line for each. Lines that are made in any other way come after those
        that were gathered: the order stays Odoo's.
        """
        batch = ReservationRun.of(self.env).batch
        if batch is None or batch.is_writing:
            return super().create(vals_list)
        if batch.is_gathering:
            quants = self.env["stock.quant"]
            vals_list = [vals for vals in vals_list if not quants._reserve_in_batch(vals)]
        else:
            batch.make_lines(self)
        return super().create(vals_list)

    def _free_reservation(
        self, product_id, location_id, quantity, lot_id=None, package_id=None, owner_id=None, ml_ids_to_ignore=None
    ):
        """Let those lose what is not there any more, *quantity* in the product's unit, who come last in the ranking.

        Odoo takes it from the transfer that is done and from those that are scheduled last. Here each loser is left to
        Odoo alone: the others are named as such that it leaves in peace.
        """
        place = {"lot_id": lot_id, "package_id": package_id, "owner_id": owner_id}
        spared = {*self.ids, *(ml_ids_to_ignore or ())}
        holders = self._get_holders(product_id, location_id, place).filtered(lambda line: line.id not in spared)
        for loser in holders._sort_as_losers():
            if product_id.uom_id.compare(quantity, 0) <= 0:
                break
            lost = min(quantity, loser.quantity_product_uom)
            super()._free_reservation(
                product_id,
                location_id,
                lost,
                **place,
                ml_ids_to_ignore=OrderedSet([*spared, *(holders - loser).ids]),
            )
            quantity -= lost
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

    def _sort_as_losers(self):
        """Return the lines in the order in which they lose what they hold: last in the ranking, first to lose.

        What is packed, or on a paper that somebody has in his hands, is let go last of all.
        """
        places = self.env["stock.ranking"]._get_positions(self.move_id)
        return self.sorted(
            lambda line: (
                bool(line.picking_id.printed or line.result_package_id),
                -places.get(line.move_id.id, len(places)),
                -line.id,
            )
        )
