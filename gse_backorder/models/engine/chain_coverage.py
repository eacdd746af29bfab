from collections import defaultdict
from dataclasses import replace

from .coverage import Coverage


class ChainCoverage:
    """The coverage of moves in a chain of steps: each has what it reserved, and gets what the moves before it bring."""

    def __init__(self, pegging, origins, pegged):
        self.moves = pegging.env["stock.move"].sudo()
        self.origins = origins
        self.pegged = pegged
        self.takers = defaultdict(set)
        for move_id, origin_ids in origins.items():
            for origin_id in origin_ids:
                self.takers[origin_id].add(move_id)
        self.positions = pegging.env["stock.ranking"]._get_positions(self.moves.browse(origins))
        self.known = {}

    def of(self, move):
        """Return the coverage of *move*, in the product's unit."""
        if move.id not in self.known:
            self.known[move.id] = self._judge(move)
        return self.known[move.id]

    def _judge(self, move):
        if not move.product_id.is_storable and move.location_id.stock_area_id:
            return Coverage(now=move.product_qty)
        reserved, missing = self._split_demand(move)
        if self.origins.get(move.id):
            rest = self._get_share(move, missing)
        elif move.location_id.stock_area_id:
            rest = self.pegged.get(move.id, Coverage(uncovered=missing))
        else:  # from a vendor, a customer or production: goods that are on their way
            quantity = reserved + missing
            if move._get_days_late():
                return Coverage(expected=quantity, overdue=quantity)
            return Coverage(expected=quantity, expected_date=move._get_expected_date())
        return replace(rest, now=rest.now + reserved)

    def _get_share(self, move, missing):
        """Return what the moves before *move* bring it: each serves the moves that wait for it in ranking."""
        shares = []
        for origin in self.moves.browse(self.origins[move.id]):
            takers = self.moves.browse(sorted(self.takers[origin.id], key=self._get_place))
            ahead = sum(self._split_demand(taker)[1] for taker in takers[: list(takers).index(move)])
            shares.append(self.of(origin).slice(ahead, missing))
        share = Coverage.join(shares).slice(0, missing)
        return replace(share, uncovered=missing - share.now - share.expected)

    def _get_place(self, move_id):
        return self.positions.get(move_id, len(self.positions)), move_id

    @staticmethod
    def _split_demand(move):
        """Return the reserved and the missing part of a move's demand, in the product's unit."""
        reserved = min(move._get_filled_in_product_unit(), move.product_qty)
        return reserved, move.product_qty - reserved
