from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    shortage_quantity = fields.Float(
        readonly=True,
        help="Technical: how much of the product was short when the purchaser was told last.",
        groups="base.group_user",
    )
