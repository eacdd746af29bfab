from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.hooks import fill_fulfillment_state


def migrate(cr, version):
    """What a vendor sends to a customer is not ready here; what is still to be picked holds its delivery open."""
    fill_fulfillment_state(api.Environment(cr, SUPERUSER_ID, {}))
