from psycopg2.errors import SerializationFailure

from odoo import models
from odoo.http import request

from .freed_stock import FreedStock
from .pool_door import PoolDoor, PoolsBusy


class IrHttp(models.AbstractModel):
    """The door in which a request waits for its turn at a hot product: see ``pool_door``."""

    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Let requests that want the same stock queue for it, see ``pool_door``, and dispatch them again in turn.

        So it is with those that want stock and find some other row changed: they need not wait at random either.
        """
        door = PoolDoor.of(request.env.cr)
        if door is None or request.env.cr.readonly:
            return super()._dispatch(endpoint)
        arrived = ArrivedRequest()
        while True:
            try:
                with door.opened():
                    response = super()._dispatch(endpoint)
                    request.env["stock.allocation"]._hand_out()
                    if door.may_queue:  # what is left to be written fails here, if it does, and not behind the door
                        request.env.cr.flush()
                    return response
            except (PoolsBusy, SerializationFailure) as trouble:
                if not door.may_queue:
                    raise
                at_once = isinstance(trouble, SerializationFailure) and door.tries_at_once()
                arrived.restore()
                if not at_once:
                    door.queue(request.env)


class ArrivedRequest:
    """A request as it has come to be dispatched, to be brought back after a part of the work that is rolled back.

    What is done here is what Odoo's own retrying does before it calls a request again.
    """

    def __init__(self):
        self.env = request.env
        self.params = dict(request.params)
        self.headers = request.future_response.headers.copy()

    def restore(self):
        """Forget all that has been done since.

        :raise RuntimeError: if an uploaded file cannot be read again, as Odoo itself does
        """
        self.env.cr.rollback()
        FreedStock.of(self.env.cr).forget()
        self.env.transaction.reset()
        self.env.registry.reset_changes()
        request.session = request._get_session_and_dbname()[0]
        request.env = self.env
        request.params = self._read_params()
        request.future_response.headers = self.headers.copy()
        for name, file in request.httprequest.files.items():
            if not file.seekable():
                raise RuntimeError(f"Cannot dispatch a request again whose file {name!r} can be read only once")
            file.seek(0)

    def _read_params(self):
        """Return the arguments as they were: business code may have changed the lists and dictionaries among them."""
        match request.dispatcher.routing_type:
            case "jsonrpc":
                sent = request.get_json_data().get("params", {})
            case "json2" if request.httprequest.content_length:
                sent = request.get_json_data()
            case _:
                return dict(self.params)  # texts, files and records
        return {name: sent[name] if isinstance(value, dict | list) else value for name, value in self.params.items()}
