from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.mail.controllers.thread import ThreadController

from ..models.customer.stock_picking_thread import QUESTION


class DeliveryThreadController(ThreadController):
    """What customers write on the page of a delivery."""

    def _prepare_message_data(self, post_data, *, thread, **kwargs):
        """A customer writes questions.

        :raise AccessError: for any other kind of message
        """
        data = super()._prepare_message_data(post_data, thread=thread, **kwargs)
        if thread._name == "stock.picking" and request.env.user.share:
            if any(data.get(name, value) != value for name, value in QUESTION.items()):
                raise AccessError(request.env._("On a delivery you can write messages, and nothing else."))
            data.update(QUESTION)
        return data
