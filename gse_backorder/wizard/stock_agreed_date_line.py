from odoo import api, fields, models


class StockAgreedDateLine(models.TransientModel):
    _name = "stock.agreed.date.line"
    _inherit = ["stock.bulk.decision.line"]
    _description = "Delivery of an Agreed Date"

    wizard_id = fields.Many2one("stock.agreed.date", required=True, index=True, ondelete="cascade")
    promise_day = fields.Date(string="Ships on", readonly=True, help="What is promised when it is looked at.")
    kept_day = fields.Date(string="Kept Until", readonly=True, help="The day for which it is kept so far.")
    refusal = fields.Char(string="Why it cannot be kept", compute="_compute_refusal")

    @api.depends("wizard_id.date", "picking_id")
    def _compute_refusal(self):
        for line in self:
            line.refusal = line.picking_id._get_agreed_refusal(line.wizard_id.date)

    @api.model
    def _prepare(self, delivery):
        return {
            "picking_id": delivery.id,
            "promise_day": delivery.promise_day,
            "kept_day": delivery._get_kept_day(),
        }
