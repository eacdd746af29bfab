import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const badge = (state) => `.o_field_widget[name=fulfillment_state]:contains(${state})`;
const line = (status, words) => `.o_stock_availability[data-status=${status}]:contains(${words})`;

// The picker opens the order of 850 items, sees what is short, and ships what is there in one click.
tours.add("gse_backorder_picker_ships", {
    steps: () => [
        { content: "Something can ship", trigger: badge("Partly ready") },
        { content: "Two lines are green", trigger: line("available", "200 now") },
        { content: "In words, too", trigger: line("available", "150 now") },
        { content: "A short line tells when", trigger: line("short", "60 now, 190 on") },
        { content: "So does the other", trigger: line("short", "130 now, 120 on") },
        {
            content: "Status words are for screen readers, too",
            trigger: ".o_stock_availability .visually-hidden:contains(Short)",
        },
        { content: "Ship what is there", trigger: "button[name=button_validate]", run: "click" },
        { content: "No dialog: it is shipped in part", trigger: badge("Partially shipped") },
        {
            content: "What has happened is told",
            trigger: ".o_notification:contains(540 shipped):contains(-R1):contains(310)",
        },
        { content: "Where the rest is", trigger: ".o_notification button:contains(-R1)", run: "click" },
        { content: "There it is", trigger: badge("Waiting") },
        { content: "Open the chain", trigger: "button[name=action_view_chain]", run: "click" },
        { content: "540 items have left", trigger: ".o_data_row:first:contains(540.00)" },
        {
            content: "310 items are in -R1",
            trigger: ".o_data_row:contains(-R1):contains(310.00):contains(Waiting) td[name=name]",
            run: "click",
        },
        { content: "Nothing of it can ship", trigger: badge("Waiting") },
        {
            content: "The note explains it",
            trigger: ".o_field_widget[name=backorder_note] input:value(Picking backorder — remainder to ship)",
        },
        { content: "It links to its original", trigger: ".o_field_widget[name=backorder_id] a, .o_field_widget[name=backorder_id] input" },
    ],
});

// The receipt is validated by the picker.
tours.add("gse_backorder_picker_receives", {
    steps: () => [
        { content: "Receive all", trigger: "button[name=button_validate]", run: "click" },
        { content: "Received", trigger: ".o_statusbar_status .o_arrow_button_current:contains(Done)" },
    ],
});

// The backorder has become ready by itself; it ships and the loop is closed.
tours.add("gse_backorder_picker_closes", {
    steps: () => [
        { content: "It became ready by itself", trigger: badge("Ready") },
        { content: "Both lines are green", trigger: line("available", "190 now") },
        { content: "Ship the remainder", trigger: "button[name=button_validate]", run: "click" },
        { content: "The loop is closed", trigger: badge("Fulfilled") },
        { content: "Open the chain", trigger: "button[name=action_view_chain]", run: "click" },
        { content: "Both are fulfilled", trigger: ".o_data_row:eq(1):contains(Fulfilled)" },
        { content: "The original as well", trigger: ".o_data_row:eq(0):contains(Fulfilled)" },
    ],
});

