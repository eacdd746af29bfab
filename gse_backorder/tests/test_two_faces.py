from collections import Counter

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.chain.picking_states import CLOSED_STATES
from ..models.engine.coverage import NOISE
from .common import BackorderCase
from .two_faces_common import NOW, TwoFacesCase


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestTwoFaces(TwoFacesCase):
    """What Python says of a place or a move, SQL says: a rule that is written twice is one rule."""

    def _query(self, query):
        """Return the rows of *query*, which may read ``area``."""
        self.env["stock.pegging"]._flush_pegging()
        return self.env.execute_query(
            SQL(
                "WITH area AS MATERIALIZED (%s) SELECT * FROM (%s) AS face",
                self.env["stock.location"]._get_area_sql(),
                query,
            )
        )

    def test_stock_area(self):
        """Scenario: places of all usages, within each other, archived too. Expected: the same stock, and house."""
        everywhere = self.env["stock.location"].with_context(active_test=False).search([])
        in_sql = {row[0]: row[1] for row in self._query(SQL("SELECT location_id, area_id FROM area"))}
        self.assertEqual(in_sql, {place.id: place.stock_area_id.id for place in everywhere if place.stock_area_id})
        self.assertEqual(set(in_sql), set(everywhere._get_stock_ids()), "Those that hold goods of ours.")

    def test_customers(self):
        """Scenario: places of all usages. Expected: a customer is at the same ones, in Python, domains and SQL."""
        everywhere = self.env["stock.location"].with_context(active_test=False).search([])
        at_customers = everywhere.filtered(lambda place: place._is_at_customers())
        self.assertEqual(everywhere.filtered_domain(everywhere._get_customers_domain()), at_customers)
        self.assertEqual(set(everywhere._get_customers_ids()), set(at_customers.ids))
        self.assertGreater(len(at_customers), 3, "Shops, and what goes to other companies.")

    def test_bound_for_customer(self):
        """Scenario: moves at random. Expected: the domain finds those that Python says are bound for a customer."""
        found = self.moves.search(self.moves._get_bound_domain()) & self.moves
        self.assertEqual(found.sorted("id"), self.moves.filtered(lambda move: move._is_bound_for_customer()))
        self.assertGreater(len(found), 5)

    def test_claim(self):
        """Scenario: moves at random, of all operations. Expected: the claims in SQL are those of Python that lack goods
        and may take something, each with what it lacks, and may take."""
        query = self.env["stock.claim"]._get_claims_sql(self.products.filtered("is_storable"))
        in_sql = {row[0]: row[7] for row in self._query(query) if row[0] in self.moves.ids}
        claims = self.moves.filtered(
            lambda move: (
                move.product_id.is_storable and move._is_claim() and move._lacks_goods() and not self._waits(move)
            )
        )
        takes = {claim: self._get_takes(claim) for claim in claims}
        takers = claims.filtered(lambda claim: takes[claim] > NOISE)
        self.assertEqual(set(in_sql), set(takers.ids))
        self.assertGreater(len(takers), 12)
        for claim in takers:
            self.assertAlmostEqual(in_sql[claim.id], takes[claim], places=6, msg=claim.product_id.name)
        partly = takers.filtered(lambda claim: takes[claim] < claim.product_qty - claim._get_filled_in_product_unit())
        self.assertTrue(partly, "Of what was brought for them a part is left.")

    def test_sums(self):
        """Scenario: moves at random. Expected: the claims summed up are the sums of the claims."""
        stored = self.products.filtered("is_storable")
        totals, sums = Counter(), Counter()
        claims = self._query(self.env["stock.claim"]._get_claims_sql(stored))
        for _id, _index, _group, product_id, location_id, _area_id, owner_id, quantity in claims:
            totals[product_id, location_id, owner_id] += quantity
        for row in self._query(self.env["stock.claim"]._get_sums_sql(stored)):
            sums[row[0], row[2], row[3]] += row[7]
        self.assertEqual(set(sums), set(totals))
        for key, quantity in totals.items():
            self.assertAlmostEqual(sums[key], quantity, places=4)

    @staticmethod
    def _get_takes(claim):
        """Return how much of what *claim* lacks Odoo would reserve for it if all of that were there; of what was
        brought for it, what is still there."""
        lacks = claim.product_qty - claim._get_filled_in_product_unit()
        if not claim.move_orig_ids:
            return lacks
        left = Counter()
        for key, quantity in claim._get_available_move_lines(set(), set()).items():
            place, *goods = key
            own = claim.move_line_ids.filtered(
                lambda line, key=key: (line.location_id, line.lot_id, line.package_id, line.owner_id) == key
            )
            free = claim.env["stock.quant"]._get_available_quantity(claim.product_id, place, *goods, strict=True)
            left[key] = max(0, min(quantity - sum(own.mapped("quantity_product_uom")), free))
        return min(lacks, left.total())

    def test_named(self):
        """Scenario: claims of two companies, and people who work for one, for the other, for both. Expected: Python and
        SQL name to each the same ones."""
        self._put_into_transfers()
        stored = self.products.filtered("is_storable")
        verdicts = set()
        for companies in (self.company, self.other_company, self.company | self.other_company):
            user = self.picker.copy({"login": f"picker of {companies.ids}"})
            user.write({"company_ids": [Command.set(companies.ids)], "company_id": companies[0].id})
            needs = self.env["stock.supply.need"].with_user(user)
            query = SQL(
                "SELECT id, %s FROM (%s) AS claimed",
                needs._get_is_named_sql(),
                self.env["stock.supply.need"]._get_claimed_sql(stored),
            )
            in_sql = {row[0]: row[1] for row in self._query(query) if row[0] in self.moves.ids}
            claims = self.moves.browse(in_sql).with_user(user)
            self.assertEqual(in_sql, {claim.id: claim.sudo()._is_named() for claim in claims})
            verdicts.add(frozenset(claim_id for claim_id, is_named in in_sql.items() if is_named))
        self.assertEqual(len(verdicts), 3, "Each is named others.")

    def _put_into_transfers(self):
        """Put each open move into a transfer of its company, as it is where somebody is to be named."""
        for move in self.moves.filtered(lambda move: move.state not in CLOSED_STATES):
            types = self.types.filtered(lambda kind, move=move: kind.company_id == move.company_id)
            move.picking_id = move.picking_id.create(
                {
                    "picking_type_id": types[0].id,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                }
            )

    @staticmethod
    def _waits(move):
        return move.procure_method == "make_to_order" and not move.move_orig_ids

    def test_supply(self):
        """Scenario: moves at random. Expected: what brings goods in SQL is what Python calls a supply, unless all of it
        was meant for a line alone; and it is expected on the same day, or late."""
        query = self.env["stock.supply"]._get_incoming_sql(self.products.filtered("is_storable"))
        in_sql = {
            row[0]: row[1:]
            for row in self._query(SQL("SELECT id, area_id, due, date IS NULL, date FROM (%s) AS supply", query))
            if row[0] in self.moves.ids
        }
        supplies = self.moves.filtered(lambda move: move._is_supply() and not self._is_taken(move))
        self.assertEqual(set(in_sql), set(supplies.ids))
        self.assertGreater(len(supplies), 20)
        for supply in supplies:
            area_id, due, is_late, date = in_sql[supply.id]
            self.assertEqual((area_id, due), (supply._get_target().stock_area_id.id, supply._get_due_date()))
            self.assertEqual(is_late, bool(supply._get_days_late()), f"{due} {supply._get_zone()}")
            self.assertEqual(due if is_late else date, supply._get_expected_date())

    @staticmethod
    def _is_taken(move):
        """Whether all that *move* brings was meant for the moves after it, which take it from where it is brought."""
        area = move._get_target().stock_area_id
        takers = move.move_dest_ids.filtered(
            lambda taker: taker.state not in CLOSED_STATES and taker.location_id.stock_area_id == area
        )
        lacks = sum(taker.product_qty - taker._get_filled_in_product_unit() for taker in takers)
        return area != move.location_id.stock_area_id and move.product_qty - lacks <= NOISE


@tagged("post_install", "-at_install")
class TestReceiptsFromTransit(BackorderCase):
    """A claim is what takes goods out of a stock, whatever operation it is of."""

    def test_judged_in_ranking(self):
        """Scenario: two receipts want 4 each of the 6 that are on the road. Expected: judged, in ranking, and found."""
        road = self.env["stock.location"].create({"name": "Road", "usage": "transit"})
        product = self._create_product("Plank")
        self._add_stock(product, 6, road)
        receipts = self.env["stock.picking"].union(
            *(
                self._create_delivery(
                    (product, 4), assign=False, picking_type=self.warehouse.in_type_id, location_id=road.id
                )
                for _number in range(2)
            )
        )
        lines = receipts.move_ids
        lines.write({"location_id": road.id, "location_dest_id": self.stock.id})
        self._invalidate()
        lines = lines.with_user(self.picker)
        self.assertEqual(lines.mapped("availability_status"), ["available", "short"])
        self.assertEqual(lines.mapped("qty_available_now"), [4, 2])
        found = lines.search([("availability_status", "=", "short"), ("id", "in", lines.ids)])
        self.assertEqual(found, lines[1], "Searched as it is shown.")
