from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_round

from ..models.chain.quantity import MOST_UNITS, EnteredNumber
from ..models.chain.wording import format_quantity, is_one

# Rules by which Odoo brings goods without a vendor: it makes them, or has them sent from another warehouse.
RULE_ACTIONS = ("manufacture", "pull", "pull_push")


class StockSupplyOrderLine(models.TransientModel):
    """What is needed, as the engine has found it; from whom it is ordered, and how much, is the purchaser's choice."""

    _name = "stock.supply.order.line"
    _inherit = ["stock.engine.facts", "stock.readable.mixin", "stock.day.mixin"]
    _description = "Line of an Order of Supply Needs"

    wizard_id = fields.Many2one("stock.supply.order", required=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, readonly=True, fact=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, fact=True)
    company_id = fields.Many2one(related="warehouse_id.company_id")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Product's Unit")
    deadline = fields.Datetime(readonly=True, fact=True)

    # In the product's unit.
    qty_uncovered = fields.Float(string="Uncovered", digits="Product Unit", readonly=True, fact=True)
    qty_elsewhere = fields.Float(string="Elsewhere", digits="Product Unit", readonly=True, fact=True)
    qty_draft = fields.Float(string="On Draft", digits="Product Unit", readonly=True, fact=True)
    qty_orderpoint = fields.Float(string="Reordering Rules", digits="Product Unit", readonly=True, fact=True)
    qty_needed = fields.Float(
        string="Needed",
        digits="Product Unit",
        readonly=True,
        fact=True,
        help="What is left to order, in the product's unit, when the wizard was opened.",
    )

    partner_id = fields.Many2one("res.partner", string="Vendor")
    supplierinfo_id = fields.Many2one(
        "product.supplierinfo",
        string="Vendor Price",
        compute="_compute_supplierinfo_id",
        help="What the vendor asks for the quantity that is needed.",
    )
    rule_action = fields.Char(compute="_compute_method", help="Technical: what the product's route would do.")
    method = fields.Selection(
        [("buy", "Buy"), ("rule", "By Odoo's rule"), ("none", "Not ordered")],
        compute="_compute_method",
        help="How it is ordered: from a vendor, or as the product's route says (it is made, or sent from another"
        " warehouse).",
    )
    purchase_uom_id = fields.Many2one("uom.uom", string="Unit", compute="_compute_supplierinfo_id")
    quantity = EnteredNumber(
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        help="How much is ordered, in the vendor's unit: what is needed, in whole packagings, and not less than his"
        " minimum. 0 orders nothing.",
    )
    price = fields.Monetary(compute="_compute_price", help="Of one, in the vendor's unit and currency.")
    currency_id = fields.Many2one("res.currency", compute="_compute_supplierinfo_id")
    amount = fields.Monetary(compute="_compute_price")
    arrival_date = fields.Date(string="Expected", compute="_compute_supplierinfo_id")
    purchase_id = fields.Many2one(
        "purchase.order",
        string="Added to",
        compute="_compute_purchase_id",
        help="The draft that it is added to; empty for a new one.",
    )
    remark = fields.Char(compute="_compute_remark", help="What stands in the way, and what to do.")

    @api.constrains("quantity")
    def _check_quantity(self):
        """:raise ValidationError: for what nobody can order"""
        if not all(0 <= line.quantity <= MOST_UNITS for line in self):
            raise ValidationError(self.env._("Nobody can order such a quantity: please check it."))

    @api.model
    def _get_named_fields(self):
        return ["partner_id", "product_id", "warehouse_id"]

    def _get_day_warehouse(self):
        return self.warehouse_id

    def _get_need_key(self):
        """Return of what it is, as the wizard names supply needs."""
        return self.product_id.id, self.warehouse_id.id

    # ---- what is ordered ---------------------------------------------------------

    @api.depends("product_id", "partner_id", "warehouse_id", "qty_needed")
    def _compute_supplierinfo_id(self):
        for line in self:
            company = line.company_id or self.env.company
            vendor = line.partner_id.with_company(company)
            seller = line._select_price(line.qty_needed)
            line.supplierinfo_id = seller
            line.purchase_uom_id = seller.product_uom_id or line.uom_id
            line.currency_id = seller.currency_id or vendor.property_purchase_currency_id or company.currency_id
            line.arrival_date = seller.with_company(company)._get_arrival_date(line._get_today())

    def _select_price(self, quantity):
        """Return the vendor's price for *quantity*, in the product's unit: a ``product.supplierinfo``, or empty."""
        return self.product_id.with_company(self.company_id)._select_vendor_price(self.partner_id, quantity)

    @api.depends("partner_id", "product_id", "warehouse_id")
    def _compute_method(self):
        for line in self:
            # The routes are the warehouse's business: who orders need not be able to open them.
            rule = bool(line.product_id and not line.partner_id) and line.sudo()._get_rule()
            line.rule_action = bool(rule) and rule.action
            if line.partner_id:
                line.method = "buy"
            else:
                line.method = "rule" if line.rule_action in RULE_ACTIONS else "none"

    def _get_rule(self):
        """Return the rule by which Odoo would bring the product into the stock of the warehouse."""
        return self.env["stock.rule"]._get_rule(
            self.product_id, self.warehouse_id.lot_stock_id, {"warehouse_id": self.warehouse_id}
        )

    @api.depends("supplierinfo_id", "qty_needed", "purchase_uom_id")
    def _compute_quantity(self):
        for line in self:
            quantity = line.uom_id._compute_quantity(line.qty_needed, line.purchase_uom_id, rounding_method="UP")
            if line.purchase_uom_id in line.product_id.uom_ids:  # a packaging is ordered whole
                quantity = float_round(quantity, precision_digits=0, rounding_method="UP")
            line.quantity = max(quantity, line.supplierinfo_id.min_qty) if quantity else 0.0

    @api.depends("partner_id", "purchase_uom_id", "quantity", "purchase_id", "currency_id")
    def _compute_price(self):
        for line in self:
            unit = line.purchase_uom_id
            offer = line._select_price(unit._compute_quantity(line.quantity, line.uom_id, round=False))
            price = (
                line.uom_id._compute_price(offer.price_discounted, unit) if offer else line._get_price_without_offer()
            )
            line.price = price
            line.amount = line.price * line.quantity

    def _get_price_without_offer(self):
        """Return what a vendor without a price is asked for: what his draft says already, else the product's cost."""
        if not self.partner_id:
            return 0.0
        if same := self._find_same_line(self.purchase_id):
            return same.price_unit
        company = self.company_id or self.env.company
        cost = self.uom_id._compute_price(self.product_id.with_company(company).standard_price, self.purchase_uom_id)
        return company.currency_id._convert(cost, self.currency_id, company, self._get_today(), round=False)

    @api.depends("partner_id", "wizard_id.use_drafts", "currency_id")
    def _compute_purchase_id(self):
        for lines in self.grouped(lambda line: (line.wizard_id.use_drafts, *line._get_request_key())).values():
            first = lines[0]
            lines.purchase_id = first._find_draft() if first.wizard_id.use_drafts and first.partner_id else False

    @api.depends("method", "quantity", "qty_needed", "product_id")
    def _compute_remark(self):
        for line in self:
            line.remark = line._get_remark()

    def _get_remark(self):
        """Return in words what stands in the way, what is to be known, and how much of the need stays open."""
        if obstacle := self._get_obstacle():
            return obstacle
        return " ".join(filter(None, (self._get_advice(), self._get_rest_text()))) or False

    def _get_obstacle(self):
        """Return in words why nothing is ordered, or not of a vendor; else False."""
        if not self.product_id.active:
            return self.env._("The product is archived: restore it, or cancel the lines that wait for it.")
        if not self.warehouse_id:
            return self.env._("The goods are wanted outside of any warehouse: nothing can be received there.")
        if self.method == "none":
            return self.env._("No vendor: choose one here, and add him to the product for the next time.")
        if not self.qty_needed and self.qty_elsewhere:
            return self.env._("It is wanted outside of the warehouse's stock: move it there.")
        if not self.qty_needed:
            return self.env._("It is on draft, or a reordering rule is about to order it.")
        return False

    def _get_rest_text(self):
        """Return in words how much of what is needed is not ordered; False where all is."""
        ordered = self.purchase_uom_id._compute_quantity(self.quantity, self.uom_id, rounding_method="HALF-UP")
        rest = self.qty_needed - ordered
        if self.uom_id.compare(rest, 0) <= 0:
            return False
        needed = format_quantity(self.env, self.qty_needed)
        if is_one(self.env, rest):
            return self.env._("1 of %s stays open.", needed)
        return self.env._("%(rest)s of %(needed)s stay open.", rest=format_quantity(self.env, rest), needed=needed)

    def _get_advice(self):
        """Return in words how it is ordered, where that is not as one would think; else False."""
        if self.method == "rule":
            if self.rule_action == "manufacture":
                return self.env._("It is manufactured: a manufacturing order is made.")
            return self.env._("It comes from another warehouse: a transfer is made.")
        if not self.product_id.purchase_ok:
            return self.env._("The product is not meant to be purchased: look at its settings.")
        if not self.supplierinfo_id:
            return self.env._("The vendor has no price for it: it is requested at the product's cost.")
        ordered = self.purchase_uom_id._compute_quantity(self.quantity, self.uom_id, rounding_method="HALF-UP")
        if self.uom_id.compare(ordered, self.qty_needed) > 0 and self.quantity == self.supplierinfo_id.min_qty:
            return self.env._("Raised to the vendor's minimum.")
        return False

    def _filtered_bought(self):
        """Return the lines that become a part of a request for quotation."""
        return self.filtered(lambda line: line.method == "buy" and line._can_be_ordered())

    def _filtered_by_rule(self):
        """Return the lines that Odoo orders as their routes say."""
        return self.filtered(lambda line: line.method == "rule" and line._can_be_ordered())

    def _can_be_ordered(self):
        return bool(self.quantity > 0 and self.warehouse_id and self.product_id.active)

    def _get_pools(self):
        """Return the stocks that wait for the goods, as a set of ``(product id, area id)``."""
        return {(line.product_id.id, line.warehouse_id.sudo().lot_stock_id.stock_area_id.id) for line in self}

    # ---- requests for quotation ---------------------------------------------------------

    def _get_request_key(self):
        """Lines with the same key are one request for quotation."""
        return self.partner_id, self.warehouse_id, self.currency_id

    def _find_draft(self):
        """Return the vendor's draft that the line would be added to."""
        return self.env["purchase.order"].search(
            [
                ("state", "=", "draft"),
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("picking_type_id", "=", self.warehouse_id.in_type_id.id),
                ("currency_id", "=", self.currency_id.id),
            ],
            limit=1,
        )

    def _request(self):
        """Put the lines on requests for quotation; return these."""
        purchases = self.env["purchase.order"]
        for lines in self.grouped(lambda line: line._get_request_key()).values():
            first = lines[0]
            purchase = first.purchase_id or purchases.with_company(first.company_id).create(first._prepare_purchase())
            purchase.write({"order_line": [command for line in lines for command in line._get_commands(purchase)]})
            purchases |= purchase
        return purchases

    def _prepare_purchase(self):
        vendor = self.partner_id.with_company(self.company_id)
        position = self.env["account.fiscal.position"].with_company(self.company_id)._get_fiscal_position(vendor)
        return {
            "partner_id": vendor.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "picking_type_id": self.warehouse_id.in_type_id.id,
            "payment_term_id": vendor.property_supplier_payment_term_id.id,
            "fiscal_position_id": position.id,
            "user_id": vendor.buyer_id.id or self.env.uid,
            "origin": self.env._("Supply needs"),
        }

    def _get_commands(self, purchase):
        """Return the commands that put the line on *purchase*: more of a line that is there, or a new one."""
        same = self._find_same_line(purchase)
        if same:
            return [Command.update(same.id, {"product_qty": same.product_qty + self.quantity})]
        return [Command.create(self._prepare_purchase_line(purchase))]

    def _find_same_line(self, purchase):
        """Return the line of *purchase* that the product is added to, empty where it gets a line of its own."""
        # Into which stock it goes who purchases need not be able to read.
        stock = self.sudo().warehouse_id.lot_stock_id
        return purchase.order_line.filtered(
            lambda line: (
                line.product_id == self.product_id
                and line.product_uom_id == self.purchase_uom_id
                and not line.move_dest_ids
                and not line.orderpoint_id
                and line.sudo().location_final_id == stock
            )
        )[:1]

    def _prepare_purchase_line(self, purchase):
        vals = self.env["purchase.order.line"]._prepare_purchase_order_line(
            self.product_id, self.quantity, self.purchase_uom_id, self.company_id, self.partner_id, purchase
        )
        if not self.supplierinfo_id:
            vals.pop("price_unit")  # Odoo then takes the cost
        # Where Odoo's reordering rules look for what is requested already.
        return {**vals, "location_final_id": self.warehouse_id.lot_stock_id.id}

    # ---- Odoo's rules --------------------------------------------------------------------

    def _run_rules(self):
        """Let Odoo order the lines as their routes say, for the day on which they are wanted."""
        rules = self.env["stock.rule"]
        now = fields.Datetime.now()
        rules.run(
            [
                rules.Procurement(
                    line.product_id,
                    line.quantity,
                    line.purchase_uom_id,
                    line.warehouse_id.lot_stock_id,
                    self.env._("Supply needs"),
                    self.env._("Supply needs"),
                    line.company_id,
                    {"warehouse_id": line.warehouse_id, "date_planned": max(line.deadline or now, now)},
                )
                for line in self
            ]
        )