// The picker asks why a delivery waits, and is told who is ahead and what is expected.
tours.add("gse_backorder_why", {
    steps: () => [
        { content: "The line waits", trigger: line("short", "4 on") },
        { content: "Look", trigger: ".o_data_row:first .o_widget_gse_move_quantities button", run: "click" },
        { content: "What is expected here", trigger: ".o_popover [name=stocks] tr:contains(Backorder Test):contains(this line):contains(9)" },
        { content: "What there is elsewhere", trigger: ".o_popover [name=stocks] tr:contains(Tour Depot):contains(7.50)" },
        { content: "Who is ahead", trigger: ".o_popover [name=queue] tr:contains(Ahead Customer):contains(3)" },
        { content: "Nothing of what Odoo tells of a sale line", trigger: ".o_popover:not(:contains(Availability)):not(:contains(undefined))" },
        { content: "Odoo's forecast is in it, too", trigger: ".o_popover button:contains(View Forecast)" },
        { content: "Ask why", trigger: ".o_popover button[name=explain]", run: "click" },
        { content: "Its place is told", trigger: ".modal [name=allocation_explanation]:contains(number 2 of 2)" },
        { content: "Who is ahead", trigger: ".modal [name=allocation_explanation] li:contains(Ahead Customer):contains(urgent)" },
        { content: "Who can be opened", trigger: ".modal [name=allocation_explanation] li a[href^='/odoo/']:contains(BKT/OUT/)" },
        { content: "And what is expected", trigger: ".modal [name=allocation_explanation] li:contains(BKT/IN/)" },
        { content: "As a picture", trigger: ".modal [name=explanation_picture] canvas" },
        { content: "And in figures", trigger: ".modal [name=explanation_picture] table:contains(This line)" },
        { content: "When its turn comes", trigger: ".modal [name=allocation_explanation]:contains(Its turn comes on)" },
        { content: "The log of the line", trigger: ".modal [name=allocation_ids] .o_data_row:contains(Confirmation)" },
        { content: "Without what is empty", trigger: ".modal [name=allocation_ids]:not(:has(th[data-name=note]))" },
        { content: "Close", trigger: ".modal footer button:contains(Close)", run: "click" },
        { content: "Back in the delivery", trigger: "body:not(:has(.modal))" },
    ],
});

// The salesperson finds in Odoo's own popover what each warehouse has, who else waits, and why.
tours.add("gse_backorder_salesperson_quantities", {
    steps: () => [
        { content: "Look", trigger: ".o_data_row:contains(Tour Panel) .o_widget_qty_at_date_widget a[role=button]", run: "click" },
        { content: "Odoo's own", trigger: ".o_popover:contains(Reserved):contains(View Forecast)" },
        { content: "In which unit", trigger: ".o_popover h2:contains(in Units)" },
        { content: "What is expected here", trigger: ".o_popover [name=stocks] tr:contains(Backorder Test):contains(this line):contains(9)" },
        { content: "What there is elsewhere", trigger: ".o_popover [name=stocks] tr:contains(Tour Depot):contains(7.50)" },
        { content: "Who is ahead", trigger: ".o_popover [name=queue] tr:contains(Ahead Customer):contains(3)" },
        { content: "And where the line stands", trigger: ".o_popover [name=queue] tr:contains(this line):contains(4)" },
        { content: "Ask why", trigger: ".o_popover button[name=explain]", run: "click" },
        { content: "The answer", trigger: ".modal [name=allocation_explanation]:contains(number 2 of 2)" },
        { content: "Close", trigger: ".modal footer button:contains(Close)", run: "click" },
        { content: "Back in the order", trigger: "body:not(:has(.modal)):not(:has(.o_popover))" },
    ],
});

// A line that is being written shows what each warehouse has before it is saved.
tours.add("gse_backorder_salesperson_quotes_quantities", {
    steps: () => [
        { content: "Edit the line", trigger: ".o_data_row:contains(Tour Panel) td[name=product_uom_qty]", run: "click" },
        { content: "More than there is", trigger: ".o_data_row td[name=product_uom_qty] input", run: "edit 99 && press Tab" },
        { content: "Look", trigger: ".o_data_row .o_widget_qty_at_date_widget a[role=button]", run: "click" },
        { content: "Odoo's own", trigger: ".o_popover:contains(Forecasted Stock)" },
        { content: "What there is elsewhere", trigger: ".o_popover [name=stocks] tr:contains(Tour Depot):contains(7.50)" },
        { content: "A quotation waits for nothing", trigger: ".o_popover:not(:has([name=queue])):not(:has([name=explain]))" },
        { content: "Discard", trigger: "button.o_form_button_cancel", run: "click" },
        { content: "As it was", trigger: ".o_form_saved, .o_form_readonly, .o_form_view:not(:has(.o_form_button_save:visible))" },
    ],
});

