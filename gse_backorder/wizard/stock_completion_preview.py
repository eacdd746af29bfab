from odoo import Command, api, fields, models

from .. import arguments


class StockCompletionPreview(models.TransientModel):
    """What *Complete* will ship of the selected deliveries, and what stays: seen before it is done.

    What has changed since is shown anew instead: nobody ships what he has not seen.
    """

    _name = "stock.completion.preview"
    _description = "Deliveries to Complete"

    line_ids = fields.One2many("stock.completion.preview.line", "preview_id", readonly=True)
    has_changed = fields.Boolean(readonly=True, help="What can ship has changed since it was shown.")
    shipping_count = fields.Integer(string="Deliveries that ship", compute="_compute_totals")
    partly_count = fields.Integer(
        string="In part", compute="_compute_totals", help="Of these the rest goes to a backorder."
    )
    shipping_lines = fields.Integer(string="Lines that ship", compute="_compute_totals")
    shipping_items = fields.Float(string="Items that ship", compute="_compute_totals", digits="Product Unit")
    staying_count = fields.Integer(
        string="Deliveries that stay", compute="_compute_totals", help="Nothing of them can ship; they are left alone."
    )
    staying_lines = fields.Integer(
        string="Lines that stay", compute="_compute_totals", help="In full or in part, of all these deliveries."
    )
    staying_items = fields.Float(string="Items that stay", compute="_compute_totals", digits="Product Unit")

    @api.depends("line_ids")
    def _compute_totals(self):
        for preview in self:
            lines = preview.line_ids
            shipping = lines._filtered_shipping()
            preview.shipping_count = len(shipping)
            preview.partly_count = len(shipping.filtered(lambda line: line.outcome == "part"))
            preview.staying_count = len(lines - shipping)
            for name in ("shipping_lines", "shipping_items", "staying_lines", "staying_items"):
                preview[name] = sum(lines.mapped(name))

    @api.model
    def _open(self, deliveries):
        """Return the action that shows what would become of *deliveries*.

        :raise UserError: if they cannot be completed at all, see ``stock.completion``
        """
        self.env["stock.completion"]._check_can_start(deliveries)
        # Nobody writes it but this model: what was shown is what is compared.
        preview = self.sudo().create({"line_ids": self._prepare_lines(deliveries)})
        return preview.sudo(False)._get_action()

    @api.model
    def _prepare_lines(self, deliveries):
        return [Command.create(vals) for vals in self.env["stock.completion.preview.line"]._prepare_all(deliveries)]

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complete: what ships, what stays"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @arguments.public(single=True)
    def action_complete(self):
        """Ship what was shown, in the background; show it anew where something else would ship by now.

        :raise AccessError: if the user may not ship one of the deliveries any more
        :raise UserError: if one of them is being completed already, or was shipped or cancelled meanwhile
        """
        self.ensure_one()
        self.check_access("read")
        if self.line_ids._has_changed():
            deliveries = self.line_ids.picking_id
            self.sudo().write({"line_ids": [Command.clear(), *self._prepare_lines(deliveries)], "has_changed": True})
            return self._get_action()
        return self.line_ids._filtered_shipping().picking_id.action_complete()
