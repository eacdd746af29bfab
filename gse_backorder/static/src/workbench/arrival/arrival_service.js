import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { tell } from "../notification/notification";

const EVENT = "gse_backorder.arrival";

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
            tell(notification, message, { title, link: _t("Open the list"), open: () => open(picking_id) });
        });
        bus_service.start();
    },
};

registry.category("services").add("gse_backorder_arrival", arrivalService);
