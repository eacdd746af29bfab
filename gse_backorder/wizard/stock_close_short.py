from odoo import Command, api, fields, models

from .. import arguments


class StockCloseShort(models.TransientModel):
    """Remainders that are closed short in one go: what is left out, and what else is affected, is seen before."""

    _name = "stock.close.short"
    _inherit = ["stock.bulk.decision"]
    _description = "Remainders to Close Short"

    reason = fields.Char(help="Why they are closed. Staff read it on each delivery.")
    line_ids = fields.One2many("stock.close.short.line", "wizard_id")
    has_changed = fields.Boolean(readonly=True, help="What would be closed has changed since it was shown.")
    closing_count = fields.Integer(string="Remainders", compute="_compute_totals")
    closing_value = fields.Monetary(
        string="Value", compute="_compute_totals", currency_field="currency_id", help="In the company's currency."
    )
    customer_count = fields.Integer(string="Customers", compute="_compute_totals", help="Each is told once.")
    left_out_count = fields.Integer(string="Left Out", compute="_compute_totals")
    currency_id = fields.Many2one("res.currency", compute="_compute_totals")

    @api.depends("line_ids")
    def _compute_totals(self):
        for wizard in self:
            closing = wizard.line_ids._filtered_closing()
            wizard.closing_count = len(closing)
            wizard.left_out_count = len(wizard.line_ids - closing)
            wizard.customer_count = len(closing.picking_id.customer_id)
            companies = closing.picking_id.company_id
            is_one = len(companies.currency_id) == 1
            wizard.currency_id = companies.currency_id if is_one else False
            wizard.closing_value = sum(closing.mapped("open_value")) if is_one else 0.0

    def _get_title(self):
        return self.env._("Close Remainders Short")

    @arguments.public(single=True)
    def action_close(self):
        """Close what was shown; show it anew where it has changed since.

        :raise AccessError: if the user may not decide it for one of them any more
        :raise UserError: if nothing can be closed, or no reason is given
        """
        deliveries = self._lock()
        deliveries._check_may_decide()
        if self.line_ids._has_changed():
            lines = [Command.create(self.line_ids._prepare(delivery)) for delivery in deliveries]
            # Nobody writes the lines but this model: what was shown is what is decided on.
            self.sudo().write({"line_ids": [Command.clear(), *lines], "has_changed": True})
            return self._get_action()
        closing = self.line_ids._filtered_closing().picking_id
        closing.check_access("write")
        if not closing:
            refusals = {line.picking_id: line.refusal for line in self.line_ids}
            deliveries._check_decided(refusals)
        closing._close_short(self.reason)
        return {"type": "ir.actions.act_window_close"}
