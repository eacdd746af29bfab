from collections import defaultdict
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models

from ... import arguments
from ..allocation.stock_backorder_allocation import ARRIVAL_CAUSES
from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_quantity

# So many of those who got stock are named; the list has them all.
NAMED = 20


class Served(NamedTuple):
    """Who got stock from an arrival and is still open, as plain values in the reader's language."""

    name: str
    url: str
    partner: str
    is_ready: bool  # all of it can go; else a part
    quantities: list  # what it got: "190 Units of Shingle", "120 Units of Gypsum"


class StockPicking(models.Model):
    """A transfer that has brought stock, and those who waited for it and got it: read from the log, never stored."""

    _inherit = "stock.picking"

    allocated_count = fields.Integer(
        string="Served",
        compute="_compute_allocated_count",
        groups="stock.group_stock_user",
        help="How many transfers that waited got stock from it when it was validated.",
    )

    def _compute_allocated_count(self):
        supplied = self._get_allocated()
        for arrival in self:
            arrival.allocated_count = len(supplied.get(arrival._origin, ()))

    @arguments.public(single=True)
    def action_view_allocated(self):
        """Open those who got stock from it: they have become ready, or a part of them has."""
        self.ensure_one()
        self.check_access("read")
        self.env["stock.backorder.allocation"].check_access("read")  # the list is read from the log
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_supplied")
        action["display_name"] = self.env._("Served by %s", self.display_name)
        action["context"] = {"active_id": self.id, "active_ids": self.ids, "active_model": self._name, "create": False}
        return action

    def _get_allocated(self, condition=()):
        """Return ``{arrival: {transfer: log entries}}`` of what each of ``self`` has brought to whom.

        :param condition: a domain on the log
        """
        supplied = defaultdict(dict)
        entries = self.env["stock.backorder.allocation"].search(
            [
                ("source_picking_id", "in", self.ids),
                ("cause", "in", ARRIVAL_CAUSES),
                ("quantity", ">", 0),
                ("picking_id", "!=", False),
                *condition,
            ],
            order="id",
        )
        for (arrival, transfer), own in entries.grouped(
            lambda entry: (entry.source_picking_id, entry.picking_id)
        ).items():
            supplied[arrival][transfer] = own
        return supplied

    def _get_allocated_open(self):
        """Return ``{arrival: {transfer: log entries}}`` of those who can go, or a part of them: the ready ones first.

        Who was unreserved since has nothing to be picked. Out of a stock that several companies share, another one's
        may be served: these are none of the receiver's business.
        """
        supplied = self._get_allocated([("picking_id.state", "not in", CLOSED_STATES)])
        return {
            arrival: dict(
                sorted(
                    (
                        (transfer, own)
                        for transfer, own in entries.items()
                        if transfer.company_id == arrival.company_id and transfer._has_something_to_pick()
                    ),
                    key=lambda item: (not item[0]._is_ready(), item[0].name, item[0].id),
                )
            )
            for arrival, entries in supplied.items()
        }

    def _get_pick_list(self):
        """Return those whose pick lists an arrival has changed."""
        return self.browse().union(
            *(transfer for entries in self._get_allocated_open().values() for transfer in entries)
        )

    def _is_ready(self):
        return self.fulfillment_state == "ready"

    # ---- who and what is told ---------------------------------------------------

    def _get_arrival_user(self):
        """Return who is told what an arrival has made ready: whom the warehouse names, else who is responsible."""
        self.ensure_one()
        return self.picking_type_id.warehouse_id.allocation_user_id or self.user_id

    def _get_arrival_url(self):
        """Return where the list of those opens who got stock from it."""
        return f"{self._get_form_url()}/served-transfers"

    def _get_served(self):
        """Return a list of :class:`Served`, and in words who is not in it because there are too many."""
        self.ensure_one()
        entries = self._get_allocated_open().get(self, {})
        served = [self._prepare_served(transfer, own) for transfer, own in list(entries.items())[:NAMED]]
        more = len(entries) - len(served)
        return served, self.env._("and %s more", more) if more else ""

    @api.model
    def _prepare_served(self, transfer, entries):
        move = self.env["stock.move"]
        quantities = [
            self.env._(
                "%(quantity)s %(unit)s of %(product)s",
                quantity=format_quantity(move.env, sum(own.mapped("quantity"))),
                unit=product.uom_id.name,
                product=product.display_name,
            )
            for product, own in entries.grouped("product_id").items()
        ]
        return Served(
            transfer.name,
            transfer._get_form_url(),
            transfer.partner_id.display_name or "",
            transfer._is_ready(),
            quantities,
        )

    def _get_arrival_summary(self):
        """Return in short what became of those who waited: "3 ready, 2 partly ready"; nothing if none is open."""
        self.ensure_one()
        transfers = self._get_pick_list()
        ready = len(transfers.filtered(lambda transfer: transfer._is_ready()))
        partly = len(transfers) - ready
        parts = [self.env._("%s ready", ready)] if ready else []
        parts += [self.env._("%s partly ready", partly)] if partly else []
        return ", ".join(parts)

    def _render_arrival_note(self):
        """Return the note of an activity: who got what, each with a link."""
        served, more = self._get_served()
        values = {"arrival": self.name, "served": served, "more": more, "url": self._get_arrival_url()}
        return Markup(self.env["ir.qweb"]._render("gse_backorder.arrival_note", values))
