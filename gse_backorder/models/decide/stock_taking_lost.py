from collections import defaultdict
from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Domain

from ..allocation.freed_stock import Reason
from ..engine.coverage import NOISE


class StockTaking(models.AbstractModel):
    """What is not there is lost by the last in the ranking, wherever in the stock his goods lie.

    Odoo looks only at the place where too little was found. Who held it there gets as much from another place, of who
    ranks behind him.
    """

    _inherit = "stock.taking"

    @api.model
    @contextmanager
    def _making_good(self, moves, spared):
        """Give *moves* what they lose meanwhile back from those who rank behind, the first in the ranking first.

        :param spared: moves that are not to lose anything
        """
        # Whoever finds too little need not see whose goods lie elsewhere: what follows is said on their deliveries.
        self, moves, spared = self.sudo(), moves.sudo(), spared.sudo()
        allocation = self.env["stock.allocation"]
        before = allocation._get_reserved(moves)
        with allocation._handing_out(Reason("adjustment", self.env["stock.move"])):
            yield
            moves = moves.exists()
            after = allocation._get_reserved(moves)
            losers = moves.filtered(lambda move: before[move.id] - after[move.id] > NOISE and move._is_claim())
            places = self.env["stock.ranking"]._get_positions(losers)
            for loser in losers.sorted(lambda move: places.get(move.id, len(places))):
                self._make_good(loser, before[loser.id] - after[loser.id], spared)

    @api.model
    def _make_good(self, loser, lost, spared):
        """Give *loser* what he has *lost*, in the product's unit, as far as others behind him hold it elsewhere."""
        goods = self.env["stock.move.line"].search(
            self._get_goods_domain(loser) & ~Domain("move_id", "in", spared.ids), order="id desc"
        )
        if not goods:  # all of it lay where it was lost
            return
        gifts = self._get_gifts(loser, lost, goods)
        beyond = sum(gifts.values()) - self._round_in_unit(loser, sum(gifts.values()))
        gifts = self._take_off(gifts, beyond)
        for donor, quantity in gifts.items():
            self._lower(goods & donor.move_line_ids, quantity)
        given = self._hand_over(loser, sum(gifts.values()), "adjustment", is_whole=False)
        if given > NOISE:
            self._tell_made_good(loser, given, gifts)

    @api.model
    def _get_gifts(self, loser, lost, goods):
        """Return ``{move: quantity}`` of the *goods* that are given for what *loser* has *lost*.

        Units are lost as they rank, the last first: where those of the loser are the last, nobody gives for them.
        """
        unit, gifts = loser.product_id.uom_id, defaultdict(float)
        available = {
            move: sum(lines.mapped("quantity_product_uom")) for move, lines in goods.grouped("move_id").items()
        }
        available[loser] = lost
        held = {move: move._get_filled_in_product_unit() for move in available}
        held[loser] += lost
        for move, start in self.env["stock.ranking"]._get_parts_last_first(loser.union(*available)):
            gift = min(lost, held[move] - start, available[move])
            if unit.compare(gift, 0) > 0:
                gifts[move] += gift
                available[move] -= gift
                held[move] -= gift
                lost -= gift
        gifts.pop(loser, None)
        return gifts

    @api.model
    def _take_off(self, gifts, quantity):
        """Return *gifts* without so much of the last ones, which rank before the others."""
        left = {}
        for donor, gift in reversed(gifts.items()):
            left[donor] = max(0.0, gift - quantity)
            quantity -= gift - left[donor]
        return {donor: gift for donor, gift in reversed(left.items()) if gift > NOISE}

    # ---- log and chatter -------------------------------------------------------

    @api.model
    def _tell_made_good(self, loser, given, gifts):
        """Write down what *loser* was *given*, in the product's unit, from whom and why, here and on the deliveries."""
        reason = self.env._("What was reserved for it was not there.")
        donors = loser.union(*gifts) - loser
        self.env["stock.backorder.allocation"].create(
            [
                {
                    **loser._prepare_allocation_values("adjustment"),
                    "quantity": given,
                    **self._prepare_others(donors),
                },
                *(
                    {
                        **donor._prepare_allocation_values("give_way"),
                        "given_quantity": quantity,
                        **self._prepare_others(loser),
                        "note": reason,
                    }
                    for donor, quantity in gifts.items()
                ),
            ]
        )
        bodies = defaultdict(Markup)
        for donor, quantity in gifts.items():
            bodies[donor.picking_id] += self._tell_given_way(loser, quantity, reason)
        self._log_in_chatter(bodies)
        self.env["stock.allocation"]._after_handing_out({loser: given}, "adjustment", donors)
