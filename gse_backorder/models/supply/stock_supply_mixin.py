from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odoo import api, fields, models

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_quantity


@dataclass(frozen=True)
class PeggedDemand:
    """What a supply will serve: a part of a line that waits for it."""

    claim: Any  # a stock.move
    supply: Any  # a stock.move; empty while it is a request for quotation
    quantity: float  # in the product's unit
    date: datetime  # when it is, or was, expected


class StockSupplyMixin(models.AbstractModel):
    """A document that brings goods, and the lines that wait for them. Read from pegging, never stored."""

    _name = "stock.supply.mixin"
    _description = "Lines Waiting for a Supply"

    pegged_count = fields.Integer(
        string="Waiting Deliveries",
        compute="_compute_pegged_count",
        groups="base.group_user",  # vendors read their orders in the portal
        help="How many transfers wait for what it brings.",
    )
    pegged_table = fields.Html(
        string="Waiting for It",
        compute="_compute_pegged_table",
        groups="base.group_user",
        help="The lines that wait for what it brings, in the order in which they are served.",
    )

    def _compute_pegged_count(self):
        pegged = self._get_pegged_demand()
        for document in self:
            served = self.env["stock.move"].union(*(demand.claim for demand in pegged.get(document.id, ())))
            document.pegged_count = len(served.picking_id)

    @api.depends_context("uid")
    def _compute_pegged_table(self):
        pegged = self._get_pegged_demand()
        for document in self:
            document.pegged_table = document._render_pegged(pegged.get(document.id, []))

    @arguments.public(single=True)
    def action_view_pegged(self):
        """Open the lines that wait for what the document brings."""
        self.ensure_one()
        self.check_access("read")
        claims = self.env["stock.move"].union(*(demand.claim for demand in self._get_pegged_demand()[self.id]))
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_move_waiting")
        action["display_name"] = self.env._("Waiting for %s", self.display_name)
        action["domain"] = [("id", "in", claims.sudo(False)._filtered_access("read").ids)]
        return action

    def _get_pegged_demand(self):
        """Return ``{id: [PeggedDemand]}`` for the documents, in the order in which their supplies are used."""
        supplies = {document: document._get_supply_moves() for document in self}
        by_supply = self._get_pegged_demand_of(self.env["stock.move"].union(*supplies.values()))
        return {
            document.id: [demand for supply in moves for demand in by_supply.get(supply, ())]
            for document, moves in supplies.items()
        }

    def _get_supply_moves(self):
        """Return the open moves by which the document brings its goods."""
        raise NotImplementedError

    @api.model
    def _get_pegged_demand_of(self, supplies):
        """Return ``{move: [PeggedDemand]}``: what each of the incoming moves will serve.

        What was brought for one line alone serves that one; all else whom pegging says.
        """
        # Who may open the document may know what it is for.
        supplies = supplies.sudo().filtered(lambda move: move.state not in ("draft", *CLOSED_STATES))
        by_supply = {
            supply: supply._get_pegged_demand_in_chain() if supply.move_dest_ids else [] for supply in supplies
        }
        own = {supply.id: supply for supply in supplies}
        links = self.env["stock.pegging"].sudo()._get_links(supplies.product_id)
        links = [link for link in links if link.supply_id in own]
        claims = {claim.id: claim for claim in supplies.browse({link.claim_id for link in links})}
        for link in links:
            supply = own[link.supply_id]
            by_supply[supply].append(PeggedDemand(claims[link.claim_id], supply, link.quantity, link.date))
        return by_supply

    def _render_pegged(self, pegged):
        if not pegged:
            return False
        # Who may open the document may know what it is for; promises are read of all lines at once.
        claims = self.env["stock.move"].union(*(demand.claim for demand in pegged)).sudo()
        claims.mapped("promise_date")
        opened = claims.picking_id.sudo(self.env.su)._filtered_access("read")
        return self.env["ir.qweb"]._render(
            "gse_backorder.supply_services",
            {"rows": [self._prepare_pegged_row(demand, opened) for demand in pegged]},
        )

    @api.model
    def _prepare_pegged_row(self, demand, opened):
        """Return what the table shows of a line that is served, as plain values.

        :param opened: the transfers that the reader may open; the others are named only
        """
        claim = demand.claim.sudo()
        unit, transfer, order = claim.product_id.uom_id, claim.picking_id, claim.picking_id.sale_id
        is_named = claim._is_named()
        return {
            "transfer": claim._get_named_transfer(),
            "url": transfer in opened and transfer._get_form_url(),
            "customer": is_named and (order.partner_id.display_name or transfer.partner_id.display_name),
            "order": is_named and order.name,
            "product": claim.product_id.display_name,
            "quantity": f"{format_quantity(claim.env, demand.quantity)} {unit.name}",
            "date": claim._format_day(demand.date),
            "remark": demand.supply._get_supply_remark() if demand.supply else "",
            "promise": is_named and claim.promise_date and claim._format_day(claim.promise_date),
        }
