from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ... import arguments, without_jit
from ..chain.quantity import get_digits
from ..engine.coverage import NOISE
from .shortage import NARROWED, TOLD, UNDATED, NarrowedTo, ToldOnce, Undated

# What rows are ordered by, and what follows from it.
DATES = ("deadline", "deadline_day", "is_late", "oldest_date", "oldest_day")


class StockSupplyNeed(models.Model):
    """What pegging cannot cover, a row for each product and warehouse.

    Read from pegging each time, and never stored: a receipt, a cancellation or a new order changes it at once. The id
    of a row is that of the first open line on the product in the warehouse, see :meth:`_get_pools`. All quantities are
    in the product's unit.
    """

    _name = "stock.supply.need"
    _inherit = ["stock.day.mixin"]
    _description = "Supply Need"
    _order = "deadline, oldest_date, id"
    _rec_name = "product_id"

    _auto = False
    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    qty_uncovered = fields.Float(
        string="Uncovered",
        digits="Product Unit",
        readonly=True,
        help="What is wanted and neither in stock nor on its way.",
    )
    qty_elsewhere = fields.Float(
        string="Elsewhere",
        digits="Product Unit",
        readonly=True,
        help="What of it is wanted outside of the warehouse's stock: it has to be moved there, no receipt brings it.",
    )
    qty_draft = fields.Float(
        string="On Draft",
        digits="Product Unit",
        readonly=True,
        help="What requests for quotation and drafts of receipts and manufacturing orders would bring.",
    )
    qty_orderpoint = fields.Float(
        string="Reordering Rules",
        digits="Product Unit",
        readonly=True,
        help="What automatic reordering rules are about to order.",
    )
    qty_to_order = fields.Float(
        string="To Order",
        digits="Product Unit",
        readonly=True,
        help="What is uncovered, less what is on draft, what reordering rules are about to order, and what is wanted"
        " elsewhere.",
    )
    value = fields.Monetary(readonly=True, help="What is uncovered, at the product's cost.")
    line_count = fields.Integer(string="Lines", readonly=True, help="How many lines wait for it.")
    order_count = fields.Integer(string="Orders", readonly=True, help="How many sales orders wait for it.")
    customer_count = fields.Integer(string="Customers", readonly=True, help="How many customers wait for it.")
    oldest_date = fields.Datetime(
        string="Waits Since", readonly=True, help="When the first of those who wait for it has ordered."
    )
    oldest_day = fields.Date(
        string="Waits Since (Day)",
        readonly=True,
        help="The day on which the first of those who wait for it has ordered, by the calendar of the warehouse.",
    )
    deadline = fields.Datetime(readonly=True, help="The earliest deadline of the lines that wait for it.")
    deadline_day = fields.Date(
        string="Deadline (Day)",
        readonly=True,
        help="The day of the earliest deadline of the lines that wait for it, by the calendar of the warehouse.",
    )
    is_late = fields.Boolean(
        string="Late", readonly=True, help="The day of the deadline is over, by the calendar of the warehouse."
    )
    supply_method = fields.Selection(
        [("buy", "Buy"), ("manufacture", "Manufacture"), ("none", "No vendor")], string="Supply", readonly=True
    )
    supplierinfo_id = fields.Many2one("product.supplierinfo", string="Vendor Price", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Vendor", readonly=True, help="The product's first vendor.")
    lead_days = fields.Integer(
        string="Lead Time",
        readonly=True,
        aggregator=None,
        help="In days: the vendor's lead time, and the days that the company takes to order.",
    )
    arrival_date = fields.Date(string="If Ordered Today", readonly=True, help="Today, and the lead time.")
    price = fields.Monetary(
        compute="_compute_price",
        currency_field="price_currency_id",
        aggregator=None,
        help="What the vendor asks for one, for the quantity to order, in the vendor's currency.",
    )
    price_currency_id = fields.Many2one(related="supplierinfo_id.currency_id", string="Vendor's Currency")
    qty_free = fields.Float(
        string="Free", compute="_compute_stock", digits="Product Unit", help="In stock and not reserved."
    )
    qty_incoming = fields.Float(
        string="Incoming", compute="_compute_stock", digits="Product Unit", help="On its way into the warehouse."
    )
    customer_ids = fields.Many2many(
        "res.partner",
        string="Waiting Customers",
        compute="_compute_customer_ids",
        search="_search_customer_ids",
        compute_sudo=True,  # who purchases may know whom for; he need not be able to open their deliveries
    )

    def _get_day_warehouse(self):
        return self.warehouse_id

    @api.model
    @api.readonly
    def web_search_read(self, *args, **kwargs):
        """The rows of a page and how many there are in all are told by the same sums: nothing is written meanwhile."""
        return super(StockSupplyNeed, self._tell_once()).web_search_read(*args, **kwargs)

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """First find the rows of a page, then read what is shown of them: what names the others is not worked out."""
        if not limit or (field_names is not None and not field_names):
            return super().search_fetch(domain, field_names, offset, limit, order)
        told_once = self._tell_once()
        page = told_once._search_first(domain, offset, limit, order)
        super(StockSupplyNeed, told_once).search_fetch([("id", "in", page.ids)], field_names)
        return self.browse(page.ids)

    @api.model
    def _tell_once(self):
        """Return the model with what is short worked out at most once from here on."""
        if isinstance(self.env.context.get(TOLD), ToldOnce):
            return self
        return self.with_context(**{TOLD: ToldOnce()})

    @api.model
    def _search_first(self, domain, offset, limit, order):
        """Return what ``search`` returns; of what comes far behind by its dates, these are not worked out.

        They are sought with the earliest dates that they can have: if none of them is among the first, none is with its
        own dates. (Where rows are sought by their dates, that says nothing.)
        """
        self.browse().check_access("read")
        sought = (Domain(domain) & self.env["ir.rule"]._compute_domain(self._name)).optimize_full(self)
        columns = {condition.field_expr.split(".")[0] for condition in sought.iter_conditions()}
        if (
            order in (None, "", self._order)
            and columns.isdisjoint(DATES)
            and self._get_found_products(iter(sought)) is None
        ):
            undated = self._get_undated(offset + limit)
            page = self.with_context(**{UNDATED: Undated(undated)}).search(domain, offset, limit, order)
            if undated.isdisjoint(page._ids):
                return page
        return self.search(domain, offset, limit, order)

    @api.model
    def _get_undated(self, count):
        """Return the ids of rows that probably are not among the first *count*: that many others come before them."""
        self._flush_needs()
        shortages = self._get_sought_shortages()
        known = sorted(shortage.place for shortage in shortages if not shortage.is_ranked and not shortage.is_pegged)
        if len(known) < count:
            return frozenset()
        return frozenset(short.id for short in shortages if short.is_ranked and short.place > known[count - 1])

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Only what the domain can find is worked out: a product, a row or a page of them need no other."""
        domain = Domain(domain).optimize_full(self)
        products = self._get_found_products(iter(domain))
        narrowed = self if products is None else self.with_context(**{NARROWED: NarrowedTo(products)})
        return super(StockSupplyNeed, narrowed)._search(domain, *args, **kwargs)

    @api.model
    def _get_found_products(self, parts):
        """Return of which products the rows of an optimized domain are; None if it may find rows of any.

        :param parts: an iterator over the domain: operators, each before what it joins, and conditions
        """
        part = next(parts)
        if part == "!":
            self._get_found_products(parts)
            return None
        if part in ("&", "|"):
            found = [self._get_found_products(parts), self._get_found_products(parts)]
            if part == "|":
                return None if None in found else frozenset().union(*found)
            known = [products for products in found if products is not None]
            return frozenset.intersection(*known) if known else None
        if not isinstance(part, tuple):
            return None  # a condition of its own kind, which only the database can tell
        name, operator, value = part
        if operator == "in" and isinstance(value, list):
            if name == "product_id":
                return frozenset(value) - {False}
            if name == "id":
                return frozenset(product_id for product_id, _warehouse_id in self.browse(value)._get_pools())
        return None

    @property
    def _table_query(self):
        self._flush_needs()
        without_jit.turn_off(self.env.cr)
        shortages = self._get_sought_shortages()
        undated = self.env.context.get(UNDATED)
        undated = undated.row_ids if isinstance(undated, Undated) else frozenset()
        products = self.env["product.product"].browse({shortage.product_id for shortage in shortages})
        return SQL(
            """
            WITH short AS (%(short)s),
                 waiting AS (%(waiting)s),
                 dates AS (%(dates)s),
                 draft AS (%(draft)s),
                 rule AS (%(rule)s),
                 wanted AS (%(wanted)s)
            SELECT need.*, %(method)s AS supply_method, vendor.partner_id, %(lead_days)s AS lead_days,
                   %(today)s + %(lead_days)s AS arrival_date, COALESCE(deadline_day < %(today)s, FALSE) AS is_late
              FROM (
                  SELECT wanted.*, product.product_tmpl_id, template.categ_id, template.uom_id,
                         wanted.qty_uncovered * COALESCE(
                             (product.standard_price ->> wanted.company_id::varchar)::float, 0) AS value,
                         (%(vendor)s) AS supplierinfo_id,
                         %(oldest_day)s AS oldest_day, %(deadline_day)s AS deadline_day
                    FROM wanted
                    JOIN product_product AS product ON product.id = wanted.product_id
                    JOIN product_template AS template ON template.id = product.product_tmpl_id
              ) AS need
         LEFT JOIN product_supplierinfo AS vendor ON vendor.id = need.supplierinfo_id
         LEFT JOIN res_company AS company ON company.id = need.company_id
            """,
            short=self._get_short_sql(
                [short.with_earliest_dates() if short.id in undated else short for short in shortages]
            ),
            waiting=self._get_waiting_sql(shortages),
            dates=self._get_dates_sql([short for short in shortages if short.id not in undated]),
            draft=self._get_draft_sql(products),
            rule=self._get_rule_sql(products),
            wanted=self._get_wanted_sql(),
            vendor=self._get_vendor_sql(),
            method=self._get_method_sql(),
            lead_days=SQL("(vendor.delay + COALESCE(company.days_to_purchase, 0)::int)"),
            today=self._get_day_sql(SQL("%s::timestamp", fields.Datetime.now())),
            oldest_day=self._get_day_sql(SQL("wanted.oldest_date"), "wanted"),
            deadline_day=self._get_day_sql(SQL("wanted.deadline"), "wanted"),
        )

    @api.model
    def _get_day_sql(self, moment, need="need"):
        """Return the day of *moment* by the calendar of the warehouse of a *need*, as SQL."""
        warehouse_id, company_id = (SQL.identifier(need, name) for name in ("warehouse_id", "company_id"))
        return self.env["stock.warehouse"]._get_day_sql(moment, warehouse_id, company_id)

    @api.model
    def _flush_needs(self):
        """Write what the query reads."""
        self.env["stock.pegging"]._flush_pegging()
        for model, names in {
            "product.product": ["product_tmpl_id", "standard_price"],
            "product.template": ["categ_id", "is_storable", "uom_id"],
            "product.supplierinfo": [
                "company_id", "currency_id", "date_end", "date_start", "delay", "discount", "min_qty", "partner_id",
                "price", "product_id", "product_tmpl_id", "product_uom_id", "sequence",
            ],
            "purchase.order": ["picking_type_id", "state"],
            "purchase.order.line": ["move_dest_ids", "order_id", "product_id", "product_uom_qty"],
            "res.company": ["days_to_purchase"],
            "res.currency.rate": ["company_id", "currency_id", "name", "rate"],
            "res.partner": ["active", "commercial_partner_id"],
            "sale.order": ["partner_id"],
            "stock.location": ["company_id"],
            "stock.picking": ["customer_id", "partner_id", "sale_id"],
            "stock.warehouse": ["company_id", "lot_stock_id"],
            "stock.warehouse.orderpoint": [
                "active", "location_id", "qty_to_order_computed", "qty_to_order_manual", "trigger",
            ],
            "uom.uom": ["factor"],
        }.items():  # fmt: skip
            self.env[model].flush_model(names)

    @api.model
    def _get_wanted_sql(self):
        """How much of what is short is to be ordered: not what is on draft, or what a reordering rule can order.

        A receipt brings goods into the stock of the warehouse: what is wanted elsewhere in it has to be moved there.
        """
        digits = get_digits(self.env)
        return SQL(
            """
            SELECT short.id, short.product_id, short.warehouse_id, short.company_id, short.qty_uncovered,
                   short.qty_elsewhere, COALESCE(waiting.line_count, 0) AS line_count,
                   COALESCE(waiting.order_count, 0) AS order_count,
                   COALESCE(waiting.customer_count, 0) AS customer_count,
                   LEAST(short.oldest_date, dates.oldest_date) AS oldest_date,
                   LEAST(short.deadline, dates.deadline) AS deadline,
                   draft.quantity AS qty_draft, rule.quantity AS qty_orderpoint,
                   GREATEST(0, ROUND(
                       (short.qty_uncovered - short.qty_elsewhere - COALESCE(draft.quantity, 0)
                        - COALESCE(rule.quantity, 0))::numeric,
                       %(digits)s))::float AS qty_to_order
              FROM short
         LEFT JOIN waiting ON waiting.product_id = short.product_id AND waiting.house = short.house
         LEFT JOIN dates ON dates.product_id = short.product_id AND dates.house = short.house
         LEFT JOIN draft ON draft.product_id = short.product_id AND draft.warehouse_id = short.warehouse_id
         LEFT JOIN rule ON rule.product_id = short.product_id AND rule.warehouse_id = short.warehouse_id
            """,
            digits=digits,
        )

    @api.depends("product_id", "warehouse_id")
    def _compute_stock(self):
        for warehouse, needs in self.grouped("warehouse_id").items():
            # Who purchases may know what there is, whether or not he may open the stock.
            products = needs.product_id.sudo().with_context(warehouse_id=warehouse.id)
            for need in needs:
                product = need.product_id.with_env(products.env).with_prefetch(products.ids)
                need.qty_free, need.qty_incoming = product.free_qty, product.incoming_qty

    @api.depends("product_id", "warehouse_id")
    @api.depends_context("uid")
    def _compute_customer_ids(self):
        customers = defaultdict(set)
        for claim in self._get_uncovered_claims(self.product_id):
            customers[claim.product_id, claim.warehouse_id or False].add(claim.customer_id)
        for need in self:
            found = customers.get(need._get_key(), ())
            need.customer_ids = self.env["res.partner"].browse(sorted(filter(None, found)))

    @api.model
    def _search_customer_ids(self, operator, value):
        """Find the rows by those who wait for them, as far as the user may read and search these himself."""
        if operator in ("ilike", "like", "=ilike", "=like"):
            return self._get_waited_for_domain(Domain("display_name", operator, value))
        if operator in ("any", "any!"):
            return self._get_waited_for_domain(Domain("id", operator, value))
        if operator != "in":
            return NotImplemented
        domain = self._get_waited_for_domain(Domain("id", "in", [item for item in value if item]))
        if False in value:
            domain |= Domain("customer_count", "=", 0)
        return domain

    @api.model
    def _get_waited_for_domain(self, customers):
        """Return the domain of the rows that customers wait for whom the user finds by the domain *customers*."""
        partners = self.env["res.partner"]._search(customers)
        waited_for = without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH claimed AS (%(claimed)s)
                SELECT MIN(id)
                  FROM claimed
              GROUP BY product_id, warehouse_id
                HAVING bool_or(uncovered > %(noise)s AND customer_id IN %(partners)s AND %(is_named)s)
                """,
                claimed=self._get_claimed_sql(self.env["stock.claim"]._get_claimed_products()),
                noise=NOISE,
                partners=partners.subselect(),
                is_named=self._get_is_named_sql(),
            ),
        )
        return Domain("id", "in", [need_id for (need_id,) in waited_for])

    def _get_pools(self):
        """Return ``{(product id, warehouse id)}`` of the rows, also of those that are covered by now.

        The id of a row is that of a line that waits, or has waited, for the product in the warehouse.
        """
        # Which goods a line is about is told by the row that the user has in front of him.
        self.browse().check_access("read")  # a row that is covered by now is none any more, but its id is answered
        lines = self.env["stock.move"].sudo().browse(self.ids).exists()
        own = lines.filtered(lambda line: line.company_id in self.env.companies)
        return {(line.product_id.id, line.location_id.warehouse_id.id) for line in own}

    def _get_key(self):
        """Return of what the row is: see :meth:`_get_pools`."""
        return self.product_id.id, self.warehouse_id.id

    def _get_own_claims(self):
        """Return the products of the rows, and the lines that no supply covers: see ``_get_uncovered_claims``."""
        pools = self._get_pools()
        products = self.env["product.product"].browse({product_id for product_id, _warehouse_id in pools})
        claims = self._get_uncovered_claims(products)
        return products, [claim for claim in claims if (claim.product_id, claim.warehouse_id or False) in pools]

    @arguments.public()
    def action_view_lines(self):
        """Open the lines that wait for the goods."""
        products, claims = self._get_own_claims()
        lines = self.env["stock.move"].browse(claim.move_id for claim in claims)
        action = self.env["ir.actions.actions"]._for_xml_id("gse_backorder.action_stock_move_waiting")
        action["display_name"] = self.env._("Waiting for %s", ", ".join(products.mapped("display_name")))
        action["domain"] = [("id", "in", lines._filtered_access("read").ids)]
        return action

    @arguments.public()
    def action_view_customers(self):
        """Open the customers who wait for the goods."""
        products, claims = self._get_own_claims()
        customers = self.env["res.partner"].browse(sorted({claim.customer_id for claim in claims if claim.customer_id}))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waiting for %s", ", ".join(products.mapped("display_name"))),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("id", "in", customers._filtered_access("read").ids)],
        }

    @arguments.public()
    def action_order(self):
        """Open the wizard that orders what is selected."""
        wizard = self.env["stock.supply.order"]._create_for(self._get_pools())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Order"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
