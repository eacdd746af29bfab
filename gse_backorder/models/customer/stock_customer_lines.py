from typing import Any, NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ... import without_jit
from .stock_customer_page_line import Figures

# All that is read of a move to tell of its line, to be read with one query however many there are.
MOVE_FIELDS = (
    "company_id", "first_promise_date", "first_promise_quantity", "is_held", "location_dest_id", "location_final_id",
    "location_id", "ordered_date", "picking_id", "picking_type_id", "procure_method", "product_id", "product_qty",
    "product_uom", "product_uom_qty", "quantity", "sale_line_id", "state",
)  # fmt: skip
# And of what else it is told by: Odoo would read all that these have, which takes longer than all the rest.
PICKING_FIELDS = (
    "backorder_root_id", "company_id", "customer_id", "move_type", "name", "origin", "picking_type_id", "sale_id",
    "state",
)  # fmt: skip
SALE_LINE_FIELDS = ("order_id", "product_id", "product_uom_id", "product_uom_qty")
ORDER_FIELDS = ("access_token", "client_order_ref", "company_id", "name", "partner_id")
TEMPLATE_FIELDS = ("is_storable", "name", "type", "uom_id")


class OpenLine(NamedTuple):
    """A line that a customer has ordered, and of which something is still to come."""

    moves: Any  # all of it, what has shipped and what not
    open_moves: Any
    sale_line: Any  # of the order; empty where it is in none
    order: Any  # empty where it is in none
    deliveries: Any  # that bring what is to come of it; none while it is still to be picked for one
    product: Any  # as it was ordered: the kit, not its parts
    figures: Figures
    promise_date: Any  # when the last of it ships; False while it has no date
    first_date: Any  # when that was promised first; False where not all of it was
    is_held: bool

    @property
    def is_late(self):
        """Whether what was promised first comes on a later day, or has none any more; what is on hold is not late."""
        if self.is_held or not self.first_date:
            return False
        return not self.promise_date or self.open_moves[:1]._count_days(self.first_date, self.promise_date) > 0


