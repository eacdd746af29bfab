from odoo import api, models

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
