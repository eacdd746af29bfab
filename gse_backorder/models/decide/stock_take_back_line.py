from odoo import api, fields, models

from ..chain.wording import format_quantity


class StockTakeBackLine(models.TransientModel):
    """Who gives way, and what becomes of his promise."""

    _name = "stock.take.back.line"
    _description = "Who Gives Way"

    take_back_id = fields.Many2one("stock.take.back", required=True, index=True, ondelete="cascade")
    is_taken = fields.Boolean(string="Take", default=True, help="Untick it, and others give way, if there are any.")
    move_id = fields.Many2one("stock.move", string="Line", required=True, ondelete="cascade")
    delivery_name = fields.Char(string="Delivery", readonly=True)
    order_name = fields.Char(string="Order", readonly=True)
    customer_name = fields.Char(string="Customer", readonly=True)
    kind = fields.Selection(
        [("reserved", "Reserved goods"), ("expected", "Comes later")],
        string="Gives",
        readonly=True,
        help="Reserved goods: they lie in stock for it, and are handed over at once.\n"
        "Comes later: what it expects goes to others, and it gets what comes next.",
    )
    quantity = fields.Float(digits="Product Unit", readonly=True, help="In the product's unit.")
    promise_before = fields.Datetime(string="Ships on", readonly=True)
    promise_after = fields.Datetime(string="Ships Then", readonly=True)
    promise_text = fields.Char(string="Ships", compute="_compute_promise_text")
    breaks = fields.Selection(
        [
            ("nothing", "Nothing"),
            ("first", "First promise"),
            ("accepted", "Date accepted by the customer"),
            ("deadline", "Deadline"),
        ],
        readonly=True,
        help="Which date that somebody counts on is not kept any more.",
    )
    value = fields.Monetary(
        currency_field="currency_id",
        compute="_compute_value",
        groups="stock.group_stock_user",
        help="What the quantity is worth to its order, without taxes, in the company's currency.",
    )
    currency_id = fields.Many2one(related="take_back_id.move_id.company_id.currency_id")

    @api.depends("move_id", "quantity")
    def _compute_value(self):
        for line in self:
            # Who sees the plan sees what is at stake, whether or not he may open the delivery; but a form that is not
            # saved yet may name any line, also of a company that is none of his.
            move = line.move_id.sudo()
            wanted = move.product_qty if move._is_named() else 0.0
            line.value = wanted and move._get_open_value() * line.quantity / wanted

    @api.depends("promise_before", "promise_after", "move_id", "quantity")
    def _compute_promise_text(self):
        for line in self:
            # It is shown to who sees the plan, whether or not he may open the delivery.
            move = line.move_id.sudo()
            line.promise_text = bool(line.quantity) and move._get_take_back_text(
                line.promise_before, line.promise_after
            )

    @api.model
    def _prepare_gift(self, gift):
        """Return the values of the line that shows *gift*."""
        move = gift.move
        order = move.sale_line_id.order_id
        return {
            "is_taken": True,
            "move_id": move.id,
            "delivery_name": move._get_named_transfer(),
            "order_name": order.name,
            "customer_name": (order.partner_id or move.picking_id.partner_id).display_name,
            "kind": gift.kind,
            "quantity": gift.quantity,
            "promise_before": gift.promise_before,
            "promise_after": gift.promise_after,
            "breaks": gift.breaks,
        }

    def _prepare_spared(self):
        """Return the values of the line of one that gives nothing, because it was unticked."""
        names = ("delivery_name", "order_name", "customer_name", "kind")
        return {
            **{name: self[name] for name in names},
            "is_taken": False,
            "move_id": self.move_id._origin.id,
            "quantity": 0.0,
            "promise_before": self.promise_before,
            "promise_after": self.promise_before,
            "breaks": "nothing",
        }

    def _get_key(self):
        """Return what of the line a person has seen, as ``Gift.key`` has it."""
        # A day is the warehouse's, whoever reads it.
        move, days = self.move_id.sudo(), (self.promise_before, self.promise_after)
        return move.id, self.kind, round(self.quantity, 6), *(str(move._get_day(date)) for date in days), self.breaks

    def _get_text(self):
        """Return in words who gives what, and what becomes of it."""
        labels = dict(self._fields["breaks"]._description_selection(self.env))
        return self.env._(
            "%(delivery)s (%(customer)s): %(quantity)s, ships %(dates)s. Breaks: %(breaks)s.",
            delivery=self.delivery_name,
            customer=self.customer_name or self.order_name or "–",
            quantity=format_quantity(self.env, self.quantity),
            dates=self.promise_text or "–",
            breaks=labels.get(self.breaks, "–"),
        )
