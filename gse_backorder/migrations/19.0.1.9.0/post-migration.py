from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.upgrade import renew_unedited_templates


def migrate(cr, version):
    """Mails say in their subjects what they are about."""
    renew_unedited_templates(api.Environment(cr, SUPERUSER_ID, {}))
