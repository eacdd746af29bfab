from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.fulfillment import fill_fulfillment_state
from odoo.addons.gse_backorder.hooks import fill_token_customer
from odoo.addons.gse_backorder.upgrade import renew_unedited_templates


def migrate(cr, version):
    """A link to an order opens deliveries to the customer for whom it was made; of what another has no mail speaks.

    What is still to be picked belongs to its shipment though goods were lost on the way, and what was given to another
    customer is none of the first one's fulfilment.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    fill_token_customer(cr)
    fill_fulfillment_state(env)
    renew_unedited_templates(env)
    # Odoo keeps the index of a field that has none any more.
    cr.execute("DROP INDEX IF EXISTS stock_backorder_figure__last_date_index")
