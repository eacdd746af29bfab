from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ... import arguments
from ..chain.wording import format_quantity
from .stock_availability_mixin import get_worst


class SaleOrder(models.Model):
    """What an order, or a quotation, promises as a whole."""

    _name = "sale.order"
    _inherit = ["sale.order", "stock.promise.mixin"]

    availability_status = fields.Selection(
        selection=lambda self: self.env["sale.order.line"]._fields["availability_status"].selection,
        string="Stock Status",
        compute="_compute_availability_status",
        search="_search_availability_status",
        groups="base.group_user",
        help="The stock status of the worst line of the order.",
    )
    promise_date = fields.Datetime(groups="base.group_user")  # of a quotation it would tell what we have in stock
    ranked_since_text = fields.Char(
        compute="_compute_ranked_since_text",
        groups="base.group_user",
        help="Since when the order's deliveries are ranked, where its date was changed afterwards.",
    )
    shipping_text = fields.Char(
        string="Ships",
        compute="_compute_shipping_text",
        groups="base.group_user",
        help="When what is open of the order ships, or would ship if the quotation were confirmed now: in one"
        " sentence.",
    )

    @api.depends("date_order", "order_line.move_ids.ordered_date", "order_line.move_ids.state")
    def _compute_ranked_since_text(self):
        for order in self:
            # A salesperson need not have rights on stock moves: what is told of them are words.
            ordered = order.sudo().order_line._get_open_delivery_moves()._get_first_ordered_date()
            order.ranked_since_text = (
                ordered
                and ordered != order.date_order
                and self.env._(
                    "What is open keeps its place: it was ordered on %s. Another date here moves nobody.",
                    order._format_day(ordered),
                )
            )

    @api.depends("order_line.availability_status")
    def _compute_availability_status(self):
        for order in self:
            order.availability_status = get_worst(order.order_line.mapped("availability_status"))

    @api.model
    def _search_availability_status(self, operator, value):
        # Odoo leaves it to the search of a field to keep it from who may not read it.
        self._check_field_access(self._fields["availability_status"], "read")
        if operator != "in":
            return NotImplemented
        lines = self.env["sale.order.line"]
        candidates = lines.search(lines._search_availability_candidates())
        worst = {}
        coverages = candidates._get_coverage()
        for line in candidates.filtered(lambda line: line.id in coverages):
            order_id, status = line.order_id.id, coverages[line.id].status
            worst[order_id] = get_worst((worst.get(order_id), status))
        domain = Domain("id", "in", [order_id for order_id, status in worst.items() if status in value])
        if False in value:
            domain |= Domain("id", "not in", list(worst))
        return domain

    @api.depends(
        "order_line.product_qty_now",
        "order_line.product_qty_short",
        "order_line.product_qty_dateless",
        "picking_policy",
        "state",
    )
    def _compute_shipping_text(self):
        for order in self:
            order.shipping_text = order._get_shipping_text()

    def _get_shipping_text(self):
        """Return when the order ships, in one sentence: "60 of 850 wait until 9 Dec"; False if nothing of it is open.

        The figures are sums over the lines, each in its product's unit.
        """
        self.ensure_one()
        lines = self.order_line.filtered("availability_status")
        short = lines.filtered(lambda line: line.availability_status != "available")
        is_quoted = self.state in ("draft", "sent")
        if not short:
            return bool(lines) and self._get_ready_text(lines, is_quoted)
        text = self._get_waiting_text(short)
        if self._ships_together():
            text = self.env._("%s; all ships together", text)
        return self.env._("If confirmed now: %s", text) if is_quoted else text

    def _ships_together(self):
        """Whether what is open of the order ships all together: as it was sold, or as its customer has chosen since."""
        # A salesperson need not have rights on transfers: how his order ships he may know.
        transfers = self.sudo().order_line._get_open_delivery_moves().picking_id
        if not transfers:
            return self.picking_policy == "one"
        return all(transfer.move_type == "one" for transfer in transfers)

    def _get_ready_text(self, lines, is_quoted):
        """Return that all of *lines* can ship now, which are what is open of the order."""
        if is_quoted:
            return self.env._("If confirmed now, all can ship at once")
        rest, ordered = (
            format_quantity(lines.env, quantity)
            for quantity in (
                sum(lines.mapped("product_qty_now")),
                self.order_line._sum_in_product_units("product_uom_qty"),
            )
        )
        # Some of it has shipped, or was given up.
        is_rest = rest != ordered or self.order_line._sum_in_product_units("qty_delivered")
        return self.env._("The remaining %s can ship now", rest) if is_rest else self.env._("All can ship now")

    def _get_waiting_text(self, short):
        """Return how much of the order waits, and until when the last of it does.

        :param short: the lines of which something waits
        """
        waiting = format_quantity(short.env, sum(short.mapped("product_qty_short")))
        quantities = {
            "waiting": waiting,
            "total": format_quantity(short.env, self.order_line._sum_in_product_units("product_uom_qty")),
        }
        is_one = waiting == "1"
        dates = short.mapped("promise_date")
        if all(dates):
            date = self._format_day(max(dates))
            if is_one:
                return self.env._("%(waiting)s of %(total)s waits until %(date)s", **quantities, date=date)
            return self.env._("%(waiting)s of %(total)s wait until %(date)s", **quantities, date=date)
        dateless = format_quantity(short.env, sum(short.mapped("product_qty_dateless")))
        if dateless == waiting and is_one:
            return self.env._("%(waiting)s of %(total)s waits, without a date", **quantities)
        if dateless == waiting:
            return self.env._("%(waiting)s of %(total)s wait, without a date", **quantities)
        return self.env._(
            "%(waiting)s of %(total)s wait, %(dateless)s of them without a date", **quantities, dateless=dateless
        )

    def _get_day_warehouse(self):
        return self.warehouse_id

    @api.model
    def _get_promise_triggers(self):
        return ["order_line.product_uom_qty", "order_line.qty_delivered", "order_line.product_id", "state"]

    def _get_promised_lines(self):
        return self.order_line

    @arguments.public(single=True)
    def action_explain(self):
        """Open the answer to "Why?": of the line that waits, or the list of those that do, each with its own.

        :raise UserError: when nothing of the order waits
        """
        self.ensure_one()
        self.check_access("read")
        waiting = self.order_line.filtered(lambda line: line.availability_status in ("short", "missing"))
        if not waiting:
            raise UserError(self.env._("Nothing of %s waits.", self.name))
        if len(waiting) == 1 and waiting._get_explained_claim():
            return waiting.action_explain()
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_sale_order_line_waiting")
        action["display_name"] = self.env._("Why? %s", self.name)
        action["domain"] = [("id", "in", waiting.ids)]
        return action
