from collections import defaultdict

from odoo import api, fields, models


class StockWorkbenchMixin(models.AbstractModel):
    """What the list of deliveries that wait, or can ship, shows of each; and shipping many of them in one go."""

    _name = "stock.workbench.mixin"
    _description = "Delivery on the Workbench"

    items_available = fields.Float(
        string="Available",
        compute="_compute_items_available",
        digits="Product Unit",
        help="How much of what is open can ship now: sum over the lines, each in its product's unit.",
    )
    open_value = fields.Monetary(
        compute="_compute_open_value",
        currency_field="company_currency_id",
        help="What is open, at the price of the sales order without taxes, else at the product's cost.",
    )
    company_currency_id = fields.Many2one("res.currency", compute="_compute_company_currency_id")
    age_days = fields.Integer(
        string="Age",
        compute="_compute_age_days",
        help="For how many days the customer has been waiting since he ordered.",
    )

    @api.depends("move_ids.quantity", "move_ids.state", "move_ids.product_uom_qty")
    def _compute_items_available(self):
        lines = self.move_ids._filtered_open()
        coverages = lines._get_coverage()  # of all deliveries at once
        available = dict.fromkeys(self.ids, 0.0)
        for line in lines:
            if line.id in coverages:
                unit = line.product_id.uom_id
                available[line.picking_id.id] += coverages[line.id].convert(line.product_uom, unit).now
        for delivery in self:
            delivery.items_available = available.get(delivery.id, 0.0)

    @api.depends("company_id.currency_id")
    def _compute_company_currency_id(self):
        for delivery in self:
            delivery.company_currency_id = delivery.company_id.currency_id

    @api.depends("move_ids.state", "move_ids.product_qty", "sale_id.currency_rate")
    def _compute_open_value(self):
        values = defaultdict(float)
        # Whoever may open the delivery may know what it is worth to the house; not what else is on the order.
        for line in self.sudo().move_ids._filtered_open():  # of all deliveries at once: orders and costs are read so
            values[line.picking_id] += line._get_open_value()
        for delivery in self:
            delivery.open_value = values[delivery]

    @api.depends("create_date", "sale_id.date_order")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for delivery in self:
            ordered = delivery.sudo().sale_id.date_order or delivery.backorder_root_id.create_date
            ordered = ordered or delivery.create_date or now
            delivery.age_days = (now - ordered).days

    def action_complete(self):
        """Ship what is there of the selected deliveries, in the background; open what becomes of it."""
        run = self.env["stock.completion"]._start(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complete"),
            "res_model": run._name,
            "res_id": run.id,
            "view_mode": "form",
        }
