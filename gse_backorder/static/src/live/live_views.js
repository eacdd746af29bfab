import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formView } from "@web/views/form/form_view";
import { FormController } from "@web/views/form/form_controller";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";

const EVENT = "gse_backorder.staff_changed";
// Changes come in bursts, and every screen hears of them at once: not all ask at once.
const PAUSE = 300;

/**
 * Reads a screen anew when the server says that deliveries have changed; not while somebody has selected or edits.
 *
 * @param {Function} isBusy whether the screen is being used
 * @param {Function} reload reads it anew
 */
function useLive(isBusy, reload) {
    const bus = useService("bus_service");
    const refresh = useDebounced(() => isBusy() || reload(), PAUSE);
    bus.subscribe(EVENT, refresh);
    onWillUnmount(() => bus.unsubscribe(EVENT, refresh));
}

export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLive(
            () => this.model.root.selection?.length || this.model.root.editedRecord,
            () => this.model.load(),
        );
    }
}

export class LiveFormController extends FormController {
    setup() {
        super.setup();
        useLive(
            () => false,
            () => this.model.root.load(),
        );
    }
}

registry.category("views").add("gse_backorder_live_list", { ...listView, Controller: LiveListController });
registry.category("views").add("gse_backorder_live_form", { ...formView, Controller: LiveFormController });
