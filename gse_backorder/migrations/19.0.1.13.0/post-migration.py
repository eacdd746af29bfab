from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.fulfillment import fill_fulfillment_state
from odoo.addons.gse_backorder.hooks import fill_awaited, fill_customer, number_as_deliveries


def migrate(cr, version):
    """What leads to a customer is a delivery to him, whatever the operation is called, and what stays in the warehouse
    is a step; no vendor is a customer.

    Who waits for a line follows from whose its delivery is.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    fill_customer(cr)
    fill_awaited(cr)
    number_as_deliveries(env)
    fill_fulfillment_state(env)
