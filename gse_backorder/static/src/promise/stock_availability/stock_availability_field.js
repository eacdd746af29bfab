import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";

const APPEARANCE = {
    available: { icon: "fa-check-circle", color: "text-bg-success" },
    short: { icon: "fa-adjust", color: "text-bg-warning" },
    missing: { icon: "fa-times-circle", color: "text-bg-danger" },
};

/**
 * The stock status of a line: colour, icon and words ("60 now, 190 on 9 Dec"), never colour alone.
 */
export class StockAvailabilityField extends SelectionField {
    static template = "gse_backorder.StockAvailabilityField";

    get status() {
        return this.props.record.data[this.props.name];
    }

    get appearance() {
        return APPEARANCE[this.status];
    }

    get words() {
        return this.props.record.data.availability_text;
    }
}

export const stockAvailabilityField = {
    ...selectionField,
    component: StockAvailabilityField,
    displayName: _t("Stock status"),
    fieldDependencies: [{ name: "availability_text", type: "char" }],
    listViewWidth: [120, 220],
};

registry.category("fields").add("stock_availability", stockAvailabilityField);
