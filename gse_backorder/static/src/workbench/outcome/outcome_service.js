import { rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

// Long enough to read a sentence, and to reach the button.
const SHOWN_FOR = 10000;
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
        const tell = async (ids) => {
            const outcome = await orm.silent.call("stock.picking", "get_outcome", [ids]);
            if (!outcome) {
                return;
            }
            const open = () => {
                close();
                action.doAction(outcome.action);
            };
            const buttons = outcome.action ? [{ name: outcome.link, primary: true, onClick: open }] : [];
            const close = notification.add(outcome.message, {
                type: "success",
                className: "o_gse_notification",
                autocloseDelay: SHOWN_FOR,
                buttons,
            });
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
                tell(ids);
            }
        });
    },
};

registry.category("services").add("gse_backorder_outcome", outcomeService);
