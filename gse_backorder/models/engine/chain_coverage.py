from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from .coverage import NOISE, Coverage


class ChainCoverage:
    """The coverage of moves in a chain of steps: each has what it reserved, and gets what the moves before it bring."""

    def __init__(self, pegging, origins, pegged):
        # How a line is covered does not depend on who asks: only figures come out of it.
        self.moves = pegging.env["stock.move"].sudo()
        self.origins = origins
        self.pegged = pegged
        self.takers = defaultdict(set)
        for move_id, origin_ids in origins.items():
            for origin_id in origin_ids:
                self.takers[origin_id].add(move_id)
        self.positions = pegging.env["stock.ranking"]._get_positions(self.moves.browse(origins))
        self.known = {}
        self.parts = {}

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
            rest = self._get_own(move, missing)
        else:  # from a vendor, a customer or production: goods that are on their way
            return self._judge_incoming(move)
        return replace(rest, now=rest.now + reserved) if reserved else rest

    def _get_own(self, move, missing):
        """Return what *move* gets by itself: what others were to bring it, and did not, never comes."""
        pegged = self.pegged.get(move.id, Coverage())
        never = missing - pegged.total
        if never > NOISE and (not pegged.total or move.move_orig_ids):
            return replace(pegged, uncovered=pegged.uncovered + never)
        return pegged

    @staticmethod
    def _judge_incoming(move):
        brought = move._get_brought_quantity()
        lost = max(0.0, move.product_qty - brought)
        if move._get_days_late():
            return Coverage(expected=brought, uncovered=lost, overdue=brought)
        return Coverage(expected=brought, uncovered=lost, expected_date=move._get_expected_date())

    def _get_share(self, move, missing):
        """Return what the moves before *move* bring it: each serves the moves that wait for it in ranking.

        What they have brought already, and is reserved for nobody, is there.
        """
        share = Coverage.join(
            self.of(origin).slice(*self._get_part(origin, move)) for origin in self._get_sorted_origins(move)
        )
        share = replace(share, now=share.now + self._get_left(move))
        return replace(share, uncovered=missing - share.now - share.expected)

    def _get_part(self, origin, move):
        """Return which part of what *origin* brings is for *move*, as where it begins and how much it is.

        Those ahead come first, each with what the moves before it, that come earlier, do not bring it: nothing is taken
        from two of them.
        """
        key = origin.id, move.id
        if key not in self.parts:
            ahead = takewhile(lambda taker: taker != move, self._get_sorted_takers(origin))
            start = sum(self._get_part(origin, taker)[1] for taker in ahead)
            earlier = takewhile(lambda other: other != origin, self._get_sorted_origins(move))
            missing = self._split_demand(move)[1] - self._get_left(move)
            missing -= sum(self._get_part(other, move)[1] for other in earlier)
            brought = self.of(origin)
            self.parts[key] = start, max(0.0, min(missing, brought.now + brought.expected - start))
        return self.parts[key]

    def _get_left(self, move):
        """Return how much *move* gets now of what was brought for it, and is not reserved."""
        return self.pegged.get(move.id, Coverage()).now

    def _get_sorted_origins(self, move):
        """Return the open moves before *move*, those first that bring something soonest."""

        def get_place(origin):
            coverage = self.of(origin)
            return coverage.has("overdue"), coverage.expected_date or datetime.min, origin.id

        return self.moves.browse(self.origins[move.id]).sorted(get_place)

    def _get_sorted_takers(self, origin):
        """Return the moves that wait for *origin*, in ranking."""
        return self.moves.browse(sorted(self.takers[origin.id], key=self._get_place))

    def _get_place(self, move_id):
        return self.positions.get(move_id, len(self.positions)), move_id

    @staticmethod
    def _split_demand(move):
        """Return the reserved and the missing part of a move's demand, in the product's unit."""
        demand = move.product_qty
        reserved = min(move._get_filled_in_product_unit(), demand)
        return reserved, demand - reserved
