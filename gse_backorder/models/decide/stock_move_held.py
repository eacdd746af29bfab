from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ..allocation.freed_stock import Reason
from ..allocation.reservation_run import ReservationRun
from ..chain.engine_facts import as_facts


class StockMove(models.Model):
    """A line on hold is not reserved and does not move; what is split off it, serves it or joins it follows."""

    _inherit = "stock.move"

    # ---- hold and release ------------------------------------------------

    def _hold(self):
        """Put these lines on hold: what they have reserved goes to the next at once."""
        with self.env["stock.allocation"]._handing_out(Reason("unreserve", self, self._ids)):
            self._do_unreserve()
            self._write_facts({"is_held": True})

    def _release(self):
        """Let these lines take part again in their old places, and reserve what Odoo would reserve by itself."""
        self._write_facts({"is_held": False})
        if self.env["stock.allocation"]._is_switched_off():
            return
        # The setting that switches it off, and the day of each line, are the scheduler's.
        due = self.filtered_domain(self.env["stock.rule"]._get_moves_to_assign_domain(False))
        ReservationRun.of(self.env).caused_by("scheduler").carry(due)._action_assign()

    def _end_hold(self):
        """Let those of these lines take part again that no transfer on hold is for: nobody could release them."""
        self._filtered_open().filtered(lambda move: move.is_held and not move._get_held_transfer())._release()

    def _log_decision(self, cause, note):
        """Write into the log what somebody has decided for these lines, and why."""
        # The log is written by what happens, whoever makes it happen.
        self.env["stock.backorder.allocation"].sudo().create(
            [{**move.sudo()._prepare_allocation_values(cause), "note": note} for move in self]
        )

    def _check_not_held(self):
        """:raise UserError: if one of these lines is on hold"""
        if held := self.filtered("is_held"):
            raise UserError(
                self.env._(
                    "%s: on hold. Release it first.",
                    ", ".join((held.picking_id.filtered("is_held") or held.picking_id).mapped("name")),
                )
            )

    # ---- while it is on hold ---------------------------------------------

    def _action_assign(self, force_qty=False):
        """What is on hold is passed over, whoever reserves."""
        taking_part = self - self.filtered("is_held") if any(move.is_held for move in self) else self
        return super(StockMove, taking_part)._action_assign(force_qty=force_qty)

    @api.constrains("quantity")
    def _check_held_takes_nothing(self):
        """:raise ValidationError: if somebody reserves goods by hand for a line that is on hold"""
        held = self.filtered(lambda move: move.is_held and move.product_uom.compare(move.quantity, 0) > 0)
        if held:
            names = ", ".join(held.picking_id.mapped("name"))
            raise ValidationError(self.env._("%s: on hold. Release it first.", names))

    def _action_done(self, cancel_backorder=False):
        """:raise UserError: if goods are moved for a line that is on hold"""
        self.filtered(lambda move: move.picked and move.quantity)._check_not_held()
        return super()._action_done(cancel_backorder=cancel_backorder)

    # ---- who is on hold with it ------------------------------------------

    def _prepare_hold(self):
        """Return the values by which another line is on hold as this one is."""
        return as_facts({"is_held": self.is_held})

    def _prepare_procurement_values(self):
        return {**super()._prepare_procurement_values(), **self._prepare_hold()}

    def _prepare_move_split_vals(self, qty):
        return {**super()._prepare_move_split_vals(qty), **self._prepare_hold()}

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        """What is on hold and what is not remain lines of their own: a pick may serve both."""
        return [*super()._prepare_merge_moves_distinct_fields(), "is_held"]

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        self._join_hold()
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

    def write(self, vals):
        """A line that is put into another transfer is on hold if that is, and not any more if only its own was."""
        if "picking_id" not in vals:
            return super().write(vals)
        left = self.filtered(lambda move: move.picking_id.is_held)
        result = super().write(vals)
        left.filtered(lambda move: not move.picking_id.is_held)._write_facts({"is_held": False})
        left._get_own_steps()._end_hold()
        self._join_hold()
        return result

    def _action_cancel(self):
        """What was still to be picked for a line on hold is not on hold without it."""
        steps = self.filtered("is_held")._get_own_steps()
        result = super()._action_cancel()
        steps._end_hold()
        return result

    def _join_hold(self):
        """What is added to a delivery on hold is on hold."""
        joining = self.filtered(lambda move: move.picking_id.is_held and not move.is_held)
        if joining:
            joining._do_unreserve()
            joining._write_facts({"is_held": True})
