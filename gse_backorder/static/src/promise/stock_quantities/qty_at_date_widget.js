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
    setup() {
        super.setup();
        this.action = useService("action");
    },

    /** Where Odoo has no icon that opens the popover, on kits, the question is asked without. */
    get isExplained() {
        const { availability_status, display_qty_widget, state } = this.props.record.data;
        return state === "sale" && !display_qty_widget && ["short", "missing"].includes(availability_status);
    },

    async explain() {
        const { resId, resModel } = this.props.record;
        await this.action.doAction(await this.orm.call(resModel, "action_explain", [[resId]]));
    },

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
