from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, hmac

from .picking_states import CLOSED_STATES, OPEN_STATES, SHIPPED_STATES
from .stock_pegging import Coverage

# What the page's script listens to: it is told that something has changed, never what.
LIVE_EVENT = "gse_backorder.changed"
# The same for the screens of the warehouse.
STAFF_EVENT = "gse_backorder.staff_changed"
# All that a row of the list reads of a delivery itself, to be read with the search.
ROW_FIELDS = (
    "create_date", "date_done", "first_promise_date", "fulfillment_state", "name", "origin", "sale_id", "state",
)  # fmt: skip
# And of its lines.
LINE_FIELDS = (
    "company_id", "date", "location_dest_id", "location_id", "picking_id", "picking_type_id", "procure_method",
    "product_id", "product_qty", "product_uom", "product_uom_qty", "quantity", "state",
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
        """Return the filters of the list of deliveries: ``{key: {"label": …, "domain": …}}``."""
        return {
            "all": {"label": self.env._("All"), "domain": Domain.TRUE},
            "open": {"label": self.env._("Still to come"), "domain": Domain("fulfillment_state", "in", OPEN_STATES)},
            "waiting": {
                "label": self.env._("Awaiting replenishment"),
                "domain": Domain("fulfillment_state", "in", ("waiting", "partial")),
            },
            "preparation": {
                "label": self.env._("In preparation"),
                "domain": Domain("fulfillment_state", "=", "ready"),
            },
            "shipped": {"label": self.env._("Shipped"), "domain": Domain("fulfillment_state", "in", SHIPPED_STATES)},
        }

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
        deliveries = deliveries.sudo()
        # Of what a row is made of, and not all that there is.
        deliveries.sale_id.fetch(["name"])
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
        delivery = delivery.sudo()
        chain = delivery._get_own_chain().filtered(lambda member: member.state != "draft")
        lines = self._get_lines(delivery | (delivery._get_later_members() & chain))
        dates = self._get_promise_dates(chain | delivery)
        return {
            **self._get_head(delivery, dates),
            "ordered_text": delivery.sale_id
            and self.env._("ordered %s", format_date(self.env, delivery.sale_id.date_order)),
            "note": delivery.backorder_root_id and delivery.backorder_note,
            "site_note": delivery.site_note,
            "is_shipped": delivery.state == "done",
            "has_confirmation": bool(delivery._get_open_backorders()),
            "tracking": self._get_tracking(delivery),
            "steps": [
                {**self._get_step(member, dates, link(member)), "is_current": member == delivery} for member in chain
            ],
            "lines": lines,
            "summary": self._get_summary(chain),
            "channels": self._get_channels(delivery),
            "contact": self._get_contact(delivery),
        }

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
            "state": delivery.fulfillment_state,
            "state_label": self._get_state_label(delivery),
            "shipped": self._format(delivery.items_shipped),
            "open": self._format(delivery.items_open),
            "has_open": is_open,
            **(self._get_promise(delivery, promise_dates.get(delivery)) if is_open else {}),
            "shipped_text": delivery.state == "done"
            and self.env._("shipped %s", format_date(self.env, delivery.date_done)),
        }

    @api.model
    def _get_state_label(self, delivery):
        """Return the state in the customer's words."""
        labels = {
            "waiting": self.env._("Awaiting replenishment"),
            "partial": self.env._("Awaiting replenishment"),
            "ready": self.env._("In preparation"),
            "partially_picked": self.env._("Shipped, more to come"),
            "done": self.env._("Shipped"),
            "closed_short": self.env._("Shipped, the rest cancelled"),
            "cancel": self.env._("Cancelled"),
        }
        return labels.get(delivery.fulfillment_state, "")

    @api.model
    def _get_promise(self, records, promise_date):
        """Return in words what is promised for *records* now, and what was first, if it is another day."""
        dates = records.mapped("first_promise_date")
        first = max(dates) if dates and all(dates) else False
        has_changed = first and promise_date and first.date() != promise_date.date()
        return {
            "promise_text": format_date(self.env, promise_date) if promise_date else self.env._("no date yet"),
            "first_promise_text": has_changed and self.env._("first promised %s", format_date(self.env, first)),
        }

    @api.model
    def _get_step(self, delivery, promise_dates, url):
        """Return what the timeline shows of a member of the chain."""
        head = self._get_head(delivery, promise_dates)
        words = False
        if head["has_open"]:
            words = self.env._("%(items)s items, expected: %(date)s", items=head["open"], date=head["promise_text"])
        elif head["shipped_text"]:
            words = self.env._("%(items)s items, %(shipped)s", items=head["shipped"], shipped=head["shipped_text"])
        return {**head, "url": url, "words": words}

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
    def _get_contact(self, delivery):
        user = delivery.sale_id.user_id
        return user and {"name": user.name, "email": user.email, "phone": user.phone}

    @api.model
    def _get_lines(self, deliveries):
        """Return the lines of deliveries that follow one another, each with what became of it over all of them."""
        moves_by_line = self._get_moves_by_line(deliveries)
        coverages = deliveries.move_ids.union(*moves_by_line)._get_coverage()  # of all lines at once
        return [self._get_line(moves, coverages) for moves in moves_by_line]

    @api.model
    def _get_moves_by_line(self, deliveries):
        """Return a list of the moves of each line that the customer has ordered, in the order of the first delivery.

        What is still to be picked or packed for them, and is in no delivery yet, counts with them.
        """
        moves = deliveries.move_ids | deliveries[0]._get_moves_in_preparation()
        moves = moves.filtered(lambda move: move.state != "draft" and not move._is_scrap())
        moves = moves.sorted(lambda move: (move.picking_id.backorder_index, move.sequence, move.id))
        return list(moves.grouped(lambda move: (move.sale_line_id or move.product_id, move.product_id)).values())

    @api.model
    def _get_line(self, moves, coverages):
        """Return what the page shows of one line, in the unit in which it was ordered."""
        first = next(iter(moves))  # unlike the item at 0, it is read together with all other lines
        unit = self._get_unit(first)

        def total(quantity):
            return sum(
                move.product_id.uom_id._compute_quantity(quantity(move), unit, rounding_method="HALF-UP")
                for move in moves
            )

        open_moves = moves.filtered(lambda move: move.state not in CLOSED_STATES)
        shipped, cancelled = total(lambda move: move._get_shipped_qty()), total(lambda move: move._get_cancelled_qty())
        remaining = total(lambda move: move.product_qty if move in open_moves else 0.0)
        coverage = Coverage.join(
            coverages[move.id].convert(move.product_uom, unit) for move in open_moves if move.id in coverages
        )
        has_status = bool(open_moves) and coverage.total > 0
        product = first.product_id.with_context(display_default_code=False).display_name
        return {
            "ids": open_moves.ids,
            "product": product,
            "unit": unit.name,
            "ordered": self._format(shipped + cancelled + remaining),
            "shipped": self._format(shipped),
            "remaining": self._format(remaining),
            "is_open": bool(open_moves),
            "status": has_status and coverage.status if open_moves else "shipped" if shipped else "cancelled",
            "words": has_status and self._get_words(first, coverage),
            "cancelled_text": cancelled and self.env._("%s cancelled", self._format(cancelled)),
            "cancel_question": self.env._(
                "%(quantity)s %(unit)s of %(product)s will not be delivered any more.",
                quantity=self._format(remaining),
                unit=unit.name,
                product=product,
            ),
            **self._get_promise(open_moves, coverage.promise_date if has_status else False),
        }

    @api.model
    def _get_words(self, move, coverage):
        """Return the status in words, and when it could come where the company lets its customers know."""
        words = move._get_availability_text(coverage)
        company = move.company_id
        if not coverage.has("uncovered") or not company.customer_sees_estimate:
            return words
        date = move.product_id.with_company(company)._get_order_today_date()
        return f"{words}; {self.env._('estimated: %s', format_date(self.env, date))}" if date else words

    @api.model
    def _get_unit(self, move):
        """Return the unit in which the customer has ordered; of a part of a kit, its own."""
        line = move.sale_line_id
        return line.product_uom_id if line.product_id == move.product_id else move.product_uom

    @api.model
    def _get_summary(self, chain):
        """Return how far the whole chain has come, in lines and in items."""
        totals = chain[0]._get_chain_totals()
        wanted = totals["ordered"] - totals["cancelled"]
        done = [all(move.state in CLOSED_STATES for move in moves) for moves in self._get_moves_by_line(chain)]
        return {
            "text": self.env._(
                "%(complete)s complete lines, %(partial)s partial; %(totals)s",
                complete=sum(done),
                partial=len(done) - sum(done),
                totals=chain[0]._format_chain_totals(totals),
            ),
            "percent": int(100 * totals["shipped"] / wanted) if wanted else 0,
        }

    @api.model
    def _format(self, quantity):
        return self.env["stock.move"]._format_availability_quantity(quantity) if quantity else "0"

    # ---- live --------------------------------------------------------------------

    @api.model
    def _get_channels(self, delivery):
        """Return the bus channels that tell when the page of *delivery* has to be read anew.

        Nobody can guess a channel's name who was not given it, and nothing but "changed" is said on it.
        """
        waiting = delivery._get_own_chain().move_ids.filtered(lambda move: move.state not in CLOSED_STATES)
        return self._get_customer_channels(delivery.customer_id) + [
            self._get_channel("product", product) for product in waiting.product_id
        ]

    @api.model
    def _get_customer_channels(self, partner):
        return [self._get_channel("customer", partner.commercial_partner_id)]

    @api.model
    def _get_channel(self, kind, record):
        secret = hmac(self.env(su=True), "gse_backorder-channel", f"{kind}-{record.id}")
        return f"gse_backorder-{kind}-{secret}"

    @api.model
    def _tell_changed(self, transfers, products=()):
        """Tell the open pages, when all is done, that these transfers, or what waits for these products, have changed.

        Once a transaction and channel, however many lines change in it.
        """
        precommit = self.env.cr.precommit
        if LIVE_EVENT not in precommit.data:
            precommit.data[LIVE_EVENT] = (set(), set())
            precommit.add(self._send_changed)
        transfer_ids, product_ids = precommit.data[LIVE_EVENT]
        transfer_ids.update(transfers.ids)
        product_ids.update(products and products.ids)

    @api.model
    def _send_changed(self):
        transfer_ids, product_ids = self.env.cr.precommit.data.pop(LIVE_EVENT)
        # Who moves goods need not be able to read the customer.
        transfers = self.sudo().env["stock.picking"].browse(transfer_ids).exists()
        deliveries = transfers.filtered(lambda transfer: transfer._is_customer_delivery())
        # Nobody has a page open that waits for any other product.
        products = self.env["product.product"].browse(self._get_waited_for(product_ids))
        for kind, records in (("customer", deliveries.customer_id), ("product", products)):
            for record in records:
                self.env["bus.bus"]._sendone(self._get_channel(kind, record), LIVE_EVENT, {})
        if transfers:
            # The warehouse's own screens, wherever they are open.
            self.env["bus.bus"]._sendone(self.env.ref("stock.group_stock_user"), STAFF_EVENT, {})

    @api.model
    def _get_waited_for(self, product_ids):
        """Return those of the products that some customer waits for; the first who does is enough to know it."""
        self.env["stock.move"].flush_model(["picking_id", "product_id", "state"])
        self.env["stock.picking"].flush_model(["customer_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT product_id
                  FROM unnest(%(product_ids)s::int[]) AS product (product_id)
                 WHERE EXISTS (
                           SELECT 1
                             FROM stock_move AS move
                             JOIN stock_picking AS picking ON picking.id = move.picking_id
                            WHERE move.product_id = product.product_id
                              AND move.state NOT IN ('draft', 'done', 'cancel')
                              AND picking.customer_id IS NOT NULL
                       )
                """,
                product_ids=sorted(product_ids),
            )
        )
        return [product_id for (product_id,) in rows]
