from odoo.addons.gse_backorder.hooks import fill_token_customer


def migrate(cr, version):
    """A link to an order opens deliveries to the customer for whom it was made."""
    fill_token_customer(cr)
