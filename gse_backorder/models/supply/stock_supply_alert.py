import logging
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from ..chain.engine_facts import as_facts, fact
from ..chain.progress import commit_each
from ..chain.wording import format_quantity

_logger = logging.getLogger(__name__)
ACTIVITY_TYPE = "gse_backorder.mail_activity_type_shortage"
NEEDS = "/odoo/action-gse_backorder.action_stock_supply_need"


class Shortage(NamedTuple):
    """What a purchaser is told of a product."""

    quantity: float = 0.0  # uncovered, in the product's unit
    to_order: float = 0.0
    orders: int = 0
    lines: int = 0
    deadline: object = None  # a date: by when somebody should order

    def add(self, need):
        deadlines = [date for date in (self.deadline, need._get_day(need.deadline)) if date]
        return Shortage(
            self.quantity + need.qty_uncovered,
            self.to_order + need.qty_to_order,
            self.orders + need.order_count,
            self.lines + need.line_count,
            min(deadlines, default=None),
        )


class StockSupplyAlert(models.AbstractModel):
    """Shortages that no supply covers, as activities of those who purchase the products.

    One activity a product, company and purchaser, whatever the number of lines and warehouses; it is closed by itself
    when the product is covered in that company, whatever is short of it in another one. Who has marked it as done is
    asked again when more of it is short than he was told.
    """

    _name = "stock.supply.alert"
    _description = "Alerts on Shortages"

    @api.model
    def _cron_alert(self):
        """Raise, update and close the activities, product by product and company by company: one that fails stops no
        other."""
        shortages = self._get_shortages()
        activities = self._get_activities()
        keys = list(dict.fromkeys((*shortages, *activities)))
        products = self.env["product.product"].browse({product_id for product_id, _company in keys}).exists()
        for product_id, company in commit_each(self.env, keys):
            product = products.filtered(lambda product, product_id=product_id: product.id == product_id)
            try:
                with self.env.cr.savepoint():
                    told = activities.get((product_id, company), self.env["mail.activity"])
                    self._tell_purchaser(product, company, shortages.get((product_id, company), {}), told)
            except ConcurrencyError:
                raise
            except Exception:
                _logger.exception("The purchaser of %s in %s cannot be told of its shortage", product, company)

    @api.model
    def _get_shortages(self):
        """Return ``{(product id, company): {purchaser: Shortage}}`` of the products that have a purchaser there."""
        shortages = {}
        for need in self.env["stock.supply.need"].search([("company_id", "!=", False)]):
            company = need.company_id
            user = need.product_tmpl_id.with_company(company)._get_purchaser()
            if user:
                by_user = shortages.setdefault((need.product_id.id, company), {})
                by_user[user] = by_user.get(user, Shortage()).add(need)
        return shortages

    @api.model
    def _get_activities(self):
        """Return ``{(product id, company): activities}`` on shortages, those that are done, too."""
        activities = self.env["mail.activity"].with_context(active_test=False)
        domain = [
            ("res_model", "=", "product.product"),
            ("activity_type_id", "=", self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY_TYPE)),
        ]
        return activities.search(domain).grouped(lambda activity: (activity.res_id, activity.shortage_company_id))

    @api.model
    def _tell_purchaser(self, product, company, shortages, activities):
        """Let the *activities* on *product* say what is short in *company*; if nothing is, they go.

        :param shortages: ``{purchaser: Shortage}``

        An activity that somebody has handed on to another stays with him.
        """
        if not shortages:
            activities.unlink()  # with what was marked as done: the next shortage is news
            return
        handed_on = activities.filtered(lambda activity: activity.user_id not in shortages)
        for user, shortage in shortages.items():
            own = activities.filtered(lambda activity, user=user: activity.user_id == user) or handed_on
            current, done = own.filtered("active"), own.filtered(lambda activity: not activity.active)
            if current:
                self._update(current[0], shortage)
            elif shortage.to_order and shortage.quantity > max(done.mapped("shortage_quantity"), default=0.0):
                self._raise(product, company, user, shortage)

    @api.model
    def _raise(self, product, company, user, shortage):
        product.activity_schedule(
            ACTIVITY_TYPE,
            user_id=user.id,
            automated=True,
            **self._prepare_values(company, user, shortage),
            **as_facts({"shortage_company_id": company.id}),
        )

    @api.model
    def _update(self, activity, shortage):
        """Say what is short now; nothing is written where nothing has changed."""
        values = self._prepare_values(activity.shortage_company_id, activity.user_id, shortage)
        changed = {name: value for name, value in values.items() if activity[name] != value}
        if changed:
            activity.write(changed)

    @api.model
    def _prepare_values(self, company, user, shortage):
        told = self.with_context(lang=user.lang)
        note = told.env._(
            "No supply is known for it. Orders that wait: %(orders)s. Lines that wait: %(lines)s.",
            orders=shortage.orders,
            lines=shortage.lines,
        )
        if len(user.company_ids) > 1:
            note = f"{company.name}: {note}"
        quantity = format_quantity(told.env, shortage.quantity)
        today = fields.Date.context_today(told.with_context(tz=user.tz))
        is_one = quantity == "1"
        return {
            "summary": told.env._("1 is not covered") if is_one else told.env._("%s are not covered", quantity),
            "note": Markup('<p>%s <a href="%s">%s</a></p>') % (note, NEEDS, told.env._("Supply Needs")),
            "date_deadline": max(shortage.deadline or today, today),
            "shortage_quantity": fact(shortage.quantity),
        }
