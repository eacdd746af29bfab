import logging

from psycopg2 import OperationalError

from odoo import fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ..chain.wording import tell_failure

_logger = logging.getLogger(__name__)


class StockCompletionLine(models.Model):
    """A delivery of a run that completes many."""

    _name = "stock.completion.line"
    _description = "Delivery to be Completed"
    _order = "state desc, id"

    completion_id = fields.Many2one("stock.completion", required=True, index=True, ondelete="cascade")
    picking_id = fields.Many2one(
        "stock.picking", string="Delivery", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="picking_id.partner_id")
    backorder_ids = fields.One2many(related="picking_id.backorder_ids", string="Backorder")
    state = fields.Selection(
        [("done", "Shipped"), ("waiting", "To ship"), ("failed", "Failed")],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True, help="Why it has not shipped, and what to do.")

    # Two who press the button at the same moment cannot see each other.
    _waiting_picking_uniq = models.UniqueIndex(
        "(picking_id) WHERE state = 'waiting'",
        "This delivery is being completed already.",
    )

    def _split_into_batches(self, size):
        """Yield the lines in the order of their runs, those of one run and company together, *size* at most.

        What is announced to a carrier or by SMS while it ships cannot be taken back: such a delivery goes alone.
        """
        for lines in self.grouped(lambda line: (line.completion_id, line.picking_id.company_id)).values():
            alone = lines.filtered(lambda line: line._tells_others())
            together = lines - alone
            yield from alone
            for start in range(0, len(together), size):
                yield together[start : start + size]

    def _tells_others(self):
        """Whether shipping it buys a label of a carrier, or sends an SMS, where these are installed."""
        company = self.picking_id.company_id
        has_carrier = "carrier_id" in self.picking_id._fields and self.picking_id.carrier_id
        sends_sms = "stock_move_sms_validation" in company._fields and company.stock_move_sms_validation
        return bool(has_carrier or sends_sms)

    def _queue_for_stock(self):
        """Wait for the stock of these deliveries before their transaction begins: what was done before is committed."""
        moves = self.picking_id.move_ids._filtered_open()
        self.env["stock.backorder.pool"]._queue(moves._get_reserved_pools() | moves._get_claimed_pools())

    def _complete(self):
        """Ship these deliveries: what cannot be shipped by what is seen of it is not tried."""
        done = self.filtered(lambda line: line.picking_id.state == "done")
        done.write({"state": "done"})  # by hand, meanwhile
        for refusal, lines in (self - done).grouped(lambda line: line._get_refusal()).items():
            if refusal:
                lines.write({"state": "failed", "reason": refusal})
            else:
                lines._complete_together()

    def _get_refusal(self):
        """Return why it cannot be shipped, in the words of who has started it; False if it may be tried."""
        return self.picking_id.with_context(lang=self.completion_id.user_id.lang)._get_shipping_refusal()

    def _complete_together(self):
        """Ship these deliveries together; where that fails, halve by halve, until it is known which one it is."""
        reason = self._ship()
        if not reason:
            self.write({"state": "done", "reason": False})
        elif len(self) == 1:
            self.write({"state": "failed", "reason": reason})
        else:
            half = len(self) // 2
            self[:half]._complete_together()
            self[half:]._complete_together()

    def _ship(self):
        """Validate these deliveries as the user who has started it; return why they cannot be, or nothing."""
        user = self.completion_id.user_id
        deliveries = self.picking_id.with_user(user).with_company(self.picking_id.company_id)
        # Nobody is asked: what Validate would cancel, by whichever setting, is not shipped.
        deliveries = deliveries.with_context(lang=user.lang, tz=user.tz, keep_remainder=True)
        try:
            with self.env.cr.savepoint():
                result = deliveries.button_validate()
                if any(delivery.state != "done" for delivery in deliveries):
                    question = result.get("name") if isinstance(result, dict) else False
                    raise UserError(
                        deliveries.env._("Odoo asks a question (%s): please validate it by hand.", question or "–")
                    )
        except UserError as error:
            return tell_failure(deliveries.env, error)
        except (OperationalError, ConcurrencyError):
            raise
        except Exception as error:
            _logger.exception("Deliveries %s cannot be completed", deliveries.ids)
            return tell_failure(deliveries.env, error)
        return None
