from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    automatic_backorder = fields.Boolean(related="company_id.automatic_backorder", readonly=False)
    allocation_log_days = fields.Integer(related="company_id.allocation_log_days", readonly=False)
    mail_pick_list_on_arrival = fields.Boolean(related="company_id.mail_pick_list_on_arrival", readonly=False)
    purchaser_id = fields.Many2one(related="company_id.purchaser_id", readonly=False)
    promise_vendor_delay = fields.Boolean(related="company_id.promise_vendor_delay", readonly=False)
    customer_sees_estimate = fields.Boolean(related="company_id.customer_sees_estimate", readonly=False)
    customer_may_keep = fields.Boolean(related="company_id.customer_may_keep", readonly=False)
    customer_may_cancel = fields.Boolean(related="company_id.customer_may_cancel", readonly=False)
    customer_may_group = fields.Boolean(related="company_id.customer_may_group", readonly=False)
    customer_may_ask = fields.Boolean(related="company_id.customer_may_ask", readonly=False)
    mail_backorder_created = fields.Boolean(related="company_id.mail_backorder_created", readonly=False)
    mail_promise_moved = fields.Boolean(related="company_id.mail_promise_moved", readonly=False)
    promise_notice_days = fields.Integer(related="company_id.promise_notice_days", readonly=False)
    mail_backorder_ready = fields.Boolean(related="company_id.mail_backorder_ready", readonly=False)
    mail_delivery_shipped = fields.Boolean(related="company_id.mail_delivery_shipped", readonly=False)
    mail_backorder_closed = fields.Boolean(related="company_id.mail_backorder_closed", readonly=False)
