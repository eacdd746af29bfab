from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL

from ..allocation.reservation_run import ReservationRun
from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import name_first


class Promise(NamedTuple):
    """What can be told to a customer of when an open delivery ships."""

    date: datetime | None  # None: there is no date at present
    is_in_stock: bool = False
    is_late: bool = False  # all is expected, but some of it is overdue, and nobody has said when it will come

    @classmethod
    def of(cls, lines, is_late=False):
        """Return what *lines*, pairs of a stock status and a promise date, promise together."""
        statuses, dates = zip(*lines, strict=True)
        if set(statuses) == {"available"}:
            return cls(fields.Datetime.now(), is_in_stock=True)
        return cls(max(dates)) if all(dates) else cls(None, is_late=is_late)


@dataclass(frozen=True, eq=False)
class Notice:
    """What one mail tells its customer of; it is passed in the context (``notice``) to what renders the mail."""

    picking_ids: list
    dates: dict  # {picking id: (what he was told before, what is promised now)}, each may be None


class StockPicking(models.Model):
    """What customers are told of their deliveries by e-mail, and when."""

    _inherit = "stock.picking"

    # ---- events ----------------------------------------------------------------

    def _notice_done(self):
        """Queue what a validation has made of deliveries: a part has shipped, or the rest was given up."""
        notices = self.env["stock.customer.notice"]
        done = self.filtered(lambda picking: picking.state == "done")
        notices._queue(
            done.filtered(lambda picking: picking.company_id.mail_backorder_created and picking._leaves_remainder()),
            "created",
        )
        notices._queue(
            done.filtered(
                lambda picking: (
                    picking.company_id.mail_backorder_closed
                    and (picking._get_cancelled_lines() or picking._get_lines_given_up_before())
                )
            ),
            "closed",
        )

    def _notice_shipped(self):
        """Queue what has shipped, where a mail of ours is to tell it."""
        shipped = self.filtered(lambda picking: picking.state == "done" and picking._is_shipment_told_by_us())
        self.env["stock.customer.notice"]._queue(shipped, "shipped")

    def _is_shipment_told_by_us(self):
        """Whether a mail of ours tells that it has shipped, and not Odoo's own confirmation, a setting of the company.

        Odoo sends that for what is called a delivery.

        Where that one is held back, since the mail on the backorder tells both, ours stands by: the backorder may be
        gone before its mail is sent.
        """
        if self.company_id.stock_move_email_validation and self.picking_type_code == "outgoing":
            return self._is_told_with_backorder()
        return self.company_id.mail_delivery_shipped

    def _is_told_with_backorder(self):
        """Whether the mail on the backorder is to tell what has shipped, too: one shipment, one mail."""
        return (
            self.state == "done"
            and self._leaves_remainder()
            and self.company_id.mail_backorder_created
            and self._is_for_customer()
        )

    def _filtered_waited_for(self):
        """Return the deliveries that are not ready yet, and that customers wait for who are told when they are.

        They wait for a remainder, and for what was not there when they ordered. What is handed out in turn is told when
        all is; of a new order or backorder its customer hears anyhow.
        """
        run = ReservationRun.of(self.env)
        if run.is_decided or run.cause in ("confirm", "remainder"):
            return self.browse()
        return self.filtered(
            lambda picking: (
                picking.company_id.mail_backorder_ready
                and picking.fulfillment_state in ("waiting", "partial")
                and (picking.backorder_root_id or picking._was_promised_for_later())
            )
        )

    def _was_promised_for_later(self):
        """Whether its goods were not there when it was made."""
        promised = self.told_promise_date or fields.Datetime.now()
        return promised > self.create_date + timedelta(minutes=1)

    def _notice_ready(self):
        """Queue what waits no more: all of it is there."""
        ready = self.filtered(lambda picking: picking.fulfillment_state == "ready")
        self.env["stock.customer.notice"]._queue(ready, "ready")

    def _notice_cancelled(self):
        """Queue that the remainder of what has shipped was cancelled."""
        notices = self.env["stock.customer.notice"]
        # Who cancels a step need not be able to see the delivery that it was for.
        telling = self.sudo().filtered(lambda picking: picking.company_id.mail_backorder_closed)
        closed = telling.filtered(lambda picking: picking.state == "cancel")
        steps = closed.filtered(lambda picking: picking.backorder_root_id and picking._has_steps())
        shipments = steps.browse().union(*(step._get_chain().move_ids._get_followers().picking_id for step in steps))
        notices._queue((closed | shipments).filtered(lambda picking: picking._is_remainder_closed()), "closed")

    def _notice_moved_promises(self):
        """Queue where the promise has moved, and remember what the customers are told by it.

        Where nothing was told yet, the present promise is what counts from now on.
        """
        promises = self._get_tellable_promises()
        moved = {
            picking: promise
            for picking, promise in promises.items()
            if (picking.told_promise_date or picking.told_no_promise)
            and picking._is_moved(promise, picking.told_promise_date)
        }
        untold = {
            picking: promise
            for picking, promise in promises.items()
            if promise.date and not picking.told_promise_date and not picking.told_no_promise
        }
        self.env["stock.customer.notice"]._create_notices(
            {
                picking: {"old_date": picking.told_promise_date, "new_date": promise.date}
                for picking, promise in moved.items()
            },
            "moved",
        )
        self._write_told({picking: promise.date for picking, promise in {**moved, **untold}.items()})

    # ---- what is true -------------------------------------------------------------

    def _is_for_customer(self):
        """Whether it is a delivery to a customer who can be told of it."""
        return self._is_customer_delivery() and bool(self.sudo()._get_customer())

    def _leaves_remainder(self):
        """Whether something is still to come after it to the same customer: a part may be another one's by now."""
        return self.has_open_remainder and bool(self._get_open_remainders())

    def _get_open_remainders(self):
        """Return what is still to come to the same customers of deliveries that have shipped.

        An open delivery is to come itself.
        """
        remainders = self.browse()
        for picking in self:
            later = picking
            if picking.state == "done":
                later = picking._get_own_chain() - picking | picking._get_rest_of_steps_before()
            remainders |= later.filtered(lambda member: member.state not in ("draft", *CLOSED_STATES))
        return remainders

    def _get_cancelled_lines(self):
        """Return the lines of which something was wanted and will not be delivered."""
        return self.move_ids.filtered(lambda move: move._is_closed_short())

    def _is_remainder_closed(self):
        """Whether something of it has shipped to the customer, and the rest was cancelled."""
        return bool(
            self._is_for_customer()
            and any(member.state == "done" for member in self._get_own_chain())
            and self._get_lines_not_delivered()
        )

    def _get_lines_not_delivered(self):
        """Return the lines that were cancelled in it, or in the steps before it."""
        steps = self._get_rest_of_steps_before().filtered(lambda step: step.state == "cancel")
        given_up = self._filtered_own(steps._get_cancelled_lines()) | self._get_lines_given_up_before()
        return self._get_cancelled_lines() | given_up

    def _get_lines_to_come(self):
        """Return the open lines of what is still to come."""
        lines = self._get_open_remainders().move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        return self._filtered_own(lines)

    # ---- promises -------------------------------------------------------------------

    def _get_tellable_promises(self):
        """Return ``{picking: Promise}`` of those that have open lines."""
        # One look at pegging, also where there are more lines than are computed at a time.
        coverages, now = self.move_ids._get_coverage(), fields.Datetime.now()
        # Who is on hold is promised nothing, and told nothing until it is released.
        lines = self.move_ids.filtered(lambda move: move.id in coverages and not move.is_held)
        return {
            picking: Promise.of(
                ((coverages[claim.id].status, coverages[claim.id].get_promise_date(now)) for claim in claims),
                is_late=not any(coverages[claim.id].has("uncovered") for claim in claims),
            )
            for picking, claims in lines.grouped("picking_id").items()
        }

    def _is_moved(self, promise, told_date):
        """Whether the promise is another than *told_date* (empty: no date) by more than the company's days."""
        days = self.company_id.promise_notice_days
        if promise.is_in_stock and self.company_id.mail_backorder_ready:
            return False  # there is a mail of its own for it
        if not told_date:
            return bool(promise.date)
        if promise.is_in_stock:
            return self._count_days(promise.date, told_date) > days
        if promise.is_late:
            return self._count_days(told_date, fields.Datetime.now()) > days
        return not promise.date or abs(self._count_days(told_date, promise.date)) > days

    def _write_told_promises(self):
        """Remember the present promise as what the customer was told."""
        self._write_told({picking: promise.date for picking, promise in self._get_tellable_promises().items()})

    def _write_told(self, dates):
        """Remember what customers were told, ``{picking: date}``, in one query; no date is something to tell, too."""
        if not dates:
            return
        pickings = self.browse(picking.id for picking in dates)
        pickings.flush_recordset(["told_promise_date", "told_no_promise"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE stock_picking
                   SET told_promise_date = told.date, told_no_promise = told.date IS NULL
                  FROM unnest(%(ids)s::int[], %(dates)s::timestamp[]) AS told (id, date)
                 WHERE told.id = stock_picking.id
                """,
                ids=pickings.ids,
                dates=[date or None for date in dates.values()],
            )
        )
        pickings.invalidate_recordset(["told_promise_date", "told_no_promise"], flush=False)

    # ---- mails ----------------------------------------------------------------------

    def _log_for_staff(self, text):
        """Put a note into the chatter of each of ``self`` that customers do not see."""
        self._message_log_batch(bodies=dict.fromkeys(self.ids, text))

    def _get_notice_recipients(self):
        """Return who is told by e-mail: the customer, or his company if only that has an address; empty if none has.

        Nobody writes to a contact who is archived: he has left, and Odoo would not send it.
        Odoo's mails are rendered for whoever may send them, also where the order is none of his business.

        :raise AccessError: for who may not read the delivery: the composer renders a mail on whatever it is told
        """
        self.check_access("read")
        customer = self[:1].sudo()._get_customer()
        known = (customer | customer.commercial_partner_id).filtered("active")
        return known.filtered("email_normalized")[:1]

    def _get_notice_sender(self):
        """Return the address that the mail comes from: the order's salesperson's, else the company's.

        :raise AccessError: see :meth:`_get_notice_recipients`
        """
        self.check_access("read")
        # It is printed on the order: whoever sends the mail need not be able to read that.
        return self.sudo()._get_salesperson().email_formatted or self.company_id.email_formatted

    def _get_notice_target(self):
        """Return the delivery that the mail on a backorder links to, and in whose chatter it is: the newest backorder.

        What is still to be picked has no delivery yet: there it is the part that has shipped.
        """
        customer = self.sudo()._get_customer()
        own = self._get_open_remainders().filtered(
            lambda remainder: remainder._is_for_customer() and remainder.sudo()._get_customer() == customer
        )
        return own[-1:] or self

    def _get_noticed(self):
        """Return the deliveries that a mail is about: all of the same event and customer, else this one alone."""
        notice = self._get_notice()
        return self.browse(notice.picking_ids) if notice else self

    def _get_notice(self):
        """Return the :class:`Notice` that is being made, or None.

        It is taken from the context only as what it is: nobody else can put one there.
        """
        notice = self.env.context.get("notice")
        return notice if isinstance(notice, Notice) else None

    def _get_noticed_chains(self):
        """Return, for the mail on backorders, a dict of what has shipped and what is to come of each chain."""
        chains = []
        for pickings in self._get_noticed().grouped(lambda picking: picking.backorder_root_id or picking).values():
            before = pickings.backorder_id & pickings[0]._get_own_chain()
            shipped = pickings.filtered(lambda picking: picking.state == "done") or before
            lines = pickings._get_lines_to_come()
            chains.append(
                {
                    "delivery": pickings[-1]._get_notice_target(),
                    "shipped": shipped.move_ids.filtered(lambda move: move._get_notice_shipped()),
                    "open": lines,
                    "promise": self._get_promise_text(lines),
                }
            )
        return chains

    def _get_subject(self):
        """Return what a mail on the delivery is about: the order as the customer knows it, and the delivery."""
        order = self._get_notice_order()
        return f"{order} ({self.name})" if order else self.name

    def _get_noticed_orders(self, named=3):
        """Return for the subject which orders a mail is about, as the customer knows them; else who writes."""
        orders = dict.fromkeys(picking._get_notice_order() for picking in self._get_noticed())
        return name_first([order for order in orders if order], named) or self.company_id.name

    def _get_noticed_move(self):
        """Return for the subject what the promise has become: the date, if it is one for all."""
        told = {picking._get_notice_dates()[1] for picking in self._get_noticed()}
        if len(told) > 1:
            return self.env._("new dates")
        date = told.pop()
        return date if date == self._format_notice_date(None) else self.env._("new date %s", date)

    def _get_noticed_names(self, named=3):
        """Return for the subject which deliveries a mail is about: the first ones, if there are many."""
        return name_first(self._get_noticed().mapped("name"), named)

    def _get_noticed_backorder_names(self, named=3):
        """Return for the subject which backorders a mail is about: the first ones, if there are many."""
        chains = self._get_noticed().grouped(lambda picking: picking.backorder_root_id or picking)
        return name_first([pickings[-1]._get_notice_target().name for pickings in chains.values()], named)

    def _get_notice_tracking(self):
        """Return the carrier's reference; there is one where deliveries by carriers are installed."""
        return self.carrier_tracking_ref if "carrier_tracking_ref" in self._fields else False

    def _get_notice_order(self):
        """Return the order as the customer knows it: our number, and his own reference.

        :raise AccessError: see :meth:`_get_notice_recipients`
        """
        self.check_access("read")
        order = self.sudo().sale_id
        return " / ".join(name for name in (order.name, order.client_order_ref) if name)

    def _get_promise_text(self, lines):
        """Return in words when the last of *lines* ships."""
        open_lines = lines.filtered("availability_status")
        if not open_lines:
            return self._format_notice_date(None)
        promise = Promise.of((line.availability_status, line.promise_date) for line in open_lines)
        return self.env._("in stock") if promise.is_in_stock else self._format_notice_date(promise.date)

    def _get_notice_dates(self):
        """Return in words what the customer was told, and what the promise is now."""
        notice = self._get_notice()
        old_date, new_date = (notice and notice.dates.get(self.id)) or (None, None)
        if not old_date and not new_date:
            return self._format_notice_date(self.told_promise_date), self._get_promise_text(self._get_lines_to_come())
        return self._format_notice_date(old_date), self._format_notice_date(new_date)

    def _format_notice_date(self, date):
        if not date:
            return self.env._("no date at present")
        return self._format_day(date)
