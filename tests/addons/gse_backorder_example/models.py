"""One of each that *Backorders* can be extended by: every method calls ``super()`` and adds its own."""

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.gse_backorder.models.engine.coverage import FIRST_OTHER_ID
from odoo.addons.gse_backorder.models.promise.stock_supply import SupplyWords


class StockWarehouse(models.Model):
    """A policy: small lines come first."""

    _inherit = "stock.warehouse"

    allocation_policy = fields.Selection(
        selection_add=[("smallest", "Small lines first")], ondelete={"smallest": "set default"}
    )

    @api.model
    def _get_policy_columns(self):
        return {
            **super()._get_policy_columns(),
            "by_quantity": SQL("COALESCE(warehouse.allocation_policy, '') = 'smallest'"),
        }


class StockRanking(models.AbstractModel):
    """Its criterion, for lines and for quotations: before all others but whether the line may be reserved."""

    _inherit = "stock.ranking"

    @api.model
    def _get_criteria(self):
        first, *others = super()._get_criteria()
        return [first, ("rank_quantity", SQL("CASE WHEN claim.by_quantity THEN claim.size END")), *others]


class ExampleAnnouncement(models.Model):
    """A kind of supply: what somebody has announced, without a receipt."""

    _name = "example.announcement"
    _description = "Announced Goods"

    name = fields.Char(required=True)
    product_id = fields.Many2one("product.product", required=True)
    location_id = fields.Many2one("stock.location", required=True)
    quantity = fields.Float(required=True, help="In the product's unit.")
    date = fields.Datetime(required=True)


class StockSupply(models.AbstractModel):
    _inherit = "stock.supply"

    @api.model
    def _flush(self):
        self.env["example.announcement"].flush_model()
        return super()._flush()

    @api.model
    def _get_kinds_sql(self, products):
        announced = SQL(
            """
            SELECT %s + announcement.id, announcement.product_id, area.area_id, area.area_warehouse_id, NULL::int,
                   announcement.date, announcement.quantity
              FROM example_announcement AS announcement
              JOIN area ON area.location_id = announcement.location_id
             WHERE announcement.product_id = ANY (%s)
            """,
            FIRST_OTHER_ID,
            products.ids,
        )
        return [*super()._get_kinds_sql(products), announced]

    @api.model
    def _describe(self, supply_ids):
        ids = {supply_id - FIRST_OTHER_ID: supply_id for supply_id in supply_ids if supply_id >= FIRST_OTHER_ID}
        moves = super()._describe([supply_id for supply_id in supply_ids if supply_id < FIRST_OTHER_ID])
        announcements = self.env["example.announcement"].browse(ids)
        return {**moves, **{ids[one.id]: SupplyWords((one.name,), "announced") for one in announcements}}


class StockCustomerNotice(models.Model):
    """A notice: the papers of a delivery are printed."""

    _inherit = "stock.customer.notice"

    event = fields.Selection(selection_add=[("printed", "Papers printed")], ondelete={"printed": "cascade"})

    @api.model
    def _get_events(self):
        return {
            **super()._get_events(),
            "printed": ("mail_backorder_ready", "gse_backorder_example.mail_template_printed"),
        }


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("printed"):
            self.env["stock.customer.notice"]._queue(self, "printed")
        return result


class StockCustomerChoice(models.AbstractModel):
    """A customer's choice: to be called. Its button is in ``views/templates.xml``."""

    _inherit = "stock.customer.choice"

    @api.model
    def _get_settings(self):
        return {**super()._get_settings(), "call": "customer_may_ask"}

    @api.model
    def _get_call_question(self, delivery):
        return self.env._("We call you about %s.", delivery.name)

    @api.model
    def _get_call_refusal(self, delivery, lines):
        return ""

    @api.model
    def _choose_call(self, delivery, author, lines):
        sentence = self.env._("Please call us.")
        self._tell_staff(delivery, author, sentence)
        return sentence


class StockAllocation(models.AbstractModel):
    """What follows when goods have come: they are waved at."""

    _inherit = "stock.allocation"

    @api.model
    def _after_handing_out(self, served, cause, sources):
        result = super()._after_handing_out(served, cause, sources)
        for picking in self._get_served_transfers(served):
            picking._message_log(body=self.env._("Example: something has come by %s.", cause))
        return result
