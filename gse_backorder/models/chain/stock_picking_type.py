from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .engine_facts import fact
from .picking_states import CUSTOMER_CODES

DEFAULT_SUFFIX = "-R"


class StockPickingType(models.Model):
    """How backorders of an operation type are numbered, and whether they are made without asking."""

    _name = "stock.picking.type"
    _inherit = ["stock.picking.type", "stock.engine.facts"]

    backorder_suffix = fields.Char(
        compute="_compute_backorder_suffix",
        store=True,
        readonly=False,
        precompute=True,
        groups="base.group_user",
        help="Put between the number of the original and the index of the backorder: with -R, the backorders of"
        " WH/OUT/00389 are WH/OUT/00389-R1, WH/OUT/00389-R2... Leave it empty to number backorders like any other"
        " transfer.",
    )
    backorder_note = fields.Char(
        translate=True,
        groups="base.group_user",
        help="The explanatory note on every backorder of this type and its documents. When it is empty, the standard"
        " note is used, in the reader's language.",
    )
    create_backorder_before = fields.Char(
        copy=False,
        readonly=True,
        groups="base.group_user",
        fact=True,
        help="Technical: what Create Backorder was before backorders became automatic, to be put back.",
    )

    @api.depends("code")
    def _compute_backorder_suffix(self):
        """Deliveries are numbered from the original; other types keep what they have, receipts start without."""
        for picking_type in self:
            suffix = picking_type.backorder_suffix
            if picking_type._is_for_deliveries():
                suffix = suffix or DEFAULT_SUFFIX
            elif picking_type.code == "incoming":
                suffix = False
            picking_type.backorder_suffix = suffix

    @api.constrains("backorder_suffix")
    def _check_backorder_suffix(self):
        """:raise ValidationError: when two backorders could get one name, or a backorder the name of a root"""
        for picking_type in self:
            suffix = picking_type.backorder_suffix
            if not suffix:
                continue
            if suffix != suffix.strip():
                raise ValidationError(self.env._("The backorder suffix may not begin or end with a space."))
            if suffix[0].isdigit() or suffix[-1].isdigit():
                raise ValidationError(
                    self.env._(
                        "The backorder suffix “%s” may not begin or end with a digit: it would run into the numbers"
                        " around it.",
                        suffix,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """A new delivery type makes backorders as its company does, where its creator has not chosen."""
        picking_types = super().create(vals_list)
        undecided = self.browse(
            picking_type.id
            for picking_type, vals in zip(picking_types, vals_list, strict=True)
            if picking_type.code != "dropship" and picking_type._is_for_deliveries() and "create_backorder" not in vals
        )
        undecided.filtered("company_id.automatic_backorder")._set_automatic_backorder(True)
        return picking_types

    def write(self, vals):
        """A type that begins to lead to customers numbers its backorders as deliveries do."""
        others = self.filtered(lambda picking_type: not picking_type._is_for_deliveries())
        result = super().write(vals)
        if "default_location_dest_id" in vals and "backorder_suffix" not in vals:
            others.filtered(lambda other: other._is_for_deliveries())._number_as_deliveries()
        return result

    def copy(self, default=None):
        """A copy asks again where its original did, once backorders are not automatic any more."""
        copies = super().copy(default)
        for original, copied in zip(self, copies, strict=True):
            if copied.create_backorder == original.create_backorder and original.create_backorder_before:
                copied._write_facts({"create_backorder_before": original.create_backorder_before})
        return copies

    def _set_automatic_backorder(self, automatic):
        """Make backorders without a dialog, or put back what each type did before.

        A type that an administrator has set to *Never* stays as it is.
        """
        if automatic:
            asking = self.filtered(lambda picking_type: picking_type.create_backorder == "ask")
            asking.write({"create_backorder": "always", "create_backorder_before": fact("ask")})
        else:
            switched = self.filtered(
                lambda picking_type: picking_type.create_backorder_before and picking_type.create_backorder == "always"
            )
            for policy, picking_types in switched.grouped("create_backorder_before").items():
                picking_types.write({"create_backorder": policy, "create_backorder_before": fact(False)})

    def _is_for_deliveries(self):
        """Whether its transfers bring goods to customers: by its kind, or by where it leads to."""
        return self.code in CUSTOMER_CODES or (
            self.code != "incoming" and self.default_location_dest_id._is_at_customers()
        )

    @api.model
    def _get_delivery_domain(self):
        """Return :meth:`_is_for_deliveries` as a domain."""
        leads_there = self.env["stock.location"]._get_customers_domain("default_location_dest_id")
        return Domain("code", "in", CUSTOMER_CODES) | (Domain("code", "!=", "incoming") & leads_there)

    def _number_as_deliveries(self):
        """Let those without a suffix have that of deliveries."""
        self.filtered(lambda picking_type: not picking_type.backorder_suffix).backorder_suffix = DEFAULT_SUFFIX

    def _get_backorder_note(self):
        """Return the explanatory note for backorders of this type, in the language of the environment."""
        return self.backorder_note or self.env._("Picking backorder — remainder to ship")
