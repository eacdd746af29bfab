from odoo import api, fields, models
from odoo.exceptions import UserError

from ... import arguments

# What is a plain change of one field, and can be made at once; the others take somebody who talks to people.
PLAIN_KINDS = ("late", "priority", "deadline", "policy", "keep")


class StockWhatIfChange(models.TransientModel):
    """What was looked at is done, as a step of its own, with the rights of who does it."""

    _inherit = "stock.what.if.change"

    is_plain = fields.Boolean(compute="_compute_is_plain", help="Whether it can be done from here.")

    @api.depends("kind")
    def _compute_is_plain(self):
        for change in self:
            change.is_plain = change.kind in PLAIN_KINDS

    @arguments.public(single=True)
    def action_apply(self):
        """Do really what was looked at.

        :raise UserError: for what cannot be done from here, or is not said in full
        :raise AccessError: for who may not change it
        """
        self.ensure_one()
        self.check_access("write")
        if self.kind not in PLAIN_KINDS:
            raise UserError(self.env._("This cannot be done from here: it is no plain change."))
        if self.is_applied:
            raise UserError(self.env._("This is done already."))
        self._check_complete()
        getattr(self, f"_apply_{self.kind}")()
        self.is_applied = True
        return True

    def _apply_late(self):
        dates = self._get_new_dates()
        if not dates:
            raise UserError(self.env._("Nothing of it is still to come."))
        for move, date in dates.items():
            line = move.purchase_line_id if self._dates_purchases() else move.purchase_line_id.browse()
            if line:
                line.sudo(False).date_planned = date
            else:
                move.sudo(False).date = date

    def _apply_priority(self):
        self.picking_ids.priority = self.priority

    def _apply_deadline(self):
        self._get_delivery_moves().sudo(False).write({"date_deadline": self.deadline})

    def _apply_policy(self):
        self.warehouse_id.allocation_policy = self.policy

    def _apply_keep(self):
        self.warehouse_id.keep_promises = self.keeps
