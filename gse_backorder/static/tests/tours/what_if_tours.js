import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (...words) => ".o_data_row" + words.map((word) => `:contains(${word})`).join("");

// A vendor calls: the manager looks from the receipt at what a week does, and to whom.
tours.add("gse_backorder_manager_asks_what_if", {
    steps: () => [
        { content: "Who waits for it", trigger: ".nav-link[name=backorders_served]", run: "click" },
        { content: "What if it is late?", trigger: "button[name=action_what_if]:visible", run: "click" },
        { content: "It is filled in", trigger: row("7 days later") },
        { content: "Look", trigger: "button[name=action_simulate]", run: "click" },
        { content: "In one sentence", trigger: ".alert:visible:contains(2 promises break)" },
        { content: "Who loses", trigger: row("Tour Customer", "Tour Panel", "Loses", "First promise") },
        { content: "By customer and product", trigger: "button[name=action_view_lines]", run: "click" },
        { content: "A group", trigger: ".o_group_header:contains(Tour Customer)" },
        { content: "As a chart", trigger: "button.o_switch_view.o_graph", run: "click" },
        { content: "It is drawn", trigger: ".o_graph_renderer canvas" },
        { content: "As a table", trigger: "button.o_switch_view.o_pivot", run: "click" },
        { content: "It is laid out", trigger: ".o_pivot td:contains(Tour Customer), .o_pivot th:contains(Tour Customer)" },
    ],
});

// From the menu: a policy is looked at, and really chosen.
tours.add("gse_backorder_manager_looks_and_does", {
    steps: () => [
        { content: "Add a change", trigger: ".o_field_widget[name=change_ids] .o_field_x2many_list_row_add a", run: "click" },
        { content: "Of which kind", trigger: ".modal .o_field_widget[name=kind] input", run: "click" },
        { content: "Another policy", trigger: ".o_select_menu_item:contains(another policy)", run: "click" },
        { content: "Which warehouse", trigger: ".modal .o_field_widget[name=warehouse_id] input", run: "click" },
        { content: "This one", trigger: ".ui-menu-item a:contains(Backorder Test)", run: "click" },
        { content: "It is taken over", trigger: ".modal .o_field_widget[name=warehouse_id] input:value(Backorder Test)" },
        { content: "Which policy", trigger: ".modal .o_field_widget[name=policy] input", run: "click" },
        { content: "First ordered", trigger: ".o_select_menu_item:contains(First ordered)", run: "click" },
        { content: "It is taken over", trigger: ".modal .o_field_widget[name=policy] input:value(First ordered)" },
        { content: "That is it", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "In words", trigger: row("Backorder Test", "First ordered") },
        { content: "Look", trigger: "button[name=action_simulate]", run: "click" },
        { content: "In one sentence", trigger: ".alert:visible:contains(1 line gains)" },
        { content: "Do it", trigger: ".o_data_row button[name=action_apply]", run: "click" },
        { content: "Really", trigger: ".modal .btn-primary", run: "click" },
        { content: "It is done", trigger: ".o_data_row td[name=is_applied] input:checked" },
    ],
});
