import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ... import locking
from ..chain.engine_facts import as_facts


class StockOrderPad(models.Model):
    """A pad becomes an order once, whatever is clicked twice, and none that its customer was not shown."""

    _inherit = "stock.order.pad"

    def _send(self, author, seen=None, is_seen_by_place=False):
        """Make the order of the pad; the one that it has become, where it was sent before.

        :param author: the partner who sends it
        :param str seen: what he was shown, see ``_get_seen``; None if nothing
        :param is_seen_by_place: whether that was before the lines were kept, which had no number but their place then
        :return: the order, with all rights
        :raise UserError: if a line cannot be taken, there is none, or it is not any more as he was shown: nothing is
            ordered then
        """
        self.ensure_one()
        # Who sends it a second time at the same moment waits for the first, and finds the order when Odoo tries again.
        locking.wait_for(self)
        if order := self._get_order():
            return order
        self._check_open()
        is_order = self.company_id.customer_may_order == "order"
        if is_order:
            self._queue_for_stock()
        judgement = self._look()
        told = self._tell(judgement)
        self._check_complete(told)
        if seen is not None:
            self._check_seen(told, seen, is_seen_by_place)
        order = self._create_order(judgement)
        self.write({"order_id": order.id, "sent_date": fields.Datetime.now()})
        if is_order and not order._is_held_back():
            order.action_confirm()
        else:
            order.action_quotation_sent()
        order._tell_of_pad(author)
        return order

    @api.model
    def _get_sent(self, user, key):
        """Return the order that the pad with *key* has become, if *user* has sent it before; empty if not."""
        domain = self._get_own_domain(user, self.company_id) & Domain("key", "=", key or "")
        return self.search(domain, limit=1)._get_order()

    def _queue_for_stock(self):
        """Take a turn on what the order will want: two customers are not both promised the last unit."""
        taken = [line for line in self._read_lines() if not line.reason]
        self.env["stock.backorder.pool"]._lock(self._imagine_order(taken).order_line._get_wanted_pools())

    @api.model
    def _check_complete(self, judged):
        """:raise UserError: if there is nothing to be ordered, or something that cannot be"""
        if judged["refused"]:
            raise UserError(
                self.env._("Some lines cannot be taken: please correct or remove them. Nothing was ordered.")
            )
        if not judged["taken"]:
            raise UserError(self.env._("There is nothing on your pad yet."))

    def _check_seen(self, judged, seen, is_by_place):
        """:raise UserError: with what has changed, if something is not any more as the customer was shown it"""
        try:
            shown = json.loads(seen)
            shown = {int(number): list(row) for number, row in shown.items()}
        except (AttributeError, TypeError, ValueError, RecursionError):
            shown = {}
        changed = [
            row
            for place, row in enumerate(judged["rows"], start=1)
            if shown.pop(place if is_by_place else row["id"], None) != self._describe(row)
        ]
        if not changed and not shown:
            return
        names = "\n".join(f"{row['product']}: {self._describe_change(row)}" for row in changed)
        raise UserError(
            self.env._(
                "Something has changed since you looked at it. Nothing was ordered: please look at it again.\n%s", names
            )
        )

    def _describe_change(self, row):
        return " · ".join(
            part
            for part in (f"{row['quantity']} {row['unit']}", row["status_label"], row["words"], row["price"])
            if part
        )

    def _create_order(self, judgement):
        """Return the order, with what its customer was shown written on each of its lines."""
        values = self._prepare_order(judgement.lines)
        for line, (_command, _id, line_values) in zip(judgement.lines, values["order_line"], strict=True):
            line_values.update(as_facts(self._prepare_shown(line, judgement.judged[line.line])))
        values.update(as_facts({"pad_id": self.id, "is_from_pad": True}), date_order=judgement.order.date_order)
        if self._is_served():
            values.update(as_facts({"pad_user_id": self.env.uid}), user_id=self.env.uid)
        # The salesperson is told once, of the order as it is: not also that it was given to him.
        orders = judgement.order.browse().with_context(mail_auto_subscribe_no_notify=True)
        order = orders.create(values).with_env(self.env)
        if self._is_served():
            order.with_user(self.env.user).check_access("write")
        return order

    def _prepare_shown(self, line, judged):
        """Return what the customer was shown of a line, or would have been where another writes for him."""
        lang = self._get_told_in()
        told = {**judged, "order_line": judged["order_line"].with_context(lang=lang)}
        row = self.with_context(lang=lang)._get_row(line, told, self._get_customer_sight())
        return {
            "pad_status": row["status"] or False,
            "pad_date": judged["day"] or False,
            "pad_text": row["words"] or row["status_label"] or False,
            "pad_price": judged["price"],
        }
