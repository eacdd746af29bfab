import logging
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from markupsafe import escape
from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, clean_context, float_compare, float_round, split_every

from ..chain.progress import commit_each
from ..chain.quantity import get_digits
from ..chain.wording import format_quantity
from .freed_stock import HOOKED, FreedStock, Reason
from .pool_door import PoolDoor
from .reservation_run import AUTOMATIC_CAUSES, ReservationBatch, ReservationRun, Share
from .stock_backorder_allocation import ARRIVAL_CAUSES

_logger = logging.getLogger(__name__)
# What brings no stock: it was there, free or reserved for somebody.
FREEING_CAUSES = ("cancel", "unreserve", "lower", "demand", *AUTOMATIC_CAUSES)
LOOK_AGAIN = "gse_backorder.look_again"
# So many of those who were passed over are named in the log.
NAMED = 20
# So many lines are reserved at a time in the background; up to which one, where it has to be gone on with.
IDLE_BATCH = 200
RESERVED_UP_TO = "gse_backorder.reserved_up_to"


@dataclass
class Reservation:
    """A reservation that Odoo is about to make."""

    moves: Any  # to be reserved, in this order; they carry the run in which it is decided who may take how much
    shares: list = field(default_factory=list)  # what its claims are entitled to, in ranking
    others: list = field(default_factory=list)  # what others are entitled to
    before: dict = field(default_factory=dict)  # what each claim has reserved already


