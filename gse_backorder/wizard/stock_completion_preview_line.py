from odoo import api, fields, models

from ..models.chain.quantity import get_digits


class StockCompletionPreviewLine(models.TransientModel):
    _name = "stock.completion.preview.line"
    _description = "Delivery to Complete"
    _order = "outcome desc, id"

    preview_id = fields.Many2one("stock.completion.preview", required=True, index=True, ondelete="cascade")
    picking_id = fields.Many2one("stock.picking", string="Delivery", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="picking_id.partner_id")
    outcome = fields.Selection(
        [("full", "In full"), ("part", "In part"), ("none", "Nothing")], string="Ships", required=True, readonly=True
    )
    shipping_lines = fields.Integer(string="Lines that ship", readonly=True)
    shipping_items = fields.Float(string="Items that ship", digits="Product Unit", readonly=True)
    staying_lines = fields.Integer(string="Lines that stay", readonly=True)
    staying_items = fields.Float(string="Items that stay", digits="Product Unit", readonly=True)
    reason = fields.Char(string="Why nothing ships", readonly=True)

    @api.model
    def _prepare_all(self, deliveries):
        """Return the values of the lines that show what would become of *deliveries* now."""
        return [self._prepare(delivery) for delivery in deliveries]

    @api.model
    def _prepare(self, delivery):
        shipment = delivery._get_shipment()
        outcome = "part" if shipment.staying_lines else "full"
        return {
            "picking_id": delivery.id,
            "outcome": outcome if shipment.shipping_lines else "none",
            "shipping_lines": shipment.shipping_lines,
            "shipping_items": shipment.shipping_items,
            "staying_lines": shipment.staying_lines,
            "staying_items": shipment.staying_items,
            "reason": shipment.refusal,
        }

    def _filtered_shipping(self):
        return self.filtered(lambda line: line.outcome != "none")

    def _has_changed(self):
        """Whether of one of the deliveries something else would ship by now than was shown."""
        names = ("shipping_lines", "shipping_items", "staying_lines", "staying_items")
        digits = get_digits(self.env)
        now = self._prepare_all([line.picking_id for line in self])
        return any(
            round(values[name] - line[name], digits) for line, values in zip(self, now, strict=True) for name in names
        )
