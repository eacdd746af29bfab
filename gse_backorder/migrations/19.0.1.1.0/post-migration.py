from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.hooks import fill_first_promise


def migrate(cr, version):
    """What is promised on the day of the upgrade is the first promise of all who wait then."""
    fill_first_promise(api.Environment(cr, SUPERUSER_ID, {}))
