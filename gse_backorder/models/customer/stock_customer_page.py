from collections import Counter

from odoo import api, models
from odoo.fields import Domain

from ..chain.picking_states import OPEN_STATES, SHIPPED_STATES
from ..chain.wording import format_quantity, is_below_two, is_one
from ..engine.coverage import NOISE

# All that a row of the list reads of a delivery itself, to be read with the search.
ROW_FIELDS = (
    "company_id", "create_date", "date_done", "first_promise_date", "fulfillment_state", "is_held", "name",
    "origin", "picking_type_id", "sale_id", "state",
)  # fmt: skip
# And of its lines.
LINE_FIELDS = (
    "company_id", "date", "first_promise_quantity", "is_held", "location_dest_id", "location_id", "picking_id", "state",
    "picking_type_id", "procure_method", "product_id", "product_qty", "product_uom", "product_uom_qty", "quantity",
)  # fmt: skip


class StockCustomerPage(models.AbstractModel):
    """What a customer sees of deliveries in the portal.

    Pages are made of plain values that are put together here, with all rights, from nothing but the customer's own
    deliveries: no record reaches a template, and what is not named here cannot leak.
    """

    _name = "stock.customer.page"
    _description = "Customer's Page of a Delivery"

    # ---- list ------------------------------------------------------------------

    @api.model
    def _get_filters(self):
        """Return the filters of the list of deliveries: ``{key: {"label": …, "domain": …, "empty": …}}``.

        ``empty`` is what the list says where the filter finds nothing.
        """
        state, words = "fulfillment_state", self._get_state_words()
        return {
            "all": {
                "label": self.env._("All"),
                "domain": Domain.TRUE,
                "empty": self.env._(
                    "There are no deliveries for you yet. They are listed here as soon as you have ordered."
                ),
            },
            "open": {
                "label": self.env._("Still to come"),
                "domain": Domain(state, "in", OPEN_STATES),
                "empty": self.env._("Nothing is still to come."),
            },
            "backorders": {
                "label": self.env._("Backorders"),
                "domain": self._get_open_backorder_domain(),
                "empty": self.env._("No backorder is to come: nothing that you have ordered was left behind."),
            },
            "waiting": {
                "label": words["waiting"],
                "domain": Domain(state, "=", "waiting"),
                "empty": self.env._("Nothing waits."),
            },
            "partial": {
                "label": words["partial"],
                "domain": Domain(state, "=", "partial"),
                "empty": self.env._("Nothing is ready in part."),
            },
            "preparation": {
                "label": words["ready"],
                "domain": Domain(state, "=", "ready"),
                "empty": self.env._("Nothing is ready to ship just now."),
            },
            "shipped": {
                "label": self.env._("Shipped"),
                "domain": Domain(state, "in", SHIPPED_STATES),
                "empty": self.env._("Nothing has shipped yet."),
            },
        }

    @api.model
    def _get_empty_text(self, filterby, search):
        """Return what the list says where it has no row."""
        if search:
            return self.env._("No delivery matches “%s”.", search)
        return self._get_filters()[filterby]["empty"]

    @api.model
    def _get_sortings(self):
        return {
            "date": {"label": self.env._("Newest"), "order": "create_date desc, id desc"},
            "name": {"label": self.env._("Number"), "order": "name, id"},
            "state": {"label": self.env._("State"), "order": "fulfillment_state, id desc"},
        }

    @api.model
    def _get_groupings(self):
        return {"none": {"label": self.env._("None")}, "order": {"label": self.env._("Order")}}

    @api.model
    def _get_searches(self):
        return {
            "all": {"input": "all", "label": self.env._("Search in all")},
            "name": {"input": "name", "label": self.env._("Search in number")},
            "order": {"input": "order", "label": self.env._("Search in order")},
            "product": {"input": "product", "label": self.env._("Search in product")},
        }

    @api.model
    def _get_search_domain(self, search_in, search):
        """Return the domain of deliveries in which *search* is found, in what *search_in* names."""
        domains = {
            "name": Domain("name", "ilike", search),
            "order": Domain("sale_id.name", "ilike", search) | Domain("sale_id.client_order_ref", "ilike", search),
            # What the page shows of it: not our reference and barcode, by which Odoo finds it, too.
            "product": Domain("move_ids.product_id.name", "ilike", search),
        }
        return domains.get(search_in) or Domain.OR(domains.values())

    @api.model
    def _get_open_backorder_domain(self):
        return Domain("backorder_root_id", "!=", False) & Domain("fulfillment_state", "in", OPEN_STATES)

    @api.model
    def _get_rows(self, deliveries):
        """Return what the list shows of each of *deliveries*."""
        # Whose deliveries they are was asked; of what they are made a customer need not be able to read.
        deliveries = deliveries.sudo()
        # Of what a row is made of, and not all that there is.
        deliveries.sale_id.fetch(["client_order_ref", "name"])
        deliveries.move_ids.fetch(LINE_FIELDS)
        deliveries.move_ids.product_id.fetch(["is_storable", "uom_id"])
        dates = self._get_promise_dates(deliveries)
        return [{**self._get_head(delivery, dates), "url": delivery.access_url} for delivery in deliveries]

    @api.model
    def _get_promise_dates(self, deliveries):
        """Return ``{delivery: promise date}`` of those that are still to come, in one look at pegging."""
        return deliveries.filtered(lambda delivery: delivery.fulfillment_state in OPEN_STATES)._get_promise_dates()

    # ---- detail ----------------------------------------------------------------

    @api.model
    def _get_values(self, delivery, link=lambda record: record.access_url):
        """Return what the page of *delivery* shows.

        :param link: a function that gives the address of another delivery of the chain, for this visitor
        """
        delivery = delivery.sudo()  # see _get_rows
        chain = delivery._get_own_chain().filtered(lambda member: member.state != "draft")
        lines = self._get_lines(delivery | (delivery._get_later_members() & chain))
        dates = self._get_promise_dates(chain | delivery)
        return {
            **self._get_head(delivery, dates),
            "ordered_text": delivery.sale_id and self.env._("ordered %s", delivery._get_ordered_day_text()),
            "remainder_text": delivery._get_remainder_text(),
            "note": delivery._get_note_for_customer(),
            "address": self._get_address(delivery),
            "together_text": self._get_together_text(delivery),
            "site_note": delivery.site_note,
            "documents": self._get_documents(delivery),
            "tracking": self._get_tracking(delivery),
            "steps": [
                {**self._get_step(member, dates, link(member)), "is_current": member == delivery} for member in chain
            ],
            "lines": lines,
            "summary": self._get_summary(chain),
            "channels": self.env["stock.live"]._get_channels(delivery),
            "contact": self._get_contact(delivery),
        }

    @api.model
    def _get_together_text(self, delivery):
        """Return in words that nothing ships before all is there, as long as that is so; else False."""
        is_waiting = delivery.fulfillment_state in ("waiting", "partial") and delivery.move_type == "one"
        return is_waiting and self.env._("All of it ships together, when the last of it is there.")

    @api.model
    def _get_documents(self, delivery):
        """Return the names of the documents that there are of *delivery* for its customer.

        A slip says what was delivered: there is none of what has not shipped, or was cancelled.
        """
        documents = ["slip", "return"] if delivery.state == "done" and delivery.items_shipped else []
        return [*documents, "confirmation"] if delivery._get_open_backorders() else documents

    @api.model
    def _get_head(self, delivery, promise_dates):
        """Return what the list and the page show of a delivery as a whole.

        :param promise_dates: see :meth:`_get_promise_dates`
        """
        is_open = delivery.fulfillment_state in OPEN_STATES
        return {
            "id": delivery.id,
            "name": delivery.name,
            "order": delivery.sale_id.name or delivery.origin,
            "reference": delivery.sale_id.client_order_ref,
            "state": delivery.fulfillment_state,
            "state_label": self._get_state_words().get(delivery.fulfillment_state, ""),
            "shipped": self._format(delivery.items_shipped),
            "open": self._format(delivery.items_open),
            "items_text": self._get_quantities_text(delivery.items_shipped, delivery.items_open),
            "has_open": is_open,
            **(
                self._get_promise(delivery, promise_dates.get(delivery), delivery._get_first_promise_date())
                if is_open
                else {}
            ),
            # What turned out not to have shipped has shipped on no day.
            "shipped_text": delivery.state == "done"
            and bool(delivery.items_shipped)
            and self.env._("shipped %s", delivery._format_day(delivery.date_done)),
        }

    @api.model
    def _get_state_words(self):
        """Return ``{fulfilment state: its words}``: the customer reads the same ones as staff."""
        return dict(self.env["stock.picking"]._fields["fulfillment_state"]._description_selection(self.env))

    @api.model
    def _get_promise(self, records, promise_date, first):
        """Return in words when *records* ship, and when that was promised *first*, if it is another day, or lost."""
        is_held = any(records.mapped("is_held"))
        has_changed = first and not is_held and not records[:1]._is_same_day(first, promise_date)
        dateless = self.env._("on hold") if is_held else self.env._("no date yet")
        promise = records[:1]._format_day(promise_date) if promise_date else dateless
        return {
            "promise_text": promise,
            "ships_text": self.env._("ships on %s", promise) if promise_date else promise,
            "first_promise_text": has_changed and self.env._("first promised %s", records[:1]._format_day(first)),
        }

    @api.model
    def _get_step(self, delivery, promise_dates, url):
        """Return what the timeline shows of a member of the chain."""
        head = self._get_head(delivery, promise_dates)
        words = False
        if head["has_open"]:
            items = self._count_items(delivery.items_open)
            words = self.env._("%(items)s, %(shipping)s", items=items, shipping=head["ships_text"])
        elif head["shipped_text"]:
            items = self._count_items(delivery.items_shipped)
            words = self.env._("%(items)s, %(shipping)s", items=items, shipping=head["shipped_text"])
        return {**head, "url": url, "words": words}

    @api.model
    def _get_quantities_text(self, shipped, to_come):
        """Return in words what a phone has no columns for: "60 shipped, 190 to come", without what is none of it."""
        return self._join_quantities(shipped and self._format(shipped), to_come and self._format(to_come))

    @api.model
    def _join_quantities(self, shipped, to_come):
        """The same of what is formatted already."""
        parts = [
            shipped and self.env._("%s shipped", shipped),
            to_come and self.env._("%s to come", to_come),
        ]
        return ", ".join(part for part in parts if part)

    @api.model
    def _get_line_text(self, ordered, became):
        """Return in words what was ordered of a line, with its unit, and what *became* of it."""
        return self.env._("%(ordered)s: %(became)s", ordered=ordered, became=became) if became else ordered

    @api.model
    def _count_items(self, quantity):
        """Return *quantity* in the reader's notation, with its noun."""
        if is_one(self.env, quantity):
            return self.env._("1 item")
        if is_below_two(self.env, quantity):
            return self.env._("%(below_two)s items", below_two=self._format(quantity))
        return self.env._("%s items", self._format(quantity))

    @api.model
    def _get_tracking(self, delivery):
        """Return the carrier's reference and its page, where there is one."""
        if "carrier_tracking_ref" not in delivery._fields or not delivery.carrier_tracking_ref:
            return False
        url = delivery.carrier_tracking_url or ""
        return {
            "reference": delivery.carrier_tracking_ref,
            "carrier": delivery.carrier_id.name,
            "url": url if url.startswith(("https://", "http://")) else False,
        }

    @api.model
    def _get_address(self, delivery):
        """Return where the delivery goes to, as lines of text; the contact of what a vendor ships is the vendor."""
        partner = delivery._get_receiver()
        lines = [partner.name, *partner._display_address(without_company=True).split("\n")] if partner else []
        return [line.strip() for line in lines if line and line.strip()]

    @api.model
    def _get_contact(self, delivery):
        user = delivery._get_salesperson()
        return user and {"name": user.name, "email": user.email, "phone": user.phone}

    @api.model
    def _get_summary(self, chain):
        """Return how far the whole chain has come, in items and in lines, and in percent of what is to be shipped."""
        totals = chain[0]._get_chain_totals()
        to_ship = totals["shipped"] + totals["open"]
        return {
            "text": self._get_summary_text(chain[0], totals, self._get_moves_by_line(chain)),
            "percent": int(100 * totals["shipped"] / to_ship) if to_ship else 0,
        }

    @api.model
    def _get_summary_text(self, delivery, totals, moves_by_line):
        """Return in words what a person would say: "540 of 850 items shipped: 2 lines complete, 2 in part".

        :param totals: see ``stock.picking._get_chain_totals``
        """
        if not totals["shipped"] and not totals["open"]:
            return self.env._("Cancelled")
        if not totals["open"] and not totals["cancelled"] and totals["over_shipped"] < NOISE:
            if is_one(self.env, totals["ordered"]):
                return self.env._("1 item shipped")
            if is_below_two(self.env, totals["ordered"]):
                return self.env._("All %(below_two)s items shipped", below_two=self._format(totals["ordered"]))
            return self.env._("All %s items shipped", self._format(totals["ordered"]))
        shipped = delivery._format_shipped(totals) if totals["shipped"] else self.env._("Nothing has shipped yet")
        text = self.env._("%(shipped)s: %(lines)s", shipped=shipped, lines=self._count_lines(moves_by_line))
        return delivery._with_cancelled_text(text, totals)

    @api.model
    def _count_lines(self, moves_by_line):
        """Return in words how many lines have shipped in full, in part, and not yet: "2 lines complete, 2 in part"."""
        counts = Counter(self._get_progress(moves) for moves in moves_by_line)
        # Of one and of several; then the same after another one has said of what.
        words = {
            "complete": (self.env._("1 line complete"), self.env._("%s lines complete"), None, None),
            "part": (
                self.env._("1 line in part"),
                self.env._("%s lines in part"),
                self.env._("1 in part"),
                self.env._("%s in part"),
            ),
            "open": (
                self.env._("1 line to come"),
                self.env._("%s lines to come"),
                self.env._("1 to come"),
                self.env._("%s to come"),
            ),
        }
        told = []
        for progress, (one, several, one_more, several_more) in words.items():
            singular, plural = (one_more, several_more) if told else (one, several)
            if count := counts[progress]:
                told.append(singular if count == 1 else plural % count)
        return ", ".join(told)

    @api.model
    def _get_progress(self, moves):
        """Return how far the moves of one line have come: ``complete``, in ``part``, ``open`` or ``cancel``."""
        totals = moves._get_totals()
        if not totals.shipped:
            return "open" if totals.open else "cancel"
        return "part" if totals.open or totals.cancelled else "complete"

    @api.model
    def _format(self, quantity):
        return format_quantity(self.env, quantity) if quantity else "0"
