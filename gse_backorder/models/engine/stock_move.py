from odoo import fields, models

from ..chain.picking_states import CLOSED_STATES
from ..chain.stock_day_mixin import get_day
from ..chain.stock_location import STOCK_USAGES
from .coverage import Demand
from .scenario import Scenario


class StockMove(models.Model):
    """A line as a claim on a stock, or as supply of one."""

    _inherit = "stock.move"

    # Of all products, what is short is told by sums. Claims that are not plain (see stock.pegging), and what is on its
    # way into our stock, are few among what is open, and found without reading it.
    _other_claims_index = models.Index(
        "(product_id) WHERE state IN ('waiting', 'partially_available')"
        " OR state = 'confirmed' AND procure_method IS DISTINCT FROM 'make_to_stock'"
    )

    _on_its_way_index = models.Index(
        "(location_dest_id, location_final_id)"
        " WHERE state IN ('waiting', 'confirmed', 'partially_available', 'assigned')"
    )

    def _is_claim(self):
        """Whether the line is open and takes goods out of the stock that they are in, whatever operation it is of.

        What comes from a transit is taken out of it: who waits for the same goods there is ranked with it.
        """
        if not self.product_id or self.state in CLOSED_STATES:
            return False
        area, destination = self.location_id.stock_area_id, self.location_dest_id
        return bool(area) and (destination.usage not in STOCK_USAGES or area != destination.stock_area_id)

    def _has_open_goods(self):
        """Whether it can be told how the line is covered: it takes goods out of stock, or a vendor sends them."""
        return self._is_claim() or self._is_dropship()

    def _prepare_demand(self):
        """Return what this draft line would want if it were confirmed now, together with its transfer."""
        return Demand(
            group=self.picking_id.id or (self._name, self.id),  # without a transfer it is confirmed by itself
            product=self.product_id,
            location=self.location_id,
            quantity=self.product_uom._compute_quantity(self.product_uom_qty, self.product_id.uom_id, round=False),
            priority=self.priority or "0",
            deadline=self.date_deadline,
        )

    def _takes_free_stock(self):
        """Whether the line would be reserved from what is free, and not from what moves before it bring."""
        return bool(
            self.procure_method == "make_to_stock"
            and self.product_id.is_storable
            and self.location_id.stock_area_id
            and not self.move_orig_ids
        )

    def _lacks_goods(self):
        """Whether the line is open and not all of it is reserved, judged in the product's unit."""
        return (
            self.state in ("confirmed", "partially_available", "waiting")
            and self.product_id.uom_id.compare(self._get_filled_in_product_unit(), self.product_qty) < 0
        )

    def _get_target(self):
        """Return where the goods are brought in the end: a receipt into the input of a warehouse is for its stock."""
        if self.location_final_id:
            return self.location_final_id
        place = self.location_dest_id
        house = place.sudo().warehouse_id  # where goods go does not depend on who asks
        inputs = house.wh_input_stock_loc_id | house.wh_qc_stock_loc_id
        is_on_the_way = house.reception_steps != "one_step" and place in inputs
        return house.lot_stock_id.sudo(self.env.su) if is_on_the_way else place

    def _is_supply(self):
        """Whether the line is confirmed and open, and brings goods into a stock; pegging has the same in SQL.

        What is moved within a stock is in it again when it has arrived, as far as it is reserved. What an open move
        before it brings into the same stock is not counted twice.
        """
        if not self.product_id.is_storable or self.state in ("draft", *CLOSED_STATES):
            return False
        area = self._get_target().stock_area_id
        is_brought = area != self.location_id.stock_area_id or self.quantity > 0
        return bool(area) and is_brought and not any(origin._brings_into(area) for origin in self.move_orig_ids)

    def _brings_into(self, area):
        """Whether the line is open and brings its goods into the stock *area* in the end."""
        return self.state not in CLOSED_STATES and self._get_target().stock_area_id == area

    def _get_due_date(self):
        """Return when this incoming line is, or was, expected."""
        return Scenario.of(self.env).get_date(self.id, self.date)

    def _get_brought_quantity(self):
        """Return what this incoming line brings, in the product's unit."""
        return Scenario.of(self.env).get_quantity(self.id, self.product_qty)

    def _get_days_late(self):
        """Return for how many days this incoming line has been overdue: it has no date while it is.

        It is expected until its day is over where it is brought; pegging has the same in SQL.
        """
        area = self._get_target().stock_area_id
        zone = area.sudo().warehouse_id._get_zone(self.company_id) if area else self._get_zone()
        return max(0, (get_day(fields.Datetime.now(), zone) - get_day(self._get_due_date(), zone)).days)

    def _get_expected_date(self):
        """Return when this incoming line is expected, and, if it is overdue, when it was."""
        due = self._get_due_date()
        return due if self._get_days_late() else max(due, fields.Datetime.now())
