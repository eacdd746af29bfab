from odoo.tests import tagged
from odoo.tools import SQL

from ...models.engine.coverage import Demand
from ...models.engine.scenario import Scenario
from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestNothingThere(BackorderCase):
    """Of what there is nothing, and nothing comes, nobody gets anything: it is not ranked to tell that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        create = cls._create_product
        cls.there, cls.coming, cls.pushed, cls.moved = (create(name) for name in ("There", "Coming", "Pushed", "Moved"))
        cls.none, cls.shipped, cls.reserved, cls.owed = (create(name) for name in ("None", "Shipped", "Held", "Owed"))
        for product in (cls.there, cls.shipped, cls.reserved, cls.moved):
            cls._add_stock(product, 5)
        cls._ship(cls._create_delivery((cls.shipped, 5)))
        cls._create_delivery((cls.reserved, 5))
        cls._add_stock(cls.owed, -5)
        cls._create_receipt((cls.coming, 9))
        receipt = cls._create_receipt((cls.pushed, 9))
        receipt.move_ids.write({"location_dest_id": cls.suppliers.id, "location_final_id": cls.stock.id})
        shelf = cls.env["stock.location"].create({"name": "Shelf", "location_id": cls.stock.id})
        transfer = cls._create_delivery((cls.moved, 5), picking_type=cls.warehouse.int_type_id, confirm=False)
        transfer.move_ids.location_dest_id = shelf
        transfer.action_confirm()
        transfer.action_assign()
        cls.something = cls.there | cls.coming | cls.pushed | cls.moved
        cls.all = cls.something | cls.none | cls.shipped | cls.reserved | cls.owed
        cls.claims = cls._create_delivery(*((product, 7) for product in cls.all), assign=False).move_ids
        cls.env.flush_all()

    def _find(self, products=None, env=None):
        return (env or self.env)["stock.supply"]._filtered_supplied(self.all if products is None else products)

    def test_what_there_may_be(self):
        """Scenario: in stock, on its way, moved within; shipped, reserved, owed, nothing. Expected: the first ones."""
        self.assertEqual(self._find(), self.something)
        self.assertFalse(self._find(self.none | self.shipped))

    def test_what_is_not_looked_for(self):
        """Scenario: what is supposed, and what another addon brings. Expected: all may have something."""
        supposed = Scenario(dropped=frozenset(self.claims.ids)).carry(self.env["stock.supply"])
        self.assertEqual(supposed._filtered_supplied(self.all), self.all)
        kinds = self.registry["stock.supply"]._get_kinds_sql
        another = SQL("SELECT NULL::int, NULL::int, NULL::int, NULL::int, NULL::int, NULL::timestamp, NULL::float")
        self.patch(
            self.registry["stock.supply"], "_get_kinds_sql", lambda model, products: [*kinds(model, products), another]
        )
        self.assertEqual(self._find(), self.all)

    def test_the_same_without_the_look(self):
        """Scenario: claims and demands on all of them. Expected: covered as if all were ranked; and less is read."""
        demands = [Demand("order", product, self.stock, 3) for product in self.all]
        pegging = self.env["stock.pegging"]
        quick = pegging._get_coverage(self.claims, demands)
        ranked = []
        sql = self.registry["stock.pegging"]._get_pegging_sql

        def get_sql(model, products, *arguments):
            ranked.append(products)
            return sql(model, products, *arguments)

        self.patch(self.registry["stock.pegging"], "_get_pegging_sql", get_sql)
        self.assertEqual(pegging._get_coverage(self.claims, demands), quick)
        self.patch(self.registry["stock.supply"], "_filtered_supplied", lambda _model, products: products)
        self.assertEqual(pegging._get_coverage(self.claims, demands), quick)
        self.assertEqual([set(products) for products in ranked], [set(self.something), set(self.all)])
        by_claim, by_demand = quick
        self.assertEqual(
            {claim.product_id for claim in self.claims if by_claim[claim.id].status == "missing"},
            set(self.all - self.something),
        )
        self.assertEqual(by_demand[list(self.all).index(self.none)].uncovered, 3)
