import { useEffect } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { StockKanbanRenderer } from "@stock/components/stock_overview/stock_overview";

/** On the cards of the overview, Enter follows the link that has the focus; the list of cards would keep it for itself. */
patch(StockKanbanRenderer.prototype, {
    setup() {
        super.setup();
        const follow = (ev) => {
            if (ev.key === "Enter" && ev.target.closest("a, button")) {
                ev.stopPropagation();
            }
        };
        useEffect(
            (root) => {
                root.addEventListener("keydown", follow);
                return () => root.removeEventListener("keydown", follow);
            },
            () => [this.rootRef.el],
        );
    },
});
