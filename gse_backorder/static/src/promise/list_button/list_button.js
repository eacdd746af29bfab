import { getActiveHotkey } from "@web/core/hotkeys/hotkey_service";
import { patch } from "@web/core/utils/patch";
import { ListRenderer } from "@web/views/list/list_renderer";

/** Enter presses the button of a row that has the focus, as the space bar does; Odoo opens or edits the row. */
patch(ListRenderer.prototype, {
    onCellKeydown(ev) {
        const button = ev.target.closest(".o_data_row:not(.o_selected_row) td button");
        if (button && getActiveHotkey(ev) === "enter") {
            return;
        }
        super.onCellKeydown(...arguments);
    },
});
