from odoo import Command, api, models
from odoo.exceptions import UserError

from .. import locking


class StockBulkDecision(models.AbstractModel):
    """A decision on the selected deliveries: what it does is seen, and its reason asked, before it is done.

    Whoever inherits it has ``line_ids``, of which nobody but this model writes the deliveries.
    """

    _name = "stock.bulk.decision"
    _description = "Decision on Many Deliveries"

    @api.model
    def _open(self, deliveries):
        """Return the action that shows what the decision would do to *deliveries*, which their user may decide on."""
        if not deliveries:
            raise UserError(self.env._("Please choose a delivery."))
        lines = self.env[self._fields["line_ids"].comodel_name]
        # Nobody writes the lines but this model: what was shown is what is decided on.
        wizard = self.sudo().create({"line_ids": [Command.create(lines._prepare(one)) for one in deliveries]})
        return wizard.sudo(False)._get_action()

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._get_title(),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _get_title(self):
        """Return what the decision is called."""
        raise NotImplementedError

    def _lock(self):
        """Return the deliveries that are decided on; who works on one of them at the same moment is waited for.

        :raise AccessError: if the user may not read the decision, or one of the deliveries any more
        """
        self.ensure_one()
        self.check_access("read")
        deliveries = self.line_ids.picking_id
        deliveries.check_access("read")
        if not deliveries:
            raise UserError(self.env._("Please choose a delivery."))
        locking.wait_for(deliveries)
        return deliveries
