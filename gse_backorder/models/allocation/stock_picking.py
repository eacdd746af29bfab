from odoo import SUPERUSER_ID, fields, models

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from .freed_stock import Reason
from .reservation_run import ReservationRun
from .stock_backorder_pool import get_pools


class StockPicking(models.Model):
    """A transfer takes its turn at the stock that it touches, before the work begins."""

    _inherit = "stock.picking"

    allocation_ids = fields.One2many(
        "stock.backorder.allocation",
        "picking_id",
        string="Allocations",
        groups="stock.group_stock_user",
        help="What stock its lines have got, and from where.",
    )

    def _get_warehouse_user(self):
        """Return who is told in the warehouse: who is responsible, else whom the warehouse names for it.

        Who has left, or may not open the company any more, is passed over; empty if nobody is left.
        """
        users = self.user_id | self.picking_type_id.warehouse_id.allocation_user_id
        return users._filtered_working_for(self.company_id)[:1]

    @arguments.public()
    def button_validate(self):
        """Come for the stock before the work begins."""
        moves = self.move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        self.env["stock.backorder.pool"]._come_for(
            moves._get_touched_pools, lambda: get_pools(moves, "location_dest_id")
        )
        return super().button_validate()

    def _action_done(self):
        """Hand out at once what is reserved, not shipped, and not wanted any more.

        All stock that is concerned is locked at the beginning: who reserves meanwhile waits, instead of being in the
        way when all is done. What is brought and nobody waits for needs no turn.
        """
        moves = self.move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        self._read_chain()
        transfers = self.env["stock.backorder.pool"]._with_locked(self, moves._get_touched_pools())
        with transfers.env["stock.allocation"]._handing_out() as freed:
            result = super(StockPicking, transfers)._action_done()
            if freed.pools:
                # What was given up is seen by what has become of it, whoever does it: a setting, an addon, a person.
                short = (self.move_ids & moves).filtered(lambda move: move._is_closed_short())
                freed.explain(short._get_claimed_pools(), Reason("cancel", short))
        return result

    def _message_log_batch(self, bodies, **kwargs):
        """What happens in one company is noted in another, of the same stock, without who did it."""
        # Who acts need not be able to read what his acts lead to.
        strange = self.sudo().filtered(
            lambda transfer: self.env.user._get_actor_in(transfer.company_id) != self.env.user
        )
        notes = super(StockPicking, self - strange)._message_log_batch(bodies, **kwargs)
        if strange:
            engine = strange.with_user(SUPERUSER_ID)
            notes |= super(StockPicking, engine)._message_log_batch(bodies, **kwargs).with_env(notes.env)
        return notes

    def _read_chain(self):
        """Read who else is in the chains before any line is done, and as long as it is known when all is scheduled.

        What depends on them is sought when a line is done. Transfers are read by their dates: these would be worked out
        amid it, when what is done has left the transfer and what remains has not.
        """
        (self | self.backorder_root_id).mapped("root_backorder_ids")

    def write(self, vals):
        """A star changes the ranking of the lines, which compute theirs from it: it is logged."""
        events = self.move_ids._prepare_events({"priority": vals["priority"]}) if "priority" in vals else []
        result = super().write(vals)
        if events:
            # The log is written by what happens, whoever makes it happen.
            self.env["stock.backorder.allocation"].sudo().create(events)
        return result

    def _create_backorder(self, backorder_moves=None):
        """A remainder takes its place among those who wait, and what it has got is logged as its own."""
        validated = ReservationRun.of(self.env).caused_by("remainder").carry(self)
        backorders = super(StockPicking, validated)._create_backorder(backorder_moves=backorder_moves)
        # The log is written by what happens, whoever makes it happen.
        self.env["stock.backorder.allocation"].sudo()._write_postponed(backorders.move_ids)
        return backorders.with_env(self.env)
