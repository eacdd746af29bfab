from collections import defaultdict
from collections.abc import Set
from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainCondition, DomainOr
from odoo.tools import SQL

from ... import arguments
from ..engine.stock_pegging import CLAIM_COLUMNS, NOISE

# Requests that no vendor has to answer for yet: they are no supply, and nothing is ordered a second time for them.
DRAFT_PURCHASE_STATES = ("draft", "sent", "to approve")


# Of which products rows are asked for: only a NarrowedTo counts, which no caller can send.
NARROWED = "supply_need_narrowed_to"


# What is short, worked out once while a page is read; only a ToldOnce counts.
TOLD = "supply_need_told"


# What rows are ordered by, and what follows from it.
DATES = ("deadline", "is_late", "oldest_date")
# Of which rows the dates are only bounds while the first ones of the list are sought; only an Undated counts.
UNDATED = "supply_need_undated"


class Undated(NamedTuple):
    row_ids: frozenset


class NarrowedTo(NamedTuple):
    product_ids: frozenset


class ToldOnce(dict):
    """``{ids of the products, None for all: [Shortage]}``; no caller can send one."""


class Shortage(NamedTuple):
    """A product of which something is uncovered in a warehouse; quantities in the product's unit."""

    id: int  # of the first line on it
    product_id: int
    warehouse_id: int | None
    company_id: int | None
    qty_uncovered: float
    qty_elsewhere: float
    oldest_date: datetime | None  # of all lines on the stocks of which nothing is covered
    deadline: datetime | None
    earliest_date: datetime | None  # of all lines on the stocks of which something is uncovered: no date is before it
    earliest_deadline: datetime | None
    is_pegged: bool  # only pegging tells which lines wait for it
    area_ids: list  # else: the stocks in which something is uncovered, as ids of stock.location…
    covered: list  # … and how much of what lines lack is covered there

    @property
    def is_ranked(self):
        """Whether sums tell only how early its dates can be: of the lines on its stocks, some are covered."""
        return not self.is_pegged and any(self.covered)

    @property
    def place(self):
        """Where it can be in the list at the earliest, by ``_order``: what has no date comes last."""
        deadline, date = self.earliest_deadline, self.earliest_date
        return deadline is None, deadline or datetime.max, date is None, date or datetime.max, self.id

    def with_earliest_dates(self):
        return self._replace(oldest_date=self.earliest_date, deadline=self.earliest_deadline)


class UncoveredClaim(NamedTuple):
    """A line of which no supply covers a part."""

    move_id: int
    product_id: int
    warehouse_id: int | None
    customer_id: int | None  # the company that has ordered, else that receives it
    quantity: float  # what is uncovered, in the product's unit


