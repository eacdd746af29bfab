import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

const EVENT = "gse_backorder.arrival";
// Long enough to read a few names, and to reach the button.
const SHOWN_FOR = 10000;

/** Shows the warehouse's people that stock has come, with a button that opens who got it. */
export const arrivalService = {
    dependencies: ["action", "bus_service", "notification", "orm"],
    start(env, { action, bus_service, notification, orm }) {
        const open = async (pickingId) =>
            action.doAction(await orm.call("stock.picking", "action_view_allocated", [[pickingId]]));
        bus_service.subscribe(EVENT, ({ picking_id, company_id, title, message }) => {
            // Who works for another company just now could not open it.
            if (!user.activeCompanies.some((company) => company.id === company_id)) {
                return;
            }
            const close = notification.add(message, {
                title,
                type: "success",
                className: "o_gse_notification",
                autocloseDelay: SHOWN_FOR,
                buttons: [
                    {
                        name: _t("Open the list"),
                        primary: true,
                        onClick: () => {
                            close();
                            open(picking_id);
                        },
                    },
                ],
            });
        });
        bus_service.start();
    },
};

registry.category("services").add("gse_backorder_arrival", arrivalService);
