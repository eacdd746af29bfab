from odoo.addons.gse_backorder.upgrade import (
    drop_stored_tokens,
    forget_unedited_rules,
    keep_days_in_range,
    repair_chains,
)


def migrate(cr, version):
    """Make true what new constraints demand, keep the record rules that an administrator has edited, and no tokens."""
    repair_chains(cr)
    forget_unedited_rules(cr)
    drop_stored_tokens(cr)
    keep_days_in_range(cr)
