import logging

from psycopg2 import OperationalError

from odoo import fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class StockCompletionLine(models.Model):
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
        [("done", "Shipped"), ("waiting", "Waiting"), ("failed", "Failed")],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True, help="Why it has not shipped, and what to do.")

    def _complete(self):
        """Ship these deliveries together; where that fails, halve by halve, until it is known which one it is."""
        reason = self._ship()
        if not reason:
            self.write({"state": "done", "reason": False})
        elif len(self) == 1:
            self.write({"state": "failed", "reason": reason})
        else:
            half = len(self) // 2
            self[:half]._complete()
            self[half:]._complete()

    def _ship(self):
        """Validate these deliveries as the user who has started it; return why they cannot be, or nothing."""
        deliveries = self.picking_id.with_user(self.completion_id.user_id).with_company(self.completion_id.company_id)
        try:
            with self.env.cr.savepoint():
                result = deliveries.button_validate()
                if any(delivery.state != "done" for delivery in deliveries):
                    question = result.get("name") if isinstance(result, dict) else False
                    raise UserError(
                        self.env._("Odoo asks a question (%s): please validate it by hand.", question or "–")
                    )
        except UserError as error:
            return str(error)
        except OperationalError:
            raise
        except Exception as error:
            _logger.exception("Deliveries %s cannot be completed", deliveries.ids)
            return self.env._("An unexpected error, see the log of the server: %s", error)
        return None
