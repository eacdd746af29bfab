import json
from typing import Any, NamedTuple

from odoo import Command, fields, models

from ..chain.wording import format_quantity
from .order_pad_text import get_key
from .stock_order_catalogue import Found
from .stock_order_pad_line import LARGEST_QUANTITY


class Line(NamedTuple):
    """What a line of a pad stands for; a reason says why it cannot be taken."""

    number: int  # its id; its place, where it is not saved
    line: Any
    product: Any
    unit: Any
    reason: str | None
    offered: Any  # the products to choose from


class Judgement(NamedTuple):
    """What a pad would make at this moment."""

    lines: list  # each a Line
    order: Any  # of what can be taken, in memory alone
    judged: dict  # see _judge_order_lines
    totals: dict  # see _price


class StockOrderPad(models.Model):
    """What a pad tells of its lines: each as it would be served behind those who wait, all of them together.

    It is judged as the order that it would make: one that is in memory alone, of which Odoo says the prices, and the
    stock status what it says of every quotation.
    """

    _inherit = "stock.order.pad"

    def _judge(self):
        """Return what the customer sees of his pad, as plain values: see :meth:`_get_row`.

        The number of queries does not depend on that of lines.
        """
        return self._tell(self._look())

    def _look(self):
        """Return the :class:`Judgement` of the pad as it is now."""
        self.ensure_one()
        lines = self._read_lines()
        taken = [line for line in lines if not line.reason]
        order = self._imagine_order(taken)
        subtotals, totals = self._price(order)
        return Judgement(lines, order, self._judge_order_lines(taken, order, subtotals), totals)

    def _tell(self, judgement):
        sight, judged = self._get_sight(), judgement.judged
        if self._is_served():
            judged = self._tell_all(judged, judgement.order.order_line)
        rows = [self._get_row(line, judged.get(line.line), sight) for line in judgement.lines]
        taken = [line for line in judgement.lines if not line.reason]
        return {
            "rows": rows,
            "taken": len(taken),
            "refused": len(rows) - len(taken),
            "summary": self._get_summary(rows, sight),
            "total": {
                name: self._tell_amount(amount, judgement.order.currency_id)
                for name, amount in judgement.totals.items()
            },
            "seen": self._get_seen(rows),
        }

    # ---- what the lines stand for ------------------------------------------------

    def _read_lines(self):
        """Return a :class:`Line` for each line of the pad, in order."""
        products = self._find_products([line.text or "" for line in self.line_ids if not line.product_id])
        catalogue = self.env["stock.order.catalogue"]
        refusals = catalogue._get_refusals(self.line_ids.product_id, self.partner_id, self.company_id)
        lines = []
        for number, line in enumerate(self.line_ids, start=1):
            found = (
                Found(line.product_id, refusals.get(line.product_id)) if line.product_id else products[line.text or ""]
            )
            lines.append(self._read_line(line._origin.id or number, line, found))
        return lines

    def _read_line(self, number, line, found):
        if found.reason:
            nothing = found.products.browse()
            return Line(number, line, nothing, None, found.reason, nothing if line.product_id else found.products)
        product = found.products
        unit, is_named = self._find_unit(line, product, found.unit)
        reason = self._get_quantity_reason(line, product, unit) if is_named else "unit"
        return Line(number, line, product, unit, reason, product.browse())

    def _find_products(self, texts):
        catalogue = self.env["stock.order.catalogue"]
        return catalogue._find(texts, self.partner_id, self.company_id)

    def _find_unit(self, line, product, packaging):
        """Return the unit in which a line is ordered, and whether it is what the customer has named."""
        units = product.uom_id | product.uom_ids
        if not line.unit_text:
            return packaging or product.uom_id, True
        named = units.filtered(lambda unit: get_key(unit.name) == get_key(line.unit_text))
        return named[:1] or product.uom_id, bool(named)

    def _get_quantity_reason(self, line, product, unit):
        if line.quantity_text:
            return "number"
        if unit.compare(line.quantity, 0) <= 0:
            return "nothing"
        if line.quantity > LARGEST_QUANTITY:
            return "much"
        minimum = product.order_minimum
        ordered = unit._compute_quantity(line.quantity, product.uom_id, round=False)
        return "minimum" if product.uom_id.compare(ordered, minimum) < 0 else None

    # ---- the order that it would make ---------------------------------------------

    def _imagine_order(self, lines):
        """Return the order that the pad would make of *lines*, which is in memory alone."""
        values = self._prepare_order(lines)
        for _command, _id, line_values in values["order_line"]:
            # These are no part of a price, and looked for line by line.
            line_values.update(analytic_distribution=False, name="")
        order = self.env["sale.order"].with_company(self.company_id).new(values)
        products = self.env["product.product"].union(*(line.product for line in lines))
        return order._with_rules_of(products)

    def _prepare_order(self, lines):
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "client_order_ref": self.reference,
            "picking_policy": self.picking_policy,
            "site_note": self.site_note,
            "wished_date": self.wished_date,
            **({"partner_shipping_id": self.shipping_partner_id.id} if self.shipping_partner_id else {}),
            "order_line": [
                Command.create(
                    {
                        "sequence": number,
                        "product_id": line.product.id,
                        "product_uom_id": line.unit.id,
                        "product_uom_qty": line.line.quantity,
                    }
                )
                for number, line in enumerate(lines, start=1)
            ],
        }

    def _judge_order_lines(self, lines, order, subtotals):
        """Return ``{line of the pad: what is known of it}``: its line of the order, coverage, what is told, price."""
        order_lines = order.order_line
        coverages = order_lines._get_coverage()
        told = order_lines._get_told(coverages)
        return {
            line.line: {
                "order_line": order_line,
                "price": subtotals[order_line] / order_line.product_uom_qty,
                "subtotal": subtotals[order_line],
                "coverage": coverages.get(order_line.id),
                **told[order_line]._asdict(),
            }
            for line, order_line in zip(lines, order_lines, strict=True)
        }

    def _tell_all(self, judged, order_lines):
        """Return the same as an employee is told it, as on a quotation: each line by itself, and who has what there is.

        :param judged: see :meth:`_judge_order_lines`, of *order_lines*
        """
        coverages = {one["order_line"].id: one["coverage"] for one in judged.values() if one["coverage"]}
        told, words = order_lines._get_told(coverages, is_each_alone=True), order_lines._get_words(coverages)
        return {
            line: {
                **one,
                **told[one["order_line"]]._asdict(),
                "missing_words": words.get(one["order_line"].id),
            }
            for line, one in judged.items()
        }

    # ---- what is told of a line ----------------------------------------------------

    def _get_row(self, line, judged, sight):
        """Return what is told of a line: plain values, and of the stock no more than *sight* says."""
        row = {
            "id": line.number,
            "text": line.line.text or "",
            "quantity": line.line.quantity_text or format_quantity(self.env, line.line.quantity),
            "unit": line.unit.name if line.unit and line.reason != "unit" else line.line.unit_text or "",
            "units": (line.product.uom_id | line.product.uom_ids).mapped("name"),
            "product": self._get_product_name(line.product) if line.product else "",
            "product_id": line.product.id or False,
            "reason": line.reason or False,
            "reason_text": line.reason and self._get_reason_text(line),
            "offered": [{"id": product.id, "name": self._get_product_name(product)} for product in line.offered],
            "status": False, "status_label": "", "words": "", "date": False, "price": "", "subtotal": "", "taxes": "",
        }  # fmt: skip
        return {**row, **self._get_stock(judged, sight), **self._get_price(judged)} if judged else row

    def _get_product_name(self, product):
        return product.with_context(display_default_code=False).display_name

    def _get_reason_text(self, line):
        """Return why a line cannot be taken, in the customer's words."""
        smallest = line.product and line.product.order_minimum
        return {
            "unknown": self.env._("We know no product by this name or code."),
            "several": self.env._("Several products match: please choose."),
            "unsold": self.env._("This product is not sold."),
            "archived": self.env._("This product is not sold any more."),
            "unit": self.env._("It is not sold by “%s”: please choose a unit.", line.line.unit_text),
            "number": self.env._("This is no quantity."),
            "nothing": self.env._("The quantity is to be more than nothing."),
            "much": self.env._("This is more than we can take in one line."),
            "minimum": smallest
            and self.env._(
                "The smallest order is %(quantity)s %(unit)s.",
                quantity=format_quantity(self.env, smallest),
                unit=line.product.uom_id.name,
            ),
        }[line.reason]

    def _get_price(self, judged):
        currency = judged["order_line"].order_id.currency_id
        return {
            "price": self._tell_amount(judged["price"], currency),
            "subtotal": self._tell_amount(judged["subtotal"], currency),
            "taxes": ", ".join(judged["order_line"].tax_ids.mapped("name")),
        }

    def _get_stock(self, judged, sight):
        if not judged["status"]:  # a service wants no stock
            return {}
        labels = dict(self.env["sale.order.line"]._fields["availability_status"]._description_selection(self.env))
        stock = {"status": judged["status"], "status_label": labels[judged["status"]]}
        if sight.shows == "status":
            return stock
        day = judged["day"]
        return {
            **stock,
            "date": day and fields.Date.to_string(day),
            "words": self._get_words(judged, day and judged["order_line"]._format_date(day), sight),
        }

    def _get_words(self, judged, day, sight):
        """Return in words when a line ships: "ships now", "60 now, 190 on 9 Dec", "a part now, all by 9 Dec"."""
        if judged["status"] == "available":
            return self.env._("ships now")
        if judged["status"] == "missing":
            return judged.get("missing_words") or self.env._("no date yet")
        if judged["is_together"]:
            return self.env._("together with all on %s", day) if day else self.env._("together with all, no date yet")
        if sight.shows == "quantity" and judged["is_alone"] and judged["coverage"]:
            return self._count_parts(judged["coverage"], judged["order_line"], sight.cap)
        if judged["has_part"]:
            return (
                self.env._("a part now, all by %s", day) if day else self.env._("a part now, the rest without a date")
            )
        return self.env._("on %s", day) if day else self.env._("no date yet")

    def _count_parts(self, coverage, order_line, cap):
        """Return the parts of a line with their quantities, of which none is told beyond *cap*.

        What comes after such a part is not counted either: it would tell what the part is.
        """
        day = order_line._format_day(coverage.expected_date)
        words, is_counted = [], True
        for kind in ("now", "dated", "dateless"):
            if not coverage.has(kind):
                continue
            quantity = getattr(coverage, kind)
            if not is_counted:
                told = self.env._("the rest")
            elif quantity > cap:
                told = self.env._("more than %s", format_quantity(self.env, cap))
            else:
                told = format_quantity(self.env, quantity)
            is_counted = is_counted and quantity <= cap
            words.append(self._get_part_words(kind, told, day))
        return ", ".join(words)

    def _get_part_words(self, kind, quantity, day):
        if kind == "now":
            return self.env._("%s now", quantity)
        if kind == "dated":
            return self.env._("%(quantity)s on %(date)s", quantity=quantity, date=day)
        return self.env._("%s without a date", quantity)

    # ---- what is told of the whole -------------------------------------------------

    def _get_summary(self, rows, sight):
        """Return in one sentence when the pad would ship: "2 of 4 lines ship now, all by 9 Dec"."""
        told = [row for row in rows if row["status"]]
        if not told:
            return ""
        now = sum(row["status"] == "available" for row in told)
        if now == len(told):
            return self.env._("It ships now.") if now == 1 else self.env._("All lines ship now.")
        if sight.shows == "status" and not now:
            return self.env._("No line ships in full now.")
        if now == 1:
            count = self.env._("1 of %s lines ships now", len(told))
        else:
            count = self.env._("%(now)s of %(all)s lines ship now", now=now, all=len(told))
        if sight.shows == "status":
            return f"{count}."
        when = self._get_summary_of_days([row["date"] for row in told])
        return self.env._("%(count)s, %(when)s.", count=count, when=when) if now else f"{when[:1].upper()}{when[1:]}."

    def _get_summary_of_days(self, days):
        """Return in words when lines ship of which some do not now, by the days of all: as a part of a sentence."""
        dateless = sum(not day for day in days)
        if self.picking_policy == "one":
            if dateless:
                return self.env._("all together, with no date yet")
            return self.env._("all together on %s", self._format_date(fields.Date.to_date(max(days))))
        if not dateless:
            return self.env._("all by %s", self._format_date(fields.Date.to_date(max(days))))
        if dateless == len(days):
            return self.env._("no date yet")
        return (
            self.env._("1 line has no date yet") if dateless == 1 else self.env._("%s lines have no date yet", dateless)
        )

    def _get_seen(self, rows):
        """Return what the customer orders by when he sees the pad now, for his form to send back.

        It is no secret, and gives no right: what is ordered is judged anew, and compared with this.
        """
        return json.dumps({row["id"]: self._describe(row) for row in rows if not row["reason"]}, ensure_ascii=True)

    @staticmethod
    def _describe(row):
        return [row["product_id"], row["quantity"], row["unit"], row["status"], row["words"], row["price"]]
