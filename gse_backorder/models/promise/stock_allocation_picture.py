from collections import defaultdict

from odoo import api, models
from odoo.tools import float_round

from ..chain.quantity import get_digits

# So many of the others are drawn by name, and so many bars; the rest is drawn together.
NAMED = 4
BARS = 8


class StockAllocationPicture(models.AbstractModel):
    """The answer to "Why?" as a picture: what is in stock now, what comes on which day, and who gets how much of it.

    Made of what its words are made of (``stock.allocation.explanation``); all quantities are in the product's unit.
    """

    _name = "stock.allocation.picture"
    _description = "Picture of an Allocation"

    @api.model
    def _draw(self, move):
        """Return ``{unit, bars, takers}``: the names of the bars, and of each who takes something how much of which.

        For staff only: it names other customers' deliveries. False where there is nothing to draw: of what its vendor
        ships, what waits for a step before it, and what is neither there nor expected.
        """
        if not self.env["stock.allocation.explanation"]._is_explained(move):
            return False
        # Who may see the line may see why it waits, whichever deliveries are in its way.
        return self.sudo()._get_picture(move._origin.sudo())

    @api.model
    def _get_picture(self, move):
        pegging, product, location = self.env["stock.pegging"], move.product_id, move.location_id
        area = location.stock_area_id
        pool = pegging._get_pool_figures(product, location).get(location.id)
        if not pool or self.env["stock.claim"]._get_open_origins(move).get(move.id):
            return False
        arrivals = self.env["stock.supply"]._get_arrivals(product, area)
        supplies = {arrival.supply_id for arrival in arrivals}
        links = [link for link in pegging._get_links(product) if link.supply_id in supplies]
        named = self._get_named(move, links)
        bars = [self._share_stock(pool, named), *self._share_arrivals(move, arrivals, links, named)]
        takers = [
            *((claim.id, self._name_taker(claim, move), claim == move) for claim in named),
            ("others", self.env._("Others"), False),
            ("free", self.env._("Free"), False),
        ]
        return self._prepare(product, bars, takers)

    @api.model
    def _get_named(self, move, links):
        """Return the claims that are drawn by name: *move*, those ahead, who gets what comes, who has some."""
        queue = self.env["stock.pegging"]._get_queue(move, named=NAMED)
        ahead = [move_id for move_id, _lacking in queue.ahead] if queue else []
        holders = move.search(
            [
                ("product_id", "=", move.product_id.id),
                ("state", "in", ("assigned", "partially_available")),
                ("location_id", "child_of", move.location_id.stock_area_id.id),
            ],
            limit=NAMED,
            order="id",
        )
        ids = dict.fromkeys([move.id, *ahead, *(link.claim_id for link in links), *holders.ids])
        return move.browse(list(ids)[: NAMED + 1])

    @api.model
    def _share_stock(self, pool, named):
        """Return as a bar ``(name, {taker: quantity})`` who gets what is there."""
        shares = {claim_id: coverage.now for claim_id, coverage in named._get_product_coverage().items()}
        shares["free"] = max(0.0, pool.free - pool.lacking)
        shares["others"] = max(0.0, pool.on_hand - sum(shares.values()))
        return self.env._("Now"), shares

    @api.model
    def _share_arrivals(self, move, arrivals, links, named):
        """Return as bars, a day each, who gets what comes."""
        days = {arrival.supply_id: self._name_day(move, arrival) for arrival in arrivals}
        names = list(dict.fromkeys(days.values()))
        later = set(names[BARS - 1 :]) if len(names) > BARS else ()
        bars = defaultdict(lambda: defaultdict(float))
        for arrival in arrivals:
            bars[days[arrival.supply_id]]["free"] += arrival.quantity
        for link in links:
            shares = bars[days[link.supply_id]]
            shares[link.claim_id if link.claim_id in named.ids else "others"] += link.quantity
            shares["free"] = max(0.0, shares["free"] - link.quantity)
        shown = [(name, bars[name]) for name in names if name not in later]
        if later:
            together = defaultdict(float)
            for name in later:
                for taker, quantity in bars[name].items():
                    together[taker] += quantity
            shown.append((self.env._("later"), together))
        return shown

    @api.model
    def _name_day(self, move, arrival):
        return self.env._("late") if arrival.is_late else move._format_day(arrival.date)

    @api.model
    def _name_taker(self, claim, move):
        if claim == move:
            return self.env._("This line")
        names = (claim._get_named_transfer(), claim._is_named() and claim.picking_id.partner_id.display_name)
        return ", ".join(name for name in names if name)

    @api.model
    def _prepare(self, product, bars, takers):
        digits = get_digits(self.env)
        rows = [
            {
                "name": name,
                "is_own": is_own,
                "is_free": key == "free",
                "quantities": [float_round(shares.get(key, 0.0), precision_digits=digits) for _bar, shares in bars],
            }
            for key, name, is_own in takers
        ]
        if not any(any(row["quantities"]) for row in rows):
            return False
        return {
            "unit": product.uom_id.name,
            "bars": [name for name, _shares in bars],
            "takers": [row for row in rows if row["is_own"] or any(row["quantities"])],  # that it gets nothing is told
        }
