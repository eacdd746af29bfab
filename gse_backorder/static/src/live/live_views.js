import { onMounted, onPatched, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { SearchPanel } from "@web/search/search_panel/search_panel";
import { formView } from "@web/views/form/form_view";
import { FormController } from "@web/views/form/form_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";

const EVENT = "gse_backorder.staff_changed";
// Changes come in bursts, and every screen hears of them at once: not all ask at once.
const PAUSE = 300;

/**
 * Reads a part of the screen anew when the server says that deliveries have changed; while it is being used, later.
 *
 * @param {Function} read reads it
 * @param {Function} [isBusy] whether it is being used
 */
function useLive(read, isBusy = () => false) {
    const bus = useService("bus_service");
    let timer = null;
    let isPending = false;
    const refresh = () => {
        timer = null;
        isPending = isBusy();
        if (!isPending) {
            read();
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

/**
 * The records are read as they were asked for: a search that the user has just started is not in the way.
 *
 * @param {Object} model of the view
 * @param {Function} [isBusy] whether somebody selects or edits
 */
function useLiveRecords(model, isBusy = () => false) {
    useLive(
        () => model.root.load(),
        () => !model.isReady || isBusy(),
    );
}

export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLiveRecords(this.model, () => this.model.root.selection?.length || this.model.root.editedRecord);
    }
}

export class LiveFormController extends FormController {
    setup() {
        super.setup();
        useLiveRecords(this.model);
    }
}

export class LiveKanbanController extends KanbanController {
    setup() {
        super.setup();
        useLiveRecords(this.model);
    }
}

/** The counts beside a live list. */
export class LiveSearchPanel extends SearchPanel {
    setup() {
        super.setup();
        useLive(() => this.refreshCounts());
    }

    async refreshCounts() {
        const { searchModel } = this.env;
        await searchModel._fetchSections(searchModel.categories, searchModel.filters);
        this.updateActiveValues();
        this.render();
    }
}

const views = registry.category("views");
views.add("gse_backorder_live_list", { ...listView, Controller: LiveListController, SearchPanel: LiveSearchPanel });
views.add("gse_backorder_live_kanban", {
    ...kanbanView,
    Controller: LiveKanbanController,
    SearchPanel: LiveSearchPanel,
});
views.add("gse_backorder_live_form", { ...formView, Controller: LiveFormController });
