from markupsafe import Markup

from odoo import api, models

from ..chain.wording import format_quantity, is_one


class StockAllocationExplanation(models.AbstractModel):
    """The answer to "Why do I not have it, and when do I get it?", in words, computed from what is stored.

    Whole sentences, so that they can be translated; all quantities are in the product's unit.
    """

    _name = "stock.allocation.explanation"
    _description = "Explanation of an Allocation"

    @api.model
    def _explain(self, move):
        """Return as HTML what is free, who is ahead of *move*, what is expected for it, and when its turn comes.

        For staff only: it names other customers' deliveries.
        """
        if not self._is_explained(move):
            return False
        # Who may see the line may see why it waits, whichever deliveries are in its way.
        explained = self.sudo()
        return explained.env["ir.qweb"]._render(
            "gse_backorder.allocation_explanation",
            {"sections": explained._get_sections(explained._get_parts(move._origin.sudo()))},
        )

    @api.model
    def _is_explained(self, move):
        return bool(move._origin) and move.state != "draft" and move._has_open_goods() and self.env.user._is_internal()

    @api.model
    def _get_sections(self, parts):
        """Return ``[(heading, {name: part})]``: the answer first, then what it comes from."""
        sections = [
            (self.env._("When it ships"), ("turn",)),
            (self.env._("In stock"), ("reserved", "free")),
            (self.env._("Who comes first"), ("kept", "place", "joined", "ahead")),
            (self.env._("What comes for it"), ("steps_before", "supplies")),
        ]
        found = ((title, {name: parts[name] for name in names if name in parts}) for title, names in sections)
        return [(title, named) for title, named in found if named]

    @api.model
    def _get_parts(self, move):
        """Return ``{name: sentence or list of sentences}``."""
        pegging = self.env["stock.pegging"]
        if move._is_dropship():  # it waits in no queue: its vendor sends it
            quantity, date = move.product_qty, move._get_expected_date()
            [words] = self.env["stock.supply"]._describe(move.ids).values()
            return {"supplies": [self._tell_supply(move, words, quantity, date)], "turn": self._tell_turn(move)}
        if move.is_held:
            return {"reserved": self._tell_reserved(move), "turn": self._tell_hold(move)}
        steps_before = self.env["stock.move"].browse(self.env["stock.claim"]._get_open_origins(move).get(move.id, ()))
        parts = {"reserved": self._tell_reserved(move)}
        if steps_before:
            parts["steps_before"] = self.env._(
                "It waits for %s, which brings its goods: ask there why.",
                self._stress(", ".join(steps_before._get_named_transfers())),
            )
        elif queue := pegging._get_queue(move):
            links = [link for link in pegging._get_links(move.product_id) if link.claim_id == move.id]
            parts["free"] = self._tell_free(move, queue)
            parts["kept"] = self._tell_kept(move)
            parts["place"] = self._tell_place(move, queue)
            parts["joined"] = move.joined_date and self.env._(
                "Units that were added on %s have the place of the line.",
                self._stress(move._format_day(move.joined_date)),
            )
            parts["ahead"] = self._tell_ahead(move, queue)
            words = self.env["stock.supply"]._describe([link.supply_id for link in links])
            parts["supplies"] = [
                self._tell_supply(move, words[link.supply_id], link.quantity, link.date) for link in links
            ]
        parts["turn"] = self._tell_turn(move)
        return {name: part for name, part in parts.items() if part}

    @api.model
    def _stress(self, text):
        return Markup("<strong>%s</strong>") % text

    @api.model
    def _get_reserved(self, move):
        return min(move._get_filled_in_product_unit(), move.product_qty)

    @api.model
    def _tell_reserved(self, move):
        reserved = self._get_reserved(move)
        wanted = format_quantity(move.env, move.product_qty)
        if not reserved:
            return self.env._("Nothing is reserved for this line, which wants %s.", self._stress(wanted))
        quantities = {
            "reserved": self._stress(format_quantity(move.env, reserved)),
            "wanted": self._stress(wanted),
        }
        if move.product_id.uom_id.compare(reserved, 1) == 0:
            return self.env._("%(reserved)s of %(wanted)s is reserved for this line.", **quantities)
        return self.env._("%(reserved)s of %(wanted)s are reserved for this line.", **quantities)

    @api.model
    def _tell_kept(self, move):
        if not move.kept_date or not move._get_claimed_warehouse().keep_promises:
            return False
        quantity = self._stress(format_quantity(move.env, move.kept_quantity))
        day = self._stress(move._format_day(move.kept_date))
        if is_one(move.env, move.kept_quantity):
            return self.env._(
                "%(one)s of it is promised and kept for %(day)s: nobody who orders later takes it.",
                one=quantity,
                day=day,
            )
        return self.env._(
            "%(quantity)s of it are promised and kept for %(day)s: nobody who orders later takes them.",
            quantity=quantity,
            day=day,
        )

    @api.model
    def _tell_hold(self, move):
        held = move._get_held_transfer()
        return self.env._(
            "%(transfer)s is %(hold)s, since %(day)s. It keeps its place, and lends its goods to others until it is"
            " released: there is no date for it.",
            transfer=self._stress((held.move_ids[:1] or move)._get_named_transfer()),
            hold=held._get_hold_text(),
            day=self._stress(move._format_day(held.held_date)),
        )

    @api.model
    def _tell_free(self, move, queue):
        stock = move.location_id.stock_area_id.display_name
        quantity = self._stress(format_quantity(move.env, queue.free))
        if move.product_id.uom_id.is_zero(queue.free):
            return self.env._("Nothing is free in %s.", stock)
        if move.product_id.uom_id.compare(queue.free, 1) == 0:
            return self.env._("%(quantity)s is free in %(stock)s.", quantity=quantity, stock=stock)
        return self.env._("%(quantity)s are free in %(stock)s.", quantity=quantity, stock=stock)

    @api.model
    def _tell_place(self, move, queue):
        warehouse = move.location_id.stock_area_id.warehouse_id
        if queue.length == 1:
            place = self.env._("Nobody else waits for these goods.")
        elif queue.place == 1:
            place = self.env._("It is the first of %s that wait.", queue.length)
        elif queue.place == 2:
            place = self.env._(
                "It is number %(place)s of %(length)s that wait; the one ahead lacks %(quantity)s.",
                place=self._stress(queue.place),
                length=queue.length,
                quantity=self._stress(format_quantity(move.env, queue.ahead_quantity)),
            )
        else:
            place = self.env._(
                "It is number %(place)s of %(length)s that wait; those ahead lack %(quantity)s.",
                place=self._stress(queue.place),
                length=queue.length,
                quantity=self._stress(format_quantity(move.env, queue.ahead_quantity)),
            )
        if not warehouse:
            return place
        policies = dict(warehouse._fields["allocation_policy"]._description_selection(self.env))
        ranking = self.env._("The ranking of the warehouse: %s.", policies[warehouse.allocation_policy])
        return Markup("%s %s") % (place, ranking)

    @api.model
    def _tell_ahead(self, move, queue):
        """Return a sentence for each of the first ahead, and one for how many more there are."""
        sentences = []
        # of one recordset, so that all of them are read at once
        others = move.browse(move_id for move_id, _quantity in queue.ahead)
        readable = others.picking_id.sudo(False)._filtered_access("read")
        for other, (_id, quantity) in zip(others, queue.ahead, strict=True):
            sentence = self.env._(
                "%(transfer)s lacks %(quantity)s",
                transfer=self._name_transfer(other, is_linked=other.picking_id.id in readable.ids),
                quantity=self._stress(format_quantity(move.env, quantity)),
            )
            if not other._is_named():
                sentences.append(sentence)
                continue
            remarks = [
                other.picking_id.partner_id.display_name,
                other.priority == "1" and self.env._("urgent"),
                other.date_deadline and self.env._("deadline %s", move._format_day(other.date_deadline)),
                other.ordered_date and self.env._("ordered %s", move._format_day(other.ordered_date)),
            ]
            sentences.append(Markup("%s (%s)") % (sentence, ", ".join(remark for remark in remarks if remark)))
        more = queue.place - 1 - len(queue.ahead)
        return [*sentences, self.env._("and %s more", more)] if more else sentences

    @api.model
    def _name_transfer(self, other, is_linked):
        """Return the name of the transfer of a move as HTML, with a link for who may open it.

        Another company's is not named to who does not work for it.
        """
        name = self._stress(other._get_named_transfer())
        if not is_linked or not other._is_named():
            return name
        return Markup('<a href="%s">%s</a>') % (other.picking_id._get_form_url(), name)

    @api.model
    def _tell_supply(self, move, words, quantity, date):
        sentence = self.env._(
            "%(quantity)s from %(origin)s, expected %(date)s",
            quantity=format_quantity(move.env, quantity),
            origin=self._stress(", ".join(words.documents)),
            date=self._stress(move._format_day(date)),
        )
        return Markup("%s (%s)") % (sentence, words.remark) if words.remark else sentence

    @api.model
    def _tell_uncovered(self, move, quantity):
        wanted = self._stress(format_quantity(move.env, quantity))
        if move._filtered_procured_for()._filtered_returning():  # to order more is of no use to it
            return self.env._("Nothing of what is to be sent back is free for %s: there is no date for it.", wanted)
        place = move.location_id
        stocked = self.env["stock.supply"]._get_held_and_expected(move.product_id, place)
        there = stocked.get((move.product_id.id, place.id))
        if move._filtered_procured_for():
            sentence = self.env._(
                "Nothing is on order for %s, and it is not taken from stock: there is no date for it.", wanted
            )
        elif there and there.expected:
            sentence = self.env._("What is expected does not reach for %s: there is no date for it.", wanted)
        else:
            sentence = self.env._("No supply is known for %s: there is no date for it.", wanted)
        date = move._get_order_today_date()
        if not date:
            return sentence
        estimate = self.env._("If it were ordered today, it could come on %s.", move._format_date(date))
        return Markup("%s %s") % (sentence, estimate)

    @api.model
    def _tell_turn(self, move):
        coverage = move._get_shipping_coverage()[move.id]
        if not coverage.is_together:
            return self._tell_own_turn(move, coverage)
        own, together = move._get_product_coverage()[move.id], self._tell_together(move, coverage)
        return together if own.status == "available" else Markup("%s %s") % (self._tell_own_turn(move, own), together)

    @api.model
    def _tell_together(self, move, coverage):
        """Return when the line ships with all the others of its transfer, whatever of it is there."""
        transfer = self._stress(move.picking_id.name)
        if not coverage.expected_date:
            return self.env._("%s ships all together, and not all of it has a date.", transfer)
        date = self._stress(move._format_day(coverage.expected_date))
        return self.env._("%(transfer)s ships all together: on %(date)s.", transfer=transfer, date=date)

    @api.model
    def _tell_own_turn(self, move, coverage):
        """Return when the line could ship by itself."""
        if coverage.has("uncovered"):
            return self._tell_uncovered(move, coverage.uncovered)
        if coverage.has("overdue"):
            return self.env._(
                "What is expected for %s is late: there is no date for it until somebody gives one.",
                self._stress(format_quantity(move.env, coverage.overdue)),
            )
        if coverage.has("expected"):
            date = self._stress(move._format_day(coverage.expected_date))
            return self.env._("Its turn comes on %s.", date)
        if self._get_reserved(move) < move.product_qty:
            return self.env._("There is enough for it now: it can be reserved.")
        return self.env._("It can ship now.")
