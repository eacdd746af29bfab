import { registry } from "@web/core/registry";

const STAR = ".o_field_widget[name=priority] a.o_priority_star";

// The star is clicked, the warning read: given up first, then given.
registry.category("web_tour.tours").add("gse_backorder_star", {
    steps: () => [
        { content: "The star", trigger: STAR, run: "click" },
        { content: "Whom it hurts", trigger: ".modal:contains(1 promise moves):contains(to no date)" },
        { content: "Rather not", trigger: ".modal .btn-secondary", run: "click" },
        { content: "It has none", trigger: "body:not(:has(.modal)) .o_field_widget[name=priority] .fa-star-o" },
        { content: "The star again", trigger: STAR, run: "click" },
        { content: "It is urgent", trigger: ".modal .btn-primary", run: "click" },
        { content: "It has the star", trigger: "body:not(:has(.modal)) .o_field_widget[name=priority] .fa-star" },
        { content: "It is saved", trigger: "body:not(:has(.o_form_status_indicator_buttons:not(.invisible)))" },
    ],
});