class StockCustomerLines(models.AbstractModel):
    """All that a customer's company still waits for, line by line, over all its orders.

    A line is that of the order, over all deliveries that bring it; of what is in no order, that of the chain of
    deliveries. The page, its files and its JSON are made of the same values, by the same functions as the page of a
    delivery.
    """

    _name = "stock.customer.lines"
    _description = "Customer's Open Lines"

    # ---- what can be asked for ---------------------------------------------

    @api.model
    def _get_filters(self):
        """Return ``{key: {"label": …, "keeps": …, "empty": …}}``.

        ``keeps`` tells whether an :class:`OpenLine` is shown, None where all are; ``empty`` is what is said of none.
        """
        return {
            "all": {
                "label": self.env._("All"),
                "keeps": None,
                "empty": self.env._("Nothing that you have ordered is still to come."),
            },
            "late": {
                "label": self.env._("Late"),
                "keeps": lambda line: line.is_late,
                "empty": self.env._("Nothing comes later than it was first promised."),
            },
            "dateless": {
                "label": self.env._("No date"),
                "keeps": lambda line: not line.promise_date,
                "empty": self.env._("All that is still to come has a date."),
            },
        }

    @api.model
    def _get_sortings(self):
        """Return ``{key: {"label": …, "order": …, "joins": …, "judged": …}}``.

        ``order`` and ``joins`` are SQL for the query in :meth:`_get_first_moves`; ``judged`` is the key by which every
        :class:`OpenLine` is sorted after that, None where what is stored tells.
        """
        newest = SQL("line.ordered_date DESC, line.move_id")
        return {
            "newest": {"label": self.env._("Newest order"), "order": newest, "joins": SQL(), "judged": None},
            "date": {
                "label": self.env._("Ships on"),
                "order": newest,
                "joins": SQL(),
                "judged": lambda line: (not line.promise_date, line.promise_date),
            },
            "order": {
                "label": self.env._("Order"),
                "order": SQL("sale.name, line.move_id"),
                "joins": SQL(
                    """
                    LEFT JOIN stock_picking AS picking ON picking.id = line.picking_id
                    LEFT JOIN sale_order_line AS sold ON sold.id = line.sale_line_id
                    LEFT JOIN sale_order AS sale ON sale.id = COALESCE(sold.order_id, picking.sale_id)
                    """
                ),
                "judged": None,
            },
            "product": {
                "label": self.env._("Product"),
                "order": SQL(
                    "COALESCE(template.name ->> %s, template.name ->> 'en_US'), %s", self.env.lang or "en_US", newest
                ),
                "joins": SQL(
                    """
                    LEFT JOIN sale_order_line AS sold ON sold.id = line.sale_line_id
                    JOIN product_product AS product ON product.id = COALESCE(sold.product_id, line.product_id)
                    JOIN product_template AS template ON template.id = product.product_tmpl_id
                    """
                ),
                "judged": None,
            },
        }

    @api.model
    def _get_searches(self):
        return {
            "all": {"input": "all", "label": self.env._("Search in all")},
            "product": {"input": "product", "label": self.env._("Search in product")},
            "order": {"input": "order", "label": self.env._("Search in order")},
            "reference": {"input": "reference", "label": self.env._("Search in your number")},
        }

    @api.model
    def _get_search_domain(self, search_in, search):
        """Return the domain of moves of the lines in which *search* is found: by what the page shows, and nothing else.

        Of a kit that is its own name, and not those of its parts; of a product not our reference and barcode.
        """
        loose = Domain("sale_line_id", "=", False)
        no_order = loose & Domain("picking_id.sale_id", "=", False)

        def in_order(field):
            by_line = Domain(f"sale_line_id.order_id.{field}", "ilike", search)
            return by_line | (loose & Domain(f"picking_id.sale_id.{field}", "ilike", search))

        domains = {
            "product": Domain("sale_line_id.product_id.name", "ilike", search)
            | (loose & Domain("product_id.name", "ilike", search)),
            "order": in_order("name") | (no_order & Domain("picking_id.origin", "ilike", search)),
            "reference": in_order("client_order_ref"),
        }
        return domains.get(search_in) or Domain.OR(domains.values())

    @api.model
    def _get_empty_text(self, filterby, search):
        """Return what the list says where it has no row."""
        if search:
            return self.env._("No line matches “%s”.", search)
        return self._get_filters()[filterby]["empty"]

    @api.model
    def _get_total_text(self, total):
        return self.env._("1 line") if total == 1 else self.env._("%s lines", total)

    @api.model
    def _get_file_text(self, most):
        """Return what is said of a file to who has more lines than it holds."""
        return self.env._("A file holds the first %s lines: search or filter to get the others.", most)

    # ---- found ---------------------------------------------------------------

    @api.model
    def _has_any(self, partner, companies):
        """Return 1 if the company of *partner* waits for anything, else 0."""
        own = self.env["stock.move"].sudo()._get_awaited_sql(partner, companies, Domain.TRUE)
        return len(without_jit.execute_query(self.env, SQL("SELECT 1 FROM (%s) AS move LIMIT 1", own)))

    @api.model
    def _find(self, partner, companies, limit, page=1, sortby="newest", filterby="all", search="", search_in="all"):
        """Return how many open lines *partner*'s company has, and those of a page, as a list of :class:`OpenLine`.

        What a line's date decides, a filter or the order, is worked out for all that are found; else for those of the
        page alone. So many queries for many lines as for few.

        :param companies: of which companies of ours
        :param limit: how many a page has; after the last page comes nothing more than that
        :param search: nothing, or what is looked for in what *search_in* names
        """
        keeps, sorting = self._get_filters()[filterby]["keeps"], self._get_sortings()[sortby]
        domain = self._get_search_domain(search_in, search) if search else Domain.TRUE
        if not keeps and not sorting["judged"]:
            total, move_ids = self._get_first_moves(partner, companies, domain, sorting, limit, page)
            return total, self._judge(partner, move_ids)
        _total, move_ids = self._get_first_moves(partner, companies, domain, sorting)
        found = list(filter(keeps or bool, self._judge(partner, move_ids)))
        if sorting["judged"]:
            found.sort(key=sorting["judged"])
        start = limit * (min(page, max(1, -(-len(found) // limit))) - 1)
        return len(found), found[start : start + limit]

    @api.model
    def _get_first_moves(self, partner, companies, domain, sorting, limit=None, page=1):
        """Return how many lines there are, and the id of an open move of each, the first one, as *sorting* tells.

        :param domain: of moves
        :param sorting: one of :meth:`_get_sortings`
        :param limit: how many a page has, whose moves are wanted; all are where there is none
        """
        self.env["stock.picking"].flush_model(["backorder_root_id", "sale_id"])
        [(total, move_ids)] = without_jit.execute_query(
            self.env,
            SQL(
                """
                WITH line AS MATERIALIZED (
                    SELECT DISTINCT ON (%(line)s) id AS move_id, ordered_date, sale_line_id, picking_id, product_id
                      FROM (%(awaited)s) AS move (id, picking_id, product_id, sale_line_id, ordered_date)
                  ORDER BY %(line)s, id
                ), found AS (
                    SELECT COUNT(*) AS total FROM line
                )
                SELECT found.total, ARRAY(
                           SELECT line.move_id
                             FROM line
                             %(joins)s
                         ORDER BY %(order)s
                            LIMIT %(limit)s
                           OFFSET %(limit)s * LEAST(%(page)s - 1, GREATEST(0, found.total - 1) / %(limit)s)
                       )
                  FROM found
                """,
                awaited=self.env["stock.move"].sudo()._get_awaited_sql(partner, companies, domain),
                line=self._get_ordered_line_sql(),
                order=sorting["order"],
                joins=sorting["joins"],
                limit=SQL("%s::bigint", limit),  # without one, all from the first
                page=SQL("%s::bigint", page),
            ),
        )
        return total, move_ids

    @api.model
    def _get_ordered_line_sql(self):
        """Return by what the moves of one line are known, as ``stock.move._get_ordered_line`` has it, as SQL."""
        return SQL(
            """
            move.sale_line_id,
            CASE WHEN move.sale_line_id IS NULL THEN (
                SELECT COALESCE(backorder_root_id, id) FROM stock_picking WHERE id = move.picking_id
            ) END,
            CASE WHEN move.sale_line_id IS NULL THEN move.product_id END
            """
        )

    # ---- judged ----------------------------------------------------------------

    @api.model
    def _judge(self, partner, move_ids):
        """Return the lines to which these open moves belong as a list of :class:`OpenLine`, in their order."""
        page = self.env["stock.customer.page"].sudo()
        firsts = self.env["stock.move"].sudo().browse(move_ids)
        moves = firsts._get_all_of_lines(partner, MOVE_FIELDS, PICKING_FIELDS)
        self._read_ahead(moves)
        by_line = moves.grouped(lambda move: move._get_ordered_line())
        waiting = page._filtered_open(moves)
        coverages = waiting._get_shipping_coverage()  # of all lines at once
        kits = self._get_kit_lines(moves)
        whole = kits._get_coverage() if kits else {}
        named = page._with_customer_names(moves.product_id | moves.sale_line_id.product_id)
        lines = []
        for first in firsts:
            line_moves = by_line[first._get_ordered_line()]
            open_moves = page._filtered_open(line_moves)
            line_moves -= line_moves._get_ordered_anew(open_moves)
            sale_line = line_moves.sale_line_id
            if sale_line in kits:
                coverage = whole.get(sale_line.id)
                figures = self._get_kit_figures(sale_line, coverage)
            else:
                figures = page._get_figures(line_moves)
                coverage = page._get_line_coverage(first, open_moves, figures.remaining, coverages)
            lines.append(
                OpenLine(
                    moves=line_moves,
                    open_moves=open_moves,
                    sale_line=sale_line,
                    order=sale_line.order_id or open_moves.picking_id.sale_id[:1],
                    deliveries=open_moves.picking_id.filtered("customer_id"),
                    product=(sale_line.product_id or line_moves.product_id)
                    .with_env(named.env)
                    .with_prefetch(named.ids),
                    figures=figures,
                    promise_date=bool(coverage) and page._get_line_promise_date(open_moves, coverage),
                    first_date=open_moves._get_first_shipping_date(),
                    is_held=any(open_moves.mapped("is_held")),
                )
            )
        return lines

    @api.model
    def _read_ahead(self, moves):
        """Read what of the lines of these moves is not the moves' own, each kind with one query."""
        sale_lines = moves.sale_line_id
        sale_lines.fetch(SALE_LINE_FIELDS)
        (sale_lines.order_id | moves.picking_id.sale_id).fetch(ORDER_FIELDS)
        products = moves.product_id | sale_lines.product_id
        products.fetch(["default_code", "product_tmpl_id"])
        products.product_tmpl_id.fetch(TEMPLATE_FIELDS)

    @api.model
    def _get_kit_lines(self, moves):
        """Return the lines of orders that sell what is not moved itself: kits, whose parts are."""
        parts = moves.filtered(lambda move: move.sale_line_id and move.sale_line_id.product_id != move.product_id)
        return parts.sale_line_id

    @api.model
    def _get_kit_figures(self, sale_line, coverage):
        """Return the :class:`Figures` of whole kits: nobody ships a part of one.

        :param coverage: of what is to come, in the unit of the line; None where that wants no stock
        """
        unit, product_unit = sale_line.product_uom_id, sale_line.product_id.uom_id
        shipped = product_unit._compute_quantity(sale_line._get_shipped_kits(), unit, round=False)
        ordered = sale_line.product_uom_qty
        remaining = coverage.total if coverage else max(0.0, ordered - shipped)
        return Figures(unit, ordered, shipped, max(0.0, ordered - shipped - remaining), remaining)

    # ---- told ------------------------------------------------------------------

    @api.model
    def _get_columns(self):
        """Return ``{key of a value: its title}`` of the columns of a file; see :meth:`_get_plain_values`."""
        return {
            "product": self.env._("Product"),
            "order": self.env._("Order"),
            "reference": self.env._("Your number"),
            "unit": self.env._("Unit"),
            "ordered": self.env._("Ordered"),
            "shipped": self.env._("Shipped"),
            "to_come": self.env._("To come"),
            "ships_on": self.env._("Ships on"),
            "first_promised": self.env._("First promised"),
            "deliveries": self.env._("Delivery"),
        }

    @api.model
    def _get_plain_values(self, line):
        """Return what a program reads of *line*: numbers in the unit in which it was ordered, days, names."""
        page, first = self.env["stock.customer.page"], line.open_moves[:1]
        return {
            "product": page._get_product_name(line.product),
            "order": line.order.name or line.open_moves.picking_id[:1].origin or "",
            "reference": line.order.client_order_ref or "",
            "unit": line.figures.unit.name,
            "ordered": line.figures.ordered,
            "shipped": line.figures.shipped,
            "to_come": line.figures.remaining,
            "ships_on": first._get_day(line.promise_date) or None,
            "first_promised": first._get_day(line.first_date) or None,
            "is_late": line.is_late,
            "is_on_hold": line.is_held,
            "deliveries": [delivery.name for delivery in line.deliveries],
        }

    @api.model
    def _get_page_rows(self, lines, readable_orders):
        """Return what the page shows of *lines*, as a list of dicts of words.

        :param readable_orders: those that the visitor may open
        """
        deliveries = self.env["stock.picking"].sudo().union(*(line.deliveries for line in lines))
        decided = deliveries.filtered(self.env["stock.customer.choice"]._is_any_offered)
        return [self._get_page_values(line, readable_orders, decided) for line in lines]

    @api.model
    def _get_page_values(self, line, readable_orders, decided):
        """The same of one line; *decided* are the deliveries on whose page there may be something to choose."""
        page, plain = self.env["stock.customer.page"], self._get_plain_values(line)
        shipped, remaining = page._format(line.figures.shipped), page._format(line.figures.remaining)
        ordered = f"{page._format(line.figures.ordered)} {plain['unit']}"
        became = page._join_quantities(line.figures.shipped and shipped, line.figures.remaining and remaining)
        promise = page._get_promise(line.open_moves, line.promise_date, line.first_date)
        first_day = line.open_moves[:1]._format_day(line.first_date)
        return {
            **plain,
            **promise,
            "ordered": ordered,
            "shipped": shipped,
            "to_come": remaining,
            "quantities_text": page._get_line_text(ordered, became),
            "first_day_text": first_day,
            "first_text": promise["first_promise_text"],
            "order_url": line.order in readable_orders and line.order.access_url,
            "deliveries": [
                {"name": delivery.name, "url": delivery.access_url, "is_decided": delivery in decided}
                for delivery in line.deliveries
            ],
        }

    @api.model
    def _get_file_rows(self, lines):
        """Return what a file says of *lines*, as a list of lists: see :meth:`_get_columns`."""
        rows = []
        for line in lines:
            values = self._get_plain_values(line)
            values["deliveries"] = ", ".join(values["deliveries"])
            rows.append([values[name] for name in self._get_columns()])
        return rows
