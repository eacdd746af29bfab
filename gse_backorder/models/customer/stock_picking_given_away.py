from odoo import models
from odoo.fields import Domain

from ..chain.engine_facts import as_facts
from ..chain.picking_states import CLOSED_STATES


class StockPicking(models.Model):
    """A delivery that becomes another customer's: what was the first one's does not come along."""

    _inherit = "stock.picking"

    def _compute_customer_id(self):
        """Whoever it is for from now on, and by whatever way: what the customer before had of it is his alone."""
        before = {picking: picking.customer_id for picking in self if picking.id}  # not of a form that is looked at
        result = super()._compute_customer_id()
        given_away = [picking.id for picking, customer in before.items() if customer - picking.customer_id]
        self.browse(given_away)._forget_customer()
        return result

    def write(self, vals):
        """What is noted together with another customer is meant for him: it comes after what is forgotten."""
        if not vals.get("site_note"):
            return super().write(vals)
        super().write({name: value for name, value in vals.items() if name != "site_note"})
        self.mapped("customer_id")  # it may be pending, and would forget the note, too
        return super().write({"site_note": vals["site_note"]})

    def _forget_customer(self):
        """Leave nothing on these deliveries that their customer before has said, chosen, accepted or was told."""
        if not self:
            return
        chosen = self.filtered(lambda picking: picking.customer_move_type and picking.state not in CLOSED_STATES)
        self.write({**as_facts(dict.fromkeys(self._get_customers_own(), False)), "site_note": False})
        self.move_ids.filtered("customer_cancelled_date")._write_facts({"customer_cancelled_date": False})
        self.env.add_to_compute(self._fields["move_type"], chosen)
        self._keep_conversation_for_staff()
        # What he was still to be told speaks of what he was told before. Who gives it away need not read the queue.
        self.sudo().customer_notice_ids.unlink()

    def _get_customers_own(self):
        """Return the names of the facts of a delivery that are between us and its customer."""
        return ["accepted_promise_date", "customer_move_type", "told_no_promise", "told_promise_date"]

    def _keep_conversation_for_staff(self):
        """Let what was said so far be read by staff alone: the next customer begins a conversation of his own."""
        # Whoever gives it away need not be able to change what others have written.
        messages = self.env["mail.message"].sudo()
        said = Domain("model", "=", self._name) & Domain("res_id", "in", self.ids) & Domain("is_internal", "=", False)
        messages.search(said).write({"is_internal": True})
