from odoo.addons.gse_backorder.hooks import fill_customer


def migrate(cr, version):
    """Fill the new column at once, so that the ORM does not compute it transfer by transfer."""
    fill_customer(cr)
