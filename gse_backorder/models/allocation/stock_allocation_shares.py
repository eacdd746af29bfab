from collections import defaultdict

from odoo import api, models
from odoo.tools import float_round

from ..chain.quantity import get_digits
from .reservation_run import Share


class StockAllocation(models.AbstractModel):
    """What free stock gives to each claim, and how much each may take of it."""

    _inherit = "stock.allocation"

    @api.model
    def _get_free_shares(self, pools, condition, reported=(), ignore_shares=False):
        """Return what the free stock of *pools* gives to each claim, see ``stock.pegging._get_free_shares``."""
        if not pools:
            return []
        return self.env["stock.pegging"]._get_free_shares(pools, condition, reported, ignore_shares)

    @api.model
    def _add_up(self, free_shares, ignore_shares=False):
        """Return what each claim may take now, in ranking, as a list of :class:`Share`; what is withheld is not given.

        :param ignore_shares: all that it lacks, whatever its share is, but for what is withheld for others
        """
        digits = get_digits(self.env)
        withheld = defaultdict(float)
        for share in free_shares:
            withheld[share.pool] += share.quantity * share.is_withheld
        shares = {}
        for share in free_shares:
            if share.is_withheld:
                continue
            quantity = share.quantity
            if ignore_shares:
                quantity = share.lacking
                if withheld[share.pool]:
                    quantity = max(0.0, min(quantity, share.free - withheld[share.pool]))
                    withheld[share.pool] += quantity
            earlier = shares.get(share.move_id)
            quantity = float_round(quantity + (earlier.quantity if earlier else 0.0), precision_digits=digits)
            shares[share.move_id] = Share(share.move_id, quantity, earlier.rank if earlier else share.rank)
        return list(shares.values())

    @api.model
    def _get_limits(self, shares):
        """Return the most that each claim may take, for the run that reserves it."""
        return {share.move_id: share.quantity for share in shares}

    @api.model
    def _get_limits_beside_parts(self, free_shares, moves):
        """Return the most that each of *moves* may take when a person asks for it: parts of others are left to them."""
        own_ids, left, lacking = set(moves.ids), {}, defaultdict(float)
        for share in free_shares:
            left.setdefault(share.pool, share.free)
            if share.move_id in own_ids:
                lacking[share.pool, share.move_id] += share.lacking
            elif share.is_part:
                left[share.pool] -= share.quantity
        if not any(share.is_part and share.move_id not in own_ids for share in free_shares):
            return {}
        limits = {}
        for (pool, move_id), quantity in lacking.items():
            limits[move_id] = max(0.0, min(quantity, left[pool]))
            left[pool] -= limits[move_id]
        return limits
