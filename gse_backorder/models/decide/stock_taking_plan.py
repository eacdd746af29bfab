from bisect import bisect_left
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain

from ..chain.quantity import get_digits
from ..chain.stock_day_mixin import get_latest
from ..engine.coverage import NOISE, Coverage
from .stock_pegging import TRACE
from .taking import Change, Gift, Plan, Taking, count_later

# So many who might give are looked at closely; so often a plan is made anew, when somebody would lose more by it.
EXAMINED = 200
ROUNDS = 4
# So many quantities are tried until one can be said in the unit of a line.
MOST_STEPS = 10_000
# From the least serious to the most: what a donor's later date breaks.
BREAKS = ("nothing", "first", "accepted", "deadline")


class Donor(NamedTuple):
    """Who has goods reserved that can be taken back."""

    move: Any
    quantity: float  # that can be taken, in the product's unit
    place: int  # in the ranking
    is_harmless: bool = False  # it would lose nothing
    has_taken: bool = False  # it has itself taken something back today

    @property
    def order(self):
        """Who gives first: who loses nothing, who has not just taken it, who is the last in the ranking."""
        return not self.is_harmless, self.has_taken, -self.place


class StockTaking(models.AbstractModel):
    """What can be taken back for a line: from whom, and what becomes of all whom it moves. It writes nothing.

    What is reserved for others comes first, since it is there; then the supply that they are expecting.
    """

    _inherit = "stock.taking"

    @api.model
    def _plan(self, claim, quantity, spared):
        """Return the :class:`Plan` of taking *quantity*, in the product's unit, back for *claim*; never more than that.

        :param spared: moves that are not to lose anything
        """
        # Who may see a line may see who could give way for it: names and figures come back.
        self, claim, spared = self.sudo(), claim.sudo(), spared.sudo()
        plan = self._plan_since(None, claim, quantity, spared)
        for taken_date in () if plan.quantity or quantity <= 0 else self._get_dates_before_takers(claim):
            plan = self._plan_since(taken_date, claim, quantity, spared)
            if plan.quantity:
                break
        return plan

    @api.model
    def _plan_since(self, taken_date, claim, quantity, spared):
        """Return the plan with which what is taken of what is expected ranks as if it were taken on *taken_date*.

        :param taken_date: None for now: then it comes after all that was taken back before
        """
        lacking = self._get_lacking(claim)
        wanted = self._round_in_unit(claim, min(quantity, lacking)) if quantity > 0 else 0.0
        donors, expected = self._get_donors(claim, wanted, spared), wanted
        for turn in range(ROUNDS):
            reserved = self._choose(claim, donors, wanted)
            expected = min(expected, wanted - sum(reserved.values()))
            changes, expected = self._get_changes_of(claim, reserved, expected, taken_date)
            hurt = self._filtered_spared(claim, spared, reserved, changes)
            wrong = [donor for donor in donors if donor.is_harmless and self._breaks(donor.move, reserved, changes)]
            if not hurt and (not wrong or turn == ROUNDS - 1):
                return self._finish_plan(claim, reserved, expected, changes, taken_date)
            if hurt:
                taking = self._suppose(claim, reserved, expected, taken_date)
                expected = 0.0 if turn else self._get_bearable(hurt, expected, changes, taking)
            donors = self._reconsider(donors, wrong, hurt)
        return self._finish_plan(claim, {}, 0.0, {}, None)

    @api.model
    def _get_dates_before_takers(self, claim):
        """Return since when something would have to be taken back to come before others for whom it was: the last of
        them, then all. Who took first stays first as long as there is anything else to take.
        """
        if not claim._is_any_taken():
            return []
        domain = Domain(
            [
                ("id", "!=", claim.id),
                ("product_id", "=", claim.product_id.id),
                ("taken_quantity", ">", 0),
                ("state", "in", ("waiting", "confirmed", "partially_available")),
                ("location_id", "child_of", claim.location_id.stock_area_id.id),
            ]
        )
        if claim.taken_date:
            domain &= Domain("taken_date", "<=", claim.taken_date)
        dates = sorted(set(claim.search(domain).mapped("taken_date")))
        return [taken_date - timedelta(seconds=1) for taken_date in dict.fromkeys((*dates[-1:], *dates[:1]))]

    @api.model
    def _get_lacking(self, claim):
        return max(0.0, claim.product_qty - claim._get_filled_in_product_unit())

    @api.model
    def _round_in_unit(self, move, quantity):
        """Return the largest part of *quantity* with which *move* can say in its own unit what it has.

        A line in dozens cannot say seven pieces; *quantity* is in the product's unit.
        """
        unit, own = move.product_id.uom_id, move.product_uom
        if unit == own:
            return unit.round(quantity, rounding_method="DOWN")
        reserved = move._get_filled_in_product_unit()
        return self._get_largest(quantity, lambda part: self._can_say(unit, own, reserved + part))

    @api.model
    def _get_largest(self, quantity, is_right):
        """Return the largest part of *quantity*, by whole units less, that *is_right*; 0 where none is."""
        parts = (quantity - step for step in range(int(min(quantity, MOST_STEPS)) + 1))
        return next((part for part in parts if part > NOISE and is_right(part)), 0.0)

    @api.model
    def _can_say(self, unit, own, quantity):
        said = unit._compute_quantity(quantity, own, rounding_method="HALF-UP")
        return unit.compare(own._compute_quantity(said, unit, round=False), quantity) == 0

    # ---- who has goods ---------------------------------------------------------

    @api.model
    def _get_goods_domain(self, claim):
        """Return the domain of the operations whose reserved goods *claim* could have.

        Nobody has begun with them: they are not picked, packed, printed, or in a batch that is under way. They are no
        other owner's or company's, and of no lot that will have expired.
        """
        area = claim.location_id.stock_area_id
        domain = self._get_untouched_domain() & Domain(
            [
                ("product_id", "=", claim.product_id.id),
                ("company_id", "=", claim.company_id.id),
                ("location_id", "child_of", claim.location_id.id),
                ("owner_id", "=", claim.restrict_partner_id.id),
                ("move_id", "!=", claim.id),
                # What was brought for it alone is nobody else's.
                ("move_id.procure_method", "=", "make_to_stock"),
                ("move_id.move_orig_ids", "=", False),
            ]
        )
        domain &= ~Domain("move_id.location_dest_id", "child_of", area.id)
        if "removal_date" in self.env["stock.lot"]._fields:  # of product_expiry, where it is installed
            lasts = Domain("lot_id.removal_date", ">=", max(claim.date, fields.Datetime.now()))
            domain &= Domain("lot_id", "=", False) | Domain("lot_id.removal_date", "=", False) | lasts
        return domain

    @api.model
    def _get_untouched_domain(self):
        """Return the domain of the operations with reserved goods that nobody has begun with."""
        domain = Domain(
            [
                ("quantity_product_uom", ">", 0.0),
                ("picked", "=", False),
                ("result_package_id", "=", False),
                ("move_id.state", "in", ("assigned", "partially_available")),
                ("move_id.picked", "=", False),
                ("picking_id", "!=", False),
                ("picking_id.printed", "=", False),
            ]
        )
        if "batch_id" in self.env["stock.picking"]._fields:  # of stock_picking_batch, where it is installed
            is_waiting = Domain("picking_id.batch_id.state", "not in", ("in_progress", "done"))
            domain &= Domain("picking_id.batch_id", "=", False) | is_waiting
        return domain

    @api.model
    def _get_donors(self, claim, wanted, spared):
        """Return who has goods that *claim* could have, those first who give first: see ``Donor.order``."""
        if wanted <= NOISE:
            return []
        goods = self._get_goods_domain(claim) & Domain("move_id", "not in", spared.ids)
        quantities = dict(self.env["stock.move.line"]._read_group(goods, ["move_id"], ["quantity_product_uom:sum"]))
        moves = claim.browse(move.id for move in quantities)
        places = self.env["stock.ranking"]._get_positions(moves)
        takers = self._get_takers_of_today(claim)
        donors = [
            Donor(move, quantities[move], places.get(move.id, len(places)), has_taken=move in takers) for move in moves
        ]
        return self._mark_harmless(claim, wanted, donors)

    @api.model
    def _mark_harmless(self, claim, wanted, donors):
        """Return *donors* in the order in which they give, when it is known who of them would lose nothing.

        Each is judged as if it gave alone: by its place among all who wait, and what comes until then.
        """
        donors.sort(key=lambda donor: donor.order)
        arrivals = self.env["stock.supply"]._get_arrivals(claim.product_id, claim.location_id.stock_area_id)
        dated = [arrival for arrival in arrivals if not arrival.is_late]
        if not dated or not donors:
            return donors
        examined = self._get_examined(donors, dated[0].date)
        companions = self._get_companions(claim.browse(donor.move.id for donor in examined))

        def is_broken(move, date):
            return self._get_broken(move, get_latest([date, *companions.get(move, {}).values()]))

        examined = [donor for donor in examined if not is_broken(donor.move, dated[0].date)]
        if not examined:
            return donors
        lacking = {donor.move.id: self._get_lacking(donor.move) + TRACE for donor in examined}
        lacking[claim.id] = max(0.0, self._get_lacking(claim) - wanted)
        moves = claim.browse(donor.move.id for donor in examined)
        standings = self.env["stock.pegging"]._get_standings(moves, Taking(lacking=lacking))
        ends = list(accumulate(arrival.quantity for arrival in dated))
        harmless = set()
        for donor in examined:
            end = standings.get(donor.move.id, 0.0) + min(wanted, donor.quantity)
            index = bisect_left(ends, end - len(examined) * 2 * TRACE)
            if index < len(dated) and not is_broken(donor.move, dated[index].date):
                harmless.add(donor.move)
        donors = [donor._replace(is_harmless=donor.move in harmless) for donor in donors]
        return sorted(donors, key=lambda donor: donor.order)

    @api.model
    def _get_examined(self, donors, date):
        """Return those of *donors* who may be chosen: the last, and the last of those who can wait until *date*."""
        if len(donors) <= EXAMINED:
            return donors
        moves = self.env["stock.move"].browse(donor.move.id for donor in donors)
        patient = moves.search(
            Domain("id", "in", moves.ids)
            & Domain("first_promise_date", ">=", date)
            & (Domain("date_deadline", "=", False) | Domain("date_deadline", ">=", date)),
            limit=EXAMINED,
        )
        return [donor for place, donor in enumerate(donors) if place < EXAMINED or donor.move in patient]

    @api.model
    def _choose(self, claim, donors, wanted):
        """Return ``{move: quantity}`` of what *donors* give, the first first, so that they give *wanted* at most."""
        chosen, rest = {}, wanted
        for donor in donors:
            if rest <= NOISE:
                break
            given = self._get_gift(donor, rest)
            if given > 0:
                chosen[donor.move] = given
                rest -= given
        usable = self._round_in_unit(claim, wanted - rest)
        return chosen if wanted - rest - usable <= NOISE else self._choose(claim, donors, usable)

    @api.model
    def _get_gift(self, donor, most):
        """Return how much *donor* can give, *most* at most, so that its own unit can say what it keeps."""
        move = donor.move
        unit, own = move.product_id.uom_id, move.product_uom
        most = min(most, donor.quantity)
        if unit == own:
            return most
        reserved = move._get_filled_in_product_unit()
        return self._get_largest(most, lambda part: self._can_say(unit, own, reserved - part))

    # ---- what becomes of all ---------------------------------------------------

    @api.model
    def _suppose(self, claim, reserved, expected, taken_date):
        """Return the :class:`Taking` of these goods, ``{donor: quantity}``, and of so much of what is expected.

        :param taken_date: see :meth:`_plan_since`
        """
        lacking = {move.id: self._get_lacking(move) + quantity for move, quantity in reserved.items()}
        lacking[claim.id] = max(0.0, self._get_lacking(claim) - sum(reserved.values()))
        taken = {claim.id: self._get_taken(claim, sum(reserved.values()) + expected)}
        return Taking(lacking, taken, {claim.id: str(taken_date)} if taken_date else {})

    @api.model
    def _get_taken(self, claim, quantity):
        """Return how much of *claim* ranks as taken back when *quantity* more is: what it has comes before it."""
        return max(claim.taken_quantity, claim._get_filled_in_product_unit()) + quantity

    @api.model
    def _get_changes_of(self, claim, reserved, expected, taken_date):
        """Return the changes, and how much of what is expected is taken: nothing where nobody else loses by it."""
        pegging, product = self.env["stock.pegging"], claim.product_id
        without = pegging._get_taking_changes(product, self._suppose(claim, reserved, 0.0, None)) if reserved else {}
        if expected <= NOISE:
            return without, 0.0
        changes = pegging._get_taking_changes(product, self._suppose(claim, reserved, expected, taken_date))
        others = (changes.keys() | without.keys()) - {claim.id}
        is_gained = any(self._is_other(changes.get(other), without.get(other)) for other in others)
        return (changes, expected) if is_gained else (without, 0.0)

    @api.model
    def _is_other(self, change, without):
        if change is None or without is None:
            return (change or without).is_moved
        return Change(change.after, without.after).is_moved

    @api.model
    def _filtered_spared(self, claim, spared, reserved, changes):
        """Return those who lose something by *changes* and are not to: *spared* ones, and those of another company."""
        moved = claim.browse(move_id for move_id in changes if move_id != claim.id)
        barred = moved.filtered(lambda move: move in spared or move.company_id != claim.company_id)
        return barred.filtered(lambda move: move not in reserved and self._is_later(move, changes[move.id]))

    @api.model
    def _is_later(self, move, change):
        """Whether some of what *move* lacks is there on a later day, or has no day any more."""
        before, after, now = *change, fields.Datetime.now()
        if before.now > after.now + NOISE or before.dated + before.now > after.dated + after.now + NOISE:
            return True
        if after.uncovered > before.uncovered + NOISE:
            return True
        days = [move._get_day(coverage.expected_date or now) for coverage in change]
        return days[1] > days[0]

    @api.model
    def _breaks(self, move, reserved, changes):
        change = changes.get(move.id)
        if move not in reserved or not change:
            return False
        companions = self._get_companions(move)
        return bool(self._get_broken(move, self._get_shipping_date(move, change.after, companions, changes)))

    @api.model
    def _reconsider(self, donors, wrong, hurt):
        """Return other donors after a plan that was wrong, in the order in which they give.

        :param wrong: donors who would lose something after all
        :param hurt: moves that would, and are not to: nobody before them in the ranking gives, to be in their way
        """
        places = self.env["stock.ranking"]._get_positions(hurt | hurt.browse(donor.move.id for donor in donors))
        first = min((places.get(move.id, 0) for move in hurt), default=-1)
        donors = [
            donor._replace(is_harmless=donor.is_harmless and donor not in wrong)
            for donor in donors
            if places.get(donor.move.id, 0) > first
        ]
        return sorted(donors, key=lambda donor: donor.order)

    @api.model
    def _get_bearable(self, hurt, expected, changes, taking):
        """Return how much of what is *expected* can be taken without moving *hurt*, about: it is tried then."""
        if expected <= NOISE:
            return 0.0
        later = self._count_later(hurt, changes, hurt.product_id, taking)
        return max(0.0, expected - max(later.values(), default=expected))

    # ---- the plan in words -----------------------------------------------------

    @api.model
    def _finish_plan(self, claim, reserved, expected, changes, taken_date):
        taking = self._suppose(claim, reserved, expected, taken_date)
        moved = claim.browse(move_id for move_id in changes if move_id != claim.id) - claim.union(*reserved)
        later = self._count_later(moved, changes, claim.product_id, taking)
        given = {
            **{move: ("reserved", quantity) for move, quantity in reserved.items()},
            **{move: ("expected", later[move.id]) for move in moved if later.get(move.id, 0.0) > NOISE},
        }
        companions = self._get_companions(claim.union(*given))
        before, after = self._get_own_coverages(claim, changes)
        return Plan(
            claim,
            tuple(self._get_gift_of(move, *gift, changes, companions) for move, gift in given.items()),
            reserved,
            expected,
            self._get_shipping_date(claim, before, companions),
            self._get_shipping_date(claim, after, companions, changes),
            taken_date,
        )

    @api.model
    def _get_own_coverages(self, claim, changes):
        """Return how what *claim* lacks is covered before and after: it may be that nothing changes."""
        if claim.id in changes:
            return changes[claim.id]
        by_move, _by_demand = self.env["stock.pegging"]._peg(claim.product_id, claim)
        coverage = by_move.get(claim.id, Coverage())
        return coverage, coverage

    @api.model
    def _count_later(self, moves, changes, product, taking):
        """Return ``{move id: quantity}`` of what comes on a later day to each of *moves*."""
        moves = moves.filtered(lambda move: move.id in changes)
        if not moves:
            return {}
        pegging = self.env["stock.pegging"]
        before = pegging._get_steps(product, {move.id: changes[move.id].before for move in moves})
        after = taking.carry(pegging)._get_steps(product, {move.id: changes[move.id].after for move in moves})
        digits = get_digits(self.env)
        return {
            move.id: round(
                count_later(self._get_day_steps(move, before[move.id]), self._get_day_steps(move, after[move.id])),
                digits,
            )
            for move in moves
        }

    @api.model
    def _get_day_steps(self, move, steps):
        outside = {datetime.min: date.min, datetime.max: date.max}
        return [(outside.get(moment) or move._get_day(moment), quantity) for moment, quantity in steps]

    @api.model
    def _get_gift_of(self, move, kind, quantity, changes, companions):
        before, after = changes.get(move.id, Change(Coverage(), Coverage()))
        old = self._get_shipping_date(move, before, companions)
        new = self._get_shipping_date(move, after, companions, changes)
        is_later = not new or not old or move._count_days(old, new) > 0
        missed = self._get_broken(move, old)  # before: nobody breaks it a second time
        broken = [kind for kind in self._get_broken(move, new) if kind not in missed] if is_later else []
        return Gift(move, kind, quantity, old, new, max(broken, key=BREAKS.index, default="nothing"))

    @api.model
    def _get_companions(self, moves):
        """Return ``{move: {id of another line: when it comes}}`` of those of *moves* that ship all together with
        others; None for no date.
        """
        moves.picking_id.fetch(["move_type"])
        lines = {move: move._get_shipping_together() - move for move in moves if move.picking_id.move_type == "one"}
        if not lines:
            return {}
        coverages, now = moves.browse().union(*lines.values())._get_product_coverage(), fields.Datetime.now()
        return {
            move: {other.id: coverages[other.id].get_promise_date(now) for other in others if other.id in coverages}
            for move, others in lines.items()
        }

    @api.model
    def _get_shipping_date(self, move, coverage, companions, changes=None):
        """Return when *move* ships if what it lacks is covered so: with all with which it ships; None for no date.

        :param companions: see :meth:`_get_companions`
        :param changes: ``{move id: Change}`` of the lines that come otherwise then
        """
        dates = [self._get_promise(coverage)]
        for other_id, other_date in companions.get(move, {}).items():
            change = (changes or {}).get(other_id)
            dates.append(self._get_promise(change.after) if change else other_date)
        return get_latest(dates) or None

    @api.model
    def _get_promise(self, coverage):
        return coverage.clean(get_digits(self.env)).get_promise_date(fields.Datetime.now())

    @api.model
    def _get_broken(self, move, promise):
        """Return which of the dates that somebody counts on *promise* (None: no date) does not keep."""
        return [
            kind
            for kind, counted_on in move._get_commitments().items()
            if counted_on and (not promise or move._count_days(counted_on, promise) > 0)
        ]

    # ---- what was taken today --------------------------------------------------

    @api.model
    def _get_takers_of_today(self, claim):
        """Return the lines for which something of the product was taken back today, and that was not undone."""
        return self.env["stock.backorder.allocation"]._get_takes_of_today(claim).move_id
