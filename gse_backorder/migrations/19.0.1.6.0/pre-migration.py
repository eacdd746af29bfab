from odoo.addons.gse_backorder.upgrade import forget_unedited_rules, repair_chains


def migrate(cr, version):
    """Make true what new constraints demand, and keep the record rules that an administrator has edited."""
    repair_chains(cr)
    forget_unedited_rules(cr)
