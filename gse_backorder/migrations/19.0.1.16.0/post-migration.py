from odoo import SUPERUSER_ID, api

from odoo.addons.gse_backorder.hooks import fill_token_customer
from odoo.addons.gse_backorder.upgrade import renew_unedited_templates


def migrate(cr, version):
    """A link to an order opens deliveries to the customer for whom it was made; of what another has no mail speaks."""
    fill_token_customer(cr)
    renew_unedited_templates(api.Environment(cr, SUPERUSER_ID, {}))