class StockAllocation(models.AbstractModel):
    """Handing real stock to claims, in ranking.

    Who gets how much is what pegging says, among the claims that may be reserved now. Odoo's own reservation then
    takes the quants: lots, packages, owners and removal strategies are its business.
    """

    _name = "stock.allocation"
    _description = "Handing Out of Stock"

    # ---- stock that has come or was freed ----------------------------------------

    @api.model
    @contextmanager
    def _handing_out(self, reason=None):
        """Hand out at the end what has become free meanwhile; within a run, its beginner does it.

        :param reason: the ``Reason`` for which it becomes free; None where it is said afterwards
        """
        freed = FreedStock.of(self.env.cr)
        with freed.running(reason) as pools:
            yield freed
            if pools:
                self._restock_freed(freed, pools)

    @api.model
    def _hand_out(self):
        """Hand out what no run has; if one is under way, its end is the time."""
        freed = FreedStock.of(self.env.cr)
        with freed.running() as pools:
            if pools is not None:
                self._restock_freed(freed, freed.pools)

    @api.model
    def _restock_freed(self, freed, pools):
        for reason, explained in freed.take(pools, Reason("adjustment", self.env["stock.move"])).items():
            self._restock(explained, reason.cause, reason.sources, excluded=reason.excluded)
        freed.forget(pools)  # what the handing out itself has taken and given back

    @api.model
    def _hand_out_before_commit(self):
        """See to it that what no run hands out is handed out before the commit."""
        data = self.env.cr.precommit.data
        if HOOKED not in data:
            data[HOOKED] = True
            afterwards = self.with_env(self.env(context=clean_context(ReservationRun.leave(self.env))))
            self.env.cr.precommit.add(afterwards._hand_out_at_last)

    @api.model
    def _hand_out_at_last(self):
        """Hand out what no run has; amid a request it is only a savepoint that calls, and the request does it."""
        if not FreedStock.of(self.env.cr).is_request_under_way:
            self._hand_out()

    @api.model
    def _restock(self, pools, cause, sources, excluded=()):
        """Hand the free stock of *pools* to the claims that wait for it, in ranking, until it is spent.

        :param pools: a set of ``(product id, area id)``
        :param str cause: what brought the stock, a value of ``stock.backorder.allocation.cause``
        :param sources: the moves that brought or freed it
        :param excluded: ids of moves that get nothing of it
        """
        if not pools or self._is_switched_off():
            return
        awaited = self.env["stock.backorder.pool"]._filtered_awaited(pools)
        self._look_again_for(pools - awaited, cause, sources)
        if not awaited:
            return
        pools = awaited
        # Stock goes to whoever is next, whether or not the user who brings it may see that delivery.
        self = self.env["stock.backorder.pool"]._with_locked(self.sudo(), pools)
        self = self.with_context(clean_context(self.env.context))
        run = ReservationRun.of(self.env).caused_by(cause)
        # What a lowered line keeps Odoo takes from it and gives back: that is handed out to nobody.
        kept_ids = set(sources.ids) if cause == "lower" else set()
        tried, served, ignore_shares = list(excluded), {}, False
        source_quantities = self._get_source_quantities(sources, cause)
        while shares := self._get_next_shares(pools, tried, ignore_shares):
            claims = self.env["stock.move"].browse(share.move_id for share in shares)
            claims = claims.with_user(self.env.user._get_actor_in(claims.company_id)).sudo()
            before = self._get_reserved(claims)
            run.deciding(self._get_limits(shares), ReservationBatch()).carry(claims)._action_assign()
            given = self._get_given(claims, before)
            handed_out = [share for share in shares if share.move_id not in kept_ids]
            served.update(
                {claims.browse(share.move_id): given[share.move_id] for share in handed_out if given[share.move_id]}
            )
            self._log(handed_out, given, cause, source_quantities)
            if self._is_handed_out(shares, given) or (ignore_shares and not any(given.values())):
                break
            # A lot, a package or a date was in the way: what it leaves is for the next who can use it.
            tried += claims.ids
            ignore_shares = True
        self._after_handing_out(served, cause, sources)

    @api.model
    def _look_again_for(self, pools, cause, sources):
        """See to it that, after the commit, *pools* are handed out to whom this transaction could not see yet.

        Nobody waits for them, so that they were not locked. What was freed was locked by that: nobody can have come.
        """
        if not pools or cause in FREEING_CAUSES or not PoolDoor.of(self.env.cr):
            return
        postcommit = self.env.cr.postcommit
        if LOOK_AGAIN not in postcommit.data:
            postcommit.data[LOOK_AGAIN] = []
            postcommit.add(self._look_again)
        postcommit.data[LOOK_AGAIN].append((pools, cause, sources.ids))

    @api.model
    def _look_again(self):
        brought = self.env.cr.postcommit.data.pop(LOOK_AGAIN)
        if not PoolDoor.of(self.env.cr).is_between_transactions:
            return  # nothing was committed that others could not see
        locks = self.env["stock.backorder.pool"]
        pools = set().union(*(pools for pools, _cause, _sources in brought))
        try:
            awaited = locks._get_awaited_since(pools)
            if not awaited:
                return
            with self.env.registry.cursor() as cr:
                PoolDoor.of(cr).queue_for(awaited, self.env)
                allocation = self.with_env(self.env(cr=cr, context=clean_context(ReservationRun.leave(self.env))))
                for own, cause, source_ids in brought:
                    allocation._restock(own & awaited, cause, allocation.env["stock.move"].browse(source_ids))
        except (OperationalError, UserError):
            # All that was done is committed: nobody is told of a failure that the scheduler makes good.
            _logger.warning("Stock of %s is left to the scheduler", pools, exc_info=True)

    @api.model
    def _cron_reserve_idle(self):
        """Reserve what Odoo's scheduler would reserve this night, a batch at a time; a run that stops is resumed.

        Stock that was free when the addon came is not left idle until something happens to it. The scheduler may be due
        at the same time, and reserves the same lines: each batch begins with its lock, as Odoo's own workers do, so
        that they take turns.
        """
        scheduler = self.env.ref("stock.ir_cron_scheduler_action", raise_if_not_found=False)
        waiting = self.env["stock.move"]
        if scheduler and scheduler.active:
            after = Domain("id", ">", int(self.env["ir.config_parameter"].get_param(RESERVED_UP_TO, 0)))
            waiting = waiting.search(self.env["stock.rule"]._get_moves_to_assign_domain(False) & after, order="id")
        settings = self.env["ir.config_parameter"]
        for ids in commit_each(self.env, list(split_every(IDLE_BATCH, waiting.ids, list)), count=len):
            try:
                if not scheduler.try_lock_for_update(allow_referencing=True):
                    settings.set_param(RESERVED_UP_TO, False)
                    self.env["ir.cron"]._commit_progress(remaining=0)  # it is at it, and reserves all that waits
                    break
                self._reserve_idle(waiting.browse(ids).exists())
            except (OperationalError, ConcurrencyError, UserError):
                # Somebody works on this stock just now: Odoo's scheduler makes it good.
                _logger.info("Reserving moves %s is left to the scheduler", ids, exc_info=True)
                self.env.cr.rollback()
            is_last = ids[-1] == waiting._ids[-1]
            settings.set_param(RESERVED_UP_TO, not is_last and ids[-1])

    @api.model
    def _reserve_idle(self, moves):
        """Reserve what is free for *moves*, as Odoo's scheduler does, in ranking among all that wait."""
        self.env["stock.backorder.pool"]._queue(moves._get_claimed_pools())
        ReservationRun.of(self.env).caused_by("scheduler").carry(moves)._action_assign()

    @api.model
    def _get_next_shares(self, pools, tried, ignore_shares):
        """Return the shares of those who have not tried yet.

        :param ignore_shares: whether to give each of the first ones all that he lacks, if he can use what others could
            not
        """
        pools = self.env["stock.supply"]._get_pools_with_stock(pools)
        free_shares = self._get_free_shares(pools, SQL("claim.id != ALL (%s)", tried), ignore_shares=ignore_shares)
        return [share for share in self._add_up(free_shares, ignore_shares) if share.quantity]

    @api.model
    def _is_switched_off(self):
        return bool(self.env["ir.config_parameter"].sudo().get_param("stock.picking_no_auto_reserve"))

    @api.model
    def _is_handed_out(self, shares, given):
        digits = get_digits(self.env)
        return all(
            float_compare(given[share.move_id], share.quantity, precision_digits=digits) >= 0 for share in shares
        )

    # ---- Odoo's reservation ------------------------------------------------------

    @api.model
    def _prepare(self, moves):
        """Lock the stock that *moves* want, and return the :class:`Reservation` to make of them.

        What Odoo reserves by itself follows the ranking: a claim takes its share, and what belongs to those who wait
        longer stays for them. A person decides for himself, among what is nobody's part.
        """
        run = ReservationRun.of(self.env)
        # A line that lacks nothing is no claim: it goes to Odoo as it is, which finds it reserved.
        lacking = moves.filtered(lambda move: move._lacks_goods())
        pools = lacking._get_claimed_pools()
        if not pools or run.is_decided:
            return Reservation(moves)
        moves = self.env["stock.backorder.pool"]._with_locked(moves, pools)
        pools = self.env["stock.supply"]._get_pools_with_stock(pools)
        idle = lacking.filtered(
            lambda move: move._is_claim() and move._takes_free_stock() and not move._get_claimed_pools() & pools
        )
        rivals = SQL("TRUE")
        if self._is_switched_off():
            rivals = SQL("(claim.id = ANY (%s) OR %s)", moves.ids, self.env["stock.claim"]._get_is_part_sql())
        # Who waits longer counts, whether or not the user may see him.
        free_shares = self.sudo()._get_free_shares(pools, rivals, reported=moves.ids)
        shares = self._add_up(free_shares)
        own_ids = set(moves.ids)
        reservation = Reservation(
            moves,
            shares=[share for share in shares if share.move_id in own_ids] + [Share(move.id, 0.0, 0) for move in idle],
            others=[share for share in shares if share.move_id not in own_ids],
        )
        claims = moves.browse(share.move_id for share in reservation.shares)
        reservation.before = self._get_reserved(claims)
        if run.is_automatic:
            granted = [share for share in reservation.shares if share.quantity > 0]
            moves = (moves - claims) | moves.browse(share.move_id for share in granted)
            limits = self._get_limits(granted)
        else:
            limits = self._get_limits_beside_parts(free_shares, moves)
        reservation.moves = ReservationRun.of(moves.env).deciding(limits).carry(moves)
        return reservation

    @api.model
    def _record(self, reservation):
        """Log what a reservation has handed to whom."""
        if not reservation.shares:
            return
        run = ReservationRun.of(reservation.moves.env)
        claims = reservation.moves.browse(reservation.before)
        given = self._get_given(claims, reservation.before)
        shares = reservation.shares
        if not run.joins:
            shares = [share for share in shares if given[share.move_id]]
        self.sudo()._log(shares, given, run.cause, {}, reservation.others)
        unused = claims.browse(share.move_id for share in reservation.shares if not self._is_handed_out([share], given))
        waiting = claims.sudo().browse(share.move_id for share in reservation.others) | unused
        if run.is_automatic and waiting:
            # There is stock that others wait for, or can use where these cannot: nothing lies idle.
            self._restock(waiting._get_claimed_pools(), run.cause, claims, excluded=unused.ids)

    @api.model
    def _record_chained(self, claims, before, sources):
        """Log and tell what Odoo has handed to those for whom *sources* were meant from the beginning.

        :param before: what they had reserved before, see :meth:`_get_reserved`
        """
        if not claims:
            return
        self = self.sudo()
        claims = claims.exists()
        given = self._get_given(claims, before)
        for cause, brought in sources.sudo().grouped(lambda move: move._get_restock_cause()).items():
            served = {claim: given[claim.id] for claim in claims & brought.move_dest_ids if given[claim.id] > 0}
            if served:
                shares = [Share(claim.id, quantity, 0) for claim, quantity in served.items()]
                self._log(shares, given, cause, self._get_source_quantities(brought, cause))
                self._after_handing_out(served, cause, brought)

    # ---- what is reserved ------------------------------------------------------------

    @api.model
    def _get_reserved(self, moves):
        """Return ``{move id: quantity}`` of what is reserved, in the products' units."""
        return {move.id: move._get_filled_in_product_unit() for move in moves}

    @api.model
    def _get_given(self, moves, before):
        """Return ``{move id: quantity}`` of what was reserved since *before*, without noise."""
        digits = get_digits(self.env)
        return {
            move_id: float_round(quantity - before[move_id], precision_digits=digits)
            for move_id, quantity in self._get_reserved(moves).items()
        }

    # ---- log -------------------------------------------------------------------------

    @api.model
    def _log(self, shares, given, cause, source_quantities, others=()):
        """Write down what each claim has got.

        :param given: ``{move id: quantity}``, in the products' units
        :param source_quantities: what brought or freed the stock, see :meth:`_get_source_quantities`; what is logged is
            consumed
        :param others: the shares of those who were not served
        """
        moves = self.env["stock.move"].browse(share.move_id for share in shares)
        areas = {move: move.location_id.stock_area_id for move in moves}
        vals_list = []
        for share, move in zip(shares, moves, strict=True):
            vals = move._prepare_allocation_values(cause)
            vals["rank"] = share.rank
            if cause == "manual" and given[move.id] > share.quantity:
                ahead = [
                    other.move_id
                    for other in others
                    if other.rank < share.rank and self._is_same_pool(moves.browse(other.move_id), move, areas)
                ]
                vals["passed_over_count"] = len(ahead)
                vals["passed_over_ids"] = [(6, 0, ahead[:NAMED])]
            if given[move.id] < share.quantity:
                vals["note"] = self.env._("Reservation could not use all of its share: a lot, a package or a date.")
            for source, quantity in self._consume(source_quantities.get(move.product_id, []), given[move.id]):
                vals_list.append({**vals, "quantity": quantity, **self._prepare_source_values(source, move)})
        self.env["stock.backorder.allocation"]._write_down(vals_list)

    @api.model
    def _get_source_quantities(self, sources, cause):
        """Return ``{product: [[moves, quantity]]}`` of what has come or was freed, in the products' units.

        Of what several transfers have brought in one go, it is told apart which of them has served whom.
        """
        quantities = {}
        for product, moves in sources.grouped("product_id").items():
            parts = moves.grouped("picking_id").values() if cause in ARRIVAL_CAUSES else [moves]
            quantities[product] = [[part, sum(move._get_shipped_qty() for move in part)] for part in parts]
        return quantities

    @api.model
    def _consume(self, parts, quantity):
        """Use up *parts*, lists of moves and what they have brought, one after the other.

        :return: a list of ``(moves, quantity)``, at least one; what was free before counts as brought by the last one
        """
        taken = []
        digits = get_digits(self.env)
        while len(parts) > 1 and float_compare(parts[0][1], quantity, precision_digits=digits) < 0:
            source, brought = parts.pop(0)
            if brought > 0:
                taken.append((source, brought))
                quantity = float_round(quantity - brought, precision_digits=digits)
        if parts:
            parts[0][1] -= quantity
        return [*taken, (parts[0][0] if parts else self.env["stock.move"], quantity)]

    @api.model
    def _prepare_source_values(self, source, move):
        """Return what the log says of *source*, the moves by which *move* got something.

        The log is read by the company of *move*: of a stock that several share, another one's transfer is not named.
        """
        if source.company_id - move.company_id:
            return {"source": self.env._("another company")}
        return {
            "source": ", ".join(sorted({reference for reference in source.mapped("reference") if reference})),
            "source_picking_id": source.picking_id[:1].id,
        }

    @api.model
    def _is_same_pool(self, other, move, areas):
        return other.product_id == move.product_id and other.location_id.stock_area_id == areas[move]

    # ---- what follows -----------------------------------------------------------------

    @api.model
    def _after_handing_out(self, served, cause, sources):
        """Say on each delivery what it has got; whatever else follows from it, other rooms add.

        :param served: ``{move: quantity}``, in the products' units
        :param str cause: what brought the stock, a value of ``stock.backorder.allocation.cause``
        :param sources: the moves that brought or freed it
        """
        pickings = self._get_served_transfers(served)
        if not pickings:
            return
        lines = defaultdict(list)
        for move, quantity in served.items():
            lines[move.picking_id].append(
                self.env._(
                    "%(quantity)s × %(product)s",
                    quantity=format_quantity(self.env, quantity),
                    product=move.product_id.display_name,
                )
            )
        bodies = {}
        for picking in pickings:
            message = (
                self.env._("Ready to ship: %(lines)s reserved from %(source)s.")
                if picking.fulfillment_state == "ready"
                else self.env._("Partly ready: %(lines)s reserved from %(source)s.")
            )
            source = self._tell_source(sources, picking, cause)
            bodies[picking.id] = escape(message) % {"lines": ", ".join(lines[picking]), "source": source}
        pickings._message_log_batch(bodies=bodies)

    @api.model
    def _tell_source(self, sources, picking, cause):
        """Return what has brought or freed the stock, for who reads *picking*: not another company's transfer."""
        own = sources.filtered(lambda move: move.company_id == picking.company_id)
        if sources and not own:
            return self.env._("another company")
        causes = dict(self.env["stock.backorder.allocation"]._fields["cause"]._description_selection(self.env))
        origin = own.picking_id[:1]
        return origin._get_html_link() if origin else own[:1].reference or causes[cause]

    @api.model
    def _get_served_transfers(self, served):
        return self.env["stock.picking"].union(*(move.picking_id for move in served))
