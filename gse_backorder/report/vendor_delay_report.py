from odoo import fields, models


class VendorDelayReport(models.Model):
    _inherit = "vendor.delay.report"

    # Odoo's view has the column, and no field for it: by it one knows for which company the goods were.
    purchase_line_id = fields.Many2one("purchase.order.line", readonly=True, groups="purchase.group_purchase_user")
