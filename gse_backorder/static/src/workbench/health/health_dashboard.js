import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { getColor } from "@web/core/colors/colors";
import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** A chart of Chart.js, whose bars open what they stand for. */
export class HealthChart extends Component {
    static template = "gse_backorder.HealthChart";
    static props = {
        title: String,
        type: String,
        rows: Array,
        value: Function,
        format: Function,
        series: String,
        open: Function,
        horizontal: { type: Boolean, optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => {
                const chart = this.draw();
                return () => chart.destroy();
            },
            () => [this.props.rows],
        );
    }

    draw() {
        const color = getColor(1, cookie.get("color_scheme"), "odoo");
        return new Chart(this.canvas.el, {
            type: this.props.type,
            data: {
                labels: this.props.rows.map((row) => row.label),
                datasets: [
                    {
                        label: this.props.series,
                        data: this.props.rows.map(this.props.value),
                        backgroundColor: color,
                        borderColor: color,
                    },
                ],
            },
            options: {
                indexAxis: this.props.horizontal ? "y" : "x",
                maintainAspectRatio: false,
                plugins: {
                    legend: { display: false },
                    tooltip: { callbacks: { label: ({ raw }) => this.props.format(raw) } },
                },
                scales: {
                    [this.props.horizontal ? "x" : "y"]: {
                        beginAtZero: true,
                        ticks: { precision: 0, callback: (value) => this.props.format(value, true) },
                    },
                },
                onClick: (event, elements) => elements.length && this.props.open(this.props.rows[elements[0].index]),
            },
        });
    }
}

// How the rows of a figure open, by their model.
const VIEWS = {
    "stock.backorder.report": ["list", "pivot", "graph"],
    "stock.picking": ["list", "kanban", "form"],
    "vendor.delay.report": ["graph", "pivot"],
};

/** So many days in words, with a tenth where that makes a difference. */
function formatDays(value) {
    if (value < 1) {
        return _t("less than a day");
    }
    const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
    const days = formatFloat(value, { digits: [16, digits] });
    return days === formatFloat(1, { digits: [16, digits] }) ? _t("1 day") : _t("%s days", days);
}

/** How backorders are: totals, ages, rates and trends; each figure opens the rows that it is made of. */
export class HealthDashboard extends Component {
    static template = "gse_backorder.HealthDashboard";
    static components = { Layout, HealthChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.latest = new KeepLast(); // of two quick choices the second counts
        this.display = { controlPanel: {} };
        this.state = useState({ health: null, days: null, warehouseId: false });
        this.count = (row) => row.lines;
        this.value = (row) => row.value;
        this.share = (row) => row.first_fill;
        this.rate = (row) => row.rate;
        this.formatCount = (value) => formatFloat(value, { digits: [16, 0] });
        this.formatPercent = (value) => `${formatFloat(value, { digits: [16, 0] })} %`;
        this.formatMoney = (value, isShort = false) =>
            formatMonetary(value, {
                currencyId: this.state.health.currency_id,
                ...(isShort && { humanReadable: true, digits: [16, 0] }),
            });
        this.openRow = (row) => this.open(row.label, row.domain);
        this.openVendor = (row) => this.open(row.label, row.domain, "vendor.delay.report");
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
    }

    async load() {
        const { days, warehouseId } = this.state;
        const health = await this.latest.add(
            this.orm.call("stock.backorder.health", "get_health", [days, warehouseId || null]),
        );
        this.state.days = health.days;
        this.state.health = health;
    }

    async setPeriod(event) {
        this.state.days = parseInt(event.target.value);
        await this.load();
    }

    async setWarehouse(event) {
        this.state.warehouseId = parseInt(event.target.value) || false;
        await this.load();
    }

    get openTiles() {
        const { open, ready } = this.state.health;
        return [
            { label: _t("Open lines"), value: this.formatCount(open.lines), domain: open.domain },
            { label: _t("Open deliveries"), value: this.formatCount(open.orders), domain: open.domain },
            { label: _t("Customers waiting"), value: this.formatCount(open.customers), domain: open.domain },
            { label: _t("Open value"), value: this.formatMoney(open.value), domain: open.domain },
            {
                label: _t("Can ship now, by value"),
                value: this.formatMoney(ready.value),
                domain: ready.domain,
                model: "stock.picking",
                help: _t("What is reserved for deliveries to customers, at the price of the order, else at cost."),
            },
        ];
    }

    get shippedTiles() {
        const { rates, definitions } = this.state.health;
        const { shipped_domain: shipped, closed_domain: closed } = rates;
        const percent = this.formatPercent;
        return [
            { label: _t("Lines shipped"), name: "lines", format: this.formatCount, domain: shipped, isNeutral: true },
            { label: _t("First-time line fill rate"), name: "first_fill", format: percent, domain: shipped, help: definitions.first_fill_rate },
            { label: _t("First-time order fill rate"), name: "order_fill", format: percent, domain: shipped, help: definitions.order_fill_rate },
            { label: _t("On time in full, of the first promise"), name: "on_time", format: percent, domain: closed, help: definitions.on_time_rate },
            { label: _t("From order to fulfilment, on average"), name: "days_average", format: formatDays, domain: closed, help: definitions.days_to_fulfil, isLessBetter: true },
            { label: _t("9 of 10 lines fulfilled within"), name: "days_p90", format: formatDays, domain: closed, help: definitions.days_to_fulfil, isLessBetter: true },
        ].map((tile) => ({
            ...tile,
            value: rates[tile.name] === null ? "–" : tile.format(rates[tile.name]),
            trend: this.compare(tile),
        }));
    }

    get shippedHeading() {
        return _t("Shipped in the last %s days, and in as many before", this.state.health.days);
    }

    /** How the figure of a tile was in the period before: an arrow, and the same in words. */
    compare({ name, format, isLessBetter, isNeutral }) {
        const now = this.state.health.rates[name];
        const before = this.state.health.before[name];
        if (now === null || before === null || (isNeutral && !before)) {
            return { text: _t("nothing before to compare"), icon: "", color: "text-muted" };
        }
        const then = format(before);
        if (format(now) === then) {
            return { text: _t("as before"), icon: "fa-arrow-right", color: "text-muted" };
        }
        const icon = now > before ? "fa-arrow-up" : "fa-arrow-down";
        if (isNeutral) {
            return { text: now > before ? _t("more than before: %s", then) : _t("fewer than before: %s", then), icon, color: "text-muted" };
        }
        return now > before === !isLessBetter
            ? { text: _t("better than before: %s", then), icon, color: "text-success" }
            : { text: _t("worse than before: %s", then), icon, color: "text-danger" };
    }

    open(name, domain, model = "stock.backorder.report") {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: String(name),
            res_model: model,
            views: VIEWS[model].map((view) => [false, view]),
            domain,
        });
    }
}

registry.category("actions").add("gse_backorder.health", HealthDashboard);
