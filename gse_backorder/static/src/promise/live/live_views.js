import { onMounted, onPatched, onWillUnmount, useExternalListener } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { SearchModel } from "@web/search/search_model";
import { SearchPanel } from "@web/search/search_panel/search_panel";
import { formView } from "@web/views/form/form_view";
import { FormController } from "@web/views/form/form_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";
import { useViewButtons } from "@web/views/view_button/view_button_hook";

const EVENT = "gse_backorder.staff_changed";
// Changes come in bursts, and every screen hears of them at once: not all ask at once.
const PAUSE = 200;
const SPREAD = 400;

/**
 * Reads a part of the screen anew when the server says that deliveries have changed; later, while it is being used or
 * nobody sees it.
 *
 * @param {Function} read reads it
 * @param {Function} [isUsed] whether somebody works with it
 */
function useLive(read, isUsed = () => false) {
    const bus = useService("bus_service");
    let timer = null;
    let isReading = false;
    let isStale = false;
    const refresh = async () => {
        timer = null;
        if (isReading || document.hidden || isUsed()) {
            return;
        }
        isStale = false;
        isReading = true;
        try {
            await read();
        } finally {
            isReading = false;
        }
        catchUp(); // with what was changed meanwhile
    };
    const catchUp = () => {
        if (isStale && !isReading && !document.hidden && !isUsed()) {
            timer ??= setTimeout(refresh, PAUSE + Math.random() * SPREAD);
        }
    };
    const hear = () => {
        isStale = true;
        catchUp();
    };
    onMounted(() => bus.subscribe(EVENT, hear));
    onPatched(catchUp);
    useExternalListener(document, "visibilitychange", catchUp);
    onWillUnmount(() => {
        clearTimeout(timer);
        bus.unsubscribe(EVENT, hear);
    });
}

/**
 * The records are read as they were asked for: a search that the user has just started is not in the way. They are not
 * read while he selects or edits; what he has ticked while they were being read is ticked still.
 *
 * @param {Object} model of the view
 */
function useLiveRecords(model) {
    const read = async () => {
        const shown = model.root.records || [];
        await model.root.load();
        const ticked = shown.filter((record) => record.selected);
        await selectAgain(model, ticked);
    };
    useLive(read, () => !model.isReady || model.root.selection?.length || model.root.editedRecord);
}

async function selectAgain(model, records) {
    const selected = new Set(records.map((record) => record.resId));
    const again = (model.root.records || []).filter((record) => selected.has(record.resId) && !record.selected);
    await Promise.all(again.map((record) => record.toggleSelection(true)));
    return again;
}

export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLiveRecords(this.model);
        // Odoo's own buttons, after which what was selected is selected still: one prints it, and completes it then.
        useViewButtons(this.rootRef, {
            beforeExecuteAction: this.beforeExecuteActionButton.bind(this),
            afterExecuteAction: this.afterExecuteActionButton.bind(this),
            reload: () => this.loadAndSelectAgain(),
        });
    }

    get actionMenuProps() {
        return {
            ...super.actionMenuProps,
            onActionExecuted: ({ noReload } = {}) => (noReload ? undefined : this.loadAndSelectAgain()),
        };
    }

    async loadAndSelectAgain() {
        const { isDomainSelected, selection } = this.model.root;
        await this.model.load();
        const again = await selectAgain(this.model, selection);
        if (isDomainSelected && again.length) {
            await this.model.root.selectDomain(true);
        }
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
export class LiveSearchModel extends SearchModel {
    /** Read them from the server: what the browser has kept is older than the news, and exchanging it reads all anew. */
    async refreshCounts() {
        const { orm } = this;
        this.orm = Object.create(orm, { cache: { value: () => orm } });
        try {
            await this._fetchSections(this.categories, this.filters);
        } finally {
            this.orm = orm;
        }
    }

    /** What the user has chosen stays chosen, also when others have more deliveries by now, or it has none any more. */
    _createFilterTree(sectionId, result) {
        const values = result.values || [];
        const known = new Set(values.map((value) => value.id));
        const chosen = [...this.sections.get(sectionId).values.values()].filter(
            (value) => value.checked && !known.has(value.id),
        );
        const kept = chosen.map((value) => ({ ...value, __count: undefined }));
        super._createFilterTree(sectionId, { ...result, values: [...values, ...kept] });
    }
}

export class LiveSearchPanel extends SearchPanel {
    setup() {
        super.setup();
        useLive(async () => {
            await this.env.searchModel.refreshCounts();
            this.updateActiveValues();
            this.render();
        });
    }
}

const views = registry.category("views");
const live = { SearchModel: LiveSearchModel, SearchPanel: LiveSearchPanel };
views.add("gse_backorder_live_list", { ...listView, ...live, Controller: LiveListController });
views.add("gse_backorder_live_kanban", { ...kanbanView, ...live, Controller: LiveKanbanController });
views.add("gse_backorder_live_form", { ...formView, Controller: LiveFormController });
