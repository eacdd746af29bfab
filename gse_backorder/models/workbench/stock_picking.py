from collections import defaultdict
from typing import NamedTuple

from lxml.builder import E

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ... import arguments

# How many customers and products the search panel lists: those with the most deliveries. The others are searched.
PANEL_LIMIT = 15


class Shipment(NamedTuple):
    """What leaves if a delivery is validated now, and what stays; the items in the products' units."""

    refusal: str  # why nothing leaves; empty where something does
    shipping_lines: int
    shipping_items: float
    staying_lines: int  # also those of which a part leaves
    staying_items: float


class StockPicking(models.Model):
    """What the list of deliveries that wait, or can ship, shows of each; and shipping many of them in one go."""

    _inherit = "stock.picking"

    items_available = fields.Float(
        string="Available",
        compute="_compute_items_available",
        digits="Product Unit",
        groups="base.group_user",
        help="How much of what is open can ship now: sum over the lines, each in its product's unit.",
    )
    open_value = fields.Monetary(
        compute="_compute_open_value",
        currency_field="company_currency_id",
        groups="stock.group_stock_user",
        help="What is open, at the price of the sales order without taxes, else at the product's cost.",
    )
    # Groups of a list are told it with the value, so it can be sought: it is no secret, orders and invoices name it.
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    age_days = fields.Integer(
        string="Age",
        compute="_compute_age_days",
        groups="base.group_user",
        help="For how many days the customer has been waiting since he ordered what is open: the date by which his"
        " lines are ranked.",
    )
    can_be_filled = fields.Boolean(
        compute="_compute_can_be_filled",
        groups="base.group_user",
        help="There is something in stock for one of its lines that is not filled yet.",
    )
    filled_text = fields.Char(
        string="Filled",
        compute="_compute_filled_text",
        groups="base.group_user",
        help="What Validate ships where only some of the lines are filled.",
    )

    @api.depends("move_ids.quantity", "move_ids.state", "move_ids.product_uom_qty")
    def _compute_items_available(self):
        lines = self.move_ids._filtered_open()
        coverages = lines._get_shipping_coverage()  # of all deliveries at once
        available = defaultdict(float)
        for line in lines:
            if line.id in coverages:
                available[line.picking_id] += coverages[line.id].now
        for delivery in self:
            delivery.items_available = available[delivery]

    @api.depends("move_ids.state", "move_ids.product_qty", "sale_id.currency_rate")
    def _compute_open_value(self):
        values = defaultdict(float)
        # Whoever may open the delivery may know what it is worth to the house; not what else is on the order.
        lines = self.sudo().move_ids._filtered_own_stock()
        for line in lines._filtered_open():  # of all deliveries at once: orders and costs are read so
            values[line.picking_id] += line._get_open_value()
        for delivery in self:
            delivery.open_value = values[delivery]

    @api.depends("create_date", "move_ids.ordered_date", "move_ids.state")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for delivery in self:
            ordered = delivery.move_ids._filtered_open()._get_first_ordered_date() or delivery.create_date or now
            delivery.age_days = (now - ordered).days

    @api.depends("move_ids.can_be_filled")
    def _compute_can_be_filled(self):
        for delivery in self:
            delivery.can_be_filled = any(delivery.move_ids.mapped("can_be_filled"))

    @api.depends("move_ids.qty_filled", "move_ids.state")
    def _compute_filled_text(self):
        for delivery in self:
            lines = delivery.move_ids._filtered_open()
            filled = lines.filtered("qty_filled")
            is_told = bool(filled and delivery._get_shipping_short())
            delivery.filled_text = is_told and self._get_filled_sentence(len(filled), len(lines))

    @api.model
    def _get_filled_sentence(self, filled, lines):
        """Return that so many of the open lines are filled, and what Validate does then."""
        if lines == 1:
            return self.env._("A part is filled: Validate ships that, the rest goes to the next backorder.")
        if filled == 1:
            return self.env._(
                "1 of %s lines is filled: Validate ships that, the rest goes to the next backorder.", lines
            )
        return self.env._(
            "%(filled)s of %(lines)s lines are filled: Validate ships these, the rest goes to the next backorder.",
            filled=filled,
            lines=lines,
        )

    # ---- search panel --------------------------------------------------------------

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Let the workbench be narrowed down by carrier, where Odoo's deliveries have one (stock_delivery)."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "search" and "carrier_id" in self._fields:
            workbench = self.env.ref("gse_backorder.view_picking_workbench_search", raise_if_not_found=False)
            for panel in arch.iter("searchpanel") if view == workbench else ():
                panel.append(E.field(name="carrier_id", select="multi", icon="fa-road", enable_counters="1"))
        return arch, view

    @arguments.public(
        field_name=arguments.field_name,
        search_domain=arguments.own_domain,
        category_domain=arguments.own_domain,
        filter_domain=arguments.own_domain,
        group_domain=arguments.domain,
        comodel_domain=arguments.domain,
        group_by=arguments.text_or_none,
        limit=arguments.limit_or_none,
    )
    @api.model
    def search_panel_select_multi_range(self, field_name, **kwargs):
        """List the customers and products with the most deliveries: Odoo shows none where there are too many."""
        if field_name not in ("customer_id", "product_id"):
            # The web client sends null where no group is chosen, which Odoo's own method does not expect.
            kwargs["group_domain"] = kwargs.get("group_domain") or []
            return super().search_panel_select_multi_range(field_name, **kwargs)
        domains = (kwargs.get(name, []) for name in ("search_domain", "category_domain", "filter_domain"))
        count = self._count_by_customer if field_name == "customer_id" else self._count_by_product
        return {
            "values": [
                {"id": value.id, "display_name": value.display_name, "__count": number}
                for value, number in count(Domain.AND(domains))
            ]
        }

    @api.model
    def _count_by_customer(self, domain):
        domain &= Domain("customer_id", "!=", False)
        return self._read_group(
            domain, ["customer_id"], ["__count"], order="__count desc, customer_id", limit=PANEL_LIMIT
        )

    @api.model
    def _count_by_product(self, domain):
        return self.env["stock.move"]._read_group(
            [("picking_id", "in", self._search(domain))],
            ["product_id"],
            ["picking_id:count_distinct"],
            order="picking_id:count_distinct desc, product_id",
            limit=PANEL_LIMIT,
        )

    # ---- shipping ------------------------------------------------------------------

    @arguments.public()
    def action_fill(self):
        """Fill all lines with what is in stock for them: see ``stock.move``."""
        self.check_access("read")
        return self.move_ids.action_fill()

    def _get_shipping_quantities(self):
        """Return ``{line: quantity}`` of the open lines: what ships of each if it were validated now, in its product's
        unit.
        """
        self.ensure_one()
        lines = self.move_ids._filtered_open()
        is_filled = any(lines.mapped("qty_filled"))
        return {
            line: line._get_picked_in_product_unit() if is_filled else line._get_filled_in_product_unit()
            for line in lines
        }

    def _get_shipping_short(self):
        """Return the open lines that would not ship in full if it were validated now."""
        quantities = self._get_shipping_quantities()
        return self.env["stock.move"].union(
            *(
                line
                for line, quantity in quantities.items()
                if line.product_id.uom_id.compare(quantity, line.product_qty) < 0
            )
        )

    def _has_something_to_pick(self):
        """Whether anything is reserved for it, or has shipped: of nothing there is no pick list."""
        return any(self.move_ids.mapped("quantity"))

    def _filtered_to_print(self):
        """Return those of which there is a pick list.

        :raise UserError: if there is none of any
        """
        printed = self.filtered(lambda delivery: delivery._has_something_to_pick())
        if self and not printed:
            raise UserError(self.env._("Nothing of what you have selected is in stock: there is nothing to pick."))
        return printed

    def _get_shipping_refusal(self):
        """Return why it cannot be shipped as it is, without a question; False if it may be tried."""
        if self.state == "cancel":
            return self.env._("It was cancelled meanwhile.")
        if self.state == "done":
            return self.env._("It has shipped meanwhile.")
        if self.is_held:
            return self.env._("It is %s.", self._get_hold_text())
        if not self._has_something_to_pick():
            return self.env._("Nothing of it is in stock.")
        if self.state != "assigned":
            return self.env._("It ships together or not at all, and not all of it is in stock.")
        return False

    def _get_shipment(self):
        """Return the :class:`Shipment` of a delivery that is validated now, as *Complete* does it."""
        refusal = self._get_shipping_refusal()
        # What Validate would cancel, *Complete* does not ship.
        if not refusal and self.picking_type_id.create_backorder == "never" and self._get_shipping_short():
            refusal = self.env._("What is missing would be cancelled, as its settings say: please validate it by hand.")
        shipping, staying = [], []
        for line, quantity in self._get_shipping_quantities().items():
            unit = line.product_id.uom_id
            ships = 0.0 if refusal else quantity
            stays = line.product_qty - ships
            shipping += [ships] if unit.compare(ships, 0) > 0 else []
            staying += [stays] if unit.compare(stays, 0) > 0 else []
        return Shipment(refusal or "", len(shipping), sum(shipping), len(staying), sum(staying))

    @arguments.public()
    def action_preview_completion(self):
        """Show what *Complete* would ship of the selected deliveries, and what would stay, before it does.

        :raise AccessError: if the user does not work in the warehouse, or may not write one of them
        :raise UserError: if one of them cannot be completed at all, or is being completed already
        """
        self.check_access("read")
        return self.env["stock.completion.preview"]._open(self)

    @arguments.public()
    def action_complete(self):
        """Ship what is there of the selected deliveries, in the background; open what becomes of it."""
        self.check_access("read")
        run = self.env["stock.completion"]._start(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complete"),
            "res_model": run._name,
            "res_id": run.id,
            "view_mode": "form",
        }

    @api.model
    def _get_totalled_fields(self):
        return (*super()._get_totalled_fields(), "items_available", "open_value")

    @arguments.public(help_message=arguments.text_or_none)
    @api.model
    def get_empty_list_help(self, help_message):
        """Where none can be made, an empty list says what that means, and not how to make one."""
        if help_message and self.env.context.get("create") is False:
            return help_message
        return super().get_empty_list_help(help_message)
