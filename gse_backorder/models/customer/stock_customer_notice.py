import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import split_every

from ..chain.picking_states import CLOSED_STATES
from ..chain.progress import commit_each
from ..chain.wording import tell_failure
from .stock_picking_notice import Notice

_logger = logging.getLogger(__name__)
# What happens to one customer within this time is told in one mail.
GATHERING_MINUTES = 2
# So many deliveries are compared at a time with what their customers were told.
PROMISE_BATCH = 5_000


class StockCustomerNotice(models.Model):
    """What a customer has still to be told of a delivery: written when it happens, told by a cron, then deleted.

    A person who validates a delivery waits for no mail to be rendered, and all that happens to one customer's
    deliveries at about the same time is one mail.
    """

    _name = "stock.customer.notice"
    _description = "Notice to a Customer"
    _order = "id"
    _rec_name = "picking_id"

    picking_id = fields.Many2one(
        "stock.picking",
        string="Delivery",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="What it happened to; for a new backorder: the delivery that has shipped in part.",
    )
    # No related field: it would be written in a second query, in the transaction of whoever makes it happen.
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    event = fields.Selection(
        [
            ("created", "Backorder created"),
            ("moved", "Promise moved"),
            ("ready", "Ready to ship"),
            ("shipped", "Shipped"),
            ("closed", "Remainder cancelled"),
        ],
        required=True,
        readonly=True,
    )
    old_date = fields.Datetime(
        string="Told Before",
        readonly=True,
        help="When the promise moved: what the customer was told before; empty if he was told that there is no date.",
    )
    new_date = fields.Datetime(
        string="Ships on", readonly=True, help="When the promise moved; empty for no date at present."
    )
    failure = fields.Char(readonly=True, help="Why the mail could not be made; it is tried again.")

    @api.model
    def _get_events(self):
        """Return what happens, the company's setting that tells customers of it, and the mail that does.

        :return: ``{event: (name of the field of res.company, XML id of the template)}``
        """
        return {
            "created": ("mail_backorder_created", "gse_backorder.mail_template_backorder_created"),
            "moved": ("mail_promise_moved", "gse_backorder.mail_template_promise_moved"),
            "ready": ("mail_backorder_ready", "gse_backorder.mail_template_backorder_ready"),
            "shipped": ("mail_delivery_shipped", "gse_backorder.mail_template_delivery_shipped"),
            "closed": ("mail_backorder_closed", "gse_backorder.mail_template_backorder_closed"),
        }

    # ---- queue ---------------------------------------------------------------

    @api.model
    def _queue(self, pickings, event):
        """Remember to tell the customers of *pickings* of *event*, where the company tells it.

        :param str event: a value of ``event``
        """
        self._create_notices({picking: {} for picking in pickings}, event)

    @api.model
    def _create_notices(self, values, event):
        """Write the notices of *event*, for those whose company tells it, and wake the cron.

        :param values: ``{picking: values of its notice}``
        """
        setting, _template = self._get_events()[event]
        # That they have become another customer's may be pending, and would forget what is noticed of them here.
        self.env["stock.picking"].union(*values).sudo().mapped("customer_id")
        # Whoever makes it happen need be able to read neither the customer's order nor the queue.
        vals_list = [
            {
                "picking_id": picking.id,
                "company_id": picking.company_id.id,
                "partner_id": picking._get_customer().id,
                "event": event,
                **notice,
            }
            for picking, notice in ((picking.sudo(), notice) for picking, notice in values.items())
            if picking.company_id._tells_customers(setting) and picking._is_for_customer()
        ]
        if not vals_list:
            return
        self.sudo().create(vals_list)
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id("gse_backorder.ir_cron_customer_notice")
        self.env["ir.cron"].browse(cron_id)._trigger(fields.Datetime.now() + timedelta(minutes=GATHERING_MINUTES))

    # ---- mails ----------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Tell each customer once of each event, and commit after each: what fails or stops leaves the others alone."""
        self.search(Domain.TRUE)._follow_customers()
        groups = self._read_group(
            [],
            ["company_id", "partner_id", "event"],
            ["id:recordset", "failure:count", "id:min"],
            order="failure:count, id:min",  # what has failed before lets the others go first
        )
        for _company, _partner, _event, notices, _failures, _first in commit_each(self.env, groups):
            notices._send_safely()

    def _follow_customers(self):
        """Address to the customer of now what has gone to a colleague since: it is the same company's business."""
        customers = {notice: notice.picking_id._get_customer() for notice in self}
        gone = self.filtered(lambda notice: customers[notice] != notice.partner_id and notice._is_same_company())
        for customer, notices in gone.grouped(customers.get).items():
            notices.partner_id = customer

    def _is_same_company(self):
        """Whether the delivery is still for the company of the customer who was to be told."""
        customer = self.picking_id._get_customer()
        return customer.commercial_partner_id == self.partner_id.commercial_partner_id

    def _send_safely(self):
        """Send the mail of one customer and event; keep the notices and write down why when it cannot be made."""
        try:
            with self.env.cr.savepoint():
                self._send()
        except (OperationalError, ConcurrencyError):
            # Somebody is working on these deliveries just now: they are told next time.
            _logger.info("Notices %s to a customer are postponed", self.ids, exc_info=True)
        except Exception as error:
            _logger.exception("Notices %s to a customer cannot be sent", self.ids)
            self._note_failure(tell_failure(self.env, error))

    def _note_failure(self, reason):
        """Tell staff on the deliveries, once, that their customer could not be told."""
        failing = self.exists()
        failing.filtered(lambda notice: not notice.failure).picking_id._log_for_staff(
            self.env._("The customer could not be told by e-mail, it will be tried again: %s", reason)
        )
        failing.failure = reason

    def _send(self):
        """Send one mail on the notices of ``self``, which are of one customer, company and event, and forget them.

        The mail and the end of the notices are one transaction: nothing is told twice. What is not true any more is
        not told.
        """
        pending = self.exists().sorted("id")
        if not pending:
            return
        notices = pending.with_company(pending.company_id)._filtered_true()
        pickings = notices.picking_id
        if pickings and pickings._get_notice_recipients():
            notices._post_mail()
        elif pickings:
            pickings._log_for_staff(
                self.env._(
                    "%(customer)s has no e-mail address and was not told: %(event)s.",
                    customer=pending.partner_id.display_name,
                    event=dict(self._fields["event"]._description_selection(self.env))[pending[0].event],
                )
            )
        if pending[0].event in ("created", "ready"):
            remainders = pickings._get_open_remainders()
            remainders.filtered(lambda remainder: remainder._is_for_customer())._write_told_promises()
        pending.unlink()

    def _filtered_true(self):
        """Return the notices that are still true: of each delivery the first, which knows what was told before.

        A delivery that has been given to another customer since is none of this one's business.
        """
        own = self.filtered(lambda notice: notice._is_same_company())
        first = own.browse(notices[0].id for notices in own.grouped("picking_id").values())
        if first[:1].event == "moved":
            return first._filtered_moved()
        return first.filtered(lambda notice: notice._is_true())

    def _filtered_moved(self):
        """Return the notices on promises that are still another than what was told, and remember what is told now."""
        promises = self.picking_id._get_tellable_promises()
        moved = self.filtered(
            lambda notice: (
                notice.picking_id in promises
                and notice.picking_id._is_moved(promises[notice.picking_id], notice.old_date)
            )
        )
        for notice in moved:
            notice.new_date = promises[notice.picking_id].date
        self.picking_id._write_told(
            {notice.picking_id: notice.new_date if notice in moved else notice.old_date for notice in self}
        )
        return moved

    def _is_true(self):
        """Whether what the notice tells is still so; what is no event of ours is told as whoever made it wants it."""
        picking = self.picking_id
        match self.event:
            case "created":
                return bool(picking._get_open_remainders())
            case "ready":
                return picking.fulfillment_state == "ready"
            case "shipped":
                return picking.state == "done" and not self._is_told_with_backorder()
            case "closed":
                return picking._is_remainder_closed()
            case _:
                return True

    def _is_told_with_backorder(self):
        """Whether the mail on the backorder, still to be sent, tells what has shipped: one shipment, one mail."""
        created = self.picking_id.customer_notice_ids.filtered(lambda notice: notice.event == "created")
        return any(notice._is_true() for notice in created)

    def _post_mail(self):
        """Put one mail into the queue, and show on each delivery what was sent."""
        event, pickings = self[0].event, self.picking_id
        customer = pickings._get_notice_recipients()
        told = pickings.with_context(
            notice=Notice(pickings.ids, {notice.picking_id.id: (notice.old_date, notice.new_date) for notice in self}),
            tz=customer.tz or pickings.company_id.partner_id.tz or self.env.user.tz,
            model_description=self.with_context(lang=customer.lang).env._("Delivery"),
            mail_post_autofollow=False,  # being told is no wish to hear of all that staff write
        )
        lead = told[0]._get_notice_target() if event == "created" else told[0]
        template = told.env.ref(self._get_events()[event][1])
        lead.message_post_with_source(
            template,
            subtype_xmlid="mail.mt_note",
            notify_skip_followers=True,
            force_send=False,
            attachment_ids=[fields.Command.set(self._create_all_attachments(template, told).ids)],
        )
        (pickings - lead)._log_for_staff(
            self.env._("The customer was told by e-mail, see %s.", lead.with_env(self.env)._get_html_link())
        )

    def _create_all_attachments(self, template, pickings):
        """Return what is attached to the mail: that on a backorder tells also what has shipped, and brings its slip."""
        attachments = self._create_attachments(template, pickings)
        setting, shipped = self._get_events()["shipped"]
        if self[0].event == "created" and self[0].company_id._tells_customers(setting):
            attachments |= self._create_attachments(pickings.env.ref(shipped), pickings)
        return attachments

    @api.model
    def _create_attachments(self, template, pickings):
        """Return what the template attaches, for all deliveries of the mail."""
        rendered = template._generate_template(pickings.ids, ("attachment_ids", "report_template_ids"))
        reports = [report for values in rendered.values() for report in values.get("attachments", ())]
        # Belonging to the composer, they go to the document with the message.
        return template.attachment_ids.copy({"res_model": "mail.compose.message", "res_id": 0}) | self.env[
            "ir.attachment"
        ].create(
            [
                {"name": name, "datas": content, "res_model": "mail.compose.message", "res_id": 0, "type": "binary"}
                for name, content in reports
            ]
        )

    # ---- promises ---------------------------------------------------------------

    @api.model
    def _cron_notice_moves(self):
        """Notice where the promise is not any more what the customer was told, and queue what has moved.

        All deliveries that wait are compared, many at a time and in a constant number of queries each time.
        """
        pickings = self.env["stock.picking"].search(self._get_promised_domain(), order="id")
        for ids in commit_each(self.env, list(split_every(PROMISE_BATCH, pickings.ids, list)), count=len):
            self.env.invalidate_all()  # however many wait, only one batch is in memory
            pickings.browse(ids).exists()._notice_moved_promises()

    @api.model
    def _get_promised_domain(self):
        """Return the domain of what waits, and of what does not any more though the customer was told a later date.

        A new backorder is left out until its customer was told of it, and of its date.
        """
        companies = self.env["res.company"].search([("mail_promise_moved", "=", True)])
        return [
            ("company_id", "in", companies.ids),
            ("is_bound_for_customer", "=", True),
            ("state", "not in", ("draft", *CLOSED_STATES)),
            "!",
            ("backorder_id.customer_notice_ids.event", "=", "created"),
            "|",
            "|",
            ("fulfillment_state", "!=", "ready"),
            ("told_no_promise", "=", True),
            ("told_promise_date", ">", fields.Datetime.now()),
        ]
