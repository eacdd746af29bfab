import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { ListRenderer } from "@web/views/list/list_renderer";

/** A list without the columns in which no row has anything. */
export class FilledColumnsRenderer extends ListRenderer {
    getActiveColumns() {
        const { records } = this.props.list;
        return super
            .getActiveColumns()
            .filter(({ name, type }) => type !== "field" || records.some((record) => record.data[name]));
    }
}

export class FilledColumnsField extends X2ManyField {
    static components = { ...X2ManyField.components, ListRenderer: FilledColumnsRenderer };
}

registry.category("fields").add("gse_filled_columns", { ...x2ManyField, component: FilledColumnsField });
