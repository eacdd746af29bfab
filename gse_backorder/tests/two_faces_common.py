"""Moves of all kinds, at random: what rules that exist in Python and in SQL are compared on."""

from datetime import timedelta
from itertools import pairwise

from odoo import Command, fields

from .chance import draw_from
from .common import BackorderCase

MOVES = 120
# It is the next day in Auckland already.
NOW = "2026-11-20 12:30:00"
ZONES = ("America/New_York", "Pacific/Auckland", "Asia/Kolkata", False)
STEPS = ("one_step", "two_steps", "three_steps")


class TwoFacesCase(BackorderCase):
    """Two companies, warehouses with steps, stocks within stocks, and moves between all of their places."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chance = draw_from(16)
        cls.other_company = cls.env["res.company"].create({"name": "Other Company"})
        cls.houses = cls._create_houses()
        cls.places = cls._create_places()
        cls.beside = cls.places.filtered(lambda place: place.stock_area_id in cls.places[0] | cls.stock)
        cls.types = cls._create_types()
        cls.products = cls._create_products()
        cls.owner = cls.env["res.partner"].create({"name": "Owner"})
        cls._fill_stocks()
        cls.purchase_lines = cls._create_purchase_lines()
        cls.moves = cls._create_moves()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _create_houses(cls):
        houses = cls.warehouse
        companies = (cls.company, cls.company, cls.other_company, cls.company)
        for number, (company, steps, zone) in enumerate(zip(companies, (*STEPS, "two_steps"), ZONES, strict=True)):
            address = cls.env["res.partner"].create({"name": f"House {number}", "tz": zone})
            houses |= houses.create(
                {
                    "name": f"House {number}",
                    "code": f"TF{number}",
                    "company_id": company.id,
                    "partner_id": address.id,
                    "reception_steps": steps,
                    "delivery_steps": "pick_ship",
                }
            )
        return houses

    @classmethod
    def _create_places(cls):
        """Return places of every usage: within stocks, beside them, above them, between companies, of no warehouse."""
        locations = cls.env["stock.location"]

        def create(name, usage, parent=None, **values):
            return locations.create({"name": name, "usage": usage, "location_id": parent and parent.id, **values})

        view = cls.warehouse.view_location_id
        hall = create("Hall", "internal", view)
        corner = create("Corner", "view", hall)  # goods lie in it, and it holds none
        road = create("Road", "transit", company_id=False)
        between = cls.env.ref("stock.stock_location_inter_company")
        between.active = True
        gone = create("Gone", "internal", hall)
        places = (
            hall | corner | create("Deep", "internal", corner) | road | create("Lorry", "transit", road) | between
            | create("Ship", "transit", between) | create("Dock", "transit", view) | create("Bin", "internal", road)
            | create("Yard", "internal") | create("Shop", "customer", cls.customers) | create("Lost", "inventory")
            | create("Works", "production") | create("Mill", "supplier", cls.suppliers) | gone
            | cls.customers | cls.suppliers | create("Shelf", "internal", cls.stock)
        )  # fmt: skip
        for house in cls.houses:
            places |= house.lot_stock_id | house.wh_input_stock_loc_id | house.wh_qc_stock_loc_id
            places |= house.wh_output_stock_loc_id
        gone.active = False
        return places

    @classmethod
    def _create_types(cls):
        types = cls.env["stock.picking.type"]
        for house in cls.houses:
            types |= house.in_type_id | house.out_type_id | house.int_type_id
        archived = cls.warehouse.in_type_id.copy({"name": "Archived Receipts", "sequence_code": "ARC"})
        archived.active = False
        return types | archived

    @classmethod
    def _create_products(cls):
        return (
            cls._create_product("Beam")
            | cls._create_product("Bolt", uom_id=cls.dozen.id)
            | cls._create_product("Coil", tracking="lot")
            | cls._create_product("Tape", is_storable=False)
        )

    @classmethod
    def _fill_stocks(cls):
        for place in cls.places.filtered(lambda place: place.usage in ("internal", "transit")):
            for product in cls.products.filtered("is_storable"):
                quantity = cls.chance.choice((0, 0, 3, 40))
                lot = cls.env["stock.lot"]
                if product.tracking != "none":
                    lot = lot.create({"name": f"{place.id}", "product_id": product.id})
                if quantity:
                    owner = cls.chance.choice((cls.owner.browse(), cls.owner))
                    cls._add_stock(product, quantity, place, lot_id=lot, owner_id=owner)

    @classmethod
    def _create_purchase_lines(cls):
        """Return lines of vendors of whom some are usually late; one of the companies counts it."""
        cls.company.promise_vendor_delay = True
        lines = cls.env["purchase.order.line"]
        for days in (0, 1, 9):
            vendor = cls.env["res.partner"].create({"name": f"{days} days late"})
            for company in (cls.company, cls.other_company):
                vendor.with_company(company)._write_facts({"vendor_delay_days": days})
                purchase = cls.env["purchase.order"].create(
                    {
                        "partner_id": vendor.id,
                        "company_id": company.id,
                        "order_line": [
                            Command.create({"product_id": cls.products[0].id, "product_qty": 1, "price_unit": 1})
                        ],
                    }
                )
                lines |= purchase.order_line
        return lines

    @classmethod
    def _draw_move(cls, earlier):
        """Return the values of a move from anywhere to anywhere, some of them after *earlier* ones."""
        chance = cls.chance
        product = chance.choice(cls.products)
        source, destination = chance.sample(list(chance.choice((cls.places, cls.places, cls.beside))), 2)
        origins = chance.sample(earlier, 1) if earlier and not chance.randrange(4) else []
        if origins:  # it brings on what they brought, or does not
            product, source = origins[0].product_id, chance.choice((source, origins[0].location_dest_id))
        company = source.company_id or destination.company_id or cls.company
        line = cls.purchase_lines.filtered(lambda line: line.company_id == company)
        return {
            "product_id": product.id,
            "product_uom": chance.choice((cls.unit, cls.dozen)).id,
            "product_uom_qty": chance.choice((1, 2, 5)),
            "location_id": source.id,
            "location_dest_id": destination.id,
            "location_final_id": chance.choice((False, False, chance.choice(cls.places).id)),
            "picking_type_id": chance.choice((False, chance.choice(cls.types).id, chance.choice(cls.types).id)),
            "company_id": company.id,
            "date": fields.Datetime.now() + timedelta(hours=chance.choice((-200, 200, *range(-30, 30, 2)))),
            "move_orig_ids": [Command.link(origin.id) for origin in origins],
            "procure_method": chance.choice(("make_to_stock", "make_to_stock", "make_to_stock", "make_to_order")),
            "purchase_line_id": chance.choice((False, chance.choice(line).id)),
            "restrict_partner_id": chance.choice((False, False, False, cls.owner.id)),
        }

    @classmethod
    def _create_moves(cls):
        """Return moves in all states that they can come to."""
        moves = cls.env["stock.move"]
        for _number in range(MOVES):
            moves |= cls._create_move(cls._draw_move(list(moves)))
        for house in cls.houses:
            moves |= cls._create_steps(house)
        # What follows is procured, pushed, or put into transfers by nobody: it is as it was drawn.
        states = ("draft", "open", "open", "open", "reserved", "reserved", "done", "cancel")
        for move in moves:
            cls._bring_on(move, cls.chance.choice(states))
        for house in cls.houses:
            moves |= cls._create_brought(house)
        return moves | cls._create_keyed()

    @classmethod
    def _create_keyed(cls):
        """Return deliveries by the dozen and by the pallet of which pieces were keyed: their unit cannot tell them."""
        product = cls._create_product("Brick", stock=20000)
        pallet = cls.env["uom.uom"].create({"name": "Pallet", "relative_uom_id": cls.unit.id, "relative_factor": 1000})
        cls.products |= product
        moves = cls.env["stock.move"]
        for unit, most in ((cls.dozen, 23), (pallet, 1995)) * 4:
            moves |= cls._create_move(
                {
                    **cls._draw_move([]),
                    "product_id": product.id,
                    "product_uom": unit.id,
                    "product_uom_qty": 2,
                    "location_id": cls.stock.id,
                    "location_dest_id": cls.customers.id,
                    "location_final_id": False,
                    "company_id": cls.company.id,
                    "purchase_line_id": False,
                    "procure_method": "make_to_stock",
                    "restrict_partner_id": False,
                }
            )
            cls._bring_on(moves[-1], "open")
            cls.env["stock.move.line"].create(
                {
                    "move_id": moves[-1].id,
                    "product_id": product.id,
                    "product_uom_id": cls.unit.id,
                    "quantity": cls.chance.randrange(1, most),
                }
            )
        return moves

    @classmethod
    def _create_move(cls, values):
        move = cls.env["stock.move"].create(values)
        move.write({"location_final_id": values["location_final_id"]})  # Odoo would fill it
        return move

    @classmethod
    def _create_steps(cls, house):
        """Return the moves of goods that come in, and of others that go out, over several steps that are all open."""
        inputs = (cls.suppliers, house.wh_input_stock_loc_id, house.wh_qc_stock_loc_id, house.lot_stock_id)
        outputs = (house.lot_stock_id, house.wh_output_stock_loc_id, cls.customers)
        moves = cls.env["stock.move"]
        for places, final in ((inputs, False), (inputs, house.lot_stock_id.id), (outputs, cls.customers.id)):
            before = moves.browse()
            for source, destination in pairwise(places):
                before = cls._create_move(
                    {
                        **cls._draw_move([]),
                        "product_id": cls.products[0].id,
                        "location_id": source.id,
                        "location_dest_id": destination.id,
                        "location_final_id": final,
                        "company_id": house.company_id.id,
                        "move_orig_ids": [Command.link(move.id) for move in before],
                        "purchase_line_id": False,
                    }
                )
                moves |= before
        return moves

    @classmethod
    def _create_brought(cls, house):
        """Return the moves of goods that were brought for three lines, too few for all of them, and a line beside."""
        places = (cls.suppliers, house.lot_stock_id, cls.customers)
        receipt, beside, *takers = (
            cls._create_move(
                {
                    **cls._draw_move([]),
                    "product_id": cls.products[0].id,
                    "product_uom_qty": quantity,
                    "product_uom": cls.unit.id,
                    "location_id": places[is_taker].id,
                    "location_dest_id": places[is_taker + 1].id,
                    "location_final_id": False,
                    "company_id": house.company_id.id,
                    "purchase_line_id": False,
                    "restrict_partner_id": False,
                }
            )
            for is_taker, quantity in ((False, 20), (True, 4), (True, 7), (True, 8), (True, 30))
        )
        beside.procure_method = "make_to_stock"
        receipt.move_dest_ids = [Command.link(taker.id) for taker in takers]
        cls._bring_on(receipt, "done")
        lines = beside.union(*takers)
        for line, state in zip(lines, ("open", "reserved", "open", "open"), strict=True):
            cls._bring_on(line, state)
        return receipt | lines

    @classmethod
    def _bring_on(cls, move, state):
        if state == "draft":
            return
        origins = move.move_orig_ids
        waits = any(origin.state not in ("done", "cancel") for origin in origins)
        waits = waits or (move.procure_method == "make_to_order" and not origins)
        move.state = "waiting" if waits else "confirmed"
        if state == "reserved":
            move._action_assign()
        elif state in ("done", "cancel"):
            move.state = state
        if state == "done" and "view" not in (move.location_id.usage, move.location_dest_id.usage):
            cls._move_goods(move)

    @classmethod
    def _move_goods(cls, move):
        """Move the goods of a move that is done."""
        lot = cls.env["stock.lot"]
        if move.product_id.tracking != "none":
            lot = lot.search([("product_id", "=", move.product_id.id)], limit=1)
        cls.env["stock.move.line"].create(
            {
                "move_id": move.id,
                "product_id": move.product_id.id,
                "product_uom_id": move.product_uom.id,
                "quantity": move.product_uom_qty,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
                "lot_id": lot.id,
                "picked": True,
            }
        )

    def _get_ids(self, query, *parts):
        """Return the set of the first columns of what the SQL *query* gives for the test's moves."""
        return {row[0] for row in self.env.execute_query(query)} & set(self.moves.ids)
