from odoo import Command
from odoo.fields import Domain
from odoo.tests import tagged

from ...hooks import get_awaited_sql
from ...models.chain.picking_states import CLOSED_STATES
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestAwaited(PortalCase):
    """Who waits for a line is written on it: what that was made of is followed, and what he may see is asked."""

    def _find(self, partner):
        """Return the moves of the list of the company of *partner*."""
        self.env.flush_all()
        query = self.env["stock.move"]._get_awaited_sql(partner, self.company, Domain.TRUE)
        return self.env["stock.move"].browse(sorted(row[0] for row in self.env.execute_query(query)))

    def _search(self, partner):
        """The same by what deliveries and steps say themselves, without what is written on the lines."""
        customer = partner.commercial_partner_id
        is_open = Domain("state", "not in", ("draft", *CLOSED_STATES)) & Domain("company_id", "=", self.company.id)
        deliveries = self.env["stock.picking"]._get_customer_domain(partner) & Domain("state", "not in", CLOSED_STATES)
        shipped = self.env["stock.move"].search(is_open & Domain("picking_id", "any", deliveries))
        prepared = self.env["stock.move"].search(
            is_open
            & Domain("sale_line_id.order_id.partner_id.commercial_partner_id", "=", customer.id)
            & Domain("location_dest_id.usage", "!=", "customer")
            & Domain("location_final_id.usage", "=", "customer")
            & Domain("picking_id.customer_id", "=", False)
        )
        prepared = prepared.filtered(lambda move: move._is_bound_for_customer())
        return (shipped.filtered(lambda move: not move._is_scrap()) | prepared).sorted("id")

    def _assert_found(self, expected, partner=None):
        found = self._find(partner or self.customer)
        self.assertEqual(found, self._search(partner or self.customer))
        self.assertEqual(found, expected.sorted("id"))

    def _assert_sql_is_python(self, moves):
        self.env.flush_all()
        in_sql = dict(self.env.execute_query(get_awaited_sql()))
        open_moves = moves.filtered(lambda move: move.state not in CLOSED_STATES)
        self.assertEqual(
            {move: in_sql.get(move.id) for move in open_moves},
            {move: move.awaited_by_id.id or None for move in open_moves},
        )

    def test_kinds(self):
        """Scenario: deliveries, steps, a return, a scrap, a transfer, another customer's, a part shipped. Expected:
        what he waits for, each unit in one line."""
        backorder = self._ship_root()
        foreign = self._create_foreign_delivery()
        others = self._create_vendor_return() | self._create_internal_transfer() | self.receipt
        by_hand = self._create_delivery((self.products["Wool"], 1), partner_id=self.colleague.partner_id.id)
        self._assert_found(backorder.move_ids | by_hand.move_ids, self.colleague.partner_id)
        self._assert_found(foreign.move_ids, self.stranger.partner_id)
        scrapped = by_hand.move_ids.copy({"location_dest_id": self._get_loss().id, "picking_id": by_hand.id})
        scrapped._action_confirm(merge=False)
        self._assert_found(backorder.move_ids | by_hand.move_ids - scrapped)
        self.warehouse.delivery_steps = "pick_ship"
        panel = self._create_product("Panel", stock=2)
        order = self._create_order((panel, 5), partner_id=self.owner.partner_id.id)
        known = backorder.move_ids | by_hand.move_ids - scrapped
        self._assert_found(known | order.picking_ids.move_ids)
        _pick, rest, delivery = self._pick(order)
        self._assert_found(known | rest.move_ids | delivery.move_ids)
        self._assert_sql_is_python(
            (self.root | backorder | foreign | others | by_hand | order.picking_ids).move_ids | scrapped
        )

    def _get_loss(self):
        return self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )

    def test_step_whose_next_is_open(self):
        """Scenario: all steps are made at once, as rules that pull make them. Expected: the last one counts."""
        delivery = self._create_delivery((self.products["Beam"], 1), sale_id=self.order.id)
        pick = self._create_delivery(
            (self.products["Beam"], 1),
            picking_type=self.warehouse.pick_type_id,
            location_dest_id=self.warehouse.wh_output_stock_loc_id.id,
        )
        pick.move_ids.write(
            {
                "location_dest_id": self.warehouse.wh_output_stock_loc_id.id,
                "location_final_id": self.customers.id,
                "sale_line_id": self.order.order_line[0].id,
                "move_dest_ids": [Command.link(delivery.move_ids.id)],
            }
        )
        self.assertEqual(pick.move_ids.awaited_by_id, self.customer)
        self._assert_found(self.root.move_ids | delivery.move_ids)
        delivery.action_cancel()
        self._assert_found(self.root.move_ids | pick.move_ids)

    def test_draft_line(self):
        """Scenario: somebody adds a line by hand. Expected: until it is confirmed the delivery is a draft, and no
        customer sees it, neither its page nor its lines; what is picked for him is no delivery."""
        self.warehouse.delivery_steps = "pick_ship"
        pick = self._create_order((self.products["Wool"], 1)).picking_ids
        line = {"product_id": self.products["Beam"].id, "product_uom_qty": 1}
        for transfer in (self.root, pick):
            places = {"location_id": transfer.location_id.id, "location_dest_id": transfer.location_dest_id.id}
            transfer.move_ids.create({**line, **places, "picking_id": transfer.id, "state": "draft"})
        self.assertEqual(self.root.state, "draft")
        self._assert_found(pick.move_ids.filtered("sale_line_id"))
        self.root.action_confirm()
        self._assert_found(self.root.move_ids | pick.move_ids.filtered("sale_line_id"))

    def test_follows(self):
        """Scenario: the buyer changes companies; the order, then a delivery, is given to another. Expected: so does
        whose list the lines are in, at once."""
        move = self.root.move_ids[0]
        self.assertEqual(move.awaited_by_id, self.customer)
        self.owner.partner_id.parent_id = self.stranger_company
        self._assert_found(self.root.move_ids, self.stranger_company)
        self._assert_found(move.browse())
        self.order.partner_id = self.customer
        self._assert_found(self.root.move_ids)
        by_hand = self._create_delivery((self.products["Beam"], 1))
        by_hand.partner_id = self.stranger_company
        self._assert_found(by_hand.move_ids, self.stranger_company)
        by_hand.location_dest_id = self.suppliers
        self._assert_found(move.browse(), self.stranger_company)
        self._assert_sql_is_python(self.root.move_ids | by_hand.move_ids)

    def test_picked_for_another(self):
        """Scenario: an order that is still picked is given to another customer. Expected: so are its lines."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order((self.products["Wool"], 1))
        self._assert_found(self.root.move_ids | order.picking_ids.move_ids)
        order.partner_id = self.stranger_company
        self._assert_found(order.picking_ids.move_ids, self.stranger_company)
        self._assert_found(self.root.move_ids)

    def test_is_found_by_an_index(self):
        """Scenario: the query of a list, where PostgreSQL avoids reading tables whole. Expected: by the lines' own
        index; without it, it would not be found by any."""
        query = self.env["stock.move"]._get_awaited_sql(self.customer, self.company, Domain.TRUE)
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in self.env.execute_query(self._explain(query)))
        self.assertIn("stock_move_awaited_index", plan)

    @staticmethod
    def _explain(query):
        return type(query)("EXPLAIN %s", query)
