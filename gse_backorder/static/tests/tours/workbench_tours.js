import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const badge = (state) => `.o_field_widget[name=fulfillment_state]:contains(${state})`;
const row = (...words) => ".o_data_row" + words.map((word) => `:contains(${word})`).join("");
const card = (...words) => ".o_kanban_record" + words.map((word) => `:contains(${word})`).join("");

/** Choose a filter or a grouping in the search menu, by its words. */
const choose = (words) => [
    { content: "Open the search menu", trigger: ".o_searchview_dropdown_toggler", run: "click" },
    { content: `Choose ${words}`, trigger: `.o_search_bar_menu .o_menu_item:contains(${words})`, run: "click" },
    { content: "Close the menu", trigger: ".o_searchview_dropdown_toggler", run: "click" },
];
const clear = () => ({ content: "All again", trigger: ".o_facet_remove", run: "click" });

// The picker narrows the list down by all that it can be narrowed down by, and looks at it in every view.
tours.add("gse_backorder_picker_searches", {
    steps: () => [
        { content: "What can ship", trigger: row("Tour Customer", "Ready") },
        { content: "What waits", trigger: row("Tour Customer", "Waiting") },
        ...choose("Partly ready"),
        { content: "It can ship in part", trigger: row("Tour Customer", "Partly ready") },
        { content: "Nothing else", trigger: ".o_list_view:not(:has(.o_data_row:contains(Waiting)))" },
        clear(),
        ...choose("Fulfillable Backorders"),
        { content: "A remainder that can ship", trigger: row("-R1", "Ready") },
        clear(),
        ...choose("Late promises"),
        { content: "Promised for a day that has passed", trigger: row("Tour Late") },
        clear(),
        ...choose("Urgent"),
        { content: "With a star", trigger: row("Tour Urgent") },
        clear(),
        {
            content: "Of one customer",
            trigger: ".o_search_panel_filter_value:contains(Tour Urgent) input",
            run: "click",
        },
        { content: "His alone", trigger: ".o_list_view:not(:has(.o_data_row:contains(Tour Customer)))" },
        {
            content: "Of all",
            trigger: ".o_search_panel_filter_value:contains(Tour Urgent) input",
            run: "click",
        },
        { content: "They are back", trigger: row("Tour Customer") },
        {
            content: "With one product",
            trigger: ".o_search_panel_filter_value:contains(Tour Panel):first input",
            run: "click",
        },
        { content: "Those that have none are gone", trigger: ".o_list_view:not(:has(.o_data_row:contains(Waiting)))" },
        { content: "As cards", trigger: "button.o_switch_view.o_kanban", run: "click" },
        { content: "With the same words", trigger: card("Tour Customer", "Ready") },
        { content: "By promise", trigger: "button.o_switch_view.o_calendar", run: "click" },
        { content: "In the calendar", trigger: ".o_calendar_view .fc-event:contains(BKT/OUT)" },
    ],
});

// The picker reserves, completes two of a list, of which one fails, and reads why.
tours.add("gse_backorder_picker_completes_some", {
    steps: () => [
        { content: "Of one customer", trigger: ".o_search_panel_filter_value:contains(Tour Customer) input", run: "click" },
        { content: "His alone", trigger: ".o_list_view:has(.o_data_row:eq(2)):not(:has(.o_data_row:eq(3)))" },
        { content: "Select all", trigger: ".o_list_view thead .o_list_record_selector input", run: "click" },
        { content: "Reserve what is there", trigger: "button[name=action_assign]", run: "click" },
        { content: "It is told", trigger: row("Tour Customer", "Ready") },
        { content: "They are selected still", trigger: ".o_list_view .o_data_row_selected:eq(2)" },
        { content: "Complete them", trigger: "button[name=action_preview_completion]", run: "click" },
        { content: "What ships", trigger: ".modal .o_field_widget[name=shipping_count]:contains(2)" },
        { content: "What does not, and why", trigger: ".modal .o_data_row:contains(Nothing):contains(in stock)" },
        { content: "Look at the list again", trigger: ".modal button:contains(Close)", run: "click" },
        { content: "They are selected still", trigger: ".o_list_view .o_data_row_selected:eq(2)" },
        { content: "Complete them", trigger: "button[name=action_preview_completion]", run: "click" },
        { content: "Do it", trigger: ".modal button[name=action_complete]", run: "click" },
        { content: "All are in it", trigger: ".o_form_view .o_field_widget[name=total_count]:contains(2)" },
        { content: "The deliveries of it", trigger: "button[name=action_view_deliveries]", run: "click" },
        { content: "They are listed", trigger: row("Tour Customer") },
    ],
});

tours.add("gse_backorder_picker_reads_what_failed", {
    steps: () => [
        { content: "The run", trigger: ".o_data_row:first td[name=name]", run: "click" },
        { content: "One has shipped", trigger: ".o_form_view .o_field_widget[name=done_count]:contains(1)" },
        { content: "One could not, and why", trigger: ".o_form_view .o_data_row.text-danger:contains(cancelled)" },
        { content: "The slips of what has shipped can be printed", trigger: "button[name=action_print_slips]:visible" },
    ],
});

