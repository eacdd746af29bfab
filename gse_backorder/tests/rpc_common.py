import xmlrpc.client

from odoo.tests import HttpCase

# What may be answered to nonsense: everything else is an error of ours.
REFUSALS = {
    f"odoo.exceptions.{name}"
    for name in ("AccessError", "MissingError", "RedirectWarning", "UserError", "ValidationError")
}


class RefusedError(Exception):
    """The server has answered with an error: its :attr:`kind` and what it said."""

    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class RpcCase(HttpCase):
    """Calls of public methods over the network, as anybody with a login can make them."""

    def _call(self, model, method, *args, **kwargs):
        """Return what the method gives to whom the session is of; raise :class:`RefusedError` for an error."""
        answer = self.opener.post(
            f"{self.base_url()}/web/dataset/call_kw",
            json={"jsonrpc": "2.0", "params": {"model": model, "method": method, "args": args, "kwargs": kwargs}},
            timeout=60,
        ).json()
        if "error" in answer:
            raise RefusedError(answer["error"]["data"]["name"], answer["error"]["data"]["message"])
        return answer.get("result")

    def _call_by_xmlrpc(self, user, model, method, *args, **kwargs):
        """Return what the method gives to *user*, whose password is his login."""
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, user.id, user.login, model, method, list(args), kwargs
            )
        except xmlrpc.client.Fault as fault:
            raise RefusedError(str(fault.faultCode), fault.faultString) from fault
