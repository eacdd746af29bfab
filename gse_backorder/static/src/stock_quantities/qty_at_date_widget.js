import { QtyAtDatePopover, QtyAtDateWidget, qtyAtDateWidget } from "@sale_stock/widgets/qty_at_date_widget";
import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { StockQuantities } from "./stock_quantities";

patch(QtyAtDatePopover, {
    components: { ...QtyAtDatePopover.components, StockQuantities },
});

/**
 * Odoo's own popover of a sale line, which now opens on a delivery line, too: what it tells of a sale line alone is
 * left out there.
 */
patch(QtyAtDatePopover.prototype, {
    setup() {
        super.setup();
        this.orm = useService("orm");
    },

    get isSaleLine() {
        return this.props.record.resModel === "sale.order.line";
    },

    /** The forecast of a line that is not saved cannot be opened: it would not be in it. */
    get hasForecast() {
        return this.isSaleLine || Boolean(this.props.record.resId);
    },

    async openForecast() {
        if (this.isSaleLine) {
            return super.openForecast();
        }
        const action = await this.orm.call("stock.move", "action_product_forecast_report", [
            this.props.record.resId,
        ]);
        return this.actionService.doAction(action);
    },
});

patch(QtyAtDateWidget.prototype, {
    onKeydown(ev) {
        if (["Enter", " "].includes(ev.key)) {
            // and not to the list around it, which would edit the line
            ev.preventDefault();
            ev.stopPropagation();
            this.showPopup(ev);
        }
    },
});

// Who may not choose units does not see the line's, but it has one.
patch(qtyAtDateWidget, {
    fieldDependencies: [
        ...qtyAtDateWidget.fieldDependencies,
        { name: "product_uom_id", type: "many2one" },
    ],
});
