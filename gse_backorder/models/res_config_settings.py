from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    automatic_backorder = fields.Boolean(related="company_id.automatic_backorder", readonly=False)
