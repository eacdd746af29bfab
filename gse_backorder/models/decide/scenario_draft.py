"""A scenario while it is put together, change by change."""

from collections import defaultdict

from ..engine.scenario import ClaimChange, Scenario, SupplyChange


class ScenarioDraft:
    """What is changed so far: of several changes of one thing the last one counts."""

    def __init__(self):
        self.claims = defaultdict(dict)  # {move id: {name: value}}, the names are those of ClaimChange
        self.supplies = defaultdict(dict)  # … and those of SupplyChange
        self.warehouses = defaultdict(dict)  # {warehouse id: {column: value}}
        self.dropped = set()  # ids of moves
        self.requests = []

    def finish(self):
        return Scenario(
            claims={move_id: ClaimChange(**change) for move_id, change in self.claims.items()},
            supplies={move_id: SupplyChange(**change) for move_id, change in self.supplies.items()},
            dropped=frozenset(self.dropped),
            warehouses=dict(self.warehouses),
            requests=tuple(self.requests),
        )
