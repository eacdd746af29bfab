from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ... import arguments, locking
from ..chain.quantity import EnteredNumber
from ..chain.wording import format_quantity

ACTIVITY_TYPE = "gse_backorder.mail_activity_type_take_back"


class StockTakeBack(models.TransientModel):
    """What can be taken back for a line that waits: from whom, and whom it hurts, seen before it is done.

    It does exactly what is shown. What has changed since is shown anew instead.
    """

    _name = "stock.take.back"
    _description = "Take Back"

    move_id = fields.Many2one("stock.move", string="Line", required=True, readonly=True, ondelete="cascade")
    product_id = fields.Many2one(related="move_id.product_id")
    uom_id = fields.Many2one(related="move_id.product_id.uom_id", string="Unit")
    lacking_quantity = fields.Float(
        string="Lacks",
        compute="_compute_lacking_quantity",
        digits="Product Unit",
        help="In the product's unit.",
    )
    quantity = EnteredNumber(
        string="To Get", digits="Product Unit", help="How much is to be taken back, in the product's unit."
    )
    line_ids = fields.One2many("stock.take.back.line", "take_back_id", string="Who Gives Way")
    reserved_quantity = fields.Float(
        string="In Stock",
        digits="Product Unit",
        readonly=True,
        help="How much of it is there, reserved for others: it can ship at once.",
    )
    expected_quantity = fields.Float(
        string="Expected",
        digits="Product Unit",
        readonly=True,
        help="How much of it others are expecting: it comes sooner, and for them later.",
    )
    promise_before = fields.Datetime(string="Ships on", readonly=True)
    promise_after = fields.Datetime(string="Ships Then", readonly=True)
    promise_text = fields.Char(string="The Line Ships", compute="_compute_promise_text")
    reason = fields.Char(help="Why it is taken back: whoever gives way reads it.")
    warning = fields.Char(readonly=True)
    is_warned = fields.Boolean(string="Take it all the same", help="What was taken back today is taken again.")
    has_changed = fields.Boolean(readonly=True, help="What can be taken back has changed since it was shown.")
    may_take_back = fields.Boolean(compute="_compute_may_take_back")
    allocation_id = fields.Many2one(
        "stock.backorder.allocation",
        readonly=True,
        groups="stock.group_stock_user",
        help="What was done; nothing twice.",
    )

    @api.depends("move_id")
    def _compute_lacking_quantity(self):
        for wizard in self:
            wizard.lacking_quantity = self.env["stock.taking"]._get_lacking(wizard._get_claim())

    @api.depends("move_id")
    def _compute_may_take_back(self):
        self.may_take_back = self.env.user._may_take_back()

    @api.depends("promise_before", "promise_after", "move_id")
    def _compute_promise_text(self):
        for wizard in self:
            wizard.promise_text = wizard.move_id._get_take_back_text(wizard.promise_before, wizard.promise_after)

    @api.onchange("quantity", "line_ids")
    def _onchange_plan(self):
        """The plan follows what is wanted, and who is not to give way."""
        if self.move_id:
            self.update(self._prepare_plan(self._make_plan()))

    # ---- actions ---------------------------------------------------------------

    @api.model
    def _open(self, move):
        """Return the action that shows what can be taken back for *move*.

        :raise UserError: if it lacks nothing that could be taken back
        """
        wizard = self.create({"move_id": move.id})
        wizard._check_claim()
        wizard.quantity = wizard.lacking_quantity
        wizard.write(wizard._prepare_plan(wizard._make_plan()))
        return wizard._get_action()

    @arguments.public(single=True)
    def action_apply(self):
        """Take back what is shown; clicked twice, it is done once. What has changed since is shown instead.

        :raise AccessError: for who may not take back
        :raise UserError: if no reason is given, nothing can be taken back, or it was taken back today and nobody has
            agreed to that
        """
        self.ensure_one()
        self.check_access("write")
        self._check_may_take_back()
        # Whoever clicks twice waits here, and finds it done.
        locking.wait_for(self)
        self.invalidate_recordset(["allocation_id"])
        if self.allocation_id:
            return {"type": "ir.actions.act_window_close"}
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Please say why it is taken back: whoever gives way will ask."))
        # The lock is a technical matter: who may take back takes it.
        pools = self._get_claim()._get_claimed_pools()
        taking = self.env["stock.backorder.pool"].sudo()._with_locked(self.env["stock.taking"], pools)
        self._check_claim()
        plan = self._make_plan()
        if (plan.key, self._get_warning(plan)) != (self._get_shown_key(), self.warning or ""):
            self.write({**self._prepare_plan(plan), "has_changed": True, "is_warned": False})
            return self._get_action()
        if not plan.quantity:
            raise UserError(self.env._("There is nothing that could be taken back for this line."))
        if self.warning and not self.is_warned:
            raise UserError(
                self.env._("%s If it is to be taken all the same, please tick the box that says so.", self.warning)
            )
        self.allocation_id = taking._take(plan, reason).sudo(False)
        # Who has asked for it, asked the delivery: it is done, whoever the activity was for.
        self.move_id.picking_id.sudo().activity_feedback([ACTIVITY_TYPE], feedback=reason)
        return {"type": "ir.actions.act_window_close"}

    @arguments.public(single=True)
    def action_ask(self):
        """Ask those who may take back to do it: they find the plan among their activities, once.

        :raise UserError: if nobody may
        """
        self.ensure_one()
        self.check_access("write")
        self.move_id.check_access("read")
        self._check_claim()
        # Who may read the line may ask for it: the request is an activity on its delivery, and nothing else.
        asked = self.sudo()._get_asked()
        if not asked:
            raise UserError(
                self.env._("Nobody may take back stock: an administrator can allow it in Settings > Users.")
            )
        for user in asked:
            self.sudo()._raise_activity(user)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Asked: %s.", ", ".join(asked.mapped("name"))),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Get it: %s", self.product_id.display_name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # ---- checks ----------------------------------------------------------------

    def _check_may_take_back(self):
        """:raise AccessError: if the user may not take back, or not for this line"""
        if not self.env.user._may_take_back():
            raise AccessError(
                self.env._("You may not take stock back from others: ask for it, and who may take it sees your plan.")
            )
        self.move_id.check_access("write")

    def _check_claim(self):
        """:raise UserError: if the line lacks nothing that could be taken back, or is on hold"""
        claim = self._get_claim()
        claim._check_not_held()
        if not claim._lacks_goods() or not claim._is_claim() or not claim._takes_free_stock() or claim.picked:
            raise UserError(self.env._("This line waits for nothing that others have, or are expecting."))

    # ---- the plan --------------------------------------------------------------

    def _get_claim(self):
        """Return the move that takes the goods of the line out of stock: itself, or the first of several steps.

        A form that is not saved yet may name any line: whoever asks has to be able to read it. Which step it is that
        takes the goods need not be readable: it comes with all rights.

        :raise AccessError: if the user may not read the line
        """
        self.move_id._origin.check_access("read")
        move = self.move_id._origin.sudo()
        return move._get_first_steps()[move] if move else move

    def _make_plan(self):
        """Return the plan of what is wanted, without those who were unticked.

        :raise AccessError: if the user may not read the line
        """
        claim = self._get_claim().with_env(self.env)
        spared = self.line_ids.filtered(lambda line: not line.is_taken).move_id
        return self.env["stock.taking"]._plan(claim, self.quantity, spared._origin)

    def _prepare_plan(self, plan):
        """Return the values that show *plan*; who was unticked stays there, to be ticked again."""
        lines = self.env["stock.take.back.line"]
        given = {gift.move.id for gift in plan.gifts}
        spared = self.line_ids.filtered(lambda line: not line.is_taken and line.move_id._origin.id not in given)
        values = [*map(lines._prepare_gift, plan.gifts), *(line._prepare_spared() for line in spared)]
        return {
            "line_ids": [Command.clear(), *map(Command.create, values)],
            "reserved_quantity": sum(plan.reserved.values()),
            "expected_quantity": plan.expected,
            "promise_before": plan.promise_before,
            "promise_after": plan.promise_after,
            "warning": self._get_warning(plan),
        }

    def _get_shown_key(self):
        """Return what of the plan is shown, as ``Plan.key`` has it."""
        return tuple(sorted(line._get_key() for line in self.line_ids if line.is_taken)), round(
            self.expected_quantity, 6
        )

    def _get_warning(self, plan):
        """Return in words that what is taken was taken back itself today, and by whom; "" if nothing was."""
        # Who gives way is named in the plan that the user may see.
        takes = self.env["stock.backorder.allocation"].sudo()._get_takes_of_today(plan.claim.sudo())
        donors = plan.claim.sudo().union(*(gift.move for gift in plan.gifts))
        return " ".join(
            self.env._(
                "%(delivery)s has taken back %(quantity)s today (%(user)s: %(reason)s).",
                delivery=take.move_id._get_named_transfer(),
                quantity=format_quantity(self.env, take.given_quantity),
                user=take.create_uid.name,
                reason=take.note,
            )
            for take in takes
            if take.move_id in donors - plan.claim
        )

    # ---- ask for it ------------------------------------------------------------

    def _get_asked(self):
        """Return who is asked: who is responsible in the warehouse, if he may, else all who may."""
        delivery = self._get_claim().picking_id
        takers = self.env["res.users"]._get_takers(delivery.company_id or self.move_id.company_id)
        return takers & delivery._get_warehouse_user() or takers.filtered(lambda user: user.id != self.create_uid.id)

    def _raise_activity(self, user):
        """Put the request among the activities of *user*; one that is there already is brought up to date."""
        delivery = self.move_id.picking_id
        told = self.with_context(lang=user.lang)
        activity_type = self.env.ref(ACTIVITY_TYPE)
        open_requests = delivery.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type and activity.user_id == user
        )
        values = {
            "summary": told.env._(
                "%(quantity)s × %(product)s wanted by %(user)s",
                quantity=format_quantity(told.env, self.quantity),
                product=told.product_id.display_name,
                user=self.create_uid.name,
            ),
            "note": told._get_request(),
        }
        same = open_requests.filtered(lambda activity: activity.create_uid == self.env.user)
        if same:
            same[:1].write(values)
        else:
            delivery.with_context(lang=user.lang).activity_schedule(ACTIVITY_TYPE, user_id=user.id, **values)

    def _get_request(self):
        """Return the plan as HTML, for who is to decide on it."""
        items = Markup().join(Markup("<li>%s</li>") % line._get_text() for line in self.line_ids if line.is_taken)
        reason = self.reason or self.env._("No reason is given.")
        ships = self.env._("It ships: %s", self.promise_text)
        return Markup("<p>%s</p><p>%s</p><ul>%s</ul>") % (reason, ships, items)
