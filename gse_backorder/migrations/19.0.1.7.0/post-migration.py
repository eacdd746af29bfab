from odoo.addons.gse_backorder.hooks import fill_customer


def migrate(cr, version):
    """A vendor to whom goods go back is nobody's customer."""
    fill_customer(cr)
