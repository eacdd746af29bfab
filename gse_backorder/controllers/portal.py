from werkzeug.exceptions import MethodNotAllowed

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import pager
from odoo.addons.sale_stock.controllers.portal import SaleStockPortal

from .. import arguments
from ..models.customer.stock_customer_page import ROW_FIELDS

LIST_URL = "/my/deliveries"
# A page is short: each row's promise is worked out while the customer waits for it.
ROWS_OF_A_PAGE = 15
DOCUMENTS = {
    "slip": "stock.action_report_delivery",
    "confirmation": "gse_backorder.action_report_backorder_confirmation",
    "return": "stock.return_label_report",
}


def number_in_path(name):
    """Return the place of a number in a route; Odoo's own (``int``) fails on one that is too long for Python."""
    return f"<string(maxlength={arguments.LONGEST_NUMBER}):{name}>"


PAGE_URL = f"{LIST_URL}/page/{number_in_path('page')}"
DELIVERY_URL = f"{LIST_URL}/{number_in_path('picking_id')}"


class DeliveryPortal(SaleStockPortal):
    """The customer's deliveries: what has shipped, what waits and until when, and a say in it."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "backorder_count" in counters:
            domain = self._get_own_domain() & request.env["stock.customer.page"]._get_open_backorder_domain()
            # A customer may not read what the domain is about: operation types, locations.
            values["backorder_count"] = request.env["stock.picking"].sudo().search_count(domain)
        if "delivery_count" in counters:
            values["delivery_count"] = request.env["stock.picking"].sudo().search_count(self._get_own_domain(), limit=1)
        return values

    @staticmethod
    def _get_own_domain():
        """Return the domain of what this customer may see, of the companies that he deals with."""
        domain = request.env["stock.picking"]._get_customer_domain(request.env.user.partner_id)
        return domain & Domain("company_id", "in", request.env.companies.ids)

    # ---- list ------------------------------------------------------------------

    @route([LIST_URL, PAGE_URL], type="http", auth="user", website=True, readonly=True)
    def portal_my_deliveries(
        self, page=1, sortby=None, filterby=None, groupby=None, search=None, search_in=None, **kwargs
    ):
        """The deliveries of the customer's company."""
        values = self._prepare_deliveries_values(page, sortby, filterby, groupby, search, search_in)
        return request.render("gse_backorder.portal_my_deliveries", values)

    def _prepare_deliveries_values(self, page, sortby, filterby, groupby, search, search_in):
        customer_page = request.env["stock.customer.page"]
        partner = request.env.user.partner_id
        sortings, filters = customer_page._get_sortings(), customer_page._get_filters()
        groupings, searches = customer_page._get_groupings(), customer_page._get_searches()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        groupby = groupby if groupby in groupings else "none"
        search_in = search_in if search_in in searches else "all"
        page = arguments.number(page, default=1)
        search = arguments.text(search, longest=arguments.LONGEST_TEXT)
        domain = self._get_own_domain() & filters[filterby]["domain"]
        if search:
            domain &= customer_page._get_search_domain(search_in, search)
        # A customer may not read what the domain is about: operation types, locations.
        deliveries = request.env["stock.picking"].sudo()
        shown = {
            "sortby": sortby,
            "filterby": filterby,
            "groupby": groupby,
            "search": search,
            "search_in": search_in,
        }
        pages = pager(
            url=LIST_URL,
            total=deliveries.search_count(domain),
            page=page,
            step=ROWS_OF_A_PAGE,
            url_args=shown,
        )
        order = sortings[sortby]["order"]
        if groupby == "order":
            order = f"sale_id, {order}"  # the newest order first
        found = deliveries.search_fetch(
            domain, ROW_FIELDS, order=order, limit=ROWS_OF_A_PAGE, offset=max(0, pages["offset"])
        )
        return {
            **self._prepare_portal_layout_values(),
            **shown,
            "groups": self._group_rows(customer_page._get_rows(found), groupby),
            "empty_text": customer_page._get_empty_text(filterby, search),
            "channels": request.env["stock.live"]._get_customer_channels(partner),
            "page_name": "deliveries",
            "pager": pages,
            "default_url": LIST_URL,
            "searchbar_sortings": sortings,
            "searchbar_filters": filters,
            "searchbar_groupby": groupings,
            "searchbar_inputs": searches,
        }

    @staticmethod
    def _group_rows(rows, groupby):
        """Return ``[(title, rows)]``, in the order in which they come."""
        groups = {}
        for row in rows:
            groups.setdefault(row["order"] if groupby == "order" else "", []).append(row)
        return list(groups.items())

    # ---- detail ----------------------------------------------------------------

    @route(DELIVERY_URL, type="http", auth="public", website=True, readonly=True)
    def portal_my_delivery(
        self, picking_id, access_token=None, report_type=None, document="slip", download=False, **kwargs
    ):
        """A delivery, its chain and its lines; or one of its documents, as a PDF.

        Of what else stands in the address only who writes on the page is heard (``pid``, signed by ``hash``): the
        values of the page are the delivery's.
        """
        access_token = arguments.text(access_token)
        try:
            delivery = self._get_delivery(picking_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if report_type in ("html", "pdf", "text"):
            document = document if document in DOCUMENTS else "slip"
            if document not in self._get_documents(delivery):
                return self._refuse_document(delivery, access_token, document)
            return self._show_report(
                model=delivery.with_context(customer_document=document),
                report_type=report_type,
                report_ref=DOCUMENTS[document],
                download=download,
            )
        author = {name: arguments.text(kwargs.get(name)) for name in ("pid", "hash")}
        values = self._prepare_delivery_values(delivery, access_token, **author)
        return request.render("gse_backorder.portal_my_delivery", values)

    @staticmethod
    def _get_documents(delivery):
        return request.env["stock.customer.page"]._get_documents(delivery)

    def _refuse_document(self, delivery, access_token, document):
        """Lead the visitor to the page, and say there why there is no such document of the delivery."""
        if document == "confirmation":
            words = request.env._("No backorder of this delivery is to come.")
        elif delivery.state == "cancel":
            words = request.env._("There is no slip of this delivery: it was cancelled.")
        else:
            words = request.env._("There is no slip of what has not shipped. You find it here as soon as it has.")
        return self._lead_to_page(delivery, access_token, "warning", words)

    @route()
    def portal_my_picking_report(self, picking_id, access_token=None, **kw):
        """Odoo's own way to the slip, by the link to the order: there is none of what has not shipped."""
        return self._refuse_slip(picking_id, access_token, "slip") or super().portal_my_picking_report(
            picking_id, access_token=access_token, **kw
        )

    @route()
    def portal_my_picking_return_report(self, picking_id, access_token=None, **kw):
        """The same of the return slip."""
        return self._refuse_slip(picking_id, access_token, "return") or super().portal_my_picking_return_report(
            picking_id, access_token=access_token, **kw
        )

    def _stock_picking_check_access(self, picking_id, access_token=None):
        """A link to the order opens its deliveries to the customer for whom it was made.

        To Odoo it opens them for ever, whoever they are for.
        """
        # The visitor of a link need have no rights at all.
        order = request.env["stock.picking"].sudo().browse(picking_id).exists().sale_id
        access_token = access_token if order._is_opened_by(access_token) else None
        return super()._stock_picking_check_access(picking_id, access_token=access_token)

    def _refuse_slip(self, picking_id, access_token, document):
        """Lead who may have the slips of a delivery to its page, where there is none; return nothing where there is."""
        try:
            delivery = self._stock_picking_check_access(picking_id, access_token=access_token)
            has_none = delivery._is_customer_delivery() and document not in self._get_documents(delivery)
        except (AccessError, MissingError):
            return None  # Odoo says so
        if not has_none:
            return None
        # Who has the order by a link has its deliveries by theirs, as on the order's page; nobody else needs one.
        is_guest = delivery.sale_id._is_opened_by(access_token)
        return self._refuse_document(delivery, is_guest and delivery.access_token, document)

    def _lead_to_page(self, delivery, access_token, kind, notice):
        """Lead the visitor to the page of the delivery, which shows the *notice* once."""
        request.session["delivery_notice"] = [delivery.id, kind, notice]
        return request.redirect(f"{delivery.access_url}{self._get_token_query(delivery, access_token)}#notice")

    def _get_delivery(self, picking_id, access_token):
        """Return the delivery with that id, with all rights, if this visitor may see it.

        :raise MissingError: if there is none, or it is not a customer's: a receipt is nobody's to see here
        :raise AccessError: if it is somebody else's, and the token is not its own
        """
        picking_id = arguments.number(picking_id)
        # All rights are for what is shown of it: whether this visitor may see it the model says first.
        delivery = request.env["stock.picking"].with_user(SUPERUSER_ID).browse(picking_id)
        if not delivery.exists() or not delivery._is_customer_delivery():
            raise MissingError(request.env._("This delivery does not exist."))
        if not delivery._is_visible_to(request.env.user) and not delivery._is_opened_by(access_token):
            raise AccessError(request.env._("This delivery is somebody else's."))
        return delivery

    def _prepare_delivery_values(self, delivery, access_token, **author):
        # All deliveries of a chain have one token.
        query = self._get_token_query(delivery, access_token)
        order, choices = delivery.sale_id, request.env["stock.customer.choice"]
        values = {
            "delivery": {
                **request.env["stock.customer.page"]._get_values(
                    delivery, link=lambda member: f"{member.access_url}{query}"
                ),
                "order_url": order.access_url if order and self._may_read_order(order) else False,
                "choices": {} if self._is_staff() else choices._get_choices(delivery),
                "decided": choices._get_decided(delivery),
                "seen": choices._get_seen(delivery),
                "url_token": query,
            },
            "page_name": "delivery",
            "may_order_again": request.env["stock.order.pad"]._is_orderable_again(
                request.env.user, delivery.customer_id, delivery.company_id
            ),
            "document_url": f"{delivery.access_url}{query}{'&' if query else '?'}report_type=pdf",
            "may_ask": delivery.company_id.customer_may_ask,
            "notice": self._pop_notice(delivery),
        }
        return self._get_page_view_values(delivery, access_token, values, "my_deliveries_history", False, **author)

    @staticmethod
    def _pop_notice(delivery):
        """Return ``(kind, text)`` of what the visitor's choice about this delivery has led to; it is shown once.

        A page that reads itself anew shows no notice, and leaves it to the one that the visitor is led to.
        """
        is_reading_anew = request.httprequest.headers.get("X-Requested-With") == "XMLHttpRequest"
        picking_id, *notice = request.session.get("delivery_notice") or [None]
        if is_reading_anew or picking_id != delivery.id:
            return None
        del request.session["delivery_notice"]
        return notice

    def _get_token_query(self, delivery, access_token):
        """Return the query of links for this visitor: his token, if it is by that only that he sees the delivery."""
        is_guest = access_token and not delivery._is_visible_to(request.env.user)
        return f"?access_token={delivery.access_token}" if is_guest else ""

    @staticmethod
    def _may_read_order(order):
        return order.with_user(request.env.user).has_access("read")

    @staticmethod
    def _is_staff():
        """Whether the visitor looks at a customer's page: what is chosen there would be said in the customer's name."""
        return request.env.user._is_internal()

    # ---- the customer's say ------------------------------------------------------

    @route(f"{DELIVERY_URL}/<string:choice>", type="http", auth="public", website=True, methods=["POST"])
    def portal_delivery_choice(self, picking_id, choice, access_token=None, **kwargs):
        """Do what the customer has chosen; the page then says what became of it."""
        # Odoo lets OPTIONS in everywhere, and asks it for no token against forged forms.
        if request.httprequest.method != "POST":
            raise MethodNotAllowed(["POST"])
        access_token = arguments.text(access_token)
        try:
            delivery = self._get_delivery(picking_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        try:
            with request.env.cr.savepoint():
                notice = ["success", self._choose(delivery, choice, kwargs)]
        except UserError as error:
            notice = ["warning", str(error)]
        return self._lead_to_page(delivery, access_token, *notice)

    def _choose(self, delivery, choice, values):
        if self._is_staff():
            raise UserError(request.env._("Only the customer decides here."))
        author = delivery._get_customer() if request.env.user._is_public() else request.env.user.partner_id
        seen = arguments.text(values["seen"]) if "seen" in values else None
        return request.env["stock.customer.choice"]._choose(delivery, choice, author, values.get("line"), seen)
