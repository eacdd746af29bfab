from odoo.addons.gse_backorder.hooks import fill_awaited


def migrate(cr, version):
    """Who waits for a line follows from whose its delivery is, which a script before this one may have put right."""
    fill_awaited(cr)
