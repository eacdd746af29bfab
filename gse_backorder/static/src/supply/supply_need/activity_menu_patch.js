import { ActivityMenu } from "@mail/core/web/activity_menu";
import { patch } from "@web/core/utils/patch";

/** Under the clock, shortages open the supply needs that they are about. */
patch(ActivityMenu.prototype, {
    async executeActivityAction(group, domain, views, context, newWindow) {
        if (group.model !== "stock.supply.need") {
            super.executeActivityAction(...arguments);
            return;
        }
        const needs = await this.action.loadAction("gse_backorder.action_stock_supply_need");
        // All that is counted, whether or not it stands on a request already.
        this.action.doAction({ ...needs, context: { search_default_mine: 1 } }, { newWindow, clearBreadcrumbs: true });
    },
});
