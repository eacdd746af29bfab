from odoo import api, fields, models


class StockHoldLine(models.TransientModel):
    _name = "stock.hold.line"
    _inherit = ["stock.bulk.decision.line"]
    _description = "Delivery to Put on Hold"

    wizard_id = fields.Many2one("stock.hold", required=True, index=True, ondelete="cascade")
    promise_day = fields.Date(string="Ships on", readonly=True)
    items_open = fields.Float(string="Open", digits="Product Unit", readonly=True)
    items_lent = fields.Float(
        string="Freed",
        digits="Product Unit",
        readonly=True,
        help="How much is reserved for it, and goes to the next who wait: sum over the lines, in the products' units.",
    )
    refusal = fields.Char(string="Why it is left out", readonly=True)

    @api.model
    def _prepare(self, delivery):
        lines = delivery.move_ids._filtered_open()
        reserved = lines | lines._get_own_steps()
        refusal = delivery._get_hold_refusal()
        return {
            "picking_id": delivery.id,
            "promise_day": delivery.promise_day,
            "items_open": delivery.items_open,
            "items_lent": 0.0 if refusal else sum(line._get_filled_in_product_unit() for line in reserved),
            "refusal": refusal,
        }
