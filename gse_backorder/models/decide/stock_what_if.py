from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ... import arguments
from .scenario_draft import ScenarioDraft


class StockWhatIf(models.TransientModel):
    """What would become of the promises, if something were otherwise? Two looks at one moment, and how they differ.

    Nothing but these rows is written, nothing is locked, nobody is told. It is of one company.
    """

    _name = "stock.what.if"
    _description = "What if?"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    change_ids = fields.One2many("stock.what.if.change", "what_if_id", string="Changes")
    line_ids = fields.One2many(
        "stock.what.if.line", "what_if_id", string="What Changes", readonly=True, help="The lines that differ."
    )
    simulated_date = fields.Datetime(
        string="Looked At", readonly=True, help="When it was worked out; empty while it is not."
    )
    gain_count = fields.Integer(string="Gain", compute="_compute_result", help="Lines that ship earlier, or more.")
    loss_count = fields.Integer(string="Lose", compute="_compute_result", help="Lines that ship later, or less.")
    break_count = fields.Integer(
        string="Promises that break", compute="_compute_result", help="Lines that were in time, and are not any more."
    )
    broken_value = fields.Monetary(
        string="Value of these",
        compute="_compute_broken_value",
        groups="stock.group_stock_user",
        help="What is open of the lines whose promise breaks.",
    )
    summary = fields.Char(compute="_compute_result")

    def _compute_display_name(self):
        for what_if in self:
            what_if.display_name = self.env._("What if?")

    @api.depends("line_ids", "simulated_date")
    def _compute_result(self):
        lines = self.env["stock.what.if.line"]
        sums = {
            what_if: (gains, losses, breaks)
            for what_if, gains, losses, breaks in lines._read_group(
                [("what_if_id", "in", self.ids)], ["what_if_id"], ["is_gain:sum", "is_loss:sum", "is_broken:sum"]
            )
        }
        for what_if in self:
            what_if.gain_count, what_if.loss_count, what_if.break_count = sums.get(what_if, (0, 0, 0))
            what_if.summary = what_if.simulated_date and what_if._get_summary()

    @api.depends("line_ids", "simulated_date")
    def _compute_broken_value(self):
        lines = self.env["stock.what.if.line"]
        values = dict(lines._read_group([("what_if_id", "in", self.ids)], ["what_if_id"], ["broken_value:sum"]))
        for what_if in self:
            what_if.broken_value = values.get(what_if, 0.0)

    def _get_summary(self):
        """Return in one sentence what changes: "12 lines gain, 3 lose; 2 promises break, worth € 1,240.00".

        What it is worth is said to who may read it.
        """
        gains, losses, breaks = self.gain_count, self.loss_count, self.break_count
        if not gains and not losses:
            return self.env._("Nothing changes: every line ships as it would without.")
        moved = self._tell_moved(gains, losses)
        if not breaks:
            return self.env._("%s; no promise breaks", moved)
        if not self._has_field_access(self._fields["broken_value"], "read"):
            if breaks == 1:
                return self.env._("%s; 1 promise breaks", moved)
            return self.env._("%(moved)s; %(breaks)s promises break", moved=moved, breaks=breaks)
        value = self.currency_id.format(self.broken_value)
        if breaks == 1:
            return self.env._("%(moved)s; 1 promise breaks, worth %(value)s", moved=moved, value=value)
        return self.env._(
            "%(moved)s; %(breaks)s promises break, worth %(value)s", moved=moved, breaks=breaks, value=value
        )

    def _tell_moved(self, gains, losses):
        """Return how many lines gain and how many lose, where it is not neither."""
        if not losses:
            return self.env._("1 line gains") if gains == 1 else self.env._("%s lines gain", gains)
        if not gains:
            return self.env._("1 line loses") if losses == 1 else self.env._("%s lines lose", losses)
        if losses == 1:
            return self.env._("1 line gains, 1 loses") if gains == 1 else self.env._("%s lines gain, 1 loses", gains)
        if gains == 1:
            return self.env._("1 line gains, %s lose", losses)
        return self.env._("%(gains)s lines gain, %(losses)s lose", gains=gains, losses=losses)

    # ---- opened from a record ------------------------------------------------

    @api.model
    def _open(self, company, *changes):
        """Return the action that asks what would be, with *changes*, values of ``stock.what.if.change``, filled in."""
        what_if = self.create({"company_id": company.id, "change_ids": [Command.create(values) for values in changes]})
        return what_if._get_action()

    def _get_action(self):
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_what_if")
        return {**action, "res_id": self.id}

    # ---- look ------------------------------------------------------------------

    @arguments.public(single=True)
    def action_simulate(self):
        """Work out what would change, and list it.

        :raise UserError: when nothing is to be changed, or a change is not said in full
        :raise AccessError: for what the user may not read
        """
        self.ensure_one()
        self.check_access("write")
        changes = self.change_ids.filtered(lambda change: not change.is_applied)
        if not changes:
            raise UserError(self.env._("Please add what you would like to change first."))
        scenario = self._get_scenario(changes)
        # What is promised does not depend on who asks; what he is told of it, the lines know.
        found = self.env["stock.pegging"].sudo()._get_changes(scenario, self._get_products(scenario))
        self._forget()
        self.env["stock.what.if.line"]._write_down(self, scenario, found)
        self.simulated_date = fields.Datetime.now()
        return True

    def _get_scenario(self, changes):
        """Return the scenario of *changes*: of several of one thing the last one counts."""
        draft = ScenarioDraft()
        for change in changes:
            change._check_complete()
            change._add_to(draft)
        return draft.finish()

    @api.model
    def _get_products(self, scenario):
        """Return the products of which a line may be covered otherwise under *scenario*."""
        claims = self.env["stock.claim"]
        if scenario.warehouses:
            return claims.sudo()._get_claimed_products() | self._get_named_products(scenario)
        return self._get_named_products(scenario)

    @api.model
    def _get_named_products(self, scenario):
        """Return the products of what is changed; of deliveries those of all their lines, which may rank by them."""
        # Which products to look at is no answer: it names what the changes name, which he may read.
        moves = self.env["stock.move"].sudo()
        claims = moves.browse({*scenario.claims, *scenario.dropped})
        supplies = moves.browse(scenario.supplies)
        requested = self.env["product.product"].union(*(request.product for request in scenario.requests))
        return (supplies | claims | claims.picking_id.move_ids).product_id | requested.sudo()

    def _forget(self):
        """What was worked out is not so any more: something else is to be changed."""
        # Nobody writes the lines but this model.
        self.sudo().line_ids.unlink()
        self.simulated_date = False

    @arguments.public(single=True)
    def action_view_lines(self):
        """Open the lines that differ as a list, by customer and product, a chart or a table, to be exported."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_what_if_line")
        return {**action, "domain": [("what_if_id", "=", self.id)]}
