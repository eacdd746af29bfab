import { SaleOrderLineProductField } from "@sale/js/sale_product_field";
import { SaleOrderLineListRenderer } from "@sale/js/sale_order_line_field/sale_order_line_field";
import { patch } from "@web/core/utils/patch";
import { StockAvailabilityField } from "./stock_availability_field";

patch(SaleOrderLineListRenderer.prototype, {
    getActiveColumns() {
        const columns = super.getActiveColumns();
        this.props.list.records.forEach((record) => (record.titleField = this.titleField));
        return columns;
    },
});

/** The stock status of an order line stands below its product, where it takes no room from the prices. */
patch(SaleOrderLineProductField, {
    components: { ...SaleOrderLineProductField.components, StockAvailabilityField },
});

patch(SaleOrderLineProductField.prototype, {
    get hasAvailability() {
        const { data, titleField } = this.props.record;
        return Boolean(data.availability_status) && this.props.name === titleField;
    },
});
