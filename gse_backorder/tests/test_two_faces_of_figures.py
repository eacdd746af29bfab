from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import SQL

from .chance import draw_from
from .supply.supply_common import SupplyCase

# In money, and in days: what is rounded on its way is off by less.
CENT = 0.006


@tagged("post_install", "-at_install")
class TestTwoFacesOfFigures(SupplyCase):
    """What is worth how much, and from whom it is bought, is the same in Python, in SQL, and in Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chance = draw_from(16)
        cls.foreign = cls.env["res.currency"].create({"name": "XTF", "symbol": "X", "rounding": 0.01})
        cls.foreign.rate_ids = [Command.create({"rate": 7.3, "name": "2020-01-01"})]
        cls.kilogram, cls.ton = cls.env.ref("uom.product_uom_kgm"), cls.env.ref("uom.product_uom_ton")

    # ---- value -----------------------------------------------------------------

    def _create_drawn_order(self, products, pricelist):
        chance = self.chance
        order = self._create_order(
            *((product, chance.choice((1, 3, 10)), chance.choice(units)) for product, units in products.items()),
            confirm=False,
            pricelist_id=pricelist.id,
        )
        for line in order.order_line:
            line.price_unit = chance.choice((0, 1, 99.9, 1234.56))
            line.discount = chance.choice((0, 0, 12.5))
            line.tax_ids = chance.choice((line.tax_ids.browse(), self.tax))
        order.action_confirm()
        return order

    def _get_tax(self):
        return self.env["account.tax"].create(
            {"name": "Included", "amount": 19, "price_include_override": "tax_included"}
        )

    def test_value(self):
        """Scenario: orders at random: currencies, units, discounts, taxes in the price, nothing to pay, shipped in
        part, lines that nobody ordered. Expected: the analysis, the deliveries and their lines say what is open."""
        self.tax = self._get_tax()
        products = {
            self._create_product("Beam", stock=20, standard_price=3): (self.unit, self.dozen),
            self._create_product("Bolt", stock=9, standard_price=5, uom_id=self.dozen.id): (self.unit, self.dozen),
            self._create_product("Sand", stock=900, standard_price=2, uom_id=self.kilogram.id): (
                self.kilogram,
                self.ton,
            ),
        }
        lists = self.env["product.pricelist"].create(
            [
                {"name": f"In {money.name}", "currency_id": money.id}
                for money in (self.company.currency_id, self.foreign)
            ]
        )
        chains = {}
        for _number in range(8):
            order = self._create_drawn_order(products, self.chance.choice(lists))
            root = order.picking_ids
            if self.chance.randrange(2):
                product = self.chance.choice(list(products))
                root.move_ids = [Command.create(self._draw_line(product, self.chance.choice(order.order_line.ids)))]
                root.action_confirm()
            ships = self.chance.randrange(3) and any(root.move_ids.mapped("quantity"))
            chains[root] = root | (self._ship(root) if ships else root.browse())
        self._invalidate()
        rows = self.env["stock.backorder.report"].search([("root_id", "in", [root.id for root in chains])])
        rows = rows.grouped("root_id")
        transfers = root.browse().union(*chains.values())
        worth = self._read_open_values(transfers)
        for transfer in transfers:
            lines = sum(move._get_open_value() for move in transfer.move_ids._filtered_open())
            self.assertAlmostEqual(worth[transfer.id], lines, delta=CENT, msg=transfer.name)
        for root, chain in chains.items():
            lines = sum(move._get_open_value() for move in chain.move_ids._filtered_open())
            self.assertAlmostEqual(sum(chain.mapped("open_value")), lines, delta=CENT, msg=root.name)
            self.assertAlmostEqual(sum(rows[root].mapped("open_value")), lines, delta=CENT, msg=root.name)
        self.assertGreater(
            sum(row.open_value > 0 for row in self.env["stock.backorder.report"].union(*rows.values())), 9
        )

    def _read_open_values(self, transfers):
        """Return ``{id: what it is still worth}`` of *transfers*, by the query that the filters ask."""
        query = self.env["stock.move"]._get_open_values_sql(SQL("picking.id = ANY (%s)", transfers.ids))
        return {picking_id: value for picking_id, _company_id, value in self.env.execute_query(query)}

    def _draw_line(self, product, sale_line_id):
        """Return the values of a line that somebody has put into a delivery, of an order's line or of none."""
        return {
            "product_id": product.id,
            "product_uom_qty": 2,
            "product_uom": product.uom_id.id,
            "location_id": self.stock.id,
            "location_dest_id": self.customers.id,
            "sale_line_id": self.chance.choice((False, sale_line_id)),
        }

    # ---- vendor ------------------------------------------------------------------

    def _draw_offer(self, vendors):
        chance, today = self.chance, fields.Date.today()
        return {
            "partner_id": chance.choice(vendors).id,
            "sequence": chance.choice((1, 1, 2)),
            "min_qty": chance.choice((0, 0, 1, 3)),
            "price": chance.choice((5, 6, 40)),
            "discount": chance.choice((0, 0, 50)),
            "currency_id": chance.choice((self.company.currency_id, self.company.currency_id, self.foreign)).id,
            "delay": chance.choice((1, 4, 9)),
            "product_uom_id": chance.choice((self.unit, self.dozen)).id,
            "company_id": chance.choice((False, False, self.company.id, self.company.id, self.other_company.id)),
            "date_start": chance.choice((False, False, False, today, today + timedelta(days=1))),
            "date_end": chance.choice((False, False, False, today, today - timedelta(days=1))),
        }

    def test_vendor(self):
        """Scenario: products with offers at random, of an archived vendor, too. Expected: of whom Odoo would buy what
        is needed, at his price; where nobody sells so little, of one who sells it at all."""
        self.other_company = self.env["res.company"].create({"name": "Other Company"})
        gone = self.env["res.partner"].create({"name": "Gone", "active": False})
        vendors = (self.vendor, self.vendor, self.other_vendor, gone)
        products = [
            self._create_bought(f"Beam {number}", *(self._draw_offer(vendors) for _offer in range(5)))
            for number in range(40)
        ]
        for product in products:
            self._create_delivery((product, self.chance.choice((1, 5, 11, 36, 150))))
        needs = self._get_needs(*products, user=self.env.user).grouped("product_id")
        bought = 0
        for product in products:
            need = needs[product]
            own = product.with_company(self.company)
            chosen = own._select_seller(quantity=need.qty_to_order, uom_id=product.uom_id)
            self.assertEqual(need.supplierinfo_id.partner_id, need.partner_id)
            offer = own._select_vendor_price(need.partner_id, need.qty_to_order)
            self.assertEqual((need.supplierinfo_id, need.lead_days), (offer, offer.delay), product.name)
            if chosen:
                self.assertEqual(offer, chosen, product.name)
                bought += 1
            elif not offer:
                self.assertFalse(own._get_filtered_sellers(quantity=None), product.name)
        self.assertGreater(bought, 10)
