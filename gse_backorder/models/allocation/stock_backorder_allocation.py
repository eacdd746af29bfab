from contextlib import contextmanager
from dataclasses import dataclass

from odoo import api, fields, models

CAUSES = [
    ("receipt", "Receipt"),
    ("return", "Return"),
    ("manufacturing", "Manufacturing"),
    ("transfer", "Internal transfer"),
    ("adjustment", "Inventory adjustment"),
    ("correction", "Corrected transfer"),
    ("cancel", "Cancellation"),
    ("unreserve", "Unreserved"),
    ("lower", "Lower demand"),
    ("demand", "Changed demand"),
    ("confirm", "Confirmation"),
    ("remainder", "Remainder"),
    ("scheduler", "Scheduler"),
    ("manual", "Manual"),
    ("ranking", "Ranking changed"),
    ("supply", "Supply changed"),
]
# What brings new stock by a transfer: what is cancelled, unreserved or counted is no arrival.
ARRIVAL_CAUSES = ("receipt", "return", "transfer")
GARBAGE_BATCH = 10_000
# Among the data of the cursor's precommit hooks, see Postponed.
POSTPONED = "gse_backorder.postponed_entries"


@dataclass
class Postponed:
    """Entries on lines that will be in another transfer in a moment."""

    transfer_ids: set  # what is logged on their lines is postponed
    vals_list: list


class StockBackorderAllocation(models.Model):
    """The log of what stock was handed to whom, and of what has moved a promise: rows are only ever added."""

    _name = "stock.backorder.allocation"
    _description = "Allocation of Stock"
    _order = "id desc"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="cascade")
    location_id = fields.Many2one("stock.location", string="Stock", readonly=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", readonly=True, index="btree_not_null", ondelete="cascade")
    move_id = fields.Many2one(
        "stock.move",
        string="Line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Who got the stock.",
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Transfer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", related="picking_id.partner_id")
    quantity = fields.Float(
        digits="Product Unit", readonly=True, help="How much was handed out, in the product's unit; 0 for an event."
    )
    missing_quantity = fields.Float(
        string="Still Missing", digits="Product Unit", readonly=True, help="What the line lacked after it."
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    cause = fields.Selection(CAUSES, required=True, readonly=True, help="What brought the stock, or what happened.")
    source = fields.Char(readonly=True, help="The document that brought or freed the stock.")
    source_picking_id = fields.Many2one("stock.picking", readonly=True, index="btree_not_null", ondelete="set null")
    policy = fields.Selection(lambda self: self.env["stock.warehouse"]._get_policy_names(), readonly=True)
    rank = fields.Integer(
        string="Place",
        readonly=True,
        help="The line's place in the ranking of those that waited then; 1 was the first, 0 where nothing was free.",
    )
    passed_over_count = fields.Integer(string="Passed Over", readonly=True, help="How many lines were ahead of it.")
    passed_over_ids = fields.Many2many(
        "stock.move",
        "stock_backorder_allocation_passed_over_rel",
        "allocation_id",
        "move_id",
        string="Passed Over Lines",
        readonly=True,
        help="The first of those that were ahead of it.",
    )
    note = fields.Char(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        """The log of a company says who it was, but nobody who works for others only."""
        by_actor = {}
        for number, vals in enumerate(vals_list):
            company = self.env["res.company"].browse(vals.get("company_id") or ())
            by_actor.setdefault(self.env.user._get_actor_in(company), {})[number] = vals
        ids = {}
        for actor, rows in by_actor.items():
            log = self if actor == self.env.user else self.with_user(actor)
            entries = super(StockBackorderAllocation, log).create(list(rows.values()))
            ids.update(zip(rows, entries.ids, strict=True))
        return self.browse(ids[number] for number in range(len(vals_list)))

    # ---- remainders ------------------------------------------------------------
    # What is split off a transfer is reserved before it has a transfer of its own: it is logged when it has.

    @contextmanager
    def _postponing(self, transfers):
        """Postpone what is logged meanwhile on lines in *transfers*, off which remainders are split."""
        postponed = self._get_postponed()
        before, postponed.transfer_ids = postponed.transfer_ids, {*transfers.ids}
        try:
            yield
        finally:
            postponed.transfer_ids = before

    @api.model
    def _write_down(self, vals_list):
        """Create entries, of which some may be postponed."""
        postponed = self._get_postponed()
        postponed.vals_list += [vals for vals in vals_list if vals["picking_id"] in postponed.transfer_ids]
        self.create([vals for vals in vals_list if vals["picking_id"] not in postponed.transfer_ids])

    @api.model
    def _write_postponed(self, moves):
        """Create the entries on *moves* that were postponed, with the transfers that these have now."""
        postponed, transfers = self._get_postponed(), {move.id: move.picking_id.id for move in moves}
        own = [vals for vals in postponed.vals_list if vals["move_id"] in transfers]
        postponed.vals_list = [vals for vals in postponed.vals_list if vals["move_id"] not in transfers]
        self.create([{**vals, "picking_id": transfers[vals["move_id"]]} for vals in own])

    @api.model
    def _get_postponed(self):
        """Return the :class:`Postponed` entries of this transaction; none is forgotten at its end."""
        precommit = self.env.cr.precommit
        if POSTPONED not in precommit.data:
            precommit.data[POSTPONED] = Postponed(set(), [])
            precommit.add(self.sudo()._write_all_postponed)
        return precommit.data[POSTPONED]

    @api.model
    def _write_all_postponed(self):
        moves = self.env["stock.move"].browse(vals["move_id"] for vals in self._get_postponed().vals_list)
        self._write_postponed(moves.exists())  # some may have been rolled back
        del self.env.cr.precommit.data[POSTPONED]

    @api.autovacuum
    def _gc_allocations(self):
        """Forget what is older than each company keeps its log, a batch at a time."""
        old = self.search(self.env["res.company"]._get_outdated_domain(), limit=GARBAGE_BATCH, order="id")
        done = len(old)
        old.unlink()
        return done, int(done == GARBAGE_BATCH)
