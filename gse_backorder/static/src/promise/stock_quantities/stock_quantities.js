import { Component, onWillStart } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

// What the form shows of a line, which need not be saved.
const SUBJECTS = {
    "sale.order.line": (data) => ({
        uom_id: data.product_uom_id?.id,
        warehouse_id: data.warehouse_id?.id,
    }),
    "stock.move": (data) => ({
        uom_id: data.product_uom?.id,
        location_id: data.location_id?.id,
    }),
};

/**
 * The quantities of each warehouse, who else waits for the same goods, and "Why?": the part of Odoo's own popover that
 * sale and delivery lines share.
 */
export class StockQuantities extends Component {
    static template = "gse_backorder.StockQuantities";
    static props = { record: Object, close: Function };

    setup() {
        this.orm = useService("orm");
        onWillStart(async () => {
            this.quantities = await this.load();
        });
    }

    async load() {
        const { data, resId, resModel } = this.props.record;
        return this.orm.call(resModel, "get_quantities", [resId ? [resId] : []], {
            product_id: data.product_id.id,
            ...SUBJECTS[resModel](data),
        });
    }

    get stocksTitle() {
        return _t("Stock by warehouse, in %s", this.quantities.unit);
    }

    countMore(count) {
        return _t("and %s more", count);
    }

    /** The popover closes first, so that the focus is where it came from when the answer opens, and after it. */
    async explain() {
        const { resId, resModel } = this.props.record;
        const { action, orm } = this.env.services; // those of a component end with it
        this.props.close();
        await action.doAction(await orm.call(resModel, "action_explain", [[resId]]));
    }
}
