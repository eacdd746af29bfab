import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (...words) => ".o_data_row" + words.map((word) => `:contains(${word})`).join("");
const select = (...words) => ({ content: "Select it", trigger: row(...words) + " .o_list_record_selector input", run: "click" });
const act = (action) => [
    { content: "The Action menu", trigger: ".o_cp_action_menus button:contains(Actions)", run: "click" },
    { content: action, trigger: `.o-dropdown-item:contains(${action})`, run: "click" },
];

// The manager puts a delivery on hold from the list, and sees in words that it is; then he releases it.
tours.add("gse_backorder_manager_holds", {
    steps: () => [
        select("Tour Customer"),
        ...act("Put on Hold"),
        { content: "What is freed", trigger: ".modal " + row("Tour Customer", "4.00") },
        { content: "Why", trigger: ".modal .o_field_widget[name=reason] input", run: "click" },
        { content: "The site", trigger: ".o_select_menu_item:contains(Site not ready)", run: "click" },
        { content: "Do it", trigger: ".modal button[name=action_hold]", run: "click" },
        { content: "The list says so", trigger: row("Tour Customer", "on hold: site not ready") },
        { content: "Select it no more", trigger: row("Tour Customer") + " .o_list_record_selector input:checked", run: "click" },
        { content: "Open it", trigger: row("Tour Customer") + ":not(:has(input:checked)) td[name=name]", run: "click" },
        { content: "The form says so", trigger: ".alert:visible:contains(on hold: site not ready)" },
        { content: "Release it", trigger: "button[name=action_release]", run: "click" },
        { content: "It is on hold no more", trigger: "button[name=action_hold]" },
        { content: "A date by telephone", trigger: "button[name=action_agree_date]", run: "click" },
        { content: "What is promised", trigger: ".modal " + row("Tour Customer") },
        { content: "Without a date", trigger: ".modal button[special=cancel]", run: "click" },
    ],
});

// What is small is found, and closed in one go.
tours.add("gse_backorder_manager_closes_short", {
    steps: () => [
        { content: "The great one is there too", trigger: row("Great") },
        { content: "Filters", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { content: "The small ones", trigger: ".o_filter_menu .o-dropdown-item:contains(Small Remainders)", run: "click" },
        { content: "They are found", trigger: `.o_list_table:not(:has(${row("Great")}))` },
        select("Tour Customer"),
        ...act("Close Remainders Short"),
        { content: "What is closed", trigger: ".modal " + row("Tour Customer") },
        { content: "Why", trigger: ".modal .o_field_widget[name=reason] input", run: "edit Not worth a parcel" },
        { content: "Do it", trigger: ".modal button[name=action_close]", run: "click" },
        { content: "It is gone", trigger: ".o_view_nocontent" },
    ],
});
