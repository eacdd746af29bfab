import { onMounted, onPatched, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formView } from "@web/views/form/form_view";
import { FormController } from "@web/views/form/form_controller";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";

const EVENT = "gse_backorder.staff_changed";
// Changes come in bursts, and every screen hears of them at once: not all ask at once.
const PAUSE = 300;

/**
 * Reads a screen anew when the server says that deliveries have changed; while somebody has selected or edits, later.
 *
 * What is shown is read again as it was asked for: a search that the user has just started is not in the way.
 *
 * @param {Object} model of the view
 * @param {Function} isBusy whether the screen is being used
 */
function useLive(model, isBusy) {
    const bus = useService("bus_service");
    let timer = null;
    let isPending = false;
    const refresh = () => {
        timer = null;
        isPending = !model.isReady || isBusy();
        if (!isPending) {
            model.root.load();
        }
    };
    const hear = () => (timer ??= setTimeout(refresh, PAUSE));
    onMounted(() => bus.subscribe(EVENT, hear));
    onPatched(() => isPending && !isBusy() && hear());
    onWillUnmount(() => {
        clearTimeout(timer);
        bus.unsubscribe(EVENT, hear);
    });
}

export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLive(this.model, () => this.model.root.selection?.length || this.model.root.editedRecord);
    }
}

export class LiveFormController extends FormController {
    setup() {
        super.setup();
        useLive(this.model, () => false);
    }
}

registry.category("views").add("gse_backorder_live_list", { ...listView, Controller: LiveListController });
registry.category("views").add("gse_backorder_live_form", { ...formView, Controller: LiveFormController });
