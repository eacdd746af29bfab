from odoo.addons.gse_backorder.upgrade import name_shortage_companies


def migrate(cr, version):
    """An activity on a shortage knows its company."""
    name_shortage_companies(cr)
