from odoo import api, fields, models

from ..models.chain.quantity import get_digits


class StockCloseShortLine(models.TransientModel):
    _name = "stock.close.short.line"
    _inherit = ["stock.bulk.decision.line"]
    _description = "Remainder to Close Short"

    wizard_id = fields.Many2one("stock.close.short", required=True, index=True, ondelete="cascade")
    items_open = fields.Float(string="Open", digits="Product Unit", readonly=True)
    open_value = fields.Monetary(string="Value", currency_field="currency_id", readonly=True)
    currency_id = fields.Many2one(related="picking_id.company_id.currency_id")
    age_days = fields.Integer(string="Age", readonly=True, help="In days, since the customer ordered.")
    effect = fields.Char(string="What else is affected", readonly=True)
    refusal = fields.Char(string="Why it is left out", readonly=True)

    @api.model
    def _prepare(self, delivery):
        """Return the values of the line that shows what closing *delivery* would do now."""
        refusal = delivery._get_closing_refusal()
        return {
            "picking_id": delivery.id,
            "items_open": delivery.items_open,
            "open_value": delivery.open_value,
            "age_days": delivery.age_days,
            "effect": "" if refusal else delivery._get_closing_effect(),
            "refusal": refusal,
        }

    def _filtered_closing(self):
        return self.filtered(lambda line: not line.refusal)

    def _has_changed(self):
        """Whether of one of the remainders something else would be closed by now than was shown."""
        digits = get_digits(self.env)
        return any(
            bool(line.refusal) != bool(line.picking_id._get_closing_refusal())
            or (not line.refusal and round(line.picking_id.items_open - line.items_open, digits))
            for line in self
        )
