from odoo import models

# In the context: the rules of all lines of an order, see _with_rules. JSON can make no RulesRead.
RULES = "order_pad_rules"


class RulesRead:
    """The rules of price lists that may apply to some products on a day."""

    def __init__(self, products, date):
        self.product_ids, self.date, self.by_pricelist = set(products.ids), date, {}

    def find(self, pricelist, products, date):
        """Return the rules of *pricelist*; None where they were not read for these products and this day."""
        is_read = products._name == "product.product" and self.date == date and self.product_ids >= set(products.ids)
        return self.by_pricelist.get(pricelist.id) if is_read else None


class ProductPricelist(models.Model):
    """The rules of many lines, read once: Odoo reads them line by line."""

    _inherit = "product.pricelist"

    def _read_rules(self, products, date):
        """Return the :class:`RulesRead` of the price list and of those that it builds on."""
        read = RulesRead(products, date)
        pricelists = self
        while pricelists:
            for pricelist in pricelists:
                read.by_pricelist[pricelist.id] = pricelist._get_applicable_rules(products, date)
            based_on = self.env["product.pricelist.item"].union(*read.by_pricelist.values()).base_pricelist_id
            pricelists = based_on.filtered(lambda pricelist: pricelist.id not in read.by_pricelist)
        return read

    def _get_applicable_rules(self, products, date, **kwargs):
        """Which of those read apply to which product Odoo asks each of them."""
        read = self.env.context.get(RULES)
        if isinstance(read, RulesRead) and not kwargs:
            rules = read.find(self, products, date)
            if rules is not None:
                return rules
        return super()._get_applicable_rules(products, date, **kwargs)
