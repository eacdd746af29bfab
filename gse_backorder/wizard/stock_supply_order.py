from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import arguments, locking
from ..models.chain.engine_facts import as_facts


class StockSupplyOrder(models.TransientModel):
    """Orders supply needs: one request for quotation a vendor. It shows what will be made before it is made."""

    _name = "stock.supply.order"
    _description = "Order Supply Needs"

    line_ids = fields.One2many("stock.supply.order.line", "wizard_id")
    use_drafts = fields.Boolean(
        string="Add to Open Requests",
        default=True,
        help="Lines are added to the vendor's request for quotation that is a draft, where there is one.",
    )
    request_count = fields.Integer(
        compute="_compute_summary", help="How many requests for quotation are made or added to."
    )
    summary = fields.Char(compute="_compute_summary")
    purchase_ids = fields.Many2many("purchase.order", readonly=True, help="What was made; nothing is made twice.")
    is_done = fields.Boolean(readonly=True)

    @api.depends("line_ids.quantity", "line_ids.partner_id", "line_ids.method", "use_drafts")
    def _compute_summary(self):
        for wizard in self:
            bought = wizard.line_ids._filtered_bought()
            groups = bought.grouped(lambda line: line._get_request_key())
            wizard.request_count = len(groups)
            by_rule = wizard.line_ids._filtered_by_rule()
            wizard.summary = self.env._(
                "Requests for quotation: %(requests)s (lines: %(lines)s). By Odoo's rules: %(by_rule)s. Not ordered:"
                " %(left)s.",
                requests=len(groups),
                lines=len(bought),
                by_rule=len(by_rule),
                left=len(wizard.line_ids - bought - by_rule),
            )

    @api.model
    def _create_for(self, pools):
        """Return a wizard on the needs of *pools*, a set of ``(product id, warehouse id)``.

        :raise UserError: if nothing of them is uncovered any more
        """
        needs = self._get_needs(pools)
        if not needs:
            raise UserError(self.env._("What you have selected is covered by now. Please look at the list again."))
        return self.create({"line_ids": [Command.create(self._prepare_line(need)) for need in needs]})

    @api.model
    def _get_needs(self, pools):
        """Return the supply needs of *pools* as they are now, whatever was read of them before."""
        product_ids = {product_id for product_id, _warehouse_id in pools}
        self.env["stock.supply.need"].invalidate_model()
        needs = self.env["stock.supply.need"].search([("product_id", "in", list(product_ids))])
        return needs.filtered(lambda need: need._get_key() in pools)

    @api.model
    def _prepare_line(self, need):
        found = {
            "product_id": need.product_id.id,
            "warehouse_id": need.warehouse_id.id,
            "qty_uncovered": need.qty_uncovered,
            "qty_draft": need.qty_draft,
            "qty_elsewhere": need.qty_elsewhere,
            "qty_orderpoint": need.qty_orderpoint,
            "qty_needed": need.qty_to_order,
            "deadline": need.deadline,
        }
        return {**as_facts(found), "partner_id": need.partner_id.id if need.supply_method == "buy" else False}

    # ---- order -----------------------------------------------------------------

    @arguments.public(single=True)
    def action_order(self):
        """Make the requests for quotation, and open them."""
        self._order_lines()
        return self._open_requests()

    @arguments.public(single=True)
    def action_order_and_mail(self):
        """Make the requests for quotation; then, when that is committed, send each to its vendor with Odoo's own mail.

        :raise UserError: if a vendor has no e-mail address; nothing is ordered then
        """
        if not self.is_done:
            mute = self.line_ids._filtered_bought().partner_id.filtered(lambda vendor: not vendor.email_normalized)
            if mute:
                raise UserError(
                    self.env._(
                        "These vendors have no e-mail address: %s. Give them one, or order without a mail.",
                        ", ".join(mute.mapped("display_name")),
                    )
                )
            self._order_lines()
        # To make the papers takes its time, in which nobody else need wait for these goods.
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_send_supply_order")
        return {**action, "context": {"active_model": self._name, "active_id": self.id, "active_ids": self.ids}}

    @arguments.public(single=True)
    def action_send(self):
        """Send each request that was made and not sent yet to its vendor; open them."""
        for purchase in self.purchase_ids.filtered(lambda purchase: purchase.state == "draft"):
            self._send_request(purchase)
        return self._open_requests()

    def _order_lines(self):
        """Order all lines that have a quantity; return the purchase orders.

        Clicked twice, it orders once. Who orders the same goods at the same moment waits, and sees what is left.

        :raise UserError: if some of it was ordered meanwhile, or nothing can be ordered
        """
        self.ensure_one()
        self.check_access("write")
        self._check_companies()
        # Whoever orders these goods at the same moment, of this wizard or of another one, waits for his turn.
        locking.wait_for(self)
        self.invalidate_recordset(["is_done"])
        if self.is_done:
            return self.purchase_ids
        bought, by_rule = self.line_ids._filtered_bought(), self.line_ids._filtered_by_rule()
        if not bought and not by_rule:
            raise UserError(self.env._("There is nothing to order: give a line a quantity and a vendor."))
        lines = bought | by_rule
        # The lock is a technical matter: who may order takes it.
        self.env["stock.backorder.pool"].sudo()._lock(lines._get_pools())
        self._check_still_needed(lines)
        purchases = bought._request()
        by_rule._run_rules()
        self.write({"is_done": True, "purchase_ids": [Command.set(purchases.ids)]})
        return purchases

    def _check_companies(self):
        """:raise AccessError: if a line is for a company that the user has not chosen: Odoo's rules have all rights"""
        if self.line_ids.company_id - self.env.companies:
            raise AccessError(self.env._("You can only order for the companies that you have chosen."))

    def _check_still_needed(self, lines):
        """:raise UserError: if less of a line is to be ordered than when the wizard was opened, or nobody wants it"""
        needs = self._get_needs({line._get_need_key() for line in lines})
        to_order = {need._get_key(): need.qty_to_order for need in needs}
        # More than is to be ordered is a purchaser's choice, as long as somebody waits for the goods.
        changed = lines.filtered(
            lambda line: (
                line._get_need_key() not in to_order
                or line.uom_id.compare(to_order[line._get_need_key()], line.qty_needed) < 0
            )
        )
        if changed:
            raise UserError(
                self.env._(
                    "Meanwhile less is to be ordered of %s. Nothing was ordered: please look at the list again.",
                    ", ".join(changed.product_id.mapped("display_name")),
                )
            )

    def _send_request(self, purchase):
        """Send Odoo's mail on a request for quotation to its vendor, and mark it as sent."""
        action = purchase.with_context(send_rfq=True).action_rfq_send()
        composer = self.env["mail.compose.message"].with_context(**action["context"]).create({})
        composer._action_send_mail()

    def _open_requests(self):
        """Return the action that shows what was made."""
        if not self.purchase_ids:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._("Ordered, as the products' routes say."),
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        action = self.env["ir.actions.actions"]._for_xml_id("purchase.purchase_rfq")
        action["domain"] = [("id", "in", self.purchase_ids.ids)]
        action["context"] = {}
        if len(self.purchase_ids) == 1:
            action.update(views=[(False, "form")], view_mode="form", res_id=self.purchase_ids.id)
        return action