class StockSupplyNeed(models.Model):
    """What pegging cannot cover, a row for each product and warehouse.

    Read from pegging each time, and never stored: a receipt, a cancellation or a new order changes it at once. The id
    of a row is that of the first open line on the product in the warehouse, see :meth:`_get_pools`. All quantities are
    in the product's unit.
    """

    _name = "stock.supply.need"
    _inherit = ["stock.day.mixin"]
    _description = "Supply Need"
    _auto = False
    _order = "deadline, oldest_date, id"
    _rec_name = "product_id"

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
    deadline = fields.Datetime(readonly=True, help="The earliest deadline of the lines that wait for it.")
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

    # ---- rows ------------------------------------------------------------------

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
        if order in (None, "", self._order) and columns.isdisjoint(DATES) and self._get_found_products(sought) is None:
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
        products = self._get_found_products(domain)
        narrowed = self if products is None else self.with_context(**{NARROWED: NarrowedTo(products)})
        return super(StockSupplyNeed, narrowed)._search(domain, *args, **kwargs)

    @api.model
    def _get_found_products(self, domain):
        """Return of which products the rows of an optimized *domain* are; None if it may find rows of any."""
        if isinstance(domain, DomainAnd):
            found = [products for products in map(self._get_found_products, domain.children) if products is not None]
            return frozenset.intersection(*found) if found else None
        if isinstance(domain, DomainOr):
            found = [self._get_found_products(part) for part in domain.children]
            return None if None in found else frozenset().union(*found)
        if isinstance(domain, DomainCondition) and domain.operator == "in" and isinstance(domain.value, Set):
            if domain.field_expr == "product_id":
                return frozenset(domain.value) - {False}
            if domain.field_expr == "id":
                return frozenset(product_id for product_id, _warehouse_id in self.browse(domain.value)._get_pools())
        return None

    @property
    def _table_query(self):
        self._flush_needs()
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
                   %(today)s + %(lead_days)s AS arrival_date, COALESCE(%(deadline)s < %(today)s, FALSE) AS is_late
              FROM (
                  SELECT wanted.*, product.product_tmpl_id, template.categ_id, template.uom_id,
                         wanted.qty_uncovered * COALESCE(
                             (product.standard_price ->> wanted.company_id::varchar)::float, 0) AS value,
                         (%(vendor)s) AS supplierinfo_id
                    FROM wanted
                    JOIN product_product AS product ON product.id = wanted.product_id
                    JOIN product_template AS template ON template.id = product.product_tmpl_id
              ) AS need
         LEFT JOIN product_supplierinfo AS vendor ON vendor.id = need.supplierinfo_id
         LEFT JOIN res_company AS company ON company.id = need.company_id
            """,
            short=self._get_short_query(
                [short.with_earliest_dates() if short.id in undated else short for short in shortages]
            ),
            waiting=self._get_waiting_query(shortages),
            dates=self._get_dates_query([short for short in shortages if short.id not in undated]),
            draft=self._get_draft_query(products),
            rule=self._get_rule_query(products),
            wanted=self._get_wanted_query(),
            vendor=self._get_vendor_query(),
            method=self._get_method(),
            lead_days=SQL("(vendor.delay + COALESCE(company.days_to_purchase, 0)::int)"),
            today=self._get_day_query(SQL("%s::timestamp", fields.Datetime.now())),
            deadline=self._get_day_query(SQL("need.deadline")),
        )

    @api.model
    def _get_day_query(self, moment):
        """Return the day of *moment* by the calendar of the warehouse of a ``need``, as SQL."""
        return self.env["stock.warehouse"]._get_day_sql(moment, SQL("need.warehouse_id"), SQL("need.company_id"))

    @api.model
    def _flush_needs(self):
        """Write what the query reads."""
        self.env["stock.pegging"]._flush_pegging()
        for model, names in {
            "product.product": ["product_tmpl_id", "standard_price"],
            "product.template": ["categ_id", "is_storable", "uom_id"],
            "product.supplierinfo": [
                "company_id", "date_end", "date_start", "delay", "min_qty", "partner_id", "price", "product_id",
                "product_tmpl_id", "product_uom_id", "sequence",
            ],
            "purchase.order": ["picking_type_id", "state"],
            "purchase.order.line": ["move_dest_ids", "order_id", "product_id", "product_uom_qty"],
            "res.company": ["days_to_purchase"],
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
    def _get_sought_shortages(self):
        """Return the :class:`Shortage` s of the products that are sought."""
        narrowed, told = self.env.context.get(NARROWED), self.env.context.get(TOLD)
        product_ids = narrowed.product_ids if isinstance(narrowed, NarrowedTo) else None
        told = told if isinstance(told, ToldOnce) else ToldOnce()
        if product_ids is not None and None in told:
            return [shortage for shortage in told[None] if shortage.product_id in product_ids]
        if product_ids not in told:
            told[product_ids] = self._get_shortages(self.env["stock.pegging"]._get_claimed_products(product_ids))
        return told[product_ids]

    @api.model
    def _get_shortages(self, products):
        """Return the :class:`Shortage` s of *products*: by sums, which spares most of them the ranking."""
        if not products:
            return []
        rows = [Shortage(*row) for row in self.env.execute_query(self._get_shortage_query(products))]
        unsure = products.browse({row.product_id for row in rows if row.qty_uncovered is None})
        rows = [row for row in rows if row.product_id not in unsure._ids]
        if unsure:
            rows += [Shortage(*row) for row in self.env.execute_query(self._get_pegged_shortage_query(unsure))]
        return rows

    @api.model
    def _get_shortage_query(self, products):
        """The columns of :class:`Shortage`, by sums alone; quantities are NULL where only pegging tells them.

        That is where some lines on one stock are covered, others are not, and these are not all in one warehouse, or
        not all in its stock, or nobody waits for some of them.
        """
        return SQL(
            """
            WITH place AS (
                     SELECT claim.product_id, claim.area_id, location.warehouse_id,
                            COALESCE(warehouse.company_id, location.company_id) AS company_id,
                            %(is_in_stock)s AS is_in_stock,
                            MIN(claim.first_id) AS first_id, MIN(claim.first_ordered) AS first_ordered,
                            MIN(claim.first_deadline) AS first_deadline, SUM(claim.wanted) AS wanted,
                            SUM(claim.quantity - claim.wanted) > %(noise)s AS is_mixed,
                            MAX(claim.pool_uncovered) AS pool_uncovered,
                            MAX(claim.pool_quantity) - MAX(claim.pool_uncovered) AS pool_covered,
                            bool_and(claim.is_whole) AS is_whole,
                            COUNT(*) OVER (PARTITION BY claim.product_id, claim.area_id) AS kinds
                       FROM (%(sums)s) AS claim
                       JOIN stock_location AS location ON location.id = claim.location_id
                  LEFT JOIN stock_warehouse AS warehouse ON warehouse.id = location.warehouse_id
                  LEFT JOIN stock_location AS stock ON stock.id = warehouse.lot_stock_id
                   GROUP BY 1, 2, 3, 4, 5
                 ),
                 share AS (
                     SELECT *, CASE WHEN pool_covered = 0 THEN wanted ELSE pool_uncovered END AS uncovered,
                            kinds > 1 OR is_mixed AS is_shared,
                            pool_uncovered > %(noise)s AS is_short,
                            pool_uncovered > %(noise)s AND pool_covered = 0 AS is_bare,
                            pool_uncovered > %(noise)s AND pool_covered > 0 AS is_ranked
                       FROM place
                 )
            SELECT MIN(first_id), product_id, warehouse_id, MIN(company_id),
                   CASE WHEN NOT bool_or(is_ranked AND is_shared)
                        THEN ROUND(SUM(uncovered)::numeric, %(digits)s)::float
                    END,
                   ROUND(COALESCE(SUM(uncovered) FILTER (WHERE NOT is_in_stock), 0)::numeric, %(digits)s)::float,
                   MIN(first_ordered) FILTER (WHERE is_bare), MIN(first_deadline) FILTER (WHERE is_bare),
                   MIN(first_ordered) FILTER (WHERE is_short), MIN(first_deadline) FILTER (WHERE is_short),
                   bool_or(is_ranked AND NOT is_whole),
                   COALESCE(ARRAY_AGG(area_id) FILTER (WHERE is_short), '{}'),
                   COALESCE(ARRAY_AGG(pool_covered) FILTER (WHERE is_short), '{}')
              FROM share
          GROUP BY product_id, warehouse_id
            HAVING ROUND(SUM(uncovered)::numeric, %(digits)s) > 0
            """,
            sums=self.env["stock.pegging"]._get_sums_query(products),
            is_in_stock=self._get_in_stock(),
            digits=self.env["decimal.precision"].precision_get("Product Unit"),
            noise=NOISE,
        )

    @api.model
    def _get_in_stock(self):
        """Return whether ``location`` is in ``stock``, that of its warehouse, as SQL."""
        return SQL("COALESCE(location.parent_path LIKE stock.parent_path || '%%', FALSE)")

    @api.model
    def _get_pegged_shortage_query(self, products):
        """The columns of :class:`Shortage`, by pegging."""
        return SQL(
            """
            SELECT MIN(id), product_id, warehouse_id, MIN(company_id),
                   ROUND(SUM(uncovered)::numeric, %(digits)s)::float,
                   ROUND(COALESCE(SUM(uncovered) FILTER (WHERE NOT is_in_stock), 0)::numeric, %(digits)s)::float,
                   NULL, NULL, NULL, NULL, TRUE, '{}'::int[], '{}'::float[]
              FROM (%(claimed)s) AS claimed
          GROUP BY product_id, warehouse_id
            HAVING ROUND(SUM(uncovered)::numeric, %(digits)s) > 0
            """,
            claimed=self._get_claimed_query(products),
            digits=self.env["decimal.precision"].precision_get("Product Unit"),
        )

    @api.model
    def _get_short_query(self, shortages):
        """The shortages as rows; ``house`` is the warehouse, and 0 outside of all of them."""
        columns = list(zip(*shortages, strict=True)) or [()] * len(Shortage._fields)
        return SQL(
            """
            SELECT *, COALESCE(warehouse_id, 0) AS house
              FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::float[], %s::float[], %s::timestamp[],
                          %s::timestamp[])
                AS short (id, product_id, warehouse_id, company_id, qty_uncovered, qty_elsewhere, oldest_date, deadline)
            """,
            *(list(column) for column in columns[:8]),
        )

    @api.model
    def _get_waiting_query(self, shortages):
        """How many lines, orders and customers wait for what is short: by product and ``house``."""
        return SQL(
            """
            SELECT product_id, COALESCE(warehouse_id, 0) AS house, COUNT(*) AS line_count,
                   COUNT(DISTINCT sale_id) AS order_count, COUNT(DISTINCT customer_id) AS customer_count
              FROM (%(claimed)s) AS claimed
             WHERE uncovered > %(noise)s
          GROUP BY product_id, COALESCE(warehouse_id, 0)
            """,
            claimed=self._describe_claims(self._get_uncovered_query(shortages)),
            noise=NOISE,
        )

    @api.model
    def _get_dates_query(self, shortages):
        """Since and until when is waited for what is short, where a part of it is covered: by product and ``house``.

        Where nothing is, the sums have told it. Apart from what else is told of those who wait, since rows are sorted
        by it: all lines are read for it, and taken together by their locations first.
        """
        return SQL(
            """
            SELECT place.product_id, COALESCE(location.warehouse_id, 0) AS house,
                   MIN(place.oldest_date) AS oldest_date, MIN(place.deadline) AS deadline
              FROM (
                  SELECT product_id, location_id, MIN(ordered_date) AS oldest_date, MIN(date_deadline) AS deadline
                    FROM (%(uncovered)s) AS claim
                   WHERE uncovered > %(noise)s
                     AND %(is_wanted)s
                GROUP BY product_id, location_id
              ) AS place
              JOIN stock_location AS location ON location.id = place.location_id
          GROUP BY place.product_id, COALESCE(location.warehouse_id, 0)
            """,
            uncovered=self._get_uncovered_query(shortages, ranked=True),
            is_wanted=self._get_wanted(),
            noise=NOISE,
        )

    @api.model
    def _get_uncovered_query(self, shortages, ranked=False):
        """The lines that want what is short: their ``CLAIM_COLUMNS``, and what of each is ``uncovered``.

        :param ranked: only where a part of it is covered
        """
        pegging = self.env["stock.pegging"]
        pegged = self.env["product.product"].browse({short.product_id for short in shortages if short.is_pegged})
        covered = {
            (short.product_id, area_id): quantity
            for short in shortages
            if short.product_id not in pegged._ids
            for area_id, quantity in zip(short.area_ids, short.covered, strict=True)
            if quantity or not ranked
        }
        by_sums = pegging._get_uncovered_query(covered)
        return SQL("%s UNION ALL %s", by_sums, self._get_pegged_query(pegged)) if pegged else by_sums

    @api.model
    def _get_claimed_query(self, products):
        """The open lines that want the products, with what no supply covers of each, and for whom."""
        return self._describe_claims(self._get_pegged_query(products))

    @api.model
    def _get_pegged_query(self, products):
        """The open lines that want the products: their ``CLAIM_COLUMNS``, and what no supply covers of each."""
        return SQL(
            """
            SELECT %(columns)s, pegged.uncovered
              FROM (%(pegging)s) AS pegged
              JOIN stock_move AS move ON move.id = pegged.id
            """,
            columns=SQL(", ").join(
                SQL("COALESCE(move.location_final_id, move.location_dest_id) AS target_id")
                if name == "target_id"
                else SQL.identifier("move", name)
                for name in ("id", *CLAIM_COLUMNS)
            ),
            pegging=self.env["stock.pegging"]._get_pegging_query(products, SQL("TRUE")),
        )

    @api.model
    def _get_wanted(self):
        """Return whether somebody waits for the ``claim``, as SQL over its ``CLAIM_COLUMNS``."""
        pegging = self.env["stock.pegging"]
        return pegging._get_wanted(SQL("claim.id"), SQL("claim.target_id"), pegging._get_target_ids())

    @api.model
    def _describe_claims(self, claims):
        """Return a query for whom claims are, and where: those that somebody waits for.

        :param SQL claims: a query for their ``CLAIM_COLUMNS``, and what of them is ``uncovered``
        """
        return SQL(
            """
            SELECT claim.id, claim.product_id, location.warehouse_id, claim.uncovered, claim.ordered_date,
                   claim.date_deadline, picking.sale_id,
                   COALESCE(warehouse.company_id, location.company_id) AS company_id,
                   %(is_in_stock)s AS is_in_stock, %(customer)s AS customer_id
              FROM (%(claims)s) AS claim
              JOIN stock_location AS location ON location.id = claim.location_id
         LEFT JOIN stock_warehouse AS warehouse ON warehouse.id = location.warehouse_id
         LEFT JOIN stock_location AS stock ON stock.id = warehouse.lot_stock_id
         LEFT JOIN stock_picking AS picking ON picking.id = claim.picking_id
             WHERE %(is_wanted)s
            """,
            claims=claims,
            customer=self._get_customer(),
            is_in_stock=self._get_in_stock(),
            is_wanted=self._get_wanted(),
        )

    @api.model
    def _get_customer(self):
        """Return the company that a ``claim`` of a ``picking`` is for, as SQL.

        A delivery knows it. For steps before one it is looked up: who has ordered, else who receives.
        """
        return SQL(
            """
            COALESCE(
                picking.customer_id,
                (
                    SELECT buyer.commercial_partner_id
                      FROM sale_order AS sale
                      JOIN res_partner AS buyer ON buyer.id = sale.partner_id
                     WHERE sale.id = picking.sale_id
                ),
                CASE WHEN claim.target_id = ANY (%s)
                     THEN (SELECT commercial_partner_id FROM res_partner WHERE id = picking.partner_id)
                END
            )
            """,
            self.env["stock.location"]._get_customers_ids(),
        )

    @api.model
    def _get_wanted_query(self):
        """How much of what is short is to be ordered: not what is on draft, or what a reordering rule can order.

        A receipt brings goods into the stock of the warehouse: what is wanted elsewhere in it has to be moved there.
        """
        digits = self.env["decimal.precision"].precision_get("Product Unit")
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

    @api.model
    def _get_draft_query(self, products):
        """What drafts would bring to each warehouse, but for what was requested for one line alone."""
        return SQL(
            """
            SELECT product_id, warehouse_id, SUM(quantity) AS quantity
              FROM (
                  SELECT line.product_id, type.warehouse_id,
                         GREATEST(0, line.product_uom_qty - COALESCE((
                             SELECT SUM(destination.product_qty)
                               FROM stock_move_created_purchase_line_rel AS link
                               JOIN stock_move AS destination ON destination.id = link.move_id
                              WHERE link.created_purchase_line_id = line.id
                                AND destination.state NOT IN ('done', 'cancel')), 0)) AS quantity
                    FROM purchase_order_line AS line
                    JOIN purchase_order AS purchase ON purchase.id = line.order_id
                    JOIN stock_picking_type AS type ON type.id = purchase.picking_type_id
                   WHERE line.product_id = ANY (%(product_ids)s)
                     AND type.code = 'incoming'
                     AND purchase.state = ANY (%(states)s)
               UNION ALL
                  SELECT move.product_id, destination.warehouse_id, move.product_qty
                    FROM stock_move AS move
                    JOIN stock_location AS source ON source.id = move.location_id
                    JOIN stock_location AS destination ON destination.id = move.location_dest_id
                   WHERE move.product_id = ANY (%(product_ids)s)
                     AND move.state = 'draft'
                     AND source.usage IN ('supplier', 'production')
              ) AS request
          GROUP BY product_id, warehouse_id
            """,
            product_ids=products.ids,
            states=list(DRAFT_PURCHASE_STATES),
        )

    @api.model
    def _get_rule_query(self, products):
        """What automatic reordering rules are about to order for the stocks of warehouses."""
        return SQL(
            """
            SELECT point.product_id, point.warehouse_id,
                   SUM(COALESCE(NULLIF(point.qty_to_order_manual, 0), point.qty_to_order_computed, 0)) AS quantity
              FROM stock_warehouse_orderpoint AS point
              JOIN stock_warehouse AS warehouse ON warehouse.lot_stock_id = point.location_id
             WHERE point.product_id = ANY (%(product_ids)s)
               AND point.active
               AND point.trigger = 'auto'
               AND %(can_order)s
          GROUP BY point.product_id, point.warehouse_id
            """,
            product_ids=products.ids,
            can_order=self._get_can_order(),
        )

    @api.model
    def _get_can_order(self):
        """Return whether the reordering rule ``point`` brings something, as SQL: without a vendor, buying fails."""
        return SQL(
            """
            (EXISTS (
                 SELECT 1
                   FROM product_supplierinfo AS info
                   JOIN product_product AS product ON product.product_tmpl_id = info.product_tmpl_id
                  WHERE product.id = point.product_id
                    AND (info.company_id IS NULL OR info.company_id = point.company_id))
             OR EXISTS (
                 SELECT 1
                   FROM stock_route_product AS chosen
                   JOIN product_product AS product ON product.product_tmpl_id = chosen.product_id
                   JOIN stock_rule AS rule ON rule.route_id = chosen.route_id
                  WHERE product.id = point.product_id
                    AND rule.action != 'buy'
                    AND rule.active))
            """
        )

    @api.model
    def _get_vendor_query(self):
        """The vendor whom Odoo would choose; where the quantity reaches nobody's minimum, the first one."""
        return SQL(
            """
            SELECT info.id
              FROM product_supplierinfo AS info
              JOIN res_partner AS partner ON partner.id = info.partner_id AND partner.active
              JOIN uom_uom AS own_unit ON own_unit.id = template.uom_id
              JOIN uom_uom AS vendor_unit ON vendor_unit.id = info.product_uom_id
        CROSS JOIN LATERAL (
                 SELECT info.min_qty * vendor_unit.factor / own_unit.factor AS min_qty,
                        COALESCE(NULLIF(wanted.qty_to_order, 0), wanted.qty_uncovered) + %(noise)s AS quantity
             ) AS offer
             WHERE info.product_tmpl_id = product.product_tmpl_id
               AND (info.product_id IS NULL OR info.product_id = product.id)
               AND (info.company_id IS NULL OR info.company_id = wanted.company_id)
               AND COALESCE(info.date_start <= %(today)s, TRUE)
               AND COALESCE(info.date_end >= %(today)s, TRUE)
          ORDER BY offer.min_qty <= offer.quantity DESC,
                   info.sequence,
                   CASE WHEN offer.min_qty <= offer.quantity THEN -info.min_qty ELSE offer.min_qty END,
                   info.price, info.id
             LIMIT 1
            """,
            noise=NOISE,
            today=fields.Date.context_today(self),
        )

    @api.model
    def _get_method(self):
        """Return how the product is had, as SQL: where it is both made and bought, its routes say so."""
        if "mrp.bom" not in self.env:
            return SQL("CASE WHEN vendor.partner_id IS NULL THEN 'none' ELSE 'buy' END")
        return SQL(
            """
            CASE WHEN EXISTS (
                     SELECT 1
                       FROM mrp_bom AS bom
                      WHERE bom.product_tmpl_id = need.product_tmpl_id
                        AND (bom.product_id IS NULL OR bom.product_id = need.product_id)
                        AND (bom.company_id IS NULL OR bom.company_id = need.company_id)
                        AND bom.type = 'normal'
                        AND bom.active)
                  AND (vendor.partner_id IS NULL OR EXISTS (
                     SELECT 1
                       FROM stock_route_product AS chosen
                       JOIN stock_rule AS rule ON rule.route_id = chosen.route_id
                      WHERE chosen.product_id = need.product_tmpl_id
                        AND rule.action = 'manufacture'
                        AND rule.active))
                 THEN 'manufacture'
                 WHEN vendor.partner_id IS NULL THEN 'none'
                 ELSE 'buy'
            END
            """
        )

    # ---- what else is shown ----------------------------------------------------------

    @api.depends("partner_id", "qty_to_order", "qty_uncovered")
    def _compute_price(self):
        for need in self:
            product = need.product_id.with_company(need.company_id)
            offer = product._select_vendor_price(need.partner_id, need.qty_to_order or need.qty_uncovered)
            need.price = offer.price_discounted

    @api.depends("product_id", "warehouse_id")
    def _compute_stock(self):
        for warehouse, needs in self.grouped("warehouse_id").items():
            # Who purchases may know what there is, whether or not he may open the stock.
            products = needs.product_id.sudo().with_context(warehouse_id=warehouse.id)
            for need in needs:
                product = need.product_id.with_env(products.env).with_prefetch(products.ids)
                need.qty_free, need.qty_incoming = product.free_qty, product.incoming_qty

    @api.depends("product_id", "warehouse_id")
    def _compute_customer_ids(self):
        customers = defaultdict(set)
        for claim in self._get_uncovered_claims(self.product_id):
            customers[claim.product_id, claim.warehouse_id or False].add(claim.customer_id)
        for need in self:
            found = customers.get(need._get_key(), ())
            need.customer_ids = self.env["res.partner"].browse(sorted(filter(None, found)))

    @api.model
    def _get_uncovered_claims(self, products):
        """Return the lines on *products* of which something is uncovered, in ranking: :class:`UncoveredClaim`."""
        if not products:
            return []
        self._flush_needs()
        rows = self.env.execute_query(
            SQL(
                """
                WITH claimed AS (%(claimed)s)
                SELECT id, product_id, warehouse_id, customer_id, uncovered FROM claimed WHERE uncovered > %(noise)s
                """,
                claimed=self._get_claimed_query(products),
                noise=NOISE,
            )
        )
        claims = [UncoveredClaim(*row) for row in rows]
        moves = self.env["stock.move"].sudo().browse(claim.move_id for claim in claims)
        places = self.env["stock.ranking"]._get_positions(moves)
        return sorted(claims, key=lambda claim: places[claim.move_id])

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
        waited_for = self.env.execute_query(
            SQL(
                """
                WITH claimed AS (%(claimed)s)
                SELECT MIN(id)
                  FROM claimed
              GROUP BY product_id, warehouse_id
                HAVING bool_or(uncovered > %(noise)s AND customer_id IN %(partners)s)
                """,
                claimed=self._get_claimed_query(self.env["stock.pegging"]._get_claimed_products()),
                noise=NOISE,
                partners=partners.subselect(),
            )
        )
        return Domain("id", "in", [need_id for (need_id,) in waited_for])

    # ---- actions -----------------------------------------------------------------------

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
