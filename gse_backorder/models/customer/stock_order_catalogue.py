from typing import Any, NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.sql import escape_psql

from .order_pad_text import get_key

# A barcode and a name are looked for as they are typed, in capitals, and in none: an index finds them then.
CASES = (str, str.upper, str.lower)
# So many texts are looked for as a part of a name, which is no index's work, and so many products are offered for each.
MOST_SEARCHED = 10
MOST_OFFERED = 8
SHORTEST_SEARCHED = 3
# The one of the sources, see _get_sources, that says least of what was meant.
BY_PART = "_find_by_part"


class Found(NamedTuple):
    """What a customer's text stands for: one product, several to choose from, or none, with the reason."""

    products: Any
    reason: str | None = None
    unit: Any = None  # of the packaging whose barcode it is
    is_part: bool = False  # it is a part of their names alone


class StockOrderCatalogue(models.AbstractModel):
    """Which products a customer may order, and how they are found by what he types.

    All of it is read with all rights: a customer may open no product. What he may not order he is not told of, unless
    he has bought it.
    """

    _name = "stock.order.catalogue"
    _description = "What a Customer May Order"

    # ---- what may be ordered ---------------------------------------------------

    @api.model
    def _get_domain(self, customer, company):
        """Return the domain of the products that the partner *customer* may order of *company*."""
        return (
            self._get_listed_domain(customer, company)
            & Domain("sale_ok", "=", True)
            & Domain("active", "=", True)
            & Domain("type", "!=", "combo")  # its parts are to be chosen, which no line of text does
        )

    @api.model
    def _get_listed_domain(self, customer, company):
        """Return the domain of the products of which the customer may know, sold at present or not."""
        domain = Domain("company_id", "in", (False, company.id))
        if company.customer_order_products == "category":
            domain &= Domain("categ_id", "child_of", company.customer_order_categ_ids.ids)
        elif company.customer_order_products == "bought":
            domain &= self._get_bought_domain(customer, company)
        return domain

    @api.model
    def _get_bought_domain(self, customer, company):
        """Return the domain of the products that the customer has bought of *company*."""
        bought = self.env["sale.order.line"]._search(
            Domain("state", "=", "sale")
            & Domain("company_id", "=", company.id)
            & Domain("order_partner_id", "child_of", customer.commercial_partner_id.id)
        )
        return Domain("id", "in", bought.subselect("product_id"))

    @api.model
    def _get_refusals(self, products, customer, company):
        """Return ``{product: reason}`` of those that the customer may not order, though he has named them.

        Why not he is told of what he has bought: of anything else he does not hear that there is such a product.
        """
        products = products.with_context(active_test=False)
        allowed = products.search(self._get_domain(customer, company) & Domain("id", "in", products.ids))
        refused = Domain("id", "in", (products - allowed).ids)
        told = self._get_listed_domain(customer, company) & self._get_bought_domain(customer, company)
        reasons = dict.fromkeys(products - allowed, "unknown")
        for product in products.search(told & refused):
            reasons[product] = "unsold" if product.active else "archived"
        return reasons

    # ---- found by a text -------------------------------------------------------

    @api.model
    def _find(self, texts, customer, company):
        """Return ``{text: Found}``: by the customer's own code, else by ours, by barcode, name, or a part of it.

        The number of queries does not depend on that of texts.
        """
        catalogue = self.with_company(company).with_context(active_test=False).sudo()
        nothing = Found(catalogue.env["product.product"], "unknown")
        found = dict.fromkeys(texts, nothing)
        for source in self._get_sources():
            missing = [text for text, known in found.items() if not known.products and get_key(text)]
            by_text = getattr(catalogue, source)(missing, customer) if missing else {}
            for text, known in catalogue._choose(by_text, customer, company).items():
                # Something archived hides nothing that is sold, by whatever it is found.
                if known.products or found[text] == nothing:
                    found[text] = known._replace(is_part=source == BY_PART)
        # Of all lines one query reads the products.
        together = nothing.products.union(*(known.products for known in found.values()))._prefetch_ids
        return {
            text: known._replace(products=known.products.with_prefetch(together).with_env(self.env))
            for text, known in found.items()
        }

    @api.model
    def _get_sources(self):
        """Return the names of the methods that find products, the first that finds one comes first.

        Each takes a list of texts and a customer, and returns ``{text: {product: unit of its packaging, or None}}``.
        """
        return ["_find_by_customer_code", "_find_by_code", "_find_by_name", BY_PART]

    @api.model
    def _choose(self, by_text, customer, company):
        """Return ``{text: Found}`` of the texts that stand for something of which the customer may know."""
        products = self.env["product.product"].union(*(product for units in by_text.values() for product in units))
        refusals = self._get_refusals(products, customer, company) if products else {}
        found = {}
        for text, units in by_text.items():
            allowed = products.browse(product.id for product in units if product not in refusals)
            reasons = {refusals[product] for product in units if product in refusals} - {"unknown"}
            if allowed:
                found[text] = Found(
                    allowed[:MOST_OFFERED], "several" if len(allowed) > 1 else None, units.get(allowed[:1])
                )
            elif reasons:
                found[text] = Found(products.browse(), min(reasons))
        return found

    @api.model
    def _find_by_customer_code(self, texts, customer):
        """A code is of a product of the company, else of one of all companies; nobody else's is known here."""
        codes = self.env["stock.customer.code"].search(
            Domain("partner_id", "=", customer.commercial_partner_id.id)
            & Domain("company_id", "in", (False, self.env.company.id))
            & Domain("code_key", "in", list({get_key(text) for text in texts}))
        )
        # The last one counts: what is archived hides nothing that is sold.
        codes = codes.sorted(lambda code: (code.product_id.active, bool(code.company_id)))
        by_key = {code.code_key: {code.product_id: None} for code in codes}
        return {text: by_key[get_key(text)] for text in texts if get_key(text) in by_key}

    @api.model
    def _find_by_code(self, texts, customer):
        """By our reference, and by the barcode of a product or of a packaging."""
        values, by_value = list({case(text.strip()) for text in texts for case in CASES}), {}
        own_codes = Domain("id", "in", self.env["product.product"]._get_coded_sql(values))
        for name, domain in (("default_code", own_codes), ("barcode", Domain("barcode", "in", values))):
            for product in self.env["product.product"].search_fetch(domain, [name]):
                by_value.setdefault(get_key(product[name]), {})[product] = None
        for packaging in self.env["product.uom"].search(Domain("barcode", "in", values)):
            by_value.setdefault(get_key(packaging.barcode), {})[packaging.product_id] = packaging.uom_id
        return {text: by_value[get_key(text)] for text in texts if get_key(text) in by_value}

    @api.model
    def _find_by_name(self, texts, customer):
        names = list({case(text.strip()) for text in texts for case in (*CASES, str.capitalize)})
        by_key = {}
        for product in self.env["product.product"].search_fetch(Domain("name", "in", names), ["name"]):
            by_key.setdefault(get_key(product.name), {})[product] = None
        return {text: by_key[get_key(text)] for text in texts if get_key(text) in by_key}

    @api.model
    def _find_by_part(self, texts, customer):
        """By a part of the name: of the first texts only, since each is looked for in all names."""
        texts = [text for text in texts if len(get_key(text)) >= SHORTEST_SEARCHED][:MOST_SEARCHED]
        allowed, by_text = self._get_domain(customer, self.env.company), {}
        for text in texts:  # each of its own: what one of them finds leaves no room for another
            named = Domain("name", "ilike", escape_psql(" ".join(text.split())))
            products = self.env["product.product"].search_fetch(named & allowed, ["name"], limit=MOST_OFFERED)
            if products:
                by_text[text] = dict.fromkeys(products)
        return by_text
