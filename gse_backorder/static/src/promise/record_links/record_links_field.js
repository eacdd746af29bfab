import { HtmlViewer } from "@html_editor/components/html_viewer/html_viewer";
import { HtmlField, htmlField } from "@html_editor/fields/html_field";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

const RECORD = /^\/odoo\/([a-z_.]+)\/(\d+)$/;

/** Links to records open where the reader is, with the way back; Odoo opens all links of a text in a new tab. */
class RecordLinksViewer extends HtmlViewer {
    setup() {
        super.setup();
        this.action = useService("action");
    }

    retargetLink(link) {
        const [, model, id] = link.getAttribute("href")?.match(RECORD) || [];
        if (!model) {
            super.retargetLink(link);
            return;
        }
        this.addDomListener(link, "click", (ev) => {
            if (ev.ctrlKey || ev.metaKey || ev.shiftKey) {
                return; // a new tab or window, as with any other link
            }
            ev.preventDefault();
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: model,
                res_id: Number(id),
                views: [[false, "form"]],
            });
        });
    }
}

class RecordLinksField extends HtmlField {
    static components = { ...HtmlField.components, HtmlViewer: RecordLinksViewer };
}

registry.category("fields").add("gse_record_links", { ...htmlField, component: RecordLinksField });
