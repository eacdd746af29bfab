from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ... import arguments
from ..chain.engine_facts import as_facts
from ..chain.picking_states import CLOSED_STATES
from ..promise.stock_picking_held import HOLD_REASONS


class StockPicking(models.Model):
    """Deliveries are put on hold and released: on hold, they lend their goods and keep their places."""

    _inherit = "stock.picking"

    @arguments.public()
    def action_hold(self):
        """Show what putting these deliveries on hold would do, and ask for the reason.

        :raise AccessError: for who does not manage the stock
        """
        self.check_access("read")
        self._check_may_decide()
        return self.env["stock.hold"]._open(self)

    @arguments.public()
    def action_release(self):
        """Release those of these deliveries that are on hold.

        :raise AccessError: for who does not manage the stock
        :raise UserError: if none of them is
        """
        self.check_access("read")
        self._check_may_decide()
        self.check_access("write")
        held = self.filtered("is_held")
        if not held:
            raise UserError(self.env._("Nothing of what you have selected is on hold."))
        held._release()
        return True

    def _check_may_decide(self):
        """:raise AccessError: for who does not manage the stock of the deliveries' companies"""
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise AccessError(self.env._("Only who manages the stock may decide this."))
        if self.company_id - self.env.companies:
            raise AccessError(self.env._("You can only decide for the companies that you have chosen."))

    # ---- hold --------------------------------------------------------------

    def _get_hold_refusal(self):
        """Return why the delivery cannot be put on hold, in words; "" where it can."""
        if self.is_held:
            return self.env._("It is on hold already.")
        if self.state == "draft":
            return self.env._("It is not confirmed yet.")
        lines = self.move_ids._filtered_open()
        if lines and not any(line._serves_customer() for line in lines):
            return self.env._("It is no delivery to a customer.")
        return self._get_touched_refusal()

    def _get_touched_refusal(self):
        """Return why the goods of the delivery cannot be taken from it any more, in words; "" where they can."""
        if self.state in CLOSED_STATES:
            is_done = self.state == "done"
            return self.env._("It has shipped meanwhile.") if is_done else self.env._("It was cancelled meanwhile.")
        if self._is_shipped_by_vendor():
            return self.env._("Its vendor ships it.")
        lines = self.move_ids._filtered_open()
        if lines._are_being_picked():
            return self.env._("It is being picked, or its papers are printed.")
        if (lines | lines._get_own_steps()).move_line_ids.result_package_id:
            return self.env._("It is packed.")
        if "batch_id" in self._fields and self.batch_id.state == "in_progress":
            return self.env._("It is in a batch that has begun.")
        return ""

    def _hold(self, reason, note=""):
        """Put these deliveries, and the steps before them that serve nobody else, on hold.

        :param str reason: a value of ``hold_reason``
        :raise UserError: if one of them cannot be
        """
        self._check_decided({picking: picking._get_hold_refusal() for picking in self})
        if reason not in dict(HOLD_REASONS):
            raise UserError(self.env._("Please say why it is put on hold."))
        facts = {"is_held": True, "hold_reason": reason, "hold_note": note, "held_date": fields.Datetime.now()}
        self._write_facts({**facts, "held_by_id": self.env.uid})
        lines = self.move_ids._filtered_open()
        for picking in self:
            picking.move_ids._filtered_open()._log_decision("hold", picking._get_hold_text())
        (lines | lines._get_own_steps())._hold()
        self._message_log_batch(bodies={picking.id: picking._get_hold_sentence() for picking in self})

    def _get_hold_sentence(self):
        words = self._get_hold_text()
        return f"{words[:1].upper()}{words[1:]}."

    def _release(self):
        """Let these deliveries, and the steps before them, take part again in their old places."""
        lines = self.move_ids._filtered_open()
        steps = lines.browse(lines._rollup_move_origs()).filtered("is_held")
        notes = {picking: self.env._("It was %s.", picking._get_hold_text()) for picking in self}
        for picking, note in notes.items():
            picking.move_ids._filtered_open()._log_decision("release", note)
        self._write_facts({"is_held": False})
        (lines | steps)._release()
        self._message_log_batch(
            bodies={picking.id: self.env._("Released. %s", note) for picking, note in notes.items()}
        )

    def _check_decided(self, refusals):
        """:param refusals: ``{delivery: words, or ""}``

        :raise UserError: that names each delivery and why it cannot be
        """
        told = [f"{picking.name}: {words}" for picking, words in refusals.items() if words]
        if told:
            raise UserError("\n".join(told))

    # ---- while it is on hold -------------------------------------------------

    def _prepare_inherited_values(self, vals):
        """What is split off a delivery on hold is on hold."""
        values = super()._prepare_inherited_values(vals)
        if not self.is_held:
            return values
        names = ("is_held", "hold_reason", "hold_note", "held_date")
        facts = {**{name: self[name] for name in names}, "held_by_id": self.held_by_id.id}
        return {**values, **as_facts(facts)}

    @arguments.public()
    def action_assign(self):
        """:raise UserError: if all of these deliveries are on hold: nothing is reserved for them"""
        if self and all(picking.is_held for picking in self):
            self.move_ids._check_not_held()
        return super().action_assign()

    @arguments.public()
    def button_validate(self):
        """:raise UserError: if one of them is on hold"""
        self.filtered("is_held").move_ids._check_not_held()
        return super().button_validate()
