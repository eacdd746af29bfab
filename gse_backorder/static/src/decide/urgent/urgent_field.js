import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { PriorityField } from "@web/views/fields/priority/priority_field";

const URGENT = "1";

/** The star of a transfer, wherever it is shown: before it is given, it is told whose promises move. */
patch(PriorityField.prototype, {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.dialog = useService("dialog");
    },

    async updateRecord(value) {
        if (await this.isWanted(value)) {
            return super.updateRecord(value);
        }
    },

    async isWanted(value) {
        const ids = this.getTransferIds(value);
        const warning = ids.length && (await this.orm.call("stock.picking", "get_star_warning", [ids]));
        if (!warning) {
            return true;
        }
        return new Promise((resolve) => {
            this.dialog.add(
                ConfirmationDialog,
                {
                    title: _t("Whom the star hurts"),
                    body: warning,
                    confirmLabel: _t("Give it the star"),
                    confirm: () => resolve(true),
                    cancel: () => resolve(false),
                },
                { onClose: () => resolve(false) }
            );
        });
    },

    /** The saved transfers that are about to get the star: in a list that is edited as a whole, all that are selected. */
    getTransferIds(value) {
        const { record, name } = this.props;
        if (record.resModel !== "stock.picking" || name !== "priority" || value !== URGENT || !record.resId) {
            return [];
        }
        const selected = record.selected ? record.model.root.selection.map((other) => other.resId) : [];
        return selected.length ? selected : [record.resId];
    },
});
