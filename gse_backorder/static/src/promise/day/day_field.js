import { today } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { DateTimeField, dateField } from "@web/views/fields/datetime/datetime_field";

/**
 * A day as it is told everywhere, see stock.day.mixin: "9 Dec", with a year where it is another. In other languages than
 * English that is Odoo's own form.
 */
export class DayField extends DateTimeField {
    getFormattedValue(valueIndex, numeric = this.props.numeric) {
        const day = this.values[valueIndex];
        if (numeric || !day || !day.locale?.startsWith("en")) {
            return super.getFormattedValue(valueIndex, numeric);
        }
        return day.toFormat(day.year === today().year ? "d MMM" : "d MMM y");
    }
}

registry.category("fields").add("gse_day", { ...dateField, component: DayField });
