from odoo import api, fields, models
from odoo.exceptions import UserError


class StockFillingMixin(models.AbstractModel):
    """How much of a line is filled: what the next validation ships, while the rest stays open.

    It is Odoo's own *picked*, in one figure. As long as nothing of a transfer is filled, Odoo ships all that is
    reserved.
    """

    _name = "stock.filling.mixin"
    _description = "Line That Is Filled"

    qty_filled = fields.Float(
        string="Filled",
        compute="_compute_qty_filled",
        inverse="_inverse_qty_filled",
        digits="Product Unit",
        help="What Validate ships of the line, in its unit; the rest goes to the next backorder. As long as no line is"
        " filled, all that is reserved ships.",
    )

    @api.depends("picked", "quantity", "move_line_ids.picked", "move_line_ids.quantity")
    def _compute_qty_filled(self):
        for line in self:
            line.qty_filled = line._get_picked_quantity() if line.picked else 0.0

    def _inverse_qty_filled(self):
        """Ship so much of the line.

        :raise UserError: if the line is closed, or is to get more than is open of it, or less than nothing
        """
        if self - self._filtered_open():
            raise UserError(self.env._("What has shipped or is cancelled cannot be filled any more."))
        for line, filled in [(line, line.qty_filled) for line in self]:
            line._check_can_be_filled(filled)
            # A line of which nothing is to ship keeps what is reserved for it.
            if filled and line.product_uom.compare(filled, line.quantity) != 0:
                line.quantity = filled
            line.picked = bool(filled)

    def _check_can_be_filled(self, quantity):
        names = {
            "product": self.product_id.display_name,
            "quantity": self._format_availability_quantity(quantity),
            "open": self._format_availability_quantity(self.product_uom_qty),
            "unit": self.product_uom.name,
        }
        if self.product_uom.compare(quantity, 0) < 0:
            raise UserError(self.env._("%(product)s cannot be filled with less than nothing.", **names))
        if self.product_uom.compare(quantity, self.product_uom_qty) > 0:
            raise UserError(
                self.env._("%(product)s: %(quantity)s filled, but only %(open)s %(unit)s are to ship.", **names)
            )

    def action_fill(self):
        """Fill these lines with all that is in stock for them, and reserve it first where it is not reserved yet.

        :raise UserError: if there is nothing of any of them
        """
        self.check_access("write")
        lines = self._filtered_open()
        lines._action_assign()
        there = lines.filtered(lambda line: line.product_uom.compare(line.quantity, 0) > 0)
        if not there:
            products = ", ".join(lines.product_id.mapped("display_name")) or "–"
            raise UserError(self.env._("There is nothing in stock to fill: %s.", products))
        there.picked = True
        return True

    def action_empty(self):
        """Ship nothing of these lines for now; what is reserved for them stays reserved."""
        self.check_access("write")
        self._filtered_open().picked = False
        return True
