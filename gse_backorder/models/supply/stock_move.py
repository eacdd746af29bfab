from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_quantity
from .stock_supply_mixin import PeggedDemand


class StockMove(models.Model):
    """Which supplies will serve a line, and as how late an incoming one is expected."""

    _inherit = "stock.move"

    expected_from = fields.Char(
        compute="_compute_expected_from",
        groups="base.group_user",
        help="Which purchases, receipts and manufacturing orders will serve the line, how much of it, and when.",
    )

    @api.depends_context("uid")
    def _compute_expected_from(self):
        """Supplies in the order of their dates: "50 from P00012 on 9 Dec"."""
        parts = defaultdict(list)
        # Who may see the line may see what it waits for, whether or not he may open that document.
        waiting = self.sudo().filtered(lambda move: move._has_open_goods() and move.state != "draft")._origin
        own = set(waiting.ids)
        links = self.env["stock.pegging"].sudo()._get_links(waiting.product_id)
        links = [link for link in links if link.claim_id in own]
        chained = {
            move: move._get_supplies_in_chain()
            for move in waiting.filtered(lambda move: move.move_orig_ids or move._is_dropship())
        }
        own_supplies = waiting.browse().union(*chained.values())
        words = self.env["stock.supply"].sudo()._describe({*own_supplies.ids, *(link.supply_id for link in links)})
        for link in links:
            parts[link.claim_id].append(self._tell_expected(words[link.supply_id], link.quantity, link.date))
        for move, supplies in chained.items():
            for supply in supplies:
                quantity = min(supply.product_qty, move.product_qty)
                parts[move.id].append(self._tell_expected(words[supply.id], quantity, supply._get_expected_date()))
        for move in self:
            move.expected_from = ", ".join(parts[move._origin.id])

    @api.model
    def _tell_expected(self, words, quantity, date):
        sentence = self.env._(
            "%(quantity)s from %(document)s on %(date)s",
            quantity=format_quantity(self.env, quantity),
            document=words.documents[0],
            date=self._format_day(date),
        )
        return f"{sentence} ({words.remark})" if words.remark else sentence

    def _get_supplies_in_chain(self):
        """Return the open moves that bring goods from outside for this line alone, over any number of steps.

        A dropship brings its goods itself.
        """
        upstream = self.browse(self._rollup_move_origs()) | self
        return upstream.filtered(
            lambda move: move.state not in ("draft", *CLOSED_STATES) and not move.location_id.stock_area_id
        )

    def _get_pegged_demand_in_chain(self):
        """Return what this incoming move was meant for from the beginning: see ``stock.supply.mixin``."""
        self.ensure_one()
        downstream = self.browse(self._rollup_move_dests()) - self
        claims = downstream.filtered(lambda move: move.state not in ("draft", *CLOSED_STATES) and move._is_claim())
        date = self._get_expected_date()
        return [
            PeggedDemand(claim, self, min(self.product_qty, claim.product_qty), date)
            for claim in claims.filtered(lambda move: not move.move_dest_ids & claims)
        ]

    def _get_upstream_documents_and_responsibles(self, visited):
        # Who cancels an order need not be able to open what was purchased for it: Odoo tells those who have.
        return super(StockMove, self.sudo())._get_upstream_documents_and_responsibles(visited)

    def _get_vendor_delay(self):
        """Return by how many days the vendor is usually late, where the company counts it."""
        if self.company_id.id not in self.env["stock.supply"]._get_companies_counting_delays():
            return 0
        # What is promised does not depend on who reads it.
        return self.sudo().purchase_line_id.partner_id.with_company(self.company_id).vendor_delay_days

    def _get_due_date(self):
        """What is expected is as late as its vendor usually is, where that counts."""
        return super()._get_due_date() + timedelta(days=self._get_vendor_delay())

    def _get_supply_remarks(self):
        remarks = super()._get_supply_remarks()
        days = self._get_vendor_delay()
        if days == 1:
            remarks.append(self.env._("the vendor is usually 1 day late"))
        elif days:
            remarks.append(self.env._("the vendor is usually %s days late", days))
        return remarks
