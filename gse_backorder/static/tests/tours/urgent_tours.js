import { registry } from "@web/core/registry";

const SAVED = "body:not(:has(.modal)):not(:has(.o_form_status_indicator_buttons:not(.invisible)))";

/** The star is clicked, the warning read: given up first, then given. */
const giveStar = (place) => [
    { content: "The star", trigger: `${place} a.o_priority_star`, run: "click" },
    { content: "Whom it hurts", trigger: ".modal:contains(1 promise moves):contains(to no date)" },
    { content: "Rather not", trigger: ".modal .btn-secondary", run: "click" },
    { content: "It has none", trigger: `body:not(:has(.modal)) ${place} .fa-star-o` },
    { content: "The star again", trigger: `${place} a.o_priority_star`, run: "click" },
    { content: "It is urgent", trigger: ".modal .btn-primary", run: "click" },
    { content: "It has the star", trigger: `${SAVED} ${place} .fa-star` },
];

registry.category("web_tour.tours").add("gse_backorder_star", {
    steps: () => giveStar(".o_form_view .o_field_widget[name=priority]"),
});

registry.category("web_tour.tours").add("gse_backorder_star_in_list", {
    steps: () => giveStar(".o_data_row:contains(Star Customer) .o_field_widget[name=priority]"),
});
