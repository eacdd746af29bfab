from odoo import fields, models

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from .scenario_draft import ScenarioDraft

# So many of those whom the star hurts are named.
NAMED = 5


class StockPicking(models.Model):
    """Whom it hurts if a delivery gets the star: the screen asks for it before the star is saved."""

    _inherit = "stock.picking"

    @arguments.public()
    def get_star_warning(self):
        """Return in words whose promises move if these transfers get the star; False for nobody's.

        The star is tried in the engine alone: nothing is written.

        :return: a text of a line for each, "2 promises move:" first
        :raise AccessError: if the user may not give them the star
        """
        self.check_access("write")
        moves = self.sudo().move_ids.filtered(lambda move: move.state not in ("draft", *CLOSED_STATES))
        if not moves or all(picking.priority == "1" for picking in self):
            return False
        draft = ScenarioDraft()
        for move in moves:
            draft.claims[move.id].update(priority="1", reservation_date=move._get_reservation_date_at("1"))
        # Whom it hurts does not depend on who asks: another company's is counted only.
        found = self.env["stock.pegging"].sudo()._get_changes(draft.finish(), moves.product_id)
        return self._tell_moved(moves.browse(found) - moves, found)

    def _tell_moved(self, others, found):
        """Return whose promises move to a later day, or have none any more, the first ones by name; False for none.

        :param found: ``{move id: (Coverage, Coverage)}``, before and after
        """
        now = fields.Datetime.now()
        moved = {}  # of lines that ship together it is told once
        for other in others.with_env(self.env):
            before, after = (coverage.get_promise_date(now) for coverage in found[other.id])
            if before and (not after or other.sudo()._count_days(before, after) > 0):
                moved[self._tell_one(other.sudo(), before, after), other.picking_id] = True
        if not moved:
            return False
        moved = [words for words, _transfer in moved]
        title = self.env._("1 promise moves:") if len(moved) == 1 else self.env._("%s promises move:", len(moved))
        more = [self.env._("and %s more", len(moved) - NAMED)] if len(moved) > NAMED else []
        return "\n".join([title, *moved[:NAMED], *more])

    def _tell_one(self, other, before, after):
        names = [other._get_named_transfer()]
        if not other._is_named():  # nor is it told for when it was promised
            return names[0]
        if other.picking_id.partner_id:
            names.append(other.picking_id.partner_id.display_name)
        values = {"transfer": ", ".join(names), "before": other._format_day(before)}
        if not after:
            return self.env._("%(transfer)s: from %(before)s to no date", **values)
        return self.env._("%(transfer)s: from %(before)s to %(after)s", **values, after=other._format_day(after))
