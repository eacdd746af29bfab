from freezegun import freeze_time
from lxml import html

from odoo.tests import tagged

from ..common import BackorderCase

SLIP = "stock.action_report_delivery"
PICK_LIST = "stock.action_report_picking"
CONFIRMATION = "gse_backorder.action_report_backorder_confirmation"
ORDER_CONFIRMATION = "gse_backorder.action_report_sale_backorder_confirmation"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-20 08:00:00")
class TestDocuments(BackorderCase):
    """What is printed for the customer: what has shipped, what is still to come, under which number, and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        # Deliveries in the units of the order, not in those of the products
        cls.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        cls.customer.street = "12 Harbour Road"
        cls.salesperson.email = "seller@documents.example.com"
        cls.shingle = cls._create_product("Shingle", stock=60)
        cls.screw = cls._create_product("Screw", stock=100)
        cls.gypsum = cls._create_product("Gypsum")
        cls.receipt = cls._create_receipt((cls.shingle, 190), days=19)

    def _create_story(self, **values):
        """Return an order of 300 items: 60 shingles and two dozen screws of 250 and 24 are there, no gypsum of 26."""
        return self._create_order(
            (self.shingle, 250), (self.screw, 2, self.dozen), (self.gypsum, 26), user_id=self.salesperson.id, **values
        )

    def _print(self, report, records, user=None):
        env = self.env(user=user) if user else self.env
        self._invalidate()
        return html.fromstring(env["ir.actions.report"]._render_qweb_html(report, records.ids)[0].decode())

    def _read(self, document, name):
        """Return the words of the part *name*, "" where there is none."""
        return " ".join(" ".join(part.text_content() for part in document.xpath(f"//*[@name='{name}']")).split())

    def _read_table(self, document, name):
        """Return the cells of the rows of table *name*."""
        rows = document.xpath(f"//table[@name='{name}']/tbody/tr")
        return [[" ".join(cell.text_content().split()) for cell in row.xpath("td")] for row in rows]

    # ---- delivery slip -----------------------------------------------------

    def test_together_was_promised_together(self):
        """Scenario: all ships together; one line is there, the other comes. Expected: no line was promised earlier."""
        beam, bolt = self._create_product("Beam", stock=5), self._create_product("Bolt", stock=2)
        self._create_receipt((bolt, 3), days=5)
        delivery = self._create_order((beam, 5), (bolt, 5), picking_policy="one").picking_ids
        self._invalidate()
        page = self.env["stock.customer.page"]._get_values(delivery)
        self.assertEqual([line["first_promise_text"] for line in page["lines"]], [False, False])
        self.assertEqual([move._get_promise_change_text() for move in delivery.move_ids], ["", ""])

    def test_slip_of_what_was_not_ordered(self):
        """Scenario: more ships than was ordered, by the dozen, and of a backorder. Expected: the slip calls ordered
        what was, as the page does."""
        self.dozen.active = True
        beam, bolt = self._create_product("Beam", stock=20), self._create_product("Bolt", stock=100)
        delivery = self._create_order((beam, 5), (bolt, 2, self.dozen)).picking_ids
        self._ship(delivery, 7, 3)
        self._ship(self._create_order((beam, 4)).picking_ids, 1)
        remainder = self.env["stock.picking"].search([("backorder_root_id", "!=", False)], order="id desc", limit=1)
        self._ship(remainder, 6)
        for shipment, expected in (
            (delivery, [["Beam", "5 Units", "7 Units"], ["Bolt", "2 Dozens", "3 Dozens"]]),
            (remainder, [["Beam", "3 Units", "6 Units"]]),
        ):
            table = self._print(SLIP, shipment).xpath("//table[@name='stock_move_line_table']/tbody/tr")
            told = [[" ".join(cell.text_content().split()) for cell in row.xpath("td")] for row in table]
            self.assertEqual(told, expected)

    def _scrap(self, delivery, product, quantity):
        values = {"product_id": product.id, "scrap_qty": quantity, "picking_id": delivery.id}
        self.env["stock.scrap"].create({**values, "location_id": delivery.location_id.id}).action_validate()

    def test_slip_of_what_is_written_off(self):
        """Scenario: 2 of 5 are written off from the delivery, once it is packed; the other 3 ship. Expected: nobody has
        ordered or got the 2, before and after."""
        beam = self._create_product("Beam", stock=5)
        delivery = self._create_order((beam, 5)).picking_ids
        self._scrap(delivery, beam, 2)
        slip = self._print(SLIP, delivery)
        self.assertEqual([cells[-2:] for cells in self._read_table(slip, "stock_move_table")], [["5", "3"]])
        self._ship(delivery).action_cancel()
        slip = self._print(SLIP, delivery)
        self.assertEqual(
            self._read_table(slip, "stock_move_line_table"), [["Beam", "5 Units", "3 Units"]], "Two were cancelled."
        )

    def test_slip_of_a_corrected_delivery(self):
        """Scenario: 10 have shipped, and turn out to be 7, then 12. Expected: 10 were ordered, as the page says."""
        beam = self._create_product("Beam", stock=20)
        delivery = self._create_order((beam, 10)).picking_ids
        self._ship(delivery)
        for quantity in (7, 12):
            delivery.move_ids.move_line_ids.quantity = quantity
            [line] = self.env["stock.customer.page"]._get_values(delivery)["lines"]
            self.assertEqual((line["ordered"], line["shipped"]), ("10", f"{quantity}"))
            told = self._read_table(self._print(SLIP, delivery), "stock_move_line_table")
            self.assertEqual(told, [["Beam", "10 Units", f"{quantity} Units"]])

    def test_slip_before_it_ships(self):
        """Scenario: the slip is printed before validation. Expected: what cannot ship now, without a number."""
        slip = self._print(SLIP, self._create_story().picking_ids)
        self.assertEqual(
            self._read_table(slip, "open_lines_table"),
            [
                ["Shingle", "190 Units", "Backorder to follow", "9 Dec"],
                ["Gypsum", "26 Units", "Backorder to follow", "no date yet"],
            ],
            "The lines that stay behind; the screws all ship.",
        )
        self.assertIn("84 of 300 items shipped, this delivery included; 216 to come", self._read(slip, "still_to_come"))

    def test_slip_follows_the_picker(self):
        """Scenario: less is picked than is there. Expected: what he leaves behind is to come, in the line's unit."""
        delivery = self._create_story().picking_ids
        delivery.move_ids.filtered(lambda move: move.product_id == self.screw).quantity = 1
        slip = self._print(SLIP, delivery)
        self.assertEqual(
            self._read_table(slip, "open_lines_table")[1][:3],
            ["Screw", "1 Dozens", "Backorder to follow"],
            "A dozen of the two.",
        )
        self.assertIn("72 of 300 items shipped", self._read(slip, "still_to_come"), "12 less.")

    def test_slip_of_unreserved_delivery(self):
        """Scenario: nothing is reserved yet. Expected: only what could not ship is to come."""
        delivery = self._create_delivery((self.shingle, 70), (self.screw, 10), assign=False)
        slip = self._print(SLIP, delivery)
        self.assertEqual(
            self._read_table(slip, "open_lines_table"),
            [["Shingle", "10 Units", "Backorder to follow", "9 Dec"]],
            "Sixty shingles and the screws could be reserved.",
        )

    def _read_slip(self, delivery):
        """Return the quantities of the first table of the slip, its last heading, and the words on what is to come."""
        slip = self._print(SLIP, delivery)
        rows = [row[1:] for row in self._read_table(slip, "stock_move_table")]
        heading = self._read(slip, "th_sm_quantity")
        return rows, heading, self._read(slip, "still_to_come")

    def test_slip_adds_up(self):
        """Scenario: nothing reserved, a part, all together while a line is short, a draft, cancelled. Expected: what
        the slip says to be in it and what it says to come are what was ordered; nothing of what does not leave."""
        beam, bolt = self._create_product("Beam", stock=6), self._create_product("Bolt", stock=4)
        for free, quantities in (
            ({"assign": False}, ["6", "4"]),
            ({"assign": True}, ["6", "4"]),
            ({"assign": True, "move_type": "one"}, ["0", "0"]),
            ({"confirm": False}, ["0", "0"]),
        ):
            delivery = self._create_delivery((beam, 10), (bolt, 4), **free)
            rows, heading, rest = self._read_slip(delivery)
            self.assertEqual(rows, [[ordered, told] for ordered, told in zip(("10", "4"), quantities, strict=True)])
            is_leaving = quantities[0] != "0"
            self.assertEqual(heading, "In This Delivery" if is_leaving else "Delivered", free)
            if delivery.state != "draft":
                words = "10 of 14 items shipped, this delivery included; 4 to come" if is_leaving else "0 of 14 items"
                self.assertIn(words, rest)
            delivery.action_cancel()
            rows, heading, rest = self._read_slip(delivery)
            self.assertEqual(({told for _ordered, told in rows}, heading), ({"0"}, "Delivered"), "Cancelled.")
            self.assertFalse(rest)

    def test_slip_of_what_a_vendor_sends(self):
        """Scenario: a vendor sends 10 to the customer: the slip is printed before he does, after 4, after all.
        Expected: nothing is delivered until it has shipped; all of it is to come."""
        operation = self.delivery_type.copy({"name": "By the vendor", "sequence_code": "DSV", "warehouse_id": False})
        operation.default_location_src_id = self.suppliers
        beam = self._create_product("Beam")
        delivery = self._create_delivery(
            (beam, 10), picking_type=operation, confirm=False, location_id=self.suppliers.id
        )
        delivery.move_ids.location_id = self.suppliers
        delivery.action_confirm()
        self.assertEqual((delivery.state, delivery.move_ids.quantity), ("assigned", 10), "Odoo reserves all of it.")
        rows, heading, rest = self._read_slip(delivery)
        self.assertEqual((rows, heading), ([["10", "0"]], "Delivered"))
        self.assertIn("0 of 10 items shipped; 10 to come", rest)
        self.assertIn(delivery.name, rest, "It comes with this one.")
        backorder = self._ship(delivery, 4)
        rows, _heading, rest = self._read_slip(backorder)
        self.assertEqual(rows, [["6", "0"]])
        self.assertIn("4 of 10 items shipped; 6 to come", rest)
        self._ship(backorder)
        self.assertFalse(self._print(SLIP, backorder).xpath("//*[@name='still_to_come']"))

    def test_slip_of_steps(self):
        """Scenario: picked, then shipped: of 10 and of two dozen 6 and one ship, the rest is to be picked, then it
        is, or it is given up. Expected: the slip of what has shipped says at any time that 10 and 2 were ordered."""
        self.warehouse.delivery_steps = "pick_ship"
        beam, bolt = self._create_product("Beam", stock=6), self._create_product("Bolt", stock=12)
        for is_given_up in (False, True):
            order = self._create_order((beam, 10), (bolt, 2, self.dozen))
            _pick, rest, delivery = self._pick(order)
            self._ship(delivery)
            expected = [["10", "6"], ["2", "1"]]
            self.assertEqual(self._read_shipped(delivery), expected)
            self._add_stock(beam, 4)
            self._add_stock(bolt, 12)
            if is_given_up:
                rest.action_cancel()
            else:
                rest.action_assign()
                self._ship(rest)
                self.assertEqual(self._read_shipped(delivery), expected, "Picked.")
                remainder = delivery.backorder_ids
                self._ship(remainder)
                self.assertEqual(self._read_shipped(remainder), [["4", "4"], ["1", "1"]])
                self._add_stock(beam, 6)
                self._add_stock(bolt, 12)
            self.assertEqual(self._read_shipped(delivery), expected)

    def _read_shipped(self, delivery):
        """Return the numbers of the lines of the slip of what has shipped: ordered, delivered."""
        table = self._print(SLIP, delivery).xpath("//table[@name='stock_move_line_table']/tbody/tr")
        return [[cell.text_content().split()[0] for cell in row.xpath("td")[1:]] for row in table]

    def test_slip_after_two_backorders(self):
        """Scenario: a chain of three, the second has shipped. Expected: each slip shows what is open, once."""
        root = self._create_story().picking_ids
        first = self._ship(root)
        self._add_stock(self.shingle, 40)
        first.action_assign()
        second = self._ship(first)
        expected = [
            ["Shingle", "150 Units", second.name, "9 Dec"],
            ["Gypsum", "26 Units", second.name, "no date yet"],
        ]
        for delivery in (root, first):
            slip = self._print(SLIP, delivery)
            self.assertEqual(self._read_table(slip, "open_lines_table"), expected, f"Behind {delivery.name}.")
            self.assertIn("124 of 300 items shipped; 176 to come", self._read(slip, "still_to_come"), "In total.")
            self.assertFalse(slip.xpath("//table[@name='stock_backorder_table']"), "Not a second time by Odoo.")
        self.assertEqual(
            self._read_table(self._print(SLIP, second), "open_lines_table"),
            expected,
            "A backorder that waits altogether leaves nothing to another one.",
        )

    def test_slip_counts_what_was_cancelled(self):
        """Scenario: a line of the backorder is cancelled. Expected: it is not to come, and the totals say so."""
        root = self._create_story().picking_ids
        backorder = self._ship(root)
        backorder.move_ids.filtered(lambda move: move.product_id == self.gypsum)._action_cancel()
        slip = self._print(SLIP, root)
        self.assertEqual([row[0] for row in self._read_table(slip, "open_lines_table")], ["Shingle"], "Only this.")
        self.assertIn("84 of 300 items shipped; 190 to come; 26 cancelled", self._read(slip, "still_to_come"))

    def test_slip_of_complete_delivery(self):
        """Scenario: all ships, before and after. Expected: nothing is said of what is to come."""
        delivery = self._create_order((self.screw, 5)).picking_ids
        for _moment in ("before", "after"):
            slip = self._print(SLIP, delivery)
            self.assertFalse(slip.xpath("//*[@name='still_to_come']"), "Nothing is to come.")
            if delivery.state != "done":
                self._ship(delivery)
        self.assertEqual(delivery.state, "done", "It was printed shipped, too.")

    def test_slip_of_receipt_stays_as_it_is(self):
        """Scenario: a receipt in part. Expected: Odoo's own table; what a vendor owes us is not "to come"."""
        self.receipt.move_ids.quantity = 100
        self.receipt.with_context(skip_backorder=True).button_validate()
        self.assertTrue(self.receipt.backorder_ids, "Ninety are missing.")
        slip = self._print(SLIP, self.receipt)
        self.assertTrue(slip.xpath("//table[@name='stock_backorder_table']"), "Odoo's table is kept.")
        self.assertFalse(slip.xpath("//*[@name='still_to_come']"), "Ours is for deliveries.")
        self.assertFalse(self.receipt._get_still_to_come_lines(), "Nor does the method tell.")

    def test_pick_and_ship(self):
        """Scenario: two steps, one pick for two customers, a part is picked and shipped. Expected: the rest of this
        order is to come without a number, and nothing of the other customer."""
        self.warehouse.delivery_steps = "pick_ship"
        other = self.env["res.partner"].create({"name": "Rival GmbH"})
        order = self._create_story()
        rival = self._create_order((self.gypsum, 7), partner_id=other.id)
        pick, rival_pick = order.picking_ids, rival.picking_ids
        rival_pick.move_ids.picking_id = pick
        self._ship(pick)
        delivery = order.picking_ids.filtered(lambda picking: picking.picking_type_code == "outgoing")
        self._ship(delivery)
        slip = self._print(SLIP, delivery)
        self.assertEqual(
            [row[:3] for row in self._read_table(slip, "open_lines_table")],
            [["Shingle", "190 Units", "Backorder to follow"], ["Gypsum", "26 Units", "Backorder to follow"]],
            "What has still to be picked for it.",
        )
        self.assertIn("84 of 300 items shipped; 216 to come", self._read(slip, "still_to_come"), "In total.")
        self.assertEqual(
            [line["quantity"] for line in delivery._get_backordered_lines()], [190, 26], "On the confirmation, too."
        )

    # ---- backorder confirmation --------------------------------------------

    def test_confirmation(self):
        """Scenario: a promise has moved since. Expected: all that the customer asks on the phone."""
        order = self._create_story(client_order_ref="SITE-7")
        root = order.picking_ids
        backorder = self._ship(root)
        self.receipt.move_ids.date = "2026-12-14 10:00:00"
        for delivery in (root, backorder, root | backorder):
            document = self._print(CONFIRMATION, delivery)
            self.assertEqual(
                self._read_table(document, "open_lines_table"),
                [
                    ["Shingle", "190 Units", backorder.name, "first promised 9 Dec, now 14 Dec"],
                    ["Gypsum", "26 Units", backorder.name, "no date yet"],
                ],
                "Each line with its new day and the first one, and once.",
            )
        self.assertEqual(
            self._read_table(document, "shipped_lines_table"),
            [
                ["Shingle", "60 Units", root.name, "20 Nov"],
                ["Screw", "2 Dozens", root.name, "20 Nov"],
            ],
            "What has shipped.",
        )
        self.assertEqual(
            self._read(document, "explanation"),
            f"Picking backorder — remainder to ship {backorder.name}: remainder of {root.name}"
            " 84 of 300 items shipped; 216 to come",
            "What it is the remainder of, and the totals.",
        )
        words = document.text_content()
        for word in (order.name, "SITE-7", "12 Harbour Road", self.salesperson.name, "seller@documents.example.com"):
            self.assertIn(word, words, "The customer's address, order and contact.")

    def test_confirmation_of_order(self):
        """Scenario: printed from the order, before, between and after. Expected: a page while one is open."""
        order = self._create_story()
        nothing = f"There is no open backorder of {order.name}."
        self.assertEqual(self._read(self._print(ORDER_CONFIRMATION, order), "nothing_to_come"), nothing, "Not yet.")
        backorder = self._ship(order.picking_ids)
        document = self._print(ORDER_CONFIRMATION, order)
        self.assertEqual(len(document.xpath("//table[@name='open_lines_table']")), 1, "One for the chain.")
        self.assertIn(backorder.name, document.text_content(), "With its number.")
        self._add_stock(self.shingle, 190)
        self._add_stock(self.gypsum, 26)
        backorder.action_assign()
        self._ship(backorder)
        self.assertEqual(self._read(self._print(ORDER_CONFIRMATION, order), "nothing_to_come"), nothing, "No more.")
        self.assertEqual(
            self._read(self._print(CONFIRMATION, backorder), "nothing_to_come"),
            f"There is no open backorder of {backorder.backorder_root_id.name}.",
            "From the delivery as well.",
        )

    def test_rights(self):
        """Scenario: printed by a picker without sales rights, and by a salesperson. Expected: all is there."""
        order = self._create_story()
        backorder = self._ship(order.picking_ids)
        for user in (self.picker, self.salesperson):
            for report, records in ((SLIP, order.picking_ids[0]), (CONFIRMATION, backorder)):
                document = self._print(report, records, user)
                self.assertEqual(
                    [row[1] for row in self._read_table(document, "open_lines_table")],
                    ["190 Units", "26 Units"],
                    f"{report} for {user.login}.",
                )
        document = self._print(ORDER_CONFIRMATION, order, self.salesperson)
        self.assertIn(backorder.name, document.text_content(), "From the order.")

    def test_nothing_leaks(self):
        """Scenario: a rival is served before, costs and internal notes are kept. Expected: none of it is printed."""
        rival = self.env["res.partner"].create({"name": "Rival GmbH"})
        self._create_delivery((self.shingle, 30), partner_id=rival.id)
        self.gypsum.standard_price = 987.65
        order = self._create_story()
        order.picking_ids.note = "<p>Pays late</p>"
        backorder = self._ship(order.picking_ids)
        backorder.note = "<p>Pays late</p>"
        for report in (SLIP, CONFIRMATION):
            words = self._print(report, order.picking_ids).text_content()
            for secret in ("Rival", "987", "Pays late", self.vendor.name, self.receipt.name):
                self.assertNotIn(secret, words, f"{report} says nothing of it.")

    # ---- pick list ---------------------------------------------------------

    def test_pick_list_shows_the_chain(self):
        """Scenario: a chain of two. Expected: both with their states, the printed one marked; none for one alone."""
        root = self._create_story().picking_ids
        self.assertFalse(self._read(self._print(PICK_LIST, root), "chain"), "Alone it is no chain.")
        backorder = self._ship(root)
        self.assertEqual(
            self._read(self._print(PICK_LIST, backorder), "chain"),
            f"Chain: {root.name} (Partially shipped) → {backorder.name} (Waiting, this one)",
            "The chain on one line.",
        )

    # ---- notes for the site ------------------------------------------------

    def test_site_note_is_printed(self):
        """Scenario: an order with notes for the site. Expected: on all papers, also of its backorder."""
        order = self._create_story(site_note="Unload at gate 4\nCall ahead")
        backorder = self._ship(order.picking_ids)
        for delivery in order.picking_ids:
            for report in (SLIP, PICK_LIST, CONFIRMATION):
                note = self._read(self._print(report, delivery), "site_note")
                self.assertEqual(
                    note, "Notes for the site Unload at gate 4 Call ahead", f"{report} of {delivery.name}."
                )
        self.assertEqual(backorder.site_note, "Unload at gate 4\nCall ahead", "It is the backorder's own field.")

    def test_site_note_of_the_order_changes(self):
        """Scenario: the note of the order is edited. Expected: open deliveries follow, but not their own words."""
        order = self._create_story(site_note="Gate 4")
        root = order.picking_ids
        backorder = self._ship(root)
        order.with_user(self.salesperson).site_note = "Gate 5"
        self.assertEqual((root.site_note, backorder.site_note), ("Gate 4", "Gate 5"), "What has shipped stays.")
        backorder.with_user(self.picker).site_note = "Ring twice"
        order.site_note = "Gate 6"
        self.assertEqual(backorder.site_note, "Ring twice", "A note of its own stays.")

    def test_site_note_travels_in_the_chain_only(self):
        """Scenario: a delivery with own notes ships in part and comes back. Expected: its backorder has them."""
        order = self._create_story(site_note="Gate 4")
        root = order.picking_ids
        root.site_note = "Ring twice"
        backorder = self._ship(root)
        self.assertEqual(backorder.site_note, "Ring twice", "The remainder goes to the same site.")
        wizard = self.env["stock.return.picking"].with_context(active_id=root.id, active_model="stock.picking")
        returned = wizard.create({"picking_id": root.id})
        returned.product_return_moves.quantity = 1
        self.assertFalse(returned._create_return().site_note, "What comes back does not go to the site.")

    def test_site_note_in_steps(self):
        """Scenario: pick and ship. Expected: the picker reads the note, and so does who loads."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_story(site_note="Gate 4")
        self._pick(order)
        self.assertEqual(order.picking_ids.mapped("site_note"), ["Gate 4"] * 3, "Pick, its backorder, and delivery.")

    # ---- language and cost -------------------------------------------------

    def test_french_customer(self):
        """Scenario: a French customer, an English user. Expected: French words, numbers and dates."""
        self.customer.lang = "fr_FR"
        self.shingle.with_context(lang="fr_FR").name = "Bardeau"
        template = self.env.ref("gse_backorder.report_backorder_confirmation_document")
        template.update_field_translations("arch_db", {"fr_FR": {"Shipped so far": "Déjà expédié"}})
        self._add_stock(self.shingle, 1140)
        order = self._create_order((self.shingle, 1390))
        self._ship(order.picking_ids)
        document = self._print(CONFIRMATION, order.picking_ids)
        [[product, _quantity, _number, promise]] = self._read_table(document, "open_lines_table")
        self.assertEqual((product, promise), ("Bardeau", "9 déc."), "Name and date.")
        [[_product, quantity, _number, date]] = self._read_table(document, "shipped_lines_table")
        self.assertEqual((quantity.split()[:2], date), (["1", "200"], "20 nov."), "Number and date.")
        self.assertIn("Déjà expédié", document.text_content(), "The headings.")
        self.assertIn("Reliquat de livraison — reste à expédier", document.text_content(), "The note.")
        slip = self._print(SLIP, order.picking_ids[0])
        self.assertEqual(self._read_table(slip, "open_lines_table")[0][0], "Bardeau", "The slip, too.")

    def test_cost_does_not_depend_on_the_lines(self):
        """Scenario: documents of 5 and of 20 lines. Expected: the same number of queries."""

        def cost(count, report):
            products = [self._create_product(f"Product {number}", stock=1) for number in range(count)]
            self._create_receipt(*((product, 1) for product in products))
            order = self._create_order(*((product, 2) for product in products))
            backorder = self._ship(order.picking_ids)
            self._print(report, backorder)
            self._invalidate()
            before = self.cr.sql_log_count
            self._print(report, backorder)
            return self.cr.sql_log_count - before

        for report in (SLIP, CONFIRMATION, PICK_LIST):
            self.assertEqual(cost(5, report), cost(20, report), f"{report} reads its lines at once.")
