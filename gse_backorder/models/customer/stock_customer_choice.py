from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ... import locking
from ..chain.picking_states import CLOSED_STATES, OPEN_STATES
from ..chain.stock_day_mixin import get_latest
from ..chain.wording import name_first

# Instead of the ids of lines: all that are open. It has to be said: what is not said is never taken for all.
ALL_LINES = "all"


class StockCustomerChoice(models.AbstractModel):
    """What a customer may decide about a delivery that is still open.

    Each choice can be switched off for a company. It is written on the delivery and told to the salesperson. Made
    twice, it changes nothing the second time; made too late, it is refused with the reason, and nothing has changed.
    """

    _name = "stock.customer.choice"
    _description = "Customer's Choice about a Delivery"

    @api.model
    def _get_settings(self):
        """Return what a customer can choose, and the company's setting that allows it.

        Who adds one adds its ``_get_NAME_question``, ``_get_NAME_refusal`` and ``_choose_NAME``.

        :return: ``{name: name of the field of res.company}``
        """
        return {
            "keep": "customer_may_keep",
            "cancel": "customer_may_cancel",
            "together": "customer_may_group",
            "now": "customer_may_group",
        }

    @api.model
    def _get_choices(self, delivery):
        """Return what the customer can choose now, and what he is asked before: ``{name: question}``."""
        # Who may see the delivery may know what he can choose: the rules decide, and not his rights.
        delivery = delivery.sudo()
        lines = self._get_lines(delivery)
        return {
            name: self._get_question(delivery, name)
            for name in self._get_settings()
            if self._is_offered(delivery, name) and not self._get_refusal(delivery, name, lines)
        }

    @api.model
    def _get_lines(self, delivery):
        """Return the lines that are decided on the page of *delivery*: its own, and what is still picked for it.

        What will be the next backorder has no delivery yet: that is decided on the page of the last one.
        """
        members = delivery._get_own_chain().filtered(lambda member: member.state != "cancel")
        preparing = delivery._get_moves_in_preparation() if delivery == members[-1:] else delivery.move_ids.browse()
        return delivery.move_ids | preparing

    @api.model
    def _get_promise_date(self, delivery):
        """Return when all that is still to come is promised; nothing while a part has no date."""
        if delivery.fulfillment_state in OPEN_STATES:
            return delivery.promise_date
        open_lines = self._get_lines(delivery).filtered(lambda line: line.state not in CLOSED_STATES)
        dates = open_lines.mapped("promise_date")
        return get_latest(dates)

    @api.model
    def _get_question(self, delivery, name):
        """Return what the choice means, in the customer's words: he reads it before he clicks, and in the dialog."""
        return getattr(self, f"_get_{name}_question")(delivery)

    @api.model
    def _get_keep_question(self, delivery):
        return self.env._(
            "%(delivery)s ships on %(date)s. You let us know that you wait for it; nothing else changes.",
            delivery=delivery.name,
            date=delivery._format_day(self._get_promise_date(delivery)),
        )

    @api.model
    def _get_together_question(self, delivery):
        question = self.env._(
            "Nothing of %s ships before all of it is there; then it comes in one shipment.", delivery.name
        )
        date = delivery._format_day(self._get_promise_date(delivery))
        when = date and self.env._("At present that is %s.", date)
        return f"{question} {when}" if when else question

    @api.model
    def _get_now_question(self, delivery):
        return self.env._(
            "What is there of %s ships now, the rest as soon as it comes: in more than one shipment.", delivery.name
        )

    @api.model
    def _get_cancel_question(self, delivery):
        return self.env._(
            "What is still to come of %(delivery)s will not be delivered any more: %(lines)s. You cannot undo this.",
            delivery=delivery.name,
            lines=self._name_lines(self._get_lines(delivery).filtered(lambda line: line.state not in CLOSED_STATES)),
        )

    @api.model
    def _get_decided(self, delivery):
        """Return in sentences what the customer has decided about the delivery, as far as it still means something."""
        delivery = delivery.sudo()  # see _get_choices
        lines = self._get_lines(delivery)
        sentences = []
        if any(line.state not in CLOSED_STATES for line in lines):
            if delivery.accepted_promise_date:
                date = delivery._format_day(delivery.accepted_promise_date)
                is_same = self._is_accepted(delivery, self._get_promise_date(delivery))
                sentences.append(
                    self.env._("You have accepted %s and keep waiting.", date)
                    if is_same
                    else self.env._("You have accepted %s; the date has changed since.", date)
                )
            if delivery.customer_move_type == "one":
                sentences.append(self.env._("You have chosen one shipment: it leaves when everything is there."))
            elif delivery.customer_move_type:
                sentences.append(self.env._("You have chosen to get what is there at once, and the rest later."))
        cancelled = lines.filtered("customer_cancelled_date").grouped(
            lambda line: delivery._get_day(line.customer_cancelled_date)
        )
        return sentences + [
            self.env._(
                "You have cancelled on %(date)s: %(lines)s.",
                date=delivery._format_date(day),
                lines=self._name_lines(cancelled[day]),
            )
            for day in sorted(cancelled)
        ]

    @api.model
    def _is_offered(self, delivery, name):
        """Whether the delivery's company leaves this choice to its customers."""
        setting = self._get_settings().get(name)
        return bool(setting) and delivery.company_id[setting]

    @api.model
    def _is_any_offered(self, delivery):
        """Whether there may be something to choose on the page of the delivery, without a look at what it holds."""
        is_open = delivery.state not in CLOSED_STATES
        return is_open and any(self._is_offered(delivery, name) for name in self._get_settings())

    @api.model
    def _choose(self, delivery, name, author, line=None, seen=None):
        """Do what the customer has chosen.

        :param str name: ``keep`` waiting, ``cancel`` the remainder or some lines of it, ship all ``together`` or what
            is there ``now``
        :param author: the partner who has chosen
        :param str line: for ``cancel`` the ids of the lines meant, with commas, or ``all``; else the whole delivery is
            meant
        :param str seen: what the customer has decided on, see :meth:`_get_seen`; none if he was shown nothing
        :return: what was done, in the customer's words
        :raise UserError: if it cannot be done, or not any more
        """
        # The customer decides by these rules, not by his rights, and what follows for others is not done in his name.
        delivery = delivery.with_user(SUPERUSER_ID).with_company(delivery.sudo().company_id)
        if not self._is_offered(delivery, name):
            raise UserError(self.env._("This cannot be chosen."))
        # Who chooses while the delivery is being shipped waits for it, and is refused when Odoo tries again.
        locking.wait_for(delivery)
        lines = self._get_chosen_lines(delivery, line) if name == "cancel" else self._get_lines(delivery)
        done = self._get_done(delivery, name, lines)
        if done:
            return done
        refusal = self._get_refusal(delivery, name, lines)
        if refusal:
            raise UserError(refusal)
        if seen is not None and self._differs(delivery, name, lines, seen):
            raise UserError(
                self.env._("%s has changed meanwhile. Nothing was done: please look at it again.", delivery.name)
            )
        return getattr(self, f"_choose_{name}")(delivery, author, lines)

    @api.model
    def _get_seen(self, delivery):
        """Return what the customer decides on when he sees the page now, for its forms to send back: ``{name: text}``.

        It is no secret, and gives no right.
        """
        return {
            "keep": delivery._format_day(self._get_promise_date(delivery)),
            "cancel": ",".join(self._describe_open(self._get_lines(delivery))),
        }

    @api.model
    def _describe_open(self, lines):
        """Return a text for each of *lines* that is open: its id and how much is still to come."""
        return [f"{line.id}:{line.product_uom_qty:g}" for line in lines if line.state not in CLOSED_STATES]

    @api.model
    def _differs(self, delivery, name, lines, seen):
        """Whether what the customer would decide on is not what he has seen."""
        if name == "keep":
            return seen != delivery._format_day(self._get_promise_date(delivery))
        if name == "cancel":
            own = tuple(f"{line.id}:" for line in lines)
            return {text for text in seen.split(",") if text.startswith(own)} != set(self._describe_open(lines))
        return False

    @api.model
    def _get_chosen_lines(self, delivery, line):
        """Return the lines with the ids in *line*, and what belongs to the same line of the order: a kit is no kit
        without its parts.

        :raise UserError: if none is named, or one of them is no line of the delivery
        """
        lines = self._get_lines(delivery)
        if line == ALL_LINES:
            return lines
        named = set(line.split(",")) if isinstance(line, str) else set()
        chosen = lines.filtered(lambda move: str(move.id) in named)
        if not named or len(chosen) != len(named):
            raise UserError(self.env._("This cannot be chosen."))
        return chosen | lines.filtered(lambda move: move.sale_line_id in chosen.sale_line_id)

    @api.model
    def _get_done(self, delivery, name, lines):
        """Return what the customer is told whose choice was made before: he has clicked twice."""
        if name == "keep" and self._is_accepted(delivery, self._get_promise_date(delivery)):
            return self.env._("You keep waiting for this delivery.")
        if name == "cancel" and {"cancel"} == set(lines.mapped("state")) - {"done"}:
            return self.env._("This was cancelled.")
        if name == "together" and delivery.move_type == "one" and delivery.fulfillment_state in OPEN_STATES:
            return self.env._("This delivery ships when everything is there.")
        if name == "now" and delivery.move_type == "direct" and delivery.fulfillment_state in OPEN_STATES:
            return self.env._("What is there ships now.")
        return False

    @api.model
    def _get_refusal(self, delivery, name, lines):
        """Return why the customer cannot choose this, in his words; False if he can."""
        is_open = delivery.fulfillment_state in OPEN_STATES
        if name in ("keep", "cancel"):  # these hold for what is still picked for it, too
            is_open = any(line.state not in CLOSED_STATES for line in lines)
        if not is_open:
            return self.env._("It is too late: %s is not open any more.", delivery.name)
        return getattr(self, f"_get_{name}_refusal")(delivery, lines)

    # ---- keep waiting --------------------------------------------------------------

    @api.model
    def _get_keep_refusal(self, delivery, lines):
        if delivery.fulfillment_state == "ready":
            return self.env._("There is nothing to wait for: %s is being prepared.", delivery.name)
        promise_date = self._get_promise_date(delivery)
        if not promise_date:
            return self.env._("There is no date yet that you could accept.")
        if self._is_accepted(delivery, promise_date):
            return self.env._("You have accepted this date.")
        return False

    @api.model
    def _is_accepted(self, delivery, promise_date):
        """Whether the customer has accepted this date: he is shown days."""
        accepted = delivery.accepted_promise_date
        return bool(accepted and promise_date) and delivery._is_same_day(accepted, promise_date)

    @api.model
    def _choose_keep(self, delivery, author, lines):
        delivery.accepted_promise_date = self._get_promise_date(delivery)
        delivery.move_ids._keep_agreed(delivery.accepted_promise_date)
        date = delivery._format_day(delivery.accepted_promise_date)
        self._tell_staff(delivery, author, self.env._("The customer accepts %s and keeps waiting.", date))
        return self.env._("Thank you. You keep waiting; the date is %s.", date)

    # ---- cancel the remainder ------------------------------------------------------

    @api.model
    def _get_cancel_refusal(self, delivery, lines):
        is_remainder = delivery.backorder_root_id or delivery.state == "done"
        if not is_remainder or delivery._is_shipped_by_vendor():
            return self.env._("Only the remainder of a delivery can be cancelled here. Please ask us.")
        open_lines = lines.filtered(lambda line: line.state not in CLOSED_STATES)
        if not open_lines:
            return self.env._("There is nothing left to cancel.")
        if open_lines._are_being_picked():
            return self.env._("It is too late: %s is being picked.", delivery.name)
        return False

    @api.model
    def _choose_cancel(self, delivery, author, lines):
        lines = lines.filtered(lambda line: line.state not in CLOSED_STATES)
        names = self._list_lines(lines)
        (lines | lines._get_own_steps())._action_cancel()
        lines._write_facts({"customer_cancelled_date": fields.Datetime.now()})
        self._tell_staff(delivery, author, self.env._("The customer cancels what is still to come:"), names)
        return self.env._("Cancelled: %s.", ", ".join(names))

    @api.model
    def _list_lines(self, lines):
        return [
            f"{line._format_quantity_with_unit(line.product_uom_qty)} "
            f"{line.product_id.with_context(display_default_code=False).display_name}"
            for line in lines
        ]

    @api.model
    def _name_lines(self, lines, named=3):
        """Return how much of what the lines are, the first ones, if there are many."""
        return name_first(self._list_lines(lines), named)

    # ---- together, or now --------------------------------------------------------------

    @api.model
    def _get_together_refusal(self, delivery, lines):
        if delivery.move_type == "one":
            return self.env._("This delivery ships when everything is there.")
        if lines.filtered(lambda line: line.state not in CLOSED_STATES)._are_being_picked():
            return self.env._("It is too late: %s is being picked.", delivery.name)
        return False if delivery.fulfillment_state != "ready" else self.env._("Everything is there already.")

    @api.model
    def _choose_together(self, delivery, author, lines):
        delivery.write({"customer_move_type": "one", "move_type": "one"})
        self._tell_staff(delivery, author, self.env._("The customer wants all of it in one shipment."))
        return self.env._("Thank you. We ship when everything is there.")

    @api.model
    def _get_now_refusal(self, delivery, lines):
        return self.env._("What is there ships now.") if delivery.move_type == "direct" else False

    @api.model
    def _choose_now(self, delivery, author, lines):
        delivery.write({"customer_move_type": "direct", "move_type": "direct"})
        self._tell_staff(delivery, author, self.env._("The customer wants what is there shipped now, the rest later."))
        return self.env._("Thank you. We ship what is there, and the rest as soon as it comes.")

    # ---- told -----------------------------------------------------------------------

    @api.model
    def _tell_staff(self, delivery, author, sentence, details=()):
        """Write it on the delivery, as a note of the customer that the salesperson is notified of.

        The subject of his mail says which order it is about, and what the customer wants.
        """
        body = Markup("<p>%s</p>") % sentence
        if details:
            body += Markup("<ul>%s</ul>") % Markup().join(Markup("<li>%s</li>") % detail for detail in details)
        subject = f"{delivery._get_subject()}: {sentence.rstrip('.:')}"
        delivery.message_post(
            subject=subject,
            body=body,
            author_id=author.id,
            partner_ids=delivery._get_responsible().partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )
