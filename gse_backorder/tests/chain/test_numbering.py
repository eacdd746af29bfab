from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestNumbering(BackorderCase):
    """The remainder of WH/OUT/00389 is WH/OUT/00389-R1, then -R2, always counted from the original."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_product("Beam", stock=100)

    def _numbers(self, *pickings):
        return [(p.name, p.backorder_root_id, p.backorder_index) for p in pickings]

    def test_first_and_second_remainder(self):
        """Scenario: 10 are ordered, 4 ship, then 3, then 3. Expected: -R1 and -R2, both counted from the original."""
        root = self._create_delivery((self.product, 10))
        name = root.name
        first = self._ship(root, 4)
        second = self._ship(first, 3)
        self.assertEqual(
            self._numbers(root, first, second),
            [(name, root.browse(), 0), (f"{name}-R1", root, 1), (f"{name}-R2", root, 2)],
            "Every backorder is counted from the original, and the original is not renamed.",
        )
        self.assertEqual(second.backorder_id, first, "Odoo's own link still names the transfer before.")
        self.assertFalse(self._ship(second, 3), "Nothing is left, so nothing is made.")

    def test_as_picker(self):
        """Scenario: a plain stock user ships a part. Expected: he gets the numbered backorder, without a dialog."""
        root = self._create_delivery((self.product, 10)).with_user(self.picker)
        backorder = self._ship(root, 4)
        self.assertEqual(backorder.name, f"{root.name}-R1", "A picker needs no more rights than to validate.")

    def test_no_sequence_number_is_burnt(self):
        """Scenario: a backorder is made between two deliveries. Expected: their numbers follow each other."""
        root = self._create_delivery((self.product, 10))
        self._ship(root, 4)
        following = self._create_delivery((self.product, 1))
        numbers = [int(picking.name.rsplit("/", 1)[1]) for picking in (root, following)]
        self.assertEqual(numbers[1], numbers[0] + 1, "The backorder must not draw a number of the sequence.")

    def test_renamed_root(self):
        """Scenario: the original is renamed after -R1. Expected: the next backorder follows the new name."""
        root = self._create_delivery((self.product, 10))
        first = self._ship(root, 4)
        root.name = "Site 7-R1"
        second = self._ship(first, 3)
        self.assertEqual(
            (second.name, second.backorder_index),
            ("Site 7-R1-R2", 2),
            "The name is made from the original's name and the index, never parsed from a backorder's name.",
        )

    def test_prefix_with_dashes(self):
        """Scenario: the sequence itself writes -R. Expected: only the stored index counts."""
        self.delivery_type.sequence_id.prefix = "BKT-R1-R"
        root = self._create_delivery((self.product, 10))
        backorder = self._ship(root, 4)
        self.assertEqual(backorder.name, f"{root.name}-R1", "The prefix is no backorder suffix.")

    def test_name_already_typed_by_hand(self):
        """Scenario: somebody has typed the name that -R1 would get. Expected: the next free one is taken."""
        root = self._create_delivery((self.product, 10))
        self._create_delivery((self.product, 1)).name = f"{root.name}-R1"
        backorder = self._ship(root, 4)
        self.assertEqual(
            (backorder.name, backorder.backorder_index), (f"{root.name}-R2", 2), "A taken name is passed over."
        )

    def test_same_name_in_another_company(self):
        """Scenario: another company has a transfer of that name. Expected: it does not matter."""
        root = self._create_delivery((self.product, 10))
        other_company = self.env["res.company"].create({"name": "Other"})
        other_warehouse = self.env["stock.warehouse"].search([("company_id", "=", other_company.id)])
        self.env["stock.picking"].create(
            {
                "name": f"{root.name}-R1",
                "picking_type_id": other_warehouse.out_type_id.id,
                "location_id": other_warehouse.lot_stock_id.id,
                "location_dest_id": self.customers.id,
            }
        )
        self.assertEqual(self._ship(root, 4).name, f"{root.name}-R1", "Names are unique in one company only.")

    def test_empty_suffix_gives_odoo_numbering(self):
        """Scenario: the suffix is empty. Expected: a number of the sequence; the chain is linked all the same."""
        self.delivery_type.backorder_suffix = False
        root = self._create_delivery((self.product, 10))
        backorder = self._ship(root, 4)
        self.assertRegex(backorder.name, r"^BKT/OUT/\d+$", "Odoo numbers it.")
        self.assertEqual((backorder.backorder_root_id, backorder.backorder_index), (root, 1), "The chain is known.")

    def test_receipt_is_numbered_by_odoo(self):
        """Scenario: a receipt is received in part. Expected: Odoo's own number, and the chain is linked."""
        receipt = self._create_receipt((self.product, 10))
        self.warehouse.in_type_id.create_backorder = "always"
        backorder = self._ship(receipt, 4)
        self.assertRegex(backorder.name, r"^BKT/IN/\d+$", "Receipts have no suffix by default.")
        self.assertEqual(backorder.backorder_root_id, receipt, "The chain is known.")

    def test_return_is_no_backorder(self):
        """Scenario: a shipped backorder is returned. Expected: the return starts a chain of its own."""
        root = self._create_delivery((self.product, 10))
        backorder = self._ship(root, 4)
        self._ship(backorder, 6)
        wizard = self.env["stock.return.picking"].create({"picking_id": backorder.id})
        wizard.product_return_moves.quantity = 2
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(
            self._numbers(returned),
            [(returned.name, root.browse(), 0)],
            "A return has no root and no index, whatever it was copied from.",
        )
        self.assertNotIn("-R", returned.name, "A return is not named like a backorder.")

    def test_split_transfer(self):
        """Scenario: a delivery is split twice. Expected: what is set stays, two backorders are numbered."""
        root = self._create_delivery((self.product, 10))
        root.move_ids.quantity = 6
        root.action_split_transfer()
        root.move_ids.quantity = 5
        root.action_split_transfer()
        backorders = root.backorder_ids.sorted("backorder_index")
        self.assertEqual(
            self._numbers(*backorders),
            [(f"{root.name}-R1", root, 1), (f"{root.name}-R2", root, 2)],
            "Splitting numbers as validating does.",
        )
        self.assertEqual(
            [sum(p.move_ids.mapped("product_uom_qty")) for p in (root, *backorders)],
            [5, 4, 1],
            "No quantity is lost.",
        )

    def test_two_deliveries_validated_together(self):
        """Scenario: two deliveries are validated in one call. Expected: each backorder follows its own original."""
        deliveries = self._create_delivery((self.product, 10)) | self._create_delivery((self.product, 10))
        for delivery in deliveries:
            delivery.move_ids.quantity = 4
        self.assertIs(deliveries.button_validate(), True, "Nothing is asked.")
        for delivery in deliveries:
            self.assertEqual(delivery.backorder_ids.name, f"{delivery.name}-R1", "Counted for each original.")

    def test_backorder_id_in_create(self):
        """Scenario: code creates a transfer with backorder_id, not by Odoo's method. Expected: it is numbered."""
        root = self._create_delivery((self.product, 10))
        created = self.env["stock.picking"].create(
            {
                "backorder_id": root.id,
                "picking_type_id": self.delivery_type.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        self.assertEqual(self._numbers(created), [(f"{root.name}-R1", root, 1)], "Any creator gets the numbering.")

    def test_name_in_create_is_kept(self):
        """Scenario: code creates a backorder and names it. Expected: its name, our root and index."""
        root = self._create_delivery((self.product, 10))
        created = root.copy({"name": "Special", "backorder_id": root.id})
        self.assertEqual(self._numbers(created), [("Special", root, 1)], "A chosen name is kept.")

    def test_backorder_id_written(self):
        """Scenario: code makes a transfer, then writes backorder_id. Expected: the chain and the name are repaired."""
        root = self._create_delivery((self.product, 10))
        other = self._create_delivery((self.product, 1))
        other.backorder_id = root
        self.assertEqual(self._numbers(other), [(f"{root.name}-R1", root, 1)], "Written links count, too.")

    def test_backorder_id_written_on_printed(self):
        """Scenario: the transfer is already printed. Expected: it joins the chain but keeps its name."""
        root = self._create_delivery((self.product, 10))
        other = self._create_delivery((self.product, 1), printed=True)
        name = other.name
        other.backorder_id = root
        self.assertEqual(self._numbers(other), [(name, root, 1)], "A printed name does not change.")

    def test_chain_joins_another(self):
        """Scenario: an original with a backorder becomes the backorder of another. Expected: all count from that."""
        root = self._create_delivery((self.product, 10))
        other = self._create_delivery((self.product, 10))
        others_backorder = self._ship(other, 4)
        other.backorder_id = root
        self.assertEqual(
            [(p.backorder_root_id, p.backorder_index) for p in (other, others_backorder)],
            [(root, 1), (root, 2)],
            "The whole chain moves below the new original.",
        )
        self.assertEqual(others_backorder.name, f"{root.name}-R2", "What has not shipped is renamed.")
        self.assertNotIn("-R", other.name, "What has shipped keeps its name.")

    def test_backorder_id_removed(self):
        """Scenario: the link is removed. Expected: the transfer is an original of its own, with its followers."""
        root = self._create_delivery((self.product, 10))
        first = self._ship(root, 4)
        second = self._ship(first, 3)
        first.backorder_id = False
        self.assertEqual((first.backorder_root_id, first.backorder_index), (root.browse(), 0), "It is a root now.")
        self.assertEqual((second.backorder_root_id, second.backorder_index), (first, 1), "Its follower goes with it.")
        self.assertEqual(
            (first.name, second.name), (f"{root.name}-R1", f"{root.name}-R2"), "Names stay: there is no -R1-R1."
        )

    def test_typed_name_is_kept(self):
        """Scenario: a transfer with a name typed by hand is linked. Expected: it joins the chain under that name."""
        root = self._create_delivery((self.product, 10))
        other = self._create_delivery((self.product, 1))
        other.name = "Site 7, second truck"
        other.backorder_id = root
        self.assertEqual(self._numbers(other), [("Site 7, second truck", root, 1)], "Somebody has chosen it.")

    def test_duplicate_waits_since_today(self):
        """Scenario: an old delivery is duplicated. Expected: the duplicate does not inherit its place."""
        old = self._create_delivery((self.product, 10))
        old.move_ids.ordered_date = "2020-01-01"
        duplicate = old.copy()
        duplicate.action_confirm()
        self.assertGreater(duplicate.move_ids.ordered_date.year, 2020, "Nobody has waited for it yet.")

    def test_what_stays_with_the_shipment(self):
        """Scenario: the original is printed, signed and has a responsible. Expected: the backorder starts without."""
        pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        root = self._create_delivery((self.product, 10), user_id=self.picker.id, printed=True)
        root.signature = pixel
        backorder = self._ship(root, 4)
        self.assertEqual(
            (backorder.user_id, backorder.printed, bool(backorder.signature)),
            (self.picker.browse(), False, False),
            "Responsible, printed flag and signature belong to what has shipped.",
        )
        self.assertEqual(backorder.partner_id, self.customer, "The address travels.")
