from werkzeug.exceptions import MethodNotAllowed

from odoo.exceptions import AccessError, UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from .. import arguments
from ..models.customer.order_pad_text import LARGEST_FILE, Row
from ..models.customer.stock_order_pad import LONGEST_NOTE
from ..models.customer.stock_order_pad_served import PAD_URL

# One that is named: for a salesperson who opens it for a customer, and for the customer who was sent its link.
NAMED_URL = f"{PAD_URL}/<int:pad_id>"
LONGEST_PAGE = 32
HEAD = ("reference", "wished_date", "shipping", "policy", "note")


class OrderPadPortal(CustomerPortal):
    """The customer's order pad. Whoever reads what there is by trying changes something: by POST, and counted."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:  # they are asked for later, by the page itself
            pads = request.env["stock.order.pad"]
            values["may_order"] = pads._may_order(request.env.user, request.env.company)
        return values

    # ---- page ------------------------------------------------------------------

    @route([PAD_URL, NAMED_URL], type="http", auth="user", website=True, readonly=True)
    def portal_my_order(self, pad_id=None, **kwargs):
        """The pad as it is."""
        user = request.env.user
        try:
            pads = request.env["stock.order.pad"]
            pad = pads._get_own(user, request.env.company) if pad_id is None else pads._get_named(user, pad_id)
        except AccessError:
            return request.redirect("/my")
        if pad.order_id:
            return request.redirect(self._get_order_url(pad.order_id))
        values = {
            **self._prepare_portal_layout_values(),
            "pad": pad._get_values(),
            "pad_url": PAD_URL if pad_id is None else pad._get_url(),
            "notice": request.session.pop("order_pad_notice", None),
            "page_name": "order_pad",
        }
        return request.render("gse_backorder.portal_my_order", values)

    @route([f"{PAD_URL}/change", f"{NAMED_URL}/change"], type="http", auth="user", website=True, methods=["POST"])
    def portal_my_order_change(self, pad_id=None, **form):
        """Write what the form says on the pad; send it, if that is what its writer wants."""
        page = arguments.text(form.get("page"), LONGEST_PAGE)
        return self._do(lambda pad: self._change(pad, form), pad_id, page, place="new_text")

    @route([f"{PAD_URL}/file", f"{NAMED_URL}/file"], type="http", auth="user", website=True, methods=["POST"])
    def portal_my_order_file(self, pad_id=None, file=None, **form):
        """Add the lines of a file."""
        return self._do(lambda pad: self._add_file(pad, file), pad_id)

    @route(f"{PAD_URL}/again", type="http", auth="user", website=True, methods=["POST"])
    def portal_my_order_again(self, order=None, delivery=None, **form):
        """Add the lines of an order or a delivery of the customer's."""
        return self._do(lambda pad: pad._add_again(arguments.number(order) or None, arguments.number(delivery) or None))

    def _do(self, work, pad_id=None, page="", place="pad"):
        """Do *work* on the user's pad, or on the one that is named, and lead him to its page, or to its order.

        What cannot be done is told there; then nothing of it is done.

        :param str page: what the open page calls itself
        :param str place: where he goes on, if all is well: a field has the cursor there, also without a script
        """
        # Odoo lets OPTIONS in everywhere, and asks it for no token against forged forms.
        if request.httprequest.method != "POST":
            raise MethodNotAllowed(["POST"])
        pad_url = PAD_URL if pad_id is None else f"{PAD_URL}/{pad_id}"
        try:
            pads, user = request.env["stock.order.pad"], request.env.user
            pad = pads._open_own(user, request.env.company) if pad_id is None else pads._open_named(user, pad_id)
            with request.env["stock.order.pad.meter"]._undoing_refused():
                order = work(pad)
                pad._tell_changed(page)
        except AccessError:
            return request.redirect("/my")
        except UserError as error:
            request.session["order_pad_notice"] = ["warning", str(error)]
            return request.redirect(f"{pad_url}#notice")
        if order:
            return request.redirect(self._get_order_url(order))
        return request.redirect(f"{pad_url}#{place}")

    @staticmethod
    def _get_order_url(order):
        """Return where an order is looked at: by its customer in the portal, by who has typed it at his desk."""
        if request.env.user._is_internal():
            return f"/odoo/action-sale.action_orders/{order.id}"
        return order.access_url

    def _change(self, pad, form):
        """Write the lines and the head of the form; return the order, if it was sent."""
        texts = {name: arguments.text(value, LONGEST_NOTE) for name, value in form.items()}
        is_sent = texts.get("do") == "send"
        if is_sent and pad.order_id:
            return pad.order_id  # it was clicked twice, or the answer was lost
        if texts.get("key") and texts["key"] != pad.key:
            if is_sent and (order := pad._get_sent(request.env.user, texts["key"])):
                return order  # it was clicked twice, or the answer was lost
            raise UserError(request.env._("You have sent this pad meanwhile: this is a new one."))
        if texts.get("do") == "clear":
            pad._remove_lines(pad.line_ids.ids)
        pad._change_lines(self._read_changes(texts))
        pad._remove_lines([arguments.number(texts.get("remove"))])
        pad._write_head({name: texts[name] for name in HEAD if name in texts})
        rows = pad._read_paste(arguments.text(form.get("paste")))
        if texts.get("new_text", "").strip():
            rows.insert(0, Row(texts["new_text"].strip(), texts.get("new_quantity", ""), ""))
        if rows:
            pad._add_rows(rows)
        if is_sent:
            return pad._send(request.env.user.partner_id, arguments.text(form.get("seen")))
        return None

    @staticmethod
    def _read_changes(texts):
        """Return ``{line id: {"text": …, "quantity": …, "unit": …, "product": …}}`` of the fields of a form."""
        changes = {}
        for name, value in texts.items():
            kind, _underscore, line_id = name.partition("_")
            if kind in ("text", "quantity", "unit", "product") and arguments.number(line_id):
                changes.setdefault(arguments.number(line_id), {})[kind] = value
        return changes

    @staticmethod
    def _add_file(pad, file):
        if not hasattr(file, "read"):
            raise UserError(request.env._("Please choose a file."))
        name = arguments.text(file.filename, arguments.LONGEST_TEXT)
        pad._add_rows(pad._read_file(name, file.read(LARGEST_FILE + 1)))

    # ---- other systems -----------------------------------------------------------

    @route(f"{PAD_URL}/judge", type="jsonrpc", auth="user", website=True, methods=["POST"])
    def portal_my_order_judge(self, lines=None, **head):
        """Return for each of *lines*, ``{"code", "quantity"}``, what the page would show; nothing is kept."""
        return self._judge(lines, head)

    @route(f"{PAD_URL}/api/judge", type="json2", auth="bearer", methods=["POST"], save_session=False)
    def order_api_judge(self, lines=None, **head):
        """The same for a customer's own system, by its key."""
        return self._judge(lines, head)

    @route(f"{PAD_URL}/api/place", type="json2", auth="bearer", methods=["POST"], save_session=False)
    def order_api_place(self, key=None, lines=None, seen=None, **head):
        """Order *lines*, once for each *key*; see the README for what else can be said."""
        user, company = request.env.user, request.env.company
        try:
            with request.env["stock.order.pad.meter"]._undoing_refused():
                order = request.env["stock.order.pad"]._place(user, company, key, lines, self._read_head(head), seen)
        except UserError as error:
            return request.dispatcher.handle_error(error)  # as Odoo tells it, but what was asked stays counted
        return order._get_pad_receipt()

    @classmethod
    def _judge(cls, lines, head):
        pads, user, company = request.env["stock.order.pad"], request.env.user, request.env.company
        return pads._judge_rows(user, company, lines, cls._read_head(head))

    @staticmethod
    def _read_head(head):
        return {
            name: arguments.text(str(value), LONGEST_NOTE)
            for name, value in head.items()
            if name in HEAD and isinstance(value, (int, str))
        }
