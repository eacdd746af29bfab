"""What a take back would change and whom it would move: values, which read nothing by themselves."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ..engine.coverage import NOISE, Coverage

# Where it travels. Only a Taking counts there: what a request sends, text and numbers, is ignored.
CONTEXT_KEY = "taking"


@dataclass(frozen=True, eq=False)
class Taking:
    """What would differ if something were taken back: the engine's queries read it in place of what is stored.

    All quantities are in the product's unit.
    """

    lacking: dict = field(default_factory=dict)  # {move id: what it would lack}
    taken: dict = field(default_factory=dict)  # {move id: how much of it would rank as taken back}
    taken_dates: dict = field(default_factory=dict)  # {move id: since when it would, as text}, if not since now

    @classmethod
    def of(cls, env):
        """Return the taking that *env* supposes; one that changes nothing where there is none."""
        taking = env.context.get(CONTEXT_KEY)
        return taking if isinstance(taking, cls) else NOTHING

    def carry(self, records):
        """Return *records* with this taking in their context."""
        return records.with_context(**{CONTEXT_KEY: self})


NOTHING = Taking()


class Change(NamedTuple):
    """How what a claim lacks is covered before a take back, and would be after it."""

    before: Coverage
    after: Coverage

    @property
    def is_moved(self):
        """Whether something of it is covered otherwise."""
        before, after = self
        return before.expected_date != after.expected_date or any(
            abs(getattr(before, part) - getattr(after, part)) > NOISE
            for part in ("now", "expected", "uncovered", "overdue")
        )


@dataclass(frozen=True)
class Gift:
    """What one donor gives or loses."""

    move: Any
    kind: str  # a value of stock.take.back.line.kind
    quantity: float  # in the product's unit
    promise_before: datetime | None
    promise_after: datetime | None
    breaks: str  # a value of stock.take.back.line.breaks

    @property
    def key(self):
        """What of it a person has seen, and decided on."""
        move, days = self.move, (self.promise_before, self.promise_after)
        return move.id, self.kind, round(self.quantity, 6), *(str(move._get_day(date)) for date in days), self.breaks


@dataclass(frozen=True)
class Plan:
    """What can be taken back for a line, from whom, and what becomes of all whom it moves."""

    claim: Any
    gifts: tuple = ()  # of Gift, those first who give what they have reserved
    reserved: dict = field(default_factory=dict)  # {donor: quantity} of goods that are reserved
    expected: float = 0.0  # how much of the supply that others are expecting
    promise_before: datetime | None = None
    promise_after: datetime | None = None
    taken_date: datetime | None = None  # since when it ranks as taken back, if not since now

    @property
    def quantity(self):
        return sum(self.reserved.values()) + self.expected

    @property
    def key(self):
        """What of it a person has seen, and decided on; those whom it only moves are known by the rest."""
        return tuple(sorted(gift.key for gift in self.gifts)), round(self.expected, 6)


def count_later(before, after):
    """Return how many units come later than before.

    :param before: a list of ``(date, quantity)``, of all units; what is there has the least date, what has none the
        greatest
    :param after: the same, of as many units
    """
    before, after = sorted(before), sorted(after)
    later = place = end_before = end_after = 0.0
    while before and after:
        (date_before, before_quantity), (date_after, after_quantity) = before[0], after[0]
        end = min(end_before + before_quantity, end_after + after_quantity)
        if date_after > date_before:
            later += end - place
        place = end
        if end_before + before_quantity <= end + NOISE:
            end_before += before.pop(0)[1]
        if end_after + after_quantity <= end + NOISE:
            end_after += after.pop(0)[1]
    return later
