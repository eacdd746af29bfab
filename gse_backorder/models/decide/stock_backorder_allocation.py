from odoo import api, fields, models
from odoo.exceptions import AccessError

from ... import arguments
from ..chain.stock_day_mixin import get_start_of_day

CAUSES = [("take_back", "Taken back"), ("give_way", "Gave way"), ("undo", "Take back undone")]


class StockBackorderAllocation(models.Model):
    """What was taken back from whom, by whom and why; and that it was undone."""

    _inherit = "stock.backorder.allocation"

    cause = fields.Selection(selection_add=CAUSES, ondelete=dict.fromkeys(dict(CAUSES), "cascade"))
    given_quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="How much was taken back: of goods, for the one who got it also of what is expected. In the product's"
        " unit.",
    )
    take_back_id = fields.Many2one(
        "stock.backorder.allocation",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Where a line gave way, or it was undone: the entry of the line that got it.",
    )
    give_way_ids = fields.One2many("stock.backorder.allocation", "take_back_id", string="Who Gave Way", readonly=True)
    taken_before = fields.Float(digits="Product Unit", readonly=True, help="Technical: what was taken back before.")
    taken_date_before = fields.Datetime(readonly=True, help="Technical: since when.")
    can_undo = fields.Boolean(compute="_compute_can_undo", help="It was taken back, and that is not undone.")

    @api.depends("cause", "give_way_ids.cause")
    def _compute_can_undo(self):
        for entry in self:
            entry.can_undo = entry._is_take_back() and not entry._is_undone()

    def _is_take_back(self):
        return self.cause == "take_back"

    def _is_undone(self):
        """Whether it was undone; entries are only added, so that it is another one that says it."""
        return "undo" in self.give_way_ids.mapped("cause")

    @api.model
    def _get_takes_of_today(self, claim):
        """Return the entries of what was taken back today, by the warehouse's calendar, of the goods of *claim*."""
        today = get_start_of_day(claim._get_today(), claim._get_zone())
        entries = self.search(
            [
                ("cause", "=", "take_back"),
                ("product_id", "=", claim.product_id.id),
                ("location_id", "=", claim.location_id.stock_area_id.id),
                ("create_date", ">=", today),
            ],
            order="id",
        )
        return entries.filtered(lambda entry: not entry._is_undone())

    @arguments.public(single=True)
    def action_undo(self):
        """Give back what was taken back; clicked twice, it is done once.

        :raise AccessError: for who may not take back, or not change the delivery
        :raise UserError: if it is nothing that was taken back, or some of it was picked meanwhile
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user._may_take_back():
            raise AccessError(self.env._("You may not undo this: only people of the group Take back stock may."))
        claim = self.move_id
        claim.check_access("write")
        # The lock is a technical matter: who may take back takes it.
        pools = claim._get_claimed_pools()
        taking = self.env["stock.backorder.pool"].sudo()._with_locked(self.env["stock.taking"], pools)
        self.invalidate_recordset()
        taking._undo(self.with_env(taking.env))
        return {"type": "ir.actions.client", "tag": "soft_reload"}
