import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// The story in one minute, on the user's own deliveries: ship what is there of one, and see where the rest is.
registry.category("web_tour.tours").add("gse_backorder_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: ".o_app[data-menu-xmlid='stock.menu_stock_root']",
            content: _t("Ship what is there, and never lose the rest: open Inventory."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: "[data-menu-xmlid='gse_backorder.menu_backorders']",
            content: _t("All open deliveries are here: what can ship, and what waits."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_data_row:has([name=fulfillment_state] .text-bg-warning) td[name=name]",
            content: _t("Orange: a part of it can ship now. Open it."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_data_row .o_widget_gse_move_quantities button",
            content: _t("Each line tells what can ship now, and when the rest can. Here is more: stock, supply, and who else waits."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_popover button[name=explain]",
            content: _t("Ask why, and read it in words."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".modal footer button",
            content: _t("That is what promises and reservations follow. Close it."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: "button[name=button_validate]",
            content: _t("Ship what is there: the rest becomes a backorder by itself, numbered after its original."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: "button[name=action_view_chain]",
            content: _t("The original and all that follows it."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_data_row:last td[name=name]",
            content: _t("The rest. It gets its goods as soon as they arrive, in its turn."),
            tooltipPosition: "bottom",
            run: "click",
        },
    ],
});
