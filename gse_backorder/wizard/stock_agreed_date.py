from odoo import api, fields, models

from .. import arguments


class StockAgreedDate(models.TransientModel):
    """A date that was agreed with the customer by telephone: what it does to each delivery is seen before."""

    _name = "stock.agreed.date"
    _inherit = ["stock.bulk.decision"]
    _description = "Agreed Date"

    date = fields.Date(string="Agreed Date", help="The day that the customer counts on, by the warehouse's calendar.")
    note = fields.Char(string="Reason", help="With whom it was agreed, and why. It is kept in the log.")
    line_ids = fields.One2many("stock.agreed.date.line", "wizard_id")
    is_done = fields.Boolean(readonly=True)
    refused_count = fields.Integer(compute="_compute_refused_count", help="For how many of them it cannot be kept.")

    @api.depends("line_ids.refusal")
    def _compute_refused_count(self):
        for wizard in self:
            wizard.refused_count = len(wizard.line_ids.filtered("refusal"))

    def _get_title(self):
        return self.env._("Agreed with the Customer")

    @arguments.public(single=True)
    def action_agree(self):
        """Keep the deliveries for the date; clicked twice, it is done once.

        :raise AccessError: if the user may not agree it for one of them any more
        :raise UserError: if it cannot be kept for one of them; nothing is changed then
        """
        deliveries = self._lock()
        deliveries._check_may_agree()
        if not self.is_done:
            deliveries._agree_date(self.date, self.note)
            self.is_done = True
        return {"type": "ir.actions.act_window_close"}
