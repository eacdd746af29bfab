from collections import defaultdict

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_compare

from ... import locking
from ..allocation.reservation_run import ReservationRun
from ..chain.quantity import get_digits
from ..chain.wording import format_quantity, name_first
from ..engine.coverage import NOISE

# So many of those who give way are named where a sentence has room for a few.
NAMED = 3


class StockTaking(models.AbstractModel):
    """Taking back: what was reserved for others is reserved for this line, and it ranks before those who expect supply.

    The goods are handed over in one transaction: nobody gets them in between. What ranks the line is a fact on it; the
    donors stay where they are in the ranking, and get what comes next.
    """

    _name = "stock.taking"
    _description = "Taking Back of Stock"

    @api.model
    def _take(self, plan, reason):
        """Do what *plan* says; whoever calls has locked the stock.

        :param reason: why, in the words of who does it
        :return: the entry of the log that it can be undone by
        :raise UserError: if Odoo cannot reserve all of it for the line; nothing may be kept then
        """
        # Who may take back may do so from deliveries that are none of his: they are named in the plan that he has seen.
        self = self.sudo()
        claim = plan.claim.with_env(self.env)
        before = {"taken_before": claim.taken_quantity, "taken_date_before": claim.taken_date}
        self._lock_transfers(claim.union(*plan.reserved).picking_id)
        with self.env["stock.allocation"]._handing_out():
            for donor, quantity in plan.reserved.items():
                self._lower(self._get_goods(claim, donor), quantity)
            quantity = sum(plan.reserved.values())
            taken_date = plan.taken_date or claim.taken_date or fields.Datetime.now()
            claim._write_taken(self._get_taken(claim, plan.quantity), taken_date)
            self._hand_over(claim, quantity, "take_back")
        entry = self._log(claim, plan, reason, before)
        self._tell(claim, plan, reason)
        if quantity:
            donors = claim.union(*plan.reserved) - claim
            self.env["stock.allocation"]._after_handing_out({claim: quantity}, "take_back", donors)
        return entry

    @api.model
    def _lock_transfers(self, transfers):
        """Let nobody begin with *transfers* in the meantime, nor with their batches; who has just begun was quicker.

        Who prints or picks at this moment changes these rows: one of the two begins anew, and sees what the other did.
        """
        self.env.flush_all()
        batches = transfers.batch_id if "batch_id" in transfers._fields else ()
        for records in filter(None, (batches, transfers)):
            locking.wait_for(records, allow_referencing=True)

    @api.model
    def _get_goods(self, claim, donor):
        """Return the operations of *donor* whose goods can be taken, the newest first."""
        return self.env["stock.move.line"].search(
            self._get_goods_domain(claim) & Domain("move_id", "=", donor.id), order="id desc"
        )

    @api.model
    def _lower(self, lines, quantity):
        """Let *lines*, which are reserved, hold *quantity* less together, in the product's unit.

        :raise UserError: if they do not hold so much
        """
        unit = lines.product_id.uom_id
        for line in lines:
            if unit.compare(quantity, 0) <= 0:
                break
            held = line.quantity_product_uom
            if unit.compare(held, quantity) <= 0:
                line.unlink()
            else:
                line.write(self._prepare_rest(line, held - quantity))
            quantity -= held
        if quantity > NOISE:
            raise UserError(self.env._("Meanwhile less of it is reserved. Nothing was changed: please try again."))

    @api.model
    def _prepare_rest(self, line, rest):
        """Return the values with which *line* holds *rest*, in the product's unit: another one may not say it."""
        unit = line.product_id.uom_id
        return {"quantity": rest, **({} if line.product_uom_id == unit else {"product_uom_id": unit.id})}

    @api.model
    def _hand_over(self, move, quantity, cause, is_whole=True):
        """Reserve exactly *quantity*, in the product's unit, for *move*; return how much it is.

        :param is_whole: whether it has to be all of it
        :raise UserError: if it has, and is not
        """
        if not quantity:
            return 0.0
        allocation = self.env["stock.allocation"]
        before = allocation._get_reserved(move)
        run = ReservationRun.of(self.env).caused_by(cause).deciding({move.id: quantity})
        run.carry(move)._action_assign()
        given = allocation._get_given(move, before)[move.id]
        if is_whole and float_compare(given, quantity, precision_digits=get_digits(self.env)):
            raise UserError(
                self.env._(
                    "%s cannot use these goods: a lot, a package or a date is in the way. Nothing was changed.",
                    move._get_named_transfer(),
                )
            )
        return given

    # ---- log and chatter -------------------------------------------------------

    @api.model
    def _log(self, claim, plan, reason, before):
        """Write down who has taken back what from whom and why; each entry names the other delivery.

        :param before: what an undoing has to know of the time before it, as values of the entry
        """
        log = self.env["stock.backorder.allocation"]
        donors = claim.union(*(gift.move for gift in plan.gifts)) - claim
        entry = log.create(
            {
                **claim._prepare_allocation_values("take_back"),
                "quantity": sum(plan.reserved.values()),
                "given_quantity": plan.quantity,
                **before,
                **self._prepare_others(donors),
                "note": reason,
            }
        )
        log.create(
            [
                {
                    **gift.move._prepare_allocation_values("give_way"),
                    "given_quantity": plan.reserved.get(gift.move, 0.0),
                    **self._prepare_others(claim),
                    "take_back_id": entry.id,
                    "note": self._tell_gift(gift, reason),
                }
                for gift in plan.gifts
            ]
        )
        return entry

    @api.model
    def _prepare_others(self, moves):
        """Return the values with which an entry of the log names *moves*, who have given or got the goods."""
        return {
            "source": name_first(moves.mapped(lambda move: move._get_named_transfer()), NAMED),
            "source_picking_id": moves.picking_id[:1].id,
        }

    @api.model
    def _tell_gift(self, gift, reason):
        """Return in words what becomes of a donor, and why."""
        old, new = (
            gift.move._format_day(date) or self.env._("no date") for date in (gift.promise_before, gift.promise_after)
        )
        return self.env._("Ships on: %(old)s → %(new)s (%(reason)s)", old=old, new=new, reason=reason)

    @api.model
    def _tell(self, claim, plan, reason):
        """Say on each delivery what was taken back, for or from which other one, and why."""
        taken_from = Markup(", ").join(self._link(gift.move) for gift in plan.gifts)
        own = self.env._("Taken back: %(goods)s from %(deliveries)s. %(reason)s")
        bodies = defaultdict(Markup)
        bodies[claim.picking_id] += self._say(own, claim, plan.quantity, taken_from, reason)
        for gift in plan.gifts:
            bodies[gift.move.picking_id] += self._tell_given_way(claim, gift.quantity, reason)
        self._log_in_chatter(bodies)

    @api.model
    def _tell_given_way(self, claim, quantity, reason):
        """Return what is said on a delivery whose goods *claim* has got."""
        others = self.env._("Given way: %(goods)s for %(deliveries)s. %(reason)s")
        return self._say(others, claim, quantity, self._link(claim), reason)

    @api.model
    def _say(self, sentence, claim, quantity, deliveries, reason):
        goods = self.env._(
            "%(quantity)s × %(product)s",
            quantity=format_quantity(self.env, quantity),
            product=claim.product_id.display_name,
        )
        words = {"goods": goods, "deliveries": deliveries, "reason": reason}
        return Markup("<p>%s</p>") % (escape(sentence) % words)

    @api.model
    def _log_in_chatter(self, bodies):
        """Put a note that customers do not see into the chatter of each transfer, ``{transfer: HTML}``."""
        transfers = self.env["stock.picking"].union(*bodies)  # without those of no transfer
        transfers._message_log_batch(bodies={transfer.id: bodies[transfer] for transfer in transfers})

    @api.model
    def _link(self, move):
        return move.picking_id._get_html_link() if move.picking_id else move.reference or ""
