from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.hooks import fill_awaited, fill_customer, number_as_deliveries


def migrate(cr, version):
    """What leads to a customer is a delivery to him, whatever the operation is called; no vendor is a customer.

    Who waits for a line follows from whose its delivery is.
    """
    fill_customer(cr)
    fill_awaited(cr)
    number_as_deliveries(api.Environment(cr, SUPERUSER_ID, {}))
