import json

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.coverage import NOISE

# Requests that no vendor has to answer for yet: they are no supply, and nothing is ordered a second time for them.
DRAFT_PURCHASE_STATES = ("draft", "sent", "to approve")


class StockSupplyNeed(models.Model):
    """How what is short can be supplied: what is on draft already, by a reordering rule, from which vendor."""

    _inherit = "stock.supply.need"

    @api.model
    def _get_draft_sql(self, products):
        """What drafts would bring to each warehouse, but for what was requested for one line alone."""
        return SQL(
            """
            SELECT product_id, warehouse_id, SUM(quantity) AS quantity
              FROM (
                  SELECT line.product_id, type.warehouse_id,
                         GREATEST(0, line.product_uom_qty - COALESCE((
                             SELECT SUM(destination.product_qty)
                               FROM stock_move_created_purchase_line_rel AS link
                               JOIN stock_move AS destination ON destination.id = link.move_id
                              WHERE link.created_purchase_line_id = line.id
                                AND destination.state NOT IN ('done', 'cancel')), 0)) AS quantity
                    FROM purchase_order_line AS line
                    JOIN purchase_order AS purchase ON purchase.id = line.order_id
                    JOIN stock_picking_type AS type ON type.id = purchase.picking_type_id
                   WHERE line.product_id = ANY (%(product_ids)s)
                     AND type.default_location_dest_id != ALL (%(customers)s)
                     AND purchase.state = ANY (%(states)s)
               UNION ALL
                  SELECT move.product_id, destination.warehouse_id, move.product_qty
                    FROM stock_move AS move
                    JOIN stock_location AS source ON source.id = move.location_id
                    JOIN stock_location AS destination ON destination.id = move.location_dest_id
                   WHERE move.product_id = ANY (%(product_ids)s)
                     AND move.state = 'draft'
                     AND source.usage IN ('supplier', 'production')
              ) AS request
          GROUP BY product_id, warehouse_id
            """,
            product_ids=products.ids,
            states=list(DRAFT_PURCHASE_STATES),
            customers=self.env["stock.location"]._get_customers_ids(),
        )

    @api.model
    def _get_rule_sql(self, products):
        """What automatic reordering rules are about to order for the stocks of warehouses."""
        return SQL(
            """
            SELECT point.product_id, point.warehouse_id,
                   SUM(COALESCE(NULLIF(point.qty_to_order_manual, 0), point.qty_to_order_computed, 0)) AS quantity
              FROM stock_warehouse_orderpoint AS point
              JOIN stock_warehouse AS warehouse ON warehouse.lot_stock_id = point.location_id
             WHERE point.product_id = ANY (%(product_ids)s)
               AND point.active
               AND point.trigger = 'auto'
               AND %(can_order)s
          GROUP BY point.product_id, point.warehouse_id
            """,
            product_ids=products.ids,
            can_order=self._get_can_order(),
        )

    @api.model
    def _get_can_order(self):
        """Return whether the reordering rule ``point`` brings something, as SQL: without a vendor, buying fails."""
        return SQL(
            """
            (EXISTS (
                 SELECT 1
                   FROM product_supplierinfo AS info
                   JOIN product_product AS product ON product.product_tmpl_id = info.product_tmpl_id
                  WHERE product.id = point.product_id
                    AND (info.company_id IS NULL OR info.company_id = point.company_id))
             OR EXISTS (
                 SELECT 1
                   FROM stock_route_product AS chosen
                   JOIN product_product AS product ON product.product_tmpl_id = chosen.product_id
                   JOIN stock_rule AS rule ON rule.route_id = chosen.route_id
                  WHERE product.id = point.product_id
                    AND rule.action != 'buy'
                    AND rule.active))
            """
        )

    @api.model
    def _get_vendor_sql(self):
        """The price that Odoo would choose: of the first vendor whose minimum is reached, what costs least.

        Where the quantity reaches nobody's, it is that of the first vendor with the lowest minimum. The same as
        ``product.product._select_vendor_price``.
        """
        return SQL(
            """
            SELECT id
              FROM (
                  SELECT *, FIRST_VALUE(partner_id) OVER (
                             ORDER BY is_reached DESC, sequence,
                                      CASE WHEN is_reached THEN -own_min_qty ELSE min_qty END, price, id) AS vendor_id
                    FROM (%(offers)s) AS offer
              ) AS offer
             WHERE partner_id = vendor_id
          ORDER BY is_reached DESC, CASE WHEN is_reached THEN cost ELSE min_qty END, sequence, id
             LIMIT 1
            """,
            offers=self._get_offer_sql(),
        )

    @api.model
    def _get_offer_sql(self):
        """What vendors ask today for the ``wanted`` quantity: in the product's unit, and for one in one currency."""
        return SQL(
            """
            SELECT info.id, info.partner_id, info.sequence, info.price, info.min_qty AS own_min_qty, unit.min_qty,
                   unit.min_qty <= COALESCE(NULLIF(wanted.qty_to_order, 0), wanted.qty_uncovered) + %(noise)s
                       AS is_reached,
                   info.price * (1 - COALESCE(info.discount, 0) / 100) / unit.factor / %(rate)s AS cost
              FROM product_supplierinfo AS info
              JOIN res_partner AS partner ON partner.id = info.partner_id AND partner.active
              JOIN uom_uom AS own_unit ON own_unit.id = template.uom_id
              JOIN uom_uom AS vendor_unit ON vendor_unit.id = info.product_uom_id
        CROSS JOIN LATERAL (
                 SELECT vendor_unit.factor / own_unit.factor AS factor,
                        info.min_qty * vendor_unit.factor / own_unit.factor AS min_qty
             ) AS unit
             WHERE info.product_tmpl_id = product.product_tmpl_id
               AND (info.product_id IS NULL OR info.product_id = product.id)
               AND (info.company_id IS NULL OR info.company_id = wanted.company_id)
               AND COALESCE(info.date_start <= %(today)s, TRUE)
               AND COALESCE(info.date_end >= %(today)s, TRUE)
            """,
            noise=NOISE,
            rate=self._get_rate_sql(),
            today=fields.Date.context_today(self),
        )

    @api.model
    def _get_rate_sql(self):
        """Return the rate of the currency of an offer (``info``) for the company that ``wanted`` it, as SQL."""
        # What things cost does not depend on who asks.
        currencies = self.env["res.currency"].sudo().search(Domain.TRUE)
        if len(currencies) == 1:
            return SQL("1")  # nothing has to be converted
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        rates = {company.id: currencies._get_rates(company, today) for company in companies}
        return SQL(
            "COALESCE((%s::jsonb -> wanted.company_id::varchar ->> info.currency_id::varchar)::float, 1)",
            json.dumps(rates),
        )

    @api.model
    def _get_method_sql(self):
        """Return how the product is had, as SQL: where it is both made and bought, its routes say so."""
        if "mrp.bom" not in self.env:
            return SQL("CASE WHEN vendor.partner_id IS NULL THEN 'none' ELSE 'buy' END")
        return SQL(
            """
            CASE WHEN EXISTS (
                     SELECT 1
                       FROM mrp_bom AS bom
                      WHERE bom.product_tmpl_id = need.product_tmpl_id
                        AND (bom.product_id IS NULL OR bom.product_id = need.product_id)
                        AND (bom.company_id IS NULL OR bom.company_id = need.company_id)
                        AND bom.type = 'normal'
                        AND bom.active)
                  AND (vendor.partner_id IS NULL OR EXISTS (
                     SELECT 1
                       FROM stock_route_product AS chosen
                       JOIN stock_rule AS rule ON rule.route_id = chosen.route_id
                      WHERE chosen.product_id = need.product_tmpl_id
                        AND rule.action = 'manufacture'
                        AND rule.active))
                 THEN 'manufacture'
                 WHEN vendor.partner_id IS NULL THEN 'none'
                 ELSE 'buy'
            END
            """
        )

    @api.depends("partner_id", "qty_to_order", "qty_uncovered")
    def _compute_price(self):
        for need in self:
            product = need.product_id.with_company(need.company_id)
            offer = product._select_vendor_price(need.partner_id, need.qty_to_order or need.qty_uncovered)
            need.price = offer.price_discounted
