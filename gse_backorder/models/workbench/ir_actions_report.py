import io

from odoo import models
from odoo.tools.pdf import merge_pdf

# What is printed of a delivery in one go, in this order.
PARTS = ("stock.action_report_picking", "stock.action_report_delivery")


class IrActionsReport(models.Model):
    """Pick list and slip of many deliveries in one go."""

    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Print the pick list and the slip of each delivery one after the other; of nothing there is neither.

        Each of the two is rendered once for all deliveries: Odoo would render a report of several documents a record
        delivery by delivery. Where Odoo cannot tell the pages apart, which it cannot if a pick list is longer than one,
        all pick lists come first.

        :raise UserError: if there is nothing to pick of any of them
        """
        whole = self.env.ref("gse_backorder.action_report_pick_list_and_slip", raise_if_not_found=False)
        if not res_ids or not whole or self._get_report(report_ref) != whole:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        res_ids = self.env["stock.picking"].browse(res_ids)._filtered_to_print().ids
        parts = [self._render_qweb_pdf_prepare_streams(part, dict(data or {}), res_ids=res_ids) for part in PARTS]
        # What Odoo could not tell apart by delivery is found under False.
        keys = dict.fromkeys([False, *res_ids])
        pages = {key: [part[key]["stream"] for part in parts if part.get(key) and part[key]["stream"]] for key in keys}
        return {
            key: {"stream": io.BytesIO(merge_pdf([page.getvalue() for page in streams])), "attachment": None}
            for key, streams in pages.items()
            if streams
        }
