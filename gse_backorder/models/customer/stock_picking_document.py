from odoo import fields, models

from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import format_cancelled, format_quantity, is_below_two, is_one
from ..engine.coverage import NOISE


class StockPicking(models.Model):
    """What the papers of a delivery, and its page in the portal, tell the customer: what has shipped and what comes."""

    _inherit = "stock.picking"

    site_note = fields.Text(
        string="Site Notes",
        copy=False,  # a return is no delivery; backorders get it with their number
        help="Delivery instructions for the customer's receiving site. They are printed on the documents of the"
        " delivery and of its backorders, and the customer reads them.",
    )

    # ---- lines -------------------------------------------------------------

    def _get_still_to_come_lines(self):
        """Return what is still to come after this delivery, ready to be shown to its customer.

        :return: a list of dictionaries, see ``_prepare_open_lines``; ``delivery`` is empty for what this delivery
            leaves behind: the number of that backorder is drawn when it is made
        """
        quantities = self._get_quantities_to_come()
        return self._prepare_open_lines(quantities, unnumbered=self if self._ships_something(quantities) else None)

    def _get_backordered_lines(self):
        """Return all that is still to come to this customer of a chain that has backorders, ready to be shown to him.

        :return: a list of dictionaries, see ``_prepare_open_lines``; empty while nothing is a backorder
        """
        self.ensure_one()
        # See _get_quantities_to_come.
        delivery = self.sudo()
        if not delivery._brings_to_customer():
            return []
        if delivery._get_own_chain()[:1].state not in CLOSED_STATES and not delivery._get_open_backorders():
            return []
        return self._prepare_open_lines({move: move.product_uom_qty for move in delivery._get_open_chain_moves()})

    def _get_shipped_lines(self):
        """Return what the deliveries of the chain have shipped so far, ready to be shown to its customer.

        :return: a list of dictionaries, see ``_prepare_document_line``, with ``date_text``
        """
        self.ensure_one()
        # See _get_quantities_to_come.
        moves = self.sudo()._get_own_chain().move_ids
        shipped = moves.filtered(lambda move: move.state == "done" and move.quantity and not move._is_scrap())
        return [
            {
                **self._prepare_document_line(move, move.quantity),
                "date_text": move._format_day(move.picking_id.date_done),
            }
            for move in shipped
        ]

    def _get_quantities_to_come(self):
        """Return ``{move: quantity}`` of the lines still to come after this delivery, in the unit of each line.

        Those of the other open members of the chain, those that are still picked or packed for it, and, while this
        delivery is open, its own lines as far as they cannot ship with it. Nothing for transfers that bring nothing
        to a customer.
        """
        self.ensure_one()
        if not self.sudo()._brings_to_customer():
            return {}
        # Who may read a delivery may know what is still to come of it: a customer or salesperson need not have rights
        # on the moves of the warehouse.
        delivery = self.sudo()
        leaving = delivery._get_leaving_quantities()
        quantities = {}
        for move in delivery._get_open_chain_moves():
            quantity = move.product_uom_qty - leaving.get(move, 0.0)
            if move.product_uom.compare(quantity, 0) > 0:
                quantities[move] = quantity
        return quantities

    def _get_leaving_quantities(self):
        """Return ``{move: quantity}`` of what is in this open delivery when it leaves, in the unit of each line.

        Until something is reserved that is what could be; of what ships all together it is all or nothing. What is not
        confirmed, and what a vendor sends, is in no delivery that we pack: nothing of it has left until it is done.
        """
        self.ensure_one()
        # See _get_quantities_to_come.
        delivery = self.sudo()
        moves = delivery.move_ids._filtered_open()
        if delivery.state == "draft" or delivery._is_shipped_by_vendor():
            return dict.fromkeys(moves, 0.0)
        is_waiting = delivery.move_type == "one" and any(moves.mapped("qty_short"))
        if not is_waiting and any(moves.mapped("quantity")):
            return {move: move.quantity for move in moves}
        return {move: move.product_uom_qty - move.qty_short for move in moves}

    def _get_slip_quantities(self):
        """Return ``{move: quantity}`` of what the slip of a transfer that is not done yet says to be in it.

        Nobody has ordered what is only written off from it. What brings nothing to a customer says what Odoo has it
        say.
        """
        self.ensure_one()
        # See _get_quantities_to_come.
        transfer = self.sudo()
        if not transfer._brings_to_customer():
            return {move: move.quantity for move in transfer.move_ids}
        moves = transfer.move_ids.filtered(lambda move: not move._is_scrap())
        return {**dict.fromkeys(moves, 0.0), **transfer._get_leaving_quantities()}

    def _ships_something(self, quantities_to_come):
        """Whether this open delivery can leave with a part of what it holds, so that the rest needs a backorder."""
        if self.state in CLOSED_STATES:
            return False
        # See _get_quantities_to_come.
        moves = self.sudo().move_ids._filtered_open()
        return any(
            move.product_uom.compare(move.product_uom_qty, quantities_to_come.get(move, 0.0)) > 0 for move in moves
        )

    def _get_open_chain_moves(self):
        """Return the lines that the customer of the chain still waits for, by backorder and in his order's order."""
        chain = self._get_own_chain()
        moves = chain.move_ids | self._get_moves_in_preparation()
        open_moves = moves.filtered(lambda move: move.state not in ("draft", *CLOSED_STATES))
        return open_moves.filtered(lambda move: not move._is_scrap() and not move._wants_nothing()).sorted(
            lambda move: (
                move.picking_id not in chain,
                move.picking_id.backorder_index,
                move.sale_line_id.sequence,
                move.sale_line_id.id,
                move.sequence,
                move.id,
            )
        )

    def _get_moves_in_preparation(self):
        """Return what steps before have still to pick or pack for the chain, and what was given up there.

        What has come out of a step is a line of the next one, and counted there.
        """
        chain = self._get_own_chain()
        steps = chain._get_steps_before()
        rest = self.browse().union(*(shipment._get_rest_of_steps_before() for shipment in chain | steps))
        moves = rest.move_ids | steps.move_ids.filtered(lambda move: move.state == "cancel")
        # A pick may serve several customers.
        moves = moves.filtered(lambda move: move.reference_ids & chain.reference_ids and not move._is_scrap())
        return moves.filtered(lambda move: move.state != "done") - (chain.move_ids | moves).move_orig_ids

    def _prepare_open_lines(self, quantities, unnumbered=None):
        """Return the lines of ``{move: quantity}`` with their promises.

        :param unnumbered: the delivery that leaves its lines to a backorder which has no number yet
        :return: a list of dictionaries, see ``_prepare_document_line``, with ``promise_date``, ``first_promise_date``
            and these in words: ``promise_text`` and ``promise_change_text``
        """
        self.env["stock.move"].sudo().union(*quantities).mapped("promise_date")  # of all lines at once
        lines = []
        for move, quantity in quantities.items():
            line = {
                **self._prepare_document_line(move, quantity),
                "promise_date": move.promise_date,
                "first_promise_date": move.first_promise_date,
                "promise_text": move._get_promise_text(),
                "promise_change_text": move._get_promise_change_text(),
            }
            if unnumbered and move.picking_id == unnumbered.sudo():
                line["delivery"] = ""
            lines.append(line)
        return lines

    def _prepare_document_line(self, move, quantity):
        """Return what a document says of *quantity* of *move*, in the line's unit: plain values, all for the customer.

        :return: a dictionary of ``move_id``, ``product``, ``description``, ``quantity``, ``quantity_text`` with the
            unit, and ``delivery``, the number, empty while the goods are in no delivery of their own
        """
        return {
            "move_id": move.id,
            "product": move.product_id.display_name,
            "description": move._get_printed_description(),
            "quantity": quantity,
            "quantity_text": move._format_quantity_with_unit(quantity),
            "delivery": move.picking_id.name if move.picking_id._brings_to_customer() else "",
        }

    def _get_ordered_day_text(self):
        """Return the day on which the customer ordered what the chain delivers, in the reader's format.

        It is the one by which it is ranked: that somebody changes the order's date afterwards moves nobody.
        """
        self.ensure_one()
        # See _get_quantities_to_come.
        delivery = self.sudo()
        ordered = delivery._get_own_chain().move_ids._get_first_ordered_date()
        return delivery._format_day(ordered or delivery.sale_id.date_order)

    def _get_remainder_text(self):
        """Return in plain words what a backorder is; nothing for what is none, or where the original is another's."""
        self.ensure_one()
        # See _get_quantities_to_come.
        root = self._get_own_originals() & self.sudo().backorder_root_id
        return self.env._("This is the rest of %s: what could not ship with it.", root.name) if root else ""

    def _get_note_for_customer(self):
        """Return the note as somebody has worded it; the standard note is in words of the warehouse."""
        if not self.backorder_root_id:
            return False
        # See _get_quantities_to_come.
        note, picking_type = self.backorder_note, self.sudo().picking_type_id
        is_standard = note == picking_type._get_backorder_note() and not picking_type.backorder_note
        return False if is_standard else note

    # ---- totals ------------------------------------------------------------

    def _get_chain_totals(self):
        """Return the items of the whole chain, each in its product's unit.

        :return: a dictionary of ``ordered``, ``shipped``, ``open``, ``cancelled`` and ``over_shipped``, what has
            shipped, or will, beyond what was ordered
        """
        self.ensure_one()
        # See _get_quantities_to_come: sums say nothing that the lines do not.
        delivery = self.sudo()
        totals = (delivery._get_own_chain().move_ids | delivery._get_moves_in_preparation())._get_totals()
        return {**totals._asdict(), "over_shipped": totals.over_shipped}

    def _get_chain_totals_text(self):
        return self._format_chain_totals(self._get_chain_totals())

    def _format_chain_totals(self, totals):
        """Return the totals of the chain in words: "540 of 850 items shipped; 310 to come"."""
        text = self.env._(
            "%(shipped)s; %(to_come)s to come",
            shipped=self._format_shipped(totals),
            to_come=format_quantity(self.env, totals["open"]),
        )
        return self._with_cancelled_text(text, totals)

    def _format_shipped(self, totals):
        """Return in words how much of what was ordered has shipped: "540 of 850 items shipped"."""
        shipped, ordered = format_quantity(self.env, totals["shipped"]), format_quantity(self.env, totals["ordered"])
        is_singular = is_below_two(self.env, totals["shipped"])  # said alike in English, not in French
        if totals["over_shipped"] > NOISE and is_one(self.env, totals["shipped"]):
            return self.env._("1 item shipped, %s ordered", ordered)
        if totals["over_shipped"] > NOISE and is_singular:
            return self.env._("%(below_two)s items shipped, %(ordered)s ordered", below_two=shipped, ordered=ordered)
        if totals["over_shipped"] > NOISE:
            return self.env._("%(shipped)s items shipped, %(ordered)s ordered", shipped=shipped, ordered=ordered)
        if is_one(self.env, totals["ordered"]):
            return self.env._("%s of 1 item shipped", shipped)
        if is_singular:
            return self.env._("%(none_or_one)s of %(ordered)s items shipped", none_or_one=shipped, ordered=ordered)
        return self.env._("%(shipped)s of %(ordered)s items shipped", shipped=shipped, ordered=ordered)

    def _get_slip_totals_text(self):
        """Return the totals as they are once this delivery has left with what can ship, in words."""
        quantities = self._get_quantities_to_come()
        totals = self._get_chain_totals()
        if not self._ships_something(quantities):
            return self._format_chain_totals(totals)
        to_come = sum(
            move.product_uom._compute_quantity(quantity, move.product_id.uom_id, rounding_method="HALF-UP")
            for move, quantity in quantities.items()
        )
        shipped = {**totals, "shipped": totals["shipped"] + totals["open"] - to_come}
        text = self.env._(
            "%(shipped)s, this delivery included; %(to_come)s to come",
            shipped=self._format_shipped(shipped),
            to_come=format_quantity(self.env, to_come),
        )
        return self._with_cancelled_text(text, totals)

    def _with_cancelled_text(self, text, totals):
        if not totals["cancelled"]:
            return text
        cancelled = format_cancelled(self.env, totals["cancelled"])
        return self.env._("%(totals)s; %(cancelled)s", totals=text, cancelled=cancelled)

    # ---- backorder confirmation --------------------------------------------

    def _get_backorder_confirmations(self):
        """Return one delivery for each chain and customer in ``self`` to print the confirmation of.

        It is his first open backorder. Where none is open it is the delivery itself: its document says what comes, or
        that nothing does.
        """
        chains = self.grouped(lambda picking: (picking.backorder_root_id or picking, picking.customer_id)).values()
        return self.browse().union(*(chain[0]._get_open_backorders()[:1] or chain[0] for chain in chains))

    def _get_open_backorders(self):
        """Return the backorders of the chain that are still to be shipped."""
        return self._get_own_chain().filtered(
            lambda member: member.backorder_root_id and member.state not in ("draft", *CLOSED_STATES)
        )
