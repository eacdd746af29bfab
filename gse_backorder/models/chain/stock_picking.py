from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ... import arguments
from .engine_facts import as_facts
from .picking_states import CLOSED_STATES


class StockPicking(models.Model):
    """The chain of a transfer and its backorders: original, number, name, note, and for whom they are."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "stock.engine.facts", "stock.day.mixin", "stock.group.totals.mixin"]

    backorder_root_id = fields.Many2one(
        "stock.picking",
        string="Original Transfer",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        groups="base.group_user",  # Odoo tells its number to whoever may read the field, whosever transfer it is
        fact=True,
        help="The first transfer of the chain; empty on that transfer itself.",
    )
    backorder_index = fields.Integer(
        string="Backorder Number",
        default=0,
        copy=False,
        readonly=True,
        fact=True,
        help="Which backorder of the original transfer this is, counted from 1; 0 on the original.",
    )
    backorder_last_index = fields.Integer(
        default=0,
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="Technical, on an original: the last index drawn. Drawing one updates this row, so that two transactions"
        " never draw the same.",
    )
    root_backorder_ids = fields.One2many(
        "stock.picking", "backorder_root_id", string="All Backorders", groups="base.group_user"
    )
    chain_ids = fields.Many2many(
        "stock.picking",
        compute="_compute_chain_ids",
        groups="base.group_user",
        help="The original transfer and all its backorders, in the order in which they were made.",
    )
    chain_count = fields.Integer(compute="_compute_chain_ids", groups="base.group_user")
    backorder_note = fields.Char(
        compute="_compute_backorder_note",
        compute_sudo=True,  # customers read the note, not the operation type that it comes from
        inverse="_inverse_backorder_note",
        help="Explains the backorder on the screens and documents that the customer sees.",
    )
    backorder_own_note = fields.Char(
        copy=False,
        help="Technical: the note as edited on this backorder; empty for the standard note.",
        groups="base.group_user",
    )
    is_bound_for_customer = fields.Boolean(
        string="Delivery to a Customer",
        compute="_compute_is_bound_for_customer",
        search="_search_is_bound_for_customer",
        groups="base.group_user",
        help="Its goods go to a customer: it is no return to a vendor, and no transfer to another warehouse.",
    )
    is_receipt = fields.Boolean(
        string="Received",
        compute="_compute_is_bound_for_customer",
        groups="base.group_user",
        help="It brings goods in, and not to a customer: there is nothing to ship.",
    )
    is_taken_from_stock = fields.Boolean(
        compute="_compute_is_bound_for_customer",
        groups="base.group_user",
        help="Its goods are taken out of stock: they are neither received, nor shipped by a vendor.",
    )
    customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_customer_id",
        store=True,
        index="btree_not_null",
        fact=True,
        help="Of a delivery: the company that has ordered it, else that receives it. Its people see it in the portal.",
    )

    _backorder_index_uniq = models.UniqueIndex(
        "(backorder_root_id, backorder_index) WHERE backorder_root_id IS NOT NULL",
        "Two backorders of one transfer cannot have the same number.",
    )

    _backorder_root_is_another = models.Constraint(
        "CHECK (backorder_root_id != id)", "A transfer cannot be the original of its own chain and a backorder in it."
    )

    _backorder_index_in_chain = models.Constraint(
        "CHECK (CASE WHEN backorder_root_id IS NULL THEN backorder_index IS NULL OR backorder_index = 0"
        " ELSE backorder_index IS NOT NULL AND backorder_index > 0 END)",
        "The backorders of a transfer are numbered from 1, and nothing else has such a number.",
    )

    def _get_form_url(self):
        """Return where staff open the transfer in the web client."""
        self.ensure_one()
        return f"/odoo/{self._name}/{self.id}"

    @api.depends("backorder_root_id", "root_backorder_ids")
    def _compute_chain_ids(self):
        for picking in self:
            chain = picking._get_chain()
            picking.chain_ids = chain
            picking.chain_count = len(chain)

    def _get_chain(self):
        """Return the original transfer and all its backorders, by index."""
        root = self.backorder_root_id or self
        return (root | root.root_backorder_ids).sorted("backorder_index")

    def _get_remainders(self):
        """Return the transfers that hold what is left of this one: of its chain, which is read once for all of it."""
        return self._get_chain().filtered(lambda member: member.backorder_id == self)

    def _get_later_members(self):
        """Return the members of the chain that were made after this one."""
        return self._get_chain().filtered(lambda member: member.backorder_index > self.backorder_index)

    def _get_backorder_descendants(self):
        """Return all transfers that hold a remainder of ``self``, over any number of steps."""
        descendants = self.browse()
        generation = self.backorder_ids
        while generation:
            descendants |= generation
            generation = generation.backorder_ids - descendants
        return descendants

    @api.constrains("backorder_id")
    def _check_backorder_id(self):
        """:raise ValidationError: when a transfer would be a remainder of itself or of another company's transfer"""
        for picking in self:
            if picking.backorder_id and picking.backorder_id.company_id != picking.company_id:
                # What it is called would tell of a transfer that the user may not read.
                raise ValidationError(self.env._("A transfer cannot be a backorder of another company's transfer."))
            if picking.backorder_id and picking in picking.backorder_id | picking._get_backorder_descendants():
                raise ValidationError(
                    self.env._("%s cannot be a backorder of itself or of its own backorders.", picking.name)
                )

    @api.constrains("backorder_root_id", "picking_type_id")
    def _check_chain(self):
        """:raise ValidationError: when an original would be a backorder itself, or a chain be of two companies"""
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        for picking in self.sudo():
            root = picking.backorder_root_id
            counted = picking.root_backorder_ids if picking.backorder_last_index else picking.browse()
            if root and (root.backorder_root_id or counted):
                raise ValidationError(
                    self.env._(
                        "%(backorder)s cannot be counted from %(original)s: the original of a chain is no backorder.",
                        backorder=picking.name,
                        original=root.name,
                    )
                )
            if (picking | root | counted).company_id - picking.company_id:
                raise ValidationError(
                    self.env._("The transfers of one chain belong to one company: see %s.", picking.name)
                )

    def _get_day_warehouse(self):
        return self.picking_type_id.warehouse_id

    @api.depends("backorder_own_note", "backorder_root_id", "picking_type_id.backorder_note")
    @api.depends_context("lang")
    def _compute_backorder_note(self):
        for picking in self:
            note = picking.backorder_own_note
            if picking.backorder_root_id and not note:
                note = picking.picking_type_id._get_backorder_note()
            picking.backorder_note = note

    def _inverse_backorder_note(self):
        for picking in self:
            picking.backorder_own_note = picking.backorder_note

    @api.model_create_multi
    def create(self, vals_list):
        """Number every transfer that is created as the remainder of another, whoever creates it."""
        default_id = self.env.context.get("default_backorder_id")
        return super().create([self._with_backorder_values(vals, default_id) for vals in vals_list])

    def write(self, vals):
        """Repair the chain when ``backorder_id`` is written by code that does not know of chains."""
        result = super().write(vals)
        if "backorder_id" in vals:
            self._repair_chain()
        return result

    def copy_data(self, default=None):
        """What belongs to the parcel that left stays with it; the backorder starts without."""
        vals_list = super().copy_data(default)
        if default and default.get("backorder_id"):
            for vals in vals_list:
                for field_name in self._get_fields_left_with_shipment():
                    vals.pop(field_name, None)
        return vals_list

    def unlink(self):
        """Refuse to forget what a customer still waits for: lines are gone once the deletion has begun."""
        self._check_no_remainder_is_forgotten()
        return super().unlink()

    def _check_no_remainder_is_forgotten(self):
        """:raise UserError: when quantities that a customer has ordered would vanish without a trace"""
        for picking in self:
            is_wanted = any(move.product_uom.compare(move.product_uom_qty, 0) > 0 for move in picking.move_ids)
            if is_wanted and picking.backorder_root_id and picking.backorder_root_id not in self:
                raise UserError(
                    self.env._(
                        "You cannot delete the backorder %(backorder)s: what is left of %(root)s would be forgotten."
                        " Cancel it instead.",
                        backorder=picking.name,
                        root=picking.backorder_root_id.name,
                    )
                )

    @api.model
    def _get_fields_left_with_shipment(self):
        """Return the names of fields that do not travel from a shipment to its backorder."""
        return ("carrier_tracking_ref", "carrier_price", "printed", "signature", "user_id")

    @api.model
    def _with_backorder_values(self, vals, default_original_id):
        original_id = arguments.one_id_or_none(self, "backorder_id", vals.get("backorder_id", default_original_id))
        if not original_id and (original := self._get_split_original(vals)):
            original_id = original.id
            vals = {**vals, "backorder_id": original_id}
        return {**vals, **self._prepare_backorder_values(vals, original_id)} if original_id else vals

    @api.model
    def _get_split_original(self, vals):
        """Return the open transfer that the one created with *vals* takes lines, or parts of lines, out of.

        Whoever splits a transfer, for a wave or a truck, has its lines linked to the new one. Empty where it takes
        nothing, all of a transfer, or something of several.
        """
        moves = self._get_linked("stock.move", vals.get("move_ids"))
        lines = self._get_linked("stock.move.line", vals.get("move_line_ids"))
        return (moves.picking_id | lines.picking_id)._filtered_original(moves, vals.get("picking_type_id"))

    @api.model
    def _get_linked(self, model, commands):
        """Return the records of *model* that *commands* link to a new record."""
        linked = set()
        for command in commands or ():
            match command:
                case (Command.LINK, int(record_id), *_rest):
                    linked.add(record_id)
                case (Command.SET, _zero, list(record_ids)):
                    linked.update(record_id for record_id in record_ids if isinstance(record_id, int))
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        return self.env[model].sudo().browse(linked).exists()

    def _filtered_original(self, moves, picking_type_id):
        """Return the one of ``self`` that is split if *moves* leave it for a new transfer of the type; else nothing."""
        is_split = (
            len(self) == 1
            and self.state not in CLOSED_STATES
            and self.picking_type_id.id == picking_type_id
            and self.move_ids._filtered_open() - moves
        )
        return self if is_split else self.browse()

    def _follow_split(self, original, moves):
        """Link this transfer to *original* if it holds nothing but *moves*, which have just come out of that."""
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        part = self.sudo()
        is_new = not part.backorder_id and not part.root_backorder_ids and part.move_ids <= moves
        if is_new and original.sudo()._filtered_original(moves, part.picking_type_id.id):
            part.backorder_id = original

    @api.model
    def _prepare_backorder_values(self, vals, original_id):
        """Return the values that make the transfer created with *vals* the next backorder in the chain of another.

        A name that the caller has chosen is kept.
        """
        # The chain is a technical fact: who may create the remainder need not be able to read the original.
        original = self.sudo().browse(original_id)
        root = original.backorder_root_id or original
        picking_type = self.env["stock.picking.type"].sudo().browse(vals.get("picking_type_id"))
        suffix = (picking_type or original.picking_type_id).backorder_suffix
        index, name = root._draw_backorder_number(suffix)
        numbering = as_facts({"backorder_root_id": root.id, "backorder_index": index})
        if not self._is_for_another(vals, original):
            numbering.update(original._prepare_inherited_values(vals))
        if suffix and vals.get("name", "/") == "/":
            numbering["name"] = name
        return numbering

    @api.model
    def _is_for_another(self, vals, original):
        """Whether the transfer created with *vals* is for another customer: one's chain is nothing to the other."""
        receiver = self.env["res.partner"].sudo().browse(vals.get("partner_id"))
        buyer = self.env["sale.order"].sudo().browse(vals.get("sale_id")).partner_id
        return any(
            partner and partner.commercial_partner_id != known.commercial_partner_id
            for partner, known in ((receiver, original.partner_id), (buyer, original.sale_id.partner_id))
        )

    def _prepare_inherited_values(self, vals):
        """Return what the remainder created with *vals* takes over from this transfer, for the same customer."""
        return {}

    def _draw_backorder_number(self, suffix):
        """Take the next free index of this root.

        The update locks the root: another transaction that draws at the same time fails to serialize, and Odoo
        retries it. An index whose name somebody has already typed by hand is passed over.

        :param str suffix: what stands between the root's name and the index
        :return: the index, and the name that it gives
        """
        self.ensure_one()
        self.env["stock.picking"].flush_model(["name", "company_id", "backorder_last_index"])
        is_taken = True
        while is_taken:
            [(index, name, is_taken)] = self.env.execute_query(
                SQL(
                    """
                    UPDATE stock_picking AS root
                       SET backorder_last_index = COALESCE(backorder_last_index, 0) + 1
                     WHERE root.id = %(root_id)s
                 RETURNING root.backorder_last_index,
                           root.name || %(suffix)s || root.backorder_last_index,
                           EXISTS (
                               SELECT 1
                                 FROM stock_picking AS other
                                WHERE other.name = root.name || %(suffix)s || root.backorder_last_index
                                  AND other.company_id = root.company_id
                           )
                    """,
                    root_id=self.id,
                    suffix=suffix or "",
                )
            )
            is_taken = is_taken and bool(suffix)
        self.invalidate_recordset(["backorder_last_index"], flush=False)
        return index, name

    def _repair_chain(self):
        """Give each transfer of ``self``, and what hangs on it, the root and index that ``backorder_id`` implies."""
        # The chain is a technical fact: it must not depend on which of its transfers the user may see.
        for picking in self.sudo():
            original = picking.backorder_id
            root = original.backorder_root_id or original
            if picking.backorder_root_id == root:
                continue
            followers = (picking._get_backorder_descendants() | picking.root_backorder_ids).sorted("backorder_index")
            if root:
                (picking | followers)._join_chain(root)
            else:
                picking._write_facts({"backorder_root_id": False, "backorder_index": 0})
                followers._join_chain(picking, rename=False)

    def _join_chain(self, root, rename=True):
        """Number ``self``, in its order, as backorders of *root*.

        :param rename: whether names follow, too; a name that was printed, shipped under or typed never changes
        """
        numbers = [root._draw_backorder_number(picking.picking_type_id.backorder_suffix) for picking in self]
        # The last one first: what was an original loses those who are counted from it before it is none any more.
        for picking, (index, name) in reversed(list(zip(self, numbers, strict=True))):
            suffix = picking.picking_type_id.backorder_suffix
            vals = as_facts({"backorder_root_id": root.id, "backorder_index": index})
            if rename and suffix and picking._has_disposable_name():
                vals["name"] = name
            picking.write(vals)

    def _has_disposable_name(self):
        """Whether nobody has chosen or seen the name: it was drawn from a sequence or from a chain."""
        if self.printed or self.state in CLOSED_STATES:
            return False
        if self.backorder_root_id:
            suffix = self.picking_type_id.backorder_suffix or ""
            return self.name == f"{self.backorder_root_id.name}{suffix}{self.backorder_index}"
        prefix, _suffix = self.picking_type_id.sequence_id._get_prefix_suffix()
        return self.name.startswith(prefix)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_root_of_chain(self):
        """:raise UserError: when backorders would lose the transfer that they are counted from"""
        for picking in self:
            left_behind = picking.root_backorder_ids - self
            if left_behind:
                raise UserError(
                    self.env._(
                        "You cannot delete %(transfer)s: its backorders %(backorders)s are counted from it."
                        " Cancel it instead, or delete the whole chain.",
                        transfer=picking.name,
                        backorders=", ".join(left_behind.mapped("name")),
                    )
                )

    def _creation_message(self):
        """Link a new backorder to what it is the remainder of, and to the original."""
        original, root = self.sudo().backorder_id, self.sudo().backorder_root_id
        if not original:
            return super()._creation_message()
        if original == root:
            return self.env._("This backorder is the remainder of %s.", original._get_html_link())
        return self.env._(
            "This backorder is the remainder of %(previous)s, originally %(root)s.",
            previous=original._get_html_link(),
            root=root._get_html_link(),
        )

    @arguments.public(single=True)
    def action_view_chain(self):
        """Open the list of the whole chain."""
        self.ensure_one()
        self._get_chain()[:1].check_access("read")
        root = self.backorder_root_id or self
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_picking_chain")
        action["display_name"] = self.env._("Chain of %s", root.name)
        action["domain"] = ["|", ("id", "=", root.id), ("backorder_root_id", "=", root.id)]
        return action

    def _brings_to_customer(self):
        """Whether the transfer itself brings goods to a customer. See ``stock.move._is_bound_for_customer``.

        It is where they go that says it, as of a move, and not of what kind the operation is called.
        """
        return self.location_dest_id._is_at_customers()

    def _is_shipped_by_vendor(self):
        """Whether a vendor sends the goods to a customer: they pass no stock of ours."""
        return self.location_id.usage == "supplier" and self._brings_to_customer()

    def _is_receipt(self):
        """Whether it brings goods into a warehouse: from outside, or from another one by what is called a receipt."""
        source, target = self.location_id, self.location_dest_id
        is_called_so = self.picking_type_code == "incoming" and not source._stays_in_house(target)
        return (is_called_so or not source._holds_stock()) and not self._brings_to_customer()

    def _takes_from_stock(self):
        """Whether the goods are taken out of stock of ours: not received, and not shipped by a vendor."""
        return self.location_id._holds_stock() and not self._is_receipt()

    def _has_steps(self):
        """Whether it picks, packs or puts away: see ``stock.move._is_step``."""
        return any(move._is_step() for move in self.move_ids)

    @api.depends("location_dest_id.usage", "location_id.usage", "picking_type_id.code")
    def _compute_is_bound_for_customer(self):
        for picking in self:
            picking.is_bound_for_customer = picking._brings_to_customer()
            picking.is_receipt = picking._is_receipt()
            picking.is_taken_from_stock = picking._takes_from_stock()

    @api.model
    def _search_is_bound_for_customer(self, operator, value):
        # Odoo leaves it to the search of a field to keep it from who may not read it.
        self._check_field_access(self._fields["is_bound_for_customer"], "read")
        if operator != "in":
            return NotImplemented
        deliveries = self.env["stock.location"]._get_customers_domain("location_dest_id")
        return Domain.OR(deliveries if wanted else ~deliveries for wanted in set(value))

    @api.depends(
        "location_dest_id.usage",
        "partner_id.commercial_partner_id",
        "sale_id.partner_id.commercial_partner_id",
        "move_ids.purchase_line_id.order_id.dest_address_id.commercial_partner_id",
    )
    def _compute_customer_id(self):
        for picking in self:
            picking.customer_id = picking._brings_to_customer() and picking._get_customer().commercial_partner_id

    def _get_customer(self):
        """Return the partner whom the delivery is for and who is told of it: who has ordered, else who receives."""
        self.ensure_one()
        return self.sale_id.partner_id or self._get_receiver()

    def _get_receiver(self):
        """Return to whose address the goods go: of what a vendor ships the contact is the vendor."""
        self.ensure_one()
        purchases = self.move_ids.purchase_line_id.order_id
        if not purchases:
            return self.partner_id
        return self.sale_id.partner_shipping_id or purchases[:1].dest_address_id
