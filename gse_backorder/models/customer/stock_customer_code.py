from odoo import api, fields, models

from .order_pad_text import LONGEST_TEXT, get_key


class StockCustomerCode(models.Model):
    """What a customer calls a product of ours: he orders by it.

    What he calls a product of one company is nothing to another one: neither is refused a code for it.
    """

    _name = "stock.customer.code"
    _description = "Customer's Product Code"
    _order = "partner_id, code, id"
    _rec_name = "code"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        help="The company whose code it is: all of its contacts order by it.",
    )
    product_id = fields.Many2one("product.product", required=True, index=True, ondelete="cascade")
    code = fields.Char(
        string="Customer's Code",
        required=True,
        size=LONGEST_TEXT,
        help="How the customer calls the product. Capitals and blanks make no difference.",
    )
    code_key = fields.Char(
        compute="_compute_code_key", store=True, precompute=True, help="Technical: the code as it is compared."
    )
    company_id = fields.Many2one(related="product_id.company_id", store=True, precompute=True, index=True)

    _partner_code_uniq = models.UniqueIndex(
        "(partner_id, code_key, COALESCE(company_id, 0))", "This customer has a product with that code already."
    )

    @api.depends("code")
    def _compute_code_key(self):
        for record in self:
            record.code_key = get_key(record.code or "")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._for_company(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._for_company(vals))

    @api.model
    def _for_company(self, vals):
        """Return *vals* with the contact's company instead of the contact."""
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].browse(vals["partner_id"])
        return {**vals, "partner_id": partner.commercial_partner_id.id}
