from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    automatic_backorder = fields.Boolean(related="company_id.automatic_backorder", readonly=False)
    allocation_log_days = fields.Integer(related="company_id.allocation_log_days", readonly=False)
