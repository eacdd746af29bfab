from odoo import api, fields, models

HOLD_REASONS = [("site", "Site not ready"), ("credit", "Credit"), ("other", "Another reason")]


class StockPicking(models.Model):
    """What is said of a delivery on hold, and by whom and why it is."""

    _inherit = "stock.picking"

    is_held = fields.Boolean(
        string="On Hold",
        copy=False,
        readonly=True,
        fact=True,
        help="It keeps its place in the ranking, and lends its goods to others until it is released.",
    )
    hold_reason = fields.Selection(
        HOLD_REASONS, string="On Hold Because", copy=False, readonly=True, groups="base.group_user", fact=True
    )
    hold_note = fields.Char(
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="What was said when it was put on hold.",
    )
    held_date = fields.Datetime(string="On Hold Since", copy=False, readonly=True, groups="base.group_user", fact=True)
    held_by_id = fields.Many2one(
        "res.users",
        string="Put on Hold By",
        copy=False,
        readonly=True,
        ondelete="set null",
        groups="base.group_user",
        fact=True,
    )
    hold_text = fields.Char(string="On Hold in Words", compute="_compute_hold_text", groups="base.group_user")

    _held_index = models.Index("(id) WHERE is_held")

    @api.depends("is_held", "hold_reason", "hold_note")
    @api.depends_context("lang")
    def _compute_hold_text(self):
        for picking in self:
            picking.hold_text = picking.is_held and picking._get_hold_text()

    def _get_hold_text(self):
        """Return for staff that it is on hold, and why: "on hold: site not ready"."""
        reasons = {
            "site": self.env._("on hold: site not ready"),
            "credit": self.env._("on hold: credit"),
        }
        words = reasons.get(self.hold_reason) or self.env._("on hold")
        return f"{words} ({self.hold_note})" if self.hold_note else words
