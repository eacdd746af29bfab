from datetime import timedelta

from odoo import api, fields, models

from ..chain.picking_states import CLOSED_STATES


class StockMove(models.Model):
    """What else becomes of lines that are changed, without changing them: as Odoo's own methods do it."""

    _inherit = "stock.move"

    @api.model
    def _get_propagated_deadlines(self, given):
        """Return ``{move: deadline}`` of all moves that get another deadline when it is written on some.

        The steps before and after a move are shifted with it, see Odoo's ``_set_date_deadline``.

        :param given: a list of ``(moves, deadline)``, in the order in which they are written
        """
        deadlines = {}
        for moves, deadline in given:
            known = set(moves.ids)
            for move in moves:
                move._propagate_deadline(deadline, known, deadlines)
            deadlines.update(dict.fromkeys(moves, deadline))
        return deadlines

    def _propagate_deadline(self, deadline, known, deadlines):
        """Note in *deadlines* what the steps beside the move get that is given *deadline*.

        :param known: ids of the moves that have got theirs
        """
        old = deadlines.get(self, self.date_deadline)
        delta = old - deadline if old else timedelta()
        for other in self.move_dest_ids | self.move_orig_ids:
            if other.state in CLOSED_STATES or other.id in known:
                continue
            own = deadlines.get(other, other.date_deadline)
            shifted = own - delta if own and delta else deadline
            if shifted != own:
                known.add(other.id)
                other._propagate_deadline(shifted, known, deadlines)
                deadlines[other] = shifted

    def _get_reservation_date_at(self, priority):
        """Return from when on the line may be reserved when it has the star, or not; None where that says nothing."""
        kind = self.picking_type_id
        if kind.reservation_method != "by_date" or self.state not in ("confirmed", "waiting", "partially_available"):
            return None
        days = kind.reservation_days_before_priority if priority == "1" else kind.reservation_days_before
        return fields.Date.to_date(self.date) - timedelta(days=days)

    def _get_dropped_with(self):
        """Return these lines and the open ones that are wanted for them alone, or follow them alone.

        What a vendor was asked for still comes: it is there for others.
        """
        dropped, more = self, self
        while more:
            before = more.move_orig_ids._filtered_wanted_by(dropped).filtered("location_id.stock_area_id")
            after = more.move_dest_ids._filtered_fed_by(dropped)
            more = (before | after) - dropped
            dropped |= more
        return dropped

    def _filtered_wanted_by(self, moves):
        """Return the open ones after which no other open move comes than *moves*."""
        return self._filtered_confirmed().filtered(lambda move: move.move_dest_ids._filtered_confirmed() <= moves)

    def _filtered_fed_by(self, moves):
        """Return the open ones before which no other open move comes than *moves*."""
        return self._filtered_confirmed().filtered(lambda move: move.move_orig_ids._filtered_confirmed() <= moves)

    def _filtered_confirmed(self):
        return self.filtered(lambda move: move.state not in ("draft", *CLOSED_STATES))
