from collections import defaultdict

from odoo import api, models

from .freed_stock import FreedStock
from .reservation_run import ReservationRun
from .stock_backorder_pool import get_pools

FREE_FIELDS = {"quantity", "reserved_quantity"}
# Where and whose the goods are: those who want them there did not have them before.
PLACE_FIELDS = {"location_id", "lot_id", "owner_id", "package_id"}


class StockQuant(models.Model):
    """The stock itself: it notes what becomes free, by whatever door it came, and gives each claim its share."""

    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        batch = ReservationRun.of(self.env).batch
        if batch is not None:  # there is more stock, or reserved stock, than was read
            batch.read.clear()
        quants = super().create(vals_list)
        quants._note_freed({})
        return quants

    def write(self, vals):
        is_moved = not PLACE_FIELDS.isdisjoint(vals)
        if FREE_FIELDS.isdisjoint(vals) and not is_moved:
            return super().write(vals)
        before = {} if is_moved else self._get_free()
        result = super().write(vals)
        self._note_freed(before)
        return result

    def _get_free(self):
        """Return ``{id: quantity that is free}``, in the products' units."""
        return {
            quant_id: quant.quantity - quant.reserved_quantity for quant_id, quant in zip(self._ids, self, strict=True)
        }

    def _note_freed(self, before):
        """Note what has become free, for whoever hands it out; at the latest it is done before the commit.

        :param before: what was free, see :meth:`_get_free`
        """
        freed = FreedStock.of(self.env.cr)
        for quant, (quant_id, free) in zip(self, self._get_free().items(), strict=True):
            change = free - before.get(quant_id, 0.0)
            area = change and (location := quant.location_id).stock_area_id
            if area and (product := quant.product_id).is_storable:
                place = (location.id, quant.lot_id.id, quant.package_id.id, quant.owner_id.id)
                freed.note((product.id, area.id), place, change)
                if change > 0:
                    self.env["stock.allocation"]._hand_out_before_commit()

    @api.model
    def _note_all_freed(self, domain):
        """Note that what is free of all that a domain finds has become so: it is in a stock now, or of use again."""
        # Who arranges the stock, or dates its lots, need not be able to see what lies there: nothing comes back.
        self.sudo().search(domain)._note_freed({})

    def _gather(self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False, qty=0):
        """Read the stock once for all moves of a batch: it changes by the batch's own reservations only."""
        batch = ReservationRun.of(self.env).batch
        arguments = {"lot_id": lot_id, "package_id": package_id, "owner_id": owner_id, "strict": strict, "qty": qty}
        is_chosen = strict and self.env.context.get("quants_cache") is not None
        if (
            batch is None
            or is_chosen
            or (qty and self._get_removal_strategy(product_id, location_id) == "least_packages")
        ):
            return super()._gather(product_id, location_id, **arguments)
        key = (
            product_id.id,
            location_id.id,
            *(record.id if record else False for record in (lot_id, package_id, owner_id)),
            strict,
            self.env.context.get("with_expiration"),
        )
        if key not in batch.read:
            batch.read[key] = super()._gather(product_id, location_id, **arguments)
        return batch.read[key].with_env(self.env)

    def _get_reserve_quantity(
        self, product_id, location_id, quantity, uom_id=None, lot_id=None, package_id=None, owner_id=None, strict=False
    ):
        """Give the claim that is served no more than its share, rounded down to its unit, as Odoo has it, or exactly.

        The limit is set here, where the quants are chosen: whoever else extends the reservation sees the real need.
        """
        run = ReservationRun.of(self.env)
        return super()._get_reserve_quantity(
            product_id,
            location_id,
            run.get_limit(quantity),
            uom_id=None if run.is_exact else uom_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )

    def _apply_inventory(self, date=None):
        """Take a turn on the stock before it is counted: what two count at once is one difference, and not two."""
        self.env["stock.backorder.pool"]._lock(get_pools(self, "location_id"))
        return super()._apply_inventory(date=date)

    @api.model
    def _update_reserved_quantity(
        self, product_id, location_id, quantity, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        """Take a turn on the stock before anything of it is reserved or freed, by whatever way.

        (Odoo would pass over a quant that another transaction has changed, and keep the difference on a second one,
        from which the next reservation can lose it.)
        """
        batch = ReservationRun.of(self.env).batch
        if batch is not None and batch.is_writing:
            return None
        area = location_id.stock_area_id
        if area:
            self.env["stock.backorder.pool"]._lock({(product_id.id, area.id)})
        place = {  # without one it is none of them, and not None, which Odoo's choice of a quant below cannot read
            "lot_id": lot_id or self.lot_id.browse(),
            "package_id": package_id or self.package_id.browse(),
            "owner_id": owner_id or self.owner_id.browse(),
        }
        for quants, part in self._get_held_parts(product_id, location_id, quantity, place):
            super(StockQuant, quants)._update_reserved_quantity(product_id, location_id, part, **place, strict=strict)
        return None  # as Odoo does

    @api.model
    def _get_held_parts(self, product, location, quantity, place):
        """Return ``[(self, how much to change there)]`` of a reservation that changes by *quantity* at a place.

        Where goods came while the place was changed, there are several quants of it until Odoo merges them. It would
        free all of the first, whichever holds the goods, and lose what that one does not hold.
        """
        if quantity >= 0:
            return [(self, quantity)]
        quants = self._gather(product, location, **place, strict=True)
        if len(quants) < 2:
            return [(self, quantity)]
        parts = []
        for quant in quants:
            held = max(quantity, -quant.reserved_quantity)
            if held < 0:
                parts.append((self._choosing(quant), held))
                quantity -= held
        return [*parts, (self, quantity)] if product.uom_id.compare(quantity, 0) < 0 else parts

    def _choosing(self, quant):
        """Return these records so that Odoo finds *quant* where it looks for those of its place."""
        chosen = defaultdict(self.browse)
        chosen[quant.product_id.id, quant.location_id.id, quant.lot_id.id, quant.package_id.id, quant.owner_id.id] = (
            quant
        )
        return self.with_context(quants_cache=chosen)

    @api.model
    def _reserve_in_batch(self, vals):
        """Reserve the quantity of a move line that the batch will make, on a quant that it has locked.

        :param vals: the values of the line
        :return: whether it was done; else, the line has to be made by itself
        """
        batch = ReservationRun.of(self.env).batch
        move = self.env["stock.move"].browse(vals["move_id"])
        if move.move_orig_ids:  # its siblings are served by what lines are there
            return False
        quant = self._lock_in_batch(batch, vals)
        if not quant:
            return False
        unit = self.env["uom.uom"].browse(vals["product_uom_id"])
        quant.reserved_quantity += unit._compute_quantity(
            vals["quantity"], move.product_id.uom_id, rounding_method="HALF-UP"
        )
        batch.lines.append(vals)
        return True

    @api.model
    def _lock_in_batch(self, batch, vals):
        """Return the quant that Odoo would reserve the line on, locked; none while others hold all that there are."""
        names = ("product_id", "location_id", "lot_id", "package_id", "owner_id")
        key = tuple(vals.get(name) or False for name in names)
        if key not in batch.locked:
            product, location, lot, package, owner = (
                self.env[self._fields[name].comodel_name].browse(record_id or ())
                for name, record_id in zip(names, key, strict=True)
            )
            quants = self._gather(product, location, lot_id=lot, package_id=package, owner_id=owner, strict=True)
            batch.locked[key] = quants.try_lock_for_update(allow_referencing=True, limit=1)
        return batch.locked[key]
