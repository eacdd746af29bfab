from odoo import api, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """While stock is handed out to many claims, gather their lines, and make all at once at the end.

        Odoo makes the lines claim by claim, and when it has gone through all claims asks for the last ones, if any.
        """
        batch = self.env.context.get("reservation_batch")
        if batch is None or batch.is_writing:
            return super().create(vals_list)
        if not vals_list:
            with batch.writing() as gathered:
                return super().create(gathered)
        quants = self.env["stock.quant"]
        return super().create([vals for vals in vals_list if not quants._reserve_in_batch(vals)])
