from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ... import arguments
from ..chain.picking_states import CLOSED_STATES
from ..chain.wording import name_first


class StockPicking(models.Model):
    """Remainders that are not worth shipping any more are found, and closed short in one go."""

    _inherit = "stock.picking"

    is_small_remainder = fields.Boolean(
        compute="_compute_is_small_remainder",
        search="_search_is_small_remainder",
        groups="stock.group_stock_user",
        help="An open remainder whose value is below that of the settings.",
    )
    is_old_remainder = fields.Boolean(
        compute="_compute_is_old_remainder",
        search="_search_is_old_remainder",
        groups="stock.group_stock_user",
        help="An open remainder for which the customer has waited for longer than the settings say.",
    )

    # ---- found ---------------------------------------------------------------

    @api.model
    def _get_remainder_domain(self):
        """Return the domain of the open remainders of deliveries to customers."""
        return (
            Domain("backorder_root_id", "!=", False)
            & Domain("state", "not in", ("draft", *CLOSED_STATES))
            & Domain("is_bound_for_customer", "=", True)
        )

    @api.depends("move_ids.state", "move_ids.product_qty", "backorder_root_id", "company_id.close_short_value")
    def _compute_is_small_remainder(self):
        remainders = self.filtered_domain(self._get_remainder_domain())
        # Whoever may open the delivery may know what it is worth to the house.
        for picking in self:
            lines = picking.sudo().move_ids._filtered_open()
            value = sum(line._get_open_value() for line in lines) if picking in remainders else 0.0
            picking.is_small_remainder = picking in remainders and value < picking.company_id.close_short_value

    @api.model
    def _search_is_small_remainder(self, operator, value):
        # Odoo leaves it to the search of a field to keep it from who may not read it.
        self._check_field_access(self._fields["is_small_remainder"], "read")
        if operator != "in":
            return NotImplemented
        small = self._get_remainder_domain() & Domain("id", "in", self._get_small_sql())
        return Domain.OR(small if is_small else ~small for is_small in {bool(one) for one in value})

    @api.model
    def _get_small_sql(self):
        """Return a query for the ids of remainders that are worth less than their companies' settings say."""
        self.flush_model(["backorder_root_id", "company_id", "state"])
        self.env["res.company"].flush_model(["close_short_value"])
        is_remainder = SQL("picking.backorder_root_id IS NOT NULL AND picking.state NOT IN ('draft', 'done', 'cancel')")
        return SQL(
            """
            SELECT remainder.picking_id
              FROM (%s) AS remainder
              JOIN res_company AS company ON company.id = remainder.company_id
             WHERE remainder.value < company.close_short_value
            """,
            self.env["stock.move"]._get_open_values_sql(is_remainder),
        )

    @api.depends("move_ids.state", "move_ids.ordered_date", "backorder_root_id", "company_id.close_short_days")
    def _compute_is_old_remainder(self):
        old = self.filtered_domain(self._get_old_domain())
        for picking in self:
            picking.is_old_remainder = picking in old

    @api.model
    def _search_is_old_remainder(self, operator, value):
        # Odoo leaves it to the search of a field to keep it from who may not read it.
        self._check_field_access(self._fields["is_old_remainder"], "read")
        if operator != "in":
            return NotImplemented
        old = self._get_old_domain()
        return Domain.OR(old if is_old else ~old for is_old in {bool(one) for one in value})

    @api.model
    def _get_old_domain(self):
        """Return the domain of the remainders whose customers have waited for longer than their company's days."""
        now = fields.Datetime.now()
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        return self._get_remainder_domain() & Domain.OR(
            Domain("company_id", "in", own.ids)
            & Domain(
                "move_ids",
                "any",
                [("state", "not in", CLOSED_STATES), ("ordered_date", "<", now - timedelta(days=days))],
            )
            for days, own in companies.grouped("close_short_days").items()
        )

    # ---- closed --------------------------------------------------------------

    @arguments.public()
    def action_close_short(self):
        """Show what closing these remainders short would do, and ask for the reason.

        :raise AccessError: for who does not manage the stock
        """
        self.check_access("read")
        self._check_may_decide()
        return self.env["stock.close.short"]._open(self)

    def _get_closing_refusal(self):
        """Return why the delivery cannot be closed short, in words; "" where it can."""
        if refusal := self._get_touched_refusal():
            return refusal
        if self.company_id - self.env.companies:
            return self.env._("It belongs to another company.")
        lines = self.move_ids._filtered_open()
        if not self.backorder_root_id:
            return self.env._("It is no remainder: nothing of it has shipped.")
        if not lines or not all(line._serves_customer() for line in lines):
            return self.env._("It is no delivery to a customer.")
        return ""

    def _get_closing_effect(self):
        """Return in words what else is affected when the remainder is closed short; "" for nothing."""
        lines = self.move_ids._filtered_open()
        steps = lines._get_own_steps() - lines
        bringing = lines.browse((lines | steps)._rollup_move_origs()) - lines - steps
        bringing = bringing.filtered(lambda move: move.state not in CLOSED_STATES)
        words = []
        if any((lines | steps).mapped("quantity")):
            words.append(self.env._("what is reserved goes to the next who wait"))
        if steps:
            words.append(self.env._("%s has less to pick", name_first(steps._get_named_transfers(), 3)))
        if bringing:
            names = [words.documents[0] for words in self.env["stock.supply"]._describe(bringing.ids).values()]
            words.append(self.env._("%s still comes, for others", name_first(list(dict.fromkeys(names)), 3)))
        return "; ".join(words)

    def _close_short(self, reason):
        """Cancel what is open of these remainders, with the steps before it that serve nobody else.

        Their customers are told by the ordinary notice: one mail a customer.

        :raise UserError: if one of them cannot be closed, or no reason is given
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Please say why the remainders are closed."))
        self._check_decided({picking: picking._get_closing_refusal() for picking in self})
        lines = self.move_ids._filtered_open()
        self._message_log_batch(
            bodies=dict.fromkeys(
                self.ids, self.env._("Closed short, what is open is not delivered any more: %s", reason)
            )
        )
        (lines | lines._get_own_steps())._action_cancel()
