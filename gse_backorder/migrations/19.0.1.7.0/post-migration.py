from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.hooks import _fill_fulfillment_state, fill_customer


def migrate(cr, version):
    """A vendor to whom goods go back is nobody's customer; what a vendor sends to a customer is not ready here."""
    fill_customer(cr)
    _fill_fulfillment_state(api.Environment(cr, SUPERUSER_ID, {}))
