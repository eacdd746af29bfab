from odoo import fields, models


class ResCompany(models.Model):
    """Whether pick lists are mailed when stock has come."""

    _inherit = "res.company"

    mail_pick_list_on_arrival = fields.Boolean(
        string="Mail the Pick List",
        groups="base.group_user",
        help="Who is told of stock that has come gets the pick lists of what it has made ready by e-mail, too: one mail"
        " a receipt.",
    )