// The warehouse manager reads who got what, and lets complete deliveries come first.
tours.add("gse_backorder_manager_log", {
    steps: () => [
        {
            content: "What was handed out, from which receipt",
            trigger: ".o_data_row:contains(Receipt):contains(BKT/IN/):contains(Tour Panel)",
        },
    ],
});

tours.add("gse_backorder_manager_policy", {
    steps: () => [
        {
            content: "Complete deliveries first",
            trigger: ".o_field_widget[name=allocation_policy] input",
            run: "click",
        },
        { content: "Choose it", trigger: ".o_select_menu_item:contains(Complete deliveries first)", run: "click" },
        { content: "The guard is shown", trigger: ".o_field_widget[name=allocation_guard_days] input", run: "edit 21 && press Tab" },
        { content: "Save", trigger: "button.o_form_button_save", run: "click", expectUnloadPage: true },
        { content: "It stays", trigger: ".o_field_widget[name=allocation_guard_days] input:value(21)" },
    ],
});

// The salesperson sees the missing order in red, finds it by a filter, and reads what waits.
tours.add("gse_backorder_salesperson", {
    steps: () => [
        { content: "Search", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { content: "For missing products", trigger: ".o_menu_item:contains(Missing)", run: "click" },
        { content: "Close the menu", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        {
            content: "The order stands out in red, and says so",
            trigger: ".o_data_row.text-danger:contains(Tour Customer):contains(Missing) td[name=name]",
            run: "click",
        },
        { content: "The line that ships", trigger: line("available", "3 now") },
        { content: "The line that waits", trigger: line("missing", "nothing in stock or on order") },
        { content: "Its backorder is open", trigger: "button[name=action_view_backorders]:contains(1 open)", run: "click" },
        { content: "And listed", trigger: ".o_data_row:contains(-R1):contains(Partly ready)" },
    ],
});

// The administrator finds the setting and the numbering.
tours.add("gse_backorder_administrator", {
    steps: () => [
        {
            content: "The setting is on",
            trigger: "#automatic_backorder .o_field_widget[name=automatic_backorder] input:checked",
        },
        { content: "Switch it off", trigger: "#automatic_backorder .o_field_widget[name=automatic_backorder] input", run: "click" },
        { content: "Save", trigger: "button.o_form_button_save", run: "click", expectUnloadPage: true },
        {
            content: "It stays off",
            trigger: "#automatic_backorder .o_field_widget[name=automatic_backorder] input:not(:checked)",
        },
    ],
});

// The purchaser is told of a shortage, and orders it from its vendor in one go.
tours.add("gse_backorder_purchaser_is_told", {
    steps: () => [
        { content: "An activity says what is short", trigger: ".o-mail-Activity:contains(6 are not covered)" },
    ],
});

tours.add("gse_backorder_purchaser_orders", {
    steps: () => [
        {
            content: "What is short, from whom, and by when",
            trigger: ".o_data_row:contains(Tour Beam):contains(Vendor SA)",
        },
        {
            content: "Who waits for it?",
            trigger: ".o_data_row:contains(Tour Beam) td[name=product_id]",
            run: "click",
        },
        { content: "The line of the customer", trigger: ".o_data_row:contains(Sample LLC):contains(Tour Beam)" },
        { content: "Back", trigger: ".o_back_button", run: "click" },
        {
            content: "Select it: the vendor is told in the list of needs only, which is there again",
            trigger: ".o_data_row:contains(Tour Beam):contains(Vendor SA) .o_list_record_selector input",
            run: "click",
        },
        { content: "Order it", trigger: "button[name=action_order]", run: "click" },
        {
            content: "What will be made is shown before",
            trigger: ".modal .o_data_row:contains(Tour Beam):contains(60.00)",
        },
        { content: "Order and mail", trigger: ".modal button[name=action_order_and_mail]", run: "click" },
        { content: "The request was sent", trigger: ".o_arrow_button_current:contains(RFQ Sent)" },
        { content: "The mail to the vendor", trigger: ".o-mail-Message:contains(Vendor SA), .o-mail-Message:contains(RFQ)" },
        { content: "Whom it would serve", trigger: "a[name=backorders_served]", run: "click" },
        { content: "The customer", trigger: "[name=pegged_table]:contains(Sample LLC):contains(6 Units)" },
        { content: "Confirm", trigger: "button[name=button_confirm]:visible", run: "click" },
        { content: "Ordered", trigger: ".o_arrow_button_current:contains(Purchase Order)" },
        { content: "It still serves the customer", trigger: "[name=pegged_table]:contains(Sample LLC)" },
        { content: "The lines it serves", trigger: "button[name=action_view_pegged]:contains(Waiting)", run: "click" },
        { content: "They wait for this order", trigger: ".o_data_row:contains(Tour Beam):contains(6 from P)" },
    ],
});

// The picker sees on the receipt whom it is for, and on the delivery where its goods come from.
tours.add("gse_backorder_picker_sees_whom_it_serves", {
    steps: () => [
        { content: "Whom it is for", trigger: "a[name=backorders_served]", run: "click" },
        { content: "The customer", trigger: "[name=pegged_table]:contains(Sample LLC):contains(6 Units)" },
        { content: "Receive", trigger: "button[name=button_validate]", run: "click" },
        { content: "Received", trigger: ".o_statusbar_status .o_arrow_button_current:contains(Done)" },
    ],
});

tours.add("gse_backorder_picker_sees_where_it_comes_from", {
    steps: () => [
        { content: "From which order, and when", trigger: ".o_data_row td[name=expected_from]:contains(6 from P)" },
    ],
});

// The picker ships all that can in one go.
tours.add("gse_backorder_picker_completes", {
    steps: () => [
        { content: "In one list", trigger: ".o_data_row:contains(Tour Customer):contains(Ready)" },
        { content: "What waits, too", trigger: ".o_data_row:contains(Tour Customer):contains(Waiting)" },
        { content: "Tabs with counts", trigger: ".o_search_panel:contains(Partly ready)" },
        { content: "Only what is ready", trigger: ".o_search_panel_category_value:contains(Ready):not(:contains(Partly)) header", run: "click" },
        { content: "The others are gone", trigger: "body:not(:has(.o_data_row:contains(Waiting)))" },
        {
            content: "Select one",
            trigger: ".o_data_row:contains(Tour Customer):contains(Ready) .o_list_record_selector input",
            run: "click",
        },
        { content: "Complete it", trigger: "button[name=action_preview_completion]", run: "click" },
        { content: "What ships is told", trigger: ".modal .o_data_row:contains(Tour Customer):contains(In full)" },
        { content: "Do it", trigger: ".modal button[name=action_complete]", run: "click" },
        { content: "It is on its way", trigger: ".o_form_view:contains(Completion) .o_data_row:contains(Tour Customer)" },
    ],
});

// The manager looks at the figures, and opens what one is made of.
tours.add("gse_backorder_manager_health", {
    steps: () => [
        { content: "A tile", trigger: ".o_gse_tile:contains(Open lines)" },
        { content: "A chart", trigger: ".o_gse_health canvas" },
        { content: "Another period", trigger: "select[name=period]", run: "select 365" },
        { content: "Open what it is made of", trigger: ".o_gse_tile:contains(Open lines)", run: "click" },
        { content: "The rows", trigger: ".o_list_view .o_data_row:contains(Tour Panel)" },
        { content: "The deliveries of a row", trigger: ".o_data_row:contains(Tour Panel) button[name=action_view_deliveries]", run: "click" },
        { content: "Its chain", trigger: ".o_data_row:contains(/OUT/)" },
    ],
});
