from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ... import arguments
from ..chain.stock_location import STOCK_USAGES
from ..engine.coverage import Demand, ship_together


class SaleOrderLine(models.Model):
    """What a line of an order promises, and a quotation's as if it were confirmed now."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "stock.availability.mixin"]

    # What the order adds up: in the unit of a line it is rounded, and five pieces would be 5.04 by the dozen.
    product_qty_now = fields.Float(
        compute="_compute_availability",
        digits="Product Unit",
        groups="base.group_user",
        help="Technical: how much of the open quantity can ship now, in the product's unit.",
    )
    product_qty_short = fields.Float(
        compute="_compute_availability",
        digits="Product Unit",
        groups="base.group_user",
        help="Technical: how much of the open quantity cannot ship now, in the product's unit.",
    )
    product_qty_dateless = fields.Float(
        compute="_compute_availability",
        digits="Product Unit",
        groups="base.group_user",
        help="Technical: how much of the open quantity is neither there nor has a date, in the product's unit.",
    )

    def _prepare_figures(self, coverage):
        exact = coverage and (coverage.exact or coverage)
        return {
            **super()._prepare_figures(coverage),
            "product_qty_now": exact.now if exact else 0.0,
            "product_qty_short": exact.expected + exact.uncovered if exact else 0.0,
            "product_qty_dateless": exact.dateless if exact else 0.0,
        }

    def _get_day_warehouse(self):
        return self.warehouse_id

    @api.model
    def _get_availability_triggers(self):
        return [
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "qty_delivered",
            "state",
            "warehouse_id",
            "order_id.validity_date",
            "order_id.picking_policy",
            "move_ids.state",
            "move_ids.quantity",
            "move_ids.picking_id.move_type",
        ]

    def _get_coverage(self):
        """Return ``{id: Coverage}``: of an ordered line from its open moves, of a quotation line as if confirmed."""
        ordered = self.filtered(lambda line: line.state == "sale" and line._sells_goods())
        quoted = self.filtered(lambda line: line._is_quoted() and line._has_open_goods())
        # The other lines of a quotation would be confirmed with it: they compete for the same goods.
        rivals = (quoted | quoted.order_id.order_line).filtered(lambda line: line._has_open_goods())
        demands_by_line = rivals._prepare_demands()
        # A salesperson need not have rights on stock moves: only figures of his own lines come back.
        moves = ordered._origin.sudo()._get_open_delivery_moves()
        together = moves._get_transfers_shipping_together().move_ids
        together = together.filtered(lambda move: move.state != "draft" and move._has_open_goods())
        by_move, by_demand = self.env["stock.pegging"]._get_coverage(
            moves | together, [demand for demands in demands_by_line.values() for demand in demands]
        )
        for lines in together.grouped("picking_id").values():
            by_move.update(ship_together({line.id: by_move[line.id] for line in lines}, fields.Datetime.now()))
        kits = (ordered | rivals)._get_kits()
        result = {}
        for line, parts in self._get_quoted_parts(demands_by_line, by_demand).items():
            result[line.id] = line._join_coverage(parts, kits)
        moves_by_line = moves.grouped("sale_line_id")
        for line in ordered:
            if line_moves := moves_by_line.get(line._origin.sudo()):
                parts = [(move._get_kit_part(), by_move[move.id]) for move in line_moves]
                coverage = line._join_coverage(parts, kits)
                if coverage.total:  # parts beyond those of a kit make none
                    result[line.id] = coverage
        return {line.id: result[line.id] for line in self if line.id in result}

    @api.model
    def _get_quoted_parts(self, demands_by_line, coverages):
        """Return ``{line: [(part, Coverage)]}`` of what quotation lines would want, as it would ship.

        :param demands_by_line: see :meth:`_prepare_demands`
        :param coverages: one for each of these demands, in their order
        """
        places = [(line, index) for line, demands in demands_by_line.items() for index in range(len(demands))]
        by_place = dict(zip(places, coverages, strict=True))
        together = defaultdict(dict)
        for (line, index), coverage in by_place.items():
            if line.order_id.picking_policy == "one":
                together[line.order_id, line.warehouse_id][line, index] = coverage
        for own in together.values():
            by_place.update(ship_together(own, fields.Datetime.now()))
        return {
            line: [(demand.part, by_place[line, index]) for index, demand in enumerate(demands)]
            for line, demands in demands_by_line.items()
        }

    @arguments.public(single=True)
    def action_explain(self):
        """Open the answer to "Why?" for what of the line is still to be delivered.

        :raise UserError: when nothing of it is
        """
        self.ensure_one()
        self.check_access("read")
        claim = self._get_explained_claim()
        if not claim:
            raise UserError(self.env._("Nothing of this line waits to be delivered."))
        return claim.action_explain()

    def _get_availability_unit(self):
        return self.product_uom_id

    def _get_stock_companies(self):
        return self.warehouse_id.company_id | self.company_id

    def _get_supply_places(self):
        claims = self._origin._get_open_delivery_moves()
        places = claims._get_supply_places()
        by_line = {claim.sale_line_id: places[claim] for claim in reversed(claims)}  # the first one counts
        return {line: by_line.get(line._origin) or line.warehouse_id.lot_stock_id for line in self}

    def _filtered_procured_for(self):
        return self._filtered_by_claims(lambda claims: claims._filtered_procured_for())

    def _filtered_returning(self):
        return self._filtered_by_claims(lambda claims: claims._filtered_returning())

    def _filtered_by_claims(self, choose):
        """Return the lines of which there are claims, all of them among those that *choose*, a function, returns."""
        claims = self._origin.sudo()._get_open_delivery_moves()
        chosen = choose(claims)
        lines = chosen.sale_line_id - (claims - chosen).sale_line_id
        return self.filtered(lambda line: line._origin in lines)

    def _get_explained_claim(self):
        # A salesperson need not have rights on stock moves: what is told of it are words.
        return self._origin.sudo()._get_open_delivery_moves()[:1].sudo(False)

    def _sells_goods(self):
        return bool(
            self.product_id
            and self.product_id.type == "consu"
            and not self.display_type
            and not self.is_expense
            and self.product_uom_id
        )

    def _has_open_goods(self):
        """Whether the line of a quotation sells goods of which not all have shipped, before it was set back."""
        return self._sells_goods() and self.product_uom_id.compare(self._get_unshipped_qty(), 0) > 0

    def _sum_in_product_units(self, name):
        """Return the sum over the lines that sell goods of the quantity called *name*, each in its product's unit."""
        return sum(
            line.product_uom_id._compute_quantity(line[name], line.product_id.uom_id, round=False)
            for line in self
            if line._sells_goods()
        )

    def _get_unshipped_qty(self):
        """Return what of the line has not shipped, in its unit."""
        return self.product_uom_qty - self.qty_delivered

    def _is_quoted(self):
        """Whether the line belongs to a quotation that can still be accepted: an expired one wants nothing any more.

        It has expired when Odoo says so to the customer (``is_expired``), for everybody: it is no day of the reader's.
        """
        expires = self.order_id.validity_date
        return self.state in ("draft", "sent") and not (expires and expires < fields.Date.today())

    def _get_open_delivery_moves(self):
        """Return the open moves that bring the goods to the customer: of several steps the last ones."""
        return self.move_ids.filtered(lambda move: move._is_bound_for_customer())

    def _prepare_demands(self):
        """Return ``{line: [Demand]}``: what each quotation line would want from stock if it were confirmed now."""
        kits = self._get_kits()
        demands = {}
        for line in self._filtered_own_stock().filtered("warehouse_id"):
            if line.state in ("draft", "sent") and line._takes_from_stock():
                ordered, delivered = line._get_product_quantities(kits)
                quantity = ordered - delivered
                components = line._explode_kit(kits, quantity) or [((line.product_id, False), quantity)]
                demands[line] = [line._prepare_demand(part, quantity) for part, quantity in components]
        return demands

    def _prepare_demand(self, part, quantity):
        """Return the demand for *quantity* of *part*, see ``stock.move._get_kit_part``, in its product's unit."""
        return Demand(
            group=self.order_id.id,
            product=part[0],
            part=part,
            # The stock is read for the salesperson, who may not open the warehouse's locations.
            location=self.warehouse_id.sudo().lot_stock_id,
            quantity=quantity,
            # as the confirmed line's own deadline will be
            deadline=self.order_id.commitment_date or self._expected_date(),
        )

    def _takes_from_stock(self):
        """Whether the line would be shipped out of stock, and not be bought or dropshipped for the order."""
        # Which way goods take is read for the salesperson, who may not open routes and rules.
        line = self.sudo()
        routes = line.route_ids or line.product_id.route_ids | line.product_id.categ_id.total_route_ids
        return not any(
            (rule.location_dest_id._is_at_customers() and rule.location_src_id.usage not in STOCK_USAGES)
            or (rule.procure_method == "make_to_order" and rule.location_src_id == line.warehouse_id.lot_stock_id)
            for rule in routes.rule_ids
        )

    def _search_availability_candidates(self):
        return Domain("product_id.type", "=", "consu") & (
            (Domain("state", "=", "sale") & Domain("order_id.delivery_status", "!=", "full"))
            | (Domain("state", "in", ("draft", "sent")) & self._get_valid_quotation_domain())
        )

    def _get_valid_quotation_domain(self):
        """Return the domain of the lines that :meth:`_is_quoted` accepts, among those of quotations."""
        return Domain("order_id.validity_date", "=", False) | Domain(
            "order_id.validity_date", ">=", fields.Date.today()
        )

    def _get_basis(self, coverage):
        return *super()._get_basis(coverage), coverage.has("dateless") and self._get_held_transfer()

    def _get_availability_text(self, coverage):
        """What is on hold says so."""
        held = coverage.has("dateless") and self._get_held_transfer()
        return held._get_hold_text() if held else super()._get_availability_text(coverage)

    def _get_missing_words(self):
        held = self.filtered(lambda line: line._get_held_transfer())
        return super(SaleOrderLine, self - held)._get_missing_words()

    def _get_held_transfer(self):
        """Return the transfer on hold for which what is open of the line is, if there is one."""
        # A salesperson need not have rights on stock moves: whether it is on hold he may know.
        return self._origin.sudo().move_ids.filtered("is_held")._filtered_open()[:1]._get_held_transfer()
