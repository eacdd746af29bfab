import { registry } from "@web/core/registry";

// Odoo gives what a step needs ten seconds. A slow machine needs more now and then; what comes at once is not waited for.
const PATIENCE = 60000;

const tours = registry.category("web_tour.tours");

function bePatient(name, tour) {
    if (name.startsWith("gse_backorder_")) {
        tour.timeout = PATIENCE;
    }
}

tours.getEntries().forEach(([name, tour]) => bePatient(name, tour));
tours.addEventListener("UPDATE", ({ detail }) => bePatient(detail.key, detail.value));
