from odoo.addons.gse_backorder.hooks import fill_awaited


def migrate(cr, version):
    """Fill the new column at once, so that the ORM does not compute it line by line."""
    fill_awaited(cr)
