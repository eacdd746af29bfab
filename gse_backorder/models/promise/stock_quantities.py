from odoo import api, models

from ..chain.wording import format_quantity

# So many of those ahead and of those behind are named: a popover is no list.
NAMED_AHEAD = 5
NAMED_BEHIND = 3


class StockQuantities(models.AbstractModel):
    """What the popover of a sale or delivery line shows: the quantities of each warehouse, and who else waits.

    It is made of what the stock status and "Why?" are made of, and cannot contradict them. All quantities are in the
    unit of the line, all values as they are read.
    """

    _name = "stock.quantities"
    _description = "Quantities of a Line"

    @api.model
    def _prepare(self, line, product, unit, location):
        """Return the quantities of *product* in *unit*, and the queue in which *line* stands.

        For staff only: it names other customers' deliveries.

        :param line: a sale order line or a ``stock.move``; empty while it is not saved
        :param location: from which it ships
        :return: a dict for the client; without stocks where the product is not stored, or a kit whose parts are
        """
        # What the form shows may be another product than the one whose claim is saved.
        claim = line._get_explained_claim() if line.product_id == product else self.env["stock.move"]
        is_counted = product.is_storable and not product._get_kits()
        return {
            "unit": unit.name,
            "stocks": self._prepare_stocks(line, product, unit, location) if is_counted else [],
            "queue": self._prepare_queue(claim, unit) if is_counted else False,
            "is_explained": bool(claim),
        }

    # ---- stocks --------------------------------------------------------------

    @api.model
    def _prepare_stocks(self, line, product, unit, location):
        """Return a row for each stock of the company that has something, or expects it; the line's own comes first."""
        warehouses = self._get_warehouses(line, location)
        pools = self.env["stock.pegging"]._get_pool_figures(product, location | warehouses.lot_stock_id)
        # A stock is called after the warehouse that ships from it.
        names = {location: location.display_name, **{house.lot_stock_id: house.name for house in warehouses}}
        own_area_id = location.id in pools and pools[location.id].area_id
        by_area = {
            pools[place.id].area_id: (pools[place.id], place, name)
            for place, name in names.items()
            if place.id in pools
        }
        return [
            self._prepare_stock(pool, place, name, product, unit, is_own=pool.area_id == own_area_id)
            for pool, place, name in by_area.values()
            if pool.area_id == own_area_id or pool.on_hand or pool.incoming
        ]

    @api.model
    def _get_warehouses(self, line, location):
        """Return the warehouses of the line's company that the user may see."""
        company = line.company_id or location.company_id or self.env.company
        return self.env["stock.warehouse"].search([("company_id", "=", company.id)])

    @api.model
    def _prepare_stock(self, pool, place, name, product, unit, is_own):
        # What there is, is not more than it is; who lacks something does not lack nothing.
        rounding = {"on_hand": "DOWN", "free": "DOWN", "incoming": "DOWN", "lacking": "UP"}
        return {
            "id": pool.area_id,
            "name": name,
            "is_own": is_own,
            "incoming_date": pool.incoming_date and place.sudo().warehouse_id._format_day(pool.incoming_date),
            **{
                quantity: self._format_quantity(getattr(pool, quantity), product, unit, method)
                for quantity, method in rounding.items()
            },
        }

    # ---- queue ---------------------------------------------------------------

    @api.model
    def _prepare_queue(self, claim, unit):
        """Return who waits for the same goods as *claim*, in ranking; False where it stands in no queue."""
        # Who may see the line may see why it waits, whichever deliveries are in its way: the same as "Why?".
        queued = claim.sudo()._get_first_steps().get(claim, claim)
        queue = queued._is_claim() and self.env["stock.pegging"]._get_queue(queued, NAMED_AHEAD, NAMED_BEHIND)
        if not queue:
            return False
        places = [
            *enumerate(queue.ahead, start=1),
            (queue.place, (queued.id, queue.quantity)),
            *enumerate(queue.behind, start=queue.place + 1),
        ]
        # of one recordset, so that all of them are read at once
        moves = queued.browse(move_id for _place, (move_id, _lacking) in places)
        return {
            "length": queue.length,
            "more_ahead": queue.place - 1 - len(queue.ahead),
            "more_behind": queue.length - queue.place - len(queue.behind),
            "claims": [
                {**self._prepare_claim(move, lacking, unit), "place": place, "is_own": move == queued}
                for (place, (_id, lacking)), move in zip(places, moves, strict=True)
            ],
        }

    @api.model
    def _prepare_claim(self, claim, lacking, unit):
        is_named = claim._is_named()
        return {
            "id": claim.id,
            "transfer": claim._get_named_transfer(),
            "customer": (is_named and claim.picking_id.partner_id.display_name) or "",
            "quantity": self._format_quantity(lacking, claim.product_id, unit, "UP"),
            "promise": is_named and claim.promise_date and claim._format_day(claim.promise_date),
        }

    # ---- format --------------------------------------------------------------

    @api.model
    def _format_quantity(self, quantity, product, unit, method):
        """Return *quantity*, in the product's unit, in the unit of the line and the reader's notation."""
        quantity = product.uom_id._compute_quantity(quantity, unit, rounding_method=method)
        return format_quantity(self.env, quantity)
