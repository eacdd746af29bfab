import { rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { tell } from "../notification/notification";

const BUTTONS = "/web/dataset/call_button/";

/** The transfers that a button validates: its own, or, where Odoo has asked something before, those it was asked for. */
function getValidated({ url, data }) {
    if (!url.startsWith(BUTTONS)) {
        return [];
    }
    const { args, kwargs, method, model } = data.params;
    if (model === "stock.picking" && method === "button_validate") {
        return [args[0]].flat();
    }
    return kwargs?.context?.button_validate_picking_ids || [];
}

/**
 * Tells who has validated transfers what has happened: how much has moved, and where the rest is, with a link to it.
 *
 * Buttons answer as they do in Odoo; whoever presses one, and whatever is asked before, is heard here.
 */
export const outcomeService = {
    dependencies: ["action", "notification", "orm"],
    start(env, { action, notification, orm }) {
        const validating = new Map();
        const tellOutcome = async (ids) => {
            const outcome = await orm.silent.call("stock.picking", "get_outcome", [ids]);
            if (outcome) {
                const link = outcome.action && outcome.link;
                tell(notification, outcome.message, { link, open: () => action.doAction(outcome.action) });
            }
        };
        rpcBus.addEventListener("RPC:REQUEST", ({ detail }) => {
            const ids = getValidated(detail);
            if (ids.length) {
                validating.set(detail.data.id, ids);
            }
        });
        rpcBus.addEventListener("RPC:RESPONSE", ({ detail }) => {
            const ids = validating.get(detail.data.id);
            validating.delete(detail.data.id);
            if (ids && !detail.error) {
                tellOutcome(ids);
            }
        });
    },
};

registry.category("services").add("gse_backorder_outcome", outcomeService);
