from odoo.addons.gse_backorder.upgrade import follow_renamed_anchor


def migrate(cr, version):
    """Let the forms be loaded."""
    follow_renamed_anchor(cr)
