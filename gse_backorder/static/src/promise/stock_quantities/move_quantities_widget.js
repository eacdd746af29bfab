import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { usePopover } from "@web/core/popover/popover_hook";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { QtyAtDatePopover } from "@sale_stock/widgets/qty_at_date_widget";

/**
 * Opens on a delivery line the popover that Odoo has on a sale line, and by the same icon.
 */
export class MoveQuantitiesWidget extends Component {
    static template = "gse_backorder.MoveQuantitiesWidget";
    static props = { ...standardWidgetProps };

    setup() {
        this.popover = usePopover(QtyAtDatePopover, { position: "top", role: "dialog" });
    }

    get isShown() {
        const { is_storable, product_id, state } = this.props.record.data;
        return product_id && is_storable && !["done", "cancel"].includes(state);
    }

    open(ev) {
        this.popover.open(ev.currentTarget, { record: this.props.record, calcData: {} });
    }
}

export const moveQuantitiesWidget = {
    component: MoveQuantitiesWidget,
    fieldDependencies: [
        { name: "is_storable", type: "boolean" },
        { name: "location_id", type: "many2one" },
        { name: "product_id", type: "many2one" },
        { name: "product_uom", type: "many2one" },
        { name: "state", type: "selection" },
    ],
};

registry.category("view_widgets").add("gse_move_quantities", moveQuantitiesWidget);
