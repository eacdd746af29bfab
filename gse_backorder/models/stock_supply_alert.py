from datetime import datetime, time

from markupsafe import Markup

from odoo import api, fields, models

ACTIVITY_TYPE = "gse_backorder.mail_activity_type_shortage"


class StockSupplyAlert(models.AbstractModel):
    """Shortages that no supply covers, as activities of those who purchase the products.

    One activity a product and purchaser, whatever the number of lines and warehouses; it is closed by itself when the
    product is covered. Who has marked it as done is asked again when further lines become short.
    """

    _name = "stock.supply.alert"
    _description = "Alerts on Shortages"

    @api.model
    def _cron_alert(self):
        """Raise, update and close the activities of all companies."""
        shortages = self._get_shortages()
        activities = self._get_open_activities()
        for key, activity in activities.items():
            if key not in shortages:
                activity.action_feedback(feedback=self.env._("Covered by now."))
        for (product, user), needs in shortages.items():
            activity = activities.get((product, user))
            if activity:
                self._update(activity, needs)
            elif any(needs.mapped("qty_to_order")) and self._is_news(product, user, needs):
                self._raise(product, user, needs)

    @api.model
    def _get_shortages(self):
        """Return ``{(product, purchaser): supply needs}`` of the products that have a purchaser."""
        shortages = {}
        every_need = self.env["stock.supply.need"].search([("company_id", "!=", False)])
        for company, needs in every_need.grouped("company_id").items():
            for need in needs:
                user = need.product_tmpl_id.with_company(company)._get_purchaser()
                if user and user.active:
                    key = need.product_id, user
                    shortages[key] = shortages.get(key, needs.browse()) | need
        return shortages

    @api.model
    def _get_open_activities(self):
        """Return ``{(product, purchaser): activity}``."""
        activities = self.env["mail.activity"].search(self._get_domain())
        products = self.env["product.product"].browse(activities.mapped("res_id"))
        return {(product, activity.user_id): activity for product, activity in zip(products, activities, strict=True)}

    @api.model
    def _get_domain(self):
        return [
            ("res_model", "=", "product.product"),
            ("activity_type_id", "=", self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY_TYPE)),
        ]

    @api.model
    def _is_news(self, product, user, needs):
        """Whether lines have become short since the purchaser has marked an activity on the product as done."""
        done = (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search(
                [*self._get_domain(), ("res_id", "=", product.id), ("user_id", "=", user.id), ("active", "=", False)],
                order="date_done desc",
                limit=1,
            )
        )
        if not done:
            return True
        claims = needs._get_uncovered_claims(product)
        since = datetime.combine(done.date_done, time.max)
        lines = self.env["stock.move"].browse(claim.move_id for claim in claims)
        return any(line.create_date > since for line in lines)

    @api.model
    def _raise(self, product, user, needs):
        product.activity_schedule(
            ACTIVITY_TYPE,
            date_deadline=self._get_deadline(needs),
            user_id=user.id,
            automated=True,
            **self._prepare_texts(user, needs),
        )

    @api.model
    def _update(self, activity, needs):
        """Say what is short now; nothing is written where nothing has changed."""
        values = {**self._prepare_texts(activity.user_id, needs), "date_deadline": self._get_deadline(needs)}
        changed = {name: value for name, value in values.items() if str(activity[name] or "") != str(value)}
        if changed:
            activity.write(changed)

    @api.model
    def _get_deadline(self, needs):
        """Return the day by which somebody should order: the earliest deadline of those who wait, or today."""
        deadlines = [need.deadline.date() for need in needs if need.deadline]
        return max(min(deadlines, default=fields.Date.today()), fields.Date.today())

    @api.model
    def _prepare_texts(self, user, needs):
        told = self.with_context(lang=user.lang)
        quantity = told.env["stock.move"]._format_availability_quantity(sum(needs.mapped("qty_uncovered")))
        note = told.env._(
            "No supply is known for what %(orders)s orders and %(lines)s lines wait for. See Purchase, Supply Needs.",
            orders=sum(needs.mapped("order_count")),
            lines=sum(needs.mapped("line_count")),
        )
        return {
            "summary": told.env._(
                "%(quantity)s %(unit)s are not covered",
                quantity=quantity,
                unit=needs[:1].with_env(told.env).uom_id.name,
            ),
            "note": Markup("<p>%s</p>") % note,
        }