// The picker fills one line with all that is there, and keys how much of another ships.
tours.add("gse_backorder_picker_fills", {
    steps: () => [
        { content: "All of the first line", trigger: ".o_data_row:contains(Tour Beam) button[name=action_fill]", run: "click" },
        { content: "It is filled", trigger: ".o_data_row:contains(Tour Beam) td[name=qty_filled]:contains(10.00)" },
        { content: "What that means is told", trigger: "[name=filled_text]:contains(1 of 2 lines is filled)" },
        { content: "Key the other", trigger: ".o_data_row:contains(Tour Panel) td[name=qty_filled]", run: "click" },
        { content: "Three of it", trigger: ".o_data_row:contains(Tour Panel) td[name=qty_filled] input", run: "edit 3 && press Tab" },
        { content: "Ship", trigger: "button[name=button_validate]:visible", run: "click" },
        { content: "The rest is open", trigger: badge("Partially shipped") },
        { content: "Open the chain", trigger: "button[name=action_view_chain]", run: "click" },
        { content: "13 have left", trigger: row("13.00") },
        { content: "The rest has its own number", trigger: `${row("-R1", "6.00")} td[name=name]`, run: "click" },
        { content: "All lines of it", trigger: "button[name=action_fill]:contains(All Lines)", run: "click" },
        { content: "What is there is filled", trigger: "td[name=qty_filled]:contains(4.00)" },
    ],
});

// The queues of the warehouse, from the overview.
tours.add("gse_backorder_picker_queues", {
    steps: () => [
        {
            content: "What can ship",
            trigger: `${card("Backorder Test", "Delivery Orders")} a[name=action_view_queue]:contains(Ready)`,
            run: "click",
        },
        { content: "It is listed", trigger: row("Tour Customer", "Ready") },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        {
            content: "What waits",
            trigger: `${card("Backorder Test", "Delivery Orders")} a[name=action_view_queue]:contains(Waiting)`,
            run: "click",
        },
        { content: "It is listed", trigger: row("Tour Customer", "Waiting") },
    ],
});

// The manager looks at the figures in every way.
tours.add("gse_backorder_manager_analysis", {
    steps: () => [
        { content: "By product and age", trigger: ".o_pivot table:contains(Tour Panel)" },
        { content: "As a chart", trigger: "button.o_switch_view.o_graph", run: "click" },
        { content: "Drawn", trigger: ".o_graph_renderer canvas" },
        { content: "As a list", trigger: "button.o_switch_view.o_list", run: "click" },
        { content: "Line by line", trigger: row("Tour Panel") },
    ],
});

// On a phone.
tours.add("gse_backorder_picker_ships_on_a_phone", {
    steps: () => [
        { content: "The list as cards", trigger: card("Tour Customer", "Partly ready"), run: "click" },
        { content: "The delivery", trigger: badge("Partly ready") },
        { content: "All of one line", trigger: `${card("Tour Beam")} a[name=action_fill]`, run: "click" },
        { content: "It is filled", trigger: `${card("Tour Beam", "Filled 10.00")}` },
        { content: "On second thoughts", trigger: `${card("Tour Beam")} a[name=action_empty]`, run: "click" },
        { content: "It is not", trigger: `${card("Tour Beam")} a[name=action_fill]` },
        { content: "Who else waits", trigger: `${card("Tour Panel")} .o_widget_gse_move_quantities button`, run: "click" },
        { content: "It is told", trigger: ".o_gse_quantities [name=stocks]:contains(Backorder Test)" },
        { content: "Why", trigger: ".o_gse_quantities_popover button[name=explain]", run: "click" },
        { content: "In words", trigger: ".modal [name=allocation_explanation]" },
        { content: "Close", trigger: ".modal footer button", run: "click" },
        { content: "All lines", trigger: "button[name=action_fill]:contains(All Lines)", run: "click" },
        { content: "Both are filled", trigger: `${card("Tour Panel", "Filled 3.00")}` },
    ],
});

tours.add("gse_backorder_manager_health_on_a_phone", {
    steps: () => [
        { content: "A tile", trigger: ".o_gse_tile:contains(Open lines)" },
        { content: "A chart", trigger: ".o_gse_health canvas" },
        { content: "Open what it is made of", trigger: ".o_gse_tile:contains(Open lines)", run: "click" },
        { content: "The rows", trigger: ".o_content:contains(Tour Panel)" },
    ],
});

tours.add("gse_backorder_salesperson_on_a_phone", {
    steps: () => [
        { content: "Something is missing of the order", trigger: card("Tour Customer", "Missing"), run: "click" },
        { content: "What is missing", trigger: ".o_stock_availability[data-status=missing]" },
        { content: "Its backorders", trigger: "button.o_button_more, button[name=action_view_backorders]", run: "click" },
    ],
});
