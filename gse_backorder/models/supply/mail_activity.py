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

    def _action_done(self, feedback=False, attachment_ids=None):
        """Of a shared product all companies read the conversation: how much one is short of is not left in it."""
        shortages = self.filtered("shortage_company_id")
        if shortages and self.env["res.company"].sudo().search_count([], limit=2) > 1:
            products = self.env["product.product"].browse(shortages.mapped("res_id"))
            shared_ids = set(products.filtered(lambda product: not product.company_id).ids)
            shortages.filtered(lambda activity: activity.res_id in shared_ids).write({"summary": False, "note": False})
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
