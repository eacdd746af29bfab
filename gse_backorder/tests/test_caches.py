from odoo.tests import tagged

from .common import BackorderCase


@tagged("post_install", "-at_install")
class TestCaches(BackorderCase):
    """What is remembered between requests is what the database says, whatever has changed there."""

    def _assert_fresh(self, after):
        """What is remembered is what is read without memory."""
        companies = self.env["res.company"].with_context(active_test=False)
        counting = companies.search([("promise_vendor_delay", "=", True)])
        self.assertEqual(set(self.env["stock.supply"]._get_companies_counting_delays()), set(counting.ids), after)
        houses = self.env["stock.warehouse"].with_context(active_test=False).search([])
        policies = {house.id: house.allocation_policy for house in houses}
        self.assertEqual(self.env["stock.warehouse"]._get_policies(), policies, after)
        stocks = {(house.company_id.id, house.id, house.lot_stock_id.id) for house in houses if house.active}
        known = self.env["stock.warehouse"]._get_stocks()
        self.assertEqual({(company, *stock) for company, own in known.items() for stock in own}, stocks, after)
        by_warehouse, by_company = houses._get_zones()
        zones = {company.id: company.partner_id.tz or "UTC" for company in companies.search([])}
        self.assertEqual(by_company, zones, after)
        self.assertEqual(
            by_warehouse, {house.id: house.partner_id.tz or zones[house.company_id.id] for house in houses}, after
        )

    def test_companies_counting_delays(self):
        """Scenario: companies are made, switched, archived. Expected: each time known at once."""
        self._assert_fresh("at first")
        company = self.env["res.company"].create({"name": "Counting", "promise_vendor_delay": True})
        self.assertIn(company.id, self.env["stock.supply"]._get_companies_counting_delays())
        self._assert_fresh("a company is made")
        company.promise_vendor_delay = False
        self._assert_fresh("switched off")
        company.write({"promise_vendor_delay": True})
        self._assert_fresh("switched on")
        company.active = False
        self._assert_fresh("archived")
        company.active = True
        self._assert_fresh("restored")
        self.env["res.config.settings"].create({"promise_vendor_delay": True}).execute()
        self._assert_fresh("by the settings")

    def test_policies(self):
        """Scenario: warehouses are made, changed, archived, deleted. Expected: each time known at once."""
        self._assert_fresh("at first")
        house = self.warehouse.create({"name": "New", "code": "NEW", "allocation_policy": "deadline"})
        self._assert_fresh("made")
        house.allocation_policy = "complete_orders"
        self._assert_fresh("changed")
        house.lot_stock_id = house.lot_stock_id.copy()
        self._assert_fresh("its stock is another")
        house.active = False
        self._assert_fresh("archived")
        rules = self.env["stock.rule"].with_context(active_test=False)
        rules.search(["|", ("warehouse_id", "=", house.id), ("picking_type_id.warehouse_id", "=", house.id)]).unlink()
        house.unlink()
        self._assert_fresh("deleted")

    def test_zones(self):
        """Scenario: addresses get a zone, are exchanged, merged, and are somebody's. Expected: known at once."""
        self._assert_fresh("at first")
        partners = self.env["res.partner"].create(
            [{"name": name, "tz": zone} for name, zone in (("Here", "Asia/Tokyo"), ("There", "Pacific/Auckland"))]
        )
        self.warehouse.partner_id = partners[0]
        self._assert_fresh("a warehouse with an address of its own")
        self.assertEqual(self.warehouse._get_zones()[0][self.warehouse.id], "Asia/Tokyo")
        partners[0].tz = "America/New_York"
        self._assert_fresh("its zone")
        self.company.partner_id.tz = "Europe/Paris"
        self._assert_fresh("the company's zone")
        self.env["base.partner.merge.automatic.wizard"]._merge(partners.ids, partners[1])
        self._assert_fresh("merged")
        self.assertEqual(self.warehouse._get_zones()[0][self.warehouse.id], "Pacific/Auckland")
        self.warehouse.partner_id = False
        self._assert_fresh("without an address")
        self.env["res.company"].create({"name": "Far", "partner_id": partners[1].id})
        self._assert_fresh("a company")

    def test_memory_does_not_depend_on_who_asks_first(self):
        """Scenario: the first to ask sees neither what is archived nor others'. Expected: all know the same."""
        company = self.env["res.company"].create({"name": "Counting", "promise_vendor_delay": True})
        company.active = False
        for active_test in (True, False):
            self.env.registry.clear_cache()
            supply = self.env["stock.supply"].with_user(self.picker).with_context(active_test=active_test)
            self.assertIn(company.id, supply._get_companies_counting_delays())
            self._assert_fresh(active_test)
