import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain

from ..chain.picking_states import CLOSED_STATES
from ..chain.progress import commit_each
from ..chain.wording import tell_failure

_logger = logging.getLogger(__name__)
CRON = "gse_backorder.ir_cron_arrival_notice"
ACTIVITY_TYPE = "gse_backorder.mail_activity_type_arrival"
TEMPLATE = "gse_backorder.mail_template_arrival"
# What the backend's script listens to.
ARRIVAL_EVENT = "gse_backorder.arrival"


class StockArrivalNotice(models.Model):
    """An arrival of stock that the warehouse has still to be told of: written when it is validated, told by a cron.

    A person who validates a receipt waits for no pick list to be rendered. Each arrival is told once: by a message on
    the screens of the warehouse's people and an activity and then, if the company wants, by a mail with the pick lists.
    What is told is read from the log when it is told: what has shipped meanwhile is no news.
    """

    _name = "stock.arrival.notice"
    _description = "Notice of an Arrival"
    _order = "id"
    _rec_name = "picking_id"

    picking_id = fields.Many2one(
        "stock.picking", string="Arrival", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # No related field: it would be written in a second query, in the transaction of whoever receives.
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    is_shown = fields.Boolean(readonly=True, help="It is on the screens, and only the mail has still to be made.")
    failure = fields.Char(readonly=True, help="Why it could not be told; it is tried again.")

    # ---- queue ---------------------------------------------------------------

    @api.model
    def _queue(self, arrivals):
        """Remember to tell of *arrivals*, which have served somebody, and wake the cron."""
        if not arrivals:
            return
        # Who receives need not be able to read the queue.
        self.sudo().create([{"picking_id": arrival.id, "company_id": arrival.company_id.id} for arrival in arrivals])
        self.env["ir.cron"].browse(self.env["ir.model.data"]._xmlid_to_res_id(CRON))._trigger()

    @api.model
    def _cron_tell(self):
        """Tell of what has come, on all screens before the first pick list is rendered."""
        self._do_each([("is_shown", "=", False)], type(self)._tell_people)
        self._close_activities()
        self._do_each([("is_shown", "=", True)], type(self)._mail)

    @api.model
    def _do_each(self, domain, method):
        """Call *method* on the notices of each arrival, and commit after each: what fails leaves the others alone."""
        groups = self._read_group(
            domain,
            ["picking_id"],
            ["id:recordset", "failure:count", "id:min"],
            order="failure:count, id:min",  # what has failed before lets the others go first
        )
        for _arrival, notices, _failures, _first in commit_each(self.env, groups):
            notices._do_safely(method)

    def _do_safely(self, method):
        """Call *method* on the notices of one arrival; keep them and write down why when it cannot be told."""
        try:
            with self.env.cr.savepoint():
                if pending := self.exists():
                    method(pending)
        except (OperationalError, ConcurrencyError):
            # Somebody is working on it just now: it is told next time.
            _logger.info("Notices %s of an arrival are postponed", self.ids, exc_info=True)
        except Exception as error:
            _logger.exception("Notices %s of an arrival cannot be told", self.ids)
            self.exists().failure = tell_failure(self.env, error)

    def _tell_people(self):
        """Show the arrival of ``self``; that it was shown is remembered in the same transaction, so that it is once."""
        arrival = self._get_arrival()
        user = self._get_told_user(arrival)
        is_news = bool(arrival._get_arrival_summary())
        if is_news and user.email_normalized and arrival.company_id.mail_pick_list_on_arrival:
            self.is_shown = True
        else:
            self.unlink()
        if is_news and user:
            self._raise_activity(arrival, user)
        if is_news:  # at last: a message on a screen cannot be taken back
            self._show(arrival, self._get_people(arrival, user))

    def _mail(self):
        """Put one mail with the pick lists into Odoo's queue, and forget the notice in the same transaction."""
        arrival = self._get_arrival()
        self.unlink()
        if arrival._get_arrival_summary() and self._get_told_user(arrival):
            # It is for its reader alone: the receipt's chatter shows the activity.
            self.env.ref(TEMPLATE).send_mail(arrival.id, email_values={"model": False, "res_id": False})

    def _get_arrival(self):
        return self.picking_id.with_company(self.company_id)

    # ---- activity --------------------------------------------------------------

    @api.model
    def _get_told_user(self, arrival):
        """Return who is told of *arrival*; nobody if he has gone, or may not open it."""
        user = arrival._get_arrival_user()
        reader = arrival.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        return user.filtered(lambda user: user.active and reader.has_access("read"))

    @api.model
    def _raise_activity(self, arrival, user):
        # Odoo's mail on each new activity would be a second one beside the pick list.
        told = arrival.with_context(lang=user.lang, mail_activity_quick_update=True)
        told.activity_schedule(
            ACTIVITY_TYPE,
            user_id=user.id,
            automated=True,
            summary=told._get_arrival_summary(),
            note=told._render_arrival_note(),
        )

    @api.model
    def _close_activities(self):
        """Remove the activities on arrivals of which all who got stock have shipped, or were cancelled."""
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", "stock.picking"),
                ("activity_type_id", "=", self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY_TYPE)),
            ]
        )
        arrivals = self.env["stock.picking"].browse(activities.mapped("res_id"))
        awaited = arrivals._get_allocated([("picking_id.state", "not in", CLOSED_STATES)])
        waiting_ids = {arrival.id for arrival in awaited}
        activities.filtered(lambda activity: activity.res_id not in waiting_ids).unlink()

    # ---- screens ---------------------------------------------------------------

    @api.model
    def _get_people(self, arrival, user):
        """Return who sees the message: who is at work in that warehouse just now, and *user*.

        These are the stock users of the company whose default warehouse it is, or who have none.
        """
        warehouse = arrival.picking_type_id.warehouse_id
        works_there = Domain("all_group_ids", "in", self.env.ref("stock.group_stock_user").id) & Domain(
            "property_warehouse_id", "in", (warehouse.id, False)
        )
        return (
            self.env["res.users"]
            .with_company(arrival.company_id)
            .search(
                Domain("company_ids", "in", arrival.company_id.id)
                & Domain("presence_ids.status", "in", ("online", "away"))
                & (works_there | Domain("id", "=", user.id))
            )
        )

    @api.model
    def _show(self, arrival, people):
        """Send *people* a message on their screens, in their languages."""
        for lang, users in people.grouped("lang").items():
            told = arrival.with_context(lang=lang)
            payload = {
                "picking_id": arrival.id,
                "company_id": arrival.company_id.id,
                "title": told.env._("Stock from %s", arrival.name),
                "message": told._get_arrival_summary(),
            }
            for user in users:
                self.env["bus.bus"]._sendone(user.partner_id, ARRIVAL_EVENT, payload)
