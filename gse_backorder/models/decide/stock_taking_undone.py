from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..allocation.freed_stock import Reason
from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_quantity, is_one, name_first
from .stock_taking import NAMED


class StockTaking(models.AbstractModel):
    """Undoing a take back: the goods go back to those who gave them, and the line ranks where it did."""

    _inherit = "stock.taking"

    @api.model
    def _undo(self, entry):
        """Undo what *entry* of the log has taken back, unless it is undone already; whoever calls has locked the stock.

        :raise UserError: if that is not possible any more
        """
        # Who may take back may give back to deliveries that are none of his: it was taken from these.
        self, entry = self.sudo(), entry.sudo()
        if entry._is_undone():
            return
        claim = entry.move_id
        lines = self._get_own_goods(claim)
        self._check_can_undo(entry, lines)
        donors = {
            gift.move_id: gift.given_quantity
            for gift in entry.give_way_ids
            if gift.given_quantity and gift.move_id._lacks_goods()
        }
        # What nobody wants back goes to the next in the ranking, and not to the one it was taken from.
        with self.env["stock.allocation"]._handing_out(Reason("undo", claim, claim._ids)):
            self._lower(lines, entry.quantity)
            claim._write_taken(*self._get_taken_before(entry))
            given = {
                donor: self._hand_over(donor, min(quantity, self._get_lacking(donor)), "undo", is_whole=False)
                for donor, quantity in donors.items()
            }
        self._log_undone(entry, {donor: quantity for donor, quantity in given.items() if quantity > 0})

    @api.model
    def _get_own_goods(self, claim):
        """Return the operations of *claim* that nobody has begun with, the newest first."""
        return self.env["stock.move.line"].search(
            self._get_untouched_domain() & Domain("move_id", "=", claim.id), order="id desc"
        )

    @api.model
    def _check_can_undo(self, entry, lines):
        """:raise UserError: if *entry* is no take back, or some of it is picked by now, or reserved for nobody"""
        claim, held = entry.move_id, sum(lines.mapped("quantity_product_uom"))
        if not entry._is_take_back():
            raise UserError(self.env._("Nothing was taken back by this entry: there is nothing to undo."))
        if not claim or claim.state in CLOSED_STATES or claim.product_id.uom_id.compare(held, entry.quantity) < 0:
            raise UserError(
                self.env._("Some of what was taken back is picked, packed or shipped by now: it cannot be undone.")
            )

    @api.model
    def _get_taken_before(self, entry):
        """Return what was taken back for the line without *entry*, and since when: what it had inherited, at least."""
        claim = entry.move_id
        entries = self.env["stock.backorder.allocation"].search(
            [("move_id", "=", claim.id), ("cause", "=", "take_back")], order="id"
        )
        others = entries.filtered(lambda other: other != entry and not other._is_undone())
        if not others:
            return entries[0].taken_before, entries[0].taken_date_before
        taken = max(0.0, claim.taken_quantity - entry.given_quantity)
        # The last one may have let it come before others for whom something was taken back earlier.
        taken_date = entry.taken_date_before if entry.id > others[-1].id else claim.taken_date
        return taken, bool(taken) and taken_date

    @api.model
    def _log_undone(self, entry, given):
        """Write down who has got what back, or its turn, and say it on the deliveries.

        :param given: ``{move: quantity}`` of what is reserved again, in the product's unit
        """
        claim, log = entry.move_id, self.env["stock.backorder.allocation"]
        gifts = entry.give_way_ids.filtered(lambda gift: gift.cause == "give_way" and gift.move_id)
        names = name_first([gift.move_id._get_named_transfer() for gift in gifts], NAMED)
        note = self.env._("Undone: what was taken back from %s.", entry.source)
        log.create(
            [
                {
                    **claim._prepare_allocation_values("undo"),
                    "take_back_id": entry.id,
                    "source": names,
                    "source_picking_id": entry.source_picking_id.id,
                    "note": note,
                },
                *(
                    {
                        **gift.move_id._prepare_allocation_values("undo"),
                        "quantity": given.get(gift.move_id, 0.0),
                        "take_back_id": entry.id,
                        "source": claim._get_named_transfer(),
                        "source_picking_id": claim.picking_id.id,
                    }
                    for gift in gifts
                ),
            ]
        )
        bodies = {claim.picking_id: note}
        for gift in gifts:
            bodies[gift.move_id.picking_id] = self._tell_undone(gift, given.get(gift.move_id, 0.0))
        self._log_in_chatter(bodies)

    @api.model
    def _tell_undone(self, gift, quantity):
        """Return in words what *gift*, the entry of one who gave way, has back: goods, or its turn for what comes."""
        delivery = gift.take_back_id.move_id._get_named_transfer()
        if not gift.given_quantity:
            return self.env._("Undone: what %s had taken back. The line has its turn again.", delivery)
        product = gift.product_id.display_name
        if is_one(self.env, quantity):
            return self.env._(
                "Undone: what %(delivery)s had taken back. 1 × %(product)s is reserved again.",
                delivery=delivery,
                product=product,
            )
        return self.env._(
            "Undone: what %(delivery)s had taken back. %(quantity)s × %(product)s are reserved again.",
            delivery=delivery,
            quantity=format_quantity(self.env, quantity),
            product=product,
        )
