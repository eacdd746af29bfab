from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import get_lang

from ..chain.quantity import EnteredNumber
from ..chain.wording import format_quantity
from .order_pad_text import LONGEST_TEXT, read_number

# More than this nobody orders in a line.
LARGEST_QUANTITY = 1e8


class StockOrderPadLine(models.Model):
    """A line of a pad as the customer has given it. What it stands for is found whenever it is judged."""

    _name = "stock.order.pad.line"
    _description = "Line of an Order Pad"
    _order = "pad_id, sequence, id"
    _rec_name = "text"

    pad_id = fields.Many2one("stock.order.pad", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer()
    text = fields.Char(string="Code or Name", size=LONGEST_TEXT, help="A code, a barcode or a name, as it was typed.")
    quantity = EnteredNumber(digits="Product Unit", default=1.0)
    quantity_text = fields.Char(
        string="Instead of a Quantity", size=LONGEST_TEXT, help="What was typed where a number was meant."
    )
    unit_text = fields.Char(string="Unit", size=LONGEST_TEXT, help="The unit as it was typed; else the product's.")
    product_id = fields.Many2one(
        "product.product", ondelete="set null", help="Chosen where the text stands for several products."
    )

    found_product_id = fields.Many2one(
        "product.product",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Technical: what it stood for when it was written, for the page to hear when its stock has changed.",
    )

    @api.model
    def _prepare_quantity(self, value):
        """Return the values of the quantity that was given: as a number, or as a text in the reader's language.

        Nothing is one. What is no number stays what it is.
        """
        if value == "":
            return {"quantity": 1.0, "quantity_text": False}
        lang = get_lang(self.env)
        number = read_number(value, lang.decimal_point, lang.thousands_sep or "")
        if number is None:
            return {"quantity": 0.0, "quantity_text": str(value)[:LONGEST_TEXT]}
        # Beyond what any line takes it is told as too much, however much it is.
        return {"quantity": max(-LARGEST_QUANTITY, min(number, 10 * LARGEST_QUANTITY)), "quantity_text": False}

    def _is_changed_by(self, change):
        """Whether *change*, as :meth:`_change` has it, says something else than the line shows."""
        if change.get("product"):
            return True
        shown = {
            "text": self.text or "",
            "quantity": self.quantity_text or format_quantity(self.env, self.quantity),
            "unit": self.unit_text or "",
        }
        return any(change[name].strip() != value for name, value in shown.items() if name in change)

    def _change(self, change):
        """Write what the customer has changed of the line.

        :param dict change: texts of ``text``, ``quantity``, ``unit`` and ``product``, the id of one that was offered
        :raise UserError: if the product is none of those
        """
        values = {}
        if "text" in change and change["text"].strip() != self.text:
            values.update(text=change["text"].strip()[:LONGEST_TEXT], product_id=False)
        if "quantity" in change:
            values.update(self._prepare_quantity(change["quantity"]))
        if "unit" in change:
            values["unit_text"] = change["unit"].strip()[:LONGEST_TEXT]
        if change.get("product"):
            offered = self.pad_id._find_products(self.mapped("text"))[self.text].products
            chosen = offered.filtered(lambda product: str(product.id) == str(change["product"]))
            if not chosen:
                raise UserError(self.env._("Please choose one of the products that are offered."))
            values.update(product_id=chosen.id, found_product_id=chosen.id)
        self.write(values)
