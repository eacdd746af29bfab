from odoo import fields, models


class MailActivity(models.Model):
    """Of which company's shortage an activity tells."""

    _name = "mail.activity"
    _inherit = ["mail.activity", "stock.engine.facts"]

    shortage_company_id = fields.Many2one(
        "res.company",
        readonly=True,
        copy=False,
        ondelete="cascade",
        groups="base.group_user",
        fact=True,
        help="Technical: in which company the product is short; a shared product may be short in several.",
    )
    shortage_quantity = fields.Float(
        readonly=True,
        copy=False,
        fact=True,
        help="Technical: how much of the product was short when the purchaser was told last.",
        groups="base.group_user",
    )
